"""The last look: a finished file that was tampered with, or never checked, stops the report."""

from __future__ import annotations

import io
import json

import nbformat
import openpyxl
import pandas as pd
import pytest

from analysis.disclosure.gate import make_gate
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.presentation.blocks import (
    MIME_TYPE,
    Cell,
    Column,
    Download,
    DownloadBlock,
    FigureBlock,
    Table,
    TableBlock,
    dump_block,
    encode_file,
)
from analysis.presentation.formats import make_number
from analysis.presentation.html import block_to_html
from analysis.presentation.numbers import Origin
from analysis.report.released import check_released, read_numbers, require_released

SUPPRESS = DisclosurePolicy(method="sperrung")
ROUND = DisclosurePolicy(method="rundung5")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200">'
    '<text x="10" y="180">0</text><text x="10" y="140">2</text><text x="10" y="100">4</text>'
    '<text x="100" y="60">{label}</text></svg>'
)
ALT = "Säulendiagramm mit der Zahl der Anträge in drei Häusern."


def _cell(value, measure="received", quote="40 Anträge"):
    origins = [Origin(key="a.csv#2:Wert", quote=quote, source_id="Q1")]
    number = make_number(value, value, value, origins=origins)
    number = number.model_copy(update={"measure": measure})
    return Cell(text=number.text, number=number)


def _data(*cells):
    columns = (Column(key="unit", label="Haus"), Column(key="value", label="Anträge"))
    rows = tuple((Cell(text=f"Haus {n}"), cell) for n, cell in zip("ABCDE", cells, strict=False))
    return Table(caption="Anträge", columns=columns, rows=rows)


def _blocks(label="40", quote="40 Anträge"):
    table = _data(_cell(40, quote=quote), Cell(text=".", sign="."), _cell(0))
    blocks = (
        TableBlock(id="tabelle", title="Anträge", table=table),
        FigureBlock(id="bild", title="T", svg=SVG.format(label=label), alt=ALT, table=table),
    )
    return [make_gate(SUPPRESS)(block) for block in blocks]


@pytest.fixture
def tables():
    rows = pd.DataFrame({"origin": ["a.csv#2:Wert"], "published": ["40 Anträge"]})
    return {"case_counts": rows}


@pytest.fixture
def folder(tmp_path):
    _write_page(tmp_path, _blocks())
    _write_notebook(tmp_path, _blocks())
    (tmp_path / "lauf.json").write_text('{"befunde": 3}', "utf-8")
    return tmp_path


def _write_page(folder, blocks):
    html = "".join(block_to_html(block) for block in blocks)
    (folder / "index.html").write_text(f"<main>{html}</main>", "utf-8")


def _write_notebook(folder, blocks, *more):
    outputs = [
        nbformat.v4.new_output(
            "display_data", {MIME_TYPE: dump_block(block), "text/html": block_to_html(block)}
        )
        for block in blocks
    ]
    cell = nbformat.v4.new_code_cell("show()", outputs=[*outputs, *more])
    (folder / "notebooks").mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, folder / "notebooks" / "01.ipynb")


