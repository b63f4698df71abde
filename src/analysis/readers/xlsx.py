"""Workbooks of the Office Open XML format (.xlsx, .xlsm), read from the XML itself.

The libraries do not give what is needed here: openpyxl takes one pass for formulas and another for
their results; calamine turns error cells into empty ones, knows no hidden rows, and ends the
process where a damaged file makes it ask for too much memory. Number formats and dates are left to
openpyxl. What the format itself does not tell: whether stored results of formulas are current.
"""

from __future__ import annotations

import posixpath

from analysis.errors import DataError
from analysis.readers.archives import unpack
from analysis.readers.sheets import Sheet
from analysis.readers.xlsx_parts import Book, Relations, SharedTexts, Styles
from analysis.readers.xlsx_sheet import SheetHandler
from analysis.readers.xml_events import parse_xml

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_TEXTS = "xl/sharedStrings.xml"


def read_xlsx(content: bytes, name: str) -> list[Sheet]:
    """Read all sheets of a workbook.

    Raises:
        DataError: the file is damaged or protected, or exceeds a limit.
    """
    parts = unpack(content, name, _is_needed)
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise DataError(f"{name}: Die Arbeitsmappe ist unvollständig ({_WORKBOOK} fehlt).")
    book, relations, styles, shared = Book(), Relations(), Styles(), SharedTexts()
    handlers = {_WORKBOOK: book, _RELATIONS: relations, _STYLES: styles, _TEXTS: shared}
    for path, handler in handlers.items():
        if path in parts:
            parse_xml(parts[path], handler, name)
    sheets = []
    for title, identifier, visible in book.sheets:
        path = relations.targets.get(identifier, "")
        if path in parts and posixpath.dirname(path).endswith("worksheets"):
            sheet = Sheet(title, visible)
            builder = SheetHandler(name, sheet, styles, shared.texts, book.from_1904)
            parse_xml(parts[path], builder, name)
            sheets.append(sheet)
    if not sheets:
        raise DataError(f"{name}: Die Arbeitsmappe enthält keine Tabellenblätter.")
    return sheets


def _is_needed(part: str) -> bool:
    return part in {_WORKBOOK, _RELATIONS, _STYLES, _TEXTS} or (
        part.startswith("xl/worksheets/") and part.endswith(".xml")
    )
