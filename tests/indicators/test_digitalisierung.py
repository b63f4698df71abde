"""Digitalisation: counts against the register itself, shares with the unknown both ways."""

from __future__ import annotations

import csv
import math
from collections import Counter

import pandas as pd
import pytest

from analysis.indicators import digitalisierung as digital


@pytest.fixture
def register(make_rows):
    base = {
        "area": "Wohnen",
        "kind": "Online-Dienst",
        "status": "produktiv",
        "end_to_end": "unbekannt",
        "efile": "unbekannt",
        "efa": "unbekannt",
        "personal_contact": "unbekannt",
        "as_of": "2025-07-23",
    }
    return lambda *rows: make_rows(
        "services",
        *(
            {**base, "service_id": f"s{number}", "name": f"S{number}", **row}
            for number, row in enumerate(rows)
        ),
    )


@pytest.fixture(scope="module")
def raw_services(root):
    path = root / "data" / "raw" / "muenchen" / "services.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    return [row for row in rows if not row["service_id"].endswith("_gesamt")]


@pytest.fixture(scope="module")
def own_services(raw_services):
    return [row for row in raw_services if row["area"] != "Stadt übergreifend"]


class TestMeasureShare:
    def test_by_hand(self, register):
        # ten services: 3 yes, 1 partly, 2 no, 4 unknown; and one each that does not count
        rows = register(
            *[{"end_to_end": "ja"}] * 3,
            {"end_to_end": "teilweise"},
            *[{"end_to_end": "nein"}] * 2,
            *[{"end_to_end": "unbekannt"}] * 4,
            {"end_to_end": "nicht zutreffend"},
            {"end_to_end": "ja", "personal_contact": "ja"},
            {"end_to_end": "ja", "area": "Stadt übergreifend"},
            {"end_to_end": "ja", "service_id": "alle_gesamt"},
        )
        share = digital.measure_share(rows, "end_to_end").iloc[0]
        assert (share["fulfilled"], share["unknown"], share["known"], share["applicable"]) == (
            3,
            4,
            6,
            10,
        )
        assert share["value"] == 50  # 3 of 6 known
        assert share["lower"] == 30  # all unknown are no: 3 of 10
        assert share["upper"] == 70  # all unknown are yes: 7 of 10
        assert len(share["origins"]) == 10

    def test_nothing_known_is_anything_between_none_and_all(self, register):
        share = digital.measure_share(register({}, {}), "efile").iloc[0]
        assert math.isnan(share["value"])
        assert (share["lower"], share["upper"]) == (0, 100)

    def test_it_applies_nowhere(self, register):
        share = digital.measure_share(register({"efa": "nicht zutreffend"}), "efa").iloc[0]
        assert share[["value", "lower", "upper"]].isna().all()
        assert share["applicable"] == 0

    def test_everything_known_leaves_no_range(self, register):
        rows = register({"efile": "ja"}, {"efile": "nein"}, {"efile": "teilweise"})
        share = digital.measure_share(rows, "efile").iloc[0]
        assert share["value"] == share["lower"] == share["upper"] == pytest.approx(100 / 3)

    @pytest.mark.parametrize("dimension", digital.GAP_DIMENSIONS)
    def test_muenchen_counted_in_the_raw_file(self, muenchen, own_services, dimension):
        answers = Counter(row[dimension] for row in own_services if row["personal_contact"] != "ja")
        total = sum(answers.values()) - answers["nicht zutreffend"]
        share = digital.measure_share(muenchen.services, dimension).iloc[0]
        assert (share["fulfilled"], share["unknown"]) == (answers["ja"], answers["unbekannt"])
        assert share["applicable"] == total > 30
        assert share["lower"] == pytest.approx(100 * answers["ja"] / total)
        assert share["upper"] == pytest.approx(100 * (answers["ja"] + answers["unbekannt"]) / total)
        assert share["value"] == pytest.approx(100 * answers["ja"] / (total - answers["unbekannt"]))
        assert share["lower"] <= share["value"] <= share["upper"]

    def test_end_to_end_in_muenchen(self, muenchen):
        # three services are documented as end to end, two as partly so
        share = digital.measure_share(muenchen.services, "end_to_end").iloc[0]
        assert (share["fulfilled"], share["known"]) == (3, 5)
        names = muenchen.services.set_index("origin")
        fulfilled = {
            names.loc[key, "service_id"]
            for key in share["origins"]
            if names.loc[key, "end_to_end"] == "ja"
        }
        assert {"sowon", "bezweck", "wohngeld_online"} == fulfilled


