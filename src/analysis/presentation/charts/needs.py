"""Need per category with its interval, beside what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._drawing import (
    ARROW,
    LEGEND_ROW,
    OPEN_NOTE,
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
    nice_ticks,
    notes_height,
    pad_limits,
    write,
)
from analysis.presentation.charts._margin import say_span
from analysis.presentation.charts._rows import (
    Row,
    Scale,
    draw_scale,
    stack_rows,
    write_figure,
    write_names,
)
from analysis.presentation.charts._tables import Estimate, check_table, read_estimates, read_texts
from analysis.presentation.formats import MISSING, as_float, format_number
from analysis.presentation.theme import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    StateStyle,
    chart_style,
    tint,
)

MARKS = MappingProxyType({"filled": "besetzt", "planned": "laut Plan"})
_UNIT_ROW = 26.0
_LEAST_ROW = 36.0
_BAR = 15.0
_NEED = StateStyle(tint(ACCENT, 0.22), text_colour=INK)
_SPAN = StateStyle(tint(ACCENT, 0.6))
# Shape, filled or not, size. The later a mark, the larger: equal figures stay visible.
_SHAPES = (("D", True, 6.5), ("s", False, 11.0), ("^", True, 8.0), ("o", False, 14.0))


@chart_style()
def need_bars(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    category: str = "category",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    marks: Mapping[str, str] = MARKS,
    unit_label: str,
    digits: int = 1,
) -> Figure:
    """Draw the need of each category as a bar from zero with its interval, and marks beside it.

    Args:
        table: one row per category, in the order of the rows.
        category: column of names.
        value: column of best figures of the need, never negative; a row without figure shows –.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        marks: column of figures → German word for the legend; at most four. A missing figure is
            not drawn.
        unit_label: what is shown, in German, above the axis.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, has no figure or a negative one, or there
            are too many marks.
    """
    check_table(table, [category, value, lower, upper, *marks])
    if len(marks) > len(_SHAPES):
        raise ValueError(f"at most {len(_SHAPES)} marks can be told apart")
    estimates = read_estimates(table, value, lower, upper, digits=digits, text="")
    beside = [
        {name: as_float(row[name]) for name in marks} for row in table.to_dict(orient="records")
    ]
    known = [one for one in estimates if one is not None]
    places = [x for row in beside for x in row.values() if x is not None]
    ends = [*(one.extent[1] for one in known), *places]
    if min(*(one.extent[0] for one in known), *places, 0.0) < 0:
        raise ValueError("a need or a number of posts is never negative")
    entries = [LegendEntry("Bedarf", style=_NEED), LegendEntry("Spanne", style=_SPAN)]
    entries += [
        LegendEntry(word, INK, shape, filled)
        for (name, word), (shape, filled, _) in zip(marks.items(), _SHAPES, strict=False)
        if any(row[name] is not None for row in beside)
    ]
    legend = arrange_legend(entries, WIDTH)
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    remarks = [_say_marks(row, marks, digits) for row in beside]
    blank = [""] * len(table)
    rows = stack_rows(
        read_texts(table, category),
        remarks,
        blank,
        [False] * len(table),
        top=top,
        least=_LEAST_ROW,
    )
    figures = [MISSING if one is None else format_number(one.value, digits) for one in estimates]
    spans = ["" if one is None else say_span(one.lower, one.upper, digits) for one in estimates]
    margin = max(measure(text, weight="semibold") for text in [*figures, *spans]) + 14
    bottom = rows[-1].top + rows[-1].height + 4
    notes = [OPEN_NOTE if any(one.is_open for one in known) else ""]
    figure, paper = new_paper(bottom + 24 + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    ticks = nice_ticks(*pad_limits(0.0, max(ends), from_zero=True))
    scale = draw_scale(figure, paper, rows, ticks, margin, bottom)
    write(paper, scale.left, top - 12, unit_label, colour=MUTED)
    write(paper, WIDTH, top - 12, "Bedarf", colour=MUTED, align="right")
    for number, row in enumerate(rows):
        write_names(paper, row)
        _draw_need(paper, scale, row, estimates[number])
        _draw_marks(paper, scale, row, list(beside[number].values()))
        write_figure(paper, row, figures[number], spans[number])
    draw_notes(paper, notes, 0, bottom + 28)
    return figure


def _say_marks(row: Mapping[str, float | None], marks: Mapping[str, str], digits: int) -> str:
    known = [(marks[name], x) for name, x in row.items() if x is not None]
    return " · ".join(f"{word} {format_number(x, digits)}" for word, x in known)


def _draw_need(paper: Axes, scale: Scale, row: Row, estimate: Estimate | None) -> None:
    if estimate is None:
        return
    x, y = scale(estimate.value), row.middle
    fill_rect(paper, Rect(scale(0), y - _BAR / 2, x - scale(0), _BAR), _NEED)
    for bound, side in ((estimate.lower, -1), (estimate.upper, 1)):
        if bound is None:
            draw_arrow(paper, (x, y), (x + side * ARROW, y), ACCENT)
        elif abs(scale(bound) - x) > 0.3:
            paper.plot([x, scale(bound)], [y, y], color=_SPAN.colour, lw=5, zorder=2.5)
    paper.plot([x, x], [y - _BAR / 2, y + _BAR / 2], color=ACCENT, lw=2.2, zorder=2.6)


def _draw_marks(paper: Axes, scale: Scale, row: Row, values: Sequence[float | None]) -> None:
    for number, (value, (shape, filled, size)) in enumerate(zip(values, _SHAPES, strict=False)):
        if value is None:
            continue
        face, edge, width = (INK, PAPER, 0.8) if filled else ("none", INK, 1.5)
        paper.plot(
            scale(value),
            row.middle,
            marker=shape,
            ms=size,
            mfc=face,
            mec=edge,
            mew=width,
            zorder=3 + 0.1 * (len(_SHAPES) - number),
        )
