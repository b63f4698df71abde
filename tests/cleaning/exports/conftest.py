"""An export from CSV text, cleaned, and its observations as readable lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.cleaning.exports import clean_export
from analysis.cleaning.findings import Cleaned
from analysis.cleaning.names import Names, make_names
from analysis.mappings import Mapping
from analysis.readers.recognise import read

FILE = "probe.csv"
AS_OF = dt.date(2025, 12, 31)


def clean(text: str, *, names: Names | None = None, kind: str = "delimited", **mapping) -> Cleaned:
    given = {"place": "München", "method": "antraege", "service": "wohngeld", **mapping}
    cleaned = clean_export(
        read(text.encode(), FILE, kind),
        Mapping.model_validate(given),
        names or make_names(),
        file=FILE,
        as_of=AS_OF,
    )
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    assert cleaned.rows_read == cleaned.rows_kept + rejected, "rows are lost"
    return cleaned


def to_csv(table: pd.DataFrame, *columns: str) -> str:
    """Return the columns as CSV text, without index, values without needless decimals."""
    return table[list(columns)].to_csv(
        sep=";", index=False, header=False, float_format="%g", date_format="%Y-%m-%d"
    )


def list_findings(cleaned: Cleaned) -> list[tuple[object, ...]]:
    columns = ["check", "severity", "row", "column", "found", "rejected"]
    return [tuple(row) for row in cleaned.findings[columns].itertuples(index=False)]


@pytest.fixture(name="clean", scope="session")
def _clean() -> Callable[..., Cleaned]:
    return clean


@pytest.fixture(name="to_csv", scope="session")
def _to_csv() -> Callable[..., str]:
    return to_csv


@pytest.fixture(name="list_findings", scope="session")
def _list_findings() -> Callable[..., list[tuple[object, ...]]]:
    return list_findings


@pytest.fixture(scope="session")
def register() -> Names:
    """Two houses, one of them renamed on 1 July 2024."""
    columns = ["unit_id", "label", "name", "valid_from", "valid_to", "kind", "parent", "origin"]
    rows = [
        ("sbh-mitte", "SBH Mitte", "SBH Mitte", None, None, "SBH", "", "d.csv#2"),
        ("sbh-nord", "SBH Nord", "SBH Milbertshofen", None, "2024-06-30", "SBH", "", "d.csv#3"),
        ("sbh-nord", "SBH Nord", "SBH Nord", "2024-07-01", None, "SBH", "", "d.csv#4"),
    ]
    units = pd.DataFrame(rows, columns=columns).astype(
        {"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"}
    )
    return make_names(units)
