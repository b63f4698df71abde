"""Which cells of an edition are left out or rounded: one pattern for all tables together.

The cells of all tables form one system of equations. It is solved in blocks: one service and one
calendar year at a time, everything else being taken as known to the attacker, which can only make
the pattern safer. Afterwards the whole system is attacked, together with the cells that the levels
leave out but that released sums enclose; what could still be told is protected in a second pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.disclosure.attack import Interval
from analysis.disclosure.cells import BLOCK
from analysis.disclosure.circuits import suppress_stepwise
from analysis.disclosure.columns import CellKey
from analysis.disclosure.links import Links
from analysis.disclosure.moves import find_determined, find_exposed
from analysis.disclosure.relations import REST, Equation, column_of
from analysis.disclosure.rounding import round_to_five, rounding_interval
from analysis.disclosure.suppression import suppress
from analysis.disclosure.system import Flags, Numbers, System
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy

_MAX_PASSES = 12
_EXACT_UP_TO = 2
"""So many protected cells in a block are solved together, to the optimum."""
_REACHES = (0, 1, 10_000)
"""A block is a calendar year, the years around it, all years."""
_TOLD = 1.0
"""Width for a number that no table holds: it must not be computable."""


class Network(NamedTuple):
    """The cells of an edition as one system.

    Attributes:
        system: cells and rests with their equations.
        released: cells that stand in a released table; the others stand in equations only.
        service: number of the service that a cell belongs to.
        year: calendar year of its period.
        whole: cells that hold whole numbers.
        rest: rests of equations, which are no cells of any table.
    """

    system: System
    released: Flags
    service: NDArray[np.int64]
    year: NDArray[np.int64]
    whole: Flags
    rest: Flags

    def small(self, minimum: float) -> Flags:
        """Return the cells that must not be told: above 0 and below ``minimum``."""
        size = np.abs(self.system.values)
        return (size > 0) & (size < minimum)


class Pattern(NamedTuple):
    """What happens to each cell.

    Attributes:
        hidden: released cells whose number is left out.
        optimal: whether each block loses the least information.
    """

    hidden: Flags
    optimal: bool


def build_network(
    cells: pd.DataFrame, links: Links, released: pd.Series[bool], whole: pd.Series[bool]
) -> Network:
    """Return the system of all cells and rests.

    Args:
        cells: one row per cell.
        links: relations between them.
        released: cells that stand in a released table.
        whole: cells that hold whole numbers.
    """
    names = ["measure", *BLOCK, "method", "unit", "group", "period_start", "period_end", "version"]
    keys: list[CellKey] = list(cells[names].itertuples(index=False, name=None))
    owners = links.owners
    rests: list[CellKey] = [(REST, str(number), keys[owner]) for number, owner in enumerate(owners)]
    size = len(cells) + len(owners)
    values = np.concatenate([cells["value"].to_numpy("float64"), links.rests])
    signed = (cells["nature"] == "change").to_numpy() | (cells["value"] < 0).to_numpy()
    shown = released.to_numpy(dtype=bool)
    services = cells.groupby(BLOCK, dropna=False).ngroup().to_numpy("int64")
    years = cells["year"].to_numpy("int64")
    integers = whole.to_numpy(dtype=bool)
    return Network(
        system=System(
            keys=(*keys, *rests),
            values=values,
            matrix=links.matrix,
            signed=np.concatenate([signed, np.zeros(len(owners), dtype=bool)]),
            hidden=np.concatenate([~shown, np.ones(len(owners), dtype=bool)]),
            known=np.zeros(size, dtype=bool),
        ),
        released=np.concatenate([shown, np.zeros(len(owners), dtype=bool)]),
        service=np.concatenate([services, services[owners]]),
        year=np.concatenate([years, years[owners]]),
        whole=np.concatenate([integers, integers[owners]]),
        rest=np.arange(size) >= len(cells),
    )


def choose_suppressed(
    network: Network, policy: DisclosurePolicy, hidden_before: Flags | None = None
) -> Pattern:
    """Return which released cells are left out under ``sperrung``.

    Args:
        network: cells and equations.
        policy: the edition's rule.
        hidden_before: cells that an earlier report left out, which stay hidden.

    Raises:
        DisclosureError: a small number cannot be protected.
    """
    small = network.small(policy.minimum)
    hidden = network.released & small & ~network.system.known
    if hidden_before is not None:
        hidden |= hidden_before & ~network.system.known
    # First what the released tables alone would tell: the cells left out have no part in it.
    rests = _find_own_rests(network)
    inside = network.released | rests
    width = policy.protection_width
    hidden, optimal = _protect(network, small, hidden, width, only=inside)
    for number in range(_MAX_PASSES):
        # Wider blocks take long; they are asked where narrow ones gave no safe pattern.
        reaches = _REACHES[: number + 1]
        exposed = find_exposed_cells(network, hidden, small & inside, width, reaches)
        elsewhere = find_computable(network, hidden, small & ~inside)
        if not (exposed | elsewhere).any():
            return Pattern(hidden, optimal)
        hidden, _ = _protect(network, exposed, hidden, width)
        hidden, _ = _protect(network, elsewhere, hidden, _TOLD)
        optimal = False
    raise DisclosureError(
        "Für die Tabellen dieser Edition wurde kein Sperrmuster gefunden. Bitte in levels.csv "
        "gröbere Ebenen wählen oder »rundung5« verwenden."
    )


def choose_withheld(
    network: Network, policy: DisclosurePolicy, hidden_before: Flags | None = None
) -> Pattern:
    """Return which rounded cells are left out, because sums would tell a small number exactly.

    Args:
        network: cells and equations.
        policy: the edition's rule.
        hidden_before: cells that an earlier report left out, which stay hidden.
    """
    small = network.small(policy.minimum)
    hidden = np.zeros(len(small), dtype=bool) if hidden_before is None else hidden_before.copy()
    inside = network.released | _find_own_rests(network)
    # What exact sums would not tell about a cell without a place in any table, rounded ones do not.
    targets = (small & inside) | find_computable(network, hidden, small & ~inside)
    ends = rounding_ends(network)
    for _ in range(_MAX_PASSES):
        exposed = _find_exposed_rounded(network, hidden, targets, ends)
        if not exposed.any():
            return Pattern(hidden, not hidden.any())
        hidden |= _choose_largest_neighbours(network, exposed, hidden)
    raise DisclosureError(
        "Aus den gerundeten Zahlen dieser Edition lassen sich kleine Zahlen genau errechnen. "
        "Bitte in levels.csv gröbere Ebenen wählen oder »sperrung« verwenden."
    )


def rounding_ends(network: Network) -> Numbers:
    """Return lowest and highest number behind each rounded cell; any count where none is shown."""
    values = network.system.values
    rounded = round_to_five(pd.Series(values)).tolist()
    ends: Numbers = np.asarray(
        [
            rounding_interval(number, whole=whole, signed=signed)
            for number, whole, signed in zip(
                rounded, network.whole.tolist(), network.system.signed.tolist(), strict=True
            )
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
    return np.where(network.released[:, None], ends, [0.0, _far(values)])


def find_exposed_cells(
    network: Network,
    hidden: Flags,
    targets: Flags,
    width: float,
    reaches: Sequence[int] = (0,),
) -> Flags:
    """Return the targets that an attacker may place more narrowly than ``width``.

    Args:
        network: cells and equations.
        hidden: released cells that are left out.
        targets: cells that must not be told.
        width: width of the interval that protects.
        reaches: how many years around are looked at, one after the other; everything outside is
            taken as known, so that no exposed cell is overlooked.
    """
    down, up = _leave_open(network, hidden)
    return _attack_in_steps(network, targets, down, up, width, reaches)


def find_computable(network: Network, hidden: Flags, targets: Flags) -> Flags:
    """Return the targets that follow from released numbers by adding and subtracting."""
    movable = (hidden | ~network.released) & ~network.system.known
    found = np.zeros_like(targets)
    for service in np.unique(network.service[targets]):
        members = np.flatnonzero(network.service == service)
        found[members] = find_determined(
            network.system.select(members), targets[members], movable[members]
        )
    return found


def _leave_open(network: Network, hidden: Flags) -> tuple[Numbers, Numbers]:
    """Return how far below and above its value each cell may be for all that is shown."""
    values = network.system.values
    movable = (hidden | ~network.released) & ~network.system.known
    far = _far(values)
    down = np.where(network.system.signed, far, np.maximum(values, 0.0))
    return np.where(movable, down, 0.0), np.where(movable, far, 0.0)


def _attack_in_steps(
    network: Network,
    targets: Flags,
    down: Numbers,
    up: Numbers,
    width: float,
    reaches: Sequence[int],
) -> Flags:
    """Return the targets that are exposed; what a year alone leaves open needs no closer look."""
    for reach in reaches:
        exposed = np.zeros_like(targets)
        for members, year in _split_blocks(network, targets, reach):
            exposed[members] |= find_exposed(
                network.system.select(members),
                targets[members] & (network.year[members] == year),
                down=down[members],
                up=up[members],
                width=width,
            )
        targets = exposed
    return targets


def describe_attack(
    network: Network, hidden: Flags, policy: DisclosurePolicy
) -> tuple[dict[CellKey, Interval], tuple[Equation, ...], tuple[CellKey, ...]]:
    """Return what an attacker has: intervals, equations, and the cells that he must not learn."""
    system = network.system
    values = system.values
    if policy.method == "rundung5":
        low, high = rounding_ends(network).T
        low, high = np.where(network.released, low, 0.0), np.where(network.released, high, np.inf)
    else:
        low, high = values.copy(), values.copy()
    closed = (hidden | ~network.released) & ~system.known
    low = np.where(closed, np.where(system.signed, -np.inf, 0.0), low)
    high = np.where(closed, np.inf, high)
    known = {
        key: Interval(float(a), float(b)) for key, a, b in zip(system.keys, low, high, strict=True)
    }
    matrix, constants = system.matrix, system.matrix @ values
    equations = tuple(
        Equation(
            tuple(
                (system.keys[column], float(factor))
                for column, factor in zip(
                    matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]],
                    matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]],
                    strict=True,
                )
            ),
            float(np.round(constants[row], 6)),
        )
        for row in range(matrix.shape[0])
    )
    inside = network.released | _find_own_rests(network)
    small = np.flatnonzero(network.small(policy.minimum) & inside)
    return known, equations, tuple(system.keys[place] for place in small)


def _far(values: Numbers) -> float:
    return 10 * (float(np.abs(values).max(initial=0)) + 1)


def _find_own_rests(network: Network) -> Flags:
    """Return the rests of equations between released cells only."""
    matrix = network.system.matrix
    outside = network.system.hidden & ~network.rest
    clean = np.asarray(abs(matrix) @ outside.astype(float)) == 0
    in_clean: Flags = np.asarray(abs(matrix).T @ clean.astype(float)) > 0
    return in_clean & network.rest


def _split_blocks(
    network: Network, wanted: Flags, reach: int
) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Yield the cells of each service and year with a wanted cell, and of so many years around."""
    pairs = np.unique(np.column_stack((network.service, network.year))[wanted], axis=0)
    for service, year in pairs.tolist():
        near = (network.service == service) & (np.abs(network.year - year) <= reach)
        yield np.flatnonzero(near), year


