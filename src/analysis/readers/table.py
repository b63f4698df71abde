"""The table among titles, sums and footnotes, in records of a text or a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.body import remark_text, sort_body
from analysis.readers.headers import Merge, find_header, name_columns
from analysis.readers.result import Read, Record, Remark, make_frame
from analysis.readers.shapes import count_filled


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What is known about a table beforehand.

    Attributes:
        header_row: line of the file or row of the sheet on which the header begins.
        header_rows: how many lines the header takes.
        keep_sums: leave totals among the rows.
    """

    header_row: int | None = None
    header_rows: int | None = None
    keep_sums: bool = False


def find_table(
    records: Sequence[Record],
    *,
    name: str,
    options: TableOptions | None = None,
    merges: Sequence[Merge] = (),
) -> Read:
    """Find header, rows, sums and footnotes.

    Args:
        records: all non-empty lines, in order.
        name: file name for messages.
        options: what is known beforehand; ``None`` finds everything out.
        merges: merged ranges of a sheet.

    Raises:
        DataError: there is no header, or no row below it.
    """
    options = options or TableOptions()
    width = _find_width(records, name)
    records = [_cut_excess(record, width) for record in records]
    header_range = _locate_header(records, width, merges, options, name)
    titles = records[: header_range.start]
    header, body = records[header_range.start : header_range.stop], records[header_range.stop :]
    sorted_body = sort_body(body, header=header, titles=titles, keep_sums=options.keep_sums)
    if not (sorted_body.rows or sorted_body.sums or sorted_body.misfits):
        raise DataError(
            f"{name}: Unter der Kopfzeile (Zeile {header[0].line}) stehen keine Zeilen."
        )
    kept = _find_used_columns([*header, *sorted_body.rows, *sorted_body.sums], width)
    names, remarks = name_columns(header, merges, kept)
    remarks += [remark_text("title", record) for record in titles]
    if len(kept) < width:
        text = f"{width - len(kept)} leere Spalten ausgelassen."
        remarks.append(Remark("column", header[0].line, text))
    return Read(
        make_frame(names, _select(sorted_body.rows, kept)),
        tuple(sorted_body.misfits),
        (*remarks, *sorted_body.remarks),
        make_frame(names, _select(sorted_body.sums, kept)),
    ).add_remarks(())


def _cut_excess(record: Record, width: int) -> Record:
    # A separator at the end of the line adds an empty field, sometimes in the rows only.
    if len(record.fields) <= width or any(field.strip() for field in record.fields[width:]):
        return record
    return record._replace(fields=record.fields[:width])


def _find_used_columns(records: Sequence[Record], width: int) -> list[int]:
    return [
        column
        for column in range(width)
        if any(record.fields[column].strip() for record in records)
    ]


def _select(records: Sequence[Record], columns: Sequence[int]) -> list[Record]:
    return [
        record._replace(fields=[record.fields[column] for column in columns]) for record in records
    ]


def _find_width(records: Sequence[Record], name: str) -> int:
    lengths = Counter(len(r.fields) for r in records if count_filled(r.fields) > 1)
    if not lengths:
        raise DataError(
            f"{name}: Keine Tabelle erkannt: {len(records)} Zeilen mit Inhalt, aber keine mit "
            "mehreren Spalten."
        )
    width = max(lengths, key=lambda length: (lengths[length], length))
    regular = [record.fields for record in records if len(record.fields) == width]
    while width > 1 and not any(fields[width - 1].strip() for fields in regular):
        width -= 1
    limits.check_extent(name, rows=len(records), columns=width)
    return width


def _locate_header(
    records: Sequence[Record],
    width: int,
    merges: Sequence[Merge],
    options: TableOptions,
    name: str,
) -> range:
    if options.header_row is not None:
        found = _take_stated_header(records, width, merges, options)
    else:
        found = find_header(records, width, merges)
    if found is None:
        start = records[0]
        raise DataError(
            f"{name}: Keine Kopfzeile erkannt. Erkannt: {len(records)} Zeilen mit Inhalt, meist "
            f"{width} Spalten, beginnend in Zeile {start.line} mit "
            f"»{' · '.join(field.strip() for field in start.fields)[:60]}«. Bitte die Kopfzeile "
            "angeben (»header_row«)."
        )
    if options.header_rows is not None:
        found = range(found.start, min(found.start + options.header_rows, len(records)))
    if any(len(records[position].fields) != width for position in found):
        raise DataError(
            f"{name}: Die Kopfzeile (Zeile {records[found.start].line}) hat nicht so viele "
            f"Spalten wie die Zeilen darunter ({width})."
        )
    return found


def _take_stated_header(
    records: Sequence[Record], width: int, merges: Sequence[Merge], options: TableOptions
) -> range | None:
    positions = [p for p, record in enumerate(records) if record.line == options.header_row]
    if not positions:
        return None
    start = positions[0]
    if options.header_rows is not None:
        return range(start, start + 1)
    found = find_header(records[start:], width, merges)
    # Where the first line is not recognised as a header, the statement counts: one line.
    length = len(found) if found is not None and found.start == 0 else 1
    return range(start, start + length)
