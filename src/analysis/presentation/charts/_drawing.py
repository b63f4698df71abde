"""Paper, text and scales: everything is laid out in points, from the top left corner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from analysis.presentation.formats import format_number
from analysis.presentation.theme import (
    FALLBACK,
    FONT,
    INK,
    MUTED,
    SMALL_SIZE,
    TEXT_SIZE,
    StateStyle,
)

WIDTH = 7.2 * 72
LEADING = 1.25
_LINE_BOX = 1.2102
"""Height of a line of Inter as matplotlib sees it, in units of the text size."""
_ASCENT = 0.97
_DESCENT = 0.24
_CAPITALS = 0.727
"""Height of Inter's capitals, in units of the text size."""
LEGEND_ROW = 17.0
NOTE_ROW = 13.0
OPEN_NOTE = "Pfeil: Grenze offen"
ARROW = 15.0
"""Length of the arrow that stands for an open bound."""

Weight = Literal["normal", "semibold"]
Anchoring = Literal["top", "center", "bottom"]


class Rect(NamedTuple):
    """A rectangle on the paper, in points from the top left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class LegendEntry:
    """One entry of a legend: a marker, or a hatched patch where ``style`` is given."""

    label: str
    colour: str = INK
    marker: str = "o"
    filled: bool = True
    style: StateStyle | None = None

    @property
    def width(self) -> float:
        """Width of mark, label and the gap behind it."""
        return self.mark + measure(self.label) + 18

    @property
    def mark(self) -> float:
        """Width of the mark and the gap behind it."""
        return 14 if self.style is None else 20


def new_paper(height: float) -> tuple[Figure, Axes]:
    """Return a figure of the given height and axes whose units are points from the top left."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasAgg(figure)
    paper = figure.add_axes((0, 0, 1, 1), label="paper", zorder=2)
    paper.set_xlim(0, WIDTH)
    paper.set_ylim(height, 0)
    paper.set_axis_off()
    return figure, paper


def add_panel(figure: Figure, rect: Rect) -> Axes:
    """Add axes at a place given in points."""
    height = figure.get_figheight() * 72
    bottom = 1 - (rect.top + rect.height) / height
    place = (rect.left / WIDTH, bottom, rect.width / WIDTH, rect.height / height)
    return figure.add_axes(place, zorder=1)


def measure(text: str, size: float = TEXT_SIZE, weight: Weight = "normal") -> float:
    """Return the width of a text in points (the widest line counts)."""
    return max(_measure_line(line, size, weight) for line in text.split("\n"))


@lru_cache(maxsize=10_000)
def _measure_line(line: str, size: float, weight: Weight) -> float:
    font = FontProperties(family=[FONT, FALLBACK], size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(line, font, ismath=False)
    return float(width)


def wrap(text: str, width: float, size: float = TEXT_SIZE, weight: Weight = "normal") -> str:
    """Break a text into lines no wider than ``width`` points; a word that is too long is split."""
    lines = [""]
    for word in text.split():
        for piece in _split_word(word, width, size, weight):
            joined = f"{lines[-1]} {piece}".strip()
            if not lines[-1] or measure(joined, size, weight) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return "\n".join(lines)


def text_height(text: str, size: float = TEXT_SIZE) -> float:
    """Return the height of a text in points."""
    return (text.count("\n") + 1) * size * LEADING


def write(  # noqa: PLR0913 - as many ways to set a text
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = TEXT_SIZE,
    weight: Weight = "normal",
    colour: str = INK,
    align: Literal["left", "center", "right"] = "left",
    anchor: Anchoring = "center",
) -> None:
    """Write a text at a place of the paper.

    Lines stand on baselines that do not depend on their letters, so that neighbours are level;
    ``center`` is the middle between the first line's capitals and the last line's baseline.
    """
    lines = text.split("\n")
    first = y + size * _first_baseline(anchor, len(lines))
    for number, line in enumerate(lines):
        axes.text(
            x,
            first + number * size * LEADING,
            line,
            size=size,
            weight=weight,
            color=colour,
            ha=align,
            va="baseline",
            clip_on=False,
        )


def write_turned(
    axes: Axes, x: float, y: float, text: str, *, size: float, anchor: Literal["top", "bottom"]
) -> None:
    """Write a text that reads upwards, centred on ``x``."""
    axes.text(
        x,
        y,
        text,
        size=size,
        color=INK,
        ha="center",
        va=anchor,
        rotation=90,
        linespacing=LEADING / _LINE_BOX,
        clip_on=False,
    )


def _first_baseline(anchor: Anchoring, lines: int) -> float:
    """Return how far the first baseline is below the anchor, in units of the text size."""
    rest = (lines - 1) * LEADING
    places = {
        "top": _ASCENT,
        "center": (_CAPITALS - rest) / 2,
        "bottom": -_DESCENT - rest,
    }
    return places[anchor]


def arrange_legend(entries: Sequence[LegendEntry], width: float) -> list[list[LegendEntry]]:
    """Break legend entries into rows."""
    rows: list[list[LegendEntry]] = [[]]
    used = 0.0
    for entry in entries:
        if rows[-1] and used + entry.width > width + 18:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += entry.width
    return rows if entries else []


def draw_legend(
    paper: Axes, rows: Sequence[Sequence[LegendEntry]], left: float, top: float
) -> float:
    """Draw a legend and return its height."""
    for number, row in enumerate(rows):
        x, y = left, top + LEGEND_ROW * (number + 0.5)
        for entry in row:
            _draw_mark(paper, entry, x, y)
            write(paper, x + entry.mark, y, entry.label)
            x += entry.width
    return len(rows) * LEGEND_ROW


def draw_notes(paper: Axes, notes: Sequence[str], left: float, top: float) -> None:
    """Write notes below a chart."""
    text = wrap_notes(notes, WIDTH - left)
    if text:
        write(paper, left, top, text, size=SMALL_SIZE, colour=MUTED, anchor="top")


def notes_height(notes: Sequence[str], left: float) -> float:
    """Return the height that the notes take, with the gap above them."""
    text = wrap_notes(notes, WIDTH - left)
    return text_height(text, SMALL_SIZE) + 8 if text else 0.0


def wrap_notes(notes: Sequence[str], width: float) -> str:
    """Join notes into one text of full lines."""
    return wrap(" · ".join(note for note in notes if note), width, SMALL_SIZE)


def fill_rect(paper: Axes, rect: Rect, style: StateStyle, *, edge: str | None = None) -> None:
    """Draw a filled, perhaps hatched rectangle with an outline."""
    place, width, height = (rect.left, rect.top), rect.width, rect.height
    paper.add_patch(
        Rectangle(
            place,
            width,
            height,
            facecolor=style.colour,
            edgecolor=style.hatch_colour,
            hatch=style.hatch or None,
            linewidth=0,
        )
    )
    if edge:
        paper.add_patch(
            Rectangle(place, width, height, facecolor="none", edgecolor=edge, linewidth=0.8)
        )


def draw_arrow(
    paper: Axes, start: tuple[float, float], tip: tuple[float, float], colour: str
) -> None:
    """Draw the arrow that stands for an open bound."""
    paper.annotate(
        "",
        xy=tip,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>,head_length=0.45,head_width=0.22",
            "color": colour,
            "lw": 1.6,
            "shrinkA": 0,
            "shrinkB": 0,
        },
        zorder=2.8,
    )


