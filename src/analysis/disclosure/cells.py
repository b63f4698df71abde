"""The protected counts of all observation tables as cells, each with its place in the levels.

A cell is one published count: service, measure, unit, group and period. Two rows that say the same
of the same thing are one cell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.disclosure.columns import CLASSES, Registry
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy

SERIES = ["place", "level", "kind", "method", "service"]
"""What a cell is about besides measure, unit, group and period."""
BLOCK = ["place", "level", "kind", "service"]
KEY = [*SERIES, "measure", "unit", "group", "period_start", "period_end", "version"]
TEXTS = ["place", "level", "kind", "method", "service", "measure", "unit", "group"]


def require_labels(tables: Mapping[str, pd.DataFrame], registry: Registry) -> None:
    """Stop where a measure has no confidentiality class.

    Raises:
        DisclosureError: the message names the measures and the table.
    """
    for name, rows in tables.items():
        found = sorted(
            measure
            for measure in set(rows["measure"])
            if measure not in registry or registry[measure].confidentiality not in CLASSES
        )
        if found:
            raise DisclosureError(
                f"Tabelle »{name}«: Messgrößen ohne Vertraulichkeitsklasse werden nicht "
                f"veröffentlicht: {', '.join(f'»{measure}«' for measure in found)}.\n"
                f"Erlaubt sind: {', '.join(CLASSES)} (measures.csv)."
            )


def list_cells(
    tables: Mapping[str, pd.DataFrame], policy: DisclosurePolicy, registry: Registry
) -> pd.DataFrame:
    """Return the counts of protected classes that have a value, one row per row of the tables.

    Returns:
        `KEY`, ``value``, ``nature``, ``span`` (``month``, ``quarter``, ``year``, ``day``,
        ``other``), ``part`` (``whole``, ``unit``, ``group``, ``unit_group``), ``year``, ``table``,
        ``row`` (position in the table) and ``cell`` (number of the cell, from 0).
    """
    parts = [_read_table(name, rows, policy, registry) for name, rows in tables.items()]
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    rows = rows.assign(
        method=_name_methods(rows),
        span=_name_spans(rows["period_start"], rows["period_end"]),
        part=_name_parts(rows["unit"], rows["group"]),
        year=rows["period_end"].fillna(rows["period_start"]).dt.year.fillna(0).astype("int64"),
        nature=rows["measure"].map({name: entry.nature for name, entry in registry.items()}),
    )
    # The same count given twice is one cell; another value for the same thing is another cell.
    same = KEY[:-1]
    rows["version"] = rows.groupby(same, dropna=False)["value"].rank(method="dense").astype("int64")
    numbers = rows.groupby(KEY, dropna=False, sort=True).ngroup()
    return rows.assign(cell=numbers.astype("int64"))


def _read_table(
    name: str, rows: pd.DataFrame, policy: DisclosurePolicy, registry: Registry
) -> pd.DataFrame:
    classes = rows["measure"].map({key: entry.confidentiality for key, entry in registry.items()})
    wanted = (classes.isin(policy.protect) & rows["value"].notna()).to_numpy()
    part = rows.loc[wanted, [*TEXTS, "period_start", "period_end", "value"]].reset_index(drop=True)
    texts = {column: part[column].fillna("").astype("str") for column in TEXTS}
    days = {
        column: pd.to_datetime(part[column]).astype("datetime64[ns]")
        for column in ("period_start", "period_end")
    }
    return part.assign(
        **texts,
        **days,
        value=part["value"].astype("float64"),
        table=name,
        row=np.flatnonzero(wanted),
    )


def _name_methods(rows: pd.DataFrame) -> pd.Series[str]:
    # Where a measure is counted in one way only, the name of that way ties nothing apart.
    ways = rows.groupby([*BLOCK, "measure"])["method"].transform("nunique")
    return rows["method"].where(ways > 1, "")


def _name_spans(start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month + 1
    whole = start.dt.is_month_start & end.dt.is_month_end
    spans = pd.Series("other", index=start.index)
    spans = spans.mask(whole & (months == 1), "month")
    spans = spans.mask(whole & (months == 3) & (start.dt.month % 3 == 1), "quarter")
    spans = spans.mask(whole & (months == 12) & (start.dt.month == 1), "year")
    return spans.mask(start == end, "day")


def _name_parts(unit: pd.Series[str], group: pd.Series[str]) -> pd.Series[str]:
    names = pd.Series("whole", index=unit.index)
    names = names.mask((unit != "") & (group == ""), "unit")
    names = names.mask((unit == "") & (group != ""), "group")
    return names.mask((unit != "") & (group != ""), "unit_group")
