"""Working days of a month, by the public holidays of a Land.

Method: docs/methods/units-and-months.md, section 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import holidays
import numpy as np
import pandas as pd

from analysis.errors import UsageError, suggest

# Mariä Himmelfahrt is a holiday in the municipalities of Bavaria with a Catholic majority, to which
# München belongs; the calendar of public holidays of the whole Land leaves it out.
_ASSUMPTION_LAENDER = frozenset({"BY"})
_DAYS_OFF = (24, 31)
"""Days of December."""


def count_working_days(months: Iterable[pd.Timestamp], *, land: str = "BY") -> pd.Series:
    """Return the working days of months: Monday to Friday without public holidays.

    24 and 31 December are days off in the public service (§ 6 TVöD) and do not count either.

    Args:
        months: any day of each month.
        land: code of the Land, for instance ``BY``.

    Returns:
        Days by month (first day), sorted; each month once.

    Raises:
        UsageError: there is no such Land.
    """
    starts = sorted({pd.Timestamp(day).to_period("M").to_timestamp() for day in months})
    if not starts:
        return pd.Series(dtype="int64")
    first = np.array([day.date() for day in starts], dtype="datetime64[D]")
    after = np.array(
        [(day + pd.DateOffset(months=1)).date() for day in starts], dtype="datetime64[D]"
    )
    off = list_days_off(starts[0].year, starts[-1].year, land=land)
    counted = np.busday_count(first, after, holidays=off)
    return pd.Series(counted, index=pd.DatetimeIndex(starts), dtype="int64")


def list_days_off(first_year: int, last_year: int, *, land: str) -> list[np.datetime64]:
    """Return the public holidays of a Land and the days off between two years.

    Raises:
        UsageError: there is no such Land.
    """
    known = holidays.country_holidays("DE").subdivisions
    if land not in known:
        raise UsageError(
            f"Unbekanntes Land »{land}«.{suggest(land, known)} Bekannt sind: {', '.join(known)}."
        )
    categories = ("public", "catholic") if land in _ASSUMPTION_LAENDER else ("public",)
    days = holidays.country_holidays(
        "DE", subdiv=land, years=range(first_year, last_year + 1), categories=categories
    )
    years = range(first_year, last_year + 1)
    free = {dt.date(year, 12, day) for year in years for day in _DAYS_OFF}
    return [np.datetime64(day, "D") for day in sorted({*days, *free})]
