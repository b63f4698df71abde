"""What the charts say and where they draw it, by hand-checked examples."""

import datetime as dt

import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.presentation import charts
from analysis.presentation.charts import _dates, _drawing
from analysis.presentation.charts._placement import Anchor, Box, place_labels
from analysis.presentation.theme import chart_style

OPEN = float("nan")


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def lines_in(figure, **style):
    lines = [line for axes in figure.axes for line in axes.lines]
    return [
        line for line in lines if all(getattr(line, f"get_{k}")() == v for k, v in style.items())
    ]


def dated(**columns):
    table = pd.DataFrame(columns)
    table["period_start"] = pd.to_datetime(table["period_start"])
    table["period_end"] = pd.to_datetime(table.get("period_end", table["period_start"]))
    return table.assign(
        lower=table.get("lower", table.value), upper=table.get("upper", table.value)
    )


@pytest.fixture
def ranking():
    return pd.DataFrame(
        {
            "category": ["München", "Hamburg", "Bremen"],
            "value": [10.7, 3.0, 4.0],
            "lower": [9.9, 3.0, OPEN],
            "upper": [11.5, 3.0, 4.0],
        }
    )


CALLS = [
    (charts.timeline, {"unit_label": "x"}),
    (charts.period_bars, {"unit_label": "x"}),
    (charts.interval_bars, {"unit_label": "x"}),
    (charts.dumbbell, {"left_label": "a", "right_label": "b", "unit_label": "x"}),
    (charts.stacked_shares, {"order": ["ja"], "unit_label": "x"}),
    (charts.heatmap, {"row_order": ["a"], "column_order": ["b"]}),
    (charts.state_matrix, {"columns": ["ja"], "order": ["ja"]}),
]


@pytest.mark.parametrize(("draw", "options"), CALLS, ids=lambda c: getattr(c, "__name__", ""))
def test_empty_table_is_refused(draw, options):
    with pytest.raises(ValueError, match="the table is empty"):
        draw(pd.DataFrame({"value": []}), **options)


@pytest.mark.parametrize(("draw", "options"), CALLS, ids=lambda c: getattr(c, "__name__", ""))
def test_missing_column_is_named(draw, options):
    with pytest.raises(ValueError, match=r"the table lacks \["):
        draw(pd.DataFrame({"etwas": [1]}), **options)


def test_small_multiples_without_tables_are_refused():
    with pytest.raises(ValueError, match="no table"):
        charts.small_multiples({}, unit_labels="x")


def test_table_without_figures_is_refused(ranking):
    empty = ranking.assign(value=OPEN, lower=OPEN, upper=OPEN)
    with pytest.raises(ValueError, match="no row of the table has a figure"):
        charts.interval_bars(empty, unit_label="x")


def test_state_without_a_place_in_the_order_is_refused():
    table = pd.DataFrame({"category": ["a"], "state": ["vielleicht"], "count": [1]})
    with pytest.raises(ValueError, match="vielleicht"):
        charts.stacked_shares(table, order=["ja"], unit_label="x")
    with pytest.raises(ValueError, match="vielleicht"):
        charts.state_matrix(table[["category", "state"]], columns=["state"], order=["ja"])


def test_pair_without_a_place_in_the_orders_is_refused():
    table = pd.DataFrame({"row": ["a"], "column": ["z"], "count": [1]})
    with pytest.raises(ValueError, match="no place in the orders"):
        charts.heatmap(table, row_order=["a"], column_order=["b"])


def test_two_bars_in_one_place_are_refused():
    table = pd.DataFrame({"label": ["2021", "2021"], "value": 1, "lower": 1, "upper": 1})
    with pytest.raises(ValueError, match="more than one row"):
        charts.period_bars(table, unit_label="x")


def test_only_neighbours_that_both_connect_are_joined():
    table = dated(
        period_start=["2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01"],
        value=[1, 2, 3, 4],
        connect=[True, True, False, True],
    )
    joined = lines_in(charts.timeline(table, unit_label="x"), linewidth=1.8)
    assert len(joined) == 1


