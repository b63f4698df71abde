"""Relief by measures, month by month, with the range that the assumptions leave.

Net relief = gross relief − effort of the introduction. Gross relief of a month = hours of work that
the cases need × the part of it that the measures save. Method: docs/methods/relief.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.models.pert import Array, Assumptions
from analysis.models.relief_tables import TOTAL, Course, Relief, Tables

EndToEnd: TypeAlias = Literal["geplant", "keine", "alle"]
_MONTHS = 12
_MINUTES = 60
_PERCENT = 100
# A time or a number of minutes below this is none.
_LEAST = 1e-6


@dataclass(frozen=True)
class Setting:
    """How a simulation is run.

    Attributes:
        seed: seed of all draws.
        draws: number of draws.
        months: length of the time looked at.
        blocked_months: no relief before the end of this month (the staff representation's worst
            case: 18); the effort stays.
        end_to_end: ``geplant`` (reached where the register says so, otherwise with the measure
            that brings it), ``keine`` (nowhere) or ``alle`` (everywhere from the start).
    """

    seed: int
    draws: int = 10_000
    months: int = 60
    blocked_months: int = 0
    end_to_end: EndToEnd = "geplant"


def simulate_relief(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    setting: Setting,
    *,
    starts: Mapping[str, int] | None = None,
    inputs: Assumptions | None = None,
    parts: bool = True,
) -> Relief:
    """Simulate the relief by measures that are carried out together.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``; with a column ``origins`` (see ``join_facts``) results
            lead to the published figures behind the assumptions too.
        setting: seed, number of draws and months, scenario.
        starts: month before which a measure begins (0: at once), by identifier; measures that are
            not named are not carried out. Without it all begin at once.
        inputs: the same assumptions as drawn by an earlier run, so that they need not be drawn
            again; the result is the same.
        parts: whether single measures get results of their own; otherwise only all together.

    Returns:
        ``Relief``. Its tables have ``measure_id`` (``gesamt`` for the sum of all), ``name``,
        ``indicator``, ``label``, ``value``, ``lower``, ``upper`` (P50, P10, P90), their sampling
        errors ``…_error``, ``measure_unit`` and ``origins``; ``monthly`` has ``month`` (from 1),
        ``summary`` has ``never``: the share of draws [%] in which effort still outweighs relief at
        the end. A quantile of the break-even month beyond that time is missing.

    Raises:
        DataError: ``starts`` names a measure that does not exist, or an assumption is missing.
        ValueError: ``inputs`` were drawn with another seed or another number of draws.

    Source:
        docs/methods/relief.md, section 1.
    """
    chosen = _choose(measures, starts)
    drawn = inputs or Assumptions(assumptions, seed=setting.seed, draws=setting.draws)
    if (drawn.seed, drawn.draws) != (setting.seed, setting.draws):
        raise ValueError("inputs were drawn with another seed or another number of draws")
    begins = {name: (starts or {}).get(name, 0) for name in chosen["measure_id"]}
    tables = Tables(chosen, assumptions)
    try:
        return _simulate(chosen, tables, drawn, setting, begins, parts=parts)
    except KeyError as error:
        raise DataError(f"Annahme fehlt: {error.args[0]}.") from None


def _simulate(
    chosen: pd.DataFrame,
    tables: Tables,
    inputs: Assumptions,
    setting: Setting,
    begins: Mapping[str, int],
    *,
    parts: bool,
) -> Relief:
    sums = Course(*(np.zeros((setting.months, setting.draws)) for _ in Course._fields))
    named = [name for name in chosen["measure_id"] if (chosen["end_to_end_by"] == name).any()]
    enablers = {name: find_effect(name, inputs, setting, begins[name]) for name in named}
    for _, group in chosen.groupby("caseload", sort=False):
        for name, course in _run_caseload(group, enablers, inputs, setting, begins):
            if parts:
                tables.add(name, course)
            np.add(sums.gross, course.gross, out=sums.gross)
            np.add(sums.effort, course.effort, out=sums.effort)
    tables.add(TOTAL, sums)
    return tables.finish(inputs)


def find_yearly_hours(inputs: Assumptions, subject: str) -> Array:
    """Return the hours saved per year of a case to compare with, at full use.

    cases × share × take-up × minutes saved with end-to-end ÷ 60.
    """
    reach = inputs.get(subject, "share") * inputs.get(subject, "take_up") / _PERCENT**2
    minutes = inputs.get(subject, "minutes_with_e2e")
    return inputs.get(subject, "cases") * reach * minutes / _MINUTES


def share_in_effect(lead: Array, ramp: Array, months: int) -> Array:
    """Return how far a measure is in effect, on average of each month.

    Args:
        lead: months until it takes effect, one per draw.
        ramp: months from then until its full effect.
        months: number of months.

    Returns:
        Months × draws, between 0 (before ``lead``) and 1 (after ``lead + ramp``), linear between.
    """
    over = np.arange(months + 1.0)[:, None] - lead
    np.maximum(over, 0.0, out=over)
    # Integral of the ramp: quadratic while it rises, linear afterwards.
    rising = np.minimum(over, ramp)
    over -= rising
    rising *= rising
    rising /= 2 * np.maximum(ramp, _LEAST)
    over += rising
    shares = np.diff(over, axis=0)
    # A ramp shorter than what is resolved is a step.
    return np.minimum(shares, 1.0, out=shares)


def spread_effort(hours: Array, lead: Array, start: int, months: int) -> Array:
    """Return the effort of each month [hours]: evenly from the start until the effect begins.

    An introduction takes at least one month.
    """
    length = np.maximum(lead, 1.0)
    done = np.arange(months + 1.0)[:, None] - start
    done = np.clip(done, 0.0, length)
    done *= hours / length
    return np.asarray(np.diff(done, axis=0))


def _choose(measures: pd.DataFrame, starts: Mapping[str, int] | None) -> pd.DataFrame:
    if starts is None:
        return measures
    unknown = sorted(set(starts) - set(measures["measure_id"]))
    if unknown:
        raise DataError(f"Unbekannte Maßnahmen: {', '.join(unknown)}.")
    return measures.loc[measures["measure_id"].isin(list(starts))]


def _run_caseload(
    group: pd.DataFrame,
    enablers: Mapping[str, Array],
    inputs: Assumptions,
    setting: Setting,
    begins: Mapping[str, int],
) -> list[tuple[str, Course]]:
    names = group["measure_id"].tolist()
    efforts = [_effort_of(name, inputs, setting, begins[name]) for name in names]
    caseload = group["caseload"].iloc[0]
    if not caseload:
        nothing = np.zeros((setting.months, setting.draws))
        return [
            (name, Course(nothing, effort)) for name, effort in zip(names, efforts, strict=True)
        ]
    saved = [find_saved_part(row, enablers, inputs, setting, begins) for _, row in group.iterrows()]
    hours = inputs.get(caseload, "cases") * inputs.get(caseload, "handling_minutes")
    gross = _share_out(saved, hours / (_MINUTES * _MONTHS))
    return [
        (name, Course(part, effort))
        for name, part, effort in zip(names, gross, efforts, strict=True)
    ]


def _share_out(saved: list[Array], hours: Array) -> list[Array]:
    """Return the gross relief of measures on the same cases [hours].

    Each measure saves its part of what the others leave: together 1 − ∏(1 − part). The sum is
    divided among them in proportion to their parts, so no minute is counted twice.
    """
    if len(saved) == 1:
        return [saved[0] * hours]
    left = 1 - saved[0]
    parts = saved[0].copy()
    for part in saved[1:]:
        left *= 1 - part
        parts += part
    factor = np.divide((1 - left) * hours, parts, out=np.zeros_like(parts), where=parts > 0)
    return [part * factor for part in saved]


def find_saved_part(
    measure: pd.Series[Any],
    enablers: Mapping[str, Array],
    inputs: Assumptions,
    setting: Setting,
    begins: Mapping[str, int],
) -> Array:
    """Return the part of the handling time that a measure saves, months × draws."""
    name = measure["measure_id"]
    in_effect = find_effect(name, inputs, setting, begins[name])
    reach = inputs.get(name, "share") * inputs.get(name, "take_up") / _PERCENT**2
    handling = np.maximum(inputs.get(measure["caseload"], "handling_minutes"), _LEAST)
    if measure["end_to_end"] == "nicht zutreffend":
        minutes = inputs.get(name, "minutes")
        return in_effect * (reach * np.minimum(minutes, handling) / handling)
    without = inputs.get(name, "minutes_without_e2e")
    # End to end never saves less than without it.
    with_ = np.maximum(inputs.get(name, "minutes_with_e2e"), without)
    low = reach * np.minimum(without, handling) / handling
    high = reach * np.minimum(with_, handling) / handling
    reached = _reached(measure, enablers, setting)
    return in_effect * (low + (high - low) * reached)


def _reached(
    measure: pd.Series[Any], enablers: Mapping[str, Array], setting: Setting
) -> Array | float:
    """Return how far the services of a measure are digital end to end, from 0 to 1."""
    if setting.end_to_end != "geplant":
        return float(setting.end_to_end == "alle")
    if measure["end_to_end"] == "ja":
        return 1.0
    # What the register does not know counts as not reached until a measure brings it.
    return enablers.get(measure["end_to_end_by"], 0.0)


def find_effect(name: str, inputs: Assumptions, setting: Setting, start: int) -> Array:
    """Return how far a measure is in effect that begins in month ``start``: months × draws."""
    lead = np.maximum(inputs.get(name, "lead_months") + start, setting.blocked_months)
    return share_in_effect(lead, inputs.get(name, "ramp_months"), setting.months)


def _effort_of(name: str, inputs: Assumptions, setting: Setting, start: int) -> Array:
    hours, lead = inputs.get(name, "transition_hours"), inputs.get(name, "lead_months")
    return spread_effort(hours, lead, start, setting.months)
