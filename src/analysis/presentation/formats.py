"""German formats for numbers, intervals, dates and periods, independent of the process locale."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Any, Literal, NamedTuple, SupportsFloat, TypeAlias

import pandas as pd
from babel import Locale
from babel.dates import format_date as babel_date
from babel.numbers import format_decimal

from analysis.presentation.numbers import Number, Origin

LOCALE = Locale.parse("de")
NARROW_SPACE = "\u202f"
MINUS = "\u2212"
MISSING = "–"
UNDATED = "undatiert"

Wording: TypeAlias = Literal["exact", "about", "range", "at_least", "at_most", "open"]
Date: TypeAlias = dt.date | None

# Wide enough for every finite float, so that no value is too large to be rounded.
_PRECISION = 400
# These units stand before their figure in German.
_LEADING_UNITS = frozenset({"Faktor"})


class IntervalText(NamedTuple):
    """A figure as German text, and the wording that its bounds call for."""

    text: str
    wording: Wording


def as_float(value: SupportsFloat | None) -> float | None:
    """Return ``value`` as a finite float, or ``None`` where it is missing or infinite."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def format_number(value: SupportsFloat | None, digits: int = 0) -> str:
    """Return ``value`` as German text: ``11.722``, ``10,7``, ``−3``.

    Args:
        value: any real number; missing and infinite values give ``–``.
        digits: decimal places; halves are rounded away from zero.
    """
    number = as_float(value)
    if number is None:
        return MISSING
    with localcontext(prec=_PRECISION, rounding=ROUND_HALF_UP):
        rounded = Decimal(str(number)).quantize(Decimal(1).scaleb(-digits))
        text: str = format_decimal(abs(rounded), format=_pattern(digits), locale=LOCALE)
    return MINUS + text if rounded < 0 else text


def format_percent(value: SupportsFloat | None, digits: int = 1) -> str:
    """Return a percentage (12.3 stands for 12.3 %) as German text: ``12,3 %``."""
    return format_with_unit(format_number(value, digits), "%")


def format_with_unit(text: str, unit: str) -> str:
    """Return ``text`` and ``unit`` joined by a narrow no-break space.

    Args:
        text: a formatted figure; a missing one (``–``) stays without a unit.
        unit: ``VZÄ``, ``%``, ``Mio. €`` …; an empty unit leaves the text as it is.
    """
    if not unit or text == MISSING:
        return text
    parts = [unit, text] if unit in _LEADING_UNITS else [text, unit.replace(" ", NARROW_SPACE)]
    return NARROW_SPACE.join(parts)


def format_interval(
    value: SupportsFloat | None,
    lower: SupportsFloat | None,
    upper: SupportsFloat | None,
    digits: int = 0,
    *,
    rounded: bool = True,
    exclusive: bool = False,
) -> IntervalText:
    """Put a figure and its bounds into words.

    Args:
        value: best single figure; missing together with both bounds gives ``–``.
        lower: lower bound, missing where the source leaves it open.
        upper: upper bound, missing where the source leaves it open.
        digits: decimal places.
        rounded: the bounds come from rounding (``rund 16.200``); False where the source published
            the two bounds themselves (``9.000 bis 11.500``).
        exclusive: the figure lies beyond its only bound (``mehr als``, ``weniger als``); otherwise
            the bound itself is possible (``mindestens``, ``höchstens``).

    Returns:
        The text without a unit, and the wording for ``Number.wording``. ``etwa`` marks a figure
        whose accuracy the source does not give, ``rund`` one whose bounds are known.

    Raises:
        ValueError: the bounds are the wrong way round or do not enclose the value.
    """
    best, low, high = as_float(value), as_float(lower), as_float(upper)
    _check_order(best, low, high)
    if low is not None and high is not None:
        return _format_closed(best, low, high, digits, rounded)
    if low is not None:
        word = "mehr als" if exclusive else "mindestens"
        return IntervalText(f"{word} {format_number(low, digits)}", "at_least")
    if high is not None:
        word = "weniger als" if exclusive else "höchstens"
        return IntervalText(f"{word} {format_number(high, digits)}", "at_most")
    if best is None:
        return IntervalText(MISSING, "open")
    return IntervalText(f"etwa {format_number(best, digits)}", "open")


