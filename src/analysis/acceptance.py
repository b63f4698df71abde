"""Acceptances: findings that an edition takes as they are, each with a reason that is published.

An edition names them in ``[[accept]]``. Only what is named is lifted; an acceptance that no longer
meets a finding becomes a finding itself, so that the list cannot grow stale unseen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, field_validator

from analysis.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_IDENTIFIER = re.compile(r"[a-z_]+-[0-9a-f]{8}(?:-\d+)?")
_SHORTEST_REASON = 15
# Two wrong characters in the shortest identifiers; a common beginning alone is not near.
_NEARNESS = 0.85
_MOST_NEAREST = 3


class Acceptance(BaseModel):
    """One accepted finding (``[[accept]]`` of an edition)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str = Field(description="Kennung of the finding")
    reason: str = Field(description="why the finding does not stop the report, in German")
    by: str = Field(description="role or office that decided so, never a person's name")
    on: dt.date = Field(description="day of the decision")

    @field_validator("id")
    @classmethod
    def _check_id(cls, text: str) -> str:
        if not _IDENTIFIER.fullmatch(text):
            raise ValueError(
                f"Annahme »{text}«: Erwartet wird die Kennung eines Befundes, zum Beispiel "
                "»bestand-1a2b3c4d«; die Kennungen zeigt »lagebild check«."
            )
        return text

    @field_validator("reason")
    @classmethod
    def _check_reason(cls, text: str) -> str:
        if len(text) < _SHORTEST_REASON:
            raise ValueError(
                f"Annahme: Die Begründung »{text}« ist zu kurz; sie steht im Bericht und braucht "
                f"mindestens {_SHORTEST_REASON} Zeichen."
            )
        _refuse_persons(text, "Begründung")
        return text

    @field_validator("by")
    @classmethod
    def _check_by(cls, text: str) -> str:
        if not text:
            raise ValueError("Annahme: In »by« fehlt die Stelle, die entschieden hat.")
        _refuse_persons(text, "Angabe »by«")
        return text

    @property
    def statement(self) -> str:
        """Reason, office and day as one German text."""
        return f"{self.reason} ({self.by}, {self.on:%d.%m.%Y})"


def check_distinct(acceptances: Sequence[Acceptance]) -> Sequence[Acceptance]:
    """Return the acceptances as they are.

    Raises:
        ValueError: a finding is accepted twice; German, so that a validator can raise it.
    """
    counts = Counter(each.id for each in acceptances)
    twice = [f"»{identifier}«" for identifier, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"Befunde mehrfach angenommen: {', '.join(twice)}.")
    return acceptances


def accept_findings(
    findings: pd.DataFrame, acceptances: Sequence[Acceptance], *, file: str = "Edition"
) -> pd.DataFrame:
    """Return the findings with the reasons of those accepted in ``accepted``.

    Args:
        findings: findings with their identifiers (table ``findings``).
        acceptances: what the edition accepts.
        file: where the acceptances stand, for the findings about them.

    Returns:
        All findings, and one of severity ``hinweis`` for each acceptance that meets none.

    Raises:
        UsageError: a finding is accepted twice.
    """
    try:
        check_distinct(acceptances)
    except ValueError as error:
        raise UsageError(str(error)) from None
    statements = {each.id: each.statement for each in acceptances}
    known = findings["finding_id"].astype("str")
    reasons = known.map(lambda each: statements.get(each, "")).astype("str")
    accepted = findings.assign(accepted=reasons)
    unmet = sorted(statements.keys() - set(known))
    return _append(accepted, [_describe_unmet(each, known, file) for each in unmet])


def stop_errors(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings that stop a report: errors that the edition does not accept."""
    return findings.loc[(findings["severity"] == "fehler") & (findings["accepted"] == "")]


def _refuse_persons(text: str, what: str) -> None:
    # Only an edition that accepts something needs the lists of names.
    from analysis.privacy_names import is_known_name  # noqa: PLC0415
    from analysis.privacy_patterns import find_personal_data  # noqa: PLC0415

    if find_personal_data(text) or (" " not in text and is_known_name(text)):
        raise ValueError(
            f"Annahme: Die {what} nennt eine Person oder andere personenbezogene Daten; bitte "
            "Funktion oder Dienststelle angeben, zum Beispiel »Fachstelle Wohngeld«."
        )


def _describe_unmet(identifier: str, known: Iterable[str], file: str) -> dict[str, object]:
    nearest = get_close_matches(identifier, list(known), n=_MOST_NEAREST, cutoff=_NEARNESS)
    hint = " oder ".join(f"»{each}«" for each in nearest)
    advice = (
        f"Meinten Sie {hint}?"
        if nearest
        else "Ist der Mangel behoben, kann der Eintrag entfallen; sonst hat sich der Befund "
        "geändert und ist neu zu beurteilen."
    )
    return {
        "finding_id": f"annahme-{hashlib.sha256(identifier.encode()).hexdigest()[:8]}",
        "check": "annahme",
        "severity": "hinweis",
        "file": file,
        "row": 0,
        "column": "accept",
        "found": identifier,
        "expected": hint or "die Kennung eines Befundes dieser Daten",
        "message": f"Die Annahme »{identifier}« passt zu keinem Befund mehr. {advice}",
        "rejected": "nein",
        "accepted": "",
    }


def _append(findings: pd.DataFrame, records: list[dict[str, object]]) -> pd.DataFrame:
    if not records:
        return findings
    import pandas as pd  # noqa: PLC0415

    added = pd.DataFrame(records).reindex(columns=findings.columns, fill_value="")
    return pd.concat([findings, added], ignore_index=True) if len(findings) else added
