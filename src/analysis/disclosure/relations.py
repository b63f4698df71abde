"""Relations between the cells of a table, and the linear equations that follow from them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from analysis.disclosure.columns import CellKey
from analysis.disclosure_policy import DisclosureError

Values: TypeAlias = Mapping[CellKey, float]
"""Value of each cell; missing where the number is not known."""

REST = "(Rest)"
"""Stands instead of a column in the key of a rest: total minus the parts that are known."""

_CENT = 0.005


@dataclass(frozen=True)
class Sum:
    """Rows: one value of a dimension is the sum of others, all other dimensions being equal.

    Attributes:
        dimension: for instance ``unit``.
        total: the value that stands for the sum, for instance ``"Insgesamt"``.
        parts: the values that are summed; where not given, all others.
        complete: whether the parts give the total; if not, the rest is protected as a number that
            anyone can compute.
    """

    dimension: str
    total: Hashable
    parts: tuple[Hashable, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class ColumnSum:
    """Columns: one is the sum of others, or has them as a part (``complete=False``)."""

    total: str
    parts: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True)
class Flow:
    """Periods: stock at the end = stock before + inflows − outflows (stock-flow identity).

    A correction of the stock is taken as known to everybody.
    """

    period: str
    stock: str
    inflows: tuple[str, ...]
    outflows: tuple[str, ...]


Relation: TypeAlias = Sum | ColumnSum | Flow


class Equation(NamedTuple):
    """Σ coefficient × cell = constant."""

    terms: tuple[tuple[CellKey, float], ...]
    constant: float = 0.0


class Equations(NamedTuple):
    """Equations, and the cells that stand in them without standing in the table."""

    equations: tuple[Equation, ...]
    values: dict[CellKey, float]


def column_of(key: CellKey) -> str:
    """Return the column that a cell belongs to; a rest belongs to the column of its total."""
    owner = key[-1] if key[0] == REST else key
    return str(owner[0]) if isinstance(owner, tuple) else str(key[0])


def build_equations(
    values: Values,
    *,
    columns: Sequence[str],
    dimensions: Sequence[str],
    relations: Iterable[Relation],
) -> Equations:
    """Return the equations that hold between the cells of a table.

    Args:
        values: the cells of the table.
        columns: columns of counts.
        dimensions: dimensions, in the order in which they stand in the keys of the cells.
        relations: what is known about the table.

    Returns:
        Equations over the cells; a rest, or a part whose row is missing, is a cell of its own.

    Raises:
        DisclosureError: parts do not give their total, or a relation names what does not exist.
    """
    rows = list(dict.fromkeys(key[1:] for key in values))
    extra: dict[CellKey, float] = {}
    equations: list[Equation] = []
    for relation in relations:
        _check_names(relation, columns, dimensions)
        if isinstance(relation, Sum):
            _check_rows(relation, rows, dimensions.index(relation.dimension))
        for total, parts in _pair_cells(relation, rows, columns, dimensions):
            equations.append(_close(relation, total, parts, values, extra))
    return Equations(tuple(equations), extra)


def _check_names(relation: Relation, columns: Sequence[str], dimensions: Sequence[str]) -> None:
    match relation:
        case Sum():
            wanted, known = [relation.dimension], dimensions
        case ColumnSum():
            wanted, known = [relation.total, *relation.parts], columns
        case Flow():
            wanted, known = [relation.stock, *relation.inflows, *relation.outflows], columns
            if relation.period not in dimensions:
                wanted = [relation.period]
    if unknown := [name for name in wanted if name not in known]:
        raise DisclosureError(
            f"Die Beziehung {type(relation).__name__} nennt »{unknown[0]}«; bekannt sind: "
            f"{', '.join(known)}."
        )


def _check_rows(relation: Sum, rows: Sequence[CellKey], place: int) -> None:
    # A mistyped name would quietly leave a table unprotected.
    known = {row[place] for row in rows}
    if unknown := [name for name in (relation.total, *relation.parts) if name not in known]:
        raise DisclosureError(
            f"Merkmal »{relation.dimension}« hat in der Tabelle nirgends den Wert »{unknown[0]}«, "
            "den die Beziehung Sum nennt."
        )


Parts: TypeAlias = list[tuple[CellKey, float]]


def _pair_cells(
    relation: Relation,
    rows: Sequence[CellKey],
    columns: Sequence[str],
    dimensions: Sequence[str],
) -> list[tuple[CellKey, Parts]]:
    match relation:
        case Sum():
            pairs = _pair_rows(relation, rows, dimensions.index(relation.dimension))
            return [
                ((column, *total), [((column, *part), 1.0) for part in parts])
                for column in columns
                for total, parts in pairs
            ]
        case ColumnSum():
            return [
                ((relation.total, *row), [((part, *row), 1.0) for part in relation.parts])
                for row in rows
            ]
        case Flow():
            return _pair_periods(relation, rows, dimensions.index(relation.period))


def _pair_rows(
    relation: Sum, rows: Sequence[CellKey], place: int
) -> list[tuple[CellKey, list[CellKey]]]:
    contexts: dict[CellKey, list[CellKey]] = {}
    for row in rows:
        contexts.setdefault(row[:place] + row[place + 1 :], []).append(row)
    pairs = []
    for context, members in contexts.items():
        total = (*context[:place], relation.total, *context[place:])
        if total not in members:
            continue
        # A named part without a row is unknown, not zero: it becomes a cell of its own.
        parts = [(*context[:place], part, *context[place:]) for part in relation.parts]
        pairs.append((total, parts or [row for row in members if row != total]))
    return pairs


def _pair_periods(
    relation: Flow, rows: Sequence[CellKey], place: int
) -> list[tuple[CellKey, Parts]]:
    contexts: dict[CellKey, list[CellKey]] = {}
    for row in sorted(rows, key=lambda row: row[place]):  # type: ignore[arg-type,return-value]
        contexts.setdefault(row[:place] + row[place + 1 :], []).append(row)
    pairs: list[tuple[CellKey, Parts]] = []
    for members in contexts.values():
        for before, after in pairwise(members):
            parts: Parts = [((relation.stock, *before), 1.0)]
            parts += [((column, *after), 1.0) for column in relation.inflows]
            parts += [((column, *after), -1.0) for column in relation.outflows]
            pairs.append(((relation.stock, *after), parts))
    return pairs


def _close(
    relation: Relation,
    total: CellKey,
    parts: Parts,
    values: Values,
    extra: dict[CellKey, float],
) -> Equation:
    terms = ((total, 1.0), *((key, -factor) for key, factor in parts))
    for key, _ in terms:
        if key not in values:
            extra.setdefault(key, math.nan)
    rest = sum(factor * values.get(key, math.nan) for key, factor in terms)
    if isinstance(relation, Flow):
        return Equation(terms, 0.0 if math.isnan(rest) else rest)
    if relation.complete:
        _check_rest(total, rest, len(parts))
        return Equation(terms, 0.0 if math.isnan(rest) else rest)
    if rest < -_CENT * (len(parts) + 1):
        raise DisclosureError(
            f"Spalte »{total[0]}«: Die Teile sind zusammen größer als das Ganze. "
            "Bitte die Daten prüfen."
        )
    key = (REST, *(part for part, _ in parts), total)
    extra[key] = rest if math.isnan(rest) else max(rest, 0.0)
    return Equation((*terms, (key, -1.0)))


def _check_rest(total: CellKey, rest: float, parts: int) -> None:
    # Numbers with two decimals, rounded one by one, may miss their sum by half a cent each.
    if abs(rest) > _CENT * (parts + 1):
        raise DisclosureError(
            f"Spalte »{total[0]}«: Die Teile ergeben nicht die Summe »{total[1:]}«.\n"
            "Bitte die Daten prüfen oder die Beziehung als unvollständig angeben "
            "(complete=False)."
        )
