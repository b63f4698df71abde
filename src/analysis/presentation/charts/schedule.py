"""Schedule: when measures are introduced and from when on they take effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._dates import DateAxis, plan_dates
from analysis.presentation.charts._drawing import (
    ARROW,
    LEGEND_ROW,
    WIDTH,
    LegendEntry,
    Rect,
    arrange_legend,
    draw_arrow,
    draw_legend,
    draw_notes,
    fill_rect,
    measure,
    new_paper,
    notes_height,
    text_height,
    wrap,
    write,
)
from analysis.presentation.charts._tables import check_table, read_dates, read_texts
from analysis.presentation.formats import MISSING, format_month
from analysis.presentation.theme import (
    ACCENT,
    AXIS,
    GRID,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    StateStyle,
    chart_style,
)

_INTRODUCTION = StateStyle("#ffffff", "////", "#5f88a3", INK)
_EFFECT = StateStyle(ACCENT)
_BLANK = StateStyle("#ffffff")
_NAMES = 0.4 * WIDTH
_BAR = 13.0
_ROW_GAP = 9.0
_HEADING_GAP = 12.0
_MANY = 15
"""From so many rows on, the dates stand below the plot too."""
_MANY_YEARS = 12
_OPEN_NOTE = "Pfeil: Ende offen"


@dataclass(frozen=True)
class _Plan:
    """One row: its names, its days, and its place on the paper."""

    label: str
    note: str
    start: dt.datetime | None
    effective: dt.datetime | None
    end: dt.datetime | None
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical middle."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class _Heading:
    """The heading of a group."""

    text: str
    top: float


@dataclass(frozen=True)
class _Plot:
    """From days to points on the paper."""

    rect: Rect
    dates: DateAxis

    def x(self, day: dt.datetime) -> float:
        """Return where a day is on the paper."""
        share = min(max(self.dates.share(day), 0.0), 1.0)
        return self.rect.left + self.rect.width * share


@chart_style()
def schedule(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    category: str = "category",
    start: str = "start",
    effective: str = "effective",
    end: str = "end",
    group: str | None = None,
    note: str = "note",
    unit_label: str,
) -> Figure:
    """Draw for each row the introduction (hatched) and the time in effect (solid) over dates.

    The month in which the effect begins stands on or beside the bar.

    Args:
        table: one row per measure; a row without start shows –. The column ``note`` is optional.
        category: column of names.
        start: column of days on which the introduction begins.
        effective: column of days from which on there is an effect; missing, or after the end,
            where there is none within the time shown.
        end: column of days on which the effect ends, or the time shown; missing where open.
        group: column of headings; rows of a group are put together, groups and rows in the order
            of the table.
        note: column of short remarks, shown below the name.
        unit_label: what the dates are, in German, above them.

    Raises:
        ValueError: the table is empty, lacks a column, has no start, or a start lies after
            effect or end.
    """
    check_table(table, [category, start, effective, end, *([group] if group else [])])
    days = [read_dates(table, name) for name in (start, effective, end)]
    _check_order(days)
    legend = arrange_legend(
        [
            LegendEntry("Einführung", style=_INTRODUCTION),
            LegendEntry("Wirkung, ab dem genannten Monat", style=_EFFECT),
        ],
        WIDTH,
    )
    left = _measure_names(table, category, note)
    dates = plan_dates(*_find_span(days), WIDTH - left - ARROW)
    head = len(legend) * LEGEND_ROW + (24 if unit_label else 8)
    above = max(text_height(label) for _, label in dates.labels)
    top = head + above + 8
    rows, headings, bottom = _stack(table, (category, note, group), days, (left - 14, top))
    is_open = any(row.start and row.effective and row.end is None for row in rows)
    notes = [_OPEN_NOTE if is_open else ""]
    foot = above + 8 if len(rows) >= _MANY else 0.0
    figure, paper = new_paper(bottom + foot + 4 + notes_height(notes, 0))
    plot = _Plot(Rect(left, top, WIDTH - left - ARROW, bottom - top), dates)
    draw_legend(paper, legend, 0, 0)
    write(paper, left, head - 12, unit_label, colour=MUTED)
    _draw_dates(paper, plot, head, bottom + 8 if foot else None)
    for heading in headings:
        write(paper, 0, heading.top, heading.text, weight="semibold", colour=ACCENT, anchor="top")
    for row in rows:
        _draw_row(paper, plot, row)
    draw_notes(paper, notes, 0, bottom + foot + 8)
    return figure


def _check_order(days: Sequence[Sequence[dt.datetime | None]]) -> None:
    starts, effects, ends = days
    if not any(starts):
        raise ValueError("no row of the table has a start: there is nothing to draw")
    for start, effect, end in zip(starts, effects, ends, strict=True):
        if start and any(day is not None and day < start for day in (effect, end)):
            raise ValueError(f"effect or end lies before the start: {start}, {effect}, {end}")


def _find_span(
    days: Sequence[Sequence[dt.datetime | None]],
) -> tuple[dt.datetime, dt.datetime]:
    """Return first and last day that are drawn."""
    known = []
    for start, effect, end in zip(*days, strict=True):
        if start is not None:
            known += [start, end or effect or start]
    last = max(known)
    # A time that ends at midnight of New Year does not reach into the new year.
    return min(known), max(last - dt.timedelta(days=1), min(known))


def _measure_names(table: pd.DataFrame, category: str, note: str) -> float:
    """Return the width that names and remarks need, with the gap to the plot."""
    names = [measure(wrap(name, _NAMES)) for name in read_texts(table, category)]
    notes = [
        measure(wrap(text, _NAMES, SMALL_SIZE), SMALL_SIZE) for text in read_texts(table, note)
    ]
    return max(*names, *notes) + 14


def _stack(
    table: pd.DataFrame,
    columns: tuple[str, str, str | None],
    days: Sequence[Sequence[dt.datetime | None]],
    place: tuple[float, float],
) -> tuple[list[_Plan], list[_Heading], float]:
    """Give rows and headings their places; return them with the lower edge."""
    category, note, group = columns
    width, y = place
    names, remarks, groups = (read_texts(table, name) for name in (category, note, group))
    rows: list[_Plan] = []
    headings: list[_Heading] = []
    for title in dict.fromkeys(groups):
        if title:
            words = wrap(title, WIDTH, weight="semibold")
            y += _HEADING_GAP if rows else 2.0
            headings.append(_Heading(words, y))
            y += text_height(words) + 2
        for number, own in enumerate(groups):
            if own != title:
                continue
            label = wrap(names[number], width)
            remark = wrap(remarks[number], width, SMALL_SIZE) if remarks[number] else ""
            height = text_height(label) + (text_height(remark, SMALL_SIZE) if remark else 0.0)
            start, effective, end = (column[number] for column in days)
            if effective and end and effective >= end:
                effective = None
            rows.append(_Plan(label, remark, start, effective, end, y, height + _ROW_GAP))
            y += height + _ROW_GAP
    return rows, headings, y


def _draw_dates(paper: Axes, plot: _Plot, above: float, below: float | None) -> None:
    """Draw vertical lines at the edges of years or parts of years, their names above them."""
    rect = plot.rect
    for day in plot.dates.ticks:
        x = plot.x(day)
        paper.plot([x, x], [rect.top - 4, rect.top + rect.height], color=GRID, lw=0.8, zorder=0.4)
    for start, end in pairwise(plot.dates.ticks):
        # Years are halved: plans go by half-years.
        if end - start > dt.timedelta(days=360) and len(plot.dates.ticks) <= _MANY_YEARS:
            x = plot.x(dt.datetime(start.year, 7, 1))
            paper.plot(
                [x, x], [rect.top, rect.top + rect.height], color="#efefef", lw=0.7, zorder=0.35
            )
    paper.plot(
        [rect.left, rect.left + rect.width], [rect.top - 4] * 2, color=AXIS, lw=0.8, zorder=0.5
    )
    for top in (above, below):
        edge = rect.left - 10
        for day, label in plot.dates.labels:
            x, half = plot.x(day), measure(label) / 2
            if top is not None and x - half > edge + 6:
                write(paper, x, top, label, align="center", anchor="top")
                edge = x + half


def _draw_row(paper: Axes, plot: _Plot, row: _Plan) -> None:
    paper.plot([0, WIDTH], [row.top, row.top], color="#efefef", lw=0.7, zorder=0.3)
    height = text_height(row.label) + (text_height(row.note, SMALL_SIZE) if row.note else 0.0)
    top = row.middle - height / 2
    write(paper, 0, top, row.label, anchor="top")
    if row.note:
        below = top + text_height(row.label)
        write(paper, 0, below, row.note, size=SMALL_SIZE, colour=MUTED, anchor="top")
    if row.start is None:
        write(paper, plot.rect.left, row.middle, MISSING)
        return
    right = plot.rect.left + plot.rect.width
    end = right if row.end is None else plot.x(row.end)
    turn = end if row.effective is None else plot.x(row.effective)
    _draw_part(paper, plot.x(row.start), turn, row.middle, _INTRODUCTION)
    if row.effective is None:
        return
    _draw_part(paper, turn, end, row.middle, _EFFECT)
    if row.end is None:
        draw_arrow(paper, (end - 1, row.middle), (end + ARROW, row.middle), ACCENT)
    _write_begin(paper, plot, row, (plot.x(row.start), turn, end))


def _draw_part(paper: Axes, start: float, end: float, y: float, style: StateStyle) -> None:
    if end > start:
        edge = "#5f88a3" if style is _INTRODUCTION else None
        fill_rect(paper, Rect(start, y - _BAR / 2, end - start, _BAR), style, edge=edge)


def _write_begin(paper: Axes, plot: _Plot, row: _Plan, places: tuple[float, float, float]) -> None:
    """Write the month in which the effect begins: on the bar, else right or left of it."""
    begin, turn, end = places
    text = f"ab {format_month(row.effective, short=True)}"
    width = measure(text, SMALL_SIZE)
    beyond = end + (ARROW if row.end is None else 0) + 4
    if width + 8 <= end - turn:
        write(paper, turn + 4, row.middle, text, size=SMALL_SIZE, colour=PAPER)
    elif beyond + width <= WIDTH:
        write(paper, beyond, row.middle, text, size=SMALL_SIZE)
    elif width + 8 <= turn - begin:
        # On the hatching, which is left out behind the text.
        rect = Rect(turn - width - 7, row.middle - _BAR / 2 + 0.5, width + 6, _BAR - 1)
        fill_rect(paper, rect, _BLANK)
        write(paper, turn - 4, row.middle, text, size=SMALL_SIZE, align="right")
    elif begin - 4 - width >= plot.rect.left:
        write(paper, begin - 4, row.middle, text, size=SMALL_SIZE, align="right")
