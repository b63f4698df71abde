"""The report is well-formed, complete, escaped, and the same on each build."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import html5lib
import pytest
from bs4 import BeautifulSoup

from analysis.errors import DataError
from analysis.report.check import check_html
from analysis.report.render import make_front, quote_for_css, render_report


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    """The report as a tree that a browser would build."""
    return BeautifulSoup(html, "html5lib")


@pytest.mark.parametrize("fixture", ["html", "synthetic_html"])
def test_a_strict_parser_finds_no_error(fixture: str, request: pytest.FixtureRequest) -> None:
    html5lib.HTMLParser(strict=True).parse(request.getfixturevalue(fixture))


@pytest.mark.parametrize("fixture", ["html", "synthetic_html"])
def test_the_report_keeps_all_rules(
    fixture: str, files: dict[str, bytes], request: pytest.FixtureRequest
) -> None:
    assert check_html(request.getfixturevalue(fixture), files=files) == []


def test_files_are_linked_with_their_kind_and_size(soup: BeautifulSoup) -> None:
    block = soup.select_one("#personal--rechnen")
    links = {a["href"]: a.get_text() for a in block.select("a")}
    assert links == {
        "berechnung/stellen.csv": "Datei stellen.csv",
        "berechnung/besetzung-2025.csv": "Datei besetzung-2025.csv",
    }
    kinds = [span.get_text() for span in block.select(".file-kind")]
    assert kinds == ["(CSV, 1\u202fkB)"] * 2
    assert "Werte sind Beispiele." in block.get_text()


def test_the_same_inputs_give_the_same_bytes(
    html: str, notebooks: list[Path], sample: ModuleType
) -> None:
    again = render_report(
        notebooks,
        make_front(
            sample.make_edition(),
            built_on=dt.date(2026, 2, 3),
            deviations={},
            state_of_data="Januar 2026",
        ),
    )
    assert again == html


def test_no_code_stream_or_foreign_output_is_shown(html: str) -> None:
    for word in ("geheim", "stderr", "execution_count", "nur für Autor*innen", "MathJax"):
        assert word not in html


def test_nothing_from_data_becomes_markup(html: str, soup: BeautifulSoup) -> None:
    assert soup.find("script") is None
    assert "&lt;script&gt;alert(" in html
    assert 'href="javascript' not in html
    assert html.count("</style>") == 1


def test_the_head_states_title_key_date_and_state_of_data(soup: BeautifulSoup) -> None:
    head = soup.select_one("header").get_text(" ", strip=True)
    for words in ("Lagebild Sozialreferat München", "Stichtag 31.01.2026", "Januar 2026"):
        assert words in head
    assert soup.title.get_text() == "Lagebild Sozialreferat München, Stichtag 31.01.2026"
    assert "erstellt am 03.02.2026" in soup.footer.get_text()


def test_contents_list_all_chapters_and_sections(soup: BeautifulSoup) -> None:
    links = {a.get_text(): a["href"] for a in soup.select("nav a")}
    assert links["Fallzahlen"] == "#fallzahlen"
    assert links["Vergleich mit anderen Städten"] == "#fallzahlen-vergleich-mit-anderen-staedten"
    assert list(links)[-2:] == ["Zeichenerklärung", "Quellen"]


def test_links_to_notebooks_lead_to_chapters(soup: BeautifulSoup) -> None:
    assert soup.find("a", string="Personal", href="#personal") is not None


def test_figures_carry_number_chart_table_note_and_source(soup: BeautifulSoup) -> None:
    figure = soup.select_one("#fallzahlen--eingang")
    assert figure.select_one(".label").get_text() == "Abbildung\u00a01"
    assert figure.svg["aria-label"].startswith("Die Anträge bleiben")
    assert figure.summary.get_text() == "Daten zur Abbildung\u00a01"
    assert [a["href"] for a in figure.select(".source a")] == ["#quelle-1", "#quelle-2"]
    headers = [th.get_text() for th in figure.select("thead th")]
    assert headers[1] == "Eingegangene Anträge (Anzahl)"
    assert all(th["scope"] == "row" for th in figure.select("tbody th"))


def test_states_have_a_sign_besides_their_colour(soup: BeautifulSoup) -> None:
    signs = {s["class"][1]: s.get_text(strip=True) for s in soup.select("td .state")}
    assert signs["state-yes"].startswith("●")
    assert len({sign[0] for sign in signs.values()}) == len(signs) == 7


def test_sources_are_numbered_by_first_use_and_link_back(soup: BeautifulSoup) -> None:
    entries = soup.select("ol.sources > li")
    assert [e["id"] for e in entries] == ["quelle-1", "quelle-2", "quelle-3", "quelle-4"]
    assert "Text in »Kurzfassung«" in entries[0].get_text()
    # What is no web address does not become a link.
    assert entries[3].select_one("p:first-child a") is None


def test_many_sources_are_referred_to_as_a_whole(tmp_path: Path, sample: ModuleType) -> None:
    sources = [
        sample.COUNCIL.model_copy(update={"source_id": f"s{number}"}) for number in range(13)
    ]
    figure = sample.make_figure("bild", "bar", "Titel", sources=sources)
    path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# A", figure])
    html = render_report(
        [path],
        make_front(sample.make_edition(), built_on=None, deviations={}, state_of_data="heute"),
    )
    line = BeautifulSoup(html, "html5lib").select_one("figure .source")
    assert [a["href"] for a in line.select("a")] == ["#quellen"]
    assert "13 Einträge" in line.get_text()


def test_signs_are_explained_only_if_they_occur(soup: BeautifulSoup) -> None:
    hints = soup.select_one("dl.hints").get_text(" ", strip=True)
    for words in ("über 19.100\u202fAnträge", "Untergrenze", "Spanne", "Gerundete", "≥", "[1]"):
        assert words in hints
    assert "Obergrenze" not in hints
    assert "Erfundene" not in hints


def test_a_synthetic_edition_is_marked_on_page_title_and_each_figure(synthetic_html: str) -> None:
    soup = BeautifulSoup(synthetic_html, "html5lib")
    assert soup.title.get_text().startswith("Musterdaten: ")
    assert "Musterdaten" in soup.select_one("header").get_text()
    for block in soup.select("figure, .key-figures, .missing"):
        assert "Musterdaten" in block.get_text()
    assert "Stichtag: 31.03.2025" in soup.select_one(".deviations").get_text()
    assert "erstellt am" not in soup.footer.get_text()


def test_a_documented_edition_refuses_synthetic_blocks(tmp_path: Path, sample: ModuleType) -> None:
    figure = sample.make_figure("bild", "bar", "Titel", synthetic=True)
    path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# A", figure])
    with pytest.raises(DataError, match="nie vermischt"):
        render_report(
            [path],
            make_front(sample.make_edition(), built_on=None, deviations={}, state_of_data="heute"),
        )


def test_a_report_without_blocks_has_no_empty_sections(tmp_path: Path, sample: ModuleType) -> None:
    path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# A\n\nText."])
    links = (("Erklärung zur Barrierefreiheit", "barrierefreiheit.html"),)
    front = make_front(
        sample.make_edition(),
        built_on=None,
        deviations={},
        state_of_data="heute",
        footer_links=links,
    )
    html = render_report([path], front)
    assert "Zeichenerklärung" not in html
    assert '<a href="barrierefreiheit.html">Erklärung zur Barrierefreiheit</a>' in html
    assert check_html(html, files=["barrierefreiheit.html"]) == []


@pytest.mark.parametrize("text", ['a"b', "</style>", "a\\b", "Größe, 1\n2"])
def test_css_strings_cannot_be_left(text: str) -> None:
    quoted = str(quote_for_css(text))
    assert quoted[0] == quoted[-1] == '"'
    assert not set(quoted[1:-1]) & set('"<>\n')
