"""Which measures to begin when, under limits on money and IT capacity.

Chosen is the plan with the most net relief; the choice is solved exactly. Method:
docs/methods/roadmap.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.models.origins import list_origins
from analysis.models.pert import Array, Assumptions
from analysis.models.relief import Setting, simulate_relief
from analysis.models.relief_tables import SUM
from analysis.models.roadmap_figures import PERIOD, Figures, make_figures, value_plan
from analysis.models.roadmap_solver import solve

WITHOUT_EXTRA, WITH_EXTRA, OPEN = "ohne zusätzliche Mittel", "mit zusätzlichen Mitteln", "offen"
_SIMULATED = {
    "middle": "value",
    "lower": "lower",
    "upper": "upper",
    "middle_error": "value_error",
    "lower_error": "lower_error",
    "upper_error": "upper_error",
}
_HORIZONS = {"kurz": 12, "mittel": 36, "lang": np.inf}


class Limits(NamedTuple):
    """What is available in each half-year.

    Attributes:
        budget: money [EUR].
        it_days: capacity of the IT [person-days].
    """

    budget: tuple[float, ...]
    it_days: tuple[float, ...]


class Roadmap(NamedTuple):
    """A plan and what it needs.

    Attributes:
        plan: one row per measure that is carried out, in order of its beginning.
        usage: money and IT capacity used and available, by half-year.
        hours: net relief over the whole time with the values planned with [hours].
    """

    plan: pd.DataFrame
    usage: pd.DataFrame
    hours: float

    @property
    def starts(self) -> dict[str, int]:
        """Month before which each measure begins, as ``simulate_relief`` takes it."""
        return dict(zip(self.plan["measure_id"], self.plan["start_month"], strict=True))


def even_limits(*, budget: float, it_days: float, half_years: int = 10) -> Limits:
    """Return limits that are the same in each half-year."""
    return Limits((budget,) * half_years, (it_days,) * half_years)


def make_roadmap(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    limits: Limits,
    *,
    blocked_months: int = 0,
    caution: float | None = None,
) -> Roadmap:
    """Choose measures and their beginnings with the most net relief.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        limits: money and IT capacity for each half-year of the time looked at.
        blocked_months: no relief before the end of this month.
        caution: none to plan with the means of the assumptions; 0.25, for instance, to plan with
            cautious quantiles (see ``make_figures``).

    Returns:
        ``Roadmap``. ``plan`` has ``measure_id``, ``name``, ``start_half_year`` (from 1),
        ``start_month`` (0, 6, …), ``effective_month``, ``horizon`` (``kurz`` to 12 months from the
        beginning of the plan until effect, ``mittel`` to 36, else ``lang``), ``extra`` (whether
        money or staff is needed in addition), ``hours`` (what the plan would lose without the
        measure and those that need it), ``cost_once`` [EUR], ``cost_per_year``, ``it_days``,
        ``prerequisites``, ``origins``. ``usage`` has ``half_year``, ``resource`` (German),
        ``value``, ``limit``, ``measure_unit``.

    Raises:
        DataError: limits are negative or not of the same length.

    Source:
        docs/methods/roadmap.md, section 1.
    """
    _check_limits(limits)
    figures = make_figures(
        measures,
        assumptions,
        len(limits.budget),
        blocked_months=blocked_months,
        caution=caution,
    )
    starts = solve(figures, limits.budget, limits.it_days)
    return _describe(measures, assumptions, figures, limits, starts)


def trace_budgets(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    budgets: Sequence[float],
    *,
    it_days: float,
    setting: Setting,
    caution: float | None = None,
) -> pd.DataFrame:
    """Return what smaller and larger budgets buy.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        budgets: money per half-year [EUR].
        it_days: capacity of the IT per half-year [person-days].
        setting: how the chosen plans are simulated.
        caution: as in ``make_roadmap``.

    Returns:
        One row per budget, ascending: ``budget``, ``measures`` (number), ``value`` (net hours
        over the whole time with the values planned with), ``lower``, ``upper``, ``middle`` (P10,
        P90 and P50 of the plan when it is simulated) with ``lower_error``, ``upper_error``,
        ``measure_unit``, ``origins``. ``value`` never falls: a plan that fits a smaller budget
        fits a larger one.
    """
    half_years = setting.months // PERIOD
    figures = make_figures(
        measures,
        assumptions,
        half_years,
        blocked_months=setting.blocked_months,
        caution=caution,
    )
    inputs = Assumptions(assumptions, seed=setting.seed, draws=setting.draws)
    best: dict[str, int] = {}
    simulated: dict[str, object] = {}
    rows: list[dict[str, object]] = []
    for budget, found in _solve_budgets(figures, budgets, it_days).items():
        # Within the solver's tolerance the plan for less money may be as good.
        if value_plan(figures, found) > value_plan(figures, best):
            best, simulated = found, {}
        # Budgets that buy the same plan need one simulation.
        simulated = simulated or simulate_plan(
            measures, assumptions, _begin(best), setting, inputs=inputs
        )
        rows.append(
            {
                "budget": budget,
                "measures": len(best),
                "value": value_plan(figures, best),
                **simulated,
            }
        )
    return pd.DataFrame(rows)


def simulate_plan(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    starts: Mapping[str, int],
    setting: Setting,
    *,
    inputs: Assumptions | None = None,
) -> dict[str, object]:
    """Return the net relief of a plan over the whole time, simulated with all ranges.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        starts: month before which each measure begins (``Roadmap.starts``).
        setting: seed, number of draws and months.
        inputs: the assumptions as drawn by an earlier run.

    Returns:
        ``middle``, ``lower``, ``upper`` (P50, P10, P90 [hours]) with ``…_error``,
        ``measure_unit``, ``origins``; zero for a plan without measures.
    """
    row: dict[Any, Any] = dict.fromkeys(_SIMULATED.values(), 0.0)
    origins: tuple[str, ...] = ()
    if starts:
        relief = simulate_relief(
            measures, assumptions, setting, starts=starts, inputs=inputs, parts=False
        )
        row = relief.summary.loc[relief.summary["indicator"] == SUM].iloc[0].to_dict()
        origins = row["origins"]
    figures = {name: row[column] for name, column in _SIMULATED.items()}
    return {**figures, "measure_unit": "Stunden", "origins": origins}


def list_without_extra(measures: pd.DataFrame) -> pd.DataFrame:
    """Return the measures that need neither money nor staff in addition (V 16954, ch. 3.1)."""
    free = (measures["needs_money"] == "nein") & (measures["needs_staff"] == "nein")
    return measures.loc[free].reset_index(drop=True)


def _check_limits(limits: Limits) -> None:
    if len(limits.budget) != len(limits.it_days) or not limits.budget:
        raise DataError("Budget und IT-Kapazität müssen für dieselben Halbjahre angegeben sein.")
    if min(*limits.budget, *limits.it_days) < 0:
        raise DataError("Budget und IT-Kapazität dürfen nicht negativ sein.")


def _solve_budgets(
    figures: Figures, budgets: Sequence[float], it_days: float
) -> dict[float, dict[str, int]]:
    """Return the best plan for each budget, ascending.

    The best plan for much money is also the best for less money as long as that pays for it; only
    where it does not, another one is looked for.
    """
    found: dict[float, dict[str, int]] = {}
    best: dict[str, int] | None = None
    for budget in sorted(set(budgets), reverse=True):
        limits = even_limits(budget=budget, it_days=it_days, half_years=figures.periods)
        _check_limits(limits)
        if best is None or _add_needs(figures, best).money.max() > budget:
            best = solve(figures, limits.budget, limits.it_days)
        found[budget] = best
    return dict(sorted(found.items()))


def _begin(plan: Mapping[str, int]) -> dict[str, int]:
    """Return the month before which each measure begins."""
    return {name: start * PERIOD for name, start in plan.items()}


def _describe(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    figures: Figures,
    limits: Limits,
    starts: dict[str, int],
) -> Roadmap:
    chosen = measures.loc[measures["measure_id"].isin(list(starts))]
    names = chosen["measure_id"].tolist()
    start = np.array([starts[name] for name in names], dtype="int64")
    of = {name: figures.measures[name] for name in names}
    effective = start * PERIOD + np.array([of[name].lead for name in names], dtype="float64")
    plan = pd.DataFrame(
        {
            "measure_id": chosen["measure_id"].to_numpy(),
            "name": chosen["name"].to_numpy(),
            "start_half_year": start + 1,
            "start_month": start * PERIOD,
            "effective_month": effective,
            "horizon": [_name_horizon(months) for months in effective],
            "extra": _say_extra(chosen).to_numpy(),
            "hours": [_find_loss(figures, starts, name) for name in names],
            "cost_once": [of[name].once for name in names],
            "cost_per_year": [of[name].yearly for name in names],
            "it_days": [of[name].days for name in names],
            "prerequisites": chosen["prerequisites"].to_numpy(),
            "origins": _collect_plan_origins(chosen, assumptions),
        }
    ).sort_values(["start_month", "effective_month", "measure_id"], ignore_index=True)
    return Roadmap(plan, _list_usage(figures, limits, starts), value_plan(figures, starts))


def _collect_plan_origins(chosen: pd.DataFrame, assumptions: pd.DataFrame) -> list[tuple[str, ...]]:
    by_subject = list_origins(assumptions)
    return [
        (own, *dict.fromkeys(key for keys in by_subject.loc[[name]] for key in keys))
        for name, own in zip(chosen["measure_id"], chosen["origin"], strict=True)
    ]


def _name_horizon(months: float) -> str:
    return next(name for name, most in _HORIZONS.items() if months <= most)


def _say_extra(chosen: pd.DataFrame) -> pd.Series:
    needs = chosen[["needs_money", "needs_staff"]]
    extra = pd.Series(OPEN, index=chosen.index, dtype="str")
    extra = extra.mask((needs == "nein").all(axis=1), WITHOUT_EXTRA)
    return extra.mask((needs == "ja").any(axis=1), WITH_EXTRA)


def _find_loss(figures: Figures, starts: Mapping[str, int], name: str) -> float:
    gone = {name}
    # What has a prerequisite that is gone is gone too.
    while True:
        more = {
            other
            for other in starts.keys() - gone
            if gone & set(figures.measures[other].prerequisites)
        }
        if not more:
            break
        gone |= more
    kept = {other: start for other, start in starts.items() if other not in gone}
    return value_plan(figures, starts) - value_plan(figures, kept)


def _list_usage(figures: Figures, limits: Limits, starts: Mapping[str, int]) -> pd.DataFrame:
    needs = _add_needs(figures, starts)
    resources = (
        ("Mittel", needs.money, limits.budget, "EUR"),
        ("IT-Kapazität", needs.days, limits.it_days, "Personentage"),
    )
    parts = [
        pd.DataFrame(
            {
                "half_year": np.arange(1, figures.periods + 1),
                "resource": label,
                "value": used,
                "limit": limit,
                "measure_unit": unit,
            }
        )
        for label, used, limit, unit in resources
    ]
    return pd.concat(parts, ignore_index=True)


class _Needs(NamedTuple):
    """Money and IT capacity that a plan needs in each half-year."""

    money: Array
    days: Array


def _add_needs(figures: Figures, starts: Mapping[str, int]) -> _Needs:
    money, days = np.zeros(figures.periods), np.zeros(figures.periods)
    for name, start in starts.items():
        money += figures.measures[name].money(start, figures.periods)
        days += figures.measures[name].capacity(start, figures.periods)
    return _Needs(money, days)
