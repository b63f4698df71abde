"""Blocks as HTML outside a report, as JupyterLab shows them, and charts inside a page."""

from __future__ import annotations

from types import ModuleType

import html5lib
import pytest
from bs4 import BeautifulSoup

from analysis.presentation.blocks import (
    Cell,
    Column,
    KeyFigure,
    KeyFiguresBlock,
    MissingBlock,
    Segment,
    Table,
    TableBlock,
    TextBlock,
)
from analysis.presentation.html import block_to_html, figure_text, is_web_address, state_sign
from analysis.presentation.inline_svg import SvgError, inline_svg

ALT = "Eine Linie steigt von links unten nach rechts oben."


def test_each_kind_of_block_is_valid_html_without_a_report(sample: ModuleType) -> None:
    number = sample.make_number(1.0, "1")
    blocks = [
        sample.make_figure("bild", "line", sample.NASTY),
        TextBlock(id="t", segments=(Segment(words=sample.NASTY),)),
        TextBlock(id="l", segments=(Segment(words="Vorab"),), items=((Segment(number=number),),)),
        KeyFiguresBlock(id="k", title="K", figures=(KeyFigure(label="L", number=number),)),
        MissingBlock(id="m", title="M", what=sample.NASTY, needed="n", from_whom="f"),
    ]
    for block in blocks:
        page = f"<!DOCTYPE html><title>x</title>{block_to_html(block)}"
        html5lib.HTMLParser(strict=True).parse(page)
        assert "<script" not in page


def test_sources_are_linked_by_title_outside_a_report(sample: ModuleType) -> None:
    html = block_to_html(
        sample.make_figure("bild", "bar", "T", sources=(sample.PRESS, sample.NOTE))
    )
    links = BeautifulSoup(html, "html5lib").select(".source a")
    assert [link.get_text() for link in links] == [sample.PRESS.title]


def test_chart_ids_never_clash(sample: ModuleType) -> None:
    svg = sample.draw_chart("column")
    page = "".join(
        block_to_html(sample.make_figure(name, "bar", "T", svg=svg)) for name in ("a", "b")
    )
    ids = [element["id"] for element in BeautifulSoup(page, "html5lib").find_all(id=True)]
    assert len(set(ids)) == len(ids)


def test_charts_keep_references_and_lose_everything_that_acts_or_loads() -> None:
    svg = """<?xml version="1.0"?><!DOCTYPE svg>
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
         width="100pt" height="50pt" onload="x()">
    <metadata>m</metadata><style>*{stroke-linejoin: round; stroke-linecap: butt}</style>
    <style>@import url(http://example.org)</style><script>x()</script>
    <defs><clipPath id="c"><rect width="1" height="1"/></clipPath></defs>
    <g clip-path="url(#c)" onclick="x()"><use xlink:href="#c"/><use xlink:href="http://x.org/#a"/>
    <image xlink:href="http://example.org/a.png"/><a href="http://x.org"><path d="M0 0"/></a>
    <path style="fill:url(http://example.org)" d="M0 0"/>
    <text style="font: 8px Inter">a &lt; b</text></g></svg>"""
    chart = inline_svg(svg, prefix="p", alt=ALT)
    assert 'viewBox="0 0 100 50"' in chart.markup
    assert 'clip-path="url(#p-c)"' in chart.markup
    assert 'href="#p-c"' in chart.markup
    assert 'style="stroke-linejoin: round; stroke-linecap: butt"' in chart.markup
    assert "a &lt; b" in chart.markup
    for trace in ("http", "script", "onload", "onclick", "<style", "metadata", 'width="100'):
        assert trace not in chart.markup
    assert chart.min_width == round(100 * 11 / 8)


@pytest.mark.parametrize("svg", ["", "<svg", "<html/>", "<svg/>", "<svg width='1em' height='2'/>"])
def test_what_is_no_svg_is_refused(svg: str) -> None:
    with pytest.raises(SvgError):
        inline_svg(svg, prefix="p", alt=ALT)


def test_units_do_not_break_away_from_their_figure(sample: ModuleType) -> None:
    assert figure_text(sample.make_number(1, "12,3", "%")) == "12,3\u202f%"
    assert figure_text(sample.make_number(1, "3,00", "VZÄ")) == "3,00\u202fVZÄ"
    assert figure_text(sample.make_number(1, "12", "Anträge")) == "12\u202fAnträge"
    assert figure_text(sample.make_number(1, "12")) == "12"


def test_states_are_recognised_however_they_are_spelled() -> None:
    assert state_sign("Ja").kind == "yes"
    assert state_sign("in Umsetzung").kind == "partly"
    assert state_sign("völlig neu").kind == "other"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "", "ftp://x", "x.html"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert not is_web_address(url)
    assert is_web_address("https://www.muenchen.de/")


class TestDisclosure:
    def _show(self, *cells: Cell) -> BeautifulSoup:
        columns = tuple(Column(key=str(n), label=str(n)) for n, _ in enumerate(cells))
        table = Table(caption="C", columns=columns, rows=(cells,))
        html = block_to_html(TableBlock(id="t", title="T", table=table))
        return BeautifulSoup(html, "html.parser")

    def test_a_number_says_what_it_counts(self, sample: ModuleType) -> None:
        number = sample.make_number(12.0, "12").model_copy(update={"measure": "received"})
        soup = self._show(Cell(text="A"), Cell(text="12", number=number))
        assert soup.td["data-measure"] == "received"
        assert "data-measure" not in soup.find("th", scope="row").attrs

        text = TextBlock(id="s", segments=(Segment(number=number),))
        assert 'class="num" data-measure="received"' in block_to_html(text)
        figures = KeyFiguresBlock(id="k", title="K", figures=(KeyFigure(label="L", number=number),))
        assert 'class="num" data-measure="received"' in block_to_html(figures)

    def test_a_number_without_a_measure_has_no_such_attribute(self, sample: ModuleType) -> None:
        number = sample.make_number(12.0, "12")
        assert "data-measure" not in str(self._show(Cell(text="A"), Cell(text="12", number=number)))

    def test_a_sign_is_read_aloud(self) -> None:
        sign = self._show(Cell(text="A"), Cell(text=".", sign=".")).select_one("td .sign")
        assert (sign.get_text(), sign["aria-label"], sign["role"]) == (
            ".",
            "geheim gehalten",
            "img",
        )
