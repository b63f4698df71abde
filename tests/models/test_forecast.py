"""Forecasts: by hand, against a naive implementation, and what they must never do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.models.forecast import (
    NAIVE,
    SMOOTHING,
    backtest_models,
    forecast_naive,
    forecast_series,
    score_models,
)


def _series(values, first="2021-01"):
    return pd.Series(
        np.asarray(values, dtype=float),
        index=pd.period_range(first, periods=len(values), freq="M"),
    )


def _grow(months=60, noise=0.03, seed=1, growth=1.01):
    rng = np.random.default_rng(seed)
    time = np.arange(months)
    season = 1 + 0.25 * np.sin(2 * np.pi * time / 12)
    return _series(200 * growth**time * season * np.exp(rng.normal(0, noise, months)))


@pytest.fixture(scope="module")
def grown():
    """Forecast of a series that grows, with a season."""
    return forecast_series(_grow(), origins=5)


def test_same_month_of_the_year_before():
    history = np.arange(1.0, 25.0)
    # The last year is 13 … 24; fourteen months ahead begin again with 13.
    assert forecast_naive(history, 14).tolist() == [*range(13, 25), 13, 14]


def test_mase_by_hand():
    # Two years of 100 then 110 (scale |110 − 100| = 10 in every month), then 4 months of 125:
    # the forecast of the year before is 110, error 15 → 15 ÷ 10 = 1.5 at the first origin.
    series = _series([100] * 12 + [110] * 12 + [125] * 4)
    tested = backtest_models(series, horizon=4, origins=1, models={NAIVE: forecast_naive})
    assert tested["scale"].unique().tolist() == [10]
    assert tested["forecast"].tolist() == [110] * 4
    scores = score_models(tested)
    assert scores["mase"].item() == pytest.approx(1.5)
    assert np.isnan(scores["coverage"].item())


def test_no_forecast_sees_the_future():
    series = _grow()
    tested = backtest_models(series, horizon=6, origins=2)
    changed = series.copy()
    changed.iloc[-6:] *= 10
    again = backtest_models(changed, horizon=6, origins=2)
    first = tested["origin"] == tested["origin"].min()
    pd.testing.assert_series_equal(tested.loc[first, "forecast"], again.loc[first, "forecast"])


def test_growth_with_season_beats_the_year_before(grown):
    assert grown.model == SMOOTHING
    scores = grown.scores.set_index("model")["mase"]
    assert scores[SMOOTHING] < 0.5 * scores[NAIVE]


def test_a_model_that_does_not_beat_the_year_before_is_not_used():
    # A pure repetition: the year before is exact, nothing can beat an error of zero.
    result = forecast_series(_series(list(range(100, 112)) * 5))
    assert result.model == NAIVE
    assert result.months["value"].tolist() == list(range(100, 112))


def test_intervals_hold_the_value_and_never_narrow(grown):
    months = grown.months
    assert (months["lower"] <= months["value"]).all()
    assert (months["value"] <= months["upper"]).all()
    assert ((months["upper"] / months["value"]).diff().dropna() >= -1e-12).all()


def test_intervals_cover_about_what_they_promise():
    """On noise without trend, forecast by the yardstick, whose fits cost nothing."""
    covered = [
        score_models(
            backtest_models(
                _grow(84, noise=0.08, seed=seed, growth=1.0),
                horizon=6,
                origins=24,
                models={NAIVE: forecast_naive},
            )
        )["coverage"].item()
        for seed in range(12)
    ]
    # Errors of the same months stand behind several forecasts: 80 % is met only roughly.
    assert 65 <= np.mean(covered) <= 92


def test_short_series_give_no_forecast_and_gaps_are_refused():
    assert forecast_series(_grow(30)) is None
    with pytest.raises(ValueError, match="gaps"):
        backtest_models(_grow().drop(pd.Period("2022-05")))


def test_repetition_gives_the_same(grown):
    again = forecast_series(_grow(), origins=5)
    pd.testing.assert_frame_equal(grown.months, again.months)


def test_a_unit_does_not_matter():
    """MASE is free of units, and forecasts scale with the series."""
    small, large = _grow(40), _grow(40) * 7.5
    one, two = (forecast_series(each, origins=2) for each in (small, large))
    assert one.model == two.model
    assert two.scores["mase"].to_numpy() == pytest.approx(one.scores["mase"].to_numpy(), rel=0.02)
