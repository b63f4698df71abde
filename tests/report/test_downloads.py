"""The files beside a report: complete, the same each time, from what the report shows alone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re

import pytest

from analysis.presentation.blocks import FigureBlock, TableBlock
from analysis.presentation.formats import format_number
from analysis.report.collect import collect_chapters
from analysis.report.downloads import (
    FOOTER_LINKS,
    link_tables,
    make_downloads,
    write_crate,
    write_downloads,
)
from analysis.report.metadata import Input
from analysis.report.register import build_register
from analysis.report.scan import scan_outputs

INPUTS = (
    Input(
        "data/raw/probe/zahlen.csv", "0" * 64, "Zahlen", "Amt", "Bericht 2024", licence="CC0-1.0"
    ),
)


@pytest.fixture
def edition(sample):
    return sample.make_edition()


@pytest.fixture(scope="module")
def chapters(notebooks):
    return collect_chapters(notebooks)


def write(chapters, edition, folder):
    return write_downloads(
        chapters, build_register(chapters), edition, folder,
        inputs=INPUTS, state_of_data="Januar 2026",
    )  # fmt: skip


def list_files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_each_table_becomes_a_file_and_all_become_a_workbook(chapters, edition, tmp_path):
    entries = write(chapters, edition, tmp_path)
    shown = [
        f"tabellen/{block.id}.csv"
        for chapter in chapters
        for block in chapter.blocks
        if isinstance(block, FigureBlock | TableBlock)
    ]
    assert [entry.name for entry in entries] == [
        *shown, "tabellen/tabellen.xlsx", "tabellen/datapackage.json",
    ]  # fmt: skip
    assert list_files(tmp_path) == sorted(["tabellen", *(entry.name for entry in entries)])
    for entry in entries:
        assert entry.size == (tmp_path / entry.name).stat().st_size
        assert entry.label
    kinds = {entry.name.rpartition(".")[2]: entry.media_type for entry in entries}
    assert kinds == {
        "csv": "text/csv",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "json": "application/json",
    }


def test_what_the_page_links_is_there(chapters, edition, tmp_path):
    write(chapters, edition, tmp_path)
    write_crate(tmp_path, edition, inputs=INPUTS)
    assert len(FOOTER_LINKS) == 3
    assert all(label and (tmp_path / path).is_file() for label, path in FOOTER_LINKS)


def test_the_same_report_gives_the_same_bytes(chapters, edition, tmp_path):
    for name in ("eins", "zwei"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("<p>Bericht</p>", "utf-8")
        write(chapters, edition, tmp_path / name)
        write_crate(tmp_path / name, edition, inputs=INPUTS)
    sums = [
        {
            path.relative_to(tmp_path / name).as_posix(): hashlib.sha256(
                path.read_bytes()
            ).hexdigest()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("eins", "zwei")
    ]
    assert sums[0] == sums[1]
    assert "ro-crate-metadata.json" in sums[0]


def test_files_name_no_machine_path(chapters, edition, tmp_path):
    (tmp_path / "index.html").write_text("<p>Bericht</p>", "utf-8")
    write(chapters, edition, tmp_path)
    write_crate(tmp_path, edition, inputs=INPUTS)
    for path in tmp_path.rglob("*.json"):
        assert not re.search(r'"/(?:home|tmp|work|root|usr)/|[A-Z]:\\', path.read_text("utf-8"))


def test_each_table_of_the_page_has_its_file(chapters, edition, tmp_path):
    links = link_tables(chapters)
    write(chapters, edition, tmp_path)
    for chapter in chapters:
        for placed in chapter.placed:
            if isinstance(placed.block, FigureBlock | TableBlock):
                assert (tmp_path / links[placed.anchor]).is_file()


def test_every_number_of_a_file_stands_in_the_block(chapters, edition, tmp_path):
    write(chapters, edition, tmp_path)
    compared = 0
    for placed in (placed for chapter in chapters for placed in chapter.placed):
        if not isinstance(placed.block, FigureBlock | TableBlock):
            continue
        text = (tmp_path / f"tabellen/{placed.block.id}.csv").read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
        for cells, row in zip(rows, placed.block.table.rows, strict=True):
            shown = {cell.text for cell in row}
            for cell in cells[1:3]:
                if cell:
                    digits = len(cell.partition(",")[2])
                    assert format_number(float(cell.replace(",", ".")), digits) in shown
                    compared += 1
    assert compared > 100


def test_only_what_the_report_shows_is_in_the_files(chapters, edition, tmp_path):
    write(chapters, edition, tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert b"geheim" not in path.read_bytes()


def test_made_up_figures_are_marked_in_every_file(chapters, sample, tmp_path):
    write(chapters, sample.make_edition("synthetic"), tmp_path)
    for path in tmp_path.rglob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
        assert rows[0][-1] == "Hinweis"
        assert {row[-1] for row in rows[1:]} == {"Musterdaten"}
    package = json.loads((tmp_path / "tabellen/datapackage.json").read_text("utf-8"))
    assert "Musterdaten" in package["keywords"]
    assert "Alle Zahlen sind erfunden" in package["description"]


def test_personal_data_in_a_file_are_found(chapters, edition, tmp_path):
    write(chapters, edition, tmp_path)
    assert scan_outputs(tmp_path / "tabellen") == []
    path = tmp_path / "tabellen/stellen.csv"
    planted = path.read_bytes().replace(b"\r\n2017;", b"\r\nfrau.beispiel@muenchen.de;", 1)
    assert planted != path.read_bytes()
    path.write_bytes(planted)
    assert [leak.file for leak in scan_outputs(tmp_path / "tabellen")] == ["stellen.csv"]
    found = scan_outputs(tmp_path / "tabellen", planted=["Seit der Reform gehen doppelt"])
    assert "tabellen.xlsx" in {leak.file for leak in found}


def test_a_report_without_tables_has_an_empty_workbook_and_package(sample, edition, tmp_path):
    path = sample.make_notebook(tmp_path / "00_leer.ipynb", "leer", ["# Leer"])
    chapters = collect_chapters([path])
    made = make_downloads(
        chapters, build_register(chapters), edition, inputs=(), state_of_data="Januar 2026"
    )
    assert list(made) == ["tabellen/tabellen.xlsx", "tabellen/datapackage.json"]
