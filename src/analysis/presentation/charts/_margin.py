"""Labels at the right of a plot: figures with their ranges, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy.optimize import isotonic_regression

from analysis.presentation.charts._drawing import text_height, write
from analysis.presentation.formats import MISSING, NARROW_SPACE, as_float, format_number
from analysis.presentation.theme import AXIS, MUTED, SMALL_SIZE


def say_span(lower: float | None, upper: float | None, digits: int) -> str:
    """Return a range as a short label: ``9–12``, ``−3 bis 4``, ``≥ 9``; empty where it is exact.

    A side that is open is left out; with both open there is nothing to say.
    """
    low, high = (format_number(bound, digits) for bound in (lower, upper))
    if low == high:
        return ""
    if MISSING in (low, high):
        return f"≤{NARROW_SPACE}{high}" if low == MISSING else f"≥{NARROW_SPACE}{low}"
    signed = min(as_float(lower) or 0.0, as_float(upper) or 0.0) < 0
    return f"{low} bis {high}" if signed else f"{low}–{high}"


def stack_blocks(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Return the middles of blocks one below the other, each as near to its place as possible.

    Least squares under the condition that no two blocks overlap: an isotonic regression of the
    places without the height that stands above each block.

    Args:
        wanted: wanted middles, in any order.
        heights: heights of the blocks.
        low: upper edge of the room.
        high: lower edge of the room; blocks go beyond it where they need more room.
    """
    if not wanted:
        return []
    order = np.argsort(np.asarray(wanted, dtype=float), kind="stable")
    tall = np.asarray(heights, dtype=float)[order]
    above = np.cumsum(tall) - tall / 2
    fitted = isotonic_regression(np.asarray(wanted, dtype=float)[order] - above).x
    fitted = np.maximum(np.minimum(fitted, high - tall.sum()), low)
    result = np.empty(len(wanted))
    result[order] = fitted + above
    return [float(place) for place in result]


def tie_label(paper: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Tie a label in the margin to its line where they are apart."""
    if abs(end[1] - start[1]) > 4 or end[0] - start[0] > 12:
        paper.plot([start[0], end[0]], [start[1], end[1]], color=AXIS, lw=0.6, zorder=2.1)


def write_end(paper: Axes, x: float, y: float, lines: Sequence[str], colour: str) -> None:
    """Write a figure with its range below it, the figure in semi-bold."""
    row = text_height("", SMALL_SIZE)
    for number, line in enumerate(lines):
        place = y + (number - (len(lines) - 1) / 2) * row
        first = number == 0
        write(
            paper,
            x,
            place,
            line,
            size=SMALL_SIZE,
            weight="semibold" if first else "normal",
            colour=colour if first else MUTED,
        )
