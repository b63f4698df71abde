"""Portfolios of measures for the tests of the relief model and the roadmap."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import pandas as pd
import pytest

Points: TypeAlias = float | tuple[float, float, float]

MEASURE = {
    "area": "Wohngeld",
    "kind": "Online-Dienst",
    "horizon": "kurz",
    "services": "wohngeld_online",
    "prerequisites": "",
    "caseload": "antraege",
    "end_to_end": "nicht zutreffend",
    "end_to_end_by": "",
    "needs_money": "unbekannt",
    "needs_staff": "unbekannt",
}
FIGURES: dict[str, Points] = {
    "share": 100,
    "take_up": 100,
    "minutes": 0,
    "minutes_without_e2e": 0,
    "minutes_with_e2e": 0,
    "transition_hours": 0,
    "lead_months": 0,
    "ramp_months": 0,
    "cost_once": 0,
    "cost_per_year": 0,
    "it_days": 0,
}
CASELOAD: dict[str, Points] = {"cases": 12_000, "handling_minutes": 100}


class Portfolio(NamedTuple):
    """Tables ``measures`` and ``assumptions``."""

    measures: pd.DataFrame
    assumptions: pd.DataFrame


@pytest.fixture(scope="session")
def make_portfolio() -> Callable[..., Portfolio]:
    return _make_portfolio


def _make_portfolio(
    measures: Mapping[str, Mapping[str, object]],
    caseloads: Mapping[str, Mapping[str, Points]] | None = None,
) -> Portfolio:
    """Return a portfolio; what is not given is as in ``MEASURE``, ``FIGURES`` and ``CASELOAD``.

    A quantity is a number (without range) or (minimum, mode, maximum).
    """
    rows, assumed = [], []
    used = dict.fromkeys(str({**MEASURE, **given}["caseload"]) for given in measures.values())
    for name in used:
        if name:
            points = {**CASELOAD, **(caseloads or {}).get(name, {})}
            assumed += [_assume(name, "Fallgruppe", *item) for item in points.items()]
    for name, given in measures.items():
        words = {key: value for key, value in given.items() if key in MEASURE}
        rows.append({"measure_id": name, "name": f"Maßnahme {name}", **MEASURE, **words})
        points = {**FIGURES, **{key: given[key] for key in given if key in FIGURES}}
        assumed += [_assume(name, "Annahme", *item) for item in points.items()]
    frame = pd.DataFrame(rows).assign(origin=lambda table: [f"m.csv#{n}" for n in table.index])
    table = pd.DataFrame(assumed).assign(origin=lambda rows: [f"a.csv#{n}" for n in rows.index])
    return Portfolio(frame, table)


def _assume(subject: str, kind: str, quantity: str, points: Points) -> dict[str, object]:
    least, mode, most = points if isinstance(points, tuple) else (points, points, points)
    return {
        "assumption_id": f"{subject}/{quantity}",
        "subject": subject,
        "subject_kind": kind,
        "subject_name": f"Gegenstand {subject}",
        "quantity": quantity,
        "minimum": float(least),
        "mode": math.nan if mode is None else float(mode),
        "maximum": float(most),
        "fact_ids": "",
    }