def _edit(folder, old, new, name="index.html"):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _make_book(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class TestFolder:
    def test_a_released_report_passes(self, folder, tables):
        assert check_released(folder, tables, SUPPRESS) == []
        require_released(folder, tables, SUPPRESS)

    def test_without_a_rule_nothing_is_looked_at(self, folder, tables):
        _edit(folder, ">40<", ">3<")

        require_released(folder, tables, None)

    def test_the_first_faults_are_named_without_numbers(self, folder, tables):
        _edit(folder, ">40</td>", ">3</td>")

        with pytest.raises(DisclosureError, match=r"wurde nicht abgelegt: index\.html") as caught:
            require_released(folder, tables, SUPPRESS)
        assert "Mindestzahl" in caught.value.message
        assert "»3«" not in caught.value.message

    @pytest.mark.parametrize("name", ["daten.parquet", "notiz.txt", "bild.png"])
    def test_other_files_do_not_belong_there(self, folder, tables, name):
        (folder / name).write_text("3", "utf-8")

        assert "gehören nicht in den Bericht" in check_released(folder, tables, SUPPRESS)[0]


class TestPage:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (">40</td>", ">3</td>", "Mindestzahl"),
            (">40</td>", ">rund 4</td>", "Mindestzahl"),
            (">40</td>", ">2 bis 9</td>", "Mindestzahl"),
            (' data-measure="received"', "", "ohne Angabe der Messgröße"),
            ('data-measure="received"', 'data-measure="erfunden"', "Vertraulichkeitsklasse"),
            (">.</span>", ">3</span>", "Statt eines Zeichens"),
            ("Haus A", "3", "ohne Angabe der Messgröße"),
        ],
    )
    def test_a_changed_cell(self, folder, tables, old, new, message):
        _edit(folder, old, new)

        assert any(message in fault for fault in check_released(folder, tables, SUPPRESS))

    def test_an_unrounded_number(self, folder, tables):
        _edit(folder, ">40</td>", ">42</td>")

        faults = check_released(folder, tables, ROUND)
        assert any("Vielfaches von 5" in fault for fault in faults)

    def test_a_number_in_a_chart_that_its_table_does_not_hold(self, folder, tables):
        _write_page(folder, _blocks(label="3"))

        (fault,) = check_released(folder, tables, SUPPRESS)
        assert fault == (
            "index.html: Block »bild«: Im Diagramm steht eine Zahl, die nicht in seiner Tabelle "
            "steht"
        )

    def test_running_text(self, folder, tables):
        _edit(folder, "</main>", '<p>Offen: <span class="num">7</span></p></main>')

        (fault,) = check_released(folder, tables, SUPPRESS)
        assert "Zahl ohne Angabe der Messgröße" in fault


class TestNotebook:
    def test_an_output_that_is_no_block(self, folder, tables):
        stream = nbformat.v4.new_output("stream", text="Haus A: 3")
        frame = nbformat.v4.new_output("execute_result", {"text/html": "<table></table>"})
        own = nbformat.v4.new_output(
            "execute_result", {"text/plain": "Edition »m« · Lagebild · Stichtag 31.12.2025"}
        )
        for output, faults in ((stream, 1), (frame, 1), (own, 0)):
            _write_notebook(folder, _blocks(), output)
            assert len(check_released(folder, tables, SUPPRESS)) == faults

    def test_a_block_that_passed_no_gate(self, folder, tables):
        block = TableBlock(id="roh", title="T", table=_data(_cell(3)))
        _write_notebook(folder, [block])

        faults = check_released(folder, tables, SUPPRESS)
        assert any("Zelle 1, Block »roh«, Spalte »Anträge«" in fault for fault in faults)

    def test_a_quote_that_is_not_from_the_released_tables(self, folder, tables):
        _write_notebook(folder, _blocks(quote="aus 3 Vorgängen"))

        faults = check_released(folder, tables, SUPPRESS)
        assert any("Beleg stammt nicht" in fault for fault in faults)

    def test_the_chart_of_a_block(self, folder, tables):
        _write_notebook(folder, _blocks(label="3"))

        assert any("Im Diagramm" in fault for fault in check_released(folder, tables, SUPPRESS))


