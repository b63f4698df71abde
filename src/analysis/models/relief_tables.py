"""Results of a relief simulation as tables: quantiles, break-even, posts.

Method: docs/methods/relief.md, sections 3 to 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.models.origins import list_origins
from analysis.models.pert import Array, Assumptions
from analysis.models.sampling import QUANTILES, find_quantiles
from analysis.models.staffing_need import WorkingTime

TOTAL, TOTAL_NAME = "gesamt", "Alle Maßnahmen zusammen"
NET, CUMULATIVE = "net", "cumulative"
YEARLY, SUM, BREAK_EVEN = "yearly", "sum", "break_even"
LABELS = {
    NET: "Entlastung im Monat abzüglich Aufwand",
    CUMULATIVE: "Entlastung seit Beginn abzüglich Aufwand",
    YEARLY: "Entlastung in den letzten zwölf Monaten des Zeitraums",
    SUM: "Entlastung im ganzen Zeitraum abzüglich Aufwand",
    BREAK_EVEN: "Monat, ab dem die Entlastung den Aufwand überwiegt",
}
_DESCRIBING = ("measure_id", "name", "indicator", "label", "measure_unit", "origins")
_FIGURES = [column for name in QUANTILES for column in (name, f"{name}_error")]
_MONTHS = 12
_MINUTES = 60
_PERCENT = 100
# Hours below this are rounding of sums, not effort.
_ROUNDING = 1e-6


class Course(NamedTuple):
    """Relief and effort of one measure [hours], months × draws."""

    gross: Array
    effort: Array


class Relief(NamedTuple):
    """Results of a simulation.

    Attributes:
        monthly: one row per measure, indicator (``net``, ``cumulative``) and month.
        summary: one row per measure and indicator (``yearly``, ``sum``, ``break_even``).
        outcomes: net hours over the whole time by measure, one per draw.
        yearly: gross hours of the last twelve months by measure, one per draw.
        inputs: the assumptions as drawn.
    """

    monthly: pd.DataFrame
    summary: pd.DataFrame
    outcomes: dict[str, Array]
    yearly: dict[str, Array]
    inputs: Assumptions


def find_break_even(cumulative: Array) -> Array:
    """Return the first month from which relief outweighs effort until the end, in each draw.

    Args:
        cumulative: net hours since the beginning, months × draws.

    Returns:
        Months from 1; infinite where effort outweighs relief at the end.
    """
    behind = cumulative < -_ROUNDING
    months = len(cumulative)
    last = np.where(behind.any(axis=0), months - np.argmax(behind[::-1], axis=0), 0)
    return np.where(last == months, np.inf, last + 1.0)


def convert_to_posts(rows: pd.DataFrame, working_time: WorkingTime) -> pd.DataFrame:
    """Return yearly hours as posts [VZÄ]: hours × 60 ÷ JAZ, with the range of the JAZ.

    Args:
        rows: hours per year with ``value``, ``lower``, ``upper``, also negative ones.
        working_time: yearly working minutes of a full post, with source.

    Raises:
        DataError: the JAZ has no source or is not positive.
    """
    lower, value, upper = working_time.minutes
    if not working_time.source.strip():
        raise DataError("Für die Jahresarbeitszeit (JAZ) fehlt die Quelle.")
    if not 0 < lower <= value <= upper:
        raise DataError("Die Jahresarbeitszeit (JAZ) muss größer als null und geordnet sein.")
    # The least comes from the longest year, unless it is a loss.
    least = rows["lower"].where(rows["lower"] < 0, rows["lower"] * lower / upper) / lower
    most = rows["upper"].where(rows["upper"] >= 0, rows["upper"] * lower / upper) / lower
    return rows.assign(
        value=rows["value"] * _MINUTES / value,
        lower=least * _MINUTES,
        upper=most * _MINUTES,
        **{f"{name}_error": rows[f"{name}_error"] * _MINUTES / lower for name in QUANTILES},
        measure_unit="VZÄ",
    )


def sum_groups(draws: Mapping[str, Array], groups: Mapping[str, str]) -> pd.DataFrame:
    """Return quantiles of the sums of several measures.

    Sums are taken in each draw: quantiles of single measures do not add up.

    Args:
        draws: hours by measure, one per draw (``Relief.yearly`` or ``Relief.outcomes``).
        groups: measure to its group; measures without draws are left out.

    Returns:
        One row per group, in order of their first measure: ``group``, ``measures`` (number),
        ``value``, ``lower``, ``upper`` (P50, P10, P90), ``…_error``.
    """
    members: dict[str, list[str]] = {}
    for name, group in groups.items():
        if name in draws:
            members.setdefault(group, []).append(name)
    rows = [
        {
            "group": group,
            "measures": len(names),
            **find_figures(np.sum([draws[name] for name in names], axis=0)),
        }
        for group, names in members.items()
    ]
    return pd.DataFrame(rows, columns=["group", "measures", *_FIGURES])


def find_figures(draws: Array) -> dict[str, float]:
    """Return quantiles of one quantity and their sampling errors as plain numbers."""
    return {name: float(value) for name, value in find_quantiles(draws).items()}


class Tables:
    """Collects the results of one measure after the other; the draws themselves are not kept."""

    def __init__(self, chosen: pd.DataFrame, assumptions: pd.DataFrame) -> None:
        self._names = {**chosen.set_index("measure_id")["name"], TOTAL: TOTAL_NAME}
        self._origins = collect_origins(chosen, assumptions)
        self._monthly: list[dict[str, Any]] = []
        self._summary: list[dict[str, Any]] = []
        self._outcomes: dict[str, Array] = {}
        self._yearly: dict[str, Array] = {}

    def add(self, name: str, course: Course) -> None:
        """Add the results of a measure."""
        net = course.gross - course.effort
        cumulative = np.cumsum(net, axis=0)
        self._outcomes[name] = cumulative[-1].copy()
        self._yearly[name] = course.gross[-_MONTHS:].sum(axis=0)
        break_even = find_break_even(cumulative)
        never = float(np.isinf(break_even).mean() * _PERCENT)
        self._monthly += [
            {**self._describe(name, indicator, "Stunden"), **find_quantiles(draws)}
            for indicator, draws in ((NET, net), (CUMULATIVE, cumulative))
        ]
        for indicator, unit, draws in (
            (YEARLY, "Stunden/Jahr", self._yearly[name]),
            (SUM, "Stunden", cumulative[-1]),
            (BREAK_EVEN, "Monat", break_even),
        ):
            described = self._describe(name, indicator, unit)
            self._summary.append({**described, "never": never, **find_quantiles(draws)})

    def finish(self, inputs: Assumptions) -> Relief:
        """Return the results of all measures added."""
        summary = pd.DataFrame(self._summary)
        finite = summary[_FIGURES].astype("float64").replace(np.inf, np.nan)
        return Relief(
            self._join_months(), summary.assign(**finite), self._outcomes, self._yearly, inputs
        )

    def _join_months(self) -> pd.DataFrame:
        months = len(self._monthly[0]["value"])
        columns: dict[str, Any] = {
            key: [item[key] for item in self._monthly for _ in range(months)] for key in _DESCRIBING
        }
        columns["month"] = np.tile(np.arange(1, months + 1), len(self._monthly))
        for key in self._monthly[0].keys() - columns.keys():
            columns[key] = np.concatenate([item[key] for item in self._monthly])
        return pd.DataFrame(columns)[[*_DESCRIBING[:-2], "month", *_FIGURES, *_DESCRIBING[-2:]]]

    def _describe(self, name: str, indicator: str, unit: str) -> dict[str, Any]:
        return {
            "measure_id": name,
            "name": self._names[name],
            "indicator": indicator,
            "label": LABELS[indicator],
            "measure_unit": unit,
            "origins": self._origins[name],
        }


def collect_origins(chosen: pd.DataFrame, assumptions: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the origins of each measure: its own row and the assumptions that enter its relief.

    Returns:
        By identifier, and for ``gesamt`` those of all measures.
    """
    own = list_origins(assumptions)
    by_subject: dict[str, list[str]] = {}
    for subject, keys in own.items():
        by_subject.setdefault(str(subject), []).extend(keys)
    found = {}
    for _, row in chosen.iterrows():
        subjects = (row["measure_id"], row["caseload"], row["end_to_end_by"])
        further = [key for subject in subjects for key in by_subject.get(subject, ())]
        found[row["measure_id"]] = tuple(dict.fromkeys((row["origin"], *further)))
    everything = tuple(dict.fromkeys(key for keys in found.values() for key in keys))
    return {**found, TOTAL: everything}
