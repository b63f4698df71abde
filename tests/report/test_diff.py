"""Every number that differs is found, none that does not, and the reason is the recorded one."""

from __future__ import annotations

import importlib.util
import json
import random
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.presentation.blocks import (
    Column,
    KeyFigure,
    KeyFiguresBlock,
    MissingBlock,
    Segment,
    TableBlock,
    TextBlock,
)
from analysis.presentation.numbers import Number
from analysis.report.collect import Chapter, collect_chapters
from analysis.report.diff import Changes, Report, compare, compare_reports

_SPEC = importlib.util.spec_from_file_location(
    "lagebild_diff_cases", Path(__file__).with_name("diff_cases.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
cases = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(cases)
RAW, number, report, table_block = cases.RAW, cases.number, cases.report, cases.table_block


def texts(changes: Changes) -> list[tuple[str, str, str]]:
    """Return place, older and newer text of each number that differs."""
    return [(c.place.where, c.old_text, c.new_text) for c in changes.numbers]


HEADS = ["Jahr", "Anträge", "Art"]


class TestTables:
    def test_a_changed_number_is_named_by_row_and_column(self) -> None:
        # One value of four differs: 2025 has 12 instead of 11. All else stays.
        old = table_block([["2024", number(10), "gezählt"], ["2025", number(11), "gezählt"]], HEADS)
        new = table_block([["2024", number(10), "gezählt"], ["2025", number(12), "gezählt"]], HEADS)
        changes = compare(report(old), report(new))
        assert texts(changes) == [("2025: Anträge", "11\u202fAnträge", "12\u202fAnträge")]
        assert not changes.wording
        assert [c.fate for c in changes.numbers] == ["changed"]

    def test_a_row_in_between_moves_nothing(self) -> None:
        old = table_block([["2023", number(9), "gezählt"], ["2025", number(11), "gezählt"]], HEADS)
        new = table_block(
            [["2023", number(9), "gezählt"], ["2024", number(10), "gezählt"],
             ["2025", number(11), "gezählt"]], HEADS,
        )  # fmt: skip
        changes = compare(report(old), report(new))
        assert texts(changes) == [("2024: Anträge", "", "10\u202fAnträge")]
        assert not changes.wording

    def test_rows_of_the_same_first_heading_are_told_apart_by_the_next_words(self) -> None:
        heads = ["Dienststelle", "Jahr", "Wert"]
        old = table_block([["A", "2024", number(1)], ["A", "2025", number(2)]], heads)
        new = table_block([["A", "2025", number(2)], ["A", "2024", number(3)]], heads)
        assert texts(compare(report(old), report(new))) == [
            ("A, 2024: Wert", "1\u202fAnträge", "3\u202fAnträge")
        ]

    def test_words_that_name_no_row_may_change(self) -> None:
        old = table_block([["2024", number(10), "gezählt"]], HEADS)
        new = table_block([["2024", number(10), "geschätzt"]], HEADS)
        changes = compare(report(old), report(new))
        assert not changes.numbers
        assert [(w.part, w.old, w.new) for w in changes.wording] == [
            ("Angabe", "gezählt", "geschätzt")
        ]

    def test_a_number_that_becomes_secret_is_gone_and_its_sign_is_told(self) -> None:
        old = table_block([["2024", number(10), ""], ["2025", number(11), ""]], HEADS)
        new = table_block([["2024", ".", ""], ["2025", number(11), ""]], HEADS)
        (change,) = compare(report(old), report(new)).numbers
        assert (change.fate, change.old_text, change.new_text) == ("gone", "10\u202fAnträge", ".")

    def test_nothing_is_tolerated_behind_the_places_shown(self) -> None:
        close = number(10).model_copy(update={"value": 10.000000000000002})
        old = table_block([["2024", number(10), ""]], HEADS)
        new = table_block([["2024", close, ""]], HEADS)
        (change,) = compare(report(old), report(new)).numbers
        assert change.fate == "changed"
        assert not change.is_visible

    @pytest.mark.parametrize("field", ["lower", "upper"])
    def test_an_open_bound_is_a_change(self, field: str) -> None:
        opened = number(10).model_copy(update={field: None})
        old, new = (table_block([["2024", n, ""]], HEADS) for n in (number(10), opened))
        assert len(compare(report(old), report(new)).numbers) == 1

    def test_another_unit_in_the_heading_is_a_change(self) -> None:
        bare = number(10).model_copy(update={"unit": ""})
        old = table_block([["2024", bare, ""]], HEADS)
        columns = list(old.table.columns)
        blocks = []
        for unit in ("Tage", "Monate"):
            columns[1] = Column(key="antraege", label="Anträge", unit=unit)
            changed = old.table.model_copy(update={"columns": tuple(columns)})
            blocks.append(old.model_copy(update={"table": changed}))
        (change,) = compare(report(blocks[0]), report(blocks[1])).numbers
        assert (change.old_text, change.new_text) == ("10\u202fTage", "10\u202fMonate")
        assert change.units == ("Tage", "Monate")

    def test_a_new_column_of_words_is_told_once_and_one_of_numbers_in_full(self) -> None:
        old = table_block([["2024"], ["2025"]], ["Jahr"])
        new = table_block(
            [["2024", "x", number(1)], ["2025", "y", number(2)]], ["Jahr", "Art", "Wert"]
        )
        changes = compare(report(old), report(new))
        assert [c.place.where for c in changes.numbers] == ["2024: Wert", "2025: Wert"]
        assert [(w.place.where, w.old, w.new) for w in changes.wording] == [
            ("Spalten", "", "Art"), ("Spalten", "", "Wert"),
        ]  # fmt: skip


class TestTexts:
    def test_numbers_of_a_sentence_are_found_by_their_place(self) -> None:
        def block(first: float, second: float) -> TextBlock:
            return TextBlock(id="satz", segments=(
                Segment(words="Es gingen "), Segment(number=number(first)),
                Segment(words=" ein, "), Segment(number=number(second)), Segment(words="."),
            ))  # fmt: skip

        changes = compare(report(block(5, 7)), report(block(5, 8)))
        assert texts(changes) == [("Text, Zahl 2", "7\u202fAnträge", "8\u202fAnträge")]
        assert not changes.wording

    def test_other_words_are_told_and_numbers_are_then_found_by_what_they_count(self) -> None:
        old = TextBlock(id="satz", segments=(
            Segment(words="gestiegen auf "), Segment(number=number(5)),
        ))  # fmt: skip
        new = TextBlock(id="satz", segments=(
            Segment(words="um "), Segment(number=number(3, "%")),
            Segment(words=" gesunken auf "), Segment(number=number(4)),
        ))  # fmt: skip
        changes = compare(report(old), report(new))
        assert [(c.old_text, c.new_text) for c in changes.numbers] == [
            ("", "3\u202f%"), ("5\u202fAnträge", "4\u202fAnträge"),
        ]  # fmt: skip
        assert [(w.old, w.new) for w in changes.wording] == [
            ("gestiegen auf [Zahl]", "um [Zahl] gesunken auf [Zahl]")
        ]

    def test_a_new_point_of_a_list_changes_no_other(self) -> None:
        def item(words: str, value: float) -> tuple[Segment, ...]:
            return (Segment(words=words), Segment(number=number(value)))

        old = TextBlock(id="liste", items=(item("A ", 1), item("C ", 3)))
        new = TextBlock(id="liste", items=(item("A ", 1), item("B ", 2), item("C ", 4)))
        changes = compare(report(old), report(new))
        assert sorted((c.old_text, c.new_text) for c in changes.numbers) == [
            ("", "2\u202fAnträge"), ("3\u202fAnträge", "4\u202fAnträge"),
        ]  # fmt: skip

    def test_key_figures_are_found_by_their_label(self) -> None:
        def block(*pairs: tuple[str, float]) -> KeyFiguresBlock:
            figures = tuple(KeyFigure(label=label, number=number(value)) for label, value in pairs)
            return KeyFiguresBlock(id="kern", title="Kern", figures=figures)

        changes = compare(report(block(("a", 1), ("b", 2))), report(block(("b", 3), ("a", 1))))
        assert texts(changes) == [("b", "2\u202fAnträge", "3\u202fAnträge")]


class TestBlocks:
    def test_a_title_that_says_something_else_is_told(self) -> None:
        rows: list[list[str | Number]] = [["2024", number(1)]]
        old = table_block(rows, ["Jahr", "Wert"], title="Die Anträge steigen")
        new = table_block(rows, ["Jahr", "Wert"], title="Die Anträge sinken")
        (change,) = compare(report(old), report(new)).wording
        assert change.is_title
        assert (change.old, change.new) == ("Die Anträge steigen", "Die Anträge sinken")

    def test_blocks_come_and_go_with_their_numbers(self) -> None:
        rows: list[list[str | Number]] = [["2024", number(1)], ["2025", number(2)]]
        block = table_block(rows, ["Jahr", "Wert"])
        changes = compare(report(), report(block))
        assert [(b.fate, b.numbers, b.new_kind) for b in changes.blocks] == [("added", 2, "table")]
        assert [c.fate for c in changes.numbers] == ["added", "added"]
        assert [b.fate for b in compare(report(block), report()).blocks] == ["gone"]

    def test_data_that_are_missing_now_replace_a_table(self) -> None:
        old = table_block([["2024", number(1)]], ["Jahr", "Wert"])
        new = MissingBlock(id="tabelle", title="Fehlt", what="a", needed="b", from_whom="c")
        changes = compare(report(old), report(new))
        (block,) = changes.blocks
        assert (block.fate, block.old_kind, block.new_kind) == ("replaced", "table", "missing")
        assert [c.fate for c in changes.numbers] == ["gone"]

    def test_a_block_is_the_same_in_another_chapter(self) -> None:
        block = table_block([["2024", number(1)]], ["Jahr", "Wert"])
        moved = report(block, name="02_anders")
        chapter = Chapter("02_anders", "Anders", "anders", moved.chapters[0].parts)
        changes = compare(report(block), Report((chapter,), moved.record))
        assert not changes.numbers
        assert [(b.fate, b.place.chapter) for b in changes.blocks] == [
            ("added", "Anders"), ("gone", "Probe"),
        ]  # fmt: skip


class TestReasons:
    @staticmethod
    def _reasons(old: Number, new: Number, **record: Any) -> list[tuple[str, str, bool]]:
        blocks = [table_block([["2024", n]], ["Jahr", "Wert"]) for n in (old, new)]
        (change,) = compare(report(blocks[0]), report(blocks[1], record=record)).numbers
        return [(r.cause.kind, r.cause.name, r.is_certain) for r in change.reasons]

    def test_other_rows_of_a_changed_file_are_the_reason(self) -> None:
        found = self._reasons(number(1), number(2), eingaben={RAW: "a2"})
        assert found == [("data", RAW, True)]

    def test_the_same_rows_of_a_changed_file_are_not(self) -> None:
        # The row behind the number reads as before, so another row of the file has changed.
        found = self._reasons(
            number(1, quote="x"), number(2, quote="x"), eingaben={RAW: "a2"},
            notebooks=[{"name": "01_probe", "sha256": "n2"}],
        )  # fmt: skip
        assert found == [("method", "notebooks/01_probe.ipynb", True)]

    def test_assumptions_are_told_from_data(self) -> None:
        edition = "report/editions/probe.toml"
        old, new = number(1, file="probe.toml"), number(2, file="probe.toml")
        found = self._reasons(old, new, eingaben={RAW: "a1", edition: "t2"})
        assert found == [("assumption", edition, True)]

    def test_a_setting_alone_is_certain_and_among_others_possible(self) -> None:
        same = {"quote": "x"}
        later = {"stichtag": "2026-06-30"}
        alone = self._reasons(number(1, **same), number(2, **same), parameter=later)
        assert alone == [("setting", "Stichtag", True)]
        both = self._reasons(
            number(1, **same), number(2, **same), parameter=later, versionen={"pandas": "3.2"}
        )
        assert both == [("setting", "Stichtag", False), ("method", "pandas", False)]

    def test_a_changed_notebook_concerns_its_chapter_only(self) -> None:
        names = [{"name": "01_probe", "sha256": "n1"}, {"name": "02_x", "sha256": "x2"}]
        assert self._reasons(number(1), number(2), notebooks=names) == []

    def test_a_mapping_concerns_the_numbers_of_its_file_only(self) -> None:
        changed = {RAW: "a1", f"{RAW}.map.toml": "m2", "data/raw/probe/x.csv.map.toml": "m3"}
        found = self._reasons(number(1, quote="x"), number(2, quote="x"), eingaben=changed)
        assert found == [("method", f"{RAW}.map.toml", True)]

    def test_what_has_no_origin_may_depend_on_any_file(self) -> None:
        old, new = (number(v).model_copy(update={"origins": ()}) for v in (1, 2))
        assert self._reasons(old, new, eingaben={RAW: "a2"}) == [("data", RAW, True)]

    def test_a_sidecar_is_named_only_where_its_file_is_the_same(self) -> None:
        def inputs(data: str, sidecar: str) -> dict[str, Any]:
            return {"eingaben": {RAW: data, f"{RAW}.meta.toml": sidecar}}

        old = report(record=inputs("a1", "s1"))
        both = compare(old, report(record=inputs("a2", "s2")))
        assert [each.name for each in both.inputs] == [RAW]
        alone = compare(old, report(record=inputs("a1", "s2")))
        assert [each.name for each in alone.inputs] == [f"{RAW}.meta.toml"]

    def test_records_without_difference_tell_no_reason(self) -> None:
        assert self._reasons(number(1), number(2)) == []

    def test_a_checksum_of_the_program_that_only_one_record_has_is_no_change(self) -> None:
        assert self._reasons(number(1), number(2), programm="p2") == []

    def test_changed_assumptions_of_a_run_are_shown_as_typed(self) -> None:
        before = {"stichtag": "2026-01-31"}
        now = before | {"annahmen": {"wohngeld/received": [1500.0, 1600.0, 1800.0]}}
        changes = compare(report(record={"parameter": before}), report(record={"parameter": now}))
        (change,) = changes.inputs
        assert (change.kind, change.name) == ("assumption", "Annahmen mit anderem Wert")
        assert change.details == "bisher keine Angabe, jetzt wohngeld/received = 1500:1600:1800"
        assert changes.is_empty


class TestFolders:
    @staticmethod
    def _write(folder: Path, sample: ModuleType, value: float) -> Path:
        (folder / "notebooks").mkdir(parents=True)
        block = table_block([["2024", number(value)]], ["Jahr", "Wert"])
        sample.make_notebook(folder / "notebooks" / "01_probe.ipynb", "probe", ["# Probe", block])
        record = report().record
        (folder / "lauf.json").write_text(json.dumps(record), "utf-8")
        return folder

    def test_two_folders_are_compared(self, tmp_path: Path, sample: ModuleType) -> None:
        old, new = (self._write(tmp_path / str(v), sample, v) for v in (1, 2))
        assert texts(compare_reports(old, new)) == [
            ("2024: Wert", "1\u202fAnträge", "2\u202fAnträge")
        ]
        assert compare_reports(old, old).is_empty

    def test_a_folder_without_report_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"liegt kein Bericht.*lauf\.json"):
            compare_reports(tmp_path, tmp_path)

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"notebooks": 1}'])
    def test_a_broken_record_is_named(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "lauf.json").write_text(content, "utf-8")
        with pytest.raises(UsageError, match="liegt kein Bericht"):
            compare_reports(tmp_path, tmp_path)

    def test_an_absent_notebook_is_named(self, tmp_path: Path, sample: ModuleType) -> None:
        folder = self._write(tmp_path / "a", sample, 1)
        (folder / "notebooks" / "01_probe.ipynb").unlink()
        with pytest.raises(UsageError, match=r"fehlen Notebooks: 01_probe\.ipynb"):
            compare_reports(folder, folder)

    def test_all_kinds_of_blocks_are_the_same_as_themselves(self, notebooks: list[Path]) -> None:
        whole = Report(collect_chapters(notebooks), report().record)
        changes = compare(whole, whole)
        assert changes.is_empty
        assert not changes.inputs
        # Two in the first sentence, four key figures, three points, one sentence on applications.
        assert compare(report(), whole).count("added") == 2 + 4 + 3 + 1


