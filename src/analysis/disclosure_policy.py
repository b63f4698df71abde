"""The disclosure rule of an edition: what its TOML file says under ``[disclosure]``.

It stands apart from the package ``disclosure`` so that ``editions``, which knows no data, can hold
it.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis.errors import LagebildError

Method = Literal["rundung5", "sperrung"]
ProtectedClass = Literal["cases", "staff"]

LEAST_MINIMUM = 3


class DisclosureError(LagebildError):
    """A table that must not be released as it is (exit code 1)."""

    exit_code = 1


class DisclosurePolicy(BaseModel):
    """How one edition protects small numbers; one method for the whole report.

    Attributes:
        method: ``rundung5`` rounds each number on its own to a multiple of five; ``sperrung``
            leaves out numbers below ``minimum`` and those that would give them away.
        minimum: smallest number of cases or persons that is shown or that a rate may rest on.
        width: width of the interval in which an attacker can place a suppressed number at best;
            where it is not given, ``minimum``.
        protect: confidentiality classes of the registry of measures that are protected; any other
            known class is released as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    minimum: int = Field(default=5, ge=LEAST_MINIMUM)
    width: int | None = None
    protect: tuple[ProtectedClass, ...] = Field(default=("cases", "staff"), min_length=1)

    @model_validator(mode="after")
    def _check_width(self) -> Self:
        # An interval at least as wide as the minimum always reaches the minimum, so that nobody
        # can conclude that the number is below it.
        if self.width is not None and self.width < self.minimum:
            raise ValueError("width must not be smaller than minimum")
        return self

    @property
    def protection_width(self) -> int:
        """Width that the interval of a suppressed number has at least."""
        return self.minimum if self.width is None else self.width


def require_policy(
    origin: str, policy: DisclosurePolicy | None, *, exported: bool = False
) -> DisclosurePolicy | None:
    """Return the rule that an edition's figures are released by.

    Args:
        origin: ``documented`` or ``synthetic``, as the sidecars of the raw files say.
        policy: the edition's rule, if it has one.
        exported: whether any raw file is an office's export rather than a published document.

    Returns:
        The rule; ``None`` for documented figures without one, which are public already.

    Raises:
        DisclosureError: the figures come from an office's export and there is no rule.
    """
    if policy is None and (exported or origin != "documented"):
        raise DisclosureError(
            "Die Edition enthält Angaben aus Auswertungen einer Dienststelle, aber keine Regel zur "
            "Geheimhaltung.\nBitte in der Editionsdatei den Abschnitt [disclosure] mit »method« "
            "(»rundung5« oder »sperrung«) ergänzen."
        )
    return policy
