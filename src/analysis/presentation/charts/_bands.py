"""A course with its band on paper: closed sides have an edge, open ones fade away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from analysis.presentation.charts._drawing import ARROW, Rect, draw_arrow
from analysis.presentation.charts._months import place_value
from analysis.presentation.formats import as_float
from analysis.presentation.theme import AXIS

BAND_SHADE = 0.18
_FADE = 20.0
"""Height over which an open side fades."""
_LAYERS = 5


class Step(NamedTuple):
    """A place of a course with its figures; ``None`` where one is missing."""

    x: float
    value: float | None
    lower: float | None
    upper: float | None

    @property
    def is_known(self) -> bool:
        """Whether there is any figure."""
        return any(figure is not None for figure in self[1:])

    @property
    def is_open(self) -> bool:
        """Whether a side is open."""
        return self.lower is None or self.upper is None

    @property
    def floor(self) -> float:
        """Lowest figure, from which an open side fades downwards."""
        return min(figure for figure in self[1:] if figure is not None)

    @property
    def ceiling(self) -> float:
        """Highest figure, from which an open side fades upwards."""
        return max(figure for figure in self[1:] if figure is not None)


class Frame(NamedTuple):
    """Where a course is drawn: the paper, its plot, and the limits of the value axis."""

    paper: Axes
    rect: Rect
    limits: tuple[float, float]

    def y(self, value: float) -> float:
        """Return where a value is on the paper."""
        return place_value(self.rect, self.limits, value)


def read_steps(
    places: Iterable[float],
    values: Iterable[float | None],
    lower: Iterable[float | None],
    upper: Iterable[float | None],
) -> list[Step]:
    """Return steps in ascending order of their places."""
    rows = zip(places, values, lower, upper, strict=True)
    steps = [Step(x, as_float(v), as_float(low), as_float(high)) for x, v, low, high in rows]
    return sorted(steps, key=lambda step: step.x)


def draw_base(frame: Frame) -> None:
    """Draw the lower edge of the plot, and the line of zero where there are negative figures."""
    low, high = frame.limits
    left, right = frame.rect.left, frame.rect.left + frame.rect.width
    for value in {low, 0.0} if low < 0 < high else {low}:
        frame.paper.plot([left, right], [frame.y(value)] * 2, color=AXIS, lw=0.8, zorder=0.7)


def draw_band(frame: Frame, steps: Sequence[Step], colour: str) -> None:
    """Draw the band of a course without gaps, its open sides fading, with an arrow each."""
    if all(step.lower == step.upper and not step.is_open for step in steps):
        return
    low = [(s.x, frame.y(s.floor if s.lower is None else s.lower)) for s in steps]
    high = [(s.x, frame.y(s.ceiling if s.upper is None else s.upper)) for s in steps]
    outline = Polygon([*low, *high[::-1]], color=colour, alpha=BAND_SHADE, lw=0, zorder=2.2)
    frame.paper.add_patch(outline)
    _draw_side(frame, low, [step.lower is None for step in steps], 1, colour)
    _draw_side(frame, high, [step.upper is None for step in steps], -1, colour)


def draw_line(frame: Frame, steps: Sequence[Step], colour: str, dash: object = "-") -> None:
    """Draw the central line of a course; where the figure is missing it is interrupted."""
    for known, run in groupby(steps, lambda step: step.value is not None):
        points = [(step.x, frame.y(step.value)) for step in run if step.value is not None]
        if not known:
            continue
        x, y = zip(*points, strict=True)
        frame.paper.plot(x, y, color=colour, lw=1.7, ls=dash, zorder=2.5)
        if len(points) == 1:
            frame.paper.plot(x, y, marker="o", ms=3.5, mfc=colour, mec=colour, zorder=2.6)


def _draw_side(
    frame: Frame,
    edge: Sequence[tuple[float, float]],
    flags: Sequence[bool],
    direction: int,
    colour: str,
) -> None:
    """Draw one side of a band: a thin edge where it is closed, fading with an arrow where open."""
    for is_open, start, end in _find_runs(flags):
        if is_open:
            _fade(frame, edge, (start, end), direction, colour)
            _point_out(frame, edge[(start + end - 1) // 2], direction, colour)
        else:
            x, y = zip(*edge[start:end], strict=True)
            frame.paper.plot(x, y, color=colour, lw=0.7, alpha=0.7, zorder=2.3)


def _find_runs(flags: Sequence[bool]) -> Iterator[tuple[bool, int, int]]:
    start = 0
    for flag, run in groupby(flags):
        end = start + len(list(run))
        yield flag, start, end
        start = end


def _fade(
    frame: Frame,
    edge: Sequence[tuple[float, float]],
    run: tuple[int, int],
    direction: int,
    colour: str,
) -> None:
    """Shade the open part of an edge in layers; towards closed neighbours it runs out."""
    start, end = run
    first, last = max(start - 1, 0), min(end + 1, len(edge))
    points = edge[first:last]
    for layer in range(1, _LAYERS + 1):
        shift = direction * _FADE * layer / _LAYERS
        moved = [
            (x, _keep_inside(frame.rect, y + shift) if start <= number < end else y)
            for number, (x, y) in enumerate(points, start=first)
        ]
        outline = [*points, *moved[::-1]]
        frame.paper.add_patch(
            Polygon(outline, color=colour, alpha=BAND_SHADE / _LAYERS, lw=0, zorder=2.2)
        )


def _point_out(frame: Frame, at: tuple[float, float], direction: int, colour: str) -> None:
    x, y = at
    tip = _keep_inside(frame.rect, y + direction * ARROW)
    if abs(tip - y) > ARROW / 2:
        draw_arrow(frame.paper, (x, y), (x, tip), colour)


def _keep_inside(rect: Rect, y: float) -> float:
    return min(max(y, rect.top), rect.top + rect.height)
