"""Faults of the kinds that the checks look for, planted at places where they do not interact.

Each function plants as many faults of each of its kinds as asked for into the draft of one file
and notes them in the draft. Where a row is added, it is one that belongs in no table; where a
value is taken away, it is the last one of its series, so that no gap comes of it.
"""

from __future__ import annotations

import numpy as np

from analysis.errors import UsageError
from analysis.muster.arrivals import NEVER
from analysis.muster.city import (
    DAYS,
    EARLIER_MONTHS,
    MONTHS,
    REGIONS,
    RENAMED_SERVICE,
    RENAMED_SINCE,
    RENAMED_UNIT,
    SERVICES,
    START,
    UNITS,
)
from analysis.muster.drafting import (
    CASE_COLUMNS,
    COUNT_COLUMNS,
    STAFF_COLUMNS,
    STATUS_WORDS,
    german_day,
    iso_month,
    word_month,
)
from analysis.muster.drafts import Anchor, Draft
from analysis.muster.simulation import City

MOST = 5
_UNKNOWN_UNITS = ("SBH Hafn", "SBH Mondsee", "Amt für Zeitreisen", "SBH Nordrink", "Sozialamt")
_UNKNOWN_SERVICES = ("Heizkostenhilfe", "Wohngelt", "Kulturpass", "Ferienpass", "Sozialticket")
_UNKNOWN_CHANNELS = ("Fax", "Brieftaube", "Rohrpost", "Telegramm", "Bote")
_UNREADABLE = ("zwölf", "ca. 40", "12 oder 13", "siehe Vormonat", "ungefähr 5")
_NO_DAYS = ("31.02.2024", "30.02.2023", "31.04.2025", "31.06.2022", "29.02.2023")
# Clearly invented; the guard has to take the columns out whatever is in them.
_FIRST_NAMES = ("Erika", "Max", "Anna", "Thomas", "Maria", "Michael", "Petra", "Stefan")
_LAST_NAMES = ("Mustermann", "Musterfrau", "Beispiel", "Probemann", "Testperson", "Platzhalter")
PERSONAL_COLUMNS = ("Antragsteller*in", "E-Mail-Adresse", "Geburtsdatum")
_RECEIVED, _DECIDED, _OPEN = COUNT_COLUMNS[3:]
HIDDEN_COLUMN = "Prüfvermerk"
_FUTURE_MONTHS = 2  # behind the state of the data


def check_fault_count(faults: int) -> None:
    """Raise where there are not places for so many faults of a kind.

    Raises:
        UsageError: the number is negative or too large.
    """
    if not 0 <= faults <= MOST:
        raise UsageError(f"Fehler je Art: {faults} ist nicht möglich, erlaubt sind 0 bis {MOST}.")


def plant_in_cases(
    draft: Draft, lines: list[str], city: City, faults: int, rng: np.random.Generator
) -> None:
    """Plant faults in the case-level export; ``lines`` gain the columns with personal data."""
    cases, closed = city.cases, city.closed
    months_in = cases.received
    inner = (months_in > 90) & (months_in < DAYS - 120)
    decided = inner & (closed < DAYS) & (closed != cases.withdrawn)
    prompt = np.flatnonzero(decided & (cases.complete == cases.received))
    late = np.flatnonzero(decided & (cases.complete > cases.received))
    other = np.flatnonzero(inner)
    _add_personal_columns(draft, lines, faults, rng)
    identifier, received, complete, decision, channel, region, *_ = CASE_COLUMNS
    for row in draft.choose(rng, other, faults):
        draft.note("doppelt", draft.insert_copy(row), identifier, "Zeile steht zweimal")
    for row in draft.choose(rng, other, faults):
        now = draft.cell(row, region)
        names = [unit.name_on(START) for unit in REGIONS if unit.unit_id != RENAMED_UNIT]
        else_where = next(name for name in names if name != now)
        anchor = draft.insert_copy(row, **{region: else_where})
        draft.note("doppelt", anchor, identifier, "Vorgang zweimal mit anderer Sozialregion")
    for row in draft.choose(rng, prompt, faults):
        anchor = draft.set_cell(row, decision, german_day(int(cases.received[row]) - 5))
        draft.note("reihenfolge", anchor, decision, "Bescheid vor Antragseingang")
    for row in draft.choose(rng, late, faults):
        anchor = draft.set_cell(row, complete, german_day(int(cases.received[row]) - 9))
        draft.note("reihenfolge", anchor, complete, "Unterlagen vor Antragseingang vollständig")
    for number, row in enumerate(draft.choose(rng, other, faults)):
        anchor = draft.set_cell(row, region, _UNKNOWN_UNITS[number])
        draft.note("unbekannt", anchor, region, "Sozialregion, die es nicht gibt")
    for number, row in enumerate(draft.choose(rng, other, faults)):
        anchor = draft.set_cell(row, channel, _UNKNOWN_CHANNELS[number])
        draft.note("unbekannt", anchor, channel, "Eingangsweg, den es nicht gibt")
    for number, row in enumerate(draft.choose(rng, other, faults)):
        anchor = draft.set_cell(row, received, _NO_DAYS[number])
        draft.note("wert", anchor, received, "Tag, den es nicht gibt")
    for row in draft.choose(rng, other, faults):
        anchor = draft.insert(row, draft.get(row)[:3])
        draft.note("zeile", anchor, "", "abgeschnittene Zeile")
    _plant_outdated_regions(draft, city, faults, rng)
    _plant_future_cases(draft, city, faults, rng)


