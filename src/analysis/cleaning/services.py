"""Register of services: every service, system and project that the council documents name."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.quantities import bound_quantities
from analysis.cleaning.references import identify_documents
from analysis.cleaning.registers import (
    finish_register,
    parse_date_column,
    reject_unreadable,
    start_register,
    warn_unknown_qualifier,
)
from analysis.readers.delimited import Delimited

RAW_COLUMNS = (
    "service_id",
    "name",
    "area",
    "office",
    "kind",
    "status",
    "end_to_end",
    "efile",
    "efa",
    "personal_contact",
    "volume",
    "volume_unit",
    "volume_qualifier",
    "volume_period",
    "document",
    "section",
    "as_of",
    "evidence",
    "note",
)


def clean_services(read: Delimited, *, file: str) -> Cleaned:
    """Clean the register of services (coding rules: docs/coding-rules.md).

    Args:
        read: raw rows as strings with the columns ``RAW_COLUMNS``.
        file: name of the raw file, for origins and findings.

    Returns:
        Table ``services``; findings; number of rows read.

    Raises:
        DataError: a column is missing.
    """
    rows, doubled = start_register(read, "services", file=file, needed=RAW_COLUMNS)
    rows, undated = parse_date_column(rows, "as_of", file=file)
    rows, uncounted = _parse_volumes(rows, file=file)
    rows = rows.assign(source_id=identify_documents(rows["document"], file=file))
    return finish_register(rows, "services", doubled, undated, uncounted, read=read)


def _parse_volumes(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    stated = rows["volume"] != ""
    amounts = bound_quantities(rows["volume"], rows["volume_qualifier"])
    kept, findings = reject_unreadable(
        rows,
        stated & (amounts["form"] == "other"),
        file=file,
        column="volume",
        expected="eine Zahl oder ein leeres Feld",
    )
    unknown = warn_unknown_qualifier(
        kept,
        stated.loc[kept.index] & amounts.loc[kept.index, "rule"].eq(""),
        file=file,
        column="volume_qualifier",
    )
    amounts = amounts.loc[kept.index].where(stated.loc[kept.index])
    return (
        kept.assign(
            volume=amounts["value"], volume_lower=amounts["lower"], volume_upper=amounts["upper"]
        ),
        join_findings(findings, unknown),
    )
