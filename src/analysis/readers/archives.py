"""Zip archives of workbooks, unpacked within limits before anything else looks at them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable

from analysis.errors import DataError
from analysis.readers import limits

_ENCRYPTED = 0x1
_PIECE = 1024**2


def list_members(content: bytes, name: str) -> list[zipfile.ZipInfo]:
    """Return the members of an archive after checking what the archive says of itself.

    Raises:
        DataError: the archive is damaged or encrypted, or exceeds a limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError):
        raise DataError(f"{name}: Die Datei ist beschädigt (kein lesbares Archiv).") from None
    if len(members) > limits.MAX_ARCHIVE_MEMBERS:
        raise DataError(f"{name}: Das Archiv enthält zu viele Teile ({len(members)}).")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        refuse_password(name)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.MAX_UNPACKED_BYTES or (
        unpacked > limits.RATIO_MATTERS_FROM_BYTES and unpacked > limits.MAX_RATIO * len(content)
    ):
        _refuse_bomb(name, unpacked)
    return members


def unpack(content: bytes, name: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Unpack the wanted members, counting the bytes that really come out.

    Raises:
        DataError: the archive is damaged or encrypted, or exceeds a limit.
    """
    members = [member for member in list_members(content, name) if wanted(member.filename)]
    parts: dict[str, bytes] = {}
    left = limits.MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in members:
                parts[member.filename] = _read_member(archive, member, left, name)
                left -= len(parts[member.filename])
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ):
        raise DataError(f"{name}: Die Datei ist beschädigt (Archiv lässt sich nicht lesen).") from (
            None
        )
    return parts


def refuse_password(name: str) -> None:
    """Refuse a protected workbook.

    Raises:
        DataError: always.
    """
    raise DataError(
        f"{name}: Die Datei ist mit einem Kennwort geschützt. Bitte ohne Kennwort liefern."
    )


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, name: str) -> bytes:
    pieces: list[bytes] = []
    with archive.open(member) as source:
        while piece := source.read(_PIECE):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                _refuse_bomb(name, limits.MAX_UNPACKED_BYTES)
    return b"".join(pieces)


def _refuse_bomb(name: str, unpacked: int) -> None:
    raise DataError(
        f"{name}: Das Archiv würde sich auf mindestens {unpacked // 1024**2} MB entpacken; das ist "
        "für eine Arbeitsmappe unglaubwürdig viel. Die Datei wird nicht gelesen."
    )
