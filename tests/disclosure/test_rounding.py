from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.rounding import (
    is_multiple,
    reaches_minimum,
    round_half_up,
    round_to_five,
    rounding_interval,
)

numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(float),
    st.decimals(-(10**4), 10**4, places=2).map(float),
)


def _round(value):
    return round_to_five(pd.Series([value])).item()


class TestRoundToFive:
    @pytest.mark.parametrize(
        ("value", "rounded"),
        [
            # the table of the personnel statistics: 0–2 → 0, 3–7 → 5, 8–12 → 10
            *((value, 0) for value in (0, 1, 2)),
            *((value, 5) for value in (3, 4, 5, 6, 7)),
            *((value, 10) for value in (8, 9, 10, 11, 12)),
            # ties, only possible for full-time equivalents, go away from zero
            (2.49, 0),
            (2.5, 5),
            (7.5, 10),
            (-2.5, -5),
            (-2.49, 0),
            (-3, -5),
            # 0.1 × 25 and the like
            (math.fsum([0.1] * 25), 5),
            (2.4999999999, 5),
        ],
    )
    def test_cases(self, value, rounded):
        assert _round(value) == rounded

    def test_missing_stays_missing(self):
        assert math.isnan(_round(math.nan))

    @given(numbers)
    def test_never_changes_a_sign_and_stays_near(self, value):
        rounded = _round(value)

        assert rounded * value >= 0
        assert math.copysign(1, rounded) == 1 or rounded < 0  # no negative zero
        assert abs(rounded - value) <= 2.5 + 1e-6
        assert is_multiple(rounded)

    @given(numbers)
    def test_rounding_twice_changes_nothing(self, value):
        assert _round(_round(value)) == _round(value)

    @given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
    def test_sums_differ_by_no_more_than_the_footnote_allows(self, parts):
        # each whole number is off by at most 2, so a sum of n parts by at most 2 n + 2
        total = _round(sum(parts))

        assert abs(total - sum(map(_round, parts))) <= 2 * len(parts) + 2

    @given(st.integers(0, 10**6))
    def test_the_interval_holds_the_true_number(self, value):
        lower, upper = rounding_interval(_round(value), whole=True)

        assert lower <= value <= upper

    @given(numbers)
    def test_the_interval_holds_full_time_equivalents_too(self, value):
        lower, upper = rounding_interval(_round(value), whole=False, signed=True)

        assert lower - 1e-6 <= value <= upper + 1e-6


class TestReachesMinimum:
    @given(st.integers(0, 100), st.integers(3, 20))
    def test_shown_only_where_the_true_count_reaches_it(self, count, minimum):
        shown = reaches_minimum(round_to_five(pd.Series([count])), minimum).item()

        assert not shown or count >= minimum

    def test_depends_on_the_rounded_count_alone(self):
        # 8 to 12 all become 10 and get the same answer
        counts = pd.Series([8, 9, 10, 11, 12])

        assert reaches_minimum(round_to_five(counts), 5).tolist() == [True] * 5
        assert reaches_minimum(round_to_five(counts - 5), 5).tolist() == [False] * 5


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [(2.25, 1, 2.3), (-2.25, 1, -2.3), (1.005, 2, 1.01), (61.904, 1, 61.9), (0.4, 0, 0.0)],
)
def test_round_half_up(value, digits, rounded):
    assert round_half_up(pd.Series([value]), digits).item() == rounded
