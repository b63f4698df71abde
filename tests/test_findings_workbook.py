"""The return workbook: cells at their places, marked and linked; nothing personal given out."""

from __future__ import annotations

import datetime as dt
import io
import string
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from analysis import delivered
from analysis.cleaning.findings import COLUMNS, identify_findings
from analysis.delivered import read_delivered
from analysis.errors import UsageError
from analysis.fields import CHECKS, SEVERITIES
from analysis.findings_text import (
    CHECK_WORDS,
    SEVERITY_WORDS,
    WITHHELD,
    count_findings,
    protect_findings,
)
from analysis.findings_workbook import (
    OVERVIEW,
    build_findings_workbook,
    name_sheet,
    resolve_workbook_path,
    write_findings_workbook,
)
from analysis.mappings import Mapping
from analysis.privacy import find_personal_data
from analysis.readers.recognise import read
from analysis.sources import Format, RawFile, Sidecar

MONTHLY = (
    "Fallzahlen Wohngeld\r\n"
    "Rückfragen: Petra Beispielhuber, Tel. 089/233-96833\r\n"
    "\r\n"
    "Monat;Eingänge;Erledigt;Offen;Bemerkung\r\n"
    "01/2024;100;80;400;\r\n"
    "02/2024;=1+1;90;430;Nachfrage läuft\r\n"
    "03/2024;110;-5;450;\r\n"
    "Summe;210;165;;\r\n"
    "\r\n"
    "Quelle: Fachverfahren\r\n"
)
MONTHLY_MAPPING = {
    "dataset": "case_counts",
    "columns": {"month": "Monat", "received": "Eingänge", "decided": "Erledigt", "open": "Offen"},
}
CASE_MAPPING = {
    "dataset": "cases",
    "columns": {"case_id": "Vorgang", "received": "Eingang", "decided": "Bescheid"},
}


def _raw(path: Path, kind: str, mapping: dict | None = None, **layout) -> RawFile:
    sidecar = Sidecar(
        title="Probe",
        producer="Test",
        document="Test",
        url="",
        licence="frei",
        accessed=dt.date(2026, 1, 31),
        as_of=dt.date(2026, 1, 31),
        origin="synthetic",
        sha256="0" * 64,
        format=Format(kind=kind, **layout),
    )
    return RawFile(
        path,
        sidecar,
        Mapping(place="Musterstadt", method="antraege", service="wohngeld", **mapping)
        if mapping
        else None,
    )


def _findings(*rows: dict) -> pd.DataFrame:
    plain = {
        "finding_id": "",
        "check": "wert",
        "severity": "fehler",
        "column": "",
        "found": "",
        "expected": "",
        "message": "Die Angabe ist nicht lesbar.",
        "rejected": "nein",
        "accepted": "",
    }
    return identify_findings(pd.DataFrame([plain | row for row in rows], columns=COLUMNS))


