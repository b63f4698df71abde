"""Workbooks of the OpenDocument format (.ods), as LibreOffice writes them.

Read from the XML itself: calamine drops error cells, hidden rows and merged ranges of this format.
What the format does not tell: whether the stored results of formulas are current.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.archives import refuse_password, unpack
from analysis.readers.headers import Merge
from analysis.readers.sheets import Sheet, write_number
from analysis.readers.xml_events import parse_xml

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_ERROR = re.compile(r"#[A-ZÄÖÜ0-9/]+[!?]?|(?:Err|Fehler):\s?[0-9]+", re.IGNORECASE)
_CLOCK = re.compile(r"PT([0-9]+)H([0-9]+)M([0-9]+)(?:[.,][0-9]+)?S")


@dataclass
class _Cell:
    attributes: dict[str, str]
    paragraphs: list[str] = field(default_factory=list)

    def write(self) -> str:
        """Return the cell's text."""
        kind = self.attributes.get("value-type", "")
        shown = "\n".join(self.paragraphs)
        if kind in {"float", "percentage", "currency"} and not self.find_error():
            try:
                number = float(self.attributes.get("value", ""))
            except ValueError:
                return shown
            return write_number(number, percent=kind == "percentage")
        if kind == "date":
            day, _, clock = self.attributes.get("date-value", shown).partition("T")
            return day if clock[:8] in {"", "00:00:00"} else f"{day} {clock[:8]}"
        if kind == "time" and (found := _CLOCK.fullmatch(self.attributes.get("time-value", ""))):
            return f"{int(found[1]):02}:{int(found[2]):02}:{int(found[3]):02}"
        if kind == "boolean":
            return "WAHR" if self.attributes.get("boolean-value") == "true" else "FALSCH"
        return shown or self.attributes.get("string-value", "")

    def find_error(self) -> str:
        """Return the sign of an error cell, or an empty string."""
        shown = "".join(self.paragraphs).strip()
        marked = self.attributes.get("calcext:value-type") == "error"
        computed = "formula" in self.attributes and _ERROR.fullmatch(shown) is not None
        return (shown or "#FEHLER!") if marked or computed else ""


@dataclass
class _Handler:
    """Builds the sheets; repeated rows and columns are written out only where they hold text."""

    name: str
    sheets: list[Sheet] = field(default_factory=list)
    _hidden_styles: set[str] = field(default_factory=set)
    _style: str = ""
    _row: int = 0
    _repeat: int = 1
    _column: int = 0
    _texts: list[str] = field(default_factory=list)
    _cell: _Cell | None = None
    _annotations: int = 0
    _in_paragraph: bool = False
    _cells: int = 0
    _characters: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in {"annotation", "shapes"}:
            self._annotations += 1
        elif self._annotations:
            return
        elif tag in {"table-cell", "covered-table-cell"} and self.sheets:
            self._cell = _Cell(attributes)
        elif self._cell is not None:
            self._start_text(tag, attributes)
        elif tag == "table-row" and self.sheets:
            self._start_row(attributes)
        elif tag == "table-column" and self.sheets:
            self._add_columns(attributes)
        elif tag == "table":
            visible = attributes.get("style-name", "") not in self._hidden_styles
            self.sheets.append(Sheet(attributes.get("name", ""), visible))
            self._row = self._column = 0
        elif tag == "style":
            self._style = attributes.get("name", "")
        elif tag == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)

    def end(self, tag: str) -> None:
        if tag in {"annotation", "shapes"}:
            self._annotations -= 1
        elif self._annotations:
            return
        elif tag in {"table-cell", "covered-table-cell"} and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif tag == "p":
            self._in_paragraph = False
        elif tag == "table-row" and self.sheets:
            self._end_row()

    def text(self, data: str) -> None:
        if self._cell is not None and self._in_paragraph and not self._annotations:
            self._cell.paragraphs[-1] += data

    def _start_text(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "p" and self._cell is not None:
            self._cell.paragraphs.append("")
            self._in_paragraph = True
        elif tag == "s":
            self.text(" " * min(_count(attributes, "c"), limits.MAX_CELL_CHARACTERS))
        elif tag in {"tab", "line-break"}:
            self.text("\t" if tag == "tab" else "\n")

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._texts = []
        self._repeat = _count(attributes, "number-rows-repeated")
        if attributes.get("visibility") in {"collapse", "filter"}:
            last = self._row + min(self._repeat, limits.MAX_ROWS)
            self.sheets[-1].hidden_rows.update(range(self._row, last))

    def _add_columns(self, attributes: dict[str, str]) -> None:
        repeat = min(_count(attributes, "number-columns-repeated"), limits.MAX_COLUMNS)
        if attributes.get("visibility") in {"collapse", "filter"}:
            self.sheets[-1].hidden_columns.update(range(self._column, self._column + repeat))
        self._column += repeat

    def _end_cell(self, cell: _Cell) -> None:
        repeat = _count(cell.attributes, "number-columns-repeated")
        text, sheet, place = cell.write(), self.sheets[-1], (self._row, self._column)
        limits.check_cell(text, self.name, self._row)
        if sign := cell.find_error():
            sheet.errors[place] = text = sign
        if "formula" in cell.attributes:
            sheet.formulas = (sheet.formulas or 0) + 1
            if not text and "value-type" not in cell.attributes:
                sheet.uncached.add(place)
        self._add_merge(cell.attributes, sheet)
        if text:
            limits.check_extent(self.name, rows=1, columns=self._column + repeat)
            self._texts.extend([""] * (self._column - len(self._texts)) + [text] * repeat)
        self._column += repeat

    def _add_merge(self, attributes: dict[str, str], sheet: Sheet) -> None:
        rows = _count(attributes, "number-rows-spanned")
        columns = _count(attributes, "number-columns-spanned")
        if rows > 1 or columns > 1:
            sheet.merges.append(
                Merge(self._row, self._row + rows - 1, self._column, self._column + columns - 1)
            )

    def _end_row(self) -> None:
        if self._texts:
            self._cells += self._repeat * len(self._texts)
            self._characters += self._repeat * sum(map(len, self._texts))
            limits.check_text(self._characters, self.name)
            limits.check_extent(self.name, rows=self._repeat, columns=1)
            limits.check_cells(self._cells, self.name)
            for row in range(self._row, self._row + self._repeat):
                self.sheets[-1].cells[row] = self._texts
        self._row += self._repeat - 1


def read_ods(content: bytes, name: str) -> list[Sheet]:
    """Read all sheets of a workbook.

    Raises:
        DataError: the file is damaged or protected, or exceeds a limit.
    """
    parts = unpack(content, name, lambda part: part in {_CONTENT, _MANIFEST})
    if b"encryption-data" in parts.get(_MANIFEST, b""):
        refuse_password(name)
    if _CONTENT not in parts:
        raise DataError(f"{name}: Die Arbeitsmappe ist unvollständig ({_CONTENT} fehlt).")
    handler = _Handler(name)
    parse_xml(parts[_CONTENT], handler, name)
    if not handler.sheets:
        raise DataError(f"{name}: Die Arbeitsmappe enthält keine Tabellenblätter.")
    return handler.sheets


def _count(attributes: dict[str, str], key: str) -> int:
    text = attributes.get(key, "1")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
