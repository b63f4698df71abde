"""Findings on single cells: where a value stands in a raw file, and what is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.cleaning.findings import COLUMNS
from analysis.readers.delimited import LINE

Texts = str | pd.Series

# In an origin the number sign separates file and line.
_SIGN, _STAND_IN = "#", "\uff03"
_ORIGIN = r"^(?P<file>.*?)#(?P<row>\d+)(?::(?P<column>.*))?$"


class Fault(NamedTuple):
    """What is wrong: one text for all rows, or one per row.

    Attributes:
        check: one of ``fields.CHECKS``.
        severity: ``fehler``, ``warnung`` or ``hinweis``.
        rejected: ``ja``, ``teilweise`` or ``nein``.
        expected: what should stand there, in German.
        message: the finding in German.
    """

    check: str
    severity: str
    rejected: Texts
    expected: Texts
    message: Texts


def mark(
    rows: pd.DataFrame, fault: Fault, *, file: Texts, column: Texts = "", found: Texts = ""
) -> pd.DataFrame:
    """Return one finding for each of ``rows``.

    Args:
        rows: rows with ``source_row``.
        fault: what is wrong.
        file: raw file.
        column: column of the raw file; empty for the whole row.
        found: what stands there.
    """
    frame = pd.DataFrame(
        {
            "finding_id": "",
            "check": fault.check,
            "severity": fault.severity,
            "file": file,
            "row": rows[LINE].astype("int64"),
            "column": column,
            "found": found,
            "expected": fault.expected,
            "message": fault.message,
            "rejected": fault.rejected,
            "accepted": "",
        },
        index=rows.index,
        columns=COLUMNS,
    )
    return frame.reset_index(drop=True)


def write_origins(file: str, rows: pd.Series, columns: pd.Series) -> pd.Series:
    """Return ``file#LINE:Spalte`` for cells of a raw file."""
    named = columns.astype("str").str.replace(_SIGN, _STAND_IN, regex=False)
    return file + _SIGN + rows.astype("str") + ":" + named


def read_origins(origins: pd.Series) -> pd.DataFrame:
    """Return ``file``, ``row`` (0 for many lines) and ``column`` of origins, same index."""
    parts = origins.astype("str").str.extract(_ORIGIN)
    return pd.DataFrame(
        {
            "file": parts["file"].fillna("").astype("str"),
            "row": pd.to_numeric(parts["row"]).fillna(0).astype("int64"),
            "column": parts["column"]
            .fillna("")
            .astype("str")
            .str.replace(_STAND_IN, _SIGN, regex=False),
        },
        index=origins.index,
    )
