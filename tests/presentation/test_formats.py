import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.presentation import formats
from analysis.presentation.numbers import Origin

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
FORBIDDEN = ("nan", "none", "inf", "nat")


def day(text):
    return dt.date.fromisoformat(text) if text else None


def parse(text):
    return Decimal(text.replace(".", "").replace(",", ".").replace("−", "-"))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (11722, 0, "11.722"),
        (10.74, 1, "10,7"),
        (1079, 0, "1.079"),
        (999, 0, "999"),
        (-3.456, 2, "−3,46"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (0.125, 2, "0,13"),
        (1.005, 2, "1,01"),
        (-0.04, 1, "0,0"),
        (1234567.891, 2, "1.234.567,89"),
        (np.int64(70000), 0, "70.000"),
        (None, 0, "–"),
        (math.nan, 1, "–"),
        (math.inf, 0, "–"),
        (pd.NA, 0, "–"),
    ],
)
def test_number_in_german(value, digits, text):
    assert formats.format_number(value, digits) == text


@given(FINITE, st.integers(0, 6))
def test_number_parses_back_to_the_rounded_value(value, digits):
    shown = parse(formats.format_number(value, digits))
    assert abs(shown - Decimal(str(value))) <= Decimal(5).scaleb(-digits - 1)


@given(FINITE, st.integers(0, 6))
def test_number_keeps_its_sign_and_has_its_digits(value, digits):
    text = formats.format_number(value, digits)
    shown = parse(text)
    assert text.startswith("−") == (shown < 0)
    assert shown == 0 or (shown < 0) == (value < 0)
    assert len(text.partition(",")[2]) == digits


def test_number_does_not_depend_on_the_process_locale():
    import locale

    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C")
        assert formats.format_number(1234.5, 1) == "1.234,5"
        assert formats.format_month(day("2023-03-01")) == "März 2023"
    finally:
        locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("3,00", "VZÄ", "3,00\u202fVZÄ"),
        ("1,2", "Mio. €", "1,2\u202fMio.\u202f€"),
        ("mehr als 18.000", "Anträge", "mehr als 18.000\u202fAnträge"),
        ("2,5", "Faktor", "Faktor\u202f2,5"),
        ("12", "", "12"),
        ("–", "VZÄ", "–"),
    ],
)
def test_unit_follows_after_a_narrow_space(text, unit, expected):
    assert formats.format_with_unit(text, unit) == expected


def test_percent():
    assert formats.format_percent(12.34) == "12,3\u202f%"
    assert formats.format_percent(None) == "–"


@pytest.mark.parametrize(
    ("value", "lower", "upper", "text", "wording"),
    [
        (11722, 11722, 11722, "11.722", "exact"),
        (16200, 16150, 16250, "rund 16.200", "about"),
        (18000, 18000, None, "mindestens 18.000", "at_least"),
        (12, 10, None, "mindestens 10", "at_least"),
        (4000, None, 4000, "höchstens 4.000", "at_most"),
        (500, None, None, "etwa 500", "open"),
        (None, 9000, 11500, "9.000 bis 11.500", "range"),
        (None, 18000, math.inf, "mindestens 18.000", "at_least"),
        (None, 7, 7, "7", "exact"),
        (None, None, None, "–", "open"),
        (math.nan, math.nan, math.nan, "–", "open"),
    ],
)
def test_interval_in_words(value, lower, upper, text, wording):
    assert formats.format_interval(value, lower, upper) == (text, wording)


def test_published_range_shows_both_bounds():
    shown = formats.format_interval(10250, 9000, 11500, rounded=False)
    assert shown == ("9.000 bis 11.500", "range")


def test_range_whose_bounds_look_alike_is_not_shown_as_range():
    assert formats.format_interval(2.0, 1.9, 2.1, rounded=False) == ("rund 2", "about")


def test_exclusive_bounds():
    assert formats.format_interval(18000, 18000, None, exclusive=True).text == "mehr als 18.000"
    assert formats.format_interval(4000, None, 4000, exclusive=True).text == "weniger als 4.000"


@pytest.mark.parametrize("bounds", [(5, 6, 7), (5, 1, 4), (None, 9, 3), (5, None, 4)])
def test_bounds_that_do_not_enclose_the_value_are_refused(bounds):
    with pytest.raises(ValueError, match="do not enclose"):
        formats.format_interval(*bounds)


@given(*[st.none() | st.floats()] * 3, st.integers(0, 3), st.booleans(), st.booleans())
def test_no_text_leaks_a_missing_value(a, b, c, digits, rounded, exclusive):
    known = sorted(x for x in (a, b, c) if x is not None and math.isfinite(x))
    lower, value, upper = known if len(known) == 3 else (None, a, None)
    shown = formats.format_interval(
        value, lower, upper, digits, rounded=rounded, exclusive=exclusive
    )
    short = formats.shorten_interval(value, lower, upper, digits)
    assert not any(word in f"{shown.text} {short}".lower() for word in FORBIDDEN)


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((16200, 16150, 16250), "≈\u202f16.200"),
        ((18000, 18000, None), "≥\u202f18.000"),
        ((4000, None, 4000), "≤\u202f4.000"),
        ((None, 9000, 11500), "9.000–11.500"),
        ((11722, 11722, 11722), "11.722"),
        ((-7, None, None), "≈\u202f−7"),
        ((None, None, None), "–"),
    ],
)
def test_interval_as_chart_label(bounds, text):
    assert formats.shorten_interval(*bounds) == text


