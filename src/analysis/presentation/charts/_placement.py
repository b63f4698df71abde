"""Labels that do not collide: a deterministic greedy placement, and a check of what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from analysis.presentation.theme import chart_style

BLOCKED = float("inf")


class Box(NamedTuple):
    """A rectangle; ``weight`` says how bad it is to cover it (``BLOCKED``: never)."""

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float = BLOCKED

    def meets(self, other: Box) -> bool:
        """Whether the two rectangles share an area."""
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1

    def within(self, other: Box) -> bool:
        """Whether this rectangle lies inside the other one."""
        across = self.x0 >= other.x0 and self.x1 <= other.x1
        return across and self.y0 >= other.y0 and self.y1 <= other.y1


class Anchor(NamedTuple):
    """A point that wants a label of a given size."""

    x: float
    y: float
    width: float
    height: float


# Direction of the label as seen from its point, and the price of that direction.
_DIRECTIONS = (
    (0, -1, 0.0),
    (0, 1, 1.0),
    (1, -0.5, 1.5),
    (-1, -0.5, 1.5),
    (1, 0, 2.0),
    (-1, 0, 2.0),
    (1, 0.5, 2.5),
    (-1, 0.5, 2.5),
)
_DISTANCES = ((6.0, 0.0), (10.0, 3.0), (16.0, 8.0), (24.0, 14.0))


def place_labels(
    anchors: Sequence[Anchor], obstacles: Sequence[Box], bounds: Box
) -> list[Box | None]:
    """Find a free place for each label, in the given order of importance.

    Args:
        anchors: the points; coordinates grow to the right and downwards.
        obstacles: what must or should not be covered.
        bounds: area in which labels may stand.

    Returns:
        The rectangle of each label, or ``None`` where no place is free.
    """
    taken = list(obstacles)
    places: list[Box | None] = []
    for anchor in anchors:
        priced = [(price + _cost(box, taken), box) for price, box in _candidates(anchor)]
        fitting = [(cost, box) for cost, box in priced if cost < BLOCKED and box.within(bounds)]
        best = min(fitting, key=lambda pair: pair[0])[1] if fitting else None
        places.append(best)
        if best is not None:
            taken.append(_widen(best))
    return places


def trace_line(x0: float, y0: float, x1: float, y1: float, weight: float) -> Iterator[Box]:
    """Yield small boxes along a line, so that labels can keep away from it."""
    steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) / 4))
    for step in range(steps + 1):
        x = x0 + (x1 - x0) * step / steps
        y = y0 + (y1 - y0) * step / steps
        yield Box(x - 1, y - 1, x + 1, y + 1, weight)


@chart_style()
def find_overlaps(figure: Figure, tolerance: float = 0.5) -> list[str]:
    """Return what is wrong with the texts of a figure: overlaps, and texts beyond its edge.

    Args:
        figure: any figure of ``charts``.
        tolerance: overlap in points that nobody sees.
    """
    renderer: RendererBase = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if _is_drawn(text)]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    outside = [
        f"»{words}« reaches beyond the edge"
        for words, box in boxes
        if not _lies_within(box, figure.bbox, 1.0)
    ]
    overlapping = [
        f"»{first}« overlaps »{second}«" for first, second in _find_pairs(boxes, tolerance)
    ]
    return outside + overlapping


def _find_pairs(
    boxes: Sequence[tuple[str, BboxBase]], tolerance: float
) -> Iterator[tuple[str, str]]:
    """Yield the words of boxes that overlap; from left to right, so that few are compared."""
    ordered = sorted(boxes, key=lambda pair: pair[1].x0)
    for number, (words, box) in enumerate(ordered):
        for words_beside, beside in ordered[number + 1 :]:
            if beside.x0 >= box.x1:
                break
            if _overlap(box, beside) > tolerance:
                yield words, words_beside


def _candidates(anchor: Anchor) -> Iterator[tuple[float, Box]]:
    for distance, far in _DISTANCES:
        for across, down, price in _DIRECTIONS:
            x = anchor.x + across * (anchor.width / 2 + distance)
            y = anchor.y + down * (anchor.height / 2 + distance)
            half_width, half_height = anchor.width / 2, anchor.height / 2
            yield (
                price + far,
                Box(x - half_width, y - half_height, x + half_width, y + half_height),
            )


def _cost(box: Box, taken: Sequence[Box]) -> float:
    return sum(other.weight for other in taken if box.meets(other))


def _widen(box: Box) -> Box:
    return Box(box.x0 - 3, box.y0 - 1, box.x1 + 3, box.y1 + 1)


def _is_drawn(text: Text) -> bool:
    axes = text.axes
    shown = axes is None or axes.get_visible()
    return bool(text.get_visible() and text.get_text().strip() and shown)


def _lies_within(box: BboxBase, outer: BboxBase, slack: float) -> bool:
    across = box.x0 >= outer.x0 - slack and box.x1 <= outer.x1 + slack
    return bool(across and box.y0 >= outer.y0 - slack and box.y1 <= outer.y1 + slack)


def _overlap(first: BboxBase, second: BboxBase) -> float:
    across = min(first.x1, second.x1) - max(first.x0, second.x0)
    down = min(first.y1, second.y1) - max(first.y0, second.y0)
    return float(min(across, down))
