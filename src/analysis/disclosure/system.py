"""All cells of a table with the linear equations between them, as arrays."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from analysis.disclosure.columns import CellKey
from analysis.disclosure.relations import Equation, Equations, Values, column_of
from analysis.disclosure_policy import DisclosureError

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

_TOLERANCE = 0.05


class System(NamedTuple):
    """Cells and equations.

    Attributes:
        keys: identifies each cell.
        values: true value of each cell.
        matrix: one row per equation, one column per cell.
        signed: cells that may be negative.
        hidden: cells that no table shows, such as the rest between parts and total.
        known: cells that everybody knows and that no suppression can hide.
    """

    keys: tuple[CellKey, ...]
    values: Numbers
    matrix: csr_array
    signed: Flags
    hidden: Flags
    known: Flags

    def select(self, members: NDArray[np.intp]) -> System:
        """Return the system of some cells, with the equations in which they stand."""
        part = self.matrix[:, members]
        rows = np.flatnonzero(np.diff(part.indptr))
        return System(
            tuple(self.keys[member] for member in members),
            self.values[members],
            csr_array(part[rows]),
            self.signed[members],
            self.hidden[members],
            self.known[members],
        )


def build_system(
    values: Values,
    equations: Equations,
    *,
    signed: Collection[str] = (),
    protected: Collection[str],
    shown_before: Collection[CellKey] = (),
) -> System:
    """Return cells and equations as arrays.

    Args:
        values: value of each cell of the table; missing where it is not known.
        equations: what holds between them, and the cells that stand only there.
        signed: columns that may be negative.
        protected: columns whose cells may be suppressed; all others are known to everybody.
        shown_before: cells that an earlier report showed.

    Raises:
        DisclosureError: the equations contradict the values.
    """
    every = fill_gaps({**values, **equations.values}, equations.equations)
    keys = tuple(every)
    filled = np.array([every[key] for key in keys], dtype=float)
    given = np.array([not math.isnan(values.get(key, math.nan)) for key in keys], dtype=bool)
    unprotected = [column_of(key) not in protected for key in keys]
    before = [key in shown_before for key in keys]
    negative = np.array([key[0] in signed for key in keys], dtype=bool)
    return System(
        keys=keys,
        values=filled,
        matrix=make_matrix(keys, equations.equations),
        signed=negative | (filled < 0),
        hidden=~given & ~np.isnan(filled),
        known=np.isnan(filled) | np.array(unprotected, dtype=bool) | np.array(before, dtype=bool),
    )


def make_matrix(keys: Sequence[CellKey], equations: Sequence[Equation]) -> csr_array:
    """Return the coefficients of the equations, one row each, one column per key."""
    place = {key: number for number, key in enumerate(keys)}
    entries = [
        (row, place[key], factor)
        for row, equation in enumerate(equations)
        for key, factor in equation.terms
    ]
    rows, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array(
        (np.array(factors, dtype=float), (np.array(rows, int), np.array(columns, int))),
        shape=(len(equations), len(keys)),
    )


def fill_gaps(
    values: Mapping[CellKey, float], equations: Sequence[Equation]
) -> dict[CellKey, float]:
    """Return the values with those added that follow from an equation with one gap.

    Raises:
        DisclosureError: an equation without gaps does not hold.
    """
    filled = dict(values)
    waiting = list(equations)
    while True:
        solved = [each for each in waiting if _count_gaps(each, filled) == 1]
        if not solved:
            break
        for equation in solved:
            if _count_gaps(equation, filled) == 1:
                key, value = _solve_gap(equation, filled)
                filled[key] = value
        waiting = [each for each in waiting if _count_gaps(each, filled) > 1]
    _check_equations(filled, equations)
    return filled


def split_components(matrix: csr_array, free: Flags) -> list[NDArray[np.intp]]:
    """Return groups of cells that equations link; ``free`` marks the cells whose value may move."""
    open_columns = np.flatnonzero(free)
    part = matrix[:, open_columns]
    links = part.T @ part
    _, labels = connected_components(links != 0, directed=False)
    return [open_columns[labels == label] for label in np.unique(labels)]


def _count_gaps(equation: Equation, values: Mapping[CellKey, float]) -> int:
    return sum(math.isnan(values[key]) for key, _ in equation.terms)


def _solve_gap(equation: Equation, values: Mapping[CellKey, float]) -> tuple[CellKey, float]:
    rest = equation.constant
    gap, gap_factor = equation.terms[0]
    for key, factor in equation.terms:
        if math.isnan(values[key]):
            gap, gap_factor = key, factor
        else:
            rest -= factor * values[key]
    # Differences of decimal numbers carry noise that is no information.
    return gap, round(rest / gap_factor, 6)


def _check_equations(values: Mapping[CellKey, float], equations: Sequence[Equation]) -> None:
    for equation in equations:
        rest = sum(factor * values[key] for key, factor in equation.terms) - equation.constant
        if abs(rest) > _TOLERANCE * len(equation.terms):
            raise DisclosureError(
                f"Spalte »{equation.terms[0][0][0]}«: Summen in Zeilen und Spalten widersprechen "
                "einander. Bitte die Daten prüfen."
            )
