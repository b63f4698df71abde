"""Every chart, with realistic and with nasty data: it draws, and no text touches another."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.presentation import charts, theme

OPEN = float("nan")
STATES = ["ja", "teilweise", "nein", "persönlicher Kontakt nötig", "unbekannt", "nicht zutreffend"]
STATUSES = ["produktiv", "Ausbau", "Einführung", "geplant", "in Prüfung", "unbekannt"]
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenstelle im Sozialbürgerhaus Mitte"


def dated(rows):
    names = [
        "series",
        "period_start",
        "period_end",
        "value",
        "lower",
        "upper",
        "connect",
        "conflict",
    ]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(
        period_start=pd.to_datetime(table.period_start), period_end=pd.to_datetime(table.period_end)
    )


STOCK = dated(
    [
        ("Wohngeld", "2021-12-31", "2021-12-31", 3900, 3850, 3950, False, False),
        ("Wohngeld", "2023-01-01", "2023-02-28", 11722, 11722, 11722, True, False),
        ("Wohngeld", "2023-10-31", "2023-10-31", 16200, 16150, 16250, True, False),
        ("Wohngeld", "2024-02-01", "2024-02-29", 17500, 17000, 18000, True, False),
        ("Wohngeld", "2024-02-29", "2024-02-29", 16100, 16100, 16100, False, True),
        ("Wohngeld", "2025-03-31", "2025-03-31", 18000, 18000, OPEN, True, False),
    ]
)
EVENTS = pd.DataFrame(
    {
        "date": pd.to_datetime(["2022-12-01", "2023-01-01", "2023-01-15", "2025-03-01"]),
        "label": ["Wohngeld-Plus-Gesetz", "Inkrafttreten", LONG, "Dynamisierung der Beträge"],
    }
)


def series_of(count, step="MS", value=lambda n: 1000 + n * 37 % 400):
    days = pd.date_range("2015-01-01", periods=count, freq=step)
    return dated(
        [("s", d, d, value(n), value(n), value(n), True, False) for n, d in enumerate(days)]
    )


TIMELINES = {
    "realistic": STOCK,
    "one point": STOCK.tail(1),
    "equal values": STOCK.assign(value=5, lower=5, upper=5),
    "same day": STOCK.assign(period_start="2024-01-01", period_end="2024-01-01"),
    "zero": STOCK.assign(value=0, lower=0, upper=0),
    "negative": STOCK.assign(value=-STOCK.value, lower=OPEN, upper=-STOCK.lower),
    "many points": series_of(120),
    "months": series_of(9),
    "days": series_of(6, "7D"),
    "decades": series_of(60, "YS"),
    "huge": series_of(5, "YS", lambda n: 1e9 * (n + 1)),
    "tiny": series_of(5, "YS", lambda n: 0.001 * (n + 1)),
    "all open": STOCK.assign(lower=OPEN, upper=OPEN),
    "open periods": STOCK.assign(period_start=pd.NaT),
    "eight series": pd.concat(
        [
            STOCK.assign(series=f"{LONG} {n}", value=STOCK.value + n, lower=OPEN, upper=OPEN)
            for n in range(8)
        ]
    ),
}

BARS = pd.DataFrame(
    [
        ("2019", 10218, 10218, 10218, False),
        ("2020", 11000, 10500, 11500, False),
        ("Januar bis Oktober 2021", 9500, 9500, 9500, True),
        ("2022", 12500, 12500, OPEN, False),
        ("2023", OPEN, OPEN, OPEN, False),
    ],
    columns=["label", "value", "lower", "upper", "partial"],
)
BAR_TABLES = {
    "realistic": BARS,
    "one bar": BARS.head(1),
    "forty bars": pd.DataFrame(
        {"label": [str(1980 + n) for n in range(40)], "value": np.arange(40) * 1e4}
    ).assign(lower=lambda t: t.value * 0.9, upper=lambda t: t.value * 1.2),
    "long labels": BARS.assign(label=[f"{n} {LONG}" for n in range(5)]),
    "negative": BARS.assign(value=-BARS.value, lower=-BARS.upper, upper=-BARS.lower),
    "mixed signs": BARS.assign(value=[1, -1, 2, -2, 0], lower=OPEN, upper=OPEN),
    "zero": BARS.assign(value=0, lower=0, upper=0),
}

CITIES = pd.DataFrame(
    [
        ("München", 10.7, 9.9, 11.5, True, "Februar 2023", "Stadt"),
        ("Hamburg", 3, 2.5, 3.5, False, "", "Vergleich"),
        (LONG, 6, 4, 9, False, f"ab vollständigen Unterlagen, {LONG}", "Vergleich"),
        ("Augsburg", 5, 5, OPEN, False, "", "Vergleich"),
        ("Bremen", 4, OPEN, 4, False, "", "Vergleich"),
        ("Potsdam", OPEN, OPEN, OPEN, False, "keine Angabe", "Ohne Angabe"),
    ],
    columns=["category", "value", "lower", "upper", "highlight", "note", "group"],
)
INTERVAL_TABLES = {
    "realistic": CITIES,
    "one row": CITIES.head(1),
    "equal": CITIES.assign(value=5, lower=5, upper=5),
    "negative": CITIES.assign(value=-CITIES.value, lower=OPEN, upper=OPEN),
    "huge": CITIES.assign(value=123456789.5, lower=1, upper=OPEN),
    "many": pd.concat([CITIES] * 6, ignore_index=True),
}

PAIRS = pd.DataFrame(
    [("Wohngeld", 60, 41.5), (LONG, 120, 118), ("Jugendamt", 300, 300), ("Amt", 250, OPEN)],
    columns=["category", "left", "right"],
)
PAIR_TABLES = {
    "realistic": PAIRS,
    "one row": PAIRS.head(1),
    "negative": PAIRS.assign(left=-PAIRS.left),
    "huge": PAIRS.assign(left=PAIRS.left * 1e6),
    "equal": PAIRS.assign(left=0, right=0),
}


def counts(categories, states, count=lambda i, j: (i * 7 + j * 3) % 9):
    rows = [
        (category, state, count(i, j))
        for i, category in enumerate(categories)
        for j, state in enumerate(states)
    ]
    return pd.DataFrame(rows, columns=["category", "state", "count"])


SHARE_TABLES = {
    "states": (counts(["Wohnen", "Jugend", "Soziales"], STATES), STATES),
    "statuses": (counts(["Wohnen", "Jugend"], STATUSES), STATUSES),
    "other states": (counts([LONG], ["offen", "erledigt", LONG]), ["offen", "erledigt", LONG]),
    "all small but one": (counts(["a", "b"], STATES, lambda i, j: 1 + 999 * (j == 5)), STATES),
    "small at the end": (counts(["a", "b"], STATES, lambda i, j: 1 + 999 * (j == 0)), STATES),
    "one category": (counts(["a"], ["ja"], lambda i, j: 1), STATES),
    "an empty category": (counts(["a", "b"], STATES, lambda i, j: 3 * i), STATES),
    "large counts": (counts(["a", "b"], STATES, lambda i, j: 10 ** (j + 2)), STATES),
}
HEAT_TABLES = {
    "realistic": (["Wohnen", "Jugend"], STATUSES),
    "long names": ([LONG, "b"], [LONG, *STATUSES]),
    "twelve columns": (["a"], [f"Spalte {n}" for n in range(12)]),
    "one cell": (["a"], ["b"]),
}


def check(figure, most=60_000):
    assert charts.find_overlaps(figure) == []
    texts = " ".join(text.get_text() for text in figure.findobj(Text))
    assert not {"nan", "None", "inf", "NaT"} & set(texts.split())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = theme.to_svg(figure, "bild")
    assert len(svg) < most
    return texts


@pytest.mark.parametrize("table", TIMELINES.values(), ids=TIMELINES.keys())
@pytest.mark.parametrize(
    ("events", "from_zero"), [(None, True), (EVENTS, False)], ids=["plain", "events"]
)
def test_timeline(table, events, from_zero):
    figure = charts.timeline(table, unit_label="Offene Anträge", events=events, from_zero=from_zero)
    assert ("Achse beginnt nicht bei null" in check(figure)) is not from_zero


@pytest.mark.parametrize("table", BAR_TABLES.values(), ids=BAR_TABLES.keys())
def test_period_bars(table):
    check(charts.period_bars(table, unit_label="Anträge"))


@pytest.mark.parametrize("table", BAR_TABLES.values(), ids=BAR_TABLES.keys())
def test_period_bars_of_three_series(table):
    table = pd.concat([table.assign(reihe=name) for name in ("eingegangen", "bearbeitet", LONG)])
    check(charts.period_bars(table, series="reihe", unit_label="Anträge", digits=1), 90_000)


@pytest.mark.parametrize("table", INTERVAL_TABLES.values(), ids=INTERVAL_TABLES.keys())
@pytest.mark.parametrize("group", [None, "group"])
def test_interval_bars(table, group):
    check(charts.interval_bars(table, group=group, unit_label="Dauer in Monaten", digits=1))


@pytest.mark.parametrize("table", PAIR_TABLES.values(), ids=PAIR_TABLES.keys())
def test_dumbbell(table):
    figure = charts.dumbbell(
        table, left_label="laut Plan", right_label="besetzt", unit_label="Stellen", digits=1
    )
    check(figure)


@pytest.mark.parametrize(("table", "order"), SHARE_TABLES.values(), ids=SHARE_TABLES.keys())
@pytest.mark.parametrize("normalise", [True, False])
def test_stacked_shares(table, order, normalise):
    check(charts.stacked_shares(table, order=order, unit_label="Dienste", normalise=normalise))


@pytest.mark.parametrize(("rows", "columns"), HEAT_TABLES.values(), ids=HEAT_TABLES.keys())
def test_heatmap(rows, columns):
    table = counts(rows, columns, lambda i, j: 1234 * (j % 3))
    figure = charts.heatmap(
        table,
        row="category",
        column="state",
        row_order=rows,
        column_order=columns,
        unit_label="Dienste",
    )
    check(figure)


@pytest.mark.parametrize("rows", [1, 80])
@pytest.mark.parametrize("order", [STATES, STATUSES, ["offen", "erledigt", "vertagt"]])
def test_state_matrix(rows, order):
    table = pd.DataFrame({"Dienst": [f"{LONG} {n}" for n in range(rows)]})
    for shift in range(5):
        table[f"spalte{shift}"] = [order[(n * 5 + shift) % len(order)] for n in range(rows)]
    headings = {f"spalte{n}": f"Ende-zu-Ende-Digitalisierung {n}" for n in range(5)}
    check(charts.state_matrix(table, columns=headings, order=order), 90_000)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_small_multiples(columns):
    figure = charts.small_multiples(
        {"Offene Anträge": STOCK, LONG: TIMELINES["months"], "Drei": TIMELINES["equal values"]},
        unit_labels="Anzahl",
        columns=columns,
    )
    check(figure)


def test_overlap_check_finds_overlaps_and_texts_beyond_the_edge():
    figure = charts.heatmap(
        counts(["a"], ["b"]), row="category", column="state", row_order=["a"], column_order=["b"]
    )
    paper = figure.axes[0]
    paper.text(100, 20, "erster Text")
    paper.text(105, 22, "zweiter Text")
    paper.text(510, 20, "ragt hinaus")
    assert charts.find_overlaps(figure) == [
        "»ragt hinaus« reaches beyond the edge",
        "»erster Text« overlaps »zweiter Text«",
    ]
