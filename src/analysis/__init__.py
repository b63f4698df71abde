"""lagebild: from a social administration's figures to a report for the city council."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.workspace import open_edition

__all__ = ["open_edition"]


def __getattr__(name: str) -> object:
    # Loaded on demand: the command line must not wait for pandas to print its help.
    if name == "open_edition":
        from analysis.workspace import open_edition  # noqa: PLC0415

        return open_edition
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
