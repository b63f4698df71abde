"""Heat maps of figures: units by month, units by year, with what is not known marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from analysis.presentation.charts._drawing import (
    WIDTH,
    Rect,
    fill_rect,
    measure,
    new_paper,
    text_height,
    wrap,
    write,
)
from analysis.presentation.charts._months import MonthAxis, plan_months, write_years
from analysis.presentation.charts._tables import check_table, read_texts
from analysis.presentation.formats import as_float, format_number
from analysis.presentation.theme import (
    ACCENT,
    AXIS,
    GRID,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    StateStyle,
    chart_style,
    contrast,
    tint,
)

_LABEL_SHARE = 0.3
_ROW = 14.0
_TALL_ROW = 18.0
_GROUP_ROW = 20.0
_KEY_HEIGHT = 26.0
_STEPS = 24
"""Shades of the scale; cells of a shade are one shape, which keeps the picture small."""
_MISSING = StateStyle(PAPER, "//////", "#9a9a9a", INK)
_LAST = "zuletzt"
_KEYS = {
    "": "keine Angabe",
    ".": "nicht veröffentlicht oder nicht bekannt",
    "x": "nicht berechenbar",
}

Cells = dict[tuple[str, str, int], tuple[float | None, str]]


@dataclass(frozen=True)
class _Scale:
    """From values to shades."""

    low: float
    high: float

    def shade(self, value: float) -> int:
        """Return the number of a value's shade."""
        reach = self.high - self.low
        share = (value - self.low) / reach if reach else 1.0
        return min(_STEPS - 1, int(share * _STEPS))

    def colour(self, shade: int) -> str:
        """Return the colour of a shade."""
        return tint(ACCENT, 0.06 + 0.94 * shade / (_STEPS - 1))


@chart_style()
def month_heatmap(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    row: str = "unit_label",
    month: str = "month",
    value: str = "value",
    sign: str = "sign",
    group: str | None = None,
    row_order: Sequence[str] = (),
    group_order: Sequence[str] = (),
    unit_label: str,
    digits: int = 0,
) -> Figure:
    """Draw a matrix of months: a row per unit, a shade per figure, the latest figure at the right.

    Args:
        table: one row per cell; a cell without row is hatched, one whose figure is missing bears
            the mark of its sign.
        row: column of row names.
        month: column of days; their month counts.
        value: column of figures, in the unit of ``unit_label``.
        sign: column that says why a figure is missing: ``.`` or ``x``.
        group: column of headings; rows of a group stand together.
        row_order: rows in order; those that are not named follow as they come.
        group_order: groups in order.
        unit_label: what is shown, in German, at the scale.
        digits: decimal places.

    Raises:
        ValueError: the table is empty, lacks a column, has no figure, or a cell twice.
    """
    check_table(table, [row, month, value, *([group] if group else [])])
    axis = plan_months(table[month])
    numbers = pd.to_datetime(table[month])
    keys = (numbers.dt.year * 12 + numbers.dt.month - 1).astype(int).tolist()
    cells = _read_cells(table, keys, row, group, value, sign)
    rows = _order_rows(cells, row_order, group_order)
    return _draw(
        cells, rows, _Columns(list(range(axis.first, axis.last + 1)), axis=axis), unit_label, digits
    )


@chart_style()
def value_heatmap(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    row: str = "unit_label",
    column: str,
    value: str = "value",
    sign: str = "sign",
    group: str | None = None,
    row_order: Sequence[str] = (),
    column_order: Sequence[str],
    group_order: Sequence[str] = (),
    unit_label: str,
    digits: int = 0,
) -> Figure:
    """Draw a matrix of shaded cells with their figures written in them.

    Args:
        table: one row per cell (see ``month_heatmap``).
        row: column of row names.
        column: column of column names.
        value: column of figures, in the unit of ``unit_label``.
        sign: column that says why a figure is missing.
        group: column of headings.
        row_order: rows in order.
        column_order: columns from left to right.
        group_order: groups in order.
        unit_label: what is shown, in German, at the scale.
        digits: decimal places.

    Raises:
        ValueError: the table is empty, lacks a column, has no figure, a cell twice, or a column
            that is in no order.
    """
    check_table(table, [row, column, value, *([group] if group else [])])
    names = read_texts(table, column)
    if unknown := sorted(set(names) - set(column_order)):
        raise ValueError(f"no place in the order for {unknown}")
    keys = [list(column_order).index(name) for name in names]
    cells = _read_cells(table, keys, row, group, value, sign)
    rows = _order_rows(cells, row_order, group_order)
    return _draw(
        cells,
        rows,
        _Columns(list(range(len(column_order))), names=tuple(column_order)),
        unit_label,
        digits,
    )


