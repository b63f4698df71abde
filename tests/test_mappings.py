"""Mappings and units: what may be stated, what each fault says, what is read back."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.fields import load_measures
from analysis.mappings import (
    CHANNELS,
    Mapping,
    convert_unit,
    make_mapping,
    mapping_path,
    read_mapping,
    require_mapped_columns,
)
from analysis.units import list_convertible_units, unit_factor

CASES = {
    "dataset": "cases",
    "place": "Musterstadt",
    "method": "antraege",
    "service": "wohngeld",
    "columns": {"received": "Eingang"},
}
COUNTS = {**CASES, "dataset": "case_counts", "columns": {"month": "Monat", "received": "Eingänge"}}
LONG = {"month": "Monat", "measure": "Kennzahl", "value": "Wert"}


def _fault(entries):
    with pytest.raises(DataError) as caught:
        make_mapping(entries, name="probe.csv.map.toml")
    assert caught.value.message.startswith("probe.csv.map.toml: ")
    assert caught.value.message[-1] in ".?"
    return caught.value.message


@pytest.mark.parametrize(
    "entries",
    [
        CASES,
        COUNTS,
        {**COUNTS, "columns": LONG},
        {**COUNTS, "columns": {"month": "Monat", "value": "Wert"}, "measure": "received"},
        {**COUNTS, "columns": {"month": "Monat", "value": "Wert", "channel": "Weg"}},
        {**COUNTS, "columns": {"unit": "Wo"}, "across": "month", "measure": "open"},
        {**COUNTS, "columns": {"measure": "Was"}, "across": "year"},
        {**COUNTS, "columns": {"day": "Tag"}, "across": "channel"},
        {
            **COUNTS,
            "service": "",
            "columns": {"day": "Tag"},
            "across": "service",
            "measure": "open",
        },
        {**CASES, "dataset": "vacancies", "service": "", "columns": {"vacant_from": "frei ab"}},
        {**CASES, "values": {"channel": dict.fromkeys("abcde", "paper") | {"alle": "total"}}},
        {**COUNTS, "values": {"unit": {"Amt gesamt": ""}}},
        {
            **COUNTS,
            "columns": {**COUNTS["columns"], "maturity": "Stufe"},
            "units": {"maturity": "OZG-Reifegradmodell 2.0"},
        },
    ],
)
def test_layouts_that_are_possible(entries):
    mapping = make_mapping(entries, name="probe")
    assert mapping.columns == entries["columns"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"dataset": "case"}, "»dataset«: der Wert passt nicht, möglich sind cases, vacancies"),
        ({"dataset": "case"}, "Meinten Sie »cases«?"),
        ({"datset": "cases"}, "»datset«: unbekannter Eintrag. Meinten Sie »dataset«?"),
        ({"columns": {}}, "»columns«: mindestens ein Eintrag ist nötig"),
        ({"columns": {"eingang": "A", "received": "B"}}, "unbekannte Felder: »eingang«"),
        ({"columns": {"recieved": "B"}}, "»recieved« Meinten Sie »received«?"),
        ({"columns": {"month": "Monat", "received": "B"}}, "unbekannte Felder: »month«"),
        ({"columns": {"received": " "}}, "»columns.received« darf nicht leer sein"),
        ({"place": ""}, "»place« darf nicht leer sein"),
        ({"method": " "}, "»method« darf nicht leer sein"),
        (
            {"columns": {"received": "Tag", "decided": "Tag"}},
            "die Spalte »Tag« ist mehreren Feldern zugeordnet: received, decided",
        ),
        (
            {"values": {"channel": {"Netz": "onlin"}}},
            "values.channel: »onlin« (für »Netz«) gibt es nicht, möglich sind online, paper, "
            "email, in_person, other, total. Meinten Sie »online«?",
        ),
        (
            {"values": {"status": {"fertig": "entschiden"}}},
            "möglich sind offen, entschieden, zurückgenommen. Meinten Sie »entschieden«?",
        ),
        ({"values": {"statis": {"a": "offen"}}}, "»statis« Meinten Sie »status«?"),
        ({"units": {"received": "Tage"}}, "units.received: »received« ist keine Messgröße"),
        ({"columns": {"decided": "B"}}, "in [columns] fehlt »received«"),
        ({"service": ""}, "es fehlt die Leistung: »service« als Eintrag oder in [columns]"),
        ({"across": "month"}, "»across« gibt es beim Datensatz »cases« nicht"),
        ({"measure": "received"}, "»measure« gibt es beim Datensatz »cases« nicht"),
        ({"legend": "amtlich"}, "»legend«: der Wert passt nicht, möglich sind official, plain"),
    ],
)
def test_faults_of_a_mapping_of_cases(change, expected):
    assert expected in _fault({**CASES, **change})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"dataset": "vacancies", "columns": {"fte": "VZÄ"}}, "fehlt »vacant_from«"),
        ({"columns": {"received": "B"}}, "es fehlt die Zeit: »month«, »day« oder »year«"),
        ({"columns": {"month": "M"}}, "es fehlt eine Messgröße: mindestens eine in [columns]"),
        ({"columns": {"month": "M", "value": "W"}}, "es fehlt die Messgröße der Werte"),
        ({"columns": {"month": "M", "measure": "W"}}, "fehlt die Spalte mit den Werten: »value«"),
        ({"across": "unit"}, "es fehlt die Messgröße der Werte"),
        ({"across": "month", "measure": "open"}, "»month« steht in [columns] und als »across«"),
        (
            {"columns": LONG, "across": "unit"},
            "»value« in [columns] und »across« schließen sich aus",
        ),
        (
            {"columns": LONG, "measure": "open"},
            "»measure« steht in [columns] und als eigener Eintrag",
        ),
        ({"measure": "open"}, "»measure« gilt für »across« oder für eine Spalte »value«"),
        ({"measure": "opne"}, "»opne« als »measure« Meinten Sie »open«?"),
        ({"columns": LONG, "values": {"measure": {"Eing": "receive"}}}, "Meinten Sie »received«?"),
        (
            {"units": {"received": "Tage"}},
            "units.received: Die Einheit »Tage« lässt sich nicht in »Anträge« umrechnen",
        ),
        ({"units": {"month": "Tage"}}, "units.month: »month« ist keine Messgröße"),
        ({"units": {"maturity": "Modell 3"}}, "lässt sich nicht in »Stufe« umrechnen"),
    ],
)
def test_faults_of_a_mapping_of_monthly_data(change, expected):
    assert expected in _fault({**COUNTS, **change})


def test_several_faults_are_told_at_once():
    message = _fault({**CASES, "place": "", "values": {"channel": {"a": "b"}}})
    assert "»place« darf nicht leer sein; values.channel: »b«" in message


def test_a_mapping_lies_beside_its_file(tmp_path):
    raw = tmp_path / "a.csv"
    assert read_mapping(raw) is None
    mapping_path(raw).write_text(
        'dataset = "cases"\nplace = "X"\nmethod = "antraege"\nservice = "wohngeld"\n'
        '[columns]\nreceived = "Eingang"\n[values.channel]\n"Netz" = "online"\n',
        "utf-8",
    )
    assert read_mapping(raw) == Mapping(
        dataset="cases",
        place="X",
        method="antraege",
        service="wohngeld",
        columns={"received": "Eingang"},
        values={"channel": {"Netz": "online"}},
    )
    mapping_path(raw).write_text("dataset = ", "utf-8")
    with pytest.raises(DataError, match=r"a\.csv\.map\.toml ist kein gültiges TOML"):
        read_mapping(raw)
    mapping_path(raw).write_bytes(b'place = "\xe4"')
    with pytest.raises(DataError, match="kein gültiges TOML"):
        read_mapping(raw)


def test_missing_columns_are_named_with_the_nearest_of_the_file():
    mapping = make_mapping(
        {
            **CASES,
            "columns": {"received": "Eingangsdatm", "decided": "Bescheid", "status": "Stand"},
        },
        name="probe",
    )
    with pytest.raises(DataError) as caught:
        require_mapped_columns(mapping, ["Eingangsdatum", "Stand", "Ort"], file="a.csv")
    assert caught.value.message == (
        "a.csv: Die Zuordnung nennt Spalten, die es in der Datei nicht gibt: »Eingangsdatm« (für "
        "received) Meinten Sie »Eingangsdatum«?; »Bescheid« (für decided) Vorhanden sind: "
        "Eingangsdatum, Stand, Ort."
    )
    require_mapped_columns(mapping, ["Eingangsdatm", "Bescheid", "Stand", "x"], file="a.csv")


# Days of a mean month: 365.25 / 12 = 30.4375; 1 / 30.4375 = 0.032854…, 7 / 30.4375 = 0.229979…
@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("Tage", "Monate", 1 / 30.4375),
        ("Wochen", "Monate", 7 / 30.4375),
        ("Jahre", "Monate", 12),
        ("Quartal", "Monate", 3),
        ("Monate", "Tage", 30.4375),
        ("Anteil", "%", 100),
        ("Promille", "%", 0.1),
        ("T€", "EUR", 1000),
        ("TEUR", "EUR", 1000),
        ("Tsd. EUR", "EUR", 1000),
        ("in Tausend", "Anträge", 1000),
        ("Mio. €", "EUR", 1_000_000),
        ("Minuten", "Stunden", 1 / 60),
        ("VZK", "VZÄ", 1),
        ("Stellen", "VZÄ", 1),
        ("Anträge/Jahr", "Anträge/Monat", 1 / 12),
        ("Stunden/Woche", "Stunden/Jahr", 365.25 / 7),
        ("  anträge ", "Anträge", 1),
        ("1 = ja", "1 = ja", 1),
    ],
)
def test_factors_between_units(source, target, factor):
    assert unit_factor(source, target) == pytest.approx(factor, rel=1e-12)
    converted = convert_unit(pd.Series([0.0, 3.0, None]), source, target)
    assert converted.tolist()[:2] == pytest.approx([0, 3 * factor])
    assert pd.isna(converted[2])


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Tage", "Anträge"),
        ("Fälle", "Anträge"),
        ("Stunden", "Tage"),
        ("%", "%/Jahr"),
        ("T", "Tage"),
        ("", "%"),
        ("Anträge/Person", "Anträge/Monat"),
    ],
)
def test_units_that_do_not_measure_the_same(source, target):
    with pytest.raises(DataError, match="lässt sich nicht in"):
        unit_factor(source, target)


def test_nearest_unit_is_named():
    with pytest.raises(DataError, match="Meinten Sie »Wochen«"):
        unit_factor("Wohcen", "Monate")


UNITS = ("Monate", "%", "EUR", "Stunden", "VZÄ", "Anträge/Monat")


@given(st.sampled_from(UNITS), st.data(), st.floats(-1e6, 1e6))
def test_converting_there_and_back_changes_nothing(target, data, number):
    source = data.draw(st.sampled_from(list_convertible_units(target)))
    values = pd.Series([number])
    there = convert_unit(values, source, target)
    assert convert_unit(there, target, source)[0] == pytest.approx(number, rel=1e-9, abs=1e-9)


def test_every_unit_of_the_registry_is_itself():
    for measure in load_measures().values():
        assert unit_factor(measure.unit, measure.unit) == 1


def test_channels_are_measures():
    assert {f"applications_{channel}" for channel in CHANNELS} <= load_measures().keys()
