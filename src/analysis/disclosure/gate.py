"""The gate that every block passes: unlabelled numbers and numbers that are too small stop here.

Each number says what it counts: a measure of the registry, or one of `MARKERS`. A number of a
protected class must be one that the rule allows; a number without a label is not released.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from analysis.disclosure.check import find_violations
from analysis.disclosure.columns import CLASSES, Registry
from analysis.disclosure.signs import NOTHING, explain_signs
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.fields import Measure, load_measures
from analysis.presentation.blocks import (
    Block,
    Cell,
    FigureBlock,
    KeyFiguresBlock,
    Table,
    TableBlock,
    TextBlock,
)
from analysis.presentation.numbers import Number

MARKERS = {
    "public": "public",
    "derived": "rate",
    "cases": "cases",
    "staff": "staff",
}
"""Labels besides the measures of the registry, with their class.

``public``: things that need no protection, such as services, sources, findings, days. ``derived``:
computed from released figures only, such as quotients, differences, forecasts. ``cases`` and
``staff``: counts that have no measure of their own, such as sums of several measures.
"""
ROUNDED_NOTE = "Zahlen auf Vielfache von 5 gerundet; Summen können abweichen."

_FIGURE = re.compile(r"^[≈≥≤]?\s?[−+-]?\d{1,3}(?:[.\u202f\u00a0]?\d{3})*(?:,\d+)?\s?%?$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")


class Place(NamedTuple):
    """Where in a block something stands, in German, and the number or cell."""

    where: str
    item: Number | Cell


def label_registry(registry: Registry | None = None) -> dict[str, Measure]:
    """Return the registry together with the markers."""
    markers = {
        name: Measure(name, _MARKER_LABELS[name], "", "stock", 0, kind)
        for name, kind in MARKERS.items()
    }
    return {**(registry or load_measures()), **markers}


_MARKER_LABELS = {
    "public": "öffentliche Angabe",
    "derived": "abgeleitete Angabe",
    "cases": "Zahl von Fällen",
    "staff": "Zahl von Beschäftigten oder Stellen",
}


def make_gate(
    policy: DisclosurePolicy, registry: Registry | None = None
) -> Callable[[Block], Block]:
    """Return the function that a presenter sends each block through.

    Args:
        policy: the edition's rule.
        registry: measures by name; by default the project's.
    """

    def pass_gate(block: Block) -> Block:
        require_allowed(block, policy, registry)
        return _explain(_mark_nothing(block, policy, registry), policy, registry)

    return pass_gate


def require_allowed(
    block: Block, policy: DisclosurePolicy, registry: Registry | None = None
) -> None:
    """Stop where a block holds a number that must not be shown.

    Raises:
        DisclosureError: names the block, the column and the fault, without the number.
    """
    if faults := find_faults(block, policy, registry):
        raise DisclosureError(f"Block »{block.id}«, {faults[0]}.")


def require_allowed_number(
    number: Number, column: str, policy: DisclosurePolicy, registry: Registry | None = None
) -> None:
    """Stop where a number must not be shown.

    Raises:
        DisclosureError: names the column and the fault, without the number.
    """
    if fault := _judge(number, policy, label_registry(registry)):
        raise DisclosureError(f"Spalte »{column}«: {fault}.")


def find_faults(
    block: Block, policy: DisclosurePolicy, registry: Registry | None = None
) -> list[str]:
    """Return what is wrong with the numbers of a block, in German, without any number."""
    known = label_registry(registry)
    return [
        f"{place.where}: {fault}"
        for place in list_places(block)
        if (fault := _judge(place.item, policy, known))
    ]


def list_places(block: Block) -> Iterator[Place]:
    """Yield the numbers of a block, and the cells that are nothing but a figure."""
    if isinstance(block, TextBlock):
        for segments in (block.segments, *block.items):
            yield from (Place("Text", piece.number) for piece in segments if piece.number)
    elif isinstance(block, KeyFiguresBlock):
        for figure in block.figures:
            yield Place(f"Kennzahl »{figure.label}«", figure.number)
    elif isinstance(block, FigureBlock | TableBlock):
        yield from _list_cells(block.table)


def is_figure(text: str) -> bool:
    """Return whether a text is nothing but a figure; a year is none."""
    plain = text.strip()
    return bool(_FIGURE.match(plain)) and not _YEAR.match(plain)


def _list_cells(table: Table) -> Iterator[Place]:
    for row in table.rows:
        for column, cell in zip(table.columns, row, strict=False):
            if cell.number is not None:
                yield Place(f"Spalte »{column.label}«", cell.number)
            elif not cell.sign and is_figure(cell.text):
                yield Place(f"Spalte »{column.label}«", cell)


def _judge(item: Number | Cell, policy: DisclosurePolicy, known: Registry) -> str:
    if not item.measure:
        return (
            "Zahl ohne Angabe der Messgröße wird nicht veröffentlicht (measure=… mit einer "
            f"Messgröße des Registers oder {', '.join(MARKERS)})"
        )
    if isinstance(item, Cell):
        entry = known.get(item.measure)
        if entry is None or entry.confidentiality not in CLASSES:
            return f"Messgröße »{item.measure}« ohne Vertraulichkeitsklasse"
        protected = entry.confidentiality in policy.protect
        return "Zahl einer geschützten Messgröße als bloßer Text" if protected else ""
    given = {item.value, item.lower, item.upper} - {None}
    numbers = [(item.measure, float(number)) for number in given if number is not None]
    found = find_violations(sorted(numbers), policy, known)
    return found[0].message if found else ""


def _is_protected(item: Number | Cell, policy: DisclosurePolicy, known: Registry) -> bool:
    entry = known.get(item.measure)
    return entry is not None and entry.confidentiality in policy.protect


def _mark_nothing(block: Block, policy: DisclosurePolicy, registry: Registry | None) -> Block:
    """Write »–« for an exact zero, as official tables do; a rounded one stays »0«."""
    if not isinstance(block, FigureBlock | TableBlock) or policy.method == "rundung5":
        return block
    known = label_registry(registry)
    rows = tuple(
        tuple(
            cell.model_copy(update={"text": NOTHING, "sign": NOTHING})
            if cell.number is not None
            and cell.number.value == cell.number.lower == cell.number.upper == 0
            and _is_protected(cell.number, policy, known)
            else cell
            for cell in row
        )
        for row in block.table.rows
    )
    return block.model_copy(update={"table": block.table.model_copy(update={"rows": rows})})


def _explain(block: Block, policy: DisclosurePolicy, registry: Registry | None) -> Block:
    if not isinstance(block, FigureBlock | TableBlock):
        return block
    known = label_registry(registry)
    cells = [cell for row in block.table.rows for cell in row]
    legend = explain_signs(cell.sign for cell in cells)
    rounded = policy.method == "rundung5" and any(
        cell.number is not None and _is_protected(cell.number, policy, known) for cell in cells
    )
    parts = [block.note, f"Zeichen: {legend}" if legend else "", ROUNDED_NOTE if rounded else ""]
    note = " ".join(part for part in parts if part)
    return block.model_copy(update={"note": note})
