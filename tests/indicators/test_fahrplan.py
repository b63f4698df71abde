"""The plan under limits on the data of München: dates, robustness, budgets, titles."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.indicators import fahrplan
from analysis.models.relief import Setting

SETTING = Setting(seed=16954, draws=200, months=60)
STICHTAG = pd.Timestamp(2026, 1, 31)


@pytest.fixture(scope="module")
def limits(muenchen):
    found = fahrplan.find_limits(muenchen.assumed)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def plans(muenchen, limits):
    return fahrplan.make_plans(muenchen.measures, muenchen.assumptions, limits, SETTING)


@pytest.fixture(scope="module")
def curve(muenchen, limits):
    return fahrplan.trace_plan(muenchen.measures, muenchen.assumptions, limits, SETTING)


def test_a_missing_limit_means_no_plan(muenchen):
    fewer = muenchen.assumed.loc[muenchen.assumed["assumption_id"] != fahrplan.IT_DAYS]
    assert fahrplan.find_limits(fewer) is None


class TestPlan:
    def test_dates_follow_from_the_stichtag(self, muenchen, plans):
        rows = fahrplan.list_plan(plans, muenchen.measures, SETTING, STICHTAG)
        assert rows["start"].min() == pd.Timestamp(2026, 2, 1)
        assert (rows["start"] <= rows["effective"]).all()
        assert set(rows["end"]) == {pd.Timestamp(2031, 1, 31)}
        # A start after one half-year is the first of August.
        second = rows.loc[rows["start_month"] == 6, "begins"]
        assert set(second) == {"August 2026"}
        order = rows["group"].drop_duplicates().tolist()
        assert order == [name for name in fahrplan.HORIZONS.values() if name in order]

    def test_what_is_in_the_cautious_plan_is_said(self, muenchen, plans):
        rows = fahrplan.list_plan(plans, muenchen.measures, SETTING, STICHTAG)
        kept = set(plans.cautious.plan["measure_id"])
        assert (rows["robust"] == "ja").tolist() == rows["measure_id"].isin(kept).tolist()

    def test_use_never_exceeds_the_limits(self, plans):
        rows = fahrplan.list_usage(plans.mean, STICHTAG)
        assert (rows["used"] <= rows["limit"] * (1 + 1e-6)).all()
        assert rows["when"].iloc[0] == "ab Feb. 2026"
        assert (rows["value"] == 100 * rows["used"] / rows["limit"]).all()
        most = rows.loc[rows["resource"] == "Mittel", "value"].max()
        assert f"Mittel höchstens {most:.0f}" in fahrplan.head_usage(rows)

    def test_nothing_available_is_no_share(self, plans):
        usage = plans.mean.usage.assign(value=0.0, limit=0.0)
        rows = fahrplan.list_usage(plans.mean._replace(usage=usage), STICHTAG)
        assert rows["value"].isna().all()
        assert "weder Mittel noch" in fahrplan.head_usage(rows)

    def test_identical_on_repetition(self, muenchen, limits, plans):
        again = fahrplan.make_plans(muenchen.measures, muenchen.assumptions, limits, SETTING)
        pd.testing.assert_frame_equal(again.mean.plan, plans.mean.plan)
        pd.testing.assert_series_equal(again.outcome, plans.outcome)


class TestCaution:
    def test_both_plans_side_by_side(self, plans):
        rows = fahrplan.compare_plans(plans, STICHTAG)
        mean, cautious = (set(plan.plan["measure_id"]) for plan in (plans.mean, plans.cautious))
        assert set(rows["measure_id"]) == mean | cautious
        assert set(rows.loc[rows["both"] == "ja", "measure_id"]) == mean & cautious
        only = rows.loc[~rows["measure_id"].isin(cautious)]
        assert (only["cautious"] == fahrplan.NOT_PLANNED).all()
        assert only["cautious_hours"].isna().all()
        assert fahrplan.head_caution(rows).startswith(f"{len(mean & cautious)} von {len(mean)} ")

    def test_what_both_bring_when_simulated(self, plans, limits):
        said = fahrplan.say_caution(plans, limits)
        assert "25\u202f%" in said
        assert plans.outcome["lower"] < plans.outcome["value"] < plans.outcome["upper"]


class TestBudgets:
    def test_more_money_never_brings_less(self, curve, limits):
        assert curve["budget"].tolist() == fahrplan.list_budgets(limits)
        assert curve["budget"].iloc[0] == 0
        assert curve["own"].sum() == 1
        assert curve["mean"].is_monotonic_increasing
        assert (curve["lower"] <= curve["value"]).all()
        assert (curve["value"] <= curve["upper"]).all()

    def test_the_edition_s_budget_gives_the_plan(self, curve, plans):
        own = curve.loc[curve["own"]].iloc[0]
        assert own["mean"] == pytest.approx(plans.mean.hours, rel=1e-6)
        assert own["measures"] == len(plans.mean.plan)

    def test_without_a_budget_there_is_still_a_curve(self, limits):
        none = limits._replace(budget=pd.Series({"value": 0.0}))
        assert fahrplan.list_budgets(none)[-1] > 0

    @pytest.mark.parametrize(
        ("hours", "said"),
        [
            ([10.0, 20.0, 20.0], "über 500\u202fEuro hinaus bringt mehr Geld nichts mehr"),
            ([10.0, 20.0, 30.0], "bis 1.000\u202fEuro bringt mehr Geld auch mehr Entlastung"),
            ([10.0, 10.0, 10.0], "über 0\u202fEuro hinaus bringt mehr Geld nichts mehr"),
        ],
    )
    def test_where_more_money_buys_nothing(self, hours, said):
        rows = pd.DataFrame({"budget": [0.0, 500.0, 1000.0], "mean": hours})
        assert fahrplan.say_saturation(rows) == said


def test_costs_are_sums_of_the_plan(muenchen, plans):
    rows = fahrplan.list_plan(plans, muenchen.measures, SETTING, STICHTAG)
    # Two significant digits.
    places = 1 - math.floor(math.log10(rows["cost_once"].sum()))
    total = round(rows["cost_once"].sum(), places)
    assert f"{total:,.0f}".replace(",", ".") in fahrplan.head_costs(rows)
