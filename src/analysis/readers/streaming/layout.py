"""The layout of a large delimited file, found from its head: encoding, separator, header."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis.errors import DataError
from analysis.readers.body import remark_text, sort_body
from analysis.readers.dialects import detect_dialect
from analysis.readers.encodings import Decoded, decode_text
from analysis.readers.german_csv import cut_records
from analysis.readers.headers import find_header, name_columns
from analysis.readers.result import Record, Remark, make_frame
from analysis.readers.shapes import count_filled
from analysis.readers.streaming.lines import find_cut, find_line_ends

#: Stands for a file in which nothing but ASCII was seen so far.
UNDECIDED = "ascii"

_HEAD_BYTES = 128 * 1024
_MOST_ROWS = 1000  # looked at below the header
_PROBES = 16
_PROBE_BYTES = 64 * 1024
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True)
class Layout:
    """How a large delimited file is to be read; small, and can be handed to another process.

    Attributes:
        path: the file.
        name: file name for messages.
        encoding: codec of the file.
        delimiter: one ASCII character.
        columns: names of the columns, in order.
        width: number of fields of a row; more than columns where each row ends with a separator.
        start: offset of the first byte of the first row.
        line: number of the line that begins there.
        header: records of the header.
        titles: records above the header.
        remarks: what was recognised.
        strict: everything below the header is data; no sums and footnotes are looked for.
        sample: rows of the head, to see what kind of columns there are; never to be stored.
    """

    path: Path
    name: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    width: int
    start: int
    line: int
    header: tuple[Record, ...]
    titles: tuple[Record, ...]
    remarks: tuple[Remark, ...]
    strict: bool
    sample: pd.DataFrame = field(repr=False, compare=False)

    @property
    def separator(self) -> bytes:
        """The delimiter as a byte."""
        return self.delimiter.encode("ascii")

    @property
    def is_wide(self) -> bool:
        """Whether an ASCII character is anything else than the one byte that it is in ASCII."""
        return is_wide(self.encoding)


class _Head(NamedTuple):
    raw: bytes
    decoded: Decoded


class _Body(NamedTuple):
    line: int
    rows: list[Record]
    remarks: list[Remark]


def find_layout(path: Path, *, name: str, options: Mapping[str, Any] | None = None) -> Layout:
    """Find encoding, separator and header of a delimited file from its head.

    Args:
        path: the file.
        name: file name for messages.
        options: ``encoding``, ``delimiter``, ``header_row``, ``header_rows`` as far as stated;
            ``kind`` = ``delimited`` says that the header is the first line and everything below
            it is data.

    Raises:
        DataError: encoding, separator or header cannot be told, the separator is not an ASCII
            character, or there is no row.
    """
    stated = dict(options or {})
    strict = stated.get("kind") == "delimited"
    head = _read_head(path, name, stated.get("encoding") or ("utf-8" if strict else None))
    delimiter = stated.get("delimiter") or (";" if strict else None)
    head = _cut_head(head, path, delimiter)
    dialect, records = cut_records(head.decoded, name=name, delimiter=delimiter)
    if not dialect.delimiter.isascii():
        raise DataError(f"{name}: Das Trennzeichen »{dialect.delimiter}« wird nicht unterstützt.")
    full, width = _find_width(records, name)
    records = [_cut_excess(record, width) for record in records]
    position = range(1) if strict else _locate_header(records, width, stated, name)
    header, titles = records[position.start : position.stop], records[: position.start]
    columns, remarks = name_columns(header, (), range(width))
    body = _find_rows(header, titles, records[position.stop :], strict=strict, name=name)
    return Layout(
        path=path,
        name=name,
        encoding=head.decoded.encoding,
        delimiter=dialect.delimiter,
        columns=tuple(columns),
        width=full,
        start=_find_offset(head, body.line),
        line=body.line,
        header=tuple(header),
        titles=tuple(titles),
        remarks=(
            head.decoded.remark,
            dialect.describe(),
            *(remark_text("title", record) for record in titles),
            *remarks,
            *body.remarks,
        ),
        strict=strict,
        sample=make_frame(columns, body.rows),
    )


def is_wide(encoding: str) -> bool:
    """Return whether an ASCII character is anything else than one byte, the same as in ASCII.

    Raises:
        LookupError: the encoding is unknown.
    """
    plain = bytes(range(128))
    try:
        return plain.decode(encoding) != plain.decode("ascii")
    except UnicodeDecodeError:
        return True


def _read_head(path: Path, name: str, encoding: str | None) -> _Head:
    with path.open("rb") as stream:
        raw = stream.read(_HEAD_BYTES)
        rest = bool(stream.read(1))
    if not raw:
        raise DataError(f"{name}: Die Datei ist leer (0 Bytes).")
    encoding = _normalise(encoding, name)
    wide = (
        raw.startswith(_WIDE_MARKS) or b"\0" in raw[:4096] or bool(encoding and is_wide(encoding))
    )
    if rest and not wide:
        raw = raw[: max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1] or raw
    elif wide:
        raw = _cut_characters(raw, name, encoding)
    decoded = decode_text(raw, name=name, encoding=encoding)
    if encoding is None and rest and raw.isascii():
        decoded = _probe_encoding(path, name, decoded)
    return _Head(raw, decoded)


def _normalise(encoding: str | None, name: str) -> str | None:
    """Return a stated encoding; one that only the byte order mark settles counts as not stated."""
    if encoding is None:
        return None
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise DataError(f"{name}: unbekannte Kodierung »{encoding}«.") from None
    return None if codec in {"utf-16", "utf-32"} else encoding


def _cut_characters(raw: bytes, name: str, encoding: str | None) -> bytes:
    # Characters of UTF-16 and UTF-32 take 2 or 4 bytes, some of UTF-16 twice 2.
    whole = len(raw) - len(raw) % 4
    for length in (len(raw), whole, whole - 2):
        try:
            decode_text(raw[:length], name=name, encoding=encoding)
        except DataError:
            continue
        return raw[:length]
    return raw


def _probe_encoding(path: Path, name: str, decoded: Decoded) -> Decoded:
    """Look for other characters than ASCII at some places of the file."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        for number in range(1, _PROBES + 1):
            stream.seek(max(0, size * number // _PROBES - _PROBE_BYTES))
            probe = stream.read(_PROBE_BYTES)
            inner = probe[probe.find(b"\n") + 1 : probe.rfind(b"\n") + 1]
            if not inner.isascii():
                found = decode_text(inner, name=name)
                return decoded._replace(encoding=found.encoding, remark=found.remark)
    return decoded._replace(encoding=UNDECIDED)


def _cut_head(head: _Head, path: Path, delimiter: str | None) -> _Head:
    """Leave out what the head holds of the record in which it ends."""
    if len(head.raw) >= path.stat().st_size:
        return head
    if '"' not in head.decoded.text:
        # Read up to a line end; what stands behind the last one of wide characters is left out.
        whole = head.decoded.text[: head.decoded.text.rfind("\n") + 1] or head.decoded.text
        return head._replace(decoded=head.decoded._replace(text=whole))
    dialect = detect_dialect(head.decoded.text)
    separator = (delimiter or (dialect.delimiter if dialect else ";")).encode("utf-8")
    text = head.decoded.text.encode("utf-8")
    kept = text[: find_cut(text, separator, at_end=False)] or text
    return head._replace(decoded=head.decoded._replace(text=kept.decode("utf-8", "ignore")))


def _find_width(records: Sequence[Record], name: str) -> tuple[int, int]:
    """Return how many fields most records have, and how many without empty ones at the end."""
    lengths = Counter(len(each.fields) for each in records if count_filled(each.fields) > 1)
    if not lengths:
        raise DataError(
            f"{name}: Keine Tabelle erkannt: {len(records)} Zeilen mit Inhalt, aber keine mit "
            "mehreren Spalten."
        )
    full = max(lengths, key=lambda length: (lengths[length], length))
    regular = [each.fields for each in records if len(each.fields) == full]
    width = full
    while width > 1 and not any(fields[width - 1].strip() for fields in regular):
        width -= 1
    return full, width


def _cut_excess(record: Record, width: int) -> Record:
    if len(record.fields) <= width or any(each.strip() for each in record.fields[width:]):
        return record
    return record._replace(fields=record.fields[:width])


def _locate_header(
    records: Sequence[Record], width: int, stated: Mapping[str, Any], name: str
) -> range:
    row, rows = stated.get("header_row"), stated.get("header_rows")
    first = next((n for n, record in enumerate(records) if record.line == row), None)
    found = None if row is not None else find_header(records, width, ())
    if first is not None:
        inner = find_header(records[first:], width, ())
        length = len(inner) if inner is not None and inner.start == 0 else 1
        found = range(first, first + length)
    if found is not None and rows is not None:
        found = range(found.start, min(found.start + rows, len(records)))
    if found is None or any(len(records[each].fields) != width for each in found):
        raise DataError(
            f"{name}: Keine Kopfzeile erkannt. Die Zeilen haben meist {width} Spalten. Bitte die "
            "Kopfzeile angeben (»header_row«)."
        )
    return found


def _find_rows(
    header: Sequence[Record],
    titles: Sequence[Record],
    below: Sequence[Record],
    *,
    strict: bool,
    name: str,
) -> _Body:
    below = below[:_MOST_ROWS]
    if strict and below:
        fitting = [each for each in below if len(each.fields) == len(header[0].fields)]
        return _Body(below[0].line, fitting, [])
    found = sort_body(below, header=header, titles=titles)
    lines = [row.line for row in found.rows] + [misfit.line for misfit in found.misfits]
    if not lines:
        raise DataError(
            f"{name}: Unter der Kopfzeile (Zeile {header[0].line}) stehen keine Zeilen."
        )
    first = min(lines)
    return _Body(first, found.rows, [each for each in found.remarks if each.line < first])


def _find_offset(head: _Head, line: int) -> int:
    """Return the offset in the file of the first byte of a line."""
    wide = is_wide(head.decoded.encoding)
    text = head.decoded.text.encode("utf-8") if wide else head.raw
    start = int(find_line_ends(text)[line - 2]) + 1 if line > 1 else 0
    if not wide:
        return start
    before = text[:start].decode("utf-8").encode(head.decoded.encoding)
    mark = next((each for each in reversed(_WIDE_MARKS) if head.raw.startswith(each)), b"")
    return len(mark) + len(before)
