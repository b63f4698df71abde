"""What the files of a report are, for machines: a Frictionless data package and an RO-Crate.

Both are written from what is in the folder, hold no time of day and no machine path, and are the
same for the same inputs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from analysis.editions import Edition
from analysis.presentation.blocks import MEDIA_TYPES, Source
from analysis.presentation.formats import format_date
from analysis.presentation.html import is_web_address
from analysis.presentation.signs import MEANINGS
from analysis.report.table_files import (
    DELIMITER,
    FOLDER,
    SYNTHETIC,
    DataField,
    DataTable,
    clean_text,
)
from analysis.sources import RawFile

PACKAGE = "datapackage.json"
CRATE = "ro-crate-metadata.json"

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_CRATE_CONTEXT = "https://w3id.org/ro/crate/1.2/context"
_CRATE_SPECIFICATION = "https://w3id.org/ro/crate/1.2"
_PROGRAM = "lagebild"
_TIMES = "zeiten.json"
"""Times of the build: the one file that differs between builds of the same inputs."""
_MEDIA_TYPES = {
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".pdf": "application/pdf",
    **{f".{ending}": media_type for ending, media_type in MEDIA_TYPES.items()},
}
_OWN_LABELS = {
    "index.html": "Bericht",
    "lauf.json": "Angaben zum Lauf: Parameter, Versionen, Prüfsummen, Befunde",
    f"{FOLDER}/{PACKAGE}": "Beschreibung der Tabellen (Frictionless Data Package)",
    f"{FOLDER}/tabellen.xlsx": "Alle Tabellen in einer Arbeitsmappe",
}
_LICENCES = "https://spdx.org/licenses/"
_KNOWN_LICENCE = re.compile(r"^(?:CC0|CC-BY(?:-SA|-NC|-ND)*|DL-DE-(?:BY|ZERO))-\d\.\d$")
_SAFE_PATH = re.compile(r"^[^./~](?!.*\.\.)")
_TERMS = (
    "Die Rechte an den Angaben liegen bei den jeweiligen Quellen. Welche Bedingungen bekannt sind, "
    "steht bei jeder Eingabe. Eine eigene Lizenz für die Zusammenstellung ist nicht erteilt."
)


class Input(NamedTuple):
    """A file that the report was made from; it is not part of the report's folder.

    Attributes:
        path: path within the project, for instance ``data/raw/muenchen/services.csv``.
        sha256: checksum in hexadecimal digits.
        title: what it is, in German; empty where only path and checksum are known.
        producer: who made it.
        document: where it comes from.
        url: its address, where it has one.
        licence: terms of use, as the sidecar states them.
        as_of: day up to which it holds, ISO 8601.
    """

    path: str
    sha256: str
    title: str = ""
    producer: str = ""
    document: str = ""
    url: str = ""
    licence: str = ""
    as_of: str = ""


def list_inputs(
    raw_files: Sequence[RawFile], edition: Edition, checksums: Mapping[str, str] | None = None
) -> tuple[Input, ...]:
    """Return the inputs of a report: raw files with their terms, then all others of the record.

    Args:
        raw_files: raw files of the edition.
        edition: the edition that the report was built for.
        checksums: path to SHA-256 of all inputs (``eingaben`` of the run record).
    """
    described = {
        f"data/raw/{edition.raw}/{raw.name}": Input(
            path=f"data/raw/{edition.raw}/{raw.name}",
            sha256=raw.sidecar.sha256,
            title=raw.sidecar.title,
            producer=raw.sidecar.producer,
            document=raw.sidecar.document,
            url=raw.sidecar.url,
            licence=raw.sidecar.licence,
            as_of=raw.sidecar.as_of.isoformat(),
        )
        for raw in raw_files
    }
    further = {
        path: Input(path, sha256)
        for path, sha256 in (checksums or {}).items()
        if path not in described
    }
    return tuple(group[path] for group in (described, further) for path in sorted(group))


def make_package(
    tables: Sequence[DataTable],
    contents: Mapping[str, bytes],
    edition: Edition,
    inputs: Sequence[Input],
) -> dict[str, Any]:
    """Return the data package that describes the CSV files beside it (Data Package 2.0).

    Args:
        tables: tables of the report.
        contents: file name to content, at least one ``<name>.csv`` per table.
        edition: the edition that the report was built for.
        inputs: what the report was made from; those with a title become sources.
    """
    package = {
        "$schema": _PROFILE,
        "name": f"lagebild-{_make_slug(edition.name)}",
        "title": f"{edition.title}: Tabellen",
        "description": _describe(
            edition,
            "Tabellen und Daten hinter den Diagrammen des Berichts, gerundet wie dort.",
        ),
        "keywords": [edition.city_label, edition.administration, *_mark(edition)],
        "sources": [_describe_input(entry) for entry in inputs if entry.title],
        "resources": [_describe_table(table, contents[f"{table.name}.csv"]) for table in tables],
    }
    return {name: content for name, content in package.items() if content}


def make_crate(
    folder: Path,
    edition: Edition,
    inputs: Sequence[Input],
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the RO-Crate of a finished report (RO-Crate 1.2), from the files in its folder.

    Files of the folder are data entities; inputs, which lie elsewhere, are contextual ones. The
    date of publication is the Stichtag: a report does not know the day on which it was built.

    Args:
        folder: the report with all files that belong to it.
        edition: the edition that the report was built for.
        inputs: what the report was made from.
        labels: path within the folder to what the file is, in German.
    """
    known = {**_OWN_LABELS, **(labels or {})}
    files = list_crate_files(folder)
    terms = _name_terms(inputs)
    own_terms = "#bedingungen"
    folders = sorted({parent for path in files for parent in _list_parents(path)})
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": _CRATE_SPECIFICATION},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": edition.title,
            "description": _describe(
                edition, "Bericht mit ausgeführten Notebooks, Tabellen und Angaben zum Lauf."
            ),
            "datePublished": edition.parameters.stichtag.isoformat(),
            "inLanguage": "de",
            "keywords": [edition.city_label, edition.administration, *_mark(edition)],
            "license": {"@id": own_terms},
            "mainEntity": {"@id": "index.html"},
            "hasPart": _refer(map(quote, [*_list_top(folders), *_list_top(files)])),
            "isBasedOn": _refer(_name_input(entry) for entry in inputs if entry.title),
            "mentions": {"@id": "#lauf"},
        },
        *(
            {
                "@id": quote(name),
                "@type": "Dataset",
                "name": known.get(name, name.rstrip("/")),
                "hasPart": _refer(map(quote, _list_children(name, [*folders, *files]))),
            }
            for name in folders
        ),
        *(_describe_file(folder, path, known.get(path, "")) for path in files),
        {
            "@id": "#lauf",
            "@type": "CreateAction",
            "name": f"Bericht der Edition »{edition.name}«",
            "description": "Notebooks ausgeführt, Bericht, Tabellen und Metadaten geschrieben.",
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            "instrument": {"@id": "#programm"},
            "object": _refer(_name_input(entry) for entry in inputs),
            "result": _refer(map(quote, files)),
        },
        {
            "@id": "#programm",
            "@type": "SoftwareApplication",
            "name": _PROGRAM,
            "version": version(_PROGRAM),
            "softwareVersion": version(_PROGRAM),
            "license": {"@id": f"{_LICENCES}MIT"},
        },
        {
            "@id": f"{_LICENCES}MIT",
            "@type": "CreativeWork",
            "name": "MIT License",
            "identifier": "MIT",
        },
        {
            "@id": "http://schema.org/CompletedActionStatus",
            "@type": "ActionStatusType",
            "name": "abgeschlossen",
        },
        {
            "@id": own_terms,
            "@type": "CreativeWork",
            "name": "Bedingungen der Nutzung",
            "description": _TERMS,
        },
        *(
            {"@id": name, "@type": "CreativeWork", "name": text, "description": text}
            for text, name in terms.items()
        ),
        *(_describe_raw(entry, terms) for entry in inputs),
    ]
    return {"@context": _CRATE_CONTEXT, "@graph": graph}


