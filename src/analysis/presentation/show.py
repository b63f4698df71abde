"""What a notebook shows: each call puts one block into the cell's output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from string import Formatter

from IPython.display import display
from matplotlib.figure import Figure

from analysis.presentation.blocks import (
    MIME_TYPE,
    Block,
    Download,
    DownloadBlock,
    FigureBlock,
    KeyFigure,
    KeyFiguresBlock,
    MissingBlock,
    OmittedBlock,
    Segment,
    Source,
    Table,
    TableBlock,
    TextBlock,
    dump_block,
    encode_file,
)
from analysis.presentation.formats import MISSING
from analysis.presentation.html import block_to_html
from analysis.presentation.numbers import Number, Origin
from analysis.presentation.theme import to_svg

Value = Number | str
Release = Callable[[Block], Block]
"""Checks a block against the disclosure rule and returns it as it may be shown."""


class Presenter:
    """Shows blocks of one edition; every block of a notebook passes here.

    Args:
        find_sources: turns source identifiers into sources.
        synthetic: whether the edition's data are made up; every block is then marked.
        omit: blocks that the edition leaves out, with the reason.
        release: the disclosure rule of the edition, where it has one; every block passes it.
        display_block: puts a MIME bundle into the cell's output (replaced in tests).
    """

    def __init__(
        self,
        find_sources: Callable[[Iterable[str]], tuple[Source, ...]],
        *,
        synthetic: bool,
        omit: Mapping[str, str] | None = None,
        release: Release | None = None,
        display_block: Callable[..., object] = display,
    ) -> None:
        self._find_sources = find_sources
        self._synthetic = synthetic
        self._omit = omit or {}
        self._release = release
        self._display = display_block

    def expect(
        self,
        rows: Sized,
        block_id: str,
        *,
        title: str,
        needed: str,
        from_whom: str,
        covers: Iterable[str] = (),
    ) -> bool:
        """Return whether there is anything to show; otherwise say what is missing.

        Args:
            rows: results that the block would show.
            block_id: identifier that the notebook declares; the notice takes its place.
            title: what the block would show.
            needed: the data that would fill it, and in which form.
            from_whom: who has these data.
            covers: further blocks that the notice stands for as well.
        """
        if len(rows) and block_id not in self._omit:
            return True
        for covered in covers:
            self.omit(covered, f"Siehe {block_id}.")
        self.missing(
            block_id,
            title=title,
            what="Bis zum Stichtag liegen dazu keine Angaben vor.",
            needed=needed,
            from_whom=from_whom,
        )
        return False

    def text(self, block_id: str, template: str, **values: Value) -> None:
        """Show a paragraph.

        Args:
            block_id: identifier that the notebook declares.
            template: German text with ``{name}`` where a value belongs.
            values: traced numbers, or words that a phrase function chose.

        Raises:
            KeyError: the template names a value that is not given.
        """
        segments = fill_template(template, values)
        self._show(
            TextBlock(
                id=block_id,
                segments=segments,
                sources=self._sources_of(_numbers_in(segments)),
                synthetic=self._synthetic,
            )
        )

    def points(self, block_id: str, points: Sequence[tuple[str, Mapping[str, Value]]]) -> None:
        """Show a list; each point is a template with its values."""
        items = tuple(fill_template(template, values) for template, values in points)
        numbers = [number for item in items for number in _numbers_in(item)]
        self._show(
            TextBlock(
                id=block_id,
                items=items,
                sources=self._sources_of(numbers),
                synthetic=self._synthetic,
            )
        )

    def figure(
        self,
        block_id: str,
        figure: Figure,
        *,
        title: str,
        alt: str,
        table: Table,
        subtitle: str = "",
        note: str = "",
    ) -> None:
        """Show a chart with the table behind it.

        Args:
            block_id: identifier that the notebook declares.
            figure: the drawn chart.
            title: the finding, in German.
            alt: what a person who does not see the chart should know, 20 to 300 characters.
            table: the figures that the chart draws.
            subtitle: what is drawn: quantity, unit, place, time.
            note: what to be careful about.
        """
        self._show(
            FigureBlock(
                id=block_id,
                title=title,
                subtitle=subtitle,
                svg=to_svg(figure, prefix=block_id),
                alt=alt,
                note=note,
                table=table,
                sources=self._sources_of(_numbers_of(table), table.origins),
                synthetic=self._synthetic,
            )
        )

    def table(self, block_id: str, table: Table, *, title: str, note: str = "") -> None:
        """Show a table that stands for itself."""
        self._show(
            TableBlock(
                id=block_id,
                title=title,
                note=note,
                table=table,
                sources=self._sources_of(_numbers_of(table), table.origins),
                synthetic=self._synthetic,
            )
        )

    def key_figures(
        self, block_id: str, figures: Sequence[tuple[str, Number, str]], *, title: str
    ) -> None:
        """Show key figures; each has a label, a number and a line of context."""
        self._show(
            KeyFiguresBlock(
                id=block_id,
                title=title,
                figures=tuple(
                    KeyFigure(label=label, number=number, context=context)
                    for label, number, context in figures
                ),
                sources=self._sources_of([number for _, number, _ in figures]),
                synthetic=self._synthetic,
            )
        )

    def download(
        self, block_id: str, *, title: str, files: Sequence[Download], note: str = ""
    ) -> None:
        """Show links to files that belong to the report.

        The build writes them to ``berechnung/<name>`` in the report's folder.

        Args:
            block_id: identifier that the notebook declares.
            title: what the files are for.
            files: at least one; each name is unique in the report.
            note: what to be careful about.
        """
        self._show(
            DownloadBlock(
                id=block_id,
                title=title,
                note=note,
                files=tuple(encode_file(file) for file in files),
                synthetic=self._synthetic,
            )
        )

    def missing(self, block_id: str, *, title: str, what: str, needed: str, from_whom: str) -> None:
        """Show what cannot be shown, and the data request that would change it."""
        self._show(
            MissingBlock(
                id=block_id,
                title=title,
                what=what,
                needed=needed,
                from_whom=from_whom,
                synthetic=self._synthetic,
            )
        )

    def omit(self, block_id: str, reason: str) -> None:
        """Leave out a block that the notebook declares; the report does not show it."""
        self._show(OmittedBlock(id=block_id, reason=reason, synthetic=self._synthetic))

    def _sources_of(
        self, numbers: Iterable[Number], origins: Iterable[Origin] = ()
    ) -> tuple[Source, ...]:
        traced = [*(origin for number in numbers for origin in number.origins), *origins]
        keys = [origin.source_id for origin in traced]
        return self._find_sources(dict.fromkeys(key for key in keys if key))

    def _show(self, block: Block) -> None:
        if block.id in self._omit and block.kind != "omitted":
            self.omit(block.id, self._omit[block.id])
            return
        if self._release is not None:
            block = self._release(block)
        bundle = {
            MIME_TYPE: dump_block(block),
            "text/html": block_to_html(block),
            "text/plain": f"[{block.kind}: {block.id}]",
        }
        self._display(bundle, raw=True)


def fill_template(template: str, values: Mapping[str, Value]) -> tuple[Segment, ...]:
    """Return a text as segments: words, and numbers where the template names one.

    Raises:
        KeyError: the template names a value that is not given.
        ValueError: a given value is not named, or a word is empty.
    """
    segments: list[Segment] = []
    used = set()
    for words, name, _, _ in Formatter().parse(template):
        if words:
            segments.append(Segment(words=words))
        if name is not None:
            used.add(name)
            segments.append(_make_segment(name, values[name]))
    if unused := sorted(values.keys() - used):
        raise ValueError(f"values not named in the text: {', '.join(unused)}")
    return tuple(segments)


def _make_segment(name: str, value: Value) -> Segment:
    if isinstance(value, Number):
        return Segment(number=value)
    if value in {"", MISSING}:
        raise ValueError(f"no words for {{{name}}}")
    return Segment(words=value)


def _numbers_in(segments: Iterable[Segment]) -> list[Number]:
    return [segment.number for segment in segments if segment.number is not None]


def _numbers_of(table: Table) -> list[Number]:
    return [cell.number for row in table.rows for cell in row if cell.number is not None]
