"""Reading one piece of a large delimited file: columns of bytes, misfits, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

from analysis.errors import DataError
from analysis.readers.streaming.layout import UNDECIDED, Layout
from analysis.readers.streaming.lines import (
    Positions,
    count_lines,
    find_line_ends,
    find_quotes,
    find_record_ends,
)
from analysis.readers.streaming.pieces import Piece, read_text

_BINARY = pa.binary()
_DICTIONARY = pa.dictionary(pa.int32(), pa.binary())
_LATIN = "latin-1"
_BLOCK = 64 * 1024


class MisfitRow(NamedTuple):
    """A record whose number of fields is not that of the header: its place, fields found."""

    record: int
    found: int


@dataclass(frozen=True)
class Parsed:
    """The rows of a piece.

    Attributes:
        table: the columns asked for, as bytes; categories as dictionaries.
        misfits: records that do not fit, without the empty ones.
        records: number of records, empty lines left out.
        lines: number of lines of the piece.
        is_plain: each line is one record and ends with LF.
    """

    table: pa.Table
    misfits: tuple[MisfitRow, ...]
    records: int
    lines: int
    is_plain: bool
    _text: bytes
    _bad: npt.NDArray[np.int64]
    _codec: str
    _widened: bool
    _separator: bytes

    def decode(self, column: str) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Return the codes of a column of categories, and the text of each code."""
        array = self.table[column].chunk(0) if self.table.num_rows else _EMPTY
        texts = [self._decode_text(each) for each in array.dictionary.to_pylist()]
        return array.indices.to_numpy(), texts

    def locate_records(self, records: Positions) -> Positions:
        """Return the lines on which records begin; the piece's first line is 0."""
        if self.is_plain or not len(records):
            return records
        starts = _find_record_starts(self._text, self._separator)[records]
        return np.searchsorted(find_line_ends(self._text), starts).astype(np.int64)

    def extract_records(self, records: Positions) -> list[bytes]:
        """Return records as they stand in the file, with their line ends."""
        return _extract(self._text, records, self._separator, self.is_plain)

    def number_records(self, rows: Positions) -> Positions:
        """Return the record numbers of rows of the table; misfits are records, too."""
        if not len(self._bad):
            return rows
        # The k-th bad record stands before row b - k: each row moves by the bad ones before it.
        return rows + np.searchsorted(self._bad - np.arange(len(self._bad)), rows, side="right")

    def _decode_text(self, text: bytes) -> str:
        if text.isascii():
            return text.decode("ascii")
        if self._widened:
            text = text.decode("utf-8").encode(_LATIN)
        return text.decode(self._codec, "replace")


_EMPTY = pa.array([], pa.binary()).dictionary_encode()


def parse_piece(
    layout: Layout, piece: Piece, *, categories: Sequence[str], others: Sequence[str] = ()
) -> Parsed:
    """Read some columns of a piece; the other columns are not looked at.

    Args:
        layout: how the file is to be read.
        piece: the part to be read.
        categories: columns with few distinct texts (dates are such, too).
        others: columns that are read row by row.

    Raises:
        DataError: the piece cannot be cut into fields.
    """
    return _parse(read_text(layout, piece), layout, categories, others)


def parse_records_of(
    layout: Layout,
    piece: Piece,
    records: Positions,
    *,
    categories: Sequence[str],
    others: Sequence[str],
    plain: bool,
) -> Parsed:
    """Read single records of a piece, numbered from 0, without reading all of it.

    Args:
        layout: how the file is to be read.
        piece: the part in which the records stand.
        records: their numbers, ascending, empty lines not counted.
        categories: columns with few distinct texts.
        others: columns that are read row by row.
        plain: ``Parsed.is_plain`` of the piece.
    """
    text = read_text(layout, piece)
    picked = b"".join(
        each if each.endswith((b"\n", b"\r")) else each + b"\n"
        for each in _extract(text, records, layout.separator, plain)
    )
    return _parse(picked, layout, categories, others)


def _parse(text: bytes, layout: Layout, categories: Sequence[str], others: Sequence[str]) -> Parsed:
    position = {name: str(number) for number, name in enumerate(layout.columns)}
    types = {position[name]: _DICTIONARY for name in categories}
    types |= {position[name]: _BINARY for name in others}
    codec = _find_codec(text, layout)
    _check_quotes(text, layout)
    cut = _cut_at_once(text, layout, types) or _cut_carefully(text, layout, types)
    wanted = [*categories, *others]
    table = cut.table.select([position[name] for name in wanted]).rename_columns(wanted)
    records = table.num_rows + len(cut.bad)
    lines, with_lf = count_lines(text)
    return Parsed(
        table=table.combine_chunks(),
        misfits=tuple(cut.misfits),
        records=records,
        lines=lines,
        is_plain=records == lines == with_lf,
        _text=text,
        _bad=np.array(cut.bad, dtype=np.int64),
        _codec=codec,
        _widened=cut.widened,
        _separator=layout.separator,
    )


class _Cut(NamedTuple):
    """A text cut into fields: rows, records that do not fit, and those among them with content.

    ``widened`` says that each byte beyond ASCII became a character of Latin-1 in UTF-8.
    """

    table: pa.Table
    bad: list[int]
    misfits: list[MisfitRow]
    widened: bool = False


