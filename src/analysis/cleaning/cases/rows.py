"""The rows of one piece: understood, checked, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.cleaning.cases.counts import (
    OPEN,
    Counts,
    Group,
    State,
    count_combinations,
)
from analysis.cleaning.cases.faults import Fault, FaultKind
from analysis.cleaning.cases.words import (
    BLANK,
    MISSING,
    UNKNOWN,
    UNREADABLE,
    Meaning,
    Words,
    show_text,
)
from analysis.mappings import STATUSES, Mapping

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DATE_FIELDS = ("received", "complete", "decided")
_OPEN, _DECIDED, _WITHDRAWN = range(len(STATUSES))


class Column(NamedTuple):
    """A column of categories: the code of each row, and the text of each code."""

    codes: npt.NDArray[np.int32]
    texts: list[str]

    def equals(self, text: str) -> Mask:
        """Return the rows with this text, blanks around it left out."""
        hits = np.array([each.strip() == text for each in self.texts], dtype=bool)
        if not hits.any():
            return np.zeros(len(self.codes), dtype=bool)
        return np.asarray(hits[self.codes])

    def take(self, table: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return for each row the entry of a table by code."""
        return np.asarray(table[self.codes])


@dataclass(frozen=True)
class Cases:
    """Cases that were understood; days since 1970, ``MISSING`` where not stated.

    Attributes:
        groups: service and unit of each code in ``group``.
        group: code of service and unit.
        received: day of receipt.
        complete: day on which the documents were complete.
        closed: day of the decision or withdrawal.
        withdrawn: whether the application was withdrawn.
        channel: position in ``CHANNELS``, or ``BLANK``.
        last_day: day of the export.
    """

    groups: tuple[Group, ...]
    group: Integers
    received: Integers
    complete: Integers
    closed: Integers
    withdrawn: Mask
    channel: Integers
    last_day: int

    def select(self, rows: Mask | Integers) -> Cases:
        """Return some of the cases."""
        return Cases(
            self.groups,
            self.group[rows],
            self.received[rows],
            self.complete[rows],
            self.closed[rows],
            self.withdrawn[rows],
            self.channel[rows],
            self.last_day,
        )


class Old(NamedTuple):
    """A name that was used after its time: field, text, first row, number of rows."""

    field: str
    text: str
    row: int
    rows: int


class Checked(NamedTuple):
    """Rows of a piece after all checks.

    ``kept`` says which rows are cases without a fault that rejects them; ``cases`` holds all rows.
    """

    cases: Cases
    kept: Mask
    faults: list[Fault]
    old: list[Old]


def check_rows(
    columns: dict[str, Column], count: int, *, words: Words, mapping: Mapping, last_day: int
) -> Checked:
    """Understand and check the rows of a piece.

    Args:
        columns: mapped fields without ``case_id``.
        count: number of rows.
        words: what the texts mean.
        mapping: fixed service and unit, where no column says so.
        last_day: day of the export, since 1970.
    """
    checker = _Checker(columns, count, words, last_day)
    days = {field: checker.read_days(field) for field in DATE_FIELDS}
    checker.check_order(days)
    closed, withdrawn = checker.read_status(days["decided"])
    channel = checker.read_channel()
    units, unit = checker.read_names("unit", mapping.unit, days["received"])
    services, service = checker.read_names("service", mapping.service, days["received"])
    groups = tuple((each, own) for each in services for own in units)
    complete = days["complete"]
    late = (complete > closed) & (closed != MISSING) & ~checker.bad
    checker.note("complete_late", late, "complete")
    cases = Cases(
        groups,
        service * len(units) + unit,
        days["received"],
        np.where(late, MISSING, complete) if late.any() else complete,
        closed,
        withdrawn,
        channel,
        last_day,
    )
    return Checked(cases, ~checker.bad, checker.faults, checker.old)


def tally(cases: Cases, *, has_channel: bool, has_complete: bool) -> State:
    """Count cases by group, month and what else is wanted.

    Withdrawn cases leave the backlog on their day. They have no duration until a decision: what
    is known is that none was made until then.
    """
    group, received, closed = cases.group, cases.received, cases.closed
    month = to_months(received)
    is_closed = closed != MISSING
    decided = is_closed & ~cases.withdrawn
    closing = np.where(is_closed, to_months(closed), OPEN)
    seen = np.where(is_closed, closed, cases.last_day) - received
    is_all = bool(decided.all())
    chosen = slice(None) if is_all else np.flatnonzero(decided)
    group_decided, closing_decided = group[chosen], closing[chosen]
    seen_decided = seen[chosen]
    return State(
        cases.groups,
        flow=count_combinations(group, month, closing),
        channels=_count_stated(group, month, cases.channel, cases.channel >= 0)
        if has_channel
        else _NOTHING,
        durations=count_combinations(group_decided, closing_decided, seen_decided),
        complete=_count_stated(
            group_decided,
            closing_decided,
            closed[chosen] - cases.complete[chosen],
            cases.complete[chosen] != MISSING,
        )
        if has_complete
        else _NOTHING,
        waits=count_combinations(group, month, 2 * seen + ~decided),
    )


_NOTHING = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _count_stated(group: Integers, month: Integers, last: Integers, stated: Mask) -> Counts:
    if stated.all():
        return count_combinations(group, month, last)
    rows = np.flatnonzero(stated)
    return count_combinations(group[rows], month[rows], last[rows])


