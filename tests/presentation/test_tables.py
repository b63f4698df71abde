"""Data tables and traced numbers: what is shown, what is missing, where it comes from."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.presentation.formats import MISSING
from analysis.presentation.numbers import Origin
from analysis.presentation.tables import Spec, label_row, make_table, trace_number

NARROW = "\u202f"


def _resolve(keys):
    return tuple(Origin(key=key, quote=f"»{key}«", source_id="Q001") for key in keys)


def _row(value=11722.0, lower=11722.0, upper=11722.0, **more):
    return pd.Series({"value": value, "lower": lower, "upper": upper, "origin": "a#2", **more})


def _table(rows, *specs):
    return make_table(pd.DataFrame(rows), list(specs), caption="Probe", resolve=_resolve)


def _cell(row, spec):
    return _table([row.to_dict() if isinstance(row, pd.Series) else row], spec).rows[0][0]


class TestTraceNumber:
    @pytest.mark.parametrize(
        ("row", "text", "wording"),
        [
            (_row(rule="exact"), "11.722", "exact"),
            (_row(16200, 16150, 16250, rule="rounded"), "rund 16.200", "about"),
            (_row(10250, 9000, 11500, rule="range"), "9.000 bis 11.500", "range"),
            (_row(19100, 19100, math.nan, rule="more_than"), "mehr als 19.100", "at_least"),
            (_row(2800, 2800, math.nan, rule="at_least"), "mindestens 2.800", "at_least"),
            (_row(4000, math.nan, 4000, rule="less_than"), "weniger als 4.000", "at_most"),
            (_row(20, math.nan, 20, rule="at_most"), "höchstens 20", "at_most"),
            (_row(26000, 25000, 26000, rule="below"), "knapp 26.000", "about"),
            (_row(16000, 16000, 17000, rule="above"), "gut 16.000", "about"),
            (_row(100, math.nan, math.nan, rule=""), "etwa 100", "open"),
        ],
    )
    def test_words_follow_from_bounds_and_rule(self, row, text, wording):
        number = trace_number(row, _resolve)
        assert (number.text, number.wording) == (text, wording)

    def test_an_average_is_stated_as_it_is_and_keeps_its_bounds(self):
        number = trace_number(_row(17.4, 17.35, 17.45, rule="average"), _resolve, digits=1)
        assert number.text == "17,4"
        assert (number.lower, number.upper) == (17.35, 17.45)

    def test_a_rounded_figure_does_not_look_more_exact_than_its_source(self):
        assert trace_number(_row(17, 16.5, 17.5, rule="rounded"), _resolve, digits=1).text == (
            "rund 17"
        )
        assert trace_number(_row(17, 17, 17, rule="exact"), _resolve, digits=1).text == "17,0"

    def test_one_origin_or_several(self):
        assert [origin.key for origin in trace_number(_row(), _resolve).origins] == ["a#2"]
        several = _row(origins=("a#2", "b#7"))
        assert [origin.key for origin in trace_number(several, _resolve).origins] == ["a#2", "b#7"]
        assert trace_number(pd.Series({"value": 1.0}), _resolve).origins == ()

    def test_unit_and_label(self):
        row = _row(measure_unit="Anträge")
        number = trace_number(row, _resolve, label="offen")
        assert (number.unit, number.label) == ("Anträge", "offen")
        assert trace_number(row, _resolve, unit="").unit == ""
        assert trace_number(row, _resolve, unit="Fälle").unit == "Fälle"

    def test_another_column_is_exact_when_it_has_no_bounds(self):
        row = _row(5, 4, 6, rule="rounded", decided=1091.0)
        number = trace_number(row, _resolve, key="decided", lower="", upper="")
        assert (number.text, number.lower, number.upper) == ("1.091", 1091, 1091)

    def test_a_missing_value_with_bounds_is_shown_as_a_range(self):
        assert trace_number(_row(math.nan, 8.1, 94.6), _resolve).text == "8 bis 95"

    def test_nothing_at_all_is_no_number(self):
        with pytest.raises(ValueError, match="value or a bound"):
            trace_number(_row(math.nan, math.nan, math.nan), _resolve)

    def test_bounds_that_do_not_enclose_the_value_are_our_own_fault(self):
        with pytest.raises(ValueError, match="enclose"):
            trace_number(_row(5, 6, 7), _resolve)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (_row(rule="exact"), "11.722"),
        (_row(17, 16.5, 17.5, rule="rounded"), f"≈{NARROW}17"),
        (_row(18, 18, math.nan, rule="more_than"), f"≥{NARROW}18"),
        (_row(9, math.nan, 9, rule="at_most"), f"≤{NARROW}9"),
        (_row(18.4, 17.2, 19.5, rule="average"), "18"),
    ],
)
def test_labels_of_a_chart(row, label):
    assert label_row(row) == label


class TestCells:
    def test_numbers_are_traced_and_aligned(self):
        spec = Spec("value", "offen", "number", unit="Anträge")
        table = _table([_row().to_dict()], spec)
        assert table.columns[0].model_dump() == {
            "key": "value",
            "label": "offen",
            "unit": "Anträge",
            "align": "right",
        }
        cell = table.rows[0][0]
        assert cell.text == cell.number.text == "11.722"
        assert cell.number.unit == ""  # it stands in the heading
        assert cell.number.label == "offen"
        assert cell.number.origins[0].quote == "»a#2«"

    def test_a_plain_number_ignores_bounds_an_interval_shows_them(self):
        row = _row(16200, 16150, 16250, rule="rounded")
        assert _cell(row, Spec("value", "x", "number")).text == "16.200"
        assert _cell(row, Spec("value", "x", "interval")).text == "rund 16.200"

    def test_an_interval_may_take_other_columns(self):
        row = {"mitte": 5.0, "von": 4.0, "bis": 6.0, "origin": "a#2"}
        cell = _cell(row, Spec("mitte", "x", "interval", lower="von", upper="bis"))
        assert (cell.number.lower, cell.number.upper) == (4, 6)

    @pytest.mark.parametrize("form", ["number", "interval"])
    def test_missing_numbers_are_a_dash(self, form):
        cell = _cell(_row(math.nan, math.nan, math.nan), Spec("value", "x", form))
        assert (cell.text, cell.number) == (MISSING, None)

    def test_an_interval_without_value_still_shows_its_bounds(self):
        cell = _cell(_row(math.nan, 0.0, 100.0), Spec("value", "x", "interval"))
        assert cell.text == "0 bis 100"

    @pytest.mark.parametrize("content", ["", None, math.nan])
    def test_missing_words_are_a_dash(self, content):
        assert _cell({"name": content}, Spec("name", "x")).text == MISSING

    def test_digits(self):
        assert _cell(_row(10.744, 10.744, 10.744), Spec("value", "x", "number", digits=2)).text == (
            "10,74"
        )

    def test_periods_and_dates(self):
        row = {
            "period_start": pd.Timestamp("2023-01-01"),
            "period_end": pd.Timestamp("2023-03-31"),
            "tag": pd.Timestamp("2025-07-23"),
        }
        assert _cell(row, Spec("period", "Zeit", "period")).text == "1. Quartal 2023"
        assert _cell(row, Spec("tag", "Datum", "date")).text == "23.07.2025"
        assert _cell(row | {"tag": pd.NaT}, Spec("tag", "Datum", "date")).text == "undatiert"

    def test_states_are_marked_for_colouring(self):
        cell = _cell({"stand": "produktiv"}, Spec("stand", "Stand", "state"))
        assert (cell.text, cell.state) == ("produktiv", "produktiv")
        assert _cell({"stand": ""}, Spec("stand", "Stand", "state")).state == ""

    def test_identifiers_do_not_break(self):
        cell = _cell({"antrag": "20-26 / A 05330"}, Spec("antrag", "Antrag", "code"))
        assert cell.text == "20\u201126\u00a0/\u00a0A\u00a005330"

    @pytest.mark.parametrize(
        ("form", "align"),
        [
            ("text", "left"),
            ("number", "right"),
            ("interval", "right"),
            ("state", "center"),
            ("period", "left"),
            ("date", "left"),
        ],
    )
    def test_alignment(self, form, align):
        table = make_table(
            pd.DataFrame(columns=["value"]),
            [Spec("value", "x", form)],
            caption="",
            resolve=_resolve,
        )
        assert table.columns[0].align == align

    def test_a_column_that_is_not_there_is_our_own_fault(self):
        with pytest.raises(KeyError):
            _cell(_row(), Spec("fehlt", "x", "number"))


def test_rows_without_numbers_name_their_origins_for_the_whole_table():
    rows = [
        {"name": "a", "value": 1.0, "origin": "a#2"},
        {"name": "b", "value": math.nan, "origin": "a#3"},
    ]
    table = _table(rows, Spec("name", "Name"), Spec("value", "Wert", "number"))
    assert [origin.key for origin in table.origins] == ["a#3"]


def test_no_rows_make_an_empty_table_with_its_columns():
    frame = pd.DataFrame(columns=["name", "value"])
    table = make_table(frame, [Spec("name", "Name")], caption="leer", resolve=_resolve)
    assert (table.rows, len(table.columns), table.caption) == ((), 1, "leer")


class TestDisclosure:
    """Labels and signs that the disclosure rule of an edition needs."""

    def test_the_value_is_what_its_row_says(self):
        row = _row(measure="received", decided=7.0)

        assert trace_number(row, _resolve).measure == "received"
        assert trace_number(row, _resolve, measure="derived").measure == "derived"
        assert trace_number(row, _resolve, key="decided", lower="", upper="").measure == ""
        assert trace_number(_row(), _resolve).measure == ""
        assert trace_number(_row(measure=math.nan), _resolve).measure == ""

    def test_a_column_may_say_it(self):
        row = _row(measure="received", decided=7.0)

        assert _cell(row, Spec("value", "x", "number")).number.measure == "received"
        decided = _cell(row, Spec("decided", "x", "number", measure="decided"))
        assert decided.number.measure == "decided"
        assert _cell(_row(n="3"), Spec("n", "x", measure="public")).measure == "public"

    def test_a_missing_number_shows_the_sign_of_its_row(self):
        row = _row(math.nan, math.nan, math.nan, sign=".", decided=math.nan, decided_sign="x")

        cells = _table(
            [row.to_dict()], Spec("value", "x", "number"), Spec("decided", "y", "number")
        ).rows[0]
        assert [(cell.text, cell.sign) for cell in cells] == [(".", "."), ("x", "x")]

    def test_without_a_sign_it_shows_that_of_the_table(self):
        rows = pd.DataFrame([_row(math.nan, math.nan, math.nan, sign="").to_dict()])
        spec = [Spec("value", "x", "interval")]

        plain = make_table(rows, spec, caption="c", resolve=_resolve).rows[0][0]
        assert (plain.text, plain.sign) == (MISSING, "")
        protected = make_table(rows, spec, caption="c", resolve=_resolve, missing=".").rows[0][0]
        assert (protected.text, protected.sign) == (".", ".")
