"""What differs between two reports: numbers, blocks, wording, and the state of what was decided.

A number is found again by its block and, in a table, by the headings of its row and column; in a
text by its place. Nothing is tolerated: a number differs as soon as its value, a bound, its unit or
its wording does, also where the places shown are the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from analysis.errors import UsageError
from analysis.presentation.blocks import (
    Block,
    Cell,
    DownloadBlock,
    FigureBlock,
    KeyFiguresBlock,
    MissingBlock,
    Segment,
    Table,
    TableBlock,
    TextBlock,
)
from analysis.presentation.formats import format_with_unit
from analysis.presentation.html import figure_text
from analysis.presentation.numbers import Number
from analysis.report.collect import Chapter, PlacedBlock, collect_chapters
from analysis.report.diff_causes import Causes, Fate, InputChange, Reason, compare_records
from analysis.report.pdf_prose import read_prose
from analysis.report.progress import Progress, compare_states
from analysis.report.prose import Prose

RECORD = "lauf.json"
NOTEBOOKS = "notebooks"

T = TypeVar("T")
Pair: TypeAlias = tuple[T | None, T | None]
_Name: TypeAlias = tuple[Hashable, int]
"""A key or heading, and how many of the same stand before it."""

BlockFate: TypeAlias = Literal["added", "gone", "replaced"]


@dataclass(frozen=True)
class Report:
    """A finished report as its folder holds it: the chapters and the run record."""

    chapters: tuple[Chapter, ...]
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where something stands in a report.

    Attributes:
        chapter: title of the chapter.
        notebook: its notebook.
        block: identifier of the block; empty for the text between blocks.
        anchor: of the block, in the report that ``is_new`` names.
        title: of the block, empty for text.
        where: row and column, or the place in the text, in German.
        is_new: the place is one of the newer report.
    """

    chapter: str
    notebook: str
    block: str = ""
    anchor: str = ""
    title: str = ""
    where: str = ""
    is_new: bool = True


@dataclass(frozen=True)
class NumberChange:
    """A number that is new, gone, or another one.

    Attributes:
        place: where it stands; in the older report only for one that is gone.
        old: as in the older report, ``None`` for a new one.
        new: as in the newer report, ``None`` for one that is gone.
        old_text: what a reader of the older report sees there, with unit; may be a sign.
        new_text: the same of the newer report.
        units: unit in the older and in the newer report.
        reasons: certain ones first; empty where the run records tell none.
    """

    place: Place
    old: Number | None
    new: Number | None
    old_text: str
    new_text: str
    units: tuple[str, str] = ("", "")
    reasons: tuple[Reason, ...] = ()

    @property
    def fate(self) -> Fate:
        """Whether the number is new, gone, or another one."""
        return _fate(self.old, self.new)

    @property
    def is_visible(self) -> bool:
        """Whether a reader sees the change; otherwise only places not shown differ."""
        return self.old_text != self.new_text


@dataclass(frozen=True)
class BlockChange:
    """A block or a chapter that is new, gone, or of another kind.

    Attributes:
        place: where it stands.
        fate: ``replaced`` where a block of this identifier is of another kind than before.
        old_kind: kind of the older block; ``chapter`` for a chapter; empty for a new one.
        new_kind: kind of the newer block.
        numbers: how many numbers came or went with it.
    """

    place: Place
    fate: BlockFate
    old_kind: str
    new_kind: str
    numbers: int


@dataclass(frozen=True)
class WordingChange:
    """Words that differ: a title, a note, a sentence, a cell of a table without a number.

    Attributes:
        place: where they stand.
        part: what they are, in German (``Titel``, ``Alternativtext`` …).
        old: as in the older report; empty for new words.
        new: as in the newer report; empty for words that are gone.
    """

    place: Place
    part: str
    old: str
    new: str

    @property
    def is_title(self) -> bool:
        """Whether the words are a title; titles state findings."""
        return self.part == _TITLE


