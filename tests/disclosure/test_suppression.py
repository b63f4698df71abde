"""Secondary suppression: by hand, against a search of all patterns, and under attack."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.disclosure.attack import ANY_COUNT, Interval, attack
from analysis.disclosure.relations import Sum, build_equations
from analysis.disclosure.suppression import find_primary, suppress, weigh_information
from analysis.disclosure.system import build_system
from analysis.disclosure_policy import DisclosureError

T = "Insgesamt"
MINIMUM = 5

counts = st.one_of(st.integers(0, 8), st.integers(0, 60))


def _cells(table, dimensions):
    keys = [("n", *row) for row in table[dimensions].itertuples(index=False, name=None)]
    return dict(zip(keys, table["received"].astype(float), strict=True))


def _prepare(table, relations):
    dimensions = [name for name in table if name != "received"]
    values = _cells(table, dimensions)
    equations = build_equations(values, columns=["n"], dimensions=dimensions, relations=relations)
    return build_system(values, equations, protected=["n"]), equations.equations


def _margins(table):
    return [Sum(name, T) for name in table if name != "received"]


def _attack(system, equations, suppressed, *, width=MINIMUM, whole=False):
    known = {
        key: ANY_COUNT if gone else Interval(value, value)
        for key, value, gone in zip(system.keys, system.values, suppressed, strict=True)
    }
    primary = find_primary(system, MINIMUM)
    protected = [key for key, flag in zip(system.keys, primary, strict=True) if flag]
    return attack(known, equations, protected=protected, width=width, whole=whole)


def _protect(table, relations=None):
    system, equations = _prepare(table, relations or _margins(table))
    pattern = suppress(system, find_primary(system, MINIMUM), width=MINIMUM)
    return system, equations, pattern


def _search_all_patterns(system, equations):
    """Return the least information lost by any pattern that withstands the attack."""
    primary = find_primary(system, MINIMUM)
    weights = weigh_information(system.values)
    free = np.flatnonzero(~primary & (system.values > 0))
    patterns = [
        subset for size in range(len(free) + 1) for subset in itertools.combinations(free, size)
    ]
    for subset in sorted(patterns, key=lambda subset: sum(weights[list(subset)])):
        suppressed = primary.copy()
        suppressed[list(subset)] = True
        if not _attack(system, equations, suppressed).recovered:
            return sum(weights[list(subset)])
    raise AssertionError("no pattern protects the table")


class TestByHand:
    def test_one_small_cell_needs_a_rectangle(self, make_cube):
        # 3 20 30 | 53     The small cell is 3. In its row and in its column another cell has to
        # 8 40 50 | 98     go, and where these two cross a third. Of the four rectangles within
        # 11 60 80 | 151   the body and the margins, 3-20-40-8 loses
        #                  log2(21 · 41 · 9) = 12.92 bits, 3-30-50-8 log2(31 · 51 · 9) = 13.80,
        # with the margins 3-20-60-11 log2(21 · 61 · 12) = 13.91, 3-53-98-8 log2(54 · 99 · 9)
        # = 15.55 bits and so on: the first loses least.
        table = make_cube([[3, 20, 30], [8, 40, 50]])
        system, _, pattern = _protect(table)

        secondary = {system.keys[cell][1:] for cell in np.flatnonzero(pattern.secondary)}
        assert secondary == {("00", "01"), ("01", "00"), ("01", "01")}
        assert pattern.optimal

    def test_the_interval_is_what_the_rectangle_allows(self, make_cube):
        # Row 00: a + b = 23, row 01: c + d = 48, columns: a + c = 11, b + d = 60.
        # So a lies between max(0, 23 − 60) = 0 and min(23, 11) = 11.
        system, equations, pattern = _protect(make_cube([[3, 20, 30], [8, 40, 50]]))

        found = _attack(system, equations, pattern.primary | pattern.secondary)

        assert found.intervals["n", "00", "00"] == pytest.approx((0, 11), abs=1e-4)

    def test_two_small_cells_of_a_sum_of_four_are_not_enough(self):
        # 2 + 2 + 30 = 34: both small cells are left out, but each is at most 4, an interval of
        # width 4; 30 or 34 has to go too, and 30 is less information.
        values = {("n", "A"): 2.0, ("n", "B"): 2.0, ("n", "C"): 30.0, ("n", T): 34.0}
        equations = build_equations(
            values, columns=["n"], dimensions=["d"], relations=[Sum("d", T)]
        )
        system = build_system(values, equations, protected=["n"])

        pattern = suppress(system, find_primary(system, 5), width=5)

        assert pattern.primary.tolist() == [True, True, False, False]
        assert pattern.secondary.tolist() == [False, False, True, False]

    def test_zeros_do_not_protect(self):
        # With 3 + 0 + 0 = 3 only the total can hide the cell, which is itself below the minimum.
        values = {("n", "A"): 3.0, ("n", "B"): 0.0, ("n", "C"): 0.0, ("n", T): 3.0}
        equations = build_equations(
            values, columns=["n"], dimensions=["d"], relations=[Sum("d", T)]
        )
        system = build_system(values, equations, protected=["n"])

        pattern = suppress(system, find_primary(system, 5), width=5)

        assert (pattern.primary | pattern.secondary).tolist() == [True, False, False, True]

    def test_a_table_without_small_cells_stays_whole(self, make_cube):
        _, _, pattern = _protect(make_cube([[5, 0], [7, 9]]))

        assert not pattern.primary.any()
        assert not pattern.secondary.any()

    def test_a_cell_given_away_by_public_figures_cannot_be_protected(self):
        values = {("n", "A"): 3.0, ("p", "A"): 3.0}
        values |= {("n", T): 9.0, ("p", T): 9.0, ("n", "B"): 6.0, ("p", "B"): 6.0}
        columns = ["n", "p"]
        equations = build_equations(
            values, columns=columns, dimensions=["d"], relations=[Sum("d", T)]
        )
        system = build_system(
            values,
            equations,
            protected=["n"],
            shown_before=[("n", "B"), ("n", T)],
        )

        with pytest.raises(DisclosureError, match="lassen sich auch durch Sperren"):
            suppress(system, find_primary(system, 5), width=5)

    def test_nor_can_one_given_away_by_two_steps(self):
        # G − C gives B, and T − B gives A.
        values = {("n", "A"): 3.0, ("n", "B"): 20.0, ("n", T): 23.0}
        values |= {("n", "C"): 10.0, ("n", "G"): 30.0}
        equations = build_equations(
            values,
            columns=["n"],
            dimensions=["d"],
            relations=[Sum("d", T, ("A", "B")), Sum("d", "G", ("B", "C"))],
        )
        system = build_system(
            values, equations, protected=["n"], shown_before=[("n", "C"), ("n", "G"), ("n", T)]
        )

        with pytest.raises(DisclosureError, match="lassen sich auch durch Sperren"):
            suppress(system, find_primary(system, 5), width=5)

    def test_cells_kept_secret_stay_so(self, make_cube):
        system, _ = _prepare(make_cube([[3, 20, 30], [8, 40, 50]]), _margins({"d0": 0, "d1": 0}))
        secret = np.array([key[1:] == ("01", "02") for key in system.keys])

        pattern = suppress(system, find_primary(system, 5), width=5, keep_secret=secret)

        assert pattern.secondary[secret].all()


class TestOptimality:
    @settings(max_examples=12)
    @given(cells=arrays(np.int64, (2, 2), elements=counts))
    def test_no_other_pattern_loses_less(self, make_cube, cells):
        system, equations, pattern = _protect(make_cube(cells))
        lost = weigh_information(system.values)[pattern.secondary].sum()

        assert lost == pytest.approx(_search_all_patterns(system, equations), abs=1e-4)

    @settings(max_examples=4)
    @given(cells=arrays(np.int64, (2, 3), elements=st.integers(1, 30)))
    def test_nor_in_a_wider_table(self, make_cube, cells):
        system, equations, pattern = _protect(make_cube(cells))
        assume(pattern.secondary.sum() <= 4)
        lost = weigh_information(system.values)[pattern.secondary].sum()

        assert lost == pytest.approx(_search_all_patterns(system, equations), abs=1e-4)

    @settings(max_examples=15)
    @given(cells=arrays(np.int64, (3, 4), elements=counts))
    def test_every_secondary_cell_is_needed(self, make_cube, cells):
        system, equations, pattern = _protect(make_cube(cells))

        for cell in np.flatnonzero(pattern.secondary):
            suppressed = pattern.primary | pattern.secondary
            suppressed[cell] = False
            assert _attack(system, equations, suppressed).recovered


class TestAttackRecoversNothing:
    @settings(max_examples=30)
    @given(
        cells=st.tuples(st.integers(2, 5), st.integers(2, 6)).flatmap(
            lambda shape: arrays(np.int64, shape, elements=counts)
        )
    )
    def test_in_two_dimensions(self, make_cube, cells):
        system, equations, pattern = _protect(make_cube(cells))
        suppressed = pattern.primary | pattern.secondary

        found = _attack(system, equations, suppressed)

        assert found.consistent
        assert found.recovered == ()
        assert not (suppressed & (system.values == 0)).any()

    @settings(max_examples=8)
    @given(cells=arrays(np.int64, (2, 3, 3), elements=counts))
    def test_in_three_dimensions(self, make_cube, cells):
        system, equations, pattern = _protect(make_cube(cells))

        found = _attack(system, equations, pattern.primary | pattern.secondary)

        assert found.recovered == ()

    @settings(max_examples=15)
    @given(cells=arrays(np.int64, (5, 3), elements=counts))
    def test_in_a_hierarchy(self, make_cube, cells):
        # two offices with two and three units, their sum, by channel with a total
        body = np.vstack([cells, cells[:2].sum(0), cells[2:].sum(0), cells.sum(0)])
        units = ["A1", "A2", "B1", "B2", "B3", "A", "B", T]
        table = make_cube(body)
        table = table.loc[table["d0"] != T].assign(
            d0=lambda rows: rows["d0"].map({f"{n:02d}": unit for n, unit in enumerate(units)})
        )
        relations = [
            Sum("d0", "A", ("A1", "A2")),
            Sum("d0", "B", ("B1", "B2", "B3")),
            Sum("d0", T, ("A", "B")),
            Sum("d1", T),
        ]
        system, equations, pattern = _protect(table, relations)

        found = _attack(system, equations, pattern.primary | pattern.secondary)

        assert found.recovered == ()

    @settings(max_examples=10)
    @given(cells=arrays(np.int64, (3, 4), elements=counts))
    def test_whole_numbers_help_the_attacker_little_in_two_dimensions(self, make_cube, cells):
        # The ends of the intervals of two-way tables are whole numbers anyway.
        system, equations, pattern = _protect(make_cube(cells))

        found = _attack(system, equations, pattern.primary | pattern.secondary, whole=True)

        assert found.recovered == ()

    def test_without_secondary_suppression_it_succeeds(self, make_cube):
        system, equations, pattern = _protect(make_cube([[3, 20, 30], [8, 40, 50]]))

        found = _attack(system, equations, pattern.primary)

        assert found.recovered == (("n", "00", "00"),)
        assert found.intervals["n", "00", "00"] == pytest.approx((3, 3), abs=1e-4)
