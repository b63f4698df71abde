"""Backlog until now: what published figures allow, month by month (chapter Rückstand).

Where it leads: ``indicators.outlook``; what the chapter says of both: ``indicators.backlog_words``.
Methods: docs/methods/backlog-path.md, backlog-decomposition.md, forecast.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from analysis.assumed import BacklogSettings
from analysis.errors import DataError
from analysis.indicators.assumptions import find_points
from analysis.indicators.intervals import BOUNDS, with_origins
from analysis.models.backlog import (
    MEASURES,
    Path,
    System,
    count_open_months,
    estimate_path,
    make_system,
    project_stock,
)
from analysis.models.decomposition import Bounds, Months, decompose_growth
from analysis.models.forecast import Forecast, forecast_series
from analysis.presentation.formats import format_number

# Ways of counting that stand for the same applications; others are not joined with them.
METHODS = ("antraege", "abschliessend_bearbeitet")
LABELS = {"received": "eingegangen", "decided": "erledigt", "open": "offen"}
LIMITS = ("most_received", "most_decided")
UNIT = "Anträge"
RIGHT = "im Rahmen der Rundung richtig"
"""Verdict on a prediction that the published stock does not refute."""
DAYS_PER_MONTH = 365.25 / 12
_LEAST_FIGURES = 3
_YEAR = 12
# How far a published stock may lie from the day of a prediction [days].
_SAME_DAY = 10

Row: TypeAlias = "pd.Series[Any]"


class Scope(NamedTuple):
    """Whose backlog is looked at.

    Attributes:
        service: service identifier.
        place: city.
        until: key date of the report.
    """

    service: str
    place: str
    until: pd.Timestamp


class Backlog(NamedTuple):
    """The monthly path that published figures allow.

    Attributes:
        months: ``month``, ``measure``, ``label``, ``value``, ``lower``, ``upper`` (missing: open),
            ``period_start``, ``period_end``, ``origins``.
        figures: published figures that bind the path, with ``label``.
        conflicts: figures that cannot all hold, with their relaxed bounds and wording.
        relaxation: by how many cases bounds gave way in all.
        limits: assumptions on the most cases of a month, as used.
        open_months: months in which the stock would have no upper bound without these.
    """

    months: pd.DataFrame
    figures: pd.DataFrame
    conflicts: pd.DataFrame
    relaxation: float
    limits: pd.DataFrame
    open_months: int


class Check(NamedTuple):
    """Predictions from what was known at a time, beside what came.

    Attributes:
        months: stock by month from then on: ``month``, ``value``, ``lower``, ``upper``.
        history: central path until then: ``month``, ``value``.
        days: one row per day compared (see ``check_predictions``).
        points: published stocks with ``period_start``, ``period_end``, ``value``, ``lower``,
            ``upper``.
    """

    months: pd.DataFrame
    history: pd.DataFrame
    days: pd.DataFrame
    points: pd.DataFrame


def require_settings(settings: BacklogSettings | None) -> BacklogSettings:
    """Return the settings of the edition.

    Raises:
        DataError: the edition has none.
    """
    if settings is None:
        raise DataError("Das Kapitel Rückstand braucht den Abschnitt [backlog] der Edition.")
    return settings


# What published figures allow


def select_figures(case_counts: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the published figures that a path can be bound by.

    Actual figures of received, decided and open cases of the whole city, counted as applications,
    for periods that ended before the key date.

    Returns:
        The observations with ``label`` and ``origins``, in order of time.
    """
    wanted = (
        case_counts["measure"].isin(MEASURES)
        & case_counts["service"].eq(scope.service)
        & case_counts["place"].eq(scope.place)
        & case_counts["kind"].eq("ist")
        & case_counts["unit"].eq("")
        & case_counts["method"].isin(METHODS)
        & case_counts["value"].notna()
        & case_counts["period_end"].le(scope.until)
    )
    rows = with_origins(case_counts.loc[wanted]).sort_values(
        ["period_end", "measure", "fact_id"], ignore_index=True
    )
    return rows.assign(label=rows["measure"].map(LABELS))


