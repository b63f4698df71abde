"""The report as a Quarto project, written from the same blocks as the page.

The project computes nothing (``execute: enabled: false``): all figures are in it as text, all
charts as files. `lagebild` itself renders with nbconvert and typst; the project is for those who
want to go on working with Quarto.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from analysis.editions import project_root
from analysis.errors import NotebookError, UsageError
from analysis.presentation.blocks import (
    Block,
    Cell,
    DownloadBlock,
    FigureBlock,
    KeyFiguresBlock,
    MissingBlock,
    Segment,
    TableBlock,
    TextBlock,
)
from analysis.presentation.formats import format_date
from analysis.presentation.html import MANY_SOURCES, describe_file, figure_text
from analysis.presentation.numbers import Number
from analysis.report.collect import DOWNLOADS, Chapter, PlacedBlock
from analysis.report.pdf_charts import describe_chart
from analysis.report.pdf_document import (
    HINTS_ANCHOR,
    Annex,
    Entry,
    Fact,
    LinkOf,
    describe_title,
)
from analysis.report.pdf_prose import clean_text, read_prose
from analysis.report.quarto_markdown import (
    escape_html,
    escape_markdown,
    write_definitions,
    write_div,
    write_heading,
    write_html,
    write_link,
    write_list,
    write_prose,
    write_table,
)
from analysis.report.register import SOURCES_ANCHOR, ListedSource, Use
from analysis.report.render import ReportView

PROJECT = "_quarto.yml"
MAIN = "bericht.qmd"
CHAPTERS = "kapitel"
CHARTS = "abbildungen"
STYLE = "lagebild.css"
OUTPUT = "ausgabe"

_PROGRAM = "quarto"
_SECONDS = 600
_SHOWN_LINES = 5
_NOTICE = (
    "Alle Angaben in diesem Bericht sind erfunden. "
    "Sie zeigen nur, wie er mit echten Daten aussieht."
)
# Quarto numbers what has one of its prefixes; identifiers with others of them are misread.
_PREFIXES = {"figure": "fig", "table": "tbl"}
_RESERVED = re.compile(
    r"^(fig|tbl|lst|tip|nte|wrn|imp|cau|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg|eq|sec)-"
)
# What YAML does not print, or takes for the end of a line.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write_quarto_project(
    view: ReportView,
    folder: Path,
    *,
    annexes: Sequence[Annex] = (),
    link_of: LinkOf | None = None,
) -> Path:
    """Write the report as a Quarto project and return its main document.

    Args:
        view: the report, the same as for the page in HTML and the PDF.
        folder: does not exist yet, or is empty.
        annexes: further parts behind the chapters.
        link_of: the anchor of the entry that proves a number, or ``None``.

    Raises:
        UsageError: there is something in the folder.
        ValueError: ``link_of`` leads to a place that the document does not have.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            f"Der Ordner »{folder}« ist nicht leer. Ein Quarto-Projekt braucht einen eigenen."
        )
    for path, content in _Project(view, annexes, link_of).write().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder / MAIN