def _add_personal_columns(
    draft: Draft, lines: list[str], faults: int, rng: np.random.Generator
) -> None:
    columns = PERSONAL_COLUMNS[:faults]
    if not columns:
        return
    firsts = rng.integers(0, len(_FIRST_NAMES), size=len(lines)).tolist()
    lasts = rng.integers(0, len(_LAST_NAMES), size=len(lines)).tolist()
    days = rng.integers(0, 20_000, size=len(lines)).tolist()
    tails = [
        ";".join(_make_person(_FIRST_NAMES[a], _LAST_NAMES[b], day)[: len(columns)])
        for a, b, day in zip(firsts, lasts, days, strict=True)
    ]
    lines[:] = [f"{line};{tail}" for line, tail in zip(lines, tails, strict=True)]
    draft.columns += columns
    told = f"Spalten mit Angaben zu einzelnen Personen: {', '.join(columns)}"
    draft.note("personenbezug", None, "", told)


def _make_person(first: str, last: str, day: int) -> tuple[str, str, str]:
    born = np.datetime64("1940-01-01") + np.timedelta64(day, "D")
    year, month, number = str(born).split("-")
    address = f"{first}.{last}@example.org".lower()
    return f"{first} {last}", address, f"{number}.{month}.{year}"


def _plant_outdated_regions(
    draft: Draft, city: City, faults: int, rng: np.random.Generator
) -> None:
    region = CASE_COLUMNS[5]
    number = next(n for n, unit in enumerate(REGIONS) if unit.unit_id == RENAMED_UNIT)
    renamed = (RENAMED_SINCE - START).days
    later = (city.cases.region == number) & (city.cases.received > renamed + 60)
    later &= city.cases.received < DAYS - 120
    rows = draft.choose(rng, np.flatnonzero(later), faults)
    for row in rows:
        draft.set_cell(row, region, REGIONS[number].name_on(START))
    # A name is reported once, where it stands first.
    told = f"Name, der schon abgelöst war, Zeilen insgesamt: {len(rows)}"
    draft.note("name_veraltet", Anchor(rows[0]), region, told)


def _plant_future_cases(draft: Draft, city: City, faults: int, rng: np.random.Generator) -> None:
    _, received, complete, decision, _, _, status, _ = CASE_COLUMNS
    waiting = np.flatnonzero((city.closed == NEVER) & (city.cases.complete < DAYS - 40))
    for number, row in enumerate(draft.choose(rng, waiting, faults)):
        draft.set_cell(row, status, STATUS_WORDS["entschieden"])
        anchor = draft.set_cell(row, decision, german_day(DAYS + 30 + number))
        draft.note("zukunft", anchor, decision, "Bescheid nach dem Stand der Datei")
    lagging = np.flatnonzero((city.closed == NEVER) & (city.cases.complete >= DAYS))
    for number, row in enumerate(draft.choose(rng, lagging, faults)):
        day = german_day(DAYS + 50 + number)
        anchor = draft.set_cell(row, received, day)
        draft.note("zukunft", anchor, received, "Antragseingang nach dem Stand der Datei")
        if draft.cell(row, complete):
            draft.set_cell(row, complete, "")


def _list_column(draft: Draft, column: str) -> np.ndarray:
    place = draft.columns.index(column)
    return np.array([draft.fetch(row)[place] for row in range(draft.count)], dtype=object)


