"""Changed history: what an earlier delivery said otherwise; and the real edition is silent."""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.consistency import check_observations
from analysis.cleaning.totals import add_totals
from analysis.fields import OBSERVATION_TABLES


def test_a_changed_value_names_the_earlier_one(make_series, check):
    now = make_series(received=[100, 104, 101])
    then = make_series(received=[100, 102], file="alt.csv").assign(dataset="case_counts")

    assert check(now, earlier=then) == [
        ("historie", 3, "received", "104", "102\u202fAnträge wie in alt.csv")
    ]


def test_the_same_history_is_silent(make_series, check):
    now = make_series(received=[100, 102, 101])
    then = make_series(received=[100, 102], file="alt.csv").assign(dataset="case_counts")

    assert check(now, earlier=then) == []
    # Another way of counting or another data set is another history.
    other = make_series(received=[1, 2], file="alt.csv")
    assert check(now, earlier=other.assign(dataset="case_counts", method="haushalte")) == []
    assert check(now, earlier=other.assign(dataset="context")) == []


def test_published_figures_give_no_findings(prepared_muenchen):
    tables = prepared_muenchen.tables
    assert sum(len(tables[name]) for name in OBSERVATION_TABLES) > 300

    assert check_observations(tables, pd.DataFrame()).empty
    for name in OBSERVATION_TABLES:
        pd.testing.assert_frame_equal(add_totals(tables[name]), tables[name])
