"""What a raw file is: format, and what stands in its columns, without personal data."""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis.errors import UsageError
from analysis.privacy import find_personal_data, guard
from analysis.privacy_names import is_known_name
from analysis.privacy_patterns import FILE_NUMBER
from analysis.readers.delimited import LINE
from analysis.readers.dialects import detect_dialect
from analysis.readers.encodings import decode_text
from analysis.readers.recognise import Kind, read, recognise
from analysis.readers.result import Read
from analysis.readers.values import PLAIN_LEGEND, parse_dates, parse_numbers

__all__ = ["Inspection", "Profile", "inspect_file", "is_personal"]

# Larger texts are judged by their beginning; the whole is streamed when it is cleaned.
HEAD_BYTES = 8 * 1024**2
_CHUNK = 1024**2
_SAMPLE = 5000
_MOST_WORDS = 60
_LONGEST_WORD = 60
_SHOWN_REMARKS = frozenset(
    {"format", "encoding", "dialect", "sheet", "hidden", "merged", "formula"}
)
_READ_SHEET = re.compile(r"Blatt »(?P<name>.+)«(?: \(verborgen\))?: gelesen\.", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{3,}")
REGISTER_FILES = (
    "dienststellen.csv",
    "leistungen.csv",
    "massnahmen.csv",
    "services.csv",
    "motions.csv",
    "equipment.csv",
    "published_figures.tsv",
)
_WITH_ENCODING = frozenset({"delimited", "csv", "ffcsv", "monatszahlen", "pvog"})
_WITH_DELIMITER = frozenset({"delimited", "csv", "pvog"})


class Profile(NamedTuple):
    """What stands in a column.

    Attributes:
        name: heading.
        position: number of the column, from 1.
        filled: number of cells that are not empty.
        distinct: number of different texts.
        days, months, years, numbers: share of the filled cells that read as such.
        smallest, largest: of the numbers; missing where there are none.
        percent: whether cells carry a per cent sign.
        words: different texts, where they are few and short; empty for personal data.
        personal: what kind of personal data the column holds; empty for none.
    """

    name: str
    position: int
    filled: int
    distinct: int
    days: float
    months: float
    years: float
    numbers: float
    smallest: float
    largest: float
    percent: bool
    words: tuple[str, ...]
    personal: str

    @property
    def shown(self) -> str:
        """The heading; the position where the heading itself looks personal."""
        return f"Nr. {self.position}" if is_personal(self.name) else f"»{self.name}«"

    @property
    def is_identifier(self) -> bool:
        """Whether the column numbers cases or posts."""
        return self.personal == FILE_NUMBER


class Inspection(NamedTuple):
    """A read file: format and options for the sidecar, columns, remarks that may be shown."""

    path: Path
    sha256: str
    kind: Kind
    options: dict[str, Any]
    result: Read
    profiles: tuple[Profile, ...]
    remarks: tuple[str, ...]
    is_head: bool

    @property
    def rows(self) -> pd.DataFrame:
        """The rows as strings, with ``source_row``."""
        return self.result.rows

    @property
    def needs_mapping(self) -> bool:
        """Whether the file is an export; registers and the PVOG export have fixed columns."""
        return self.kind not in {"pvog", "delimited"}

    def profile(self, column: str) -> Profile | None:
        """Return the profile of a column by its heading."""
        return next((each for each in self.profiles if each.name == column), None)


def inspect_file(path: Path, options: dict[str, Any] | None = None) -> Inspection:
    """Read a raw file, or the beginning of a large text, and describe it.

    Args:
        path: the file.
        options: what is known of the format, as in the section ``[format]`` of a sidecar.

    Raises:
        DataError: the file cannot be read, or its format is not known.
        UsageError: the file is missing, or the format does not take an option.
    """
    if not path.is_file():
        raise UsageError(f"Die Datei {path} gibt es nicht.")
    given = dict(options or {})
    content, is_head = _read_content(path)
    kind: Kind = "delimited" if path.name in REGISTER_FILES else recognise(content, path.name)
    stated = _state_format(path, content, kind, given, is_head=is_head)
    # The strict reading finds nothing out; the others say more about what they found themselves.
    result = read(content, path.name, kind, **(stated if kind == "delimited" else given))
    if kind == "workbook" and "sheet" not in stated:
        stated |= _state_sheet(result)
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Inspection(
        path,
        sha256,
        kind,
        stated,
        result,
        _profile_columns(result.rows),
        _choose_remarks(result),
        is_head,
    )


def is_personal(text: str) -> bool:
    """Return whether a heading or word looks like data of a person."""
    return bool(find_personal_data(text)) or is_known_name(text)


def _read_content(path: Path) -> tuple[bytes, bool]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if size <= HEAD_BYTES or head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            return head + stream.read(), False
    end = b"\n"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        end = "\n".encode("utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be")
    cut = head.rfind(end)
    return (head[: cut + len(end)] if cut > 0 else head), True


def _state_format(
    path: Path, content: bytes, kind: Kind, given: dict[str, Any], *, is_head: bool
) -> dict[str, Any]:
    """Return the options with the encoding and separator that were recognised."""
    stated = dict(given)
    if kind in _WITH_ENCODING and "encoding" not in stated:
        encoding = decode_text(content, name=path.name).encoding
        stated["encoding"] = _check_encoding(path, encoding) if is_head else encoding
    if kind in _WITH_DELIMITER and "delimiter" not in stated:
        text = decode_text(content, name=path.name, encoding=stated["encoding"]).text
        dialect = detect_dialect(text)
        if dialect is not None:
            stated["delimiter"] = dialect.delimiter
    return stated


def _check_encoding(path: Path, encoding: str) -> str:
    """Return the encoding that fits a whole large file, of which only the beginning was read."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                # the beginning was plain ASCII: what first differs from it decides
                return decode_text(chunk.partition(b"\n")[2], name=path.name).encoding
    return encoding


def _state_sheet(result: Read) -> dict[str, Any]:
    for remark in result.remarks:
        found = _READ_SHEET.fullmatch(remark.text) if remark.kind == "sheet" else None
        if found:
            return {"sheet": found["name"]}
    return {}


def _choose_remarks(result: Read) -> tuple[str, ...]:
    chosen = [
        remark.text
        for remark in result.remarks
        if remark.kind in _SHOWN_REMARKS and _is_harmless(remark.text)
    ]
    return tuple(dict.fromkeys(chosen))


def _is_harmless(text: str) -> bool:
    return not (find_personal_data(text) or any(map(is_personal, _WORD.findall(text))))


def _profile_columns(rows: pd.DataFrame) -> tuple[Profile, ...]:
    data = rows.drop(columns=LINE)
    removed = guard(data).removed
    personal = dict(zip(removed["column"], removed["kind"], strict=True))
    return tuple(
        _profile(data[column], position, personal.get(column, ""))
        for position, column in enumerate(data.columns, start=1)
    )


def _profile(texts: pd.Series, position: int, personal: str) -> Profile:
    stripped = texts.str.strip()
    filled = stripped.loc[stripped != ""]
    sample = filled.head(_SAMPLE)
    dates = parse_dates(sample, legend=PLAIN_LEGEND)
    numbers = parse_numbers(sample, legend=PLAIN_LEGEND)
    values = numbers["value"].dropna()
    precision = dates["precision"]
    distinct = int(filled.nunique())
    return Profile(
        name=str(texts.name),
        position=position,
        filled=len(filled),
        distinct=distinct,
        days=_share(precision == "day"),
        months=_share(precision == "month"),
        years=_share(precision == "year"),
        numbers=_share(numbers["problem"] == ""),
        smallest=float(values.min()) if len(values) else float("nan"),
        largest=float(values.max()) if len(values) else float("nan"),
        percent=bool((numbers["unit"] == "%").any()),
        words=() if personal else _list_words(filled, distinct),
        personal=personal,
    )


def _share(hits: pd.Series) -> float:
    return float(hits.mean()) if len(hits) else 0.0


def _list_words(filled: pd.Series, distinct: int) -> tuple[str, ...]:
    if distinct > _MOST_WORDS:
        return ()
    words = [str(word) for word in filled.drop_duplicates()]
    if any(len(word) > _LONGEST_WORD for word in words):
        return ()
    return tuple(sorted(words))
