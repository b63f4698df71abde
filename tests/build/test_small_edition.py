"""A whole build on a small edition: three figures and two services in, a complete report out."""

from __future__ import annotations

import json
import re

import pytest
from bs4 import BeautifulSoup

from analysis.build import build_edition
from analysis.errors import DataError, UsageError
from analysis.report.check import check_html

pytestmark = pytest.mark.kernel


def read_report(project) -> BeautifulSoup:
    page = project.root / "report" / "output" / "probe" / "index.html"
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


def plain(element) -> str:
    """Return the text of an element as it is read: one blank between words, none before a stop."""
    return re.sub(r"\s+([.,;:])", r"\1", " ".join(element.get_text(" ").split()))


@pytest.fixture
def built(small_project):
    build_edition("probe", root=small_project.root)
    return small_project


def test_the_report_is_complete_and_says_what_is_missing(built) -> None:
    page = read_report(built)
    assert check_html(str(page)) == []
    # Derivation, with a window of one month (January 2023): 400 open ÷ 80 decided = 5 months;
    # 80 decided ÷ 100 received = 80 %.
    figures = plain(page.find(id=re.compile("fallzahlen-reichweite$")))
    assert re.search(r"Rückstandsreichweite am 31\.01\.2023 5,0 Monate", figures)
    assert re.search(r"80,0 %", figures)
    # One of two services is documented as end to end, the other is unknown: 50 % to 100 %.
    shares = plain(page.find(id=re.compile("digital-quoten$")))
    assert re.search(r"Belegt sind 1 von 2 Einträgen\. Das sind 50 %", shares)
    # Nothing is known of the staff: the chapter asks for the data instead of showing a chart.
    notices = [plain(notice) for notice in page.select(".missing, [class*=missing]")]
    assert any("Beschäftigte im Sozialreferat" in notice for notice in notices)
    record = json.loads((built.root / "report/output/probe/lauf.json").read_text("utf-8"))
    assert len(record["notebooks"]) == len(built.edition.chapters)


def test_a_second_failing_build_leaves_the_report_untouched(built) -> None:
    page = built.root / "report" / "output" / "probe" / "index.html"
    before = page.read_bytes()
    with pytest.raises(UsageError, match="Meinten Sie »stichtag«"):
        build_edition("probe", root=built.root, overrides={"stichtga": "2025-03-31"})
    raw = built.raw / "published_figures.tsv"
    raw.write_bytes(raw.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"published_figures\.tsv.*Prüfsumme"):
        build_edition("probe", root=built.root)
    assert page.read_bytes() == before
