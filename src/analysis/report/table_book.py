"""One workbook with all tables of a report: contents, then a sheet per table."""

from __future__ import annotations

import datetime as dt
import io
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import xlsxwriter

from analysis.editions import Edition
from analysis.presentation.formats import format_date
from analysis.presentation.html import is_web_address
from analysis.presentation.signs import MEANINGS
from analysis.report.table_files import (
    FORMULA_STARTS,
    MEASURE_HEADING,
    DataField,
    DataTable,
    Role,
    clean_text,
    name_measure,
)

CONTENTS = "Inhalt"
WARNING = "Musterdaten: Alle Zahlen sind erfunden."

# A fixed date: the same inputs give the same bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_FORBIDDEN = str.maketrans("[]:*?/\\'", " " * 8)
_LONGEST_NAME = 31
_MOST_CHARACTERS = 32_000
_LONGEST_ADDRESS = 2_000
_LONGEST_LINK = 255
_WIDEST = 60
_NARROWEST = 11
_LEAST_WIDTH = 90
"""Width of titles and remarks at least, in characters; they reach over empty columns."""
_EMPTY_WIDTH = 13.0
_LANDSCAPE_FROM = 100
_LINE = 15.0
"""Height of a line in points."""
_HIGHEST = 400.0
_GERMAN = "[$-407]"
"""Prefix of a number format: German separators also where the program is not set to German."""

_BASE: Mapping[str, object] = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
_STYLES: Mapping[str, Mapping[str, object]] = {
    "text": {"text_wrap": True},
    "cell": {"text_wrap": True, "align": "left", "indent": 1},
    "title": {"bold": True, "font_size": 14, "text_wrap": True, "valign": "vcenter"},
    "subject": {"text_wrap": True},
    "warning": {"bold": True, "font_color": "#9C0006", "bg_color": "#FFE3E3", "text_wrap": True},
    "about": {"font_color": "#404040", "text_wrap": True},
    "head": {
        "bold": True,
        "bottom": 1,
        "bg_color": "#E7E6E6",
        "text_wrap": True,
        "align": "left",
        "indent": 1,
    },
    "head_right": {
        "bold": True,
        "bottom": 1,
        "bg_color": "#E7E6E6",
        "text_wrap": True,
        "align": "right",
    },
    "measure": {
        "italic": True,
        "font_size": 9,
        "font_color": "#404040",
        "text_wrap": True,
        "align": "left",
        "indent": 1,
    },
    "measure_right": {
        "italic": True,
        "font_size": 9,
        "font_color": "#404040",
        "text_wrap": True,
        "align": "right",
    },
    "sign": {"align": "right"},
    "link": {"font_color": "#0B4F9E", "underline": 1, "text_wrap": True},
}
_EXPLAINED: Mapping[Role, str] = {
    "lower": "»…_von« und »…_bis« sind Unter- und Obergrenze einer Zahl; ein leeres Feld heißt, "
    "dass diese Seite offen ist.",
    "wording": "»…_angabe« ist der Wortlaut des Berichts. Steht daneben keine Zahl, nennt der "
    "Bericht nur eine Grenze oder Spanne.",
}


