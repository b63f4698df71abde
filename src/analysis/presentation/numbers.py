"""A number that knows its bounds, its unit and the rows it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Origin(BaseModel):
    """One row of a raw file that a number was computed from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(description="file name and line, for instance `published_figures.tsv#45`")
    quote: str = Field(default="", description="the row's figure as the source published it")
    source_id: str = Field(default="", description="identifier in the register of sources")


class Number(BaseModel):
    """A figure with bounds, unit and origin, ready to be shown in text, table or chart.

    ``lower`` or ``upper`` is ``None`` where the source leaves that side open. An exact figure has
    ``lower == value == upper``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    lower: float | None
    upper: float | None
    unit: str = ""
    digits: int = 0
    text: str = Field(description="the figure as German text, without its unit")
    label: str = Field(default="", description="what is counted, in German")
    wording: Literal["exact", "about", "range", "at_least", "at_most", "open"] = "exact"
    measure: str = Field(
        default="",
        description="what is counted, for the disclosure rule: a measure of the registry, or "
        "`public`, `derived` (computed from released figures), `cases`, `staff`",
    )
    origins: tuple[Origin, ...] = ()
