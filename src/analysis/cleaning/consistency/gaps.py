"""Months that are missing inside a series."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from analysis.cleaning.consistency.series import SERIES, SUBJECT, say_month
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.fields import load_measures
from analysis.readers.delimited import LINE

_WHOLE_FILE = ["table", "file"]
_YEAR = 12
_DIMENSIONS = ["service", "unit", "group", "measure", "month"]
_Words = Callable[[dict[Hashable, Any]], str]


def check_gaps(monthly: pd.DataFrame, findings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a warning for each month missing between the first and last one of a series.

    What is missing together is one finding: a month of a whole file, else a month of a unit and
    group, else a month of a measure.

    Args:
        monthly: result of ``list_monthly``. Of figures counted from many rows only a month that
            is missing altogether is a gap: a month without cases has no median.
        findings: findings of cleaning; a cell that one of them leaves out is no further gap.
    """
    rows = monthly.loc[(monthly[LINE] > 0) | monthly["nature"].isin(["flow", "stock"])]
    spans = _list_spans(rows)
    gaps = _list_missing(rows)
    if gaps.empty:
        return join_findings()
    if findings is not None and len(findings):
        gaps = gaps.loc[~_are_explained(gaps, rows, findings)]
    whole = _are_all_missing(gaps, spans, _WHOLE_FILE)
    rest = gaps.loc[~whole & ~gaps["counted"]]
    subject = _are_all_missing(rest, spans, ["file", *SUBJECT])
    return join_findings(
        _report(gaps.loc[whole], [*_WHOLE_FILE, "month"], _say_file),
        _report(rest.loc[subject], ["file", *SUBJECT, "month"], _say_subject),
        _report(rest.loc[~subject], ["file", *SERIES, "month"], _say_measure),
    )


def _list_spans(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first and last month of each series, once per file it stands in."""
    span = rows.groupby(SERIES, sort=False)["month"].agg(["min", "max"]).reset_index()
    return rows[["file", *SERIES]].drop_duplicates().merge(span, on=SERIES)


def _list_missing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series and missing month, with file and column of the value before."""
    ordered = _select_monthly(rows.drop_duplicates([*SERIES, "month"]))
    series = ordered.groupby(SERIES, sort=False)
    ahead = series["month"].shift(-1)
    same_column = series["column"].shift(-1) == ordered["column"]
    lengths = (ahead - ordered["month"] - 1).fillna(0).astype("int64")
    column = ordered["column"].where(same_column, "")
    base = ordered.assign(column=column, counted=ordered[LINE] == 0)[
        ["file", "column", "counted", *SERIES, "month"]
    ]
    repeated = base.loc[base.index.repeat(lengths)].reset_index(drop=True)
    step = np.concatenate([np.arange(1, n + 1) for n in lengths if n]) if len(repeated) else 0
    return repeated.assign(month=repeated["month"] + step)


def _select_monthly(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in order, without series that come by the year."""
    ordered = rows.sort_values([*SERIES, "month"])
    step = ordered.groupby(SERIES, sort=False)["month"].diff()
    least = step.groupby([ordered[name] for name in SERIES], sort=False).transform("min")
    return ordered.loc[~(least >= _YEAR)]


def _are_all_missing(gaps: pd.DataFrame, spans: pd.DataFrame, by: list[str]) -> pd.Series:
    """Return whether, with each gap, all series of ``by`` that reach over the month are missing."""
    if gaps.empty:
        return pd.Series(False, index=gaps.index)
    asked = gaps[[*by, "month"]].drop_duplicates()
    reach = asked.merge(spans, on=by)
    reach = reach.loc[(reach["min"] <= reach["month"]) & (reach["month"] <= reach["max"])]
    wanted = reach.groupby([*by, "month"]).size().rename("_wanted").reset_index()
    missing = gaps.groupby([*by, "month"]).size().rename("_missing").reset_index()
    counts = asked.merge(wanted, on=[*by, "month"]).merge(missing, on=[*by, "month"])
    # Of a single series the narrower finding says more.
    complete = (counts["_missing"] >= counts["_wanted"]) & (counts["_missing"] > 1)
    full = counts.loc[complete, [*by, "month"]].assign(_full=True)
    joined = gaps[[*by, "month"]].merge(full, on=[*by, "month"], how="left")
    return joined["_full"].eq(True).set_axis(gaps.index)


def _are_explained(gaps: pd.DataFrame, rows: pd.DataFrame, findings: pd.DataFrame) -> pd.Series:
    """Return which gaps are cells that a finding leaves out already.

    The values in the same row and in the same column of the file say what the cell is about.
    """
    left_out = findings.loc[
        findings["rejected"].isin(["teilweise", "ja"]) & (findings["column"] != "")
    ]
    cells = left_out[["file", "row", "column"]].drop_duplicates()
    cells = cells.loc[cells["file"].isin(rows["file"])]
    by_row = _find_constants(rows, ["file", LINE])
    by_column = _find_constants(rows, ["file", "column"])
    explained = pd.Series(False, index=gaps.index)
    joined = cells.merge(
        by_row, left_on=["file", "row"], right_on=["file", LINE], how="left"
    ).merge(by_column, on=["file", "column"], how="left", suffixes=("_row", "_column"))
    for place in joined.to_dict("records"):
        fits = gaps["file"] == place["file"]
        for name in _DIMENSIONS:
            fits &= gaps[name].isin([place[f"{name}_row"], place[f"{name}_column"]])
        explained |= fits
    return explained


def _find_constants(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return of each row or column of a file what all its values have in common."""
    groups = rows.groupby(by, sort=False)[_DIMENSIONS]
    return groups.first().where(groups.nunique() == 1).reset_index()


def _report(gaps: pd.DataFrame, by: list[str], say: _Words) -> pd.DataFrame:
    counts = gaps.groupby(by, sort=False, as_index=False).agg(
        column=("column", "first"), _count=("month", "size")
    )
    if counts.empty:
        return join_findings()
    words = pd.Series([say(row) for row in counts.to_dict("records")], dtype="str")
    months = counts["month"].map(say_month).astype("str")
    fault = Fault("luecke", "warnung", "nein", "ein Wert für " + months, words + " " + months + ".")
    column = counts["column"] if say is _say_measure else ""
    return mark(counts.assign(**{LINE: 0}), fault, file=counts["file"], column=column)


def _say_file(_: dict[Hashable, Any]) -> str:
    return "In der Datei fehlt ein Monat zwischen anderen ganz:"


def _say_subject(row: dict[Hashable, Any]) -> str:
    return f"Zwischen anderen Monaten fehlen alle Werte ({_name(row)}):"


def _say_measure(row: dict[Hashable, Any]) -> str:
    label = load_measures()[str(row["measure"])].label
    return f"In der Reihe »{label}« ({_name(row)}) fehlt ein Monat zwischen anderen:"


def _name(row: dict[Hashable, Any]) -> str:
    parts = [str(row[name]) for name in ("service", "unit", "group")]
    return ", ".join(part for part in parts if part)
