"""Small tables with totals, and registries of measures for them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.disclosure import ColumnSum, Count, Sum, protect
from analysis.fields import Measure

TOTAL = "Insgesamt"


@pytest.fixture(scope="session")
def registry():
    entries = (
        Measure("received", "Eingänge", "Anträge", "flow", 0, "cases"),
        Measure("online", "online", "Anträge", "flow", 0, "cases"),
        Measure("decided", "Erledigungen", "Anträge", "flow", 0, "cases"),
        Measure("open", "offen", "Anträge", "stock", 0, "cases"),
        Measure("change", "Veränderung", "Anträge", "change", 0, "cases"),
        Measure("heads", "Beschäftigte", "Personen", "stock", 0, "staff"),
        Measure("posts", "Stellen", "VZÄ", "stock", 2, "staff"),
        Measure("share", "Quote", "%", "rate", 1, "rate"),
        Measure("duration", "Dauer", "Monate", "duration", 1, "rate"),
        Measure("households", "Haushalte", "Haushalte", "stock", 0, "public"),
        Measure("unlabelled", "ohne Klasse", "Fälle", "flow", 0, ""),
    )
    return {entry.name: entry for entry in entries}


@pytest.fixture(scope="session")
def make_cube():
    """A table of counts with all margins: dimensions ``d0``, ``d1`` …, column ``received``."""

    def make(cells):
        cube = np.asarray(cells)
        for axis in range(cube.ndim):
            cube = np.concatenate([cube, cube.sum(axis=axis, keepdims=True)], axis=axis)
        labels = [[*(f"{n:02d}" for n in range(size - 1)), TOTAL] for size in cube.shape]
        rows = itertools.product(*labels)
        names = [f"d{axis}" for axis in range(cube.ndim)]
        return pd.DataFrame(rows, columns=names).assign(received=cube.ravel())

    return make


@pytest.fixture
def channels():
    return pd.DataFrame(
        {
            "unit": ["A", "B", "C", TOTAL],
            "received": [3, 20, 40, 63],
            "online": [0, 6, 20, 26],
        }
    )


@pytest.fixture
def protect_channels(channels, registry):
    both = (Count("received", "received"), Count("online", "online"))

    def call(policy, *, table=channels, measures=both, **more):
        return protect(
            table,
            measures=measures,
            dimensions=["unit"],
            relations=[Sum("unit", TOTAL), ColumnSum("received", ("online",), complete=False)],
            policy=policy,
            registry=registry,
            **more,
        )

    return call
