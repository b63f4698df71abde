"""Drafts as workbooks: title rows, merged header, subtotals with formulas, hidden parts."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from analysis.muster.drafts import Anchor, Cell, Draft

_CREATED = dt.datetime(2026, 1, 15, 8, 0)


@dataclass(frozen=True, kw_only=True)
class BookLayout:
    """How a sheet looks.

    Attributes:
        sheet: name on the tab.
        titles: rows above the header; an empty row follows them.
        upper: label of the upper header line for each column; equal neighbours are merged, an
            empty label leaves the cell empty. No labels: the header has one line.
        lower: label of the lower header line for each column.
        sums: columns of which subtotals are formed.
        sum_by: columns whose change ends a block with a subtotal; the label tells the last one.
        hidden_columns: columns that are hidden.
        hidden_rows: edited rows that are hidden.
        notes: footnotes; an empty row precedes them.
        second_sheet: rows of a further sheet that is not the table.
    """

    sheet: str
    titles: tuple[str, ...]
    lower: tuple[str, ...]
    upper: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    sum_by: tuple[str, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    hidden_rows: frozenset[Anchor] = frozenset()
    notes: tuple[str, ...] = ()
    second_sheet: tuple[str, ...] = ()


@dataclass
class _Place:
    """Where the next row goes (0-based) and where edited rows stand (1-based)."""

    row: int = 0
    lines: dict[Anchor, int] = field(default_factory=dict)


def write_workbook(draft: Draft, layout: BookLayout) -> tuple[bytes, dict[Anchor, int]]:
    """Return the workbook and the rows of the sheet on which the draft's rows stand."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    # The same content gives the same bytes: no time of writing.
    book.set_properties({"created": _CREATED, "title": layout.titles[0]})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(layout.sheet)
    place = _Place()
    for title in layout.titles:
        sheet.write_string(place.row, 0, title, bold)
        place.row += 1
    place.row += 1
    _write_header(sheet, layout, place, book.add_format({"bold": True, "align": "center"}))
    _write_body(sheet, draft, layout, place)
    place.row += 1
    for note in layout.notes:
        sheet.write_string(place.row, 0, note)
        place.row += 1
    if layout.second_sheet:
        other = book.add_worksheet("Erläuterungen")
        for number, text in enumerate(layout.second_sheet):
            other.write_string(number, 0, text)
    book.close()
    return stream.getvalue(), place.lines


def _write_header(
    sheet: Worksheet, layout: BookLayout, place: _Place, style: xlsxwriter.format.Format
) -> None:
    column = 0
    for label, group in groupby(layout.upper):
        width = len(list(group))
        if label and width > 1:
            sheet.merge_range(place.row, column, place.row, column + width - 1, label, style)
        elif label:
            sheet.write_string(place.row, column, label, style)
        column += width
    place.row += bool(layout.upper)
    for column, label in enumerate(layout.lower):
        sheet.write_string(place.row, column, label, style)
        if label in layout.hidden_columns:
            sheet.set_column(column, column, 12, None, {"hidden": True})
    place.row += 1


def _write_body(sheet: Worksheet, draft: Draft, layout: BookLayout, place: _Place) -> None:
    keys = [draft.columns.index(name) for name in layout.sum_by]
    # An added row belongs to the block of the row that it stands behind.
    for key, block in groupby(
        draft.list_rows(),
        key=lambda item: tuple(str(draft.fetch(item[0].row)[k]) for k in keys),
    ):
        first = place.row
        members = list(block)
        for anchor, row in members:
            for column, value in enumerate(row):
                _write_value(sheet, place.row, column, value)
            if anchor in layout.hidden_rows:
                sheet.set_row(place.row, None, None, {"hidden": True})
            place.lines[anchor] = place.row + 1
            place.row += 1
        if keys:
            _write_sum(sheet, draft, layout, place, (first, members, key[-1]))


def _write_sum(
    sheet: Worksheet,
    draft: Draft,
    layout: BookLayout,
    place: _Place,
    block: tuple[int, Sequence[tuple[Anchor, list[Cell]]], str],
) -> None:
    first, members, label = block
    sheet.write_string(place.row, 0, f"Summe {label}")
    for name in layout.sums:
        column = draft.columns.index(name)
        letter = chr(ord("A") + column)
        values = [row[column] for _, row in members]
        total = sum(value for value in values if isinstance(value, int | float))
        formula = f"=SUM({letter}{first + 1}:{letter}{place.row})"
        sheet.write_formula(place.row, column, formula, None, total)
    place.row += 1


def _write_value(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str) and value.startswith("#"):
        # An error as a spreadsheet stores it: a formula whose result could not be computed.
        sheet.write_formula(row, column, "=#REF!", None, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)
