"""Cutting a large delimited file into pieces that can be read independently of each other."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from analysis.errors import DataError
from analysis.readers.body import sort_body
from analysis.readers.result import Record, Remark
from analysis.readers.streaming.layout import Layout
from analysis.readers.streaming.lines import find_cut, find_record_ends

#: Small enough for the caches of a processor, large enough that the work on each counts.
PIECE_BYTES = 8 * 1024**2

_TAIL_RECORDS = 200
_TAIL_BYTES = 64 * 1024  # sums and footnotes are looked for in these
_LONGEST_RECORD = 32 * 1024**2


class Piece(NamedTuple):
    """A part of the file that begins and ends with whole records."""

    number: int
    offset: int
    length: int


class Footer(NamedTuple):
    """What stands below the last row: remarks whose lines count from the first line below it."""

    remarks: tuple[Remark, ...]


@dataclass
class Plan:
    """The pieces of a file, cut while they are iterated; afterwards ``footer`` is known."""

    layout: Layout
    size: int = PIECE_BYTES
    footer: Footer = field(default=Footer(()), init=False)

    def __iter__(self) -> Iterator[Piece]:
        numbers = count()
        offset = self.layout.start
        buffer = bytearray(self.size)
        with self.layout.path.open("rb", buffering=0) as stream:
            end = stream.seek(0, io.SEEK_END)
            while end - offset > self.size + _TAIL_BYTES:
                length = _find_plain_length(stream, offset, buffer, self.layout)
                length = length or _find_length(stream, offset, self.size, self.layout)
                yield Piece(next(numbers), offset, length)
                offset += length
            stream.seek(offset)
            raw = stream.read()
        text = raw.decode(self.layout.encoding, "replace").encode() if self.layout.is_wide else raw
        if not self.layout.strict:
            text, self.footer = _split_footer(text, self.layout)
        for part in _cut_text(text, self.size, self.layout):
            length = _measure(part, self.layout)
            yield Piece(next(numbers), offset, length)
            offset += length


def plan_pieces(layout: Layout, size: int = PIECE_BYTES) -> Plan:
    """Return the pieces of a file below its header, each of about ``size`` bytes.

    Iterating raises ``DataError`` where a quotation mark is never closed.
    """
    return Plan(layout, size)


def read_text(layout: Layout, piece: Piece) -> bytes:
    """Return the bytes of a piece; those of UTF-16 and the like as UTF-8."""
    with layout.path.open("rb") as stream:
        stream.seek(piece.offset)
        raw = stream.read(piece.length)
    return raw.decode(layout.encoding, "replace").encode("utf-8") if layout.is_wide else raw


def _find_plain_length(stream: io.FileIO, offset: int, buffer: bytearray, layout: Layout) -> int:
    """Return the length of a piece without quotation marks; 0 where it needs a closer look.

    The buffer is used again and again: memory that is new to the process costs more time than
    reading into it.
    """
    stream.seek(offset)
    if layout.is_wide or stream.readinto(buffer) < len(buffer) or b'"' in buffer:
        return 0
    return buffer.rfind(b"\n") + 1


def _find_length(stream: io.FileIO, offset: int, size: int, layout: Layout) -> int:
    """Return the length of the piece of whole records that begins at ``offset``."""
    length = max(size, 4)
    while True:
        stream.seek(offset)
        raw = stream.read(length)
        last = len(raw) < length
        text = _decode_wide(raw, layout, last=last) if layout.is_wide else raw
        if cut := find_cut(text, layout.separator, at_end=last):
            return _measure(text[:cut], layout)
        _check_length(length, size, layout)
        length *= 2


def _cut_text(text: bytes, size: int, layout: Layout) -> Iterator[bytes]:
    start = 0
    while start < len(text):
        length = max(size, 4)
        while True:
            end = start + length
            cut = find_cut(text[start:end], layout.separator, at_end=end >= len(text))
            if cut:
                break
            _check_length(length, size, layout)
            length *= 2
        yield text[start : start + cut]
        start += cut


def _check_length(length: int, size: int, layout: Layout) -> None:
    if length > max(size, _LONGEST_RECORD):
        raise DataError(
            f"{layout.name}: Eine Zeile ist länger als {_LONGEST_RECORD // 1024**2} MB. "
            "Möglicherweise wird ein Anführungszeichen nicht geschlossen."
        )


def _decode_wide(raw: bytes, layout: Layout, *, last: bool) -> bytes:
    decoder = codecs.getincrementaldecoder(layout.encoding)("replace")
    return decoder.decode(raw, final=last).encode("utf-8")


def _measure(text: bytes, layout: Layout) -> int:
    """Return how many bytes a text takes in the file."""
    if not layout.is_wide:
        return len(text)
    return len(text.decode("utf-8").encode(layout.encoding, "replace"))


def _split_footer(text: bytes, layout: Layout) -> tuple[bytes, Footer]:
    """Split sums, footnotes and empty lines off the end of the last piece."""
    starts = _find_tail(text, layout.separator)
    if not starts:
        return text, Footer(())
    tail = text[starts[0] :].decode("utf-8" if layout.is_wide else layout.encoding, "replace")
    records = _parse_tail(tail, layout)
    sorted_tail = sort_body(records, header=layout.header, titles=layout.titles)
    kept = {row.line for row in sorted_tail.rows}
    kept |= {misfit.line for misfit in sorted_tail.misfits}
    end = len(records)
    while end and records[end - 1].line not in kept:
        end -= 1
    if end == len(records):
        return text, Footer(())
    below = records[end - 1].end if end else 0
    cut = _skip_lines(text, starts[0], below)
    remarks = tuple(
        each._replace(line=each.line - below) for each in sorted_tail.remarks if each.line > below
    )
    return text[:cut], Footer(remarks)


def _find_tail(text: bytes, separator: bytes) -> list[int]:
    """Return where the last records of a text begin."""
    base = 0
    if b'"' not in text and len(text) > _TAIL_BYTES:
        base = text.rfind(b"\n", 0, len(text) - _TAIL_BYTES) + 1
    window = text[base:]
    ends = find_record_ends(window, separator)
    starts = [0, *(int(end) + 1 for end in ends if end + 1 < len(window))]
    return [base + start for start in starts[-_TAIL_RECORDS:]] if window else []


def _parse_tail(tail: str, layout: Layout) -> list[Record]:
    reader = csv.reader(io.StringIO(tail, newline=""), delimiter=layout.delimiter)
    records: list[Record] = []
    start = 1
    width = len(layout.columns)
    try:
        for fields in reader:
            if any(each.strip() for each in fields):
                excess = any(each.strip() for each in fields[width:])
                records.append(Record(start, fields if excess else fields[:width], reader.line_num))
            start = reader.line_num + 1
    except csv.Error:
        return []
    return records


def _skip_lines(text: bytes, start: int, lines: int) -> int:
    """Return the position after some lines of a text."""
    position = start
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := text.find(mark, position)) >= 0]
        if not ends:
            return len(text)
        position = min(ends) + 1
        if text[position - 1 : position + 1] == b"\r\n":
            position += 1
    return position
