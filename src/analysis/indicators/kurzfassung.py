"""Summary: the few figures and statements that a reader should see first (chapter Kurzfassung).

Nothing is computed here that another chapter does not show; statements are left out where their
figures are not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from analysis.indicators import digitalisierung, fallzahlen, personal
from analysis.indicators.caseload import measure_backlog_by_unit
from analysis.indicators.months import keep_last_month, keep_units, label_units, list_months
from analysis.indicators.statements import Figure, KeyFigure, Row, Statement, count_rows
from analysis.presentation import phrases
from analysis.presentation.formats import say_period, say_when

_SERVICE = "wohngeld"
_DURATION_LABEL = "Bearbeitungsdauer beim Wohngeld"
_BODIES = {
    "bezirkssozialarbeit": "der Bezirkssozialarbeit",
    "sozialreferat": "des Sozialreferats",
}
_PLACES = {
    "der Bezirkssozialarbeit": "In der Bezirkssozialarbeit",
    "des Sozialreferats": "Im Sozialreferat",
}
_OFFICIAL = ("amtlich", "Median")
_BASIS = {
    "documented": (
        "Dieser Bericht fasst zusammen, was über die Arbeitsbelastung, das Personal und die "
        "Digitalisierung im Sozialreferat veröffentlicht ist. Er beruht auf Ratsdokumenten, "
        "amtlichen Veröffentlichungen, Angaben von Fraktionen und Presseberichten; interne Daten "
        "der Ämter liegen nicht zugrunde. Jede Zahl lässt sich auf ihre Quelle zurückführen."
    ),
    "synthetic": (
        "Dieser Bericht zeigt, was sich aus Auswertungen der Ämter über die Arbeitsbelastung, das "
        "Personal und die Digitalisierung in einem Sozialreferat sagen lässt. Alle Daten sind "
        "künstlich erzeugte Musterdaten; sie beschreiben keine wirkliche Stadt. Jede Zahl lässt "
        "sich auf ihre Datei zurückführen."
    ),
}


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
    units: pd.DataFrame


def gather_evidence(  # noqa: PLR0913 - the tables that the summary draws on
    *,
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    services: pd.DataFrame,
    sources: pd.DataFrame,
    contradictions: pd.DataFrame,
    unit_names: pd.DataFrame,
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
        unit_names: register of names of units.
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
        posts=_find_posts(staffing, city),
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
        units=_find_units(case_counts, unit_names, city, window),
    )


def state_basis(origin: str) -> str:
    """Return what the report rests on, as a paragraph.

    Args:
        origin: ``documented`` or ``synthetic``, as the edition says.
    """
    return _BASIS[origin]


def state_gaps(
    origin: str,
    *,
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    service_adoption: pd.DataFrame,
    assumed: pd.DataFrame,
    city: str,
) -> str:
    """Return what can only be computed from assumptions because data are missing.

    Args:
        origin: ``documented`` or ``synthetic``.
        case_counts: observations.
        staffing: observations.
        service_adoption: observations.
        assumed: assumptions of the edition.
        city: the report's own city.
    """
    regular = {
        "Monatswerte": (case_counts, ("received", "decided")),
        "besetzte Stellen": (staffing, ("posts_filled",)),
        "die Nutzung der Online-Dienste": (service_adoption, ("applications_online",)),
    }
    missing = [
        name
        for name, (table, measures) in regular.items()
        if list_months(table, measures, place=city).empty
    ]
    # No table of observations holds them: they come from a measurement of work.
    if not assumed["quantity"].eq("base_minutes").any():
        missing.insert(min(1, len(missing)), "gemessene Bearbeitungszeiten")
    basis = "veröffentlichten Einzelangaben" if origin == "documented" else "diesen Auswertungen"
    if not missing:
        return f"Welche Daten {basis} ergänzen würden, steht im Kapitel Datenlage."
    return (
        f"Aus {basis} lässt sich der Personalbedarf nur fortschreiben und die Entlastung nur unter "
        f"Annahmen beziffern. Es fehlen {phrases.join_words(missing)}. Welche Daten gebraucht "
        "werden und wer sie hat, steht im Kapitel Datenlage."
    )


def list_key_figures(evidence: Evidence) -> list[KeyFigure]:
    """Return the key figures for which there is data, in the order of the chapters."""
    parts = [
        _latest(evidence.open_cases, "Offene Anträge auf Wohngeld", "Anträge"),
        _latest(evidence.backlog, "Rückstandsreichweite beim Wohngeld", "Monate", digits=1),
        _latest(evidence.clearance, "Erledigungsquote beim Wohngeld", "%", digits=1),
        _latest_duration(evidence),
        _latest(evidence.employees, "Beschäftigte im Sozialreferat", "Personen"),
        _latest_posts(evidence),
        _count_services(evidence),
        _count_end_to_end(evidence),
    ]
    return [figure for part in parts for figure in part]


def list_statements(evidence: Evidence) -> list[Statement]:
    """Return the statements for which there is data, in the order of the chapters."""
    parts = (
        _state_open_cases(evidence),
        _state_backlog(evidence),
        _state_units(evidence),
        _state_durations(evidence),
        _state_medians(evidence),
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
    kept = " Beide Angaben bleiben jeweils stehen." if count else ""
    disagree = Statement(
        f"Zwischen den Quellen: {{zahl}}.{kept}",
        {},
        {"zahl": phrases.count_words(count, "Widerspruch", "Widersprüche", one="ein")},
    )
    share = evidence.end_to_end.iloc[0]
    unknown = int(share["unknown"])
    if not share["applicable"]:
        return [disagree]
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
    return own.loc[own["series"].isin(_OFFICIAL)]


def _latest_duration(evidence: Evidence) -> list[KeyFigure]:
    rows = _own_durations(evidence)
    measured = "Median" in set(rows["series"])
    label = "Median der Bearbeitungsdauer beim Wohngeld" if measured else _DURATION_LABEL
    return _latest(rows, label, "Monate", digits=1 if measured else 0)


def _latest_posts(evidence: Evidence) -> list[KeyFigure]:
    whose = str(evidence.posts["body"].iloc[-1]) if len(evidence.posts) else ""
    return _latest(evidence.posts, f"Besetzungsgrad {whose}", "%", digits=1)


def _find_posts(staffing: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return planned and filled posts of the first body that both are known for."""
    for service, body in _BODIES.items():
        rows = personal.compare_posts(staffing, service=service, place=city)
        if len(rows):
            return rows.assign(body=body)
    return rows.assign(body=pd.Series(dtype="str"))


