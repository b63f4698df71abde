"""The made-up city as a whole: complete, marked, and nothing in it that must stay secret."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from analysis.editions import load_edition
from analysis.prepare import prepare_data
from analysis.presentation.blocks import MIME_TYPE
from analysis.report.check import check_html
from analysis.report.released import check_released
from analysis.report.scan import scan_outputs

pytestmark = pytest.mark.report

CASES = "wohngeld_vorgaenge.csv"


@pytest.fixture(scope="module")
def page(built_musterstadt: Path) -> BeautifulSoup:
    return BeautifulSoup(built_musterstadt.read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def project(built_musterstadt: Path) -> Path:
    return built_musterstadt.parents[3]


@pytest.fixture(scope="module")
def planted(project: Path) -> list[str]:
    """Names, addresses and case numbers that stand in the export of cases."""
    text = (project / "data" / "raw" / "musterstadt" / CASES).read_text("cp1252")
    lines = [line for line in text.splitlines() if line.count(";") >= 5]
    rows = list(csv.DictReader(lines, delimiter=";"))
    secret = [
        name
        for name in rows[0]
        if name and name.startswith(("Antragsteller", "E-Mail", "Geburts", "Vorgangs"))
    ]
    assert len(secret) >= 2
    found = {row[name] for row in rows for name in secret if row[name]}
    return [text for text in sorted(found) if len(text) > 5]


def test_page_is_complete_and_sound(built_musterstadt: Path):
    assert check_html(built_musterstadt.read_text("utf-8")) == []
    assert built_musterstadt.stat().st_size < 3_000_000


def test_every_block_is_marked(page: BeautifulSoup):
    figures = page.select("figure.block")
    assert len(figures) > 25
    assert all("Musterdaten" in figure.get_text() for figure in figures)


def test_units_and_months_fill_the_chapters(built_musterstadt: Path):
    shown: dict[str, str] = {}
    for path in sorted((built_musterstadt.parent / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", ()):
                block = output.get("data", {}).get(MIME_TYPE)
                if block:
                    shown[block["id"]] = block["kind"]
    missing = [name for name, kind in shown.items() if kind == "missing"]
    # No export holds handling times, and the edition has no data requests. All else is there, or
    # left out with a reason: what is protected is no missing data.
    assert len(missing) <= 2, missing
    assert shown["fallzahlen-einheiten-alter"] == "omitted"
    for part in ("fallzahlen-monate", "fallzahlen-saison", "fallzahlen-alter"):
        assert shown[part] == "figure"
    for part in ("personal-einheiten-besetzung", "digital-monate-wege"):
        assert shown[part] == "figure"


def test_nothing_planted_reaches_any_output(
    built_musterstadt: Path, project: Path, planted: list[str]
):
    assert len(planted) > 100
    for folder in (built_musterstadt.parent, project / "data" / "processed" / "musterstadt"):
        assert scan_outputs(folder, planted=planted) == []


def test_no_small_number_stands_in_the_finished_files(built_musterstadt: Path, project: Path):
    edition = load_edition("musterstadt", project)
    prepared = prepare_data(edition, project)
    assert check_released(built_musterstadt.parent, prepared.released, edition.disclosure) == []


def test_measures_and_assumptions_are_released_as_they_are(project: Path):
    prepared = prepare_data(load_edition("musterstadt", project), project)
    for table in ("measures", "assumptions"):
        assert len(prepared.released[table]) > 10
        pd.testing.assert_frame_equal(prepared.released[table], prepared.tables[table])


def test_accepted_findings_stand_in_the_report(page: BeautifulSoup, project: Path):
    edition = load_edition("musterstadt", project)
    text = page.get_text(" ")
    assert len(edition.accept) > 20
    assert all(accepted.id in text for accepted in edition.accept)


def test_record_counts_the_findings(built_musterstadt: Path):
    record = json.loads((built_musterstadt.parent / "lauf.json").read_text("utf-8"))
    edition = load_edition("musterstadt", built_musterstadt.parents[3])
    # Each error is accepted one by one; otherwise there would be no report.
    assert record["befunde"]["fehler"] == len(edition.accept)
