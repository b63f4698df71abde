"""Totals: only where all parts are known, never over what was delivered."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.totals import add_totals, find_wrong_totals
from analysis.validation import validate_table


def build(make_rows, *cells, table="case_counts", **common) -> pd.DataFrame:
    """Build rows from (unit, group, measure, month, value); a stock stands on the last day."""
    rows = []
    for number, (unit, group, measure, month, value) in enumerate(cells, start=2):
        period = pd.Period(month, "M" if len(month) > 4 else "Y")
        end = period.end_time.normalize()
        flow = measure in {"received", "decided", "hired"}
        rows.append(
            {
                "unit": unit,
                "group": group,
                "measure": measure,
                "period": (period.start_time if flow else end, end),
                "value": value,
                "published": str(value),
                "qualifier": "Auswertung",
                "source_id": "probe.csv",
                "origin": f"probe.csv#{number}:X",
                **common,
            }
        )
    return make_rows(table, *rows)


def list_totals(table: pd.DataFrame) -> list[tuple[object, ...]]:
    rows = table.loc[table["qualifier"] == "Summe"]
    columns = ["unit", "group", "measure", "value", "published"]
    return [
        (*row, f"{start:%Y-%m}", f"{end:%Y-%m}")
        for row, start, end in zip(
            rows[columns].itertuples(index=False, name=None),
            rows["period_start"],
            rows["period_end"],
            strict=True,
        )
    ]


def test_the_whole_is_added_where_all_units_are_known(make_rows):
    table = build(
        make_rows,
        ("A", "", "received", "2024-01", 5),
        ("B", "", "received", "2024-01", 7),
        ("A", "", "received", "2024-02", 6),
        ("A", "", "open", "2024-01", 50),
        ("B", "", "open", "2024-01", 70),
    )

    result = add_totals(table)

    # In February B is not known, so there is no whole.
    assert list_totals(result) == [
        ("", "", "received", 12, "Summe aus 2 Dienststellen", "2024-01", "2024-01"),
        ("", "", "open", 120, "Summe aus 2 Dienststellen", "2024-01", "2024-01"),
    ]
    pd.testing.assert_frame_equal(result.head(len(table)), table)
    assert validate_table("case_counts", result).findings.empty
    assert result["origin"].iloc[-1].startswith("summe#0:")


def test_pay_groups_first_then_units(make_rows):
    table = build(
        make_rows,
        ("A", "E9", "posts_filled", "2024-01", 1.1),
        ("A", "S12", "posts_filled", "2024-01", 2.2),
        ("B", "E9", "posts_filled", "2024-01", 4.0),
        table="staffing",
    )

    # A by groups 3.3, B 4.0; the whole by group 5.1 and 2.2; the whole 7.3.
    totals = {(unit, group): value for unit, group, _, value, *_ in list_totals(add_totals(table))}
    assert totals == {
        ("A", ""): 3.3,
        ("B", ""): 4.0,
        ("", "E9"): 5.1,
        ("", "S12"): 2.2,
        ("", ""): 7.3,
    }


def test_twelve_months_are_a_year_of_a_flow(make_rows):
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    flows = [("A", "", "received", month, 10) for month in months]
    short = [("A", "", "decided", month, 10) for month in months[1:]]
    stocks = [("A", "", "open", month, 10) for month in months]

    totals = list_totals(add_totals(build(make_rows, *flows, *short, *stocks)))

    years = [row for row in totals if row[-2] != row[-1]]
    assert years == [
        ("A", "", "received", 120, "Summe aus 12 Monaten", "2024-01", "2024-12"),
        ("", "", "received", 120, "Summe aus 12 Monaten", "2024-01", "2024-12"),
    ]


def test_rates_durations_answers_and_levels_are_not_added(make_rows):
    table = build(
        make_rows,
        *[
            (unit, "", measure, "2024-01", 1)
            for unit in "AB"
            for measure in ("sickness_rate", "processing_time_median")
        ],
    )
    answers = build(make_rows, ("A", "", "end_to_end", "2024-01", 1), measure_unit="1 = ja")
    levels = build(make_rows, ("A", "", "maturity", "2024-01", 1), measure_unit="Stufe")

    for rows in (table, answers, levels):
        assert list_totals(add_totals(rows)) == []


def test_published_figures_are_no_parts_and_are_kept(make_rows):
    published = build(make_rows, ("", "", "received", "2024-01", 99), qualifier="exact")
    parts = build(
        make_rows, ("A", "", "received", "2024-01", 5), ("B", "", "received", "2024-01", 7)
    )

    assert list_totals(add_totals(published)) == []
    assert list_totals(add_totals(pd.concat([published, parts], ignore_index=True))) == []


def test_a_delivered_total_stays_and_a_wrong_one_is_found(make_rows):
    def table(whole):
        return build(
            make_rows,
            ("", "", "received", "2024-01", whole),
            ("A", "", "received", "2024-01", 5),
            ("B", "", "received", "2024-01", 7),
        )

    assert list_totals(add_totals(table(13))) == []
    assert find_wrong_totals(table(12)).empty
    (found,) = find_wrong_totals(table(13)).to_dict("records")
    assert (found["check"], found["severity"], found["row"]) == ("bestand", "warnung", 2)
    assert (found["found"], found["expected"]) == ("13", "12 (Summe aus 2 Dienststellen)")


def test_rounded_parts_may_differ_by_their_rounding(make_rows):
    def table(whole):
        return build(
            make_rows,
            ("", "", "posts_filled", "2024-01", whole),
            ("A", "", "posts_filled", "2024-01", 1.33),
            ("B", "", "posts_filled", "2024-01", 1.33),
            table="staffing",
        )

    # Each of the three figures may be off by 0.005: 2.66 to 2.675.
    assert find_wrong_totals(table(2.67)).empty
    assert len(find_wrong_totals(table(2.68))) == 1


def test_a_delivered_year_is_compared_with_its_months(make_rows):
    months = [("A", "", "received", f"2024-{month:02d}", 10) for month in range(1, 13)]
    table = build(make_rows, ("A", "", "received", "2024", 121), *months)

    assert find_wrong_totals(table)["expected"].tolist() == ["120 (Summe aus 12 Monaten)"]
    assert ("A", "", "received", 120.0) not in {row[:4] for row in list_totals(add_totals(table))}


def test_a_unit_inside_another_counts_once(make_rows):
    table = build(
        make_rows,
        ("S", "", "received", "2024-01", 12),
        ("S-1", "", "received", "2024-01", 5),
        ("S-1-a", "", "received", "2024-01", 2),
        ("J", "", "received", "2024-01", 3),
    )
    units = pd.DataFrame({"unit_id": ["S", "S-1", "S-1-a", "J"], "parent": ["", "S", "S-1", ""]})

    assert [row[3] for row in list_totals(add_totals(table, units))] == [15]


def test_two_figures_for_one_part_give_no_total(make_rows):
    table = build(
        make_rows,
        ("A", "", "received", "2024-01", 5),
        ("A", "", "received", "2024-01", 6),
        ("B", "", "received", "2024-01", 7),
    )
    assert list_totals(add_totals(table)) == []


_CELLS = st.dictionaries(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["", "E9", "S12"]),
        st.sampled_from(["2024-01", "2024-02", "2024-03"]),
    ),
    st.integers(0, 50),
    max_size=20,
)


@settings(max_examples=25)
@given(_CELLS)
def test_same_as_adding_by_hand(make_rows, cells):
    table = build(
        make_rows, *[(unit, group, "open", month, v) for (unit, group, month), v in cells.items()]
    )
    known = dict(cells)
    for unit, month in {(unit, month) for unit, _, month in cells}:
        groups = {group for own, group, _ in cells if own == unit and group}
        parts = [cells.get((unit, group, month)) for group in groups]
        if groups and None not in parts:
            known.setdefault((unit, "", month), sum(parts))
    units = defaultdict(set)
    for unit, group, _ in known:
        units[group].add(unit)
    for group, members in list(units.items()):
        for month in ("2024-01", "2024-02", "2024-03"):
            parts = [known.get((unit, group, month)) for unit in members]
            if None not in parts:
                known["", group, month] = sum(parts)

    result = add_totals(table)

    got = {
        (row.unit, row.group, f"{row.period_end:%Y-%m}"): row.value
        for row in result.itertuples(index=False)
    }
    assert got == known
    assert len(result) == len(known)
    # What is added once is not added again.
    pd.testing.assert_frame_equal(add_totals(result), result)


@pytest.mark.parametrize("table", ["case_counts", "staffing"])
def test_an_empty_table_stays_empty(make_rows, table):
    rows = make_rows(table)
    pd.testing.assert_frame_equal(add_totals(rows), rows)
    assert find_wrong_totals(rows).empty
