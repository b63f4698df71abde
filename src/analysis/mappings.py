"""Mappings: which column of an office's file is which field of ours (``<file>.map.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import DataError, suggest
from analysis.fields import load_measures
from analysis.units import convert_unit, unit_factor

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "ALL_CHANNELS",
    "CASE_FIELDS",
    "CHANNELS",
    "KEY_FIELDS",
    "MAPPING_SUFFIX",
    "STATUSES",
    "VACANCY_FIELDS",
    "Dataset",
    "Mapping",
    "convert_unit",
    "list_fields",
    "make_mapping",
    "mapping_path",
    "read_mapping",
    "require_mapped_columns",
]

MAPPING_SUFFIX = ".map.toml"

Dataset = Literal["cases", "vacancies", "case_counts", "staffing", "service_adoption", "context"]

# What a row is about; every other field of a table of observations is a measure.
KEY_FIELDS = ("month", "day", "year", "service", "unit", "group", "channel", "measure", "value")
CASE_FIELDS = (
    "case_id",
    "service",
    "unit",
    "received",
    "complete",
    "decided",
    "channel",
    "status",
)
VACANCY_FIELDS = ("post_id", "unit", "group", "fte", "vacant_from", "filled_from")
CHANNELS = ("online", "paper", "email", "in_person", "other")
ALL_CHANNELS = "total"
STATUSES = ("offen", "entschieden", "zurückgenommen")
_MOST_LISTED = 10
_MATURITY_UNIT = "Stufe"
_MATURITY_MODEL = re.compile(r"(?<!\d)(?:1\.1|2\.0)(?!\d)")


class Mapping(BaseModel):
    """What a file of an office holds and how its columns and words are to be understood.

    Attributes:
        dataset: ``cases`` and ``vacancies`` hold one row per case or vacancy, the others one row
            per month (day, year) and key with one column per measure, or with the columns
            ``measure`` (or the entry) and ``value``.
        service: service that all rows are about, where no column says so.
        unit: organisational unit of all rows, where no column says so; empty for the whole.
        place: city.
        method: way of counting, for instance ``antraege``; part of every observation.
        legend: which signs stand for missing numbers.
        columns: field or measure to column of the file.
        values: field to (word of the office to ours).
        units: measure to unit in the file, where it is not that of the registry; ``convert_unit``
            turns one into the other. For ``maturity`` the version of the model.
        across: key field whose values are the headings of all columns that are not mapped.
        measure: measure of these columns, or of the column ``value``.
        previous: earlier delivery of the same data, against which changes are found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: Dataset
    place: str
    method: str
    service: str = ""
    unit: str = ""
    legend: Literal["official", "plain", "regional"] = "plain"
    columns: dict[str, str] = Field(min_length=1)
    values: dict[str, dict[str, str]] = {}
    units: dict[str, str] = {}
    across: Literal["", "month", "year", "unit", "service", "group", "channel"] = ""
    measure: str = ""
    previous: str = ""

    @model_validator(mode="after")
    def _check_entries(self) -> Self:
        faults = [
            *_find_unknown_fields(self),
            *_find_blanks(self),
            *_find_doubled_columns(self),
            *_find_wrong_words(self),
            *_find_wrong_units(self),
        ]
        # What is missing can only be told once all names are understood.
        faults = faults or _find_missing(self)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def known_fields(self) -> tuple[str, ...]:
        """Return the fields that this kind of data set has."""
        return list_fields(self.dataset)


def list_fields(dataset: str) -> tuple[str, ...]:
    """Return the fields that a kind of data set has."""
    if dataset == "cases":
        return CASE_FIELDS
    if dataset == "vacancies":
        return VACANCY_FIELDS
    return (*KEY_FIELDS, *load_measures())


def _find_unknown_fields(mapping: Mapping) -> list[str]:
    known = mapping.known_fields()
    unknown = [
        f"»{name}«{suggest(name, known)}"
        for name in (*mapping.columns, *mapping.values, *mapping.units)
        if name not in known
    ]
    measure = mapping.measure
    if measure and measure not in load_measures():
        unknown.append(f"»{measure}« als »measure«{suggest(measure, load_measures())}")
    joined = "; ".join(dict.fromkeys(unknown))
    return [f"unbekannte Felder: {joined}"] if unknown else []


