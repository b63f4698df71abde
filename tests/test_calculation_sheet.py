"""Calculation sheets: live formulas that give the report's figures when recalculated."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace

import openpyxl
import pytest

from analysis.calculation_sheet import Calculation, list_lines, write_calculation_sheets
from analysis.errors import DataError
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Range,
    Task,
    WorkingTime,
    measure_permanent_need,
)

WOHNGELD = Calculation(
    label="Wohngeld",
    task=Task("wohngeld", Range(18_000, 20_000, 22_000), Range(180, 200, 220), "Annahme"),
    allowances=Allowances(0.05, 0.05, 0.02, source="Handbuch"),
    working_time=WorkingTime(Range(95_000, 98_100, 100_400), source="KGSt 1981"),
    planned=51,
    filled=42.5,
    clearing=Clearing(Range(17_500, 18_000, 18_500), target_months=3, months=24),
    sources={"cases": "Monatstabelle", "planned": "Stellenplan"},
    origins={"cases": "fallzahlen.xlsx#12", "planned": "personal.xlsx#7"},
)
PLAIN = replace(WOHNGELD, label="Grundsicherung", clearing=None)
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item></oor:items>
"""


def _open(content, *, values):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def test_every_step_is_a_formula_and_every_input_a_number():
    content = write_calculation_sheets([WOHNGELD], title="Probe")
    sheet = _open(content, values=False)["Wohngeld"]
    for row, line in enumerate(list_lines(WOHNGELD), start=6):
        cells = [sheet.cell(row, column).value for column in (2, 3, 4)]
        formulas = [str(cell).startswith("=") for cell in cells]
        assert all(formulas) if line.formulas else not any(formulas), line.key


def test_stored_values_are_those_of_the_model():
    content = write_calculation_sheets([WOHNGELD], title="Probe")
    sheet = _open(content, values=True)["Wohngeld"]
    rows = {sheet.cell(row, 1).value: row for row in range(6, 30)}
    need = measure_permanent_need(WOHNGELD.task, WOHNGELD.allowances, WOHNGELD.working_time)
    stored = [sheet.cell(rows["dauerhafter Bedarf"], column).value for column in (2, 3, 4)]
    assert stored == pytest.approx(need)


def test_inputs_name_their_source_and_raw_row():
    sheet = _open(write_calculation_sheets([WOHNGELD], title="Probe"), values=True)["Wohngeld"]
    assert [sheet.cell(6, column).value for column in (6, 7)] == [
        "Monatstabelle",
        "fallzahlen.xlsx#12",
    ]


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) ist nicht installiert"
)
def test_recalculation_in_libreoffice_gives_the_same_figures(tmp_path):
    # All stored values are wiped out first, so that only the formulas can bring them back.
    book = _open(write_calculation_sheets([WOHNGELD, PLAIN], title="Probe"), values=False)
    book.save(tmp_path / "blatt.xlsx")
    wiped = openpyxl.load_workbook(tmp_path / "blatt.xlsx", data_only=True)
    assert wiped["Wohngeld"]["C17"].value is None
    profile = tmp_path / "profil" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_RECALCULATE, "utf-8")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{profile.parent}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(tmp_path / "neu"),
            str(tmp_path / "blatt.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    new = openpyxl.load_workbook(tmp_path / "neu" / "blatt.xlsx", data_only=True)
    for calculation in (WOHNGELD, PLAIN):
        sheet = new[calculation.label]
        for row, line in enumerate(list_lines(calculation), start=6):
            found = [sheet.cell(row, column).value for column in (2, 3, 4)]
            assert found == pytest.approx(tuple(line.numbers), rel=1e-14), line.key


def test_same_inputs_give_the_same_bytes():
    first, second = (write_calculation_sheets([WOHNGELD], title="Probe") for _ in range(2))
    assert first == second


def test_made_up_figures_are_marked():
    sheet = _open(write_calculation_sheets([WOHNGELD], title="Probe", synthetic=True), values=True)[
        "Wohngeld"
    ]
    assert sheet["A1"].value.startswith("MUSTERDATEN")


def test_names_of_sheets_are_allowed_and_unique():
    odd = replace(PLAIN, label="Hilfe zur Pflege: Heime/ambulant [gesamt] und mehr")
    book = _open(write_calculation_sheets([odd, odd], title="Probe"), values=True)
    assert len(set(book.sheetnames)) == 2
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_refused_inputs_give_no_sheet():
    net = replace(WOHNGELD, working_time=replace(WOHNGELD.working_time, net_of_allowances=True))
    with pytest.raises(DataError, match="doppelt"):
        write_calculation_sheets([net], title="Probe")
