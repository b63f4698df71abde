"""Prepare an edition's data: read, clean, compare, validate, protect, store as Parquet.

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
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.acceptance import stop_errors
from analysis.disclosure_policy import require_policy
from analysis.editions import Edition
from analysis.errors import DataError
from analysis.fields import OBSERVATION_TABLES, TABLES
from analysis.sources import RawFile, list_raw_files, read_raw_file

if TYPE_CHECKING:
    from analysis.cleaning.cases import Executor

_SHOWN = 5
_STAMP = "stand.json"
_RELEASED = "freigabe"
_LIBRARIES = ("pandas", "pandera", "pyarrow")
_CODE = (
    "acceptance.py",
    "cleaning",
    "disclosure",
    "disclosure_policy.py",
    "fields.py",
    "findings_text.py",
    "mappings.py",
    "measures.csv",
    "prepare.py",
    "presentation/formats.py",
    "privacy.py",
    "privacy_names.py",
    "privacy_patterns.py",
    "readers",
    "sources.py",
    "unit_factors.csv",
    "units.py",
    "validation.py",
)


class Prepared(NamedTuple):
    """An edition's data, cleaned and validated.

    ``folder`` holds one Parquet file per table; ``released`` are the tables that may be shown,
    with protected numbers (``disclosure.release``); ``places`` are the places with case
    counts; ``state_of_data`` says in German how recent the data are.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    raw_files: tuple[RawFile, ...]
    released: dict[str, pd.DataFrame]

    @property
    def findings(self) -> pd.DataFrame:
        """Findings of cleaning and validation."""
        return self.tables["findings"]

    @property
    def state_of_data(self) -> str:
        """How recent the data are, in German."""
        as_of = max(raw.sidecar.as_of for raw in self.raw_files)
        accessed = max(raw.sidecar.accessed for raw in self.raw_files)
        what = "Musterdaten" if self._are_made_up else "Unterlagen"
        return f"{what} bis {_german(as_of)}, abgerufen am {_german(accessed)}"

    @property
    def _are_made_up(self) -> bool:
        return any(raw.sidecar.origin == "synthetic" for raw in self.raw_files)

    @property
    def places(self) -> tuple[str, ...]:
        """Places for which there are case counts, sorted."""
        return tuple(sorted(set(self.tables["case_counts"]["place"])))


def prepare_data(edition: Edition, root: Path, *, executor: Executor | None = None) -> Prepared:
    """Clean and validate an edition's raw files and store the tables, unless that is up to date.

    Args:
        edition: which raw files, and by which rules.
        root: project folder.
        executor: what cleans the pieces of large exports of cases; by default this machine.

    Raises:
        DataError: a raw file is missing, altered or of another origin, or findings of severity
            ``fehler`` stop the report.
        DisclosureError: the raw files hold an office's export, and the edition has no rule by
            which small numbers are protected.
    """
    raw_files = _read_raw_files(edition, root)
    folder = root / "data" / "processed" / edition.name
    fingerprint = _fingerprint(edition, raw_files)
    stored = _load_stored(folder, fingerprint)
    if stored is not None:
        released = stored.released or _release(edition, raw_files, stored.tables)
        return Prepared(folder, stored.tables, raw_files, released)
    tables = _clean_all(edition, raw_files, executor)
    require_reportable(tables["findings"], edition.name)
    prepared = Prepared(folder, tables, raw_files, _release(edition, raw_files, tables))
    _store(prepared, fingerprint, protected=edition.disclosure is not None)
    return prepared


def clean_data(edition: Edition, root: Path) -> Prepared:
    """Clean and validate an edition's raw files without storing, judging or releasing the result.

    Raises:
        DataError: a raw file is missing, altered, unreadable or of another origin.
    """
    raw_files = _read_raw_files(edition, root)
    folder = root / "data" / "processed" / edition.name
    return Prepared(folder, _clean_all(edition, raw_files), raw_files, {})


