"""Backlog from now on: where scenarios lead it, under which assumptions (chapter Rückstand).

Method: docs/methods/backlog-scenarios.md. A projection starts from what ``indicators.rueckstand``
knows of the past; what the chapter says of it: ``indicators.backlog_words``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from analysis.assumed import Assumed, Scenario, Simulation
from analysis.errors import DataError
from analysis.fields import QUANTITIES as MEASURE_QUANTITIES
from analysis.indicators.assumptions import list_assumed
from analysis.indicators.relief_words import say_points
from analysis.indicators.rueckstand import (
    DAYS_PER_MONTH,
    UNIT,
    Backlog,
    Scope,
    add_dates,
    collect_origins,
    list_day_stocks,
    list_points,
    repeat_origins,
    select_figures,
    select_year,
)
from analysis.models.pert import Assumptions
from analysis.models.scenarios import EASING, POSTS, Span, project_scenarios
from analysis.presentation.formats import format_date, format_month, format_number

CHANGED = "für diesen Lauf geändert"
COMPUTED = "aus den Zahlen berechnet"
_YEAR = 12
_QUARTER = 3
# Stocks that far apart say how the backlog grew lately [months].
_NEAREST, _FARTHEST = 6, 18
# Known stocks that a chart of scenarios shows [months].
_RECENT = 14
_MEASURE_QUANTITIES = (
    "share",
    "take_up",
    "minutes",
    "minutes_without_e2e",
    "minutes_with_e2e",
    "lead_months",
    "ramp_months",
)
_PER_MONTH = "Anträge/Monat"

Row: TypeAlias = "pd.Series[Any]"


class Start(NamedTuple):
    """Where a projection starts.

    Attributes:
        assumptions: what is derived from data, in the form of the edition's assumptions.
        month: month at whose end the known stock stands.
        known: stocks before that, for the chart: ``period_start``, ``period_end``, ``month``,
            ``value``, ``lower``, ``upper``, ``origins``.
        monthly: whether these are complete monthly figures.
    """

    assumptions: pd.DataFrame
    month: pd.Period
    known: pd.DataFrame
    monthly: bool


class Inputs(NamedTuple):
    """What a projection is made of.

    Attributes:
        assumed: assumptions of the edition.
        assumptions: assumptions on measures.
        measures: measures.
        scenarios: what is done.
        simulation: seed, draws, months.
    """

    assumed: pd.DataFrame
    assumptions: pd.DataFrame
    measures: pd.DataFrame
    scenarios: Sequence[Scenario]
    simulation: Simulation


class Outlook(NamedTuple):
    """The backlog under scenarios.

    Attributes:
        months: one row per scenario and month: ``month``, ``scenario``, ``label``, ``ahead``,
            ``value``, ``lower``, ``upper`` (P50, P10, P90), ``…_error``.
        targets: one row per scenario: months until the target stock (see ``Projection``).
        target: target stock: ``value``, ``lower``, ``upper``, ``label``.
        used: assumptions that entered, in order.
        simulation: seed, draws, months.
    """

    months: pd.DataFrame
    targets: pd.DataFrame
    target: pd.DataFrame
    used: pd.DataFrame
    simulation: Simulation


# Start


def derive_start(case_counts: pd.DataFrame, assumed: pd.DataFrame, scope: Scope) -> Start | None:
    """Return where a projection starts: what the data say about stock, growth and receipts.

    What the edition assumes is not derived.

    Args:
        case_counts: observations.
        assumed: assumptions of the edition.
        scope: service, city, key date.

    Returns:
        With complete monthly figures: the latest stock; the mean growth of the last twelve months
        and the least and most of its four quarters; received cases likewise. Else the latest
        published stock with its bounds, and the growth since the stock about a year before.
        ``None`` where no stock or nothing on its growth is known.
    """
    year = select_year(case_counts, scope)
    found = _start_from_months(*year) if year else _start_from_figures(case_counts, scope)
    if found is None:
        return None
    points, month, known = found
    own = assumed.loc[assumed["subject"].eq(scope.service)]
    given = set(own["quantity"])
    needed = {"open", "received"} | ({"output"} & given or {"growth"})
    if needed - given - {each.quantity for each in points}:
        return None
    name = next(iter(own["subject_name"]), scope.service)
    derived = [each for each in points if each.quantity in needed - given]
    return Start(_list_derived(derived, scope.service, name), month, known, year is not None)


class _Derived(NamedTuple):
    """A three-point assumption that follows from data."""

    quantity: str
    points: tuple[float, float, float]
    evidence: str
    as_of: pd.Timestamp
    origins: tuple[str, ...]


def _start_from_months(
    stocks: pd.DataFrame, received: pd.DataFrame
) -> tuple[list[_Derived], pd.Period, pd.DataFrame]:
    opened = stocks["value"].to_numpy()
    steps = (opened[_QUARTER::_QUARTER] - opened[:-_QUARTER:_QUARTER]) / _QUARTER
    quarters = received["value"].to_numpy().reshape(-1, _QUARTER).mean(axis=1)
    last = stocks.iloc[-1]
    span = " bis ".join(format_month(received.index[end].start_time) for end in (0, -1))
    ends = "Spanne: Quartale mit dem kleinsten und dem größten Wert"
    day = stocks.index[-1].end_time.normalize()
    rows = [
        _Derived(
            "open",
            (last["lower"], last["value"], last["upper"]),
            f"Bestand am {format_date(day)}.",
            day,
            tuple(last["origins"]),
        ),
        _Derived(
            "growth",
            (steps.min(), steps.mean(), steps.max()),
            f"Mittlere Veränderung des Bestands {span}. {ends}.",
            day,
            collect_origins(stocks.iloc[::_QUARTER]),
        ),
        _Derived(
            "received",
            (quarters.min(), quarters.mean(), quarters.max()),
            f"Mittel {span}. {ends}.",
            day,
            collect_origins(received),
        ),
    ]
    return rows, stocks.index[-1], add_dates(stocks)


def _start_from_figures(
    case_counts: pd.DataFrame, scope: Scope
) -> tuple[list[_Derived], pd.Period, pd.DataFrame] | None:
    figures = select_figures(case_counts, scope)
    stocks = list_day_stocks(figures)
    if stocks.empty:
        return None
    last, growth = stocks.iloc[-1], measure_growth(figures)
    day = last["period_end"]
    rows = [
        _Derived(
            "open",
            (last["lower"], last["value"], last["upper"]),
            f"Jüngster bekannter Bestand, {format_date(day)}.",
            day,
            last["origins"],
        )
    ]
    if growth is not None:
        days = f"vom {format_date(growth['period_start'])} bis zum {format_date(day)}"
        rows.append(
            _Derived(
                "growth",
                (growth["lower"], growth["value"], growth["upper"]),
                f"Mittlere Veränderung {days}, mit den Grenzen beider Bestände.",
                day,
                growth["origins"],
            )
        )
    return rows, _nearest_month(day), list_points(figures)


def _list_derived(derived: Sequence[_Derived], service: str, name: str) -> pd.DataFrame:
    """Return derived assumptions in the form of the edition's, rounded outwards to a tenth."""
    assumed = []
    for each in derived:
        least, mode, most = each.points
        lower, upper = math.floor(least * 10) / 10, math.ceil(most * 10) / 10
        assumed.append(
            Assumed(
                subject=service,
                name=name,
                quantity=each.quantity,
                minimum=lower,
                mode=min(max(round(mode, 1), lower), upper),
                maximum=upper,
                basis="Annahme",
                source=each.evidence,
                as_of=each.as_of.date(),
            )
        )
    table = list_assumed(assumed, edition="")
    origins = pd.Series([each.origins for each in derived], table.index, dtype="object")
    # The latest stock may be older than the key date.
    label = table["label"].mask(table["quantity"].eq("open"), "offene Anträge, jüngster Bestand")
    return table.assign(label=label, basis=COMPUTED, origin="", source_id="", origins=origins)


