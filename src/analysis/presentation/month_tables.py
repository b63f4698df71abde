"""Wide data tables: the figures of months or years side by side, each cell traced by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.presentation.blocks import Cell, Column, Table
from analysis.presentation.formats import LOCALE, as_float
from analysis.presentation.signs import LATER, SECRET
from analysis.presentation.tables import Resolve, trace_number

Head = tuple[str, str]
"""A column of the frame and its German heading."""
_MONTHS = tuple(
    name.rstrip(".") for _, name in sorted(LOCALE.months["stand-alone"]["abbreviated"].items())
)


def month_table(
    rows: pd.DataFrame,
    heads: Sequence[Head],
    *,
    caption: str,
    resolve: Resolve,
    digits: int = 0,
    unit: str = "",
) -> Table:
    """Return monthly rows with a line per year and a column per month.

    Args:
        rows: ``month``, ``value``, ``lower``, ``upper``, ``origins``, the columns of ``heads``;
            ``sign`` says why a figure is missing.
        heads: what a line is about; the first one heads the lines.
        caption: what the table shows, in German.
        resolve: turns origin keys into origins.
        digits: decimal places.
        unit: unit of all figures, in the caption's brackets.

    Raises:
        ValueError: there are several rows for a cell.
    """
    months = pd.to_datetime(rows["month"])
    placed = rows.assign(
        _year=months.dt.year.astype("str"),
        _column=[_MONTHS[number - 1] for number in months.dt.month],
    )
    latest = months.max()
    later = {
        (str(latest.year), name) for number, name in enumerate(_MONTHS, 1) if number > latest.month
    }
    return _spread(
        placed,
        [*heads, ("_year", "Jahr")],
        _MONTHS,
        caption=f"{caption} ({unit})" if unit else caption,
        resolve=resolve,
        digits=digits,
        later=later,
    )


def wide_table(  # noqa: PLR0913 - each column can be named on its own
    rows: pd.DataFrame,
    heads: Sequence[Head],
    *,
    column: str,
    order: Sequence[str],
    caption: str,
    resolve: Resolve,
    digits: int = 0,
    unit: str = "",
) -> Table:
    """Return rows with a column for each value of ``column`` (see ``month_table``).

    Args:
        rows: one row per cell.
        heads: what a line is about.
        column: column whose values become columns of the table.
        order: these values from left to right.
        caption: what the table shows, in German.
        resolve: turns origin keys into origins.
        digits: decimal places.
        unit: unit of all figures.

    Raises:
        ValueError: there are several rows for a cell.
    """
    return _spread(
        rows.assign(_column=rows[column].astype("str")),
        heads,
        order,
        caption=f"{caption} ({unit})" if unit else caption,
        resolve=resolve,
        digits=digits,
        later=set(),
    )


def _spread(
    rows: pd.DataFrame,
    heads: Sequence[Head],
    names: Sequence[str],
    *,
    caption: str,
    resolve: Resolve,
    digits: int,
    later: set[tuple[str, str]],
) -> Table:
    keys = [key for key, _ in heads]
    if rows.duplicated([*keys, "_column"]).any():
        raise ValueError("a cell of the table has more than one row")
    lines: dict[tuple[str, ...], dict[str, Cell]] = {}
    for _, row in rows.iterrows():
        line = lines.setdefault(tuple(str(row[key]) for key in keys), {})
        line[str(row["_column"])] = _make_cell(row, resolve, digits)
    columns = [
        *(Column(key=key.strip("_"), label=label) for key, label in heads),
        *(Column(key=f"c{n}", label=name, align="right") for n, name in enumerate(names, 1)),
    ]
    filled = tuple(
        (
            *(Cell(text=text, measure="public") for text in head),
            *(line.get(name) or _blank(head[-1], name, later) for name in names),
        )
        for head, line in lines.items()
    )
    return Table(caption=caption, columns=tuple(columns), rows=filled)


def _blank(last_head: str, name: str, later: set[tuple[str, str]]) -> Cell:
    sign = LATER if (last_head, name) in later else SECRET
    return Cell(text=sign, sign=sign)


def _make_cell(row: pd.Series[Any], resolve: Resolve, digits: int) -> Cell:
    if as_float(row["value"]) is None:
        sign = str(row.get("sign") or SECRET)
        return Cell(text=sign, sign=sign)
    number = trace_number(row, resolve, unit="", digits=digits)
    return Cell(text=number.text, number=number)
