"""The state of each measure and each demand, then and now.

For the yearly information of the committees (A 05635): a build records the states in ``lauf.json``
under ``stand``, so that the next report can be compared with this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd

from analysis.presentation.blocks import FigureBlock, Table, TableBlock
from analysis.report.collect import Chapter

STATES = "stand"
"""Key of the states in the run record."""

Subject: TypeAlias = Literal["measure", "demand"]
Movement: TypeAlias = Literal["same", "forward", "back", "other", "new", "gone", "unrecorded"]

_SECTIONS: dict[Subject, str] = {"measure": "massnahmen", "demand": "forderungen"}
# How far a measure is; a service that is being extended is in operation.
_RANKS = {"in Prüfung": 0, "geplant": 1, "Einführung": 2, "Ausbau": 3, "produktiv": 3}
_AS_ABOVE = "wie oben"


@dataclass(frozen=True)
class State:
    """What a register says of a measure or a demand."""

    key: str
    name: str
    state: str


@dataclass(frozen=True)
class Progress:
    """A measure or a demand in two reports.

    Attributes:
        subject: what it is.
        key: identifier in the register.
        name: German, as the newer report has it.
        then: state in the older report; empty where it is not listed there.
        now: state in the newer report; empty where it is not listed there.
        movement: what became of it; ``other`` where the states have no order, ``unrecorded`` where
            one of the reports does not say anything about measures or demands at all.
    """

    subject: Subject
    key: str
    name: str
    then: str
    now: str
    movement: Movement


def record_states(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[dict[str, str]]]:
    """Return the states in the form in which ``lauf.json`` holds them under ``stand``.

    Args:
        tables: an edition's tables by name: ``measures`` (``measure_id``, ``name``, ``services``:
            identifiers, separated by blanks), ``services`` (``service_id``, ``status``),
            ``motions`` (``demand_id``, ``demand``, ``state``).

    Returns:
        ``massnahmen`` and ``forderungen``, each entry with ``kennung``, ``name``, ``stand``; one
        whose tables the edition does not have is left out. The state of a measure is that of the
        entry of the same identifier in the register of services, else that of the first service
        which it names, else ``unbekannt``.
    """
    states: dict[str, list[dict[str, str]]] = {}
    if "measures" in tables and "services" in tables:
        measures, services = tables["measures"], tables["services"]
        status = dict(zip(services["service_id"], services["status"], strict=True))
        columns = (measures[name] for name in ("measure_id", "name", "services"))
        states["massnahmen"] = [
            _entry(key, name, _find_status(key, named, status))
            for key, name, named in zip(*columns, strict=True)
        ]
    if "motions" in tables:
        motions = tables["motions"]
        columns = (motions[name] for name in ("demand_id", "demand", "state"))
        states["forderungen"] = [_entry(*row) for row in zip(*columns, strict=True)]
    return states


def compare_states(
    old_record: Mapping[str, Any],
    old: Iterable[Chapter],
    new_record: Mapping[str, Any],
    new: Iterable[Chapter],
) -> tuple[Progress, ...]:
    """Return each measure and each demand of two reports, measures first, in the newer order.

    Where a run record holds no states, those of the demands are read from the tables of the report
    that list them; states of measures are then not known.
    """
    old, new = tuple(old), tuple(new)
    return tuple(
        progress
        for subject in _SECTIONS
        for progress in _compare(
            subject, _read(subject, old_record, old), _read(subject, new_record, new)
        )
    )


def _entry(key: object, name: object, state: object) -> dict[str, str]:
    return {"kennung": str(key), "name": str(name), "stand": str(state)}


def _find_status(key: str, named: object, status: Mapping[str, str]) -> str:
    services = str(named).split() if isinstance(named, str) else []
    known = [service for service in (key, *services) if service in status]
    return str(status[known[0]]) if known else "unbekannt"


def _read(
    subject: Subject, record: Mapping[str, Any], chapters: Iterable[Chapter]
) -> dict[str, State] | None:
    """Return the states by key, or ``None`` where the report says nothing of them."""
    entries = record.get(STATES, {}).get(_SECTIONS[subject])
    if entries is not None:
        return {e["kennung"]: State(e["kennung"], e["name"], e["stand"]) for e in entries}
    if subject == "measure":
        return None
    found: dict[str, State] = {}
    for state in _find_demands(chapters):
        found.setdefault(state.key, state)
    return found or None


def _find_demands(chapters: Iterable[Chapter]) -> Iterator[State]:
    for chapter in chapters:
        for block in chapter.blocks:
            if isinstance(block, FigureBlock | TableBlock):
                yield from _read_demands(block.table)


def _read_demands(table: Table) -> Iterator[State]:
    keys = [column.key for column in table.columns]
    if not {"demand_id", "demand", "state"} <= set(keys):
        return
    for row in table.rows:
        key, name, state = (row[keys.index(k)].text for k in ("demand_id", "demand", "state"))
        if name != _AS_ABOVE:
            # tables show identifiers with hyphens that do not break
            yield State(key.replace("\u2011", "-"), name, state)


def _compare(
    subject: Subject, old: dict[str, State] | None, new: dict[str, State] | None
) -> Iterator[Progress]:
    is_known = old is not None and new is not None
    old, new = old or {}, new or {}
    for key in dict.fromkeys((*new, *old)):
        then, now = old.get(key), new.get(key)
        latest = now or then
        if latest is not None:
            yield Progress(
                subject=subject,
                key=key,
                name=latest.name,
                then=then.state if then else "",
                now=now.state if now else "",
                movement=_judge(subject, then, now) if is_known else "unrecorded",
            )


def _judge(subject: Subject, then: State | None, now: State | None) -> Movement:
    if then is None:
        return "new"
    if now is None:
        return "gone"
    if then.state == now.state:
        return "same"
    first, second = _RANKS.get(then.state), _RANKS.get(now.state)
    # The state of a motion is a formal one: none is further than another.
    if subject == "demand" or first is None or second is None or first == second:
        return "other"
    return "forward" if second > first else "back"
