"""State of the data: sources, exactness, contradictions, what is missing (chapter Datenlage).

Methods: docs/methods/data-quality.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.editions import DataRequest
from analysis.fields import OBSERVATION_TABLES
from analysis.indicators.intervals import with_origins

NOT_RELEASED = "nicht veröffentlicht"
EXACTNESS = (
    "genau",
    "gerundet oder Spanne",
    "eine Grenze offen",
    "beide Grenzen offen",
    NOT_RELEASED,
)
TABLE_LABELS = {
    "case_counts": "Fallzahlen",
    "staffing": "Personal",
    "service_adoption": "Digitalisierung",
    "context": "Rahmendaten",
}
UNDATED = "undatiert"
CHECK_LABELS = {
    "wert": "Wert nicht lesbar",
    "zeile": "Zeile passt nicht zur Tabelle",
    "lesen": "Besonderheit beim Lesen",
    "personenbezug": "personenbezogene Spalte entfernt",
    "doppelt": "doppelte Zeile",
    "luecke": "Monat fehlt in der Reihe",
    "bestand": "Bestand passt nicht zu Eingang und Erledigung",
    "unmoeglich": "unmöglicher Wert",
    "erledigt_ueber_offen": "mehr erledigt als vorhanden",
    "reihenfolge": "Daten in falscher Reihenfolge",
    "sprung": "auffälliger Sprung",
    "besetzt_ueber_plan": "mehr besetzt als geplant",
    "unbekannt": "unbekannte Leistung oder Dienststelle",
    "name_veraltet": "Name außerhalb seiner Gültigkeit",
    "zukunft": "Datum nach dem Stand der Datei",
    "historie": "abweichend von der vorigen Lieferung",
    "annahme": "Annahme eines Befunds",
}
MANY_FINDINGS = 30
"""From so many findings on, they are counted by check instead of listed."""
_EARLIER = "bis {year}"
_FIRST_YEAR = 2020


def count_sources(sources: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Count sources by kind and year of publication.

    Args:
        sources: register of sources.
        observations: observations in use; sources without any are left out.

    Returns:
        ``kind``, ``year`` (German label; years before 2020 together, ``undatiert`` last),
        ``count``; most frequent kind first.
    """
    used = sources.loc[sources["source_id"].isin(observations["source_id"])]
    years = used["published_end"].dt.year
    labels = (
        years.astype("Int64")
        .astype("str")
        .mask(years < _FIRST_YEAR, _EARLIER.format(year=_FIRST_YEAR - 1))
    )
    counted = (
        used.assign(year=labels.mask(years.isna(), UNDATED))
        .groupby(["kind", "year"], as_index=False)
        .agg(count=("source_id", "size"))
    )
    totals = counted.groupby("kind")["count"].transform("sum")
    order = counted.assign(total=totals, late=counted["year"].eq(UNDATED))
    return (
        order.sort_values(["total", "kind", "late", "year"], ascending=[False, True, True, True])
        .drop(columns=["total", "late"])
        .reset_index(drop=True)
    )


