"""What each demand of a council motion asks for, against what the data say.

Method: docs/methods/digitalisation.md, section 9. The register of motions names for each demand the
indicators that bear on it; here each of these has one way to its latest figure, or a reason why
the data do not allow one. No figure decides whether a demand is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.indicators import digitalisierung, fallzahlen, gaps, months, personal, posts
from analysis.indicators.intervals import BOUNDS, select_observations
from analysis.indicators.statements import Row
from analysis.presentation.formats import format_date, say_period
from analysis.presentation.phrases import capitalise, count_words

NOT_ASSESSABLE = "nicht beurteilbar"
AS_ABOVE = "wie oben"
_COLUMNS = ["indicator", "value", *BOUNDS, "rule", "measure_unit", "period", "note", "origins",
            "measure"]  # fmt: skip
_COUNTED = "counted"
_WOHNGELD = "wohngeld"
_DEPARTMENT = "sozialreferat"
_CITY = "stadtverwaltung"
_CITY_NOTE = "nur für die gesamte Stadtverwaltung bekannt"


@dataclass(frozen=True)
class Facts:
    """The tables that indicators are taken from, as of the key date.

    Attributes:
        case_counts: observations on cases.
        staffing: observations on staff.
        services: register of services.
        equipment: register of equipment.
        sources: register of sources.
        contradictions: contradictions between sources.
        quota: online share by service (``adoption_curves.measure_online_quota``); may be empty.
        place: city.
        scope: name of the social administration in the register of equipment.
        window: months over which means are taken.
    """

    case_counts: pd.DataFrame
    staffing: pd.DataFrame
    services: pd.DataFrame
    equipment: pd.DataFrame
    sources: pd.DataFrame
    contradictions: pd.DataFrame
    quota: pd.DataFrame
    place: str
    scope: str
    window: int


Answer = Callable[[Facts], pd.DataFrame]


def list_demands(motions: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Return each demand with its state and the figures that bear on it.

    Args:
        motions: register of demands.
        facts: tables.

    Returns:
        One row per demand and figure, in the order of the register: ``demand_id``, ``demand``
        (``wie oben`` from its second row on), ``state`` (formal state of the motion),
        ``indicator`` (German), ``value``, ``lower``, ``upper``, ``rule``, ``measure_unit``,
        ``period``, ``note`` (what the figure is, or why there is none), ``known`` (bool),
        ``sign`` (``.`` where there is none), ``origins``, ``measure``. An indicator that the data
        do not allow has one row without figure; one that the registry of this module does not
        know, too.

    Source:
        docs/methods/digitalisation.md, section 9.
    """
    wanted = dict.fromkeys(name for text in motions["indicators"] for name in text.split())
    found = {name: answer_indicator(name, facts) for name in wanted}
    parts = [_join_demand(row, found) for _, row in motions.iterrows()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)


def answer_indicator(name: str, facts: Facts) -> pd.DataFrame:
    """Return the latest figures of an indicator, at least one row.

    Args:
        name: identifier as in the column ``indicators`` of the register of motions.
        facts: tables.
    """
    if name not in INDICATORS:
        return _refuse(name.replace("_", " ").capitalize(), "keine Berechnung festgelegt")
    label, reason, answer = INDICATORS[name]
    rows = answer(facts)
    known = (
        rows.loc[rows["value"].notna() | rows[BOUNDS].notna().any(axis=1)] if len(rows) else rows
    )
    return known.reset_index(drop=True) if len(known) else _refuse(label, reason)


def count_assessed(demands: pd.DataFrame) -> tuple[int, int]:
    """Return for how many demands at least one figure is known, and how many demands there are."""
    known = demands.groupby("demand_id")["known"].any()
    return int(known.sum()), len(known)


def head_demands(demands: pd.DataFrame) -> str:
    """Return the title: to how many demands the data say something."""
    known, whole = count_assessed(demands)
    if known == whole:
        return "Zu jeder Forderung gibt es mindestens eine Angabe"
    rest = capitalise(count_words(whole - known, "Forderung", "Forderungen"))
    return f"{rest} von {whole} ohne jede Angabe in den Daten"