class TestDownloads:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("measure;value\nreceived;40\nreceived;3\n", "Mindestzahl"),
            ("Haus;eingegangene Anträge\nA;40\nB;3\n", "Mindestzahl"),
            ("Haus;offene Anträge (Anträge)\nA;3\n", "Mindestzahl"),
            ("Haus;etwas\nA;40\n", "ohne Angabe der Messgröße"),
            ("measure;value\nerfunden;40\n", "Vertraulichkeitsklasse"),
        ],
    )
    def test_a_table_of_text(self, folder, tables, text, message):
        (folder / "daten.csv").write_text(text, "utf-8")

        (fault,) = check_released(folder, tables, SUPPRESS)
        assert fault.startswith("daten.csv: Spalte")
        assert message in fault

    def test_what_is_allowed(self, folder, tables):
        text = "Jahr;Haus;eingegangene Anträge\n2024;A;1.234\n2025;B;\n2026;C;0\n"
        (folder / "daten.csv").write_text(text, "utf-8")

        assert check_released(folder, tables, SUPPRESS) == []

    def test_a_workbook(self, folder, tables):
        frame = pd.DataFrame({"measure": ["received", "received"], "value": [40, 3]})
        frame.to_excel(folder / "daten.xlsx", sheet_name="Fälle", index=False)

        (fault,) = check_released(folder, tables, SUPPRESS)
        assert "Blatt »Fälle«, Spalte »value«" in fault

    def test_a_sheet_with_a_title_above_its_heads(self, folder, tables):
        heads = ["Größe", "Untergrenze", "Wert", "Obergrenze", "Messgröße"]
        rows = [["offen", 38, 40, 42, "offene Anträge"], ["Minuten", 3, 4.125, 5, "derived"]]
        (folder / "gut.xlsx").write_bytes(_make_book(["Titel"], [], heads, *rows))
        assert check_released(folder, tables, SUPPRESS) == []

        rows[0][1] = 3
        (folder / "gut.xlsx").write_bytes(_make_book(["Titel"], [], heads, *rows))
        (fault,) = check_released(folder, tables, SUPPRESS)
        assert "Blatt »Sheet«, Spalte »Untergrenze«" in fault
        assert "Mindestzahl" in fault

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            ([["Titel", 3], ["Wert", "Messgröße"], [40, "received"]], "Kopf: Zahl ohne Angabe"),
            ([["Wert", "Messgröße"], [40, "erfunden"]], "Vertraulichkeitsklasse"),
            ([["Wert", "Messgröße"], [40, None]], "ohne Angabe der Messgröße"),
            ([["Wert", "Messgröße", "Rest"], [40, "received", 41]], "Spalte »Rest«"),
            ([["Fundstelle", "Wortlaut"], ["a.csv#2:Wert", "3 Anträge"]], "Beleg stammt nicht"),
        ],
    )
    def test_a_workbook_that_shows_too_much(self, folder, tables, rows, message):
        (folder / "daten.xlsx").write_bytes(_make_book(*rows))

        (fault,) = check_released(folder, tables, SUPPRESS)
        assert message in fault

    def test_the_wording_of_released_rows_may_stand(self, folder, tables):
        rows = [["Fundstelle", "Wortlaut"], ["a.csv#2:Wert", "40 Anträge"], ["b.toml#1", "rund 3"]]
        (folder / "daten.xlsx").write_bytes(_make_book(*rows))

        assert check_released(folder, tables, SUPPRESS) == []

    @pytest.mark.parametrize(("number", "faults"), [(40, 0), (3, 1)])
    def test_a_file_within_a_notebook(self, folder, tables, number, faults):
        content = _make_book(["Wert", "Messgröße"], [number, "received"])
        file = encode_file(Download("blatt.xlsx", "Blatt", content))
        _write_notebook(folder, [DownloadBlock(id="blatt", title="Blatt", files=(file,))])

        found = check_released(folder, tables, SUPPRESS)
        assert len(found) == faults
        assert all("Zelle 1, Datei »blatt.xlsx«: Blatt" in fault for fault in found)

    def test_a_chart_alone(self, folder, tables):
        (folder / "bild.svg").write_text(SVG.format(label="3"), "utf-8")

        assert len(check_released(folder, tables, SUPPRESS)) == 1
        (folder / "bild.svg").write_text(SVG.format(label="30"), "utf-8")
        assert check_released(folder, tables, SUPPRESS) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("9.000 bis 11.500", [9000, 11500]),
        ("−3,5 %", [-3.5]),
        ("1\u202f234", [1234]),
        ("rund 17", [17]),
        (".", []),
    ],
)
def test_read_numbers(text, numbers):
    assert read_numbers(text) == numbers


def test_blocks_survive_as_json(folder):
    notebook = json.loads((folder / "notebooks" / "01.ipynb").read_text("utf-8"))
    stored = notebook["cells"][0]["outputs"][0]["data"][MIME_TYPE]
    assert stored["table"]["rows"][0][1]["number"]["measure"] == "received"
