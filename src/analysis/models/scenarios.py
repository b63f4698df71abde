"""Projection of a backlog under scenarios: posts filled, work made easier, or all as today.

Method: docs/methods/backlog-scenarios.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.assumed import Scenario
from analysis.errors import DataError
from analysis.models.pert import Array, Assumptions
from analysis.models.relief import Setting, find_effect, find_saved_part, share_in_effect
from analysis.models.sampling import QUANTILES, find_quantiles

POSTS = ("posts", "fill_months", "turnover", "training_first", "training_full")
EASING = ("share", "saving", "delay", "ramp")
_PERCENT = 100
_YEAR = 12
# No measure makes work vanish; and nothing is divided by zero.
_MOST_SAVED = 0.99
_LEAST = 1e-9


class Span(NamedTuple):
    """The time that is looked at.

    Attributes:
        begin: months from the known stock until anything is done; until then all is as today.
        horizon: months after that.
    """

    begin: int
    horizon: int

    @property
    def months(self) -> int:
        """All months."""
        return self.begin + self.horizon


class Projection(NamedTuple):
    """Result of the projection.

    Attributes:
        months: ``scenario``, ``label``, ``ahead`` (months since the beginning of the measures;
            negative before), ``lower``, ``value``, ``upper`` (10th, 50th and 90th percentile of
            open cases), each with its sampling error (``value_error`` …).
        targets: one row per scenario: ``scenario``, ``label``, ``lower``, ``value``, ``upper``
            [months until the target stock; missing where it is not reached within the horizon],
            ``…_error``, ``reached`` [percent of draws], ``reached_error``, ``draws``.
        target: one row: ``lower``, ``value``, ``upper`` of the target stock [cases], ``…_error``.
    """

    months: pd.DataFrame
    targets: pd.DataFrame
    target: pd.DataFrame


def project_scenarios(
    assumptions: Assumptions,
    scenarios: Sequence[Scenario],
    *,
    subject: str,
    span: Span,
    measures: pd.DataFrame | None = None,
) -> Projection:
    """Project the open cases of one service month by month.

    Args:
        assumptions: percentages as percent. For ``subject``: ``open`` [cases], ``received`` [cases
            per month], ``staff`` [VZÄ], ``output`` [decided per VZÄ and month] or, where that is
            not known, ``growth`` [cases per month by which the stock grew lately], and
            ``target_months`` [target stock in months of received cases]. For scenarios that fill
            posts: ``posts`` [vacant VZÄ], ``fill_months``, ``turnover`` [% per year],
            ``training_first`` and ``training_full`` [months until first and full output]. For
            each easing, as a subject of its own: ``share`` of cases [%], ``saving`` of working
            time [%], ``delay`` and ``ramp`` [months]. For each measure those of
            docs/methods/relief.md.
        scenarios: what is done.
        subject: service.
        span: months until anything is done, and months after that.
        measures: table ``measures``; those that the scenarios name have the service as caseload.

    Raises:
        DataError: an assumption is missing, or a measure is unknown or has another caseload.

    Source:
        Stock-flow identity; design section 1 and 4.
    """
    office = _Office(assumptions, subject, span, measures)
    try:
        paths = {scenario.key: office.simulate(scenario) for scenario in scenarios}
        target = assumptions.get(subject, "target_months") * assumptions.get(subject, "received")
    except KeyError as error:
        raise DataError(f"Annahme fehlt: {'/'.join(error.args[0])}.") from None
    return Projection(
        pd.concat([_summarise(s, paths[s.key], span) for s in scenarios], ignore_index=True),
        pd.DataFrame([_find_target(s, paths[s.key][span.begin :], target) for s in scenarios]),
        pd.DataFrame([find_quantiles(target)]),
    )


def simulate_open(
    assumptions: Assumptions,
    scenario: Scenario,
    *,
    subject: str,
    span: Span,
    measures: pd.DataFrame | None = None,
) -> Array:
    """Return the open cases of all draws: (months + 1) × draws, the known stock first.

    No more is decided than there is. Arguments as in ``project_scenarios``.

    Raises:
        KeyError: an assumption is missing.
    """
    return _Office(assumptions, subject, span, measures).simulate(scenario)


class _Office:
    """The draws of one service; what several scenarios need is worked out once."""

    def __init__(
        self,
        assumptions: Assumptions,
        subject: str,
        span: Span,
        measures: pd.DataFrame | None,
    ) -> None:
        self._drawn = assumptions
        self._subject = subject
        self._span = span
        self._measures = measures

    def simulate(self, scenario: Scenario) -> Array:
        staff, received = self._get("staff"), self._get("received")
        extra = self._hired if scenario.fill_posts else 0.0
        capacity = (staff + extra) * self._output / self._ease(scenario)
        paths = np.empty((self._span.months + 1, self._drawn.draws))
        paths[0] = self._get("open")
        for month in range(self._span.months):
            at_hand = paths[month] + received
            paths[month + 1] = at_hand - np.minimum(at_hand, capacity[month])
        return paths

    def _get(self, quantity: str) -> Array:
        return self._drawn.get(self._subject, quantity)

    @cached_property
    def _output(self) -> Array:
        """Return the cases decided per VZÄ and month.

        Where the growth is known better than the output, the output follows from it in each draw:
        staff and received cases, drawn apart, must not make up a growth that nobody has seen.
        """
        if (self._subject, "output") in self._drawn:
            return self._get("output")
        decided = np.maximum(self._get("received") - self._get("growth"), 0.0)
        return np.asarray(decided / np.maximum(self._get("staff"), _LEAST))

    @cached_property
    def _hired(self) -> Array:
        """Return the output of additional staff in fully trained VZÄ: months × draws.

        The output per head of today already contains those who are being trained as a matter of
        course; so only additional posts are trained here, and whoever leaves one of them is
        replaced by someone who has to be trained anew.
        """
        posts, fill, turnover, first, full = (self._get(name) for name in POSTS)
        stay = 1 - np.clip(turnover / _PERCENT, 0, 1) / _YEAR
        passed = np.arange(1.0, self._span.horizon + 1)[:, None]
        filled = posts * np.minimum(passed / np.maximum(fill, 1.0), 1.0)
        begun = filled.copy()
        begun[1:] -= filled[:-1] * stay
        trained = np.zeros((self._span.months, self._drawn.draws))
        for age in range(self._span.horizon):
            # In the middle of the month that a person has been there ``age`` months.
            output = stay**age * _rise(age + 0.5, first, full)
            trained[self._span.begin + age :] += begun[: self._span.horizon - age] * output
        return trained

    def _ease(self, scenario: Scenario) -> Array:
        """Return the working time per case that is left, as a share of today's."""
        parts = [self._save_by_easing(name) for name in scenario.easings]
        parts += self._save_by_measures(scenario.measures)
        left = np.ones((self._span.months, self._drawn.draws))
        for part in parts:
            left *= 1 - np.clip(part, 0.0, _MOST_SAVED)
        return left

    def _save_by_easing(self, subject: str) -> Array:
        share, saving, delay, ramp = (self._drawn.get(subject, name) for name in EASING)
        in_effect = share_in_effect(delay + self._span.begin, ramp, self._span.months)
        return np.asarray(in_effect * (share * saving / _PERCENT**2))

    def _save_by_measures(self, names: Sequence[str]) -> list[Array]:
        chosen = self._choose(names)
        setting = Setting(self._drawn.seed, self._drawn.draws, self._span.months)
        begins = dict.fromkeys(names, self._span.begin)
        enablers = {
            name: find_effect(name, self._drawn, setting, self._span.begin)
            for name in names
            if (chosen["end_to_end_by"] == name).any()
        }
        return [
            find_saved_part(row, enablers, self._drawn, setting, begins)
            for _, row in chosen.iterrows()
        ]

    def _choose(self, names: Sequence[str]) -> pd.DataFrame:
        columns = ["measure_id", "caseload", "end_to_end_by"]
        table = pd.DataFrame(columns=columns) if self._measures is None else self._measures
        chosen = table.loc[table["measure_id"].isin(list(names))]
        if unknown := sorted(set(names) - set(chosen["measure_id"])):
            raise DataError(f"Unbekannte Maßnahmen: {', '.join(unknown)}.")
        foreign = chosen.loc[chosen["caseload"] != self._subject, "measure_id"]
        if len(foreign):
            raise DataError(
                f"Szenario: Die Maßnahme »{foreign.iloc[0]}« betrifft nicht die Fallgruppe "
                f"»{self._subject}«."
            )
        return chosen


