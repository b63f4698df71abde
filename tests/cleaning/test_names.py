"""Registers of names: cleaning, and matching the texts of exports against them."""

from __future__ import annotations

import datetime as dt
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cleaning.names import (
    Names,
    check_units_in_charge,
    clean_service_names,
    clean_unit_names,
    make_names,
    match_names,
    normalise_name,
)
from analysis.errors import DataError
from analysis.readers.delimited import read_delimited
from analysis.validation import validate_table

UNIT_HEADER = "unit_id;name;valid_from;valid_to;kind;parent\n"
# The house was renamed on 1 July 2021; the name »Wohnungsamt« moved from one unit to another.
UNITS = UNIT_HEADER + (
    "sozialreferat;Sozialreferat;;;Referat;\n"
    "sbh_nord;Sozialbürgerhaus Milbertshofen;2010-01-01;2021-06-30;Sozialbürgerhaus;sozialreferat\n"
    "sbh_nord;Sozialbürgerhaus Nord;01.07.2021;;Sozialbürgerhaus;sozialreferat\n"
    "wohnen_alt;Wohnungsamt;2000-01-01;2009-12-31;Amt;sozialreferat\n"
    "wohnen;Amt für Wohnen;2010-01-01;2019-12-31;Amt;sozialreferat\n"
    "wohnen;Wohnungsamt;2020-01-01;;Amt;sozialreferat\n"
)


def _read(text, *, name="dienststellen.csv"):
    return read_delimited(text.encode(), name=name, encoding="utf-8", delimiter=";")


def _units(text=UNITS):
    return clean_unit_names(_read(text), file="dienststellen.csv")


def _match(*texts, on=None, names=None):
    names = _units().tables["unit_names"] if names is None else names
    days = None if on is None else pd.Series(pd.to_datetime(on))
    return match_names(pd.Series(texts, dtype="str"), names, key="unit_id", on=days)


def test_register_of_units_has_labels_and_meets_its_schema():
    cleaned = _units()
    table = cleaned.tables["unit_names"]
    assert len(cleaned.findings) == 0
    assert cleaned.rows_read == len(table) == 6
    assert dict(zip(table["unit_id"], table["label"], strict=True)) == {
        "sozialreferat": "Sozialreferat",
        "sbh_nord": "Sozialbürgerhaus Nord",
        "wohnen_alt": "Wohnungsamt",  # closed: the name it had last
        "wohnen": "Wohnungsamt",
    }
    assert table.loc[2, "valid_from"] == pd.Timestamp(2021, 7, 1)
    assert pd.isna(table.loc[2, "valid_to"])
    assert table["origin"].tolist()[0] == "dienststellen.csv#2"
    checked = validate_table("unit_names", table)
    assert len(checked.rows) == 6
    assert checked.findings.empty


@pytest.mark.parametrize(
    ("row", "check", "column", "severity", "rejected"),
    [
        (";Ohne Kennung;;;Amt;", "wert", "unit_id", "fehler", "ja"),
        ("neu;;;;Amt;", "wert", "name", "fehler", "ja"),
        ("neu;Neu;;;;", "wert", "kind", "fehler", "ja"),
        ("neu;Neu;2020;;Amt;", "wert", "valid_from", "fehler", "ja"),
        ("neu;Neu;31.02.2020;;Amt;", "wert", "valid_from", "fehler", "ja"),
        ("neu;Neu;2020-01-02;2020-01-01;Amt;", "reihenfolge", "valid_to", "fehler", "ja"),
        ("sozialreferat;Sozialreferat;;;Referat;", "doppelt", "name", "warnung", "ja"),
        ("sozialreferat;Sozialreferat;;;Amt;", "doppelt", "name", "fehler", "ja"),
        ("neu;SOZIALREFERAT;;;Amt;", "doppelt", "name", "fehler", "ja"),
        ("neu;wohnen;;;Amt;", "doppelt", "name", "fehler", "ja"),
        ("neu;Neu;;;Amt;fremd", "unbekannt", "parent", "fehler", "teilweise"),
        ("neu;Neu;;;Amt;neu", "unmoeglich", "parent", "fehler", "teilweise"),
        ("neu;Neu;2020;;Amt", "zeile", "", "fehler", "ja"),
    ],
)
def test_each_fault_of_a_register_row_is_one_finding(row, check, column, severity, rejected):
    cleaned = _units(UNITS + row + "\n")
    assert cleaned.findings[
        ["check", "column", "severity", "rejected", "row"]
    ].to_numpy().tolist() == [[check, column, severity, rejected, 8]]
    kept = cleaned.tables["unit_names"]
    assert len(kept) == (6 if rejected == "ja" else 7)
    assert cleaned.rows_read == 7
    if rejected == "teilweise":
        assert kept["parent"].iloc[-1] == ""


