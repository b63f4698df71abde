"""Chapter Entlastung: its results on the data of München, and single steps by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis.assumed import Simulation
from analysis.indicators import entlastung
from analysis.indicators.assumptions import change_assumptions
from analysis.models.pert import Assumptions
from analysis.models.relief import Setting, simulate_relief
from analysis.models.sensitivity import check_reality
from analysis.models.staffing_need import Range, WorkingTime

SETTING = Setting(seed=16954, draws=400, months=60)
YEAR = WorkingTime(Range(98_100, 100_400, 105_500), "KGSt, Probe")
STICHTAG = pd.Timestamp(2026, 1, 31)


@pytest.fixture(scope="module")
def relief(muenchen):
    return simulate_relief(muenchen.measures, muenchen.assumptions, SETTING)


@pytest.fixture(scope="module")
def yearly(muenchen, relief):
    return entlastung.list_yearly(relief, muenchen.measures, YEAR)


def _check_order(rows, prefix=""):
    low, mid, high = (rows[name] for name in ("lower", "value", "upper"))
    if prefix:
        low, mid, high = rows[f"{prefix}_lower"], rows[prefix], rows[f"{prefix}_upper"]
    assert ((low <= mid) | mid.isna()).all()
    assert ((mid <= high) | high.isna()).all()


class TestFrame:
    def test_setting_of_the_edition(self):
        found = entlastung.make_setting(Simulation(seed=5, draws=200, months=24), blocked_months=18)
        assert (found.seed, found.draws, found.months, found.blocked_months) == (5, 200, 24, 18)

    @pytest.mark.parametrize(
        ("months", "first"), [(0, "2026-02-01"), (5.9, "2026-07-01"), (12, "2027-02-01")]
    )
    def test_the_first_month_is_the_one_after_the_stichtag(self, months, first):
        assert entlastung.find_month(STICHTAG, months) == pd.Timestamp(first)

    def test_the_working_time_has_the_source_of_the_edition(self, muenchen):
        own = muenchen.assumed.loc[muenchen.assumed["assumption_id"] == "fahrplan/budget"]
        year = own.assign(
            subject="vollzeit",
            quantity="working_minutes",
            minimum=98_100.0,
            mode=math.nan,
            maximum=105_500.0,
            evidence="KGSt, Probe",
        )
        found = entlastung.find_working_time(year)
        assert found == WorkingTime(Range(98_100, 101_800, 105_500), "KGSt, Probe")
        assert entlastung.find_working_time(own) is None

    def test_a_missing_assumption(self, muenchen):
        assert entlastung.find_assumed(muenchen.assumed, "fahrplan/gibtesnicht") is None


class TestMeasures:
    def test_what_a_reader_needs(self, muenchen):
        rows = entlastung.list_measures(muenchen.measures).set_index("measure_id")
        assert rows.loc["ki_wohngeld_dauerloesung", "state"] == "erreicht"
        assert rows.loc["heimsoftware", "state"] == "nicht bekannt, geplant"
        assert rows.loc["inputmanagement", "state"] == "nicht zutreffend"
        before = rows.loc["eakte_anbindung_fachverfahren", "before"]
        assert before == f"»{rows.loc['eakte_sozialbuergerhaeuser', 'name']}«"
        assert rows.loc["inputmanagement", "before"] == "keine"
        assert set(rows["when"]) <= {"kurzfristig", "mittelfristig", "langfristig"}
        enabler = rows.loc["ende_zu_ende_kernprozesse", "name"]
        assert f"»{enabler}«" in entlastung.say_enablers(muenchen.measures)

    def test_without_enablers_nothing_is_said(self, muenchen):
        assert entlastung.say_enablers(muenchen.measures.assign(end_to_end_by="")) == ""


class TestResults:
    def test_the_course_begins_after_the_stichtag_and_ends_with_the_sum(self, muenchen, relief):
        rows = entlastung.list_course(relief, muenchen.measures, stichtag=STICHTAG)
        assert rows["month"].iloc[[0, -1]].tolist() == [
            pd.Timestamp(2026, 2, 1),
            pd.Timestamp(2031, 1, 1),
        ]
        total = entlastung.pick_total(relief, "sum")
        assert rows["value"].iloc[-1] == pytest.approx(total["value"])
        _check_order(rows)
        halves = entlastung.keep_half_years(rows)
        assert halves["number"].tolist() == list(range(6, 61, 6))

    def test_measures_in_order_with_posts(self, yearly):
        _check_order(yearly)
        _check_order(yearly, "posts")
        _check_order(yearly, "break_even")
        assert yearly["value"].is_monotonic_decreasing
        first = yearly.iloc[0]
        assert first["posts"] == pytest.approx(first["value"] * 60 / 100_400)
        assert first["posts_lower"] == pytest.approx(first["lower"] * 60 / 105_500)
        assert first["posts_upper"] == pytest.approx(first["upper"] * 60 / 98_100)

    def test_effort_that_often_outweighs_is_said(self, yearly):
        often = yearly.loc[yearly["often"]]
        assert (often["never"] >= entlastung.OFTEN).all()
        assert often["note"].str.contains("überwiegt der Aufwand").all()
        assert not yearly.loc[~yearly["often"], "note"].str.contains("überwiegt").any()

    def test_measures_without_cases_are_not_compared(self, muenchen, yearly):
        idle = muenchen.measures.loc[muenchen.measures["caseload"] == "", "measure_id"]
        assert len(idle)
        assert not set(idle) & set(yearly["measure_id"])

    def test_without_a_working_time_there_are_no_posts(self, muenchen, relief):
        rows = entlastung.list_yearly(relief, muenchen.measures, None)
        assert rows["posts"].isna().all()
        assert not rows["note"].str.contains("VZÄ").any()

    def test_areas_are_sums_of_draws(self, muenchen, relief, yearly):
        areas = entlastung.sum_areas(relief, muenchen.measures, YEAR).set_index("category")
        own = muenchen.measures.loc[muenchen.measures["area"] == "Wohngeld", "measure_id"]
        sums = np.sort(np.sum([relief.yearly[name] for name in own], axis=0))
        # P10, P50, P90 of 400 draws are the 40th, the 200th and the 360th.
        expected = [sums[39], sums[199], sums[359]]
        found = areas.loc["Wohngeld", ["lower", "value", "upper"]]
        assert found.tolist() == pytest.approx(expected)
        assert areas["measures"].sum() == len(yearly)
        # A range of a sum is narrower than the sum of ranges: not all go wrong together.
        parts = yearly.loc[yearly["area"] == "Wohngeld"]
        assert found["upper"] - found["lower"] < (parts["upper"] - parts["lower"]).sum()

    def test_hours_per_head(self):
        total = pd.Series({"value": 90_000.0, "lower": 45_000.0, "upper": 135_000.0})
        heads = pd.DataFrame(
            {"value": [4000.0, 4500.0], "unit": ["", ""], "origin": ["a#1", "a#2"]}
        )
        found = entlastung.spread_over_heads(total, heads)
        assert found is not None
        assert found[["lower", "value", "upper"]].tolist() == [10, 20, 30]
        assert found["origins"] == ("a#2",)
        assert entlastung.spread_over_heads(total, heads.assign(unit="Amt")) is None

    def test_what_is_said_of_posts(self, muenchen, relief):
        total = entlastung.find_yearly_total(relief, YEAR)
        year = entlastung.find_assumed(muenchen.assumed, "fahrplan/budget")
        said = entlastung.state_posts(total, year, None)
        assert "{heads}" not in said.template
        assert "keine Stellen" in said.template
        assert set(said.figures) == {"hours", "hours_span", "year", "posts", "posts_span"}

    def test_identical_on_repetition(self, muenchen, relief, yearly):
        again = simulate_relief(muenchen.measures, muenchen.assumptions, SETTING)
        rows = entlastung.list_yearly(again, muenchen.measures, YEAR)
        pd.testing.assert_frame_equal(rows, yearly)


class TestEndToEnd:
    def test_measures_known_to_be_connected_are_left_out(self, muenchen, relief):
        rows = entlastung.compare_states(muenchen.measures, muenchen.assumptions, relief)
        known = muenchen.measures.set_index("measure_id")["end_to_end"]
        assert "ja" not in set(known.loc[rows["measure_id"]])
        assert rows["drawn"].sum() == 16
        pairs = rows.pivot_table(index="group", columns="category", values="value")
        assert (pairs["ohne Ende-zu-Ende"] <= pairs["mit Ende-zu-Ende"]).all()

    def test_together(self, muenchen, relief):
        rows = entlastung.weigh_states(muenchen.measures, muenchen.assumptions, relief)
        assert len(rows) == 3
        _check_order(rows)
        assert 0 <= rows["lower"].iloc[2] <= rows["upper"].iloc[2] <= 100


class TestChecks:
    def test_nuernberg_lies_within_the_range(self, muenchen, relief):
        rows = entlastung.check_cases(relief, muenchen.assumptions, muenchen.observations)
        assert rows["category"].tolist() == ["Modell", "veröffentlicht"]
        assert rows.loc[1, ["lower", "value", "upper"]].tolist() == [2250, 2500, 2750]
        assert rows["covered"].all()
        assert rows.loc[1, "text"] == "2.500 (2.250 bis 2.750)"
        assert rows.loc[1, "error_sign"] == entlastung.NONE

    def test_the_figures_of_the_method_page(self, muenchen):
        """docs/methods/relief.md, section 7: with the seed and the draws of the edition."""
        setting = entlastung.make_setting(muenchen.edition.simulation)
        inputs = Assumptions(muenchen.assumptions, seed=setting.seed, draws=setting.draws)
        observations = muenchen.observations
        published = observations.loc[observations["fact_id"] == "F224"].iloc[0]
        row = check_reality(inputs, muenchen.assumptions, published, subject="nuernberg_2023").iloc[
            0
        ]
        found = [round(row[name]) for name in ("lower", "value", "upper", "rank")]
        assert found == [1106, 2332, 4078, 56]

    def test_what_was_not_published_yet_is_not_checked(self, muenchen, relief):
        none = muenchen.observations.iloc[:0]
        assert entlastung.check_cases(relief, muenchen.assumptions, none).empty


class TestBeginning:
    def test_no_relief_at_the_beginning_is_never_better(self, muenchen, relief):
        blocked = Setting(SETTING.seed, SETTING.draws, SETTING.months, blocked_months=18)
        worst = simulate_relief(
            muenchen.measures, muenchen.assumptions, blocked, inputs=relief.inputs, parts=False
        )
        rows = entlastung.compare_beginnings(relief, worst, muenchen.measures, months=18)
        assert rows["month"].tolist() == [18, 18, 60, 60]
        for column in ("lower", "value", "upper"):
            pairs = rows[column].to_numpy().reshape(2, 2)
            assert (pairs[:, 1] <= pairs[:, 0]).all()
        bridge = entlastung.find_bridge(worst, YEAR, months=18)
        # Hours missing in 18 months, per year.
        assert bridge["value"] == pytest.approx(-rows.loc[1, "value"] / 18 * 12)
        assert bridge["posts"] == pytest.approx(bridge["value"] * 60 / 100_400)

    def test_nothing_to_bridge_is_said(self, relief):
        blocked = pd.Series({"value": 60.0, "lower": 60.0, "upper": 60.0})
        said = entlastung.state_bridge(relief, YEAR, blocked, "Beginnen alle")
        assert "fehlen in den ersten {months} auch ohne Entlastung keine" in said.template


class TestAssumptions:
    def test_the_strongest_with_points_and_reason(self, muenchen, relief):
        rows = entlastung.rank_assumptions(relief, muenchen.measures, muenchen.assumptions)
        assert rows["rank"].tolist() == list(range(1, 13))
        assert rows["value"].abs().is_monotonic_decreasing
        assert (rows["evidence"].str.len() > 0).all()
        assert set(rows["state"]) <= {"belegt", "Annahme"}

    def test_results_follow_a_change_of_one_build(self, muenchen, relief):
        points = {"aufgabenkritik/minutes": (0.0, 0.0, 0.0)}
        changed = change_assumptions(muenchen.assumptions, points)
        joined = changed.assign(origins=muenchen.assumptions["origins"])
        other = simulate_relief(muenchen.measures, joined, SETTING)
        rows = entlastung.list_yearly(other, muenchen.measures, YEAR).set_index("measure_id")
        assert rows.loc["aufgabenkritik", "value"] == 0
        assert rows.loc["aufgabenkritik", "text"] == "0"
        before, after = (entlastung.pick_total(run, "sum")["value"] for run in (relief, other))
        assert after < before
        said = entlastung.say_changed(joined, muenchen.assumed)
        assert said.startswith("Für diesen Lauf geändert:")
        assert "Ersparnis je Fall" in said
        assert entlastung.say_changed(muenchen.assumptions, muenchen.assumed) == ""

    def test_measures_without_extra_means(self, muenchen, yearly):
        rows = entlastung.list_free(yearly, muenchen.measures)
        needs = muenchen.measures.set_index("measure_id")[["needs_money", "needs_staff"]]
        assert (needs.loc[rows["measure_id"]] == "nein").all(axis=None)
        missing = rows["value"].isna()
        assert (rows.loc[missing, "effect"] == "über andere Maßnahmen").all()
        assert (rows.loc[missing, "sign"] == entlastung.NONE).all()


class TestLabels:
    @pytest.mark.parametrize(
        ("value", "said"), [(11_278, "≈\u202f11.000"), (-85_190, "≈\u202f−85.000"), (0, "0")]
    )
    def test_figures(self, value, said):
        assert entlastung.label_figure(value) == said

    def test_ranges(self):
        row = pd.Series({"value": 3229.0, "lower": 893.0, "upper": 7694.0})
        assert entlastung.label_range(row) == "≈\u202f3.200 (890 bis 7.700)"
        assert entlastung.label_range(pd.Series({"value": 0.0, "lower": 0.0, "upper": 0.0})) == "0"
