"""The simulation: months of staffing, queues and decisions that act on each other.

Staff determine what can be decided, applications what is to be decided; what is left waits. Load
acts back on sickness, overtime, overload reports and turnover. Decisions on Wohngeld come out of
a queue of cases, those on the other services out of monthly stocks; in both

    open at the end = open before + received − decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.muster.arrivals import (
    Cases,
    draw_cases,
    expect_monthly,
    grow_online_share,
    share_channels,
)
from analysis.muster.city import (
    CHANNELS,
    MONTHS,
    OTHERS,
    REFORM,
    REGIONS,
    SERVICES,
    UNITS,
    WOHNGELD,
    Floats,
    Ints,
    Service,
    find_working_days,
    number_months,
)
from analysis.muster.queues import Queue, find_closing_days
from analysis.muster.staff import (
    APPLICATION_SHARE,
    MINUTES_PER_MONTH,
    SICKNESS,
    Posts,
    advance_posts,
    count_staff,
    list_vacancies,
    measure_productivity,
    plan_posts,
    share_over_units,
    sum_needs,
)

_ONLINE_RELIEF = 0.12  # handling time saved by an online application
_REFORM_FACTOR = 1.12  # handling time after the reform ÷ before
_WORKING_DAYS = 20.8  # per month on average
_REGULAR_SHARE = 0.65  # of the capacity is divided as planned, the rest by what waits
_START_STOCK = 0.6  # open applications at the start, in months of receipt
_SAME_MONTH = 0.5  # share of a month's applications that can be decided within it
_UNIT_NUMBER = {unit.unit_id: number for number, unit in enumerate(UNITS)}


@dataclass(frozen=True)
class City:
    """Everything that happened in five years.

    Attributes:
        cases: applications for Wohngeld.
        closed: day on which each was decided or withdrawn, ``NEVER`` where it is open.
        counts: ``service``, ``unit``, ``month``, received, decided, open of the other services.
        staff: by unit, pay group and month.
        strain: sickness rate, overtime hours, overload reports by unit and month.
        vacancies: one row each.
        channels: applications by service, month and channel.
        forms: forms started and abandoned by service and month.
    """

    cases: Cases
    closed: Ints
    counts: pd.DataFrame
    staff: pd.DataFrame
    strain: pd.DataFrame
    vacancies: pd.DataFrame
    channels: pd.DataFrame
    forms: pd.DataFrame


def simulate_city(seed: int, cases: int) -> City:
    """Simulate five years.

    Args:
        seed: the same seed gives the same city.
        cases: number of applications for Wohngeld.
    """
    rng = np.random.default_rng([seed, 0])
    drawn = draw_cases(cases, rng)
    monthly_cases = cases / float(expect_monthly(WOHNGELD).sum())
    posts = plan_posts(*sum_needs(monthly_cases), rng)
    received = {service.service_id: _draw_received(service, rng) for service in OTHERS}
    run = _Run(posts, received, Queue(drawn), rng)
    for month in range(MONTHS):
        run.advance(month)
    closed = find_closing_days(drawn, run.queue)
    channels = _share_over_channels(received, drawn, rng)
    return City(
        drawn,
        closed,
        pd.concat(run.counts, ignore_index=True),
        pd.concat(run.staff, ignore_index=True),
        pd.concat(run.strain, ignore_index=True),
        list_vacancies(posts),
        channels,
        _count_forms(channels, rng),
    )


def _draw_received(service: Service, rng: np.random.Generator) -> Ints:
    shares = np.array(list(share_over_units(service.units).values()))
    expected = np.outer(expect_monthly(service) * service.monthly, shares)
    return rng.poisson(expected).astype(np.int64)


class _Run:
    """The state of the city between two months."""

    def __init__(
        self, posts: Posts, received: dict[str, Ints], queue: Queue, rng: np.random.Generator
    ) -> None:
        self.posts, self.received, self.queue, self.rng = posts, received, queue, rng
        self.load = np.ones(len(UNITS))
        self.open = {
            service.service_id: np.rint(received[service.service_id][0] * _START_STOCK).astype(
                np.int64
            )
            for service in OTHERS
        }
        self.plan = _plan_minutes(queue)
        self.counts: list[pd.DataFrame] = []
        self.staff: list[pd.DataFrame] = []
        self.strain: list[pd.DataFrame] = []
        self.working = find_working_days()
        self.month_of_day = number_months()

    def advance(self, month: int) -> None:
        """Go through one month."""
        change = advance_posts(self.posts, month, self.load, self.rng)
        staff = count_staff(self.posts, month, change)
        self.staff.append(staff)
        heads = np.bincount(
            staff["unit"], weights=staff["heads"].to_numpy(np.float64), minlength=len(UNITS)
        ).astype(np.float64)
        strain = self._draw_strain(month, heads)
        self.strain.append(strain)
        days = np.flatnonzero((self.month_of_day == month) & self.working)
        minutes = self._measure_capacity(strain, len(days))
        work = self._measure_work(month)
        given = _divide(minutes, work, self.plan)
        self.load = np.where(minutes > 0, work.sum(axis=1) / np.maximum(minutes, 1), 1.0)
        self._decide_cases(month, given[: len(REGIONS), 0] / find_handling_time(WOHNGELD, month))
        for number, service in enumerate(OTHERS, start=1):
            self._decide_others(month, service, given[:, number])

    def _draw_strain(self, month: int, heads: Floats) -> pd.DataFrame:
        pressure = np.clip(self.load - 1.3, 0, 5)
        season = 1.6 * np.cos(2 * np.pi * (month - 0.5) / 12)
        noise = self.rng.normal(0, 0.5, size=len(UNITS))
        sickness = np.clip(SICKNESS + season + 0.5 * pressure + noise, 1.5, 25).round(1)
        per_head = 2.2 + 1.1 * pressure + self.rng.normal(0, 0.25, size=len(UNITS))
        reports = self.rng.poisson(heads * 0.009 * np.clip(self.load - 1, 0, 5))
        return pd.DataFrame(
            {
                "unit": np.arange(len(UNITS)),
                "month": month,
                "sickness_rate": sickness,
                "overtime_hours": np.rint(heads * np.clip(per_head, 0.3, None)).astype(np.int64),
                "overload_reports": reports.astype(np.int64),
                "heads": heads.astype(np.int64),
            }
        )

    def _measure_capacity(self, strain: pd.DataFrame, working_days: int) -> Floats:
        power = np.bincount(
            self.posts.unit, weights=measure_productivity(self.posts), minlength=len(UNITS)
        )
        at_work = (100 - strain["sickness_rate"].to_numpy()) / (100 - SICKNESS)
        overtime = strain["overtime_hours"] / strain["heads"].clip(lower=1) * 60
        per_post = MINUTES_PER_MONTH * at_work * working_days / _WORKING_DAYS + overtime.to_numpy()
        return np.asarray(power * per_post * APPLICATION_SHARE, dtype=np.float64)

    def _measure_work(self, month: int) -> Floats:
        """Return the minutes of work that wait or are expected, by unit and service."""
        work = np.zeros((len(UNITS), len(SERVICES)))
        days = self.month_of_day == month
        coming = (self.queue.urgent + self.queue.normal)[days].sum(axis=0)
        cases = self.queue.count_waiting() + coming
        work[: len(REGIONS), 0] = cases * find_handling_time(WOHNGELD, month)
        for number, service in enumerate(OTHERS, start=1):
            cases = self.open[service.service_id] + self.received[service.service_id][month]
            work[_numbers(service), number] = cases * find_handling_time(service, month)
        return work

    def _decide_cases(self, month: int, capacity: Floats) -> None:
        days = np.flatnonzero(self.month_of_day == month)
        working = self.working[days]
        for day, works in zip(days, working, strict=True):
            self.queue.take_in(int(day))
            if works:
                self.queue.serve(int(day), capacity / working.sum())

    def _decide_others(self, month: int, service: Service, minutes: Floats) -> None:
        units = _numbers(service)
        received = self.received[service.service_id][month]
        before = self.open[service.service_id]
        expected = minutes[units] / find_handling_time(service, month)
        possible = np.floor(expected + self.rng.random(len(units))).astype(np.int64)
        decided = np.minimum(possible, before + np.floor(received * _SAME_MONTH).astype(np.int64))
        after = before + received - decided
        self.open[service.service_id] = after
        self.counts.append(
            pd.DataFrame(
                {
                    "service": service.service_id,
                    "unit": units,
                    "month": month,
                    "received": received,
                    "decided": decided,
                    "open": after,
                }
            )
        )


def _numbers(service: Service) -> Ints:
    return np.array([_UNIT_NUMBER[unit] for unit in service.units], dtype=np.int64)


def find_handling_time(service: Service, month: int) -> float:
    """Return the mean handling time of an application in a month [minutes]."""
    harder = _REFORM_FACTOR if service is WOHNGELD and month >= REFORM else 1.0
    online = float(grow_online_share(service)[month])
    return service.minutes * harder * (1 - _ONLINE_RELIEF * online)


def _plan_minutes(queue: Queue) -> Floats:
    """Return the share of each unit's capacity that is planned for each service."""
    plan = np.zeros((len(UNITS), len(SERVICES)))
    first_year = (queue.urgent + queue.normal)[:365].sum(axis=0) / 12
    plan[: len(REGIONS), 0] = np.maximum(first_year, 1) * WOHNGELD.minutes
    for number, service in enumerate(OTHERS, start=1):
        for unit_id, share in share_over_units(service.units).items():
            plan[_UNIT_NUMBER[unit_id], number] = service.monthly * share * service.minutes
    total = plan.sum(axis=1, keepdims=True)
    return np.asarray(plan / np.maximum(total, 1.0), dtype=np.float64)


