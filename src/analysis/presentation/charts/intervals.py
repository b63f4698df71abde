"""Horizontal charts that compare categories: dots with intervals, and pairs of values."""

from __future__ import annotations

from collections.abc import Sequence
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
    arrange_legend,
    draw_arrow,
    draw_legend,
    draw_notes,
    measure,
    new_paper,
    nice_ticks,
    notes_height,
    pad_limits,
    write,
)
from analysis.presentation.charts._rows import Row, Scale, draw_scale, stack_rows, write_names
from analysis.presentation.charts._tables import (
    Estimate,
    check_table,
    read_estimates,
    read_flags,
    read_texts,
)
from analysis.presentation.formats import MISSING, as_float, format_number
from analysis.presentation.theme import (
    ACCENT,
    AXIS,
    MUTED,
    PAPER,
    SMALL_SIZE,
    chart_style,
)

_PLAIN = "#4d6a7d"


@chart_style()
def interval_bars(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    category: str = "category",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    highlight: str = "highlight",
    group: str | None = None,
    note: str = "note",
    text: str = "text",
    unit_label: str,
    from_zero: bool = True,
    digits: int = 0,
) -> Figure:
    """Draw a dot with its interval for each category, from top to bottom as in the table.

    Args:
        table: one row per category; the columns ``highlight``, ``note`` and ``text`` are optional.
        category: column of names.
        value: column of best figures, in the unit of ``unit_label``; a row without figure shows –.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        highlight: column of booleans: drawn in the accent colour.
        group: column of headings; rows of a group stand together.
        note: column of short remarks, shown below the name.
        text: column of labels that replace the formatted figure.
        unit_label: what is shown, in German, above the axis.
        from_zero: let the axis include zero; otherwise a note says that it does not.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    check_table(table, [category, value, lower, upper, *([group] if group else [])])
    estimates = read_estimates(table, value, lower, upper, digits=digits, text=text)
    names = read_texts(table, category)
    flags = read_flags(table, highlight)
    rows = stack_rows(names, read_texts(table, note), read_texts(table, group), flags, top=20)
    drawn = [estimate for estimate in estimates if estimate is not None]
    ticks, labels = _value_ticks(drawn, from_zero=from_zero)
    values = [MISSING if estimate is None else estimate.text for estimate in estimates]
    right = max(measure(text, weight="semibold") for text in values) + 14
    bottom = rows[-1].top + rows[-1].height + 4
    notes = [
        OPEN_NOTE if any(estimate.is_open for estimate in drawn) else "",
        "" if from_zero else "Achse beginnt nicht bei null",
    ]
    figure, paper = new_paper(bottom + 24 + notes_height(notes, 0))
    scale = draw_scale(figure, paper, rows, (ticks, labels), right, bottom)
    write(paper, scale.left, 8, unit_label, colour=MUTED)
    for row, estimate, words in zip(rows, estimates, values, strict=True):
        write_names(paper, row)
        write(paper, WIDTH, row.middle, words, align="right", weight=row.weight)
        if estimate is not None:
            _draw_interval(paper, scale, row, estimate)
    draw_notes(paper, notes, 0, bottom + 28)
    return figure


@chart_style()
def dumbbell(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    category: str = "category",
    left: str = "left",
    right: str = "right",
    left_label: str,
    right_label: str,
    unit_label: str,
    gap_label: str = "Differenz",
    from_zero: bool = True,
    digits: int = 0,
) -> Figure:
    """Draw two values per category, joined by a line, with their difference at the right.

    Args:
        table: one row per category; a missing value leaves its dot out and the difference open.
        category: column of names.
        left: column of the first values, in the unit of ``unit_label``.
        right: column of the second values.
        left_label: name of the first values.
        right_label: name of the second values.
        unit_label: what is shown, in German, above the axis.
        gap_label: heading of the differences (second minus first value).
        from_zero: let the axis include zero; otherwise a note says that it does not.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    check_table(table, [category, left, right])
    pairs = [(as_float(a), as_float(b)) for a, b in zip(table[left], table[right], strict=True)]
    known = [x for pair in pairs for x in pair if x is not None]
    if not known:
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    legend = arrange_legend(
        [LegendEntry(left_label, ACCENT, filled=False), LegendEntry(right_label, ACCENT)], WIDTH
    )
    top = len(legend) * LEGEND_ROW + 24
    blank = [""] * len(table)
    rows = stack_rows(read_texts(table, category), blank, blank, [False] * len(table), top=top)
    gaps = [_format_gap(pair, digits) for pair in pairs]
    margin = max(measure(text, weight="semibold") for text in [*gaps, gap_label]) + 14
    bottom = rows[-1].top + rows[-1].height + 4
    notes = ["" if from_zero else "Achse beginnt nicht bei null"]
    figure, paper = new_paper(bottom + 24 + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    low, high = pad_limits(min(known), max(known), from_zero=from_zero)
    reserve = max(measure(format_number(x, digits), SMALL_SIZE) for x in known) + 10
    ticks = nice_ticks(low, high)
    scale = draw_scale(figure, paper, rows, ticks, margin, bottom, reserve)
    write(paper, scale.left, top - 12, unit_label, colour=MUTED)
    write(paper, WIDTH, top - 12, gap_label, colour=MUTED, align="right")
    for row, pair, gap in zip(rows, pairs, gaps, strict=True):
        write_names(paper, row)
        write(paper, WIDTH, row.middle, gap, align="right", weight="semibold")
        _draw_pair(paper, scale, row.middle, pair, digits)
    draw_notes(paper, notes, 0, bottom + 28)
    return figure


def _value_ticks(
    estimates: Sequence[Estimate], *, from_zero: bool
) -> tuple[list[float], list[str]]:
    low = min(estimate.extent[0] for estimate in estimates)
    high = max(estimate.extent[1] for estimate in estimates)
    return nice_ticks(*pad_limits(low, high, from_zero=from_zero))


def _draw_interval(paper: Axes, scale: Scale, row: Row, estimate: Estimate) -> None:
    colour = ACCENT if row.highlight else _PLAIN
    x, y = scale(estimate.value), row.middle
    for bound, side in ((estimate.lower, -1), (estimate.upper, 1)):
        if bound is None:
            draw_arrow(paper, (x, y), (x + side * ARROW, y), colour)
        elif abs(scale(bound) - x) > 0.3:
            paper.plot([x, scale(bound)], [y, y], color=colour, lw=5, alpha=0.45, zorder=2.5)
    paper.plot(x, y, marker="o", ms=8, mfc=colour, mec=PAPER, mew=1, zorder=3)


def _format_gap(pair: tuple[float | None, float | None], digits: int) -> str:
    left, right = pair
    if left is None or right is None:
        return MISSING
    text = format_number(right - left, digits)
    return f"+{text}" if right > left and any(c in "123456789" for c in text) else text


def _draw_pair(
    paper: Axes, scale: Scale, y: float, pair: tuple[float | None, float | None], digits: int
) -> None:
    left, right = pair
    if left is not None and right is not None:
        paper.plot([scale(left), scale(right)], [y, y], color=AXIS, lw=2.2, zorder=2.4)
    # The filled dot is smaller, so that the ring stays visible where both are equal.
    marks = ((left, right, PAPER, 10.0), (right, left, ACCENT, 7.0))
    for number, (value, other, face, size) in enumerate(marks):
        if value is None:
            continue
        x = scale(value)
        paper.plot(x, y, marker="o", ms=size, mfc=face, mec=ACCENT, mew=1.7, zorder=3 + number)
        on_left = value < other if other is not None and value != other else number == 0
        text = format_number(value, digits)
        align: Literal["left", "right"] = "right" if on_left else "left"
        shift = -9 if on_left else 9
        write(paper, x + shift, y, text, size=SMALL_SIZE, align=align)
