"""Errors that end a command with a German message and an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class LagebildError(Exception):
    """An error that a user can act on.

    Attributes:
        message: German text, shown as it is.
        exit_code: what the command returns (see ARCHITECTURE: 1 data, 2 usage, 3 notebook,
            4 publishing).
    """

    exit_code: int = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def _render_traceback_(self) -> list[str]:
        # What a notebook shows instead of a traceback: the message says what to do.
        return [self.message]


class DataError(LagebildError):
    """Raw data that must not be reported on (exit code 1)."""

    exit_code = 1


class UsageError(LagebildError):
    """An unknown edition, parameter or value (exit code 2)."""

    exit_code = 2


class NotebookError(LagebildError):
    """A notebook that failed or did not show what it declares (exit code 3)."""

    exit_code = 3


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``" Meinten Sie »…«?"`` with the nearest known word, or an empty string."""
    by_lower = {name.lower(): name for name in known}
    nearest = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f" Meinten Sie »{by_lower[nearest[0]]}«?" if nearest else ""
