"""Jumps: single values far from their neighbours before and after, seasonally adjusted.

Method, thresholds and sources: docs/methods/findings.md, section on jumps.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cleaning.consistency.series import SERIES, mark_values
from analysis.cleaning.exports.wording import say_number
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault
from analysis.fields import load_measures
from analysis.readers.delimited import LINE

_Matrix = NDArray[np.float64]

SIDE = 3
"""Months before and after that a value is compared with."""
TREND = 6
"""Months to each side of the running median from which the season is estimated."""
SHORTEST = 8
SEASONAL_FROM = 36
"""Values from which on a season is estimated: the median of three years outvotes one error."""
DEVIATIONS = 6.0
LEAST_FACTOR = 2.0
LEAST_FACTOR_UNSURE = 4.0
"""At the ends of a series, and where no season could be estimated."""
COUNT_DEVIATIONS = 6.0
"""In standard deviations of a Poisson count, by the Anscombe transform."""

_MAD = 1.4826
_SKIPPED_UNITS = frozenset({"1 = ja", "Stufe"})


def check_jumps(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return a remark for each value that jumps up or down and back again.

    Args:
        monthly: result of ``list_monthly``; figures counted from many rows are not looked at.
    """
    rows = monthly.loc[(monthly[LINE] > 0) & ~monthly["measure_unit"].isin(_SKIPPED_UNITS)]
    rows = rows.drop_duplicates([*SERIES, "month"], keep=False)
    if rows.empty:
        return join_findings()
    line = rows.groupby(SERIES, sort=False).ngroup().to_numpy()
    first = int(rows["month"].min())
    at = (rows["month"] - first).to_numpy().astype("int64")
    values = np.full((int(line.max()) + 1, int(at.max()) + 1), np.nan)
    values[line, at] = rows["value"].to_numpy()
    counted = _are_counts(rows).groupby(line).first().to_numpy()
    jumps, expected = find_jumps(values, counts=counted, first_month=first % 12)
    found = rows.assign(_expected=expected[line, at]).loc[jumps[line, at]]
    said = found["_expected"].map(lambda value: say_number(float(f"{value:.3g}")))
    fault = Fault(
        "sprung",
        "hinweis",
        "nein",
        "etwa " + said.astype("str") + " (nach den Nachbarmonaten, saisonbereinigt)",
        "Der Wert weicht stark von den Monaten davor und danach ab. Tippfehler?",
    )
    return mark_values(found, fault)


_POSTS = frozenset({"VZÄ", "Stellen"})


def find_jumps(
    values: _Matrix, *, counts: NDArray[np.bool_], first_month: int = 0
) -> tuple[NDArray[np.bool_], _Matrix]:
    """Find isolated outliers in monthly series.

    A value is a jump where it lies on the same side of the median of the three months before and
    of the three after, seasonally adjusted, in logarithms, by more than six robust standard
    deviations of the series and at least by the factor 2 (4 at the ends and in series of less
    than 36 values), and, for counts, beyond what chance alone does to a count.

    A change of level is none, since the months after it are on its side.

    Args:
        values: one row per series, one column per month, missing where unknown.
        counts: whether a series counts things.
        first_month: calendar month of the first column, 0 for January.

    Returns:
        Which values are jumps, and the values expected from the neighbours.
    """
    with warnings.catch_warnings():
        # A window without values has no median, which is meant.
        warnings.filterwarnings("ignore", r"All-NaN slice", RuntimeWarning)
        offset = _choose_offset(values, counts)
        logs = np.log(np.maximum(values, 0.0) + offset)
        season = _estimate_season(logs, first_month)
        adjusted = logs - season
        before = np.nanmedian(_stack(adjusted, range(1, SIDE + 1)), axis=0)
        after = np.nanmedian(_stack(adjusted, range(-SIDE, 0)), axis=0)
        # Without the value itself, which would make the spread look smaller than it is.
        level = np.nanmedian(np.stack([before, after]), axis=0)
        spread = _MAD * np.nanmedian(np.abs(adjusted - level), axis=1, keepdims=True)
    deviation, one_sided = _deviate(adjusted, before, after)
    known = np.isfinite(values).sum(axis=1, keepdims=True)
    unsure = one_sided | (known < SEASONAL_FROM)
    factor = np.where(unsure, LEAST_FACTOR_UNSURE, LEAST_FACTOR)
    expected = np.maximum(np.exp(level + season) - offset, 0.0)
    chance = 2 * np.abs(np.sqrt(np.maximum(values, 0) + 0.375) - np.sqrt(expected + 0.375))
    beyond = ~counts[:, np.newaxis] | (chance > COUNT_DEVIATIONS)
    limit = np.maximum(DEVIATIONS * spread, np.log(factor))
    jumps = (np.abs(deviation) > limit) & beyond & (known >= SHORTEST)
    return jumps, expected


