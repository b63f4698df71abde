"""What a cell can hold, in each workbook format, and what only one of the formats knows."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
import xlrd
import xlsxwriter
import xlwt
from xlrd.biffh import XLRDError

from analysis.errors import DataError
from analysis.readers.sheets import letter, list_briefly, write_cell
from analysis.readers.workbook import read_workbook

HEADER = ["Form", "Wert", "Rest"]
EXPECTED = {
    "wahr": "WAHR",
    "falsch": "FALSCH",
    "zeitpunkt": "2024-12-31 14:30:00",
    "uhrzeit": "14:30:00",
    "ganz": "12",
    "bruch": "-0,125",
    "text": "a b",
}


def _xlsx() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    stamp = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    clock = book.add_format({"num_format": "hh:mm"})
    for row, label in enumerate(["Form", *EXPECTED]):
        sheet.write(row, 0, label)
    sheet.write_row(0, 1, HEADER[1:])
    sheet.write_boolean(1, 1, True)
    sheet.write_boolean(2, 1, False)
    sheet.write_datetime(3, 1, dt.datetime(2024, 12, 31, 14, 30), stamp)
    sheet.write_datetime(4, 1, dt.time(14, 30), clock)
    for row, value in enumerate((12, -0.125, "a b"), start=5):
        sheet.write(row, 1, value)
    book.close()
    return buffer.getvalue()


def _xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for column, label in enumerate(HEADER):
        sheet.write(0, column, label)
    values = [True, False, dt.datetime(2024, 12, 31, 14, 30), dt.time(14, 30), 12, -0.125, "a b"]
    styles = {3: xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM"),
              4: xlwt.easyxf(num_format_str="HH:MM")}  # fmt: skip
    for row, (label, value) in enumerate(zip(EXPECTED, values, strict=True), start=1):
        sheet.write(row, 0, label)
        sheet.write(row, 1, value, styles.get(row, xlwt.Style.default_style))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _ods(rows: list[str]) -> bytes:
    """An .ods of raw cells: each row is the XML of its cells."""
    head = "".join(_text(label) for label in HEADER)
    body = "".join(f"<t:table-row>{row}</t:table-row>" for row in [head, *rows])
    content = (
        '<d xmlns:t="urn:t" xmlns:o="urn:o" xmlns:p="urn:p" xmlns:c="urn:x:calcext:1.0">'
        f'<t:table t:name="A">{body}</t:table></d>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def _text(text: str) -> str:
    return f'<t:table-cell o:value-type="string"><p:p>{text}</p:p></t:table-cell>'


ODS_CELLS = {
    "wahr": '<t:table-cell o:value-type="boolean" o:boolean-value="true"/>',
    "falsch": '<t:table-cell o:value-type="boolean" o:boolean-value="false"/>',
    "zeitpunkt": '<t:table-cell o:value-type="date" o:date-value="2024-12-31T14:30:00"/>',
    "uhrzeit": '<t:table-cell o:value-type="time" o:time-value="PT14H30M00S"/>',
    "ganz": '<t:table-cell o:value-type="float" o:value="12"/>',
    "bruch": '<t:table-cell o:value-type="currency" o:value="-0.125"/>',
    "text": _text("a<p:s/>b"),
}


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_each_kind_of_cell_becomes_the_same_text(kind):
    content = {
        "xlsx": _xlsx,
        "xls": _xls,
        "ods": lambda: _ods([_text(label) + cell for label, cell in ODS_CELLS.items()]),
    }[kind]()
    # »Rest« keeps the table at three columns, though nothing stands in it
    rows = read_workbook(content, name="x").rows
    assert dict(zip(rows["Form"], rows["Wert"], strict=True)) == EXPECTED


def test_text_of_an_ods_cell():
    rows = [
        _text("n") + _text('1<p:tab/>2<p:line-break/>3<p:s p:c="2"/>4'),
        _text("m") + '<t:table-cell o:value-type="string"><o:annotation><p:p>geheim</p:p>'
        "</o:annotation><p:p>eins</p:p><p:p>zwei</p:p></t:table-cell>",
        _text("r") + '<t:table-cell o:value-type="float" o:value="x"><p:p>kaputt</p:p>'
        "</t:table-cell>",
    ]
    read = read_workbook(_ods(rows), name="x")
    assert read.rows["Wert"].tolist() == ["1\t2\n3  4", "eins\nzwei", "kaputt"]


def test_errors_and_missing_results_of_ods_formulas():
    rows = [
        _text("a") + '<t:table-cell t:formula="of:=1/0" o:value-type="string" '
        'c:value-type="error"><p:p>#DIV/0!</p:p></t:table-cell>',
        _text("b") + '<t:table-cell t:formula="of:=[.A1]"/>' + _text("z"),
        _text("c") + '<t:table-cell t:formula="of:=x" o:value-type="float" o:value="0">'
        "<p:p>Err:508</p:p></t:table-cell>",
    ]
    read = read_workbook(_ods(rows), name="x")
    assert read.rows["Wert"].tolist() == ["#DIV/0!", "", "Err:508"]
    texts = [remark.text for remark in read.remarks]
    assert "Fehler in Zelle B2: #DIV/0!" in texts
    assert "Fehler in Zelle B4: Err:508" in texts
    assert "Formel in B3 ohne gespeichertes Ergebnis; die Zelle bleibt leer." in texts


def test_row_that_stands_only_in_hidden_columns_is_named():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for number, values in enumerate((["a", "b", "c"], [1, 2, 3], [None, None, 4])):
        sheet.write_row(number, 0, values)
    sheet.set_column(2, 2, None, None, {"hidden": True})
    book.close()
    read = read_workbook(buffer.getvalue(), name="x", hidden="leave")
    assert read.rows["source_row"].tolist() == [2]
    assert [r.line for r in read.remarks if "nur in verborgenen" in r.text] == [3]


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (XLRDError("Workbook is encrypted"), "Kennwort"),
        (XLRDError("Can't find workbook"), "lässt sich nicht lesen"),
        (MemoryError(), "Speicher"),
        (IndexError(), "beschädigt"),
    ],
)
def test_refusals_of_xlrd_are_told_in_german(workbooks, monkeypatch, error, part):
    def fail(**_):
        raise error

    monkeypatch.setattr(xlrd, "open_workbook", fail)
    with pytest.raises(DataError, match=part):
        read_workbook(workbooks["xls"], name="x")


def test_writing_of_cells():
    assert write_cell(None) == ""
    assert write_cell(dt.timedelta(hours=26, minutes=5)) == "26:05:00"
    assert write_cell(dt.date(2024, 1, 2)) == "2024-01-02"
    assert write_cell(1e21) == "1000000000000000000000"
    assert write_cell(float("inf")) == "Infinity"
    assert write_cell(0.1 + 0.2) == "0,30000000000000004"
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert list_briefly(map(str, range(4)), most=2) == "0, 1 und 2 weitere"


def _raw_xlsx(sheet: str, shared: str = "") -> bytes:
    """An .xlsx of raw XML: date system of 1904, style 1 a date, style 2 a duration."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{relation}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" '
        'Target="/xl/worksheets/s.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {space}><numFmts><numFmt numFmtId="170" '
        'formatCode="[h]:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="170"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {space}>{shared}</sst>",
        "xl/worksheets/s.xml": f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return buffer.getvalue()


