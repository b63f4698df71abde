"""Why a backlog grew: more applications, fewer staff, less output per head.

Method: docs/methods/backlog-decomposition.md.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

COLUMNS = ("key", "label", "value")


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


def decompose_growth(before: Months, after: Months) -> pd.DataFrame:
    """Split the difference in backlog growth between two spans of equal length.

    Growth is received − decided, and decided is staff × output per head. The shares of staff and
    output are their Shapley values: the mean over both orders in which they may change.

    Args:
        before: the span that is compared with.
        after: the span in question.

    Returns:
        Rows ``applications``, ``staff``, ``output`` and ``total`` with the columns ``COLUMNS``
        [cases]; the first three add up to the last. More backlog is positive.

    Raises:
        ValueError: a span has no staff.

    Source:
        Shapley value of a product of two factors (symmetric, exact, independent of order).
    """
    if before.staff <= 0 or after.staff <= 0:
        raise ValueError("both spans need staff")
    applications = after.received - before.received
    staff = -(after.staff - before.staff) * (after.output + before.output) / 2
    output = -(after.output - before.output) * (after.staff + before.staff) / 2
    total = (after.received - after.decided) - (before.received - before.decided)
    rows = [
        ("applications", "mehr oder weniger Anträge", applications),
        ("staff", "weniger oder mehr Personal", staff),
        ("output", "weniger oder mehr Erledigungen je VZÄ", output),
        ("total", "zusammen", total),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
