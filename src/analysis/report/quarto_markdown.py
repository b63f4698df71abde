"""Pieces of Pandoc's Markdown in which no text from data can act as markup.

Quarto looks for its own signs (``{{< … >}}``) also in raw text, so that a text is safe only where
every sign of it is escaped.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from markupsafe import Markup, escape

from analysis.presentation.blocks import Cell, Table
from analysis.presentation.html import is_web_address, state_sign
from analysis.presentation.signs import SPOKEN
from analysis.report.pdf_prose import Node, clean_text
from analysis.report.pdf_tables import align_columns, head_of

Target: TypeAlias = Callable[[str], str]
"""Turns an anchor of the report into the identifier that the project uses for it."""

# Within words and figures, and behind them, these signs never mean anything: 18.000, E-Akte, 5 %.
_HARMLESS = r"(?<=\w)[-.:/](?=\w)|(?<=.)[,;%?]"
_SIGNS = re.compile(f"{_HARMLESS}|([{re.escape(string.punctuation)}])")
_RUNS = {"`": re.compile("`+"), "~": re.compile("~+")}
_ADDRESS = "%/:?#[]@!$&'()*+,;=-._~"


def escape_markdown(text: str) -> str:
    """Return Markdown that shows ``text`` as it is: one line, signs with a backslash."""
    return _SIGNS.sub(lambda match: f"\\{match[1]}" if match[1] else match[0], clean_text(text))


def write_link(markdown: str, address: str) -> str:
    """Return a link with the Markdown text given; without one where the address leads nowhere safe.

    Args:
        markdown: what readers click on, as Markdown.
        address: a web address, or ``#`` and an identifier of the project.
    """
    if not (address.startswith("#") or is_web_address(address)):
        return markdown
    safe = quote(address.strip(), safe=_ADDRESS).replace("&", "\\&")
    return f"[{markdown}](<{safe}>)"


def write_prose(nodes: Sequence[Node], target: Target) -> list[str]:
    """Return the paragraphs of a text cell (see `read_prose`) as Markdown."""
    return [text for node in nodes if (text := _write_node(node, target))]


def _write_node(node: Node, target: Target) -> str:
    kind = node["kind"]
    if kind == "heading":
        return write_heading(_write_body(node["body"], target), _level(node), _anchor(node, target))
    if kind == "paragraph":
        return _write_body(node["body"], target)
    if kind == "list":
        return _write_list(node, target)
    if kind == "quote":
        return _indent("\n\n".join(write_prose(_nodes(node["parts"]), target)), "> ", "> ")
    if kind == "code":
        return _write_code_block(str(node["text"]))
    return "* * *"


def write_heading(markdown: str, level: int, identifier: str) -> str:
    """Return a heading."""
    mark = f" {{#{identifier}}}" if identifier else ""
    return f"{'#' * level} {markdown}{mark}"


def write_list(items: Iterable[str], *, start: int = 0) -> str:
    """Return a list of Markdown texts: with bullets, or numbered from ``start`` on."""
    written = []
    for number, item in enumerate(items, start=start):
        mark = f"{number}. " if start else "- "
        written.append(_indent(item, mark, " " * 4))
    return "\n".join(written)


def write_definitions(facts: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return terms with their paragraphs, both Markdown, as a list of definitions."""
    return "\n\n".join(
        f"{term}\n" + _indent("\n\n".join(parts), ":   ", "    ") for term, parts in facts if parts
    )


def write_div(content: Sequence[str], *, identifier: str = "", classes: str = "") -> str:
    """Return Markdown parts in a division of their own; nested ones need no longer fence."""
    name = [f"#{identifier}"] if identifier else []
    attributes = " ".join([*name, *(f".{each}" for each in classes.split())])
    inner = "\n\n".join(part for part in content if part)
    return f"::: {{{attributes}}}\n{inner}\n:::"


def write_html(markup: str) -> str:
    """Return markup as a raw block; it must have no line that begins with a backtick."""
    return f"```{{=html}}\n{markup}\n```"


def escape_html(text: str) -> Markup:
    """Return ``text`` for raw HTML; braces and backticks mean something to Quarto there, too."""
    escaped = escape(clean_text(text))
    return Markup(str(escaped).replace("{", "&#123;").replace("`", "&#96;"))


