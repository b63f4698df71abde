"""The three layouts of an export as one: a row per cell, with its keys and its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis.cleaning.exports.keys import (
    TEXT_FIELDS,
    Context,
    Keys,
    read_heading_keys,
    read_row_keys,
)
from analysis.cleaning.exports.personal import HIDDEN, holds_name
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.errors import DataError
from analysis.mappings import ALL_CHANNELS, KEY_FIELDS, Mapping
from analysis.readers.delimited import LINE
from analysis.readers.values import parse_numbers

CELL_COLUMNS = (
    LINE,
    "column",
    "text",
    "start",
    "end",
    "service",
    "unit",
    "group",
    "measure",
)
_BY_CHANNEL = ("", "applications_total", "received")


class Arranged(NamedTuple):
    """Cells whose keys hold, and findings on the others."""

    cells: pd.DataFrame
    findings: pd.DataFrame


def arrange_cells(rows: pd.DataFrame, context: Context) -> Arranged:
    """Return one row per cell of a measure.

    Args:
        rows: rows of the export as strings, with ``source_row``.
        context: mapping, registers, file, state.

    Returns:
        Cells with ``CELL_COLUMNS``, in the order of the file's rows.

    Raises:
        DataError: the mapping does not fit the file, or leaves open what the cells are.
    """
    mapping = context.mapping
    keyed = read_row_keys(rows, context)
    good = rows.loc[keyed.good]
    keys = keyed.frame.loc[keyed.good]
    if mapping.across:
        headings = _list_headings(rows, mapping)
        if not headings:
            raise DataError(
                f"{context.file}: Nach der Zuordnung (across = »{mapping.across}«) müssten weitere "
                "Spalten Werte enthalten; alle Spalten sind schon zugeordnet."
            )
        arranged, findings = _melt_headings(good, keys, headings, context)
    else:
        arranged, findings = _melt_measures(good, keys, context), pd.DataFrame()
    cells = arranged.pipe(_fill_keys, mapping).pipe(_apply_channels, context.file)
    ordered = cells.sort_values(LINE, kind="stable", ignore_index=True)
    return Arranged(ordered[list(CELL_COLUMNS)], join_findings(keyed.findings, findings))


def _list_headings(rows: pd.DataFrame, mapping: Mapping) -> list[str]:
    mapped = {*mapping.columns.values(), LINE}
    return [str(column) for column in rows.columns if column not in mapped]


def _melt_measures(rows: pd.DataFrame, keys: pd.DataFrame, context: Context) -> pd.DataFrame:
    columns = context.mapping.columns
    measured = {name: column for name, column in columns.items() if name not in KEY_FIELDS}
    parts = [
        keys.assign(column=column, text=rows[column], measure=name)
        for name, column in measured.items()
    ]
    if "value" in columns:
        parts.append(keys.assign(column=columns["value"], text=rows[columns["value"]]))
    return pd.concat(parts, ignore_index=True)


def _melt_headings(
    rows: pd.DataFrame, keys: pd.DataFrame, headings: Sequence[str], context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    headed = read_heading_keys(list(headings), context)
    used = headed.frame.loc[headed.good]
    empty = keys.assign(column="", text="").iloc[:0]
    parts = [empty]
    for heading in used.drop(columns=[LINE, "_text"]).to_dict("records"):
        column = str(heading.pop("_column"))
        given: dict[str, Any] = {str(name): value for name, value in heading.items()}
        parts.append(keys.assign(column=column, text=rows[column], **given))
    cells = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return cells, _report_headings(rows, headed, context)


def _report_headings(rows: pd.DataFrame, headed: Keys, context: Context) -> pd.DataFrame:
    """Report columns that are not taken: a fault only where they hold numbers."""
    bad = headed.frame.loc[~headed.good]
    holds = {column: _holds_numbers(rows[column]) for column in bad["_column"]}
    faults = headed.findings
    personal = faults["check"].eq("personenbezug")
    empty = [column for column, numbers in holds.items() if not numbers]
    kept = faults.loc[personal | ~faults["column"].isin(empty)]
    reported = set(kept["column"])
    others = bad.loc[~bad["_column"].isin(reported)]
    if personal.any():
        others = others.loc[~others["_column"].map(holds_name).astype("bool")]
    remark = Fault(
        "lesen",
        "hinweis",
        "nein",
        f"eine Überschrift, die zu »{context.mapping.across}« passt",
        "Die Spalte ist keinem Feld zugeordnet und wird nicht übernommen.",
    )
    shown = others["_column"].map(lambda text: HIDDEN if holds_name(text) else text)
    return join_findings(
        kept, mark(others, remark, file=context.file, column=shown.astype("str"), found="")
    )


def _holds_numbers(texts: pd.Series) -> bool:
    filled = texts.loc[texts.str.strip() != ""]
    return bool(parse_numbers(filled)["value"].notna().any())


def _fill_keys(cells: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Add the keys that the mapping states for all rows."""
    stated = {"service": mapping.service, "unit": mapping.unit, "group": "", "channel": ""}
    missing = {name: text for name, text in stated.items() if name not in cells}
    if "measure" not in cells:
        missing["measure"] = mapping.measure
    filled = cells.assign(**missing)
    measured = filled["measure"].fillna(mapping.measure)
    texts = {name: filled[name].astype("str") for name in TEXT_FIELDS if name != "measure"}
    return filled.assign(measure=measured.astype("str"), **texts)


def _apply_channels(cells: pd.DataFrame, file: str) -> pd.DataFrame:
    """Turn the way of application into the measure; channels are measures."""
    given = cells["channel"] != ""
    other = given & ~cells["measure"].isin(_BY_CHANNEL)
    if other.any():
        names = ", ".join(sorted(set(cells.loc[other, "measure"])))
        raise DataError(
            f"{file}: Nach Eingangswegen lassen sich nur Anträge gliedern, nicht {names}."
        )
    total = given & (cells["channel"] == ALL_CHANNELS)
    by_channel = "applications_" + cells["channel"]
    measure = cells["measure"].mask(given, by_channel).mask(total, "applications_total")
    return cells.assign(measure=measure)
