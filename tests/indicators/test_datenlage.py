"""State of the data: counts that add up, and what is asked of the offices."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.editions import DataRequest
from analysis.fields import CHECKS, OBSERVATION_TABLES
from analysis.indicators import datenlage

STICHTAG = pd.Timestamp("2025-12-31")


class TestExactness:
    def test_muenchen_adds_up(self, muenchen):
        counted = datenlage.count_exactness(muenchen.observations)
        by_table = muenchen.observations["table"].map(datenlage.TABLE_LABELS).value_counts()
        # published figures are all released, so that kind does not occur
        kinds = set(datenlage.EXACTNESS) - {datenlage.NOT_RELEASED}
        assert len(counted) == len(OBSERVATION_TABLES) * len(kinds)
        assert counted.groupby("category")["count"].sum().to_dict() == by_table.to_dict()
        assert (counted["origins"].map(len) == counted["count"]).all()
        keys = [key for keys in counted["origins"] for key in keys]
        assert sorted(keys) == sorted(muenchen.observations["origin"])

    def test_over_all_tables(self, muenchen):
        counted = datenlage.count_exactness(muenchen.observations)
        summed = datenlage.sum_exactness(counted)
        assert summed["count"].sum() == len(muenchen.observations)
        assert (summed["count"] > 0).all()
        assert (summed["origins"].map(len) == summed["count"]).all()

    @pytest.mark.parametrize(
        ("bounds", "kind"),
        [
            ({}, "genau"),
            ({"lower": 4, "upper": 6}, "gerundet oder Spanne"),
            ({"upper": None}, "eine Grenze offen"),
            ({"lower": None}, "eine Grenze offen"),
            ({"lower": None, "upper": None}, "beide Grenzen offen"),
        ],
    )
    def test_each_kind(self, make_rows, bounds, kind):
        rows = make_rows("case_counts", {"value": 5} | bounds).assign(table="case_counts")
        counted = datenlage.count_exactness(rows)
        assert counted.loc[counted["count"] == 1, ["category", "exactness"]].values.tolist() == [
            ["Fallzahlen", kind]
        ]


class TestSources:
    @pytest.fixture
    def counted(self, make_rows):
        sources = make_rows(
            "sources",
            *(
                {"source_id": key, "kind": kind, "published_end": end, "figures": 1}
                for key, kind, end in (
                    ("Q1", "Presse", "2019-12-31"),
                    ("Q2", "Presse", "2015-03-31"),
                    ("Q3", "Presse", "2023-03-31"),
                    ("Q4", "Anbieter", None),
                    ("Q5", "Anbieter", "2024-01-31"),
                    ("Q6", "Gewerkschaft", "2024-01-31"),
                )
            ),
        )
        used = make_rows(
            "case_counts", *({"value": 1, "source_id": f"Q{number}"} for number in range(1, 6))
        )
        return datenlage.count_sources(sources, used)

    def test_by_kind_and_year(self, counted):
        assert counted.values.tolist() == [
            ["Presse", "2023", 1],
            ["Presse", "bis 2019", 2],
            ["Anbieter", "2024", 1],
            ["Anbieter", "undatiert", 1],
        ]

    def test_years_in_order_of_time(self, counted):
        assert datenlage.order_years(counted) == ["bis 2019", "2023", "2024", "undatiert"]

    def test_sums_by_kind(self, counted):
        assert datenlage.sum_sources(counted).values.tolist() == [
            ["Presse", 3, 5],
            ["Anbieter", 2, 5],
        ]

    def test_muenchen_counts_each_used_source_once(self, muenchen):
        counted = datenlage.count_sources(muenchen.sources, muenchen.observations)
        used = muenchen.observations["source_id"].nunique()
        assert counted["count"].sum() == used


class TestRequests:
    request = DataRequest(
        title="Bestand",
        measures=("open", "received"),
        service="wohngeld",
        needed="Monatstabelle",
        from_whom="Amt",
        why="Darum.",
    )

    def _assess(self, rows):
        return datenlage.list_requests([self.request], rows, place="München", stichtag=STICHTAG)

    def test_what_is_known_and_what_of_it_is_recent(self, make_rows):
        row = self._assess(
            make_rows(
                "case_counts",
                {"value": 1, "period": ("2023-02-28",) * 2},
                {"value": 1, "period": ("2023-12-30",) * 2},
                {"value": 1, "period": ("2023-12-31",) * 2},
                {"value": 1, "period": ("2025-01-31",) * 2, "measure": "received"},
                {"value": 1, "period": (None, None), "certainty": "undated"},
                # not asked for
                {"value": 1, "period": ("2025-01-31",) * 2, "measure": "decided"},
                {"value": 1, "period": ("2025-01-31",) * 2, "place": "Hamburg"},
                {"value": 1, "period": ("2025-01-31",) * 2, "service": "sozialwohnung"},
                {"value": 1, "period": ("2025-01-31",) * 2, "kind": "prognose"},
            )
        ).iloc[0]
        assert (row["known"], row["recent"]) == (5, 2)
        assert row["latest"] == pd.Timestamp("2025-01-31")
        assert row["origins"] == tuple(f"probe.tsv#{number}" for number in range(2, 7))
        assert row[["title", "needed", "from_whom", "why"]].tolist() == [
            "Bestand",
            "Monatstabelle",
            "Amt",
            "Darum.",
        ]

    def test_nothing_known(self, make_rows):
        row = self._assess(make_rows("case_counts", {"value": 1, "measure": "decided"})).iloc[0]
        assert (row["known"], row["recent"], row["origins"]) == (0, 0, ())
        assert pd.isna(row["latest"])

    def test_those_of_muenchen(self, muenchen):
        rows = datenlage.list_requests(
            muenchen.edition.requests,
            muenchen.observations,
            place="München",
            stichtag=muenchen.stichtag,
        )
        assert len(rows) == len(muenchen.edition.requests)
        assert (rows["origins"].map(len) == rows["known"]).all()
        assert (rows["recent"] <= rows["known"]).all()


def test_contradictions_name_both_rows(muenchen):
    rows = datenlage.list_contradictions(muenchen.contradictions)
    assert all(
        keys == (row["first_origin"], row["second_origin"])
        for keys, (_, row) in zip(rows["origins"], rows.iterrows(), strict=True)
    )
    assert len(datenlage.list_contradictions(muenchen.contradictions.head(0))) == 0


def test_notes_on_documents_are_listed_once(muenchen):
    notes = datenlage.list_document_notes(muenchen.motions)["document_note"]
    assert notes.is_unique
    assert set(notes) == set(muenchen.motions["document_note"]) - {""}


class TestFindings:
    FINDINGS = pd.DataFrame(
        {
            "finding_id": ["B1", "B2", "B3"],
            "check": ["luecke", "luecke", "bestand"],
            "severity": ["warnung", "warnung", "fehler"],
            "file": ["a.csv", "a.csv", "b.xlsx"],
            "row": [0, 0, 12],
            "message": ["m"] * 3,
            "rejected": ["nein", "nein", "ja"],
            "accepted": ["", "", "Umstellung des Verfahrens"],
        }
    )

    def test_counts_by_check(self):
        found = datenlage.count_findings(self.FINDINGS)
        assert found[["label", "severity", "count", "rows"]].to_numpy().tolist() == [
            ["Monat fehlt in der Reihe", "warnung", 2, 0],
            ["Bestand passt nicht zu Eingang und Erledigung", "fehler", 1, 1],
        ]

    def test_accepted_ones_with_their_place(self):
        found = datenlage.list_accepted(self.FINDINGS)
        assert found["place"].tolist() == ["b.xlsx, Zeile 12"]
        whole = datenlage.list_accepted(self.FINDINGS.assign(accepted="Grund"))
        assert whole["place"].tolist() == ["a.csv", "a.csv", "b.xlsx, Zeile 12"]

    def test_every_check_has_a_german_name(self):
        assert set(datenlage.CHECK_LABELS) == set(CHECKS)

    def test_omitted_blocks_by_reason(self):
        found = datenlage.list_omitted({"a": "x", "b": "y", "c": "x"})
        assert found.to_numpy().tolist() == [["x", "a, c"], ["y", "b"]]
        assert datenlage.list_omitted({}).empty


def test_figures_that_are_not_released_are_a_kind_of_their_own(make_rows):
    rows = make_rows("case_counts", {"value": 5}, {"value": None}).assign(table="case_counts")
    counted = datenlage.count_exactness(rows)
    own = counted.loc[counted["category"] == "Fallzahlen"].set_index("exactness")["count"]
    assert own["genau"] == 1
    assert own["nicht veröffentlicht"] == 1
    assert own["beide Grenzen offen"] == 0