def estimate_backlog(
    case_counts: pd.DataFrame, scope: Scope, settings: BacklogSettings, assumed: pd.DataFrame
) -> Backlog | None:
    """Return the monthly path of received, decided and open cases up to the last figure.

    Args:
        case_counts: observations.
        scope: service, city, key date.
        settings: first month.
        assumed: assumptions of the edition; ``most_received`` and ``most_decided`` limit each
            month.

    Returns:
        The path; ``None`` where fewer than three figures or no stock bind it, or where the stock
        is known month by month.
    """
    figures = select_figures(case_counts, scope)
    monthly = select_year(case_counts, scope) is not None
    if monthly or figures["period_end"].lt(settings.first).all():
        return None
    system = make_system(
        figures,
        first=settings.first,
        last=str(figures["period_end"].max().to_period("M")),
        **_find_limits(assumed, scope.service),
    )
    if not _binds(system, figures):
        return None
    path = estimate_path(system)
    used = figures[figures["fact_id"].isin({figure.key for figure in system.stated})]
    limits = assumed[assumed["subject"].eq(scope.service) & assumed["quantity"].isin(LIMITS)]
    unlimited = replace(system, most_received=float("inf"), most_decided=float("inf"))
    return Backlog(
        _date_months(path, used, limits),
        used.reset_index(drop=True),
        _word_conflicts(path, used),
        path.relaxation,
        limits.reset_index(drop=True),
        count_open_months(unlimited) if len(limits) else 0,
    )


def _find_limits(assumed: pd.DataFrame, service: str) -> dict[str, float]:
    found = {name: find_points(assumed, service, name) for name in LIMITS}
    return {name: float(row["upper"]) for name, row in found.items() if row is not None}


def _binds(system: System, figures: pd.DataFrame) -> bool:
    stated = {figure.key for figure in system.stated}
    stocks = figures.loc[figures["measure"].eq("open"), "fact_id"]
    return len(stated) >= _LEAST_FIGURES and bool(stocks.isin(stated).any())


