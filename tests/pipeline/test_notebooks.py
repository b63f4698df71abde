"""Notebook files: declarations, blocks, headings, noise."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest

from analysis.errors import NotebookError
from analysis.pipeline.notebooks import (
    clean_notebook,
    clean_text,
    heading_above,
    list_blocks,
    read_info,
    require_blocks,
    require_variables,
)
from analysis.presentation.blocks import MIME_TYPE


def test_info_holds_what_the_notebook_declares(write_notebook):
    info = read_info(write_notebook("01_zwei", "x = 1", blocks=("a", "b")))

    assert (info.name, info.chapter, info.title) == ("01_zwei", "zwei", "Zwei")
    assert info.blocks == ("a", "b")
    assert info.variables == {
        "EDITION",
        "STICHTAG",
        "VERGLEICHSSTAEDTE",
        "FENSTER_MONATE",
        "ANNAHMEN",
    }


def test_annotated_variables_count_as_parameters(write_notebook):
    path = write_notebook("01_zwei", parameters="EDITION: str | None = None\nA = B = 1")

    assert read_info(path).variables == {"EDITION", "A", "B"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"metadata": {"chapter": "zwei"}}, "fehlt title, blocks"),
        ({"blocks": ("a", "b", "a")}, "mehrfach angekündigt: »a«"),
        ({"parameters": None}, "Keine Zelle trägt die Markierung »parameters«"),
        ({"parameters": "EDITION ="}, "kein gültiges Python"),
    ],
)
def test_incomplete_declarations_are_refused(write_notebook, arguments, expected):
    path = write_notebook("01_zwei", **arguments)

    with pytest.raises(NotebookError, match="Notebook »01_zwei«") as caught:
        read_info(path)

    assert expected in caught.value.message


@pytest.mark.parametrize("content", [None, "kein JSON", "[]", "{}"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "01_zwei.ipynb"
    if content is not None:
        path.write_text(content, "utf-8")

    with pytest.raises(NotebookError, match=r"gibt es nicht|nicht lesbar"):
        read_info(path)


def test_missing_variable_is_named(write_notebook):
    info = read_info(write_notebook("01_zwei", parameters="EDITION = None"))

    require_variables(info, {"EDITION": "probe"})
    with pytest.raises(NotebookError, match="In der Parameterzelle fehlt STICHTAG"):
        require_variables(info, {"EDITION": "probe", "STICHTAG": "2026-01-31"})


def test_blocks_have_to_be_exactly_those_declared(write_notebook):
    info = read_info(write_notebook("01_zwei", blocks=("a", "b", "c")))

    require_blocks(info, ["c", "a", "b"])
    with pytest.raises(NotebookError) as caught:
        require_blocks(info, ["a", "a", "d"])

    assert "es fehlt »b«, »c«" in caught.value.message
    assert "nicht angekündigt ist »d«" in caught.value.message
    assert "mehrfach gezeigt wird »a«" in caught.value.message


def test_blocks_are_listed_in_the_order_shown():
    block = {"output_type": "display_data", "metadata": {}}
    first, second = ({**block, "data": {MIME_TYPE: {"id": name}}} for name in ("b", "a"))
    other = {**block, "data": {"text/plain": "a"}}
    stream = {"output_type": "stream", "name": "stdout", "text": "a"}
    cells = [{"outputs": [first, stream, other]}, {"source": ""}, {"outputs": [second]}]

    assert list_blocks({"cells": cells}) == ["b", "a"]


def test_heading_is_the_last_one_above():
    cells = [
        {"cell_type": "markdown", "source": ["# Titel\n", "Text\n", "\n", "## Abschnitt ##\n"]},
        {"cell_type": "markdown", "source": "nur Text, #keine Überschrift"},
        {"cell_type": "code", "source": "# kein Markdown"},
        {"cell_type": "markdown", "source": "### Danach"},
    ]

    assert heading_above(cells, 2) == "Abschnitt"
    assert heading_above(cells, 3) == "Danach"
    assert heading_above(cells[2:], 0) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{root}/data/x.csv fehlt", "data/x.csv fehlt"),
        ("in {root}: nichts", "in : nichts"),
        ("{root}-2/x", "{root}-2/x"),
        ('File "{prefix}/lib/x.py"', 'File "<python>/lib/x.py"'),
        ("{home}/x", "~/x"),
        ("/var/tmp/ipykernel_471/1234567.py:3: Warnung", "<Zelle>:3: Warnung"),
        ("invalid syntax (1234567.py, line 1)", "invalid syntax (<Zelle>, line 1)"),
        ("<object object at 0x7f00aa>", "<object object at 0x…>"),
        ("Adresse {home_in_url}", "Adresse {home_in_url}"),
    ],
)
def test_text_loses_machine_paths_and_addresses(text, expected):
    root = Path("/srv/projekt")
    names = {
        "root": root,
        "prefix": sys.prefix,
        "home": Path.home(),
        "home_in_url": f"example.org{Path.home()}/x",
    }

    assert clean_text(text.format(**names), root) == expected.format(**names)


def test_cleaning_leaves_no_trace_of_the_run(write_notebook):
    notebook = json.loads(write_notebook("01_zwei", "## Teil", "1").read_text("utf-8"))
    expected = copy.deepcopy(notebook)
    expected["metadata"]["language_info"] = {"name": "python"}
    expected["cells"][1]["metadata"] = {"tags": ["parameters"]}
    executed = copy.deepcopy(notebook)
    executed["metadata"] |= {"papermill": {"input_path": "/x"}, "widgets": {}}
    executed["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
    for cell in executed["cells"]:
        cell["metadata"] |= {"papermill": {"duration": 1.5}, "execution": {}}
        cell["metadata"].setdefault("tags", [])
    marker = {**notebook["cells"][0], "metadata": {"tags": ["papermill-error-cell-tag"]}}
    executed["cells"].insert(0, marker)

    assert clean_notebook(executed, Path("/srv")) == expected


def test_injected_cell_gets_a_fixed_identifier():
    cell = {
        "cell_type": "code",
        "id": "f00dcafe",
        "metadata": {"tags": ["injected-parameters"]},
        "outputs": [],
        "source": "",
    }

    cleaned = clean_notebook({"cells": [cell], "metadata": {}}, Path("/srv"))

    assert cleaned["cells"][0]["id"] == "injected-parameters"


def test_outputs_are_cleaned_at_any_depth():
    data = {MIME_TYPE: {"id": "a", "rows": [["/srv/x.csv", 1, None]]}}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [{"data": data}], "source": "/srv/x"}

    cleaned = clean_notebook({"cells": [cell], "metadata": {}}, Path("/srv"))["cells"][0]

    assert cleaned["outputs"][0]["data"][MIME_TYPE]["rows"] == [["x.csv", 1, None]]
    assert cleaned["source"] == "/srv/x"
