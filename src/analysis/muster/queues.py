"""The queue of complete applications: first come, first served, urgent ones before the others."""

from __future__ import annotations

import numpy as np

from analysis.muster.arrivals import NEVER, Cases
from analysis.muster.city import DAYS, REGIONS, Floats, Ints


class Queue:
    """Complete applications for Wohngeld that wait, by region; urgent ones come first.

    Attributes:
        ready: day from which each case can be worked on; ``NEVER`` where it does not get complete.
        urgent: urgent cases by day on which they get ready (rows) and region.
        normal: the other cases likewise.
        served: cases decided by day and region, by whether they are urgent.
        waiting: cases that are ready and undecided, by whether they are urgent.
        rest: parts of a case's time that are left for the next day.
    """

    def __init__(self, cases: Cases) -> None:
        # Work on a case begins on the day after it is complete.
        self.ready = np.where(cases.complete < DAYS, cases.complete + 1, NEVER)
        self.urgent = self._count(cases, cases.urgent)
        self.normal = self._count(cases, ~cases.urgent)
        shape = (DAYS, len(REGIONS))
        self.served = {True: np.zeros(shape, np.int64), False: np.zeros(shape, np.int64)}
        self.waiting = {
            True: np.zeros(len(REGIONS), np.int64),
            False: np.zeros(len(REGIONS), np.int64),
        }
        self.rest = np.zeros(len(REGIONS))

    def _count(self, cases: Cases, which: np.ndarray) -> Ints:
        some = which & (self.ready < DAYS)
        cells = self.ready[some] * len(REGIONS) + cases.region[some]
        counts = np.bincount(cells, minlength=DAYS * len(REGIONS))
        return counts.astype(np.int64).reshape(DAYS, len(REGIONS))

    def count_waiting(self) -> Ints:
        """Return how many complete cases wait in each region."""
        return np.asarray(self.waiting[True] + self.waiting[False], dtype=np.int64)

    def take_in(self, day: int) -> None:
        """Take in the cases that get ready on a day."""
        self.waiting[True] += self.urgent[day]
        self.waiting[False] += self.normal[day]

    def serve(self, day: int, capacity: Floats) -> None:
        """Decide what the capacity of a day allows; part of a case goes on the next day."""
        possible = capacity + self.rest
        whole = np.floor(possible).astype(np.int64)
        first = np.minimum(whole, self.waiting[True])
        then = np.minimum(whole - first, self.waiting[False])
        self.waiting[True] -= first
        self.waiting[False] -= then
        self.served[True][day], self.served[False][day] = first, then
        # Time that nobody needed is gone.
        self.rest = np.where(whole == first + then, possible - whole, 0.0)


def find_closing_days(cases: Cases, queue: Queue) -> Ints:
    """Return the day on which each case leaves: the n-th of a queue when n have been served."""
    closed = cases.withdrawn.copy()
    for region in range(len(REGIONS)):
        for urgent in (True, False):
            some = (cases.region == region) & (cases.urgent == urgent) & (queue.ready < DAYS)
            members = np.flatnonzero(some)
            members = members[np.argsort(queue.ready[members], kind="stable")]
            served = np.cumsum(queue.served[urgent][:, region])
            day = np.searchsorted(served, np.arange(1, len(members) + 1), side="left")
            closed[members] = np.where(day < DAYS, day, NEVER)
    return closed
