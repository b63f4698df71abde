"""The plan under limits on money and IT, and how robust it is (chapter Entlastung).

Method: docs/methods/roadmap.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from analysis.indicators.entlastung import (
    find_assumed,
    find_month,
    finish,
    mark_missing,
    name_prerequisites,
    trace_measures,
)
from analysis.indicators.relief_words import HOURS, round_off, say_range
from analysis.models.pert import Assumptions
from analysis.models.relief import Setting
from analysis.models.roadmap import (
    OPEN,
    Roadmap,
    even_limits,
    make_roadmap,
    simulate_plan,
    trace_budgets,
)
from analysis.models.roadmap_figures import PERIOD
from analysis.presentation.formats import (
    format_month,
    format_number,
    format_with_unit,
)
from analysis.presentation.phrases import join_words

Row: TypeAlias = "pd.Series[Any]"

BUDGET, IT_DAYS, CAUTION = "fahrplan/budget", "fahrplan/it_days", "fahrplan/caution"
KEYS = (BUDGET, IT_DAYS, CAUTION)
BLOCKS = tuple(
    f"entlastung-{name}" for name in ("fahrplan-tabelle", "auslastung", "vorsicht", "budget")
)
"""Blocks that need a plan."""
NOT_PLANNED = "nicht im Plan"
_STEPS = (0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2)
_NO_BUDGET = 1_000_000.0
"""Scale of the curve where the edition's own budget is zero [EUR per half-year]."""
_PERCENT = 100
HORIZONS = {
    "kurz": "kurzfristig: Wirkung binnen eines Jahres",
    "mittel": "mittelfristig: Wirkung binnen dreier Jahre",
    "lang": "langfristig: Wirkung später",
}


class Limits(NamedTuple):
    """What the edition assumes for the plan, as rows with source.

    Attributes:
        budget: money [EUR per half-year].
        it_days: capacity of the IT [person-days per half-year].
        caution: quantile of the cautious plan [%].
    """

    budget: Row
    it_days: Row
    caution: Row


class Plans(NamedTuple):
    """Two plans under the same limits, and what a simulation with all ranges makes of them.

    Attributes:
        mean: plan with the means of the assumptions.
        cautious: plan with cautious quantiles.
        outcome: net hours of the first one over the whole time.
        cautious_outcome: those of the second one.
    """

    mean: Roadmap
    cautious: Roadmap
    outcome: Row
    cautious_outcome: Row


def find_limits(assumed: pd.DataFrame) -> Limits | None:
    """Return the limits that the edition states; none where one of them is missing."""
    rows = [find_assumed(assumed, key) for key in KEYS]
    found = [row for row in rows if row is not None]
    return Limits(*found) if len(found) == len(KEYS) else None


def make_plans(
    measures: pd.DataFrame,
    assumptions: pd.DataFrame,
    limits: Limits,
    setting: Setting,
    *,
    inputs: Assumptions | None = None,
) -> Plans:
    """Choose measures under the limits, with means and with cautious values, and simulate both.

    Args:
        measures: table ``measures``.
        assumptions: table ``assumptions``.
        limits: money, IT and caution; a limit with a range counts with its likeliest value.
        setting: length of the time, seed and draws.
        inputs: the assumptions as drawn by an earlier run.
    """
    even = even_limits(
        budget=float(limits.budget["value"]),
        it_days=float(limits.it_days["value"]),
        half_years=setting.months // PERIOD,
    )
    mean = make_roadmap(measures, assumptions, even)
    caution = float(limits.caution["value"]) / _PERCENT
    cautious = make_roadmap(measures, assumptions, even, caution=caution)
    outcomes = [
        simulate_plan(measures, assumptions, plan.starts, setting, inputs=inputs)
        for plan in (mean, cautious)
    ]
    table = pd.DataFrame(outcomes).rename(
        columns={"middle": "value", "middle_error": "value_error"}
    )
    return Plans(mean, cautious, *(row for _, row in finish(table).iterrows()))