# Properties over random tables

_YEARS = st.lists(st.integers(2020, 2025), unique=True, max_size=6)
_WORDS = st.sampled_from(["gezählt", "geschätzt", "gerundet"])


@st.composite
def random_tables(draw: st.DrawFn) -> TableBlock:
    heads = draw(st.lists(st.sampled_from(["A", "B", "C", "D"]), unique=True, min_size=1))
    rows: list[list[str | Number]] = []
    for year in draw(_YEARS):
        values = [number(draw(st.integers(0, 3)), draw(st.sampled_from(["", "%"]))) for _ in heads]
        rows.append([str(year), *values, draw(_WORDS)])
    return table_block(rows, ["Jahr", *heads, "Art"])


def read_naively(block: TableBlock) -> dict[tuple[str, str], tuple[float, str]]:
    """Return value and unit of each cell by the words of its row and its column."""
    heads = [column.label for column in block.table.columns]
    return {
        (row[0].text, head): (cell.number.value, cell.number.unit)
        for row in block.table.rows
        for head, cell in zip(heads, row, strict=True)
        if cell.number
    }


@given(random_tables())
def test_a_report_does_not_differ_from_itself(block: TableBlock) -> None:
    changes = compare(report(block), report(block))
    assert changes.is_empty
    assert (changes.numbers, changes.wording, changes.blocks, changes.inputs) == ((), (), (), ())


