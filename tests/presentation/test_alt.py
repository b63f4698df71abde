import pandas as pd
import pytest

from analysis.presentation import alt

NOT_KNOWN = float("nan")


@pytest.fixture
def stock():
    rows = [
        ("2025-03-31", "2025-03-31", 18000, 18000, NOT_KNOWN),
        ("2021-12-31", "2021-12-31", 3900, 3850, 3950),
        ("2024-02-01", "2024-02-29", 19000, 19000, 19000),
        (None, None, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN),
    ]
    table = pd.DataFrame(rows, columns=["period_start", "period_end", "value", "lower", "upper"])
    dates = {name: pd.to_datetime(table[name]) for name in ("period_start", "period_end")}
    return table.assign(**dates)


@pytest.fixture
def cities():
    rows = [
        ("München", 10.7, 9.9, 11.5),
        ("Berlin", 6, 4, 9),
        ("Nürnberg", 2, 2, 2),
        ("Bremen", 2, 2, 2),
        ("Potsdam", NOT_KNOWN, NOT_KNOWN, NOT_KNOWN),
    ]
    return pd.DataFrame(rows, columns=["category", "value", "lower", "upper"])


@pytest.fixture
def states():
    rows = [("Wohnen", "ja", 12), ("Wohnen", "unbekannt", 24), ("Jugend", "unbekannt", 4)]
    return pd.DataFrame(rows, columns=["category", "state", "count"])


def test_series_names_ends_extremes_and_trend_in_the_order_of_time(stock):
    assert alt.describe_series(stock, what="Offene Anträge") == (
        "Offene Anträge, 3 Angaben: zuerst rund 3.900 (31.12.2021), zuletzt mindestens 18.000 "
        "(31.03.2025). Höchste Angabe: 19.000 (Februar 2024). Vom ersten zum letzten Wert "
        "gestiegen."
    )


def test_series_does_not_claim_an_undecided_trend(stock):
    text = alt.describe_series(stock.iloc[[0, 2]], what="Offene Anträge", unit="Anträge")
    assert "zuletzt mindestens 18.000\u202fAnträge" in text
    assert "nicht beurteilbar" in text


def test_single_figure(stock):
    text = alt.describe_series(stock.iloc[[1]], what="Offene Anträge")
    assert text == "Offene Anträge, eine Angabe: rund 3.900 (31.12.2021)."


def test_several_series_are_described_one_by_one(stock):
    table = pd.concat([stock.assign(series="Wohngeld"), stock.iloc[[1]].assign(series="Wohnen")])
    assert alt.describe_series(table, what="Offene Anträge") == (
        "Offene Anträge: 2 Reihen im Zeitverlauf. Wohngeld: zuerst rund 3.900 (31.12.2021), "
        "zuletzt mindestens 18.000 (31.03.2025), gestiegen. Wohnen: rund 3.900 (31.12.2021)."
    )


def test_ranking_names_focus_ends_ties_and_gaps(cities):
    text = alt.describe_ranking(
        cities, what="Bearbeitungsdauer", unit="Monate", digits=1, focus="Berlin"
    )
    assert text == (
        "Bearbeitungsdauer, 4 Angaben im Vergleich. Berlin: rund 6,0\u202fMonate. Höchste Angabe: "
        "München (rund 10,7\u202fMonate). Niedrigste Angabe: Nürnberg und Bremen "
        "(2,0\u202fMonate). Ohne Angabe: Potsdam."
    )


def test_shares_name_totals_and_the_largest_part_of_each_category(states):
    assert alt.describe_shares(states, what="Dienste nach Stand") == (
        "Dienste nach Stand, insgesamt 40: unbekannt 28 (70,0\u202f%). Weitere: ja 12 "
        "(30,0\u202f%). Wohnen: vor allem unbekannt (24 von 36). Jugend: vor allem unbekannt "
        "(4 von 4)."
    )


def test_matrix_counts_states_and_missing_ones_as_unknown():
    table = pd.DataFrame({"Dienst": ["a", "b", "c"], "online": ["ja", "ja", None]})
    text = alt.describe_matrix(table, what="Stand der Dienste", columns={"online": "Online"})
    assert text == "Stand der Dienste: 3 Zeilen, 1 Spalte. Online: ja 2, unbekannt 1."


def test_counts_name_the_largest_cells():
    table = pd.DataFrame({"row": ["a", "a", "b"], "column": ["x", "y", "x"], "count": [3, 0, 1500]})
    assert alt.describe_counts(table, what="Dienste") == (
        "Dienste, 2 mal 2 Felder, insgesamt 1.503. Die meisten: b, x: 1.500; a, x: 3."
    )


