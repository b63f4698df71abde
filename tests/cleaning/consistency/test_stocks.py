"""The stock-flow identity, decisions above all there is, and posts filled above plan."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import assume, given, settings
from hypothesis import strategies as st

RECEIVED = [100, 210, 180, 190, 205]
DECIDED = [90, 196, 170, 200, 199]
# 1.180 + 100 − 90 = 1.190; + 210 − 196 = 1.204; + 180 − 170 = 1.214; 1.204; 1.210
OPEN = [1190, 1204, 1214, 1204, 1210]


def change(values: list[int], at: int, value: int) -> list[int]:
    return [*values[:at], value, *values[at + 1 :]]


def test_a_consistent_series_is_silent(make_series, check):
    assert check(make_series(received=RECEIVED, decided=DECIDED, open=OPEN)) == []


def test_a_wrong_stock_is_found_once_where_it_stands(make_series, check):
    rows = make_series(received=RECEIVED, decided=DECIDED, open=change(OPEN, 1, 1240))

    # March is off by the same number the other way round: February alone is at fault.
    assert check(rows) == [("bestand", 3, "open", "1240", "1.204 (1.190 + 210 − 196)")]


def test_a_wrong_flow_is_found_in_its_month(make_series, check):
    rows = make_series(received=change(RECEIVED, 2, 185), decided=DECIDED, open=OPEN)

    assert check(rows) == [("bestand", 4, "open", "1214", "1.219 (1.204 + 185 − 170)")]


def test_more_decided_than_there_was(make_series, check):
    rows = make_series(received=RECEIVED, decided=change(DECIDED, 1, 1960), open=OPEN)

    # The identity is violated as well, but the decisions say why.
    assert check(rows) == [
        ("erledigt_ueber_offen", 3, "decided", "1960", "höchstens 1.400 (1.190 + 210)")
    ]


def test_all_decided_is_possible(make_series, check):
    assert check(make_series(received=[5, 6], decided=[0, 11], open=[5, 0])) == []


def test_nothing_is_asked_where_a_month_is_not_known(make_series, check):
    series = {"received": RECEIVED, "decided": DECIDED}
    rows = make_series(**series, open=[1190, None, 9999, None, 1])

    assert {name for name, *_ in check(rows)} == {"luecke"}


def test_units_and_methods_are_kept_apart(make_series, check):
    first = make_series(unit="A", received=RECEIVED, decided=DECIDED, open=OPEN)
    second = make_series(unit="B", line=50, open=[7, 9, 11, 13, 15])
    other = make_series(line=90, received=RECEIVED, decided=DECIDED, open=[3] * 5)

    found = check(first, second, other.assign(method="haushalte"))

    # The gaps are −14, −10, +10 and −6: the third stock alone explains the two in the middle.
    assert {row for _, row, *_ in found} == {91, 92, 94}


def test_published_figures_are_not_checked(make_series, check):
    rows = make_series(received=RECEIVED, decided=DECIDED, open=change(OPEN, 1, 1240))

    assert check(rows.assign(qualifier="exact")) == []


def test_filled_above_plan(make_series, check):
    rows = make_series(
        "staffing",
        posts_planned=[10, 10, 10.5, 10],
        posts_filled=[10, 10.004, 10.51, 9],
    )

    # Rounding by half a hundredth is allowed.
    assert check(rows, table="staffing") == [
        ("besetzt_ueber_plan", 4, "posts_filled", "10.51", "höchstens 10,5 (Stellen laut Plan)")
    ]


_MONTHS = st.lists(st.tuples(st.integers(80, 120), st.integers(80, 120)), min_size=4, max_size=30)


def build(months):
    received, decided = (list(each) for each in zip(*months, strict=True))
    changes = (plus - minus for plus, minus in months)
    return {
        "received": received,
        "decided": decided,
        "open": list(accumulate(changes, initial=5000))[1:],
    }


@settings(max_examples=20)
@given(_MONTHS)
def test_random_consistent_series_are_silent(make_series, check, months):
    assert check(make_series(**build(months))) == []


@settings(max_examples=20)
@given(
    _MONTHS,
    st.sampled_from(["received", "decided", "open"]),
    st.data(),
    st.integers(-60, 60).filter(lambda by: by != 0),
)
def test_one_planted_fault_is_one_finding(make_series, check, months, measure, data, by):
    series = build(months)
    at = data.draw(st.integers(1, len(months) - 1))
    planted = change(series[measure], at, series[measure][at] + by)
    # A planted stock of the first month would be blamed on the second.
    assume(planted[at] >= 0)

    found = check(make_series(**{**series, measure: planted}))

    assert [(name, row, column) for name, row, column, *_ in found] == [("bestand", at + 2, "open")]
