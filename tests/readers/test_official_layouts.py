"""The other layouts of ffcsv and the Monatszahlen, generated from the real files."""

from __future__ import annotations

import csv
import io

import pytest

from analysis.errors import DataError
from analysis.readers.ffcsv import read_ffcsv
from analysis.readers.monatszahlen import read_monatszahlen
from analysis.readers.recognise import recognise
from analysis.readers.values import parse_numbers

NEW = "statistics_code;statistics_label;time_code;time_label;time;"
DIMENSION = "{n}_variable_code;{n}_variable_label;{n}_variable_attribute_code;"
DIMENSION += "{n}_variable_attribute_label;"
VALUE = "value;value_unit;value_variable_code;value_variable_label"


def make_old_layout(content: bytes) -> bytes:
    """Write a new-layout file of one dimension in the layout before 2025, Windows-1252."""
    lines = [line.split(";") for line in content.decode("utf-8-sig").splitlines()[1:]]
    header = (
        "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;"
        "1_Auspraegung_Code;1_Auspraegung_Label;GEM001__Zahl_der_Gemeinden__Anzahl;"
        "FLC006__Fläche__qkm"
    )
    rows = [";".join([*f[:4], "31.12.2024", *f[5:9], f[9], "1,5"]) for f in lines]
    return "\r\n".join([header, *rows, ""]).encode("cp1252")


def make_new_monatszahlen(content: bytes) -> bytes:
    """Write the older layout as the newer one: BOM, _id, NA, newest year first."""
    header, *rows = csv.reader(io.StringIO(content.decode()))
    rows.sort(key=lambda row: (row[0], row[1], -int(row[2])))
    lines = [[str(n), *[f or "NA" for f in row]] for n, row in enumerate(rows, start=1)]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([["_id", *header], *lines])
    return buffer.getvalue().encode("utf-8-sig")


def test_older_ffcsv_gives_the_same_values_as_the_newer(sample):
    new = read_ffcsv(sample("regional"), name="neu").rows
    old = read_ffcsv(make_old_layout(sample("regional")), name="alt").rows
    assert list(old.columns) == list(new.columns)
    assert len(old) == 2 * len(new)
    gem = old[old["value_variable_code"] == "GEM001"].reset_index(drop=True)
    same = [c for c in new.columns if c not in {"time", "value_variable_label", "source_row"}]
    assert gem[same].equals(new[same])
    assert set(gem["value_variable_label"]) == {"Zahl_der_Gemeinden"}
    area = old[old["value_variable_code"] == "FLC006"]
    assert set(area["value_unit"]) == {"qkm"}
    assert parse_numbers(area["value"])["value"].unique().tolist() == [1.5]
    assert area["source_row"].tolist() == gem["source_row"].tolist()


@pytest.mark.parametrize("dimensions", [0, 1, 2, 5])
@pytest.mark.parametrize("quality", [False, True])
def test_any_number_of_dimensions_and_measures(dimensions, quality):
    header = NEW + "".join(DIMENSION.format(n=n) for n in range(1, dimensions + 1)) + VALUE
    attributes = "".join(f"M{n};Merkmal {n};A{n};Ausprägung {n};" for n in range(dimensions))
    rows = [
        f"1;S;JAHR;Jahr;2024;{attributes}{value};{unit};{code};{code} Label"
        for value, unit, code in (("1,5", "Anzahl", "X"), ("...", "EUR", "Y"))
    ]
    lines = [header + ";value_q", *(f"{row};{q}" for row, q in zip(rows, "pe", strict=True))]
    content = "\n".join(lines if quality else [header, *rows])
    read = read_ffcsv(content.encode("utf-8-sig"), name="x")
    assert read.rows["value_unit"].tolist() == ["Anzahl", "EUR"]
    assert read.rows["value_code"].tolist() == ["", "later"]
    assert read.rows["value_q"].tolist() == (["p", "e"] if quality else ["", ""])
    if dimensions:
        label = read.rows[f"{dimensions}_variable_attribute_label"]
        assert set(label) == {f"Ausprägung {dimensions - 1}"}


