"""The blocks that a notebook shows: one structured form from which every renderer works.

A notebook cell puts each block into its output twice: as HTML for JupyterLab and as
``application/vnd.lagebild.block+json``, the JSON form of the models below. The report room reads
only the JSON form.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from analysis.presentation.numbers import Number, Origin

MIME_TYPE = "application/vnd.lagebild.block+json"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Model):
    """A published source as readers see it in the list of sources."""

    source_id: str
    title: str
    url: str = ""
    kind: str = ""


class Segment(_Model):
    """A piece of running text: either words or a traced number."""

    words: str = ""
    number: Number | None = None


class Column(_Model):
    """One column of a data table."""

    key: str
    label: str
    unit: str = ""
    align: Literal["left", "right", "center"] = "left"


class Cell(_Model):
    """One cell of a data table: its text, the number behind it, and a state for colouring.

    ``sign`` stands where no number is shown (``.``, ``–``, ``x``); ``measure`` says of a cell that
    is nothing but a figure without a traced number what it counts (see ``Number.measure``).
    """

    text: str
    number: Number | None = None
    state: str = ""
    sign: str = ""
    measure: str = ""


class Table(_Model):
    """A data table; the first column holds the row headers.

    ``origins`` are the raw rows behind rows that hold no number.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    origins: tuple[Origin, ...] = ()


class _Block(_Model):
    version: Literal[1] = 1
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    sources: tuple[Source, ...] = ()
    synthetic: bool = False


class TextBlock(_Block):
    """A paragraph, or a list with one item per entry of ``items``."""

    kind: Literal["text"] = "text"
    segments: tuple[Segment, ...] = ()
    items: tuple[tuple[Segment, ...], ...] = ()


class FigureBlock(_Block):
    """A chart: title (the finding), subtitle (what is drawn), SVG, alt text, table behind it."""

    kind: Literal["figure"] = "figure"
    title: str
    subtitle: str = ""
    svg: str
    alt: str
    note: str = ""
    table: Table


class TableBlock(_Block):
    """A table that stands for itself."""

    kind: Literal["table"] = "table"
    title: str
    note: str = ""
    table: Table


class KeyFigure(_Model):
    """One figure of the key-figure row."""

    label: str
    number: Number
    context: str = ""


class KeyFiguresBlock(_Block):
    """The few figures that a reader should see first."""

    kind: Literal["key_figures"] = "key_figures"
    title: str
    figures: tuple[KeyFigure, ...]


class MissingBlock(_Block):
    """What cannot be shown, and the data request that would change it (Datenanforderung)."""

    kind: Literal["missing"] = "missing"
    title: str
    what: str
    needed: str
    from_whom: str


class OmittedBlock(_Block):
    """A block that this edition does not show; it stands in notebooks, never in the report."""

    kind: Literal["omitted"] = "omitted"
    reason: str


Block = Annotated[
    TextBlock | FigureBlock | TableBlock | KeyFiguresBlock | MissingBlock | OmittedBlock,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Block] = TypeAdapter(Block)


def parse_block(data: object) -> Block:
    """Return the block that ``data`` (the decoded JSON form) describes.

    Raises:
        pydantic.ValidationError: ``data`` is not a block of this version.
    """
    return _ADAPTER.validate_python(data)


def dump_block(block: Block) -> dict[str, object]:
    """Return the JSON form of ``block``; fields that hold their default are left out."""
    data = _ADAPTER.dump_python(block, mode="json", exclude_defaults=True)
    return {"version": block.version, "kind": block.kind, **data}