def sum_sources(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the sources of each kind, most first, with the ``total`` of all kinds."""
    summed = counted.groupby("kind", as_index=False, sort=False).agg(count=("count", "sum"))
    ordered = summed.sort_values("count", ascending=False, kind="stable", ignore_index=True)
    return ordered.assign(total=counted["count"].sum())


def note_sources(counted: pd.DataFrame) -> str:
    """Return what to be careful about with the sources shown."""
    if not counted["kind"].isin(["Presse", "Partei oder Fraktion"]).any():
        return ""
    return (
        "Presse und Fraktionen berichten oft über amtliche Zahlen, die selbst nicht veröffentlicht "
        "sind."
    )


def order_years(counted: pd.DataFrame) -> list[str]:
    """Return the year labels of ``count_sources`` from early to late, ``undatiert`` last."""
    years = set(counted["year"])
    early = sorted(label for label in years if label.startswith("bis"))
    plain = sorted(label for label in years if label.isdigit())
    return [*early, *plain, *(label for label in years if label == UNDATED)]


def count_exactness(observations: pd.DataFrame) -> pd.DataFrame:
    """Count observations by how exact they are.

    Args:
        observations: rows of the observation tables with ``table``.

    Returns:
        ``category`` (German label of the table), ``exactness`` (one of ``EXACTNESS``), ``count``,
        ``origins``; every table has every kind, ``nicht veröffentlicht`` only where it occurs.
    """
    below, above = observations["lower"].isna(), observations["upper"].isna()
    exact = observations["lower"].eq(observations["upper"])
    kinds = pd.Series(EXACTNESS[1], index=observations.index)
    kinds = (
        kinds.mask(exact, EXACTNESS[0])
        .mask(below ^ above, EXACTNESS[2])
        .mask(below & above, EXACTNESS[3])
        .mask(below & above & observations["value"].isna(), NOT_RELEASED)
    )
    occurring = EXACTNESS if kinds.eq(NOT_RELEASED).any() else EXACTNESS[:-1]
    labelled = observations.assign(
        category=observations["table"].map(TABLE_LABELS), exactness=kinds
    )
    index = pd.MultiIndex.from_product(
        [[TABLE_LABELS[name] for name in OBSERVATION_TABLES], occurring],
        names=["category", "exactness"],
    )
    counted = labelled.groupby(["category", "exactness"]).agg(
        count=("origin", "size"), origins=("origin", tuple)
    )
    filled = counted.reindex(index).reset_index()
    origins = [keys if isinstance(keys, tuple) else () for keys in filled["origins"]]
    return filled.assign(
        count=filled["count"].fillna(0).astype("int64"),
        origins=pd.Series(origins, filled.index, "object"),
    )


def sum_exactness(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the observations of each exactness over all tables, those without any left out."""
    summed = counted.groupby("exactness", as_index=False, sort=False).agg(
        count=("count", "sum"),
        origins=("origins", lambda parts: tuple(key for keys in parts for key in keys)),
    )
    return summed.loc[summed["count"] > 0].reset_index(drop=True)


def list_contradictions(contradictions: pd.DataFrame) -> pd.DataFrame:
    """Return the contradictions with both rows as origins."""
    pairs = zip(contradictions["first_origin"], contradictions["second_origin"], strict=True)
    return contradictions.assign(origins=pd.Series(list(pairs), contradictions.index, "object"))


def count_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Count findings by check and severity.

    Returns:
        ``label`` (German name of the check), ``severity``, ``count``, ``rows`` (findings whose row
        is in no clean table), most first.
    """
    labelled = findings.assign(label=findings["check"].map(CHECK_LABELS).fillna(findings["check"]))
    return (
        labelled.groupby(["label", "severity"], as_index=False)
        .agg(
            count=("message", "size"), rows=("rejected", lambda column: int((column == "ja").sum()))
        )
        .sort_values(["count", "label"], ascending=[False, True], ignore_index=True)
    )


def list_accepted(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings that the edition accepts, with ``place`` (file and line)."""
    accepted = findings.loc[findings["accepted"].fillna("") != ""].reset_index(drop=True)
    places = accepted["file"] + ", Zeile " + accepted["row"].astype("str")
    return accepted.assign(place=places.mask(accepted["row"] == 0, accepted["file"]))


def list_omitted(omit: Mapping[str, str]) -> pd.DataFrame:
    """Return the blocks that the edition leaves out, grouped by the reason.

    Args:
        omit: block identifier to reason.

    Returns:
        ``reason``, ``blocks`` (identifiers, separated by commas).
    """
    rows = pd.DataFrame({"block": list(omit.keys()), "reason": list(omit.values())}, dtype="str")
    return rows.groupby("reason", sort=False, as_index=False).agg(blocks=("block", ", ".join))


def list_document_notes(motions: pd.DataFrame) -> pd.DataFrame:
    """Return what the council documents contradict themselves in, each remark once."""
    noted = motions.loc[motions["document_note"] != ""]
    return with_origins(noted.drop_duplicates("document_note")).reset_index(drop=True)


def list_requests(
    requests: Iterable[DataRequest],
    observations: pd.DataFrame,
    *,
    place: str,
    stichtag: pd.Timestamp,
) -> pd.DataFrame:
    """Return the data requests (Datenanforderungen), with what is already known.

    Args:
        requests: requests of the edition.
        observations: observations in use.
        place: the report's own city.
        stichtag: key date; the two years before it count as recent.

    Returns:
        One row per request: ``title``, ``needed``, ``from_whom``, ``why``, ``known`` (figures
        published), ``recent`` (of these for the two years before the Stichtag), ``latest`` (last
        day covered), ``origins``.
    """
    rows = [_assess(request, observations, place, stichtag) for request in requests]
    return pd.DataFrame(rows)


def _assess(
    request: DataRequest, observations: pd.DataFrame, place: str, stichtag: pd.Timestamp
) -> dict[str, object]:
    found = observations.loc[
        observations["measure"].isin(request.measures)
        & (observations["service"] == request.service)
        & (observations["place"] == place)
        & (observations["kind"] == "ist")
    ]
    recent = found["period_end"] >= stichtag - pd.DateOffset(years=2)
    return {
        "title": request.title,
        "needed": request.needed,
        "from_whom": request.from_whom,
        "why": request.why,
        "known": len(found),
        "recent": int(recent.sum()),
        "latest": found["period_end"].max(),
        "origins": tuple(found["origin"]),
    }
