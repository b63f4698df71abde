"""Quantiles with sampling error, rank correlations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from analysis.models.sampling import (
    bound_correlations,
    correlate_ranks,
    find_quantiles,
    find_ranks,
)

NUMBERS = hnp.arrays(np.float64, st.integers(1, 80), elements=st.floats(-1e6, 1e6))


def test_quantiles_of_the_numbers_one_to_hundred():
    # P10 is the 10th, P50 the 50th, P90 the 90th smallest. For P50 the binomial distribution
    # B(100, 0.5) has its 2.5 % and 97.5 % points at 40 and 60, so the interval goes from the 40th
    # to the 61st smallest: the larger distance is 11.
    found = find_quantiles(np.random.default_rng(1).permutation(np.arange(1.0, 101.0)))
    assert [found[name] for name in ("lower", "value", "upper")] == [10, 50, 90]
    assert found["value_error"] == 11


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("draws", [50, 1000, 10_000])
def test_the_interval_covers_the_quantile_with_the_probability_stated(share, draws):
    # The interval from the l-th to the u-th smallest (from 1) covers the quantile with the
    # probability that l to u − 1 of the draws lie below it.
    _, below, above = find_ranks(share, draws)
    number = stats.binom(draws, share)
    covered = number.cdf(above) - number.cdf(below)
    assert covered >= 0.949
    # Not much wider than needed either.
    assert covered <= 0.999


def test_the_interval_covers_in_repeated_samples():
    generator = np.random.default_rng(3)
    samples = generator.normal(size=(2000, 400))
    ordered = np.sort(samples, axis=1)
    _, below, above = find_ranks(0.9, 400)
    truth = stats.norm.ppf(0.9)
    covered = (ordered[:, below] <= truth) & (truth <= ordered[:, above])
    assert 0.93 <= covered.mean() <= 0.99


@given(NUMBERS)
def test_quantiles_are_ordered_and_drawn(draws):
    found = find_quantiles(draws)
    assert found["lower"] <= found["value"] <= found["upper"]
    assert {float(found[name]) for name in ("lower", "value", "upper")} <= set(draws.tolist())
    assert all(found[f"{name}_error"] >= 0 for name in ("lower", "value", "upper"))


def test_never_is_infinite_and_its_error_missing():
    found = find_quantiles(np.array([3.0, 4.0, np.inf, np.inf, np.inf]))
    assert found["lower"] == 3
    assert np.isinf(found["value"])
    assert np.isnan(found["upper_error"])


@given(
    hnp.arrays(np.float64, (3, 30), elements=st.floats(-100, 100)),
    hnp.arrays(np.float64, 30, elements=st.floats(-100, 100), unique=True),
)
def test_rank_correlations_are_those_of_scipy(inputs, outcome):
    found = correlate_ranks(inputs, outcome)
    for row, value in zip(inputs, found, strict=True):
        if len(set(row)) == 1:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(stats.spearmanr(row, outcome).statistic, abs=1e-9)


def test_no_inputs_have_no_correlations():
    assert correlate_ranks(np.empty((0, 5)), np.arange(5.0)).shape == (0,)


def test_the_interval_of_a_correlation():
    # ρ = 0 with 1 063 draws: √(1.06 ÷ 1060) = 0.03162; 1.95996 times that is 0.06198; tanh of it
    # 0.06190.
    lower, upper = bound_correlations(np.array([0.0, 1.0]), 1063)
    assert upper[0] == pytest.approx(0.06190, abs=1e-5)
    assert lower[0] == -upper[0]
    assert upper[1] == pytest.approx(1, abs=1e-6)
