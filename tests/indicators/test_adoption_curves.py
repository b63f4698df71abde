"""Online applications by service: shares with the unknown, curves, checks; worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis.indicators import adoption_curves as curves
from analysis.indicators.months import empty_months
from analysis.models.adoption_curve import FITTED, NO_GROWTH, OPEN_CEILING

MONTHS = pd.date_range("2021-01-01", periods=60, freq="MS")


def monthly(measure, values, months=None, service="wohngeld", unit=""):
    """Return monthly rows; ``None`` is a figure that is not released."""
    days = MONTHS[: len(values)] if months is None else months
    numbers = [math.nan if value is None else float(value) for value in values]
    frame = pd.DataFrame(
        {
            "service": service,
            "unit": unit,
            "measure": measure,
            "month": days,
            "period_start": days,
            "period_end": days + pd.offsets.MonthEnd(0),
            "value": numbers,
            "lower": numbers,
            "upper": numbers,
            "measure_unit": "Anträge",
            "sign": ["." if value is None else "" for value in values],
        }
    )
    keys = [(f"{service}/{measure}#{n}",) for n in range(len(values))]
    return frame.assign(origins=pd.Series(keys, dtype="object"))


def stack(*parts):
    return pd.concat(parts, ignore_index=True)


class TestCountOnline:
    def test_the_total_is_the_sum_of_the_channels(self):
        rows = stack(
            monthly("applications_online", [10, 20]), monthly("applications_paper", [30, 60])
        )
        counted = curves.count_online(rows, empty_months())
        assert counted["online"].tolist() == [10, 20]
        assert counted["total"].tolist() == [40, 80]
        assert counted["origins"].iloc[1] == (
            "wohngeld/applications_online#1",
            "wohngeld/applications_paper#1",
        )

    def test_receipts_stand_in_where_they_count_the_same(self):
        rows = stack(
            monthly("applications_online", [10, 20, None]),
            monthly("applications_paper", [30, None, 5]),
        )
        counted = curves.count_online(rows, monthly("received", [40, 70, 9]))
        assert counted["total"].tolist() == [40, 70]
        assert counted["month"].tolist() == list(MONTHS[:2])
        assert counted["origins"].iloc[1] == (
            "wohngeld/applications_online#1",
            "wohngeld/received#1",
        )

    @pytest.mark.parametrize("receipts", [[41, 70], [None, 70]])
    def test_they_do_not_where_they_differ_or_were_never_compared(self, receipts):
        rows = stack(
            monthly("applications_online", [10, 20]), monthly("applications_paper", [30, None])
        )
        counted = curves.count_online(rows, monthly("received", receipts))
        assert counted["total"].tolist() == [40]

    def test_single_units_and_other_measures_do_not_count(self):
        rows = stack(
            monthly("applications_online", [10], unit="sbh_mitte"),
            monthly("forms_started", [10]),
        )
        assert curves.count_online(rows, empty_months()).empty


class TestOnlineQuota:
    def test_by_hand_with_the_unknown_both_ways(self):
        # three months of 100, the last without channels: 20 + 40 of 200 known → 30 %;
        # with all 300: 60 ÷ 300 = 20 % to 160 ÷ 300 = 53.3 %
        counted = pd.DataFrame(
            {
                "service": "wohngeld",
                "month": MONTHS[:2],
                "online": [20.0, 40.0],
                "total": [100.0, 100.0],
                "origins": [("a",), ("b",)],
            }
        )
        received = monthly("received", [100, 100, 100])
        quota = curves.measure_online_quota(counted, received, window=3).iloc[0]
        assert quota["value"] == pytest.approx(30)
        assert quota["lower"] == pytest.approx(20)
        assert quota["upper"] == pytest.approx(160 / 3)
        assert (quota["online"], quota["applications"], quota["unknown"]) == (60, 300, 100)
        assert quota["period_start"] == MONTHS[0]
        assert quota["period_end"] == pd.Timestamp("2021-03-31")
        assert {"a", "b"} < set(quota["origins"])

    def test_no_channels_at_all_leave_everything_open(self):
        none = curves.count_online(empty_months(), empty_months())
        quota = curves.measure_online_quota(none, monthly("received", [10] * 12)).iloc[0]
        assert math.isnan(quota["value"])
        assert (quota["lower"], quota["upper"], quota["unknown"]) == (0, 100, 120)

    def test_a_month_without_receipts_gives_no_quota(self):
        received = monthly("received", [10] * 5 + [None] + [10] * 6)
        none = curves.count_online(empty_months(), empty_months())
        assert curves.measure_online_quota(none, received).empty
        assert len(curves.measure_online_quota(none, received, window=6)) == 1


def grow(ceiling, steepness, half, number=60):
    return ceiling / (1 + np.exp(-steepness * (np.arange(number) - half)))


@pytest.fixture(scope="module")
def adoption():
    shares = {"a": grow(0.6, 0.15, 24), "b": grow(0.9, 0.07, 90), "c": np.full(60, 0.3)}
    counted = pd.concat(
        [
            pd.DataFrame(
                {
                    "service": name,
                    "month": MONTHS,
                    "online": share * 200,
                    "total": 200.0,
                    "origins": [(f"{name}#{n}",) for n in range(60)],
                }
            )
            for name, share in shares.items()
        ],
        ignore_index=True,
    )
    return curves.fit_adoption(counted)


class TestFit:
    def test_exact_growth(self, adoption):
        row = adoption.curves.set_index("service").loc["a"]
        assert row["state"] == FITTED
        assert row["ceiling"] == pytest.approx(60, abs=0.01)
        # half of it in month 24, counted from January 2021: January 2023
        assert row["midpoint"] == pd.Timestamp("2023-01-01")
        # month 71, December 2026: 60 ÷ (1 + exp(−0.15 × 47)) = 59.948
        assert row["month"] == pd.Timestamp("2026-12-01")
        assert row["value"] == pytest.approx(59.948, abs=0.01)
        assert row["lower"] < row["value"] < row["upper"]
        assert row["now"] == pytest.approx(grow(60, 0.15, 24)[-1], abs=0.01)
        assert row["actual"] == pytest.approx(grow(60, 0.15, 24)[48:].mean())
        assert len(row["origins"]) == row["months"] == 60

    def test_what_is_not_determined_is_missing(self, adoption):
        rows = adoption.curves.set_index("service")
        assert rows["state"].to_dict() == {"a": FITTED, "b": OPEN_CEILING, "c": NO_GROWTH}
        assert rows.loc[["b", "c"], ["ceiling", "midpoint"]].isna().all().all()
        assert rows.loc["b", "ceiling_lower"] < rows.loc["b", "ceiling_upper"]
        assert rows.loc["c", ["ceiling_lower", "value", "lower", "upper"]].isna().all()

    def test_path_and_history(self, adoption):
        assert adoption.path.groupby("service").size().to_dict() == {"a": 72, "b": 72}
        assert not adoption.path["value"].isna().any()
        assert adoption.history.groupby("service").size().to_dict() == {"a": 60, "b": 60, "c": 60}
        assert adoption.history.loc[adoption.history["service"] == "c", "value"].eq(30).all()
        assert set(adoption.path["measure"]) == {"derived"}

    def test_only_ceilings_that_are_determined_are_drawn(self, adoption):
        drawn = curves.list_ceilings(adoption.curves)
        assert drawn[["service", "label"]].to_numpy().tolist() == [["a", "Obergrenze"]]

    def test_words(self, adoption):
        labelled = adoption.curves.assign(service_label=adoption.curves["service"].str.upper())
        assert curves.state_open_curves(labelled) == (
            "B (Obergrenze nicht bestimmbar) und C (kein Anstieg nachweisbar)"
        )
        assert curves.state_open_curves(labelled.head(1)) == "keine"
        b = labelled.set_index("service").loc["b", "value"]
        high, low = ("B", "A") if b > 59.948 else ("A", "B")
        assert curves.head_adoption(labelled, ["x", "y", "z"]) == (
            f"Erwartete Online-Quote im Dezember 2026: am höchsten {high} "
            f"({'y' if high == 'B' else 'x'}), am niedrigsten {low} "
            f"({'x' if low == 'A' else 'y'}), für eine Leistung ist die Obergrenze nicht bestimmbar"
        )
        assert "keine Leistung" in curves.head_adoption(labelled.tail(1), ["z"])
        texts = curves.label_curves(labelled).set_index("service")["midpoint_text"]
        assert texts["a"].startswith("Jan. 2023")
        assert texts["b"] == texts["c"] == "nicht bestimmbar"


class TestCheck:
    @pytest.fixture
    def rows(self):
        return pd.DataFrame(
            {
                "expected": [50.0, 50.0, math.nan],
                "expected_lower": [48.0, 48.0, math.nan],
                "expected_upper": [52.0, 52.0, math.nan],
                "unchanged": [40.0, 54.0, 10.0],
                "actual": [51.0, 53.0, 10.0],
            }
        )

    def test_counts(self, rows):
        # the first is in its range and closer (1 against 11), the second neither (3 against 1)
        assert curves.count_kept(rows) == (1, 2)
        assert curves.count_closer(rows) == 1
        assert curves.say_check(rows) == {
            "held": "einer Leistung",
            "checked": "zwei Leistungen",
            "closer": "einer Leistung",
        }

    def test_nothing_to_check(self, rows):
        assert curves.say_check(rows.tail(1)) == {}
