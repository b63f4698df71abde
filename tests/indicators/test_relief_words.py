"""Titles and phrases on relief: rounding, signs, what a range allows to say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators import relief_words as words
from analysis.models.relief import Setting
from analysis.presentation.tables import Spec, make_table

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-6)


def _row(value, lower=None, upper=None, **more):
    ends = {"lower": value if lower is None else lower, "upper": value if upper is None else upper}
    return pd.Series({"value": value, **ends, **more})


class TestRounding:
    @pytest.mark.parametrize(
        ("value", "rounded"),
        [(82_651, 83_000), (-85_190, -85_000), (105_717, 110_000), (9.96, 10), (0.0123, 0.012)],
    )
    def test_two_significant_digits(self, value, rounded):
        assert words.round_off(value) == pytest.approx(rounded)

    def test_nothing_to_round(self):
        assert words.round_off(0) == 0
        assert math.isnan(words.round_off(math.nan))

    @given(NUMBERS)
    def test_a_sign_never_changes_and_nothing_becomes_zero(self, value):
        rounded = words.round_off(value)
        assert np.sign(rounded) == np.sign(value)
        assert abs(rounded - value) <= 0.051 * abs(value)

    @given(NUMBERS, NUMBERS)
    def test_order_stays(self, first, second):
        low, high = sorted((first, second))
        assert words.round_off(low) <= words.round_off(high)

    @given(NUMBERS)
    def test_rounding_twice_is_rounding_once(self, value):
        once = words.round_off(value)
        assert words.round_off(once) == pytest.approx(once, rel=1e-12)

    @given(st.floats(-2, 2), st.integers(0, 2))
    def test_a_table_shows_a_sign_only_with_a_figure(self, value, digits):
        """What rounds to zero stands as 0, never as −0; everything else keeps its sign."""
        table = make_table(
            pd.DataFrame({"value": [value]}),
            [Spec("value", "Stunden", "number", digits=digits)],
            caption="Probe",
            resolve=lambda _: (),
        )
        text = table.rows[0][0].text
        shown = float(text.replace("−", "-").replace(",", "."))
        assert text.startswith("−") == (shown < 0)
        assert shown == 0 or (shown < 0) == (value < 0)
        assert abs(shown - value) <= 0.5 * 10**-digits + 1e-12

    def test_a_row_keeps_everything_else(self):
        row = words.round_row(_row(1234.0, 111.1, 9999.0, origins=("a",)))
        assert row[["value", "lower", "upper"]].tolist() == [1200, 110, 10_000]
        assert row["origins"] == ("a",)


class TestRanges:
    def test_value_and_range(self):
        said = words.say_range(_row(54_321, 31_111, 88_888), "Stunden")
        assert said == "rund 54.000\u202fStunden (31.000 bis 89.000)"

    def test_what_is_certain_has_no_range(self):
        assert words.say_range(_row(5.0), "Stunden") == "5\u202fStunden"

    def test_given_digits(self):
        assert words.say_range(_row(0.448, 0.4, 0.5), "", digits=2) == "rund 0,45 (0,40 bis 0,50)"

    def test_a_loss_as_a_positive_number(self):
        turned = words.turn(_row(-5.0, -9.0, 2.0))
        assert turned[["lower", "value", "upper"]].tolist() == [-2, 5, 9]

    def test_only_the_ends(self):
        assert words.as_span(_row(5.0, 1.0, 9.0))["rule"] == "range"


class TestBalance:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (_row(50, 10, 90), "überwiegt die Entlastung den Aufwand um rund 50"),
            (_row(-50, -90, -10), "überwiegt der Aufwand die Entlastung um rund 50"),
            (_row(5, -10, 90), "ist offen, ob die Entlastung den Aufwand überwiegt"),
            (_row(0, 0, 0), "ist offen"),
        ],
    )
    def test_only_what_the_range_decides(self, row, said):
        assert words.say_balance(row).startswith(said)

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (_row(-50, -90, -10), "fehlen rund 50\u202fStunden (10 bis 90)"),
            (_row(50, 10, 90), "sind rund 50\u202fStunden (10 bis 90) gewonnen"),
            (_row(5, -10, 90), "ist offen, ob Stunden fehlen: Saldo 5\u202fStunden (−10 bis 90)"),
        ],
    )
    def test_hours_missing(self, row, said):
        assert words.say_gap(row) == said

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (_row(35, 30, 42), "im Plus ab Monat 35 (30 bis 42)"),
            (_row(9, 9, 9), "im Plus ab Monat 9"),
            (_row(35, 30, math.nan), "im Plus ab Monat 35 (30 oder später als Monat 60)"),
            (
                _row(math.nan, 50, math.nan),
                "in den meisten Rechnungen im Plus erst später als Monat 60, "
                "frühestens ab Monat 50",
            ),
            (
                _row(math.nan, math.nan, math.nan),
                "in den meisten Rechnungen im Plus erst später als Monat 60",
            ),
        ],
    )
    def test_break_even(self, row, said):
        assert words.say_break_even(row, 60) == said


class TestTitles:
    def test_short_run_counts_what_is_sure_and_what_is_in_the_middle(self):
        rows = pd.DataFrame(
            {
                "category": ["A", "B", "C"],
                "lower": [1.0, -5.0, -9.0],
                "value": [4.0, 2.0, -3.0],
                "upper": [9.0, 8.0, 1.0],
            }
        )
        said = words.head_short_run(rows, 18)
        assert "von 3 rasch einführbaren Maßnahmen 1 in neun von zehn Rechnungen im Plus" in said
        assert "2 in jeder zweiten" in said
        assert "Maßnahmen keine in neun" in words.head_short_run(rows.assign(lower=-1.0), 18)

    @pytest.mark.parametrize(
        ("often", "said"),
        [(0, "bei keiner überwiegt"), (3, "bei 3 von 7 überwiegt")],
    )
    def test_doubtful_measures(self, often, said):
        assert words.say_doubtful(often, 7).startswith(said)

    @pytest.mark.parametrize(
        ("states", "said"),
        [
            (["Annahme"] * 3, "Von den 3 wichtigsten Annahmen ist keine belegt"),
            (["belegt", "Annahme"], "Von den 2 wichtigsten Annahmen ist 1 belegt"),
            (["belegt", "belegt"], "Von den 2 wichtigsten Annahmen sind 2 belegt"),
        ],
    )
    def test_assumptions_with_a_source(self, states, said):
        assert words.head_assumptions(pd.DataFrame({"state": states})) == said

    @pytest.mark.parametrize(
        ("covered", "said"), [(True, "innerhalb der Spanne"), (False, "außerhalb der Spanne")]
    )
    def test_the_check_says_whether_it_holds(self, covered, said):
        figures = {"value": [2300.0, 2500.0], "lower": [1100.0, 2250.0], "upper": [4100.0, 2750.0]}
        assert said in words.head_check(pd.DataFrame({**figures, "covered": covered, "rank": 56.0}))

    @pytest.mark.parametrize(
        ("money", "staff", "said"),
        [
            ("ja", "ja", "Geld und Personal"),
            ("nein", "nein", "nichts"),
            ("unbekannt", "unbekannt", "offen"),
            ("ja", "unbekannt", "Geld, Personal offen"),
            ("nein", "ja", "kein Geld, Personal"),
        ],
    )
    def test_needs(self, money, staff, said):
        assert words.say_needs(money, staff) == said

    @pytest.mark.parametrize(
        ("points", "said"),
        [
            ((4, 33, 60), "4 bis 60\u202f%, am ehesten 33"),
            ((4, math.nan, 60), "4 bis 60\u202f%, kein Wert wahrscheinlicher"),
            ((2.5, 2.5, 2.5), "2,5\u202f%"),
        ],
    )
    def test_points(self, points, said):
        row = pd.Series(dict(zip(("minimum", "mode", "maximum"), points, strict=True)))
        assert words.say_points(row, "%") == said


class TestDraws:
    def test_number_seed_and_error(self):
        said = words.say_draws(Setting(16954, 10_000), 311.2)
        assert "10.000 Ziehungen, Startwert 16954" in said
        assert said.endswith("Stichprobenfehler höchstens 312\u202fStunden.")
        assert "Stichprobenfehler" not in words.say_draws(Setting(1, 100))

    def test_notes_without_gaps(self):
        assert words.join_notes("A.", "", "B.") == "A. B."
