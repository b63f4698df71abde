"""Contradictions between sources: found, listed and explained; both figures stay.

Method: docs/methods/contradictions.md. Two degrees are told apart: ``unvereinbar`` (the intervals
cannot both hold) and ``nur am Rand vereinbar`` (the intervals touch, but neither published figure
lies within the other's interval).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from analysis.fields import OBSERVATION_TABLES, TABLES, load_measures
from analysis.presentation.formats import format_period

_SUBJECT = ["service", "unit", "place", "measure", "measure_unit", "kind"]
_SAME_COUNT = [*_SUBJECT, "method"]
_STATE_NATURES = ("stock", "duration")
_NESTED_GAP = 0.25
"""Periods of unequal length average differently: only a gap of a quarter is a contradiction."""


class _Pair(NamedTuple):
    check: str
    first: pd.Series
    second: pd.Series
    explanation: str


def find_contradictions(observations: pd.DataFrame) -> pd.DataFrame:
    """Compare all observations that speak of the same thing.

    Args:
        observations: rows of the observation tables.

    Returns:
        Table ``contradictions``: one row per pair, with both origins and an explanation. Checks:
        same thing at the same time; a change against the level it starts from; a stock that would
        have had to shrink faster than anyone decides; a whole smaller than its parts.
    """
    dated = observations.loc[
        (observations["certainty"] != "undated")
        & observations["kind"].isin(["ist", "veraenderung"])
    ]
    pairs = [
        *_compare_same_period(dated),
        *_compare_changes(dated),
        *_compare_stocks(dated),
        *_compare_parts(dated),
    ]
    columns = [field.name for field in TABLES["contradictions"]]
    rows = [_describe(number, pair) for number, pair in enumerate(pairs, start=1)]
    return pd.DataFrame(rows, columns=columns)


def gather_observations(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all observation tables in one frame."""
    parts = [tables[name] for name in OBSERVATION_TABLES if name in tables]
    filled = [part for part in parts if len(part)]
    columns = [field.name for field in TABLES[OBSERVATION_TABLES[0]]]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _describe(number: int, pair: _Pair) -> dict[str, object]:
    first, second = pair.first, pair.second
    return {
        "contradiction_id": f"W{number:02d}",
        "check": pair.check,
        "subject": f"{load_measures()[first['measure']].label}, {first['place']}",
        "period": format_period(first["period_start"], first["period_end"]),
        "first_origin": first["origin"],
        "second_origin": second["origin"],
        "first_text": _word(first),
        "second_text": _word(second),
        "explanation": pair.explanation,
    }


def _word(row: pd.Series) -> str:
    return f"{format_period(row['period_start'], row['period_end'])}: {row['wording']}"


def _low(row: pd.Series) -> float:
    return -math.inf if pd.isna(row["lower"]) else float(row["lower"])


def _high(row: pd.Series) -> float:
    return math.inf if pd.isna(row["upper"]) else float(row["upper"])


def _degree(first: pd.Series, second: pd.Series) -> str | None:
    if _low(first) > _high(second) or _low(second) > _high(first):
        return "unvereinbar"
    first_inside = _low(second) <= first["value"] <= _high(second)
    second_inside = _low(first) <= second["value"] <= _high(first)
    return None if first_inside or second_inside else "nur am Rand vereinbar"


def _within(first: pd.Series, second: pd.Series) -> bool:
    # A comparison with a missing day is false: an open period lies in no other.
    return bool(
        first["period_start"] >= second["period_start"]
        and first["period_end"] <= second["period_end"]
    )


def _same_period(first: pd.Series, second: pd.Series) -> bool:
    return bool(
        first["period_start"] == second["period_start"]
        and first["period_end"] == second["period_end"]
    )


def _compare_same_period(rows: pd.DataFrame) -> Iterator[_Pair]:
    for _, group in rows.groupby(_SAME_COUNT, sort=False):
        for first, second in combinations([row for _, row in group.iterrows()], 2):
            degree = _degree(first, second)
            if degree and _same_period(first, second):
                words = "Zwei Quellen nennen für denselben Zeitraum verschiedene Werte"
            elif degree and _nested_state(first, second) and _far_apart(first, second):
                words = "Zwei Quellen nennen für sich deckende Zeiträume weit entfernte Werte"
            else:
                continue
            yield _Pair("gleiche Sache, gleiche Zeit", first, second, f"{words} ({degree}).")


def _nested_state(first: pd.Series, second: pd.Series) -> bool:
    nature = load_measures()[first["measure"]].nature
    return nature in _STATE_NATURES and (_within(first, second) or _within(second, first))


def _far_apart(first: pd.Series, second: pd.Series) -> bool:
    gap = max(_low(first) - _high(second), _low(second) - _high(first))
    return bool(gap > _NESTED_GAP * max(abs(first["value"]), abs(second["value"])))


