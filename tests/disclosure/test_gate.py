"""The gate that every block passes: each kind of fault stops, and what passes is explained."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.disclosure.gate import find_faults, is_figure, make_gate, require_allowed_number
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.presentation.blocks import (
    MIME_TYPE,
    Cell,
    Column,
    KeyFigure,
    KeyFiguresBlock,
    Segment,
    Table,
    TableBlock,
    TextBlock,
    parse_block,
)
from analysis.presentation.formats import make_number
from analysis.presentation.show import Presenter

SUPPRESS = DisclosurePolicy(method="sperrung")
ROUND = DisclosurePolicy(method="rundung5")


def _number(value, measure="received", lower=None, upper=None):
    number = make_number(
        value, value if lower is None else lower, value if upper is None else upper
    )
    return number.model_copy(update={"measure": measure})


def _cell(value, measure="received"):
    number = _number(value, measure)
    return Cell(text=number.text, number=number)


def _table_block(*cells):
    columns = (Column(key="unit", label="Dienststelle"), Column(key="value", label="Anträge"))
    rows = tuple((Cell(text=f"Haus {n}"), cell) for n, cell in zip("ABCDE", cells, strict=False))
    return TableBlock(id="probe", title="T", table=Table(caption="C", columns=columns, rows=rows))


class TestStops:
    @pytest.mark.parametrize(
        ("cell", "policy", "message"),
        [
            (_cell(3), SUPPRESS, "Block »probe«, Spalte »Anträge«: .*unter der Mindestzahl"),
            (_cell(-3), SUPPRESS, "unter der Mindestzahl"),
            (_cell(3, "cases"), SUPPRESS, "unter der Mindestzahl"),
            (_cell(3.5, "posts_filled"), SUPPRESS, "unter der Mindestzahl"),
            (_cell(7), ROUND, "nicht auf ein Vielfaches von 5"),
            (_cell(700, ""), SUPPRESS, "Spalte »Anträge«: Zahl ohne Angabe der Messgröße"),
            (_cell(700, "erfunden"), SUPPRESS, "»erfunden« ohne Vertraulichkeitsklasse"),
            (Cell(text="3"), SUPPRESS, "Zahl ohne Angabe der Messgröße"),
            (Cell(text="1.234"), SUPPRESS, "Zahl ohne Angabe der Messgröße"),
            (Cell(text="30", measure="received"), SUPPRESS, "als bloßer Text"),
        ],
    )
    def test_a_cell(self, cell, policy, message):
        with pytest.raises(DisclosureError, match=message) as caught:
            make_gate(policy)(_table_block(cell))

        assert caught.value.exit_code == 1

    def test_a_bound_of_an_interval(self):
        number = _number(6, lower=2, upper=9)

        with pytest.raises(DisclosureError, match="unter der Mindestzahl"):
            make_gate(SUPPRESS)(_table_block(Cell(text=number.text, number=number)))

    def test_a_number_in_running_text_and_in_a_list(self):
        for block in (
            TextBlock(id="satz", segments=(Segment(number=_number(3)),)),
            TextBlock(id="satz", items=((Segment(words="a"),), (Segment(number=_number(3)),))),
        ):
            with pytest.raises(DisclosureError, match="Block »satz«, Text"):
                make_gate(SUPPRESS)(block)

    def test_a_key_figure(self):
        figure = KeyFigure(label="offen", number=_number(3))

        with pytest.raises(DisclosureError, match="Kennzahl »offen«"):
            make_gate(SUPPRESS)(KeyFiguresBlock(id="zahlen", title="T", figures=(figure,)))

    def test_a_single_number(self):
        with pytest.raises(DisclosureError, match="Spalte »value«"):
            require_allowed_number(_number(3), "value", SUPPRESS)

    def test_messages_hold_no_number(self):
        block = _table_block(_cell(3), _cell(4), _cell(444, ""))

        assert len(find_faults(block, SUPPRESS)) == 3
        assert not any(digit in fault for fault in find_faults(block, SUPPRESS) for digit in "34")

    def test_a_presenter_shows_nothing_that_is_stopped(self):
        shown = []
        show = Presenter(
            lambda keys: (),
            synthetic=True,
            release=make_gate(SUPPRESS),
            display_block=lambda bundle, raw: shown.append(bundle),
        )
        figure, axes = plt.subplots()
        axes.bar([1, 2], [30, 40])
        alt = "Säulendiagramm mit zwei Werten, 30 und 40."

        with pytest.raises(DisclosureError):
            show.figure("bild", figure, title="T", alt=alt, table=_table_block(_cell(3)).table)
        assert shown == []

        show.figure("bild", figure, title="T", alt=alt, table=_table_block(_cell(30)).table)
        assert parse_block(shown[0][MIME_TYPE]).kind == "figure"


class TestPasses:
    @pytest.mark.parametrize(
        "cell",
        [
            _cell(5),
            _cell(3, "public"),
            _cell(3, "derived"),
            _cell(3.4, "processing_time_median"),
            _cell(3, "online_services"),
            Cell(text="2024"),
            Cell(text="E 9"),
            Cell(text="12", measure="public"),
            Cell(text=".", sign="."),
        ],
    )
    def test_what_is_allowed(self, cell):
        make_gate(SUPPRESS)(_table_block(cell))

    def test_rounded_numbers_carry_a_note(self):
        block = make_gate(ROUND)(_table_block(_cell(25)))

        assert block.note == "Zahlen auf Vielfache von 5 gerundet; Summen können abweichen."

    def test_signs_are_explained(self):
        block = make_gate(SUPPRESS)(_table_block(Cell(text=".", sign="."), _cell(25)))

        assert block.note == "Zeichen: . = Zahlenwert unbekannt oder geheim zu halten"

    def test_an_exact_zero_reads_as_nothing(self):
        block = make_gate(SUPPRESS)(_table_block(_cell(0), _cell(0, "derived")))

        assert [row[1].text for row in block.table.rows] == ["–", "0"]
        assert "– = nichts vorhanden" in block.note

    def test_a_rounded_zero_stays_zero(self):
        block = make_gate(ROUND)(_table_block(_cell(0)))

        assert block.table.rows[0][1].text == "0"

    def test_a_block_without_protected_numbers_is_not_changed(self):
        block = _table_block(_cell(3, "public"))

        assert make_gate(SUPPRESS)(block) == block


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", True), ("−3", True), ("1.234", True), ("1\u202f234", True), ("12,5 %", True),
     ("≈ 17", True), ("2024", False), ("E9", False), ("V 16954", False), ("", False), (".", False),
     ("3 bis 5", False)],
)  # fmt: skip
def test_is_figure(text, expected):
    assert is_figure(text) is expected
