"""The HTML of a chapter's text as plain data, so that another renderer can set it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

from analysis.presentation.html import is_web_address

Node: TypeAlias = dict[str, object]
"""One piece for the template of the PDF; ``kind`` says which."""

_VOID = frozenset({"br", "hr"})
_BLOCKS = frozenset({"p", "ul", "ol", "blockquote", "pre", "hr"})
_HEADINGS = {f"h{level}": level - 1 for level in range(2, 7)}
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass
class _Element:
    tag: str
    attributes: Mapping[str, str]
    children: list[_Element | str] = field(default_factory=list)


def clean_text(text: str) -> str:
    """Return ``text`` as a browser would show it: one space for many, no control characters."""
    return _CONTROL.sub("", _SPACES.sub(" ", text))


def read_prose(html: str, anchors: Collection[str]) -> list[Node]:
    """Return the text that `render_prose` made as a list of pieces.

    Args:
        html: what `render_prose` returns.
        anchors: the places of the document that links may lead to; others become plain words.

    Returns:
        ``heading`` (level 1 for a chapter, anchor, body), ``paragraph`` (body), ``list`` (ordered,
        start, items), ``quote`` (parts), ``code`` (text), ``rule``. A body consists of ``words``,
        ``strong``, ``emphasis``, ``code``, ``link`` and ``break``.
    """
    parser = _TreeBuilder()
    parser.feed(html)
    parser.close()
    return _Reader(anchors).read_blocks(parser.root)


class _TreeBuilder(HTMLParser):
    """Builds a tree of markdown-it's well-formed output."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("div", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(_Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class _Reader:
    def __init__(self, anchors: Collection[str]) -> None:
        self._anchors = anchors

    def read_blocks(self, parent: _Element) -> list[Node]:
        """Return blocks; words that stand between them (tight lists) become paragraphs."""
        blocks: list[Node] = []
        loose: list[_Element | str] = []
        for child in [*parent.children, None]:
            is_block = isinstance(child, _Element) and (
                child.tag in _BLOCKS or child.tag in _HEADINGS
            )
            if child is not None and not is_block:
                loose.append(child)
                continue
            if _has_words(loose):
                blocks.append({"kind": "paragraph", "body": self._read_inline(loose)})
            loose = []
            if isinstance(child, _Element):
                blocks.append(self._read_block(child))
        return blocks

    def _read_block(self, element: _Element) -> Node:
        tag = element.tag
        if tag in _HEADINGS:
            anchor = element.attributes.get("id", "")
            body = self._read_inline(element.children)
            return {"kind": "heading", "level": _HEADINGS[tag], "anchor": anchor, "body": body}
        if tag in {"ul", "ol"}:
            items = [c for c in element.children if isinstance(c, _Element)]
            return {
                "kind": "list",
                "ordered": tag == "ol",
                "start": int(element.attributes.get("start", "1")),
                "items": [self.read_blocks(item) for item in items],
            }
        if tag == "blockquote":
            return {"kind": "quote", "parts": self.read_blocks(element)}
        if tag == "pre":
            return {"kind": "code", "text": _plain_text(element).rstrip("\n")}
        if tag == "hr":
            return {"kind": "rule"}
        return {"kind": "paragraph", "body": self._read_inline(element.children)}

    def _read_inline(self, children: list[_Element | str]) -> list[Node]:
        body = [node for child in children for node in self._read_piece(child)]
        return _trim(body)

    def _read_piece(self, piece: _Element | str) -> Iterator[Node]:
        if isinstance(piece, str):
            yield {"kind": "words", "text": clean_text(piece)}
        elif piece.tag == "br":
            yield {"kind": "break"}
        elif piece.tag == "code":
            yield {"kind": "code", "text": clean_text(_plain_text(piece))}
        else:
            inner = [node for child in piece.children for node in self._read_piece(child)]
            kinds = {"strong": "strong", "em": "emphasis"}
            if piece.tag in kinds:
                yield {"kind": kinds[piece.tag], "body": inner}
            elif piece.tag == "a":
                yield from self._read_link(piece.attributes.get("href", ""), inner)
            else:
                yield from inner

    def _read_link(self, address: str, body: list[Node]) -> Iterator[Node]:
        if address.startswith("#") and address[1:] in self._anchors:
            yield {"kind": "link", "to": address[1:], "url": "", "body": body}
        elif is_web_address(address):
            yield {"kind": "link", "to": "", "url": address.strip(), "body": body}
        else:
            yield from body


def _has_words(pieces: list[_Element | str]) -> bool:
    return any(isinstance(piece, _Element) or piece.strip() for piece in pieces)


def _plain_text(element: _Element) -> str:
    return "".join(c if isinstance(c, str) else _plain_text(c) for c in element.children)


def _trim(body: list[Node]) -> list[Node]:
    """Return a body without spaces at its edges."""
    trimmed = list(body)
    for index, strip in ((0, str.lstrip), (-1, str.rstrip)):
        if trimmed and trimmed[index]["kind"] == "words":
            trimmed[index] = {"kind": "words", "text": strip(str(trimmed[index]["text"]))}
    return trimmed
