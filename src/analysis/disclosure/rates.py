"""Rates, means and medians of an edition: shown only where what they rest on is shown and enough.

`denominators.csv` names for each rate the counts it may rest on (the first that there is counts)
and, for a share, the count that is divided where it is a measure of its own.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.disclosure.columns import Registry
from analysis.disclosure.rounding import reaches_minimum, round_half_up, round_to_five
from analysis.disclosure_policy import DisclosurePolicy

_SAME = ["place", "level", "kind", "service", "unit", "group"]
_DAYS = ["period_start", "period_end"]
_TIMES_MINIMUM = {"p90": 10}


class Rate(NamedTuple):
    """One line of ``denominators.csv``."""

    measure: str
    statistic: str
    denominators: tuple[str, ...]
    numerator: str


@cache
def load_rates() -> dict[str, Rate]:
    """Return ``denominators.csv`` by measure."""
    with files("analysis.disclosure").joinpath("denominators.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep=";", dtype="str", keep_default_na=False)
    return {
        row["measure"]: Rate(
            row["measure"], row["statistic"], tuple(row["denominator"].split()), row["numerator"]
        )
        for _, row in table.iterrows()
    }


def release_rates(
    rows: pd.DataFrame, counts: pd.DataFrame, policy: DisclosurePolicy, registry: Registry
) -> pd.DataFrame:
    """Return the values of rates that may be shown.

    Args:
        rows: observations of rates; index as in their table.
        counts: released counts of all tables with ``value`` (missing where left out), ``given``
            (the true number) and ``kept`` (False where the level of the row is not released).
        policy: the edition's rule.
        registry: measures by name.

    Returns:
        Index as ``rows``: ``value`` (missing where withheld) and ``kept`` (False where the level
        of the row is not released).
    """
    parts = []
    for measure, part in rows.groupby("measure", sort=False):
        found = _release_measure(part, load_rates().get(str(measure)), counts, policy)
        places = registry[str(measure)].digits
        parts.append(found.assign(value=round_half_up(found["value"], places)))
    empty = pd.DataFrame({"value": [], "kept": []}, index=rows.index[:0])
    return pd.concat(parts).reindex(rows.index) if parts else empty


def _release_measure(
    rows: pd.DataFrame, rate: Rate | None, counts: pd.DataFrame, policy: DisclosurePolicy
) -> pd.DataFrame:
    nothing = pd.DataFrame({"value": np.nan, "kept": True}, index=rows.index)
    if rate is None:
        return nothing
    base = _find_counts(rows, counts, rate.denominators)
    enough = _reaches(base, policy.minimum * _TIMES_MINIMUM.get(rate.statistic, 1), policy)
    values = rows["value"].astype("float64")
    if rate.statistic == "share":
        values = _release_share(rows, rate, base, counts, policy)
    return nothing.assign(
        value=values.where(enough), kept=base["kept"].fillna(True).astype(bool).to_numpy()
    )


def _find_counts(
    rows: pd.DataFrame, counts: pd.DataFrame, measures: tuple[str, ...]
) -> pd.DataFrame:
    """Return ``value``, ``given``, ``kept`` of the first of the measures that there is."""
    columns = ["value", "given", "kept"]
    found = pd.DataFrame(np.nan, index=rows.index, columns=columns).astype("object")
    keys = rows[[*_SAME, *_DAYS]]
    for measure in reversed(measures):
        ours = counts.loc[counts["measure"] == measure]
        # A rate of a month rests on the flow of that month or on the stock at its end.
        flows = ours.loc[ours["period_start"] != ours["period_end"]]
        stocks = ours.loc[ours["period_start"] == ours["period_end"]]
        for part, on in ((flows, [*_SAME, *_DAYS]), (stocks, [*_SAME, "period_end"])):
            single = part.drop_duplicates(on)[[*on, *columns]]
            joined = keys.merge(single, on=on, how="left").set_axis(rows.index)
            there = joined["kept"].notna()
            found = found.mask(there, joined[columns].astype("object"))
    return found.astype({"value": "float64", "given": "float64"})


def _reaches(base: pd.DataFrame, needed: int, policy: DisclosurePolicy) -> pd.Series[bool]:
    if policy.method == "rundung5":
        return reaches_minimum(base["value"], needed)
    return base["value"] >= needed


def _release_share(
    rows: pd.DataFrame,
    rate: Rate,
    base: pd.DataFrame,
    counts: pd.DataFrame,
    policy: DisclosurePolicy,
) -> pd.Series[float]:
    """Return shares whose numerator may be known, or follows from rounded counts."""
    implied = (rows["value"] * base["given"] / 100).round()
    rest = base["given"] - implied
    rounded = policy.method == "rundung5"
    shown = round_to_five(implied) if rounded else implied
    if rate.numerator:
        own = _find_counts(rows, counts, (rate.numerator,))
        shown = shown.mask(own["kept"].notna(), own["value"])
    if rounded:
        return 100 * shown / base["value"].where(base["value"] != 0)
    small = _is_small(implied, policy) | _is_small(rest, policy)
    return rows["value"].astype("float64").where(shown.notna() & ~small)


def _is_small(values: pd.Series[float], policy: DisclosurePolicy) -> pd.Series[bool]:
    return (values.abs() > 0) & (values.abs() < policy.minimum)
