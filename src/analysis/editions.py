"""Editions: which city, which data, which chapters, which parameters a report is built with."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from analysis.acceptance import Acceptance, check_distinct
from analysis.assumed import (
    Assumed,
    BacklogSettings,
    Points,
    Scenario,
    Simulation,
    parse_overrides,
)
from analysis.assumed import check_distinct as check_assumed
from analysis.disclosure_policy import DisclosurePolicy
from analysis.errors import UsageError, suggest

_MARKER = "report/editions"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameters(_Frozen):
    """What a user may change for one build with ``-p NAME=VALUE``."""

    stichtag: dt.date = Field(description="Stichtag: Angaben danach bleiben außer Betracht")
    vergleichsstaedte: tuple[str, ...] = Field(
        description="Städte, mit denen verglichen wird, durch Komma getrennt"
    )
    fenster_monate: int = Field(
        ge=1, le=24, description="Fenster in Monaten für gleitende Mittel (1 bis 24)"
    )

    annahmen: dict[str, Points] = Field(
        default={}, description="Annahmen mit anderem Wert: kennung=wert oder kennung=von:mitte:bis"
    )

    @field_validator("annahmen", mode="before")
    @classmethod
    def _read_overrides(cls, value: object) -> object:
        return parse_overrides(value)

    @field_validator("vergleichsstaedte", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


class DataRequest(_Frozen):
    """A data request (Datenanforderung): what is missing, in which form, from whom, and why."""

    title: str
    measures: tuple[str, ...]
    service: str
    needed: str
    from_whom: str
    why: str


class Edition(_Frozen):
    """One report: its name, its city, its data and the order of its chapters."""

    name: str
    title: str
    subtitle: str
    city: str = Field(description="place as it is spelled in the data")
    city_label: str = Field(description="place as it is spelled in the report")
    administration: str = Field(description="the office that the report is about")
    origin: Literal["documented", "synthetic"]
    raw: str = Field(description="folder below data/raw")
    chapters: tuple[str, ...]
    parameters: Parameters
    land: str = Field(
        default="BY", pattern=r"^[A-Z]{2}$", description="Land whose holidays count (ISO 3166-2:DE)"
    )
    disclosure: DisclosurePolicy | None = None
    requests: tuple[DataRequest, ...] = ()
    accept: tuple[Acceptance, ...] = ()
    omit: dict[str, str] = Field(default={}, description="block to the reason it is left out")
    assume: tuple[Assumed, ...] = Field(default=(), description="assumptions, targets, limits")
    scenario: tuple[Scenario, ...] = ()
    simulation: Simulation = Simulation()
    backlog: BacklogSettings | None = None

    @field_validator("accept")
    @classmethod
    def _check_accepted(cls, accepted: tuple[Acceptance, ...]) -> tuple[Acceptance, ...]:
        return tuple(check_distinct(accepted))

    @field_validator("assume")
    @classmethod
    def _check_assumed(cls, assumed: tuple[Assumed, ...]) -> tuple[Assumed, ...]:
        return tuple(check_assumed(assumed))

    def with_parameters(self, overrides: Mapping[str, object]) -> Edition:
        """Return the edition with some parameters changed.

        Args:
            overrides: parameter name to value; text as typed on the command line is converted.

        Raises:
            UsageError: a name is unknown or a value does not fit.
        """
        known = tuple(Parameters.model_fields)
        for name in overrides:
            if name not in known:
                raise UsageError(
                    f"Unbekannter Parameter »{name}«.{suggest(name, known)} "
                    f"Bekannt sind: {', '.join(known)}."
                )
        merged = self.parameters.model_dump() | dict(overrides)
        try:
            parameters = Parameters.model_validate(merged)
        except ValidationError as error:
            raise UsageError(_describe_value_error(error, merged)) from None
        return self.model_copy(update={"parameters": parameters})


@lru_cache(maxsize=1)
def project_root() -> Path:
    """Return the project folder: ``LAGEBILD_ROOT``, else found from here or the working folder.

    Raises:
        UsageError: there is no project at any of these places.
    """
    chosen = os.environ.get("LAGEBILD_ROOT")
    starts = [Path(chosen)] if chosen else [Path.cwd(), Path(__file__).resolve()]
    for start in starts:
        for folder in (start, *start.parents):
            if (folder / _MARKER).is_dir():
                return folder
    raise UsageError(
        "Kein Projektordner gefunden: Es fehlt der Ordner »report/editions«. "
        "Bitte den Befehl im Projektordner aufrufen."
    )


def list_editions(root: Path) -> tuple[str, ...]:
    """Return the names of all editions of the project, sorted."""
    return tuple(sorted(path.stem for path in (root / _MARKER).glob("*.toml")))


def load_edition(name: str, root: Path | None = None) -> Edition:
    """Read ``report/editions/<name>.toml``.

    Raises:
        UsageError: the edition is unknown, is not TOML, or has unknown or missing entries.
    """
    root = root or project_root()
    known = list_editions(root)
    if name not in known:
        raise UsageError(
            f"Unbekannte Edition »{name}«.{suggest(name, known)} "
            f"Vorhanden sind: {', '.join(known) or 'keine'}."
        )
    path = root / _MARKER / f"{name}.toml"
    try:
        return Edition.model_validate({"name": name, **tomllib.loads(path.read_text("utf-8"))})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"Edition »{name}«: {path.name} ist kein gültiges TOML: {error}") from None
    except ValidationError as error:
        raise UsageError(f"Edition »{name}« ({path.name}): {_describe_entries(error)}") from None


def _describe_entries(error: ValidationError) -> str:
    return "; ".join(
        f"»{'.'.join(map(str, item['loc']))}«: {_describe_fault(item)}" for item in error.errors()
    )


def _describe_fault(item: Mapping[str, Any]) -> str:
    words = {"extra_forbidden": "unbekannter Eintrag", "missing": "Eintrag fehlt"}
    if item["type"] == "value_error":
        # Our own checks say in German what is wrong, and do not quote what must not be shown.
        return str(item["ctx"]["error"])
    return words.get(item["type"], f"»{item['input']}« passt nicht")


def _describe_value_error(error: ValidationError, given: Mapping[str, Any]) -> str:
    expected = {
        "stichtag": "ein Datum der Form JJJJ-MM-TT, zum Beispiel 2025-03-31",
        "vergleichsstaedte": "Namen von Städten, durch Komma getrennt",
        "fenster_monate": "eine ganze Zahl von 1 bis 24",
    }
    first = error.errors()[0]
    name = str(first["loc"][0])
    if name not in expected:
        return f"Parameter »{name}«: {_describe_fault(first).rstrip('.')}."
    return f"Parameter »{name}«: »{given[name]}« passt nicht; erwartet wird {expected[name]}."
