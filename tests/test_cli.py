"""The command: German words, exit codes, what is handed on to the rooms."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from analysis import build, cli, prepare
from analysis.editions import Parameters, project_root
from analysis.errors import DataError, NotebookError, UsageError
from analysis.pipeline.progress import Event
from analysis.presentation.blocks import MIME_TYPE, KeyFigure, KeyFiguresBlock, dump_block
from analysis.presentation.formats import make_number

EDITION = """
title = "Probebericht"
subtitle = "Für Prüfungen"
city = "Musterstadt"
city_label = "Musterstadt"
administration = "Sozialamt"
origin = "documented"
raw = "muster"
chapters = []

[parameters]
stichtag = 2026-01-31
vergleichsstaedte = []
fenster_monate = 2
"""
FINDINGS = pd.DataFrame(
    {
        "finding_id": ["wert-12345678"],
        "check": ["wert"],
        "severity": ["warnung"],
        "file": ["zahlen.csv"],
        "row": [12],
        "column": ["value"],
        "found": ["[vier]"],
        "expected": ["eine Zahl"],
        "message": ["Keine Zahl."],
        "rejected": ["ja"],
        "accepted": [""],
    }
)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    editions = tmp_path / "report" / "editions"
    editions.mkdir(parents=True)
    for name in ("muenchen", "probe"):
        (editions / f"{name}.toml").write_text(EDITION, "utf-8")
    monkeypatch.setenv("LAGEBILD_ROOT", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    project_root.cache_clear()
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, handler)
    project_root.cache_clear()


@pytest.fixture
def built(project, monkeypatch):
    calls = []

    def build_edition(name, *, overrides, jobs, root, on_event, scheduler):
        calls.append((name, overrides, jobs, scheduler))
        on_event(Event("step", "Notebooks ausführen"))
        page = root / "report" / "output" / name / "index.html"
        return SimpleNamespace(
            page=page, findings=FINDINGS, edition=SimpleNamespace(name=name), seconds=1.0
        )

    monkeypatch.setattr(build, "build_edition", build_edition)
    return calls


def test_build_takes_the_default_edition(built, capsys):
    assert cli.main(["build"]) == 0

    assert built == [("muenchen", {}, 2, "")]
    shown = capsys.readouterr()
    assert "Bericht: report/output/muenchen/index.html\n" in shown.out
    assert "Befunde in den Daten: 1; zeigen mit: lagebild check muenchen\n" in shown.out
    assert "Notebooks ausführen" in shown.err


def test_build_hands_on_what_was_typed(built):
    arguments = ["build", "probe", "muenchen", "probe", "--jobs", "3"]
    arguments += ["-p", "stichtag=2025-12-31", "-p", "vergleichsstaedte=Köln, Bonn"]

    assert cli.main(arguments) == 0

    overrides = {"stichtag": "2025-12-31", "vergleichsstaedte": "Köln, Bonn"}
    assert built == [("probe", overrides, 3, ""), ("muenchen", overrides, 3, "")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["build", "prob"], "Unbekannte Edition »prob«. Meinten Sie »probe«?"),
        (["build", "probe", "munchen"], "Meinten Sie »muenchen«?"),
        (["build", "-p", "stichdag=2025-12-31"], "Meinten Sie »stichtag«?"),
        (["build", "-p", "fenster_monate=99"], "eine ganze Zahl von 1 bis 24"),
        (["build", "-p", "stichtag"], "Erwartet wird die Form NAME=WERT"),
        (["build", "-p", "=3"], "Erwartet wird die Form NAME=WERT"),
        (["build", "-p", "stichtag=1", "-p", "stichtag=2"], "mehrfach angegeben"),
        (["build", "--jobs", "viele"], "Der Wert für --jobs passt nicht"),
        (["build", "-p"], "Die Option -p braucht einen Wert"),
        (["build", "--schnell"], "Die Option --schnell gibt es nicht"),
        (["build", "--help=x"], "Die Option --help nimmt keinen Wert an"),
        (["buidl"], "Den Befehl »buidl« gibt es nicht. Meinten Sie »build«?"),
        (["check", "probe", "muenchen"], "Zu viele Angaben: muenchen."),
    ],
)
def test_wrong_calls_end_with_2_before_anything_is_built(built, capsys, arguments, expected):
    assert cli.main(arguments) == 2

    shown = capsys.readouterr()
    assert shown.err.startswith("Fehler: ")
    assert expected in shown.err
    assert shown.out == ""
    assert built == []


def test_messages_without_translation_are_shown_as_they_are():
    assert (
        cli.translate_usage_error("Odd.") == "Der Aufruf passt nicht: Odd. Hilfe: lagebild --help"
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [(DataError("Zeile 3 [kaputt]"), 1), (NotebookError("Zeile 3 [kaputt]"), 3)],
)
def test_errors_end_with_their_code(monkeypatch, capsys, error, code):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(build, "build_edition", fail)

    assert cli.main(["build"]) == code
    assert capsys.readouterr().err == "Fehler: Zeile 3 [kaputt]\n"


def test_defects_of_the_program_leave_their_traceback_in_a_file(monkeypatch, capsys, project):
    monkeypatch.setattr(build, "build_edition", lambda *_, **__: 1 / 0)

    assert cli.main(["build"]) == cli.INTERNAL_ERROR

    shown = capsys.readouterr().err
    assert "Unerwarteter Fehler im Programm: ZeroDivisionError: division by zero" in shown
    assert "Einzelheiten: report/output/fehler.log" in shown
    assert "Traceback" not in shown
    assert "Traceback" in (project / "report" / "output" / "fehler.log").read_text("utf-8")


def test_traceback_is_shown_where_no_file_can_be_written(monkeypatch, capsys, project):
    monkeypatch.setattr(build, "build_edition", lambda *_, **__: 1 / 0)
    (project / "report" / "output").write_text("keine Ablage", "utf-8")

    assert cli.main(["build"]) == cli.INTERNAL_ERROR
    assert "Traceback" in capsys.readouterr().err


def test_interruption_has_its_own_code(monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build_edition", interrupt)

    assert cli.main(["build"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == "Fehler: Abgebrochen.\n"


def test_end_from_outside_clears_up_like_ctrl_c(monkeypatch):
    monkeypatch.setattr(
        build, "build_edition", lambda *_, **__: signal.raise_signal(signal.SIGTERM)
    )

    assert cli.main(["build"]) == cli.INTERRUPTED


class TestCheck:
    @pytest.fixture
    def findings(self, monkeypatch):
        def set_findings(findings, *, stop=False):
            prepared = SimpleNamespace(findings=findings)

            def prepare_data(edition, root):
                if stop:
                    raise DataError("So nicht.")
                return prepared

            monkeypatch.setattr(prepare, "prepare_data", prepare_data)
            monkeypatch.setattr(prepare, "clean_data", lambda edition, root: prepared)

        return set_findings

    def test_shows_findings_in_a_table(self, findings, capsys):
        findings(FINDINGS)

        assert cli.main(["check"]) == 0

        shown = capsys.readouterr().out
        for word in ("Warnung", "zahlen.csv", "12", "value", "[vier]", "eine Zahl"):
            assert word in shown
        assert "Ein Bericht ist möglich." in shown.splitlines()[-1]

    def test_says_when_there_is_nothing(self, findings, capsys):
        findings(FINDINGS.iloc[:0])

        assert cli.main(["check", "probe"]) == 0
        assert "Keine Befunde" in capsys.readouterr().out

    def test_errors_in_the_data_end_with_1_below_the_whole_table(self, findings, capsys):
        findings(FINDINGS, stop=True)

        assert cli.main(["check"]) == 1

        shown = capsys.readouterr()
        assert "zahlen.csv" in shown.out
        assert shown.err == "Fehler: So nicht.\n"


class TestLab:
    @pytest.fixture
    def started(self, monkeypatch):
        calls = []
        monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
        return calls

    def test_opens_the_notebooks_and_hands_on_arguments(self, started, project):
        cli.main(["lab", "--no-browser", "--port", "8899"])

        [(program, arguments, environment)] = started
        assert program == sys.executable
        assert arguments[1:] == [
            "-m",
            "jupyterlab",
            f"--ServerApp.root_dir={project / 'notebooks'}",
            "--no-browser",
            "--port",
            "8899",
        ]
        assert environment["LAGEBILD_ROOT"] == str(project)

    @pytest.mark.parametrize("before", [None, "/anderswo"])
    def test_kernel_is_looked_for_in_this_environment_first(self, started, monkeypatch, before):
        monkeypatch.delenv("JUPYTER_PATH", raising=False)
        if before:
            monkeypatch.setenv("JUPYTER_PATH", before)

        cli.main(["lab"])

        path = started[0][2]["JUPYTER_PATH"].split(os.pathsep)
        assert path == [os.path.join(sys.prefix, "share", "jupyter"), *([before] if before else [])]


class TestHelp:
    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["--help"],
            ["build", "--help"],
            ["lab", "--help"],
            ["check", "--help"],
            ["muster", "--help"],
            ["source", "add", "--help"],
        ],
    )
    def test_has_no_english_words(self, capsys, arguments):
        assert cli.main(arguments) == 0

        shown = capsys.readouterr().out
        assert shown.startswith("Aufruf: lagebild")
        for word in ("Usage", "Options", "Commands", "Arguments", "Show this", "default", "<bool>"):
            assert word not in shown

    def test_names_each_command(self, capsys):
        cli.main([])

        shown = capsys.readouterr().out
        registered = {command.callback.__name__ for command in cli.app.registered_commands}
        registered |= {group.name for group in cli.app.registered_groups}
        assert registered < set(cli._COMMANDS)
        assert all(f"\n  {name}" in shown for name in registered)

    def test_names_each_parameter(self, capsys):
        cli.main(["build", "--help"])

        shown = capsys.readouterr().out
        assert all(name in shown for name in Parameters.model_fields)

    def test_version(self, capsys):
        assert cli.main(["--version"]) == 0
        assert capsys.readouterr().out.startswith("lagebild 0.")

    def test_is_quick_because_it_loads_no_data_libraries(self):
        code = (
            "import sys; from analysis import cli; cli.main(['--help']);"
            "loaded = {'pandas', 'pydantic', 'papermill', 'matplotlib', 'rich'} & set(sys.modules);"
            "sys.exit(str(loaded) if loaded else 0)"
        )
        begun = time.monotonic()

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

        assert done.returncode == 0, done.stderr
        assert time.monotonic() - begun < 5


def test_parameters_keep_everything_behind_the_first_equals_sign():
    assert cli.parse_parameters(["a = b=c "]) == {"a": "b=c"}


def test_usage_errors_share_one_code():
    assert UsageError.exit_code == 2


class TestDiff:
    """The comparison itself is tested in tests/report/test_diff.py."""

    @pytest.fixture
    def reports(self, project):
        """Two reports of one number, an older one beside the project and a newer one in it."""
        folders = project / "archiv" / "2025", project / "report" / "output" / "probe"
        for folder, value in zip(folders, (1, 2), strict=True):
            _write_report(folder, value)
        return folders

    def test_shows_what_differs_and_ends_with_0(self, reports, capsys):
        assert cli.main(["diff", str(reports[0]), "probe"]) == 0
        assert "Zahlen: 1 geändert, 0 neu und 0 entfallen" in capsys.readouterr().out

    @pytest.mark.parametrize(("index", "code"), [(0, 1), (1, 0)])
    def test_the_exit_code_tells_where_it_is_asked_for(self, reports, index, code):
        assert cli.main(["diff", str(reports[index]), "probe", "--exit-code"]) == code

    def test_programs_get_json(self, reports, capsys):
        assert cli.main(["diff", str(reports[0]), "probe", "--json", "-"]) == 0
        assert json.loads(capsys.readouterr().out)["zahlen"][0]["neu"]["value"] == 2

    def test_a_folder_without_report_is_named(self, reports, capsys):
        assert cli.main(["diff", "nirgends", "probe"]) == 2
        assert "»nirgends«" in capsys.readouterr().err


def _write_report(folder, value):
    number = make_number(value, value, value)
    figure = KeyFigure(label="Anträge", number=number)
    block = KeyFiguresBlock(id="kern", title="Kern", figures=(figure,))
    output = nbformat.v4.new_output("display_data", {MIME_TYPE: dump_block(block)})
    cells = [nbformat.v4.new_markdown_cell("# Kern"), nbformat.v4.new_code_cell(outputs=[output])]
    (folder / "notebooks").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "00_kern.ipynb")
    record = {"edition": "probe", "notebooks": [{"name": "00_kern", "sha256": "x"}]}
    (folder / "lauf.json").write_text(json.dumps(record), "utf-8")
