"""Projection of a backlog under scenarios: posts filled, work made easier, or all as today.

Method: docs/methods/backlog-scenarios.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.models.pert import Array, Assumptions
from analysis.models.sampling import QUANTILES, find_quantiles

# Assumptions that every projection needs, by quantity.
NEEDED = ("open", "received", "staff", "output")
POSTS = ("posts", "fill_months", "turnover", "training_first", "training_full")
EASING = ("share", "saving", "delay", "ramp")


@dataclass(frozen=True)
class Scenario:
    """What is done.

    Attributes:
        key: identifier.
        label: German name.
        fill_posts: whether the vacant posts are filled.
        easings: subjects of assumptions that say how work gets easier (KI pre-check …).
    """

    key: str
    label: str
    fill_posts: bool = False
    easings: tuple[str, ...] = ()


class Projection(NamedTuple):
    """Result of the projection.

    Attributes:
        months: ``scenario``, ``label``, ``ahead`` (months), ``lower``, ``value``, ``upper`` (10th,
            50th and 90th percentile of open cases), each with its sampling error
            (``value_error`` …).
        targets: one row per scenario: ``scenario``, ``label``, ``lower``, ``value``, ``upper``
            [months until the target stock; missing where it is not reached within the horizon],
            ``reached`` [percent of draws], ``draws``.
    """

    months: pd.DataFrame
    targets: pd.DataFrame


def project_scenarios(
    assumptions: Assumptions,
    scenarios: Sequence[Scenario],
    *,
    subject: str,
    horizon: int = 60,
    target_months: float = 3.0,
) -> Projection:
    """Project the open cases of one service month by month.

    Args:
        assumptions: for ``subject``: ``open`` [cases], ``received`` [cases per month], ``staff``
            [VZÄ], ``output`` [decided per VZÄ and month]; for scenarios that fill posts:
            ``posts`` [vacant VZÄ], ``fill_months``, ``turnover`` [share per year],
            ``training_first`` and ``training_full`` [months until first and full output]; for
            each easing, as a subject of its own: ``share`` (of cases), ``saving`` (share of the
            working time), ``delay`` and ``ramp`` [months].
        scenarios: what is done.
        subject: service.
        horizon: months ahead.
        target_months: target stock in months of received cases.

    Raises:
        KeyError: an assumption is missing.

    Source:
        Stock-flow identity; design section 1 and 4.
    """
    paths = {
        scenario.key: simulate_open(assumptions, scenario, subject=subject, horizon=horizon)
        for scenario in scenarios
    }
    target = target_months * assumptions.get(subject, "received")
    return Projection(
        pd.concat([_summarise(s, paths[s.key]) for s in scenarios], ignore_index=True),
        pd.DataFrame([_find_target(s, paths[s.key], target) for s in scenarios]),
    )


def simulate_open(
    assumptions: Assumptions, scenario: Scenario, *, subject: str, horizon: int
) -> Array:
    """Return the open cases of all draws: shape (draws, horizon + 1), today first.

    No more is decided than there is.
    """
    opened, received, staff, output = (assumptions.get(subject, name) for name in NEEDED)
    extra = (
        _simulate_hires(assumptions, subject, horizon)
        if scenario.fill_posts
        else np.zeros((assumptions.draws, horizon))
    )
    ease = _simulate_easing(assumptions, scenario.easings, horizon)
    capacity = (staff[:, None] + extra) * output[:, None] * ease
    paths = np.empty((assumptions.draws, horizon + 1))
    paths[:, 0] = opened
    for month in range(horizon):
        at_hand = paths[:, month] + received
        paths[:, month + 1] = at_hand - np.minimum(at_hand, capacity[:, month])
    return paths


def _simulate_hires(assumptions: Assumptions, subject: str, horizon: int) -> Array:
    """Return the output of additional staff in fully trained VZÄ: shape (draws, horizon).

    The output per head of today already contains those who are being trained as a matter of
    course; so only additional posts are trained here, and whoever leaves one of them is replaced
    by someone who has to be trained anew.
    """
    posts, months, turnover, first, full = (assumptions.get(subject, name) for name in POSTS)
    months = np.maximum(months, 1.0)
    stay = 1 - np.clip(turnover, 0, 1) / 12
    filled = np.zeros_like(posts)
    cohorts: list[Array] = []
    trained = np.zeros((assumptions.draws, horizon))
    for month in range(horizon):
        goal = posts * np.minimum((month + 1) / months, 1.0)
        cohorts = [cohort * stay for cohort in cohorts]
        filled = np.sum(cohorts, axis=0) if cohorts else np.zeros_like(posts)
        cohorts.append(np.maximum(goal - filled, 0.0))
        for begun, cohort in enumerate(cohorts):
            # In the middle of the month that a person has been there ``month - begun`` months.
            trained[:, month] += cohort * _ramp(month - begun + 0.5, first, full)
    return trained


def _simulate_easing(assumptions: Assumptions, subjects: Sequence[str], horizon: int) -> Array:
    """Return the factor on the output per head; several easings act one after the other."""
    left = np.ones((assumptions.draws, horizon))
    for subject in subjects:
        share, saving, delay, ramp = (assumptions.get(subject, name) for name in EASING)
        for month in range(horizon):
            reached = _ramp(month + 0.5, delay, delay + ramp)
            left[:, month] *= 1 - np.clip(share * saving, 0, 0.99) * reached
    return 1 / left


def _ramp(time: float, begin: Array, end: Array) -> Array:
    """Return 0 before ``begin``, 1 after ``end``, a straight line between."""
    length = np.maximum(end - begin, 1e-9)
    return np.clip((time - begin) / length, 0.0, 1.0)


def _summarise(scenario: Scenario, paths: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario": scenario.key,
            "label": scenario.label,
            "ahead": np.arange(paths.shape[1]),
            **find_quantiles(paths.T),
        }
    )


def _find_target(scenario: Scenario, paths: Array, target: Array) -> dict[str, object]:
    below = paths <= target[:, None]
    reached = below.any(axis=1)
    # A draw that never gets there counts as infinitely late, so that no quantile looks better
    # for leaving it out.
    months = np.where(reached, below.argmax(axis=1), np.inf)
    found = find_quantiles(months)
    return {
        "scenario": scenario.key,
        "label": scenario.label,
        **{name: float(found[name]) if np.isfinite(found[name]) else np.nan for name in QUANTILES},
        "reached": 100 * float(reached.mean()),
        "draws": len(months),
    }