@dataclass(frozen=True)
class _Columns:
    """The columns: months of an axis, or names."""

    keys: list[int]
    names: tuple[str, ...] = ()
    axis: MonthAxis | None = None


def _read_cells(
    table: pd.DataFrame, keys: Sequence[int], row: str, group: str | None, value: str, sign: str
) -> Cells:
    cells: Cells = {}
    rows = zip(
        read_texts(table, group),
        read_texts(table, row),
        keys,
        table[value],
        read_texts(table, sign),
        strict=True,
    )
    for heading, name, key, number, mark in rows:
        if (heading, name, key) in cells:
            raise ValueError(f"a cell has more than one row: {(heading, name, key)}")
        known = as_float(number)
        cells[heading, name, key] = (known, "" if known is not None else mark or ".")
    if all(number is None for number, _ in cells.values()):
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    return cells


def _order_rows(
    cells: Cells, row_order: Sequence[str], group_order: Sequence[str]
) -> list[tuple[str, str]]:
    present = list(dict.fromkeys((heading, name) for heading, name, _ in cells))

    def rank(pair: tuple[str, str]) -> tuple[int, int]:
        places = [
            order.index(name) if name in order else len(order)
            for name, order in zip(pair, (list(group_order), list(row_order)), strict=True)
        ]
        return places[0], places[1]

    headings = list(dict.fromkeys(heading for heading, _ in present))
    ordered = sorted(
        present, key=lambda pair: (rank(pair)[0], headings.index(pair[0]), rank(pair)[1])
    )
    return ordered


def _draw(
    cells: Cells, rows: Sequence[tuple[str, str]], columns: _Columns, unit_label: str, digits: int
) -> Figure:
    numbers = [number for number, _ in cells.values() if number is not None]
    scale = _Scale(min(numbers), max(numbers))
    texts = [format_number(number, digits) for number in numbers]
    labels = [wrap(name, _LABEL_SHARE * WIDTH, SMALL_SIZE) for _, name in rows]
    left = max(measure(label, SMALL_SIZE) for label in labels) + 10
    widest = max(measure(text, SMALL_SIZE) for text in texts)
    right = 0.0 if columns.names else max(widest, measure(_LAST, SMALL_SIZE)) + 8
    width = (WIDTH - left - right) / len(columns.keys)
    width = min(width, 96.0) if columns.names else width
    written = bool(columns.names) and widest <= width - 4
    heads = [wrap(name, width - 4, SMALL_SIZE) for name in columns.names]
    head = max((text_height(name, SMALL_SIZE) for name in heads), default=14.0) + 6
    least = _TALL_ROW if written else _ROW
    heights = [max(least, text_height(label, SMALL_SIZE) + 3) for label in labels]
    key, key_rows = _arrange_key(cells, rows, columns)
    top = _KEY_HEIGHT + key_rows * 16 + head
    groups = _count_headings(rows)
    foot = 20.0 if columns.axis else 4.0
    figure, paper = new_paper(top + sum(heights) + groups * _GROUP_ROW + foot)
    _draw_scale(paper, scale, unit_label, digits)
    _draw_key(paper, key)
    for number, name in enumerate(heads):
        x = left + (number + 0.5) * width
        write(paper, x, top - 4, name, size=SMALL_SIZE, align="center", anchor="bottom")
    if not columns.names:
        write(
            paper,
            WIDTH,
            top - 4,
            _LAST,
            size=SMALL_SIZE,
            colour=MUTED,
            align="right",
            anchor="bottom",
        )
    y, heading = top, ""
    places: dict[tuple[str, str, int], Rect] = {}
    for (own, name), label, height in zip(rows, labels, heights, strict=True):
        if own != heading:
            write(
                paper, 0, y + _GROUP_ROW / 2, own, size=SMALL_SIZE, weight="semibold", colour=ACCENT
            )
            y, heading = y + _GROUP_ROW, own
        write(paper, 0, y + height / 2, label, size=SMALL_SIZE)
        for number, column in enumerate(columns.keys):
            places[own, name, column] = Rect(left + number * width, y, width, height)
        if not columns.names:
            text = _say_last(cells, own, name, columns, digits)
            write(paper, WIDTH, y + height / 2, text, size=SMALL_SIZE, align="right")
        y += height
    _draw_cells(paper, cells, places, scale)
    if written:
        _write_values(paper, cells, places, scale, digits)
    if columns.axis:
        write_years(paper, Rect(left, top, width * len(columns.keys), y - top), columns.axis)
    return figure


def _count_headings(rows: Sequence[tuple[str, str]]) -> int:
    return len({heading for heading, _ in rows if heading})


