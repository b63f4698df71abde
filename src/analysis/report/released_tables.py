"""The last look at the tables beside a report: does each number keep the edition's rule?

The files are read as somebody who downloads them would read them. What a number counts is taken
from what the files themselves say: the data package beside a CSV file, the line »Messgröße« above
the headings of a sheet, or the column »Messgröße« where rows differ.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from analysis.disclosure.check import find_violations
from analysis.disclosure.columns import Registry
from analysis.disclosure.gate import is_figure, label_registry
from analysis.disclosure_policy import DisclosurePolicy

_PACKAGE = "datapackage.json"
_MEASURES = "Messgröße"
_WORDING = "_angabe"
_ROW_MEASURES = "_messgröße"
_COUNTED = frozenset({"bytes"})
"""Entries of a package that are numbers and count nothing but the file itself."""

_NUMBER = re.compile(r"[−-]?\d+(?:[.\u202f\u00a0]\d{3})*(?:,\d+)?")
_PLAIN = re.compile(r"^-?\d+(?:,\d+)?$")

_Cell = str | float | None


@dataclass(frozen=True)
class _Grid:
    """A table as it stands in a file.

    Attributes:
        heads: headings.
        measures: what each column counts, by name or label; empty where its rows differ or it
            counts nothing.
        rows: cells; numbers as numbers.
        signs: signs that may stand instead of numbers, by column.
    """

    heads: Sequence[str]
    measures: Sequence[str]
    rows: Sequence[Sequence[_Cell]]
    signs: Mapping[int, frozenset[str]] = field(default_factory=dict)


class _Rule:
    def __init__(self, policy: DisclosurePolicy, registry: Registry | None) -> None:
        self._policy = policy
        self._registry = label_registry(registry)
        self._labels = {entry.label: name for name, entry in self._registry.items()}

    def judge(self, measure: str, numbers: Sequence[float]) -> str:
        """Return what is wrong with numbers that count ``measure``, named by name or label."""
        if not measure:
            return "Zahl ohne Angabe der Messgröße"
        name = self._labels.get(measure, measure)
        found = find_violations(
            [(name, number) for number in numbers], self._policy, self._registry
        )
        return found[0].message if found else ""


def read_numbers(text: str) -> list[float]:
    """Return the numbers that stand in a German text: ``9.000 bis 11.500`` gives two."""
    plain = [re.sub(r"[.\u202f\u00a0]", "", found) for found in _NUMBER.findall(text)]
    return [float(number.replace("−", "-").replace(",", ".")) for number in plain]


def check_tables(
    folder: Path, policy: DisclosurePolicy, registry: Registry | None = None
) -> Iterator[str]:
    """Yield what is wrong with the files of a folder of tables, in German, without any number.

    Args:
        folder: holds CSV files, workbooks, and the data package that describes the CSV files.
        policy: the edition's rule.
        registry: measures by name; by default the project's.
    """
    rule = _Rule(policy, registry)
    described = folder / _PACKAGE
    package = _read_package(described)
    resources = {entry["path"]: entry for entry in package.get("resources", ())}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == _PACKAGE:
            faults = _check_package(package)
        elif path.suffix == ".csv":
            faults = _check_csv(path.read_bytes(), resources.get(name, {}), rule)
        elif path.suffix == ".xlsx":
            faults = _check_book(path.read_bytes(), rule)
        else:
            faults = iter([f"Dateien der Art »{path.suffix}« gehören nicht zu den Tabellen"])
        yield from (f"{name}: {fault}" for fault in dict.fromkeys(faults))


def _read_package(path: Path) -> Mapping[str, Any]:
    try:
        package: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        # Without it nothing says what the columns count, so every number is a fault.
        return {}
    return package


def _check_package(node: object, key: str = "") -> Iterator[str]:
    """What describes the tables counts nothing itself."""
    if isinstance(node, Mapping):
        for name, part in node.items():
            yield from _check_package(part, str(name))
    elif isinstance(node, list):
        for part in node:
            yield from _check_package(part, key)
    elif _is_counted(node, key):
        yield f"Eintrag »{key}«: Zahl ohne Angabe der Messgröße"


def _is_counted(node: object, key: str) -> bool:
    if isinstance(node, str):
        return is_figure(node)
    return isinstance(node, int | float) and not isinstance(node, bool) and key not in _COUNTED


def _check_csv(content: bytes, resource: Mapping[str, Any], rule: _Rule) -> Iterator[str]:
    stated = resource.get("hash", "")
    if stated != f"sha256:{hashlib.sha256(content).hexdigest()}":
        yield "Die Datei ist nicht die, die das Datenpaket beschreibt"
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    heads = rows[0] if rows else []
    if any(len(row) != len(heads) for row in rows):
        yield "Zeilen sind nicht so lang wie die Kopfzeile"
        return
    fields = {entry["name"]: entry for entry in resource.get("schema", {}).get("fields", ())}
    signs = {
        place: frozenset(
            entry["value"] if isinstance(entry, Mapping) else entry
            for entry in fields.get(head, {}).get("missingValues", ())
        )
        for place, head in enumerate(heads)
    }
    numeric = [fields.get(head, {}).get("type") in {"integer", "number"} for head in heads]
    grid = _Grid(
        heads,
        [fields.get(head, {}).get("measure", "") for head in heads],
        [
            [
                float(text.replace(",", ".")) if is_number and _PLAIN.match(text) else text
                for is_number, text in zip(numeric, row, strict=True)
            ]
            for row in rows[1:]
        ],
        signs,
    )
    yield from _check_grid(grid, rule)


def _check_book(content: bytes, rule: _Rule) -> Iterator[str]:
    # Once more for the formulas, whose results are read first.
    for data_only in (True, False):
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=data_only)
        for page in book.worksheets:
            faults = _check_page(page, rule) if data_only else _find_formulas(page)
            yield from (f"Blatt »{page.title}«, {fault}" for fault in faults)
        book.close()


def _check_page(page: Any, rule: _Rule) -> Iterator[str]:  # noqa: ANN401 - of several classes
    if page.sheet_state != "visible":
        yield "das Blatt ist ausgeblendet"
    rows: list[list[_Cell]] = [
        [cell if isinstance(cell, int | float) else _as_text(cell) for cell in row]
        for row in page.iter_rows(values_only=True)
    ]
    first, last, width = _find_table(page)
    for place, row in enumerate(rows):
        outside = row if place < first or place > last else row[width:]
        if any(isinstance(cell, int | float) or is_figure(cell or "") for cell in outside):
            yield "Zahl außerhalb der Tabelle"
    if not width:
        return
    heads = [str(cell or "") for cell in rows[first][:width]]
    above = [str(cell or "") for cell in rows[first - 1][:width]] if first else []
    named = bool(above) and above[0].partition(":")[0] == _MEASURES
    measures = [above[0].partition(": ")[2], *above[1:]] if named else [""] * width
    body = [row[:width] for row in rows[first + 1 : last + 1]]
    yield from _check_grid(_Grid(heads, measures, body), rule)


def _find_table(page: Any) -> tuple[int, int, int]:  # noqa: ANN401
    """Return the row of the headings, the last row, and how many columns the table has."""
    if not page.auto_filter.ref:
        return 0, -1, 0
    _, first, width, last = range_boundaries(page.auto_filter.ref)
    return int(first or 1) - 1, int(last or 1) - 1, int(width or 0)


def _find_formulas(page: Any) -> Iterator[str]:  # noqa: ANN401
    for row in page.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                yield "Formel statt Angabe"
            if cell.comment is not None:
                yield "Kommentar an einer Zelle"


def _check_grid(grid: _Grid, rule: _Rule) -> Iterator[str]:
    for place, head in enumerate(grid.heads):
        named = _find_row_measures(grid.heads, head)
        if place == named:
            continue
        for row in grid.rows:
            measure = grid.measures[place] or (str(row[named] or "") if named is not None else "")
            if fault := _judge_cell(row[place], measure, head, grid.signs.get(place), rule):
                yield f"Spalte »{head}«: {fault}"


def _find_row_measures(heads: Sequence[str], head: str) -> int | None:
    """Return the column that says for each row what ``head`` counts: its own, or that of all."""
    own = [
        (len(title), place)
        for place, other in enumerate(heads)
        if other.endswith(_ROW_MEASURES)
        and (title := other.removesuffix(_ROW_MEASURES))
        and (head in {title, other} or head.startswith((f"{title}_", f"{title} (")))
    ]
    if own:
        return max(own)[1]
    return next((place for place, other in enumerate(heads) if other == _MEASURES), None)


def _judge_cell(
    cell: _Cell, measure: str, head: str, signs: frozenset[str] | None, rule: _Rule
) -> str:
    if cell is None or cell == "" or (signs and cell in signs):
        return ""
    if isinstance(cell, int | float):
        return rule.judge(measure, [float(cell)])
    # Words may hold figures, as »Geschäftsjahr 3« does; the wording of a figure is one.
    counts = head.endswith(_WORDING) or is_figure(cell)
    numbers = read_numbers(cell)
    return rule.judge(measure, numbers) if counts and numbers else ""


def _as_text(cell: object) -> str | None:
    return None if cell is None else str(cell)
