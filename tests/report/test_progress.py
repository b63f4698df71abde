"""States of measures and demands are recorded, read again, and compared without judging more."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.presentation.blocks import Cell, Column, Table, TableBlock
from analysis.report.collect import Chapter, PlacedBlock
from analysis.report.progress import compare_states, record_states

MEASURES = pd.DataFrame(
    {
        "measure_id": ["eakte", "ki", "post"],
        "name": ["E-Akte", "KI-Vorprüfung", "Posteingang"],
        "services": ["portal eakte", "diwo online", "unbekannter_dienst"],
    }
)
SERVICES = pd.DataFrame(
    {
        "service_id": ["portal", "eakte", "diwo", "online"],
        "status": ["produktiv", "Einführung", "in Prüfung", "Ausbau"],
    }
)
MOTIONS = pd.DataFrame(
    {"demand_id": ["A1-1"], "demand": ["Ein Plan soll kommen."], "state": ["aufgegriffen"]}
)


def _record(measures: dict[str, str], demands: dict[str, str] | None = None) -> dict[str, Any]:
    def entries(states: dict[str, str]) -> list[dict[str, str]]:
        return [{"kennung": k, "name": f"Name {k}", "stand": s} for k, s in states.items()]

    return {"stand": {"massnahmen": entries(measures), "forderungen": entries(demands or {})}}


def test_a_measure_has_the_state_of_its_own_entry_else_of_the_first_service() -> None:
    # eakte: its own entry, though named second; ki: its first service; post: none is known.
    recorded = record_states({"measures": MEASURES, "services": SERVICES, "motions": MOTIONS})
    assert [(e["kennung"], e["stand"]) for e in recorded["massnahmen"]] == [
        ("eakte", "Einführung"), ("ki", "in Prüfung"), ("post", "unbekannt"),
    ]  # fmt: skip
    assert recorded["forderungen"] == [
        {"kennung": "A1-1", "name": "Ein Plan soll kommen.", "stand": "aufgegriffen"}
    ]


def test_what_an_edition_does_not_have_is_not_recorded() -> None:
    assert record_states({}) == {}
    assert list(record_states({"motions": MOTIONS, "services": SERVICES})) == ["forderungen"]


@pytest.mark.parametrize(
    ("then", "now", "movement"),
    [
        ("geplant", "geplant", "same"),
        ("in Prüfung", "geplant", "forward"),
        ("geplant", "produktiv", "forward"),
        ("produktiv", "Einführung", "back"),
        # A service that is being extended is in operation: neither is further.
        ("produktiv", "Ausbau", "other"),
        ("unbekannt", "produktiv", "other"),
    ],
)
def test_what_became_of_a_measure(then: str, now: str, movement: str) -> None:
    (found,) = compare_states(_record({"m": then}), (), _record({"m": now}), ())
    assert (found.then, found.now, found.movement) == (then, now, movement)


def test_the_state_of_a_motion_is_formal_and_never_further() -> None:
    old, new = _record({}, {"A1-1": "aufgegriffen"}), _record({}, {"A1-1": "erledigt"})
    assert [p.movement for p in compare_states(old, (), new, ())] == ["other"]


def test_new_ones_come_first_and_dropped_ones_last() -> None:
    found = compare_states(
        _record({"a": "geplant", "b": "geplant"}), (), _record({"c": "geplant", "b": "geplant"}), ()
    )
    assert [(p.key, p.movement) for p in found] == [("c", "new"), ("b", "same"), ("a", "gone")]


def _chapter(*rows: tuple[str, str, str]) -> Chapter:
    keys = ("demand_id", "demand", "state")
    table = Table(
        caption="Forderungen",
        columns=tuple(Column(key=key, label=key) for key in keys),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
    )
    block = TableBlock(id="forderungen", title="Forderungen", table=table)
    return Chapter("03_x", "X", "x", (PlacedBlock(block, "x--forderungen", "X"),))


def test_older_reports_tell_the_demands_in_their_tables() -> None:
    # Identifiers have a hyphen there that does not break; further rows of a demand repeat it.
    chapter = _chapter(
        ("A1\u20111", "Ein Plan soll kommen.", "offen"), ("A1\u20111", "wie oben", "offen")
    )
    (found,) = compare_states({}, (chapter,), _record({}, {"A1-1": "aufgegriffen"}), ())
    assert (found.key, found.then, found.now, found.movement) == (
        "A1-1", "offen", "aufgegriffen", "other",
    )  # fmt: skip


def test_measures_of_an_older_report_are_not_known_and_not_new() -> None:
    (found,) = compare_states({}, (), _record({"m": "geplant"}), ())
    assert (found.then, found.now, found.movement) == ("", "geplant", "unrecorded")
