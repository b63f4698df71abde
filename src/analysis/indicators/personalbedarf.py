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
    Clearing,
    Office,
    OutputOffice,
    Range,
    Task,
    add_ranges,
    list_estimates,
    make_exact,
    measure_excess,
    measure_gaps,
    measure_permanent_need,
    measure_task_need,
    measure_temporary_need,
    measure_utilisation,
)
from analysis.presentation.formats import (
    format_date,
    format_interval,
    format_month,
    format_number,
    format_with_unit,
)
from analysis.presentation.phrases import capitalise, count_words, join_words

AnyOffice: TypeAlias = Office | OutputOffice
Row: TypeAlias = "pd.Series[Any]"

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
_UNKNOWN = Range(float("nan"), float("nan"), float("nan"))
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
        Rows of ``describe_assumptions`` with ``what`` (subject and quantity) and ``standing``
        (``Annahme, Stand 31.12.2025``), those that this build changed first.
    """
    used = {key for office in offices for key in list_evidence(office.evidence)}
    rows = describe_assumptions(assumed.loc[assumed["origin"].isin(used)])
    standing = [
        f"{state}, Stand {format_date(day)}"
        for state, day in zip(rows["state"], rows["as_of"], strict=True)
    ]
    return rows.assign(
        what=rows["subject_name"] + ": " + rows["label"],
        standing=pd.Series(standing, rows.index, dtype="str"),
    ).sort_values("changed", ascending=False, kind="stable", ignore_index=True)


def measure_services(offices: Sequence[AnyOffice], sheets: Sequence[str]) -> pd.DataFrame:
    """Return the permanent need by service over all offices that have one [VZÄ].

    Args:
        offices: offices.
        sheets: name of the calculation sheet of each office.

    Returns:
        ``category`` (service; where the need is from output, the office and the way), ``value``,
        ``lower``, ``upper``, ``offices`` (count), ``sheet``, ``origins``; the largest need first,
        but the ways of an office from output in their order.
    """
    parts: dict[str, list[tuple[_Part, str]]] = {}
    for office, sheet in zip(offices, sheets, strict=True):
        for name, part in _split_services(office):
            parts.setdefault(name, []).append((part, sheet))
    rows = [
        {
            "category": name,
            **spread(add_ranges([part.numbers for part, _ in found])),
            "offices": len(found),
            "sheet": _say_sheets([sheet for _, sheet in found]),
            "origins": tuple(dict.fromkeys(key for part, _ in found for key in part.origins)),
        }
        for name, found in parts.items()
    ]
    results = make_results(rows)
    if any(isinstance(office, OutputOffice) for office in offices):
        return results
    return results.sort_values("value", ascending=False, ignore_index=True)


def measure_offices(offices: Sequence[AnyOffice], sheets: Sequence[str]) -> pd.DataFrame:
    """Return need, compared posts and the three gaps of each office [VZÄ].

    An office whose need is from output has a row for each way to it.

    Returns:
        ``category``, ``value``, ``lower``, ``upper`` (permanent need), ``planned`` and ``filled``
        (their part for these applications) with ``_lower``, ``_upper`` and ``_when`` (German, the
        time of the posts), each gap of ``GAPS`` with ``_lower`` and ``_upper``, ``finding``
        (``LACKING``, ``ENOUGH`` or ``UNCLEAR``: filled posts against need), ``sheet``,
        ``origins``. What is not known is missing.

    Source:
        docs/methods/staffing-need.md.
    """
    return make_results(
        [
            row
            for office, sheet in zip(offices, sheets, strict=True)
            for row in _compare_office(office, sheet)
        ]
    )


def name_marks(rows: pd.DataFrame) -> dict[str, str]:
    """Return what the marks of filled and planned posts are called, with their time.

    Args:
        rows: result of ``measure_offices``.
    """
    words = {"filled": "besetzt", "planned": "laut Plan"}
    times = {key: _say_whens(rows, key) for key in words}
    return {key: f"{word} ({times[key]})" if times[key] else word for key, word in words.items()}


def _say_whens(rows: pd.DataFrame, key: str) -> str:
    return join_words(list(dict.fromkeys(when for when in rows[f"{key}_when"] if when)))


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
        for row in _measure_office_clearing(office, sheet)
    ]
    return make_results(rows)


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
        cases, missing where a part is not released) with bounds, ``change`` with bounds,
        ``chance``, ``between`` (German, the time between the stocks), ``finding`` (``FITS``,
        ``CONTRADICTS`` or ``UNDECIDED``), ``why`` (German), ``note``, ``sheet``, ``origins``.

    Source:
        docs/methods/staffing-need.md.
    """
    stocks = keep_units(list_months(case_counts, ["open"], place=place))
    rows = [
        _judge_office(office, sheet, stocks.loc[stocks["unit"] == unit])
        for office, unit, sheet in zip(gathered.offices, gathered.units, sheets, strict=True)
    ]
    return make_results(rows)


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


