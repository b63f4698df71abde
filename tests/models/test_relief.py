"""Relief month by month: worked example, gating, overlaps, properties."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.measures import clean_measures
from analysis.errors import DataError
from analysis.models.origins import join_facts
from analysis.models.pert import Assumptions
from analysis.models.relief import (
    Setting,
    find_yearly_hours,
    share_in_effect,
    simulate_relief,
    spread_effort,
)
from analysis.models.relief_tables import TOTAL, convert_to_posts, find_break_even, sum_groups
from analysis.models.staffing_need import Range, WorkingTime
from analysis.readers.delimited import read_delimited

CASES = Path(__file__).parent / "relief_cases"
ONE = Setting(seed=1, draws=3, months=12)
# docs/methods/relief.md, worked example.
EXAMPLE = {
    "share": 50,
    "take_up": 40,
    "minutes": 20,
    "transition_hours": 300,
    "lead_months": 2,
    "ramp_months": 4,
}
SECOND = {"share": 50, "take_up": 50, "minutes": 20}
GATED = {**SECOND, "minutes_with_e2e": 20, "minutes_without_e2e": 2}
RANGES = {
    "share": (20, 50, 90),
    "take_up": (10, 40, 80),
    "minutes": (5, 20, 60),
    "transition_hours": (100, 300, 900),
    "lead_months": (1, 6, 14),
    "ramp_months": (0, 4, 9),
}


def _values(relief, measure_id, indicator, column="value"):
    table = relief.monthly if indicator in ("net", "cumulative") else relief.summary
    rows = table.loc[(table["measure_id"] == measure_id) & (table["indicator"] == indicator)]
    return rows[column].tolist()


class TestWorkedExample:
    """12 000 cases of 100 minutes a year are 12 000 × 100 ÷ 60 ÷ 12 = 1 666.67 hours a month."""

    def test_one_measure(self, make_portfolio):
        # Part saved: 0.5 × 0.4 × 20 ÷ 100 = 0.04, at full effect 66.67 hours a month. Effort: 150
        # hours in months 1 and 2. The ramp from month 2 to 6 is on average 1/8, 3/8, 5/8, 7/8.
        relief = simulate_relief(*make_portfolio({"a": EXAMPLE}), ONE)
        full = 200 / 3
        expected = [-150, -150, *(full * eighth / 8 for eighth in (1, 3, 5, 7)), *[full] * 6]
        assert _values(relief, "a", "net") == pytest.approx(expected)
        assert _values(relief, "a", "cumulative") == pytest.approx(np.cumsum(expected).tolist())
        # −300 + 8.33 + 25 + 41.67 + 58.33 = −166.67; three months later 33.33: month 9.
        assert _values(relief, "a", "break_even") == [9]
        assert _values(relief, TOTAL, "cumulative") == _values(relief, "a", "cumulative")

    def test_a_year_at_full_effect(self, make_portfolio):
        # 12 × 66.67 = 800 hours; 800 × 60 ÷ 100 000 minutes = 0.48 posts.
        relief = simulate_relief(*make_portfolio({"a": EXAMPLE}), Setting(1, draws=3, months=24))
        rows = relief.summary.loc[relief.summary["indicator"] == "yearly"]
        assert rows["value"].tolist() == pytest.approx([800, 800])
        working_time = WorkingTime(Range(96_000, 100_000, 120_000), "Probe 2024")
        posts = convert_to_posts(rows, working_time).iloc[0]
        assert posts["value"] == pytest.approx(0.48)
        assert posts["lower"] == pytest.approx(0.40)  # 48 000 ÷ 120 000
        assert posts["upper"] == pytest.approx(0.50)  # 48 000 ÷ 96 000
        assert posts["measure_unit"] == "VZÄ"

    def test_two_measures_on_the_same_cases(self, make_portfolio):
        # Parts 0.04 and 0.05: together 1 − 0.96 × 0.95 = 0.088, not 0.09. Of 146.67 hours the
        # first gets 4/9, the second 5/9.
        both = make_portfolio({"a": {**EXAMPLE, "transition_hours": 0}, "b": SECOND})
        relief = simulate_relief(*both, ONE)
        whole = 5000 / 3 * 0.088
        assert _values(relief, TOTAL, "net")[-1] == pytest.approx(whole)
        assert _values(relief, "a", "net")[-1] == pytest.approx(whole * 4 / 9)
        assert _values(relief, "b", "net")[-1] == pytest.approx(whole * 5 / 9)

    def test_two_measures_on_different_cases_add_up(self, make_portfolio):
        apart = make_portfolio({"a": EXAMPLE, "b": {**SECOND, "caseload": "andere"}})
        relief = simulate_relief(*apart, ONE)
        assert _values(relief, TOTAL, "net")[-1] == pytest.approx(5000 / 3 * 0.09)


def test_the_example_of_the_method_page_from_file_to_table():
    """Raw file in, table out; the table is worked out by hand in docs/methods/relief.md."""
    name = "example_input.csv"
    content = (CASES / name).read_bytes()
    read = read_delimited(content, name=name, encoding="utf-8", delimiter=";")
    tables = clean_measures(read, file=name).tables
    relief = simulate_relief(tables["measures"], tables["assumptions"], ONE)
    found = relief.monthly.pivot_table("value", ["measure_id", "month"], "indicator")
    expected = pd.read_csv(CASES / "example_output.csv", sep=";")
    expected = expected.set_index(["measure_id", "month"]).sort_index()
    assert found["net"].to_numpy() == pytest.approx(expected["net"].to_numpy(), abs=0.01)
    assert found["cumulative"].to_numpy() == pytest.approx(
        expected["cumulative"].to_numpy(), abs=0.01
    )


class TestEndToEnd:
    """Minutes saved depend on whether the services are digital end to end."""

    def _part(self, make_portfolio, measures, **setting):
        relief = simulate_relief(*make_portfolio(measures), Setting(1, 3, 12, **setting))
        return [value / (5000 / 3) for value in _values(relief, "a", "net")]

    @pytest.mark.parametrize(
        ("reached", "part"), [("ja", 0.05), ("nein", 0.005), ("unbekannt", 0.005)]
    )
    def test_what_is_not_known_counts_as_not_reached(self, make_portfolio, reached, part):
        measures = {"a": {**GATED, "end_to_end": reached}}
        assert self._part(make_portfolio, measures)[-1] == pytest.approx(part)

    def test_another_measure_brings_it(self, make_portfolio):
        gated = {**GATED, "end_to_end": "unbekannt", "end_to_end_by": "e"}
        enabler = {"caseload": "", "lead_months": 3, "ramp_months": 2}
        parts = self._part(make_portfolio, {"a": gated, "e": enabler})
        # In month 4 on average a quarter is connected, in month 5 three quarters.
        expected = [0.005] * 3 + [0.005 + 0.045 / 4, 0.005 + 0.045 * 3 / 4] + [0.05] * 7
        assert parts == pytest.approx(expected)

    def test_the_scenarios_ignore_the_register(self, make_portfolio):
        measures = {"a": {**GATED, "end_to_end": "unbekannt"}}
        assert self._part(make_portfolio, measures, end_to_end="alle")[-1] == pytest.approx(0.05)
        measures = {"a": {**GATED, "end_to_end": "ja"}}
        assert self._part(make_portfolio, measures, end_to_end="keine")[-1] == pytest.approx(0.005)


class TestProperties:
    @given(st.data())
    @settings(max_examples=25)
    def test_quantiles_are_ordered_and_parts_add_up(self, make_portfolio, data):
        portfolio = make_portfolio(
            {name: _draw_measure(data, name) for name in ("a", "b", "c")},
            {"antraege": {"cases": (5000, 9000, 20_000), "handling_minutes": (40, 90, 200)}},
        )
        relief = simulate_relief(*portfolio, Setting(seed=2, draws=60, months=24))
        for table in (relief.monthly, relief.summary):
            below = table["lower"] <= table["value"]
            above = table["value"] <= table["upper"]
            assert (below | table["value"].isna()).all()
            assert (above | table["upper"].isna()).all()
        parts = sum(relief.outcomes[name] for name in ("a", "b", "c"))
        assert relief.outcomes[TOTAL] == pytest.approx(parts, rel=1e-6, abs=1e-6)

    @given(st.data())
    @settings(max_examples=25)
    def test_together_they_never_save_more_than_alone_or_than_there_is(self, make_portfolio, data):
        given_measures = {name: _draw_measure(data, name, effort=False) for name in ("a", "b")}
        setting = Setting(seed=2, draws=60, months=24)
        portfolio = make_portfolio(given_measures)
        together = simulate_relief(*portfolio, setting)
        for name in given_measures:
            alone = simulate_relief(*portfolio, setting, starts={name: 0})
            assert (together.outcomes[name] <= alone.outcomes[name] + 1e-6).all()
        # 24 months of 1 666.67 hours.
        assert (together.outcomes[TOTAL] <= 40_000 + 1e-6).all()

    def test_zero_take_up_means_no_gross_relief(self, make_portfolio):
        measures = {"a": {**RANGES, "take_up": 0}}
        relief = simulate_relief(*make_portfolio(measures), Setting(seed=2, draws=50, months=24))
        assert _values(relief, "a", "yearly", "upper") == [0]
        assert (relief.outcomes["a"] < 0).all()
        assert _values(relief, "a", "break_even", "never") == [100]

    @pytest.mark.parametrize(
        ("quantity", "sign"),
        [
            ("share", 1),
            ("take_up", 1),
            ("minutes", 1),
            ("transition_hours", -1),
            ("lead_months", -1),
            ("ramp_months", -1),
        ],
    )
    def test_relief_rises_or_falls_with_each_factor(self, make_portfolio, quantity, sign):
        setting = Setting(seed=4, draws=200, months=36)
        # A factor on all three points moves each draw by this factor.
        larger = tuple(1.1 * point for point in RANGES[quantity])
        runs = [
            simulate_relief(*make_portfolio({"a": {**RANGES, quantity: points}}), setting)
            for points in (RANGES[quantity], larger)
        ]
        change = sign * (runs[1].outcomes["a"] - runs[0].outcomes["a"])
        assert (change >= -1e-6).all()
        assert change.max() > 0

    def test_the_same_seed_gives_the_same_tables(self, make_portfolio):
        portfolio = make_portfolio({"a": RANGES, "b": {**RANGES, "caseload": "andere"}})
        first, again, other = (
            simulate_relief(*portfolio, Setting(seed=seed, draws=50)) for seed in (1, 1, 2)
        )
        pd.testing.assert_frame_equal(first.monthly, again.monthly)
        pd.testing.assert_frame_equal(first.summary, again.summary)
        assert first.summary["value"].tolist() != other.summary["value"].tolist()

    def test_a_measure_does_not_change_because_another_on_other_cases_is_added(
        self, make_portfolio
    ):
        setting = Setting(seed=1, draws=50)
        alone = simulate_relief(*make_portfolio({"a": RANGES}), setting)
        both = make_portfolio({"b": {**RANGES, "caseload": "andere"}, "a": RANGES})
        assert simulate_relief(*both, setting).outcomes["a"].tolist() == (
            alone.outcomes["a"].tolist()
        )


class TestSavedWork:
    """What saves time must not change a result."""

    PORTFOLIO = {"a": RANGES, "b": RANGES, "c": {**RANGES, "caseload": "andere"}}  # noqa: RUF012
    SETTING = Setting(seed=5, draws=80, months=24)

    def test_draws_of_an_earlier_run_give_the_same(self, make_portfolio):
        portfolio = make_portfolio(self.PORTFOLIO)
        first = simulate_relief(*portfolio, self.SETTING)
        again = simulate_relief(*portfolio, self.SETTING, inputs=first.inputs)
        pd.testing.assert_frame_equal(first.monthly, again.monthly)
        pd.testing.assert_frame_equal(first.summary, again.summary)

    def test_draws_of_another_seed_are_refused(self, make_portfolio):
        portfolio = make_portfolio(self.PORTFOLIO)
        other = Assumptions(portfolio.assumptions, seed=6, draws=80)
        with pytest.raises(ValueError, match="another seed"):
            simulate_relief(*portfolio, self.SETTING, inputs=other)

    def test_without_parts_the_total_is_the_same(self, make_portfolio):
        portfolio = make_portfolio(self.PORTFOLIO)
        whole = simulate_relief(*portfolio, self.SETTING)
        total = simulate_relief(*portfolio, self.SETTING, parts=False)
        assert set(total.monthly["measure_id"]) == {TOTAL}
        for name in ("monthly", "summary"):
            both = getattr(whole, name)
            own = both.loc[both["measure_id"] == TOTAL].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, getattr(total, name))


class TestGroups:
    def test_sums_are_taken_draw_by_draw(self):
        # Draws 1 to 10 and 10 to 1: each sum is 11, whereas the medians (5 and 5) add up to 10.
        rising = np.arange(1.0, 11.0)
        rows = sum_groups({"a": rising, "b": rising[::-1]}, {"a": "X", "b": "X"})
        assert rows.loc[0, ["lower", "value", "upper"]].tolist() == [11, 11, 11]
        assert rows.loc[0, "measures"] == 2

    def test_groups_in_order_and_unknown_measures_left_out(self):
        draws = {"a": np.full(20, 1.0), "b": np.full(20, 2.0), "c": np.full(20, 4.0)}
        rows = sum_groups(draws, {"b": "Y", "a": "X", "c": "Y", "gone": "Z"})
        assert rows["group"].tolist() == ["Y", "X"]
        assert rows["value"].tolist() == [6, 1]
        assert sum_groups(draws, {}).empty

    @given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=30), min_size=1))
    @settings(max_examples=40)
    def test_against_a_naive_sum(self, columns):
        draws = {str(number): np.array(column) for number, column in enumerate(columns)}
        row = sum_groups(draws, dict.fromkeys(draws, "X")).iloc[0]
        sums = sorted(sum(values) for values in zip(*columns, strict=True))
        # P10, P50, P90 of 30 draws are the 3rd, the 15th and the 27th.
        expected = [sums[2], sums[14], sums[26]]
        assert row[["lower", "value", "upper"]].tolist() == pytest.approx(expected, abs=1e-6)

    def test_the_parts_of_the_year_add_up_to_its_total(self, make_portfolio):
        portfolio = make_portfolio(TestSavedWork.PORTFOLIO)
        relief = simulate_relief(*portfolio, TestSavedWork.SETTING)
        row = sum_groups(relief.yearly, dict.fromkeys(("a", "b", "c"), "X")).iloc[0]
        assert row["value"] == pytest.approx(_values(relief, TOTAL, "yearly")[0])


class TestCourse:
    @given(st.floats(0, 20), st.just(0.0) | st.floats(0.01, 12), st.integers(1, 40))
    def test_the_ramp_agrees_with_a_naive_average(self, lead, ramp, months):
        steps = 2000
        times = (np.arange(months * steps) + 0.5) / steps
        with np.errstate(divide="ignore", invalid="ignore"):
            naive = np.where(times < lead, 0, np.minimum((times - lead) / ramp if ramp else 1, 1))
        expected = naive.reshape(months, steps).mean(axis=1)
        found = share_in_effect(np.array([lead]), np.array([ramp]), months)[:, 0]
        assert found == pytest.approx(expected, abs=2e-3)

    @given(st.floats(0, 1e5), st.floats(0, 20), st.integers(0, 30))
    def test_all_effort_is_spent_once(self, hours, lead, start):
        spent = spread_effort(np.array([hours]), np.array([lead]), start, 60)
        assert spent.sum() == pytest.approx(hours)
        assert (spent[:start] == 0).all()

    @pytest.mark.parametrize(
        ("course", "month"),
        [
            ([-5, -1, 0, 2], 3),
            ([1, 2, 3, 4], 1),
            ([2, -1, -1, 3], 4),  # ahead at first, behind in between
            ([0, 0, 0, 0], 1),
            ([-1, -2, -3, -4], np.inf),
            ([1, 1, 1, -1], np.inf),
        ],
    )
    def test_break_even(self, course, month):
        assert find_break_even(np.array(course, dtype=float)[:, None]).tolist() == [month]

    def test_no_relief_in_the_first_months(self, make_portfolio):
        setting = Setting(seed=1, draws=3, months=12, blocked_months=4)
        net = _values(simulate_relief(*make_portfolio({"a": EXAMPLE}), setting), "a", "net")
        full = 200 / 3
        expected = [-150, -150, 0, 0, *(full * eighth / 8 for eighth in (1, 3, 5, 7)), *[full] * 4]
        assert net == pytest.approx(expected)

    def test_a_later_start_moves_everything(self, make_portfolio):
        relief = simulate_relief(*make_portfolio({"a": EXAMPLE}), ONE, starts={"a": 6})
        assert _values(relief, "a", "net")[:8] == pytest.approx([0] * 6 + [-150, -150])

    def test_measures_that_are_not_begun_are_left_out(self, make_portfolio):
        portfolio = make_portfolio({"a": EXAMPLE, "b": SECOND})
        relief = simulate_relief(*portfolio, ONE, starts={"b": 0})
        assert set(relief.monthly["measure_id"]) == {"b", TOTAL}

    def test_an_unknown_measure_is_refused(self, make_portfolio):
        with pytest.raises(DataError, match="Unbekannte Maßnahmen: x"):
            simulate_relief(*make_portfolio({"a": EXAMPLE}), ONE, starts={"x": 0})

    def test_a_missing_assumption_is_named(self, make_portfolio):
        measures, assumptions = make_portfolio({"a": EXAMPLE})
        fewer = assumptions.loc[assumptions["assumption_id"] != "a/take_up"]
        with pytest.raises(DataError, match="take_up"):
            simulate_relief(measures, fewer, ONE)


class TestPosts:
    ROWS = pd.DataFrame(
        {
            "lower": [-100.0],
            "value": [50.0],
            "upper": [100.0],
            "lower_error": [1.0],
            "value_error": [1.0],
            "upper_error": [1.0],
        }
    )

    def test_a_loss_is_largest_in_the_shortest_year(self):
        posts = convert_to_posts(self.ROWS, WorkingTime(Range(90_000, 100_000, 120_000), "Q"))
        assert posts.loc[0, "lower"] == pytest.approx(-6000 / 90_000)
        assert posts.loc[0, "upper"] == pytest.approx(6000 / 90_000)

    def test_without_a_source_no_posts(self):
        with pytest.raises(DataError, match="Quelle"):
            convert_to_posts(self.ROWS, WorkingTime(Range(90_000, 100_000, 120_000), " "))

    @pytest.mark.parametrize("minutes", [(0, 1, 2), (3, 2, 4)])
    def test_an_impossible_year_is_refused(self, minutes):
        with pytest.raises(DataError, match="JAZ"):
            convert_to_posts(self.ROWS, WorkingTime(Range(*minutes), "Quelle"))


class TestOrigins:
    def test_a_result_leads_to_its_assumptions_and_their_figures(self, make_portfolio):
        measures, assumptions = make_portfolio({"a": EXAMPLE, "b": {"caseload": "andere"}})
        linked = assumptions.assign(
            fact_ids=assumptions["fact_ids"].mask(
                assumptions["assumption_id"] == "antraege/cases", "F1 F9"
            )
        )
        figures = pd.DataFrame({"fact_id": ["F1"], "origin": ["published_figures.tsv#7"]})
        relief = simulate_relief(measures, join_facts(linked, figures), ONE)
        rows = relief.summary.set_index("measure_id")["origins"]
        of_a, of_b = rows["a"].iloc[0], rows["b"].iloc[0]
        assert of_a[0] == "m.csv#0"
        assert "published_figures.tsv#7" in of_a
        assert "published_figures.tsv#7" not in of_b
        own = assumptions.loc[assumptions["subject"].isin(["a", "antraege"]), "origin"]
        assert set(own) < set(of_a)
        assert set(rows[TOTAL].iloc[0]) == set(of_a) | set(of_b)


def test_yearly_hours_of_a_case_to_compare_with():
    # 24 000 × 0.5 × 0.9 × 10 ÷ 60 = 1 800
    rows = pd.DataFrame(
        [
            ("v", "cases", 24_000),
            ("v", "share", 50),
            ("v", "take_up", 90),
            ("v", "minutes_with_e2e", 10),
        ],
        columns=["subject", "quantity", "mode"],
    )
    rows = rows.assign(minimum=rows["mode"], maximum=rows["mode"])
    inputs = Assumptions(rows, seed=1, draws=2)
    assert find_yearly_hours(inputs, "v").tolist() == [1800, 1800]


def test_thirty_measures_take_under_two_seconds_of_one_core(make_portfolio):
    portfolio = make_portfolio(
        {f"m{n}": {**RANGES, "caseload": f"c{n // 2}"} for n in range(30)},
        {
            f"c{n}": {"cases": (5000, 9000, 20_000), "handling_minutes": (90, 100, 200)}
            for n in range(15)
        },
    )
    setting = Setting(seed=1)
    assert (setting.draws, setting.months) == (10_000, 60)
    spent = min(_measure(portfolio, setting) for _ in range(3))
    assert spent < 2


def _measure(portfolio, setting) -> float:
    start = time.process_time()
    simulate_relief(*portfolio, setting)
    return time.process_time() - start


def _draw_measure(data, name: str, *, effort: bool = True) -> dict[str, object]:
    most = {"share": 100, "take_up": 100, "minutes": 300, "lead_months": 20, "ramp_months": 12}
    ranges = {
        quantity: tuple(sorted(data.draw(st.tuples(*[st.floats(0, limit)] * 3), label=quantity)))
        for quantity, limit in most.items()
    }
    return {**ranges, "transition_hours": (0, 100, 500) if effort else 0, "name": name}
