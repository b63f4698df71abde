"""Staffing need: the worked examples by hand, refusals, properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Range,
    Staff,
    Task,
    WorkingTime,
    add_ranges,
    make_exact,
    measure_excess,
    measure_gaps,
    measure_handling_time,
    measure_implied_minutes,
    measure_need_from_output,
    measure_output,
    measure_permanent_need,
    measure_task_need,
    measure_temporary_from_output,
    measure_temporary_need,
    measure_utilisation,
)

# Worked examples of docs/methods/staffing-need.md.
CLEARING = Clearing(Range(17_500, 18_000, 18_500), make_exact(3), make_exact(24))
TASK = Task(
    service="wohngeld",
    cases=Range(18_000, 20_000, 22_000),
    base_minutes=Range(180, 200, 220),
    base_source="Annahme für das Rechenbeispiel",
    clearing=CLEARING,
)
SECOND = Task("grundsicherung", make_exact(600), make_exact(100), "Annahme für das Rechenbeispiel")
FLAT = Allowances(
    make_exact(0.05), make_exact(0.05), make_exact(0.0), source="Handbuch, pauschale Zuschläge"
)
YEAR = WorkingTime(Range(95_000, 98_100, 100_400), source="KGSt 1981")
STAFF = Staff(planned=make_exact(51), filled=make_exact(42.5))
OUTPUT = Range(19.0, 19.25, 19.5)


def test_handling_time_by_hand():
    # 200 · (1 + 0.05 + 0.05) = 220; 180 · 1.1 = 198; 220 · 1.1 = 242.
    assert measure_handling_time(TASK, FLAT) == pytest.approx((198, 220, 242))
    # Allowances with a range: 180 · 1.05 = 189, 200 · 1.1 = 220, 220 · 1.2 = 264.
    wide = replace(FLAT, factual=Range(0, 0.05, 0.15), personal=make_exact(0.05))
    assert measure_handling_time(TASK, wide) == pytest.approx((189, 220, 264))


def test_permanent_need_by_hand():
    # value 20 000 · 220 ÷ 98 100 = 4 400 000 ÷ 98 100 = 44.852…
    # lower 18 000 · 198 ÷ 100 400 = 3 564 000 ÷ 100 400 = 35.498…
    # upper 22 000 · 242 ÷ 95 000 = 5 324 000 ÷ 95 000 = 56.042…
    need = measure_task_need(TASK, FLAT, YEAR)
    assert need == pytest.approx((35.4980, 44.8522, 56.0421), abs=1e-4)


def test_need_of_an_office_is_the_sum_over_its_services():
    # The second service: 600 · 110 = 66 000 minutes; ÷ 100 400 = 0.65737, ÷ 98 100 = 0.67278,
    # ÷ 95 000 = 0.69474, to be added to the need of the first one.
    need = measure_permanent_need([TASK, SECOND], FLAT, YEAR)
    assert need == pytest.approx((36.1554, 45.5250, 56.7368), abs=1e-4)


def test_temporary_need_by_hand():
    # target stock 20 000 ÷ 12 · 3 = 5 000, so 13 000 cases · 220 min = 2 860 000 min in two
    # years of 98 100 min = 196 200 min per VZÄ: 14.577 VZÄ.
    # least: 17 500 − 5 500 = 12 000 · 198 ÷ 200 800 = 11.833; most: 18 500 − 4 500 = 14 000 · 242
    # ÷ 190 000 = 17.832.
    need = measure_temporary_need(TASK, FLAT, YEAR)
    assert need == pytest.approx((11.8327, 14.5770, 17.8316), abs=1e-4)


def test_temporary_need_with_a_range_of_goals():
    # target 2, 3, 4 months; 18, 24, 30 months. least: 17 500 − 22 000 ÷ 12 · 4 = 10 166.67 · 198
    # ÷ (100 400 ÷ 12 · 30 = 251 000) = 8.0199; most: 18 500 − 18 000 ÷ 12 · 2 = 15 500 · 242
    # ÷ (95 000 ÷ 12 · 18 = 142 500) = 26.3228.
    goal = replace(CLEARING, target_months=Range(2, 3, 4), months=Range(18, 24, 30))
    need = measure_temporary_need(replace(TASK, clearing=goal), FLAT, YEAR)
    assert need == pytest.approx((8.0199, 14.5770, 26.3228), abs=1e-4)


def test_no_temporary_need_below_the_target_or_without_a_goal():
    small = replace(CLEARING, open_cases=Range(0, 100, 200))
    assert measure_temporary_need(replace(TASK, clearing=small), FLAT, YEAR) == (0, 0, 0)
    assert measure_temporary_need(SECOND, FLAT, YEAR) == (0, 0, 0)


def test_need_from_output_by_hand():
    # München: 1 079 and 1 103 decided in two months, mean 1 091, with 56.67 VZÄ:
    # 1 079 ÷ 56.67 = 19.040, 1 091 ÷ 56.67 = 19.252, 1 103 ÷ 56.67 = 19.463 per VZÄ and month.
    output = measure_output(Range(1079, 1091, 1103), make_exact(56.67))
    assert output == pytest.approx((19.0401, 19.2518, 19.4636), abs=1e-4)
    # 1 592 ÷ 19.4636 = 81.793; 1 650 ÷ 19.2518 = 85.706; 1 800 ÷ 19.0401 = 94.537.
    need = measure_need_from_output(Range(1592, 1650, 1800), output)
    assert need == pytest.approx((81.793, 85.706, 94.537), abs=1e-3)
    # 98 100 ÷ 12 ÷ 19.2518 = 8 175 ÷ 19.2518 = 424.64 minutes of a post per decided case;
    # 95 000 ÷ 12 ÷ 19.4636 = 406.74; 100 400 ÷ 12 ÷ 19.0401 = 439.42.
    minutes = measure_implied_minutes(YEAR, output)
    assert minutes == pytest.approx((406.74, 424.64, 439.42), abs=1e-2)


def test_temporary_need_from_output_by_hand():
    # 18 000 − 3 · 1 650 = 13 050 ÷ (19.25 · 24 = 462) = 28.247; least 17 500 − 3 · 1 800 = 12 100
    # ÷ (19.5 · 24 = 468) = 25.855; most 18 500 − 3 · 1 600 = 13 700 ÷ (19 · 24 = 456) = 30.044.
    need = measure_temporary_from_output(CLEARING, Range(1600, 1650, 1800), OUTPUT)
    assert need == pytest.approx((25.8547, 28.2468, 30.0439), abs=1e-4)


def test_three_gaps_by_hand():
    gaps = measure_gaps(Range(40, 45, 50), STAFF).set_index("key")
    assert gaps.loc["vacant", ["lower", "value", "upper"]].tolist() == [8.5, 8.5, 8.5]
    assert gaps.loc["missing_staff", ["lower", "value", "upper"]].tolist() == [-2.5, 2.5, 7.5]
    assert gaps.loc["missing_posts", ["lower", "value", "upper"]].tolist() == [-11, -6, -1]


def test_gaps_with_a_share_of_the_posts():
    # A fifth to a third of 51 and 42.5 posts: vacant 8.5 · 0.2 = 1.7 to 8.5 · 0.3 = 2.55; planned
    # 10.2 to 15.3, filled 8.5 to 12.75; missing staff 9 − 12.75 = −3.75 to 11 − 8.5 = 2.5.
    staff = replace(STAFF, share=Range(0.2, 0.25, 0.3))
    gaps = measure_gaps(Range(9, 10, 11), staff).set_index("key")
    bounds = ["lower", "value", "upper"]
    assert gaps.loc["vacant", bounds].tolist() == pytest.approx([1.7, 2.125, 2.55])
    assert gaps.loc["missing_staff", bounds].tolist() == pytest.approx([-3.75, -0.625, 2.5])
    assert gaps.loc["missing_posts", bounds].tolist() == pytest.approx([-6.3, -2.75, 0.8])


def test_more_filled_than_planned_keeps_the_bounds_in_order():
    staff = Staff(planned=make_exact(10), filled=make_exact(12), share=Range(0.2, 0.3, 0.5))
    vacant = measure_gaps(Range(1, 1, 1), staff).set_index("key").loc["vacant"]
    assert [vacant["lower"], vacant["value"], vacant["upper"]] == pytest.approx([-1, -0.6, -0.4])


@pytest.mark.parametrize(
    ("staff", "keys"),
    [
        (Staff(None, None), []),
        (Staff(make_exact(5), None), ["missing_posts"]),
        (Staff(None, make_exact(5)), ["missing_staff"]),
    ],
)
def test_gaps_that_are_not_known_are_left_out(staff, keys):
    assert measure_gaps(Range(1, 2, 3), staff)["key"].tolist() == keys


def test_utilisation_is_need_over_compared_posts():
    # 44.852 ÷ 50 = 89.70 %; of half of 100 posts the same.
    need = measure_task_need(TASK, FLAT, YEAR)
    whole = Staff(None, make_exact(50))
    half = Staff(None, make_exact(100), share=make_exact(0.5))
    assert measure_utilisation(need, whole).value == pytest.approx(89.7044, abs=1e-3)
    assert measure_utilisation(need, half) == measure_utilisation(need, whole)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": replace(TASK, base_measure="processing_time_median")}, "Durchlaufzeit"),
        ({"task": replace(TASK, base_source=" ")}, "Grundzeit fehlt die Quelle"),
        ({"task": replace(TASK, base_source=" ", label="Wohngeld")}, "»Wohngeld«"),
        ({"task": replace(TASK, base_minutes=Range(220, 200, 180))}, "Grundzeit"),
        ({"task": replace(TASK, cases=Range(-1, 0, 1))}, "Fallzahl"),
        ({"year": replace(YEAR, source="")}, "fehlt die Quelle mit Datum"),
        ({"year": replace(YEAR, net_of_allowances=True)}, "doppelt abgezogen"),
        ({"year": replace(YEAR, minutes=Range(0, 1, 2))}, "Jahresarbeitszeit"),
        ({"flat": replace(FLAT, personal=make_exact(5.0))}, "zwischen 0 und 1"),
        ({"flat": replace(FLAT, personal=Range(0.1, 0.05, 0.1))}, "zwischen 0 und 1"),
    ],
)
def test_refusals_explain_themselves(change, words):
    parts = {"task": TASK, "flat": FLAT, "year": YEAR} | change
    with pytest.raises(DataError, match=words):
        measure_permanent_need([parts["task"]], parts["flat"], parts["year"])
    with pytest.raises(DataError, match=words):
        measure_temporary_need(parts["task"], parts["flat"], parts["year"])


def test_time_without_allowances_may_be_net():
    none = make_exact(0.0)
    bare = Allowances(none, none, none, source="keine Zuschläge")
    net = replace(YEAR, net_of_allowances=True)
    assert measure_task_need(TASK, bare, net).value == pytest.approx(20_000 * 200 / 98_100)


def test_what_cannot_be_divided_by_is_refused():
    goal = replace(CLEARING, months=make_exact(0))
    with pytest.raises(DataError, match="länger als 0 Monate"):
        measure_temporary_need(replace(TASK, clearing=goal), FLAT, YEAR)
    with pytest.raises(DataError, match="keine Auslastung"):
        measure_utilisation(Range(1, 2, 3), Staff(None, make_exact(0)))
    with pytest.raises(DataError, match="keine Auslastung"):
        measure_utilisation(Range(1, 2, 3), Staff(None, None))
    with pytest.raises(DataError, match="besetzte Stellen"):
        measure_output(Range(1, 2, 3), make_exact(0))
    with pytest.raises(DataError, match="entschiedene Fälle"):
        measure_output(Range(0, 2, 3), make_exact(5))
    with pytest.raises(DataError, match="Ohne Leistungen"):
        measure_permanent_need([], FLAT, YEAR)
    with pytest.raises(DataError, match="Anteil der Stellen"):
        measure_gaps(Range(1, 2, 3), replace(STAFF, share=Range(0, 0.5, 1)))
    with pytest.raises(DataError, match="Anteil der Stellen"):
        measure_gaps(Range(1, 2, 3), replace(STAFF, share=Range(0.5, 0.9, 1.1)))


positive = st.floats(0.1, 1e5)
ranges = st.tuples(positive, positive, positive).map(lambda three: Range(*sorted(three)))
shares = st.tuples(*[st.floats(0.01, 1.0)] * 3).map(lambda three: Range(*sorted(three)))


def _holds(number, bounds):
    slack = 1e-9 * max(abs(number), 1.0) + 1e-9
    return bounds.lower <= number + slack and number <= bounds.upper + slack


@given(cases=ranges, minutes=ranges, year=ranges, stock=ranges, goal=ranges)
def test_every_combination_lies_within_the_range(cases, minutes, year, stock, goal):
    clearing = Clearing(stock, goal, Range(12, 24, 36))
    task = replace(TASK, cases=cases, base_minutes=minutes, clearing=clearing)
    time = replace(YEAR, minutes=year)
    permanent = measure_task_need(task, FLAT, time)
    temporary = measure_temporary_need(task, FLAT, time)
    factor = FLAT.factor.value
    for count, base, jaz in product(cases, minutes, year):
        assert _holds(count * base * factor / jaz, permanent)
        for opened, wanted, months in product(stock, goal, (12, 24, 36)):
            rest = max(opened - count / 12 * wanted, 0) * base * factor / (jaz / 12 * months)
            assert _holds(rest, temporary)
    assert permanent.lower <= permanent.value <= permanent.upper
    assert temporary.lower <= temporary.value <= temporary.upper


@given(decided=ranges, filled=ranges, received=ranges, stock=ranges, year=ranges)
def test_every_combination_of_output_lies_within_the_range(decided, filled, received, stock, year):
    output = measure_output(decided, filled)
    need = measure_need_from_output(received, output)
    clearing = Clearing(stock, Range(1, 2, 3), Range(12, 24, 36))
    temporary = measure_temporary_from_output(clearing, received, output)
    implied = measure_implied_minutes(WorkingTime(year, "Probe"), output)
    for done, posts, coming in product(decided, filled, received):
        rate = done / posts
        assert _holds(rate, output)
        assert _holds(coming / rate, need)
        for opened, goal, months in product(stock, (1, 2, 3), (12, 24, 36)):
            assert _holds(max(opened - coming * goal, 0) / (rate * months), temporary)
        for minutes in year:
            assert _holds(minutes / 12 / rate, implied)


@given(required=ranges, planned=ranges, filled=ranges, share=shares)
def test_every_combination_of_gaps_lies_within_the_range(required, planned, filled, share):
    staff = Staff(planned, filled, share)
    gaps = measure_gaps(required, staff).set_index("key")
    found = {key: Range(row["lower"], row["value"], row["upper"]) for key, row in gaps.iterrows()}
    utilisation = measure_utilisation(required, staff)
    for need, plan, fill, part in product(required, planned, filled, share):
        assert _holds((plan - fill) * part, found["vacant"])
        assert _holds(need - fill * part, found["missing_staff"])
        assert _holds(need - plan * part, found["missing_posts"])
        assert _holds(100 * need / (fill * part), utilisation)


@given(factor=st.floats(1.01, 5))
def test_more_cases_never_need_fewer_posts(factor):
    more = replace(TASK, cases=Range(*(n * factor for n in TASK.cases)))
    before, after = (measure_task_need(t, FLAT, YEAR) for t in (TASK, more))
    assert all(b < a for b, a in zip(before, after, strict=True))


@given(parts=st.lists(ranges, min_size=1, max_size=5))
def test_sums_keep_their_bounds_in_order(parts):
    total = add_ranges(parts)
    assert total.lower <= total.value <= total.upper
    assert total.value == pytest.approx(sum(part.value for part in parts))


def test_excess_never_falls_below_none():
    assert measure_excess(CLEARING, Range(0, 1, 10_000)) == (0, 17_997, 18_500)
