"""How a table fits on a page: size of type, widths of columns, page upright or across.

Widths are measured with the font that the document is set in, so that no cell runs over its edge.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from matplotlib.ft2font import FT2Font, LoadFlags

from analysis import presentation
from analysis.presentation.blocks import Cell, Column, Table
from analysis.presentation.html import state_sign

FONTS = Path(presentation.__file__).parent / "fonts"

MAX_ROWS = 60
"""Longer tables are not printed; sixty rows hold five years of months."""

_MM = 72 / 25.4
UPRIGHT_WIDTH = 165 * _MM
"""Width of the text on a page, in points."""
ACROSS_WIDTH = 257 * _MM
"""Width of the text on a page that lies across, in points."""

# Space at both edges of a column; tables of many figures have to be denser.
_WIDE_INSET, _NARROW_INSET, _MANY_COLUMNS = 6.0, 3.5, 9
# Tables of more lines may go over a page break.
_UNBROKEN_LINES = 16
_SIZES = (
    (8.5, False), (8.0, False), (7.5, False), (8.5, True), (8.0, True), (7.5, True), (7.0, True),
)  # fmt: skip
# From this length on a word may be divided, and then needs only part of its width.
_DIVISIBLE = 11
_DIVIDED_SHARE = 0.62
# Texts of this width and more do not ask for a column that shows them in one line.
_WIDEST_WISH = 420.0
# A column of words that is this wide per unit of type size reads well.
_COMFORT = 9.0
_WORDS = re.compile(r"[ \n\u200b]+")
# Names of files and keys have no syllables; they break behind their signs.
_TECHNICAL = re.compile(r"\S*[\d_/=@]\S*")
_BREAKABLE_SIGN = re.compile(r"(?<=[_/.:=&?-])(?=\w)")
_TECHNICAL_LENGTH = 16


class TableLayout(NamedTuple):
    """How a table is set.

    Attributes:
        size: of the type, in points.
        across: the page lies across.
        inset: space at both edges of a column, in points.
        long: the table may go over a page break.
        widths: of the columns, in points, with the space at their edges.
    """

    size: float
    across: bool
    inset: float
    long: bool
    widths: tuple[float, ...]


class _Demand(NamedTuple):
    """Width of a column without a break within words, and without any break."""

    least: float
    natural: float


def lay_out_table(table: Table) -> TableLayout:
    """Return the largest type, and if need be the page across, with which ``table`` fits."""
    demands = [_measure_column(table, index) for index in range(len(table.columns))]
    inset = _NARROW_INSET if len(demands) > _MANY_COLUMNS else _WIDE_INSET
    for size, across in _SIZES:
        width = (ACROSS_WIDTH if across else UPRIGHT_WIDTH) - 2 * inset * len(demands)
        if sum(map(_comfortable, demands)) * size <= width:
            break
    # What fits in no way becomes as small as it must.
    size = min(size, width / sum(demand.least for demand in demands))
    widths = tuple(share + 2 * inset for share in _share_out(demands, size, width))
    return TableLayout(size, across, inset, _is_long(table, widths, size), widths)


def _is_long(table: Table, widths: Sequence[float], size: float) -> bool:
    return sum(_count_lines(row, widths, size) for row in table.rows) > _UNBROKEN_LINES


def _count_lines(row: Sequence[Cell], widths: Sequence[float], size: float) -> int:
    lengths = (measure_text(_shown_text(cell)) * size for cell in row)
    return max(math.ceil(length / width) for length, width in zip(lengths, widths, strict=True))


def align_columns(table: Table) -> tuple[str, ...]:
    """Return the alignment of each column; words of states read best from a common left edge."""
    return tuple(
        "left" if any(_is_spelled_out(row[index]) for row in table.rows) else column.align
        for index, column in enumerate(table.columns)
    )


def _is_spelled_out(cell: Cell) -> bool:
    return bool(cell.state) and len(cell.text or cell.state) > 1


def measure_text(text: str, *, bold: bool = False) -> float:
    """Return the width of ``text`` per point of type size."""
    return sum(_advance(character, bold) for character in text)


def _comfortable(demand: _Demand) -> float:
    return max(demand.least, min(demand.natural, _COMFORT))


def _share_out(demands: Sequence[_Demand], size: float, width: float) -> list[float]:
    """Return widths that fill ``width`` at most: short columns as wished, long ones share."""
    least = [_comfortable(demand) * size for demand in demands]
    if sum(least) > width:
        least = [demand.least * size for demand in demands]
    natural = [demand.natural * size for demand in demands]
    if sum(natural) <= width:
        # A little air between columns, but no table torn apart over the whole line.
        air = min((width - sum(natural)) / len(demands), 2 * size)
        return [column + air for column in natural]
    wanted = [min(n, max(_WIDEST_WISH, low)) - low for n, low in zip(natural, least, strict=True)]
    weights = [want**0.7 for want in wanted]
    widths, spare = list(least), width - sum(least)
    # What a column does not need goes to the others; each turn satisfies at least one of them.
    for _ in demands:
        open_weight = sum(w for w, at, n in zip(weights, widths, natural, strict=True) if at < n)
        if spare <= 0 or open_weight == 0:
            break
        given = [
            min(spare * weight / open_weight, full - at) if at < full else 0.0
            for weight, at, full in zip(weights, widths, natural, strict=True)
        ]
        widths = [at + share for at, share in zip(widths, given, strict=True)]
        spare -= sum(given)
    return widths


def _measure_column(table: Table, index: int) -> _Demand:
    column = table.columns[index]
    texts = [_shown_text(row[index]) for row in table.rows]
    heads = [_measure_words(head_of(column), bold=True)]
    cells = [_measure_words(text, bold=False) for text in texts]
    least = max(demand.least for demand in [*heads, *cells])
    natural = max([_heading_wish(heads[0]), *(demand.natural for demand in cells)])
    if column.align == "right":
        # Figures never break.
        least = max([heads[0].least, *(demand.natural for demand in cells)])
    return _Demand(least, max(least, natural))


def head_of(column: Column) -> str:
    """Return what stands at the head of a column: its name and, unless named there, its unit."""
    if not column.unit or column.unit in column.label.split():
        return column.label
    return f"{column.label} ({column.unit})"


def _heading_wish(head: _Demand) -> float:
    # A head may take two lines.
    return max(head.least, head.natural * 0.6)


def _shown_text(cell: Cell) -> str:
    if not cell.state:
        return allow_breaks(cell.text)
    return f"{state_sign(cell.state).symbol} {cell.text or cell.state.replace('_', ' ')}"


def allow_breaks(text: str) -> str:
    """Return ``text`` with places, not seen, where long names of files and keys may break."""
    return _TECHNICAL.sub(_break_name, text)


def _break_name(match: re.Match[str]) -> str:
    name = match[0]
    return _BREAKABLE_SIGN.sub("\u200b", name) if len(name) > _TECHNICAL_LENGTH else name


def _is_divisible(word: str) -> bool:
    return len(word) > _DIVISIBLE and not _TECHNICAL.fullmatch(word)


def _measure_words(text: str, *, bold: bool) -> _Demand:
    words = [
        measure_text(word, bold=bold) * (_DIVIDED_SHARE if _is_divisible(word) else 1.0)
        for word in _WORDS.split(text)
    ]
    # A trace more than measured: rounding must never break a word.
    return _Demand(max(words, default=0.0) + 0.05, measure_text(text, bold=bold) + 0.05)


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return 0.0 if character in "\u200b\u00ad" else 0.7
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / 100


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    font = FT2Font(str(FONTS / f"Inter-{'SemiBold' if bold else 'Regular'}.otf"))
    font.set_size(100, 72)
    return font
