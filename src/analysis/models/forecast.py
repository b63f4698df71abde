"""Forecasts of monthly counts, judged by a backtest against the same month of the year before.

Method: docs/methods/forecast.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEASON = 12
NAIVE = "Vorjahresmonat"
SMOOTHING = "exponentielle Glättung"
_LEAST_HISTORY = 2 * SEASON

Vector = NDArray[np.float64]
Model = Callable[[Vector, int], Vector]


class Forecast(NamedTuple):
    """A forecast with its proof.

    Attributes:
        months: ``month`` (period), ``value``, ``lower``, ``upper`` [as the series].
        model: name of the model that was used.
        scores: one row per model: ``model``, ``mase``, ``coverage`` [percent], ``forecasts``.
        level: share of cases that the interval is meant to cover [percent].
    """

    months: pd.DataFrame
    model: str
    scores: pd.DataFrame
    level: float


def forecast_naive(history: Vector, horizon: int) -> Vector:
    """Return the value of the same month of the last known year for each month ahead."""
    last = history[-SEASON:]
    return np.asarray(last[np.arange(horizon) % SEASON], dtype="float64")


def forecast_smoothed(history: Vector, horizon: int) -> Vector:
    """Return Holt-Winters forecasts with damped trend and additive season of the logarithms.

    Source:
        Exponential smoothing as in statsmodels; logarithms keep forecasts positive.
    """
    # Imported here: the library takes longer to load than most chapters need in all.
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415

    with warnings.catch_warnings():
        # A fit that did not converge is judged by its errors like any other.
        warnings.simplefilter("ignore")
        fitted = ExponentialSmoothing(
            np.log(np.maximum(history, 0.5)),
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=SEASON,
            initialization_method="estimated",
        ).fit()
    return np.asarray(np.exp(fitted.forecast(horizon)), dtype="float64")


MODELS: dict[str, Model] = {NAIVE: forecast_naive, SMOOTHING: forecast_smoothed}


def backtest_models(
    series: pd.Series,
    *,
    horizon: int = 6,
    origins: int = 12,
    models: dict[str, Model] | None = None,
) -> pd.DataFrame:
    """Forecast again and again from earlier months, and compare with what came.

    Args:
        series: monthly counts without gaps, index of months (``PeriodIndex``).
        horizon: months ahead.
        origins: number of last months from which a forecast is made.
        models: name to model.

    Returns:
        One row per model, origin and month ahead: ``model``, ``origin``, ``ahead``, ``forecast``,
        ``actual``, ``scale`` (mean absolute change against the year before, up to the origin).
        Empty where the series is too short (two years before the first origin).

    Raises:
        ValueError: the series has gaps.
    """
    values = _require_complete(series)
    rows = []
    first = max(len(values) - origins - horizon + 1, _LEAST_HISTORY)
    for end in range(first, len(values) - horizon + 1):
        history, actual = values[:end], values[end : end + horizon]
        scale = float(np.mean(np.abs(history[SEASON:] - history[:-SEASON])))
        for name, model in (models or MODELS).items():
            ahead = model(history, horizon)
            rows += [
                (name, series.index[end - 1], step + 1, ahead[step], actual[step], scale)
                for step in range(horizon)
            ]
    columns = ["model", "origin", "ahead", "forecast", "actual", "scale"]
    return pd.DataFrame(rows, columns=columns)


def score_models(tested: pd.DataFrame, *, level: float = 80.0) -> pd.DataFrame:
    """Return MASE and coverage of the interval for each model.

    MASE is the mean of |forecast − actual| ÷ scale: below 1 the model errs less than the change
    from year to year. The interval of an origin is made from the errors of earlier origins only;
    coverage counts how often it held.

    Args:
        tested: result of ``backtest_models``.
        level: share that the interval is meant to cover [percent].

    Returns:
        ``model``, ``mase``, ``coverage`` [percent; missing where nothing could be tested],
        ``forecasts`` (number of forecasts compared).

    Source:
        Hyndman and Koehler (2006) for MASE.
    """
    rows = []
    for name, part in tested.groupby("model", sort=False):
        errors = (part["forecast"] - part["actual"]).abs() / part["scale"]
        usable = errors[np.isfinite(errors)]
        mase = float(usable.mean()) if len(usable) else np.nan
        rows.append((name, mase, _measure_coverage(part, level), len(part)))
    return pd.DataFrame(rows, columns=["model", "mase", "coverage", "forecasts"])


def forecast_series(
    series: pd.Series, *, horizon: int = 12, level: float = 80.0, origins: int = 12
) -> Forecast | None:
    """Return the forecast of the model that proved best, with intervals from its own errors.

    A model that does not beat the same month of the year before is not used. The interval comes
    from the quantiles of the relative errors that the model made in the backtest, by months
    ahead, never narrower than one month earlier.

    Args:
        series: monthly counts without gaps.
        horizon: months ahead.
        level: share that the interval is meant to cover [percent].
        origins: number of forecasts in the backtest.

    Returns:
        The forecast; ``None`` where the series is too short to prove a model.
    """
    reach = min(horizon, max(len(series) - _LEAST_HISTORY - origins + 1, 0))
    tested = backtest_models(series, horizon=reach, origins=origins) if reach else pd.DataFrame()
    if tested.empty:
        return None
    scores = score_models(tested, level=level)
    proved = scores.dropna(subset=["mase"]).sort_values("mase", kind="stable")
    naive = scores.loc[scores["model"] == NAIVE, "mase"].item()
    name = NAIVE if proved.empty or not proved["mase"].iloc[0] < naive else proved["model"].iloc[0]
    ahead = MODELS[str(name)](_require_complete(series), horizon)
    low, high = _spread(tested.loc[tested["model"] == name], horizon, level)
    months = pd.period_range(series.index[-1] + 1, periods=horizon, freq="M")
    table = pd.DataFrame(
        {"month": months, "value": ahead, "lower": ahead * low, "upper": ahead * high}
    )
    return Forecast(table, str(name), scores, level)


def _require_complete(series: pd.Series) -> Vector:
    expected = pd.period_range(series.index[0], series.index[-1], freq="M")
    if len(expected) != len(series) or not (series.index == expected).all() or series.isna().any():
        raise ValueError("the series has gaps")
    return np.asarray(series, dtype="float64")


def _ratios(part: pd.DataFrame) -> pd.Series:
    return (part["actual"] / part["forecast"]).where(part["forecast"] > 0)


def _spread(part: pd.DataFrame, horizon: int, level: float) -> tuple[Vector, Vector]:
    tail = (100 - level) / 200
    ratios = _ratios(part).groupby(part["ahead"])
    low, high = ratios.quantile(tail).to_numpy(), ratios.quantile(1 - tail).to_numpy()
    # Beyond the tested reach, and further ahead, nothing becomes more certain.
    low = np.minimum.accumulate(np.minimum(low, 1.0))
    high = np.maximum.accumulate(np.maximum(high, 1.0))
    steps = np.minimum(np.arange(horizon), len(low) - 1)
    return low[steps], high[steps]


def _measure_coverage(part: pd.DataFrame, level: float) -> float:
    origins = list(dict.fromkeys(part["origin"]))
    held: list[bool] = []
    for position in range(4, len(origins)):
        earlier = part[part["origin"].isin(origins[:position])]
        now = part[part["origin"] == origins[position]].sort_values("ahead")
        low, high = _spread(earlier, len(now), level)
        ahead = now["forecast"].to_numpy()
        actual = now["actual"].to_numpy()
        held += ((ahead * low <= actual) & (actual <= ahead * high)).tolist()
    return 100 * float(np.mean(held)) if held else np.nan
