"""Small editions that are built as a whole, with the real notebooks and template."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ("00_kurzfassung", "01_fallzahlen", "02_personal", "03_digitalisierung", "04_datenlage")


def copy_parts(target: Path) -> None:
    """Copy what a build needs besides data: notebooks and the report's template."""
    for part in ("notebooks", "report/template"):
        shutil.copytree(ROOT / part, target / part)


@pytest.fixture
def small_project(tiny_project):
    """The edition ``probe`` with three figures, two services, and all chapters."""
    copy_parts(tiny_project.root)
    text = tiny_project.edition_text.replace(
        'chapters = ["00_eins"]', f"chapters = {list(NOTEBOOKS)!r}"
    ).replace("fenster_monate = 2", "fenster_monate = 1")
    tiny_project.write_edition(text)
    tiny_project.write_raw(
        "services.csv",
        (Path(__file__).parent / "services.csv").read_bytes(),
    )
    return tiny_project
