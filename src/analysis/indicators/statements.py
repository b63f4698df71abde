"""Sentences with figures: what indicators say in words, still traceable to rows of results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

Row: TypeAlias = "pd.Series[Any]"


class Figure(NamedTuple):
    """A row of results that is to be shown as a number.

    Attributes:
        row: has ``key`` and, unless ``exact``, ``lower`` and ``upper``.
        unit: unit as the sentence needs it.
        digits: decimal places.
        key: column with the value.
        exact: the value has no bounds.
        measure: what is counted, for the disclosure rule; by default the row's ``measure`` where
            ``key`` is ``value``.
    """

    row: Row
    unit: str
    digits: int = 0
    key: str = "value"
    exact: bool = False
    measure: str = ""


class KeyFigure(NamedTuple):
    """One key figure: German label, figure, one line of context."""

    label: str
    figure: Figure
    context: str


class Statement(NamedTuple):
    """A German sentence with its figures and words (``{name}`` in the template)."""

    template: str
    figures: Mapping[str, Figure]
    words: Mapping[str, str]


def count_rows(rows: pd.DataFrame) -> Row:
    """Return the number of rows as a row of results with the rows' origins."""
    count = float(len(rows))
    return pd.Series(
        {
            "value": count,
            "lower": count,
            "upper": count,
            "origins": tuple(rows["origin"]),
            "measure": "public",
        }
    )