def _find_units(
    case_counts: pd.DataFrame, unit_names: pd.DataFrame, city: str, window: int
) -> pd.DataFrame:
    """Return the backlog of each unit in the latest month for which it is known."""
    rows = list_months(case_counts, ("open", "decided"), place=city, services=(_SERVICE,))
    backlog = measure_backlog_by_unit(keep_units(rows), window=window)
    return label_units(keep_last_month(backlog), unit_names)


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
            Figure(share, "Einträge", key="fulfilled", exact=True, measure="public"),
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
    clearance = evidence.clearance.iloc[-1]
    same_day = evidence.backlog.loc[evidence.backlog["period_end"] == clearance["period_end"]]
    backlog = (same_day if len(same_day) else evidence.backlog).iloc[0]
    return [
        Statement(
            "Im Zeitraum {zeitraum} gingen {eingegangen} ein und wurden {erledigt} erledigt: Die "
            "Erledigungsquote lag bei {quote}, der Rückstand entsprach der Arbeit von {monate}.",
            {
                "eingegangen": Figure(
                    clearance, "Anträge", key="received", exact=True, measure="received"
                ),
                "erledigt": Figure(clearance, "", key="decided", exact=True, measure="decided"),
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


def _state_medians(evidence: Evidence) -> list[Statement]:
    own = evidence.durations.loc[evidence.durations["own"]]
    medians, tails = (own.loc[own["series"] == name] for name in ("Median", "90. Perzentil"))
    if medians.empty or tails.empty:
        return []
    median, most = medians.iloc[0], tails.iloc[0]
    if median["period_end"] != most["period_end"]:
        return []
    return [
        Statement(
            "Von den Wohngeldanträgen, die {zeit} entschieden wurden, war die Hälfte höchstens "
            "{median} alt, neun von zehn höchstens {viele}.",
            {"median": Figure(median, "Monate", 1), "viele": Figure(most, "Monate", 1)},
            {"zeit": say_when(median)},
        )
    ]


def _state_units(evidence: Evidence) -> list[Statement]:
    rows = evidence.units.sort_values("value", kind="stable")
    if len(rows) < 2 or rows["value"].iloc[0] == rows["value"].iloc[-1]:
        return []
    low, high = rows.iloc[0], rows.iloc[-1]
    return [
        Statement(
            "Am größten ist die Rückstandsreichweite beim Wohngeld in {oben} ({hoch}), am "
            "kleinsten in {unten} ({tief}), jeweils {zeit}.",
            {"hoch": Figure(high, "Monate", 1), "tief": Figure(low, "Monate", 1)},
            {
                "oben": str(high["unit_label"]),
                "unten": str(low["unit_label"]),
                "zeit": say_when(high),
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
            "{wo} waren {besetzt} von {plan} besetzt ({zeit}).",
            {
                "besetzt": Figure(row, "", key="filled", exact=True, measure="posts_filled"),
                "plan": Figure(
                    row, "Vollzeitstellen", key="planned", exact=True, measure="posts_planned"
                ),
            },
            {"wo": _PLACES[str(row["body"])], "zeit": say_period(row)},
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
                "belegt": Figure(share, "", key="fulfilled", exact=True, measure="public"),
                "alle": Figure(share, "Einträgen", key="applicable", exact=True, measure="public"),
                "unbekannt": Figure(share, "", key="unknown", exact=True, measure="public"),
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
