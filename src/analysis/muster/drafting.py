"""The simulated city as tables in the columns of the offices' files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.muster.arrivals import NEVER
from analysis.muster.city import (
    DAYS,
    EARLIER_MONTHS,
    MONTHS,
    OTHERS,
    REGIONS,
    RENAMED_SINCE,
    SERVICES,
    START,
    UNITS,
    WOHNGELD,
    Ints,
    Service,
    list_days,
    list_month_starts,
)
from analysis.muster.drafts import Cell, Draft, Row, draft_rows
from analysis.muster.simulation import City
from analysis.muster.staff import GROUPS

CASE_COLUMNS = (
    "Vorgangs-ID",
    "Antragseingang",
    "Unterlagen vollständig",
    "Bescheid vom",
    "Eingangsweg",
    "Sozialregion",
    "Status",
    "Betrag",
)
COUNT_COLUMNS = (
    "Leistung",
    "Dienststelle",
    "Monat",
    "Anträge / eingegangen",
    "Anträge / erledigt",
    "Anträge / offen am Monatsende",
)
EARLIER_COLUMNS = ("Leistung", "Dienststelle", "Monat", "eingegangen", "erledigt", "offen")
STAFF_COLUMNS = (
    "Monat",
    "Dienststelle",
    "Entgeltgruppe",
    "Stellen (VZÄ) / laut Plan",
    "Stellen (VZÄ) / besetzt",
    "Stellen (VZÄ) / in Einarbeitung",
    "Beschäftigte (Personen) / insgesamt",
    "Beschäftigte (Personen) / in Teilzeit",
    "Beschäftigte (Personen) / eingestellt",
    "Beschäftigte (Personen) / ausgeschieden",
)
STRAIN_COLUMNS = (
    "Monat",
    "Dienststelle",
    "Krankenquote",
    "Überstunden",
    "Überlastungsanzeigen",
)
VACANCY_COLUMNS = (
    "Stelle",
    "Dienststelle",
    "Entgeltgruppe",
    "Umfang in VZÄ",
    "unbesetzt seit",
    "besetzt ab",
)
CHANNEL_COLUMNS = ("Monat", "Leistung", "Eingangsweg", "Anträge")
FORM_COLUMNS = ("Monat", "Leistung", "begonnen", "abgebrochen")
STATE_COLUMNS = ("Jahr", "Leistung", "Ende-zu-Ende", "E-Akte", "Reifegrad", "barrierefrei")
CHANNEL_WORDS = ("Online", "Papier", "E-Mail", "persönlich", "sonstige")
STATUS_WORDS = {
    "offen": "in Bearbeitung",
    "entschieden": "entschieden",
    "zurückgenommen": "zurückgenommen",
}
MONTH_WORDS = (
    *("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun"),
    *("Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
)


@cache
def last_day(month: int) -> dt.date:
    """Return the last day of a month."""
    end = list_month_starts()[month] + pd.offsets.MonthEnd(0)
    return dt.date(end.year, end.month, end.day)


def word_month(month: int) -> str:
    """Return a month as ``Jan 2021``."""
    return f"{MONTH_WORDS[month % 12]} {START.year + month // 12}"


def number_month(month: int) -> str:
    """Return a month as ``01/2021``."""
    return f"{month % 12 + 1:02d}/{START.year + month // 12}"


def iso_month(month: int) -> str:
    """Return a month as ``2021-01``."""
    return f"{START.year + month // 12}-{month % 12 + 1:02d}"


def german_day(day: int) -> str:
    """Return a day, numbered from the start, as ``31.12.2024``."""
    return f"{START + dt.timedelta(days=day):%d.%m.%Y}"


def draft_cases(city: City, rng: np.random.Generator) -> tuple[Draft, list[str]]:
    """Return the case-level export of Wohngeld, and its rows as lines of text."""
    cases, closed = city.cases, city.closed
    count = len(closed)
    is_open, withdrawn = closed >= DAYS, closed == cases.withdrawn
    status = np.where(is_open, 0, np.where(withdrawn, 2, 1))
    approved = (status == 1) & (rng.random(count) < 0.74)
    cents = np.clip(rng.lognormal(5.75, 0.5, size=count), 12, 1400).astype(np.int64) * 100
    euros = pa.array(np.where(approved, cents // 100, 0)).cast(pa.string())
    amount = pc.if_else(
        pa.array(approved), pc.binary_join_element_wise(euros, "00", ","), pa.scalar("")
    )
    columns = [
        _identify_cases(cases.received),
        _date(cases.received),
        _date(cases.complete),
        _date(closed),
        _word(cases.channel, CHANNEL_WORDS),
        _name_regions(cases.region, cases.received),
        _word(status, list(STATUS_WORDS.values())),
        amount,
    ]
    lines: list[str] = pc.binary_join_element_wise(*columns, ";").to_pylist()
    return Draft(list(CASE_COLUMNS), lambda row: list(lines[row].split(";")), count), lines


def _identify_cases(received: Ints) -> pa.Array:
    years = _word(received, [str(day.year) for day in list_days()])
    numbers = pa.array(np.arange(1, len(received) + 1)).cast(pa.string())
    return pc.binary_join_element_wise("WG", years, pc.utf8_lpad(numbers, 8, "0"), "-")


def _date(days: Ints) -> pa.Array:
    words = [german_day(day) for day in range(DAYS)]
    return _word(np.where(days < DAYS, days, len(words)), [*words, ""])


def _word(numbers: Ints, words: Sequence[str]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(numbers))


def _name_regions(region: Ints, received: Ints) -> pa.Array:
    before = [unit.name_on(START) for unit in REGIONS]
    after = [unit.name_on(RENAMED_SINCE) for unit in REGIONS]
    renamed = received >= (RENAMED_SINCE - START).days
    return _word(region + np.where(renamed, len(REGIONS), 0), [*before, *after])


def draft_counts(city: City) -> Draft:
    """Return the monthly table of the other services, by service, unit and month."""
    order = {service.service_id: number for number, service in enumerate(SERVICES)}
    counts = city.counts.assign(_order=city.counts["service"].map(order))
    counts = counts.sort_values(["_order", "unit", "month"])
    services = {service.service_id: service for service in OTHERS}
    rows: list[Row] = []
    for service, unit, month, received, decided, left in zip(
        *(counts[name] for name in ("service", "unit", "month", "received", "decided", "open")),
        strict=True,
    ):
        day = last_day(month)
        names = services[service].name_on(day), UNITS[unit].name_on(day)
        rows.append([*names, word_month(month), int(received), int(decided), int(left)])
    return draft_rows(COUNT_COLUMNS, rows)


def draft_earlier(counts: Draft) -> tuple[Draft, list[int]]:
    """Return the delivery of June 2025 as it followed from today's table, and today's rows."""
    place = counts.columns.index("Monat")
    early = {word_month(month) for month in range(EARLIER_MONTHS)}
    kept = [
        number
        for number in range(counts.count)
        if number not in counts.removed and counts.fetch(number)[place] in early
    ]
    # Names were right then; wrong figures stood there as they do now.
    rows = [[*counts.fetch(number)[:3], *counts.get(number)[3:6]] for number in kept]
    return draft_rows(EARLIER_COLUMNS, rows), kept


def draft_staff(city: City) -> Draft:
    """Return staffing by unit, pay group and month."""
    staff = city.staff.sort_values(["unit", "group", "month"])
    measures = (
        *("posts_planned", "posts_filled", "posts_in_training"),
        *("heads", "heads_part_time", "hired", "leavers"),
    )
    rows: list[Row] = []
    for row in staff.to_dict("records"):
        month = int(row["month"])
        name = UNITS[int(row["unit"])].name_on(last_day(month))
        posts: list[Cell] = [float(row[measure]) for measure in measures[:3]]
        heads: list[Cell] = [int(row[measure]) for measure in measures[3:]]
        rows.append([number_month(month), name, GROUPS[int(row["group"])], *posts, *heads])
    return draft_rows(STAFF_COLUMNS, rows)


def draft_strain(city: City) -> Draft:
    """Return sickness, overtime and overload reports by unit and month."""
    rows: list[Row] = []
    for row in city.strain.sort_values(["unit", "month"]).to_dict("records"):
        month = int(row["month"])
        rate = f"{row['sickness_rate']:.1f} %".replace(".", ",")
        name = UNITS[int(row["unit"])].name_on(last_day(month))
        hours, reports = int(row["overtime_hours"]), int(row["overload_reports"])
        rows.append([number_month(month), name, rate, hours, reports])
    return draft_rows(STRAIN_COLUMNS, rows)


def draft_vacancies(city: City) -> Draft:
    """Return one row per vacancy."""
    rows: list[Row] = []
    for row in city.vacancies.to_dict("records"):
        since, until = row["vacant_from"], row["filled_from"]
        name = UNITS[int(row["unit"])].name_on(max(since.date(), START))
        rows.append(
            [
                f"ST{int(row['post']) + 1:05d}",
                name,
                GROUPS[int(row["group"])],
                float(row["fte"]),
                f"{since:%d.%m.%Y}",
                "" if pd.isna(until) else f"{until:%d.%m.%Y}",
            ]
        )
    return draft_rows(VACANCY_COLUMNS, rows)


def draft_channels(city: City) -> Draft:
    """Return applications by service, channel and month; those for Wohngeld are in the cases."""
    words = dict(zip(city.channels["channel"].unique(), CHANNEL_WORDS, strict=True))
    services = {service.service_id: service for service in OTHERS}
    rows: list[Row] = [
        [
            iso_month(row["month"]),
            services[row["service"]].name_on(last_day(row["month"])),
            words[row["channel"]],
            int(row["applications"]),
        ]
        for row in city.channels.to_dict("records")
        if row["service"] != WOHNGELD.service_id
    ]
    return draft_rows(CHANNEL_COLUMNS, rows)


def draft_forms(city: City) -> Draft:
    """Return forms started and abandoned by service and month."""
    services = {service.service_id: service for service in SERVICES}
    rows: list[Row] = [
        [
            iso_month(row["month"]),
            services[row["service"]].name_on(last_day(row["month"])),
            int(row["forms_started"]),
            int(row["forms_abandoned"]),
        ]
        for row in city.forms.to_dict("records")
    ]
    return draft_rows(FORM_COLUMNS, rows)


def draft_states(years: Sequence[int]) -> Draft:
    """Return the yearly survey of the digital services; the older years use model 1.1."""
    rows = [
        [str(year), service.name_on(dt.date(year, 12, 31)), *_describe_state(service, year)]
        for year in years
        for service in SERVICES
    ]
    return draft_rows(STATE_COLUMNS, [list(row) for row in rows])


_END_TO_END_SINCE = {"sozialwohnung": 2021, "bildung_teilhabe": 2024, "wohngeld": 2025}
_FILE_SINCE = {
    **{"wohngeld": 2022, "grundsicherung": 2023, "bildung_teilhabe": 2021},
    **{"unterhaltsvorschuss": 2024, "sozialwohnung": 2020},
}
_ACCESSIBLE_SINCE = {"sozialwohnung": 2023, "wohngeld": 2024, "bildung_teilhabe": 2025}
_MODEL_2 = {
    **{"wohngeld": 6, "grundsicherung": 4, "hilfe_zum_lebensunterhalt": 2},
    **{"bildung_teilhabe": 5, "unterhaltsvorschuss": 3, "sozialwohnung": 6},
}
_ONLINE_YEARS = {
    **{"wohngeld": 2022, "grundsicherung": 2023, "hilfe_zum_lebensunterhalt": 2024},
    **{"bildung_teilhabe": 2022, "unterhaltsvorschuss": 2023, "sozialwohnung": 2020},
}


def _describe_state(service: Service, year: int) -> list[Cell]:
    name = service.service_id
    end_to_end = _END_TO_END_SINCE.get(name, 9999) <= year
    # What nobody surveyed is an empty cell: unknown is not "nein".
    surveyed = name != "hilfe_zum_lebensunterhalt" or year >= 2024
    share = min(96, 18 * max(0, year - _FILE_SINCE[name] + 1)) if name in _FILE_SINCE else ""
    if year >= 2025:
        maturity = _MODEL_2[name]
    else:
        maturity = (2 + (_ONLINE_YEARS[name] <= year) + end_to_end) if surveyed else 1
    accessible = "ja" if _ACCESSIBLE_SINCE.get(name, 9999) <= year else "nein"
    return [
        "ja" if end_to_end else "nein" if surveyed else "",
        share,
        maturity,
        accessible if surveyed and name != "unterhaltsvorschuss" else "",
    ]


def draft_recipients(city: City, rng: np.random.Generator) -> Draft:
    """Return the recipients at each month's end in the layout of the Monatszahlen-Monitoring."""
    columns = (
        *("MONATSZAHL", "AUSPRAEGUNG", "JAHR", "MONAT", "WERT", "VORJAHRESWERT"),
        *("VERAEND_VORMONAT_PROZENT", "VERAEND_VORJAHRESMONAT_PROZENT"),
        "ZWOELF_MONATE_MITTELWERT",
    )
    rows: list[Row] = []
    for service in (WOHNGELD, *OTHERS[:4]):
        values = _count_recipients(city, service, rng)
        for month in range(MONTHS):
            rows.append(
                [
                    service.name_on(last_day(month)),
                    "insgesamt",
                    START.year + month // 12,
                    iso_month(month).replace("-", ""),
                    int(values[month]),
                    int(values[month - 12]) if month >= 12 else "",
                    _change(values, month, 1),
                    _change(values, month, 12),
                    round(float(values[month - 11 : month + 1].mean()), 1) if month >= 11 else "",
                ]
            )
    return draft_rows(columns, rows)


