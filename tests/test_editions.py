"""Editions: every mistyped entry, parameter and name is refused with a German message."""

from __future__ import annotations

import datetime as dt

import pytest

from analysis.editions import list_editions, load_edition, project_root
from analysis.errors import UsageError


@pytest.fixture
def edition_file(tiny_project):
    return tiny_project.root / "report" / "editions" / "probe.toml"


def _refused(call, *args) -> str:
    with pytest.raises(UsageError) as caught:
        call(*args)
    assert caught.value.exit_code == 2
    return caught.value.message


def _edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_an_edition_is_read(tiny_project):
    edition = tiny_project.edition
    assert (edition.name, edition.city, edition.raw) == ("probe", "München", "probe")
    assert edition.chapters == ("00_eins",)
    assert edition.parameters.stichtag == dt.date(2026, 1, 31)
    assert edition.requests == ()


def test_editions_are_listed_by_name(tiny_project, edition_file):
    tiny_project.write_edition(edition_file.read_text("utf-8"), name="andere")
    assert list_editions(tiny_project.root) == ("andere", "probe")


def test_an_unknown_edition(tiny_project):
    message = _refused(load_edition, "prob", tiny_project.root)
    assert "Unbekannte Edition »prob«" in message
    assert "Meinten Sie »probe«?" in message
    assert "Vorhanden sind: probe" in message


@pytest.mark.parametrize("name", ["../probe", "probe.toml", "", "/etc/passwd"])
def test_a_name_is_no_path(tiny_project, name):
    assert "Unbekannte Edition" in _refused(load_edition, name, tiny_project.root)


def test_no_editions_at_all(tmp_path):
    assert "Vorhanden sind: keine" in _refused(load_edition, "probe", tmp_path)


@pytest.mark.parametrize("content", [b"title = ", b"\xff\xfe", b"[parameters"])
def test_what_is_no_toml(tiny_project, edition_file, content):
    edition_file.write_bytes(content)
    assert "kein gültiges TOML" in _refused(load_edition, "probe", tiny_project.root)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('city = "München"', 'ctiy = "München"', "»ctiy«: unbekannter Eintrag"),
        ('city = "München"', 'ctiy = "München"', "»city«: Eintrag fehlt"),
        ('origin = "documented"', 'origin = "erfunden"', "»origin«: »erfunden« passt nicht"),
        ("fenster_monate = 2", "fenster_monate = 0", "»parameters.fenster_monate«: »0« passt"),
        ("fenster_monate = 2", "fenster = 2", "»parameters.fenster«: unbekannter Eintrag"),
        ("stichtag = 2026-01-31", 'stichtag = "bald"', "»parameters.stichtag«: »bald« passt"),
    ],
)
def test_wrong_entries_are_named_in_german(tiny_project, edition_file, old, new, words):
    _edit(edition_file, old, new)
    message = _refused(load_edition, "probe", tiny_project.root)
    assert "Edition »probe« (probe.toml)" in message
    assert words in message


def test_parameters_as_typed_on_the_command_line(tiny_project):
    changed = tiny_project.edition.with_parameters(
        {"stichtag": "2023-02-28", "vergleichsstaedte": "Hamburg, Berlin,", "fenster_monate": "3"}
    )
    assert changed.parameters.stichtag == dt.date(2023, 2, 28)
    assert changed.parameters.vergleichsstaedte == ("Hamburg", "Berlin")
    assert changed.parameters.fenster_monate == 3
    assert tiny_project.edition.parameters.fenster_monate == 2


def test_no_parameters_change_nothing(tiny_project):
    assert tiny_project.edition.with_parameters({}) == tiny_project.edition


def test_an_unknown_parameter(tiny_project):
    message = _refused(tiny_project.edition.with_parameters, {"stichtg": "2023-02-28"})
    assert "Unbekannter Parameter »stichtg«" in message
    assert "Meinten Sie »stichtag«?" in message
    assert "fenster_monate" in message


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("stichtag", "28.02.2023", "JJJJ-MM-TT"),
        ("stichtag", "2023-02-30", "JJJJ-MM-TT"),
        ("stichtag", "", "JJJJ-MM-TT"),
        ("fenster_monate", "0", "ganze Zahl von 1 bis 24"),
        ("fenster_monate", "25", "ganze Zahl von 1 bis 24"),
        ("fenster_monate", "2,5", "ganze Zahl von 1 bis 24"),
        ("fenster_monate", "drei", "ganze Zahl von 1 bis 24"),
        ("vergleichsstaedte", 5, "durch Komma getrennt"),
    ],
)
def test_a_value_that_does_not_fit(tiny_project, name, value, expected):
    message = _refused(tiny_project.edition.with_parameters, {name: value})
    assert f"»{name}«" in message
    assert f"»{value}«" in message
    assert expected in message


ASSUMED = """
[[assume]]
subject = "fahrplan"
name = "Fahrplan"
quantity = "budget"
value = 1000000
basis = "Annahme"
source = "Rechenwert ohne Beschluss"
as_of = 2026-01-31
"""


def test_assumptions_stand_in_the_edition_and_are_changed_for_one_build(tiny_project):
    tiny_project.write_edition(tiny_project.edition_text + ASSUMED)
    edition = tiny_project.edition
    assert edition.assume[0].points == (1e6, 1e6, 1e6)
    assert edition.parameters.annahmen == {}
    changed = edition.with_parameters({"annahmen": "fahrplan/budget=500000"})
    assert changed.parameters.annahmen == {"fahrplan/budget": (5e5, 5e5, 5e5)}


def test_an_assumption_without_source_is_refused(tiny_project):
    text = ASSUMED.replace('source = "Rechenwert ohne Beschluss"\n', "")
    tiny_project.write_edition(tiny_project.edition_text + text)
    assert "Eintrag fehlt" in _refused(load_edition, "probe", tiny_project.root)


def test_a_change_of_a_wrong_form_shows_the_right_one(tiny_project):
    message = _refused(tiny_project.edition.with_parameters, {"annahmen": "fahrplan/budget"})
    assert "Parameter »annahmen«" in message


def test_the_project_is_found_from_a_folder_inside_it(inside_tiny_project, monkeypatch):
    monkeypatch.setenv("LAGEBILD_ROOT", str(inside_tiny_project.raw))
    assert project_root() == inside_tiny_project.root


def test_the_project_is_found_from_the_working_folder(inside_tiny_project, monkeypatch):
    monkeypatch.delenv("LAGEBILD_ROOT")
    monkeypatch.chdir(inside_tiny_project.raw)
    assert project_root() == inside_tiny_project.root


def test_no_project_where_one_was_promised(inside_tiny_project, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("LAGEBILD_ROOT", str(tmp_path_factory.mktemp("leer")))
    assert "Kein Projektordner" in _refused(project_root)


def test_the_real_edition_fits_the_data(root, prepared_muenchen):
    edition = load_edition("muenchen", root)
    assert edition.origin == "documented"
    assert edition.city in prepared_muenchen.places
    assert set(edition.parameters.vergleichsstaedte) <= set(prepared_muenchen.places)


def test_requests_name_registered_measures(root):
    from analysis.fields import load_measures

    asked = {
        measure
        for request in load_edition("muenchen", root).requests
        for measure in request.measures
    }
    # These two are asked for because nobody publishes them yet.
    assert asked - load_measures().keys() <= {"end_to_end_share", "efile_share"}