def plant_in_counts(draft: Draft, faults: int, rng: np.random.Generator) -> list[Anchor]:
    """Plant faults in the monthly table; returns the rows that are to be hidden."""
    service, unit = (_list_column(draft, name) for name in COUNT_COLUMNS[:2])
    months = np.arange(draft.count) % MONTHS
    big = service == SERVICES[1].names[-1].text
    early = (months >= 6) & (months < EARLIER_MONTHS - 2)
    recent = (months >= EARLIER_MONTHS + 1) & (months < MONTHS - 1)
    _plant_stock_faults(draft, faults, np.flatnonzero(big & early), rng)
    _plant_overdrawn(draft, faults, np.flatnonzero(big & early), rng)
    last = np.flatnonzero((months == MONTHS - 1) & ~big)
    for row in draft.choose(rng, last, faults):
        value = draft.cell(row, _RECEIVED)
        anchor = draft.set_cell(row, _RECEIVED, -int(value or 1) or -1)
        draft.note("unmoeglich", anchor, _RECEIVED, "negative Anzahl")
    for number, row in enumerate(draft.choose(rng, last, faults)):
        anchor = draft.set_cell(row, _DECIDED, _UNREADABLE[number])
        draft.note("wert", anchor, _DECIDED, "keine Zahl")
    usual = np.flatnonzero(recent)
    for number, row in enumerate(draft.choose(rng, usual, faults)):
        anchor = draft.insert_copy(row, Dienststelle=_UNKNOWN_UNITS[number])
        draft.note("unbekannt", anchor, "Dienststelle", "Dienststelle, die es nicht gibt")
    for number, row in enumerate(draft.choose(rng, usual, faults)):
        anchor = draft.insert_copy(row, Leistung=_UNKNOWN_SERVICES[number])
        draft.note("unbekannt", anchor, "Leistung", "Leistung, die es nicht gibt")
    for number, row in enumerate(draft.choose(rng, last, faults)):
        anchor = draft.insert_copy(row, Monat=word_month(MONTHS + _FUTURE_MONTHS + number))
        draft.note("zukunft", anchor, "Monat", "Monat nach dem Stand der Datei")
    for row in draft.choose(rng, usual, faults):
        draft.note("doppelt", draft.insert_copy(row), "", "Zeile steht zweimal")
    for row in draft.choose(rng, usual, faults):
        value = int(draft.cell(row, _RECEIVED) or 0) + 4
        anchor = draft.insert_copy(row, **{_RECEIVED: value})
        draft.note("doppelt", anchor, _RECEIVED, "Zeile zweimal mit anderem Wert")
    _plant_outdated_names(draft, (service, unit, months), faults, rng)
    return _hide_rows(draft, faults, usual, rng) if faults else []


def _plant_stock_faults(
    draft: Draft, faults: int, fitting: np.ndarray, rng: np.random.Generator
) -> None:
    for number, row in enumerate(draft.choose(rng, fitting, faults)):
        draft.used |= {row - 1, row + 1}
        # A wrong flow breaks the identity of its month, a wrong stock that of two: one fault each.
        column = _RECEIVED if number % 2 == 0 else _OPEN
        anchor = draft.set_cell(row, column, int(draft.cell(row, column) or 0) + 3)
        draft.note("bestand", anchor, _OPEN, f"drei zu viel in »{column}«")


def _plant_overdrawn(
    draft: Draft, faults: int, fitting: np.ndarray, rng: np.random.Generator
) -> None:
    """More decided than there was, at the rows where the least more is needed for it."""
    excess = []
    for row in fitting:
        before, received, decided = _read_flows(draft, int(row))
        excess.append((before + received + 1) / max(decided, 1))
    nearest = fitting[np.argsort(excess, kind="stable")[:30]]
    for row in draft.choose(rng, nearest, faults):
        draft.used |= {row - 1, row + 1}
        before, received, _ = _read_flows(draft, row)
        anchor = draft.set_cell(row, _DECIDED, before + received + 1)
        draft.note("erledigt_ueber_offen", anchor, _DECIDED, "mehr erledigt, als offen war")


def _read_flows(draft: Draft, row: int) -> tuple[int, int, int]:
    before = int(draft.cell(row - 1, _OPEN) or 0)
    return before, int(draft.cell(row, _RECEIVED) or 0), int(draft.cell(row, _DECIDED) or 0)


