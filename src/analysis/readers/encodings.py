"""The encoding of a text, found by rules rather than by statistics.

A statistical detector needs more text than a short export holds and cannot tell Windows-1252 from
ISO-8859-15, which differ in eight printable characters. The rules below give the same answer
for the same bytes, say on what it rests, and refuse where they would have to guess.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from analysis.errors import DataError
from analysis.readers.result import Remark

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 mit Byte-Order-Mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32 (LE) mit Byte-Order-Mark"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32 (BE) mit Byte-Order-Mark"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 (LE) mit Byte-Order-Mark"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 (BE) mit Byte-Order-Mark"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_HIGH = re.compile(rb"[\x80-\xff]")
_WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")
_UNASSIGNED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# ä, ö, ü of the DOS code pages, where Windows-1252 has a quotation mark or nothing, inside a word
_DOS_UMLAUT = re.compile(rb"[A-Za-z][\x81\x84\x94][a-z]")
_AMBIGUOUS = re.compile(rb"[\xa6\xa8\xb4\xb8\xbc\xbd\xbe]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1b\x7f]")


class Decoded(NamedTuple):
    """A decoded text without byte order mark, and how it was encoded (German)."""

    text: str
    encoding: str
    remark: Remark


def decode_text(content: bytes, *, name: str, encoding: str | None = None) -> Decoded:
    """Decode text in UTF-8, UTF-16, Windows-1252 or ISO-8859-15.

    Args:
        content: the file's bytes.
        name: file name for messages.
        encoding: stated encoding; ``None`` finds it out.

    Raises:
        DataError: the bytes are not text, mix encodings, are cut off within a character, or do
            not fit the stated encoding.
    """
    codec, label = (encoding, f"{encoding} (angegeben)") if encoding else _detect(content, name)
    text = _decode(content, codec, name).removeprefix("\ufeff")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise DataError(
            f"{name}: Zeile {line} enthält Steuerzeichen; als {label} gelesen ist die Datei kein "
            "Text. Bitte als CSV oder Arbeitsmappe liefern."
        )
    return Decoded(text, codec, Remark("encoding", 0, f"Kodierung: {label}."))


def _decode(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}: Zeile {line} enthält Zeichen, die nicht zur Kodierung {codec} passen."
        ) from None
    except LookupError:
        raise DataError(f"{name}: unbekannte Kodierung »{codec}«.") from None


def _detect(content: bytes, name: str) -> tuple[str, str]:
    for mark, codec, label in _MARKS:
        if content.startswith(mark):
            return codec, label
    if wide := _detect_wide(content):
        return wide
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _detect_single_byte(content, error, name)
    return "utf-8", "UTF-8" if _HIGH.search(content) else "UTF-8 (nur ASCII-Zeichen)"


def _detect_wide(content: bytes) -> tuple[str, str] | None:
    # In UTF-16 text in a Latin script nearly every second byte is zero, and only that one.
    half = len(content) // 2
    if len(content) % 2 or half < 2:
        return None
    even, odd = content[0::2].count(0), content[1::2].count(0)
    if odd > 0.7 * half and even < 0.02 * half:
        return "utf-16-le", "UTF-16 (LE) ohne Byte-Order-Mark"
    if even > 0.7 * half and odd < 0.02 * half:
        return "utf-16-be", "UTF-16 (BE) ohne Byte-Order-Mark"
    return None


def _detect_single_byte(content: bytes, error: UnicodeDecodeError, name: str) -> tuple[str, str]:
    _refuse_mixed(content, error, name)
    if _UNASSIGNED.search(content) or _DOS_UMLAUT.search(content):
        raise DataError(
            f"{name}: Kodierung nicht erkannt: weder UTF-8 noch Windows-1252 noch ISO-8859-15; "
            "möglich ist ein DOS-Zeichensatz (cp850). Bitte »encoding« in der Beschreibung angeben."
        )
    if _WINDOWS_ONLY.search(content):
        return "cp1252", "Windows-1252"
    if b"\xa4" in content:
        return "iso8859-15", "ISO-8859-15 (erkannt am Eurozeichen)"
    if _AMBIGUOUS.search(content):
        return "cp1252", "Windows-1252 (angenommen; einzelne Zeichen wären in ISO-8859-15 andere)"
    return "cp1252", "Windows-1252 (alle Zeichen sind in ISO-8859-15 dieselben)"


def _refuse_mixed(content: bytes, error: UnicodeDecodeError, name: str) -> None:
    multibyte = len(_MULTIBYTE.findall(content))
    stray = len(_HIGH.findall(_MULTIBYTE.sub(b"", content)))
    if not multibyte or stray > multibyte:
        return
    line = content[: error.start].count(b"\n") + 1
    if error.reason == "unexpected end of data":
        raise DataError(f"{name}: Die Datei bricht in Zeile {line} mitten in einem Zeichen ab.")
    raise DataError(
        f"{name}: Die Datei mischt Kodierungen: überwiegend UTF-8, aber nicht in Zeile {line}."
    )