def _open(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def _list(book: openpyxl.Workbook) -> list[dict]:
    """Return the rows of the list of findings by heading, each value with its cell."""
    page = book[OVERVIEW]
    top = next(row for row in range(1, 60) if page.cell(row, 2).value == "Schwere")
    heads = [cell.value for cell in page[top]]
    return [
        dict(zip(heads, cells, strict=True))
        for cells in page.iter_rows(min_row=top + 1)
        if cells[0].value
    ]


def _texts(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def _is_marked(cell) -> bool:
    return bool(cell.font.b and cell.fill.fgColor.rgb == "FFFFE08A" and cell.comment)


@pytest.fixture
def monthly(tmp_path: Path) -> RawFile:
    path = tmp_path / "fallzahlen.csv"
    path.write_bytes(MONTHLY.encode("cp1252"))
    return _raw(path, "csv", MONTHLY_MAPPING)


@pytest.fixture
def monthly_findings() -> pd.DataFrame:
    file = {"file": "fallzahlen.csv"}
    return _findings(
        file | {"row": 6, "column": "Eingänge", "found": "=1+1", "expected": "eine Zahl"},
        # validation names our own field, not the column of the file
        file | {"row": 7, "column": "decided", "found": "-5", "check": "unmoeglich"},
        file | {"row": 7, "column": "Erledigt, Offen", "found": "450", "check": "bestand"},
        file | {"row": 5, "check": "doppelt", "severity": "warnung"},
        file | {"row": 0, "column": "Monat", "check": "luecke", "severity": "warnung"},
        file | {"row": 0, "check": "annahme", "severity": "hinweis", "file": "probe.toml"},
    )


class TestCopyOfATable:
    def test_of_a_csv_stands_line_by_line_and_field_by_field(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[
            "fallzahlen.csv"
        ]

        lines = MONTHLY.split("\r\n")
        for number, line in enumerate(lines, start=1):
            for place, text in enumerate(line.split(";"), start=1):
                shown = page.cell(number, place).value or ""
                assert shown in {text, WITHHELD}, (number, place)
        # hand-picked: title, header, a value, the sum, the footnote
        assert page["A1"].value == "Fallzahlen Wohngeld"
        assert page["D4"].value == "Offen"
        assert page["D6"].value == "430"
        assert page["B8"].value == "210"
        assert page["A10"].value == "Quelle: Fachverfahren"

    def test_marks_exactly_the_cells_in_question(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[
            "fallzahlen.csv"
        ]

        marked = {cell.coordinate for row in page.iter_rows() for cell in row if _is_marked(cell)}
        assert marked == {"B6", "C7", "D7"}
        comments = {
            cell.coordinate for row in page.iter_rows() for cell in row if cell.comment
        } - marked
        # the double row names no column: its mark carries the comment
        assert comments == {"F5"}

    def test_comment_says_identifier_finding_found_and_expected(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[
            "fallzahlen.csv"
        ]

        assert page["B6"].comment.text == (
            f"{monthly_findings['finding_id'][0]}: Die Angabe ist nicht lesbar.\n"
            "Gefunden: =1+1\nErwartet: eine Zahl"
        )
        # two findings on one cell share its comment
        assert page["C7"].comment.text.count("Die Angabe ist nicht lesbar.") == 2

    def test_names_each_row_with_findings_in_words(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[
            "fallzahlen.csv"
        ]

        assert page["F4"].value == "Befunde (Kennung)"
        marks = {row: page.cell(row, 6).value for row in range(5, 11) if page.cell(row, 6).value}
        ids = monthly_findings["finding_id"]
        assert marks == {5: f"▶ {ids[3]}", 6: f"▶ {ids[0]}", 7: f"▶ {ids[2]}, {ids[1]}"}

    def test_holds_texts_only(self, monthly, monthly_findings):
        content = build_findings_workbook(monthly_findings, [monthly], title="Probe")
        page = _open(content)["fallzahlen.csv"]

        assert page["B6"].value == "=1+1"
        kinds = {cell.data_type for row in page.iter_rows() for cell in row if cell.value}
        assert kinds == {"s"}
        assert page["B6"].quotePrefix
        assert page["C7"].quotePrefix
        assert not page["D6"].quotePrefix
        assert "<f>" not in _texts(content)

    def test_has_frozen_header_filter_and_print_setup(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[
            "fallzahlen.csv"
        ]

        assert page.freeze_panes == "B5"
        assert page.auto_filter.ref == "A4:F10"
        assert page.print_title_rows == "$4:$4"
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage

    def test_of_a_workbook_keeps_sheet_rows_and_columns(self, tmp_path):
        path = tmp_path / "personal.xlsx"
        book = xlsxwriter.Workbook(path)
        book.add_worksheet("Deckblatt").write("A1", "Personalbericht")
        page = book.add_worksheet("Stellen")
        page.write("B2", "Stellenübersicht")
        page.merge_range("B4:B5", "Bereich")
        page.merge_range("C4:D4", "Vollzeitäquivalente")
        page.merge_range("E4:E5", "Personal-Nr.")
        page.merge_range("F4:F5", "Stand")
        page.write_row("C5", ["Soll", "Ist ¹⁾"])
        page.write_row("B6", ["Wohngeld", 10.5, 9, 4711, "2024-01-31"])
        page.write_row("B7", ["Grundsicherung", 20, 25.25, 4712, "2024-01-31"])
        page.write("B9", "¹⁾ ohne Beurlaubte")
        book.close()
        mapping = {
            "dataset": "staffing",
            "columns": {
                "day": "Stand",
                "unit": "Bereich",
                "posts_planned": "Vollzeitäquivalente / Soll",
                "posts_filled": "Vollzeitäquivalente / Ist",
            },
        }
        finding = {
            "file": "personal.xlsx",
            "row": 7,
            "column": "Vollzeitäquivalente / Ist",
            "found": "25,25",
            "check": "besetzt_ueber_plan",
            "severity": "warnung",
        }

        content = build_findings_workbook(
            _findings(finding), [_raw(path, "workbook", mapping)], title="Probe"
        )

        page = _open(content)["personal.xlsx"]
        assert [page[cell].value for cell in ("B2", "C4", "C5", "D5", "B6", "C6")] == [
            "Stellenübersicht",
            "Vollzeitäquivalente",
            "Soll",
            "Ist ¹⁾",
            "Wohngeld",
            "10,5",
        ]
        assert page["D7"].value == "25,25"
        assert _is_marked(page["D7"])
        assert page["E4"].value == "Personal-Nr."
        assert {page["E6"].value, page["E7"].value} == {WITHHELD}
        assert page["B9"].value == "¹⁾ ohne Beurlaubte"
        assert _list(_open(content))[0]["Zelle"].hyperlink.location == "'personal.xlsx'!D7"

    def test_of_an_old_workbook_is_traced_too(self, tmp_path):
        path = tmp_path / "alt.xls"
        book = xlwt.Workbook()
        page = book.add_sheet("Daten")
        for column, texts in enumerate((("Monat", "2024-01", "2024-02"), ("Offen", 5, 7)), start=2):
            for row, text in enumerate(texts, start=3):
                page.write(row, column, text)
        book.save(str(path))
        mapping = {"dataset": "case_counts", "columns": {"month": "Monat", "open": "Offen"}}

        content = build_findings_workbook(
            _findings({"file": "alt.xls", "row": 6, "column": "Offen", "found": "7"}),
            [_raw(path, "workbook", mapping)],
            title="Probe",
        )

        assert _is_marked(_open(content)["alt.xls"]["D6"])
        assert _open(content)["alt.xls"]["D6"].value == "7"

    @pytest.mark.parametrize("left", ["use", "leave"])
    def test_columns_stay_in_place_where_some_are_hidden_or_empty(self, tmp_path, left):
        path = tmp_path / "verborgen.xlsx"
        book = xlsxwriter.Workbook(path)
        page = book.add_worksheet("Daten")
        page.write_row("A1", ["Monat", "", "intern", "Eingänge", "Offen"])
        page.write_row("A2", ["2024-01", "", "a", 1, 2])
        page.write_row("A3", ["2024-02", "", "b", 3, 4])
        page.set_column("C:C", 8, None, {"hidden": True})
        book.close()
        mapping = {"dataset": "case_counts", "columns": {"month": "Monat", "open": "Offen"}}
        raw = _raw(path, "workbook", mapping, hidden=left)

        table = read_delivered(raw, [3], most_rows=100)

        assert table.columns["Offen"] == 4
        assert table.columns["Monat"] == 0
        assert table.cells[3][4] == "4"
        assert not any(text == "b" for text in table.cells[3])

    def test_quoted_line_breaks_and_doubled_names_do_not_shift_it(self, tmp_path):
        path = tmp_path / "lang.csv"
        path.write_text(
            'Monat;Text;Offen;Offen\n2024-01;"a\nb";1;2\n2024-02;c;3;4\n2024-03;d;5;6\n', "utf-8"
        )
        raw = _raw(path, "csv")
        names = [str(name) for name in read(path.read_bytes(), "lang.csv").rows.columns[:4]]

        table = read_delivered(raw, [4], most_rows=100)

        assert [table.columns[name] for name in names] == [0, 1, 2, 3]
        assert table.cells[2] == ["2024-01", "a\nb", "1", "2"]
        assert 3 not in table.cells
        assert table.cells[4] == ["2024-02", "c", "3", "4"]

    def test_stated_layout_of_a_register_is_kept(self, tmp_path):
        path = tmp_path / "services.csv"
        path.write_bytes("service_id|name\nx|Überweisung\ny|Wohngeld\n".encode("iso8859-15"))
        raw = _raw(path, "delimited", encoding="iso8859-15", delimiter="|")

        page = _open(
            build_findings_workbook(
                _findings({"file": "services.csv", "row": 3, "column": "name"}),
                [raw],
                title="Probe",
            )
        )["services.csv"]

        assert page["B2"].value == "Überweisung"
        assert _is_marked(page["B3"])

    def test_where_a_column_is_not_known_the_row_is_marked(self, monthly):
        findings = _findings({"file": "fallzahlen.csv", "row": 6, "column": "Unbekannt"})
        book = _open(build_findings_workbook(findings, [monthly], title="Probe"))

        assert book["fallzahlen.csv"]["F6"].comment is not None
        assert _list(book)[0]["Zelle"].hyperlink.location == "'fallzahlen.csv'!F6"


@given(
    st.lists(
        st.lists(st.text(string.ascii_letters + ' ;"', max_size=6), min_size=3, max_size=3),
        min_size=3,
        max_size=8,
    )
)
def test_every_traced_cell_holds_what_the_reader_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("traced") / "a.csv"
    body = pd.DataFrame([[f"z{n}", *row] for n, row in enumerate(rows)])
    path.write_text(
        "A;B;C;D\n" + body.to_csv(sep=";", header=False, index=False, quoting=1), "utf-8"
    )
    table = read_delivered(_raw(path, "csv"), [2], most_rows=100)
    result = read(path.read_bytes(), "a.csv", "csv")

    for row in result.rows.to_dict("records"):
        fields = table.cells[row["source_row"]]
        for name, place in table.columns.items():
            assert fields[place] in {row[name], None}
    assert {*table.columns} == {*result.rows.columns} - {"source_row"}


class TestOverview:
    def test_lists_all_findings_on_data_with_links_and_room_for_answers(
        self, monthly, monthly_findings
    ):
        book = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))
        rows = _list(book)

        assert book.sheetnames == [OVERVIEW, "fallzahlen.csv"]
        # an acceptance without finding is the edition's matter, not the office's
        assert {row["Kennung"].value for row in rows} == {*monthly_findings["finding_id"][:5]}
        assert [row["Schwere"].value for row in rows] == ["Fehler"] * 3 + ["Warnung"] * 2
        links = {
            row["Kennung"].value: row["Zelle"].hyperlink.location
            for row in rows
            if row["Zelle"].hyperlink
        }
        sheet = "'fallzahlen.csv'!"
        ids = monthly_findings["finding_id"]
        assert links == {
            ids[0]: f"{sheet}B6",
            ids[1]: f"{sheet}C7",
            ids[2]: f"{sheet}C7",
            ids[3]: f"{sheet}F5",
        }
        whole = next(row for row in rows if row["Kennung"].value == ids[4])
        assert whole["Zeile"].value == "ganze Datei"
        for row in rows:
            assert row["Antwort der Dienststelle"].value is None
            assert row["korrigierter Wert"].value is None
        assert rows[0]["gefunden"].value == "=1+1"
        assert rows[0]["gefunden"].data_type == "s"

    def test_explains_filters_and_prints(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[OVERVIEW]

        texts = [str(page.cell(row, 1).value) for row in range(1, 20)]
        assert texts[0] == "Befunde zu den gelieferten Daten: Probe"
        assert any("»Antwort der Dienststelle«" in text for text in texts)
        top = next(row for row in range(1, 60) if page.cell(row, 2).value == "Schwere")
        assert page.auto_filter.ref == f"A{top}:M{top + 5}"
        assert page.freeze_panes == f"B{top + 1}"
        assert page.page_setup.orientation == "landscape"

    def test_counts_by_check(self, monthly, monthly_findings):
        page = _open(build_findings_workbook(monthly_findings, [monthly], title="Probe"))[OVERVIEW]
        counts = {
            page.cell(row, 1).value: [page.cell(row, column).value for column in range(3, 7)]
            for row in range(1, 20)
        }

        assert counts["Zeile doppelt"] == [0, 1, 0, 0]
        assert counts["Bestandsgleichung nicht erfüllt"] == [1, 0, 0, 0]

    def test_says_how_many_findings_it_leaves_out(self, monthly, monthly_findings):
        content = build_findings_workbook(monthly_findings, [monthly], title="P", most_listed=2)
        book = _open(content)

        assert len(_list(book)) == 2
        assert "Die Liste nennt die 2 wichtigsten von 5 Befunden." in _texts(content)

    def test_accepted_findings_come_last_with_their_reason(self, monthly, monthly_findings):
        accepted = monthly_findings.assign(accepted=["Nachweis liegt vor.", "", "", "", "", ""])
        rows = _list(_open(build_findings_workbook(accepted, [monthly], title="Probe")))

        assert rows[-1]["Kennung"].value == monthly_findings["finding_id"][0]
        assert rows[-1]["angenommen, weil"].value == "Nachweis liegt vor."

    def test_without_findings_is_a_workbook_all_the_same(self, monthly):
        empty = pd.DataFrame(columns=COLUMNS)

        assert _open(build_findings_workbook(empty, [monthly], title="P")).sheetnames == [OVERVIEW]


class TestProtection:
    def test_withholds_unused_columns_and_lines_that_name_persons(self, monthly, monthly_findings):
        content = build_findings_workbook(monthly_findings, [monthly], title="Probe")
        page = _open(content)["fallzahlen.csv"]

        assert page["E4"].value == "Bemerkung"
        assert page["E6"].value == WITHHELD
        assert page["A2"].value == WITHHELD
        for planted in ("Beispielhuber", "96833", "Nachfrage"):
            assert planted not in _texts(content)

    def test_withholds_planted_persons_and_case_numbers_everywhere(self, tmp_path):
        path = tmp_path / "faelle.csv"
        lines = ["Vorgang;Name;Eingang;Bescheid;Notiz"]
        lines += [
            f"WG-2024-{n:05d};Beispielhuber;0{n % 9 + 1}.02.2024;;DE89370400440532013000"
            for n in range(60)
        ]
        # cut off: what is left stands in other columns
        lines[30] = "Beispielhuber;03.02.2024"
        lines[40] = 'WG-2024-77777;Öztürk;03.02.2024;Rückruf 0171 2345678;"a;b"'
        path.write_bytes("\r\n".join(lines).encode("cp1252"))
        raw = _raw(path, "csv", CASE_MAPPING)
        file = {"file": "faelle.csv"}
        findings = _findings(
            file
            | {
                "row": 31,
                "check": "zeile",
                "found": "2 Felder, beginnend mit »Beispielhuber«",
                "expected": "5 Felder",
            },
            file | {"row": 41, "column": "Bescheid", "found": "Rückruf 0171 2345678"},
            file | {"row": 12, "column": "case_id", "found": "WG-2024-00010", "check": "doppelt"},
            file | {"row": 13, "column": "Vorgang", "found": "WG-2024-00011", "check": "doppelt"},
        )

        content = build_findings_workbook(findings, [raw], title="Probe")

        text = _texts(content)
        for planted in ("Beispielhuber", "ztürk", "WG-2024", "DE89", "2345678"):
            assert planted not in text, planted
        page = _open(content)["faelle.csv"]
        assert [cell.value for cell in page[2]][:5] == [
            "Zeile",
            "Befunde (Kennung)",
            "Vorgang",
            "Name",
            "Eingang",
        ]
        assert not find_personal_data(
            "\n".join(str(cell.value) for row in page.iter_rows() for cell in row if cell.value)
        )

    def test_shows_what_is_public_already(self, tmp_path):
        path = tmp_path / "motions.csv"
        path.write_text("demand_id;by\nA05330-1;Petra Beispielhuber\n", "utf-8")
        made_up = _raw(path, "delimited")
        public = replace(
            made_up, sidecar=made_up.sidecar.model_copy(update={"origin": "documented"})
        )

        assert read_delivered(made_up, [2], most_rows=9).withheld == ("by",)
        assert read_delivered(public, [2], most_rows=9).withheld == ()
        assert read_delivered(public, [2], most_rows=9).cells[2][1] == "Petra Beispielhuber"

    def test_withholds_everything_below_the_header_where_a_column_cannot_be_traced(
        self, tmp_path, monkeypatch
    ):
        path = tmp_path / "a.csv"
        path.write_text("Vorgang;Eingang\nA-1;2024-01-01\nA-2;2024-01-02\n", "utf-8")
        monkeypatch.setattr(delivered, "_trace_columns", lambda *_: {})

        table = read_delivered(_raw(path, "csv", CASE_MAPPING), [2], most_rows=100)

        assert table.cells[1] == ["Vorgang", "Eingang"]
        assert table.cells[2] == [None, None]

    def test_protects_findings_for_terminal_and_machines(self):
        findings = _findings(
            {"file": "f.csv", "row": 2, "column": "Nr", "found": "WG-1"},
            {"file": "f.csv", "row": 3, "column": "Text", "found": "Anruf Petra Beispielhuber"},
            {"file": "f.csv", "row": 4, "check": "zeile", "found": "2 Felder, beginnend mit »x«"},
            {"file": "f.csv", "row": 0, "column": "Nr", "check": "personenbezug", "found": "Name"},
            {"file": "f.csv", "row": 5, "column": "Nr", "found": "gleiche Kennung wie Zeile 4"},
            {"file": "f.csv", "row": 6, "column": "Text, Nr", "found": "WG-1"},
            {"file": "g.csv", "row": 2, "column": "Nr", "found": "WG-1"},
            {"file": "g.csv", "row": 4, "check": "zeile", "found": "2 Felder, beginnend mit »x«"},
        )
        protected = protect_findings(findings, {"f.csv": ("Nr",)})

        assert protected["found"].tolist() == [
            WITHHELD,
            "Anruf (Name, nicht ausgegeben)",
            "2 Felder",
            "Name",
            "gleiche Kennung wie Zeile 4",
            WITHHELD,
            "WG-1",
            "2 Felder, beginnend mit »x«",
        ]
        assert protected["finding_id"].tolist() == findings["finding_id"].tolist()


class TestLargeFiles:
    @pytest.fixture
    def cases(self, tmp_path: Path) -> RawFile:
        path = tmp_path / "faelle.csv"
        rows = "".join(
            f"V{n:07d};{n % 28 + 1:02d}.02.2024;{n % 28 + 1:02d}.05.2024;München\r\n"
            for n in range(200_000)
        )
        path.write_bytes(f"Vorgang;Eingang;Bescheid;Ort\r\n{rows}".encode("cp1252"))
        return _raw(path, "csv", CASE_MAPPING)

    @pytest.mark.parametrize("is_streamed", [False, True])
    def test_only_the_lines_around_findings_are_given(self, cases, monkeypatch, is_streamed):
        monkeypatch.setattr(delivered, "STREAM_FROM_BYTES", 1000 if is_streamed else 10**9)
        file = {"file": "faelle.csv", "column": "Bescheid", "found": "x"}
        findings = _findings(*(file | {"row": row} for row in (2, 150_000, 150_002, 200_001)))
        begun = time.monotonic()
        content = build_findings_workbook(findings, [cases], title="Probe")
        took = time.monotonic() - begun
        page = _open(content)["faelle.csv"]

        lines = [page.cell(row, 1).value for row in range(2, page.max_row + 1)]
        # header 1, then 2 ± 2, 150 000 ± 2 with 150 002 ± 2, 200 001 − 2 to the end
        assert lines == [
            *("Zeile", "2", "3", "4", None),
            *(str(line) for line in range(149_998, 150_005)),
            *(None, "199999", "200000", "200001"),
        ]
        # line 150 000 is the case 149 998: 149 998 mod 28 = 2, so the 3rd
        row = lines.index("150000") + 2
        assert [page.cell(row, column).value for column in range(3, 7)] == [
            WITHHELD,
            "03.02.2024",
            "03.05.2024",
            WITHHELD,
        ]
        assert _is_marked(page.cell(row, 5))
        assert page["A1"].value.startswith("Auszug aus faelle.csv")
        assert took < 30

    def test_streaming_gives_the_same_as_reading(self, cases, monkeypatch):
        lines = [2, 777, 123_456]
        monkeypatch.setattr(delivered, "STREAM_FROM_BYTES", 10**9)
        whole = read_delivered(cases, lines, most_rows=5000)
        monkeypatch.setattr(delivered, "STREAM_FROM_BYTES", 1000)

        assert read_delivered(cases, lines, most_rows=5000) == whole

    def test_streaming_finds_an_encoding_that_shows_late(self, tmp_path, monkeypatch):
        path = tmp_path / "spaet.csv"
        rows = "".join(f"V{n};01.02.2024;01.03.2024\n" for n in range(20_000))
        path.write_bytes(f"Vorgang;Eingang;Bescheid\n{rows}V1;März;Ö\n".encode("cp1252"))
        monkeypatch.setattr(delivered, "STREAM_FROM_BYTES", 1000)

        table = read_delivered(_raw(path, "csv", CASE_MAPPING), [20_002], most_rows=100)

        assert table.cells[20_002] == [None, "März", "Ö"]

    def test_no_more_rows_than_allowed_and_the_severest_first(self, cases):
        file = {"file": "faelle.csv", "column": "Bescheid", "found": "x"}
        mild = [file | {"row": row, "severity": "hinweis"} for row in range(100, 4000, 10)]
        findings = _findings(*mild, file | {"row": 180_000})

        content = build_findings_workbook(findings, [cases], title="Probe", most_rows=50)

        book = _open(content)
        numbers = [book["faelle.csv"].cell(row, 1).value for row in range(3, 200)]
        lines = [number for number in numbers if number]
        assert "180000" in lines
        assert len(lines) <= 50
        listed = _list(book)
        assert listed[0]["Zelle"].hyperlink is not None
        assert listed[-1]["Zelle"].value == "nicht wiedergegeben"
        assert "höchstens 50 Zeilen" in book["faelle.csv"]["A1"].value


class TestFile:
    def test_same_input_gives_the_same_bytes(self, monthly, monthly_findings):
        first = build_findings_workbook(monthly_findings, [monthly], title="Probe")
        # the times within an archive have a resolution of two seconds
        time.sleep(2.1)

        assert build_findings_workbook(monthly_findings, [monthly], title="Probe") == first

    def test_odd_characters_and_long_texts_do_no_harm(self, tmp_path):
        path = tmp_path / "a.csv"
        long = "x" * 32_700
        path.write_text(f"A;B\n@SUM(1);\u200b\ufffe_x0041_\n+1;{long}\n-1;=2\n", "utf-8")
        findings = _findings({"file": "a.csv", "row": 3, "column": "B", "found": long})

        book = _open(build_findings_workbook(findings, [_raw(path, "csv")], title="=1+1 & <b>"))

        page = book["a.csv"]
        assert page["A2"].value == "@SUM(1)"
        assert page["B2"].value.endswith("_x0041_")
        assert page["B3"].value.endswith("… (gekürzt)")
        assert page["B4"].data_type == "s"
        assert len(page["B3"].comment.text) < 3000

    @pytest.mark.parametrize(
        ("file", "taken", "expected"),
        [
            ("a.csv", (), "a.csv"),
            ("[a]:b?*/c\\d.csv", (), "_a__b___c_d.csv"),
            ("'x'", (), "x"),
            ("'", (), "Datei"),
            ("A.csv", ("a.csv",), "A.csv (2)"),
            ("history", (), "history (2)"),
            ("Übersicht", ("übersicht",), "Übersicht (2)"),
            ("x" * 40, (), "x" * 31),
            ("x" * 40, ("x" * 31,), "x" * 27 + " (2)"),
        ],
    )
    def test_names_of_sheets(self, file, taken, expected):
        assert name_sheet(file, taken) == expected

    @given(st.lists(st.text(max_size=40), max_size=12))
    def test_any_names_of_files_make_sheets_that_excel_accepts(self, files):
        taken: set[str] = {OVERVIEW.casefold()}
        book = xlsxwriter.Workbook(io.BytesIO())
        for file in files:
            name = name_sheet(file, taken)
            taken.add(name.casefold())
            book.add_worksheet(name)  # refuses what Excel would refuse
        assert len(taken) == len(files) + 1

    def test_is_written_in_place_of_an_older_one(self, tmp_path, monthly, monthly_findings):
        path = tmp_path / "befunde.xlsx"
        path.write_text("alt")

        assert write_findings_workbook(path, monthly_findings, [monthly], title="Probe") == path
        assert openpyxl.load_workbook(path).sheetnames[0] == OVERVIEW
        assert {each.name for each in tmp_path.iterdir()} == {"befunde.xlsx", "fallzahlen.csv"}

    def test_that_cannot_be_written_says_so(self, tmp_path, monthly, monthly_findings):
        path = tmp_path / "ordner.xlsx"
        path.mkdir()

        with pytest.raises(UsageError, match="lässt sich nicht schreiben"):
            write_findings_workbook(path, monthly_findings, [monthly], title="Probe")
        assert {each.name for each in tmp_path.iterdir()} == {"ordner.xlsx", "fallzahlen.csv"}

    def test_path_may_be_a_file_or_a_folder(self, tmp_path):
        assert resolve_workbook_path(tmp_path, "probe") == tmp_path / "befunde-probe.xlsx"
        assert resolve_workbook_path(tmp_path / "a.xlsx", "probe") == tmp_path / "a.xlsx"
        with pytest.raises(UsageError, match=r"Endung \.xlsx"):
            resolve_workbook_path(tmp_path / "a.csv", "probe")
        with pytest.raises(UsageError, match="gibt es nicht"):
            resolve_workbook_path(tmp_path / "fehlt" / "a.xlsx", "probe")


class TestWords:
    def test_every_check_and_severity_has_a_name(self):
        assert tuple(CHECK_WORDS) == tuple(sorted(CHECKS, key=list(CHECK_WORDS).index))
        assert {*CHECK_WORDS} == {*CHECKS}
        assert tuple(SEVERITY_WORDS) == SEVERITIES

    def test_counts_add_up(self):
        findings = _findings(
            {"file": "f", "row": 1},
            {"file": "f", "row": 2, "accepted": "weil"},
            {"file": "f", "row": 3, "severity": "hinweis", "check": "lesen"},
            {"file": "f", "row": 4, "check": "luecke", "severity": "warnung"},
        )

        assert count_findings(findings).to_dict("list") == {
            "check": ["wert", "luecke", "lesen"],
            "fehler": [1, 0, 0],
            "warnung": [0, 1, 0],
            "hinweis": [0, 0, 1],
            "accepted": [1, 0, 0],
        }
        assert count_findings(findings.iloc[:0]).empty