class TestCounts:
    @pytest.mark.parametrize("by", ["area", "kind"])
    def test_totals_equal_the_register(self, muenchen, raw_services, by):
        counted = digital.count_services(muenchen.services, by=by)
        assert counted["count"].sum() == len(raw_services)
        expected = Counter((row[by], row["status"]) for row in raw_services)
        found = {(row[by], row["status"]): row["count"] for _, row in counted.iterrows()}
        assert found == dict(expected)

    def test_each_service_is_an_origin_once(self, muenchen):
        counted = digital.count_services(muenchen.services, by="area")
        keys = [key for keys in counted["origins"] for key in keys]
        assert len(keys) == len(set(keys)) == counted["count"].sum()
        assert (counted["origins"].map(len) == counted["count"]).all()

    def test_largest_group_first_and_states_in_their_order(self, register):
        rows = register(
            {"area": "Klein"},
            {"area": "Groß", "status": "geplant"},
            {"area": "Groß"},
        )
        counted = digital.count_services(rows, by="area")
        assert counted[["area", "status"]].values.tolist() == [
            ["Groß", "produktiv"],
            ["Groß", "geplant"],
            ["Klein", "produktiv"],
        ]

    def test_sums_keep_all_origins(self, muenchen):
        counted = digital.count_services(muenchen.services, by="area")
        summed = digital.sum_counts(counted, by="status")
        assert summed["count"].sum() == counted["count"].sum()
        assert (summed["origins"].map(len) == summed["count"]).all()
        assert summed["count"].is_monotonic_decreasing

    def test_answers_in_muenchen(self, muenchen, own_services):
        counted = digital.count_answers(muenchen.services)
        for column, label in digital.DIMENSIONS.items():
            part = counted.loc[counted["dimension"] == label]
            expected = Counter(
                digital.PERSONAL if row["personal_contact"] == "ja" else row[column]
                for row in own_services
                if row[column] != "nicht zutreffend"
            )
            assert dict(zip(part["answer"], part["count"], strict=True)) == dict(expected)
            assert set(part["applicable"]) == {expected.total()}
            order = [digital.ANSWER_ORDER.index(answer) for answer in part["answer"]]
            assert order == sorted(order)


class TestCandidates:
    def test_all_thirteen_of_muenchen(self, muenchen):
        rows = digital.list_candidates(muenchen.services)
        assert len(rows) == 13
        assert rows[["area", "name"]].apply(tuple, axis=1).is_monotonic_increasing
        assert digital.count_candidates(muenchen.services)["count"].sum() == 13

    def test_rows_that_stand_for_several_are_left_out(self, register):
        rows = register(
            {"kind": "EfA-Dienst"}, {"kind": "EfA-Dienst", "service_id": "efa_gesamt"}, {}
        )
        assert len(digital.list_candidates(rows)) == 1


class TestGapMatrix:
    def test_personal_contact_is_no_gap(self, register):
        matrix = digital.build_gap_matrix(
            register({"personal_contact": "ja", "end_to_end": "nein", "kind": "Beratung"})
        )
        assert matrix.loc[0, list(digital.DIMENSIONS.values())].tolist() == [digital.PERSONAL] * 3

    def test_what_does_not_apply_stays_so(self, register):
        matrix = digital.build_gap_matrix(
            register({"personal_contact": "ja", "efa": "nicht zutreffend", "kind": "Beratung"})
        )
        assert matrix.loc[0, "Einer für Alle (EfA)"] == "nicht zutreffend"
        assert matrix.loc[0, "Ende-zu-Ende"] == digital.PERSONAL

    def test_what_has_no_dimensions_is_not_shown(self, register):
        matrix = digital.build_gap_matrix(
            register({}, {"kind": "Ausstattung"}, {"kind": "Lernangebot"}, {"kind": "E-Akte"})
        )
        assert matrix["name"].tolist() == ["S0"]

    def test_rows_without_any_answer_are_counted(self, register):
        matrix = digital.build_gap_matrix(
            register({}, {"efa": "nicht zutreffend"}, {"efile": "nein"}, {"personal_contact": "ja"})
        )
        blank = digital.count_blank(matrix)
        assert blank["value"] == blank["lower"] == blank["upper"] == 2
        assert len(blank["origins"]) == 2

    def test_muenchen(self, muenchen, own_services):
        matrix = digital.build_gap_matrix(muenchen.services)
        kinds = {
            "Online-Dienst",
            "Plattform",
            "Fachverfahren",
            "EfA-Dienst",
            "KI-Anwendung",
            "Automatisierung",
            "Beratung",
        }
        assert len(matrix) == sum(row["kind"] in kinds for row in own_services)
        assert "nicht zutreffend" not in set(matrix["Ende-zu-Ende"])