def _compare_changes(rows: pd.DataFrame) -> Iterator[_Pair]:
    levels = rows.loc[rows["measure"] == "received"]
    changes = rows.loc[(rows["measure"] == "received_change_percent") & rows["base_end"].notna()]
    for _, change in changes.iterrows():
        keys = ["service", "place"]
        same = levels.loc[(levels[keys] == change[keys]).all(axis=1)]
        after = same.loc[same["period_end"].eq(change["period_end"])]
        before = same.loc[
            same["period_end"].eq(change["base_end"])
            & (same["period_start"].eq(change["base_start"]) | same["period_start"].isna())
        ]
        for _, level in after.loc[after["period_start"].eq(change["period_start"])].iterrows():
            implied = _imply_base(level, change)
            for _, base in before.iterrows():
                if degree := _degree(implied, base):
                    yield _Pair(
                        "Veränderung gegen Ausgangswert",
                        change,
                        base,
                        "Aus der Veränderung und dem späteren Wert folgt ein Ausgangswert, der "
                        f"nicht in der genannten Spanne liegt ({degree}).",
                    )


def _imply_base(level: pd.Series, change: pd.Series) -> pd.Series:
    factors = 1 + change[["value", "lower", "upper"]].astype("float64") / 100
    return pd.Series(
        {
            "value": level["value"] / factors["value"],
            "lower": level["lower"] / factors["upper"],
            "upper": level["upper"] / factors["lower"],
        }
    )


def _compare_stocks(rows: pd.DataFrame) -> Iterator[_Pair]:
    keys = ["service", "place"]
    stocks = rows.loc[(rows["measure"] == "open") & (rows["kind"] == "ist")]
    for key, group in stocks.groupby(keys, sort=False):
        known = rows.loc[(rows[keys] == list(key)).all(axis=1) & (rows["kind"] == "ist")]
        capacity = _highest_monthly_output(known)
        if math.isinf(capacity):
            continue
        ordered = group.dropna(subset=["period_end"]).sort_values("period_end")
        for first, second in combinations([row for _, row in ordered.iterrows()], 2):
            months = (second["period_end"] - first["period_end"]).days / 30.4375
            if not 1 <= months <= 12:
                continue
            decided = _low(first) + _least_received(known, first, second) - _high(second)
            if decided > capacity * months:
                yield _Pair(
                    "Bestand gegen Erledigungen",
                    first,
                    second,
                    "Der Rückgang des Bestands setzt mehr Erledigungen voraus, als in dieser Zeit "
                    "nach den bekannten Monatswerten möglich waren (unvereinbar)"
                    + _mention_methods(first, second),
                )


def _mention_methods(first: pd.Series, second: pd.Series) -> str:
    same = first["method"] == second["method"]
    return "." if same else "; die Quellen zählen womöglich Verschiedenes."


def _highest_monthly_output(known: pd.DataFrame) -> float:
    monthly = known.loc[known["measure"] == "decided_per_month", "upper"]
    decided = known.loc[known["measure"] == "decided"]
    days = (decided["period_end"] - decided["period_start"]).dt.days + 1
    per_month = decided["upper"] / days.clip(lower=28) * 31
    values = pd.concat([monthly, per_month])
    # "More than 1,000 a month" does not say how much is possible.
    return math.inf if values.empty or values.isna().any() else float(values.max())


def _least_received(known: pd.DataFrame, first: pd.Series, second: pd.Series) -> float:
    inside = known.loc[
        (known["measure"] == "received")
        & (known["period_start"] > first["period_end"])
        & (known["period_end"] <= second["period_end"])
    ]
    return _sum_disjoint(inside, "lower")


def _sum_disjoint(rows: pd.DataFrame, column: str) -> float:
    total, covered = 0.0, pd.Timestamp.min
    for _, row in rows.sort_values(["period_end", "period_start"]).iterrows():
        if row["period_start"] > covered and pd.notna(row[column]):
            total += float(row[column])
            covered = row["period_end"]
    return total


def _compare_parts(rows: pd.DataFrame) -> Iterator[_Pair]:
    flows = rows.loc[
        rows["measure"].map(lambda name: load_measures()[name].nature) == "flow"
    ].dropna(subset=["period_start", "period_end"])
    for _, group in flows.groupby(_SAME_COUNT, sort=False):
        for _, whole in group.iterrows():
            inside = group.loc[
                (group["period_start"] >= whole["period_start"])
                & (group["period_end"] <= whole["period_end"])
                & ~(
                    (group["period_start"] == whole["period_start"])
                    & (group["period_end"] == whole["period_end"])
                )
            ]
            if len(inside) and _sum_disjoint(inside, "lower") > _high(whole):
                yield _Pair(
                    "Teile gegen Ganzes",
                    whole,
                    inside.iloc[0],
                    "Die Teilzeiträume ergeben zusammen mehr als der ganze Zeitraum (unvereinbar).",
                )
