"""Staffing need by service and office, gaps, clearing of the backlog, utilisation (Personalbedarf).

Method: docs/methods/staffing-need.md. All results are ranges; each office has its calculation
sheet, whose name stands in the column ``sheet``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from analysis.fields import load_measures
from analysis.indicators.assumptions import describe_assumptions
from analysis.indicators.intervals import BOUNDS, with_origins
from analysis.indicators.months import keep_units, list_months
from analysis.indicators.offices import YEAR, Gathered, list_evidence
from analysis.models.staffing_need import (
    Office,
    OutputOffice,
    Range,
    Task,
    add_ranges,
    measure_excess,
    measure_gaps,
    measure_implied_minutes,
    measure_need_from_output,
    measure_output,
    measure_permanent_need,
    measure_task_need,
    measure_temporary_from_output,
    measure_temporary_need,
    measure_utilisation,
)
from analysis.presentation.formats import (
    format_date,
    format_interval,
    format_number,
    format_with_unit,
)
from analysis.presentation.phrases import capitalise, count_words, join_words

AnyOffice: TypeAlias = Office | OutputOffice

GAPS = ("vacant", "missing_staff", "missing_posts")
LACKING, ENOUGH, UNCLEAR = "Personal fehlt", "Personal reicht", "nicht entscheidbar"
FITS, CONTRADICTS, UNDECIDED = "passt zusammen", "Widerspruch", "nicht entscheidbar"
PUBLISHED = ("staff_need", "posts_requested", "posts_approved")
_SERVICE_LABELS = {
    "wohngeld": "Wohngeld",
    "sozialwohnung": "Sozialwohnungen",
    "unterhaltsvorschuss": "Unterhaltsvorschuss",
    "bezirkssozialarbeit": "Bezirkssozialarbeit",
    "it": "IT",
}
_FULL = 100.0
_CHANCE = 2.0
"""Standard deviations within which a change of the stock may be chance."""


class _Part(NamedTuple):
    """A quantity with its origins."""

    numbers: Range
    origins: tuple[str, ...]


def list_used_assumptions(offices: Sequence[AnyOffice], assumed: pd.DataFrame) -> pd.DataFrame:
    """Return the assumptions that the needs rest on, as they are shown.

    Args:
        offices: offices with their evidence.
        assumed: assumptions of the edition.

    Returns:
        Rows of ``describe_assumptions`` with ``standing`` (``Annahme, Stand 31.12.2025``), those
        that this build changed first.
    """
    used = {key for office in offices for key in list_evidence(office.evidence)}
    rows = describe_assumptions(assumed.loc[assumed["origin"].isin(used)])
    standing = [
        f"{state}, Stand {format_date(day)}"
        for state, day in zip(rows["state"], rows["as_of"], strict=True)
    ]
    return rows.assign(standing=pd.Series(standing, rows.index, dtype="str")).sort_values(
        "changed", ascending=False, kind="stable", ignore_index=True
    )


def measure_services(offices: Sequence[AnyOffice], sheets: Sequence[str]) -> pd.DataFrame:
    """Return the permanent need by service over all offices that have one [VZÄ].

    Args:
        offices: offices.
        sheets: name of the calculation sheet of each office.

    Returns:
        ``category`` (service, or the office where the need is from its output), ``value``,
        ``lower``, ``upper``, ``offices`` (count), ``sheet``, ``origins``; the largest need first.
    """
    parts: dict[str, list[tuple[_Part, str]]] = {}
    for office, sheet in zip(offices, sheets, strict=True):
        for name, part in _split_services(office):
            parts.setdefault(name, []).append((part, sheet))
    rows = [
        {
            "category": name,
            **_spread(add_ranges([part.numbers for part, _ in found])),
            "offices": len(found),
            "sheet": _say_sheets([sheet for _, sheet in found]),
            "origins": tuple(dict.fromkeys(key for part, _ in found for key in part.origins)),
        }
        for name, found in parts.items()
    ]
    return _make_results(rows).sort_values("value", ascending=False, ignore_index=True)


def measure_offices(offices: Sequence[AnyOffice], sheets: Sequence[str]) -> pd.DataFrame:
    """Return need, compared posts and the three gaps of each office [VZÄ].

    Returns:
        ``category``, ``value``, ``lower``, ``upper`` (permanent need), ``planned`` and ``filled``
        (their part for these applications), each gap of ``GAPS`` with ``_lower`` and ``_upper``,
        ``finding`` (``LACKING``, ``ENOUGH`` or ``UNCLEAR``: filled posts against need), ``sheet``,
        ``origins``. What is not known is missing.

    Source:
        docs/methods/staffing-need.md.
    """
    return _make_results(
        [_compare_office(office, sheet) for office, sheet in zip(offices, sheets, strict=True)]
    )


def measure_clearing(offices: Sequence[AnyOffice], sheets: Sequence[str]) -> pd.DataFrame:
    """Return the posts that working off the backlog takes for a time, by office [VZÄ].

    Returns:
        ``category``, ``value``, ``lower``, ``upper``, ``excess`` with bounds (cases beyond the
        target stock), ``months`` (German), ``without`` (services whose stock or goal is not
        known), ``sheet``, ``origins``; offices that know no stock at all are left out.
    """
    rows = [
        row
        for office, sheet in zip(offices, sheets, strict=True)
        for row in [_measure_office_clearing(office, sheet)]
        if row is not None
    ]
    return _make_results(rows)


def compare_utilisation(
    gathered: Gathered, sheets: Sequence[str], case_counts: pd.DataFrame, *, place: str
) -> pd.DataFrame:
    """Set the utilisation of each office beside what its stock did in the same twelve months.

    A change within two standard deviations of the receipts (2 · √received) may be chance and
    decides nothing.

    Args:
        gathered: offices from handling times.
        sheets: name of the calculation sheet of each.
        case_counts: observations with monthly ``open`` by unit.
        place: city.

    Returns:
        ``category``, ``value``, ``lower``, ``upper`` [percent], ``before`` and ``now`` (open
        cases, missing where a part is not released), ``change``, ``chance``, ``finding``
        (``FITS``, ``CONTRADICTS`` or ``UNDECIDED``), ``why`` (German), ``note``, ``sheet``,
        ``origins``.

    Source:
        docs/methods/staffing-need.md.
    """
    stocks = keep_units(list_months(case_counts, ["open"], place=place))
    rows = [
        _judge_office(office, sheet, stocks.loc[stocks["unit"] == unit])
        for office, unit, sheet in zip(gathered.offices, gathered.units, sheets, strict=True)
    ]
    return _make_results(rows)


def sort_findings(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ``compare_utilisation``, contradictions first, then what is not decided."""
    ranks = {CONTRADICTS: 0, UNDECIDED: 1, FITS: 2}
    order = rows["finding"].map(ranks).sort_values(kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def label_ranges(rows: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Return results with ``text``, the label of a chart: ``83,1 (74,5–105,0)``."""
    texts = [
        format_number(row["value"], digits)
        if row["lower"] == row["upper"]
        else f"{format_number(row['value'], digits)} ({format_number(row['lower'], digits)}–"
        f"{format_number(row['upper'], digits)})"
        for _, row in rows.iterrows()
    ]
    return rows.assign(text=pd.Series(texts, rows.index, dtype="str"))


def keep_needy(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the offices that may have a temporary need; all where none has."""
    needy = rows.loc[rows["upper"] > 0]
    return rows if needy.empty else needy.reset_index(drop=True)


def describe_output(office: OutputOffice, sheet: str) -> pd.DataFrame:
    """Return what the need from output rests on: one row per quantity.

    Returns:
        ``key``, ``label``, ``value``, ``lower``, ``upper``, ``measure_unit``, ``sheet``,
        ``origins``.
    """
    output = measure_output(office.decided, office.staffed)
    proof = office.evidence
    measured = list_evidence(proof, "decided", "staffed")
    rows = [
        (
            "decided",
            "entschiedene Anträge",
            office.decided,
            "je Monat",
            list_evidence(proof, "decided"),
        ),
        (
            "staffed",
            "besetzte Stellen in dieser Zeit",
            office.staffed,
            "VZÄ",
            list_evidence(proof, "staffed"),
        ),
        ("output", "Ausstoß", output, "Anträge je VZÄ und Monat", measured),
        (
            "implied",
            "Arbeitsminuten einer Stelle je entschiedenem Antrag",
            measure_implied_minutes(office.working_time, output),
            "Minuten",
            (*measured, *list_evidence(proof, "year")),
        ),
        (
            "received",
            "eingehende Anträge",
            office.received,
            "je Monat",
            list_evidence(proof, "received"),
        ),
    ]
    return _make_results(
        [
            {
                "key": key,
                "label": label,
                **_spread(numbers),
                "measure_unit": unit,
                "sheet": sheet,
                "origins": origins,
            }
            for key, label, numbers, unit, origins in rows
        ]
    )


def list_published_needs(staffing: pd.DataFrame, *, place: str) -> pd.DataFrame:
    """Return published needs, requested and approved posts by service, in order of time.

    Args:
        staffing: observations.
        place: city.

    Returns:
        Observations with ``service_label``, ``measure_label`` and ``origins``.
    """
    labels = {name: measure.label for name, measure in load_measures().items()}
    rows = staffing.loc[
        staffing["measure"].isin(PUBLISHED)
        & staffing["place"].eq(place)
        & staffing["unit"].eq("")
        & staffing["group"].eq("")
        & staffing[["value", *BOUNDS]].notna().any(axis=1)
    ]
    return (
        with_origins(rows)
        .assign(
            service_label=rows["service"].map(_SERVICE_LABELS).fillna(rows["service"]),
            measure_label=rows["measure"].map(labels),
        )
        .sort_values(["service_label", "period_end", "measure"], ignore_index=True)
    )


def head_assumptions(rows: pd.DataFrame) -> str:
    """Return a title that says how much of the calculation is assumed."""
    assumed = int(rows["basis"].ne("belegt").sum())
    total = count_words(len(rows), "festgelegte Größe", "festgelegte Größen")
    if assumed == len(rows):
        return f"Die Rechnung beruht auf Annahmen: {total}, keine davon belegt"
    if assumed == 0:
        return f"Die Rechnung beruht auf belegten Werten: {total}"
    return f"{capitalise(total)}, davon {_count_few(assumed, one='eine')} nur angenommen"


def head_output(rows: pd.DataFrame) -> str:
    """Return a title with the output (rows of ``describe_output``)."""
    row = rows.loc[rows["key"] == "output"].iloc[0]
    return f"Ausstoß: {_say_range(row, str(row['measure_unit']))}"


def head_services(rows: pd.DataFrame) -> str:
    """Return a title for the needs by service."""
    first = rows.iloc[0]
    if len(rows) == 1:
        return f"{first['category']}: rechnerischer Bedarf {_say_range(first)}"
    return f"Den größten Bedarf hat die Leistung »{first['category']}« mit {_say_range(first)}"


def head_gaps(rows: pd.DataFrame) -> str:
    """Return a title for needs beside posts: where staff is surely missing, where not."""
    if len(rows) == 1:
        row = rows.iloc[0]
        need = f"{row['category']}: rechnerischer Bedarf {_say_range(row)}"
        if pd.isna(row["filled"]):
            return f"{need}, Besetzung nicht bekannt"
        return f"{need}, zuletzt bekannt waren {format_number(row['filled'], 2)} VZÄ besetzt"
    return _count_findings(
        rows,
        {
            LACKING: "fehlt sicher Personal",
            ENOUGH: "reicht das Personal sicher",
            UNCLEAR: "ist es mit diesen Angaben nicht entscheidbar",
        },
    )


def head_clearing(rows: pd.DataFrame) -> str:
    """Return a title for the temporary need."""
    needy = rows.loc[rows["upper"] > 0]
    if needy.empty:
        return "Kein Bestand liegt über dem Ziel: kein befristeter Bedarf"
    if len(rows) == 1:
        row = rows.iloc[0]
        return f"{row['category']}: Abbau des Rückstands braucht befristet {_say_range(row)}"
    first = needy.sort_values("value", ascending=False).iloc[0]
    count = _count_offices(len(needy), "n")
    return (
        f"{capitalise(count)} {'hat' if len(needy) == 1 else 'haben'} Bestände über dem Ziel; "
        f"am meisten befristetes Personal braucht »{first['category']}« ({_say_range(first)})"
    )


def head_utilisation(rows: pd.DataFrame) -> str:
    """Return a title for the utilisation: how many offices are surely above or below 100 %."""
    states = pd.Series(UNCLEAR, rows.index, dtype="str")
    states = states.mask(rows["lower"] > _FULL, LACKING).mask(rows["upper"] < _FULL, ENOUGH)
    return _count_findings(
        rows.assign(finding=states),
        {
            LACKING: "liegt die Auslastung sicher über 100 Prozent",
            ENOUGH: "liegt sie sicher darunter",
            UNCLEAR: "schließt die Spanne 100 Prozent ein",
        },
    )


def head_contradictions(rows: pd.DataFrame) -> str:
    """Return a title for the check of utilisation against stock."""
    counts = {name: int(rows["finding"].eq(name).sum()) for name in (CONTRADICTS, FITS, UNDECIDED)}
    if counts[UNDECIDED] == len(rows):
        return "Ob Auslastung und Bestand zusammenpassen, lässt sich nirgends entscheiden"
    wrong = counts[CONTRADICTS]
    said = f"bei {_count_offices(wrong, 'r')}" if wrong else "nirgends"
    rest = [
        f"bei {_count_few(counts[name])} {words}"
        for name, words in ((FITS, "passen sie zusammen"), (UNDECIDED, "ist es offen"))
        if counts[name]
    ]
    return join_words([f"Auslastung und Bestand widersprechen sich {said}", *rest])


def say_hidden_stocks(rows: pd.DataFrame) -> str:
    """Return in German which backlogs the temporary need leaves out; empty where none."""
    named = [
        f"{row['category']} ({row['without']})"
        for _, row in rows.loc[rows["without"] != ""].iterrows()
    ]
    if not named:
        return ""
    return f"Ohne Bestände, die nicht veröffentlicht oder ohne Ziel sind: {join_words(named)}."


def say_left_out(gathered: Gathered) -> str:
    """Return in German which offices have no calculation and why; empty where all have one."""
    return " ".join(
        f"{row['unit_label']} ist nicht berechnet: {row['reason']}"
        for _, row in gathered.left_out.iterrows()
    )


def say_dates(office: OutputOffice) -> str:
    """Return when the compared posts of an office from output were published, in German."""
    parts = [
        f"{label}: {office.evidence[key].source.rstrip('.')}."
        for key, label in (("filled", "Besetzt"), ("planned", "Laut Plan"))
        if key in office.evidence
    ]
    if office.staff.planned is not None and not office.staff.same_date:
        parts.append(
            "Die Angaben stammen aus verschiedenen Zeiten; unbesetzte Stellen lassen sich daraus "
            "nicht ableiten."
        )
    return " ".join(parts)


def state_missing(offices: Sequence[AnyOffice]) -> str:
    """Return what the offices have not supplied for a measured need, in German."""
    if not offices:
        return "Weder Bearbeitungszeiten noch Erledigungen je besetzter Stelle sind bekannt."
    if any(isinstance(office, OutputOffice) for office in offices):
        return (
            "Gemessene Bearbeitungszeiten liegen nicht vor; der Bedarf ist aus dem Ausstoß "
            "fortgeschrieben. Die Jahresarbeitszeit ist eine Annahme der Edition."
        )
    return (
        "Die Bearbeitungszeiten, der Anteil der Stellen für Anträge und die Jahresarbeitszeit "
        "sind Annahmen der Edition, keine Messungen."
    )


NEEDED = (
    "Mittlere Bearbeitungszeiten je Leistung aus einer Zeitaufschreibung, mit Verteilzeit; "
    "Jahresarbeitszeit einer Normalarbeitskraft der Stadt mit Stand; besetzte Stellen und Stellen "
    "laut Plan je Dienststelle und Monat in VZÄ, mit dem Anteil für Antragsbearbeitung"
)


def _split_services(office: AnyOffice) -> list[tuple[str, _Part]]:
    if isinstance(office, OutputOffice):
        keys = list_evidence(office.evidence, "decided", "staffed", "received")
        return [(office.label, _Part(_measure_need(office), keys))]
    parts = []
    for task in office.tasks:
        need = measure_task_need(task, office.allowances, office.working_time)
        keys = list_evidence(office.evidence, *_name_inputs(task))
        parts.append((task.name, _Part(need, keys)))
    return parts


def _name_inputs(task: Task) -> tuple[str, ...]:
    shared = ("year", "factual", "personal", "recovery")
    return (f"cases:{task.service}", f"base:{task.service}", *shared)


def _measure_need(office: AnyOffice) -> Range:
    if isinstance(office, OutputOffice):
        output = measure_output(office.decided, office.staffed)
        return measure_need_from_output(office.received, output)
    return measure_permanent_need(office.tasks, office.allowances, office.working_time)


def _compare_office(office: AnyOffice, sheet: str) -> dict[str, object]:
    need, staff = _measure_need(office), office.staff
    gaps = measure_gaps(need, staff).set_index("key").reindex(list(GAPS))
    posts = {
        name: float("nan") if known is None else staff.compared(known).value
        for name, known in (("planned", staff.planned), ("filled", staff.filled))
    }
    ends = {
        f"{key}{ending}": gaps.loc[key, name]
        for key in GAPS
        for name, ending in (("value", ""), ("lower", "_lower"), ("upper", "_upper"))
    }
    inputs = ("cases", "base", "year", "factual", "personal", "recovery", "received", "decided")
    posts_keys = ("staffed", "planned", "filled", "share")
    return {
        "category": office.label,
        **_spread(need),
        **posts,
        **ends,
        "finding": _judge_gap(gaps["lower"]["missing_staff"], gaps["upper"]["missing_staff"]),
        "sheet": sheet,
        "origins": list_evidence(office.evidence, *inputs, *posts_keys),
    }


def _judge_gap(lower: float, upper: float) -> str:
    if lower > 0:
        return LACKING
    return ENOUGH if upper <= 0 else UNCLEAR


def _measure_office_clearing(office: AnyOffice, sheet: str) -> dict[str, object] | None:
    if isinstance(office, OutputOffice):
        if office.clearing is None:
            return None
        output = measure_output(office.decided, office.staffed)
        need = measure_temporary_from_output(office.clearing, office.received, output)
        excess = measure_excess(office.clearing, office.received)
        goals, without = [office.clearing], []
    else:
        tasks = [(task, task.clearing) for task in office.tasks if task.clearing is not None]
        if not tasks:
            return None
        need = add_ranges(
            [
                measure_temporary_need(task, office.allowances, office.working_time)
                for task, _ in tasks
            ]
        )
        excess = add_ranges([measure_excess(goal, _per_month(task)) for task, goal in tasks])
        goals = [goal for _, goal in tasks]
        without = [task.name for task in office.tasks if task.clearing is None]
    return {
        "category": office.label,
        **_spread(need),
        **{f"excess{ending}": number for ending, number in _suffix(excess)},
        "months": _say_months([goal.months for goal in goals]),
        "without": join_words(without),
        "sheet": sheet,
        "origins": list_evidence(office.evidence),
    }


def _per_month(task: Task) -> Range:
    return Range(*(cases / YEAR for cases in task.cases))


def _suffix(numbers: Range) -> list[tuple[str, float]]:
    return [("", numbers.value), ("_lower", numbers.lower), ("_upper", numbers.upper)]


def _say_months(goals: Sequence[Range]) -> str:
    least, most = min(goal.lower for goal in goals), max(goal.upper for goal in goals)
    if least == most:
        return f"{format_number(least)} Monate"
    return f"{format_number(least)} bis {format_number(most)} Monate"


def _judge_office(office: Office, sheet: str, stocks: pd.DataFrame) -> dict[str, object]:
    utilisation = measure_utilisation(_measure_need(office), office.staff)
    services = [task.service for task in office.tasks]
    own = stocks.loc[stocks["service"].isin(services)]
    last = own["month"].max()
    now = _add_stocks(own.loc[own["month"] == last], services)
    earlier = last - pd.DateOffset(months=YEAR) if pd.notna(last) else last
    before = _add_stocks(own.loc[own["month"] == earlier], services)
    received = sum(task.cases.value for task in office.tasks)
    change, chance = now - before, _CHANCE * math.sqrt(received)
    finding, why = _judge_change(utilisation, change, chance)
    keys = list_evidence(office.evidence, "cases", "base", "year", "filled", "share")
    stock_keys = [
        key for keys_of in own.loc[own["month"].isin([last, earlier]), "origins"] for key in keys_of
    ]
    return {
        "category": office.label,
        **_spread(utilisation),
        "measure_unit": "%",
        "before": before,
        "now": now,
        "change": change,
        "chance": chance,
        "finding": finding,
        "why": why,
        "note": _say_change(before, now),
        "sheet": sheet,
        "origins": tuple(dict.fromkeys((*keys, *stock_keys))),
    }


def _add_stocks(rows: pd.DataFrame, services: Sequence[str]) -> float:
    """Return the open cases of all services; missing where one is not known."""
    known = rows.dropna(subset=["value"])
    return float(known["value"].sum()) if set(known["service"]) == set(services) else float("nan")


def _judge_change(utilisation: Range, change: float, chance: float) -> tuple[str, str]:
    if math.isnan(change):
        return UNDECIDED, "Der Bestand ist nicht vollständig veröffentlicht."
    over, under = utilisation.lower > _FULL, utilisation.upper < _FULL
    if not over and not under:
        return UNDECIDED, "Die Spanne der Auslastung schließt 100 Prozent ein."
    if over and change < -chance:
        return CONTRADICTS, "Sicher über 100 Prozent ausgelastet, der Bestand ist aber gesunken."
    if under and change > chance:
        return CONTRADICTS, "Sicher unter 100 Prozent ausgelastet, der Bestand ist aber gewachsen."
    if abs(change) <= chance:
        return (
            FITS if under else UNDECIDED,
            "Der Bestand hat sich nicht mehr als zufällig geändert.",
        )
    grew = "gewachsen" if change > 0 else "gesunken"
    return FITS, f"Sicher {'über' if over else 'unter'} 100 Prozent, der Bestand ist {grew}."


def _say_change(before: float, now: float) -> str:
    if math.isnan(before) or math.isnan(now):
        return "Bestand nicht vollständig veröffentlicht"
    return f"Bestand von {format_number(before)} auf {format_number(now)}"


def _count_findings(rows: pd.DataFrame, words: Mapping[str, str]) -> str:
    """Return a title that says for how many offices each finding holds."""
    counts = {finding: int(rows["finding"].eq(finding).sum()) for finding in words}
    said = [
        f"bei {_count_offices(count, 'r') if place == 0 else _count_few(count)} {words[finding]}"
        for place, (finding, count) in enumerate(
            (finding, count) for finding, count in counts.items() if count
        )
    ]
    return capitalise(join_words(said)) if said else "Keine Dienststelle ist berechnet"


def _count_offices(count: int, ending: str) -> str:
    one = {"r": "einer", "n": "eine"}[ending]
    plural = "Dienststellen"
    return count_words(count, "Dienststelle", plural, one=one)


def _count_few(count: int, *, one: str = "einer") -> str:
    """Return a count without its noun: ``einer``, ``zwei``, ``14``."""
    return count_words(count, "", "", one=one).strip()


def _say_sheets(sheets: Sequence[str]) -> str:
    if len(sheets) <= 2:
        return join_words(sheets)
    return f"{sheets[0]} und {format_number(len(sheets) - 1)} weitere"


def _spread(numbers: Range) -> dict[str, float]:
    return {"value": numbers.value, "lower": numbers.lower, "upper": numbers.upper}


def _say_range(row: pd.Series[Any], unit: str = "VZÄ") -> str:
    """Return the range of a result with its unit: ``74,50 bis 105,04 VZÄ``."""
    shown = format_interval(None, row["lower"], row["upper"], 2, rounded=False)
    return format_with_unit(shown.text, unit)


def _make_results(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return rows of results, computed from released figures.

    ``span`` and ``<name>_span`` are missing: with the bounds beside them they make a figure that
    is shown as its range alone.
    """
    frame = pd.DataFrame(list(rows))
    if frame.empty:
        return pd.DataFrame(columns=["category", "value", "lower", "upper", "sheet", "origins"])
    spans = ["span", *(f"{name}_span" for name in frame if f"{name}_lower" in frame)]
    origins = pd.Series(list(frame["origins"]), frame.index, "object")
    return frame.assign(origins=origins, measure="derived", **dict.fromkeys(spans, float("nan")))
