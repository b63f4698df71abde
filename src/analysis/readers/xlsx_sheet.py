"""A sheet of an .xlsx workbook: cells, hidden rows and columns, merged ranges, formulas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.headers import Merge
from analysis.readers.sheets import Sheet, write_cell
from analysis.readers.xlsx_parts import Styles, read_text, to_number

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(slots=True)
class _Cell:
    column: int
    kind: str
    style: int
    has_formula: bool = False
    value: str = ""
    inline: str = ""


@dataclass(slots=True)
class SheetHandler:
    """Builds a sheet from the events of its XML; nothing is laid out beyond the stored cells."""

    name: str
    sheet: Sheet
    styles: Styles
    shared: Sequence[str]
    from_1904: bool
    _row: int = 0
    _column: int = -1
    _cell: _Cell | None = None
    _element: str = ""
    _phonetic: bool = False
    _fields: int = 0
    _characters: int = 0
    _pieces: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._start_row(attributes)
        elif self._cell is not None:
            self._start_content(tag, self._cell)
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            first = to_number(attributes.get("min"), 1)
            last = min(to_number(attributes.get("max"), first), limits.MAX_COLUMNS)
            self.sheet.hidden_columns.update(range(first - 1, last))
        elif tag == "mergeCell":
            self._add_merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        """End an element."""
        if tag == "c" and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif tag == "rPh":
            self._phonetic = False
        elif tag == self._element and self._cell is not None:
            text = "".join(self._pieces)
            if tag == "v":
                self._cell.value = text
            else:
                self._cell.inline += text
        self._element = ""

    def text(self, data: str) -> None:
        """Receive a piece of text."""
        if self._element:
            self._pieces.append(data)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = self._check_row(attributes.get("r", str(self._row + 1)))
        self._column = -1
        if attributes.get("hidden") in {"1", "true"}:
            self.sheet.hidden_rows.add(self._row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        place = _REFERENCE.fullmatch(reference) if reference else None
        if reference and place is None:
            self._refuse(f"Zelle »{reference[:20]}«")
        self._column = _to_column(place[1]) if place else self._column + 1
        self._row = self._check_row(place[2]) if place else max(1, self._row)
        kind = attributes.get("t", "n")
        self._cell = _Cell(self._column, kind, to_number(attributes.get("s"), 0))

    def _start_content(self, tag: str, cell: _Cell) -> None:
        cell.has_formula = cell.has_formula or tag == "f"
        self._phonetic = self._phonetic or tag == "rPh"
        self._element = tag if tag in {"v", "t"} and not self._phonetic else ""
        self._pieces = []

    def _check_row(self, number: str) -> int:
        row = to_number(number, 0)
        if not 1 <= row <= limits.MAX_ROWS:
            self._refuse(f"Zeile »{number[:20]}«")
        return row

    def _end_cell(self, cell: _Cell) -> None:
        place = (self._row, cell.column)
        text = self._write(cell)
        if cell.kind == "e" and cell.value:
            self.sheet.errors[place] = text
        if cell.has_formula:
            self.sheet.formulas = (self.sheet.formulas or 0) + 1
            # A formula may well result in an empty text.
            if not text and cell.kind != "str":
                self.sheet.uncached.add(place)
        if text:
            self._store(text, cell.column)

    def _store(self, text: str, column: int) -> None:
        if column >= limits.MAX_COLUMNS:
            limits.check_extent(self._describe(), rows=1, columns=column + 1)
        texts = self.sheet.cells.setdefault(self._row, [])
        gap = column + 1 - len(texts)
        if gap > 0:
            texts.extend([""] * gap)
            self._fields += gap
        texts[column] = text
        self._characters += len(text)
        if self._fields > limits.MAX_CELLS or self._characters > limits.MAX_TEXT_CHARACTERS:
            limits.check_cells(self._fields, self._describe())
            limits.check_text(self._characters, self._describe())

    def _describe(self) -> str:
        return f"{self.name}, Blatt »{self.sheet.name}«"

    def _write(self, cell: _Cell) -> str:
        if cell.kind == "s":
            index = to_number(cell.value.strip(), -1)
            if cell.value and not 0 <= index < len(self.shared):
                self._refuse(f"gemeinsamer Text {cell.value[:20]}")
            return self.shared[index] if cell.value else ""
        if cell.kind == "inlineStr":
            return read_text(cell.inline)
        if cell.kind == "b" and cell.value:
            return write_cell(cell.value.strip() == "1")
        if cell.kind == "d":
            day, _, clock = cell.value.partition("T")
            return day if clock[:8] in {"", "00:00:00"} else f"{day} {clock[:8]}"
        return self._write_number(cell) if cell.kind == "n" else read_text(cell.value)

    def _write_number(self, cell: _Cell) -> str:
        if not _NUMBER.fullmatch(cell.value.strip()):
            return cell.value
        number = float(cell.value)
        if cell.style in self.styles.dates or cell.style in self.styles.durations:
            epoch = MAC_EPOCH if self.from_1904 else WINDOWS_EPOCH
            is_duration = cell.style in self.styles.durations
            try:
                return write_cell(from_excel(number, epoch, timedelta=is_duration))
            except (OverflowError, ValueError):
                pass  # no such day: the number itself says what stands there
        return write_cell(number, percent=cell.style in self.styles.percent)

    def _add_merge(self, reference: str) -> None:
        corners = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")]
        if len(corners) == 2 and corners[0] and corners[1]:
            first, last = corners[0], corners[1]
            rows = int(first[2]), min(int(last[2]), limits.MAX_ROWS)
            columns = _to_column(first[1]), min(_to_column(last[1]), limits.MAX_COLUMNS)
            self.sheet.merges.append(Merge(*rows, *columns))

    def _refuse(self, what: str) -> None:
        raise DataError(f"{self.name}: Die Arbeitsmappe ist beschädigt ({what}).")


def _to_column(letters: str) -> int:
    number = 0
    for sign in letters:
        number = 26 * number + ord(sign) - ord("A") + 1
    return number - 1
