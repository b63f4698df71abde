"""The choice of a plan as a mixed-integer linear programme, solved exactly.

What several measures save on the same cases is a concave function of the measures chosen. It is
bounded from above by tangents; where the solution found lies above the function, tangents at this
point are added and the programme is solved again, until both agree. Method:
docs/methods/roadmap.md, section 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.models.pert import Array
from analysis.models.roadmap_figures import Figures, find_profile

LATEST_START = 6
"""Measures begin within so many half-years."""
_TANGENTS = 8
_ROUNDS = 100
# Hours that a measure must bring, a little more for each half-year of waiting: of plans that are
# worth the same, the shorter and earlier one is taken.
_LEAST_GAIN = 1e-3
# Hours by which the linear programme may be off the function [share of the relief].
_TOLERANCE = 1e-7


class Option(NamedTuple):
    """A measure begun in a half-year, end-to-end coming with an enabler begun in another."""

    name: str
    start: int
    enabler_start: int | None


class _Cell(NamedTuple):
    """What measures on the same cases save in one half-year: a part of ``hours``."""

    hours: float
    exponents: Array


def solve(
    figures: Figures, budget: tuple[float, ...], it_days: tuple[float, ...]
) -> dict[str, int]:
    """Return the plan with the most expected net relief: half-year of the beginning by measure.

    Args:
        figures: means of the assumptions.
        budget: money in each half-year [EUR].
        it_days: IT capacity in each half-year [person-days].

    Raises:
        RuntimeError: the solver gave up; that is a defect.
    """
    options = _list_options(figures)
    if not options:
        return {}
    cells = _make_cells(figures, options)
    rows = _Rows(len(options), len(cells))
    _limit_choices(rows, figures, options)
    _limit_resources(rows, figures, options, (budget, it_days))
    for number, cell in enumerate(cells):
        for exponent in _spread_tangents(cell):
            rows.add_tangent(number, cell, exponent)
    gain = _value_options(figures, options)
    hours = np.array([cell.hours for cell in cells])
    for _ in range(_ROUNDS):
        chosen, parts = rows.solve(gain, hours)
        exponents = [float(cell.exponents @ chosen) for cell in cells]
        above = parts + np.expm1(-np.array(exponents))
        bad = above * hours > _TOLERANCE * max(float(hours.sum()), 1.0)
        if not bad.any():
            picked = [option for option, taken in zip(options, chosen, strict=True) if taken]
            return {option.name: option.start for option in picked}
        for number, cell in enumerate(cells):
            if bad[number]:
                rows.add_tangent(number, cell, exponents[number])
    raise RuntimeError("roadmap: tangents and function do not meet")


def _list_options(figures: Figures) -> list[Option]:
    """Return the options that can be part of a best plan.

    An option that does not relieve by itself is left out, unless another one needs its measure:
    beside other measures on the same cases it relieves even less, so a plan is never worse
    without it. What needs nothing of the kind any more is left out in the next round.
    """
    starts = range(min(LATEST_START, figures.periods))
    options = [
        Option(name, start, enabler_start)
        for name, measure in figures.measures.items()
        for start in starts
        for enabler_start in (None, *(starts if measure.enabler else ()))
    ]
    worth = {option: _value_alone(figures, option) for option in options}
    while True:
        needed = {name for option in options for name in _list_needed(figures, option)}
        kept = [option for option in options if worth[option] > 0 or option.name in needed]
        if len(kept) == len(options):
            return kept
        options = kept


def _list_needed(figures: Figures, option: Option) -> tuple[str, ...]:
    measure = figures.measures[option.name]
    enabler = () if option.enabler_start is None else (measure.enabler,)
    return (*measure.prerequisites, *enabler)


def _value_alone(figures: Figures, option: Option) -> float:
    """Return the net relief of an option that is carried out by itself [hours]."""
    measure = figures.measures[option.name]
    if not measure.caseload:
        return -measure.effort
    return figures.hours[measure.caseload] * float(find_profile(figures, *option).sum()) - (
        measure.effort
    )


def _find_shared(figures: Figures) -> list[str]:
    caseloads = [measure.caseload for measure in figures.measures.values() if measure.caseload]
    return [name for name in dict.fromkeys(caseloads) if caseloads.count(name) > 1]


def _make_cells(figures: Figures, options: list[Option]) -> list[_Cell]:
    shared = _find_shared(figures)
    of = [figures.measures[option.name].caseload for option in options]
    exponents = {name: np.zeros((figures.periods, len(options))) for name in shared}
    for number, option in enumerate(options):
        if of[number] in exponents:
            exponents[of[number]][:, number] = -np.log1p(-find_profile(figures, *option))
    return [
        _Cell(figures.hours[name], row) for name in shared for row in exponents[name] if row.any()
    ]


def _value_options(figures: Figures, options: list[Option]) -> Array:
    shared = set(_find_shared(figures))
    values = np.zeros(len(options))
    for number, option in enumerate(options):
        measure = figures.measures[option.name]
        values[number] = -measure.effort - _LEAST_GAIN * (1 + option.start / LATEST_START)
        if measure.caseload and measure.caseload not in shared:
            profile = find_profile(figures, *option)
            values[number] += figures.hours[measure.caseload] * float(profile.sum())
    return values


def _spread_tangents(cell: _Cell) -> Array:
    return np.asarray(np.linspace(0, float(cell.exponents.sum()) or 1.0, _TANGENTS))


def _limit_choices(rows: _Rows, figures: Figures, options: list[Option]) -> None:
    for name, measure in figures.measures.items():
        own = _pick(options, name)
        rows.add(own, 1.0)
        for prerequisite in measure.prerequisites:
            needed = figures.measures[prerequisite].introduction
            for start in sorted({option.start for option in options}):
                begun = _pick(options, prerequisite, latest=start - needed)
                rows.add(_pick(options, name, start=start) - begun, 0.0)
        if measure.enabler:
            for start in sorted({option.start for option in options}):
                begun = _pick(options, measure.enabler, start=start)
                rows.add(_pick(options, name, enabler_start=start) - begun, 0.0)


def _pick(
    options: list[Option],
    name: str,
    *,
    start: int | None = None,
    latest: int | None = None,
    enabler_start: int | None = None,
) -> Array:
    return np.array(
        [
            option.name == name
            and (start is None or option.start == start)
            and (latest is None or option.start <= latest)
            and (enabler_start is None or option.enabler_start == enabler_start)
            for option in options
        ],
        dtype="float64",
    )


def _limit_resources(
    rows: _Rows,
    figures: Figures,
    options: list[Option],
    limits: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    chosen = [(figures.measures[option.name], option.start) for option in options]
    money = np.array([measure.money(start, figures.periods) for measure, start in chosen])
    days = np.array([measure.capacity(start, figures.periods) for measure, start in chosen])
    for needs, limit in zip((money, days), limits, strict=True):
        for period, available in enumerate(limit):
            # Amounts in shares of the limit: large figures beside small ones blur the solution.
            scale = max(available, 1.0)
            rows.add(needs[:, period] / scale, available / scale)


class _Rows:
    """Rows of the linear programme: options first, then one part per cell."""

    def __init__(self, options: int, cells: int) -> None:
        self._options = options
        self._cells = cells
        self._coefficients: list[Array] = []
        self._limits: list[float] = []

    def add(self, coefficients: Array, limit: float) -> None:
        """Add: coefficients × options ≤ limit."""
        self._coefficients.append(np.concatenate([coefficients, np.zeros(self._cells)]))
        self._limits.append(limit)

    def add_tangent(self, number: int, cell: _Cell, exponent: float) -> None:
        """Add: part ≤ 1 − e^−u₀ + e^−u₀ (u − u₀), the tangent of 1 − e^−u at u₀."""
        slope = float(np.exp(-exponent))
        part = np.zeros(self._cells)
        part[number] = 1.0
        self._coefficients.append(np.concatenate([-slope * cell.exponents, part]))
        self._limits.append(1 - slope - slope * exponent)

    def solve(self, gain: Array, hours: Array) -> tuple[Array, Array]:
        """Return the options chosen (0 or 1) and the parts saved."""
        result = milp(
            -np.concatenate([gain, hours]),
            constraints=LinearConstraint(
                sparse.csr_array(np.array(self._coefficients)), ub=np.array(self._limits)
            ),
            integrality=np.concatenate([np.ones(self._options), np.zeros(self._cells)]),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
        if result.x is None:
            raise RuntimeError(f"roadmap: {result.message}")
        return np.round(result.x[: self._options]), result.x[self._options :]
