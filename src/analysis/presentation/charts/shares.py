"""Stacked horizontal bars: how many of each state a category has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._drawing import (
    LEGEND_ROW,
    WIDTH,
    LegendEntry,
    Rect,
    add_panel,
    arrange_legend,
    draw_legend,
    fill_rect,
    measure,
    new_paper,
    nice_ticks,
    outline_of,
    text_height,
    wrap,
    write,
)
from analysis.presentation.charts._tables import check_table
from analysis.presentation.formats import NARROW_SPACE, format_number
from analysis.presentation.theme import (
    MUTED,
    SMALL_SIZE,
    StateStyle,
    chart_style,
    style_of,
)

_LABEL_SHARE = 0.32
_BAR = 20.0
_GAP = 14.0
_TOTAL = "gesamt"


@dataclass(frozen=True)
class _Segment:
    """One piece of a bar, in points."""

    left: float
    width: float
    count: float
    style: StateStyle

    @property
    def text(self) -> str:
        """Count as German text."""
        return format_number(self.count)

    @property
    def has_room(self) -> bool:
        """Whether the count fits inside."""
        return self.width >= measure(self.text) + 6


@chart_style()
def stacked_shares(
    table: pd.DataFrame,
    *,
    category: str = "category",
    state: str = "state",
    count: str = "count",
    order: Sequence[str],
    unit_label: str,
    normalise: bool = False,
) -> Figure:
    """Draw a bar per category, divided by state, with the counts written on it.

    Args:
        table: one row per category and state; categories keep the order of their first row.
        category: column of names.
        state: column of states.
        count: column of counts; missing counts as none.
        order: states from left to right.
        unit_label: what is counted, in German, above the bars.
        normalise: let every bar fill the width (shares in percent); the labels stay counts.

    Raises:
        ValueError: the table is empty, lacks a column, has a state that is not in ``order``, a
            negative count, or no count above zero.
    """
    check_table(table, [category, state, count])
    counts = _count(table, category, state, count, order)
    totals = {name: sum(row.values()) for name, row in counts.items()}
    styles = {name: style_of(name, number) for number, name in enumerate(order)}
    used = [name for name in order if any(row[name] for row in counts.values())]
    legend = arrange_legend([LegendEntry(name, style=styles[name]) for name in used], WIDTH)
    labels = {name: wrap(name, _LABEL_SHARE * WIDTH) for name in counts}
    left = max(measure(label) for label in labels.values()) + 12
    right = max(measure(format_number(t)) for t in [*totals.values()])
    right = max(right, measure(_TOTAL, SMALL_SIZE)) + 12
    width = WIDTH - left - right
    scale = width / max(totals.values())
    widths = {name: width / (totals[name] or 1) if normalise else scale for name in counts}
    bars = {name: _cut_segments(row, styles, left, widths[name]) for name, row in counts.items()}
    top = len(legend) * LEGEND_ROW + 24
    places, bottom = _stack(labels, bars, top)
    figure, paper = new_paper(bottom + 24)
    ticks = _plan_ticks(max(totals.values()), normalise=normalise)
    _draw_axis(figure, Rect(left, top, width, bottom - top), ticks)
    draw_legend(paper, legend, 0, 0)
    write(paper, left, top - 11, unit_label, colour=MUTED)
    write(paper, WIDTH, top - 11, _TOTAL, size=SMALL_SIZE, colour=MUTED, align="right")
    for name, place in places.items():
        write(paper, 0, place, labels[name])
        write(paper, WIDTH, place, format_number(totals[name]), align="right")
        _draw_bar(paper, bars[name], place)
    return figure


def _count(
    table: pd.DataFrame, category: str, state: str, count: str, order: Sequence[str]
) -> dict[str, dict[str, float]]:
    unknown = sorted(set(table[state].astype(str)) - set(order))
    if unknown:
        raise ValueError(f"states without a place in the order: {unknown}")
    numbers = pd.to_numeric(table[count]).fillna(0)
    if (numbers < 0).any() or not numbers.any():
        raise ValueError("counts must not be negative, and one must be above zero")
    counts: dict[str, dict[str, float]] = {}
    for name, key, number in zip(table[category], table[state], numbers, strict=True):
        row = counts.setdefault(str(name), dict.fromkeys(order, 0.0))
        row[str(key)] += float(number)
    return counts


def _cut_segments(
    row: Mapping[str, float], styles: Mapping[str, StateStyle], left: float, scale: float
) -> list[_Segment]:
    segments = []
    for state, number in row.items():
        if number:
            segments.append(_Segment(left, number * scale, number, styles[state]))
            left += number * scale
    return segments


def _stack(
    labels: Mapping[str, str], bars: Mapping[str, Sequence[_Segment]], top: float
) -> tuple[dict[str, float], float]:
    """Return the vertical middle of each bar, and where the last one ends."""
    places: dict[str, float] = {}
    y = top
    for name, label in labels.items():
        crowded = any(not segment.has_room for segment in bars[name])
        above = max((text_height(label) - _BAR) / 2, 13.0 if crowded else 0.0, 0.0)
        below = max((text_height(label) - _BAR) / 2, 0.0)
        y += _GAP / 2 + above
        places[name] = y + _BAR / 2
        y += _BAR + below + _GAP / 2
    return places, y


def _plan_ticks(most: float, *, normalise: bool) -> tuple[list[float], list[str]]:
    if normalise:
        shares = [0.0, 0.25, 0.5, 0.75, 1.0]
        return shares, [f"{format_number(100 * share)}{NARROW_SPACE}%" for share in shares]
    ticks, labels = nice_ticks(0, most)
    inside = [(tick / most, label) for tick, label in zip(ticks, labels, strict=True)]
    inside = [pair for pair in inside if pair[0] <= 1 and "," not in pair[1]]
    return [share for share, _ in inside], [label for _, label in inside]


def _draw_axis(figure: Figure, rect: Rect, ticks: tuple[list[float], list[str]]) -> None:
    axes = add_panel(figure, rect)
    axes.set_xlim(0, 1)
    axes.set_xticks(*ticks)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0, pad=5)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _draw_bar(paper: Axes, segments: Sequence[_Segment], middle: float) -> None:
    for segment in segments:
        rect = Rect(segment.left, middle - _BAR / 2, segment.width, _BAR)
        fill_rect(paper, rect, segment.style, edge=outline_of(segment.style))
        if segment.has_room:
            _write_inside(paper, segment, middle)
    small = [segment for segment in segments if not segment.has_room]
    for segment, x in zip(small, _spread(small), strict=True):
        top = middle - _BAR / 2
        write(paper, x, top - 7, segment.text, size=SMALL_SIZE, align="center")


def _write_inside(paper: Axes, segment: _Segment, middle: float) -> None:
    x, width = segment.left + segment.width / 2, measure(segment.text) + 5
    if segment.style.hatch:
        # The hatching must not run through the figure.
        plate = StateStyle(segment.style.colour)
        fill_rect(paper, Rect(x - width / 2, middle - 7, width, 14), plate)
    write(paper, x, middle, segment.text, align="center", colour=segment.style.text_colour)


def _spread(segments: Sequence[_Segment]) -> list[float]:
    """Return a place for the count of each small segment, moved to the right where crowded."""
    places: list[float] = []
    edge = 0.0
    for segment in segments:
        half = measure(segment.text, SMALL_SIZE) / 2
        x = max(segment.left + segment.width / 2, edge + half)
        places.append(x)
        edge = x + half + 4
    excess = max(0.0, edge - 4 - WIDTH) if places else 0.0
    return [x - excess for x in places]
