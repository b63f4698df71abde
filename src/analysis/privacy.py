"""Privacy guard: columns of an office's export that concern single persons are taken out.

They are recognised by their name and by what is in them. What the guard takes out never reaches a
processed table; identifiers of cases are handed over apart, for use in memory only.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from analysis.errors import LagebildError, UsageError, suggest
from analysis.privacy_names import is_known_name
from analysis.privacy_patterns import (
    ADDRESS,
    BIRTH_DATE,
    EMAIL,
    FILE_NUMBER,
    IBAN,
    INSURANCE,
    NAME,
    PHONE,
    TAX,
    Hit,
    find_personal_data,
    mask_personal_data,
)

__all__ = [
    "Guarded",
    "Hit",
    "PrivacyError",
    "find_personal_data",
    "guard",
    "mask_personal_data",
]

REMOVED_COLUMNS = ("column", "kind", "reason", "cells")

_KIND_BY_NAME = (
    (EMAIL, r"e_?mails?|e_?mail_?adresse[n]?|mailadresse"),
    (IBAN, r"iban|bic|konto_?(?:nummer|nr|inhaber\w*)|bank_?verbindung"),
    (TAX, r"steuer_?(?:id|nummer|nr|identifikationsnummer)|idnr"),
    (
        INSURANCE,
        r"(?:sozial|renten|kranken)?versicherungs?_?(?:nummer|nr)|versicherten_?(?:nummer|nr)|"
        r"[srk]v_?n(?:umme)?r|rvnr|svnr|kvnr",
    ),
    (
        FILE_NUMBER,
        r"(?:id|fall|kunden?|vorgangs?|antrags?|akten?|personal|pers|bg|bedarfsgemeinschafts?|"
        r"klient\w*|wohngeld|mitglieds?|ausweis|geschaefts?|verfahrens?|debitor\w*|kassen|case)"
        r"_?(?:nummer|nr|id|zeichen|kennung|kennzeichen)",
    ),
    (
        BIRTH_DATE,
        r"geb|geb_?dat\w*|geb_?tag|geburts_?(?:datum|tag|jahr|ort|name)|date_of_birth|dob",
    ),
    (PHONE, r"tel|telefon\w*|telephon\w*|handy\w*|mobil\w*|fax\w*|rufnummer|durchwahl"),
    (
        ADDRESS,
        r"strasse|str|anschrift|adresse|haus_?(?:nummer|nr)|wohnort|wohn_?(?:adresse|anschrift)|"
        r"\w+strasse|\w+anschrift|postfach",
    ),
    (
        NAME,
        r"(?:vor|nach|familien|geburts|ruf|zu|voll)_?namen?|antragsteller\w*|antragstellend\w*|"
        r"(?:sach)?bearbeiter\w*|ansprechpartner\w*|ansprechperson\w*|leistungsberechtigte[rn]?|"
        r"mitarbeiter\w*|beschaeftigte[rn]?|kund(?:e|in)|kundenname|klient(?:in)?|betreuer\w*|"
        r"name_(?:de[rs]|von)_(?:kind|kund|antrag|person|mitarb|klient|eltern)\w*",
    ),
)
_STATISTIC = re.compile(
    r"(?:anzahl|zahl|summe|anteil|quote|durchschnitt\w*|mittel\w*|median)(?:_|$)"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NUMBER = r"[-+−]?[\d.,\s\u202f%€]*\d[\d.,\s\u202f%€]*|[-–.x…/]|k\.\s?A\.|"
_DAY = r"\d{1,2}\.\d{1,2}\.\d{2,4}(?: .*)?|\d{4}-\d{2}-\d{2}(?:[ T].*)?"
_PHONE = r"[+0(][\d\s/()-]{5,}"
# What is worth a closer look: more than one word, an at sign, a number of four digits.
_SUSPECT = r"[@\s,;]|\d{4}"
# Numbers that are too short for an identifier, or have decimals.
_PLAIN_NUMBER = (
    r"[-+−]?(?:\d{1,9}|\d{1,3}(?:[.\u202f]\d{3})+)(?:,\d+)?(?:\s?[%€])?|[-+−]?\d{1,9}\.\d+"
)
_SAMPLE = 1000
_PERIOD = (
    r"\d{4}[-/. ]?(?:\d{1,2}|[QH]\d)(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{4}|"
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
)
# Keys of official registers, which number services and places, not persons.
_CODED = re.compile(r"(?i)leika|ozg|schlüssel|schluessel|\bags\b|\bars\b|code|fact_id")
_IDENTIFIER = r"(?=.*\d)(?:[A-Z]{1,4}[ ./_-]?)?[\dA-Z]+(?:[ ./_-][\dA-Z]+)*"


class PrivacyError(LagebildError):
    """Personal data where none may be (exit code 1)."""

    exit_code = 1


@dataclass(frozen=True)
class Guarded:
    """An export without personal data.

    Attributes:
        rows: the columns that may be used.
        removed: what was taken out and why: ``column``, ``kind``, ``reason`` (German), ``cells``
            (number of cells in which content gave it away); never any content.
        identifiers: columns kept for use in memory, with the same index; they must not be stored,
            logged or shown.
    """

    rows: pd.DataFrame = field(repr=False)
    removed: pd.DataFrame
    identifiers: pd.DataFrame = field(repr=False)


class _Finding(NamedTuple):
    kind: str
    reason: str
    cells: int


def guard(
    rows: pd.DataFrame, keep_in_memory: Collection[str] = (), allow: Collection[str] = ()
) -> Guarded:
    """Take out the columns of an export that concern single persons.

    Args:
        rows: an export, as text or typed.
        keep_in_memory: columns with identifiers of cases, handed over apart.
        allow: columns that somebody has looked at and found free of personal data.

    Raises:
        UsageError: a column to be kept does not exist.
        PrivacyError: a column to be kept holds more than identifiers.
    """
    for column in keep_in_memory:
        if column not in rows.columns:
            raise UsageError(
                f"Unbekannte Spalte »{column}«.{suggest(column, map(str, rows.columns))}"
            )
    found = {
        str(column): finding
        for column in rows.columns
        if column not in allow and (finding := _inspect(str(column), rows[column])) is not None
    }
    for column in keep_in_memory:
        if column in found and found[column].kind != FILE_NUMBER:
            raise PrivacyError(
                f"Spalte »{column}« enthält Angaben der Art »{found[column].kind}« und darf auch "
                "im Arbeitsspeicher nicht verwendet werden, nur Kennungen von Fällen."
            )
    removed = [(column, *finding) for column, finding in found.items()]
    return Guarded(
        rows=rows.drop(columns=[*found, *(each for each in keep_in_memory if each not in found)]),
        removed=pd.DataFrame(removed, columns=list(REMOVED_COLUMNS)),
        identifiers=rows[list(keep_in_memory)],
    )


def _inspect(column: str, values: pd.Series) -> _Finding | None:
    kind = _kind_by_name(column)
    texts = _distinct_texts(values)
    if kind is not None and _fits(kind, texts):
        # A column of identifiers may hold worse than identifiers, and is then that.
        worse = _inspect_texts(texts.head(_SAMPLE), FILE_NUMBER) if kind == FILE_NUMBER else None
        return worse or _Finding(kind, f"Spaltenname weist auf {kind} hin", 0)
    if pd.api.types.is_datetime64_any_dtype(values) or _share(texts, _DAY) > 0.9:
        return _inspect_dates(texts)
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    finding = _inspect_texts(texts)
    if finding is not None or _CODED.search(column):
        return finding
    return _inspect_identifiers(texts, int(values.notna().sum()))


def _kind_by_name(column: str) -> str | None:
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", "_", column)
    # Gender-inclusive forms: Antragsteller*in, Mitarbeiter:innen, Kund_innen.
    spaced = re.sub(r"[*:/_](?:in|innen)\b", "in", spaced)
    name = re.sub(r"[^a-z0-9]+", "_", spaced.lower().translate(_UMLAUTS)).strip("_")
    if _STATISTIC.match(name):
        return None
    # These abbreviations mean something else as part of a longer name.
    if name in {"az", "gz"}:
        return FILE_NUMBER
    for kind, pattern in _KIND_BY_NAME:
        if re.search(rf"(?:^|_)(?:{pattern})(?:_|$)", name):
            return kind
    return None


def _fits(kind: str, texts: pd.Series[str]) -> bool:
    """Return whether the content may be what the name says; counts are not."""
    if kind in {EMAIL, ADDRESS, NAME}:
        return len(texts) > 0 and _share(texts, _NUMBER) < 0.9
    if kind == PHONE:
        return _share(texts, _PHONE) > 0.3
    return len(texts) > 0


def _distinct_texts(values: pd.Series) -> pd.Series[str]:
    texts = pd.Series(values.dropna().unique()).astype("str").str.strip()
    return texts.loc[texts != ""].drop_duplicates().reset_index(drop=True)


def _share(texts: pd.Series[str], pattern: str) -> float:
    return float(texts.str.fullmatch(pattern).mean()) if len(texts) else 0.0


def _inspect_dates(texts: pd.Series[str]) -> _Finding | None:
    """Recognise birth dates: many different days, most of them long before any electronic case."""
    days = pd.to_datetime(texts.str[:10], dayfirst=_share(texts, r"\d{4}.*") < 0.5, errors="coerce")
    days = days.dropna()
    within = days.loc[(days.dt.day > 1) & (days.dt.day < 28)]
    if len(days) >= 20 and len(within) > len(days) / 2 and (days.dt.year < 2000).mean() > 0.4:
        return _Finding(BIRTH_DATE, "Tagesdaten, zu großen Teilen vor dem Jahr 2000", len(days))
    return None


def _inspect_texts(texts: pd.Series[str], known: str = "") -> _Finding | None:
    suspects = texts.loc[
        texts.str.contains(_SUSPECT, regex=True)
        & ~texts.str.fullmatch(f"{_PLAIN_NUMBER}|{_DAY}|{_PERIOD}")
    ]
    found = ((hit.kind for hit in find_personal_data(text)) for text in suspects)
    hits = [kind for kinds in found if (kind := next((k for k in kinds if k != known), ""))]
    if hits:
        kind = max(sorted(set(hits)), key=hits.count)
        what = "Inhalt" if len(hits) > len(texts) / 2 else "Freitext mit personenbezogenen Angaben"
        return _Finding(kind, f"{what}: {', '.join(sorted(set(hits)))}", len(hits))
    names = sum(map(is_known_name, texts.head(_SAMPLE)))
    if len(texts) >= 3 and names > 0.6 * min(len(texts), _SAMPLE):
        return _Finding(NAME, "Inhalt: überwiegend Vor- oder Nachnamen", names)
    return None


def _inspect_identifiers(texts: pd.Series[str], filled: int) -> _Finding | None:
    """Recognise identifiers: of one form, nearly every row has its own, and none is a number."""
    if len(texts) < 20 or len(texts) < 0.95 * filled or _share(texts, _IDENTIFIER) < 0.95:
        return None
    mixed = texts.str.contains(r"[A-Z/_-]", regex=True) & ~texts.str.fullmatch(_PERIOD)
    same = texts.str.len() == texts.str.len().median()
    if (mixed & (texts.str.count(r"\d") >= 5)).mean() > 0.9 or (
        texts.str.fullmatch(r"\d{7,}") & same
    ).mean() > 0.9:
        return _Finding(FILE_NUMBER, "Inhalt: in jeder Zeile eine andere Kennung", len(texts))
    return None
