"""Charts of monthly figures: realistic and nasty data, gaps, and no text on another."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Polygon
from matplotlib.text import Text

from analysis.presentation import charts, theme
from analysis.presentation.charts._months import split_runs, spread

NAN = float("nan")
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenstelle im Sozialbürgerhaus Mitte"
UNITS = [*(f"SBH Region {n}" for n in range(11)), LONG]


def texts_of(figure, most=90_000):
    assert charts.find_overlaps(figure) == []
    texts = [text.get_text() for text in figure.findobj(Text) if text.get_text()]
    assert not {"nan", "None", "inf", "NaT"} & {word for text in texts for word in text.split()}
    assert len(theme.to_svg(figure, "bild")) < most
    return texts


def monthly(names=("a",), count=60, value=lambda n, m: 100 + 10 * n + (m * 7) % 23):
    days = pd.date_range("2021-01-01", periods=count, freq="MS")
    rows = [
        (name, day, float(value(n, m)), "")
        for n, name in enumerate(names)
        for m, day in enumerate(days)
    ]
    table = pd.DataFrame(rows, columns=["unit_label", "month", "value", "sign"])
    return table.assign(lower=table["value"], upper=table["value"])


def hide(table, rows, sign="."):
    hidden = table.copy()
    hidden.loc[rows, ["value", "lower", "upper"]] = NAN
    hidden.loc[rows, "sign"] = sign
    return hidden


LINES = {
    "realistic": monthly(UNITS),
    "one month": monthly(count=1),
    "two years": monthly(count=24),
    "twenty years": monthly(count=240),
    "equal": monthly(UNITS[:3], value=lambda n, m: 5),
    "zero": monthly(value=lambda n, m: 0),
    "negative": monthly(value=lambda n, m: -m),
    "huge": monthly(UNITS[:2], value=lambda n, m: 1e9 * (m + 1)),
    "gaps": hide(monthly(UNITS[:3]), range(20, 40)),
    "bounds": monthly().assign(lower=lambda t: t.value - 3, upper=lambda t: t.value + 3),
}


class TestMonthLines:
    @pytest.mark.parametrize("table", LINES.values(), ids=LINES.keys())
    @pytest.mark.parametrize("shared", [True, False])
    @pytest.mark.parametrize("columns", [1, 2, 3])
    def test_panels(self, table, shared, columns):
        figure = charts.month_lines(
            table, panel="unit_label", unit_label="Anträge", shared=shared, columns=columns
        )
        texts_of(figure, 160_000)

    @pytest.mark.parametrize("table", LINES.values(), ids=LINES.keys())
    @pytest.mark.parametrize("from_zero", [True, False])
    def test_series(self, table, from_zero):
        figure = charts.month_lines(
            table, series="unit_label", unit_label="Anträge", from_zero=from_zero, digits=1
        )
        assert ("Achse beginnt nicht bei null" in " ".join(texts_of(figure))) is not from_zero

    def test_a_gap_interrupts_the_line_and_is_explained(self):
        whole, gap = monthly(), hide(monthly(), [30])
        lines = [
            [line for line in figure.axes[0].lines if len(line.get_xdata()) > 20]
            for figure in (
                charts.month_lines(table, unit_label="Anträge") for table in (whole, gap)
            )
        ]
        assert [len(found) for found in lines] == [1, 2]
        assert [len(line.get_xdata()) for line in lines[1]] == [30, 29]
        note = "Lücke: nicht veröffentlicht oder nicht bekannt"
        assert note in texts_of(charts.month_lines(gap, unit_label="Anträge"))
        assert note not in texts_of(charts.month_lines(whole, unit_label="Anträge"))

    def test_the_latest_figure_stands_at_the_end(self):
        table = monthly(["a", "b"], value=lambda n, m: 1000 * n + m)
        texts = texts_of(charts.month_lines(table, series="unit_label", unit_label="x"))
        assert {"59", "1.059"} <= set(texts)

    def test_panels_keep_the_order_that_is_asked_for(self):
        table = monthly(["b", "a", "c"])
        figure = charts.month_lines(
            table, panel="unit_label", panel_order=["a", "b"], unit_label="x"
        )
        assert [text for text in texts_of(figure) if text in "abc"] == ["a", "b", "c"]

    def test_refuses_what_it_cannot_draw(self):
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.month_lines(hide(monthly(), range(60)), unit_label="x")
        with pytest.raises(ValueError, match="more than one row"):
            charts.month_lines(pd.concat([monthly(), monthly()]), unit_label="x")


class TestHeatmaps:
    @pytest.mark.parametrize("table", LINES.values(), ids=LINES.keys())
    @pytest.mark.parametrize("grouped", [True, False])
    def test_months(self, table, grouped):
        table = table.assign(service=np.where(table["unit_label"] == LONG, LONG, "Wohngeld"))
        figure = charts.month_heatmap(
            table,
            group="service" if grouped else None,
            row_order=UNITS,
            unit_label="Rückstandsreichweite in Monaten",
            digits=1,
        )
        texts_of(figure, 160_000)

    def test_cells_without_figure_are_marked_and_explained(self):
        table = hide(hide(monthly(UNITS[:3]), [5]), [70], "x").drop(index=[140, 141])
        texts = texts_of(charts.month_heatmap(table, unit_label="x"))
        expected = {"keine Angabe", "nicht veröffentlicht oder nicht bekannt", "nicht berechenbar"}
        assert expected <= set(texts)
        assert not expected & set(texts_of(charts.month_heatmap(monthly(UNITS), unit_label="x")))

    def test_a_missing_cell_has_no_shade(self):
        full, gap = monthly(UNITS[:2]), hide(monthly(UNITS[:2]), [3, 4, 5])
        shades = [
            sum(
                len(patch.get_path().vertices)
                for patch in charts.month_heatmap(table, unit_label="x").axes[0].patches
                if patch.get_facecolor()[:3] != (1.0, 1.0, 1.0)
            )
            for table in (full, gap)
        ]
        one_cell = 5
        assert shades[0] - shades[1] == 3 * one_cell

    def test_the_last_month_stands_at_the_right(self):
        table = hide(monthly(["a", "b"], value=lambda n, m: 500 * n + m), [119])
        texts = texts_of(charts.month_heatmap(table, unit_label="x"))
        assert texts.count("59") >= 1
        assert texts.count(".") == 1

    @pytest.mark.parametrize("columns", [["a"], ["2021", "2022"], UNITS])
    def test_values_are_written_into_the_cells(self, columns):
        rows = [(unit, name, n * 1.5) for unit in UNITS for n, name in enumerate(columns)]
        table = pd.DataFrame(rows, columns=["unit_label", "jahr", "value"])
        figure = charts.value_heatmap(
            table, column="jahr", column_order=columns, unit_label="Prozent", digits=1
        )
        texts = texts_of(figure)
        if len(columns) == 2:
            assert texts.count("1,5") >= len(UNITS)

    def test_refuses_what_it_cannot_draw(self):
        table = monthly()
        with pytest.raises(ValueError, match="more than one row"):
            charts.month_heatmap(pd.concat([table, table]), unit_label="x")
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.month_heatmap(hide(table, range(60)), unit_label="x")
        with pytest.raises(ValueError, match="no place in the order"):
            charts.value_heatmap(table.head(1), column="sign", column_order=["a"], unit_label="x")


def seasons(years=(2021, 2022, 2023), panels=("a",)):
    rows = [
        (panel, year, month, 100 + 10 * np.sin(month) + year - 2021)
        for panel in panels
        for year in years
        for month in range(1, 13)
    ]
    return pd.DataFrame(rows, columns=["panel", "year", "month_number", "value"])


class TestSeasons:
    @pytest.mark.parametrize("years", [(2025,), (2024, 2025), range(2015, 2026)])
    @pytest.mark.parametrize("panels", [("a",), ("a", LONG, "c")])
    @pytest.mark.parametrize("columns", [1, 2, 3])
    def test_draws(self, years, panels, columns):
        table = seasons(years, panels)
        figure = charts.seasonal_lines(table, panel="panel", unit_label="Index", columns=columns)
        texts = texts_of(figure)
        assert texts.count(str(max(years))) == len(panels)

    def test_the_latest_year_stands_out(self):
        figure = charts.seasonal_lines(seasons(), unit_label="Index")
        widths = {
            line.get_linewidth(): line.get_color()
            for line in figure.axes[0].lines
            if len(line.get_xdata()) == 12 and line.get_linestyle() != "None"
        }
        assert widths == {2.4: theme.ACCENT, 1.2: "#767676"}

    def test_a_gap_is_explained(self):
        table = seasons()
        table.loc[5, "value"] = NAN
        note = "Lücke: nicht veröffentlicht oder nicht bekannt"
        assert any(note in text for text in texts_of(charts.seasonal_lines(table, unit_label="x")))

    def test_refuses_what_it_cannot_draw(self):
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.seasonal_lines(seasons().assign(value=NAN), unit_label="x")
        with pytest.raises(ValueError, match="more than one row"):
            charts.seasonal_lines(pd.concat([seasons(), seasons()]), unit_label="x")


def parts(states=("jung", "mittel", "alt"), count=60, panels=("a",)):
    tables = [
        monthly(states, count, lambda n, m: 10 * (n + 1) + m % 5).assign(panel=panel)
        for panel in panels
    ]
    return pd.concat(tables, ignore_index=True).rename(columns={"unit_label": "state"})


class TestLayers:
    @pytest.mark.parametrize("count", [1, 13, 60, 240])
    @pytest.mark.parametrize("panels", [("a",), ("a", LONG, "c")])
    def test_draws(self, count, panels):
        figure = charts.stacked_months(
            parts(count=count, panels=panels),
            order=["jung", "mittel", "alt"],
            panel="panel",
            unit_label="offene Anträge",
        )
        texts_of(figure, 160_000)

    def test_a_month_with_an_unknown_part_is_hatched_as_a_whole(self):
        table = parts(count=12)
        gap = hide(table, table.index[(table["state"] == "alt") & (table["month"].dt.month == 6)])
        figures = [
            charts.stacked_months(t, order=["jung", "mittel", "alt"], unit_label="x")
            for t in (table, gap)
        ]
        notes = ["Schraffiert" in " ".join(texts_of(figure)) for figure in figures]
        assert notes == [False, True]
        hatched = [p for p in figures[1].axes[0].patches if p.get_hatch() == "//////"]
        assert len(hatched) == 1
        # the layers stop before June and go on after it
        assert len(figures[1].axes[0].patches) - len(figures[0].axes[0].patches) == 3 + 1

    def test_layers_reach_the_sum_of_their_parts(self):
        table = parts(count=1)
        figure = charts.stacked_months(
            table, order=["jung", "mittel", "alt"], unit_label="x", whole=60
        )
        shapes = [p for p in figure.axes[0].patches if isinstance(p, Polygon)]
        polygons = [shape.get_xy() for shape in shapes]
        heights = [abs(xy[:, 1].max() - xy[:, 1].min()) for xy in polygons]
        # 10, 20 and 30
        assert heights[1] / heights[0] == pytest.approx(2)
        assert heights[2] / heights[0] == pytest.approx(3)

    def test_refuses_what_it_cannot_draw(self):
        with pytest.raises(ValueError, match="without a place"):
            charts.stacked_months(parts(), order=["jung"], unit_label="x")
        with pytest.raises(ValueError, match="not be negative"):
            charts.stacked_months(
                parts().assign(value=-1.0), order=["jung", "mittel", "alt"], unit_label="x"
            )
        with pytest.raises(ValueError, match="completely known"):
            charts.stacked_months(
                hide(parts(), range(180)), order=["jung", "mittel", "alt"], unit_label="x"
            )


def test_neighbouring_layers_differ_in_lightness():
    names = [f"s{n}" for n in range(5)]
    colours = [style.colour for style in theme.layer_styles(names).values()]
    steps = [theme.contrast(a, b) for a, b in zip(colours[1:], colours[:-1], strict=True)]
    assert min(steps) > 1.25
    assert all(
        theme.contrast(style.colour, style.text_colour) >= 4.5
        for style in theme.layer_styles(names).values()
    )


@settings(max_examples=200)
@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=8),
    st.floats(1, 12),
)
def test_spread_keeps_order_and_distance(places, gap):
    moved = spread(places, gap, 0, 100)
    order = sorted(range(len(places)), key=lambda n: places[n])
    sorted_moved = [moved[n] for n in order]
    assert all(b - a >= gap - 1e-6 for a, b in itertools.pairwise(sorted_moved))
    assert min(moved) >= -1e-6
    ordered = sorted(places)
    free = all(b - a >= gap for a, b in itertools.pairwise(ordered))
    if free:
        assert moved == pytest.approx(places)


@given(st.sets(st.integers(0, 40)))
def test_runs_are_consecutive_and_complete(numbers):
    runs = split_runs(sorted(numbers))
    assert [n for run in runs for n in run] == sorted(numbers)
    assert all(run == list(range(run[0], run[-1] + 1)) for run in runs)
    assert all(b[0] > a[-1] + 1 for a, b in itertools.pairwise(runs))
