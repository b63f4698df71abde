"""The data dictionary is what the field registry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import dictionary
from analysis.dictionary import TABLE_PURPOSES, render_dictionary
from analysis.fields import OBSERVATION_TABLES, TABLES, Field, load_measures

PAGE = Path(__file__).resolve().parents[1] / "docs" / "data-dictionary.md"


@pytest.fixture(scope="module")
def text():
    return render_dictionary()


def _section(text, title):
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _table_lines(section):
    return [line for line in section.splitlines() if line.startswith("|")]


def test_page_is_up_to_date(text):
    assert PAGE.read_text("utf-8") == text, (
        f"docs/data-dictionary.md passt nicht zum Verzeichnis der Felder: {dictionary.COMMAND}"
    )


def test_every_table_has_a_purpose():
    assert set(TABLE_PURPOSES) == set(TABLES)


@pytest.mark.parametrize("table", [name for name in TABLES if name not in OBSERVATION_TABLES])
def test_every_column_of_a_table_has_one_line_in_order(text, table):
    lines = _table_lines(_section(text, table))[2:]

    assert [line.split("`")[1] for line in lines] == [field.name for field in TABLES[table]]


def test_observations_are_described_once(text):
    section = _section(text, "Observations")
    names = [line.split("`")[1] for line in _table_lines(section)[2:]]

    assert names == [field.name for field in TABLES["case_counts"]]
    assert all(f"- `{name}`" in section for name in OBSERVATION_TABLES)


def test_observation_tables_still_share_their_columns():
    assert {TABLES[name] for name in OBSERVATION_TABLES} == {TABLES["case_counts"]}


def test_every_measure_has_a_line_and_its_terms_are_explained(text):
    section = _section(text, "Registry of measures")
    names = [line.split("`")[1] for line in _table_lines(section)[2:]]
    measures = load_measures().values()

    assert names == [measure.name for measure in measures]
    terms = {m.nature for m in measures} | {m.confidentiality for m in measures}
    assert [term for term in sorted(terms) if f"- `{term}`: " not in section] == []


def test_all_lines_of_a_table_have_the_same_number_of_cells(text):
    for section in text.split("\n## ")[1:]:
        assert len({line.replace("\\|", "").count("|") for line in _table_lines(section)}) == 1


def test_allowed_values_and_uniqueness_are_shown(monkeypatch):
    field = Field("state", "Stand", "a | b", "text", False, ("x", "y"), unique=True)
    monkeypatch.setitem(TABLES, "milestones", (field,))

    line = _table_lines(_section(render_dictionary(), "milestones"))[-1]

    assert line == "| `state` | Stand | text | no, unique | `x`, `y` | a \\| b |"
