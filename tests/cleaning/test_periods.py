"""Periods: every form that occurs in the data, by hand, and what must be refused."""

from __future__ import annotations

import calendar
import datetime as dt

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.cleaning.periods import Period, PeriodError, parse_period, parse_periods

DAYS = st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2100, 12, 31))

# text as published, first day, last day, certainty (e exact, a approximate, o open, u undated)
HAND_CASES = [
    ("1970", "1970-01-01", "1970-12-31", "e"),
    ("2023", "2023-01-01", "2023-12-31", "e"),
    ("2027", "2027-01-01", "2027-12-31", "e"),
    # months, leap years among them
    ("2016-04", "2016-04-01", "2016-04-30", "e"),
    ("2020-05", "2020-05-01", "2020-05-31", "e"),
    ("2023-02", "2023-02-01", "2023-02-28", "e"),
    ("2024-02", "2024-02-01", "2024-02-29", "e"),
    ("2022-12", "2022-12-01", "2022-12-31", "e"),
    ("2026-01", "2026-01-01", "2026-01-31", "e"),
    # days
    ("2008-09-25", "2008-09-25", "2008-09-25", "e"),
    ("2019-12-31", "2019-12-31", "2019-12-31", "e"),
    ("2023-02-28", "2023-02-28", "2023-02-28", "e"),
    ("2024-02-29", "2024-02-29", "2024-02-29", "e"),
    ("2025-04-08", "2025-04-08", "2025-04-08", "e"),
    # quarters and half-years
    ("2023-Q1", "2023-01-01", "2023-03-31", "e"),
    ("2023-Q4", "2023-10-01", "2023-12-31", "e"),
    ("2024-Q4", "2024-10-01", "2024-12-31", "e"),
    ("2023 H1", "2023-01-01", "2023-06-30", "e"),
    ("2024 H2", "2024-07-01", "2024-12-31", "e"),
    # spans
    ("2016..2021", "2016-01-01", "2021-12-31", "e"),
    ("2017..2022", "2017-01-01", "2022-12-31", "e"),
    ("2021-01..2021-10", "2021-01-01", "2021-10-31", "e"),
    ("2022-01..2022-09", "2022-01-01", "2022-09-30", "e"),
    ("2022-09..2023-12", "2022-09-01", "2023-12-31", "e"),
    ("2023-06..2023-08", "2023-06-01", "2023-08-31", "e"),
    ("2022-12..2023-06-30", "2022-12-01", "2023-06-30", "e"),
    ("2023-01-01..2023-01-05", "2023-01-01", "2023-01-05", "e"),
    ("2023-01-01..2023-03-01", "2023-01-01", "2023-03-01", "e"),
    ("2025-05-01..2027-12-31", "2025-05-01", "2027-12-31", "e"),
    ("2017-2020", "2017-01-01", "2020-12-31", "e"),
    ("2020-2021", "2020-01-01", "2021-12-31", "e"),
    ("2004/2011", "2004-01-01", "2011-12-31", "e"),
    ("2024/2025", "2024-01-01", "2025-12-31", "e"),
    ("2025/2026", "2025-01-01", "2026-12-31", "e"),
    ("2020..2025/26", "2020-01-01", "2026-12-31", "e"),
    ("2022-09/10", "2022-09-01", "2022-10-31", "e"),
    # notes in brackets
    ("2020-2021 (Spitze)", "2020-01-01", "2021-12-31", "e"),
    ("2022-12 (vor Aufstockung)", "2022-12-01", "2022-12-31", "e"),
    ("2023-03-16 (V 09613)", "2023-03-16", "2023-03-16", "e"),
    ("2024 (Haushalt)", "2024-01-01", "2024-12-31", "e"),
    ("2025 (Statistikheft Q2/2025)", "2025-01-01", "2025-12-31", "e"),
    ("2023 (Antwort RU 127/2023, ca. Juni/Juli)", "2023-06-01", "2023-07-31", "a"),
    # unsure
    ("2022?", "2022-01-01", "2022-12-31", "a"),
    ("ca. 2023", "2023-01-01", "2023-12-31", "a"),
    ("Ende 2023", "2023-12-01", "2023-12-31", "a"),
    # one side open
    ("vor 2017", None, "2016-12-31", "o"),
    ("vor 2020", None, "2019-12-31", "o"),
    ("vor 2023", None, "2022-12-31", "o"),
    ("bis 2024-09", None, "2024-09-30", "o"),
    ("ab 2020", "2020-01-01", None, "o"),
    ("ab 2020-07", "2020-07-01", None, "o"),
    ("ab 2023-01", "2023-01-01", None, "o"),
    ("nach 2017", "2018-01-01", None, "o"),
    ("nach Reform 2017", "2018-01-01", None, "o"),
    # no date
    ("undatiert", None, None, "u"),
    ("undated", None, None, "u"),
    ("undatiert (2025?)", None, None, "u"),
    ("April (Jahr unklar)", None, None, "u"),
]
# text, period, period that the change is measured against
CHANGES = [
    ("2014 vs 2013", ("2014-01-01", "2014-12-31"), ("2013-01-01", "2013-12-31")),
    ("2020 vs 2019", ("2020-01-01", "2020-12-31"), ("2019-01-01", "2019-12-31")),
    ("2023 vs 2022", ("2023-01-01", "2023-12-31"), ("2022-01-01", "2022-12-31")),
    ("2023-01 vs 2022-01", ("2023-01-01", "2023-01-31"), ("2022-01-01", "2022-01-31")),
    ("2023-02 vs 2022-02", ("2023-02-01", "2023-02-28"), ("2022-02-01", "2022-02-28")),
    (
        "2023 vs vor Reform (Basisjahr im gelesenen Text nicht genannt)",
        ("2023-01-01", "2023-12-31"),
        (None, None),
    ),
]
CERTAINTY = {"e": "exact", "a": "approximate", "o": "open", "u": "undated"}
NONSENSE = [
    "",
    " ",
    "?",
    "gestern",
    "20233",
    "23",
    "2023-1",
    "2023-00",
    "2023-13",
    "2023-02-29",
    "2023-02-30",
    "31.12.2023",
    "2023-Q0",
    "2023-Q5",
    "2023 H3",
    "2023..",
    "..2023",
    "..",
    "/",
    "2021..2020",
    "2021-12..2021-01",
    "2021-2020",
    "2022-10/09",
    "2022-09/13",
    "2022-00/01",
    "2020/21/22",
    # a typing error, not a century
    "2020/19",
    "2025/24",
    "2023-01..03",
    "vor 0001",
    "nach 9999",
    "Ende 0000",
    "0000",
    "bis undatiert",
    "ab vor 2020",
    "2023 (ca. Juli/Juni)",
    "Ende Februar 2023",
    "vs 2019",
    "?" * 5000,
]


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@pytest.mark.parametrize(("text", "first", "last", "certainty"), HAND_CASES)
def test_hand_cases(text, first, last, certainty):
    assert parse_period(text) == Period(_day(first), _day(last), CERTAINTY[certainty])


