"""Case counts: indicators worked out by hand, and what must stay missing."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.indicators import caseload, fallzahlen, months

WOHNGELD = {"service": "wohngeld", "place": "München"}
JANUARY, FEBRUARY = ("2023-01-01", "2023-01-31"), ("2023-02-01", "2023-02-28")


@pytest.fixture
def counts(make_rows):
    return lambda *rows: make_rows("case_counts", *rows)


def _open(day, value, **more):
    return {"measure": "open", "period": (day, day), "value": value, **more}


def _decided(period, value, **more):
    return {"measure": "decided", "period": period, "value": value, **more}


def _received(period, value, **more):
    return {"measure": "received", "period": period, "value": value, **more}


def _backlog(rows, window=1):
    return fallzahlen.measure_backlog_range(rows, **WOHNGELD, window=window)


def _clearance(rows, window=1):
    return fallzahlen.measure_clearance(rows, **WOHNGELD, window=window)


class TestBacklogRange:
    def test_the_worked_example_of_muenchen(self, muenchen):
        # open 2023-02-28: 11,722; decided 1,079 + 1,103 = 2,182 in two months = 1,091 a month;
        # 11,722 / 1,091 = 10.744 months
        rows = _backlog(muenchen.case_counts, window=2)
        row = rows.loc[rows["open"] == 11722].iloc[0]
        assert row["decided_per_month"] == 1091
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx([11722 / 1091] * 3)
        assert round(row["value"], 2) == 10.74
        facts = muenchen.case_counts.set_index("origin")["fact_id"]
        assert [facts[key] for key in row["origins"]] == ["F044", "F035", "F036"]

    def test_the_other_source_gets_a_row_of_its_own(self, muenchen):
        rows = _backlog(muenchen.case_counts, window=2)
        row = rows.loc[rows["open"] == 11676].iloc[0]
        assert row["value"] == pytest.approx(11676 / 1091)

    def test_a_window_that_is_not_known_completely_gives_nothing(self, muenchen):
        rows = _backlog(muenchen.case_counts, window=3)
        assert len(rows) == 4
        assert rows[["value", "lower", "upper", "decided_per_month"]].isna().all(axis=None)
        assert rows["open"].notna().all()

    def test_bounds_by_hand(self, counts):
        # 400 open; 80 to 100 decided in the month: 400 / 100 = 4 to 400 / 80 = 5 months
        rows = counts(_open("2023-01-31", 400), _decided(JANUARY, 90, lower=80, upper=100))
        row = _backlog(rows).iloc[0]
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx([400 / 90, 4, 5])

    def test_an_open_stock_stays_open(self, counts):
        rows = counts(_open("2023-01-31", 400, upper=None), _decided(JANUARY, 80))
        row = _backlog(rows).iloc[0]
        assert row["lower"] == 5
        assert math.isnan(row["upper"])

    def test_no_decisions_are_not_computable_and_not_infinite(self, counts):
        row = _backlog(counts(_open("2023-01-31", 400), _decided(JANUARY, 0))).iloc[0]
        assert row[["value", "lower", "upper"]].isna().all()

    @pytest.mark.parametrize(
        "stock",
        [
            _open("2023-01-30", 400),
            _open("2023-01-31", 400, method="haushalte"),
            _open("2023-01-31", 400, method="presse_wartende"),
            _open("2023-01-31", 400, kind="prognose"),
            {"measure": "open", "period": JANUARY, "value": 400},
        ],
    )
    def test_what_is_no_stock_of_applications_at_a_month_end(self, counts, stock):
        assert _backlog(counts(stock, _decided(JANUARY, 80))).empty

    def test_the_window_reaches_into_the_year_before(self, counts):
        december = ("2022-12-01", "2022-12-31")
        rows = counts(_open("2023-01-31", 300), _decided(december, 40), _decided(JANUARY, 60))
        assert _backlog(rows, window=2)["value"].tolist() == [6]

    def test_decisions_of_a_longer_period_are_no_month(self, counts):
        quarter = ("2022-11-01", "2023-01-31")
        rows = counts(_open("2023-01-31", 300), _decided(quarter, 60))
        assert _backlog(rows)["value"].isna().all()

    def test_two_sources_that_agree_count_once(self, counts):
        rows = counts(
            _open("2023-01-31", 400),
            _decided(JANUARY, 80),
            _decided(JANUARY, 82, lower=75, upper=90),
        )
        row = _backlog(rows).iloc[0]
        assert row["value"] == 5
        assert row["origins"] == ("probe.tsv#2", "probe.tsv#3", "probe.tsv#4")

    def test_two_sources_that_contradict_each_other_give_nothing(self, counts):
        rows = counts(_open("2023-01-31", 400), _decided(JANUARY, 80), _decided(JANUARY, 100))
        assert _backlog(rows)["value"].isna().all()

    def test_nor_do_they_make_up_for_a_month_without_figures(self, counts):
        rows = counts(_open("2023-02-28", 400), _decided(FEBRUARY, 80), _decided(FEBRUARY, 100))
        assert _backlog(rows, window=2)["value"].isna().all()

    def test_no_stock_at_all(self, counts):
        assert _backlog(counts(_decided(JANUARY, 80))).empty


class TestClearance:
    def test_none_can_be_asked_for_its_dates(self, muenchen):
        # Two months are published; no window of three is known.
        none = fallzahlen.measure_clearance(muenchen.case_counts, **WOHNGELD, window=3)
        assert none.empty
        assert fallzahlen.keep_latest(none).empty

    def test_the_worked_example_of_muenchen(self, muenchen):
        # 2,182 decided of 2,583 + 2,239 = 4,822 received: 45.3 %
        rows = _clearance(muenchen.case_counts, window=2)
        assert len(rows) == 1
        row = rows.iloc[0]
        assert (row["decided"], row["received"]) == (2182, 4822)
        assert row["value"] == pytest.approx(100 * 2182 / 4822)
        assert round(row["value"], 1) == 45.3
        assert (row["period_start"], row["period_end"]) == (
            pd.Timestamp("2023-01-01"),
            pd.Timestamp("2023-02-28"),
        )

    def test_bounds_by_hand(self, counts):
        # 90 to 110 decided of 180 to 220 received: 90 / 220 = 40.9 % to 110 / 180 = 61.1 %
        rows = counts(
            _decided(JANUARY, 100, lower=90, upper=110),
            _received(JANUARY, 200, lower=180, upper=220),
        )
        row = _clearance(rows).iloc[0]
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx(
            [50, 100 * 90 / 220, 100 * 110 / 180]
        )

    def test_more_decided_than_received_is_more_than_all(self, counts):
        rows = counts(_decided(JANUARY, 150), _received(JANUARY, 100))
        assert _clearance(rows)["value"].tolist() == [150]

    def test_months_without_receipts_give_no_row(self, counts):
        assert _clearance(counts(_decided(JANUARY, 150))).empty

    def test_nothing_received_gives_no_row(self, counts):
        assert _clearance(counts(_decided(JANUARY, 150), _received(JANUARY, 0))).empty

    def test_each_month_ends_a_window(self, counts):
        rows = counts(
            _decided(JANUARY, 50),
            _received(JANUARY, 100),
            _decided(FEBRUARY, 70),
            _received(FEBRUARY, 100),
        )
        assert _clearance(rows)["value"].tolist() == [50, 70]
        assert _clearance(rows, window=2)["value"].tolist() == [60]


class TestApplications:
    def test_years_of_muenchen(self, muenchen):
        rows = fallzahlen.list_yearly_applications(muenchen.case_counts, **WOHNGELD)
        found = {row["period_end"].year: row for _, row in rows.iterrows()}
        assert {year: row["value"] for year, row in found.items()} == {
            2014: 10218,
            2019: 10250,
            2020: 16000,
            2021: 14200,
            2022: 14700,
            2024: 19100,
        }
        assert found[2021][["lower", "upper"]].tolist() == [14150, 14250]
        assert len(found[2021]["origins"]) == 2
        assert found[2019][["lower", "upper"]].tolist() == [9000, 11500]
        assert fallzahlen.list_missing_years(rows) == [2023]

    def test_parts_of_years_of_muenchen(self, muenchen):
        rows = fallzahlen.list_partial_applications(muenchen.case_counts, **WOHNGELD)
        lengths = rows.set_index("fact_id")["months"]
        # January to October 2021 has 304 days, a mean month 30.4375
        assert lengths["F014"] == pytest.approx(304 / 30.4375)
        assert set(rows["period_end"].dt.year) == {2021, 2022, 2023}

    def test_each_figure_is_a_year_or_a_part(self, muenchen):
        yearly = fallzahlen.list_yearly_applications(muenchen.case_counts, **WOHNGELD)
        partial = fallzahlen.list_partial_applications(muenchen.case_counts, **WOHNGELD)
        keys = [key for rows in (yearly, partial) for keys in rows["origins"] for key in keys]
        received = muenchen.case_counts.loc[
            lambda rows: (
                (rows["measure"] == "received")
                & (rows["service"] == "wohngeld")
                & (rows["place"] == "München")
                & (rows["kind"] == "ist")
            )
        ]
        assert sorted(keys) == sorted(received["origin"])

    @pytest.mark.parametrize(
        ("period", "whole"),
        [
            (("2020-01-01", "2020-12-31"), True),
            (("2020-01-01", "2021-12-31"), False),
            (("2020-01-02", "2020-12-31"), False),
            (("2020-01-01", "2020-12-30"), False),
            (("2020-07-01", "2021-06-30"), False),
        ],
    )
    def test_what_a_calendar_year_is(self, counts, period, whole):
        rows = fallzahlen.list_yearly_applications(counts(_received(period, 5)), **WOHNGELD)
        assert len(rows) == whole

    def test_no_years_are_missing_where_none_is_known(self, counts):
        rows = fallzahlen.list_yearly_applications(counts(_open("2023-01-31", 1)), **WOHNGELD)
        assert fallzahlen.list_missing_years(rows) == []


def test_open_cases_name_their_counting_method_and_their_conflicts(muenchen):
    rows = fallzahlen.list_open_cases(
        muenchen.case_counts, muenchen.contradictions, **WOHNGELD
    ).set_index("fact_id")
    assert rows["period_end"].is_monotonic_increasing
    assert set(rows.index[rows["conflict"]]) == {"F043", "F044", "F372"}
    assert rows["series"].to_dict() == {
        "F043": "Wartende laut Presse",
        "F044": "Anträge",
        "F372": "Anträge",
        "F048": "Anträge",
        "F049": "Anträge",
        "F050": "Anträge",
        "F051": "wartende Haushalte",
        "F052": "Anträge",
    }


def test_an_unknown_counting_method_is_named_as_it_is(counts):
    rows = fallzahlen.list_open_cases(
        counts(_open("2023-01-31", 1, method="neu")),
        pd.DataFrame({"first_origin": [], "second_origin": []}),
        **WOHNGELD,
    )
    assert rows["series"].tolist() == ["neu"]
    assert not rows["conflict"].any()


def test_decisions_of_single_months_beside_what_is_possible(muenchen):
    rows = fallzahlen.list_decisions(muenchen.case_counts, **WOHNGELD)
    assert list(zip(rows["fact_id"], rows["series"], strict=True)) == [
        ("F037", "mögliche Leistung"),
        ("F035", "abgeschlossen"),
        ("F036", "abgeschlossen"),
        ("F038", "mögliche Leistung"),
    ]


class TestDurations:
    def test_who_says_so(self, muenchen):
        rows = fallzahlen.list_durations(muenchen.case_counts, muenchen.sources, **WOHNGELD)
        series = rows.set_index("fact_id")["series"]
        assert series["F058"] == "amtlich"
        assert series["F054"] == "Presse"
        assert series["F065"] == "Fraktion"
        assert rows["period_end"].notna().all()
        assert not {"F062", "F063"} & set(series.index)  # urgent and complex cases only

    def test_the_own_city_shows_each_kind_of_source_and_others_the_best(self, muenchen):
        rows = fallzahlen.compare_durations(
            muenchen.case_counts,
            muenchen.sources,
            service="wohngeld",
            city="München",
            others=["Hamburg", "Nürnberg", "Atlantis"],
        )
        # Hamburg: the press names no figure after October 2025, official monthly figures do;
        # München: two years before its newest figure (July 2025)
        assert rows["fact_id"].tolist() == ["F065", "F058", "F328", "F299"]
        assert rows["own"].tolist() == [True, True, False, False]
        assert rows.loc[3, "value"] == pytest.approx(17.1 * 7 / 30.4375)

    def test_official_sources_go_before_newer_ones_of_others(self, make_rows):
        rows = make_rows(
            "case_counts",
            {
                "measure": "processing_time",
                "method": "verfahrensdauer",
                "place": "Hamburg",
                "period": ("2025-01-01", "2025-01-31"),
                "value": 4,
                "source_id": "Q1",
            },
            {
                "measure": "processing_time",
                "method": "verfahrensdauer",
                "place": "Hamburg",
                "period": ("2025-06-01", "2025-06-30"),
                "value": 9,
                "source_id": "Q2",
            },
        )
        sources = make_rows(
            "sources",
            {"source_id": "Q1", "kind": "amtliche Veröffentlichung", "figures": 1},
            {"source_id": "Q2", "kind": "Partei oder Fraktion", "figures": 1},
        )
        compare = fallzahlen.compare_durations
        found = compare(rows, sources, service="wohngeld", city="München", others=["Hamburg"])
        assert found["value"].tolist() == [4]
        # more than a year older than the newest figure: no longer the best
        rows.loc[0, ["period_start", "period_end"]] = [
            pd.Timestamp("2024-06-01"),
            pd.Timestamp("2024-06-29"),
        ]
        found = compare(rows, sources, service="wohngeld", city="München", others=["Hamburg"])
        assert found["value"].tolist() == [9]

    def test_from_receipt_and_from_complete_documents(self, muenchen):
        rows = fallzahlen.compare_duration_starts(
            muenchen.case_counts, service="wohngeld", places=["Hamburg", "Hamburg-Bergedorf"]
        )
        assert rows["place"].tolist() == ["Hamburg"] * 5 + ["Hamburg-Bergedorf"] * 5
        june = rows.iloc[0]
        assert june["period_end"] == pd.Timestamp("2025-06-30")
        # 17.8 and 4.3 weeks; 13.5 weeks between them
        assert june["from_receipt"] == pytest.approx(17.8 * 7 / 30.4375)
        assert june["from_complete"] == pytest.approx(4.3 * 7 / 30.4375)
        assert june[["value", "lower", "upper"]].tolist() == pytest.approx([13.5 * 7 / 30.4375] * 3)
        assert len(june["origins"]) == 2

    @pytest.mark.parametrize("doubled", ["processing_time", "processing_time_complete"])
    def test_months_with_two_figures_are_left_out(self, counts, doubled):
        receipt = {"measure": "processing_time", "method": "verfahrensdauer", "period": JANUARY}
        complete = {"measure": "processing_time_complete", "period": JANUARY}
        rows = [receipt | {"value": 4}, complete | {"value": 1}]
        compare = fallzahlen.compare_duration_starts
        assert len(compare(counts(*rows), service="wohngeld", places=["München"])) == 1
        again = next(row for row in rows if row["measure"] == doubled) | {"value": 9}
        assert compare(counts(*rows, again), service="wohngeld", places=["München"]).empty

    def test_no_places(self, muenchen):
        rows = fallzahlen.compare_duration_starts(
            muenchen.case_counts, service="wohngeld", places=[]
        )
        assert rows.empty
        assert {"from_receipt", "from_complete", "value"} <= set(rows.columns)


class TestSeriesAndChange:
    def test_one_counting_method_without_undated_rows(self, counts):
        rows = counts(
            _open("2023-01-31", 1),
            _open("2023-02-28", 2, method="haushalte"),
            {"measure": "open", "value": 3, "period": (None, None)},
        )
        series = fallzahlen.list_case_series(rows, "open", **WOHNGELD, method="antraege")
        assert series["value"].tolist() == [1]

    def test_change_by_hand(self, counts):
        # from 90..110 to 150: + 36.4 % to + 66.7 %, best figure + 50 %
        series = fallzahlen.list_case_series(
            counts(_open("2023-01-31", 100, lower=90, upper=110), _open("2023-02-28", 150)),
            "open",
            **WOHNGELD,
            method="antraege",
        )
        row = fallzahlen.measure_change(series).iloc[0]
        assert row[["value", "lower", "upper"]].tolist() == pytest.approx(
            [50, 100 * 150 / 110 - 100, 100 * 150 / 90 - 100]
        )
        assert row["first_end"] == pd.Timestamp("2023-01-31")
        assert row["last_end"] == pd.Timestamp("2023-02-28")

    def test_one_figure_is_no_change(self, counts):
        series = fallzahlen.list_case_series(
            counts(_open("2023-01-31", 100)), "open", **WOHNGELD, method="antraege"
        )
        assert fallzahlen.measure_change(series).empty

    def test_a_change_from_nothing_has_no_percentage(self, counts):
        series = fallzahlen.list_case_series(
            counts(_open("2023-01-31", 0), _open("2023-02-28", 150)),
            "open",
            **WOHNGELD,
            method="antraege",
        )
        assert fallzahlen.measure_change(series)["value"].isna().all()

    def test_stacked_series_keep_their_names(self, counts):
        stacked = fallzahlen.stack_series(
            {"a": counts(_open("2023-01-31", 1)), "b": counts(_open("2023-01-31", 2))}
        )
        assert list(zip(stacked["label"], stacked["value"], strict=True)) == [("a", 1), ("b", 2)]


def test_the_title_of_the_comparison():
    title = fallzahlen.head_comparison("München", ["mehr als 18", "rund 17"], ["5", "3", "2"])
    assert title == "München: mehr als 18 oder rund 17 Monate; andere Städte: 2 bis 5 Monate"
    assert "Städtevergleich" in fallzahlen.head_comparison("München", [], ["2"])


class TestRegularMonths:
    """Where monthly figures are regular, single figures make way for the series."""

    @pytest.fixture
    def own(self, city):
        rows = city["case_counts"]
        return rows, {"service": "wohngeld", "place": "Musterstadt"}

    def test_sixty_months_are_no_parts_of_years(self, own):
        rows, wohngeld = own
        assert fallzahlen.list_partial_applications(rows, **wohngeld).empty
        yearly = fallzahlen.list_yearly_applications(rows, **wohngeld)
        assert yearly["period_end"].dt.year.tolist() == [2024]
        assert len(fallzahlen.list_received_months(rows, **wohngeld)) == 60

    def test_stocks_are_joined_by_a_line(self, own, counts):
        rows, wohngeld = own
        none = pd.DataFrame({"first_origin": [], "second_origin": []})
        assert fallzahlen.list_open_cases(rows, none, **wohngeld)["connect"].all()
        single = counts(_open("2023-01-31", 400), _open("2023-02-28", 410))
        assert not fallzahlen.list_open_cases(single, none, **WOHNGELD)["connect"].any()

    def test_key_figures_show_the_latest_month_only(self, own):
        rows, wohngeld = own
        backlog = fallzahlen.measure_backlog_range(rows, **wohngeld, window=3).dropna(
            subset=["value"]
        )
        assert len(backlog) == 58
        assert fallzahlen.keep_latest(backlog)["period_end"].tolist() == [
            pd.Timestamp("2025-12-31")
        ]
        few = backlog.head(3)
        assert len(fallzahlen.keep_latest(few)) == 3

    def test_the_whole_agrees_with_the_rows_by_unit(self, own):
        rows, wohngeld = own
        window = fallzahlen.measure_clearance(rows, **wohngeld, window=3)
        monthly = months.list_months(rows, ["received", "decided"], place="Musterstadt")
        by_unit = caseload.measure_clearance_by_unit(
            monthly.loc[monthly["service"] == "wohngeld"], window=3
        )
        assert window["value"].tolist() == pytest.approx(by_unit["value"].tolist())

    def test_medians_and_percentiles_are_series_of_their_own(self, own, muenchen):
        rows, wohngeld = own
        sources = muenchen.sources.head(0)
        found = fallzahlen.list_durations(rows, sources, **wohngeld)
        assert set(found["series"]) == {"Median", "90. Perzentil"}
        assert found["connect"].all()
        assert set(fallzahlen.pick_headline(found)["series"]) == {"Median"}
        assert fallzahlen.say_duration_kind(found) == "Median der Bearbeitungsdauer"
        assert "entschiedenen" in fallzahlen.head_durations(found, "Musterstadt")
        published = fallzahlen.list_durations(muenchen.case_counts, muenchen.sources, **WOHNGELD)
        assert not published["connect"].any()
        assert fallzahlen.head_durations(published, "München").startswith("Veröffentlichte")

    def test_a_figure_that_is_not_released_enters_nothing(self, own):
        rows, wohngeld = own
        hidden = rows.copy()
        here = (
            (hidden["service"] == "wohngeld")
            & (hidden["measure"] == "decided")
            & (hidden["period_end"] == "2024-06-30")
        )
        assert here.sum() == 1
        hidden.loc[here, ["value", "lower", "upper"]] = float("nan")
        clearance = fallzahlen.measure_clearance(hidden, **wohngeld, window=2)
        ends = set(clearance["period_end"])
        assert not {pd.Timestamp("2024-06-30"), pd.Timestamp("2024-07-31")} & ends
        assert pd.Timestamp("2024-08-31") in ends


class TestWaiting:
    @pytest.fixture
    def backlog(self):
        return pd.DataFrame(
            {
                "period_start": [pd.Timestamp("2023-06-30")],
                "period_end": [pd.Timestamp("2023-06-30")],
                "open": [1000.0],
                "value": [10.0],
                "lower": [9.0],
                "upper": [11.0],
                "measure": ["backlog_range"],
                "origins": [("b#1",)],
            }
        )

    def duration(self, first, last, value, lower, upper, series="amtlich"):
        return {
            "period_start": pd.Timestamp(first),
            "period_end": pd.Timestamp(last),
            "value": value,
            "lower": lower,
            "upper": upper,
            "rule": "rounded",
            "measure": "processing_time",
            "series": series,
            "origins": ("d#1",),
        }

    def compare(self, backlog, *durations):
        return fallzahlen.compare_waiting(backlog, pd.DataFrame(list(durations)))

    @pytest.mark.parametrize(
        ("value", "lower", "upper", "verdict"),
        [
            (12, 11, 13, "vereinbar"),  # the ranges meet at 11
            (12, 11.5, 12.5, "weicht ab"),  # 12 is not more than 1.5 × 10
            (16, 15.5, 16.5, "weicht stark ab"),  # 16 is
            (6, 5, 7, "weicht stark ab"),  # 10 is more than 1.5 × 6
            (7, 6, 8, "weicht ab"),
            (18, math.nan, 18, "vereinbar"),  # at most 18: it may be 10
            (18, 18, math.nan, "weicht stark ab"),
            (6, 6, math.nan, "vereinbar"),  # at least 6: it may be 10
        ],
    )
    def test_verdicts(self, backlog, value, lower, upper, verdict):
        pair = self.compare(
            backlog, self.duration("2023-06-01", "2023-06-30", value, lower, upper)
        ).iloc[0]
        assert pair["verdict"] == verdict
        assert (pair["value"], pair["stated"], pair["open"]) == (10, value, 1000)
        assert pair["origins"] == ("b#1", "d#1")
        assert pair["stated_period"] == "Juni 2023"

    def test_the_nearest_figure_of_each_series_within_a_year(self, backlog):
        found = self.compare(
            backlog,
            self.duration("2022-12-01", "2022-12-31", 1, 1, 1),
            self.duration("2023-09-01", "2023-09-30", 2, 2, 2),
            self.duration("2022-06-01", "2022-06-10", 3, 3, 3, series="Presse"),
            self.duration("2023-01-01", "2023-12-31", 4, 4, 4, series="Fraktion"),
        )
        assert found.set_index("series")["stated"].to_dict() == {"amtlich": 2, "Fraktion": 4}

    def test_reasons_only_where_they_are_far_apart(self, backlog):
        near = self.compare(backlog, self.duration("2023-06-01", "2023-06-30", 12, 11.5, 12.5))
        far = self.compare(backlog, self.duration("2023-06-01", "2023-06-30", 20, 19, 21))
        assert fallzahlen.list_waiting_reasons(near) == []
        assert len(fallzahlen.list_waiting_reasons(far)) == 4
        assert fallzahlen.head_waiting(far, "10 Monate", "20 Monate") == (
            "Rechnerische Wartezeit 10 Monate, angegebene Bearbeitungsdauer 20 Monate: "
            "weicht stark ab"
        )

    def test_muenchen(self, muenchen):
        # 11 722 ÷ 1 091 = 10.7 months on 28 February 2023; »zirka zwölf Monate« in December 2022
        found = fallzahlen.compare_waiting(
            _backlog(muenchen.case_counts, window=2),
            fallzahlen.list_durations(muenchen.case_counts, muenchen.sources, **WOHNGELD),
        )
        official = found.loc[(found["series"] == "amtlich") & (found["open"] == 11722)].iloc[0]
        assert official["value"] == pytest.approx(11722 / 1091)
        assert (official["stated"], official["verdict"]) == (12, "weicht ab")

    def test_nothing_to_compare(self, backlog):
        durations = pd.DataFrame([self.duration("2010-01-01", "2010-01-31", 1, 1, 1)])
        assert fallzahlen.compare_waiting(backlog, durations).empty
        assert fallzahlen.compare_waiting(backlog.head(0), durations).empty
