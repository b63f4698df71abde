"""Delimited text: whatever the bytes, every row comes back as a row or as a misfit."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.readers.delimited import LINE, read_delimited

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def _read(content: str | bytes, *, encoding="utf-8", delimiter=";"):
    data = content.encode(encoding) if isinstance(content, str) else content
    return read_delimited(data, name="probe.csv", encoding=encoding, delimiter=delimiter)


def _message(content, **options) -> str:
    with pytest.raises(DataError) as caught:
        _read(content, **options)
    assert caught.value.message.startswith("probe.csv: ")
    return caught.value.message


def test_everything_stays_text():
    rows = _read("id;wert;tag\n007;1,50;2023-02-30\nNA;;-\n").rows
    assert rows[["id", "wert", "tag"]].values.tolist() == [
        ["007", "1,50", "2023-02-30"],
        ["NA", "", "-"],
    ]
    assert rows[LINE].tolist() == [2, 3]


def test_a_byte_order_mark_is_not_part_of_the_first_name():
    assert _read(b"\xef\xbb\xbfid;wert\n1;2\n").rows.columns.tolist() == ["id", "wert", LINE]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_after_line_breaks_in_quotes_and_blank_lines(end):
    text = end.join(["id;text", '1;"zwei', 'Zeilen"', "2;b", "", "3;c", ""])
    rows = _read(text).rows
    assert rows[LINE].tolist() == [2, 4, 6]
    assert rows.loc[0, "text"] == f"zwei{end}Zeilen"


def test_quotation_marks_and_delimiters_in_quotes():
    rows = _read('id;text\n1;"a;b ""c"""\n').rows
    assert rows.loc[0, "text"] == 'a;b "c"'


def test_the_last_line_needs_no_line_break():
    assert len(_read("id\n1").rows) == 1


def test_rows_that_misfit_are_handed_back_with_their_line():
    read = _read("id;a;b\n1;2;3\n4;5\n6;7;8;9\n10;11;12\n")
    assert read.rows["id"].tolist() == ["1", "10"]
    assert [tuple(misfit) for misfit in read.misfits] == [(3, 2, 3, "4"), (4, 4, 3, "6")]


def test_only_misfits_leave_an_empty_frame_with_all_columns():
    read = _read("id;a\n1\n")
    assert len(read.rows) == 0
    assert read.rows.columns.tolist() == ["id", "a", LINE]
    assert len(read.misfits) == 1


def test_a_long_first_field_of_a_misfit_is_cut():
    assert len(_read("id;a\n" + "x" * 500 + "\n").misfits[0].start) == 40


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Datei ist leer"),
        ("\n\n", "Datei ist leer"),
        ("\ufeff", "Datei ist leer"),
        ("id;wert\n", "keine Zeilen"),
        ("id;wert;id\n1;2;3\n", "mehrfach in der Kopfzeile: id"),
        ("id;;wert\n1;2;3\n", "Spalte ohne Namen"),
        ("id; \n1;2\n", "Spalte ohne Namen"),
        ('id;wert\n1;"offen\n2;3\n', "Zeile 2 lässt sich nicht lesen"),
        ('id;wert\n1;2\n3;"offen', "Anführungszeichen wird nicht geschlossen"),
        ('id;wert\n1;2\n3;"a"b\n', "Zeile 3"),
        ("id;wert\n1;" + "x" * 200_000 + "\n", "zu langes Feld"),
    ],
)
def test_what_stops_reading(content, words):
    assert words in _message(content)


def test_a_wrong_encoding_is_named_with_its_line():
    message = _message("id;ort\n1;Berlin\n2;München\n".encode("latin-1"))
    assert "Zeile 3" in message
    assert "utf-8" in message


def test_latin_1_is_read_when_the_sidecar_says_so():
    assert _read("id;ort\n1;München\n", encoding="latin-1").rows.loc[0, "ort"] == "München"


def test_an_unknown_encoding_stops():
    assert "unbekannte Kodierung »klingonisch«" in _message(b"id\n1\n", encoding="klingonisch")


def test_half_a_character_at_the_end_of_a_cut_file():
    content = "id;ort\n1;München".encode()
    assert "Zeile 2" in _message(content[: content.index(b"\xc3") + 1])


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([";", ",", "\t", "|"]),
)
def test_what_a_csv_writer_wrote_is_read_back(rows, delimiter):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    read = _read(stream.getvalue(), delimiter=delimiter)
    assert read.misfits == ()
    assert read.rows[["a", "b", "c"]].values.tolist() == rows


@given(st.one_of(st.binary(max_size=200), st.text('ab;"\n\r\ufeff ä', max_size=60).map(str.encode)))
def test_any_bytes_are_read_completely_or_refused(content):
    try:
        read = _read(content)
    except DataError:
        return
    text = content.decode("utf-8").removeprefix("\ufeff")
    records = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") if row]
    assert len(read.rows) + len(read.misfits) == len(records) - 1
    lines = sorted([*read.rows[LINE], *(misfit.line for misfit in read.misfits)])
    assert lines == sorted(set(lines))
