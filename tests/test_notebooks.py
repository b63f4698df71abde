"""The notebooks as they are stored: no outputs, no literal figures in prose, few short cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from analysis.editions import load_edition, project_root

NOTEBOOKS = sorted((project_root() / "notebooks").glob("*.ipynb"))
MARKDOWN_FENCE = re.compile(r"`[^`]*`")
# What may stand in prose with digits: document numbers, legal references, names of registers.
ALLOWED = re.compile(
    r"""
    \b[VA]\s\d{5}\b            # V 16954, A 05635
    | §\s?\d+\w?               # § 75
    | \b\d\.\sKapitel\sSGB\b   # 4. Kapitel SGB XII
    | \b\d{4}-\d{2}-\d{2}\b    # examples of parameters
    """,
    re.VERBOSE,
)


def read_cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def strip_allowed(text: str) -> str:
    return ALLOWED.sub("", MARKDOWN_FENCE.sub("", text))


def list_prose(source: str) -> Iterator[str]:
    """Yield the string literals of a cell that are prose: several words, or a whole sentence."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def test_every_chapter_of_the_edition_has_its_notebook() -> None:
    assert {path.stem for path in NOTEBOOKS} >= set(load_edition("muenchen").chapters)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_explanations_hold_no_literal_figure(path: Path) -> None:
    found = [
        cell.source
        for cell in read_cells(path, "markdown")
        if re.search(r"\d", strip_allowed(cell.source))
    ]
    assert found == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_sentences_and_titles_in_code_hold_no_literal_figure(path: Path) -> None:
    prose = [text for cell in read_cells(path, "code") for text in list_prose(cell.source)]
    assert [text for text in prose if re.search(r"\d", strip_allowed(text))] == []


@pytest.mark.parametrize("text", ["Es sind 4.500 Beschäftigte.", "{zahl} von 37 Einträgen"])
def test_the_search_finds_a_literal_figure(text: str) -> None:
    assert re.search(r"\d", strip_allowed(text))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs_and_with_parameters_first(path: Path) -> None:
    code = read_cells(path, "code")
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert code[0].metadata.tags == ["parameters"]
    assert all(cell.metadata.get("tags", []) == [] for cell in code[1:])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_begins_with_one_title_and_explains_each_section(path: Path) -> None:
    markdown = [cell.source for cell in read_cells(path, "markdown")]
    assert markdown[0].startswith("# ")
    assert sum(len(re.findall(r"(?m)^# ", text)) for text in markdown) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_import_no_files_and_parse_nothing(path: Path) -> None:
    source = "\n".join(cell.source for cell in read_cells(path, "code"))
    assert not re.search(r"\b(open|read_csv|read_parquet|Path)\(", source)
