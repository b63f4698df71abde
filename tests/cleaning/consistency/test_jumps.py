"""Jumps: typing errors are found, seasons, reforms and small numbers are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cleaning.consistency.jumps import (
    DEVIATIONS,
    LEAST_FACTOR,
    SIDE,
    find_jumps,
)

MONTHS = 60
COUNTS = np.array([True])


def simulate(seed: int, *, level: float = 400, shift_at: int | None = None, factor: float = 2.5):
    """Return a monthly series with season, chance, and a level that shifts at a reform."""
    random = np.random.default_rng(seed)
    month = np.arange(MONTHS)
    season = np.exp(0.25 * np.sin(2 * np.pi * month / 12) + 0.3 * (month % 12 == 0))
    shift = np.where(month >= (MONTHS if shift_at is None else shift_at), factor, 1)
    return random.poisson(level * season * shift * random.normal(1, 0.05, MONTHS)).astype(float)


def test_a_tenfold_value_is_found_at_its_cell(make_series, check):
    values = simulate(1).tolist()
    values[20] *= 10

    found = check(make_series(received=values))

    ((name, row, column, text, expected),) = found
    assert (name, row, column, text) == ("sprung", 22, "received", str(values[20]))
    # The neighbours and the season of five years say what it should have been, within a fifth.
    number = float(expected.split()[1].replace(".", "").replace(",", "."))
    assert number == pytest.approx(values[20] / 10, rel=0.2)


@given(
    st.integers(0, 10_000),
    st.integers(0, MONTHS - 1),
    st.sampled_from([0.1, 10]),
    st.none() | st.integers(6, 54),
)
def test_a_misplaced_digit_is_found_wherever_it_stands(seed, at, factor, shift_at):
    values = simulate(seed, shift_at=shift_at)
    values[at] = np.floor(values[at] * factor)

    jumps, _ = find_jumps(values[np.newaxis], counts=COUNTS)

    assert np.flatnonzero(jumps[0]).tolist() == [at]


@given(
    st.integers(0, 10_000),
    st.none() | st.integers(1, MONTHS - 2),
    st.sampled_from([0.4, 0.6, 1.8, 3.0]),
    st.sampled_from([3, 40, 400, 4000]),
)
def test_seasons_and_reforms_are_no_jumps(seed, shift_at, factor, level):
    values = simulate(seed, level=level, shift_at=shift_at, factor=factor)

    jumps, _ = find_jumps(values[np.newaxis], counts=COUNTS)

    assert not jumps.any()


def test_a_reform_that_wears_off_is_no_jump():
    month = np.arange(MONTHS)
    surge = np.where(month >= 30, 1 + 2 * np.exp(-(month - 30) / 6), 1)
    values = simulate(3) * surge

    assert not find_jumps(values[np.newaxis], counts=COUNTS)[0].any()


def test_a_month_that_is_always_high_is_no_jump():
    values = np.where(np.arange(MONTHS) % 12 == 11, 900.0, 300.0)
    once = values.copy()
    once[23] = 300.0

    assert not find_jumps(values[np.newaxis], counts=COUNTS)[0].any()
    # In one December the usual peak is missing.
    assert np.flatnonzero(find_jumps(once[np.newaxis], counts=COUNTS)[0]).tolist() == [23]


@pytest.mark.parametrize("values", [[0, 1, 0, 2, 7, 0, 1, 0, 1, 3] * 6, [5.0] * 60, [0.0] * 60])
def test_small_and_constant_numbers_are_silent(values):
    assert not find_jumps(np.array([values], dtype=float), counts=COUNTS)[0].any()


def test_short_series_and_gaps():
    series = np.array([[10.0, 11, 9, 100, 10, 12, 11], [10.0, 11, 9, 100, 10, 12, 11]])
    long = np.full((2, 12), np.nan)
    long[:, :7] = series
    long[1, 9] = 12

    jumps, _ = find_jumps(long, counts=np.array([True, True]))

    # Seven values are too few to judge; eight with a gap are not.
    assert jumps.sum() == 1
    assert jumps[1, 3]


def test_shares_are_judged_without_the_chance_of_counts(make_series, check):
    values = [5.0, 5.4, 4.8, 5.2, 5.1, 54.0, 5.3, 4.9, 5.0, 5.2]
    found = check(make_series("staffing", sickness_rate=values), table="staffing")
    assert [row[:4] for row in found] == [("sprung", 7, "sickness_rate", "54.0")]


def reference(values: list[float]) -> list[int]:
    """A plain reading of the method for a series of counts below 36 values."""
    logs = [np.log(value + 0.5) for value in values]
    around = [
        (logs[max(at - SIDE, 0) : at], logs[at + 1 : at + 1 + SIDE]) for at in range(len(logs))
    ]
    middles = [[np.median(side) for side in sides if side] for sides in around]
    levels = [np.median(each) for each in middles]
    spread = 1.4826 * np.median([abs(log - level) for log, level in zip(logs, levels, strict=True)])
    found = []
    for at, sides in enumerate(middles):
        distances = [logs[at] - middle for middle in sides]
        lesser = min(distances, key=abs) if len({np.sign(d) for d in distances}) == 1 else 0.0
        expected = max(np.exp(levels[at]) - 0.5, 0.0)
        chance = 2 * abs(np.sqrt(values[at] + 0.375) - np.sqrt(expected + 0.375))
        far = abs(lesser) > max(DEVIATIONS * spread, np.log(2 * LEAST_FACTOR))
        if far and chance > 6 and len(values) >= 8:
            found.append(at)
    return found


@given(st.lists(st.sampled_from([0.0, 3, 40, 45, 50, 55, 60, 400, 5000]), min_size=2, max_size=35))
def test_same_as_a_plain_reading_of_the_method(values):
    jumps, _ = find_jumps(np.array([values]), counts=COUNTS)

    assert np.flatnonzero(jumps[0]).tolist() == reference(values)
