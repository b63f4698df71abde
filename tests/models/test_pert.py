"""Three-point assumptions: distribution, streams of random numbers, means."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.models.pert import Assumptions, draw_points, find_mean, find_quantile

FINITE = st.floats(0, 1e6, allow_nan=False)


def _draw(*points: float, draws: int = 20_000) -> np.ndarray:
    return draw_points(*points, generator=np.random.default_rng(5), draws=draws)


def _table(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["subject", "quantity", "minimum", "mode", "maximum"])


def test_draws_follow_the_pert_distribution():
    # Mode 20 between 10 and 60: m = 0.2, so Beta(1.8, 4.2) on 10 … 60.
    drawn = _draw(10, 20, 60)
    fitted = stats.kstest((drawn - 10) / 50, stats.beta(1.8, 4.2).cdf)
    assert fitted.pvalue > 0.01


def test_without_a_mode_all_values_are_equally_likely():
    drawn = _draw(10, math.nan, 60)
    assert stats.kstest((drawn - 10) / 50, stats.uniform.cdf).pvalue > 0.01


def test_the_mean_is_that_of_the_handbook():
    # (10 + 4 · 20 + 60) ÷ 6 = 25; without a mode the middle: 35.
    assert find_mean(10, 20, 60) == 25
    assert find_mean(10, math.nan, 60) == 35
    assert _draw(10, 20, 60).mean() == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize("mode", [20, math.nan])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_quantiles_are_those_of_the_draws(mode, share):
    exact = find_quantile(10, mode, 60, share=share)
    assert exact == pytest.approx(np.quantile(_draw(10, mode, 60), share), rel=0.02)
    assert find_quantile(7, 7, 7, share=share) == 7


@given(st.tuples(FINITE, FINITE, FINITE).map(sorted))
def test_draws_stay_between_minimum_and_maximum(points):
    drawn = _draw(*points, draws=200)
    reach = 1e-9 * max(points[2], 1)
    assert drawn.min() >= points[0] - reach
    assert drawn.max() <= points[2] + reach


@given(st.tuples(FINITE, FINITE, FINITE).map(sorted), st.floats(0.1, 10))
def test_draws_scale_with_the_points(points, factor):
    scaled = _draw(*(factor * point for point in points), draws=50)
    assert scaled == pytest.approx(factor * _draw(*points, draws=50), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("points", [(3, 2, 5), (1, 6, 5), (5, math.nan, 4)])
def test_points_that_are_not_ordered_are_refused(points):
    with pytest.raises(ValueError, match="not ordered"):
        _draw(*points)


def test_an_assumption_keeps_its_draws_whatever_else_is_drawn():
    alone = Assumptions(_table(("a", "share", 0, 1, 2)), seed=7, draws=10)
    rows = _table(("b", "share", 0, 1, 2), ("a", "cases", 0, 1, 2), ("a", "share", 0, 1, 2))
    among = Assumptions(rows, seed=7, draws=10)
    among.get("b", "share")
    assert among.get("a", "share").tolist() == alone.get("a", "share").tolist()
    assert among.get("b", "share").tolist() != alone.get("a", "share").tolist()


def test_another_seed_gives_other_draws():
    rows = _table(("a", "share", 0, 1, 2))
    first, second = (Assumptions(rows, seed=seed, draws=10).get("a", "share") for seed in (1, 2))
    assert first.tolist() != second.tolist()


def test_an_assumption_that_is_missing_is_a_key_error():
    with pytest.raises(KeyError):
        Assumptions(_table(("a", "share", 0, 1, 2)), seed=7, draws=10).get("a", "cases")


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        Assumptions(_table(("a", "share", 0, 1, 2)), seed=7, draws=0)
