"""Lines of monthly figures, in one panel or in many: gaps stay gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from analysis.presentation.charts._drawing import (
    LEGEND_ROW,
    WIDTH,
    Rect,
    arrange_legend,
    draw_legend,
    draw_notes,
    fit_axis,
    measure,
    new_paper,
    notes_height,
    pad_limits,
    text_height,
    write,
)
from analysis.presentation.charts._months import (
    DASHES,
    MonthAxis,
    draw_value_axis,
    list_series,
    number_months,
    order_panels,
    place_value,
    plan_months,
    plan_slots,
    split_runs,
    spread,
    write_small_ticks,
    write_title,
    write_years,
)
from analysis.presentation.charts._tables import check_table, read_texts
from analysis.presentation.formats import as_float, format_number
from analysis.presentation.theme import (
    AXIS,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    chart_style,
    series_styles,
)

GAP_NOTE = "Lücke: nicht veröffentlicht oder nicht bekannt"
_PLOT_HEIGHT = 210.0
_PANEL_HEIGHT = 72.0
_UNIT_ROW = 22.0

Axis = tuple[tuple[float, float], list[float], list[str]]


@dataclass(frozen=True)
class _Line:
    """One series of one panel: known months with value and bounds."""

    series: str
    months: list[int]
    values: list[float]
    lower: list[float]
    upper: list[float]

    @property
    def last(self) -> float:
        """Latest known value."""
        return self.values[-1]

    @property
    def is_exact(self) -> bool:
        """Whether no month has bounds that differ."""
        return self.lower == self.upper


@chart_style()
def month_lines(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    month: str = "month",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    series: str | None = None,
    panel: str | None = None,
    panel_order: Sequence[str] = (),
    unit_label: str,
    digits: int = 0,
    columns: int = 3,
    shared: bool = True,
    from_zero: bool = True,
) -> Figure:
    """Draw monthly figures as lines; a month without figure interrupts its line.

    The latest known figure stands at the right end of each line.

    Args:
        table: one row per month, series and panel; rows without figure are gaps.
        month: column of days; their month counts.
        value: column of figures, in the unit of ``unit_label``.
        lower: column of lower bounds; a band is drawn where it differs from the upper one.
        upper: column of upper bounds.
        series: column that tells lines of a panel apart.
        panel: column that tells panels apart (small multiples); none for one large panel.
        panel_order: panels in order; those that are not named follow as they come.
        unit_label: what is counted, in German, above the panels.
        digits: decimal places of the labels.
        columns: panels per row.
        shared: one value axis for all panels; otherwise each has its own.
        from_zero: let the value axes include zero; otherwise a note says that they do not.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    named = [name for name in (series, panel) if name]
    check_table(table, [month, value, lower, upper, *named])
    known = table.loc[table[value].map(as_float).notna()]
    if known.empty:
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    axis = plan_months(table[month])
    names = read_texts(table, series)
    styles = series_styles(names)
    titles = order_panels(read_texts(table, panel), panel_order)
    columns_used = (month, value, lower, upper)
    lines = {
        title: _read_lines(part, columns_used, series)
        for title, part in _split(known, panel, titles)
    }
    every = [line for own in lines.values() for line in own]
    common = _plan_values(every, from_zero=from_zero)
    axes = {
        title: common if shared or not own else _plan_values(own, from_zero=from_zero)
        for title, own in lines.items()
    }
    margins = _plan_margins(every, axes, digits)
    legend = arrange_legend(list_series(styles), WIDTH)
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    height = _PANEL_HEIGHT if panel else _PLOT_HEIGHT
    slots, bottom = plan_slots(titles, columns=columns, height=height, margins=margins, top=top)
    notes = [
        GAP_NOTE if _has_gap(every, axis) else "",
        "" if from_zero else "Achse beginnt nicht bei null",
    ]
    figure, paper = new_paper(bottom + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    write(paper, 0, top - _UNIT_ROW + 8, unit_label, colour=MUTED)
    for slot, (title, own) in zip(slots, lines.items(), strict=True):
        write_title(paper, slot, margins[0])
        limits, ticks, labels = axes[title]
        draw_value_axis(paper, slot.rect, limits, ticks)
        write_small_ticks(paper, slot.rect, limits, ticks, labels)
        write_years(paper, slot.rect, axis)
        for line in own:
            _draw_line(paper, slot.rect, axis, limits, line, styles)
        _write_ends(paper, slot.rect, limits, own, styles, digits)
    draw_notes(paper, notes, 0, bottom + 2)
    return figure


def _split(
    table: pd.DataFrame, panel: str | None, titles: Sequence[str]
) -> list[tuple[str, pd.DataFrame]]:
    if panel is None:
        return [(titles[0], table)]
    return [(title, table.loc[table[panel] == title]) for title in titles]


def _read_lines(
    table: pd.DataFrame, columns: tuple[str, str, str, str], series: str | None
) -> list[_Line]:
    month, value, lower, upper = columns
    rows = table.assign(_month=number_months(table[month]), _series=read_texts(table, series))
    if rows.duplicated(["_series", "_month"]).any():
        raise ValueError("a month has more than one row per series")
    ordered = rows.sort_values("_month", kind="stable")
    return [
        _Line(
            str(name),
            own["_month"].astype(int).tolist(),
            own[value].astype(float).tolist(),
            own[lower].fillna(own[value]).astype(float).tolist(),
            own[upper].fillna(own[value]).astype(float).tolist(),
        )
        for name, own in ordered.groupby("_series", sort=False)
    ]


def _plan_values(lines: Sequence[_Line], *, from_zero: bool) -> Axis:
    low = min(min(line.lower) for line in lines)
    high = max(max(line.upper) for line in lines)
    low, high = pad_limits(low, high, from_zero=from_zero)
    reach = high - low
    return fit_axis(low - (0.05 * reach if low < 0 or not from_zero else 0), high + 0.05 * reach)


def _plan_margins(
    lines: Sequence[_Line], axes: Mapping[str, Axis], digits: int
) -> tuple[float, float]:
    ticks = [label for _, _, labels in axes.values() for label in labels]
    left = max(measure(label, SMALL_SIZE) for label in ticks) + 6
    right = max(measure(format_number(line.last, digits), SMALL_SIZE) for line in lines) + 8
    return left, right


def _has_gap(lines: Sequence[_Line], axis: MonthAxis) -> bool:
    return any(len(line.months) < axis.last - line.months[0] + 1 for line in lines)


def _draw_line(
    paper: Axes,
    rect: Rect,
    axis: MonthAxis,
    limits: tuple[float, float],
    line: _Line,
    styles: Mapping[str, tuple[str, str]],
) -> None:
    colour, marker = styles[line.series]
    dash = DASHES[list(styles).index(line.series) % len(DASHES)]
    rows = dict(
        zip(line.months, zip(line.values, line.lower, line.upper, strict=True), strict=True)
    )
    for run in split_runs(line.months):
        x = [axis.middle(rect, month) for month in run]
        y = [place_value(rect, limits, rows[month][0]) for month in run]
        if not line.is_exact:
            _draw_band(paper, rect, limits, x, [rows[month][1:] for month in run], colour)
        if len(run) == 1:
            paper.plot(x, y, marker=marker, ms=3, mfc=colour, mec=colour, zorder=2.6)
        paper.plot(x, y, color=colour, lw=1.5, ls=dash, zorder=2.5)
    end = axis.middle(rect, line.months[-1]), place_value(rect, limits, line.last)
    paper.plot(*end, marker=marker, ms=5, mfc=colour, mec=PAPER, mew=0.7, zorder=2.8)


def _draw_band(
    paper: Axes,
    rect: Rect,
    limits: tuple[float, float],
    x: Sequence[float],
    bounds: Sequence[tuple[float, ...]],
    colour: str,
) -> None:
    lower = [(a, place_value(rect, limits, pair[0])) for a, pair in zip(x, bounds, strict=True)]
    upper = [(a, place_value(rect, limits, pair[1])) for a, pair in zip(x, bounds, strict=True)]
    paper.add_patch(Polygon([*lower, *upper[::-1]], color=colour, alpha=0.18, lw=0, zorder=2.2))


def _write_ends(
    paper: Axes,
    rect: Rect,
    limits: tuple[float, float],
    lines: Sequence[_Line],
    styles: Mapping[str, tuple[str, str]],
    digits: int,
) -> None:
    wanted = [place_value(rect, limits, line.last) for line in lines]
    row = text_height("", SMALL_SIZE)
    places = spread(wanted, row, rect.top + 2, rect.top + rect.height)
    right = rect.left + rect.width
    for line, start, place in zip(lines, wanted, places, strict=True):
        colour = styles[line.series][0] if len(styles) > 1 else INK
        if abs(place - start) > 4:
            paper.plot([right + 1, right + 5], [start, place], color=AXIS, lw=0.6)
        text = format_number(line.last, digits)
        write(paper, right + 6, place, text, size=SMALL_SIZE, colour=colour)
