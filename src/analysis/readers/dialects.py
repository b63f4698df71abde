"""The dialect of a delimited text: which separator, which quoting; and its records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.result import Record, Remark

# In order of preference: a comma is also the decimal sign, so it comes last.
SEPARATORS = {";": "Semikolon", "\t": "Tabulator", "|": "senkrechter Strich", ",": "Komma"}
_SAMPLE_CHARACTERS = 256_000
_DECLARED = re.compile(r'^"?sep=(.)"?\r?\n', re.IGNORECASE)


class Dialect(NamedTuple):
    """Separator and, where the text itself declares it (``sep=;``), the line that does so."""

    delimiter: str
    declared: bool
    quoted: bool

    def describe(self) -> Remark:
        """Return the remark that names the dialect."""
        label = SEPARATORS.get(self.delimiter, f"»{self.delimiter}«")
        quoting = "Felder zum Teil in Anführungszeichen" if self.quoted else "ohne Quotierung"
        if self.declared:
            return Remark("dialect", 1, f"Trennzeichen: {label} (Zeile 1 gibt es an), {quoting}.")
        return Remark("dialect", 0, f"Trennzeichen: {label}, {quoting}.")


def detect_dialect(text: str) -> Dialect | None:
    """Return the dialect in which most lines have the same number of fields, if there is one."""
    if declared := _DECLARED.match(text):
        return Dialect(declared[1], True, _is_quoted(text, declared[1]))
    sample = _cut_sample(text)
    scores = {delimiter: _count_regular_lines(sample, delimiter) for delimiter in SEPARATORS}
    if max(scores.values()) < 2 and '"' in sample:
        # A quotation mark that is never closed swallows the lines; parsing will name it.
        scores = {
            delimiter: _count_regular_lines(sample, delimiter, csv.QUOTE_NONE)
            for delimiter in SEPARATORS
        }
    best = max(scores.values())
    if best < 2:
        return None
    chosen = next(d for d, score in scores.items() if score >= 0.9 * best)
    return Dialect(chosen, False, _is_quoted(sample, chosen))


def parse_records(text: str, dialect: Dialect, *, name: str) -> list[Record]:
    """Cut a text into records, without the empty ones and a ``sep=`` line.

    Returns:
        Records with the 1-based line on which each starts.

    Raises:
        DataError: a quotation mark is never closed or misplaced, a field is too long, or there
            are too many lines.
    """
    records: list[Record] = []
    start = 1
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=dialect.delimiter, strict=True)
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                _check_record(fields, name, start, len(records))
                records.append(Record(start, fields, reader.line_num))
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{name}: Zeile {start} lässt sich nicht lesen ({_translate(str(error))})."
        ) from None
    return records[1:] if dialect.declared else records


def split_records(text: str, delimiter: str, *, name: str) -> list[Record]:
    """Cut a text without quoting into records: a quotation mark is a character like any other.

    Raises:
        DataError: a field is too long or there are too many lines.
    """
    records = [
        Record(line, content.split(delimiter))
        for line, content in enumerate(io.StringIO(text, newline=None).read().split("\n"), start=1)
        if content.replace(delimiter, "").strip()
    ]
    for count, record in enumerate(records):
        _check_record(record.fields, name, record.line, count)
    return records


def _check_record(fields: list[str], name: str, line: int, count: int) -> None:
    if count >= limits.MAX_ROWS or len(fields) > limits.MAX_COLUMNS:
        limits.check_extent(name, rows=count + 1, columns=len(fields))
    for field in fields:
        if len(field) > limits.MAX_CELL_CHARACTERS:
            limits.check_cell(field, name, line)


def _cut_sample(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS:
        return text
    return text[: text.rfind("\n", 0, _SAMPLE_CHARACTERS) + 1] or text[:_SAMPLE_CHARACTERS]


def _count_regular_lines(
    sample: str, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> int:
    lengths = Counter(len(fields) for fields in _read_leniently(sample, delimiter, quoting))
    return max((count for length, count in lengths.items() if length > 1), default=0)


def _read_leniently(sample: str, delimiter: str, quoting: Literal[0, 3]) -> Iterator[list[str]]:
    # A sample may end inside quotation marks; what was read up to there is enough.
    try:
        source = io.StringIO(sample, newline="")
        for fields in csv.reader(source, delimiter=delimiter, quoting=quoting):
            if sum(bool(field.strip()) for field in fields) > 1:
                yield fields
    except csv.Error:
        return


def _is_quoted(text: str, delimiter: str) -> bool:
    return re.search(rf'(?:^|{re.escape(delimiter)})"', text, re.MULTILINE) is not None


def _translate(message: str) -> str:
    if "unexpected end of data" in message:
        return "ein Anführungszeichen wird nicht geschlossen; die Datei ist wohl abgeschnitten"
    if "expected after" in message:
        return "nach einem schließenden Anführungszeichen folgt kein Trennzeichen"
    return "unzulässiges Zeichen oder zu langes Feld"
