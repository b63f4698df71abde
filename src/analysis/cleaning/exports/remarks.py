"""What a reader noticed and somebody should know, as findings."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis.cleaning.exports.personal import HIDDEN, is_personal
from analysis.cleaning.findings import COLUMNS, join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.readers.delimited import LINE
from analysis.readers.result import Read, Remark

_SHOWN_KINDS = frozenset({"hidden", "merged", "error_cell", "replaced", "missing"})
_WITHOUT_RESULT = "ohne gespeichertes Ergebnis"
_HIDDEN_SHEET = "(verborgen)"
_LINES_NAMED = 40
_ROW_CONTENT = "Verborgene Zeile ausgelassen"


def report_reading(read: Read, *, file: str, used: Collection[str]) -> pd.DataFrame:
    """Return findings on rows that do not fit, sums that are left out, and selected remarks.

    Args:
        read: what the reader returned.
        file: raw file.
        used: columns of the file that the mapping uses; nothing of the others is shown.
    """
    return join_findings(
        _report_misfits(read, file, used),
        _report_sums(read, file),
        _report_remarks(read, file),
    )


def count_rows(read: Read) -> int:
    """Return how many rows stand below the header; sums are not rows but say rows again."""
    return len(read.rows) + len(read.misfits)


def _report_misfits(read: Read, file: str, used: Collection[str]) -> pd.DataFrame:
    # The start of the row is the first column's cell; where that is not used it is not shown.
    shown = len(read.rows.columns) > 0 and read.rows.columns[0] in used
    rows = pd.DataFrame(
        [
            (misfit.line, misfit.found, misfit.expected, _show(misfit.start, shown))
            for misfit in read.misfits
        ],
        columns=[LINE, "fields", "wanted", "start"],
    )
    fault = Fault(
        "zeile",
        "fehler",
        "ja",
        rows["wanted"].astype("str") + " Felder",
        "Die Zeile passt nicht zur Kopfzeile; sie ist abgeschnitten oder ein Trennzeichen steht "
        "im Text.",
    )
    found = rows["fields"].astype("str") + " Felder, beginnend mit " + rows["start"].astype("str")
    return mark(rows, fault, file=file, found=found)


def _show(text: str, shown: bool) -> str:
    return f"»{text}«" if shown and not is_personal(text) else HIDDEN


def _report_sums(read: Read, file: str) -> pd.DataFrame:
    if read.sums.empty:
        return join_findings()
    lines = read.sums[LINE].astype("str").tolist()
    more = f" und {len(lines) - _LINES_NAMED} weitere" if len(lines) > _LINES_NAMED else ""
    fault = Fault(
        "lesen",
        "hinweis",
        "nein",
        "Einzelwerte; Summen werden daraus berechnet",
        "Summenzeilen sind nicht übernommen, damit nichts doppelt zählt.",
    )
    found = f"Zeile {', '.join(lines[:_LINES_NAMED])}{more}"
    return mark(read.sums.head(1), fault, file=file, found=found)


def _report_remarks(read: Read, file: str) -> pd.DataFrame:
    rows = [
        ("", "lesen", "hinweis", file, remark.line, "", "", "", _word(remark), "nein", "")
        for remark in read.remarks
        if _is_worth_knowing(remark)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _is_worth_knowing(remark: Remark) -> bool:
    if remark.kind == "formula":
        return _WITHOUT_RESULT in remark.text
    if remark.kind == "sheet":
        return _HIDDEN_SHEET in remark.text
    return remark.kind in _SHOWN_KINDS


def _word(remark: Remark) -> str:
    # The text holds the whole row, also of columns that are not used.
    return f"{_ROW_CONTENT}." if remark.text.startswith(_ROW_CONTENT) else remark.text