def _plant_outdated_names(
    draft: Draft,
    keys: tuple[np.ndarray, np.ndarray, np.ndarray],
    faults: int,
    rng: np.random.Generator,
) -> None:
    service, unit, months = keys
    named = next(each for each in UNITS if each.unit_id == RENAMED_UNIT)
    later = (unit == named.names[-1].text) & (months >= 40) & (months < MONTHS - 1)
    for row in draft.choose(rng, np.flatnonzero(later), faults):
        anchor = draft.set_cell(row, "Dienststelle", named.names[0].text)
        draft.note("name_veraltet", anchor, "Dienststelle", "Name, der schon abgelöst war")
    benefit = next(each for each in SERVICES if each.service_id == RENAMED_SERVICE)
    later = (service == benefit.names[-1].text) & (months >= 30) & (months < MONTHS - 1)
    for row in draft.choose(rng, np.flatnonzero(later), faults):
        anchor = draft.set_cell(row, "Leistung", benefit.names[0].text)
        draft.note("name_veraltet", anchor, "Leistung", "Name, der schon abgelöst war")


def _hide_rows(
    draft: Draft, faults: int, fitting: np.ndarray, rng: np.random.Generator
) -> list[Anchor]:
    """Choose rows to be hidden, and add a hidden column with errors of formulas."""
    hidden = [Anchor(row) for row in draft.choose(rng, fitting, faults)]
    draft.note("lesen", hidden[0], "", "verborgene Zeilen")
    draft.note("lesen", None, "", "verborgene Spalte")
    broken = draft.choose(rng, fitting, faults)
    for row in draft.changed:
        draft.changed[row] = [*draft.changed[row], "ok"]
    for extra in draft.inserted.values():
        extra[:] = [[*row, "ok"] for row in extra]
    original = draft.fetch
    draft.fetch = lambda row: [*original(row), "ok"]
    draft.columns = [*draft.columns, HIDDEN_COLUMN]
    for row in broken:
        anchor = draft.set_cell(row, HIDDEN_COLUMN, "#REF!")
        draft.note("lesen", anchor, "", "Fehler einer Formel")
    return hidden


def plant_history(
    counts: Draft, earlier: Draft, kept: list[int], faults: int, rng: np.random.Generator
) -> None:
    """Change values of the earlier delivery, so that today's table differs from it."""
    place = {row: number for number, row in enumerate(kept)}
    fitting = [row for row in kept if 2 <= row % MONTHS < EARLIER_MONTHS - 4]
    for row in counts.choose(rng, fitting, faults):
        was = int(counts.cell(row, _RECEIVED) or 0)
        earlier.set_cell(place[row], "eingegangen", was + 2)
        counts.note("historie", Anchor(row), _RECEIVED, f"frühere Lieferung: {was + 2}")