SHARED = (
    "<si><t>Amt</t></si><si><r><t>Da</t></r><r><t>tum</t></r><rPh><t>datum</t></rPh></si>"
    "<si><t>Nord_x000D_</t></si>"
)


def test_cells_without_places_dates_of_1904_and_texts_in_pieces():
    sheet = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><r><t>Da</t></r>'
        '<r><t>uer</t></r></is></c></row><row><c t="s"><v>2</v></c><c s="1"><v>44195</v></c>'
        '<c s="2"><v>1.5</v></c></row><row><c t="str"><f>x</f><v>S\u00fcd</v></c>'
        '<c t="d"><v>2024-12-31T00:00:00</v></c><c s="1"><v>9e99</v></c></row>'
    )
    rows = read_workbook(_raw_xlsx(sheet, SHARED), name="x").rows
    assert list(rows.columns) == ["Amt", "Datum", "Dauer", "source_row"]
    assert rows["Datum"].tolist() == ["2024-12-31", "2024-12-31"]
    assert rows["Dauer"].tolist()[0] == "36:00:00"
    assert rows["Dauer"].tolist()[1].startswith("9000000")
    assert [text.strip() for text in rows["Amt"]] == ["Nord", "Süd"]


def test_reference_to_a_text_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="gemeinsamer Text 7"):
        read_workbook(_raw_xlsx('<row><c t="s"><v>7</v></c></row>', SHARED), name="x")
