"""Quantities: published values and qualifiers become intervals that a person can work out."""

from __future__ import annotations

import csv
import doctest
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning import periods, quantities
from analysis.cleaning.quantities import (
    MAX_HALF_WIDTH,
    Amount,
    bound_number,
    bound_quantities,
    find_rounding_step,
    parse_amount,
)
from analysis.cleaning.rules import load_rules, match_first

OPEN = math.nan

# value and qualifier as published, expected bounds and rule, how a person arrives at them
HAND_CASES = [
    ("4100", "exact (rounded)", 4050, 4150, "rounded", "4.100 is rounded to 100: ± 50"),
    ("30", "exact headline", 27, 33, "rounded", "to 10: ± 5, but no more than 10 % = 3"),
    ("384", "exact (Teillieferung)", 384, OPEN, "at_least", "part of the figures: can only grow"),
    ("1000000", "exact (Marke)", 1_000_000, OPEN, "at_least", "a mark that was passed"),
    ("11722", "exact, offen oder in Bearbeitung", 11722, 11722, "exact", "counted"),
    ("9825", "genau", 9825, 9825, "exact", "counted"),
    ("10218", "nur noch", 10218, 10218, "exact", "counted, with a judgement"),
    ("56.67", "aktuell", 56.67, 56.67, "exact", "counted"),
    ("14700", "insgesamt", 14650, 14750, "rounded", "to 100: ± 50"),
    (
        "1173500",
        "derived (651.800+521.700; Quelle: rund 1,2 Mio)",
        1_173_250,
        1_173_750,
        "rounded",
        "ends in 5: to 500, ± 250",
    ),
    ("16773", "derived (20559-3786)", 16773, 16773, "exact", "difference of two counted figures"),
    ("2", "das Doppelte", 1.8, 2.2, "rounded", "to 1: ± 0.5, but no more than 10 % = 0.2"),
    ("12", "rund ein Jahr", 10.8, 13.2, "rounded", "whole years: ± 6, at most 10 % = 1.2"),
    ("24", "fast zwei Jahre", 21.6, 24, "below", "up to 12 months less, at most 10 % = 2.4"),
    ("12", "bis zu einem Jahr", OPEN, 12, "at_most", "only an upper bound"),
    ("17500", "rund", 17250, 17750, "rounded", "ends in 5: to 500, ± 250"),
    ("16200", "rund", 16150, 16250, "rounded", "to 100: ± 50"),
    ("18000", "ca.", 17500, 18500, "rounded", "to 1,000: ± 500"),
    ("26000", "fast", 25000, 26000, "below", "one step of 1,000 less"),
    ("-2000", "fast", -2000, -1800, "below", "a loss of almost 2,000 is a smaller loss"),
    ("15000", "knapp", 13500, 15000, "below", "one step of 5,000, at most 10 % = 1,500"),
    ("16000", "gut", 16000, 17000, "above", "one step of 1,000 more"),
    ("20", "nur gut ein Fünftel (Prognose)", 20, 22, "above", "to 10, at most 10 % = 2"),
    ("14000", 'über (Kopf: "fast 15.000")', 14000, 15000, "above", "headline: below 15,000"),
    ("19100", "über", 19100, OPEN, "more_than", "only a lower bound"),
    ("2800", "mindestens", 2800, OPEN, "at_least", "only a lower bound"),
    ("70000", "bis zu ca. (Prognose)", OPEN, 70000, "at_most", "only an upper bound"),
    ("4000", "weniger als (Prognose)", OPEN, 4000, "less_than", "only an upper bound"),
    ("9000..11500", "zwischen", 9000, 11500, "range", "the source's own bounds"),
    ("12000", "bis Ende Oktober", 11500, 12500, "rounded", "to 1,000: ± 500"),
    ("12", "im Durchschnitt etwa (Presse)", 11.5, 12.5, "rounded", "to 1: ± 0.5"),
    ("15", "durchschnittlich", 13.5, 16.5, "average", "to 5: ± 2.5, at most 10 % = 1.5"),
    ("5.9", "im Schnitt", 5.85, 5.95, "average", "to 0.1: ± 0.05"),
    ("0.5", "nur ein halbes Prozent", 0.45, 0.55, "rounded", "to 0.1: ± 0.05"),
    ("33", "ein Drittel", 32.5, 33.5, "rounded", "to 1: ± 0.5"),
    ("50", "hält sich die Waage", 45, 55, "rounded", "to 10: ± 5 = 10 %"),
    ("18", "in der Regel", 17.5, 18.5, "rounded", "to 1: ± 0.5"),
    ("35", "empfohlen", 35, 35, "exact", "a value that was fixed"),
    ("13000", "Prognose", 12500, 13500, "rounded", "to 1,000: ± 500"),
    ("2500", "in Bearbeitung", 2250, 2750, "rounded", "to 500: ± 250 = 10 %"),
    ("1", '"bisher einzige Kommune Bayerns"', 1, 1, "exact", "a statement"),
]
STEPS = [
    ("16200", 100),
    ("17500", 500),
    ("4500", 500),
    ("10218", 1),
    ("843500", 500),
    ("1000000", 1_000_000),
    ("50", 10),
    ("25", 5),
    ("5", 1),
    ("0.5", 0.1),
    ("57.5", 0.5),
    ("14.53", 0.01),
    ("-2000", 1000),
    (" 300 ", 100),
    ("0", 0),
    ("0.0", 0),
    ("", 0),
    ("abc", 0),
    ("nan", 0),
    ("Infinity", 0),
    ("1e5", 0),
]
RULES = st.sampled_from(["exact", "rounded", "average", "below", "above"])
WORDS = st.sampled_from([case[1] for case in HAND_CASES])
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-1000, 1000, places=2, allow_nan=False).map(str),
)


