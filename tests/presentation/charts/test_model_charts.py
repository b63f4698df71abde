"""Charts of models: fans, tornado, schedule, curves, need; realistic and nasty data."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text

from analysis.presentation import charts, theme
from analysis.presentation.charts._margin import say_span, stack_blocks

OPEN = float("nan")
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenstelle im Sozialbürgerhaus Mitte"
NAMES = [
    "Wie heute",
    "Alle Stellen besetzt",
    "KI-Vorprüfung der vorliegenden Anträge",
    "Stellen besetzt und KI-Vorprüfung und vereinfachter Antrag",
    LONG,
    "Szenario 6",
    "Szenario 7",
    "Szenario 8",
]


def texts_of(figure, most=120_000):
    assert charts.find_overlaps(figure) == []
    texts = [text.get_text() for text in figure.findobj(Text) if text.get_text()]
    assert not {"nan", "None", "inf", "NaT"} & {word for text in texts for word in text.split()}
    assert len(theme.to_svg(figure, "bild")) < most
    return texts


def paper_of(figure):
    return next(axes for axes in figure.axes if axes.get_label() == "paper")


def lines_in(figure, **style):
    lines = paper_of(figure).lines
    return [
        line
        for line in lines
        if all(getattr(line, f"get_{name}")() == value for name, value in style.items())
    ]


def filled_bars(figure, height):
    """Return the bars of a height, without the outlines that lie upon them."""
    bars = [p for p in paper_of(figure).patches if isinstance(p, Rectangle)]
    return [bar for bar in bars if bar.get_height() == height and bar.get_facecolor()[3] > 0]


def place_of(figure, words):
    return next(text for text in figure.findobj(Text) if text.get_text() == words).get_position()


# Fans


def fan(count=48, names=("a",), first="2025-04-01", slope=-150, spread=60):
    days = pd.date_range(first, periods=count, freq="MS")
    rows = [
        (name, day, 18_000 + slope * n * month, spread * month)
        for n, name in enumerate(names)
        for month, day in enumerate(days)
    ]
    table = pd.DataFrame(rows, columns=["panel", "month", "value", "reach"])
    return table.assign(lower=table.value - table.reach, upper=table.value + 1.3 * table.reach)


def dated(rows):
    table = pd.DataFrame(rows, columns=["period_start", "period_end", "value", "lower", "upper"])
    return table.assign(
        period_start=pd.to_datetime(table.period_start), period_end=pd.to_datetime(table.period_end)
    )


POINTS = dated(
    [
        ("2023-02-28", "2023-02-28", 11722, 11676, 11722),
        ("2023-10-31", "2023-10-31", 16200, 16150, 16250),
        ("2024-02-01", "2024-02-29", 17500, 17000, 18000),
        ("2024-04-01", "2024-09-30", 40_000, 30_000, 50_000),
        ("2025-03-31", "2025-03-31", 18000, 18000, OPEN),
    ]
)
HISTORY = pd.DataFrame({"month": pd.date_range("2023-02-01", "2025-03-01", freq="MS")}).assign(
    value=lambda t: np.linspace(11_700, 18_000, len(t))
)
TARGETS = pd.DataFrame(
    {
        "value": [6_000, 6_100, 18_100],
        "label": ["Ziel: Bestand von drei Monaten", "Bestand Ende 2022", LONG],
    }
)
TODAY = pd.Timestamp("2025-03-31")
EXTRAS = {"points": POINTS, "history": HISTORY, "target": TARGETS, "today": TODAY}

FANS = {
    "one panel": fan(),
    "four panels": fan(names=NAMES[:4]),
    "eight panels": fan(72, NAMES),
    "twelve months": fan(12),
    "two years": fan(24, NAMES[:3]),
    "one month": fan(1, first="2026-01-01"),
    "no bounds": fan(names=NAMES[:2]).assign(lower=OPEN, upper=OPEN),
    "open above": fan(names=NAMES[:2]).assign(upper=OPEN),
    "open below": fan(36).assign(lower=OPEN),
    "open in turn": fan(36).assign(upper=lambda t: t.upper.where(t.index % 5 < 2)),
    "exact": fan(24, spread=0),
    "gaps": fan(36).assign(
        **{name: lambda t, n=name: t[n].mask(t.index % 9 == 4) for name in ("value", "lower")},
        upper=lambda t: t.upper.mask(t.index % 9 == 4),
    ),
    "bounds only": fan(36).assign(value=OPEN),
    "value outside its bounds": fan(24).assign(value=lambda t: t.upper + 900),
    "negative": fan(60, NAMES[:2], slope=-900),
    "zero": fan(24, spread=0).assign(value=0, lower=0, upper=0),
    "huge": fan(36, NAMES[:3]).assign(value=1e9, lower=9e8, upper=OPEN),
    "periods": fan(24).assign(month=lambda t: t.month.dt.to_period("M")),
}


class TestFanMonths:
    @pytest.mark.parametrize("table", FANS.values(), ids=FANS.keys())
    @pytest.mark.parametrize("columns", [1, 4])
    def test_plain(self, table, columns):
        texts_of(charts.fan_months(table, panel="panel", unit_label="Anträge", columns=columns))

    @pytest.mark.parametrize("table", FANS.values(), ids=FANS.keys())
    @pytest.mark.parametrize(("shared", "from_zero"), [(True, True), (False, False)])
    def test_with_all_that_stands_beside(self, table, shared, from_zero):
        figure = charts.fan_months(
            table,
            panel="panel",
            unit_label="Anträge",
            shared=shared,
            from_zero=from_zero,
            **EXTRAS,
        )
        words = " ".join(texts_of(figure))
        assert ("Achse beginnt nicht bei null" in words) is not from_zero
        # Each panel names the day, and the note tells what the bar of half a year means.
        assert words.count("Stichtag") == table["panel"].nunique()
        assert "Querbalken" in words

    def test_the_end_of_a_line_carries_figure_and_range(self):
        # 18 000, 47 months later 47 × 60 = 2 820 less and 47 × 78 = 3 666 more.
        texts = texts_of(charts.fan_months(fan(), unit_label="Anträge"))
        assert {"18.000", "15.180–21.666"} <= set(texts)

    def test_an_open_side_is_said_marked_and_has_no_edge(self):
        closed = charts.fan_months(fan(24), unit_label="Anträge")
        opened = charts.fan_months(fan(24).assign(upper=OPEN), unit_label="Anträge")
        assert "≥\u202f16.620" in texts_of(opened)  # 18 000 − 23 × 60
        assert "Pfeil: Grenze offen" in texts_of(opened)
        assert "Pfeil: Grenze offen" not in texts_of(closed)
        edges = [len(lines_in(figure, linewidth=0.7)) for figure in (closed, opened)]
        assert edges == [2, 1]

    def test_the_band_lies_between_the_bounds_not_at_the_value(self):
        table = fan(2).assign(value=[10, 10], lower=[20, 20], upper=[40, 40])
        figure = charts.fan_months(table, unit_label="Anträge")
        band = next(p for p in paper_of(figure).patches if isinstance(p, Polygon))
        line = next(iter(lines_in(figure, linewidth=1.7)))
        heights = sorted({round(float(y), 6) for _, y in band.get_xy()})
        value = line.get_ydata()[0]
        # Downwards on the paper: 40, 20, 10. From 40 to 20 is twice as far as from 20 to 10.
        assert len(heights) == 2
        assert heights[1] - heights[0] == pytest.approx(2 * (value - heights[1]))

    def test_a_month_without_figures_interrupts_line_and_band(self):
        table = fan(12)
        table.loc[5, ["value", "lower", "upper"]] = OPEN
        figure = charts.fan_months(table, unit_label="Anträge")
        assert [len(line.get_xdata()) for line in lines_in(figure, linewidth=1.7)] == [5, 6]
        assert "Lücke: nicht bekannt" in texts_of(figure)

    def test_a_stock_at_the_end_of_a_month_stands_on_the_line(self):
        table = fan(12, first="2025-01-01", spread=0)
        ends = dated(
            [
                ("2025-05-31", "2025-05-31", 18000, 18000, 18000),
                ("2025-01-01", "2025-01-31", 9, 9, 9),
            ]
        )
        figure = charts.fan_months(table, points=ends, unit_label="Anträge")
        line = next(iter(lines_in(figure, linewidth=1.7)))
        spots = [mark.get_xdata()[0] for mark in lines_in(figure, marker="D", markeredgewidth=0.7)]
        # Both the end of May and the whole of January stand in the middle of their slots.
        assert spots == pytest.approx([line.get_xdata()[4], line.get_xdata()[0]])

    def test_the_history_leads_to_the_first_figure(self):
        figure = charts.fan_months(fan(12), history=HISTORY, unit_label="Anträge")
        past, line = next(iter(lines_in(figure, linewidth=1.4))), lines_in(figure, linewidth=1.7)[0]
        assert (past.get_xdata()[-1], past.get_ydata()[-1]) == pytest.approx(
            (line.get_xdata()[0], line.get_ydata()[0])
        )
        assert "bisher" in texts_of(figure)

    def test_figures_beside_belong_to_their_panel(self):
        table = fan(12, ["a", "b"])
        figure = charts.fan_months(
            table, panel="panel", points=POINTS.head(2).assign(panel="b"), unit_label="Anträge"
        )
        right = max(x for x, _ in (place_of(figure, "b"),))
        marks = lines_in(figure, marker="D", markeredgewidth=0.7)
        assert len(marks) == 2
        assert all(mark.get_xdata()[0] > right for mark in marks)

    def test_panels_keep_their_order(self):
        figure = charts.fan_months(
            fan(12, ["b", "a", "c"]), panel="panel", panel_order=["c"], unit_label="Anträge"
        )
        texts = texts_of(figure)
        assert [text for text in texts if text in {"a", "b", "c"}] == ["c", "b", "a"]

    def test_a_month_that_comes_twice_is_refused(self):
        with pytest.raises(ValueError, match="more than one row"):
            charts.fan_months(pd.concat([fan(3), fan(3)]), unit_label="Anträge")

    def test_a_table_without_figures_is_refused(self):
        table = fan(3).assign(value=OPEN, lower=OPEN, upper=OPEN)
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.fan_months(table, unit_label="Anträge")

    def test_missing_columns_are_named(self):
        with pytest.raises(ValueError, match="upper"):
            charts.fan_months(fan(3).drop(columns="upper"), unit_label="Anträge")
        with pytest.raises(ValueError, match="label"):
            charts.fan_months(fan(3), target=pd.DataFrame({"value": [1]}), unit_label="Anträge")


class TestMargin:
    @pytest.mark.parametrize(
        ("bounds", "digits", "text"),
        [
            ((9.0, 12.0), 0, "9–12"),
            ((-3.0, 4.0), 0, "−3 bis 4"),
            ((-6.0, -2.0), 1, "−6,0 bis −2,0"),
            ((9.0, None), 0, "≥\u202f9"),
            ((None, -9.0), 0, "≤\u202f−9"),
            ((None, None), 0, ""),
            ((2.01, 2.04), 1, ""),
        ],
    )
    def test_ranges_in_short(self, bounds, digits, text):
        assert say_span(*bounds, digits) == text

    def test_blocks_part_evenly_and_only_where_they_touch(self):
        # 10 and 12 are both 10 high: they share the middle 11, 5 to each side. 40 stays.
        assert stack_blocks([12, 40, 10], [10, 10, 10], 0, 100) == pytest.approx([16, 40, 6])

    def test_blocks_keep_inside(self):
        # At the upper edge the first may begin at 0 at least; at the lower the last ends at 30.
        assert stack_blocks([0, 1], [10, 10], 0, 30) == pytest.approx([5, 15])
        assert stack_blocks([29, 30], [10, 10], 0, 30) == pytest.approx([15, 25])

    @given(
        st.lists(st.tuples(st.floats(0, 200), st.floats(5, 40)), min_size=1, max_size=6),
        st.randoms(use_true_random=False),
    )
    @settings(max_examples=60)
    def test_no_arrangement_without_overlap_is_nearer(self, blocks, random):
        wanted, heights = [w for w, _ in blocks], [h for _, h in blocks]
        places = stack_blocks(wanted, heights, -1e6, 1e6)
        order = sorted(range(len(wanted)), key=lambda n: (wanted[n], n))
        for first, second in pairwise(order):
            least = (heights[first] + heights[second]) / 2
            assert places[second] - places[first] >= least - 1e-6
        cost = sum((p - w) ** 2 for p, w in zip(places, wanted, strict=True))
        for _ in range(20):
            other, edge = [0.0] * len(wanted), -1e9
            for n in order:
                other[n] = max(edge + heights[n] / 2, wanted[n] + random.uniform(-60, 60))
                edge = other[n] + heights[n] / 2
            rival = sum((p - w) ** 2 for p, w in zip(other, wanted, strict=True))
            assert cost <= rival + 1e-6


# Tornado

INPUTS = pd.DataFrame(
    [
        ("Aufgabenkritik: Anteil betroffener Fälle", 0.32, 0.28, 0.36),
        ("Schulungsinitiative für digitale Kompetenzen: Ersparnis je Fall", 0.45, 0.41, 0.48),
        ("Aufwand der Einführung", -0.4, -0.44, -0.36),
        (LONG, -0.02, -0.06, 0.02),
        ("ohne Ergebnis", OPEN, OPEN, OPEN),
    ],
    columns=["category", "value", "lower", "upper"],
)
TORNADOES = {
    "realistic": INPUTS,
    "one row": INPUTS.head(1),
    "fifteen rows": pd.concat([INPUTS.head(3)] * 5).assign(category=LONG),
    "all negative": INPUTS.assign(value=-0.3, lower=-0.4, upper=-0.2),
    "open": INPUTS.assign(lower=OPEN, upper=OPEN),
    "zero": INPUTS.assign(value=0, lower=0, upper=0),
    "hours": INPUTS.assign(**{c: INPUTS[c] * 1e6 for c in ("value", "lower", "upper")}),
}


class TestTornado:
    @pytest.mark.parametrize("table", TORNADOES.values(), ids=TORNADOES.keys())
    def test_it_draws(self, table):
        texts_of(charts.tornado(table, unit_label="Rangkorrelation mit der Entlastung"))

    def test_the_strongest_stands_at_the_top_whatever_its_sign(self):
        figure = charts.tornado(INPUTS, unit_label="Rangkorrelation")
        heights = [place_of(figure, text)[1] for text in ("+0,45", "−0,40", "+0,32", "−0,02")]
        assert heights == sorted(heights)
        assert {"0,41–0,48", "−0,44 bis −0,36", "−0,06 bis 0,02"} <= set(texts_of(figure))

    def test_signs_differ_in_direction_and_hatching_and_are_explained(self):
        figure = charts.tornado(INPUTS.head(3), unit_label="Rangkorrelation")
        bars = filled_bars(figure, 12)
        rising, falling = (
            next(bar for bar in bars if bool(bar.get_hatch()) is hatched)
            for hatched in (False, True)
        )
        assert falling.get_x() + falling.get_width() == pytest.approx(rising.get_x())
        assert rising.get_width() / falling.get_width() == pytest.approx(0.45 / 0.4)
        words = {"höhere Annahme, höheres Ergebnis", "höhere Annahme, niedrigeres Ergebnis"}
        assert words <= set(texts_of(figure))
        assert not words <= set(texts_of(charts.tornado(INPUTS.head(2), unit_label="r")))

    def test_nothing_to_draw_is_refused(self):
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.tornado(INPUTS.tail(1), unit_label="r")


# Schedule


def plan(count, *, name="Maßnahme", months=60):
    base = pd.Timestamp("2026-01-01")
    starts = [base + pd.DateOffset(months=6 * (n % 6)) for n in range(count)]
    return pd.DataFrame(
        {
            "category": [f"{name} {n}" for n in range(count)],
            "start": starts,
            "effective": [day + pd.DateOffset(months=n % 31) for n, day in enumerate(starts)],
            "end": base + pd.DateOffset(months=months),
            "horizon": [("kurzfristig", "mittelfristig", LONG)[n % 3] for n in range(count)],
        }
    )


PLANS = {
    "realistic": plan(13, name="Online-Anträge durchgängig an die Fachverfahren anbinden"),
    "forty-five rows": plan(45, name="Inputmanagement"),
    "one row": plan(1),
    "long names": plan(6, name=LONG),
    "remarks": plan(5).assign(note=["2.721 Stunden · 50.000 € einmalig", LONG, None, "", "x"]),
    "one year": plan(2, months=12),
    "twenty years": plan(4, months=240),
    "open end": plan(7).assign(end=pd.NaT),
    "never in effect": plan(7).assign(effective=pd.NaT),
    "without start": plan(4).assign(start=lambda t: t.start.where(t.index != 2)),
}


class TestSchedule:
    @pytest.mark.parametrize("table", PLANS.values(), ids=PLANS.keys())
    @pytest.mark.parametrize("group", [None, "horizon"])
    @pytest.mark.parametrize("unit_label", ["", "Geplante Zeiten"])
    def test_it_draws(self, table, group, unit_label):
        texts_of(charts.schedule(table, group=group, unit_label=unit_label))

    def test_bars_have_the_length_of_their_time(self):
        # Four years from 2026 to 2029 are 1 461 days: introduction 365, effect the other 1 096.
        table = plan(1, months=48).assign(effective=pd.Timestamp("2027-01-01"))
        figure = charts.schedule(table, unit_label="")
        bars = filled_bars(figure, 13)
        introduction, effect = (
            next(bar for bar in bars if bool(bar.get_hatch()) is hatched)
            for hatched in (True, False)
        )
        assert introduction.get_x() + introduction.get_width() == pytest.approx(effect.get_x())
        assert effect.get_width() / introduction.get_width() == pytest.approx(1096 / 365)

    def test_rows_of_a_group_stand_together_under_its_heading(self):
        table = plan(4)
        table["horizon"] = ["kurz", "lang", "kurz", "lang"]
        figure = charts.schedule(table, group="horizon", unit_label="")
        wanted = ["kurz", "Maßnahme 0", "Maßnahme 2", "lang", "Maßnahme 1", "Maßnahme 3"]
        heights = [place_of(figure, text)[1] for text in wanted]
        assert heights == sorted(heights)

    def test_the_begin_of_the_effect_is_named(self):
        table = plan(2).assign(effective=[pd.Timestamp("2026-07-01"), pd.NaT])
        assert [
            t for t in texts_of(charts.schedule(table, unit_label="")) if t.startswith("ab ")
        ] == ["ab Juli 2026"]

    def test_an_effect_after_the_end_is_none(self):
        table = plan(1).assign(effective=pd.Timestamp("2040-01-01"))
        texts = texts_of(charts.schedule(table, unit_label=""))
        assert "2030" in texts
        assert not any(text.startswith("ab ") or "2040" in text for text in texts)

    def test_an_open_end_is_explained(self):
        opened = texts_of(charts.schedule(PLANS["open end"], unit_label=""))
        closed = texts_of(charts.schedule(PLANS["realistic"], unit_label=""))
        assert "Pfeil: Ende offen" in opened
        assert "Pfeil: Ende offen" not in closed

    def test_an_effect_before_the_start_is_refused(self):
        with pytest.raises(ValueError, match="before the start"):
            charts.schedule(plan(1).assign(effective=pd.Timestamp("2025-01-01")), unit_label="")

    def test_a_plan_without_start_is_refused(self):
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.schedule(plan(2).assign(start=pd.NaT), unit_label="")


# Curves

BUDGETS = pd.DataFrame(
    [
        (0, 63_432, 23_116, 119_119, "5 Maßnahmen"),
        (500_000, 136_566, 69_891, 213_945, "11 Maßnahmen"),
        (1_000_000, 143_750, 77_448, 220_254, "13 Maßnahmen"),
        (3_000_000, 143_750, 77_448, 220_254, "13 Maßnahmen"),
    ],
    columns=["x", "value", "lower", "upper", "words"],
)
CAUTIOUS = BUDGETS.assign(value=lambda t: t.value * 0.2, upper=OPEN)
CURVES = {
    "realistic": BUDGETS,
    "one point": BUDGETS.head(1),
    "cautious": CAUTIOUS,
    "no bounds": BUDGETS.assign(lower=OPEN, upper=OPEN),
    "negative": BUDGETS.assign(value=-BUDGETS.value, lower=-BUDGETS.upper, upper=-BUDGETS.lower),
    "small numbers": BUDGETS.assign(x=[0, 0.25, 0.5, 0.75], value=0.1, lower=0, upper=0.2),
    "many points": pd.DataFrame({"x": range(60)}).assign(
        value=lambda t: t.x**0.5, lower=lambda t: t.value * 0.8, upper=lambda t: t.value * 1.3
    ),
    "a gap": BUDGETS.assign(value=lambda t: t.value.mask(t.index == 1)),
    "zero": BUDGETS.assign(value=0, lower=0, upper=0),
}


class TestValueLines:
    @pytest.mark.parametrize("table", CURVES.values(), ids=CURVES.keys())
    @pytest.mark.parametrize("digits", [0, 2])
    def test_it_draws(self, table, digits):
        texts_of(
            charts.value_lines(
                table,
                x_label="Budget in Euro",
                unit_label="Stunden",
                digits=digits,
                x_digits=digits,
            )
        )

    @pytest.mark.parametrize("count", [2, 6])
    def test_several_lines(self, count):
        parts = [BUDGETS.assign(name=f"{LONG} {n}", value=BUDGETS.value + n) for n in range(count)]
        figure = charts.value_lines(
            pd.concat(parts), series="name", x_label="Budget in Euro", unit_label="Stunden"
        )
        assert sum("Mitte" in text for text in texts_of(figure)) == count

    def test_ends_and_labels(self):
        options = {"x_label": "Budget in Euro", "unit_label": "Stunden"}
        plain = texts_of(charts.value_lines(BUDGETS, **options))
        assert {"63.432", "136.566", "143.750", "77.448–220.254"} <= set(plain)
        named = texts_of(charts.value_lines(BUDGETS, text="words", **options))
        assert {"5 Maßnahmen", "11 Maßnahmen", "143.750"} <= set(named)
        assert "63.432" not in named

    def test_places_are_drawn_to_scale(self):
        figure = charts.value_lines(BUDGETS, x_label="Euro", unit_label="Stunden")
        x = lines_in(figure, linewidth=1.7)[0].get_xdata()
        assert (x[1] - x[0]) / (x[3] - x[0]) == pytest.approx(500_000 / 3_000_000)

    def test_a_place_that_comes_twice_is_refused(self):
        with pytest.raises(ValueError, match="more than one row"):
            charts.value_lines(pd.concat([BUDGETS] * 2), x_label="Euro", unit_label="Stunden")

    def test_nothing_to_draw_is_refused(self):
        empty = BUDGETS.assign(value=OPEN, lower=OPEN, upper=OPEN)
        with pytest.raises(ValueError, match="nothing to draw"):
            charts.value_lines(empty, x_label="Euro", unit_label="Stunden")


# Need

NEEDS = pd.DataFrame(
    [
        ("Wohngeldstelle: laufender Bedarf", 44.85, 35.5, 56.04, 42.5, 51),
        ("Wohngeldstelle: Abbau des Rückstands", 14.58, 11.83, 17.83, OPEN, OPEN),
        ("Bezirkssozialarbeit", 120, 118, OPEN, 110, 110),
        (LONG, 12, 9, 13, 40, 45),
        ("Unterhaltsvorschuss", OPEN, OPEN, OPEN, 10, 12),
    ],
    columns=["category", "value", "lower", "upper", "filled", "planned"],
)
NEED_TABLES = {
    "realistic": NEEDS,
    "one row": NEEDS.head(1),
    "twenty rows": pd.concat([NEEDS] * 4),
    "no marks": NEEDS.assign(filled=OPEN, planned=OPEN),
    "marks far off": NEEDS.assign(filled=0, planned=900),
    "equal": NEEDS.assign(value=5, lower=5, upper=5, filled=5, planned=5),
    "zero": NEEDS.assign(value=0, lower=0, upper=0, filled=0, planned=0),
    "open": NEEDS.assign(lower=OPEN, upper=OPEN),
}


class TestNeedBars:
    @pytest.mark.parametrize("table", NEED_TABLES.values(), ids=NEED_TABLES.keys())
    def test_it_draws(self, table):
        texts_of(charts.need_bars(table, unit_label="VZÄ"))

    def test_figures_ranges_and_marks_in_words(self):
        texts = texts_of(charts.need_bars(NEEDS, unit_label="VZÄ"))
        wanted = {"44,9", "35,5–56,0", "≥\u202f118,0", "–", "besetzt 42,5 · laut Plan 51,0"}
        assert wanted <= set(texts)
        assert {"Bedarf", "Spanne", "besetzt", "laut Plan"} <= set(texts)

    def test_a_missing_mark_is_not_drawn(self):
        figure = charts.need_bars(NEEDS, unit_label="VZÄ")
        drawn = [line for line in lines_in(figure, marker="D") if line.get_markersize() == 6.5]
        assert len(drawn) == 4
        blank = texts_of(charts.need_bars(NEEDS.assign(planned=OPEN), unit_label="VZÄ"))
        assert "laut Plan" not in blank

    def test_marks_stand_on_the_same_scale_as_the_need(self):
        # The bar of 44.85 begins at zero; the mark of 42.5 lies at 42.5 / 44.85 of it.
        figure = charts.need_bars(NEEDS.head(1), unit_label="VZÄ")
        bar = filled_bars(figure, 15)[0]
        mark = next(line for line in lines_in(figure, marker="D") if line.get_markersize() == 6.5)
        share = (mark.get_xdata()[0] - bar.get_x()) / bar.get_width()
        assert share == pytest.approx(42.5 / 44.85)

    def test_other_marks_can_be_named(self):
        table = NEEDS.rename(columns={"filled": "now"})
        texts = texts_of(charts.need_bars(table, marks={"now": "im Dienst"}, unit_label="VZÄ"))
        assert "im Dienst 42,5" in texts

    def test_what_makes_no_sense_is_refused(self):
        with pytest.raises(ValueError, match="never negative"):
            charts.need_bars(NEEDS.assign(filled=-1), unit_label="VZÄ")
        with pytest.raises(ValueError, match="never negative"):
            charts.need_bars(NEEDS.assign(lower=-1), unit_label="VZÄ")
        many = dict.fromkeys(["filled", "planned", "value", "lower", "upper"], "x")
        with pytest.raises(ValueError, match="at most 4"):
            charts.need_bars(NEEDS, marks=many, unit_label="VZÄ")


# Gaps: intervals on both sides of zero

GAPS = pd.DataFrame(
    [
        ("Bedarf minus besetzt", 2.35, -7, 13.54),
        ("Bedarf minus Plan", -6.15, -15.5, 5.04),
        ("nur Grenzen", OPEN, -6, -2),
        ("höchstens", -3, OPEN, -3),
    ],
    columns=["category", "value", "lower", "upper"],
)


class TestIntervalsAroundZero:
    @pytest.mark.parametrize("from_zero", [True, False])
    @pytest.mark.parametrize("rows", [[0, 1, 2, 3], [1], [2, 3]])
    def test_it_draws(self, rows, from_zero):
        table = GAPS.iloc[rows]
        texts_of(charts.interval_bars(table, unit_label="VZÄ", digits=1, from_zero=from_zero))

    def test_a_range_of_negative_figures_can_be_read(self):
        texts = texts_of(charts.interval_bars(GAPS, unit_label="VZÄ", digits=1))
        assert "−6,0 bis −2,0" in texts

    def test_zero_is_a_line_of_its_own_only_between_both_signs(self):
        both = charts.interval_bars(GAPS, unit_label="VZÄ", digits=1)
        positive = charts.interval_bars(
            GAPS.assign(value=8, lower=4, upper=9), unit_label="VZÄ", digits=1
        )
        zero = lines_in(both, linewidth=1.1)
        assert len(zero) == 1
        assert not lines_in(positive, linewidth=1.1)
        dots = lines_in(both, marker="o")
        right = [dot.get_xdata()[0] > zero[0].get_xdata()[0] for dot in dots]
        assert right == [True, False, False, False]
