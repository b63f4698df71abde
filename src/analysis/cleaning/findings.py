"""Findings: what is wrong or noteworthy in a raw file, row by row, in German."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError, suggest
from analysis.fields import TABLES
from analysis.readers.delimited import LINE, Delimited

COLUMNS = tuple(field.name for field in TABLES["findings"])
_YES_NO = {True: "ja", False: "nein"}


class Cleaned(NamedTuple):
    """Result of cleaning one raw file.

    ``tables`` holds tidy rows by table name, ``findings`` the findings, ``rows_read`` the number
    of rows that the raw file has below its header. Every row is in a table or rejected by a
    finding: ``rows_read == rows_kept + number of rejected rows``. ``rows_kept`` may be left out
    where each row of the file is one row of a table.
    """

    tables: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    rows_read: int
    rows_kept: int | None = None


def make_findings(  # noqa: PLR0913 - a finding has as many parts
    rows: pd.DataFrame,
    *,
    file: str,
    column: str,
    expected: str,
    message: str,
    severity: str,
    rejected: bool | str,
    check: str = "wert",
) -> pd.DataFrame:
    """Return one finding for each of ``rows``.

    Args:
        rows: rows of a raw file with ``source_row``.
        file: name of the raw file.
        column: column of the raw file that is at fault; empty for the whole row.
        expected: what should stand there, in German.
        message: the finding in German.
        severity: ``fehler`` (stops the report), ``warnung`` or ``hinweis``.
        rejected: whether the row is in no clean table; ``teilweise`` where only its value at
            fault is not.
        check: which check found it (``fields.CHECKS``).
    """
    found = rows[column].astype("str") if column else pd.Series("", index=rows.index)
    kept = rejected if isinstance(rejected, str) else _YES_NO[rejected]
    return pd.DataFrame(
        {
            "finding_id": "",
            "check": check,
            "severity": severity,
            "file": file,
            "row": rows[LINE].astype("int64"),
            "column": column,
            "found": found,
            "expected": expected,
            "message": message,
            "rejected": kept,
            "accepted": "",
        },
        columns=COLUMNS,
    )


def report_misfits(read: Delimited, *, file: str) -> pd.DataFrame:
    """Return a finding for each row whose number of fields is not that of the header."""
    return pd.DataFrame(
        [
            (
                "",
                "zeile",
                "fehler",
                file,
                misfit.line,
                "",
                f"{misfit.found} Felder, beginnend mit »{misfit.start}«",
                f"{misfit.expected} Felder",
                "Die Zeile passt nicht zur Kopfzeile; sie ist abgeschnitten oder ein Trennzeichen "
                "steht im Text.",
                "ja",
                "",
            )
            for misfit in read.misfits
        ],
        columns=COLUMNS,
    )


def join_findings(*parts: pd.DataFrame) -> pd.DataFrame:
    """Return all findings in one table, by file and row; the order of severities is kept."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=COLUMNS)
    joined = pd.concat(filled, ignore_index=True)
    return joined.sort_values(["file", "row", "column"], kind="stable", ignore_index=True)


def identify_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings with their identifiers: the check, and a digest of what was found where.

    The identifier stays as long as the same fault stands at the same place of the same file, so
    that an edition can accept a finding by it.
    """
    parts = findings[["file", "row", "column", "found"]].astype("str")
    text = parts.agg("\0".join, axis=1) if len(parts) else pd.Series(dtype="str")
    digests = text.map(lambda key: hashlib.sha256(key.encode()).hexdigest()[:8])
    named = findings["check"].astype("str") + "-" + digests.astype("str")
    again = named.groupby(named).cumcount()
    numbered = named.where(again == 0, named + "-" + (again + 1).astype("str"))
    return findings.assign(finding_id=numbered.astype("str"))


def require_columns(rows: pd.DataFrame, needed: tuple[str, ...], *, file: str) -> pd.DataFrame:
    """Return the needed columns of ``rows`` and its line numbers.

    Further columns are left out, so that their names cannot meet those that cleaning adds.

    Raises:
        DataError: columns are missing; the message names the nearest existing ones.
    """
    missing = [column for column in needed if column not in rows.columns]
    if missing:
        hints = [f"»{column}«{suggest(column, map(str, rows.columns))}" for column in missing]
        raise DataError(f"{file}: Spalten fehlen: {'; '.join(hints)}")
    return rows[[*needed, LINE]]
