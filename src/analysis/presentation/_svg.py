"""Matplotlib's SVG made small, deterministic, and fit for standing beside others in one page."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_DECIMALS = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_COORDINATES = frozenset({"d", "x", "y", "transform", "points", "width", "height"})


def clean_svg(text: str, *, prefix: str, fonts: str) -> str:
    """Return an SVG document of matplotlib without what a page does not need.

    Args:
        text: the document, as ``savefig`` writes it with ``svg.fonttype = none``.
        prefix: start of every identifier that stays.
        fonts: CSS list of font families for all texts.
    """
    root = ET.fromstring(text)
    _drop_preamble(root)
    _drop_idle_clips(root)
    _rename_ids(root, prefix)
    for element in root.iter():
        _simplify(element)
    _unwrap_groups(root)
    _group_texts(root)
    _set_root_attributes(root, fonts)
    return ET.tostring(root, encoding="unicode")


def _drop_preamble(root: ET.Element) -> None:
    for child in list(root):
        is_style = child.tag == f"{_SVG}defs" and child.find(f"{_SVG}style") is not None
        if child.tag == f"{_SVG}metadata" or is_style:
            root.remove(child)


def _drop_idle_clips(root: ET.Element) -> None:
    """Remove clipping to the whole picture, which changes nothing."""
    size = [float(number) for number in root.attrib["viewBox"].split()[2:]]
    idle = {
        f"url(#{path.attrib['id']})"
        for path in root.iter(f"{_SVG}clipPath")
        for rect in path.findall(f"{_SVG}rect")
        if [float(rect.get(side, "0")) for side in ("width", "height")] == size
    }
    for element in root.iter():
        if element.get("clip-path") in idle:
            del element.attrib["clip-path"]
        for path in element.findall(f"{_SVG}clipPath"):
            if f"url(#{path.attrib['id']})" in idle:
                element.remove(path)


def _rename_ids(root: ET.Element, prefix: str) -> None:
    """Number the identifiers that are referred to and drop the others."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for found in _REFERENCE.findall(value):
                used.setdefault(found, f"{prefix}-{len(used) + 1}")
        if _HREF in element.attrib:
            used.setdefault(element.attrib[_HREF][1:], f"{prefix}-{len(used) + 1}")
    for element in root.iter():
        _rename(element, used)


def _rename(element: ET.Element, used: dict[str, str]) -> None:
    old = element.attrib.pop("id", None)
    if old in used:
        element.set("id", used[old])
    if _HREF in element.attrib:
        element.set("href", "#" + used[element.attrib.pop(_HREF)[1:]])
    for name, value in element.attrib.items():
        element.set(name, _REFERENCE.sub(lambda match: f"url(#{used[match[1]]})", value))


def _simplify(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    if element.tag != "text":
        element.text = None
    element.tail = None
    for name in _COORDINATES & element.attrib.keys():
        shorter = _DECIMALS.sub(_round_match, element.attrib[name])
        element.set(name, " ".join(shorter.split()))
    if element.tag == "text":
        _simplify_text(element)
    elif "style" in element.attrib:
        element.set("style", element.attrib["style"].replace(": ", ":").replace("; ", ";"))


def _round_match(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _simplify_text(element: ET.Element) -> None:
    """Replace style declarations by attributes; the font family stands at the root once."""
    if re.fullmatch(r"rotate\(-?0( .*)?\)", element.attrib.get("transform", "")):
        del element.attrib["transform"]
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() and name.strip() != "font-family":
            element.set(name.strip(), value.strip())


def _unwrap_groups(parent: ET.Element) -> None:
    """Remove groups that carry no attribute, and empty ones."""
    kept: list[ET.Element] = []
    for child in list(parent):
        _unwrap_groups(child)
        bare = child.tag in {"g", "defs"} and not child.attrib
        if bare and (child.tag == "g" or len(child) == 0):
            kept.extend(child)
        elif child.tag != "g" or len(child):
            kept.append(child)
    parent[:] = kept


def _group_texts(parent: ET.Element) -> None:
    """Say once what neighbouring texts have in common."""
    kept: list[ET.Element] = []
    for look, run in groupby(parent, key=_look_of):
        children = list(run)
        if look and len(children) > 1:
            group = ET.Element("g", dict(look))
            for text in children:
                text.attrib = {k: v for k, v in text.attrib.items() if k in _COORDINATES}
            group.extend(children)
            children = [group]
        kept += children
    for child in parent:
        _group_texts(child)
    parent[:] = kept


def _look_of(element: ET.Element) -> tuple[tuple[str, str], ...]:
    if element.tag != "text":
        return ()
    return tuple((k, v) for k, v in element.attrib.items() if k not in _COORDINATES)


def _set_root_attributes(root: ET.Element, fonts: str) -> None:
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("viewBox", box)
    root.set("font-family", fonts)
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    # The page may use tabular figures; labels were measured with proportional ones.
    for name in ("font-variant", "letter-spacing", "word-spacing"):
        root.set(name, "normal")
