"""Reader for the Open-PVOG export of the OZG dashboard."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.errors import DataError, suggest
from analysis.readers import limits
from analysis.readers.encodings import decode_text
from analysis.readers.german_csv import cut_records
from analysis.readers.result import LINE, Misfit, Read, Remark, make_frame

COLUMNS = (
    "leika_key",
    "leika_name",
    "ars",
    "ars_name",
    "ars_federal_state",
    "bundesland",
    "leika_bezeichnung",
    "ozgid",
    "ozg_bezeichnung",
    "url",
    "online_status",
    "aktiv",
    "art_flaechendeckung",
    "begruendung_nicht_beruecksichtigt",
    "export_datum",
    "datenstand_pvog_import",
)
_REQUIRED = ("leika_key", "ars", "online_status")
# A spreadsheet turns long keys into numbers: leading zeros and last digits are lost.
_KEY_DIGITS = {"leika_key": 14, "ars": 12}


def is_pvog_header(fields: Sequence[str]) -> bool:
    """Return whether a header line is that of the Open-PVOG export."""
    return set(_REQUIRED) <= {field.strip().lower() for field in fields}


def read_pvog(
    content: bytes, *, name: str, encoding: str | None = None, delimiter: str | None = None
) -> Read:
    """Read an Open-PVOG export (separator ``,`` or ``;``).

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: stated encoding; ``None`` finds it out.
        delimiter: stated separator; ``None`` finds it out.

    Returns:
        The columns of the file in lower case, as strings, with ``source_row``. Remarks name known
        columns that are missing, further ones, and keys that a spreadsheet has damaged.

    Raises:
        DataError: ``leika_key``, ``ars`` or ``online_status`` is missing, a column comes twice,
            or there is no row.
    """
    limits.check_size(content, name)
    decoded = decode_text(content, name=name, encoding=encoding)
    dialect, records = cut_records(decoded, name=name, delimiter=delimiter)
    header = [field.strip().lower() for field in records[0].fields]
    line = records[0].line
    _check_header(header, name)
    if len(records) == 1:
        raise DataError(f"{name}: Die Datei enthält außer der Kopfzeile keine Zeilen.")
    width = len(header)
    limits.check_extent(name, rows=len(records), columns=width)
    rows = make_frame(header, [r for r in records[1:] if len(r.fields) == width])
    misfits = tuple(
        Misfit(record.line, len(record.fields), width, record.fields[0][:40])
        for record in records[1:]
        if len(record.fields) != width
    )
    remarks = (
        decoded.remark,
        dialect.describe(),
        Remark("format", line, f"Open-PVOG-Export mit {width} Spalten."),
        *_remark_columns(header, line),
        *_remark_damaged_keys(rows),
    )
    return Read(rows, misfits, remarks, rows.iloc[:0])


def _check_header(header: Sequence[str], name: str) -> None:
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        hints = "; ".join(f"»{column}«{suggest(column, header)}" for column in missing)
        raise DataError(f"{name}: Open-PVOG-Export: Spalten fehlen: {hints}")
    doubled = sorted({column for column in header if header.count(column) > 1} | {LINE} & {*header})
    if doubled or "" in header:
        raise DataError(
            f"{name}: Open-PVOG-Export: Spalten ohne Namen oder mehrfach: {', '.join(doubled)}"
        )


def _remark_columns(header: Sequence[str], line: int) -> list[Remark]:
    missing = [column for column in COLUMNS if column not in header]
    further = [column for column in header if column not in COLUMNS]
    remarks = []
    if missing:
        remarks.append(Remark("column", line, f"Spalten fehlen: {', '.join(missing)}."))
    if further:
        remarks.append(Remark("column", line, f"Weitere Spalten: {', '.join(further)}."))
    return remarks


def _remark_damaged_keys(rows: pd.DataFrame) -> list[Remark]:
    remarks = []
    for column, digits in _KEY_DIGITS.items():
        damaged = rows[~rows[column].str.fullmatch(rf"\s*[0-9]{{{digits}}}\s*")]
        if len(damaged):
            first = int(damaged[LINE].iloc[0])
            remarks.append(
                Remark(
                    "column",
                    first,
                    f"{len(damaged)} Werte in »{column}« haben nicht {digits} Ziffern, zuerst in "
                    f"Zeile {first}: »{damaged[column].iloc[0][:30]}«.",
                )
            )
    return remarks