@pytest.fixture(scope="module")
def hand_cases():
    values = pd.Series([case[0] for case in HAND_CASES])
    qualifiers = pd.Series([case[1] for case in HAND_CASES])
    return bound_quantities(values, qualifiers).set_index(
        pd.MultiIndex.from_arrays([values, qualifiers])
    )


def _bound(value: str, qualifier: str) -> pd.Series:
    return bound_quantities(pd.Series([value]), pd.Series([qualifier])).iloc[0]


def _same(found: float, expected: float) -> bool:
    return math.isnan(found) if math.isnan(expected) else math.isclose(found, expected)


@pytest.mark.parametrize(("value", "qualifier", "lower", "upper", "rule", "why"), HAND_CASES)
def test_hand_cases(hand_cases, value, qualifier, lower, upper, rule, why):
    row = hand_cases.loc[(value, qualifier)]
    assert _same(row["lower"], lower), why
    assert _same(row["upper"], upper), why
    assert row["rule"] == rule


def test_each_rule_has_a_hand_case():
    rules = load_rules("qualifiers")
    used = match_first(pd.Series([case[1] for case in HAND_CASES]), rules)
    without = rules.loc[~rules.index.isin(used.dropna()), "pattern"]
    assert without.tolist() == []


def test_each_rule_is_one_that_bounds_know():
    known = {
        "exact",
        "rounded",
        "average",
        "below",
        "above",
        "range",
        "at_least",
        "more_than",
        "at_most",
        "less_than",
    }
    assert set(load_rules("qualifiers")["rule"]) <= known


def test_every_qualifier_of_the_real_files_has_a_rule(root):
    qualifiers = set()
    for name, delimiter, column in (
        ("muenchen/published_figures.tsv", "\t", "qualifier"),
        ("muenchen/equipment.csv", ";", "qualifier"),
        ("muenchen/services.csv", ";", "volume_qualifier"),
        ("magdeburg/services.csv", ";", "volume_qualifier"),
    ):
        with (root / "data/raw" / name).open(encoding="utf-8", newline="") as stream:
            qualifiers |= {row[column] for row in csv.DictReader(stream, delimiter=delimiter)}
    texts = pd.Series(sorted(qualifiers - {""}))
    assert texts[match_first(texts, load_rules("qualifiers")).isna()].tolist() == []


