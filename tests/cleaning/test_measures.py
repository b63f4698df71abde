"""Measures and assumptions: cleaning, and the coding rules on the real file."""

from __future__ import annotations

import csv
import io
import re
import time

import pandas as pd
import pytest

from analysis.cleaning.measures import (
    RAW_COLUMNS,
    clean_measures,
    list_quantities,
)
from analysis.errors import DataError
from analysis.fields import QUANTITIES, TABLES
from analysis.models.origins import join_facts
from analysis.models.relief import Setting, simulate_relief
from analysis.models.sensitivity import check_reality
from analysis.readers.delimited import read_delimited

FILE = "massnahmen.csv"
HEAD = "Maßnahme/"
MEASURE = {
    "record": "Maßnahme",
    "id": "probe",
    "name": "Probemaßnahme",
    "area": "Wohngeld",
    "kind": "Online-Dienst",
    "horizon": "kurz",
    "services": "wohngeld_online",
    "caseload": "antraege",
    "end_to_end": "nicht zutreffend",
    "needs_money": "unbekannt",
    "needs_staff": "unbekannt",
    "document": "V 16954",
    "section": "3.3",
    "evidence": "Belegt.",
}
POINTS = {
    "share": ("10", "50", "90"),
    "take_up": ("10", "", "90"),
    "minutes": ("0", "5", "20"),
    "minutes_without_e2e": ("0", "0", "5"),
    "minutes_with_e2e": ("5", "10", "20"),
    "transition_hours": ("10", "50", "100"),
    "lead_months": ("1", "3", "12"),
    "ramp_months": ("0.5", "3", "6"),
    "cost_once": ("0", "1000", "2000"),
    "cost_per_year": ("0", "1000", "2000"),
    "it_days": ("0", "5", "20"),
    "cases": ("1000", "2000", "3000"),
    "handling_minutes": ("30", "60", "90"),
}
COMPARED = ("cases", "share", "take_up", "minutes_with_e2e")


def _rows(*changes: dict[str, str], measure: dict[str, str] | None = None) -> list[dict[str, str]]:
    """Return a complete small file; a change with ``where`` alters this quantity's row."""
    head = {**MEASURE, **(measure or {})}
    rows = [head]
    rows += [_assume("Annahme", "probe", name) for name in list_quantities(pd.Series(head))]
    rows += [_assume("Fallgruppe", "antraege", name) for name in ("cases", "handling_minutes")]
    rows += [_assume("Vergleichsfall", "anderswo", name) for name in COMPARED]
    for change in changes:
        record, quantity = change["where"].split("/")
        for row in rows:
            if row["record"] == record and row.get("quantity", "") == quantity:
                row.update({key: value for key, value in change.items() if key != "where"})
    return rows


def _assume(record: str, subject: str, quantity: str) -> dict[str, str]:
    least, mode, most = POINTS[quantity]
    return {
        "record": record,
        "id": subject,
        "name": "" if record == "Annahme" else f"Name von {subject}",
        "quantity": quantity,
        "minimum": least,
        "mode": mode,
        "maximum": most,
        "unit": QUANTITIES[quantity].unit,
        "basis": "Annahme",
        "evidence": "Ein Grund.",
    }