class TestOnlineServices:
    def test_each_counting_method_apart(self, muenchen):
        rows = digital.list_online_services(muenchen.service_adoption, place="München")
        series = rows.set_index("fact_id")["series"]
        assert series["F180"] == "Verfahren im BayernPortal"
        assert series["F183"] == "Online-Services, Zählung der Stadt"
        assert series["F187"] == "Online-Formulare"
        assert "F184" not in series.index  # one department only
        assert rows["period_end"].is_monotonic_increasing

    def test_an_unlabelled_method_is_shown_as_it_is(self, make_rows):
        rows = make_rows(
            "service_adoption",
            {
                "measure": "online_services",
                "method": "neu",
                "value": 5,
                "period": ("2025-01-01", "2025-01-31"),
            },
            {"measure": "online_services", "method": "neu", "value": 5, "period": (None, None)},
        )
        assert digital.list_online_services(rows, place="München")["series"].tolist() == ["neu"]

    @pytest.mark.parametrize(
        ("methods", "words"),
        [
            (["a", "b"], "kein Vergleich über die Jahre möglich"),
            (["a", "a", "b"], "in drei Angaben"),
        ],
    )
    def test_the_title_says_whether_years_compare(self, methods, words):
        assert words in digital.head_methods(pd.DataFrame({"method": methods}))

    def test_cities_are_compared_within_one_method(self, muenchen):
        rows = digital.compare_online_services(
            muenchen.service_adoption, method="bayernportal", own="München"
        )
        assert list(zip(rows["place"], rows["value"], rows["own"], strict=True)) == [
            ("Nürnberg", 241, False),
            ("Augsburg", 164, False),
            ("München", 152, True),
        ]

    def test_old_and_new_dashboard_are_not_mixed(self, muenchen):
        old, new = (
            digital.compare_online_services(
                muenchen.service_adoption, method=method, own="Bayern", level="Land"
            )
            for method in ("ozg_dashboard_2023", "ozg_dashboard_2025")
        )
        assert set(old["fact_id"]) & set(new["fact_id"]) == set()
        assert old.loc[old["own"], "value"].tolist() == [181]
        assert new.loc[new["own"], "value"].tolist() == [1264]

    def test_online_shares_highest_first(self, muenchen):
        rows = digital.compare_online_shares(muenchen.service_adoption, service="wohngeld")
        assert rows["fact_id"].tolist() == ["F221", "F216"]


def test_the_radar_adds_up_to_its_own_totals(muenchen):
    rows = digital.list_radar(muenchen.service_adoption, place="München")
    totals = rows.groupby("field")["value"].sum().to_dict()
    assert totals == {"Digital Government": 27, "Gemeinschaft und Teilhabe": 16}
    assert set(rows["state"]) == {"abgeschlossen", "in Umsetzung", "geplant", "eingestellt"}


def test_motions_of_muenchen(muenchen, root):
    rows = digital.summarise_motions(muenchen.motions)
    with (root / "data/raw/muenchen/motions.csv").open(encoding="utf-8", newline="") as stream:
        expected = Counter(row["motion"] for row in csv.DictReader(stream, delimiter=";"))
    assert len(rows) == 5
    assert dict(zip(rows["motion"], rows["demands"], strict=True)) == dict(expected)
    assert rows["motion_date"].is_monotonic_decreasing
    assert (rows["origins"].map(len) == rows["demands"]).all()