def require_reportable(findings: pd.DataFrame, edition: str) -> None:
    """Stop where findings of severity ``fehler`` forbid a report.

    Raises:
        DataError: there are such findings; the message names the first ones.
    """
    errors = stop_errors(findings)
    if errors.empty:
        return
    lines = [
        f"  {row['file']}, Zeile {row['row']}, Spalte »{row['column'] or 'alle'}«: "
        f"{row['message']} Gefunden: »{row['found']}«; erwartet: {row['expected']}. "
        f"[{row['finding_id']}]"
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


def _clean_all(
    edition: Edition, raw_files: Sequence[RawFile], executor: Executor | None = None
) -> dict[str, pd.DataFrame]:
    # Imported here: the schemas take longer to import than stored tables take to read.
    from analysis.acceptance import accept_findings  # noqa: PLC0415
    from analysis.cleaning.datasets import clean_raw_files  # noqa: PLC0415
    from analysis.cleaning.findings import identify_findings, join_findings  # noqa: PLC0415
    from analysis.findings_text import protect_findings  # noqa: PLC0415
    from analysis.validation import validate_table  # noqa: PLC0415

    cleaned, found = clean_raw_files(raw_files, executor)
    checked = {name: validate_table(name, rows) for name, rows in cleaned.items()}
    findings = join_findings(found, *(result.findings for result in checked.values()))
    judged = accept_findings(
        identify_findings(findings), edition.accept, file=f"{edition.name}.toml"
    ).pipe(protect_findings, _list_withheld(raw_files))
    tables = {name: result.rows for name, result in checked.items()}
    return {**tables, "findings": validate_table("findings", judged).rows}


def _list_withheld(raw_files: Iterable[RawFile]) -> dict[str, tuple[str, ...]]:
    """Return for each export the columns whose content no finding may quote."""
    return {
        raw.name: tuple(
            name
            for field in ("case_id", "post_id")
            for name in (field, raw.mapping.columns.get(field, field))
        )
        for raw in raw_files
        if raw.mapping is not None
    }


def _release(
    edition: Edition, raw_files: Iterable[RawFile], tables: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    exported = any(raw.mapping is not None for raw in raw_files)
    policy = require_policy(edition.origin, edition.disclosure, exported=exported)
    if policy is None:
        # What is public already is shown as it is.
        return tables | {name: tables[name].assign(sign="") for name in OBSERVATION_TABLES}
    # Imported here: the solvers take longer to import than stored tables take to read.
    from analysis.disclosure.release import release_observations  # noqa: PLC0415

    return dict(release_observations(tables, policy).tables)


def _fingerprint(edition: Edition, raw_files: tuple[RawFile, ...]) -> str:
    digest = hashlib.sha256()
    judged = edition.model_dump_json(include={"accept", "disclosure"})
    digest.update(f"{judged}\0".encode())
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


class _Stored(NamedTuple):
    tables: dict[str, pd.DataFrame]
    released: dict[str, pd.DataFrame]


def _load_stored(folder: Path, fingerprint: str) -> _Stored | None:
    stamp = folder / _STAMP
    try:
        recorded = json.loads(stamp.read_text("utf-8"))
        if recorded.get("fingerprint") != fingerprint:
            return None
        tables = {name: _read_table(folder, name, recorded["tables"][name]) for name in TABLES}
        released = {
            name: _read_table(folder / _RELEASED, name, checksum)
            for name, checksum in recorded["released"].items()
        }
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        # A missing or damaged store is simply made anew.
        return None
    return _Stored(tables, released)


def _read_table(folder: Path, name: str, checksum: str) -> pd.DataFrame:
    content = (folder / f"{name}.parquet").read_bytes()
    if hashlib.sha256(content).hexdigest() != checksum:
        # Parquet itself does not notice every altered byte, and figures must come from raw data.
        raise ValueError(f"stored table {name} was altered")
    return pd.read_parquet(io.BytesIO(content))


def _store(prepared: Prepared, fingerprint: str, *, protected: bool) -> None:
    folder = prepared.folder
    folder.mkdir(parents=True, exist_ok=True)
    # Without its stamp a half-written store does not count.
    (folder / _STAMP).unlink(missing_ok=True)
    record = {
        "fingerprint": fingerprint,
        "tables": _write_tables(folder, prepared.tables),
        "released": _write_tables(folder / _RELEASED, prepared.released) if protected else {},
    }
    _write_atomically(folder / _STAMP, (json.dumps(record, indent=2) + "\n").encode())


def _write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    checksums = {}
    for name, rows in tables.items():
        content = rows.to_parquet(index=False)
        _write_atomically(folder / f"{name}.parquet", content)
        checksums[name] = hashlib.sha256(content).hexdigest()
    return checksums


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(content)
    os.replace(stream.name, path)


def _german(day: dt.date) -> str:
    return f"{day:%d.%m.%Y}"
