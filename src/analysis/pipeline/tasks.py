"""What is to be run and what came of it; light, because every process loads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from analysis.pipeline.notebooks import NotebookInfo

DEFAULT_LIMIT = 300.0


@dataclass(frozen=True)
class Task:
    """A notebook to run.

    Attributes:
        info: the notebook and what it declares.
        root: project folder; the notebook runs in it.
        target: where the executed notebook goes.
        partial: where it goes instead when it fails.
        parameters: values that papermill injects below the parameters cell.
        limit: seconds that the whole notebook may take.
    """

    info: NotebookInfo
    root: Path
    target: Path
    partial: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    limit: float = DEFAULT_LIMIT

    @property
    def name(self) -> str:
        """Name of the notebook."""
        return self.info.name


@dataclass(frozen=True)
class Result:
    """A notebook that ran and showed what it declares."""

    name: str
    path: Path
    blocks: tuple[str, ...]
    seconds: float


class StopSignal(Protocol):
    """What tells a running notebook to end early: an event of threading or multiprocessing."""

    def is_set(self) -> bool:
        """Return whether to stop."""
        ...


class StoppedError(Exception):
    """A notebook ended early because another one failed or the user interrupted."""
