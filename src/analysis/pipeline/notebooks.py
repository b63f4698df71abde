"""Notebook files: what they declare, what they show, and how they are kept free of noise.

Works on the JSON form of a notebook and needs no notebook library.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import NotebookError
from analysis.presentation.blocks import MIME_TYPE

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
_MARKER_TAG = "papermill-error-cell-tag"

_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*\s*$", re.MULTILINE)
_CELL_FILE = re.compile(r"(?<![^\s\"'<>()])[^\s\"'<>()]*[/\\]ipykernel_\d+[/\\]\d+\.py")
_CELL_NAME = re.compile(r"\b\d{5,}\.py\b")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class NotebookInfo:
    """What a notebook says about itself.

    Attributes:
        path: the file.
        chapter: name of the chapter, the same as that of its indicator module.
        title: chapter title in German.
        blocks: identifiers of the blocks that it must show, in order.
        variables: names that its parameters cell assigns.
    """

    path: Path
    chapter: str
    title: str
    blocks: tuple[str, ...]
    variables: frozenset[str]

    @property
    def name(self) -> str:
        """File name without ending, as editions list it."""
        return self.path.stem


def read_info(path: Path) -> NotebookInfo:
    """Read what the notebook at ``path`` declares.

    Raises:
        NotebookError: the file is missing or no notebook, its metadata lack ``lagebild`` with
            ``chapter``, ``title`` and ``blocks``, a block is declared twice, or no cell carries
            the tag ``parameters``.
    """
    notebook = read_notebook(path)
    declared = notebook.get("metadata", {}).get("lagebild", {})
    missing = [key for key in ("chapter", "title", "blocks") if key not in declared]
    if missing:
        raise NotebookError(
            f"Notebook »{path.stem}«: In den Metadaten (lagebild) fehlt {', '.join(missing)}."
        )
    twice = _repeated(declared["blocks"])
    if twice:
        raise NotebookError(
            f"Notebook »{path.stem}«: Baustein mehrfach angekündigt: {_quote(twice)}."
        )
    return NotebookInfo(
        path=path,
        chapter=declared["chapter"],
        title=declared["title"],
        blocks=tuple(declared["blocks"]),
        variables=_assigned_names(_parameters_source(notebook, path.stem), path.stem),
    )


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the JSON form of the notebook at ``path``.

    Raises:
        NotebookError: the file is missing or no notebook.
    """
    try:
        notebook = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NotebookError(f"Notebook »{path.stem}« gibt es nicht: {path.name} fehlt.") from None
    except ValueError as error:
        raise NotebookError(f"Notebook »{path.stem}« ist nicht lesbar: {error}") from None
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise NotebookError(f"Notebook »{path.stem}« ist nicht lesbar: Es hat keine Zellen.")
    return notebook


def require_variables(info: NotebookInfo, parameters: Mapping[str, object]) -> None:
    """Check that the parameters cell of a notebook assigns each name that it will be given.

    Raises:
        NotebookError: a name is missing there, so that its value would be without effect.
    """
    missing = sorted(set(parameters) - info.variables)
    if missing:
        raise NotebookError(
            f"Notebook »{info.name}«: In der Parameterzelle fehlt {', '.join(missing)}."
        )


def require_blocks(info: NotebookInfo, shown: Sequence[str]) -> None:
    """Check that a notebook shows exactly the blocks that it declares.

    Raises:
        NotebookError: names the blocks that are missing, undeclared or shown twice.
    """
    problems = (
        ("es fehlt", sorted(set(info.blocks) - set(shown))),
        ("nicht angekündigt ist", sorted(set(shown) - set(info.blocks))),
        ("mehrfach gezeigt wird", _repeated(shown)),
    )
    described = [f"{words} {_quote(ids)}" for words, ids in problems if ids]
    if described:
        raise NotebookError(
            f"Notebook »{info.name}« zeigt nicht die Bausteine, die es ankündigt: "
            f"{'; '.join(described)}."
        )