def nice_ticks(low: float, high: float, count: int = 5) -> tuple[list[float], list[str]]:
    """Return round tick values that cover ``low`` to ``high``, with German labels."""
    locator = MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10])
    ticks = [float(tick) for tick in locator.tick_values(low, high)]
    # Ticks are multiples of the step; anything else is noise of the machine.
    step = ticks[1] - ticks[0]
    digits = count_digits(step)
    ticks = [round(tick, digits) for tick in ticks]
    return ticks, [format_number(tick, digits) for tick in ticks]


def write_ticks(
    paper: Axes, rect: Rect, limits: tuple[float, float], ticks: Sequence[float], labels: list[str]
) -> None:
    """Write the labels of a vertical axis to the left of its plot."""
    low, high = limits
    for tick, label in zip(ticks, labels, strict=True):
        y = rect.top + rect.height * (1 - (tick - low) / (high - low))
        write(paper, rect.left - 7, y, label, align="right")


def fit_axis(low: float, high: float) -> tuple[tuple[float, float], list[float], list[str]]:
    """Return limits of a value axis, and its ticks with labels.

    The limits are those asked for, widened to the next tick where it is near.
    """
    ticks, labels = nice_ticks(low, high)
    step = ticks[1] - ticks[0]
    start = ticks[0] if low - ticks[0] < step / 2 else low
    end = ticks[-1] if ticks[-1] - high < step / 2 else high
    inside = [pair for pair in zip(ticks, labels, strict=True) if start <= pair[0] <= end]
    return (start, end), [tick for tick, _ in inside], [label for _, label in inside]


def count_digits(step: float) -> int:
    """Return the decimal places that a step between ticks needs."""
    digits = max(0, -math.floor(math.log10(step)))
    return digits if math.isclose(step, round(step, digits), rel_tol=1e-6) else digits + 1


def pad_limits(low: float, high: float, *, from_zero: bool) -> tuple[float, float]:
    """Return limits for a value axis, with zero inside where asked for."""
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if math.isclose(low, high):
        reach = abs(high) / 2 or 1.0
        low, high = (low, high + reach) if from_zero else (low - reach, high + reach)
    return low, high


def _split_word(word: str, width: float, size: float, weight: Weight) -> list[str]:
    if measure(word, size, weight) <= width:
        return [word]
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(f"{pieces[-1]}{letter}-", size, weight) > width:
            pieces.append("")
        pieces[-1] += letter
    return [piece if piece.endswith("-") else f"{piece}-" for piece in pieces[:-1]] + pieces[-1:]


def _draw_mark(paper: Axes, entry: LegendEntry, x: float, y: float) -> None:
    if entry.style is not None:
        fill_rect(paper, Rect(x, y - 5, 14, 10), entry.style, edge=outline_of(entry.style))
        return
    face = entry.colour if entry.filled else "#ffffff"
    paper.add_line(
        Line2D(
            [x + 5],
            [y],
            linestyle="none",
            marker=entry.marker,
            markersize=7,
            markerfacecolor=face,
            markeredgecolor=entry.colour,
            markeredgewidth=1.5,
        )
    )


def outline_of(style: StateStyle) -> str:
    """Return the outline of a fill: a visible one for pale fills, white between dark ones."""
    return "#767676" if style.text_colour == INK else "#ffffff"
