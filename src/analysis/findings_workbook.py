"""The return workbook: findings for an office, its own tables, the cells in question marked.

The workbook holds figures before disclosure control. It is for the office that delivered them and
never belongs into the folder of a report.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter

from analysis.delivered import Delivered, read_delivered
from analysis.errors import UsageError
from analysis.findings_text import (
    CHECK_WORDS,
    SEVERITY_WORDS,
    WITHHELD,
    count_findings,
    protect_findings,
)
from analysis.readers.sheets import address
from analysis.sources import RawFile

MOST_ROWS = 5_000
MOST_LISTED = 20_000
OVERVIEW = "Übersicht"

_MOST_CHARACTERS = 32_000  # a cell holds 32 767
_COMMENT_CHARACTERS = 2_000
_LAST_ROW = 1_048_576
# Characters beyond the basic plane count twice in the length of a name.
_FORBIDDEN = re.compile(
    "[\\[\\]:*?/\\\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff\U00010000-\U0010ffff]"
)
_LONGEST_SHEET_NAME = 31
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
# The bytes must not depend on when they are written.
_CREATED = dt.datetime(2000, 1, 1)
_MARK = "Befunde (Kennung)"
_LINE = "Zeile"

_COLUMNS = (
    ("Kennung", 25),
    ("Schwere", 10),
    ("Datei", 24),
    ("Zeile", 8),
    ("Spalte", 20),
    ("Zelle", 16),
    ("Befund", 48),
    ("gefunden", 22),
    ("erwartet", 26),
    ("Zeile übernommen", 12),
    ("angenommen, weil", 26),
    ("Antwort der Dienststelle", 36),
    ("korrigierter Wert", 18),
)
_TAKEN = {"nein": "ja", "teilweise": "zum Teil", "ja": "nein"}
_INSTRUCTIONS = (
    "Diese Arbeitsmappe nennt, was bei der Prüfung der gelieferten Dateien aufgefallen ist. "
    "Wir bitten um Ihre Rückmeldung zu jeder Zeile der Liste.",
    "1. Die Angabe in der Spalte »Zelle« führt zur fraglichen Stelle auf dem Blatt der Datei. "
    "Sie ist dort fett gesetzt, farbig hinterlegt und mit einem Kommentar versehen; außerdem "
    f"nennt die Spalte »{_MARK}« jede Zeile mit Befund.",
    "2. Bitte tragen Sie in »Antwort der Dienststelle« ein, wie es zu der Angabe kam, und in "
    "»korrigierter Wert« den richtigen Wert. Ist die Angabe richtig, genügt »trifft zu«.",
    "3. Die Blätter der Dateien bitten wir nicht zu ändern. Bei vielen Korrekturen liefern Sie "
    "die Datei bitte neu.",
    "4. »Fehler« lassen einen Bericht nicht zu; bei »Warnung« und »Hinweis« bitten wir um "
    "Durchsicht. Befunde mit einem Eintrag in »angenommen, weil« sind bereits geklärt.",
    "5. Spalten mit personenbezogenen Angaben und Spalten, die nicht ausgewertet werden, sind "
    f"nicht wiedergegeben: »{WITHHELD}«. Bitte tragen Sie auch in Ihre Antworten keine Namen, "
    "Aktenzeichen oder anderen personenbezogenen Angaben ein.",
)

_MARKED: dict[str, object] = {"bold": True, "bg_color": "#FFE08A", "border": 1}
# What begins like a formula stays a text when the cell is edited, too.
_QUOTED: dict[str, object] = {"quote_prefix": True}
_STYLES: dict[str, dict[str, object]] = {
    "text": {},
    "wrap": {"text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "bg_color": "#E7E6E6", "text_wrap": True},
    "marked": _MARKED,
    "mark": {"bold": True},
    "note": {"italic": True},
    "withheld": {"italic": True, "font_color": "#595959"},
    "answer": {"text_wrap": True, "bg_color": "#F3F8EC", "border": 4},
    "link": {"font_color": "#0B4F9E", "underline": 1},
    "quoted_text": _QUOTED,
    "quoted_wrap": {"text_wrap": True, **_QUOTED},
    "quoted_marked": {**_MARKED, **_QUOTED},
}


class _Mark(NamedTuple):
    finding_id: str
    text: str


class _Sheet(NamedTuple):
    """A delivered table and where its cells stand on its sheet."""

    name: str
    table: Delivered
    rows: dict[int, int]
    shift: int
    mark_column: int
    most_rows: int

    def place(self, line: int, column: str) -> list[tuple[int, int]]:
        """Return the cells that a finding is about; the mark of its row where none is known."""
        if line not in self.rows:
            return []
        row = self.rows[line]
        fields = self.table.cells[line]
        found = [place for place in self.table.locate(column) if place < len(fields)]
        return [(row, place + self.shift) for place in found] or [(row, self.mark_column)]


def resolve_workbook_path(given: str | Path, edition: str) -> Path:
    """Return where the workbook is to be written.

    Args:
        given: a file ``….xlsx``, or a folder, in which it is called ``befunde-<edition>.xlsx``.
        edition: name of the edition.

    Raises:
        UsageError: the file is no ``.xlsx``, or its folder does not exist.
    """
    path = Path(given)
    if path.is_dir():
        return path / f"befunde-{edition}.xlsx"
    if path.suffix.lower() != ".xlsx":
        raise UsageError(
            f"Arbeitsmappe »{path.name}«: Erwartet wird ein Dateiname mit der Endung .xlsx oder "
            "ein vorhandener Ordner."
        )
    if not path.parent.is_dir():
        raise UsageError(f"Den Ordner »{path.parent}« für die Arbeitsmappe gibt es nicht.")
    return path


def write_findings_workbook(
    path: Path, findings: pd.DataFrame, raw_files: Sequence[RawFile], *, title: str
) -> Path:
    """Write the return workbook; an older one at the same place is replaced as a whole.

    Args:
        path: file to write.
        findings: table ``findings`` with identifiers.
        raw_files: raw files of the edition.
        title: title of the edition's report.

    Raises:
        UsageError: the file cannot be written, for instance because it is open in a program.
        DataError: a raw file cannot be read.
    """
    content = build_findings_workbook(findings, raw_files, title=title)
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(content)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise UsageError(
            f"Die Arbeitsmappe »{path.name}« lässt sich nicht schreiben ({error.strerror}). Ist "
            "sie noch geöffnet?"
        ) from None
    return path


def build_findings_workbook(
    findings: pd.DataFrame,
    raw_files: Sequence[RawFile],
    *,
    title: str,
    most_rows: int = MOST_ROWS,
    most_listed: int = MOST_LISTED,
) -> bytes:
    """Return the return workbook; the same input gives the same bytes.

    Args:
        findings: table ``findings`` with identifiers.
        raw_files: raw files of the edition.
        title: title of the edition's report.
        most_rows: lines of a table on its sheet; of longer tables only those around findings.
        most_listed: findings in the list.

    Raises:
        DataError: a raw file cannot be read.
    """
    about_data = findings.loc[findings["check"] != "annahme"]
    ordered = _order(about_data)
    by_name = {raw.name: raw for raw in raw_files}
    tables = {
        file: read_delivered(by_name[file], lines, most_rows=most_rows)
        for file, lines in _list_lines(ordered).items()
        if file in by_name
    }
    exports: dict[str, tuple[str, ...]] = {
        raw.name: () for raw in raw_files if raw.mapping is not None
    }
    withheld = {file: table.list_withheld_names() for file, table in tables.items()}
    protected = protect_findings(ordered, exports | withheld)
    sheets = _arrange(tables, most_rows)
    listed = protected.head(most_listed)
    return _write(listed, protected, sheets, title)


def _order(findings: pd.DataFrame) -> pd.DataFrame:
    severity = findings["severity"].map({word: n for n, word in enumerate(SEVERITY_WORDS)})
    is_accepted = findings["accepted"].astype("str") != ""
    keyed = findings.assign(_accepted=is_accepted, _severity=severity)
    keys = ["_accepted", "_severity", "file", "row", "column"]
    ordered = keyed.sort_values(keys, kind="stable", ignore_index=True)
    return ordered.drop(columns=["_accepted", "_severity"])


def _list_lines(findings: pd.DataFrame) -> dict[str, list[int]]:
    """Return the lines with findings of each file, the severest first."""
    single = findings.loc[findings["row"] > 0]
    return {
        str(file): list(dict.fromkeys(rows["row"].astype(int).tolist()))
        for file, rows in single.groupby("file", sort=True)
    }


def _arrange(tables: Mapping[str, Delivered], most_rows: int) -> dict[str, _Sheet]:
    taken = {OVERVIEW.casefold()}
    sheets = {}
    for file, table in tables.items():
        name = name_sheet(file, taken)
        taken.add(name.casefold())
        if table.is_whole:
            rows = {line: line - 1 for line in table.cells if line <= _LAST_ROW}
            sheets[file] = _Sheet(name, table, rows, 0, table.width, most_rows)
        else:
            sheets[file] = _Sheet(name, table, _pack(table), 2, 1, most_rows)
    return sheets


def _pack(table: Delivered) -> dict[int, int]:
    """Return the row of each line of an excerpt: below a note, with a gap where lines are left out.

    Row 0 holds the note; a multi-line header begins in row 1.
    """
    rows: dict[int, int] = {}
    row, previous = 0, 0
    for line in sorted(table.cells):
        is_gap = bool(rows) and line - previous > 1
        row += 2 if is_gap else 1
        rows[line] = row
        previous = line
    return rows


def name_sheet(file: str, taken: Iterable[str]) -> str:
    """Return a name for a file's sheet that Excel accepts and that is not taken.

    Args:
        file: file name.
        taken: names in use, in lower case.
    """
    in_use = {*taken, "history"}
    base = _FORBIDDEN.sub("_", file).strip("' ") or "Datei"
    name, number = base[:_LONGEST_SHEET_NAME].rstrip("' "), 2
    while name.casefold() in in_use:
        ending = f" ({number})"
        name = base[: _LONGEST_SHEET_NAME - len(ending)].rstrip("' ") + ending
        number += 1
    return name


class _Writer:
    """The workbook under construction and its formats."""

    def __init__(self, stream: io.BytesIO) -> None:
        self.book = xlsxwriter.Workbook(
            stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self.book.set_properties({"created": _CREATED, "author": "", "company": ""})
        base = {"font_name": "Calibri", "font_size": 10, "valign": "top", "num_format": "@"}
        self.formats = {
            name: self.book.add_format({**base, **style}) for name, style in _STYLES.items()
        }

    def write(self, sheet: Any, row: int, column: int, text: str, style: str = "text") -> None:  # noqa: ANN401
        """Write a text as a text, whatever it looks like."""
        clean = _UNWRITABLE.sub("\ufffd", text)
        if len(clean) > _MOST_CHARACTERS:
            clean = clean[:_MOST_CHARACTERS] + " … (gekürzt)"
        if clean.startswith(("=", "+", "-", "@", "\t", "\r")):
            quoted = f"quoted_{style}"
            style = quoted if quoted in self.formats else style
        if clean:
            sheet.write_string(row, column, clean, self.formats[style])
        else:
            sheet.write_blank(row, column, None, self.formats[style])


def _write(
    listed: pd.DataFrame, findings: pd.DataFrame, sheets: Mapping[str, _Sheet], title: str
) -> bytes:
    stream = io.BytesIO()
    writer = _Writer(stream)
    overview = writer.book.add_worksheet(OVERVIEW)
    _write_overview(writer, overview, listed, findings, sheets, title)
    for file, sheet in sheets.items():
        marks = _gather_marks(findings.loc[findings["file"] == file], sheet)
        _write_sheet(writer, sheet, marks, title)
    writer.book.close()
    return stream.getvalue()


def _write_overview(
    writer: _Writer,
    page: Any,  # noqa: ANN401 - xlsxwriter has no types
    listed: pd.DataFrame,
    findings: pd.DataFrame,
    sheets: Mapping[str, _Sheet],
    title: str,
) -> None:
    writer.write(page, 0, 0, f"Befunde zu den gelieferten Daten: {title}", "title")
    row = 2
    last = len(_COLUMNS) - 1
    for text in _INSTRUCTIONS:
        page.merge_range(row, 0, row, last, text, writer.formats["wrap"])
        page.set_row(row, 28)
        row += 1
    row = _write_counts(writer, page, row + 1, findings) + 1
    if len(listed) < len(findings):
        text = (
            f"Die Liste nennt die {_thousands(len(listed))} wichtigsten von "
            f"{_thousands(len(findings))} Befunden."
        )
        writer.write(page, row, 0, text, "note")
        row += 1
    for column, (label, width) in enumerate(_COLUMNS):
        page.set_column(column, column, width)
        writer.write(page, row, column, label, "head")
    first = row + 1
    for number, finding in enumerate(listed.to_dict("records")):
        _write_finding(writer, page, first + number, finding, sheets.get(str(finding["file"])))
    page.autofilter(row, 0, max(first, first + len(listed) - 1), last)
    page.freeze_panes(first, 1)
    page.repeat_rows(row)
    _set_up_print(page, title)


def _write_counts(writer: _Writer, page: Any, row: int, findings: pd.DataFrame) -> int:  # noqa: ANN401
    heads = ("Prüfung", "", "Fehler", "Warnung", "Hinweis", "angenommen")
    for column, text in enumerate(heads):
        writer.write(page, row, column, text, "head")
    names = [*SEVERITY_WORDS, "accepted"]
    for counts in count_findings(findings).to_dict("records"):
        row += 1
        writer.write(page, row, 0, CHECK_WORDS.get(counts["check"], counts["check"]))
        for column, name in enumerate(names, start=2):
            page.write_number(row, column, counts[name])
    return row + 1


def _write_finding(
    writer: _Writer,
    page: Any,  # noqa: ANN401
    row: int,
    finding: Mapping[Any, Any],
    sheet: _Sheet | None,
) -> None:
    line = int(finding["row"])
    texts = (
        str(finding["finding_id"]),
        SEVERITY_WORDS.get(str(finding["severity"]), str(finding["severity"])),
        str(finding["file"]),
        str(line) if line else "ganze Datei",
        str(finding["column"]),
        "",
        str(finding["message"]),
        str(finding["found"]),
        str(finding["expected"]),
        _TAKEN.get(str(finding["rejected"]), ""),
        str(finding["accepted"]),
    )
    for column, text in enumerate(texts):
        writer.write(page, row, column, text, "wrap")
    for column in range(len(texts), len(_COLUMNS)):
        writer.write(page, row, column, "", "answer")
    places = sheet.place(line, str(finding["column"])) if sheet and line else []
    if sheet and places:
        cell = address((places[0][0] + 1, places[0][1]))
        quoted = sheet.name.replace("'", "''")
        label = f"zu {cell}" if places[0][1] != sheet.mark_column else f"zur Zeile ({cell})"
        target = f"internal:'{quoted}'!{cell}"
        page.write_url(row, 5, target, writer.formats["link"], label)
    elif line:
        writer.write(page, row, 5, "nicht wiedergegeben", "note")


def _gather_marks(findings: pd.DataFrame, sheet: _Sheet) -> dict[tuple[int, int], list[_Mark]]:
    marks: dict[tuple[int, int], list[_Mark]] = {}
    for finding in findings.loc[findings["row"] > 0].to_dict("records"):
        parts = [f"{finding['finding_id']}: {finding['message']}"]
        if finding["found"]:
            parts.append(f"Gefunden: {finding['found']}")
        if finding["expected"]:
            parts.append(f"Erwartet: {finding['expected']}")
        mark = _Mark(str(finding["finding_id"]), "\n".join(parts))
        for place in sheet.place(int(finding["row"]), str(finding["column"])):
            marks.setdefault(place, []).append(mark)
    return marks


def _write_sheet(
    writer: _Writer, sheet: _Sheet, marks: Mapping[tuple[int, int], Sequence[_Mark]], title: str
) -> None:
    page = writer.book.add_worksheet(sheet.name)
    table = sheet.table
    header = {*table.header}
    row_marks: dict[int, list[str]] = {}
    for (row, _), found in marks.items():
        row_marks.setdefault(row, []).extend(mark.finding_id for mark in found)
    for line, row in sheet.rows.items():
        for place, text in enumerate(table.cells[line]):
            at = (row, place + sheet.shift)
            style = "head" if line in header else "text"
            if at in marks:
                style = "marked"
            elif text is None:
                style = "withheld"
            if text is None or text or at in marks:
                writer.write(page, *at, WITHHELD if text is None else text, style)
        if not table.is_whole:
            writer.write(page, row, 0, str(line))
        if row in row_marks:
            identifiers = ", ".join(dict.fromkeys(row_marks[row]))
            writer.write(page, row, sheet.mark_column, f"▶ {identifiers}", "mark")
    for at, found in sorted(marks.items()):
        _write_comment(page, at, found)
    _finish_sheet(writer, page, sheet, title)


def _write_comment(page: Any, at: tuple[int, int], marks: Sequence[_Mark]) -> None:  # noqa: ANN401
    text = _UNWRITABLE.sub("\ufffd", "\n\n".join(mark.text for mark in marks))
    if len(text) > _COMMENT_CHARACTERS:
        text = text[:_COMMENT_CHARACTERS] + " … (gekürzt)"
    lines = sum(1 + len(line) // 48 for line in text.split("\n"))
    size = {"width": 320, "height": min(400, 20 + 17 * lines), "author": "Prüfung"}
    page.write_comment(*at, text, size)


def _finish_sheet(writer: _Writer, page: Any, sheet: _Sheet, title: str) -> None:  # noqa: ANN401
    table = sheet.table
    top = sheet.rows.get(max(table.header), 0)
    page.set_column(0, max(sheet.mark_column, table.width + sheet.shift), 16)
    page.set_column(sheet.mark_column, sheet.mark_column, 30)
    writer.write(page, top, sheet.mark_column, _MARK, "head")
    if not table.is_whole:
        page.set_column(0, 0, 10)
        writer.write(page, top, 0, _LINE, "head")
        text = (
            f"Auszug aus {table.name}: die Kopfzeile und die Zeilen mit Befunden mit je zwei "
            f"Zeilen davor und danach, höchstens {_thousands(sheet.most_rows)} Zeilen. Die Spalte "
            f"»{_LINE}« nennt die Zeile der gelieferten Datei."
        )
        writer.write(page, 0, 0, text, "note")
    last = max(sheet.rows.values(), default=0)
    width = max(sheet.mark_column, table.width + sheet.shift - 1)
    page.autofilter(top, 0, max(last, top + 1), width)
    page.freeze_panes(top + 1, 2 if sheet.shift else 1)
    page.repeat_rows(top)
    _set_up_print(page, title)


def _set_up_print(page: Any, title: str) -> None:  # noqa: ANN401
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5)
    page.print_row_col_headers()
    safe = title.replace("&", "&&")[:120]
    page.set_footer(f"&L{safe}&C&A&RSeite &P von &N")


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")
