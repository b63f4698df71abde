"""What a chart over time draws: points, and the panel that they stand in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from analysis.presentation.charts._dates import DateAxis
from analysis.presentation.charts._drawing import ARROW, Rect
from analysis.presentation.charts._tables import Estimate


@dataclass(frozen=True)
class Point:
    """One figure with its place in time; ``order`` is its row."""

    order: int
    estimate: Estimate
    series: str
    start: dt.datetime | None
    end: dt.datetime | None
    connect: bool
    conflict: bool

    @property
    def first(self) -> dt.datetime:
        """Earliest known day."""
        return self.start or self.end or dt.datetime.min

    @property
    def last(self) -> dt.datetime:
        """Latest known day."""
        return self.end or self.start or dt.datetime.min

    @property
    def middle(self) -> dt.datetime:
        """Where the marker stands."""
        return self.first + (self.last - self.first) / 2

    @property
    def has_span(self) -> bool:
        """Whether the figure belongs to more than a day."""
        return self.last - self.first > dt.timedelta(days=1)

    @property
    def is_open_ended(self) -> bool:
        """Whether one side of the period is missing."""
        return self.start is None or self.end is None


@dataclass(frozen=True)
class Look:
    """How a panel is drawn, beyond its points."""

    unit_label: str
    value_labels: bool
    from_zero: bool
    styles: Mapping[str, tuple[str, str]]
    events: Sequence[tuple[dt.datetime, str]] = ()


@dataclass(frozen=True)
class Panel:
    """A panel on paper: its axes, its place, and from data to points on the paper."""

    axes: Axes
    paper: Axes
    rect: Rect
    dates: DateAxis
    limits: tuple[float, float]
    ticks: Sequence[float]
    look: Look

    def x(self, day: dt.datetime) -> float:
        """Return where a day is on the paper."""
        return self.rect.left + self.rect.width * self.dates.share(day)

    def y(self, value: float) -> float:
        """Return where a value is on the paper."""
        low, high = self.limits
        share = (value - low) / (high - low)
        return self.rect.top + self.rect.height * (1 - share)


def find_joined(ordered: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Return the neighbours in time that a line joins."""
    return [(a, b) for a, b in pairwise(ordered) if a.connect and b.connect]


def list_bound_lines(
    panel: Panel, point: Point, x: float, y: float
) -> Iterator[tuple[float, float]]:
    """Yield the vertical lines from a point to its bounds, on the paper."""
    for bound in (point.estimate.lower, point.estimate.upper):
        if bound is not None and abs(panel.y(bound) - y) > 0.3:
            yield y, panel.y(bound)


def list_arrow_tips(panel: Panel, point: Point) -> Iterator[tuple[float, float]]:
    """Yield the tips of the arrows that stand for open bounds, on the paper."""
    x, y = panel.x(point.middle), panel.y(point.estimate.value)
    if point.estimate.upper is None:
        yield x, y - ARROW
    if point.estimate.lower is None:
        yield x, y + ARROW
    if point.start is None:
        yield x - ARROW, y
    if point.end is None:
        yield x + ARROW, y


def sort_in_time(points: Iterable[Point]) -> list[Point]:
    """Return the points in the order of time."""
    return sorted(points, key=lambda point: (point.middle, point.order))
