"""The assumptions of the edition `musterstadt` against the simulation that they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.assumed import Assumed
from analysis.cleaning.measures import clean_measures
from analysis.editions import Edition, load_edition
from analysis.muster.arrivals import NEVER, expect_yearly
from analysis.muster.city import DAYS, MONTHS, OTHERS, REGIONS, WOHNGELD, number_months
from analysis.muster.plans import MEASURE_REGISTER
from analysis.muster.simulation import City, find_handling_time, simulate_city
from analysis.muster.staff import APPLICATION_SHARE
from analysis.readers.delimited import read_delimited

_SEED, _CASES = 1, 20_000  # of the committed set
_LAST_YEAR = range(MONTHS - 12, MONTHS)


@pytest.fixture(scope="module")
def edition(root: Path) -> Edition:
    return load_edition("musterstadt", root)


@pytest.fixture(scope="module")
def assumed(edition: Edition) -> dict[str, Assumed]:
    return {item.key: item for item in edition.assume}


@pytest.fixture(scope="module")
def city() -> City:
    return simulate_city(_SEED, _CASES)


@pytest.fixture(scope="module")
def wohngeld_share(city: City) -> float:
    """Share of Wohngeld in the working time of those who decide in the Sozialbürgerhäuser."""
    cases = city.cases
    decided = (city.closed < DAYS) & (city.closed != cases.withdrawn) & (city.closed != NEVER)
    by_month = np.bincount(number_months()[city.closed[decided]], minlength=MONTHS)
    own = sum(by_month[month] * find_handling_time(WOHNGELD, month) for month in _LAST_YEAR)
    houses = city.counts.loc[city.counts["unit"] < len(REGIONS)]
    others = sum(
        houses.loc[
            (houses["service"] == service.service_id) & (houses["month"] == month), "decided"
        ].sum()
        * find_handling_time(service, month)
        for service in OTHERS
        for month in _LAST_YEAR
    )
    return float(own / (own + others)) * APPLICATION_SHARE


@pytest.fixture(scope="module")
def deciders(city: City) -> pd.DataFrame:
    """Those who decide applications in the Sozialbürgerhäuser (E 8, E 9c), by month of 2025."""
    staff = city.staff.loc[(city.staff["unit"] < len(REGIONS)) & (city.staff["group"] <= 1)]
    return staff.groupby("month").sum().loc[list(_LAST_YEAR)]


def test_everything_says_that_it_is_made_up(edition: Edition):
    own = [item for item in edition.assume if item.basis == "Annahme"]
    assert own
    for item in own:
        assert "erfunden" in item.source.lower(), item.key
    assert all(item.facts == () for item in edition.assume)


def test_staff_is_the_part_that_works_on_applications_for_wohngeld(
    assumed: dict[str, Assumed], deciders: pd.DataFrame, wohngeld_share: float
):
    staff, posts = assumed["wohngeld/staff"], assumed["wohngeld/posts"]
    filled = deciders["posts_filled"] * wohngeld_share
    vacant = (deciders["posts_planned"] - deciders["posts_filled"]) * wohngeld_share
    assert staff.mode == pytest.approx(filled.iloc[-1], abs=0.5)
    assert posts.mode == pytest.approx(vacant.iloc[-1], abs=0.1)
    for points, months in ((staff, filled), (posts, vacant)):
        assert points.minimum <= months.min() <= months.max() <= points.maximum


def test_turnover_is_that_of_the_last_year(assumed: dict[str, Assumed], deciders: pd.DataFrame):
    turnover = assumed["wohngeld/turnover"]
    percent = 100 * deciders["leavers"].sum() / deciders["heads"].mean()
    assert turnover.mode == pytest.approx(percent, abs=1)
    # 0.95 % a month without load, at most 3 %: docs/methods/synthetic.md.
    assert turnover.minimum == pytest.approx(12 * 0.95, abs=0.5)
    assert turnover.maximum == pytest.approx(12 * 3)


def test_posts_are_filled_and_learned_as_in_the_simulation(assumed: dict[str, Assumed]):
    # Filled with 19 % a month: half after ln 0.5 ÷ ln 0.81 = 3.3 months, 90 % after 10.9, on
    # average after 1 ÷ 0.19 = 5.3.
    fill = assumed["wohngeld/fill_months"]
    assert fill.points == pytest.approx((3.3, 5.3, 10.9), abs=0.4)
    # Output (months − 1) ÷ 17: none in the first month, full after 18.
    assert assumed["wohngeld/training_first"].mode == 1
    assert assumed["wohngeld/training_full"].mode == 18


def test_applications_are_those_expected(assumed: dict[str, Assumed]):
    received = assumed["wohngeld/received"]
    years = expect_yearly(WOHNGELD, _CASES) / 12
    assert received.mode == pytest.approx(years[-1], abs=5)
    assert received.minimum <= years[2:].min()
    assert received.maximum == pytest.approx(years.max(), abs=5)


def test_a_simpler_form_reaches_the_incomplete_applications(
    assumed: dict[str, Assumed], city: City
):
    incomplete = city.cases.complete != city.cases.received
    recent = number_months()[city.cases.received] >= MONTHS - 12
    share = assumed["vereinfachter_antrag/share"]
    assert share.mode == pytest.approx(100 * incomplete[recent].mean(), abs=2)


def test_scenarios_use_measures_on_applications_for_wohngeld(edition: Edition, root: Path):
    content = (root / "data" / "raw" / "musterstadt" / MEASURE_REGISTER).read_bytes()
    read = read_delimited(content, name=MEASURE_REGISTER, encoding="utf-8", delimiter=";")
    measures = clean_measures(read, file=MEASURE_REGISTER).tables["measures"]
    own = set(measures.loc[measures["caseload"] == "wohngeld", "measure_id"])
    named = {name for scenario in edition.scenario for name in scenario.measures}
    assert named
    assert named <= own
    subjects = {item.subject for item in edition.assume}
    assert {name for scenario in edition.scenario for name in scenario.easings} <= subjects
    assert any(not (each.fill_posts or each.easings or each.measures) for each in edition.scenario)
