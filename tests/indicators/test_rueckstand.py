"""Backlog until now: the path of München's figures, predictions, growth, forecast."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.assumed import BacklogSettings
from analysis.indicators import backlog_words, outlook, rueckstand
from analysis.models.forecast import Forecast

MUSTER = rueckstand.Scope("wohngeld", "Musterstadt", pd.Timestamp("2026-12-31"))


@pytest.fixture(scope="module")
def scope(muenchen):
    return rueckstand.Scope("wohngeld", "München", muenchen.stichtag)


@pytest.fixture(scope="module")
def settings(muenchen):
    return rueckstand.require_settings(muenchen.edition.backlog)


@pytest.fixture(scope="module")
def figures(muenchen, scope):
    return rueckstand.select_figures(muenchen.case_counts, scope)


@pytest.fixture(scope="module")
def backlog(muenchen, scope, settings):
    """The path without any assumption."""
    nothing = muenchen.assumed.head(0)
    return rueckstand.estimate_backlog(muenchen.case_counts, scope, settings, nothing)


@pytest.fixture(scope="module")
def limited(muenchen, scope, settings):
    """The path with the edition's limits."""
    return rueckstand.estimate_backlog(muenchen.case_counts, scope, settings, muenchen.assumed)


@pytest.fixture(scope="module")
def check(figures, settings):
    return rueckstand.check_predictions(figures, settings)


@pytest.fixture
def make_months(make_rows):
    """Build monthly observations of Musterstadt."""

    def make(table, measure, values, first="2024-01", **keys):
        months = pd.period_range(first, periods=len(values), freq="M")
        rows = []
        for month, value in zip(months, values, strict=True):
            end = month.end_time.normalize()
            begin = end if measure in {"posts_filled", "open"} else month.start_time
            names = {"fact_id": f"{measure}{month}", "origin": f"{measure}.csv#{month}"}
            rows.append(
                {"measure": measure, "value": value, "period": (begin, end), "place": "Musterstadt"}
                | names
                | keys
            )
        return make_rows(table, *rows)

    return make


def _at(backlog, month, measure):
    rows = backlog.months
    return rows[(rows["month"] == month) & (rows["measure"] == measure)].iloc[0]


