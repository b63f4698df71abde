"""Registers of services, motions, equipment: cleaning, and the coding rules on the real files."""

from __future__ import annotations

import csv
import math
import re

import pandas as pd
import pytest

from analysis.cleaning.equipment import RAW_COLUMNS as EQUIPMENT_COLUMNS
from analysis.cleaning.equipment import clean_equipment
from analysis.cleaning.motions import RAW_COLUMNS as MOTION_COLUMNS
from analysis.cleaning.motions import clean_motions
from analysis.cleaning.services import RAW_COLUMNS as SERVICE_COLUMNS
from analysis.cleaning.services import clean_services
from analysis.errors import DataError
from analysis.fields import ANSWERS, EQUIPMENT_KINDS, MOTION_STATES, SERVICE_KINDS, STATUSES
from analysis.readers.delimited import read_delimited

CITIES = ("muenchen", "magdeburg")
DIMENSIONS = ("end_to_end", "efile", "efa", "personal_contact")
# docs/coding-rules.md, section 3: what does not apply follows from the kind alone.
NOT_APPLICABLE = {
    "Online-Dienst": set(),
    "Plattform": set(),
    "Fachverfahren": set(),
    "EfA-Dienst": set(),
    "KI-Anwendung": {"personal_contact"},
    "Automatisierung": {"personal_contact"},
    "Beratung": {"efa"},
    "E-Akte": set(DIMENSIONS),
    "Basisdienst": set(DIMENSIONS),
    "Projekt": set(DIMENSIONS),
    "Ausstattung": set(DIMENSIONS),
    "Lernangebot": set(DIMENSIONS),
    "Personaldienst": set(DIMENSIONS),
}
SERVICE = {
    "service_id": "probe",
    "name": "Probedienst",
    "area": "Wohnen",
    "kind": "Online-Dienst",
    "status": "produktiv",
    "end_to_end": "ja",
    "efile": "nein",
    "efa": "unbekannt",
    "personal_contact": "unbekannt",
    "document": "V 16954",
    "section": "2.1",
    "as_of": "2025-07-23",
    "evidence": "Belegt.",
}
MOTION = {
    "demand_id": "A1-1",
    "motion": "A 1",
    "motion_title": "Titel",
    "submitted_by": "Fraktion",
    "motion_date": "2025-01-15",
    "demand": "Forderung",
    "addressee": "Verwaltung",
    "answered_in": "V 16954, Kap. 3.1",
    "answer_date": "2025-07-23",
    "state": "aufgegriffen",
    "indicators": "geraete",
}
ITEM = {
    "item_id": "telefone",
    "item": "Telefone",
    "category": "Mobiltelefon gesamt",
    "scope": "Sozialreferat",
    "kind": "Bestand",
    "value": "2100",
    "unit": "Geräte",
    "qualifier": "ca.",
    "period": "2021-06",
    "document": "V 03150",
    "section": "3",
    "evidence": "Belegt.",
}
REGISTERS = {
    "services": (clean_services, SERVICE_COLUMNS, SERVICE, "service_id"),
    "motions": (clean_motions, MOTION_COLUMNS, MOTION, "demand_id"),
    "equipment": (clean_equipment, EQUIPMENT_COLUMNS, ITEM, "item_id"),
}


def _clean(register: str, *changes: dict[str, str], drop: str = ""):
    cleaner, columns, base, _ = REGISTERS[register]
    names = [name for name in columns if name != drop]
    lines = [names, *([{**base, **change}.get(name, "") for name in names] for change in changes)]
    text = "\n".join(";".join(line) for line in lines) + "\n"
    name = f"{register}.csv"
    read = read_delimited(text.encode(), name=name, encoding="utf-8", delimiter=";")
    return cleaner(read, file=name)