def shorten_interval(
    value: SupportsFloat | None,
    lower: SupportsFloat | None,
    upper: SupportsFloat | None,
    digits: int = 0,
) -> str:
    """Return a figure with its bounds as a chart label: ``≈ 16.200``, ``≥ 18.000``, ``11.722``."""
    best = as_float(value)
    text, wording = format_interval(value, lower, upper, digits, rounded=best is not None)
    signs = {"about": "≈", "open": "≈", "at_least": "≥", "at_most": "≤"}
    if wording == "range":
        # A dash before a minus sign cannot be read.
        return text if MINUS in text else text.replace(" bis ", "–")
    if text == MISSING or wording not in signs:
        return text
    return f"{signs[wording]}{NARROW_SPACE}{text.split(' ')[-1]}"


def make_number(  # noqa: PLR0913 - a number has this many parts
    value: SupportsFloat | None,
    lower: SupportsFloat | None,
    upper: SupportsFloat | None,
    *,
    unit: str = "",
    digits: int = 0,
    label: str = "",
    origins: Iterable[Origin] = (),
    wording: Wording | None = None,
    exclusive: bool = False,
) -> Number:
    """Return a traced number with its German text.

    Args:
        value: best single figure; where it is missing, a closed interval gives its middle and a
            one-sided one its bound.
        lower: lower bound, missing where open.
        upper: upper bound, missing where open.
        unit: unit, kept apart from the text.
        digits: decimal places of the text.
        label: what is counted, in German.
        origins: the raw rows behind the figure.
        wording: ``range`` for a figure that is shown as a range; every other wording follows from
            the bounds.
        exclusive: the figure lies beyond its only bound.

    Raises:
        ValueError: value and bounds are all missing (show ``–`` instead), or the bounds do not
            enclose the value.
    """
    low, high = as_float(lower), as_float(upper)
    best = _best_figure(as_float(value), low, high)
    shown = format_interval(
        best, low, high, digits, rounded=wording != "range", exclusive=exclusive
    )
    return Number(
        value=best,
        lower=low,
        upper=high,
        unit=unit,
        digits=digits,
        text=shown.text,
        label=label,
        wording=shown.wording,
        origins=tuple(origins),
    )


def format_date(day: Date) -> str:
    """Return a day as ``31.03.2025``, or ``undatiert`` where it is missing."""
    known = _as_date(day)
    return UNDATED if known is None else f"{known:%d.%m.%Y}"


def format_month(day: Date, *, short: bool = False) -> str:
    """Return the month of a day as ``Februar 2023`` (short: ``Feb. 2023``)."""
    known = _as_date(day)
    if known is None:
        return UNDATED
    return str(babel_date(known, "MMM yyyy" if short else "MMMM yyyy", locale=LOCALE))


def format_period(start: Date, end: Date, *, short: bool = False) -> str:
    """Return a period as a reader would name it.

    Args:
        start: first day; missing where the source leaves it open.
        end: last day; missing where the source leaves it open.
        short: the form for axis labels.

    Returns:
        ``2021``, ``Januar bis Oktober 2021``, ``1. Quartal 2023``, ``28.02.2023``, ``vor 2020``,
        ``ab Januar 2023``, ``undatiert`` …

    Raises:
        ValueError: the period ends before it starts.
    """
    first, last = _as_date(start), _as_date(end)
    if first is not None and last is not None:
        return _format_closed_period(first, last, short)
    if last is not None:
        whole_year = (last.month, last.day) == (12, 31)
        return f"vor {last.year + 1}" if whole_year else f"bis {_edge(last, short, end=True)}"
    if first is not None:
        return f"ab {_edge(first, short, end=False)}"
    return UNDATED


