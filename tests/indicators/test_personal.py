"""Staffing: indicators worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.indicators import personal

BSA = {"service": "bezirkssozialarbeit", "place": "München"}
DAY = ("2022-08-31", "2022-08-31")


@pytest.fixture
def staff(make_rows):
    return lambda *rows: make_rows("staffing", *rows)


@pytest.fixture
def items(make_rows):
    base = {
        "scope": "Sozialreferat",
        "kind": "Bestand",
        "measure_unit": "Geräte",
        "period": ("2021-06-01", "2021-06-30"),
    }
    return lambda *rows: make_rows(
        "equipment",
        *({"item_id": f"i{number}", **base, **row} for number, row in enumerate(rows)),
    )


def _posts(measure, value, **more):
    return {
        "measure": measure,
        "service": "bezirkssozialarbeit",
        "method": "stellen",
        "period": DAY,
        "value": value,
        **more,
    }


class TestComparePosts:
    def test_the_example_of_muenchen(self, muenchen):
        # 346 of 443 posts filled on 2022-08-31: 78.1 %, 97 vacant; the source itself says about 78
        rows = personal.compare_posts(muenchen.staffing, **BSA)
        assert len(rows) == 1
        row = rows.iloc[0]
        assert (row["planned"], row["filled"], row["gap"]) == (443, 346, 97)
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx([100 * 346 / 443] * 3)
        assert row["period_end"] == pd.Timestamp("2022-08-31")
        facts = muenchen.staffing.set_index("origin")["fact_id"]
        assert {facts[key] for key in row["origins"]} == {"F115", "F116"}
        said = muenchen.staffing.set_index("fact_id").loc["F117"]
        assert said["lower"] <= row["value"] <= said["upper"]

    def test_bounds_by_hand(self, staff):
        rows = personal.compare_posts(
            staff(_posts("posts_planned", 100, lower=95, upper=105), _posts("posts_filled", 84)),
            **BSA,
        )
        bounds = rows.loc[0, ["value", "lower", "upper"]].tolist()
        assert bounds == pytest.approx([84, 80, 8400 / 95])

    @pytest.mark.parametrize(
        "different",
        [{"method": "vzae"}, {"period": ("2022-09-30", "2022-09-30")}, {"place": "Hamburg"}],
    )
    def test_only_what_is_counted_alike_at_the_same_date(self, staff, different):
        rows = staff(_posts("posts_planned", 100), _posts("posts_filled", 80, **different))
        assert personal.compare_posts(rows, **BSA).empty

    def test_two_sources_for_one_date_give_two_rows(self, staff):
        rows = personal.compare_posts(
            staff(
                _posts("posts_planned", 100), _posts("posts_filled", 80), _posts("posts_filled", 75)
            ),
            **BSA,
        )
        assert sorted(rows["value"]) == [75, 80]
        assert rows["origins"].map(len).tolist() == [2, 2]

    def test_no_posts_planned_is_not_computable(self, staff):
        rows = personal.compare_posts(
            staff(_posts("posts_planned", 0), _posts("posts_filled", 0)), **BSA
        )
        assert rows["value"].isna().all()

    def test_more_filled_than_planned_is_a_negative_gap(self, staff):
        rows = personal.compare_posts(
            staff(_posts("posts_planned", 10), _posts("posts_filled", 12)), **BSA
        )
        assert rows["gap"].tolist() == [-2]


class TestDevices:
    def test_muenchen_by_hand(self, muenchen):
        rows = personal.measure_devices(muenchen.equipment, scope="Sozialreferat")
        found = {(row["category"], row["statement"]): row for _, row in rows.iterrows()}
        # about 2,100 phones (± 50) for about 4,200 employees (± 50)
        stock = found["mobile Telefone", "Bestand"]
        assert stock[["value", "lower", "upper"]].tolist() == pytest.approx(
            [50, 100 * 2050 / 4250, 100 * 2150 / 4150]
        )
        # about 2,550 phones: ends in 5, so ± 25
        goal = found["mobile Telefone", "Ziel"]
        assert goal[["value", "lower", "upper"]].tolist() == pytest.approx(
            [100 * 2550 / 4200, 100 * 2525 / 4250, 100 * 2575 / 4150]
        )
        # at least 2,800 notebooks: no upper bound
        notebooks = found["Notebooks", "Planungsstand"]
        assert notebooks["value"] == pytest.approx(100 * 2800 / 4200)
        assert notebooks["lower"] == pytest.approx(100 * 2800 / 4250)
        assert math.isnan(notebooks["upper"])
        assert len(found) == 3

    def test_each_figure_names_devices_and_employees_as_origins(self, muenchen):
        rows = personal.measure_devices(muenchen.equipment, scope="Sozialreferat")
        employees = muenchen.equipment.loc[
            muenchen.equipment["category"] == "Beschäftigte", "origin"
        ].item()
        assert all(employees in keys and len(keys) == 2 for keys in rows["origins"])

    @pytest.mark.parametrize(
        "other",
        [
            {"category": "Basisgerät"},
            {"scope": "Sozialbürgerhäuser"},
            {"kind": "Bedarf"},
            {"kind": "Zugang"},
            {"measure_unit": "Prozent"},
        ],
    )
    def test_what_is_not_compared(self, items, other):
        rows = items(
            {"category": "Beschäftigte", "value": 100, "measure_unit": "Personen"},
            {"category": "Notebook", "value": 50} | other,
        )
        assert personal.measure_devices(rows, scope="Sozialreferat").empty

    @pytest.mark.parametrize("only", ["Beschäftigte", "Notebook"])
    def test_without_employees_or_devices_there_is_nothing_but_the_columns(self, items, only):
        rows = personal.measure_devices(
            items({"category": only, "value": 1}), scope="Sozialreferat"
        )
        assert rows.empty
        assert {
            "value",
            "lower",
            "upper",
            "category",
            "statement",
            "devices",
            "measure",
            "period_start",
            "period_end",
            "origins",
        } == set(rows.columns)


def test_employees_over_time(muenchen):
    rows = personal.list_employees(muenchen.staffing, service="sozialreferat", place="München")
    assert rows["fact_id"].tolist() == ["F376", "F099", "F098"]
    assert rows["value"].tolist() == [4000, 4200, 4500]


def test_posts_and_persons_are_kept_apart(muenchen):
    rows = personal.list_staff_figures(muenchen.staffing, service="wohngeld", place="München")
    series = rows.set_index("fact_id")["series"]
    assert series["F075"] == "Stellen laut Plan"
    assert series["F083"] == "besetzt (VZÄ)"
    assert series["F082"] == "Personen"
    assert series["F039"] == "Personen in der Sachbearbeitung"
    assert rows["period_end"].is_monotonic_increasing


def test_approved_posts(muenchen):
    rows = personal.list_approved_posts(muenchen.staffing, service="wohngeld", place="München")
    assert {"F010", "F076", "F077", "F079"} <= set(rows["fact_id"])
    assert set(rows["measure"]) == {"posts_approved"}


def test_the_latest_rate_of_each_body(staff):
    rate = {"measure": "turnover", "method": "jahresrate", "measure_unit": "%/Jahr"}
    rows = staff(
        rate | {"service": "a", "period": ("2024-01-01", "2024-12-31"), "value": 10},
        rate | {"service": "a", "period": ("2025-01-01", "2025-12-31"), "value": 12},
        rate | {"service": "b", "period": ("2023-01-01", "2023-12-31"), "value": 8},
    )
    found = personal.compare_rates(
        rows, "turnover", services={"b": "B-Amt", "a": "A-Amt", "c": "C-Amt"}, place="München"
    )
    assert found["category"].tolist() == ["B-Amt", "A-Amt"]
    assert found["value"].tolist() == [8, 12]


def test_turnover_of_muenchen(muenchen):
    rows = personal.compare_rates(
        muenchen.staffing,
        "turnover",
        services={"wohngeld": "Wohngeldstelle", "stadtverwaltung": "Stadt"},
        place="München",
    )
    assert rows["fact_id"].tolist() == ["F088", "F089"]
    assert rows.loc[0, ["lower", "upper"]].tolist() == [17, 18]  # "knapp 18"


def test_the_survey_is_in_order_of_size(muenchen):
    labels = {"survey_high_strain": "hohe Beanspruchung", "survey_overtime_share": "länger"}
    rows = personal.list_survey(muenchen.staffing, labels)
    assert list(zip(rows["category"], rows["value"], strict=True)) == [
        ("länger", 69.5),
        ("hohe Beanspruchung", 57.5),
    ]
    assert all(rows["origins"].map(len) == 1)


def test_all_three_notebook_quotas_are_listed(muenchen):
    assert personal.list_notebook_quotas(muenchen.equipment)["value"].tolist() == [65, 90, 100]


def test_heads_of_an_export_are_a_series(make_rows):
    days = pd.date_range("2023-01-31", periods=12, freq="ME")
    rows = [
        {
            "service": "sozialreferat",
            "measure": "heads",
            "method": "stellenplan",
            "period": (day, day),
            "value": 90,
            "fact_id": f"h{day}",
            "origin": f"h#{day}",
            "group": group,
        }
        for day in days
        for group in ("", "E9")
    ]
    found = personal.list_employees(
        make_rows("staffing", *rows), service="sozialreferat", place="München"
    )
    assert len(found) == 12
    assert found["connect"].all()


def test_what_is_missing_depends_on_what_is_delivered():
    none = pd.DataFrame({"measure": pd.Series(dtype="str")})
    filled = pd.DataFrame({"measure": ["posts_filled"]})
    assert personal.state_missing(none, "veröffentlichten") == (
        "Die veröffentlichten Angaben enthalten keine mittleren Bearbeitungszeiten und keine "
        "monatlich besetzten Stellen des Sozialreferats."
    )
    assert personal.state_missing(filled, "gelieferten") == (
        "Die gelieferten Angaben enthalten keine mittleren Bearbeitungszeiten."
    )
    assert "besetzte Stellen" in personal.list_needed(none)
    assert "besetzte Stellen" not in personal.list_needed(filled)
