"""The registers of the city: units, benefits, digital services, demands, equipment.

Council, motions and documents are made up; their numbers (»M 0001«, »MV 0001«) follow no real
scheme.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from analysis.muster.city import SERVICES, UNITS, WHOLE, Name
from analysis.muster.drafts import Draft, Row, draft_rows

_UNIT_COLUMNS = ("unit_id", "name", "valid_from", "valid_to", "kind", "parent")
_SERVICE_COLUMNS = ("service_id", "name", "valid_from", "valid_to", "unit_id")
_DIGITAL_COLUMNS = (
    *("service_id", "name", "area", "office", "kind", "status", "end_to_end", "efile", "efa"),
    *("personal_contact", "volume", "volume_unit", "volume_qualifier", "volume_period"),
    *("document", "section", "as_of", "evidence", "note"),
)
_MOTION_COLUMNS = (
    *("demand_id", "motion", "motion_title", "submitted_by", "motion_date", "demand"),
    *("addressee", "requested_until", "answer", "answered_in", "answer_date", "state"),
    *("answer_until", "indicators", "document_note"),
)
_EQUIPMENT_COLUMNS = (
    *("item_id", "item", "category", "scope", "kind", "value", "unit", "qualifier", "period"),
    *("document", "section", "evidence", "note"),
)
_REPORT, _ANSWER = "MV 0001", "MV 0002"
_REPORT_DATE = "2025-11-12"
NOTEBOOKS, NOTEBOOKS_WANTED, NOTEBOOK_SHARE = 742, 860, 81  # devices, devices, percent
_NONE, _OPEN = "nicht zutreffend", "unbekannt"


def draft_units() -> Draft:
    """Return the register of organisational units (``dienststellen.csv``)."""
    rows: list[Row] = [
        [unit.unit_id, name.text, *_write_span(name), unit.kind, unit.parent]
        for unit in (WHOLE, *UNITS)
        for name in unit.names
    ]
    return draft_rows(_UNIT_COLUMNS, rows)


def draft_services() -> Draft:
    """Return the register of benefits (``leistungen.csv``)."""
    rows: list[Row] = [
        [service.service_id, name.text, *_write_span(name), service.unit_id]
        for service in SERVICES
        for name in service.names
    ]
    return draft_rows(_SERVICE_COLUMNS, rows)


def _write_span(name: Name) -> tuple[str, str]:
    return _write_day(name.since), _write_day(name.until)


def _write_day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


class DigitalService(NamedTuple):
    """A digital service, advice or project, as the register codes it."""

    service_id: str
    name: str
    area: str
    office: str
    kind: str
    status: str
    end_to_end: str
    efile: str
    efa: str
    personal_contact: str


_WOHNEN, _SICHERUNG, _JUGEND = (
    "Amt für Wohnen und Migration",
    "Amt für Soziale Sicherung",
    "Stadtjugendamt",
)
_ALL = "Sozialreferat übergreifend"
_NO_APPLICATION = (_NONE, _NONE, _NONE, _NONE)
DIGITAL_SERVICES: dict[str, DigitalService] = {
    row[0]: DigitalService(*row)
    for row in (
        ("wohngeld_online", "Wohngeld online", "Wohngeld", _WOHNEN, "EfA-Dienst", "produktiv",
         "ja", "ja", "ja", "nein"),
        ("wohnung_online", "Wohnung online beantragen", "Wohnen", _WOHNEN, "Plattform",
         "produktiv", "ja", "ja", "nein", "nein"),
        ("grundsicherung_online", "Grundsicherung online", "Soziale Sicherung", _SICHERUNG,
         "Online-Dienst", "Ausbau", "teilweise", "nein", "nein", _OPEN),
        ("bildung_teilhabe_online", "Bildung und Teilhabe online", "Soziale Sicherung",
         _SICHERUNG, "Online-Dienst", "produktiv", "ja", "ja", "nein", "nein"),
        ("unterhaltsvorschuss_online", "Unterhaltsvorschuss online", "Jugend und Familie",
         _JUGEND, "EfA-Dienst", "Einführung", "teilweise", "teilweise", "ja", _OPEN),
        ("lebensunterhalt_formular", "Hilfe zum Lebensunterhalt: Formular", "Soziale Sicherung",
         _SICHERUNG, "Online-Dienst", "in Prüfung", _OPEN, _OPEN, _OPEN, "ja"),
        ("terminvergabe", "Terminvergabe der Sozialbürgerhäuser", "Sozialbürgerhäuser", "",
         "Online-Dienst", "produktiv", _OPEN, _OPEN, "nein", "nein"),
        ("beratung_sbh", "Beratung in den Sozialbürgerhäusern", "Sozialbürgerhäuser", "",
         "Beratung", "produktiv", _OPEN, _OPEN, _NONE, "ja"),
        ("fachverfahren_wohngeld", "Fachverfahren Wohngeld", "Wohngeld", _WOHNEN,
         "Fachverfahren", "produktiv", "teilweise", "ja", "nein", "nein"),
        ("vorpruefung_wohngeld", "Automatisierte Vorprüfung Wohngeld", "Wohngeld", _WOHNEN,
         "Automatisierung", "geplant", _OPEN, _OPEN, _OPEN, _NONE),
        ("eakte_soziale_sicherung", "E-Akte im Amt für Soziale Sicherung", "Soziale Sicherung",
         _SICHERUNG, "E-Akte", "Einführung", *_NO_APPLICATION),
        ("eakte_stadtjugendamt", "E-Akte im Stadtjugendamt", "Jugend und Familie", _JUGEND,
         "E-Akte", "Einführung", *_NO_APPLICATION),
        ("servicekonto", "Servicekonto der Stadt", _ALL, "", "Basisdienst", "produktiv",
         *_NO_APPLICATION),
        ("lernplattform", "Lernplattform für Beschäftigte", _ALL, "Geschäftsleitung",
         "Lernangebot", "Ausbau", *_NO_APPLICATION),
        ("bestandsakten", "Bestandsakten der Wohngeldstellen einlesen", "Wohngeld", _WOHNEN,
         "Projekt", "geplant", *_NO_APPLICATION),
        ("inputmanagement", "Inputmanagement", _ALL, "Geschäftsleitung", "Basisdienst",
         "geplant", *_NO_APPLICATION),
        ("prozessanalyse", "Aufnahme der Abläufe", _ALL, "Geschäftsleitung", "Projekt",
         "geplant", *_NO_APPLICATION),
        ("ende_zu_ende_anbindung", "Anbindung der Online-Anträge an die Fachverfahren", _ALL,
         "Geschäftsleitung", "Projekt", "geplant", *_NO_APPLICATION),
        ("rpa_plattform", "RPA-Plattform", _ALL, "", "Automatisierung", "in Prüfung",
         _OPEN, _OPEN, _OPEN, _NONE),
        ("webauftritt", "Informationen des Sozialreferats im Netz", _ALL, "Geschäftsleitung",
         "Online-Dienst", "produktiv", _OPEN, _OPEN, "nein", _OPEN),
        ("mobile_ausstattung", "Notebooks für die Bezirkssozialarbeit", "Sozialbürgerhäuser",
         "Geschäftsleitung", "Ausstattung", "Ausbau", *_NO_APPLICATION),
        ("aufgabenkritik", "Beratung zur Aufgabenkritik", _ALL, "Geschäftsleitung", "Projekt",
         "produktiv", *_NO_APPLICATION),
    )
}  # fmt: skip


def draft_digital_services() -> Draft:
    """Return the register of digital services (``services.csv``)."""
    evidence = "Der erfundene Bericht nennt Stand und Umfang."
    rows: list[Row] = [
        [*row, "", "", "", "", _REPORT, "2 Stand", _REPORT_DATE, evidence, "Musterdaten"]
        for row in DIGITAL_SERVICES.values()
    ]
    return draft_rows(_DIGITAL_COLUMNS, rows)


def draft_motions() -> Draft:
    """Return the register of demands (``motions.csv``)."""
    first = ("M 0001", "Wartezeiten beim Wohngeld verkürzen", "Fraktion A", "2024-03-14")
    second = (
        "M 0002",
        "Beschäftigte durch digitale Verfahren entlasten",
        "Fraktion B",
        "2025-02-06",
    )
    third = (
        "M 0003",
        "Sozialbürgerhäuser gleichmäßig ausstatten",
        "Fraktionen A und C",
        "2025-09-18",
    )
    said = _ANSWER + ", Kap. 2"
    rows: list[Row] = [
        ["M0001-1", *first, "Offene Anträge sollen nach Alter und Region berichtet werden.",
         "Sozialreferat", "2024-12-31", "Der Bericht erscheint halbjährlich.", said, "2024-11-20",
         "erledigt", "", "offene_antraege bearbeitungszeit", "Musterdaten"],
        ["M0001-2", *first, "Unbesetzte Stellen sollen binnen drei Monaten besetzt werden.",
         "Sozialreferat", "", "Das Ziel wird geteilt, eine Frist nicht zugesagt.", said,
         "2024-11-20", "erledigt", "", "stellenbesetzung personalbestand", "Musterdaten"],
        ["M0002-1", *second, "Die E-Akte soll in allen Ämtern eingeführt werden.",
         "Sozialreferat", "2026-12-31", "Ein Zeitplan wird vorgelegt.", _REPORT + ", Kap. 3",
         _REPORT_DATE, "aufgegriffen", "2026-06-30", "e_akte", "Musterdaten"],
        ["M0002-2", *second, "Online-Anträge sollen ohne Medienbruch bearbeitet werden.",
         "Sozialreferat", "", "Für drei Leistungen ist das erreicht.", _REPORT + ", Kap. 3",
         _REPORT_DATE, "aufgegriffen", "2026-06-30", "ende_zu_ende online_dienste", "Musterdaten"],
        ["M0003-1", *third, "Die Belastung der Häuser soll verglichen werden.", "Sozialreferat",
         "", "", "", "", "offen", "", "rueckstandsreichweite ueberstunden", "Musterdaten"],
    ]  # fmt: skip
    return draft_rows(_MOTION_COLUMNS, rows)


def draft_equipment() -> Draft:
    """Return the register of equipment (``equipment.csv``)."""
    short = (
        ("notebooks_bestand", "Notebooks", "Notebook", "Bestand", NOTEBOOKS, "Geräte", "exact",
         "2025-06"),
        ("notebooks_ziel", "Notebooks", "Notebook", "Ziel", NOTEBOOKS_WANTED, "Geräte", "ca.",
         "bis 2026-12-31"),
        ("smartphones_bestand", "Smartphones", "PIM-Smartphone", "Bestand", 388, "Geräte",
         "exact", "2025-06"),
        ("notebookquote", "Anteil der Arbeitsplätze mit Notebook", "Notebookquote", "Bestand",
         NOTEBOOK_SHARE, "%", "ca.", "2025-06"),
    )  # fmt: skip
    evidence = "Der erfundene Bericht nennt die Zahl."
    rows: list[Row] = [
        [*row[:3], "Sozialreferat", *row[3:], _REPORT, "4 Ausstattung", evidence, "Musterdaten"]
        for row in short
    ]
    return draft_rows(_EQUIPMENT_COLUMNS, rows)
