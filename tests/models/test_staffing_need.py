"""Staffing need: the worked examples by hand, refusals, properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    OutputOffice,
    Range,
    Staff,
    Stocks,
    Task,
    WorkingTime,
    add_ranges,
    list_estimates,
    make_exact,
    measure_decided_from_stock,
    measure_excess,
    measure_expected_growth,
    measure_gap_from_stock,
    measure_gaps,
    measure_growth,
    measure_handling_time,
    measure_implied_minutes,
    measure_load,
    measure_need_from_output,
    measure_need_from_stock,
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
# München: 17 500 open on 29 February 2024, 18 000 on 8 April 2025, 404 days later; 404 ÷ (365.25
# ÷ 12) = 404 ÷ 30.4375 = 13.2731 months.
STOCKS = Stocks(Range(17_250, 17_500, 17_750), Range(17_500, 18_000, 18_500), 404 / 30.4375)
RECEIVED = Range(1450, 1600, 2000)
POSTS = Range(75, 100, 110)


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
    # 1 450 ÷ 19.4636 = 74.498; 1 600 ÷ 19.2518 = 83.109; 2 000 ÷ 19.0401 = 105.042.
    need = measure_need_from_output(RECEIVED, output)
    assert need == pytest.approx((74.498, 83.109, 105.042), abs=1e-3)
    # Of 100 VZÄ 83.109 %; 74.498 ÷ 110 = 67.726 %; 105.042 ÷ 75 = 140.056 %.
    utilisation = measure_utilisation(need, Staff(None, POSTS))
    assert utilisation == pytest.approx((67.726, 83.109, 140.056), abs=1e-3)
    # 98 100 ÷ 12 ÷ 19.2518 = 8 175 ÷ 19.2518 = 424.64 minutes of a post per decided case;
    # 95 000 ÷ 12 ÷ 19.4636 = 406.74; 100 400 ÷ 12 ÷ 19.0401 = 439.42.
    minutes = measure_implied_minutes(YEAR, output)
    assert minutes == pytest.approx((406.74, 424.64, 439.42), abs=1e-2)


def test_temporary_need_from_output_by_hand():
    # 18 000 − 3 · 1 650 = 13 050 ÷ (19.25 · 24 = 462) = 28.247; least 17 500 − 3 · 1 800 = 12 100
    # ÷ (19.5 · 24 = 468) = 25.855; most 18 500 − 3 · 1 600 = 13 700 ÷ (19 · 24 = 456) = 30.044.
    need = measure_temporary_from_output(CLEARING, Range(1600, 1650, 1800), OUTPUT)
    assert need == pytest.approx((25.8547, 28.2468, 30.0439), abs=1e-4)


def test_need_from_the_stock_by_hand():
    # Growth: 500 ÷ 13.2731 = 37.670; (17 500 − 17 750) ÷ 13.2731 = −18.835; 1 250 ÷ 13.2731 =
    # 94.175 a month. Decided: 1 600 − 37.670 = 1 562.330; 1 450 − 94.175 = 1 355.825; 2 000 +
    # 18.835 = 2 018.835.
    growth = measure_growth(STOCKS)
    assert growth == pytest.approx((-18.8351, 37.6702, 94.1754), abs=1e-4)
    decided = measure_decided_from_stock(RECEIVED, growth)
    assert decided == pytest.approx((1355.8246, 1562.3298, 2018.8351), abs=1e-4)
    # Output: 1 355.825 ÷ 110 = 12.326; 1 562.330 ÷ 100 = 15.623; 2 018.835 ÷ 75 = 26.918.
    output = measure_output(decided, POSTS)
    assert output == pytest.approx((12.3257, 15.6233, 26.9178), abs=1e-4)
    # Received per decided: 1 600 ÷ 1 562.330 = 1.024112. Where the stock falls by 18.835, it is
    # least with the fewest received: 1 450 ÷ 1 468.835 = 0.987177 (2 000 ÷ 2 018.835 = 0.990670);
    # where it grows by 94.175, most with the fewest: 1 450 ÷ 1 355.825 = 1.069460.
    load = measure_load(RECEIVED, growth)
    assert load == pytest.approx((0.987177, 1.024112, 1.069460), abs=1e-6)
    # Need: 75 · 0.987177 = 74.038; 100 · 1.024112 = 102.411; 110 · 1.069460 = 117.641. The best is
    # received ÷ output = 1 600 ÷ 15.6233 = 102.411 as well.
    need = measure_need_from_stock(POSTS, load)
    assert need == pytest.approx((74.0383, 102.4112, 117.6406), abs=1e-4)
    assert need.value == pytest.approx(RECEIVED.value / output.value)
    # Gap: 110 · (0.987177 − 1) = −1.411; 100 · 0.024112 = 2.411; 110 · 0.069460 = 7.641.
    gap = measure_gap_from_stock(POSTS, load)
    assert gap == pytest.approx((-1.4105, 2.4112, 7.6406), abs=1e-4)


def test_a_stock_that_surely_grew_or_fell():
    # Growth 100 to 200 of 1 000 to 2 000 received: least 2 000 ÷ 1 900 = 1.0526, most 1 000 ÷ 800
    # = 1.25. Fallen by 100 to 200: least 1 000 ÷ 1 200 = 0.8333, most 2 000 ÷ 2 100 = 0.9524.
    coming = Range(1000, 1500, 2000)
    grown = measure_load(coming, Range(100, 150, 200))
    assert grown == pytest.approx((1.05263, 1.11111, 1.25), abs=1e-5)
    fallen = measure_load(coming, Range(-200, -150, -100))
    assert fallen == pytest.approx((0.83333, 0.90909, 0.95238), abs=1e-5)
    # 10 to 20 posts: 10 · 0.05263 to 20 · 0.25; 20 · (−0.16667) to 10 · (−0.04762).
    gap = measure_gap_from_stock(Range(10, 15, 20), grown)
    assert gap == pytest.approx((0.52632, 1.66667, 5.0), abs=1e-5)
    gap = measure_gap_from_stock(Range(10, 15, 20), fallen)
    assert gap == pytest.approx((-3.33333, -1.36364, -0.47619), abs=1e-5)


def test_what_the_stock_should_have_done_by_hand():
    # Output 1 091 ÷ 56.67 = 19.2518 with 100 posts: 1 925.18 decided; 1 600 − 1 925.18 = −325.18.
    # Least 1 450 − 19.4636 · 110 = −690.99, most 2 000 − 19.0401 · 75 = 572.00.
    output = measure_output(Range(1079, 1091, 1103), make_exact(56.67))
    expected = measure_expected_growth(RECEIVED, output, POSTS)
    assert expected == pytest.approx((-690.99, -325.18, 572.00), abs=1e-2)


MUENCHEN = OutputOffice(
    "Wohngeldstelle",
    "wohngeld",
    decided=Range(1079, 1091, 1103),
    staffed=make_exact(56.67),
    received=RECEIVED,
    working_time=YEAR,
    staff=Staff(None, POSTS, assumed=True),
    clearing=CLEARING,
    stocks=STOCKS,
)


def test_two_ways_from_output_by_hand():
    months, stock = list_estimates(MUENCHEN)
    # 1 450 ÷ 19.4636 = 74.498; 1 600 ÷ 19.2518 = 83.109; 2 000 ÷ 19.0401 = 105.042; less 75 to 110.
    assert months.need == pytest.approx((74.498, 83.109, 105.042), abs=1e-3)
    assert months.gaps["missing_staff"] == pytest.approx((-35.502, -16.891, 30.042), abs=1e-3)
    assert stock.need == pytest.approx((74.038, 102.411, 117.641), abs=1e-3)
    assert stock.gaps["missing_staff"] == pytest.approx((-1.411, 2.411, 7.641), abs=1e-3)
    # Excess 18 000 − 3 · 1 600 = 13 200 (11 500 to 14 150) ÷ 24 ÷ output: 13 200 ÷ (15.6233 · 24)
    # = 35.204; 11 500 ÷ (26.9178 · 24) = 17.801; 14 150 ÷ (12.3257 · 24) = 47.834.
    assert stock.clearing == pytest.approx((17.801, 35.204, 47.834), abs=1e-3)
    assert [each.key for each in (months, stock)] == ["months", "stock"]


@pytest.mark.parametrize("change", [{"stocks": None}, {"staff": Staff(make_exact(51), None)}])
def test_without_stocks_or_posts_there_is_one_way(change):
    found = list_estimates(replace(MUENCHEN, **change, clearing=None))
    assert [(each.key, each.clearing) for each in found] == [("months", None)]


def test_posts_of_the_plan_are_compared_with_both_ways():
    office = replace(MUENCHEN, staff=Staff(make_exact(90), POSTS, same_date=False))
    months, stock = list_estimates(office)
    assert set(months.gaps) == set(stock.gaps) == {"missing_staff", "missing_posts"}
    # 102.411 − 90; 74.038 − 90; 117.641 − 90.
    assert stock.gaps["missing_posts"] == pytest.approx((-15.962, 12.411, 27.641), abs=1e-3)


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
    with pytest.raises(DataError, match="muss Zeit liegen"):
        measure_growth(STOCKS._replace(months=0))
    with pytest.raises(DataError, match="aus dem Bestand gerechnete"):
        measure_load(Range(90, 100, 110), Range(0, 50, 90))
    with pytest.raises(DataError, match="besetzte Stellen"):
        measure_need_from_stock(make_exact(0), make_exact(1))
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


stocks_held = st.tuples(ranges, ranges, st.floats(1, 60)).map(lambda parts: Stocks(*parts))


@given(stocks=stocks_held, received=ranges, posts=ranges, output=ranges)
def test_every_combination_from_the_stock_lies_within_the_range(stocks, received, posts, output):
    growth = measure_growth(stocks)
    for before, after in product(stocks.first, stocks.last):
        assert _holds((after - before) / stocks.months, growth)
    expected = measure_expected_growth(received, output, posts)
    for coming, rate, filled in product(received, output, posts):
        assert _holds(coming - rate * filled, expected)
    assume(received.lower - growth.upper > 1e-3)
    decided, load = measure_decided_from_stock(received, growth), measure_load(received, growth)
    need, gap = measure_need_from_stock(posts, load), measure_gap_from_stock(posts, load)
    rates = measure_output(decided, posts)
    assert need.lower <= need.value <= need.upper
    assert gap.lower <= gap.value <= gap.upper
    for coming, grew, filled in product(received, growth, posts):
        done = coming - grew
        assert _holds(done, decided)
        assert _holds(done / filled, rates)
        assert _holds(coming / done, load)
        wanted = coming / (done / filled)
        assert _holds(wanted, need)
        # A difference of large numbers is as exact as these.
        slack = 1e-9 * max(need.upper, posts.upper)
        assert gap.lower - slack <= wanted - filled <= gap.upper + slack


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
