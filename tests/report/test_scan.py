"""The last look at finished files: whatever the format, what is planted is found."""

from __future__ import annotations

import base64
import html
import io
import json
import time
import urllib.parse
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from analysis.presentation.blocks import (
    MIME_TYPE,
    Download,
    DownloadBlock,
    dump_block,
    encode_file,
)
from analysis.presentation.html import block_to_html
from analysis.report.scan import (
    PLANTED,
    UNREADABLE,
    Leak,
    read_public_texts,
    scan_outputs,
    strip_markup,
)
from analysis.sources import list_raw_files, read_raw_file

NAME = "Petra Beispielhuber"
IBAN = "DE89 3704 0044 0532 0130 00"
MAIL = "p.beispielhuber@example.org"
BIRTH = "geb. 03.04.1978"
STREET = "Lindwurmstraße 41"
FILE = "Az. WG 1234/24"
KINDS = {
    NAME: "Name",
    IBAN: "IBAN",
    MAIL: "E-Mail-Adresse",
    BIRTH: "Geburtsdatum",
    STREET: "Anschrift",
    FILE: "Aktenzeichen",
}


def _write_workbook(path: Path, text: str, where: str) -> None:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("Daten")
    page.write("A1", "Monat")
    if where == "cell":
        page.write_string("B2", text)
    elif where == "rich":
        bold = book.add_format({"bold": True})
        page.write_rich_string("B2", text[:4], bold, text[4:9], text[9:])
    elif where == "comment":
        page.write_comment("B2", f"Hinweis: {text}")
    elif where == "header":
        page.set_header(f"&L{text}")
    elif where == "property":
        book.set_properties({"subject": text})
    elif where == "link":
        page.write_url("B2", "https://example.org", tip=text)
    elif where == "validation":
        page.data_validation("B2", {"validate": "any", "input_message": text})
    book.close()


def _write(folder: Path, form: str, text: str) -> None:
    page = "<!doctype html><html><body><p>Bericht</p>{}</body></html>"
    escaped = html.escape(text)
    if form == "html":
        content = page.format(f"<td>{escaped}</td>")
    elif form == "html-attribute":
        content = page.format(f'<svg aria-label="Fall von {escaped}"></svg>')
    elif form == "html-comment":
        content = page.format(f"<!-- {escaped} -->")
    elif form == "html-entities":
        content = page.format("".join(f"&#{ord(sign)};" for sign in text))
    elif form == "html-inline":
        content = page.format(f"<p>{escaped[:3]}<b>{escaped[3:7]}</b>{escaped[7:]}</p>")
    elif form == "html-svg":
        content = page.format(f"<svg><title>{escaped}</title><path d='M 0 1'/></svg>")
    elif form == "html-download":
        data = base64.b64encode(f"Monat;Text\n1;{text}\n".encode()).decode()
        content = page.format(f'<a href="data:text/csv;base64,{data}">CSV</a>')
    elif form == "html-download-plain":
        data = urllib.parse.quote(f"Monat;Text\n1;{text}\n")
        content = page.format(f'<a href="data:text/csv,{data}">CSV</a>')
    elif form == "json":
        content = json.dumps({"a": [{"b": text}]}, ensure_ascii=True)
    elif form == "json-key":
        content = json.dumps({text: 1})
    else:
        content = f"Zeile 1\nZeile 2: {text}\n"
    suffix = form.partition("-")[0]
    (folder / f"datei.{suffix}").write_text(content, "utf-8")


@pytest.mark.parametrize("text", KINDS)
@pytest.mark.parametrize(
    "form",
    [
        "html",
        "html-attribute",
        "html-comment",
        "html-entities",
        "html-inline",
        "html-svg",
        "html-download",
        "html-download-plain",
        "svg",
        "csv",
        "json",
        "json-key",
        "log",
        "txt",
    ],
)
def test_is_found_in_texts_however_written(tmp_path, form, text):
    _write(tmp_path, form, "")
    assert scan_outputs(tmp_path) == []

    _write(tmp_path, form, text)
    leaks = scan_outputs(tmp_path, planted=[text])

    assert {leak.kind for leak in leaks} == {KINDS[text], PLANTED}
    assert all(leak.file.startswith("datei.") for leak in leaks)


