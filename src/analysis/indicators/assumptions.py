"""Assumptions as tables: those of the edition and those of measures, with changes of one build.

Method: docs/methods/assumptions.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.assumed import QUANTITIES, Assumed, Points
from analysis.presentation.formats import format_number
from analysis.presentation.phrases import join_words

POINTS = ["minimum", "mode", "maximum"]
COLUMNS = [
    "assumption_id",
    "subject",
    "subject_name",
    "quantity",
    "label",
    *POINTS,
    "measure_unit",
    "basis",
    "fact_ids",
    "evidence",
    "as_of",
    "published",
    "source_id",
    "origin",
    "changed",
]


def list_assumed(assumed: Sequence[Assumed], *, edition: str) -> pd.DataFrame:
    """Return the assumptions of an edition as a table.

    Args:
        assumed: entries of the edition.
        edition: name of the edition.

    Returns:
        Columns ``COLUMNS``; ``mode`` is missing where no value is likelier than another, ``origin``
        is ``<edition>.toml#<subject>/<quantity>``.
    """
    rows = [
        {
            "assumption_id": item.key,
            "subject": item.subject,
            "subject_name": item.name,
            "quantity": item.quantity,
            "label": QUANTITIES[item.quantity].label,
            "minimum": item.minimum,
            "mode": float("nan") if item.mode is None else item.mode,
            "maximum": item.maximum,
            "measure_unit": QUANTITIES[item.quantity].unit,
            "basis": item.basis,
            "fact_ids": " ".join(item.facts),
            "evidence": item.source,
            "as_of": pd.Timestamp(item.as_of),
            "source_id": name_source(edition),
            "origin": f"{edition}.toml#{item.key}",
            "changed": False,
        }
        for item in assumed
    ]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "published"])
    return table.assign(published=_say_points(table))[COLUMNS]


def name_source(edition: str) -> str:
    """Return the identifier of an edition's file in the register of sources."""
    return f"edition:{edition}"


def change_assumptions(table: pd.DataFrame, overrides: Mapping[str, Points]) -> pd.DataFrame:
    """Return assumptions with the values of one build.

    Args:
        table: assumptions of the edition or of measures.
        overrides: assumption to three points; what the table does not have is left alone.

    Returns:
        The table with ``changed``; ``basis`` of a changed one is ``Annahme`` and ``published`` says
        both values.
    """
    changed = table["assumption_id"].isin(list(overrides))
    given = pd.DataFrame(
        [overrides[key] for key in table.loc[changed, "assumption_id"]],
        index=table.index[changed],
        columns=POINTS,
        dtype="float64",
    )
    result = table.assign(changed=changed, basis=table["basis"].mask(changed, "Annahme"))
    result.loc[changed, POINTS] = given
    said = _say_points(result) + ", für diesen Lauf geändert; sonst: " + table["published"]
    return result.assign(published=table["published"].mask(changed, said))


def find_points(table: pd.DataFrame, subject: str, quantity: str) -> pd.Series | None:
    """Return the row of an assumption with ``value``, ``lower``, ``upper``; none where it is not.

    ``value`` is the mode or, where there is none, the middle.
    """
    rows = table.loc[(table["subject"] == subject) & (table["quantity"] == quantity)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    middle = (row["minimum"] + row["maximum"]) / 2
    value = middle if pd.isna(row["mode"]) else row["mode"]
    points = pd.Series({"value": value, "lower": row["minimum"], "upper": row["maximum"]})
    found: pd.Series = pd.concat([row, points])
    return found


def select_assumed(table: pd.DataFrame, keys: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the assumptions on some quantities, by subject, in the order of ``keys``."""
    wanted = [f"{subject}/{name}" for subject, names in keys.items() for name in names]
    places = {key: place for place, key in enumerate(wanted)}
    rows = table.loc[table["assumption_id"].isin(wanted)]
    order = rows["assumption_id"].map(places).sort_values().index
    return rows.loc[order].reset_index(drop=True)


def describe_assumptions(table: pd.DataFrame) -> pd.DataFrame:
    """Return assumptions as they are shown: three points as ``value``, ``lower``, ``upper``.

    Returns:
        The table with ``value`` (missing where no value is likelier), ``lower``, ``upper``,
        ``rule`` (``exact`` where the three are one), ``digits`` needed, ``measure`` ``public`` and
        ``state`` in German (``belegt``, ``Annahme``, ``für diesen Lauf geändert``).
    """
    certain = table["minimum"].eq(table["maximum"])
    return table.assign(
        value=table["mode"],
        lower=table["minimum"],
        upper=table["maximum"],
        rule=certain.map({True: "exact", False: "range"}),
        measure="public",
        state=table["basis"].mask(table["changed"], "für diesen Lauf geändert"),
    )


def say_changes(table: pd.DataFrame) -> str:
    """Return in German which assumptions this build changed; empty where none."""
    names = [
        f"{row['subject_name']}: {row['label'] if 'label' in row else row['quantity']}"
        for _, row in table.loc[table["changed"]].iterrows()
    ]
    return f"Für diesen Lauf geändert: {join_words(names)}." if names else ""


def _say_points(rows: pd.DataFrame) -> pd.Series:
    said = [
        _say_range(row["minimum"], row["mode"], row["maximum"], str(row["measure_unit"]))
        for _, row in rows.iterrows()
    ]
    return pd.Series(said, rows.index, dtype="str")


def _say_range(minimum: float, mode: float, maximum: float, unit: str) -> str:
    if minimum == maximum:
        return f"{_say(minimum)} {unit}"
    middle = "" if pd.isna(mode) else f", am ehesten {_say(mode)}"
    return f"{_say(minimum)} bis {_say(maximum)} {unit}{middle}"


def _say(number: float) -> str:
    digits = next((d for d in range(4) if round(number, d) == number), 4)
    return format_number(number, digits)
