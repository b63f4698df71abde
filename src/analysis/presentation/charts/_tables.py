"""What every chart asks of its table: the named columns, at least one row, usable numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.presentation.formats import as_float, shorten_interval


@dataclass(frozen=True)
class Estimate:
    """A figure with its bounds as a chart draws it; ``None`` marks an open bound."""

    value: float
    lower: float | None
    upper: float | None
    text: str

    @property
    def is_open(self) -> bool:
        """Whether a bound is open."""
        return self.lower is None or self.upper is None

    @property
    def extent(self) -> tuple[float, float]:
        """Lowest and highest figure that is drawn."""
        known = [x for x in (self.value, self.lower, self.upper) if x is not None]
        return min(known), max(known)


def check_table(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise a ``ValueError`` where the table is empty or lacks one of the columns."""
    if table.empty:
        raise ValueError("the table is empty: there is nothing to draw")
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(f"the table lacks {missing}; it has {list(table.columns)}")


def read_estimates(
    table: pd.DataFrame, value: str, lower: str, upper: str, *, digits: int, text: str = "text"
) -> list[Estimate | None]:
    """Return one estimate per row, ``None`` where value and bounds are all missing.

    The label is taken from the column ``text`` where the table has it, else made from the bounds.

    Raises:
        ValueError: no row has a figure, or bounds do not enclose their value.
    """
    texts = read_texts(table, text)
    rows = zip(table[value], table[lower], table[upper], texts, strict=True)
    estimates = [_read_estimate(v, low, high, words, digits) for v, low, high, words in rows]
    if not any(estimates):
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    return estimates


def read_texts(table: pd.DataFrame, column: str | None) -> list[str]:
    """Return a column as strings; empty where the column or the cell is missing."""
    if column is None or column not in table.columns:
        return [""] * len(table)
    return ["" if pd.isna(cell) else str(cell) for cell in table[column]]


def read_flags(table: pd.DataFrame, column: str | None) -> list[bool]:
    """Return a column as booleans; False where the column or the cell is missing."""
    if column is None or column not in table.columns:
        return [False] * len(table)
    return [bool(cell) and not pd.isna(cell) for cell in table[column].fillna(False)]


def read_dates(table: pd.DataFrame, column: str) -> list[dt.datetime | None]:
    """Return a column as days; ``None`` where the cell is missing."""
    return [None if pd.isna(day) else day.to_pydatetime() for day in pd.to_datetime(table[column])]


def _read_estimate(
    value: float | None, lower: float | None, upper: float | None, text: str, digits: int
) -> Estimate | None:
    best, low, high = as_float(value), as_float(lower), as_float(upper)
    known = [bound for bound in (low, high) if bound is not None]
    if best is None and not known:
        return None
    label = text or shorten_interval(best, low, high, digits)
    return Estimate(sum(known) / len(known) if best is None else best, low, high, label)