def say_period(row: Mapping[str, Any] | pd.Series[Any], *, short: bool = False) -> str:
    """Return the period of a row (``period_start``, ``period_end``) as ``format_period`` does."""
    return format_period(row["period_start"], row["period_end"], short=short)


def say_when(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    """Return when a row's figure held, for running text: ``am 28.02.2023``, ``im Februar 2023``.

    A year stands alone (``2021``); what is longer, open or undated is named as a period.
    """
    first, last = _as_date(row["period_start"]), _as_date(row["period_end"])
    if first is not None and first == last:
        return f"am {format_date(first)}"
    words = format_period(first, last)
    one_month = first is not None and last is not None and words == format_month(first)
    return f"im {words}" if one_month else words


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


def _check_order(best: float | None, low: float | None, high: float | None) -> None:
    known = [x for x in (low, best, high) if x is not None]
    # Bounds that were computed may differ from the value by a rounding error of the machine.
    slack = 1e-9 * max((abs(x) for x in known), default=0.0)
    if any(b < a - slack for a, b in pairwise(known)):
        raise ValueError(f"bounds do not enclose the value: {low} <= {best} <= {high}")


def _format_closed(
    best: float | None, low: float, high: float, digits: int, rounded: bool
) -> IntervalText:
    if math.isclose(low, high, rel_tol=1e-12):
        return IntervalText(format_number(low if best is None else best, digits), "exact")
    low_text, high_text = format_number(low, digits), format_number(high, digits)
    if (best is None or not rounded) and low_text != high_text:
        return IntervalText(f"{low_text} bis {high_text}", "range")
    middle = (low + high) / 2 if best is None else best
    return IntervalText(f"rund {format_number(middle, digits)}", "about")


def _best_figure(value: float | None, low: float | None, high: float | None) -> float:
    if value is not None:
        return value
    known = [bound for bound in (low, high) if bound is not None]
    if not known:
        raise ValueError("a number needs a value or a bound")
    return sum(known) / len(known)


def _as_date(day: Date) -> dt.date | None:
    if day is None or pd.isna(day):
        return None
    return day.date() if isinstance(day, dt.datetime) else day


def _format_closed_period(first: dt.date, last: dt.date, short: bool) -> str:
    if last < first:
        raise ValueError(f"period ends before it starts: {first} to {last}")
    if first == last:
        return format_date(first)
    if not (_starts_month(first) and _ends_month(last)):
        return _join_days(first, last, short)
    if (first.month, last.month) == (1, 12):
        return _join(str(first.year), str(last.year), short)
    if first.year == last.year:
        return _format_part_of_year(first, last, short)
    return _join(format_month(first, short=short), format_month(last, short=short), short)


def _format_part_of_year(first: dt.date, last: dt.date, short: bool) -> str:
    months = last.month - first.month + 1
    if months == 1:
        return format_month(first, short=short)
    part, rest = divmod(last.month, months)
    if months == 3 and rest == 0:
        return f"Q{part} {first.year}" if short else f"{part}. Quartal {first.year}"
    if months == 6 and rest == 0:
        return f"{part}. {'Hj.' if short else 'Halbjahr'} {first.year}"
    name = str(babel_date(first, "MMM" if short else "MMMM", locale=LOCALE))
    return _join(name, format_month(last, short=short), short)


def _join_days(first: dt.date, last: dt.date, short: bool) -> str:
    if short and first.year == last.year:
        return _join(f"{first:%d.%m.}", format_date(last), short)
    return _join(format_date(first), format_date(last), short)


def _join(first: str, last: str, short: bool) -> str:
    if first == last:
        return first
    return f"{first}–{last}" if short else f"{first} bis {last}"


def _edge(day: dt.date, short: bool, *, end: bool) -> str:
    on_edge = _ends_month(day) if end else _starts_month(day)
    return format_month(day, short=short) if on_edge else format_date(day)


def _starts_month(day: dt.date) -> bool:
    return day.day == 1


def _ends_month(day: dt.date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]
