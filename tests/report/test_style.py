"""The palette keeps the contrast that WCAG 2.2 AA asks for, in both colour schemes."""

from __future__ import annotations

import itertools
import re

import pytest

from analysis.report.render import read_stylesheet

TEXT = ("ink", "muted", "accent", "warn", "yes", "partly", "no", "planned")


def _palettes() -> dict[str, dict[str, str]]:
    css = str(read_stylesheet())
    roots = re.findall(r":root \{([^}]*)\}", css)
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", root)) for root in roots]
    light, dark, paper = (palette for palette in found if palette)
    return {"light": light, "dark": light | dark, "print": light | paper}


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    palette = _palettes()[scheme]
    for text, ground in itertools.product(TEXT, ("paper", "surface")):
        assert _contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    assert _contrast(palette["warn"], palette["warn-soft"]) >= 4.5
    assert _contrast(palette["accent"], palette["accent-soft"]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_lines_that_carry_meaning_stand_out(scheme: str) -> None:
    palette = _palettes()[scheme]
    assert _contrast(palette["rule-strong"], palette["paper"]) >= 3
    assert _contrast(palette["rule-strong"], palette["surface"]) >= 3
