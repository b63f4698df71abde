"""The annex and the terminal say what differs, and no more than that."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis.presentation.blocks import Block, TableBlock, TextBlock, dump_block, parse_block
from analysis.report.diff import Changes, compare
from analysis.report.diff_causes import InputChange, Reason
from analysis.report.diff_text import (
    UNKNOWN_REASON,
    changes_to_json,
    describe_changes,
    list_annex_blocks,
    make_changes_chapter,
    say_reasons,
)
from analysis.report.quarto import write_quarto_project
from analysis.report.render import Frontmatter, build_view

_SPEC = importlib.util.spec_from_file_location(
    "lagebild_diff_cases", Path(__file__).with_name("diff_cases.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
cases = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(cases)


def _states(**measures: str) -> dict[str, Any]:
    entries = [{"kennung": k, "name": f"Maßnahme {k}", "stand": s} for k, s in measures.items()]
    return {"stand": {"massnahmen": entries, "forderungen": []}}


@pytest.fixture
def changes() -> Changes:
    """One number changed, one new, one hidden; a title, a measure; new data."""
    heads = ["Jahr", "Anträge"]
    close = cases.number(7).model_copy(update={"value": 7.000000000000001})
    old = cases.table_block(
        [["2023", cases.number(7)], ["2024", cases.number(10)]], heads, title="Es sinkt"
    )
    new = cases.table_block(
        [["2023", close], ["2024", cases.number(12)], ["2025", cases.number(13)]],
        heads,
        title="Es steigt",
    )
    return compare(
        cases.report(old, record=_states(a="geplant", b="produktiv")),
        cases.report(
            new, record=_states(a="Einführung", b="produktiv") | {"eingaben": {cases.RAW: "a2"}}
        ),
    )


def _by_id(changes: Changes, **options: Any) -> dict[str, Block]:
    return {block.id: block for block in list_annex_blocks(changes, **options)}


def _rows(block: Block) -> list[list[str]]:
    assert isinstance(block, TableBlock)
    return [[cell.text for cell in row] for row in block.table.rows]


def _read(block: Block) -> str:
    assert isinstance(block, TextBlock)
    return "".join(s.words + (s.number.text if s.number else "") for s in block.segments)


def test_the_overview_counts_what_differs(changes: Changes) -> None:
    text = _read(_by_id(changes)["aenderungen-ueberblick"])
    assert "»probe«, Stichtag 31.01.2026" in text
    assert "2 geändert, 1 neu und 0 entfallen" in text
    assert "bei 1 der geänderten liegt der Unterschied hinter den gezeigten Stellen" in text


def test_numbers_stand_side_by_side_with_the_reason(changes: Changes) -> None:
    rows = _rows(_by_id(changes)["aenderungen-zahlen"])
    assert rows == [
        ["Es steigt", "2024: Anträge", "10", "12", "Anträge", "neue Daten (zahlen.csv)"],
        ["Es steigt", "2025: Anträge", "–", "13", "Anträge", "neue Daten (zahlen.csv)"],
    ]


def test_old_numbers_lead_to_no_rows_that_may_be_gone(changes: Changes) -> None:
    block = _by_id(changes)["aenderungen-zahlen"]
    assert isinstance(block, TableBlock)
    old, new = block.table.rows[0][2].number, block.table.rows[0][3].number
    assert old is not None
    assert new is not None
    assert (old.value, old.origins) == (10, ())
    assert new.origins


def test_the_list_of_numbers_says_what_it_leaves_out(changes: Changes) -> None:
    block = _by_id(changes, most=1)["aenderungen-zahlen"]
    assert isinstance(block, TableBlock)
    assert len(block.table.rows) == 1
    assert "Eine weitere Änderung zählt die Übersicht" in block.note
    places = _rows(_by_id(changes, most=1)["aenderungen-stellen"])
    assert places == [["Es steigt", "Probe", "2", "1", "0", "neue Daten (zahlen.csv)"]]


def test_progress_names_every_measure_and_judges_by_its_states(changes: Changes) -> None:
    block = _by_id(changes)["fortschritt-massnahmen"]
    assert isinstance(block, TableBlock)
    assert block.title == "Maßnahmen: 1 unverändert und 1 weiter als zuvor"
    assert _rows(block) == [
        ["a", "Maßnahme a", "geplant", "Einführung", "weiter als zuvor"],
        ["b", "Maßnahme b", "produktiv", "produktiv", "unverändert"],
    ]
    assert "fortschritt-forderungen" not in _by_id(changes)


def test_without_record_of_states_nothing_is_claimed() -> None:
    block = _by_id(compare(cases.report(), cases.report(record=_states(a="geplant"))))[
        "fortschritt-massnahmen"
    ]
    assert isinstance(block, TableBlock)
    assert block.title == "Maßnahmen: Ein Vergleich mit dem früheren Bericht ist nicht möglich"
    assert _rows(block) == [["a", "Maßnahme a", "–", "geplant", "nicht vergleichbar"]]


def test_titles_inputs_and_blocks_are_listed(changes: Changes) -> None:
    found = _by_id(changes)
    assert _rows(found["aenderungen-titel"]) == [["tabelle", "Probe", "Es sinkt", "Es steigt"]]
    assert _rows(found["aenderungen-ursachen"]) == [["neue Daten", cases.RAW, "geändert", "–"]]
    block = cases.table_block([["2024", cases.number(1)]], ["Jahr", "Wert"])
    gone = _by_id(compare(cases.report(block), cases.report()))
    assert _rows(gone["aenderungen-bausteine"]) == [["Eine Tabelle", "Probe", "Tabelle", "–", "1"]]
    # What went with its block is counted there, not listed one by one.
    assert "aenderungen-zahlen" not in gone


def test_nothing_changed_is_one_sentence() -> None:
    (block,) = list_annex_blocks(compare(cases.report(), cases.report()))
    assert _read(block).endswith("Alle Zahlen, Titel und Texte sind dieselben.")


def test_blocks_of_the_annex_are_blocks(changes: Changes) -> None:
    for block in list_annex_blocks(changes, synthetic=True):
        assert block.synthetic
        assert parse_block(json.loads(json.dumps(dump_block(block)))) == block
        if isinstance(block, TableBlock):
            assert all(len(row) == len(block.table.columns) for row in block.table.rows)
            assert block.table.rows


def test_the_annex_is_a_chapter_with_its_own_headings(changes: Changes) -> None:
    chapter = make_changes_chapter(changes)
    assert [(h.level, h.text) for h in chapter.headings] == [
        (2, "Änderungen"),
        (3, "Fortschritt der Maßnahmen und Forderungen"),
        (3, "Was sich in Zahlen und Aussagen geändert hat"),
    ]
    assert [block.id for block in chapter.blocks] == [
        "aenderungen-ueberblick", "fortschritt-massnahmen", "aenderungen-ursachen",
        "aenderungen-stellen", "aenderungen-zahlen", "aenderungen-titel",
    ]  # fmt: skip
    anchors = [*(h.anchor for h in chapter.headings), *(p.anchor for p in chapter.placed)]
    assert len(set(anchors)) == len(anchors)
    same = make_changes_chapter(compare(cases.report(), cases.report()))
    assert [h.text for h in same.headings] == ["Änderungen"]


def test_the_annex_stands_in_page_and_quarto_project(
    changes: Changes, sample: ModuleType, tmp_path: Path
) -> None:
    front = Frontmatter(sample.make_edition(), "Januar 2026")
    view = build_view((make_changes_chapter(changes),), front)
    for placed in view.chapters[0].placed:
        assert placed.anchor in view.render_block(placed)
    write_quarto_project(view, tmp_path)
    written = (tmp_path / "kapitel" / "_aenderungen.qmd").read_text("utf-8")
    assert "neue Daten (zahlen.csv)" in written


def test_the_terminal_lists_all_or_some(changes: Changes) -> None:
    lines = describe_changes(changes).splitlines()
    assert lines[1] == "Zahlen: 2 geändert, 1 neu und 0 entfallen"
    assert (
        "  tabelle, 2024: Anträge: 10\u202fAnträge → 12\u202fAnträge [neue Daten (zahlen.csv)]"
        in lines
    )
    assert "  a: geplant → Einführung (weiter als zuvor)" in lines
    short = describe_changes(changes, most=1).splitlines()
    assert "  … und 2 weitere; alle zeigt --all" in short
    assert len(short) < len(lines)
    same = describe_changes(compare(cases.report(), cases.report()))
    assert same.splitlines()[1] == "Inhaltlich unverändert."


def test_programs_get_values_and_reasons(changes: Changes) -> None:
    document = json.loads(json.dumps(changes_to_json(changes)))
    assert document["unveraendert"] is False
    change = document["zahlen"][1]
    assert (change["stelle"], change["alt"]["value"], change["neu"]["value"]) == (
        "2024: Anträge", 10, 12,
    )  # fmt: skip
    assert change["gruende"] == [{"art": "neue Daten", "was": cases.RAW, "sicher": True}]


def test_reasons_that_are_only_possible_are_marked() -> None:
    data = InputChange("data", "data/raw/x/a.csv", "changed")
    setting = InputChange("setting", "Stichtag", "changed")
    versions = [InputChange("method", name, "changed") for name in ("pandas", "python")]
    assert say_reasons([]) == UNKNOWN_REASON
    assert say_reasons([Reason(data, True), Reason(setting, False)]) == (
        "neue Daten (a.csv); auch möglich: andere Einstellung (Stichtag)"
    )
    # Which of two libraries it was, no record tells.
    assert say_reasons([Reason(each, False) for each in versions]) == (
        "möglich: geänderte Methode (Programm oder Bibliotheken)"
    )


def test_many_causes_are_counted() -> None:
    files = [InputChange("data", f"data/raw/x/{name}.csv", "changed") for name in "abcde"]
    assert say_reasons([Reason(each, False) for each in files]) == (
        "möglich: neue Daten (a.csv, b.csv, c.csv und 2 weitere)"
    )
