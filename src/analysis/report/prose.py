"""Markdown cells as HTML with anchors, below the heading level of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

_DEEPEST_LEVEL = 6
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class ProseError(ValueError):
    """Markdown that cannot be shown accessibly; the message is German."""


@dataclass(frozen=True)
class Heading:
    """A heading as the report shows it: ``# `` of a notebook has level 2."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Prose:
    """The HTML of a Markdown cell and the headings in it."""

    html: Markup
    headings: tuple[Heading, ...] = ()


def render_prose(
    source: str, claim: Callable[[int, str], str], notebooks: Mapping[str, str] | None = None
) -> Prose:
    """Return the HTML of the Markdown text ``source``.

    Args:
        source: CommonMark; HTML in it is shown as text, HTML comments are left out.
        claim: called with level and text of each heading, returns its anchor.
        notebooks: file stem of a notebook to the anchor of its chapter, for links between them.

    Raises:
        ProseError: the text holds a table or an image, which only blocks show accessibly.
    """
    tokens = _markdown().parse(source)
    _refuse_inaccessible(tokens)
    headings = _shift_headings(tokens, claim)
    _point_to_chapters(tokens, notebooks or {})
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return Prose(Markup(html), headings)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    markdown.add_render_rule("html_block", _render_html_as_text)
    markdown.add_render_rule("html_inline", _render_html_as_text)
    return markdown


def _render_html_as_text(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    return str(escape(_COMMENT.sub("", tokens[index].content)))


def _refuse_inaccessible(tokens: Sequence[Token]) -> None:
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inline)}
    if "table_open" in kinds:
        raise ProseError("Tabelle im Text; Tabellen bitte als Block zeigen (mit Beschriftung).")
    if "image" in kinds:
        raise ProseError("Bild im Text; Bilder bitte als Block zeigen (mit Alternativtext).")


def _shift_headings(
    tokens: Sequence[Token], claim: Callable[[int, str], str]
) -> tuple[Heading, ...]:
    headings = []
    for index, token in enumerate(tokens):
        if token.type not in {"heading_open", "heading_close"}:
            continue
        level = min(int(token.tag[1]) + 1, _DEEPEST_LEVEL)
        token.tag = f"h{level}"
        if token.type == "heading_open":
            text = _plain_text(tokens[index + 1])
            headings.append(Heading(level, text, claim(level, text)))
            token.attrSet("id", headings[-1].anchor)
    return tuple(headings)


def _plain_text(inline: Token) -> str:
    kinds = {"text", "code_inline"}
    parts = (
        child.content if child.type in kinds else " " if child.type.endswith("break") else ""
        for child in inline.children or ()
    )
    return "".join(parts).strip()


def _point_to_chapters(tokens: Sequence[Token], notebooks: Mapping[str, str]) -> None:
    links = (child for token in tokens for child in token.children or ())
    for link in links:
        path = PurePosixPath(str(link.attrGet("href") or "").partition("#")[0])
        if path.suffix == ".ipynb" and path.stem in notebooks:
            link.attrSet("href", f"#{notebooks[path.stem]}")
