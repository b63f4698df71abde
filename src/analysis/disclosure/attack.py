"""The attack test: what somebody can compute about protected numbers from published tables."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from analysis.disclosure.columns import CellKey
from analysis.disclosure.relations import Equation
from analysis.disclosure.system import Numbers, make_matrix, split_components

_EPSILON = 1e-6
_UNBOUNDED = 3
_INFEASIBLE = 2


class Interval(NamedTuple):
    """What is known of a number: it lies between ``lower`` and ``upper``, both included."""

    lower: float
    upper: float

    @property
    def width(self) -> float:
        """Distance between the ends."""
        return self.upper - self.lower

    def meet(self, other: Interval) -> Interval:
        """Return what follows when both hold."""
        return Interval(max(self.lower, other.lower), min(self.upper, other.upper))


Known: TypeAlias = Mapping[CellKey, Interval]
ANY_COUNT = Interval(0.0, math.inf)


class Attack(NamedTuple):
    """Result of an attack.

    Attributes:
        intervals: interval in which each protected cell must lie.
        recovered: protected cells whose interval is narrower than it must be.
        consistent: whether the published numbers can all be true; if not, no interval is known.
    """

    intervals: dict[CellKey, Interval]
    recovered: tuple[CellKey, ...]
    consistent: bool


def merge_known(*editions: Known) -> dict[CellKey, Interval]:
    """Return what is known from several publications of the same cells together.

    An earlier edition that shows a number which a later one suppresses gives it away. The numbers
    must be the same cells: a figure that was corrected in between needs a key of its own.
    """
    merged: dict[CellKey, Interval] = {}
    for known in editions:
        for key, interval in known.items():
            merged[key] = merged[key].meet(interval) if key in merged else interval
    return merged


def attack(
    known: Known,
    equations: Sequence[Equation],
    *,
    protected: Collection[CellKey],
    width: float,
    whole: bool = False,
) -> Attack:
    """Compute the interval in which each protected number must lie, by linear programming.

    Args:
        known: what the tables say about each cell: an exact number as an interval of width 0, a
            rounded one as its rounding interval, a suppressed one as `ANY_COUNT`; cells that
            stand only in equations are any count.
        equations: totals and parts, levels of a hierarchy, periods.
        protected: the cells that must not be recovered.
        width: width that their intervals must have.
        whole: whether all cells are whole numbers, which the attacker then makes use of.

    Returns:
        Intervals, and the cells recovered.
    """
    keys = tuple(dict.fromkeys([*known, *_keys_of(equations), *protected]))
    bounds = [known.get(key, ANY_COUNT) for key in keys]
    lower = np.array([interval.lower for interval in bounds])
    upper = np.array([interval.upper for interval in bounds])
    if (lower > upper + _EPSILON).any():
        return Attack({}, (), consistent=False)
    intervals = {key: bounds[place] for place, key in enumerate(keys) if key in set(protected)}
    exact = upper - lower < _EPSILON
    matrix = make_matrix(keys, equations)
    constants = np.array([equation.constant for equation in equations])
    rest = constants - matrix @ np.where(exact, lower, 0.0)
    if not _hold_where_all_exact(matrix, exact, rest):
        return Attack({}, (), consistent=False)
    for members in split_components(matrix, ~exact):
        wanted = [place for place in members if keys[place] in intervals]
        if not wanted:
            continue
        program = _Program(matrix[:, members], rest, lower[members], upper[members], whole)
        for place in wanted:
            found = program.bound(int(np.searchsorted(members, place)))
            if found is None:
                return Attack({}, (), consistent=False)
            intervals[keys[place]] = found
    narrow = [key for key, interval in intervals.items() if interval.width < width - _EPSILON]
    return Attack(intervals, tuple(narrow), consistent=True)


class _Program:
    """The linear programmes of one group of linked cells."""

    def __init__(
        self, matrix: csr_array, rest: Numbers, lower: Numbers, upper: Numbers, whole: bool
    ) -> None:
        rows = np.flatnonzero(np.diff(matrix.indptr))
        self._bounds = Bounds(lower, upper)
        self._count = len(lower)
        self._integrality = np.full(self._count, int(whole))
        # Published sums of decimal numbers hold up to their last place only.
        slack = 0.0 if whole else _EPSILON
        self._constraints = (
            [LinearConstraint(csr_array(matrix[rows]), rest[rows] - slack, rest[rows] + slack)]
            if len(rows)
            else []
        )

    def bound(self, place: int) -> Interval | None:
        """Return the interval of one cell, or ``None`` where nothing fits."""
        low = self._extreme(place, 1.0)
        high = self._extreme(place, -1.0)
        if low is None or high is None:
            return None
        return Interval(low, max(low, -high))

    def _extreme(self, place: int, direction: float) -> float | None:
        aim = np.zeros(self._count)
        aim[place] = direction
        answer = milp(
            aim,
            integrality=self._integrality,
            bounds=self._bounds,
            constraints=self._constraints,
        )
        if answer.status == _UNBOUNDED:
            return -math.inf
        if answer.x is None:
            return None
        return float(answer.fun)


def _keys_of(equations: Iterable[Equation]) -> Iterable[CellKey]:
    return (key for equation in equations for key, _ in equation.terms)


def _hold_where_all_exact(matrix: csr_array, exact: NDArray[np.bool_], rest: Numbers) -> bool:
    unknown = np.diff(csr_array(matrix[:, np.flatnonzero(~exact)]).indptr) > 0
    return bool((np.abs(rest[~unknown]) < 0.5).all())
