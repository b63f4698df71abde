"""Recognising formats, and the refusal of what is not one."""

from __future__ import annotations

import io
import zipfile

import pytest
from pydantic import ValidationError

from analysis.errors import DataError, UsageError
from analysis.readers.recognise import read, recognise
from analysis.readers.result import LINE
from analysis.sources import Format


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_workbooks_are_recognised_by_content_not_by_name(workbooks, kind):
    assert recognise(workbooks[kind], "export.csv") == "workbook"


def test_plain_table_is_csv():
    assert recognise(b"Amt;Wert\nNord;1\n", "x") == "csv"


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"%PDF-1.7\n", "PDF-Dokument"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (_zip(bild=b"x"), "keine Arbeitsmappe"),
        (b"ein Satz ohne Tabelle\n", "Keine Tabelle erkannt"),
        (b"", "leer"),
        (bytes(range(256)) * 4, "x: "),
    ],
)
def test_what_fits_nothing_is_refused_with_what_was_recognised(content, part):
    with pytest.raises(DataError) as caught:
        recognise(content, "x")
    assert part in caught.value.message


def test_options_reach_the_reader(workbooks):
    result = read(workbooks["xlsx"], "x", sheet="Daten", hidden="leave", keep_sums=True)
    assert result.rows["Einheit"].tolist() == ["Nord", "Süd", "Summe"]
    assert read(b"a;b\n1;2\nc;d\n3;4\n", "x", header_row=3).rows[LINE].tolist() == [4]


def test_options_of_other_formats_are_refused(workbooks):
    with pytest.raises(UsageError, match="delimiter"):
        read(workbooks["xlsx"], "x", delimiter=";")
    with pytest.raises(UsageError, match="header_row"):
        read(b"leika_key;ars;online_status\n1;2;ok\n", "x", header_row=1)
    with pytest.raises(UsageError, match="Meinten Sie »workbook«"):
        read(b"", "x", kind="workbok")


def test_sidecar_options_are_those_of_the_kind():
    stated = Format(kind="workbook", sheet="Daten", header_rows=2).stated_options()
    assert stated == {"sheet": "Daten", "header_rows": 2}
    assert Format(kind="csv").stated_options() == {}
    plain = Format(kind="delimited", delimiter="\t")
    assert (plain.encoding, plain.delimiter) == ("utf-8", "\t")
    with pytest.raises(ValidationError, match="sheet"):
        Format(kind="csv", sheet="Daten")


def test_sidecar_options_fit_the_readers(workbooks):
    options = Format(kind="workbook", sheet=2, hidden="leave", keep_sums=True).stated_options()
    assert len(read(workbooks["ods"], "x", "workbook", **options).rows) == 3


def test_stated_dialect_is_read_strictly():
    options = Format(kind="delimited", delimiter="|").stated_options()
    result = read(b"a|b\n1|2\n3\n", "x", "delimited", **options)
    assert result.rows["a"].tolist() == ["1"]
    assert [misfit.line for misfit in result.misfits] == [3]
    assert result.sums.empty
