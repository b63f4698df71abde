"""Protection of one table: the single way from a table of results to one that may be released."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.disclosure.columns import CellKey, Columns, Count, Ratio, Registry, check_columns
from analysis.disclosure.counts import ReleasedCounts, Task, make_keys, release_counts
from analysis.disclosure.ratios import LogLine, Shown, show_counts, show_ratio
from analysis.disclosure.relations import Relation, build_equations
from analysis.disclosure.signs import write_notes
from analysis.disclosure.system import build_system
from analysis.disclosure.tables import LOG_COLUMNS, ProtectedTable
from analysis.disclosure_policy import DisclosurePolicy
from analysis.fields import load_measures


def protect(  # noqa: PLR0913 - what is known about a table has this many parts
    table: pd.DataFrame,
    *,
    measures: Sequence[Count | Ratio],
    dimensions: Sequence[str],
    relations: Sequence[Relation] = (),
    policy: DisclosurePolicy,
    signs: pd.DataFrame | None = None,
    previous: ProtectedTable | None = None,
    registry: Registry | None = None,
) -> ProtectedTable:
    """Protect a table so that it may be released.

    Args:
        table: one row per combination of the dimensions; unrounded numbers, totals included.
        measures: what its columns are; a column that is not declared stops the release.
        dimensions: columns that identify a row.
        relations: totals and parts, hierarchy, stock and flow.
        policy: the edition's rule.
        signs: signs that the source gave for missing numbers (``x``, ``…``), same index.
        previous: the same table in the report before: what it showed cannot be hidden any more,
            what it hid stays hidden.
        registry: measures by name; by default the project's.

    Returns:
        Values, signs, log and footnotes.

    Raises:
        DisclosureError: the table must not be released as it is; the message says why.
    """
    columns = check_columns(table, measures, dimensions, registry or load_measures())
    values = _read_values(table, columns, dimensions)
    equations = build_equations(
        values,
        columns=[count.column for count in columns.counts],
        dimensions=dimensions,
        relations=relations,
    )
    system = build_system(
        values,
        equations,
        signed=columns.signed(),
        protected=columns.protected(policy),
        shown_before=_find_shown_before(values, previous),
    )
    counts = release_counts(Task(table, columns, dimensions, system, policy, previous))
    published = _show_columns(table, columns, counts, policy, signs)
    return ProtectedTable(
        values=table[list(dimensions)].assign(**{each.name: each.values for each in published}),
        signs=pd.DataFrame({each.name: each.signs for each in published}, index=table.index),
        log=_write_log(table, dimensions, [line for each in published for line in each.log]),
        notes=write_notes(policy, ratios=bool(columns.ratios)),
        optimal=counts.optimal,
        policy=policy,
        known=counts.known,
        equations=equations.equations,
        protected=counts.protected,
    )


def _read_values(
    table: pd.DataFrame, columns: Columns, dimensions: Sequence[str]
) -> dict[CellKey, float]:
    return {
        key: math.nan if pd.isna(value) else float(value)
        for count in columns.counts
        for key, value in zip(
            make_keys(table, count.column, dimensions), table[count.column], strict=True
        )
    }


def _find_shown_before(
    values: Mapping[CellKey, float], previous: ProtectedTable | None
) -> set[CellKey]:
    # A figure that was corrected since is another figure: the earlier one does not give it away.
    known = previous.known if previous is not None else {}
    return {
        key
        for key, interval in known.items()
        if interval.width == 0 and abs(values.get(key, math.nan) - interval.lower) < 1e-9
    }


def _show_columns(
    table: pd.DataFrame,
    columns: Columns,
    counts: ReleasedCounts,
    policy: DisclosurePolicy,
    signs: pd.DataFrame | None,
) -> list[Shown]:
    published = {count.column for count in columns.counts if count.published}
    shown = show_counts(table, columns, counts.numbers, counts.hidden, policy, signs)
    return [each for each in shown if each.name in published] + [
        show_ratio(ratio, table, columns, counts.numbers, policy, signs) for ratio in columns.ratios
    ]


def _write_log(
    table: pd.DataFrame, dimensions: Sequence[str], lines: Sequence[LogLine]
) -> pd.DataFrame:
    keys = make_keys(table, "", dimensions)
    names = {
        place: " · ".join(map(str, key[1:])) for place, key in zip(table.index, keys, strict=True)
    }
    return pd.DataFrame(
        [(names.get(place, "alle Zeilen"), *rest) for place, *rest in lines],
        columns=list(LOG_COLUMNS),
    )
