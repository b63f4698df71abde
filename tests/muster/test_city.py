"""Working days and names."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analysis.muster.city import (
    REGIONS,
    SERVICES,
    START,
    UNITS,
    find_working_days,
    list_days,
    number_months,
)


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        # January 2021: 21 weekdays, less 1 January (Friday) and 6 January (Wednesday)
        (0, 19),
        # April 2023: 20 weekdays, less Good Friday (7th) and Easter Monday (10th)
        (27, 18),
        # May 2024: 23 weekdays, less 1st, 9th (Ascension), 20th (Whit Monday), 30th
        (40, 19),
        # August 2022: 23 weekdays, less 15 August (Monday)
        (19, 22),
        # December 2024: 22 weekdays, less 24, 25, 26, 31 December
        (47, 18),
    ],
)
def test_working_days_are_those_of_the_calendar(month: int, expected: int):
    working = find_working_days()[number_months() == month]
    assert int(working.sum()) == expected


def test_offices_are_closed_at_weekends():
    assert not find_working_days()[np.asarray(list_days().day_of_week >= 5)].any()


def test_every_day_has_exactly_one_name():
    for entry in (*UNITS, *SERVICES):
        for number in range(0, 1826, 7):
            day = START + dt.timedelta(days=number)
            fitting = [
                name
                for name in entry.names
                if (name.since is None or name.since <= day)
                and (name.until is None or day <= name.until)
            ]
            assert len(fitting) == 1
            assert entry.name_on(day) == fitting[0].text


def test_there_are_twelve_regions_that_make_up_the_city():
    assert len(REGIONS) == 12
    assert sum(unit.weight for unit in REGIONS) == pytest.approx(1)
