"""Persons in an export: never in a table, never in a finding."""

from __future__ import annotations

import pytest

from analysis.cleaning.exports.personal import HIDDEN

COUNTS = {"dataset": "case_counts"}
NAME = "Maria Huber"


def show(cleaned) -> str:
    tables = "".join(table.to_csv() for table in cleaned.tables.values())
    return tables + cleaned.findings.to_csv()


@pytest.mark.parametrize("planted", [NAME, "Huber, M.", "m.huber@example.org", "Huber"])
@pytest.mark.parametrize("column", ["D", "M", "E", "G"])
def test_a_person_in_a_mapped_column_is_stopped(clean, column, planted, register):
    row = {"M": "02/2025", "D": "SBH Mitte", "G": "E9", "E": "6", column: planted}
    cleaned = clean(
        f"M;D;G;E;F\n01/2025;SBH Mitte;E9;5;3\n{row['M']};{row['D']};{row['G']};{row['E']};4\n",
        names=register,
        **COUNTS,
        columns={"month": "M", "unit": "D", "group": "G", "received": "E", "cases": "F"},
    )

    assert "Huber" not in show(cleaned)
    assert "huber" not in show(cleaned)
    found = cleaned.findings.loc[cleaned.findings["check"] == "personenbezug"].iloc[0]
    assert (found["severity"], found["row"], found["column"]) == ("fehler", 3, column)
    assert found["found"] == HIDDEN
    assert found["rejected"] == ("teilweise" if column == "E" else "ja")


def test_columns_that_are_not_mapped_are_not_carried(clean):
    cleaned = clean(
        "Sachbearbeitung;M;E\nAnna Schmidt;01/2025;5\nAnna Schmidt;13/2025;x\nAnna Schmidt;1\n",
        **COUNTS,
        columns={"month": "M", "received": "E"},
    )

    assert "Schmidt" not in show(cleaned)
    assert set(cleaned.findings["check"]) == {"wert", "zeile"}


def test_a_person_in_a_heading_is_stopped(clean):
    cleaned = clean(
        f"M;SBH Mitte;{NAME};Huber\n01/2025;5;6;7\n",
        **COUNTS,
        measure="received",
        across="unit",
        columns={"month": "M"},
    )

    assert "Huber" not in show(cleaned)
    assert cleaned.tables["case_counts"]["unit"].tolist() == ["SBH Mitte"]
    assert cleaned.findings["check"].tolist() == ["personenbezug", "personenbezug"]


def test_a_column_of_persons_is_stopped_as_a_whole(clean):
    names = ["Huber", "Schmidt", "Yilmaz", "Müller", "Xhafferaj"]
    lines = "".join(f"01/2025;{name};5\n" for name in names)
    cleaned = clean(
        "M;Wer;E\n" + lines, **COUNTS, columns={"month": "M", "unit": "Wer", "received": "E"}
    )

    # The last name is on no list; that the column holds names gives it away.
    assert not any(name in show(cleaned) for name in names)
    assert cleaned.tables["case_counts"].empty


def test_offices_are_no_persons(clean):
    houses = ["SBH Berg am Laim – Trudering – Riem", "SBH Orleansplatz", "SBH Schwabing-Freimann"]
    lines = "".join(f"01/2025;{house};5\n" for house in houses)
    cleaned = clean(
        "M;D;E\n" + lines, **COUNTS, columns={"month": "M", "unit": "D", "received": "E"}
    )

    assert cleaned.tables["case_counts"]["unit"].tolist() == houses
    assert cleaned.findings.empty
