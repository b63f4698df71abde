"""Data tables for blocks: a frame of results and a list of column specs become a ``Table``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypedDict

import pandas as pd

from analysis.presentation.blocks import Cell, Column, Table
from analysis.presentation.formats import (
    MISSING,
    as_float,
    format_date,
    format_number,
    format_period,
    make_number,
    shorten_interval,
)
from analysis.presentation.numbers import Number, Origin

Resolve = Callable[[Iterable[str]], tuple[Origin, ...]]
"""Turns origin keys (``file#line``) into origins with quote and source."""


_UNBREAKABLE = str.maketrans({"-": "\u2011", " ": "\u00a0"})
# Words that the bounds alone do not tell; an average is stated as it is.
_WORDS = {"below": "knapp", "above": "gut", "average": ""}


Form: TypeAlias = Literal["text", "code", "number", "interval", "period", "date", "state"]


class NumberOptions(TypedDict, total=False):
    """Options of ``trace_number``."""

    key: str
    lower: str
    upper: str
    rule: str
    unit: str | None
    digits: int
    label: str
    measure: str


@dataclass(frozen=True)
class Spec:
    """How one column of a frame becomes a column of a table.

    Attributes:
        key: column of the frame; for ``interval`` the column of values, for ``period`` ignored.
        label: German heading.
        form: ``text``; ``code`` (an identifier that does not break); ``number`` (an exact
            figure); ``interval`` (``key`` with ``lower`` and
            ``upper``); ``period`` (``period_start``, ``period_end``); ``date``; ``state`` (a
            coded state, coloured).
        unit: shown in the heading.
        digits: decimal places.
        lower: column of lower bounds for ``interval``.
        upper: column of upper bounds for ``interval``.
        rule: column with the rule that set the bounds, where there is one.
        measure: what is counted (see ``Number.measure``); where it is not given and ``key`` is
            ``value``, the row's ``measure``.
    """

    key: str
    label: str
    form: Form = "text"
    unit: str = ""
    digits: int = 0
    lower: str = "lower"
    upper: str = "upper"
    rule: str = "rule"
    measure: str = ""


def make_table(
    frame: pd.DataFrame,
    specs: Sequence[Spec],
    *,
    caption: str,
    resolve: Resolve,
    missing: str = "",
) -> Table:
    """Return ``frame`` as a data table.

    Args:
        frame: one row per row of the table; ``origins`` (tuples of origin keys) or ``origin``
            trace its numbers. ``sign`` stands where ``value`` is missing, ``<key>_sign`` where
            another column is.
        specs: columns in order; the first one heads the rows.
        caption: what the table shows, in German.
        resolve: turns origin keys into origins.
        missing: sign for a missing number where the row has none.
    """
    columns = tuple(
        Column(key=spec.key, label=spec.label, unit=spec.unit, align=_align(spec)) for spec in specs
    )
    rows = tuple(
        tuple(_make_cell(row, spec, resolve, missing) for spec in specs)
        for _, row in frame.iterrows()
    )
    wordy = [
        key
        for (_, row), cells in zip(frame.iterrows(), rows, strict=True)
        if not any(cell.number for cell in cells)
        for key in _origin_keys(row)
    ]
    return Table(caption=caption, columns=columns, rows=rows, origins=resolve(wordy))


def trace_number(  # noqa: PLR0913 - each column can be named on its own
    row: pd.Series[Any],
    resolve: Resolve,
    *,
    key: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    rule: str = "rule",
    unit: str | None = None,
    digits: int = 0,
    label: str = "",
    measure: str = "",
) -> Number:
    """Return the traced number of one row of results.

    Args:
        row: has ``key`` and, for a figure with bounds, ``lower`` and ``upper``; without these
            columns the figure is exact. ``measure_unit`` is its unit where ``unit`` is not given.
        resolve: turns origin keys into origins.
        key: column with the value.
        lower: column with the lower bound.
        upper: column with the upper bound.
        rule: column with the rule that set the bounds (``range``, ``more_than`` …).
        unit: unit, kept apart from the text.
        digits: decimal places.
        label: what is counted, in German.
        measure: what is counted, for the disclosure rule; where it is not given and ``key`` is
            ``value``, the row's ``measure``.

    Raises:
        ValueError: value and bounds are all missing.
    """
    bounded = lower in row.index and upper in row.index
    applied = str(row.get(rule, "")) if bounded else "exact"
    shown = _shown_digits(row[key], applied, digits)
    number = make_number(
        row[key],
        row[lower] if bounded else row[key],
        row[upper] if bounded else row[key],
        unit=str(row.get("measure_unit", "")) if unit is None else unit,
        digits=shown,
        label=label,
        origins=resolve(_origin_keys(row)),
        # Bounds without a best figure are a range; their middle would be made up.
        wording="range" if applied == "range" or pd.isna(row[key]) else None,
        exclusive=applied in {"more_than", "less_than"},
    )
    number = number.model_copy(update={"measure": measure or _own_measure(row, key)})
    if applied not in _WORDS:
        return number
    words = f"{_WORDS[applied]} {format_number(row[key], shown)}".strip()
    return number.model_copy(update={"text": words})


def _own_measure(row: pd.Series[Any], key: str) -> str:
    # Only the value itself is what the row says it is; other columns may be anything.
    own = row.get("measure", "") if key == "value" else ""
    return own if isinstance(own, str) else ""


def label_row(row: pd.Series[Any], *, digits: int = 0) -> str:
    """Return a row's figure with its bounds as a chart label: ``≈ 17``, ``≥ 18``, ``3,9``.

    Args:
        row: ``value``, ``lower``, ``upper`` and, where there is one, ``rule``.
        digits: decimal places at most.
    """
    rule = str(row.get("rule", ""))
    shown = _shown_digits(row["value"], rule, digits)
    if rule == "average":
        return format_number(row["value"], shown)
    return shorten_interval(row["value"], row["lower"], row["upper"], shown)


def _shown_digits(value: float, rule: str, digits: int) -> int:
    # A rounded figure must not look more exact than its source: »rund 17«, never »rund 17,0«.
    whole = pd.notna(value) and round(float(value), digits) == round(float(value))
    return 0 if rule not in {"", "exact"} and whole else digits


def _align(spec: Spec) -> Literal["left", "right", "center"]:
    if spec.form in {"number", "interval"}:
        return "right"
    return "center" if spec.form == "state" else "left"


def _make_cell(row: pd.Series[Any], spec: Spec, resolve: Resolve, missing: str) -> Cell:
    if spec.form == "period":
        return Cell(text=format_period(row["period_start"], row["period_end"]))
    content = row[spec.key]
    if spec.form == "date":
        return Cell(text=format_date(content))
    if spec.form in {"number", "interval"}:
        return _make_number_cell(row, spec, resolve, missing)
    text = "" if pd.isna(content) else str(content)
    if spec.form == "code":
        text = text.translate(_UNBREAKABLE)
    state = text if spec.form == "state" else ""
    return Cell(text=text or MISSING, state=state, measure=spec.measure)


def _make_number_cell(row: pd.Series[Any], spec: Spec, resolve: Resolve, missing: str) -> Cell:
    bounds = (spec.lower, spec.upper) if spec.form == "interval" else ("", "")
    known = [as_float(row[key]) for key in (spec.key, *bounds) if key]
    if all(number is None for number in known):
        own = row.get("sign" if spec.key == "value" else f"{spec.key}_sign", "")
        sign = own if isinstance(own, str) and own else missing
        return Cell(text=sign or MISSING, sign=sign)
    number = trace_number(
        row,
        resolve,
        key=spec.key,
        lower=bounds[0],
        upper=bounds[1],
        rule=spec.rule,
        unit="",
        digits=spec.digits,
        label=spec.label,
        measure=spec.measure,
    )
    return Cell(text=number.text, number=number)


def _origin_keys(row: pd.Series[Any]) -> tuple[str, ...]:
    if "origins" in row.index:
        return tuple(row["origins"])
    return (str(row["origin"]),) if "origin" in row.index else ()
