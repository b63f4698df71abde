"""Small exports with one row per case, and how they are cleaned in tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.cleaning.cases import clean_cases
from analysis.cleaning.findings import Cleaned
from analysis.cleaning.names import Names, make_names
from analysis.mappings import Mapping

SMALL = Path(__file__).parent / "small"
AS_OF = dt.date(2024, 3, 31)
COLUMNS = {
    "case_id": "Aktenzeichen",
    "unit": "Dienststelle",
    "received": "Eingang",
    "complete": "Vollständig",
    "decided": "Entscheidung",
    "channel": "Weg",
    "status": "Stand",
}
VALUES = {"channel": {"Papier": "paper", "E-Mail": "email"}}
HEADER = "Aktenzeichen;Dienststelle;Eingang;Vollständig;Entscheidung;Weg;Stand\n"

Clean = Callable[..., Cleaned]


def make_mapping(**changes: object) -> Mapping:
    stated = {
        "dataset": "cases",
        "place": "Musterstadt",
        "method": "antraege",
        "service": "wohngeld",
        "columns": COLUMNS,
        "values": VALUES,
    }
    return Mapping.model_validate(stated | changes)


def make_register(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return a register of units: identifier, name, first and last day (empty for open)."""
    frame = pd.DataFrame(rows, columns=["unit_id", "name", "valid_from", "valid_to"])
    days = {name: pd.to_datetime(frame[name]) for name in ("valid_from", "valid_to")}
    return frame.assign(**days, label=frame["name"], kind="Amt", parent="", origin="x#1")


NAMES = make_names(make_register(("nord", "Nord", "", ""), ("sued", "Süd", "", "")))


@pytest.fixture
def clean(tmp_path: Path) -> Clean:
    """Clean a text or bytes as an export; all arguments of ``clean_cases`` may be given."""

    def run(
        content: str | bytes,
        *,
        mapping: Mapping | None = None,
        names: Names = NAMES,
        as_of: dt.date = AS_OF,
        name: str = "faelle.csv",
        **more: object,
    ) -> Cleaned:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options = {"format_options": None, **more}
        return clean_cases(
            path, mapping or make_mapping(), names, as_of=as_of, file=name, **options
        )

    return run


def list_findings(cleaned: Cleaned) -> list[tuple[str, str, int, str]]:
    """Return check, severity, line and what was found of each finding."""
    found = cleaned.findings[["check", "severity", "row", "found"]]
    return [tuple(row) for row in found.itertuples(index=False)]  # type: ignore[misc]


def assert_nothing_lost(cleaned: Cleaned) -> None:
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    assert cleaned.rows_kept is not None
    assert cleaned.rows_read == cleaned.rows_kept + rejected
