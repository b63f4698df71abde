"""The report as plain data for the template of the PDF.

The template gets every text as a value and evaluates none of them, so that nothing in the data can
act as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import TypeAlias

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
from analysis.presentation.formats import format_date, format_number
from analysis.presentation.html import (
    MANY_SOURCES,
    BlockFrame,
    describe_file,
    figure_text,
    is_web_address,
    state_sign,
)
from analysis.presentation.numbers import Number
from analysis.report.collect import Chapter, PlacedBlock
from analysis.report.pdf_charts import describe_chart, keep_leads
from analysis.report.pdf_prose import Node, clean_text, read_prose
from analysis.report.pdf_tables import (
    MAX_ROWS,
    TableLayout,
    align_columns,
    allow_breaks,
    head_of,
    lay_out_table,
)
from analysis.report.register import SOURCES_ANCHOR, ListedSource, Use
from analysis.report.render import ReportView

HINTS_ANCHOR = "zeichenerklaerung"
TABLES_ANCHOR = "tabellen"

LinkOf: TypeAlias = Callable[[Number], str | None]


@dataclass(frozen=True)
class Fact:
    """What an entry of an annex says: a term and its explanation, with an address if it has one."""

    term: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of an annex that links of the report lead to.

    Attributes:
        anchor: unique in the document; what ``link_of`` returns.
        title: German text.
        facts: in the order in which readers see them.
        uses: the places that lead here, to go back to them.
    """

    anchor: str
    title: str
    facts: tuple[Fact, ...]
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Annex:
    """A part of the document behind the chapters, for instance the proofs of all figures."""

    anchor: str
    title: str
    lead: str
    entries: tuple[Entry, ...]


def describe_document(
    view: ReportView, *, annexes: Sequence[Annex] = (), link_of: LinkOf | None = None
) -> Node:
    """Return the whole report in the form that ``report/template/typst/report.typ`` sets.

    Args:
        view: the report, the same as for the page in HTML.
        annexes: further parts behind the chapters.
        link_of: the anchor of the entry that proves a number, or ``None``.

    Raises:
        ValueError: ``link_of`` leads to a place that the document does not have.
    """
    return _Describer(view, annexes, link_of or _no_link).describe()


def describe_title(view: ReportView) -> str:
    """Return the title of the file, the same as that of the page in HTML."""
    edition = view.front.edition
    mark = "Musterdaten: " if view.front.is_synthetic else ""
    return f"{mark}{edition.title}, Stichtag {format_date(edition.parameters.stichtag)}"


def _no_link(_number: Number) -> str | None:
    return None


