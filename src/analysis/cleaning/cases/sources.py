"""Where the rows come from: a delimited file read in pieces, or a table read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Options
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from analysis.cleaning.cases.rows import Column
from analysis.errors import DataError
from analysis.mappings import Mapping
from analysis.readers.delimited import LINE
from analysis.readers.recognise import read, recognise
from analysis.readers.result import Misfit, Remark
from analysis.readers.streaming import (
    PIECE_BYTES,
    Layout,
    Parsed,
    Piece,
    Plan,
    find_layout,
    parse_piece,
    parse_records_of,
    plan_pieces,
)

Integers = npt.NDArray[np.int64]

_STREAMED = {"csv", "delimited"}
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"


class Rows(NamedTuple):
    """Rows of a piece.

    Attributes:
        columns: mapped fields without the identifier.
        identifiers: texts of the identifier, where it is mapped; never to leave the process.
        size: number of rows.
        records: record number of each row within the piece.
        misfits: records that do not fit the header.
        lines: number of lines of the piece.
        is_plain: each line is one record.
        locate: lines on which records begin, counted from the first line of the piece.
        extract: rows as they stand in the file.
    """

    columns: dict[str, Column]
    identifiers: pa.BinaryArray | None
    size: int
    records: Integers
    misfits: tuple[tuple[int, int], ...]
    lines: int
    is_plain: bool
    locate: Callable[[Integers], Integers]
    extract: Callable[[Integers], list[bytes]]


class Source(Protocol):
    """Rows of an export in pieces; small enough to be handed to another process."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        ...

    @property
    def sample(self) -> pd.DataFrame:
        """Some rows, for a look at what kind of columns there are."""
        ...

    @property
    def first_line(self) -> int:
        """Number of the line on which the first piece begins."""
        ...

    @property
    def width(self) -> int:
        """Number of fields that a row should have."""
        ...

    def read(self, piece: Piece) -> Rows:
        """Read the mapped columns of a piece."""
        ...

    def pick(self, piece: Piece, records: Integers, *, plain: bool) -> Rows:
        """Read some records of a piece."""
        ...