def _change(values: Ints, month: int, back: int) -> Cell:
    if month < back:
        return ""
    return round(float(values[month] / values[month - back] - 1) * 100, 2)


def _count_recipients(city: City, service: Service, rng: np.random.Generator) -> Ints:
    """Return a stock that decisions fill and that a share of its members leaves every month."""
    if service is WOHNGELD:
        months = np.repeat(np.arange(MONTHS), np.bincount(_closing_months(city), minlength=MONTHS))
        decided = np.bincount(months, minlength=MONTHS)
    else:
        own = city.counts.loc[city.counts["service"] == service.service_id]
        decided = own.groupby("month")["decided"].sum().to_numpy()
    granted = rng.binomial(decided, 0.71)
    leaving = 0.031
    stock = granted[:12].mean() / leaving
    values = []
    for month in range(MONTHS):
        stock = stock + granted[month] - rng.poisson(stock * leaving)
        values.append(round(stock))
    return np.array(values, dtype=np.int64)


def _closing_months(city: City) -> Ints:
    days = city.closed[(city.closed < NEVER) & (city.closed != city.cases.withdrawn)]
    starts = (list_month_starts() - list_days()[0]).days.to_numpy()
    return np.asarray(np.searchsorted(starts, days, side="right") - 1, dtype=np.int64)


def draft_households(rng: np.random.Generator) -> Draft:
    """Return the households by Sozialregion and year in the layout ffcsv."""
    columns = (
        *("statistics_code", "statistics_label", "time_code", "time_label", "time"),
        *("1_variable_code", "1_variable_label"),
        *("1_variable_attribute_code", "1_variable_attribute_label"),
        *("value", "value_unit", "value_variable_code", "value_variable_label"),
    )
    first = {unit.unit_id: 395_000 * unit.weight for unit in REGIONS}
    rows: list[Row] = []
    for year in range(5):
        day = dt.date(START.year + year, 12, 31)
        for number, unit in enumerate(REGIONS, start=1):
            grown = first[unit.unit_id] * 1.008**year * rng.normal(1, 0.002)
            rows.append(
                [
                    *("99111", "Haushaltsstatistik Musterstadt (Musterdaten)"),
                    *("STAG", "Stichtag", day.isoformat()),
                    *("SOZREG", "Sozialregionen", f"SR{number:02d}", unit.name_on(day)),
                    *(round(grown), "Anzahl", "HAUS01", "Haushalte"),
                ]
            )
    return draft_rows(columns, rows)
