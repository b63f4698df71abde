"""Raw files and their sidecars: bytes whose checksum holds, and where they come from."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.errors import DataError

SIDECAR_SUFFIX = ".meta.toml"


class Format(BaseModel):
    """How the bytes of a raw file are to be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["delimited"]
    encoding: str = "utf-8"
    delimiter: str = ";"


class Sidecar(BaseModel):
    """What is known about a raw file (``<file>.meta.toml``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    producer: str
    document: str
    url: str
    licence: str
    accessed: dt.date
    as_of: dt.date
    origin: Literal["documented", "synthetic"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    format: Format


class RawFile(BaseModel):
    """A raw file: its name, its verified bytes and its sidecar."""

    model_config = ConfigDict(frozen=True)

    name: str
    content: bytes
    sidecar: Sidecar


def read_raw_file(path: Path, *, origin: str) -> RawFile:
    """Read a raw file and check it against its sidecar.

    Args:
        path: the raw file; its sidecar lies beside it.
        origin: origin that the edition demands, ``documented`` or ``synthetic``.

    Raises:
        DataError: file or sidecar is missing or unreadable, the checksum does not hold, or the
            file's origin is not the edition's.
    """
    sidecar = _read_sidecar(path)
    if not path.is_file():
        raise DataError(f"Rohdatei fehlt: {path.name} (erwartet in {path.parent.name}).")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sidecar.sha256:
        raise DataError(
            f"Rohdatei {path.name} stimmt nicht mit ihrer Beschreibung überein: Prüfsumme "
            f"{found[:12]}… gefunden, {sidecar.sha256[:12]}… erwartet ({len(content)} Bytes). "
            "Die Datei ist unvollständig oder wurde verändert. Bitte neu beziehen oder, wenn die "
            f"Änderung beabsichtigt ist, »sha256« in {path.name}{SIDECAR_SUFFIX} anpassen."
        )
    if sidecar.origin != origin:
        raise DataError(
            f"Rohdatei {path.name} ist als »{sidecar.origin}« gekennzeichnet, die Edition verlangt "
            f"»{origin}«. Dokumentierte und synthetische Daten werden nicht gemischt."
        )
    return RawFile(name=path.name, content=content, sidecar=sidecar)


def list_raw_files(folder: Path) -> tuple[Path, ...]:
    """Return the raw files of a folder (without sidecars), sorted by name.

    Raises:
        DataError: the folder does not exist or a sidecar has no file.
    """
    if not folder.is_dir():
        raise DataError(f"Ordner mit Rohdaten fehlt: data/raw/{folder.name}.")
    sidecars = {path.name.removesuffix(SIDECAR_SUFFIX) for path in folder.glob(f"*{SIDECAR_SUFFIX}")}
    raw_files = {
        path.name
        for path in folder.iterdir()
        if path.is_file() and not path.name.endswith(SIDECAR_SUFFIX) and path.name[0] != "."
    }
    if missing := sorted(sidecars - raw_files):
        raise DataError(f"Rohdatei fehlt: {', '.join(missing)} (erwartet in {folder.name}).")
    return tuple(folder / name for name in sorted(raw_files))


def _read_sidecar(path: Path) -> Sidecar:
    sidecar = path.with_name(path.name + SIDECAR_SUFFIX)
    if not sidecar.is_file():
        raise DataError(
            f"Zur Rohdatei {path.name} fehlt die Beschreibung {sidecar.name} "
            "(Titel, Herkunft, Lizenz, Stand, Prüfsumme)."
        )
    try:
        return Sidecar.model_validate(tomllib.loads(sidecar.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{sidecar.name} ist kein gültiges TOML: {error}") from None
    except ValidationError as error:
        entries = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise DataError(f"{sidecar.name}: Einträge fehlen oder passen nicht: {entries}.") from None
