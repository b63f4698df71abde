"""Coding tables: how published wording becomes measures, places, bounds and kinds of source."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cache
from importlib.resources import files

import pandas as pd


@cache
def load_rules(name: str) -> pd.DataFrame:
    """Return the coding table ``name`` (file ``<name>.csv`` of this package) as strings."""
    with files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, sep=";", dtype="str", keep_default_na=False)


def match_first(texts: pd.Series, rules: pd.DataFrame, *, pattern: str = "pattern") -> pd.Series:
    """Return for each text the index of the first rule whose pattern matches all of it.

    Args:
        texts: strings, compared in lower case.
        rules: table with a column of regular expressions, in order of precedence.
        pattern: name of that column.

    Returns:
        Nullable integers on the index of ``texts``; missing where no rule matches.
    """
    expressions = [(position, re.compile(text)) for position, text in rules[pattern].items()]

    def find(text: str) -> Hashable:
        return next((position for position, rule in expressions if rule.fullmatch(text)), pd.NA)

    lowered = texts.str.strip().str.lower()
    found = {text: find(text) for text in lowered.unique()}
    return pd.Series([found[text] for text in lowered], index=texts.index, dtype="Int64")
