"""Calculation sheets: live formulas that give the report's figures when recalculated."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from analysis.calculation_sheet import (
    CONTENTS,
    RAW_ROWS,
    RawRow,
    find_line,
    list_lines,
    list_raw_rows,
    name_sheets,
    write_calculation_sheets,
)
from analysis.errors import DataError
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Evidence,
    Office,
    OtherTask,
    OutputOffice,
    Range,
    Staff,
    Stocks,
    Task,
    WorkingTime,
    make_exact,
    measure_permanent_need,
    measure_temporary_need,
)
from analysis.presentation.numbers import Origin

WOHNGELD = Task(
    "wohngeld",
    Range(18_000, 20_000, 22_000),
    Range(180, 200, 220),
    "Annahme",
    label="Wohngeld",
    clearing=Clearing(Range(17_500, 18_000, 18_500), Range(2, 3, 4), Range(18, 24, 30)),
)
PLAIN_TASK = Task("grundsicherung", make_exact(601), Range(90, 100, 111), "Annahme")
YEAR = WorkingTime(Range(95_000, 98_100, 100_400), source="KGSt 1981")
OFFICE = Office(
    label="Haus: Nord",
    tasks=(WOHNGELD, PLAIN_TASK),
    allowances=Allowances(
        Range(0.03, 0.05, 0.07), make_exact(0.05), make_exact(0.02), source="Handbuch"
    ),
    working_time=YEAR,
    staff=Staff(make_exact(51), Range(41.5, 42.5, 52), share=Range(0.4, 0.5, 0.7)),
    others=(OtherTask("Leitung", make_exact(2)), OtherTask("Projekte", Range(0.5, 1, 1.5))),
    evidence={
        "cases:wohngeld": Evidence("Monatstabelle", ("f.xlsx#12", "f.xlsx#13"), "received"),
        "planned": Evidence("Stellenplan", ("p.xlsx#7",), "posts_planned"),
        "filled": Evidence("Stellenplan", ("p.xlsx#7",), "posts_filled"),
        "base:wohngeld": Evidence("Annahme vom 01.01.2026", ("probe.toml#3",), "public"),
        "other:0": Evidence("Annahme zur Leitung", (), "public"),
    },
)
BARE = replace(
    OFFICE,
    label="Haus Süd",
    tasks=(replace(WOHNGELD, clearing=None),),
    staff=Staff(None, None),
    others=(),
)
OUTPUT = OutputOffice(
    label="Wohngeldstelle",
    service="wohngeld",
    decided=Range(1079, 1091, 1103),
    staffed=make_exact(56.67),
    received=Range(1450, 1600, 2000),
    working_time=YEAR,
    staff=Staff(make_exact(51), Range(75, 100, 110), same_date=False, assumed=True),
    clearing=WOHNGELD.clearing,
    stocks=Stocks(Range(17_250, 17_500, 17_750), Range(17_500, 18_000, 18_500), 404 / 30.4375),
    evidence={
        "decided": Evidence(
            "Presse 2023", ("figures.tsv#35", "figures.tsv#36"), "decided", "Februar 2023"
        ),
        "filled": Evidence("Annahme", ("probe.toml#4",), "public", "Stand 31.12.2024"),
        "between": Evidence("404 Tage", (), "public", "Februar 2024 bis April 2025"),
    },
)
# Stocks that surely grew or fell, plan and posts of one day, no goal: other bounds and lines.
GROWING = replace(
    OUTPUT,
    label="Wachsend",
    staff=Staff(make_exact(51), make_exact(40.5)),
    stocks=Stocks(make_exact(9000), Range(10_000, 10_500, 11_000), 10),
    clearing=None,
)
FALLING = replace(
    GROWING,
    label="Sinkend",
    staff=OUTPUT.staff,
    stocks=Stocks(make_exact(9000), Range(7000, 7500, 8000), 10),
)
ALL = [OFFICE, BARE, OUTPUT, GROWING, FALLING]
SHEETS = ["Haus Nord", "Haus Süd", "Wohngeldstelle", "Wachsend", "Sinkend"]
RAW = {
    "f.xlsx#12": RawRow("f.xlsx#12", "1.500 Anträge", "Auswertung", "https://example.org/a"),
    "p.xlsx#7": RawRow("p.xlsx#7", "=HYPERLINK(1)", "+49 Stellen", ""),
}
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
needs_soffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) ist nicht installiert"
)


def _write(calculations=ALL, **options):
    return write_calculation_sheets(calculations, title="Probe", **options)


def _open(content, *, values=True):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def _find_rows(sheet):
    return {sheet.cell(row, 1).value: row for row in range(6, sheet.max_row + 1)}


def _read_links(sheet):
    linked = (cell for row in sheet.iter_rows() for cell in row if cell.hyperlink)
    return {cell.coordinate: cell.hyperlink.location for cell in linked}


def _recalculate(book, folder):
    """Save a book without stored results and return it as LibreOffice calculates it."""
    book.save(folder / "blatt.xlsx")
    profile = folder / "profil" / "user"
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
            str(folder / "neu"),
            str(folder / "blatt.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return openpyxl.load_workbook(folder / "neu" / "blatt.xlsx", data_only=True)


def _require_equal(sheet, calculation):
    for line in list_lines(calculation):
        found = [sheet.cell(line.row, column).value for column in (2, 3, 4)]
        assert found == pytest.approx(tuple(line.numbers), rel=1e-12, abs=1e-12), line.key


@pytest.mark.parametrize(("calculation", "name"), list(zip(ALL, SHEETS, strict=True)))
def test_every_step_is_a_formula_and_every_input_a_number(calculation, name):
    sheet = _open(_write(), values=False)[name]
    kinds = set()
    for line in list_lines(calculation):
        cells = [sheet.cell(line.row, column).value for column in (2, 3, 4)]
        formulas = [str(cell).startswith("=") for cell in cells]
        assert all(formulas) if line.formulas else not any(formulas), line.key
        kinds.add(line.formulas is None)
    assert kinds == {True, False}


def test_stored_values_are_those_of_the_model():
    sheet = _open(_write())["Haus Nord"]
    rows = _find_rows(sheet)
    need = measure_permanent_need(OFFICE.tasks, OFFICE.allowances, OFFICE.working_time)
    stored = [sheet.cell(rows["dauerhafter Bedarf"], column).value for column in (2, 3, 4)]
    assert stored == pytest.approx(need)
    clearing = measure_temporary_need(WOHNGELD, OFFICE.allowances, OFFICE.working_time)
    row = rows["befristeter Bedarf für den Abbau des Rückstands"]
    assert [sheet.cell(row, column).value for column in (2, 3, 4)] == pytest.approx(clearing)


def test_other_tasks_stand_apart_from_the_need():
    lines = {line.key: line for line in list_lines(OFFICE)}
    need, total = lines["need"].numbers, lines["total"].numbers
    assert total == pytest.approx((need.lower + 2.5, need.value + 3, need.upper + 3.5))
    # The gaps compare the need for cases, not the total.
    share = lines["filled_share"].numbers
    assert lines["missing_staff"].numbers.value == pytest.approx(need.value - share.value)
    assert "total" not in {line.key for line in list_lines(BARE)}


def test_an_office_without_posts_has_neither_gaps_nor_utilisation():
    keys = {line.key for line in list_lines(BARE)}
    assert keys.isdisjoint({"planned", "filled", "share", "missing_staff", "utilisation"})
    assert "need" in keys


def test_inputs_name_their_source_and_lead_to_their_raw_rows():
    book = _open(_write(raw_rows=RAW))
    sheet, raw = book["Haus Nord"], book[RAW_ROWS]
    rows = _find_rows(sheet)
    row = rows["Wohngeld: eingegangene Fälle je Jahr"]
    texts = [sheet.cell(row, column).value for column in (6, 7, 8)]
    assert texts == ["Monatstabelle", "f.xlsx#12 und 1 weitere", "eingegangene Anträge"]
    listed = [[raw.cell(row, column).value for column in range(1, 7)] for row in (6, 7)]
    assert listed == [
        ["f.xlsx#12", "f.xlsx", "Zeile 12", "1.500 Anträge", "Auswertung", "https://example.org/a"],
        ["f.xlsx#13", "f.xlsx", "Zeile 13", None, None, None],
    ]
    links = _read_links(sheet)
    assert links[f"G{row}"] == f"'{RAW_ROWS}'!A6:F7"
    for label, key in (("Stellen laut Plan", "p.xlsx#7"), ("besetzte Stellen", "p.xlsx#7")):
        place = links[f"G{rows[label]}"].partition("!")[2].partition(":")[0]
        assert raw[place].value == key


def test_each_raw_row_stands_once():
    raw = _open(_write(raw_rows=RAW))[RAW_ROWS]
    keys = [raw.cell(row, 1).value for row in range(6, raw.max_row + 1)]
    assert len(keys) == len(set(keys))
    assert {"f.xlsx#13", "p.xlsx#7", "probe.toml#3", "figures.tsv#36"} <= set(keys)


def test_contents_lead_to_each_sheet_and_show_its_need():
    book = _open(_write())
    sheet = book[CONTENTS]
    assert book.sheetnames == [CONTENTS, *SHEETS, RAW_ROWS]
    links = _read_links(sheet)
    formulas = _open(_write(), values=False)[CONTENTS]
    row = 6
    for calculation, name in zip(ALL, SHEETS, strict=True):
        for key in ("need", "need_stock"):
            line = find_line(calculation, key)
            if line is None:
                continue
            assert links[f"G{row}"] == f"'{name}'!A{line.row}"
            found = [sheet.cell(row, column).value for column in (2, 3, 4)]
            assert found == pytest.approx(line.numbers)
            assert formulas.cell(row, 3).value == f"='{name}'!C{line.row}"
            row += 1
    assert row == 6 + 2 + 3 * 2
    assert sheet.cell(9, 1).value == (
        "Wohngeldstelle: Rechenweg Ausstoß aus dem Bestand, Februar 2024 bis April 2025"
    )


def test_each_way_has_its_section():
    sheet = _open(_write())["Wohngeldstelle"]
    lines = list_lines(OUTPUT)
    sections = {line.section: line.row for line in lines if line.section}
    assert list(sections) == [
        "Eingaben für alle Rechenwege",
        "Rechenweg Ausstoß, Februar 2023",
        "Rechenweg Ausstoß aus dem Bestand, Februar 2024 bis April 2025",
    ]
    for title, row in sections.items():
        assert sheet.cell(row - 1, 1).value == title
        assert sheet.cell(row - 1, 2).value is None
    keys = {line.key: line.row for line in lines}
    assert keys["need"] < sections[list(sections)[2]] < keys["need_stock"]
    label = next(line.label for line in lines if line.key == "filled")
    assert label == "angenommene besetzte Stellen, Stand 31.12.2024"


def test_posts_of_one_day_have_vacant_ones_and_each_sheet_its_gaps():
    # 51 − 40.5 = 10.5 vacant; the plan of the other sheets is of another day.
    assert find_line(GROWING, "vacant").numbers == (10.5, 10.5, 10.5)
    assert find_line(OUTPUT, "vacant") is None
    # Growth 1 000 to 2 000 in ten months: 100 to 200 a month. 40.5 · (2 000 ÷ 1 900 − 1) = 2.1316;
    # 40.5 · (1 600 ÷ 1 450 − 1) = 4.1897; 40.5 · (1 450 ÷ 1 250 − 1) = 6.48.
    gap = find_line(GROWING, "missing_staff_stock").numbers
    assert gap == pytest.approx((2.1316, 4.1897, 6.48), abs=1e-4)


@needs_soffice
def test_recalculation_in_libreoffice_gives_the_same_figures(tmp_path):
    # All stored values are wiped out first, so that only the formulas can bring them back.
    book = _open(_write(raw_rows=RAW), values=False)
    book.save(tmp_path / "leer.xlsx")
    wiped = openpyxl.load_workbook(tmp_path / "leer.xlsx", data_only=True)
    rows = _find_rows(wiped["Haus Nord"])
    assert wiped["Haus Nord"].cell(rows["dauerhafter Bedarf"], 3).value is None
    new = _recalculate(book, tmp_path)
    for calculation, name in zip(ALL, SHEETS, strict=True):
        _require_equal(new[name], calculation)
    needs = [
        line.numbers.value
        for calculation in ALL
        for line in list_lines(calculation)
        if line.key in {"need", "need_stock"}
    ]
    found = [new[CONTENTS].cell(row, 3).value for row in range(6, 6 + len(needs))]
    assert found == pytest.approx(needs, rel=1e-12)


@needs_soffice
def test_a_changed_input_changes_all_that_follows(tmp_path):
    book = _open(_write(), values=False)
    sheet = book["Haus Nord"]
    rows = _find_rows(sheet)
    for column, (cases, share) in enumerate(
        zip((1_000, 2_000, 30_000), (0.3, 0.35, 0.9), strict=True), start=2
    ):
        sheet.cell(rows["Wohngeld: eingegangene Fälle je Jahr"], column).value = cases
        sheet.cell(rows["Anteil der Stellen für diese Fälle"], column).value = share
    output = book["Wohngeldstelle"]
    output.cell(_find_rows(output)["besetzte Stellen in dieser Zeit"], 2).value = 40
    # A later stock that surely grew turns the bounds of the second way round.
    for column, opened in enumerate((19_000, 20_000, 21_000), start=2):
        output.cell(find_line(OUTPUT, "stock_last").row, column).value = opened
    changed = replace(
        OFFICE,
        tasks=(replace(WOHNGELD, cases=Range(1_000, 2_000, 30_000)), PLAIN_TASK),
        staff=replace(OFFICE.staff, share=Range(0.3, 0.35, 0.9)),
    )
    before, after = (find_line(office, "need").numbers for office in (OFFICE, changed))
    assert after.value < before.value

    new = _recalculate(book, tmp_path)

    _require_equal(new["Haus Nord"], changed)
    _require_equal(new["Haus Süd"], BARE)
    stocks = OUTPUT.stocks._replace(last=Range(19_000, 20_000, 21_000))
    grown = replace(OUTPUT, staffed=Range(40, 56.67, 56.67), stocks=stocks)
    _require_equal(new["Wohngeldstelle"], grown)


def test_texts_never_become_formulas():
    evil = '=HYPERLINK("https://example.org",1)'
    office = replace(
        OFFICE,
        label=evil,
        tasks=(replace(WOHNGELD, label=evil, base_source=evil),),
        others=(OtherTask(evil, make_exact(1)),),
        evidence={"planned": Evidence(evil, (evil,), evil)},
    )
    raw = {evil: RawRow(evil, evil, "+1", "@x")}
    book = _open(write_calculation_sheets([office], title=evil, raw_rows=raw), values=False)
    numbers = set("BCD")
    found = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.coordinate[0] in numbers and sheet.title != RAW_ROWS:
                    continue
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "@")):
                    found += 1
                    assert cell.data_type == "s", cell.coordinate
    assert found > 8


def test_same_inputs_give_the_same_bytes():
    first, second = (_write(raw_rows=RAW) for _ in range(2))
    assert first == second


def test_made_up_figures_are_marked():
    book = _open(_write(synthetic=True))
    assert all(sheet["A1"].value.startswith("MUSTERDATEN") for sheet in book)
    assert not any(sheet["A1"].value.startswith("MUSTER") for sheet in _open(_write()))


def test_the_sheet_of_an_output_says_that_it_is_no_measured_time():
    book = _open(_write())
    assert "keine Personalbemessung" in book["Wohngeldstelle"]["A3"].value
    assert "keine Personalbemessung" not in book["Haus Nord"]["A3"].value


def test_names_of_sheets_are_allowed_and_unique():
    odd = "Hilfe zur Pflege: Heime/ambulant [gesamt] und mehr"
    labels = [odd, odd, "A 2", "A", "a", "", "Inhalt", "Rohzeilen", "O'Neil"]
    names = name_sheets(labels)
    assert names[2:5] == ["A 2", "A", "a 3"]
    assert names[6:] == ["Inhalt 2", "Rohzeilen 2", "O Neil"]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    book = _open(_write([replace(BARE, label=label) for label in labels]))
    assert book.sheetnames == [CONTENTS, *names, RAW_ROWS]


def test_refused_inputs_give_no_workbook():
    net = replace(OFFICE, working_time=replace(YEAR, net_of_allowances=True))
    with pytest.raises(DataError, match="doppelt"):
        _write([net])
    with pytest.raises(DataError, match="fehlt die Quelle mit Datum"):
        _write([replace(OUTPUT, working_time=replace(YEAR, source=""))])


def test_raw_rows_carry_wording_source_and_address():
    sources = pd.DataFrame(
        {"source_id": ["Q1", "Q2"], "title": ["Blatt", "Datei"], "url": ["https://a.example", None]}
    )

    def resolve(keys):
        known = {"f.xlsx#12": ("12 Anträge", "Q1"), "p.xlsx#7": ("7 VZÄ", "Q2")}
        known |= {"figures.tsv#35": ("1.079", "fehlt")}
        return tuple(
            Origin(key=key, quote=known[key][0], source_id=known[key][1])
            for key in keys
            if key in known
        )

    assert list_raw_rows(ALL, resolve, sources) == {
        "f.xlsx#12": RawRow("f.xlsx#12", "12 Anträge", "Blatt", "https://a.example"),
        "p.xlsx#7": RawRow("p.xlsx#7", "7 VZÄ", "Datei", ""),
        "figures.tsv#35": RawRow("figures.tsv#35", "1.079", "", ""),
    }


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("summe#0:Ort/wohngeld/a//received", ["berechnete Summe", None]),
        ("a.xlsx#7:Eingang", ["a.xlsx", "Zeile 7, Eingang"]),
        (
            "muenchen.toml#vollzeit/working_minutes",
            ["muenchen.toml", "Eintrag vollzeit/working_minutes"],
        ),
    ],
)
def test_raw_rows_say_where_to_look(key, place):
    office = replace(BARE, evidence={"cases:wohngeld": Evidence("Summe", (key,), "received")})
    raw = _open(_write([office]))[RAW_ROWS]
    assert [raw.cell(6, column).value for column in (2, 3)] == place
