"""Checks across the rows of a whole edition: what exports deliver must agree with itself.

Rules, severities and thresholds: docs/methods/findings.md.
"""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.consistency.gaps import check_gaps
from analysis.cleaning.consistency.history import check_history
from analysis.cleaning.consistency.jumps import check_jumps
from analysis.cleaning.consistency.series import list_monthly
from analysis.cleaning.consistency.stocks import check_plan, check_stocks
from analysis.cleaning.findings import join_findings
from analysis.cleaning.totals import find_wrong_totals
from analysis.fields import OBSERVATION_TABLES

__all__ = ["check_observations"]


def check_observations(tables: dict[str, pd.DataFrame], earlier: pd.DataFrame) -> pd.DataFrame:
    """Check the tidy rows of an edition against each other and against earlier deliveries.

    Only rows of exports are checked; published figures are irregular, and what contradicts there
    is found by ``contradictions``.

    Args:
        tables: tables of observations by name; ``unit_names`` (which units contain others) and
            ``findings`` (which cells cleaning left out) are used where they are given.
        earlier: table ``earlier_deliveries``.

    Returns:
        Findings: gaps, stock-flow identity, more decided than open, jumps, filled above plan,
        delivered totals that are no sums, changed history. Each points at the cell, and nothing
        is corrected or left out.
    """
    monthly = list_monthly(tables)
    history = check_history(tables, earlier)
    units = tables.get("unit_names")
    totals = [
        find_wrong_totals(tables[name], units)
        for name in OBSERVATION_TABLES
        if name in tables and len(tables[name])
    ]
    if monthly.empty:
        return join_findings(history, *totals)
    return join_findings(
        check_gaps(monthly, tables.get("findings")),
        check_stocks(monthly),
        check_jumps(monthly),
        check_plan(monthly),
        *totals,
        history,
    )
