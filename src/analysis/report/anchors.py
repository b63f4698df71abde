"""Anchors: the ids that links within the report lead to."""

from __future__ import annotations

import re
import unicodedata

RESERVED = ("kopf", "inhalt", "hauptinhalt", "zeichenerklaerung", "quellen", "fuss")

_TRANSCRIPTION = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "Ss"}
)


def make_slug(text: str) -> str:
    """Return ``text`` in lower case with hyphens, umlauts transcribed, or ``abschnitt``."""
    plain = unicodedata.normalize("NFC", text).translate(_TRANSCRIPTION)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-") or "abschnitt"


class Anchors:
    """Hands out anchors, each only once in a report."""

    def __init__(self) -> None:
        self._taken = set(RESERVED)

    def claim(self, text: str) -> str:
        """Return the slug of ``text``, with a number behind it if it is taken."""
        slug = make_slug(text)
        anchor, count = slug, 1
        while anchor in self._taken:
            count += 1
            anchor = f"{slug}-{count}"
        self._taken.add(anchor)
        return anchor
