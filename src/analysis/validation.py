"""Validation: tidy rows against schemas that are derived from the field registry."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pandas as pd
import pandera.pandas as pa

from analysis.cleaning.findings import COLUMNS
from analysis.fields import TABLES, Field, load_measures

_KIND_WORDS = {
    "text": "ein Text",
    "number": "eine Zahl",
    "integer": "eine ganze Zahl",
    "date": "ein Datum",
}
_CHECK_WORDS = {"field_uniqueness": "jede Angabe nur einmal", "not_nullable": "eine Angabe"}
_DTYPES = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64[us]"}


class Validated(NamedTuple):
    """Rows that meet the schema, and a finding for each row that does not."""

    rows: pd.DataFrame
    findings: pd.DataFrame


@cache
def build_schema(table: str) -> pa.DataFrameSchema:
    """Return the pandera schema of a table of the field registry.

    Raises:
        KeyError: the registry has no such table.
    """
    columns = {field.name: _build_column(field) for field in TABLES[table]}
    checks = [_bounds_are_ordered()] if {"lower", "value", "upper"} <= columns.keys() else []
    return pa.DataFrameSchema(columns, checks=checks, strict=True, coerce=True, ordered=True)


def validate_table(table: str, rows: pd.DataFrame) -> Validated:
    """Check rows against the schema of their table.

    Args:
        table: name in the field registry.
        rows: tidy rows; a column ``origin`` (``file#line``) locates findings.

    Returns:
        Rows that meet the schema, with the registry's types, and an error finding for each
        violated rule of each other row.
    """
    schema = build_schema(table)
    try:
        return Validated(schema.validate(rows, lazy=True), pd.DataFrame(columns=COLUMNS))
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    if cases["index"].isna().any():
        # A fault of the whole table is a fault of our own code, not of the data.
        raise ValueError(f"table {table}: {cases.loc[cases['index'].isna(), 'check'].tolist()}")
    bad = rows.index.isin(cases["index"])
    kept = schema.validate(rows.loc[~bad].reset_index(drop=True))
    return Validated(kept, _describe_cases(table, rows, cases))


def _build_column(field: Field) -> pa.Column:
    checks = []
    if field.allowed:
        checks.append(pa.Check.isin(field.allowed, error="erlaubte Werte"))
    if field.name == "measure":
        checks.append(pa.Check.isin(tuple(load_measures()), error="bekannte Messgröße"))
    if field.kind == "text" and field.required:
        checks.append(pa.Check(lambda texts: texts.str.len() > 0, name="nicht leer"))
    return pa.Column(
        _DTYPES[field.kind],
        checks=checks,
        nullable=not field.required and field.kind != "text",
        unique=field.unique,
    )


def _bounds_are_ordered() -> pa.Check:
    def ordered(rows: pd.DataFrame) -> pd.Series:
        below = rows["lower"].isna() | (rows["lower"] <= rows["value"])
        above = rows["upper"].isna() | (rows["value"] <= rows["upper"])
        # A missing value is the fault of its column.
        return (below & above) | rows["value"].isna()

    return pa.Check(ordered, name="Untergrenze ≤ Wert ≤ Obergrenze")


def _describe_cases(table: str, rows: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    fields = {field.name: field for field in TABLES[table]}
    # Of a rule for whole rows pandera lists every cell; the row is what is at fault.
    cells = cases.assign(
        column=cases["column"].mask(cases["schema_context"] == "DataFrameSchema", "")
    )
    origins = rows["origin"] if "origin" in rows else pd.Series(f"{table}#0", index=rows.index)
    described = [
        _describe_case(origins.loc[case["index"]], case, fields.get(case["column"]), rows)
        for _, case in cells.iterrows()
    ]
    # One fault may break several rules that are the same in words.
    return pd.DataFrame(list(dict.fromkeys(described)), columns=COLUMNS)


def _describe_case(
    origin: str, case: pd.Series, field: Field | None, rows: pd.DataFrame
) -> tuple[object, ...]:
    file, line = origin.rsplit("#", 1)
    column = field.name if field else ""
    found = rows.loc[case["index"], column] if field else ""
    shown = "" if pd.isna(found) else str(found)
    message = "Die Angabe ist in dieser Spalte nicht zulässig."
    expected = _say_expected(str(case["check"]), field)
    number = int(line.partition(":")[0])
    return ("", "wert", "fehler", file, number, column, shown, expected, message, "ja", "")


def _say_expected(check: str, field: Field | None) -> str:
    if field is None:
        return check
    if "dtype(" in check:
        return _KIND_WORDS[field.kind]
    return ", ".join(field.allowed) or _CHECK_WORDS.get(check, check)
