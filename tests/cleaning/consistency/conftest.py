"""Monthly series of an export as observations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
import pytest

from analysis.cleaning.consistency import check_observations

FLOWS = {"received", "decided", "forms_started", "hired", "sickness_rate"}


@pytest.fixture(scope="session")
def make_series(make_rows) -> Callable[..., pd.DataFrame]:
    """Build a table from ``measure=values``: one value per month from January 2020 on.

    Line and column are those of a wide file: line 2 is the first month, a column is named after
    its measure. ``None`` leaves a month out.
    """

    def build(table: str = "case_counts", *, line: int = 2, **series) -> pd.DataFrame:
        keys = {name: series.pop(name) for name in ("unit", "group", "file") if name in series}
        file = keys.pop("file", "probe.csv")
        rows = [
            {
                "measure": measure,
                "value": value,
                "period": _cover(measure, month),
                "qualifier": "Auswertung",
                "published": str(value),
                "source_id": file,
                "origin": f"{file}#{line + number}:{measure}",
                "fact_id": f"{file}|{line}|{keys}|{measure}|{month}",
                **keys,
            }
            for measure, values in series.items()
            for number, month, value in _number(values)
        ]
        return make_rows(table, *rows)

    return build


def _number(values: Iterable[float | None]):
    for number, value in enumerate(values):
        if value is not None:
            yield number, pd.Period("2020-01", "M") + number, value


def _cover(measure: str, month: pd.Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    end = month.end_time.normalize()
    return (month.start_time if measure in FLOWS else end), end


@pytest.fixture(scope="session")
def check() -> Callable[..., list[tuple[object, ...]]]:
    """Check tables and list what is found: check, line, column, found, expected."""

    def run(*parts: pd.DataFrame, table: str = "case_counts", earlier=None, **others):
        tables = {table: pd.concat(parts, ignore_index=True), **others}
        found = check_observations(tables, pd.DataFrame() if earlier is None else earlier)
        columns = ["check", "row", "column", "found", "expected"]
        return [tuple(row) for row in found[columns].itertuples(index=False)]

    return run
