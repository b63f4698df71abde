"""Matrices: counts by row and column, and states of many items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from analysis.presentation.charts._drawing import (
    LEGEND_ROW,
    WIDTH,
    Rect,
    measure,
    new_paper,
    text_height,
    wrap,
    write,
    write_turned,
)
from analysis.presentation.charts._tables import check_table
from analysis.presentation.formats import MISSING, format_number
from analysis.presentation.theme import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    StateStyle,
    chart_style,
    contrast,
    style_of,
    tint,
)

_LABEL_SHARE = 0.34
_CELL = 24.0
_UNKNOWN = "unbekannt"
_MARK = 8.5
_FILLS: dict[str, Literal["full", "left", "none"]] = {
    "full": "full",
    "half": "left",
    "empty": "none",
}
"""How the marks of states are filled; other symbols are texts."""


@chart_style()
def heatmap(
    table: pd.DataFrame,
    *,
    row: str = "row",
    column: str = "column",
    count: str = "count",
    row_order: Sequence[str],
    column_order: Sequence[str],
    unit_label: str = "",
) -> Figure:
    """Draw counts as a matrix of shaded cells; a cell without any shows –.

    Args:
        table: one row per pair of row and column; pairs that are missing count as none.
        row: column of row names.
        column: column of column names.
        count: column of counts.
        row_order: rows from top to bottom.
        column_order: columns from left to right.
        unit_label: what is counted, in German, in the corner.

    Raises:
        ValueError: the table is empty, lacks a column, or has a name that is in no order.
    """
    check_table(table, [row, column, count])
    counts = _count(table, (row, column, count), row_order, column_order)
    most = max(counts.values()) or 1.0
    labels = [wrap(name, _LABEL_SHARE * WIDTH) for name in row_order]
    left = max(*(measure(label) for label in labels), measure(unit_label, SMALL_SIZE)) + 12
    width = min(110.0, (WIDTH - left) / len(column_order))
    heads, turned, head = _fit_heads(column_order, width)
    heights = [max(_CELL, text_height(label) + 8) for label in labels]
    figure, paper = new_paper(head + sum(heights) + 4)
    write(paper, 0, head - 9, unit_label, size=SMALL_SIZE, colour=MUTED)
    _write_heads(paper, heads, left, width, head, turned=turned)
    y = head
    for name, label, height in zip(row_order, labels, heights, strict=True):
        write(paper, 0, y + height / 2, label)
        for number, key in enumerate(column_order):
            rect = Rect(left + number * width, y, width, height)
            _draw_count(paper, rect, counts[name, key], most)
        y += height
    return figure


@chart_style()
def state_matrix(
    table: pd.DataFrame, *, columns: Sequence[str] | Mapping[str, str], order: Sequence[str]
) -> Figure:
    """Draw the states of many items: a row per item, a column per question.

    Args:
        table: first column names the items, the columns named in ``columns`` hold their states; a
            missing state counts as ``unbekannt``.
        columns: names of the state columns, or name → German heading.
        order: states in the order of the legend; one that does not occur is left out of it.

    Raises:
        ValueError: the table is empty, lacks a column, or has a state that is not in ``order``.
    """
    headings = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    check_table(table, list(headings))
    states = table[list(headings)].astype("object").fillna(_UNKNOWN).astype(str)
    present = set(states.to_numpy().ravel())
    if unknown := sorted(present - set(order) - {_UNKNOWN}):
        raise ValueError(f"states without a place in the order: {unknown}")
    legend = [state for state in [*order, *({_UNKNOWN} - set(order))] if state in present]
    styles = {state: style_of(state, number) for number, state in enumerate(legend)}
    labels = [wrap(str(name), 0.46 * WIDTH) for name in table.iloc[:, 0]]
    left = max(measure(label) for label in labels) + 12
    width = min(92.0, (WIDTH - left) / len(headings))
    heads, turned, head = _fit_heads(list(headings.values()), width)
    key = _arrange_key(styles)
    top = len(key) * LEGEND_ROW + 8 + head
    heights = [max(20.0, text_height(label) + 6) for label in labels]
    figure, paper = new_paper(top + sum(heights) + 2)
    _draw_key(paper, key, styles)
    _write_heads(paper, heads, left, width, top, turned=turned)
    y = top
    cells: dict[str, list[Rect]] = {state: [] for state in legend}
    for label, height, row in zip(labels, heights, states.to_numpy(), strict=True):
        write(paper, 0, y + height / 2, label)
        for number, state in enumerate(row):
            cells[state].append(Rect(left + number * width, y, width, height))
        y += height
    for state, rects in cells.items():
        _draw_state(paper, rects, styles[state])
    return figure


def _count(
    table: pd.DataFrame,
    names: tuple[str, str, str],
    row_order: Sequence[str],
    column_order: Sequence[str],
) -> dict[tuple[str, str], float]:
    counts = {(row, column): 0.0 for row in row_order for column in column_order}
    row, column, count = (table[name] for name in names)
    for place in zip(row.astype(str), column.astype(str), pd.to_numeric(count), strict=True):
        if place[:2] not in counts:
            raise ValueError(f"no place in the orders for {place[:2]}")
        counts[place[:2]] += 0.0 if pd.isna(place[2]) else float(place[2])
    return counts


def _fit_heads(names: Sequence[str], width: float) -> tuple[list[str], bool, float]:
    """Return the headings, whether they must be turned, and the height that they need."""
    turned = any(measure(word, SMALL_SIZE) > width - 4 for name in names for word in name.split())
    if turned:
        heads = [wrap(name, 120, SMALL_SIZE) for name in names]
        return heads, True, max(measure(head, SMALL_SIZE) for head in heads) + 8
    heads = [wrap(name, width - 4, SMALL_SIZE) for name in names]
    return heads, False, max(text_height(head, SMALL_SIZE) for head in heads) + 6


def _write_heads(
    paper: Axes, heads: Sequence[str], left: float, width: float, bottom: float, *, turned: bool
) -> None:
    for number, head in enumerate(heads):
        x = left + (number + 0.5) * width
        if turned:
            write_turned(paper, x, bottom - 4, head, size=SMALL_SIZE, anchor="bottom")
        else:
            write(paper, x, bottom - 4, head, size=SMALL_SIZE, align="center", anchor="bottom")


def _draw_count(paper: Axes, rect: Rect, count: float, most: float) -> None:
    face = tint(ACCENT, 0.1 + 0.9 * count / most) if count else PAPER
    _draw_cells(paper, [rect], face)
    colour = INK if contrast(face, INK) >= contrast(face, PAPER) else PAPER
    text = format_number(count) if count else MISSING
    x, y = rect.left + rect.width / 2, rect.top + rect.height / 2
    write(paper, x, y, text, align="center", colour=colour if count else MUTED)


def _draw_cells(paper: Axes, rects: Sequence[Rect], face: str) -> None:
    """Draw equal cells as one shape, which keeps the picture small."""
    frames = [
        Path.unit_rectangle().transformed(
            Affine2D().scale(rect.width - 2, rect.height - 2).translate(rect.left + 1, rect.top + 1)
        )
        for rect in rects
    ]
    shape = Path.make_compound_path(*frames)
    paper.add_patch(PathPatch(shape, facecolor=face, edgecolor=GRID, linewidth=0.7))


def _draw_state(paper: Axes, rects: Sequence[Rect], style: StateStyle) -> None:
    _draw_cells(paper, rects, _pale(style))
    x = [rect.left + rect.width / 2 for rect in rects]
    y = [rect.top + rect.height / 2 for rect in rects]
    if style.symbol in _FILLS:
        _draw_marks(paper, x, y, style)
        return
    for place in zip(x, y, strict=True):
        write(paper, *place, style.symbol, size=SMALL_SIZE, weight="semibold", align="center")


def _draw_marks(paper: Axes, x: Sequence[float], y: Sequence[float], style: StateStyle) -> None:
    paper.plot(
        x,
        y,
        linestyle="none",
        marker="o",
        ms=_MARK,
        fillstyle=_FILLS[style.symbol],
        mfc=style.colour,
        markerfacecoloralt=PAPER,
        mec=style.colour,
        mew=1.5,
    )


def _pale(style: StateStyle) -> str:
    return style.colour if style.text_colour == INK else tint(style.colour, 0.14)


def _arrange_key(styles: Mapping[str, StateStyle]) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    used = 0.0
    for state in styles:
        width = _key_width(state, styles[state])
        if rows[-1] and used + width > WIDTH + 18:
            rows.append([])
            used = 0.0
        rows[-1].append(state)
        used += width
    return rows


def _key_width(state: str, style: StateStyle) -> float:
    return _symbol_width(style) + 6 + measure(state) + 18


def _symbol_width(style: StateStyle) -> float:
    drawn = style.symbol in _FILLS
    return 18.0 if drawn else max(18.0, measure(style.symbol, SMALL_SIZE, "semibold") + 8)


def _draw_key(paper: Axes, rows: Sequence[Sequence[str]], styles: Mapping[str, StateStyle]) -> None:
    for number, row in enumerate(rows):
        x, y = 0.0, LEGEND_ROW * (number + 0.5)
        for state in row:
            width = _symbol_width(styles[state])
            _draw_state(paper, [Rect(x, y - 8, width, 16)], styles[state])
            write(paper, x + width + 6, y, state)
            x += _key_width(state, styles[state])