def _join_demand(demand: Row, found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    names = demand["indicators"].split()
    rows = pd.concat([found[name] for name in names], ignore_index=True)
    texts = [demand["demand"], *[AS_ABOVE] * (len(rows) - 1)]
    # The demand itself is a source of the row, beside those of its figure.
    origins = [(demand["origin"], *keys) for keys in rows["origins"]]
    known = rows["value"].notna() | rows[BOUNDS].notna().any(axis=1)
    return rows.assign(
        demand_id=demand["demand_id"],
        demand=texts,
        state=demand["state"],
        known=known,
        sign=known.map({True: "", False: "."}).astype("str"),
        origins=pd.Series(origins, rows.index, dtype="object"),
    )


def _refuse(label: str, reason: str) -> pd.DataFrame:
    return _frame([_make_row(label, note=f"{NOT_ASSESSABLE}: {reason}")])


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    numbers = ["value", *BOUNDS]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _make_row(label: str, *, note: str = "", **more: object) -> dict[str, object]:
    empty = {name: float("nan") for name in ("value", *BOUNDS)}
    return {
        "indicator": label,
        **empty,
        "rule": "",
        "measure_unit": "",
        "period": "",
        "note": note,
        "origins": (),
        "measure": "public",
        **more,
    }


def _take(label: str, rows: pd.DataFrame, unit: str | None = None, note: str = "") -> pd.DataFrame:
    """Return results of an indicator function as rows of this module."""
    return _frame(
        [
            _make_row(
                label,
                note=note,
                **{name: row[name] for name in ("value", *BOUNDS, "origins")},
                rule=_name_rule(row),
                measure_unit=row.get("measure_unit", "") if unit is None else unit,
                period=say_period(row),
                measure=row.get("measure", "derived"),
            )
            for _, row in rows.iterrows()
        ]
    )


def _name_rule(row: Row) -> str:
    """Return the rule of a row; a count is never shown with decimal places."""
    rule = str(row.get("rule", ""))
    whole = row.get("measure_unit", "") not in {"%", "Monate"} and row["value"] == row["value"] // 1
    return _COUNTED if whole and rule in {"", "exact"} else rule


def _take_share(label: str, row: Row, facts: Facts, note: str) -> pd.DataFrame:
    if not row["applicable"]:
        return _frame([])
    return _frame(
        [
            _make_row(
                label,
                note=note,
                lower=row["lower"],
                upper=row["upper"],
                # Of the few that are known: no figure that could stand without its bounds.
                value=row["lower"] if row["lower"] == row["upper"] else float("nan"),
                measure_unit="% der Einträge",
                period=_say_register(facts),
                origins=row["origins"],
            )
        ]
    )


def _count(label: str, rows: pd.DataFrame, facts: Facts, note: str) -> pd.DataFrame:
    """Return how many entries of the register there are; none is a figure, too."""
    number = float(len(rows))
    origins = tuple(rows["origin"]) or tuple(facts.services["origin"].head(1))
    return _frame(
        [
            _make_row(
                label,
                note=note,
                value=number,
                lower=number,
                upper=number,
                rule=_COUNTED,
                measure_unit="Einträge",
                period=_say_register(facts),
                origins=origins,
            )
        ]
    )


def _say_register(facts: Facts) -> str:
    day = facts.services["as_of"].max()
    return "" if pd.isna(day) else f"Register, {format_date(day)}"


def _own(facts: Facts) -> dict[str, str]:
    return {"service": _WOHNGELD, "place": facts.place}


def _answer_offer(facts: Facts) -> pd.DataFrame:
    offer = _take_share(
        "Angebotsquote", gaps.measure_offer(facts.services), facts, "nur einzeln benannte Dienste"
    )
    quotas = gaps.list_quotas(facts.services, facts.quota)
    online = quotas.loc[quotas["counted"] == "Anträge"]
    used = [
        _make_row(
            "Online-Quote",
            note="Anträge, die online eingehen, alle Leistungen mit bekannten Eingangswegen",
            **{name: row[name] for name in ("value", *BOUNDS, "origins", "measure")},
            measure_unit="% der Anträge",
            period=f"zwölf Monate bis {format_date(facts.quota['period_end'].max())}",
        )
        for _, row in online.iterrows()
    ]
    return pd.concat([offer, _frame(used)], ignore_index=True) if used else offer


def _answer_share(dimension: str, label: str) -> Answer:
    def answer(facts: Facts) -> pd.DataFrame:
        row = digitalisierung.measure_share(facts.services, dimension).iloc[0]
        return _take_share(label, row, facts, "Unbekanntes einmal als nein, einmal als ja gezählt")

    return answer


def _answer_kinds(label: str, kinds: tuple[str, ...], note: str) -> Answer:
    def answer(facts: Facts) -> pd.DataFrame:
        single = digitalisierung.list_single_services(facts.services)
        rows = single.loc[single["kind"].isin(kinds)]
        used = rows.loc[rows["status"].isin(gaps.IN_USE)]
        if rows.empty:
            return _frame([])
        return pd.concat(
            [
                _count(f"{label}: genannt", rows, facts, note),
                _count(f"{label}: in Betrieb", used, facts, note),
            ],
            ignore_index=True,
        )

    return answer


def _answer_states(facts: Facts) -> pd.DataFrame:
    single = digitalisierung.list_single_services(facts.services)
    used = single.loc[single["status"].isin(gaps.IN_USE)]
    if single.empty:
        return _frame([])
    return pd.concat(
        [
            _count("Dienste und Vorhaben: genannt", single, facts, "einschließlich stadtweiter"),
            _count("Dienste und Vorhaben: in Betrieb", used, facts, "produktiv oder im Ausbau"),
        ],
        ignore_index=True,
    )


def _answer_candidates(facts: Facts) -> pd.DataFrame:
    rows = digitalisierung.list_candidates(facts.services)
    if rows.empty:
        return _frame([])
    used = rows.loc[rows["status"].isin(gaps.IN_USE)]
    return pd.concat(
        [
            _count("EfA-Dienste: genannt", rows, facts, ""),
            _count("EfA-Dienste: in Betrieb", used, facts, ""),
        ],
        ignore_index=True,
    )


def _answer_contact(facts: Facts) -> pd.DataFrame:
    row = gaps.count_personal(facts.services)
    if not row["applicable"]:
        return _frame([])
    needed = gaps.list_personal(facts.services)
    return _count("Persönlicher Kontakt als nötig belegt", needed, facts, "gilt nicht als Lücke")


def _answer_data(facts: Facts) -> pd.DataFrame:
    answers = digitalisierung.count_answers(facts.services)
    if answers.empty:
        return _frame([])
    unknown = answers.loc[answers["answer"] == gaps.UNKNOWN]
    whole = answers["count"].sum()
    share = 100 * unknown["count"].sum() / whole
    return _frame(
        [
            _make_row(
                "Antworten des Registers, die unbekannt sind",
                note="Ende-zu-Ende, E-Akte und EfA zusammen",
                **dict.fromkeys(("value", *BOUNDS), share),
                measure_unit="%",
                period=_say_register(facts),
                origins=tuple(key for keys in answers["origins"] for key in keys),
            )
        ]
    )


def _answer_open(facts: Facts) -> pd.DataFrame:
    rows = fallzahlen.list_open_cases(facts.case_counts, facts.contradictions, **_own(facts))
    return _take("Offene Anträge auf Wohngeld", rows.tail(1))


def _answer_backlog(facts: Facts) -> pd.DataFrame:
    rows = fallzahlen.measure_backlog_range(
        facts.case_counts, **_own(facts), window=facts.window
    ).dropna(subset=["value"])
    return _take("Rückstandsreichweite beim Wohngeld", rows.tail(1), "Monate")


def _answer_clearance(facts: Facts) -> pd.DataFrame:
    rows = fallzahlen.measure_clearance(facts.case_counts, **_own(facts), window=facts.window)
    return _take("Erledigungsquote beim Wohngeld", rows.tail(1), "%")


def _answer_duration(facts: Facts) -> pd.DataFrame:
    rows = fallzahlen.compare_durations(
        facts.case_counts, facts.sources, service=_WOHNGELD, city=facts.place, others=()
    )
    parts = [
        _take("Bearbeitungsdauer beim Wohngeld", rows.loc[[index]], "Monate", row["series"])
        for index, row in rows.iterrows()
    ]
    return pd.concat(parts, ignore_index=True) if parts else _frame([])


def _answer_received(facts: Facts) -> pd.DataFrame:
    rows = fallzahlen.list_yearly_applications(facts.case_counts, **_own(facts))
    return _take("Eingegangene Anträge auf Wohngeld", rows.tail(1))


def _answer_heads(facts: Facts) -> pd.DataFrame:
    rows = personal.list_employees(facts.staffing, service=_DEPARTMENT, place=facts.place)
    return _take("Beschäftigte des Sozialreferats", rows.tail(1))


def _answer_filled(facts: Facts) -> pd.DataFrame:
    rows = months.keep_whole(
        months.list_months(
            facts.staffing, posts.MEASURES, place=facts.place, services=[_DEPARTMENT]
        )
    )
    whole = months.keep_last_month(posts.measure_fill_rate(rows))
    if len(whole):
        return _take("Besetzungsgrad des Sozialreferats", whole)
    area = select_observations(
        facts.staffing, "fill_rate", service="bezirkssozialarbeit", place=facts.place
    )
    note = "Besetzungsgrad nur für die Bezirkssozialarbeit bekannt"
    return _take("Besetzungsgrad der Bezirkssozialarbeit", area.tail(1), note=note)


def _answer_rate(measure: str, label: str) -> Answer:
    """Return the way to a rate: of the department, else of the whole city administration."""

    def answer(facts: Facts) -> pd.DataFrame:
        for body, note in ((_DEPARTMENT, ""), (_CITY, _CITY_NOTE)):
            rows = select_observations(facts.staffing, measure, service=body, place=facts.place)
            if len(rows):
                return _take(label, rows.tail(1), note=note)
        return _frame([])

    return answer


def _answer_overtime(facts: Facts) -> pd.DataFrame:
    hours = select_observations(
        facts.staffing, "overtime_hours", service=_DEPARTMENT, place=facts.place
    )
    if len(hours):
        return _take("Überstunden des Sozialreferats", hours.tail(1))
    return _answer_rate("overtime_per_head", "Überstunden je Kopf")(facts)


def _answer_devices(facts: Facts) -> pd.DataFrame:
    rows = personal.measure_devices(facts.equipment, scope=facts.scope)
    stock = rows.loc[rows["statement"] == "Bestand"]
    parts = [
        _take(f"{row['category']} je hundert Beschäftigte", stock.loc[[index]], "Geräte",
              row["statement"])
        for index, row in stock.iterrows()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else _frame([])


def _answer_survey(facts: Facts) -> pd.DataFrame:
    labels = {"survey_high_strain": "Hohe bis sehr hohe Beanspruchung"}
    rows = personal.list_survey(facts.staffing, labels)
    note = "Befragung der Gewerkschaft; nicht allein das Sozialreferat"
    return _take("Hohe bis sehr hohe Beanspruchung", rows.tail(1), "% der Befragten", note)


INDICATORS: dict[str, tuple[str, str, Answer]] = {
    "online_dienste": (
        "Angebotsquote",
        "kein Online-Dienst benannt",
        _answer_offer,
    ),
    "ende_zu_ende": (
        "Ende-zu-Ende-Quote",
        "kein Dienst, auf den die Frage passt",
        _answer_share("end_to_end", "Ende-zu-Ende-Quote"),
    ),
    "e_akte": (
        "Anbindung an die E-Akte",
        "kein Dienst, auf den die Frage passt",
        _answer_share("efile", "Anbindung an die E-Akte"),
    ),
    "efa_kandidaten": ("EfA-Dienste", "kein EfA-Dienst benannt", _answer_candidates),
    "status_dienste": ("Dienste und Vorhaben", "kein Dienst benannt", _answer_states),
    "offene_antraege": (
        "Offene Anträge auf Wohngeld",
        "kein Bestand bekannt",
        _answer_open,
    ),
    "rueckstandsreichweite": (
        "Rückstandsreichweite beim Wohngeld",
        "Bestand und Erledigungen derselben Monate sind nicht bekannt",
        _answer_backlog,
    ),
    "erledigungsquote": (
        "Erledigungsquote beim Wohngeld",
        "Eingänge und Erledigungen derselben Monate sind nicht bekannt",
        _answer_clearance,
    ),
    "bearbeitungszeit": (
        "Bearbeitungsdauer beim Wohngeld",
        "keine Bearbeitungsdauer bekannt",
        _answer_duration,
    ),
    "antraege": (
        "Eingegangene Anträge auf Wohngeld",
        "keine Jahreszahl bekannt",
        _answer_received,
    ),
    "personalbestand": (
        "Beschäftigte des Sozialreferats",
        "keine Zahl der Beschäftigten bekannt",
        _answer_heads,
    ),
    "stellenbesetzung": (
        "Besetzungsgrad",
        "Stellen laut Plan und besetzte Stellen desselben Tages sind nicht bekannt",
        _answer_filled,
    ),
    "fluktuation": (
        "Fluktuation",
        "keine Angabe zu Abgängen",
        _answer_rate("turnover", "Fluktuation"),
    ),
    "krankenquote": (
        "Krankenquote",
        "keine Angabe",
        _answer_rate("sickness_rate", "Krankenquote"),
    ),
    "ueberstunden": ("Überstunden", "keine Angabe", _answer_overtime),
    "geraete": (
        "Geräte je hundert Beschäftigte",
        "kein Bestand an Geräten mit Zahl der Beschäftigten bekannt",
        _answer_devices,
    ),
    "befragung": (
        "Befragung der Beschäftigten",
        "keine Befragung liegt vor",
        _answer_survey,
    ),
    "lernangebote": (
        "Lernangebote",
        "kein Lernangebot benannt; ob Angebote genutzt werden, ist nicht bekannt",
        _answer_kinds("Lernangebote", ("Lernangebot",), "Nutzung und Wirkung nicht bekannt"),
    ),
    "automatisierung": (
        "KI und Automatisierung",
        "keine Anwendung benannt",
        _answer_kinds(
            "KI und Automatisierung",
            ("KI-Anwendung", "Automatisierung"),
            "eingesparte Zeit nicht bekannt",
        ),
    ),
    "persoenlicher_kontakt": (
        "Persönlicher Kontakt",
        "kein Dienst, auf den die Frage passt",
        _answer_contact,
    ),
    "datenlage": ("Unbekannte Angaben", "kein Register liegt vor", _answer_data),
}
"""Indicator of the register of motions → German name, reason where there is none, the way to it."""
