"""The table of a raw file as it was delivered: cells at their places, without what is withheld.

For showing an office its own file. Readers give rows under names of columns; here each name is
traced back to the column of the file or sheet. What cannot be traced back safely is withheld.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import pandas as pd

from analysis.errors import DataError
from analysis.mappings import Mapping
from analysis.privacy import find_personal_data, guard
from analysis.readers.dialects import Dialect, parse_records, split_records
from analysis.readers.encodings import decode_text
from analysis.readers.german_csv import cut_records
from analysis.readers.ods import read_ods
from analysis.readers.recognise import Kind, read
from analysis.readers.result import LINE, Read, Record
from analysis.readers.sheet_rows import remark_sheet
from analysis.readers.sheets import Sheet
from analysis.readers.workbook import detect_workbook
from analysis.readers.xls import read_xls
from analysis.readers.xlsx import read_xlsx
from analysis.sources import RawFile

# Beyond this size a text is streamed; its beginning tells how it is laid out.
STREAM_FROM_BYTES = 4 * 1024**2
_BEGINNING_BYTES = 256 * 1024
NEIGHBOURS = 2
# Columns that number cases and posts; they are never given out, whatever they are called.
_IDENTIFIERS = ("case_id", "post_id")
# Layouts of published statistics; the office that maps them did not make them.
_PUBLISHED = frozenset({"ffcsv", "monatszahlen", "pvog"})
_SHEETS: dict[str, Callable[[bytes, str], list[Sheet]]] = {
    "xlsx": read_xlsx,
    "xls": read_xls,
    "ods": read_ods,
}
_VERIFIED_ROWS = 50
_SEARCHED_ROWS = 10_000
_REMARKED = frozenset({"title", "footnote", "repeated_header"})


@dataclass(frozen=True)
class Delivered:
    """A delivered table.

    Attributes:
        name: file name.
        cells: fields by line of the file or row of the sheet; withheld cells are ``None``.
        header: lines of the header.
        columns: position (from 0) of each column that could be traced back.
        withheld: names of the columns whose content is not given out.
        mapping: what the fields of the mapping are called in the file.
        is_whole: whether ``cells`` holds the whole table rather than single rows.
    """

    name: str
    cells: dict[int, list[str | None]] = field(repr=False)
    header: tuple[int, ...]
    columns: dict[str, int]
    withheld: tuple[str, ...]
    mapping: dict[str, str]
    is_whole: bool

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((len(fields) for fields in self.cells.values()), default=0)

    def list_withheld_names(self) -> tuple[str, ...]:
        """Return all names under which findings may speak of the columns withheld."""
        fields = [name for name, column in self.mapping.items() if column in self.withheld]
        return (*self.withheld, *fields)

    def locate(self, column: str) -> list[int]:
        """Return the positions of the columns that a finding names; none where that is unknown.

        Args:
            column: a column of the file, a field of the mapping, or several, with commas.
        """
        if not column:
            return []
        name = column if column in self.columns else self.mapping.get(column, "")
        if name in self.columns:
            return [self.columns[name]]
        parts = [part.strip() for part in column.split(",")]
        return [place for part in parts for place in self.locate(part)] if len(parts) > 1 else []


@dataclass(frozen=True)
class _Layout:
    read: Read
    header: tuple[int, ...]
    columns: dict[str, int]
    records: dict[int, list[str]]


def read_delivered(raw: RawFile, lines: Collection[int], *, most_rows: int) -> Delivered:
    """Read the table of a raw file as it was delivered.

    Args:
        raw: raw file.
        lines: lines with findings, the most important first.
        most_rows: where the table has more lines, or one row per case, only the header and the
            lines with findings with two neighbours each are given, at most as many as this.

    Raises:
        DataError: the file cannot be read.
    """
    is_streamed = raw.path.stat().st_size > STREAM_FROM_BYTES and not _is_workbook(raw)
    content = _read_beginning(raw) if is_streamed else raw.read_bytes()
    layout = _read_layout(raw, content)
    by_case = raw.mapping is not None and raw.mapping.dataset == "cases"
    last = max(layout.records, default=0)
    is_whole = not (is_streamed or by_case or last > most_rows)
    chosen = layout.records
    if not is_whole:
        wanted = _choose_lines(lines, most_rows)
        known = _stream_records(raw, content, wanted) if is_streamed else layout.records
        kept = {line: known[line] for line in sorted(wanted) if line in known}
        chosen = {line: layout.records[line] for line in layout.header} | kept
    mapping = None if raw.sidecar.format.kind in _PUBLISHED else raw.mapping
    # What is not given out need not be searched.
    further = None if is_whole else _as_frame(chosen, layout)
    withheld: tuple[str, ...] = ()
    cells: dict[int, list[str | None]] = {line: [*fields] for line, fields in chosen.items()}
    if not is_public(raw):
        withheld = list_withheld(layout.read, mapping, further)
        cells = _withhold(chosen, layout, withheld, mapping)
    return Delivered(
        name=raw.name,
        cells=cells,
        header=layout.header,
        columns=layout.columns,
        withheld=withheld,
        mapping=dict(raw.mapping.columns) if raw.mapping else {},
        is_whole=is_whole,
    )


def is_public(raw: RawFile) -> bool:
    """Return whether a raw file is made from published documents rather than by an office."""
    return raw.sidecar.origin == "documented" and raw.mapping is None


def list_withheld(
    table: Read, mapping: Mapping | None, further: pd.DataFrame | None = None
) -> tuple[str, ...]:
    """Return the columns whose content is not given out.

    These are the columns with personal data, the identifiers of cases and posts, and, where there
    is a mapping, all columns that it does not use.

    Args:
        table: the read file, or its beginning.
        mapping: mapping of the file.
        further: where only single rows are to be given out, these; the table is then searched in
            its first rows only, to recognise columns in which single rows show nothing.
    """
    rows = table.rows.drop(columns=[LINE])
    if further is not None:
        rows = rows.head(_SEARCHED_ROWS)
    parts = [rows, table.sums.reindex(columns=rows.columns)]
    if further is not None:
        parts.append(further.reindex(columns=rows.columns))
    removed = set(guard(pd.concat(parts, ignore_index=True)).removed["column"])
    if mapping is not None:
        removed |= {mapping.columns[name] for name in _IDENTIFIERS if name in mapping.columns}
        # Headings that are values themselves (a column per month) need no entry of their own.
        if not mapping.across:
            removed |= {*rows.columns} - {*mapping.columns.values()}
    return tuple(column for column in rows.columns if column in removed)


def _is_workbook(raw: RawFile) -> bool:
    return raw.sidecar.format.kind == "workbook"


def _read_beginning(raw: RawFile) -> bytes:
    with raw.path.open("rb") as stream:
        beginning = stream.read(_BEGINNING_BYTES)
    return beginning[: beginning.rfind(b"\n") + 1] or beginning


def _read_layout(raw: RawFile, content: bytes) -> _Layout:
    stated = raw.sidecar.format
    options = stated.stated_options()
    table = read(content, raw.name, stated.kind, **options)
    if stated.kind == "workbook":
        records = _list_sheet_rows(raw, content, table)
    else:
        records = {
            record.line: record.fields for record in _cut_text(raw, content, stated.kind, options)
        }
    header = _find_header(table, records)
    return _Layout(table, header, _trace_columns(table, header, records), records)


def _list_sheet_rows(raw: RawFile, content: bytes, table: Read) -> dict[int, list[str]]:
    kind = detect_workbook(content)
    if kind is None:
        raise DataError(f"{raw.name}: Keine Arbeitsmappe (.xlsx, .xls, .ods).")
    sheet = next(
        each
        for each in _SHEETS[kind](content, raw.name)
        if remark_sheet(each, chosen=True) in table.remarks
    )
    left = sheet.hidden_columns if raw.sidecar.format.hidden == "leave" else set()
    rows = {
        row: ["" if column in left else text for column, text in enumerate(texts)]
        for row, texts in sorted(sheet.cells.items())
        if not (raw.sidecar.format.hidden == "leave" and row in sheet.hidden_rows)
    }
    width = max(map(len, rows.values()), default=0)
    return {row: texts + [""] * (width - len(texts)) for row, texts in rows.items()}


def _cut_text(raw: RawFile, content: bytes, kind: Kind, options: dict[str, object]) -> list[Record]:
    stated = raw.sidecar.format
    encoding = stated.encoding if kind == "delimited" or "encoding" in options else None
    decoded = decode_text(content, name=raw.name, encoding=encoding)
    if kind == "delimited":
        return parse_records(decoded.text, Dialect(stated.delimiter, False, True), name=raw.name)
    separator = {"ffcsv": ";", "monatszahlen": ","}.get(kind)
    if separator is None and "delimiter" in options:
        separator = stated.delimiter
    try:
        return cut_records(decoded, name=raw.name, delimiter=separator)[1]
    except DataError:
        # Official statistics are also delivered with quotation marks that quote nothing.
        if separator is None:
            raise
        return split_records(decoded.text, separator, name=raw.name)


def _find_header(table: Read, records: dict[int, list[str]]) -> tuple[int, ...]:
    lines = {
        remark.line
        for remark in table.remarks
        if remark.kind == "header"
        and remark.text.startswith(("Kopfzeile mit", "Zeile "))
        # »Zeile mit Spaltennummern« stands below the header
        and not remark.text.startswith("Zeile mit")
    }
    return tuple(sorted(lines & records.keys())) or (min(records),)


def _trace_columns(
    table: Read, header: Sequence[int], records: dict[int, list[str]]
) -> dict[str, int]:
    """Return the position of each column of the result that can be traced back."""
    names = [str(name) for name in table.rows.columns if name != LINE]
    body = [*table.rows[LINE].tolist(), *table.sums[LINE].tolist()]
    used = _find_used([records[line] for line in (*header, *body) if line in records])
    if len(used) == len(names):
        columns = dict(zip(names, used, strict=True))
        if _holds(table, columns, records):
            return columns
    labels = [_normalise(text) for text in records[header[-1]]]
    return {
        name: labels.index(_normalise(name))
        for name in names
        if labels.count(_normalise(name)) == 1
    }


def _find_used(rows: Iterable[Sequence[str]]) -> list[int]:
    used: set[int] = set()
    for fields in rows:
        used.update(place for place, text in enumerate(fields) if text.strip())
    return sorted(used)


def _holds(table: Read, columns: dict[str, int], records: dict[int, list[str]]) -> bool:
    """Return whether the cells are where they are said to be, in rows from all over the table."""
    step = max(1, len(table.rows) // _VERIFIED_ROWS)
    for row in table.rows.iloc[::step].to_dict("records"):
        fields = records.get(int(row[LINE]), [])
        for name, place in columns.items():
            cell = fields[place].strip() if place < len(fields) else ""
            # Readers fill in labels of merged cells, and leave out signs for missing values.
            if cell and str(row[name]).strip() not in {cell, ""}:
                return False
    return True


def _normalise(text: str) -> str:
    return " ".join(text.split()).casefold()


def _choose_lines(lines: Collection[int], most_rows: int) -> set[int]:
    chosen: set[int] = set()
    for line in lines:
        group = {*range(line - NEIGHBOURS, line + NEIGHBOURS + 1)} - chosen
        if len(chosen) + len(group) > most_rows:
            # A line by itself may still have room.
            group = {line} - chosen
        if len(chosen) + len(group) > most_rows:
            break
        chosen |= group
    return chosen


def _stream_records(raw: RawFile, beginning: bytes, wanted: set[int]) -> dict[int, list[str]]:
    stated = raw.sidecar.format
    options = stated.stated_options()
    if stated.kind == "delimited" or "encoding" in options:
        encodings = [stated.encoding]
    else:
        found = decode_text(beginning, name=raw.name).encoding
        # The beginning of a file may be plain ASCII by chance.
        encodings = [found, "cp1252"] if found == "utf-8" else [found]
    delimiter = stated.delimiter
    if stated.kind != "delimited" and "delimiter" not in options:
        decoded = decode_text(beginning, name=raw.name, encoding=encodings[-1])
        delimiter = cut_records(decoded, name=raw.name)[0].delimiter
    for encoding in encodings:
        try:
            with raw.path.open(encoding=encoding, newline="") as stream:
                return _pick_records(stream, delimiter, wanted)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{raw.name}: Die Datei lässt sich nicht als {encodings[-1]} lesen.")


def _pick_records(stream: TextIO, delimiter: str, wanted: set[int]) -> dict[int, list[str]]:
    picked: dict[int, list[str]] = {}
    last = max(wanted, default=0)
    reader = csv.reader(stream, delimiter=delimiter)
    start = 1
    for fields in reader:
        if start in wanted:
            picked[start] = fields
        start = reader.line_num + 1
        if start > last:
            break
    return picked


def _as_frame(records: dict[int, list[str]], layout: _Layout) -> pd.DataFrame:
    below = max(layout.header)
    return pd.DataFrame(
        [
            [fields[place] if place < len(fields) else "" for place in layout.columns.values()]
            for line, fields in records.items()
            if line > below
        ],
        columns=list(layout.columns),
        dtype="str",
    )


def _withhold(
    records: dict[int, list[str]],
    layout: _Layout,
    withheld: Collection[str],
    mapping: Mapping | None,
) -> dict[int, list[str | None]]:
    width = max((len(layout.records[line]) for line in layout.header), default=0)
    places = {layout.columns[name] for name in withheld if name in layout.columns}
    if any(name not in layout.columns for name in withheld):
        # Where a column to be withheld stands is unknown: nothing below the header is given out.
        places = {*range(width)}
    if mapping is not None:
        # Columns without a name are in no mapping.
        places |= {*range(width)} - {*layout.columns.values()}
    by_case = mapping is not None and mapping.dataset == "cases"
    # Beside an export of cases nothing is taken for a remark: it may be a case cut off.
    remarked = (
        set()
        if by_case
        else {remark.line for remark in layout.read.remarks if remark.kind in _REMARKED}
    )
    table_lines = {*layout.read.rows[LINE].tolist(), *layout.read.sums[LINE].tolist()}
    below = max(layout.header)
    shown: dict[int, list[str | None]] = {}
    for line, fields in records.items():
        if line <= below or line in remarked:
            shown[line] = _withhold_personal(fields)
        elif len(fields) > width or (len(fields) < width and places):
            # The fields are not in the columns they belong to.
            shown[line] = [None if places and text.strip() else text for text in fields]
        else:
            kept = [_show(text, place in places) for place, text in enumerate(fields)]
            shown[line] = kept if line in table_lines else _withhold_personal(kept)
    return shown


def _show(text: str, is_withheld: bool) -> str | None:
    return None if is_withheld and text.strip() else text


def _withhold_personal(fields: Sequence[str | None]) -> list[str | None]:
    """Withhold a title, footnote or unsorted row in which personal data stand."""
    joined = "\t".join(text or "" for text in fields)
    if not find_personal_data(joined):
        return list(fields)
    return [None if text and text.strip() else text for text in fields]
