"""Raw files and sidecars: nothing is read whose bytes, origin or description are in doubt."""

from __future__ import annotations

import datetime as dt

import pytest

from analysis.errors import DataError
from analysis.sources import list_raw_files, read_raw_file

NAME = "published_figures.tsv"


@pytest.fixture
def path(tiny_project):
    return tiny_project.raw / NAME


def _refused(path, *, origin="documented") -> str:
    with pytest.raises(DataError) as caught:
        read_raw_file(path, origin=origin)
    return caught.value.message


def _edit(path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_good_file_comes_with_its_description(path):
    raw = read_raw_file(path, origin="documented")
    assert raw.name == NAME
    assert raw.read_bytes() == path.read_bytes()
    assert raw.sidecar.as_of == dt.date(2025, 12, 31)
    assert raw.sidecar.format.delimiter == "\t"


def test_one_altered_byte(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(bytes(content))
    message = _refused(path)
    assert "Prüfsumme" in message
    assert NAME in message
    assert "sha256" in message


def test_a_truncated_file_is_named_with_its_length(path):
    path.write_bytes(path.read_bytes()[:100])
    assert "(100 Bytes)" in _refused(path)


def test_an_empty_file(path):
    path.write_bytes(b"")
    assert "(0 Bytes)" in _refused(path)


def test_a_missing_sidecar(path, tiny_project):
    tiny_project.sidecar_of(NAME).unlink()
    assert f"{NAME}.meta.toml" in _refused(path)


def test_a_missing_raw_file(path, tiny_project):
    path.unlink()
    assert "Rohdatei fehlt" in _refused(path)
    with pytest.raises(DataError, match=f"Rohdatei fehlt: {NAME}"):
        list_raw_files(tiny_project.raw)


@pytest.mark.parametrize("content", [b"title = ", b"= 1", b'title = "\xff"', b"\x00"])
def test_a_sidecar_that_is_no_toml(path, tiny_project, content):
    tiny_project.sidecar_of(NAME).write_bytes(content)
    assert "kein gültiges TOML" in _refused(path)


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        ('licence = "frei"', 'lizenz = "frei"', "lizenz"),
        ('licence = "frei"', 'lizenz = "frei"', "licence"),
        ('url = ""', "", "url"),
        ('origin = "documented"', 'origin = "erfunden"', "origin"),
        ("as_of = 2025-12-31", 'as_of = "neulich"', "as_of"),
        ('sha256 = "', 'sha256 = "X', "sha256"),
        ('kind = "delimited"', 'kind = "magisch"', "format.kind"),
        ('encoding = "utf-8"', 'encodng = "utf-8"', "format.encodng"),
        (r'delimiter = "\t"', 'delimiter = ";;"', "format.delimiter"),
        (r'delimiter = "\t"', 'delimiter = ""', "format.delimiter"),
        (r'delimiter = "\t"', "delimiter = '\"'", "format.delimiter"),
        (r'delimiter = "\t"', r'delimiter = "\n"', "format.delimiter"),
        ("[format]", "[layout]", "format"),
    ],
)
def test_a_sidecar_with_unknown_missing_or_wrong_entries(path, tiny_project, old, new, entry):
    _edit(tiny_project.sidecar_of(NAME), old, new)
    message = _refused(path)
    assert "Einträge fehlen oder passen nicht" in message
    assert entry in message


@pytest.mark.parametrize(
    ("marked", "demanded"), [("synthetic", "documented"), ("documented", "synthetic")]
)
def test_origins_are_not_mixed(path, tiny_project, marked, demanded):
    tiny_project.write_raw(NAME, path.read_bytes(), origin=marked)
    message = _refused(path, origin=demanded)
    assert f"»{marked}«" in message
    assert f"»{demanded}«" in message
    assert "nicht gemischt" in message


def test_raw_files_are_listed_without_sidecars_and_hidden_files(tiny_project):
    tiny_project.write_raw("services.csv", "a;b\n")
    (tiny_project.raw / ".DS_Store").write_bytes(b"x")
    (tiny_project.raw / "ordner").mkdir()
    assert [path.name for path in list_raw_files(tiny_project.raw)] == [NAME, "services.csv"]


def test_a_missing_folder(tiny_project):
    with pytest.raises(DataError, match="data/raw/nirgends"):
        list_raw_files(tiny_project.raw.parent / "nirgends")


@pytest.mark.parametrize("city", ["muenchen", "magdeburg"])
def test_all_real_files_agree_with_their_sidecars(root, city):
    paths = list_raw_files(root / "data" / "raw" / city)
    assert {read_raw_file(path, origin="documented").name for path in paths} == {
        path.name for path in paths
    }