@dataclass(frozen=True)
class FileSource:
    """A delimited file; workers read its pieces by themselves."""

    layout: Layout
    fields: dict[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return self.layout.columns

    @property
    def sample(self) -> pd.DataFrame:
        """Rows of the head."""
        return self.layout.sample

    @property
    def first_line(self) -> int:
        """Number of the line on which the first row begins."""
        return self.layout.line

    @property
    def width(self) -> int:
        """Number of fields that a row should have."""
        return self.layout.width

    def read(self, piece: Piece) -> Rows:
        """Read the mapped columns of a piece."""
        categories, others = self._split_columns()
        return self._sort(parse_piece(self.layout, piece, categories=categories, others=others))

    def pick(self, piece: Piece, records: Integers, *, plain: bool) -> Rows:
        """Read some records of a piece."""
        categories, others = self._split_columns()
        return self._sort(
            parse_records_of(
                self.layout, piece, records, categories=categories, others=others, plain=plain
            )
        )

    def __getstate__(self) -> dict[str, Any]:
        # The sample holds texts of the file; workers do without it.
        bare = {**self.layout.__dict__, "sample": self.layout.sample.iloc[:0]}
        return {"layout": Layout(**bare), "fields": self.fields}

    def _split_columns(self) -> tuple[list[str], list[str]]:
        own = self.fields.get("case_id")
        used = dict.fromkeys(each for key, each in self.fields.items() if key != "case_id")
        return [each for each in used if each != own], [own] if own else []

    def _sort(self, parsed: Parsed) -> Rows:
        own = self.fields.get("case_id")
        count = parsed.table.num_rows
        return Rows(
            columns={
                key: Column(*parsed.decode(column))
                for key, column in self.fields.items()
                if key != "case_id"
            },
            identifiers=_as_array(parsed.table[own]) if own else None,
            size=count,
            records=parsed.number_records(np.arange(count)),
            misfits=parsed.misfits,
            lines=parsed.lines,
            is_plain=parsed.is_plain,
            locate=parsed.locate_records,
            extract=parsed.extract_records,
        )


@dataclass(frozen=True)
class TableSource:
    """A table that was read as a whole: workbooks and other formats."""

    rows: pd.DataFrame = field(repr=False)
    fields: dict[str, str]
    misfits: tuple[Misfit, ...]
    first_line: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(map(str, self.rows.columns.drop(LINE)))

    @property
    def sample(self) -> pd.DataFrame:
        """The first rows."""
        return self.rows.head(1000).drop(columns=LINE)

    @property
    def width(self) -> int:
        """Number of fields that a row should have."""
        return self.misfits[0].expected if self.misfits else len(self.columns)

    def read(self, piece: Piece) -> Rows:
        """Read the mapped columns."""
        misfits = tuple(
            (len(self.rows) + number, each.found) for number, each in enumerate(self.misfits)
        )
        return self._sort(self.rows, misfits)

    def pick(self, piece: Piece, records: Integers, *, plain: bool) -> Rows:
        """Read some records."""
        return self._sort(self.rows.iloc[records], ())

    def _sort(self, rows: pd.DataFrame, misfits: tuple[tuple[int, int], ...]) -> Rows:
        own = self.fields.get("case_id")
        lines = np.array(
            [*rows[LINE].tolist(), *(each.line for each in self.misfits)], dtype=np.int64
        )
        return Rows(
            columns={
                key: _factorise(rows[column])
                for key, column in self.fields.items()
                if key != "case_id"
            },
            identifiers=(
                pa.array([text.encode() for text in rows[own]], pa.binary()) if own else None
            ),
            size=len(rows),
            records=np.arange(len(rows)),
            misfits=misfits,
            lines=0,
            is_plain=True,
            locate=lambda records: lines[records],
            extract=lambda records: [
                " ".join(map(str, rows.drop(columns=LINE).iloc[record])).encode()
                for record in records
            ],
        )


class Opened(NamedTuple):
    """A source, its pieces, and what the reader remarked so far."""

    source: Source
    pieces: Iterable[Piece]
    remarks: tuple[Remark, ...]

    def list_remarks(self, lines: int) -> list[Remark]:
        """Return all remarks once the pieces have been read.

        Args:
            lines: number of lines of all pieces together.
        """
        if not isinstance(self.pieces, Plan):
            return list(self.remarks)
        below = self.source.first_line + lines - 1
        footer = [each._replace(line=each.line + below) for each in self.pieces.footer.remarks]
        return [*self.remarks, *footer]


def open_source(
    path: Path,
    mapping: Mapping,
    *,
    file: str,
    options: Options[str, Any] | None,
    piece_bytes: int = PIECE_BYTES,
) -> Opened:
    """Recognise the file and find its table.

    Args:
        path: the file.
        mapping: which columns are used.
        file: file name for messages.
        options: what the sidecar states about the format, ``kind`` included where it is known.
        piece_bytes: size of the pieces of a delimited file.

    Raises:
        DataError: the file is missing, cannot be read or has no table.
    """
    stated = dict(options or {})
    if not path.is_file():
        raise DataError(f"Rohdatei fehlt: {file}.")
    with path.open("rb") as stream:
        start = stream.read(4)
    kind = stated.get("kind") or ("workbook" if start.startswith((_ZIP, _OLE)) else "csv")
    if kind in _STREAMED and not stated.get("keep_sums"):
        layout = find_layout(path, name=file, options=stated)
        source = FileSource(layout, mapping.columns)
        return Opened(source, plan_pieces(layout, piece_bytes), layout.remarks)
    stated_kind = stated.pop("kind", None)
    content = path.read_bytes()
    whole = read(content, file, stated_kind or recognise(content, file), **stated)
    table = TableSource(whole.rows, mapping.columns, whole.misfits)
    return Opened(table, [Piece(0, 0, len(content))], whole.remarks)


def _as_array(column: pa.ChunkedArray) -> pa.BinaryArray:
    return column.chunk(0) if column.num_chunks else pa.array([], pa.binary())


def _factorise(texts: pd.Series) -> Column:
    codes, distinct = pd.factorize(texts.astype("str").fillna(""))
    return Column(codes.astype(np.int32), [str(each) for each in distinct])
