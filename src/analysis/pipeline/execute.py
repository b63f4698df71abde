"""Runs notebooks several at a time, each in a process and a kernel of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event as StopEvent
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.errors import NotebookError, UsageError
from analysis.pipeline.notebooks import require_variables
from analysis.pipeline.progress import Event, OnEvent, ignore_event
from analysis.pipeline.tasks import Result, StoppedError, Task

DEFAULT_JOBS = 2
_ENGINE_MODULE = "analysis.pipeline.engine"
_POLL_SECONDS = 0.1


def execute_notebooks(
    tasks: Sequence[Task], *, jobs: int = DEFAULT_JOBS, on_event: OnEvent = ignore_event
) -> list[Result]:
    """Run notebooks, ``jobs`` at a time.

    When one fails, those that run are ended and those that wait do not start.

    Args:
        tasks: the notebooks; none depends on another.
        jobs: how many run at the same time.
        on_event: is called in this process for each cell that begins and each notebook's end.

    Returns:
        One result for each task, in the order of the tasks.

    Raises:
        UsageError: ``jobs`` is less than one.
        NotebookError: before any start, a parameters cell lacks a variable; later, the first
            notebook, in the order of the tasks, that failed.
    """
    if jobs < 1:
        raise UsageError(f"Mindestens ein Notebook muss laufen dürfen, nicht {jobs}.")
    for task in tasks:
        require_variables(task.info, task.parameters)
    if not tasks:
        return []
    with _open_pool(min(jobs, len(tasks))) as pool:
        return pool.run(tasks, on_event)


def warm_up() -> None:
    """Begin to load what runs notebooks, in the background; worth it while data are prepared."""
    if _process_context().get_start_method() == "forkserver":
        forkserver.ensure_running()


class _Pool:
    """Worker processes, the queue of their events, and the signal that ends them."""

    def __init__(
        self, workers: ProcessPoolExecutor, events: SimpleQueue[Event], stop: StopEvent, work: Path
    ) -> None:
        self._workers = workers
        self._events = events
        self._stop = stop
        self._work = work

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> list[Result]:
        futures = [
            self._workers.submit(_run_in_worker, task, self._work / str(number))
            for number, task in enumerate(tasks)
        ]
        try:
            self._wait(futures, on_event)
        finally:
            # also after Ctrl-C: nothing may go on running behind the user's back
            self._end(futures)
        return _collect(tasks, futures)

    def _wait(self, futures: Sequence[Future[Result]], on_event: OnEvent) -> None:
        pending = set(futures)
        while pending:
            done, pending = wait(pending, _POLL_SECONDS, FIRST_COMPLETED)
            while not self._events.empty():
                on_event(self._events.get())
            if any(not future.cancelled() and future.exception() for future in done):
                self._end(futures)

    def _end(self, futures: Sequence[Future[Result]]) -> None:
        self._stop.set()
        for future in futures:
            future.cancel()


@contextmanager
def _open_pool(workers: int) -> Iterator[_Pool]:
    context = _process_context()
    events: SimpleQueue[Event] = context.SimpleQueue()
    stop = context.Event()
    with (
        TemporaryDirectory(prefix="lb-") as work,
        ProcessPoolExecutor(workers, context, _start_worker, (events, stop)) as executor,
    ):
        yield _Pool(executor, events, stop, Path(work))


def _process_context() -> BaseContext:
    """Return a context that starts clean processes; never a fork of one that has threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # papermill takes seconds to import: once in the server instead of once in each worker
    context.set_forkserver_preload([_ENGINE_MODULE])
    return context


def _collect(tasks: Sequence[Task], futures: Sequence[Future[Result]]) -> list[Result]:
    ended = [future for future in futures if not future.cancelled()]
    for task, future in zip(tasks, futures, strict=True):
        error = None if future.cancelled() else future.exception()
        if isinstance(error, BrokenProcessPool):
            raise NotebookError(
                f"Der Prozess, der Notebooks ausführt, wurde unerwartet beendet (»{task.name}«), "
                "zum Beispiel aus Mangel an Arbeitsspeicher."
            ) from None
        if error is not None and not isinstance(error, StoppedError):
            raise error
    return [future.result() for future in ended]


_events: SimpleQueue[Event]
_stop: StopEvent


def _start_worker(events: SimpleQueue[Event], stop: StopEvent) -> None:
    global _events, _stop
    _events, _stop = events, stop
    # Ctrl-C reaches the parent, which then sets the signal to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(task: Task, folder: Path) -> Result:
    from analysis.pipeline.engine import run_task  # noqa: PLC0415

    return run_task(task, folder, emit=_events.put, stop=_stop)
