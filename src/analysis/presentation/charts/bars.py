"""Vertical bars per period, with the interval of each figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._drawing import (
    ARROW,
    LEGEND_ROW,
    OPEN_NOTE,
    WIDTH,
    LegendEntry,
    Rect,
    add_panel,
    arrange_legend,
    draw_arrow,
    draw_legend,
    draw_notes,
    fill_rect,
    fit_axis,
    measure,
    new_paper,
    notes_height,
    pad_limits,
    text_height,
    wrap,
    write,
    write_ticks,
    write_turned,
)
from analysis.presentation.charts._tables import (
    Estimate,
    check_table,
    read_estimates,
    read_flags,
    read_texts,
)
from analysis.presentation.formats import MISSING
from analysis.presentation.theme import (
    INK,
    MUTED,
    SMALL_SIZE,
    TEXT_SIZE,
    StateStyle,
    chart_style,
    series_styles,
    tint,
)

_PLOT_HEIGHT = 210.0
_UNIT_ROW = 26.0
_FEW = 15
_LONG = 60.0
"""Labels are turned where they are few or longer than so many points, else some are left out."""
_AXIS_ROOM = 60.0
"""Most width that the labels of the value axis take."""
_PARTIAL_NOTE = "Schraffiert: nur Teil eines Zeitraums"


@dataclass(frozen=True)
class _Bar:
    """One bar: the number of its group and of its series, and what it shows."""

    group: int
    series: int
    estimate: Estimate | None
    style: StateStyle


@dataclass(frozen=True)
class _Plot:
    """From groups and values to points on the paper."""

    rect: Rect
    low: float
    high: float
    groups: int
    series: int

    @property
    def slot(self) -> float:
        """Width that a group has."""
        return self.rect.width / self.groups

    @property
    def bar_slot(self) -> float:
        """Width that a bar has, with the gap to its neighbour."""
        return _bar_slot(self.slot, self.series)

    def x(self, bar: _Bar) -> float:
        """Return the middle of a bar."""
        shift = (bar.series - (self.series - 1) / 2) * self.bar_slot
        return self.rect.left + (bar.group + 0.5) * self.slot + shift

    def y(self, value: float) -> float:
        """Return where a value is on the paper."""
        share = (value - self.low) / (self.high - self.low)
        return self.rect.top + self.rect.height * (1 - share)


@chart_style()
def period_bars(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    label: str = "label",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    series: str | None = None,
    partial: str = "partial",
    text: str = "text",
    unit_label: str,
    digits: int = 0,
) -> Figure:
    """Draw a bar per period, from zero, with whiskers for the interval.

    Args:
        table: rows in the order of the bars; the columns ``partial`` and ``text`` are optional.
        label: column of names of the periods.
        value: column of best figures, in the unit of ``unit_label``; a row without figure shows –.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        series: column that puts several bars side by side in a period.
        partial: column of booleans: the figure covers only a part of the period; hatched.
        text: column of labels that replace the formatted figure.
        unit_label: what is counted, in German, above the axis.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    check_table(table, [label, value, lower, upper, *([series] if series else [])])
    estimates = read_estimates(table, value, lower, upper, digits=digits, text=text)
    groups, names = read_texts(table, label), read_texts(table, series)
    flags = read_flags(table, partial)
    bars = _arrange_bars(groups, names, estimates, flags)
    drawn = [estimate for estimate in estimates if estimate is not None]
    legend = arrange_legend(_list_series(names), WIDTH)
    periods = list(dict.fromkeys(groups))
    pitch = (WIDTH - _AXIS_ROOM) / len(periods)
    turned = _turn_values(drawn, _bar_slot(pitch, len(set(names))) if series else pitch)
    limits, ticks, tick_labels = _plan_values(drawn, turned)
    left = max(measure(tick) for tick in tick_labels) + 7
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    rect = Rect(left, top, WIDTH - left, _PLOT_HEIGHT)
    plot = _Plot(rect, *limits, len(periods), len(set(names)))
    upright, shown = _fit_labels(periods, plot.slot - 6)
    foot = 10 + max(measure(name) if upright else text_height(name) for name in shown)
    notes = [
        OPEN_NOTE if any(estimate.is_open for estimate in drawn) else "",
        _PARTIAL_NOTE if any(flags) else "",
    ]
    figure, paper = new_paper(top + _PLOT_HEIGHT + foot + notes_height(notes, 0))
    _draw_axis(figure, plot, ticks)
    write_ticks(paper, rect, limits, ticks, tick_labels)
    draw_legend(paper, legend, 0, 0)
    write(paper, 0, top - _UNIT_ROW + 8, unit_label, colour=MUTED)
    _draw_bars(paper, plot, bars, turned)
    _write_periods(paper, plot, shown, turned=upright)
    draw_notes(paper, notes, 0, top + _PLOT_HEIGHT + foot + 4)
    return figure


def _arrange_bars(
    groups: Sequence[str],
    names: Sequence[str],
    estimates: Sequence[Estimate | None],
    flags: Sequence[bool],
) -> list[_Bar]:
    periods, series = list(dict.fromkeys(groups)), list(dict.fromkeys(names))
    rows = zip(groups, names, estimates, flags, strict=True)
    styles = series_styles(series)
    bars = [
        _Bar(
            periods.index(group),
            series.index(name),
            estimate,
            _style(styles[name][0], partial=flag),
        )
        for group, name, estimate, flag in rows
    ]
    if len({(bar.group, bar.series) for bar in bars}) < len(bars):
        raise ValueError("a period has more than one row per series")
    return bars


def _style(colour: str, *, partial: bool) -> StateStyle:
    return StateStyle(tint(colour, 0.12), "////", colour) if partial else StateStyle(colour)