def test_make_number_carries_all_parts():
    origin = Origin(key="published_figures.tsv#45")
    number = formats.make_number(
        16200, 16150, 16250, unit="Anträge", label="offene Anträge", origins=[origin]
    )
    assert (number.text, number.wording, number.unit) == ("rund 16.200", "about", "Anträge")
    assert (number.value, number.lower, number.upper) == (16200.0, 16150.0, 16250.0)
    assert number.origins == (origin,)


def test_make_number_as_range_and_without_value():
    assert formats.make_number(10, 9, 12, wording="range").text == "9 bis 12"
    number = formats.make_number(math.nan, 9000, 11500)
    assert (number.value, number.text, number.wording) == (10250.0, "rund 10.250", "about")
    assert formats.make_number(None, 18000, math.nan).value == 18000.0


def test_make_number_needs_a_figure():
    with pytest.raises(ValueError, match="needs a value or a bound"):
        formats.make_number(None, math.nan, None)


PERIODS = [
    ("2021-01-01", "2021-12-31", "2021", "2021"),
    ("2016-01-01", "2021-12-31", "2016 bis 2021", "2016–2021"),
    ("2021-01-01", "2021-10-31", "Januar bis Oktober 2021", "Jan.–Okt. 2021"),
    ("2023-01-01", "2023-03-31", "1. Quartal 2023", "Q1 2023"),
    ("2023-10-01", "2023-12-31", "4. Quartal 2023", "Q4 2023"),
    ("2023-03-01", "2023-05-31", "März bis Mai 2023", "März–Mai 2023"),
    ("2023-01-01", "2023-06-30", "1. Halbjahr 2023", "1. Hj. 2023"),
    ("2023-07-01", "2023-12-31", "2. Halbjahr 2023", "2. Hj. 2023"),
    ("2023-02-01", "2023-02-28", "Februar 2023", "Feb. 2023"),
    ("2024-02-01", "2024-02-29", "Februar 2024", "Feb. 2024"),
    ("2024-02-01", "2024-02-28", "01.02.2024 bis 28.02.2024", "01.02.–28.02.2024"),
    ("2022-10-01", "2023-02-28", "Oktober 2022 bis Februar 2023", "Okt. 2022–Feb. 2023"),
    ("2023-02-28", "2023-02-28", "28.02.2023", "28.02.2023"),
    ("2023-01-01", "2023-01-05", "01.01.2023 bis 05.01.2023", "01.01.–05.01.2023"),
    ("", "2019-12-31", "vor 2020", "vor 2020"),
    ("", "2021-10-31", "bis Oktober 2021", "bis Okt. 2021"),
    ("", "2021-10-15", "bis 15.10.2021", "bis 15.10.2021"),
    ("2023-01-01", "", "ab Januar 2023", "ab Jan. 2023"),
    ("2023-01-15", "", "ab 15.01.2023", "ab 15.01.2023"),
    ("", "", "undatiert", "undatiert"),
]


@pytest.mark.parametrize(("start", "end", "text", "short"), PERIODS)
def test_period_in_words(start, end, text, short):
    assert formats.format_period(day(start), day(end)) == text
    assert formats.format_period(day(start), day(end), short=True) == short


def test_period_accepts_the_missing_values_of_pandas():
    assert formats.format_period(pd.NaT, pd.Timestamp("2019-12-31")) == "vor 2020"
    assert formats.format_period(pd.NaT, pd.NaT) == "undatiert"


def test_period_must_not_end_before_it_starts():
    with pytest.raises(ValueError, match="ends before it starts"):
        formats.format_period(day("2023-02-01"), day("2023-01-01"))


@given(st.none() | st.dates(), st.none() | st.dates(), st.booleans())
def test_period_never_leaks_a_missing_value(first, last, short):
    if first and last and last < first:
        first, last = last, first
    text = formats.format_period(first, last, short=short).lower()
    assert text
    assert not any(word in text.split() for word in FORBIDDEN)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2023-02-28", "2023-02-28", "am 28.02.2023"),
        ("2023-02-01", "2023-02-28", "im Februar 2023"),
        ("2023-02-03", "2023-02-20", "03.02.2023 bis 20.02.2023"),
        ("2021-01-01", "2021-12-31", "2021"),
        ("", "", "undatiert"),
    ],
)
def test_when_in_running_text(start, end, text):
    row = {"period_start": day(start), "period_end": day(end)}
    assert formats.say_when(row) == text


def test_dates():
    assert formats.format_date(dt.datetime(2025, 3, 31, 12)) == "31.03.2025"
    assert formats.format_date(None) == "undatiert"
    assert formats.format_month(day("2023-02-14")) == "Februar 2023"
    assert formats.format_month(day("2023-09-14"), short=True) == "Sept. 2023"