def _raw(root, city: str, name: str) -> list[dict[str, str]]:
    with (root / "data" / "raw" / city / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


@pytest.mark.parametrize("register", REGISTERS)
def test_a_good_row_is_taken_over(register):
    cleaned = _clean(register, {})
    rows = cleaned.tables[register]
    assert (len(rows), len(cleaned.findings), cleaned.rows_read) == (1, 0, 1)
    assert rows.loc[0, "origin"] == f"{register}.csv#2"
    assert rows.loc[0, "source_id"] == {"equipment": "V03150"}.get(register, "V16954")


@pytest.mark.parametrize("register", REGISTERS)
def test_a_second_row_with_the_same_identifier_is_refused(register):
    key = REGISTERS[register][3]
    cleaned = _clean(register, {}, {key: "anders"}, {})
    assert cleaned.tables[register]["origin"].tolist() == [f"{register}.csv#2", f"{register}.csv#3"]
    finding = cleaned.findings.iloc[0]
    assert (finding["file"], finding["row"], finding["column"]) == (f"{register}.csv", 4, key)
    assert (finding["severity"], finding["rejected"]) == ("fehler", "ja")


@pytest.mark.parametrize("register", REGISTERS)
def test_blanks_around_an_identifier_do_not_make_it_another_one(register):
    _, _, base, key = REGISTERS[register]
    assert len(_clean(register, {}, {key: f" {base[key]} "}).tables[register]) == 1


@pytest.mark.parametrize(
    ("register", "column", "found"),
    [
        ("services", "as_of", "Juli 2025"),
        ("services", "as_of", "2025-07"),
        ("services", "as_of", "2025-02-30"),
        ("services", "as_of", "undatiert"),
        ("services", "as_of", "23.07.2025"),
        ("services", "volume", "viele"),
        ("motions", "motion_date", "2025"),
        ("motions", "requested_until", "bald"),
        ("motions", "answer_date", "2025-13-01"),
        ("motions", "answer_until", "vor 2026"),
        ("equipment", "period", "neulich"),
        ("equipment", "value", "viele"),
        ("equipment", "value", "2.100,5"),
        ("equipment", "value", ""),
    ],
)
def test_what_is_not_readable_is_a_finding_at_its_place(register, column, found):
    cleaned = _clean(register, {column: found})
    assert cleaned.tables[register].empty
    finding = cleaned.findings.iloc[0]
    assert finding["row"] == 2
    assert finding[["file", "column", "found"]].tolist() == [f"{register}.csv", column, found]
    assert finding["expected"] != ""
    assert (finding["severity"], finding["rejected"]) == ("fehler", "ja")


@pytest.mark.parametrize("register", REGISTERS)
def test_each_row_is_kept_or_refused_once_however_much_is_wrong(register):
    wrong = {
        "services": {"as_of": "nie", "volume": "viele"},
        "motions": {"motion_date": "nie", "answer_date": "nie"},
        "equipment": {"value": "viele", "period": "nie"},
    }[register]
    key = REGISTERS[register][3]
    cleaned = _clean(register, {}, {key: "zwei", **wrong}, {key: "drei"})
    assert len(cleaned.tables[register]) == 2
    refused = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"]
    assert set(refused) == {3}


@pytest.mark.parametrize("register", REGISTERS)
def test_a_missing_column_stops(register):
    column = REGISTERS[register][1][1]
    with pytest.raises(DataError, match=f"Spalten fehlen: »{column}«"):
        _clean(register, {}, drop=column)


def test_empty_dates_stay_missing():
    row = _clean("motions", {"requested_until": "", "answer_until": ""}).tables["motions"].iloc[0]
    assert pd.isna(row["requested_until"])
    assert pd.isna(row["answer_until"])
    assert row["answer_date"] == pd.Timestamp("2025-07-23")


@pytest.mark.parametrize(
    ("volume", "qualifier", "expected"),
    [
        ("70000", "exact", (70000, 70000, 70000)),
        ("35", "ca.", (35, 32.5, 37.5)),  # ends in 5: ± 2.5
        ("30", "über", (30, 30, math.nan)),
        ("", "", (math.nan, math.nan, math.nan)),
    ],
)
def test_volumes_get_bounds(volume, qualifier, expected):
    rows = _clean("services", {"volume": volume, "volume_qualifier": qualifier}).tables["services"]
    found = rows.loc[0, ["volume", "volume_lower", "volume_upper"]]
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("register", "change", "column"),
    [
        ("services", {"volume": "35", "volume_qualifier": "gefühlt"}, "volume_qualifier"),
        ("services", {"volume": "35", "volume_qualifier": ""}, "volume_qualifier"),
        ("equipment", {"qualifier": "gefühlt"}, "qualifier"),
    ],
)
def test_an_unknown_qualifier_is_a_warning_and_the_row_stays(register, change, column):
    cleaned = _clean(register, change)
    assert len(cleaned.tables[register]) == 1
    assert cleaned.findings[["severity", "column", "rejected"]].values.tolist() == [
        ["warnung", column, "nein"]
    ]


def test_equipment_keeps_what_was_published():
    row = (
        _clean("equipment", {"period": "bis 2022-12-31", "qualifier": "mindestens"})
        .tables["equipment"]
        .iloc[0]
    )
    assert row["published"] == "2100 Geräte · bis 2022-12-31 · mindestens"
    assert (row["lower"], row["rule"]) == (2100, "at_least")
    assert math.isnan(row["upper"])
    assert pd.isna(row["period_start"])
    assert row["period_end"] == pd.Timestamp("2022-12-31")


def test_a_document_that_is_not_listed_leads_to_the_raw_file():
    rows = _clean("services", {"document": "V 99999"}).tables["services"]
    assert rows.loc[0, "source_id"] == "services.csv"


