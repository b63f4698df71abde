"""Suppression in large blocks: one protected cell after the other, each by linear programmes.

A cell is protected by a movement of hidden cells that lets it rise by the width while all sums
stay what they are. The cheapest movement is a linear programme; what it moves is left out. Cells
that are hidden already cost nothing, so that protected cells share their companions. At the end
the exact method removes what has become superfluous.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack

from analysis.disclosure.suppression import suppress, weigh_information
from analysis.disclosure.system import Flags, Numbers, System

_SWEEPS = 3
_NOTHING = 1e-6
_MOST_PRUNED = 30


class Steps(NamedTuple):
    """Result of ``suppress_stepwise``.

    Attributes:
        chosen: cells that are left out.
        failed: protected cells that cannot rise by the width within the block.
    """

    chosen: Flags
    failed: Flags


def suppress_stepwise(system: System, primary: Flags, hidden: Flags, width: float) -> Steps:
    """Return the cells that are left out so that each protected cell can rise by ``width``.

    Args:
        system: cells and equations of one block.
        primary: cells to be protected.
        hidden: cells that are hidden in any case.
        width: width of the interval that protects.
    """
    chosen = hidden | primary | system.hidden
    free = ~system.known & (system.values != 0)
    failed = np.zeros_like(primary)
    moved = np.zeros(len(primary))
    for cell in np.flatnonzero(primary):
        if moved[cell] >= width - _NOTHING:
            continue
        move = _find_cheapest(system, int(cell), chosen, chosen | free, width)
        if move is None:
            failed[cell] = True
            continue
        moved = np.maximum(moved, np.abs(move))
        chosen = chosen | (np.abs(move) > _NOTHING)
    return Steps(_prune(system, primary & ~failed, hidden, chosen, width), failed)


def _find_cheapest(
    system: System, cell: int, chosen: Flags, allowed: Flags, width: float
) -> Numbers | None:
    weights = np.where(chosen, 0.0, weigh_information(system.values))
    costs = weights.copy()
    best: Numbers | None = None
    least = np.inf
    for _ in range(_SWEEPS):
        move = _solve(system, cell, costs, allowed, width)
        if move is None:
            return best
        loss = float(weights[np.abs(move) > _NOTHING].sum())
        if loss < least:
            best, least = move, loss
        if loss == 0:
            break
        # What moves little costs more per unit, so that few cells move much.
        costs = weights * width / (np.abs(move) + 0.05 * width)
    return best


def _solve(
    system: System, cell: int, costs: Numbers, allowed: Flags, width: float
) -> Numbers | None:
    matrix = system.matrix
    both = csr_array(hstack([matrix, -matrix]))
    top = np.where(allowed, 10 * width, 0.0)
    down = np.where(system.signed, top, np.minimum(top, np.maximum(system.values, 0.0)))
    bounds = np.column_stack((np.zeros(2 * len(top)), np.concatenate([top, down])))
    bounds[cell] = (width, width)
    bounds[len(top) + cell] = (0.0, 0.0)
    # The matrix is sparse, which the type hints do not foresee.
    answer = cast(Any, linprog)(
        np.concatenate([costs, costs]) + 1e-4,
        A_eq=both,
        b_eq=np.zeros(matrix.shape[0]),
        bounds=bounds,
        method="highs",
    )
    if answer.x is None:
        return None
    moved: Numbers = answer.x[: len(top)] - answer.x[len(top) :]
    return moved


def _prune(system: System, primary: Flags, hidden: Flags, chosen: Flags, width: float) -> Flags:
    secondary = chosen & ~primary & ~hidden & ~system.hidden
    if not secondary.any() or secondary.sum() > _MOST_PRUNED:
        return chosen
    closed = system._replace(known=system.known | ~chosen)
    pattern = suppress(closed, primary, width=width, keep_secret=hidden)
    return hidden | pattern.primary | pattern.secondary | system.hidden
