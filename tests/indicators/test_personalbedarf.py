"""Needs, gaps and checks of the chapter Personalbedarf, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.calculation_sheet import find_line
from analysis.indicators.offices import Gathered
from analysis.indicators.personalbedarf import (
    CONTRADICTS,
    ENOUGH,
    FITS,
    LACKING,
    UNCLEAR,
    UNDECIDED,
    compare_utilisation,
    head_assumptions,
    head_clearing,
    head_contradictions,
    head_gaps,
    head_missing_posts,
    head_services,
    head_utilisation,
    judge_stocks,
    keep_needy,
    label_ranges,
    list_published_needs,
    list_used_assumptions,
    measure_clearing,
    measure_offices,
    measure_services,
    name_marks,
    say_hidden_stocks,
    say_left_out,
    sort_findings,
    state_missing,
)
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Evidence,
    Office,
    OutputOffice,
    Range,
    Staff,
    Task,
    WorkingTime,
    make_exact,
)

NONE = make_exact(0.0)
YEAR = WorkingTime(make_exact(100_000), "Annahme 2025")
EXTRA = Allowances(make_exact(0.05), make_exact(0.05), NONE, source="Handbuch")
GOAL = Clearing(make_exact(700), make_exact(3), make_exact(24))
# 1 200 cases · 100 min · 1.1 = 132 000 min ÷ 100 000 = 1.32 VZÄ; ± 10 %: 1.188 to 1.452.
WOHNGELD = Task("wohngeld", make_exact(1200), Range(90, 100, 110), "A", label="Wohngeld")
HILFE = Task("hilfe", make_exact(100), make_exact(1000), "A", label="Hilfe")  # 1.1 VZÄ
NORD = Office(
    "Haus Nord",
    (WOHNGELD, HILFE),
    EXTRA,
    YEAR,
    Staff(make_exact(5), make_exact(4), make_exact(0.5)),
    evidence={
        "cases:wohngeld": Evidence("Monate", ("a#2", "a#3")),
        "cases:hilfe": Evidence("Monate", ("a#4",)),
        "base:wohngeld": Evidence("Annahme", ("e.toml#wohngeld/base_minutes",)),
        "filled": Evidence("Plan", ("p#2",)),
    },
)
SUED = replace(NORD, label="Haus Süd", tasks=(replace(WOHNGELD, clearing=GOAL),), evidence={})
STELLE = OutputOffice(
    "Wohngeldstelle",
    "wohngeld",
    decided=make_exact(1000),
    staffed=make_exact(50),
    received=Range(1400, 1500, 1800),
    working_time=YEAR,
    staff=Staff(None, Range(60, 80, 100), assumed=True),
    clearing=Clearing(make_exact(18_000), make_exact(3), make_exact(24)),
    plan=make_exact(51),
    evidence={
        "decided": Evidence("1 000 Anträge", ("f#3",), "decided", "März 2023"),
        "filled": Evidence("Annahme", ("e.toml#wohngeld/staff",), "public", "Stand 31.12.2024"),
        "staffed": Evidence("50 VZÄ, 2023", ("f#2",), "posts_filled", "2023"),
        "planned": Evidence("51 Stellen, 2022", ("f#1",), "posts_planned", "2022"),
    },
)


def find(rows, name):
    return rows.set_index("category").loc[name]


class TestServices:
    def test_needs_of_all_offices_are_added_up(self):
        rows = measure_services([NORD, SUED], ["Nord", "Süd"])
        wohngeld = find(rows, "Wohngeld")
        assert [wohngeld[k] for k in ("lower", "value", "upper")] == pytest.approx(
            [2.376, 2.64, 2.904]
        )
        assert wohngeld["sheet"] == "Nord und Süd"
        assert wohngeld["origins"] == ("a#2", "a#3", "e.toml#wohngeld/base_minutes")
        assert find(rows, "Hilfe")["value"] == pytest.approx(1.1)
        assert rows["category"].tolist() == ["Wohngeld", "Hilfe"]
        assert rows["measure"].eq("derived").all()

    def test_many_sheets_are_counted(self):
        offices = [replace(SUED, label=f"Haus {number}") for number in range(4)]
        rows = measure_services(offices, ["A", "B", "C", "D"])
        assert rows["sheet"].tolist() == ["A und 3 weitere"]
        assert rows["offices"].tolist() == [4]

    def test_an_office_from_output_stands_for_itself(self):
        # 1 500 ÷ (1 000 ÷ 50 = 20) = 75; 1 400 ÷ 20 = 70; 1 800 ÷ 20 = 90.
        rows = measure_services([STELLE], ["W"])
        assert rows.loc[0, ["category", "lower", "value", "upper"]].tolist() == [
            "Wohngeldstelle: Ausstoß März 2023", 70, 75, 90,
        ]  # fmt: skip

    def test_titles(self):
        both = measure_services([NORD, SUED], ["N", "S"])
        assert head_services(both) == (
            "Den größten Bedarf hat die Leistung »Wohngeld« mit 2,4 bis 2,9\u202fVZÄ"
        )
        one = measure_services([SUED], ["S"])
        assert head_services(one) == "Wohngeld: rechnerischer Bedarf 1,2 bis 1,5\u202fVZÄ"


class TestGaps:
    def test_three_gaps_compare_the_share_of_the_posts(self):
        # Need 1.32 + 1.1 = 2.42 (2.288 to 2.552); half of 5 and 4 posts: 2.5 planned, 2 filled.
        row = find(measure_offices([NORD], ["N"]), "Haus Nord")
        assert (row["planned"], row["filled"]) == (2.5, 2)
        assert row["vacant"] == pytest.approx(0.5)
        gap = [row[f"missing_staff{end}"] for end in ("_lower", "", "_upper")]
        assert gap == pytest.approx([0.288, 0.42, 0.552])
        gap = [row[f"missing_posts{end}"] for end in ("_lower", "", "_upper")]
        assert gap == pytest.approx([-0.212, -0.08, 0.052])
        assert row["finding"] == LACKING
        assert pd.isna(row[["span", "vacant_span", "missing_staff_span"]]).all()

    @pytest.mark.parametrize(("filled", "finding"), [(4.0, LACKING), (4.7, UNCLEAR), (5.2, ENOUGH)])
    def test_finding_holds_for_the_whole_range(self, filled, finding):
        office = replace(NORD, staff=replace(NORD.staff, filled=make_exact(filled)))
        assert measure_offices([office], ["N"])["finding"].tolist() == [finding]

    def test_posts_of_another_time_have_no_gap(self):
        # Need 75 (70 to 90) less the assumed 80 (60 to 100); the plan of 2022 is not compared.
        row = measure_offices([STELLE], ["W"]).iloc[0]
        assert pd.isna(row[["vacant", "planned", "missing_posts"]]).all()
        gap = [row[f"missing_staff{end}"] for end in ("_lower", "", "_upper")]
        assert gap == pytest.approx([-30, -5, 30])
        assert (row["filled"], row["filled_lower"], row["filled_upper"]) == (80, 60, 100)
        assert row["filled_when"] == "Stand 31.12.2024"
        assert row["finding"] == UNCLEAR

    def test_marks_carry_their_time(self):
        dated = {"filled": Evidence("Plan", ("p#2",), when="31.12.2025")}
        rows = measure_offices([replace(NORD, evidence=dated), SUED], ["N", "S"])
        assert name_marks(rows) == {"filled": "besetzt (31.12.2025)", "planned": "laut Plan"}
        assert head_gaps(rows).endswith(" (besetzte Stellen: 31.12.2025)")

    def test_figures_are_those_of_the_calculation_sheet(self):
        for office in (NORD, SUED, STELLE):
            row = measure_offices([office], ["x"]).iloc[0]
            for key, column in (("need", "value"), ("missing_staff", "missing_staff")):
                line = find_line(office, key)
                assert row[column] == line.numbers.value
            lower = "missing_staff_lower"
            assert row[lower] == find_line(office, "missing_staff").numbers.lower

    def test_titles_say_what_is_sure(self):
        full = replace(NORD, label="A", staff=replace(NORD.staff, filled=make_exact(9)))
        rows = measure_offices([NORD, full, replace(full, label="B")], ["N", "A", "B"])
        assert head_gaps(rows) == (
            "Bei einer Dienststelle fehlt sicher Personal und bei zwei reicht das Personal sicher"
        )

    def test_title_on_posts_of_the_plan(self):
        # Need 2.42 (2.288 to 2.552) less 2.5, 1 and 3 posts: −0.212 to 0.052, 1.288 and −0.448.
        few, many = (
            replace(NORD, label=name, staff=replace(NORD.staff, planned=make_exact(posts)))
            for name, posts in (("A", 2), ("B", 6))
        )
        rows = measure_offices([NORD, few, many, STELLE], ["N", "A", "B", "W"])
        assert head_missing_posts(rows) == (
            "Bei einer Dienststelle fehlen sicher auch Stellen im Plan, bei einer reichen die "
            "Stellen laut Plan sicher und bei einer ist es mit diesen Angaben nicht entscheidbar"
        )
        dated = replace(NORD, evidence={"planned": Evidence("Plan", when="31.12.2025")})
        title = head_missing_posts(measure_offices([dated], ["N"]))
        assert title.endswith(" (Stellen laut Plan: 31.12.2025)")
        none = measure_offices([STELLE], ["W"])
        assert head_missing_posts(none) == "Die Stellen laut Plan sind nicht bekannt"


class TestClearing:
    def test_by_hand(self):
        # 700 − 1 200 ÷ 12 · 3 = 400 cases · 110 min ÷ (100 000 ÷ 12 · 24 = 200 000) = 0.22 VZÄ.
        row = measure_clearing([SUED], ["S"]).iloc[0]
        assert row["value"] == pytest.approx(0.22)
        assert (row["excess"], row["months"], row["without"]) == (400, "24 Monate", "")

    def test_from_output_by_hand(self):
        # 18 000 − 4 500 = 13 500 ÷ (20 · 24 = 480) = 28.125.
        row = measure_clearing([STELLE], ["W"]).iloc[0]
        assert row["value"] == pytest.approx(28.125)
        assert row["value"] == find_line(STELLE, "clearing").numbers.value

    def test_offices_without_a_known_stock_are_left_out(self):
        assert measure_clearing([NORD], ["N"]).empty
        partly = replace(SUED, tasks=(*SUED.tasks, HILFE))
        rows = measure_clearing([partly, NORD], ["S", "N"])
        assert rows["without"].tolist() == ["Hilfe"]
        assert say_hidden_stocks(rows) == (
            "Ohne Bestände, die nicht veröffentlicht oder ohne Ziel sind: Haus Süd (Hilfe)."
        )
        assert say_hidden_stocks(measure_clearing([SUED], ["S"])) == ""

    def test_titles_and_what_is_drawn(self):
        small = replace(GOAL, open_cases=make_exact(10))
        calm = replace(SUED, label="Ruhe", tasks=(replace(WOHNGELD, clearing=small),))
        rows = measure_clearing([calm, SUED], ["R", "S"])
        assert head_clearing(rows) == (
            "Eine Dienststelle hat Bestände über dem Ziel; am meisten befristetes Personal braucht "
            "»Haus Süd« (rund 0,2\u202fVZÄ)"
        )
        assert keep_needy(rows)["category"].tolist() == ["Haus Süd"]
        none = measure_clearing([calm], ["R"])
        assert head_clearing(none) == "Kein Bestand liegt über dem Ziel: kein befristeter Bedarf"
        assert len(keep_needy(none)) == 1

    def test_months_may_have_a_range(self):
        goal = replace(GOAL, months=Range(12, 18, 24))
        office = replace(SUED, tasks=(replace(WOHNGELD, clearing=goal),))
        assert measure_clearing([office], ["S"])["months"].tolist() == ["12 bis 24 Monate"]


def observe_stock(before, now, *, unit="nord", services=("wohngeld",)):
    months = pd.date_range("2024-12-01", "2025-12-01", freq="MS") + pd.offsets.MonthEnd(0)
    values = [before] * 12 + [now]
    rows = [
        {
            "service": service, "unit": unit, "group": "", "place": "M", "measure": "open",
            "kind": "ist", "period_start": month, "period_end": month, "value": value,
            "lower": value, "upper": value, "measure_unit": "Anträge", "sign": "",
            "origin": f"o#{number}",
        }
        for service in services
        for number, (month, value) in enumerate(zip(months, values, strict=True))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def compare(filled, before, now, *, tasks=(WOHNGELD,), services=("wohngeld",)):
    office = replace(NORD, tasks=tasks, staff=Staff(None, make_exact(filled)))
    gathered = Gathered((office,), pd.DataFrame(), ("nord",))
    stock = observe_stock(before, now, services=services)
    return compare_utilisation(gathered, ["N"], stock, place="M")


class TestUtilisation:
    # Need 1.32 (1.188 to 1.452); chance: 2 · √1 200 = 69.3 cases.
    @pytest.mark.parametrize(
        ("filled", "before", "now", "finding"),
        [
            (1.0, 500.0, 400.0, CONTRADICTS),  # 118.8 to 145.2 %, but fell by 100
            (1.0, 400.0, 500.0, FITS),
            (1.0, 400.0, 410.0, UNDECIDED),  # no more than chance
            (2.0, 400.0, 500.0, CONTRADICTS),  # 59.4 to 72.6 %, but grew
            (2.0, 500.0, 400.0, FITS),
            (2.0, 400.0, 440.0, FITS),
            (1.3, 400.0, 900.0, UNDECIDED),  # 91.4 to 111.7 %
            (1.0, 400.0, float("nan"), UNDECIDED),
        ],
    )
    def test_findings(self, filled, before, now, finding):
        row = compare(filled, before, now).iloc[0]
        assert row["finding"] == finding
        assert row["value"] == pytest.approx(132 / filled)
        assert row["chance"] == pytest.approx(69.28, abs=0.01)
        assert row["why"]

    def test_a_stock_that_one_service_hides_is_not_known(self):
        hilfe = (WOHNGELD, HILFE)
        row = compare(1.0, 400.0, 500.0, tasks=hilfe).iloc[0]
        assert pd.isna(row["change"])
        assert row["note"] == "Bestand nicht vollständig veröffentlicht"
        both = compare(1.0, 400.0, 500.0, tasks=hilfe, services=("wohngeld", "hilfe")).iloc[0]
        assert (both["before"], both["now"], both["change"]) == (800, 1000, 200)
        assert both["note"] == "Bestand von 800 auf 1.000"

    def test_both_stocks_are_traced(self):
        row = compare(1.0, 400.0, 500.0).iloc[0]
        assert {"o#0", "o#12", "a#2", "p#2"} <= set(row["origins"])

    def test_contradictions_come_first_and_head_the_title(self):
        rows = pd.concat(
            [
                compare(2.0, 500.0, 400.0).assign(category="passt"),
                compare(1.3, 400.0, 900.0).assign(category="offen"),
                compare(1.0, 500.0, 400.0).assign(category="falsch"),
            ],
            ignore_index=True,
        )
        assert sort_findings(rows)["category"].tolist() == ["falsch", "offen", "passt"]
        assert head_contradictions(rows) == (
            "Auslastung und Bestand widersprechen sich bei einer Dienststelle, bei einer passen "
            "sie zusammen und bei einer ist es offen"
        )
        assert head_contradictions(rows.iloc[:2]).startswith(
            "Auslastung und Bestand widersprechen sich nirgends"
        )
        assert head_contradictions(rows.iloc[1:2]) == (
            "Ob Auslastung und Bestand zusammenpassen, lässt sich nirgends entscheiden"
        )
        assert head_utilisation(rows) == (
            "Bei einer Dienststelle liegt die Auslastung sicher über 100 Prozent, bei einer liegt "
            "sie sicher darunter und bei einer schließt die Spanne 100 Prozent ein"
        )

    def test_without_offices_there_is_nothing(self):
        none = Gathered((), pd.DataFrame())
        assert compare_utilisation(none, [], observe_stock(1.0, 1.0), place="M").empty


class TestJudgement:
    @pytest.mark.parametrize(
        ("utilisation", "before", "now", "finding"),
        [
            # Chance: 2 · √10 000 = 200 cases.
            (Range(110, 120, 130), Range(900, 1000, 1100), Range(1400, 1500, 1600), FITS),
            (Range(110, 120, 130), Range(1400, 1500, 1600), Range(900, 1000, 1100), CONTRADICTS),
            # 100 to 900 more, or 199 less at most: not surely more than chance.
            (Range(110, 120, 130), Range(900, 1000, 1100), Range(1200, 1500, 1800), UNDECIDED),
            (Range(70, 80, 90), Range(900, 1000, 1100), Range(1200, 1500, 1800), UNDECIDED),
            (Range(70, 80, 90), Range(900, 1000, 1100), Range(1301, 1500, 1800), CONTRADICTS),
            # At most 200 more, perhaps 600 less: it surely did not grow.
            (Range(70, 80, 90), Range(900, 1000, 1300), Range(700, 900, 1100), FITS),
            (Range(70, 80, 90), Range(1400, 1500, 1600), Range(900, 1000, 1100), FITS),
            (Range(90, 100, 110), Range(900, 1000, 1100), Range(1400, 1500, 1600), UNDECIDED),
        ],
    )
    def test_stocks_with_bounds(self, utilisation, before, now, finding):
        found = judge_stocks(utilisation, before, now, 10_000)
        assert found["finding"] == finding
        assert found["chance"] == 200
        assert found["change_lower"] == now.lower - before.upper
        assert found["change_upper"] == now.upper - before.lower

    def test_what_is_missing_depends_on_the_way(self):
        assert "Weder" in state_missing([])
        assert "Ausstoß" in state_missing([STELLE])
        assert "Annahmen der Edition" in state_missing([NORD])


def test_used_assumptions_are_those_that_inputs_rest_on():
    table = pd.DataFrame(
        {
            "assumption_id": ["wohngeld/base_minutes", "a/b", "c/d"],
            "subject_name": ["Wohngeld", "A", "C"],
            "label": ["Grundzeit je Fall", "b", "d"],
            "minimum": [1.0, 2.0, 3.0],
            "mode": [1.0, 2.0, 3.0],
            "maximum": [1.0, 2.0, 4.0],
            "basis": ["Annahme", "belegt", "belegt"],
            "changed": [False, False, True],
            "origin": ["e.toml#wohngeld/base_minutes", "e.toml#a/b", "e.toml#c/d"],
            "as_of": pd.to_datetime(["2025-12-31"] * 3),
        }
    )
    used = list_used_assumptions([NORD], table)
    assert used["assumption_id"].tolist() == ["wohngeld/base_minutes"]
    assert used["standing"].tolist() == ["Annahme, Stand 31.12.2025"]
    assert used["what"].tolist() == ["Wohngeld: Grundzeit je Fall"]
    assert head_assumptions(used) == (
        "Die Rechnung beruht auf Annahmen: eine festgelegte Größe, keine davon belegt"
    )
    other = replace(NORD, evidence={"year": Evidence("x", ("e.toml#a/b", "e.toml#c/d"))})
    both = list_used_assumptions([NORD, other], table)
    assert both["assumption_id"].tolist() == ["c/d", "wohngeld/base_minutes", "a/b"]
    assert head_assumptions(both) == "Drei festgelegte Größen, davon eine nur angenommen"
    assert head_assumptions(both.loc[both["basis"] == "belegt"]).startswith(
        "Die Rechnung beruht auf belegten Werten"
    )


def test_labels_of_charts_show_the_range():
    rows = measure_services([STELLE], ["W"])
    assert label_ranges(rows, 1)["text"].tolist() == ["75,0 (70,0–90,0)"]
    exact = rows.assign(lower=75.0, upper=75.0)
    assert label_ranges(exact, 0)["text"].tolist() == ["75"]


def test_published_needs_leave_out_units_and_other_cities():
    base = {
        "service": "wohngeld", "measure": "staff_need", "place": "M", "unit": "", "group": "",
        "value": 4.3, "lower": 4.3, "upper": 4.3, "period_end": pd.Timestamp("2017-12-31"),
        "origin": "f#1",
    }  # fmt: skip
    changes = (
        {},
        {"service": "it", "measure": "posts_requested", "origin": "f#2"},
        {"place": "N"},
        {"unit": "haus"},
        {"measure": "posts_filled"},
        {"value": None, "lower": None, "upper": None},
    )
    rows = list_published_needs(pd.DataFrame([{**base, **change} for change in changes]), place="M")
    assert rows[["service_label", "measure_label"]].to_numpy().tolist() == [
        ["IT", "beantragte Stellen"],
        ["Wohngeld", "gemessener Stellenbedarf"],
    ]
    assert rows["origins"].tolist() == [("f#2",), ("f#1",)]


def test_offices_that_are_left_out_are_named_with_the_reason():
    left = pd.DataFrame({"unit_label": ["Haus A"], "reason": ["Es fehlt etwas."]})
    assert say_left_out(Gathered((), left)) == "Haus A ist nicht berechnet: Es fehlt etwas."
    assert say_left_out(Gathered((), left.head(0))) == ""


def test_without_offices_there_are_no_results():
    for measure in (measure_services, measure_offices, measure_clearing):
        assert measure([], []).empty
