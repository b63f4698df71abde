"""Recognising personal data in text: numbers by form and check digit, names by lists of names.

Check digits of IBAN, tax and identification numbers come from python-stdnum, lists of names from
Faker; both are kept libraries. Language models (presidio with spaCy) would find more names, at the
price of a model of hundreds of megabytes and of results that change with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from stdnum import iban
from stdnum.de import idnr, stnr

from analysis.privacy_names import is_full_name, is_named_after, is_surname

EMAIL = "E-Mail-Adresse"
IBAN = "IBAN"
PHONE = "Telefonnummer"
TAX = "Steuernummer"
INSURANCE = "Versicherungsnummer"
FILE_NUMBER = "Aktenzeichen"
ADDRESS = "Anschrift"
BIRTH_DATE = "Geburtsdatum"
NAME = "Name"

_WORD = r"[A-ZÄÖÜŞÇİĆČŠŽŁ][\w’'-]*\w"
_GAP = r"(?:[^\S\n]+|\s*[;|\t]\s*)"
_PARTICLE = r"(?:(?:von|van|vom|zu|zum|zur|de|da|di|al|el)\s+(?:der\s+|dem\s+|den\s+)?)?"
_NO_STREET = r"(?![\w-]*[ -](?:Stra(?:ß|ss)e|Str\.|Platz|Weg|Allee|Ring|Ufer|Haus|Schule|Stiftung))"
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
    plain = _blank_code(text) if "<" in text else text
    taken: list[tuple[int, int]] = []
    for kind, start, end in _find_places(plain):
        found = plain[start:end].strip()
        free = all(end <= other or start >= until for other, until in taken)
        if free and found not in allow:
            taken.append((start, end))
            hits.append(Hit(kind, start, end, f"{found[0]}…"))
    return sorted(hits, key=lambda hit: hit.start)


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


def _find_places(text: str) -> Iterator[tuple[str, int, int]]:
    for pattern in _PATTERNS:
        for match in pattern.regex.finditer(text):
            if pattern.confirm(match):
                yield pattern.kind, *match.span("name" if pattern.kind == NAME else 0)


def _squeeze(match: re.Match[str]) -> str:
    return re.sub(r"\s", "", match.group())


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
    _Pattern(EMAIL, re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), _always),
    _Pattern(
        IBAN,
        re.compile(r"(?i)\b[A-Z]{2}\d{2}(?:[ ]?[A-Z\d]{4}){2,7}(?:[ ]?[A-Z\d]{1,3})?\b"),
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
            r"\b(?:Az\.?|Aktenzeichen|Gesch(?:äfts)?z(?:eichen|\.)|Kassenzeichen|"
            r"(?:Kunden|Fall|Personal|Vorgangs|Antrags|BG)-?(?:nummer|Nr\.?|nr\.?|ID))"
            r"(?:[ ]lautet|[ ]ist)?[ ]?[:#]?[ ]?"
            r"(?:[A-Z]{1,4}[ ])?(?=\S*\d)[A-Z0-9][\w./-]*\d[\w./-]*(?:[ ]\d[\w./-]+)*"
        ),
        _always,
    ),
    _Pattern(
        PHONE,
        re.compile(
            r"(?<![\w.,/+-])(?<!\d[ ])(?:"
            r"(?:\+|00)49[\s/-]?(?:\(0\))?[\s/-]?[1-9]\d{1,4}[\s/-]*\d(?:[ /-]?\d){4,9}"
            # 0156/2024 is the number of a printed paper
            r"|\(?0[1-9]\d{1,4}\)?(?:[ ]?[/-][ ]?(?!(?:19|20)\d\d(?!\d))|[ ])\d(?:[ -]?\d){3,9}"
            r"|01[567]\d{8,9})"
            r"(?![\w/]|[.,]\d)"
        ),
        _always,
    ),
    _Pattern(
        BIRTH_DATE,
        re.compile(
            r"(?i)\b(?:geb(?:oren)?\.?|geburtsdatum:?)[ ]*(?:am[ ]+)?"
            r"(?:\d{1,2}\.[ ]?\d{1,2}\.[ ]?\d{2,4}|\d{4}-\d{2}-\d{2})"
        ),
        _always,
    ),
    _Pattern(
        ADDRESS,
        re.compile(
            r"\b(?:[A-ZÄÖÜ][\w-]*(?:[ -][A-ZÄÖÜ][\w-]*)?[ -]?)"
            r"(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|[Rr]ing|[Dd]amm|[Uu]fer)"
            r"[ ]*\d{1,4}[ ]?[a-z]?(?![\w.]|[ ]*(?:%|Prozent))"
        ),
        lambda match: not _is_office(match),
    ),
    _Pattern(
        NAME,
        re.compile(rf"\b(?P<name>(?:Herrn?|Frau|Hr\.|Fr\.)\s+{_TITLES}{_ROLES}{_PARTICLE}{_WORD})"),
        lambda match: not is_named_after(match["name"]),
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
