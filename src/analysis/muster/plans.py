"""The files of the set: layout, description and mapping of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.muster.city import AS_OF, EARLIER_AS_OF, START
from analysis.muster.describe import Description
from analysis.muster.drafting import (
    CASE_COLUMNS,
    CHANNEL_COLUMNS,
    CHANNEL_WORDS,
    COUNT_COLUMNS,
    EARLIER_COLUMNS,
    FORM_COLUMNS,
    STAFF_COLUMNS,
    STATE_COLUMNS,
    STATUS_WORDS,
    STRAIN_COLUMNS,
    VACANCY_COLUMNS,
)
from analysis.muster.text_files import TextLayout
from analysis.muster.workbooks import BookLayout

CASES = "wohngeld_vorgaenge.csv"
COUNTS = "fallzahlen_sbh.xlsx"
EARLIER = "fallzahlen_sbh_lieferung_2025-06.csv"
STAFF = "personal.xlsx"
STRAIN = "personal_kennzahlen.csv"
VACANCIES = "vakanzen.csv"
ADOPTION = "formularserver.csv"
FORMS = "formulare.csv"
STATES = "dienste_stand.xlsx"
OLD_STATES = "dienste_stand_modell_1_1.csv"
RECIPIENTS = "monatszahlen_soziales.csv"
HOUSEHOLDS = "haushalte_flat.csv"
UNIT_REGISTER = "dienststellen.csv"
SERVICE_REGISTER = "leistungen.csv"
DIGITAL_REGISTER = "services.csv"
MOTION_REGISTER = "motions.csv"
EQUIPMENT_REGISTER = "equipment.csv"
MEASURE_REGISTER = "massnahmen.csv"

OLD_YEARS = tuple(range(START.year, AS_OF.year))
_CHANNEL_VALUES = dict(
    zip(CHANNEL_WORDS, ("online", "paper", "email", "in_person", "other"), strict=True)
)
_WHOLE = "sozialreferat"
_WOHNEN = "Amt für Wohnen und Migration"
_SICHERUNG = "Amt für Soziale Sicherung"
_LEITUNG = "Geschäftsleitung"
_STATISTICS = "Statistisches Amt"


@dataclass(frozen=True)
class Plan:
    """How a file is written and described."""

    layout: TextLayout | BookLayout
    description: Description


def _map(dataset: str, method: str, fields: dict[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    scalars = {key: value for key, value in more.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in more.items() if isinstance(value, dict)}
    return {"dataset": dataset, "method": method, **scalars, "columns": fields, **tables}


def _pair(names: str, columns: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(names.split(), columns, strict=True))


_COUNT_FIELDS = "service unit month received decided open"
_STATE_FIELDS = "year service end_to_end efile_share maturity accessible"

PLANS: dict[str, Plan] = {
    CASES: Plan(
        TextLayout(
            encoding="cp1252",
            titles=(
                "Wohngeld – Vorgänge nach Antragseingang (Musterdaten)",
                "Auszug aus dem Fachverfahren, alle Anträge ab 01.01.2021, Stand 31.12.2025",
            ),
        ),
        Description(
            title="Vorgänge Wohngeld, Einzelfälle",
            producer=_WOHNEN,
            kind="csv",
            mapping=_map(
                "cases",
                "antraege",
                _pair("case_id received complete decided channel unit status", CASE_COLUMNS[:7]),
                service="wohngeld",
                values={
                    "channel": _CHANNEL_VALUES,
                    "status": {word: ours for ours, word in STATUS_WORDS.items()},
                },
            ),
        ),
    ),
    COUNTS: Plan(
        BookLayout(
            sheet="Fallzahlen",
            titles=(
                "Fallzahlen der Sozialbürgerhäuser und Ämter (Musterdaten)",
                "Anträge je Monat, Stand 31.12.2025",
            ),
            upper=("", "", "", "Anträge", "Anträge", "Anträge"),
            lower=("Leistung", "Dienststelle", "Monat", "eingegangen", "erledigt",
                   "offen am Monatsende"),
            sums=COUNT_COLUMNS[3:5],
            sum_by=("Leistung", "Dienststelle"),
            notes=(
                "¹⁾ vorläufig",
                "Quelle: Fachverfahren der Ämter; ohne Wohngeld.",
            ),
            second_sheet=(
                "Gezählt werden Anträge.",
                "Erledigt ist ein Antrag mit dem Bescheid.",
            ),
        ),
        Description(
            title="Fallzahlen weiterer Leistungen je Monat",
            producer=_SICHERUNG,
            kind="workbook",
            mapping=_map(
                "case_counts", "antraege", _pair(_COUNT_FIELDS, COUNT_COLUMNS), previous=EARLIER
            ),
        ),
    ),
    EARLIER: Plan(
        TextLayout(encoding="utf-16"),
        Description(
            title="Fallzahlen weiterer Leistungen je Monat, Lieferung vom Juni 2025",
            producer=_SICHERUNG,
            kind="csv",
            as_of=EARLIER_AS_OF,
            mapping=_map("case_counts", "antraege", _pair(_COUNT_FIELDS, EARLIER_COLUMNS)),
        ),
    ),
    STAFF: Plan(
        BookLayout(
            sheet="Personal",
            titles=("Stellen und Beschäftigte am Monatsende (Musterdaten)",),
            upper=("", "", "", *["Stellen (VZÄ)"] * 3, *["Beschäftigte (Personen)"] * 4),
            lower=("Monat", "Dienststelle", "Entgeltgruppe", "laut Plan", "besetzt",
                   "in Einarbeitung", "insgesamt", "in Teilzeit", "eingestellt", "ausgeschieden"),
            notes=("Quelle: Personalverwaltung. In Einarbeitung: die ersten zwölf Monate.",),
        ),
        Description(
            title="Stellen und Beschäftigte nach Dienststelle und Entgeltgruppe",
            producer=_LEITUNG,
            kind="workbook",
            mapping=_map(
                "staffing",
                "stellenplan",
                _pair(
                    "month unit group posts_planned posts_filled posts_in_training heads "
                    "heads_part_time hired leavers",
                    STAFF_COLUMNS,
                ),
                service=_WHOLE,
            ),
        ),
    ),
    STRAIN: Plan(
        TextLayout(titles=("Kennzahlen zur Belastung je Dienststelle (Musterdaten)",)),
        Description(
            title="Krankenquote, Überstunden und Überlastungsanzeigen",
            producer=_LEITUNG,
            kind="csv",
            mapping=_map(
                "staffing",
                "personalkennzahlen",
                _pair("month unit sickness_rate overtime_hours overload_reports", STRAIN_COLUMNS),
                service=_WHOLE,
            ),
        ),
    ),
    VACANCIES: Plan(
        TextLayout(encoding="utf-8-sig", delimiter="\t"),
        Description(
            title="Unbesetzte Planstellen",
            producer=_LEITUNG,
            kind="csv",
            mapping=_map(
                "vacancies",
                "planstellen",
                _pair("post_id unit group fte vacant_from filled_from", VACANCY_COLUMNS),
                service=_WHOLE,
            ),
        ),
    ),
    ADOPTION: Plan(
        TextLayout(encoding="iso8859-15", notes=("Quelle: Formularserver und Posteingang",)),
        Description(
            title="Anträge nach Eingangsweg",
            producer=_LEITUNG,
            kind="csv",
            mapping=_map(
                "service_adoption",
                "antraege",
                _pair("month service channel value", CHANNEL_COLUMNS),
                values={"channel": _CHANNEL_VALUES},
            ),
        ),
    ),
    FORMS: Plan(
        TextLayout(encoding="utf-8-sig"),
        Description(
            title="Begonnene und abgebrochene Online-Formulare",
            producer=_LEITUNG,
            kind="csv",
            mapping=_map(
                "service_adoption",
                "formularserver",
                _pair("month service forms_started forms_abandoned", FORM_COLUMNS),
            ),
        ),
    ),
    STATES: Plan(
        BookLayout(
            sheet="Stand 2025",
            titles=(
                "Stand der digitalen Dienste (Musterdaten)",
                "Reifegrad nach dem OZG-Reifegradmodell 2.0; leer: nicht erhoben",
            ),
            lower=STATE_COLUMNS,
        ),
        Description(
            title="Stand der digitalen Dienste 2025",
            producer=_LEITUNG,
            kind="workbook",
            mapping=_map(
                "service_adoption",
                "jahreserhebung",
                _pair(_STATE_FIELDS, STATE_COLUMNS),
                units={"maturity": "OZG-Reifegradmodell 2.0"},
            ),
        ),
    ),
    OLD_STATES: Plan(
        TextLayout(),
        Description(
            title="Stand der digitalen Dienste 2021 bis 2024",
            producer=_LEITUNG,
            kind="csv",
            mapping=_map(
                "service_adoption",
                "jahreserhebung",
                _pair(_STATE_FIELDS, STATE_COLUMNS),
                units={"maturity": "OZG-Reifegradmodell 1.1"},
            ),
        ),
    ),
    RECIPIENTS: Plan(
        TextLayout(delimiter=",", point=True, newline="\n"),
        Description(
            title="Leistungsberechtigte je Monat",
            producer=_STATISTICS,
            kind="monatszahlen",
            mapping=_map(
                "case_counts",
                "monatszahlen",
                {
                    "month": "MONAT",
                    "service": "MONATSZAHL",
                    "group": "AUSPRAEGUNG",
                    "recipients": "WERT",
                },
                values={"group": {"insgesamt": ""}},
            ),
        ),
    ),
    HOUSEHOLDS: Plan(
        TextLayout(encoding="utf-8-sig"),
        Description(
            title="Haushalte nach Sozialregion",
            producer=_STATISTICS,
            kind="ffcsv",
            mapping=_map(
                "context",
                "haushalte",
                {"day": "time", "unit": "1_variable_attribute_label", "households": "value"},
                service="einwohner",
                legend="official",
            ),
        ),
    ),
    **{
        name: Plan(
            TextLayout(newline="\n", point=True),
            Description(
                title=title,
                producer=_LEITUNG,
                kind="delimited",
                options={"encoding": "utf-8", "delimiter": ";"},
            ),
        )
        for name, title in (
            (UNIT_REGISTER, "Verzeichnis der Dienststellen"),
            (SERVICE_REGISTER, "Verzeichnis der Leistungen"),
            (DIGITAL_REGISTER, "Register der digitalen Dienste"),
            (MOTION_REGISTER, "Register der Forderungen des Rates"),
            (EQUIPMENT_REGISTER, "Register der Ausstattung"),
            (MEASURE_REGISTER, "Maßnahmen zur Entlastung und Annahmen zu ihrer Wirkung"),
        )
    },
}  # fmt: skip