def test_every_text_stays_within_its_length(stock, cities, states):
    many = pd.concat([stock.assign(series=f"Leistung Nummer {n}") for n in range(30)])
    long_names = cities.assign(category=cities.category * 20)
    texts = [
        alt.describe_series(many, what="Offene Anträge"),
        alt.describe_series(stock, what="Offene Anträge " * 40),
        alt.describe_ranking(long_names, what="Dauer"),
        alt.describe_shares(states.assign(state=states.state * 40), what="Dienste"),
    ]
    assert all(20 <= len(text) <= 300 for text in texts)
    assert not any("nan" in text.lower().replace("finanz", "") for text in texts)


@pytest.mark.parametrize("describe", [alt.describe_series, alt.describe_ranking])
def test_without_figures_there_is_nothing_to_describe(describe, stock):
    empty = stock.iloc[[3]].assign(category="a")
    with pytest.raises(ValueError, match="nothing to describe"):
        describe(empty, what="Offene Anträge")


def test_without_counts_there_is_nothing_to_describe(states):
    with pytest.raises(ValueError, match="nothing to describe"):
        alt.describe_shares(states.assign(count=0), what="Dienste")
    with pytest.raises(ValueError, match="nothing to describe"):
        alt.describe_matrix(states.iloc[:0], what="Dienste", columns=["state"])


@pytest.fixture
def monthly():
    days = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"])
    rows = [("Nord", day, value) for day, value in zip(days, (5.0, 9.0, 7.0), strict=True)]
    rows += [("Süd", day, value) for day, value in zip(days, (1.0, NOT_KNOWN, 3.0), strict=True)]
    return pd.DataFrame(rows, columns=["unit_label", "month", "value"])


def test_months_name_the_latest_figure_and_the_range_of_each_line(monthly):
    assert alt.describe_months(monthly, what="Offene Anträge", label="unit_label") == (
        "Offene Anträge, 2 Linien nach Monaten, Januar 2025 bis März 2025. Nord: zuletzt 7, "
        "zwischen 5 und 9. Süd: zuletzt 3, zwischen 1 und 3."
    )
    one = alt.describe_months(monthly.head(1), what="Offene Anträge")
    assert one == (
        "Offene Anträge, eine Linie nach Monaten, Januar 2025. Zuletzt 5, zwischen 5 und 5."
    )


def test_grid_names_extremes_and_counts_hidden_cells(monthly):
    assert alt.describe_grid(monthly, what="Dauer", unit="Monate") == (
        "Dauer, 2 Zeilen mal 3 Spalten. Höchster Wert: 9\u202fMonate (Nord, Februar 2025). "
        "Niedrigster Wert: 1\u202fMonate (Süd, Januar 2025). 1 Feld ist nicht veröffentlicht oder "
        "nicht bekannt."
    )
    grouped = monthly.assign(service_label=["Wohngeld"] * 3 + ["Grundsicherung"] * 3)
    assert "(Wohngeld, Nord, Februar 2025)" in alt.describe_grid(grouped, what="Dauer")


def test_season_names_the_strongest_and_weakest_month_in_the_mean_of_years():
    # means: January (10 + 30) / 2 = 20, February (20 + 0) / 2 = 10
    table = pd.DataFrame(
        {"year": [2024, 2024, 2025, 2025], "month_number": [1, 2, 1, 2], "value": [10, 20, 30, 0]}
    )
    text = alt.describe_season(table, what="Anträge", months={1: "Januar", 2: "Februar"})
    assert text == (
        "Anträge, je Jahr eine Linie von Januar bis Dezember, 2024 bis 2025. Im Mittel der Jahre "
        "am höchsten im Januar (20), am niedrigsten im Februar (10)."
    )


def test_layers_name_only_months_that_are_completely_known(monthly):
    text = alt.describe_layers(monthly, what="Anträge nach Alter", state="unit_label")
    assert text == (
        "Anträge nach Alter, geschichtet nach Monaten. Nord 7, Süd 3 (März 2025). Nord 5, Süd 1 "
        "(Januar 2025)."
    )


@pytest.mark.parametrize(
    "describe",
    [
        lambda table: alt.describe_months(table, what="Anträge"),
        lambda table: alt.describe_grid(table, what="Anträge"),
        lambda table: alt.describe_layers(table, what="Anträge", state="unit_label"),
        lambda table: alt.describe_season(
            table.assign(year=2025, month_number=1), what="Anträge", months={}
        ),
    ],
)
def test_monthly_charts_without_figures(describe, monthly):
    with pytest.raises(ValueError, match="nothing to describe"):
        describe(monthly.assign(value=NOT_KNOWN))
