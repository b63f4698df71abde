"""Contradictions: each check with a smallest case that it finds and a near miss that it leaves."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.cleaning.contradictions import find_contradictions, gather_observations
from analysis.fields import OBSERVATION_TABLES, TABLES

SAME = "gleiche Sache, gleiche Zeit"
CHANGE = "Veränderung gegen Ausgangswert"
STOCK = "Bestand gegen Erledigungen"
PARTS = "Teile gegen Ganzes"
FEBRUARY = ("2023-02-01", "2023-02-28")
Y2019, Y2020 = ("2019-01-01", "2019-12-31"), ("2020-01-01", "2020-12-31")

CHANGE_2020 = {
    "measure": "received_change_percent",
    "kind": "veraenderung",
    "period": Y2020,
    "base_start": "2019-01-01",
    "base_end": "2019-12-31",
    "value": 82,
}


@pytest.fixture
def find(make_rows):
    def find(*rows):
        return find_contradictions(make_rows("case_counts", *rows))

    return find


def _stock(day, value, **more):
    return {"measure": "open", "period": (day, day), "value": value, **more}


def _flow(period, value, measure="received", **more):
    return {"measure": measure, "period": period, "value": value, **more}


def _between(lower, upper):
    return {"value": (lower + upper) / 2, "lower": lower, "upper": upper}


class TestSameThingSameTime:
    def test_two_exact_figures_for_one_day(self, find):
        found = find(_stock("2023-02-28", 11722), _stock("2023-02-28", 11676))
        assert found["check"].tolist() == [SAME]
        row = found.iloc[0]
        assert (row["first_origin"], row["second_origin"]) == ("probe.tsv#2", "probe.tsv#3")
        assert "unvereinbar" in row["explanation"]
        assert "offene Anträge" in row["subject"]
        assert "München" in row["subject"]

    def test_equal_figures_agree(self, find):
        assert find(_stock("2023-02-28", 11722), _stock("2023-02-28", 11722)).empty

    def test_a_rounded_figure_that_holds_the_exact_one_agrees(self, find):
        rounded = {"measure": "open", "period": ("2023-02-28",) * 2, **_between(11500, 12500)}
        assert find(_stock("2023-02-28", 11722), rounded).empty

    def test_intervals_that_only_touch_are_named_as_such(self, find):
        one = {"measure": "open", "period": ("2023-02-28",) * 2, **_between(100, 200)}
        other = {"measure": "open", "period": ("2023-02-28",) * 2, **_between(190, 300)}
        found = find(one, other)
        assert found["check"].tolist() == [SAME]
        assert "nur am Rand vereinbar" in found.loc[0, "explanation"]

    def test_an_open_bound_contradicts_only_what_lies_below_it(self, find):
        more_than = _stock("2025-03-31", 18000, upper=None)
        assert find(more_than, _stock("2025-03-31", 25000)).empty
        assert find(more_than, _stock("2025-03-31", 17999))["check"].tolist() == [SAME]

    @pytest.mark.parametrize(
        "different",
        [
            {"method": "haushalte"},
            {"place": "Hamburg"},
            {"service": "sozialwohnung"},
            {"unit": "Amt 50"},
            {"measure_unit": "Personen"},
            {"kind": "prognose"},
            {"certainty": "undated"},
            {"period": ("2023-03-31", "2023-03-31")},
        ],
    )
    def test_what_is_counted_otherwise_is_not_compared(self, find, different):
        # three months earlier nothing is known of decisions, so stocks cannot be compared either
        assert find(_stock("2023-02-28", 100), _stock("2023-02-28", 900) | different).empty

    def test_a_state_inside_a_longer_period_counts_only_if_far_apart(self, find):
        year = {"measure": "processing_time", "period": ("2024-01-01", "2024-12-31"), "value": 12}
        half = {"measure": "processing_time", "period": ("2024-07-01", "2024-12-31")}
        assert find(year, half | {"value": 17})["check"].tolist() == [SAME]  # gap 5 > 17 / 4
        assert find(year, half | {"value": 15}).empty  # gap 3 < 15 / 4

    def test_a_flow_inside_a_longer_period_is_no_contradiction(self, find):
        assert find(_flow(Y2020, 16000), _flow(("2020-02-01", "2020-02-29"), 1000)).empty


class TestChangeAgainstLevel:
    """82 % up to 16,000 means 16,000 / 1.82 = 8,791 before."""

    def test_base_outside_the_interval(self, find):
        found = find(CHANGE_2020, _flow(Y2020, 16000), _flow(Y2019, 10250, lower=9000, upper=11500))
        assert found["check"].tolist() == [CHANGE]
        assert found["first_origin"].tolist() == ["probe.tsv#2"]
        assert found["second_origin"].tolist() == ["probe.tsv#4"]

    def test_base_inside_the_interval(self, find):
        base = _flow(Y2019, 9000, lower=8500, upper=9500)
        assert find(CHANGE_2020, _flow(Y2020, 16000), base).empty

    def test_an_exact_base_within_what_a_rounded_level_allows(self, find):
        # 16,000 to 17,000 after + 82 % means 8,791 to 9,341 before
        level = _flow(Y2020, 16000, upper=17000)
        assert find(CHANGE_2020, level, _flow(Y2019, 8800)).empty
        assert find(CHANGE_2020, level, _flow(Y2019, 9400))["check"].tolist() == [CHANGE]

    def test_a_rounded_change_allows_more(self, find):
        # 75 % to 85 % means 16,000 / 1.85 = 8,649 to 16,000 / 1.75 = 9,143 before
        rounded = CHANGE_2020 | {"value": 80, "lower": 75, "upper": 85}
        assert find(rounded, _flow(Y2020, 16000), _flow(Y2019, 9100)).empty
        assert find(rounded, _flow(Y2020, 16000), _flow(Y2019, 9200))["check"].tolist() == [CHANGE]

    def test_a_base_with_an_open_start_counts_when_it_ends_with_the_base_year(self, find):
        base = _flow((None, "2019-12-31"), 10250, lower=9000, upper=11500, certainty="open")
        assert find(CHANGE_2020, _flow(Y2020, 16000), base)["check"].tolist() == [CHANGE]

    def test_another_base_year_is_not_compared(self, find):
        assert find(
            CHANGE_2020, _flow(Y2020, 16000), _flow(("2018-01-01", "2018-12-31"), 20000)
        ).empty


class TestStockAgainstDecisions:
    """From 1,000 to 400 in three months at 100 a month at most: 600 decided, 300 possible."""

    first, second = _stock("2023-01-31", 1000), _stock("2023-04-30", 400)
    output = _flow(("2023-01-01", "2023-01-31"), 100, measure="decided")

    def test_a_stock_that_shrinks_too_fast(self, find):
        found = find(self.first, self.second, self.output)
        assert found["check"].tolist() == [STOCK]
        assert "unvereinbar" in found.loc[0, "explanation"]

    def test_a_stock_that_shrinks_as_fast_as_possible(self, find):
        assert find(self.first, _stock("2023-04-30", 710), self.output).empty

    def test_what_came_in_meanwhile_had_to_be_decided_too(self, find):
        # 290 fewer open and 100 received = 390 decided in 2.9 months
        received = _flow(("2023-02-01", "2023-02-28"), 100)
        found = find(self.first, _stock("2023-04-30", 710), self.output, received)
        assert found["check"].tolist() == [STOCK]

    def test_nothing_is_known_of_decisions(self, find):
        assert find(self.first, self.second).empty

    def test_decisions_without_an_upper_bound_prove_nothing(self, find):
        more_than = _flow(("2023-02-01", "2023-02-28"), 90, measure="decided", upper=None)
        assert find(self.first, self.second, self.output, more_than).empty

    def test_more_than_a_year_apart_is_not_compared(self, find):
        assert find(self.first, _stock("2024-02-29", 0), self.output).empty

    def test_a_growing_stock(self, find):
        assert find(self.first, _stock("2023-04-30", 5000), self.output).empty


class TestPartsAgainstWhole:
    def test_parts_that_exceed_the_whole(self, find):
        quarter = ("2023-01-01", "2023-03-31")
        found = find(
            _flow(quarter, 200),
            _flow(("2023-01-01", "2023-01-31"), 120),
            _flow(FEBRUARY, 90),
        )
        assert found["check"].tolist() == [PARTS]
        assert found["first_origin"].tolist() == ["probe.tsv#2"]

    def test_parts_that_fit(self, find):
        quarter = ("2023-01-01", "2023-03-31")
        assert find(
            _flow(quarter, 210), _flow(("2023-01-01", "2023-01-31"), 120), _flow(FEBRUARY, 90)
        ).empty

    def test_parts_that_overlap_are_not_added(self, find):
        quarter = ("2023-01-01", "2023-03-31")
        assert find(
            _flow(quarter, 200),
            _flow(("2023-01-01", "2023-02-28"), 120),
            _flow(("2023-02-01", "2023-03-31"), 120),
        ).empty

    def test_a_second_figure_for_the_whole_is_no_part(self, find):
        found = find(_flow(Y2020, 200), _flow(Y2020, 300))
        assert found["check"].tolist() == [SAME]

    def test_stocks_are_not_added(self, find):
        year = {"measure": "open", "period": Y2020, "value": 100}
        assert PARTS not in set(find(year, _stock("2020-06-30", 110))["check"])


def test_no_observations_no_contradictions():
    empty = gather_observations({name: pd.DataFrame() for name in OBSERVATION_TABLES})
    found = find_contradictions(empty)
    assert len(found) == 0
    assert found.columns.tolist() == [field.name for field in TABLES["contradictions"]]


class TestKnownContradictions:
    """What is known to contradict itself in the real data must be found."""

    @pytest.fixture
    def pairs(self, prepared_muenchen):
        tables = prepared_muenchen.tables
        facts = gather_observations(tables).set_index("origin")["fact_id"]
        rows = tables["contradictions"]
        return {
            (row["check"], facts[row["first_origin"]], facts[row["second_origin"]])
            for _, row in rows.iterrows()
        }

    @pytest.mark.parametrize(
        "known",
        [
            (SAME, "F044", "F372"),  # 11,722 and 11,676 open on 2023-02-28
            (STOCK, "F043", "F044"),  # 16,000 waiting in 2022-09, 11,722 five months later
            (STOCK, "F043", "F372"),
            (CHANGE, "F013", "F011"),  # + 82 % in 2020 against 9,000 to 11,500 before 2020
        ],
    )
    def test_found(self, pairs, known):
        assert known in pairs

    def test_nothing_that_agrees_is_reported(self, pairs):
        # 14,200 and "about 14,000" in 2021; 2,583 + 2,239 + 1,805 = 6,627 in the first quarter
        involved = {fact for _, *facts in pairs for fact in facts}
        assert involved.isdisjoint({"F015", "F016", "F020", "F022", "F025", "F026"})

    def test_numbered_in_order(self, prepared_muenchen):
        numbers = prepared_muenchen.tables["contradictions"]["contradiction_id"].tolist()
        assert numbers == [f"W{n:02d}" for n in range(1, len(numbers) + 1)]