def head_services(rows: pd.DataFrame) -> str:
    """Return a title for the needs by service."""
    first = rows.iloc[0]
    if len(rows) == 1:
        return f"{first['category']}: rechnerischer Bedarf {say_range(first)}"
    return f"Den größten Bedarf hat die Leistung »{first['category']}« mit {say_range(first)}"


def head_gaps(rows: pd.DataFrame) -> str:
    """Return a title for needs beside posts: where staff is surely missing, where not."""
    title = _count_findings(
        rows,
        {
            LACKING: "fehlt sicher Personal",
            ENOUGH: "reicht das Personal sicher",
            UNCLEAR: "ist es mit diesen Angaben nicht entscheidbar",
        },
    )
    when = _say_whens(rows, "filled")
    return f"{title} (besetzte Stellen: {when})" if when else title


def head_missing_posts(rows: pd.DataFrame) -> str:
    """Return a title on the posts of the plan: where they are surely too few, where enough."""
    known = rows.loc[rows["missing_posts"].notna()]
    if known.empty:
        return "Die Stellen laut Plan sind nicht bekannt"
    bounds = zip(known["missing_posts_lower"], known["missing_posts_upper"], strict=True)
    title = _count_findings(
        known.assign(finding=[_judge_gap(lower, upper) for lower, upper in bounds]),
        {
            LACKING: "fehlen sicher auch Stellen im Plan",
            ENOUGH: "reichen die Stellen laut Plan sicher",
            UNCLEAR: "ist es mit diesen Angaben nicht entscheidbar",
        },
    )
    when = _say_whens(known, "planned")
    return f"{title} (Stellen laut Plan: {when})" if when else title


