"""Alternative texts of the charts of models: their wording by hand, their length always."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.presentation import alt_models
from analysis.presentation.alt import LONGEST

OPEN = float("nan")
MARKS = {"filled": "besetzt", "planned": "laut Plan"}


def course(values, first="2026-01-01", panel=""):
    months = pd.date_range(first, periods=len(values), freq="MS")
    table = pd.DataFrame(values, columns=["value", "lower", "upper"])
    return table.assign(month=months, panel=panel)


FALLING = course([(100, 100, 100), (120, 110, 130), (60, 50, 75)], panel="Alle Stellen besetzt")
RISING = course([(100, 100, 100), (110, 105, 115), (140, 120, OPEN)], panel="Wie heute")
LEVEL = course([(100, 90, 110), (104, 80, 120), (105, 70, 140)], panel="KI-Vorprüfung")


def test_one_fan_names_ends_extremes_and_trend():
    assert alt_models.describe_fan(FALLING, what="Offene Anträge") == (
        "Offene Anträge, Verlauf mit Spanne, Januar 2026 bis März 2026. Zuerst 100, "
        "zuletzt 60 (50 bis 75), dazwischen am höchsten 120 (Februar 2026), gesunken."
    )


def test_several_fans_name_the_latest_figure_of_each():
    # The first bounds of the last one, 90 to 110, lie within its latest ones: nothing is decided.
    text = alt_models.describe_fan(
        pd.concat([RISING, FALLING, LEVEL]), what="Offene Anträge", panel="panel"
    )
    assert text == (
        "Offene Anträge, 3 Verläufe mit Spanne, Januar 2026 bis März 2026. "
        "Wie heute: zuletzt 140 (mindestens 120), gestiegen. "
        "Alle Stellen besetzt: zuletzt 60 (50 bis 75), gesunken. "
        "KI-Vorprüfung: zuletzt 105 (70 bis 140), Richtung nicht beurteilbar."
    )


def test_a_fan_of_one_month_has_no_trend():
    text = alt_models.describe_fan(FALLING.head(1), what="Offene Anträge", digits=1)
    assert text == "Offene Anträge, Verlauf mit Spanne, Januar 2026. Angabe: 100,0."


def test_fans_of_monthly_periods_are_in_the_order_of_time():
    table = FALLING.assign(month=FALLING.month.dt.to_period("M"))
    shuffled = table.iloc[[2, 0, 1]]
    expected = alt_models.describe_fan(FALLING, what="Offene Anträge")
    assert alt_models.describe_fan(shuffled, what="Offene Anträge") == expected


def test_the_strongest_inputs_come_with_their_signs():
    table = pd.DataFrame(
        {
            "category": ["Nutzung", "Aufwand", "Fälle", "ohne Ergebnis"],
            "value": [0.2, -0.5, 0.31, OPEN],
        }
    )
    assert alt_models.describe_tornado(table, what="Einfluss auf die Entlastung") == (
        "Einfluss auf die Entlastung, drei Annahmen, die stärkste zuerst. "
        "Am stärksten: Aufwand (senkend, −0,50). Danach: Fälle (erhöhend, 0,31). "
        "Danach: Nutzung (erhöhend, 0,20). Eine Annahme wirkt senkend."
    )


def test_a_schedule_counts_by_half_year():
    table = pd.DataFrame(
        {
            "category": ["A", "B", "C", "D", "E"],
            "start": pd.to_datetime(["2026-01-01", "2026-06-30", "2026-07-01", "2027-01-01", None]),
            "effective": pd.to_datetime(["2026-09-01", "2026-08-01", None, "2031-05-01", None]),
            "end": pd.Timestamp("2030-12-31"),
        }
    )
    # The effect of D would begin after the end of the time shown.
    assert alt_models.describe_schedule(table, what="Fahrplan") == (
        "Fahrplan, vier Maßnahmen. Es beginnen 2 im 1. Halbjahr 2026, 1 im 2. Halbjahr 2026 und "
        "1 im 1. Halbjahr 2027. Zuerst wirkt B (ab August 2026). Die letzte Wirkung beginnt im "
        "September 2026. Zwei Maßnahmen im gezeigten Zeitraum ohne Wirkung. "
        "Eine Maßnahme ohne Beginn."
    )


def test_a_schedule_of_one_measure():
    table = pd.DataFrame(
        {
            "category": ["A"],
            "start": pd.to_datetime(["2026-01-01"]),
            "effective": pd.to_datetime(["2026-03-01"]),
            "end": pd.to_datetime([None]),
        }
    )
    assert alt_models.describe_schedule(table, what="Fahrplan") == (
        "Fahrplan, eine Maßnahme. Beginn im 1. Halbjahr 2026. Zuerst wirkt A (ab März 2026)."
    )


def test_a_curve_names_its_ends_and_where_it_is_level():
    table = pd.DataFrame(
        {
            "x": [1000, 0, 2000, 500],
            "value": [20, 5, 20, 15],
            "lower": [10, OPEN, 10, 9],
            "upper": [40, OPEN, 40, 30],
        }
    )
    text = alt_models.describe_curve(table, what="Stunden", x_label="Budget in Euro")
    assert text == "Stunden nach Budget in Euro. 5 bei 0 und 20 (10 bis 40) bei 2.000. " + (
        "Ab 1.000 unverändert."
    )
    rising = table.assign(value=[20, 5, 21, 15])
    assert "unverändert" not in alt_models.describe_curve(
        rising, what="Stunden", x_label="Budget in Euro"
    )


def test_a_figure_outside_its_range_is_described_as_it_is():
    # A plan with cautious values promises less than the range of its simulation.
    table = pd.DataFrame({"x": [0.5], "value": [3], "lower": [4], "upper": [9]})
    text = alt_models.describe_curve(table, what="Stunden im Jahr", x_label="Budget")
    assert text == "Stunden im Jahr nach Budget. 3 (4 bis 9) bei 0,50."


@pytest.fixture
def needs():
    rows = [
        ("Wohngeld", 45, 35, 56, 42, 51),
        ("Heime", 20, 18, 22, 15, 20),
        ("Betreuung", 12, 11, 13, 14, OPEN),
        ("Abbau", 9, 8, 10, OPEN, OPEN),
    ]
    names = ["category", "value", "lower", "upper", "filled", "planned"]
    return pd.DataFrame(rows, columns=names)


def test_gaps_are_put_into_words_as_far_as_they_are_decided(needs):
    # Heime: 20 − 15 = 5 (3 to 7) are missing; Betreuung: 12 − 14 = −2 (−3 to −1).
    # Planned: Wohngeld 45 − 51 = −6 (−16 to 5), Heime 0 (−2 to 2): neither is decided.
    text = alt_models.describe_need(needs, what="Bedarf in VZÄ", marks=MARKS, digits=0)
    assert text == (
        "Bedarf in VZÄ, vier Angaben. "
        "Größter Abstand zu »besetzt«: Heime, es fehlen 5 (3 bis 7). "
        "Kleinster Abstand zu »besetzt«: Betreuung, mehr als nötig: 2 (1 bis 3). "
        "Größter Abstand zu »laut Plan«: Heime, nicht entscheidbar, ob etwas fehlt. "
        "Größter Bedarf: Wohngeld, 45 (35 bis 56)."
    )


def test_a_single_need(needs):
    text = alt_models.describe_need(needs.head(1), what="Bedarf in VZÄ", marks=MARKS)
    assert text == (
        "Bedarf in VZÄ, eine Angabe. "
        "Abstand zu »besetzt«: Wohngeld, nicht entscheidbar, ob etwas fehlt. "
        "Abstand zu »laut Plan«: Wohngeld, nicht entscheidbar, ob etwas fehlt. "
        "Bedarf: Wohngeld, 45,0 (35,0 bis 56,0)."
    )


def test_an_exact_need_that_is_met(needs):
    met = needs.head(1).assign(value=42, lower=42, upper=42)
    text = alt_models.describe_need(met, what="Bedarf in VZÄ", marks={"filled": "besetzt"})
    assert "Wohngeld, genau gedeckt." in text


@pytest.mark.parametrize(
    "describe",
    [
        lambda table: alt_models.describe_fan(table, what="x"),
        lambda table: alt_models.describe_tornado(table, what="x"),
        lambda table: alt_models.describe_schedule(table, what="x"),
        lambda table: alt_models.describe_curve(table, what="x", x_label="y"),
        lambda table: alt_models.describe_need(table, what="x", marks=MARKS),
    ],
)
def test_nothing_to_describe_is_refused(describe):
    empty = pd.DataFrame(
        {
            "category": ["a"],
            "month": pd.to_datetime(["2026-01-01"]),
            "x": [1.0],
            **dict.fromkeys(["value", "lower", "upper", "filled", "planned"], OPEN),
            **dict.fromkeys(["start", "effective", "end"], pd.NaT),
        }
    )
    with pytest.raises(ValueError, match="nothing to describe"):
        describe(empty)


figures = st.one_of(st.just(OPEN), st.floats(-1e9, 1e9))
rows = st.lists(
    st.tuples(st.text("aä ", min_size=1, max_size=90), st.lists(figures, min_size=3, max_size=3)),
    min_size=1,
    max_size=20,
)


@given(rows)
@settings(max_examples=60)
def test_every_text_has_a_length_that_can_be_read_out(drawn):
    ordered = [sorted(x for x in three if pd.notna(x)) for _, three in drawn]
    bounds = [(x[len(x) // 2], x[0], x[-1]) if x else (OPEN,) * 3 for x in ordered]
    table = pd.DataFrame(bounds, columns=["value", "lower", "upper"]).assign(
        category=[name for name, _ in drawn],
        panel=[name for name, _ in drawn],
        month=pd.date_range("2026-01-01", periods=len(drawn), freq="MS"),
        x=range(len(drawn)),
        filled=1.0,
        planned=OPEN,
    )
    if table["value"].isna().all():
        return
    texts = [
        alt_models.describe_fan(table, what="Offene Anträge", panel="panel"),
        alt_models.describe_fan(table, what="Offene Anträge"),
        alt_models.describe_tornado(table, what="Einfluss der Annahmen"),
        alt_models.describe_curve(table, what="Stunden im Jahr", x_label="Budget in Euro"),
        alt_models.describe_need(table, what="Bedarf in VZÄ", marks=MARKS),
    ]
    for text in texts:
        assert 20 <= len(text) <= LONGEST
        assert "nan" not in text.lower()
