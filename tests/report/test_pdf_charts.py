"""Charts are as large as the page allows, and never alone when something introduces them."""

from __future__ import annotations

from types import ModuleType
from xml.etree import ElementTree

import pytest

from analysis.report.pdf_charts import describe_chart, keep_leads
from analysis.report.pdf_prose import Node


def chart(width: float, height: float, inner: str = "") -> str:
    """Return an empty chart of this size."""
    return f'<svg viewBox="0 0 {width} {height}">{inner}</svg>'


@pytest.mark.parametrize(
    ("size", "width", "tall"),
    [
        # 518 points are drawn 430 wide
        ((518.4, 277.75), 430.0, False),
        # a small one is not made larger
        ((300, 100), 300.0, False),
        # 430 wide it is 581 high; 540 are left: 430 * 540 / 581.4 = 399.4
        ((500, 676), 399.41, False),
        # 430 wide it would be 860 high, so that 540 are less than 80 percent
        ((500, 1000), 270.0, True),
    ],
)
def test_size_on_the_page(
    size: tuple[float, float], width: float, tall: bool, sample: ModuleType
) -> None:
    node = describe_chart(sample.make_figure("a", "bar", "T", svg=chart(*size)))
    assert node["width"] == pytest.approx(width, abs=0.02)
    assert node["tall"] is tall
    assert node["ratio"] == pytest.approx(size[1] / size[0], abs=1e-4)


def test_the_chart_is_a_document_of_its_own_that_loads_nothing(sample: ModuleType) -> None:
    inner = (
        '<script>x</script><image href="file:///etc/hostname"/><text x="1" y="2">Wert &lt; 3</text>'
    )
    node = describe_chart(sample.make_figure("a", "bar", "T", svg=chart(9, 9, inner)))
    root = ElementTree.fromstring(str(node["svg"]))
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    assert [element.tag for element in root] == [f"{space}image", f"{space}text"]
    assert not root[0].attrib
    assert root[1].text == "Wert < 3"


def node(kind: str, **details: object) -> Node:
    """Return a piece of a chapter."""
    return {"kind": kind, **details}


def test_heading_and_text_move_to_the_page_of_a_tall_chart() -> None:
    before, heading = node("text"), node("heading", level=2)
    paragraph, tall = node("paragraph"), node("figure", tall=True, lead=[])
    kept = keep_leads([before, heading, paragraph, tall, paragraph])
    assert kept == [before, node("figure", tall=True, lead=[heading, paragraph]), paragraph]


def test_other_things_stay_where_they_are() -> None:
    tall, low = node("figure", tall=True, lead=[]), node("figure", tall=False, lead=[])
    heading, paragraph = node("heading", level=2), node("paragraph")
    for nodes in (
        # an ordinary chart
        [heading, paragraph, low],
        # the title of a chapter opens its own page
        [node("heading", level=1), tall],
        # a block between heading and chart
        [heading, low, tall],
        # a long introduction
        [heading, paragraph, paragraph, paragraph, tall],
        [tall, tall],
    ):
        assert keep_leads(nodes) == nodes
