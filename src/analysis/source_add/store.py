"""Write a raw file, its sidecar and its mapping, and read them back."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping as Entries
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit
from pydantic import ValidationError
from tomlkit.items import Table

from analysis.errors import DataError, UsageError
from analysis.mappings import MAPPING_SUFFIX, Mapping, mapping_path
from analysis.source_add.inspect import Inspection
from analysis.sources import SIDECAR_SUFFIX, RawFile, Sidecar, read_raw_file

__all__ = ["Target", "choose_target", "make_sidecar", "refuse_personal", "write_source"]

_FOLDER = re.compile(r"[a-z0-9äöüß][a-z0-9äöüß_-]*")
_EXPECTED = {
    "accessed": "ein Datum der Form JJJJ-MM-TT",
    "as_of": "ein Datum der Form JJJJ-MM-TT",
    "origin": "documented oder synthetic",
}
_KEEP_IN_MEMORY = ("case_id", "post_id")


class Target(NamedTuple):
    """Where a file will lie; ``in_place`` where it lies there already."""

    path: Path
    in_place: bool


def choose_target(file: Path, folder: str, root: Path, *, force: bool = False) -> Target:
    """Return where a file is to lie below ``data/raw``.

    Raises:
        UsageError: the folder's name does not fit, the file is none that can be described, or
            something would be overwritten without ``force``.
    """
    if not _FOLDER.fullmatch(folder):
        raise UsageError(
            f"Ordner »{folder}« passt nicht: Erwartet wird ein Name unter data/raw aus "
            "Kleinbuchstaben, Ziffern, »_« und »-«."
        )
    if file.name.startswith(".") or file.name.endswith((SIDECAR_SUFFIX, MAPPING_SUFFIX)):
        raise UsageError(f"{file.name} ist keine Rohdatei, sondern eine Beschreibung.")
    target = root / "data" / "raw" / folder / file.name
    in_place = target.exists() and target.samefile(file)
    written = [target.with_name(target.name + SIDECAR_SUFFIX), mapping_path(target)]
    existing = [each.name for each in (*([] if in_place else [target]), *written) if each.exists()]
    if existing and not force:
        raise UsageError(
            f"In data/raw/{folder} gibt es schon: {', '.join(existing)}. Überschrieben wird nur "
            "mit --force."
        )
    return Target(target, in_place)


def make_sidecar(inspection: Inspection, details: Entries[str, str]) -> Sidecar:
    """Return the description of a raw file.

    Args:
        inspection: the read file; gives format and checksum.
        details: title, producer and so on, as texts.

    Raises:
        UsageError: a detail is missing or does not fit.
    """
    fixed: dict[str, Any] = {
        "sha256": inspection.sha256,
        "format": {"kind": inspection.kind, **inspection.options},
    }
    try:
        return Sidecar.model_validate({**details, **fixed})
    except ValidationError as error:
        places = [".".join(map(str, item["loc"])) for item in error.errors()]
        faults = [f"{place}: {_EXPECTED.get(place, 'die Angabe passt nicht')}" for place in places]
        raise UsageError(f"Angaben zur Datei passen nicht: {'; '.join(faults)}.") from None


def refuse_personal(inspection: Inspection, columns: Entries[str, str]) -> None:
    """Stop where a column with personal data is to be used.

    Identifiers of cases and posts may be, in memory only.

    Raises:
        UsageError: names the fields and the kinds of data, no content.
    """
    faults = []
    for field, column in columns.items():
        profile = inspection.profile(column)
        if profile is None or not profile.personal:
            continue
        if not (profile.is_identifier and field in _KEEP_IN_MEMORY):
            faults.append(f"Spalte {profile.shown} ({profile.personal}) für »{field}«")
    if faults:
        raise UsageError(
            f"Spalten mit personenbezogenen Angaben werden nicht zugeordnet: {'; '.join(faults)}."
        )


def write_source(
    inspection: Inspection,
    target: Target,
    sidecar: Sidecar,
    mapping: Mapping | None,
    remarks: Entries[str, str] | None = None,
) -> RawFile:
    """Copy the raw file, write sidecar and mapping beside it, and read all three back.

    Args:
        inspection: the read file.
        target: where it will lie.
        sidecar: description.
        mapping: mapping of an export, or nothing.
        remarks: field to a German remark that stands behind its entry.

    Raises:
        DataError: what is read back is not what was to be written.
    """
    target.path.parent.mkdir(parents=True, exist_ok=True)
    if not target.in_place:
        _copy(inspection.path, target.path, inspection.sha256)
    _write(target.path.with_name(target.path.name + SIDECAR_SUFFIX), format_sidecar(sidecar))
    own = mapping_path(target.path)
    if mapping is None:
        own.unlink(missing_ok=True)
    else:
        _write(own, format_mapping(mapping, target.path.name, remarks or {}))
    raw = read_raw_file(target.path, origin=sidecar.origin)
    if raw.sidecar != sidecar or raw.mapping != mapping:
        raise DataError(f"{target.path.name}: Beschreibung oder Zuordnung wurden falsch abgelegt.")
    return raw


def format_sidecar(sidecar: Sidecar) -> str:
    """Return a sidecar as TOML."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Beschreibung der Rohdatei, angelegt mit »lagebild source add«."))
    for name, value in sidecar.model_dump(exclude={"format"}).items():
        document.add(name, value)
    layout = tomlkit.table()
    layout.add("kind", sidecar.format.kind)
    for name, value in sidecar.format.stated_options().items():
        if value is not None:
            layout.add(name, value)
    document.add("format", layout)
    return tomlkit.dumps(document)


def format_mapping(mapping: Mapping, file: str, remarks: Entries[str, str]) -> str:
    """Return a mapping as TOML, with comments that explain the entries."""
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Zuordnung von {file}: Feld = Spalte der Datei."))
    document.add(tomlkit.comment("Erläutert in docs/how-to/own-data.md."))
    plain = mapping.model_dump(exclude={"columns", "values", "units"}, exclude_defaults=True)
    for name, value in plain.items():
        document.add(name, value)
    document.add("columns", _make_table(mapping.columns, remarks))
    if mapping.units:
        table = _make_table(mapping.units, {})
        table.comment("Einheit in der Datei; umgerechnet wird in die Einheit der Messgröße")
        document.add("units", table)
    if mapping.values:
        values = tomlkit.table(is_super_table=True)
        for field, words in mapping.values.items():
            table = _make_table(words, {})
            table.comment("Wort der Datei = unser Wort")
            values.add(field, table)
        document.add("values", values)
    return tomlkit.dumps(document)


def _make_table(entries: Entries[str, str], remarks: Entries[str, str]) -> Table:
    table = tomlkit.table()
    for name, value in entries.items():
        table.add(name, value)
        if name in remarks:
            table[name].comment(remarks[name])
    return table


def _copy(source: Path, target: Path, sha256: str) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as stream:
        copy = Path(stream.name)
    try:
        shutil.copyfile(source, copy)
        with copy.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                raise DataError(f"{source.name} hat sich während des Kopierens verändert.")
        copy.chmod(0o644)
        os.replace(copy, target)
    finally:
        copy.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".", delete=False
    ) as stream:
        stream.write(text)
    Path(stream.name).chmod(0o644)
    os.replace(stream.name, path)