def measure_growth(figures: pd.DataFrame) -> Row | None:
    """Return the mean monthly growth of the stock up to the latest one.

    It is compared with the stock nearest to a year before, 6 to 18 months apart.

    Args:
        figures: result of ``select_figures``.

    Returns:
        ``value``, ``lower``, ``upper`` [cases per month] by interval arithmetic, ``period_start``,
        ``period_end``, ``origins``; ``None`` without two such stocks.
    """
    stocks = list_day_stocks(figures)
    if stocks.empty:
        return None
    last = stocks.iloc[-1]
    months = (last["period_end"] - stocks["period_end"]).dt.days / DAYS_PER_MONTH
    apart = months[months.between(_NEAREST, _FARTHEST)]
    if apart.empty:
        return None
    first = stocks.loc[(apart - _YEAR).abs().idxmin()]
    passed = apart[first.name]
    return pd.Series(
        {
            "value": (last["value"] - first["value"]) / passed,
            "lower": (last["lower"] - first["upper"]) / passed,
            "upper": (last["upper"] - first["lower"]) / passed,
            "period_start": first["period_end"],
            "period_end": last["period_end"],
            "measure": "derived",
            "measure_unit": _PER_MONTH,
            "origins": tuple(dict.fromkeys((*first["origins"], *last["origins"]))),
        }
    )


def _nearest_month(day: pd.Timestamp) -> pd.Period:
    """Return the month whose end is nearest to a day."""
    month = day.to_period("M")
    return month if day.day > month.days_in_month / 2 else month - 1


# Scenarios


