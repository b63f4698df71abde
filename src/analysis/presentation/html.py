"""The HTML form of the blocks, the same in JupyterLab and in the report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.presentation.blocks import Block, Cell, Column, DownloadFile, Table
from analysis.presentation.formats import MISSING, format_number, format_with_unit
from analysis.presentation.inline_svg import InlineSvg, inline_svg
from analysis.presentation.numbers import Number
from analysis.presentation.signs import SPOKEN

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class StateSign:
    """How a state is shown, so that colour is never the only sign."""

    kind: str
    symbol: str
    meaning: str
    states: frozenset[str]


def _sign(kind: str, symbol: str, meaning: str, states: str) -> StateSign:
    return StateSign(kind, symbol, meaning, frozenset(states.split()))


# The same circles as in the charts: full, half, empty.
STATE_SIGNS = (
    _sign("yes", "●", "ja, umgesetzt oder produktiv", "ja vollständig umgesetzt produktiv"),
    _sign(
        "partly",
        "◐",
        "teilweise, begonnen oder im Ausbau",
        "teilweise begonnen in_umsetzung laufend ausbau einführung",
    ),
    _sign("no", "○", "nein", "nein fehlt nicht_erfüllt nicht_umgesetzt abgelehnt"),
    _sign("planned", "→", "geplant oder in Prüfung", "geplant in_prüfung offen angekündigt"),
    _sign("contact", "P", "persönlicher Kontakt nötig", "persönlicher_kontakt_nötig"),
    _sign("unknown", "?", "nicht bekannt", "unbekannt unklar keine_angabe nicht_veröffentlicht"),
    _sign("none", MISSING, "nicht zutreffend", "nicht_zutreffend entfällt"),
)
_OTHER_SIGN = StateSign("other", "■", "sonstiger Stand", frozenset())


@dataclass(frozen=True)
class SourceMark:
    """A reference to a numbered entry of the list of sources."""

    number: int
    target: str
    title: str


MANY_SOURCES = 12
"""Above this, a block refers to the list of sources as a whole."""


@dataclass(frozen=True)
class BlockFrame:
    """What the page around a block decides about it.

    Attributes:
        anchor: the id of the block's element and the start of all ids within.
        label: for instance ``Abbildung 3``; empty outside a report.
        marks: numbered references; without them the sources are shown with their titles.
        sources_anchor: the id of the list of sources, where there is one.
        synthetic: the block is to be marked as Musterdaten even if it does not say so itself.
        downloads: folder beside the page that holds the files; without one they are embedded.
    """

    anchor: str
    label: str = ""
    marks: tuple[SourceMark, ...] = ()
    sources_anchor: str = ""
    synthetic: bool = False
    downloads: str = ""


def block_to_html(block: Block, frame: BlockFrame | None = None) -> str:
    """Return the HTML of ``block``; every text in it is escaped.

    Args:
        block: any of the block kinds.
        frame: anchor, label and source numbers, where a report decides on them.

    Raises:
        SvgError: the SVG of a figure is not well-formed.
    """
    frame = frame or BlockFrame(anchor=block.id)
    template = _environment().get_template("block.html.j2")
    html: str = getattr(template.module, f"{block.kind}_block")(block, frame)
    return html.strip()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cell_style": _cell_style,
        "file_kind": describe_file,
        "figure_text": figure_text,
        "measure_data": _measure_data,
        "spoken_sign": _speak_sign,
        "state_sign": state_sign,
        "state_text": _state_text,
        "unit_of": _unit_of,
        "alignments": _alignments,
    }
    environment.globals |= {
        "address": _address,
        "chart": _chart,
        "is_web_address": is_web_address,
        "MANY_SOURCES": MANY_SOURCES,
    }
    return environment


def _cell_style(frame: BlockFrame, align: str) -> Markup:
    # JupyterLab aligns every cell to the right; the report has a style sheet of its own.
    return Markup("") if frame.label else Markup(' style="text-align: {}"').format(align)


def _measure_data(item: Cell | Number) -> Markup:
    # The last check before a report is published reads what each number counts.
    number = item.number if isinstance(item, Cell) else item
    measure = (number.measure if number else "") or item.measure
    return Markup(' data-measure="{}"').format(measure) if measure else Markup("")


def _speak_sign(sign: str) -> str:
    return SPOKEN.get(sign, sign)


def figure_text(number: Number) -> str:
    """Return a figure with its unit as German text that does not break between the two."""
    return format_with_unit(number.text, number.unit)


_FILE_KINDS = {"xlsx": "Excel", "csv": "CSV"}
_KILO, _MEGA = 1000, 1_000_000


def describe_file(file: DownloadFile) -> str:
    """Return kind and size of a file in German: ``Excel, 12 kB``."""
    kind = _FILE_KINDS[file.name.rpartition(".")[2]]
    if file.size < _MEGA:
        # Whole kilobytes, rounded up: no file has none.
        size = format_with_unit(format_number(-(-file.size // _KILO)), "kB")
    else:
        size = format_with_unit(format_number(file.size / _MEGA, 1), "MB")
    return f"{kind}, {size}"


def _address(file: DownloadFile, frame: BlockFrame) -> str:
    if frame.downloads:
        return f"{frame.downloads}/{file.name}"
    return f"data:{file.media_type};base64,{file.content}"


def state_sign(state: str) -> StateSign:
    """Return how ``state`` is shown; an unknown state gets a neutral sign."""
    key = "_".join(state.casefold().split())
    return next((style for style in STATE_SIGNS if key in style.states), _OTHER_SIGN)


def is_web_address(url: str) -> bool:
    """Return whether ``url`` may become a link: only http and https lead anywhere safe."""
    return urlsplit(url.strip()).scheme in {"http", "https"}


def _chart(svg: str, anchor: str, alt: str) -> dict[str, object]:
    chart: InlineSvg = inline_svg(svg, prefix=f"{anchor}--svg", alt=alt)
    return {"markup": Markup(chart.markup), "min_width": chart.min_width}


def _state_text(cell: Cell) -> str:
    return cell.text or cell.state.replace("_", " ")


def _unit_of(column: Column) -> str:
    return "" if column.unit in column.label.split() else column.unit


def _alignments(table: Table) -> list[str]:
    """Return the alignment of each column; words of states read best from a common left edge."""
    spelled_out = {
        index
        for row in table.rows
        for index, cell in enumerate(row)
        if cell.state and len(_state_text(cell)) > 1
    }
    return [
        "left" if index in spelled_out else column.align
        for index, column in enumerate(table.columns)
    ]
