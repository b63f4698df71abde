"""Taking in one raw file, step by step: by what the call states, and by asking for the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pandas as pd

from analysis.cleaning.names import (
    SERVICE_REGISTER,
    UNIT_REGISTER,
    Names,
    clean_service_names,
    clean_unit_names,
    make_names,
)
from analysis.editions import list_editions, load_edition
from analysis.errors import DataError, LagebildError, UsageError, suggest
from analysis.fields import load_measures
from analysis.mappings import (
    Mapping,
    list_fields,
    make_mapping,
    mapping_path,
    require_mapped_columns,
)
from analysis.readers.recognise import read
from analysis.source_add.inspect import Inspection, inspect_file, is_personal
from analysis.source_add.propose import (
    DATASETS,
    LIKELY,
    OBSERVED,
    Proposal,
    propose,
    propose_values,
)
from analysis.source_add.store import (
    Target,
    choose_target,
    make_sidecar,
    refuse_personal,
    write_source,
)
from analysis.source_add.trial import ROWS, clean_on_trial, try_mapping
from analysis.sources import RawFile

DETAILS = {
    "title": ("Titel", "--title"),
    "producer": ("Herausgebende Stelle", "--producer"),
    "document": ("Dokument oder Auswertung, aus der die Datei stammt", "--document"),
    "licence": ("Lizenz oder Nutzungsbedingung", "--licence"),
    "as_of": ("Stand der Daten (JJJJ-MM-TT)", "--as-of"),
    "origin": ("Herkunft (documented = echt, synthetic = erfunden)", "--origin"),
}
DATASET_WORDS = {
    "cases": "Einzelfälle",
    "vacancies": "unbesetzte Stellen, eine je Zeile",
    "case_counts": "Fallzahlen je Monat",
    "staffing": "Personal",
    "service_adoption": "Nutzung digitaler Dienste",
    "context": "Rahmendaten",
}
_METHODS = {"cases": "antraege", "case_counts": "antraege"}
_METHOD = "auswertung"


class Asker(Protocol):
    """Somebody at a terminal."""

    def say(self, text: str) -> None:
        """Show a line."""

    def ask(self, question: str, default: str) -> str:
        """Return the answer to a question."""

    def confirm(self, question: str, *, default: bool) -> bool:
        """Return whether the answer is yes."""


@dataclass(frozen=True)
class Given:
    """What the call states.

    Attributes:
        details: entries of the sidecar.
        entries: entries of the mapping that are plain texts (``dataset``, ``place`` …).
        columns, units: field to column, measure to unit.
        values: field to (word of the office to ours).
        options: what is known of the format.
        accept: take over what the proposal is sure of, without asking.
        force: overwrite.
        without_mapping: write the sidecar only.
    """

    details: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    accept: bool = False
    force: bool = False
    without_mapping: bool = False


class Added(NamedTuple):
    """A raw file that was taken in, and what there is to say about it, in German."""

    raw: RawFile
    report: tuple[str, ...]
    is_open: bool


class _Draft(NamedTuple):
    entries: dict[str, Any]
    remarks: dict[str, str]
    questions: tuple[str, ...]


def add_source(
    file: Path, folder: str, root: Path, given: Given, *, asker: Asker | None = None
) -> Added:
    """Take in a raw file: copy, describe, map, try.

    Args:
        file: the raw file, anywhere.
        folder: folder below ``data/raw``.
        root: project folder.
        given: what is known.
        asker: who is asked for the rest; without one, what is missing is an error.

    Raises:
        UsageError: something is missing or does not fit; nothing was written.
        DataError: the file cannot be read.
    """
    inspection = inspect_file(file, given.options)
    target = choose_target(file, folder, root, force=given.force)
    found = _describe_file(inspection)
    if asker:
        for line in found:
            asker.say(line)
    names, troubles = read_registers(target.path.parent)
    defaults = find_defaults(folder, root)
    draft = None
    if inspection.needs_mapping and not given.without_mapping:
        draft = _draft_mapping(inspection, names, given, defaults, asker)
    details = _complete_details(given, defaults, asker)
    sidecar = make_sidecar(inspection, details)
    mapping = _finish_mapping(inspection, draft) if draft else None
    raw = write_source(inspection, target, sidecar, mapping, draft.remarks if draft else None)
    tried = _report_trial(inspection, raw, mapping, names) if mapping else []
    questions = [*troubles, *(draft.questions if draft else ())]
    report = [
        *([] if asker else found),
        *_describe_written(raw, target, root),
        *tried,
        *([""] if questions else []),
        *(f"Offen: {question}" for question in questions),
    ]
    return Added(raw, tuple(report), bool(questions))


def read_registers(folder: Path) -> tuple[Names, list[str]]:
    """Return the registers of names of a folder, and what is wrong with them."""
    tables: dict[str, pd.DataFrame] = {}
    troubles = []
    cleaners = (
        (UNIT_REGISTER, "unit_names", clean_unit_names),
        (SERVICE_REGISTER, "service_names", clean_service_names),
    )
    for file, table, clean in cleaners:
        path = folder / file
        if not path.is_file():
            continue
        try:
            cleaned = clean(read(path.read_bytes(), file), file=file)
        except LagebildError as error:
            troubles.append(f"Das Register {file} ist nicht lesbar: {error.message}")
            continue
        tables[table] = cleaned.tables[table]
    return make_names(tables.get("unit_names"), tables.get("service_names")), troubles


def find_folder(file: Path, root: Path) -> str:
    """Return the folder below ``data/raw`` in which a file lies already; else nothing."""
    folder = file.resolve().parent
    return folder.name if folder.parent == (root / "data" / "raw").resolve() else ""


def find_defaults(folder: str, root: Path) -> dict[str, str]:
    """Return place and origin as the editions with this folder state them, where they agree."""
    found: dict[str, set[str]] = {"place": set(), "origin": set()}
    for name in list_editions(root):
        try:
            edition = load_edition(name, root)
        except LagebildError:
            continue  # what is wrong with another edition is not the subject here
        if edition.raw == folder:
            found["place"].add(edition.city)
            found["origin"].add(edition.origin)
    return {entry: next(iter(values)) for entry, values in found.items() if len(values) == 1}


def _describe_file(inspection: Inspection) -> list[str]:
    rows = f"{len(inspection.rows)} Zeilen, {len(inspection.profiles)} Spalten"
    part = " (gelesen ist der Anfang der großen Datei)" if inspection.is_head else ""
    misfits = len(inspection.result.misfits)
    removed = [each for each in inspection.profiles if each.personal and not each.is_identifier]
    numbered = [each for each in inspection.profiles if each.is_identifier]
    lines = [
        f"Datei {inspection.path.name}: Format »{inspection.kind}«, {rows}{part}.",
        *inspection.remarks,
    ]
    if misfits:
        lines.append(f"{misfits} Zeilen passen nicht zur Kopfzeile.")
    if removed:
        listed = ", ".join(f"{each.shown} ({each.personal})" for each in removed)
        lines.append(
            "Spalten mit personenbezogenen Angaben; ihr Inhalt wird nicht gezeigt, zugeordnet "
            f"werden sie nicht: {listed}."
        )
    if numbered:
        listed = ", ".join(each.shown for each in numbered)
        lines.append(
            "Spalten mit Kennungen von Fällen oder Personen; ihr Inhalt wird nicht gezeigt, "
            f"möglich sind sie nur als case_id oder post_id: {listed}."
        )
    return lines


def _complete_details(
    given: Given, defaults: dict[str, str], asker: Asker | None
) -> dict[str, str]:
    details = {
        "url": "",
        "accessed": dt.date.today().isoformat(),
        **{entry: text for entry, text in defaults.items() if entry in DETAILS},
        **given.details,
    }
    missing = [entry for entry in DETAILS if not details.get(entry, "").strip()]
    if missing and asker is None:
        flags = ", ".join(DETAILS[entry][1] for entry in missing)
        raise UsageError(f"Es fehlen Angaben zur Datei: {flags}.")
    if asker:
        asked = [entry for entry in DETAILS if entry not in given.details]
        details |= {entry: asker.ask(DETAILS[entry][0], details.get(entry, "")) for entry in asked}
    return details


def _draft_mapping(
    inspection: Inspection,
    names: Names,
    given: Given,
    defaults: dict[str, str],
    asker: Asker | None,
) -> _Draft:
    refuse_personal(inspection, given.columns)
    _check_fields(given)
    wanted = given.entries.get("dataset", "")
    if wanted and wanted not in DATASETS:
        raise UsageError(
            f"Unbekannter Datensatz »{wanted}«.{suggest(wanted, DATASETS)} "
            f"Bekannt sind: {', '.join(DATASETS)}."
        )
    proposal = propose(inspection, names, dataset=wanted, given=given.columns)
    if not wanted:
        wanted = _choose_dataset(proposal, given, asker)
        if wanted != proposal.dataset:
            proposal = propose(inspection, names, dataset=wanted, given=given.columns)
    accepted, left = _choose_columns(inspection, proposal, given, asker)
    columns = {**accepted, **given.columns}
    taken = given.accept or asker is not None
    values, questions = propose_values(inspection, columns, names, dataset=wanted)
    values = {
        name: {**(values.get(name, {}) if taken else {}), **given.values.get(name, {})}
        for name in (*values, *given.values)
    }
    units = {name: unit for name, unit in proposal.units.items() if taken and name in columns}
    entries: dict[str, Any] = {
        **_complete_entries(wanted, columns, given, defaults, asker, proposal if taken else None),
        "columns": columns,
        "units": {**units, **given.units},
        "values": {name: words for name, words in values.items() if words},
    }
    certainty = {each.field: each.certainty for each in proposal.columns}
    remarks = dict.fromkeys(given.columns, "angegeben") | {
        name: f"vorgeschlagen, {certainty[name]}" for name in accepted
    }
    asked = {word for words in given.values.values() for word in words}
    still = [each for each in questions if not any(f"»{word}«" in each for word in asked)]
    open_now = [each for each in proposal.questions if each not in questions]
    return _Draft(entries, remarks, (*left, *open_now, *still))


def _check_fields(given: Given) -> None:
    """Stop where the call names fields that no data set has."""
    known = list(dict.fromkeys(name for kind in DATASETS for name in list_fields(kind)))
    unknown = [
        f"»{name}«{suggest(name, known)}"
        for name in (*given.columns, *given.values, *given.units)
        if name not in known
    ]
    if unknown:
        raise UsageError(f"Unbekannte Felder: {'; '.join(dict.fromkeys(unknown))}")


def _choose_dataset(proposal: Proposal, given: Given, asker: Asker | None) -> str:
    listed = ", ".join(f"{name} ({DATASET_WORDS[name]})" for name in DATASETS)
    if asker:
        asker.say(f"Mögliche Datensätze: {listed}.")
        chosen = asker.ask("Datensatz", proposal.dataset)
        while chosen not in DATASETS:
            asker.say(f"Unbekannter Datensatz »{chosen}«.{suggest(chosen, DATASETS)}")
            chosen = asker.ask("Datensatz", proposal.dataset)
        return chosen
    if proposal.dataset and given.accept:
        return proposal.dataset
    raise UsageError(
        "Welche Art von Daten die Datei enthält, fehlt (--dataset)"
        + (f"; vorgeschlagen: {proposal.dataset}, mit --yes übernommen" if proposal.dataset else "")
        + f". Möglich sind: {listed}."
    )


def _choose_columns(
    inspection: Inspection, proposal: Proposal, given: Given, asker: Asker | None
) -> tuple[dict[str, str], list[str]]:
    """Return the proposed columns that are taken over, and what is left open."""
    shown = {each.name: each.shown for each in inspection.profiles}
    lines = [
        f"  {each.field} = {shown[each.column]} ({each.certainty})" for each in proposal.columns
    ]
    if asker is None:
        accepted = proposal.accept() if given.accept else {}
    elif lines:
        asker.say("\n".join(["Vorschlag:", *lines]))
        whole = asker.confirm("Was sicher oder wahrscheinlich ist, übernehmen?", default=True)
        accepted = {}
        for each in proposal.columns:
            taken = whole and each.score >= LIKELY
            question = f"{each.field} = {shown[each.column]} ({each.certainty})?"
            if taken or asker.confirm(question, default=each.score >= LIKELY):
                accepted[each.field] = each.column
    else:
        accepted = {}
    left = [
        f"{each.field} = {shown[each.column]} ist {each.certainty} und wurde nicht übernommen "
        f"(--column {each.field}=…)."
        for each in proposal.columns
        if each.field not in accepted and asker is None
    ]
    return accepted, left


def _complete_entries(
    dataset: str,
    columns: dict[str, str],
    given: Given,
    defaults: dict[str, str],
    asker: Asker | None,
    proposal: Proposal | None,
) -> dict[str, str]:
    """Return the plain entries of the mapping, asking for what is missing."""
    entries = {"dataset": dataset, **given.entries}
    if proposal and proposal.across and dataset in OBSERVED:
        entries.setdefault("across", proposal.across)
    entries.setdefault("place", defaults.get("place", ""))
    taken = proposal is not None
    entries.setdefault("method", _METHODS.get(dataset, _METHOD) if taken else "")
    if asker:
        for name, label in (("place", "Ort"), ("method", "Zählweise")):
            if name not in given.entries:
                entries[name] = asker.ask(label, entries[name])
        if _needs_service(dataset, columns, entries):
            entries["service"] = asker.ask("Leistung, um die es in allen Zeilen geht", "")
        if entries.get("across") and _needs_measure(columns, entries):
            entries["measure"] = _ask_measure(asker)
    missing = [f"--{name}" for name in ("place", "method") if not entries[name].strip()]
    if missing:
        raise UsageError(f"Es fehlen Angaben zur Zuordnung: {', '.join(missing)}.")
    return {name: text for name, text in entries.items() if text.strip()}


def _needs_service(dataset: str, columns: dict[str, str], entries: dict[str, str]) -> bool:
    stated = entries.get("service", "").strip() or entries.get("across") == "service"
    return dataset != "vacancies" and "service" not in columns and not stated


def _needs_measure(columns: dict[str, str], entries: dict[str, str]) -> bool:
    return not ("measure" in columns or "channel" in columns or entries.get("measure"))


def _ask_measure(asker: Asker) -> str:
    measure = asker.ask("Messgröße der Werte (zum Beispiel received)", "")
    while measure not in load_measures():
        asker.say(f"Unbekannte Messgröße »{measure}«.{suggest(measure, load_measures())}")
        measure = asker.ask("Messgröße der Werte (zum Beispiel received)", "")
    return measure


def _finish_mapping(inspection: Inspection, draft: _Draft) -> Mapping:
    name = mapping_path(inspection.path).name
    try:
        mapping = make_mapping(draft.entries, name=name)
        shown = [each for each in inspection.profiles if not each.personal]
        headings = [each.name for each in shown if not is_personal(each.name)]
        headings += [each for each in mapping.columns.values() if inspection.profile(each)]
        require_mapped_columns(mapping, dict.fromkeys(headings), file=inspection.path.name)
    except DataError as error:
        raise UsageError(
            "\n".join([error.message, *(f"Offen: {each}" for each in draft.questions)])
        ) from None
    refuse_personal(inspection, mapping.columns)
    return mapping


def _describe_written(raw: RawFile, target: Target, root: Path) -> list[str]:
    place = raw.path.parent.relative_to(root).as_posix()
    how = "lag schon dort und bleibt unverändert" if target.in_place else "unverändert abgelegt"
    lines = [f"{place}/{raw.name}: {how}, Prüfsumme {raw.sidecar.sha256[:12]}…"]
    lines.append(f"{place}/{raw.name}.meta.toml: Beschreibung geschrieben und wieder gelesen.")
    if raw.mapping:
        count = len(raw.mapping.columns)
        lines.append(
            f"{place}/{mapping_path(raw.path).name}: Zuordnung »{raw.mapping.dataset}« mit "
            f"{count} Spalten geschrieben und wieder gelesen."
        )
    return lines


def _report_trial(
    inspection: Inspection, raw: RawFile, mapping: Mapping, names: Names
) -> list[str]:
    rows = min(len(inspection.rows), ROWS)
    lines = [f"Probe an {rows} Zeilen:"]
    shown = {each.name: each.shown for each in inspection.profiles}
    for trial in try_mapping(inspection, mapping, names):
        empty = f", {trial.empty} leer" if trial.empty else ""
        lines.append(
            f"  {trial.field} = {shown[trial.column]}: {trial.readable} von {trial.filled} "
            f"lesbar{empty}"
        )
    for field_name, register, file in (
        ("unit", names.units, UNIT_REGISTER),
        ("service", names.services, SERVICE_REGISTER),
    ):
        if field_name in mapping.columns and register.empty:
            lines.append(f"  Ohne Register {file} gelten die Namen selbst als Kennungen.")
    return [*lines, *_report_cleaning(inspection, raw, names)]


def _report_cleaning(inspection: Inspection, raw: RawFile, names: Names) -> Iterator[str]:
    try:
        counts = clean_on_trial(inspection, raw, names)
    except LagebildError as error:
        yield f"Die Bereinigung gelingt noch nicht: {error.message}"
        return
    if counts is not None:
        found = _count(counts)
        yield f"Bereinigung zur Probe: {found}. Im Einzelnen zeigt sie »lagebild check EDITION«."


def _count(counts: pd.Series) -> str:
    words: Sequence[tuple[str, str, str]] = (
        ("fehler", "Fehler", "Fehler"),
        ("warnung", "Warnung", "Warnungen"),
        ("hinweis", "Hinweis", "Hinweise"),
    )
    parts = [
        f"{counts[name]} {one if counts[name] == 1 else many}"
        for name, one, many in words
        if name in counts.index
    ]
    return ", ".join(parts) or "keine Befunde"
