"""The header of a table: which lines it takes, and the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analysis.readers.result import LINE, Record, Remark
from analysis.readers.shapes import (
    count_filled,
    first_filled,
    is_period,
    looks_like_header,
    split_mark,
)

_MOST_HEADER_LINES = 6


class Merge(NamedTuple):
    """A merged range of a sheet: rows 1-based, columns 0-based, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def find_header(records: Sequence[Record], width: int, merges: Sequence[Merge]) -> range | None:
    """Return the positions of the header's records; ``None`` where no record can be one."""
    candidates = _list_candidates(records, width)
    main = _skip_titles(records, candidates, width)
    if main is None or not looks_like_header(records[main].fields):
        return None
    first = _extend_up(records, main, width, merges)
    return range(first, _extend_down(records, first, main, width, merges) + 1)


def _list_candidates(records: Sequence[Record], width: int) -> list[int]:
    """Return the first well-filled record and those that follow it while no values come."""
    threshold = max(2, (_typical_filling(records, width) + 1) // 2)
    candidates: list[int] = []
    for position, record in enumerate(records):
        if candidates and not looks_like_header(record.fields):
            break
        filled = count_filled(record.fields)
        if len(record.fields) == width and filled >= threshold and not _is_caption(record):
            candidates.append(position)
        if len(candidates) > _MOST_HEADER_LINES:
            break
    return candidates


def _skip_titles(records: Sequence[Record], candidates: Sequence[int], width: int) -> int | None:
    """Return the first candidate that is not a title of several cells.

    Titles are set off by an empty line. With two columns there may be a few of them, as any comma
    makes two cells; with more columns one at most.
    """
    most = 3 if width == 2 else 1
    for number, position in enumerate(candidates):
        end = position
        while end + 1 < len(records) and records[end + 1].line - records[end].end == 1:
            end += 1
        later = [candidate for candidate in candidates[number + 1 :] if candidate > end]
        if not later or end - position >= most:
            return position
    return None


def name_columns(
    header: Sequence[Record], merges: Sequence[Merge], kept: Sequence[int]
) -> tuple[list[str], list[Remark]]:
    """Name the columns: one unique name each, the lines of a header joined with `` / ``.

    Args:
        header: the header's records.
        merges: merged ranges of a sheet.
        kept: positions of the columns to name.

    Returns:
        The names, and remarks on the header and on each name that differs from the label.
    """
    lines = [
        _spread(record, header[position + 1 :], merges) for position, record in enumerate(header)
    ]
    labels = [_join_labels([line[column] for line in lines]) for column in kept]
    first = header[0].line
    split = [split_mark(label) for label in labels]
    names = _make_unique([label for label, _ in split], kept)
    marks = [
        Remark("header", first, f"Fußnotenzeichen »{mark}« aus dem Spaltennamen »{label}« gelöst.")
        for label, mark in split
        if mark
    ]
    changed = [
        Remark("column", first, f"Spalte {column + 1} heißt »{name}« (im Kopf: »{label}«).")
        for column, name, (label, _) in zip(kept, names, split, strict=True)
        if name != label
    ]
    return names, [*_remark_header(header, labels), *marks, *changed]


def _typical_filling(records: Sequence[Record], width: int) -> int:
    filled = sorted(
        count
        for record in records
        if len(record.fields) == width and (count := count_filled(record.fields)) > 1
    )
    return filled[len(filled) // 2] if filled else 0


def _is_caption(record: Record) -> bool:
    return count_filled(record.fields) == 2 and first_filled(record.fields).endswith(":")


def _extend_up(records: Sequence[Record], main: int, width: int, merges: Sequence[Merge]) -> int:
    first = main
    while first > 0 and main - first < _MOST_HEADER_LINES - 1:
        above, below = records[first - 1], records[first]
        if below.line - above.end != 1 or not _spans_columns(above, width, merges):
            break
        first -= 1
    return first


def _spans_columns(record: Record, width: int, merges: Sequence[Merge]) -> bool:
    # A title stands in the first column or over all of them; a header's upper line does not.
    if len(record.fields) != width or not looks_like_header(record.fields) or _is_caption(record):
        return False
    if any(
        merge.first_row == record.line and merge.last_column - merge.first_column >= width - 1
        for merge in merges
    ):
        return False
    return any(field.strip() for field in record.fields[1:]) and (
        count_filled(record.fields) > 1 or not record.fields[0].strip()
    )


def _extend_down(
    records: Sequence[Record], first: int, main: int, width: int, merges: Sequence[Merge]
) -> int:
    last = main
    last_line = max(
        (m.last_row for m in merges if records[first].line <= m.first_row <= records[main].line),
        default=0,
    )
    while last + 1 < len(records) and last + 1 - first < _MOST_HEADER_LINES:
        upper, lower = records[last], records[last + 1]
        merged = lower.line <= last_line
        if len(lower.fields) != width or not (merged or _continues(upper, lower)):
            break
        last += 1
    return last


def _continues(upper: Record, lower: Record) -> bool:
    if lower.line - upper.end != 1 or not looks_like_header(lower.fields):
        return False
    same_label = lower.fields[0].strip() in {"", upper.fields[0].strip()}
    fills_gap = any(
        below.strip() and not above.strip()
        for above, below in zip(upper.fields[1:], lower.fields[1:], strict=True)
    )
    names_periods = all(field.strip() for field in lower.fields) and any(
        is_period(field) for field in lower.fields
    )
    return fills_gap and (same_label or not upper.fields[0].strip() or names_periods)


def _spread(record: Record, below: Sequence[Record], merges: Sequence[Merge]) -> list[str]:
    labels = [" ".join(field.split()) for field in record.fields]
    touching = [m for m in merges if m.first_row <= record.line <= m.last_row]
    for merge in touching:
        for column in range(merge.first_column + 1, min(merge.last_column + 1, len(labels))):
            labels[column] = labels[column] or labels[merge.first_column]
    if not touching:
        labels = _spread_over_gaps(labels, below)
    return labels


def _spread_over_gaps(labels: list[str], below: Sequence[Record]) -> list[str]:
    # Without merged ranges (CSV) an upper label holds up to the next one, where a lower line
    # has a label of its own.
    spread: list[str] = []
    current = ""
    for column, label in enumerate(labels):
        covered = any(record.fields[column].strip() for record in below)
        current = label or (current if covered else "")
        spread.append(current)
    return spread


def _join_labels(parts: Sequence[str]) -> str:
    kept: list[str] = []
    for part in parts:
        if part and (not kept or kept[-1] != part):
            kept.append(part)
    return " / ".join(kept)


def _remark_header(header: Sequence[Record], labels: Sequence[str]) -> list[Remark]:
    if len(header) == 1:
        return [Remark("header", header[0].line, f"Kopfzeile mit {len(labels)} Spalten.")]
    return [
        Remark(
            "header",
            record.line,
            f"Zeile {number} von {len(header)} der Kopfzeilen, verbunden mit » / «: "
            + ", ".join(field.strip() for field in record.fields if field.strip()),
        )
        for number, record in enumerate(header, start=1)
    ]


def _make_unique(labels: Sequence[str], kept: Sequence[int]) -> list[str]:
    # source_row is the readers' own column.
    names: list[str] = []
    taken = {LINE, *labels}
    for column, label in zip(kept, labels, strict=True):
        base = label or f"Spalte {column + 1}"
        name = base
        number = 2
        while name in names or name == LINE or (name != label and name in taken):
            name = f"{base} ({number})"
            number += 1
        names.append(name)
    return names