def to_months(days: Integers) -> Integers:
    """Return months since January of the year 0 of days since 1970."""
    if not len(days):
        return days
    stated = np.where(days > UNREADABLE, days, 0)
    first, last = int(stated.min()), int(stated.max())
    table = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(table.astype(np.int64)[stated - first] + 1970 * 12)


class _Checker:
    """Collects the faults of one piece while its columns are read."""

    def __init__(self, columns: dict[str, Column], count: int, words: Words, last_day: int) -> None:
        self.bad = np.zeros(count, dtype=bool)
        self.faults: list[Fault] = []
        self.old: list[Old] = []
        self._columns = columns
        self._count = count
        self._words = words
        self._last_day = last_day

    def note(
        self, kind: FaultKind, rows: Mask, field: str, hints: Sequence[str] | None = None
    ) -> None:
        """Note a fault for each of ``rows``; ``hints`` belong to the texts of the column."""
        if not rows.any():
            return
        places = np.flatnonzero(rows)
        column = self._columns[field]
        shown = {
            code: show_text(column.texts[code], is_day=field in DATE_FIELDS)
            for code in np.unique(column.codes[places]).tolist()
        }
        codes = column.codes[places].tolist()
        fault = Fault(
            kind,
            field,
            places,
            [shown[code] for code in codes],
            [hints[code] for code in codes] if hints else None,
        )
        self.faults.append(fault)
        if fault.rejects:
            self.bad |= rows

    def read_days(self, field: str) -> Integers:
        """Return the days of a date column; unreadable and future ones are noted."""
        column = self._columns.get(field)
        if column is None:
            return np.full(self._count, MISSING, dtype=np.int64)
        days = self._words.read_days(column.texts)
        self._note_texts("unreadable_day", days == UNREADABLE, field)
        self._note_texts("future", days > self._last_day, field)
        if field == "received":
            self._note_texts("no_receipt", days == MISSING, field)
        return np.asarray(days[column.codes])

    def check_order(self, days: dict[str, Integers]) -> None:
        """Note days before the receipt."""
        received = days["received"]
        known = received > UNREADABLE
        kinds: dict[str, FaultKind] = {"decided": "decided_early", "complete": "complete_early"}
        for field, kind in kinds.items():
            if field in self._columns:
                later = days[field]
                self.note(kind, (later < received) & (later > UNREADABLE) & known, field)

    def read_status(self, decided: Integers) -> tuple[Integers, Mask]:
        """Return the day of closing, and which cases were withdrawn."""
        column = self._columns.get("status")
        if column is None:
            return decided, np.zeros(self._count, dtype=bool)
        codes = self._words.read_statuses(column.texts)
        self._note_texts("unknown_status", codes == UNKNOWN, "status")
        status = np.asarray(codes[column.codes])
        has_day = decided != MISSING
        readable = decided != UNREADABLE
        self.note("closed_without_day", (status >= _DECIDED) & ~has_day, "status")
        self.note("open_with_day", (status == _OPEN) & has_day & readable, "status")
        return decided, status == _WITHDRAWN

    def read_channel(self) -> Integers:
        """Return the channel of each row."""
        column = self._columns.get("channel")
        if column is None:
            return np.full(self._count, BLANK, dtype=np.int64)
        codes = self._words.read_channels(column.texts)
        self._note_texts("unknown_channel", codes == UNKNOWN, "channel")
        return np.asarray(codes[column.codes])

    def read_names(self, field: str, fixed: str, received: Integers) -> tuple[list[str], Integers]:
        """Return identifiers of units or services, and the position of each row's among them."""
        column = self._columns.get(field)
        if column is None:
            return [fixed], np.zeros(self._count, dtype=np.int64)
        meanings = self._words.read_names(field, column.texts)
        kind: FaultKind = "unknown_unit" if field == "unit" else "unknown_service"
        self._note_texts(
            kind,
            np.array([not any(each.identifiers) for each in meanings], dtype=bool),
            field,
            [each.hint for each in meanings],
        )
        known = sorted({own for each in meanings for own in each.identifiers if own}) or [""]
        positions = {own: number for number, own in enumerate(known)}
        table = np.array(
            [[positions.get(own, 0) for own in each.identifiers] for each in meanings] or [[0]],
            dtype=np.int64,
        )
        breaks = self._words.breaks[field]
        outdated = any(any(each.outdated) for each in meanings)
        if not outdated and (table == table[:, :1]).all():
            return known, np.asarray(table[:, 0][column.codes])
        spans = np.searchsorted(breaks, received, side="right")
        if outdated:
            self._note_old(field, column, meanings, spans)
        return known, np.asarray(table[column.codes, spans])

    def _note_old(
        self, field: str, column: Column, meanings: Sequence[Meaning], spans: Integers
    ) -> None:
        table = np.array([each.outdated for each in meanings], dtype=bool)
        rows = np.flatnonzero(table[column.codes, spans] & ~self.bad)
        for code in np.unique(column.codes[rows]).tolist():
            own = rows[column.codes[rows] == code]
            self.old.append(Old(field, column.texts[code], int(own[0]), len(own)))

    def _note_texts(
        self, kind: FaultKind, wrong: Mask, field: str, hints: Sequence[str] | None = None
    ) -> None:
        # Which texts are wrong is known at once; rows are looked at only where some are.
        if wrong.any():
            column = self._columns[field]
            self.note(kind, np.asarray(wrong[column.codes]), field, hints)
