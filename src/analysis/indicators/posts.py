"""Staffing by unit and month: filled posts, turnover, absences, strain, vacancies.

Method: docs/methods/units-and-months.md, section 6. Results are monthly rows as in ``months``.
"""

from __future__ import annotations

import pandas as pd

from analysis.indicators.months import (
    average_window,
    divide_months,
    label_series,
    pick,
)

MEASURES = (
    "posts_planned",
    "posts_filled",
    "heads",
    "heads_part_time",
    "posts_in_training",
    "hired",
    "leavers",
    "sickness_rate",
    "overtime_hours",
    "overload_reports",
    "vacancies",
    "vacancy_duration_median",
    "vacancy_duration_p90",
)
VACANCY_SERIES = {
    "vacancy_duration_median": "Median",
    "vacancy_duration_p90": "90. Perzentil",
}
POST_SERIES = {"posts_planned": "laut Plan", "posts_filled": "besetzt"}
_YEAR = 12


def measure_fill_rate(rows: pd.DataFrame) -> pd.DataFrame:
    """Filled in percent of planned posts (Besetzungsgrad) by unit and month.

    Args:
        rows: monthly rows with ``posts_planned`` and ``posts_filled``.

    Returns:
        Monthly rows of ``fill_rate`` [percent].

    Source:
        docs/methods/staffing.md, section 1.
    """
    return divide_months(
        pick(rows, "posts_filled"),
        pick(rows, "posts_planned"),
        measure="fill_rate",
        measure_unit="%",
        factor=100,
    )


def measure_turnover_by_unit(years: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Leavers of a calendar year in percent of the year's mean number of heads (Fluktuation).

    Args:
        years: rows of ``list_years`` with ``leavers``.
        rows: monthly rows with ``heads``.

    Returns:
        Monthly rows of ``turnover`` [percent per year], one per unit and year, month December,
        with ``year_label``. Missing where a month of the year is not known.

    Source:
        docs/methods/units-and-months.md, section 6.
    """
    return _divide_by_heads(years, rows, "leavers", ("turnover", "%/Jahr"), factor=100)


def measure_overtime_by_unit(years: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Hours of overtime of a calendar year per head (mean of the year), by unit.

    Args:
        years: rows of ``list_years`` with ``overtime_hours``.
        rows: monthly rows with ``heads``.

    Returns:
        Monthly rows of ``overtime_per_head`` [hours per year], one per unit and year, with
        ``year_label``.
    """
    names = ("overtime_per_head", "Stunden/Jahr")
    return _divide_by_heads(years, rows, "overtime_hours", names)


def measure_training_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of filled posts whose holders are still in training [percent]."""
    return divide_months(
        pick(rows, "posts_in_training"),
        pick(rows, "posts_filled"),
        measure="training_share",
        measure_unit="%",
        factor=100,
    )


def measure_part_time_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of heads who work part-time [percent]."""
    return divide_months(
        pick(rows, "heads_part_time"),
        pick(rows, "heads"),
        measure="part_time_share",
        measure_unit="%",
        factor=100,
    )


def list_posts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return planned and filled posts by month with ``series`` (German label)."""
    return label_series(rows, POST_SERIES)


def list_vacancy_durations(rows: pd.DataFrame) -> pd.DataFrame:
    """Return median and P90 of the duration of vacancies by month with ``series``."""
    return label_series(rows, VACANCY_SERIES)


def _divide_by_heads(
    years: pd.DataFrame,
    rows: pd.DataFrame,
    measure: str,
    result: tuple[str, str],
    *,
    factor: float = 1.0,
) -> pd.DataFrame:
    return divide_months(
        pick(years, measure),
        average_window(pick(rows, "heads"), _YEAR),
        measure=result[0],
        measure_unit=result[1],
        factor=factor,
    )