@pytest.mark.parametrize(("text", "period", "base"), CHANGES)
def test_changes_carry_the_period_they_start_from(text, period, base):
    assert parse_period(text) == Period(*map(_day, period), "exact", *map(_day, base))


def test_every_text_of_the_real_file_has_a_period(root):
    figures = pd.read_csv(
        root / "data/raw/muenchen/published_figures.tsv", sep="\t", dtype="str", na_filter=False
    )
    texts = figures["period_or_asof"].drop_duplicates()
    assert len(texts) == 131
    parsed = parse_periods(texts)
    assert texts[parsed["certainty"].isna()].tolist() == []


def test_hand_cases_are_taken_from_the_real_file(root):
    lines = (root / "data/raw/muenchen/published_figures.tsv").read_text("utf-8").splitlines()
    published = {line.split("\t")[5] for line in lines if line.count("\t") == 10}
    texts = {case[0] for case in HAND_CASES} | {case[0] for case in CHANGES}
    assert len(texts & published) >= 45
    assert texts <= published


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_refused_and_named_in_full(text):
    with pytest.raises(PeriodError) as caught:
        parse_period(text)
    assert f"»{text}«" in caught.value.message
    assert "2023-Q1" in caught.value.message


def test_a_turn_of_century_is_not_a_typing_error():
    assert parse_period("1999/00")[:2] == (dt.date(1999, 1, 1), dt.date(2000, 12, 31))


def test_blanks_do_not_matter():
    assert parse_period("  vor   2020 ") == parse_period("vor 2020")


def test_a_column_keeps_its_index_and_marks_what_it_cannot_read():
    parsed = parse_periods(pd.Series(["2023", "Unsinn", "undatiert"], index=[7, 3, 5]))
    assert parsed.index.tolist() == [7, 3, 5]
    assert parsed["certainty"].tolist()[0::2] == ["exact", "undated"]
    assert pd.isna(parsed.loc[3, "certainty"])
    assert parsed["period_start"].isna().tolist() == [False, True, True]


def test_an_empty_column_has_dates_all_the_same():
    parsed = parse_periods(pd.Series([], dtype="str"))
    assert len(parsed) == 0
    assert set(parsed.columns) == {
        "period_start",
        "period_end",
        "base_start",
        "base_end",
        "certainty",
    }


@given(DAYS)
def test_a_day_is_itself(day):
    assert parse_period(day.isoformat()) == Period(day, day)


@given(DAYS)
@example(dt.date(2024, 2, 1))
@example(dt.date(1900, 2, 1))
def test_a_month_has_all_its_days(day):
    first, last, certainty, *_ = parse_period(f"{day:%Y-%m}")
    assert (first.day, last.day) == (1, calendar.monthrange(day.year, day.month)[1])
    assert (first.year, first.month) == (last.year, last.month) == (day.year, day.month)
    assert certainty == "exact"


@given(st.integers(1900, 2100), st.integers(1, 4))
def test_quarters_tile_the_year(year, quarter):
    period = parse_period(f"{year}-Q{quarter}")
    assert period.start == dt.date(year, 3 * quarter - 2, 1)
    following = dt.date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    assert period.end == following - dt.timedelta(days=1)


@given(DAYS, DAYS)
def test_a_span_reaches_from_its_first_to_its_last_day(one, other):
    first, last = sorted((one, other))
    assert parse_period(f"{first}..{last}") == Period(first, last)
    if first != last:
        with pytest.raises(PeriodError):
            parse_period(f"{last}..{first}")


@given(st.integers(1000, 9998))
def test_two_digit_years_name_the_next_year(year):
    assert parse_period(f"{year}/{(year + 1) % 100:02d}").end == dt.date(year + 1, 12, 31)


@given(st.text(alphabet="0123456789-./Q H?()abvsnctdeir", max_size=25))
def test_any_text_gives_a_possible_period_or_is_refused(text):
    try:
        period = parse_period(text)
    except PeriodError:
        return
    if period.start and period.end:
        assert period.start <= period.end
    elif period.certainty != "undated":
        assert (period.start is None) != (period.end is None)
