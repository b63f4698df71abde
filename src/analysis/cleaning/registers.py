"""What the three registers (services, motions, equipment) have in common when they are cleaned."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.findings import (
    Cleaned,
    join_findings,
    make_findings,
    report_misfits,
    require_columns,
)
from analysis.cleaning.periods import parse_periods
from analysis.fields import TABLES
from analysis.readers.delimited import LINE, Delimited


def start_register(
    read: Delimited, table: str, *, file: str, needed: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows with trimmed texts and an origin, and the findings so far.

    Rows whose identifier (the first column of ``table``) occurred before are rejected.

    Raises:
        DataError: a column is missing.
    """
    rows = require_columns(read.rows, needed, file=file)
    texts: list[str] = rows.select_dtypes("str").columns.tolist()
    rows = rows.assign(
        **{name: rows[name].str.strip() for name in texts},
        origin=file + "#" + rows[LINE].astype("str"),
    )
    key = TABLES[table][0].name
    doubled = rows[key].duplicated()
    findings = make_findings(
        rows.loc[doubled],
        file=file,
        column=key,
        expected="jede Kennung nur einmal",
        message="Die Kennung kommt mehrfach vor; übernommen wird die erste Zeile.",
        severity="fehler",
        rejected=True,
    )
    return rows.loc[~doubled], join_findings(report_misfits(read, file=file), findings)


def reject_unreadable(
    rows: pd.DataFrame, bad: pd.Series, *, file: str, column: str, expected: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows without ``bad`` ones, and an error finding for each bad one."""
    findings = make_findings(
        rows.loc[bad],
        file=file,
        column=column,
        expected=expected,
        message="Die Angabe ist nicht lesbar.",
        severity="fehler",
        rejected=True,
    )
    return rows.loc[~bad], findings


def warn_unknown_qualifier(
    rows: pd.DataFrame, unknown: pd.Series, *, file: str, column: str
) -> pd.DataFrame:
    """Return a warning for each row whose qualifier no rule covers."""
    return make_findings(
        rows.loc[unknown],
        file=file,
        column=column,
        expected="ein Zusatz aus rules/qualifiers.csv",
        message="Der Zusatz ist unbekannt; Unter- und Obergrenze bleiben offen.",
        severity="warnung",
        rejected=False,
    )


def parse_date_column(
    rows: pd.DataFrame, column: str, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn a column of ISO dates into dates; an empty text is a missing date.

    Returns:
        The rows with readable dates, and an error finding for each row without.
    """
    given = rows[column] != ""
    parsed = parse_periods(rows[column].where(given, "undatiert"))
    # Only a single day is a date; a month or year is not.
    readable = parsed["certainty"].notna() & (
        parsed["period_start"].eq(parsed["period_end"]) | ~given
    )
    kept, findings = reject_unreadable(
        rows, ~readable, file=file, column=column, expected="ein Datum der Form JJJJ-MM-TT"
    )
    return kept.assign(**{column: parsed.loc[kept.index, "period_start"]}), findings


def finish_register(
    rows: pd.DataFrame, table: str, *findings: pd.DataFrame, read: Delimited
) -> Cleaned:
    """Return the register in the columns and order of the field registry."""
    names = [field.name for field in TABLES[table]]
    total = len(read.rows) + len(read.misfits)
    return Cleaned(
        {table: rows[names].reset_index(drop=True)}, join_findings(*findings), rows_read=total
    )
