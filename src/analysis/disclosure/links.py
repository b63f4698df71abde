"""Relations between cells, found in the data: totals and parts, months and years, stock and flow.

Which measures belong together stands in `relations.csv`; units, groups and periods are linked by
their names and days. What is true of the data counts as known to everybody, also where a total
misses the sum of its parts: then the difference is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.disclosure.cells import BLOCK, SERIES

_TOLERANCE = 0.005
_SAME_PLACE = [*BLOCK, "unit", "group"]
Integers: TypeAlias = NDArray[np.int64]


class Relation(NamedTuple):
    """One line of ``relations.csv``.

    Attributes:
        kind: ``sum`` (parts give the total; what is missing is a rest), ``exact`` (likewise, only
            where all parts are known), ``same`` (two measures count the same), ``equal`` (parts of
            another count that mostly give the total, as channels give the received cases), ``part``
            (the part is contained in the total), ``flow`` (stock = stock before + in − out).
        total: measure.
        parts: measures with their signs.
    """

    kind: Literal["sum", "exact", "same", "equal", "part", "flow"]
    total: str
    parts: tuple[tuple[str, float], ...]


class Links(NamedTuple):
    """Equations between cells and rests.

    Attributes:
        matrix: one row per equation; the columns are the cells and, behind them, the rests.
        rests: value of each rest: total minus the parts that are known.
        owners: cell of the total that each rest belongs to.
    """

    matrix: csr_array
    rests: NDArray[np.float64]
    owners: Integers


@cache
def load_relations() -> tuple[Relation, ...]:
    """Return ``relations.csv``."""
    with files("analysis.disclosure").joinpath("relations.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep=";", dtype="str")
    return tuple(
        Relation(kind, total, tuple(_read_part(word) for word in parts.split()))
        for kind, total, parts in table.itertuples(index=False)
    )


def link_cells(cells: pd.DataFrame, parents: Mapping[str, str] | None = None) -> Links:
    """Return all relations between cells.

    Args:
        cells: one row per cell (see ``list_cells``), index = number of the cell; ``released``
            says whether it stands in a released table.
        parents: unit to the unit above it.
    """
    pairs = [
        _pair_units(cells, parents or {}),
        _pair_groups(cells),
        _pair_periods(cells),
        *(_pair_measures(cells, relation) for relation in load_relations()),
    ]
    return _assemble(cells, pairs)


def _read_part(word: str) -> tuple[str, float]:
    return word.lstrip("+-"), -1.0 if word.startswith("-") else 1.0


# A pairing has one row per total and part: ``equation`` (any key, unique within the pairing),
# ``total``, ``part`` (cells), ``factor``; ``rest`` says what a difference between the total and
# its parts means: "known" or "hidden".
_PAIR = ["equation", "total", "part", "factor", "rest"]


def _no_pairs() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in _PAIR})


def _pair_units(cells: pd.DataFrame, parents: Mapping[str, str]) -> pd.DataFrame:
    same = [*SERIES, "measure", "group", "period_start", "period_end"]
    every = _with_number(cells)
    present = every[[*same, "unit", "total"]]
    parts = every.loc[every["unit"] != "", [*same, "unit", "total"]].rename(
        columns={"total": "part"}
    )
    above = _look_above(parts["unit"], parents)
    found = []
    # Each unit counts towards the next unit above it that has a number, at last the whole.
    while len(parts):
        aim = parts.assign(unit=above)
        joined = aim.merge(present, on=[*same, "unit"], how="left")
        met = joined["total"].notna().to_numpy()
        found.append(joined.loc[met, ["total", "part"]])
        left = ~met & (above != "").to_numpy()
        parts, above = parts.loc[left], _look_above(above.loc[left], parents)
    return _name_pairs(pd.concat(found, ignore_index=True)) if found else _no_pairs()


def _look_above(units: pd.Series[str], parents: Mapping[str, str]) -> pd.Series[str]:
    return pd.Series([parents.get(unit, "") for unit in units], index=units.index, dtype="str")


def _pair_groups(cells: pd.DataFrame) -> pd.DataFrame:
    same = [*SERIES, "measure", "unit", "period_start", "period_end"]
    every = _with_number(cells)
    totals = every.loc[every["group"] == "", [*same, "total"]]
    parts = every.loc[every["group"] != "", [*same, "total"]].rename(columns={"total": "part"})
    return _name_pairs(parts.merge(totals, on=same)[["total", "part"]])


def _pair_periods(cells: pd.DataFrame) -> pd.DataFrame:
    same = [*SERIES, "measure", "unit", "group"]
    days = ["period_start", "period_end"]
    flows = _with_number(cells.loc[(cells["nature"] == "flow") & (cells["span"] != "day")])
    longer = flows.loc[flows["span"] != "month", [*same, *days, "total"]]
    found = []
    for span in ("month", "quarter"):
        parts = flows.loc[flows["span"] == span, [*same, *days, "total"]]
        joined = longer.merge(
            parts.rename(columns={"total": "part"}), on=same, suffixes=("", "_part")
        )
        inside = (
            (joined["period_start"] <= joined["period_start_part"])
            & (joined["period_end_part"] <= joined["period_end"])
            & (joined["total"] != joined["part"])
        )
        found.append(joined.loc[inside, ["total", "part"]].assign(span=span))
    both = pd.concat(found, ignore_index=True)
    return _name_pairs(both[["total", "part"]], by=both["span"])


def _pair_measures(cells: pd.DataFrame, relation: Relation) -> pd.DataFrame:
    if relation.kind == "flow":
        return _pair_flow(cells, relation)
    same = [*_SAME_PLACE, "period_start", "period_end"]
    factors = dict(relation.parts)
    every = _with_number(cells)
    columns = [*same, "method", "total", "value", "released"]
    totals = every.loc[every["measure"] == relation.total, columns]
    parts = every.loc[every["measure"].isin(list(factors)), [*columns, "measure"]]
    joined = totals.merge(parts.rename(columns={"total": "part"}), on=same, suffixes=("", "_part"))
    joined = joined.loc[_counted_alike(joined)]
    if relation.kind == "exact":
        found = joined.groupby("total")["measure"].transform("nunique")
        joined = joined.loc[found == len(factors)]
    if relation.kind == "part":
        # A rest that only cells without a place in any table enclose concerns nobody.
        joined = joined.loc[joined["released"] & joined["released_part"]]
    if relation.kind == "same":
        equal = (joined["value"] - joined["value_part"]).abs() <= _TOLERANCE
        # Two measures that mostly differ count different things.
        joined = joined.loc[_hold_mostly(joined, equal)]
    if relation.kind == "equal":
        sums = joined.groupby("total")["value_part"].transform("sum")
        joined = joined.loc[_hold_mostly(joined, (joined["value"] - sums).abs() <= _TOLERANCE)]
    rest = "known" if relation.kind in {"same", "equal"} else "hidden"
    return _name_pairs(joined[["total", "part"]], rest=rest)


def _pair_flow(cells: pd.DataFrame, relation: Relation) -> pd.DataFrame:
    every = _with_number(cells)
    columns = [*_SAME_PLACE, "method", "period_end", "total", "value"]
    stocks = every.loc[(every["measure"] == relation.total) & (every["span"] == "day"), columns]
    joined = stocks.assign(balance=stocks["value"])
    flows = []
    for number, (measure, factor) in enumerate(relation.parts):
        part = every.loc[
            (every["measure"] == measure) & (every["span"] != "day"),
            [*_SAME_PLACE, "period_start", "period_end", "total", "value"],
        ].rename(columns={"total": f"part{number}", "value": f"value{number}"})
        keys = [*_SAME_PLACE, "period_end"] + (["period_start"] if number else [])
        joined = joined.merge(part, on=keys)
        joined["balance"] -= factor * joined[f"value{number}"]
        flows.append((f"part{number}", factor))
    before = stocks.rename(columns={"total": "before", "value": "value_before"})
    before = before.assign(period_start=before["period_end"] + pd.Timedelta(days=1))
    joined = joined.merge(
        before.drop(columns=["period_end"]),
        on=[*_SAME_PLACE, "period_start"],
        suffixes=("", "_part"),
    )
    joined = joined.loc[_counted_alike(joined)]
    holds = (joined["balance"] - joined["value_before"]).abs() <= _TOLERANCE
    joined = joined.loc[_hold_mostly(joined, holds)].reset_index(drop=True)
    terms = [
        joined.assign(part=joined[column], factor=factor, number=joined.index)
        for column, factor in [("before", 1.0), *flows]
    ]
    long = pd.concat(terms, ignore_index=True)
    return pd.DataFrame(
        {
            "equation": long["number"],
            "total": long["total"],
            "part": long["part"],
            "factor": long["factor"],
            "rest": "known",
        }
    )


def _with_number(cells: pd.DataFrame) -> pd.DataFrame:
    # Of two values for the same thing only the first stands in relations.
    return cells.assign(total=cells.index).loc[cells["version"] == 1]


def _counted_alike(joined: pd.DataFrame) -> pd.Series[bool]:
    first, second = joined["method"], joined["method_part"]
    return (first == second) | (first == "") | (second == "")


def _hold_mostly(joined: pd.DataFrame, holds: pd.Series[bool]) -> pd.Series[bool]:
    return holds.groupby([joined[name] for name in BLOCK]).transform("mean") >= 0.5


def _name_pairs(
    pairs: pd.DataFrame, *, rest: str = "hidden", by: pd.Series[str] | None = None
) -> pd.DataFrame:
    equation = pairs["total"].astype("str")
    return pairs.assign(
        equation=equation if by is None else equation + by,
        factor=1.0,
        rest=rest,
    )


def _assemble(cells: pd.DataFrame, pairings: Iterable[pd.DataFrame]) -> Links:
    named = [
        pairs.assign(equation=f"{number}/" + pairs["equation"].astype("str"))
        for number, pairs in enumerate(pairings)
    ]
    terms = pd.concat(named, ignore_index=True)
    codes, _ = pd.factorize(terms["equation"])
    terms = terms.assign(equation=codes)
    values = cells["value"].to_numpy()
    total, part = terms["total"].to_numpy("int64"), terms["part"].to_numpy("int64")
    heads = (
        terms.assign(total=total)
        .groupby("equation")
        .agg(total=("total", "first"), rest=("rest", "first"), parts=("part", "size"))
    )
    sums = np.bincount(
        codes, weights=terms["factor"].to_numpy("float64") * values[part], minlength=len(heads)
    )
    owners = heads["total"].to_numpy("int64")
    left = np.round(values[owners] - sums, 6)
    open_rest = (heads["rest"] == "hidden").to_numpy() & (
        left > _TOLERANCE * (heads["parts"].to_numpy() + 1)
    )
    behind = len(cells) + np.arange(int(open_rest.sum()))
    rows = np.concatenate([heads.index.to_numpy(), codes, np.flatnonzero(open_rest)])
    columns = np.concatenate([owners, part, behind])
    factors = np.concatenate(
        [np.ones(len(heads)), -terms["factor"].to_numpy("float64"), -np.ones(len(behind))]
    )
    matrix = csr_array((factors, (rows, columns)), shape=(len(heads), len(cells) + len(behind)))
    return Links(matrix, left[open_rest], owners[open_rest])
