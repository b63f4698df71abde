"""Medians and percentiles of durations from counts per day, and the median wait of a cohort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.cleaning.cases.counts import Counts

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_EXACT = 1e-12  # what rounding may add to a share of one half


class PerMonth(NamedTuple):
    """One value in days per group and month, and the number of cases it rests on."""

    groups: Integers
    months: Integers
    days: Floats
    cases: Integers


def compute_quantile(durations: Counts, tenths: int) -> PerMonth:
    """Return a quantile of the days per group and month.

    Between two neighbouring cases the value is interpolated linearly (type 7 of Hyndman and Fan
    1996, American Statistician 50, 361-365), so that the median is the usual one.

    Args:
        durations: the last part of the keys is the number of days.
        tenths: 5 for the median, 9 for the 90th percentile.
    """
    starts = _find_segments(durations)
    if not len(starts):
        return _nothing()
    ends = np.cumsum(durations.counts)
    before = np.concatenate([np.zeros(1, np.int64), ends])[starts]
    cases = np.add.reduceat(durations.counts, starts)
    position, tenth = np.divmod((cases - 1) * tenths, 10)
    low = durations.last[np.searchsorted(ends, before + position, side="right")]
    above = np.minimum(position + 1, cases - 1)
    high = durations.last[np.searchsorted(ends, before + above, side="right")]
    days = low + (high - low) * tenth / 10
    return PerMonth(durations.groups[starts], durations.months[starts], days, cases)


def compute_median_wait(waits: Counts) -> PerMonth:
    """Return the day by which half of the cases of a month of receipt were decided.

    Kaplan and Meier (1958, Journal of the American Statistical Association 53, 457-481): the
    share still waiting after a day is the product over all days up to it of 1 - decided ÷ still
    observed. The median is the first day on which the share is at most one half. A case last seen
    on a day counts as observed on it. Months in which the share stays above one half are left out.
    """
    starts = _find_segments(waits)
    if not len(starts):
        return _nothing()
    ends = np.append(starts[1:], len(waits.keys))
    totals = np.add.reduceat(waits.counts, starts)
    seen = np.cumsum(waits.counts) - waits.counts
    observed = np.repeat(totals + seen[starts], ends - starts) - seen
    staying = 1 - waits.counts * (waits.last % 2 == 0) / observed
    places = np.array(
        [
            start + _find_half(staying[start:end])
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
    )
    found = np.flatnonzero(places < ends)
    places = places[found]
    days = (waits.last[places] // 2).astype(np.float64)
    return PerMonth(waits.groups[places], waits.months[places], days, totals[found])


def _find_half(staying: Floats) -> int:
    """Return the first position at which the product is at most one half, else the length."""
    half = np.multiply.accumulate(staying) <= 0.5 + _EXACT
    first = int(half.argmax())
    return first if half[first] else len(half)


def _find_segments(counts: Counts) -> Integers:
    """Return where a new group or month begins."""
    segments = counts.segments
    if not len(segments):
        return np.zeros(0, np.int64)
    return np.concatenate(
        [np.zeros(1, np.int64), np.flatnonzero(segments[1:] != segments[:-1]) + 1]
    )


def _nothing() -> PerMonth:
    none = np.zeros(0, np.int64)
    return PerMonth(none, none, none.astype(np.float64), none)
