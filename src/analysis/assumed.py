"""Assumptions of an edition: targets, limits, working times, scenarios; each with source and date.

They stand in the edition's TOML file (``[[assume]]``, ``[[scenario]]``, ``[simulation]``,
``[backlog]``). A parameter can change each of them for one build; the report says so.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from analysis.errors import UsageError, suggest

Points = tuple[float, float | None, float]
"""Least, likeliest (none where no value is likelier than another) and most."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SHORTEST_REASON = 15
_FORM = "wohngeld/received=1500:1600:1800; fahrplan/budget=500000"


class Quantity(NamedTuple):
    """What an edition can assume: German label, unit, and the range of values that make sense."""

    label: str
    unit: str
    least: float = 0.0
    most: float = float("inf")


QUANTITIES: dict[str, Quantity] = {
    "open": Quantity("offene Anträge am Stichtag", "Anträge"),
    "received": Quantity("eingehende Anträge", "Anträge/Monat"),
    "growth": Quantity("Zunahme des Bestands zuletzt", "Anträge/Monat", -float("inf")),
    "output": Quantity("Erledigungen je VZÄ", "Anträge/Monat"),
    "most_received": Quantity("höchstens eingehende Anträge", "Anträge/Monat"),
    "most_decided": Quantity("höchstens erledigte Anträge", "Anträge/Monat"),
    "staff": Quantity("besetzte Stellen", "VZÄ"),
    "posts": Quantity("unbesetzte Stellen", "VZÄ"),
    "fill_months": Quantity("Dauer der Stellenbesetzung", "Monate"),
    "turnover": Quantity("Fluktuation", "%/Jahr", most=100.0),
    "training_first": Quantity("Einarbeitung bis zu den ersten Anträgen", "Monate"),
    "training_full": Quantity("Einarbeitung bis zur vollen Leistung", "Monate"),
    "share": Quantity("Anteil betroffener Anträge", "%", most=100.0),
    "saving": Quantity("Ersparnis an Bearbeitungszeit bei diesen Anträgen", "%", most=99.0),
    "delay": Quantity("Zeit bis zur Wirkung", "Monate"),
    "ramp": Quantity("Zeit bis zur vollen Wirkung danach", "Monate"),
    "target_months": Quantity("angestrebter Bestand in Monatseingängen", "Monate"),
    "clear_months": Quantity("Zeitraum für den Abbau des Rückstands", "Monate", 1.0),
    "base_minutes": Quantity("Grundzeit je Fall", "Minuten/Fall"),
    "working_minutes": Quantity(
        "Jahresarbeitszeit einer Vollzeitstelle (JAZ)", "Minuten/Jahr", 1.0
    ),
    "allowance_factual": Quantity("sachliche Verteilzeit", "% der Grundzeit", most=99.0),
    "allowance_personal": Quantity("persönliche Verteilzeit", "% der Grundzeit", most=99.0),
    "allowance_recovery": Quantity("Erholungszeit", "% der Grundzeit", most=99.0),
    "staff_share": Quantity("Anteil der Stellen für diese Anträge", "%", most=100.0),
    "other_tasks": Quantity("Leitung, Projekte und andere Aufgaben", "VZÄ"),
    "budget": Quantity("Mittel", "EUR/Halbjahr"),
    "it_days": Quantity("Kapazität der IT", "Personentage/Halbjahr"),
    "caution": Quantity("Quantil der vorsichtigen Planung", "%", 1.0, 50.0),
    "blocked_months": Quantity("Zeit ohne Entlastung am Anfang", "Monate"),
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Assumed(_Frozen):
    """One assumption (``[[assume]]``): three points, or one ``value`` that is certain."""

    subject: str = Field(description="what it is about: service, unit, easing, limits")
    name: str = Field(description="the subject in German")
    quantity: str
    minimum: float
    mode: float | None = None
    maximum: float
    basis: Literal["belegt", "Annahme"]
    source: str = Field(description="source, or reason of the assumption, in German")
    as_of: dt.date = Field(description="date of the source or of the assumption")
    facts: tuple[str, ...] = Field(default=(), description="published figures that it rests on")

    @model_validator(mode="before")
    @classmethod
    def _spread_value(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if isinstance(given, Mapping) and "value" in given:
            rest = {key: item for key, item in given.items() if key != "value"}
            return {**dict.fromkeys(("minimum", "mode", "maximum"), given["value"]), **rest}
        return given

    @field_validator("source")
    @classmethod
    def _check_source(cls, text: str) -> str:
        if len(text) < _SHORTEST_REASON:
            raise ValueError(
                f"Festlegung: Die Quelle »{text}« ist zu kurz; sie steht im Bericht und braucht "
                f"mindestens {_SHORTEST_REASON} Zeichen."
            )
        return text

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if self.quantity not in QUANTITIES:
            raise ValueError(
                f"Festlegung »{self.key}«: unbekannte Größe."
                f"{suggest(self.quantity, tuple(QUANTITIES))}"
            )
        if fault := find_fault(self.quantity, self.points):
            raise ValueError(f"Festlegung »{self.key}«: {fault}")
        return self

    @property
    def key(self) -> str:
        """Identifier: ``subject/quantity``."""
        return f"{self.subject}/{self.quantity}"

    @property
    def points(self) -> Points:
        """The three points."""
        return (self.minimum, self.mode, self.maximum)


class Scenario(_Frozen):
    """What is done in one course of the future (``[[scenario]]``)."""

    key: str
    label: str
    fill_posts: bool = False
    easings: tuple[str, ...] = Field(default=(), description="subjects of assumptions")
    measures: tuple[str, ...] = Field(default=(), description="identifiers of massnahmen.csv")

    @field_validator("key")
    @classmethod
    def _check_key(cls, text: str) -> str:
        if not _KEY.fullmatch(text):
            raise ValueError(f"Szenario: Die Kennung »{text}« passt nicht (a bis z, 0 bis 9, _).")
        return text


class Simulation(_Frozen):
    """How draws are made: the same seed gives the same report."""

    seed: int = Field(default=1, ge=0)
    draws: int = Field(default=10_000, ge=100, le=1_000_000)
    months: int = Field(default=60, ge=12, le=240, multiple_of=6)


class BacklogSettings(_Frozen):
    """Whose backlog is looked at, and how its past and future are estimated.

    Attributes:
        service: identifier of the service.
        first: first month of the path, ``2021-01``.
        window: months whose mean goes on.
        check_until: last month of what the honesty check knows.
        check_days: days that it predicts.
        horizon: months of the forecast of applications.
    """

    service: str
    first: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    window: int = Field(default=6, ge=1, le=24)
    check_until: str = Field(default="", pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")
    check_days: tuple[dt.date, ...] = ()
    horizon: int = Field(default=12, ge=1, le=36)


def find_fault(quantity: str, points: Points) -> str:
    """Return what is wrong with three points, in German; empty where nothing is."""
    minimum, mode, maximum = points
    middle = minimum if mode is None else mode
    if not minimum <= middle <= maximum:
        return "Erwartet wird Untergrenze ≤ wahrscheinlichster Wert ≤ Obergrenze."
    known = QUANTITIES.get(quantity)
    if known and not known.least <= minimum <= maximum <= known.most:
        return f"Erwartet werden Werte von {known.least:g} bis {known.most:g} ({known.unit})."
    return ""


def check_distinct(assumed: Sequence[Assumed]) -> Sequence[Assumed]:
    """Return the assumptions as they are.

    Raises:
        ValueError: two say the same thing, or a subject has two names.
    """
    seen: set[str] = set()
    names: dict[str, str] = {}
    for item in assumed:
        if item.key in seen:
            raise ValueError(f"Festlegung »{item.key}« steht zweimal in der Edition.")
        if names.setdefault(item.subject, item.name) != item.name:
            raise ValueError(f"Festlegung »{item.key}«: »{item.subject}« hat zwei Namen.")
        seen.add(item.key)
    return assumed


def parse_overrides(given: object) -> dict[str, Points]:
    """Return changed assumptions as key to three points.

    Args:
        given: text as typed (``subject/quantity=value`` or ``=least:likeliest:most``, parted by
            semicolons; an empty middle for none), or a mapping from key to number or points.

    Raises:
        ValueError: the form is not as expected; German.
    """
    if given is None or given == "":
        return {}
    pairs: Iterable[tuple[str, object]]
    if isinstance(given, str):
        parts = [part.partition("=") for part in given.split(";") if part.strip()]
        pairs = [(key.strip(), value.strip()) for key, _, value in parts]
    elif isinstance(given, Mapping):
        pairs = given.items()
    else:
        raise ValueError(f"erwartet wird die Form »{_FORM}«")
    return {key: _read_points(key, value) for key, value in pairs}


def write_points(points: Points) -> str:
    """Return three points in the form in which they are typed: ``1500:1600:1800``."""
    minimum, mode, maximum = points
    if minimum == mode == maximum:
        return f"{minimum:g}"
    return f"{minimum:g}:{'' if mode is None else f'{mode:g}'}:{maximum:g}"


def _read_points(key: str, value: object) -> Points:
    texts = value.split(":") if isinstance(value, str) else value
    items: list[Any] = list(texts) if isinstance(texts, list | tuple) else [texts] * 3
    if len(items) == 1:
        items = items * 3
    try:
        first, mode, last = (_read_number(item) for item in items)
    except (ValueError, TypeError):
        raise ValueError(f"»{key}«: erwartet wird die Form »{_FORM}«") from None
    if first is None or last is None:
        raise ValueError(f"»{key}«: Unter- und Obergrenze fehlen")
    if fault := find_fault(key.partition("/")[2], (first, mode, last)):
        raise ValueError(f"»{key}«: {fault}")
    return (first, mode, last)


def _read_number(item: object) -> float | None:
    if item is None or item == "":
        return None
    if isinstance(item, bool) or not isinstance(item, int | float | str):
        raise TypeError(item)
    number = float(item.replace(",", ".") if isinstance(item, str) else item)
    if not math.isfinite(number):
        raise ValueError(item)
    return number


def require_known(overrides: Mapping[str, Points], known: Iterable[str]) -> None:
    """Stop where an assumption is changed that does not exist.

    Raises:
        UsageError: names the nearest known one.
    """
    names = tuple(known)
    for key in overrides:
        if key not in names:
            raise UsageError(
                f"Parameter »annahmen«: Eine Annahme »{key}« gibt es in dieser Edition nicht."
                f"{suggest(key, names)}"
            )