def _find_blanks(mapping: Mapping) -> list[str]:
    stated = {"place": mapping.place, "method": mapping.method}
    stated |= {f"columns.{field}": column for field, column in mapping.columns.items()}
    return [f"»{entry}« darf nicht leer sein" for entry, text in stated.items() if not text.strip()]


def _find_doubled_columns(mapping: Mapping) -> list[str]:
    fields: dict[str, list[str]] = {}
    for field, column in mapping.columns.items():
        fields.setdefault(column, []).append(field)
    return [
        f"die Spalte »{column}« ist mehreren Feldern zugeordnet: {', '.join(doubled)}"
        for column, doubled in fields.items()
        if len(doubled) > 1 and column.strip()
    ]


def _find_wrong_words(mapping: Mapping) -> list[str]:
    """Return faults of the words on our side of ``values``."""
    known: dict[str, tuple[str, ...]] = {
        "channel": (*CHANNELS, ALL_CHANNELS, ""),
        "status": (*STATUSES, ""),
        "measure": tuple(load_measures()),
    }
    return [
        f"values.{field}: »{ours}« (für »{word}«) gibt es nicht"
        f"{_list_known(known[field])}{_ask(ours, known[field])}"
        for field, words in mapping.values.items()
        if field in known
        for word, ours in words.items()
        if ours not in known[field]
    ]


def _list_known(known: tuple[str, ...]) -> str:
    words = [word for word in known if word]
    return f", möglich sind {', '.join(words)}" if len(words) <= _MOST_LISTED else ""


def _ask(word: str, known: tuple[str, ...]) -> str:
    hint = suggest(word, filter(None, known))
    return f".{hint}" if hint else ""


def _find_wrong_units(mapping: Mapping) -> list[str]:
    faults = []
    measures = load_measures()
    for name, unit in mapping.units.items():
        if name not in measures or mapping.dataset in {"cases", "vacancies"}:
            if name in mapping.known_fields():
                faults.append(f"units.{name}: »{name}« ist keine Messgröße und hat keine Einheit")
            continue
        if measures[name].unit == _MATURITY_UNIT and _MATURITY_MODEL.search(unit):
            continue  # levels have no unit, but a model
        try:
            unit_factor(unit, measures[name].unit)
        except DataError as error:
            faults.append(f"units.{name}: {error.message.rstrip('.')}")
    return faults


def _find_missing(mapping: Mapping) -> list[str]:
    needed = {"cases": "received", "vacancies": "vacant_from"}.get(mapping.dataset)
    if needed:
        foreign = [
            f"»{entry}« gibt es beim Datensatz »{mapping.dataset}« nicht"
            for entry in ("across", "measure")
            if getattr(mapping, entry)
        ]
        absent = [f"in [columns] fehlt »{needed}«"] if needed not in mapping.columns else []
        return [*absent, *_find_missing_service(mapping), *foreign]
    return [
        *_find_missing_period(mapping),
        *_find_missing_service(mapping),
        *_find_missing_measure(mapping),
    ]


def _find_missing_service(mapping: Mapping) -> list[str]:
    if mapping.dataset == "vacancies" or mapping.service.strip():
        return []
    if "service" in mapping.columns or mapping.across == "service":
        return []
    return ["es fehlt die Leistung: »service« als Eintrag oder in [columns]"]


def _find_missing_period(mapping: Mapping) -> list[str]:
    periods = ("month", "day", "year")
    faults = []
    if not (mapping.columns.keys() & set(periods) or mapping.across in periods):
        faults.append(
            "es fehlt die Zeit: »month«, »day« oder »year« in [columns] oder als »across«"
        )
    if mapping.across and mapping.across in mapping.columns:
        faults.append(
            f"»{mapping.across}« steht in [columns] und als »across«; möglich ist nur eines"
        )
    return faults


