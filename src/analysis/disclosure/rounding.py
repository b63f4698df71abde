"""Rounding to multiples of five, each number on its own (`rundung5`)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.disclosure.attack import Interval

STEP = 5
_NOISE_DIGITS = 6


def round_to_five(values: pd.Series[float]) -> pd.Series[float]:
    """Return each number rounded to the nearest multiple of five.

    A tie (2.5, 7.5, only possible for full-time equivalents) is rounded away from zero, as
    everywhere in the report; missing stays missing, and no number changes its sign.
    """
    numbers = values.astype("float64")
    # 2.4999999999 is 2.5 after a sum of decimal numbers.
    size = numbers.abs().round(_NOISE_DIGITS)
    return (STEP * (size / STEP + 0.5).floordiv(1)).mul(_signs(numbers)) + 0.0


def rounding_interval(rounded: float, *, whole: bool, signed: bool = False) -> Interval:
    """Return the interval in which the true number behind a rounded one lies.

    Args:
        rounded: a multiple of five.
        whole: whether the true number is a whole number.
        signed: whether it may be negative.
    """
    half = (STEP - 1) / 2 if whole else STEP / 2
    lower = rounded - half
    return Interval(lower if signed else max(0.0, lower), rounded + half)


def reaches_minimum(rounded: pd.Series[float], minimum: float) -> pd.Series[bool]:
    """Return where a rounded count shows that the true count reaches ``minimum``.

    Only the published figure decides, so that a shown or missing rate tells nothing about the
    count that the rounded count does not tell.
    """
    return rounded.notna() & (rounded - STEP / 2 >= minimum)


def round_half_up(values: pd.Series[float], digits: int) -> pd.Series[float]:
    """Return numbers with so many decimal places, halves rounded away from zero."""
    scale = 10.0**digits
    numbers = values.astype("float64")
    size = (numbers.abs() * scale).round(_NOISE_DIGITS)
    return ((size + 0.5).floordiv(1) / scale).mul(_signs(numbers)) + 0.0


def _signs(numbers: pd.Series[float]) -> pd.Series[float]:
    return pd.Series(np.sign(numbers), index=numbers.index)


def is_multiple(value: float) -> bool:
    """Return whether a number is a multiple of five."""
    return math.isclose(value / STEP, round(value / STEP), abs_tol=1e-9)
