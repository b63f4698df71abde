"""Adoption curves: recovered exactly, against a search over a grid, and what they never claim."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.models import adoption_curve as curves
from analysis.models.adoption_curve import check_curve, fit_curve, summarise_curve, trace_share

MONTHS = np.arange(60.0)


def grow(ceiling, steepness, half, months=MONTHS):
    """Return a logistic share: half of the ceiling in month ``half``, steepness per month."""
    return ceiling / (1 + np.exp(-steepness * (months - half)))


def draw(share, total, seed):
    rng = np.random.default_rng(seed)
    return rng.binomial(np.full(len(share), total), share).astype(float)


def spread(ceilings, steepness, halves):
    """Return all combinations of parameters, and their shares in the sixty months."""
    points = np.array(list(itertools.product(ceilings, steepness, halves)))
    return points, grow(*points.T[:, :, None])


def naive_deviance(shares, online, total):
    """Return twice the distance of the log-likelihood to that of the observed shares."""
    best = stats.binom.logpmf(online, total, online / total).sum()
    return 2 * (best - stats.binom.logpmf(online, total, shares).sum(axis=-1))


def fit(share, total=400.0, months=MONTHS, **options):
    return fit_curve(share * total, np.full(len(months), total), months, **options)


class TestExactData:
    def test_parameters_by_hand(self):
        # Ceiling 60 %, half of it in month 24, steepness 0.1 per month. Steepest rise: 0.6 × 0.1
        # ÷ 4 = 0.015 per month = 18 percentage points per year. Month 71: 1 + exp(−4.7) =
        # 1.00909528, share 60 ÷ 1.00909528 = 59.4592.
        curve = fit(grow(0.6, 0.1, 24))
        found = summarise_curve(curve).iloc[0]
        assert curve.state == curves.FITTED
        assert curve.deviance == pytest.approx(0, abs=1e-6)
        assert found["ceiling"] == pytest.approx(60, abs=0.01)
        assert found["midpoint"] == pytest.approx(24, abs=0.01)
        assert found["speed"] == pytest.approx(18, abs=0.01)
        assert trace_share(curve, np.array([71.0]))["value"].item() == pytest.approx(
            59.4592, abs=0.01
        )

    def test_months_without_applications_and_gaps_change_nothing(self):
        kept = np.delete(np.arange(60), [5, 6, 30])
        total = np.full(60, 400.0)
        total[10] = 0
        online = grow(0.6, 0.1, 24) * total
        found = summarise_curve(fit_curve(online[kept], total[kept], MONTHS[kept])).iloc[0]
        assert found["ceiling"] == pytest.approx(60, abs=0.01)
        assert found["midpoint"] == pytest.approx(24, abs=0.01)

    def test_month_numbers_may_begin_anywhere(self):
        late = fit(grow(0.6, 0.1, 24), months=MONTHS + 600)
        assert summarise_curve(late)["midpoint"].item() == pytest.approx(624, abs=0.01)

    def test_deviance_by_hand(self):
        # 3 of 10 online where one half is expected:
        # 2 × (3 ln(0.3 ÷ 0.5) + 7 ln(0.7 ÷ 0.5)) = 2 × (−1.532477 + 2.355306) = 1.645658
        found = curves.measure_deviance(np.array([0.5]), np.array([3.0]), np.array([10.0]))
        assert found == pytest.approx(1.645658, abs=1e-6)


class TestAgainstTheNaiveSearch:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_no_curve_of_a_grid_fits_better(self, seed):
        online, total = draw(grow(0.5, 0.12, 28), 150, seed), np.full(60, 150.0)
        curve = fit_curve(online, total, MONTHS)
        points, shares = spread(
            np.linspace(0.3, 1, 29), np.linspace(0.04, 0.3, 27), np.linspace(15, 45, 31)
        )
        deviances = naive_deviance(shares, online, total)
        least, nearest = deviances.min(), points[deviances.argmin()]
        assert curve.deviance <= least + 1e-6
        found = summarise_curve(curve).iloc[0]
        assert found["ceiling"] == pytest.approx(nearest[0] * 100, abs=2.5)
        assert found["midpoint"] == pytest.approx(nearest[2], abs=1.5)

    def test_the_range_is_that_of_all_curves_within_the_limit(self):
        online, total = draw(grow(0.5, 0.12, 28), 150, 4), np.full(60, 150.0)
        curve = fit_curve(online, total, MONTHS)
        limit = curve.deviance + curve.dispersion * stats.f.ppf(0.95, 1, 57)
        found = summarise_curve(curve).iloc[0]
        points, shares = spread(
            np.linspace(found["ceiling_lower"] - 2, found["ceiling_upper"] + 2, 33) / 100,
            np.linspace(0.09, 0.16, 29),
            np.linspace(25, 31, 31),
        )
        inside = points[naive_deviance(shares, online, total) <= limit]
        assert len(inside) > 50
        expected = grow(*inside.T[:, :, None], months=np.array([40.0, 71.0])) * 100
        traced = trace_share(curve, np.array([40.0, 71.0]))
        # The grid lies inside the region, and comes close to its edge.
        assert (traced["lower"] <= expected.min(axis=0) + 0.02).all()
        assert (traced["upper"] >= expected.max(axis=0) - 0.02).all()
        assert (traced["lower"] >= expected.min(axis=0) - 0.6).all()
        assert (traced["upper"] <= expected.max(axis=0) + 0.6).all()
        assert found["ceiling_lower"] == pytest.approx(inside[:, 0].min() * 100, abs=0.6)
        assert found["ceiling_upper"] == pytest.approx(inside[:, 0].max() * 100, abs=0.6)

    def test_the_range_covers_the_truth_about_as_often_as_it_says(self):
        # 40 repetitions, 80 % wanted: fewer than 24 or all 40 would have less than 1 ‰ chance
        hits = 0
        total = np.full(60, 100.0)
        for seed in range(40):
            online = draw(grow(0.5, 0.15, 28), 100, 100 + seed)
            found = summarise_curve(fit_curve(online, total, MONTHS, level=0.8)).iloc[0]
            hits += bool(found["ceiling_lower"] <= 50 <= found["ceiling_upper"])
        assert 24 <= hits < 40


class TestWhatIsNotDetermined:
    def test_a_curve_that_only_begins_to_rise(self):
        # half of the ceiling comes long after the last month: any ceiling fits
        curve = fit(grow(0.8, 0.08, 90), total=100)
        found = summarise_curve(curve).iloc[0]
        assert curve.state == curves.OPEN_CEILING
        assert np.isnan(found["ceiling"])
        assert np.isnan(found["midpoint"])
        assert found["ceiling_lower"] < 80
        assert found["ceiling_upper"] == pytest.approx(100)

    def test_no_growth(self):
        curve = fit(np.full(60, 0.3))
        assert curve.state == curves.NO_GROWTH
        assert trace_share(curve, MONTHS).isna().all().all()
        assert np.isnan(summarise_curve(curve)["ceiling_upper"].item())

    def test_falling_shares_are_no_growth(self):
        assert fit(grow(0.6, 0.1, 24)[::-1]).state == curves.NO_GROWTH

    def test_no_online_applications_at_all(self):
        assert fit(np.zeros(60)).state == curves.NO_GROWTH

    def test_too_few_months(self):
        few = np.arange(11.0)
        assert fit(grow(0.6, 0.5, 5, few), months=few).state == curves.TOO_SHORT
        enough = np.arange(12.0)
        assert fit(grow(0.6, 0.8, 5, enough), months=enough).state != curves.TOO_SHORT

    def test_more_online_than_applications_is_refused(self):
        with pytest.raises(ValueError, match="between none and all"):
            fit_curve(np.array([11.0]), np.array([10.0]), np.array([0.0]))

    def test_months_that_scatter_more_widen_the_range(self):
        share = grow(0.5, 0.12, 28)
        calm = fit(share)
        wild = fit(share * np.where(np.arange(60) % 2, 1.1, 0.9))
        assert wild.dispersion > 1 == calm.dispersion
        widths = [
            np.diff(summarise_curve(curve)[["ceiling_lower", "ceiling_upper"]].iloc[0]).item()
            for curve in (calm, wild)
        ]
        assert widths[1] > 1.3 * widths[0]


@settings(max_examples=20)
@given(
    ceiling=st.floats(0.05, 1),
    steepness=st.floats(0.05, 0.4),
    half=st.floats(-5, 70),
    total=st.integers(20, 500),
    seed=st.integers(0, 1000),
)
def test_shares_stay_within_bounds_and_never_fall(ceiling, steepness, half, total, seed):
    online = draw(grow(ceiling, steepness, half), total, seed)
    curve = fit_curve(online, np.full(60, float(total)), MONTHS)
    traced = trace_share(curve, np.arange(-12.0, 96))
    if curve.state in {curves.NO_GROWTH, curves.TOO_SHORT}:
        assert traced.isna().all().all()
        return
    assert traced.min().min() >= 0
    assert traced.max().max() <= 100 + 1e-9
    assert (traced["lower"] <= traced["value"] + 1e-9).all()
    assert (traced["value"] <= traced["upper"] + 1e-9).all()
    assert (traced.diff().dropna() >= -1e-9).all().all()
    found = summarise_curve(curve).iloc[0]
    for name in ("ceiling", "speed", "midpoint"):
        if curve.state == curves.FITTED:
            assert found[f"{name}_lower"] <= found[name] <= found[f"{name}_upper"]
        else:
            assert np.isnan(found[name])
    # every curve of the region is one that the figures do not rule out
    limit = curve.deviance + curve.dispersion * stats.f.ppf(0.95, 1, 57)
    for point in curve.region[:: max(1, len(curve.region) // 20)]:
        years = (MONTHS - curve.middle) / 12
        share = point[0] / (1 + np.exp(-(point[1] + point[2] * years)))
        assert curves.measure_deviance(share, online, np.full(60, float(total))) <= limit + 1e-6


class TestCheck:
    def test_exact_growth_is_foreseen(self):
        share = grow(0.6, 0.15, 24)
        total = np.full(60, 400.0)
        found = check_curve(share * total, total, MONTHS, ahead=12).iloc[0]
        # equal months: the mean share of months 48 to 59; unchanged: that of months 45 to 47
        assert found["actual"] == pytest.approx(share[48:].mean() * 100)
        assert found["unchanged"] == pytest.approx(share[45:48].mean() * 100)
        assert found["expected"] == pytest.approx(found["actual"], abs=0.01)
        assert found["lower"] <= found["expected"] <= found["upper"]

    def test_the_fit_does_not_see_what_it_is_to_foresee(self):
        share = grow(0.6, 0.15, 24)
        total = np.full(60, 400.0)
        changed = share.copy()
        changed[48:] = 0.1
        first, second = (
            check_curve(part * total, total, MONTHS, ahead=12).iloc[0] for part in (share, changed)
        )
        assert first["expected"] == second["expected"]
        assert second["actual"] == pytest.approx(10)

    def test_too_few_earlier_months_give_no_expectation(self):
        few = np.arange(20.0)
        total = np.full(20, 100.0)
        found = check_curve(grow(0.6, 0.4, 8, few) * total, total, few, ahead=12).iloc[0]
        assert np.isnan(found["expected"])
        assert found["actual"] > 0
