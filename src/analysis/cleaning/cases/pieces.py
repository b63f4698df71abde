"""The work on one piece, by itself: read, check, count. Runs on any machine that sees the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from analysis.cleaning.cases.counts import State
from analysis.cleaning.cases.faults import Fault
from analysis.cleaning.cases.hashing import Hashes, digest, hash_texts
from analysis.cleaning.cases.rows import Cases, Column, Old, check_rows, tally
from analysis.cleaning.cases.sources import Rows, Source
from analysis.cleaning.cases.words import BLANK, Words
from analysis.mappings import Mapping
from analysis.readers.streaming import Piece

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Job:
    """What the work on a piece needs besides the piece; can be handed to another process."""

    source: Source
    mapping: Mapping
    words: Words
    last_day: int


class Counted(NamedTuple):
    """What leaves a piece: counts, and faults with lines counted from the piece's first one.

    ``hashes`` stand for the identifiers of the rows that were kept, ``records`` for their places.
    """

    piece: Piece
    lines: int
    rows: int
    kept: int
    state: State
    faults: list[Fault]
    old: list[Old]
    blank: dict[str, int]
    hashes: Hashes
    records: npt.NDArray[np.int32]
    is_plain: bool


class Picked(NamedTuple):
    """Single rows looked at again: digests of identifier and content, and the cases themselves."""

    identifiers: list[bytes]
    contents: list[bytes]
    cases: Cases


class Request(NamedTuple):
    """Which records of a piece are to be looked at again."""

    piece: Piece
    records: Integers
    is_plain: bool


def count_piece(job: Job, piece: Piece) -> Counted:
    """Read, check and count the rows of a piece."""
    rows = job.source.read(piece)
    faults = _note_misfits(rows, job.source.width)
    rows, repeated = _leave_out(rows, job)
    checked = check_rows(
        rows.columns,
        rows.size,
        words=job.words,
        mapping=job.mapping,
        last_day=job.last_day,
    )
    kept = checked.kept
    cases = checked.cases if kept.all() else checked.cases.select(kept)
    records = rows.records if kept.all() else rows.records[kept]
    faults += [_locate(each, rows) for each in (*repeated, *checked.faults)]
    hashes, records, unnamed = _hash_identifiers(rows, kept, records)
    if len(unnamed):
        places = rows.locate(unnamed)
        faults.append(Fault("no_identifier", "case_id", places, [""] * len(places)))
    return Counted(
        piece=piece,
        lines=rows.lines,
        rows=rows.size + len(rows.misfits),
        kept=len(cases.group),
        state=_tally(cases, job),
        faults=faults,
        old=[
            each._replace(row=int(rows.locate(rows.records[[each.row]])[0])) for each in checked.old
        ],
        blank={"channel": int(np.count_nonzero(cases.channel == BLANK))}
        if "channel" in rows.columns
        else {},
        hashes=hashes,
        records=records.astype(np.int32),
        is_plain=rows.is_plain,
    )


def pick_rows(job: Job, request: Request) -> Picked:
    """Look at single rows of a piece again."""
    rows = job.source.pick(request.piece, request.records, plain=request.is_plain)
    checked = check_rows(
        rows.columns,
        rows.size,
        words=job.words,
        mapping=job.mapping,
        last_day=job.last_day,
    )
    identifiers = rows.identifiers.to_pylist() if rows.identifiers is not None else []
    texts = [
        [column.texts[code].encode() for code in column.codes.tolist()]
        for column in rows.columns.values()
    ]
    return Picked(
        [digest([own]) for own in identifiers],
        [digest(each) for each in zip(*texts, strict=True)],
        checked.cases,
    )


def tally_cases(cases: Cases, mapping: Mapping) -> State:
    """Count cases by what the export says about them."""
    return tally(
        cases, has_channel="channel" in mapping.columns, has_complete="complete" in mapping.columns
    )


def _tally(cases: Cases, job: Job) -> State:
    return tally_cases(cases, job.mapping)


def _note_misfits(rows: Rows, width: int) -> list[Fault]:
    if not rows.misfits:
        return []
    places = np.array([record for record, _ in rows.misfits], dtype=np.int64)
    found = [f"{count} Felder" for _, count in rows.misfits]
    hints = [f"{width} Felder"] * len(found)
    return [Fault("misfit", "", rows.locate(places), found, hints)]


def _leave_out(rows: Rows, job: Job) -> tuple[Rows, list[Fault]]:
    """Leave out empty rows and repeated headers; neither is a case."""
    received = rows.columns["received"]
    header = received.equals(job.mapping.columns["received"])
    empty = received.equals("")
    if not (header.any() or empty.any()):
        return rows, []
    for column in rows.columns.values():
        empty &= column.equals("")
    if empty.any():
        places = np.flatnonzero(empty)
        blank = [not each.strip(_BLANKS) for each in rows.extract(rows.records[places])]
        empty[places] = blank
    repeated = np.flatnonzero(header)
    faults = [Fault("repeated_header", "", repeated, [""] * len(repeated))] if len(repeated) else []
    faults = [each._replace(places=rows.records[each.places]) for each in faults]
    kept = ~(header | empty)
    if kept.all():
        return rows, []
    return (
        rows._replace(
            columns={
                key: Column(column.codes[kept], column.texts)
                for key, column in rows.columns.items()
            },
            identifiers=(rows.identifiers.filter(kept) if rows.identifiers is not None else None),
            size=int(np.count_nonzero(kept)),
            records=rows.records[kept],
        ),
        [each._replace(places=rows.locate(each.places)) for each in faults],
    )


_BLANKS = b" \t\r\n\"';,|"


def _locate(fault: Fault, rows: Rows) -> Fault:
    if fault.kind == "repeated_header":
        return fault
    return fault._replace(places=rows.locate(rows.records[fault.places]))


def _hash_identifiers(
    rows: Rows, kept: npt.NDArray[np.bool_], records: Integers
) -> tuple[Hashes, Integers, Integers]:
    """Return hashes, their records, and the records without an identifier."""
    nothing = np.zeros(0, np.int64)
    if rows.identifiers is None:
        return np.zeros(0, np.uint64), nothing, nothing
    hashes = hash_texts(rows.identifiers)
    hashes = hashes if len(hashes) == len(records) else hashes[kept]
    lengths = pc.binary_length(rows.identifiers).to_numpy(zero_copy_only=False)
    if lengths.all():
        return hashes, records, nothing
    named = lengths[kept] > 0
    return hashes[named], records[named], records[~named]
