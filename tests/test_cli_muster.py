"""The command ``lagebild muster``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from analysis.cli_muster import muster
from analysis.editions import project_root
from analysis.errors import UsageError

app = typer.Typer()
app.command()(muster)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_it_writes_files_and_ledger(tmp_path: Path):
    folder, ledger = tmp_path / "a" / "b", tmp_path / "fehler.csv"
    said = run("--seed", "5", "--cases", "1500", "--faults", "1", "--to", str(folder),
               "--ledger", str(ledger))  # fmt: skip
    with ledger.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert (folder / "wohngeld_vorgaenge.csv.meta.toml").is_file()
    assert len(rows) > 30
    assert f"{len(rows)} eingebaute Fehler" in said
    assert str(tmp_path) not in said


def test_without_folder_it_writes_into_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "report" / "editions").mkdir(parents=True)
    monkeypatch.setenv("LAGEBILD_ROOT", str(tmp_path))
    project_root.cache_clear()
    said = run("--cases", "1500", "--faults", "0")
    project_root.cache_clear()
    assert (tmp_path / "data" / "raw" / "musterstadt" / "personal.xlsx").is_file()
    assert "0 eingebaute Fehler" in said


def test_the_ledger_is_no_raw_file(tmp_path: Path):
    with pytest.raises(UsageError, match="keine Rohdatei"):
        run("--cases", "1500", "--to", str(tmp_path), "--ledger", str(tmp_path / "x.csv"))
    assert not list(tmp_path.iterdir())
