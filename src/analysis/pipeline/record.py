"""The run record (lauf.json): what a report was built from, the same for the same inputs."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.editions import Edition
from analysis.pipeline.notebooks import NotebookInfo

# what shapes figures, charts and page; all others follow from requirements.lock
_PACKAGES = (
    "ipykernel",
    "lagebild",
    "matplotlib",
    "nbclient",
    "nbconvert",
    "pandas",
    "pandera",
    "papermill",
    "pyarrow",
    "pydantic",
)


def make_record(
    edition: Edition,
    *,
    original: Edition,
    notebooks: Sequence[NotebookInfo],
    findings: pd.DataFrame,
    states: Mapping[str, Any],
    root: Path,
) -> dict[str, Any]:
    """Return the run record of a build; it holds no time of day and no machine path.

    Args:
        edition: as it was built, with the parameters in effect.
        original: as its file has it.
        notebooks: the chapters in order.
        findings: what cleaning and validation found; column ``severity`` is counted.
        states: state of each measure and demand (``report.progress.record_states``).
        root: project folder.
    """
    return {
        "edition": edition.name,
        "parameter": _parameters(edition),
        "abweichungen": list_deviations(edition, original),
        "versionen": {"python": platform.python_version()} | {n: version(n) for n in _PACKAGES},
        "eingaben": {_relative(path, root): hash_file(path) for path in _inputs(edition, root)},
        "notebooks": [
            {
                "name": info.name,
                "kapitel": info.chapter,
                "sha256": hash_file(info.path),
                "bausteine": list(info.blocks),
            }
            for info in notebooks
        ],
        "befunde": count_findings(findings),
        "programm": hash_program(root),
        "stand": dict(states),
    }


def list_checksums(record: Mapping[str, Any]) -> dict[str, str]:
    """Return path and SHA-256 of all that a report was made from: data, settings, notebooks."""
    notebooks = {f"notebooks/{each['name']}.ipynb": each["sha256"] for each in record["notebooks"]}
    return {**record["eingaben"], **notebooks}


def list_deviations(edition: Edition, original: Edition) -> dict[str, dict[str, Any]]:
    """Return the parameters that differ from the edition's file: name to both values."""
    before, now = _parameters(original), _parameters(edition)
    return {
        name: {"edition": before[name], "verwendet": now[name]}
        for name in now
        if now[name] != before[name]
    }


def count_findings(findings: pd.DataFrame) -> dict[str, int]:
    """Return how many findings there are of each severity."""
    counts = findings["severity"].value_counts()
    return {str(severity): int(count) for severity, count in sorted(counts.items(), key=str)}


def hash_file(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_program(root: Path) -> str:
    """Return one checksum of the program and its templates: the method of a report."""
    package, templates = Path(__file__).parents[1], root / "report" / "template"
    digest = hashlib.sha256()
    for base in (package, templates):
        for path in sorted(base.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(base).as_posix()
                digest.update(f"{name} {hash_file(path)}\n".encode())
    return digest.hexdigest()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` with sorted keys, so that the same content gives the same bytes."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(f"{text}\n", "utf-8")


def _parameters(edition: Edition) -> dict[str, Any]:
    return edition.parameters.model_dump(mode="json")


def _inputs(edition: Edition, root: Path) -> list[Path]:
    raw = (path for path in (root / "data" / "raw" / edition.raw).rglob("*") if path.is_file())
    files = (root / "report" / "editions" / f"{edition.name}.toml", root / "requirements.lock")
    return sorted([*raw, *(path for path in files if path.is_file())])


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
