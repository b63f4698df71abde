"""Monthly path of received, decided and open cases that is compatible with all published figures.

Method: docs/methods/backlog-path.md. What is known are sums of flows over periods and stocks on
days, each within bounds; what is sought are all months. One linear system says which paths are
possible; linear programmes give the most and the least of each month, a quadratic programme the
smoothest path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import clarabel
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import block_diag
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.errors import DataError

MEASURES = ("received", "decided", "open")
_TOLERANCE = 1e-6
_SOLVED, _UNBOUNDED = 0, 3
# Keeps the smoothest path unique where figures leave a straight line free.
_RIDGE = 1e-6

Vector = NDArray[np.float64]


class Stated(NamedTuple):
    """A published figure as a constraint: ``lower ≤ weights · x ≤ upper``.

    ``x`` holds the stock before the first month, then all months' received, then all months'
    decided cases. A side that the source leaves open is infinite.
    """

    key: str
    weights: Vector
    lower: float
    upper: float


@dataclass(frozen=True)
class Path:
    """All that the published figures allow, month by month.

    Attributes:
        months: one row per month and measure: ``month`` (last day), ``measure``, ``value``
            (smoothest path), ``lower``, ``upper`` [cases].
        conflicts: figures that cannot all hold: ``conflict`` (number), ``key``, ``lower``,
            ``upper``, ``relaxed_lower``, ``relaxed_upper``.
        relaxation: by how many cases bounds had to be relaxed in all (least sum).
    """

    months: pd.DataFrame
    conflicts: pd.DataFrame
    relaxation: float


@dataclass(frozen=True)
class System:
    """The months of a path and the figures that bind them.

    Attributes:
        months: consecutive months.
        stated: published figures.
        most_received: assumption: no month has more received cases.
        most_decided: assumption: no month has more decided cases.
    """

    months: pd.PeriodIndex
    stated: tuple[Stated, ...]
    most_received: float = np.inf
    most_decided: float = np.inf

    @property
    def size(self) -> int:
        """Number of unknowns: the stock before, and two flows per month."""
        return 2 * len(self.months) + 1

    @cached_property
    def stock_rows(self) -> NDArray[np.float64]:
        """One row per month: the weights that give the stock at its end."""
        count = len(self.months)
        sums = np.tril(np.ones((count, count)))
        return np.hstack([np.ones((count, 1)), sums, -sums])

    @property
    def limits(self) -> NDArray[np.float64]:
        """Least and most of each unknown."""
        count = len(self.months)
        most = [np.inf, *[self.most_received] * count, *[self.most_decided] * count]
        return np.column_stack([np.zeros(self.size), most])

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """One row per published figure."""
        rows = [figure.weights for figure in self.stated]
        return np.array(rows) if rows else np.zeros((0, self.size))

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """Turns sums since the first month into months: ``x = steps · sums``.

        Published figures are sums over periods. In terms of sums since the beginning each of them
        has a few weights only, and the linear programmes are solved in a third of the time.
        """
        count = len(self.months)
        differences = np.eye(count) - np.eye(count, k=-1)
        return np.asarray(block_diag(np.eye(1), differences, differences), dtype="float64")


def state_figures(observations: pd.DataFrame, months: pd.PeriodIndex) -> tuple[Stated, ...]:
    """Return published figures as constraints on a monthly path.

    A flow over a period that ends within a month takes the share of days of that month; a stock
    on a day within a month lies on the straight line between the two month ends; a stock that is
    stated for a period holds for the mean of the stocks at its begin and its end.

    Args:
        observations: ``measure`` (received, decided, open), ``period_start``, ``period_end``,
            ``lower``, ``upper`` (missing: open), ``fact_id``.
        months: consecutive months; figures that lie partly outside are left out.
    """
    first, last = months[0].start_time, months[-1].end_time.normalize()
    inside = (
        observations["measure"].isin(MEASURES)
        & observations["period_start"].ge(first)
        & observations["period_end"].le(last)
    )
    rows = observations.loc[inside].sort_values(["period_end", "measure", "fact_id"])
    return tuple(_state_figure(row, months) for row in rows.itertuples())


def _state_figure(row: tuple[object, ...], months: pd.PeriodIndex) -> Stated:
    start, end = pd.Timestamp(row.period_start), pd.Timestamp(row.period_end)  # type: ignore[attr-defined]
    measure = row.measure  # type: ignore[attr-defined]
    count = len(months)
    if measure == "open":
        weights = (_weigh_stock(start, months, begin=start != end) + _weigh_stock(end, months)) / 2
    else:
        shares = _share_of_months(start, end, months)
        parts = [shares, np.zeros(count)] if measure == "received" else [np.zeros(count), shares]
        weights = np.concatenate([[0.0], *parts])
    lower, upper = float(row.lower), float(row.upper)  # type: ignore[attr-defined]
    return Stated(
        key=str(row.fact_id),  # type: ignore[attr-defined]
        weights=weights,
        lower=-np.inf if np.isnan(lower) else lower,
        upper=np.inf if np.isnan(upper) else upper,
    )


def _share_of_months(start: pd.Timestamp, end: pd.Timestamp, months: pd.PeriodIndex) -> Vector:
    firsts, lasts = months.start_time, months.end_time.normalize()
    begin = np.maximum(firsts.to_numpy(), start.to_datetime64())
    until = np.minimum(lasts.to_numpy(), end.to_datetime64())
    days = (until - begin) / np.timedelta64(1, "D") + 1
    return np.asarray(np.clip(days, 0, None) / months.days_in_month, dtype="float64")


def _weigh_stock(day: pd.Timestamp, months: pd.PeriodIndex, *, begin: bool = False) -> Vector:
    """Weights of the stock at the end (or the begin) of a day."""
    count = len(months)
    reached = day - pd.Timedelta(days=1) if begin else day
    passed = (
        _share_of_months(months[0].start_time, reached, months)
        if reached >= months[0].start_time
        else np.zeros(count)
    )
    return np.concatenate([[1.0], passed, -passed])


def estimate_path(system: System) -> Path:
    """Return the smoothest path and the most and the least of each month.

    Where the figures cannot all hold, their bounds are relaxed by the least sum of cases (evenly
    among equal solutions), and the figures in conflict are named.

    Raises:
        DataError: there is no figure at all.

    Source:
        docs/methods/backlog-path.md; design section 5.
    """
    if not system.stated:
        raise DataError("Für den Verlauf liegt keine einzige Angabe vor.")
    slack = relax_figures(system)
    bounds = _relaxed_bounds(system, slack)
    smooth = _solve_smoothest(system, bounds)
    rows = _list_quantities(system)
    allowed = _Programme(system, bounds)
    ranges = [allowed.find_range(weights) for _, _, weights in rows]
    months = pd.DataFrame(
        [(month, measure, float(weights @ smooth)) for month, measure, weights in rows],
        columns=["month", "measure", "value"],
    )
    # No flow and no stock is negative; solvers leave a rounding error below zero.
    lower, upper = np.maximum(np.array(ranges).T, 0.0)
    # Nor must rounding errors put the path outside its own envelope.
    months = months.assign(value=np.clip(months["value"], lower, upper), lower=lower, upper=upper)
    return Path(months, _describe_conflicts(system, slack), float(slack.sum()))


def find_range(system: System, weights: Vector) -> tuple[float, float]:
    """Return the least and the most that a quantity of the path can be.

    Args:
        system: months and figures; bounds that contradict each other are relaxed.
        weights: the quantity as weights of the unknowns, for instance a row of ``stock_rows``.
    """
    return _Programme(system, _relaxed_bounds(system, relax_figures(system))).find_range(weights)


def count_open_months(system: System) -> int:
    """Return for how many months the figures leave open how large the stock may be at most."""
    allowed = _Programme(system, _relaxed_bounds(system, relax_figures(system)))
    return sum(np.isinf(allowed.find_most(weights)) for weights in system.stock_rows)


class _Programme:
    """All paths within bounds; finds the least and the most of any quantity."""

    def __init__(self, system: System, bounds: tuple[Vector, Vector]) -> None:
        count = len(system.months)
        flows = np.eye(system.size)[1:]
        rows = np.vstack([system.weights, system.stock_rows, flows]) @ system.steps
        rows = np.where(np.abs(rows) < 1e-12, 0.0, rows)
        least, most = system.limits[1:].T
        self._steps = system.steps
        self._constraint = LinearConstraint(
            sparse.csc_matrix(rows),
            np.concatenate([bounds[0], np.zeros(count), least]),
            np.concatenate([bounds[1], np.full(count, np.inf), most]),
        )

    def find_range(self, weights: Vector) -> tuple[float, float]:
        """Return the least and the most of ``weights · x``; infinite where a side is open."""
        return _minimise(weights @ self._steps, self._constraint), self.find_most(weights)

    def find_most(self, weights: Vector) -> float:
        """Return the most of ``weights · x``."""
        return -_minimise(-weights @ self._steps, self._constraint)


def relax_figures(system: System) -> Vector:
    """Return by how many cases each figure's bounds must give way so that all can hold.

    The sum is the least possible (L1); among equal sums the even distribution is taken (L2).
    """
    count, size = len(system.stated), system.size
    least = _solve_least_slack(system)
    if least <= _TOLERANCE:
        return np.zeros(count)
    lower, upper = _bounds(system)
    stock, ceiling = -system.stock_rows, system.limits[:, 1]
    capped = np.isfinite(ceiling)
    blocks = [
        np.hstack([system.weights, -np.eye(count)])[np.isfinite(upper)],
        np.hstack([-system.weights, -np.eye(count)])[np.isfinite(lower)],
        np.hstack([stock, np.zeros((len(stock), count))]),
        -np.eye(size + count),
        np.eye(size, size + count)[capped],
        np.concatenate([np.zeros(size), np.ones(count)])[None, :],
    ]
    limits = [
        upper[np.isfinite(upper)],
        -lower[np.isfinite(lower)],
        np.zeros(len(stock) + size + count),
        ceiling[capped],
        np.array([least * (1 + 1e-9) + _TOLERANCE]),
    ]
    squares = np.concatenate([np.zeros(size), np.ones(count)])
    solved = _solve_quadratic(np.diag(squares + 1e-12), np.vstack(blocks), np.concatenate(limits))
    slack = np.clip(solved[size:], 0, None)
    return np.where(slack < 1e-4, 0.0, slack)


def _solve_least_slack(system: System) -> float:
    count = len(system.stated)
    lower, upper = _bounds(system)
    weights = system.weights @ system.steps
    give = np.eye(count)
    none = np.zeros((len(system.months) + system.size - 1, count))
    flows = np.eye(system.size)[1:]
    rows = np.vstack(
        [
            np.hstack([weights, -give]),
            np.hstack([weights, give]),
            np.hstack([np.vstack([system.stock_rows, flows]) @ system.steps, none]),
        ]
    )
    open_side = np.full(count, np.inf)
    least, most = system.limits[1:].T
    stock = len(system.months)
    constraint = LinearConstraint(
        sparse.csc_matrix(rows),
        np.concatenate([-open_side, lower, np.zeros(stock), least]),
        np.concatenate([upper, open_side, np.full(stock, np.inf), most]),
    )
    return _minimise(np.concatenate([np.zeros(system.size), np.ones(count)]), constraint)


def _minimise(costs: Vector, constraint: LinearConstraint) -> float:
    """Return the least of ``costs · x`` for all ``x ≥ 0`` allowed; minus infinity if open."""
    within = Bounds(0, np.inf)
    solved = milp(costs, constraints=constraint, bounds=within)
    if solved.status not in {_SOLVED, _UNBOUNDED}:
        # The presolver may leave open whether a programme is unbounded or without solution.
        solved = milp(costs, constraints=constraint, bounds=within, options={"presolve": False})
    if solved.status == _UNBOUNDED:
        return -np.inf
    if solved.fun is None:
        raise DataError(f"Der Verlauf ließ sich nicht berechnen: {solved.message}")
    return float(solved.fun)


def find_conflicts(system: System) -> list[tuple[str, ...]]:
    """Return the smallest groups of figures that cannot all hold (deletion filter).

    Each group is irreducible: without any one of its figures the others can hold.
    """
    remaining = list(system.stated)
    groups = []
    while not _is_feasible(system, remaining):
        group = list(remaining)
        for figure in remaining:
            others = [each for each in group if each is not figure]
            if not _is_feasible(system, others):
                group = others
        groups.append(tuple(figure.key for figure in group))
        # One figure less breaks this group; the search goes on for others.
        remaining = [each for each in remaining if each is not group[-1]]
    return groups


def _is_feasible(system: System, figures: Sequence[Stated]) -> bool:
    part = replace(system, stated=tuple(figures))
    return not figures or _solve_least_slack(part) <= _TOLERANCE


def _describe_conflicts(system: System, slack: Vector) -> pd.DataFrame:
    columns = ["conflict", "key", "lower", "upper", "relaxed_lower", "relaxed_upper"]
    if not slack.any():
        return pd.DataFrame(columns=columns)
    figures = {figure.key: (figure, gap) for figure, gap in zip(system.stated, slack, strict=True)}
    rows = [
        (number, key, f.lower, f.upper, f.lower - gap, f.upper + gap)
        for number, group in enumerate(find_conflicts(system), start=1)
        for key in group
        for f, gap in [figures[key]]
    ]
    return pd.DataFrame(rows, columns=columns)


def _bounds(system: System) -> tuple[Vector, Vector]:
    lower = np.array([figure.lower for figure in system.stated], dtype="float64")
    upper = np.array([figure.upper for figure in system.stated], dtype="float64")
    return lower, upper


def _relaxed_bounds(system: System, slack: Vector) -> tuple[Vector, Vector]:
    lower, upper = _bounds(system)
    # A hair of room: relaxed bounds meet exactly, and solvers count with rounded numbers.
    room = np.where(slack > 0, slack + 1e-3, 0.0)
    return lower - room, upper + room


def _as_inequalities(
    system: System, bounds: tuple[Vector, Vector]
) -> tuple[NDArray[np.float64], Vector]:
    lower, upper = bounds
    rows = np.vstack(
        [
            system.weights[np.isfinite(upper)],
            -system.weights[np.isfinite(lower)],
            -system.stock_rows,
        ]
    )
    limits = np.concatenate(
        [upper[np.isfinite(upper)], -lower[np.isfinite(lower)], np.zeros(len(system.months))]
    )
    return rows, limits


def _solve_smoothest(system: System, bounds: tuple[Vector, Vector]) -> Vector:
    count = len(system.months)
    rough = _differences(count, 2).T @ _differences(count, 2)
    change = _differences(count, 1).T @ _differences(count, 1)
    one = rough + _RIDGE * change
    objective = block_diag(np.array([[_RIDGE]]), one, one)
    rows, limits = _as_inequalities(system, bounds)
    ceiling = system.limits[:, 1]
    capped = np.isfinite(ceiling)
    identity = np.eye(system.size)
    return _solve_quadratic(
        objective,
        np.vstack([rows, -identity, identity[capped]]),
        np.concatenate([limits, np.zeros(system.size), ceiling[capped]]),
    )


def _differences(count: int, order: int) -> NDArray[np.float64]:
    if count <= order:
        return np.zeros((1, count))
    return np.asarray(np.diff(np.eye(count), n=order, axis=0), dtype="float64")


def _solve_quadratic(
    objective: NDArray[np.float64], rows: NDArray[np.float64], limits: Vector
) -> Vector:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(np.triu(objective)),
        np.zeros(objective.shape[0]),
        sparse.csc_matrix(rows),
        limits,
        [clarabel.NonnegativeConeT(len(limits))],
        settings,
    )
    solved = solver.solve()
    if str(solved.status) not in {"Solved", "AlmostSolved"}:
        raise DataError(f"Der Verlauf ließ sich nicht berechnen: {solved.status}")
    return np.asarray(solved.x, dtype="float64")


def _list_quantities(system: System) -> list[tuple[pd.Timestamp, str, Vector]]:
    count, identity = len(system.months), np.eye(system.size)
    ends = [month.end_time.normalize() for month in system.months]
    flows = {"received": identity[1 : count + 1], "decided": identity[count + 1 :]}
    return [
        (ends[position], measure, row)
        for measure, rows in ({**flows, "open": system.stock_rows}).items()
        for position, row in enumerate(rows)
    ]


def project_stock(system: System, *, until: pd.Period, window: int) -> pd.DataFrame:
    """Return the stock at the ends of later months if all goes on as in the last months.

    The mean of received minus decided over the last ``window`` months of the path goes on
    unchanged. The bounds are the least and the most over all paths that the figures allow: they
    say what the figures leave open, not what the future may bring.

    Args:
        system: months up to the last known one, and figures.
        until: last month of the prediction.
        window: months over which the mean is taken.

    Returns:
        ``month`` (last day), ``value``, ``lower``, ``upper`` (infinite where open) [cases], from
        the first month after the path on.

    Raises:
        ValueError: ``until`` does not lie after the months of the path.
    """
    months = pd.period_range(system.months[-1] + 1, until, freq="M")
    if months.empty:
        raise ValueError("the prediction must lie after the path")
    bounds = _relaxed_bounds(system, relax_figures(system))
    smooth = _solve_smoothest(system, bounds)
    allowed = _Programme(system, bounds)
    recent = _weigh_growth(system, min(window, len(system.months)))
    rows = [system.stock_rows[-1] + recent * ahead for ahead in range(1, len(months) + 1)]
    found = [(float(weights @ smooth), *allowed.find_range(weights)) for weights in rows]
    table = pd.DataFrame(found, columns=["value", "lower", "upper"]).clip(lower=0.0)
    # Rounding errors of the two solvers must not put a value outside its bounds.
    value = table["value"].clip(table["lower"], table["upper"])
    return table.assign(month=months.to_timestamp(how="end").normalize(), value=value)


def _weigh_growth(system: System, window: int) -> Vector:
    """Return the weights of the mean of received minus decided over the last months."""
    count = len(system.months)
    recent = np.zeros(system.size)
    recent[1 + count - window : 1 + count] = 1.0
    recent[1 + 2 * count - window :] = -1.0
    return recent / window


def make_system(
    observations: pd.DataFrame,
    *,
    first: str,
    last: str,
    most_received: float = np.inf,
    most_decided: float = np.inf,
) -> System:
    """Return the system of a span of months.

    Args:
        observations: see ``state_figures``.
        first: first month, ``2021-01``.
        last: last month.
        most_received: assumption: no month has more received cases.
        most_decided: assumption: no month has more decided cases.
    """
    months = pd.period_range(first, last, freq="M")
    return System(months, state_figures(observations, months), most_received, most_decided)
