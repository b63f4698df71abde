"""What the report numbers through all chapters: figures, tables and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.presentation.blocks import Source
from analysis.presentation.html import BlockFrame, SourceMark
from analysis.report.collect import DOWNLOADS, Chapter, PlacedBlock

SOURCES_ANCHOR = "quellen"

_LABELS = {"figure": "Abbildung", "table": "Tabelle"}
_UNLABELLED = {
    "text": "Text",
    "key_figures": "Kennzahlen",
    "download": "Dateien",
    "missing": "Fehlende Daten",
}


@dataclass(frozen=True)
class Use:
    """A place of the report that a source is used in."""

    anchor: str
    label: str


@dataclass(frozen=True)
class ListedSource:
    """An entry of the list of sources."""

    number: int
    source: Source
    anchor: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Register:
    """Numbers of figures, tables and sources.

    Attributes:
        sources: in the order of first use.
        labels: anchor of a block to what the report calls it, for instance ``Abbildung 3``.
    """

    sources: tuple[ListedSource, ...]
    labels: Mapping[str, str]

    def frame(self, placed: PlacedBlock, *, synthetic: bool) -> BlockFrame:
        """Return what `block_to_html` needs to know about a block's place in the report."""
        by_id = {listed.source.source_id: listed for listed in self.sources}
        used = sorted(
            (by_id[source_id] for source_id in _source_ids(placed)), key=lambda s: s.number
        )
        return BlockFrame(
            anchor=placed.anchor,
            label=self.labels.get(placed.anchor, ""),
            marks=tuple(SourceMark(s.number, s.anchor, s.source.title) for s in used),
            sources_anchor=SOURCES_ANCHOR,
            synthetic=synthetic,
            downloads=DOWNLOADS,
        )


def build_register(chapters: Sequence[Chapter]) -> Register:
    """Number figures, tables and sources in reading order."""
    labels = _label_blocks(chapters)
    uses: dict[str, list[Use]] = {}
    first: dict[str, Source] = {}
    for chapter in chapters:
        for placed in chapter.placed:
            use = Use(placed.anchor, _describe_place(chapter, placed, labels))
            for source in placed.block.sources:
                first.setdefault(source.source_id, source)
                uses.setdefault(source.source_id, [])
                if use not in uses[source.source_id]:
                    uses[source.source_id].append(use)
    listed = tuple(
        ListedSource(number, source, f"quelle-{number}", tuple(_make_distinct(uses[source_id])))
        for number, (source_id, source) in enumerate(first.items(), start=1)
    )
    return Register(listed, labels)


def _source_ids(placed: PlacedBlock) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source.source_id for source in placed.block.sources))


def _label_blocks(chapters: Sequence[Chapter]) -> dict[str, str]:
    counts: Counter[str] = Counter()
    labels = {}
    for placed in (placed for chapter in chapters for placed in chapter.placed):
        word = _LABELS.get(placed.block.kind)
        if word:
            counts[word] += 1
            labels[placed.anchor] = f"{word}\u00a0{counts[word]}"
    return labels


def _describe_place(chapter: Chapter, placed: PlacedBlock, labels: Mapping[str, str]) -> str:
    if placed.anchor in labels:
        return labels[placed.anchor]
    return f"{_UNLABELLED[placed.block.kind]} in »{placed.section or chapter.title}«"


def _make_distinct(uses: Sequence[Use]) -> Iterator[Use]:
    counts: Counter[str] = Counter()
    for use in uses:
        counts[use.label] += 1
        count = counts[use.label]
        yield Use(use.anchor, f"{use.label} ({count})") if count > 1 else use
