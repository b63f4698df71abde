"""What a plan is worth and what it costs, by half-years and with one value per assumption.

Method: docs/methods/roadmap.md, section 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.models.pert import Array, Assumptions
from analysis.models.relief import share_in_effect

PERIOD = 6
"""Months of a half-year."""
_MINUTES = 60
_PERCENT = 100
_PERIODS_PER_YEAR = 2
_BURDENS = {
    "transition_hours",
    "lead_months",
    "ramp_months",
    "cost_once",
    "cost_per_year",
    "it_days",
}
# The minutes saved are a part of it and hours are a multiple of it: it cancels out.
_NEUTRAL = {"handling_minutes"}
# The whole handling time is never saved; the logarithm of what is left stays finite.
_MOST = 0.999


class MeasureFigures(NamedTuple):
    """Values of the assumptions on one measure.

    Attributes:
        name: identifier.
        caseload: cases it works on; empty where it relieves only through others.
        prerequisites: measures that must be in effect before it begins.
        enabler: measure that brings end-to-end, empty where it is there or cannot come.
        low: part of the handling time saved without end-to-end (0 to 1).
        high: the same with end-to-end.
        lead: months until it takes effect.
        ramp: months from then until full effect.
        effort: hours of the introduction.
        once: money for the introduction [EUR].
        yearly: money per year from its effect [EUR].
        days: capacity of the IT for the introduction [person-days].
    """

    name: str
    caseload: str
    prerequisites: tuple[str, ...]
    enabler: str
    low: float
    high: float
    lead: float
    ramp: float
    effort: float
    once: float
    yearly: float
    days: float

    @property
    def introduction(self) -> int:
        """Half-years that the introduction takes, at least one."""
        return max(math.ceil(self.lead / PERIOD - 1e-9), 1)

    def money(self, start: int, periods: int) -> Array:
        """Return the money needed in each half-year when it begins in ``start`` (from 0)."""
        running = (np.arange(periods) >= start + self.introduction).astype("float64")
        return self._spread(self.once, start, periods) + running * (self.yearly / _PERIODS_PER_YEAR)

    def capacity(self, start: int, periods: int) -> Array:
        """Return the IT capacity needed in each half-year."""
        return self._spread(self.days, start, periods)

    def _spread(self, amount: float, start: int, periods: int) -> Array:
        period = np.arange(periods)
        during = (period >= start) & (period < start + self.introduction)
        return np.asarray(np.where(during, amount / self.introduction, 0.0))


class Figures(NamedTuple):
    """Values of all assumptions.

    Attributes:
        measures: by identifier.
        hours: hours of work per half-year of each caseload.
        periods: number of half-years looked at.
        blocked_months: no relief before the end of this month.
    """

    measures: dict[str, MeasureFigures]
    hours: dict[str, float]
    periods: int
    blocked_months: int


def make_figures(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    periods: int,
    *,
    blocked_months: int = 0,
    caution: float | None = None,
) -> Figures:
    """Return the assumptions in the form that plans are valued with, one value for each.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        periods: number of half-years looked at.
        blocked_months: no relief before the end of this month.
        caution: none for means; 0.25, for instance, for a cautious plan: what relieves at its
            25 % quantile, what burdens (effort, time, money, IT) at its 75 % quantile.

    Raises:
        DataError: ``caution`` is not between 0 and 0.5.
    """
    if caution is not None and not 0 < caution <= 0.5:
        raise DataError("Die Vorsicht der Planung muss zwischen 0 und 0,5 liegen.")
    inputs = _Values(assumptions, caution)
    caseloads = [name for name in measures["caseload"].unique() if name]
    hours = {
        name: inputs.read(name, "cases")
        * inputs.read(name, "handling_minutes")
        / (_MINUTES * _PERIODS_PER_YEAR)
        for name in caseloads
    }
    found = {row["measure_id"]: _average(row, measures, inputs) for _, row in measures.iterrows()}
    return Figures(found, hours, periods, blocked_months)


def find_profile(figures: Figures, name: str, start: int, enabler_start: int | None) -> Array:
    """Return the part of the handling time that a measure saves in each half-year.

    Args:
        figures: values of all assumptions.
        name: measure.
        start: half-year in which it begins (from 0).
        enabler_start: half-year in which the measure begins that brings end-to-end; none where it
            is not carried out.
    """
    measure = figures.measures[name]
    in_effect = _in_effect(figures, measure, start)
    reached = (
        _in_effect(figures, figures.measures[measure.enabler], enabler_start)
        if measure.enabler and enabler_start is not None
        else np.zeros(figures.periods)
    )
    saved = in_effect * (measure.low + (measure.high - measure.low) * reached)
    return np.asarray(np.minimum(saved, _MOST))


def value_plan(figures: Figures, starts: Mapping[str, int]) -> float:
    """Return the net relief of a plan over the whole time [hours].

    Measures on the same cases save together 1 − ∏(1 − part) of the handling time, as in the
    simulation; each introduction costs its effort.
    """
    left: dict[str, Array] = {}
    for name, start in starts.items():
        measure = figures.measures[name]
        if measure.caseload:
            profile = find_profile(figures, name, start, starts.get(measure.enabler))
            left[measure.caseload] = left.get(measure.caseload, np.ones(figures.periods)) * (
                1 - profile
            )
    gross = sum(
        figures.hours[caseload] * float((1 - rest).sum()) for caseload, rest in left.items()
    )
    return gross - sum(figures.measures[name].effort for name in starts)


def _in_effect(figures: Figures, measure: MeasureFigures, start: int) -> Array:
    lead = max(measure.lead + start * PERIOD, figures.blocked_months)
    months = share_in_effect(
        np.array([lead], dtype="float64"),
        np.array([measure.ramp], dtype="float64"),
        figures.periods * PERIOD,
    )
    return np.asarray(months[:, 0].reshape(figures.periods, PERIOD).mean(axis=1))


class _Values:
    """One value per assumption: its mean or a cautious quantile."""

    def __init__(self, assumptions: pd.DataFrame, caution: float | None) -> None:
        # Means and quantiles are exact; no draw is made.
        self._inputs = Assumptions(assumptions, seed=0, draws=1)
        self._caution = caution

    def read(self, subject: str, quantity: str) -> float:
        """Return the value to plan with."""
        if self._caution is None or quantity in _NEUTRAL:
            return self._inputs.mean(subject, quantity)
        share = 1 - self._caution if quantity in _BURDENS else self._caution
        return self._inputs.quantile(subject, quantity, share)


def _average(row: pd.Series, measures: pd.DataFrame, inputs: _Values) -> MeasureFigures:
    name = row["measure_id"]
    low, high = _average_parts(row, inputs)
    reached = row["end_to_end"] == "ja"
    known = row["end_to_end_by"] in set(measures["measure_id"])
    return MeasureFigures(
        name=name,
        caseload=row["caseload"],
        prerequisites=tuple(row["prerequisites"].split()),
        enabler="" if reached or not known else row["end_to_end_by"],
        low=high if reached else low,
        high=high,
        lead=inputs.read(name, "lead_months"),
        ramp=inputs.read(name, "ramp_months"),
        effort=inputs.read(name, "transition_hours"),
        once=inputs.read(name, "cost_once"),
        yearly=inputs.read(name, "cost_per_year"),
        days=inputs.read(name, "it_days"),
    )


def _average_parts(row: pd.Series, inputs: _Values) -> tuple[float, float]:
    name, caseload = row["measure_id"], row["caseload"]
    if not caseload:
        return 0.0, 0.0
    reach = inputs.read(name, "share") * inputs.read(name, "take_up") / _PERCENT**2
    handling = inputs.read(caseload, "handling_minutes")
    if row["end_to_end"] == "nicht zutreffend":
        part = reach * min(inputs.read(name, "minutes") / handling, 1.0)
        return part, part
    without = inputs.read(name, "minutes_without_e2e")
    with_ = max(inputs.read(name, "minutes_with_e2e"), without)
    return reach * min(without / handling, 1.0), reach * min(with_ / handling, 1.0)
