"""``lagebild source add``: recognise, propose, write, try; by flags and by questions."""

from __future__ import annotations

import datetime as dt
import io
import random
import shutil
import tomllib

import pandas as pd
import pytest
import typer
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis import cli_source
from analysis.cleaning.names import make_names
from analysis.editions import project_root
from analysis.errors import UsageError
from analysis.mappings import CHANNELS, STATUSES, Mapping, list_fields, make_mapping, read_mapping
from analysis.source_add.inspect import REGISTER_FILES, inspect_file
from analysis.source_add.propose import DATASETS, propose
from analysis.source_add.session import Given, add_source
from analysis.source_add.store import format_mapping
from analysis.source_add.trial import try_mapping
from analysis.source_add.words import load_synonyms, load_word_synonyms, rate_name
from analysis.sources import read_raw_file

SAMPLES = "readers/samples"
DETAILS = {
    "title": "Probe",
    "producer": "Amt",
    "document": "Auszug",
    "licence": "intern",
    "as_of": "2025-12-31",
    "origin": "documented",
}
PERSONS = ("Huber, Anna", "Yilmaz, Max", "Schmidt, Erika", "Maier, Thomas")
FLAGS = [part for name, text in DETAILS.items() for part in ("--" + name.replace("_", "-"), text)]


