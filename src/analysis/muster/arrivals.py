"""Applications as they come in: days, regions, channels, completeness."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analysis.muster.city import (
    DAYS,
    MONTHS,
    REFORM,
    REGIONS,
    WOHNGELD,
    Floats,
    Ints,
    Service,
    find_working_days,
    number_months,
)

NEVER = 10**6  # a day that does not come
GROWTH = 0.015  # per year
_URGENT = 0.08
_ONLINE_STEEPNESS = 0.14
_OTHER_CHANNELS = (
    0.63,
    0.16,
    0.165,
    0.045,
)  # of what is not online: paper, email, in person, other
_INCOMPLETE = (0.3, 0.46, 0.42, 0.34, 0.5)  # by channel
_NEVER_COMPLETE = 0.06  # of the incomplete ones


class Cases(NamedTuple):
    """Applications for Wohngeld, one element per case, in the order of receipt.

    Days are numbered from 0; ``complete``, ``withdrawn`` are ``NEVER`` where that does not happen.
    ``urgent`` cases are decided first.
    """

    received: Ints
    region: Ints
    channel: Ints
    complete: Ints
    withdrawn: Ints
    urgent: np.ndarray


def measure_reform(month: Floats) -> Floats:
    """Return the factor of the reform: 2.2 in its first month, decaying to 1.5."""
    since = month - REFORM
    return np.where(since < 0, 1.0, 1.5 + 0.7 * np.exp(-np.maximum(since, 0) / 4.0))


def expect_monthly(service: Service) -> Floats:
    """Return the expected applications per month, relative to the start."""
    months = np.arange(MONTHS, dtype=np.float64)
    seasons = np.array(service.seasons)[np.arange(MONTHS) % 12]
    level = seasons * (1 + GROWTH) ** (months / 12)
    if service is WOHNGELD:
        return level * measure_reform(months)
    # Who applies for Wohngeld also asks for the benefits tied to it.
    return level * (1 + 0.12 * (measure_reform(months) - 1))


def expect_yearly(service: Service, cases: int) -> Floats:
    """Return the expected applications of each year in the whole city.

    Args:
        service: the benefit.
        cases: applications for Wohngeld in the five years.
    """
    relative = expect_monthly(service)
    scale = cases / float(relative.sum()) if service is WOHNGELD else service.monthly
    return np.asarray((relative * scale).reshape(-1, 12).sum(axis=1), dtype=np.float64)


def grow_online_share(service: Service) -> Floats:
    """Return the share of online applications per month (logistic growth)."""
    highest, half = service.online
    months = np.arange(MONTHS, dtype=np.float64)
    return highest / (1 + np.exp(-_ONLINE_STEEPNESS * (months - half)))


def share_channels(service: Service) -> Floats:
    """Return the share of each channel by month (rows) in the order of ``city.CHANNELS``."""
    online = grow_online_share(service)[:, None]
    return np.hstack([online, (1 - online) * np.array(_OTHER_CHANNELS)])


def draw_cases(count: int, rng: np.random.Generator) -> Cases:
    """Draw exactly ``count`` applications for Wohngeld."""
    received, region = _draw_days(count, rng)
    month = number_months()[received]
    cumulative = np.cumsum(share_channels(WOHNGELD), axis=1)
    position = rng.random(count)
    channel = np.zeros(count, dtype=np.int64)
    for limit in range(cumulative.shape[1] - 1):
        channel += position > cumulative[month, limit]
    closed = ~find_working_days()[received]
    # On days without office hours applications come online or by email.
    channel = np.where(closed & (channel != 2), 0, channel)
    complete, withdrawn = _draw_completion(received, channel, rng)
    return Cases(received, region, channel, complete, withdrawn, rng.random(count) < _URGENT)


def _draw_days(count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    month = number_months()
    working = find_working_days()
    weight = np.where(working, 1.0, 0.06)
    per_month = np.bincount(month, weights=weight, minlength=MONTHS)
    daily = weight / per_month[month] * expect_monthly(WOHNGELD)[month]
    shares = np.array([unit.weight for unit in REGIONS])
    chances = np.outer(daily / daily.sum(), shares / shares.sum()).ravel()
    drawn = rng.multinomial(count, chances / chances.sum())
    cells = np.repeat(np.arange(len(drawn), dtype=np.int64), drawn)
    day, region = np.divmod(cells, len(REGIONS))
    # Within a day the regions come in no order.
    order = np.argsort(day + rng.random(count), kind="stable")
    return day[order], region[order]


def _draw_completion(received: Ints, channel: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    count = len(received)
    incomplete = rng.random(count) < np.array(_INCOMPLETE)[channel]
    never = incomplete & (rng.random(count) < _NEVER_COMPLETE)
    lag = 3 + np.minimum(rng.lognormal(3.2, 0.75, size=count), 300).astype(np.int64)
    complete = np.where(incomplete, received + lag, received)
    given_up = received + rng.integers(90, 240, size=count)
    withdrawn = np.where(never & (given_up < DAYS), _to_working_day(given_up), NEVER)
    return np.where(never, NEVER, complete), withdrawn


def _to_working_day(days: Ints) -> Ints:
    """Return the next working day of each day; ``NEVER`` after the last."""
    working = np.append(np.flatnonzero(find_working_days()), NEVER)
    return np.asarray(working[np.searchsorted(working, days)], dtype=np.int64)
