"""Preparing data: cleaned once, again when anything changed, never half, never with errors."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from analysis import prepare
from analysis.disclosure_policy import DisclosureError
from analysis.errors import DataError
from analysis.fields import TABLES
from analysis.prepare import clean_data, prepare_data, require_reportable

NAME = "published_figures.tsv"
GOOD_LINE = (
    "F904\twohngeld_muenchen\topen_applications\t500\tAnträge\t2023-02-28\tMünchen (Stadt)\texact\t"
    "SZ: Probe\thttps://example.org/sz\tpub 2023-03\n"
)
BAD_LINE = GOOD_LINE.replace("\t500\t", "\tviele\t")


@pytest.fixture
def cleanings(monkeypatch, prepared_muenchen):
    """How often anything was cleaned; the result itself is ready-made."""
    calls = []

    tables = {name: rows.head(2) for name, rows in prepared_muenchen.tables.items()}

    def pretend(edition, raw_files, executor=None):
        calls.append([raw.name for raw in raw_files])
        return tables

    monkeypatch.setattr(prepare, "_clean_all", pretend)
    return calls


@pytest.fixture
def run(tiny_project):
    return lambda: prepare_data(tiny_project.edition, tiny_project.root)


def _append(project, line):
    text = (project.raw / NAME).read_text("utf-8")
    project.write_raw(NAME, text + line)


def _files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_tables_are_stored_and_read_back_the_same(tiny_project, run):
    first, second = run(), run()
    assert set(first.tables) == set(second.tables) == set(TABLES)
    for name, rows in first.tables.items():
        pd.testing.assert_frame_equal(rows, second.tables[name])
    assert second.places == ("München",)
    assert second.state_of_data == "Unterlagen bis 31.12.2025, abgerufen am 31.01.2026"
    assert second.findings.empty
    assert set(_files(tiny_project.processed)) == {
        *(f"{name}.parquet" for name in TABLES),
        "stand.json",
    }


def test_what_is_up_to_date_is_not_cleaned_again(run, cleanings):
    run()
    run()
    assert len(cleanings) == 1


def test_a_changed_raw_file_is_cleaned_again(tiny_project, run, cleanings):
    run()
    _append(tiny_project, GOOD_LINE)
    run()
    assert len(cleanings) == 2


def test_a_changed_sidecar_is_noticed(tiny_project, run, cleanings):
    run()
    sidecar = tiny_project.sidecar_of(NAME)
    sidecar.write_text(sidecar.read_text("utf-8").replace('"frei"', '"CC BY 4.0"'), "utf-8")
    run()
    assert len(cleanings) == 2


def test_a_further_raw_file_is_noticed(tiny_project, run, cleanings, root):
    run()
    for name in ("equipment.csv", "equipment.csv.meta.toml"):
        shutil.copy(root / "data/raw/muenchen" / name, tiny_project.raw / name)
    run()
    assert cleanings == [[NAME], ["equipment.csv", NAME]]


@pytest.mark.parametrize(
    "changed",
    [
        "cleaning/rules/qualifiers.csv",
        "cleaning/periods.py",
        "readers/delimited.py",
        "measures.csv",
        "fields.py",
        "validation.py",
        "sources.py",
    ],
)
def test_changed_code_or_rules_are_noticed(
    tiny_project, run, cleanings, monkeypatch, tmp_path_factory, root, changed
):
    copy = tmp_path_factory.mktemp("code") / "analysis"
    package, ignored = root / "src" / "analysis", shutil.ignore_patterns("__pycache__")
    for name in prepare._CODE:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (package / name).is_dir():
            shutil.copytree(package / name, copy / name, ignore=ignored)
        else:
            shutil.copy(package / name, copy / name)
    monkeypatch.setattr(prepare, "__file__", str(copy / "prepare.py"))
    run()
    run()
    assert len(cleanings) == 1
    with (copy / changed).open("ab") as stream:
        stream.write(b"\n")
    run()
    assert len(cleanings) == 2


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))


def _swap(path):
    shutil.copy(path.with_name("staffing.parquet"), path)


@pytest.mark.parametrize(
    "damage",
    [_truncate, _flip, _swap, lambda path: path.unlink(), lambda path: path.write_bytes(b"")],
)
def test_a_damaged_table_is_made_anew(tiny_project, run, cleanings, damage):
    good = run().tables["case_counts"]
    damage(tiny_project.processed / "case_counts.parquet")
    pd.testing.assert_frame_equal(run().tables["case_counts"], good)
    assert len(cleanings) == 2
    run()
    assert len(cleanings) == 2


@pytest.mark.parametrize(
    "stamp", [b"", b"{", b"[]", b"null", b"\xff", b'{"fingerprint": 1}', b'{"fingerprint": null}']
)
def test_a_damaged_stamp_is_made_anew(tiny_project, run, cleanings, stamp):
    run()
    (tiny_project.processed / "stand.json").write_bytes(stamp)
    run()
    assert len(cleanings) == 2


def test_a_stamp_without_checksums_does_not_count(tiny_project, run, cleanings):
    run()
    path = tiny_project.processed / "stand.json"
    recorded = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({"fingerprint": recorded["fingerprint"]}), "utf-8")
    run()
    assert len(cleanings) == 2


def test_errors_stop_and_the_last_good_tables_stay(tiny_project, run):
    tiny_project.processed.mkdir(parents=True)
    (tiny_project.processed / "stand.json").write_text('{"fingerprint": "früher"}', "utf-8")
    before = _files(tiny_project.processed)
    _append(tiny_project, BAD_LINE)
    with pytest.raises(DataError) as caught:
        run()
    assert _files(tiny_project.processed) == before
    message = caught.value.message
    assert "»probe«" in message
    assert f"{NAME}, Zeile 5, Spalte »value«" in message
    assert "Gefunden: »viele«" in message
    assert "lagebild check probe" in message


def test_an_interrupted_store_does_not_count(tiny_project, run, cleanings, monkeypatch):
    run()
    _append(tiny_project, GOOD_LINE)
    real = prepare._write_atomically

    def fail_midway(path, content):
        if path.name == "motions.parquet":
            raise OSError("Platte voll")
        real(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(prepare, "_write_atomically", fail_midway)
        with pytest.raises(OSError, match="Platte voll"):
            run()
    assert not (tiny_project.processed / "stand.json").exists()
    run()
    assert len(cleanings) == 3


def test_no_temporary_files_are_left(tiny_project, run, cleanings):
    run()
    _append(tiny_project, GOOD_LINE)
    run()
    assert {path.suffix for path in tiny_project.processed.iterdir()} == {".parquet", ".json"}


def test_a_missing_raw_folder(tiny_project, run):
    shutil.rmtree(tiny_project.raw)
    with pytest.raises(DataError, match="data/raw/probe"):
        run()


def test_an_empty_raw_folder(tiny_project, run):
    for path in tiny_project.raw.iterdir():
        path.unlink()
    with pytest.raises(DataError, match="enthält keine Rohdaten"):
        run()


def test_a_file_that_nobody_cleans(tiny_project, run):
    tiny_project.write_raw("servces.csv", "a;b\n1;2\n")
    with pytest.raises(DataError) as caught:
        run()
    assert "servces.csv ist keinem Datensatz zugeordnet" in caught.value.message
    assert "Meinten Sie »services.csv«?" in caught.value.message


def test_synthetic_data_in_a_documented_edition(tiny_project, run):
    tiny_project.write_raw(NAME, (tiny_project.raw / NAME).read_bytes(), origin="synthetic")
    with pytest.raises(DataError, match="nicht gemischt"):
        run()


def test_checking_stores_nothing_and_shows_what_only_the_schema_refuses(tiny_project):
    # a figure without a place: cleaning warns, the schema refuses
    _append(tiny_project, GOOD_LINE.replace("München (Stadt)", ""))
    checked = clean_data(tiny_project.edition, tiny_project.root)
    assert not tiny_project.processed.exists()
    assert len(checked.tables["case_counts"]) == 3
    refused = checked.findings.loc[checked.findings["rejected"] == "ja"]
    assert refused[["row", "column"]].values.tolist() == [[5, "place"]]


def test_magdeburg_needs_no_published_figures(tiny_project, root):
    shutil.rmtree(tiny_project.raw)
    shutil.copytree(root / "data/raw/magdeburg", tiny_project.raw)
    prepared = prepare_data(tiny_project.edition, tiny_project.root)
    assert prepared.findings.empty
    assert len(prepared.tables["services"]) > 50
    assert len(prepared.tables["case_counts"]) == 0
    assert prepared.places == ()


class TestRequireReportable:
    @staticmethod
    def _findings(*severities):
        return pd.DataFrame(
            [
                (f"wert-{row}", "wert", severity, "d.csv", row, "spalte", "x", "y", "B.", "ja", "")
                for row, severity in enumerate(severities, start=2)
            ],
            columns=[field.name for field in TABLES["findings"]],
        )

    @pytest.mark.parametrize("severities", [(), ("warnung",), ("hinweis", "warnung")])
    def test_warnings_do_not_stop(self, severities):
        require_reportable(self._findings(*severities), "probe")

    def test_the_first_five_errors_are_named_and_the_rest_counted(self):
        with pytest.raises(DataError) as caught:
            require_reportable(self._findings(*["fehler"] * 7, "warnung"), "probe")
        message = caught.value.message
        assert message.count("d.csv") == 5
        assert "… und 2 weitere." in message

    def test_five_errors_leave_no_rest(self):
        with pytest.raises(DataError) as caught:
            require_reportable(self._findings(*["fehler"] * 5), "probe")
        assert "weitere" not in caught.value.message


def test_a_module_that_loses_a_row_is_caught(tiny_project, monkeypatch):
    from analysis.cleaning import datasets

    def lose_one(read, *, file):
        cleaned = datasets.clean_published_figures(read, file=file)
        tables = {**cleaned.tables, "case_counts": cleaned.tables["case_counts"].head(2)}
        return cleaned._replace(tables=tables)

    monkeypatch.setitem(datasets._CLEANERS, NAME, lose_one)
    with pytest.raises(DataError, match="3 Zeilen gelesen, aber nur 2 übernommen"):
        clean_data(tiny_project.edition, tiny_project.root)


EXPORT = "Monat;Eingang;Erledigt;Bestand\n" + "".join(
    f"{month:02d}/2025;{20 + month};{20 + month};{100}\n" for month in range(1, 13)
)
MAPPING = """
dataset = "case_counts"
place = "München"
method = "antraege"
service = "wohngeld"

