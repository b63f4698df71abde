"""The blocks that a notebook shows: one structured form from which every renderer works.

A notebook cell puts each block into its output twice: as HTML for JupyterLab and as
``application/vnd.lagebild.block+json``, the JSON form of the models below. The report room reads
only the JSON form.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

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


class Download(NamedTuple):
    """A file that a notebook hands out.

    Attributes:
        name: name of the file, ``wohngeldstelle.xlsx``; unique in a report.
        label: what readers click on, in German.
        content: the file itself.
        media_type: by default that of the name's ending.
    """

    name: str
    label: str
    content: bytes
    media_type: str = ""


MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
"""Kinds of files that a report may hand out, by their ending."""


class DownloadFile(_Model):
    """One file of a download block; ``content`` is encoded as base64, ``size`` is in bytes."""

    name: str = Field(pattern=r"^[a-z0-9-]+\.(xlsx|csv)$")
    label: str = Field(min_length=1)
    media_type: str
    size: int = Field(ge=0)
    content: str

    @model_validator(mode="after")
    def _check_content(self) -> Self:
        if self.media_type != MEDIA_TYPES[self.name.rpartition(".")[2]]:
            raise ValueError(f"»{self.media_type}« ist nicht die Art der Datei »{self.name}«")
        try:
            size = len(self.decode())
        except binascii.Error:
            raise ValueError(f"»{self.name}« ist kein Base64") from None
        if size != self.size:
            raise ValueError(f"»{self.name}« hat {size} Bytes, angegeben sind {self.size}")
        return self

    def decode(self) -> bytes:
        """Return the file."""
        return base64.b64decode(self.content, validate=True)


class DownloadBlock(_Block):
    """Files to take along, for instance workbooks with live formulas."""

    kind: Literal["download"] = "download"
    title: str
    note: str = ""
    files: tuple[DownloadFile, ...] = Field(min_length=1)


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
    TextBlock
    | FigureBlock
    | TableBlock
    | KeyFiguresBlock
    | DownloadBlock
    | MissingBlock
    | OmittedBlock,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Block] = TypeAdapter(Block)


def encode_file(file: Download) -> DownloadFile:
    """Return a file in the form that a block holds.

    Raises:
        pydantic.ValidationError: the name is not in small letters, digits and hyphens with the
            ending ``xlsx`` or ``csv``, or the media type is another one.
    """
    media_type = file.media_type or MEDIA_TYPES.get(file.name.rpartition(".")[2], "")
    return DownloadFile(
        name=file.name,
        label=file.label,
        media_type=media_type,
        size=len(file.content),
        content=base64.b64encode(file.content).decode("ascii"),
    )


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
