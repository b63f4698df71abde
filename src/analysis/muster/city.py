"""The city: units, services, names with their validity, and working days.

The structure follows the Sozialreferat of München as its council documents describe it (offices,
Sozialbürgerhäuser in twelve Sozialregionen); names, sizes and figures are made up.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import AbstractHolidayCalendar, Holiday
from pandas.tseries.offsets import Day, Easter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLACE = "Musterstadt"
START = dt.date(2021, 1, 1)
AS_OF = dt.date(2025, 12, 31)
ACCESSED = dt.date(2026, 1, 15)
MONTHS = 60
DAYS = (AS_OF - START).days + 1
REFORM = 24  # month of the reform: January 2023, counted from January 2021
EARLIER_AS_OF = dt.date(2025, 5, 31)  # last month of the delivery of June 2025
EARLIER_MONTHS = 53
CHANNELS = ("online", "paper", "email", "in_person", "other")


@dataclass(frozen=True)
class Name:
    """A name and its first and last day; ``None`` is open."""

    text: str
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Unit:
    """An organisational unit; ``weight`` is its share of the city's applications."""

    unit_id: str
    names: tuple[Name, ...]
    kind: str
    parent: str
    weight: float = 0.0

    def name_on(self, day: dt.date) -> str:
        """Return the name in use on a day."""
        return _name_on(self.names, day)


@dataclass(frozen=True)
class Service:
    """A benefit: where it is decided, how often it is applied for, what a decision takes.

    Attributes:
        service_id: identifier.
        names: old and new names.
        unit_id: unit in charge.
        units: units that decide.
        monthly: applications per month in the whole city at the start (wohngeld: see ``cases``).
        minutes: mean handling time of an application.
        seasons: factor of each month of the year.
        online: highest online share and month (from the start) in which half of it is reached.
    """

    service_id: str
    names: tuple[Name, ...]
    unit_id: str
    units: tuple[str, ...]
    monthly: float
    minutes: float
    seasons: tuple[float, ...]
    online: tuple[float, float]

    def name_on(self, day: dt.date) -> str:
        """Return the name in use on a day."""
        return _name_on(self.names, day)


def _name_on(names: tuple[Name, ...], day: dt.date) -> str:
    return next(
        name.text
        for name in names
        if (name.since is None or name.since <= day) and (name.until is None or day <= name.until)
    )


RENAMED_UNIT = "sbh_gleispark"
RENAMED_SINCE = dt.date(2023, 7, 1)
RENAMED_SERVICE = "bildung_teilhabe"

_REGIONS = (
    ("sbh_altstadt", "SBH Altstadt", 0.055),
    ("sbh_hafen", "SBH Hafen", 0.112),
    ("sbh_nordring", "SBH Nordring", 0.121),
    ("sbh_muehlenviertel", "SBH Mühlenviertel", 0.083),
    ("sbh_gartenstadt", "SBH Gartenstadt", 0.062),
    (RENAMED_UNIT, "SBH Gleispark", 0.091),
    ("sbh_uferpark", "SBH Uferpark", 0.048),
    ("sbh_hochfeld", "SBH Hochfeld", 0.104),
    ("sbh_ziegelei", "SBH Ziegelei", 0.097),
    ("sbh_neustadt", "SBH Neustadt", 0.093),
    ("sbh_westkreuz", "SBH Westkreuz", 0.108),
    ("sbh_kanalviertel", "SBH Kanalviertel", 0.026),
)


def _list_region_names(unit_id: str, text: str) -> tuple[Name, ...]:
    if unit_id != RENAMED_UNIT:
        return (Name(text),)
    return (
        Name("SBH Güterbahnhof", until=RENAMED_SINCE - dt.timedelta(days=1)),
        Name(text, since=RENAMED_SINCE),
    )


REGIONS: tuple[Unit, ...] = tuple(
    Unit(unit_id, _list_region_names(unit_id, text), "Sozialbürgerhaus", "sozialreferat", weight)
    for unit_id, text, weight in _REGIONS
)
OFFICES: tuple[Unit, ...] = tuple(
    Unit(unit_id, (Name(text),), kind, "sozialreferat")
    for unit_id, text, kind in (
        ("soziale_sicherung", "Amt für Soziale Sicherung", "Amt"),
        ("wohnen_migration", "Amt für Wohnen und Migration", "Amt"),
        ("stadtjugendamt", "Stadtjugendamt", "Amt"),
        ("geschaeftsleitung", "Geschäftsleitung", "Stabsstelle"),
    )
)
WHOLE = Unit("sozialreferat", (Name("Sozialreferat"),), "Referat", "")
UNITS: tuple[Unit, ...] = (*REGIONS, *OFFICES)

