"""What is kept of the cases: counts by key, which can be added up in any order.

A key packs group, month and a last part (another month, a channel or days) into one integer, so
that counting is sorting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

_MONTH_SHIFT = 24
_GROUP_SHIFT = 40
_LAST_MASK = (1 << _MONTH_SHIFT) - 1
_MONTH_MASK = (1 << (_GROUP_SHIFT - _MONTH_SHIFT)) - 1

#: Stands for the month in which a case that is still open was closed.
OPEN = _LAST_MASK

Group = tuple[str, str]
"""Service and organisational unit."""


class Counts(NamedTuple):
    """Ascending distinct keys and how often each occurred."""

    keys: Integers
    counts: Integers

    @property
    def groups(self) -> Integers:
        """Codes of the groups."""
        return self.keys >> _GROUP_SHIFT

    @property
    def months(self) -> Integers:
        """Months since January of the year 0."""
        return (self.keys >> _MONTH_SHIFT) & _MONTH_MASK

    @property
    def last(self) -> Integers:
        """The last part of the keys."""
        return self.keys & _LAST_MASK

    @property
    def segments(self) -> Integers:
        """Group and month in one."""
        return self.keys >> _MONTH_SHIFT


class State(NamedTuple):
    """Everything that is kept of a set of cases.

    Attributes:
        groups: service and unit of each code.
        flow: by month of receipt; the last part is the month of closing, or ``OPEN``.
        channels: by month of receipt; the last part is the channel.
        durations: decided cases by month of decision; the last part is days from receipt.
        complete: the same with days from complete documents.
        waits: by month of receipt; the last part is twice the days until the decision, or twice
            the days until last seen without one, plus 1.
    """

    groups: tuple[Group, ...]
    flow: Counts
    channels: Counts
    durations: Counts
    complete: Counts
    waits: Counts


def pack_keys(groups: Integers, months: Integers, last: Integers) -> Integers:
    """Return group, month and last part as one integer each."""
    return (groups << _GROUP_SHIFT) | (months << _MONTH_SHIFT) | last


def count_combinations(groups: Integers, months: Integers, last: Integers) -> Counts:
    """Count equal combinations of group, month and last part."""
    if not len(groups):
        return Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
    # Counted from their least, the parts of a piece mostly fit 32 bits, which sort much faster.
    first_month, first_last = months.min(), last.min()
    last_bits = int(last.max() - first_last).bit_length()
    group_shift = int(months.max() - first_month).bit_length() + last_bits
    small = int(groups.max()).bit_length() + group_shift <= 32
    keys = (groups << group_shift) | ((months - first_month) << last_bits) | (last - first_last)
    ordered = np.sort(keys.astype(np.uint32) if small else keys)
    starts = _find_starts(ordered)
    found = ordered[starts].astype(np.int64)
    month = (found >> last_bits) & ((1 << (group_shift - last_bits)) - 1)
    part = found & ((1 << last_bits) - 1)
    return Counts(
        pack_keys(found >> group_shift, month + first_month, part + first_last),
        np.diff(np.append(starts, len(ordered))),
    )


def merge_counts(parts: Sequence[Counts]) -> Counts:
    """Add counts up."""
    keys = np.concatenate([part.keys for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = _find_starts(ordered)
    if not len(starts):
        return Counts(keys, counts)
    return Counts(ordered[starts], np.add.reduceat(counts[order], starts))


def subtract(state: State, part: State) -> State:
    """Return the state without the cases of ``part``, all of which are in it."""
    codes = {group: code for code, group in enumerate(state.groups)}
    moved = _recode(part, [codes[group] for group in part.groups])
    left = (_subtract_counts(*pair) for pair in zip(state[1:], moved[1:], strict=True))
    return _drop_unused(State(state.groups, *left))


def _subtract_counts(counts: Counts, part: Counts) -> Counts:
    remaining = counts.counts.copy()
    remaining[np.searchsorted(counts.keys, part.keys)] -= part.counts
    if remaining.all():
        return Counts(counts.keys, remaining)
    kept = remaining > 0
    return Counts(counts.keys[kept], remaining[kept])


def merge_states(states: Iterable[State]) -> State:
    """Add states up; the order does not matter."""
    parts = list(states)
    groups = sorted({group for part in parts for group in part.groups})
    codes = {group: code for code, group in enumerate(groups)}
    moved = [_recode(part, [codes[group] for group in part.groups]) for part in parts]
    if not moved:
        empty = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
        return State((), empty, empty, empty, empty, empty)
    merged = (merge_counts(counts) for counts in zip(*(part[1:] for part in moved), strict=True))
    return _drop_unused(State(tuple(groups), *merged))


def join_units(state: State) -> State:
    """Return durations in which all units of a service are one group without a unit.

    Flows and channels are left out: they can be added up later.
    """
    services = sorted({service for service, _ in state.groups})
    codes = [services.index(service) for service, _ in state.groups]
    none = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
    joined = _recode(state._replace(flow=none, channels=none), codes)
    merged = (merge_counts([counts]) for counts in joined[1:])
    return State(tuple((service, "") for service in services), *merged)


def _drop_unused(state: State) -> State:
    """Leave out groups without a case; they come from rows that were rejected."""
    used = np.unique(state.flow.groups)
    if len(used) == len(state.groups):
        return state
    codes = np.zeros(len(state.groups), dtype=np.int64)
    codes[used] = np.arange(len(used))
    moved = _recode(state, codes.tolist())
    return moved._replace(groups=tuple(state.groups[code] for code in used.tolist()))


def _recode(state: State, codes: Sequence[int]) -> State:
    if list(codes) == list(range(len(codes))):
        return state
    table = np.array(codes, dtype=np.int64)
    rest = (1 << _GROUP_SHIFT) - 1
    return State(
        state.groups,
        *(
            Counts((table[part.groups] << _GROUP_SHIFT) | (part.keys & rest), part.counts)
            for part in state[1:]
        ),
    )


def _find_starts(ordered: npt.NDArray[np.integer[Any]]) -> Integers:
    if not len(ordered):
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return np.concatenate([np.zeros(1, np.int64), changes])
