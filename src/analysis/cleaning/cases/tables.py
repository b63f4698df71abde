"""Counts become rows of ``case_counts`` and ``service_adoption``: one per value and month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.cleaning.cases.counts import OPEN, Counts, Group, State, join_units
from analysis.cleaning.cases.quantiles import PerMonth, compute_median_wait, compute_quantile
from analysis.fields import TABLES, load_measures
from analysis.mappings import CHANNELS, Mapping

Integers = npt.NDArray[np.int64]

DAYS_PER_MONTH = 30.4375
_LEVEL = "Stadt"
# Age in calendar months at the end of a month: the month of receipt itself is 0.
_AGES = (
    ("open_age_1", 0, 0),
    ("open_age_3", 1, 2),
    ("open_age_6", 3, 5),
    ("open_age_12", 6, 11),
    ("open_age_over_12", 12, None),
)


class Span(NamedTuple):
    """The months that are reported on, both included, since January of the year 0."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Number of months; 0 where none is complete."""
        return max(0, self.last - self.first + 1)


class _Values(NamedTuple):
    """Values of one measure: code of the group, month, value, cases behind it."""

    measure: str
    groups: Integers
    months: Integers
    values: npt.NDArray[np.float64]
    cases: Integers


def find_span(state: State, as_of: dt.date) -> Span:
    """Return the months from the first receipt to the last one that ``as_of`` completes."""
    month = as_of.year * 12 + as_of.month - 1
    complete = (as_of + dt.timedelta(days=1)).month != as_of.month
    first = int(state.flow.months.min()) if len(state.flow.keys) else month + 1
    return Span(first, month if complete else month - 1)


def make_tables(
    state: State, span: Span, mapping: Mapping, *, file: str
) -> dict[str, pd.DataFrame]:
    """Return rows of ``case_counts`` and, where channels are known, ``service_adoption``.

    Counts are per service and unit, in cases; medians and percentiles also over all units of a
    service (``unit`` empty), in months of 30.4375 days. A month without a case has counts of 0
    and no duration.

    Args:
        state: what was counted.
        span: months to be reported on.
        mapping: place and way of counting.
        file: name of the raw file, for the origin of the rows.
    """
    if not span.length or not state.groups:
        return {"case_counts": _frame([], (), span, mapping, file)}
    counts = [*_count_flows(state, span), *_measure_durations(state, span)]
    rows = [_frame(counts, state.groups, span, mapping, file)]
    joined = join_units(state)
    if any(unit for _, unit in state.groups):
        rows.append(
            _frame(list(_measure_durations(joined, span)), joined.groups, span, mapping, file)
        )
    # An empty part would make dates of the other parts into objects.
    tables = {"case_counts": pd.concat([each for each in rows if len(each)], ignore_index=True)}
    if "channel" in mapping.columns:
        channels = list(_count_channels(state, span))
        tables["service_adoption"] = _frame(channels, state.groups, span, mapping, file)
    return tables


def _count_flows(state: State, span: Span) -> Iterator[_Values]:
    groups, months = _list_cells(state.groups, span)
    shape = (len(state.groups), span.length)
    received = np.zeros(shape, np.int64)
    decided = np.zeros(shape, np.int64)
    ages = np.zeros((len(_AGES), *shape), np.int64)
    for group in range(len(state.groups)):
        opened, closed, still = _follow_group(state.flow, group, span)
        received[group], decided[group] = opened, closed
        for number, (_, youngest, oldest) in enumerate(_AGES):
            ages[number, group] = _sum_ages(still, youngest, oldest)
    results = {"received": received, "decided": decided, "open": ages.sum(axis=0)}
    results |= {name: ages[number] for number, (name, _, _) in enumerate(_AGES)}
    for measure, table in results.items():
        values = table.ravel()
        yield _Values(measure, groups, months, values.astype(np.float64), values)


def _follow_group(flow: Counts, group: int, span: Span) -> tuple[Integers, Integers, Integers]:
    """Return cases received and closed per month, and those still open by month of receipt.

    In the last table, row r and column m hold the cases received in month r and open at the end
    of month m.
    """
    start, end = np.searchsorted(flow.groups, [group, group + 1])
    length = span.length
    opening = flow.months[start:end] - span.first
    closing = flow.last[start:end]
    closing = np.where(closing == OPEN, length, closing - span.first)
    counts = flow.counts[start:end]
    inside = opening < length
    cells = opening[inside] * (length + 1) + np.minimum(closing[inside], length)
    flat = np.zeros(length * (length + 1), np.int64)
    np.add.at(flat, cells, counts[inside])
    table = flat.reshape(length, length + 1)
    received = table.sum(axis=1)
    still = received[:, None] - np.cumsum(table[:, :length], axis=1)
    return received, table[:, :length].sum(axis=0), still


def _sum_ages(still: Integers, youngest: int, oldest: int | None) -> Integers:
    length = len(still)
    receipt, month = np.indices((length, length))
    age = month - receipt
    within = (age >= youngest) & (age <= (length if oldest is None else oldest))
    return np.asarray(np.where(within, still, 0).sum(axis=0))