def _protect(
    network: Network,
    wanted: Flags,
    hidden: Flags,
    width: float,
    only: Flags | None = None,
) -> tuple[Flags, bool]:
    """Return the cells to be left out so that the wanted ones are safe, and whether that is best.

    Each service and year is solved for itself, everything outside it being known; what has no
    room there is solved again together with the years around it, at last with all of them.

    Raises:
        DisclosureError: a number cannot be protected.
    """
    inside = np.ones_like(wanted) if only is None else only
    found, left, best = hidden.copy(), wanted & inside, True
    for reach in _REACHES:
        failed = np.zeros_like(wanted)
        for around, year in _split_blocks(network, left, reach):
            members = around[inside[around]]
            targets = left[members] & (network.year[members] == year)
            part = _select(network.system, members, only)
            last = reach == _REACHES[-1]
            solved = _solve_block(part, targets, found[members], width, last=last)
            found[members] |= solved.chosen & network.released[members]
            failed[members] |= solved.failed
            best &= solved.best
        left = failed
        if not left.any():
            return found, best
    key = network.system.keys[int(np.flatnonzero(left)[0])]
    raise DisclosureError(
        f"Messgröße »{column_of(key)}«: Eine kleine Zahl lässt sich auch durch Sperren aller "
        "übrigen Zahlen nicht verbergen, weil eine frühere Veröffentlichung oder eine nicht "
        "geschützte Zahl sie verrät."
    )