@pytest.mark.parametrize(
    ("city", "register"),
    [
        ("muenchen", "services"),
        ("muenchen", "motions"),
        ("muenchen", "equipment"),
        ("magdeburg", "services"),
        ("magdeburg", "motions"),
    ],
)
def test_real_registers_are_clean(root, city, register):
    path = root / "data" / "raw" / city / f"{register}.csv"
    read = read_delimited(path.read_bytes(), name=path.name, encoding="utf-8", delimiter=";")
    cleaned = REGISTERS[register][0](read, file=path.name)
    assert cleaned.findings.empty
    assert len(cleaned.tables[register]) == cleaned.rows_read > 0
    assert (cleaned.tables[register]["source_id"] != "").all()


class TestMuenchen:
    """What the register of München must hold."""

    def test_at_least_sixty_services(self, root):
        assert len(_raw(root, "muenchen", "services.csv")) >= 60

    def test_all_thirteen_candidates_of_the_efa_catalogue(self, root):
        rows = _raw(root, "muenchen", "services.csv")
        candidates = [
            row for row in rows if row["kind"] == "EfA-Dienst" and row["document"] == "V 16954"
        ]
        assert len(candidates) == 13
        assert {row["status"] for row in candidates} == {"in Prüfung"}
        assert {row["efa"] for row in candidates} == {"ja"}

    def test_all_five_motions(self, root):
        motions = {row["motion"] for row in _raw(root, "muenchen", "motions.csv")}
        numbers = {re.sub(r"\D", "", motion.split("/")[-1]) for motion in motions}
        assert {"05330", "05514", "05635", "00686", "03985"} <= numbers

    def test_the_largest_fleet_is_published_twice_and_stays_two_rows(self, root):
        values = {row["value"] for row in _raw(root, "muenchen", "equipment.csv")}
        assert {"475", "350", "75", "49"} <= values  # 350 + 75 + 49 = 474: not recomputed


@pytest.mark.parametrize("city", CITIES)
class TestCodingRules:
    """docs/coding-rules.md, as far as a machine can check it."""

    def test_what_does_not_apply_follows_from_the_kind_alone(self, root, city):
        wrong = [
            row["service_id"]
            for row in _raw(root, city, "services.csv")
            if {name for name in DIMENSIONS if row[name] == "nicht zutreffend"}
            != NOT_APPLICABLE[row["kind"]]
        ]
        assert wrong == []

    def test_only_code_words(self, root, city):
        for row in _raw(root, city, "services.csv"):
            assert row["kind"] in SERVICE_KINDS
            assert row["status"] in STATUSES
            assert {row[name] for name in DIMENSIONS} <= set(ANSWERS)
        for row in _raw(root, city, "motions.csv"):
            assert row["state"] in MOTION_STATES

    def test_identifiers_are_slugs_and_unique(self, root, city):
        names = [row["service_id"] for row in _raw(root, city, "services.csv")]
        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)] == []

    def test_the_prefix_efa_is_for_efa_services_only(self, root, city):
        wrong = [
            row["service_id"]
            for row in _raw(root, city, "services.csv")
            if row["service_id"].startswith("efa_") and row["kind"] != "EfA-Dienst"
        ]
        assert wrong == []

    def test_efa_is_never_partly(self, root, city):
        assert "teilweise" not in {row["efa"] for row in _raw(root, city, "services.csv")}

    def test_volumes_are_complete_or_absent(self, root, city):
        cells = ("volume", "volume_unit", "volume_qualifier", "volume_period")
        for row in _raw(root, city, "services.csv"):
            assert len({bool(row[cell]) for cell in cells}) == 1, row["service_id"]

    def test_evidence_is_given_and_names_no_address(self, root, city):
        for row in _raw(root, city, "services.csv"):
            assert row["evidence"]
            assert "http" not in row["evidence"] + row["note"]

    def test_each_demand_has_an_indicator_of_the_list(self, root, city):
        listed = (root / "docs" / "coding-rules.md").read_text("utf-8").split("Indicator ids: ")[1]
        known = set(listed.split("\n")[0].rstrip(".").split(", "))
        for row in _raw(root, city, "motions.csv"):
            given = row["indicators"].split()
            assert given
            assert set(given) <= known, row["demand_id"]

    def test_what_was_taken_up_until_a_date_was_taken_up(self, root, city):
        for row in _raw(root, city, "motions.csv"):
            assert row["state"] == "aufgegriffen" or row["answer_until"] == "", row["demand_id"]

    def test_one_motion_has_one_state(self, root, city):
        states: dict[str, set[str]] = {}
        for row in _raw(root, city, "motions.csv"):
            states.setdefault(row["motion"], set()).add(row["state"])
        assert {motion for motion, found in states.items() if len(found) > 1} == set()

    def test_files_are_plain(self, root, city):
        for path in (root / "data" / "raw" / city).glob("*.csv"):
            content = path.read_bytes()
            assert not content.startswith(b"\xef\xbb\xbf")
            assert b"\r" not in content
            assert content.endswith(b"\n")


def test_equipment_kinds_of_muenchen(root):
    kinds = {row["kind"] for row in _raw(root, "muenchen", "equipment.csv")}
    assert kinds <= set(EQUIPMENT_KINDS)