def render_with_quarto(folder: Path) -> Path:
    """Call ``quarto render`` on a project and return the folder with what it made.

    Raises:
        UsageError: Quarto is not installed.
        NotebookError: Quarto stopped with an error.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        raise UsageError(
            "Quarto ist nicht installiert oder nicht im Suchpfad. Zu bekommen ist es unter "
            "https://quarto.org/docs/get-started/. Ohne Quarto entsteht der Bericht mit "
            "nbconvert; das ist die Voreinstellung (--renderer nbconvert). Das geschriebene "
            f"Projekt bleibt in »{folder}« und lässt sich später mit »quarto render« umsetzen."
        )
    try:
        done = subprocess.run(
            [program, "render"],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotebookError(f"Quarto wurde nach {_SECONDS} Sekunden abgebrochen.") from None
    if done.returncode != 0:
        lines = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        raise NotebookError(
            f"Quarto ist mit dem Code {done.returncode} abgebrochen: "
            f"{' / '.join(lines[-_SHOWN_LINES:]) or 'ohne Meldung'}"
        )
    return folder / OUTPUT


def write_yaml(value: object, depth: int = 0) -> str:
    """Return mappings, lists, texts, numbers and truth values as YAML; keys are plain words."""
    pad = "  " * depth
    if isinstance(value, Mapping) and value:
        return "\n".join(f"{pad}{name}:{_write_value(each, depth)}" for name, each in value.items())
    if isinstance(value, list) and value:
        return "\n".join(f"{pad}- {write_yaml(each, depth + 1).lstrip()}" for each in value)
    text = json.dumps(value, ensure_ascii=False)
    return pad + _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _write_value(value: object, depth: int) -> str:
    if isinstance(value, Mapping | list) and value:
        return f"\n{write_yaml(value, depth + 1)}"
    return f" {write_yaml(value)}"


class _Project:
    """Writes one report; knows the identifier of every place that links may lead to."""

    def __init__(self, view: ReportView, annexes: Sequence[Annex], link_of: LinkOf | None) -> None:
        self._view = view
        self._annexes = annexes
        self._link_of = link_of
        self._ids = _name_places(view, annexes)
        self._floats = {
            placed.anchor
            for chapter in view.chapters
            for placed in chapter.placed
            if placed.block.kind in _PREFIXES
        }

    def write(self) -> dict[str, str | bytes]:
        """Return all files of the project: path to content."""
        chapters = {
            f"{CHAPTERS}/_{chapter.name}.qmd": self._write_chapter(chapter)
            for chapter in self._view.chapters
        }
        chapters |= self._write_annexes()
        files: dict[str, str | bytes] = {
            PROJECT: write_yaml(self._describe_project()) + "\n",
            MAIN: self._write_main(list(chapters)),
            STYLE: (project_root() / "report" / "template" / "quarto" / STYLE).read_bytes(),
            **chapters,
        }
        for chapter in self._view.chapters:
            for placed in chapter.placed:
                if isinstance(placed.block, FigureBlock):
                    files[self._chart_path(placed)] = str(describe_chart(placed.block)["svg"])
                elif isinstance(placed.block, DownloadBlock):
                    files |= {f"{DOWNLOADS}/{f.name}": f.decode() for f in placed.block.files}
        return files

    # Frame

    def _describe_project(self) -> dict[str, Any]:
        project: dict[str, Any] = {"type": "default", "output-dir": OUTPUT, "render": [MAIN]}
        if any(isinstance(b, DownloadBlock) for c in self._view.chapters for b in c.blocks):
            project["resources"] = [f"{DOWNLOADS}/*"]
        return {
            "project": project,
            "lang": "de",
            "execute": {"enabled": False},
            "toc": True,
            "toc-depth": 3,
            "number-sections": False,
            "format": {
                # Quarto would else rebuild the tables and lose the scope of their headings.
                "html": {
                    "embed-resources": True,
                    "html-table-processing": "none",
                    "css": STYLE,
                    "toc-location": "left",
                },
                "typst": {"papersize": "a4"},
            },
        }

    def _write_main(self, parts: Iterable[str]) -> str:
        front = self._view.front
        head = {
            # Quarto reads these as Markdown.
            "title": escape_markdown(describe_title(self._view)),
            "subtitle": escape_markdown(front.edition.subtitle),
            "author": escape_markdown(
                f"{front.edition.city_label}, {front.edition.administration}"
            ),
            "engine": "markdown",
        }
        facts = [
            ("Stichtag", format_date(front.edition.parameters.stichtag)),
            ("Stand der Daten", front.state_of_data),
            *front.deviations,
        ]
        opening = [
            write_definitions((escape_markdown(n), [escape_markdown(v)]) for n, v in facts),
        ]
        if front.is_synthetic:
            notice = f"**Musterdaten\\.** {escape_markdown(_NOTICE)}"
            opening.insert(0, write_div([notice], classes="synthetic-notice"))
        includes = [f"{{{{< include {part} >}}}}" for part in parts]
        return f"---\n{write_yaml(head)}\n---\n\n" + "\n\n".join([*opening, *includes]) + "\n"

    def _write_chapter(self, chapter: Chapter) -> str:
        anchors = self._ids.keys()
        parts: list[str] = []
        for part in chapter.parts:
            if isinstance(part, PlacedBlock):
                parts.append(self._write_block(part.block, part))
            else:
                parts += write_prose(read_prose(str(part.html), anchors), self._name)
        return "\n\n".join(part for part in parts if part) + "\n"

    def _write_annexes(self) -> dict[str, str]:
        files = {
            f"{CHAPTERS}/_anhang-{annex.anchor}.qmd": self._write_annex(annex)
            for annex in self._annexes
        }
        if self._view.hints:
            facts = [
                (
                    f"zum Beispiel »{escape_markdown(hint.sign)}«"
                    if hint.is_example
                    else escape_markdown(hint.sign),
                    [escape_markdown(hint.meaning)],
                )
                for hint in self._view.hints
            ]
            lead = "So sind Spannen und Zeichen in Text, Tabellen und Abbildungen zu lesen."
            heading = write_heading("Zeichenerklärung", 1, self._name(HINTS_ANCHOR))
            files[f"{CHAPTERS}/_{HINTS_ANCHOR}.qmd"] = "\n\n".join(
                [heading, escape_markdown(lead), write_definitions(facts), ""]
            )
        if self._view.register.sources:
            heading = write_heading("Quellen", 1, self._name(SOURCES_ANCHOR))
            items = write_list(
                (self._write_source(listed) for listed in self._view.register.sources), start=1
            )
            files[f"{CHAPTERS}/_{SOURCES_ANCHOR}.qmd"] = f"{heading}\n\n{items}\n"
        return files

    def _write_annex(self, annex: Annex) -> str:
        parts = [
            write_heading(escape_markdown(annex.title), 1, self._name(annex.anchor)),
            escape_markdown(annex.lead),
            *(self._write_entry(entry) for entry in annex.entries),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _write_entry(self, entry: Entry) -> str:
        facts = [(escape_markdown(f.term), [_write_fact(f)]) for f in entry.facts]
        if entry.uses:
            facts.append(("Verwendet in", [self._write_uses(entry.uses)]))
        return "\n\n".join(
            [
                write_heading(escape_markdown(entry.title), 2, self._name(entry.anchor)),
                write_definitions(facts),
            ]
        )

    def _write_source(self, listed: ListedSource) -> str:
        source = listed.source
        title = write_link(escape_markdown(source.title), source.url)
        kind = f" ({escape_markdown(source.kind)})" if source.kind else ""
        mark = f"[]{{#{self._name(listed.anchor)}}}"
        return f"{mark}{title}{kind}\n\nVerwendet in: {self._write_uses(listed.uses)}"

    def _write_uses(self, uses: Iterable[Use]) -> str:
        return ", ".join(self._refer(use.anchor, use.label) for use in uses)

    def _refer(self, anchor: str, label: str) -> str:
        """Return a reference; Quarto numbers figures and tables itself."""
        if anchor in self._floats:
            return f"@{self._name(anchor)}"
        if anchor not in self._ids:
            return escape_markdown(label)
        return write_link(escape_markdown(label), f"#{self._name(anchor)}")

    # Blocks

    @singledispatchmethod
    def _write_block(self, _block: Block, _placed: PlacedBlock) -> str:
        """Return a block as Markdown; nothing for those that are not shown."""
        return ""

    @_write_block.register
    def _write_text(self, block: TextBlock, placed: PlacedBlock) -> str:
        items = [self._write_segments(item) for item in block.items]
        parts = [self._write_segments(block.segments), write_list(items)]
        return self._wrap(parts, placed, "text-block")

    @_write_block.register
    def _write_figure(self, block: FigureBlock, placed: PlacedBlock) -> str:
        alt = escape_markdown(block.alt.strip())
        chart = write_div(
            [
                f'![]({self._chart_path(placed)}){{fig-alt="{alt}"}}',
                self._write_caption(block.title, block.subtitle, placed),
            ],
            identifier=self._name(placed.anchor),
        )
        label = self._view.register.labels.get(placed.anchor, "Abbildung")
        data = [
            write_html(f"<details><summary>Daten zur {escape_html(label)}</summary>"),
            write_table(block.table, caption=True, link=self._find_cell_proof),
            write_html("</details>"),
        ]
        return "\n\n".join([chart, *self._write_foot(block.note, placed), *data])

    @_write_block.register
    def _write_table_block(self, block: TableBlock, placed: PlacedBlock) -> str:
        subtitle = "" if block.table.caption == block.title else block.table.caption
        table = write_div(
            [
                write_table(block.table, caption=False, link=self._find_cell_proof),
                self._write_caption(block.title, subtitle, placed),
            ],
            identifier=self._name(placed.anchor),
        )
        return "\n\n".join([table, *self._write_foot(block.note, placed)])

    @_write_block.register
    def _write_key_figures(self, block: KeyFiguresBlock, placed: PlacedBlock) -> str:
        facts = [
            (
                escape_markdown(figure.label),
                [
                    part
                    for part in (self._write_number(figure.number), escape_markdown(figure.context))
                    if part
                ],
            )
            for figure in block.figures
        ]
        parts = [self._write_caption(block.title, "", placed), write_definitions(facts)]
        return self._wrap(parts, placed, "key-figures")

    @_write_block.register
    def _write_download(self, block: DownloadBlock, placed: PlacedBlock) -> str:
        files = write_list(
            f"[{escape_markdown(file.label)}](<{DOWNLOADS}/{file.name}>) "
            f"\\({escape_markdown(describe_file(file))}\\)"
            for file in block.files
        )
        parts = [self._write_caption(block.title, "", placed), files, escape_markdown(block.note)]
        return self._wrap(parts, placed, "downloads")

    @_write_block.register
    def _write_missing(self, block: MissingBlock, placed: PlacedBlock) -> str:
        facts = {
            "Was fehlt": block.what,
            "Was gebraucht wird": block.needed,
            "Von wem": block.from_whom,
        }
        parts = [
            self._write_caption(block.title, "", placed),
            write_definitions((name, [escape_markdown(text)]) for name, text in facts.items()),
        ]
        return self._wrap(parts, placed, "missing-data")

    # Parts of blocks

    def _wrap(self, parts: Sequence[str], placed: PlacedBlock, classes: str) -> str:
        content = [*parts, self._write_marks(placed)]
        return write_div(content, identifier=self._name(placed.anchor), classes=classes)

    def _write_caption(self, title: str, subtitle: str, placed: PlacedBlock) -> str:
        is_synthetic = placed.block.synthetic or self._view.front.is_synthetic
        mark = "Musterdaten\\: " if is_synthetic else ""
        return f"{mark}**{escape_markdown(title).strip()}** {escape_markdown(subtitle)}".strip()

    def _write_foot(self, note: str, placed: PlacedBlock) -> list[str]:
        parts = [write_div([escape_markdown(note)], classes="note")] if note else []
        source = self._write_marks(placed)
        return [*parts, source] if source else parts

    def _write_marks(self, placed: PlacedBlock) -> str:
        frame = self._view.register.frame(placed, synthetic=self._view.front.is_synthetic)
        marks = frame.marks
        if not marks:
            return ""
        if len(marks) > MANY_SOURCES:
            words = escape_markdown(f"{len(marks)} Einträge im Quellenverzeichnis")
            shown = write_link(words, f"#{self._name(SOURCES_ANCHOR)}")
        else:
            title = f"{escape_markdown(marks[0].title)} " if len(marks) == 1 else ""
            shown = title + " ".join(
                write_link(f"\\[{mark.number}\\]", f"#{self._name(mark.target)}") for mark in marks
            )
        word = "Quelle" if len(marks) == 1 else "Quellen"
        return write_div([f"{word}\\: {shown}"], classes="source")

    def _write_segments(self, segments: Iterable[Segment]) -> str:
        pieces = []
        for segment in segments:
            pieces.append(escape_markdown(segment.words))
            if segment.number:
                pieces.append(self._write_number(segment.number))
        return "".join(pieces).strip()

    def _write_number(self, number: Number) -> str:
        text = escape_markdown(figure_text(number))
        proof = self._find_proof(number)
        return write_link(text, f"#{proof}") if proof else text

    def _find_proof(self, number: Number | None) -> str:
        anchor = self._link_of(number) if number and self._link_of else None
        if not anchor:
            return ""
        if anchor not in self._ids:
            raise ValueError(f"the proof »{anchor}« is not part of the document")
        return self._name(anchor)

    def _find_cell_proof(self, cell: Cell) -> str:
        return self._find_proof(cell.number)

    def _chart_path(self, placed: PlacedBlock) -> str:
        return f"{CHARTS}/{self._name(placed.anchor)}.svg"

    def _name(self, anchor: str) -> str:
        return self._ids[anchor]


def _write_fact(fact: Fact) -> str:
    return write_link(escape_markdown(clean_text(fact.text)), fact.url)


def _name_places(view: ReportView, annexes: Sequence[Annex]) -> dict[str, str]:
    """Return the identifier of each anchor: figures and tables get Quarto's prefixes."""
    kinds: dict[str, str] = {}
    for chapter in view.chapters:
        kinds |= {heading.anchor: "" for heading in chapter.headings}
        kinds |= {placed.anchor: placed.block.kind for placed in chapter.placed}
    for annex in annexes:
        kinds |= {annex.anchor: ""} | {entry.anchor: "" for entry in annex.entries}
    kinds |= {listed.anchor: "" for listed in view.register.sources}
    kinds |= {HINTS_ANCHOR: "", SOURCES_ANCHOR: ""}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for anchor, kind in kinds.items():
        # References end at two signs in a row.
        plain = re.sub(r"[^a-z0-9]+", "-", anchor.lower()).strip("-")
        prefix = _PREFIXES.get(kind, "teil" if _RESERVED.match(plain) else "")
        name = base = f"{prefix}-{plain}" if prefix else plain
        count = 1
        while name in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name)
        names[anchor] = name
    return names
