"""Small reports, made by hand, to be compared."""

from __future__ import annotations

from typing import Any

from analysis.presentation.blocks import Block, Cell, Column, Table, TableBlock
from analysis.presentation.formats import make_number
from analysis.presentation.numbers import Number, Origin
from analysis.report.collect import Chapter, PlacedBlock
from analysis.report.diff import Report

RAW = "data/raw/probe/zahlen.csv"


def number(
    value: float, unit: str = "Anträge", *, quote: str = "", file: str = "zahlen.csv"
) -> Number:
    """Return an exact number with one origin, whose wording is the value unless given."""
    made = make_number(value, value, value, unit=unit)
    origin = Origin(key=f"{file}#2", quote=quote or f"{value}")
    return made.model_copy(update={"origins": (origin,)})


def table(rows: list[list[str | Number]], heads: list[str]) -> Table:
    """Return a table; numbers become cells with their text."""
    cells = tuple(
        tuple(Cell(text=c) if isinstance(c, str) else Cell(text=c.text, number=c) for c in row)
        for row in rows
    )
    columns = tuple(Column(key=head.lower(), label=head) for head in heads)
    return Table(caption="Tabelle", columns=columns, rows=cells)


def table_block(
    rows: list[list[str | Number]], heads: list[str], block_id: str = "tabelle", **more: Any
) -> TableBlock:
    """Return a block with a table."""
    fields = {"id": block_id, "title": "Eine Tabelle", "table": table(rows, heads)} | more
    return TableBlock.model_validate(fields)


def report(*blocks: Block, record: dict[str, Any] | None = None, name: str = "01_probe") -> Report:
    """Return a report of one chapter."""
    placed = tuple(PlacedBlock(block, f"probe--{block.id}", "Probe") for block in blocks)
    base: dict[str, Any] = {
        "edition": "probe",
        "parameter": {"stichtag": "2026-01-31"},
        "eingaben": {RAW: "a1"},
        "notebooks": [{"name": name, "sha256": "n1"}],
        "versionen": {"pandas": "3.1"},
    }
    return Report((Chapter(name, "Probe", "probe", placed),), base | (record or {}))