@given(random_tables(), random_tables())
@settings(deadline=None)
def test_a_naive_comparison_finds_the_same_numbers(old: TableBlock, new: TableBlock) -> None:
    before, now = read_naively(old), read_naively(new)
    expected = {
        (f"{row}: {head}", before.get((row, head)), now.get((row, head)))
        for row, head in {*before, *now}
        if before.get((row, head)) != now.get((row, head))
    }
    found = compare(report(old), report(new)).numbers
    assert len(found) == len(expected)
    assert {
        (
            c.place.where,
            (c.old.value, c.old.unit) if c.old else None,
            (c.new.value, c.new.unit) if c.new else None,
        )
        for c in found
    } == expected


@given(random_tables(), random_tables())
@settings(deadline=None)
def test_the_other_way_round_new_is_gone(old: TableBlock, new: TableBlock) -> None:
    there = compare(report(old), report(new)).numbers
    back = compare(report(new), report(old)).numbers
    assert Counter((c.place.where, c.old, c.new) for c in there) == Counter(
        (c.place.where, c.new, c.old) for c in back
    )


_ITEMS = st.lists(
    st.tuples(st.sampled_from(["Eingang ", "Bestand ", "Dauer "]), st.integers(0, 3)), max_size=6
)


@given(_ITEMS, _ITEMS)
@settings(deadline=None)
def test_in_lists_no_number_is_lost_and_new_is_gone_the_other_way_round(
    old: list[tuple[str, int]], new: list[tuple[str, int]]
) -> None:
    blocks = [
        TextBlock(
            id="liste",
            items=tuple((Segment(words=w), Segment(number=number(v))) for w, v in each),
        )
        for each in (old, new)
    ]
    there = compare(report(blocks[0]), report(blocks[1])).numbers
    back = compare(report(blocks[1]), report(blocks[0])).numbers
    assert Counter((c.old_text, c.new_text) for c in there) == Counter(
        (c.new_text, c.old_text) for c in back
    )
    # What came and went balances the sums, whatever was paired with what.
    gained = sum(c.new.value for c in there if c.new) - sum(c.old.value for c in there if c.old)
    assert gained == sum(v for _, v in new) - sum(v for _, v in old)


def test_the_order_of_rows_does_not_matter() -> None:
    rows: list[list[str | Number]] = [[str(year), number(year)] for year in range(2000, 2020)]
    shuffled = list(rows)
    random.Random(5).shuffle(shuffled)
    assert shuffled != rows
    old, new = (table_block(each, ["Jahr", "Wert"]) for each in (rows, shuffled))
    assert compare(report(old), report(new)).is_empty
