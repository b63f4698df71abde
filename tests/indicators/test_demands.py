"""Demands of motions against the data: each indicator has a figure or a reason, and its origins."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from analysis.indicators import adoption, adoption_curves, demands, months
from analysis.indicators.demands import INDICATORS, Facts


def make_facts(edition, **more):
    city = edition.edition.city
    received = months.list_months(edition.case_counts, ("received",), place=city)
    channels = adoption.list_adoption_months(
        edition.service_adoption, edition.case_counts, place=city
    )
    counted = adoption_curves.count_online(channels, received)
    values = {
        "case_counts": edition.case_counts,
        "staffing": edition.staffing,
        "services": edition.services,
        "equipment": edition.equipment,
        "sources": edition.sources,
        "contradictions": edition.contradictions,
        "quota": adoption_curves.measure_online_quota(counted, received),
        "place": city,
        "scope": "Sozialreferat",
        "window": 2,
    }
    return Facts(**{**values, **more})


@pytest.fixture(scope="module")
def facts(muenchen):
    return make_facts(muenchen)


@pytest.fixture(scope="module")
def listed(muenchen, facts):
    return demands.list_demands(muenchen.motions, facts)


@pytest.fixture
def nothing(muenchen):
    tables = ("case_counts", "staffing", "services", "equipment", "contradictions")
    facts = make_facts(muenchen)
    empty = {name: getattr(facts, name).head(0) for name in tables}
    return Facts(**{**vars(facts), **empty})


class TestRegistry:
    def test_knows_every_indicator_of_the_coding_rules(self, root):
        text = (root / "docs" / "coding-rules.md").read_text("utf-8")
        line = next(row for row in text.splitlines() if row.startswith("Indicator ids:"))
        names = {name.strip(" .") for name in line.removeprefix("Indicator ids:").split(",")}
        assert set(INDICATORS) == names

    @pytest.mark.parametrize("name", INDICATORS)
    def test_each_gives_traced_figures_or_a_reason(self, muenchen, facts, name):
        rows = demands.answer_indicator(name, facts)
        known = set(muenchen.services["origin"]) | set(muenchen.observations["origin"])
        known |= set(muenchen.equipment["origin"])
        assert len(rows)
        for _, row in rows.iterrows():
            if row[["value", "lower", "upper"]].notna().any():
                assert row["origins"]
                assert set(row["origins"]) <= known
                assert row["measure"]
                assert muenchen.number(row).text
            else:
                assert row["note"].startswith("nicht beurteilbar: ")

    @pytest.mark.parametrize("name", INDICATORS)
    def test_without_data_each_says_why(self, nothing, name):
        rows = demands.answer_indicator(name, nothing)
        assert len(rows) == 1
        assert rows[["value", "lower", "upper"]].isna().all().all()
        assert rows["note"].item().startswith("nicht beurteilbar: ")
        assert len(rows["note"].item()) > len("nicht beurteilbar: ")

    def test_an_unknown_indicator_is_not_passed_over(self, facts):
        row = demands.answer_indicator("neue_kennzahl", facts).iloc[0]
        assert row["indicator"] == "Neue kennzahl"
        assert row["note"] == "nicht beurteilbar: keine Berechnung festgelegt"


class TestFigures:
    def only(self, facts, name):
        return demands.answer_indicator(name, facts).set_index("indicator")

    def test_shares_have_both_bounds_and_no_middle(self, facts):
        # 3 of 37 documented as end to end, 32 unknown
        row = self.only(facts, "ende_zu_ende").loc["Ende-zu-Ende-Quote"]
        assert pd.isna(row["value"])
        assert row[["lower", "upper"]].tolist() == pytest.approx([300 / 37, 3500 / 37])

    def test_figures_of_the_case_counts(self, facts):
        assert self.only(facts, "offene_antraege")["value"].tolist() == [18000]
        backlog = self.only(facts, "rueckstandsreichweite").iloc[0]
        assert backlog["value"] == pytest.approx(11676 / 1091)
        assert (backlog["measure_unit"], backlog["period"]) == ("Monate", "28.02.2023")
        clearance = self.only(facts, "erledigungsquote").iloc[0]
        assert clearance["value"] == pytest.approx(100 * 2182 / 4822)
        assert self.only(facts, "antraege")["rule"].tolist() == ["more_than"]

    def test_durations_of_each_kind_of_source(self, facts):
        notes = demands.answer_indicator("bearbeitungszeit", facts)["note"].tolist()
        assert len(notes) == len(set(notes)) > 1

    def test_figures_of_the_whole_city_say_so(self, facts):
        rows = self.only(facts, "krankenquote")
        assert rows["note"].tolist() == ["nur für die gesamte Stadtverwaltung bekannt"]

    def test_counts_of_the_register(self, facts, root):
        with (root / "data/raw/muenchen/services.csv").open(encoding="utf-8", newline="") as stream:
            register = list(csv.DictReader(stream, delimiter=";"))
        single = [row for row in register if not row["service_id"].endswith("_gesamt")]
        learning = [row for row in single if row["kind"] == "Lernangebot"]
        used = [row for row in learning if row["status"] in {"produktiv", "Ausbau"}]
        found = self.only(facts, "lernangebote")["value"]
        assert found["Lernangebote: genannt"] == len(learning)
        assert found["Lernangebote: in Betrieb"] == len(used)

    def test_a_count_is_shown_without_decimal_places(self, muenchen, facts):
        row = demands.answer_indicator("lernangebote", facts).iloc[0]
        assert "," not in muenchen.number(row, digits=1).text

    def test_none_in_use_is_a_figure(self, facts):
        used = self.only(facts, "efa_kandidaten").loc["EfA-Dienste: in Betrieb"]
        assert used["value"] == 0


class TestDemands:
    def test_each_demand_of_the_register_with_its_state(self, listed, root):
        path = root / "data/raw/muenchen/motions.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            register = list(csv.DictReader(stream, delimiter=";"))
        assert list(dict.fromkeys(listed["demand_id"])) == [row["demand_id"] for row in register]
        states = {row["demand_id"]: row["state"] for row in register}
        assert (listed["state"] == listed["demand_id"].map(states)).all()

    def test_the_demand_is_written_once(self, listed):
        first = ~listed.duplicated("demand_id")
        assert (listed.loc[~first, "demand"] == "wie oben").all()
        assert (listed.loc[first, "demand"].str.len() > 10).all()

    def test_each_row_leads_to_the_demand_and_to_its_figures(self, listed, muenchen):
        origins = muenchen.motions.set_index("demand_id")["origin"]
        for _, row in listed.iterrows():
            assert row["origins"][0] == origins[row["demand_id"]]
            assert (len(row["origins"]) > 1) == row["known"]

    def test_how_many_are_assessed(self, listed):
        known, whole = demands.count_assessed(listed)
        assert whole == listed["demand_id"].nunique()
        assert known == listed.loc[listed["known"], "demand_id"].nunique()

    def test_titles(self):
        rows = pd.DataFrame({"demand_id": ["a", "a", "b"], "known": [False, True, False]})
        assert demands.head_demands(rows) == ("Eine Forderung von 2 ohne jede Angabe in den Daten")
        assert demands.head_demands(rows.head(2)) == (
            "Zu jeder Forderung gibt es mindestens eine Angabe"
        )

    def test_no_motions(self, muenchen, facts):
        assert demands.list_demands(muenchen.motions.head(0), facts).empty
