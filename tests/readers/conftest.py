"""Fixtures for the readers: the real files, and workbooks built in memory in each format."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import odf.opendocument
import odf.style
import odf.table
import odf.text
import pytest
import xlsxwriter
import xlwt

SAMPLES = Path(__file__).with_name("samples")

#: A sheet as offices make them: title, two header lines, a hidden row and column, an error cell,
#: a percentage, dates, a subtotal, a footnote mark and its footnote.
GRID: list[list[object]] = [
    ["Stellenbericht zum 31.12.2024"],
    [],
    ["Einheit", "Stellen (VZÄ)", None, "Quote", "seit", "Prüfung"],
    [None, "Soll", "Ist", None, None, None],
    ["Nord", 10.5, 9, 0.857, dt.date(2024, 1, 15), "ok"],
    ["Süd", 12, 11.25, 0.9375, dt.date(2024, 2, 1), "#REF!"],
    ["West", 8, "7¹⁾", 0.875, dt.date(2024, 3, 1), "ok"],
    ["Summe", 30.5, 27.25, None, None, None],
    [],
    ["¹⁾ ohne Auszubildende"],
]
#: rows and columns of merged cells: first row, last row, first column, last column (from 0)
MERGES = [(0, 0, 0, 5), (2, 3, 0, 0), (2, 2, 1, 2), (2, 3, 3, 3), (2, 3, 4, 4), (2, 3, 5, 5)]
HIDDEN_ROW, HIDDEN_COLUMN, ERROR, PERCENT_COLUMN = 6, 4, (5, 5), 3


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """Read a real file by the beginning of its name."""
    return lambda start: next(SAMPLES.glob(f"{start}*")).read_bytes()


def build_xlsx() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "dd.mm.yyyy"})
    cover = book.add_worksheet("Deckblatt")
    cover.write(0, 0, "Bericht")
    sheet, percent = book.add_worksheet("Daten"), book.add_format({"num_format": "0.0%"})
    book.add_worksheet("Parameter").hide()
    for first_row, last_row, first_column, last_column in MERGES:
        sheet.merge_range(first_row, first_column, last_row, last_column, "")
    for row, column, value in list_cells():
        if (row, column) == ERROR:
            sheet.write_formula(row, column, "=A0", None, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day))
        else:
            is_share = column == PERCENT_COLUMN and isinstance(value, float)
            sheet.write(row, column, value, percent if is_share else None)
    sheet.set_row(HIDDEN_ROW, None, None, {"hidden": True})
    sheet.set_column(HIDDEN_COLUMN, HIDDEN_COLUMN, None, None, {"hidden": True})
    book.close()
    return buffer.getvalue()


def build_xls() -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("Deckblatt").write(0, 0, "Bericht")
    sheet = book.add_sheet("Daten")
    hidden = book.add_sheet("Parameter")
    hidden.visibility = 1
    percent, date = xlwt.easyxf(num_format_str="0.0%"), xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for first_row, last_row, first_column, last_column in MERGES:
        sheet.merge(first_row, last_row, first_column, last_column)
    for row, column, value in list_cells():
        if (row, column) == ERROR:
            sheet.row(row).set_cell_error(column, value)
        elif isinstance(value, dt.date):
            sheet.write(row, column, value, date)
        else:
            is_share = column == PERCENT_COLUMN and isinstance(value, float)
            sheet.write(row, column, value, percent if is_share else xlwt.Style.default_style)
    sheet.row(HIDDEN_ROW).hidden = True
    sheet.col(HIDDEN_COLUMN).hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def build_ods() -> bytes:
    book = odf.opendocument.OpenDocumentSpreadsheet()
    style = odf.style.Style(name="verborgen", family="table")
    style.addElement(odf.style.TableProperties(display="false"))
    book.automaticstyles.addElement(style)
    cover, sheet = odf.table.Table(name="Deckblatt"), odf.table.Table(name="Daten")
    cover.addElement(make_ods_row(["Bericht"], 99))
    for column in range(6):
        state = {"visibility": "collapse"} if column == HIDDEN_COLUMN else {}
        sheet.addElement(odf.table.TableColumn(**state))
    for number, values in enumerate(GRID):
        sheet.addElement(make_ods_row(values, number))
    for table in (cover, sheet, odf.table.Table(name="Parameter", stylename="verborgen")):
        book.spreadsheet.addElement(table)
    buffer = io.BytesIO()
    book.write(buffer)
    return buffer.getvalue()


def make_ods_row(values: list[object], number: int) -> odf.table.TableRow:
    row = odf.table.TableRow(**({"visibility": "filter"} if number == HIDDEN_ROW else {}))
    for column, value in enumerate([*values, *[None] * (6 - len(values))]):
        row.addElement(make_ods_cell(value, number, column))
    return row


def make_ods_cell(value: object, row: int, column: int) -> odf.table.TableCell:
    spans = {
        key: last - first + 1
        for first_row, last_row, first_column, last_column in MERGES
        if (first_row, first_column) == (row, column)
        for key, first, last in (
            ("numberrowsspanned", first_row, last_row),
            ("numbercolumnsspanned", first_column, last_column),
        )
    }
    if isinstance(value, dt.date):
        cell = odf.table.TableCell(valuetype="date", datevalue=value.isoformat(), **spans)
    elif isinstance(value, int | float):
        kind = "percentage" if column == PERCENT_COLUMN else "float"
        cell = odf.table.TableCell(valuetype=kind, value=value, **spans)
    else:
        formula = {"formula": "of:=[.#REF!]"} if (row, column) == ERROR else {}
        cell = odf.table.TableCell(valuetype="string", **formula, **spans)
        cell.addElement(odf.text.P(text=value or ""))
    return cell


def list_cells() -> list[tuple[int, int, object]]:
    return [
        (row, column, value)
        for row, values in enumerate(GRID)
        for column, value in enumerate(values)
        if value is not None
    ]


class Workbooks(dict[str, bytes]):
    """Workbooks by format; hypothesis prints arguments, and their bytes say nothing."""

    def __repr__(self) -> str:
        return "workbooks"


@pytest.fixture(scope="session")
def workbooks() -> Workbooks:
    """The same workbook in each format."""
    return Workbooks({"xlsx": build_xlsx(), "xls": build_xls(), "ods": build_ods()})
