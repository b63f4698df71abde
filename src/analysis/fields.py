"""The one registry of columns and measures.

Schemas, data dictionary and axis labels are derived from it. A column has one meaning wherever it
stands; a table is a list of columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd

Kind = Literal["text", "number", "integer", "date"]

OBSERVATION_TABLES = ("case_counts", "staffing", "service_adoption", "context")
KINDS = ("ist", "prognose", "ziel", "plan", "veraenderung", "richtwert")
ANSWERS = ("ja", "teilweise", "nein", "unbekannt", "nicht zutreffend")
STATUSES = ("produktiv", "Ausbau", "Einführung", "geplant", "in Prüfung", "unbekannt")
SERVICE_KINDS = (
    "Online-Dienst",
    "Plattform",
    "Fachverfahren",
    "EfA-Dienst",
    "E-Akte",
    "KI-Anwendung",
    "Automatisierung",
    "Basisdienst",
    "Projekt",
    "Ausstattung",
    "Lernangebot",
    "Personaldienst",
    "Beratung",
)
MOTION_STATES = ("aufgegriffen", "erledigt", "beantwortet (laufende Angelegenheit)", "offen")
EQUIPMENT_KINDS = ("Bestand", "Zugang", "Ziel", "Bedarf", "Planungsstand")
SUBJECT_KINDS = ("Annahme", "Fallgruppe", "Vergleichsfall")
HORIZONS = {"kurz": 12.0, "mittel": 36.0, "lang": float("inf")}
"""Longest time until a measure takes effect [months], by horizon."""
NEEDS = ("ja", "nein", "unbekannt")
BASES = ("belegt", "Annahme")
REACHED = ("ja", "nein", "unbekannt", "nicht zutreffend")
GATED = REACHED[:3]
"""Answers on end-to-end for which the minutes saved depend on it."""
SEVERITIES = ("fehler", "warnung", "hinweis")
CHECKS = (
    "wert",
    "zeile",
    "lesen",
    "personenbezug",
    "doppelt",
    "luecke",
    "bestand",
    "unmoeglich",
    "erledigt_ueber_offen",
    "reihenfolge",
    "sprung",
    "besetzt_ueber_plan",
    "unbekannt",
    "name_veraltet",
    "zukunft",
    "historie",
    "annahme",
)


@dataclass(frozen=True)
class Quantity:
    """A quantity that assumptions are made on: German label, unit, most that it can be."""

    label: str
    unit: str
    most: float = float("inf")


QUANTITIES = {
    "cases": Quantity("Fälle im Jahr", "Fälle/Jahr"),
    "handling_minutes": Quantity("Bearbeitungszeit je Fall", "Minuten/Fall"),
    "share": Quantity("Anteil betroffener Fälle", "%", 100.0),
    "take_up": Quantity("Nutzung", "%", 100.0),
    "minutes": Quantity("Ersparnis je Fall", "Minuten/Fall"),
    "minutes_without_e2e": Quantity("Ersparnis je Fall ohne Ende-zu-Ende", "Minuten/Fall"),
    "minutes_with_e2e": Quantity("Ersparnis je Fall mit Ende-zu-Ende", "Minuten/Fall"),
    "transition_hours": Quantity("Aufwand der Einführung", "Stunden"),
    "lead_months": Quantity("Zeit bis zur Wirkung", "Monate"),
    "ramp_months": Quantity("Zeit bis zur vollen Wirkung danach", "Monate"),
    "cost_once": Quantity("einmalige Kosten", "EUR"),
    "cost_per_year": Quantity("laufende Kosten", "EUR/Jahr"),
    "it_days": Quantity("Aufwand der IT", "Personentage"),
}


@dataclass(frozen=True)
class Field:
    """One column: name, German label, type, and what its values may be."""

    name: str
    label: str
    description: str
    kind: Kind = "text"
    required: bool = True
    allowed: tuple[str, ...] = ()
    unique: bool = False
    confidentiality: str = "public"


@dataclass(frozen=True)
class Measure:
    """One measured quantity: what is counted, in which unit, and how it behaves over time."""

    name: str
    label: str
    unit: str
    nature: str
    digits: int
    confidentiality: str


_OBSERVATION = (
    Field("service", "Leistung", "service or body that the figure is about"),
    Field("unit", "Dienststelle", "organisational unit, empty for the whole", required=False),
    Field("group", "Gliederung", "further breakdown such as pay group", required=False),
    Field("place", "Ort", "city, Land or other place"),
    Field("level", "Ebene", "Stadt, Land, Bund … of the place"),
    Field("measure", "Messgröße", "identifier from the registry of measures"),
    Field("measure_unit", "Einheit", "unit of value, lower and upper"),
    Field("kind", "Art der Angabe", "actual, forecast, target …", allowed=KINDS),
    Field("period_start", "Beginn", "first day of the period", "date", required=False),
    Field("period_end", "Ende", "last day of the period", "date", required=False),
    Field(
        "certainty",
        "Sicherheit der Zeitangabe",
        "how far the source fixes the period",
        allowed=("exact", "approximate", "open", "undated"),
    ),
    Field("base_start", "Beginn der Bezugszeit", "period a change refers to", "date", False),
    Field("base_end", "Ende der Bezugszeit", "period a change refers to", "date", False),
    Field("value", "Wert", "best single figure", "number"),
    Field("lower", "Untergrenze", "missing where the source leaves it open", "number", False),
    Field("upper", "Obergrenze", "missing where the source leaves it open", "number", False),
    Field("base_value", "Ausgangswert", "value before a change", "number", False),
    Field("rule", "Grenzregel", "rule that set the bounds", required=False),
    Field("qualifier", "Zusatz der Quelle", "as published"),
    Field("method", "Zählweise", "way of counting; never joined with another"),
    Field("published", "Veröffentlichte Angabe", "value, unit and period as published"),
    Field("wording", "Wortlaut", "the published figure as a German reader would say it"),
    Field("note", "Anmerkung", "what to be careful about", required=False),
    Field("source_id", "Quelle", "identifier in the register of sources"),
    Field("fact_id", "Kennung", "identifier in the raw file", unique=True),
    Field("origin", "Herkunft", "file and line of the row", unique=True),
)
_ORIGIN = Field("origin", "Herkunft", "file and line of the row", unique=True)
_DOCUMENT = (
    Field("document", "Dokument", "council document"),
    Field("section", "Abschnitt", "chapter or section of the document"),
)

_NAMES = (
    Field("label", "Bezeichnung heute", "name in use now"),
    Field("name", "Name", "a name that is or was in use"),
    Field("valid_from", "gültig ab", "first day of the name", "date", required=False),
    Field("valid_to", "gültig bis", "last day of the name", "date", required=False),
)

TABLES: dict[str, tuple[Field, ...]] = {
    **dict.fromkeys(OBSERVATION_TABLES, _OBSERVATION),
    "earlier_deliveries": (
        Field("dataset", "Datensatz", "table the row would belong to", allowed=OBSERVATION_TABLES),
        *_OBSERVATION,
    ),
    "unit_names": (
        Field("unit_id", "Kennung", "stable identifier of the organisational unit"),
        *_NAMES,
        Field("kind", "Art", "kind of unit"),
        Field("parent", "übergeordnet", "identifier of the unit above", required=False),
        _ORIGIN,
    ),
    "service_names": (
        Field("service_id", "Kennung", "stable identifier of the benefit or service"),
        *_NAMES,
        Field("unit_id", "zuständig", "identifier of the unit in charge", required=False),
        _ORIGIN,
    ),
    "milestones": (
        Field("place", "Ort", "city"),
        Field("label", "Ereignis", "what happened, in German"),
        Field("kind", "Art der Angabe", "actual or target", allowed=KINDS),
        Field("period_start", "Beginn", "first day", "date", required=False),
        Field("period_end", "Ende", "last day", "date", required=False),
        Field("published", "Veröffentlichte Angabe", "as published"),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        Field("fact_id", "Kennung", "identifier in the raw file", unique=True),
        _ORIGIN,
    ),
    "sources": (
        Field("source_id", "Kennung", "Q001 …", unique=True),
        Field("title", "Titel", "title without by-line"),
        Field("kind", "Art der Quelle", "council document, official, press, party …"),
        Field("published_start", "Erschienen ab", "earliest publication day", "date", False),
        Field("published_end", "Erschienen bis", "latest publication day", "date", False),
        Field("url", "Adresse", "empty for council documents", required=False),
        Field("figures", "Angaben", "number of figures taken from it", "integer"),
    ),
    "services": (
        Field("service_id", "Kennung", "stable identifier", unique=True),
        Field("name", "Bezeichnung", "as the city names it"),
        Field("area", "Bereich", "field of work"),
        Field("office", "Dienststelle", "as the document names it", required=False),
        Field("kind", "Art", "kind of service or system", allowed=SERVICE_KINDS),
        Field("status", "Stand", "state of introduction", allowed=STATUSES),
        Field("end_to_end", "Ende-zu-Ende", "no media break", allowed=ANSWERS),
        Field("efile", "E-Akte", "integration with the e-file", allowed=ANSWERS),
        Field("efa", "Einer für Alle", "EfA service", allowed=ANSWERS),
        Field("personal_contact", "Persönlicher Kontakt nötig", "as stated", allowed=ANSWERS),
        Field("volume", "Menge", "where stated", "number", required=False),
        Field("volume_lower", "Menge, Untergrenze", "where stated", "number", required=False),
        Field("volume_upper", "Menge, Obergrenze", "where stated", "number", required=False),
        Field("volume_unit", "Einheit der Menge", "where stated", required=False),
        *_DOCUMENT,
        Field("as_of", "Stand vom", "date of the document", "date"),
        Field("evidence", "Beleg", "what in the document supports the coding"),
        Field("note", "Anmerkung", "remarks", required=False),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        _ORIGIN,
    ),
    "motions": (
        Field("demand_id", "Kennung", "motion and number of the demand", unique=True),
        Field("motion", "Antrag", "number of the motion"),
        Field("motion_title", "Titel", "title of the motion"),
        Field("submitted_by", "Antragstellende", "fractions"),
        Field("motion_date", "Datum", "date of the motion", "date", required=False),
        Field("demand", "Forderung", "in own words"),
        Field("addressee", "Beauftragt", "who is to act"),
        Field("requested_until", "Frist laut Antrag", "where stated", "date", required=False),
        Field("answer", "Antwort", "in own words", required=False),
        Field("answered_in", "Behandelt in", "document and chapter", required=False),
        Field("answer_date", "Datum der Antwort", "where answered", "date", required=False),
        Field("state", "Stand", "formal state of the motion", allowed=MOTION_STATES),
        Field("answer_until", "Zugesagt bis", "where stated", "date", required=False),
        Field("indicators", "Kennzahlen", "indicators that speak to it, separated by blanks"),
        Field("document_note", "Anmerkung", "contradictions in the document", required=False),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        _ORIGIN,
    ),
    "equipment": (
        Field("item_id", "Kennung", "stable identifier", unique=True),
        Field("item", "Bezeichnung", "what is counted"),
        Field("category", "Gruppe", "kind of device"),
        Field("scope", "Geltungsbereich", "whole department or part"),
        Field("kind", "Art der Angabe", "stock, addition, target …", allowed=EQUIPMENT_KINDS),
        Field("value", "Wert", "best single figure", "number"),
        Field("lower", "Untergrenze", "missing where open", "number", required=False),
        Field("upper", "Obergrenze", "missing where open", "number", required=False),
        Field("measure_unit", "Einheit", "unit of value"),
        Field("qualifier", "Zusatz der Quelle", "as published"),
        Field("rule", "Grenzregel", "rule that set the bounds", required=False),
        Field("period_start", "Beginn", "first day", "date", required=False),
        Field("period_end", "Ende", "last day", "date", required=False),
        *_DOCUMENT,
        Field("evidence", "Beleg", "what in the document supports the row"),
        Field("note", "Anmerkung", "remarks", required=False),
        Field("published", "Veröffentlichte Angabe", "value, unit and period as published"),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        _ORIGIN,
    ),
    "measures": (
        Field("measure_id", "Kennung", "stable identifier", unique=True),
        Field("name", "Maßnahme", "in own words"),
        Field("area", "Bereich", "field of work"),
        Field("kind", "Art", "kind of service or system", allowed=SERVICE_KINDS),
        Field("horizon", "Zeithorizont", "time until effect", allowed=tuple(HORIZONS)),
        Field("services", "Dienste", "identifiers of the register of services, by blanks"),
        Field(
            "prerequisites", "Voraussetzungen", "identifiers of measures, by blanks", "text", False
        ),
        Field(
            "caseload", "Fallgruppe", "cases it works on; empty: only through others", "text", False
        ),
        Field("end_to_end", "Ende-zu-Ende erreicht", "of the services", allowed=REACHED),
        Field("end_to_end_by", "Ende-zu-Ende durch", "measure that would bring it", "text", False),
        Field("needs_money", "zusätzliche Mittel nötig", "as stated", allowed=NEEDS),
        Field("needs_staff", "zusätzliches Personal nötig", "as stated", allowed=NEEDS),
        *_DOCUMENT,
        Field("evidence", "Beleg", "what in the document supports the coding"),
        Field("note", "Anmerkung", "remarks", required=False),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        _ORIGIN,
    ),
    "assumptions": (
        Field("assumption_id", "Kennung", "subject and quantity", unique=True),
        Field("subject", "Gegenstand", "measure, caseload or case to compare with"),
        Field("subject_kind", "Art des Gegenstands", "what subject names", allowed=SUBJECT_KINDS),
        Field("subject_name", "Gegenstand", "in German"),
        Field("quantity", "Größe", "what is assumed", allowed=tuple(QUANTITIES)),
        Field("minimum", "mindestens", "least that is thought possible", "number"),
        Field("mode", "am ehesten", "missing where no value is likelier", "number", False),
        Field("maximum", "höchstens", "most that is thought possible", "number"),
        Field("measure_unit", "Einheit", "unit of the three points"),
        Field("basis", "Grundlage", "sourced or assumed", allowed=BASES),
        Field("fact_ids", "Angaben", "published figures it rests on, by blanks", "text", False),
        Field("document", "Dokument", "council document", required=False),
        Field("section", "Abschnitt", "chapter or section of the document", required=False),
        Field("evidence", "Begründung", "source or reason, in own words"),
        Field("published", "Angabe", "the three points and their basis in words"),
        Field("source_id", "Quelle", "identifier in the register of sources"),
        _ORIGIN,
    ),
    "contradictions": (
        Field("contradiction_id", "Kennung", "W01 …", unique=True),
        Field("check", "Prüfung", "which check found it"),
        Field("subject", "Gegenstand", "service, measure and place in German"),
        Field("period", "Zeitraum", "period in German"),
        Field("first_origin", "erste Angabe", "origin of the first row"),
        Field("second_origin", "zweite Angabe", "origin of the second row"),
        Field("first_text", "erste Angabe", "as published"),
        Field("second_text", "zweite Angabe", "as published"),
        Field("explanation", "Erläuterung", "why both cannot hold, in German"),
    ),
    "findings": (
        Field("finding_id", "Kennung", "stable as long as the fault stands where it stands"),
        Field("check", "Prüfung", "which check found it", allowed=CHECKS),
        Field("severity", "Schwere", "errors stop the report", allowed=SEVERITIES),
        Field("file", "Datei", "raw file"),
        Field("row", "Zeile", "line of the raw file; 0 for the whole file", "integer"),
        Field("column", "Spalte", "column of the raw file", required=False),
        Field("found", "gefunden", "what stands there", required=False),
        Field("expected", "erwartet", "what should stand there", required=False),
        Field("message", "Befund", "in German"),
        Field(
            "rejected",
            "nicht übernommen",
            "ja where the row is in no clean table, teilweise where one of its values is not",
            allowed=("ja", "teilweise", "nein"),
        ),
        Field("accepted", "Angenommen, weil", "reason stated in the edition", required=False),
    ),
}


@cache
def load_measures() -> dict[str, Measure]:
    """Return the registry of measures by name (``measures.csv``)."""
    with files("analysis").joinpath("measures.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep=";", dtype={"digits": int}, keep_default_na=False)
    return {row["measure"]: Measure(*row) for _, row in table.iterrows()}


def label_of(table: str, column: str) -> str:
    """Return the German label of a column.

    Raises:
        KeyError: the table has no such column.
    """
    return {field.name: field.label for field in TABLES[table]}[column]
