"""Personal data in the cells that an export's mapping uses: stopped, and never shown."""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd

from analysis.privacy import find_personal_data, guard
from analysis.privacy_names import is_known_name, is_surname

HIDDEN = "»(nicht gezeigt)«"

_WORD = re.compile(r"[^\W\d_]{3,}")
_INITIAL = re.compile(
    r"(?:[A-ZÄÖÜ]\.\s*)+(?P<last>[^\W\d_]{3,})|(?P<first>[^\W\d_]{3,}),?\s+(?:[A-ZÄÖÜ]\.\s*)+"
)


@lru_cache(maxsize=100_000)
def is_personal(text: str) -> bool:
    """Return whether a label looks like a person: data by form, a name, ``Huber, M.``."""
    bare = text.strip()
    if not bare:
        return False
    initial = _INITIAL.fullmatch(bare)
    return (
        bool(find_personal_data(bare))
        or is_known_name(bare)
        or bool(initial and is_surname(initial["last"] or initial["first"]))
    )


@lru_cache(maxsize=100_000)
def holds_name(text: str) -> bool:
    """Return whether a text in a column of numbers or dates names a person."""
    return is_personal(text) or any(map(is_known_name, _WORD.findall(text)))


def find_names(texts: pd.Series, among: pd.Series) -> pd.Series:
    """Return which of the cells ``among`` name a person (``holds_name``), same index."""
    asked = texts.loc[among]
    named = {text for text in asked.unique() if holds_name(str(text))}
    found: pd.Series = texts.isin(list(named)) & among
    return found


def find_personal_cells(texts: pd.Series, column: str, known: pd.Series) -> pd.Series:
    """Return which cells of a text column concern single persons.

    Args:
        texts: the column's cells.
        column: its name.
        known: cells that a register or a list of words knows; these are free of personal data.
    """
    unknown = texts.loc[~known & (texts.str.strip() != "")]
    if unknown.empty:
        return pd.Series(False, index=texts.index)
    single = unknown.map({text: is_personal(text) for text in unknown.unique()}).astype("bool")
    removed = guard(pd.DataFrame({column: unknown})).removed
    if len(removed) and not str(removed["reason"].iloc[0]).startswith("Freitext"):
        # The column as a whole is of the kind; a rare name is among its cells as well.
        single = single | True
    return single.reindex(texts.index, fill_value=False)


def hide_personal(findings: pd.DataFrame) -> pd.DataFrame:
    """Return findings in which no text shows personal data."""
    columns = ["column", "found", "expected", "message"]
    hidden = {
        name: findings[name].map({text: _hide(str(text)) for text in findings[name].unique()})
        for name in columns
    }
    return findings.assign(**hidden)


def _hide(text: str) -> str:
    return HIDDEN if find_personal_data(text) else text