def _find_missing_measure(mapping: Mapping) -> list[str]:
    columns = mapping.columns.keys()
    wide = bool(columns & load_measures().keys())
    spread, listed = bool(mapping.across), "value" in columns
    named = bool(mapping.measure) or "measure" in columns
    by_channel = "channel" in columns or mapping.across == "channel"
    rules = (
        (
            spread and listed,
            "»value« in [columns] und »across« schließen sich aus: Die Werte stehen entweder in "
            "einer Spalte oder unter vielen Überschriften",
        ),
        (
            bool(mapping.measure) and "measure" in columns,
            "»measure« steht in [columns] und als eigener Eintrag; möglich ist nur eines",
        ),
        (
            bool(mapping.measure) and not (spread or listed),
            "»measure« gilt für »across« oder für eine Spalte »value«; beide fehlen",
        ),
        (
            (spread or listed) and not (named or by_channel),
            "es fehlt die Messgröße der Werte: »measure« als Eintrag oder in [columns]",
        ),
        (
            "measure" in columns and not (spread or listed),
            "zu »measure« in [columns] fehlt die Spalte mit den Werten: »value«",
        ),
        (
            not (wide or spread or listed or named),
            "es fehlt eine Messgröße: mindestens eine in [columns] (zum Beispiel received, "
            "decided, open), oder »measure« und »value«, oder »across« und »measure«",
        ),
    )
    return [message for broken, message in rules if broken][:1]


def mapping_path(raw_file: Path) -> Path:
    """Return where the mapping of a raw file lies."""
    return raw_file.with_name(raw_file.name + MAPPING_SUFFIX)


def read_mapping(raw_file: Path) -> Mapping | None:
    """Return the mapping beside a raw file, or nothing where there is none.

    Raises:
        DataError: the mapping is not valid TOML, or an entry is missing, unknown or does not fit.
    """
    path = mapping_path(raw_file)
    if not path.is_file():
        return None
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} ist kein gültiges TOML: {error}") from None
    return make_mapping(entries, name=path.name)


def make_mapping(entries: dict[str, Any], *, name: str) -> Mapping:
    """Return a mapping of entries as they stand in its file.

    Args:
        entries: entries of ``<file>.map.toml``.
        name: name of that file, for messages.

    Raises:
        DataError: an entry is missing, unknown or does not fit.
    """
    try:
        return Mapping.model_validate(entries)
    except ValidationError as error:
        raise DataError(f"{name}: {_describe(error)}") from None


def require_mapped_columns(mapping: Mapping, found: Iterable[str], *, file: str) -> None:
    """Stop where the mapping names columns that the file does not have.

    Raises:
        DataError: names each missing column with the nearest ones of the file.
    """
    existing = list(map(str, found))
    missing = [
        f"»{column}« (für {field}){suggest(column, existing)}"
        for field, column in mapping.columns.items()
        if column not in existing
    ]
    if missing:
        raise DataError(
            f"{file}: Die Zuordnung nennt Spalten, die es in der Datei nicht gibt: "
            f"{'; '.join(missing)} Vorhanden sind: {', '.join(existing)}."
        )


def _describe(error: ValidationError) -> str:
    words = {
        "extra_forbidden": "unbekannter Eintrag.",
        "missing": "Eintrag fehlt",
        "too_short": "mindestens ein Eintrag ist nötig",
    }
    parts = []
    for item in error.errors():
        place = ".".join(map(str, item["loc"]))
        fault = str(item.get("ctx", {}).get("error", "")) if item["type"] == "value_error" else ""
        word = words.get(item["type"], "der Wert passt nicht") + _list_choices(item)
        parts.append(fault or f"»{place}«: {word}")
    text = "; ".join(part.rstrip(".") for part in parts)
    return text if text.endswith("?") else text + "."


def _list_choices(item: ErrorDetails) -> str:
    """Return what is allowed instead, where an entry has fixed words."""
    field = Mapping.model_fields.get(str(item["loc"][0])) if item["loc"] else None
    if item["type"] == "extra_forbidden":
        return suggest(str(item["loc"][-1]), Mapping.model_fields)
    if item["type"] != "literal_error" or field is None:
        return ""
    choices = [str(choice) for choice in get_args(field.annotation) if choice]
    return f", möglich sind {', '.join(choices)}{_ask(str(item['input']), tuple(choices))}"
