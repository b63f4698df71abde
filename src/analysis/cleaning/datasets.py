"""All raw files of an edition: which module cleans which file, and what they give together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from analysis.cleaning.cases import Executor, clean_cases
from analysis.cleaning.consistency import check_observations
from analysis.cleaning.contradictions import find_contradictions, gather_observations
from analysis.cleaning.equipment import clean_equipment
from analysis.cleaning.exports import clean_export
from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.measures import clean_measures
from analysis.cleaning.motions import clean_motions
from analysis.cleaning.names import (
    Names,
    check_units_in_charge,
    clean_service_names,
    clean_unit_names,
    make_names,
)
from analysis.cleaning.published_figures import clean_published_figures
from analysis.cleaning.references import complete_sources
from analysis.cleaning.services import clean_services
from analysis.cleaning.totals import add_totals
from analysis.errors import DataError, suggest
from analysis.fields import OBSERVATION_TABLES, TABLES
from analysis.mappings import MAPPING_SUFFIX
from analysis.readers.delimited import read_delimited
from analysis.readers.recognise import read
from analysis.sources import RawFile

_CLEANERS: dict[str, Callable[..., Cleaned]] = {
    "dienststellen.csv": clean_unit_names,
    "equipment.csv": clean_equipment,
    "leistungen.csv": clean_service_names,
    "massnahmen.csv": clean_measures,
    "motions.csv": clean_motions,
    "published_figures.tsv": clean_published_figures,
    "services.csv": clean_services,
}
_EARLIER = "earlier_deliveries"


def clean_raw_files(
    raw_files: Sequence[RawFile], executor: Executor | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Clean all raw files of an edition and put their rows together.

    Args:
        raw_files: raw files with sidecars and mappings.
        executor: what cleans the pieces of large exports of cases; by default this machine.

    Returns:
        Tidy rows by table, with totals and the register of sources, and all findings so far;
        neither is validated yet.

    Raises:
        DataError: no module is responsible for a file, it cannot be read, or its mapping does not
            fit.
    """
    registers = [clean_register(raw) for raw in raw_files if raw.mapping is None]
    published = _gather(registers)
    names = make_names(published["unit_names"], published["service_names"])
    exports = [raw for raw in raw_files if raw.mapping is not None]
    earlier = _list_earlier(exports)
    delivered = [
        _set_apart(cleaned) if raw.name in earlier else cleaned
        for raw, cleaned in ((raw, clean_office_export(raw, names, executor)) for raw in exports)
    ]
    cleaned = [*registers, *delivered]
    findings = join_findings(*(part.findings for part in cleaned), check_units_in_charge(names))
    tables = _gather(cleaned)
    found = check_observations({**tables, "findings": findings}, tables[_EARLIER])
    completed = {
        name: add_totals(tables[name], tables["unit_names"]) for name in OBSERVATION_TABLES
    }
    # Exports are compared by the checks above; what contradicts itself are published figures.
    contradictions = find_contradictions(gather_observations(published))
    tables |= {**completed, "contradictions": contradictions}
    tables["sources"] = complete_sources(tables["sources"], tables, raw_files)
    return tables, join_findings(findings, found)


def clean_register(raw: RawFile) -> Cleaned:
    """Read and clean one raw file that the project itself lays out.

    Raises:
        DataError: no module is responsible for the file, or it cannot be read.
    """
    cleaner = _CLEANERS.get(raw.name)
    if cleaner is None:
        raise DataError(
            f"Rohdatei {raw.name} ist keinem Datensatz zugeordnet.{suggest(raw.name, _CLEANERS)} "
            f"Ohne Zuordnung gelesen werden: {', '.join(_CLEANERS)}. Zu einer Auswertung einer "
            f"Dienststelle gehört die Datei {raw.name}{MAPPING_SUFFIX}; sie entsteht mit "
            f"»lagebild source add {raw.name}«."
        )
    layout = raw.sidecar.format
    rows = read_delimited(
        raw.read_bytes(), name=raw.name, encoding=layout.encoding, delimiter=layout.delimiter
    )
    cleaned = cleaner(rows, file=raw.name)
    _check_nothing_lost(cleaned, raw.name)
    return cleaned


def clean_office_export(raw: RawFile, names: Names, executor: Executor | None = None) -> Cleaned:
    """Read and clean one export of an office by its mapping.

    Args:
        raw: a raw file with a mapping.
        names: units and services with their old and new names.
        executor: what cleans the pieces of an export of cases.

    Raises:
        DataError: the file cannot be read, or the mapping does not fit.
    """
    if raw.mapping is None:
        raise ValueError(f"{raw.name} has no mapping")
    layout, as_of = raw.sidecar.format, raw.sidecar.as_of
    options = layout.stated_options()
    if raw.mapping.dataset == "cases":
        cleaned = clean_cases(
            raw.path,
            raw.mapping,
            names,
            as_of=as_of,
            file=raw.name,
            format_options={"kind": layout.kind, **options},
            executor=executor,
        )
    else:
        rows = read(raw.read_bytes(), raw.name, layout.kind, **options)
        cleaned = clean_export(rows, raw.mapping, names, file=raw.name, as_of=as_of)
    _check_nothing_lost(cleaned, raw.name)
    return cleaned


def _list_earlier(exports: Sequence[RawFile]) -> set[str]:
    names = {raw.name for raw in exports}
    earlier = {raw.mapping.previous: raw.name for raw in exports if raw.mapping}
    earlier.pop("", None)
    for previous, name in earlier.items():
        if previous not in names:
            raise DataError(
                f"{name}{MAPPING_SUFFIX}: Die frühere Lieferung »{previous}« gibt es nicht."
                f"{suggest(previous, sorted(names - {name}))}"
            )
    return set(earlier)


def _set_apart(cleaned: Cleaned) -> Cleaned:
    parts = [
        rows.assign(dataset=table) for table, rows in cleaned.tables.items() if len(rows.index)
    ]
    names = [field.name for field in TABLES[_EARLIER]]
    rows = pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)
    return cleaned._replace(tables={_EARLIER: rows})


def _gather(cleaned: Iterable[Cleaned]) -> dict[str, pd.DataFrame]:
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES if name != "findings"}
    for part in cleaned:
        for name, rows in part.tables.items():
            parts[name].append(rows)
    return {name: _concat(name, rows) for name, rows in parts.items()}


_DTYPES = {"text": "str", "number": "float64", "integer": "int64", "date": "datetime64[us]"}


def _concat(table: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    # An empty table has types too, so that checks of all tables need no exception for it.
    fields = TABLES[table]
    return pd.DataFrame({field.name: pd.Series(dtype=_DTYPES[field.kind]) for field in fields})


def _check_nothing_lost(cleaned: Cleaned, name: str) -> None:
    # The register of sources is derived from rows that also end in another table.
    rows = sum(len(rows) for table, rows in cleaned.tables.items() if table != "sources")
    kept = rows if cleaned.rows_kept is None else cleaned.rows_kept
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    if kept + rejected != cleaned.rows_read:
        raise DataError(
            f"{name}: {cleaned.rows_read} Zeilen gelesen, aber nur {kept} übernommen und "
            f"{rejected} beanstandet. Bitte diesen Fehler melden."
        )
