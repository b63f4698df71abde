"""Charts of the report: pure functions from a table to a matplotlib figure."""

from analysis.presentation.charts._placement import find_overlaps
from analysis.presentation.charts.bars import period_bars
from analysis.presentation.charts.intervals import dumbbell, interval_bars
from analysis.presentation.charts.matrices import heatmap, state_matrix
from analysis.presentation.charts.shares import stacked_shares
from analysis.presentation.charts.time import small_multiples, timeline

__all__ = [
    "dumbbell",
    "find_overlaps",
    "heatmap",
    "interval_bars",
    "period_bars",
    "small_multiples",
    "stacked_shares",
    "state_matrix",
    "timeline",
]
