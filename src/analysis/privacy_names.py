"""Names of persons: lists from Faker, and words that look like names without being any."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

_LOCALES = ("de_DE", "de_AT", "tr_TR", "hr_HR", "pl_PL", "ro_RO", "it_IT")
# First names that are also words, months, colours or places, and that start harmless phrases.
_WORDS = frozenset(
    (
        *("april", "august", "juli", "juni", "mai", "sommer", "stern", "winter", "linde", "rose"),
        *("rosa", "bach", "berg", "blume", "heide", "wald", "wein", "horn", "holm", "jäger"),
        *("alter", "ernst", "frei", "gut", "heim", "herz", "kaiser", "könig", "lang", "lauf"),
        *("mark", "may", "muster", "neu", "nova", "pro", "rein", "rot", "tal", "uni", "wolf"),
        "feb",  # in headings beside »Jan«
    )
)
# What is named after a person is not a person.
_NOT_SURNAMES = re.compile(
    r"(?i).*(?:stra(?:ß|ss)e|platz|weg|allee|gasse|ring|ufer|damm|brücke|schule|gymnasium|haus|"
    r"heim|stiftung|klinik|kirche|zentrum|institut|universität|amt|referat|verlag|preis|viertel|"
    r"siedlung|park|hof|halle|str\.?)"
)


def is_known_name(word: str) -> bool:
    """Return whether a single word is a common first name or surname, and not also a word."""
    lower = word.strip().casefold()
    return lower not in _WORDS and (lower in _first_names() or lower in _surnames())


def is_surname(word: str) -> bool:
    """Return whether a word is a common surname."""
    return word.casefold() in _surnames()


def is_known_surname(word: str) -> bool:
    """Return whether a word is a common surname of more than three letters, and not also a word."""
    lower = word.casefold()
    return len(lower) > 3 and lower not in _WORDS and lower in _surnames()


def is_town(word: str) -> bool:
    """Return whether a word is the name of a German town, or begins one."""
    return word.casefold() in _towns()


def is_named_after(words: str) -> bool:
    """Return whether words end like the name of a street, a school or an office."""
    return _NOT_SURNAMES.fullmatch(words) is not None


def is_full_name(first: str, last: str) -> bool:
    """Return whether two words are a first name, perhaps a double one, and a surname."""
    parts = [part.casefold() for part in first.split("-")]
    return (
        len(first) > 2
        and (first.istitle() or first.isupper())
        and all(part in _first_names() and part not in _WORDS for part in parts)
        and not is_named_after(last)
        and last.casefold() not in _WORDS
    )


@cache
def _first_names() -> frozenset[str]:
    return _load_names("first_names")


@cache
def _surnames() -> frozenset[str]:
    return _load_names("last_names")


@cache
def _towns() -> frozenset[str]:
    provider = import_module("faker.providers.address.de_DE").Provider
    return frozenset(str(city).split()[0].casefold() for city in provider.cities)


def _load_names(attribute: str) -> frozenset[str]:
    providers = [import_module(f"faker.providers.person.{each}").Provider for each in _LOCALES]
    return frozenset(
        str(name).casefold() for provider in providers for name in getattr(provider, attribute)
    )
