"""The run record: complete, and the same for the same inputs."""

from __future__ import annotations

import hashlib
import json
import re

import pandas as pd
import pytest

from analysis.editions import load_edition
from analysis.pipeline.notebooks import read_info
from analysis.pipeline.record import (
    count_findings,
    hash_file,
    hash_program,
    list_deviations,
    make_record,
    write_json,
)


@pytest.fixture
def record(project, write_notebook):
    original = load_edition("probe", project)
    info = read_info(write_notebook("00_eins", blocks=("a",)))
    return make_record(
        original.with_parameters({"fenster_monate": "3", "stichtag": "2026-01-31"}),
        original=original,
        notebooks=[info],
        findings=pd.DataFrame({"severity": ["warnung", "hinweis", "warnung"]}),
        states={"massnahmen": [{"kennung": "m", "name": "M", "stand": "geplant"}]},
        root=project,
    )


def test_record_says_what_the_report_was_built_from(record, project):
    table = project / "data" / "raw" / "muster" / "zahlen.csv"
    assert record["edition"] == "probe"
    assert record["parameter"]["stichtag"] == "2026-01-31"
    assert record["abweichungen"] == {"fenster_monate": {"edition": 2, "verwendet": 3}}
    assert record["befunde"] == {"hinweis": 1, "warnung": 2}
    assert list(record["eingaben"]) == [
        "data/raw/muster/zahlen.csv",
        "report/editions/probe.toml",
    ]
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    assert record["eingaben"]["data/raw/muster/zahlen.csv"] == digest
    assert record["notebooks"][0] == {
        "name": "00_eins",
        "kapitel": "eins",
        "sha256": hash_file(project / "notebooks" / "00_eins.ipynb"),
        "bausteine": ["a"],
    }
    assert record["stand"]["massnahmen"][0]["stand"] == "geplant"
    assert re.fullmatch("[0-9a-f]{64}", record["programm"])
    assert {"python", "lagebild", "pandas", "matplotlib"} <= set(record["versionen"])


def test_another_template_is_another_program(project):
    template = project / "report" / "template" / "x.css"
    template.parent.mkdir(parents=True, exist_ok=True)
    checksums = []
    for content in ("a", "b", "a"):
        template.write_text(content, "utf-8")
        checksums.append(hash_program(project))
    assert checksums[0] == checksums[2] != checksums[1]


def test_record_holds_no_time_and_no_machine_path(record, project):
    text = json.dumps(record)

    assert str(project.parent) not in text
    assert not re.search(r"\d\d:\d\d", text)


def test_lock_file_counts_as_input(project, write_notebook):
    (project / "requirements.lock").write_text("pandas==3\n", "utf-8")
    edition = load_edition("probe", project)

    record = make_record(
        edition,
        original=edition,
        notebooks=[],
        findings=pd.DataFrame({"severity": []}),
        states={},
        root=project,
    )

    assert "requirements.lock" in record["eingaben"]
    assert record["befunde"] == {}


def test_nothing_changed_nothing_listed(project):
    edition = load_edition("probe", project)

    same = edition.with_parameters({"vergleichsstaedte": "Hamburg, Berlin"})

    assert list_deviations(same, edition) == {}


def test_findings_are_counted_by_severity():
    findings = pd.DataFrame({"severity": ["warnung", "fehler", "warnung"]})

    assert count_findings(findings) == {"fehler": 1, "warnung": 2}


def test_json_has_sorted_keys_and_plain_umlauts(tmp_path):
    path = tmp_path / "x.json"

    write_json(path, {"b": 1, "a": "ä"})

    assert path.read_text("utf-8") == '{\n  "a": "ä",\n  "b": 1\n}\n'