def test_a_circle_over_two_units_is_found_and_its_descendants_are_not_blamed():
    circle = UNIT_HEADER + "a;A;;;Amt;b\nb;B;;;Amt;a\nc;C;;;Amt;a\n"
    cleaned = _units(circle)
    assert cleaned.findings["row"].tolist() == [2, 3]
    assert cleaned.tables["unit_names"]["parent"].tolist() == ["", "", "a"]


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(DataError, match=r"»valid_from« Meinten Sie »valid_form«\?"):
        _units("unit_id;name;valid_form;valid_to;kind;parent\na;A;;;Amt;\n")


def test_register_of_services_and_units_in_charge():
    text = (
        "service_id;name;valid_from;valid_to;unit_id\n"
        "wohngeld;Wohngeld;;;wohnen\n"
        "grundsicherung;Grundsicherung im Alter;;;fremd\n"
    )
    cleaned = clean_service_names(_read(text, name="leistungen.csv"), file="leistungen.csv")
    services = cleaned.tables["service_names"]
    assert validate_table("service_names", services).findings.empty
    assert services["label"].tolist() == ["Wohngeld", "Grundsicherung im Alter"]
    findings = check_units_in_charge(Names(_units().tables["unit_names"], services))
    assert findings[["file", "row", "column", "found"]].to_numpy().tolist() == [
        ["leistungen.csv", 3, "unit_id", "fremd"]
    ]
    assert check_units_in_charge(make_names(services=services)).empty
    assert check_units_in_charge(make_names()).empty


@pytest.mark.parametrize(
    "text",
    [
        "Sozialbürgerhaus Nord",
        "  sozialbürgerhaus   NORD ",
        "Sozialbürgerhaus\u00a0Nord",
        "Sozialbürgerhaus Nord¹⁾",
        "Sozialbürgerhaus Nord 2)",
        "Sozialbürgerhaus Nord *",
        "Sozialbu\u0308rgerhaus Nord",
        "Sozial\u00adbürgerhaus Nord",
        "sbh_nord",
        "Sozialbürgerhaus Milbertshofen",
    ],
)
def test_spellings_of_one_name(text):
    found = _match(text)
    assert found.to_numpy().tolist() == [["sbh_nord", "", False]]


def test_unknown_names_get_the_nearest_and_missing_ones_no_hint():
    found = match_names(
        pd.Series(["Sozialbürgerhaus Nrod", "Stadtgärtnerei", "", None], index=[7, 3, 5, 1]),
        _units().tables["unit_names"],
        key="unit_id",
    )
    assert found.index.tolist() == [7, 3, 5, 1]
    assert found["id"].tolist() == ["", "", "", ""]
    assert found.loc[7, "hint"].startswith("Am nächsten: »Sozialbürgerhaus Nord«")
    assert found.loc[3, "hint"] == (
        "Bekannt sind zum Beispiel »Sozialbürgerhaus Nord«, »Sozialreferat«, »Wohnungsamt«."
    )
    assert found.loc[[5, 1], "hint"].tolist() == ["", ""]
    assert not found["outdated"].any()


@pytest.mark.parametrize(
    ("text", "day", "identifier", "outdated"),
    [
        ("Sozialbürgerhaus Milbertshofen", "2021-06-30", "sbh_nord", False),
        ("Sozialbürgerhaus Milbertshofen", "2021-07-01", "sbh_nord", True),
        ("Sozialbürgerhaus Nord", "2021-06-30", "sbh_nord", True),
        ("Sozialbürgerhaus Nord", "2021-07-01", "sbh_nord", False),
        ("Wohnungsamt", "2005-01-01", "wohnen_alt", False),
        # Ten years without the name: it is the old one that is still used.
        ("Wohnungsamt", "2015-01-01", "wohnen_alt", True),
        ("Wohnungsamt", "2020-01-01", "wohnen", False),
        ("Wohnungsamt", "1990-01-01", "wohnen_alt", True),
        ("Wohnungsamt", None, "wohnen", False),
        ("wohnen_alt", "2024-01-01", "wohnen_alt", False),
        ("Sozialreferat", "1900-01-01", "sozialreferat", False),
        ("Fremd", "2020-01-01", "", False),
    ],
)
def test_the_day_decides_what_a_name_means(text, day, identifier, outdated):
    found = _match(text, on=[day])
    assert found[["id", "outdated"]].to_numpy().tolist() == [[identifier, outdated]]


