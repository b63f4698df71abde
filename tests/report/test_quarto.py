"""The Quarto project says what the page says; Pandoc reads in it what was meant, and no more.

Quarto itself is not needed: it reads Markdown with the same Pandoc that renders it here.
"""

from __future__ import annotations

import json
import os
import re
import string
import subprocess
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import NotebookError, UsageError
from analysis.report.collect import collect_chapters
from analysis.report.pdf_document import Annex, Entry, Fact
from analysis.report.pdf_prose import clean_text
from analysis.report.quarto import (
    MAIN,
    PROJECT,
    render_with_quarto,
    write_quarto_project,
    write_yaml,
)
from analysis.report.quarto_markdown import escape_markdown, write_link
from analysis.report.register import Use
from analysis.report.render import Frontmatter, ReportView, build_view

_INCLUDE = re.compile(r"^\{\{< include (\S+) >\}\}$", re.MULTILINE)


def call_pandoc(markdown: str, target: str) -> str:
    """Return what Pandoc makes of Markdown, read as Quarto reads it."""
    pypandoc = pytest.importorskip("pypandoc", reason="pandoc kommt aus pypandoc_binary")
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from", "markdown", "--to", target, "--wrap", "none"],
        input=markdown.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def read_whole(folder: Path) -> str:
    """Return the main document with its parts in place, as Quarto reads it."""
    main = (folder / MAIN).read_text("utf-8")
    return _INCLUDE.sub(lambda match: (folder / match[1]).read_text("utf-8"), main)


