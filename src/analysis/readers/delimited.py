"""Reader for delimited text: bytes become a frame of strings with the line number of each row.

The dialect is stated by the sidecar. Nothing is interpreted: no numbers, no dates, no missing
values. Rows that do not fit the header are handed back, not dropped.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError

LINE = "source_row"


class Misfit(NamedTuple):
    """A row whose number of fields is not that of the header."""

    line: int
    found: int
    expected: int
    start: str


class Delimited(NamedTuple):
    """A read file: ``rows`` (strings, plus the column ``source_row``) and the rows that misfit."""

    rows: pd.DataFrame
    misfits: tuple[Misfit, ...]


def read_delimited(content: bytes, *, name: str, encoding: str, delimiter: str) -> Delimited:
    """Read delimited text with one header line.

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: as stated by the sidecar.
        delimiter: one character.

    Returns:
        All columns as strings (an empty field is an empty string) and ``source_row``, the
        1-based line on which the row starts.

    Raises:
        DataError: the bytes are not in the stated encoding, a quotation mark is never closed, the
            header is missing or names a column twice, or there is no row.
    """
    text = _decode(content, name, encoding)
    header, records = _parse(text, name, delimiter)
    _check_header(header, name)
    fitting = [(line, fields) for line, fields in records if len(fields) == len(header)]
    misfits = tuple(
        Misfit(line, len(fields), len(header), fields[0][:40])
        for line, fields in records
        if len(fields) != len(header)
    )
    if not records:
        raise DataError(f"{name}: Die Datei enthält außer der Kopfzeile keine Zeilen.")
    frame = pd.DataFrame([fields for _, fields in fitting], columns=header, dtype="str")
    return Delimited(frame.assign(**{LINE: [line for line, _ in fitting]}), misfits)


def _decode(content: bytes, name: str, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}: Zeile {line} enthält Zeichen, die nicht zur Kodierung {encoding} passen "
            "(Angabe »encoding« in der Beschreibung prüfen)."
        ) from None
    except LookupError:
        raise DataError(f"{name}: unbekannte Kodierung »{encoding}«.") from None
    return text.removeprefix("\ufeff")


def _parse(text: str, name: str, delimiter: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for fields in reader:
            if fields:
                records.append((start, fields))
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{name}: Zeile {start} lässt sich nicht lesen ({_translate(str(error))})."
        ) from None
    if not records:
        raise DataError(f"{name}: Die Datei ist leer.")
    return records[0][1], records[1:]


def _translate(message: str) -> str:
    if "unexpected end of data" in message:
        return "ein Anführungszeichen wird nicht geschlossen; die Datei ist wohl abgeschnitten"
    if "expected after" in message:
        return "nach einem schließenden Anführungszeichen folgt kein Trennzeichen"
    return "unzulässiges Zeichen oder zu langes Feld"


def _check_header(header: list[str], name: str) -> None:
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise DataError(f"{name}: Spalten mehrfach in der Kopfzeile: {', '.join(doubled)}.")
    if any(not column.strip() for column in header):
        raise DataError(f"{name}: Die Kopfzeile enthält eine Spalte ohne Namen.")
