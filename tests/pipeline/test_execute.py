"""Running notebooks: success, failures of every kind, several at a time."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis.errors import NotebookError, UsageError
from analysis.pipeline.execute import execute_notebooks
from analysis.pipeline.notebooks import read_info
from analysis.pipeline.tasks import StoppedError, Task

PARAMETERS = {
    "EDITION": "probe",
    "STICHTAG": "2026-01-31",
    "VERGLEICHSSTAEDTE": ["Hamburg"],
    "FENSTER_MONATE": 2,
    "ANNAHMEN": {},
}


@pytest.fixture
def make_task(project):
    def make(notebook, **options):
        return Task(
            info=read_info(notebook),
            root=project,
            target=project / "fertig" / notebook.name,
            partial=project / "teil" / notebook.name,
            **{"parameters": PARAMETERS, **options},
        )

    return make


@pytest.fixture
def run_here(tmp_path):
    """Run one task in this process: quick, and visible to coverage."""
    from analysis.pipeline.engine import run_task

    events = []

    def run(task, stop=None):
        folder = tmp_path / f"k{len(list(tmp_path.glob('k*')))}"
        return run_task(task, folder, emit=events.append, stop=stop or threading.Event())

    run.events = events
    return run


@pytest.mark.kernel
class TestOneNotebook:
    def test_it_sees_its_parameters_and_a_clean_environment(
        self, make_task, run_here, write_notebook, show_block, project, tmp_path, monkeypatch
    ):
        foreign = tmp_path / "fremd" / "kernels" / "python3"
        foreign.mkdir(parents=True)
        spec = {"argv": ["/bin/false"], "display_name": "fremd", "language": "python"}
        (foreign / "kernel.json").write_text(json.dumps(spec), "utf-8")
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "fremd"))
        path = write_notebook(
            "01_zwei",
            "## Umgebung",
            "import json, os, sys, warnings",
            """
            names = ["LAGEBILD_ROOT", "MPLBACKEND", "PYTHONHASHSEED", "PYTHONNOUSERSITE"]
            seen = {name: os.environ[name] for name in names}
            seen |= {"cwd": os.getcwd(), "python": sys.executable, "parameters":
                     [EDITION, STICHTAG, VERGLEICHSSTAEDTE, FENSTER_MONATE, ANNAHMEN]}
            with open("gesehen.json", "w") as file:
                json.dump(seen, file)
            """,
            """
            warnings.warn(f"in {os.getcwd()} und {sys.prefix}")
            print(os.path.join(os.getcwd(), "x"))
            object()
            """,
            show_block("a"),
            blocks=("a",),
        )
        source = path.read_bytes()

        result = run_here(make_task(path))

        assert json.loads((project / "gesehen.json").read_text("utf-8")) == {
            "LAGEBILD_ROOT": str(project),
            "MPLBACKEND": "agg",
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            "cwd": str(project),
            "python": sys.executable,
            "parameters": list(PARAMETERS.values()),
        }
        assert (result.name, result.path) == ("01_zwei", project / "fertig" / "01_zwei.ipynb")
        assert result.blocks == ("a",)
        assert path.read_bytes() == source
        assert not (project / "teil").exists()
        cells = [(e.kind, e.cell, e.cells, e.heading) for e in run_here.events]
        assert cells == [
            ("cell", 1, 6, "Zwei"),
            ("cell", 2, 6, "Zwei"),
            *(("cell", number, 6, "Umgebung") for number in range(3, 7)),
            ("done", 0, 0, ""),
        ]

        first = result.path.read_bytes()
        assert run_here(make_task(path)).path.read_bytes() == first
        text = first.decode("utf-8")
        assert str(project) not in text
        assert str(tmp_path) not in text
        assert sys.prefix not in text
        assert not re.search(
            r'"/(work|root|home|tmp|usr)/|0x[0-9a-f]{6}|papermill|20\d\d-.*T', text
        )

    def test_failing_cell_is_named_with_its_heading(
        self, make_task, run_here, write_notebook, project
    ):
        path = write_notebook(
            "01_zwei", "## Wohngeld", "x = 1", "{}['offen\\nund mehr']", "## Danach", "y = 2"
        )

        with pytest.raises(NotebookError) as caught:
            run_here(make_task(path))

        assert caught.value.message == (
            "Notebook »01_zwei«, Abschnitt »Wohngeld« (Zelle 4 von 5): "
            "KeyError: 'offen\\nund mehr'\n"
            "Teilergebnis: teil/01_zwei.ipynb"
        )
        partial = json.loads((project / "teil" / "01_zwei.ipynb").read_text("utf-8"))
        assert [cell["id"] for cell in partial["cells"]][:2] == ["titel", "parameter"]
        assert str(project) not in json.dumps(partial)
        assert not (project / "fertig").exists()
        assert run_here.events[-1].kind == "failed"

    def test_own_errors_show_only_their_message(self, make_task, run_here, write_notebook):
        path = write_notebook(
            "01_zwei",
            """
            from analysis.errors import DataError
            raise DataError("Es fehlen Daten.\\nBitte nachliefern.")
            """,
        )

        with pytest.raises(NotebookError) as caught:
            run_here(make_task(path))

        assert "(Zelle 3 von 3): Es fehlen Daten.\nBitte nachliefern.\n" in caught.value.message
        assert caught.value.exit_code == 3

    def test_other_blocks_than_declared_fail(
        self, make_task, run_here, write_notebook, show_block, project
    ):
        path = write_notebook("01_zwei", show_block("b"), blocks=("a",))

        with pytest.raises(NotebookError) as caught:
            run_here(make_task(path))

        assert "es fehlt »a«; nicht angekündigt ist »b«" in caught.value.message
        assert "Teilergebnis: teil/01_zwei.ipynb" in caught.value.message
        assert (project / "teil" / "01_zwei.ipynb").exists()
        assert not (project / "fertig" / "01_zwei.ipynb").exists()

    def test_death_of_the_kernel_is_reported(self, make_task, run_here, write_notebook):
        path = write_notebook("01_zwei", "import os", "os._exit(1)")

        with pytest.raises(NotebookError, match=r"Zelle 4 von 4\): Der Kernel wurde unerwartet"):
            run_here(make_task(path))

    def test_time_limit_counts_for_the_whole_notebook(self, make_task, run_here, write_notebook):
        path = write_notebook("01_zwei", "import time", "time.sleep(60)")
        begun = time.monotonic()

        with pytest.raises(NotebookError, match="Die Zeitgrenze von 2 s ist erreicht"):
            run_here(make_task(path, limit=2))

        assert time.monotonic() - begun < 50

    def test_stop_ends_a_long_cell(self, make_task, run_here, write_notebook):
        path = write_notebook("01_zwei", "import time", "time.sleep(60)")
        stop = threading.Event()
        threading.Timer(3, stop.set).start()
        begun = time.monotonic()

        with pytest.raises(StoppedError):
            run_here(make_task(path), stop)

        assert time.monotonic() - begun < 50


def test_nothing_starts_after_stop(make_task, run_here, write_notebook):
    stop = threading.Event()
    stop.set()

    with pytest.raises(StoppedError):
        run_here(make_task(write_notebook("01_zwei")), stop)

    assert run_here.events == []


def test_kernels_talk_through_files_where_possible(tmp_path, monkeypatch):
    from analysis.pipeline import engine

    short = Path("/tmp") if len(str(tmp_path)) > 80 else tmp_path
    assert engine._transport(short) == "ipc"
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    assert engine._transport(deep) == "tcp"
    monkeypatch.delattr(socket, "AF_UNIX")
    assert engine._transport(tmp_path) == "tcp"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (("ValueError", "\x1b[31mrot\x1b[0m\nzwei", ["…"]), "ValueError: rot"),
        (("KeyboardInterrupt", "", ["…"]), "KeyboardInterrupt"),
        (("UsageError", "Nur\nder Text", ["…"]), "Nur\nder Text"),
        (("StadtFehltError", "Nur der Text", ["Nur der Text"]), "Nur der Text"),
        (("ValueError", "x" * 400, ["…"]), f"ValueError: {'x' * 288} …"),
        (("OSError", "/srv/p/a.csv fehlt", ["…"]), "OSError: a.csv fehlt"),
    ],
)
def test_error_of_a_cell_becomes_one_line(error, expected):
    from analysis.pipeline.engine import describe_cell_error

    name, value, trace = error
    described = describe_cell_error(
        SimpleNamespace(ename=name, evalue=value, traceback=trace), Path("/srv/p")
    )

    assert described == expected


def test_missing_variable_stops_before_any_start(make_task, write_notebook, project):
    whole = write_notebook("00_eins", "open('lief', 'w')")
    lacking = write_notebook("01_zwei", parameters="EDITION = None")

    with pytest.raises(NotebookError, match="»01_zwei«: In der Parameterzelle fehlt"):
        execute_notebooks([make_task(whole), make_task(lacking)])

    assert not (project / "lief").exists()


def test_at_least_one_job_is_needed(make_task, write_notebook):
    with pytest.raises(UsageError, match="Mindestens ein Notebook"):
        execute_notebooks([make_task(write_notebook("00_eins"))], jobs=0)


def test_no_tasks_no_results():
    assert execute_notebooks([]) == []


@pytest.mark.kernel
class TestSeveralNotebooks:
    def test_two_run_at_the_same_time_and_keep_their_order(
        self, make_task, write_notebook, project
    ):
        # each waits for the other: one after the other would run into the time limit
        meet = """
            import pathlib, time
            pathlib.Path("da-{own}").touch()
            while not pathlib.Path("da-{other}").exists():
                time.sleep(0.05)
            time.sleep({pause})
            """
        slow = write_notebook("00_eins", meet.format(own=1, other=2, pause=1))
        quick = write_notebook("01_zwei", meet.format(own=2, other=1, pause=0))
        events = []

        results = execute_notebooks(
            [make_task(slow, limit=60), make_task(quick, limit=60)], on_event=events.append
        )

        assert [result.name for result in results] == ["00_eins", "01_zwei"]
        assert [event.name for event in events if event.kind == "done"] == ["01_zwei", "00_eins"]
        assert {event.name for event in events if event.kind == "cell"} == {"00_eins", "01_zwei"}
        assert sorted(path.name for path in (project / "fertig").iterdir()) == [
            "00_eins.ipynb",
            "01_zwei.ipynb",
        ]

    def test_a_failure_ends_the_others(self, make_task, write_notebook, project):
        long = write_notebook("00_eins", "import time; time.sleep(120)")
        failing = write_notebook("01_zwei", "1 / 0")
        waiting = write_notebook("02_drei", "open('lief', 'w')")
        begun = time.monotonic()

        with pytest.raises(NotebookError, match=r"»01_zwei«.*ZeroDivisionError: division by zero"):
            execute_notebooks([make_task(path) for path in (long, failing, waiting)])

        assert time.monotonic() - begun < 60
        assert not (project / "lief").exists()

    def test_death_of_a_worker_is_reported(self, make_task, write_notebook):
        path = write_notebook("00_eins", "import os; os.kill(os.getppid(), 9); os._exit(0)")

        with pytest.raises(NotebookError, match="unerwartet beendet"):
            execute_notebooks([make_task(path)], jobs=1)