def _clean(rows: list[dict[str, str]], drop: str = ""):
    text = io.StringIO()
    names = [name for name in RAW_COLUMNS if name != drop]
    writer = csv.DictWriter(
        text, names, delimiter=";", restval="", extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    read = read_delimited(content, name=FILE, encoding="utf-8", delimiter=";")
    return clean_measures(read, file=FILE)


def _line(rows: list[dict[str, str]], record: str, quantity: str) -> int:
    keys = [(row["record"], row.get("quantity", "")) for row in rows]
    return keys.index((record, quantity)) + 2


class TestGoodRows:
    def test_every_row_is_in_one_of_two_tables(self):
        rows = _rows()
        cleaned = _clean(rows)
        assert cleaned.findings.empty
        assert len(cleaned.tables["measures"]) == 1
        assert len(cleaned.tables["assumptions"]) == len(rows) - 1
        assert cleaned.rows_read == len(rows)

    def test_columns_are_those_of_the_registry(self):
        tables = _clean(_rows()).tables
        for name, fields in ((table, TABLES[table]) for table in ("measures", "assumptions")):
            assert tables[name].columns.tolist() == [field.name for field in fields]

    def test_a_measure(self):
        row = _clean(_rows()).tables["measures"].iloc[0]
        assert (row["measure_id"], row["origin"]) == ("probe", f"{FILE}#2")
        assert row["source_id"] == "V16954"

    def test_an_assumption(self):
        rows = _clean(_rows()).tables["assumptions"].set_index("assumption_id")
        row = rows.loc["probe/lead_months"]
        assert row[["minimum", "mode", "maximum"]].tolist() == [1, 3, 12]
        assert (row["subject"], row["subject_kind"]) == ("probe", "Annahme")
        # No document states it: the source is the file itself.
        assert row["source_id"] == FILE
        assert row["subject_name"] == "Probemaßnahme"
        assert row["published"] == "1 · 3 · 12 Monate (Annahme)"
        assert rows.loc["antraege/cases", "subject_name"] == "Name von antraege"

    def test_a_range_without_a_likeliest_value(self):
        rows = _clean(_rows()).tables["assumptions"].set_index("assumption_id")
        assert pd.isna(rows.loc["probe/take_up", "mode"])
        assert rows.loc["probe/take_up", "published"] == "10 · ohne Mitte · 90 % (Annahme)"
        assert rows.loc["probe/ramp_months", "published"].startswith("0,5 · 3")

    def test_a_measure_that_relieves_only_through_others_needs_no_minutes(self):
        assert _clean(_rows(measure={"caseload": ""})).findings.empty

    def test_a_gated_measure_has_minutes_for_both_states(self):
        cleaned = _clean(_rows(measure={"end_to_end": "unbekannt"}))
        assert cleaned.findings.empty
        found = set(cleaned.tables["assumptions"]["quantity"])
        assert {"minutes_without_e2e", "minutes_with_e2e"} <= found
        assert "minutes" not in found


@pytest.mark.parametrize(
    ("where", "change", "column", "check"),
    [
        ("Annahme/share", {"minimum": "viele"}, "minimum", "wert"),
        ("Annahme/share", {"minimum": ""}, "minimum", "wert"),
        ("Annahme/share", {"maximum": ""}, "minimum", "wert"),
        ("Annahme/share", {"mode": "etwa 5"}, "minimum", "wert"),
        ("Annahme/share", {"maximum": "1.000,5"}, "minimum", "wert"),
        ("Annahme/share", {"mode": "5"}, "mode", "annahme"),
        ("Annahme/share", {"mode": "95"}, "mode", "annahme"),
        ("Annahme/take_up", {"minimum": "91"}, "mode", "annahme"),
        ("Annahme/share", {"maximum": "101"}, "maximum", "unmoeglich"),
        ("Annahme/lead_months", {"minimum": "-1"}, "maximum", "unmoeglich"),
        ("Annahme/share", {"unit": "Fälle"}, "unit", "annahme"),
        ("Annahme/share", {"quantity": "anteil"}, "quantity", "unbekannt"),
        ("Annahme/share", {"record": "Schätzung"}, "record", "unbekannt"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_place(where, change, column, check):
    rows = _rows({"where": where, **change})
    cleaned = _clean(rows)
    assert len(cleaned.tables["assumptions"]) == len(rows) - 2
    refused = cleaned.findings.loc[cleaned.findings["rejected"] == "ja"]
    assert refused[["column", "check", "severity"]].values.tolist() == [[column, check, "fehler"]]
    number = [row["record"] for row in _rows()].index("Annahme") + 2
    offset = list_quantities(pd.Series(MEASURE)).index(where.split("/")[1])
    assert refused["row"].tolist() == [number + offset]
    # What is gone is missing: the measure says so.
    missing = cleaned.findings.loc[cleaned.findings["rejected"] == "nein"]
    assert where.split("/")[1] in missing["expected"].str.cat()


def test_one_finding_for_each_row_that_is_refused():
    wrong = {"minimum": "-5", "mode": "200", "maximum": "150", "unit": "?"}
    cleaned = _clean(_rows({"where": "Annahme/share", **wrong}))
    assert (cleaned.findings["rejected"] == "ja").sum() == 1


@pytest.mark.parametrize("second", [MEASURE, _assume("Annahme", "probe", "share")])
def test_a_second_row_on_the_same_is_refused(second):
    rows = [*_rows(), second]
    cleaned = _clean(rows)
    finding = cleaned.findings.iloc[0]
    assert finding[["check", "rejected", "row"]].tolist() == ["doppelt", "ja", len(rows) + 1]
    assert sum(len(table) for table in cleaned.tables.values()) == cleaned.rows_read - 1


@pytest.mark.parametrize(
    ("changes", "measure", "column", "row_of"),
    [
        ([{"where": "Annahme/share", "basis": "belegt"}], {}, "basis", "Annahme/share"),
        ([{"where": "Annahme/share", "evidence": ""}], {}, "evidence", "Annahme/share"),
        ([{"where": "Annahme/lead_months", "mode": "13", "maximum": "20"}], {}, "horizon", HEAD),
        ([], {"horizon": "mittel"}, "horizon", HEAD),
        ([], {"prerequisites": "nirgends"}, "prerequisites", HEAD),
        ([], {"prerequisites": "probe"}, "prerequisites", HEAD),
        ([], {"end_to_end": "nein", "end_to_end_by": "nirgends"}, "end_to_end_by", HEAD),
        ([], {"caseload": "andere"}, "caseload", HEAD),
        ([], {"needs_money": "nein"}, "maximum", "Annahme/cost_once"),
        (
            [{"where": "Annahme/minutes_with_e2e", "minimum": "0", "mode": "0", "maximum": "4"}],
            {"end_to_end": "nein"},
            "maximum",
            "Annahme/minutes_with_e2e",
        ),
    ],
)  # fmt: skip
def test_what_does_not_agree_stops_the_report(changes, measure, column, row_of):
    rows = _rows(*changes, measure=measure)
    cleaned = _clean(rows)
    found = cleaned.findings
    assert (found["severity"] == "fehler").all()
    assert (found["rejected"] == "nein").all()
    record, quantity = row_of.split("/")
    at = found.loc[found["column"] == column, "row"].tolist()
    assert _line(rows, record, quantity) in at
    assert cleaned.rows_read == sum(len(table) for table in cleaned.tables.values())


def test_a_source_makes_an_assumption_documented():
    change = {"where": "Annahme/share", "basis": "belegt", "fact_ids": "F097"}
    assert _clean(_rows(change)).findings.empty


@pytest.mark.parametrize(
    ("record", "quantity"),
    [("Fallgruppe", "handling_minutes"), ("Vergleichsfall", "take_up"), ("Annahme", "it_days")],
)
def test_a_missing_assumption_is_named(record, quantity):
    rows = [
        row for row in _rows() if (row["record"], row.get("quantity", "")) != (record, quantity)
    ]
    findings = _clean(rows).findings
    assert findings["expected"].str.contains(quantity).any()
    assert (findings["severity"] == "fehler").all()


def test_a_circle_of_prerequisites_is_found():
    other = {**MEASURE, "id": "zweite", "prerequisites": "probe", "caseload": ""}
    further = [{**_assume("Annahme", "zweite", name)} for name in list_quantities(pd.Series(other))]
    rows = [*_rows(measure={"prerequisites": "zweite"}), other, *further]
    findings = _clean(rows).findings
    assert findings["column"].tolist() == ["prerequisites"] * 2


@pytest.mark.parametrize("record", ["Maßnahme", "Annahme", "Fallgruppe", "Vergleichsfall"])
def test_a_file_with_rows_of_one_kind_only_is_read(record):
    rows = [row for row in _rows() if row["record"] == record]
    cleaned = _clean(rows)
    assert sum(len(table) for table in cleaned.tables.values()) == len(rows)
    # What belongs to it is missing; a case to compare with is complete by itself.
    assert cleaned.findings.empty == (record in {"Fallgruppe", "Vergleichsfall"})


def test_a_missing_column_stops():
    with pytest.raises(DataError, match="Spalten fehlen: »quantity«"):
        _clean(_rows(), drop="quantity")


@pytest.fixture(scope="module")
def raw(root):
    return _read(root, FILE, ";")


@pytest.fixture(scope="module")
def cleaned(root):
    path = root / "data" / "raw" / "muenchen" / FILE
    read = read_delimited(path.read_bytes(), name=FILE, encoding="utf-8", delimiter=";")
    return clean_measures(read, file=FILE)


class TestMuenchen:
    """What the file of München must hold, and the coding rules as far as a machine can check."""

    def test_it_is_clean(self, cleaned):
        assert cleaned.findings.empty
        kept = sum(len(table) for table in cleaned.tables.values())
        assert kept == cleaned.rows_read

    def test_at_least_25_measures_from_council_documents(self, cleaned):
        measures = cleaned.tables["measures"]
        assert len(measures) >= 25
        assert (measures["source_id"] != "").all()

    def test_the_measures_that_the_council_asked_for_are_there(self, cleaned):
        named = set(" ".join(cleaned.tables["measures"]["services"]).split())
        assert {
            "eakte_sozialbuergerhaeuser",
            "eakte_jugendamt",
            "bestandsaktendigitalisierung",
            "inputmanagement",
            "ki_wohngeld_taskforce",
            "wohngeld_online",
            "zuschussverwaltung",
            "wim_abloesung",
            "fachverfahren_betreuungsstelle",
            "heimsoftware",
            "rpa_plattform",
            "schulungsinitiative",
            "muenchen_de",
            "mobiltelefone_sbh",
        } <= named

    def test_each_efa_service_is_a_measure_of_its_own(self, root, cleaned):
        candidates = {
            row["service_id"]
            for row in _read(root, "services.csv", ";")
            if row["kind"] == "EfA-Dienst"
        }
        assert candidates <= set(cleaned.tables["measures"]["measure_id"])

    def test_services_and_figures_exist(self, root, raw):
        services = {row["service_id"] for row in _read(root, "services.csv", ";")}
        facts = {row["fact_id"] for row in _read(root, "published_figures.tsv", "\t")}
        for row in raw:
            assert set(row["services"].split()) <= services, row["id"]
            assert set(row["fact_ids"].split()) <= facts, row["id"]

    def test_only_code_words(self, cleaned):
        for name, fields in ((table, TABLES[table]) for table in ("measures", "assumptions")):
            for field in fields:
                if field.allowed:
                    assert set(cleaned.tables[name][field.name]) <= set(field.allowed), field.name

    def test_required_cells_are_filled(self, cleaned):
        for name, fields in ((table, TABLES[table]) for table in ("measures", "assumptions")):
            table = cleaned.tables[name]
            for field in fields:
                if field.required:
                    assert table[field.name].astype("str").str.len().gt(0).all(), field.name

    def test_end_to_end_is_that_of_the_register(self, root, cleaned):
        register = {row["service_id"]: row for row in _read(root, "services.csv", ";")}
        for _, row in cleaned.tables["measures"].iterrows():
            stated = {register[name]["end_to_end"] for name in row["services"].split()}
            if row["end_to_end"] == "ja":
                assert "ja" in stated, row["measure_id"]
            if row["end_to_end"] == "unbekannt":
                assert "ja" not in stated - {"nicht zutreffend"} or row["end_to_end_by"]

    def test_no_need_is_denied_without_a_statement(self, cleaned):
        measures = cleaned.tables["measures"]
        denied = measures.loc[measures["needs_money"] == "nein"]
        assert (denied["note"] != "").all()
        assert len(denied) >= 5

    def test_files_are_plain(self, root):
        content = (root / "data" / "raw" / "muenchen" / FILE).read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        text = content.decode()
        assert re.findall(r"[^\W\d_]+(?:innen und [a-zäöü]+er|:innen|_innen)\b", text) == []

    def test_all_measures_are_simulated_in_under_two_seconds(self, cleaned):
        tables = (cleaned.tables["measures"], cleaned.tables["assumptions"])
        spent = []
        for _ in range(3):
            start = time.process_time()
            relief = simulate_relief(*tables, Setting(seed=20_250_723))
            spent.append(time.process_time() - start)
        assert len(relief.monthly) == (len(tables[0]) + 1) * 2 * 60
        assert min(spent) < 2

    def test_the_model_covers_what_nuernberg_published(self, cleaned, muenchen):
        assumptions = join_facts(cleaned.tables["assumptions"], muenchen.observations)
        measures = cleaned.tables["measures"].head(1)
        relief = simulate_relief(measures, assumptions, Setting(seed=20_250_723))
        adoption = muenchen.service_adoption
        published = adoption.loc[adoption["measure"] == "hours_saved"].iloc[0]
        assert published["value"] == 2500
        row = check_reality(relief.inputs, assumptions, published, subject="nuernberg_2023").iloc[0]
        assert row["covered"]
        # The table of docs/methods/relief.md, section 7.
        assert row[["lower", "value", "upper"]].tolist() == pytest.approx(
            [1110, 2326, 4045], rel=0.02
        )
        assert row["rank"] == pytest.approx(56, abs=2)
        assert published["origin"] in row["origins"]


def _read(root, name: str, delimiter: str) -> list[dict[str, str]]:
    path = root / "data" / "raw" / "muenchen" / name
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))
