"""The signs that stand in a table instead of a number, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Meaning(NamedTuple):
    """What a sign means.

    Attributes:
        code: short identifier.
        value: the number that it stands for; ``None`` where there is none (secret is not zero).
        text: the meaning in German.
    """

    code: str
    value: float | None
    text: str


Legend = Mapping[str, Meaning]

NOTHING = Meaning("nothing", 0.0, "genau null, nichts vorhanden")
NOTHING_OR_DISSOLVED = Meaning(
    "nothing_or_dissolved", None, "nichts vorhanden oder Gebiet besteht nicht mehr"
)
LESS_THAN_HALF = Meaning(
    "less_than_half", 0.0, "mehr als nichts, aber weniger als die Hälfte der letzten Stelle"
)
UNKNOWN_OR_SECRET = Meaning(
    "unknown_or_secret", None, "unbekannt, geheim zu halten oder nicht berechenbar"
)
NOT_MEANINGFUL = Meaning("not_meaningful", None, "Angabe nicht sinnvoll")
LATER = Meaning("later", None, "Angabe folgt später")
UNRELIABLE = Meaning("unreliable", None, "nicht sicher genug")
LIMITED = Meaning("limited", None, "eingeschränkt aussagefähig")
PRELIMINARY = Meaning("preliminary", None, "vorläufig")
REVISED = Meaning("revised", None, "berichtigt")
ESTIMATED = Meaning("estimated", None, "geschätzt")
NOT_STATED = Meaning("not_stated", None, "keine Angabe")
EMPTY = Meaning("empty", None, "leeres Feld")

_WORDS = {
    "k.A.": NOT_STATED,
    "keine Angabe": NOT_STATED,
    "keine Angaben": NOT_STATED,
    "n/a": NOT_STATED,
    "": EMPTY,
}

#: Legend of an office's own export: a zero is a zero, brackets and flags have no meaning.
PLAIN_LEGEND: Legend = MappingProxyType(
    {
        "-": NOTHING,
        ".": UNKNOWN_OR_SECRET,
        "x": NOT_MEANINGFUL,
        "...": LATER,
        "/": UNRELIABLE,
        **_WORDS,
    }
)
#: Legend of the statistical offices; ``()`` brackets a number, ``p``, ``r``, ``s`` stand beside it.
OFFICIAL_LEGEND: Legend = MappingProxyType(
    {
        **PLAIN_LEGEND,
        "0": LESS_THAN_HALF,
        "()": LIMITED,
        "p": PRELIMINARY,
        "r": REVISED,
        "s": ESTIMATED,
    }
)
#: Regional tables also mark districts that no longer exist with ``-``, so it is not a safe zero.
REGIONAL_LEGEND: Legend = MappingProxyType({**OFFICIAL_LEGEND, "-": NOTHING_OR_DISSOLVED})

_LINE = re.compile(
    r"(?P<sign>\.{3}|…|\(\)|[-–—./xX0prs]|k\.\s?A\.)\s*(?:=|:)\s*(?P<meaning>[^;|·]+)"
)
_BY_WORDS = (
    (("geheim", "unbekannt", "gesperrt", "nicht bekannt"), UNKNOWN_OR_SECRET),
    (("weniger als", "hälfte"), LESS_THAN_HALF),
    (("nichts vorhanden", "genau null", "kein fall", "keine fälle"), NOTHING),
    (("nicht sinnvoll", "gesperrt", "entfällt"), NOT_MEANINGFUL),
    (("später", "noch nicht"), LATER),
    (("nicht sicher", "unsicher"), UNRELIABLE),
    (("eingeschränkt",), LIMITED),
    (("vorläufig",), PRELIMINARY),
    (("berichtigt", "revidiert"), REVISED),
    (("geschätzt", "schätzung"), ESTIMATED),
    (("keine angabe",), NOT_STATED),
)


def normalise_sign(text: str) -> str:
    """Return a sign in the spelling of the legends (``…`` as ``...``, dashes as ``-``)."""
    bare = "".join(text.split()).lower().replace("…", "...")
    return "-" if bare in {"–", "—", "−"} else bare


def read_legend(texts: Iterable[str], base: Legend = PLAIN_LEGEND) -> dict[str, Meaning]:
    """Return the legend that a file states in its footnotes (``. = Zahlenwert geheim``).

    A stated sign whose meaning is not among the known ones keeps its text and has no value.

    Args:
        texts: the footnotes.
        base: legend for the signs that the footnotes do not explain.
    """
    legend = dict(base)
    for text in texts:
        for found in _LINE.finditer(text):
            meaning = found["meaning"].strip()
            legend[normalise_sign(found["sign"])] = _understand(meaning)
    return legend


def _understand(text: str) -> Meaning:
    lower = text.lower()
    known = next(
        (meaning for words, meaning in _BY_WORDS if any(word in lower for word in words)), None
    )
    return Meaning(known.code, known.value, text) if known else Meaning("other", None, text)
