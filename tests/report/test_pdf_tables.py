"""Tables fit on their page: nothing runs over an edge, figures never break."""

from __future__ import annotations

import json

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.presentation.blocks import Cell, Column, Table
from analysis.report.pdf_tables import (
    ACROSS_WIDTH,
    FONTS,
    UPRIGHT_WIDTH,
    align_columns,
    allow_breaks,
    head_of,
    lay_out_table,
    measure_text,
)

_WORDS = st.lists(st.text("abcdeäöüß-MW ", min_size=0, max_size=18), max_size=12).map(" ".join)
_FIGURES = st.integers(0, 99_999_999).map(lambda n: f"{n:,}".replace(",", "."))


def make_table(aligns: str, rows: list[list[str]], head: str = "Kopf") -> Table:
    """Return a table whose columns are aligned ``l`` or ``r``."""
    sides = {"l": "left", "r": "right"}
    columns = [
        Column.model_validate({"key": f"k{i}", "label": head, "align": sides[side]})
        for i, side in enumerate(aligns)
    ]
    cells = tuple(tuple(Cell(text=text) for text in row) for row in rows)
    return Table(caption="Tabelle", columns=tuple(columns), rows=cells)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    aligns = draw(st.text("lr", min_size=1, max_size=24))
    row = st.tuples(*(_FIGURES if side == "r" else _WORDS for side in aligns)).map(list)
    return make_table(aligns, draw(st.lists(row, max_size=5)), draw(_WORDS))


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_column_leaves_the_page_and_no_figure_its_column(table: Table) -> None:
    layout = lay_out_table(table)
    limit = ACROSS_WIDTH if layout.across else UPRIGHT_WIDTH
    assert sum(layout.widths) <= limit + 1e-6
    assert all(width > 2 * layout.inset for width in layout.widths)
    for row in table.rows:
        for cell, column, width in zip(row, table.columns, layout.widths, strict=True):
            if column.align == "right":
                needed = measure_text(cell.text) * layout.size + 2 * layout.inset
                assert needed <= width + 1e-6


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        ("12.345.678", False),
        ("Bearbeitungsdauer", False),
        ("mindestens 18.000", True),
        ("ÄÖß", True),
    ],
)
def test_text_is_as_wide_as_typst_sets_it(text: str, bold: bool) -> None:
    weight = 600 if bold else 400
    source = (
        f'#set text(font: "Inter", size: 100pt, weight: {weight}, kerning: false)\n'
        f'#context [#metadata(measure("{text}").width.pt())<width>]'
    )
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    found = typst.query(source.encode(), "<width>", field="value", font_paths=fonts)
    assert measure_text(text, bold=bold) * 100 == pytest.approx(json.loads(found)[0], rel=0.02)


def test_a_small_table_is_not_stretched() -> None:
    layout = lay_out_table(make_table("lr", [["2024", "19.100"], ["2025", "18.400"]]))
    assert layout.size == 8.5
    assert not layout.across
    assert not layout.long
    assert sum(layout.widths) < UPRIGHT_WIDTH / 2


def test_type_becomes_smaller_before_the_page_is_turned() -> None:
    layouts = [
        lay_out_table(make_table("r" * count, [["12.345"] * count])) for count in range(10, 31)
    ]
    order = [(layout.across, -layout.size) for layout in layouts]
    assert order == sorted(order)
    assert [layout.across for layout in layouts[:: len(layouts) - 1]] == [False, True]
    assert {layout.size for layout in layouts if not layout.across} > {8.5}


def test_what_fits_nowhere_is_set_as_small_as_it_must() -> None:
    layout = lay_out_table(make_table("r" * 60, [["12.345"] * 60]))
    assert layout.across
    assert 0 < layout.size < 7
    assert sum(layout.widths) == pytest.approx(ACROSS_WIDTH)


def test_long_texts_share_the_width_and_short_ones_keep_theirs() -> None:
    text = "Der Stadtrat soll ein Paket von Maßnahmen vorgelegt bekommen. " * 4
    layout = lay_out_table(make_table("llr", [["A 05330-1", text, "8"]]))
    short, wide, figure = layout.widths
    assert sum(layout.widths) == pytest.approx(UPRIGHT_WIDTH)
    assert short - 2 * layout.inset >= measure_text("A 05330-1") * layout.size
    assert wide > 5 * short
    assert figure < short


def test_a_table_of_many_lines_may_break() -> None:
    # a row of one line each: up to sixteen lines stay together
    assert not lay_out_table(make_table("lr", [["a", "1"]] * 16)).long
    assert lay_out_table(make_table("lr", [["a", "1"]] * 17)).long
    # 2.000 letters need at least six lines of the page's whole width, three such rows eighteen
    assert lay_out_table(make_table("l", [["wort " * 400]] * 3)).long


def test_a_table_without_rows_has_widths_for_its_heads() -> None:
    layout = lay_out_table(make_table("lr", [], head="Leistung"))
    assert min(layout.widths) > measure_text("Leistung", bold=True) * layout.size * 0.6


def test_names_of_files_and_keys_break_behind_their_signs() -> None:
    name = "fallzahlen_2024-monate.csv#45"
    assert allow_breaks(f"siehe {name} und E-Akte, 20-26/A 05635").split("\u200b") == [
        "siehe fallzahlen_", "2024-", "monate.", "csv#45 und E-Akte, 20-26/A 05635",
    ]  # fmt: skip
    layout = lay_out_table(make_table("ll" * 4, [[name, "Wort " * 30] * 4]))
    longest = measure_text("fallzahlen_") * layout.size
    assert layout.widths[0] - 2 * layout.inset >= longest


def test_heads_name_their_unit_once() -> None:
    assert head_of(Column(key="a", label="Dauer", unit="Monate")) == "Dauer (Monate)"
    assert head_of(Column(key="a", label="Dauer in Monate", unit="Monate")) == "Dauer in Monate"
    assert head_of(Column(key="a", label="Jahr")) == "Jahr"


def test_states_in_words_stand_at_the_left() -> None:
    columns = (
        Column(key="a", label="A"),
        Column(key="b", label="B", align="center"),
        Column(key="c", label="C", align="center"),
    )
    row = (Cell(text="x"), Cell(text="", state="teilweise"), Cell(text="P", state="ja"))
    table = Table(caption="T", columns=columns, rows=(row,))
    assert align_columns(table) == ("left", "left", "center")