def test_quotation_marks_in_labels_are_characters():
    header = NEW + DIMENSION.format(n=1) + VALUE
    row = '1;S;JAHR;Jahr;2024;A;B;C;"Haus" Nord;7;Anzahl;X;Y'
    read = read_ffcsv(f"{header}\n{row}\n".encode(), name="x")
    assert read.rows["1_variable_attribute_label"].tolist() == ['"Haus" Nord']
    quoted = "\n".join(
        ";".join('"' + f.replace('"', '""') + '"' for f in line.split(";"))
        for line in (header, row)
    )
    again = read_ffcsv(quoted.encode(), name="x")
    assert again.rows.equals(read.rows)
    assert recognise(quoted.encode(), "x") == "ffcsv"


def test_cut_off_line_becomes_a_misfit(sample):
    content = sample("regional")[:-60]
    read = read_ffcsv(content, name="x")
    assert len(read.rows) == 488
    assert [(m.line, m.expected) for m in read.misfits] == [(490, 13)]


def test_header_that_breaks_off_is_refused_with_the_place(sample):
    content = sample("regional").replace(b"value_unit;", b"", 1)
    with pytest.raises(DataError, match=r"Spalte 11 passt nicht.*»value_unit« erwartet"):
        read_ffcsv(content, name="x")
    old = make_old_layout(sample("regional")).replace(b"1_Merkmal_Label;", b"")
    with pytest.raises(DataError, match="passt nicht"):
        read_ffcsv(old, name="x")


def test_quality_columns_of_the_older_layout():
    content = (
        "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;A__Fälle__Anzahl;A__Fälle__q\n"
        "1;S;JAHR;Jahr;2024;3;e\n"
    )
    row = read_ffcsv(content.encode("iso8859-15"), name="x").rows.iloc[0]
    assert row[["value", "value_q", "value_variable_label"]].tolist() == ["3", "e", "Fälle"]


def test_newer_monatszahlen_give_the_same_figures(sample):
    old = read_monatszahlen(sample("muenchen"), name="alt")
    content = make_new_monatszahlen(sample("muenchen"))
    assert recognise(content, "x") == "monatszahlen"
    new = read_monatszahlen(content, name="neu")
    key = ["MONATSZAHL", "AUSPRAEGUNG", "JAHR", "MONAT"]
    for old_rows, new_rows in ((old.rows, new.rows), (old.sums, new.sums)):
        left, right = (
            rows.drop(columns=["_id", "source_row"]).sort_values(key, ignore_index=True)
            for rows in (old_rows, new_rows)
        )
        assert left.equals(right)
    assert (new.rows["_id"] != "").all()
    missing = content.count(b",NA")
    assert any(f"{missing} Felder »NA«" in remark.text for remark in new.remarks)


def test_later_row_replaces_the_earlier_and_this_is_reported(sample):
    doubled = sample("muenchen").rstrip() + (
        b"\r\nAlkoholunf\xc3\xa4lle,insgesamt,2000,200001,99,,,,78"
        b"\r\nAlkoholunf\xc3\xa4lle,insgesamt,2000,Summe,955,,,,\r\n"
    )
    read = read_monatszahlen(doubled, name="x")
    rows = read.rows
    is_january = (rows["MONATSZAHL"] == "Alkoholunfälle") & (rows["MONAT"] == "200001")
    january = rows[is_january & (rows["AUSPRAEGUNG"] == "insgesamt")]
    assert january["WERT"].tolist() == ["99"]
    assert january["source_row"].tolist() == [2088]
    replaced = [remark for remark in read.remarks if remark.kind == "replaced"]
    assert [remark.line for remark in replaced] == [2, 3]
    assert "WERT »78«" in replaced[1].text
    assert len(rows) == 1932
    assert len(read.sums) == 154


def test_renamed_column_is_named_with_the_nearest(sample):
    with pytest.raises(DataError, match=r"»WERT«.*Meinten Sie »WERTE«"):
        read_monatszahlen(sample("muenchen").replace(b"WERT,", b"WERTE,", 1), name="x")
