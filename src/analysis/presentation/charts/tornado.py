"""Tornado: which assumption moves a result most, and in which direction."""

from __future__ import annotations

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
from analysis.presentation.formats import format_number
from analysis.presentation.theme import ACCENT, INK, MUTED, StateStyle, chart_style, tint

_UNIT_ROW = 26.0
_BAR = 12.0
_LEAST_ROW = 32.0
_RISES = StateStyle(tint(ACCENT, 0.6))
_FALLS = StateStyle("#fbe5d6", "////", "#c44e00", INK)
_LOOKS = {
    True: ("höhere Annahme, höheres Ergebnis", _RISES),
    False: ("höhere Annahme, niedrigeres Ergebnis", _FALLS),
}
"""Word and style by whether the figure is positive."""


@chart_style()
def tornado(
    table: pd.DataFrame,
    *,
    category: str = "category",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    unit_label: str,
    digits: int = 2,
) -> Figure:
    """Draw a bar from zero for each input of a result, the strongest at the top.

    Bars to the right stand for inputs that move the result in their own direction, hatched bars
    to the left for those that move it the other way.

    Args:
        table: one row per input; rows without figure are left out.
        category: column of names.
        value: column of figures with sign, in the unit of ``unit_label``.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        unit_label: what is shown, in German, above the axis.
        digits: decimal places of the labels.

    Raises:
        ValueError: the table is empty, lacks a column, or has no figure.
    """
    check_table(table, [category, value, lower, upper])
    read = read_estimates(table, value, lower, upper, digits=digits, text="")
    pairs = [
        (name, one)
        for name, one in zip(read_texts(table, category), read, strict=True)
        if one is not None
    ]
    pairs.sort(key=lambda pair: -abs(pair[1].value))
    estimates = [one for _, one in pairs]
    signs = dict.fromkeys(one.value >= 0 for one in estimates)
    entries = [LegendEntry(_LOOKS[sign][0], style=_LOOKS[sign][1]) for sign in signs]
    legend = arrange_legend(entries, WIDTH)
    blank = [""] * len(pairs)
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    names = [name for name, _ in pairs]
    rows = stack_rows(names, blank, blank, [False] * len(pairs), top=top, least=_LEAST_ROW)
    bottom = rows[-1].top + rows[-1].height + 4
    figures = [_sign(one.value, digits) for one in estimates]
    spans = [say_span(one.lower, one.upper, digits) for one in estimates]
    margin = max(measure(text, weight="semibold") for text in [*figures, *spans]) + 14
    low = min(one.extent[0] for one in estimates)
    high = max(one.extent[1] for one in estimates)
    notes = [OPEN_NOTE if any(one.is_open for one in estimates) else ""]
    figure, paper = new_paper(bottom + 24 + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    ticks = nice_ticks(*pad_limits(low, high, from_zero=True))
    scale = draw_scale(figure, paper, rows, ticks, margin, bottom)
    write(paper, scale.left, top - 12, unit_label, colour=MUTED)
    for row, one, words, span in zip(rows, estimates, figures, spans, strict=True):
        write_names(paper, row)
        _draw_bar(paper, scale, row, one)
        write_figure(paper, row, words, span)
    draw_notes(paper, notes, 0, bottom + 28)
    return figure


def _sign(value: float, digits: int) -> str:
    text = format_number(value, digits)
    return f"+{text}" if value > 0 and any(c in "123456789" for c in text) else text


def _draw_bar(paper: Axes, scale: Scale, row: Row, estimate: Estimate) -> None:
    start, end = sorted((scale(0), scale(estimate.value)))
    style = _LOOKS[estimate.value >= 0][1]
    edge = None if estimate.value >= 0 else style.hatch_colour
    fill_rect(paper, Rect(start, row.middle - _BAR / 2, end - start, _BAR), style, edge=edge)
    x, y = scale(estimate.value), row.middle
    for bound, side in ((estimate.lower, -1), (estimate.upper, 1)):
        if bound is None:
            draw_arrow(paper, (x, y), (x + side * ARROW, y), INK)
        elif abs(scale(bound) - x) > 0.3:
            paper.plot([x, scale(bound)], [y, y], color=INK, lw=1.4, zorder=2.7)
            paper.plot([scale(bound)] * 2, [y - 3, y + 3], color=INK, lw=1.4, zorder=2.7)
