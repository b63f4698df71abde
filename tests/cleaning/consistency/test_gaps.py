"""Missing months: said once, and not where a finding says why already."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.consistency import check_observations

GAP = [100, None, 101, 99]
FULL = [100, 102, 101, 99]


def test_one_measure(make_series, check):
    assert check(make_series(received=GAP, hired=FULL)) == [
        ("luecke", 0, "received", "", "ein Wert für Februar 2020")
    ]


def test_all_measures_of_a_unit_are_one_finding(make_series):
    rows = [
        make_series(unit="A", received=GAP, hired=GAP),
        make_series(unit="B", line=50, received=FULL, hired=FULL),
    ]
    found = check_observations({"case_counts": pd.concat(rows)}, pd.DataFrame())

    assert found["message"].tolist() == [
        "Zwischen anderen Monaten fehlen alle Werte (wohngeld, A): Februar 2020."
    ]
    assert found[["file", "row", "severity"]].to_numpy().tolist() == [["probe.csv", 0, "warnung"]]


def test_a_month_of_the_whole_file_is_one_finding(make_series):
    rows = [
        make_series(unit="A", received=GAP, hired=GAP),
        make_series(unit="B", line=50, received=GAP, hired=GAP),
        make_series(unit="A", line=2, file="andere.csv", forms_started=FULL),
    ]
    found = check_observations({"case_counts": pd.concat(rows)}, pd.DataFrame())

    assert found["message"].tolist() == [
        "In der Datei fehlt ein Monat zwischen anderen ganz: Februar 2020."
    ]
    assert found["file"].tolist() == ["probe.csv"]


def test_before_and_after_a_series_nothing_is_missing(make_series, check):
    late = make_series(unit="A", received=[None, None, 101, 99], hired=FULL)
    assert check(late) == []


def test_several_months_are_several_findings(make_series, check):
    found = check(make_series(received=[100, None, None, 99], hired=FULL))
    assert [expected for *_, expected in found] == [
        "ein Wert für Februar 2020",
        "ein Wert für März 2020",
    ]


def test_a_series_in_two_files_is_one_series(make_series, check):
    first = make_series(received=[100, 101], file="2020a.csv")
    second = make_series(received=[None, None, None, 99], file="2020b.csv")
    assert check(first, second) == [("luecke", 0, "received", "", "ein Wert für März 2020")]


def test_figures_counted_from_cases_miss_only_whole_months(make_series, check):
    def count(**series):
        rows = make_series(**series)
        key = rows["fact_id"].str.replace("#", "", regex=False)
        return rows.assign(origin="faelle.csv#0:" + key)

    no_case = count(received=FULL, decided=GAP)
    no_month = count(received=GAP, decided=GAP)
    assert check(no_case) == []
    assert check(no_month) == [("luecke", 0, "", "", "ein Wert für Februar 2020")]


@pytest.mark.parametrize(("row", "explained"), [(3, True), (4, False)])
def test_a_cell_that_was_left_out_is_no_further_gap(make_series, check, row, explained):
    told = pd.DataFrame(
        {
            "file": ["probe.csv"],
            "row": [row],
            "column": ["received"],
            "rejected": ["teilweise"],
        }
    )
    found = check(make_series(received=GAP, hired=FULL), findings=told)
    assert (found == []) is explained


@settings(max_examples=20)
@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_same_as_looking_at_each_month(make_series, check, known):
    known = [True, *known, True]
    rows = make_series(received=[100 if each else None for each in known], hired=[5] * len(known))

    found = check(rows)

    assert len(found) == known.count(False)
    assert {name for name, *_ in found} <= {"luecke"}