def _rise(time: float, begin: Array, end: Array) -> Array:
    """Return 0 before ``begin``, 1 after ``end``, a straight line between."""
    length = np.maximum(end - begin, _LEAST)
    return np.clip((time - begin) / length, 0.0, 1.0)


def _summarise(scenario: Scenario, paths: Array, span: Span) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario": scenario.key,
            "label": scenario.label,
            "ahead": np.arange(len(paths)) - span.begin,
            **find_quantiles(paths),
        }
    )


def _find_target(scenario: Scenario, paths: Array, target: Array) -> dict[str, object]:
    below = paths <= target
    reached = below.any(axis=0)
    # A draw that never gets there counts as infinitely late, so that no quantile looks better
    # for leaving it out.
    months = np.where(reached, below.argmax(axis=0), np.inf)
    found = {
        name: float(value) if np.isfinite(value) else np.nan
        for name, value in find_quantiles(months).items()
    }
    share = float(reached.mean())
    return {
        "scenario": scenario.key,
        "label": scenario.label,
        **{key: found[key] for name in QUANTILES for key in (name, f"{name}_error")},
        "reached": _PERCENT * share,
        # 95 % interval of a share (normal approximation of the binomial distribution).
        "reached_error": _PERCENT * 1.96 * float(np.sqrt(share * (1 - share) / len(months))),
        "draws": len(months),
    }
