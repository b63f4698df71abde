"""What only a browser can tell: requests, layout, contrast, keyboard, print."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TEXT_SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""

# Elements whose text is cut off: hidden overflow that something sticks out of.
CUT_TEXT = """() => [...document.querySelectorAll('body *')].filter(element => {
    const style = getComputedStyle(element);
    const clips = ['hidden', 'clip'].includes(style.overflowX) || style.textOverflow !== 'clip';
    return clips && !element.matches('.visually-hidden, svg, svg *, .scroll')
        && (element.scrollWidth > element.clientWidth + 1
            || element.scrollHeight > element.clientHeight + 1);
}).map(element => element.outerHTML.slice(0, 200))"""

# Elements that reach beyond the window without a scroll region around them.
SPILLING = """() => [...document.querySelectorAll('main *, header *, nav *, footer *')].filter(
    element => !element.closest('.scroll, svg, .visually-hidden')
        && element.getBoundingClientRect().right > innerWidth + 1
).map(element => element.outerHTML.slice(0, 200))"""

SMALLEST_CHART_TEXT = """() => Math.min(...[...document.querySelectorAll('svg text')].map(text => {
    const scale = text.ownerSVGElement.getScreenCTM().a;
    return parseFloat(getComputedStyle(text).fontSize) * scale;
}))"""

FOCUSED = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 1);
    const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 10), 1), innerHeight - 1);
    const front = document.elementFromPoint(x, y);
    return {
        tag: element.tagName, html: element.outerHTML.slice(0, 150),
        outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        inFront: element.contains(front) || front?.contains(element) || false,
    };
}"""

Open = Callable[..., Any]


def _assert_no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SPILLING) == []


def test_the_page_loads_nothing_but_itself(report_page: Any, report_file: Path) -> None:
    outside = [url for url in report_page.requests if not url.startswith("data:")]
    assert outside == [report_file.as_uri()]


def test_the_policy_blocks_what_the_page_must_not_do(open_report: Open) -> None:
    page = open_report(1280).page
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
        }"""
    )
    assert page.evaluate("() => window.ran") is None


def test_axe_finds_no_violation(report_page: Any) -> None:
    options = {"runOnly": AXE_TAGS, "resultTypes": ["violations"]}
    violations = Axe().run(report_page.page, options=options).response["violations"]
    assert [
        (found["id"], found["help"], [node["html"][:150] for node in found["nodes"]][:3])
        for found in violations
    ] == []


def test_the_page_never_scrolls_sideways(report_page: Any) -> None:
    _assert_no_sideways_scrolling(report_page.page)


def test_chart_text_stays_legible(report_page: Any) -> None:
    assert report_page.page.evaluate(SMALLEST_CHART_TEXT) >= 10.9


def test_what_is_wider_than_the_window_scrolls_in_a_named_region(open_report: Open) -> None:
    page = open_report(320).page
    charts = page.locator(".chart-card")
    assert charts.first.evaluate("e => e.scrollWidth > e.clientWidth")
    for index in range(charts.count()):
        assert charts.nth(index).get_attribute("tabindex") == "0"
        assert charts.nth(index).get_attribute("aria-label")
    charts.first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.chart-card').scrollLeft > 0")


def test_zoom_to_200_percent_leaves_one_column(open_report: Open) -> None:
    page = open_report(640, 400).page
    _assert_no_sideways_scrolling(page)
    assert page.evaluate(CUT_TEXT) == []


def test_larger_text_does_not_break_the_page(open_report: Open) -> None:
    page = open_report(1280).page
    page.add_style_tag(content="html { font-size: 200% !important; }")
    _assert_no_sideways_scrolling(page)


@pytest.mark.parametrize("width", [320, 1280])
def test_text_spacing_cuts_nothing(open_report: Open, width: int) -> None:
    page = open_report(width).page
    page.add_style_tag(content=TEXT_SPACING)
    _assert_no_sideways_scrolling(page)
    assert page.evaluate(CUT_TEXT) == []


def test_the_skip_link_comes_first_and_leads_to_the_text(open_report: Open) -> None:
    page = open_report(1280).page
    page.keyboard.press("Tab")
    focused = page.evaluate(FOCUSED)
    assert "skip-link" in focused["html"]
    assert focused["inView"]
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "hauptinhalt"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (320, 400)])
def test_focus_is_always_visible(open_report: Open, width: int, height: int) -> None:
    page = open_report(width, height).page
    page.emulate_media(reduced_motion="reduce")
    for _ in range(45):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["tag"] == "BODY":
            break
        assert focused["outline"], focused
        assert focused["inView"], focused
        assert focused["inFront"], focused


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_details_open_by_keyboard(open_report: Open, key: str) -> None:
    page = open_report(1280).page
    summary = page.locator("summary").first
    table = page.locator("details table").first
    assert not table.is_visible()
    summary.focus()
    page.keyboard.press(key)
    assert table.is_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_contents_are_reachable_everywhere(open_report: Open, width: int) -> None:
    page = open_report(width).page
    page.emulate_media(reduced_motion="reduce")
    for share in (0.3, 0.6, 0.95):
        page.evaluate(f"() => scrollTo(0, {share} * document.body.scrollHeight)")
        way = page.locator(".to-contents a, nav a")
        visible = [
            box
            for index in range(way.count())
            if (box := way.nth(index).bounding_box()) and 0 <= box["y"] < 800
        ]
        assert visible, f"no way to the contents at {share:.0%}"


def test_every_place_in_the_contents_exists(open_report: Open) -> None:
    page = open_report(1280).page
    page.emulate_media(reduced_motion="reduce")
    for link in page.locator("nav a").all()[:12]:
        link.click()
        target = page.locator(str(link.get_attribute("href")))
        assert target.bounding_box()["y"] < 800


def test_targets_are_large_enough(open_report: Open) -> None:
    page = open_report(320).page
    for selector in ("nav a", "summary", ".to-contents a", ".facts a", ".imprint a"):
        for target in page.locator(selector).all():
            box = target.bounding_box()
            assert box is None or min(box["width"], box["height"]) >= 24, selector


def test_print_shows_all_tables_and_no_navigation_aids(open_report: Open) -> None:
    page = open_report(1280).page
    page.emulate_media(media="print")
    assert not page.locator(".skip-link").is_visible()
    assert not page.locator(".to-contents").is_visible()
    tables = page.locator("details table")
    for index in range(tables.count()):
        box = tables.nth(index).bounding_box()
        assert box is not None
        assert box["height"] > 0
    shown = "e => getComputedStyle(e, '::after').content"
    assert "http" in page.locator(".sources a.external").first.evaluate(shown)


def test_the_printed_report_holds_tables_and_page_numbers(
    open_report: Open, tmp_path: Path
) -> None:
    page = open_report(1280).page
    file = tmp_path / "bericht.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    try:
        done = subprocess.run(
            ["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    assert "Seite 1 von" in done.stdout
    caption = page.locator("details caption").first.text_content()
    assert caption is not None
    assert caption.split()[0] in done.stdout


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_special_colour_modes_keep_the_layout(open_report: Open, media: dict[str, str]) -> None:
    page = open_report(320).page
    page.emulate_media(**media)
    _assert_no_sideways_scrolling(page)
    card = page.locator(".chart-card").first
    assert card.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
