"""Summary: the few figures and statements that a reader should see first (chapter Kurzfassung).

Nothing is computed here that another chapter does not show; statements are left out where their
figures are not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from analysis.indicators import digitalisierung, fallzahlen, personal
from analysis.indicators.statements import Figure, KeyFigure, Row, Statement, count_rows
from analysis.presentation import phrases
from analysis.presentation.formats import say_period, say_when

_SERVICE = "wohngeld"


class Evidence(NamedTuple):
    """The results of the other chapters that the summary draws on."""

    city: str
    open_cases: pd.DataFrame
    backlog: pd.DataFrame
    clearance: pd.DataFrame
    durations: pd.DataFrame
    employees: pd.DataFrame
    posts: pd.DataFrame
    turnover: pd.DataFrame
    services: pd.DataFrame
    end_to_end: pd.DataFrame
    candidates: pd.DataFrame
    contradictions: pd.DataFrame


def gather_evidence(  # noqa: PLR0913 - the tables that the summary draws on
    *,
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    services: pd.DataFrame,
    sources: pd.DataFrame,
    contradictions: pd.DataFrame,
    city: str,
    others: Iterable[str],
    window: int,
) -> Evidence:
    """Compute the results that the summary draws on.

    Args:
        case_counts: observations.
        staffing: observations.
        services: register of services.
        sources: register of sources.
        contradictions: contradictions between sources.
        city: the report's own city.
        others: cities to compare with.
        window: months over which decisions are averaged.
    """
    own = {"service": _SERVICE, "place": city}
    counts = case_counts.loc[case_counts["method"] != "presse_wartende"]
    return Evidence(
        city=city,
        open_cases=fallzahlen.list_open_cases(counts, contradictions, **own),
        backlog=fallzahlen.measure_backlog_range(case_counts, **own, window=window).dropna(
            subset=["value"]
        ),
        clearance=fallzahlen.measure_clearance(case_counts, **own, window=window),
        durations=fallzahlen.compare_durations(
            case_counts, sources, service=_SERVICE, city=city, others=others
        ),
        employees=personal.list_employees(staffing, service="sozialreferat", place=city),
        posts=personal.compare_posts(staffing, service="bezirkssozialarbeit", place=city),
        turnover=personal.compare_rates(
            staffing,
            "turnover",
            services={_SERVICE: "Wohngeldstelle", "stadtverwaltung": "Stadtverwaltung"},
            place=city,
        ),
        services=digitalisierung.list_single_services(services),
        end_to_end=digitalisierung.measure_share(services, "end_to_end"),
        candidates=digitalisierung.list_candidates(services),
        contradictions=contradictions,
    )


def list_key_figures(evidence: Evidence) -> list[KeyFigure]:
    """Return the key figures for which there is data, in the order of the chapters."""
    parts = [
        _latest(evidence.open_cases, "Offene Anträge auf Wohngeld", "Anträge"),
        _latest(evidence.backlog, "Rückstandsreichweite beim Wohngeld", "Monate", digits=1),
        _latest(evidence.clearance, "Erledigungsquote beim Wohngeld", "%", digits=1),
        _latest(_own_durations(evidence), "Bearbeitungsdauer beim Wohngeld", "Monate"),
        _latest(evidence.employees, "Beschäftigte im Sozialreferat", "Personen"),
        _latest(evidence.posts, "Besetzungsgrad der Bezirkssozialarbeit", "%", digits=1),
        _count_services(evidence),
        _count_end_to_end(evidence),
    ]
    return [figure for part in parts for figure in part]


def list_statements(evidence: Evidence) -> list[Statement]:
    """Return the statements for which there is data, in the order of the chapters."""
    parts = (
        _state_open_cases(evidence),
        _state_backlog(evidence),
        _state_durations(evidence),
        _state_employees(evidence),
        _state_posts(evidence),
        _state_turnover(evidence),
        _state_services(evidence),
        _state_candidates(evidence),
    )
    return [statement for part in parts for statement in part]


def list_limits(evidence: Evidence) -> list[Statement]:
    """Return what limits the statements: contradictions and unknowns."""
    count = len(evidence.contradictions)
    disagree = Statement(
        "Zwischen den Quellen: {zahl}. Beide Angaben bleiben jeweils stehen.",
        {},
        {"zahl": phrases.count_words(count, "Widerspruch", "Widersprüche", one="ein")},
    )
    share = evidence.end_to_end.iloc[0]
    unknown = int(share["unknown"])
    undocumented = Statement(
        "Ob sie durchgängig digital sind, sagen die Dokumente für {zahl} nicht.",
        {},
        {"zahl": phrases.count_words(unknown, "Eintrag", "Einträge", one="einen")},
    )
    return [disagree, undocumented]


def _latest(rows: pd.DataFrame, label: str, unit: str, *, digits: int = 0) -> list[KeyFigure]:
    return [
        KeyFigure(label, Figure(row, unit, digits), say_period(row))
        for _, row in rows.tail(1).iterrows()
    ]


def _own_durations(evidence: Evidence) -> pd.DataFrame:
    own = evidence.durations.loc[evidence.durations["own"]]
    return own.loc[own["series"] == "amtlich"]


def _count_services(evidence: Evidence) -> list[KeyFigure]:
    if evidence.services.empty:
        return []
    running = evidence.services.loc[evidence.services["status"] == "produktiv"]
    words = phrases.count_words(len(running), "Eintrag", "Einträge", one="ein")
    return [
        KeyFigure(
            "Dienste und Vorhaben im Register",
            Figure(count_rows(evidence.services), "Einträge"),
            f"davon produktiv: {words}",
        )
    ]


def _count_end_to_end(evidence: Evidence) -> list[KeyFigure]:
    share = evidence.end_to_end.iloc[0]
    if not share["applicable"]:
        return []
    words = phrases.count_words(int(share["applicable"]), "Eintrag", "Einträgen", one="einem")
    return [
        KeyFigure(
            "Durchgängig digital belegt",
            Figure(share, "Einträge", key="fulfilled", exact=True),
            f"von {words}, bei denen die Frage passt",
        )
    ]


def _state_open_cases(evidence: Evidence) -> list[Statement]:
    rows = evidence.open_cases.loc[evidence.open_cases["series"] == "Anträge"]
    if len(rows) < 2:
        return []
    first, last = rows.iloc[0], rows.iloc[-1]
    return [
        Statement(
            "{tag} waren {offen} auf Wohngeld offen, {frueher_tag} waren es {frueher}. "
            "Der Bestand ist damit {trend}.",
            {"offen": Figure(last, "Anträge"), "frueher": Figure(first, "")},
            {
                "tag": phrases.capitalise(say_when(last)),
                "frueher_tag": say_when(first),
                "trend": phrases.trend_word(_bounds(first), _bounds(last)),
            },
        )
    ]


def _state_backlog(evidence: Evidence) -> list[Statement]:
    if evidence.backlog.empty or evidence.clearance.empty:
        return []
    backlog, clearance = evidence.backlog.iloc[0], evidence.clearance.iloc[-1]
    return [
        Statement(
            "Im Zeitraum {zeitraum} gingen {eingegangen} ein und wurden {erledigt} erledigt: Die "
            "Erledigungsquote lag bei {quote}, der Rückstand entsprach der Arbeit von {monate}.",
            {
                "eingegangen": Figure(clearance, "Anträge", key="received", exact=True),
                "erledigt": Figure(clearance, "", key="decided", exact=True),
                "quote": Figure(clearance, "%", 1),
                "monate": Figure(backlog, "Monaten", 1),
            },
            {"zeitraum": say_period(clearance)},
        )
    ]


def _state_durations(evidence: Evidence) -> list[Statement]:
    own = evidence.durations.loc[evidence.durations["own"]]
    official = own.loc[own["series"] == "amtlich"]
    others = evidence.durations.loc[~evidence.durations["own"]].sort_values("value")
    if official.empty or others.empty:
        return []
    row, other = official.iloc[-1], others.iloc[-1]
    return [
        Statement(
            "Die Bearbeitung eines Wohngeldantrags dauerte nach der jüngsten Angabe der Stadt "
            "({zeit}) {dauer}. Der längste Wert der Vergleichsstädte ist {andere} ({stadt}, "
            "{andere_zeit}).",
            {"dauer": Figure(row, "Monate"), "andere": Figure(other, "Monate", 1)},
            {
                "zeit": say_period(row),
                "stadt": str(other["place"]),
                "andere_zeit": say_period(other),
            },
        )
    ]


def _state_employees(evidence: Evidence) -> list[Statement]:
    if len(evidence.employees) < 2:
        return []
    first, last = evidence.employees.iloc[0], evidence.employees.iloc[-1]
    return [
        Statement(
            "Das Sozialreferat hatte {zahl} ({zeit}); {frueher_zeit} waren es {frueher}. Die Zahl "
            "der Beschäftigten ist damit {trend}.",
            {"zahl": Figure(last, "Beschäftigte"), "frueher": Figure(first, "")},
            {
                "zeit": say_period(last),
                "frueher_zeit": say_period(first),
                "trend": phrases.trend_word(_bounds(first), _bounds(last)),
            },
        )
    ]


def _state_posts(evidence: Evidence) -> list[Statement]:
    return [
        Statement(
            "In der Bezirkssozialarbeit waren {besetzt} von {plan} besetzt ({zeit}).",
            {
                "besetzt": Figure(row, "", key="filled", exact=True),
                "plan": Figure(row, "Vollzeitstellen", key="planned", exact=True),
            },
            {"zeit": say_period(row)},
        )
        for _, row in evidence.posts.tail(1).iterrows()
    ]


def _state_turnover(evidence: Evidence) -> list[Statement]:
    rows = evidence.turnover.set_index("category")
    if len(rows) < 2:
        return []
    own, whole = rows.iloc[0], rows.iloc[1]
    return [
        Statement(
            "Die Fluktuation in der Wohngeldstelle ({eigene}) ist {vergleich} in der gesamten "
            "Stadtverwaltung ({stadt}).",
            {"eigene": Figure(own, "%", 1), "stadt": Figure(whole, "%", 1)},
            {"vergleich": phrases.comparison(_bounds(own), _bounds(whole), phrases.HIGHER)},
        )
    ]


def _state_services(evidence: Evidence) -> list[Statement]:
    share = evidence.end_to_end.iloc[0]
    if not share["applicable"]:
        return []
    return [
        Statement(
            "Durchgängig digital vom Antrag bis ins Fachverfahren sind nach den Dokumenten "
            "{belegt} von {alle}, auf die die Frage passt; für {unbekannt} ist es nicht bekannt.",
            {
                "belegt": Figure(share, "", key="fulfilled", exact=True),
                "alle": Figure(share, "Einträgen", key="applicable", exact=True),
                "unbekannt": Figure(share, "", key="unknown", exact=True),
            },
            {},
        )
    ]


def _state_candidates(evidence: Evidence) -> list[Statement]:
    examined = evidence.candidates.loc[evidence.candidates["status"] == "in Prüfung"]
    if examined.empty:
        return []
    return [
        Statement(
            "Von den Diensten nach dem Prinzip »Einer für Alle« sind {zahl} in Prüfung.",
            {"zahl": Figure(count_rows(examined), "")},
            {},
        )
    ]


def _bounds(row: Row) -> phrases.Interval:
    return phrases.Interval(row["lower"], row["upper"])
