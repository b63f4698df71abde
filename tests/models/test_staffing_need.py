"""Staffing need: the worked example by hand, refusals, properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Range,
    Task,
    WorkingTime,
    measure_gaps,
    measure_handling_time,
    measure_permanent_need,
    measure_temporary_need,
    measure_utilisation,
)

# Worked example of docs/methods/staffing-need.md.
TASK = Task(
    service="wohngeld",
    cases=Range(18_000, 20_000, 22_000),
    base_minutes=Range(180, 200, 220),
    base_source="Annahme für das Rechenbeispiel",
)
FLAT = Allowances(0.05, 0.05, 0.0, source="Handbuch, pauschale Zuschläge")
YEAR = WorkingTime(Range(95_000, 98_100, 100_400), source="KGSt 1981")
CLEARING = Clearing(Range(17_500, 18_000, 18_500), target_months=3, months=24)


def test_handling_time_by_hand():
    # 200 · (1 + 0.05 + 0.05) = 220; 180 · 1.1 = 198; 220 · 1.1 = 242.
    assert measure_handling_time(TASK, FLAT) == pytest.approx((198, 220, 242))


def test_permanent_need_by_hand():
    # value 20 000 · 220 ÷ 98 100 = 4 400 000 ÷ 98 100 = 44.852…
    # lower 18 000 · 198 ÷ 100 400 = 3 564 000 ÷ 100 400 = 35.498…
    # upper 22 000 · 242 ÷ 95 000 = 5 324 000 ÷ 95 000 = 56.042…
    need = measure_permanent_need(TASK, FLAT, YEAR)
    assert need == pytest.approx((35.4980, 44.8522, 56.0421), abs=1e-4)


def test_temporary_need_by_hand():
    # target stock 20 000 ÷ 12 · 3 = 5 000, so 13 000 cases · 220 min = 2 860 000 min in two
    # years of 98 100 min = 196 200 min per VZÄ: 14.577 VZÄ.
    # least: 17 500 − 5 500 = 12 000 · 198 ÷ 200 800 = 11.833; most: 18 500 − 4 500 = 14 000 · 242
    # ÷ 190 000 = 17.832.
    need = measure_temporary_need(TASK, FLAT, YEAR, CLEARING)
    assert need == pytest.approx((11.8327, 14.5770, 17.8316), abs=1e-4)


def test_no_temporary_need_below_the_target():
    small = replace(CLEARING, open_cases=Range(0, 100, 200))
    assert measure_temporary_need(TASK, FLAT, YEAR, small) == (0, 0, 0)


def test_three_gaps_by_hand():
    gaps = measure_gaps(Range(40, 45, 50), planned=51, filled=42.5).set_index("key")
    assert gaps.loc["vacant", ["lower", "value", "upper"]].tolist() == [8.5, 8.5, 8.5]
    assert gaps.loc["missing_staff", ["lower", "value", "upper"]].tolist() == [-2.5, 2.5, 7.5]
    assert gaps.loc["missing_posts", ["lower", "value", "upper"]].tolist() == [-11, -6, -1]


def test_utilisation_is_need_over_filled():
    # 44.852 ÷ 50 = 89.70 %.
    assert measure_utilisation(TASK, FLAT, YEAR, 50).value == pytest.approx(89.7044, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": replace(TASK, base_measure="processing_time_median")}, "Durchlaufzeit"),
        ({"task": replace(TASK, base_source=" ")}, "Grundzeit fehlt die Quelle"),
        ({"task": replace(TASK, base_minutes=Range(220, 200, 180))}, "Grundzeit"),
        ({"task": replace(TASK, cases=Range(-1, 0, 1))}, "Fallzahl"),
        ({"year": replace(YEAR, source="")}, "fehlt die Quelle mit Datum"),
        ({"year": replace(YEAR, net_of_allowances=True)}, "doppelt abgezogen"),
        ({"year": replace(YEAR, minutes=Range(0, 1, 2))}, "Jahresarbeitszeit"),
        ({"flat": replace(FLAT, personal=5.0)}, "zwischen 0 und 1"),
    ],
)
def test_refusals_explain_themselves(change, words):
    parts = {"task": TASK, "flat": FLAT, "year": YEAR} | change
    with pytest.raises(DataError, match=words):
        measure_permanent_need(parts["task"], parts["flat"], parts["year"])


def test_time_without_allowances_may_be_net():
    bare = Allowances(0, 0, 0, source="keine Zuschläge")
    net = replace(YEAR, net_of_allowances=True)
    assert measure_permanent_need(TASK, bare, net).value == pytest.approx(20_000 * 200 / 98_100)


def test_clearing_needs_time_and_utilisation_needs_staff():
    with pytest.raises(DataError, match="länger als 0 Monate"):
        measure_temporary_need(TASK, FLAT, YEAR, replace(CLEARING, months=0))
    with pytest.raises(DataError, match="keine Auslastung"):
        measure_utilisation(TASK, FLAT, YEAR, 0)


positive = st.floats(0.1, 1e5)
ranges = st.tuples(positive, positive, positive).map(lambda three: Range(*sorted(three)))


@given(cases=ranges, minutes=ranges, year=ranges, stock=ranges)
def test_every_combination_lies_within_the_range(cases, minutes, year, stock):
    task = replace(TASK, cases=cases, base_minutes=minutes)
    time = replace(YEAR, minutes=year)
    permanent = measure_permanent_need(task, FLAT, time)
    temporary = measure_temporary_need(task, FLAT, time, replace(CLEARING, open_cases=stock))
    for count in cases:
        for base in minutes:
            for jaz in year:
                need = count * base * FLAT.factor / jaz
                assert permanent.lower <= need * (1 + 1e-9)
                assert need <= permanent.upper * (1 + 1e-9)
                for opened in stock:
                    rest = max(opened - count / 12 * 3, 0) * base * FLAT.factor / (jaz * 2)
                    assert temporary.lower <= rest * (1 + 1e-9) + 1e-9
                    assert rest <= temporary.upper * (1 + 1e-9) + 1e-9
    assert permanent.lower <= permanent.value <= permanent.upper
    assert temporary.lower <= temporary.value <= temporary.upper


@given(factor=st.floats(1.01, 5))
def test_more_cases_never_need_fewer_posts(factor):
    more = replace(TASK, cases=Range(*(n * factor for n in TASK.cases)))
    before, after = (measure_permanent_need(t, FLAT, YEAR) for t in (TASK, more))
    assert all(b < a for b, a in zip(before, after, strict=True))
