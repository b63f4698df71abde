"""Reader for the Monatszahlen-Monitoring of the statistical office of München, both layouts."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.errors import DataError, suggest
from analysis.readers import limits
from analysis.readers.dialects import Dialect, parse_records
from analysis.readers.encodings import decode_text
from analysis.readers.result import LINE, Misfit, Read, Remark, make_frame

KEY = ("MONATSZAHL", "AUSPRAEGUNG", "JAHR", "MONAT")
COLUMNS = (
    *KEY,
    "WERT",
    "VORJAHRESWERT",
    "VERAEND_VORMONAT_PROZENT",
    "VERAEND_VORJAHRESMONAT_PROZENT",
    "ZWOELF_MONATE_MITTELWERT",
)
_ID = "_id"
_MISSING = "NA"
_SUM = "Summe"


def is_monatszahlen_header(fields: Sequence[str]) -> bool:
    """Return whether a header line is that of the Monatszahlen-Monitoring."""
    return set(KEY) < {field.strip() for field in fields}


def read_monatszahlen(content: bytes, *, name: str, encoding: str | None = None) -> Read:
    """Read monthly figures; both layouts give the same columns.

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: stated encoding; ``None`` finds it out.

    Returns:
        ``rows``: ``_id`` (empty in the older layout), the nine columns of the layout (decimal
        point; an empty string where a value is missing) and ``source_row``, in the order of the
        file. A later row replaces earlier ones with the same MONATSZAHL, AUSPRAEGUNG, JAHR and
        MONAT; a remark names each replaced row. ``sums``: the totals of the years.

    Raises:
        DataError: columns are missing or there is no row.
    """
    limits.check_size(content, name)
    decoded = decode_text(content, name=name, encoding=encoding)
    records = parse_records(decoded.text, Dialect(",", False, False), name=name)
    if not records:
        raise DataError(f"{name}: Die Datei enthält nur leere Zeilen.")
    header = [field.strip() for field in records[0].fields]
    _check_header(header, name)
    if len(records) == 1:
        raise DataError(f"{name}: Die Datei enthält außer der Kopfzeile keine Zeilen.")
    limits.check_extent(name, rows=len(records), columns=len(header))
    fitting = [record for record in records[1:] if len(record.fields) == len(header)]
    misfits = tuple(
        Misfit(record.line, len(record.fields), len(header), record.fields[0][:40])
        for record in records[1:]
        if len(record.fields) != len(header)
    )
    rows, missing = _unify(make_frame(header, fitting))
    kept, replaced = _replace_earlier(rows)
    is_sum = kept["MONAT"].str.strip() == _SUM
    layout = "neuer Aufbau (mit _id)" if _ID in header else "älterer Aufbau"
    remarks = (
        decoded.remark,
        Remark("format", records[0].line, f"Monatszahlen-Monitoring, {layout}."),
        *missing,
        *replaced,
    )
    return Read(
        kept[~is_sum].reset_index(drop=True),
        misfits,
        remarks,
        kept[is_sum].reset_index(drop=True),
    )


def _check_header(header: Sequence[str], name: str) -> None:
    missing = [column for column in COLUMNS if column not in header]
    further = [column for column in header if column not in (*COLUMNS, _ID)]
    doubled = sorted({column for column in header if header.count(column) > 1})
    if missing:
        hints = "; ".join(f"»{column}«{suggest(column, further)}" for column in missing)
        raise DataError(f"{name}: Monatszahlen: Spalten fehlen: {hints}")
    if further or doubled:
        names = ", ".join([*further, *doubled])
        raise DataError(f"{name}: Monatszahlen: unbekannte oder doppelte Spalten: {names}")


def _unify(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Remark]]:
    """Write missing values of both layouts as empty strings."""
    figures = [column for column in COLUMNS if column not in KEY]
    is_missing = rows[figures].apply(lambda column: column.str.strip() == _MISSING)
    count = int(is_missing.to_numpy().sum())
    identified = rows if _ID in rows else rows.assign(**{_ID: ""})
    unified = identified.assign(**{c: rows[c].mask(is_missing[c], "") for c in figures})
    remarks = [Remark("missing", 0, f"{count} Felder »{_MISSING}« als fehlend gelesen.")]
    return unified[[_ID, *COLUMNS, LINE]], remarks if count else []


def _replace_earlier(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Remark]]:
    key = rows[list(KEY)].apply(lambda column: column.str.strip())
    earlier = key.duplicated(keep="last")
    last = rows[LINE].groupby([key[column] for column in KEY]).transform("last")
    remarks = [
        Remark(
            "replaced",
            int(line),
            f"Zeile durch Zeile {by} mit demselben Schlüssel ersetzt: {label}, {month}, "
            f"WERT »{value}«.",
        )
        for line, by, label, month, value in zip(
            rows.loc[earlier, LINE],
            last[earlier],
            rows.loc[earlier, "MONATSZAHL"] + " " + rows.loc[earlier, "AUSPRAEGUNG"],
            rows.loc[earlier, "JAHR"] + " " + rows.loc[earlier, "MONAT"],
            rows.loc[earlier, "WERT"],
            strict=True,
        )
    ]
    return rows[~earlier], remarks
