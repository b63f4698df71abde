"""The signs that stand in a table where no number is shown, and the footnotes that explain them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.disclosure_policy import DisclosurePolicy
from analysis.presentation.formats import format_number
from analysis.presentation.signs import (
    LATER,
    LESS_THAN_HALF,
    MEANINGS,
    NOT_MEANINGFUL,
    NOTHING,
    SECRET,
)

__all__ = [
    "LATER",
    "LESS_THAN_HALF",
    "MEANINGS",
    "NOTHING",
    "NOT_MEANINGFUL",
    "SECRET",
    "SHOWN",
    "explain_signs",
    "format_cell",
    "write_notes",
]

SHOWN = ""
ROUNDED_NOTE = (
    "Jede Zahl ist für sich auf ein Vielfaches von 5 gerundet, Summen aus den ungerundeten Zahlen. "
    "Gerundete Einzelwerte ergeben deshalb nicht immer die ausgewiesene Summe. Auch eine 0 kann "
    "für einzelne Fälle stehen. Quoten sind aus den gerundeten Zahlen berechnet."
)
SUPPRESSED_NOTE = (
    "Zahlen unter {minimum} sind durch einen Punkt ersetzt, ebenso einzelne weitere Zahlen, aus "
    "denen sie sich errechnen ließen."
)
RATIO_NOTE = (
    "Quoten, Mittelwerte und Mediane stehen nur dort, wo sie auf mindestens {minimum} Fällen oder "
    "Personen beruhen."
)


def format_cell(value: float, sign: str, digits: int = 0) -> str:
    """Return the German text of one protected cell: its sign, or its number.

    Raises:
        ValueError: there is neither a number nor a sign, or the sign is unknown.
    """
    if sign:
        if sign not in MEANINGS:
            raise ValueError(f"unknown sign: {sign!r}")
        return sign
    if pd.isna(value):
        raise ValueError("a cell without a number needs a sign")
    return format_number(value, digits)


def explain_signs(signs: Iterable[str]) -> str:
    """Return the legend of the signs that occur, in a fixed order: ``. = … · – = …``."""
    used = set(signs)
    return " · ".join(f"{sign} = {text}" for sign, text in MEANINGS.items() if sign in used)


def write_notes(policy: DisclosurePolicy, *, ratios: bool) -> tuple[str, ...]:
    """Return the footnotes of a protected table.

    Args:
        policy: the edition's rule.
        ratios: whether the table holds rates, means or medians.
    """
    first = ROUNDED_NOTE if policy.method == "rundung5" else SUPPRESSED_NOTE
    notes = (first, RATIO_NOTE) if ratios else (first,)
    return tuple(note.format(minimum=policy.minimum) for note in notes)
