"""Cells as observations in the columns of the field registry, and rows accounted for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.cleaning.exports.keys import Context
from analysis.cleaning.exports.wording import say_values
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark, write_origins
from analysis.fields import TABLES, load_measures
from analysis.readers.delimited import LINE

QUALIFIER = "Auswertung"


def build_observations(cells: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return cells with values as rows of a table of observations.

    A stock is dated by the last day of its period, everything else by first and last day.
    """
    measures = load_measures()
    nature = cells["measure"].map({name: measures[name].nature for name in set(cells["measure"])})
    start = cells["start"].where(nature != "stock", cells["end"])
    rows = cells.assign(
        period_start=start,
        period_end=cells["end"],
        published=cells["text"].astype("str").str.strip(),
        origin=write_origins(context.file, cells[LINE], cells["column"]),
    )
    return complete_observations(rows, context)


def complete_observations(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add to values with keys, period, origin and text what all observations of a file share."""
    fixed: dict[str, Any] = {
        "place": context.mapping.place,
        "level": "Stadt",
        "kind": "ist",
        "certainty": "exact",
        "rule": "exact",
        "qualifier": QUALIFIER,
        "source_id": context.file,
        "base_start": pd.NaT,
        "base_end": pd.NaT,
        "base_value": float("nan"),
    }
    filled = rows.assign(
        lower=rows["value"],
        upper=rows["value"],
        wording=say_values(rows["value"], rows["measure_unit"]),
        fact_id=_identify(rows, context.file),
        **fixed,
    )
    kinds = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64[us]"}
    fields = TABLES["case_counts"]
    table = filled[[field.name for field in fields]].reset_index(drop=True)
    return table.astype({field.name: kinds[field.kind] for field in fields})


def account_for_rows(
    rows: pd.DataFrame, cells: pd.DataFrame, findings: pd.DataFrame, *, file: str
) -> pd.DataFrame:
    """Say of each row without a value in the table that it is in none.

    Args:
        rows: rows of the file.
        cells: cells that are in the table.
        findings: findings on rows and cells.
        file: raw file.
    """
    kept = set(cells[LINE])
    without = ~findings["row"].isin(kept) & (findings["rejected"] == "teilweise")
    without &= findings["row"].isin(rows[LINE])
    known = findings.assign(rejected=findings["rejected"].mask(without, "ja"))
    rejected = set(known.loc[known["rejected"] == "ja", "row"])
    empty = rows.loc[~rows[LINE].isin(kept | rejected)]
    fault = Fault(
        "zeile",
        "hinweis",
        "ja",
        "mindestens ein Wert",
        "Die Zeile enthält in den zugeordneten Spalten keinen Wert.",
    )
    return join_findings(known, mark(empty, fault, file=file))


def _identify(rows: pd.DataFrame, file: str) -> pd.Series:
    """Return ``file|service|unit|group|measure|period_end``; years and days are named as such."""
    names = ["service", "unit", "group", "measure"]
    text: pd.Series = pd.Series(file, index=rows.index, dtype="str")
    for name in names:
        text = text + "|" + rows[name].astype("str")
    end = rows["period_end"]
    text = text + "|" + end.dt.strftime("%Y-%m-%d").astype("str")
    begin = rows["start"] if "start" in rows else rows["period_start"]
    days = (end - begin).dt.days
    suffix = pd.Series("", index=rows.index, dtype="str").mask(days > 31, "|Jahr")
    named: pd.Series = text + suffix.mask(days == 0, "|Tag")
    return named
