"""Whatever the bytes: a valid result or a German refusal, in time, and no line lost."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.readers.german_csv import read_csv
from analysis.readers.recognise import Kind, read
from analysis.readers.result import LINE, Read, list_accounted_lines

#: raise for a long run: FUZZ_EXAMPLES=5000 pytest tests/readers/test_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
# The deadline is there to find what hangs, not what is slow on a busy machine.
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=dt.timedelta(seconds=60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

KINDS: tuple[Kind | None, ...] = (None, "csv", "workbook", "ffcsv", "monatszahlen", "pvog")
PIECES = [
    *";,|\t\n\r\"'=-.–…0123456789", "\r\n", "Amt", "Summe", "Insgesamt", "1.234,5", "12,5 %",
    "2024", "31.12.2024", "¹⁾", "k. A.", "Quelle:", "Seite 2", "sep=;", "Ä", "€", "\u202f", "\x00",
    "statistics_code", "MONAT", "leika_key", "ars", "online_status", "source_row", " ", "*",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "iso8859-15", "utf-16", "utf-16-le"])
CELLS = st.one_of(
    st.sampled_from(["", "0", "1.234,5", "12 %", "Summe", "Insgesamt", "Nord", "-", ".", "2024",
                     "Quelle: x", "1) Fußnote", "Seite 1", "Amt"]),
    st.text(st.characters(codec="cp1252", exclude_categories=["Cc"], exclude_characters=';"'),
            max_size=8),
)  # fmt: skip


def _read_or_refuse(content: bytes, kind: Kind | None) -> Read | None:
    try:
        result = read(content, "x", kind)
    except DataError:
        return None
    _check_valid(result)
    return result


def _check_valid(result: Read) -> None:
    for frame in (result.rows, result.sums):
        assert frame.columns.is_unique
        assert frame.columns[-1] == LINE
        assert frame[LINE].dtype == "int64"
        assert frame[LINE].is_monotonic_increasing
        texts = frame.drop(columns=LINE)
        assert not texts.isna().any(axis=None)
        assert all(isinstance(dtype, pd.StringDtype) for dtype in texts.dtypes)
    assert all(remark.text for remark in result.remarks)


def _mutate(content: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    data = bytearray(content)
    for how, where, piece in changes:
        place = where % (len(data) + 1)
        if how == "cut":
            del data[place : place + where % 50]
        elif how == "insert":
            data[place:place] = piece
        elif how == "replace":
            data[place : place + len(piece)] = piece
        elif how == "double":
            data[place:place] = data[place : place + 200]
        elif how == "end":
            del data[len(data) // 2 + place // 2 :]
    return bytes(data)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["cut", "insert", "replace", "double", "end"]),
        st.integers(0, 2**20),
        st.binary(max_size=8) | st.sampled_from([b";", b"\n", b'"', b"\x00", b"\xff", b"NA"]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("kind", KINDS)
@fuzz
@given(content=st.binary(max_size=300))
def test_arbitrary_bytes(kind, content):
    _read_or_refuse(content, kind)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "workbook"])
@fuzz
@given(text=TEXTS, encoding=ENCODINGS)
def test_arbitrary_pieces_of_tables(kind, text, encoding):
    _read_or_refuse(text.encode(encoding, "ignore"), kind)


@pytest.mark.parametrize("start", ["muenchen", "regional", "genesis"])
@fuzz
@given(changes=CHANGES, size=st.integers(200, 4000))
def test_damaged_real_files_lose_no_line(sample: Callable[[str], bytes], start, changes, size):
    content = _mutate(sample(start)[:size], changes)
    result = _read_or_refuse(content, None)
    # Damage that puts a quotation mark at the start of a field joins lines, so that only the first
    # of them has a number; without one each line stands for itself.
    if result is not None and b'"' not in content and b"\x00" not in content:
        _check_lines(result, content)


def _check_lines(result: Read, content: bytes) -> None:
    lines = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    filled = {n for n, line in enumerate(lines.split("\n"), 1) if line.strip(" ;,|\t\u00a0")}
    header = min(filled)
    assert filled - {header} <= list_accounted_lines(result)


@fuzz
@given(
    table=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=12),
    header=st.lists(st.sampled_from(["Amt", "neu", "offen", "n", "2024"]), max_size=6),
    width=st.integers(0, 6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
)
def test_no_cell_of_a_text_is_lost(table, header, width, encoding):
    # Arbitrary lines are seldom a table; most examples get a header and lines of one width.
    table = [header, *table] if header else table
    table = [(cells + [""] * width)[:width] if width else cells for cells in table]
    content = "\n".join(";".join(cells) for cells in table).encode(encoding)
    try:
        # Stated, as a few characters of one encoding can look like those of another.
        result = read_csv(content, name="x", encoding=encoding, delimiter=";")
    except DataError:
        return
    _check_valid(result)
    _check_cells(result, table)


def _check_cells(result: Read, table: list[list[str]]) -> None:
    """Each line is in exactly one place, with all of its cells."""
    rows, sums, misfits = (
        {line: position for position, line in enumerate(lines)}
        for lines in (result.rows[LINE], result.sums[LINE], [m.line for m in result.misfits])
    )
    told = dict.fromkeys(range(1, len(table) + 1), "")
    for remark in result.remarks:
        if remark.line:
            told[remark.line] += f" {remark.text}"
    headers = {r.line for r in result.remarks if r.kind in {"header", "repeated_header"}}
    for line, cells in enumerate(table, start=1):
        filled = sorted(cell.strip() for cell in cells if cell.strip())
        places = (line in rows) + (line in sums) + (line in misfits)
        if not filled:
            assert places == 0
        elif places:
            assert places == 1
            frame = result.rows if line in rows else result.sums
            if line not in misfits:
                position = rows.get(line, sums.get(line))
                kept = frame.drop(columns=LINE).iloc[position]
                assert sorted(text.strip() for text in kept if text.strip()) == filled
        elif line not in headers:
            assert all(cell in told[line] for cell in filled)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
@fuzz
@given(changes=CHANGES)
def test_damaged_workbooks(workbooks, kind, changes):
    _read_or_refuse(_mutate(workbooks[kind], changes), "workbook")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@fuzz
@given(data=st.data(), changes=CHANGES)
def test_workbooks_with_damaged_parts(workbooks, kind, data, changes):
    # Changed within the archive, so that the checksum does not catch it.
    with zipfile.ZipFile(io.BytesIO(workbooks[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(n for n in parts if n.endswith((".xml", ".rels")))))
    parts[name] = _mutate(parts[name], changes)
    _read_or_refuse(_pack(parts), "workbook")


ATTRIBUTES = [
    b'r="B2"', b'r="XFD1048576"', b't="s"', b't="e"', b't="d"', b's="1"', b's="99"', b'hidden="1"',
    b'ref="A1:C3"', b'ref="C3:A1"', b'ref="A1:XFD1048576"', b'min="1" max="16384"',
]  # fmt: skip


@fuzz
@given(
    items=st.lists(
        st.tuples(
            st.sampled_from([b"row", b"c", b"col", b"mergeCell", b"f"]),
            st.lists(st.sampled_from(ATTRIBUTES), max_size=2, unique_by=lambda a: a[:3]),
            st.sampled_from([b"", b"<v>1</v>", b"<v>-1</v>", b"<v>1e400</v>", b"<is><t>x</t></is>",
                             b"<v>#REF!</v>", b"<f>A1</f>", b"<v>99999999</v>", b"<v/>"]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_arbitrary_sheets(workbooks, items):
    with zipfile.ZipFile(io.BytesIO(workbooks["xlsx"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = b"".join(
        b"<%s %s>%s</%s>" % (tag, b" ".join(attributes), inner, tag)
        for tag, attributes, inner in items
    )
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, body)
    parts["xl/worksheets/sheet2.xml"] = sheet
    _read_or_refuse(_pack(parts), "workbook")


@fuzz
@given(
    members=st.dictionaries(
        st.sampled_from(["xl/workbook.xml", "content.xml", "xl/_rels/workbook.xml.rels", "x.xml",
                         "META-INF/manifest.xml", "mimetype", "xl/worksheets/sheet1.xml"]),
        st.binary(max_size=40) | st.sampled_from([b"<a/>", b"<sheet/>", b"<table/>"]),
        max_size=5,
    )
)  # fmt: skip
def test_arbitrary_archives(members):
    _read_or_refuse(_pack(members), None)


@fuzz
@given(
    grid=st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=2, max_size=8),
)
def test_no_row_of_a_sheet_is_lost(grid):
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for number, values in enumerate(grid):
        for column, value in enumerate(values):
            sheet.write_string(number, column, value)
    book.close()
    result = _read_or_refuse(buffer.getvalue(), "workbook")
    assume(result is not None)
    filled = {n for n, values in enumerate(grid, 1) if any(v.strip() for v in values)}
    assert filled <= list_accounted_lines(result)


def _pack(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
