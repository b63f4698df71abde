"""The files beside a report: its tables as CSV files and as one workbook, and their description.

They are made from the blocks that the report shows and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.editions import Edition
from analysis.presentation.blocks import MEDIA_TYPES
from analysis.report.collect import Chapter
from analysis.report.metadata import (
    CRATE,
    PACKAGE,
    Input,
    make_crate,
    make_package,
    write_json,
)
from analysis.report.register import Register
from analysis.report.table_book import write_book
from analysis.report.table_files import FOLDER, list_tables, name_tables, write_csv

BOOK = "tabellen.xlsx"
FOOTER_LINKS = (
    ("Alle Tabellen als Arbeitsmappe (XLSX)", f"{FOLDER}/{BOOK}"),
    ("Beschreibung der Tabellen für Programme (Data Package)", f"{FOLDER}/{PACKAGE}"),
    ("Beschreibung des Berichts für Programme (RO-Crate)", CRATE),
)
"""Label and path of the files that the report as a whole links."""

_JSON = "application/json"
_LABELS = {path: label for label, path in FOOTER_LINKS}


class DownloadEntry(NamedTuple):
    """A file beside the report.

    Attributes:
        name: path within the report's folder, as links name it.
        label: what readers click on, in German.
        media_type: kind of file.
        size: bytes.
    """

    name: str
    label: str
    media_type: str
    size: int


def make_downloads(
    chapters: Sequence[Chapter],
    register: Register,
    edition: Edition,
    *,
    inputs: Sequence[Input],
    state_of_data: str,
) -> dict[str, tuple[DownloadEntry, bytes]]:
    """Return the tables of a report as files, by their path within its folder.

    Args:
        chapters: chapters of the report.
        register: numbers of its figures and tables.
        edition: the edition that the report was built for.
        inputs: what the report was made from.
        state_of_data: German text that says how recent the data are.
    """
    tables = list_tables(chapters, register, synthetic=edition.origin == "synthetic")
    contents = {f"{table.name}.csv": write_csv(table) for table in tables}
    labels = {f"{table.name}.csv": f"{table.label} als CSV-Datei" for table in tables}
    contents[BOOK] = write_book(tables, edition, state_of_data=state_of_data)
    labels[BOOK] = _LABELS[f"{FOLDER}/{BOOK}"]
    contents[PACKAGE] = write_json(make_package(tables, contents, edition, inputs))
    labels[PACKAGE] = _LABELS[f"{FOLDER}/{PACKAGE}"]
    return {
        f"{FOLDER}/{name}": (
            DownloadEntry(f"{FOLDER}/{name}", labels[name], _name_type(name), len(content)),
            content,
        )
        for name, content in contents.items()
    }


def write_downloads(
    chapters: Sequence[Chapter],
    register: Register,
    edition: Edition,
    folder: Path,
    *,
    inputs: Sequence[Input],
    state_of_data: str,
) -> list[DownloadEntry]:
    """Write the tables of a report into ``<folder>/tabellen`` and return what was written.

    Args:
        chapters: chapters of the report.
        register: numbers of its figures and tables.
        edition: the edition that the report was built for.
        folder: the report's folder.
        inputs: what the report was made from.
        state_of_data: German text that says how recent the data are.
    """
    made = make_downloads(chapters, register, edition, inputs=inputs, state_of_data=state_of_data)
    for path, (_, content) in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return [entry for entry, _ in made.values()]


def write_crate(
    folder: Path,
    edition: Edition,
    *,
    inputs: Sequence[Input],
    labels: Mapping[str, str] | None = None,
) -> DownloadEntry:
    """Write ``ro-crate-metadata.json``; all other files of the report must be in its folder.

    Args:
        folder: the report's folder.
        edition: the edition that the report was built for.
        inputs: what the report was made from.
        labels: path within the folder to what the file is, in German.
    """
    content = write_json(make_crate(folder, edition, inputs, labels))
    (folder / CRATE).write_bytes(content)
    return DownloadEntry(CRATE, _LABELS[CRATE], _JSON, len(content))


def link_tables(chapters: Sequence[Chapter]) -> dict[str, str]:
    """Return the path of the CSV file of each table, by the anchor of its block."""
    return {anchor: f"{FOLDER}/{name}.csv" for anchor, name in name_tables(chapters).items()}


def _name_type(name: str) -> str:
    return MEDIA_TYPES.get(name.rpartition(".")[2], _JSON)
