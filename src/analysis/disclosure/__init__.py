"""Disclosure control: tables meant for the public go in, the same tables, safe, come out."""

from analysis.disclosure.attack import Attack, Interval, attack, merge_known
from analysis.disclosure.check import Violation, find_violations
from analysis.disclosure.columns import Count, Ratio
from analysis.disclosure.protect import protect
from analysis.disclosure.relations import ColumnSum, Equation, Flow, Relation, Sum
from analysis.disclosure.signs import explain_signs, format_cell
from analysis.disclosure.tables import ProtectedTable, attack_tables
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy, require_policy

__all__ = [
    "Attack",
    "ColumnSum",
    "Count",
    "DisclosureError",
    "DisclosurePolicy",
    "Equation",
    "Flow",
    "Interval",
    "ProtectedTable",
    "Ratio",
    "Relation",
    "Sum",
    "Violation",
    "attack",
    "attack_tables",
    "explain_signs",
    "find_violations",
    "format_cell",
    "merge_known",
    "protect",
    "require_policy",
]
