"""Tornado, end-to-end, worst case, check against reality."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from analysis.errors import DataError
from analysis.models.pert import Assumptions
from analysis.models.relief import Setting, simulate_relief
from analysis.models.sensitivity import (
    DEPENDENT,
    check_reality,
    compare_end_to_end,
    compare_worst_case,
    find_bridge,
    list_short_run,
    rank_inputs,
    weigh_end_to_end,
)

SETTING = Setting(seed=3, draws=500, months=24)
RANGES = {
    "share": (20, 50, 90),
    "take_up": (39, 40, 41),
    "minutes": (5, 20, 60),
    "transition_hours": (100, 300, 900),
    "lead_months": 2,
    "ramp_months": (0, 4, 9),
}
GATED = {
    "end_to_end": "unbekannt",
    "share": 50,
    "take_up": 40,
    "minutes_without_e2e": 5,
    "minutes_with_e2e": 20,
}


class TestTornado:
    def test_the_widest_assumptions_come_first_with_their_sign(self, make_portfolio):
        measures, assumptions = make_portfolio({"a": RANGES, "b": {"caseload": "andere"}})
        relief = simulate_relief(measures, assumptions, SETTING)
        found = rank_inputs(relief, measures, assumptions, measure_id="a")
        ranked = found.set_index("assumption_id")["value"]
        # What has no range (lead, cases) is not there.
        assert set(ranked.index) == {f"a/{name}" for name in RANGES if name != "lead_months"}
        assert ranked.index[:2].tolist() == ["a/minutes", "a/share"]
        assert ranked["a/minutes"] > ranked["a/share"] > 0 > ranked["a/transition_hours"]
        assert found["value"].abs().is_monotonic_decreasing
        assert ((found["lower"] < found["value"]) & (found["value"] < found["upper"])).all()
        assert found.loc[0, "category"] == "Gegenstand a: Ersparnis je Fall"
        position = assumptions["assumption_id"].tolist().index("a/minutes")
        assert found.loc[0, "origins"] == (f"a.csv#{position}",)

    def test_values_are_those_of_scipy(self, make_portfolio):
        measures, assumptions = make_portfolio({"a": RANGES})
        relief = simulate_relief(measures, assumptions, SETTING)
        for _, row in rank_inputs(relief, measures, assumptions).iterrows():
            drawn = relief.inputs.get(*row["assumption_id"].split("/"))
            expected = stats.spearmanr(drawn, relief.outcomes["gesamt"]).statistic
            assert row["value"] == pytest.approx(expected)

    def test_measures_on_the_same_cases_count_others_do_not(self, make_portfolio):
        measures, assumptions = make_portfolio(
            {"a": RANGES, "b": RANGES, "c": {**RANGES, "caseload": "andere"}}
        )
        relief = simulate_relief(measures, assumptions, SETTING)
        found = rank_inputs(relief, measures, assumptions, measure_id="a", top=99)
        subjects = set(found["assumption_id"].str.split("/").str[0])
        assert subjects == {"a", "b"}
        everything = rank_inputs(relief, measures, assumptions, top=4)
        assert len(everything) == 4


def test_with_and_without_end_to_end(make_portfolio):
    # 12 000 × 0.5 × 0.4 × 5 ÷ 60 = 200 hours; with 20 minutes 800.
    measures, assumptions = make_portfolio({"a": GATED, "b": {"minutes": 5}})
    inputs = Assumptions(assumptions, seed=1, draws=5)
    found = compare_end_to_end(measures, assumptions, inputs)
    assert found["measure_id"].tolist() == ["a", "a"]
    assert found["series"].tolist() == ["ohne Ende-zu-Ende", "mit Ende-zu-Ende"]
    assert found["value"].tolist() == pytest.approx([200, 800])
    assert found["state"].tolist() == ["unbekannt", "unbekannt"]
    assert found["origins"].iloc[0][0] == "m.csv#0"


def test_how_much_depends_on_end_to_end(make_portfolio):
    # a: 200 hours without, 800 with it; b on other cases with 10 and 20 minutes: 400 and 800.
    # Together 600 and 1 600: 1 − 600 ÷ 1 600 = 62.5 %.
    other = {**GATED, "minutes_without_e2e": 10, "caseload": "andere"}
    measures, assumptions = make_portfolio({"a": GATED, "b": other, "c": {"minutes": 5}})
    found = weigh_end_to_end(measures, assumptions, Assumptions(assumptions, seed=1, draws=5))
    assert found["series"].tolist() == ["ohne Ende-zu-Ende", "mit Ende-zu-Ende", DEPENDENT]
    assert found["value"].tolist() == pytest.approx([600, 1600, 62.5])
    assert found["measure_unit"].tolist() == ["Stunden/Jahr", "Stunden/Jahr", "%"]
    assert {"m.csv#0", "m.csv#1"} <= set(found.loc[2, "origins"])
    assert "m.csv#2" not in found.loc[2, "origins"]


def test_nothing_depends_on_end_to_end(make_portfolio):
    measures, assumptions = make_portfolio({"a": {"minutes": 5}})
    inputs = Assumptions(assumptions, seed=1, draws=5)
    assert weigh_end_to_end(measures, assumptions, inputs).empty
    # Without any saving there is no share to lose.
    idle = make_portfolio({"a": {**GATED, "minutes_without_e2e": 0, "minutes_with_e2e": 0}})
    found = weigh_end_to_end(*idle, Assumptions(idle.assumptions, seed=1, draws=5))
    assert found["value"].tolist() == [0, 0, 0]


class TestWorstCase:
    MEASURES = {"a": {"minutes": 6, "transition_hours": 600, "lead_months": 1}}  # noqa: RUF012

    def test_hours_at_both_ends(self, make_portfolio):
        # Relief 12 000 × 6 ÷ 60 ÷ 12 = 100 hours a month from month 2; without the first 18
        # months from month 19.
        portfolio = make_portfolio(self.MEASURES)
        planned = simulate_relief(*portfolio, SETTING)
        worst = simulate_relief(*portfolio, Setting(3, 500, 24, blocked_months=18))
        found = compare_worst_case(planned, worst, months=18)
        expected = [17 * 100 - 600, 23 * 100 - 600, -600, 6 * 100 - 600]
        assert found["value"].tolist() == pytest.approx(expected)
        assert found["label"].tolist()[:2] == [
            "in den ersten 18 Monaten",
            "in 24 Monaten insgesamt",
        ]

    def test_hours_that_are_missing_in_between(self, make_portfolio):
        # 600 hours in 18 months are 400 a year.
        worst = simulate_relief(
            *make_portfolio(self.MEASURES), Setting(3, 500, 24, blocked_months=18)
        )
        row = find_bridge(worst, months=18).iloc[0]
        assert [row["lower"], row["value"], row["upper"]] == pytest.approx([400, 400, 400])
        assert row["measure_unit"] == "Stunden/Jahr"

    def test_nothing_is_missing_where_relief_outweighs_effort(self, make_portfolio):
        planned = simulate_relief(*make_portfolio(self.MEASURES), SETTING)
        assert find_bridge(planned, months=18).loc[0, "upper"] == 0

    def test_a_larger_effort_is_the_upper_end(self, make_portfolio):
        ranges = {"a": {"transition_hours": (100, 600, 2000), "lead_months": 1}}
        relief = simulate_relief(*make_portfolio(ranges), SETTING)
        row = find_bridge(relief, months=18).iloc[0]
        assert 0 < row["lower"] < row["value"] < row["upper"]

    def test_the_short_run_needs_no_new_system(self, make_portfolio):
        portfolio = make_portfolio(
            {
                "langsam": {"minutes": 9, "horizon": "mittel"},
                "system": {"minutes": 9, "it_days": (10, 50, 61)},
                "rasch": {"minutes": 3, "it_days": (10, 50, 60)},
                "rascher": {"minutes": 6, "needs_money": "nein"},
                "nur_aufwand": {"caseload": ""},
            }
        )
        relief = simulate_relief(*portfolio, SETTING)
        found = list_short_run(*portfolio, relief, months=18)
        assert found["measure_id"].tolist() == ["rascher", "rasch"]
        assert found["month"].tolist() == [18, 18]
        assert found["needs_money"].tolist() == ["nein", "unbekannt"]


class TestReality:
    PUBLISHED = pd.Series(
        {
            "fact_id": "F224",
            "value": 2500.0,
            "lower": 2250.0,
            "upper": 2750.0,
            "origin": "f.tsv#225",
        }
    )

    def _rows(self, share=(20, 35, 60), facts=""):
        points = {
            "cases": (24_160, 24_160, 24_160),
            "share": share,
            "take_up": (85, 90, 95),
            "minutes_with_e2e": (5, 20, 40),
        }
        return pd.DataFrame(
            [("nuernberg", name, *values) for name, values in points.items()],
            columns=["subject", "quantity", "minimum", "mode", "maximum"],
        ).assign(fact_ids=facts, origin=[f"a.csv#{n}" for n in range(4)])

    def _check(self, rows):
        inputs = Assumptions(rows, seed=1, draws=2000)
        return check_reality(inputs, rows, self.PUBLISHED, subject="nuernberg").iloc[0]

    def test_the_published_hours_lie_within_the_range(self):
        row = self._check(self._rows())
        assert row["covered"]
        assert row["lower"] < 2500 < row["upper"]
        assert 10 < row["rank"] < 90
        assert row["origins"] == ("f.tsv#225", "a.csv#0", "a.csv#1", "a.csv#2", "a.csv#3")
        assert row[["published", "published_lower", "published_upper"]].tolist() == [
            2500,
            2250,
            2750,
        ]

    def test_a_model_that_does_not_cover_them_says_so(self):
        row = self._check(self._rows(share=(1, 2, 3)))
        assert not row["covered"]
        assert row["rank"] == 100

    def test_the_check_must_not_rest_on_what_it_checks(self):
        with pytest.raises(DataError, match="beruhen"):
            self._check(self._rows(facts="F222 F224"))

    def test_an_unknown_case_is_refused(self):
        rows = self._rows().assign(subject="anderswo")
        with pytest.raises(DataError, match="keine Annahmen"):
            self._check(rows)
