"""Prepare an edition's data: read, clean, compare, validate, store as Parquet.

The stored tables carry a fingerprint of the raw files, their sidecars and the code that cleaned
them; while it holds, nothing is cleaned again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.editions import Edition
from analysis.errors import DataError
from analysis.fields import TABLES
from analysis.sources import RawFile, list_raw_files, read_raw_file

if TYPE_CHECKING:
    from analysis.cleaning.findings import Cleaned

_SHOWN = 5
_STAMP = "stand.json"
_LIBRARIES = ("pandas", "pandera", "pyarrow")
_CODE = (
    "cleaning",
    "fields.py",
    "mappings.py",
    "measures.csv",
    "prepare.py",
    "presentation/formats.py",
    "readers",
    "sources.py",
    "validation.py",
)


class Prepared(NamedTuple):
    """An edition's data, cleaned and validated.

    ``folder`` holds one Parquet file per table; ``places`` are the places for which there are case
    counts; ``state_of_data`` says in German how recent the data are.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    raw_files: tuple[RawFile, ...]

    @property
    def findings(self) -> pd.DataFrame:
        """Findings of cleaning and validation."""
        return self.tables["findings"]

    @property
    def state_of_data(self) -> str:
        """How recent the data are, in German."""
        as_of = max(raw.sidecar.as_of for raw in self.raw_files)
        accessed = max(raw.sidecar.accessed for raw in self.raw_files)
        return f"Unterlagen bis {_german(as_of)}, abgerufen am {_german(accessed)}"

    @property
    def places(self) -> tuple[str, ...]:
        """Places for which there are case counts, sorted."""
        return tuple(sorted(set(self.tables["case_counts"]["place"])))


def prepare_data(edition: Edition, root: Path) -> Prepared:
    """Clean and validate an edition's raw files and store the tables, unless that is up to date.

    Raises:
        DataError: a raw file is missing, altered or of another origin, or findings of severity
            ``fehler`` stop the report.
    """
    raw_files = _read_raw_files(edition, root)
    folder = root / "data" / "processed" / edition.name
    fingerprint = _fingerprint(raw_files)
    stored = _load_stored(folder, fingerprint)
    if stored is not None:
        return Prepared(folder, stored, raw_files)
    prepared = Prepared(folder, _clean_all(raw_files), raw_files)
    require_reportable(prepared.findings, edition.name)
    _store(prepared, fingerprint)
    return prepared


def clean_data(edition: Edition, root: Path) -> Prepared:
    """Clean and validate an edition's raw files without storing or judging the result.

    Raises:
        DataError: a raw file is missing, altered, unreadable or of another origin.
    """
    raw_files = _read_raw_files(edition, root)
    folder = root / "data" / "processed" / edition.name
    return Prepared(folder, _clean_all(raw_files), raw_files)


def require_reportable(findings: pd.DataFrame, edition: str) -> None:
    """Stop where findings of severity ``fehler`` forbid a report.

    Raises:
        DataError: there are such findings; the message names the first ones.
    """
    errors = findings.loc[findings["severity"] == "fehler"]
    if errors.empty:
        return
    lines = [
        f"  {row['file']}, Zeile {row['row']}, Spalte »{row['column'] or 'alle'}«: "
        f"{row['message']} Gefunden: »{row['found']}«; erwartet: {row['expected']}."
        for _, row in errors.head(_SHOWN).iterrows()
    ]
    more = len(errors) - _SHOWN
    raise DataError(
        "\n".join(
            [
                f"Die Daten der Edition »{edition}« enthalten Fehler, mit denen kein Bericht "
                "erstellt werden darf:",
                *lines,
                *([f"  … und {more} weitere."] if more > 0 else []),
                f"Alle Befunde zeigt »lagebild check {edition}«.",
            ]
        )
    )


def _read_raw_files(edition: Edition, root: Path) -> tuple[RawFile, ...]:
    paths = list_raw_files(root / "data" / "raw" / edition.raw)
    if not paths:
        raise DataError(f"Ordner data/raw/{edition.raw} enthält keine Rohdaten.")
    return tuple(read_raw_file(path, origin=edition.origin) for path in paths)


