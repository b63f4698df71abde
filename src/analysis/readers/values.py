"""Parsers for German numbers and dates in columns of strings: value, meaning, problem.

Nothing is guessed: a text that has no single reading is a problem, with the reason in German.
"""

from __future__ import annotations

import re
from typing import Literal

import pandas as pd

from analysis.readers.dates import parse_dates
from analysis.readers.legends import (
    OFFICIAL_LEGEND,
    PLAIN_LEGEND,
    REGIONAL_LEGEND,
    Legend,
    Meaning,
    normalise_sign,
    read_legend,
)

__all__ = [
    "OFFICIAL_LEGEND",
    "PLAIN_LEGEND",
    "REGIONAL_LEGEND",
    "Legend",
    "Meaning",
    "parse_dates",
    "parse_numbers",
    "read_legend",
]

_MOST_DIGITS = 15  # more do not fit a binary float without loss
_LONGEST = 64
_MARK = re.compile(
    r"^(?P<body>.*?)(?P<mark>\s*[¹²³⁰⁴-⁹ᵃ-ᶻ]+⁾?|\s*\*+\)?|\s[0-9]{1,2}\))?$", re.DOTALL
)
_GAPS = {",": r"[.'’\u0020\u00a0\u2009\u202f]", ".": r"[,'’\u0020\u00a0\u2009\u202f]"}
_UNITS = r"%|‰|€|EUR|Euro"


def _compile_number(decimal: str) -> re.Pattern[str]:
    sign, gap = re.escape(decimal), _GAPS[decimal]
    return re.compile(
        rf"""(?P<open>\()?\s?
        (?:(?P<before>[prs])\s)?
        (?:(?P<currency>€|EUR)\s?)?
        (?P<sign>[+\-−–]\s?)?
        (?P<digits>[1-9][0-9]{{0,2}}(?P<gap>{gap})[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*(?:{sign}[0-9]+)?
          |[0-9]+(?:{sign}[0-9]+)?|{sign}[0-9]+)
        (?P<trailing>\s?[-−–])?
        (?:\s?(?P<unit>{_UNITS}))?
        (?:\s?(?P<after>[prs]))?
        \s?(?P<close>\))?""",
        re.VERBOSE,
    )


_NUMBER = {decimal: _compile_number(decimal) for decimal in (",", ".")}
_POINT = re.compile(r"[+\-−–]?[0-9]*\.[0-9]+.*")


def parse_numbers(
    texts: pd.Series, *, legend: Legend = OFFICIAL_LEGEND, decimal: Literal[",", "."] = ","
) -> pd.DataFrame:
    """Read numbers as they are written in German tables.

    Thousands may be set apart by a dot, an apostrophe or any kind of space; a minus may be
    ``-``, ``−`` or stand behind the number; ``%``, ``‰``, ``€``, ``EUR`` and footnote marks may
    follow. A percentage stays a percentage (12,5 % is 12.5).

    Args:
        texts: column of strings.
        legend: signs instead of numbers.
        decimal: decimal sign.

    Returns:
        Same index: ``value`` (float, missing where there is none), ``code`` (codes of the legend,
        several joined by a blank, empty for a plain number), ``unit``, ``mark`` (footnote mark),
        ``problem`` (German, empty where the text was read).
    """
    codes, uniques = pd.factorize(texts.astype("str").fillna(""))
    signs = {normalise_sign(sign): meaning for sign, meaning in legend.items() if sign != "0"}
    parsed = [_parse_number(str(text), signs, legend, decimal) for text in uniques]
    columns = ["value", "code", "unit", "mark", "problem"]
    frame = pd.DataFrame(parsed, columns=columns).astype({"value": "float64"})
    frame = frame.astype(dict.fromkeys(columns[1:], "str"))
    return frame.take(codes).set_axis(texts.index)


_Number = tuple[float | None, str, str, str, str]


def _parse_number(text: str, signs: Legend, legend: Legend, decimal: str) -> _Number:
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        return _fail(stripped[:_LONGEST] + "…", "zu lang für eine Zahl")
    if meaning := signs.get(normalise_sign(stripped)):
        return meaning.value, meaning.code, "", "", ""
    split = _MARK.match(stripped)
    body, mark = (split["body"], (split["mark"] or "").strip()) if split else (stripped, "")
    if meaning := (signs.get(normalise_sign(body)) if body else None):
        return meaning.value, meaning.code, "", mark, ""
    found = _NUMBER[decimal].fullmatch(body)
    if found is None:
        return _fail(stripped, _explain(body, decimal))
    return _read_number(found, stripped, mark, legend, decimal)


def _read_number(
    found: re.Match[str], text: str, mark: str, legend: Legend, decimal: str
) -> _Number:
    if problem := _find_contradiction(found, legend):
        return _fail(text, problem)
    digits = re.sub(rf"[^0-9{re.escape(decimal)}]", "", found["digits"]).replace(decimal, ".")
    if len(digits.replace(".", "").lstrip("0")) > _MOST_DIGITS:
        return _fail(text, f"mehr als {_MOST_DIGITS} Stellen")
    negative = (found["sign"] or "+").strip() != "+" or bool(found["trailing"])
    value = -float(digits) if negative and float(digits) else float(digits)
    flags = [flag for flag in (found["before"], found["after"], found["open"] and "()") if flag]
    if value == 0 and "0" in legend:
        flags.append("0")
    codes = " ".join(legend[flag].code for flag in flags)
    return value, codes, found["unit"] or found["currency"] or "", mark, ""


def _find_contradiction(found: re.Match[str], legend: Legend) -> str:
    if bool(found["open"]) != bool(found["close"]):
        return "eine Klammer fehlt"
    if found["open"] and "()" not in legend:
        return "Klammern sind in der Legende nicht erklärt (negativ oder unsicher?)"
    if found["sign"] and found["trailing"]:
        return "zwei Vorzeichen"
    if found["unit"] and found["currency"]:
        return "zwei Einheiten"
    unknown = [f for f in (found["before"], found["after"]) if f and f not in legend]
    return f"»{unknown[0]}« ist in der Legende nicht erklärt" if unknown else ""


def _explain(body: str, decimal: str) -> str:
    if decimal == "," and _POINT.fullmatch(body):
        return "der Punkt gliedert keine Tausender und ist kein Dezimalzeichen"
    if body and normalise_sign(body) in {normalise_sign(sign) for sign in OFFICIAL_LEGEND}:
        return "das Zeichen ist in der Legende nicht erklärt"
    return "keine Zahl in deutscher Schreibweise"


def _fail(text: str, reason: str) -> _Number:
    return None, "", "", "", f"»{text}«: {reason}"
