"""One panel of a chart over time: axes, events, points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._dates import DateAxis
from analysis.presentation.charts._drawing import (
    WIDTH,
    Rect,
    add_panel,
    draw_arrow,
    fit_axis,
    measure,
    pad_limits,
    text_height,
    write,
    write_ticks,
)
from analysis.presentation.charts._points import (
    Look,
    Panel,
    Point,
    find_joined,
    list_arrow_tips,
    list_bound_lines,
    sort_in_time,
)
from analysis.presentation.charts._value_labels import label_values
from analysis.presentation.theme import (
    AXIS,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
)

_MANY = 30
"""From so many figures on, a series is drawn with small markers."""


def draw_panel(
    figure: Figure,
    paper: Axes,
    rect: Rect,
    dates: DateAxis,
    points: Sequence[Point],
    look: Look,
    head: float,
) -> None:
    """Draw one panel: axes, events, points and their labels; ``head`` is its upper edge."""
    axes = add_panel(figure, rect)
    limits, ticks, labels = plan_values(points, from_zero=look.from_zero)
    axes.set_ylim(limits)
    axes.set_yticks(ticks, [""] * len(ticks))
    write_ticks(paper, rect, limits, ticks, labels)
    axes.set_xlim(0, 1)
    axes.set_xticks([dates.share(day) for day in dates.ticks], [""] * len(dates.ticks))
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    panel = Panel(axes, paper, rect, dates, limits, ticks, look)
    write(paper, rect.left - max(map(measure, labels)) - 7, head + 8, look.unit_label, colour=MUTED)
    _label_dates(panel)
    _draw_events(panel)
    for name in look.styles:
        _draw_series(panel, [point for point in points if point.series == name])
    if look.value_labels:
        label_values(panel, points)


def plan_values(
    points: Sequence[Point], *, from_zero: bool
) -> tuple[tuple[float, float], list[float], list[str]]:
    """Return limits, ticks and labels of the value axis, with room for labels."""
    extents = [point.estimate.extent for point in points]
    low, high = min(e[0] for e in extents), max(e[1] for e in extents)
    low, high = pad_limits(low, high, from_zero=from_zero)
    reach = high - low
    # Room for labels and for the arrows of open bounds.
    high += 0.08 * reach
    return fit_axis(low - 0.08 * reach if low < 0 or not from_zero else low, high)


def dates_height(dates: DateAxis) -> float:
    """Return the height that the labels of a date axis take."""
    return 8 + max(text_height(label) for _, label in dates.labels)


def _label_dates(panel: Panel) -> None:
    bottom = panel.rect.top + panel.rect.height + 7
    edge = -10.0
    for day, label in panel.dates.labels:
        x, half = panel.x(day), measure(label) / 2
        # The first and last label may move inwards, but never onto their neighbour.
        x = min(max(x, half), WIDTH - half)
        if x - half > edge + 6:
            write(panel.paper, x, bottom, label, align="center", anchor="top")
            edge = x + half


def events_height(events: Sequence[tuple[dt.datetime, str]], dates: DateAxis, left: float) -> float:
    """Return the height that the labels of the events take."""
    width = WIDTH - left - 12
    places = [left + width * dates.share(day) for day, _ in events]
    rows = max((row for _, row in _place_events(events, places)), default=-1) + 1
    return rows * _event_row(events)


def _event_row(events: Sequence[tuple[dt.datetime, str]]) -> float:
    return max((text_height(label, SMALL_SIZE) for _, label in events), default=0.0) + 4


def _place_events(
    events: Sequence[tuple[dt.datetime, str]], places: Sequence[float]
) -> list[tuple[float, int]]:
    """Return left edge and row of each event's label, so that no two labels touch.

    Rows count upwards from the plot. An event's line passes all rows below its label, so a label
    also keeps clear of the lines to its right.
    """
    taken: list[float] = []
    placed: list[tuple[float, int]] = []
    for place, (_, label) in reversed(list(zip(places, events, strict=True))):
        width = measure(label, SMALL_SIZE)
        x = place + 4 if place + 4 + width <= WIDTH else place - 4 - width
        row = next((n for n, edge in enumerate(taken) if x + width + 6 < edge), len(taken))
        taken[: row + 1] = [*[place] * row, min(x, place)]
        placed.append((x, row))
    return placed[::-1]


def _draw_events(panel: Panel) -> None:
    events = panel.look.events
    places = [panel.x(day) for day, _ in events]
    bottom = panel.rect.top + panel.rect.height
    spots = _place_events(events, places)
    for place, (x, row), (_, label) in zip(places, spots, events, strict=True):
        y = panel.rect.top - (row + 0.5) * _event_row(events)
        top = y - text_height(label, SMALL_SIZE) / 2
        panel.paper.plot([place, place], [top, bottom], color=AXIS, lw=0.9, ls=(0, (3, 2)))
        write(panel.paper, x, y, label, size=SMALL_SIZE, colour=MUTED)


def _draw_series(panel: Panel, points: Sequence[Point]) -> None:
    ordered = sort_in_time(points)
    for before, after in find_joined(ordered):
        colour = panel.look.styles[after.series][0]
        x = [panel.x(before.middle), panel.x(after.middle)]
        y = [panel.y(before.estimate.value), panel.y(after.estimate.value)]
        panel.paper.plot(x, y, color=colour, lw=1.8, zorder=2.5)
    size = 6.5 if len(ordered) < _MANY else 3.5
    for point in ordered:
        _draw_point(panel, point, size)


def _draw_point(panel: Panel, point: Point, size: float) -> None:
    colour, marker = panel.look.styles[point.series]
    paper, x, y = panel.paper, panel.x(point.middle), panel.y(point.estimate.value)
    if point.has_span:
        span = [panel.x(point.first), panel.x(point.last)]
        paper.plot(span, [y, y], color=colour, lw=5, alpha=0.35, zorder=2.6)
    for start, end in list_bound_lines(panel, point, x, y):
        paper.plot([x, x], [start, end], color=colour, lw=1.6, zorder=2.7)
    for tip in list_arrow_tips(panel, point):
        draw_arrow(paper, (x, y), tip, colour)
    paper.plot(
        x,
        y,
        marker=marker,
        ms=size * (1.2 if marker in "^v" else 1),
        mfc=colour,
        mec=PAPER,
        mew=size / 8,
        zorder=3,
    )
    if point.conflict:
        paper.plot(x, y, marker="o", ms=14, mfc="none", mec=INK, mew=1.2, zorder=3)
