"""A sheet of a workbook as strings, with what its format knows about cells, rows and columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from analysis.readers.headers import Merge


@dataclass
class Sheet:
    """A sheet; rows are 1-based, columns 0-based.

    Attributes:
        name: as shown on the tab.
        visible: whether the tab is shown.
        cells: texts by row, without trailing empty cells.
        merges: merged ranges.
        hidden_rows: rows that are hidden or filtered out.
        hidden_columns: columns that are hidden.
        errors: error cells and their sign (``#REF!``); their text in ``cells`` is the sign.
        uncached: formula cells without a stored result; their text in ``cells`` is empty.
        formulas: number of formula cells; ``None`` where the format does not tell.
    """

    name: str
    visible: bool = True
    cells: dict[int, list[str]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: set[tuple[int, int]] = field(default_factory=set)
    formulas: int | None = 0

    def count_rows(self) -> int:
        """Return how many rows have content."""
        return sum(1 for cells in self.cells.values() if any(text.strip() for text in cells))


def write_number(value: float, *, percent: bool = False) -> str:
    """Write a number of a cell with decimal comma and without thousands, ``12,5 %`` if so shown.

    The shortest figures that give back the stored number; the cell's rounding is not applied.
    """
    try:
        exact = Decimal(repr(value))
        if percent:
            exact *= 100
        text = f"{exact.normalize():f}"
    except (InvalidOperation, ValueError):
        return str(value)
    return text.replace(".", ",") + (" %" if percent else "")


def write_cell(value: object, *, percent: bool = False) -> str:
    """Write a cell's value as text: ISO dates, WAHR/FALSCH, numbers with decimal comma."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "WAHR" if value else "FALSCH"
    if isinstance(value, int | float):
        return write_number(value, percent=percent)
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return _write_moment(value)
    return str(value)


def _write_moment(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return f"{value.date().isoformat()} {value.time().isoformat('seconds')}"
    return f"{value:%Y-%m-%d}"


def letter(column: int) -> str:
    """Return the letters of a 0-based column (27 is ``AB``)."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(cell: tuple[int, int]) -> str:
    """Return the address of a cell (row 1-based, column 0-based) as ``AB12``."""
    return f"{letter(cell[1])}{cell[0]}"


def list_briefly(texts: Iterable[str], most: int = 10) -> str:
    """Join texts with commas, the first ones only where there are many."""
    items = list(texts)
    more = f" und {len(items) - most} weitere" if len(items) > most else ""
    return ", ".join(items[:most]) + more
