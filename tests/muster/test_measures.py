"""The measures of the made-up city: clean, tied to its registers, and of use for the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from analysis.cleaning.measures import clean_measures, list_quantities
from analysis.cleaning.services import clean_services
from analysis.fields import GATED
from analysis.models.relief import Setting, simulate_relief
from analysis.models.roadmap import even_limits, list_without_extra, make_roadmap
from analysis.muster.measures import draft_measures
from analysis.muster.plans import DIGITAL_REGISTER, EQUIPMENT_REGISTER, MEASURE_REGISTER
from analysis.muster.simulation import simulate_city
from analysis.readers.result import Read
from analysis.sources import RawFile

Reader = Callable[[RawFile], Read]
SETTING = Setting(seed=1, draws=400)


@pytest.fixture(scope="module")
def tables(clean_files: dict[str, RawFile], read_file: Reader) -> dict[str, pd.DataFrame]:
    cleaned = clean_measures(read_file(clean_files[MEASURE_REGISTER]), file=MEASURE_REGISTER)
    assert cleaned.findings.empty
    return cleaned.tables


@pytest.fixture(scope="module")
def services(clean_files: dict[str, RawFile], read_file: Reader) -> pd.DataFrame:
    read = read_file(clean_files[DIGITAL_REGISTER])
    return clean_services(read, file=DIGITAL_REGISTER).tables["services"].set_index("service_id")


def test_nothing_in_it_is_drawn():
    """The streams of chance of the other files stay the same, whatever is added here."""
    city = simulate_city(7, 1500)
    first, again = (draft_measures(city) for _ in range(2))
    assert [row for _, row in first.list_rows()] == [row for _, row in again.list_rows()]


def test_all_is_marked_and_nothing_rests_on_published_figures(tables: dict[str, pd.DataFrame]):
    for rows in tables.values():
        assert rows["evidence"].str.startswith("Musterdaten: ").all()
        assert rows["document"].isin(["", "MV 0003"]).all()
        # No document of a real city: the file itself is the source.
        assert set(rows["source_id"]) == {MEASURE_REGISTER}
    assert (tables["assumptions"]["fact_ids"] == "").all()
    assert set(tables["assumptions"]["basis"]) == {"belegt", "Annahme"}


def test_measures_of_all_horizons_some_of_them_free(tables: dict[str, pd.DataFrame]):
    measures = tables["measures"]
    assert set(measures["horizon"]) == {"kurz", "mittel", "lang"}
    assert len(list_without_extra(measures)) >= 3
    assert (measures["prerequisites"] != "").sum() >= 2
    assert {"ja", "nein", "nicht zutreffend"} == set(measures["end_to_end"])


def test_services_and_their_state_are_those_of_the_register(
    tables: dict[str, pd.DataFrame], services: pd.DataFrame
):
    for measure in tables["measures"].to_dict("records"):
        names = measure["services"].split()
        states = set(services.loc[names, "end_to_end"])
        if measure["end_to_end"] in GATED:
            assert (measure["end_to_end"] == "ja") == ("ja" in states)
            assert (measure["end_to_end"] == "ja") == (measure["end_to_end_by"] == "")
        assert measure["area"] in set(services.loc[names, "area"])


def test_every_measure_has_the_assumptions_that_it_needs_and_no_other(
    tables: dict[str, pd.DataFrame],
):
    measures, assumptions = tables["measures"], tables["assumptions"]
    of_measures = assumptions.loc[assumptions["subject_kind"] == "Annahme"]
    found = of_measures.groupby("subject")["quantity"].agg(set)
    for _, measure in measures.iterrows():
        assert found[measure["measure_id"]] == set(list_quantities(measure))
    caseloads = assumptions.loc[assumptions["subject_kind"] == "Fallgruppe", "subject"]
    assert set(caseloads) == set(measures["caseload"]) - {""}


def test_money_is_needed_where_the_register_of_measures_says_so(tables: dict[str, pd.DataFrame]):
    costs = tables["assumptions"].loc[tables["assumptions"]["quantity"] == "cost_once"]
    paid = set(costs.loc[costs["maximum"] > 0, "subject"])
    needing = tables["measures"].loc[tables["measures"]["needs_money"] == "ja", "measure_id"]
    assert paid == set(needing)


def test_devices_are_those_of_the_register_of_equipment(
    tables: dict[str, pd.DataFrame], clean_files: dict[str, RawFile], read_file: Reader
):
    equipment = read_file(clean_files[EQUIPMENT_REGISTER]).rows.set_index("item_id")["value"]
    assumptions = tables["assumptions"].set_index("assumption_id")
    share = assumptions.loc["mobile_geraete/share", "mode"]
    assert share == 100 - float(equipment["notebookquote"])
    # 860 − 742 = 118 devices for 900, 1 200 or 1 600 EUR.
    once = assumptions.loc["mobile_geraete/cost_once", ["minimum", "mode", "maximum"]]
    missing = float(equipment["notebooks_ziel"]) - float(equipment["notebooks_bestand"])
    assert once.tolist() == [missing * 900, missing * 1200, missing * 1600]
    assert missing == 118


def test_end_to_end_makes_a_difference_where_it_is_not_reached(tables: dict[str, pd.DataFrame]):
    measures, assumptions = tables["measures"], tables["assumptions"]
    without, with_ = (
        simulate_relief(measures, assumptions, replace(SETTING, end_to_end=state)).outcomes
        for state in ("keine", "alle")
    )
    for name in ("grundsicherung_online", "unterhaltsvorschuss_online"):
        # Without it the introduction does not pay: minutes near zero, hundreds of hours of effort.
        assert without[name].mean() < 0 < with_[name].mean()


def test_the_plan_keeps_the_order_of_the_measures(tables: dict[str, pd.DataFrame]):
    measures, assumptions = tables["measures"], tables["assumptions"]
    limits = even_limits(budget=1e7, it_days=1e5, half_years=10)
    plan = make_roadmap(measures, assumptions, limits).plan.set_index("measure_id")
    for name, first in (
        ("inputmanagement", "eakte_soziale_sicherung"),
        ("ende_zu_ende_anbindung", "prozessanalyse"),
    ):
        assert plan.loc[name, "start_month"] >= plan.loc[first, "effective_month"]
    # Where money is no limit, most measures pay within five years.
    assert len(plan) > len(measures) * 0.7
