"""What the relief depends on: tornado, end-to-end, the staff representation's worst case, reality.

Method: docs/methods/relief.md, sections 4, 6 and 7.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.fields import GATED, QUANTITIES
from analysis.models.origins import list_origins
from analysis.models.pert import Array, Assumptions
from analysis.models.relief import find_yearly_hours
from analysis.models.relief_tables import CUMULATIVE, TOTAL, Relief, find_figures
from analysis.models.sampling import bound_correlations, correlate_ranks

Row: TypeAlias = "pd.Series[Any]"

LITTLE_IT = 60
"""A measure with at most so many person-days of IT does not wait for a new system."""
_PERCENT = 100
_MINUTES = 60
_STATES = {"minutes_without_e2e": "ohne Ende-zu-Ende", "minutes_with_e2e": "mit Ende-zu-Ende"}
DEPENDENT = "nur mit Ende-zu-Ende"
"""Series of ``weigh_end_to_end``: the share of the hours that depends on it."""


def rank_inputs(
    relief: Relief,
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    *,
    measure_id: str = TOTAL,
    top: int = 12,
) -> pd.DataFrame:
    """Rank the assumptions by how strongly the result follows them (tornado).

    Args:
        relief: results of a simulation.
        measures: table ``measures`` that it was run with.
        assumptions: table ``assumptions`` that it was run with.
        measure_id: measure whose net hours over the whole time are looked at.
        top: number of rows at most.

    Returns:
        One row per assumption, strongest first: ``assumption_id``, ``category`` (subject and
        quantity in German), ``value`` (Spearman's rank correlation), ``lower``, ``upper`` (its
        95 % interval), ``measure_unit`` (empty), ``origins``. Assumptions without a range are
        left out.
    """
    outcome = relief.outcomes[measure_id]
    drawn = relief.inputs.list_drawn(_list_subjects(measures, assumptions, measure_id))
    keys = list(drawn)
    inputs = np.array([drawn[key] for key in keys]).reshape(len(keys), len(outcome))
    values = correlate_ranks(inputs, outcome)
    lower, upper = bound_correlations(values, len(outcome))
    found = pd.DataFrame(
        {
            "assumption_id": [f"{subject}/{quantity}" for subject, quantity in keys],
            "value": values,
            "lower": lower,
            "upper": upper,
            "measure_unit": "",
        }
    ).dropna(subset="value")
    described = _describe_assumptions(assumptions)
    joined = found.merge(described, on="assumption_id", validate="one_to_one")
    order = joined["value"].abs().sort_values(ascending=False, kind="stable").index
    return joined.loc[order].head(top).reset_index(drop=True)


def compare_end_to_end(
    measures: pd.DataFrame, assumptions: pd.DataFrame, inputs: Assumptions
) -> pd.DataFrame:
    """Set the relief without end-to-end beside that with it, for each measure by itself.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        inputs: the same assumptions as drawn.

    Returns:
        Two rows per measure whose minutes depend on end-to-end: ``measure_id``, ``name``,
        ``series`` (``ohne …`` or ``mit Ende-zu-Ende``), ``state`` (whether the register says that
        it is reached), hours per year at full use as ``value``, ``lower``, ``upper`` with
        ``…_error``, ``measure_unit``, ``origins``. Overlaps with other measures are left out.
    """
    gated = measures.loc[measures["end_to_end"].isin(GATED) & (measures["caseload"] != "")]
    origins = list_origins(assumptions)
    rows = [
        {
            "measure_id": row["measure_id"],
            "name": row["name"],
            "series": series,
            "state": row["end_to_end"],
            **find_figures(hours),
            "measure_unit": "Stunden/Jahr",
            "origins": _join(origins, (row["measure_id"], row["caseload"]), row["origin"]),
        }
        for _, row in gated.iterrows()
        for series, hours in _hours_by_state(row, inputs).items()
    ]
    return pd.DataFrame(rows)


def weigh_end_to_end(
    measures: pd.DataFrame, assumptions: pd.DataFrame, inputs: Assumptions
) -> pd.DataFrame:
    """Return how much of the relief depends on end-to-end, for several measures together.

    Args:
        measures: those to look at; what does not depend on end-to-end is left out.
        assumptions: table ``assumptions``.
        inputs: the same assumptions as drawn.

    Returns:
        Three rows with ``series``: hours per year at full use without and with end-to-end, and
        the share [%] of the hours that come only with it, 1 − without ÷ with (``DEPENDENT``);
        ``value``, ``lower``, ``upper``, ``…_error``, ``measure_unit``, ``origins``. Sums are taken
        in each draw; overlaps are left out as in ``compare_end_to_end``. No rows where no measure
        depends on it.
    """
    gated = measures.loc[measures["end_to_end"].isin(GATED) & (measures["caseload"] != "")]
    if gated.empty:
        return pd.DataFrame()
    by_measure = [_hours_by_state(row, inputs) for _, row in gated.iterrows()]
    sums = {
        label: np.asarray(np.sum([hours[label] for hours in by_measure], axis=0))
        for label in _STATES.values()
    }
    without, with_ = sums.values()
    gap = np.divide(with_ - without, with_, out=np.zeros_like(with_), where=with_ > 0)
    origins = list_origins(assumptions)
    keys = [
        _join(origins, (row["measure_id"], row["caseload"]), row["origin"])
        for _, row in gated.iterrows()
    ]
    common = tuple(dict.fromkeys(key for found in keys for key in found))
    return pd.DataFrame(
        [
            {"series": label, **find_figures(draws), "measure_unit": unit, "origins": common}
            for label, draws, unit in (
                *((label, draws, "Stunden/Jahr") for label, draws in sums.items()),
                (DEPENDENT, gap * _PERCENT, "%"),
            )
        ]
    )


def compare_worst_case(planned: Relief, worst: Relief, *, months: int) -> pd.DataFrame:
    """Set the course of all measures as planned beside the staff representation's worst case.

    Args:
        planned: simulation as planned.
        worst: simulation with ``blocked_months``.
        months: length of the time without relief.

    Returns:
        Two rows per case (``series``): net hours of all measures in the first ``months`` and in
        the whole time (``label``), with ``value``, ``lower``, ``upper``, ``…_error``,
        ``measure_unit``, ``origins``.
    """
    parts = [
        _cut_total(relief.monthly, month, months).assign(series=series)
        for series, relief in (("wie geplant", planned), ("ohne Entlastung am Anfang", worst))
        for month in (months, int(relief.monthly["month"].max()))
    ]
    return pd.concat(parts, ignore_index=True)


def find_bridge(relief: Relief, *, months: int) -> pd.DataFrame:
    """Return the hours per year that are missing in the first months.

    Args:
        relief: simulation, for instance the worst case.
        months: length of that time.

    Returns:
        One row: hours per year that additional staff would have to work so that nobody is worse
        off in that time (``value``, ``lower``, ``upper``, ``…_error``; zero where relief already
        outweighs effort), ``measure_unit``, ``origins``. ``convert_to_posts`` makes posts of it.
    """
    row = _cut_total(relief.monthly, months, months).iloc[0]
    yearly = -12 / months
    bounds = {"value": "value", "lower": "upper", "upper": "lower"}
    figures = {name: max(row[other] * yearly, 0.0) for name, other in bounds.items()}
    errors = {
        f"{name}_error": row[f"{other}_error"] * abs(yearly) for name, other in bounds.items()
    }
    fixed = {"measure_unit": "Stunden/Jahr", "label": "Fehlende Arbeitsstunden in der Anfangszeit"}
    return pd.DataFrame([{**figures, **errors, **fixed, "origins": row["origins"]}])


def list_short_run(
    measures: pd.DataFrame, assumptions: pd.DataFrame, relief: Relief, *, months: int
) -> pd.DataFrame:
    """List the measures that relieve within the first months without waiting for a new system.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        relief: simulation as planned.
        months: length of that time.

    Returns:
        Measures of horizon ``kurz`` with at most ``LITTLE_IT`` person-days of IT (upper end), the
        largest net hours until then first: ``measure_id``, ``name``, ``value``, ``lower``,
        ``upper``, ``…_error`` [hours], ``measure_unit``, ``needs_money``, ``needs_staff``,
        ``origins``.
    """
    days = assumptions.loc[assumptions["quantity"] == "it_days"].set_index("subject")["maximum"]
    quick = measures.loc[
        (measures["horizon"] == "kurz")
        & (measures["caseload"] != "")
        & (measures["measure_id"].map(days) <= LITTLE_IT)
    ]
    until = relief.monthly.loc[
        (relief.monthly["indicator"] == CUMULATIVE) & (relief.monthly["month"] == months)
    ]
    needs = quick[["measure_id", "needs_money", "needs_staff"]]
    return until.merge(needs, on="measure_id").sort_values(
        "value", ascending=False, kind="stable", ignore_index=True
    )


def check_reality(
    inputs: Assumptions, assumptions: pd.DataFrame, published: Row, *, subject: str
) -> pd.DataFrame:
    """Set what the model gives for a known case beside what was published of it.

    Args:
        inputs: assumptions as drawn.
        assumptions: the same as table.
        published: published hours per year: ``value``, ``lower``, ``upper``, ``origin``.
        subject: the case to compare with (``subject_kind`` ``Vergleichsfall``).

    Returns:
        One row: hours per year of the model (``value``, ``lower``, ``upper``, ``…_error``),
        ``published``, ``published_lower``, ``published_upper``, ``rank`` (share of the draws below
        the published value [%]), ``covered`` (whether P10 to P90 contains it), ``origins``.

    Raises:
        DataError: there are no assumptions on the case, or the published hours rest on them.
    """
    own = assumptions.loc[assumptions["subject"] == subject]
    if own.empty:
        raise DataError(f"Zum Vergleichsfall »{subject}« gibt es keine Annahmen.")
    facts = {fact for text in own["fact_ids"] for fact in text.split()}
    if published["fact_id"] in facts:
        raise DataError(f"Die Annahmen zu »{subject}« beruhen auf der Angabe, die zu prüfen ist.")
    hours = find_yearly_hours(inputs, subject)
    found = find_figures(hours)
    origins = _join(list_origins(assumptions), (subject,), published["origin"])
    return pd.DataFrame(
        [
            {
                **found,
                "measure_unit": "Stunden/Jahr",
                "published": published["value"],
                "published_lower": published["lower"],
                "published_upper": published["upper"],
                "rank": float((hours < published["value"]).mean() * _PERCENT),
                "covered": bool(found["lower"] <= published["value"] <= found["upper"]),
                "origins": origins,
            }
        ]
    )


def _list_subjects(measures: pd.DataFrame, assumptions: pd.DataFrame, measure_id: str) -> set[str]:
    """Return the subjects whose assumptions enter the relief by a measure."""
    own = measures.loc[measures["measure_id"] == measure_id]
    if own.empty:
        return set(assumptions["subject"])
    caseload = own["caseload"].iloc[0]
    # Measures on the same cases share what is saved.
    same = measures["caseload"].eq(caseload) & (caseload != "")
    return {measure_id, caseload, own["end_to_end_by"].iloc[0], *measures.loc[same, "measure_id"]}


def _describe_assumptions(assumptions: pd.DataFrame) -> pd.DataFrame:
    labels = assumptions["quantity"].map({name: item.label for name, item in QUANTITIES.items()})
    return pd.DataFrame(
        {
            "assumption_id": assumptions["assumption_id"],
            "category": assumptions["subject_name"] + ": " + labels,
            "origins": list_origins(assumptions).to_numpy(),
        }
    )


def _hours_by_state(measure: Row, inputs: Assumptions) -> dict[str, Array]:
    name, caseload = measure["measure_id"], measure["caseload"]
    reach = inputs.get(name, "share") * inputs.get(name, "take_up") / _PERCENT**2
    cases = inputs.get(caseload, "cases") * reach / _MINUTES
    handling = inputs.get(caseload, "handling_minutes")
    minutes = {quantity: inputs.get(name, quantity) for quantity in _STATES}
    # End to end never saves less than without it.
    minutes["minutes_with_e2e"] = np.maximum(*minutes.values())
    return {
        label: cases * np.minimum(minutes[quantity], handling)
        for quantity, label in _STATES.items()
    }


def _cut_total(monthly: pd.DataFrame, month: int, first: int) -> pd.DataFrame:
    rows = monthly.loc[
        (monthly["measure_id"] == TOTAL)
        & (monthly["indicator"] == CUMULATIVE)
        & (monthly["month"] == month)
    ]
    label = f"in den ersten {month} Monaten" if month == first else f"in {month} Monaten insgesamt"
    return rows.assign(label=label)


def _join(origins: pd.Series, subjects: tuple[str, ...], first: str) -> tuple[str, ...]:
    keys = [key for subject in subjects for keys in origins.loc[[subject]] for key in keys]
    return tuple(dict.fromkeys((first, *keys)))
