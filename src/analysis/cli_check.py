"""What ``lagebild check`` shows: findings for the terminal, and as JSON for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analysis.acceptance import stop_errors
from analysis.cleaning.findings import COLUMNS
from analysis.errors import UsageError, suggest
from analysis.findings_text import (
    CHECK_WORDS,
    SEVERITY_PLURALS,
    SEVERITY_WORDS,
    count_findings,
)

SCHEMA = "lagebild-befunde/1"
MOST_PER_CHECK = 5

# From this width on six columns can be read side by side.
_WIDE = 120
_STYLES = {"fehler": "bold red", "warnung": "bold yellow", "hinweis": "bold cyan"}
_LONGEST_CELL = 200
_HEADINGS = ("Kennung", "Zeile", "Spalte", "gefunden", "erwartet", "Befund")
_FIXED = 2  # identifier and line are never broken
_GAP = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def select_findings(findings: pd.DataFrame, severity: str | None) -> pd.DataFrame:
    """Return the findings of a severity and of those above it; all where none is given.

    Raises:
        UsageError: there is no such severity.
    """
    if severity is None:
        return findings
    names = list(SEVERITY_WORDS)
    if severity not in names:
        raise UsageError(
            f"Unbekannte Schwere »{severity}«.{suggest(severity, names)} "
            f"Bekannt sind: {', '.join(names)}."
        )
    return findings.loc[findings["severity"].isin(names[: names.index(severity) + 1])]


def show_findings(
    console: Console, findings: pd.DataFrame, *, most: int | None = MOST_PER_CHECK
) -> None:
    """Print findings by severity and file, then those accepted, then counts per check.

    Args:
        console: where to print; its width decides on the layout.
        findings: table ``findings``.
        most: findings shown of each check in a file; ``None`` shows all.
    """
    if findings.empty:
        return
    console.print(_lay_out(findings, most, console.width))


def describe_result(findings: pd.DataFrame) -> str:
    """Return the German sentence on which the check ends."""
    errors = len(stop_errors(findings))
    accepted = int((findings["accepted"].astype("str") != "").sum())
    count = (
        "1 Befund"
        if len(findings) == 1
        else f"{_number(len(findings)) if len(findings) else 'Keine'} Befunde"
    )
    words = f"{count}, davon {_number(accepted)} angenommen" if accepted else count
    if errors:
        noun = "1 Fehler lässt" if errors == 1 else f"{_number(errors)} Fehler lassen"
        return f"{words}: {noun} keinen Bericht zu."
    return f"{words}: Ein Bericht ist möglich."


def findings_to_json(findings: pd.DataFrame, *, edition: str) -> str:
    """Return findings as JSON (docs/how-to/check-data.md).

    Args:
        findings: table ``findings``.
        edition: name of the edition.
    """
    records = findings.reindex(columns=list(COLUMNS)).astype(object).to_dict("records")
    document = {
        "schema": SCHEMA,
        "edition": edition,
        "reportable": stop_errors(findings).empty,
        "counts": count_findings(findings).set_index("check").to_dict("index"),
        "findings": [_plain(record) for record in records],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write_json(text: str, target: str) -> str | None:
    """Write JSON to a file; return it where ``target`` is ``-`` and it is to be printed.

    Raises:
        UsageError: the file cannot be written.
    """
    if target == "-":
        return text
    try:
        Path(target).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"»{target}« lässt sich nicht schreiben: {error.strerror}.") from None
    return None


def _plain(record: dict[Any, Any]) -> dict[str, object]:
    texts = {name: "" if pd.isna(value) else str(value) for name, value in record.items()}
    return {**texts, "row": int(record["row"])}


def _lay_out(findings: pd.DataFrame, most: int | None, width: int) -> Group:
    is_accepted = findings["accepted"].astype("str") != ""
    parts: list[RenderableType] = []
    for severity, word in SEVERITY_PLURALS.items():
        chosen = findings.loc[~is_accepted & (findings["severity"] == severity)]
        if len(chosen):
            heading = f"{word}: {_number(len(chosen))}"
            parts.append(_head(heading, _STYLES[severity]))
            parts += _list_files(chosen, most, width)
    if is_accepted.any():
        chosen = findings.loc[is_accepted]
        parts.append(_head(f"In der Edition angenommen: {_number(len(chosen))}", "bold green"))
        parts += _list_files(chosen, most, width)
    parts += [_head("Übersicht", "bold"), _tabulate_counts(findings)]
    return Group(*parts)


def _list_files(findings: pd.DataFrame, most: int | None, width: int) -> Iterator[RenderableType]:
    for file, rows in findings.groupby("file", sort=True):
        yield Text(f"{_shorten(file)} ({_number(len(rows))})", style="underline")
        if width >= _WIDE:
            yield _tabulate(rows, most, width)
        else:
            yield from _list_records(rows, most)
        yield Text()


def _list_checks(
    findings: pd.DataFrame, most: int | None
) -> Iterator[tuple[str, pd.DataFrame, int]]:
    """Yield check, the findings shown and the number of those left out."""
    order = {check: number for number, check in enumerate(CHECK_WORDS)}
    groups = sorted(findings.groupby("check"), key=lambda each: order.get(str(each[0]), 99))
    for check, rows in groups:
        shown = rows.sort_values(["row", "column"], kind="stable").head(most or len(rows))
        yield str(check), shown, len(rows) - len(shown)


def _tabulate(findings: pd.DataFrame, most: int | None, width: int) -> Table:
    records = [
        (_cells(row), left if last else 0, check)
        for check, rows, left in _list_checks(findings, most)
        for row, last in _mark_last(rows.to_dict("records"))
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    naturals = [
        max(len(label), *(len(cells[place]) for cells, _, _ in records))
        for place, label in enumerate(_HEADINGS)
    ]
    gaps = _GAP * (len(_HEADINGS) - 1)
    widths = _set_widths(naturals, width - gaps)
    for place, label in enumerate(_HEADINGS):
        justify: Literal["left", "right"] = "right" if label == "Zeile" else "left"
        table.add_column(label, width=widths[place], justify=justify, overflow="fold")
    for cells, left, check in records:
        table.add_row(*map(Text, cells))
        if left:
            table.add_row("", "", "", "", "", Text(_say_more(left, check), style="italic"))
            table.add_section()
    return table


def _set_widths(naturals: Sequence[int], width: int) -> list[int]:
    *narrow, message = naturals
    fixed, shared = narrow[:_FIXED], narrow[_FIXED:]
    available = width - sum(fixed)
    # The finding itself is the longest text; what the others do not need is left to it.
    others = share_width(shared, available - min(message, available * 9 // 20))
    return [*fixed, *others, max(1, min(message, available - sum(others)))]


def share_width(naturals: Sequence[int], available: int) -> list[int]:
    """Share a width among columns: none gets more than it needs, the others the same.

    Args:
        naturals: width of each column's longest text.
        available: width to share.
    """
    shares = [0] * len(naturals)
    left, open_places = (
        max(available, len(naturals)),
        sorted(range(len(naturals)), key=lambda place: naturals[place]),
    )
    for number, place in enumerate(open_places):
        shares[place] = min(naturals[place], left // (len(naturals) - number))
        left -= shares[place]
    return shares


def _mark_last(rows: list[dict[Any, Any]]) -> Iterator[tuple[dict[Any, Any], bool]]:
    for number, row in enumerate(rows, start=1):
        yield row, number == len(rows)


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    message = _shorten(row["message"])
    if row["accepted"]:
        message = f"{message} Angenommen: {_shorten(row['accepted'])}"
    texts = (_shorten(row[name]) for name in ("column", "found", "expected"))
    return (_shorten(row["finding_id"]), _line(row), *texts, message)


def _list_records(findings: pd.DataFrame, most: int | None) -> Iterator[RenderableType]:
    for check, rows, left in _list_checks(findings, most):
        for row in rows.to_dict("records"):
            place = f"Zeile {_line(row)}" if row["row"] else "ganze Datei"
            column = f", Spalte »{_shorten(row['column'])}«" if row["column"] else ""
            yield Text.assemble((str(row["finding_id"]), "bold"), f"  {place}{column}")
            lines = [_shorten(row["message"])]
            if row["found"] or row["expected"]:
                found = f"gefunden: {_shorten(row['found']) or '–'}"
                lines.append(f"{found} · erwartet: {_shorten(row['expected']) or '–'}")
            if row["accepted"]:
                lines.append(f"angenommen: {_shorten(row['accepted'])}")
            for line in lines:
                yield Padding(Text(line), (0, 0, 0, 2))
        if left:
            yield Padding(Text(_say_more(left, check), style="italic"), (0, 0, 0, 2))


def _tabulate_counts(findings: pd.DataFrame) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Prüfung")
    for label in (*SEVERITY_PLURALS.values(), "angenommen"):
        table.add_column(label, justify="right")
    counts = count_findings(findings)
    names = [name for name in counts.columns if name != "check"]
    for row in counts.to_dict("records"):
        label = CHECK_WORDS.get(row["check"], row["check"])
        table.add_row(label, *(_number(row[name]) for name in names))
    table.add_section()
    table.add_row("Zusammen", *(_number(int(counts[name].sum())) for name in names))
    return table


def _head(text: str, style: str) -> Text:
    return Text(f"{text}\n", style=style)


def _line(row: dict[Any, Any]) -> str:
    return str(row["row"]) if row["row"] else "–"


def _say_more(left: int, check: str) -> str:
    noun = "weiterer" if left == 1 else "weitere"
    return f"… und {_number(left)} {noun} ({CHECK_WORDS.get(check, check)}); alle mit --all"


def _shorten(text: object) -> str:
    # Control characters in a file must not reach the terminal.
    words = " ".join(_CONTROL.sub(" ", str(text)).split())
    return f"{words[:_LONGEST_CELL]}…" if len(words) > _LONGEST_CELL else words


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")
