"""Summary of what may come: backlog under scenarios, relief by measures (chapter Kurzfassung).

Nothing is computed here that the chapters Rückstand and Entlastung do not show.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.assumed import BacklogSettings
from analysis.indicators import entlastung, rueckstand
from analysis.indicators.offices import Registers, find_offices
from analysis.indicators.outlook import Inputs, Outlook, derive_start, project_backlog
from analysis.indicators.personalbedarf import (
    LACKING,
    AnyOffice,
    measure_offices,
    measure_services,
)
from analysis.indicators.relief_words import as_span, round_off, round_row, turn
from analysis.indicators.statements import Figure, Row, Statement, count_rows
from analysis.models.relief import simulate_relief
from analysis.models.relief_tables import CUMULATIVE, TOTAL, Relief
from analysis.models.staffing_need import OutputOffice
from analysis.presentation.formats import format_date, format_month

_STOCK_DIGITS = 3
_BOUNDS = ("lower", "value", "upper")


class Prospects(NamedTuple):
    """What the summary draws on; each part may be missing.

    Attributes:
        outlook: backlog under scenarios.
        check: how far a prediction of the same kind was off.
        known: last month of what that prediction knew.
        relief: relief of all measures, begun at once.
        yearly: hours per year of all measures at the end, with posts.
        beginning: length of the first time, as the edition assumes it.
        measures: table ``measures``.
        offices: offices with handling times, or the one from its output; both may be missing.
    """

    outlook: Outlook | None
    check: rueckstand.Check | None
    known: str
    relief: Relief | None
    yearly: Row | None
    beginning: Row | None
    measures: pd.DataFrame
    offices: tuple[AnyOffice, ...]


def gather_prospects(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    inputs: Inputs,
    settings: BacklogSettings | None,
    *,
    registers: Registers,
    place: str,
    until: pd.Timestamp,
) -> Prospects:
    """Compute the results that the summary draws on.

    Args:
        case_counts: observations.
        staffing: observations.
        inputs: assumptions, measures, scenarios and simulation of the edition.
        settings: whose backlog is looked at; without it there is neither outlook nor need.
        registers: names of units and services.
        place: city.
        until: key date.
    """
    working_time = entlastung.find_working_time(inputs.assumed)
    relief = _simulate_relief(inputs)
    return Prospects(
        outlook=_project(case_counts, inputs, settings, place, until),
        check=_check(case_counts, settings, place, until),
        known=settings.check_until if settings else "",
        relief=relief,
        yearly=None if relief is None else entlastung.find_yearly_total(relief, working_time),
        beginning=entlastung.find_assumed(inputs.assumed, entlastung.BLOCKED),
        measures=inputs.measures,
        offices=_find_offices(case_counts, staffing, inputs, settings, registers, place, until),
    )


def list_prospects(prospects: Prospects) -> list[Statement]:
    """Return the statements for which there are results: backlog first, then relief."""
    parts = (
        _state_outlook(prospects),
        _state_target(prospects),
        _state_check(prospects),
        _state_need(prospects),
        _state_relief(prospects),
        _state_beginning(prospects),
    )
    return [statement for part in parts for statement in part]


def _project(
    case_counts: pd.DataFrame,
    inputs: Inputs,
    settings: BacklogSettings | None,
    place: str,
    until: pd.Timestamp,
) -> Outlook | None:
    if settings is None or not inputs.scenarios:
        return None
    scope = rueckstand.Scope(settings.service, place, until)
    start = derive_start(case_counts, inputs.assumed, scope)
    return None if start is None else project_backlog(inputs, start, scope)


def _check(
    case_counts: pd.DataFrame, settings: BacklogSettings | None, place: str, until: pd.Timestamp
) -> rueckstand.Check | None:
    if settings is None or not settings.check_until:
        return None
    scope = rueckstand.Scope(settings.service, place, until)
    figures = rueckstand.select_figures(case_counts, scope)
    return rueckstand.check_predictions(figures, settings)


def _find_offices(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    inputs: Inputs,
    settings: BacklogSettings | None,
    registers: Registers,
    place: str,
    until: pd.Timestamp,
) -> tuple[AnyOffice, ...]:
    if settings is None:
        return ()
    scope = rueckstand.Scope(settings.service, place, until)
    gathered, office = find_offices(
        case_counts, staffing, inputs.assumed, scope=scope, registers=registers
    )
    return gathered.offices if office is None else (office,)


def _simulate_relief(inputs: Inputs) -> Relief | None:
    if inputs.measures.empty:
        return None
    setting = entlastung.make_setting(inputs.simulation)
    return simulate_relief(inputs.measures, inputs.assumptions, setting, parts=False)


def _state_outlook(prospects: Prospects) -> list[Statement]:
    if prospects.outlook is None:
        return []
    rows = prospects.outlook.months
    last = rows.loc[rows["ahead"] == rows["ahead"].max()]
    first, best = last.iloc[0], last.sort_values(["value", "upper"], kind="stable").iloc[0]
    time = {"monate": Figure(first, "Monaten", key="ahead", exact=True, measure="public")}
    today = {"heute": _stock(first, "Anträge"), "heute_spanne": _stock_span(first)}
    words = {"erstes": str(first["label"])}
    sentence = (
        "Geht es im Szenario »{erstes}« weiter, sind in {monate} rund {heute} auf Wohngeld offen "
        "({heute_spanne})"
    )
    if best["scenario"] == first["scenario"]:
        return [
            Statement(f"{sentence}; kein anderes Szenario führt zu weniger.", time | today, words)
        ]
    less = {"weniger": _stock(best, ""), "weniger_spanne": _stock_span(best)}
    return [
        Statement(
            f"{sentence}, im günstigsten (»{{bestes}}«) {{weniger}} ({{weniger_spanne}}).",
            time | today | less,
            words | {"bestes": str(best["label"])},
        )
    ]


def _state_target(prospects: Prospects) -> list[Statement]:
    if prospects.outlook is None:
        return []
    targets = prospects.outlook.targets
    best = targets.sort_values("reached", ascending=False, kind="stable").iloc[0]
    target = prospects.outlook.target.iloc[0]
    return [
        Statement(
            "Den Zielbestand von rund {ziel} erreicht »{bestes}« am ehesten: in {anteil} der "
            "Rechenläufe binnen dieser Zeit.",
            {
                "ziel": Figure(_round(target), "Anträgen", exact=True, measure="derived"),
                "anteil": Figure(best, "%", key="reached", exact=True, measure="public"),
            },
            {"bestes": str(best["label"])},
        )
    ]


def _state_check(prospects: Prospects) -> list[Statement]:
    if prospects.check is None or prospects.check.days.empty:
        return []
    row = prospects.check.days.iloc[-1]
    published = row.copy()
    for name, source in zip(
        _BOUNDS, ("published_lower", "published", "published_upper"), strict=True
    ):
        published[name] = row[source]
    return [
        Statement(
            "Wie unsicher das ist, zeigt die Probe: Aus dem, was bis {stand} bekannt war, hätte "
            "sich für den {tag} ein Bestand von rund {vorhergesagt} ergeben; veröffentlicht sind "
            "{veroeffentlicht}.",
            {
                "vorhergesagt": Figure(_round(row), "Anträgen", exact=True, measure="derived"),
                "veroeffentlicht": Figure(published, "", measure="open"),
            },
            {
                "stand": format_month(pd.Period(prospects.known, freq="M").to_timestamp()),
                "tag": format_date(row["period_end"]),
            },
        )
    ]


def _state_need(prospects: Prospects) -> list[Statement]:
    offices = prospects.offices
    if not offices:
        return []
    sheets = [office.label for office in offices]
    if isinstance(offices[0], OutputOffice):
        return [_state_ways(measure_services(offices, sheets))]
    findings = measure_offices(offices, sheets)["finding"]
    counts = {"alle": len(findings), "fehlt": int((findings == LACKING).sum())}
    return [
        Statement(
            "Gemessen am dauerhaften Bedarf der eingehenden Anträge fehlt bei {fehlt} von {alle} "
            "gerechneten Dienststellen sicher Personal.",
            {name: _count(count) for name, count in counts.items()},
            {},
        )
    ]


def _state_ways(rows: pd.DataFrame) -> Statement:
    """Return the need by each way to it."""
    parts: list[str] = []
    figures: dict[str, Figure] = {}
    words: dict[str, str] = {}
    for number, (_, row) in enumerate(rows.iterrows()):
        figures |= {
            f"bedarf{number}": Figure(row, "VZÄ", exact=True, measure="derived"),
            f"spanne{number}": Figure(as_span(row), "", measure="derived"),
        }
        words[f"weg{number}"] = str(row["category"]).rpartition(": ")[-1]
        parts.append(f"{{bedarf{number}}} ({{spanne{number}}}; {{weg{number}}})")
    return Statement(
        f"Die eingehenden Wohngeldanträge brauchen auf Dauer rechnerisch {' oder '.join(parts)}. "
        "Gemessene Bearbeitungszeiten, die das entscheiden könnten, liegen nicht vor.",
        figures,
        words,
    )


def _count(number: int) -> Figure:
    row = pd.Series({"value": float(number), "origins": (), "measure": "public"})
    return Figure(row, "", exact=True)


def _state_relief(prospects: Prospects) -> list[Statement]:
    if prospects.yearly is None:
        return []
    hours = round_row(prospects.yearly)
    figures = {
        "zahl": Figure(count_rows(prospects.measures), ""),
        "stunden": Figure(hours, "Stunden", exact=True, measure="derived"),
        "spanne": Figure(as_span(hours), ""),
    }
    said = "{stunden} im Jahr ({spanne})"
    if pd.notna(prospects.yearly["posts"]):
        posts = round_row(entlastung.pick_posts(prospects.yearly))
        figures |= {
            "stellen": Figure(posts, "VZÄ", exact=True, measure="derived"),
            "stellen_spanne": Figure(as_span(posts), ""),
        }
        said += ", rechnerisch {stellen} ({stellen_spanne})"
    return [
        Statement(
            "Die {zahl} Maßnahmen, die die Unterlagen nennen, sparen bei voller Wirkung rund "
            f"{said}. Die meisten Annahmen dazu sind nicht gemessen.",
            figures,
            {},
        )
    ]


def _state_beginning(prospects: Prospects) -> list[Statement]:
    if prospects.relief is None or prospects.beginning is None:
        return []
    rows = prospects.relief.monthly
    chosen = rows.loc[
        (rows["measure_id"] == TOTAL)
        & (rows["indicator"] == CUMULATIVE)
        & (rows["month"] == round(float(prospects.beginning["value"])))
    ]
    if chosen.empty:
        return []
    balance = entlastung.finish(chosen).iloc[0]
    time = {"monate": Figure(prospects.beginning, "Monaten", exact=True, measure="public")}
    if balance["upper"] < 0:
        what, shown = "kosten die Einführungen mehr Arbeitszeit, als sie sparen:", turn(balance)
    elif balance["lower"] > 0:
        what, shown = "sparen sie schon mehr Arbeitszeit, als die Einführungen kosten:", balance
    else:
        return [
            Statement(
                "Ob sie in den ersten {monate} mehr Arbeitszeit sparen, als die Einführungen "
                "kosten, ist offen.",
                time,
                {},
            )
        ]
    hours = round_row(shown)
    return [
        Statement(
            "In den ersten {monate} {lage} rund {stunden} ({spanne}), wenn alle sofort beginnen.",
            time
            | {
                "stunden": Figure(hours, "Stunden", exact=True, measure="derived"),
                "spanne": Figure(as_span(hours), ""),
            },
            {"lage": what},
        )
    ]


def _round(row: Row) -> Row:
    found = row.copy()
    for name in _BOUNDS:
        found[name] = round_off(row[name], digits=_STOCK_DIGITS)
    return found


def _stock(row: Row, unit: str) -> Figure:
    return Figure(_round(row), unit, exact=True, measure="derived")


def _stock_span(row: Row) -> Figure:
    return Figure(as_span(_round(row)), "")
