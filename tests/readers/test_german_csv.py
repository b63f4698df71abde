"""CSV as offices deliver it: encodings, dialects, titles, sums, footnotes, page breaks."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import DataError
from analysis.readers.german_csv import read_csv
from analysis.readers.result import LINE, list_accounted_lines
from analysis.readers.table import TableOptions

CASES = Path(__file__).with_name("cases")
TABLE = [["Amt", "Straße", "Betrag"], ["Nord", "Ö-Weg 1", "1,5"], ["Süd", "Am Fluß", "2,5"]]
ENCODINGS = {
    "utf-8": "UTF-8.",
    "utf-8-sig": "UTF-8 mit Byte-Order-Mark",
    "cp1252": "Windows-1252",
    "iso8859-15": "Windows-1252 (alle Zeichen sind in ISO-8859-15 dieselben)",
    "utf-16": "UTF-16 (LE) mit Byte-Order-Mark",
    "utf-16-le": "UTF-16 (LE) ohne Byte-Order-Mark",
    "utf-16-be": "UTF-16 (BE) ohne Byte-Order-Mark",
    "utf-32": "UTF-32 (LE) mit Byte-Order-Mark",
}


def _read(text: str, encoding: str = "utf-8", **options):
    return read_csv(text.encode(encoding), name="probe.csv", **options)


def _message(content: bytes, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_csv(content, name="probe.csv", **options)
    assert caught.value.message.startswith("probe.csv: ")
    return caught.value.message


def _texts(read, kind) -> list[str]:
    return [remark.text for remark in read.remarks if remark.kind == kind]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "newline"),
    [*itertools.product(ENCODINGS, ";,\t|", ["\n", "\r\n", "\r"])],
)
def test_encodings_and_dialects_are_found_out(encoding, delimiter, newline):
    text = newline.join(delimiter.join(f'"{f}"' if "," in f else f for f in r) for r in TABLE)
    read = _read(text + newline, encoding)
    assert read.rows.drop(columns=LINE).to_numpy().tolist() == TABLE[1:]
    assert list(read.rows.columns) == [*TABLE[0], LINE]
    assert read.rows[LINE].tolist() == [2, 3]
    assert ENCODINGS[encoding] in _texts(read, "encoding")[0]
    assert not read.misfits


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        (b"a;b\n\x80;1\n", "Windows-1252.", "€"),
        (b"a;b\n\x84x\x93;1\n", "Windows-1252.", "„x“"),
        (b"a;b\n\xa4;1\n", "Eurozeichen", "€"),
        (b"a;b\n\xbd;1\n", "angenommen", "½"),
        (b"a;b\nx;1\n", "nur ASCII", "x"),
    ],
)
def test_single_byte_encodings_are_told_apart_by_their_characters(content, label, text):
    read = read_csv(content, name="x")
    assert label in _texts(read, "encoding")[0]
    assert read.rows["a"].tolist() == [text]


def test_stated_encoding_counts():
    assert read_csv(b"a;b\n\x84;1\n", name="x", encoding="cp850").rows["a"].tolist() == ["ä"]
    assert "unbekannte Kodierung" in _message(b"a;b\n1;2\n", encoding="utf-99")
    assert "nicht zur Kodierung ascii" in _message(b"a;b\n\xe4;2\n", encoding="ascii")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"a;b\nS\x81d;1\n", "DOS-Zeichensatz"),
        (b"a;b\nl\x84nger;1\n", "DOS-Zeichensatz"),
        ("ä;b\nö;1\nü".encode()[:-1], "bricht in Zeile 3 mitten in einem Zeichen ab"),
        ("ä;ö\nü;1\n".encode() + b"\xe4;2\n", "mischt Kodierungen: überwiegend UTF-8, aber"),
        (b"a;b\n\x00\x01;2\n", "Steuerzeichen"),
        (b"", "leer"),
        (b"\n\n\n", "Keine Tabelle"),
        (b"nur ein Satz\nund noch einer\n", "keines der Trennzeichen"),
        (b'a;b\n"offen;1\n', "Anführungszeichen wird nicht geschlossen"),
        (b"a;b\n", "keines der Trennzeichen"),
        (b"1;2\n3;4\n", "Keine Kopfzeile erkannt"),
        (b"a;b\n" + b"x" * 40_000 + b";1\n", "40000 Zeichen"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_was_recognised(content, part):
    assert part in _message(content)


@pytest.mark.parametrize("case", sorted(path.stem[:-6] for path in CASES.glob("*_input.csv")))
def test_case_files(case):
    content = (CASES / f"{case}_input.csv").read_bytes()
    read = read_csv(content, name=case)
    expected = pd.read_csv(CASES / f"{case}_expected.csv", sep=";", dtype="str",
                           keep_default_na=False)  # fmt: skip
    sums = read.sums.assign(part="sums")
    found = pd.concat([read.rows.assign(part="rows"), sums]).astype("str")
    assert found.reset_index(drop=True).to_csv(sep=";") == expected.to_csv(sep=";")
    filled = {
        number
        for number, line in enumerate(content.decode().splitlines(), start=1)
        if line.strip(" ;") and not line.startswith("  ")
    }
    assert filled <= list_accounted_lines(read)


def test_quoted_line_breaks_keep_the_line_numbers():
    read = _read('Amt;"Anträge\nneu";offen\n"Nord\n\nOst";1;2\nSüd;3;4\n')
    assert list(read.rows.columns) == ["Amt", "Anträge neu", "offen", LINE]
    assert read.rows["Amt"].tolist() == ["Nord\n\nOst", "Süd"]
    assert read.rows[LINE].tolist() == [3, 6]


def test_separator_that_the_file_declares():
    read = _read("sep=,\na,b\n1;5,2\n")
    assert read.rows["a"].tolist() == ["1;5"]
    assert "Zeile 1 gibt es an" in _texts(read, "dialect")[0]


def test_decimal_commas_do_not_make_the_comma_a_separator():
    read = _read("Amt;Wert\n" + "".join(f"A{n};{n},5\n" for n in range(20)))
    assert "Semikolon" in _texts(read, "dialect")[0]
    assert read.rows["Wert"].tolist()[:2] == ["0,5", "1,5"]


def test_separator_at_the_end_of_the_rows_only():
    read = _read("Amt;Wert\nNord;1;\nSüd;2;\n")
    assert list(read.rows.columns) == ["Amt", "Wert", LINE]
    assert not read.misfits


def test_columns_get_unique_names():
    read = _read("Amt;n;n;;source_row\nNord;1;2;3;4\nSüd;5;6;7;8\n")
    assert list(read.rows.columns) == ["Amt", "n", "n (2)", "Spalte 4", "source_row (2)", LINE]
    assert len(_texts(read, "column")) == 3


def test_truncated_row_is_a_misfit():
    read = _read("Amt;a;b\nNord;1;2\nSüd;3\n")
    assert [(m.line, m.found, m.expected, m.start) for m in read.misfits] == [(3, 2, 3, "Süd")]


def test_insgesamt_as_a_category_stays_among_the_rows():
    rows = ["insgesamt;2023;5", "weiblich;2023;3", "insgesamt;2024;6", "weiblich;2024;4"]
    assert len(_read("\n".join(["Geschlecht;Jahr;n", *rows])).rows) == 4
    once = _read("Amt;n\nNord;1\nSüd;2\nInsgesamt;3\n")
    assert once.sums["Amt"].tolist() == ["Insgesamt"]
    kept = _read("Amt;n\nNord;1\nSüd;2\nSumme;3\n", options=TableOptions(keep_sums=True))
    assert len(kept.rows) == 3


def test_header_line_can_be_stated():
    text = "2022;2023\n1;2\nx;y\n3;4\n"
    read = _read(text, options=TableOptions(header_row=3, header_rows=1))
    assert list(read.rows.columns) == ["x", "y", LINE]
    assert "Keine Kopfzeile" in _message(text.encode(), options=TableOptions(header_row=99))


def test_header_with_other_width_than_the_rows_is_refused():
    options = TableOptions(header_row=1)
    assert "nicht so viele Spalten" in _message(b"a;b\n1;2;3\n4;5;6\n7;8;9\n", options=options)


HEADERS = {
    "Amt;Anträge;\n;2022;2023\nNord;1;2\n": ["Amt", "Anträge / 2022", "Anträge / 2023"],
    "Summe von n;Spalten;;\nZeilen;2023;2024;Gesamt\nNord;1;2;3\n": [
        "Summe von n / Zeilen", "Spalten / 2023", "Spalten / 2024", "Spalten / Gesamt"],
    "Bericht, erstellt am 1.1.2025\nQuelle: X, Y\n\nAmt,Anträge\nNord,7\n": ["Amt", "Anträge"],
    "Amt;Leitung;\nNord;Meier;x\n": ["Amt", "Leitung", "Spalte 3"],
    "Amt;x;y\nNord;1;2\n": ["Amt", "x", "y"],
    "Stand:;31.12.2024\nAmt;n\nNord;1\n": ["Amt", "n"],
    "A;B;C\n1;2;3\n": ["A", "B", "C"],
    "A;B;C\n\n1;2;3\n4;5;6\n": ["A", "B", "C"],
    "Monat;Kosten (in €);Quote (%)\nJan 24;1,00 €;5 %\n": ["Monat", "Kosten (in €)", "Quote (%)"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "names"), HEADERS.items())
def test_headers(text, names):
    read = _read(text)
    assert list(read.rows.columns[:-1]) == names
    last = len(text.splitlines())
    assert read.rows[LINE].tolist() in ([last], [last - 1, last])