class _Paper(NamedTuple):
    """What all sheets share."""

    book: Any
    edition: Edition
    formats: dict[str, Any]

    def number(self, digits: int) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Return the format of a number with as many decimal places."""
        name = f"number {digits}"
        if name not in self.formats:
            places = "." + "0" * digits if digits else ""
            self.formats[name] = self.book.add_format(
                {**_BASE, "num_format": f"{_GERMAN}#,##0{places}", "align": "right"}
            )
        return self.formats[name]

    def text(self, style: str, text: str) -> Any:  # noqa: ANN401
        """Return a format; one that keeps a text a text when the cell is edited, if need be."""
        if not text.lstrip().startswith(FORMULA_STARTS):
            return self.formats[style]
        name = f"quoted {style}"
        if name not in self.formats:
            kept = {**_BASE, **_STYLES[style], "quote_prefix": True}
            self.formats[name] = self.book.add_format(kept)
        return self.formats[name]


def write_book(tables: Sequence[DataTable], edition: Edition, *, state_of_data: str) -> bytes:
    """Return the workbook; the same tables give the same bytes.

    Args:
        tables: tables of the report, in its order.
        edition: the edition that the report was built for.
        state_of_data: German text that says how recent the data are.
    """
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        about = {"title": f"{edition.title}: Tabellen", "created": _CREATED}
        book.set_properties({**about, "author": "", "company": ""})
        formats = {name: book.add_format({**_BASE, **style}) for name, style in _STYLES.items()}
        paper = _Paper(book, edition, formats)
        names = name_sheets([table.label for table in tables])
        contents = book.add_worksheet(CONTENTS)
        _write_contents(contents, tables, names, paper, state_of_data)
        for table, name in zip(tables, names, strict=True):
            _write_sheet(book.add_worksheet(name), table, paper)
    return stream.getvalue()


def name_sheets(labels: Iterable[str]) -> list[str]:
    """Return a name for each sheet that Excel accepts and no other sheet has."""
    taken = {CONTENTS.casefold(), "history"}
    names = []
    for label in labels:
        base = clean_text(label).translate(_FORBIDDEN)
        base = " ".join(base.split()) or "Tabelle"
        name, number = base[:_LONGEST_NAME].rstrip(), 2
        while name.casefold() in taken:
            ending = f" ({number})"
            name, number = base[: _LONGEST_NAME - len(ending)].rstrip() + ending, number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _write_contents(
    page: Any,  # noqa: ANN401
    tables: Sequence[DataTable],
    names: Sequence[str],
    paper: _Paper,
    state_of_data: str,
) -> None:
    edition = paper.edition
    widths = (18, 78, 34, 40)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    row = 0
    if edition.origin == "synthetic" or any(table.synthetic for table in tables):
        row = _write_wide(page, row, WARNING, paper, "warning", widths)
    row = _write_wide(page, row, f"{edition.title}: Tabellen", paper, "title", widths)
    for line in (
        edition.subtitle,
        f"Stand der Daten: {state_of_data}. Stichtag: {format_date(edition.parameters.stichtag)}.",
        "Jede Tabelle des Berichts und jede Tabelle hinter einem Diagramm steht auf einem eigenen "
        "Blatt. Zahlen sind gerundet wie im Bericht. Eine gezählte Null steht als 0, auch wo der "
        "Bericht »–« schreibt.",
        *_EXPLAINED.values(),
    ):
        row = _write_wide(page, row, line, paper, "about", widths)
    signs = {sign for table in tables for field in table.fields for sign in field.signs}
    for sign in (sign for sign in MEANINGS if sign in signs):
        row = _write_wide(page, row, f"»{sign}« = {MEANINGS[sign]}", paper, "about", widths)
    row += 1
    for column, text in enumerate(("Blatt", "Titel", "Kapitel", "auch als Datei")):
        page.write_string(row, column, text, paper.formats["head"])
    for number, (table, name) in enumerate(zip(tables, names, strict=True), start=row + 1):
        page.write_url(number, 0, f"internal:'{name}'!A1", paper.formats["link"], name)
        texts = (table.title, table.chapter, f"{table.name}.csv")
        _fit_height(page, number, ("", *texts), widths)
        for column, text in enumerate(texts, start=1):
            _write_text(page, number, column, text, paper, "cell")
    page.freeze_panes(row + 1, 1)
    _set_up_print(page, row, row, paper, is_wide=True)


def _write_sheet(page: Any, table: DataTable, paper: _Paper) -> None:  # noqa: ANN401
    own = _measure_widths(table)
    missing = max(math.ceil((_LEAST_WIDTH - sum(own)) / _EMPTY_WIDTH), 0)
    widths = [*own, *[_EMPTY_WIDTH] * missing]
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    row = 0
    if table.synthetic:
        row = _write_wide(page, row, WARNING, paper, "warning", widths)
    row = _write_wide(page, row, f"{table.label}: {table.title}", paper, "title", widths)
    row = _write_wide(page, row, table.subject, paper, "subject", widths)
    page.write_url(row, 0, f"internal:'{CONTENTS}'!A1", paper.formats["link"], "zum Inhalt")
    first = _write_heads(page, row + 1, table, paper, own)
    for number, values in enumerate(table.rows, start=first):
        _fit_height(page, number, [v if isinstance(v, str) else "" for v in values], own)
        _write_row(page, number, table.fields, values, paper)
    last = first + max(len(table.rows), 1) - 1
    page.autofilter(first - 1, 0, last, len(table.fields) - 1)
    # Years and numbers within words are meant to be texts.
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    _write_below(page, last + 2, table, paper, widths)
    page.freeze_panes(first, 1)
    _set_up_print(page, row + 1, first - 1, paper, is_wide=sum(widths) > _LANDSCAPE_FROM)


def _write_heads(
    page: Any,  # noqa: ANN401
    row: int,
    table: DataTable,
    paper: _Paper,
    widths: Sequence[float],
) -> int:
    """Write what each column counts, below it the headings; return the first row of data."""
    named = [name_measure(field.measure) if field.measure else "" for field in table.fields]
    lines = [("head", [field.name for field in table.fields])]
    if any(named):
        first = f"{MEASURE_HEADING}: {named[0]}" if named[0] else MEASURE_HEADING
        lines.insert(0, ("measure", [first, *named[1:]]))
    for style, texts in lines:
        # The arrow of the filter needs room; what is counted stands in smaller letters.
        room = -2.0 if style == "head" else 3.0
        _fit_height(page, row, texts, [width + room for width in widths])
        for column, (field, text) in enumerate(zip(table.fields, texts, strict=True)):
            aligned = f"{style}_right" if field.is_figure else style
            _write_text(page, row, column, text, paper, aligned)
        row += 1
    return row


def _write_row(
    page: Any,  # noqa: ANN401
    row: int,
    fields: Sequence[DataField],
    values: Sequence[Decimal | str | None],
    paper: _Paper,
) -> None:
    for column, (field, value) in enumerate(zip(fields, values, strict=True)):
        if isinstance(value, Decimal):
            exponent = value.as_tuple().exponent
            digits = max(-exponent, 0) if isinstance(exponent, int) else 0
            page.write_number(row, column, float(value), paper.number(digits))
        elif value:
            style = "sign" if field.is_figure else "cell"
            _write_text(page, row, column, value, paper, style)


def _write_below(
    page: Any,  # noqa: ANN401
    row: int,
    table: DataTable,
    paper: _Paper,
    widths: Sequence[float],
) -> None:
    signs = {sign for field in table.fields for sign in field.signs}
    units = dict.fromkeys(f"{field.title}: {field.unit}" for field in table.fields if field.unit)
    lines = [
        f"Anmerkung: {table.note}" if table.note else "",
        f"Einheiten: {'; '.join(units)}" if units else "",
        *(f"»{sign}« = {MEANINGS[sign]}" for sign in MEANINGS if sign in signs),
        *(text for role, text in _EXPLAINED.items() if role in {f.role for f in table.fields}),
        f"Kapitel: {table.chapter}",
        "Quellen:" if table.sources else "",
    ]
    for line in filter(None, lines):
        row = _write_wide(page, row, line, paper, "about", widths)
    for source in table.sources:
        title = clean_text(source.title)
        is_linked = is_web_address(source.url) and len(source.url) < _LONGEST_ADDRESS
        following = _write_wide(page, row, title, paper, "link" if is_linked else "about", widths)
        if is_linked:
            page.write_url(row, 0, source.url, paper.formats["link"], title[:_LONGEST_LINK])
        row = following


def _write_wide(
    page: Any,  # noqa: ANN401
    row: int,
    text: str,
    paper: _Paper,
    style: str,
    widths: Sequence[float],
) -> int:
    """Write a text over the whole width, as high as it needs; return the next row."""
    if not text:
        return row
    clean = text[:_MOST_CHARACTERS]
    size = 1.35 if style == "title" else 1.0
    lines = _count_lines(clean, sum(widths) / size)
    page.set_row(row, _LINE * size * lines + (6 if style in {"title", "warning"} else 0))
    if len(widths) > 1:
        page.merge_range(row, 0, row, len(widths) - 1, "", paper.text(style, clean))
    _write_text(page, row, 0, clean, paper, style)
    return row + 1


def _fit_height(page: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:  # noqa: ANN401
    """Make a row as high as its texts need; not all programs do so by themselves."""
    lines = max(_count_lines(text, width) for text, width in zip(texts, widths, strict=True))
    if lines > 1:
        page.set_row(row, min(_LINE * lines, _HIGHEST))


def _count_lines(text: str, width: float) -> int:
    # A little narrower than stated, as letters differ in width.
    return max(len(textwrap.wrap(text, max(int(width * 0.92) - 1, 4))), 1)


def _write_text(
    page: Any,  # noqa: ANN401
    row: int,
    column: int,
    text: str,
    paper: _Paper,
    style: str = "text",
) -> None:
    """Write a text as a text, whatever it looks like."""
    clean = text[:_MOST_CHARACTERS]
    if clean:
        page.write_string(row, column, clean, paper.text(style, clean))


def _measure_widths(table: DataTable) -> list[float]:
    """Return the width of each column, in characters; together they are never too narrow."""
    widths = []
    for column, field in enumerate(table.fields):
        texts = [row[column] for row in table.rows if row[column] is not None]
        longest = max((_measure_length(value) for value in texts), default=0)
        words = max(map(len, field.name.split()), default=0)
        # Headings wrap, and carry the arrow of the filter.
        head = max(words, math.ceil(len(field.name) / 2)) + 6
        widths.append(float(min(max(math.ceil(longest * 1.1) + 4, head, _NARROWEST), _WIDEST)))
    return widths


def _measure_length(value: Decimal | str | None) -> int:
    if isinstance(value, Decimal):
        return len(f"{value:,f}")
    return len(value or "")


def _set_up_print(page: Any, first: int, last: int, paper: _Paper, *, is_wide: bool) -> None:  # noqa: ANN401
    title = paper.edition.title.replace("&", "&&")
    mark = "&R&BMusterdaten&B" if paper.edition.origin == "synthetic" else ""
    if is_wide:
        page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.7)
    page.fit_to_pages(1, 0)
    page.repeat_rows(first, last)
    # A header holds at most 255 characters.
    page.set_header(f"&L{title[:180]}{mark}")
    page.set_footer("&L&A&RSeite &P von &N")
