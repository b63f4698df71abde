"""Findings in words: how severities and checks are called, and what must not be quoted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pandas as pd

from analysis.privacy import mask_personal_data

WITHHELD = "(nicht ausgegeben)"
SEVERITY_WORDS = {"fehler": "Fehler", "warnung": "Warnung", "hinweis": "Hinweis"}
SEVERITY_PLURALS = {"fehler": "Fehler", "warnung": "Warnungen", "hinweis": "Hinweise"}
CHECK_WORDS = {
    "wert": "Wert nicht lesbar oder unzulässig",
    "zeile": "Zeile passt nicht zur Kopfzeile",
    "lesen": "Bemerkung beim Lesen",
    "personenbezug": "Spalte mit personenbezogenen Angaben",
    "doppelt": "Zeile doppelt",
    "luecke": "Monat fehlt",
    "bestand": "Bestandsgleichung nicht erfüllt",
    "unmoeglich": "Wert nicht möglich",
    "erledigt_ueber_offen": "Mehr erledigt als offen",
    "reihenfolge": "Reihenfolge der Tage nicht möglich",
    "sprung": "Auffälliger Sprung",
    "besetzt_ueber_plan": "Mehr besetzt als geplant",
    "unbekannt": "Bezeichnung unbekannt",
    "name_veraltet": "Bezeichnung nicht mehr gültig",
    "zukunft": "Tag in der Zukunft",
    "historie": "Frühere Angabe geändert",
    "annahme": "Annahme ohne Befund",
}
# What these checks state as found is not the content of a cell.
_STATED = frozenset({"personenbezug", "annahme"})
_HARMLESS = re.compile(r"gleiche Kennung wie Zeile \d+")
# A row that does not fit may begin with anything, a case number or a name included.
_BEGINNING = re.compile(r", beginnend mit ».*«$", re.DOTALL)


def protect_findings(
    findings: pd.DataFrame, withheld: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    """Return the findings without personal data and without what must not be quoted.

    Args:
        findings: table ``findings``.
        withheld: for each file made from an office's export, the columns whose content is not
            given out; files that are not named are searched for personal data only.
    """
    quotes = ~findings["check"].isin(_STATED)
    hidden = pd.Series(
        [
            _is_withheld(str(column), withheld.get(file, ()))
            for file, column in zip(findings["file"], findings["column"], strict=True)
        ],
        index=findings.index,
        dtype="bool",
    )
    is_export = findings["file"].isin([*withheld])
    shortened = findings["found"].astype("str").str.replace(_BEGINNING, "", regex=True)
    found = findings["found"].mask(is_export & (findings["check"] == "zeile"), shortened)
    harmless = findings["found"].astype("str").str.fullmatch(f"(?:{_HARMLESS.pattern})?")
    found = found.mask(quotes & hidden & ~harmless, WITHHELD)
    masked = {
        column: _mask_column(texts)
        for column, texts in {
            "found": found,
            "expected": findings["expected"],
            "message": findings["message"],
        }.items()
    }
    return findings.assign(**masked)


def count_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return how many findings each check has.

    Returns:
        Per check, in the order of the severest and then of the checks: ``check``, one column per
        severity (open findings only) and ``accepted``.
    """
    is_accepted = findings["accepted"].astype("str") != ""
    column = findings["severity"].astype("str").mask(is_accepted, "accepted")
    counts = pd.crosstab(findings["check"].astype("str"), column)
    names = [*SEVERITY_WORDS, "accepted"]
    counts = counts.reindex(columns=names, fill_value=0).astype("int64")
    order = {check: number for number, check in enumerate(CHECK_WORDS)}
    counts = counts.assign(order=[order.get(str(check), len(order)) for check in counts.index])
    has_errors, has_warnings = counts["fehler"] > 0, counts["warnung"] > 0
    counts = counts.assign(errors=has_errors, warnings=has_warnings).sort_values(
        ["errors", "warnings", "order"], ascending=[False, False, True], kind="stable"
    )
    return counts.rename_axis(index="check", columns=None).reset_index()[["check", *names]]


def _is_withheld(column: str, withheld: Collection[str]) -> bool:
    # A finding may name several columns.
    return bool(withheld) and any(
        name in withheld for name in (column, *map(str.strip, column.split(",")))
    )


def _mask_column(texts: pd.Series) -> pd.Series:
    # Messages repeat: each wording is looked at once.
    plain = texts.astype("str")
    masks = {text: mask_personal_data(text) for text in plain.unique()}
    return plain.map(masks).astype("str")
