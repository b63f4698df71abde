"""Why a backlog grew: more applications, fewer staff, less output per head.

Method: docs/methods/backlog-decomposition.md.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pandas as pd

COLUMNS = ("key", "label", "value", "lower", "upper")
_WORDS = {
    "applications": ("mehr Anträge", "weniger Anträge", "gleich viele Anträge"),
    "staff": ("weniger Personal", "mehr Personal", "gleich viel Personal"),
    "output": (
        "weniger Erledigungen je VZÄ",
        "mehr Erledigungen je VZÄ",
        "gleich viele Erledigungen je VZÄ",
    ),
    "total": ("stärkerer Zuwachs", "schwächerer Zuwachs", "gleicher Zuwachs"),
}
_UNCLEAR = {
    "applications": "mehr oder weniger Anträge",
    "staff": "weniger oder mehr Personal",
    "output": "weniger oder mehr Erledigungen je VZÄ",
    "total": "stärkerer oder schwächerer Zuwachs",
}


class Months(NamedTuple):
    """Flows and staff of a span of months.

    Attributes:
        received: received cases.
        decided: decided cases.
        staff: filled posts, summed over the months [VZÄ months].
    """

    received: float
    decided: float
    staff: float

    @property
    def output(self) -> float:
        """Decided cases per VZÄ and month."""
        return self.decided / self.staff


class Bounds(NamedTuple):
    """Least and most of the flows and the staff of a span.

    Attributes:
        least: lower bounds.
        most: upper bounds.
    """

    least: Months
    most: Months


def decompose_growth(
    before: Months, after: Months, *, bounds: tuple[Bounds, Bounds] | None = None
) -> pd.DataFrame:
    """Split the difference in backlog growth between two spans of equal length.

    Growth is received − decided, and decided is staff × output per head. The shares of staff and
    output are their Shapley values: the mean over both orders in which they may change.

    Args:
        before: the span that is compared with.
        after: the span in question.
        bounds: bounds of both spans; by default all is known exactly.

    Returns:
        Rows ``applications``, ``staff``, ``output`` and ``total`` with the columns ``COLUMNS``
        [cases]; the first three values add up to the last. More backlog is positive; ``label``
        says the direction as far as the bounds decide it (»mehr Anträge«).

    Raises:
        ValueError: a span has no staff.

    Source:
        Shapley value of a product of two factors (symmetric, exact, independent of order).
    """
    known = bounds or (Bounds(before, before), Bounds(after, after))
    if min(before.staff, after.staff, *(each.least.staff for each in known)) <= 0:
        raise ValueError("both spans need staff")
    parts = _split(before, after)
    # Each part rises or falls steadily with each of its factors, so that its extremes lie where
    # all factors are at one of their ends.
    extremes = [
        _split(first, second)
        for first in _list_corners(known[0])
        for second in _list_corners(known[1])
    ]
    rows = []
    for key, value in parts.items():
        ends = [each[key] for each in extremes]
        lower, upper = min(*ends, value), max(*ends, value)
        rows.append((key, _say_direction(key, lower, upper), value, lower, upper))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _split(before: Months, after: Months) -> dict[str, float]:
    return {
        "applications": after.received - before.received,
        "staff": -(after.staff - before.staff) * (after.output + before.output) / 2,
        "output": -(after.output - before.output) * (after.staff + before.staff) / 2,
        "total": (after.received - after.decided) - (before.received - before.decided),
    }


def _list_corners(bounds: Bounds) -> list[Months]:
    ends = zip(bounds.least, bounds.most, strict=True)
    return [Months(*corner) for corner in product(*(dict.fromkeys(pair) for pair in ends))]


def _say_direction(key: str, lower: float, upper: float) -> str:
    more, less, same = _WORDS[key]
    if lower > 0:
        return more
    if upper < 0:
        return less
    return same if lower == upper == 0 else _UNCLEAR[key]
