"""Reader for workbooks (.xlsx, .xls, .ods): the table within a sheet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from analysis.errors import DataError, suggest
from analysis.readers import limits
from analysis.readers.ods import read_ods
from analysis.readers.result import Read, Record, Remark
from analysis.readers.sheet_rows import (
    Hidden,
    fill_merged,
    remark_cells,
    remark_sheet,
    treat_hidden,
)
from analysis.readers.sheets import Sheet, list_briefly
from analysis.readers.table import TableOptions, find_table
from analysis.readers.xls import read_xls
from analysis.readers.xlsx import read_xlsx

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


class _Format(NamedTuple):
    label: str
    read: Callable[[bytes, str], list[Sheet]]


_FORMATS = {
    "xlsx": _Format("Excel-Arbeitsmappe (.xlsx)", read_xlsx),
    "xls": _Format("Excel-Arbeitsmappe (.xls)", read_xls),
    "ods": _Format("OpenDocument-Arbeitsmappe (.ods)", read_ods),
}


def detect_workbook(content: bytes) -> Literal["xlsx", "xls", "ods"] | None:
    """Return the format of a workbook by its content, whatever the file is called."""
    if content.startswith(_OLE):
        return "xls"
    if not content.startswith(_ZIP):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError):
        # Damaged: let the reader of the most frequent format say so.
        return "xlsx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "ods" if "content.xml" in names else None


def read_workbook(
    content: bytes,
    *,
    name: str,
    sheet: str | int | None = None,
    hidden: Hidden = "use",
    options: TableOptions | None = None,
) -> Read:
    """Read the table of one sheet.

    Args:
        content: the file's bytes.
        name: file name for messages.
        sheet: name or number (from 1) of the sheet; ``None`` takes the first visible one that
            holds a table of at least three columns (else of two).
        hidden: ``use`` reads hidden rows and columns, ``leave`` leaves them out; a remark names
            them in both cases.
        options: what is known about the table.

    Returns:
        Strings with ``source_row``, the row of the sheet: numbers with decimal comma, percentages
        as ``12,5 %``, days as ``2024-12-31``, WAHR/FALSCH, error cells as their sign (``#REF!``).
        Of formulas the stored results. Remarks name other sheets, hidden parts, merged ranges,
        error cells, and formulas without a stored result.

    Raises:
        DataError: no workbook, protected, damaged or too large, an unknown sheet, or no table.
    """
    limits.check_size(content, name)
    kind = detect_workbook(content)
    if kind is None:
        raise DataError(f"{name}: Keine Arbeitsmappe (.xlsx, .xls, .ods).")
    label, read_sheets = _FORMATS[kind]
    sheets = read_sheets(content, name)
    for each in sheets:
        _check_text(each, name)
    chosen, read = _choose(sheets, sheet, hidden, options, name)
    total = f"{label} mit {len(sheets)} {'Blatt' if len(sheets) == 1 else 'Blättern'}."
    remarks = [
        Remark("format", 0, total),
        *(remark_sheet(each, chosen=each is chosen) for each in sheets),
        *remark_cells(chosen),
    ]
    return read.add_remarks(remarks)


def _check_text(sheet: Sheet, name: str) -> None:
    for row, cells in sheet.cells.items():
        for text in cells:
            if len(text) > limits.MAX_CELL_CHARACTERS:
                limits.check_cell(text, name, row)
    limits.check_text(sum(sum(map(len, cells)) for cells in sheet.cells.values()), name)


def _choose(
    sheets: Sequence[Sheet],
    wanted: str | int | None,
    hidden: Hidden,
    options: TableOptions | None,
    name: str,
) -> tuple[Sheet, Read]:
    if wanted is not None:
        sheet = _find_sheet(sheets, wanted, name)
        return sheet, _read_sheet(sheet, hidden, options, f"{name}, Blatt »{sheet.name}«")
    found: list[tuple[Sheet, Read]] = []
    problems: list[str] = []
    for sheet in sheets:
        if not sheet.visible or not sheet.count_rows():
            continue
        try:
            found.append((sheet, _read_sheet(sheet, hidden, options, f"Blatt »{sheet.name}«")))
        except DataError as error:
            problems.append(error.message)
            continue
        if len(found[-1][1].rows.columns) > 3:
            return found[-1]
    if found:
        return found[0]
    seen = list_briefly(f"»{sheet.name}«" for sheet in sheets)
    raise DataError(
        f"{name}: Auf keinem sichtbaren Blatt wurde eine Tabelle erkannt (Blätter: {seen}). "
        + " ".join(problems[:2])
    )


def _find_sheet(sheets: Sequence[Sheet], wanted: str | int, name: str) -> Sheet:
    if isinstance(wanted, int) and 1 <= wanted <= len(sheets):
        return sheets[wanted - 1]
    for sheet in sheets:
        if sheet.name == wanted:
            return sheet
    names = [sheet.name for sheet in sheets]
    raise DataError(
        f"{name}: Blatt »{wanted}« fehlt.{suggest(str(wanted), names)} "
        f"Vorhanden: {list_briefly(names)}."
    )


def _read_sheet(sheet: Sheet, hidden: Hidden, options: TableOptions | None, place: str) -> Read:
    cells, merged = fill_merged(sheet)
    cells, left = treat_hidden(sheet, cells, hidden)
    width = max((len(texts) for texts in cells.values()), default=0)
    limits.check_extent(place, rows=len(cells), columns=width)
    records = [
        Record(row, texts + [""] * (width - len(texts))) for row, texts in sorted(cells.items())
    ]
    if not records:
        raise DataError(f"{place}: Das Blatt ist leer.")
    read = find_table(records, name=place, options=options, merges=sheet.merges)
    return read.add_remarks([*merged, *left])
