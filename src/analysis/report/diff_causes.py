"""Why a number is another one than in an older report, as far as the run records tell it.

A run record names the checksums of all inputs and notebooks, the parameters and the versions. What
differs between two records may have changed a number; the rows that a number was computed from
decide which of it concerns this number.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from analysis.assumed import write_points
from analysis.presentation.formats import format_date
from analysis.presentation.numbers import Number

CauseKind: TypeAlias = Literal["data", "assumption", "setting", "method"]
Fate: TypeAlias = Literal["added", "gone", "changed"]

PROGRAM = "programm"
"""Key of the run record that holds the checksum of the program."""

_RAW = "data/raw/"
_EDITIONS = "report/editions/"
# Tables of raw data that hold assumptions beside facts.
_ASSUMPTION_FILES = frozenset({"massnahmen.csv"})
_SETTINGS = {
    "stichtag": "Stichtag",
    "vergleichsstaedte": "Vergleichsstädte",
    "fenster_monate": "Fenster für gleitende Mittel in Monaten",
    "annahmen": "Annahmen mit anderem Wert",
}
_DESCRIPTION, _MAPPING = ".meta.toml", ".map.toml"


@dataclass(frozen=True)
class InputChange:
    """A file, setting or program that differs between two run records.

    Attributes:
        kind: what a change of it means.
        name: path in the project, or German name of a setting.
        fate: whether it is new, gone, or another one.
        details: both values of a setting, in German.
    """

    kind: CauseKind
    name: str
    fate: Fate
    details: str = ""

    @property
    def file(self) -> str:
        """Name of a file without its folders."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Reason:
    """Why a number may differ.

    Attributes:
        cause: what differs between the two runs.
        is_certain: the number depends on it, or nothing else differs that could explain it.
    """

    cause: InputChange
    is_certain: bool


