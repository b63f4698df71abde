"""Suppression: which cells a table must leave out so that no small number can be computed.

Secondary suppression is solved to the optimum by cutting planes. A master problem chooses the
cells whose loss costs least; for each protected cell two linear programmes, those of an attacker,
give the interval in which the cell lies; where it is too narrow, their dual prices say which
further cells would widen it, and that becomes a constraint of the master problem.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from analysis.disclosure.moves import EPSILON, Moves, Problem
from analysis.disclosure.system import Flags, Numbers, System, split_components
from analysis.disclosure_policy import DisclosureError

# Deterministic limits (nodes, not seconds), so that the same table gives the same pattern.
_NODE_LIMIT = 20_000
_MAX_ROUNDS = 500


class Suppression(NamedTuple):
    """A pattern of suppressed cells.

    Attributes:
        primary: cells that are protected themselves.
        secondary: cells that are left out to protect others.
        optimal: whether no pattern with less information lost exists.
    """

    primary: Flags
    secondary: Flags
    optimal: bool


def find_primary(system: System, minimum: float) -> Flags:
    """Return which cells are too small to be shown: above 0 and below ``minimum`` in size."""
    size = np.abs(np.nan_to_num(system.values))
    return (size > 0) & (size < minimum) & ~system.known


def weigh_information(values: Numbers) -> Numbers:
    """Return the information in each number, in bits: log2(1 + size)."""
    return np.asarray(np.log2(1 + np.abs(np.nan_to_num(values))), dtype=float)


def suppress(
    system: System, primary: Flags, *, width: float, keep_secret: Flags | None = None
) -> Suppression:
    """Return the pattern that protects all primary cells and loses the least information.

    Zeros are never left out: a reader who can guess them would see through the pattern.

    Args:
        system: cells and equations.
        primary: cells to be protected.
        width: width that the interval of each of them has at least.
        keep_secret: cells that stay suppressed in any case.

    Raises:
        DisclosureError: no pattern protects the cells.
    """
    secret = np.zeros_like(primary) if keep_secret is None else keep_secret & ~system.known
    forced = primary | (system.hidden & ~system.known) | secret
    free = ~forced & ~system.known & (system.values != 0)
    chosen = forced.copy()
    optimal = True
    for members in split_components(system.matrix, forced | free):
        if not primary[members].any():
            continue
        part = _make_problem(system, members, primary, forced, free, width)
        pattern, best = _solve(part)
        chosen[members] = pattern
        optimal &= best
    return Suppression(primary, chosen & ~primary & ~system.hidden, optimal)


def _make_problem(
    system: System,
    members: NDArray[np.intp],
    primary: Flags,
    forced: Flags,
    free: Flags,
    width: float,
) -> Problem:
    part = system.select(members)
    # What an attacker can move a cell by has no upper end; this one is never the limit.
    reach = 10 * width + 2 * float(np.abs(part.values).max())
    return Problem(
        system=part,
        primary=primary[members],
        forced=forced[members],
        free=free[members],
        weights=weigh_information(part.values),
        down=np.where(part.signed, reach, part.values),
        up=np.full(len(members), reach),
        width=width,
    )


def _solve(problem: Problem) -> tuple[Flags, bool]:
    cuts = _start_cuts(problem)
    moves = Moves(problem)
    optimal = True
    for _ in range(_MAX_ROUNDS):
        pattern, best = _solve_master(problem, cuts)
        optimal &= best
        found = _find_cuts(problem, moves, pattern)
        if not found:
            return pattern, optimal
        cuts += found
    raise DisclosureError(
        "Für eine Tabelle wurde kein Sperrmuster gefunden. Bitte Merkmale zusammenfassen oder "
        "»rundung5« verwenden."
    )


def _start_cuts(problem: Problem) -> list[Numbers]:
    # A protected cell that is the only unknown of an equation can be computed from it.
    matrix = problem.system.matrix
    cuts = []
    for row in range(matrix.shape[0]):
        members = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        if problem.primary[members].any() and problem.forced[members].sum() == 1:
            cut = np.zeros(len(problem.free))
            cut[members] = problem.free[members]
            if not cut.any():
                raise _cannot_protect(problem)
            cuts.append(cut)
    return cuts


def _solve_master(problem: Problem, cuts: list[Numbers]) -> tuple[Flags, bool]:
    free = np.flatnonzero(problem.free)
    pattern = problem.forced.copy()
    if not cuts:
        return pattern, True
    rows = csr_array(np.array(cuts)[:, free])
    answer = milp(
        problem.weights[free],
        integrality=np.ones(len(free), dtype=int),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, lb=1 - EPSILON),
        options={"mip_rel_gap": 0.0, "node_limit": _NODE_LIMIT},
    )
    if answer.x is None:
        raise _cannot_protect(problem)
    pattern[free] = answer.x > 0.5
    return pattern, bool(answer.status == 0)


def _find_cuts(problem: Problem, moves: Moves, pattern: Flags) -> list[Numbers]:
    moves.restrict(pattern)
    cuts = []
    for cell in np.flatnonzero(moves.unsafe()):
        # A movement found for one cell moves others too and may already show them safe.
        if not moves.unsafe()[cell]:
            continue
        aim = np.zeros(len(pattern))
        aim[cell] = 1.0
        prices = moves.find(aim) + moves.find(-aim)
        if moves.unsafe()[cell]:
            cuts.append(_make_cut(problem, pattern, prices))
    return cuts


def _make_cut(problem: Problem, pattern: Flags, prices: Numbers) -> Numbers:
    needed = problem.width - prices[problem.forced].sum()
    cut = np.where(problem.free, np.clip(prices, 0, max(needed, EPSILON)), 0.0)
    cut = np.where(cut > EPSILON * problem.width, cut / max(needed, EPSILON), 0.0)
    if cut[pattern].sum() >= 1 - 2 * EPSILON:
        # Rounding has spoilt the cut; that this pattern needs a further cell holds in any case.
        cut = (problem.free & ~pattern).astype(float)
    if not cut.any():
        raise _cannot_protect(problem)
    return cut


def _cannot_protect(problem: Problem) -> DisclosureError:
    column = problem.system.keys[0][0]
    return DisclosureError(
        f"Spalte »{column}«: Zu schützende Zahlen lassen sich auch durch Sperren aller übrigen "
        "Zahlen nicht verbergen, weil eine frühere Veröffentlichung oder eine nicht geschützte "
        "Spalte sie verrät."
    )
