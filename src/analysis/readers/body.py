"""The lines below a header: rows, sums, repeated headers, footnotes, and what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from analysis.readers.result import Misfit, Record, Remark, RemarkKind
from analysis.readers.shapes import (
    count_filled,
    first_filled,
    is_sum_label,
    is_sum_word,
    is_weak_sum_label,
    looks_like_column_numbers,
    looks_like_footnote,
    looks_like_value,
)


class Sorted(NamedTuple):
    """Records by what they are; each record is in one of the four."""

    rows: list[Record]
    sums: list[Record]
    misfits: list[Misfit]
    remarks: list[Remark]


def sort_body(
    records: Sequence[Record],
    *,
    header: Sequence[Record],
    titles: Sequence[Record],
    keep_sums: bool = False,
) -> Sorted:
    """Sort the records below the header.

    Args:
        records: everything below the header, in order, without empty lines.
        header: the header's records.
        titles: records above the header; they may come again on each page.
        keep_sums: leave totals among the rows.
    """
    width = len(header[0].fields)
    last_line = header[-1].end
    end = _find_footnotes(records, last_line)
    headers = {_trim(record.fields) for record in header}
    repeated = headers | {_trim(record.fields) for record in titles}
    # Only a record that begins like one of these needs to be compared as a whole.
    beginnings = {first_filled(fields) for fields in repeated}
    once = _find_unique_labels(records[:end])
    result = Sorted([], [], [], [])
    for position, record in enumerate(records):
        label = first_filled(record.fields)
        whole = _trim(record.fields) if label in beginnings else ()
        if position >= end:
            result.remarks.append(remark_text("footnote", record))
        elif whole in headers:
            result.remarks.append(
                Remark("repeated_header", record.line, "Kopfzeile wiederholt; ausgelassen.")
            )
        elif whole in repeated or _is_page_mark(record, label):
            result.remarks.append(remark_text("title", record))
        elif position == 0 and _numbers_columns(records, last_line):
            result.remarks.append(Remark("header", record.line, "Zeile mit Spaltennummern."))
        else:
            _sort_row(record, width, result, once, keep_sums)
    return result


def remark_text(kind: RemarkKind, record: Record) -> Remark:
    """Return a remark that holds the whole text of a record."""
    return Remark(kind, record.line, " · ".join(f.strip() for f in record.fields if f.strip()))


def _sort_row(record: Record, width: int, result: Sorted, once: set[str], keep_sums: bool) -> None:
    if len(record.fields) != width:
        start = record.fields[0][:40]
        result.misfits.append(Misfit(record.line, len(record.fields), width, start))
    elif not keep_sums and _is_sum(record, once):
        label = first_filled(record.fields)
        result.sums.append(record)
        result.remarks.append(
            Remark("sum", record.line, f"Summenzeile »{label}« getrennt geführt.")
        )
    else:
        result.rows.append(record)


def _find_footnotes(records: Sequence[Record], header_line: int) -> int:
    """Return the position from which on everything is a footnote."""
    start = len(records)
    while start > 0 and _may_be_footnote(records[start - 1]):
        start -= 1
    for position in range(start, len(records)):
        previous = records[position - 1].end if position else header_line
        spaced = records[position].line - previous > 1
        if spaced or looks_like_footnote(first_filled(records[position].fields)):
            return position
    return len(records)


def _may_be_footnote(record: Record) -> bool:
    label = first_filled(record.fields)
    if count_filled(record.fields) == 1:
        return not looks_like_value(label)
    return looks_like_footnote(label)


def _find_unique_labels(records: Sequence[Record]) -> set[str]:
    counts = Counter(first_filled(record.fields) for record in records)
    return {label for label, count in counts.items() if count == 1}


def _is_sum(record: Record, once: set[str]) -> bool:
    label = first_filled(record.fields)
    if is_sum_label(label) or (is_weak_sum_label(label) and label in once):
        return count_filled(record.fields) > 1
    return any(is_sum_word(field) for field in record.fields)


def _numbers_columns(records: Sequence[Record], header_line: int) -> bool:
    # A first row may be 1, 2, 3 as well: then the rows below do not begin with a label.
    return (
        len(records) > 1
        and records[0].line - header_line == 1
        and looks_like_column_numbers(records[0].fields)
        and not looks_like_value(records[1].fields[0] or "0")
    )


def _is_page_mark(record: Record, label: str) -> bool:
    return label.lower().startswith("seite ") and count_filled(record.fields) == 1


def _trim(fields: Sequence[str]) -> tuple[str, ...]:
    texts = [field.strip() for field in fields]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)
