"""The caseloads against the formulas of the simulation, worked out by hand, and its files."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.muster.arrivals import expect_yearly
from analysis.muster.caseloads import Caseload, list_caseloads, share_on_paper, share_online
from analysis.muster.city import SERVICES, WOHNGELD, Service
from analysis.muster.plans import CASES, COUNTS, STAFF
from analysis.muster.simulation import City, simulate_city
from analysis.readers.values import parse_dates, parse_numbers

Rows = Callable[[str], pd.DataFrame]
_NAMES = {"Bildungspaket": "bildung_teilhabe"}
_SEED, _CASES = 3, 6000  # as in conftest.py


@pytest.fixture(scope="module")
def city() -> City:
    return simulate_city(_SEED, _CASES)


@pytest.fixture(scope="module")
def caseloads(city: City) -> dict[str, Caseload]:
    return {item.caseload: item for item in list_caseloads(city)}


def _find(service_id: str) -> Service:
    return next(service for service in SERVICES if service.service_id == service_id)


def test_expected_applications_make_up_the_cases_asked_for():
    assert expect_yearly(WOHNGELD, 12_345).sum() == pytest.approx(12_345)


def test_expected_applications_of_a_year_by_hand():
    # 2021, no reform yet: 260 a month × Σ season × 1.015 ^ (month ÷ 12).
    seasons = (1.05, 1.0, 1.03, 0.99, 0.98, 0.98, 0.99, 0.95, 1.0, 1.02, 1.02, 0.99)
    by_hand = sum(260 * season * 1.015 ** (month / 12) for month, season in enumerate(seasons))
    years = expect_yearly(_find("unterhaltsvorschuss"), 1)
    assert years[0] == pytest.approx(by_hand)
    # 12 % of a reform of 1.5 + 0.7 × exp(−m ÷ 4), on average of 2023 about 1.7: + 8 to 9 %.
    assert years[2] / years[1] == pytest.approx(1.015 * 1.09, abs=0.02)


def test_cases_are_those_that_came_in(caseloads: dict[str, Caseload], rows_of: Rows):
    """The likeliest number is the expected one of the last year: Poisson, five deviations."""
    rows = rows_of(COUNTS)
    day = parse_dates(rows["Monat"])["value"]
    received = parse_numbers(rows["Anträge / eingegangen"])["value"]
    last = day >= pd.Timestamp("2025-01-01")
    counted = received[last].groupby(rows.loc[last, "Leistung"].to_numpy()).sum()
    begins = parse_dates(rows_of(CASES)["Antragseingang"])["value"]
    counted["Wohngeld"] = float((begins >= pd.Timestamp("2025-01-01")).sum())
    assert len(counted) == len(SERVICES)
    for service in SERVICES:
        expected = caseloads[service.service_id].cases
        assert expected.mode is not None
        assert expected.minimum <= expected.mode <= expected.maximum
        real = counted[service.names[-1].text]
        # Rounding to tens moves the number by 5 at most.
        assert abs(real - expected.mode) < 5 * math.sqrt(real) + 5


def test_least_is_a_year_since_the_reform_and_most_allows_for_growth():
    caseloads = {item.caseload: item for item in list_caseloads(simulate_city(1, 20_000))}
    for service in SERVICES:
        years = expect_yearly(service, 20_000)[2:]
        cases = caseloads[service.service_id].cases
        assert cases.minimum == pytest.approx(years.min(), abs=5)
        assert cases.maximum == pytest.approx(max(years.max(), years[-1] * 1.015**5), abs=5)
    # Wohngeld: the first year of the reform is the strongest; the others grow beyond it.
    wohngeld, other = expect_yearly(WOHNGELD, 20_000), expect_yearly(_find("grundsicherung"), 1)
    assert wohngeld[2] > wohngeld[4] * 1.015**5
    assert other[2] < other[4] * 1.015**5


def test_handling_time_by_hand(caseloads: dict[str, Caseload]):
    # Online share in the last month: 0.58 ÷ (1 + e^(−0.14 × (59 − 26))) = 0.5743.
    # 240 × 1.12 × (1 − 0.12 × 0.5743) = 250.27; ± 10 % = 225.2 and 275.3.
    assert caseloads["wohngeld"].minutes[:3] == (225, 250, 275)
    # 0.35 ÷ (1 + e^(−0.14 × 29)) = 0.3441; 170 × (1 − 0.12 × 0.3441) = 162.98.
    assert caseloads["unterhaltsvorschuss"].minutes[:3] == (147, 163, 179)


def test_shares_by_hand():
    assert share_online(WOHNGELD)[:3] == (52, 57, 62)
    assert share_on_paper(WOHNGELD)[:3] == (38, 43, 48)
    # 0.9 ÷ (1 + e^(−0.14 × 55)) = 0.8996: 10 % on paper.
    assert share_on_paper(_find("sozialwohnung"))[:3] == (5, 10, 15)


def test_post_comes_from_those_who_do_not_apply_online(caseloads: dict[str, Caseload], city: City):
    last = city.channels.loc[city.channels["month"] == 59]
    by_service = last.assign(paper=last["applications"].where(last["channel"] != "online", 0))
    share = by_service.groupby("service")[["paper", "applications"]].sum()
    yearly = pd.Series({each.service_id: expect_yearly(each, _CASES)[-1] for each in SERVICES})
    by_hand = float((share["paper"] / share["applications"] * yearly).sum())
    # One, two or four pieces for each; the shares of one month are drawn.
    points = caseloads["posteingang"].cases
    assert points.mode is not None
    assert points.minimum == pytest.approx(by_hand, rel=0.05)
    assert points.mode == pytest.approx(2 * points.minimum, abs=15)
    assert points.maximum == pytest.approx(4 * points.minimum, abs=25)


def test_persons_are_rounded_to_tens(caseloads: dict[str, Caseload], rows_of: Rows):
    rows = rows_of(STAFF)
    heads = parse_numbers(rows["Beschäftigte (Personen) / insgesamt"])["value"]
    month = parse_dates(rows["Monat"])["value"]
    outreach = rows["Dienststelle"].str.startswith("SBH") & (rows["Entgeltgruppe"] == "S 14")
    everybody = pd.Series(True, index=rows.index)
    for name, own in (("beschaeftigte", everybody), ("bezirkssozialarbeit", outreach)):
        in_last_year = own & (month >= pd.Timestamp("2025-01-01"))
        by_month = heads[in_last_year].groupby(month[in_last_year]).sum().to_numpy()
        assert len(by_month) == 12
        found = np.array(caseloads[name].cases[:3], dtype="float64")
        exact = np.array([by_month.min(), by_month[-1], by_month.max()])
        assert (found % 10 == 0).all()
        assert (np.abs(found - exact) <= 5).all()
