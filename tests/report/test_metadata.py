"""Metadata: valid for Frictionless and for the RO-Crate library, and true for the files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import frictionless
import pytest
from rocrate.rocrate import ROCrate

from analysis.presentation.blocks import Cell, Column, Table, TableBlock
from analysis.presentation.formats import make_number
from analysis.presentation.signs import MEANINGS
from analysis.report.collect import collect_chapters
from analysis.report.downloads import write_crate, write_downloads
from analysis.report.metadata import CRATE, PACKAGE, Input, list_crate_files, list_inputs
from analysis.report.register import build_register
from analysis.sources import Format, RawFile, Sidecar

OWN_TERMS = "Einzelne Zahlenangaben mit Quellennachweis"


def make_raw(name, licence, url=""):
    sidecar = Sidecar(
        title=f"Datei {name}", producer="Sozialreferat", document="Bericht 2024", url=url,
        licence=licence, accessed=dt.date(2026, 1, 5), as_of=dt.date(2025, 12, 31),
        origin="documented", sha256=hashlib.sha256(name.encode()).hexdigest(),
        format=Format(kind="delimited"),
    )  # fmt: skip
    return RawFile(Path("/irgendwo") / name, sidecar)


RAW_FILES = (
    make_raw("zahlen.tsv", OWN_TERMS, "https://www.muenchen.de/zahlen"),
    make_raw("dienste.csv", "CC-BY-4.0", "javascript:alert(1)"),
    make_raw("anträge.csv", OWN_TERMS),
)
CHECKSUMS = {"requirements.lock": "a" * 64, "data/raw/muenchen/zahlen.tsv": "b" * 64}


@pytest.fixture
def edition(sample):
    return sample.make_edition()


@pytest.fixture
def inputs(edition):
    return list_inputs(RAW_FILES, edition, CHECKSUMS)


@pytest.fixture
def report(notebooks, edition, inputs, tmp_path):
    """The folder of a finished report with everything beside its page."""
    chapters = collect_chapters(notebooks)
    folder = tmp_path / "probe"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "berechnung").mkdir()
    (folder / "berechnung/rechnen.csv").write_text("Jahr\n2024\n", "utf-8")
    for path in notebooks:
        (folder / "notebooks" / path.name).write_bytes(path.read_bytes())
    (folder / "index.html").write_text("<p>Bericht</p>", "utf-8")
    (folder / "lauf.json").write_text("{}", "utf-8")
    (folder / "zeiten.json").write_text('{"begonnen": "2026-02-03T10:11:12"}', "utf-8")
    entries = write_downloads(
        chapters, build_register(chapters), edition, folder,
        inputs=inputs, state_of_data="Januar 2026",
    )  # fmt: skip
    write_crate(folder, edition, inputs=inputs, labels={e.name: e.label for e in entries})
    return folder


@pytest.fixture
def package(report):
    return json.loads((report / "tabellen" / PACKAGE).read_text("utf-8"))


@pytest.fixture
def entities(report):
    crate = json.loads((report / CRATE).read_text("utf-8"))
    return {entity["@id"]: entity for entity in crate["@graph"]}


def validate(report):
    return frictionless.Package(str(report / "tabellen" / PACKAGE)).validate()


def flatten(result):
    return result.flatten(["type", "message"])


def test_frictionless_finds_nothing_wrong_with_package_and_files(report, package):
    result = validate(report)
    assert result.valid, flatten(result)
    assert result.stats["tasks"] == len(package["resources"]) == 8


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b";9100;", b";9.100;", "type-error"),
        (b";9100;", b";9101;", "hash-count"),
        (b"Jahr;", b"Jahre;", "incorrect-label"),
        (b"\r\n2016;", b"\r\n2016;x;", "extra-cell"),
    ],
)
def test_frictionless_notices_what_is_wrong_with_a_file(report, old, new, kind):
    path = report / "tabellen/eingang.csv"
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    assert kind in {entry[0] for entry in flatten(validate(report))}


def test_frictionless_reads_the_numbers_and_not_the_signs(report):
    resource = frictionless.Package(str(report / "tabellen" / PACKAGE)).get_resource("eingang")
    with resource:
        rows = list(resource.row_stream)
    assert [rows[n]["Eingegangene Anträge (Anzahl)"] for n in range(2)] == [9100, 10101]
    assert [rows[n]["davon online (%)"] for n in range(3)] == [None, 1.5, 2.5]
    assert rows[0]["Jahr"] == "2016"


def test_the_package_says_how_its_files_are_written(report, package):
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert "created" not in package
    for resource in package["resources"]:
        content = (report / "tabellen" / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["dialect"]["delimiter"] == ";"
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert field["description"]
            assert (field["type"] == "number") == (field.get("decimalChar") == ",")
    heads = [field["name"] for field in package["resources"][0]["schema"]["fields"]]
    text = (report / "tabellen/eingang.csv").read_text("utf-8-sig")
    assert text.splitlines()[0].split(";") == heads


def test_sources_carry_their_terms_and_only_safe_addresses(package):
    sources = {source["title"]: source for source in package["sources"]}
    assert sources["Datei zahlen.tsv (Bericht 2024)"] == {
        "title": "Datei zahlen.tsv (Bericht 2024)",
        "path": "https://www.muenchen.de/zahlen",
        "license": OWN_TERMS,
    }
    assert "path" not in sources["Datei dienste.csv (Bericht 2024)"]
    nasty = next(r for r in package["resources"] if r["name"] == "boese-abbildung")
    assert "path" not in nasty["sources"][0]


def test_signs_are_missing_values_with_their_meaning(sample, edition, tmp_path):
    number = make_number(40, 40, 40)
    table = Table(
        caption="Anträge",
        columns=(Column(key="a", label="Haus"), Column(key="b", label="Anträge", align="right")),
        rows=(
            (Cell(text="A"), Cell(text="40", number=number)),
            (Cell(text="B"), Cell(text=".", sign=".")),
            (Cell(text="C"), Cell(text="–", sign="–")),
        ),
    )
    block = TableBlock(id="haus", title="Anträge", table=table)
    path = sample.make_notebook(tmp_path / "00_k.ipynb", "k", ["# K", block])
    chapters = collect_chapters([path])
    write_downloads(
        chapters, build_register(chapters), edition, tmp_path, inputs=(), state_of_data="x"
    )
    described = tmp_path / "tabellen" / PACKAGE
    package = json.loads(described.read_text("utf-8"))
    field = package["resources"][0]["schema"]["fields"][1]
    assert field["missingValues"] == [
        {"value": "", "label": "keine Angabe"},
        {"value": ".", "label": MEANINGS["."]},
        {"value": "–", "label": MEANINGS["–"]},
    ]
    assert frictionless.Package(str(described)).validate().valid
    with frictionless.Package(str(described)).get_resource("haus") as resource:
        assert [row["Anträge"] for row in resource.row_stream] == [40, None, None]


def test_the_library_reads_the_crate(report, edition):
    crate = ROCrate(str(report))
    assert crate.version == "1.2"
    assert crate.root_dataset["name"] == edition.title
    assert crate.root_dataset["datePublished"] == "2026-01-31"
    assert crate.mainEntity.id == "index.html"
    for entity in crate.data_entities:
        assert (report / entity.id).exists(), entity.id
    run = crate.get("#lauf")
    assert run.type == "CreateAction"
    assert run["instrument"]["name"] == "lagebild"
    assert {entity.id for entity in run["result"]} == set(list_crate_files(report))


def test_the_crate_describes_all_files_but_those_that_always_differ(report, entities):
    on_disk = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    described = {name for name, entity in entities.items() if entity["@type"] == "File"}
    assert on_disk - described == {"zeiten.json", CRATE}
    assert described <= on_disk
    for name in described:
        content = (report / name).read_bytes()
        assert entities[name]["contentSize"] == str(len(content))
        assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert entities[name]["encodingFormat"] != "application/octet-stream"
    assert entities["tabellen/eingang.csv"]["name"] == "Abbildung 1 als CSV-Datei"


def test_each_reference_of_the_crate_leads_to_an_entity(entities):
    def references(node):
        if isinstance(node, dict):
            if set(node) == {"@id"}:
                yield node["@id"]
            for part in node.values():
                yield from references(part)
        elif isinstance(node, list):
            for part in node:
                yield from references(part)

    used = {name for entity in entities.values() for name in references(entity)}
    assert used - set(entities) == {"https://w3id.org/ro/crate/1.2"}
    # Everything is reachable, and every data entity is part of the root or of a folder.
    parts = [name for entity in entities.values() for name in references(entity.get("hasPart"))]
    data = {n for n, e in entities.items() if e["@type"] in {"File", "Dataset"}} - {"./"}
    assert sorted(parts) == sorted(data)
    assert set(entities) - used == {CRATE}


def test_raw_files_are_inputs_of_the_run_with_their_terms(entities):
    run = entities["#lauf"]
    named = [entry["@id"] for entry in run["object"]]
    assert named == [
        "#data/raw/muenchen/antr%C3%A4ge.csv",
        "#data/raw/muenchen/dienste.csv",
        "#data/raw/muenchen/zahlen.tsv",
        "#requirements.lock",
    ]
    first, second, third = (entities[name] for name in named[:3])
    assert second["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert "url" not in second
    assert first["license"] == third["license"]
    assert entities[third["license"]["@id"]]["description"] == OWN_TERMS
    assert third["url"] == "https://www.muenchen.de/zahlen"
    # The sidecar's checksum, which was held against the file.
    assert third["sha256"] == hashlib.sha256(b"zahlen.tsv").hexdigest()


def test_inputs_known_by_checksum_alone_follow_the_raw_files(inputs):
    assert inputs[-1] == Input("requirements.lock", "a" * 64)
    assert len(inputs) == 4