@pytest.mark.parametrize(
    "where", ["cell", "rich", "comment", "header", "property", "link", "validation"]
)
@pytest.mark.parametrize("text", [NAME, IBAN, MAIL])
def test_is_found_in_workbooks_wherever_it_stands(tmp_path, where, text):
    _write_workbook(tmp_path / "a.xlsx", text, "none")
    assert scan_outputs(tmp_path) == []

    _write_workbook(tmp_path / "a.xlsx", text, where)

    assert KINDS[text] in {leak.kind for leak in scan_outputs(tmp_path)}


def test_is_found_in_a_hidden_sheet_of_another_program(tmp_path):
    book = openpyxl.Workbook()
    page = book.create_sheet("Verborgen")
    page.sheet_state = "hidden"
    page["C7"] = NAME
    page["C8"].comment = Comment(MAIL, "Prüfung")
    book.save(tmp_path / "a.xlsx")

    assert {leak.kind for leak in scan_outputs(tmp_path)} == {"Name", "E-Mail-Adresse"}


def test_first_name_and_surname_in_two_cells_are_found(tmp_path):
    table = pd.DataFrame({"a": ["x", "Petra"], "b": ["y", "Beispielhuber"]})
    table.to_csv(tmp_path / "komma.csv", index=False, quoting=1)
    table.to_csv(tmp_path / "semikolon.csv", index=False, sep=";")
    table.to_parquet(tmp_path / "a.parquet")
    table.to_excel(tmp_path / "a.xlsx", index=False)
    table.to_json(tmp_path / "a.json", orient="records")
    (tmp_path / "a.html").write_text(table.to_html(), "utf-8")

    leaks = scan_outputs(tmp_path)

    assert {leak.file for leak in leaks} == {path.name for path in tmp_path.iterdir()}
    assert {leak.kind for leak in leaks} == {"Name"}


def test_is_found_in_notebooks(tmp_path):
    book = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output(
        "display_data",
        data={"text/html": f"<p>\n<td>{NAME}</td>\n</p>", "image/png": "RGVyIE5hbWU="},
    )
    stream = nbformat.v4.new_output("stream", text=f"Anschrift {STREET}\n")
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[f"bei {MAIL}"])
    book.cells = [nbformat.v4.new_code_cell(f"# {BIRTH}\n1 + 1", outputs=[output, stream, error])]
    nbformat.write(book, tmp_path / "a.ipynb")

    assert {leak.kind for leak in scan_outputs(tmp_path)} == {
        "Name",
        "Anschrift",
        "E-Mail-Adresse",
        "Geburtsdatum",
    }


def test_is_found_in_a_file_to_download_once_per_file(tmp_path):
    _write_workbook(tmp_path / "a.xlsx", f"Frau {NAME}", "cell")
    content = (tmp_path / "a.xlsx").read_bytes()
    (tmp_path / "a.xlsx").unlink()
    file = encode_file(Download("blatt.xlsx", "Blatt", content))
    block = DownloadBlock(id="blatt", title="Blatt", files=(file,))
    output = nbformat.v4.new_output(
        "display_data", {MIME_TYPE: dump_block(block), "text/html": block_to_html(block)}
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    nbformat.write(book, tmp_path / "a.ipynb")

    leaks = scan_outputs(tmp_path)

    assert {leak.kind for leak in leaks} == {"Name"}
    assert {leak.file for leak in leaks} == {"a.ipynb › eingebettete Datei 1.xlsx"}
    assert scan_outputs(tmp_path, allow=[f"Frau {NAME}"]) == []


def test_is_found_in_parquet_values_names_and_metadata(tmp_path):
    pd.DataFrame({"a": [1, 2], "text": ["x", IBAN]}).to_parquet(tmp_path / "wert.parquet")
    pd.DataFrame({MAIL: [1]}).to_parquet(tmp_path / "spalte.parquet")
    pd.DataFrame({"a": pd.Categorical([NAME])}).to_parquet(tmp_path / "kategorie.parquet")
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "zahl.parquet")

    kinds = {(leak.file, leak.kind) for leak in scan_outputs(tmp_path)}

    assert kinds == {
        ("wert.parquet", "IBAN"),
        ("spalte.parquet", "E-Mail-Adresse"),
        ("kategorie.parquet", "Name"),
    }


