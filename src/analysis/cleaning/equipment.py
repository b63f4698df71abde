"""Equipment: phones, smartphones, notebooks and quotas that council documents state."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.periods import parse_periods
from analysis.cleaning.quantities import bound_quantities
from analysis.cleaning.references import identify_documents
from analysis.cleaning.registers import (
    finish_register,
    reject_unreadable,
    start_register,
    warn_unknown_qualifier,
)
from analysis.readers.delimited import Delimited

RAW_COLUMNS = (
    "item_id",
    "item",
    "category",
    "scope",
    "kind",
    "value",
    "unit",
    "qualifier",
    "period",
    "document",
    "section",
    "evidence",
    "note",
)


def clean_equipment(read: Delimited, *, file: str) -> Cleaned:
    """Clean the register of equipment (coding rules: docs/coding-rules.md).

    Args:
        read: raw rows as strings with the columns ``RAW_COLUMNS``.
        file: name of the raw file, for origins and findings.

    Returns:
        Table ``equipment``; findings; number of rows read.

    Raises:
        DataError: a column is missing.
    """
    rows, doubled = start_register(read, "equipment", file=file, needed=RAW_COLUMNS)
    rows, undated = _parse_period_column(rows, file=file)
    rows, uncounted = _parse_values(rows, file=file)
    rows = rows.rename(columns={"unit": "measure_unit"}).assign(
        source_id=identify_documents(rows["document"], file=file)
    )
    return finish_register(rows, "equipment", doubled, undated, uncounted, read=read)


def _parse_period_column(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    periods = parse_periods(rows["period"])
    kept, findings = reject_unreadable(
        rows,
        periods["certainty"].isna(),
        file=file,
        column="period",
        expected="zum Beispiel 2021-06, 2021 oder bis 2022-12-31",
    )
    return kept.join(periods[["period_start", "period_end"]]), findings


def _parse_values(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    amounts = bound_quantities(rows["value"], rows["qualifier"])
    published = (
        rows["value"] + " " + rows["unit"] + " · " + rows["period"] + " · " + rows["qualifier"]
    )
    kept, findings = reject_unreadable(
        rows, amounts["form"] == "other", file=file, column="value", expected="eine Zahl"
    )
    numbers = amounts.loc[kept.index, ["value", "lower", "upper", "rule"]]
    unknown = warn_unknown_qualifier(kept, numbers["rule"].eq(""), file=file, column="qualifier")
    return (
        kept.drop(columns="value").join(numbers).assign(published=published.loc[kept.index]),
        join_findings(findings, unknown),
    )
