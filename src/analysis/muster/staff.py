"""Posts and the people on them: who leaves, who comes, who is still being trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.muster.city import REGIONS, SERVICES, UNITS, Floats, Ints, list_month_starts

MINUTES_PER_MONTH = 8000.0  # of a full post, leave and usual sickness taken off
APPLICATION_SHARE = 0.3  # of working time; the rest goes to running cases, advice and telephone
TRAINING_MONTHS = 12
SICKNESS = 6.0  # usual rate in percent, contained in MINUTES_PER_MONTH
_LEAVE, _HIRE = 0.0095, 0.19  # chances per month
_RESERVE = 1.34  # posts planned ÷ posts needed at the start: vacancies, training, sickness
_FTE = ((1.0, 0.62), (0.75, 0.2), (0.5, 0.18))
# Month of the council's decision and further posts as a share of those for Wohngeld.
_FURTHER_POSTS = ((25, 0.25), (34, 0.5), (45, 0.35))
CASE_GROUPS = ("E 8", "E 9c")
_CASE_GROUP_SHARES = (0.28, 0.72)
_REGION_GROUPS = (("E 11", 30), ("S 14", 185))
_OFFICE_GROUPS = {
    "soziale_sicherung": (("E 9c", 26), ("E 11", 17), ("E 13", 6)),
    "wohnen_migration": (("E 9c", 38), ("E 11", 21), ("E 13", 8), ("S 14", 45)),
    "stadtjugendamt": (("E 9c", 31), ("E 11", 19), ("E 13", 9), ("S 14", 120)),
    "geschaeftsleitung": (("E 8", 12), ("E 9c", 27), ("E 11", 22), ("E 13", 7)),
}


@dataclass
class Posts:
    """All posts that exist in the five years, one element per post.

    ``since`` is the month in which the present state began (before the start: negative), ``day``
    the day of that month; ``tenure`` the months of the person on it. ``works`` says whether the
    post decides applications. ``spells`` collects the vacancies: post, from, to as days.
    """

    unit: Ints
    group: Ints
    fte: Floats
    created: Ints
    works: np.ndarray
    filled: np.ndarray
    tenure: Floats
    spells: list[tuple[int, pd.Timestamp, pd.Timestamp | None]] = field(default_factory=list)
    vacant_since: dict[int, pd.Timestamp] = field(default_factory=dict)


GROUPS: tuple[str, ...] = ("E 8", "E 9c", "E 11", "E 13", "S 14")


def plan_posts(
    minutes: dict[tuple[str, str], float], wohngeld: dict[str, float], rng: np.random.Generator
) -> Posts:
    """Return the posts that the applications at the start need, and those granted later.

    Args:
        minutes: handling minutes per month at the start by unit and service.
        wohngeld: the part of them that is for Wohngeld, by unit.
        rng: source of chance.
    """
    mean_fte = sum(fte * share for fte, share in _FTE)
    per_post = MINUTES_PER_MONTH * APPLICATION_SHARE * mean_fte
    rows: list[tuple[int, int, int, bool]] = []
    for number, unit in enumerate(UNITS):
        need = sum(amount for (name, _), amount in minutes.items() if name == unit.unit_id)
        rows += _fill_groups(number, max(0.0, need * _RESERVE / per_post), 0)
        for month, share in _FURTHER_POSTS:
            extra = wohngeld.get(unit.unit_id, 0.0) * _RESERVE / per_post * share
            rows += _fill_groups(number, extra, month)
        rows += _list_other_posts(number, unit.unit_id, unit.weight)
    table = np.array([(unit, group, created) for unit, group, created, _ in rows], dtype=np.int64)
    count = len(rows)
    created = table[:, 2]
    filled = (rng.random(count) < 0.93) & (created == 0)
    fte = rng.choice([fte for fte, _ in _FTE], size=count, p=[share for _, share in _FTE])
    works = np.array([works for *_, works in rows])
    posts = Posts(table[:, 0], table[:, 1], fte, created, works, filled, np.full(count, 60.0))
    starts = list_month_starts()
    ages = rng.integers(10, 170, size=count)
    for post in np.flatnonzero(~filled & (created == 0)):
        posts.vacant_since[int(post)] = starts[0] - pd.Timedelta(days=int(ages[post]))
    return posts


def _fill_groups(unit: int, posts: float, month: int) -> list[tuple[int, int, int, bool]]:
    if posts < 0.25:
        return []
    count = max(1, round(posts))
    first = round(count * _CASE_GROUP_SHARES[0])
    return [(unit, int(number >= first), month, True) for number in range(count)]


def _list_other_posts(unit: int, unit_id: str, weight: float) -> list[tuple[int, int, int, bool]]:
    wanted = _OFFICE_GROUPS.get(unit_id) or tuple(
        (group, max(2, round(total * weight))) for group, total in _REGION_GROUPS
    )
    return [(unit, GROUPS.index(group), 0, False) for group, count in wanted for _ in range(count)]


@dataclass(frozen=True)
class StaffMonth:
    """What happened on the posts in a month, by post."""

    hired: np.ndarray
    left: np.ndarray


def advance_posts(posts: Posts, month: int, load: Floats, rng: np.random.Generator) -> StaffMonth:
    """Let people leave and come in a month; more leave where the load is high.

    Args:
        posts: changed in place.
        month: number of the month.
        load: open work ÷ monthly capacity by unit.
        rng: source of chance.
    """
    start = list_month_starts()[month]
    for post in np.flatnonzero(posts.created == month) if month else ():
        posts.vacant_since[int(post)] = start
    draws, days = rng.random(len(posts.unit)), rng.integers(0, 27, size=len(posts.unit))
    chance = np.minimum(_LEAVE * (1 + 0.3 * np.clip(load - 1.5, 0, 4)), 0.03)
    left = posts.filled & (draws < chance[posts.unit])
    exists = posts.created < month if month else posts.created <= month
    hired = ~posts.filled & exists & (draws < _HIRE)
    posts.tenure += 1
    for post in np.flatnonzero(hired):
        since = posts.vacant_since.pop(int(post))
        posts.spells.append((int(post), since, start + pd.Timedelta(days=int(days[post]))))
    for post in np.flatnonzero(left):
        posts.vacant_since[int(post)] = start + pd.Timedelta(days=int(days[post]))
    posts.filled = (posts.filled | hired) & ~left
    posts.tenure[hired] = 0
    return StaffMonth(hired, left)


def measure_productivity(posts: Posts) -> Floats:
    """Return what each post contributes, in full posts: newcomers learn for a year and a half."""
    learned = np.clip((posts.tenure - 1) / 17, 0.0, 1.0)
    return np.where(posts.filled & posts.works, posts.fte * learned, 0.0)


def count_staff(posts: Posts, month: int, change: StaffMonth) -> pd.DataFrame:
    """Return the staffing figures of a month's last day by unit and pay group."""
    exists = posts.created <= month
    filled = posts.filled
    training = filled & (posts.tenure < TRAINING_MONTHS)
    frame = pd.DataFrame(
        {
            "unit": posts.unit,
            "group": posts.group,
            "posts_planned": posts.fte * exists,
            "posts_filled": posts.fte * filled,
            "heads": filled.astype(np.int64),
            "heads_part_time": (filled & (posts.fte < 1)).astype(np.int64),
            "posts_in_training": posts.fte * training,
            "hired": change.hired.astype(np.int64),
            "leavers": change.left.astype(np.int64),
        }
    )
    return frame.groupby(["unit", "group"], as_index=False).sum().assign(month=month)


