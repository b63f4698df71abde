"""Backlog under scenarios: hand-computed, conserved, monotone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models.pert import Assumptions
from analysis.models.scenarios import Scenario, project_scenarios, simulate_open

TODAY = Scenario("heute", "wie heute")
FILLED = Scenario("besetzt", "Stellen besetzt", fill_posts=True)
EASED = Scenario("ki", "KI-Vorprüfung", easings=("ki",))
BOTH = Scenario("beides", "beides", fill_posts=True, easings=("ki",))

FIXED = {
    ("wohngeld", "open"): 1000,
    ("wohngeld", "received"): 100,
    ("wohngeld", "staff"): 10,
    ("wohngeld", "output"): 9,
    ("wohngeld", "posts"): 2,
    ("wohngeld", "fill_months"): 1,
    ("wohngeld", "turnover"): 0,
    ("wohngeld", "training_first"): 0,
    ("wohngeld", "training_full"): 0,
    ("ki", "share"): 0.5,
    ("ki", "saving"): 0.4,
    ("ki", "delay"): 2,
    ("ki", "ramp"): 0,
}


def _assume(changes=None, *, spread=0.0, draws=3):
    values = FIXED | (changes or {})
    rows = [
        (subject, quantity, value * (1 - spread), value, value * (1 + spread))
        for (subject, quantity), value in values.items()
    ]
    table = pd.DataFrame(rows, columns=["subject", "quantity", "minimum", "mode", "maximum"])
    return Assumptions(table, seed=1, draws=draws)


def _path(scenario, horizon=4, changes=None):
    return simulate_open(_assume(changes), scenario, subject="wohngeld", horizon=horizon)[0]


def test_as_today_by_hand():
    # 10 VZÄ · 9 = 90 decided, 100 received: +10 a month.
    assert _path(TODAY).tolist() == [1000, 1010, 1020, 1030, 1040]


def test_filled_posts_by_hand():
    # 12 VZÄ · 9 = 108 decided: −8 a month, from the first month on.
    assert _path(FILLED) == pytest.approx([1000, 992, 984, 976, 968])


def test_training_by_hand():
    # First output after 0, full after 4 months: in the middle of the months 1/8, 3/8, 5/8, 7/8
    # of 2 VZÄ · 9 = 18, so decided 92.25, 96.75, 101.25, 105.75.
    found = _path(FILLED, changes={("wohngeld", "training_full"): 4})
    assert found == pytest.approx([1000, 1007.75, 1011, 1009.75, 1004])


def test_leavers_are_replaced_by_people_in_training():
    # All leave within a month (120 % would be impossible; 100 % a year is 1/12 a month): of 2
    # VZÄ 2/12 leave and begin anew without output for 12 months; second month: 2 − 2/12 trained
    # only if training takes no time. With training_first = 1: month 1 nobody, month 2 those of
    # month 1 who stayed: 2 · 11/12.
    changes = {
        ("wohngeld", "turnover"): 1,
        ("wohngeld", "training_first"): 1,
        ("wohngeld", "training_full"): 1,
    }
    found = _path(FILLED, horizon=2, changes=changes)
    assert found == pytest.approx([1000, 1010, 1020 - 9 * 2 * 11 / 12])


def test_easing_by_hand():
    # Half of the cases take 40 % less work: 0.8 of the time, so 90 / 0.8 = 112.5 from month 3 on.
    assert _path(EASED) == pytest.approx([1000, 1010, 1020, 1007.5, 995])


def test_no_more_is_decided_than_there_is():
    changes = {("wohngeld", "open"): 5, ("wohngeld", "output"): 100}
    assert _path(TODAY, changes=changes).tolist() == [5, 0, 0, 0, 0]


def test_months_until_the_target():
    # Target 3 · 100 = 300 at −8 a month from 1 000: 700 ÷ 8 = 87.5, so after 88 months.
    result = project_scenarios(
        _assume(), [TODAY, FILLED], subject="wohngeld", horizon=100, target_months=3
    )
    targets = result.targets.set_index("scenario")
    assert targets.loc["besetzt", ["lower", "value", "upper"]].tolist() == [88, 88, 88]
    assert targets.loc["besetzt", "reached"] == 100
    assert np.isnan(targets.loc["heute", "value"])
    assert targets.loc["heute", "reached"] == 0


def test_missing_assumption_is_named():
    with pytest.raises(KeyError):
        _path(Scenario("x", "x", easings=("unbekannt",)))


@settings(max_examples=20)
@given(spread=st.floats(0.01, 0.3), horizon=st.integers(1, 24))
def test_quantiles_are_ordered_and_help_never_hurts(spread, horizon):
    assumptions = _assume(spread=spread, draws=200)
    result = project_scenarios(
        assumptions, [TODAY, FILLED, EASED, BOTH], subject="wohngeld", horizon=horizon
    )
    months = result.months
    assert (months["lower"] <= months["value"]).all()
    assert (months["value"] <= months["upper"]).all()
    today, filled, eased, both = (
        simulate_open(assumptions, scenario, subject="wohngeld", horizon=horizon)
        for scenario in (TODAY, FILLED, EASED, BOTH)
    )
    assert (filled <= today + 1e-9).all()
    assert (eased <= today + 1e-9).all()
    assert (both <= np.minimum(filled, eased) + 1e-9).all()
    assert (today >= 0).all()


def test_same_seed_same_result():
    first, second = (
        project_scenarios(_assume(spread=0.2, draws=50), [BOTH], subject="wohngeld").months
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
