"""What happens during a build, and how it is shown while it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: a step of the build begins (``step``); a notebook runs its next ``cell``, is
            ``done``, has ``failed``.
        name: text of the step or name of the notebook.
        cell: which code cell runs, counted from 1.
        cells: how many code cells the notebook has.
        heading: nearest heading above the cell.
        seconds: how long the notebook took (``done`` only).
    """

    kind: Literal["step", "cell", "done", "failed"]
    name: str
    cell: int = 0
    cells: int = 0
    heading: str = ""
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """Show nothing."""


@contextmanager
def show_progress(console: Console) -> Iterator[OnEvent]:
    """Show events on ``console``: moving bars on a terminal, otherwise plain lines."""
    if not console.is_terminal:
        yield lambda event: _print_line(console, event)
        return
    with _new_bars(console) as bars:
        yield _Bars(bars).show


def _print_line(console: Console, event: Event) -> None:
    """Print what is over or begins; single cells would only make a log longer."""
    lines = {
        "step": event.name,
        "done": f"  {event.name}: fertig nach {_seconds(event.seconds)}",
        "failed": f"  {event.name}: fehlgeschlagen",
    }
    if event.kind in lines:
        console.print(lines[event.kind], markup=False, highlight=False)


class _Bars:
    """One bar for each notebook that has begun."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def show(self, event: Event) -> None:
        if event.kind == "step":
            self._bars.console.print(event.name, markup=False, highlight=False)
            return
        task = self._task(event.name)
        if event.kind == "cell":
            where = f"Zelle {event.cell} von {event.cells}  {event.heading}"
            self._bars.update(task, total=event.cells, completed=event.cell - 1, where=where)
        elif event.kind == "done":
            where = f"fertig nach {_seconds(event.seconds)}"
            self._bars.update(task, completed=self._bars.tasks[task].total, where=where)
        else:
            self._bars.update(task, where="fehlgeschlagen")

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=None, where="")
        return self._tasks[name]


def _new_bars(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    return Progress(
        TextColumn("  {task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[where]}", markup=False),
        console=console,
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s".replace(".", ",")
