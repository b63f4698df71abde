"""Words of offices for our fields and our words, and how near a text comes to them."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import pandas as pd

from analysis.cleaning.names import normalise_name

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_GAPS = re.compile(r"[^0-9a-zäöüßø*§%]+")
# Below this two words have little in common; from here on misspellings and endings are caught.
_LEAST_RATIO = 0.82


class Synonym(NamedTuple):
    """A word of offices for a field.

    Attributes:
        field: field or measure of a mapping.
        datasets: kinds of data sets in which it is meant.
        kind: what the cells must be: ``day``, ``month``, ``year``, ``number``, ``answer``,
            ``words`` or ``identifier``.
        word: the office's word.
    """

    field: str
    datasets: tuple[str, ...]
    kind: str
    word: str


@cache
def load_synonyms() -> tuple[Synonym, ...]:
    """Return the words of offices for fields (``column_synonyms.csv``)."""
    return tuple(
        Synonym(field, tuple(datasets.split()), kind, word)
        for field, datasets, kind, words in _read("column_synonyms.csv")
        for word in words.split("|")
    )


@cache
def load_word_synonyms(field: str) -> dict[str, str]:
    """Return the words of offices for our words of a field (``word_synonyms.csv``), normalised."""
    return {
        normalise_name(word): ours
        for name, ours, words in _read("word_synonyms.csv")
        if name == field
        for word in (ours, *words.split("|"))
    }


@lru_cache(maxsize=100_000)
def rate_name(column: str, word: str) -> float:
    """Return how near the name of a column comes to a word, from 0 to 1.

    1 for the same letters and digits; a little less without what stands in brackets, or where the
    words are the same in another order; less again where the word is only a part of the name, or
    where the spelling differs.
    """
    if _tokens(column) == _tokens(word):
        return 1.0
    bare = _BRACKETS.sub(" ", column)
    if _tokens(bare) == _tokens(word) and _tokens(bare):
        return 0.96
    own, other = _tokens(column), _tokens(word)
    if sorted(own) == sorted(other):
        return 0.95
    joined, wanted = "".join(own), "".join(other)
    if other and joined and set(other) <= set(own):
        return 0.6 + 0.3 * len(wanted) / len(joined)
    matcher = SequenceMatcher(None, joined, wanted, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < _LEAST_RATIO:
        return 0.0
    ratio = matcher.ratio()
    return 0.92 * ratio if ratio >= _LEAST_RATIO else 0.0


def translate_word(field: str, word: str) -> str | None:
    """Return our word for an office's word of a field, or nothing where it is not known."""
    return load_word_synonyms(field).get(normalise_name(word))


def share_known(field: str, words: Collection[str]) -> float:
    """Return the share of words that are known for a field."""
    known = load_word_synonyms(field)
    return sum(normalise_name(word) in known for word in words) / len(words) if words else 0.0


@cache
def _tokens(text: str) -> tuple[str, ...]:
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", text)
    lower = spaced.lower().replace("ae", "ä").replace("oe", "ö").replace("ue", "ü")
    return tuple(token for token in _GAPS.split(lower) if token)


@cache
def _read(name: str) -> tuple[tuple[str, ...], ...]:
    with files("analysis").joinpath(name).open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep=";", dtype="str", keep_default_na=False)
    return tuple(table.itertuples(index=False, name=None))
