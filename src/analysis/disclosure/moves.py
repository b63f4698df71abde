"""Movements: how far hidden numbers can move while every published number stays what it is.

This is the view of an attacker: a number that cannot move is known.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsmr

from analysis.disclosure.system import Flags, Numbers, System, split_components

EPSILON = 1e-6
_STILL = 1e-6
_PROJECTIONS = 2


class Problem(NamedTuple):
    """Cells that equations link, and which of them may be hidden.

    Attributes:
        system: cells and equations.
        primary: cells that must be able to move by ``width``.
        forced: cells that are hidden in any case.
        free: cells that may be hidden.
        weights: information lost when a cell is hidden.
        down: how far below its value a hidden cell may be.
        up: how far above.
        width: width that the interval of each primary cell must have.
    """

    system: System
    primary: Flags
    forced: Flags
    free: Flags
    weights: Numbers
    down: Numbers
    up: Numbers
    width: float


class Moves:
    """How far the protected cells were seen to move, everything published being fixed.

    A movement stays possible as long as all cells that it moves are suppressed, so what was found
    for one pattern is used again for the next.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._found: list[Numbers] = []
        self._pattern = problem.forced
        self._lowest = np.zeros(len(problem.forced))
        self._highest = np.zeros(len(problem.forced))

    def restrict(self, pattern: Flags) -> None:
        """Keep what is possible with this pattern of suppressed cells."""
        self._pattern = pattern
        self._lowest = np.zeros(len(pattern))
        self._highest = np.zeros(len(pattern))
        for move in self._found:
            if not move[~pattern].any():
                self._note(move)
        self._find_many()

    def settle(self, pattern: Flags) -> Flags:
        """Return the protected cells that cannot move by the width."""
        self.restrict(pattern)
        for cell in np.flatnonzero(self.unsafe()):
            if self.unsafe()[cell]:
                aim = np.zeros(len(pattern))
                aim[cell] = 1.0
                self.find(aim)
                self.find(-aim)
        return self.unsafe()

    def unsafe(self) -> Flags:
        """Return the protected cells not yet seen to move by the width."""
        moved = self._highest - self._lowest
        return self._problem.primary & (moved < self._problem.width - EPSILON)

    def find(self, aim: Numbers, reach: float = np.inf) -> Numbers:
        """Move the cells as far as ``aim`` wants; return what each cell can contribute to it."""
        problem = self._problem
        matrix = problem.system.matrix
        down = np.minimum(problem.down, reach)
        up = np.minimum(problem.up, reach)
        # The matrix is sparse, which the type hints do not foresee.
        answer = cast(Any, linprog)(
            -aim,
            A_eq=matrix,
            b_eq=np.zeros(matrix.shape[0]),
            bounds=np.column_stack((-down * self._pattern, up * self._pattern)),
            method="highs",
        )
        self._found.append(answer.x)
        self._note(answer.x)
        reduced = -aim - matrix.T @ answer.eqlin.marginals
        prices: Numbers = np.where(reduced > 0, reduced * down, -reduced * up)
        return prices

    def _note(self, move: Numbers) -> None:
        self._lowest = np.minimum(self._lowest, move)
        self._highest = np.maximum(self._highest, move)

    def _find_many(self) -> None:
        # A few programmes that move all cells at once settle most of them.
        left = int(self.unsafe().sum())
        while left > 2:
            unsafe = np.flatnonzero(self.unsafe())
            aim = np.zeros(len(self._pattern))
            aim[unsafe] = np.where(np.arange(len(unsafe)) % 2, 1.0, -1.0)
            self.find(aim, self._problem.width)
            self.find(-aim, self._problem.width)
            settled = left - int(self.unsafe().sum())
            if settled < max(2, left // 20):
                return
            left -= settled


def find_exposed(
    system: System, targets: Flags, *, down: Numbers, up: Numbers, width: float
) -> Flags:
    """Return which cells an attacker can place in an interval narrower than ``width``.

    Args:
        system: cells and equations.
        targets: cells that must not be recovered.
        down: how far below its value the published figure leaves each cell.
        up: how far above.
        width: width that the interval of each target must have.
    """
    exposed = targets & (down + up < width - EPSILON)
    everywhere = down + up > 0
    for members in split_components(system.matrix, everywhere):
        if not targets[members].any():
            continue
        all_open = np.ones(len(members), dtype=bool)
        problem = Problem(
            system=system.select(members),
            primary=targets[members],
            forced=all_open,
            free=~all_open,
            weights=np.zeros(len(members)),
            down=down[members],
            up=up[members],
            width=width,
        )
        exposed[members] |= Moves(problem).settle(all_open)
    return exposed


def find_determined(system: System, targets: Flags, movable: Flags) -> Flags:
    """Return which cells follow from the others by adding and subtracting.

    A random vector is projected onto all movements that keep the equations; where it vanishes, no
    movement moves the cell. Limits of the cells play no part, so one projection serves for all.

    Args:
        system: cells and equations.
        targets: cells that must not be computed.
        movable: cells whose value nobody is told.
    """
    places = np.flatnonzero(movable)
    part = system.matrix[:, places]
    rows = csr_array(part[np.flatnonzero(np.diff(part.indptr))])
    chance = np.random.default_rng(0)
    still = targets[places]
    for _ in range(_PROJECTIONS):
        direction = chance.uniform(0.5, 1.0, len(places))
        answer = lsmr(rows.T, direction, atol=1e-13, btol=1e-13, conlim=0, maxiter=20_000)
        still = still & (np.abs(direction - rows.T @ answer[0]) < _STILL)
    determined = targets & ~movable
    determined[places] |= still
    return determined