def test_series_are_never_joined_with_each_other():
    table = dated(
        period_start=["2021-01-01", "2022-01-01"], value=[1, 2], connect=True, series=["a", "b"]
    )
    assert lines_in(charts.timeline(table, unit_label="x"), linewidth=1.8) == []


def test_connecting_follows_time_not_the_order_of_rows():
    table = dated(
        period_start=["2023-01-01", "2021-01-01", "2022-01-01"], value=[3, 1, 2], connect=True
    )
    joined = lines_in(charts.timeline(table, unit_label="x"), linewidth=1.8)
    assert all(line.get_xdata()[0] < line.get_xdata()[1] for line in joined)
    assert len(joined) == 2


def test_figure_of_a_month_is_a_bar_over_its_span_with_the_point_in_the_middle():
    table = dated(period_start=["2023-02-01"], period_end=["2023-02-28"], value=[5])
    figure = charts.timeline(table, unit_label="x")
    (span,) = lines_in(figure, linewidth=5)
    (point,) = lines_in(figure, marker="o")
    assert point.get_xdata()[0] == pytest.approx(sum(span.get_xdata()) / 2)
    assert "Querbalken: gilt für den ganzen Zeitraum" in " ".join(texts_of(figure))


@pytest.mark.parametrize(
    ("lower", "upper", "arrows"), [(5, 5, 0), (5, OPEN, 1), (OPEN, 5, 1), (OPEN, OPEN, 2)]
)
def test_open_bounds_are_arrows_that_the_note_explains(lower, upper, arrows):
    table = dated(period_start=["2023-02-01"], value=[5], lower=[lower], upper=[upper])
    figure = charts.timeline(table, unit_label="x")
    drawn = [text for text in figure.findobj(Text) if getattr(text, "arrow_patch", None)]
    assert len(drawn) == arrows
    assert ("Pfeil: Grenze offen" in " ".join(texts_of(figure))) == (arrows > 0)


def test_labels_read_as_figures_with_their_uncertainty(ranking):
    shown = texts_of(charts.interval_bars(ranking, unit_label="Monate", digits=1))
    assert {"≈\u202f10,7", "3,0", "≤\u202f4,0", "Monate", "Pfeil: Grenze offen"} <= set(shown)


def test_label_column_replaces_the_figure(ranking):
    table = ranking.assign(text=["fast 11", None, ""])
    shown = texts_of(charts.interval_bars(table, unit_label="Monate"))
    assert {"fast 11", "3", "≤\u202f4"} <= set(shown)


def test_conflicting_figures_are_named():
    table = dated(period_start=["2021-01-01", "2022-01-01"], value=[1, 2], conflict=[False, True])
    shown = texts_of(charts.timeline(table, unit_label="x"))
    assert shown.count("Widerspruch") == 1


def test_rows_that_cannot_be_placed_are_counted():
    table = dated(period_start=["2021-01-01", None, None], value=[1, 2, 3])
    shown = texts_of(charts.timeline(table, unit_label="x"))
    assert "2 Angaben ohne Datum oder Wert nicht gezeigt" in shown


def test_legend_appears_from_two_series_on():
    table = dated(period_start=["2021-01-01", "2022-01-01"], value=[1, 2], series=["a", "a"])
    assert "a" not in texts_of(charts.timeline(table, unit_label="x"))
    two = charts.timeline(table.assign(series=["a", "b"]), unit_label="x")
    assert {"a", "b"} <= set(texts_of(two))


def test_difference_is_second_minus_first():
    table = pd.DataFrame(
        {"category": list("abcd"), "left": [60, 3, 5, OPEN], "right": [41.5, 4, 5, 1]}
    )
    figure = charts.dumbbell(
        table, left_label="Plan", right_label="Ist", unit_label="VZÄ", digits=1
    )
    assert {"−18,5", "+1,0", "0,0", "–"} <= set(texts_of(figure))


def test_stacked_bar_shows_every_count_and_the_total():
    table = pd.DataFrame({"category": "a", "state": ["ja", "nein"], "count": [1000, 1]})
    figure = charts.stacked_shares(table, order=["ja", "nein"], unit_label="Dienste")
    assert {"1.000", "1", "1.001"} <= set(texts_of(figure))


