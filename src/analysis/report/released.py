"""The last look at a finished report: does every file keep the disclosure rule of its edition?

It trusts nothing that came before. It reads the numbers that stand in the files, as a reader
would, and what they say they count (``data-measure``).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import openpyxl
import pandas as pd
from bs4 import BeautifulSoup, Tag

from analysis.disclosure.check import find_violations
from analysis.disclosure.columns import Registry
from analysis.disclosure.gate import find_faults, is_figure, label_registry
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.fields import OBSERVATION_TABLES
from analysis.presentation.blocks import MIME_TYPE, DownloadBlock, FigureBlock, parse_block
from analysis.report.released_tables import check_tables, read_numbers
from analysis.report.table_files import FOLDER as TABLES

_SHOWN = 3
_RECORDS = frozenset({"lauf.json", "zeiten.json", "ro-crate-metadata.json"})
"""Records of the build: checksums, versions, times, numbers of findings; nothing counted."""
_MADE_OF_THE_PAGE = frozenset({".pdf"})
"""Set from the blocks of the page, which is checked; tests hold that it says nothing else."""
_PLAIN_COLUMNS = frozenset({"jahr", "monat", "zeile", "quartal", "stichtag", "nr."})
_VALUE_COLUMNS = ("value", "wert", "lower", "upper", "untergrenze", "obergrenze", "base_value")
# Folded, so that ß is ss.
_MEASURE_COLUMNS = ("measure", "messgrösse")
_ORIGIN_COLUMN = "fundstelle"
_QUOTE_COLUMN = "wortlaut"

_WORKSPACE = re.compile(r"^Edition »[^»«]*« · [^\n]* · Stichtag \d\d\.\d\d\.\d{4}$")


class _Rule(NamedTuple):
    """What the files are checked against."""

    policy: DisclosurePolicy
    registry: Registry
    quotes: Mapping[str, str]

    def judge(self, measure: str, text: str) -> str:
        """Return what is wrong with the numbers of a text that count ``measure``."""
        numbers = [(measure, number) for number in read_numbers(text)]
        found = find_violations(numbers or [(measure, 0.0)], self.policy, self.registry)
        return found[0].message if found else ""


def require_released(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    policy: DisclosurePolicy | None,
    registry: Registry | None = None,
) -> None:
    """Stop where a file of a finished report shows what the rule does not allow.

    Args:
        folder: the report with all files that belong to it.
        tables: released tables of the edition.
        policy: the edition's rule; without one nothing is checked.
        registry: measures by name; by default the project's.

    Raises:
        DisclosureError: names the first faults, without any number.
    """
    if policy is None:
        return
    faults = check_released(folder, tables, policy, registry)
    if faults:
        more = len(faults) - _SHOWN
        rest = f"; und {more} weitere" if more > 0 else ""
        raise DisclosureError(
            "Der Bericht verletzt die Regel zur Geheimhaltung und wurde nicht abgelegt: "
            f"{'; '.join(faults[:_SHOWN])}{rest}."
        )


def check_released(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    policy: DisclosurePolicy,
    registry: Registry | None = None,
) -> list[str]:
    """Return what is wrong with the files of a report, in German, without any number.

    Args:
        folder: the report with all files that belong to it.
        tables: released tables of the edition; quotes in notebooks must be theirs.
        policy: the edition's rule.
        registry: measures by name; by default the project's.
    """
    quotes = {
        str(origin): str(text)
        for name in OBSERVATION_TABLES
        if name in tables
        for origin, text in zip(tables[name]["origin"], tables[name]["published"], strict=True)
    }
    rule = _Rule(policy, label_registry(registry), quotes)
    tables_folder = folder / TABLES
    return [
        *(
            f"{path.relative_to(folder).as_posix()}: {fault}"
            for path in sorted(folder.rglob("*"))
            if path.is_file() and tables_folder not in path.parents
            for fault in _check_file(path, rule)
        ),
        *(f"{TABLES}/{fault}" for fault in check_tables(tables_folder, policy, registry)),
    ]


def _check_file(path: Path, rule: _Rule) -> Iterable[str]:
    if path.name in _RECORDS:
        return []
    if path.suffix.lower() in _MADE_OF_THE_PAGE:
        return []
    check = _CHECKS.get(path.suffix.lower())
    if check is None:
        return [f"Dateien der Art »{path.suffix}« gehören nicht in den Bericht"]
    return list(check(path, rule))


def _check_page(path: Path, rule: _Rule) -> Iterator[str]:
    yield from check_html_numbers(path.read_text("utf-8"), rule.policy, rule.registry)


def check_html_numbers(
    html: str, policy: DisclosurePolicy, registry: Registry | None = None
) -> Iterator[str]:
    """Yield what is wrong with the numbers of an HTML text, without any number."""
    rule = _Rule(policy, label_registry(registry), {})
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        yield from _check_table(table, rule)
    for span in soup.select("span.num, [data-measure]:not(td):not(th)"):
        yield from _check_element(span, _name_block(span), rule)
    for svg in soup.find_all("svg"):
        if svg.find_parent("svg") is None:
            yield from _check_chart(svg, rule)


def _check_table(table: Tag, rule: _Rule) -> Iterator[str]:
    heads = [_text(head) for head in table.select("thead th")]
    for row in table.select("tbody tr"):
        for place, cell in enumerate(row.find_all(["td", "th"])):
            if cell.select_one(".sign") is not None:
                if read_numbers(_text(cell)):
                    yield f"{_name_block(cell)}: Statt eines Zeichens steht eine Zahl"
                continue
            if cell.get("data-measure") is None and not is_figure(_text(cell)):
                continue
            head = heads[place] if place < len(heads) else ""
            yield from _check_element(cell, f"{_name_block(cell)}, Spalte »{head}«", rule)


def _check_element(element: Tag, where: str, rule: _Rule) -> Iterator[str]:
    measure = str(element.get("data-measure", ""))
    if not measure:
        yield f"{where}: Zahl ohne Angabe der Messgröße"
    elif fault := rule.judge(measure, _text(element)):
        yield f"{where}: {fault}"


def _check_chart(svg: Tag, rule: _Rule) -> Iterator[str]:
    """Check the numbers written in a chart: those of the table beside it, allowed ones, or ticks.

    A chart does not say what its numbers count, so what its table does not hold must be a number
    that the rule allows for any measure, or stand in a row of evenly spaced axis labels.
    """
    figure = svg.find_parent("figure")
    table = figure.find("table") if figure is not None else None
    known = _list_known(table) if isinstance(table, Tag) else set()
    texts = [(_place(text), _text(text)) for text in svg.find_all("text")]
    ticks = _find_ticks([(place, text) for place, text in texts if is_figure(text)])
    for place, text in texts:
        if not is_figure(text) or (place, text) in ticks:
            continue
        for number in read_numbers(text):
            allowed = not find_violations([("cases", number)], rule.policy, rule.registry)
            if not allowed and not _is_among(number, known, text):
                yield (
                    f"{_name_block(svg)}: Im Diagramm steht eine Zahl, die nicht in seiner "
                    "Tabelle steht"
                )
                return


def _list_known(table: Tag) -> set[float]:
    """Return the numbers of a table; of one that only lists things also how many there are."""
    numbers = set(read_numbers(_text(table)))
    rows = len(table.find_all("tr"))
    return numbers or set(map(float, range(rows + 1)))


def _is_among(number: float, known: Iterable[float], text: str) -> bool:
    # A chart may show fewer decimal places than its table.
    places = len(text.partition(",")[2].rstrip(" %\u202f\u00a0"))
    slack = 0.5 * 10.0**-places + 1e-9
    return any(abs(number - other) <= slack for other in known)


def _place(text: Tag) -> tuple[float, float]:
    found = [re.match(r"-?\d+(?:\.\d+)?", str(text.get(axis, ""))) for axis in ("x", "y")]
    if all(found):
        return tuple(float(match.group()) for match in found if match)  # type: ignore[return-value]
    moved = re.search(r"translate\(\s*(-?[\d.]+)[ ,]+(-?[\d.]+)", str(text.get("transform", "")))
    return (float(moved.group(1)), float(moved.group(2))) if moved else (float("nan"),) * 2


_Text = tuple[tuple[float, float], str]


def _find_ticks(texts: list[_Text]) -> set[_Text]:
    """Return the labels of axes: three or more in one line, evenly spaced, values in even steps."""
    ticks: set[_Text] = set()
    for axis in (0, 1):
        lines: dict[int, list[_Text]] = {}
        for text in texts:
            # Labels are aligned to their right end or middle, so their starts differ a little.
            place = text[0][1 - axis]
            if place == place:  # noqa: PLR0124 - not a number where the place is unknown
                lines.setdefault(round(place / (1 if axis == 0 else 25)), []).append(text)
        for line in lines.values():
            if _is_axis(sorted(line, key=lambda text: text[0][axis]), axis):
                ticks.update(line)
    return ticks


def _is_axis(line: list[_Text], axis: int) -> bool:
    values = [read_numbers(text) for _, text in line]
    if len(line) < 3 or any(len(value) != 1 for value in values):
        return False
    numbers = [value[0] for value in values]
    places = [text[0][axis] for text in line]
    steps = [b - a for a, b in pairwise(numbers)]
    gaps = [b - a for a, b in pairwise(places)]
    even = max(steps) - min(steps) < 1e-6 * max(map(abs, steps)) + 1e-9
    # Labels of different length shift their starts by a few points.
    return even and steps[0] != 0 and max(gaps) - min(gaps) <= 12


def _name_block(element: Tag) -> str:
    block = element if "block" in element.get_attribute_list("class") else None
    block = block or element.find_parent(class_="block")
    return f"Block »{block.get('id')}«" if isinstance(block, Tag) else "außerhalb der Blöcke"


def _text(element: Tag) -> str:
    return " ".join(element.get_text().split())


def _check_notebook(path: Path, rule: _Rule) -> Iterator[str]:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            yield from (f"Zelle {number}, {fault}" for fault in _check_output(output, rule))
        if cell.get("attachments"):
            yield f"Zelle {number}: Anhänge werden nicht veröffentlicht"


def _check_output(output: Mapping[str, Any], rule: _Rule) -> Iterator[str]:
    data = output.get("data", {})
    if MIME_TYPE not in data:
        plain = data.get("text/plain", "") if set(data) == {"text/plain"} else ""
        if not _WORKSPACE.match(str(plain)):
            yield "Ausgabe ohne Block"
        return
    content = data[MIME_TYPE]
    block = parse_block(json.loads(content) if isinstance(content, str) else content)
    yield from (
        f"Block »{block.id}«, {fault}" for fault in find_faults(block, rule.policy, rule.registry)
    )
    for key, quote in _list_quotes(block.model_dump(mode="json")):
        if key in rule.quotes and rule.quotes[key] != quote:
            yield f"Block »{block.id}«: Ein Beleg stammt nicht aus den freigegebenen Tabellen"
            break
    yield from check_html_numbers(str(data.get("text/html", "")), rule.policy, rule.registry)
    if isinstance(block, DownloadBlock):
        for file in block.files:
            check = _CONTENT_CHECKS[Path(file.name).suffix]
            yield from (f"Datei »{file.name}«: {fault}" for fault in check(file.decode(), rule))
    if isinstance(block, FigureBlock):
        soup = BeautifulSoup(f"<figure>{block.svg}</figure>", "html.parser")
        table = "".join(
            f"<tr>{' '.join(f'<td>{cell.text}</td>' for cell in row)}</tr> "
            for row in block.table.rows
        )
        soup.figure.append(BeautifulSoup(f"<table>{table}</table>", "html.parser"))  # type: ignore[union-attr]
        for svg in soup.find_all("svg"):
            yield from _check_chart(svg, rule)


def _list_quotes(data: object) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        if {"key", "quote"} <= set(data):
            yield str(data["key"]), str(data["quote"])
        for part in data.values():
            yield from _list_quotes(part)
    elif isinstance(data, list):
        for part in data:
            yield from _list_quotes(part)


def _check_csv(content: bytes, rule: _Rule) -> Iterator[str]:
    text = content.decode("utf-8-sig")
    separator = ";" if text.partition("\n")[0].count(";") else ","
    if text.strip():
        frame = pd.read_csv(io.StringIO(text), sep=separator, dtype="str")
        yield from _check_frame(frame, rule)


def _check_book(content: bytes, rule: _Rule) -> Iterator[str]:
    # Without formulas, as a reader sees the cells when the file is opened.
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, read_only=True)
    for sheet in book.worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        frame = _read_sheet(rows)
        faults = [
            *_check_above(rows, frame),
            *_check_frame(frame, rule),
            *_check_proof(frame, rule),
        ]
        yield from (f"Blatt »{sheet.title}«, {fault}" for fault in faults)
    book.close()


def _read_sheet(rows: list[list[Any]]) -> pd.DataFrame:
    """Return a sheet as a table of texts, its heads taken from the row that names the measures.

    Where no row does, the first one is the head.
    """
    wanted = {*_MEASURE_COLUMNS, _ORIGIN_COLUMN}
    heads = next(
        (place for place, row in enumerate(rows) if wanted & {_fold(cell) for cell in row}), 0
    )
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    names = [
        "" if cell is None else str(cell) for cell in (padded[heads] if padded else [None] * width)
    ]
    texts = [[_write_cell(cell) for cell in row] for row in padded[heads + 1 :]]
    return pd.DataFrame(texts, columns=_number_doubles(names), dtype="object")


def _write_cell(cell: object) -> str | None:
    if isinstance(cell, float):
        # Six places, so that three are not taken for thousands.
        return f"{cell:.0f}" if cell == int(cell) else f"{cell:.6f}"
    return None if cell is None else str(cell)


def _number_doubles(names: list[str]) -> list[str]:
    return [
        f"{name} {names[:place].count(name) + 1}" if name in names[:place] else name
        for place, name in enumerate(names)
    ]


def _check_above(rows: list[list[Any]], frame: pd.DataFrame) -> Iterator[str]:
    """Nothing counted stands above the heads of a sheet."""
    for row in rows[: len(rows) - len(frame) - 1]:
        if any(cell is not None and _is_plain_figure(str(cell)) for cell in row):
            yield "Kopf: Zahl ohne Angabe der Messgröße"


def _check_proof(frame: pd.DataFrame, rule: _Rule) -> Iterator[str]:
    """The wording of raw rows is that of the released tables."""
    names = {_fold(column): column for column in frame.columns}
    if not {_ORIGIN_COLUMN, _QUOTE_COLUMN} <= set(names):
        return
    pairs = zip(frame[names[_ORIGIN_COLUMN]], frame[names[_QUOTE_COLUMN]], strict=True)
    if any(key in rule.quotes and rule.quotes[str(key)] != (quote or "") for key, quote in pairs):
        yield "Ein Beleg stammt nicht aus den freigegebenen Tabellen"


def _fold(cell: object) -> str:
    return "" if cell is None else str(cell).strip().casefold()


def _check_frame(frame: pd.DataFrame, rule: _Rule) -> Iterator[str]:
    """Check a download: tidy with a column of measures, or one measure per column.

    Measures are named by their identifier or their label.
    """
    names = {_fold(column): column for column in frame.columns}
    tidy = next((names[name] for name in _MEASURE_COLUMNS if name in names), None)
    labels = {entry.label.casefold(): name for name, entry in rule.registry.items()}

    def name_measure(text: str) -> str:
        folded = re.sub(r"\s*\([^()]*\)$", "", _fold(text))
        return folded if folded in rule.registry else labels.get(folded, "")

    for folded, column in names.items():
        cells = frame[column].dropna().astype("str")
        figures = cells.loc[cells.map(_is_plain_figure)]
        if figures.empty or folded in _PLAIN_COLUMNS:
            continue
        if tidy is not None and folded in _VALUE_COLUMNS:
            named = frame.loc[figures.index, tidy].fillna("").astype("str")
            measures = named.map(lambda text: name_measure(text) or text)
        else:
            measures = pd.Series(name_measure(folded), index=figures.index)
        faults = {
            fault
            for measure, text in zip(measures, figures, strict=True)
            if (fault := _judge_cell(measure, text, rule))
        }
        yield from (f"Spalte »{column}«: {fault}" for fault in sorted(faults))


def _judge_cell(measure: str, text: str, rule: _Rule) -> str:
    if not measure:
        return "Zahl ohne Angabe der Messgröße"
    # Files for machines have a decimal point, those for people a comma.
    number = _read_plain(text)
    found = find_violations([(measure, number)], rule.policy, rule.registry)
    return found[0].message if found else ""


def _is_plain_figure(text: str) -> bool:
    return is_figure(text) or bool(re.match(r"^-?\d+(?:\.\d+)?$", text.strip()))


def _read_plain(text: str) -> float:
    if re.match(r"^-?\d+(?:\.\d{1,2}|\.\d{4,})?$", text.strip()):
        return float(text)
    return read_numbers(text)[0]


def _check_svg(path: Path, rule: _Rule) -> Iterator[str]:
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    for svg in soup.find_all("svg"):
        yield from _check_chart(svg, rule)


def _check_download(path: Path, rule: _Rule) -> Iterator[str]:
    yield from _CONTENT_CHECKS[path.suffix.lower()](path.read_bytes(), rule)


_CONTENT_CHECKS: dict[str, Callable[[bytes, _Rule], Iterator[str]]] = {
    ".csv": _check_csv,
    ".xlsx": _check_book,
}
_CHECKS: dict[str, Callable[[Path, _Rule], Iterator[str]]] = {
    ".html": _check_page,
    ".ipynb": _check_notebook,
    ".csv": _check_download,
    ".svg": _check_svg,
    ".xlsx": _check_download,
}
