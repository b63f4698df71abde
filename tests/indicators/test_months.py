"""Monthly rows: what is regular, what stays missing, sums and quotients worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators import months

CITY = "Musterstadt"
NAN = float("nan")


@pytest.fixture(scope="session")
def monthly(make_rows):
    """Build observations of one measure from values by month; ``None`` leaves a month out."""

    def build(values, measure="received", start="2023-01", **more):
        days = pd.period_range(start, periods=len(values), freq="M")
        rows = [
            {
                "measure": measure,
                "place": CITY,
                "period": (day.start_time, day.end_time.normalize()),
                "value": value,
                **more,
                "fact_id": f"{measure}{more}{day}",
                "origin": f"{measure}#{day}{more.get('unit', '')}{more.get('group', '')}",
            }
            for day, value in zip(days, values, strict=True)
            if value is not None
        ]
        return make_rows("case_counts", *rows)

    return build


def join(*parts):
    return pd.concat(parts, ignore_index=True)


def take(rows, measure="received"):
    return months.list_months(rows, [measure], place=CITY)


class TestListMonths:
    def test_twelve_months_without_a_gap_are_a_series(self, monthly):
        assert len(take(monthly([1] * 12))) == 12
        assert take(monthly([1] * 11)).empty
        assert take(monthly([1] * 6 + [None] + [1] * 11)).empty

    def test_published_single_figures_are_none(self, muenchen):
        rows = muenchen.case_counts
        assert months.list_months(rows, rows["measure"].unique(), place="München").empty

    def test_only_whole_months_and_month_ends(self, monthly):
        rows = monthly([5] * 12)
        stock = rows.assign(
            measure="open", period_start=rows["period_end"], fact_id="s" + rows["fact_id"]
        )
        year = rows.head(1).assign(period_end=pd.Timestamp("2023-12-31"), fact_id="y")
        assert len(take(join(rows, year))) == 12
        found = take(join(rows, stock), "open")
        assert found["month"].tolist() == rows["period_start"].tolist()
        middle = stock.assign(period_end=stock["period_end"] - pd.Timedelta(days=3))
        assert take(middle.assign(period_start=middle["period_end"]), "open").empty

    def test_groups_are_added_where_the_unit_itself_is_not_delivered(self, monthly):
        rows = join(monthly([2] * 12, group="E9"), monthly([3] * 12, group="E10"))
        found = take(rows)
        assert found["value"].tolist() == [5] * 12
        assert found["origins"].iloc[0] == ("received#2023-01E9", "received#2023-01E10")
        whole = take(join(rows, monthly([9] * 12)))
        assert whole["value"].tolist() == [9] * 12

    def test_a_group_that_is_missing_or_secret_leaves_the_sum_open(self, monthly):
        rows = join(monthly([2] * 12, group="E9"), monthly([3] * 11 + [None], group="E10"))
        found = take(rows)
        assert math.isnan(found["value"].iloc[11])
        assert found["sign"].tolist() == [""] * 11 + ["."]
        secret = join(monthly([2] * 12, group="E9"), monthly([NAN] + [3] * 11, group="E10"))
        assert take(secret)["sign"].iloc[0] == "."
        assert math.isnan(take(secret)["value"].iloc[0])

    def test_rates_of_groups_are_not_added(self, monthly):
        rows = monthly([2] * 12, group="E9", measure_unit="%")
        assert take(rows).empty

    def test_two_figures_for_one_month(self, monthly):
        rows = monthly([7] * 12)
        same = rows.head(1).assign(fact_id="x", origin="other")
        agreed = take(join(rows, same))
        assert agreed["origins"].iloc[0] == ("received#2023-01", "other")
        different = same.assign(value=8.0, lower=8.0, upper=8.0)
        unclear = take(join(rows, different))
        assert math.isnan(unclear["value"].iloc[0])
        assert unclear["sign"].iloc[0] == "."

    def test_the_sign_of_a_released_table_is_kept(self, monthly):
        rows = monthly([NAN, 0] + [7] * 10).assign(sign=["x", "–"] + [""] * 10)
        assert take(rows)["sign"].tolist()[:2] == ["x", "–"]


class TestYears:
    def test_months_are_added_and_delivered_years_win(self, monthly):
        rows = monthly([1] * 24)
        year = rows.head(1).assign(
            period_end=pd.Timestamp("2023-12-31"), value=13.0, fact_id="y", origin="year"
        )
        found = months.list_years(join(rows, year), ["received"], place=CITY)
        assert found["value"].tolist() == [13, 12]
        assert found["year_label"].tolist() == ["2023", "2024"]
        assert found["origins"].iloc[0] == ("year",)

    def test_stocks_at_the_end_of_years_and_the_latest(self, monthly):
        rows = monthly(list(range(1, 28)), measure="open")
        stock = rows.assign(period_start=rows["period_end"])
        found = months.list_years(stock, ["open"], place=CITY)
        assert found["value"].tolist() == [12, 24, 27]
        assert found["year_label"].tolist() == ["2023", "2024", "März 2025"]

    def test_rates_are_not_added_up(self, monthly):
        rows = monthly([5] * 24, measure="sickness_rate")
        assert months.list_years(rows, ["sickness_rate"], place=CITY).empty

    def test_a_single_year_is_a_published_figure(self, monthly):
        year = monthly([1]).assign(period_end=pd.Timestamp("2023-12-31"))
        assert months.list_years(year, ["received"], place=CITY).empty


class TestWindows:
    def test_by_hand(self, monthly):
        # 1+2+3 = 6, 2+3+4 = 9, … over three months
        rows = take(monthly(list(range(1, 13))))
        found = months.add_window(rows, 3)
        assert found["value"].tolist() == [6, 9, 12, 15, 18, 21, 24, 27, 30, 33]
        assert found["period_start"].iloc[0] == pd.Timestamp("2023-01-01")
        assert found["period_end"].iloc[0] == pd.Timestamp("2023-03-31")
        assert found["origins"].iloc[0] == (
            "received#2023-01",
            "received#2023-02",
            "received#2023-03",
        )
        assert months.average_window(rows, 3)["value"].iloc[0] == 2

    def test_a_secret_month_hides_every_window_that_holds_it(self, monthly):
        rows = take(monthly([1, 1, NAN] + [1] * 9))
        found = months.add_window(rows, 2)
        assert found["sign"].tolist() == ["", ".", "."] + [""] * 8

    def test_a_month_without_row_too(self, monthly):
        rows = take(monthly([1] * 12 + [None] + [1] * 2))
        found = months.add_window(rows, 2)
        assert found["value"].isna().tolist() == [False] * 11 + [True, True, False]

    @given(
        st.lists(st.none() | st.integers(0, 50), min_size=1, max_size=20),
        st.integers(1, 5),
    )
    def test_like_a_plain_loop(self, values, window):
        days = pd.date_range("2023-01-01", periods=len(values), freq="MS")
        rows = pd.DataFrame(
            {
                "service": "s",
                "unit": "u",
                "measure": "received",
                "month": days,
                "period_start": days,
                "period_end": days + pd.offsets.MonthEnd(0),
                "measure_unit": "",
                "sign": "",
                "origins": [(str(n),) for n in range(len(values))],
            }
        )
        numbers = [NAN if value is None else float(value) for value in values]
        rows = rows.assign(value=numbers, lower=numbers, upper=numbers)
        expected = []
        for end in range(window - 1, len(values)):
            part = values[end - window + 1 : end + 1]
            expected.append(NAN if None in part else float(sum(part)))
        found = months.add_window(rows, window)["value"].tolist()
        assert found == pytest.approx(expected, nan_ok=True)


class TestQuotients:
    def divide(self, monthly, above, below):
        return months.divide_months(
            take(monthly(above, measure="decided"), "decided"),
            take(monthly(below)),
            measure="clearance",
            measure_unit="%",
            factor=100,
        )

    def test_by_hand_with_signs(self, monthly):
        # 5 of 10 = 50 %, nothing to divide by, secret above, secret below
        above, below = [5, 5, NAN, 5] + [1] * 8, [10, 0, 10, NAN] + [1] * 8
        found = self.divide(monthly, above, below)
        assert found["value"].tolist()[:4] == pytest.approx([50, NAN, NAN, NAN], nan_ok=True)
        assert found["sign"].tolist()[:5] == ["", "x", ".", ".", ""]
        assert found["origins"].iloc[0] == ("decided#2023-01", "received#2023-01")
        assert set(found["measure"]) == {"clearance"}

    def test_bounds_cross_over(self, monthly):
        # 9 to 11 of 18 to 22: 9/22 to 11/18
        above = take(monthly([10] * 12, measure="decided"), "decided").assign(lower=9.0, upper=11.0)
        below = take(monthly([20] * 12)).assign(lower=18.0, upper=22.0)
        found = months.divide_months(above, below, measure="m", measure_unit="").iloc[0]
        assert found[["value", "lower", "upper"]].tolist() == pytest.approx([0.5, 9 / 22, 11 / 18])

    def test_comparison_with_the_year_before(self, monthly):
        # 12 × 10 = 120 in the first year, 12 × 11 = 132 in the second: plus 10 %
        rows = take(monthly([10] * 12 + [11] * 12))
        found = months.compare_years(rows, measure="received_change_percent")
        assert len(found) == 1
        row = found.iloc[0]
        assert (row["recent"], row["earlier"]) == (132, 120)
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx([10] * 3)
        assert len(row["origins"]) == 24


class TestLabels:
    def test_labels_orders_and_unknown_names(self, city):
        rows = pd.DataFrame({"unit": ["sbh_ost", "", "neu", "sbh_mitte"], "service": "wohngeld"})
        labelled = months.label_rows(rows, city["unit_names"], city["service_names"])
        assert labelled["unit_label"].tolist() == ["SBH Ost", "gesamt", "neu", "SBH Mitte"]
        assert set(labelled["service_label"]) == {"Wohngeld"}
        order = months.order_labels(labelled, "unit", city["unit_names"], "unit_id")
        assert order == ["SBH Mitte", "SBH Ost", "gesamt", "neu"]

    def test_latest_month_that_is_known(self, monthly):
        rows = take(monthly([1] * 11 + [NAN]))
        assert months.keep_last_month(rows)["month"].tolist() == [pd.Timestamp("2023-11-01")]

    def test_main_service(self):
        rows = pd.DataFrame({"service": ["a", "b", "b"]})
        assert months.find_main_service(rows, "a") == "a"
        assert months.find_main_service(rows, "wohngeld") == "b"
        assert months.find_main_service(rows.head(0), "wohngeld") == "wohngeld"
