"""Register of motions: each single demand of each council motion, and how it was answered."""

from __future__ import annotations

from analysis.cleaning.findings import Cleaned
from analysis.cleaning.references import identify_documents
from analysis.cleaning.registers import finish_register, parse_date_column, start_register
from analysis.readers.delimited import Delimited

RAW_COLUMNS = (
    "demand_id",
    "motion",
    "motion_title",
    "submitted_by",
    "motion_date",
    "demand",
    "addressee",
    "requested_until",
    "answer",
    "answered_in",
    "answer_date",
    "state",
    "answer_until",
    "indicators",
    "document_note",
)
_DATES = ("motion_date", "requested_until", "answer_date", "answer_until")


def clean_motions(read: Delimited, *, file: str) -> Cleaned:
    """Clean the register of motions (coding rules: docs/coding-rules.md).

    Args:
        read: raw rows as strings with the columns ``RAW_COLUMNS``.
        file: name of the raw file, for origins and findings.

    Returns:
        Table ``motions``; findings; number of rows read.

    Raises:
        DataError: a column is missing.
    """
    rows, doubled = start_register(read, "motions", file=file, needed=RAW_COLUMNS)
    undated = []
    for column in _DATES:
        rows, unreadable = parse_date_column(rows, column, file=file)
        undated.append(unreadable)
    rows = rows.assign(source_id=identify_documents(rows["answered_in"], file=file))
    return finish_register(rows, "motions", doubled, *undated, read=read)