@dataclass(frozen=True)
class Changes:
    """All that differs between two reports.

    Attributes:
        old: run record of the older report.
        new: run record of the newer report.
        numbers: in reading order, with those of blocks that are new or gone.
        blocks: blocks and chapters.
        wording: without the words of blocks that are new or gone.
        progress: state of all measures and demands, also of those that are unchanged.
        inputs: what the run records differ in, also where no number differs for it.
    """

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    numbers: tuple[NumberChange, ...]
    blocks: tuple[BlockChange, ...]
    wording: tuple[WordingChange, ...]
    progress: tuple[Progress, ...]
    inputs: tuple[InputChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether readers find the same in both reports, whatever they were built from."""
        moved = any(each.movement not in {"same", "unrecorded"} for each in self.progress)
        return not (self.numbers or self.blocks or self.wording or moved)

    def count(self, fate: Fate) -> int:
        """Return how many numbers are new, gone, or changed."""
        return sum(change.fate == fate for change in self.numbers)


def read_report(folder: Path) -> Report:
    """Read chapters and run record out of the folder of a report.

    Raises:
        UsageError: there is no report in the folder.
        NotebookError: a notebook of it is not as a chapter has to be.
    """
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        names = [entry["name"] for entry in record["notebooks"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"In »{folder}« liegt kein Bericht: Die Datei »{RECORD}« fehlt oder ist nicht lesbar. "
            "Gemeint ist der Ordner eines fertigen Berichts, zum Beispiel report/output/muenchen."
        ) from None
    paths = [folder / NOTEBOOKS / f"{name}.ipynb" for name in names]
    absent = [path.name for path in paths if not path.is_file()]
    if absent:
        raise UsageError(f"Dem Bericht in »{folder}« fehlen Notebooks: {', '.join(absent)}.")
    return Report(collect_chapters(paths), record)


def compare_reports(old: Path, new: Path) -> Changes:
    """Return what differs between the reports in two folders.

    Args:
        old: folder of the older report, with ``lauf.json`` and ``notebooks/``.
        new: folder of the newer one.

    Raises:
        UsageError: a folder holds no report.
        NotebookError: a notebook is not as a chapter has to be.
    """
    return compare(read_report(old), read_report(new))


def compare(old: Report, new: Report) -> Changes:
    """Return what differs between two reports; see `compare_reports`."""
    inputs = compare_records(old.record, new.record)
    found = _Comparison(Causes(inputs))
    found.compare_chapters(old.chapters, new.chapters)
    return Changes(
        old=old.record,
        new=new.record,
        numbers=tuple(found.numbers),
        blocks=tuple(found.blocks),
        wording=tuple(found.wording),
        progress=compare_states(old.record, old.chapters, new.record, new.chapters),
        inputs=inputs,
    )


class _Shown(NamedTuple):
    """A block and the chapter that shows it."""

    chapter: Chapter
    placed: PlacedBlock

    @property
    def block(self) -> Block:
        return self.placed.block


class _Value(NamedTuple):
    """What stands at a place: a number, or words where there is none; ``text`` has the unit."""

    number: Number | None
    text: str
    unit: str = ""


_TITLE = "Titel"
_NOTHING = _Value(None, "")


class _Comparison:
    """Collects what differs, in the reading order of the newer report."""

    def __init__(self, causes: Causes) -> None:
        self._causes = causes
        self.numbers: list[NumberChange] = []
        self.blocks: list[BlockChange] = []
        self.wording: list[WordingChange] = []

    def compare_chapters(self, old: Sequence[Chapter], new: Sequence[Chapter]) -> None:
        for before, now in _pair(old, new, lambda chapter: chapter.anchor):
            latest = now or before
            if latest is None:
                continue
            place = Place(latest.title, latest.name, is_new=now is not None)
            if before is None or now is None:
                kinds = ("", "chapter") if before is None else ("chapter", "")
                self.blocks.append(BlockChange(place, _block_fate(before, now), *kinds, numbers=0))
                continue
            self._compare_words(place, {_TITLE: before.title}, {_TITLE: now.title})
            self._compare_paragraphs(place, _read_prose(before), _read_prose(now))
        for first, second in _pair_blocks(_list_blocks(old), _list_blocks(new)):
            self._compare_block(first, second)

    def _compare_paragraphs(self, place: Place, old: Sequence[str], new: Sequence[str]) -> None:
        for before, now in _pair_leniently(old, new, lambda text: text):
            self._note_words(place, "Text", before or "", now or "")

    def _compare_block(self, old: _Shown | None, new: _Shown | None) -> None:
        place = _place(old, new)
        if old and new and _are_alike(old.block, new.block):
            self._compare_words(place, _name_words(old.block), _name_words(new.block))
            for where, before, now in _pair_values(old.block, new.block):
                self._compare_values(old, new, where, before, now)
            return
        counts = []
        for shown, is_new in ((old, False), (new, True)):
            values = [(w, v) for w, v in _list_values(shown.block) if v.number] if shown else []
            counts.append(len(values))
            for where, value in values:
                pair = (_NOTHING, value) if is_new else (value, _NOTHING)
                self._compare_values(
                    None if is_new else shown, shown if is_new else None, where, *pair
                )
        kinds = [shown.block.kind if shown else "" for shown in (old, new)]
        fate = _block_fate(old, new)
        self.blocks.append(BlockChange(place, fate, kinds[0], kinds[1], sum(counts)))

    def _compare_values(
        self, old: _Shown | None, new: _Shown | None, where: str, before: _Value, now: _Value
    ) -> None:
        place = _place(old, new, where)
        if before.number is None and now.number is None:
            self._note_words(place, "Angabe", before.text, now.text)
        elif _identity(before) != _identity(now):
            chapters = dict.fromkeys(shown.chapter.name for shown in (new, old) if shown)
            reasons = self._causes.explain(before.number, now.number, chapters)
            self.numbers.append(
                NumberChange(
                    place,
                    old=before.number,
                    new=now.number,
                    old_text=before.text,
                    new_text=now.text,
                    units=(before.unit, now.unit),
                    reasons=reasons,
                )
            )

    def _compare_words(self, place: Place, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        for part in dict.fromkeys((*new, *old)):
            self._note_words(place, part, old.get(part, ""), new.get(part, ""))

    def _note_words(self, place: Place, part: str, old: str, new: str) -> None:
        if old != new:
            self.wording.append(WordingChange(place, part, old, new))


# Pairs


def _pair(old: Iterable[T], new: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[Pair[T]]:
    """Pair what has the same key, the n-th with the n-th; newer order first, then what is gone."""
    before, now = _number_keys(old, key), _number_keys(new, key)
    for name, item in now.items():
        yield before.get(name), item
    yield from ((item, None) for name, item in before.items() if name not in now)


def _number_keys(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[_Name, T]:
    seen: Counter[Hashable] = Counter()
    numbered: dict[_Name, T] = {}
    for item in items:
        name = key(item)
        numbered[name, seen[name]] = item
        seen[name] += 1
    return numbered


def _pair_leniently(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable]
) -> Iterator[Pair[T]]:
    """Pair what has the same key, and then what is left, the n-th with the n-th."""
    before, now = _number_keys(old, key), _number_keys(new, key)
    left = iter([item for name, item in before.items() if name not in now])
    for name, item in now.items():
        yield before[name] if name in before else next(left, None), item
    yield from ((item, None) for item in left)


def _pair_blocks(old: Sequence[_Shown], new: Sequence[_Shown]) -> Iterator[Pair[_Shown]]:
    """Pair blocks by their identifier, with the chapter where two chapters use the same."""
    counts = [Counter(shown.block.id for shown in report) for report in (old, new)]
    repeated = {name for count in counts for name, times in count.items() if times > 1}

    def key(shown: _Shown) -> str:
        return shown.placed.anchor if shown.block.id in repeated else shown.block.id

    return _pair(old, new, key)


def _list_blocks(chapters: Iterable[Chapter]) -> list[_Shown]:
    return [_Shown(chapter, placed) for chapter in chapters for placed in chapter.placed]


def _are_alike(old: Block, new: Block) -> bool:
    """Return whether two blocks can be compared piece by piece."""
    tables = {"figure", "table"}
    return old.kind == new.kind or {old.kind, new.kind} <= tables


# Words of a block


def _name_words(block: Block) -> dict[str, str]:
    """Return all words of a block that are neither in its tables nor in its sentences."""
    words = {_TITLE: getattr(block, "title", ""), "Anmerkung": getattr(block, "note", "")}
    if isinstance(block, FigureBlock | TableBlock):
        words["Beschriftung der Tabelle"] = block.table.caption
        words["Art"] = "Abbildung" if isinstance(block, FigureBlock) else "Tabelle"
    if isinstance(block, FigureBlock):
        words |= {"Untertitel": block.subtitle, "Alternativtext": block.alt}
    elif isinstance(block, MissingBlock):
        words |= {
            "Was fehlt": block.what,
            "Was gebraucht wird": block.needed,
            "Von wem": block.from_whom,
        }
    elif isinstance(block, DownloadBlock):
        words |= {f"Datei »{file.name}«": file.label for file in block.files}
    return words


# Values of a block

_Values: TypeAlias = Iterator[tuple[str, _Value, _Value]]


def _list_values(block: Block) -> Iterator[tuple[str, _Value]]:
    """Return all values of one block with their places."""
    for where, value, _ in _pair_values(block, block):
        yield where, value


def _pair_values(old: Block, new: Block) -> _Values:
    """Return the values of two blocks that are alike: place, older and newer value."""
    if isinstance(old, TextBlock) and isinstance(new, TextBlock):
        yield from _pair_sentences(old, new)
    elif isinstance(old, KeyFiguresBlock) and isinstance(new, KeyFiguresBlock):
        yield from _pair_key_figures(old, new)
    elif isinstance(old, FigureBlock | TableBlock) and isinstance(new, FigureBlock | TableBlock):
        yield from _pair_cells(old.table, new.table)


def _pair_key_figures(old: KeyFiguresBlock, new: KeyFiguresBlock) -> _Values:
    for before, now in _pair(old.figures, new.figures, lambda figure: figure.label):
        latest = now or before
        if latest is not None:
            values = [_value_of(figure.number if figure else None) for figure in (before, now)]
            yield latest.label, values[0], values[1]
            contexts = [_Value(None, f.context if f else "") for f in (before, now)]
            yield f"{latest.label}, Zusatz", contexts[0], contexts[1]


def _pair_sentences(old: TextBlock, new: TextBlock) -> _Values:
    yield from _pair_segments("Text", old.segments, new.segments)
    pairs = _pair_leniently(old.items, new.items, _frame)
    for count, (before, now) in enumerate(pairs, start=1):
        yield from _pair_segments(f"Punkt {count}", before or (), now or ())


def _pair_segments(where: str, old: Sequence[Segment], new: Sequence[Segment]) -> _Values:
    frames = _frame(old), _frame(new)
    yield where, _Value(None, frames[0]), _Value(None, frames[1])
    first, second = ([s.number for s in each if s.number] for each in (old, new))
    # Where the words are the same, the place decides; else what is counted.
    is_same = frames[0] == frames[1]
    pairs = _pair(first, second, lambda n: () if is_same else (n.label, n.measure, n.unit))
    for count, (before, now) in enumerate(pairs, start=1):
        yield f"{where}, Zahl {count}", _value_of(before), _value_of(now)


def _frame(segments: Sequence[Segment]) -> str:
    """Return a sentence with a sign in place of each number."""
    return "".join(s.words + ("[Zahl]" if s.number else "") for s in segments)


def _value_of(number: Number | None) -> _Value:
    return _Value(number, figure_text(number), number.unit) if number else _NOTHING


# Cells of tables


def _pair_cells(old: Table, new: Table) -> _Values:
    """Pair the cells of two tables by the headings of their rows and columns."""
    columns = [list(_number_keys(table.columns, lambda c: c.label)) for table in (old, new)]
    heads = _find_row_headings((old, new), columns)
    grids = [
        _Grid(table, names, _name_rows(table, names, heads))
        for table, names in zip((old, new), columns, strict=True)
    ]
    for name in dict.fromkeys((*columns[1], *columns[0])):
        if name not in columns[0] or name not in columns[1]:
            words = [_Value(None, _say_name(name) if name in each else "") for each in columns]
            yield "Spalten", words[0], words[1]
    for row in dict.fromkeys((*grids[1].rows, *grids[0].rows)):
        if row in grids[0].rows and row in grids[1].rows:
            yield from _pair_row(grids, row, heads)
        else:
            yield from _list_lone_row(grids, row)


class _Grid:
    """A table whose cells are found by the names of row and column."""

    def __init__(self, table: Table, columns: Sequence[_Name], rows: Sequence[_Name]) -> None:
        self._table = table
        self._columns = {name: index for index, name in enumerate(columns)}
        self.rows = dict(zip(rows, table.rows, strict=True))

    @property
    def columns(self) -> Iterable[_Name]:
        return self._columns

    def read(self, row: _Name, column: _Name) -> _Value:
        """Return what stands in a cell, or nothing where there is no such row or column."""
        index = self._columns.get(column)
        if row not in self.rows or index is None:
            return _NOTHING
        cell = self.rows[row][index]
        if cell.number is None:
            return _Value(None, _say_cell(cell))
        unit = cell.number.unit or self._table.columns[index].unit
        return _Value(cell.number, format_with_unit(cell.text, unit), unit)

    def say_row(self, row: _Name) -> str:
        """Return a whole row in words."""
        return "; ".join(text for cell in self.rows[row] if (text := _say_cell(cell)))


def _pair_row(grids: Sequence[_Grid], row: _Name, heads: Sequence[_Name]) -> _Values:
    for column in dict.fromkeys((*grids[1].columns, *grids[0].columns)):
        values = [grid.read(row, column) for grid in grids]
        is_shared = all(column in grid.columns for grid in grids)
        # That a whole column of words came or went is said once.
        if column not in heads and (is_shared or any(value.number for value in values)):
            yield _say_place(row, column), values[0], values[1]


def _list_lone_row(grids: Sequence[_Grid], row: _Name) -> _Values:
    """Return the numbers of a row that only one table has, or its words where it has none."""
    is_new = row in grids[1].rows
    grid = grids[is_new]
    values = [(column, grid.read(row, column)) for column in grid.columns]
    numbers = [(column, value) for column, value in values if value.number]
    found = [(_say_place(row, column), value) for column, value in numbers] or [
        ("Zeilen", _Value(None, grid.say_row(row)))
    ]
    for where, value in found:
        yield (where, _NOTHING, value) if is_new else (where, value, _NOTHING)


def _find_row_headings(
    tables: Sequence[Table], columns: Sequence[Sequence[_Name]]
) -> tuple[_Name, ...]:
    """Return the columns that name a row: the first ones of words that tell the rows apart.

    A column counts only where both tables have it and neither has a number in it. One that tells no
    more rows apart than those before it is left out, so that its words may change.
    """
    words = [_list_word_columns(t, names) for t, names in zip(tables, columns, strict=True)]
    shared = [name for name in words[0] if name in words[1]]
    if shared != [name for name in words[1] if name in words[0]]:
        # The result must not depend on which of the tables is the older one.
        shared.sort(key=str)
    chosen: list[_Name] = []
    told = [0, 0]
    for name in shared:
        tried = [
            len(set(_read_headings(table, names, [*chosen, name])))
            for table, names in zip(tables, columns, strict=True)
        ]
        if not chosen or tried[0] > told[0] or tried[1] > told[1]:
            chosen, told = [*chosen, name], tried
    return tuple(chosen)


def _list_word_columns(table: Table, columns: Sequence[_Name]) -> list[_Name]:
    return [
        name
        for index, name in enumerate(columns)
        if not any(row[index].number for row in table.rows)
    ]


def _read_headings(
    table: Table, columns: Sequence[_Name], heads: Sequence[_Name]
) -> list[tuple[str, ...]]:
    indexes = [columns.index(name) for name in heads]
    return [tuple(_say_cell(row[index]) for index in indexes) for row in table.rows]


def _name_rows(table: Table, columns: Sequence[_Name], heads: Sequence[_Name]) -> list[_Name]:
    return list(_number_keys(_read_headings(table, columns, heads), lambda texts: texts))


def _say_cell(cell: Cell) -> str:
    if cell.number is not None:
        return figure_text(cell.number)
    state = cell.state.replace("_", " ")
    if cell.text and state and cell.text != state:
        return f"{cell.text} ({state})"
    return cell.text or state


def _say_place(row: _Name, column: _Name) -> str:
    return f"{_say_name(row)}: {_say_name(column)}"


def _say_name(name: _Name) -> str:
    heading, before = name
    texts = heading if isinstance(heading, tuple) else (heading,)
    words = ", ".join(str(text) for text in texts if text) or "Zeile"
    return f"{words} ({before + 1})" if before else words


# Small helpers


def _identity(value: _Value) -> tuple[object, ...] | None:
    """Return all that readers and programs are told of a number, but not where it comes from."""
    number = value.number
    if number is None:
        return None
    bounds = (number.value, number.lower, number.upper)
    return (*bounds, number.unit, number.wording, number.text, value.text)


def _fate(old: object | None, new: object | None) -> Fate:
    if old is None:
        return "added"
    return "gone" if new is None else "changed"


def _block_fate(old: object | None, new: object | None) -> BlockFate:
    fate = _fate(old, new)
    return "replaced" if fate == "changed" else fate


def _place(old: _Shown | None, new: _Shown | None, where: str = "") -> Place:
    shown = new or old
    if shown is None:
        raise ValueError("neither report has the block")
    return Place(
        chapter=shown.chapter.title,
        notebook=shown.chapter.name,
        block=shown.block.id,
        anchor=shown.placed.anchor,
        title=getattr(shown.block, "title", ""),
        where=where,
        is_new=new is not None,
    )


def _read_prose(chapter: Chapter) -> list[str]:
    """Return the paragraphs and headings of a chapter, without its title and its blocks."""
    parts = [part for part in chapter.parts if isinstance(part, Prose)]
    nodes = [node for part in parts for node in read_prose(str(part.html), ())]
    texts = [" ".join(_read_words(node)).strip() for node in nodes]
    return [text for text in texts if text and text != chapter.title]


def _read_words(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("text"), str):
            yield node["text"].strip()
        yield from (word for value in node.values() for word in _read_words(value))
    elif isinstance(node, list):
        yield from (word for each in node for word in _read_words(each))