def compare_records(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[InputChange, ...]:
    """Return what differs between two run records: inputs, parameters, notebooks, versions."""
    notebooks = [{n["name"]: n["sha256"] for n in r.get("notebooks", ())} for r in (old, new)]
    return (
        *_compare_inputs(old.get("eingaben", {}), new.get("eingaben", {})),
        *_compare_parameters(old.get("parameter", {}), new.get("parameter", {})),
        *(
            InputChange("method", f"notebooks/{name}.ipynb", fate)
            for name, fate in _list_fates(*notebooks)
        ),
        *_compare_programs(old, new),
    )


class Causes:
    """Finds the reasons for a change of a number."""

    def __init__(self, changes: Iterable[InputChange]) -> None:
        changes = tuple(changes)
        self._files = {c.file: c for c in changes if _is_content(c)}
        self._mappings = {c.file.removesuffix(_MAPPING): c for c in changes if _is_mapping(c)}
        self._notebooks = {c.file.removesuffix(".ipynb"): c for c in changes if _is_notebook(c)}
        self._general = tuple(c for c in changes if _is_general(c))

    def explain(
        self, old: Number | None, new: Number | None, chapters: Iterable[str]
    ) -> tuple[Reason, ...]:
        """Return the reasons for a change, certain ones first; empty where the records tell none.

        Args:
            old: as in the older report, ``None`` where it has no such number.
            new: as in the newer report.
            chapters: notebooks that show the number.
        """
        names = _name_files(old, new)
        behind = [self._files[name] for name in names if name in self._files]
        certain = [c for c in behind if _has_other_rows(c, old, new)]
        possible = [c for c in behind if c not in certain and not (old and new and _quoted(c, new))]
        possible += [self._mappings[name] for name in names if name in self._mappings]
        possible += [self._notebooks[name] for name in chapters if name in self._notebooks]
        possible += self._general
        if not names:
            # What is not traced to its rows may depend on any file.
            possible += [*self._files.values(), *self._mappings.values()]
        alone = not certain and len(possible) == 1
        return (
            *(Reason(cause, is_certain=True) for cause in certain),
            *(Reason(cause, is_certain=alone) for cause in possible),
        )


def _is_content(change: InputChange) -> bool:
    """Return whether a file holds data or assumptions; a sidecar only says where they come from."""
    is_input = change.name.startswith((_RAW, _EDITIONS))
    return is_input and not change.name.endswith((_DESCRIPTION, _MAPPING))


def _is_mapping(change: InputChange) -> bool:
    return change.name.startswith(_RAW) and change.name.endswith(_MAPPING)


def _is_notebook(change: InputChange) -> bool:
    return change.name.startswith("notebooks/")


def _is_general(change: InputChange) -> bool:
    return not change.name.startswith((_RAW, _EDITIONS, "notebooks/"))


def _name_files(*numbers: Number | None) -> list[str]:
    """Return the names of the files that numbers rest on, each once."""
    keys = (origin.key for number in numbers if number for origin in number.origins)
    return list(dict.fromkeys(map(_file_of, keys)))


def _file_of(origin: str) -> str:
    return origin.rpartition("#")[0].rpartition("/")[2]


def _rows(number: Number, file: str) -> Counter[str]:
    return Counter(o.quote for o in number.origins if _file_of(o.key) == file)


def _quoted(change: InputChange, number: Number) -> bool:
    """Return whether the wording of all rows of a file is known, so that it can be compared."""
    rows = _rows(number, change.file)
    return bool(rows) and all(rows)


def _has_other_rows(change: InputChange, old: Number | None, new: Number | None) -> bool:
    """Return whether a number rests on other rows of a changed file than before."""
    if old is None or new is None:
        return False
    return _rows(old, change.file) != _rows(new, change.file)


def _compare_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[InputChange]:
    fates = dict(_list_fates(old, new))
    for path, fate in fates.items():
        # A sidecar holds its file's checksum, so that it says nothing more where both differ.
        if not (path.endswith(_DESCRIPTION) and path.removesuffix(_DESCRIPTION) in fates):
            yield InputChange(_judge_file(path), path, fate)


def _judge_file(path: str) -> CauseKind:
    if path.startswith(_EDITIONS) or path.rpartition("/")[2] in _ASSUMPTION_FILES:
        return "assumption"
    is_data = path.startswith(_RAW) and not path.endswith(_MAPPING)
    return "data" if is_data else "method"


def _compare_parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[InputChange]:
    for name, fate in _list_fates(old, new):
        kind: CauseKind = "assumption" if name == "annahmen" else "setting"
        say = _say_assumptions if kind == "assumption" else _say_value
        details = f"bisher {say(old.get(name))}, jetzt {say(new.get(name))}"
        yield InputChange(kind, _SETTINGS.get(name, name), fate, details)


def _compare_programs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[InputChange]:
    versions = old.get("versionen", {}), new.get("versionen", {})
    for name, fate in _list_fates(*versions):
        before, now = (_say_value(each.get(name)) for each in versions)
        yield InputChange("method", name, fate, f"bisher {before}, jetzt {now}")
    programs = old.get(PROGRAM), new.get(PROGRAM)
    # Records of earlier versions do not know the program's checksum; that is no change.
    if all(programs) and programs[0] != programs[1]:
        yield InputChange("method", "Programm", "changed")


def _list_fates(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Fate]]:
    for name in sorted({*old, *new}):
        if name not in old:
            yield name, "added"
        elif name not in new:
            yield name, "gone"
        elif old[name] != new[name]:
            yield name, "changed"


def _say_assumptions(changed: object) -> str:
    if not isinstance(changed, Mapping):
        return _say_value(changed)
    texts = (
        f"{name} = {write_points(tuple(p)) if isinstance(p, list) else p}"
        for name, p in sorted(changed.items())
    )
    return "; ".join(texts) or _say_value(None)


def _say_value(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "keine Angabe"
    if isinstance(value, list | tuple):
        return ", ".join(_say_value(each) for each in value)
    try:
        return format_date(dt.date.fromisoformat(str(value)))
    except ValueError:
        return str(value)