def _list_series(names: Sequence[str]) -> list[LegendEntry]:
    styles = series_styles(names)
    if len(styles) < 2:
        return []
    return [LegendEntry(name, style=StateStyle(colour)) for name, (colour, _) in styles.items()]


def _plan_values(
    estimates: Sequence[Estimate], turned: bool | None
) -> tuple[tuple[float, float], list[float], list[str]]:
    """Return limits, ticks and labels of the value axis, with room for the figures."""
    low = min(estimate.extent[0] for estimate in estimates)
    high = max(estimate.extent[1] for estimate in estimates)
    low, high = pad_limits(low, high, from_zero=True)
    room = 8.0 + (ARROW if any(estimate.is_open for estimate in estimates) else 0.0)
    if turned is not None:
        room += max(map(_width, estimates)) if turned else text_height("", SMALL_SIZE)
    below = room if any(estimate.value < 0 for estimate in estimates) else 0.0
    above = room if any(estimate.value >= 0 for estimate in estimates) else 0.0
    scale = (high - low) / (_PLOT_HEIGHT - above - below)
    return fit_axis(low - below * scale, high + above * scale)


def _width(estimate: Estimate) -> float:
    return measure(estimate.text, SMALL_SIZE)


def _turn_values(estimates: Sequence[Estimate], room: float) -> bool | None:
    """Return whether the figures must be turned; ``None`` where there is no room at all."""
    if max(map(_width, estimates)) <= room - 4:
        return False
    return True if room >= text_height("", SMALL_SIZE) + 1 else None


def _draw_axis(figure: Figure, plot: _Plot, ticks: list[float]) -> None:
    axes = add_panel(figure, plot.rect)
    axes.set_xlim(0, 1)
    axes.set_ylim(plot.low, plot.high)
    axes.set_xticks([])
    axes.set_yticks(ticks, [""] * len(ticks))
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_position(("data", 0))


def _draw_bars(paper: Axes, plot: _Plot, bars: Sequence[_Bar], turned: bool | None) -> None:
    for bar in bars:
        if bar.estimate is None:
            write(paper, plot.x(bar), plot.y(0) - 8, MISSING, align="center", colour=MUTED)
            continue
        _draw_bar(paper, plot, bar, bar.estimate)
        if turned is not None:
            _write_value(paper, plot, bar, bar.estimate, turned=turned)


def _draw_bar(paper: Axes, plot: _Plot, bar: _Bar, estimate: Estimate) -> None:
    x, zero, y = plot.x(bar), plot.y(0), plot.y(estimate.value)
    width = plot.bar_slot - min(4.0, plot.bar_slot * 0.15)
    rect = Rect(x - width / 2, min(y, zero), width, abs(zero - y))
    edge = bar.style.hatch_colour if bar.style.hatch else None
    fill_rect(paper, rect, bar.style, edge=edge)
    known = [bound for bound in (estimate.lower, estimate.upper) if bound is not None]
    ends = [plot.y(bound) for bound in known if abs(plot.y(bound) - y) > 0.3]
    for end in ends:
        _draw_whisker(paper, x, y, end, min(8.0, width / 2))
    for bound, side in ((estimate.lower, 1), (estimate.upper, -1)):
        if bound is None:
            draw_arrow(paper, (x, y), (x, y + side * ARROW), INK)


def _draw_whisker(paper: Axes, x: float, start: float, end: float, width: float) -> None:
    # A pale seam keeps the whisker visible on top of the bar.
    paper.plot([x, x], [start, end], color="#ffffff", lw=3.4, zorder=2.5)
    paper.plot([x, x], [start, end], color=INK, lw=1.3, zorder=2.6)
    paper.plot([x - width / 2, x + width / 2], [end, end], color=INK, lw=1.3, zorder=2.6)


def _write_value(paper: Axes, plot: _Plot, bar: _Bar, estimate: Estimate, *, turned: bool) -> None:
    below = estimate.value < 0
    extreme = estimate.extent[0] if below else estimate.extent[1]
    edge = plot.y(extreme) + (4 if below else -4)
    open_side = estimate.lower if below else estimate.upper
    if open_side is None:
        edge += ARROW + 1 if below else -ARROW - 1
    x, anchor = plot.x(bar), _outside(below=below)
    if turned:
        write_turned(paper, x, edge, estimate.text, size=SMALL_SIZE, anchor=anchor)
    else:
        write(paper, x, edge, estimate.text, size=SMALL_SIZE, align="center", anchor=anchor)


def _outside(*, below: bool) -> Literal["top", "bottom"]:
    return "top" if below else "bottom"


def _bar_slot(slot: float, series: int) -> float:
    return min(64.0, slot * 0.8 / series)


def _fit_labels(periods: Sequence[str], width: float) -> tuple[bool, list[str]]:
    """Return whether the labels must be turned, and the labels as they fit.

    Where even turned ones have no room, only every second, third … is shown.
    """
    if all(measure(word) <= width for name in periods for word in name.split()):
        return False, [wrap(name, width) for name in periods]
    widest = max(measure(name) for name in periods)
    turned = len(periods) <= _FEW or widest > _LONG
    needed = text_height("") if turned else widest + 6
    step = max(1, math.ceil(needed / (width + 6)))
    shown = [name if n % step == 0 else "" for n, name in enumerate(periods)]
    return turned, shown


def _write_periods(paper: Axes, plot: _Plot, periods: Sequence[str], *, turned: bool) -> None:
    y = plot.rect.top + plot.rect.height + 6
    for number, name in enumerate(periods):
        x = plot.rect.left + (number + 0.5) * plot.slot
        if turned:
            write_turned(paper, x, y, name, size=TEXT_SIZE, anchor="top")
        else:
            x = min(x, WIDTH - measure(name) / 2)
            write(paper, x, y, name, align="center", anchor="top")
