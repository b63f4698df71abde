"""Backlog: what published figures allow, month by month, and where it leads (Rückstand).

Methods: docs/methods/backlog-path.md, backlog-decomposition.md, forecast.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from analysis.indicators.intervals import BOUNDS, with_origins
from analysis.models.backlog import (
    MEASURES,
    Path,
    System,
    estimate_path,
    make_system,
    project_stock,
)
from analysis.models.decomposition import Months, decompose_growth
from analysis.models.forecast import Forecast, forecast_series

# Ways of counting that stand for the same applications; others are not joined with them.
METHODS = ("antraege", "abschliessend_bearbeitet")
_LEAST_FIGURES = 3


class Backlog(NamedTuple):
    """The monthly path that published figures allow.

    Attributes:
        months: ``month``, ``measure``, ``value``, ``lower``, ``upper`` (missing: open),
            ``period_start``, ``period_end``, ``origins``.
        figures: published figures that bind the path.
        conflicts: figures that cannot all hold, with their relaxed bounds and wording.
        relaxation: by how many cases bounds gave way in all.
    """

    months: pd.DataFrame
    figures: pd.DataFrame
    conflicts: pd.DataFrame
    relaxation: float


def select_figures(case_counts: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return the published figures that a path can be bound by.

    Actual figures of received, decided and open cases of the whole city, counted as applications.

    Args:
        case_counts: observations.
        service: service identifier.
        place: city.
    """
    wanted = (
        case_counts["measure"].isin(MEASURES)
        & case_counts["service"].eq(service)
        & case_counts["place"].eq(place)
        & case_counts["kind"].eq("ist")
        & case_counts["unit"].eq("")
        & case_counts["method"].isin(METHODS)
        & case_counts["value"].notna()
    )
    return with_origins(case_counts.loc[wanted]).reset_index(drop=True)


def estimate_backlog(
    figures: pd.DataFrame,
    *,
    first: str,
    last: str,
    most_received: float = float("inf"),
    most_decided: float = float("inf"),
) -> Backlog | None:
    """Return the monthly path of received, decided and open cases.

    Args:
        figures: result of ``select_figures``.
        first: first month of the path, ``2021-01``.
        last: last month.
        most_received: assumption: no month has more received cases.
        most_decided: assumption: no month has more decided cases.

    Returns:
        The path; ``None`` where fewer than three figures bind it.
    """
    system = make_system(
        figures, first=first, last=last, most_received=most_received, most_decided=most_decided
    )
    if len(system.stated) < _LEAST_FIGURES:
        return None
    path = estimate_path(system)
    used = figures[figures["fact_id"].isin({figure.key for figure in system.stated})]
    return Backlog(_date_months(path, used), used, _word_conflicts(path, used), path.relaxation)


def _date_months(path: Path, used: pd.DataFrame) -> pd.DataFrame:
    months = path.months
    stock = months["measure"].eq("open")
    begin = months["month"].dt.to_period("M").dt.start_time
    origins = tuple(dict.fromkeys(used["origin"]))
    bounds = months[BOUNDS].replace([float("inf"), float("-inf")], float("nan"))
    return months.assign(
        **{bound: bounds[bound] for bound in BOUNDS},
        period_start=begin.where(~stock, months["month"]),
        period_end=months["month"],
        measure_unit="Anträge",
        origins=pd.Series([origins] * len(months), months.index, dtype="object"),
    )


def _word_conflicts(path: Path, used: pd.DataFrame) -> pd.DataFrame:
    known = used.set_index("fact_id")[["wording", "period_start", "period_end", "origin"]]
    rows = path.conflicts.join(known, on="key")
    return with_origins(rows)


def check_predictions(
    figures: pd.DataFrame, *, first: str, until: str, window: int, days: Sequence[str]
) -> pd.DataFrame:
    """Predict later stocks from what was published until a month, and compare.

    Args:
        figures: result of ``select_figures``.
        first: first month of the path.
        until: last month whose figures are used.
        window: months whose mean goes on.
        days: month ends to predict (ISO dates).

    Returns:
        One row per day for which an open stock is published within ten days: ``period_end``,
        ``value``, ``lower``, ``upper`` (prediction), ``published``, ``published_lower``,
        ``published_upper``, ``error`` (prediction − published), ``error_percent``, ``wording``,
        ``origins``.
    """
    known = figures[figures["period_end"] <= pd.Period(until).end_time]
    system = make_system(known, first=first, last=until)
    if len(system.stated) < _LEAST_FIGURES:
        return _no_predictions()
    rows = [
        row
        for day in days
        for row in [_compare_day(figures, system, pd.Timestamp(day), window)]
        if row is not None
    ]
    return pd.DataFrame(rows) if rows else _no_predictions()


