"""Period parser: what a source calls a period becomes a start day, an end day and a certainty.

Method: docs/methods/periods.md. A side that the source leaves open stays open (``NaT``).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan",
            "februar feb",
            "märz mrz",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sep",
            "oktober okt",
            "november nov",
            "dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
_UNDATED = re.compile(r"(undatiert|undated|ohne datum)\b.*", re.IGNORECASE)
_UNCLEAR_YEAR = re.compile(r".*jahr unklar.*", re.IGNORECASE)
_BEFORE = re.compile(r"vor (\d{4})")
_OPEN_START = re.compile(r"bis (.+)")
_OPEN_END = re.compile(r"(?:ab|seit) (.+)")
_AFTER = re.compile(r"nach (?:Reform )?(\d{4})")
_VERSUS = re.compile(r"(.+?) vs (.+)")
_MONTH_PAIR = re.compile(r"(\d{4})-(\d{2})/(\d{2})")
_NOTE = re.compile(r"^(.*?)\s*\((.*)\)$")
_APPROXIMATE = re.compile(r"ca\. (.+)")
_NOTE_MONTHS = re.compile(r"ca\. (\w+)/(\w+)")


class Period(NamedTuple):
    """A period as far as its source fixes it.

    ``certainty`` is ``exact``, ``approximate`` (the source or its reader is unsure), ``open`` (one
    side is not given) or ``undated``. ``base_start`` and ``base_end`` are the period that a change
    is measured against.
    """

    start: dt.date | None
    end: dt.date | None
    certainty: str = "exact"
    base_start: dt.date | None = None
    base_end: dt.date | None = None


class PeriodError(DataError):
    """A period text that no rule covers."""


def parse_period(text: str) -> Period:
    """Return the period that ``text`` names.

    Args:
        text: as published, for instance ``2023-Q1``, ``2021-01..2021-10``, ``2024 H2``,
            ``vor 2020``, ``undatiert``, ``2020 vs 2019``.

    Raises:
        PeriodError: no rule covers the text.

    Examples:
        >>> parse_period("2023-Q1")[:2]
        (datetime.date(2023, 1, 1), datetime.date(2023, 3, 31))
    """
    try:
        period = _parse_text(" ".join(text.split()))
    except (PeriodError, ValueError, RecursionError):
        # ValueError: a month 13, a year 0 have a known form, but no such day exists.
        raise _unknown(text) from None
    if not _is_possible(period):
        raise _unknown(text)
    return period


def parse_periods(texts: pd.Series) -> pd.DataFrame:
    """Parse a column of period texts.

    Args:
        texts: strings; each distinct text is parsed once.

    Returns:
        Columns ``period_start``, ``period_end``, ``base_start``, ``base_end`` (datetime64),
        ``certainty`` (missing where no rule covers the text), on the index of ``texts``.
    """
    parsed = {text: _try_parse(text) for text in texts.unique()}
    rows = [parsed[text] for text in texts]
    columns = {
        "period_start": [row and row.start for row in rows],
        "period_end": [row and row.end for row in rows],
        "base_start": [row and row.base_start for row in rows],
        "base_end": [row and row.base_end for row in rows],
    }
    frame = pd.DataFrame(
        {name: pd.to_datetime(pd.Series(days, index=texts.index)) for name, days in columns.items()}
    )
    certainty = pd.Series([row and row.certainty for row in rows], index=texts.index, dtype="str")
    return frame.assign(certainty=certainty)


def _parse_text(text: str) -> Period:
    if _UNDATED.fullmatch(text) or _UNCLEAR_YEAR.fullmatch(text):
        return Period(None, None, "undated")
    if versus := _VERSUS.fullmatch(text):
        return _parse_change(versus[1], versus[2])
    if note := _NOTE.fullmatch(text):
        return _parse_with_note(note[1], note[2])
    if text.endswith("?"):
        return parse_period(text[:-1])._replace(certainty="approximate")
    if approximate := _APPROXIMATE.fullmatch(text):
        return parse_period(approximate[1])._replace(certainty="approximate")
    return _parse_open(text) or _parse_closed(text)


def _is_possible(period: Period) -> bool:
    if period.start is None or period.end is None:
        return period.certainty == "undated" or period.start != period.end
    return period.start <= period.end


def _try_parse(text: str) -> Period | None:
    try:
        return parse_period(text)
    except PeriodError:
        return None


def _parse_change(current: str, base: str) -> Period:
    now = parse_period(current)
    before = _try_parse(base)
    if before is None or before.start is None:
        return now
    return now._replace(base_start=before.start, base_end=before.end)


def _parse_with_note(body: str, note: str) -> Period:
    period = parse_period(body)
    months = _NOTE_MONTHS.search(note)
    if months and period.start and {months[1].lower(), months[2].lower()} <= _MONTHS.keys():
        year = period.start.year
        start = _month(year, _MONTHS[months[1].lower()])
        end = _month(year, _MONTHS[months[2].lower()])
        return Period(start.start, end.end, "approximate")
    return period


def _parse_open(text: str) -> Period | None:
    if before := _BEFORE.fullmatch(text):
        return Period(None, dt.date(int(before[1]) - 1, 12, 31), "open")
    if after := _AFTER.fullmatch(text):
        return Period(dt.date(int(after[1]) + 1, 1, 1), None, "open")
    if until := _OPEN_START.fullmatch(text):
        return Period(None, parse_period(until[1]).end, "open")
    if since := _OPEN_END.fullmatch(text):
        return Period(parse_period(since[1]).start, None, "open")
    return None


def _parse_closed(text: str) -> Period:
    if text.startswith("Ende "):
        return _parse_year_end(text.removeprefix("Ende "))
    if pair := _MONTH_PAIR.fullmatch(text):
        return Period(
            _month(int(pair[1]), int(pair[2])).start, _month(int(pair[1]), int(pair[3])).end
        )
    for separator in ("..", "/"):
        if separator in text:
            first, last = text.split(separator, 1)
            return _parse_span(first, last)
    if re.fullmatch(r"\d{4}-\d{4}", text):
        return _parse_span(text[:4], text[5:])
    return _parse_simple(text)


def _parse_year_end(year: str) -> Period:
    if not re.fullmatch(r"\d{4}", year):
        raise _unknown(year)
    return Period(dt.date(int(year), 12, 1), dt.date(int(year), 12, 31), "approximate")


def _parse_span(first: str, last: str) -> Period:
    start = _parse_simple(first).start
    if "/" in last:
        inner, end_text = last.split("/", 1)
        return Period(start, _parse_span(inner, end_text).end)
    if re.fullmatch(r"\d{4} \d{2}", f"{first} {last}"):
        # "2025/26" names the two calendar years 2025 and 2026, "1999/00" those of a turn.
        century = int(first[:2]) + (first[2:] == "99" and last == "00")
        last = f"{century}{last}"
    return Period(start, _parse_simple(last).end)


def _parse_simple(text: str) -> Period:
    if re.fullmatch(r"\d{4}", text):
        return Period(dt.date(int(text), 1, 1), dt.date(int(text), 12, 31))
    if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return _month(int(month[1]), int(month[2]))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = dt.date.fromisoformat(text)
        return Period(day, day)
    if part := re.fullmatch(r"(\d{4})[- ]?(Q[1-4]|H[12])", text):
        return _year_part(int(part[1]), part[2])
    raise _unknown(text)


def _year_part(year: int, part: str) -> Period:
    length = 3 if part[0] == "Q" else 6
    last = int(part[1]) * length
    return Period(_month(year, last - length + 1).start, _month(year, last).end)


def _month(year: int, month: int) -> Period:
    last_day = calendar.monthrange(year, month)[1]
    return Period(dt.date(year, month, 1), dt.date(year, month, last_day))


def _unknown(text: str) -> PeriodError:
    return PeriodError(
        f"Zeitangabe »{text}« nicht erkannt; erwartet wird zum Beispiel 2023, 2023-02, 2023-Q1, "
        "2024 H2, 2021-01..2021-10, vor 2020, undatiert."
    )