def list_crate_files(folder: Path) -> list[str]:
    """Return the files of a report that a crate describes, as paths within its folder.

    Left out are the crate's own description and the times of the build, which always differ.
    """
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {CRATE, _TIMES}
    )


def write_json(content: Mapping[str, Any]) -> bytes:
    """Return JSON as it is stored: indented, in the order given, ended by a line break."""
    return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()


def _describe(edition: Edition, what: str) -> str:
    made_up = " Musterdaten: Alle Zahlen sind erfunden." if _mark(edition) else ""
    day = format_date(edition.parameters.stichtag)
    return f"{edition.subtitle}. {what} Stichtag: {day}.{made_up}"


def _mark(edition: Edition) -> tuple[str, ...]:
    return (SYNTHETIC,) if edition.origin == "synthetic" else ()


def _describe_table(table: DataTable, content: bytes) -> dict[str, Any]:
    resource = {
        "name": table.name,
        "type": "table",
        "path": f"{table.name}.csv",
        "title": f"{table.label}: {table.title}",
        "description": " ".join(
            text
            for text in map(_end_sentence, (table.subject, table.note, f"Kapitel: {table.chapter}"))
            if text
        ),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": DELIMITER, "lineTerminator": "\r\n"},
        "schema": {
            "fields": [_describe_field(field) for field in table.fields],
            "missingValues": [""],
        },
        "sources": [_describe_source(source) for source in table.sources],
    }
    return {name: part for name, part in resource.items() if part != []}


