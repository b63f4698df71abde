"""Assumptions of an edition: what an entry must say, and how one build changes it."""

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.assumed import (
    QUANTITIES,
    Assumed,
    Scenario,
    check_distinct,
    find_fault,
    parse_overrides,
    require_known,
    write_points,
)
from analysis.errors import UsageError

ENTRY = """
subject = "wohngeld"
name = "Wohngeld"
quantity = "received"
minimum = 1450
mode = 1600
maximum = 2000
basis = "Annahme"
source = "Eingänge des Jahres 2024, auf Monate verteilt."
as_of = 2024-12-31
facts = ["F028"]
"""


def _read(text: str = ENTRY, **changes: object) -> Assumed:
    entry = tomllib.loads(text) | changes
    return Assumed.model_validate({k: v for k, v in entry.items() if v is not None})


def test_an_entry_has_three_points_and_a_key():
    item = _read()
    assert item.points == (1450, 1600, 2000)
    assert item.key == "wohngeld/received"
    assert item.as_of == dt.date(2024, 12, 31)


def test_a_single_value_is_certain():
    text = ENTRY.replace("minimum = 1450\nmode = 1600\nmaximum = 2000", "value = 1500")
    assert _read(text).points == (1500, 1500, 1500)


def test_without_a_mode_no_value_is_likelier():
    assert _read(mode=None).points == (1450, None, 2000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minimum": 1700}, "Untergrenze ≤ wahrscheinlichster Wert"),
        ({"quantity": "recieved"}, "Meinten Sie »received«"),
        ({"quantity": "turnover", "maximum": 2000}, "von 0 bis 100 (%/Jahr)"),
        ({"source": "geschätzt"}, "zu kurz"),
    ],
)
def test_faults_are_named_in_german(changes, words):
    with pytest.raises(ValidationError) as caught:
        _read(**changes)
    assert words in str(caught.value)


@pytest.mark.parametrize("missing", ["source", "as_of", "basis", "name"])
def test_source_and_date_are_never_left_out(missing):
    with pytest.raises(ValidationError):
        _read(**{missing: None})


def test_the_same_thing_is_said_once():
    with pytest.raises(ValueError, match="zweimal"):
        check_distinct([_read(), _read()])
    with pytest.raises(ValueError, match="zwei Namen"):
        check_distinct([_read(), _read(quantity="open", name="Wohngeldstelle")])


def test_the_key_of_a_scenario_is_a_word():
    with pytest.raises(ValidationError, match="Kennung"):
        Scenario(key="KI Prüfung", label="KI")


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("a/received=5", (5.0, 5.0, 5.0)),
        ("a/received=5:6:7", (5.0, 6.0, 7.0)),
        ("a/received=5::7", (5.0, None, 7.0)),
        ("a/received=0,5", (0.5, 0.5, 0.5)),
        ({"a/received": 5}, (5.0, 5.0, 5.0)),
        ({"a/received": (5, None, 7)}, (5.0, None, 7.0)),
        ({"a/received": [5, 6, 7]}, (5.0, 6.0, 7.0)),
    ],
)
def test_changes_as_typed_and_as_in_a_notebook(typed, points):
    assert parse_overrides(typed) == {"a/received": points}


def test_several_changes_and_none():
    assert parse_overrides(" a/open = 1 ; b/open=2; ") == {"a/open": (1, 1, 1), "b/open": (2, 2, 2)}
    assert parse_overrides(None) == parse_overrides("") == {}


@pytest.mark.parametrize(
    "typed",
    ["a/open", "a/open=x", "a/open=1:2", "a/open=3:2:4", "a/open=1:2:3:4", "a/open=inf",
     "a/turnover=101", "a/open=::", {"a/open": True}, 7],
)  # fmt: skip
def test_what_is_no_change(typed):
    with pytest.raises(ValueError, match=r"»|erwartet"):
        parse_overrides(typed)


points = st.lists(st.integers(0, 10_000), min_size=3, max_size=3).map(sorted)


@given(points, st.booleans())
def test_points_written_are_read_back(numbers, with_mode):
    low, mode, high = numbers
    given_points = (float(low), float(mode) if with_mode or low == high else None, float(high))
    if low == high:
        given_points = (float(low),) * 3
    assert parse_overrides(f"a/received={write_points(given_points)}") == {
        "a/received": given_points
    }


def test_unknown_assumptions_name_the_nearest():
    require_known({"a/open": (1, 1, 1)}, ["a/open"])
    with pytest.raises(UsageError, match="Meinten Sie »a/open«"):
        require_known({"a/opn": (1, 1, 1)}, ["a/open", "b/budget"])


def test_every_quantity_allows_some_value():
    for name, quantity in QUANTITIES.items():
        least = max(quantity.least, -1e9)
        assert find_fault(name, (least, None, least)) == ""
        assert quantity.label
        assert quantity.unit
