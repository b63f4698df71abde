"""Two ways from output to the need: figures by hand, and what the chapter says of them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.indicators.output_need import (
    NEED,
    POSTS,
    compare_output_utilisation,
    compare_ways,
    describe_outputs,
    explain_outputs,
    explain_stock_gap,
    explain_utilisation,
    head_needs,
    head_output_clearing,
    head_output_finding,
    head_output_utilisation,
    head_outputs,
    head_posts,
    list_posts_beside,
    say_posts,
)
from analysis.indicators.personalbedarf import (
    CONTRADICTS,
    FITS,
    LACKING,
    UNDECIDED,
    measure_clearing,
    measure_offices,
    measure_services,
)
from analysis.models.staffing_need import (
    Clearing,
    Evidence,
    OutputOffice,
    Range,
    Staff,
    Stocks,
    WorkingTime,
    make_exact,
)

VZAE = "\u202fVZÄ"
# Output 1 000 ÷ 50 = 20: need 75 (70 to 90).
# From the stock: growth (10 400 − 10 000) ÷ 10 = 40 (20 to 60); decided 1 460 (1 340 to 1 780);
# received per decided 1 500 ÷ 1 460 = 1.027397; least 1 800 ÷ 1 780 = 1.011236, most 1 400 ÷ 1 340
# = 1.044776; with 80 (60 to 100) posts: need 82.192 (60.674 to 104.478), gap 2.192 (0.674 to
# 4.478).
OFFICE = OutputOffice(
    "Wohngeldstelle",
    "wohngeld",
    decided=make_exact(1000),
    staffed=make_exact(50),
    received=Range(1400, 1500, 1800),
    working_time=WorkingTime(make_exact(100_000), "Annahme 2025"),
    staff=Staff(None, Range(60, 80, 100), assumed=True),
    clearing=Clearing(make_exact(18_000), make_exact(3), make_exact(24)),
    stocks=Stocks(Range(9900, 10_000, 10_100), Range(10_300, 10_400, 10_500), 10),
    plan=make_exact(51),
    evidence={
        "decided": Evidence("1 000 Anträge", ("f#3",), "decided", "März 2023"),
        "staffed": Evidence("50 VZÄ, 2023", ("f#2",), "posts_filled", "2023"),
        "received": Evidence("Annahme", ("e#received",), "public", "Stand 31.12.2024"),
        "year": Evidence("Annahme", ("e#year",), "public", "Stand 31.12.2024"),
        "filled": Evidence("Annahme", ("e#staff",), "public", "Stand 31.12.2024"),
        "planned": Evidence("51 Stellen, 2022", ("f#1",), "posts_planned", "Dezember 2022"),
        "stock_first": Evidence("rund 10.000", ("f#4",), "open", "29.02.2024"),
        "stock_last": Evidence("rund 10.400", ("f#5",), "open", "31.12.2024"),
        "between": Evidence("306 Tage", (), "public", "Februar bis Dezember 2024"),
    },
)
ALONE = replace(OFFICE, stocks=None)
WAYS = ["Ausstoß März 2023", "Ausstoß aus dem Bestand Februar bis Dezember 2024"]


def bounds(row, key):
    return [row[f"{key}{end}"] for end in ("_lower", "", "_upper")]


class TestNeeds:
    def test_both_ways_stand_beside_each_other_in_their_order(self):
        rows = measure_services([OFFICE], ["W"])
        assert rows["category"].tolist() == [f"Wohngeldstelle: {way}" for way in WAYS]
        assert rows[["lower", "value", "upper"]].to_numpy().tolist() == [
            pytest.approx([70, 75, 90]),
            pytest.approx([60.674, 82.192, 104.478], abs=1e-3),
        ]
        assert rows["origins"].tolist() == [
            ("f#3", "f#2", "e#received"),
            ("e#received", "e#staff", "f#4", "f#5"),
        ]

    def test_title(self):
        assert head_needs(OFFICE) == (
            f"Wohngeldstelle: rechnerischer Bedarf nach dem Ausstoß 70,0 bis 90,0{VZAE} "
            f"(März 2023) oder 60,7 bis 104,5{VZAE} (aus dem Bestand Februar bis Dezember 2024)"
        )

    def test_temporary_need_of_both_ways(self):
        # 18 000 − 3 · 1 500 = 13 500 (12 600 to 13 800) ÷ 24 ÷ output: 20 gives 28.125 (26.25 to
        # 28.75); 1 460 ÷ 80 = 18.25 gives 30.822; 1 780 ÷ 60 = 29.667 gives 17.697; 1 340 ÷ 100 =
        # 13.4 gives 42.910.
        rows = measure_clearing([OFFICE], ["W"])
        assert rows[["lower", "value", "upper"]].to_numpy().tolist() == [
            pytest.approx([26.25, 28.125, 28.75]),
            pytest.approx([17.697, 30.822, 42.910], abs=1e-3),
        ]
        assert head_output_clearing(OFFICE) == (
            f"Wohngeldstelle: Abbau des Rückstands braucht befristet 26,3 bis 28,8{VZAE} "
            f"(März 2023) oder 17,7 bis 42,9{VZAE} (aus dem Bestand Februar bis Dezember 2024)"
        )
        low = replace(OFFICE.clearing, open_cases=make_exact(10))
        calm = replace(OFFICE, clearing=low)
        assert head_output_clearing(calm).endswith("kein befristeter Bedarf")
        assert measure_clearing([replace(OFFICE, clearing=None)], ["W"]).empty


class TestOutputs:
    def test_by_hand(self):
        rows = describe_outputs(OFFICE, "W")
        months, stock = rows.iloc[0], rows.iloc[1]
        assert (months["value"], stock["value"]) == pytest.approx((20, 18.25))
        # 100 000 ÷ 12 ÷ 20 = 416.67 and ÷ 18.25 = 456.62 minutes per decided case.
        assert (months["implied"], stock["implied"]) == pytest.approx((416.667, 456.621), abs=1e-3)
        assert bounds(stock, "decided") == pytest.approx([1340, 1460, 1780])
        assert bounds(stock, "posts") == [60, 80, 100]
        assert bounds(months, "posts") == [50, 50, 50]
        assert head_outputs(rows) == (
            "Je VZÄ und Monat entschiedene Anträge: 20,0 (März 2023) und 13,4 bis 29,7 (aus dem "
            "Bestand Februar bis Dezember 2024)"
        )

    def test_the_second_way_is_explained(self):
        assert explain_outputs(OFFICE) == (
            "Aus dem Bestand: entschiedene Anträge = eingehende Anträge − Veränderung des Bestands "
            "(20 bis 60\u202fAnträge je Monat vom 29.02.2024 bis zum 31.12.2024)."
        )
        assert explain_outputs(ALONE) == explain_stock_gap(ALONE) == ""

    def test_whether_the_ways_agree_is_said(self):
        # 60.7 to 104.5 and 70 to 90 have 70 to 90 in common; 82.19 − 75 = 7.19.
        words = compare_ways(OFFICE)
        assert f"überschneiden sich von 70,0 bis 90,0{VZAE}" in words
        assert f"liegt der Bedarf aus dem Bestand 7,2{VZAE} höher" in words
        assert "18,3 statt 20,0 entschiedene Anträge" in words
        assert "Zeitaufschreibung" in words

    def test_ways_that_cannot_both_hold(self):
        # 30 to 40 posts: 30 · 1.0112 = 30.3 to 40 · 1.0448 = 41.8, below 70.
        few = replace(OFFICE, staff=Staff(None, Range(30, 35, 40), assumed=True))
        words = compare_ways(few)
        assert "überschneiden sich nicht" in words
        assert "niedriger" in words

    def test_one_way_alone_says_what_the_other_takes(self):
        assert "zwei Bestände" in compare_ways(ALONE)
        assert "Zeitaufschreibung" in compare_ways(ALONE)


class TestPosts:
    def test_all_figures_stand_with_their_time(self):
        rows = list_posts_beside(OFFICE, "W")
        assert rows["group"].tolist() == [NEED] * 2 + [POSTS] * 3
        assert rows["category"].tolist() == [
            *WAYS,
            "angenommene Besetzung, Stand 31.12.2024",
            "besetzt, 2023",
            "laut Plan, Dezember 2022",
        ]
        assert rows["value"].tolist() == pytest.approx([75, 82.192, 80, 50, 51], abs=1e-3)
        assert rows["note"].tolist()[2:] == [
            "mit dem Bedarf verglichen",
            "veröffentlicht, nicht verglichen",
            "veröffentlicht, nicht verglichen",
        ]
        # 70 − 100, 75 − 80, 90 − 60; the second way counts the same posts on both sides.
        assert bounds(rows.iloc[0], "missing_staff") == pytest.approx([-30, -5, 30])
        assert bounds(rows.iloc[1], "missing_staff") == pytest.approx(
            [0.674, 2.192, 4.478], abs=1e-3
        )
        assert rows["missing_staff"].isna().tolist() == [False, False, True, True, True]
        assert rows["origins"].tolist()[2:] == [("e#staff",), ("f#2",), ("f#1",)]

    def test_published_posts_that_are_compared_stand_once(self):
        proof = {**OFFICE.evidence, "filled": OFFICE.evidence["staffed"]}
        same = replace(ALONE, staff=Staff(None, make_exact(50)), plan=None, evidence=proof)
        assert list_posts_beside(same, "W")["category"].tolist() == [WAYS[0], "besetzt, 2023"]
        assert say_posts(same) == ""

    def test_title_says_the_time_of_the_posts_and_what_is_sure(self):
        rows = measure_offices([OFFICE], ["W"])
        assert head_posts(OFFICE, rows) == (
            "Wohngeldstelle: ob Personal fehlt, ist nicht entscheidbar. Bedarf minus angenommene "
            f"Besetzung, Stand 31.12.2024: −30,0 bis 30,0{VZAE} (März 2023) oder 0,7 bis 4,5{VZAE} "
            "(aus dem Bestand Februar bis Dezember 2024)".replace("−", "\u2212")
        )
        few = replace(ALONE, staff=Staff(None, make_exact(60), assumed=True))
        assert "es fehlt sicher Personal" in head_posts(few, measure_offices([few], ["W"]))
        many = replace(ALONE, staff=Staff(None, make_exact(90), assumed=True))
        assert "das Personal reicht sicher" in head_posts(many, measure_offices([many], ["W"]))
        bare = replace(ALONE, staff=Staff(None, None))
        assert "nicht bekannt" in head_posts(bare, measure_offices([bare], ["W"]))

    def test_both_ways_must_agree_for_a_sure_finding(self):
        # 62 posts: 70 − 62 = 8 at least from the months; from the stock 62 · 0.011236 = 0.7.
        office = replace(OFFICE, staff=Staff(None, make_exact(62), assumed=True))
        rows = measure_offices([office], ["W"])
        assert rows["finding"].tolist() == [LACKING, LACKING]
        assert "es fehlt sicher Personal" in head_posts(office, rows)

    def test_what_is_not_compared_is_explained(self):
        assert "nicht veröffentlicht" in say_posts(OFFICE)
        assert "höchstens ein Jahr" in say_posts(OFFICE)
        near = replace(OFFICE, staff=replace(OFFICE.staff, planned=make_exact(51)))
        assert "höchstens ein Jahr" not in say_posts(near)
        assert "dieselbe Besetzung" in explain_stock_gap(OFFICE)


class TestUtilisation:
    def test_by_hand(self):
        # 75 ÷ 80 = 93.75 %; 70 ÷ 100 = 70 %; 90 ÷ 60 = 150 %. Stock: +400 (200 to 600); chance
        # 2 · √(1 500 · 10) = 244.9. Expected 1 500 − 20 · 80 = −100; 1 400 − 20 · 100 = −600; 1 800
        # − 20 · 60 = 600.
        rows = compare_output_utilisation(OFFICE, "W")
        row = rows.iloc[0]
        assert row[["lower", "value", "upper"]].tolist() == pytest.approx([70, 93.75, 150])
        assert bounds(row, "change") == [200, 400, 600]
        assert row["chance"] == pytest.approx(244.949, abs=1e-3)
        assert bounds(row, "expected") == [-600, -100, 600]
        assert bounds(row, "growth") == [20, 40, 60]
        assert row["finding"] == UNDECIDED
        assert row["note"] == "Bestand von 10.000 (29.02.2024) auf 10.400 (31.12.2024)"
        assert set(row["origins"]) == {"f#2", "f#3", "f#4", "f#5", "e#received", "e#staff"}
        assert head_output_utilisation(OFFICE, rows) == (
            "Wohngeldstelle: Auslastung 70 bis 150\u202fProzent; 100 Prozent liegen darin. "
            "Gerechnet mit: angenommene Besetzung, Stand 31.12.2024"
        )
        assert head_output_finding(OFFICE, rows).endswith("ist nicht entscheidbar")
        assert explain_utilisation(OFFICE, rows) == (
            "Bei diesem Ausstoß und der angenommenen Besetzung folgt je Monat eine Abnahme des "
            "Bestands um 100 Anträge (Spanne der Veränderung −600 bis 600); gemessen ist eine "
            "Zunahme des Bestands um 40 Anträge (Spanne der Veränderung 20 bis 60)."
        ).replace("−", "\u2212")

        published = replace(OFFICE, staff=Staff(None, make_exact(80)))
        words = explain_utilisation(published, compare_output_utilisation(published, "W"))
        assert words.startswith("Bei diesem Ausstoß und den besetzten Stellen")

    @pytest.mark.parametrize(
        ("posts", "last", "finding", "words"),
        [
            # 60 posts: 116.7 to 150 %; 100 posts: 70 to 90 %.
            (60, 11_000, FITS, "passen zusammen"),
            (60, 9_000, CONTRADICTS, "widersprechen sich"),
            (100, 11_000, CONTRADICTS, "widersprechen sich"),
            (100, 9_000, FITS, "passen zusammen"),
        ],
    )
    def test_verdicts(self, posts, last, finding, words):
        office = replace(
            OFFICE,
            staff=Staff(None, make_exact(posts), assumed=True),
            stocks=OFFICE.stocks._replace(last=make_exact(last)),
        )
        rows = compare_output_utilisation(office, "W")
        assert rows["finding"].tolist() == [finding]
        assert words in head_output_finding(office, rows)
        assert "liegen darin" not in head_output_utilisation(office, rows)

    def test_without_stocks_or_posts_there_is_none(self):
        for office in (ALONE, replace(OFFICE, staff=Staff(None, None))):
            rows = compare_output_utilisation(office, "W")
            assert rows.empty
            assert explain_utilisation(office, rows) == ""
            assert isinstance(rows, pd.DataFrame)