def _date_months(path: Path, used: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    months = path.months
    stock = months["measure"].eq("open")
    begin = months["month"].dt.to_period("M").dt.start_time
    bounds = months[BOUNDS].replace([float("inf"), float("-inf")], float("nan"))
    return months.assign(
        **{bound: bounds[bound] for bound in BOUNDS},
        label=months["measure"].map(LABELS),
        period_start=begin.where(~stock, months["month"]),
        period_end=months["month"],
        measure_unit=UNIT,
        origins=repeat_origins(collect_origins(used, limits), months.index),
    )


def _word_conflicts(path: Path, used: pd.DataFrame) -> pd.DataFrame:
    columns = ["wording", "period_start", "period_end", "origin", "value", "label"]
    rows = path.conflicts.join(used.set_index("fact_id")[columns], on="key")
    return with_origins(rows).assign(
        gap=rows["upper"].combine_first(rows["lower"])
        - rows["relaxed_lower"].combine_first(rows["relaxed_upper"]),
        measure="open",
    )


def list_stocks(backlog: Backlog) -> pd.DataFrame:
    """Return the path of the stock from the first month for which the figures say anything.

    Before, no figure sets a lower bound, and the path would be made up.
    """
    rows = backlog.months[backlog.months["measure"].eq("open")]
    return rows.loc[rows["lower"].gt(0).cummax()].reset_index(drop=True)


def list_flows(backlog: Backlog) -> pd.DataFrame:
    """Return the paths of received and decided cases; decided ones as far as stocks are known.

    Without a stock, nothing is known of decided cases.
    """
    stocks = list_stocks(backlog)
    rows = backlog.months[backlog.months["measure"].isin(["received", "decided"])]
    first = stocks["month"].min() if len(stocks) else pd.Timestamp.max
    known = rows["measure"].eq("received") | rows["month"].ge(first)
    return rows.loc[known].reset_index(drop=True)


def list_points(figures: pd.DataFrame, measure: str = "open") -> pd.DataFrame:
    """Return the published figures of one measure for the marks of a chart."""
    return figures[figures["measure"].eq(measure)].reset_index(drop=True)


def list_flow_points(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the published flows of single whole months, for the marks of a chart."""
    flows = figures[figures["measure"].isin(["received", "decided"])]
    start, end = flows["period_start"], flows["period_end"]
    whole = start.dt.is_month_start & end.dt.is_month_end
    one = start.dt.to_period("M").eq(end.dt.to_period("M"))
    single: pd.DataFrame = flows.loc[whole & one]
    return single.reset_index(drop=True)


def list_day_stocks(figures: pd.DataFrame) -> pd.DataFrame:
    """Return one row per day with a stock whose bounds are both known.

    Where several figures stand for a day, the bounds hold all of them.

    Args:
        figures: result of ``select_figures``.

    Returns:
        ``value``, ``lower``, ``upper``, ``wording``, ``period_start``, ``period_end``, ``origins``,
        in order of time.
    """
    stocks = figures[
        figures["measure"].eq("open")
        & figures["period_start"].eq(figures["period_end"])
        & figures[BOUNDS].notna().all(axis=1)
    ]
    groups = stocks.groupby("period_end", sort=True)
    return pd.DataFrame(
        {
            "period_start": groups["period_start"].first(),
            "value": groups["value"].mean(),
            "lower": groups["lower"].min(),
            "upper": groups["upper"].max(),
            "wording": groups["wording"].agg("; ".join),
            "rule": groups["measure"].count().gt(1).map({True: "range", False: "exact"}),
            "measure": "open",
            "measure_unit": UNIT,
            "origins": groups["origin"].agg(tuple),
        }
    ).reset_index()


# Honesty


def check_predictions(figures: pd.DataFrame, settings: BacklogSettings) -> Check | None:
    """Predict later stocks from what was published until a month, and compare.

    Assumptions of the edition are not used: they were made later.

    Args:
        figures: result of ``select_figures``.
        settings: first month, last month of what is known, window, days.

    Returns:
        ``days`` has one row per day for which a stock is published within ten days:
        ``period_start``, ``period_end`` (of the published stock), ``month``, ``ahead`` (months),
        ``value``, ``lower``, ``upper`` (prediction; missing where open), ``published``,
        ``published_lower``, ``published_upper``, ``error`` (prediction − published),
        ``error_lower``, ``error_upper``, ``error_percent``, ``verdict`` in German,
        ``growth`` and ``actual_growth`` [cases per month], ``wording``, ``origins``. ``None`` where
        nothing can be predicted or compared.
    """
    if settings.check_until < settings.first:
        return None
    until = pd.Period(settings.check_until, freq="M")
    known = figures[figures["period_end"] <= until.end_time]
    system = make_system(known, first=settings.first, last=settings.check_until)
    days = [pd.Timestamp(day) for day in settings.check_days]
    stocks = list_day_stocks(figures)
    pairs = [
        (day, stock)
        for day in days
        if day > until.end_time and (stock := _find_near(stocks, day)) is not None
    ]
    if not pairs or not _binds(system, known):
        return None
    last = max(day for day, _ in pairs).to_period("M")
    months = project_stock(system, until=last, window=settings.window)
    months = months.replace([float("inf")], float("nan")).assign(
        origins=repeat_origins(collect_origins(known), months.index)
    )
    path = estimate_path(system).months
    stocks_then = path[path["measure"].eq("open")]
    history = stocks_then[stocks_then["lower"].gt(0).cummax()]
    base = list_day_stocks(known).iloc[-1]
    rows = [_compare_day(months, base, day, stock) for day, stock in pairs]
    return Check(months, history, pd.DataFrame(rows), list_points(figures))


def _find_near(stocks: pd.DataFrame, day: pd.Timestamp) -> Row | None:
    near = (stocks["period_end"] - day).abs()
    if near.empty or near.min() > pd.Timedelta(days=_SAME_DAY):
        return None
    return stocks.iloc[int(near.to_numpy().argmin())]


def _compare_day(months: pd.DataFrame, base: Row, day: pd.Timestamp, stock: Row) -> dict[str, Any]:
    position = int(months["month"].dt.to_period("M").eq(day.to_period("M")).to_numpy().argmax())
    row = months.iloc[position]
    ends = (row["value"] - stock["upper"], row["value"] - stock["lower"])
    first = months["value"].iloc[0]
    growth = (row["value"] - first) / position if position else float("nan")
    passed = (stock["period_end"] - base["period_end"]).days / DAYS_PER_MONTH
    return {
        "period_start": stock["period_start"],
        "period_end": stock["period_end"],
        "month": row["month"],
        "ahead": float(position + 1),
        "value": row["value"],
        "lower": row["lower"],
        "upper": row["upper"],
        "published": stock["value"],
        "published_lower": stock["lower"],
        "published_upper": stock["upper"],
        "error": row["value"] - stock["value"],
        "error_lower": ends[0],
        "error_upper": ends[1],
        "error_percent": 100 * (row["value"] - stock["value"]) / stock["value"],
        "verdict": _judge(*ends),
        "growth": growth,
        "actual_growth": (stock["value"] - base["value"]) / passed,
        "wording": stock["wording"],
        "measure": "derived",
        "measure_unit": UNIT,
        "origins": tuple(dict.fromkeys((*row["origins"], *stock["origins"]))),
    }


def _judge(lower: float, upper: float) -> str:
    if lower > 0:
        return "zu hoch"
    if upper < 0:
        return "zu niedrig"
    return RIGHT


# Complete monthly figures


def select_monthly(
    observations: pd.DataFrame, measure: str, *, service: str, place: str, unit: str = ""
) -> pd.DataFrame:
    """Return one measure by month.

    Args:
        observations: rows of an observation table.
        measure: identifier from the registry of measures.
        service: service identifier; empty for any.
        place: city.
        unit: organisational unit; empty for the whole.

    Returns:
        ``value``, ``lower``, ``upper``, ``origins`` by month (``PeriodIndex``), in order of time.
    """
    rows = observations[
        observations["measure"].eq(measure)
        & (observations["service"].eq(service) | (service == ""))
        & observations["place"].eq(place)
        & observations["unit"].eq(unit)
        & observations["group"].eq("")
        & observations["kind"].eq("ist")
        & observations["period_end"].dt.is_month_end
    ]
    month = rows["period_end"].dt.to_period("M")
    monthly = with_origins(rows.loc[rows["period_start"].dt.to_period("M").eq(month)])
    index = pd.PeriodIndex(month.loc[monthly.index], freq="M", name="month")
    table = monthly[["value", *BOUNDS, "origins"]].set_index(index).sort_index()
    kept: pd.DataFrame = table.loc[~table.index.duplicated()]
    return kept


def _keep_complete(table: pd.DataFrame, months: int) -> pd.DataFrame | None:
    """Return the last months, where all of them are known."""
    last = table.tail(months)
    if len(last) < months or last["value"].isna().any():
        return None
    return last if (last.index[-1] - last.index[0]).n == months - 1 else None


def select_year(
    case_counts: pd.DataFrame, scope: Scope
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return the stocks of the last thirteen months and the received cases of the last twelve.

    Both by month (see ``select_monthly``); ``None`` where one of these months is not known.
    """
    kinds = {"service": scope.service, "place": scope.place}
    known = case_counts[case_counts["period_end"].le(scope.until)]
    stocks = _keep_complete(select_monthly(known, "open", **kinds), _YEAR + 1)
    received = _keep_complete(select_monthly(known, "received", **kinds), _YEAR)
    if stocks is None or received is None or stocks.index[-1] != received.index[-1]:
        return None
    return stocks, received


def add_dates(table: pd.DataFrame) -> pd.DataFrame:
    """Return figures by month with ``period``, ``month`` (its first day) and dates."""
    dated = table.reset_index(names="period")
    return dated.assign(
        month=dated["period"].dt.start_time,
        period_start=dated["period"].dt.start_time,
        period_end=dated["period"].dt.end_time.dt.normalize(),
    )


def decompose_backlog(
    case_counts: pd.DataFrame, staffing: pd.DataFrame, scope: Scope, *, months: int = _YEAR
) -> pd.DataFrame:
    """Split the difference in backlog growth between the last two spans of months.

    Staff are the filled posts of the units that the cases are counted for; they may work on other
    services too, as long as the part of their time for this one stays the same.

    Args:
        case_counts: observations with monthly ``received`` and ``decided``.
        staffing: observations with monthly ``posts_filled``.
        scope: service, city, key date.
        months: length of each span.

    Returns:
        Rows of ``decompose_growth`` with ``text``, ``highlight`` (total), ``before`` and ``after``
        (growth of both spans), periods and ``origins``; empty where a month is not known.
    """
    kinds = {"service": scope.service, "place": scope.place}
    known = case_counts[case_counts["period_end"].le(scope.until)]
    parts = [select_monthly(known, name, **kinds) for name in ("received", "decided")]
    parts.append(_sum_staff(known, staffing[staffing["period_end"].le(scope.until)], scope))
    spans = [_keep_complete(part, 2 * months) for part in parts]
    complete = [span for span in spans if span is not None]
    columns = ["key", "label", "value", *BOUNDS, "before", "after", "origins"]
    if len(complete) < len(parts) or len({span.index[-1] for span in complete}) > 1:
        return pd.DataFrame(columns=columns)
    before, after = (
        {name: Months(*(float(half[name].sum()) for half in halves)) for name in ("value", *BOUNDS)}
        for halves in (
            [span.head(months) for span in complete],
            [span.tail(months) for span in complete],
        )
    )
    if min(before["lower"].staff, after["lower"].staff) <= 0:
        return pd.DataFrame(columns=columns)
    bounds = (Bounds(before["lower"], before["upper"]), Bounds(after["lower"], after["upper"]))
    found = decompose_growth(before["value"], after["value"], bounds=bounds)
    last = complete[0].index
    return found.assign(
        text=[_sign(value) for value in found["value"]],
        highlight=found["key"].eq("total"),
        before=before["value"].received - before["value"].decided,
        after=after["value"].received - after["value"].decided,
        period_start=last[months].start_time,
        period_end=last[-1].end_time.normalize(),
        measure="derived",
        measure_unit=UNIT,
        origins=repeat_origins(collect_origins(*complete), found.index),
    )


def _sum_staff(case_counts: pd.DataFrame, staffing: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the filled posts of the units that handle the cases, added up by month."""
    own = case_counts["service"].eq(scope.service) & case_counts["measure"].eq("received")
    units = sorted(set(case_counts.loc[own & case_counts["unit"].ne(""), "unit"]))
    kinds = {"service": "" if units else scope.service, "place": scope.place}
    tables = [
        select_monthly(staffing, "posts_filled", unit=unit, **kinds) for unit in units or [""]
    ]
    grouped = pd.concat(tables).groupby(level="month")
    # A unit that is not known in a month leaves the sum of that month unknown.
    complete = grouped["value"].count().eq(len(tables))
    sums = grouped[["value", *BOUNDS]].sum().where(complete)
    origins = [collect_origins(rows) for _, rows in grouped]
    return sums.assign(origins=pd.Series(origins, sums.index, dtype="object"))


def _sign(value: float) -> str:
    """Return a value with its sign: ``+12``, ``−3``."""
    text = format_number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def forecast_applications(
    case_counts: pd.DataFrame, scope: Scope, *, horizon: int = _YEAR
) -> Forecast | None:
    """Return the forecast of received applications with its backtest (docs/methods/forecast.md).

    Args:
        case_counts: observations with monthly ``received``.
        scope: service, city, key date.
        horizon: months ahead.

    Returns:
        The forecast; ``None`` where monthly figures are missing, have gaps or are too few.
    """
    table = list_received(case_counts, scope)
    if table.empty or _keep_complete(table.set_index("period"), len(table)) is None:
        return None
    series = pd.Series(table["value"].to_numpy(), index=pd.PeriodIndex(table["period"]))
    return forecast_series(series, horizon=horizon)


def list_received(case_counts: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return received applications by month until the key date: ``month``, ``value`` …."""
    known = case_counts[case_counts["period_end"].le(scope.until)]
    table = select_monthly(known, "received", service=scope.service, place=scope.place)
    return add_dates(table).assign(measure="received", measure_unit=UNIT)


def list_forecast(forecast: Forecast, received: pd.DataFrame) -> pd.DataFrame:
    """Return the months of a forecast as rows of results.

    Args:
        forecast: result of ``forecast_applications``.
        received: months that it rests on.
    """
    months = forecast.months
    return months.assign(
        month=months["month"].dt.start_time,
        period_start=months["month"].dt.start_time,
        period_end=months["month"].dt.end_time.dt.normalize(),
        measure="derived",
        measure_unit=UNIT,
        origins=repeat_origins(collect_origins(received), months.index),
    )


def list_scores(forecast: Forecast) -> pd.DataFrame:
    """Return the models of a forecast with MASE, coverage, number of forecasts and use."""
    scores = forecast.scores
    return scores.assign(
        used=scores["model"].eq(forecast.model).map({True: "ja", False: "nein"}),
        measure="derived",
    )


def repeat_origins(origins: tuple[str, ...], index: pd.Index) -> pd.Series:
    """Return a column that gives each row the same origins."""
    return pd.Series([origins] * len(index), index, dtype="object")


def collect_origins(*tables: pd.DataFrame) -> tuple[str, ...]:
    """Return the origins of all rows of the tables, each once, in order."""
    keys = (key for table in tables if len(table) for keys in table["origins"] for key in keys)
    return tuple(dict.fromkeys(keys))
