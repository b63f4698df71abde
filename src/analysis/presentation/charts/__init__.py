"""Charts of the report: pure functions from a table to a matplotlib figure."""

from analysis.presentation.charts._placement import find_overlaps
from analysis.presentation.charts.bars import period_bars
from analysis.presentation.charts.curves import value_lines
from analysis.presentation.charts.fans import fan_months
from analysis.presentation.charts.grids import month_heatmap, value_heatmap
from analysis.presentation.charts.intervals import dumbbell, interval_bars
from analysis.presentation.charts.layers import stacked_months
from analysis.presentation.charts.matrices import heatmap, state_matrix
from analysis.presentation.charts.months import month_lines
from analysis.presentation.charts.needs import need_bars
from analysis.presentation.charts.schedule import schedule
from analysis.presentation.charts.seasons import MONTH_NAMES, seasonal_lines
from analysis.presentation.charts.shares import stacked_shares
from analysis.presentation.charts.time import small_multiples, timeline
from analysis.presentation.charts.tornado import tornado

__all__ = [
    "MONTH_NAMES",
    "dumbbell",
    "fan_months",
    "find_overlaps",
    "heatmap",
    "interval_bars",
    "month_heatmap",
    "month_lines",
    "need_bars",
    "period_bars",
    "schedule",
    "seasonal_lines",
    "small_multiples",
    "stacked_months",
    "stacked_shares",
    "state_matrix",
    "timeline",
    "tornado",
    "value_heatmap",
    "value_lines",
]