def test_heatmap_shows_none_as_dash_and_dark_cells_with_light_text():
    table = pd.DataFrame({"row": "a", "column": ["x", "y"], "count": [2000, 1]})
    figure = charts.heatmap(table, row_order=["a"], column_order=["x", "y", "z"])
    colours = {text.get_text(): text.get_color() for text in figure.findobj(Text)}
    assert colours["2.000"] == "#ffffff"
    assert colours["1"] == "#1a1a1a"
    assert "–" in colours


def test_missing_state_counts_as_unknown():
    table = pd.DataFrame({"Dienst": ["a", "b"], "online": ["ja", None]})
    shown = texts_of(charts.state_matrix(table, columns={"online": "Online"}, order=["ja", "nein"]))
    assert shown.count("?") == 2
    assert {"unbekannt", "Online"} <= set(shown)
    assert "nein" not in shown


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 18000, ["0", "5.000", "10.000", "15.000", "20.000"]),
        (0, 1, ["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"]),
        (-2, 2, ["−2", "−1", "0", "1", "2"]),
        (0, 0.011, ["0,0000", "0,0025", "0,0050", "0,0075", "0,0100", "0,0125"]),
    ],
)
def test_ticks_are_round_and_german(low, high, labels):
    assert _drawing.nice_ticks(low, high)[1] == labels


def test_axis_is_not_stretched_to_a_far_tick():
    limits, ticks, _ = _drawing.fit_axis(0, 31_000)
    assert limits == (0, 31_000)
    assert ticks == [0, 10_000, 20_000, 30_000]


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2021-12-31", "2025-03-31", ["2021", "2022", "2023", "2024", "2025"]),
        ("2023-01-01", "2023-04-30", ["Jan.\n2023", "Feb.", "März", "Apr."]),
        ("2023-11-15", "2024-02-10", ["Nov.\n2023", "Dez.", "Jan.\n2024", "Feb."]),
        ("2022-10-01", "2024-02-01", ["Q4\n2022", "Q1\n2023", "Q2", "Q3", "Q4", "Q1\n2024"]),
    ],
)
def test_date_axis_names_years_quarters_or_months(first, last, labels):
    axis = _dates.plan_dates(dt.datetime.fromisoformat(first), dt.datetime.fromisoformat(last), 460)
    assert [label for _, label in axis.labels] == labels


def test_date_axis_of_a_single_day_covers_months_around_it():
    day = dt.datetime(2025, 3, 31)
    axis = _dates.plan_dates(day, day, 460)
    assert axis.start < day < axis.end
    assert 0.2 < axis.share(day) < 0.8


@chart_style()
def test_wrapping_keeps_words_and_widths():
    text = "Bearbeitungsdauer ab vollständigen Unterlagen"
    wrapped = _drawing.wrap(text, 120)
    assert wrapped.split() == text.split()
    assert all(_drawing.measure(line) <= 120 for line in wrapped.split("\n"))


@chart_style()
def test_a_word_that_is_too_long_is_split_with_hyphens():
    lines = _drawing.wrap("Wohnungsbestandssicherung", 60).split("\n")
    assert "".join(line.rstrip("-") for line in lines) == "Wohnungsbestandssicherung"
    assert all(line.endswith("-") for line in lines[:-1])
    assert all(_drawing.measure(line) <= 60 for line in lines)


def test_labels_keep_clear_of_points_and_of_each_other():
    anchors = [Anchor(100 + n, 100, 40, 10) for n in range(4)]
    points = [Box(98 + n, 98, 102 + n, 102) for n in range(4)]
    places = place_labels(anchors, points, Box(0, 0, 200, 200))
    found = [place for place in places if place is not None]
    assert len(found) >= 3
    assert not any(place.meets(point) for place in found for point in points)
    assert not any(a.meets(b) for i, a in enumerate(found) for b in found[:i])


def test_label_without_room_is_left_out():
    assert place_labels([Anchor(5, 5, 40, 10)], [], Box(0, 0, 20, 20)) == [None]
