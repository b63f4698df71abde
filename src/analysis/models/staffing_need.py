"""Staffing need from cases and handling times, or from what is decided today; with ranges.

Method: docs/methods/staffing-need.md. All quantities are ``Range``; every result goes with the
combination of inputs that makes it least and most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError

# Handling times are minutes of work; a duration in these measures is elapsed time.
_DURATIONS = ("processing_time", "waiting_time", "vacancy_duration")
COLUMNS = ("key", "label", "unit", "lower", "value", "upper")
GAP_LABELS = {
    "vacant": "unbesetzte Stellen (laut Plan − besetzt)",
    "missing_staff": "fehlendes Personal (Bedarf − besetzt)",
    "missing_posts": "fehlende Stellen (Bedarf − laut Plan)",
}
_MONTHS = 12


class Range(NamedTuple):
    """Least, best and most of a quantity."""

    lower: float
    value: float
    upper: float


def make_exact(number: float) -> Range:
    """Return a quantity that is known exactly."""
    return Range(number, number, number)


class Evidence(NamedTuple):
    """Where an input is from.

    Attributes:
        source: in German, with its date.
        origins: keys ``file#line`` of the raw rows.
        measure: what it counts, for the disclosure rule.
        when: time that it holds for, in German: ``1. Halbjahr 2023``, ``Stand 31.12.2024``.
    """

    source: str
    origins: tuple[str, ...] = ()
    measure: str = "derived"
    when: str = ""


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

    factual: Range
    personal: Range
    recovery: Range
    source: str

    @property
    def factor(self) -> Range:
        """Factor on the base time."""
        return Range(*(1 + sum(parts) for parts in zip(*self._parts, strict=True)))

    @property
    def _parts(self) -> tuple[Range, Range, Range]:
        return (self.factual, self.personal, self.recovery)


@dataclass(frozen=True)
class Clearing:
    """How a backlog is to be worked off.

    Attributes:
        open_cases: open cases at the key date.
        target_months: duration that is aimed at; the stock that belongs to it stays.
        months: time in which the rest is to be worked off.
    """

    open_cases: Range
    target_months: Range
    months: Range


@dataclass(frozen=True)
class Task:
    """One service of one office.

    Attributes:
        service: identifier of the service.
        cases: received cases per year.
        base_minutes: working minutes per case without allowances (Grundzeit).
        base_source: where the base time is from, with its date.
        base_measure: measure that it was taken from, where there is one.
        label: German name; by default the identifier.
        clearing: backlog and how it is to be worked off; without it there is no temporary need.
    """

    service: str
    cases: Range
    base_minutes: Range
    base_source: str
    base_measure: str = ""
    label: str = ""
    clearing: Clearing | None = None

    @property
    def name(self) -> str:
        """What messages and sheets call it."""
        return self.label or self.service


class OtherTask(NamedTuple):
    """Work that is not counted in cases, such as management and projects [VZÄ]."""

    label: str
    posts: Range


WHOLE = Range(1.0, 1.0, 1.0)
"""All posts work on the applications."""


@dataclass(frozen=True)
class Staff:
    """Posts of an office [VZÄ], and the share of them that works on its applications.

    Attributes:
        planned: posts of the plan; ``None`` where they are not known.
        filled: filled posts; ``None`` where they are not known.
        share: part of the posts that the need is compared with (0 to 1).
        same_date: whether planned and filled posts are of the same time; if not, their difference
            says nothing about vacant posts.
        assumed: whether the filled posts are an assumption and not a published figure.
    """

    planned: Range | None
    filled: Range | None
    share: Range = WHOLE
    same_date: bool = True
    assumed: bool = False

    def compared(self, posts: Range) -> Range:
        """Return the part of some posts that works on the applications."""
        if not 0 < self.share.lower <= self.share.value <= self.share.upper <= 1:
            raise DataError(
                "Der Anteil der Stellen für diese Anträge muss über 0 und höchstens bei 100 % "
                "liegen."
            )
        return Range(*(n * part for n, part in zip(posts, self.share, strict=True)))


@dataclass(frozen=True)
class Office:
    """An office (Dienststelle) whose need follows from cases and handling times.

    Attributes:
        label: German name.
        tasks: its services.
        allowances: additions to the base times.
        working_time: yearly working time.
        staff: posts.
        others: work that is not counted in cases, listed apart.
        evidence: input to where it is from. Keys: ``planned``, ``filled``, ``share``,
            ``factual``, ``personal``, ``recovery``, ``year``; for each service
            ``cases:<service>``, ``base:<service>``, ``open:<service>``, ``target:<service>``,
            ``months:<service>``; ``other:<number>`` for other tasks, from 0.
    """

    label: str
    tasks: tuple[Task, ...]
    allowances: Allowances
    working_time: WorkingTime
    staff: Staff
    others: tuple[OtherTask, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


class Stocks(NamedTuple):
    """Two stocks of an office, one after the other.

    Attributes:
        first: open cases at the earlier day.
        last: open cases at the later day.
        months: time between them [months].
    """

    first: Range
    last: Range
    months: float


@dataclass(frozen=True)
class OutputOffice:
    """An office whose handling times are not known, but what it decides with how many posts.

    All its posts count, as its output is that of all of them.

    Attributes:
        label: German name.
        service: identifier of its service.
        decided: decided cases per month in the time that output is measured for.
        staffed: filled posts in that time [VZÄ].
        received: received cases per month today.
        working_time: yearly working time, for the minutes that the output implies.
        staff: posts of about the time of ``received``, which the need may be compared with.
        clearing: backlog and how it is to be worked off.
        stocks: two stocks between which ``received`` cases came in and the filled posts of
            ``staff`` worked; ``None`` where nothing follows from them.
        plan: posts of the plan as last published, of whatever time; not compared with.
        evidence: as in ``Office``. Keys: ``decided``, ``staffed``, ``received``, ``year``,
            ``planned``, ``filled``, ``open``, ``target``, ``months``, ``stock_first``,
            ``stock_last``, ``between``.
    """

    label: str
    service: str
    decided: Range
    staffed: Range
    received: Range
    working_time: WorkingTime
    staff: Staff
    clearing: Clearing | None = None
    stocks: Stocks | None = None
    plan: Range | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


class Estimate(NamedTuple):
    """One of the ways from output to the need of an office.

    Attributes:
        key: ``months`` (decided cases of single months) or ``stock`` (what the stock did).
        decided: decided cases per month.
        posts: posts that decided them [VZÄ].
        output: decided cases per VZÄ and month.
        need: permanent need [VZÄ].
        gaps: the gaps that are known, by the keys of ``measure_gaps`` [VZÄ].
        clearing: temporary need [VZÄ]; ``None`` without a goal.
        inputs: keys of the evidence that it rests on.
    """

    key: str
    decided: Range
    posts: Range
    output: Range
    need: Range
    gaps: Mapping[str, Range]
    clearing: Range | None
    inputs: tuple[str, ...]


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
    for part in (allowances.factual, allowances.personal, allowances.recovery):
        if not 0 <= part.lower <= part.value <= part.upper < 1:
            raise DataError("Verteilzeiten sind Anteile der Grundzeit zwischen 0 und 1.")
    return _multiply(task.base_minutes, allowances.factor)


def measure_task_need(task: Task, allowances: Allowances, working_time: WorkingTime) -> Range:
    """Return the permanent need of posts for one service [VZÄ]: received cases × mBZ ÷ JAZ.

    The least goes with the fewest cases, the shortest time and the longest year.

    Raises:
        DataError: see ``measure_handling_time``; or the JAZ has no source, is not positive, or
            already leaves out the allowances.
    """
    _check_working_time(working_time)
    _check_double_counting(working_time, allowances)
    minutes = measure_handling_time(task, allowances)
    return _divide(_multiply(task.cases, minutes), working_time.minutes)


def measure_permanent_need(
    tasks: Sequence[Task], allowances: Allowances, working_time: WorkingTime
) -> Range:
    """Return the permanent need of posts for the services of an office [VZÄ].

    VZÄ = Σ (received cases × mBZ) ÷ JAZ; other tasks are not in it.

    Raises:
        DataError: as ``measure_task_need``; or there is no service.
    """
    if not tasks:
        raise DataError("Ohne Leistungen lässt sich kein Personalbedarf berechnen.")
    return add_ranges([measure_task_need(task, allowances, working_time) for task in tasks])


def measure_temporary_need(task: Task, allowances: Allowances, working_time: WorkingTime) -> Range:
    """Return the posts that working off the backlog of a service takes for a time [VZÄ].

    (open − target stock) × mBZ ÷ (JAZ ÷ 12 × months), target stock = target duration × received
    per month. No need where the stock is below its target or nothing is to be worked off.

    Raises:
        DataError: as ``measure_task_need``; or the time for it is not positive.
    """
    _check_working_time(working_time)
    _check_double_counting(working_time, allowances)
    minutes = measure_handling_time(task, allowances)
    if task.clearing is None:
        return make_exact(0.0)
    _check_clearing(task.clearing)
    per_month = Range(*(cases / _MONTHS for cases in task.cases))
    rest = measure_excess(task.clearing, per_month)
    per_post = _multiply(
        Range(*(minutes / _MONTHS for minutes in working_time.minutes)), task.clearing.months
    )
    return _divide(_multiply(rest, minutes), per_post)


def measure_excess(clearing: Clearing, received_per_month: Range) -> Range:
    """Return the open cases beyond the target stock, never less than none.

    Target stock = received per month × target duration.
    """
    target = _multiply(received_per_month, clearing.target_months)
    return Range(
        max(clearing.open_cases.lower - target.upper, 0.0),
        max(clearing.open_cases.value - target.value, 0.0),
        max(clearing.open_cases.upper - target.lower, 0.0),
    )


def measure_output(decided_per_month: Range, filled: Range) -> Range:
    """Return what one filled post decides [cases per VZÄ and month].

    Raises:
        DataError: nothing is decided, or no post is filled.
    """
    _check_positive("entschiedene Fälle je Monat", decided_per_month)
    _check_positive("besetzte Stellen", filled)
    return _divide(decided_per_month, filled)


def measure_need_from_output(received_per_month: Range, output: Range) -> Range:
    """Return the posts that decide what is received, at today's output [VZÄ]: received ÷ output.

    It carries forward today's way of working: training, part-time and advice are in the output
    as they are today. It is no need measured from handling times.

    Raises:
        DataError: the output is not positive.
    """
    _check_positive("Ausstoß je VZÄ und Monat", output)
    return _divide(received_per_month, output)


def measure_growth(stocks: Stocks) -> Range:
    """Return how the stock grew per month between two days: (last − first) ÷ months.

    Raises:
        DataError: the second stock is not later than the first one.
    """
    if stocks.months <= 0:
        raise DataError("Zwischen zwei Beständen muss Zeit liegen.")
    return Range(*(each / stocks.months for each in _subtract(stocks.last, stocks.first)))


def measure_decided_from_stock(received_per_month: Range, growth: Range) -> Range:
    """Return what must have been decided per month: received − growth of the stock.

    Raises:
        DataError: it is not surely positive.
    """
    decided = _subtract(received_per_month, growth)
    _check_positive("aus dem Bestand gerechnete Entscheidungen je Monat", decided)
    return decided


def measure_load(received_per_month: Range, growth: Range) -> Range:
    """Return how many cases come in per decided one: received ÷ (received − growth).

    The same received cases stand above and below, so the range is that of one number of received
    cases at a time. In received cases the quotient only falls or only rises (with the sign of the
    growth), in growth it rises: each bound lies at an end.

    Raises:
        DataError: as ``measure_decided_from_stock``.
    """
    measure_decided_from_stock(received_per_month, growth)
    ends = (received_per_month.lower, received_per_month.upper)
    return Range(
        min(each / (each - growth.lower) for each in ends),
        received_per_month.value / (received_per_month.value - growth.value),
        max(each / (each - growth.upper) for each in ends),
    )


def measure_need_from_stock(staff: Range, load: Range) -> Range:
    """Return the posts that would have kept the stock as it was [VZÄ]: posts × load.

    It is received ÷ output with output = decided ÷ posts.

    Args:
        staff: posts that worked in the time [VZÄ].
        load: received per decided case (see ``measure_load``).

    Raises:
        DataError: no post is filled.
    """
    _check_positive("besetzte Stellen", staff)
    return _multiply(staff, load)


def measure_gap_from_stock(staff: Range, load: Range) -> Range:
    """Return the posts that were missing to keep the stock [VZÄ]: posts × (load − 1).

    It is the need from the stock less the posts, with the same posts in both.
    """
    more = Range(*(each - 1 for each in load))
    return Range(
        min(more.lower * staff.lower, more.lower * staff.upper),
        more.value * staff.value,
        max(more.upper * staff.lower, more.upper * staff.upper),
    )


def measure_expected_growth(received_per_month: Range, output: Range, staff: Range) -> Range:
    """Return how the stock would change per month: received − output × posts [cases]."""
    return _subtract(received_per_month, _multiply(output, staff))


def measure_temporary_from_output(
    clearing: Clearing, received_per_month: Range, output: Range
) -> Range:
    """Return the posts for working off the backlog, at today's output [VZÄ].

    max(open − target stock, 0) ÷ (output × months).

    Raises:
        DataError: the output or the time is not positive.
    """
    _check_positive("Ausstoß je VZÄ und Monat", output)
    _check_clearing(clearing)
    rest = measure_excess(clearing, received_per_month)
    return _divide(rest, _multiply(output, clearing.months))


def measure_implied_minutes(working_time: WorkingTime, output: Range) -> Range:
    """Return the working minutes of a post per decided case: JAZ ÷ 12 ÷ output.

    Everything that the posts do is in it; it is no measured handling time.

    Raises:
        DataError: the JAZ has no source or is not positive, or the output is not positive.
    """
    _check_working_time(working_time)
    _check_positive("Ausstoß je VZÄ und Monat", output)
    return _divide(Range(*(minutes / _MONTHS for minutes in working_time.minutes)), output)


def measure_gaps(required: Range, staff: Staff) -> pd.DataFrame:
    """Return the three gaps between required, planned and filled posts [VZÄ].

    Only the part of the posts counts that works on the applications.

    Returns:
        One row per gap that is known with the columns ``COLUMNS``: planned − filled (vacant
        posts), required − filled (missing staff), required − planned (missing posts). They
        answer different questions and are never added up.

    Raises:
        DataError: the share of the posts is not between 0 and 100 %.
    """
    rows = []
    if staff.planned is not None and staff.filled is not None and staff.same_date:
        # The same share holds on both sides, so it is applied to the difference.
        vacant = _subtract(staff.planned, staff.filled)
        staff.compared(staff.planned)
        corners = [vacant.lower * staff.share.lower, vacant.lower * staff.share.upper]
        far = [vacant.upper * staff.share.lower, vacant.upper * staff.share.upper]
        gap = Range(min(corners), vacant.value * staff.share.value, max(far))
        rows.append(("vacant", gap))
    if staff.filled is not None:
        gap = _subtract(required, staff.compared(staff.filled))
        rows.append(("missing_staff", gap))
    if staff.planned is not None:
        gap = _subtract(required, staff.compared(staff.planned))
        rows.append(("missing_posts", gap))
    return pd.DataFrame(
        [(key, GAP_LABELS[key], "VZÄ", *gap) for key, gap in rows], columns=list(COLUMNS)
    )


def measure_utilisation(required: Range, staff: Staff) -> Range:
    """Return the utilisation (Auslastungsgrad) [percent]: permanent need ÷ filled posts.

    Above 100 % the backlog must grow; where it does not, handling time or data are wrong.

    Raises:
        DataError: no post is filled, or the share of the posts is not between 0 and 100 %.
    """
    if staff.filled is None or staff.filled.lower <= 0:
        raise DataError("Ohne besetzte Stellen lässt sich keine Auslastung berechnen.")
    ratio = _divide(required, staff.compared(staff.filled))
    return Range(*(100 * each for each in ratio))


def list_estimates(office: OutputOffice) -> list[Estimate]:
    """Return what follows for an office from its output, one entry per way there is.

    First from the decided cases of single months; then, where two stocks and the posts of the time
    between them are known, from what the stock did.

    Raises:
        DataError: nothing was decided, or a time is not positive.
    """
    output = measure_output(office.decided, office.staffed)
    need = measure_need_from_output(office.received, output)
    first = Estimate(
        "months",
        office.decided,
        office.staffed,
        output,
        need,
        _list_gaps(need, office.staff),
        _measure_clearing(office, output),
        ("decided", "staffed", "received"),
    )
    if office.stocks is None or office.staff.filled is None:
        return [first]
    posts, growth = office.staff.filled, measure_growth(office.stocks)
    decided = measure_decided_from_stock(office.received, growth)
    load = measure_load(office.received, growth)
    need, output = measure_need_from_stock(posts, load), measure_output(decided, posts)
    gaps = _list_gaps(need, office.staff)
    second = Estimate(
        "stock",
        decided,
        posts,
        output,
        need,
        # The posts stand in the need as well: their range must not count twice.
        {**gaps, "missing_staff": measure_gap_from_stock(posts, load)},
        _measure_clearing(office, output),
        ("stock_first", "stock_last", "between", "received", "filled"),
    )
    return [first, second]


def _list_gaps(need: Range, staff: Staff) -> dict[str, Range]:
    return {
        str(row["key"]): Range(row["lower"], row["value"], row["upper"])
        for row in measure_gaps(need, staff).to_dict("records")
    }


def _measure_clearing(office: OutputOffice, output: Range) -> Range | None:
    if office.clearing is None:
        return None
    return measure_temporary_from_output(office.clearing, office.received, output)


def add_ranges(parts: Sequence[Range]) -> Range:
    """Return the sum of quantities, bound by bound."""
    return Range(*(sum(numbers) for numbers in zip(*parts, strict=True)))


def _multiply(first: Range, second: Range) -> Range:
    return Range(*(a * b for a, b in zip(first, second, strict=True)))


def _divide(numerator: Range, denominator: Range) -> Range:
    return Range(
        numerator.lower / denominator.upper,
        numerator.value / denominator.value,
        numerator.upper / denominator.lower,
    )


def _subtract(first: Range, second: Range) -> Range:
    return Range(first.lower - second.upper, first.value - second.value, first.upper - second.lower)


def _check_task(task: Task) -> None:
    if task.base_measure.startswith(_DURATIONS):
        raise DataError(
            f"»{task.name}«: »{task.base_measure}« ist eine Durchlaufzeit vom Eingang bis zum "
            "Bescheid. Für den Personalbedarf zählt die Bearbeitungszeit, also die Arbeitsminuten "
            "je Fall; sie muss gemessen oder geschätzt werden."
        )
    if not task.base_source.strip():
        raise DataError(f"»{task.name}«: Zur Grundzeit fehlt die Quelle.")
    for name, quantity in (("Grundzeit", task.base_minutes), ("Fallzahl", task.cases)):
        if not 0 <= quantity.lower <= quantity.value <= quantity.upper:
            raise DataError(
                f"»{task.name}«: {name}: Erwartet wird 0 ≤ Untergrenze ≤ Wert ≤ Obergrenze."
            )


def _check_clearing(clearing: Clearing) -> None:
    if clearing.months.lower <= 0:
        raise DataError("Der Zeitraum für den Abbau des Rückstands muss länger als 0 Monate sein.")


def _check_positive(name: str, quantity: Range) -> None:
    if not 0 < quantity.lower <= quantity.value <= quantity.upper:
        raise DataError(f"{name}: Erwartet wird 0 < Untergrenze ≤ Wert ≤ Obergrenze.")


def _check_working_time(working_time: WorkingTime) -> None:
    if not working_time.source.strip():
        raise DataError(
            "Zur Jahresarbeitszeit fehlt die Quelle mit Datum; ohne sie wird kein Bedarf berechnet."
        )
    _check_positive("Jahresarbeitszeit", working_time.minutes)


def _check_double_counting(working_time: WorkingTime, allowances: Allowances) -> None:
    if working_time.net_of_allowances and allowances.factor.upper > 1:
        raise DataError(
            "Die Verteilzeit ist doppelt abgezogen: Sie ist in der Jahresarbeitszeit schon "
            "berücksichtigt und wird der Grundzeit noch einmal zugeschlagen. Bitte eines von "
            "beiden weglassen."
        )
