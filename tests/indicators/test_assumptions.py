"""Assumptions as tables, and what a build with other values says of them."""

import datetime as dt

import pandas as pd
import pytest

from analysis.assumed import Assumed
from analysis.indicators.assumptions import (
    change_assumptions,
    describe_assumptions,
    find_points,
    list_assumed,
    say_changes,
    select_assumed,
)

ENTRIES = [
    Assumed(
        subject="wohngeld",
        name="Wohngeld",
        quantity="received",
        minimum=1450,
        mode=1600,
        maximum=2000,
        basis="belegt",
        source="Eingänge des Jahres 2024, auf Monate verteilt.",
        as_of=dt.date(2024, 12, 31),
        facts=("F028", "F026"),
    ),
    Assumed(
        subject="wohngeld",
        name="Wohngeld",
        quantity="posts",
        minimum=0,
        maximum=20,
        basis="Annahme",
        source="Zu unbesetzten Stellen gibt es keine Angabe.",
        as_of=dt.date(2026, 1, 31),
    ),
]


@pytest.fixture
def table() -> pd.DataFrame:
    return list_assumed(ENTRIES, edition="muenchen")


def test_entries_become_rows_with_origin(table):
    assert table["assumption_id"].tolist() == ["wohngeld/received", "wohngeld/posts"]
    assert table["origin"].tolist() == [
        "muenchen.toml#wohngeld/received",
        "muenchen.toml#wohngeld/posts",
    ]
    assert table["fact_ids"].tolist() == ["F028 F026", ""]
    assert pd.isna(table.loc[1, "mode"])
    assert table["published"].tolist() == [
        "1.450 bis 2.000 Anträge/Monat, am ehesten 1.600",
        "0 bis 20 VZÄ",
    ]


def test_an_edition_without_assumptions_has_an_empty_table():
    empty = list_assumed([], edition="leer")
    assert empty.empty
    assert "origin" in empty
    assert change_assumptions(empty, {}).empty


def test_a_change_is_marked_and_keeps_what_it_replaces(table):
    changed = change_assumptions(
        table, {"wohngeld/posts": (5.0, 6.0, 7.0), "fremd/open": (1, 1, 1)}
    )
    row = changed.iloc[1]
    assert (row["minimum"], row["mode"], row["maximum"]) == (5, 6, 7)
    assert row["changed"]
    assert row["published"] == (
        "5 bis 7 VZÄ, am ehesten 6, für diesen Lauf geändert; sonst: 0 bis 20 VZÄ"
    )
    assert changed.iloc[0].equals(table.iloc[0])
    assert say_changes(changed) == "Für diesen Lauf geändert: Wohngeld: unbesetzte Stellen."
    assert say_changes(table) == ""


def test_a_changed_sourced_figure_is_an_assumption(table):
    changed = change_assumptions(table, {"wohngeld/received": (9.0, 9.0, 9.0)})
    assert changed.loc[0, "basis"] == "Annahme"


def test_points_of_one_assumption(table):
    row = find_points(table, "wohngeld", "received")
    assert (row["lower"], row["value"], row["upper"]) == (1450, 1600, 2000)
    # Without a mode the middle stands for it: (0 + 20) ÷ 2.
    assert find_points(table, "wohngeld", "posts")["value"] == 10
    assert find_points(table, "wohngeld", "budget") is None


def test_assumptions_in_the_order_asked_for(table):
    chosen = select_assumed(table, {"wohngeld": ("posts", "received", "open")})
    assert chosen["quantity"].tolist() == ["posts", "received"]


def test_what_is_shown_has_no_made_up_middle(table):
    shown = describe_assumptions(change_assumptions(table, {"wohngeld/posts": (5.0, None, 7.0)}))
    assert pd.isna(shown.loc[1, "value"])
    assert shown["state"].tolist() == ["belegt", "für diesen Lauf geändert"]
