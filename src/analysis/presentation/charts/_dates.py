"""Date axes with German labels."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import NamedTuple

from analysis.presentation.formats import format_month

_YEAR = 365.25
_SHORTEST = 80
"""A date axis covers at least so many days."""


class DateAxis(NamedTuple):
    """Limits, tick days, and labels with the day that each is centred on."""

    start: dt.datetime
    end: dt.datetime
    ticks: list[dt.datetime]
    labels: list[tuple[dt.datetime, str]]

    def share(self, day: dt.datetime) -> float:
        """Return where a day lies between start (0) and end (1)."""
        return (day - self.start) / (self.end - self.start)


def plan_dates(first: dt.datetime, last: dt.datetime, width: float) -> DateAxis:
    """Choose limits, ticks and labels for a date axis of ``width`` points.

    Ticks are the edges of years, half-years, quarters or months; their names stand in between.
    """
    if (last - first).days > 2.2 * _YEAR:
        return _plan_years(first, last, width)
    if (last - first).days < _SHORTEST:
        margin = dt.timedelta(days=_SHORTEST / 2)
        first, last = first - margin, last + margin
    return _plan_months(first, last, width)


def _plan_years(first: dt.datetime, last: dt.datetime, width: float) -> DateAxis:
    start, end = first.year, last.year + 1
    most = max(2, int(width / 44))
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (end - start) / s <= most)
    ticks = [dt.datetime(year, 1, 1) for year in range(start, end + 1)]
    labelled = [year for year in range(start, end) if year % step == 0]
    labels = [(dt.datetime(year, 7, 2), str(year)) for year in labelled]
    return DateAxis(ticks[0], ticks[-1], ticks if len(ticks) <= 40 else [], labels)


def _plan_months(first: dt.datetime, last: dt.datetime, width: float) -> DateAxis:
    begin = _month_index(first)
    finish = _month_index(last - dt.timedelta(days=1)) + 1
    most = max(2, int(width / 36))
    step = next(s for s in (1, 3, 6, 12) if (finish - begin) / s <= most or s == 12)
    begin, finish = begin - begin % step, finish + -finish % step
    starts = [_month_start(index) for index in range(begin, finish + 1, step)]
    labels = [
        (day + (after - day) / 2, _label_months(day, step, with_year=day == starts[0]))
        for day, after in pairwise(starts)
    ]
    return DateAxis(starts[0], starts[-1], starts, labels)


def _label_months(day: dt.datetime, step: int, *, with_year: bool) -> str:
    """Name a month, quarter or half-year; the year stands below at its beginning."""
    if step == 12:
        return str(day.year)
    month = format_month(day, short=True).split(" ")[0]
    number = (day.month - 1) // step + 1
    name = {1: month, 3: f"Q{number}", 6: f"{number}. Hj."}[step]
    return f"{name}\n{day.year}" if with_year or day.month == 1 else name


def _month_index(day: dt.datetime) -> int:
    return day.year * 12 + day.month - 1


def _month_start(index: int) -> dt.datetime:
    return dt.datetime(index // 12, index % 12 + 1, 1)
