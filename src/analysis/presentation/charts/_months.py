"""Monthly figures on paper: the month axis, panels side by side, labels at the right end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.presentation.charts._drawing import (
    WIDTH,
    LegendEntry,
    Rect,
    measure,
    text_height,
    wrap,
    write,
)
from analysis.presentation.theme import AXIS, GRID, MUTED, SMALL_SIZE

YEARS_HEIGHT = 20.0
_TITLE_GAP = 9.0
_GUTTER = 16.0


@dataclass(frozen=True)
class MonthAxis:
    """The months from the first to the last one, each with a slot of the same width."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    def middle(self, rect: Rect, month: int) -> float:
        """Return the middle of a month's slot on the paper."""
        return self.edge(rect, month) + rect.width / self.count / 2

    def edge(self, rect: Rect, month: int) -> float:
        """Return the left edge of a month's slot on the paper."""
        return rect.left + rect.width * (month - self.first) / self.count

    def years(self) -> Iterator[tuple[int, int, int]]:
        """Yield each year with its first and last month on the axis."""
        for year, months in groupby(range(self.first, self.last + 1), lambda n: n // 12):
            listed = list(months)
            yield year, listed[0], listed[-1]


@dataclass(frozen=True)
class Slot:
    """The place of one panel: its title, the plot, and the place for labels at its right."""

    title: str
    top: float
    rect: Rect


DASHES: tuple[object, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)))
"""Line styles by series, so that lines can be told apart without colour."""


def order_panels(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return each name once: those wanted first, in their order, then the others."""
    present = dict.fromkeys(names)
    return [*(name for name in wanted if name in present), *(n for n in present if n not in wanted)]


def list_series(styles: Mapping[str, tuple[str, str]]) -> list[LegendEntry]:
    """Return the legend of several series; one alone needs none."""
    if len(styles) < 2:
        return []
    return [LegendEntry(name, colour, marker) for name, (colour, marker) in styles.items()]


def number_months(days: pd.Series) -> pd.Series:
    """Return days as consecutive numbers of their months (year × 12 + month − 1)."""
    dates = pd.to_datetime(days)
    numbers: pd.Series = dates.dt.year * 12 + dates.dt.month - 1
    return numbers


def plan_months(days: pd.Series) -> MonthAxis:
    """Return the axis that covers all days."""
    numbers = number_months(days)
    return MonthAxis(int(numbers.min()), int(numbers.max()))


def plan_slots(
    titles: Sequence[str],
    *,
    columns: int,
    height: float,
    margins: tuple[float, float],
    top: float,
) -> tuple[list[Slot], float]:
    """Return the places of panels and where the last row ends.

    Args:
        titles: one per panel; an empty one takes no room.
        columns: panels per row at most.
        height: height of the plot.
        margins: room for labels at the left and right of the plot.
        top: upper edge of the first row.
    """
    columns = min(columns, len(titles))
    width = (WIDTH - _GUTTER * (columns - 1)) / columns
    words = [wrap(title, width, SMALL_SIZE, "semibold") if title else "" for title in titles]
    slots = []
    y = top
    for start in range(0, len(titles), columns):
        row = words[start : start + columns]
        head = max((text_height(title, SMALL_SIZE) for title in row if title), default=0.0)
        head += _TITLE_GAP if head else 0.0
        for number, title in enumerate(row):
            x = number * (width + _GUTTER) + margins[0]
            rect = Rect(x, y + head, width - sum(margins), height)
            slots.append(Slot(title, y, rect))
        y += head + height + YEARS_HEIGHT
    return slots, y


def write_title(paper: Axes, slot: Slot, left: float) -> None:
    """Write the title of a panel above its plot."""
    if slot.title:
        x = slot.rect.left - left
        write(paper, x, slot.top, slot.title, size=SMALL_SIZE, weight="semibold", anchor="top")


def draw_value_axis(
    paper: Axes, rect: Rect, limits: tuple[float, float], ticks: Sequence[float]
) -> None:
    """Draw the horizontal lines of a value axis."""
    for tick in ticks:
        y = place_value(rect, limits, tick)
        base = tick == ticks[0] == limits[0]
        colour, width = (AXIS, 0.8) if base else (GRID, 0.8)
        paper.plot([rect.left, rect.left + rect.width], [y, y], color=colour, lw=width, zorder=0.6)


def write_small_ticks(
    paper: Axes,
    rect: Rect,
    limits: tuple[float, float],
    ticks: Sequence[float],
    labels: Sequence[str],
) -> None:
    """Write the labels of a value axis, as far as they have room."""
    last = float("inf")
    for tick, label in zip(ticks, labels, strict=True):
        y = place_value(rect, limits, tick)
        if last - y >= SMALL_SIZE + 2:
            write(paper, rect.left - 5, y, label, size=SMALL_SIZE, colour=MUTED, align="right")
            last = y


def place_value(rect: Rect, limits: tuple[float, float], value: float) -> float:
    """Return where a value is on the paper."""
    low, high = limits
    return rect.top + rect.height * (1 - (value - low) / (high - low))


def write_years(paper: Axes, rect: Rect, axis: MonthAxis) -> None:
    """Draw the edges of years below a plot and write the years between them."""
    bottom = rect.top + rect.height
    edge = rect.left - 20
    narrow = 12 * rect.width / axis.count < measure("2020", SMALL_SIZE) + 4
    for year, first, last in axis.years():
        start = axis.edge(rect, first)
        if first % 12 == 0:
            paper.plot([start, start], [bottom, bottom + 4], color=AXIS, lw=0.8, zorder=0.6)
        middle = (start + axis.edge(rect, last + 1)) / 2
        room = axis.edge(rect, last + 1) - start
        label = f"’{year % 100:02d}" if narrow else str(year)
        if measure(label, SMALL_SIZE) > max(room, 12.0) + 8:
            continue
        half = measure(label, SMALL_SIZE) / 2
        middle = min(middle, WIDTH - half)
        if middle - half > edge + 3:
            write(paper, middle, bottom + 11, label, size=SMALL_SIZE, colour=MUTED, align="center")
            edge = middle + half


def split_runs(numbers: Iterable[int]) -> list[list[int]]:
    """Split ascending numbers where one is left out."""
    ranked = enumerate(numbers)
    return [[n for _, n in run] for _, run in groupby(ranked, lambda pair: pair[1] - pair[0])]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places apart until neighbours have a distance, as little as possible.

    Args:
        places: wanted places in any order.
        gap: least distance.
        low: least place; kept as long as there is room.
        high: largest place.
    """
    order = np.argsort(np.asarray(places, dtype=float), kind="stable")
    moved = np.array([min(max(places[n], low), high) for n in order], dtype=float)
    for _ in range(200):
        close = np.flatnonzero(np.diff(moved) < gap - 1e-6)
        if not len(close):
            break
        for n in close.tolist():
            lack = (gap - (moved[n + 1] - moved[n])) / 2
            if lack > 0:
                moved[n] -= lack
                moved[n + 1] += lack
        moved += max(0.0, low - moved[0])
        moved -= max(0.0, moved[-1] - high) if moved[0] - (moved[-1] - high) >= low else 0.0
    # Where there is not enough room, the distance is kept and the last ones go beyond the edge.
    for n in range(1, len(moved)):
        moved[n] = max(moved[n], moved[n - 1] + gap)
    result = [0.0] * len(places)
    for rank, place in enumerate(order):
        result[place] = float(moved[rank])
    return result
