"""Raw files and their sidecars: bytes whose checksum holds, and where they come from."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import DataError
from analysis.mappings import MAPPING_SUFFIX, Mapping, read_mapping

SIDECAR_SUFFIX = ".meta.toml"


FormatKind = Literal["delimited", "csv", "workbook", "ffcsv", "monatszahlen", "pvog"]

_TABLE_OPTIONS = frozenset({"header_row", "header_rows", "keep_sums"})
_OPTIONS: dict[str, frozenset[str]] = {
    "delimited": frozenset({"encoding", "delimiter"}),
    "csv": frozenset({"encoding", "delimiter"}) | _TABLE_OPTIONS,
    "workbook": frozenset({"sheet", "hidden"}) | _TABLE_OPTIONS,
    "ffcsv": frozenset({"encoding"}),
    "monatszahlen": frozenset({"encoding"}),
    "pvog": frozenset({"encoding", "delimiter"}),
}


class Format(BaseModel):
    """How the bytes of a raw file are to be read.

    ``delimited`` is read as stated; of the other kinds, what is not stated is found out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FormatKind
    encoding: str = "utf-8"
    delimiter: str = Field(default=";", pattern=r'^[^\r\n"]$', description="one character")
    sheet: str | int | None = Field(default=None, description="name or number from 1")
    header_row: int | None = Field(default=None, ge=1)
    header_rows: int | None = Field(default=None, ge=1, le=20)
    hidden: Literal["use", "leave"] = "use"
    keep_sums: bool = False

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        if foreign := sorted(self.stated_options().keys() - _OPTIONS[self.kind]):
            raise ValueError(f"Das Format »{self.kind}« kennt {', '.join(foreign)} nicht.")
        return self

    def stated_options(self) -> dict[str, Any]:
        """Return what the sidecar states, as arguments of ``readers.recognise.read``."""
        stated = self.model_fields_set - {"kind"}
        return {option: getattr(self, option) for option in sorted(stated)}


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


@dataclass(frozen=True)
class RawFile:
    """A raw file whose checksum holds, its sidecar and, for an office's export, its mapping."""

    path: Path
    sidecar: Sidecar
    mapping: Mapping | None = None

    @property
    def name(self) -> str:
        """File name without folder."""
        return self.path.name

    def read_bytes(self) -> bytes:
        """Return the whole content."""
        return self.path.read_bytes()


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
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sidecar.sha256:
        raise DataError(
            f"Rohdatei {path.name} stimmt nicht mit ihrer Beschreibung überein: Prüfsumme "
            f"{found[:12]}… gefunden, {sidecar.sha256[:12]}… erwartet "
            f"({path.stat().st_size} Bytes). "
            "Die Datei ist unvollständig oder wurde verändert. Bitte neu beziehen oder, wenn die "
            f"Änderung beabsichtigt ist, »sha256« in {path.name}{SIDECAR_SUFFIX} anpassen."
        )
    if sidecar.origin != origin:
        raise DataError(
            f"Rohdatei {path.name} ist als »{sidecar.origin}« gekennzeichnet, die Edition verlangt "
            f"»{origin}«. Dokumentierte und synthetische Daten werden nicht gemischt."
        )
    return RawFile(path, sidecar, read_mapping(path))


def list_raw_files(folder: Path) -> tuple[Path, ...]:
    """Return the raw files of a folder (without sidecars), sorted by name.

    Raises:
        DataError: the folder does not exist or a sidecar has no file.
    """
    if not folder.is_dir():
        raise DataError(f"Ordner mit Rohdaten fehlt: data/raw/{folder.name}.")
    sidecars = {
        path.name.removesuffix(SIDECAR_SUFFIX) for path in folder.glob(f"*{SIDECAR_SUFFIX}")
    }
    raw_files = {
        path.name
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.endswith((SIDECAR_SUFFIX, MAPPING_SUFFIX))
        and path.name[0] != "."
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
