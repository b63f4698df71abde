"""Interval arithmetic on results: a bound that is open stays open.

Method: docs/methods/intervals.md. All frames have ``value``, ``lower``, ``upper`` (float; a missing
bound is an open one) and ``origins`` (tuples of origin keys).
"""

from __future__ import annotations

import pandas as pd

BOUNDS = ["lower", "upper"]


def select_observations(
    observations: pd.DataFrame,
    measure: str,
    *,
    service: str,
    place: str,
    methods: tuple[str, ...] = (),
    kind: str = "ist",
) -> pd.DataFrame:
    """Return the observations of one measure, in order of time, with the column ``origins``.

    Only what is said of the whole: rows of single units and groups are left out, and so are figures
    that are not released.

    Args:
        observations: rows of an observation table.
        measure: identifier from the registry of measures.
        service: service or body.
        place: city or other place.
        methods: ways of counting that are wanted; none given means all.
        kind: ``ist``, ``prognose``, ``ziel`` …
    """
    wanted = (
        (observations["measure"] == measure)
        & (observations["service"] == service)
        & (observations["place"] == place)
        & (observations["kind"] == kind)
        & (observations["unit"] == "")
        & (observations["group"] == "")
        & (observations[["value", *BOUNDS]].notna().any(axis=1))
    )
    if methods:
        wanted &= observations["method"].isin(methods)
    rows = observations.loc[wanted].sort_values(
        ["period_end", "period_start", "fact_id"], na_position="first", ignore_index=True
    )
    return with_origins(rows)


def with_origins(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with ``origins``: each row's own origin as a tuple of one key."""
    return rows.assign(origins=pd.Series([(key,) for key in rows["origin"]], rows.index, "object"))


def divide(
    numerator: pd.DataFrame, denominator: pd.DataFrame, *, factor: float = 1.0
) -> pd.DataFrame:
    """Return the quotient of two non-negative quantities, row by row.

    Args:
        numerator: ``value``, ``lower``, ``upper``, ``origins``.
        denominator: the same, of the same length; where it is or may be zero, the quotient or its
            upper bound is missing (never infinite).
        factor: for instance 100 for percent.

    Returns:
        ``value``, ``lower``, ``upper``, ``origins`` on the index of ``numerator``. A bound that is
        open in one of the two leaves the bound of the quotient that depends on it open.
    """
    below = denominator.set_index(numerator.index)
    positive = below[["value", *BOUNDS]].where(below[["value", *BOUNDS]] > 0)
    return pd.DataFrame(
        {
            "value": numerator["value"] / positive["value"] * factor,
            "lower": numerator["lower"] / positive["upper"] * factor,
            "upper": numerator["upper"] / positive["lower"] * factor,
            "origins": join_origins(numerator["origins"], below["origins"]),
        },
        index=numerator.index,
    )


def subtract(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return ``first − second`` row by row; columns as in ``divide``."""
    other = second.set_index(first.index)
    return pd.DataFrame(
        {
            "value": first["value"] - other["value"],
            "lower": first["lower"] - other["upper"],
            "upper": first["upper"] - other["lower"],
            "origins": join_origins(first["origins"], other["origins"]),
        },
        index=first.index,
    )


def add_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row with the sum of all rows; a bound that is open in one row is open."""
    sums = rows[["value", *BOUNDS]].sum(skipna=False)
    origins = tuple(dict.fromkeys(key for keys in rows["origins"] for key in keys))
    return pd.DataFrame({**{name: [sums[name]] for name in sums.index}, "origins": [origins]})


def combine_agreeing(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Put together what several sources say of the same thing, where their intervals meet.

    Args:
        rows: observations with ``value``, ``lower``, ``upper``, ``origins``.
        by: columns that say what is the same thing.

    Returns:
        One row per thing where all intervals have a common part: that part, the value of the
        narrowest interval (or what of that part is nearest to it), all origins. Rows of a thing
        whose sources contradict each other stay as they are.
    """
    if not rows.duplicated(by).any():
        return rows.reset_index(drop=True)
    groups = [_combine(group) for _, group in rows.groupby(by, sort=False, dropna=False)]
    return pd.concat(groups, ignore_index=True)


def join_origins(first: pd.Series, second: pd.Series) -> list[tuple[str, ...]]:
    """Return for each row the origins of both, each once, in order."""
    return [
        tuple(dict.fromkeys((*left, *right))) for left, right in zip(first, second, strict=True)
    ]


def _combine(group: pd.DataFrame) -> pd.DataFrame:
    lower, upper = group["lower"].max(), group["upper"].min()
    disjoint = pd.notna(lower) and pd.notna(upper) and lower > upper
    if len(group) == 1 or disjoint:
        return group
    width = (group["upper"] - group["lower"]).fillna(float("inf"))
    narrowest = group.loc[[width.idxmin()]]
    origins = tuple(dict.fromkeys(key for keys in group["origins"] for key in keys))
    value = narrowest["value"].clip(lower, upper)
    return narrowest.assign(value=value, lower=lower, upper=upper).assign(
        origins=pd.Series([origins], index=narrowest.index)
    )