def head_clearing(rows: pd.DataFrame) -> str:
    """Return a title for the temporary need of offices."""
    needy = rows.loc[rows["upper"] > 0]
    if needy.empty:
        return "Kein Bestand liegt über dem Ziel: kein befristeter Bedarf"
    if len(rows) == 1:
        row = rows.iloc[0]
        return f"{row['category']}: Abbau des Rückstands braucht befristet {say_range(row)}"
    first = needy.sort_values("value", ascending=False).iloc[0]
    count = _count_offices(len(needy), "n")
    return (
        f"{capitalise(count)} {'hat' if len(needy) == 1 else 'haben'} Bestände über dem Ziel; "
        f"am meisten befristetes Personal braucht »{first['category']}« ({say_range(first)})"
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


def state_missing(offices: Sequence[AnyOffice]) -> str:
    """Return what the offices have not supplied for a measured need, in German."""
    if not offices:
        return "Weder Bearbeitungszeiten noch Erledigungen je besetzter Stelle sind bekannt."
    if any(isinstance(office, OutputOffice) for office in offices):
        return (
            "Gemessene Bearbeitungszeiten liegen nicht vor; der Bedarf ist aus dem Ausstoß "
            "fortgeschrieben. Wie viele Stellen heute besetzt sind und die Jahresarbeitszeit sind "
            "Annahmen der Edition."
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
        return [
            (
                name_way(office, estimate.key, whole=True),
                _Part(estimate.need, list_evidence(office.evidence, *estimate.inputs)),
            )
            for estimate in list_estimates(office)
        ]
    parts = []
    for task in office.tasks:
        need = measure_task_need(task, office.allowances, office.working_time)
        keys = list_evidence(office.evidence, *_name_inputs(task))
        parts.append((task.name, _Part(need, keys)))
    return parts


def name_way(office: OutputOffice, key: str, *, whole: bool = False) -> str:
    """Return what a way from output is called: ``Ausstoß Januar und Februar 2023``.

    Args:
        office: office.
        key: key of the estimate.
        whole: with the office before it.
    """
    word, source = {
        "months": ("Ausstoß", "decided"),
        "stock": ("Ausstoß aus dem Bestand", "between"),
    }[key]
    proof = office.evidence.get(source)
    way = f"{word} {proof.when}" if proof is not None and proof.when else word
    return f"{office.label}: {way}" if whole else way


def _name_inputs(task: Task) -> tuple[str, ...]:
    shared = ("year", "factual", "personal", "recovery")
    return (f"cases:{task.service}", f"base:{task.service}", *shared)


def _compare_office(office: AnyOffice, sheet: str) -> list[dict[str, object]]:
    posts_keys = ("planned", "filled", "share")
    if isinstance(office, OutputOffice):
        return [
            _compare_need(
                office,
                name_way(office, estimate.key, whole=True),
                estimate.need,
                estimate.gaps,
                (*estimate.inputs, *posts_keys),
            )
            | {"sheet": sheet}
            for estimate in list_estimates(office)
        ]
    need = measure_permanent_need(office.tasks, office.allowances, office.working_time)
    gaps = {
        str(row["key"]): Range(row["lower"], row["value"], row["upper"])
        for row in measure_gaps(need, office.staff).to_dict("records")
    }
    inputs = ("cases", "base", "year", "factual", "personal", "recovery", *posts_keys)
    return [_compare_need(office, office.label, need, gaps, inputs) | {"sheet": sheet}]


def _compare_need(
    office: AnyOffice,
    category: str,
    need: Range,
    gaps: Mapping[str, Range],
    inputs: Sequence[str],
) -> dict[str, object]:
    staff = office.staff
    posts = {
        name: _UNKNOWN if known is None else staff.compared(known)
        for name, known in (("planned", staff.planned), ("filled", staff.filled))
    }
    numbers = posts | {key: gaps.get(key, _UNKNOWN) for key in GAPS}
    missing = numbers["missing_staff"]
    return {
        "category": category,
        **spread(need),
        **{f"{key}{end}": x for key, found in numbers.items() for end, x in _suffix(found)},
        **{
            f"{name}_when": office.evidence[name].when if name in office.evidence else ""
            for name in posts
        },
        "finding": _judge_gap(missing.lower, missing.upper),
        "origins": list_evidence(office.evidence, *inputs),
    }


def _judge_gap(lower: float, upper: float) -> str:
    if lower > 0:
        return LACKING
    return ENOUGH if upper <= 0 else UNCLEAR


def _measure_office_clearing(office: AnyOffice, sheet: str) -> list[dict[str, object]]:
    if isinstance(office, OutputOffice):
        goal = office.clearing
        if goal is None:
            return []
        return [
            {
                "category": name_way(office, estimate.key, whole=True),
                **_describe_clearing(
                    estimate.clearing, measure_excess(goal, office.received), [goal]
                ),
                "without": "",
                "sheet": sheet,
                "origins": list_evidence(
                    office.evidence, *estimate.inputs, "open", "target", "months"
                ),
            }
            for estimate in list_estimates(office)
            if estimate.clearing is not None
        ]
    tasks = [(task, task.clearing) for task in office.tasks if task.clearing is not None]
    if not tasks:
        return []
    needs = [
        measure_temporary_need(task, office.allowances, office.working_time) for task, _ in tasks
    ]
    excess = add_ranges([measure_excess(goal, _per_month(task)) for task, goal in tasks])
    return [
        {
            "category": office.label,
            **_describe_clearing(add_ranges(needs), excess, [goal for _, goal in tasks]),
            "without": join_words([task.name for task in office.tasks if task.clearing is None]),
            "sheet": sheet,
            "origins": list_evidence(office.evidence),
        }
    ]


def _describe_clearing(
    need: Range, excess: Range, goals: Sequence[Clearing]
) -> dict[str, float | str]:
    return {
        **spread(need),
        **{f"excess{ending}": number for ending, number in _suffix(excess)},
        "months": _say_months([goal.months for goal in goals]),
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
    need = measure_permanent_need(office.tasks, office.allowances, office.working_time)
    utilisation = measure_utilisation(need, office.staff)
    services = [task.service for task in office.tasks]
    own = stocks.loc[stocks["service"].isin(services)]
    last = own["month"].max()
    now = _add_stocks(own.loc[own["month"] == last], services)
    earlier = last - pd.DateOffset(months=YEAR) if pd.notna(last) else last
    before = _add_stocks(own.loc[own["month"] == earlier], services)
    received = sum(task.cases.value for task in office.tasks)
    keys = list_evidence(office.evidence, "cases", "base", "year", "filled", "share")
    stock_keys = [
        key for keys_of in own.loc[own["month"].isin([last, earlier]), "origins"] for key in keys_of
    ]
    span = "" if pd.isna(last) else f"{format_month(earlier)} bis {format_month(last)}"
    return {
        "category": office.label,
        **judge_stocks(utilisation, make_exact(before), make_exact(now), received),
        "between": span,
        "note": _say_change(before, now),
        "sheet": sheet,
        "origins": tuple(dict.fromkeys((*keys, *stock_keys))),
    }


def judge_stocks(
    utilisation: Range, before: Range, now: Range, received: float
) -> dict[str, float | str]:
    """Set a utilisation beside what the stock did in its time.

    Args:
        utilisation: [percent].
        before: stock at the beginning; missing (NaN) where it is not known.
        now: stock at the end.
        received: cases that came in between; twice its root is what may be chance.

    Returns:
        Values of the columns of ``compare_utilisation``.
    """
    change = Range(now.lower - before.upper, now.value - before.value, now.upper - before.lower)
    chance = _CHANCE * math.sqrt(received)
    finding, why = _judge_change(utilisation, change, chance)
    numbers = {"before": before, "now": now, "change": change}
    return {
        **spread(utilisation),
        "measure_unit": "%",
        **{f"{key}{end}": x for key, found in numbers.items() for end, x in _suffix(found)},
        "chance": chance,
        "finding": finding,
        "why": why,
    }


def _add_stocks(rows: pd.DataFrame, services: Sequence[str]) -> float:
    """Return the open cases of all services; missing where one is not known."""
    known = rows.dropna(subset=["value"])
    return float(known["value"].sum()) if set(known["service"]) == set(services) else float("nan")


def _judge_change(utilisation: Range, change: Range, chance: float) -> tuple[str, str]:
    if math.isnan(change.value):
        return UNDECIDED, "Der Bestand ist nicht vollständig veröffentlicht."
    over, under = utilisation.lower > _FULL, utilisation.upper < _FULL
    if not over and not under:
        return UNDECIDED, "Die Spanne der Auslastung schließt 100 Prozent ein."
    grew, fell = change.lower > chance, change.upper < -chance
    side = "über" if over else "unter"
    if grew or fell:
        moved = "gewachsen" if grew else "gesunken"
        if over == fell:
            why = f"Sicher {side} 100 Prozent ausgelastet, der Bestand ist aber {moved}."
            return CONTRADICTS, why
        return FITS, f"Sicher {side} 100 Prozent, der Bestand ist {moved}."
    # Below 100 % the stock only must not grow; that it surely did not is enough.
    finding = FITS if under and change.upper <= chance else UNDECIDED
    if change.lower < -chance or change.upper > chance:
        return finding, "Ob sich der Bestand mehr als zufällig geändert hat, ist nicht bekannt."
    return finding, "Der Bestand hat sich nicht mehr als zufällig geändert."


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


def spread(numbers: Range) -> dict[str, float]:
    """Return a range as the columns ``value``, ``lower``, ``upper``."""
    return {"value": numbers.value, "lower": numbers.lower, "upper": numbers.upper}


def say_range(row: Mapping[str, Any] | Row, unit: str = "VZÄ", *, digits: int = 1) -> str:
    """Return the range of a result with its unit: ``74,5 bis 105,0 VZÄ``."""
    shown = format_interval(None, row["lower"], row["upper"], digits, rounded=False)
    return format_with_unit(shown.text, unit)


def make_results(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
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
