"""Errors: exit codes and the nearest known word."""

from __future__ import annotations

import pytest

from analysis.errors import DataError, LagebildError, NotebookError, UsageError, suggest


@pytest.mark.parametrize(("kind", "code"), [(DataError, 1), (UsageError, 2), (NotebookError, 3)])
def test_exit_codes(kind, code):
    error = kind("Es geht nicht.")
    assert isinstance(error, LagebildError)
    assert error.exit_code == code
    assert error.message == str(error) == "Es geht nicht."


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("Hambrug", "Hamburg"),
        ("hamburg", "Hamburg"),
        ("BERLIM", "Berlin"),
        ("Nuernberg", "Nürnberg"),
    ],
)
def test_the_nearest_word_is_suggested(word, nearest):
    known = ["Hamburg", "Berlin", "Nürnberg"]
    assert suggest(word, known) == f" Meinten Sie »{nearest}«?"


@pytest.mark.parametrize(("word", "known"), [("xyz", ["Hamburg"]), ("", ["Hamburg"]), ("a", [])])
def test_nothing_is_suggested_where_nothing_is_near(word, known):
    assert suggest(word, known) == ""


def test_known_words_may_come_from_an_iterator():
    assert suggest("hambrug", iter(["Hamburg"])) == " Meinten Sie »Hamburg«?"