def list_blocks(notebook: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of all blocks in the outputs of a notebook, in order."""
    return [
        str(output["data"][MIME_TYPE].get("id", "?"))
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if MIME_TYPE in output.get("data", {})
    ]


def heading_above(cells: Sequence[Mapping[str, Any]], index: int) -> str:
    """Return the nearest heading above the cell at ``index``, or an empty string."""
    for cell in reversed(cells[: index + 1]):
        if cell["cell_type"] == "markdown":
            headings = _HEADING.findall(_source(cell))
            if headings:
                return str(headings[-1])
    return ""


def clean_notebook(notebook: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return an executed notebook without anything that differs between machines or runs.

    Timing, papermill's record and marks, and random cell identifiers are left out. In outputs,
    paths become relative to ``root``, and memory addresses are blotted out.
    """
    metadata = {
        key: value
        for key, value in notebook["metadata"].items()
        if key not in {"papermill", "widgets", "language_info"}
    }
    metadata["language_info"] = {"name": "python"}
    replacements = _machine_paths(root)
    cells = [
        _clean_cell(cell, replacements)
        for cell in notebook["cells"]
        if _MARKER_TAG not in cell["metadata"].get("tags", ())
    ]
    return {**notebook, "metadata": metadata, "cells": cells}


def clean_text(text: str, root: Path) -> str:
    """Return ``text`` without machine paths and memory addresses."""
    return _clean_text(text, _machine_paths(root))


def _clean_cell(
    cell: Mapping[str, Any], replacements: Sequence[tuple[re.Pattern[str], str]]
) -> dict[str, Any]:
    metadata = {
        key: value
        for key, value in cell["metadata"].items()
        if key not in {"papermill", "execution"} and not (key == "tags" and not value)
    }
    cleaned = {**cell, "metadata": metadata}
    if INJECTED_TAG in metadata.get("tags", ()):
        cleaned["id"] = INJECTED_TAG
    if "outputs" in cell:
        cleaned["outputs"] = [_clean_json(output, replacements) for output in cell["outputs"]]
    return cleaned


def _clean_json(value: Any, replacements: Sequence[tuple[re.Pattern[str], str]]) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return _clean_text(value, replacements)
    if isinstance(value, Mapping):
        return {key: _clean_json(item, replacements) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_json(item, replacements) for item in value]
    return value


def _clean_text(text: str, replacements: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in replacements:
        text = pattern.sub(replacement, text)
    return text


def _machine_paths(root: Path) -> list[tuple[re.Pattern[str], str]]:
    # the longest path first: the environment often lies in the project, both in the home folder
    known = {str(root): "", sys.prefix: "<python>/", sys.base_prefix: "<python>/"}
    known.setdefault(str(Path.home()), "~/")
    ordered = sorted((item for item in known.items() if len(item[0]) > 1), key=_by_length)
    paths = [
        (re.compile(rf"(?<![\w.:/-]){re.escape(path)}(?:/|(?![\w.-]))"), short)
        for path, short in ordered
    ]
    return [(_CELL_FILE, "<Zelle>"), *paths, (_CELL_NAME, "<Zelle>"), (_ADDRESS, "at 0x…")]


def _by_length(item: tuple[str, str]) -> int:
    return -len(item[0])


def _parameters_source(notebook: Mapping[str, Any], name: str) -> str:
    for cell in notebook["cells"]:
        if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", ()):
            return _source(cell)
    raise NotebookError(f"Notebook »{name}«: Keine Zelle trägt die Markierung »{PARAMETERS_TAG}«.")


def _assigned_names(source: str, name: str) -> frozenset[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise NotebookError(
            f"Notebook »{name}«: Die Parameterzelle ist kein gültiges Python: {error.msg}."
        ) from None
    return frozenset(_targets(tree))


def _targets(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[*targets]):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def _source(cell: Mapping[str, Any]) -> str:
    # stored notebooks hold the lines of a cell in a list, those in memory one text
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _repeated(items: Sequence[str]) -> list[str]:
    return sorted(item for item, count in Counter(items).items() if count > 1)


def _quote(items: Sequence[str]) -> str:
    return ", ".join(f"»{item}«" for item in items)
