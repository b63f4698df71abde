"""The key to signs (Zeichenerklärung): only for signs that occur in the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.presentation.blocks import (
    Block,
    Cell,
    FigureBlock,
    KeyFiguresBlock,
    TableBlock,
    TextBlock,
)
from analysis.presentation.formats import MISSING
from analysis.presentation.html import STATE_SIGNS, figure_text, state_sign
from analysis.presentation.numbers import Number

_WORDINGS = {
    "about": "Gerundete Zahl. Der wahre Wert liegt im Bereich der Rundung.",
    "range": "Der wahre Wert liegt in dieser Spanne. Genaueres geben die Quellen nicht her.",
    "at_least": "Untergrenze: Der wahre Wert kann höher sein, die Quelle nennt ihn nicht.",
    "at_most": "Obergrenze: Der wahre Wert kann niedriger sein, die Quelle nennt ihn nicht.",
    "open": "Ungefähre Zahl. Die Quelle sagt nicht, wie genau sie ist.",
}
_CHART_SIGNS = {
    "≈": "In Abbildungen: rund oder etwa.",
    "≥": "In Abbildungen: mindestens oder mehr als.",
    "≤": "In Abbildungen: höchstens oder weniger als.",
}


@dataclass(frozen=True)
class Hint:
    """A sign as it occurs in the report, and how to read it.

    Attributes:
        sign: the sign itself, or a figure as an example.
        meaning: a German sentence.
        kind: ``state-…`` for the signs of states, which have a colour of their own.
        is_example: ``sign`` is one figure out of several.
    """

    sign: str
    meaning: str
    kind: str = ""
    is_example: bool = False


def collect_hints(blocks: Sequence[Block], *, synthetic: bool) -> tuple[Hint, ...]:
    """Return a hint for each sign that occurs in ``blocks``."""
    cells = [cell for block in blocks for cell in _cells(block)]
    has_gaps = any(cell.text.strip() == MISSING for cell in cells)
    hints = [
        *_explain_wordings(_numbers(blocks)),
        *_explain_chart_signs(blocks),
        *(hint for hint in _explain_states(cells) if not (has_gaps and hint.sign == MISSING)),
    ]
    if has_gaps:
        hints.append(Hint(MISSING, "Keine Angabe, oder das Merkmal trifft nicht zu."))
    if any(block.sources for block in blocks):
        hints.append(Hint("[1]", "Nummer der Quelle im Quellenverzeichnis am Ende des Berichts."))
    if synthetic:
        hints.append(
            Hint("Musterdaten", "Erfundene Angaben, die nur zeigen, wie der Bericht aussieht.")
        )
    return tuple(hints)


def _explain_wordings(numbers: Iterable[Number]) -> Iterator[Hint]:
    examples: dict[str, str] = {}
    for number in numbers:
        examples.setdefault(number.wording, figure_text(number))
    for wording, meaning in _WORDINGS.items():
        if wording in examples:
            yield Hint(examples[wording], meaning, is_example=True)


def _explain_chart_signs(blocks: Sequence[Block]) -> Iterator[Hint]:
    drawings = [block.svg for block in blocks if isinstance(block, FigureBlock)]
    for sign, meaning in _CHART_SIGNS.items():
        if any(sign in drawing for drawing in drawings):
            yield Hint(sign, meaning)


def _explain_states(cells: Iterable[Cell]) -> Iterator[Hint]:
    used = {state_sign(cell.state).kind for cell in cells if cell.state}
    for sign in STATE_SIGNS:
        if sign.kind in used:
            yield Hint(sign.symbol, f"Stand: {sign.meaning}.", kind=f"state-{sign.kind}")


def _numbers(blocks: Sequence[Block]) -> Iterator[Number]:
    for block in blocks:
        if isinstance(block, TextBlock):
            pieces = (*block.segments, *(piece for item in block.items for piece in item))
            yield from (piece.number for piece in pieces if piece.number)
        elif isinstance(block, KeyFiguresBlock):
            yield from (figure.number for figure in block.figures)
        else:
            yield from (cell.number for cell in _cells(block) if cell.number)


def _cells(block: Block) -> Iterator[Cell]:
    if isinstance(block, FigureBlock | TableBlock):
        for row in block.table.rows:
            yield from row
