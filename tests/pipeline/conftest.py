"""A project of its own for each test that needs one: editions, notebooks, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from analysis.editions import project_root
from analysis.presentation.blocks import MIME_TYPE

EDITION = """
title = "Probebericht"
subtitle = "Für Prüfungen"
city = "Musterstadt"
city_label = "Musterstadt"
administration = "Sozialamt"
origin = "documented"
raw = "muster"
chapters = ["00_eins", "01_zwei"]

[parameters]
stichtag = 2026-01-31
vergleichsstaedte = ["Hamburg", "Berlin"]
fenster_monate = 2
"""
PARAMETERS = "\n".join(
    f"{name} = None"
    for name in ("EDITION", "STICHTAG", "VERGLEICHSSTAEDTE", "FENSTER_MONATE", "ANNAHMEN")
)

WriteNotebook = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with the edition »probe«; the command finds it."""
    root = tmp_path / "projekt {1}"
    (root / "report" / "editions").mkdir(parents=True)
    (root / "report" / "editions" / "probe.toml").write_text(EDITION, "utf-8")
    (root / "data" / "raw" / "muster").mkdir(parents=True)
    (root / "data" / "raw" / "muster" / "zahlen.csv").write_text("a;b\n", "utf-8")
    (root / "notebooks").mkdir()
    monkeypatch.setenv("LAGEBILD_ROOT", str(root))
    project_root.cache_clear()
    yield root
    project_root.cache_clear()


@pytest.fixture
def write_notebook(project: Path) -> WriteNotebook:
    """Write a notebook: texts that start with # are Markdown, all others code."""

    def write(
        name: str,
        *cells: str,
        blocks: tuple[str, ...] = (),
        parameters: str | None = PARAMETERS,
        metadata: dict[str, Any] | None = None,
    ) -> Path:
        declared = {"chapter": name[3:], "title": name[3:].title(), "blocks": list(blocks)}
        notebook = {
            "cells": [
                _markdown("titel", f"# {name[3:].title()}"),
                *([_code("parameter", parameters, ["parameters"])] if parameters else []),
                *(_cell(f"zelle-{number}", dedent(text)) for number, text in enumerate(cells)),
            ],
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                },
                "lagebild": declared if metadata is None else metadata,
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = project / "notebooks" / f"{name}.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        return path

    return write


@pytest.fixture
def show_block() -> Callable[[str], str]:
    """Return code that shows a block with an identifier."""

    def code(identifier: str) -> str:
        data = {MIME_TYPE: {"id": identifier}, "text/plain": identifier}
        return f"from IPython.display import display\ndisplay({data!r}, raw=True)"

    return code


def _cell(identifier: str, text: str) -> dict[str, Any]:
    return _markdown(identifier, text) if text.startswith("#") else _code(identifier, text, [])


def _markdown(identifier: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identifier, "metadata": {}, "source": text}


def _code(identifier: str, text: str, tags: list[str]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": identifier,
        "metadata": {"tags": tags} if tags else {},
        "source": text,
        "outputs": [],
        "execution_count": None,
    }
