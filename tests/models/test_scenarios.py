"""Backlog under scenarios: hand-computed, conserved, monotone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.assumed import Scenario
from analysis.errors import DataError
from analysis.models.pert import Assumptions
from analysis.models.scenarios import Span, project_scenarios, simulate_open

TODAY = Scenario(key="heute", label="wie heute")
FILLED = Scenario(key="besetzt", label="Stellen besetzt", fill_posts=True)
EASED = Scenario(key="ki", label="KI-Vorprüfung", easings=("ki",))
MEASURED = Scenario(key="online", label="Online-Antrag", measures=("online",))
BOTH = Scenario(key="beides", label="beides", fill_posts=True, easings=("ki",))
ALL = Scenario(
    key="alles", label="alles", fill_posts=True, easings=("ki",), measures=("online", "anbindung")
)

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
    ("wohngeld", "target_months"): 3,
    ("wohngeld", "handling_minutes"): 200,
    ("ki", "share"): 50,
    ("ki", "saving"): 40,
    ("ki", "delay"): 2,
    ("ki", "ramp"): 0,
    ("online", "share"): 50,
    ("online", "take_up"): 80,
    ("online", "minutes_without_e2e"): 20,
    ("online", "minutes_with_e2e"): 50,
    ("online", "lead_months"): 1,
    ("online", "ramp_months"): 0,
    ("anbindung", "share"): 0,
    ("anbindung", "take_up"): 0,
    ("anbindung", "minutes"): 0,
    ("anbindung", "lead_months"): 3,
    ("anbindung", "ramp_months"): 0,
}
MEASURES = pd.DataFrame(
    [
        ("online", "wohngeld", "nein", "anbindung"),
        ("anbindung", "wohngeld", "nicht zutreffend", ""),
        ("fremd", "heime", "nicht zutreffend", ""),
    ],
    columns=["measure_id", "caseload", "end_to_end", "end_to_end_by"],
)


def _assume(changes=None, *, without=(), spread=0.0, draws=3):
    values = {key: v for key, v in (FIXED | (changes or {})).items() if key not in without}
    rows = [
        (subject, quantity, value * (1 - spread), value, value * (1 + spread))
        for (subject, quantity), value in values.items()
    ]
    table = pd.DataFrame(rows, columns=["subject", "quantity", "minimum", "mode", "maximum"])
    return Assumptions(table, seed=1, draws=draws)


def _simulate(assumptions, scenario, horizon=4, begin=0):
    return simulate_open(
        assumptions, scenario, subject="wohngeld", span=Span(begin, horizon), measures=MEASURES
    )


def _path(scenario, horizon=4, changes=None, *, begin=0, without=()):
    return _simulate(_assume(changes, without=without), scenario, horizon, begin)[:, 0]


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
    # 100 % a year is 1/12 a month: of 2
    # VZÄ 2/12 leave and begin anew without output for 12 months; second month: 2 − 2/12 trained
    # only if training takes no time. With training_first = 1: month 1 nobody, month 2 those of
    # month 1 who stayed: 2 · 11/12.
    changes = {
        ("wohngeld", "turnover"): 100,
        ("wohngeld", "training_first"): 1,
        ("wohngeld", "training_full"): 1,
    }
    found = _path(FILLED, horizon=2, changes=changes)
    assert found == pytest.approx([1000, 1010, 1020 - 9 * 2 * 11 / 12])


def test_easing_by_hand():
    # Half of the cases take 40 % less work: 0.8 of the time, so 90 / 0.8 = 112.5 from month 3 on.
    assert _path(EASED) == pytest.approx([1000, 1010, 1020, 1007.5, 995])


def test_measure_without_and_with_end_to_end_by_hand():
    # Share 50 % × take-up 80 % × 20 of 200 minutes = 0.04 from month 2 on: 90 / 0.96 = 93.75
    # decided, +6.25 a month. The connection brings end to end after 3 months: 50 of 200 minutes,
    # 0.1: 90 / 0.9 = 100 decided, as many as are received.
    assert _path(MEASURED) == pytest.approx([1000, 1010, 1016.25, 1022.5, 1028.75])
    both = Scenario(key="b", label="b", measures=("online", "anbindung"))
    assert _path(both, 5) == pytest.approx([1000, 1010, 1016.25, 1022.5, 1022.5, 1022.5])


def test_growth_instead_of_output_by_hand():
    # Lately +6 a month: 94 of 100 decided by 10 VZÄ, 9.4 each. As today the stock goes on by +6
    # whatever staff and received cases are; two more VZÄ decide 12 · 9.4 = 112.8: −12.8 a month.
    changes = {("wohngeld", "growth"): 6}
    without = {("wohngeld", "output")}
    assert _path(TODAY, changes=changes, without=without) == pytest.approx(
        [1000, 1006, 1012, 1018, 1024]
    )
    filled = _path(FILLED, changes=changes, without=without)
    assert filled == pytest.approx([1000, 987.2, 974.4, 961.6, 948.8])


def test_growth_makes_no_fan_of_its_own():
    """Received cases and staff vary, the growth does not: as today all draws go the same way."""
    rows = [
        ("wohngeld", "open", 1000, 1000, 1000),
        ("wohngeld", "received", 80, 100, 140),
        ("wohngeld", "staff", 5, 10, 12),
        ("wohngeld", "growth", 6, 6, 6),
    ]
    table = pd.DataFrame(rows, columns=["subject", "quantity", "minimum", "mode", "maximum"])
    paths = _simulate(Assumptions(table, seed=1, draws=500), TODAY, horizon=60)
    assert np.ptp(paths, axis=1).max() < 1e-6
    assert paths[-1, 0] == pytest.approx(1360)


def test_nothing_is_done_before_the_beginning():
    # Two months as today (+10 each), then −8 a month.
    found = _path(FILLED, horizon=3, begin=2)
    assert found == pytest.approx([1000, 1010, 1020, 1012, 1004, 996])
    # The easing needs two months from the beginning, not from the known stock.
    eased = _path(EASED, horizon=4, begin=1)
    assert eased == pytest.approx([1000, 1010, 1020, 1030, 1017.5, 1005])


def test_no_more_is_decided_than_there_is():
    changes = {("wohngeld", "open"): 5, ("wohngeld", "output"): 100}
    assert _path(TODAY, changes=changes).tolist() == [5, 0, 0, 0, 0]


def _project(assumptions, scenarios, horizon=60, begin=0):
    return project_scenarios(
        assumptions, scenarios, subject="wohngeld", span=Span(begin, horizon), measures=MEASURES
    )


def test_months_until_the_target():
    # Target 3 · 100 = 300 at −8 a month from 1 000: 700 ÷ 8 = 87.5, so after 88 months.
    result = _project(_assume(), [TODAY, FILLED], horizon=100)
    targets = result.targets.set_index("scenario")
    assert targets.loc["besetzt", ["lower", "value", "upper"]].tolist() == [88, 88, 88]
    assert targets.loc["besetzt", ["reached", "reached_error", "draws"]].tolist() == [100, 0, 3]
    assert np.isnan(targets.loc["heute", "value"])
    assert targets.loc["heute", "reached"] == 0
    assert result.target[["lower", "value", "upper"]].to_numpy().tolist() == [[300, 300, 300]]


def test_months_until_the_target_count_from_the_beginning():
    # Two months as today: 1 020 at the beginning, 720 above the target: 90 months.
    targets = _project(_assume(), [FILLED], horizon=100, begin=2).targets
    assert targets["value"].item() == 90
    months = _project(_assume(), [FILLED], horizon=3, begin=2).months
    assert months["ahead"].tolist() == [-2, -1, 0, 1, 2, 3]


def test_a_stock_below_the_target_is_reached_at_once():
    assert _project(_assume({("wohngeld", "open"): 200}), [TODAY]).targets["value"].item() == 0


def test_missing_assumptions_and_unfit_measures_are_named():
    unknown = Scenario(key="x", label="x", easings=("unbekannt",))
    with pytest.raises(DataError, match="unbekannt/share"):
        _project(_assume(), [unknown])
    with pytest.raises(DataError, match="wohngeld/growth"):
        _project(_assume(without={("wohngeld", "output")}), [TODAY])
    with pytest.raises(DataError, match="Unbekannte Maßnahmen: nirgends"):
        _project(_assume(), [Scenario(key="x", label="x", measures=("nirgends",))])
    with pytest.raises(DataError, match="»fremd« betrifft nicht"):
        _project(_assume(), [Scenario(key="x", label="x", measures=("fremd",))])


@settings(max_examples=15)
@given(spread=st.floats(0.01, 0.3), horizon=st.integers(1, 24), begin=st.integers(0, 6))
def test_quantiles_are_ordered_and_help_never_hurts(spread, horizon, begin):
    assumptions = _assume({("ki", "share"): 60}, spread=spread, draws=100)
    scenarios = [TODAY, FILLED, EASED, MEASURED, BOTH, ALL]
    months = _project(assumptions, scenarios, horizon, begin).months
    assert (months["lower"] <= months["value"]).all()
    assert (months["value"] <= months["upper"]).all()
    today, filled, eased, measured, both, everything = (
        _simulate(assumptions, scenario, horizon, begin) for scenario in scenarios
    )
    for more, less in (
        (filled, today),
        (eased, today),
        (measured, today),
        (both, np.minimum(filled, eased)),
        (everything, np.minimum(both, measured)),
    ):
        assert (more <= less + 1e-9).all()
    assert (today >= 0).all()


@settings(max_examples=15)
@given(first=st.floats(0, 20), more=st.floats(0, 20))
def test_more_posts_never_give_more_backlog(first, more):
    few, many = (
        _simulate(_assume({("wohngeld", "posts"): posts}, draws=5), FILLED, 24)
        for posts in (first, first + more)
    )
    assert (many <= few + 1e-9).all()


@settings(max_examples=15)
@given(
    posts=st.floats(0, 8),
    fill=st.floats(1, 9),
    turnover=st.floats(0, 100),
    first=st.floats(0, 8),
    longer=st.floats(0, 12),
    begin=st.integers(0, 4),
)
def test_equals_a_naive_loop(posts, fill, turnover, first, longer, begin):
    """Person-months one by one, month by month, without any array."""
    changes = {
        ("wohngeld", "posts"): posts,
        ("wohngeld", "fill_months"): fill,
        ("wohngeld", "turnover"): turnover,
        ("wohngeld", "training_first"): first,
        ("wohngeld", "training_full"): first + longer,
    }
    opened, cohorts, expected = 1000.0, [], [1000.0]
    for month in range(begin + 12):
        trained = 0.0
        if month >= begin:
            cohorts = [(age + 1, size * (1 - turnover / 1200)) for age, size in cohorts]
            goal = posts * min((month - begin + 1) / fill, 1)
            cohorts.append((0, goal - sum(size for _, size in cohorts)))
            for age, size in cohorts:
                passed = age + 0.5 - first
                done = 1.0 if passed >= longer else max(passed, 0.0) / longer
                trained += size * done
        eased = 0.8 if month >= begin + 2 else 1.0
        decided = min(opened + 100, (10 + trained) * 9 / eased)
        opened += 100 - decided
        expected.append(opened)
    assert _path(BOTH, 12, changes, begin=begin) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=15)
@given(spread=st.floats(0, 0.5), output=st.floats(0, 60))
def test_the_stock_is_conserved(spread, output):
    """What is open now and was not before has been received; what is not has been decided."""
    assumptions = _assume({("wohngeld", "output"): output}, spread=spread, draws=50)
    paths = _simulate(assumptions, ALL, 24)
    decided = paths[:-1] + assumptions.get("wohngeld", "received") - paths[1:]
    assert (decided >= -1e-9).all()
    assert (decided <= paths[:-1] + assumptions.get("wohngeld", "received") + 1e-9).all()


def test_same_seed_same_result():
    first, second = (_project(_assume(spread=0.2, draws=50), [ALL]).months for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
