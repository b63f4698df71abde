"""The document for the PDF says what the page in HTML says, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from bs4 import BeautifulSoup

from analysis.report.collect import collect_chapters
from analysis.report.hints import collect_hints
from analysis.report.pdf_document import describe_document, describe_title
from analysis.report.register import build_register
from analysis.report.render import Frontmatter, ReportView

# Keys whose values guide the template and are not read by anybody.
_SILENT = {
    "anchor", "aligns", "author", "data", "imprint", "inset", "kind", "number", "path", "ratio",
    "size", "state", "svg", "to", "url", "width", "widths",
}  # fmt: skip
# What the PDF adds: it names rows where it prints no table, and refers to a chart's table.
_ADDED = re.compile(r"^\d+$|^Daten zur Abbildung.\d+$")


@pytest.fixture(scope="module")
def view(notebooks: list[Path], sample: ModuleType) -> ReportView:
    """The sample report."""
    chapters = collect_chapters(notebooks)
    blocks = [block for chapter in chapters for block in chapter.blocks]
    front = Frontmatter(sample.make_edition(), "Januar 2026")
    hints = collect_hints(blocks, synthetic=False)
    return ReportView(front, chapters, build_register(chapters), hints)


def spoken(node: object, key: str = "") -> Iterator[str]:
    """Yield the texts of a document that readers see or hear."""
    if key in _SILENT:
        return
    if isinstance(node, dict):
        for name, value in node.items():
            yield from spoken(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from spoken(value, key)
    elif isinstance(node, str) and node.strip():
        yield " ".join(node.split())


def test_the_document_says_nothing_that_the_page_does_not(view: ReportView, html: str) -> None:
    soup = BeautifulSoup(html, "html5lib")
    labels = [str(tag["aria-label"]) for tag in soup.select("[aria-label]")]
    page = " ".join(" ".join([soup.get_text(" "), *labels]).split())
    # where an element ends, the page may have no space
    squeezed = page.replace(" ", "")
    texts = list(spoken(describe_document(view)))
    assert len(texts) > 300
    for text in texts:
        assert _ADDED.match(text) or text.replace(" ", "") in squeezed, text


def test_the_page_says_nothing_that_the_document_does_not(view: ReportView, html: str) -> None:
    soup = BeautifulSoup(html, "html5lib")
    said = "".join("".join(text.split()) for text in spoken(describe_document(view)))
    cells = [cell.get_text() for cell in soup.select("figure table :is(td, th)")]
    prose = [
        item.get_text() for item in soup.select("main p.text-block, main li, main dd, main h3")
    ]
    assert len(cells) > 400
    for text in cells:
        assert "".join(text.split()) in said, text
    for text in prose:
        words = re.sub(r"\[\d+\]|\((?:CSV|Excel).*?\)|Verwendet in:.*", "", text)
        for piece in re.findall(r"[A-ZÄÖÜ][^.,:;()]{15,}", words):
            assert "".join(piece.split()) in said, piece


def test_the_document_is_plain_data(view: ReportView) -> None:
    document = describe_document(view)
    assert json.loads(json.dumps(document)) == document


def test_the_title_marks_made_up_data(notebooks: list[Path], sample: ModuleType) -> None:
    chapters = collect_chapters(notebooks)
    front = Frontmatter(sample.make_edition("synthetic"), "Januar 2026")
    view = ReportView(front, chapters, build_register(chapters), ())
    assert (
        describe_title(view) == "Musterdaten: Lagebild Sozialreferat München, Stichtag 31.01.2026"
    )