def project_backlog(inputs: Inputs, start: Start, scope: Scope) -> Outlook:
    """Project the open cases under the edition's scenarios.

    Nothing is done before the key date; until then all goes on as today.

    Args:
        inputs: assumptions, measures, scenarios, simulation.
        start: result of ``derive_start``.
        scope: service, city, key date.

    Raises:
        DataError: there is no scenario, or an assumption is missing.
    """
    if not inputs.scenarios:
        raise DataError("Das Kapitel Rückstand braucht die Szenarien ([[scenario]]) der Edition.")
    table = pd.concat([inputs.assumed, start.assumptions, inputs.assumptions], ignore_index=True)
    simulation = inputs.simulation
    span = Span(max((_nearest_month(scope.until) - start.month).n, 0), simulation.months)
    projection = project_scenarios(
        Assumptions(table, seed=simulation.seed, draws=simulation.draws),
        inputs.scenarios,
        subject=scope.service,
        span=span,
        measures=inputs.measures,
    )
    used = list_used(table, inputs, scope)
    origins = collect_origins(used)
    months = projection.months
    dates = start.month + span.begin + months["ahead"]
    days = pd.PeriodIndex(dates).to_timestamp(how="end").normalize()
    months = months.assign(
        measure="derived", month=days, period_start=days, period_end=days, measure_unit=UNIT
    )
    targets = projection.targets.assign(measure="derived", measure_unit="Monate")
    target = projection.target.assign(measure="derived", measure_unit=UNIT)
    target = target.assign(label=[f"Ziel {format_number(value)}" for value in target["value"]])
    months, targets, target = (
        rows.assign(origins=repeat_origins(origins, rows.index))
        for rows in (months, targets, target)
    )
    return Outlook(months, targets, target, used, simulation)


def has_targets(outlook: Outlook) -> bool:
    """Return whether any scenario reaches the target stock in most runs."""
    return bool(outlook.targets["value"].notna().any())


def list_stands(outlook: Outlook) -> pd.DataFrame:
    """Return the months of a projection at the key date and every twelve months after it."""
    rows = outlook.months
    return rows[rows["ahead"].ge(0) & rows["ahead"].mod(_YEAR).eq(0)].reset_index(drop=True)


def list_known(start: Start, *, months: int = _RECENT) -> pd.DataFrame:
    """Return the known stocks of the last months before a projection starts."""
    first = (start.month - months).end_time
    recent: pd.DataFrame = start.known.loc[start.known["period_end"].gt(first)]
    return recent.reset_index(drop=True)


# Assumptions


def list_used(table: pd.DataFrame, inputs: Inputs, scope: Scope) -> pd.DataFrame:
    """Return the assumptions that a projection uses, in order, each once."""
    keys = [(scope.service, name) for name in ("open", "received", "staff", "target_months")]
    known = set(zip(table["subject"], table["quantity"], strict=True))
    own = (scope.service, "output")
    keys.append(own if own in known else (scope.service, "growth"))
    if any(scenario.fill_posts for scenario in inputs.scenarios):
        keys += [(scope.service, name) for name in POSTS]
    easings = dict.fromkeys(name for scenario in inputs.scenarios for name in scenario.easings)
    keys += [(subject, name) for subject in easings for name in EASING]
    measures = dict.fromkeys(name for scenario in inputs.scenarios for name in scenario.measures)
    if measures:
        keys.append((scope.service, "handling_minutes"))
    keys += [(measure, name) for measure in measures for name in _MEASURE_QUANTITIES]
    order = {f"{subject}/{quantity}": place for place, (subject, quantity) in enumerate(keys)}
    places = (table["subject"] + "/" + table["quantity"]).map(order)
    return table.loc[places.dropna().sort_values(kind="stable").index].reset_index(drop=True)


def describe_used(outlook: Outlook, backlog: Backlog | None = None) -> pd.DataFrame:
    """Return the assumptions of a projection, and of a path, as they are shown.

    Args:
        outlook: result of ``project_backlog``.
        backlog: path whose limits are assumptions too.

    Returns:
        The assumptions with ``what`` (subject and quantity), ``label``, ``points`` (least,
        likeliest, most, in words) and ``state`` (with date; of a changed one with its usual
        points) in German.
    """
    limits = outlook.used.head(0) if backlog is None else backlog.limits
    used = pd.concat([outlook.used, limits], ignore_index=True)
    names = {name: quantity.label for name, quantity in MEASURE_QUANTITIES.items()}
    label = used["label"].fillna(used["quantity"].map(names))
    usual = " (" + used["published"].str.partition("; ")[2] + ")"
    days = [f", {format_date(day)}" if pd.notna(day) else "" for day in used["as_of"]]
    return used.assign(
        label=label,
        what=used["subject_name"] + ": " + label,
        points=[say_points(row, row["measure_unit"]) for _, row in used.iterrows()],
        state=(used["basis"] + days).mask(used["changed"].astype(bool), CHANGED + usual),
    )
