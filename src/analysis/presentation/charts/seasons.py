"""The course of the year: one line per year over the months."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._drawing import (
    Rect,
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
    draw_value_axis,
    place_value,
    plan_slots,
    split_runs,
    spread,
    write_small_ticks,
    write_title,
)
from analysis.presentation.charts._tables import check_table, read_texts
from analysis.presentation.charts.months import GAP_NOTE
from analysis.presentation.formats import as_float
from analysis.presentation.theme import ACCENT, AXIS, MUTED, PAPER, SMALL_SIZE, chart_style

MONTH_NAMES = {
    1: "Januar",
    2: "Februar",
    3: "März",
    4: "April",
    5: "Mai",
    6: "Juni",
    7: "Juli",
    8: "August",
    9: "September",
    10: "Oktober",
    11: "November",
    12: "Dezember",
}
_UNIT_ROW = 22.0
_HEIGHT = 150.0
_EARLIER = "#767676"
# The years before the latest one differ by their dashes, so that they stay apart in grey print.
_DASHES: tuple[object, ...] = (
    (0, (5, 1.5)),
    (0, (1.5, 1.5)),
    (0, (7, 1.5, 1.5, 1.5)),
    (0, (3, 3)),
    (0, (10, 2)),
)

Axis = tuple[tuple[float, float], list[float], list[str]]
Years = dict[int, dict[int, float]]


@chart_style()
def seasonal_lines(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    year: str = "year",
    month_number: str = "month_number",
    value: str = "value",
    panel: str | None = None,
    panel_order: Sequence[str] = (),
    unit_label: str,
    columns: int = 2,
    from_zero: bool = False,
) -> Figure:
    """Draw one line per year from January to December; the latest year stands out.

    Args:
        table: one row per year and month, and per panel where there are several.
        year: column of years.
        month_number: column of months, 1 to 12.
        value: column of figures, in the unit of ``unit_label``; a missing one is a gap.
        panel: column that tells panels apart; all have the same value axis.
        panel_order: panels in order.
        unit_label: what is shown, in German, above the panels.
        columns: panels per row.
        from_zero: let the value axis include zero; otherwise a note says that it does not.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    check_table(table, [year, month_number, value, *([panel] if panel else [])])
    known = table.loc[table[value].map(as_float).notna()]
    if known.empty:
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    present = dict.fromkeys(read_texts(known, panel))
    titles = [
        *(t for t in panel_order if t in present),
        *(t for t in present if t not in panel_order),
    ]
    panels = {
        title: _read_years(
            known if panel is None else known.loc[known[panel] == title],
            (year, month_number, value),
        )
        for title in titles
    }
    limits, ticks, labels = _plan_values(known[value].astype(float), from_zero=from_zero)
    left = max(measure(label, SMALL_SIZE) for label in labels) + 6
    right = (
        max(measure(str(y), SMALL_SIZE, "semibold") for own in panels.values() for y in own) + 12
    )
    slots, bottom = plan_slots(
        titles, columns=columns, height=_HEIGHT, margins=(left, right), top=_UNIT_ROW
    )
    gaps = any(_has_gap(months) for own in panels.values() for months in own.values())
    notes = [GAP_NOTE if gaps else "", "" if from_zero else "Achse beginnt nicht bei null"]
    figure, paper = new_paper(bottom + notes_height(notes, 0))
    write(paper, 0, 8, unit_label, colour=MUTED)
    for slot, years in zip(slots, panels.values(), strict=True):
        write_title(paper, slot, left)
        draw_value_axis(paper, slot.rect, limits, ticks)
        write_small_ticks(paper, slot.rect, limits, ticks, labels)
        _write_months(paper, slot.rect)
        _draw_years(paper, slot.rect, limits, years)
    draw_notes(paper, notes, 0, bottom + 2)
    return figure


def _read_years(table: pd.DataFrame, columns: tuple[str, str, str]) -> Years:
    year, month, value = columns
    if table.duplicated([year, month]).any():
        raise ValueError("a month has more than one row per year")
    ordered = table.sort_values([year, month])
    return {
        int(str(name)): dict(
            zip(own[month].astype(int).tolist(), own[value].astype(float).tolist(), strict=True)
        )
        for name, own in ordered.groupby(year)
    }


def _plan_values(values: pd.Series, *, from_zero: bool) -> Axis:
    low, high = pad_limits(float(values.min()), float(values.max()), from_zero=from_zero)
    reach = high - low
    return fit_axis(low - (0 if from_zero else 0.05 * reach), high + 0.05 * reach)


def _has_gap(months: dict[int, float]) -> bool:
    return len(split_runs(sorted(months))) > 1


def _write_months(paper: Axes, rect: Rect) -> None:
    pitch = rect.width / 12
    step = 1 if pitch >= measure("M", SMALL_SIZE) + 2 else 3
    for number, name in MONTH_NAMES.items():
        if (number - 1) % step == 0:
            x = rect.left + (number - 0.5) * pitch
            y = rect.top + rect.height + 11
            short = name[:3] if pitch >= 26 else name[0]
            write(paper, x, y, short, size=SMALL_SIZE, colour=MUTED, align="center")


def _draw_years(paper: Axes, rect: Rect, limits: tuple[float, float], years: Years) -> None:
    latest = max(years)
    pitch = rect.width / 12
    ends = []
    for rank, (year, months) in enumerate(sorted(years.items(), reverse=True)):
        own = year == latest
        colour, width = (ACCENT, 2.4) if own else (_EARLIER, 1.2)
        dash = "-" if own else _DASHES[(rank - 1) % len(_DASHES)]
        for run in split_runs(sorted(months)):
            x = [rect.left + (month - 0.5) * pitch for month in run]
            y = [place_value(rect, limits, months[month]) for month in run]
            paper.plot(x, y, color=colour, lw=width, ls=dash, zorder=3 if own else 2)
            if own or len(run) == 1:
                paper.plot(
                    x, y, ls="none", marker="o", ms=3.5, mfc=colour, mec=PAPER, mew=0.5, zorder=3
                )
        last = max(months)
        ends.append(
            (rect.left + (last - 0.5) * pitch, place_value(rect, limits, months[last]), year, own)
        )
    _label_years(paper, rect, ends)


def _label_years(paper: Axes, rect: Rect, ends: Sequence[tuple[float, float, int, bool]]) -> None:
    row = text_height("", SMALL_SIZE)
    places = spread([end[1] for end in ends], row, rect.top + 2, rect.top + rect.height - 2)
    right = rect.left + rect.width + 8
    for (x, y, year, own), place in zip(ends, places, strict=True):
        paper.plot([x + 3, right - 2], [y, place], color=AXIS, lw=0.5, zorder=1.5)
        weight, colour = ("semibold", ACCENT) if own else ("normal", MUTED)
        write(paper, right, place, str(year), size=SMALL_SIZE, weight=weight, colour=colour)  # type: ignore[arg-type]
