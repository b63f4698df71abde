"""Reader for ffcsv, the flat format of GENESIS-Online and the Regionaldatenbank.

Both layouts, any number of dimensions and measures; one row for each value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from analysis.errors import DataError
from analysis.readers import limits
from analysis.readers.dialects import Dialect, parse_records, split_records
from analysis.readers.encodings import decode_text
from analysis.readers.legends import OFFICIAL_LEGEND, Legend, normalise_sign
from analysis.readers.result import LINE, Misfit, Read, Record, Remark, make_frame

_DELIMITER = ";"
_FIXED = ("statistics_code", "statistics_label", "time_code", "time_label", "time")
_VALUE = ("value", "value_unit", "value_variable_code", "value_variable_label")
_QUALITY = "value_q"
_PARTS = ("variable_code", "variable_label", "variable_attribute_code", "variable_attribute_label")
_OLD_FIXED = ("statistik_code", "statistik_label", "zeit_code", "zeit_label", "zeit")
_OLD_PARTS = ("merkmal_code", "merkmal_label", "auspraegung_code", "auspraegung_label")
_OLD_MEASURE = re.compile(r"(?P<code>[^_;][^;]*?)__(?P<label>.+?)__(?P<unit>[^;]*)", re.DOTALL)


class _Layout(NamedTuple):
    """Where in a header the parts stand; ``measures`` is empty in the layout since 2025."""

    label: str
    columns: tuple[str, ...]
    measures: tuple[_Measure, ...]


class _Measure(NamedTuple):
    position: int
    quality: int | None
    code: str
    label: str
    unit: str


def is_ffcsv_header(fields: Sequence[str]) -> bool:
    """Return whether a header line is that of ffcsv, in one of its layouts."""
    start = tuple(field.strip().lower() for field in fields[:5])
    return start in (_FIXED, _OLD_FIXED)


def read_ffcsv(
    content: bytes, *, name: str, encoding: str | None = None, legend: Legend = OFFICIAL_LEGEND
) -> Read:
    """Read an ffcsv file into one row for each value.

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: stated encoding; ``None`` finds it out.
        legend: signs instead of numbers, for ``value_code``.

    Returns:
        Strings: ``statistics_code``, ``statistics_label``, ``time_code``, ``time_label``, ``time``
        (as in the file), for each dimension ``{n}_variable_code``, ``{n}_variable_label``,
        ``{n}_variable_attribute_code``, ``{n}_variable_attribute_label``; ``value`` (text),
        ``value_unit``, ``value_variable_code``, ``value_variable_label``, ``value_q`` (quality,
        empty where the file has none), ``value_code`` (code of the sign by the legend, empty for
        a number) and ``source_row``, which several values of one line share.

    Raises:
        DataError: the header is not that of ffcsv, or there is no row.
    """
    limits.check_size(content, name)
    decoded = decode_text(content, name=name, encoding=encoding)
    records = _cut(decoded.text, name)
    if not records:
        raise DataError(f"{name}: Die Datei enthält nur leere Zeilen.")
    layout = _recognise(records[0].fields, name)
    width = len(records[0].fields)
    fitting = [record for record in records[1:] if len(record.fields) == width]
    misfits = tuple(
        Misfit(record.line, len(record.fields), width, record.fields[0][:40])
        for record in records[1:]
        if len(record.fields) != width
    )
    if len(records) == 1:
        raise DataError(f"{name}: Die Datei enthält außer der Kopfzeile keine Zeilen.")
    limits.check_extent(name, rows=len(fitting) * max(1, len(layout.measures)), columns=width)
    rows = _complete(_gather(layout, fitting), legend)
    remarks = (decoded.remark, _remark_layout(layout, records[0].line))
    return Read(rows, misfits, remarks, rows.iloc[:0])


def _cut(text: str, name: str) -> list[Record]:
    # Labels are not quoted, so a quotation mark in one of them is just a character; a file saved
    # again by a spreadsheet is quoted throughout.
    if text.lstrip("\r\n").startswith('"'):
        return parse_records(text, Dialect(_DELIMITER, False, True), name=name)
    return split_records(text, _DELIMITER, name=name)


def _recognise(fields: Sequence[str], name: str) -> _Layout:
    header = [field.strip() for field in fields]
    lower = [field.lower() for field in header]
    if lower[:5] == list(_FIXED):
        return _recognise_new(lower, name)
    if lower[:5] == list(_OLD_FIXED):
        return _recognise_old(header, name)
    raise DataError(
        f"{name}: Keine ffcsv-Datei. Erwartet beginnt die Kopfzeile mit »{';'.join(_FIXED)}« oder "
        f"»Statistik_Code;…«, gefunden: »{';'.join(header)[:80]}«."
    )


def _recognise_new(lower: list[str], name: str) -> _Layout:
    count = _count_dimensions(lower, _PARTS)
    expected = [*_FIXED, *_name_dimensions(count), *_VALUE]
    if lower not in (expected, [*expected, _QUALITY]):
        _refuse(name, lower, [*expected, f"[{_QUALITY}]"])
    return _Layout("seit 2025", tuple(lower), ())


def _recognise_old(header: list[str], name: str) -> _Layout:
    lower = [field.lower().replace("ä", "ae") for field in header]
    count = _count_dimensions(lower, _OLD_PARTS)
    first = len(_FIXED) + 4 * count
    expected = [f"{n}_{part}" for n in range(1, count + 1) for part in _OLD_PARTS]
    measures = _read_measures(header, first)
    if lower[5:first] != expected or not measures:
        _refuse(name, lower, [*_OLD_FIXED, *expected, "CODE__Name__Einheit"])
    return _Layout("vor 2025", (*_FIXED, *_name_dimensions(count)), measures)


def _read_measures(header: list[str], first: int) -> tuple[_Measure, ...]:
    """Return the measures of the older layout; none where a column is not one."""
    measures: list[_Measure] = []
    for position in range(first, len(header)):
        found = _OLD_MEASURE.fullmatch(header[position])
        is_quality = header[position].lower().endswith("__q")
        if is_quality and measures and header[position].startswith(measures[-1].code + "__"):
            measures[-1] = measures[-1]._replace(quality=position)
        elif found and not is_quality:
            measures.append(_Measure(position, None, found["code"], found["label"], found["unit"]))
        else:
            return ()
    return tuple(measures)


def _count_dimensions(lower: Sequence[str], parts: Sequence[str]) -> int:
    count = 0
    while f"{count + 1}_{parts[0]}" in lower:
        count += 1
    return count


def _name_dimensions(count: int) -> list[str]:
    return [f"{number}_{part}" for number in range(1, count + 1) for part in _PARTS]


def _refuse(name: str, found: Sequence[str], expected: Sequence[str]) -> None:
    place = next(
        (n for n, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
        min(len(found), len(expected)),
    )
    seen = found[place] if place < len(found) else "Ende der Zeile"
    wanted = expected[place] if place < len(expected) else "Ende der Zeile"
    raise DataError(
        f"{name}: Kopfzeile als ffcsv erkannt, aber Spalte {place + 1} passt nicht: "
        f"»{seen[:60]}« gefunden, »{wanted}« erwartet."
    )


def _gather(layout: _Layout, records: Sequence[Record]) -> pd.DataFrame:
    if not layout.measures:
        return make_frame(layout.columns, records)
    width = len(layout.columns)
    long = [
        Record(
            record.line,
            [
                *record.fields[:width],
                record.fields[measure.position],
                measure.unit,
                measure.code,
                measure.label,
                "" if measure.quality is None else record.fields[measure.quality],
            ],
        )
        for record in records
        for measure in layout.measures
    ]
    return make_frame([*layout.columns, *_VALUE, _QUALITY], long)


def _complete(rows: pd.DataFrame, legend: Legend) -> pd.DataFrame:
    codes = {normalise_sign(sign): meaning.code for sign, meaning in legend.items()}
    values = rows["value"].str.strip()
    meanings = pd.Series(
        [codes.get(normalise_sign(value), "") for value in values], index=rows.index, dtype="str"
    )
    quality = rows[_QUALITY] if _QUALITY in rows else pd.Series("", rows.index, dtype="str")
    line = rows[LINE]
    return rows.drop(columns=[LINE]).assign(
        **{_QUALITY: quality, "value_code": meanings, LINE: line}
    )


def _remark_layout(layout: _Layout, line: int) -> Remark:
    dimensions = sum(column.endswith("_variable_code") for column in layout.columns)
    # value_variable_code is a measure, not a dimension
    dimensions -= "value_variable_code" in layout.columns
    measures = f", {len(layout.measures)} Merkmale in Spalten" if layout.measures else ""
    text = f"ffcsv, Aufbau {layout.label}, {dimensions} Dimensionen{measures}."
    return Remark("format", line, text)