def list_vacancies(posts: Posts) -> pd.DataFrame:
    """Return all vacancies: post, unit, group, fte, vacant_from, filled_from."""
    open_spells = [(post, since, None) for post, since in posts.vacant_since.items()]
    spells = sorted([*posts.spells, *open_spells], key=lambda spell: (spell[1], spell[0]))
    post = np.array([spell[0] for spell in spells], dtype=np.int64)
    return pd.DataFrame(
        {
            "post": post,
            "unit": posts.unit[post],
            "group": posts.group[post],
            "fte": posts.fte[post],
            "vacant_from": [spell[1] for spell in spells],
            "filled_from": pd.Series([spell[2] for spell in spells], dtype="datetime64[us]"),
        }
    )


def sum_needs(monthly_cases: float) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Return handling minutes per month at the start: by unit and service, and for Wohngeld.

    Args:
        monthly_cases: applications for Wohngeld per month in the whole city at the start.
    """
    minutes: dict[tuple[str, str], float] = {}
    for service in SERVICES:
        monthly = service.monthly or monthly_cases
        shares = share_over_units(service.units)
        for unit_id, share in shares.items():
            minutes[unit_id, service.service_id] = monthly * share * service.minutes
    wohngeld = {unit: amount for (unit, name), amount in minutes.items() if name == "wohngeld"}
    return minutes, wohngeld


def share_over_units(units: tuple[str, ...]) -> dict[str, float]:
    """Return the share of each unit in the applications of a service."""
    weights = {unit.unit_id: unit.weight for unit in REGIONS}
    raw = {unit: weights.get(unit, 0.15 if len(units) > 1 else 1.0) for unit in units}
    total = sum(raw.values())
    return {unit: weight / total for unit, weight in raw.items()}
