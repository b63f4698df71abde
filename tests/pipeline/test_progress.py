"""What a user sees while a build runs."""

from __future__ import annotations

import io

from rich.console import Console

from analysis.pipeline.progress import Event, ignore_event, show_progress

EVENTS = (
    Event("step", "Notebooks ausführen"),
    Event("cell", "00_eins", 1, 4, "Wohngeld [neu]"),
    Event("cell", "01_zwei", 2, 3, "Personal"),
    Event("done", "00_eins", seconds=12.34),
    Event("failed", "01_zwei"),
)


def _shown(*, terminal: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    with show_progress(console) as on_event:
        for event in EVENTS:
            on_event(event)
    return stream.getvalue()


def test_log_has_plain_lines_without_single_cells():
    assert _shown(terminal=False).splitlines() == [
        "Notebooks ausführen",
        "  00_eins: fertig nach 12,3 s",
        "  01_zwei: fehlgeschlagen",
    ]


def test_terminal_shows_how_far_each_notebook_is():
    shown = _shown(terminal=True)

    assert "Notebooks ausführen" in shown
    assert "fertig nach 12,3 s" in shown
    assert "fehlgeschlagen" in shown


def test_terminal_names_cell_and_heading():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    with show_progress(console) as on_event:
        on_event(EVENTS[1])

    assert "Zelle 1 von 4  Wohngeld [neu]" in stream.getvalue()


def test_events_can_be_ignored():
    assert ignore_event(EVENTS[0]) is None
