"""The counts of a table as they may be released: suppressed or rounded, never both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.disclosure.attack import ANY_COUNT, Interval
from analysis.disclosure.columns import CellKey, Columns
from analysis.disclosure.moves import find_exposed
from analysis.disclosure.rounding import round_to_five, rounding_interval
from analysis.disclosure.suppression import find_primary, suppress
from analysis.disclosure.system import Flags, Numbers, System
from analysis.disclosure.tables import ProtectedTable
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy


class Task(NamedTuple):
    """A table to be protected, and all that is known about it."""

    table: pd.DataFrame
    columns: Columns
    dimensions: Sequence[str]
    system: System
    policy: DisclosurePolicy
    previous: ProtectedTable | None

    def keys(self, column: str) -> list[CellKey]:
        """Return the keys of a column's cells, in the order of the rows."""
        return make_keys(self.table, column, self.dimensions)

    def names(self) -> list[str]:
        """Return the columns of counts."""
        return [count.column for count in self.columns.counts]


class ReleasedCounts(NamedTuple):
    """Counts after protection.

    Attributes:
        numbers: what may be shown, missing where not.
        hidden: where a number was taken away.
        known: what a reader knows of each cell.
        protected: cells that must not be recovered.
        optimal: whether the pattern loses the least information.
    """

    numbers: pd.DataFrame
    hidden: pd.DataFrame
    known: dict[CellKey, Interval]
    protected: tuple[CellKey, ...]
    optimal: bool = True


def make_keys(table: pd.DataFrame, column: str, dimensions: Sequence[str]) -> list[CellKey]:
    """Return the keys of a column's cells, in the order of the rows."""
    if not dimensions:
        return [(column,)] * len(table)
    rows = table[list(dimensions)].itertuples(index=False, name=None)
    return [(column, *row) for row in rows]


def release_counts(task: Task) -> ReleasedCounts:
    """Return the counts, protected by the method of the rule.

    Raises:
        DisclosureError: no pattern protects the small numbers, rounded sums give one away, or an
            earlier edition was protected in another way.
    """
    if task.previous is not None and task.previous.policy.method != task.policy.method:
        raise DisclosureError(
            f"Die frühere Ausgabe wurde mit »{task.previous.policy.method}« geschützt, diese soll "
            f"es mit »{task.policy.method}« werden; beide zusammen verraten mehr als jede für sich."
        )
    return _suppress_counts(task) if task.policy.method == "sperrung" else _round_counts(task)


def _suppress_counts(task: Task) -> ReleasedCounts:
    system = task.system
    _refuse_shown_before(task)
    primary = find_primary(system, task.policy.minimum)
    pattern = suppress(
        system,
        primary,
        width=task.policy.protection_width,
        keep_secret=_hidden_before(task),
    )
    dropped = dict(zip(system.keys, (primary | pattern.secondary).tolist(), strict=True))
    hidden = pd.DataFrame(
        {name: [dropped[key] for key in task.keys(name)] for name in task.names()},
        index=task.table.index,
        dtype=bool,
    )
    return ReleasedCounts(
        numbers=task.table[task.names()].astype("float64").mask(hidden),
        hidden=hidden,
        known=_know_exactly(task, primary | pattern.secondary | system.hidden),
        protected=_select_keys(system, primary),
        optimal=pattern.optimal,
    )


def _refuse_shown_before(task: Task) -> None:
    protected = task.columns.protected(task.policy)
    size = np.abs(np.nan_to_num(task.system.values))
    small = (size > 0) & (size < task.policy.minimum) & task.system.known
    if any(key[0] in protected for key in _select_keys(task.system, small)):
        raise DisclosureError(
            f"Die frühere Ausgabe zeigt Zahlen unter {task.policy.minimum}; sie lassen sich nicht "
            "mehr schützen."
        )


def _hidden_before(task: Task) -> Flags:
    known = task.previous.known if task.previous is not None else {}
    secret = {key for key, interval in known.items() if interval.width > 0}
    return np.array([key in secret for key in task.system.keys], dtype=bool)


def _know_exactly(task: Task, hidden: Flags) -> dict[CellKey, Interval]:
    system = task.system
    return {
        key: _leave_open(key, task.columns) if gone else Interval(value, value)
        for key, value, gone in zip(system.keys, system.values.tolist(), hidden, strict=True)
        if not np.isnan(value)
    }


def _leave_open(key: CellKey, columns: Columns) -> Interval:
    return Interval(-np.inf, np.inf) if key[0] in columns.signed() else ANY_COUNT


def _round_counts(task: Task) -> ReleasedCounts:
    protected = task.columns.protected(task.policy)
    numbers = pd.DataFrame(
        {
            name: round_to_five(task.table[name]) if name in protected else task.table[name]
            for name in task.names()
        },
        index=task.table.index,
        dtype="float64",
    )
    known = _know_rounded(task, numbers, protected)
    targets = find_primary(task.system, task.policy.minimum)
    _refuse_exposed(task.system, targets, known)
    return ReleasedCounts(
        numbers=numbers,
        hidden=pd.DataFrame(False, index=numbers.index, columns=numbers.columns),
        known=known,
        protected=_select_keys(task.system, targets),
    )


def _know_rounded(
    task: Task, numbers: pd.DataFrame, protected: Sequence[str]
) -> dict[CellKey, Interval]:
    known = {
        key: Interval(value, value)
        for key, value in zip(task.system.keys, task.system.values.tolist(), strict=True)
        if key[0] in task.names() and key[0] not in protected and not np.isnan(value)
    }
    for name in protected:
        whole, signed = name in task.columns.whole(), name in task.columns.signed()
        for key, rounded in zip(task.keys(name), numbers[name].tolist(), strict=True):
            if not np.isnan(rounded):
                known[key] = rounding_interval(rounded, whole=whole, signed=signed)
    return known


def _refuse_exposed(system: System, targets: Flags, known: dict[CellKey, Interval]) -> None:
    values: Numbers = np.nan_to_num(system.values)
    # A cell whose value nobody knows is left out; one that nobody publishes may be any count.
    open_count = Interval(0.0, 10 * (float(np.abs(values).max(initial=0)) + 1))
    ends = np.array([known.get(key, open_count) for key in system.keys], dtype=float).reshape(-1, 2)
    settled = np.isnan(system.values)
    exposed = find_exposed(
        system,
        targets,
        down=np.where(settled, 0.0, np.maximum(values - ends[:, 0], 0.0)),
        up=np.where(settled, 0.0, np.maximum(ends[:, 1] - values, 0.0)),
        width=1,
    )
    if exposed.any():
        raise DisclosureError(
            f"Aus gerundeten Teilen und Summen lassen sich {int(exposed.sum())} kleine Zahlen "
            "genau errechnen.\nBitte die Summen weglassen, Merkmale zusammenfassen oder das "
            "Verfahren »sperrung« wählen."
        )


def _select_keys(system: System, flags: Flags) -> tuple[CellKey, ...]:
    return tuple(key for key, flag in zip(system.keys, flags, strict=True) if flag)
