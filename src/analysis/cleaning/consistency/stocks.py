"""The stock-flow identity, month by month: open = open before + received − decided.

Source: METHODS 1 (Bestandsgleichung); a difference is a finding, never repaired.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cleaning.consistency.series import SUBJECT, mark_values
from analysis.cleaning.exports.wording import say_change, say_number
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault
from analysis.readers.delimited import LINE

_FLOWS = ("received", "decided")
_HALF = 0.5  # cases are whole numbers
_PLACE = ["published", "file", LINE, "column"]
_PLAN_TOLERANCE = 0.005


def check_stocks(monthly: pd.DataFrame) -> pd.DataFrame:
    """Compare each stock with the one before and the flows between.

    Args:
        monthly: result of ``list_monthly``.

    Returns:
        An error on the stock where the identity is violated (where a stock contradicts both the
        month before and the month after by the same number, it alone is at fault), or on the
        decisions where they exceed all cases that there were.
    """
    joined = _join_months(monthly)
    if joined.empty:
        return join_findings()
    gap = joined["open"] - (joined["before"] + joined["received"] - joined["decided"])
    joined = joined.assign(gap=gap.where(gap.abs() > _HALF, 0.0))
    role = _assign_roles(joined)
    # Where the stock before is at fault, it says nothing about the decisions.
    more = (joined["decided"] > joined["before"] + joined["received"] + _HALF) & role.isin(
        ["plain", ""]
    )
    wrong = (role == "single") | ((role == "plain") & ~more)
    return join_findings(
        _report_identity(joined.loc[wrong], alone=role.loc[wrong] == "single"),
        _report_decided(joined.loc[more]),
    )


def check_plan(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return a warning for each filled stock of posts above the planned one."""
    key = [*SUBJECT, "period_end"]
    filled = monthly.loc[monthly["measure"] == "posts_filled"]
    planned = monthly.loc[monthly["measure"] == "posts_planned", [*key, "value"]]
    both = filled.merge(planned, on=key, suffixes=("", "_planned"))
    above = both.loc[both["value"] > both["value_planned"] + _PLAN_TOLERANCE]
    limit = above["value_planned"].map(say_number).astype("str")
    fault = Fault(
        "besetzt_ueber_plan",
        "warnung",
        "nein",
        "höchstens " + limit + " (Stellen laut Plan)",
        "Es ist mehr besetzt als geplant.",
    )
    return mark_values(above, fault)


def _join_months(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return one row per stock whose predecessor and flows are known."""
    key = [*SUBJECT, "month"]
    # Two values for one month cannot be told apart; the identity is not asked of them.
    single = monthly.drop_duplicates([*key, "measure"], keep=False)
    stocks = single.loc[single["measure"] == "open", [*key, "value", *_PLACE]]
    before = stocks[[*key, "value"]].assign(month=stocks["month"] + 1)
    joined = stocks.rename(columns={"value": "open"}).merge(
        before.rename(columns={"value": "before"}), on=key
    )
    for name in _FLOWS:
        flow = single.loc[single["measure"] == name, [*key, "value", *_PLACE]]
        places = {place: f"{place}_{name}" for place in _PLACE}
        joined = joined.merge(flow.rename(columns={"value": name, **places}), on=key)
    return joined.sort_values(key, ignore_index=True)


def _assign_roles(joined: pd.DataFrame) -> pd.Series:
    """Tell for each gap what it is.

    ``single``: the stock contradicts both neighbours by the same number; ``echo``: the gap that
    such a stock leaves in the next month; ``plain``: any other gap; empty: no gap.
    """
    series = joined.groupby(SUBJECT, sort=False).ngroup().to_numpy()
    months, gaps = joined["month"].to_numpy(), joined["gap"].to_numpy()
    roles = np.where(gaps != 0, "plain", "").astype(object)
    for at in np.flatnonzero(gaps):
        after = at + 1
        follows = (
            after < len(gaps) and series[after] == series[at] and months[after] == months[at] + 1
        )
        if roles[at] == "plain" and follows and abs(gaps[at] + gaps[after]) <= _HALF:
            roles[at], roles[after] = "single", "echo"
    return pd.Series(roles, index=joined.index)


def _report_identity(rows: pd.DataFrame, *, alone: pd.Series) -> pd.DataFrame:
    parts = zip(rows["before"], rows["received"], rows["decided"], strict=True)
    expected = pd.Series([say_change(*each) for each in parts], index=rows.index, dtype="str")
    message = pd.Series(
        "Der Bestand ist nicht Bestand des Vormonats plus Eingänge minus Erledigungen.",
        index=rows.index,
        dtype="str",
    ).mask(alone, "Der Bestand passt weder zum Vormonat noch zum Folgemonat.")
    return mark_values(rows, Fault("bestand", "fehler", "nein", expected, message))


def _report_decided(rows: pd.DataFrame) -> pd.DataFrame:
    most = rows["before"] + rows["received"]
    parts = zip(most, rows["before"], rows["received"], strict=True)
    expected = pd.Series(
        [
            f"höchstens {say_number(total)} ({say_number(start)} + {say_number(plus)})"
            for total, start, plus in parts
        ],
        index=rows.index,
        dtype="str",
    )
    fault = Fault(
        "erledigt_ueber_offen",
        "fehler",
        "nein",
        expected,
        "Es ist mehr erledigt, als offen war und einging.",
    )
    cells = rows[[f"{place}_decided" for place in _PLACE]].set_axis(_PLACE, axis=1)
    return mark_values(cells, fault)
