import os
import re
import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import font_manager, pyplot

from analysis.presentation import charts, theme

SHARES = pd.DataFrame(
    {"category": ["a", "a", "b"], "state": ["ja", "unbekannt", "ja"], "count": [3, 4, 5]}
)
# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
COLOUR_VISION = {
    "protanopia": (0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882,
                   -0.048116, 1.051998),
    "deuteranopia": (0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820,
                     0.042940, 0.968881),
}  # fmt: skip


def draw():
    return charts.stacked_shares(SHARES, order=["ja", "unbekannt"], unit_label="Dienste")


def linear(colour):
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]


def as_lab(red, green, blue):
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (max(t, 0) ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen_with(matrix, colour):
    rgb = linear(colour)
    return as_lab(*(sum(m * c for m, c in zip(matrix[i : i + 3], rgb, strict=True))
                    for i in (0, 3, 6)))  # fmt: skip


def test_contrast_of_known_pairs():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_series_colours_carry_text_on_white():
    assert min(theme.contrast(c, "#ffffff") for c in theme.SERIES_COLOURS) >= 4.5
    assert min(theme.contrast(c, "#ffffff") for c in (theme.INK, theme.MUTED)) >= 4.5


@pytest.mark.parametrize("styles", [theme.STATE_STYLES, theme.STATUS_STYLES])
def test_states_are_visible_and_their_labels_legible(styles):
    for style in styles.values():
        seen = (style.colour, style.hatch_colour, "#767676")
        assert max(theme.contrast(c, "#ffffff") for c in seen) >= 3
        assert theme.contrast(style.colour, style.text_colour) >= 4.5


@pytest.mark.parametrize("styles", [theme.STATE_STYLES, theme.STATUS_STYLES])
def test_states_differ_by_more_than_colour(styles):
    symbols = [style.symbol for style in styles.values()]
    assert all(symbols)
    assert len(set(symbols)) == len(symbols)


@pytest.mark.parametrize("matrix", COLOUR_VISION.values(), ids=COLOUR_VISION.keys())
def test_series_colours_stay_apart_for_colour_blind_readers(matrix):
    seen = [seen_with(matrix, colour) for colour in theme.SERIES_COLOURS]
    distances = [
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        for one, other in combinations(seen, 2)
    ]
    assert min(distances) > 20


def test_services_keep_their_style_and_others_take_what_is_left():
    styles = theme.series_styles(["Wohnen", "Hamburg", "Wohngeld", "Berlin", "Hamburg"])
    assert styles["Wohngeld"] == theme.series_styles(["Wohngeld"])["Wohngeld"]
    assert styles["Wohnen"] == theme.SERVICE_STYLES["wohnen"]
    assert len(set(styles.values())) == 4


def test_many_series_stay_distinct_by_colour_and_marker():
    styles = theme.series_styles([f"Stadt {n}" for n in range(12)])
    assert len(set(styles.values())) == 12


def test_tint():
    assert theme.tint("#0072b2", 0) == "#ffffff"
    assert theme.tint("#0072b2", 1) == "#0072b2"


def test_unknown_states_get_distinct_styles():
    styles = [theme.style_of(name, n) for n, name in enumerate(["offen", "erledigt", "vertagt"])]
    assert len({(style.colour, style.hatch) for style in styles}) == 3


@pytest.mark.parametrize(("weight", "file_name"), [(400, "Inter-Regular"), (600, "Inter-SemiBold")])
def test_charts_use_the_fonts_of_the_package(weight, file_name):
    theme.register_fonts()
    found = font_manager.findfont(font_manager.FontProperties(family="Inter", weight=weight))
    assert found.endswith(f"presentation/fonts/{file_name}.otf")


def test_style_leaves_no_trace():
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before


def test_svg_is_an_element_without_size_style_sheet_or_metadata():
    svg = theme.to_svg(draw(), "dienste")
    root = ET.fromstring(svg)
    assert svg.startswith("<svg ")
    assert root.get("viewBox").startswith("0 0 518.4 ")
    assert {"width", "height", "id", "class"}.isdisjoint(root.attrib)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags.isdisjoint({"style", "metadata", "script", "image", "foreignObject"})
    assert not re.search(r"http(?!://www\.w3\.org/2000/svg)|@import|RDF|matplotlib", svg)


def test_svg_keeps_text_as_text_in_the_fonts_of_the_page():
    root = ET.fromstring(theme.to_svg(draw(), "dienste"))
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert {"Dienste", "gesamt", "ja", "unbekannt"} <= set(texts)
    assert root.get("font-family") == "Inter, system-ui, sans-serif"
    assert not any("font-family" in element.attrib for element in root.iter() if element != root)


def test_svg_ids_are_those_that_are_used_and_carry_the_prefix():
    svg = theme.to_svg(draw(), "dienste")
    ids = re.findall(r'\bid="([^"]+)"', svg)
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    assert used == set(ids)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("dienste-") for name in ids)


def test_two_svgs_share_no_id():
    first, second = (
        set(re.findall(r'id="([^"]+)"', theme.to_svg(draw(), p))) for p in ("eins", "zwei")
    )
    assert first
    assert first.isdisjoint(second)


@pytest.mark.parametrize("prefix", ["", "1a", "a b", 'a"b', "a#b"])
def test_svg_prefix_must_start_an_identifier(prefix):
    with pytest.raises(ValueError, match="start of an identifier"):
        theme.to_svg(draw(), prefix)


def test_svg_escapes_texts_from_data():
    table = SHARES.assign(category=["<b>&amp;</b>"] * 3)
    figure = charts.stacked_shares(table, order=["ja", "unbekannt"], unit_label="$x^2$ & mehr")
    svg = theme.to_svg(figure, "a")
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in svg
    assert "$x^2$ &amp; mehr" in svg


def test_same_figure_gives_the_same_bytes_whatever_the_hash_seed():
    code = (
        "import sys, pandas as pd\n"
        "from analysis.presentation import charts, theme\n"
        "t = pd.DataFrame({'category': list('aab'), 'state': ['ja', 'unbekannt', 'ja'],"
        " 'count': [3, 4, 5]})\n"
        "f = charts.stacked_shares(t, order=['ja', 'unbekannt'], unit_label='Dienste')\n"
        "sys.stdout.buffer.write(theme.to_svg(f, 'dienste').encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {theme.to_svg(draw(), "dienste").encode()}


def test_svg_closes_a_figure_of_pyplot():
    figure = pyplot.figure()
    theme.to_svg(figure, "a")
    assert not pyplot.fignum_exists(figure.number)
