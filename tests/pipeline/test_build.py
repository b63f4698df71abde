"""A whole build: the report is replaced as one, or not at all."""

from __future__ import annotations

import fcntl
import json
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from analysis import build
from analysis.disclosure_policy import DisclosureError
from analysis.editions import load_edition
from analysis.errors import DataError, NotebookError, UsageError
from analysis.pipeline.tasks import Result
from analysis.presentation.blocks import (
    MIME_TYPE,
    Download,
    DownloadBlock,
    dump_block,
    encode_file,
)

EMPTY_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture
def notebooks(write_notebook, show_block):
    for name in ("00_eins", "01_zwei"):
        write_notebook(name, show_block("a"), blocks=("a",))


@pytest.fixture
def output(project):
    return project / "report" / "output"


@pytest.fixture
def rooms(project, notebooks, monkeypatch):
    """The rooms around the build, replaced by the least that they promise."""
    calls = SimpleNamespace(tasks=None, rendered=None, page="<html>neu</html>", defects=[])

    def prepare(edition, root):
        findings = pd.DataFrame({"severity": ["hinweis"]})
        places = ("Berlin", "Hamburg", "Köln")
        return SimpleNamespace(
            findings=findings,
            state_of_data="Januar 2026",
            places=places,
            released={},
            tables={"assumptions": pd.DataFrame({"assumption_id": []})},
            raw_files=(),
        )

    def execute(tasks, *, jobs, on_event):
        calls.tasks = tasks
        for task in tasks:
            task.target.parent.mkdir(parents=True, exist_ok=True)
            task.target.write_text(EMPTY_NOTEBOOK, "utf-8")
        return [Result(task.name, task.target, task.info.blocks, 1.0) for task in tasks]

    def render(paths, front):
        calls.rendered = (list(paths), front)
        return calls.page

    monkeypatch.setattr(build, "warm_up", lambda: None)
    monkeypatch.setattr(build, "prepare_data", prepare)
    monkeypatch.setattr(build, "execute_notebooks", execute)
    monkeypatch.setattr(build, "render_report", render)
    monkeypatch.setattr(build, "collect_chapters", lambda _: ())
    monkeypatch.setattr(build, "make_downloads", lambda *_, **__: {})
    monkeypatch.setattr(build, "render_pdf", lambda _: b"%PDF neu")
    monkeypatch.setattr(build, "check_html", lambda page, **_: calls.defects)
    return calls


def _entries(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_report_is_complete_and_in_its_place(rooms, output, project):
    events = []

    result = build.build_edition("probe", on_event=events.append)

    assert result.folder == output / "probe"
    assert result.page.read_text("utf-8") == "<html>neu</html>"
    assert _entries(output) == ["probe"]
    assert _entries(output / "probe") == [
        "bericht.pdf",
        "index.html",
        "lauf.json",
        "notebooks",
        "ro-crate-metadata.json",
        "zeiten.json",
    ]
    assert _entries(output / "probe" / "notebooks") == ["00_eins.ipynb", "01_zwei.ipynb"]
    assert [event.name for event in events] == [
        "Daten bereinigen und prüfen",
        "Notebooks ausführen",
        "Bericht erzeugen",
        "Bericht auf Geheimhaltung prüfen",
    ]
    assert [path.name for path in rooms.rendered[0]] == ["00_eins.ipynb", "01_zwei.ipynb"]
    front = rooms.rendered[1]
    assert (front.built_on, front.deviations, front.state_of_data) == (None, (), "Januar 2026")
    assert ("Bericht als PDF", "bericht.pdf") in front.footer_links


def test_results_lead_to_files_that_exist(rooms):
    result = build.build_edition("probe")

    assert [notebook.name for notebook in result.notebooks] == ["00_eins", "01_zwei"]
    assert all(notebook.path.is_file() for notebook in result.notebooks)


def test_parameters_reach_notebooks_page_and_record(rooms, output):
    build.build_edition(
        "probe", overrides={"stichtag": "2025-12-31", "vergleichsstaedte": "Köln,Berlin"}
    )

    assert rooms.tasks[0].parameters == {
        "EDITION": "probe",
        "STICHTAG": "2025-12-31",
        "VERGLEICHSSTAEDTE": ["Köln", "Berlin"],
        "FENSTER_MONATE": 2,
        "ANNAHMEN": {},
    }
    assert rooms.rendered[1].deviations == (
        ("Stichtag", "31.12.2025"),
        ("Vergleichsstädte", "Köln, Berlin"),
    )
    record = json.loads((output / "probe" / "lauf.json").read_text("utf-8"))
    assert record["abweichungen"]["stichtag"]["verwendet"] == "2025-12-31"


def test_second_build_gives_the_same_bytes_but_for_its_times(rooms, output):
    def read():
        files = (path for path in (output / "probe").rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if path.name != "zeiten.json"}

    build.build_edition("probe")
    first = read()
    build.build_edition("probe")

    assert read() == first


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"stichdag": "2025-12-31"}, "Meinten Sie »stichtag«"),
        ({"stichtag": "gestern"}, "»gestern« passt nicht"),
        ({"vergleichsstaedte": "Köln,Hamburk"}, "Meinten Sie »Hamburg«"),
    ],
)
def test_wrong_parameters_stop_before_any_notebook(rooms, overrides, expected):
    with pytest.raises(UsageError) as caught:
        build.build_edition("probe", overrides=overrides)

    assert expected in caught.value.message
    assert rooms.tasks is None