def _end_sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _describe_field(field: DataField) -> dict[str, Any]:
    description: dict[str, Any] = {
        "name": field.name,
        "type": field.kind,
        "description": field.description,
    }
    if field.kind == "number":
        description["decimalChar"] = ","
    if field.signs:
        signs = [{"value": sign, "label": MEANINGS[sign]} for sign in field.signs]
        description["missingValues"] = [{"value": "", "label": "keine Angabe"}, *signs]
    if field.unit:
        description["unit"] = field.unit
    if field.measure:
        description["measure"] = field.measure
    # Last, so that no heading such as »Jan« reads like a first name before another word.
    description["title"] = field.title
    return description


def _describe_source(source: Source) -> dict[str, str]:
    described = {"title": clean_text(source.title)}
    if is_web_address(source.url) and _SAFE_PATH.match(source.url):
        described["path"] = source.url
    return described


def _describe_input(entry: Input) -> dict[str, str]:
    title = clean_text(f"{entry.title} ({entry.document})" if entry.document else entry.title)
    described = _describe_source(Source(source_id=entry.path, title=title, url=entry.url))
    return {**described, **({"license": entry.licence} if entry.licence else {})}


def _describe_file(folder: Path, path: str, label: str) -> dict[str, Any]:
    content = (folder / path).read_bytes()
    return {
        "@id": quote(path),
        "@type": "File",
        "name": label or path,
        "encodingFormat": _MEDIA_TYPES.get(Path(path).suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _describe_raw(entry: Input, terms: Mapping[str, str]) -> dict[str, Any]:
    described = {
        "@id": _name_input(entry),
        "@type": "DigitalDocument",
        "name": entry.title or entry.path,
        "alternateName": entry.path,
        "description": entry.document,
        "creditText": entry.producer,
        "url": entry.url if is_web_address(entry.url) else "",
        "temporalCoverage": f"../{entry.as_of}" if entry.as_of else "",
        "license": {"@id": terms[entry.licence]} if entry.licence else "",
        "sha256": entry.sha256,
    }
    return {name: part for name, part in described.items() if part}


def _name_terms(inputs: Sequence[Input]) -> dict[str, str]:
    """Return the identifier of each licence: the address of a known one, else one of the crate."""
    stated = dict.fromkeys(entry.licence for entry in inputs if entry.licence)
    return {
        text: f"{_LICENCES}{text}" if _KNOWN_LICENCE.match(text) else f"#bedingungen-{number}"
        for number, text in enumerate(stated, start=1)
    }


def _name_input(entry: Input) -> str:
    return f"#{quote(entry.path)}"


def _refer(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": name} for name in names]


def _list_parents(path: str) -> Iterator[str]:
    for parent in Path(path).parents:
        if parent.name:
            yield f"{parent.as_posix()}/"


def _list_top(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if "/" not in path.rstrip("/")]


def _list_children(folder: str, paths: Iterable[str]) -> list[str]:
    inside = (path for path in paths if path.startswith(folder) and path != folder)
    return [path for path in inside if "/" not in path.removeprefix(folder).rstrip("/")]


def _make_slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "edition"
