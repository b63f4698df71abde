"""Words that are chosen by values, so that no sentence claims more than its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from analysis.presentation.formats import NARROW_SPACE, as_float, format_number, format_with_unit
from analysis.presentation.numbers import Number

Direction: TypeAlias = Literal["more", "less", "same", "unclear"]

_COUNT_WORDS = (
    "null",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
)


class Bounded(Protocol):
    """Anything with a lower and an upper bound, for instance a ``Number``."""

    @property
    def lower(self) -> float | None:
        """Lower bound, missing where open."""

    @property
    def upper(self) -> float | None:
        """Upper bound, missing where open."""


class Interval(NamedTuple):
    """A lower and an upper bound; ``None`` or ``nan`` where a side is open."""

    lower: float | None
    upper: float | None


class Words(NamedTuple):
    """The four things that can be said about two figures."""

    more: str
    less: str
    same: str
    unclear: str


TREND = Words("gestiegen", "gesunken", "unverändert", "nicht beurteilbar")
TREND_PRESENT = Words("steigt", "sinkt", "bleibt gleich", "ist nicht beurteilbar")
TREND_NOUN = Words("Anstieg", "Rückgang", "keine Veränderung", "Veränderung nicht beurteilbar")
LONGER = Words("länger als", "kürzer als", "genauso lang wie", "nicht unterscheidbar von")
HIGHER = Words("höher als", "niedriger als", "genauso hoch wie", "nicht unterscheidbar von")
MORE = Words("mehr als", "weniger als", "genauso viele wie", "nicht unterscheidbar von")


class Provenance(NamedTuple):
    """How figures came to the report: ``veröffentlicht`` or ``geliefert``."""

    known: str
    known_bare: str
    known_plural: str
    quoted: str


PROVENANCE = {
    "documented": Provenance(
        "veröffentlicht", "veröffentlichte", "veröffentlichten", "veröffentlicht als"
    ),
    "synthetic": Provenance("geliefert", "gelieferte", "gelieferten", "Angabe der Auswertung"),
}
"""Words by the origin of an edition's data."""


def compare(first: Bounded, second: Bounded) -> Direction:
    """Return how ``first`` relates to ``second`` as far as their bounds decide it.

    Returns:
        ``more`` where the lowest possible first figure exceeds the highest possible second one,
        ``less`` the other way round, ``same`` for two equal exact figures, else ``unclear``:
        the intervals overlap or touch, or the side that decides is open.
    """
    low, high = as_float(first.lower), as_float(first.upper)
    other_low, other_high = as_float(second.lower), as_float(second.upper)
    if low is not None and other_high is not None and low > other_high:
        return "more"
    if high is not None and other_low is not None and high < other_low:
        return "less"
    if low is not None and low == high == other_low == other_high:
        return "same"
    return "unclear"


def trend_word(earlier: Bounded, later: Bounded, words: Words = TREND) -> str:
    """Return the word for the way from the earlier to the later figure (``gestiegen`` …)."""
    return _pick(compare(later, earlier), words)


def comparison(first: Bounded, second: Bounded, words: Words = LONGER) -> str:
    """Return the words for »first is … second« (``länger als`` …)."""
    return _pick(compare(first, second), words)


def signed(number: Number) -> str:
    """Return a change with its sign in words: ``plus 22,6 %``, ``minus 3 Anträge``."""
    size = number.text.replace("−", "").replace("-", "")
    return f"{'minus' if number.value < 0 else 'plus'} {format_with_unit(size, number.unit)}"


def capitalise(text: str) -> str:
    """Return the text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def join_words(words: Sequence[str], conjunction: str = "und") -> str:
    """Return a German enumeration: ``a, b und c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def count_words(count: int, singular: str, plural: str, *, one: str = "eine") -> str:
    """Return a count for running text: ``keine Quellen``, ``eine Quelle``, ``zwei Quellen``.

    Args:
        count: how many; from 13 on it is written in figures.
        singular: noun for one.
        plural: noun for none and for several.
        one: article that agrees with the noun (``ein``, ``eine``, ``einen`` …).

    Raises:
        ValueError: the count is negative.
    """
    if count < 0:
        raise ValueError(f"a count is never negative: {count}")
    if count == 0:
        return f"keine {plural}"
    if count == 1:
        return f"{one} {singular}"
    if count < len(_COUNT_WORDS):
        return f"{_COUNT_WORDS[count]} {plural}"
    return f"{format_number(count)}{NARROW_SPACE}{plural}"


def _pick(direction: Direction, words: Words) -> str:
    return str(getattr(words, direction))