def _cut_at_once(text: bytes, layout: Layout, types: dict[str, pa.DataType]) -> _Cut | None:
    """Cut a text into fields as it is; nothing where a record does not fit."""
    if not text:
        return _Cut(pa.schema(list(types.items())).empty_table(), [], [])
    try:
        return _Cut(_read_table(text, layout, types, None), [], [])
    except pa.ArrowInvalid:
        return None


def _cut_carefully(text: bytes, layout: Layout, types: dict[str, pa.DataType]) -> _Cut:
    """Cut a text into fields and note the records that do not fit."""
    bad: list[int] = []
    misfits: list[MisfitRow] = []

    def note_misfit(row: arrow_csv.InvalidRow) -> str:
        bad.append(row.number - 1)
        if row.text.strip(layout.delimiter + ' \t\r\n"'):
            misfits.append(MisfitRow(row.number - 1, row.actual_columns))
        return "skip"

    # The library wants UTF-8 to hand over a row. One byte becomes one character, whatever it
    # stands for; the few distinct texts are decoded properly afterwards.
    widened = not (text.isascii() or layout.is_wide)
    readable = text.decode(_LATIN).encode("utf-8") if widened else text
    try:
        table = _read_table(readable, layout, types, note_misfit)
    except pa.ArrowInvalid:
        # The library's message quotes the row, which may hold personal data.
        raise DataError(
            f"{layout.name}: Die Datei lässt sich nicht in Zeilen und Spalten zerlegen."
        ) from None
    return _Cut(table, bad, misfits, widened)


def _check_quotes(text: bytes, layout: Layout) -> None:
    """Refuse quotes that are never closed or closed within a field: they swallow whole rows."""
    if b'"' not in text:
        return
    codes = np.frombuffer(text, np.uint8)
    opening, closing = find_quotes(text, layout.separator)
    if len(opening) > len(closing):
        raise DataError(
            f"{layout.name}: Ein Anführungszeichen wird nicht geschlossen; die Datei ist wohl "
            "abgeschnitten."
        )
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    good = (after == layout.separator[0]) | (after == 10) | (after == 13)
    good |= closing == len(codes) - 1
    good[:-1] |= opening[1 : len(closing)] == closing[:-1] + 1
    if not good.all():
        raise DataError(
            f"{layout.name}: Nach einem schließenden Anführungszeichen folgt kein Trennzeichen; "
            "die Grenzen der Zeilen sind nicht eindeutig."
        )


def _read_table(
    text: bytes, layout: Layout, types: dict[str, pa.DataType], note_misfit: object
) -> pa.Table:
    return arrow_csv.read_csv(
        pa.BufferReader(text),
        read_options=arrow_csv.ReadOptions(
            use_threads=False,
            column_names=[str(number) for number in range(layout.width)],
            block_size=len(text) + 1,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if b'"' in text else False,
            newlines_in_values=b'"' in text,
            invalid_row_handler=note_misfit,
        ),
        convert_options=arrow_csv.ConvertOptions(
            check_utf8=False,
            include_columns=list(types),
            column_types=types,
            strings_can_be_null=False,
        ),
    )


def _find_codec(text: bytes, layout: Layout) -> str:
    """Return the codec of a piece; a file that began with ASCII may be UTF-8 or Windows-1252."""
    if text.isascii() or layout.is_wide:
        return "utf-8"
    if layout.encoding != UNDECIDED:
        return layout.encoding
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _find_record_starts(text: bytes, separator: bytes) -> Positions:
    """Return where records begin, empty lines left out."""
    ends = find_record_ends(text, separator)
    starts = np.concatenate([np.zeros(1, np.int64), ends + 1])
    starts = starts[starts < len(text)]
    codes = np.frombuffer(text, np.uint8)[starts]
    return np.asarray(starts[(codes != 10) & (codes != 13)])


def _extract(text: bytes, records: Positions, separator: bytes, plain: bool) -> list[bytes]:
    if not len(records):
        return []
    if plain:
        return _extract_lines(text, records)
    starts = _find_record_starts(text, separator)
    ends = np.append(find_record_ends(text, separator) + 1, len(text))
    last = ends[np.searchsorted(ends, starts[records], side="right")]
    return [text[a:b] for a, b in zip(starts[records].tolist(), last.tolist(), strict=True)]


def _extract_lines(text: bytes, lines: Positions) -> list[bytes]:
    """Return some lines of a text with LF, counted in blocks so that few are looked at."""
    ends = np.frombuffer(text, np.uint8) == 10
    counts = [
        int(np.count_nonzero(ends[start : start + _BLOCK])) for start in range(0, len(text), _BLOCK)
    ]
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return [_extract_line(text, ends, before, int(line)) for line in lines]


def _extract_line(text: bytes, ends: npt.NDArray[np.bool_], before: Positions, line: int) -> bytes:
    start = 0
    if line:
        # The line begins after the line-th end, which is in the first block that reaches it.
        block = int(np.searchsorted(before, line)) - 1
        inside = np.flatnonzero(ends[block * _BLOCK : (block + 1) * _BLOCK])
        start = block * _BLOCK + int(inside[line - 1 - int(before[block])]) + 1
    end = text.find(b"\n", start)
    return text[start : end + 1] if end >= 0 else text[start:]
