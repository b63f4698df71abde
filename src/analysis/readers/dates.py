"""Parser for dates and months as German exports write them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import pandas as pd

from analysis.readers.legends import OFFICIAL_LEGEND, Legend, normalise_sign

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "januar", "jän", "jänner"),
            ("feb", "februar", "feber"),
            ("mär", "märz", "mrz", "maerz"),
            ("apr", "april"),
            ("mai",),
            ("jun", "juni"),
            ("jul", "juli"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("okt", "oktober"),
            ("nov", "november"),
            ("dez", "dezember"),
        ),
        start=1,
    )
    for name in names
}
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_CLOCK = (
    r"(?:[ T](?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:\.0+)?)?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
# Serial numbers outside of these bounds (1954 to 2119) are more likely to be something else.
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_EPOCHS = {"1900": "1899-12-30", "1904": "1904-01-01"}
_COLUMNS = ["value", "end", "precision", "form", "code", "problem"]


class _Form(NamedTuple):
    name: str
    pattern: str
    precision: str


_FORMS = (
    _Form(
        "day",
        r"(?P<day>[0-9]{1,2})\.\s?(?P<month>[0-9]{1,2})\.\s?(?P<year>[0-9]{4})" + _CLOCK,
        "day",
    ),
    _Form(
        "day_short_year", r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{2})", "day"
    ),
    _Form(
        "day_named_month",
        rf"(?P<day>[0-9]{{1,2}})\.\s?(?P<name>{_NAMES})\.?\s"
        r"(?P<year>[0-9]{4})",
        "day",
    ),
    _Form("iso_day", r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})" + _CLOCK, "day"),
    _Form("compact_day", r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", "day"),
    _Form("month", r"(?P<month>[0-9]{1,2})\s?[/.]\s?(?P<year>[0-9]{4})", "month"),
    _Form("named_month", rf"(?P<name>{_NAMES})(?:\.\s?|[\s/-])(?P<year>[0-9]{{4}})", "month"),
    _Form(
        "named_month_short_year",
        rf"(?P<name>{_NAMES})(?:\.\s?|[\s/-])'?(?P<year>[0-9]{{2}})",
        "month",
    ),
    _Form("iso_month", r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})", "month"),
    _Form("compact_month", r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})", "month"),
    _Form("year", r"(?P<year>(?:19|20)[0-9]{2})", "year"),
)


def parse_dates(
    texts: pd.Series,
    *,
    legend: Legend = OFFICIAL_LEGEND,
    serial: Literal["1900", "1904"] | None = "1900",
    pivot: int = 70,
) -> pd.DataFrame:
    """Read days, months and years.

    Args:
        texts: column of strings.
        legend: signs instead of dates (empty, ``k. A.``, ``-`` …).
        serial: date system for serial numbers of workbooks; ``None`` refuses them.
        pivot: two-digit years from here on belong to the 20th century.

    Returns:
        Same index: ``value`` (first moment), ``end`` (last day), ``precision`` (``day``,
        ``month``, ``year``), ``form`` (how it was written; ``serial`` and ``*_short_year`` rest
        on the arguments), ``code`` (from the legend), ``problem`` (German, empty where read).
    """
    codes, uniques = pd.factorize(texts.astype("str").fillna(""))
    unique = pd.Series(list(uniques), dtype="str")
    frame = _parse_unique(unique, legend, serial, pivot)
    return frame.take(codes).set_axis(texts.index)


def _parse_unique(texts: pd.Series, legend: Legend, serial: str | None, pivot: int) -> pd.DataFrame:
    bare = texts.str.strip().str.replace(r"\s+", " ", regex=True)
    result = pd.DataFrame(
        {"value": pd.NaT, "end": pd.NaT, "precision": "", "form": "", "code": "", "problem": ""},
        index=texts.index,
        columns=_COLUMNS,
    ).astype({"value": "datetime64[us]", "end": "datetime64[us]"})
    for form in _FORMS:
        parts = bare.str.extract(re.compile(f"^{form.pattern}$", re.IGNORECASE))
        found = parts["year"].notna() & (result["form"] == "")
        if found.any():
            values = _assemble(parts[found], pivot)
            result.loc[found, "value"] = values
            result.loc[found, ["precision", "form"]] = [form.precision, form.name]
    if serial is not None:
        result = _read_serials(result, bare, serial)
    result["code"] = _look_up(bare, legend).where(result["form"] == "", "")
    return _add_ends(_note_problems(result, texts))


def _assemble(parts: pd.DataFrame, pivot: int) -> pd.Series:
    numbers = pd.DataFrame(index=parts.index)
    if "name" in parts:
        numbers["month"] = parts["name"].str.lower().map(_MONTHS)
    for unit in ("year", "month", "day", "hour", "minute", "second"):
        if unit in parts:
            numbers[unit] = pd.to_numeric(parts[unit]).fillna(0)
    short = parts["year"].str.len() == 2
    century = (numbers["year"] >= pivot).map({True: 1900, False: 2000})
    numbers["year"] = numbers["year"] + century.where(short, 0)
    numbers["year"] = numbers["year"].where(numbers["year"].between(_FIRST_YEAR, _LAST_YEAR))
    for unit in ("month", "day"):
        if unit not in numbers:
            numbers[unit] = 1
    return pd.to_datetime(numbers, errors="coerce").astype("datetime64[us]")


def _read_serials(result: pd.DataFrame, bare: pd.Series, serial: str) -> pd.DataFrame:
    digits = bare.where(bare.str.fullmatch(r"[0-9]{5}(?:,[0-9]{1,12})?"))
    number = pd.to_numeric(digits.str.replace(",", ".", regex=False), errors="coerce")
    found = number.between(_FIRST_SERIAL, _LAST_SERIAL) & (result["form"] == "")
    seconds = (number[found] * 86_400).round()
    values = pd.Timestamp(_EPOCHS[serial]) + pd.to_timedelta(seconds, unit="s")
    result.loc[found, "value"] = values.astype("datetime64[us]")
    result.loc[found, ["precision", "form"]] = ["day", "serial"]
    return result


def _look_up(bare: pd.Series, legend: Legend) -> pd.Series:
    signs = {normalise_sign(sign): meaning.code for sign, meaning in legend.items()}
    signs.pop("0", None)
    return pd.Series(
        [signs.get(normalise_sign(text), "") for text in bare], index=bare.index, dtype="str"
    )


def _note_problems(result: pd.DataFrame, texts: pd.Series) -> pd.DataFrame:
    impossible = (result["form"] != "") & result["value"].isna()
    unread = (result["form"] == "") & (result["code"] == "")
    quoted = "»" + texts.str.strip().str.slice(0, 40) + "«"
    no_day = quoted + f": diesen Tag gibt es zwischen {_FIRST_YEAR} und {_LAST_YEAR} nicht"
    problem = no_day.where(impossible, "")
    problem = (quoted + ": kein Datum in einer eindeutigen Schreibweise").where(unread, problem)
    cleared = result.assign(problem=problem)
    cleared.loc[impossible, ["precision", "form"]] = ""
    return cleared


def _add_ends(result: pd.DataFrame) -> pd.DataFrame:
    day = result["value"].dt.normalize()
    month = day + pd.offsets.MonthEnd(0)
    year = day + pd.offsets.YearEnd(0)
    end = day.where(result["precision"] != "month", month)
    return result.assign(end=end.where(result["precision"] != "year", year))
