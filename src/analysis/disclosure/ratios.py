"""From protected counts to what is shown: numbers, signs, and the ratios that rest on counts."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from analysis.disclosure.columns import Columns, Ratio
from analysis.disclosure.rounding import reaches_minimum, round_half_up
from analysis.disclosure.signs import (
    LATER,
    LESS_THAN_HALF,
    NOT_MEANINGFUL,
    NOTHING,
    SECRET,
    SHOWN,
)
from analysis.disclosure_policy import DisclosurePolicy

LogLine: TypeAlias = tuple[object, str, str, str]
EVERY_ROW = object()

_WITHHELD = "gesperrt"
_SMALL = "kleine Zahl oder Zahl, aus der sich eine kleine errechnen ließe"
_ROUNDED = "gerundet"
_TO_FIVE = "jede Zahl für sich auf ein Vielfaches von 5"
_TOO_FEW = "Nenner gesperrt oder zu klein, oder Zähler gesperrt"
# A source may say these of a missing number; that a number is secret or unknown says ``.``.
_FROM_SOURCE = (NOT_MEANINGFUL, LATER)


class Shown(NamedTuple):
    """One column as it is shown."""

    name: str
    values: pd.Series[float]
    signs: pd.Series[str]
    log: list[LogLine]


def show_counts(
    table: pd.DataFrame,
    columns: Columns,
    released: pd.DataFrame,
    hidden: pd.DataFrame,
    policy: DisclosurePolicy,
    given: pd.DataFrame | None,
) -> list[Shown]:
    """Return the columns of counts with their signs.

    Args:
        table: true numbers, to tell zero from what rounds to zero.
        columns: what the columns are.
        released: numbers that may be shown, missing where not.
        hidden: where a number was taken away.
        policy: the edition's rule.
        given: signs that the source gave for missing numbers.
    """
    protected = columns.protected(policy)
    shown = []
    for count in columns.counts:
        name = count.column
        rounded = policy.method == "rundung5" and name in protected
        values = round_half_up(released[name], columns.registry[count.measure].digits)
        signs = _sign_missing(name, values, given)
        # Whether a rounded zero is none, one or two is what rounding hides.
        nothing = (values == 0) & (table[name] == 0) & (not rounded)
        signs = signs.mask(nothing, NOTHING).mask((values == 0) & ~nothing, LESS_THAN_HALF)
        log: list[LogLine] = [
            (index, name, _WITHHELD, _SMALL) for index in hidden.index[hidden[name]]
        ]
        if rounded:
            log.append((EVERY_ROW, name, _ROUNDED, _TO_FIVE))
        shown.append(Shown(name, values, signs, log))
    return shown


def show_ratio(
    ratio: Ratio,
    table: pd.DataFrame,
    columns: Columns,
    released: pd.DataFrame,
    policy: DisclosurePolicy,
    given: pd.DataFrame | None,
) -> Shown:
    """Return a ratio where it may be shown.

    It rests on the released counts: on rounded ones where these are rounded. It is left out where
    its denominator or numerator is, because it would give them away.

    Args:
        ratio: which columns it rests on.
        table: means and medians.
        columns: what the columns are.
        released: counts that may be shown.
        policy: the edition's rule.
        given: signs that the source gave for missing numbers.
    """
    base = released[ratio.denominator]
    needed = ratio.needed(policy.minimum)
    rounded = policy.method == "rundung5" and ratio.denominator in columns.protected(policy)
    enough = reaches_minimum(base, needed) if rounded else base >= needed
    if ratio.is_computed:
        # Where there is nothing to divide by, the sign says so.
        values = ratio.factor * released[ratio.numerator] / base.where(base != 0)
    else:
        values = table[ratio.column].astype("float64")
    exact = round_half_up(values.where(enough), columns.digits(ratio))
    signs = _sign_missing(ratio.column, exact, given).mask(base == 0, NOT_MEANINGFUL)
    withheld = exact.isna() & (signs == SECRET)
    return Shown(
        ratio.column,
        exact,
        signs,
        [(index, ratio.column, _WITHHELD, _TOO_FEW) for index in exact.index[withheld]],
    )


def _sign_missing(
    name: str, values: pd.Series[float], given: pd.DataFrame | None
) -> pd.Series[str]:
    missing = values.isna()
    signs = pd.Series(np.where(missing, SECRET, SHOWN), index=values.index, dtype="str")
    if given is None or name not in given:
        return signs
    from_source = given[name].reindex(values.index)
    return signs.mask(missing & from_source.isin(_FROM_SOURCE), from_source)
