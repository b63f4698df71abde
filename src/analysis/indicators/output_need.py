"""Need of an office from its output: two ways beside each other, and what follows (Personalbedarf).

One way starts from the decided cases of single months, the other from what the stock did. Method:
docs/methods/staffing-need.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.indicators.offices import list_evidence
from analysis.indicators.personalbedarf import (
    CONTRADICTS,
    ENOUGH,
    FITS,
    LACKING,
    UNDECIDED,
    Row,
    judge_stocks,
    make_results,
    measure_offices,
    name_way,
    say_range,
    spread,
)
from analysis.models.staffing_need import (
    Estimate,
    OutputOffice,
    Range,
    Staff,
    list_estimates,
    measure_expected_growth,
    measure_growth,
    measure_implied_minutes,
    measure_utilisation,
)
from analysis.presentation.formats import format_number, format_with_unit
from analysis.presentation.phrases import join_words

NEED, POSTS = "Bedarf für die eingehenden Anträge", "Stellen"
_FULL = 100.0
DECIDE = (
    "Entscheiden können das gemessene Bearbeitungszeiten (mBZ aus einer Zeitaufschreibung) und die "
    "besetzten Stellen je Monat."
)


def describe_outputs(office: OutputOffice, sheet: str) -> pd.DataFrame:
    """Return what each need from output rests on.

    Returns:
        One row per way: ``category``, and with bounds ``decided`` and ``received`` [cases per
        month], ``posts`` [VZÄ], ``value`` (output [cases per VZÄ and month]), ``implied`` [minutes
        per decided case]; ``sheet``, ``origins``.
    """
    rows = []
    for estimate in list_estimates(office):
        numbers = {
            "decided": estimate.decided,
            "posts": estimate.posts,
            "received": office.received,
            "implied": measure_implied_minutes(office.working_time, estimate.output),
        }
        rows.append(
            {
                "category": name_way(office, estimate.key),
                **spread(estimate.output),
                **_bound(numbers),
                "sheet": sheet,
                "origins": list_evidence(office.evidence, *estimate.inputs, "year"),
            }
        )
    return make_results(rows)


def list_posts_beside(office: OutputOffice, sheet: str) -> pd.DataFrame:
    """Return the needs and, beside them, all that is known of posts, each with its time.

    Returns:
        ``group`` (``NEED`` or ``POSTS``), ``category``, ``value``, ``lower``, ``upper`` [VZÄ],
        ``when`` (German), ``note`` (whether the posts are compared with the need),
        ``missing_staff`` and ``missing_posts`` with bounds (needs only), ``sheet``, ``origins``.
    """
    needs = measure_offices([office], [sheet]).assign(
        group=NEED,
        category=[name_way(office, estimate.key) for estimate in list_estimates(office)],
        when=_say_when(office, "received"),
        note="",
    )
    rows: list[dict[str, object]] = []
    compared = "mit dem Bedarf verglichen"
    beside = "veröffentlicht, nicht verglichen"
    word = "angenommene Besetzung" if office.staff.assumed else "besetzt"
    known = [
        ("filled", word, office.staff.filled, compared),
        ("staffed", "besetzt", office.staffed, beside),
        ("planned", "laut Plan", office.plan, compared if office.staff.planned else beside),
    ]
    for key, label, numbers, note in known:
        if numbers is None or (key == "staffed" and _is_same(office, "staffed", "filled")):
            continue
        when = _say_when(office, key)
        rows.append(
            {
                "group": POSTS,
                "category": f"{label}, {when}" if when else label,
                **spread(numbers),
                "when": when,
                "note": note,
                "sheet": sheet,
                "origins": list_evidence(office.evidence, key),
            }
        )
    return pd.concat([needs, make_results(rows)], ignore_index=True)


def compare_output_utilisation(office: OutputOffice, sheet: str) -> pd.DataFrame:
    """Set the utilisation from decided cases of single months beside what the stock did.

    The second way starts from the stock and cannot be checked with it.

    Returns:
        Rows as of ``compare_utilisation``, with ``expected`` (change of the stock per month that
        follows from the output) and ``growth`` (measured) with bounds; none where the stocks or the
        posts of their time are not known.
    """
    stocks, filled = office.stocks, office.staff.filled
    if stocks is None or filled is None:
        return make_results([])
    estimate = list_estimates(office)[0]
    utilisation = measure_utilisation(estimate.need, Staff(None, filled))
    first, last = (_say_when(office, key) for key in ("stock_first", "stock_last"))
    numbers = {
        "expected": measure_expected_growth(office.received, estimate.output, filled),
        "growth": measure_growth(stocks),
    }
    coming = office.received.value * stocks.months
    row = {
        "category": name_way(office, estimate.key, whole=True),
        **judge_stocks(utilisation, stocks.first, stocks.last, coming),
        **_bound(numbers),
        "between": f"{first} bis {last}",
        "note": f"Bestand von {format_number(stocks.first.value)} ({first}) auf "
        f"{format_number(stocks.last.value)} ({last})",
        "sheet": sheet,
        "origins": list_evidence(
            office.evidence, *estimate.inputs, "filled", "stock_first", "stock_last"
        ),
    }
    return make_results([row])


def head_outputs(rows: pd.DataFrame) -> str:
    """Return a title with each output (rows of ``describe_outputs``)."""
    said = [f"{say_range(row, '')} ({_shorten(row['category'])})" for _, row in rows.iterrows()]
    return f"Je VZÄ und Monat entschiedene Anträge: {join_words(said)}"


def head_needs(office: OutputOffice) -> str:
    """Return a title with the need by each way."""
    said = _say_ways(office, [estimate.need for estimate in list_estimates(office)])
    return f"{office.label}: rechnerischer Bedarf nach dem Ausstoß {join_words(said, 'oder')}"


def head_posts(office: OutputOffice, rows: pd.DataFrame) -> str:
    """Return a title on needs and posts: whether staff is missing, against posts of which time.

    Args:
        office: office.
        rows: result of ``measure_offices`` for the office.
    """
    if office.staff.filled is None:
        return f"{head_needs(office)}; die Besetzung zu dieser Zeit ist nicht bekannt"
    findings = set(rows["finding"])
    lead = {(LACKING,): "es fehlt sicher Personal", (ENOUGH,): "das Personal reicht sicher"}.get(
        tuple(findings), "ob Personal fehlt, ist nicht entscheidbar"
    )
    gaps = [estimate.gaps["missing_staff"] for estimate in list_estimates(office)]
    return (
        f"{office.label}: {lead}. Bedarf minus {_name_staff(office)}: "
        f"{join_words(_say_ways(office, gaps), 'oder')}"
    )


def head_output_clearing(office: OutputOffice) -> str:
    """Return a title for the temporary need by each way."""
    needs = [each.clearing for each in list_estimates(office) if each.clearing is not None]
    if not any(need.upper > 0 for need in needs):
        return "Kein Bestand liegt über dem Ziel: kein befristeter Bedarf"
    said = join_words(_say_ways(office, needs), "oder")
    return f"{office.label}: Abbau des Rückstands braucht befristet {said}"


def head_output_utilisation(office: OutputOffice, rows: pd.DataFrame) -> str:
    """Return a title with the utilisation and the posts that it is of.

    Args:
        office: office.
        rows: result of ``compare_output_utilisation``.
    """
    row = rows.iloc[0]
    side = "; 100 Prozent liegen darin" if row["lower"] <= _FULL <= row["upper"] else ""
    span = say_range(row, "Prozent", digits=0)
    return f"{office.label}: Auslastung {span}{side}. Gerechnet mit: {_name_staff(office)}"


def head_output_finding(office: OutputOffice, rows: pd.DataFrame) -> str:
    """Return a title for the check of this utilisation against the stock."""
    words = {
        CONTRADICTS: "Auslastung und Bestand widersprechen sich",
        FITS: "Auslastung und Bestand passen zusammen",
        UNDECIDED: "ob Auslastung und Bestand zusammenpassen, ist nicht entscheidbar",
    }
    return f"{office.label}: {words[rows['finding'].iloc[0]]}"


def compare_ways(office: OutputOffice) -> str:
    """Return in German whether the ways agree, how far apart they are, and what would decide."""
    estimates = list_estimates(office)
    if len(estimates) == 1:
        return (
            "Ein zweiter Rechenweg aus dem Bestand ist nicht möglich: Dafür braucht es zwei "
            f"Bestände und die Besetzung in der Zeit dazwischen. {DECIDE}"
        )
    return " ".join([_say_overlap(estimates), _say_distance(estimates), DECIDE])


def explain_stock_gap(office: OutputOffice) -> str:
    """Return in German why the gap from the stock is so much narrower than the need."""
    estimates = list_estimates(office)
    if len(estimates) == 1:
        return ""
    return (
        "Im Rechenweg aus dem Bestand steht dieselbe Besetzung im Bedarf und im Vergleich. Die "
        "Lücke hängt deshalb fast nur davon ab, wie sich der Bestand verändert hat, und kaum "
        "davon, wie viele Stellen besetzt sind."
    )


def explain_outputs(office: OutputOffice) -> str:
    """Return in German how the second way comes to its decided cases; empty without it."""
    if office.stocks is None or len(list_estimates(office)) == 1:
        return ""
    growth = say_range(_make_row(measure_growth(office.stocks)), "Anträge", digits=0)
    return (
        "Aus dem Bestand: entschiedene Anträge = eingehende Anträge − Veränderung des Bestands "
        f"({growth} je Monat vom {_say_when(office, 'stock_first')} bis zum "
        f"{_say_when(office, 'stock_last')})."
    )


def explain_utilisation(office: OutputOffice, rows: pd.DataFrame) -> str:
    """Return in German what the stock should have done, and what it did.

    Args:
        office: office.
        rows: result of ``compare_output_utilisation``.
    """
    if rows.empty:
        return ""
    row = rows.iloc[0]
    expected, growth = (
        _say_change(row[key], row[f"{key}_lower"], row[f"{key}_upper"])
        for key in ("expected", "growth")
    )
    posts = "der angenommenen Besetzung" if office.staff.assumed else "den besetzten Stellen"
    return f"Bei diesem Ausstoß und {posts} folgt je Monat {expected}; gemessen ist {growth}."


def say_posts(office: OutputOffice) -> str:
    """Return in German that posts are assumed and which published ones are not compared."""
    parts = []
    if office.staff.assumed:
        parts.append(
            "Die angenommene Besetzung ist nicht veröffentlicht; ihre Begründung steht bei den "
            "Annahmen."
        )
    if office.plan is not None and office.staff.planned is None:
        parts.append(
            "Verglichen wird nur mit Stellen, deren Zeit höchstens ein Jahr vom Stand der Eingänge "
            "entfernt liegt; ältere Angaben stehen zum Vergleich daneben."
        )
    return " ".join(parts)


def _name_staff(office: OutputOffice) -> str:
    word = "angenommene Besetzung" if office.staff.assumed else "besetzte Stellen"
    when = _say_when(office, "filled")
    return f"{word}, {when}" if when else word


def _say_ways(office: OutputOffice, numbers: Sequence[Range]) -> list[str]:
    return [
        f"{say_range(_make_row(each))} ({_shorten(name_way(office, estimate.key))})"
        for estimate, each in zip(list_estimates(office), numbers, strict=True)
    ]


def _shorten(way: str) -> str:
    return way.removeprefix("Ausstoß ")


def _say_overlap(estimates: Sequence[Estimate]) -> str:
    lower = max(each.need.lower for each in estimates)
    upper = min(each.need.upper for each in estimates)
    if lower > upper:
        return (
            "Die Spannen beider Rechenwege überschneiden sich nicht: Mindestens eine Angabe oder "
            "Annahme trifft nicht zu."
        )
    both = say_range({"lower": lower, "upper": upper})
    return (
        f"Die Spannen beider Rechenwege überschneiden sich von {both}. Sie widersprechen sich "
        "also nicht, aber auch keiner der beiden legt den Bedarf fest."
    )


def _say_distance(estimates: Sequence[Estimate]) -> str:
    first, second = estimates
    outputs = [format_number(each.output.value, 1) for each in (second, first)]
    more = second.need.value - first.need.value
    words = format_with_unit(format_number(abs(more), 1), "VZÄ")
    side = "höher" if more > 0 else "niedriger"
    return (
        f"Mit den wahrscheinlichsten Werten liegt der Bedarf aus dem Bestand {words} {side}: je "
        f"VZÄ und Monat {outputs[0]} statt {outputs[1]} entschiedene Anträge."
    )


def _say_change(value: float, lower: float, upper: float) -> str:
    word = "eine Zunahme" if value > 0 else "eine Abnahme"
    span = say_range({"lower": lower, "upper": upper}, "", digits=0)
    count = format_number(abs(value))
    return f"{word} des Bestands um {count} Anträge (Spanne der Veränderung {span})"


def _say_when(office: OutputOffice, key: str) -> str:
    proof = office.evidence.get(key)
    return proof.when if proof is not None else ""


def _is_same(office: OutputOffice, first: str, second: str) -> bool:
    """Return whether two inputs are the same figure."""
    proofs = [office.evidence.get(key) for key in (first, second)]
    return None not in proofs and proofs[0] == proofs[1]


def _bound(numbers: dict[str, Range]) -> dict[str, float]:
    return {
        f"{key}{ending}": number
        for key, found in numbers.items()
        for ending, number in zip(("_lower", "", "_upper"), found, strict=True)
    }


def _make_row(numbers: Range) -> Row:
    return pd.Series(spread(numbers))