class TestPath:
    def test_only_applications_of_the_city_bind_it(self, figures):
        assert set(figures["method"]) <= set(rueckstand.METHODS)
        assert set(figures["label"]) == {"eingegangen", "erledigt", "offen"}
        assert "F043" not in set(figures["fact_id"])  # 16.000 waiting by the press
        assert "F051" not in set(figures["fact_id"])  # over 18.000 households
        assert "F037" not in set(figures["fact_id"])  # possible output, not decided

    def test_published_contradiction_is_named(self, backlog):
        # 11 722 and 11 676 open on 28 February 2023: 46 apart, 23 each.
        assert backlog.conflicts["key"].tolist() == ["F044", "F372"]
        assert backlog.conflicts["gap"].tolist() == pytest.approx([23, 23], abs=0.01)
        assert backlog.relaxation == pytest.approx(46, abs=0.1)
        assert _at(backlog, "2023-02-28", "open")["value"] == pytest.approx(11_699, abs=1)
        title = backlog_words.head_conflicts(backlog)
        assert title == "2 Angaben widersprechen sich um zusammen 46 Anträge"

    @pytest.mark.parametrize(
        ("month", "measure", "published"),
        [
            ("2023-01-31", "received", 2583),
            ("2023-02-28", "decided", 1103),
            ("2023-03-31", "received", 1805),
        ],
    )
    def test_months_that_are_published_are_met(self, backlog, month, measure, published):
        row = _at(backlog, month, measure)
        assert [row["lower"], row["value"], row["upper"]] == pytest.approx([published] * 3, abs=0.1)

    def test_january_stock_follows_by_hand(self, backlog):
        # 11 699 − 2 239 + 1 103 = 10 563, with ± 0 left over by the relaxed figures.
        row = _at(backlog, "2023-01-31", "open")
        assert [row["lower"], row["upper"]] == pytest.approx([10_563, 10_563], abs=1)

    def test_open_sides_stay_open(self, backlog):
        assert pd.isna(_at(backlog, "2024-06-30", "received")["upper"])
        assert backlog.open_months == 0
        assert backlog_words.explain_limits(backlog) == ""

    def test_assumptions_close_them_and_the_note_says_so(self, backlog, limited):
        assert limited.months[["lower", "upper"]].notna().all().all()
        assert _at(limited, "2024-06-30", "received")["upper"] == pytest.approx(4000, abs=1e-3)
        stocks = backlog.months[backlog.months["measure"].eq("open")]
        assert limited.open_months == stocks["upper"].isna().sum() > 0
        note = backlog_words.explain_limits(limited)
        assert "höchstens erledigte Anträge 2.500" in note
        assert f"in {limited.open_months} von {len(stocks)} Monaten nach oben offen" in note
        assert "muenchen.toml#wohngeld/most_decided" in limited.months["origins"].iloc[0]
        changed = limited._replace(limits=limited.limits.assign(changed=True))
        assert "2.500, für diesen Lauf geändert" in backlog_words.explain_limits(changed)

    def test_shown_from_the_first_month_that_is_known(self, limited):
        # Open at the end of 2022: 10 563 − 2 583 + 1 079 = 9 059. Three months before at least
        # 9 059 minus what was received from October to December: 14 750 − 9 650 = 5 100 → 3 959.
        stocks = rueckstand.list_stocks(limited)
        assert stocks["month"].iloc[0] == pd.Timestamp("2022-09-30")
        assert stocks["lower"].iloc[0] == pytest.approx(3959, abs=1)
        flows = rueckstand.list_flows(limited)
        first = flows.groupby("label")["month"].min()
        assert first["eingegangen"] == pd.Timestamp("2021-01-31")
        assert first["erledigt"] == stocks["month"].iloc[0]

    def test_ends_with_the_last_figure_before_the_key_date(self, muenchen, scope, settings):
        early = scope._replace(until=pd.Timestamp("2024-06-30"))
        # Tables as of today: the key date alone has to keep later figures out.
        path = rueckstand.estimate_backlog(muenchen.case_counts, early, settings, muenchen.assumed)
        assert path.months["month"].max() == pd.Timestamp("2024-02-29")
        assert path.figures["period_end"].max() <= early.until

    @pytest.mark.parametrize(
        "day", ["2008-06-30", "2020-12-31", "2021-06-30", "2021-12-31", "2022-12-31"]
    )
    def test_nothing_before_a_stock_is_known(self, muenchen, scope, settings, day):
        early = scope._replace(until=pd.Timestamp(day))
        counts, assumed = muenchen.case_counts, muenchen.assumed
        assert rueckstand.estimate_backlog(counts, early, settings, assumed) is None
        assert outlook.derive_start(counts, assumed, early) is None
        known = rueckstand.select_figures(counts, early)
        assert rueckstand.check_predictions(known, settings) is None

    def test_complete_months_need_no_path(self, city, settings):
        scope = rueckstand.Scope("wohngeld", "Musterstadt", pd.Timestamp("2025-12-31"))
        nothing = pd.DataFrame(columns=["subject", "quantity"])
        assert rueckstand.estimate_backlog(city["case_counts"], scope, settings, nothing) is None

    def test_single_months_are_marks(self, figures):
        marks = rueckstand.list_flow_points(figures)
        assert marks["value"].tolist() == [1079, 2583, 1103, 2239, 1805]


