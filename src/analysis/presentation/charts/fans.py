"""Fans: a course by month with its band, beside what is known and what is aimed at."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.presentation.charts._bands import Frame, Step, draw_band, draw_base, draw_line
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
    fit_axis,
    measure,
    new_paper,
    notes_height,
    pad_limits,
    text_height,
    wrap,
    write,
)
from analysis.presentation.charts._margin import say_span, stack_blocks, tie_label, write_end
from analysis.presentation.charts._months import (
    MonthAxis,
    Slot,
    draw_value_axis,
    number_months,
    order_panels,
    plan_slots,
    split_runs,
    write_small_ticks,
    write_title,
    write_years,
)
from analysis.presentation.charts._tables import (
    Estimate,
    check_table,
    read_dates,
    read_estimates,
    read_texts,
)
from analysis.presentation.formats import as_float, format_number
from analysis.presentation.theme import (
    ACCENT,
    AXIS,
    INK,
    MUTED,
    PAPER,
    SMALL_SIZE,
    StateStyle,
    chart_style,
    tint,
)

_PLOT_HEIGHT = 220.0
_PANEL_HEIGHT = 120.0
_UNIT_ROW = 22.0
_TODAY_ROW = 14.0
_GAP_NOTE = "Lücke: nicht bekannt"
_TODAY = "Stichtag"
_TARGET_WIDTH = 78.0
_MARK = 5.0
_ROW_SPACE = 10.0
_QUARTER_ROW = 12.0
_FEW_MONTHS = 30
"""Up to so many months the quarters are named."""
_GUTTER = 16.0
_LEAST_PLOT = 75.0
"""Least width of a plot; with less there are fewer panels per row."""
_DARK = "#7a3b00"
"""Colour of figures from sources: apart from the course in hue, lightness and shape."""


@dataclass(frozen=True)
class _Mark:
    """A figure from a source with its days."""

    first: dt.datetime
    last: dt.datetime
    estimate: Estimate

    @property
    def has_span(self) -> bool:
        """Whether the figure belongs to more than a month."""
        return _count(self.last) > _count(self.first)


@dataclass(frozen=True)
class _Fan:
    """What one panel shows: figures by number of the month."""

    title: str
    months: dict[int, Step] = field(default_factory=dict)
    history: dict[int, float] = field(default_factory=dict)
    marks: list[_Mark] = field(default_factory=list)
    targets: list[tuple[float, str]] = field(default_factory=list)

    @property
    def extents(self) -> list[float]:
        """All figures that the value axis has to cover."""
        steps = [end for step in self.months.values() for end in (step.floor, step.ceiling)]
        marks = [end for mark in self.marks for end in mark.estimate.extent]
        return [*steps, *marks, *self.history.values(), *(value for value, _ in self.targets)]


@dataclass(frozen=True)
class _View:
    """What the panels have in common."""

    axis: MonthAxis
    digits: int
    today: dt.datetime | None
    right: float


@chart_style()
def fan_months(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    month: str = "month",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    panel: str | None = None,
    panel_order: Sequence[str] = (),
    points: pd.DataFrame | None = None,
    target: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    today: pd.Timestamp | None = None,
    unit_label: str,
    digits: int = 0,
    columns: int = 2,
    shared: bool = True,
    from_zero: bool = True,
) -> Figure:
    """Draw a central line with its band by month, in one panel or in several.

    The latest figure and its range stand at the right end of each line. A figure of a day (a
    stock) stands where the line has that day: on the last of a month in the middle of its slot.

    Args:
        table: one row per month and panel; a row without any figure interrupts line and band.
        month: column of days or monthly periods; their month counts.
        value: column of central figures, in the unit of ``unit_label``.
        lower: column of lower bounds, missing where open: the band fades downwards.
        upper: column of upper bounds, missing where open.
        panel: column that tells panels apart; none for one large panel.
        panel_order: panels in order; those that are not named follow as they come.
        points: figures from sources (``period_start``, ``period_end``, ``value``, ``lower``,
            ``upper``), drawn as marks with error bars. Where they lack the column that ``panel``
            names they stand in all panels, as do ``target`` and ``history``.
        target: figures to be reached (``value``, ``label``), drawn as dashed lines with label.
        history: earlier figures (``month``, ``value``), drawn as a grey line.
        today: day of a vertical line labelled »Stichtag«.
        unit_label: what is counted, in German, above the panels.
        digits: decimal places of the labels.
        columns: panels per row, as far as there is room for their plots.
        shared: one value axis for all panels; otherwise each has its own.
        from_zero: let the value axes include zero; otherwise a note says that they do not.

    Raises:
        ValueError: a table is empty or lacks a column, there is no figure, or a month has more
            than one row in a panel.
    """
    check_table(table, [month, value, lower, upper, *([panel] if panel else [])])
    titles = order_panels(read_texts(table, panel), panel_order)
    extras = (points, target, history)
    fans = [
        _read_fan(title, _pick(table, panel, title), (month, value, lower, upper), extras, panel)
        for title in titles
    ]
    if not any(fan.months for fan in fans):
        raise ValueError("no row of the table has a figure: there is nothing to draw")
    day = None if today is None or pd.isna(today) else pd.Timestamp(today).to_pydatetime()
    axis = _plan_axis(table[month], fans, day)
    height = _plan_height(fans, _PANEL_HEIGHT if panel else _PLOT_HEIGHT)
    common = _plan_values(fans, height, from_zero=from_zero)
    axes = [
        common if shared or not fan.extents else _plan_values([fan], height, from_zero=from_zero)
        for fan in fans
    ]
    left = max(measure(label, SMALL_SIZE) for _, _, labels in axes for label in labels) + 6
    view = _View(axis, digits, day, _measure_right(fans, digits))
    head = _TODAY_ROW if day else 0.0
    columns = _count_columns(min(columns, len(titles)), left + view.right)
    width = WIDTH / columns - _GUTTER - left - view.right
    foot = _ROW_SPACE + (_QUARTER_ROW if _has_quarters(axis, width) else 0.0)
    legend = arrange_legend(_list_entries(fans), WIDTH)
    top = len(legend) * LEGEND_ROW + _UNIT_ROW
    slots, bottom = plan_slots(
        titles,
        columns=columns,
        height=height + head + foot,
        margins=(left, view.right),
        top=top,
    )
    bottom -= _ROW_SPACE
    notes = _list_notes(fans, from_zero=from_zero)
    figure, paper = new_paper(bottom + notes_height(notes, 0))
    draw_legend(paper, legend, 0, 0)
    write(paper, 0, top - _UNIT_ROW + 8, unit_label, colour=MUTED)
    for slot, fan, (limits, ticks, labels) in zip(slots, fans, axes, strict=True):
        rect = slot.rect._replace(top=slot.rect.top + head, height=height)
        write_title(paper, Slot(slot.title, slot.top, rect), left)
        draw_value_axis(paper, rect, limits, ticks)
        write_small_ticks(paper, rect, limits, ticks, labels)
        _write_dates(paper, rect, axis)
        _draw_fan(Frame(paper, rect, limits), fan, view)
    draw_notes(paper, notes, 0, bottom + 2)
    return figure


def _pick(table: pd.DataFrame, panel: str | None, title: str) -> pd.DataFrame:
    if panel is None or panel not in table.columns:
        return table
    return table.loc[table[panel].astype("str") == title]


def _read_fan(
    title: str,
    table: pd.DataFrame,
    columns: tuple[str, str, str, str],
    extras: tuple[pd.DataFrame | None, pd.DataFrame | None, pd.DataFrame | None],
    panel: str | None,
) -> _Fan:
    points, target, history = (
        None if extra is None or extra.empty else _pick(extra, panel, title) for extra in extras
    )
    return _Fan(
        title,
        _read_months(table, columns),
        _read_history(history),
        _read_marks(points),
        _read_targets(target),
    )


def _read_months(table: pd.DataFrame, columns: tuple[str, str, str, str]) -> dict[int, Step]:
    month, *figures = columns
    numbers = _number(table[month])
    if len(set(numbers)) < len(numbers):
        raise ValueError("a month has more than one row in a panel")
    rows = zip(*(table[name] for name in figures), strict=True)
    steps = {
        number: Step(float(number), *map(as_float, row))
        for number, row in zip(numbers, rows, strict=True)
    }
    return {number: steps[number] for number in sorted(steps) if steps[number].is_known}


def _number(days: pd.Series) -> list[int]:
    """Number the months of days or of monthly periods."""
    if isinstance(days.dtype, pd.PeriodDtype):
        days = days.dt.to_timestamp()
    return [int(number) for number in number_months(days)]


def _read_history(history: pd.DataFrame | None) -> dict[int, float]:
    if history is None or history.empty:
        return {}
    check_table(history, ["month", "value"])
    pairs = zip(_number(history["month"]), map(as_float, history["value"]), strict=True)
    return dict(sorted((number, x) for number, x in pairs if x is not None))


def _read_marks(points: pd.DataFrame | None) -> list[_Mark]:
    if points is None or points.empty:
        return []
    check_table(points, ["period_start", "period_end", "value", "lower", "upper"])
    estimates = read_estimates(points, "value", "lower", "upper", digits=0, text="")
    days = zip(read_dates(points, "period_start"), read_dates(points, "period_end"), strict=True)
    marks = []
    for estimate, (start, end) in zip(estimates, days, strict=True):
        first, last = start or end, end or start
        if estimate is not None and first is not None and last is not None:
            marks.append(_Mark(first, last, estimate))
    return marks


def _read_targets(target: pd.DataFrame | None) -> list[tuple[float, str]]:
    if target is None or target.empty:
        return []
    check_table(target, ["value", "label"])
    pairs = zip(map(as_float, target["value"]), read_texts(target, "label"), strict=True)
    known = [(x, wrap(label, _TARGET_WIDTH, SMALL_SIZE)) for x, label in pairs if x is not None]
    return list(dict.fromkeys(known))


def _plan_axis(days: pd.Series, fans: Sequence[_Fan], today: dt.datetime | None) -> MonthAxis:
    numbers = _number(days)
    for fan in fans:
        numbers += [*fan.history]
        numbers += [_count(day) for mark in fan.marks for day in (mark.first, mark.last)]
    if today is not None:
        numbers.append(_count(today))
    return MonthAxis(min(numbers), max(numbers))


def _count(day: dt.datetime) -> int:
    return day.year * 12 + day.month - 1


def _count_columns(most: int, margins: float) -> int:
    """Return how many panels have room beside each other."""
    fitting = (n for n in range(most, 1, -1) if WIDTH / n - _GUTTER - margins >= _LEAST_PLOT)
    return next(fitting, 1)


def _plan_height(fans: Sequence[_Fan], least: float) -> float:
    """Return the height of the plots, in which all labels at the right have room."""
    return max(least, *(sum(_block_heights(fan)) for fan in fans))


def _block_heights(fan: _Fan) -> list[float]:
    row = text_height("", SMALL_SIZE)
    return [2 * row + 4, *(text_height(label, SMALL_SIZE) + 4 for _, label in fan.targets)]


def _plan_values(
    fans: Sequence[_Fan], height: float, *, from_zero: bool
) -> tuple[tuple[float, float], list[float], list[str]]:
    figures = [figure for fan in fans for figure in fan.extents]
    low, high = pad_limits(min(figures), max(figures), from_zero=from_zero)
    is_open = any(step.is_open for fan in fans for step in fan.months.values())
    share = (ARROW + 4) / height if is_open else 0.05
    room = (high - low) * share
    return fit_axis(low - (room if low < 0 or not from_zero else 0.0), high + room)


def _measure_right(fans: Sequence[_Fan], digits: int) -> float:
    ends = [line for fan in fans for line in _say_end(fan, digits)]
    targets = [label for fan in fans for _, label in fan.targets]
    widths = [measure(line, SMALL_SIZE, "semibold") for line in ends]
    return max(*widths, *(measure(label, SMALL_SIZE) for label in targets), 20.0) + 11


def _say_end(fan: _Fan, digits: int) -> list[str]:
    if not fan.months:
        return []
    last = list(fan.months.values())[-1]
    value = "" if last.value is None else format_number(last.value, digits)
    return [line for line in (value, say_span(last.lower, last.upper, digits)) if line]


def _list_entries(fans: Sequence[_Fan]) -> list[LegendEntry]:
    """Return the legend, where there is more than a line and its band."""
    steps = [step for fan in fans for step in fan.months.values()]
    has_band = any(step.lower != step.upper or step.is_open for step in steps)
    entries = [LegendEntry("mittlerer Verlauf", ACCENT, "_")]
    if has_band:
        entries.append(LegendEntry("Spanne", style=StateStyle(tint(ACCENT, 0.18), text_colour=INK)))
    if any(fan.history for fan in fans):
        entries.append(LegendEntry("bisher", AXIS, "_"))
    if any(fan.marks for fan in fans):
        entries.append(LegendEntry("belegte Angabe", _DARK, "D"))
    return entries if len(entries) > 1 else []


def _list_notes(fans: Sequence[_Fan], *, from_zero: bool) -> list[str]:
    steps = [step for fan in fans for step in fan.months.values()]
    marks = [mark for fan in fans for mark in fan.marks]
    is_open = any(step.is_open for step in steps) or any(mark.estimate.is_open for mark in marks)
    has_gap = any(len(split_runs(fan.months)) > 1 for fan in fans)
    has_span = any(mark.has_span for mark in marks)
    return [
        OPEN_NOTE if is_open else "",
        _GAP_NOTE if has_gap else "",
        "Querbalken: gilt für den ganzen Zeitraum" if has_span else "",
        "" if from_zero else "Achse beginnt nicht bei null",
    ]


def _draw_fan(frame: Frame, fan: _Fan, view: _View) -> None:
    axis, rect = view.axis, frame.rect
    draw_base(frame)
    if view.today is not None:
        _draw_today(frame, view)
    for value, _ in fan.targets:
        y = frame.y(value)
        right = rect.left + rect.width
        frame.paper.plot([rect.left, right], [y, y], color=INK, lw=1.0, ls=(0, (4, 3)), zorder=2.4)
    for run in split_runs(fan.months):
        steps = [fan.months[n]._replace(x=axis.middle(rect, n)) for n in run]
        draw_band(frame, steps, ACCENT)
        draw_line(frame, steps, ACCENT)
    _draw_history(frame, fan, axis)
    for mark in fan.marks:
        _draw_mark(frame, axis, mark)
    _write_margin(frame, fan, view)


def _has_quarters(axis: MonthAxis, width: float) -> bool:
    """Whether a plot of this width has room for the names of quarters."""
    slot = 3 * width / axis.count
    return axis.count <= _FEW_MONTHS and slot >= measure("Q4", SMALL_SIZE) + 3


def _write_dates(paper: Axes, rect: Rect, axis: MonthAxis) -> None:
    """Write years below the plot, and quarters where there are few months."""
    if not _has_quarters(axis, rect.width):
        write_years(paper, rect, axis)
        return
    bottom = rect.top + rect.height
    named = 0
    for number in sorted({max(n - n % 3, axis.first) for n in range(axis.first, axis.last + 1)}):
        start = axis.edge(rect, number)
        end = axis.edge(rect, min(number - number % 3 + 3, axis.last + 1))
        paper.plot([start, start], [bottom, bottom + 4], color=AXIS, lw=0.8, zorder=0.6)
        label = f"Q{number % 12 // 3 + 1}"
        if measure(label, SMALL_SIZE) + 2 > end - start:
            continue
        middle = (start + end) / 2
        write(paper, middle, bottom + 11, label, size=SMALL_SIZE, colour=MUTED, align="center")
        if number // 12 != named:
            named = number // 12
            write(
                paper,
                middle,
                bottom + 23,
                str(named),
                size=SMALL_SIZE,
                colour=MUTED,
                align="center",
            )


def _draw_today(frame: Frame, view: _View) -> None:
    if view.today is None:
        return
    rect = frame.rect
    x = _place_day(rect, view.axis, view.today)
    bottom = rect.top + rect.height
    frame.paper.plot([x, x], [rect.top - 3, bottom], color=AXIS, lw=0.9, ls=(0, (3, 2)), zorder=2.1)
    half = measure(_TODAY, SMALL_SIZE) / 2
    middle = min(max(x, rect.left + half), rect.left + rect.width + view.right - half)
    write(frame.paper, middle, rect.top - 9, _TODAY, size=SMALL_SIZE, colour=MUTED, align="center")


def _place_day(rect: Rect, axis: MonthAxis, day: dt.datetime) -> float:
    """Return where a stock of this day is: the end of a month in the middle of its slot."""
    length = calendar.monthrange(day.year, day.month)[1]
    slot = rect.width / axis.count
    x = axis.middle(rect, _count(day)) - slot * (1 - day.day / length)
    return max(x, rect.left)


def _draw_history(frame: Frame, fan: _Fan, axis: MonthAxis) -> None:
    figures = dict(fan.history)
    first = next(iter(fan.months.values()), None)
    if first is not None and first.value is not None and int(first.x) - 1 in figures:
        # The course goes on where the history ends.
        figures.setdefault(int(first.x), first.value)
    for run in split_runs(figures):
        x = [axis.middle(frame.rect, number) for number in run]
        y = [frame.y(figures[number]) for number in run]
        marker = "o" if len(run) == 1 else "none"
        frame.paper.plot(x, y, color=AXIS, lw=1.4, marker=marker, ms=3, zorder=2.45)


def _draw_mark(frame: Frame, axis: MonthAxis, mark: _Mark) -> None:
    paper, rect, estimate = frame.paper, frame.rect, mark.estimate
    y = frame.y(estimate.value)
    x = _place_day(rect, axis, mark.last)
    if mark.last - mark.first > dt.timedelta(days=1):
        # A figure of a period stands in the middle of the slots of its months.
        start = axis.edge(rect, _count(mark.first))
        end = axis.edge(rect, _count(mark.last) + 1)
        x = (start + end) / 2
        if mark.has_span:
            paper.plot([start, end], [y, y], color=_DARK, lw=4, alpha=0.35, zorder=2.6)
    for bound, side in ((estimate.lower, 1), (estimate.upper, -1)):
        if bound is None:
            draw_arrow(paper, (x, y), (x, y + side * ARROW), _DARK)
        elif abs(frame.y(bound) - y) > _MARK:
            paper.plot([x, x], [y, frame.y(bound)], color=_DARK, lw=1.5, zorder=2.7)
            paper.plot([x - 2.5, x + 2.5], [frame.y(bound)] * 2, color=_DARK, lw=1.2, zorder=2.7)
    paper.plot(x, y, marker="D", ms=_MARK, mfc=_DARK, mec=PAPER, mew=0.7, zorder=3)


def _write_margin(frame: Frame, fan: _Fan, view: _View) -> None:
    """Write the latest figure and the labels of the targets at the right of the plot."""
    rect, row = frame.rect, text_height("", SMALL_SIZE)
    right = rect.left + rect.width
    wanted = [frame.y(value) for value, _ in fan.targets]
    heights = [text_height(label, SMALL_SIZE) + 4 for _, label in fan.targets]
    starts = [right] * len(wanted)
    end = _say_end(fan, view.digits)
    if end:
        last = list(fan.months.values())[-1]
        wanted.append(frame.y(last.floor if last.value is None else last.value))
        heights.append(row * len(end) + 4)
        x = view.axis.middle(rect, int(last.x))
        starts.append(x + 3)
        if last.value is not None:
            frame.paper.plot(x, wanted[-1], marker="o", ms=5, mfc=ACCENT, mec=PAPER, mew=0.7)
    places = stack_blocks(wanted, heights, rect.top - 8, rect.top + rect.height + 10)
    for start, y, place in zip(starts, wanted, places, strict=True):
        tie_label(frame.paper, (start, y), (right + 5, place))
    for (_, label), place in zip(fan.targets, places, strict=False):
        write(frame.paper, right + 8, place, label, size=SMALL_SIZE, colour=INK)
    if end:
        write_end(frame.paper, right + 8, places[-1], end, ACCENT)
