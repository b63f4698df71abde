"""Chapters of the report, read from executed notebooks: prose and blocks, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from pydantic import ValidationError

from analysis.errors import NotebookError
from analysis.presentation.blocks import (
    MIME_TYPE,
    Block,
    DownloadBlock,
    FigureBlock,
    Table,
    TableBlock,
    parse_block,
)
from analysis.presentation.inline_svg import SvgError, inline_svg
from analysis.report.anchors import Anchors
from analysis.report.prose import Heading, Prose, ProseError, render_prose

NOTEBOOK_KEY = "lagebild_notebook"
"""Cell metadata of a merged notebook: the stem of the notebook that the cell came from."""

DOWNLOADS = "berechnung"
"""Folder of a report, beside its page, that holds the files to download."""

_CHAPTER_LEVEL = 2
_NUMBERED_STEM = re.compile(r"^\d+[_-]")


@dataclass(frozen=True)
class PlacedBlock:
    """A block with its anchor in the report and the heading that it stands below."""

    block: Block
    anchor: str
    section: str


Part = Prose | PlacedBlock


@dataclass(frozen=True)
class Chapter:
    """One notebook as a chapter: its parts in the order in which readers see them.

    Attributes:
        name: stem of the notebook, for instance ``01_fallzahlen``.
        title: text of its only heading of the first level.
        anchor: id of that heading in the report.
        parts: prose and blocks.
    """

    name: str
    title: str
    anchor: str
    parts: tuple[Part, ...]

    @property
    def placed(self) -> tuple[PlacedBlock, ...]:
        """The blocks with their anchors."""
        return tuple(part for part in self.parts if isinstance(part, PlacedBlock))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks alone."""
        return tuple(placed.block for placed in self.placed)

    @property
    def headings(self) -> tuple[Heading, ...]:
        """All headings, the chapter's own first."""
        return tuple(h for part in self.parts if isinstance(part, Prose) for h in part.headings)

    @property
    def sections(self) -> tuple[Heading, ...]:
        """The headings directly below the chapter's own."""
        return tuple(h for h in self.headings if h.level == _CHAPTER_LEVEL + 1)


def collect_chapters(paths: Sequence[Path]) -> tuple[Chapter, ...]:
    """Read executed notebooks and return them as chapters, in the order given.

    Raises:
        NotebookError: a notebook cannot be read, holds a failed cell or an invalid block, shows
            not all blocks that it declares, shows one twice, or has not exactly one ``# `` heading;
            or two files to download have the same name.
    """
    return split_chapters(merge_notebooks(paths))


def merge_notebooks(paths: Sequence[Path]) -> NotebookNode:
    """Return one notebook with the cells of all, each marked with where it came from.

    Raises:
        NotebookError: a notebook cannot be read.
    """
    merged: NotebookNode = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {"lagebild": {}}, "cells": []}
    )
    for path in paths:
        notebook = _read_notebook(path)
        merged.metadata["lagebild"][path.stem] = notebook.metadata.get("lagebild", {})
        for cell in notebook.cells:
            cell.metadata[NOTEBOOK_KEY] = path.stem
            # Ids are unique per notebook only, and a merged notebook must be valid too.
            cell["id"] = f"{path.stem[:40]}-{len(merged.cells)}"
            merged.cells.append(cell)
    return merged


def split_chapters(merged: NotebookNode) -> tuple[Chapter, ...]:
    """Return the chapters of a notebook that `merge_notebooks` made.

    Raises:
        NotebookError: see `collect_chapters`.
    """
    anchors = Anchors()
    declared = merged.metadata["lagebild"]
    chapter_anchors = {
        name: anchors.claim(details.get("chapter") or _NUMBERED_STEM.sub("", name))
        for name, details in declared.items()
    }
    chapters = tuple(
        _Collector(name, anchors, chapter_anchors).collect(
            [cell for cell in merged.cells if cell.metadata[NOTEBOOK_KEY] == name],
            details.get("blocks", ()),
        )
        for name, details in declared.items()
    )
    _require_distinct(
        [
            (chapter.name, block)
            for chapter in chapters
            for block in chapter.blocks
            if isinstance(block, DownloadBlock)
        ]
    )
    return chapters


def read_downloads(paths: Sequence[Path]) -> dict[str, bytes]:
    """Return the files that executed notebooks hand out: path in the report's folder to content.

    Raises:
        NotebookError: a notebook cannot be read, or two files have the same name.
    """
    shown = [
        (path.stem, block)
        for path in paths
        for cell in _read_notebook(path).cells
        for output in cell.get("outputs", ())
        if (block := _read_download(output)) is not None
    ]
    _require_distinct(shown)
    return {f"{DOWNLOADS}/{file.name}": file.decode() for _, block in shown for file in block.files}


def _read_download(output: NotebookNode) -> DownloadBlock | None:
    data = output.get("data", {}).get(MIME_TYPE)
    decoded = json.loads(data) if isinstance(data, str) else data
    if not isinstance(decoded, Mapping) or decoded.get("kind") != "download":
        return None
    block = parse_block(decoded)
    return block if isinstance(block, DownloadBlock) else None


def _require_distinct(shown: Sequence[tuple[str, DownloadBlock]]) -> None:
    owners: dict[str, str] = {}
    for notebook, block in shown:
        for file in block.files:
            place = f"Notebook »{notebook}«, Block »{block.id}«"
            other = owners.setdefault(file.name, place)
            if other != place or [each.name for each in block.files].count(file.name) > 1:
                raise NotebookError(
                    f"{place}: Die Datei »{file.name}« gibt es schon ({other}). "
                    "Jede Datei zum Herunterladen braucht einen eigenen Namen."
                )