[columns]
month = "Monat"
received = "Eingang"
decided = "Erledigt"
open = "Bestand"
"""


class TestExportsOfOffices:
    @pytest.fixture
    def project(self, tiny_project):
        path = tiny_project.write_raw("monate.csv", EXPORT)
        sidecar = tiny_project.sidecar_of("monate.csv")
        text = sidecar.read_text("utf-8").replace('kind = "delimited"', 'kind = "csv"')
        sidecar.write_text(text, "utf-8")
        path.with_name("monate.csv.map.toml").write_text(MAPPING, "utf-8")
        return tiny_project

    def test_without_a_rule_nothing_is_released(self, project):
        with pytest.raises(DisclosureError, match="disclosure"):
            prepare_data(project.edition, project.root)
        assert not (project.processed / "stand.json").exists()

    def test_with_a_rule_released_tables_are_stored_and_read_back(self, project):
        project.write_edition(project.edition_text + '\n[disclosure]\nmethod = "sperrung"\n')
        first = prepare_data(project.edition, project.root)
        again = prepare_data(project.edition, project.root)

        assert (project.processed / "freigabe" / "case_counts.parquet").is_file()
        for name, rows in first.released.items():
            pd.testing.assert_frame_equal(rows, again.released[name])
        received = first.released["case_counts"].query("measure == 'received' and qualifier != ''")
        # Twelve months, the year, and the published month of the tiny project.
        assert len(received) == 14
        assert first.findings.empty
