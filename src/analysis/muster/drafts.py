"""Tables on their way into a file: rows, edits, and where each edited row ends up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

Cell = str | int | float | None
Row = list[Cell]


class Anchor(NamedTuple):
    """A row of a draft: an original one (``extra`` is 0) or the n-th inserted behind it."""

    row: int
    extra: int = 0


class Edit(NamedTuple):
    """One planted fault; ``anchor`` is ``None`` where the file as a whole is concerned."""

    check: str
    anchor: Anchor | None
    column: str
    description: str


@dataclass
class Draft:
    """A table before it is written.

    Attributes:
        columns: column names as they stand in the file, in its order.
        fetch: returns an original row.
        count: number of original rows.
        changed: rows that differ from the original.
        inserted: rows behind an original row; a row with another number of cells is written so.
        removed: rows that are left out.
        edits: the faults that were planted.
        used: rows that no further fault may touch.
    """

    columns: list[str]
    fetch: Callable[[int], Row]
    count: int
    changed: dict[int, Row] = field(default_factory=dict)
    inserted: dict[int, list[Row]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    edits: list[Edit] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def get(self, row: int) -> Row:
        """Return a copy of a row as it stands now."""
        return list(self.changed[row]) if row in self.changed else list(self.fetch(row))

    def cell(self, row: int, column: str) -> Cell:
        """Return one cell as it stands now."""
        return self.get(row)[self.columns.index(column)]

    def set_cell(self, row: int, column: str, value: Cell) -> Anchor:
        """Change one cell."""
        changed = self.get(row)
        changed[self.columns.index(column)] = value
        self.changed[row] = changed
        return Anchor(row)

    def insert(self, behind: int, row: Row) -> Anchor:
        """Insert a row behind an original one."""
        rows = self.inserted.setdefault(behind, [])
        rows.append(row)
        return Anchor(behind, len(rows))

    def insert_copy(self, behind: int, **cells: Cell) -> Anchor:
        """Insert a copy of a row behind it, with other cells; ``_`` in a name is a blank."""
        row = self.get(behind)
        for column, value in cells.items():
            row[self.columns.index(column)] = value
        return self.insert(behind, row)

    def note(self, check: str, anchor: Anchor | None, column: str, description: str) -> None:
        """Record a fault."""
        self.edits.append(Edit(check, anchor, column, description))

    def choose(
        self, rng: np.random.Generator, fitting: Sequence[int] | np.ndarray, count: int
    ) -> list[int]:
        """Choose rows that no other fault touches, and reserve them."""
        rows = np.asarray(fitting, dtype=np.int64)
        free = rows[~np.isin(rows, list(self.used))]
        chosen = rng.choice(free, size=min(count, len(free)), replace=False).tolist()
        self.used.update(chosen)
        return sorted(chosen)

    def list_rows(self) -> Iterator[tuple[Anchor, Row]]:
        """Yield all rows in the order of the file, and what they are."""
        for number in range(self.count):
            if number not in self.removed:
                yield Anchor(number), self.get(number)
            for extra, row in enumerate(self.inserted.get(number, ()), start=1):
                yield Anchor(number, extra), row

    def find_lines(self, first_line: int) -> dict[Anchor, int]:
        """Return the line of each edited row where the first row stands in ``first_line``."""
        touched = sorted(self.changed.keys() | self.inserted.keys() | self.removed)
        shift = 0
        lines: dict[Anchor, int] = {}
        for row in touched:
            present = row not in self.removed
            if present:
                lines[Anchor(row)] = first_line + row + shift
            else:
                shift -= 1
            for extra in range(1, len(self.inserted.get(row, ())) + 1):
                shift += 1
                lines[Anchor(row, extra)] = first_line + row + shift
        return lines


def draft_rows(columns: Sequence[str], rows: Sequence[Row]) -> Draft:
    """Return a draft of rows at hand."""
    return Draft(list(columns), lambda number: rows[number], len(rows))
