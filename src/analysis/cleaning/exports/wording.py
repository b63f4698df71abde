"""Values as German words, each distinct one formatted once."""

from __future__ import annotations

import pandas as pd

from analysis.presentation.formats import MINUS, format_number, format_with_unit

_MOST_DIGITS = 3


def say_number(value: float) -> str:
    """Return a number with as many decimals as it has, three at most: ``1.204``, ``12,5``."""
    if pd.isna(value):
        return "–"
    digits = next((d for d in range(_MOST_DIGITS) if abs(value - round(value, d)) < 1e-9), 3)
    return format_number(value, digits)


def say_values(values: pd.Series, units: pd.Series) -> pd.Series:
    """Return values with their units: ``312 Anträge``, ``12,5 %``, ``ja``, ``Stufe 3``."""
    keys = pd.MultiIndex.from_arrays([values.astype("float64"), units.astype("str")])
    codes, distinct = pd.factorize(keys)
    words = pd.Series([_say(value, unit) for value, unit in distinct], dtype="str")
    return words.take(codes).set_axis(values.index)


def say_change(start: float, plus: float, minus: float) -> str:
    """Return the stock-flow identity in figures: ``1.204 (1.190 + 210 − 196)``."""
    total = say_number(start + plus - minus)
    return f"{total} ({say_number(start)} + {say_number(plus)} {MINUS} {say_number(minus)})"


def _say(value: float, unit: str) -> str:
    if unit == "1 = ja":
        return "ja" if value == 1 else "nein"
    if unit == "Stufe":
        return f"Stufe {say_number(value)}"
    return format_with_unit(say_number(value), unit)
