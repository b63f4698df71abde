"""Release levels: down to which unit, group and period a measure is released at all.

`levels.csv` says it for each measure; a measure that is not in it is released as it comes. A level
at which too many numbers are small is given up as a whole, because suppression would leave nothing
that could be read.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

from analysis.disclosure.cells import BLOCK

MAX_SMALL_SHARE = 0.25
"""Share of small numbers among those that are not zero, above which a level is given up."""

_JUDGED_FROM = 20
"""A level with fewer numbers is not judged: there is nothing to read in a share of so few."""

_PARTS = ("unit", "group", "unit_group")
_FINEST = "month"
# From the finest level to none.
_COARSER = {"month": "year", "year": "none"}


@cache
def load_levels() -> pd.DataFrame:
    """Return ``levels.csv``: ``measure``, ``family``, and the level per kind of part."""
    with files("analysis.disclosure").joinpath("levels.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, sep=";", dtype="str")


def drop_inner_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return observations without those of a group within a unit that no level releases.

    They stand in no released table and make no part of what is attacked: of a table of units and
    groups only the margins are known to anybody.

    Args:
        rows: observations.
    """
    levels = load_levels().set_index("measure")["unit_group"]
    inner = (rows["unit"] != "") & (rows["group"] != "")
    return rows.loc[~(inner & rows["measure"].map(levels).eq("none"))].reset_index(drop=True)


def choose_levels(cells: pd.DataFrame, minimum: int) -> pd.Series[bool]:
    """Return which cells are released at all (shown or suppressed); the others are left out.

    Args:
        cells: result of ``list_cells``.
        minimum: smallest number that is shown.
    """
    table = load_levels()
    family = cells["measure"].map(table.set_index("measure")["family"]).fillna(cells["measure"])
    allowed = _look_up(cells, table)
    coarse = _is_coarse(cells)
    small = (cells["value"].abs() > 0) & (cells["value"].abs() < minimum)
    level = allowed
    keys = [*(cells[name] for name in BLOCK), family, cells["part"]]
    for step, coarser in _COARSER.items():
        here = (level == step) & (coarse == (step == "year")) & (cells["value"] != 0)
        count = here.groupby(keys).transform("sum")
        share = (small & here).groupby(keys).transform("sum") / count.where(count >= _JUDGED_FROM)
        # Calendar years of the whole are the last level there is.
        last = (cells["part"] == "whole") & (step == "year")
        level = level.mask((level == step) & (share > MAX_SMALL_SHARE) & ~last, coarser)
    kept: pd.Series[bool] = (level == "month") | ((level == "year") & coarse)
    return kept


def _look_up(cells: pd.DataFrame, table: pd.DataFrame) -> pd.Series[str]:
    wide = table.set_index("measure")[list(_PARTS)]
    allowed = pd.Series(_FINEST, index=cells.index)
    for part in _PARTS:
        here = cells["part"] == part
        allowed = allowed.mask(here, cells["measure"].map(wide[part]).fillna(_FINEST))
    return allowed


def _is_coarse(cells: pd.DataFrame) -> pd.Series[bool]:
    """Return which cells belong to calendar years: flows of a year, stocks at its end or latest."""
    series = [*(cells[name] for name in BLOCK), cells["measure"]]
    last = cells.groupby(series)["period_end"].transform("max")
    end = cells["period_end"]
    new_year = (end.dt.month == 12) & (end.dt.day == 31)
    stock = cells["span"] == "day"
    coarse: pd.Series[bool] = (cells["span"] == "year") | (stock & (new_year | (end == last)))
    return coarse
