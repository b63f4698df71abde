"""How charts look, and how a figure becomes SVG text that can stand inside an HTML page.

Colours keep a contrast of at least 3 : 1 against white (4.5 : 1 for text) and stay apart for
readers with colour vision deficiency; every state also has its own hatching and symbol.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager, pyplot
from matplotlib.figure import Figure

from analysis.presentation._svg import clean_svg

FONT = "Inter"
FALLBACK = "DejaVu Sans"
FONT_STACK = "Inter, system-ui, sans-serif"
TEXT_SIZE = 10.0
SMALL_SIZE = 9.0

INK = "#1a1a1a"
MUTED = "#595959"
AXIS = "#767676"
GRID = "#dedede"
ACCENT = "#005b8f"
PAPER = "#ffffff"

SERIES_COLOURS = ("#0072b2", "#c44e00", "#208066", "#80006f", "#593816", "#2b2b2b")
"""Hues of Okabe and Ito, darkened until text in them is legible and no two look alike."""
SERIES_MARKERS = ("o", "s", "^", "D", "v", "P")

SERIES_STYLES = tuple(zip(SERIES_COLOURS, SERIES_MARKERS, strict=True))
SERVICE_STYLES = dict(
    zip(
        ("wohngeld", "jugend", "wohnen", "soziales", "grundsicherung", "unterhaltsvorschuss"),
        SERIES_STYLES,
        strict=True,
    )
)
"""Colour and marker of a service, the same in every chart."""


@dataclass(frozen=True)
class StateStyle:
    """How a state is drawn.

    Attributes:
        colour: fill of bars, colour of symbols.
        hatch: matplotlib hatch pattern; drawn in ``hatch_colour``.
        hatch_colour: colour of the hatching.
        text_colour: colour of a label on the fill.
        symbol: what stands in a matrix cell: ``full``, ``half``, ``empty`` or ``square`` for a
            drawn mark, else a short text.
    """

    colour: str
    hatch: str = ""
    hatch_colour: str = PAPER
    text_colour: str = PAPER
    symbol: str = ""


_UNKNOWN = StateStyle("#f4f4f4", "//", "#8a8a8a", INK, "?")
STATE_STYLES = {
    "ja": StateStyle("#00714f", symbol="full"),
    "teilweise": StateStyle("#9c6200", "\\\\", "#e2c38a", PAPER, "half"),
    "nein": StateStyle("#b03a24", symbol="empty"),
    "unbekannt": _UNKNOWN,
    "nicht zutreffend": StateStyle("#ffffff", "", AXIS, INK, "–"),
    "persönlicher Kontakt nötig": StateStyle("#5b4b9a", "--", "#a79bd6", PAPER, "P"),
}
STATUS_STYLES = {
    "produktiv": StateStyle("#00456e", symbol="prod."),
    "Ausbau": StateStyle("#0072b2", "\\\\", "#6fb4de", PAPER, "Ausb."),
    "Einführung": StateStyle("#2a7ab1", "--", "#a5cfe8", PAPER, "Einf."),
    "geplant": StateStyle("#ffffff", "||", "#3a8fc8", INK, "gepl."),
    "in Prüfung": StateStyle("#ffffff", "++", "#3a8fc8", INK, "Prüf."),
    "unbekannt": _UNKNOWN,
}
_DARKEST_LAYER = "#003a5c"
_LAYER_HATCH = {True: "#5f88a3", False: "#7fa9c4"}
_OTHER_HATCHES = ("", "\\\\", "--", "||", "xx", "//")


def series_styles(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return colour and marker of each series.

    Services keep their colours; the others get those that are left, in their order.
    """
    distinct = list(dict.fromkeys(names))
    fixed = {SERVICE_STYLES[name.lower()] for name in distinct if name.lower() in SERVICE_STYLES}
    free = [style for style in SERIES_STYLES if style not in fixed]
    # With more series than styles, a colour returns with another marker.
    turned = zip(SERIES_COLOURS, SERIES_MARKERS[1:] + SERIES_MARKERS[:1], strict=True)
    rest = cycle([*free, *turned])
    return {name: SERVICE_STYLES.get(name.lower()) or next(rest) for name in distinct}