def _read_notebook(path: Path) -> NotebookNode:
    try:
        notebook: NotebookNode = nbformat.read(  # type: ignore[no-untyped-call]
            path, as_version=4
        )
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        raise NotebookError(
            f"Notebook »{path.name}« ist nicht lesbar: {_first_line(error)}"
        ) from error
    return notebook


class _Collector:
    """Turns the cells of one notebook into a chapter."""

    def __init__(self, name: str, anchors: Anchors, chapters: Mapping[str, str]) -> None:
        self._name = name
        self._anchors = anchors
        self._chapters = chapters
        self._section = ""

    def collect(self, cells: Sequence[NotebookNode], declared: Sequence[str]) -> Chapter:
        read = [(cell.cell_type == "code", tuple(self._read_cell(cell))) for cell in cells]
        shown = [p.block.id for _, parts in read for p in parts if isinstance(p, PlacedBlock)]
        chapter = Chapter(self._name, "", self._chapters[self._name], _drop_omitted(read))
        titles = [h.text for h in chapter.headings if h.level == _CHAPTER_LEVEL]
        if len(titles) != 1:
            raise self._error(
                f"genau eine Überschrift erster Ebene (»# …«) erwartet, gefunden: {len(titles)}."
            )
        self._check_ids(shown, declared)
        return Chapter(self._name, titles[0], chapter.anchor, chapter.parts)

    def _read_cell(self, cell: NotebookNode) -> Iterator[Part]:
        if cell.cell_type == "markdown":
            yield self._render_prose(cell.source)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                yield from self._read_output(output)

    def _render_prose(self, source: str) -> Prose:
        try:
            return render_prose(source, self._claim_heading, self._chapters)
        except ProseError as error:
            raise self._error(str(error)) from None

    def _claim_heading(self, level: int, text: str) -> str:
        self._section = text
        chapter = self._chapters[self._name]
        return chapter if level == _CHAPTER_LEVEL else self._anchors.claim(f"{chapter}-{text}")

    def _read_output(self, output: NotebookNode) -> Iterator[PlacedBlock]:
        if output.output_type == "error":
            raise self._error(f"eine Zelle ist fehlgeschlagen: {output.ename}: {output.evalue}")
        data = output.get("data", {}).get(MIME_TYPE)
        if data is not None:
            block = self._parse_block(data)
            # No slug and no block id holds two hyphens, so this clashes with nothing.
            yield PlacedBlock(block, f"{self._chapters[self._name]}--{block.id}", self._section)

    def _parse_block(self, data: object) -> Block:
        try:
            block = parse_block(json.loads(data) if isinstance(data, str) else data)
        except (ValidationError, json.JSONDecodeError) as error:
            raise self._error(f"{_describe(data)} ist ungültig: {_explain(error)}") from None
        self._check_content(block)
        return block

    def _check_content(self, block: Block) -> None:
        if isinstance(block, FigureBlock | TableBlock) and not _is_rectangular(block.table):
            raise self._error(f"Block »{block.id}«: Zeilen und Spalten der Tabelle passen nicht.")
        if isinstance(block, FigureBlock):
            try:
                inline_svg(block.svg, prefix=block.id, alt=block.alt)
            except SvgError as error:
                raise self._error(f"Block »{block.id}«: SVG ist ungültig: {error}") from None

    def _check_ids(self, shown: Sequence[str], declared: Sequence[str]) -> None:
        twice = sorted({block_id for block_id in shown if shown.count(block_id) > 1})
        if twice:
            raise self._error(f"Blöcke mehrfach gezeigt: {', '.join(twice)}.")
        absent = [block_id for block_id in declared if block_id not in shown]
        if absent:
            raise self._error(f"angekündigte Blöcke fehlen: {', '.join(absent)}.")

    def _error(self, message: str) -> NotebookError:
        return NotebookError(f"Notebook »{self._name}«: {message}")


def _drop_omitted(cells: Sequence[tuple[bool, tuple[Part, ...]]]) -> tuple[Part, ...]:
    """Return the parts without omitted blocks, and without text that nothing is left below of.

    In a chapter that omits blocks, a text cell goes where code cells follow it and none of them
    shows a block; the cell with the chapter's title stays.

    Args:
        cells: for each cell whether it is a code cell, and its parts.
    """
    sections: list[tuple[list[Part], list[tuple[Part, ...]]]] = [([], [])]
    for is_code, parts in cells:
        if is_code:
            sections[-1][1].append(parts)
        else:
            sections.append((list(parts), []))
    omits = any(_is_omitted(part) for _, parts in cells for part in parts)
    kept: list[Part] = []
    for text, code in sections:
        left = [part for parts in code for part in parts if not _is_omitted(part)]
        empty = omits and bool(code) and not left
        if not empty or _holds_title(text):
            kept += text
        kept += left
    return tuple(kept)


def _is_omitted(part: Part) -> bool:
    return isinstance(part, PlacedBlock) and part.block.kind == "omitted"


def _holds_title(text: Sequence[Part]) -> bool:
    return any(
        heading.level == _CHAPTER_LEVEL
        for part in text
        if isinstance(part, Prose)
        for heading in part.headings
    )


def _is_rectangular(table: Table) -> bool:
    return all(len(row) == len(table.columns) for row in table.rows)


def _describe(data: object) -> str:
    block_id = data.get("id") if isinstance(data, Mapping) else None
    return f"Block »{block_id}«" if block_id else "ein Block ohne Kennung"


def _explain(error: ValidationError | json.JSONDecodeError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "kein JSON"
    item = error.errors()[0]
    place = ".".join(str(step) for step in item["loc"])
    return f"{place or 'Aufbau'}: {item['msg']}"


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
