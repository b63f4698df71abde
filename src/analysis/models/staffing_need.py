"""Staffing need from cases and handling times (Personalbedarfsermittlung), with ranges.

Method: docs/methods/staffing-need.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError

# Handling times are minutes of work; a duration in these measures is elapsed time.
_DURATIONS = ("processing_time", "waiting_time", "vacancy_duration")
COLUMNS = ("key", "label", "unit", "lower", "value", "upper")


class Range(NamedTuple):
    """Least, best and most of a quantity."""

    lower: float
    value: float
    upper: float


@dataclass(frozen=True)
class WorkingTime:
    """Yearly working minutes of one full post (Jahresarbeitszeit, JAZ).

    Attributes:
        minutes: least, best and most [minutes per year and VZÄ].
        source: where the figure is from, with its date.
        net_of_allowances: whether allowances (Verteilzeiten) are already taken off.
    """

    minutes: Range
    source: str
    net_of_allowances: bool = False


@dataclass(frozen=True)
class Allowances:
    """Additions to the base time [share of the base time], with their source."""

    factual: float
    personal: float
    recovery: float
    source: str

    @property
    def factor(self) -> float:
        """Factor on the base time."""
        return 1 + self.factual + self.personal + self.recovery


@dataclass(frozen=True)
class Task:
    """One service of one office.

    Attributes:
        service: identifier of the service.
        cases: received cases per year.
        base_minutes: working minutes per case without allowances (Grundzeit).
        base_source: where the base time is from, with its date.
        base_measure: measure that it was taken from, where there is one.
    """

    service: str
    cases: Range
    base_minutes: Range
    base_source: str
    base_measure: str = ""


@dataclass(frozen=True)
class Clearing:
    """How a backlog is to be worked off.

    Attributes:
        open_cases: open cases at the key date.
        target_months: duration that is aimed at; the stock that belongs to it stays.
        months: time in which the rest is to be worked off.
    """

    open_cases: Range
    target_months: float
    months: float


def measure_handling_time(task: Task, allowances: Allowances) -> Range:
    """Return the mean handling time per case (mBZ) [minutes].

    mBZ = base time × (1 + factual + personal + recovery).

    Raises:
        DataError: the base time is an elapsed duration, not positive or without source, or an
            allowance is not a share.

    Source:
        Handbuch für Organisationsuntersuchungen und Personalbedarfsermittlung (BMI/BVA).
    """
    _check_task(task)
    shares = (allowances.factual, allowances.personal, allowances.recovery)
    if not all(0 <= share < 1 for share in shares):
        raise DataError("Verteilzeiten sind Anteile der Grundzeit zwischen 0 und 1.")
    return Range(*(minutes * allowances.factor for minutes in task.base_minutes))


def measure_permanent_need(task: Task, allowances: Allowances, working_time: WorkingTime) -> Range:
    """Return the permanent need of posts [VZÄ]: received cases × mBZ ÷ JAZ.

    The least goes with the fewest cases, the shortest time and the longest year.

    Raises:
        DataError: see ``measure_handling_time``; or the JAZ has no source, is not positive, or
            already leaves out the allowances.
    """
    _check_working_time(working_time, allowances)
    minutes, year = measure_handling_time(task, allowances), working_time.minutes
    return Range(
        task.cases.lower * minutes.lower / year.upper,
        task.cases.value * minutes.value / year.value,
        task.cases.upper * minutes.upper / year.lower,
    )


def measure_temporary_need(
    task: Task, allowances: Allowances, working_time: WorkingTime, clearing: Clearing
) -> Range:
    """Return the temporary need for working off a backlog [VZÄ for ``clearing.months``].

    (open − target stock) × mBZ ÷ (JAZ ÷ 12 × months), target stock = target duration × received
    per month. No need where the stock is below its target.

    Raises:
        DataError: as ``measure_permanent_need``; or the time for it is not positive.
    """
    _check_working_time(working_time, allowances)
    if clearing.months <= 0:
        raise DataError("Der Zeitraum für den Abbau des Rückstands muss länger als 0 Monate sein.")
    minutes, year = measure_handling_time(task, allowances), working_time.minutes
    target = [cases / 12 * clearing.target_months for cases in task.cases]
    share = clearing.months / 12
    return Range(
        max(clearing.open_cases.lower - target[2], 0) * minutes.lower / (year.upper * share),
        max(clearing.open_cases.value - target[1], 0) * minutes.value / (year.value * share),
        max(clearing.open_cases.upper - target[0], 0) * minutes.upper / (year.lower * share),
    )


def measure_gaps(required: Range, planned: float, filled: float) -> pd.DataFrame:
    """Return the three gaps between required, planned and filled posts [VZÄ].

    Returns:
        One row per gap with the columns ``COLUMNS``: planned − filled (vacant posts), required −
        filled (missing staff), required − planned (missing posts). They answer different
        questions and are never added up.
    """
    rows = [
        ("vacant", "unbesetzte Stellen (geplant − besetzt)", *[planned - filled] * 3),
        ("missing_staff", "fehlendes Personal (Bedarf − besetzt)", *(n - filled for n in required)),
        ("missing_posts", "fehlende Stellen (Bedarf − geplant)", *(n - planned for n in required)),
    ]
    return pd.DataFrame(
        [(key, label, "VZÄ", low, mid, high) for key, label, low, mid, high in rows],
        columns=list(COLUMNS),
    )


def measure_utilisation(
    task: Task, allowances: Allowances, working_time: WorkingTime, filled: float
) -> Range:
    """Return the utilisation (Auslastungsgrad) [percent]: permanent need ÷ filled posts.

    Above 100 % the backlog must grow; where it does not, handling time or data are wrong.

    Raises:
        DataError: as ``measure_permanent_need``; or no post is filled.
    """
    if filled <= 0:
        raise DataError("Ohne besetzte Stellen lässt sich keine Auslastung berechnen.")
    need = measure_permanent_need(task, allowances, working_time)
    return Range(*(100 * each / filled for each in need))


def _check_task(task: Task) -> None:
    if task.base_measure.startswith(_DURATIONS):
        raise DataError(
            f"»{task.service}«: »{task.base_measure}« ist eine Durchlaufzeit vom Eingang bis zum "
            "Bescheid. Für den Personalbedarf zählt die Bearbeitungszeit, also die Arbeitsminuten "
            "je Fall; sie muss gemessen oder geschätzt werden."
        )
    if not task.base_source.strip():
        raise DataError(f"»{task.service}«: Zur Grundzeit fehlt die Quelle.")
    for name, quantity in (("Grundzeit", task.base_minutes), ("Fallzahl", task.cases)):
        if not 0 <= quantity.lower <= quantity.value <= quantity.upper:
            raise DataError(
                f"»{task.service}«: {name}: Erwartet wird 0 ≤ Untergrenze ≤ Wert ≤ Obergrenze."
            )


def _check_working_time(working_time: WorkingTime, allowances: Allowances) -> None:
    if not working_time.source.strip():
        raise DataError(
            "Zur Jahresarbeitszeit fehlt die Quelle mit Datum; ohne sie wird kein Bedarf berechnet."
        )
    if (
        not 0
        < working_time.minutes.lower
        <= working_time.minutes.value
        <= working_time.minutes.upper
    ):
        raise DataError("Jahresarbeitszeit: Erwartet wird 0 < Untergrenze ≤ Wert ≤ Obergrenze.")
    if working_time.net_of_allowances and allowances.factor > 1:
        raise DataError(
            "Die Verteilzeit ist doppelt abgezogen: Sie ist in der Jahresarbeitszeit schon "
            "berücksichtigt und wird der Grundzeit noch einmal zugeschlagen. Bitte eines von "
            "beiden weglassen."
        )
