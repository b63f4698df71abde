"""Protected tables, and the attack test on one or several of them together."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from analysis.disclosure.attack import Attack, Known, attack, merge_known
from analysis.disclosure.columns import CellKey
from analysis.disclosure.relations import Equation
from analysis.disclosure_policy import DisclosurePolicy

LOG_COLUMNS = ("row", "column", "treatment", "reason")


@dataclass(frozen=True)
class ProtectedTable:
    """A table that may be released: ``values``, ``signs``, ``log`` and ``notes``.

    Attributes:
        values: dimensions and published columns; a withheld number is missing. Nothing in it is
            finer than what is shown, so charts and downloads may be made from it.
        signs: published columns; empty where the number is shown, otherwise the sign to be shown.
        log: what was withheld or rounded and why (``row``, ``column``, ``treatment``, ``reason``),
            in German, without any number; it does not tell small cells from those that protect
            them.
        notes: German footnotes.
        optimal: whether no other pattern of suppression loses less information.
        policy: the rule applied.
        known: what a reader knows of each cell; for the attack test and the next edition, not to
            be released.
        equations: relations between the cells; not to be released.
        protected: cells that must not be recovered; not to be released.
    """

    values: pd.DataFrame
    signs: pd.DataFrame
    log: pd.DataFrame
    notes: tuple[str, ...]
    optimal: bool
    policy: DisclosurePolicy
    known: Known = field(repr=False)
    equations: tuple[Equation, ...] = field(repr=False)
    protected: tuple[CellKey, ...] = field(repr=False)


def attack_tables(
    *tables: ProtectedTable, equations: tuple[Equation, ...] = (), width: float | None = None
) -> Attack:
    """Attack tables that a reader has side by side: chapters, levels, two editions.

    The same cell must have the same key in all of them: column and dimensions.

    Args:
        tables: published tables.
        equations: what holds between cells of different tables.
        width: width that the interval of a protected cell must have; where it is not given, the
            largest width that the rules promise, or 1 where numbers are rounded.
    """
    needed = max(_promised_width(table.policy) for table in tables)
    return attack(
        merge_known(*(table.known for table in tables)),
        (*(each for table in tables for each in table.equations), *equations),
        protected=tuple(dict.fromkeys(key for table in tables for key in table.protected)),
        width=needed if width is None else width,
    )


def _promised_width(policy: DisclosurePolicy) -> float:
    return policy.protection_width if policy.method == "sperrung" else 1.0
