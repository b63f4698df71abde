"""Figures written beside the points of a chart over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis.presentation.charts._drawing import (
    measure,
    text_height,
    write,
)
from analysis.presentation.charts._placement import (
    BLOCKED,
    Anchor,
    Box,
    place_labels,
    trace_line,
)
from analysis.presentation.charts._points import (
    Panel,
    Point,
    find_joined,
    list_arrow_tips,
    list_bound_lines,
    sort_in_time,
)
from analysis.presentation.theme import (
    AXIS,
    INK,
    SMALL_SIZE,
)

_CONFLICT = "Widerspruch"
_FAR = 13.0
"""Distance in points from which on a line ties a label to its point."""
_LABEL_PITCH = 28.0
"""All figures are labelled where each has so many points of width."""


def label_values(panel: Panel, points: Sequence[Point]) -> None:
    """Write figures beside their points, as far as there is room."""
    few = len(points) * _LABEL_PITCH <= panel.rect.width
    wanted = _choose_labelled(points, panel.look.styles, few=few)
    texts = [
        f"{point.estimate.text}\n{_CONFLICT}" if point.conflict else point.estimate.text
        for point in wanted
    ]
    anchors = [
        Anchor(
            panel.x(point.middle),
            panel.y(point.estimate.value),
            measure(text, SMALL_SIZE) + 1,
            text_height(text, SMALL_SIZE),
        )
        for point, text in zip(wanted, texts, strict=True)
    ]
    rect = panel.rect
    bounds = Box(
        rect.left - 4, rect.top - 2, rect.left + rect.width + 8, rect.top + rect.height - 1
    )
    places = place_labels(anchors, list(_obstacles(panel, points)), bounds)
    for point, text, place in zip(wanted, texts, places, strict=True):
        if place is not None:
            _write_label(panel, point, text, place)
            _draw_leader(panel, point, place)


def _write_label(panel: Panel, point: Point, text: str, place: Box) -> None:
    colour = INK if len(panel.look.styles) < 2 else panel.look.styles[point.series][0]
    x, y = (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2
    write(panel.paper, x, y, text, size=SMALL_SIZE, colour=colour, align="center")


def _draw_leader(panel: Panel, point: Point, place: Box) -> None:
    """Tie a label to its point where it had to move away."""
    x, y = panel.x(point.middle), panel.y(point.estimate.value)
    end_x = min(max(x, place.x0), place.x1)
    end_y = min(max(y, place.y0), place.y1)
    if max(abs(end_x - x), abs(end_y - y)) > _FAR:
        panel.paper.plot([x, end_x], [y, end_y], color=AXIS, lw=0.7, zorder=2.4)


def _choose_labelled(points: Sequence[Point], names: Iterable[str], *, few: bool) -> list[Point]:
    """Return the points that deserve a label: the ends and extremes of each series first."""
    chosen: list[Point] = []
    for name in names:
        own = sort_in_time([point for point in points if point.series == name])
        if own:
            chosen += dict.fromkeys(
                [own[-1], own[0], max(own, key=_value_of), min(own, key=_value_of)]
            )
    rest = [point for point in points if point not in chosen]
    rest.sort(key=lambda point: not point.conflict)

    return chosen + [point for point in rest if few or point.conflict]


def _value_of(point: Point) -> float:
    return point.estimate.value


def _obstacles(panel: Panel, points: Sequence[Point]) -> Iterator[Box]:
    rect = panel.rect
    for tick in panel.ticks:
        yield Box(rect.left, panel.y(tick) - 1, rect.left + rect.width, panel.y(tick) + 1, 1.5)
    for day, _ in panel.look.events:
        x = panel.x(day)
        yield Box(x - 1, rect.top, x + 1, rect.top + rect.height, 25)
    for point in points:
        x, y = panel.x(point.middle), panel.y(point.estimate.value)
        reach = 7.5 if point.conflict else 4.5
        yield Box(x - reach, y - reach, x + reach, y + reach, BLOCKED)
        yield Box(panel.x(point.first), y - 3, panel.x(point.last), y + 3, 30)
        for start, end in list_bound_lines(panel, point, x, y):
            yield Box(x - 2, min(start, end), x + 2, max(start, end), 40)
        for tip_x, tip_y in list_arrow_tips(panel, point):
            xs, ys = sorted((x, tip_x)), sorted((y, tip_y))
            yield Box(xs[0] - 3, ys[0] - 3, xs[1] + 3, ys[1] + 3, 60)
    for name in panel.look.styles:
        own = sort_in_time(point for point in points if point.series == name)
        for before, after in find_joined(own):
            yield from trace_line(
                panel.x(before.middle),
                panel.y(before.estimate.value),
                panel.x(after.middle),
                panel.y(after.estimate.value),
                4,
            )