def _measure_durations(state: State, span: Span) -> Iterator[_Values]:
    for name, counts in (
        ("processing_time", state.durations),
        ("processing_time_complete", state.complete),
    ):
        yield _convert(f"{name}_median", compute_quantile(counts, 5), span)
        yield _convert(f"{name}_p90", compute_quantile(counts, 9), span)
    yield _convert("waiting_time_median", compute_median_wait(state.waits), span)


def _convert(measure: str, found: PerMonth, span: Span) -> _Values:
    inside = (found.months >= span.first) & (found.months <= span.last)
    return _Values(
        measure,
        found.groups[inside],
        found.months[inside],
        found.days[inside] / DAYS_PER_MONTH,
        found.cases[inside],
    )


def _count_channels(state: State, span: Span) -> Iterator[_Values]:
    groups, months = _list_cells(state.groups, span)
    size = len(groups)

    def spread(counts: Counts, chosen: npt.NDArray[np.bool_]) -> Integers:
        chosen = chosen & (counts.months <= span.last)
        cells = counts.groups[chosen] * span.length + counts.months[chosen] - span.first
        table = np.zeros(size, np.int64)
        np.add.at(table, cells, counts.counts[chosen])
        return table

    found = {
        f"applications_{channel}": spread(state.channels, state.channels.last == code)
        for code, channel in enumerate(CHANNELS)
        if (state.channels.last == code).any()
    }
    found["applications_total"] = spread(state.flow, np.ones(len(state.flow.keys), dtype=bool))
    for measure, values in found.items():
        yield _Values(measure, groups, months, values.astype(np.float64), values)


def _list_cells(groups: Sequence[Group], span: Span) -> tuple[Integers, Integers]:
    months = np.arange(span.first, span.last + 1)
    return (
        np.repeat(np.arange(len(groups)), span.length),
        np.tile(months, len(groups)),
    )


def _frame(
    parts: Sequence[_Values],
    groups: Sequence[Group],
    span: Span,
    mapping: Mapping,
    file: str,
) -> pd.DataFrame:
    """Return observations in the columns of the field registry."""
    columns = [field.name for field in TABLES["case_counts"]]
    filled = [part for part in parts if len(part.values)]
    if not filled:
        return pd.DataFrame(columns=columns)
    measures = [load_measures()[part.measure] for part in filled]
    kind = np.repeat(np.arange(len(filled)), [len(part.values) for part in filled])
    group = np.concatenate([part.groups for part in filled])
    month = np.concatenate([part.months for part in filled]) - span.first
    values = np.concatenate([part.values for part in filled])
    cases = np.concatenate([part.cases for part in filled])
    starts = np.arange(span.first - 1970 * 12, span.last + 1 - 1970 * 12).astype("datetime64[M]")
    first = starts.astype("datetime64[us]")
    last = (starts + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    stock = np.array([measure.nature == "stock" for measure in measures])[kind]
    end = last.astype("datetime64[us]")[month]
    service = _take([each for each, _ in groups], group)
    unit = _take([own for _, own in groups], group)
    measure = _take([part.measure for part in filled], kind)
    nothing = np.full(len(values), np.datetime64("NaT", "us"))
    texts = {
        "service": service,
        "unit": unit,
        "measure": measure,
        "measure_unit": _take([measure.unit for measure in measures], kind),
        "published": _word_cases(cases),
        "wording": pa.chunked_array(
            [
                _word_values(part.values, own.unit, own.digits)
                for part, own in zip(filled, measures, strict=True)
            ]
        ).combine_chunks(),
        "fact_id": _join(
            "|",
            pa.scalar(file),
            service,
            unit,
            pa.scalar(""),
            measure,
            _take(last.astype("str").tolist(), month),
        ),
        "origin": _join(
            "/",
            _join("#0:", pa.scalar(file), service),
            unit,
            measure,
            _take(starts.astype("str").tolist(), month),
        ),
        **{
            name: _take([text], np.zeros(len(values), np.int64))
            for name, text in (
                ("group", ""),
                ("place", mapping.place),
                ("level", _LEVEL),
                ("kind", "ist"),
                ("certainty", "exact"),
                ("rule", "exact"),
                ("qualifier", "Auswertung"),
                ("method", mapping.method),
                ("note", ""),
                ("source_id", file),
            )
        },
    }
    return pd.DataFrame(
        {
            **pa.table(texts).to_pandas().astype("str"),
            "period_start": np.where(stock, end, first[month]),
            "period_end": end,
            "base_start": nothing,
            "base_end": nothing,
            "value": values,
            "lower": values,
            "upper": values,
            "base_value": np.full(len(values), np.nan),
        },
        columns=columns,
    )


def _take(texts: Sequence[str], codes: Integers) -> pa.StringArray:
    return pa.array(texts, pa.string()).take(pa.array(codes))


def _join(separator: str, *parts: pa.StringArray | pa.StringScalar) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, separator)


def _word_cases(cases: Integers) -> pa.StringArray:
    distinct, codes = np.unique(cases, return_inverse=True)
    words = [f"aus {_group(n)} {'Vorgang' if n == 1 else 'Vorgängen'}" for n in distinct.tolist()]
    return _take(words, codes)


def _word_values(values: npt.NDArray[np.float64], unit: str, digits: int) -> pa.StringArray:
    distinct, codes = np.unique(np.round(values, digits), return_inverse=True)
    return _take([f"{_group(value, digits)} {unit}" for value in distinct.tolist()], codes)


def _group(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))
