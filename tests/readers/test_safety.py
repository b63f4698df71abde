"""Files that would harm: bombs, entities, oversized cells, passwords. Each is refused in German."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.recognise import read
from analysis.readers.workbook import read_workbook

SHEET = "xl/worksheets/sheet1.xml"


def _change(archive: bytes, /, **parts: bytes | None) -> bytes:
    """Rewrite members of an archive; names are given by their last part without suffix."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            stem = member.rpartition("/")[2].partition(".")[0]
            changed = parts.get(stem, old.read(member))
            if changed is not None:
                new.writestr(member, changed)
    return buffer.getvalue()


def _message(content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read_workbook(content, name="p")
    assert caught.value.message.startswith("p")
    return caught.value.message


def _sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_archive_that_would_unpack_to_gigabytes(workbooks, kind, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 8 * 1024**2)
    monkeypatch.setattr(limits, "RATIO_MATTERS_FROM_BYTES", 2 * 1024**2)
    part = "sheet2" if kind == "xlsx" else "content"
    for size in (3, 9):
        bomb = _change(workbooks[kind], **{part: b" " * (size * 1024**2)})
        assert "unglaubwürdig" in _message(bomb)


def test_archive_that_lies_about_its_sizes(workbooks):
    bomb = bytearray(_change(workbooks["xlsx"], sheet2=b" " * 1024**2))
    size, small = struct.pack("<I", 1024**2), struct.pack("<I", 64)
    assert bomb.count(size) >= 2
    assert "beschädigt" in _message(bytes(bomb).replace(size, small))


@pytest.mark.parametrize(("kind", "part"), [("xlsx", "workbook"), ("xlsx", "sheet2"),
                                            ("ods", "content")])  # fmt: skip
def test_entities_are_refused(workbooks, kind, part):
    evil = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">'
        b'<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&b;&f;</x>'
    )
    assert "DOCTYPE" in _message(_change(workbooks[kind], **{part: evil}))


def test_deeply_nested_xml_is_refused(workbooks):
    evil = b"<a>" * 5_000 + b"</a>" * 5_000
    assert "verschachtelt" in _message(_change(workbooks["ods"], content=evil))


def test_two_far_apart_cells_do_not_fill_the_memory(workbooks):
    cells = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>1</v></c></row>'
        '<row r="1000000"><c r="ZZ1000000"><v>1</v></c></row>'
    )
    changed = _change(workbooks["xlsx"], sheet2=_sheet_xml(cells))
    tracemalloc.start()
    assert "Keine Kopfzeile" in _message(changed)
    assert tracemalloc.get_traced_memory()[1] < 10 * 1024**2
    tracemalloc.stop()


@pytest.mark.parametrize("place", ["ZZZ9999999", "a1", "1A", "A0", "", "XFD1"])
def test_cells_outside_of_a_sheet_are_refused(workbooks, place):
    cells = f'<row r="1"><c r="{place}"><v>1</v></c></row>'
    assert _message(_change(workbooks["xlsx"], sheet2=_sheet_xml(cells)))


def test_many_wide_rows_are_counted_before_they_fill_the_memory(workbooks, monkeypatch):
    monkeypatch.setattr(limits, "MAX_CELLS", 10_000)
    cells = "".join(f'<row r="{r}"><c r="BXX{r}"><v>1</v></c></row>' for r in range(1, 20))
    assert "Zellen" in _message(_change(workbooks["xlsx"], sheet2=_sheet_xml(cells)))


def test_repeated_cells_of_an_ods_are_counted_before_they_are_written_out(workbooks):
    head = (
        b'<d xmlns:t="urn:t" xmlns:o="urn:o"><t:table t:name="A"><t:table-row '
        b't:number-rows-repeated="1048576"><t:table-cell o:value-type="float" o:value="1" '
        b't:number-columns-repeated="%d"/></t:table-row></t:table></d>'
    )
    assert "Zellen" in _message(_change(workbooks["ods"], content=head % 1_000))
    assert "Spalten" in _message(_change(workbooks["ods"], content=head % 16_384))


def test_one_long_text_in_many_cells_is_counted(workbooks, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARACTERS", 50_000)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    texts = f"<sst {space}><si><t>{'x' * 20_000}</t></si></sst>".encode()
    cells = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 5))
    changed = _change(workbooks["xlsx"], sharedStrings=texts, sheet2=_sheet_xml(cells))
    assert "Millionen Zeichen" in _message(changed)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_oversized_cell_is_refused(workbooks, kind):
    if kind == "xlsx":
        cells = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>'
        content = _change(workbooks[kind], sheet2=_sheet_xml(cells))
    else:
        with zipfile.ZipFile(io.BytesIO(workbooks[kind])) as archive:
            old = archive.read("content.xml")
        content = _change(workbooks[kind], content=old.replace(b"Nord", b"N" * 40_000))
    assert "40000 Zeichen" in _message(content)


def test_password_protected_workbooks_are_refused(workbooks):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    encrypted_xlsx = ole + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    flagged = bytearray(workbooks["xlsx"])
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1
    for content in (encrypted_xlsx, _change(workbooks["ods"], manifest=manifest), bytes(flagged)):
        assert "Kennwort" in _message(content)


@pytest.mark.parametrize(
    ("kind", "part"),
    [("xlsx", "workbook"), ("xlsx", "sheet2"), ("ods", "content")],
)
def test_missing_and_broken_parts_are_named(workbooks, kind, part):
    assert _message(_change(workbooks[kind], **{part: b"<a><b></a>"}))
    assert _message(_change(workbooks[kind], **{part: None}))


def test_too_many_members_rows_and_columns(monkeypatch, workbooks):
    monkeypatch.setattr(limits, "MAX_ARCHIVE_MEMBERS", 3)
    assert "zu viele Teile" in _message(workbooks["xlsx"])
    monkeypatch.setattr(limits, "MAX_ROWS", 3)
    monkeypatch.setattr(limits, "MAX_COLUMNS", 4)
    for content in (b"a;b\n" + b"1;2\n" * 9, b"a;b;c;d;e\n" + b"1;2;3;4;5\n"):
        with pytest.raises(DataError, match=r"Zeilen|Spalten"):
            read(content, "x")
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 3)
    with pytest.raises(DataError, match="zu groß"):
        read(b"a;b\n1;2\n", "x")
