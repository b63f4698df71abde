"""Chapters are read from notebooks, and whatever is wrong with them is named."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from analysis.errors import NotebookError
from analysis.presentation.blocks import MIME_TYPE, MissingBlock, OmittedBlock, dump_block
from analysis.report.anchors import Anchors, make_slug
from analysis.report.collect import collect_chapters, read_downloads


def _missing(block_id: str = "luecke") -> MissingBlock:
    return MissingBlock(id=block_id, title="Lücke", what="alles", needed="Daten", from_whom="Amt")


def _write(path: Path, *cells: nbformat.NotebookNode, **metadata: object) -> Path:
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata={"lagebild": metadata})
    nbformat.write(notebook, path)
    return path


def _code(data: object) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("display_data", {MIME_TYPE: data})
    return nbformat.v4.new_code_cell(outputs=[output])


def test_chapters_come_in_the_order_given_with_title_anchor_and_blocks(
    notebooks: list[Path],
) -> None:
    chapters = collect_chapters(notebooks)
    assert [c.name for c in chapters] == [path.stem for path in notebooks]
    assert [c.title for c in chapters] == [
        "Kurzfassung", "Fallzahlen", "Personal", "Digitalisierung",
    ]  # fmt: skip
    assert [b.id for b in chapters[0].blocks] == ["kern", "kennzahlen", "punkte"]
    assert collect_chapters(notebooks[::-1])[0].anchor == "digitalisierung"


def test_headings_move_down_one_level_and_have_unique_anchors(notebooks: list[Path]) -> None:
    headings = [h for chapter in collect_chapters(notebooks) for h in chapter.headings]
    anchors = [heading.anchor for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert ("Wartezeit", 4) in [(h.text, h.level) for h in headings]
    assert "fallzahlen-nasse-fuesse-ueberschriften-mit-code" in anchors


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Größe & Maß", "groesse-mass"), ("Ärzt*innen, Öl", "aerzt-innen-oel"), ("…", "abschnitt"),
     ("Cafe\u0301 u\u0308ber", "cafe-ueber")],
)  # fmt: skip
def test_slugs_transcribe_umlauts(text: str, slug: str) -> None:
    assert make_slug(text) == slug


def test_anchors_never_repeat_and_keep_clear_of_the_page_itself() -> None:
    anchors = Anchors()
    assert [anchors.claim("Quellen"), anchors.claim("A b"), anchors.claim("a-b")] == [
        "quellen-2", "a-b", "a-b-2",
    ]  # fmt: skip


def test_an_invalid_block_is_named(tmp_path: Path) -> None:
    data = {"version": 1, "kind": "missing", "id": "luecke", "title": "Lücke"}
    path = _write(tmp_path / "05_x.ipynb", nbformat.v4.new_markdown_cell("# X"), _code(data))
    with pytest.raises(NotebookError, match=r"»05_x«: Block »luecke« ist ungültig: .*what"):
        collect_chapters([path])


@pytest.mark.parametrize(
    "data", ["kein JSON", [1], {"version": 2, "kind": "text", "id": "a"}, {"kind": "unknown"}]
)
def test_whatever_is_no_block_is_refused(tmp_path: Path, data: object) -> None:
    path = _write(tmp_path / "x.ipynb", nbformat.v4.new_markdown_cell("# X"), _code(data))
    with pytest.raises(NotebookError, match="ist ungültig"):
        collect_chapters([path])


def test_broken_svg_and_ragged_tables_are_refused(tmp_path: Path, sample: ModuleType) -> None:
    figure = sample.make_figure("bild", "bar", "Titel", svg="<svg><g></svg>")
    path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# A", figure])
    with pytest.raises(NotebookError, match="SVG ist ungültig"):
        collect_chapters([path])
    ragged = sample.make_table(2).model_copy(update={"rows": ((),)})
    figure = sample.make_figure("bild", "bar", "Titel", table=ragged)
    path = sample.make_notebook(tmp_path / "b.ipynb", "b", ["# B", figure])
    with pytest.raises(NotebookError, match="Zeilen und Spalten"):
        collect_chapters([path])


def test_declared_but_absent_and_repeated_blocks_are_refused(
    tmp_path: Path, sample: ModuleType
) -> None:
    path = sample.make_notebook(tmp_path / "a.ipynb", "a", ["# A", _missing()], blocks=["b1", "b2"])
    with pytest.raises(NotebookError, match=r"angekündigte Blöcke fehlen: b1, b2"):
        collect_chapters([path])
    path = sample.make_notebook(tmp_path / "b.ipynb", "b", ["# B", _missing(), _missing()])
    with pytest.raises(NotebookError, match=r"mehrfach gezeigt: luecke"):
        collect_chapters([path])


@pytest.mark.parametrize("source", ["## nur Abschnitt", "# Eins\n\n# Zwei", "Text"])
def test_a_notebook_has_exactly_one_title(tmp_path: Path, source: str) -> None:
    path = _write(tmp_path / "x.ipynb", nbformat.v4.new_markdown_cell(source))
    with pytest.raises(NotebookError, match="genau eine Überschrift"):
        collect_chapters([path])


@pytest.mark.parametrize(
    ("source", "word"), [("| a |\n|---|\n| 1 |", "Tabelle"), ("![x](y.png)", "Bild")]
)
def test_tables_and_images_in_markdown_are_refused(tmp_path: Path, source: str, word: str) -> None:
    path = _write(tmp_path / "x.ipynb", nbformat.v4.new_markdown_cell(f"# X\n\n{source}"))
    with pytest.raises(NotebookError, match=f"{word} im Text"):
        collect_chapters([path])


def test_a_failed_cell_stops_the_report(tmp_path: Path) -> None:
    error = nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=["…"])
    path = _write(
        tmp_path / "x.ipynb",
        nbformat.v4.new_markdown_cell("# X"),
        nbformat.v4.new_code_cell(outputs=[error]),
    )
    with pytest.raises(NotebookError, match="fehlgeschlagen: KeyError"):
        collect_chapters([path])


@pytest.mark.parametrize("content", [None, "kein JSON", "{}"])
def test_an_unreadable_notebook_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kaputt.ipynb"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(NotebookError, match=r"»kaputt\.ipynb« ist nicht lesbar"):
        collect_chapters([path])


class TestOmitted:
    """What an edition leaves out stands in the notebook, never in the report."""

    @staticmethod
    def _collect(tmp_path: Path, *cells: nbformat.NotebookNode, blocks: list[str]):
        path = _write(tmp_path / "05_x.ipynb", *cells, chapter="x", title="X", blocks=blocks)
        (chapter,) = collect_chapters([path])
        return chapter

    @staticmethod
    def _omitted(block_id: str) -> nbformat.NotebookNode:
        return _code(dump_block(OmittedBlock(id=block_id, reason="Nichts da.")))

    def test_section_without_any_block_left_goes_with_its_text(self, tmp_path: Path) -> None:
        chapter = self._collect(
            tmp_path,
            nbformat.v4.new_markdown_cell("# X"),
            nbformat.v4.new_markdown_cell("## Leer"),
            self._omitted("eins"),
            nbformat.v4.new_markdown_cell("## Voll"),
            self._omitted("zwei"),
            _code(dump_block(_missing("drei"))),
            blocks=["eins", "zwei", "drei"],
        )
        assert [heading.text for heading in chapter.headings] == ["X", "Voll"]
        assert [block.id for block in chapter.blocks] == ["drei"]

    def test_title_stays_even_where_all_is_omitted(self, tmp_path: Path) -> None:
        chapter = self._collect(
            tmp_path,
            nbformat.v4.new_markdown_cell("# X"),
            self._omitted("eins"),
            blocks=["eins"],
        )
        assert chapter.title == "X"
        assert chapter.blocks == ()

    def test_text_without_code_stays(self, tmp_path: Path) -> None:
        chapter = self._collect(
            tmp_path,
            nbformat.v4.new_markdown_cell("# X"),
            nbformat.v4.new_markdown_cell("## Nur Text"),
            nbformat.v4.new_markdown_cell("## Leer"),
            self._omitted("eins"),
            blocks=["eins"],
        )
        assert [heading.text for heading in chapter.headings] == ["X", "Nur Text"]


class TestDownloads:
    """Files that notebooks hand out."""

    def test_are_read_with_their_path_in_the_report(
        self, tmp_path: Path, sample: ModuleType
    ) -> None:
        first = sample.make_download("eins", "a.csv")
        second = sample.make_download("zwei", "b-2.csv")
        paths = [
            sample.make_notebook(tmp_path / "01_x.ipynb", "x", ["# X", first]),
            sample.make_notebook(tmp_path / "02_y.ipynb", "y", ["# Y", second]),
        ]
        assert read_downloads(paths) == {
            "berechnung/a.csv": b"Jahr;Text\n2024;a.csv\n",
            "berechnung/b-2.csv": b"Jahr;Text\n2024;b-2.csv\n",
        }

    def test_a_name_occurs_once_in_all_chapters(self, tmp_path: Path, sample: ModuleType) -> None:
        paths = [
            sample.make_notebook(
                tmp_path / f"0{n}_{word}.ipynb",
                word,
                [f"# {word}", sample.make_download(f"datei-{word}", "a.csv")],
            )
            for n, word in enumerate(("eins", "zwei"), start=1)
        ]
        message = r"»02_zwei«, Block »datei-zwei«: Die Datei »a\.csv« gibt es schon"
        for read in (collect_chapters, read_downloads):
            with pytest.raises(NotebookError, match=message):
                read(paths)

    def test_a_name_occurs_once_in_a_block(self, tmp_path: Path, sample: ModuleType) -> None:
        block = sample.make_download("datei", "a.csv", "a.csv")
        path = sample.make_notebook(tmp_path / "x.ipynb", "x", ["# X", block])
        with pytest.raises(NotebookError, match="gibt es schon"):
            collect_chapters([path])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"name": "../a.csv"}, "name"),
            ({"name": "A.csv"}, "name"),
            ({"name": "a.html"}, "name"),
            ({"media_type": "text/html"}, "Art der Datei"),
            ({"size": 3}, "angegeben sind 3"),
            ({"content": "kein Base64!"}, "kein Base64"),
        ],
    )
    def test_a_file_that_is_not_what_it_says_is_refused(
        self, tmp_path: Path, sample: ModuleType, change: dict[str, object], message: str
    ) -> None:
        data = dump_block(sample.make_download("datei", "a.csv"))
        data["files"][0] |= change  # type: ignore[index]
        path = _write(tmp_path / "x.ipynb", nbformat.v4.new_markdown_cell("# X"), _code(data))
        with pytest.raises(NotebookError, match=message):
            collect_chapters([path])
