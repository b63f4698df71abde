"""Lines over a number: what more or less of something brings, for instance of a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.figure import Figure

from analysis.presentation.charts._bands import (
    Frame,
    Step,
    draw_band,
    draw_base,
    draw_line,
    read_steps,
)
from analysis.presentation.charts._drawing import (
    ARROW,
    LEGEND_ROW,
    OPEN_NOTE,
    WIDTH,
    Rect,
    arrange_legend,
    count_digits,
    draw_legend,
    draw_notes,
    fit_axis,
    measure,
    new_paper,
    nice_ticks,
    notes_height,
    pad_limits,
    text_height,
    write,
)
from analysis.presentation.charts._margin import say_span, stack_blocks, tie_label, write_end
from analysis.presentation.charts._months import (
    DASHES,
    draw_value_axis,
    list_series,
    write_small_ticks,
)
from analysis.presentation.charts._placement import (
    Anchor,
    Box,
    place_labels,
    trace_line,
)
from analysis.presentation.charts._tables import check_table, read_texts
from analysis.presentation.formats import as_float, format_number
from analysis.presentation.theme import (
    AXIS,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    chart_style,
    series_styles,
)

_PLOT_HEIGHT = 220.0
_UNIT_ROW = 24.0
_FAR = 13.0
"""Distance in points from which on a line ties a label to its point."""
_FEW = 12
"""A line of so many points at most has a label at each of them."""


@dataclass(frozen=True)
class _Curve:
    """One line: its steps in the order of x, and the labels of its points."""

    series: str
    steps: list[Step]
    texts: list[str]

    @property
    def last(self) -> Step:
        """Last step with a figure."""
        return [step for step in self.steps if step.is_known][-1]


@chart_style()
def value_lines(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    x: str = "x",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    series: str | None = None,
    x_label: str,
    unit_label: str,
    digits: int = 0,
    x_digits: int = 0,
    text: str | None = None,
) -> Figure:
    """Draw lines with bands over a numeric quantity.

    The last figure and its range stand at the right end of each line, the others beside their
    points as far as there is room. The value need not lie within its bounds: a plan computed with
    cautious values may promise less than the range of its simulation.

    Args:
        table: one row per place and series.
        x: column of numbers, in the unit of ``x_label``; a row without one is left out.
        value: column of figures, in the unit of ``unit_label``; a missing one interrupts the line.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        series: column that tells lines apart.
        x_label: what is on the horizontal axis, in German.
        unit_label: what is on the vertical axis, in German.
        digits: decimal places of the figures.
        x_digits: least decimal places of the labels of the horizontal axis.
        text: column of labels that replace the figures beside the points.

    Raises:
        ValueError: the table is empty, lacks a column, has no figure, or has a place twice.
    """
    named = [name for name in (series, text) if name]
    check_table(table, [x, value, lower, upper, *named])
    curves = _read_curves(table, (x, value, lower, upper), series, text, digits)
    styles = series_styles(curve.series for curve in curves)
    legend = arrange_legend(list_series(styles), WIDTH)
    limits, ticks, labels = _plan_values(curves)
    across, x_ticks, x_labels = _plan_places(curves, x_digits)
    ends = [_say_end(curve, digits) for curve in curves]
    left = max(measure(label, SMALL_SIZE) for label in labels) + 6
    right = max(measure(line, SMALL_SIZE, "semibold") for end in ends for line in end) + 12
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    rect = Rect(left, top, WIDTH - left - right, _PLOT_HEIGHT)
    steps = [step for curve in curves for step in curve.steps if step.is_known]
    notes = [OPEN_NOTE if any(step.is_open for step in steps) else ""]
    bottom = top + _PLOT_HEIGHT + 36
    figure, paper = new_paper(bottom + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    write(paper, 0, top - _UNIT_ROW + 8, unit_label, colour=MUTED)
    draw_value_axis(paper, rect, limits, ticks)
    write_small_ticks(paper, rect, limits, ticks, labels)
    frame = Frame(paper, rect, limits)
    draw_base(frame)
    _write_places(frame, across, x_ticks, x_labels)
    write(paper, rect.left + rect.width, bottom - 10, x_label, colour=MUTED, align="right")
    drawn = [_place(curve, rect, across) for curve in curves]
    for number, curve in enumerate(drawn):
        _draw_curve(frame, curve, styles[curve.series], DASHES[number % len(DASHES)])
    _label_points(frame, drawn, styles)
    _write_ends(frame, drawn, ends, styles)
    draw_notes(paper, notes, 0, bottom + 2)
    return figure


def _read_curves(
    table: pd.DataFrame,
    columns: tuple[str, str, str, str],
    series: str | None,
    text: str | None,
    digits: int,
) -> list[_Curve]:
    x, value, lower, upper = columns
    rows = table.loc[table[x].map(as_float).notna()]
    rows = rows.assign(_series=read_texts(rows, series), _text=read_texts(rows, text))
    if rows.duplicated(["_series", x]).any():
        raise ValueError("a place has more than one row per series")
    curves = []
    for name, own in rows.sort_values(x, kind="stable").groupby("_series", sort=False):
        steps = read_steps(own[x].astype(float), own[value], own[lower], own[upper])
        if not any(step.is_known for step in steps):
            continue
        last = max(step.x for step in steps if step.is_known)
        texts = [
            # The last figure stands at the right end of its line anyway.
            words or ("" if step.x == last else format_number(step.value, digits))
            for words, step in zip(own["_text"], steps, strict=True)
        ]
        curves.append(_Curve(str(name), steps, texts))
    if not curves:
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    return curves


def _plan_values(
    curves: Sequence[_Curve],
) -> tuple[tuple[float, float], list[float], list[str]]:
    steps = [step for curve in curves for step in curve.steps if step.is_known]
    low, high = min(step.floor for step in steps), max(step.ceiling for step in steps)
    low, high = pad_limits(low, high, from_zero=True)
    # Room for labels and for the arrows of open sides.
    room = (high - low) * (ARROW + 4) / _PLOT_HEIGHT
    return fit_axis(low - (room if low < 0 else 0.0), high + room)


def _plan_places(
    curves: Sequence[_Curve], digits: int
) -> tuple[tuple[float, float], list[float], list[str]]:
    places = [step.x for curve in curves for step in curve.steps]
    low, high = pad_limits(min(places), max(places), from_zero=False)
    ticks, _ = nice_ticks(low, high, 6)
    digits = max(digits, count_digits(ticks[1] - ticks[0]))
    inside = [tick for tick in ticks if low <= tick <= high]
    return (low, high), inside, [format_number(tick, digits) for tick in inside]


def _say_end(curve: _Curve, digits: int) -> list[str]:
    last = curve.last
    value = "" if last.value is None else format_number(last.value, digits)
    return [line for line in (value, say_span(last.lower, last.upper, digits)) if line]


def _write_places(
    frame: Frame, limits: tuple[float, float], ticks: Sequence[float], labels: Sequence[str]
) -> None:
    rect = frame.rect
    bottom = rect.top + rect.height
    edge = -10.0
    for tick, label in zip(ticks, labels, strict=True):
        x = _at(rect, limits, tick)
        frame.paper.plot([x, x], [bottom, bottom + 4], color=AXIS, lw=0.8, zorder=0.6)
        half = measure(label, SMALL_SIZE) / 2
        if x - half > edge + 8:
            write(frame.paper, x, bottom + 12, label, size=SMALL_SIZE, colour=MUTED, align="center")
            edge = x + half


def _at(rect: Rect, limits: tuple[float, float], value: float) -> float:
    low, high = limits
    return rect.left + 8 + (rect.width - 16) * (value - low) / (high - low)


def _place(curve: _Curve, rect: Rect, limits: tuple[float, float]) -> _Curve:
    steps = [step._replace(x=_at(rect, limits, step.x)) for step in curve.steps]
    return _Curve(curve.series, steps, curve.texts)


def _draw_curve(frame: Frame, curve: _Curve, style: tuple[str, str], dash: object) -> None:
    colour, marker = style
    known = [step for step in curve.steps if step.is_known]
    draw_band(frame, known, colour)
    draw_line(frame, known, colour, dash)
    for step in known:
        if step.value is not None:
            spot = step.x, frame.y(step.value)
            frame.paper.plot(*spot, marker=marker, ms=5, mfc=colour, mec=PAPER, mew=0.7, zorder=2.8)


def _label_points(
    frame: Frame, curves: Sequence[_Curve], styles: Mapping[str, tuple[str, str]]
) -> None:
    """Write labels beside the points; the last one has its label at the right end."""
    wanted = [
        (curve.series, step.x, frame.y(step.value), words)
        for curve in curves
        if len(curve.steps) <= _FEW
        for step, words in zip(curve.steps, curve.texts, strict=True)
        if step.value is not None and words
    ]
    anchors = [
        Anchor(x, y, measure(words, SMALL_SIZE) + 1, text_height(words, SMALL_SIZE))
        for _, x, y, words in wanted
    ]
    rect = frame.rect
    bounds = Box(
        rect.left + 1, rect.top - 4, rect.left + rect.width - 2, rect.top + rect.height - 2
    )
    places = place_labels(anchors, list(_list_obstacles(frame, curves)), bounds)
    for (name, spot_x, spot_y, words), place in zip(wanted, places, strict=True):
        if place is not None:
            end_x = min(max(spot_x, place.x0), place.x1)
            end_y = min(max(spot_y, place.y0), place.y1)
            if max(abs(end_x - spot_x), abs(end_y - spot_y)) > _FAR:
                line = [spot_x, end_x], [spot_y, end_y]
                frame.paper.plot(*line, color=AXIS, lw=0.7, zorder=2.4)
            x, y = (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2
            colour = styles[name][0] if len(styles) > 1 else INK
            write(frame.paper, x, y, words, size=SMALL_SIZE, colour=colour, align="center")


def _list_obstacles(frame: Frame, curves: Sequence[_Curve]) -> Iterator[Box]:
    for curve in curves:
        spots = [(s.x, frame.y(s.value)) for s in curve.steps if s.value is not None]
        for x, y in spots:
            yield Box(x - 4, y - 4, x + 4, y + 4)
        for (x0, y0), (x1, y1) in pairwise(spots):
            yield from trace_line(x0, y0, x1, y1, 6)
        for name in ("lower", "upper"):
            edge = [(s.x, getattr(s, name)) for s in curve.steps if getattr(s, name) is not None]
            for (x0, low), (x1, high) in pairwise(edge):
                yield from trace_line(x0, frame.y(low), x1, frame.y(high), 4)


def _write_ends(
    frame: Frame,
    curves: Sequence[_Curve],
    ends: Sequence[Sequence[str]],
    styles: Mapping[str, tuple[str, str]],
) -> None:
    """Write the last figure and its range at the right of the plot."""
    rect, row = frame.rect, text_height("", SMALL_SIZE)
    last = [curve.last for curve in curves]
    wanted = [frame.y(step.ceiling if step.value is None else step.value) for step in last]
    heights = [row * len(end) + 4 for end in ends]
    places = stack_blocks(wanted, heights, rect.top - 4, rect.top + rect.height + 8)
    right = rect.left + rect.width
    for curve, end, start, place in zip(curves, ends, wanted, places, strict=True):
        colour = styles[curve.series][0] if len(styles) > 1 else INK
        tie_label(frame.paper, (curve.last.x + 4, start), (right + 6, place))
        write_end(frame.paper, right + 10, place, end, colour)