def _are_counts(rows: pd.DataFrame) -> pd.Series:
    measures = load_measures()
    counts = {
        name: each.nature in {"flow", "stock"}
        and each.unit != "Stunden"
        # Posts are counted too; parts of a post do not make small numbers less subject to chance.
        and (each.digits == 0 or each.unit in _POSTS)
        for name, each in measures.items()
    }
    return rows["measure"].map(counts).astype("bool").set_axis(range(len(rows)))


def _choose_offset(values: _Matrix, counts: NDArray[np.bool_]) -> _Matrix:
    """Return what is added before logarithms, so that zero has one."""
    typical = np.nanmedian(values, axis=1, keepdims=True)
    small = np.where(np.isfinite(typical) & (typical > 0), 0.05 * typical, 0.05)
    return np.where(counts[:, np.newaxis], 0.5, small)


def _estimate_season(logs: _Matrix, first_month: int) -> _Matrix:
    """Return the median deviation of each calendar month from the running median."""
    trend = np.nanmedian(_stack(logs, range(-TREND, TREND + 1)), axis=0)
    detrended = logs - trend
    months = (np.arange(logs.shape[1]) + first_month) % 12
    season = np.zeros_like(logs)
    enough = np.isfinite(logs).sum(axis=1) >= SEASONAL_FROM
    for month in range(12):
        columns = months == month
        same = detrended[:, columns]
        years = np.isfinite(same).sum(axis=1)
        usual = np.nanmedian(same, axis=1) if columns.any() else np.zeros(len(logs))
        season[:, columns] = np.where(enough & (years >= 3), usual, 0.0)[:, np.newaxis]
    return season


def _stack(matrix: _Matrix, shifts: range) -> _Matrix:
    """Return the matrix moved by each of ``shifts`` columns; a positive one looks back."""
    width = matrix.shape[1]
    stacked = np.full((len(shifts), *matrix.shape), np.nan)
    for place, shift in enumerate(shifts):
        if abs(shift) < width:
            target = slice(max(shift, 0), width + min(shift, 0))
            source = slice(max(-shift, 0), width + min(-shift, 0))
            stacked[place][:, target] = matrix[:, source]
    return stacked


def _deviate(
    adjusted: _Matrix, before: _Matrix, after: _Matrix
) -> tuple[_Matrix, NDArray[np.bool_]]:
    """Return the lesser of the two deviations, zero where they differ in sign."""
    back, forth = adjusted - before, adjusted - after
    one_sided = np.isfinite(back) != np.isfinite(forth)
    same = np.sign(back) == np.sign(forth)
    lesser = np.where(np.abs(back) < np.abs(forth), back, forth)
    two_sided = np.where(same, lesser, 0.0)
    single = np.where(np.isfinite(back), back, forth)
    chosen = np.where(one_sided, single, two_sided)
    return np.where(np.isfinite(chosen), chosen, 0.0), one_sided