def _compare_day(
    figures: pd.DataFrame, system: System, day: pd.Timestamp, window: int
) -> dict[str, object] | None:
    stocks = figures[
        figures["measure"].eq("open") & figures["period_start"].eq(figures["period_end"])
    ]
    near = (stocks["period_end"] - day).abs()
    if near.empty or near.min() > pd.Timedelta(days=10):
        return None
    published = stocks.iloc[int(near.to_numpy().argmin())]
    central, least, most = project_stock(system, until=day.to_period("M"), window=window)
    return {
        "period_start": day,
        "period_end": day,
        "value": central,
        "lower": least,
        "upper": most if most < float("inf") else float("nan"),
        "published": published["value"],
        "published_lower": published["lower"],
        "published_upper": published["upper"],
        "error": central - published["value"],
        "error_percent": 100 * (central - published["value"]) / published["value"],
        "wording": published["wording"],
        "origins": tuple(published["origins"]),
    }


def _no_predictions() -> pd.DataFrame:
    columns = [
        "period_start",
        "period_end",
        "value",
        *BOUNDS,
        "published",
        "published_lower",
        "published_upper",
        "error",
        "error_percent",
        "wording",
        "origins",
    ]
    return pd.DataFrame(columns=columns)


def select_monthly(
    observations: pd.DataFrame, measure: str, *, service: str, place: str, unit: str = ""
) -> pd.Series:
    """Return one measure as a series of months (``PeriodIndex``), without gaps at its ends.

    Args:
        observations: rows of an observation table.
        measure: identifier from the registry of measures.
        service: service identifier.
        place: city.
        unit: organisational unit; empty for the whole.
    """
    rows = observations[
        observations["measure"].eq(measure)
        & observations["service"].eq(service)
        & observations["place"].eq(place)
        & observations["unit"].eq(unit)
        & observations["group"].eq("")
        & observations["kind"].eq("ist")
    ]
    month = rows["period_end"].dt.to_period("M")
    monthly = rows["period_start"].dt.to_period("M").eq(month) & rows["period_end"].dt.is_month_end
    series = pd.Series(
        rows.loc[monthly, "value"].to_numpy(), index=pd.PeriodIndex(month[monthly], freq="M")
    ).sort_index()
    return series[~series.index.duplicated()]


def decompose_backlog(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    *,
    service: str,
    place: str,
    staff_service: str,
    unit: str = "",
    months: int = 12,
) -> pd.DataFrame:
    """Split the difference in backlog growth between the last two spans of months.

    Args:
        case_counts: observations with monthly ``received`` and ``decided``.
        staffing: observations with monthly ``posts_filled``.
        service: service identifier.
        place: city.
        staff_service: what the posts are counted under.
        unit: organisational unit; empty for the whole.
        months: length of each span.

    Returns:
        Rows of ``decompose_growth``; empty where a month is not known.
    """
    flows = {
        measure: select_monthly(case_counts, measure, service=service, place=place, unit=unit)
        for measure in ("received", "decided")
    }
    staff = select_monthly(staffing, "posts_filled", service=staff_service, place=place, unit=unit)
    table = pd.DataFrame({**flows, "staff": staff}).tail(2 * months)
    if len(table) < 2 * months or table.isna().to_numpy().any():
        return pd.DataFrame(columns=["key", "label", "value"])
    before, after = table.head(months).sum(), table.tail(months).sum()
    if min(before["staff"], after["staff"]) <= 0:
        return pd.DataFrame(columns=["key", "label", "value"])
    return decompose_growth(Months(*before), Months(*after))


def forecast_applications(
    case_counts: pd.DataFrame, *, service: str, place: str, horizon: int = 12
) -> Forecast | None:
    """Return the forecast of received applications with its backtest (docs/methods/forecast.md).

    Args:
        case_counts: observations with monthly ``received``.
        service: service identifier.
        place: city.
        horizon: months ahead.

    Returns:
        The forecast; ``None`` where monthly figures are missing, have gaps or are too few.
    """
    series = select_monthly(case_counts, "received", service=service, place=place)
    expected = (
        len(pd.period_range(series.index[0], series.index[-1], freq="M")) if len(series) else 0
    )
    if not expected or expected != len(series) or series.isna().any():
        return None
    return forecast_series(series, horizon=horizon)
