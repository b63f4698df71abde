"""Decomposition of backlog growth: by hand, exact, independent of order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.models.decomposition import Months, decompose_growth


def test_worked_example():
    # Before: 1 200 received, 1 200 decided by 60 VZÄ months (20 each). After: 1 500 received,
    # 50 VZÄ months, 900 decided (18 each). Growth 0 → 600.
    # applications 1 500 − 1 200 = 300; staff −(50 − 60)·(18 + 20)/2 = 190;
    # output −(18 − 20)·(50 + 60)/2 = 110; 300 + 190 + 110 = 600.
    parts = decompose_growth(Months(1200, 1200, 60), Months(1500, 900, 50))
    assert dict(zip(parts["key"], parts["value"], strict=True)) == pytest.approx(
        {"applications": 300, "staff": 190, "output": 110, "total": 600}
    )


def test_no_staff_is_refused():
    with pytest.raises(ValueError, match="staff"):
        decompose_growth(Months(1, 1, 0), Months(1, 1, 1))


spans = st.builds(Months, st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0.5, 500))


@given(before=spans, after=spans)
def test_parts_add_up_and_reverse(before, after):
    parts = decompose_growth(before, after).set_index("key")["value"]
    assert parts[["applications", "staff", "output"]].sum() == pytest.approx(
        parts["total"], abs=1e-6, rel=1e-9
    )
    back = decompose_growth(after, before).set_index("key")["value"]
    assert (back + parts).abs().max() == pytest.approx(0, abs=1e-6)


@given(before=spans, after=spans)
def test_equals_the_mean_over_both_orders(before, after):
    # Naive: let staff change first and output second, then the other way round.
    first = -(after.staff - before.staff) * before.output
    second = -(after.staff - before.staff) * after.output
    parts = decompose_growth(before, after).set_index("key")["value"]
    assert parts["staff"] == pytest.approx((first + second) / 2, abs=1e-6, rel=1e-9)
