"""Interval arithmetic, checked against every combination of points inside the intervals."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators.intervals import (
    add_up,
    combine_agreeing,
    divide,
    join_origins,
    select_observations,
    subtract,
)

COUNTS = st.integers(0, 10_000)


def _frame(*intervals):
    """Rows of (lower, value, upper); ``None`` is an open bound."""
    return pd.DataFrame(
        {
            "value": [float(value) for _, value, _ in intervals],
            "lower": [math.nan if low is None else float(low) for low, _, _ in intervals],
            "upper": [math.nan if high is None else float(high) for _, _, high in intervals],
            "origins": [(f"datei#{number}",) for number in range(len(intervals))],
        }
    )


@st.composite
def intervals(draw):
    low, value, high = sorted(draw(st.tuples(COUNTS, COUNTS, COUNTS)))
    return (
        None if draw(st.booleans()) and draw(st.booleans()) else low,
        value,
        None if draw(st.booleans()) and draw(st.booleans()) else high,
    )


def _points(interval):
    """Points that the interval allows; an open side reaches to zero or far up."""
    low, value, high = interval
    first = 0 if low is None else low
    last = 10 * value + 1000 if high is None else high
    return [first, (first + value) / 2, value, (value + last) / 2, last]


def _holds(row, point):
    slack = 1e-9 * max(1.0, abs(point))
    above = math.isnan(row["lower"]) or row["lower"] - slack <= point
    below = math.isnan(row["upper"]) or point <= row["upper"] + slack
    return above and below


@given(intervals(), intervals())
def test_a_quotient_holds_every_quotient_of_points(numerator, denominator):
    row = divide(_frame(numerator), _frame(denominator), factor=100).iloc[0]
    for upper, lower in product(_points(numerator), _points(denominator)):
        if lower > 0:
            assert _holds(row, 100 * upper / lower)


@given(intervals(), intervals())
def test_a_difference_holds_every_difference_of_points(first, second):
    row = subtract(_frame(first), _frame(second)).iloc[0]
    for one, other in product(_points(first), _points(second)):
        assert _holds(row, one - other)


@given(st.lists(intervals(), min_size=1, max_size=4))
def test_a_sum_holds_every_sum_of_points(parts):
    row = add_up(_frame(*parts)).iloc[0]
    assert row["value"] == sum(value for _, value, _ in parts)
    for index in range(5):
        assert _holds(row, sum(_points(part)[index] for part in parts))


@given(intervals(), intervals())
def test_results_are_never_infinite(first, second):
    for result in (divide(_frame(first), _frame(second)), subtract(_frame(first), _frame(second))):
        assert not any(math.isinf(number) for number in result[["value", "lower", "upper"]].iloc[0])


def test_exact_figures_stay_exact():
    row = divide(_frame((346, 346, 346)), _frame((443, 443, 443)), factor=100).iloc[0]
    assert row["value"] == row["lower"] == row["upper"] == pytest.approx(78.1038, abs=1e-4)


def test_the_widest_quotient_by_hand():
    # 90 to 110 divided by 8 to 12: from 90 / 12 to 110 / 8
    row = divide(_frame((90, 100, 110)), _frame((8, 10, 12))).iloc[0]
    assert row[["value", "lower", "upper"]].tolist() == [10, 7.5, 13.75]


@pytest.mark.parametrize(
    ("numerator", "denominator", "open_sides"),
    [
        ((18000, 18000, None), (100, 100, 100), ["upper"]),
        ((None, 70, 70), (100, 100, 100), ["lower"]),
        ((10, 10, 10), (5, 5, None), ["lower"]),
        ((10, 10, 10), (None, 5, 5), ["upper"]),
        ((10, 10, 10), (0, 5, 10), ["upper"]),
        ((10, 10, 10), (0, 0, 0), ["value", "lower", "upper"]),
        ((10, 10, 10), (0, 0, 5), ["value", "upper"]),
    ],
)
def test_open_bounds_stay_open_and_nothing_is_divided_by_zero(numerator, denominator, open_sides):
    row = divide(_frame(numerator), _frame(denominator)).iloc[0]
    missing = [name for name in ("value", "lower", "upper") if math.isnan(row[name])]
    assert missing == open_sides


@pytest.mark.parametrize(
    ("first", "second", "open_sides"),
    [
        ((1, 1, None), (1, 1, 1), ["upper"]),
        ((None, 1, 1), (1, 1, 1), ["lower"]),
        ((1, 1, 1), (1, 1, None), ["lower"]),
        ((1, 1, 1), (None, 1, 1), ["upper"]),
    ],
)
def test_open_bounds_of_a_difference(first, second, open_sides):
    row = subtract(_frame(first), _frame(second)).iloc[0]
    assert [name for name in ("lower", "upper") if math.isnan(row[name])] == open_sides


def test_one_open_part_opens_the_sum():
    row = add_up(_frame((1, 2, 3), (5, 5, None))).iloc[0]
    assert (row["value"], row["lower"]) == (7, 6)
    assert math.isnan(row["upper"])
    assert row["origins"] == ("datei#0", "datei#1")


def test_rows_are_matched_by_position_and_keep_the_index_of_the_first():
    first = _frame((1, 1, 1), (4, 4, 4)).set_index(pd.Index([7, 3]))
    result = divide(first, _frame((1, 1, 1), (2, 2, 2)))
    assert result["value"].to_dict() == {7: 1.0, 3: 2.0}


def test_origins_are_joined_once_each_in_order():
    joined = join_origins(pd.Series([("b", "a")]), pd.Series([("a", "c")]))
    assert joined == [("b", "a", "c")]


class TestCombineAgreeing:
    @staticmethod
    def _combine(*parts):
        return combine_agreeing(_frame(*parts).assign(year=2021), ["year"])

    def test_two_that_meet_become_their_common_part(self):
        # 14,200 ± 50 and "about 14,000" (± 500)
        result = self._combine((13500, 14000, 14500), (14150, 14200, 14250))
        assert len(result) == 1
        row = result.iloc[0]
        assert row[["value", "lower", "upper"]].tolist() == [14200, 14150, 14250]
        assert row["origins"] == ("datei#0", "datei#1")

    def test_the_value_lies_in_the_common_part(self):
        result = self._combine((9, 10, 11), (10.5, 12, 13.5))
        row = result.iloc[0]
        assert row[["value", "lower", "upper"]].tolist() == [10.5, 10.5, 11]

    def test_those_that_contradict_each_other_stay_apart(self):
        result = self._combine((11722, 11722, 11722), (11676, 11676, 11676))
        assert result["value"].tolist() == [11722, 11676]
        assert result["origins"].tolist() == [("datei#0",), ("datei#1",)]

    def test_open_bounds_are_closed_by_the_other_source(self):
        result = self._combine((18000, 18000, None), (17500, 18200, 18500))
        assert result[["value", "lower", "upper"]].values.tolist() == [[18200, 18000, 18500]]

    def test_two_lower_bounds(self):
        result = self._combine((100, 100, None), (150, 150, None))
        assert result[["value", "lower"]].values.tolist() == [[150, 150]]
        assert result["upper"].isna().all()

    def test_different_things_are_not_combined(self):
        rows = _frame((1, 1, 1), (1, 1, 1)).assign(year=[2020, 2021])
        assert len(combine_agreeing(rows, ["year"])) == 2

    def test_missing_keys_are_a_thing_of_their_own(self):
        rows = _frame((1, 1, 1), (1, 1, 1)).assign(year=[None, None])
        assert len(combine_agreeing(rows, ["year"])) == 1

    def test_nothing_stays_nothing(self):
        assert len(combine_agreeing(_frame().assign(year=[]), ["year"])) == 0

    @given(st.lists(intervals(), min_size=1, max_size=4))
    def test_the_result_is_ordered_and_inside_all_parts(self, parts):
        result = self._combine(*parts)
        assert len(result) in (1, len(parts))
        for _, row in result.iterrows():
            assert _holds(row, row["value"])
        if len(result) == 1:
            row = result.iloc[0]
            assert all(low is None or row["lower"] >= low for low, _, _ in parts)
            assert all(high is None or row["upper"] <= high for _, _, high in parts)


def test_only_what_was_asked_for_is_selected(make_rows):
    wanted = {"value": 1.0, "period": ("2023-01-31", "2023-01-31")}
    rows = make_rows(
        "case_counts",
        wanted,
        wanted | {"measure": "decided"},
        wanted | {"service": "sozialwohnung"},
        wanted | {"place": "Hamburg"},
        wanted | {"kind": "prognose"},
        wanted | {"unit": "Amt 50"},
        wanted | {"method": "haushalte"},
    )
    all_methods = select_observations(rows, "open", service="wohngeld", place="München")
    assert all_methods["origins"].tolist() == [("probe.tsv#2",), ("probe.tsv#8",)]
    one = select_observations(
        rows, "open", service="wohngeld", place="München", methods=("haushalte",)
    )
    assert one["origin"].tolist() == ["probe.tsv#8"]


def test_selected_rows_are_in_order_of_time(make_rows):
    rows = make_rows(
        "case_counts",
        {"value": 3, "period": ("2023-03-01", "2023-03-31")},
        {"value": 1, "period": (None, "2023-01-31")},
        {"value": 2, "period": ("2023-01-01", "2023-01-31")},
        {"value": 0, "period": (None, None)},
    )
    chosen = select_observations(rows, "open", service="wohngeld", place="München")
    assert chosen["value"].tolist() == [0, 1, 2, 3]
