"""Texts of released rows: what quotes a number must not say more than the number that is shown."""

from __future__ import annotations

import re

import pandas as pd

from analysis.disclosure.columns import Registry
from analysis.disclosure.signs import SECRET
from analysis.presentation.formats import format_number

HIDDEN_WORDS = "geheim gehalten"

_NUMBER = re.compile(r"(?<![\w.])[+\-−]?\d+(?:[.,\u202f\u00a0]\d+)*")
# Days, months and years say when, not how many.
_DATES = re.compile(
    r"\d{4}-\d{2}(?:-\d{2})?|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{4}|(?<![\d.,])(?:19|20)\d\d(?![\d.,])"
)


def reword(rows: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return released rows whose texts name the released number, or that there is none."""
    digits = rows["measure"].map({name: entry.digits for name, entry in registry.items()})
    units = rows["measure_unit"].fillna("").astype("str")
    words = [
        HIDDEN_WORDS if pd.isna(value) else f"{format_number(value, int(places))} {unit}".strip()
        for value, places, unit in zip(rows["value"], digits, units, strict=True)
    ]
    return rows.assign(
        published=[SECRET if pd.isna(value) else text for value, text in _pair(rows, words)],
        wording=words,
        note="",
    )


def mask_numbers(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts without their numbers; dates stay."""
    return texts.fillna("").astype("str").map(_mask)


def _pair(rows: pd.DataFrame, words: list[str]) -> zip[tuple[float, str]]:
    return zip(rows["value"], words, strict=True)


def _mask(text: str) -> str:
    kept = [match.group(0) for match in _DATES.finditer(text)]
    between = _DATES.split(text)
    masked = [_NUMBER.sub("…", piece) for piece in between]
    return "".join(part for pair in zip(masked, [*kept, ""], strict=True) for part in pair)
