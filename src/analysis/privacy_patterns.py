"""Recognising personal data in text: numbers by form and check digit, names by lists of names.

Check digits of IBAN, tax and identification numbers come from python-stdnum, lists of names from
Faker; both are kept libraries. Language models (presidio with spaCy) would find more names, at the
price of a model of hundreds of megabytes and of results that change with it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from html import unescape
from typing import NamedTuple

from stdnum import iban
from stdnum.de import idnr, stnr

from analysis.privacy_names import (
    is_full_name,
    is_known_surname,
    is_named_after,
    is_surname,
    is_town,
)

EMAIL = "E-Mail-Adresse"
IBAN = "IBAN"
PHONE = "Telefonnummer"
TAX = "Steuernummer"
INSURANCE = "Versicherungsnummer"
FILE_NUMBER = "Aktenzeichen"
ADDRESS = "Anschrift"
BIRTH_DATE = "Geburtsdatum"
NAME = "Name"

_WORD = r"[A-ZÄÖÜŞÇİĆČŠŽŁ][\w’'-]{0,40}\w"
_LETTERS = r"[A-ZÄÖÜŞÇİĆČŠŽŁ][^\W\d_]{1,40}"
_GAP = r"(?:[^\S\n]+|\s*[;|\t]\s*)"
_PARTICLE = r"(?:(?:von|van|vom|zu|zum|zur|de|da|di|al|el)\s+(?:der\s+|dem\s+|den\s+)?)?"
_NO_STREET = (
    r"(?![\w-]{0,40}[ -](?:Stra(?:ß|ss)e|Str\.|Platz|Weg|Allee|Ring|Ufer|Haus|Schule|Stiftung))"
)
_AT = r"(?:@|%40|[ ]@[ ]|[ ]?[(\[{][ ]?(?:at|ät|@)[ ]?[)\]}][ ]?)"
_DOT = r"(?:\.|[ ]?[(\[{][ ]?(?:dot|punkt|\.)[ ]?[)\]}][ ]?)"
_MONTHS = (
    r"(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)"
)
_TITLES = r"(?:(?:Dr|Prof|Dipl|Ing|med|jur)\.[\s-]*)*"
_ROLES = (
    r"(?!(?:Ober)?[Bb]ürgermeister|Stadtr|Stadtdirektor|Präsident|Vorsitzend|Minister|Referent|"
    r"Abgeordnet|Mitglied|Kolleg|StR|Mann\b|Frau\b|Herr\b)"
)


class Hit(NamedTuple):
    """A place in a text that looks like personal data; ``masked`` gives nothing away."""

    kind: str
    start: int
    end: int
    masked: str


class _Pattern(NamedTuple):
    kind: str
    regex: re.Pattern[str]
    confirm: Callable[[re.Match[str]], bool]


def find_personal_data(text: str, *, allow: Collection[str] = ()) -> list[Hit]:
    """Return what in a text looks like personal data, in the order of the text.

    Made for cells of an export as well as for finished outputs: HTML, CSV, notebooks, logs.

    Args:
        text: any text; styles, scripts, drawings and embedded files in HTML are passed over.
        allow: texts that may stand, such as the address of an office in the imprint.

    Returns:
        Kind, position and a masked form of each hit; the hits do not overlap.
    """
    hits: list[Hit] = []
    plain = _unify(_blank_code(text) if "<" in text else text)
    taken: list[tuple[int, int]] = []
    for kind, first, last in _find_places(plain.text):
        found = plain.text[first:last].strip()
        free = all(last <= other or first >= until for other, until in taken)
        if free and found not in allow:
            taken.append((first, last))
            hits.append(Hit(kind, plain.locate(first), plain.locate(last), f"{found[0]}…"))
    return sorted(hits, key=lambda hit: hit.start)


def mask_personal_data(text: str) -> str:
    """Return a text with each place that looks like personal data replaced by its kind."""
    masked = text
    for hit in reversed(find_personal_data(text)):
        masked = f"{masked[: hit.start]}({hit.kind}, nicht ausgegeben){masked[hit.end :]}"
    return masked


def is_insurance_number(text: str) -> bool:
    """Return whether a text is a pension insurance number with its check digit (VKVV § 4)."""
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", text):
        return False
    digits = f"{text[:8]}{ord(text[8]) - 64:02d}{text[9:]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    day, month = int(text[2:4]) % 50, int(text[4:6])
    return _cross_sum(digits[:-1], weights) == int(digits[-1]) and day <= 31 and month <= 12


def is_health_number(text: str) -> bool:
    """Return whether a text is a health insurance number with its check digit (KVNR)."""
    if not re.fullmatch(r"[A-Z]\d{9}", text):
        return False
    digits = f"{ord(text[0]) - 64:02d}{text[1:]}"
    return _cross_sum(digits[:-1], (1, 2) * 5) == int(digits[-1])


def _cross_sum(digits: str, weights: tuple[int, ...]) -> int:
    products = (int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    return sum(product // 10 + product % 10 for product in products) % 10


def _blank_code(text: str) -> str:
    """Replace what no reader sees as text by blanks of the same length, so positions stay."""
    return _CODE.sub(lambda match: " " * len(match.group()), text)


_CODE = re.compile(
    r"<(style|script)\b.*?</\1\s*>|data:[\w/+.-]+;base64,[\w+/=\s]+|"
    r"\b(?:d|points|transform|viewBox|style|id|class|href)\s*=\s*\"[^\"]*\"|</?[\w:-]+|/?>",
    re.DOTALL | re.IGNORECASE,
)


class _Unified(NamedTuple):
    """A text in one way of writing; ``edits`` are its changed places and how far they shifted."""

    text: str
    edits: tuple[tuple[int, int], ...]

    def locate(self, position: int) -> int:
        """Return where a position stands in the original text."""
        number = bisect_right(self.edits, (position, sys.maxsize))
        return position + (self.edits[number - 1][1] if number else 0)


def _unify(text: str) -> _Unified:
    """Write blanks, signs, entities and accents in one way, and leave out what is not seen."""
    spaced = text.translate(_SAME_LENGTH)
    if not _ODD.search(spaced):
        return _Unified(spaced, ())
    pieces: list[str] = []
    edits: list[tuple[int, int]] = []
    length = end = 0
    for match in _ODD.finditer(spaced):
        written = _write_plainly(match.group())
        before = spaced[end : match.start()]
        pieces += [before, written]
        length += len(before) + len(written)
        end = match.end()
        edits.append((length, end - length))
    return _Unified("".join([*pieces, spaced[end:]]), tuple(edits))


def _write_plainly(odd: str) -> str:
    if odd.startswith("&"):
        return unescape(odd).translate(_SAME_LENGTH)
    return "" if _UNSEEN.fullmatch(odd) else unicodedata.normalize("NFC", odd)


_SAME_LENGTH = str.maketrans(
    dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "
    )
    | dict.fromkeys("\u2010\u2011\u2012", "-")
    | {"＠": "@", "﹫": "@", "．": "."}
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]+")
_ODD = re.compile(
    rf"{_UNSEEN.pattern}|\w[\u0300-\u036f]+|&(?:#\d{{1,7}}|#[xX][\da-fA-F]{{1,6}}|[A-Za-z]{{2,8}});"
)


def _find_places(text: str) -> Iterator[tuple[str, int, int]]:
    for pattern in _PATTERNS:
        for match in pattern.regex.finditer(text):
            if pattern.confirm(match):
                yield pattern.kind, *match.span("name" if pattern.kind == NAME else 0)


def _squeeze(match: re.Match[str]) -> str:
    return re.sub(r"[\s.-]", "", match.group())


def _is_office(match: re.Match[str]) -> bool:
    # The address of an office is public.
    line = match.string[max(0, match.start() - 60) : match.start()].rsplit("\n", 1)[-1]
    return bool(
        re.search(
            r"(?i)sozialbürgerhaus|bürgerbüro|rathaus|jobcenter|referat|amt\b|stelle\b|\bs-[iv]+\b",
            line,
        )
    )


def _always(_: re.Match[str]) -> bool:
    return True


_PATTERNS = (
    _Pattern(
        EMAIL,
        re.compile(
            rf"(?<![\w.+-])[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}{_DOT}[A-Za-z]{{2,}}"
        ),
        _always,
    ),
    _Pattern(
        IBAN,
        re.compile(r"(?i)\b[A-Z]{2}\d{2}(?:[ ]?[A-Z\d]{4}){2,7}(?:[ ]?[A-Z\d]{1,3})?\b"),
        lambda match: iban.is_valid(_squeeze(match)),
    ),
    _Pattern(
        IBAN,
        re.compile(r"(?i)DE[ .-]?\d{2}(?:[ .-]?\d{4}){4}[ .-]?\d{2}(?!\d)"),
        lambda match: iban.is_valid(_squeeze(match)),
    ),
    _Pattern(
        INSURANCE,
        re.compile(r"\b\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{3}\b"),
        lambda match: is_insurance_number(_squeeze(match)),
    ),
    _Pattern(
        INSURANCE,
        re.compile(r"\b[A-Z]\d{9}\b"),
        lambda match: is_health_number(match.group()),
    ),
    _Pattern(
        TAX,
        re.compile(r"(?<![\w.,/-])[1-9]\d(?:[ ]?\d{3}){3}(?![\w/-]|[.,]\d)"),
        lambda match: idnr.is_valid(_squeeze(match)),
    ),
    _Pattern(
        TAX,
        re.compile(r"(?<![\w.,/-])\d{2,3}/\d{3}/\d{4,5}(?![\w/-])"),
        lambda match: stnr.is_valid(match.group()),
    ),
    _Pattern(
        FILE_NUMBER,
        re.compile(
            r"\b(?:Az\.?|AZ(?=[.:])\.?|G[zZ]\.|Aktenz(?:eichen|\.)|Gesch(?:äfts)?z(?:eichen|\.)|Kassenzeichen|"
            r"(?:Unser|Ihr|Mein)e?[ ]Zeichen|"
            r"(?:Kunden|Kd\.|Fall|Personal|Pers\.|Vorgangs|Antrags|Akten|BG)-?"
            r"(?:[Nn]ummer|Nr\.?|nr\.?|ID))"
            r"(?:[ ]lautet|[ ]ist)?[ ]?[:#]?[ ]?"
            r"(?:[A-Z]{1,4}[ ])?(?=\S{0,40}\d)[A-Z0-9][\w./-]{0,40}\d[\w./-]{0,40}"
            r"(?:[ ]\d[\w./-]{1,40}){0,5}"
        ),
        _always,
    ),
    _Pattern(
        FILE_NUMBER,
        # A register sign with year and running number; the numbers of the Jobcenter.
        re.compile(
            r"(?<![\w/.-])(?:[A-Z]{1,4}[-/](?:19|20)\d\d[-/]\d{4,}|\d{5}BG\d{7}|\d{3}[A-Z]\d{6})(?![\w/-])"
        ),
        _always,
    ),
    _Pattern(
        PHONE,
        re.compile(
            r"\b(?:Tel\.|Tel:|Telefon:|Durchwahl:?|Rufnummer:?|Fax:)[ ]?"
            r"[-–+(]?\d[\d /()-]{2,20}\d(?![\d.,%])"
        ),
        _always,
    ),
    _Pattern(
        PHONE,
        re.compile(
            r"(?<![\w.,/+-])(?<!\d[ ])(?:"
            r"(?:\+|00)49[\s/-]?(?:\(0\))?[\s/-]?[1-9]\d{1,4}[\s/-]*\d(?:[ /-]?\d){4,9}"
            # 0156/2024 is the number of a printed paper
            r"|\(?0[1-9]\d{1,4}\)?(?:[ ]?[/-][ ]?(?!(?:19|20)\d\d(?!\d))|[ ])"
            r"\d(?:(?:[ ]?-[ ]?|[ ])?\d){3,9}"
            r"|01[567]\d{8,9})"
            r"(?![\w/]|[.,]\d)"
        ),
        _always,
    ),
    _Pattern(
        BIRTH_DATE,
        re.compile(
            r"(?i)\b(?:geb(?:oren|urtsdatum|urtstag|\.?-?[ ]?dat(?:um)?)?\.?|Jg\.|Jahrgang)"
            r"[ ]*:?[ ]*(?:am[ ]+)?"
            rf"(?:\d{{1,2}}[./-][ ]?(?:\d{{1,2}}[./-][ ]?|{_MONTHS}[ ]+)\d{{2,4}}"
            r"|\d{4}-\d{2}-\d{2}|(?:19|20)\d\d(?![\d-]))"
            # The sign of birth; of this century it would mark footnotes on dates.
            r"|(?<![\w*])\*[ ]?\d{1,2}\.[ ]?\d{1,2}\.[ ]?19\d\d\b"
        ),
        _always,
    ),
    _Pattern(
        ADDRESS,
        re.compile(
            r"\b(?:[A-ZÄÖÜ][\w-]{0,30}(?:[ -][A-ZÄÖÜ][\w-]{0,25})?[ -]?)"
            r"(?:[Ss]tra(?:ß|ss)e|STRA(?:SS|ß|ẞ)E|[Ss]tr\.?|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|[Rr]ing|"
            r"[Dd]amm|[Uu]fer)"
            r"[ ]*(?:Nr\.[ ]?)?\d{1,4}[ ]?[a-z]?(?![\w.]|[ ]*(?:%|Prozent))"
            r"|\b[a-zäöü][\w-]{1,40}(?:stra(?:ß|ss)e|str\.)[ ]*\d{1,4}[ ]?[a-z]?"
            r"(?![\w.]|[ ]*(?:%|Prozent))"
        ),
        lambda match: not _is_office(match),
    ),
    _Pattern(
        ADDRESS,
        # Streets without a telling name are known by the town that follows.
        re.compile(
            r"\b[A-ZÄÖÜ][\w.-]{1,40}[ ]\d{1,3}[ ]?[a-z]?[ ]?[,;|\t][ ]?(?:D-)?\d{5}"
            r"(?:[ ]|[ ]?[;|\t])[ ]?"
            r"(?P<town>[A-ZÄÖÜ][\wäöüß-]+)"
        ),
        lambda match: is_town(match["town"]) and not _is_office(match),
    ),
    _Pattern(
        NAME,
        re.compile(rf"\b(?P<name>(?:Herrn?|Frau|Hr\.|Fr\.)\s+{_TITLES}{_ROLES}{_PARTICLE}{_WORD})"),
        lambda match: not is_named_after(match["name"]),
    ),
    _Pattern(
        NAME,
        re.compile(rf"(?i)\b(?P<name>(?:herrn?|frau|hr|fr|familie|fam)\.?\s+(?P<last>{_WORD}))"),
        lambda match: is_surname(match["last"]) and not is_named_after(match["name"]),
    ),
    _Pattern(
        NAME,
        re.compile(
            rf"(?<![\w.])(?<!\w\.[ ])(?P<name>[A-ZÄÖÜ]\.[ ]?(?P<last>{_WORD})){_NO_STREET}(?![\w-])"
        ),
        lambda match: is_known_surname(match["last"]),
    ),
    _Pattern(
        NAME,
        re.compile(rf"(?<![\w.-])(?P<name>({_LETTERS})[_.-]({_LETTERS}))(?![\w-]){_NO_STREET}"),
        lambda match: is_full_name(match[2], match[3]) and is_known_surname(match[3]),
    ),
    # The words are only looked at, not consumed: each may begin the next name.
    _Pattern(
        NAME,
        re.compile(
            rf"(?<![\w-])(?=(?P<name>({_WORD})(?:\s+[A-ZÄÖÜ]\.)?{_GAP}{_PARTICLE}({_WORD}))"
            rf"{_NO_STREET})"
        ),
        lambda match: is_full_name(match[2], match[3]),
    ),
    _Pattern(
        NAME,
        re.compile(rf"(?<![\w-])(?=(?P<name>({_WORD})(?:,\s*|{_GAP})({_WORD})(?![\w-])))"),
        lambda match: (
            is_full_name(match[3], match[2])
            and (is_surname(match[2]) or match["name"] == match.string.strip())
        ),
    ),
)
