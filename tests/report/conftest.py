"""Fixtures: sample notebooks and the report built from them."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from analysis.report.collect import read_downloads
from analysis.report.render import make_front, render_report


def load_sample_module() -> ModuleType:
    """Import ``sample.py`` whatever pytest's import mode is."""
    spec = importlib.util.spec_from_file_location(
        "lagebild_report_sample", Path(__file__).with_name("sample.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that builds sample notebooks."""
    return load_sample_module()


@pytest.fixture(scope="session")
def notebooks(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Paths of four executed sample notebooks."""
    paths: list[Path] = sample.write_sample(tmp_path_factory.mktemp("notebooks"))
    return paths


@pytest.fixture(scope="session")
def files(notebooks: list[Path]) -> dict[str, bytes]:
    """The files that the sample hands out, by their path beside the report."""
    return read_downloads(notebooks)


@pytest.fixture(scope="session")
def html(sample: ModuleType, notebooks: list[Path]) -> str:
    """The report of the sample, documented."""
    return render_report(
        notebooks,
        make_front(
            sample.make_edition(),
            built_on=dt.date(2026, 2, 3),
            deviations={},
            state_of_data="Januar 2026",
        ),
    )


@pytest.fixture(scope="session")
def synthetic_html(sample: ModuleType, notebooks: list[Path]) -> str:
    """The report of the sample, as Musterdaten and with a changed parameter."""
    return render_report(
        notebooks,
        make_front(
            sample.make_edition("synthetic"),
            built_on=None,
            deviations={"stichtag": "2025-03-31"},
            state_of_data="Januar 2026",
        ),
    )
