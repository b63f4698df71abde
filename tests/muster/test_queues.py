"""The queue against a naive one that keeps single cases in lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.muster.arrivals import NEVER, Cases
from analysis.muster.city import DAYS, REGIONS, find_working_days
from analysis.muster.queues import Queue, find_closing_days
from analysis.muster.simulation import simulate_city

SPAN = 12


def make_cases(entries: list[tuple[int, int, bool]]) -> Cases:
    complete, region, urgent = (np.array(part) for part in zip(*entries, strict=True))
    days = np.where(complete < 0, NEVER, complete)
    zeros = np.zeros(len(entries), np.int64)
    return Cases(zeros, region, zeros, days, np.full(len(entries), NEVER), urgent)


def serve_naively(entries: list[tuple[int, int, bool]], capacity: list[float]) -> list[int]:
    closed = [NEVER] * len(entries)
    for region in {entry[1] for entry in entries}:
        rest = 0.0
        for day, new in enumerate(capacity):
            ready = [
                (not urgent, complete, number)
                for number, (complete, where, urgent) in enumerate(entries)
                if where == region and 0 <= complete < day and closed[number] == NEVER
            ]
            whole = int(np.floor(rest + new))
            rest = rest + new - whole if whole <= len(ready) else 0.0
            for _, _, number in sorted(ready)[:whole]:
                closed[number] = day
    return closed


@given(
    entries=st.lists(
        st.tuples(st.integers(-1, SPAN), st.integers(0, 1), st.booleans()), min_size=1, max_size=25
    ),
    capacity=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.75, 3.0]), min_size=1, max_size=SPAN),
)
@settings(max_examples=60)
def test_closing_days_are_those_of_a_naive_queue(
    entries: list[tuple[int, int, bool]], capacity: list[float]
):
    cases = make_cases(entries)
    queue = Queue(cases)
    for day, new in enumerate(capacity):
        queue.take_in(day)
        queue.serve(day, np.full(len(REGIONS), new))
    assert find_closing_days(cases, queue).tolist() == serve_naively(entries, capacity)


def test_decisions_come_out_of_the_queue():
    city = simulate_city(5, 4000)
    cases, closed = city.cases, city.closed
    decided = (closed < DAYS) & (closed != cases.withdrawn)
    assert decided.sum() > 2000
    assert find_working_days()[closed[decided]].all()
    assert (closed[decided] > cases.complete[decided]).all()
    for region in range(len(REGIONS)):
        own = decided & (cases.region == region)
        for urgent in (True, False):
            some = np.flatnonzero(own & (cases.urgent == urgent))
            order = some[np.argsort(cases.complete[some], kind="stable")]
            assert (np.diff(closed[order]) >= 0).all()
        # On the day of a normal decision no urgent case that is ready stays undecided.
        urgent_cases = np.flatnonzero((cases.region == region) & cases.urgent)
        days = np.unique(closed[own & ~cases.urgent])
        for day in days:
            waiting = (cases.complete[urgent_cases] < day) & (closed[urgent_cases] > day)
            still_open = cases.withdrawn[urgent_cases] > day
            assert not (waiting & still_open).any()
