"""What can be wrong with a case, and the findings made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cleaning.findings import COLUMNS
from analysis.errors import DataError
from analysis.mappings import CHANNELS, STATUSES

Integers = npt.NDArray[np.int64]

FaultKind = Literal[
    "unreadable_day",
    "no_receipt",
    "future",
    "decided_early",
    "complete_early",
    "complete_late",
    "closed_without_day",
    "open_with_day",
    "unknown_status",
    "unknown_channel",
    "unknown_unit",
    "unknown_service",
    "no_identifier",
    "misfit",
    "same_row",
    "same_identifier",
    "repeated_header",
    "old_name",
]

#: More findings than these say that the file and its mapping do not fit each other.
MOST_FINDINGS = 500_000


class _Kind(NamedTuple):
    check: str
    severity: str
    rejected: str
    expected: str
    message: str


_DAY = "ein Tag, zum Beispiel 31.12.2024"
_KINDS: dict[str, _Kind] = {
    "unreadable_day": _Kind("wert", "fehler", "ja", _DAY, "Das Datum ist nicht lesbar."),
    "no_receipt": _Kind(
        "wert", "fehler", "ja", _DAY, "Ohne Tag des Eingangs lässt sich der Vorgang nicht zählen."
    ),
    "future": _Kind(
        "zukunft",
        "fehler",
        "ja",
        "ein Tag bis zum Stand der Datei",
        "Das Datum liegt nach dem Stand der Datei.",
    ),
    "decided_early": _Kind(
        "reihenfolge",
        "fehler",
        "ja",
        "ein Tag nicht vor dem Eingang",
        "Der Vorgang wäre vor seinem Eingang abgeschlossen.",
    ),
    "complete_early": _Kind(
        "reihenfolge",
        "fehler",
        "ja",
        "ein Tag nicht vor dem Eingang",
        "Die Unterlagen wären vor dem Eingang vollständig.",
    ),
    "complete_late": _Kind(
        "reihenfolge",
        "warnung",
        "teilweise",
        "ein Tag nicht nach dem Abschluss",
        "Die Unterlagen wären erst nach dem Abschluss vollständig; die Dauer ab vollständigen "
        "Unterlagen wird ohne diesen Vorgang berechnet.",
    ),
    "closed_without_day": _Kind(
        "wert",
        "fehler",
        "ja",
        "ein Tag des Abschlusses",
        "Der Vorgang gilt als abgeschlossen, aber der Tag fehlt.",
    ),
    "open_with_day": _Kind(
        "wert",
        "fehler",
        "ja",
        "kein Tag des Abschlusses",
        "Der Vorgang gilt als offen, hat aber einen Tag des Abschlusses.",
    ),
    "unknown_status": _Kind(
        "unbekannt",
        "fehler",
        "ja",
        f"einer der Werte {', '.join(STATUSES)} oder ein Eintrag unter [values.status]",
        "Der Bearbeitungsstand ist nicht bekannt.",
    ),
    "unknown_channel": _Kind(
        "unbekannt",
        "fehler",
        "ja",
        f"einer der Werte {', '.join(CHANNELS)} oder ein Eintrag unter [values.channel]",
        "Der Eingangsweg ist nicht bekannt.",
    ),
    "unknown_unit": _Kind(
        "unbekannt",
        "fehler",
        "ja",
        "ein Name aus dem Register der Dienststellen",
        "Die Dienststelle ist nicht bekannt.",
    ),
    "unknown_service": _Kind(
        "unbekannt",
        "fehler",
        "ja",
        "ein Name aus dem Register der Leistungen",
        "Die Leistung ist nicht bekannt.",
    ),
    "no_identifier": _Kind(
        "wert",
        "warnung",
        "nein",
        "eine Kennung",
        "Ohne Kennung lässt sich nicht prüfen, ob der Vorgang doppelt vorkommt.",
    ),
    "misfit": _Kind(
        "zeile",
        "fehler",
        "ja",
        "",
        "Die Zeile passt nicht zur Kopfzeile; sie ist abgeschnitten oder ein Trennzeichen steht "
        "im Text.",
    ),
    "same_row": _Kind(
        "doppelt",
        "warnung",
        "ja",
        "jeder Vorgang nur einmal",
        "Der Vorgang steht mit denselben Angaben mehrfach in der Datei; gezählt wird die erste "
        "Zeile.",
    ),
    "same_identifier": _Kind(
        "doppelt",
        "fehler",
        "ja",
        "jede Kennung nur einmal",
        "Dieselbe Kennung steht mit anderen Angaben schon in der Datei; gezählt wird die erste "
        "Zeile.",
    ),
    "repeated_header": _Kind(
        "lesen", "hinweis", "nein", "", "Die Kopfzeile wiederholt sich; die Zeile ist kein Vorgang."
    ),
    "old_name": _Kind("name_veraltet", "hinweis", "nein", "der heutige Name", ""),
}


class Fault(NamedTuple):
    """Rows with the same fault; ``found`` may be shown to anybody.

    ``places`` are rows of a piece, later lines of the file. ``hints`` go before what is expected.
    """

    kind: FaultKind
    field: str
    places: Integers
    found: list[str]
    hints: list[str] | None = None

    @property
    def rejects(self) -> bool:
        """Whether the rows are in no table."""
        return _KINDS[self.kind].rejected == "ja"


def make_fault_findings(
    faults: Sequence[Fault], *, file: str, columns: dict[str, str]
) -> pd.DataFrame:
    """Return one finding for each row of each fault, by line.

    Args:
        faults: with lines of the file as places.
        file: name of the raw file.
        columns: field to column of the file.
    """
    parts = [_make_part(fault, file, columns) for fault in _join_faults(faults)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    joined = pd.concat(parts, ignore_index=True)
    return joined.sort_values(["row", "column", "check"], kind="stable", ignore_index=True)


def make_file_finding(
    *,
    check: str,
    file: str,
    message: str,
    row: int = 0,
    column: str = "",
    found: str = "",
    expected: str = "",
) -> pd.DataFrame:
    """Return a single finding of severity ``hinweis`` about the file or a line of it."""
    values: tuple[Any, ...] = (
        *("", check, "hinweis", file, row, column, found, expected, message, "nein", ""),
    )
    return pd.DataFrame([values], columns=COLUMNS)


def check_extent(faults: Sequence[Fault], file: str) -> None:
    """Stop where nearly everything is at fault: that is one error, not a list of millions.

    Raises:
        DataError: there are more than ``MOST_FINDINGS``.
    """
    total = sum(len(fault.places) for fault in faults)
    if total > MOST_FINDINGS:
        kinds = sorted({_KINDS[fault.kind].message for fault in faults})
        raise DataError(
            f"{file}: mehr als {MOST_FINDINGS} Befunde. Datei und Zuordnung passen wohl nicht "
            f"zusammen. Festgestellt wurde: {' '.join(kinds)}"
        )


def _join_faults(faults: Sequence[Fault]) -> list[Fault]:
    """Return one fault of each kind and field, with all places."""
    same: dict[tuple[FaultKind, str], list[Fault]] = {}
    for fault in faults:
        if len(fault.places):
            same.setdefault((fault.kind, fault.field), []).append(fault)
    return [
        Fault(
            kind,
            field,
            np.concatenate([each.places for each in parts]),
            [text for each in parts for text in each.found],
            None
            if parts[0].hints is None
            else [hint for each in parts for hint in each.hints or []],
        )
        for (kind, field), parts in same.items()
    ]


def _make_part(fault: Fault, file: str, columns: dict[str, str]) -> pd.DataFrame:
    kind = _KINDS[fault.kind]
    expected: str | list[str] = kind.expected
    if fault.hints is not None:
        expected = [". ".join(filter(None, (kind.expected, hint))) for hint in fault.hints]
    return pd.DataFrame(
        {
            "finding_id": "",
            "check": kind.check,
            "severity": kind.severity,
            "file": file,
            "row": fault.places.astype(np.int64),
            "column": columns.get(fault.field, ""),
            "found": fault.found,
            "expected": expected,
            "message": kind.message,
            "rejected": kind.rejected,
            "accepted": "",
        },
        columns=COLUMNS,
    )