def squeeze(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def view(notebooks: list[Path], sample: ModuleType) -> ReportView:
    """The sample report."""
    front = Frontmatter(sample.make_edition(), "Januar 2026")
    return build_view(collect_chapters(notebooks), front)


@pytest.fixture(scope="module")
def project(view: ReportView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as a Quarto project."""
    folder = tmp_path_factory.mktemp("quarto") / "projekt"
    write_quarto_project(view, folder)
    return folder


@pytest.fixture(scope="module")
def rendered(project: Path) -> BeautifulSoup:
    """The project as Pandoc renders it."""
    return BeautifulSoup(call_pandoc(read_whole(project), "html5"), "html5lib")


@pytest.fixture(scope="module")
def page(html: str) -> BeautifulSoup:
    """The page in HTML."""
    return BeautifulSoup(html, "html5lib")


class TestProject:
    def test_nothing_is_computed_and_the_page_needs_no_other_file(self, project: Path) -> None:
        settings_ = yaml.safe_load((project / PROJECT).read_text("utf-8"))
        assert settings_["lang"] == "de"
        assert settings_["execute"] == {"enabled": False}
        assert settings_["format"]["html"]["embed-resources"] is True
        assert settings_["format"]["html"]["html-table-processing"] == "none"
        assert settings_["format"]["typst"] == {"papersize": "a4"}
        assert settings_["project"] == {
            "type": "default", "output-dir": "ausgabe", "render": [MAIN],
            "resources": ["berechnung/*"],
        }  # fmt: skip
        assert (project / settings_["format"]["html"]["css"]).is_file()

    def test_the_front_matter_is_yaml(self, project: Path) -> None:
        _, head, _ = (project / MAIN).read_text("utf-8").split("---\n", 2)
        front = yaml.safe_load(head)
        assert front["engine"] == "markdown"
        # Pandoc takes a title for Markdown; so it is escaped there.
        assert squeeze(BeautifulSoup(call_pandoc(front["title"], "html5"), "html5lib").text) == (
            squeeze("Lagebild Sozialreferat München, Stichtag 31.01.2026")
        )

    def test_every_file_that_is_named_exists_and_every_file_is_named(self, project: Path) -> None:
        whole = read_whole(project)
        main = (project / MAIN).read_text("utf-8")
        named = {
            *_INCLUDE.findall(main),
            *re.findall(r"!\[\]\((\S+?)\)", whole),
            *re.findall(r"\(<(berechnung/\S+?)>\)", whole),
        }
        present = {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
        assert named == present - {MAIN, PROJECT, "lagebild.css"}
        assert len(_INCLUDE.findall(main)) == 6

    def test_downloads_are_the_files_themselves(
        self, project: Path, files: dict[str, bytes]
    ) -> None:
        assert files
        assert {path: (project / path).read_bytes() for path in files} == files

    def test_charts_are_drawings_that_load_and_run_nothing(self, project: Path) -> None:
        charts = sorted((project / "abbildungen").glob("*.svg"))
        assert len(charts) == 6
        for chart in charts:
            tags = {e.tag.rpartition("}")[2] for e in ElementTree.parse(chart).iter()}
            assert "path" in tags
            assert not tags & {"script", "style", "foreignObject", "metadata"}

    def test_the_same_report_gives_the_same_project(
        self, view: ReportView, project: Path, tmp_path: Path
    ) -> None:
        write_quarto_project(view, tmp_path)
        paths = sorted(p.relative_to(project) for p in project.rglob("*") if p.is_file())
        assert all((tmp_path / p).read_bytes() == (project / p).read_bytes() for p in paths)

    def test_a_folder_with_something_in_it_is_left_alone(
        self, view: ReportView, tmp_path: Path
    ) -> None:
        (tmp_path / "notiz.txt").write_text("wichtig", "utf-8")
        with pytest.raises(UsageError, match="nicht leer"):
            write_quarto_project(view, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["notiz.txt"]

    def test_made_up_data_are_marked(
        self, notebooks: list[Path], sample: ModuleType, tmp_path: Path
    ) -> None:
        front = Frontmatter(sample.make_edition("synthetic"), "Januar 2026")
        write_quarto_project(build_view(collect_chapters(notebooks), front), tmp_path)
        soup = BeautifulSoup(call_pandoc(read_whole(tmp_path), "html5"), "html5lib")
        assert "Alle Angaben in diesem Bericht sind erfunden" in soup.text
        captions = [div.find_all("p")[-1].text for div in soup.select("div[id^=fig-]")]
        assert len(captions) == 6
        assert all(caption.startswith("Musterdaten: ") for caption in captions)


class TestAgainstThePage:
    def test_all_figures_with_their_alternative_texts(
        self, rendered: BeautifulSoup, page: BeautifulSoup
    ) -> None:
        expected = [str(svg["aria-label"]) for svg in page.select("figure svg")]
        assert len(expected) == 6
        assert [clean_text(str(img["data-fig-alt"])) for img in rendered.select("img")] == [
            clean_text(alt) for alt in expected
        ]

    def test_all_titles_in_order(self, rendered: BeautifulSoup, page: BeautifulSoup) -> None:
        floats = rendered.select("div[id^=fig-], div[id^=tbl-]")
        expected = [squeeze(t.text) for t in page.select("figure .block-title")]
        assert [squeeze(each.find_all("strong")[-1].text) for each in floats] == expected

    def test_all_cells_of_all_tables_with_the_scope_of_headings(
        self, rendered: BeautifulSoup, page: BeautifulSoup
    ) -> None:
        def read(soup: BeautifulSoup) -> list[list[tuple[str, object, str]]]:
            return [
                [(c.name, c.get("scope"), squeeze(c.text)) for c in table.select("th, td")]
                for table in soup.select("table")
            ]

        tables = read(rendered)
        assert sum(map(len, tables)) > 400
        assert tables == read(page)

    def test_all_numbers_of_text_and_key_figures(
        self, rendered: BeautifulSoup, page: BeautifulSoup
    ) -> None:
        for css in ("p.text-block", ".text-block li", ".key-figure dd.value", ".key-figure dt"):
            expected = [
                squeeze(re.sub(r"\s*(\[\d+\])+\s*$", "", node.text)) for node in page.select(css)
            ]
            assert expected
            text = squeeze(rendered.text)
            assert [part for part in expected if part not in text] == []

    def test_headings_of_all_levels(self, rendered: BeautifulSoup, page: BeautifulSoup) -> None:
        expected = [
            (int(h.name[1]) - 1, squeeze(h.text)) for h in page.select("main :is(h2, h3, h4)")
        ]
        found = [(int(h.name[1]), squeeze(h.text)) for h in rendered.select("h1, h2, h3")]
        assert found == expected

    def test_it_says_nothing_that_the_page_does_not(
        self, rendered: BeautifulSoup, page: BeautifulSoup
    ) -> None:
        labels = "".join(str(tag["aria-label"]) for tag in page.select("[aria-label]"))
        said = squeeze(page.get_text() + labels)
        strings = [squeeze(s) for s in rendered.get_text("\n").split("\n")]
        assert len(strings) > 500
        added = {s for s in strings if s and not s.startswith("@") and s not in said}
        # The page draws these by style or leaves them out.
        assert {re.sub(r"\d+", "1", s) for s in added} <= {":", "):", "zumBeispiel»", "«"}

    def test_sources_with_links_and_the_places_that_use_them(
        self, rendered: BeautifulSoup, page: BeautifulSoup
    ) -> None:
        items = rendered.find_all("ol")[-1].find_all("li", recursive=False)
        expected = page.select("ol.sources > li")
        assert len(items) == len(expected) > 3
        for item, original in zip(items, expected, strict=True):
            link = original.select_one("a.external")
            found = item.select_one("p a")
            assert (found is None) == (link is None)
            if link is not None and found is not None:
                assert squeeze(found.text) == squeeze(link.text)
            uses = len(original.select(".uses a"))
            refs = item.find_all("p")[-1].select("a, .citation")
            assert len(refs) == uses


class TestLinks:
    def test_identifiers_are_unique_and_every_link_has_its_place(
        self, rendered: BeautifulSoup
    ) -> None:
        ids = Counter(str(tag["id"]) for tag in rendered.select("[id]"))
        assert [name for name, count in ids.items() if count > 1] == []
        links = [str(a["href"])[1:] for a in rendered.select("a[href^='#']")]
        cited = [str(c["data-cites"]) for c in rendered.select(".citation")]
        assert len(links) > 20
        assert len(cited) > 5
        assert {*links, *cited} <= set(ids)
        # What Quarto resolves must have one of its prefixes.
        assert all(re.match(r"(fig|tbl)-", name) for name in cited)

    def test_proofs_are_linked_and_lead_back(
        self, view: ReportView, tmp_path: Path, sample: ModuleType
    ) -> None:
        place = view.chapters[1].placed[0]
        uses = (Use(view.chapters[0].placed[0].anchor, "Text"), Use(place.anchor, "Abbildung 1"))
        entry = Entry(
            "beleg-1", "Anträge", (Fact("Wert", "19.100", "https://a.b/?x=1&copy=2"),), uses
        )
        annex = Annex("belege", "Belege", "Alle Zahlen.", (entry,))
        write_quarto_project(
            view, tmp_path, annexes=(annex,),
            link_of=lambda n: "beleg-1" if n.value == 19100 else None,
        )  # fmt: skip
        soup = BeautifulSoup(call_pandoc(read_whole(tmp_path), "html5"), "html5lib")
        proofs = [squeeze(a.text) for a in soup.select("a[href='#beleg-1']")]
        # Once in the sentence, once as a key figure.
        assert proofs == ["über19.100Anträge", "über19.100Anträge"]
        back = soup.select_one("#beleg-1 ~ dl") or soup.select_one("#beleg-1 dl")
        assert back is not None
        assert [a["href"] for a in back.select("a")] == [
            "https://a.b/?x=1&copy=2", "#kurzfassung-kern",
        ]  # fmt: skip
        assert [c["data-cites"] for c in back.select(".citation")] == ["fig-fallzahlen-eingang"]

    def test_a_proof_that_is_nowhere_is_a_defect(self, view: ReportView, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="beleg-9"):
            write_quarto_project(view, tmp_path / "x", link_of=lambda _: "beleg-9")


class TestInjection:
    def test_no_text_becomes_markup(self, rendered: BeautifulSoup) -> None:
        assert not rendered.select("script, style, iframe, object")
        attributes = {name for tag in rendered.find_all(True) for name in tag.attrs}
        assert not [name for name in attributes if name.startswith("on")]
        assert not rendered.select("a[href^='javascript']")
        assert "<script>alert('1')</script>" in rendered.text

    def test_quarto_finds_no_sign_of_its_own_but_the_includes(self, project: Path) -> None:
        for path in project.rglob("*.qmd"):
            assert "{{" not in _INCLUDE.sub("", path.read_text("utf-8"))

    @pytest.mark.parametrize("nasty", [
        "{{< include /etc/passwd >}}", "```{python}\nimport os\n```", "`{=html} <b>`", "$x^2$",
        "@fig-x [^1] [a](javascript:b)", "::: {.callout}", "---\ntitle: x\n---", "<!-- x -->",
        "| a | b |\n|---|---|", "# Titel {#id}", "\\input{x} \\newline", "&amp; &copy;", "~~x~~",
        "1. eins\n2. zwei", "* a\n    * b", ":   Begriff", "    code",
        "--- ... 'so' \"Zitat\"", "a\\",
    ])  # fmt: skip
    def test_nasty_texts_are_shown_as_they_are(
        self, nasty: str, sample: ModuleType, tmp_path: Path
    ) -> None:
        table = sample.make_table(1).model_copy(update={"caption": nasty})
        rows = tuple(cell.model_copy(update={"text": nasty}) for cell in table.rows[0])
        table = table.model_copy(update={"rows": (rows,)})
        blocks = [
            sample.make_figure(
                "bild", "bar", nasty, subtitle=nasty, alt=nasty, note=nasty, table=table
            ),
            sample.TextBlock(id="text", segments=(sample.Segment(words=nasty),)),
        ]
        chapter = sample.make_notebook(tmp_path / "01_x.ipynb", "x", ["# X", *blocks])
        front = Frontmatter(sample.make_edition(), nasty)
        view = build_view(collect_chapters([chapter]), front)
        write_quarto_project(view, tmp_path / "p")
        whole = read_whole(tmp_path / "p")
        _, _, body = whole.split("---\n", 2)
        assert "{{" not in body
        soup = BeautifulSoup(call_pandoc(whole, "html5"), "html5lib")
        assert soup.img is not None
        assert squeeze(str(soup.img["data-fig-alt"])) == squeeze(nasty)
        assert [squeeze(td.text) for td in soup.select("tbody th, tbody td")][:3] == [
            squeeze(nasty)
        ] * 3
        text = soup.select_one(".text-block")
        assert text is not None
        assert squeeze(text.text) == squeeze(nasty)
        titles = [h.text for h in soup.select("h1, h2, h3")]
        assert titles in (["X", "Quellen"], ["X", "Zeichenerklärung", "Quellen"])
        assert not soup.select("script, code, pre, hr, em, .math, del, sup")


_TEXTS = st.lists(
    st.text(st.one_of(st.sampled_from(string.punctuation + " \n\t"), st.characters(codec="utf-8"))),
    min_size=1,
    max_size=30,
)


def read_inline(inlines: list[dict[str, Any]]) -> str:
    """Return the text of Pandoc's inline pieces, which must be nothing but words and spaces."""
    words = {"Space": " ", "SoftBreak": " "}
    return "".join(words[i["t"]] if i["t"] in words else _read_str(i) for i in inlines)


def _read_str(inline: dict[str, Any]) -> str:
    assert inline["t"] == "Str", inline
    return str(inline["c"])


@given(_TEXTS)
@settings(max_examples=60, deadline=None)
def test_pandoc_reads_escaped_text_as_words(texts: list[str]) -> None:
    shown = [clean_text(text).strip() for text in texts]
    shown = [text for text in shown if text]
    document = json.loads(call_pandoc("\n\n".join(map(escape_markdown, shown)), "json"))
    assert all(block["t"] == "Para" for block in document["blocks"])
    found = [read_inline(block["c"]) for block in document["blocks"]]
    assert [" ".join(t.split()) for t in found] == [" ".join(t.split()) for t in shown]


@given(st.text(st.characters(codec="utf-8")))
def test_only_harmless_signs_go_without_backslash(text: str) -> None:
    escaped = escape_markdown(text)
    bare = set(re.sub(r"\\[!-/:-@\[-`{-~]", "", escaped)) & set(string.punctuation)
    assert bare <= set("-.:/,;%?")
    assert "\n" not in escaped


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("18.000 Anträge, 5 % mehr", "18.000 Anträge, 5 % mehr"),
        ("E-Akte um 14:30", "E-Akte um 14:30"),
        # At the start of a line these would begin a list, a definition or a title.
        ("1. Januar", "1\\. Januar"),
        (". Danach", "\\. Danach"),
        (": x", "\\: x"),
        ("% x", "\\% x"),
        ("a -- b ...", "a \\-\\- b \\.\\.\\."),
    ],
)
def test_plain_german_stays_readable(text: str, markdown: str) -> None:
    assert escape_markdown(text) == markdown


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a.b", "", "//a.b", "datei:///etc/passwd"],
)
def test_links_lead_only_to_the_web(address: str) -> None:
    assert write_link("Text", address) == "Text"


