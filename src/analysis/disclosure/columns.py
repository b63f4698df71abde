"""What the columns of a table are: counts, and ratios that rest on counts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import pandas as pd

from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.fields import Measure

CellKey: TypeAlias = tuple[Hashable, ...]
"""Column name, then the values of the dimensions."""
Statistic = Literal["share", "ratio", "mean", "median", "p90"]
Registry: TypeAlias = Mapping[str, Measure]

CLASSES = ("public", "rate", "cases", "staff")
# A 90th percentile has a tenth of the cases above it, and these too must reach the minimum.
_TIMES_MINIMUM = {"p90": 10}


@dataclass(frozen=True)
class Count:
    """A column of counts, stocks or changes.

    Attributes:
        column: name in the table.
        measure: name in the registry of measures, which knows its confidentiality class.
        published: whether the column is shown; one that is not still supports ratios, and is
            protected as if it were shown.
    """

    column: str
    measure: str
    published: bool = True


@dataclass(frozen=True)
class Ratio:
    """A column that rests on a count: a share, a quotient, a mean, a median, a P90.

    Attributes:
        column: name in the result.
        measure: name in the registry of measures.
        denominator: column of counts that it rests on.
        numerator: column of counts that is divided; needed for ``share`` and ``ratio``, which are
            computed here; means and medians are taken from the table.
        statistic: ``share`` where the numerator is a part of the denominator (the rest is then
            protected too), ``ratio`` where it is not.
        factor: 100 for percentages.
    """

    column: str
    measure: str
    denominator: str
    numerator: str = ""
    statistic: Statistic = "share"
    factor: float = 100.0

    @property
    def is_computed(self) -> bool:
        """Whether the values are computed from counts instead of taken from the table."""
        return self.statistic in {"share", "ratio"}

    def needed(self, minimum: int) -> int:
        """Return the smallest denominator that the ratio may rest on."""
        return minimum * _TIMES_MINIMUM.get(self.statistic, 1)


@dataclass(frozen=True)
class Columns:
    """The columns of one table, checked."""

    counts: tuple[Count, ...]
    ratios: tuple[Ratio, ...]
    registry: Registry

    def protected(self, policy: DisclosurePolicy) -> tuple[str, ...]:
        """Return the columns of counts that the rule protects."""
        return tuple(
            count.column
            for count in self.counts
            if self.registry[count.measure].confidentiality in policy.protect
        )

    def signed(self) -> tuple[str, ...]:
        """Return the columns of counts that may be negative: changes."""
        return tuple(
            count.column for count in self.counts if self.registry[count.measure].nature == "change"
        )

    def whole(self) -> tuple[str, ...]:
        """Return the columns of counts that hold whole numbers only."""
        return tuple(
            count.column for count in self.counts if self.registry[count.measure].digits == 0
        )

    def digits(self, ratio: Ratio) -> int:
        """Return the decimal places in which a ratio is published."""
        return self.registry[ratio.measure].digits


def check_columns(
    table: pd.DataFrame,
    measures: Sequence[Count | Ratio],
    dimensions: Sequence[str],
    registry: Registry,
) -> Columns:
    """Return the columns, sorted into counts and ratios.

    Raises:
        DisclosureError: a column is not declared, a measure has no known confidentiality class,
            a ratio lacks its denominator, or the dimensions do not identify the rows.
    """
    columns = Columns(
        tuple(each for each in measures if isinstance(each, Count)),
        tuple(each for each in measures if isinstance(each, Ratio)),
        registry,
    )
    for measure in measures:
        _check_class(measure, registry)
    for ratio in columns.ratios:
        _check_ratio(ratio, {count.column for count in columns.counts})
    _check_table(table, columns, dimensions)
    return columns


def _check_class(measure: Count | Ratio, registry: Registry) -> None:
    known = registry.get(measure.measure)
    if known is None or known.confidentiality not in CLASSES:
        raise DisclosureError(
            f"Messgröße »{measure.measure}« hat im Register keine Vertraulichkeitsklasse und wird "
            f"nicht veröffentlicht.\nErlaubt sind: {', '.join(CLASSES)} (measures.csv)."
        )
    if isinstance(measure, Count) and known.confidentiality == "rate":
        raise DisclosureError(
            f"Spalte »{measure.column}« enthält eine Quote oder einen Mittelwert: Die Zahl der "
            "Fälle oder Personen, auf der sie beruht, fehlt."
        )


def _check_ratio(ratio: Ratio, counts: set[str]) -> None:
    if ratio.statistic not in get_args(Statistic):
        raise DisclosureError(
            f"Spalte »{ratio.column}«: »{ratio.statistic}« wird nicht veröffentlicht. Erlaubt sind "
            "Quote, Verhältnis, Mittelwert, Median und 90. Perzentil, nicht aber Minimum und "
            "Maximum."
        )
    needed = [ratio.denominator, ratio.numerator] if ratio.is_computed else [ratio.denominator]
    if missing := [name for name in needed if name not in counts]:
        raise DisclosureError(
            f"Spalte »{ratio.column}«: Es fehlt die Spalte mit Zähler oder Nenner"
            f"{f' »{missing[0]}«' if missing[0] else ''}; ohne sie wird nichts veröffentlicht."
        )


def _check_table(table: pd.DataFrame, columns: Columns, dimensions: Sequence[str]) -> None:
    if not table.index.is_unique:
        raise ValueError("the index of a table to be protected must be unique")
    taken = [each.column for each in columns.ratios if not each.is_computed]
    needed = [*dimensions, *(count.column for count in columns.counts), *taken]
    computed = [each.column for each in columns.ratios if each.is_computed]
    if len({*needed, *computed}) < len(needed) + len(computed):
        raise DisclosureError("Eine Spalte ist doppelt angegeben.")
    if missing := [name for name in needed if name not in table.columns]:
        raise DisclosureError(f"In der Tabelle fehlen Spalten: {', '.join(missing)}.")
    if extra := [name for name in table.columns if name not in {*needed, *computed}]:
        raise DisclosureError(
            "Spalten ohne Angabe der Messgröße werden nicht veröffentlicht: "
            f"{', '.join(map(str, extra))}."
        )
    if table[list(dimensions)].isna().to_numpy().any():
        raise DisclosureError("In einer Zeile fehlt ein Merkmal; sie lässt sich nicht schützen.")
    alike = table.duplicated(list(dimensions)).any() if dimensions else len(table) > 1
    if alike:
        raise DisclosureError(
            f"Mehrere Zeilen haben dieselben Merkmale ({', '.join(dimensions)}); sie lassen sich "
            "nicht getrennt schützen."
        )
