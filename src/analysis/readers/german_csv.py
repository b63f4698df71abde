"""Reader for CSV as German offices deliver it: encoding and dialect are found out and reported."""

from __future__ import annotations

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.dialects import SEPARATORS, Dialect, detect_dialect, parse_records
from analysis.readers.encodings import Decoded, decode_text
from analysis.readers.result import Read, Record
from analysis.readers.table import TableOptions, find_table


def read_csv(
    content: bytes,
    *,
    name: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    options: TableOptions | None = None,
) -> Read:
    """Read a table from delimited text with titles before and sums and footnotes after it.

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: stated encoding; ``None`` finds it out.
        delimiter: stated separator; ``None`` finds it out.
        options: what is known about the table.

    Returns:
        All columns as strings with ``source_row``, the line on which the row starts.

    Raises:
        DataError: encoding, separator or table cannot be told, a quotation mark is never closed,
            or a limit is exceeded; the message says what was recognised.
    """
    limits.check_size(content, name)
    decoded = decode_text(content, name=name, encoding=encoding)
    dialect, records = cut_records(decoded, name=name, delimiter=delimiter)
    read = find_table(records, name=name, options=options)
    return read.add_remarks([decoded.remark, dialect.describe()])


def cut_records(
    decoded: Decoded, *, name: str, delimiter: str | None = None
) -> tuple[Dialect, list[Record]]:
    """Return the dialect of a decoded text and its records.

    Raises:
        DataError: no separator makes a table of the text, or it cannot be parsed.
    """
    dialect = detect_dialect(decoded.text)
    if delimiter is not None and not (dialect and dialect.delimiter == delimiter):
        dialect = Dialect(delimiter, False, '"' in decoded.text)
    if dialect is None:
        lines = decoded.text.count("\n") + 1
        raise DataError(
            f"{name}: Keine Tabelle erkannt. {decoded.remark.text} Gelesen wurden {lines} Zeilen; "
            f"keines der Trennzeichen ({', '.join(SEPARATORS.values())}) ergibt mindestens zwei "
            "Zeilen mit gleich vielen Spalten."
        )
    records = parse_records(decoded.text, dialect, name=name)
    if not records:
        raise DataError(f"{name}: Die Datei enthält nur leere Zeilen.")
    return dialect, records
