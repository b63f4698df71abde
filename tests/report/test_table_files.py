"""Tables as data: never finer than the report, bounds, signs, and CSV that no program runs."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.presentation.blocks import Cell, Column, FigureBlock, Table, TableBlock
from analysis.presentation.formats import format_number, make_number
from analysis.presentation.numbers import Number
from analysis.report.collect import Chapter, PlacedBlock, collect_chapters
from analysis.report.register import Register, build_register
from analysis.report.table_files import (
    DataField,
    DataTable,
    Shown,
    defuse,
    list_tables,
    name_tables,
    show_number,
    write_csv,
    write_value,
)


def figure(value, lower=None, upper=None, *, exact=False, sign="", measure="received", **details):
    """Return a cell with a traced number."""
    low, high = (value, value) if exact else (lower, upper)
    number = make_number(value, low, high, **details).model_copy(update={"measure": measure})
    return Cell(text=sign or number.text, sign=sign, number=number)


def exact(value, **details):
    return figure(value, exact=True, **details)


def make_data(columns, rows, *, note="", synthetic=False, block_id="probe"):
    """Return the data table of a block with these columns (label, unit) and rows of cells."""
    heads = tuple(
        Column(key=f"k{n}", label=label, unit=unit, align="right" if n else "left")
        for n, (label, unit) in enumerate(columns)
    )
    table = Table(caption="Was gezeigt wird", columns=heads, rows=tuple(map(tuple, rows)))
    block = TableBlock(id=block_id, title="Titel", note=note, table=table)
    placed = PlacedBlock(block, f"kapitel--{block_id}", "Abschnitt")
    chapter = Chapter("01_kapitel", "Kapitel", "kapitel", (placed,))
    register = build_register([chapter])
    return list_tables([chapter], register, synthetic=synthetic)[0]


def names(table):
    return [field.name for field in table.fields]


def column(table, name):
    place = names(table).index(name)
    return [row[place] for row in table.rows]


def parse(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def number(value, lower, upper, text, wording, digits=0):
    return Number(value=value, lower=lower, upper=upper, text=text, wording=wording, digits=digits)


@pytest.mark.parametrize(
    ("given_number", "shown"),
    [
        # 3.94 is shown as 3,9, so the file has 3.9 and no more.
        (make_number(3.94, 3.94, 3.94, digits=1), ("3.9", "3.9", "3.9")),
        # Half away from zero, as formats.format_number: 2.5 becomes 3.
        (make_number(2.5, 2.5, 2.5), ("3", "3", "3")),
        # »rund 17« with bounds 16.5 and 17.5: outwards, so that 17.2 still lies within.
        (make_number(17, 16.5, 17.5), ("17", "16", "18")),
        # »9.000 bis 11.500«: the middle is not shown, so it is not in the file.
        (make_number(None, 9000, 11500, wording="range"), (None, "9000", "11500")),
        # »mindestens 18«: the best figure of 20 is not shown.
        (make_number(20, 18, None), (None, "18", None)),
        (make_number(7, None, 9), (None, None, "9")),
        # »etwa 120«: nothing is known of the bounds.
        (make_number(120, None, None), ("120", None, None)),
        # A rounding error of the machine does not move a bound by one place.
        (make_number(4.0, 3.9000000001, 4.0999999999, digits=1), ("4.0", "3.9", "4.1")),
        # A text that says something else than the number: the text alone counts.
        (number(0.124, 0.124, 0.124, "12,4", "exact"), ("12.4", "12.4", "12.4")),
        (number(0.3, 0.3, 0.3, "3 von 10", "exact"), (None, None, None)),
        (number(14, 14, 14, "14 von 61", "exact"), ("14", "14", "14")),
    ],
)  # fmt: skip
def test_a_figure_has_the_digits_of_its_text(given_number, shown):
    expected = Shown(*(None if part is None else Decimal(part) for part in shown))
    assert show_number(given_number) == expected


def test_decimal_places_are_kept():
    assert str(show_number(make_number(12, 12, 12, digits=1)).value) == "12.0"


@given(
    st.floats(-1e7, 1e7),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
    st.integers(0, 3),
)
def test_no_number_is_finer_than_its_digits_and_bounds_still_enclose(value, below, above, digits):
    assume(below + above > 1e-3)
    low, high = value - below, value + above
    given_number = make_number(value, low, high, digits=digits)
    shown = show_number(given_number)
    for part in shown:
        assert part is None or -part.as_tuple().exponent <= digits
    if given_number.wording == "about":
        assert format_number(shown.value, digits) in given_number.text
        assert float(shown.lower) <= low + 1e-6
        assert float(shown.upper) >= high - 1e-6


def test_exact_figures_stay_one_column_with_their_unit():
    table = make_data(
        [("Jahr", ""), ("Dauer", "Monate")],
        [[Cell(text="2024"), exact(3.94, digits=1)], [Cell(text="2025"), exact(-2, digits=1)]],
    )
    assert names(table) == ["Jahr", "Dauer (Monate)"]
    assert parse(write_csv(table)) == [
        ["Jahr", "Dauer (Monate)"],
        ["2024", "3,9"],
        ["2025", "-2,0"],
    ]


def test_bounds_and_wording_stand_beside_figures_that_are_not_exact():
    rows = [
        [Cell(text="2022"), exact(10218)],
        [Cell(text="2023"), figure(None, 9000, 11500, wording="range")],
        [Cell(text="2024"), figure(19100, 19100, None, exclusive=True)],
        [Cell(text="2025"), figure(16200, 16150, 16250)],
        [Cell(text="2026"), Cell(text="–")],
    ]
    table = make_data([("Jahr", ""), ("Anträge", "")], rows)
    assert parse(write_csv(table)) == [
        ["Jahr", "Anträge", "Anträge_von", "Anträge_bis", "Anträge_angabe"],
        ["2022", "10218", "10218", "10218", "10.218"],
        ["2023", "", "9000", "11500", "9.000 bis 11.500"],
        ["2024", "", "19100", "", "mehr als 19.100"],
        ["2025", "16200", "16150", "16250", "rund 16.200"],
        ["2026", "", "", "", ""],
    ]
    assert [field.kind for field in table.fields] == ["string", *["integer"] * 3, "string"]


def test_signs_stand_in_place_of_figures_and_are_explained():
    nothing = exact(0).model_copy(update={"text": "–", "sign": "–"})
    rows = [
        [Cell(text="A"), exact(12)],
        [Cell(text="B"), Cell(text=".", sign=".")],
        [Cell(text="C"), nothing],
        [Cell(text="D"), Cell(text="–", sign="–")],
        [Cell(text="E"), Cell(text="0", sign="0")],
    ]
    table = make_data([("Haus", ""), ("Anträge", "")], rows)
    assert [row[1] for row in parse(write_csv(table))[1:]] == ["12", ".", "0", "–", "0"]
    assert table.fields[1].signs == (".", "–")
    assert "».« = Zahlenwert unbekannt oder geheim zu halten" in table.fields[1].description


def test_a_hidden_figure_behind_a_sign_stays_hidden():
    hidden = exact(3).model_copy(update={"text": ".", "sign": "."})
    table = make_data([("Haus", ""), ("Anträge", "")], [[Cell(text="A"), hidden]])
    assert table.rows == (("A", "."),)


def test_texts_set_to_the_right_are_numbers_where_all_are():
    cells = ["9.100", "–", "1,5", "−3"]
    table = make_data(
        [("Jahr", ""), ("Zahl", ""), ("Wort", "")],
        [[Cell(text="2024"), Cell(text=text), Cell(text=f"{text} x")] for text in cells],
    )
    assert column(table, "Zahl") == [Decimal("9100"), None, Decimal("1.5"), Decimal("-3")]
    assert [field.kind for field in table.fields] == ["string", "number", "string"]


def test_rows_that_count_different_things_say_what():
    rows = [
        [Cell(text="Eingang"), exact(100), exact(110)],
        [Cell(text="Erledigung"), exact(90, measure="decided"), exact(95, measure="decided")],
    ]
    table = make_data([("Reihe", ""), ("Jan", ""), ("Feb", "")], rows)
    assert names(table) == ["Reihe", "Jan", "Feb", "Messgröße"]
    assert column(table, "Messgröße") == [
        "eingegangene Anträge",
        "abschließend bearbeitete Anträge",
    ]


def test_columns_that_mix_measures_otherwise_say_it_beside_themselves():
    rows = [
        [Cell(text="A"), exact(100), exact(50, measure="fill_rate")],
        [Cell(text="B"), exact(90, measure="decided"), exact(60, measure="fill_rate")],
    ]
    table = make_data([("Reihe", ""), ("Zahl", ""), ("Quote", "%")], rows)
    assert names(table) == ["Reihe", "Zahl", "Zahl_messgröße", "Quote (%)"]
    assert [field.measure for field in table.fields] == ["", "", "", "fill_rate"]


def test_units_of_single_figures_go_into_the_heading_or_beside_it():
    same = [[Cell(text="A"), exact(1, unit="VZÄ")], [Cell(text="B"), exact(2, unit="VZÄ")]]
    assert names(make_data([("Haus", ""), ("Stellen", "")], same))[1] == "Stellen (VZÄ)"
    mixed = [[Cell(text="A"), exact(1, unit="VZÄ")], [Cell(text="B"), exact(2, unit="Euro")]]
    table = make_data([("Haus", ""), ("Wert", "")], mixed)
    assert column(table, "Wert_einheit") == ["VZÄ", "Euro"]


def test_headings_are_told_apart():
    table = make_data(
        [("Wert", ""), ("Wert", ""), ("wert", ""), ("", "")],
        [[Cell(text="A"), exact(1), figure(2, 1, 3), Cell(text="x")]],
    )
    assert names(table) == [
        "Wert", "Wert 2", "wert 3", "wert 3_von", "wert 3_bis", "wert 3_angabe", "k3",
    ]  # fmt: skip


def test_made_up_tables_say_so_in_each_row():
    table = make_data([("Haus", ""), ("Zahl", "")], [[Cell(text="A"), exact(5)]], synthetic=True)
    assert parse(write_csv(table))[1] == ["A", "5", "Musterdaten"]


def test_a_table_without_rows_keeps_its_headings():
    assert parse(write_csv(make_data([("Haus", ""), ("Zahl", "")], []))) == [["Haus", "Zahl"]]


def test_the_legend_of_signs_leaves_the_note():
    note = "Wichtig. Zeichen: . = Zahlenwert unbekannt oder geheim zu halten"
    rows = [[Cell(text="A"), Cell(text=".", sign=".")]]
    assert make_data([("Haus", ""), ("Zahl", "")], rows, note=note).note == "Wichtig."


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49 89", "-1 bis 2", "@SUM(A1)", "  =cmd|' /C calc'!A0", "＝1", "\t=1", "\r=1"],
)
def test_what_begins_like_a_formula_is_defused(text):
    written = write_value(text)
    assert written.lstrip('"').startswith("'")


def test_negative_numbers_stay_numbers():
    assert write_value(Decimal("-3.10")) == "-3,10"
    assert defuse("−3 bis 5") == "−3 bis 5"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_no_cell_starts_a_formula_and_none_breaks_the_file(texts):
    table = DataTable(
        "t", "Tabelle 1", "a", "T", "S", "K", "", False, (),
        tuple(DataField(f"f{n}", f"f{n}") for n in range(len(texts))), (tuple(texts),),
    )  # fmt: skip
    content = write_csv(table)
    rows = parse(content)
    assert len(rows) == 2
    assert [len(row) for row in rows] == [len(texts)] * 2
    for cell in rows[1]:
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert not re.search(r"[\x00-\x1f]", cell)
    # Nor where another program takes commas or bars for the end of a cell.
    for other in (",", "|"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=other):
            assert not any(cell.startswith(("=", "@")) for cell in row)


def test_spaces_and_hyphens_that_do_not_break_become_plain():
    assert write_value("20\u201126\u00a0/\u00a0A\u00a005635") == "20-26 / A 05635"


def test_a_file_begins_with_a_byte_order_mark_and_ends_lines_for_windows():
    content = write_csv(make_data([("Straße", ""), ("Zahl", "")], [[Cell(text="Ä"), exact(1)]]))
    assert content == b"\xef\xbb\xbfStra\xc3\x9fe;Zahl\r\n\xc3\x84;1\r\n"


def test_all_tables_of_a_report_are_found_and_named(notebooks):
    chapters = collect_chapters(notebooks)
    tables = list_tables(chapters, build_register(chapters))
    shown = [
        block.id
        for chapter in chapters
        for block in chapter.blocks
        if isinstance(block, FigureBlock | TableBlock)
    ]
    assert [table.name for table in tables] == shown
    assert tables[0].label == "Abbildung 1"
    assert column(tables[0], "Eingegangene Anträge (Anzahl)")[0] == Decimal("9100")


def test_blocks_of_the_same_name_get_files_of_their_own():
    block = TableBlock(
        id="stand",
        title="T",
        table=Table(caption="C", columns=(Column(key="a", label="A"),), rows=()),
    )
    chapters = [
        Chapter(name, name, name, (PlacedBlock(block, f"{name}--stand", ""),))
        for name in ("eins", "zwei")
    ]
    assert list(name_tables(chapters).values()) == ["eins--stand", "zwei--stand"]
    assert [table.label for table in list_tables(chapters, Register((), {}))] == [
        "eins--stand", "zwei--stand",
    ]  # fmt: skip
