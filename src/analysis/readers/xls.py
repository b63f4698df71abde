"""Workbooks of the older binary format (.xls), through xlrd.

xlrd tells of hidden rows, columns and sheets, merged ranges, error cells and percentages. What the
format does not tell: which cells are formulas, and whether their stored results are current.
"""

from __future__ import annotations

import io

import xlrd
from xlrd.biffh import XLRDError, error_text_from_code

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.archives import refuse_password
from analysis.readers.headers import Merge
from analysis.readers.sheets import Sheet, write_cell

_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def read_xls(content: bytes, name: str) -> list[Sheet]:
    """Read all sheets of a workbook.

    Raises:
        DataError: the file is damaged or protected, or exceeds a limit.
    """
    if _ENCRYPTED_PACKAGE in content:
        refuse_password(name)
    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, logfile=io.StringIO()
        )
        return [_read_sheet(book, sheet, name) for sheet in book.sheets()]
    except DataError:
        raise
    except XLRDError as error:
        if "encrypted" in str(error).lower():
            refuse_password(name)
        raise DataError(f"{name}: Die Arbeitsmappe lässt sich nicht lesen ({error}).") from None
    except MemoryError:
        raise DataError(f"{name}: Die Arbeitsmappe passt nicht in den Speicher.") from None
    except Exception as error:
        # xlrd trusts the file: a damaged one can end in any error of Python.
        raise DataError(
            f"{name}: Die Arbeitsmappe ist beschädigt ({type(error).__name__})."
        ) from None


def _read_sheet(book: xlrd.book.Book, source: xlrd.sheet.Sheet, name: str) -> Sheet:
    limits.check_extent(f"{name}, Blatt »{source.name}«", rows=source.nrows, columns=source.ncols)
    sheet = Sheet(source.name, source.visibility == 0, formulas=None)
    for row in range(source.nrows):
        texts = [
            _write(book, source.cell(row, column), sheet, (row + 1, column))
            for column in range(source.row_len(row))
        ]
        if any(texts):
            sheet.cells[row + 1] = texts
    sheet.merges = [
        Merge(first_row + 1, last_row, first_column, last_column - 1)
        for first_row, last_row, first_column, last_column in source.merged_cells
    ]
    sheet.hidden_rows = {row + 1 for row, info in source.rowinfo_map.items() if info.hidden}
    sheet.hidden_columns = {
        column for column, info in source.colinfo_map.items() if info.hidden and column < 256
    }
    return sheet


def _write(
    book: xlrd.book.Book, cell: xlrd.sheet.Cell, sheet: Sheet, place: tuple[int, int]
) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        sheet.errors[place] = error_text_from_code.get(int(cell.value), "#FEHLER!")
        return str(sheet.errors[place])
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _write_date(book, float(cell.value))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return write_cell(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return write_cell(cell.value, percent=_is_percent(book, cell))
    return str(cell.value)


def _write_date(book: xlrd.book.Book, value: float) -> str:
    try:
        moment = xlrd.xldate_as_datetime(value, book.datemode)
    except (ValueError, OverflowError):
        return write_cell(value)
    return write_cell(moment.time() if 0 <= value < 1 else moment)


def _is_percent(book: xlrd.book.Book, cell: xlrd.sheet.Cell) -> bool:
    if cell.xf_index is None or cell.xf_index >= len(book.xf_list):
        return False
    form = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    return form is not None and "%" in form.format_str
