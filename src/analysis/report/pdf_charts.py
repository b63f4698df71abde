"""How a chart fits on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.presentation.blocks import FigureBlock
from analysis.presentation.inline_svg import inline_svg
from analysis.report.pdf_prose import Node

_NAMESPACE = "http://www.w3.org/2000/svg"
_VIEW_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
# Charts are drawn a little narrower than the text, so that two of them find room on a page.
_WIDTH = 430.0
# Height that is left below a title and above notes on a page like all others, in points.
_HEIGHT = 540.0
# Charts that would have to become smaller than this share get a page of their own.
_SMALLEST_SHARE = 0.8
_LEAD_PARTS = 3


def describe_chart(block: FigureBlock) -> Node:
    """Return a chart as the template draws it.

    Returns:
        ``svg`` without anything that could load or run; ``width`` in points; ``ratio`` of height to
        width; ``tall`` where the chart gets a page of its own, which it fills.

    Raises:
        SvgError: the chart is not well-formed.
    """
    markup = inline_svg(block.svg, prefix=block.id, alt=block.alt).markup
    width, height = (float(part) for part in _VIEW_BOX.findall(markup)[0])
    # Small charts keep the size of their letters.
    shown = min(_WIDTH, width)
    share = min(1.0, _HEIGHT / (shown * height / width))
    return {
        "svg": markup.replace("<svg ", f'<svg xmlns="{_NAMESPACE}" ', 1),
        "width": round(shown * share, 2),
        "ratio": round(height / width, 4),
        "tall": share < _SMALLEST_SHARE,
        "lead": [],
    }


def keep_leads(nodes: Sequence[Node]) -> list[Node]:
    """Return the parts of a chapter, with what introduces a tall chart moved onto its page.

    A section's heading and the few paragraphs below it would stand alone on the page before.
    """
    kept: list[Node] = []
    for node in nodes:
        if node.get("tall"):
            start = _find_lead(kept)
            kept[start:] = [node | {"lead": kept[start:]}]
        else:
            kept.append(node)
    return kept


def _find_lead(nodes: Sequence[Node]) -> int:
    """Return where the heading begins that only paragraphs follow; else the end of ``nodes``."""
    for index in range(len(nodes) - 1, max(len(nodes) - 1 - _LEAD_PARTS, -1), -1):
        if nodes[index]["kind"] == "heading" and nodes[index]["level"] != 1:
            return index
        if nodes[index]["kind"] != "paragraph":
            break
    return len(nodes)
