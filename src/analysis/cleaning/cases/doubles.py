"""Cases that stand in the file more than once, over all pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.cleaning.cases.counts import State, merge_states
from analysis.cleaning.cases.executors import Executor
from analysis.cleaning.cases.faults import Fault, FaultKind
from analysis.cleaning.cases.hashing import find_repeated
from analysis.cleaning.cases.pieces import (
    Counted,
    Job,
    Picked,
    Request,
    pick_rows,
    tally_cases,
)

Integers = npt.NDArray[np.int64]


class Doubles(NamedTuple):
    """Rows to be taken out again: their number, their counts, and the findings."""

    rows: int
    state: State
    faults: list[Fault]


class _Seen(NamedTuple):
    line: int
    content: bytes


def find_doubles(
    job: Job, counted: Sequence[Counted], starts: Sequence[int], executor: Executor
) -> Doubles:
    """Find rows whose identifier stands in an earlier row that was counted.

    Equal hashes only say where to look: the rows are read again and compared by their texts.

    Args:
        job: the export.
        counted: what was counted in each piece, in the order of the file.
        starts: number of the first line of each piece.
        executor: where pieces are read.
    """
    repeated = find_repeated([each.hashes for each in counted])
    wanted = [
        (Request(each.piece, each.records[rows].astype(np.int64), each.is_plain), start)
        for each, rows, start in zip(counted, repeated, starts, strict=True)
        if len(rows)
    ]
    requests = [request for request, _ in wanted]
    picked = list(executor.map(partial(_pick, job), requests))
    return _sort_out(job, picked, [start for _, start in wanted])


def _pick(job: Job, request: Request) -> tuple[Picked, Integers]:
    """Return the rows, and their lines counted from the first line of the piece."""
    if request.is_plain and job.source.first_line:
        return pick_rows(job, request), request.records
    located: Callable[[Integers], Integers] = job.source.read(request.piece).locate
    return pick_rows(job, request), located(request.records)


def _sort_out(
    job: Job, picked: Sequence[tuple[Picked, Integers]], starts: Sequence[int]
) -> Doubles:
    first: dict[bytes, _Seen] = {}
    found: dict[FaultKind, list[tuple[int, str]]] = {"same_row": [], "same_identifier": []}
    states = []
    rows = 0
    for (part, lines), start in zip(picked, starts, strict=True):
        later = np.zeros(len(lines), dtype=bool)
        for number, (own, content) in enumerate(zip(part.identifiers, part.contents, strict=True)):
            line = start + int(lines[number])
            seen = first.setdefault(own, _Seen(line, content))
            if seen.line == line:
                continue
            later[number] = True
            kind: FaultKind = "same_row" if seen.content == content else "same_identifier"
            found[kind].append((line, f"gleiche Kennung wie Zeile {seen.line}"))
        rows += int(np.count_nonzero(later))
        states.append(tally_cases(part.cases.select(later), job.mapping))
    faults = [
        Fault(
            kind,
            "case_id",
            np.array([line for line, _ in places], dtype=np.int64),
            [text for _, text in places],
        )
        for kind, places in found.items()
        if places
    ]
    return Doubles(rows, merge_states(states), faults)
