"""Published quantities: value texts and qualifiers become a value with a lower and an upper bound.

The rule table is ``rules/qualifiers.csv``; docs/methods/bounds.md explains it. A bound that the
source does not give stays missing.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from analysis.cleaning.rules import load_rules, match_first

MAX_HALF_WIDTH = 0.10
"""No rounding rule claims more than ± 10 % around the published value."""

# More digits than a float can hold are a damaged field, not a figure.
_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_CHANGE = re.compile(rf"({_NUMBER})\s*->\s*({_NUMBER})")
_BOUND = re.compile(rf"([<>]=?)\s*({_NUMBER})")


class Amount(NamedTuple):
    """A value text taken apart.

    ``form`` is ``number``, ``range``, ``change`` (``before`` holds the earlier value), ``bound``
    or ``other`` (no number).
    """

    form: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    before: float = math.nan


class Bounds(NamedTuple):
    """Lower and upper bound; missing (``nan``) where the source leaves the side open."""

    lower: float
    upper: float


def parse_amount(text: str) -> Amount:
    """Take a published value apart.

    Args:
        text: ``16200``, ``9000..11500``, ``30 -> 60``, ``>50``; anything else is ``other``.
    """
    cleaned = text.strip()
    if re.fullmatch(_NUMBER, cleaned):
        return Amount("number", float(cleaned))
    if span := _RANGE.fullmatch(cleaned):
        low, high = sorted((float(span[1]), float(span[2])))
        return Amount("range", (low + high) / 2, low, high)
    if change := _CHANGE.fullmatch(cleaned):
        return Amount("change", float(change[2]), before=float(change[1]))
    if bound := _BOUND.fullmatch(cleaned):
        value = float(bound[2])
        above = bound[1].startswith(">")
        return Amount("bound", value, value if above else math.nan, math.nan if above else value)
    return Amount("other")


def find_rounding_step(text: str) -> float:
    """Return the step to which a published number looks rounded.

    The step is the place value of the last digit that is not zero; a 5 in that place counts as
    rounding to a multiple of five.

    Examples:
        >>> find_rounding_step("16200"), find_rounding_step("4500"), find_rounding_step("0.5")
        (100.0, 500.0, 0.1)
    """
    cleaned = text.strip()
    number = Decimal(cleaned) if re.fullmatch(_NUMBER, cleaned) else Decimal(0)
    if number == 0:
        return 0.0
    digits, exponent = number.normalize().as_tuple()[1:]
    factor = 5 if digits[-1] == 5 and len(digits) > 1 else 1
    return float(factor * Decimal(10) ** int(exponent))


def bound_number(value: float, rule: str, step: float) -> Bounds:
    """Return the bounds that a rule gives a single published number.

    Args:
        value: the published number.
        rule: a rule of ``qualifiers.csv``; an unknown or empty rule leaves both sides open.
        step: rounding step in the unit of ``value``.
    """
    reach = min(step, MAX_HALF_WIDTH * abs(value))
    half = min(step / 2, MAX_HALF_WIDTH * abs(value))
    # "fast" and "gut" speak of the size of a number, so a negative change moves toward zero.
    toward, away = (value - reach, value + reach) if value >= 0 else (value + reach, value - reach)
    table = {
        "exact": (value, value),
        "rounded": (value - half, value + half),
        "average": (value - half, value + half),
        "below": (min(toward, value), max(toward, value)),
        "above": (min(away, value), max(away, value)),
        "at_least": (value, math.nan),
        "more_than": (value, math.nan),
        "at_most": (math.nan, value),
        "less_than": (math.nan, value),
    }
    return Bounds(*table.get(rule, (math.nan, math.nan)))


def bound_quantities(values: pd.Series, qualifiers: pd.Series) -> pd.DataFrame:
    """Turn published values and qualifiers into values with bounds.

    Args:
        values: value texts as published.
        qualifiers: how exact the source is, as published.

    Returns:
        Columns ``value``, ``lower``, ``upper``, ``base_value`` (float), ``form`` and ``rule``
        (strings; ``rule`` is empty where no rule covers the qualifier), on the index of ``values``.
    """
    rules = load_rules("qualifiers")
    matched = match_first(qualifiers, rules)
    rule = matched.map(rules["rule"]).fillna("").astype("str")
    fixed_step = pd.to_numeric(matched.map(rules["step"]), errors="coerce")
    amounts = values.map(parse_amount)
    rows = [
        _bound_row(amount, text, rule_name, step)
        for amount, text, rule_name, step in zip(amounts, values, rule, fixed_step, strict=True)
    ]
    return pd.DataFrame(
        rows, columns=["value", "lower", "upper", "base_value", "form", "rule"], index=values.index
    )


def _bound_row(amount: Amount, text: str, rule: str, fixed_step: float) -> tuple[object, ...]:
    if amount.form == "range":
        return (amount.value, amount.low, amount.high, math.nan, amount.form, "range")
    if amount.form == "bound":
        inclusive = ("at_least", "at_most") if "=" in text else ("more_than", "less_than")
        name = inclusive[0] if math.isnan(amount.high) else inclusive[1]
        return (amount.value, amount.low, amount.high, math.nan, amount.form, name)
    published = text.rsplit("->", maxsplit=1)[-1]
    step = find_rounding_step(published) if math.isnan(fixed_step) else fixed_step
    bounds = bound_number(amount.value, rule, step)
    return (amount.value, bounds.lower, bounds.upper, amount.before, amount.form, rule)
