"""Paths that published figures allow: hand-computed cases, properties, a naive search."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.models.backlog import (
    count_open_months,
    estimate_path,
    find_conflicts,
    find_range,
    make_system,
    project_stock,
    relax_figures,
)


def _figures(*rows):
    columns = ["measure", "period_start", "period_end", "lower", "upper"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(
        period_start=pd.to_datetime(frame["period_start"]),
        period_end=pd.to_datetime(frame["period_end"]),
        lower=frame["lower"].astype("float64"),
        upper=frame["upper"].astype("float64"),
        fact_id=[f"F{number}" for number in range(len(frame))],
    )


def _value(path, month, measure, column="value"):
    rows = path.months
    return rows.loc[(rows["month"] == month) & (rows["measure"] == measure), column].item()


def test_two_months_by_hand():
    # open at the end of December 100; received Jan + Feb = 60; open at the end of February 130.
    # Then decided Jan + Feb = 100 + 60 − 130 = 30. Received of January: least 0, most 60.
    # Open at the end of January: least when nothing is received and all 30 decided: 100 + 0 − 30
    # = 70; most when all 60 are received and nothing decided: 160. The smoothest path is even:
    # received 30 and 30, decided 15 and 15, so open in January 100 + 30 − 15 = 115.
    figures = _figures(
        ("open", "2023-12-31", "2023-12-31", 100, 100),
        ("received", "2024-01-01", "2024-02-29", 60, 60),
        ("open", "2024-02-29", "2024-02-29", 130, 130),
        ("received", "2023-12-01", "2023-12-31", 0, 0),
        ("decided", "2023-12-01", "2023-12-31", 0, 0),
    )
    path = estimate_path(make_system(figures, first="2023-12", last="2024-02"))

    january = "2024-01-31"
    for measure, least, most in (("received", 0, 60), ("decided", 0, 30), ("open", 70, 160)):
        assert _value(path, january, measure, "lower") == pytest.approx(least, abs=1e-4)
        assert _value(path, january, measure, "upper") == pytest.approx(most, abs=1e-4)
    assert path.relaxation == 0
    assert path.conflicts.empty
    totals = path.months.groupby("measure")["value"].sum()
    assert totals["received"] == pytest.approx(60, abs=1e-3)
    assert totals["decided"] == pytest.approx(30, abs=1e-3)


def test_part_of_a_month_counts_by_days_and_a_day_lies_on_the_line():
    # Received 1 to 10 April (10 of 30 days) exactly 100 → April exactly 300.
    # Decided in April 0, open on 31 March 50: open on 15 April = 50 + 15/30 · 300 = 200.
    figures = _figures(
        ("open", "2024-03-31", "2024-03-31", 50, 50),
        ("received", "2024-04-01", "2024-04-10", 100, 100),
        ("decided", "2024-04-01", "2024-04-30", 0, 0),
    )
    system = make_system(figures, first="2024-03", last="2024-04")
    path = estimate_path(system)
    assert _value(path, "2024-04-30", "received", "lower") == pytest.approx(300)
    assert _value(path, "2024-04-30", "received", "upper") == pytest.approx(300)
    again = make_system(
        pd.concat(
            [figures, _figures(("open", "2024-04-15", "2024-04-15", 200, 200))], ignore_index=True
        ).assign(fact_id=list("abcd")),
        first="2024-03",
        last="2024-04",
    )
    assert relax_figures(again).max() == 0


def test_contradiction_is_named_and_relaxed_evenly():
    # Two figures for the same day, 46 apart: the least sum of relaxations is 46, evenly 23 each.
    figures = _figures(
        ("open", "2023-02-28", "2023-02-28", 11722, 11722),
        ("open", "2023-02-28", "2023-02-28", 11676, 11676),
        ("received", "2023-02-01", "2023-02-28", 2239, 2239),
    )
    path = estimate_path(make_system(figures, first="2023-02", last="2023-02"))

    assert path.relaxation == pytest.approx(46, abs=1e-2)
    assert path.conflicts["key"].tolist() == ["F0", "F1"]
    assert path.conflicts["relaxed_lower"].tolist() == pytest.approx([11699, 11653], abs=1e-1)
    assert _value(path, "2023-02-28", "open") == pytest.approx(11699, abs=0.1)


def test_conflicts_are_irreducible_groups():
    # received 10, decided 0, open before 0 → open 10, but 20 is stated: four figures together.
    figures = _figures(
        ("open", "2024-01-31", "2024-01-31", 0, 0),
        ("received", "2024-02-01", "2024-02-29", 10, 10),
        ("decided", "2024-02-01", "2024-02-29", 0, 0),
        ("open", "2024-02-29", "2024-02-29", 20, 20),
        ("received", "2024-01-01", "2024-01-31", 5, 5),
    )
    system = make_system(figures, first="2024-01", last="2024-02")
    (group,) = find_conflicts(system)
    assert set(group) <= {"F0", "F1", "F2", "F3"}
    assert {"F1", "F3"} <= set(group)
    assert relax_figures(system).sum() == pytest.approx(10, abs=1e-3)


def test_open_sides_stay_open_unless_an_assumption_closes_them():
    figures = _figures(("received", "2024-01-01", "2024-02-29", 100, np.nan))
    path = estimate_path(make_system(figures, first="2024-01", last="2024-02"))
    assert _value(path, "2024-01-31", "received", "upper") == np.inf
    closed = make_system(figures, first="2024-01", last="2024-02", most_received=80)
    path = estimate_path(closed)
    # At most 80 a month and 100 in two: at least 20.
    assert _value(path, "2024-01-31", "received", "lower") == pytest.approx(20)
    assert _value(path, "2024-01-31", "received", "upper") == pytest.approx(80)


def test_months_without_upper_bound_are_counted():
    # 50 open at the end of December, at least 100 received by the end of February: both months
    # are open upwards, unless no month has more than 80.
    figures = _figures(
        ("open", "2023-12-31", "2023-12-31", 50, 50),
        ("received", "2024-01-01", "2024-02-29", 100, np.nan),
    )
    assert count_open_months(make_system(figures, first="2023-12", last="2024-02")) == 2
    closed = make_system(figures, first="2023-12", last="2024-02", most_received=80)
    assert count_open_months(closed) == 0


def test_projection_goes_on_as_before():
    # +10 a month over the last two months, stock 120: three months later 150, exactly known.
    figures = _figures(
        ("open", "2024-01-31", "2024-01-31", 100, 100),
        ("open", "2024-03-31", "2024-03-31", 120, 120),
    )
    system = make_system(figures, first="2024-01", last="2024-03")
    found = project_stock(system, until=pd.Period("2024-06"), window=2)
    assert found["month"].tolist() == [*pd.to_datetime(["2024-04-30", "2024-05-31", "2024-06-30"])]
    for column in ("value", "lower", "upper"):
        assert found[column].tolist() == pytest.approx([130, 140, 150], abs=1e-3)
    with pytest.raises(ValueError, match="after the path"):
        project_stock(system, until=pd.Period("2024-03"), window=2)


def test_no_figure_is_refused():
    with pytest.raises(DataError, match="keine einzige Angabe"):
        estimate_path(make_system(_figures(), first="2024-01", last="2024-02"))


flows = st.lists(st.integers(0, 40), min_size=3, max_size=5)


@settings(max_examples=25)
@given(received=flows, decided=flows, start=st.integers(150, 200), data=st.data())
def test_a_real_path_lies_within_its_envelope(received, decided, start, data):
    """Whatever is published truthfully about a path, the path itself stays possible."""
    count = min(len(received), len(decided))
    months = pd.period_range("2024-01", periods=count, freq="M")
    stock = start + np.cumsum(np.array(received[:count]) - np.array(decided[:count]))
    rows = []
    for first, last in itertools.combinations_with_replacement(range(count), 2):
        if data.draw(st.booleans()):
            measure = data.draw(st.sampled_from(["received", "decided"]))
            truth = sum((received if measure == "received" else decided)[first : last + 1])
            room = data.draw(st.integers(0, 5))
            start_day, end_day = months[first].start_time, months[last].end_time.normalize()
            rows.append((measure, start_day, end_day, truth - room, truth + room))
    day = months[data.draw(st.integers(0, count - 1))].end_time.normalize()
    rows.append(
        ("open", day, day, *[float(stock[(months.end_time.normalize() == day).argmax()])] * 2)
    )
    system = make_system(_figures(*rows), first="2024-01", last=str(months[-1]))
    path = estimate_path(system)

    assert path.relaxation == 0
    table = path.months.pivot(index="month", columns="measure")
    for measure, truth in (("received", received), ("decided", decided), ("open", stock)):
        known = np.array(truth[:count], dtype=float)
        assert (table["lower", measure].to_numpy() <= known + 1e-3).all()
        assert (known <= table["upper", measure].to_numpy() + 1e-3).all()
        assert (table["lower", measure] <= table["value", measure] + 1e-9).all()
        assert (table["value", measure] <= table["upper", measure] + 1e-9).all()
    # Conservation of the stock along the smoothest path.
    change = table["value", "open"].diff().dropna()
    flow = (table["value", "received"] - table["value", "decided"]).iloc[1:]
    assert np.allclose(change, flow, atol=0.05)


@given(
    total=st.integers(0, 6),
    opened=st.integers(0, 4),
    closed=st.integers(0, 4),
)
def test_envelope_equals_a_naive_search(total, opened, closed):
    """All whole-number paths of two months, one by one."""
    figures = _figures(
        ("received", "2024-01-01", "2024-02-29", total, total),
        ("received", "2023-12-01", "2023-12-31", 0, 0),
        ("decided", "2023-12-01", "2023-12-31", 0, 0),
        ("open", "2023-12-31", "2023-12-31", opened, opened),
        ("open", "2024-02-29", "2024-02-29", closed, closed),
    )
    gone = opened + total - closed
    system = make_system(figures, first="2023-12", last="2024-02")
    found = [
        (first, out, opened + first - out)
        for first in range(total + 1)
        for out in range(max(gone, 0) + 1)
        if gone >= 0 and opened + first - out >= 0
    ]
    if gone < 0:
        assert relax_figures(system).sum() == pytest.approx(-gone, abs=1e-3)
        return
    path = estimate_path(system)
    for position, measure in enumerate(("received", "decided", "open")):
        values = [each[position] for each in found]
        assert _value(path, "2024-01-31", measure, "lower") == pytest.approx(min(values), abs=1e-3)
        assert _value(path, "2024-01-31", measure, "upper") == pytest.approx(max(values), abs=1e-3)


def test_range_of_any_sum():
    figures = _figures(("received", "2024-01-01", "2024-03-31", 90, 100))
    system = make_system(figures, first="2024-01", last="2024-03")
    weights = np.zeros(system.size)
    weights[1:4] = 1
    assert find_range(system, weights) == pytest.approx((90, 100))
