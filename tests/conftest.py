"""Fixtures for all tests: the real data, prepared once, and small projects and tables."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from analysis.editions import Edition, load_edition, project_root
from analysis.fields import TABLES, Field
from analysis.prepare import Prepared, prepare_data

# A busy machine must not turn a slow example into a failure.
settings.register_profile("lagebild", deadline=None, max_examples=50)
settings.load_profile("lagebild")

ROOT = Path(__file__).resolve().parents[1]

FIGURES_HEADER = (
    "fact_id\ttopic\tindicator\tvalue\tunit\tperiod_or_asof\tgeography\tqualifier\t"
    "source_title\tsource_url\tnote\n"
)
_MUENCHEN = "München (Stadt)"
_SZ = "SZ: Probe\thttps://example.org/sz\tpub 2023-03\n"
TINY_FIGURES = FIGURES_HEADER + "".join(
    f"{number}\twohngeld_muenchen\t{indicator}\t{value}\tAnträge\t{period}\t{_MUENCHEN}\texact\t{_SZ}"
    for number, indicator, value, period in (
        ("F901", "applications_received", "100", "2023-01"),
        ("F902", "applications_decided", "80", "2023-01"),
        ("F903", "open_applications", "400", "2023-01-31"),
    )
)
_EDITION = """
title = "Probebericht"
subtitle = "Für Prüfungen"
city = "München"
city_label = "München"
administration = "Sozialreferat"
origin = "documented"
raw = "probe"
chapters = ["00_eins"]

[parameters]
stichtag = 2026-01-31
vergleichsstaedte = []
fenster_monate = 2
"""
_SIDECAR = """
title = "Probe"
producer = "Test"
document = "Test"
url = ""
licence = "frei"
accessed = 2026-01-31
as_of = 2025-12-31
origin = "{origin}"
sha256 = "{sha256}"

[format]
kind = "delimited"
encoding = "{encoding}"
delimiter = "{delimiter}"
"""


@dataclass(frozen=True)
class TinyProject:
    """A project folder with the edition ``probe`` and what a test puts into ``data/raw/probe``."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw" / "probe"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed" / "probe"

    @property
    def edition(self) -> Edition:
        return load_edition("probe", self.root)

    def write_raw(
        self,
        name: str,
        content: str | bytes,
        *,
        origin: str = "documented",
        encoding: str = "utf-8",
        delimiter: str | None = None,
    ) -> Path:
        """Write a raw file and a sidecar that describes it truthfully."""
        path = self.raw / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sidecar = _SIDECAR.format(
            origin=origin,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            encoding=encoding,
            delimiter=delimiter or (r"\t" if name.endswith(".tsv") else ";"),
        )
        self.sidecar_of(name).write_text(sidecar, "utf-8")
        return path

    def sidecar_of(self, name: str) -> Path:
        return self.raw / f"{name}.meta.toml"

    @property
    def edition_text(self) -> str:
        return (self.root / "report" / "editions" / "probe.toml").read_text("utf-8")

    def write_edition(self, text: str, *, name: str = "probe") -> Path:
        path = self.root / "report" / "editions" / f"{name}.toml"
        path.write_text(text, "utf-8")
        return path


@pytest.fixture(scope="session")
def root() -> Path:
    """The project itself; tests only read in it."""
    return ROOT


@pytest.fixture(scope="session")
def prepared_muenchen(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The edition München, prepared in a copy, as it is read back from Parquet."""
    copy = tmp_path_factory.mktemp("muenchen")
    shutil.copytree(ROOT / "data" / "raw", copy / "data" / "raw")
    shutil.copytree(ROOT / "report" / "editions", copy / "report" / "editions")
    edition = load_edition("muenchen", copy)
    prepare_data(edition, copy)
    return prepare_data(edition, copy)


@pytest.fixture(scope="session")
def muenchen(prepared_muenchen: Prepared):
    """The workspace of the edition München."""
    from analysis.workspace import Workspace

    edition = load_edition("muenchen", ROOT)
    return Workspace(edition, prepared_muenchen.released)


@pytest.fixture(scope="session")
def built_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of München, built once for all processes of a test run."""
    return _build_once("muenchen", tmp_path_factory)


@pytest.fixture(scope="session")
def built_musterstadt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of Musterstadt, built once for all processes of a test run."""
    return _build_once("musterstadt", tmp_path_factory)


def _build_once(edition: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from analysis.build import build_edition

    base = tmp_path_factory.getbasetemp()
    # The worker processes of one run have a common folder above their own.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"built-{edition}"
    shared.mkdir(exist_ok=True)
    page = shared / "report" / "output" / edition / "index.html"
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not page.is_file():
            for part in ("data/raw", "notebooks", "report/editions", "report/template"):
                shutil.copytree(ROOT / part, shared / part)
            build_edition(edition, root=shared)
    return page


@pytest.fixture
def tiny_project(tmp_path: Path) -> TinyProject:
    """An edition ``probe`` with three published figures."""
    project = TinyProject(tmp_path)
    project.raw.mkdir(parents=True)
    (tmp_path / "report" / "editions").mkdir(parents=True)
    project.write_edition(_EDITION)
    project.write_raw("published_figures.tsv", TINY_FIGURES)
    return project


@pytest.fixture
def inside_tiny_project(tiny_project: TinyProject, monkeypatch: pytest.MonkeyPatch) -> TinyProject:
    """The same project, found by everything that asks for the project folder."""
    monkeypatch.setenv("LAGEBILD_ROOT", str(tiny_project.root))
    project_root.cache_clear()
    yield tiny_project
    project_root.cache_clear()


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., pd.DataFrame]:
    """Build tidy rows of a table from the few columns that matter to a test.

    ``period`` takes a first and a last day; bounds that are not given equal the value.
    """
    return _make_rows


def _make_rows(table: str, *rows: dict[str, object]) -> pd.DataFrame:
    filled = [_fill_row(table, number, dict(row)) for number, row in enumerate(rows, start=2)]
    frame = pd.DataFrame(filled, columns=[field.name for field in TABLES[table]])
    kinds = {field.name: field.kind for field in TABLES[table]}
    dtypes = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64[us]"}
    return frame.astype({name: dtypes[kind] for name, kind in kinds.items()})


def _fill_row(table: str, number: int, row: dict[str, object]) -> dict[str, object]:
    first, last = row.pop("period", (None, None))
    defaults: dict[str, object] = {
        "service": "wohngeld",
        "place": "München",
        "level": "Stadt",
        "measure": "open",
        "measure_unit": "Anträge",
        "kind": "ist",
        "certainty": "exact",
        "method": "antraege",
        "qualifier": "exact",
        "source_id": "Q001",
        "fact_id": f"T{number:03d}",
        "origin": f"probe.tsv#{number}",
        "published": f"{row.get('value')} Anträge · {first} · exact",
        "period_start": first,
        "period_end": last,
        "lower": row.get("value"),
        "upper": row.get("value"),
    }
    blank = {field.name: _blank(field) for field in TABLES[table]}
    known = {name: value for name, value in defaults.items() if name in blank}
    return {**blank, **known, **row}


def _blank(field: Field) -> str | None:
    if field.kind != "text":
        return None
    return (field.allowed or ("x",))[0] if field.required else ""