def _say_last(cells: Cells, heading: str, name: str, columns: _Columns, digits: int) -> str:
    number, mark = cells.get((heading, name, columns.keys[-1]), (None, "."))
    return mark if number is None else format_number(number, digits)


def _arrange_key(
    cells: Cells, rows: Sequence[tuple[str, str]], columns: _Columns
) -> tuple[list[str], int]:
    """Return the marks that occur, and the rows that their legend takes."""
    complete = len(cells) == len(rows) * len(columns.keys)
    marks = {mark for number, mark in cells.values() if number is None}
    key = [mark for mark in _KEYS if (mark in marks if mark else not complete)]
    return key, 1 if key else 0


def _draw_key(paper: Axes, key: Sequence[str]) -> None:
    x, y = 0.0, _KEY_HEIGHT + 4
    for mark in key:
        _draw_unknown(paper, [Rect(x, y - 6, 14, 12)], mark)
        write(paper, x + 20, y, _KEYS[mark], size=SMALL_SIZE)
        x += 20 + measure(_KEYS[mark], SMALL_SIZE) + 16


def _draw_scale(paper: Axes, scale: _Scale, unit_label: str, digits: int) -> None:
    """Draw the scale of shades with its ends and its middle."""
    write(paper, 0, 8, unit_label, colour=MUTED)
    ends = [scale.low, scale.high] if scale.high > scale.low else [scale.high]
    low, high = format_number(ends[0], digits), format_number(ends[-1], digits)
    width = 120.0
    right = WIDTH - measure(high, SMALL_SIZE) - 4
    left = right - width
    if left - measure(low, SMALL_SIZE) - 12 < measure(unit_label):
        width = max(40.0, right - measure(unit_label) - measure(low, SMALL_SIZE) - 16)
        left = right - width
    for shade in range(_STEPS):
        rect = Rect(left + width * shade / _STEPS, 2, width / _STEPS + 0.3, 12)
        fill_rect(paper, rect, StateStyle(scale.colour(shade)))
    fill_rect(paper, Rect(left, 2, width, 12), StateStyle("none"), edge=AXIS)
    write(paper, WIDTH, 8, high, size=SMALL_SIZE, align="right")
    if len(ends) > 1:
        write(paper, left - 4, 8, low, size=SMALL_SIZE, align="right")


def _draw_cells(
    paper: Axes,
    cells: Cells,
    places: Mapping[tuple[str, str, int], Rect],
    scale: _Scale,
) -> None:
    shades: dict[int, list[Rect]] = {}
    unknown: dict[str, list[Rect]] = {}
    for key, rect in places.items():
        number, mark = cells.get(key, (None, ""))
        if number is None:
            unknown.setdefault(mark, []).append(rect)
        else:
            shades.setdefault(scale.shade(number), []).append(rect)
    for shade, rects in sorted(shades.items()):
        _fill(paper, rects, scale.colour(shade))
    for mark, rects in sorted(unknown.items()):
        _draw_unknown(paper, rects, mark)


def _fill(paper: Axes, rects: Sequence[Rect], face: str, hatch: str = "") -> None:
    inset = 0.4
    frames = [
        Path.unit_rectangle().transformed(
            Affine2D()
            .scale(rect.width - 2 * inset, rect.height - 2 * inset)
            .translate(rect.left + inset, rect.top + inset)
        )
        for rect in rects
    ]
    shape = Path.make_compound_path(*frames)
    edge = _MISSING.hatch_colour if hatch else GRID
    paper.add_patch(
        PathPatch(shape, facecolor=face, edgecolor=edge, hatch=hatch or None, linewidth=0.4)
    )


def _draw_unknown(paper: Axes, rects: Sequence[Rect], mark: str) -> None:
    _fill(paper, rects, PAPER, "" if mark else _MISSING.hatch)
    if mark:
        x = [rect.left + rect.width / 2 for rect in rects]
        y = [rect.top + rect.height / 2 for rect in rects]
        shape, size = (".", 4.0) if mark == "." else ("x", 4.0)
        paper.plot(x, y, ls="none", marker=shape, ms=size, mfc=INK, mec=INK, mew=0.8)


def _write_values(
    paper: Axes,
    cells: Cells,
    places: Mapping[tuple[str, str, int], Rect],
    scale: _Scale,
    digits: int,
) -> None:
    for key, (number, _) in cells.items():
        if number is not None:
            rect = places[key]
            face = scale.colour(scale.shade(number))
            colour = INK if contrast(face, INK) >= contrast(face, PAPER) else PAPER
            x, y = rect.left + rect.width / 2, rect.top + rect.height / 2
            text = format_number(number, digits)
            write(paper, x, y, text, size=SMALL_SIZE, align="center", colour=colour)