def list_plan(
    plans: Plans, measures: pd.DataFrame, setting: Setting, stichtag: pd.Timestamp
) -> pd.DataFrame:
    """Return the plan with its dates.

    Returns:
        One row per measure, in order of horizon and beginning: ``category``, ``group`` (horizon in
        German), ``start``, ``effective`` (missing where it is later than looked at), ``end`` (last
        day looked at), ``begins``, ``works`` (months in words), ``hours`` (what the plan would
        lose without it and what needs it), costs, IT days, ``before`` (names of prerequisites),
        ``robust`` (whether it is in the cautious plan), ``note`` and what ``make_roadmap`` gives.
    """
    plan = plans.mean.plan
    names = dict(zip(measures["measure_id"], measures["name"], strict=True))
    last = find_month(stichtag, setting.months) - pd.Timedelta(days=1)
    start, effective = (
        pd.Series([find_month(stichtag, month) for month in plan[column]], dtype="datetime64[ns]")
        for column in ("start_month", "effective_month")
    )
    notes = zip(plan["hours"], plan["extra"], strict=True)
    kept = set(plans.cautious.plan["measure_id"])
    rows = plan.assign(
        category=plan["name"],
        group=plan["horizon"].map(HORIZONS),
        start=start,
        effective=effective.where(effective <= last),
        end=last,
        begins=[format_month(day) for day in start],
        works=[format_month(day) for day in effective],
        before=name_prerequisites(plan["prerequisites"], names),
        robust=plan["measure_id"].isin(kept).map({True: "ja", False: "nein"}),
        note=[_remark(hours, extra) for hours, extra in notes],
        measure="derived",
    )
    order = rows["horizon"].map({name: place for place, name in enumerate(HORIZONS)})
    return (
        rows.assign(order=order)
        .sort_values(["order", "start_month", "effective_month"], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def head_plan(plans: Plans, limits: Limits) -> str:
    """Return the title of the plan: how many measures, what they bring with which range."""
    return (
        f"{format_number(len(plans.mean.plan))} Maßnahmen passen in {say_limits(limits)}; "
        f"sie bringen netto {say_range(plans.outcome, HOURS)}"
    )


def head_costs(plan: pd.DataFrame) -> str:
    """Return the title of the table: money and IT that the plan needs altogether."""
    once, yearly = (
        format_with_unit(format_number(round_off(plan[key].sum())), "Euro")
        for key in ("cost_once", "cost_per_year")
    )
    days = format_number(round_off(plan["it_days"].sum()))
    return (
        f"Der Fahrplan kostet im Mittel einmalig rund {once} und rund {yearly} im Jahr, dazu rund "
        f"{days} Personentage der IT"
    )


def say_limits(limits: Limits) -> str:
    """Return the limits in words: ``1.000.000 EUR und 300 Personentage der IT je Halbjahr``."""
    money = format_with_unit(format_number(limits.budget["value"]), "Euro")
    return f"{money} und {format_number(limits.it_days['value'])} Personentage der IT je Halbjahr"


def list_usage(roadmap: Roadmap, stichtag: pd.Timestamp) -> pd.DataFrame:
    """Return what the plan uses of money and IT in each half-year.

    Returns:
        One row per resource and half-year: ``unit_label`` (resource), ``when`` (half-year, by
        its first month), ``used``, ``limit``, ``value`` (share used [%], missing
        where there is nothing to use), ``measure_unit``, ``measure``, ``origins``.
    """
    usage = roadmap.usage
    numbers = usage["half_year"]
    begins = [find_month(stichtag, (number - 1) * PERIOD) for number in numbers]
    share = _PERCENT * usage["value"] / usage["limit"].where(usage["limit"] > 0)
    keys = tuple(dict.fromkeys(keys[0] for keys in roadmap.plan["origins"]))
    return usage.assign(
        unit_label=usage["resource"],
        when=[f"ab {format_month(day, short=True)}" for day in begins],
        used=usage["value"],
        value=share,
        measure="derived",
        origins=pd.Series([keys] * len(usage), usage.index, dtype="object"),
    )


def head_usage(usage: pd.DataFrame) -> str:
    """Return the title of the use: how much of each limit is used at most."""
    most = usage.dropna(subset="value").sort_values("value", kind="stable")
    if most.empty:
        return "Der Plan braucht weder Mittel noch IT-Kapazität"
    parts = [
        f"{row['resource']} höchstens {format_with_unit(format_number(row['value']), '%')} "
        f"({row['when']})"
        for _, row in most.groupby("resource", sort=False).tail(1).iloc[::-1].iterrows()
    ]
    return f"Auslastung der Grenzen: {join_words(parts)}"


def compare_plans(plans: Plans, stichtag: pd.Timestamp) -> pd.DataFrame:
    """Return the measures of both plans side by side.

    Returns:
        One row per measure that is in a plan, those in both first: ``name``, ``mean``,
        ``cautious`` (month of the beginning in words, or ``NOT_PLANNED``), ``both`` (``ja`` or
        ``nein``), ``hours``, ``cautious_hours`` (what the plan would lose without it; missing
        where it is not in the plan), ``measure``, ``origins``.
    """
    columns = ["measure_id", "name", "start_month", "hours", "origins"]
    joined = plans.mean.plan[columns].merge(
        plans.cautious.plan[columns],
        on=["measure_id", "name"],
        how="outer",
        suffixes=("", "_cautious"),
    )
    both = joined[["start_month", "start_month_cautious"]].notna().all(axis=1)
    origins = joined["origins"].where(joined["origins"].notna(), joined["origins_cautious"])
    rows = joined.assign(
        mean=_say_starts(joined["start_month"], stichtag),
        cautious=_say_starts(joined["start_month_cautious"], stichtag),
        cautious_hours=joined["hours_cautious"],
        both=both.map({True: "ja", False: "nein"}),
        origins=origins,
        measure="derived",
    )
    rows = mark_missing(rows, ["hours", "cautious_hours"])
    return rows.sort_values(
        ["both", "start_month", "hours"], ascending=[True, True, False], ignore_index=True
    )


def head_caution(compared: pd.DataFrame) -> str:
    """Return the title: how many measures of the plan hold when one plans cautiously."""
    planned = compared.loc[compared["mean"] != NOT_PLANNED]
    kept = int((planned["both"] == "ja").sum())
    return (
        f"{format_number(kept)} von {format_number(len(planned))} Maßnahmen des Plans stehen auch "
        "im vorsichtigen Plan"
    )


def say_caution(plans: Plans, limits: Limits) -> str:
    """Return what both plans bring when they are simulated with all ranges."""
    mean, cautious = plans.outcome, plans.cautious_outcome
    share = format_with_unit(format_number(limits.caution["value"]), "%")
    return (
        f"Vorsichtig heißt: Entlastung mit dem Wert, unter dem {share} liegen, Aufwand, Dauer und "
        f"Kosten mit dem, über dem {share} liegen. In der Simulation bringt der Plan nach "
        f"Mittelwerten {say_range(mean, HOURS)}, der vorsichtige {say_range(cautious, HOURS)}."
    )


def list_budgets(limits: Limits) -> list[float]:
    """Return the budgets of the curve: shares and multiples of the edition's own, incl. none."""
    scale = float(limits.budget["value"]) or _NO_BUDGET
    return [step * scale for step in _STEPS]


def trace_plan(
    measures: pd.DataFrame, assumptions: pd.DataFrame, limits: Limits, setting: Setting
) -> pd.DataFrame:
    """Return what smaller and larger budgets buy.

    Returns:
        One row per budget: ``x`` [thousand EUR per half-year], ``budget`` [EUR], ``measures``,
        ``mean`` (net hours with the values planned with; it never falls), ``value``, ``lower``,
        ``upper`` (P50, P10, P90), ``error``, ``span``, ``own`` (whether it is the edition's
        budget).
    """
    rows = trace_budgets(
        measures,
        assumptions,
        list_budgets(limits),
        it_days=float(limits.it_days["value"]),
        setting=setting,
    )
    rows = trace_measures(rows, measures)
    columns = {"value": "mean", "middle": "value", "middle_error": "value_error"}
    rows = finish(rows.rename(columns=columns))
    return rows.assign(
        x=rows["budget"] / 1000,
        own=rows["budget"] == float(limits.budget["value"]),
    )


def head_budgets(curve: pd.DataFrame) -> str:
    """Return the title of the curve: nothing, the edition's budget, and where it stops rising."""
    first, own = curve.iloc[0], curve.loc[curve["own"]]
    parts = [f"Ohne Mittel bringt der Plan {_say_plan(first)}"]
    if len(own) and own["budget"].iloc[0] > 0:
        amount = format_with_unit(format_number(own["budget"].iloc[0]), "Euro")
        parts.append(f"mit {amount} je Halbjahr {_say_plan(own.iloc[0])}")
    return f"{', '.join(parts)}; {say_saturation(curve)}"


def say_saturation(curve: pd.DataFrame) -> str:
    """Return from which budget on more money buys nothing more, as far as the curve shows it."""
    # A gain below a thousandth is one of rounding.
    enough = curve.loc[curve["mean"] >= curve["mean"].iloc[-1] * (1 - 1e-3), "budget"].iloc[0]
    amount = format_with_unit(format_number(enough), "Euro")
    if enough == curve["budget"].iloc[-1]:
        return f"bis {amount} bringt mehr Geld auch mehr Entlastung"
    return f"über {amount} hinaus bringt mehr Geld nichts mehr"


def _say_plan(row: Row) -> str:
    return say_range(row, HOURS)


def _say_starts(months: pd.Series, stichtag: pd.Timestamp) -> list[str]:
    return [
        NOT_PLANNED if pd.isna(month) else format_month(find_month(stichtag, month))
        for month in months
    ]


def _remark(hours: float, extra: str) -> str:
    amount = format_with_unit(format_number(round_off(hours)), HOURS)
    return f"rund {amount}; {'Bedarf an Mitteln offen' if extra == OPEN else extra}"