def _divide(minutes: Floats, work: Floats, plan: Floats) -> Floats:
    """Divide each unit's minutes among its services; none gets more than there is to do."""
    total = work.sum(axis=1, keepdims=True)
    by_work = np.divide(work, total, out=np.zeros_like(work), where=total > 0)
    wanted = minutes[:, None] * (_REGULAR_SHARE * plan + (1 - _REGULAR_SHARE) * by_work)
    given = np.minimum(wanted, work)
    left = minutes[:, None] - given.sum(axis=1, keepdims=True)
    need = work - given
    open_need = need.sum(axis=1, keepdims=True)
    share = np.divide(need, open_need, out=np.zeros_like(need), where=open_need > 0)
    return np.asarray(given + np.minimum(left * share, need), dtype=np.float64)


def _share_over_channels(
    received: dict[str, Ints], cases: Cases, rng: np.random.Generator
) -> pd.DataFrame:
    parts = []
    month = number_months()[cases.received]
    for service in SERVICES:
        if service is WOHNGELD:
            cells = month * len(CHANNELS) + cases.channel
            counts = np.bincount(cells, minlength=MONTHS * len(CHANNELS))
            drawn = counts.reshape(MONTHS, len(CHANNELS))
        else:
            total = received[service.service_id].sum(axis=1)
            drawn = rng.multinomial(total, share_channels(service))
        for number, channel in enumerate(CHANNELS):
            parts.append(
                pd.DataFrame(
                    {
                        "service": service.service_id,
                        "month": np.arange(MONTHS),
                        "channel": channel,
                        "applications": drawn[:, number].astype(np.int64),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _count_forms(channels: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return forms started and abandoned; fewer are abandoned as the forms get better."""
    online = channels.loc[channels["channel"] == "online"]
    rate = 0.36 - 0.15 * online["month"].to_numpy() / MONTHS
    finished = online["applications"].to_numpy()
    abandoned = rng.negative_binomial(np.maximum(finished, 1), 1 - rate)
    return pd.DataFrame(
        {
            "service": online["service"].to_numpy(),
            "month": online["month"].to_numpy(),
            "forms_started": finished + abandoned,
            "forms_abandoned": abandoned,
        }
    )
