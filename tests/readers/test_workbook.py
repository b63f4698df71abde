"""Workbooks: the same sheet in three formats gives the same rows and the same remarks."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter

from analysis.errors import DataError
from analysis.readers.result import list_accounted_lines
from analysis.readers.table import TableOptions
from analysis.readers.values import parse_numbers
from analysis.readers.workbook import read_workbook

FORMATS = ["xlsx", "xls", "ods"]


def _texts(read, kind) -> list[str]:
    return [remark.text for remark in read.remarks if remark.kind == kind]


def _write(rows, **sheets) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for title, grid in {"Daten": rows, **sheets}.items():
        sheet = book.add_worksheet(title)
        for number, values in enumerate(grid):
            sheet.write_row(number, 0, values)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_table_is_found_among_title_header_lines_and_footnote(workbooks, kind):
    read = read_workbook(workbooks[kind], name=f"probe.{kind}")
    assert list(read.rows.columns) == [
        "Einheit",
        "Stellen (VZÄ) / Soll",
        "Stellen (VZÄ) / Ist",
        "Quote",
        "seit",
        "Prüfung",
        "source_row",
    ]
    assert read.rows.to_numpy().tolist() == [
        ["Nord", "10,5", "9", "85,7 %", "2024-01-15", "ok", 5],
        ["Süd", "12", "11,25", "93,75 %", "2024-02-01", "#REF!", 6],
        ["West", "8", "7¹⁾", "87,5 %", "2024-03-01", "ok", 7],
    ]
    assert read.sums.iloc[0].tolist() == ["Summe", "30,5", "27,25", "", "", "", 8]
    assert _texts(read, "title") == ["Stellenbericht zum 31.12.2024"]
    assert _texts(read, "footnote") == ["¹⁾ ohne Auszubildende"]
    assert not read.misfits
    assert {1, *range(3, 9), 10} <= list_accounted_lines(read)


@pytest.mark.parametrize("kind", FORMATS)
def test_hidden_parts_error_cells_and_other_sheets_are_reported(workbooks, kind):
    read = read_workbook(workbooks[kind], name=f"probe.{kind}")
    assert _texts(read, "hidden") == [
        "Verborgene Spalten mitgelesen: E.",
        "Verborgene Zeilen mitgelesen: 7.",
    ]
    assert _texts(read, "error_cell") == ["Fehler in Zelle F6: #REF!"]
    assert _texts(read, "sheet") == [
        "Blatt »Deckblatt«: nicht gelesen (1 Zeilen mit Inhalt).",
        "Blatt »Daten«: gelesen.",
        "Blatt »Parameter« (verborgen): nicht gelesen (0 Zeilen mit Inhalt).",
    ]
    assert len(_texts(read, "formula")) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_hidden_parts_can_be_left_out_and_are_named(workbooks, kind):
    read = read_workbook(workbooks[kind], name=f"probe.{kind}", hidden="leave")
    assert read.rows["Einheit"].tolist() == ["Nord", "Süd"]
    assert "seit" not in read.rows
    assert any("West · 8 · 7¹⁾" in text for text in _texts(read, "hidden"))


def test_numbers_of_cells_pass_the_parser_of_german_numbers():
    read = read_workbook(
        _write([["Amt", "Wert"], ["A", 1.234], ["B", 1234.5], ["C", 1e14], ["D", -0.1]]),
        name="probe.xlsx",
    )
    assert parse_numbers(read.rows["Wert"])["value"].tolist() == [1.234, 1234.5, 1e14, -0.1]


def test_formula_without_stored_result_is_named():
    book = openpyxl.Workbook()
    for values in (["Amt", "a", "b"], ["Nord", 1, "=B2*2"], ["Süd", 3, 4]):
        book.active.append(values)
    buffer = io.BytesIO()
    book.save(buffer)
    read = read_workbook(buffer.getvalue(), name="probe.xlsx")
    assert read.rows["b"].tolist() == ["", "4"]
    assert "Formel in C2 ohne gespeichertes Ergebnis; die Zelle bleibt leer." in _texts(
        read, "formula"
    )


def test_label_merged_over_rows_belongs_to_each_of_them_a_number_only_to_the_first():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for number, values in enumerate((["Amt", "Stufe", "n"], [], ["", "B", ""], ["Süd", "A", 3])):
        sheet.write_row(number, 0, values)
    sheet.write(1, 1, "A")
    sheet.merge_range(1, 0, 2, 0, "Nord")
    sheet.merge_range(1, 2, 2, 2, 5)
    book.close()
    read = read_workbook(buffer.getvalue(), name="probe.xlsx")
    assert read.rows["Amt"].tolist() == ["Nord", "Nord", "Süd"]
    assert read.rows["n"].tolist() == ["5", "", "3"]
    assert len(_texts(read, "merged")) == 2


def test_sheet_is_chosen_by_name_or_number():
    content = _write([["a", "b", "c"], [1, 2, 3]], Zwei=[["d", "e", "f"], [4, 5, 6]])
    assert list(read_workbook(content, name="p", sheet="Zwei").rows.columns[:3]) == ["d", "e", "f"]
    assert list(read_workbook(content, name="p", sheet=2).rows.columns[:3]) == ["d", "e", "f"]
    with pytest.raises(DataError, match="Meinten Sie »Zwei«"):
        read_workbook(content, name="p", sheet="Zwie")


def test_years_may_head_the_columns():
    rows = [["Titel"], [], ["Amt", 2022, 2023, 2024], ["Nord", 1, 2, 3], ["Süd", 4, 5, 6]]
    read = read_workbook(_write(rows), name="p.xlsx")
    assert list(read.rows.columns) == ["Amt", "2022", "2023", "2024", "source_row"]
    assert len(read.rows) == 2


def test_header_can_be_stated():
    rows = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    with pytest.raises(DataError, match="Keine Kopfzeile erkannt"):
        read_workbook(_write(rows), name="p.xlsx", sheet=1)
    options = TableOptions(header_row=1, header_rows=1)
    read = read_workbook(_write(rows), name="p.xlsx", options=options)
    assert list(read.rows.columns) == ["1", "2", "3", "source_row"]
    assert read.rows["source_row"].tolist() == [2, 3]


def test_workbook_without_table_says_what_it_holds():
    with pytest.raises(DataError, match=r"keinem sichtbaren Blatt.*»Daten«.*mehreren Spalten"):
        read_workbook(_write([["nur ein Satz"]]), name="p.xlsx")
