"""SVG charts made safe and fit for being placed inside an HTML page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

_ALLOWED_TAGS = frozenset({
    "svg", "g", "defs", "use", "symbol", "path", "rect", "circle", "ellipse", "line", "polyline",
    "polygon", "text", "tspan", "image", "clipPath", "mask", "pattern", "marker", "stop",
    "linearGradient", "radialGradient",
})  # fmt: skip
_DROPPED_ROOT_ATTRIBUTES = frozenset({"width", "height", "id", "class", "style", "version"})
_LOCAL_URL = re.compile(r"url\(\s*['\"]?#([^)'\"\s]+)['\"]?\s*\)")
_ANY_URL = re.compile(r"url\(|image-set\(|@import|expression\(|javascript:", re.IGNORECASE)
_GLOBAL_RULE = re.compile(r"^\s*\*\s*\{([^{}]*)\}\s*$")
_FONT_SIZE = re.compile(r"\bfont(?:-size)?:[^;]*?(\d+(?:\.\d+)?)px")
_POINTS = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:pt|px)?\s*$")

LEGIBLE_PX = 11
"""Text in a chart is never shown smaller than this; narrow screens scroll the chart instead."""

_ASSUMED_FONT_SIZE = 10.0


class SvgError(ValueError):
    """A chart that is not well-formed SVG."""


@dataclass(frozen=True)
class InlineSvg:
    """A chart for use inside HTML.

    Attributes:
        markup: an ``<svg>`` element without ids that could clash, scripts, or outside references.
        min_width: width in CSS pixels below which text would become smaller than ``LEGIBLE_PX``.
    """

    markup: str
    min_width: int


def inline_svg(svg: str, *, prefix: str, alt: str) -> InlineSvg:
    """Return ``svg`` as an element that can stand next to other charts in one page.

    Args:
        svg: a whole SVG document, as matplotlib writes it.
        prefix: put before each id, so that the ids of several charts do not clash.
        alt: the alternative text, which becomes the accessible name.

    Raises:
        SvgError: ``svg`` is not well-formed or its root is not ``svg``.
    """
    root = _parse(svg)
    min_width = _measure_min_width(root)
    inherited = _collect_inherited_style(root)
    _clean(root, prefix)
    attributes = {k: v for k, v in root.attrib.items() if k not in _DROPPED_ROOT_ATTRIBUTES}
    root.attrib.clear()
    root.attrib.update(
        {"class": "chart", "role": "img", "aria-label": alt, **attributes, "style": inherited}
    )
    root.tail = None
    if not inherited:
        del root.attrib["style"]
    return InlineSvg(ElementTree.tostring(root, encoding="unicode"), min_width)


def _parse(svg: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(svg.strip())
    except ElementTree.ParseError as error:
        raise SvgError(f"not well-formed: {error}") from None
    if _local_name(root.tag) != "svg":
        raise SvgError(f"root element is {root.tag!r}")
    if "viewBox" not in root.attrib:
        width, height = (_points(root.get(side, "")) for side in ("width", "height"))
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    return root


def _points(length: str) -> float:
    match = _POINTS.match(length)
    if match is None:
        raise SvgError("neither viewBox nor width and height are given")
    return float(match.group(1))


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def _measure_min_width(root: ElementTree.Element) -> int:
    width = float(root.get("viewBox", "").replace(",", " ").split()[2])
    return round(width * LEGIBLE_PX / min(_font_sizes(root), default=_ASSUMED_FONT_SIZE))


def _font_sizes(root: ElementTree.Element) -> Iterator[float]:
    for element in root.iter():
        style = f"font-size:{element.get('font-size', '')};{element.get('style', '')}"
        found = _FONT_SIZE.search(style.replace(": ", ":"))
        if found is not None and float(found.group(1)) > 0:
            yield float(found.group(1))


def _collect_inherited_style(root: ElementTree.Element) -> str:
    """Return the rule for all elements, which as a style sheet would hit the whole page."""
    sheets = (e.text or "" for e in root.iter() if _local_name(str(e.tag)) == "style")
    rules = (match.group(1).strip() for sheet in sheets if (match := _GLOBAL_RULE.match(sheet)))
    return "; ".join(rule.rstrip(";") for rule in rules if not _ANY_URL.search(rule))


def _clean(element: ElementTree.Element, prefix: str) -> None:
    element.tag = _local_name(element.tag)
    element.attrib = dict(_clean_attributes(element, prefix))
    for child in list(element):
        if isinstance(child.tag, str) and _local_name(child.tag) in _ALLOWED_TAGS:
            _clean(child, prefix)
        else:
            element.remove(child)
    # Indentation between elements carries no meaning, except inside text.
    if element.tag not in {"text", "tspan"} and not (element.text or "").strip():
        element.text = None
    for child in element:
        if element.tag not in {"text", "tspan"} and not (child.tail or "").strip():
            child.tail = None


def _clean_attributes(element: ElementTree.Element, prefix: str) -> Iterator[tuple[str, str]]:
    for qualified, value in element.attrib.items():
        name = _local_name(qualified)
        if name == "id":
            yield name, f"{prefix}-{value}"
        elif name == "href":
            yield from _clean_reference(element.tag, value, prefix)
        elif not name.lower().startswith("on") and name in {qualified, "space"}:
            local = _LOCAL_URL.sub(lambda match: f"URL(#{prefix}-{match.group(1)})", value)
            if not _ANY_URL.search(local.replace("URL(#", "")):
                yield ("xml:space" if name == "space" else name), local.replace("URL(#", "url(#")


def _clean_reference(tag: str, value: str, prefix: str) -> Iterator[tuple[str, str]]:
    if value.startswith("#"):
        yield "href", f"#{prefix}-{value[1:]}"
    elif tag == "image" and value.startswith("data:image/png;base64,"):
        yield "href", value
