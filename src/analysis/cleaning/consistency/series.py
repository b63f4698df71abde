"""The monthly series that exports deliver, with the place of each value in its raw file."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.exports.rows import QUALIFIER
from analysis.cleaning.marks import Fault, mark, read_origins
from analysis.fields import OBSERVATION_TABLES, load_measures
from analysis.presentation.formats import format_month
from analysis.readers.delimited import LINE

SUBJECT = ["table", "service", "unit", "group", "place", "method"]
SERIES = [*SUBJECT, "measure"]

_COLUMNS = [*SERIES, "measure_unit", "value", "published", "period_start", "period_end", "origin"]


def list_monthly(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the monthly values of exports in all tables.

    Args:
        tables: tables of observations by name.

    Returns:
        Keys, ``value``, ``published``, ``nature``, ``month`` (months since year 0) and the place
        ``file``, ``source_row`` (0 where many rows were counted), ``column``. Published figures
        and computed totals are left out: they have other qualifiers.
    """
    parts = [
        tables[name].loc[_is_delivered(tables[name])].assign(table=name)
        for name in OBSERVATION_TABLES
        if name in tables and len(tables[name])
    ]
    filled = [part[_COLUMNS] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=[*_COLUMNS, "nature", "month", "file", LINE, "column"])
    rows = pd.concat(filled, ignore_index=True)
    measures = load_measures()
    nature = rows["measure"].map({name: each.nature for name, each in measures.items()})
    end = rows["period_end"]
    rows = rows.assign(nature=nature, month=end.dt.year * 12 + end.dt.month - 1)
    monthly = rows.loc[_is_monthly(rows)]
    places = read_origins(monthly["origin"]).rename(columns={"row": LINE})
    return monthly.join(places).reset_index(drop=True)


def mark_values(rows: pd.DataFrame, fault: Fault) -> pd.DataFrame:
    """Return a finding on the cell of each row."""
    return mark(
        rows, fault, file=rows["file"], column=rows["column"], found=rows["published"].astype("str")
    )


def say_month(month: int) -> str:
    """Return a month (months since year 0) in German."""
    year, index = divmod(int(month), 12)
    return format_month(pd.Timestamp(year, index + 1, 1))


def _is_delivered(table: pd.DataFrame) -> pd.Series:
    delivered: pd.Series = (
        (table["qualifier"] == QUALIFIER) & (table["kind"] == "ist") & table["value"].notna()
    )
    return delivered


def _is_monthly(rows: pd.DataFrame) -> pd.Series:
    start, end = rows["period_start"], rows["period_end"]
    same = (start.dt.year == end.dt.year) & (start.dt.month == end.dt.month)
    span = start.dt.is_month_start & end.dt.is_month_end & same
    day = (start == end) & end.dt.is_month_end
    monthly: pd.Series = span.mask(rows["nature"] == "stock", day).astype("bool")
    return monthly
