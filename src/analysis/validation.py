"""Validation: tidy rows against schemas that are derived from the field registry."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pandas as pd
import pandera.pandas as pa

from analysis.cleaning.findings import COLUMNS
from analysis.fields import TABLES, Field, load_measures

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
        checks.append(pa.Check.isin(field.allowed, name="erlaubte Werte"))
    if field.name == "measure":
        checks.append(pa.Check.isin(tuple(load_measures()), name="bekannte Messgröße"))
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
        return below & above

    return pa.Check(ordered, name="Untergrenze ≤ Wert ≤ Obergrenze")


def _describe_cases(table: str, rows: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    allowed = {field.name: ", ".join(field.allowed) for field in TABLES[table]}
    known = cases.drop_duplicates(["index", "column", "check"])
    known = known.loc[known["column"].isin(rows.columns)]
    whole = cases.loc[~cases["column"].isin(rows.columns)].drop_duplicates(["index"])
    origins = rows["origin"] if "origin" in rows else pd.Series(f"{table}#0", index=rows.index)
    return pd.DataFrame(
        [
            _describe_case(origins.loc[case["index"]], case, allowed, rows)
            for _, case in pd.concat([known, whole]).iterrows()
        ],
        columns=COLUMNS,
    )


def _describe_case(
    origin: str, case: pd.Series, allowed: dict[str, str], rows: pd.DataFrame
) -> tuple[object, ...]:
    file, line = origin.rsplit("#", 1)
    inside = case["column"] in rows.columns
    column = case["column"] if inside else ""
    found = rows.loc[case["index"], column] if inside else ""
    check = str(case["check"])
    expected = (allowed.get(column) or check) if inside else check
    message = "Die Angabe ist in dieser Spalte nicht zulässig."
    return ("fehler", file, int(line), column, str(found), expected, message, "ja")