@pytest.mark.parametrize(("text", "step"), STEPS)
def test_rounding_steps(text, step):
    assert math.isclose(find_rounding_step(text), step)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("16200", Amount("number", 16200)),
        (" 7 ", Amount("number", 7)),
        ("-0.5", Amount("number", -0.5)),
        ("9000..11500", Amount("range", 10250, 9000, 11500)),
        ("-5..-3", Amount("range", -4, -5, -3)),
        ("30 -> 60", Amount("change", 60, before=30)),
        ("30->60", Amount("change", 60, before=30)),
        (">50", Amount("bound", 50, low=50)),
        (">= 50", Amount("bound", 50, low=50)),
        ("<5", Amount("bound", 5, high=5)),
    ],
)
def test_forms_of_a_value(text, amount):
    found = parse_amount(text)
    assert found.form == amount.form
    assert all(_same(one, other) for one, other in zip(found[1:], amount[1:], strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "12,5",
        "1.234.567",
        "1 000",
        "+5",
        "1e5",
        "5..",
        "..5",
        "5..6..7",
        "> ",
        "nan",
        "inf",
        "-",
        "30 ->",
        "9" * 400,
        "(Fallzahl*mBZ + Zuschläge)/Normalarbeitskraft",
    ],
)
def test_what_is_no_number(text):
    assert parse_amount(text).form == "other"
    row = _bound(text, "rund")
    assert row[["value", "lower", "upper"]].isna().all()


@pytest.mark.parametrize(
    ("text", "rule"),
    [(">50", "more_than"), (">=50", "at_least"), ("<50", "less_than"), ("<= 50", "at_most")],
)
def test_a_bound_in_the_value_counts_whatever_the_qualifier_says(text, rule):
    assert _bound(text, "exact")["rule"] == rule


def test_a_change_has_the_bounds_of_what_it_leads_to():
    row = _bound("30 -> 60", "exact")
    assert row[["value", "lower", "upper", "base_value"]].tolist() == [60, 60, 60, 30]


def test_an_unknown_qualifier_leaves_both_sides_open():
    row = _bound("100", "vielleicht")
    assert row["value"] == 100
    assert row[["lower", "upper"]].isna().all()
    assert row["rule"] == ""


def test_capital_letters_and_blanks_do_not_hide_a_rule():
    assert _bound("100", "  RUND ")["rule"] == "rounded"


def test_results_stay_on_the_index_of_the_values():
    values = pd.Series(["1", "2"], index=[9, 4])
    assert bound_quantities(values, pd.Series(["exact", "rund"], index=[9, 4])).index.tolist() == [
        9,
        4,
    ]


@given(st.lists(st.tuples(NUMBERS, WORDS), min_size=1, max_size=40))
@settings(max_examples=20)
def test_the_interval_holds_the_value(published):
    values, qualifiers = zip(*published, strict=True)
    rows = bound_quantities(pd.Series(values), pd.Series(qualifiers))
    assert (rows["lower"].isna() | (rows["lower"] <= rows["value"])).all()
    assert (rows["upper"].isna() | (rows["value"] <= rows["upper"])).all()


@given(
    st.floats(-1e9, 1e9, allow_nan=False),
    RULES,
    st.floats(0, 1e9, allow_nan=False),
)
def test_no_rule_claims_more_than_a_tenth_to_either_side(value, rule, step):
    bounds = bound_number(value, rule, step)
    reach = MAX_HALF_WIDTH * abs(value) * (1 + 1e-9)
    assert value - bounds.lower <= reach
    assert bounds.upper - value <= reach


@given(st.integers(1, 10**6), st.integers(0, 6), RULES)
def test_noughts_at_the_end_only_scale_the_interval(number, noughts, rule):
    factor = 10**noughts
    plain = bound_number(number, rule, find_rounding_step(str(number)))
    scaled = bound_number(number * factor, rule, find_rounding_step(str(number * factor)))
    assert math.isclose(scaled.lower, plain.lower * factor)
    assert math.isclose(scaled.upper, plain.upper * factor)


@given(st.integers(1, 10**6), RULES)
def test_a_negative_figure_mirrors_the_positive_one(number, rule):
    step = find_rounding_step(str(number))
    assert step == find_rounding_step(str(-number))
    plus, minus = bound_number(number, rule, step), bound_number(-number, rule, step)
    assert (minus.lower, minus.upper) == (-plus.upper, -plus.lower)


@pytest.mark.parametrize("module", [periods, quantities])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
