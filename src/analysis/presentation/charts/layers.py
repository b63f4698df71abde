"""Parts of a whole over time, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from analysis.presentation.charts._drawing import (
    LEGEND_ROW,
    WIDTH,
    LegendEntry,
    Rect,
    arrange_legend,
    draw_legend,
    draw_notes,
    fit_axis,
    measure,
    new_paper,
    notes_height,
    write,
)
from analysis.presentation.charts._months import (
    MonthAxis,
    draw_value_axis,
    number_months,
    place_value,
    plan_months,
    plan_slots,
    split_runs,
    write_small_ticks,
    write_title,
    write_years,
)
from analysis.presentation.charts._tables import check_table, read_texts
from analysis.presentation.formats import as_float
from analysis.presentation.theme import (
    AXIS,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    StateStyle,
    chart_style,
    layer_styles,
)

_HEIGHT = 110.0
_SINGLE_HEIGHT = 210.0
_UNIT_ROW = 22.0
_NOTE = "Schraffiert: ein Teil ist nicht veröffentlicht oder nicht bekannt"
_UNKNOWN = StateStyle(PAPER, "//////", "#9a9a9a", INK)

Parts = dict[int, list[float] | None]
"""Month to the figures of all states, or nothing where one of them is not known."""


@chart_style()
def stacked_months(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    month: str = "month",
    state: str = "state",
    value: str = "value",
    order: Sequence[str],
    panel: str | None = None,
    panel_order: Sequence[str] = (),
    unit_label: str,
    columns: int = 2,
    shared: bool = False,
    whole: float | None = None,
) -> Figure:
    """Draw parts of a whole as layers, one step per month.

    A month for which one of the parts is not known is hatched, since its whole is not known either.

    Args:
        table: one row per month and state, and per panel where there are several.
        month: column of days; their month counts.
        state: column of states.
        value: column of figures, in the unit of ``unit_label``.
        order: states from bottom to top.
        panel: column that tells panels apart.
        panel_order: panels in order.
        unit_label: what is counted, in German, above the panels.
        columns: panels per row.
        shared: one value axis for all panels.
        whole: upper end of the value axis, 100 for shares.

    Raises:
        ValueError: the table is empty, lacks a column, has a state that is not in ``order``, a
            negative figure, a part twice, or no month that is completely known.
    """
    check_table(table, [month, state, value, *([panel] if panel else [])])
    if unknown := sorted(set(read_texts(table, state)) - set(order)):
        raise ValueError(f"states without a place in the order: {unknown}")
    present = dict.fromkeys(read_texts(table, panel))
    titles = [
        *(t for t in panel_order if t in present),
        *(t for t in present if t not in panel_order),
    ]
    panels = {
        title: _read_parts(
            table if panel is None else table.loc[table[panel] == title],
            (month, state, value),
            order,
        )
        for title in titles
    }
    tops = {title: _highest(parts) for title, parts in panels.items()}
    if not any(tops.values()):
        raise ValueError("no month of the table is completely known: there is nothing to draw")
    highest = max(tops.values())
    axes = {
        title: fit_axis(0, whole or ((highest if shared else top) or highest) * 1.02)
        for title, top in tops.items()
    }
    axis = plan_months(table[month])
    used = [name for name in order if (table[state].astype(str) == name).any()]
    styles = layer_styles(used)
    legend = arrange_legend([LegendEntry(name, style=styles[name]) for name in used], WIDTH)
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    left = max(measure(label, SMALL_SIZE) for _, _, labels in axes.values() for label in labels) + 6
    height = _SINGLE_HEIGHT if len(titles) == 1 else _HEIGHT
    slots, bottom = plan_slots(titles, columns=columns, height=height, margins=(left, 4), top=top)
    hidden = any(found is None for parts in panels.values() for found in parts.values())
    notes = [_NOTE if hidden else ""]
    figure, paper = new_paper(bottom + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    write(paper, 0, top - _UNIT_ROW + 8, unit_label, colour=MUTED)
    kept = [list(order).index(name) for name in used]
    for slot, (title, parts) in zip(slots, panels.items(), strict=True):
        limits, ticks, labels = axes[title]
        write_title(paper, slot, left)
        draw_value_axis(paper, slot.rect, limits, ticks)
        write_small_ticks(paper, slot.rect, limits, ticks, labels)
        write_years(paper, slot.rect, axis)
        _draw_layers(paper, slot.rect, axis, limits, parts, [(n, styles[order[n]]) for n in kept])
    draw_notes(paper, notes, 0, bottom + 2)
    return figure


def _read_parts(table: pd.DataFrame, columns: tuple[str, str, str], order: Sequence[str]) -> Parts:
    month, state, value = columns
    rows = table.assign(_month=number_months(table[month]))
    if rows.duplicated(["_month", state]).any():
        raise ValueError("a month has more than one row per state")
    delivered = set(rows[state].astype(str))
    parts: Parts = {}
    for number, own in rows.groupby("_month"):
        known = {
            str(name): as_float(figure) for name, figure in zip(own[state], own[value], strict=True)
        }
        complete = delivered <= {name for name, figure in known.items() if figure is not None}
        figures = [known.get(name) or 0.0 for name in order]
        if any(figure < 0 for figure in figures):
            raise ValueError("parts of a whole must not be negative")
        parts[int(str(number))] = figures if complete else None
    return parts


def _highest(parts: Parts) -> float:
    return max((sum(figures) for figures in parts.values() if figures is not None), default=0.0)


def _draw_layers(
    paper: Axes,
    rect: Rect,
    axis: MonthAxis,
    limits: tuple[float, float],
    parts: Parts,
    layers: Sequence[tuple[int, StateStyle]],
) -> None:
    known = sorted(month for month, figures in parts.items() if figures is not None)
    for run in split_runs(known):
        base = dict.fromkeys(run, 0.0)
        for number, style in layers:
            ceiling = {month: base[month] + (parts[month] or [])[number] for month in run}
            _draw_step(paper, rect, axis, limits, (base, ceiling), style)
            base = ceiling
    hidden = sorted(month for month in range(axis.first, axis.last + 1) if parts.get(month) is None)
    for run in split_runs(hidden):
        start, end = axis.edge(rect, run[0]), axis.edge(rect, run[-1] + 1)
        outline = [
            (start, rect.top),
            (end, rect.top),
            (end, rect.top + rect.height),
            (start, rect.top + rect.height),
        ]
        paper.add_patch(
            Polygon(
                outline,
                facecolor=PAPER,
                edgecolor=_UNKNOWN.hatch_colour,
                hatch=_UNKNOWN.hatch,
                lw=0,
                zorder=1.8,
            )
        )


def _draw_step(
    paper: Axes,
    rect: Rect,
    axis: MonthAxis,
    limits: tuple[float, float],
    edges: tuple[Mapping[int, float], Mapping[int, float]],
    style: StateStyle,
) -> None:
    lower, upper = (_trace_steps(rect, axis, limits, edge) for edge in edges)
    paper.add_patch(
        Polygon(
            [*lower, *upper[::-1]],
            facecolor=style.colour,
            edgecolor=style.hatch_colour if style.hatch else AXIS,
            hatch=style.hatch or None,
            lw=0.5,
            zorder=2,
        )
    )


def _trace_steps(
    rect: Rect, axis: MonthAxis, limits: tuple[float, float], values: Mapping[int, float]
) -> list[tuple[float, float]]:
    return [
        (axis.edge(rect, month + side), place_value(rect, limits, value))
        for month, value in values.items()
        for side in (0, 1)
    ]
