"""The PDF is tagged, complete, escaped, linked both ways, and the same on each build."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject

from analysis.editions import project_root
from analysis.errors import NotebookError
from analysis.presentation.blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Segment,
    Table,
    TableBlock,
    TextBlock,
)
from analysis.report.collect import collect_chapters
from analysis.report.hints import collect_hints
from analysis.report.pdf import render_pdf
from analysis.report.pdf_document import Annex, Entry, Fact
from analysis.report.pdf_tables import MAX_ROWS, measure_text
from analysis.report.register import Use, build_register
from analysis.report.render import Frontmatter, ReportView

MARKUP = "#panic() $x^2$ *fett* _kursiv_ @quelle <marke> `code` \\ \" ' // /* ~ [x] {y} #{1+1} = T"
_MM = 72 / 25.4


def make_view(
    paths: Sequence[Path],
    sample: ModuleType,
    origin: str = "documented",
    deviations: tuple[tuple[str, str], ...] = (),
) -> ReportView:
    """Return the view of a report, as the page in HTML is made of."""
    front = Frontmatter(sample.make_edition(origin), "Januar 2026", deviations)
    chapters = collect_chapters(paths)
    blocks = [block for chapter in chapters for block in chapter.blocks]
    hints = collect_hints(blocks, synthetic=front.is_synthetic)
    return ReportView(front, chapters, build_register(chapters), hints)


@pytest.fixture(scope="module")
def view(notebooks: list[Path], sample: ModuleType) -> ReportView:
    """The sample report."""
    return make_view(notebooks, sample)


@pytest.fixture(scope="module")
def pdf(view: ReportView) -> bytes:
    """The PDF of the sample report."""
    return render_pdf(view)


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> pypdf.PdfReader:
    """The PDF of the sample report, to look into."""
    return pypdf.PdfReader(io.BytesIO(pdf))


@pytest.fixture
def render_blocks(tmp_path: Path, sample: ModuleType) -> Callable[..., pypdf.PdfReader]:
    """Return a function that renders a report of one chapter with these cells."""

    def render(*cells: str | Block, **options: Any) -> pypdf.PdfReader:
        path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# Kapitel", *cells])
        return pypdf.PdfReader(io.BytesIO(render_pdf(make_view([path], sample), **options)))

    return render


def walk(element: Any) -> Iterator[DictionaryObject]:
    """Yield the structure elements below ``element`` in reading order."""
    resolved = element.get_object()
    if isinstance(resolved, ArrayObject):
        for child in resolved:
            yield from walk(child)
    elif isinstance(resolved, DictionaryObject) and "/S" in resolved:
        yield resolved
        if "/K" in resolved:
            yield from walk(resolved["/K"])


def structure(reader: pypdf.PdfReader) -> list[DictionaryObject]:
    """Return all structure elements in reading order."""
    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]))


def named(elements: Sequence[DictionaryObject], *kinds: str) -> list[DictionaryObject]:
    """Return the elements of these kinds."""
    return [element for element in elements if element["/S"] in kinds]


def attributes(element: DictionaryObject) -> dict[str, Any]:
    """Return all attributes of a structure element together."""
    found = element.get("/A", [])
    parts = found if isinstance(found, list) else [found]
    return {key: value for part in parts for key, value in part.get_object().items()}


def text_of(reader: pypdf.PdfReader) -> str:
    """Return the words of all pages; runs of spaces and divided words are joined."""
    text = "\n".join(page.extract_text() for page in reader.pages)
    return " ".join(re.sub("\u00ad\n", "", text).split())


def bookmarks(items: Sequence[Any]) -> list[Any]:
    """Return the titles of the bookmarks, nested as they are."""
    return [bookmarks(item) if isinstance(item, list) else item.title for item in items]


def annotations(reader: pypdf.PdfReader) -> list[DictionaryObject]:
    """Return the links of all pages."""
    return [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]


def test_the_file_declares_pdf_ua_language_and_title(reader: pypdf.PdfReader) -> None:
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "de-DE"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Lagebild Sozialreferat München, Stichtag 31.01.2026"
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    assert "/ParentTree" in root["/StructTreeRoot"]


def test_bookmarks_follow_the_headings(reader: pypdf.PdfReader) -> None:
    assert bookmarks(reader.outline) == [
        "Inhalt",
        "Kurzfassung",
        "Fallzahlen",
        ["Eingang", "Vergleich mit anderen Städten", ["Wartezeit"],
         "Nasse Füße & »Überschriften« mit Code"],
        "Personal",
        ["Stellen und Besetzung", "Eingang"],
        "Digitalisierung",
        ["Stand der Online-Dienste"],
        "Tabellen zu den Abbildungen",
        "Zeichenerklärung",
        "Quellen",
    ]  # fmt: skip


def test_headings_skip_no_level(reader: pypdf.PdfReader) -> None:
    levels = [int(e["/S"][2:]) for e in structure(reader) if re.fullmatch("/H[1-6]", e["/S"])]
    assert levels[0] == 1
    assert max(levels) == 3
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_each_chart_has_its_alternative_text(reader: pypdf.PdfReader, view: ReportView) -> None:
    blocks = [block for chapter in view.chapters for block in chapter.blocks]
    expected = [block.alt for block in blocks if isinstance(block, FigureBlock)]
    assert [e["/Alt"] for e in named(structure(reader), "/Figure")] == expected
    assert len(expected) == 6


def test_each_table_has_a_caption_and_column_heads(reader: pypdf.PdfReader) -> None:
    tables = named(structure(reader), "/Table")
    # two tables of the chapters, one for each of six charts, the key to signs
    assert len(tables) == 2 + 6 + 1
    for table in tables[:-1]:
        parts = list(walk(table))
        heads = named(parts, "/TH")
        assert len(heads) == 5
        assert all(attributes(head)["/Scope"] == "/Column" for head in heads)
        assert len(named(parts, "/Caption")) == 1
        # each cell names the head that it stands under
        assert all(attributes(cell)["/Headers"] for cell in named(parts, "/TD"))


def test_all_words_of_the_report_are_in_the_file(reader: pypdf.PdfReader, view: ReportView) -> None:
    text = text_of(reader)
    for words in (
        "München · Sozialreferat",
        "Stichtag 31.01.2026 Stand der Daten Januar 2026 Grundlage 4 Quellen",
        "Im Jahr 2024 gingen über 19.100 Anträge auf Wohngeld ein",
        "Unbesetzte Stellen 12,4 %",
        "Von wem Personal- und Organisationsreferat",
        "Datei stellen.csv (CSV, 1 kB): berechnung/stellen.csv",
        "davon online (%)",
        "zum Beispiel »6 bis 9 Monate«",
    ):
        assert words in text, words
    for block in (block for chapter in view.chapters for block in chapter.blocks):
        if isinstance(block, TableBlock):
            shown = Counter(re.findall(r"\S+", text))
            for cell in (row[1] for row in block.table.rows):
                assert shown[cell.text] > 0


def test_every_page_but_the_cover_has_its_number(reader: pypdf.PdfReader) -> None:
    count = len(reader.pages)
    texts = [page.extract_text() for page in reader.pages]
    assert "Seite" not in texts[0]
    for number, text in enumerate(texts[1:], start=2):
        assert f"Seite {number} von {count}" in text
        assert "Stichtag 31.01.2026" in text


def test_made_up_data_are_marked_on_every_page(
    notebooks: list[Path], sample: ModuleType, reader: pypdf.PdfReader
) -> None:
    deviations = (("Stichtag", "31.03.2025"),)
    view = make_view(notebooks, sample, "synthetic", deviations)
    synthetic = pypdf.PdfReader(io.BytesIO(render_pdf(view)))
    assert all("Musterdaten" in page.extract_text() for page in synthetic.pages)
    assert synthetic.metadata is not None
    assert str(synthetic.metadata.title).startswith("Musterdaten: ")
    cover = " ".join(synthetic.pages[0].extract_text().split())
    assert "Alle Angaben in diesem Bericht sind erfunden." in cover
    assert "Mit abweichenden Einstellungen erstellt – Stichtag: 31.03.2025" in cover
    assert "Musterdaten" not in text_of(reader)
    assert "abweichenden" not in text_of(reader)


def test_links_lead_somewhere_and_say_where(reader: pypdf.PdfReader) -> None:
    pages = {page.indirect_reference.idnum for page in reader.pages if page.indirect_reference}
    addresses = set()
    inside = 0
    for note in annotations(reader):
        assert note["/Contents"]
        if "/A" in note:
            addresses.add(str(note["/A"]["/URI"]))
            continue
        target = note["/Dest"]
        if isinstance(target, str):
            page = reader.named_destinations[target].page
        else:
            page = target.get_object()[0]
        assert page is not None
        assert getattr(page, "idnum", None) in pages or page.get_object()["/Type"] == "/Page"
        inside += 1
    assert (
        "https://risi.muenchen.de/risi/sitzungsvorlage/detail/7654321?reiter=dokumente&a=<b>"
        in (addresses)
    )
    assert all(address.startswith("https://") for address in addresses)
    assert inside > 40


def test_sources_name_the_pages_that_use_them(reader: pypdf.PdfReader) -> None:
    text = text_of(reader)
    sources = text[text.rindex("Quellen [1] Landeshauptstadt") :]
    found = re.search(
        r"\[1\].*?Abbildung 2 \(S\. (\d+)\)|\[3\].*?Abbildung 2 \(S\. (\d+)\)", sources
    )
    assert found is not None
    page = int(found[1] or found[2])
    assert "Entschieden wird weniger, als eingeht" in reader.pages[page - 1].extract_text()


def test_charts_and_their_tables_link_to_each_other(reader: pypdf.PdfReader) -> None:
    text = text_of(reader)
    there = re.search(r"Daten: Tabelle zu Abbildung 1, Seite (\d+)", text)
    back = re.search(r"Zurück zur Abbildung 1, Seite (\d+)", text)
    assert there is not None
    assert back is not None
    assert "Daten zur Abbildung\u00a01" in reader.pages[int(there[1]) - 1].extract_text()
    assert "Seit der Reform gehen" in reader.pages[int(back[1]) - 1].extract_text()


def test_all_fonts_are_embedded_and_charts_use_the_same(reader: pypdf.PdfReader) -> None:
    fonts: dict[str, bool] = {}
    for page in reader.pages:
        stack = [page["/Resources"]]
        while stack:
            resources = stack.pop().get_object()
            for font in resources.get("/Font", {}).values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                descriptor = inner["/FontDescriptor"].get_object()
                fonts[str(inner["/BaseFont"])] = any("/FontFile" in key for key in descriptor)
            forms = resources.get("/XObject", {}).values()
            stack += [f.get_object()["/Resources"] for f in forms if "/Resources" in f.get_object()]
    families = {name.partition("+")[2].split("-")[0] for name in fonts}
    assert families == {"Inter", "DejaVuSansMono"}
    assert all(fonts.values())


@pytest.mark.parametrize("place", ["title", "subtitle", "note", "alt", "caption"])
def test_markup_in_a_block_stays_text(
    place: str, render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    details: dict[str, object] = {place: MARKUP}
    if place == "caption":
        details = {"table": sample.make_table(2, MARKUP)}
    reader = render_blocks(sample.make_figure("bild", "bar", **{"title": "Titel", **details}))
    shown = text_of(reader)
    if place == "alt":
        shown = named(structure(reader), "/Figure")[0]["/Alt"]
    assert MARKUP in shown


def test_markup_in_prose_cells_sources_and_annexes_stays_text(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    source = sample.COUNCIL.model_copy(update={"title": f"Q {MARKUP}", "kind": "#art"})
    table = Table(
        caption="#a",
        columns=(Column(key="a", label="#kopf"), Column(key="b", label="$b$", unit="#e")),
        rows=((Cell(text="*z*"), Cell(text="", state="#stand_x")),),
    )
    annex = Annex(
        "#anhang", "#titel", "#text", (Entry("#1", "$e$", (Fact("@t", "_w_", "javascript:x"),)),)
    )
    reader = render_blocks(
        "## #panic() $x$ @y\n\n`#raw()` \\*kein\\* <b>",
        TextBlock(id="t", segments=(Segment(words=f"T {MARKUP}"),), sources=(source,)),
        TableBlock(id="tabelle", title="#t", table=table),
        annexes=[annex],
    )
    shown = text_of(reader)
    for words in (
        "#panic() $x$ @y", "#raw() *kein* <b>", f"T {MARKUP}", f"Q {MARKUP}", "(#art)", "#kopf",
        "$b$ (#e)", "*z*", "#stand x", "#titel", "$e$", "@t: _w_",
    ):  # fmt: skip
        assert words in shown, words
    assert not [n for n in annotations(reader) if "javascript" in str(n.get("/A", ""))]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(
        st.text("#$*_@<>`\\\"'~[]{}()=-+/.:;,!?&%|^ aÄß1\n\t\x07", min_size=1, max_size=40),
        min_size=1,
        max_size=40,
    )
)
def test_no_text_breaks_or_leaves_the_document(
    words: list[str], render_blocks: Callable[..., pypdf.PdfReader]
) -> None:
    marked = [f"A{index}: {text} :E" for index, text in enumerate(words)]
    items = tuple((Segment(words=text),) for text in marked)
    shown = "".join(text_of(render_blocks(TextBlock(id="t", items=items))).split())
    for text in marked:
        assert "".join(text.replace("\x07", "").split()) in shown


def test_a_number_leads_to_its_proof_and_back(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    proven = sample.make_number(23900, "23.900", "Anträge")
    other = sample.make_number(7, "7")
    text = TextBlock(id="t", segments=(Segment(number=proven), Segment(number=other)))
    facts = (Fact("Wert", "23.900 Anträge"), Fact("Quelle", "Beschluss", "https://a.de/b"))
    entry = Entry("nachweis-1", "Anträge 2023", facts, (Use("a--t", "Text in »Kapitel«"),))
    annex = Annex("nachweise", "Nachweise", "Woher die Zahlen stammen.", (entry,))
    reader = render_blocks(
        text,
        annexes=[annex],
        link_of=lambda n: "nachweis-1" if n == proven else None,
    )
    words = text_of(reader)
    assert "Wert: 23.900 Anträge Quelle: Beschluss Verwendet in: Text in »Kapitel« (S. 3)" in words
    assert "Nachweise" in bookmarks(reader.outline)
    assert len(reader.pages[2]["/Annots"]) == 1
    plain = render_blocks(text)
    assert "/Annots" not in plain.pages[2]


def test_a_proof_that_is_nowhere_is_refused(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    text = TextBlock(id="t", segments=(Segment(number=sample.make_number(7, "7")),))
    with pytest.raises(ValueError, match="nirgends"):
        render_blocks(text, link_of=lambda _: "nirgends")


def test_long_tables_repeat_their_head_and_longer_ones_are_left_out(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    printed = render_blocks(TableBlock(id="t", title="Lang", table=sample.make_table(MAX_ROWS)))
    pages = [text for page in printed.pages if "9.100" in (text := page.extract_text()) or
             f"{9 + MAX_ROWS - 1}.{100 + MAX_ROWS - 1}" in text]  # fmt: skip
    assert len(pages) == 2
    assert all("Digitaler Antrag" in text for text in pages)
    # what is repeated is read out once
    assert len(named(structure(printed), "/TH")) == 5 + 2
    left_out = text_of(
        render_blocks(
            TableBlock(id="t", title="Länger", table=sample.make_table(MAX_ROWS + 1)),
            sample.make_figure("bild", "bar", "Titel", table=sample.make_table(MAX_ROWS + 1)),
        )
    )
    assert left_out.count(f"Die Tabelle hat {MAX_ROWS + 1} Zeilen") == 2
    assert "Digitaler Antrag" not in left_out
    assert "Tabellen zu den Abbildungen" not in left_out


def test_a_wide_table_lies_across_and_stays_on_the_paper(
    render_blocks: Callable[..., pypdf.PdfReader],
) -> None:
    columns = tuple(Column(key=f"k{i}", label=f"Monat {i}", align="right") for i in range(18))
    rows = tuple(tuple(Cell(text=f"{100 + i}.{j:03}") for i in range(18)) for j in range(5))
    table = Table(caption="Breit", columns=columns, rows=rows)
    reader = render_blocks("Davor.", TableBlock(id="t", title="Breit", table=table), "Danach.")
    sizes = [(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages]
    assert sizes.count((842, 595)) == 1
    page = reader.pages[sizes.index((842, 595))]
    ends: list[float] = []

    def note_end(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if re.fullmatch(r"\s*1\d\d\.\d{3}\s*", text):
            scale = abs(cm[0] * tm[0])
            left = tm[4] * cm[0] + cm[4]
            ends.append(left + measure_text(text.strip()) * size * scale)

    page.extract_text(visitor_text=note_end)
    assert len(ends) > 18
    assert max(ends) <= 842 - 20 * _MM
    assert max(ends) > 600


def test_a_tall_chart_shares_its_page_with_what_introduces_it(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    svg = '<svg viewBox="0 0 500 1400"><rect width="500" height="1400" fill="#ccc"/></svg>'
    reader = render_blocks(
        "Davor.",
        "## Lücken\n\nEin Satz dazu.",
        sample.make_figure("hoch", "bar", "Hoch", svg=svg),
        "## Danach",
    )
    pages = [page.extract_text() for page in reader.pages]
    tall = next(text for text in pages if "Abbildung\u00a01" in text and "Quellen" in text)
    for words in ("Lücken", "Ein Satz dazu.", "Hoch", "2023 zählt", "Daten: Tabelle"):
        assert words in tall
    assert "Davor." not in tall
    assert "Danach" not in tall
    assert ["Lücken", "Danach"] in bookmarks(reader.outline)


def test_a_sign_that_no_font_has_is_named(
    render_blocks: Callable[..., pypdf.PdfReader],
) -> None:
    with pytest.raises(NotebookError, match=r"PDF .*漢"):
        render_blocks(TextBlock(id="t", segments=(Segment(words="漢"),)))


def test_hyphens_can_be_searched_for_next_to_divided_words(
    render_blocks: Callable[..., pypdf.PdfReader], sample: ModuleType
) -> None:
    words = f"{sample.LONG_WORD} " * 9
    reader = render_blocks(
        f"**{words}** {words} **Ende-zu-Ende** Online-Antrag",
    )
    text = "".join(page.extract_text() for page in reader.pages)
    assert "\u00ad" in text or "-\n" in text
    assert "Ende-zu-Ende" in text.replace("\n", "")
    assert "Online-Antrag" in text.replace("\n", "")


def test_the_same_report_gives_the_same_bytes_elsewhere(
    pdf: bytes, view: ReportView, notebooks: list[Path], tmp_path: Path
) -> None:
    assert render_pdf(view) == pdf
    root = tmp_path / "woanders"
    source = project_root() / "report"
    shutil.copytree(source / "template", root / "report" / "template")
    (root / "report" / "editions").mkdir()
    script = (
        "import hashlib, sys\n"
        "from pathlib import Path\n"
        f"sys.path[:0] = {[str(Path(__file__).parent), str(source.parent / 'src')]!r}\n"
        "import sample, test_pdf\n"
        "from analysis.report.pdf import render_pdf\n"
        "paths = [Path(name) for name in sys.argv[1:]]\n"
        "pdf = render_pdf(test_pdf.make_view(paths, sample))\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    environment = os.environ | {
        "LAGEBILD_ROOT": str(root),
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, notebooks)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(pdf).hexdigest()
