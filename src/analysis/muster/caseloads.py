"""The cases that measures work on: how many there are, how long one takes, how many come online.

All of it follows from the simulation; where it is not simulated (post, enquiries, files), it is a
made-up multiple of the applications.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from analysis.muster.arrivals import GROWTH, expect_yearly, grow_online_share
from analysis.muster.city import MONTHS, OTHERS, REFORM, REGIONS, SERVICES, WOHNGELD, Service
from analysis.muster.simulation import City, find_handling_time
from analysis.muster.staff import GROUPS, MINUTES_PER_MONTH

COUNTS = "3 Fallzahlen"
"""Section of the made-up plan of measures that states the numbers of cases."""
_UNSURE = 0.1  # of a mean handling time, to both sides
_YEARS_AHEAD = 5  # that the relief is looked at
_STEP = 10.0  # to which numbers of cases and persons are rounded


class Points(NamedTuple):
    """Three points and why; ``section`` of the plan where it states them, else it is assumed."""

    minimum: float
    mode: float | None
    maximum: float
    reason: str
    section: str = ""


class Caseload(NamedTuple):
    """Cases that are handled alike."""

    caseload: str
    name: str
    cases: Points
    minutes: Points


def list_caseloads(city: City) -> Iterator[Caseload]:
    """Yield the caseloads of a simulated city."""
    total = len(city.closed)
    for service in SERVICES:
        yield Caseload(
            service.service_id,
            f"Anträge: {service.names[-1].text}",
            _count_cases(service, total),
            _time_cases(service),
        )
    everything = sum(_last_year(service, total) for service in SERVICES)
    on_paper = sum(_last_year(each, total) * (1 - _online_share(each)) for each in SERVICES)
    security = sum(
        _last_year(each, total) for each in OTHERS if each.unit_id == "soziale_sicherung"
    )
    youth = sum(_last_year(each, total) for each in OTHERS if each.unit_id == "stadtjugendamt")
    yield Caseload(
        "akten_soziale_sicherung",
        "Vorgänge in Akten des Amts für Soziale Sicherung",
        _multiply(security, (1.5, None, 4), "Vorgänge je Antrag"),
        Points(5, 10, 20, "Teil eines Vorgangs, der an der Akte hängt; nicht gemessen."),
    )
    yield Caseload(
        "akten_stadtjugendamt",
        "Vorgänge in Akten des Stadtjugendamts",
        _multiply(youth, (4, None, 12), "Vorgänge je Antrag"),
        Points(5, 10, 20, "Teil eines Vorgangs, der an der Akte hängt; nicht gemessen."),
    )
    yield Caseload(
        "akten_wohngeld",
        "Zugriffe auf Wohngeldakten aus Papier",
        _multiply(_last_year(WOHNGELD, total), (0.5, 1, 2), "Zugriffe je neuem Antrag"),
        Points(5, 12, 25, "Suchen, Holen und Zurückbringen einer Akte; nicht gemessen."),
    )
    yield Caseload(
        "posteingang",
        "Eingehende Poststücke",
        _multiply(on_paper, (1, 2, 4), "Poststücke je Antrag, der nicht online kommt"),
        Points(3, 6, 12, "Öffnen, zuordnen und verteilen; nicht gemessen."),
    )
    yield Caseload(
        "anfragen",
        "Nachfragen von Bürger*innen",
        _multiply(everything, (0.5, 1, 2.5), "Nachfragen je Antrag"),
        Points(4, 8, 15, "Dauer einer Auskunft; nicht gemessen."),
    )
    yield from _list_staff(city)


def _list_staff(city: City) -> Iterator[Caseload]:
    recent = city.staff.loc[city.staff["month"] >= MONTHS - 12]
    year = MINUTES_PER_MONTH * 12
    minutes = Points(
        _round(year * 0.75, 1000),
        _round(year * float(recent["posts_filled"].sum() / recent["heads"].sum()), 1000),
        year,
        "Arbeitsminuten einer Vollzeitkraft im Jahr; darunter wegen Teilzeit.",
    )
    outreach = recent.loc[
        (recent["unit"] < len(REGIONS)) & (recent["group"] == GROUPS.index("S 14"))
    ]
    yield Caseload("beschaeftigte", "Mitarbeiter*innen", _count_heads(recent), minutes)
    yield Caseload(
        "bezirkssozialarbeit",
        "Mitarbeiter*innen der Bezirkssozialarbeit",
        _count_heads(outreach),
        minutes,
    )


def _count_heads(staff: pd.DataFrame) -> Points:
    # Rounded to tens, so that no protected number follows from it.
    heads = staff.groupby("month")["heads"].sum()
    return Points(
        _round(float(heads.min())),
        _round(float(heads.iloc[-1])),
        _round(float(heads.max())),
        "Niedrigster, letzter und höchster Monatsstand des Jahres, auf Zehner gerundet.",
        COUNTS,
    )


def _count_cases(service: Service, total: int) -> Points:
    years = expect_yearly(service, total)[REFORM // 12 :]
    grown = years[-1] * (1 + GROWTH) ** _YEARS_AHEAD
    return Points(
        _round(float(years.min())),
        _round(float(years[-1])),
        _round(float(max(years.max(), grown))),
        "Schwächstes Jahr seit der Reform und letztes Jahr. Obergrenze: das stärkste Jahr oder "
        f"der weitere Zuwachs von {_YEARS_AHEAD} Jahren.",
        COUNTS,
    )


def _time_cases(service: Service) -> Points:
    mean = find_handling_time(service, MONTHS - 1)
    return Points(
        _round(mean * (1 - _UNSURE), 1),
        _round(mean, 1),
        _round(mean * (1 + _UNSURE), 1),
        f"Zuletzt angesetzte mittlere Bearbeitungszeit ± {100 * _UNSURE:g} %; nicht gemessen.",
    )


def _last_year(service: Service, total: int) -> float:
    return float(expect_yearly(service, total)[-1])


def _online_share(service: Service) -> float:
    return float(grow_online_share(service)[-1])


def _multiply(cases: float, factors: tuple[float, float | None, float], what: str) -> Points:
    least, mode, most = factors
    span = f"{least:g} bis {most:g}".replace(".", ",")
    return Points(
        _round(cases * least),
        None if mode is None else _round(cases * mode),
        _round(cases * most),
        f"{span} {what}; nicht gezählt.",
    )


def _round(number: float, step: float = _STEP) -> float:
    return round(number / step) * step


def share_around(share: float, reason: str) -> Points:
    """Return a share (0 to 1) in percent, ± 5 points."""
    percent = round(share * 100)
    return Points(max(percent - 5, 0), percent, min(percent + 5, 100), reason)


def share_online(service: Service) -> Points:
    """Return the share of applications that came online in the last month [%]."""
    return share_around(_online_share(service), "Anteil der Online-Anträge zuletzt ± 5 Punkte.")


def share_on_paper(service: Service) -> Points:
    """Return the share of applications that did not come online in the last month [%]."""
    reason = "Anteil der Anträge, die zuletzt nicht online kamen, ± 5 Punkte."
    return share_around(1 - _online_share(service), reason)