class TestCheck:
    def test_predictions_are_compared_with_what_came(self, check):
        days = check.days
        assert days["published"].tolist() == [17_500, 18_000]
        assert days["ahead"].tolist() == [4, 17]
        assert (days["error"] == days["value"] - days["published"]).all()
        assert (days["lower"] <= days["value"]).all()
        # 18 000 may be 17 500 to 18 500, so the error is known to ± 500.
        last = days.iloc[-1]
        assert last["error_upper"] - last["error_lower"] == pytest.approx(1000)
        assert check.months["month"].max() == pd.Timestamp("2025-03-31")
        assert check.history["month"].max() == pd.Timestamp("2023-10-31")

    def test_actual_growth_by_hand(self, check):
        # 31.10.2023 to 29.02.2024: 121 days = 3.975 months, 17 500 − 16 200 = 1 300 → 327.0.
        assert check.days["actual_growth"].iloc[0] == pytest.approx(1300 / (121 / 30.4375))
        first = check.days.iloc[0]
        known = check.history["value"].iloc[-1]
        assert first["value"] == pytest.approx(known + 4 * first["growth"], abs=1)

    def test_worked_example_of_the_method_page(self, check):
        days = check.days
        assert days["value"].tolist() == pytest.approx([18_251, 25_079], abs=1)
        assert days["growth"].tolist() == pytest.approx([525, 525], abs=0.5)
        assert days["actual_growth"].tolist() == pytest.approx([327, 104], abs=0.5)

    def test_does_not_know_later_figures(self, figures, settings, check):
        early = figures[figures["period_end"] <= "2023-10-31"]
        later = figures[(figures["period_end"] >= "2024-02-01") & figures["measure"].eq("open")]
        changed = later.assign(value=later["value"] * 2, lower=later["lower"] * 2)
        both = pd.concat([early, changed], ignore_index=True)
        other = rueckstand.check_predictions(both, settings)
        assert other.days["value"].tolist() == pytest.approx(check.days["value"].tolist(), abs=1)

    def test_verdicts(self, make_rows):
        # Open 100 at the end of January, 120 at the end of March: +10 a month, 140 in May.
        def judge(lower, upper):
            stocks = [
                (100, 100, "2024-01-31"),
                (120, 120, "2024-03-31"),
                (lower, upper, "2024-05-31"),
            ]
            flows = {"measure": "received", "value": 50, "period": ("2024-02-01", "2024-03-31")}
            rows = [
                {"value": (low + high) / 2, "lower": low, "upper": high, "period": (day, day)}
                for low, high, day in stocks
            ]
            figures = rueckstand.select_figures(
                make_rows("case_counts", *rows, flows),
                rueckstand.Scope("wohngeld", "München", pd.Timestamp("2024-12-31")),
            )
            settings = BacklogSettings(
                service="wohngeld",
                first="2024-01",
                window=2,
                check_until="2024-03",
                check_days=["2024-05-31"],
            )
            return backlog_words.head_check(rueckstand.check_predictions(figures, settings))

        assert judge(100, 100).endswith("um 40\u202f% zu hoch")
        assert judge(280, 280).endswith("um 50\u202f% zu niedrig")
        assert judge(130, 150).endswith("im Rahmen der Rundung richtig")

    def test_nothing_to_check(self, figures, settings):
        for until in ("", "2020-12"):
            none = settings.model_copy(update={"check_until": until})
            assert rueckstand.check_predictions(figures, none) is None
        assert rueckstand.check_predictions(figures.head(1), settings) is None


