"""Roadmap: worked example, all plans tried, greedy choice, limits, prerequisites."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.models import roadmap
from analysis.models.relief import Setting, simulate_relief
from analysis.models.relief_tables import TOTAL
from analysis.models.roadmap import (
    Limits,
    even_limits,
    list_without_extra,
    make_roadmap,
    trace_budgets,
)
from analysis.models.roadmap_figures import make_figures, value_plan
from analysis.models.roadmap_solver import LATEST_START, solve

# docs/methods/roadmap.md, worked example: 12 000 × 100 ÷ 60 ÷ 2 = 10 000 hours per half-year.
EXAMPLE = {
    "a": {"minutes": 4, "cost_once": 100},
    "b": {"minutes": 5, "cost_once": 100, "caseload": "zweite"},
    "c": {"minutes": 7, "cost_once": 50, "caseload": "dritte", "prerequisites": "a"},
}
QUANTITIES = {
    "minutes": (0, 40),
    "transition_hours": (0, 500),
    "lead_months": (0, 8),
    "ramp_months": (0, 8),
    "cost_once": (0, 100),
    "cost_per_year": (0, 40),
    "it_days": (0, 100),
}


class TestWorkedExample:
    def test_the_prerequisite_first(self, make_portfolio):
        # Begun at once, a relieves 2 × 400 hours; c may begin in the second half-year and
        # relieves 700. Instead b (2 × 500) and a (400) would relieve 1 400.
        limits = even_limits(budget=100, it_days=0, half_years=2)
        roadmap = make_roadmap(*make_portfolio(EXAMPLE), limits)
        assert roadmap.hours == pytest.approx(1500)
        assert roadmap.starts == {"a": 0, "c": 6}
        assert roadmap.plan["start_half_year"].tolist() == [1, 2]
        # Without a there is no c either.
        assert roadmap.plan["hours"].tolist() == pytest.approx([1500, 700])
        money = roadmap.usage.loc[roadmap.usage["resource"] == "Mittel"]
        assert money["value"].tolist() == [100, 50]

    def test_the_greedy_choice_is_worse(self, make_portfolio):
        figures = make_figures(*make_portfolio(EXAMPLE), 2)
        greedy = _choose_greedily(figures, (100, 100), (0, 0))
        assert greedy == {"b": 0, "a": 1}
        assert value_plan(figures, greedy) == pytest.approx(1400)

    def test_more_money_buys_all(self, make_portfolio):
        limits = even_limits(budget=200, it_days=0, half_years=2)
        roadmap = make_roadmap(*make_portfolio(EXAMPLE), limits)
        assert roadmap.hours == pytest.approx(800 + 1000 + 700)


class TestValue:
    def test_measures_on_the_same_cases(self, make_portfolio):
        # 1 − 0.96 × 0.95 = 0.088 of 10 000 hours in each of two half-years.
        same = make_portfolio({"a": {"minutes": 4}, "b": {"minutes": 5}})
        assert value_plan(make_figures(*same, 2), {"a": 0, "b": 0}) == pytest.approx(1760)

    def test_end_to_end_by_another_measure(self, make_portfolio):
        gated = {
            "end_to_end": "nein",
            "end_to_end_by": "e",
            "minutes_without_e2e": 1,
            "minutes_with_e2e": 5,
        }
        portfolio = make_portfolio({"a": gated, "e": {"caseload": "", "lead_months": 6}})
        figures = make_figures(*portfolio, 2)
        assert value_plan(figures, {"a": 0}) == pytest.approx(200)
        assert value_plan(figures, {"a": 0, "e": 0}) == pytest.approx(100 + 500)
        limits = even_limits(budget=0, it_days=0, half_years=2)
        assert make_roadmap(*portfolio, limits).starts == {"a": 0, "e": 0}

    def test_the_plan_is_worth_what_the_simulation_gives(self, make_portfolio):
        # Without ranges both are the same; quantities that are multiplied average alike anyway.
        measures = {
            "a": {"minutes": 4, "transition_hours": 500, "lead_months": 3, "ramp_months": 4},
            "b": {"minutes": 5, "caseload": "zweite", "lead_months": 9},
        }
        portfolio = make_portfolio(measures)
        relief = simulate_relief(*portfolio, Setting(1, 3, 60), starts={"a": 6, "b": 0})
        planned = value_plan(make_figures(*portfolio, 10), {"a": 1, "b": 0})
        assert relief.outcomes[TOTAL] == pytest.approx([planned] * 3)

    def test_no_relief_in_the_first_months(self, make_portfolio):
        portfolio = make_portfolio({"a": {"minutes": 4}})
        figures = make_figures(*portfolio, 4, blocked_months=18)
        assert value_plan(figures, {"a": 0}) == pytest.approx(400)


class TestCaution:
    RANGES = {  # noqa: RUF012
        "sicher": {"minutes": (3, 4, 5), "transition_hours": (90, 100, 110), "cost_once": 100},
        "ungewiss": {"minutes": (0, 1, 29), "caseload": "zweite", "cost_once": 100},
    }

    def test_means_favour_what_nobody_knows_caution_what_is_sure(self, make_portfolio):
        # Means of the minutes: 4 against (0 + 4 + 29) ÷ 6 = 5.5; of the second only a quarter of
        # all draws lies below 2.
        portfolio = make_portfolio(self.RANGES)
        limits = Limits((100, 0), (0, 0))
        assert set(make_roadmap(*portfolio, limits).starts) == {"ungewiss"}
        assert set(make_roadmap(*portfolio, limits, caution=0.25).starts) == {"sicher"}

    def test_a_cautious_plan_promises_less(self, make_portfolio):
        portfolio = make_portfolio(self.RANGES)
        hours = [
            value_plan(make_figures(*portfolio, 2, caution=level), {"sicher": 0, "ungewiss": 0})
            for level in (0.05, 0.25, 0.5)
        ]
        assert hours == sorted(hours)

    @pytest.mark.parametrize("caution", [0, 0.6, -1])
    def test_other_levels_are_refused(self, make_portfolio, caution):
        with pytest.raises(DataError, match="Vorsicht"):
            make_figures(*make_portfolio(self.RANGES), 2, caution=caution)


class TestLimits:
    def test_what_costs_more_than_it_saves_is_left_out(self, make_portfolio):
        losing = make_portfolio({"a": {"minutes": 1, "transition_hours": 900}})
        roadmap = make_roadmap(*losing, even_limits(budget=9, it_days=9, half_years=4))
        assert roadmap.plan.empty
        assert roadmap.hours == 0

    def test_running_costs_count_from_the_effect_on(self, make_portfolio):
        measures = {"a": {"minutes": 4, "cost_once": 60, "cost_per_year": 80, "lead_months": 12}}
        limits = even_limits(budget=40, it_days=0, half_years=4)
        roadmap = make_roadmap(*make_portfolio(measures), limits)
        money = roadmap.usage.loc[roadmap.usage["resource"] == "Mittel", "value"]
        # 60 over two half-years of introduction, then 40 per half-year.
        assert money.tolist() == [30, 30, 40, 40]

    def test_the_capacity_of_the_it_spreads_beginnings(self, make_portfolio):
        measures = {
            name: {"minutes": 4, "it_days": 10, "caseload": name} for name in ("a", "b", "c")
        }
        limits = even_limits(budget=0, it_days=10, half_years=4)
        roadmap = make_roadmap(*make_portfolio(measures), limits)
        assert sorted(roadmap.plan["start_half_year"]) == [1, 2, 3]

    @pytest.mark.parametrize(
        ("limits", "message"),
        [
            (Limits((1.0,), (1.0, 2.0)), "dieselben Halbjahre"),
            (Limits((), ()), "dieselben Halbjahre"),
            (Limits((-1.0,), (1.0,)), "nicht negativ"),
        ],
    )
    def test_impossible_limits_are_refused(self, make_portfolio, limits, message):
        with pytest.raises(DataError, match=message):
            make_roadmap(*make_portfolio(EXAMPLE), limits)


class TestPlan:
    def test_horizon_money_and_origins(self, make_portfolio):
        measures = {
            "a": {"minutes": 9, "lead_months": 9, "needs_money": "nein", "needs_staff": "nein"},
            "b": {"minutes": 9, "lead_months": 30, "caseload": "b", "needs_staff": "ja"},
            "c": {"minutes": 9, "lead_months": 40, "caseload": "c"},
        }
        portfolio = make_portfolio(measures)
        plan = make_roadmap(*portfolio, even_limits(budget=0, it_days=0)).plan
        assert plan["horizon"].tolist() == ["kurz", "mittel", "lang"]
        assert plan["extra"].tolist() == [
            "ohne zusätzliche Mittel",
            "mit zusätzlichen Mitteln",
            "offen",
        ]
        own = portfolio.assumptions.loc[portfolio.assumptions["subject"] == "a", "origin"]
        assert plan.loc[0, "origins"] == ("m.csv#0", *own)

    def test_measures_without_extra_stand_apart(self, make_portfolio):
        measures, _ = make_portfolio(
            {
                "a": {"needs_money": "nein", "needs_staff": "nein"},
                "b": {"needs_money": "nein", "needs_staff": "unbekannt"},
                "c": {"needs_money": "ja", "needs_staff": "nein"},
            }
        )
        assert list_without_extra(measures)["measure_id"].tolist() == ["a"]


class TestBudgets:
    def test_more_money_never_gives_less(self, make_portfolio):
        portfolio = make_portfolio(EXAMPLE)
        curve = trace_budgets(
            *portfolio, [200, 0, 100, 50], it_days=0, setting=Setting(1, draws=20, months=12)
        )
        assert curve["budget"].tolist() == [0, 50, 100, 200]
        assert curve["value"].tolist() == pytest.approx([0, 0, 1500, 2500])
        # Without ranges in the assumptions the simulation gives the same.
        assert curve["lower"].tolist() == pytest.approx([0, 0, 1500, 2500])
        assert curve["middle"].tolist() == pytest.approx([0, 0, 1500, 2500])
        assert curve["measures"].tolist() == [0, 0, 2, 3]
        assert curve.loc[0, "origins"] == ()
        assert "m.csv#0" in curve.loc[3, "origins"]

    def test_a_plan_that_fits_less_money_is_not_looked_for_again(self, make_portfolio, monkeypatch):
        asked = []

        def note(figures, budget, it_days):
            asked.append(budget[0])
            return solve(figures, budget, it_days)

        monkeypatch.setattr(roadmap, "solve", note)
        portfolio = make_portfolio(EXAMPLE)
        # All three together cost 200 in the first half-year (see the worked example).
        trace_budgets(
            *portfolio, [800, 400, 200, 100], it_days=0, setting=Setting(1, draws=20, months=12)
        )
        assert asked == [800, 100]

    def test_a_plan_without_measures_brings_nothing(self, make_portfolio):
        found = roadmap.simulate_plan(*make_portfolio(EXAMPLE), {}, Setting(1, draws=20))
        assert (found["lower"], found["middle"], found["upper"]) == (0, 0, 0)
        assert found["origins"] == ()


@st.composite
def portfolios(draw):
    """Up to four measures on up to two caseloads, some needing others."""
    names = ["a", "b", "c", "d"][: draw(st.integers(1, 4))]
    found = {}
    for number, name in enumerate(names):
        figures = {quantity: draw(st.integers(*ends)) for quantity, ends in QUANTITIES.items()}
        before = names[:number]
        needed = draw(st.sampled_from([*before, "", ""]))
        found[name] = {
            **figures,
            "caseload": draw(st.sampled_from(["x", "y", ""])),
            "prerequisites": needed,
            "end_to_end": draw(st.sampled_from(["nicht zutreffend", "nein", "ja"])),
            "end_to_end_by": draw(st.sampled_from([*before, ""])),
            "minutes_without_e2e": draw(st.integers(0, 5)),
            "minutes_with_e2e": draw(st.integers(5, 60)),
        }
    return found


class TestAgainstOtherChoices:
    PERIODS = 3

    @given(portfolios(), st.integers(0, 200), st.integers(0, 200))
    @settings(max_examples=40)
    def test_no_plan_is_better(self, make_portfolio, measures, budget, days):
        figures = make_figures(*make_portfolio(measures), self.PERIODS)
        limits = ((budget,) * self.PERIODS, (days,) * self.PERIODS)
        plan = solve(figures, *limits)
        assert _is_allowed(figures, plan, *limits)
        best = max(value_plan(figures, other) for other in _list_plans(figures, limits))
        assert value_plan(figures, plan) == pytest.approx(best, abs=0.05)

    @given(portfolios(), st.integers(0, 200), st.integers(0, 200))
    @settings(max_examples=40)
    def test_the_greedy_choice_is_never_better(self, make_portfolio, measures, budget, days):
        figures = make_figures(*make_portfolio(measures), 6)
        limits = ((budget,) * 6, (days,) * 6)
        greedy = _choose_greedily(figures, *limits)
        assert value_plan(figures, solve(figures, *limits)) >= value_plan(figures, greedy) - 0.05

    @given(portfolios(), st.integers(0, 100), st.integers(0, 100))
    @settings(max_examples=25)
    def test_more_of_anything_is_never_less(self, make_portfolio, measures, budget, more):
        figures = make_figures(*make_portfolio(measures), 4)
        few, many = (
            value_plan(figures, solve(figures, (amount,) * 4, (amount,) * 4))
            for amount in (budget, budget + more)
        )
        assert many >= few - 0.05

    @given(portfolios(), st.lists(st.integers(0, 200), min_size=1, max_size=4))
    @settings(max_examples=25)
    def test_the_curve_has_the_best_plan_for_each_budget(self, make_portfolio, measures, budgets):
        portfolio = make_portfolio(measures)
        setting = Setting(1, draws=5, months=18)
        curve = trace_budgets(*portfolio, budgets, it_days=60, setting=setting)
        figures = make_figures(*portfolio, self.PERIODS)
        for _, row in curve.iterrows():
            own = solve(figures, (row["budget"],) * self.PERIODS, (60,) * self.PERIODS)
            assert row["value"] == pytest.approx(value_plan(figures, own), abs=0.05)
        assert curve["value"].is_monotonic_increasing
        assert (curve["lower"] <= curve["middle"]).all()
        assert (curve["middle"] <= curve["upper"]).all()

    @given(portfolios())
    @settings(max_examples=10)
    def test_the_same_plan_again(self, make_portfolio, measures):
        portfolio = make_portfolio(measures)
        limits = even_limits(budget=80, it_days=80, half_years=4)
        first, again = (make_roadmap(*portfolio, limits) for _ in range(2))
        pd.testing.assert_frame_equal(first.plan, again.plan)
        pd.testing.assert_frame_equal(first.usage, again.usage)


def _is_allowed(figures, plan, budget, days) -> bool:
    for name, start in plan.items():
        for needed in figures.measures[name].prerequisites:
            if needed not in plan:
                return False
            if plan[needed] + figures.measures[needed].introduction > start:
                return False
    money, capacity = np.zeros(figures.periods), np.zeros(figures.periods)
    for name, start in plan.items():
        money += figures.measures[name].money(start, figures.periods)
        capacity += figures.measures[name].capacity(start, figures.periods)
    return bool(
        (money <= np.array(budget) + 1e-3).all() and (capacity <= np.array(days) + 1e-3).all()
    )


def _list_plans(figures, limits):
    starts = [None, *range(min(LATEST_START, figures.periods))]
    for choice in product(starts, repeat=len(figures.measures)):
        pairs = zip(figures.measures, choice, strict=True)
        plan = {name: start for name, start in pairs if start is not None}
        if _is_allowed(figures, plan, *limits):
            yield plan


def _choose_greedily(figures, budget, days) -> dict[str, int]:
    """Add what relieves most as long as something fits and relieves."""
    plan: dict[str, int] = {}
    while True:
        candidates = [
            {**plan, name: start}
            for name in figures.measures.keys() - plan.keys()
            for start in range(min(LATEST_START, figures.periods))
        ]
        allowed = [other for other in candidates if _is_allowed(figures, other, budget, days)]
        best = max(allowed, key=lambda other: value_plan(figures, other), default=plan)
        if value_plan(figures, best) <= value_plan(figures, plan):
            return plan
        plan = best
