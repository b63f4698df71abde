"""German numbers and dates: every form of the issue, and texts that have no single reading."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.readers.values import (
    OFFICIAL_LEGEND,
    PLAIN_LEGEND,
    parse_dates,
    parse_numbers,
    read_legend,
)

NUMBERS = [
    ("1234", 1234), ("1.234", 1234), ("1.234,56", 1234.56), ("1.234.567", 1234567),
    ("1 234", 1234), ("1\u00a0234", 1234), ("1\u202f234,5", 1234.5), ("1'234", 1234),
    ("0,5", 0.5), (",5", 0.5), ("+3", 3), ("-3", -3), ("−3,5", -3.5), ("– 3", -3),
    ("123,45-", -123.45), ("3−", -3), ("  7 ", 7), ("007", 7), ("-1.234,5", -1234.5),
]  # fmt: skip
UNITS = [
    ("1.234,56 €", 1234.56, "€"), ("12,5 %", 12.5, "%"), ("12,5%", 12.5, "%"),
    ("€ 5", 5, "€"), ("5 EUR", 5, "EUR"), ("1,2\u202f‰", 1.2, "‰"), ("-3,5\u00a0%", -3.5, "%"),
]  # fmt: skip
MARKS = [("123¹⁾", "¹⁾"), ("123 1)", "1)"), ("123*", "*"), ("123 **)", "**)"), ("123²", "²")]
SIGNS = [
    ("-", 0.0, "nothing"), ("–", 0.0, "nothing"), ("—", 0.0, "nothing"),
    ("0", 0.0, "less_than_half"), ("0,0", 0.0, "less_than_half"),
    (".", None, "unknown_or_secret"), ("x", None, "not_meaningful"), ("X", None, "not_meaningful"),
    ("…", None, "later"), ("...", None, "later"), ("/", None, "unreliable"),
    ("()", None, "limited"), ("k. A.", None, "not_stated"), ("k.A.", None, "not_stated"),
    ("keine Angabe", None, "not_stated"), ("", None, "empty"), (None, None, "empty"),
    ("(123)", 123, "limited"), ("123p", 123, "preliminary"), ("123 r", 123, "revised"),
    ("s 123", 123, "estimated"), (".¹⁾", None, "unknown_or_secret"),
]  # fmt: skip
UNREADABLE = [
    "1.5", "1234.567", "1.23", "0.123", "1,234.56", "1.234.56", "12 34", "1e5", "abc", "5 Fälle",
    "--5", "-5-", "(5", "5)", "1.2.2024", "12345678901234567", "5 % €", "€ 5 €", "*", "²", "٣",
    "1" * 70, "x5", "#REF!",
]  # fmt: skip


def _one(text, **options):
    return parse_numbers(pd.Series([text], dtype="str"), **options).iloc[0]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_numbers(text, expected):
    result = _one(text)
    assert result["value"] == expected
    assert (result["code"], result["unit"], result["mark"], result["problem"]) == ("",) * 4


@pytest.mark.parametrize(("text", "expected", "unit"), UNITS)
def test_units_stay_beside_the_number(text, expected, unit):
    result = _one(text)
    assert (result["value"], result["unit"], result["problem"]) == (expected, unit, "")


@pytest.mark.parametrize(("text", "mark"), MARKS)
def test_footnote_marks_are_no_digits(text, mark):
    result = _one(text)
    assert (result["value"], result["mark"], result["problem"]) == (123, mark, "")


@pytest.mark.parametrize(("text", "value", "code"), SIGNS)
def test_signs_keep_their_meaning(text, value, code):
    result = _one(text)
    assert result["value"] == value or (value is None and math.isnan(result["value"]))
    assert (result["code"], result["problem"]) == (code, "")


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_has_no_single_reading_is_a_problem(text):
    result = _one(text)
    assert math.isnan(result["value"])
    assert result["problem"].startswith("»")


def test_plain_legend_takes_zero_as_zero_and_refuses_brackets():
    assert _one("0", legend=PLAIN_LEGEND)["code"] == ""
    assert "Klammern" in _one("(5)", legend=PLAIN_LEGEND)["problem"]
    assert "nicht erklärt" in _one("5p", legend=PLAIN_LEGEND)["problem"]


def test_decimal_point():
    values = parse_numbers(pd.Series(["1,234.5", "-43.09", "1.234"]), decimal=".")["value"]
    assert values.tolist() == [1234.5, -43.09, 1.234]


def test_legend_of_the_file_comes_first():
    legend = read_legend(
        ["- = nichts vorhanden; . = Zahlenwert unbekannt", "x = Tabellenfach gesperrt", "/ : Unfug"]
    )
    assert legend["."].code == "unknown_or_secret"
    assert legend["x"].value is None
    assert legend["x"].text == "Tabellenfach gesperrt"
    assert legend["/"].code == "other"
    assert legend["-"].code == "nothing"


def test_index_and_repeated_values_are_kept():
    texts = pd.Series(["1", "x", "1"], index=[7, 3, 7])
    result = parse_numbers(texts)
    assert result.index.tolist() == [7, 3, 7]
    assert result["code"].tolist() == ["", "not_meaningful", ""]
    assert parse_numbers(texts.iloc[:0]).empty
    assert parse_dates(texts.iloc[:0]).empty


@given(st.integers(-(10**12), 10**12), st.sampled_from([".", " ", "\u00a0", "\u202f", "'", ""]))
def test_written_numbers_come_back(number, gap):
    text = f"{number:,}".replace(",", gap)
    assert _one(text)["value"] == number


@given(st.text(max_size=40))
def test_any_text_is_read_or_a_problem(text):
    for legend in (OFFICIAL_LEGEND, PLAIN_LEGEND):
        result = _one(text, legend=legend)
        assert (result["problem"] != "") == (math.isnan(result["value"]) and not result["code"])
    date = parse_dates(pd.Series([text], dtype="str")).iloc[0]
    assert (date["problem"] != "") == (pd.isna(date["value"]) and not date["code"])


DATES = [
    ("31.12.2024", "2024-12-31", "2024-12-31", "day"),
    ("1.2.2024", "2024-02-01", "2024-02-01", "day"),
    ("31.12.24", "2024-12-31", "2024-12-31", "day"),
    ("31.12.99", "1999-12-31", "1999-12-31", "day"),
    ("5. Mai 2024", "2024-05-05", "2024-05-05", "day"),
    ("2024-12-31", "2024-12-31", "2024-12-31", "day"),
    ("20241231", "2024-12-31", "2024-12-31", "day"),
    ("45657", "2024-12-31", "2024-12-31", "day"),
    ("12/2024", "2024-12-01", "2024-12-31", "month"),
    ("02.2024", "2024-02-01", "2024-02-29", "month"),
    ("Dez 24", "2024-12-01", "2024-12-31", "month"),
    ("Dez. 2024", "2024-12-01", "2024-12-31", "month"),
    ("Dezember 2024", "2024-12-01", "2024-12-31", "month"),
    ("März 2024", "2024-03-01", "2024-03-31", "month"),
    ("mrz 24", "2024-03-01", "2024-03-31", "month"),
    ("Jan-24", "2024-01-01", "2024-01-31", "month"),
    ("2024-12", "2024-12-01", "2024-12-31", "month"),
    ("202412", "2024-12-01", "2024-12-31", "month"),
    ("2024", "2024-01-01", "2024-12-31", "year"),
]


@pytest.mark.parametrize(("text", "start", "end", "precision"), DATES)
def test_dates(text, start, end, precision):
    result = parse_dates(pd.Series([text])).iloc[0]
    assert (f"{result['value']:%Y-%m-%d}", f"{result['end']:%Y-%m-%d}") == (start, end)
    assert (result["precision"], result["problem"]) == (precision, "")


def test_time_of_day_is_kept():
    values = parse_dates(pd.Series(["31.12.2024 14:30", "2024-12-31T08:00:05", "45657,5"]))
    assert [f"{v:%d %H:%M:%S}" for v in values["value"]] == ["31 14:30:00", "31 08:00:05",
                                                             "31 12:00:00"]  # fmt: skip
    assert {f"{v:%H:%M}" for v in values["end"]} == {"00:00"}


@pytest.mark.parametrize(
    "text",
    ["31.02.2024", "31.13.2024", "12/24", "31/12/2024", "12-31-2024", "2024-13", "202413", "99999",
     "9999-12-31", "Foo 24", "1", "0", "29.02.2023", "2024-12-31 25:00", "1.1.1700"],
)  # fmt: skip
def test_what_is_no_clear_date_is_a_problem(text):
    result = parse_dates(pd.Series([text])).iloc[0]
    assert pd.isna(result["value"])
    assert text in result["problem"]
    assert (result["precision"], result["code"]) == ("", "")


def test_serial_numbers_follow_the_stated_date_system():
    texts = pd.Series(["44195"])
    assert f"{parse_dates(texts, serial='1904')['value'][0]:%Y-%m-%d}" == "2024-12-31"
    assert parse_dates(texts)["form"][0] == "serial"
    assert parse_dates(texts, serial=None)["problem"][0]


def test_signs_instead_of_dates():
    result = parse_dates(pd.Series(["", "k. A.", "-", "…"]))
    assert result["code"].tolist() == ["empty", "not_stated", "nothing", "later"]
    assert result["value"].isna().all()
