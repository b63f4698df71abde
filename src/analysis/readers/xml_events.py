"""XML as a stream of events, without document types and entities of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol
from xml.parsers import expat

from analysis.errors import DataError
from analysis.readers import limits

_SEPARATOR = " "


class Handler(Protocol):
    """Receives the events.

    Names are given without namespace, except the attributes of LibreOffice's extension
    (``calcext:``), which repeat names of the standard with other values.
    """

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def text(self, data: str) -> None:
        """Receive a piece of text."""


class Quiet:
    """A handler that ignores what it does not override."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def text(self, data: str) -> None:
        """Receive a piece of text."""


def parse_xml(content: bytes, handler: Handler, name: str) -> None:
    """Send the events of a document to a handler.

    A document type is refused: workbooks have none, and entities are defined in it.

    Raises:
        DataError: the document is not well-formed, is nested too deeply, or has a document type.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    depth = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.MAX_XML_DEPTH:
            raise DataError(f"{name}: Das XML der Datei ist zu tief verschachtelt.")
        handler.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def finish(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local(tag))

    def refuse(*_: object) -> None:
        raise DataError(
            f"{name}: Das XML der Datei enthält einen Dokumenttyp (DOCTYPE). Arbeitsmappen haben "
            "keinen; die Datei wird aus Sicherheitsgründen nicht gelesen."
        )

    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DataError(f"{name}: Die Datei ist beschädigt (XML: {error}).") from None


@lru_cache(maxsize=1_000)
def _local(name: str) -> str:
    namespace, _, local = name.rpartition(_SEPARATOR)
    return f"calcext:{local}" if namespace.endswith("calcext:1.0") else local