def write_table(table: Table, *, caption: bool, link: Callable[[Cell], str] | None = None) -> str:
    """Return a table as raw HTML with the scope of each heading, in a box that can scroll.

    Args:
        table: any table of a block.
        caption: the table shows its own caption; not where Quarto numbers and captions it.
        link: identifier of the proof of a cell, or an empty text.
    """
    aligns = align_columns(table)
    name = f"<caption>{escape_html(table.caption)}</caption>" if caption else ""
    heads = "".join(
        f'<th scope="col" class="{align}">{escape_html(head_of(column))}</th>'
        for column, align in zip(table.columns, aligns, strict=True)
    )
    rows = "\n".join(_write_row(row, aligns, link) for row in table.rows)
    return write_html(
        f'<div class="scroll"><table>{name}\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _write_row(
    row: Sequence[Cell], aligns: Sequence[str], link: Callable[[Cell], str] | None
) -> str:
    cells = []
    for index, (cell, align) in enumerate(zip(row, aligns, strict=True)):
        start, end = ('th scope="row"', "th") if index == 0 else ("td", "td")
        content = _write_cell(cell)
        proof = link(cell) if link else ""
        if proof:
            content = f'<a href="#{proof}">{content}</a>'
        cells.append(f'<{start} class="{align}">{content}</{end}>')
    return f"<tr>{''.join(cells)}</tr>"


def _write_cell(cell: Cell) -> str:
    if cell.state:
        text = escape_html(cell.text or cell.state.replace("_", " "))
        return f'<span aria-hidden="true">{state_sign(cell.state).symbol}</span> {text}'
    text = escape_html(cell.text)
    if cell.sign:
        spoken = escape_html(SPOKEN.get(cell.sign, cell.sign))
        return f'<span role="img" aria-label="{spoken}">{text}</span>'
    return str(text)


# Text cells


def _write_body(body: object, target: Target) -> str:
    return "".join(_write_piece(piece, target) for piece in _nodes(body)).strip()


def _write_piece(piece: Node, target: Target) -> str:
    kind = piece["kind"]
    if kind == "words":
        return escape_markdown(str(piece["text"]))
    if kind == "code":
        return _write_code(str(piece["text"]))
    if kind == "break":
        return "\\\n"
    inner = _write_body(piece["body"], target)
    if kind == "link":
        anchor = str(piece["to"])
        return write_link(inner, f"#{target(anchor)}" if anchor else str(piece["url"]))
    mark = "**" if kind == "strong" else "*"
    return f"{mark}{inner}{mark}" if inner else ""


def _write_code(text: str) -> str:
    if "{{" in text or not text.strip():
        # Quarto would look for its own signs in it.
        return escape_markdown(text)
    fence = "`" * (_longest(text, "`") + 1)
    return f"{fence} {text} {fence}"


def _write_code_block(text: str) -> str:
    if "{{" in text:
        return "\\\n".join(escape_markdown(line) for line in text.splitlines())
    fence = "~" * max(3, _longest(text, "~") + 1)
    return f"{fence}\n{text}\n{fence}"


def _longest(text: str, sign: str) -> int:
    return max(map(len, _RUNS[sign].findall(text)), default=0)


def _write_list(node: Node, target: Target) -> str:
    items = ["\n\n".join(write_prose(_nodes(item), target)) for item in _lists(node["items"])]
    return write_list(items, start=int(str(node["start"])) if node["ordered"] else 0)


def _indent(text: str, first: str, others: str) -> str:
    lines = text.splitlines()
    rest = [f"{others}{line}" if line or others.strip() else "" for line in lines[1:]]
    return "\n".join([f"{first}{lines[0] if lines else ''}", *rest])


def _level(node: Node) -> int:
    return int(str(node["level"]))


def _anchor(node: Node, target: Target) -> str:
    anchor = str(node["anchor"])
    return target(anchor) if anchor else ""


def _nodes(value: Any) -> list[Node]:  # noqa: ANN401 - nodes are plain data of any depth
    return list(value)


def _lists(value: Any) -> list[list[Node]]:  # noqa: ANN401 - nodes are plain data of any depth
    return list(value)