def test_addresses_arrive_as_they_are() -> None:
    address = "https://a.b/c_d?x=1&copy=2&y={{z}}#e"
    soup = BeautifulSoup(call_pandoc(write_link("Text", address), "html5"), "html5lib")
    assert soup.a is not None
    assert soup.a["href"] == "https://a.b/c_d?x=1&copy=2&y=%7B%7Bz%7D%7D#e"


_SCALARS = st.one_of(
    st.booleans(), st.integers(-(10**6), 10**6), st.text(st.characters(codec="utf-8"))
)
_KEYS = st.text("abcdefghij-", min_size=1).filter(lambda key: key.strip("-") == key)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, _TREES, min_size=1, max_size=4))
@settings(deadline=None)
def test_yaml_says_what_it_was_given(tree: dict[str, Any]) -> None:
    assert yaml.safe_load(write_yaml(tree)) == tree


class TestProgram:
    @staticmethod
    def _install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        program = folder / "bin" / "quarto"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    def test_without_quarto_the_message_says_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(UsageError) as caught:
            render_with_quarto(tmp_path)
        message = caught.value.message
        assert "https://quarto.org" in message
        assert "nbconvert; das ist die Voreinstellung" in message

    def test_quarto_is_called_in_the_project(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._install(tmp_path, monkeypatch, 'mkdir ausgabe; echo "$@" > ausgabe/bericht.html')
        folder = tmp_path / "projekt mit Leerzeichen"
        folder.mkdir()
        assert render_with_quarto(folder) == folder / "ausgabe"
        assert (folder / "ausgabe" / "bericht.html").read_text("utf-8") == "render\n"

    def test_a_failure_of_quarto_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._install(tmp_path, monkeypatch, "echo 'ERROR: kaputt' >&2; exit 3")
        with pytest.raises(NotebookError, match=r"Code 3 abgebrochen: ERROR: kaputt"):
            render_with_quarto(tmp_path)