def style_of(state: str, index: int) -> StateStyle:
    """Return the fixed style of a state or status, or a distinct one for the ``index``-th."""
    known = STATE_STYLES.get(state) or STATUS_STYLES.get(state)
    if known:
        return known
    turn = index % len(SERIES_COLOURS)
    symbol = state if len(state) < 6 else f"{state[:4]}."
    return StateStyle(SERIES_COLOURS[turn], _OTHER_HATCHES[turn], "#d0d0d0", PAPER, symbol)


def layer_styles(names: Sequence[str]) -> dict[str, StateStyle]:
    """Return a style for each layer of a stack, from pale to dark, every other one hatched.

    Neighbours differ in lightness, so that they stay apart in grey print.
    """
    count = max(len(names) - 1, 1)
    styles = {}
    for number, name in enumerate(names):
        colour = tint(_DARKEST_LAYER, 0.14 + 0.86 * number / count)
        hatch = "////" if number % 2 else ""
        light = contrast(colour, INK) >= contrast(colour, PAPER)
        styles[name] = StateStyle(colour, hatch, _LAYER_HATCH[light], INK if light else PAPER)
    return styles


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tint(colour: str, strength: float) -> str:
    """Return ``colour`` mixed with white; ``strength`` 0 is white, 1 the colour itself."""
    mixed = (round(255 + (channel - 255) * strength) for channel in _channels(colour))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


@contextmanager
def chart_style() -> Iterator[None]:
    """Apply the look of the report's charts; usable as context manager and as decorator."""
    register_fonts()
    with mpl.rc_context(_RC):
        yield


@cache
def register_fonts() -> None:
    """Make matplotlib use the package's own Inter, whatever fonts the machine has."""
    manager = font_manager.fontManager
    manager.ttflist = [entry for entry in manager.ttflist if not entry.name.startswith(FONT)]
    for file_name in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
        with as_file(files("analysis.presentation") / "fonts" / file_name) as path:
            manager.addfont(path)
        # The semi-bold face carries a family name of its own, under which no weight finds it.
        manager.ttflist[-1] = replace(manager.ttflist[-1], name=FONT)
    # matplotlib's fallback font has no semi-bold face; its bold one stands in without a warning.
    bold = [e for e in manager.ttflist if (e.name, e.weight, e.style) == (FALLBACK, 700, "normal")]
    manager.ttflist += [replace(entry, weight=600) for entry in bold]


def to_svg(figure: Figure, prefix: str) -> str:
    """Return a figure as SVG text for inlining into an HTML page, and close the figure.

    The text starts with ``<svg ``; role and label are left to the caller. It has a ``viewBox``
    instead of a size, no metadata, no style sheet and no identifier without ``prefix``. The same
    figure gives the same bytes.

    Args:
        figure: a figure of ``charts``.
        prefix: unique on the page, for instance the identifier of the block.

    Raises:
        ValueError: ``prefix`` is not a valid start of an identifier.
    """
    if not re.fullmatch(r"[A-Za-z][\w-]*", prefix):
        raise ValueError(f"not a valid start of an identifier: {prefix!r}")
    buffer = io.StringIO()
    with chart_style():
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return clean_svg(buffer.getvalue(), prefix=prefix, fonts=FONT_STACK)


_RC: dict[Any, Any] = {
    "font.family": [FONT, FALLBACK],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.hinting": "none",
    "text.parse_math": False,
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "figure.edgecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": None,
    "axes.facecolor": "none",
    "axes.edgecolor": AXIS,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": AXIS,
    "ytick.color": AXIS,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "xtick.major.size": 4,
    "ytick.major.size": 0,
    "hatch.linewidth": 1.1,
    "lines.solid_capstyle": "butt",
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lagebild",
    "svg.image_inline": True,
}


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in _channels(colour))
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
