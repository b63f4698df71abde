from __future__ import annotations

import math

import pytest

from analysis.disclosure import Equation, Interval, attack, merge_known
from analysis.disclosure.attack import ANY_COUNT

A, B, C, T = (("n", name) for name in ("A", "B", "C", "T"))
SUM = Equation(((T, 1.0), (A, -1.0), (B, -1.0), (C, -1.0)))


def exactly(value):
    return Interval(value, value)


class TestAttack:
    def test_total_minus_parts(self):
        known = {A: ANY_COUNT, B: exactly(20), C: exactly(30), T: exactly(53)}

        found = attack(known, [SUM], protected=[A], width=5)

        assert found.recovered == (A,)
        assert found.intervals[A] == pytest.approx((3, 3), abs=1e-4)

    def test_two_gaps_leave_an_interval(self):
        known = {A: ANY_COUNT, B: ANY_COUNT, C: exactly(30), T: exactly(53)}

        found = attack(known, [SUM], protected=[A], width=5)

        assert found.recovered == ()
        assert found.intervals[A] == pytest.approx((0, 23), abs=1e-4)

    def test_levels_of_a_hierarchy(self):
        # A and B are suppressed on the lower level, but another table gives A + B + C of the
        # level above and B within a different group.
        known = {A: ANY_COUNT, B: ANY_COUNT, C: exactly(30), T: exactly(53)}
        other = Equation(((("n", "B and C"), 1.0), (B, -1.0), (C, -1.0)))

        found = attack(
            {**known, ("n", "B and C"): exactly(50)}, [SUM, other], protected=[A], width=5
        )

        assert found.recovered == (A,)

    def test_two_editions(self):
        first = {A: exactly(3), T: exactly(53)}
        second = {A: ANY_COUNT, B: ANY_COUNT, C: exactly(30), T: exactly(53)}

        assert attack(second, [SUM], protected=[A], width=5).recovered == ()
        found = attack(merge_known(first, second), [SUM], protected=[A], width=5)
        assert found.recovered == (A,)

    def test_a_second_edition_that_hides_another_cell(self):
        # Each edition hides A and one other cell, but not the same one.
        first = {A: ANY_COUNT, B: ANY_COUNT, C: exactly(30), T: exactly(53)}
        second = {A: ANY_COUNT, B: exactly(20), C: ANY_COUNT, T: exactly(53)}

        assert attack(merge_known(first, second), [SUM], protected=[A], width=5).recovered == (A,)

    def test_rounded_numbers_that_give_themselves_away(self):
        # 3 + 3 + 3 + 3 = 12: the parts read 5 (3 to 7), the total reads 10 (8 to 12). The parts
        # are 12 at least and the total 12 at most, so each part is 3.
        parts = [("n", str(number)) for number in range(4)]
        equation = Equation(((T, 1.0), *((part, -1.0) for part in parts)))
        known = {**dict.fromkeys(parts, Interval(3, 7)), T: Interval(8, 12)}

        found = attack(known, [equation], protected=parts, width=1, whole=True)

        assert found.recovered == tuple(parts)

    def test_whole_numbers_narrow_an_interval(self):
        equation = Equation(((A, 2.0), (B, 2.0)), 7.0)

        loose = attack({A: Interval(0, 3), B: Interval(0, 3)}, [equation], protected=[A], width=1)
        whole = attack(
            {A: Interval(0, 3), B: Interval(0, 3)}, [equation], protected=[A], width=1, whole=True
        )

        assert loose.consistent
        assert not whole.consistent  # 2 A + 2 B is never odd

    def test_what_stands_in_no_equation_stays_open(self):
        found = attack({A: ANY_COUNT}, [], protected=[A], width=5)

        assert found.intervals[A].upper == math.inf
        assert found.recovered == ()

    def test_a_change_may_be_negative(self):
        change = Interval(-math.inf, math.inf)
        equation = Equation(((("change", "A"), 1.0), (A, -1.0), (B, 1.0)))

        found = attack(
            {("change", "A"): change, A: exactly(5), B: Interval(0, 20)},
            [equation],
            protected=[("change", "A")],
            width=5,
        )

        assert found.intervals["change", "A"] == pytest.approx((-15, 5), abs=1e-4)

    @pytest.mark.parametrize(
        "known",
        [
            {A: exactly(1), B: exactly(1), C: exactly(1), T: exactly(9)},
            {A: Interval(0, 1), B: exactly(1), C: exactly(1), T: exactly(9)},
            {A: Interval(2, 1), B: exactly(1), C: exactly(1), T: exactly(9)},
        ],
    )
    def test_figures_that_contradict_one_another_are_named_so(self, known):
        found = attack(known, [SUM], protected=[A], width=5)

        assert not found.consistent
        assert found.recovered == ()
