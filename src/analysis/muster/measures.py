"""Measures for relief in the made-up city, and the assumptions on their effect (massnahmen.csv).

How many cases there are follows from the simulation (``caseloads``), what is digital from the
register of services; what a measure saves and costs is made up. Form of the file:
docs/coding-rules.md, section 9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.cleaning.measures import ASSUMPTION, CASELOAD, MEASURE, RAW_COLUMNS
from analysis.fields import HORIZONS, QUANTITIES
from analysis.muster.caseloads import (
    Points,
    list_caseloads,
    share_around,
    share_on_paper,
    share_online,
)
from analysis.muster.city import SERVICES, WOHNGELD, Service
from analysis.muster.drafts import Cell, Draft, Row, draft_rows
from analysis.muster.registers import (
    DIGITAL_SERVICES,
    NOTEBOOK_SHARE,
    NOTEBOOKS,
    NOTEBOOKS_WANTED,
)
from analysis.muster.simulation import City

DOCUMENT = "MV 0003"
"""The made-up plan of measures."""
_PROJECTS, _COSTS = "2 Vorhaben", "4 Zeit und Kosten"
_MARK = "Musterdaten"
_DEVICE_PRICES = (900, 1200, 1600)  # EUR
_NOT_GATED = "nicht zutreffend"


@dataclass(frozen=True, kw_only=True)
class _Measure:
    """A measure; what is not named follows from its assumptions and its services."""

    measure_id: str
    name: str
    area: str
    kind: str
    services: str
    evidence: str
    money: str = "ja"
    staff: str = "nein"
    prerequisites: str = ""
    caseload: str = ""
    end_to_end_by: str = ""
    assumptions: Mapping[str, Points]


def draft_measures(city: City) -> Draft:
    """Return measures and assumptions (``massnahmen.csv``)."""
    measures = _list_measures()
    used = {measure.caseload for measure in measures}
    rows: list[Row] = []
    for caseload in list_caseloads(city):
        if caseload.caseload in used:
            both = {"cases": caseload.cases, "handling_minutes": caseload.minutes}
            rows += [
                _write_points(CASELOAD, caseload.caseload, quantity, points, caseload.name)
                for quantity, points in both.items()
            ]
    for measure in measures:
        rows.append(_write_measure(measure))
        rows += [
            _write_points(ASSUMPTION, measure.measure_id, quantity, points)
            for quantity, points in measure.assumptions.items()
        ]
    return draft_rows(RAW_COLUMNS, rows)


def _write_measure(measure: _Measure) -> Row:
    return _write_row(
        record=MEASURE,
        id=measure.measure_id,
        name=measure.name,
        area=measure.area,
        kind=measure.kind,
        horizon=_name_horizon(measure.assumptions["lead_months"]),
        services=measure.services,
        prerequisites=measure.prerequisites,
        caseload=measure.caseload,
        end_to_end=_find_end_to_end(measure),
        end_to_end_by=measure.end_to_end_by,
        needs_money=measure.money,
        needs_staff=measure.staff,
        document=DOCUMENT,
        section=_PROJECTS,
        evidence=_mark(measure.evidence),
        note=_MARK,
    )


def _write_points(record: str, subject: str, quantity: str, points: Points, name: str = "") -> Row:
    return _write_row(
        record=record,
        id=subject,
        name=name,
        quantity=quantity,
        minimum=points.minimum,
        mode="" if points.mode is None else points.mode,
        maximum=points.maximum,
        unit=QUANTITIES[quantity].unit,
        basis="belegt" if points.section else "Annahme",
        document=DOCUMENT if points.section else "",
        section=points.section,
        evidence=_mark(points.reason),
        note=_MARK,
    )


def _write_row(**cells: Cell) -> Row:
    return [cells.get(column, "") for column in RAW_COLUMNS]


def _mark(text: str) -> str:
    return f"{_MARK}: {text}"


def _name_horizon(lead: Points) -> str:
    likeliest = (lead.minimum + lead.maximum) / 2 if lead.mode is None else lead.mode
    return next(name for name, most in HORIZONS.items() if likeliest <= most)


def _find_end_to_end(measure: _Measure) -> str:
    """Return what the register of digital services says; a part of the way is not reached."""
    if "minutes_with_e2e" not in measure.assumptions:
        return _NOT_GATED
    states = {DIGITAL_SERVICES[name].end_to_end for name in measure.services.split()}
    if "ja" in states:
        return "ja"
    return "nein" if states & {"teilweise", "nein"} else "unbekannt"


def _plan(*points: float, reason: str = "Zeitplan des Vorhabens.") -> Points:
    least, mode, most = points
    return Points(least, mode, most, reason, _COSTS)


def _assume(*points: float | None, reason: str) -> Points:
    least, mode, most = points
    assert least is not None
    assert most is not None
    return Points(least, mode, most, reason)


def _introduce(
    hours: Sequence[float],
    lead: Sequence[float],
    ramp: Sequence[float],
    days: Sequence[float],
    *,
    once: Sequence[float] = (0, 0, 0),
    yearly: Sequence[float] = (0, 0, 0),
) -> dict[str, Points]:
    """Return the assumptions on an introduction; without costs it is free, as the plan says."""
    free = "Was vorhanden ist, reicht; zusätzliche Mittel sind nicht nötig."
    priced = "Kostenschätzung des Vorhabens."
    return {
        "transition_hours": _assume(*hours, reason="Schulung, Tests, geänderte Abläufe."),
        "lead_months": _plan(*lead),
        "ramp_months": _assume(*ramp, reason="Schrittweise Umstellung."),
        "cost_once": _plan(*once, reason=priced if any(once) else free),
        "cost_per_year": _plan(*yearly, reason=priced if any(yearly) else free),
        "it_days": _assume(*days, reason="Schätzung der Geschäftsleitung."),
    }


def _widen_online(service: Service, *points: Sequence[float]) -> dict[str, Points]:
    """Return share, take-up and minutes of a service that is to be used online more often."""
    take_up, without, with_ = points
    return {
        "share": share_on_paper(service),
        "take_up": _assume(*take_up, reason="Anteil davon, der zusätzlich online kommt."),
        "minutes_without_e2e": _assume(
            *without, reason="Ohne durchgängige Verarbeitung bleibt der Aufwand fast gleich."
        ),
        "minutes_with_e2e": _assume(*with_, reason="Die Erfassung von Hand entfällt."),
    }


def _replace_paper(*minutes: float) -> dict[str, Points]:
    return {
        "share": _assume(40, 70, 90, reason="Nicht jeder Vorgang gehört in eine Akte."),
        "take_up": _assume(60, 85, 95, reason="Übergang mit Papier- und Hybridakten."),
        "minutes": _assume(*minutes, reason="Suchen, Ablegen und Weitergeben entfallen."),
    }


def _list_measures() -> tuple[_Measure, ...]:
    return (*_list_files(), *_list_foundations(), *_list_applications(), *_list_for_all())


def _list_files() -> tuple[_Measure, ...]:
    gap_of_paper = _assume(4, 8, 15, reason="Suchen und Holen der Papierakte entfallen.")
    return (
        _Measure(
            measure_id="eakte_soziale_sicherung",
            name="E-Akte im Amt für Soziale Sicherung",
            area="Soziale Sicherung",
            kind="E-Akte",
            services="eakte_soziale_sicherung",
            evidence="Die Einführung läuft; Mittel sind zu beantragen.",
            caseload="akten_soziale_sicherung",
            assumptions={
                **_replace_paper(1, 3, 6),
                **_introduce(
                    (1500, 3000, 6000), (9, 14, 24), (6, 9, 18), (120, 200, 400),
                    once=(120_000, 200_000, 400_000), yearly=(20_000, 35_000, 60_000),
                ),
            },
        ),
        _Measure(
            measure_id="eakte_stadtjugendamt",
            name="E-Akte im Stadtjugendamt",
            area="Jugend und Familie",
            kind="E-Akte",
            services="eakte_stadtjugendamt",
            evidence="Die Einführung läuft; Mittel sind zu beantragen.",
            caseload="akten_stadtjugendamt",
            assumptions={
                **_replace_paper(1, 3, 6),
                **_introduce(
                    (800, 1600, 3500), (12, 20, 32), (6, 9, 18), (80, 150, 300),
                    once=(80_000, 150_000, 300_000), yearly=(15_000, 25_000, 45_000),
                ),
            },
        ),
        _Measure(
            measure_id="bestandsakten_wohngeld",
            name="Bestandsakten der Wohngeldstellen digitalisieren",
            area="Wohngeld",
            kind="Projekt",
            services="bestandsakten",
            evidence="Das Einlesen ist geplant; es dauert mehrere Jahre.",
            caseload="akten_wohngeld",
            assumptions={
                "share": _assume(50, None, 90, reason="Wie viele gebraucht werden, ist offen."),
                "take_up": _assume(80, 95, 100, reason="Eingelesene Akten werden benutzt."),
                "minutes": gap_of_paper,
                **_introduce(
                    (300, 700, 1500), (24, 40, 54), (3, 6, 12), (20, 40, 90),
                    once=(60_000, 120_000, 250_000), yearly=(3000, 6000, 12_000),
                ),
            },
        ),
        _Measure(
            measure_id="inputmanagement",
            name="Inputmanagement: Post einlesen und zuordnen",
            area="Sozialreferat übergreifend",
            kind="Basisdienst",
            services="inputmanagement",
            evidence="Die Scanstelle ist geplant, braucht Personal und setzt die E-Akte voraus.",
            staff="ja",
            prerequisites="eakte_soziale_sicherung",
            caseload="posteingang",
            assumptions={
                "share": _assume(50, 70, 90, reason="Nicht jedes Poststück lässt sich einlesen."),
                "take_up": _assume(60, 80, 95, reason="Anteil, der richtig zugeordnet wird."),
                "minutes": _assume(1, 2, 4, reason="Öffnen und Verteilen entfallen."),
                **_introduce(
                    (300, 700, 1500), (8, 14, 24), (4, 8, 14), (60, 120, 250),
                    once=(80_000, 150_000, 300_000), yearly=(40_000, 70_000, 120_000),
                ),
            },
        ),
    )  # fmt: skip


def _list_foundations() -> tuple[_Measure, ...]:
    return (
        _Measure(
            measure_id="prozessanalyse",
            name="Abläufe aufnehmen und Bedarfe feststellen",
            area="Sozialreferat übergreifend",
            kind="Projekt",
            services="prozessanalyse",
            evidence="Die Aufnahme geschieht mit vorhandenen Kräften und Mitteln.",
            money="nein",
            assumptions=_introduce((100, 250, 600), (3, 5, 8), (1, 2, 3), (5, 10, 30)),
        ),
        _Measure(
            measure_id="ende_zu_ende_anbindung",
            name="Online-Anträge durchgängig an die Fachverfahren anbinden",
            area="Sozialreferat übergreifend",
            kind="Projekt",
            services="ende_zu_ende_anbindung grundsicherung_online unterhaltsvorschuss_online",
            evidence="Das Vorhaben baut auf der Aufnahme der Abläufe auf und braucht Personal.",
            staff="ja",
            prerequisites="prozessanalyse",
            assumptions=_introduce(
                (300, 600, 1300), (9, 15, 27), (3, 6, 12), (120, 220, 450),
                once=(100_000, 200_000, 400_000), yearly=(15_000, 30_000, 60_000),
            ),
        ),
    )  # fmt: skip


def _list_applications() -> tuple[_Measure, ...]:
    by_name = {service.service_id: service for service in SERVICES}
    return (
        _Measure(
            measure_id="vorpruefung_wohngeld",
            name="Automatisierte Vorprüfung der Wohngeldanträge",
            area="Wohngeld",
            kind="Automatisierung",
            services="vorpruefung_wohngeld wohngeld_online fachverfahren_wohngeld",
            evidence="Die Vorprüfung von Online-Anträgen ist geplant; die Vergabe steht aus.",
            caseload=WOHNGELD.service_id,
            assumptions={
                "share": share_online(WOHNGELD),
                "take_up": _assume(50, 75, 90, reason="Anteil brauchbarer Vorprüfungen."),
                "minutes_without_e2e": _assume(
                    0, 5, 15, reason="Ohne Übernahme der Daten bleibt der größte Teil der Arbeit."
                ),
                "minutes_with_e2e": _assume(
                    10, 35, 70, reason="Vollständigkeit ist geprüft, die Nachforderung vorbereitet."
                ),
                **_introduce(
                    (300, 600, 1400), (8, 14, 24), (2, 4, 9), (80, 150, 300),
                    once=(100_000, 200_000, 400_000), yearly=(20_000, 40_000, 80_000),
                ),
            },
        ),
        _Measure(
            measure_id="wohngeld_online_ausbau",
            name="Mehr Wohngeldanträge online statt auf Papier",
            area="Wohngeld",
            kind="EfA-Dienst",
            services="wohngeld_online",
            evidence="Der Dienst läuft; Hinweise und Hilfen sollen mehr Menschen dorthin führen.",
            caseload=WOHNGELD.service_id,
            assumptions={
                **_widen_online(WOHNGELD, (5, 15, 30), (0, 0, 5), (10, 25, 40)),
                **_introduce(
                    (40, 100, 250), (1, 3, 6), (3, 6, 12), (5, 15, 40),
                    once=(5000, 15_000, 40_000), yearly=(0, 4000, 12_000),
                ),
            },
        ),
        _Measure(
            measure_id="grundsicherung_online",
            name="Grundsicherung online ausbauen",
            area="Soziale Sicherung",
            kind="Online-Dienst",
            services="grundsicherung_online",
            evidence="Der Dienst wird ausgebaut; er endet noch vor dem Fachverfahren.",
            caseload="grundsicherung",
            end_to_end_by="ende_zu_ende_anbindung",
            assumptions={
                **_widen_online(
                    by_name["grundsicherung"], (10, 30, 50), (0, 0, 5), (15, 35, 60)
                ),
                **_introduce(
                    (150, 400, 900), (9, 14, 22), (4, 9, 18), (40, 80, 160),
                    once=(40_000, 80_000, 160_000), yearly=(8000, 15_000, 30_000),
                ),
            },
        ),
        _Measure(
            measure_id="unterhaltsvorschuss_online",
            name="Unterhaltsvorschuss online einführen",
            area="Jugend und Familie",
            kind="EfA-Dienst",
            services="unterhaltsvorschuss_online",
            evidence="Die Einführung läuft; der Dienst endet noch vor dem Fachverfahren.",
            caseload="unterhaltsvorschuss",
            end_to_end_by="ende_zu_ende_anbindung",
            assumptions={
                **_widen_online(
                    by_name["unterhaltsvorschuss"], (10, 30, 50), (0, 0, 4), (10, 20, 35)
                ),
                **_introduce(
                    (80, 200, 500), (5, 9, 15), (4, 8, 15), (20, 50, 110),
                    once=(10_000, 30_000, 80_000), yearly=(5000, 12_000, 25_000),
                ),
            },
        ),
        _Measure(
            measure_id="bildung_teilhabe_online",
            name="Bildung und Teilhabe: mehr Anträge online",
            area="Soziale Sicherung",
            kind="Online-Dienst",
            services="bildung_teilhabe_online",
            evidence="Der Dienst läuft; Schulen sollen auf ihn hinweisen.",
            caseload="bildung_teilhabe",
            assumptions={
                **_widen_online(
                    by_name["bildung_teilhabe"], (5, 20, 40), (0, 0, 3), (3, 8, 14)
                ),
                **_introduce(
                    (40, 120, 300), (2, 4, 8), (3, 6, 12), (5, 20, 50),
                    once=(5000, 15_000, 40_000), yearly=(2000, 5000, 12_000),
                ),
            },
        ),
    )  # fmt: skip


def _list_for_all() -> tuple[_Measure, ...]:
    missing = NOTEBOOKS_WANTED - NOTEBOOKS
    return (
        _Measure(
            measure_id="rpa_plattform",
            name="RPA-Plattform für wiederkehrende Handgriffe",
            area="Sozialreferat übergreifend",
            kind="Automatisierung",
            services="rpa_plattform",
            evidence="Die Plattform wird geprüft; Mittel und Personal sind zu beantragen.",
            staff="ja",
            caseload="beschaeftigte",
            assumptions={
                "share": _assume(3, 8, 15, reason="Anteil mit vielen gleichförmigen Schritten."),
                "take_up": _assume(20, 50, 80, reason="Jeder Schritt ist einzeln einzurichten."),
                "minutes": _assume(300, 1200, 3000, reason="Ersparnis je Kopf und Jahr."),
                **_introduce(
                    (300, 800, 2000), (9, 16, 28), (6, 12, 20), (80, 160, 320),
                    once=(60_000, 120_000, 250_000), yearly=(25_000, 45_000, 90_000),
                ),
            },
        ),
        _Measure(
            measure_id="schulung",
            name="Schulung in den digitalen Verfahren",
            area="Sozialreferat übergreifend",
            kind="Lernangebot",
            services="lernplattform",
            evidence="Die Lernplattform steht allen offen; zusätzliche Mittel sind nicht nötig.",
            money="nein",
            caseload="beschaeftigte",
            assumptions={
                "share": _assume(30, 60, 90, reason="Anteil mit Arbeit in den Verfahren."),
                "take_up": _assume(30, 60, 85, reason="Teilnahme."),
                "minutes": _assume(0, None, 600, reason="Ersparnis je Kopf und Jahr; auch null."),
                **_introduce((600, 1500, 3500), (2, 5, 9), (4, 9, 15), (0, 5, 20)),
            },
        ),
        _Measure(
            measure_id="faq_webseiten",
            name="Häufige Fragen und kurze Filme im Netz",
            area="Sozialreferat übergreifend",
            kind="Online-Dienst",
            services="webauftritt",
            evidence="Die Seiten bestehen; das Schreiben geschieht mit vorhandenen Kräften.",
            money="nein",
            caseload="anfragen",
            assumptions={
                "share": _assume(15, 30, 50, reason="Anteil allgemeiner Fragen."),
                "take_up": _assume(5, 15, 30, reason="Anteil, der die Antwort im Netz findet."),
                "minutes": _assume(4, 7, 12, reason="Die Auskunft entfällt."),
                **_introduce((60, 150, 350), (1, 2, 4), (2, 4, 9), (2, 8, 20)),
            },
        ),
        _Measure(
            measure_id="mobile_geraete",
            name="Lücken bei Notebooks schließen",
            area="Sozialbürgerhäuser",
            kind="Ausstattung",
            services="mobile_ausstattung",
            evidence="Fehlende Notebooks sollen beschafft werden.",
            caseload="bezirkssozialarbeit",
            assumptions={
                "share": share_around(
                    1 - NOTEBOOK_SHARE / 100, "Anteil der Arbeitsplätze ohne Notebook ± 5 Punkte."
                ),
                "take_up": _assume(80, 95, 100, reason="Wer ein Gerät hat, benutzt es."),
                "minutes": _assume(200, 900, 2000, reason="Ersparnis je Kopf und Jahr."),
                **_introduce(
                    (30, 80, 200), (2, 4, 8), (1, 2, 4), (10, 25, 60),
                    once=[missing * price for price in _DEVICE_PRICES],
                    yearly=(10_000, 18_000, 30_000),
                ),
            },
        ),
        _Measure(
            measure_id="aufgabenkritik",
            name="Aufgabenkritik: prüfen, was entfallen kann",
            area="Sozialreferat übergreifend",
            kind="Projekt",
            services="aufgabenkritik",
            evidence="Die Beratung dazu besteht; es ist keine digitale Maßnahme.",
            money="nein",
            caseload="beschaeftigte",
            assumptions={
                "share": _assume(5, 15, 35, reason="Anteil, dessen Aufgaben betrachtet werden."),
                "take_up": _assume(30, 50, 80, reason="Anteil umgesetzter Vorschläge."),
                "minutes": _assume(0, None, 1500, reason="Ersparnis je Kopf und Jahr; auch null."),
                **_introduce((300, 800, 2000), (3, 6, 12), (3, 6, 12), (0, 2, 10)),
            },
        ),
    )  # fmt: skip
