"""Rows of a horizontal chart: names at the left, a value axis, figures at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._drawing import (
    ARROW,
    WIDTH,
    Rect,
    Weight,
    add_panel,
    measure,
    text_height,
    wrap,
    write,
)
from analysis.presentation.theme import ACCENT, AXIS, GRID, MUTED, SMALL_SIZE

_LABEL_SHARE = 0.36
_ROW_GAP = 11.0


@dataclass(frozen=True)
class Row:
    """One category on paper."""

    label: str
    note: str
    group: str
    highlight: bool
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical middle."""
        return self.top + self.height / 2

    @property
    def weight(self) -> Weight:
        """Weight of its texts."""
        return "semibold" if self.highlight else "normal"


@dataclass(frozen=True)
class Scale:
    """From values to points on the paper."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """Return where a value is on the paper."""
        return self.left + (self.right - self.left) * (value - self.low) / (self.high - self.low)


def stack_rows(
    names: Sequence[str],
    notes: Sequence[str],
    groups: Sequence[str],
    flags: Sequence[bool],
    *,
    top: float,
    least: float = 0.0,
) -> list[Row]:
    """Give each category its place; the first row of a group leaves room for the heading.

    Args:
        names: one per row; wrapped.
        notes: remarks below the names; empty where there is none.
        groups: headings; rows of a group stand together.
        flags: whether a row is highlighted.
        top: upper edge of the first row.
        least: least height of a row.
    """
    width = _LABEL_SHARE * WIDTH
    rows: list[Row] = []
    y, group = top, ""
    for name, note, heading, flag in zip(names, notes, groups, flags, strict=True):
        label = wrap(name, width, weight="semibold" if flag else "normal")
        remark = wrap(note, width, SMALL_SIZE) if note else ""
        height = text_height(label) + (text_height(remark, SMALL_SIZE) if remark else 0) + _ROW_GAP
        height = max(height, least)
        starts = heading if heading != group else ""
        y += 22 if starts else 0
        rows.append(Row(label, remark, starts, flag, y, height))
        y, group = y + height, heading
    return rows


def draw_scale(
    figure: Figure,
    paper: Axes,
    rows: Sequence[Row],
    ticks: tuple[list[float], list[str]],
    margin: float,
    bottom: float,
    reserve: float = ARROW,
) -> Scale:
    """Draw the value axis and return its scale; ``reserve`` keeps room at both of its ends."""
    names = [measure(row.label, weight=row.weight) for row in rows]
    remarks = [measure(row.note, SMALL_SIZE) for row in rows]
    left = max(*names, *remarks) + 14 if rows else 0.0
    top = rows[0].top - (22 if rows[0].group else 0)
    width = WIDTH - left - margin
    values, labels = ticks
    extra = (values[-1] - values[0]) * reserve / (width - 2 * reserve)
    axes = add_panel(figure, Rect(left, top, width, bottom - top))
    low, high = values[0] - extra, values[-1] + extra
    axes.set_xlim(low, high)
    axes.set_xticks(values, _thin_labels(labels, width / len(labels)))
    axes.set_yticks([])
    axes.grid(axis="x", color=GRID)
    axes.tick_params(axis="x", length=0, pad=5)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    for row in rows[1:]:
        if not row.group:
            paper.plot([0, WIDTH], [row.top, row.top], color="#efefef", lw=0.7, zorder=0.5)
    scale = Scale(low, high, left, left + width)
    if values[0] < 0 < values[-1]:
        # Left and right of this line mean different things.
        paper.plot([scale(0)] * 2, [top, bottom], color=AXIS, lw=1.1, zorder=0.7)
    return scale


def _thin_labels(labels: Sequence[str], slot: float) -> list[str]:
    """Blank every other label, and more, until the rest has room."""
    widest = max(measure(label) for label in labels) + 8
    step = max(1, -int(-widest // slot))
    return [label if number % step == 0 else "" for number, label in enumerate(labels)]


def write_names(paper: Axes, row: Row) -> None:
    """Write heading, name and remark of a row."""
    if row.group:
        write(paper, 0, row.top - 9, row.group, weight="semibold", colour=ACCENT)
    if not row.note:
        write(paper, 0, row.middle, row.label, weight=row.weight)
        return
    height = text_height(row.label) + text_height(row.note, SMALL_SIZE)
    top = row.middle - height / 2
    write(paper, 0, top, row.label, weight=row.weight, anchor="top")
    below = top + text_height(row.label)
    write(paper, 0, below, row.note, size=SMALL_SIZE, colour=MUTED, anchor="top")


def write_figure(paper: Axes, row: Row, figure: str, span: str) -> None:
    """Write a figure at the right end of a row, its range below it."""
    shift = 6.0 if span else 0.0
    write(paper, WIDTH, row.middle - shift, figure, align="right", weight="semibold")
    if span:
        below = row.middle + shift
        write(paper, WIDTH, below, span, size=SMALL_SIZE, colour=MUTED, align="right")
