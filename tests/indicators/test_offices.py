"""Offices are gathered from figures and assumptions; what is missing or refused is said."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analysis.assumed import Assumed
from analysis.errors import DataError
from analysis.fields import TABLES
from analysis.indicators import outlook
from analysis.indicators.assumptions import change_assumptions, list_assumed
from analysis.indicators.offices import (
    Registers,
    gather_offices,
    gather_output_office,
    list_evidence,
    name_kind,
)
from analysis.indicators.rueckstand import Scope, select_figures
from analysis.models.staffing_need import measure_growth, measure_permanent_need

MONTHS = pd.date_range("2024-12-01", "2025-12-01", freq="MS")
PLACE = "Musterstadt"
ASSUMED = {
    "vollzeit/working_minutes": 96_000,
    "verteilzeit/allowance_factual": 5,
    "verteilzeit/allowance_personal": 5,
    "wohngeld/base_minutes": (180, 200, 220),
    "grundsicherung/base_minutes": 100,
    "wohngeld/target_months": 3,
    "wohngeld/clear_months": 24,
    "haus/staff_share": (40, 50, 60),
}
REGISTERS = Registers(
    pd.DataFrame(
        {
            "unit_id": ["sued", "nord", "mitte"],
            "label": ["Haus Süd", "Haus Nord", "Haus Mitte"],
            "kind": ["Haus", "Haus", "Amt"],
        }
    ),
    pd.DataFrame(
        {"service_id": ["wohngeld", "grundsicherung"], "label": ["Wohngeld", "Grundsicherung"]}
    ),
)


def assume(given=None, *, facts=(), **changes):
    entries = {**ASSUMED, **(given or {}), **changes}
    items = [
        Assumed(
            subject=key.partition("/")[0],
            name=key.partition("/")[0].title(),
            quantity=key.partition("/")[2],
            minimum=points[0],
            mode=points[1],
            maximum=points[2],
            basis="Annahme",
            source=f"Annahme für den Test: {key}",
            as_of=dt.date(2025, 12, 31),
            facts=facts if key.endswith("base_minutes") else (),
        )
        for key, value in entries.items()
        if value is not None
        for points in [value if isinstance(value, tuple) else (value, value, value)]
    ]
    return list_assumed(items, edition="probe")


def observe(table, rows):
    columns = [field.name for field in TABLES[table]]
    base = {
        "group": "", "place": PLACE, "level": "Stadt", "kind": "ist", "rule": "exact", "unit": "",
        "method": "antraege", "measure_unit": "Anträge", "sign": "", "source_id": "probe.csv",
    }  # fmt: skip
    records = []
    for number, row in enumerate(rows):
        value = row["value"]
        extra = {"lower": value, "upper": value, "published": f"{value}", "wording": f"{value}"}
        keys = {"fact_id": f"F{number}", "origin": f"{table}.csv#{number + 2}"}
        records.append({**base, **extra, **keys, **row})
    frame = pd.DataFrame(records, columns=list(dict.fromkeys([*columns, "sign"])))
    dates = ["period_start", "period_end"]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})


def monthly(unit, service, measure, values, *, stock=False):
    return [
        {
            "unit": unit,
            "service": service,
            "measure": measure,
            "value": float(value),
            "period_start": month + pd.offsets.MonthEnd(0) if stock else month,
            "period_end": month + pd.offsets.MonthEnd(0),
        }
        for month, value in zip(MONTHS, values, strict=True)
    ]


def office_cases(nord_wohngeld=100):
    flat = [100] * len(MONTHS)
    return [
        *monthly("nord", "wohngeld", "received", [nord_wohngeld] * len(MONTHS)),
        *monthly("nord", "grundsicherung", "received", [20] * len(MONTHS)),
        *monthly("sued", "wohngeld", "received", flat),
        *monthly("nord", "wohngeld", "open", [500] * 12 + [700], stock=True),
        *monthly("nord", "grundsicherung", "open", [50] * 12 + [50], stock=True),
        *monthly("sued", "wohngeld", "open", [90] * 12 + [80], stock=True),
    ]


def office_posts():
    rows = []
    for unit, planned, filled in (("nord", 12, 10), ("sued", 20, 19)):
        rows += monthly(unit, "sozialreferat", "posts_planned", [planned] * 13, stock=True)
        rows += monthly(unit, "sozialreferat", "posts_filled", [filled] * 13, stock=True)
    return rows


def gather(assumed=None, cases=None, posts=None):
    return gather_offices(
        observe("case_counts", office_cases() if cases is None else cases),
        observe("staffing", office_posts() if posts is None else posts),
        assume() if assumed is None else assumed,
        place=PLACE,
        registers=REGISTERS,
    )


class TestFromHandlingTimes:
    def test_cases_are_those_of_the_last_twelve_months(self):
        gathered = gather()
        assert gathered.units == ("sued", "nord")
        nord = gathered.offices[1]
        assert [(task.name, task.cases.value) for task in nord.tasks] == [
            ("Grundsicherung", 240),
            ("Wohngeld", 1200),
        ]
        assert (nord.staff.planned.value, nord.staff.filled.value) == (12, 10)
        assert nord.staff.share == (0.4, 0.5, 0.6)
        assert gathered.left_out.empty

    def test_need_by_hand(self):
        # 1 200 · 200 · 1.1 = 264 000 and 240 · 100 · 1.1 = 26 400 minutes, ÷ 96 000 = 3.025 VZÄ.
        nord = gather().offices[1]
        need = measure_permanent_need(nord.tasks, nord.allowances, nord.working_time)
        assert need.value == pytest.approx(3.025)
        # lower with 180 minutes: 1 200 · 198 = 237 600 → (237 600 + 26 400) ÷ 96 000 = 2.75.
        assert need.lower == pytest.approx(2.75)

    def test_a_goal_belongs_to_the_service_that_states_one(self):
        grundsicherung, wohngeld = gather().offices[1].tasks
        assert grundsicherung.clearing is None
        assert wohngeld.clearing.open_cases.value == 700
        assert wohngeld.clearing.months.value == 24

    def test_inputs_lead_to_their_rows_and_assumptions(self):
        nord = gather().offices[1]
        cases = nord.evidence["cases:wohngeld"]
        # Rows 3 to 14 of the file: February is the second month; the first month is left out.
        assert cases.origins == tuple(f"case_counts.csv#{line}" for line in range(3, 15))
        assert cases.measure == "received"
        assert nord.evidence["base:wohngeld"].origins == ("probe.toml#wohngeld/base_minutes",)
        assert "Stand 31.12.2025" in nord.evidence["year"].source
        assert nord.evidence["filled"].measure == "posts_filled"
        assert list_evidence(nord.evidence, "share") == ("probe.toml#haus/staff_share",)

    def test_a_changed_assumption_is_named(self):
        changed = change_assumptions(assume(), {"wohngeld/base_minutes": (90.0, 100.0, 110.0)})
        nord = gather(changed).offices[1]
        assert nord.tasks[1].base_minutes == (90, 100, 110)
        assert nord.evidence["base:wohngeld"].source.startswith("für diesen Lauf geändert")

    def test_a_unit_s_own_share_comes_before_that_of_its_kind(self):
        nord = gather(assume({"nord/staff_share": 25})).offices[1]
        assert nord.staff.share == (0.25, 0.25, 0.25)

    def test_other_tasks_are_listed_apart(self):
        nord = gather(assume({"nord/other_tasks": (1, 2, 3)})).offices[1]
        assert [tuple(other.posts) for other in nord.others] == [(1, 2, 3)]

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"grundsicherung/base_minutes": None}, "»Grundsicherung« fehlt die Grundzeit"),
            ({"haus/staff_share": None, "sued/staff_share": 50}, "Anteil der Stellen"),
        ],
    )
    def test_an_office_without_an_assumption_is_left_out(self, change, reason):
        gathered = gather(assume(change))
        assert gathered.units == ("sued",)
        assert gathered.left_out["unit_label"].tolist() == ["Haus Nord"]
        assert reason in gathered.left_out["reason"].iloc[0]

    def test_an_office_with_a_hidden_month_is_left_out(self):
        cases = office_cases()
        cases[8] |= {"value": float("nan"), "sign": "."}
        gathered = gather(cases=cases)
        assert gathered.units == ("sued",)
        assert "»Wohngeld«" in gathered.left_out["reason"].iloc[0]
        assert "nicht veröffentlicht" in gathered.left_out["reason"].iloc[0]

    def test_a_released_year_stands_for_hidden_months(self):
        cases = office_cases()
        cases[8] |= {"value": float("nan"), "sign": "."}
        year = {"unit": "nord", "service": "wohngeld", "measure": "received", "value": 1234.0}
        for number in (2024, 2025):
            dates = {"period_start": f"{number}-01-01", "period_end": f"{number}-12-31"}
            cases.append({**year, **dates})
        nord = gather(cases=cases).offices[1]
        assert nord.tasks[1].cases.value == 1234
        assert nord.evidence["cases:wohngeld"].origins == (f"case_counts.csv#{len(cases) + 1}",)

    def test_an_office_without_filled_posts_is_left_out(self):
        posts = [row for row in office_posts() if row["unit"] != "nord"]
        gathered = gather(posts=posts)
        assert gathered.units == ("sued",)
        assert "besetzten Stellen" in gathered.left_out["reason"].iloc[0]

    def test_without_handling_times_there_is_no_office(self):
        bare = assume({"wohngeld/base_minutes": None, "grundsicherung/base_minutes": None})
        assert gather(bare).offices == ()
        assert gather(cases=[]).offices == ()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"vollzeit/working_minutes": None}, "Jahresarbeitszeit fehlt die Quelle mit Datum"),
            ({"vollzeit_netto/working_minutes": 90_000}, "doppelt abgezogen"),
            (
                {"verteilzeit/allowance_factual": None, "verteilzeit/allowance_personal": None},
                "Die Verteilzeit fehlt",
            ),
        ],
    )
    def test_a_refused_assumption_is_a_fault_of_the_edition(self, change, words):
        with pytest.raises(DataError, match=words):
            gather(assume(change))

    def test_a_net_year_needs_no_allowance(self):
        change = {"verteilzeit/allowance_factual": None, "verteilzeit/allowance_personal": None}
        change |= {"vollzeit/working_minutes": None, "vollzeit_netto/working_minutes": 90_000}
        nord = gather(assume(change)).offices[1]
        assert nord.working_time.net_of_allowances
        assert nord.allowances.factor.upper == 1

    def test_a_duration_is_refused_as_handling_time(self):
        cases = office_cases()
        duration = {"service": "wohngeld", "measure": "processing_time", "value": 12.0}
        dates = {"period_start": "2025-12-01", "period_end": "2025-12-31"}
        cases.append({**duration, **dates, "fact_id": "F900"})
        assert gather(assume(facts=("F1",)), cases=cases).offices
        with pytest.raises(DataError, match="Durchlaufzeit"):
            gather(assume(facts=("F900",)), cases=cases)


def published(**changes):
    rows = [
        ("decided", 1079, "2023-01-01", "2023-01-31", "abschliessend_bearbeitet"),
        ("decided", 1103, "2023-02-01", "2023-02-28", "abschliessend_bearbeitet"),
        ("decided", 900, "2022-05-01", "2022-05-31", "abschliessend_bearbeitet"),
        ("open", 17_500, "2024-02-29", "2024-02-29", "antraege"),
        ("open", 18_000, "2025-04-08", "2025-04-08", "antraege"),
        ("open", 99_999, "2025-05-01", "2025-05-01", "haushalte"),
    ]
    return observe(
        "case_counts",
        [
            {"service": "wohngeld", "measure": measure, "value": float(value),
             "period_start": start, "period_end": end, "method": method,
             **changes.get(start, {})}
            for measure, value, start, end, method in rows
        ],
    )  # fmt: skip


def published_posts(planned_date=("2022-12-01", "2022-12-31")):
    rows = [
        ("posts_planned", 51.0, *planned_date, "stellen"),
        ("posts_filled", 56.67, "2023-01-01", "2023-06-30", "vzae"),
        ("posts_filled", 80.0, "2025-01-01", "2025-01-31", "vzae"),
    ]
    return observe(
        "staffing",
        [
            {"service": "wohngeld", "measure": measure, "value": value, "period_start": start,
             "period_end": end, "method": method, "wording": f"{value} Stellen"}
            for measure, value, start, end, method in rows
        ],
    )  # fmt: skip


STAFF = {"wohngeld/staff": (75, 100, 110)}


def gather_output(cases=None, posts=None, given=None, until="2026-01-31"):
    return gather_output_office(
        published() if cases is None else cases,
        published_posts() if posts is None else posts,
        assume({"wohngeld/received": (1592, 1650, 1800), **(given or {})}),
        scope=Scope("wohngeld", PLACE, pd.Timestamp(until)),
        label="Wohngeldstelle",
    )


class TestFromOutput:
    def test_output_is_of_the_months_with_known_posts(self):
        # Filled posts of 2025 are later, but nothing is known of what they decided.
        office = gather_output()
        assert office.decided == (1079, 1091, 1103)
        assert office.staffed == (56.67, 56.67, 56.67)
        assert office.received == (1592, 1650, 1800)
        assert office.clearing.open_cases.value == 18_000
        assert office.evidence["decided"].origins == ("case_counts.csv#2", "case_counts.csv#3")
        assert office.staff.share == (1, 1, 1)

    def test_figures_carry_their_time(self):
        office = gather_output(given=STAFF)
        times = {key: proof.when for key, proof in office.evidence.items()}
        assert times["decided"] == "Januar und Februar 2023"
        assert times["staffed"] == "1. Halbjahr 2023"
        assert times["planned"] == "Dezember 2022"
        assert times["filled"] == times["received"] == "Stand 31.12.2025"
        assert (times["stock_first"], times["stock_last"]) == ("29.02.2024", "08.04.2025")
        assert times["between"] == "Februar 2024 bis April 2025"

    def test_months_of_two_years_are_named_with_both(self):
        dates = {"period_start": "2022-12-01", "period_end": "2022-12-31"}
        cases = published(**{"2022-05-01": dates})
        posts = published_posts()
        posts.loc[1, "period_start"] = pd.Timestamp("2022-12-01")
        office = gather_output(cases, posts)
        assert office.evidence["decided"].when == "Dezember 2022, Januar 2023 und Februar 2023"

    def test_the_need_is_compared_with_the_assumed_posts(self):
        office = gather_output(given=STAFF)
        assert office.staff.filled == (75, 100, 110)
        assert office.staff.assumed
        assert office.evidence["filled"].origins == ("probe.toml#wohngeld/staff",)
        assert office.staffed == (56.67, 56.67, 56.67)

    @pytest.mark.parametrize(
        ("dates", "compared"),
        [
            # The date of the received cases is 31 December 2025.
            (("2022-12-01", "2022-12-31"), False),
            (("2024-01-01", "2024-12-30"), False),
            (("2024-01-01", "2024-12-31"), True),
            (("2025-12-01", "2025-12-31"), True),
            (("2026-12-31", "2026-12-31"), True),
            (("2027-01-01", "2027-12-31"), False),
        ],
    )
    def test_posts_of_another_time_are_known_but_not_compared(self, dates, compared):
        office = gather_output(posts=published_posts(dates), given=STAFF)
        assert office.plan == (51, 51, 51)
        assert office.staff.planned == (office.plan if compared else None)

    @pytest.mark.parametrize(
        ("dates", "same"), [(("2025-12-01", "2025-12-31"), True), (("2025-06-30",) * 2, False)]
    )
    def test_vacant_posts_need_a_plan_of_the_day_of_the_assumption(self, dates, same):
        office = gather_output(posts=published_posts(dates), given=STAFF)
        assert office.staff.same_date is same

    def test_without_an_assumption_late_published_posts_are_compared(self):
        # Those of January 2025 are at most a year from the end of 2025; they are not assumed.
        office = gather_output()
        assert office.staff.filled == (80, 80, 80)
        assert not office.staff.assumed
        assert office.evidence["filled"].when == "Januar 2025"
        early = published_posts().iloc[:2]
        office = gather_output(posts=early)
        assert office.staff.filled is None
        assert "filled" not in office.evidence

    def test_stocks_are_those_of_the_growth_of_the_chapter_on_the_backlog(self):
        office = gather_output(given=STAFF)
        growth = measure_growth(office.stocks)
        scope = Scope("wohngeld", PLACE, pd.Timestamp("2026-01-31"))
        known = outlook.measure_growth(select_figures(published(), scope))
        assert tuple(growth) == pytest.approx(tuple(known[["lower", "value", "upper"]]))
        # 500 cases in 404 days of 30.4375 a month.
        assert growth.value == pytest.approx(500 / (404 / 30.4375))
        assert office.evidence["stock_first"].origins == ("case_counts.csv#5",)
        assert office.evidence["stock_last"].origins == ("case_counts.csv#6",)

    def test_stocks_after_the_key_date_are_not_known(self):
        assert gather_output(given=STAFF, until="2025-03-31").stocks is None

    def test_without_posts_of_their_time_stocks_say_nothing(self):
        office = gather_output()
        assert office.stocks is None
        assert "stock_first" not in office.evidence

    def test_a_stock_that_may_grow_by_all_that_comes_in_says_nothing(self):
        # 500 ÷ 13.27 = 37.67 a month.
        few = {**STAFF, "wohngeld/received": (37, 100, 200)}
        assert gather_output(given=few).stocks is None
        few["wohngeld/received"] = (38, 100, 200)
        assert gather_output(given=few).stocks is not None

    def test_an_open_bound_is_closed_by_the_figure_and_said(self):
        office = gather_output(cases=published(**{"2025-04-08": {"upper": float("nan")}}))
        assert office.clearing.open_cases == (18_000, 18_000, 18_000)
        assert "lässt die Obergrenze offen" in office.evidence["open"].source

    def test_without_what_comes_in_or_was_decided_there_is_no_office(self):
        assert gather_output(given={"wohngeld/received": None}) is None
        assert gather_output(cases=observe("case_counts", [])) is None
        assert gather_output(posts=observe("staffing", [])) is None

    def test_without_a_goal_there_is_no_clearing(self):
        office = gather_output(given={"wohngeld/target_months": None})
        assert office.clearing is None

    def test_a_missing_year_is_a_fault_of_the_edition(self):
        with pytest.raises(DataError, match="Jahresarbeitszeit fehlt die Quelle"):
            gather_output(given={"vollzeit/working_minutes": None})


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("Sozialbürgerhaus", "sozialbuergerhaus"), ("Amt für Maß", "amt_fuer_mass")],
)
def test_kinds_of_units_are_subjects_of_assumptions(kind, subject):
    assert name_kind(kind) == subject
