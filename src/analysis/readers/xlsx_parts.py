"""The parts of an .xlsx workbook around its sheets: names, relations, styles, shared texts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.escape import unescape

from analysis.readers import limits
from analysis.readers.xml_events import Quiet

_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


@dataclass
class Book(Quiet):
    """``workbook.xml``: the sheets (name, relation, visible) and the date system."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    from_1904: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "sheet":
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", ""), attributes.get("id", ""), visible))
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}


@dataclass
class Relations(Quiet):
    """``workbook.xml.rels``: paths by relation."""

    targets: dict[str, str] = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "Relationship":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            self.targets[attributes.get("Id", "")] = posixpath.normpath(path)


@dataclass
class Styles(Quiet):
    """``styles.xml``: which cell styles show a percentage, a date or a duration."""

    percent: set[int] = field(default_factory=set)
    dates: set[int] = field(default_factory=set)
    durations: set[int] = field(default_factory=set)
    _formats: dict[str, str] = field(default_factory=dict)
    _in_cells: bool = False
    _count: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        self._in_cells = self._in_cells or tag == "cellXfs"
        if tag == "xf" and self._in_cells:
            self._add_style(self._find_format(attributes.get("numFmtId", "0")))

    def end(self, tag: str) -> None:
        """End an element."""
        self._in_cells = self._in_cells and tag != "cellXfs"

    def _find_format(self, number: str) -> str:
        builtin = BUILTIN_FORMATS.get(to_number(number, 0), "General")
        return self._formats.get(number, builtin)[:1_000]

    def _add_style(self, code: str) -> None:
        if "%" in _LITERALS.sub("", code):
            self.percent.add(self._count)
        elif is_timedelta_format(code):
            self.durations.add(self._count)
        elif is_date_format(code):
            self.dates.add(self._count)
        self._count += 1


@dataclass
class SharedTexts(Quiet):
    """``sharedStrings.xml``: the texts that are stored once for many cells."""

    texts: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _in_text: bool = False
    _phonetic: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "si":
            self._pieces = []
        elif tag == "rPh":
            self._phonetic = True
        self._in_text = tag == "t" and not self._phonetic

    def end(self, tag: str) -> None:
        """End an element."""
        self._in_text = False
        if tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self.texts.append(read_text("".join(self._pieces)))

    def text(self, data: str) -> None:
        """Receive a piece of text."""
        if self._in_text:
            self._pieces.append(data)


def read_text(text: str) -> str:
    """Return a stored text with its escaped characters (``_x000D_``) resolved."""
    return unescape(text) if "_x" in text and len(text) <= limits.MAX_CELL_CHARACTERS else text


def to_number(text: str | None, default: int) -> int:
    """Return a whole number of at most seven digits, else the default."""
    if text and text.isascii() and text.isdecimal() and len(text) < 8:
        return int(text)
    return default