def plant_in_staff(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the staffing table."""
    planned, filled, _, heads = STAFF_COLUMNS[3:7]
    plan = _list_column(draft, planned).astype(float)
    months = np.arange(draft.count) % MONTHS
    inner = np.flatnonzero((plan >= 8) & (months > 12) & (months < MONTHS - 2))
    for row in draft.choose(rng, inner, faults):
        anchor = draft.set_cell(row, filled, float(plan[row]) + 0.5)
        draft.note("besetzt_ueber_plan", anchor, filled, "mehr besetzt als geplant")
    last = np.flatnonzero(months == MONTHS - 1)
    for row in draft.choose(rng, last, faults):
        anchor = draft.set_cell(row, heads, -1)
        draft.note("unmoeglich", anchor, heads, "negative Anzahl")
    for number, row in enumerate(draft.choose(rng, inner, faults)):
        anchor = draft.insert_copy(row, Dienststelle=_UNKNOWN_UNITS[number])
        draft.note("unbekannt", anchor, "Dienststelle", "Dienststelle, die es nicht gibt")


def plant_in_strain(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the figures on sickness and overtime."""
    rate, hours = draft.columns[2], draft.columns[3]
    months = np.arange(draft.count) % MONTHS
    inner = np.flatnonzero((months > 12) & (months < MONTHS - 6))
    last = np.flatnonzero(months == MONTHS - 1)
    units = np.arange(draft.count) // MONTHS
    for unit in rng.permutation(len(UNITS))[:faults]:
        (row,) = draft.choose(rng, inner[units[inner] == unit], 1)
        anchor = draft.set_cell(row, hours, int(draft.cell(row, hours) or 1) * 10)
        draft.note("sprung", anchor, hours, "Zehnfaches des üblichen Werts")
    for number, row in enumerate(draft.choose(rng, last, faults)):
        anchor = draft.set_cell(row, rate, f"{104 + number},0 %")
        draft.note("unmoeglich", anchor, rate, "Anteil über 100 %")
    for row in draft.choose(rng, inner, faults):
        anchor = draft.insert(row, draft.get(row)[:2])
        draft.note("zeile", anchor, "", "abgeschnittene Zeile")


def plant_in_vacancies(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the list of vacancies."""
    since, until = draft.columns[4:6]
    ended = np.flatnonzero(_list_column(draft, until) != "")
    for row in draft.choose(rng, ended, faults):
        year = int(str(draft.cell(row, since))[-4:]) - 1
        anchor = draft.set_cell(row, until, str(draft.cell(row, until))[:-4] + str(year - 1))
        draft.note("reihenfolge", anchor, until, "besetzt, bevor sie frei wurde")
    for row in draft.choose(rng, ended, faults):
        draft.note("doppelt", draft.insert_copy(row), "", "Zeile steht zweimal")
    for number, row in enumerate(draft.choose(rng, ended, faults)):
        anchor = draft.set_cell(row, draft.columns[3], 1.5 + number)
        draft.note("unmoeglich", anchor, draft.columns[3], "Stelle mit mehr als vollem Umfang")


def plant_in_channels(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the applications by channel."""
    months = np.arange(draft.count) % MONTHS
    paper = _list_column(draft, "Eingangsweg") == "Papier"
    inner = np.flatnonzero((months > 6) & (months < MONTHS - 6))
    for row in draft.choose(rng, np.flatnonzero(paper & (months > 6) & (months < 50)), faults):
        draft.removed.add(row)
        service = draft.fetch(row)[1]
        draft.note("luecke", None, "Anträge", f"{service}, Papier: {iso_month(row % MONTHS)} fehlt")
    for number, row in enumerate(draft.choose(rng, inner, faults)):
        anchor = draft.insert_copy(row, Eingangsweg=_UNKNOWN_CHANNELS[number])
        draft.note("unbekannt", anchor, "Eingangsweg", "Eingangsweg, den es nicht gibt")
    for row in draft.choose(rng, inner, faults):
        draft.note("doppelt", draft.insert_copy(row), "", "Zeile steht zweimal")
    for row in draft.choose(rng, inner, faults):
        anchor = draft.insert_copy(row, Anträge=int(draft.cell(row, "Anträge") or 0) + 6)
        draft.note("doppelt", anchor, "Anträge", "Zeile zweimal mit anderem Wert")
    # Behind the rename of a service, so that its name is right in the future month as well.
    for number, row in enumerate(draft.choose(rng, inner[months[inner] > 24], faults)):
        month = iso_month(MONTHS + _FUTURE_MONTHS + number)
        anchor = draft.insert_copy(row, Monat=month)
        draft.note("zukunft", anchor, "Monat", "Monat nach dem Stand der Datei")


def plant_in_forms(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the forms started and abandoned."""
    months = np.arange(draft.count) % MONTHS
    last = np.flatnonzero(months == MONTHS - 1)
    for number, row in enumerate(draft.choose(rng, last, faults)):
        anchor = draft.set_cell(row, "abgebrochen", _UNREADABLE[number])
        draft.note("wert", anchor, "abgebrochen", "keine Zahl")
    inner = np.flatnonzero((months > 6) & (months < MONTHS - 6))
    for row in draft.choose(rng, inner, faults):
        anchor = draft.insert(row, [*draft.get(row), "x", "y"])
        draft.note("zeile", anchor, "", "Zeile mit zu vielen Feldern")
    for number, row in enumerate(draft.choose(rng, inner, faults)):
        anchor = draft.insert_copy(row, Leistung=_UNKNOWN_SERVICES[number])
        draft.note("unbekannt", anchor, "Leistung", "Leistung, die es nicht gibt")


def plant_in_states(draft: Draft, faults: int, rng: np.random.Generator) -> None:
    """Plant faults in the survey of digital services."""
    rows = range(draft.count)
    for number, row in enumerate(draft.choose(rng, rows, min(faults, 2))):
        anchor = draft.set_cell(row, "Reifegrad", 8 + number)
        draft.note("unmoeglich", anchor, "Reifegrad", "Stufe, die das Modell nicht hat")
    for row in draft.choose(rng, rows, min(faults, 2)):
        anchor = draft.set_cell(row, "barrierefrei", "unbekannt")
        draft.note("lesen", anchor, "barrierefrei", "Zeichen ohne Wert")
