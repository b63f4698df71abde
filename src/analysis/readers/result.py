"""What every reader returns: rows, what did not fit, and what was recognised or left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import pandas as pd

from analysis.readers.delimited import LINE, Misfit

__all__ = [
    "LINE",
    "Misfit",
    "Read",
    "Record",
    "Remark",
    "RemarkKind",
    "list_accounted_lines",
    "make_frame",
]

RemarkKind = Literal[
    "format",
    "encoding",
    "dialect",
    "title",
    "header",
    "column",
    "repeated_header",
    "sum",
    "footnote",
    "missing",
    "replaced",
    "sheet",
    "hidden",
    "merged",
    "formula",
    "error_cell",
]


class Remark(NamedTuple):
    """Something recognised or left out.

    ``line`` is the 1-based line of the text or row of the sheet, 0 for the file as a whole;
    ``text`` is German and shown as it is.
    """

    kind: RemarkKind
    line: int
    text: str


class Record(NamedTuple):
    """One line of a text or row of a sheet, cut into fields.

    ``last_line`` is given where a record takes several lines (quoted line breaks).
    """

    line: int
    fields: list[str]
    last_line: int = 0

    @property
    def end(self) -> int:
        """The line on which the record ends."""
        return max(self.line, self.last_line)


class Read(NamedTuple):
    """A read file.

    ``rows`` and ``sums`` hold strings (an empty field is an empty string) and ``source_row``, the
    1-based line or row in the file; ``sums`` holds the totals and subtotals, which must not be
    counted again. Every non-empty line of the file is in ``rows``, ``sums`` or ``misfits``, or a
    remark names it.
    """

    rows: pd.DataFrame
    misfits: tuple[Misfit, ...]
    remarks: tuple[Remark, ...]
    sums: pd.DataFrame

    def add_remarks(self, remarks: Iterable[Remark]) -> Read:
        """Return the same result with further remarks, in the order of the lines."""
        joined = sorted((*remarks, *self.remarks), key=lambda remark: remark.line)
        return self._replace(remarks=tuple(joined))


def make_frame(columns: Sequence[str], records: Sequence[Record]) -> pd.DataFrame:
    """Return records of equal length as a frame of strings with ``source_row``."""
    frame = pd.DataFrame([record.fields for record in records], columns=list(columns), dtype="str")
    lines = pd.Series([record.line for record in records], index=frame.index, dtype="int64")
    return frame.assign(**{LINE: lines})


def list_accounted_lines(read: Read) -> set[int]:
    """Return the lines of the file that the result accounts for."""
    return {
        *read.rows[LINE].tolist(),
        *read.sums[LINE].tolist(),
        *(misfit.line for misfit in read.misfits),
        *(remark.line for remark in read.remarks if remark.line),
    }
