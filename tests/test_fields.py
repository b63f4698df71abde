"""The registry of columns and measures: one meaning each, labels for readers."""

from __future__ import annotations

import pytest

from analysis.fields import OBSERVATION_TABLES, TABLES, label_of, load_measures

NATURES = {"stock", "flow", "rate", "duration", "change"}


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_named_once_and_labelled(table):
    names = [field.name for field in TABLES[table]]
    assert len(set(names)) == len(names)
    assert all(field.label and field.description for field in TABLES[table])


def test_observation_tables_have_the_same_columns():
    assert len({TABLES[name] for name in OBSERVATION_TABLES}) == 1


def test_measures_are_complete():
    measures = load_measures()
    assert {measure.nature for measure in measures.values()} <= NATURES
    assert all(name == measure.name for name, measure in measures.items())
    assert all(measure.label and measure.unit for measure in measures.values())
    assert {measure.digits for measure in measures.values()} <= {0, 1, 2}


def test_labels_of_measures_tell_them_apart():
    labels = [measure.label for measure in load_measures().values()]
    assert len(set(labels)) == len(labels)


def test_staff_measures_are_marked_as_confidential():
    measures = load_measures()
    for name in ("posts_planned", "posts_filled", "heads"):
        assert measures[name].confidentiality == "staff"
    for name in ("received", "decided", "open"):
        assert measures[name].confidentiality == "cases"


def test_a_label_is_german():
    assert label_of("case_counts", "lower") == "Untergrenze"


@pytest.mark.parametrize(("table", "column"), [("case_counts", "nix"), ("nix", "value")])
def test_an_unknown_label_is_our_own_fault(table, column):
    with pytest.raises(KeyError):
        label_of(table, column)