def test_is_found_in_archives_and_names_of_files(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("innen/notiz.txt", f"Anruf {NAME}")
    (tmp_path / "alles.zip").write_bytes(stream.getvalue())
    (tmp_path / "unter").mkdir()
    (tmp_path / "unter" / "Petra_Beispielhuber.png").write_bytes(b"\x89PNG")

    assert [(leak.file, leak.place, leak.kind) for leak in scan_outputs(tmp_path)] == [
        ("alles.zip › innen/notiz.txt", "", "Name"),
        ("unter/Petra_Beispielhuber.png", "Dateiname", "Name"),
    ]


class TestPlanted:
    @pytest.mark.parametrize(
        "written",
        [
            "WG-2024-00017",
            "wg-2024-00017",
            "WG 2024 00017",
            "WG2024/00017",
            "W<b>G-20</b>24-000<wbr>17",
            "WG&#45;2024&#45;00017",
        ],
    )
    def test_texts_are_found_in_whatever_writing(self, tmp_path, written):
        (tmp_path / "a.html").write_text(f"<p>Vorgang {written} offen</p>", "utf-8")

        kinds = {leak.kind for leak in scan_outputs(tmp_path, planted=["WG-2024-00017"])}

        assert PLANTED in kinds

    def test_short_texts_are_whole_words(self, tmp_path):
        (tmp_path / "a.txt").write_text("Musterdaten der Musterstadt", "utf-8")
        assert scan_outputs(tmp_path, planted=["Muster"]) == []

        (tmp_path / "a.txt").write_text("Antrag von MÜLLER.", "utf-8")
        (leak,) = scan_outputs(tmp_path, planted=["Muster", "Müller"])
        assert leak == Leak("a.txt", "", PLANTED, "2. gesuchter Text")

    def test_empty_texts_are_nowhere(self, tmp_path):
        (tmp_path / "a.txt").write_text("Text", "utf-8")
        assert scan_outputs(tmp_path, planted=["", " "]) == []


class TestAllowed:
    def test_what_a_public_text_says_may_stand(self, tmp_path):
        (tmp_path / "a.html").write_text(f"<p>Antrag von {NAME}, {MAIL}</p>", "utf-8")
        public = "antrag;text\n1;Die Stadträtin Petra  Beispielhuber fragt.\n"

        assert [leak.kind for leak in scan_outputs(tmp_path, allow=[public])] == ["E-Mail-Adresse"]

    def test_only_whole_words_of_it(self, tmp_path):
        (tmp_path / "a.txt").write_text("wohnt Lindwurmstraße 4", "utf-8")

        assert len(scan_outputs(tmp_path, allow=["Lindwurmstraße 41"])) == 1
        assert scan_outputs(tmp_path, allow=["Lindwurmstraße 4, Amt"]) == []

    def test_planted_texts_are_never_allowed(self, tmp_path):
        (tmp_path / "a.txt").write_text(NAME, "utf-8")

        leaks = scan_outputs(tmp_path, allow=[NAME], planted=[NAME])
        assert [leak.kind for leak in leaks] == [PLANTED]


class TestFiles:
    def test_that_cannot_be_read_are_reported(self, tmp_path):
        (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04kaputt")
        (tmp_path / "b.json").write_text("{", "utf-8")
        (tmp_path / "c.parquet").write_bytes(b"PAR1")

        leaks = scan_outputs(tmp_path)

        assert [(leak.file, leak.kind) for leak in leaks] == [
            ("a.xlsx", UNREADABLE),
            ("b.json", UNREADABLE),
            ("c.parquet", UNREADABLE),
        ]

    def test_in_other_encodings_are_read(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(f"Straße;1\n{STREET};2".encode("cp1252"))
        (tmp_path / "b.csv").write_bytes(f"Straße;1\n{STREET};2".encode("utf-16"))

        assert [leak.kind for leak in scan_outputs(tmp_path)] == ["Anschrift"] * 2

    def test_messages_give_nothing_away(self, tmp_path):
        (tmp_path / "a.txt").write_text("\n".join(KINDS), "utf-8")

        text = repr(scan_outputs(tmp_path, planted=KINDS))
        for planted in ("etra", "eispielhuber", "3704", "1978", "indwurm", "1234"):
            assert planted not in text

    def test_an_empty_folder_holds_nothing(self, tmp_path):
        assert scan_outputs(tmp_path) == []


class TestFalseAlarms:
    def test_the_sample_report_is_clean(self, html, synthetic_html, notebooks, tmp_path):
        (tmp_path / "index.html").write_text(html, "utf-8")
        (tmp_path / "muster.html").write_text(synthetic_html, "utf-8")
        for path in notebooks:
            (tmp_path / path.name).write_bytes(path.read_bytes())

        assert scan_outputs(tmp_path) == []

    def test_public_registers_name_one_official(self, root, tmp_path):
        folder = root / "data" / "raw" / "muenchen"
        raw_files = [read_raw_file(path, origin="documented") for path in list_raw_files(folder)]
        for raw in raw_files:
            (tmp_path / raw.name).write_bytes(raw.read_bytes())

        # in the title of an article in the press
        assert [(leak.file, leak.kind) for leak in scan_outputs(tmp_path)] == [
            ("published_figures.tsv", "Name")
        ]
        assert scan_outputs(tmp_path, allow=read_public_texts(raw_files)) == []
        exports = [replace(raw, mapping=object()) for raw in raw_files]
        assert read_public_texts(exports) == []

    @pytest.mark.report
    def test_the_report_of_muenchen_is_clean(self, built_report):
        assert scan_outputs(built_report.parent) == []

    def test_drawings_and_pictures_are_no_texts(self, tmp_path):
        picture = base64.b64encode(f"{NAME} {IBAN}".encode()).decode()
        (tmp_path / "a.html").write_text(
            '<style>.a::after{content:"089 1234567"}</style>'
            '<path d="M 089 1234567 89" transform="translate(0171 2345678)"/>'
            f'<img src="data:image/png;base64,{picture}" alt="Offene Anträge">',
            "utf-8",
        )

        assert scan_outputs(tmp_path) == []


def test_markup_leaves_the_words():
    text = (
        '<p class="Petra">Offene <b>An</b>träge&nbsp;2024</p><td title="Summe">1</td><td>2</td>'
        "<script>var x = 'weg'</script>"
    )
    lines = [line for line in strip_markup(text).split("\n") if line.strip()]

    assert lines == [" ".join(["Offene", "Anträge\u00a02024"]), "Summe", "1\t", "2", " "][:4]


def test_a_page_of_five_megabytes_takes_seconds(tmp_path):
    row = '<tr><th scope="row">Sozialbürgerhaus Mitte</th><td>11.722</td><td>10,7</td></tr>\n'
    path = '<path d="' + "M 12.5 13.5 L 14 15 " * 40 + '"/>\n'
    block = row * 30 + path + "<p>Im Januar gingen 412 Anträge ein, 390 wurden erledigt.</p>\n"
    page = "<html><body>" + block * (5_000_000 // len(block)) + f"<p>{NAME}</p></body></html>"
    (tmp_path / "a.html").write_text(page, "utf-8")

    begun = time.monotonic()
    leaks = scan_outputs(tmp_path)
    took = time.monotonic() - begun

    assert [leak.kind for leak in leaks] == ["Name"]
    # about two seconds on an idle core; the bound only catches a search that is not linear
    assert took < 40
