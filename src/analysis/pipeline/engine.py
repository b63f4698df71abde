"""One notebook, run by papermill in a kernel of this interpreter.

Importing this module takes seconds (papermill); only the processes that run notebooks do.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis.errors import LagebildError, NotebookError
from analysis.pipeline.notebooks import (
    clean_notebook,
    clean_text,
    heading_above,
    list_blocks,
    read_notebook,
    require_blocks,
)
from analysis.pipeline.progress import Event, OnEvent
from analysis.pipeline.tasks import Result, StoppedError, StopSignal, Task

_ENGINE = "lagebild"
_START_LIMIT = 60
_OUTPUT_LIMIT = 30
_LONGEST_REASON = 300
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run_task(task: Task, folder: Path, *, emit: OnEvent, stop: StopSignal) -> Result:
    """Run one notebook and write it, cleaned, to ``task.target``.

    Args:
        task: the notebook, its parameters and its time limit.
        folder: a new folder with a short path for sockets and the notebook while it runs.
        emit: is told of each cell that begins, and of the end.
        stop: ends the notebook early when it is set.

    Raises:
        NotebookError: a cell failed, the kernel died or did not start, time ran out, or the
            blocks are not those declared. What there is of the notebook is in ``task.partial``.
        StoppedError: ``stop`` was set.
    """
    if stop.is_set():
        raise StoppedError
    folder.mkdir(parents=True)
    run = _Run(task, folder, emit, stop)
    begun = time.monotonic()
    try:
        blocks = run.execute()
    except NotebookError:
        emit(Event("failed", task.name))
        raise
    seconds = time.monotonic() - begun
    emit(Event("done", task.name, seconds=seconds))
    return Result(task.name, task.target, blocks, seconds)


class _Run:
    """The state of one notebook while it runs."""

    def __init__(self, task: Task, folder: Path, emit: OnEvent, stop: StopSignal) -> None:
        self.task = task
        self.folder = folder
        self.output = folder / "n.ipynb"
        self.emit = emit
        self.stop = stop
        self.deadline = time.monotonic() + task.limit
        self.cell = 0
        self.cells = 0
        self.heading = ""

    def execute(self) -> tuple[str, ...]:
        try:
            self._run_papermill()
            notebook = self._store(self.task.target)
            blocks = list_blocks(notebook)
            require_blocks(self.task.info, blocks)
        except NotebookError as error:
            self._keep_partial()
            raise NotebookError(f"{error.message}\n{self._where_partial()}") from None
        return tuple(blocks)

    def _run_papermill(self) -> None:
        try:
            papermill.execute_notebook(
                _literal(self.task.info.path),
                _literal(self.output),
                parameters=dict(self.task.parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                run=self,
            )
        except PapermillExecutionError as error:
            raise self._failure(describe_cell_error(error, self.task.root)) from None
        except CellTimeoutError:
            raise self._failure(f"Die Zeitgrenze von {self.task.limit:g} s ist erreicht.") from None
        except DeadKernelError:
            if self.stop.is_set():
                raise StoppedError from None
            raise self._failure(
                "Der Kernel wurde unerwartet beendet, zum Beispiel aus Mangel an Arbeitsspeicher."
            ) from None
        except (RuntimeError, TimeoutError) as error:
            if self.stop.is_set():
                raise StoppedError from None
            raise self._failure(f"Der Kernel ist nicht bereit: {_first_line(str(error))}") from None

    def note_cell(self, *, cells: list[Any], index: int) -> None:
        """Tell which code cell begins, and what stands above it."""
        if cells[index]["cell_type"] != "code":
            return
        if self.stop.is_set():
            raise StoppedError
        self.cell += 1
        self.cells = sum(cell["cell_type"] == "code" for cell in cells)
        self.heading = heading_above(cells, index)
        self.emit(Event("cell", self.task.name, self.cell, self.cells, self.heading))

    def seconds_left(self, _cell: object) -> int:
        """Return what is left of the notebook's time, at least one second."""
        return max(1, math.ceil(self.deadline - time.monotonic()))

    @contextmanager
    def watch(self, process_id: Callable[[], int | None]) -> Iterator[None]:
        """Kill the kernel as soon as ``stop`` is set, even in the middle of a long cell."""
        over = threading.Event()

        def wait_for_stop() -> None:
            while not over.wait(0.2):
                kernel = process_id()
                if self.stop.is_set() and kernel is not None:
                    with suppress(ProcessLookupError):
                        os.kill(kernel, signal.SIGKILL)
                    return

        watcher = threading.Thread(target=wait_for_stop, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _failure(self, reason: str) -> NotebookError:
        where = f", Abschnitt »{self.heading}«" if self.heading else ""
        which = f" (Zelle {self.cell} von {self.cells})" if self.cell else ""
        return NotebookError(f"Notebook »{self.task.name}«{where}{which}: {reason}")

    def _store(self, path: Path) -> dict[str, Any]:
        notebook = clean_notebook(read_notebook(self.output), self.task.root)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(f"{text}\n", "utf-8")
        return notebook

    def _keep_partial(self) -> None:
        self.task.target.unlink(missing_ok=True)
        with suppress(NotebookError):
            self._store(self.task.partial)

    def _where_partial(self) -> str:
        partial = self.task.partial
        if not partial.exists():
            return "Ein Teilergebnis gibt es nicht."
        if partial.is_relative_to(self.task.root):
            partial = partial.relative_to(self.task.root)
        return f"Teilergebnis: {partial.as_posix()}"


class _OwnKernel(AsyncKernelManager):
    """Starts the interpreter that runs this process, whatever kernels are installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


class _Engine(NBClientEngine):  # type: ignore[misc]
    """Papermill's way to nbclient, with our kernel, progress and time limit."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, run: _Run, **_options: object
    ) -> None:
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=_OwnKernel,
            config=_kernel_config(run.folder),
            startup_timeout=_START_LIMIT,
            iopub_timeout=_OUTPUT_LIMIT,
            timeout_func=run.seconds_left,
            shutdown_kernel="immediate",
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=lambda cell, cell_index: run.note_cell(
                cells=nb_man.nb.cells, index=cell_index
            ),
            log=logging.getLogger("papermill"),
        )
        with run.watch(lambda: _process_id(client)):
            client.execute(cwd=str(run.task.root), env=_environment(run))


