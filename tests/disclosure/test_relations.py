from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.disclosure.relations import ColumnSum, Flow, Sum, build_equations, column_of
from analysis.disclosure.system import build_system, fill_gaps, split_components
from analysis.disclosure_policy import DisclosureError

T = "Insgesamt"


def _build(values, relations, columns=("n",), dimensions=("unit",)):
    return build_equations(values, columns=columns, dimensions=dimensions, relations=relations)


class TestSum:
    def test_all_other_values_are_the_parts(self):
        values = {("n", "A"): 3.0, ("n", "B"): 4.0, ("n", T): 7.0}

        equations, extra = _build(values, [Sum("unit", T)])

        assert equations[0].terms == ((("n", T), 1.0), (("n", "A"), -1.0), (("n", "B"), -1.0))
        assert extra == {}

    def test_holds_in_each_context(self):
        values = {("n", u, m): 1.0 for u in "AB" for m in "12"} | {("n", T, m): 2.0 for m in "12"}

        equations, _ = _build(values, [Sum("unit", T)], dimensions=("unit", "month"))

        assert len(equations) == 2
        assert all(len({key[2] for key, _ in each.terms}) == 1 for each in equations)

    def test_a_part_that_lacks_its_row_somewhere_is_a_cell_of_its_own(self):
        values = {("n", "A", "1"): 3.0, ("n", T, "1"): 7.0}
        values |= {("n", "A", "2"): 3.0, ("n", "B", "2"): 5.0, ("n", T, "2"): 8.0}

        equations, extra = _build(
            values, [Sum("unit", T, ("A", "B"))], dimensions=("unit", "month")
        )

        assert list(extra) == [("n", "B", "1")]
        assert fill_gaps({**values, **extra}, equations)["n", "B", "1"] == 4.0

    @pytest.mark.parametrize("relation", [Sum("unit", "Insgesmt"), Sum("unit", T, ("A", "C"))])
    def test_names_that_stand_nowhere_stop_the_release(self, relation):
        values = {("n", "A"): 3.0, ("n", "B"): 4.0, ("n", T): 7.0}

        with pytest.raises(DisclosureError, match="nirgends den Wert"):
            _build(values, [relation])

    def test_parts_that_miss_the_total_stop_the_release(self):
        values = {("n", "A"): 3.0, ("n", "B"): 4.0, ("n", T): 9.0}

        with pytest.raises(DisclosureError, match="complete=False"):
            _build(values, [Sum("unit", T)])

    def test_the_rest_of_incomplete_parts_is_a_cell(self):
        values = {("n", "A"): 3.0, ("n", "B"): 4.0, ("n", T): 9.0}

        equations, extra = _build(values, [Sum("unit", T, complete=False)])

        (rest,) = extra
        assert extra[rest] == 2.0
        assert equations[0].terms[-1] == (rest, -1.0)
        assert column_of(rest) == "n"

    def test_parts_above_the_total_stop_the_release(self):
        values = {("n", "A"): 8.0, ("n", T): 7.0}

        with pytest.raises(DisclosureError, match="größer als das Ganze"):
            _build(values, [Sum("unit", T, complete=False)])

    def test_rounding_noise_of_decimal_numbers_is_no_contradiction(self):
        values = {("n", "A"): 1.33, ("n", "B"): 1.33, ("n", "C"): 1.33, ("n", T): 4.0}

        equations, _ = _build(values, [Sum("unit", T)])

        assert equations[0].constant == pytest.approx(0.01)

    def test_unknown_names_stop_the_release(self):
        with pytest.raises(DisclosureError, match="»amt«"):
            _build({("n", "A"): 1.0}, [Sum("amt", T)])
        with pytest.raises(DisclosureError, match="»online«"):
            _build({("n", "A"): 1.0}, [ColumnSum("n", ("online",))])
        with pytest.raises(DisclosureError, match="»month«"):
            _build({("n", "A"): 1.0}, [Flow("month", "n", (), ())])


class TestFlow:
    VALUES = {  # noqa: RUF012
        ("open", "01"): 100.0,
        ("in", "01"): 9.0,
        ("out", "01"): 9.0,
        ("open", "02"): 103.0,
        ("in", "02"): 10.0,
        ("out", "02"): 7.0,
    }

    def _equations(self, values):
        flow = Flow("month", "open", ("in",), ("out",))
        return _build(values, [flow], ("open", "in", "out"), ("month",))

    def test_links_neighbouring_periods(self):
        equations, _ = self._equations(self.VALUES)

        assert len(equations) == 1
        assert equations[0].constant == 0.0
        assert dict(equations[0].terms) == {
            ("open", "02"): 1.0,
            ("open", "01"): -1.0,
            ("in", "02"): -1.0,
            ("out", "02"): 1.0,
        }

    def test_a_correction_of_the_stock_is_known(self):
        equations, _ = self._equations({**self.VALUES, ("open", "02"): 101.0})

        assert equations[0].constant == -2.0


class TestSystem:
    def test_gaps_that_follow_are_filled_and_hidden(self):
        values = {("n", "A"): 3.0, ("n", "B"): math.nan, ("n", T): 7.0}
        system = build_system(values, _build(values, [Sum("unit", T)]), protected=["n"])

        assert system.values.tolist() == [3.0, 4.0, 7.0]
        assert system.hidden.tolist() == [False, True, False]

    def test_gaps_that_do_not_follow_are_taken_as_known(self):
        values = {("n", "A"): math.nan, ("n", "B"): math.nan, ("n", T): 7.0}
        system = build_system(values, _build(values, [Sum("unit", T)]), protected=["n"])

        assert system.known.tolist() == [True, True, False]

    def test_contradictions_across_rows_and_columns_stop_the_release(self):
        cells = {("n", "A", "1"): math.nan, ("n", T, "1"): 5.0, ("n", "A", T): 6.0}
        relations = [Sum("unit", T), Sum("month", T)]
        equations = _build(cells, relations, dimensions=("unit", "month"))

        with pytest.raises(DisclosureError, match="widersprechen"):
            build_system(cells, equations, protected=["n"])

    def test_components_are_linked_by_equations_between_open_cells(self):
        values = {("n", u, m): 9.0 for u in "AB" for m in "12"} | {("n", T, m): 18.0 for m in "12"}
        equations = _build(values, [Sum("unit", T)], dimensions=("unit", "month"))
        system = build_system(values, equations, protected=["n"])

        groups = split_components(system.matrix, np.ones(6, dtype=bool))

        assert sorted(len(group) for group in groups) == [3, 3]