def test_missing_notebook_stops_before_the_data_are_read(rooms, project):
    (project / "notebooks" / "01_zwei.ipynb").unlink()

    with pytest.raises(NotebookError, match="»01_zwei« gibt es nicht"):
        build.build_edition("probe")

    assert rooms.tasks is None


class TestFailure:
    """Whatever fails, the previous report stays as it was."""

    @pytest.fixture(autouse=True)
    def previous(self, rooms, output):
        build.build_edition("probe")
        page = output / "probe" / "index.html"
        page.write_text("<html>vorher</html>", "utf-8")
        yield
        assert page.read_text("utf-8") == "<html>vorher</html>"
        assert not [name for name in _entries(output) if name.startswith(".")]

    def test_of_the_data(self, monkeypatch):
        def fail(edition, root):
            raise DataError("kaputt")

        monkeypatch.setattr(build, "prepare_data", fail)
        with pytest.raises(DataError):
            build.build_edition("probe")

    def test_of_a_notebook_keeps_the_partial_one(self, output, monkeypatch):
        def fail(tasks, **_):
            tasks[0].partial.parent.mkdir(parents=True)
            tasks[0].partial.write_text("halb", "utf-8")
            raise NotebookError("kaputt")

        failed = output / "probe.fehlgeschlagen"
        failed.mkdir()
        (failed / "von_früher.ipynb").touch()
        monkeypatch.setattr(build, "execute_notebooks", fail)
        with pytest.raises(NotebookError):
            build.build_edition("probe")

        assert _entries(failed) == ["00_eins.ipynb"]

    def test_of_the_page_keeps_it_for_a_look(self, rooms, output):
        rooms.defects = ["eins", "zwei", "drei", "vier"]

        with pytest.raises(NotebookError, match="eins; zwei; drei; und 1 weitere"):
            build.build_edition("probe")

        assert _entries(output / "probe.fehlgeschlagen") == ["index.html"]

    def test_of_the_program_leaves_nothing_behind(self, monkeypatch, output):
        monkeypatch.setattr(build, "render_report", lambda *_, **__: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            build.build_edition("probe")

        assert _entries(output) == ["probe"]


def test_failed_folder_goes_with_the_next_build(rooms, output):
    (output / "probe.fehlgeschlagen").mkdir(parents=True)

    build.build_edition("probe")

    assert _entries(output) == ["probe"]


def test_what_a_killed_build_left_behind_goes(rooms, output):
    (output / ".probe.neu" / "notebooks").mkdir(parents=True)
    (output / ".probe.neu" / "notebooks" / "99_alt.ipynb").touch()

    build.build_edition("probe")

    assert _entries(output) == ["probe"]
    assert "99_alt.ipynb" not in _entries(output / "probe" / "notebooks")


def test_two_builds_of_one_edition_are_kept_apart(rooms, output):
    output.mkdir()
    with (output / ".probe.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)

        with pytest.raises(UsageError, match="wird gerade schon gebaut"):
            build.build_edition("probe")

    build.build_edition("probe")


def test_report_of_a_build_that_was_cut_off_comes_back(rooms, output, monkeypatch):
    build.build_edition("probe")
    # as if the process had ended between the two renames
    (output / "probe").rename(output / ".probe.vorher")
    monkeypatch.setattr(build, "execute_notebooks", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        build.build_edition("probe")

    assert _entries(output) == ["probe"]


def test_old_folder_comes_back_when_the_new_one_cannot_be_moved(tmp_path):
    final = tmp_path / "probe"
    final.mkdir()

    with pytest.raises(FileNotFoundError):
        build.replace_folder(tmp_path / "fehlt", final)

    assert _entries(tmp_path) == ["probe"]


def test_notebooks_get_plain_values(project):
    parameters = build.notebook_parameters(load_edition("probe", project))

    assert parameters["STICHTAG"] == "2026-01-31"
    assert parameters["VERGLEICHSSTAEDTE"] == ["Hamburg", "Berlin"]


def test_a_name_in_the_finished_report_stops_it(rooms, output):
    rooms.page = "<html>alt</html>"
    build.build_edition("probe")
    rooms.page = "<html><p>Bearbeitet von Frau Erika Mustermann</p></html>"

    with pytest.raises(DisclosureError) as caught:
        build.build_edition("probe")

    assert caught.value.exit_code == 1
    assert "index.html" in caught.value.message
    assert "Mustermann" not in caught.value.message
    assert (output / "probe" / "index.html").read_text("utf-8") == "<html>alt</html>"


def test_a_small_number_in_the_finished_report_stops_it(rooms, output, project):
    edition = project / "report" / "editions" / "probe.toml"
    rule = '\n[disclosure]\nmethod = "sperrung"\n'
    edition.write_text(edition.read_text("utf-8") + rule, "utf-8")
    rooms.page = '<html><span data-measure="received">3</span></html>'

    with pytest.raises(DisclosureError, match="Geheimhaltung"):
        build.build_edition("probe")

    assert not (output / "probe").exists()


class TestDownloads:
    """Files that notebooks hand out belong to the report's folder."""

    @pytest.fixture
    def hand_out(self, rooms, monkeypatch):
        """Return a function that lets executed notebooks show a file each, by its name."""

        def prepare(*names):
            run = build.execute_notebooks

            def execute(tasks, **options):
                results = run(tasks, **options)
                for result, name in zip(results, names, strict=False):
                    file = encode_file(Download(name, "Tabelle", b"Jahr\n2024\n"))
                    block = DownloadBlock(id="datei", title="Datei", files=(file,))
                    output = nbformat.v4.new_output("display_data", {MIME_TYPE: dump_block(block)})
                    cell = nbformat.v4.new_code_cell("x", outputs=[output])
                    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), result.path)
                return results

            monkeypatch.setattr(build, "execute_notebooks", execute)

        return prepare

    def test_are_written_beside_the_page_and_known_to_its_check(
        self, hand_out, output, monkeypatch
    ):
        hand_out("a.csv", "b.csv")
        known = []
        monkeypatch.setattr(build, "check_html", lambda page, files: known.extend(files) or [])

        build.build_edition("probe")

        folder = output / "probe" / "berechnung"
        assert _entries(folder) == ["a.csv", "b.csv"]
        assert (folder / "a.csv").read_bytes() == b"Jahr\n2024\n"
        assert {"berechnung/a.csv", "berechnung/b.csv", "bericht.pdf"} <= set(known)

    def test_of_the_same_name_stop_the_build(self, hand_out, output):
        hand_out("a.csv", "a.csv")

        with pytest.raises(NotebookError, match="gibt es schon"):
            build.build_edition("probe")
        assert _entries(output) == []
