"""How a published figure is said in German: the table of figures notes it in a technical form."""

from __future__ import annotations

import re

import pandas as pd

_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+(?!\d))")
_QUALIFIERS = {
    r"exact \(rounded\)": "erkennbar gerundet",
    r"exact headline": "laut Überschrift",
    r"exact, (.*)": r"genau, \1",
    r"exact \((.*)\)": r"genau, \1",
    r"exact": "genau",
    r"derived \((.*)\)": r"berechnet, \1",
    r"derived": "berechnet",
}
_TITLES = {
    r" \(older page\)": " (ältere Seite)",
    r" \(copy\)": " (Kopie)",
    r", copy on (\S+)$": r" (Kopie bei \1)",
    r"^headtopics copy of (SZ): ": r"\1 (Kopie bei headtopics): ",
    r"^(\S+) summarising (\w+): ": r"\1 nach \2: ",
    # Persons are not named in processed data; the address leads to the full title.
    r"^(SZ: Warum) .+ (ein schwieriges Amt hat)$": r"\1 … \2",
    r"^(welt\.de/dpa:) \w+ (zu Wohngeldanträgen online)$": r"\1 … \2",
}


def word_figures(raw: pd.DataFrame) -> pd.Series:
    """Return each figure with unit and qualifier as German words.

    Args:
        raw: columns ``value``, ``unit`` and ``qualifier`` as published.

    Examples:
        ``17.5``, ``Wochen``, ``exact (Verfahrensdauer)`` → ``17,5 Wochen (genau, Verfahrensdauer)``
    """
    qualifiers = raw["qualifier"].map(_word_qualifier)
    return raw["value"].map(_word_value) + " " + raw["unit"] + " (" + qualifiers + ")"


def word_titles(titles: pd.Series) -> pd.Series:
    """Return titles of sources with English remarks of the compiler put into German."""
    return titles.replace(_TITLES, regex=True)


def _word_value(text: str) -> str:
    return " ".join(_word_number(part) for part in text.replace("..", " bis ").split(" "))


def _word_number(text: str) -> str:
    if not re.fullmatch(r"[<>]?-?\d+(\.\d+)?", text):
        return "auf" if text == "->" else text
    whole, *decimals = _DECIMAL_POINT.split(text)
    return ",".join([_THOUSANDS.sub(".", whole), *decimals])


def _word_qualifier(text: str) -> str:
    for pattern, words in _QUALIFIERS.items():
        if re.fullmatch(pattern, text):
            return re.sub(pattern, words, text)
    return text
