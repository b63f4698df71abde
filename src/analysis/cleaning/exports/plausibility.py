"""Values that cannot be, and cells that speak of the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.cleaning.exports.keys import Context
from analysis.cleaning.exports.values import MATURITY, MATURITY_MODELS, Valued
from analysis.cleaning.exports.wording import say_number, say_values
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.fields import load_measures
from analysis.readers.delimited import LINE

CELL_KEY = ["service", "unit", "group", "measure", "method", "start", "end"]

# A part that cannot exceed the whole it is counted in.
_PARTS = {"heads_part_time": "heads", "forms_abandoned": "forms_started"}
_MAY_EXCEED = frozenset({"fill_rate"})
_UNCOUNTED_UNITS = frozenset({"Stunden", "EUR", "VZÄ", "1 = ja", "Stufe"})
_WHOLE = 1e-6
_FIRST = f"{LINE}_first"


def reject_repeated_rows(rows: pd.DataFrame, context: Context) -> Valued:
    """Keep the first of rows that are the same in all columns that the mapping uses."""
    columns = list(dict.fromkeys(context.mapping.columns.values()))
    if context.mapping.across:
        columns = [column for column in rows.columns if column != LINE]
    doubled = rows.duplicated(columns)
    if not doubled.any():
        return Valued(rows, join_findings())
    first = rows.groupby(columns, sort=False)[LINE].transform("first")
    again = rows.assign(**{_FIRST: first}).loc[doubled]
    return Valued(rows.loc[~doubled], _report_repeated(again, context))


def reject_duplicates(cells: pd.DataFrame, context: Context) -> Valued:
    """Keep the first cell of each key.

    Where all cells of a row repeat earlier ones, the row is rejected, else only the cells. A
    repetition with the same values is a warning, one with others an error.
    """
    doubled = cells.duplicated(CELL_KEY)
    if not doubled.any():
        return Valued(cells, join_findings())
    first = cells.loc[~doubled, [*CELL_KEY, "value", LINE]]
    again = cells.loc[doubled].merge(first, on=CELL_KEY, how="left", suffixes=("", "_first"))
    again = again.assign(
        same=np.isclose(again["value"], again["value_first"], rtol=1e-12, atol=0.0),
        whole_row=~again[LINE].isin(cells.loc[~doubled, LINE]),
    )
    by_row = again.groupby(LINE)["same"].transform("all")
    repeated = again["whole_row"] & by_row
    lines = repeated & ~again.duplicated(LINE)
    # Of a row with other values only the cells that differ are in question.
    single = ~repeated & ~(again["whole_row"] & again["same"])
    return Valued(
        cells.loc[~doubled],
        join_findings(
            _report_repeated(again.loc[lines], context),
            _report_contradicting(again.loc[single], context),
        ),
    )


def _report_repeated(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    fault = Fault(
        "doppelt",
        "warnung",
        "ja",
        "jede Zeile nur einmal",
        "Die Zeile wiederholt Zeile " + rows[_FIRST].astype("str") + ".",
    )
    return mark(rows, fault, file=context.file)


def _report_contradicting(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    lines = rows[_FIRST].astype("str")
    said = say_values(rows["value_first"], rows["measure_unit"])
    parts = []
    for same, severity, words in (
        (True, "warnung", "wiederholt Zeile "),
        (False, "fehler", "widerspricht dem in Zeile "),
    ):
        picked = rows["same"] == same
        chosen, earlier = rows.loc[picked], lines.loc[picked]
        fault = Fault(
            "doppelt",
            severity,
            chosen["whole_row"].map({True: "ja", False: "teilweise"}).astype("str"),
            said.loc[picked] + " wie in Zeile " + earlier,
            f"Der Wert {words}" + earlier + "; übernommen ist der erste.",
        )
        parts.append(
            mark(chosen, fault, file=context.file, column=chosen["column"], found=chosen["text"])
        )
    return join_findings(*parts)


def reject_impossible(cells: pd.DataFrame, context: Context) -> Valued:
    """Leave out values that cannot be: the row's other values stay."""
    if cells.empty:
        return Valued(cells, join_findings())
    findings = []
    bad = pd.Series(False, index=cells.index)
    for wrong, expected, message in _list_limits(cells):
        picked = wrong & ~bad
        rows = cells.loc[picked]
        limits = expected.loc[picked] if isinstance(expected, pd.Series) else expected
        fault = Fault("unmoeglich", "fehler", "teilweise", limits, message)
        findings.append(
            mark(rows, fault, file=context.file, column=rows["column"], found=rows["text"])
        )
        bad |= wrong
    return Valued(cells.loc[~bad], join_findings(*findings))


def _list_limits(cells: pd.DataFrame) -> Iterator[tuple[pd.Series, str | pd.Series, str]]:
    measures = load_measures()
    value, unit = cells["value"], cells["measure_unit"]
    nature = cells["measure"].map({name: measures[name].nature for name in set(cells["measure"])})
    digits = cells["measure"].map({name: measures[name].digits for name in set(cells["measure"])})
    yield (
        (value < 0) & (nature != "change"),
        "null oder mehr",
        "Der Wert ist negativ.",
    )
    yield (
        (value > 100) & (unit == "%") & (nature == "rate") & ~cells["measure"].isin(_MAY_EXCEED),
        "0 bis 100 %",
        "Der Anteil ist größer als das Ganze.",
    )
    highest = cells["method"].str.extract(r"(\d\.\d)$")[0].map(MATURITY_MODELS).astype("float64")
    yield (
        (cells["measure"] == MATURITY) & (value > highest),
        "0 bis " + highest.fillna(0).astype("int64").astype("str") + " (" + cells["method"] + ")",
        "Die Stufe gibt es in dieser Fassung des Reifegradmodells nicht.",
    )
    counted = nature.isin(["flow", "stock"]) & (digits == 0) & ~unit.isin(_UNCOUNTED_UNITS)
    yield (
        counted & ((value - value.round()).abs() > _WHOLE),
        "eine ganze Zahl",
        "Gezählt wird in ganzen Zahlen.",
    )
    for part, whole in _PARTS.items():
        limit = _find_whole(cells, part, whole)
        label = measures[whole].label
        yield (
            (cells["measure"] == part) & (value > limit),
            "höchstens " + limit.map(say_number).astype("str") + f" ({label})",
            f"Der Teil ist größer als das Ganze ({label}).",
        )


def _find_whole(cells: pd.DataFrame, part: str, whole: str) -> pd.Series:
    """Return the value of ``whole`` beside each cell of ``part``; missing elsewhere."""
    key = [name for name in CELL_KEY if name != "measure"]
    parts = cells.loc[cells["measure"] == part, key]
    wholes = cells.loc[(cells["measure"] == whole) & (cells["value"] >= 0), [*key, "value"]]
    found = parts.merge(wholes, on=key, how="left")["value"].to_numpy()
    return pd.Series(found, index=parts.index, dtype="float64").reindex(cells.index)
