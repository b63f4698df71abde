"""The last look: published numbers that the rule of the edition does not allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from analysis.disclosure.columns import CLASSES, Registry
from analysis.disclosure.rounding import is_multiple
from analysis.disclosure_policy import DisclosurePolicy
from analysis.fields import load_measures


class Violation(NamedTuple):
    """A number that must not stand where it stands."""

    measure: str
    message: str


def find_violations(
    numbers: Iterable[tuple[str, float]],
    policy: DisclosurePolicy,
    registry: Registry | None = None,
) -> tuple[Violation, ...]:
    """Return what is wrong with published numbers, whatever block or file they stand in.

    Args:
        numbers: measure and number, as they were read from a finished output.
        policy: the edition's rule.
        registry: measures by name; by default the project's.
    """
    known = registry or load_measures()
    found = []
    for measure, number in numbers:
        entry = known.get(measure)
        if entry is None or entry.confidentiality not in CLASSES:
            found.append(Violation(measure, f"Messgröße »{measure}« ohne Vertraulichkeitsklasse"))
        elif entry.confidentiality in policy.protect and not _is_allowed(number, policy):
            # The number itself stays out of the message, which ends up in a log.
            found.append(Violation(measure, f"»{entry.label}«: {_FAULTS[policy.method]}"))
    return tuple(found)


_FAULTS = {
    "rundung5": "Zahl ist nicht auf ein Vielfaches von 5 gerundet",
    "sperrung": "Zahl unter der Mindestzahl",
}


def _is_allowed(number: float, policy: DisclosurePolicy) -> bool:
    if policy.method == "rundung5":
        return is_multiple(number)
    return number == 0 or abs(number) >= policy.minimum
