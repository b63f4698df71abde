"""Totals of units, pay groups and months, where all parts are known.

Only what can be added is added: flows and stocks, never rates, durations, answers or levels. A
total that was delivered stays as it is; where it is not the sum of its parts, a finding says so.
Method: docs/methods/findings.md, section on totals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from analysis.cleaning.exports.rows import QUALIFIER
from analysis.cleaning.exports.wording import say_number, say_values
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark, read_origins
from analysis.fields import TABLES, load_measures
from analysis.readers.delimited import LINE

TOTAL_FILE = "summe"
TOTAL_QUALIFIER = "Summe"

_COUNT = ["service", "place", "level", "measure", "measure_unit", "kind", "method"]
_PERIOD = ["period_start", "period_end"]
_KEY = [*_COUNT, "unit", "group", *_PERIOD]
_NOT_ADDITIVE_UNITS = frozenset({"1 = ja", "Stufe"})
_MONTHS = 12
_ROUNDING = 0.005


class _Direction(NamedTuple):
    """What is added up, and what parts are called."""

    over: str
    one: str
    many: str


_GROUPS = _Direction("group", "Gruppe", "Gruppen")
_UNITS = _Direction("unit", "Dienststelle", "Dienststellen")
_YEAR = _Direction("month", "Monat", "Monaten")


def add_totals(table: pd.DataFrame, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Add totals to a table of observations.

    Args:
        table: observations; parts are those of exports.
        units: register ``unit_names``; a unit below another one that is delivered in the same
            series is no part of the whole, or it would count twice.

    Returns:
        The table and, below it, its totals: over pay groups (``group`` empty), over units
        (``unit`` empty) and over the twelve months of a calendar year (flows), each only where
        every part that occurs in the series is known. ``published`` says how many parts; the
        qualifier is »Summe«. Totals that an earlier call added are made anew.
    """
    delivered = table.loc[~table["origin"].astype("str").str.startswith(f"{TOTAL_FILE}#0:")]
    known, added = _select_parts(delivered), [delivered]
    for direction in (_GROUPS, _UNITS, _YEAR):
        sums = _add_up(known, direction, units)
        new = _leave_out_known(sums, [*added, known])
        if len(new):
            rows = _describe(new, direction)
            added.append(rows)
            known = pd.concat([known, _select_parts(rows, TOTAL_QUALIFIER)], ignore_index=True)
    return pd.concat(added, ignore_index=True) if len(added) > 1 else table