def _clean_all(raw_files: Iterable[RawFile]) -> dict[str, pd.DataFrame]:
    # Imported here: the schemas take longer to import than stored tables take to read.
    from analysis.cleaning.datasets import clean_raw_file  # noqa: PLC0415
    from analysis.cleaning.findings import identify_findings, join_findings  # noqa: PLC0415
    from analysis.validation import validate_table  # noqa: PLC0415

    cleaned = [clean_raw_file(raw) for raw in raw_files]
    checked = {name: validate_table(name, rows) for name, rows in _gather(cleaned).items()}
    findings = join_findings(
        *(part.findings for part in cleaned), *(result.findings for result in checked.values())
    )
    tables = {name: result.rows for name, result in checked.items()}
    return {**tables, "findings": validate_table("findings", identify_findings(findings)).rows}


def _gather(cleaned: list[Cleaned]) -> dict[str, pd.DataFrame]:
    from analysis.cleaning.contradictions import (  # noqa: PLC0415
        find_contradictions,
        gather_observations,
    )
    from analysis.cleaning.references import complete_sources  # noqa: PLC0415

    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES if name != "findings"}
    for part in cleaned:
        for name, rows in part.tables.items():
            parts[name].append(rows)
    tables = {name: _concat(name, rows) for name, rows in parts.items()}
    return {
        **tables,
        "sources": complete_sources(tables["sources"]),
        "contradictions": find_contradictions(gather_observations(tables)),
    }


def _concat(table: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    columns = [field.name for field in TABLES[table]]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _fingerprint(raw_files: tuple[RawFile, ...]) -> str:
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library}\0{version(library)}\0".encode())
    for raw in raw_files:
        digest.update(f"{raw.name}\0{raw.sidecar.model_dump_json()}\0".encode())
        digest.update(f"{raw.mapping.model_dump_json() if raw.mapping else ''}\0".encode())
    package = Path(__file__).parent
    for path in sorted(_list_code(package)):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _list_code(package: Path) -> Iterable[Path]:
    for name in _CODE:
        place = package / name
        if place.is_file():
            yield place
        else:
            yield from (path for path in place.rglob("*") if path.suffix in {".py", ".csv"})


def _load_stored(folder: Path, fingerprint: str) -> dict[str, pd.DataFrame] | None:
    stamp = folder / _STAMP
    try:
        recorded = json.loads(stamp.read_text("utf-8"))
        if recorded.get("fingerprint") != fingerprint:
            return None
        checksums = recorded["tables"]
        return {name: _read_table(folder, name, checksums[name]) for name in TABLES}
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        # A missing or damaged store is simply made anew.
        return None


def _read_table(folder: Path, name: str, checksum: str) -> pd.DataFrame:
    content = (folder / f"{name}.parquet").read_bytes()
    if hashlib.sha256(content).hexdigest() != checksum:
        # Parquet itself does not notice every altered byte, and figures must come from raw data.
        raise ValueError(f"stored table {name} was altered")
    return pd.read_parquet(io.BytesIO(content))


def _store(prepared: Prepared, fingerprint: str) -> None:
    folder = prepared.folder
    folder.mkdir(parents=True, exist_ok=True)
    # Without its stamp a half-written store does not count.
    (folder / _STAMP).unlink(missing_ok=True)
    checksums = {}
    for name, rows in prepared.tables.items():
        content = rows.to_parquet(index=False)
        _write_atomically(folder / f"{name}.parquet", content)
        checksums[name] = hashlib.sha256(content).hexdigest()
    stamp = json.dumps({"fingerprint": fingerprint, "tables": checksums}, indent=2) + "\n"
    _write_atomically(folder / _STAMP, stamp.encode())


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(content)
    os.replace(stream.name, path)


def _german(day: dt.date) -> str:
    return f"{day:%d.%m.%Y}"
