"""Parts of the release: exact computability, stepwise suppression, relations found in the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from analysis.disclosure.cells import list_cells
from analysis.disclosure.circuits import suppress_stepwise
from analysis.disclosure.levels import choose_levels, load_levels
from analysis.disclosure.links import link_cells, load_relations
from analysis.disclosure.moves import find_determined, find_exposed
from analysis.disclosure.rates import load_rates
from analysis.disclosure.suppression import find_primary, suppress, weigh_information
from analysis.disclosure.system import System
from analysis.disclosure_policy import DisclosurePolicy
from analysis.fields import load_measures

from .editions import count_units, make_edition, month, observe

SUPPRESS = DisclosurePolicy(method="sperrung")


def _grid(numbers):
    """Return the system of a table with row sums, column sums and the sum of all."""
    inner = np.asarray(numbers, dtype=float)
    full = np.concatenate([inner, inner.sum(axis=0, keepdims=True)])
    full = np.concatenate([full, full.sum(axis=1, keepdims=True)], axis=1)
    height, width = full.shape
    place = np.arange(full.size).reshape(full.shape)
    rows = []
    for line in (*place, *place.T):
        row = np.zeros(full.size)
        row[line[:-1]], row[line[-1]] = 1, -1
        rows.append(row)
    nothing = np.zeros(full.size, dtype=bool)
    return System(
        keys=tuple(("n", number) for number in range(height * width)),
        values=full.ravel(),
        matrix=csr_array(np.array(rows)),
        signed=nothing,
        hidden=nothing,
        known=nothing,
    )


grids = st.lists(
    st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=4
).filter(lambda rows: any(0 < cell < 5 for row in rows for cell in row))


@given(numbers=grids, seed=st.integers(0, 1000))
def test_computable_cells_are_those_without_a_direction_of_movement(numbers, seed):
    system = _grid(numbers)
    movable = np.random.default_rng(seed).random(len(system.values)) < 0.4
    dense = system.matrix.toarray()[:, movable]
    # Naive: a cell is computable where each vector of the null space has a zero.
    _, sizes, vectors = np.linalg.svd(dense)
    space = vectors[(sizes > 1e-9).sum() :]
    still = np.zeros(len(system.values), dtype=bool)
    still[np.flatnonzero(movable)] = np.abs(space).max(axis=0, initial=0) < 1e-9

    everything = np.ones(len(system.values), dtype=bool)
    found = find_determined(system, everything, movable)

    assert (found == (still | ~movable)).all()


@settings(max_examples=25)
@given(numbers=grids)
def test_stepwise_suppression_is_safe_and_not_far_from_the_best(numbers):
    system = _grid(numbers)
    primary = find_primary(system, 5)
    nothing = np.zeros_like(primary)
    best = suppress(system, primary, width=5)

    steps = suppress_stepwise(system, primary, nothing, 5)

    assert not steps.failed.any()
    assert primary[~steps.chosen].sum() == 0
    values = system.values
    exposed = find_exposed(
        system,
        primary,
        down=np.where(steps.chosen, values, 0.0),
        up=np.where(steps.chosen, 1000.0, 0.0),
        width=5,
    )
    assert not exposed.any()
    weights = weigh_information(values)
    loss = weights[steps.chosen & ~primary].sum()
    least = weights[best.secondary].sum()
    assert loss >= least - 1e-6
    assert loss <= 3 * least + 1e-6


def _cells(tables):
    rows = list_cells(tables, SUPPRESS, load_measures())
    cells = rows.drop_duplicates("cell").set_index("cell").sort_index()
    return cells.assign(released=choose_levels(cells, 5))


class TestLinks:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_every_equation_holds(self, seed):
        cells = _cells(make_edition(seed))
        links = link_cells(cells)

        values = np.concatenate([cells["value"].to_numpy(), links.rests])
        assert links.matrix.shape[0] > len(cells) / 3
        assert np.abs(links.matrix @ values).max() == pytest.approx(0, abs=1e-6)
        assert (links.rests > 0).all()

    def test_units_months_channels_and_stocks_are_linked(self):
        # 2 units, 2 months: received, decided, open with their sums. Equations: 6 sums of units,
        # and stock and flow of February for two units and the whole: 9.
        tables = make_edition(1, units=2, months=2)
        measures = ["received", "decided", "open"]
        rows = tables["case_counts"]
        cells = _cells({"case_counts": rows.loc[rows["measure"].isin(measures)]})

        links = link_cells(cells)

        assert links.matrix.shape[0] == 9
        balance = links.matrix @ cells["value"].to_numpy()
        assert np.abs(balance).max() == 0

    def test_a_corrected_stock_counts_as_known(self):
        end = [month(n)[1] for n in (1, 2, 3)]
        rows = [
            ("open", "w", "", "", day, day, value)
            for day, value in zip(end, (100, 90, 85), strict=True)
        ]
        rows += [("received", "w", "", "", *month(n), 10) for n in (2, 3)]
        rows += [("decided", "w", "", "", *month(2), 20), ("decided", "w", "", "", *month(3), 18)]
        cells = _cells({"case_counts": observe(rows)})

        links = link_cells(cells)

        # February: 100 + 10 − 20 = 90. March: 90 + 10 − 18 = 82, but 85 were counted.
        assert sorted(np.abs(links.matrix @ cells["value"].to_numpy())) == [0, 3]
        assert len(links.rests) == 0

    def test_measures_that_differ_are_not_taken_for_the_same(self):
        rows = count_units({"A": 30, "B": 20}) + count_units(
            {"A": 11, "B": 12}, measure="applications_total"
        )
        cells = _cells({"case_counts": observe(rows)})

        assert link_cells(cells).matrix.shape[0] == 2


def test_what_the_rules_name_is_in_the_registry():
    known = set(load_measures())
    related = {
        name
        for relation in load_relations()
        for name in (relation.total, *(part for part, _ in relation.parts))
    }
    rates = load_rates()
    bases = {name for rate in rates.values() for name in rate.denominators}
    assert related <= known
    assert set(load_levels()["measure"]) <= known
    assert set(rates) | bases | {rate.numerator for rate in rates.values()} - {""} <= known
    assert set(load_levels()[["unit", "group", "unit_group"]].stack()) <= {"month", "year", "none"}


def test_a_cell_is_known_by_what_it_counts_not_by_its_row():
    rows = observe(count_units({"A": 3, "B": 20}))
    twice = {"case_counts": rows, "context": rows.assign(origin="c#1")}

    found = list_cells(twice, SUPPRESS, load_measures())

    assert len(found) == 6
    assert found["cell"].nunique() == 3
    other = list_cells(
        {"case_counts": pd.concat([rows, rows.assign(value=rows["value"] + 1)])},
        SUPPRESS,
        load_measures(),
    )
    assert other["cell"].nunique() == 6