def find_wrong_totals(table: pd.DataFrame, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a warning for each delivered total that is not the sum of its delivered parts.

    Args:
        table: observations.
        units: as in ``add_totals``.
    """
    parts = _select_parts(table)
    if parts.empty:
        return join_findings()
    found = [_compare(parts, direction, units) for direction in (_GROUPS, _UNITS, _YEAR)]
    joined = join_findings(*found)
    return joined.drop_duplicates(["file", "row", "column"], ignore_index=True)


def _select_parts(table: pd.DataFrame, qualifier: str = QUALIFIER) -> pd.DataFrame:
    """Return the rows that can be added, with the kind of their period."""
    measures = load_measures()
    nature = table["measure"].map({name: each.nature for name, each in measures.items()})
    chosen = (
        (table["qualifier"] == qualifier)
        & (table["kind"] == "ist")
        & nature.isin(["flow", "stock"])
        & ~table["measure_unit"].isin(_NOT_ADDITIVE_UNITS)
        & table[_PERIOD].notna().all(axis=1)
    )
    rows = table.loc[chosen]
    days = (rows["period_end"] - rows["period_start"]).dt.days
    grain = pd.Series("month", index=rows.index, dtype="str")
    grain = grain.mask(days > 31, "year").mask(days == 0, "day")
    return rows.assign(_grain=grain, _nature=nature.loc[chosen])


def _add_up(rows: pd.DataFrame, direction: _Direction, units: pd.DataFrame | None) -> pd.DataFrame:
    """Return the sums all of whose parts are known: key, ``value``, ``parts``, ``files``."""
    if direction.over == "month":
        return _add_up_years(rows)
    over = direction.over
    other = "unit" if over == "group" else "group"
    series = [*_COUNT, "_grain", other]
    parts = rows.loc[rows[over] != ""]
    if over == "unit" and units is not None:
        parts = _leave_out_lower(parts, series, units)
    needed = parts.groupby(series, as_index=False, sort=False).agg(_needed=(over, "nunique"))
    sums = _sum_groups(parts, [*series, *_PERIOD], over)
    complete = sums.merge(needed, on=series)
    complete = complete.loc[
        (complete["parts"] == complete["_needed"]) & (complete["rows"] == complete["parts"])
    ]
    return complete.drop(columns=["_needed", "_grain"]).assign(**{over: ""})


def _add_up_years(rows: pd.DataFrame) -> pd.DataFrame:
    monthly = rows.loc[(rows["_nature"] == "flow") & _covers_month(rows)]
    monthly = monthly.assign(
        _year=monthly["period_end"].dt.year, _month=monthly["period_end"].dt.month
    )
    sums = _sum_groups(monthly, [*_COUNT, "unit", "group", "_year"], "_month")
    complete = sums.loc[(sums["parts"] == _MONTHS) & (sums["rows"] == _MONTHS)]
    years = complete["_year"].astype("str")
    start, end = years + "-01-01", years + "-12-31"
    return complete.drop(columns="_year").assign(
        period_start=pd.to_datetime(start).astype("datetime64[us]"),
        period_end=pd.to_datetime(end).astype("datetime64[us]"),
    )


def _covers_month(rows: pd.DataFrame) -> pd.Series:
    start, end = rows["period_start"], rows["period_end"]
    covered: pd.Series = (
        start.dt.is_month_start
        & end.dt.is_month_end
        & (start.dt.year == end.dt.year)
        & (start.dt.month == end.dt.month)
    )
    return covered


def _sum_groups(rows: pd.DataFrame, by: list[str], over: str) -> pd.DataFrame:
    sums = rows.groupby(by, as_index=False, sort=False).agg(
        value=("value", "sum"),
        parts=(over, "nunique"),
        rows=(over, "size"),
        source_id=("source_id", "min"),
        last_source=("source_id", "max"),
    )
    # Hundredths of posts do not add up exactly in binary.
    return sums.assign(value=sums["value"].round(6))


def _leave_out_lower(parts: pd.DataFrame, series: list[str], units: pd.DataFrame) -> pd.DataFrame:
    """Leave out units below others of the same series."""
    parents = units.loc[units["parent"] != ""].drop_duplicates("unit_id")
    above = dict(zip(parents["unit_id"], parents["parent"], strict=True))
    occurring = parts.groupby(series, sort=False)["unit"].agg(frozenset).rename("_occurring")
    joined = parts.merge(occurring.reset_index(), on=series, how="left")
    pairs = joined[["unit", "_occurring"]].drop_duplicates()
    lower = {
        (unit, occurring): _has_above(unit, occurring, above)
        for unit, occurring in zip(pairs["unit"], pairs["_occurring"], strict=True)
    }
    keys = zip(joined["unit"], joined["_occurring"], strict=True)
    is_lower = pd.Series([lower[key] for key in keys], index=joined.index, dtype="bool")
    return joined.loc[~is_lower].drop(columns="_occurring")


def _has_above(unit: str, occurring: frozenset[str], above: dict[str, str]) -> bool:
    seen = {unit}
    parent = above.get(unit, "")
    while parent and parent not in seen:
        if parent in occurring:
            return True
        seen.add(parent)
        parent = above.get(parent, "")
    return False


def _leave_out_known(sums: pd.DataFrame, known: list[pd.DataFrame]) -> pd.DataFrame:
    keys = pd.concat([rows[_KEY] for rows in known], ignore_index=True).drop_duplicates()
    marked = sums.merge(keys.assign(_known=True), on=_KEY, how="left")
    return marked.loc[marked["_known"].isna()].drop(columns="_known")


def _describe(sums: pd.DataFrame, direction: _Direction) -> pd.DataFrame:
    start = sums["period_start"].dt.strftime("%Y-%m-%d").astype("str")
    end = sums["period_end"].dt.strftime("%Y-%m-%d").astype("str")
    names = ["place", "service", "unit", "group", "measure", "method"]
    key = pd.Series("", index=sums.index, dtype="str")
    for name in names:
        key = key + sums[name].astype("str").str.replace("#", "", regex=False) + "/"
    key = key + start + "/" + end
    several = sums["source_id"] != sums["last_source"]
    said = "Summe aus " + sums["parts"].astype("str") + f" {direction.many}"
    fields = TABLES["case_counts"]
    missing: dict[str, Any] = dict.fromkeys(("base_start", "base_end"), pd.NaT)
    filled = sums.assign(
        **missing,
        certainty="exact",
        base_value=float("nan"),
        lower=sums["value"],
        upper=sums["value"],
        rule="exact",
        qualifier=TOTAL_QUALIFIER,
        published=said.mask(sums["parts"] == 1, f"Summe aus 1 {direction.one}"),
        wording=say_values(sums["value"], sums["measure_unit"]),
        note=pd.Series("", index=sums.index, dtype="str").mask(
            several, "Die Teile stehen in mehreren Dateien."
        ),
        fact_id=f"{TOTAL_FILE}|" + key,
        origin=f"{TOTAL_FILE}#0:" + key,
    )
    kinds = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64[us]"}
    return filled[[field.name for field in fields]].astype(
        {field.name: kinds[field.kind] for field in fields}
    )


def _compare(
    parts: pd.DataFrame, direction: _Direction, units: pd.DataFrame | None
) -> pd.DataFrame:
    # Without a delivered total there is nothing to compare.
    whole = parts["_grain"] == "year" if direction is _YEAR else parts[direction.over] == ""
    if not whole.any() or whole.all():
        return join_findings()
    sums = _add_up(parts, direction, units)
    both = parts.loc[whole].merge(sums[[*_KEY, "value", "parts"]], on=_KEY, suffixes=("", "_sum"))
    # Each part may be rounded by half of its last place, and so may the total.
    counted = both["value"].mod(1).eq(0) & both["value_sum"].mod(1).eq(0)
    allowance = (_ROUNDING * (both["parts"] + 1)).mask(counted, 0.0)
    wrong = both.loc[(both["value"] - both["value_sum"]).abs() > allowance + 1e-9]
    places = read_origins(wrong["origin"])
    said = wrong["value_sum"].map(say_number).astype("str")
    count = wrong["parts"].astype("str") + f" {direction.many}"
    fault = Fault(
        "bestand",
        "warnung",
        "nein",
        said + " (Summe aus " + count + ")",
        "Die gelieferte Summe ist nicht die Summe ihrer Teile; sie bleibt, wie sie ist.",
    )
    return mark(
        places.rename(columns={"row": LINE}),
        fault,
        file=places["file"],
        column=places["column"],
        found=wrong["published"],
    )