_SBH = tuple(unit.unit_id for unit in REGIONS)
_WOHNGELD_SEASONS = (1.18, 1.04, 1.06, 0.98, 0.95, 0.94, 0.95, 0.9, 0.97, 1.03, 1.05, 0.95)
_FLAT = (1.05, 1.0, 1.03, 0.99, 0.98, 0.98, 0.99, 0.95, 1.0, 1.02, 1.02, 0.99)

WOHNGELD = Service(
    "wohngeld", (Name("Wohngeld"),), "wohnen_migration", _SBH, 0.0, 240.0, _WOHNGELD_SEASONS,
    (0.58, 26.0),
)  # fmt: skip
OTHERS: tuple[Service, ...] = (
    Service(
        "grundsicherung",
        (Name("Grundsicherung im Alter und bei Erwerbsminderung"),),
        "soziale_sicherung", _SBH, 620.0, 260.0, _FLAT, (0.24, 36.0),
    ),
    Service(
        "hilfe_zum_lebensunterhalt",
        (Name("Hilfe zum Lebensunterhalt"),),
        "soziale_sicherung", (*_SBH, "soziale_sicherung"), 150.0, 220.0, _FLAT, (0.12, 40.0),
    ),
    Service(
        RENAMED_SERVICE,
        (
            Name("Bildungspaket", until=dt.date(2022, 7, 31)),
            Name("Bildung und Teilhabe", since=dt.date(2022, 8, 1)),
        ),
        "soziale_sicherung", _SBH, 1500.0, 40.0,
        (0.95, 1.05, 0.92, 0.85, 0.85, 0.88, 1.02, 1.28, 1.42, 1.12, 0.9, 0.76), (0.66, 20.0),
    ),
    Service(
        "unterhaltsvorschuss",
        (Name("Unterhaltsvorschuss"),),
        "stadtjugendamt", ("stadtjugendamt",), 260.0, 170.0, _FLAT, (0.35, 30.0),
    ),
    Service(
        "sozialwohnung",
        (Name("Antrag auf eine geförderte Wohnung"),),
        "wohnen_migration", ("wohnen_migration",), 1150.0, 75.0,
        (1.1, 1.03, 1.08, 1.0, 0.99, 0.97, 0.98, 0.93, 0.98, 1.02, 1.0, 0.92), (0.9, 4.0),
    ),
)  # fmt: skip
SERVICES: tuple[Service, ...] = (WOHNGELD, *OTHERS)


class _Holidays(AbstractHolidayCalendar):
    """Public holidays in München, with the days off of the city's staff."""

    rules = [  # noqa: RUF012 - a list by the class above
        Holiday("Neujahr", month=1, day=1),
        Holiday("Heilige Drei Könige", month=1, day=6),
        Holiday("Karfreitag", month=1, day=1, offset=[Easter(), Day(-2)]),
        Holiday("Ostermontag", month=1, day=1, offset=[Easter(), Day(1)]),
        Holiday("Tag der Arbeit", month=5, day=1),
        Holiday("Christi Himmelfahrt", month=1, day=1, offset=[Easter(), Day(39)]),
        Holiday("Pfingstmontag", month=1, day=1, offset=[Easter(), Day(50)]),
        Holiday("Fronleichnam", month=1, day=1, offset=[Easter(), Day(60)]),
        Holiday("Mariä Himmelfahrt", month=8, day=15),
        Holiday("Tag der Deutschen Einheit", month=10, day=3),
        Holiday("Allerheiligen", month=11, day=1),
        Holiday("Heiligabend", month=12, day=24),
        Holiday("Erster Weihnachtstag", month=12, day=25),
        Holiday("Zweiter Weihnachtstag", month=12, day=26),
        Holiday("Silvester", month=12, day=31),
    ]


@cache
def list_days() -> pd.DatetimeIndex:
    """Return all days of the five years."""
    return pd.date_range(START, AS_OF, freq="D")


@cache
def list_month_starts() -> pd.DatetimeIndex:
    """Return the first day of each month."""
    return pd.date_range(START, periods=MONTHS, freq="MS")


@cache
def find_working_days() -> NDArray[np.bool_]:
    """Return for each day whether the offices work (Monday to Friday, no holiday)."""
    days = list_days()
    holidays = _Holidays().holidays(days[0], days[-1])
    return np.asarray((days.day_of_week < 5) & ~days.isin(holidays))


@cache
def number_months() -> Ints:
    """Return for each day the number of its month, from 0."""
    days = list_days()
    return np.asarray((days.year - START.year) * 12 + days.month - 1, dtype=np.int64)
