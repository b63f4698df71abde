"""Indicators by unit and month, on the made-up city and on cases worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.indicators import adoption, caseload, months, posts
from analysis.presentation import charts

CITY = "Musterstadt"


@pytest.fixture(scope="module")
def cases(city):
    return months.list_months(city["case_counts"], caseload.MEASURES, place=CITY)


@pytest.fixture(scope="module")
def staff(city):
    return months.list_months(city["staffing"], posts.MEASURES, place=CITY)


@pytest.fixture(scope="module")
def staff_years(city):
    return months.list_years(city["staffing"], posts.MEASURES, place=CITY)


@pytest.fixture(scope="module")
def forms(city):
    return adoption.list_adoption_months(city["service_adoption"], city["case_counts"], place=CITY)


def value_of(rows, measure, unit, month):
    found = rows.loc[
        (rows["measure"] == measure) & (rows["unit"] == unit) & (rows["month"] == month), "value"
    ]
    assert len(found) == 1
    return float(found.iloc[0])


def hide(rows, measure, unit, month):
    """Return the rows with one figure suppressed."""
    here = (rows["measure"] == measure) & (rows["unit"] == unit) & (rows["month"] == month)
    assert here.sum() == 1
    hidden = rows.copy()
    hidden.loc[here, ["value", "lower", "upper"]] = math.nan
    hidden.loc[here, "sign"] = "."
    return hidden


class TestBacklog:
    MONTH = pd.Timestamp("2024-06-01")

    def test_open_over_the_mean_of_three_months(self, cases):
        decided = [
            value_of(cases, "decided", "sbh_nord", self.MONTH - pd.DateOffset(months=n))
            for n in range(3)
        ]
        stock = value_of(cases, "open", "sbh_nord", self.MONTH)
        found = caseload.measure_backlog_by_unit(cases, window=3)
        assert value_of(found, "backlog_range", "sbh_nord", self.MONTH) == pytest.approx(
            stock / (sum(decided) / 3)
        )
        own = found.loc[(found["unit"] == "sbh_nord") & (found["month"] == self.MONTH)].iloc[0]
        assert len(own["origins"]) == 4
        assert own["measure_unit"] == "Monate"

    def test_clearance_over_a_year(self, cases):
        span = pd.date_range(end=self.MONTH, periods=12, freq="MS")
        decided = sum(value_of(cases, "decided", "sbh_ost", month) for month in span)
        received = sum(value_of(cases, "received", "sbh_ost", month) for month in span)
        found = caseload.measure_clearance_by_unit(cases, window=12)
        assert value_of(found, "clearance", "sbh_ost", self.MONTH) == pytest.approx(
            100 * decided / received
        )

    def test_nothing_decided_cannot_be_computed_and_is_not_infinite(self, cases):
        idle = cases.assign(value=cases["value"].where(cases["measure"] != "decided", 0.0))
        idle = idle.assign(lower=idle["value"], upper=idle["value"])
        found = caseload.measure_backlog_by_unit(idle, window=3)
        assert found["value"].isna().all()
        assert set(found["sign"]) == {"x"}

    def test_a_suppressed_part_hides_all_that_rests_on_it(self, cases):
        hidden = hide(cases, "decided", "sbh_nord", self.MONTH)
        found = caseload.measure_backlog_by_unit(hidden, window=3)
        signs = found.loc[found["unit"] == "sbh_nord"].set_index("month")["sign"]
        later = [self.MONTH + pd.DateOffset(months=n) for n in range(4)]
        assert [signs[month] for month in later] == [".", ".", ".", ""]
        others = found.loc[found["unit"] == "sbh_ost"]
        assert others["value"].notna().all()


class TestSeason:
    def test_by_hand(self, cases):
        # two years with 20 receipts in each month: the index is the inverse of the working days:
        # (20 ÷ own days) ÷ (240 ÷ days of the year) × 100 = days of the year ÷ 12 ÷ own days × 100
        rows = months.keep_whole(months.pick(cases, "received"))
        rows = rows.loc[rows["month"].dt.year.isin([2024, 2025])]
        flat = rows.assign(value=20.0, lower=20.0, upper=20.0)
        season = caseload.measure_season(flat, land="BY")
        january = season.loc[(season["year"] == 2025) & (season["month_number"] == 1)].iloc[0]
        days = season.loc[season["year"] == 2025].groupby("month_number")["working_days"].first()
        assert january["working_days"] == 21
        assert january["value"] == pytest.approx(100 * days.sum() / 12 / 21)
        assert january["lower"] == january["upper"] == pytest.approx(january["value"])

    def test_weighted_by_working_days_each_year_means_one_hundred(self, cases):
        season = caseload.measure_season(months.pick(cases, "received"), land="BY")
        weighted = (season["value"] * season["working_days"]).groupby(
            [season["service"], season["unit"], season["year"]]
        )
        days = season.groupby(["service", "unit", "year"])["working_days"].sum()
        assert (weighted.sum() / days).tolist() == pytest.approx([100] * len(days))

    def test_years_that_are_not_complete_are_left_out(self, cases):
        rows = months.keep_whole(months.pick(cases, "received"))
        cut = rows.loc[rows["month"] < "2025-11-01"]
        season = caseload.measure_season(cut, land="BY")
        assert set(season["year"]) == {2021, 2022, 2023, 2024}

    def test_a_suppressed_month_hides_its_year(self, cases):
        hidden = hide(cases, "received", "sbh_nord", pd.Timestamp("2023-05-01"))
        season = caseload.measure_season(months.pick(hidden, "received"), land="BY")
        own = season.loc[season["unit"] == "sbh_nord"].set_index("year")
        assert own.loc[2023, "value"].isna().all()
        assert set(own.loc[2023, "sign"]) == {"."}
        assert own.loc[2024, "value"].notna().all()

    def test_title(self):
        mean = pd.DataFrame({"month_number": [1, 2, 3], "value": [120.0, 80.0, 100.0]})
        title = caseload.head_season(mean, charts.MONTH_NAMES, what="Anträge")
        assert title == "Anträge je Arbeitstag: am meisten im Januar, am wenigsten im Februar"
        same = mean.assign(value=100.0)
        assert "gleich viele" in caseload.head_season(same, charts.MONTH_NAMES, what="Anträge")
        assert "kein vollständig" in caseload.head_season(mean.head(0), {}, what="Anträge")


class TestAges:
    def test_shares_add_up_and_old_ones_are_counted(self, cases):
        shares = caseload.measure_age_shares(cases)
        sums = shares.groupby(["service", "unit", "month"])["value"].sum()
        assert sums.tolist() == pytest.approx([100] * len(sums))
        old = caseload.measure_old_share(cases)
        month = pd.Timestamp("2024-01-01")
        parts = [value_of(cases, name, "sbh_ost", month) for name in caseload.AGES]
        expected = 100 * (parts[3] + parts[4]) / sum(parts)
        assert value_of(old, "open_over_6_share", "sbh_ost", month) == pytest.approx(expected)

    def test_a_class_that_is_missing_leaves_all_shares_open(self, cases):
        month = pd.Timestamp("2024-01-01")
        hidden = hide(cases, "open_age_over_12", "sbh_ost", month)
        shares = caseload.measure_age_shares(hidden)
        own = shares.loc[(shares["unit"] == "sbh_ost") & (shares["month"] == month)]
        assert len(own) == 5
        assert own["value"].isna().all()
        here = (cases["unit"] == "sbh_ost") & (cases["month"] == month)
        without = cases.loc[~(here & (cases["measure"] == "open_age_6"))]
        total = caseload.add_measures(without, tuple(caseload.AGES), "open")
        assert math.isnan(value_of(total, "open", "sbh_ost", month))


class TestTitles:
    ROWS = pd.DataFrame(
        {
            "unit_label": ["Nord", "Süd", "Ost"],
            "value": [3.0, 1.0, 1.0],
            "period_start": pd.Timestamp("2025-12-01"),
            "period_end": pd.Timestamp("2025-12-31"),
        }
    )

    def head(self, rows):
        return caseload.head_extremes(rows, lambda row: f"{row['value']:.0f}", what="Dauer")

    def test_highest_and_lowest_with_ties(self):
        assert self.head(self.ROWS) == (
            "Dauer, Dezember 2025: am höchsten Nord (3), am niedrigsten Süd und Ost (1)"
        )

    def test_all_equal_single_and_none(self):
        assert self.head(self.ROWS.iloc[1:]) == "Dauer, Dezember 2025: Süd und Ost (1)"
        assert self.head(self.ROWS.head(1)) == "Dauer, Dezember 2025: Nord (3)"
        assert self.head(self.ROWS.assign(value=math.nan)) == "Dauer: nicht bekannt"

    def test_a_calendar_year_is_named_as_such(self):
        rows = self.ROWS.assign(period_start=pd.Timestamp("2025-01-01"))
        assert self.head(rows.head(1)) == "Dauer, 2025: Nord (3)"


class TestStaff:
    def test_fill_rate(self, staff):
        # December 2025 is step 59: 36 + 4 − (59 mod 5)/2 = 38 filled of 45 planned posts
        found = posts.measure_fill_rate(staff)
        rate = value_of(found, "fill_rate", "sbh_nord", pd.Timestamp("2025-12-01"))
        assert rate == pytest.approx(100 * 38 / 45)

    def test_turnover_and_overtime_of_a_year(self, staff, staff_years):
        # six leavers a year (every other month one); 42 heads in the first unit
        turnover = posts.measure_turnover_by_unit(staff_years, staff)
        first = turnover.loc[turnover["unit"] == "sbh_mitte"]
        assert first["value"].tolist() == pytest.approx([100 * 6 / 42] * 5)
        assert first["year_label"].tolist() == ["2021", "2022", "2023", "2024", "2025"]
        overtime = posts.measure_overtime_by_unit(staff_years, staff)
        assert overtime.loc[overtime["unit"] == "sbh_mitte", "value"].tolist() == pytest.approx(
            [12 * 80 / 42] * 5
        )

    def test_shares_of_training_and_part_time(self, staff):
        # December 2025: 3 + 59 mod 3 = 5 in training of 36 − 2 = 34 filled; 12 of 42 part-time
        month = pd.Timestamp("2025-12-01")
        training = posts.measure_training_share(staff)
        assert value_of(training, "training_share", "sbh_mitte", month) == pytest.approx(500 / 34)
        part = posts.measure_part_time_share(staff)
        assert value_of(part, "part_time_share", "sbh_mitte", month) == pytest.approx(1200 / 42)


class TestPerWorkingDay:
    def test_by_hand(self, cases):
        # January 2025 in Bavaria has 21 working days, May 2025 has 20 (1 and 29 May are holidays)
        received = months.keep_whole(months.pick(cases, "received"))
        found = caseload.measure_per_working_day(received, land="BY").set_index("month")
        plain = received.set_index("month")["value"]
        for month, days in (("2025-01-01", 21), ("2025-05-01", 20)):
            assert found.loc[month, "working_days"] == days
            assert found.loc[month, "value"] == pytest.approx(plain[month] / days)
        assert set(found["measure"]) == {"derived"}

    def test_a_figure_that_is_not_released_stays_so(self, cases):
        received = months.keep_whole(months.pick(cases, "received"))
        hidden = hide(received, "received", "", pd.Timestamp("2024-06-01"))
        found = caseload.measure_per_working_day(hidden, land="BY").set_index("month")
        assert math.isnan(found.loc["2024-06-01", "value"])
        assert found.loc["2024-06-01", "sign"] == "."

    def test_title_sets_both_flows_of_the_latest_common_month_side_by_side(self):
        rows = pd.DataFrame(
            {
                "series": ["eingegangen", "erledigt", "eingegangen"],
                "month": pd.to_datetime(["2025-01-01", "2025-01-01", "2025-02-01"]),
                "period_start": pd.to_datetime(["2025-01-01", "2025-01-01", "2025-02-01"]),
                "period_end": pd.to_datetime(["2025-01-31", "2025-01-31", "2025-02-28"]),
                "value": [3.0, 2.0, 9.0],
            }
        )
        say = lambda row: f"{row['value']:.0f}"  # noqa: E731
        assert caseload.head_flows(rows, say, what="Anträge je Arbeitstag") == (
            "Anträge je Arbeitstag, Januar 2025: 3 eingegangen, 2 erledigt"
        )
        assert caseload.head_flows(rows.tail(1), say, what="Anträge") == (
            "Anträge: für keinen Monat beides bekannt"
        )


class TestWaiting:
    def test_implied_time_beside_the_durations(self, cases):
        whole = months.keep_whole(cases)
        found = caseload.measure_waiting(whole, window=3)
        assert set(found["service"]) == {"wohngeld"}
        month = pd.Timestamp("2024-06-01")
        own = found.loc[found["month"] == month].set_index("series")["value"]
        stock = value_of(whole, "open", "", month)
        decided = [
            value_of(whole, "decided", "", month - pd.DateOffset(months=back)) for back in range(3)
        ]
        assert own[caseload.IMPLIED] == pytest.approx(stock / (sum(decided) / 3))
        assert own["Median ab Eingang"] == value_of(whole, "processing_time_median", "", month)
        assert "90. Perzentil ab Eingang" in own.index

    def test_services_without_durations_are_left_out(self, cases):
        plain = cases.loc[~cases["measure"].str.startswith("processing")]
        assert caseload.measure_waiting(months.keep_whole(plain), window=3).empty


class TestAdoption:
    def test_channels_add_up_to_the_whole(self, forms):
        shares = adoption.measure_channel_shares(forms)
        sums = shares.groupby(["service", "unit", "month"])["value"].sum()
        assert sums.tolist() == pytest.approx([100] * len(sums))
        # January 2021: 100 of 400 online
        first = shares.loc[(shares["channel"] == "online") & (shares["service"] == "wohngeld")]
        assert first["value"].iloc[0] == 25

    def test_a_channel_that_is_missing_leaves_the_month_without_shares(self, forms):
        month = pd.Timestamp("2022-03-01")
        own = forms.loc[forms["service"] == "wohngeld"]
        hidden = hide(own, "applications_paper", "", month)
        shares = adoption.measure_channel_shares(hidden)
        assert shares.loc[shares["month"] == month, "sign"].tolist() == ["."] * 3

    def test_abandoned_forms(self, forms):
        # the last twelve months: 60 − 16 = 44 to 60 − 19 = 41 of 200 each
        abandoned = [60 - step // 3 for step in range(48, 60)]
        found = adoption.measure_abandonment(forms, window=12)
        last = found.loc[found["month"] == "2025-12-01", "value"]
        assert last.tolist() == pytest.approx([100 * sum(abandoned) / 2400] * 2)

    def test_unknown_is_a_value_of_its_own(self, city):
        services = city["service_names"]["service_id"]
        states = adoption.list_latest_states(
            city["service_adoption"], place=CITY, services=services
        )
        assert states["durchgängig"].tolist() == ["ja", "unbekannt", "unbekannt"]
        assert states["barrierefrei"].tolist() == ["nein", "unbekannt", "unbekannt"]
        counted = adoption.count_flags(states)
        assert counted["count"].tolist() == [1, 2, 1, 2]
        assert set(counted["applicable"]) == {3}
        assert adoption.head_flags(states) == (
            "Leistungen: durchgängig bei 1 von 3 (unbekannt: 2); "
            "barrierefrei bei 0 von 3 (unbekannt: 2)"
        )
        shares = adoption.list_efile_shares(states)
        assert shares["value"].tolist() == pytest.approx([62.5, math.nan, math.nan], nan_ok=True)

    def test_maturity_of_each_model_apart(self, city):
        rows = city["service_adoption"]
        mature = rows.loc[rows["measure"] == "maturity"].assign(method="Modell 2.0")
        old = mature.assign(
            method="Modell 1.1", value=2.0, period_end=pd.Timestamp("2024-12-31"), fact_id="old"
        )
        services = ["wohngeld", "grundsicherung"]
        found = adoption.list_maturity(pd.concat([mature, old]), place=CITY, services=services)
        counted = adoption.count_maturity(found)
        assert counted[["model", "level", "count"]].to_numpy().tolist() == [
            ["Modell 1.1", "Stufe 2", 1],
            ["Modell 1.1", "unbekannt", 1],
            ["Modell 2.0", "Stufe 3", 1],
            ["Modell 2.0", "unbekannt", 1],
        ]
        assert adoption.order_levels(counted) == ["Stufe 2", "Stufe 3", "unbekannt"]
        assert adoption.say_levels(counted) == (
            "Modell 1.1 – Stufe 2: 1, unbekannt: 1; Modell 2.0 – Stufe 3: 1, unbekannt: 1"
        )

    def test_share_from_a_level_on_by_hand(self):
        # ten services: two at level 3 or 4, three at level 2, one at level 1, four unknown.
        # From 3 on: 2 of 10 = 20 % to 6 of 10 = 60 %; of the six known 33.3 %.
        levels = ["Stufe 3", "Stufe 4", *["Stufe 2"] * 3, "Stufe 1", *["unbekannt"] * 4]
        maturity = pd.DataFrame(
            {
                "model": "OZG-Reifegradmodell 1.1",
                "service": [f"s{n}" for n in range(10)],
                "level": levels,
                "origins": [(f"x#{n}",) for n in range(10)],
            }
        )
        found = adoption.measure_maturity_shares(maturity).set_index("threshold")
        laender = found.loc["ab Stufe 3 (Zählweise der Länder)"]
        assert laender[["fulfilled", "unknown", "known", "applicable"]].tolist() == [2, 4, 6, 10]
        assert laender[["lower", "upper"]].tolist() == [20, 60]
        assert laender["value"] == pytest.approx(100 / 3)
        bund = found.loc["ab Stufe 2 (Zählweise des Bundes)"]
        assert bund[["lower", "upper"]].tolist() == [50, 90]
        assert len(laender["origins"]) == 10
        texts = [item.template for item in adoption.state_maturity_shares(found.reset_index())]
        assert all("{offen}" in text and "{oben}" in text for text in texts)

    def test_everything_known_needs_no_range(self):
        maturity = pd.DataFrame(
            {"model": ["M 1.1"], "service": ["a"], "level": ["Stufe 3"], "origins": [("x",)]}
        )
        statement = adoption.state_maturity_shares(adoption.measure_maturity_shares(maturity))[0]
        assert set(statement.figures) == {"erreicht", "alle", "unten"}

    def test_a_version_without_threshold_has_no_share(self):
        maturity = pd.DataFrame(
            {"model": ["M 2.0"], "service": ["a"], "level": ["Stufe 7"], "origins": [("x",)]}
        )
        assert adoption.measure_maturity_shares(maturity).empty
        assert adoption.list_models_without_threshold(maturity) == ["M 2.0"]

    def test_nothing_delivered(self, city):
        empty = city["service_adoption"].head(0)
        assert adoption.list_latest_states(empty, place=CITY, services=[]).empty
        maturity = adoption.list_maturity(empty, place=CITY, services=["wohngeld"])
        assert adoption.count_maturity(maturity).empty
        cases = city["case_counts"].head(0)
        forms = adoption.list_adoption_months(empty, cases, place=CITY)
        assert adoption.measure_channel_shares(forms).empty
