"""Charts over time: stocks and rates at dates, with what is open or unsure made visible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from analysis.presentation.charts._dates import DateAxis, plan_dates
from analysis.presentation.charts._drawing import (
    LEGEND_ROW,
    OPEN_NOTE,
    WIDTH,
    LegendEntry,
    Rect,
    arrange_legend,
    draw_legend,
    draw_notes,
    measure,
    new_paper,
    notes_height,
    text_height,
    wrap,
    write,
)
from analysis.presentation.charts._panel import dates_height, draw_panel, events_height, plan_values
from analysis.presentation.charts._points import (
    Look,
    Point,
)
from analysis.presentation.charts._tables import (
    Estimate,
    check_table,
    read_dates,
    read_estimates,
    read_flags,
    read_texts,
)
from analysis.presentation.theme import (
    SMALL_SIZE,
    chart_style,
    series_styles,
)

_PLOT_HEIGHT = 220.0
_PANEL_HEIGHT = 130.0
_EVENT_WIDTH = 150.0
_UNIT_ROW = 26.0


@chart_style()
def timeline(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    start: str = "period_start",
    end: str = "period_end",
    series: str = "series",
    connect: str = "connect",
    conflict: str = "conflict",
    text: str = "text",
    unit_label: str,
    value_labels: bool = True,
    from_zero: bool = True,
    events: pd.DataFrame | None = None,
    digits: int = 0,
) -> Figure:
    """Draw figures at dates.

    A figure that is known for a month or longer is a bar over its span with the marker in the
    middle. Rows without any date or figure are left out and counted in a note.

    Args:
        table: one row per figure; the columns ``series``, ``connect``, ``conflict`` and ``text``
            (label of the figure) are optional.
        value: column of best figures, in the unit of ``unit_label``.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        start: column of first days.
        end: column of last days.
        series: column that tells series apart, by colour and marker.
        connect: column of booleans: neighbours in time of one series are joined where both are
            True.
        conflict: column of booleans: figures that contradict another source.
        text: column of labels that replace the formatted figure.
        unit_label: what is counted, in German, as title of the value axis.
        value_labels: write figures beside their points, as far as there is room.
        from_zero: let the value axis include zero; otherwise a note says that it does not.
        events: columns ``date`` and ``label``, drawn as vertical lines.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, or has no dated figure.
    """
    check_table(table, [value, lower, upper, start, end])
    estimates = read_estimates(table, value, lower, upper, digits=digits, text=text)
    columns = (start, end, series, connect, conflict)
    points, dropped = _read_points(table, estimates, columns)
    styles = _choose_styles(points)
    look = Look(unit_label, value_labels, from_zero, styles, _read_events(events))
    legend = arrange_legend(_list_series(styles), WIDTH)
    notes = [*_list_notes(points, from_zero=from_zero), _count_dropped(dropped)]
    left = _left_margin(points, from_zero=from_zero)
    dates = _plan_axis(points, look.events, WIDTH - left - 12)
    head = len(legend) * LEGEND_ROW
    top = head + _UNIT_ROW + events_height(look.events, dates, left)
    below = dates_height(dates) + notes_height(notes, 0)
    figure, paper = new_paper(top + _PLOT_HEIGHT + below)
    draw_legend(paper, legend, 0, 0)
    rect = Rect(left, top, WIDTH - left - 12, _PLOT_HEIGHT)
    draw_panel(figure, paper, rect, dates, points, look, head)
    draw_notes(paper, notes, 0, top + _PLOT_HEIGHT + dates_height(dates) + 6)
    return figure


@chart_style()
def small_multiples(  # noqa: PLR0913 - each column can be named on its own
    tables: Mapping[str, pd.DataFrame],
    *,
    unit_labels: Mapping[str, str] | str,
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    start: str = "period_start",
    end: str = "period_end",
    series: str = "series",
    connect: str = "connect",
    conflict: str = "conflict",
    text: str = "text",
    value_labels: bool = True,
    from_zero: bool = True,
    digits: int = 0,
    columns: int = 2,
) -> Figure:
    """Draw several timelines side by side: one date axis for all, a value axis for each.

    Args:
        tables: title of the panel → table as for ``timeline``.
        unit_labels: unit of all panels, or one per title.
        value: see ``timeline``, as for all arguments that follow.
        lower: column of lower bounds.
        upper: column of upper bounds.
        start: column of first days.
        end: column of last days.
        series: column that tells series apart; a legend shows them where a panel has several.
        connect: column of booleans: neighbours that a line joins.
        conflict: column of booleans: figures that contradict another source.
        text: column of labels that replace the formatted figure.
        value_labels: write figures beside their points, as far as there is room.
        from_zero: let the value axes include zero.
        digits: decimal places of the labels.
        columns: panels per row.

    Raises:
        ValueError: no table is given, or one is empty, lacks a column or has no dated figure.
    """
    if not tables:
        raise ValueError("no table is given: there is nothing to draw")
    names = (start, end, series, connect, conflict)
    points: dict[str, list[Point]] = {}
    dropped = 0
    for title, table in tables.items():
        check_table(table, [value, lower, upper, start, end])
        estimates = read_estimates(table, value, lower, upper, digits=digits, text=text)
        points[title], without_date = _read_points(table, estimates, names)
        dropped += without_date
    every = [point for panel in points.values() for point in panel]
    alone = all(len({point.series for point in panel}) == 1 for panel in points.values())
    styles = _choose_styles(every, alike=alone)
    units = {t: unit_labels if isinstance(unit_labels, str) else unit_labels[t] for t in tables}
    looks = {t: Look(units[t], value_labels, from_zero, styles) for t in tables}
    notes = [*_list_notes(every, from_zero=from_zero), _count_dropped(dropped)]
    return _draw_multiples(points, looks, notes, columns)


def _draw_multiples(
    points: Mapping[str, list[Point]], looks: Mapping[str, Look], notes: list[str], columns: int
) -> Figure:
    every = [point for panel in points.values() for point in panel]
    from_zero = next(iter(looks.values())).from_zero
    alone = all(len({point.series for point in panel}) == 1 for panel in points.values())
    styles = {} if alone else next(iter(looks.values())).styles
    legend = arrange_legend(_list_series(styles), WIDTH)
    left = max(_left_margin(panel, from_zero=from_zero) for panel in points.values())
    slot = (WIDTH + 16) / columns
    width = slot - 16 - left - 6
    dates = _plan_axis(every, (), width)
    titles = {title: wrap(title, slot - 16, weight="semibold") for title in points}
    head = max(text_height(title) for title in titles.values()) + _UNIT_ROW + 2
    row_height = head + _PANEL_HEIGHT + dates_height(dates) + 12
    start = len(legend) * LEGEND_ROW
    rows = -(-len(points) // columns)
    height = start + rows * row_height + notes_height(notes, 0)
    figure, paper = new_paper(height)
    draw_legend(paper, legend, 0, 0)
    for number, (title, panel) in enumerate(points.items()):
        x, y = number % columns * slot, start + number // columns * row_height
        write(paper, x, y + 2, titles[title], weight="semibold", anchor="top")
        rect = Rect(x + left, y + head, width, _PANEL_HEIGHT)
        draw_panel(figure, paper, rect, dates, panel, looks[title], y + head - _UNIT_ROW)
    draw_notes(paper, notes, 0, start + rows * row_height + 2)
    return figure


def _read_points(
    table: pd.DataFrame, estimates: Sequence[Estimate | None], columns: tuple[str, ...]
) -> tuple[list[Point], int]:
    start, end, series, connect, conflict = columns
    rows = zip(
        estimates,
        read_texts(table, series),
        read_dates(table, start),
        read_dates(table, end),
        read_flags(table, connect),
        read_flags(table, conflict),
        strict=True,
    )
    points = [
        Point(order, estimate, *rest)
        for order, (estimate, *rest) in enumerate(rows)
        if estimate is not None and (rest[1] or rest[2])
    ]
    if not points:
        raise ValueError("no row of the table has a date: there is nothing to draw")
    return points, len(table) - len(points)


def _read_events(events: pd.DataFrame | None) -> list[tuple[dt.datetime, str]]:
    if events is None or events.empty:
        return []
    pairs = zip(read_dates(events, "date"), read_texts(events, "label"), strict=True)
    wrapped = ((day, wrap(label, _EVENT_WIDTH, SMALL_SIZE)) for day, label in pairs if day)
    return sorted(wrapped)


def _choose_styles(points: Sequence[Point], *, alike: bool = False) -> dict[str, tuple[str, str]]:
    styles = series_styles(point.series for point in points)
    first = next(iter(styles.values()))
    return dict.fromkeys(styles, first) if alike else styles


def _list_series(styles: Mapping[str, tuple[str, str]]) -> list[LegendEntry]:
    if len(styles) < 2:
        return []
    return [LegendEntry(name, colour, marker) for name, (colour, marker) in styles.items()]


def _list_notes(points: Sequence[Point], *, from_zero: bool) -> list[str]:
    is_open = any(point.estimate.is_open or point.is_open_ended for point in points)
    has_span = any(point.has_span for point in points)
    conflicting = any(point.conflict for point in points)
    return [
        OPEN_NOTE if is_open else "",
        "Querbalken: gilt für den ganzen Zeitraum" if has_span else "",
        "Ring: Angaben widersprechen sich" if conflicting else "",
        "" if from_zero else "Achse beginnt nicht bei null",
    ]


def _count_dropped(dropped: int) -> str:
    if not dropped:
        return ""
    return f"{dropped} {'Angabe' if dropped == 1 else 'Angaben'} ohne Datum oder Wert nicht gezeigt"


def _left_margin(points: Sequence[Point], *, from_zero: bool) -> float:
    return max(measure(label) for label in plan_values(points, from_zero=from_zero)[2]) + 7


def _plan_axis(
    points: Sequence[Point], events: Sequence[tuple[dt.datetime, str]], width: float
) -> DateAxis:
    days = [day for point in points for day in (point.first, point.last)]
    days += [day for day, _ in events]
    return plan_dates(min(days), max(days), width)
