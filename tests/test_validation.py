"""Validation: what breaks a rule becomes a finding and leaves the table."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.cleaning.findings import COLUMNS
from analysis.fields import TABLES
from analysis.validation import build_schema, validate_table

GOOD = {"value": 10.0, "period": ("2023-01-01", "2023-01-31")}


@pytest.fixture
def validate(make_rows):
    def validate(*rows, table="case_counts"):
        return validate_table(table, make_rows(table, *rows))

    return validate


def _only_finding(result) -> pd.Series:
    assert len(result.findings) == 1
    return result.findings.iloc[0]


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_a_schema_with_its_columns_in_order(table):
    assert list(build_schema(table).columns) == [field.name for field in TABLES[table]]


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_gets_the_types_of_the_registry(table):
    names = [field.name for field in TABLES[table]]
    rows = validate_table(table, pd.DataFrame(columns=names)).rows
    dtypes = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64"}
    for field in TABLES[table]:
        assert str(rows[field.name].dtype).startswith(dtypes[field.kind])


def test_an_unknown_table_is_our_own_fault():
    with pytest.raises(KeyError):
        build_schema("gibt_es_nicht")


def test_good_rows_pass_unchanged(make_rows):
    rows = make_rows("case_counts", GOOD, GOOD | {"lower": None, "upper": None})
    result = validate_table("case_counts", rows)
    pd.testing.assert_frame_equal(result.rows, rows, check_dtype=False)
    assert result.findings.empty
    assert tuple(result.findings.columns) == COLUMNS


@pytest.mark.parametrize(
    ("fault", "column", "found", "expected"),
    [
        ({"kind": "erfunden"}, "kind", "erfunden", "ist, prognose, ziel"),
        ({"certainty": "vielleicht"}, "certainty", "vielleicht", "approximate"),
        ({"measure": "laune"}, "measure", "laune", "bekannte Messgröße"),
        ({"place": ""}, "place", "", "nicht leer"),
        ({"source_id": ""}, "source_id", "", "nicht leer"),
        ({"value": None, "lower": 1.0, "upper": 2.0}, "value", "", "eine Angabe"),
    ],
)
def test_each_broken_rule_is_a_finding_and_the_row_is_taken_out(
    validate, fault, column, found, expected
):
    result = validate(GOOD, GOOD | fault, GOOD)
    assert result.rows["origin"].tolist() == ["probe.tsv#2", "probe.tsv#4"]
    finding = _only_finding(result)
    assert finding[["file", "row", "column", "found"]].tolist() == ["probe.tsv", 3, column, found]
    assert expected in finding["expected"]
    assert (finding["severity"], finding["rejected"]) == ("fehler", "ja")


@pytest.mark.parametrize(
    "bounds",
    [
        {"lower": 11.0, "upper": 12.0},
        {"lower": 8.0, "upper": 9.0},
        {"lower": 12.0, "upper": 8.0},
        {"lower": 11.0, "upper": None},
        {"lower": None, "upper": 9.0},
    ],
)
def test_bounds_must_enclose_the_value(validate, bounds):
    result = validate(GOOD, GOOD | bounds)
    assert len(result.rows) == 1
    finding = _only_finding(result)
    assert finding["row"] == 3
    assert finding["expected"] == "Untergrenze ≤ Wert ≤ Obergrenze"


@pytest.mark.parametrize(
    "bounds", [{"lower": None, "upper": None}, {"lower": 10.0}, {"lower": 9.0, "upper": None}]
)
def test_open_bounds_are_no_fault(validate, bounds):
    assert validate(GOOD | bounds).findings.empty


def test_equal_identifiers_are_both_refused(validate):
    result = validate(GOOD | {"fact_id": "F1"}, GOOD | {"fact_id": "F1"}, GOOD)
    assert result.rows["origin"].tolist() == ["probe.tsv#4"]
    assert result.findings["row"].tolist() == [2, 3]
    assert set(result.findings["expected"]) == {"jede Angabe nur einmal"}


def test_a_wrong_type_is_one_finding_in_german(make_rows):
    rows = make_rows("case_counts", GOOD, GOOD).astype({"period_start": "object"})
    rows.loc[1, "period_start"] = "neulich"
    result = validate_table("case_counts", rows)
    assert len(result.rows) == 1
    finding = _only_finding(result)
    assert finding[["row", "column", "found", "expected"]].tolist() == [
        3,
        "period_start",
        "neulich",
        "ein Datum",
    ]


def test_each_fault_of_a_row_is_named(validate):
    result = validate(GOOD | {"kind": "erfunden", "place": ""})
    assert sorted(result.findings["column"]) == ["kind", "place"]
    assert result.rows.empty


def test_bounds_of_equipment_are_checked_too(validate):
    item = {
        "item_id": "a",
        "item": "a",
        "category": "a",
        "scope": "a",
        "kind": "Bestand",
        "measure_unit": "Geräte",
        "document": "a",
        "section": "a",
        "evidence": "a",
        "value": 5.0,
        "lower": 6.0,
        "upper": 7.0,
    }
    assert _only_finding(validate(item, table="equipment"))["row"] == 2


@pytest.mark.parametrize("change", ["missing", "further"])
def test_wrong_columns_are_our_own_fault(make_rows, change):
    rows = make_rows("case_counts", GOOD)
    broken = rows.drop(columns="place") if change == "missing" else rows.assign(neu=1)
    with pytest.raises(ValueError, match="table case_counts"):
        validate_table("case_counts", broken)


def test_all_real_tables_are_valid(prepared_muenchen):
    for name, rows in prepared_muenchen.tables.items():
        assert validate_table(name, rows).findings.empty, name
