"""What the simulation promises: identity, reform, staffing that fits the vacancies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.muster.arrivals import (
    NEVER,
    draw_cases,
    expect_monthly,
    grow_online_share,
    measure_reform,
    share_channels,
)
from analysis.muster.city import DAYS, MONTHS, REFORM, SERVICES, WOHNGELD, list_month_starts
from analysis.muster.simulation import City, simulate_city


@pytest.fixture(scope="module")
def city() -> City:
    return simulate_city(2, 20_000)


def test_the_same_seed_gives_the_same_city(city: City):
    again = simulate_city(2, 20_000)
    assert np.array_equal(city.closed, again.closed)
    pd.testing.assert_frame_equal(city.staff, again.staff)
    assert not np.array_equal(city.closed, simulate_city(3, 20_000).closed)


def test_exactly_as_many_cases_as_asked_for_in_order_of_receipt():
    cases = draw_cases(1234, np.random.default_rng(0))
    assert len(cases.received) == 1234
    assert (np.diff(cases.received) >= 0).all()
    assert (cases.complete >= cases.received).all()
    assert (cases.withdrawn > cases.received).all()
    # Who withdraws never completed the papers, so nobody leaves twice.
    assert (cases.complete[cases.withdrawn < NEVER] == NEVER).all()


def test_stocks_follow_from_flows(city: City):
    for _, rows in city.counts.groupby(["service", "unit"]):
        assert rows["month"].tolist() == list(range(MONTHS))
        change = rows["received"] - rows["decided"]
        assert rows["open"].diff().iloc[1:].tolist() == change.iloc[1:].tolist()
        assert (rows[["received", "decided", "open"]] >= 0).all(axis=None)
        before = rows["open"] - change
        assert (rows["decided"] <= before + rows["received"]).all()


def test_the_reform_doubles_applications_and_leaves_more_than_before():
    factor = measure_reform(np.arange(MONTHS, dtype=float))
    assert (factor[:REFORM] == 1).all()
    assert factor[REFORM] == pytest.approx(2.2)
    assert (np.diff(factor[REFORM:]) < 0).all()
    # 1.5 + 0.7 × exp(−35 ÷ 4) = 1.5001
    assert factor[-1] == pytest.approx(1.5, abs=0.001)
    assert expect_monthly(WOHNGELD)[REFORM] > 2 * expect_monthly(WOHNGELD)[REFORM - 12]


def test_online_shares_rise_and_channels_make_up_the_whole():
    for service in SERVICES:
        assert (np.diff(grow_online_share(service)) > 0).all()
        assert share_channels(service).sum(axis=1) == pytest.approx(1)


def test_the_backlog_grows_after_the_reform(city: City):
    received = np.bincount(city.cases.received, minlength=DAYS)[:DAYS]
    closed = np.bincount(city.closed[city.closed < DAYS], minlength=DAYS)
    stock = np.cumsum(received - closed)
    before, after = (list_month_starts() - list_month_starts()[0]).days[[REFORM, REFORM + 12]]
    assert stock[after] > 2.5 * stock[before]


def test_more_staff_means_more_decisions(city: City):
    own = city.counts.merge(
        city.staff.loc[city.staff["group"] <= 1]
        .groupby(["unit", "month"], as_index=False)["posts_filled"]
        .sum(),
        on=["unit", "month"],
    )
    mean = own.groupby("unit")[["decided", "posts_filled"]].mean()
    regions = mean.loc[mean.index < 12]
    assert regions["decided"].corr(regions["posts_filled"]) > 0.8


def test_unfilled_posts_are_the_vacancies(city: City):
    """Planned − filled = sum of the extents of the posts that are vacant at the month's end."""
    ends = list_month_starts() + pd.offsets.MonthEnd(0)
    vacancies = city.vacancies
    for month, end in enumerate(ends):
        vacant = vacancies.loc[
            (vacancies["vacant_from"] <= end) & ~(vacancies["filled_from"] <= end)
        ]
        by_unit = vacant.groupby("unit")["fte"].sum()
        staff = city.staff.loc[city.staff["month"] == month].groupby("unit").sum()
        gap = (staff["posts_planned"] - staff["posts_filled"]).rename("gap")
        both = pd.concat([gap, by_unit], axis=1).fillna(0.0)
        assert both["gap"].tolist() == pytest.approx(both["fte"].tolist())


def test_staff_figures_are_possible(city: City):
    staff = city.staff
    assert (staff["posts_filled"] <= staff["posts_planned"]).all()
    assert (staff["posts_in_training"] <= staff["posts_filled"]).all()
    assert (staff["heads_part_time"] <= staff["heads"]).all()
    assert city.strain["sickness_rate"].between(0, 100).all()
    change = staff.groupby(["unit", "group"])["heads"].diff().dropna()
    flow = (staff["hired"] - staff["leavers"]).loc[change.index]
    assert change.tolist() == flow.tolist()


def test_strain_rises_with_the_load(city: City):
    """Overtime per head in the region is higher after the reform than before."""
    regions = city.strain.loc[city.strain["unit"] < 12]
    per_head = regions["overtime_hours"] / regions["heads"]
    before = per_head[regions["month"].between(6, REFORM - 1)].mean()
    after = per_head[regions["month"].between(REFORM + 3, REFORM + 12)].mean()
    assert after > 1.2 * before


def test_forms_begun_are_those_sent_and_those_abandoned(city: City):
    online = city.channels.loc[city.channels["channel"] == "online"]
    both = online.merge(city.forms, on=["service", "month"])
    assert (both["forms_started"] - both["forms_abandoned"] == both["applications"]).all()
    assert len(both) == len(SERVICES) * MONTHS