def make_cases(count=120):
    """Cases with names and file numbers; 1 of 4 came by an unknown way."""
    chance = random.Random(5)
    lines = ["Wohngeldnummer;Name;Antragseingang;Bescheiddatum;Zugangskanal;Sozialregion;Status"]
    for number in range(count):
        received = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(300))
        decided = received + dt.timedelta(days=chance.randrange(10, 200))
        channel = ("Online-Antrag", "Papier", "Vorsprache", "Rauchzeichen")[number % 4]
        lines.append(
            f"WG-{700000 + number};{PERSONS[number % 4]};{received:%d.%m.%Y};{decided:%d.%m.%Y};"
            f"{channel};{('Nord', 'Süd')[number % 2]};bewilligt"
        )
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def make_workbook():
    """A staffing table below two title rows, with a header of one row and a footnote."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("Deckblatt").write(0, 0, "Stellenbericht")
    sheet = book.add_worksheet("Stellen 2024")
    rows = [
        ["Stellenbericht des Amtes"],
        ["Auszug aus der Personalverwaltung"],
        [],
        ["Monat", "Dienststelle", "Entgeltgruppe", "Stellen (Soll)", "besetzt VZÄ", "Krankenquote"],
        ["01/2024", "SBH Nord", "E 9c", 10.5, 9.25, 0.08],
        ["02/2024", "SBH Nord", "E 9c", 10.5, 9.5, 0.07],
        ["03/2024", "SBH Nord", "E 9c", 10.5, 9.0, 0.09],
        [],
        ["Ohne Auszubildende"],
    ]
    for row, cells in enumerate(rows):
        sheet.write_row(row, 0, cells)
    book.close()
    return buffer.getvalue()


@pytest.fixture
def project(tiny_project, monkeypatch):
    monkeypatch.setenv("LAGEBILD_ROOT", str(tiny_project.root))
    project_root.cache_clear()
    yield tiny_project
    project_root.cache_clear()


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "lieferung"
    folder.mkdir()
    return folder


def _run(*arguments, answers=None):
    return CliRunner().invoke(
        cli_source.app, ["add", *map(str, arguments)], input=answers, catch_exceptions=True
    )


def _message(result):
    assert result.exit_code != 0
    assert isinstance(result.exception, UsageError), result.exception
    return result.exception.message


def test_cases_in_windows_1252_by_flags_alone(project, outside):
    file = outside / "faelle.csv"
    file.write_bytes(make_cases())
    result = _run(file, "--into", "probe", "--yes", "--service", "wohngeld", *FLAGS)
    assert result.exit_code == 0, result.output
    raw = read_raw_file(project.raw / "faelle.csv", origin="documented")
    assert raw.read_bytes() == make_cases()
    assert raw.sidecar.format.model_dump(exclude_unset=True) == {
        "kind": "csv",
        "encoding": "cp1252",
        "delimiter": ";",
    }
    assert raw.mapping.dataset == "cases"
    assert raw.mapping.place == "München"  # of the edition whose folder this is
    assert raw.mapping.columns == {
        "case_id": "Wohngeldnummer",
        "received": "Antragseingang",
        "decided": "Bescheiddatum",
        "channel": "Zugangskanal",
        "unit": "Sozialregion",
        "status": "Status",
    }
    assert raw.mapping.values == {
        "channel": {"Online-Antrag": "online", "Papier": "paper", "Vorsprache": "in_person"},
        "status": {"bewilligt": "entschieden"},
    }
    assert "Kodierung: Windows-1252" in result.output
    assert "received = »Antragseingang«: 120 von 120 lesbar" in result.output
    assert "channel = »Zugangskanal«: 90 von 120 lesbar" in result.output
    assert "Für »Rauchzeichen« ist kein Wort bekannt" in result.output
    # the real cleaning objects to the same 30 rows
    assert "Bereinigung zur Probe: 30 Fehler" in result.output


def test_no_personal_content_is_shown_or_written(project, outside):
    file = outside / "faelle.csv"
    file.write_bytes(make_cases())
    result = _run(file, "--into", "probe", "--yes", "--service", "wohngeld", *FLAGS)
    written = [
        path.read_text("utf-8") for path in project.raw.glob("faelle.csv.*") if path.is_file()
    ]
    assert len(written) == 2
    for text in (result.output, *written):
        for person in PERSONS:
            assert person not in text
            assert person.split(",")[0] not in text
        assert "WG-7" not in text
    assert "»Name« (Name)" in result.output
    assert "nur als case_id oder post_id: »Wohngeldnummer«" in result.output


def test_what_is_known_of_a_personal_column_holds_none_of_its_content(outside):
    file = outside / "faelle.csv"
    file.write_bytes(make_cases())
    profiles = {each.name: each for each in inspect_file(file).profiles}
    assert profiles["Name"].personal == "Name"
    assert profiles["Name"].words == ()
    assert profiles["Wohngeldnummer"].words == ()
    assert profiles["Sozialregion"].words == ("Nord", "Süd")


def test_file_without_header_does_not_give_names_away(project, outside):
    file = outside / "ohne_kopf.csv"
    lines = [f"{person};0{n}/2024;{n}0" for n, person in enumerate(PERSONS, start=1)]
    file.write_text("\n".join(lines * 3) + "\n", "utf-8")
    result = _run(file, "--into", "probe", "--yes", "--header-row", "1", *FLAGS)
    text = result.output + (str(result.exception) if result.exception else "")
    for person in PERSONS:
        assert person.split(",")[0] not in text


def test_workbook_with_title_rows(project, outside):
    file = outside / "stellen.xlsx"
    file.write_bytes(make_workbook())
    result = _run(file, "--into", "probe", "--yes", "--service", "sozialreferat", *FLAGS)
    assert result.exit_code == 0, result.output
    raw = read_raw_file(project.raw / "stellen.xlsx", origin="documented")
    assert raw.sidecar.format.model_dump(exclude_unset=True) == {
        "kind": "workbook",
        "sheet": "Stellen 2024",
    }
    assert raw.mapping.dataset == "staffing"
    assert raw.mapping.columns == {
        "month": "Monat",
        "unit": "Dienststelle",
        "group": "Entgeltgruppe",
        "posts_planned": "Stellen (Soll)",
        "posts_filled": "besetzt VZÄ",
        "sickness_rate": "Krankenquote",
    }
    assert raw.mapping.units == {"sickness_rate": "Anteil"}  # 0,08 is no per cent
    assert "Bereinigung zur Probe: " in result.output


def test_ffcsv_needs_its_measures_stated(project, root):
    file = next((root / "tests" / SAMPLES).glob("genesis_12211*"))
    label = "Erwerbstätige aus Hauptwohnsitzhaushalten"
    arguments = [file, "--into", "probe", "--yes", "--service", "arbeitsmarkt", *FLAGS]
    result = _run(*arguments, "--value", f"measure:{label}=cases")
    assert result.exit_code == 0, result.output
    raw = read_raw_file(project.raw / file.name, origin="documented")
    assert raw.sidecar.format.kind == "ffcsv"
    assert raw.mapping.dataset == "context"
    assert raw.mapping.columns == {
        "year": "time",
        "value": "value",
        "measure": "value_variable_label",
    }
    assert raw.mapping.values == {"measure": {label: "cases"}}
    rows = inspect_file(file).rows
    known = int((rows["value_variable_label"] == label).sum())
    assert f"measure = »value_variable_label«: {known} von {len(rows)} lesbar" in result.output


def test_months_as_headings(project, outside):
    file = outside / "quer.csv"
    file.write_text(
        "Messgröße;SBH;01/2024;02/2024;03/2024\nEingänge;Nord;10;12;13\nErledigungen;Nord;9;9;9\n",
        "utf-8",
    )
    result = _run(file, "--into", "probe", "--yes", "--service", "wohngeld", *FLAGS)
    assert result.exit_code == 0, result.output
    mapping = read_mapping(project.raw / "quer.csv")
    assert (mapping.dataset, mapping.across) == ("case_counts", "month")
    assert mapping.columns == {"measure": "Messgröße", "unit": "SBH"}
    assert mapping.values == {"measure": {"Eingänge": "received", "Erledigungen": "decided"}}


def test_a_register_gets_a_sidecar_only_and_serves_the_next_file(project, outside):
    register = outside / "dienststellen.csv"
    register.write_text(
        "unit_id;name;valid_from;valid_to;kind;parent\nnord;SBH Nord;;;Haus;\n", "utf-8"
    )
    assert _run(register, "--into", "probe", "--yes", *FLAGS).exit_code == 0
    assert not (project.raw / "dienststellen.csv.map.toml").exists()
    sidecar = tomllib.loads((project.raw / "dienststellen.csv.meta.toml").read_text("utf-8"))
    assert sidecar["format"] == {"kind": "delimited", "delimiter": ";", "encoding": "utf-8"}
    file = outside / "monat.csv"
    file.write_text(
        "Monat;Wo;Eingänge\n01/2024;SBH Nord;10\n02/2024;SBH Süd;11\n03/2024;SBH Nord;9\n", "utf-8"
    )
    result = _run(
        file, "--into", "probe", "--yes", "--service", "wohngeld", "--column", "unit=Wo", *FLAGS
    )
    assert "unit = »Wo«: 2 von 3 lesbar" in result.output
    assert "»SBH Süd« steht nicht im Register. Am nächsten: »SBH Nord«." in result.output


def test_a_file_in_its_folder_is_registered_in_place(project):
    file = project.raw / "monat.csv"
    file.write_text("Monat;Eingänge\n01/2024;10\n02/2024;11\n", "utf-8")
    result = _run(file, "--yes", "--service", "wohngeld", *FLAGS)
    assert result.exit_code == 0, result.output
    assert "lag schon dort" in result.output
    assert read_raw_file(file, origin="documented").mapping.columns["received"] == "Eingänge"


def test_nothing_is_overwritten_without_force(project, outside):
    file = outside / "monat.csv"
    file.write_text("Monat;Eingänge\n01/2024;10\n02/2024;11\n", "utf-8")
    arguments = [file, "--into", "probe", "--yes", "--service", "wohngeld", *FLAGS]
    assert _run(*arguments).exit_code == 0
    file.write_text("Monat;Eingänge\n01/2024;10\n02/2024;99\n", "utf-8")
    before = {path.name: path.read_bytes() for path in project.raw.iterdir()}
    message = _message(_run(*arguments))
    assert "gibt es schon: monat.csv, monat.csv.meta.toml, monat.csv.map.toml" in message
    assert "--force" in message
    assert {path.name: path.read_bytes() for path in project.raw.iterdir()} == before
    assert _run(*arguments, "--force").exit_code == 0
    assert b"99" in read_raw_file(project.raw / "monat.csv", origin="documented").read_bytes()


MONTHS = "Monat;Leistung;Eingänge;Name\n" + "".join(
    f"{n:02d}/2024;Wohngeld;{n};{PERSONS[n % 4]}\n" for n in range(1, 7)
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--into", "Probe!"], "Ordner »Probe!« passt nicht"),
        (["--into", "../fremd"], "Ordner »../fremd« passt nicht"),
        ([], "Es fehlt der Ordner unter data/raw: --into ORDNER."),
        (["--into", "neu"], "Es fehlen Angaben zur Zuordnung: --place."),
        (["--into", "probe", "--as-of", "31.12."], "as_of: ein Datum der Form JJJJ-MM-TT"),
        (["--into", "probe", "--origin", "echt"], "origin: documented oder synthetic"),
        (["--into", "probe", "--dataset", "staffin"], "»staffin«. Meinten Sie »staffing«?"),
        (["--into", "probe", "--legend", "plane"], "Meinten Sie »plain«?"),
        (
            ["--into", "probe", "--column", "decided=Eingang"],
            "»Eingang« (für decided) Meinten Sie »Eingänge«?",
        ),
        (
            ["--into", "probe", "--column", "decidet=Eingänge"],
            "»decidet« Meinten Sie »decided«?",
        ),
        (
            ["--into", "probe", "--column", "unit=Name"],
            "Spalte »Name« (Name) für »unit«",
        ),
        (
            ["--into", "probe", "--value", "channel:Netz=onlin"],
            "»onlin« (für »Netz«) gibt es nicht",
        ),
        (["--into", "probe", "--column", "received"], "Erwartet wird die Form FELD=SPALTE."),
        (["--into", "probe", "--value", "channel=x"], "Erwartet wird die Form FELD:WORT=UNSERES."),
        (
            ["--into", "probe", "--column", "open=a", "--column", "open=b"],
            "»open« ist mehrfach angegeben",
        ),
        (
            ["--into", "probe", "--value", "channel:a=online", "--value", "channel:a=paper"],
            "»channel:a« ist mehrfach angegeben",
        ),
        (["--into", "probe", "--sheet", "Daten"], "kennt die Angaben sheet nicht"),
        (["--into", "probe", "--measure-unit", "received=Tage"], "in »Anträge« umrechnen"),
    ],
)
def test_each_wrong_call_is_explained_and_writes_nothing(project, outside, arguments, expected):
    file = outside / "monat.csv"
    file.write_text(MONTHS, "utf-8")
    before = sorted(path.name for path in project.raw.iterdir())
    message = _message(_run(file, "--yes", *FLAGS, *arguments))
    assert expected in message
    assert not any(person.split(",")[0] in message for person in PERSONS)
    assert sorted(path.name for path in project.raw.iterdir()) == before
    assert not (project.root / "data" / "raw" / "neu").exists()


def test_without_yes_nothing_is_taken_from_the_proposal(project, outside):
    file = outside / "monat.csv"
    file.write_text(MONTHS, "utf-8")
    assert "vorgeschlagen: case_counts, mit --yes übernommen" in _message(
        _run(file, "--into", "probe", *FLAGS)
    )
    arguments = [
        file,
        "--into",
        "probe",
        *FLAGS,
        "--dataset",
        "case_counts",
        "--method",
        "antraege",
    ]
    message = _message(_run(*arguments))
    assert "»columns«: mindestens ein Eintrag ist nötig" in message
    assert "received = »Eingänge« ist sicher und wurde nicht übernommen" in message
    stated = ["--column", "month=Monat", "--column", "received=Eingänge", "--service", "wohngeld"]
    assert _run(*arguments, *stated).exit_code == 0
    assert read_mapping(project.raw / "monat.csv").columns == {
        "month": "Monat",
        "received": "Eingänge",
    }


def test_missing_details_and_files_are_named(project, outside):
    file = outside / "monat.csv"
    assert "gibt es nicht" in _message(_run(file, "--into", "probe", "--yes"))
    file.write_text(MONTHS, "utf-8")
    assert _message(_run(file, "--into", "probe", "--yes")) == (
        "Es fehlen Angaben zur Datei: --title, --producer, --document, --licence, --as-of."
    )
    sidecar = outside / "x.meta.toml"
    shutil.copyfile(file, sidecar)
    assert "keine Rohdatei" in _message(_run(sidecar, "--into", "probe", "--yes", *FLAGS))


def test_questions_at_the_terminal(project, outside, monkeypatch):
    monkeypatch.setattr(cli_source, "is_terminal", lambda: True)
    file = outside / "monat.csv"
    file.write_text("Monat;Eingänge;Bestand\n01/2024;10;5\n02/2024;11;6\n", "utf-8")
    answers = "\n".join(
        [
            "probe",  # folder
            "fall",  # no data set of this name
            "case_counts",
            "j",  # take over the proposal
            "Musterstadt",
            "",  # method as proposed
            "wohngeld",
            "Fallzahlen",
            "Wohngeldstelle",
            "Auszug",
            "intern",
            "2024-03-31",
            "",  # origin as in the edition
        ]
    )
    result = _run(file, answers=answers + "\n")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "Unbekannter Datensatz »fall«." in result.output
    assert "received = »Eingänge« (sicher)" in result.output
    raw = read_raw_file(project.raw / "monat.csv", origin="documented")
    assert raw.sidecar.title == "Fallzahlen"
    assert raw.sidecar.as_of == dt.date(2024, 3, 31)
    assert raw.mapping == Mapping(
        dataset="case_counts",
        place="Musterstadt",
        method="antraege",
        service="wohngeld",
        columns={"month": "Monat", "received": "Eingänge", "open": "Bestand"},
    )


def test_a_declined_proposal_is_asked_about_field_by_field(project, outside, monkeypatch):
    file = outside / "monat.csv"
    file.write_text("Monat;Eingänge;Bestand\n01/2024;10;5\n02/2024;11;6\n", "utf-8")

    class Declining:
        def say(self, text):
            pass

        def ask(self, question, default):
            return default or "wohngeld"

        def confirm(self, question, *, default):
            return question.startswith(("month", "received"))

    stated = Given(details=DETAILS, entries={"dataset": "case_counts", "place": "X"})
    added = add_source(file, "probe", project.root, stated, asker=Declining())
    assert added.raw.mapping.columns == {"month": "Monat", "received": "Eingänge"}


def test_ambiguous_columns_are_left_open_and_named(outside):
    file = outside / "faelle.csv"
    rows = "".join(f"{n};0{n}.01.2024;0{n + 1}.01.2024;1{n}.02.2024\n" for n in range(1, 9))
    file.write_text("Nr;Antragseingang;Eingangsdatum;Bescheiddatum\n" + rows, "utf-8")
    proposal = propose(inspect_file(file), make_names(), dataset="cases")
    assert proposal.accept() == {"decided": "Bescheiddatum"}
    assert proposal.questions == (
        "Für »received« kommen mehrere Spalten in Frage: »Antragseingang«, »Eingangsdatum«.",
    )


@pytest.mark.parametrize(
    ("column", "word", "least", "most"),
    [
        ("Eingangsdatum", "Eingangsdatum", 1, 1),
        ("EINGANGS-DATUM", "Eingangs Datum", 1, 1),
        ("Krankenquote (%)", "Krankenquote", 0.96, 0.96),
        ("Stellen / Soll", "Soll Stellen", 0.95, 0.95),
        ("Eingangsdatm", "Eingangsdatum", 0.82, 0.92),
        ("Anzahl der Überstunden", "Überstunden", 0.6, 0.9),
        ("Sachgebiet", "Eingangsdatum", 0, 0),
    ],
)
def test_nearness_of_headings(column, word, least, most):
    assert least <= rate_name(column, word) <= most


WORDS = sorted({each.word for each in load_synonyms()})
CELLS = st.sampled_from(
    ["01.02.2024", "02/2024", "2024", "12", "1,5", "ja", "Papier", "offen", "Nord", "", "Huber"]
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=7, unique=True),
    st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=3, max_size=6),
    st.sampled_from(["", *DATASETS]),
)
def test_no_two_fields_get_one_column_and_what_is_written_reads_back(
    tmp_path, headings, cells, dataset
):
    # A line that is empty throughout would be no row.
    table = pd.DataFrame([row[: len(headings)] for row in cells], columns=headings)
    table.iloc[:, 0] = table.iloc[:, 0].replace("", "7")
    table.iloc[:, 1] = table.iloc[:, 1].replace("", "8")
    file = tmp_path / "probe.csv"
    file.write_text(table.to_csv(index=False, sep=";"), "utf-8")
    inspection = inspect_file(file, {"header_row": 1, "header_rows": 1})
    proposal = propose(inspection, make_names(), dataset=dataset)
    columns = [each.column for each in proposal.columns]
    assert len(columns) == len(set(columns))
    assert len({each.field for each in proposal.columns}) == len(columns)
    personal = {each.name for each in inspection.profiles if each.personal}
    assert not personal & set(proposal.accept(0)) or dataset in {"cases", "vacancies"}
    entries = {
        "dataset": proposal.dataset or "case_counts",
        "place": "Ort \"mit\" 'Zeichen' #",
        "method": "antraege\\x",
        "service": "wohngeld",
        "columns": proposal.accept(0),
        "values": proposal.values,
        "units": proposal.units,
        "across": proposal.across,
    }
    try:
        mapping = make_mapping(entries, name="probe")
    except Exception:  # an arbitrary table need not make a mapping
        return
    text = format_mapping(mapping, "probe.csv", dict.fromkeys(mapping.columns, "Bemerkung"))
    assert Mapping.model_validate(tomllib.loads(text)) == mapping
    assert all(
        0 <= each.readable <= each.filled for each in try_mapping(inspection, mapping, make_names())
    )


def test_large_texts_are_judged_by_their_beginning(outside, monkeypatch):
    file = outside / "gross.csv"
    rows = [f"{n % 12 + 1:02d}/2024;Nord;{n}" for n in range(4000)]
    file.write_bytes(
        "\n".join(["Monat;SBH;Eingänge".replace("ä", "ae"), *rows, "01/2025;Süd;1\n"]).encode(
            "cp1252"
        )
    )
    monkeypatch.setattr("analysis.source_add.inspect.HEAD_BYTES", 10_000)
    inspection = inspect_file(file)
    assert inspection.is_head
    assert 100 < len(inspection.rows) < 4000
    # the beginning is plain ASCII; the umlaut in the last line decides
    assert inspection.options["encoding"] == "cp1252"


def test_tables_of_words_are_consistent():
    for synonym in load_synonyms():
        assert synonym.datasets
        for dataset in synonym.datasets:
            assert dataset in DATASETS
            assert synonym.field in list_fields(dataset), synonym
    assert set(load_word_synonyms("channel").values()) == {*CHANNELS, "total"}
    assert set(load_word_synonyms("status").values()) == set(STATUSES)


def test_registers_of_fixed_names_are_those_that_cleaning_knows():
    from analysis.cleaning import datasets

    assert set(datasets._CLEANERS) <= set(REGISTER_FILES)


def test_help_is_german():
    result = CliRunner().invoke(cli_source.app, ["add", "--help"])
    assert result.exit_code == 0
    for words in ("Aufruf: ", "Rohdatei aufnehmen", "--column FELD=SPALTE", "Diese Hilfe zeigen"):
        assert words in result.output
    assert "Usage" not in result.output
    assert isinstance(typer.main.get_command(cli_source.app), typer.core.TyperGroup)
