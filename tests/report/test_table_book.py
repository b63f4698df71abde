"""The workbook of all tables: contents, numbers as numbers, marks, no formula, the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from analysis.report.collect import collect_chapters
from analysis.report.register import build_register
from analysis.report.table_book import CONTENTS, WARNING, name_sheets, write_book
from analysis.report.table_files import DataField, DataTable, list_tables


@pytest.fixture
def edition(sample):
    return sample.make_edition()


@pytest.fixture(scope="module")
def tables(notebooks):
    chapters = collect_chapters(notebooks)
    return list_tables(chapters, build_register(chapters))


def make_table(*values, synthetic=False, **details):
    fields = (
        DataField("Haus", "Haus"),
        DataField("Dauer (Monate)", "Dauer", "number", "value", "Monate", "processing_time"),
    )
    parts = {
        "name": "dauer", "label": "Tabelle 1", "anchor": "a", "title": "Dauer", "subject": "Dauern",
        "chapter": "Personal", "note": "", "sources": (), "fields": fields,
        "rows": tuple((f"Haus {n}", value) for n, value in enumerate(values)),
    }  # fmt: skip
    return DataTable(**{**parts, "synthetic": synthetic, **details})


def read(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def write(tables, edition):
    return write_book(tables, edition, state_of_data="Januar 2026")


def cells(page):
    return {cell.value for row in page.iter_rows() for cell in row if cell.value is not None}


def links(page):
    return [cell.hyperlink for row in page.iter_rows() for cell in row if cell.hyperlink]


def test_contents_lead_to_a_sheet_for_each_table(tables, edition):
    book = read(write(tables, edition))
    assert book.sheetnames == [CONTENTS, *(table.label for table in tables)]
    targets = [link.location for link in links(book[CONTENTS])]
    assert targets == [f"'{table.label}'!A1" for table in tables]
    for table in tables:
        assert {table.title, f"{table.name}.csv"} <= cells(book[CONTENTS])
        assert any(link.location == f"'{CONTENTS}'!A1" for link in links(book[table.label]))


def test_a_sheet_says_what_it_shows_and_where_it_comes_from(tables, edition, sample):
    page = read(write(tables, edition))["Abbildung 1"]
    found = cells(page)
    assert f"Abbildung 1: {tables[0].title}" in found
    assert tables[0].subject in found
    assert f"Anmerkung: {tables[0].note}" in found
    assert "Einheiten: Eingegangene Anträge: Anzahl; davon online: %" in found
    assert {sample.COUNCIL.title, sample.PRESS.title} <= found
    assert sample.PRESS.url in {link.target for link in links(page)}


def test_numbers_are_numbers_in_german_style(edition):
    page = read(write([make_table(Decimal("1234.5"), Decimal("-2"), ".")], edition))["Tabelle 1"]
    row = int(page.auto_filter.ref.split(":")[0][1:]) + 1
    shown = [page.cell(row + n, 2) for n in range(3)]
    assert [cell.value for cell in shown] == [1234.5, -2, "."]
    assert [cell.number_format for cell in shown[:2]] == ["[$-407]#,##0.0", "[$-407]#,##0"]


def test_the_head_is_frozen_repeated_in_print_and_says_what_is_counted(edition):
    page = read(write([make_table(Decimal(1))], edition))["Tabelle 1"]
    head = int(page.auto_filter.ref.split(":")[0][1:])
    assert [page.cell(head, n).value for n in (1, 2)] == ["Haus", "Dauer (Monate)"]
    assert [page.cell(head - 1, n).value for n in (1, 2)] == [
        "Messgröße", "Bearbeitungsdauer ab Antragseingang",
    ]  # fmt: skip
    assert page.freeze_panes == f"B{head + 1}"
    assert page.print_title_rows == f"${head - 1}:${head}"
    assert page.page_setup.fitToHeight == 0
    assert page.page_setup.paperSize == 9


def test_made_up_figures_are_marked_on_each_sheet(sample, notebooks):
    chapters = collect_chapters(notebooks)
    made_up = list_tables(chapters, build_register(chapters), synthetic=True)
    book = read(write(made_up, sample.make_edition("synthetic")))
    for page in book.worksheets:
        assert page["A1"].value == WARNING
        assert page.oddHeader.right.text == "&BMusterdaten&B"


def test_documented_figures_are_not_marked(tables, edition):
    book = read(write(tables, edition))
    assert not any(WARNING in cells(page) for page in book.worksheets)


def test_no_cell_is_a_formula(edition):
    evil = ["=1+1", "+1", "-1 bis 2", "@SUM(A1)"]
    table = make_table(*map(Decimal, range(4)))
    rows = tuple((text, number) for text, (_, number) in zip(evil, table.rows, strict=True))
    content = write([make_table(title="=1+1", note="@x", rows=rows)], edition)
    book = read(content)
    kinds = {cell.data_type for page in book.worksheets for row in page.iter_rows() for cell in row}
    assert "f" not in kinds
    page = book["Tabelle 1"]
    quoted = [cell for row in page.iter_rows() for cell in row if cell.value in evil]
    assert len(quoted) == 4
    assert all(cell.quotePrefix for cell in quoted)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_the_same_tables_give_the_same_bytes(tables, edition):
    assert write(tables, edition) == write(tables, edition)
    # The day of writing is not in it.
    assert read(write(tables, edition)).properties.created == dt.datetime(2000, 1, 1)


def test_nasty_text_and_no_tables_are_no_obstacle(edition):
    assert read(write([], edition)).sheetnames == [CONTENTS]
    long = make_table(note="x" * 40_000, title="t" * 400, rows=(("y" * 40_000, Decimal(1)),))
    assert read(write([long], edition)).sheetnames == [CONTENTS, "Tabelle 1"]


def test_sheets_have_names_that_excel_takes():
    labels = ["Inhalt", "a/b:c*d?[e]\\'", "Tabelle 1", "tabelle 1", "x" * 40, "x" * 40, ""]
    made = name_sheets(labels)
    assert len({name.casefold() for name in made} | {"inhalt"}) == len(labels) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in made)
