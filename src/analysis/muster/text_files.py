"""Drafts as delimited text: numbers in German spelling, title lines, encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.muster.drafts import Anchor, Cell, Draft, Row


@dataclass(frozen=True, kw_only=True)
class TextLayout:
    """How a text file looks.

    Attributes:
        encoding: Python name of the encoding.
        delimiter: separator.
        titles: lines above the header; an empty line follows them.
        notes: lines below the table; an empty line precedes them.
        point: write numbers with a decimal point.
        newline: end of a line.
    """

    encoding: str = "utf-8"
    delimiter: str = ";"
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    point: bool = False
    newline: str = "\r\n"

    @property
    def first_line(self) -> int:
        """Line of the first row."""
        return 2 + (len(self.titles) + 1 if self.titles else 0)


def write_cell(value: Cell, *, point: bool = False) -> str:
    """Write a cell: a whole number without decimals, others with comma (or point)."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
        return text if point else text.replace(".", ",")
    return str(value)


def write_text(draft: Draft, layout: TextLayout) -> tuple[bytes, dict[Anchor, int]]:
    """Return the file and the lines of the edited rows."""
    lines = [_write_row(row, layout) for _, row in draft.list_rows()]
    return assemble_text(draft.columns, lines, layout), draft.find_lines(layout.first_line)


def write_long_text(
    draft: Draft, base: list[str], layout: TextLayout
) -> tuple[bytes, dict[Anchor, int]]:
    """Return a long file whose original rows are given as lines; only edited rows are written.

    Args:
        draft: the edits.
        base: the original rows as lines.
        layout: how the file looks.
    """
    lines: list[str] = []
    start = 0
    for row in sorted(draft.changed.keys() | draft.inserted.keys() | draft.removed):
        lines += base[start:row]
        if row not in draft.removed:
            lines.append(
                _write_row(draft.changed[row], layout) if row in draft.changed else base[row]
            )
        lines += [_write_row(extra, layout) for extra in draft.inserted.get(row, ())]
        start = row + 1
    lines += base[start:]
    return assemble_text(draft.columns, lines, layout), draft.find_lines(layout.first_line)


def assemble_text(columns: Sequence[str], lines: list[str], layout: TextLayout) -> bytes:
    """Return titles, header, lines and notes as bytes."""
    head = [*layout.titles, ""] if layout.titles else []
    tail = ["", *layout.notes] if layout.notes else []
    text = layout.newline.join([*head, layout.delimiter.join(columns), *lines, *tail, ""])
    return text.encode(layout.encoding)


def _write_row(row: Row, layout: TextLayout) -> str:
    return layout.delimiter.join(
        _quote(write_cell(cell, point=layout.point), layout.delimiter) for cell in row
    )


def _quote(text: str, delimiter: str) -> str:
    if delimiter in text or '"' in text or "\n" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
