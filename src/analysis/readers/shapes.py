"""What a cell looks like: a value, a period, a sum's label, a footnote.

Just enough to find a table among titles and footnotes; what a cell means is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_VALUE = 40
_VALUE = re.compile(
    r"""[(+\-−–]?\s?(?:€|EUR)?\s?
        [0-9][0-9.,'’\u0020\u00a0\u2009\u202f:/-]*
        \s?(?:%|‰|€|EUR|Euro)?\)?\s?(?:[prs]|[¹²³⁰⁴-⁹]+⁾?|\*+\)?|[0-9]\))?""",
    re.VERBOSE,
)
_SIGNS = frozenset({"-", "–", "—", ".", "x", "X", "...", "…", "/", "()", "0"})
_LETTER_SIGNS = frozenset({"x", "X"})  # a column may be called so
_PERIOD = re.compile(
    r"""(?:19|20)[0-9]{2}(?:[-/](?:[0-9]{2}|(?:19|20)[0-9]{2}))?(?:-[0-9]{2})?
      | (?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])
      | [0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{2}){0,2}
      | [0-9]{1,2}[./](?:19|20)[0-9]{2}""",
    re.VERBOSE,
)
_SUM = re.compile(
    r"(?:(?:zwischen|gesamt|teil|end|monats|jahres)?summen?\b.*|gesamtergebnis|teilergebnis"
    r"|.+\sergebnis|[Σ∑].*)",
    re.IGNORECASE | re.DOTALL,
)
_SUM_WORD = re.compile(r"(?:zwischen|gesamt|teil)?summe:?", re.IGNORECASE)
_WEAK_SUM = re.compile(r"(?:gesamt|insgesamt|total|zusammen):?", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"""\*+\)?(?:\s|$|\w) | [¹²³⁰⁴-⁹]+⁾? | \(?[0-9a-z]\)(?:\s|$) | [-–./x…]+\s*=\s | ©
      | (?:Quellen?|Datenquellen?|Anmerkung(?:en)?|Hinweise?|Stand|Erläuterung(?:en)?|Legende
          |Zeichenerklärung|Fußnoten?|Datenstand|Erstellt|Abfrage|Ausgedruckt|Druckdatum|Lizenz)\b
      | Seite\s[0-9]""",
    re.VERBOSE,
)
_MARK = re.compile(r"\s*(?:[¹²³⁰⁴-⁹]+⁾|(?<=\s)[0-9]\)|\*+\)?)$")


def count_filled(fields: Sequence[str]) -> int:
    """Return how many fields hold more than blanks."""
    return len([field for field in fields if field and not field.isspace()])


def first_filled(fields: Sequence[str]) -> str:
    """Return the first field that holds more than blanks, stripped; empty where there is none."""
    for field in fields:
        if field and not field.isspace():
            return field.strip()
    return ""


def looks_like_value(text: str) -> bool:
    """Return whether a cell holds a number, a date in figures or a sign instead of a number."""
    bare = text.strip()
    if bare in _SIGNS:
        return True
    return len(bare) <= _LONGEST_VALUE and _VALUE.fullmatch(bare) is not None


def looks_like_header(fields: Sequence[str]) -> bool:
    """Return whether a record can be a header: no values except distinct years, months, dates."""
    values = [field.strip() for field in fields if looks_like_value(field)]
    values = [value for value in values if value not in _LETTER_SIGNS]
    distinct = len(set(values)) == len(values)
    return distinct and all(is_period(value) for value in values)


def is_period(text: str) -> bool:
    """Return whether a cell holds a year, month or day in figures."""
    return _PERIOD.fullmatch(text.strip()) is not None


def looks_like_column_numbers(fields: Sequence[str]) -> bool:
    """Return whether a record only numbers the columns (1, 2, 3 …)."""
    filled = [field.strip() for field in fields if field.strip()]
    expected = [str(number) for number in range(1, len(filled) + 1)]
    return len(filled) > 2 and [field.strip("()") for field in filled] == expected


def is_sum_label(text: str) -> bool:
    """Return whether a row's label names a total or subtotal."""
    return len(text) <= 80 and _SUM.fullmatch(text) is not None


def is_sum_word(text: str) -> bool:
    """Return whether a cell holds the word »Summe« (Zwischensumme, Gesamtsumme) alone."""
    # Asked of every cell: most are settled without the pattern.
    return "summe" in text.lower() and _SUM_WORD.fullmatch(text.strip()) is not None


def is_weak_sum_label(text: str) -> bool:
    """Return whether a label can name a total, but a category as well (»Insgesamt«)."""
    return _WEAK_SUM.fullmatch(text) is not None


def looks_like_footnote(text: str) -> bool:
    """Return whether a text after a table begins like a footnote, source or legend."""
    return _FOOTNOTE.match(text.strip()) is not None


def split_mark(label: str) -> tuple[str, str]:
    """Cut a footnote mark (``¹⁾``, `` 1)``, ``*``) off the end of a header's label."""
    found = _MARK.search(label)
    return (label[: found.start()], found[0].strip()) if found else (label, "")