class _Solved(NamedTuple):
    chosen: Flags
    failed: Flags
    best: bool


def _solve_block(
    part: System, targets: Flags, secret: Flags, width: float, *, last: bool
) -> _Solved:
    none = np.zeros_like(targets)
    chosen, left = secret, targets
    if targets.sum() > _EXACT_UP_TO:
        chosen, left = suppress_stepwise(part, targets, secret, width)
        if not left.any() or not last:
            return _Solved(chosen, left, best=False)
    try:
        # A cell that cannot rise so far may still be safe by falling as well.
        pattern = suppress(part, left, width=width, keep_secret=chosen & ~part.hidden)
    except DisclosureError:
        return _Solved(chosen, left, best=False)
    alone = int(targets.sum()) <= _EXACT_UP_TO
    return _Solved(
        chosen | pattern.primary | pattern.secondary, none, best=alone and pattern.optimal
    )


def _select(system: System, members: NDArray[np.intp], only: Flags | None) -> System:
    part = system.select(members)
    if only is None:
        return part
    # An equation with a cell that stands nowhere tells nothing yet.
    rows = np.flatnonzero(np.diff(system.matrix[:, members].indptr))
    closed = (abs(system.matrix[rows]) @ (~only).astype(float)) == 0
    return part._replace(matrix=part.matrix[np.flatnonzero(closed)])


def _find_exposed_rounded(network: Network, hidden: Flags, targets: Flags, ends: Numbers) -> Flags:
    values = network.system.values
    far = _far(values)
    open_low = np.where(network.system.signed, values - far, 0.0)
    low = np.where(hidden, open_low, ends[:, 0])
    high = np.where(hidden, far, ends[:, 1])
    down, up = np.maximum(values - low, 0.0), np.maximum(high - values, 0.0)
    return _attack_in_steps(network, targets, down, up, 1, _REACHES[:2])


def _choose_largest_neighbours(network: Network, exposed: Flags, hidden: Flags) -> Flags:
    """Return, for each exposed cell, the largest shown cell of an equation it stands in."""
    matrix = network.system.matrix
    columns = matrix.tocsc()
    chosen = np.zeros(len(exposed), dtype=bool)
    for cell in np.flatnonzero(exposed):
        rows = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
        near = np.unique(
            np.concatenate(
                [matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in rows]
            )
        )
        free = near[network.released[near] & ~hidden[near]]
        if len(free):
            size = np.abs(network.system.values[free])
            chosen[free[int(np.argmax(size))]] = True
    return chosen