def test_without_a_day_the_latest_meaning_counts():
    assert _match("Wohnungsamt")["id"].tolist() == ["wohnen"]


def test_without_a_register_texts_are_identifiers():
    found = _match(" wohngeld ", "Grundsicherung", "", names=make_names().units)
    assert found["id"].tolist() == ["wohngeld", "Grundsicherung", ""]
    assert found["hint"].tolist() == ["", "", ""]
    assert _match(names=make_names().units).empty
    assert _match().empty


def test_empty_registers_have_the_columns_of_the_tables():
    names = make_names()
    assert names.units.columns[0] == "unit_id"
    assert names.services.columns[0] == "service_id"


NAMES = st.text("aAbBäß -–*1)¹\u00a0", max_size=6)
DAYS = st.one_of(st.none(), st.dates(dt.date(2000, 1, 1), dt.date(2005, 12, 31)))


def _match_naively(text, table, day):
    """One row after the other, straight from the rules in docs/methods/names.md."""
    form = normalise_name(text)
    if not form:
        return "", False
    if any(normalise_name(own) == form for own in table["unit_id"]):
        return next(own for own in table["unit_id"] if normalise_name(own) == form), False
    rows = [row for _, row in table.iterrows() if normalise_name(row["name"]) == form]
    if not rows:
        return "", False
    early, late = pd.Timestamp(1700, 1, 1), pd.Timestamp(2200, 1, 1)
    spans = sorted(
        (
            early if pd.isna(row["valid_from"]) else row["valid_from"],
            late if pd.isna(row["valid_to"]) else row["valid_to"],
            row["unit_id"],
        )
        for row in rows
    )
    if day is None:
        return spans[-1][2], False
    moment = pd.Timestamp(day)
    inside = [span for span in spans if span[0] <= moment <= span[1]]
    if inside:
        return inside[-1][2], False
    before = [span for span in spans if span[0] <= moment]
    return (before[-1] if before else spans[0])[2], True


@given(
    st.lists(st.tuples(st.sampled_from("uvw"), NAMES, DAYS, DAYS), max_size=6),
    st.lists(st.tuples(NAMES, DAYS), max_size=8),
)
def test_matching_agrees_with_the_rules_row_by_row(register, rows):
    lines = [f"{own};{name};{start or ''};{end or ''};Amt;\n" for own, name, start, end in register]
    text = UNIT_HEADER + "".join(lines) + "u;Immer da;;;Amt;\n"
    cleaned = _units(text)
    table = cleaned.tables["unit_names"]
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    assert cleaned.rows_read == len(table) + rejected
    asked = pd.Series([name for name, _ in rows], dtype="str")
    days = pd.Series(pd.to_datetime([day for _, day in rows]))
    found = match_names(asked, table, key="unit_id", on=days)
    assert found[["id", "outdated"]].to_numpy().tolist() == [
        list(_match_naively(name, table, day)) for name, day in rows
    ]


@given(st.text(max_size=12))
def test_normalising_twice_changes_nothing_more(text):
    once = normalise_name(text)
    assert normalise_name(once) == once


def test_two_million_rows_are_matched_by_their_distinct_texts():
    texts = pd.Series(["Sozialbürgerhaus Nord", "Wohnungsamt", "fremd"] * 700_000, dtype="str")
    days = pd.Series(pd.Timestamp(2015, 1, 1), index=texts.index)
    started = time.perf_counter()
    found = match_names(texts, _units().tables["unit_names"], key="unit_id", on=days)
    assert found["id"].value_counts().to_dict() == {
        "sbh_nord": 700_000,
        "wohnen_alt": 700_000,
        "": 700_000,
    }
    # Row by row this takes minutes; the bound leaves room for a busy machine.
    assert time.perf_counter() - started < 20