class _Describer:
    """Turns one report into data; knows all places that links may lead to."""

    def __init__(self, view: ReportView, annexes: Sequence[Annex], link_of: LinkOf) -> None:
        self._view = view
        self._annexes = annexes
        self._link_of = link_of
        self._printed = [placed for placed in _figures(view.chapters) if _is_printed(placed)]
        self._anchors = frozenset(self._collect_anchors())

    def _collect_anchors(self) -> Iterator[str]:
        for chapter in self._view.chapters:
            yield from (heading.anchor for heading in chapter.headings)
            yield from (placed.anchor for placed in chapter.placed)
        for annex in self._annexes:
            yield annex.anchor
            yield from (entry.anchor for entry in annex.entries)
        yield from (listed.anchor for listed in self._view.register.sources)
        yield from (_table_anchor(placed) for placed in self._printed)
        if self._view.hints:
            yield HINTS_ANCHOR
        if self._view.register.sources:
            yield SOURCES_ANCHOR

    def describe(self) -> Node:
        front, edition = self._view.front, self._view.front.edition
        return {
            "title": describe_title(self._view),
            "cover": {
                "office": f"{edition.city_label} · {edition.administration}",
                "title": clean_text(edition.title),
                "subtitle": clean_text(edition.subtitle),
                "facts": self._list_facts(),
                "deviations": [list(pair) for pair in front.deviations],
            },
            "author": f"{edition.city_label}, {edition.administration}",
            "stichtag": format_date(edition.parameters.stichtag),
            "synthetic": front.is_synthetic,
            "imprint": self._describe_imprint(),
            "chapters": [
                keep_leads([n for part in chapter.parts for n in self._describe_part(part)])
                for chapter in self._view.chapters
            ],
            "annexes": [self._describe_annex(annex) for annex in self._annexes],
            "tables": {"anchor": TABLES_ANCHOR, "entries": self._describe_tables()},
            "hints": {
                "anchor": HINTS_ANCHOR,
                "entries": [
                    {
                        "sign": hint.sign,
                        "meaning": hint.meaning,
                        "state": hint.kind,
                        "example": hint.is_example,
                    }
                    for hint in self._view.hints
                ],
            },
            "sources": {
                "anchor": SOURCES_ANCHOR,
                "entries": [self._describe_source(s) for s in self._view.register.sources],
            },
        }

    def _list_facts(self) -> list[list[str]]:
        front = self._view.front
        facts = [
            ["Stichtag", format_date(front.edition.parameters.stichtag)],
            ["Stand der Daten", front.state_of_data],
        ]
        count = len(self._view.register.sources)
        if count:
            facts.append(["Grundlage", "1 Quelle" if count == 1 else f"{count} Quellen"])
        return facts

    def _describe_imprint(self) -> str:
        front = self._view.front
        built = f" · erstellt am {format_date(front.built_on)}" if front.built_on else ""
        return f"lagebild · Edition »{front.edition.name}«{built}"

    def _describe_part(self, part: object) -> list[Node]:
        if isinstance(part, PlacedBlock):
            node = self._describe_block(part.block, part)
            return [node | {"anchor": part.anchor}] if node else []
        return read_prose(str(getattr(part, "html", "")), self._anchors)

    # Blocks

    @singledispatchmethod
    def _describe_block(self, _block: Block, _placed: PlacedBlock) -> Node:
        """Return what the template needs for a block; nothing for those that are not shown."""
        return {}

    @_describe_block.register
    def _describe_text(self, block: TextBlock, placed: PlacedBlock) -> Node:
        return {
            "kind": "text",
            "body": self._describe_segments(block.segments),
            "items": [self._describe_segments(item) for item in block.items],
            "source": self._describe_marks(placed),
        }

    @_describe_block.register
    def _describe_figure(self, block: FigureBlock, placed: PlacedBlock) -> Node:
        return {
            "kind": "figure",
            **self._describe_head(block.title, placed),
            "subtitle": clean_text(block.subtitle),
            "alt": clean_text(block.alt),
            **describe_chart(block),
            "note": clean_text(block.note),
            "source": self._describe_marks(placed),
            "data": _table_anchor(placed) if _is_printed(placed) else "",
            "rows": format_number(len(block.table.rows)),
        }

    @_describe_block.register
    def _describe_table_block(self, block: TableBlock, placed: PlacedBlock) -> Node:
        caption = "" if block.table.caption == block.title else clean_text(block.table.caption)
        return {
            "kind": "table",
            **self._describe_head(block.title, placed),
            "subtitle": caption,
            "note": clean_text(block.note),
            "source": self._describe_marks(placed),
            "rows": format_number(len(block.table.rows)),
            "table": self._describe_table(block.table) if _is_short(block.table) else None,
        }

    @_describe_block.register
    def _describe_key_figures(self, block: KeyFiguresBlock, placed: PlacedBlock) -> Node:
        return {
            "kind": "key-figures",
            **self._describe_head(block.title, placed),
            "figures": [
                {
                    "label": clean_text(figure.label),
                    **_split_figure(figure.number),
                    "to": self._find_proof(figure.number),
                    "context": clean_text(figure.context),
                }
                for figure in block.figures
            ],
            "source": self._describe_marks(placed),
        }

    @_describe_block.register
    def _describe_download(self, block: DownloadBlock, placed: PlacedBlock) -> Node:
        folder = self._frame(placed).downloads
        return {
            "kind": "download",
            **self._describe_head(block.title, placed),
            "files": [
                {
                    "label": clean_text(file.label),
                    "details": describe_file(file),
                    "path": f"{folder}/{file.name}",
                }
                for file in block.files
            ],
            "note": clean_text(block.note),
            "source": self._describe_marks(placed),
        }

    @_describe_block.register
    def _describe_missing(self, block: MissingBlock, placed: PlacedBlock) -> Node:
        return {
            "kind": "missing",
            **self._describe_head(block.title, placed),
            "facts": [
                ["Was fehlt", clean_text(block.what)],
                ["Was gebraucht wird", clean_text(block.needed)],
                ["Von wem", clean_text(block.from_whom)],
            ],
            "source": self._describe_marks(placed),
        }

    # Parts of blocks

    def _frame(self, placed: PlacedBlock) -> BlockFrame:
        return self._view.register.frame(placed, synthetic=self._view.front.is_synthetic)

    def _describe_head(self, title: str, placed: PlacedBlock) -> Node:
        frame = self._frame(placed)
        return {
            "label": frame.label,
            "synthetic": frame.synthetic or placed.block.synthetic,
            "title": clean_text(title),
        }

    def _describe_marks(self, placed: PlacedBlock) -> Node | None:
        """Return the references to the list of sources, or ``None`` where a block has none."""
        marks = self._frame(placed).marks
        if not marks:
            return None
        if len(marks) > MANY_SOURCES:
            return {"many": f"{len(marks)} Einträge im Quellenverzeichnis", "marks": []}
        title = clean_text(marks[0].title) if len(marks) == 1 else ""
        shown = [{"number": mark.number, "to": mark.target} for mark in marks]
        return {"many": "", "title": title, "marks": shown}

    def _describe_segments(self, segments: Iterable[Segment]) -> list[Node]:
        body: list[Node] = []
        for segment in segments:
            if segment.words:
                body.append({"kind": "words", "text": clean_text(segment.words)})
            if segment.number:
                body.append(
                    {
                        "kind": "number",
                        "text": clean_text(figure_text(segment.number)),
                        "to": self._find_proof(segment.number),
                    }
                )
        return body

    def _find_proof(self, number: Number | None) -> str:
        anchor = self._link_of(number) if number else None
        if anchor and anchor not in self._anchors:
            raise ValueError(f"the proof »{anchor}« is not part of the document")
        return anchor or ""

    # Tables

    def _describe_table(self, table: Table) -> Node:
        layout: TableLayout = lay_out_table(table)
        return {
            "size": layout.size,
            "across": layout.across,
            "inset": layout.inset,
            "long": layout.long,
            "widths": [round(width, 2) for width in layout.widths],
            "aligns": list(align_columns(table)),
            "heads": [clean_text(head_of(column)) for column in table.columns],
            "rows": [[self._describe_cell(cell) for cell in row] for row in table.rows],
        }

    def _describe_cell(self, cell: Cell) -> Node:
        proof = self._find_proof(cell.number)
        if not cell.state:
            return {"text": allow_breaks(clean_text(cell.text)), "to": proof}
        sign = state_sign(cell.state)
        return {
            "symbol": sign.symbol,
            "text": clean_text(cell.text or cell.state.replace("_", " ")),
            "state": f"state-{sign.kind}",
            "to": proof,
        }

    def _describe_tables(self) -> list[Node]:
        nodes = []
        for placed in self._printed:
            if isinstance(placed.block, FigureBlock):
                nodes.append(
                    {
                        "anchor": _table_anchor(placed),
                        "title": f"Daten zur {self._frame(placed).label}",
                        "caption": clean_text(placed.block.table.caption),
                        "to": placed.anchor,
                        "label": self._frame(placed).label,
                        "synthetic": self._view.front.is_synthetic or placed.block.synthetic,
                        "table": self._describe_table(placed.block.table),
                    }
                )
        return nodes

    # Annexes

    def _describe_annex(self, annex: Annex) -> Node:
        return {
            "anchor": annex.anchor,
            "title": clean_text(annex.title),
            "lead": clean_text(annex.lead),
            "entries": [
                {
                    "anchor": entry.anchor,
                    "title": clean_text(entry.title),
                    "facts": [
                        {
                            "term": clean_text(fact.term),
                            "text": clean_text(fact.text),
                            "url": fact.url.strip() if is_web_address(fact.url) else "",
                        }
                        for fact in entry.facts
                    ],
                    "uses": self._describe_uses(entry.uses),
                }
                for entry in annex.entries
            ],
        }

    def _describe_source(self, listed: ListedSource) -> Node:
        source = listed.source
        return {
            "anchor": listed.anchor,
            "number": listed.number,
            "title": clean_text(source.title),
            "category": clean_text(source.kind),
            "url": source.url.strip() if is_web_address(source.url) else "",
            "uses": self._describe_uses(listed.uses),
        }

    def _describe_uses(self, uses: Iterable[Use]) -> list[Node]:
        return [
            {"to": use.anchor, "label": clean_text(use.label)}
            for use in uses
            if use.anchor in self._anchors
        ]


def _figures(chapters: Iterable[Chapter]) -> list[PlacedBlock]:
    return [p for chapter in chapters for p in chapter.placed if isinstance(p.block, FigureBlock)]


def _table_anchor(placed: PlacedBlock) -> str:
    return f"{placed.anchor}--tabelle"


def _is_printed(placed: PlacedBlock) -> bool:
    return isinstance(placed.block, FigureBlock) and _is_short(placed.block.table)


def _is_short(table: Table) -> bool:
    return len(table.rows) <= MAX_ROWS


def _split_figure(number: Number) -> Node:
    """Return the figure and its unit apart, where the unit stands behind it."""
    whole = clean_text(figure_text(number))
    text, unit = clean_text(number.text), clean_text(number.unit)
    if unit and whole.startswith(text):
        return {"text": text, "unit": unit}
    return {"text": whole, "unit": ""}
