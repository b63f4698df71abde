"""Which format a delivered file has, and the one call that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from analysis.errors import DataError, UsageError, suggest
from analysis.readers import limits
from analysis.readers.delimited import read_delimited
from analysis.readers.dialects import detect_dialect, split_records
from analysis.readers.encodings import decode_text
from analysis.readers.ffcsv import is_ffcsv_header, read_ffcsv
from analysis.readers.german_csv import cut_records, read_csv
from analysis.readers.monatszahlen import is_monatszahlen_header, read_monatszahlen
from analysis.readers.pvog import is_pvog_header, read_pvog
from analysis.readers.result import Read
from analysis.readers.table import TableOptions
from analysis.readers.workbook import detect_workbook, read_workbook

Kind = Literal["delimited", "csv", "workbook", "ffcsv", "monatszahlen", "pvog"]


def _read_stated(
    content: bytes, *, name: str, encoding: str = "utf-8", delimiter: str = ";"
) -> Read:
    rows, misfits = read_delimited(content, name=name, encoding=encoding, delimiter=delimiter)
    return Read(rows, misfits, (), rows.iloc[:0])


_READERS: dict[str, Callable[..., Read]] = {
    "delimited": _read_stated,
    "csv": read_csv,
    "workbook": read_workbook,
    "ffcsv": read_ffcsv,
    "monatszahlen": read_monatszahlen,
    "pvog": read_pvog,
}
_READABLE = "CSV, Arbeitsmappe (.xlsx, .xls, .ods), ffcsv, Monatszahlen und Open-PVOG-Export"
_FOREIGN = (
    (b"%PDF", "ein PDF-Dokument"),
    (b"PAR1", "eine Parquet-Datei"),
    (b"\x1f\x8b", "ein gzip-Archiv; bitte entpacken"),
    (b"7z\xbc\xaf", "ein 7z-Archiv; bitte entpacken"),
    (b"Rar!", "ein RAR-Archiv; bitte entpacken"),
    (b"{\\rtf", "ein RTF-Dokument"),
    (b"\x89PNG", "ein Bild (PNG)"),
    (b"\xff\xd8\xff", "ein Bild (JPEG)"),
)
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head")


def recognise(content: bytes, name: str) -> Kind:
    """Return the format of a file by its content; its name is for messages only.

    ``delimited``, the strict reading of a dialect that the sidecar states, is never the answer.

    Raises:
        DataError: the file fits nothing; the message says what was recognised.
    """
    limits.check_size(content, name)
    if detect_workbook(content):
        return "workbook"
    _refuse_foreign(content, name)
    decoded = decode_text(content, name=name)
    first = next((line for line in decoded.text.splitlines() if line.strip()), "")
    semicolons = [field.strip('"') for field in first.split(";")]
    if is_ffcsv_header(semicolons):
        return "ffcsv"
    if is_monatszahlen_header([field.strip('"') for field in first.split(",")]):
        return "monatszahlen"
    dialect = detect_dialect(decoded.text)
    if dialect:
        records = split_records(first.replace('"', ""), dialect.delimiter, name=name)
        if records and is_pvog_header(records[0].fields):
            return "pvog"
        return "csv"
    cut_records(decoded, name=name)  # says what was recognised and what was not
    raise DataError(f"{name}: Format nicht erkannt. Gelesen werden {_READABLE}.")


def read(content: bytes, name: str, kind: Kind | None = None, **options: Any) -> Read:  # noqa: ANN401
    """Read a delivered file.

    Args:
        content: the file's bytes.
        name: file name for messages.
        kind: format; ``None`` finds it out.
        options: arguments of the format's reader (``encoding``, ``delimiter``, ``sheet``,
            ``hidden``) and of ``TableOptions`` (``header_row``, ``header_rows``, ``keep_sums``).

    Raises:
        DataError: the file cannot be read; the message says what was recognised.
        UsageError: the format is unknown or does not take an option.
    """
    if kind is not None and kind not in get_args(Kind):
        raise UsageError(f"Unbekanntes Format »{kind}«.{suggest(kind, _READERS)}")
    chosen = kind or recognise(content, name)
    reader = _READERS[chosen]
    table = {key: options.pop(key) for key in list(options) if key in _TABLE_OPTIONS}
    allowed = set(reader.__kwdefaults__ or {})
    if table and "options" in allowed:
        options["options"] = TableOptions(**table)
        table = {}
    if unknown := sorted(({*options} - allowed) | {*table}):
        raise UsageError(
            f"{name}: Das Format »{chosen}« kennt die Angaben {', '.join(unknown)} nicht."
        )
    return reader(content, name=name, **options)


_TABLE_OPTIONS = frozenset({"header_row", "header_rows", "keep_sums"})


def _refuse_foreign(content: bytes, name: str) -> None:
    what = next((label for magic, label in _FOREIGN if content.startswith(magic)), "")
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not what and start.startswith(_MARKUP):
        what = "eine HTML- oder XML-Datei, auch wenn sie .xls heißt; bitte als .xlsx speichern"
    if not what and content.startswith(b"PK"):
        what = "ein Archiv, aber keine Arbeitsmappe (.xlsb bitte als .xlsx speichern)"
    if what:
        raise DataError(f"{name}: Format nicht lesbar: {what}. Gelesen werden {_READABLE}.")