class TestDecomposition:
    # Each span has two months; by hand in docs/methods/backlog-decomposition.md, here halved per
    # month: received 600, 600 | 750, 750; decided 600, 600 | 450, 450; staff 30, 30 | 25, 25.
    @pytest.fixture
    def counts(self, make_months):
        flows = {"received": [600, 600, 750, 750], "decided": [600, 600, 450, 450]}
        parts = [make_months("case_counts", name, values) for name, values in flows.items()]
        return pd.concat(parts, ignore_index=True)

    def test_two_spans(self, counts, make_months):
        staff = make_months("staffing", "posts_filled", [30, 30, 25, 25])
        parts = rueckstand.decompose_backlog(counts, staff, MUSTER, months=2)
        assert dict(zip(parts["key"], parts["value"], strict=True)) == pytest.approx(
            {"applications": 300, "staff": 190, "output": 110, "total": 600}
        )
        assert parts["text"].tolist() == ["+300", "+190", "+110", "+600"]
        assert parts[["before", "after"]].iloc[0].tolist() == [0, 600]
        assert "posts_filled.csv#2024-04" in parts["origins"].iloc[0]
        assert backlog_words.head_decomposition(parts) == (
            "Veränderung des Rückstands in zwölf Monaten: plus 600 nach plus 0 Anträgen im Jahr "
            "davor, vor allem durch mehr Anträge"
        )
        assert rueckstand.decompose_backlog(counts, staff, MUSTER, months=3).empty

    def test_a_month_that_is_hidden_or_comes_later_gives_nothing(self, counts, make_months):
        staff = make_months("staffing", "posts_filled", [30, 30, 25, 25])
        hidden = counts.assign(value=counts["value"].where(counts.index != 2))
        assert rueckstand.decompose_backlog(hidden, staff, MUSTER, months=2).empty
        early = MUSTER._replace(until=pd.Timestamp("2024-03-31"))
        assert rueckstand.decompose_backlog(counts, staff, early, months=2).empty
        nobody = make_months("staffing", "posts_filled", [0, 0, 25, 25])
        assert rueckstand.decompose_backlog(counts, nobody, MUSTER, months=2).empty

    def test_staff_of_the_units_that_handle_the_cases(self, counts, make_months):
        own = make_months("case_counts", "received", [1, 1, 1, 1], unit="sbh_ost")
        other = make_months("case_counts", "received", [1, 1, 1, 1], unit="sbh_nord")
        both = pd.concat([counts, own, other], ignore_index=True)
        kinds = {"service": "sozialreferat"}
        posts = [
            make_months("staffing", "posts_filled", values, unit=unit, **kinds)
            for unit, values in (
                ("sbh_ost", [10, 10, 10, 10]),
                ("sbh_nord", [20, 20, 15, 15]),
                ("stadtjugendamt", [99, 98, 97, 96]),
            )
        ]
        staff = pd.concat(posts, ignore_index=True)
        parts = rueckstand.decompose_backlog(both, staff, MUSTER, months=2)
        assert parts.set_index("key")["value"]["staff"] == pytest.approx(190)
        unknown = staff.assign(value=staff["value"].where(staff.index != 5))
        assert rueckstand.decompose_backlog(both, unknown, MUSTER, months=2).empty

    def test_rounded_figures_leave_a_range(self, counts, make_months):
        staff = make_months("staffing", "posts_filled", [30, 30, 25, 25])
        room = staff.assign(lower=staff["value"] - 2.5, upper=staff["value"] + 2.5)
        parts = rueckstand.decompose_backlog(counts, room, MUSTER, months=2).set_index("key")
        assert parts.loc["applications", ["lower", "upper"]].tolist() == [300, 300]
        assert parts.loc["staff", "lower"] < 190 < parts.loc["staff", "upper"]
        # 27.5 against 27.5 posts is possible: no fewer staff at all.
        assert parts.loc["staff", "lower"] == pytest.approx(0)
        assert parts.loc["staff", "label"] == "weniger oder mehr Personal"


class TestForecast:
    def test_needs_months_without_gaps(self, make_months):
        counts = make_months(
            "case_counts", "received", [100 + month % 12 for month in range(38)], "2021-01"
        )
        found = rueckstand.forecast_applications(counts, MUSTER, horizon=1)
        assert found.model == "Vorjahresmonat"
        assert rueckstand.forecast_applications(counts.drop(index=5), MUSTER) is None
        assert rueckstand.forecast_applications(counts.head(0), MUSTER) is None

    def test_rows_and_title(self, make_months):
        counts = make_months("case_counts", "received", [100.0] * 12)
        received = rueckstand.list_received(counts, MUSTER)
        months = pd.DataFrame(
            {
                "month": pd.period_range("2025-01", periods=3, freq="M"),
                "value": [110.0, 110, 110],
                "lower": [101.0, 101, 101],
                "upper": [120.0, 120, 120],
            }
        )
        scores = pd.DataFrame({"model": ["Vorjahresmonat", "x"], "mase": [1.0, 0.5]})
        forecast = Forecast(months, "x", scores, 80.0)
        rows = rueckstand.list_forecast(forecast, received)
        assert rows["period_end"].iloc[0] == pd.Timestamp("2025-01-31")
        assert rows["origins"].iloc[0] == tuple(counts["origin"])
        assert backlog_words.head_forecast(rows, received) == (
            "Erwartet werden in 3 Monaten rund 330 Anträge, mehr als in den 3 Monaten davor (300)"
        )
        wide = rows.assign(lower=90.0)
        assert "nicht unterscheidbar von den 3" in backlog_words.head_forecast(wide, received)
        assert rueckstand.list_scores(forecast)["used"].tolist() == ["nein", "ja"]
        assert backlog_words.head_scores(forecast) == (
            "Verwendet wird »x«: Fehlermaß 0,50, Vorjahresmonat 1,00"
        )
        naive = forecast._replace(model="Vorjahresmonat")
        assert backlog_words.head_scores(naive).startswith("Kein Modell ist besser")
        assert "soll 80\u202f% der Monate treffen" in backlog_words.explain_scores(forecast)