def describe_cell_error(error: PapermillExecutionError, root: Path) -> str:
    """Return the error of a cell as one line; of the project's own errors, their message."""
    value = clean_text(_ANSI.sub("", error.evalue), root).strip()
    if error.ename in _own_errors() or [error.evalue] == error.traceback:
        return value
    return _first_line(f"{error.ename}: {value}" if value else error.ename)


def _own_errors() -> set[str]:
    return {kind.__name__ for kind in _all_kinds(LagebildError)}


def _all_kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _all_kinds(narrower)


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]} …"


def _literal(path: Path) -> str:
    # papermill fills in {names} in paths
    return str(path).replace("{", "{{").replace("}", "}}")


def _process_id(client: PapermillNotebookClient) -> int | None:
    provisioner = getattr(client.km, "provisioner", None)
    return getattr(provisioner, "pid", None)


def _kernel_config(folder: Path) -> Config:
    # kernels that start at the same time can take each other's TCP port; files cannot clash
    kernel = {"connection_file": str(folder / "k.json"), "transport": _transport(folder)}
    return Config({"KernelManager": kernel})


def _transport(folder: Path) -> str:
    """Return ``ipc`` where the folder can hold sockets (system, file system, length of path)."""
    probe = folder / "k-ipc-probe"
    try:
        with socket.socket(socket.AF_UNIX) as test:
            test.bind(str(probe))
    except (AttributeError, OSError):
        return "tcp"
    probe.unlink()
    return "ipc"


def _environment(run: _Run) -> dict[str, str]:
    """Return the kernel's environment: nothing of the user's own set-up reaches the report."""
    return {
        **os.environ,
        "LAGEBILD_ROOT": str(run.task.root),
        "IPYTHONDIR": str(run.folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(run.folder),
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


papermill_engines.register(_ENGINE, _Engine)
for _name in ("papermill", "traitlets"):
    # their messages repeat, in English, what NotebookError says
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False
