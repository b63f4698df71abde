"""Two small sets, without and with faults, and what the readers make of them.

Reading a file is as slow as making the whole set, and what is read depends on the bytes alone:
equal files are read once, and every test gets rows of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.muster import Muster, make_muster, write_muster
from analysis.readers.recognise import read
from analysis.readers.result import Read
from analysis.sources import RawFile, list_raw_files, read_raw_file

CASES = 6000
FAULTS = 2


@pytest.fixture(scope="session")
def clean_set() -> Muster:
    return make_muster(3, CASES, 0)


@pytest.fixture(scope="session")
def faulty_set() -> Muster:
    return make_muster(3, CASES, FAULTS)


@pytest.fixture(scope="session")
def clean_files(clean_set: Muster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RawFile]:
    return _write(clean_set, tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def faulty_files(
    faulty_set: Muster, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, RawFile]:
    return _write(faulty_set, tmp_path_factory.mktemp("faulty"))


@pytest.fixture(scope="session")
def read_file() -> Callable[[RawFile], Read]:
    """Read a file as its sidecar says."""
    kept: dict[str, Read] = {}

    def get(raw: RawFile) -> Read:
        key = f"{raw.name}/{raw.sidecar.sha256}"
        if key not in kept:
            kept[key] = _read(raw)
        return kept[key]._replace(rows=kept[key].rows.copy(), sums=kept[key].sums.copy())

    return get


@pytest.fixture(scope="session")
def rows_of(
    clean_files: dict[str, RawFile], read_file: Callable[[RawFile], Read]
) -> Callable[[str], pd.DataFrame]:
    """Rows of a file of the faultless set, as strings."""
    return lambda name: read_file(clean_files[name]).rows


def _write(muster: Muster, folder: Path) -> dict[str, RawFile]:
    write_muster(muster, folder)
    return {path.name: read_raw_file(path, origin="synthetic") for path in list_raw_files(folder)}


def _read(raw: RawFile) -> Read:
    layout = raw.sidecar.format
    return read(raw.read_bytes(), raw.name, kind=layout.kind, **layout.stated_options())
