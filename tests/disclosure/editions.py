"""Small editions: tidy observation tables with units, groups, months, years and their totals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

CHANNELS = ("online", "paper", "email")
WHOLE = ""


def observe(rows):
    """Return observations from (measure, service, unit, group, start, end, value)."""
    frame = pd.DataFrame(
        rows,
        columns=["measure", "service", "unit", "group", "period_start", "period_end", "value"],
    )
    frame = frame.assign(
        period_start=pd.to_datetime(frame["period_start"]),
        period_end=pd.to_datetime(frame["period_end"]),
        value=frame["value"].astype("float64"),
    )
    texts = [f"aus {value:g} Vorgängen" for value in frame["value"]]
    return frame.assign(
        place="Musterstadt",
        level="Stadt",
        measure_unit="Anträge",
        kind="ist",
        method="auswertung",
        lower=frame["value"],
        upper=frame["value"],
        base_value=np.nan,
        rule="exact",
        published=texts,
        wording=texts,
        note="",
        source_id="a.csv",
        origin=[f"a.csv#{number + 2}:Wert" for number in frame.index],
    )


def month(number, year=2024):
    start = pd.Timestamp(year, number, 1)
    return start, start + pd.offsets.MonthEnd()


def year_of(year=2024):
    return pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)


def count_units(numbers, *, measure="received", start_end=None, service="wohngeld"):
    """Return one period of several units and their sum."""
    start, end = start_end or month(1)
    total = [(measure, service, WHOLE, "", start, end, sum(numbers.values()))]
    return total + [
        (measure, service, unit, "", start, end, value) for unit, value in numbers.items()
    ]


def make_edition(seed, *, units=3, months=12, mean=15, years=1):
    """Return tables of all levels: units and months, channels, ages, staff; totals; years."""
    random = np.random.default_rng(seed)
    names = [f"U{number}" for number in range(units)]
    received = random.poisson(mean, (units, months * years))
    parts = np.array(
        [[random.multinomial(cell, [0.6, 0.3, 0.1]) for cell in row] for row in received]
    )
    stock = np.full(units, 2 * mean)
    decided, open_ = np.zeros_like(received), np.zeros_like(received)
    for step in range(months * years):
        decided[:, step] = np.minimum(random.poisson(mean, units), stock + received[:, step])
        stock = stock + received[:, step] - decided[:, step]
        open_[:, step] = stock
    ages = np.array(
        [[random.multinomial(cell, [0.5, 0.2, 0.15, 0.1, 0.05]) for cell in row] for row in open_]
    )
    cases, adoption = [], []
    flows = {"received": received, "decided": decided}
    flows |= {f"applications_{name}": parts[..., number] for number, name in enumerate(CHANNELS)}
    for measure, cube in flows.items():
        target = adoption if measure.startswith("applications") else cases
        for step in range(months * years):
            period = month(step % 12 + 1, 2024 + step // 12)
            numbers = dict(zip(names, cube[:, step], strict=True))
            target += count_units(numbers, measure=measure, start_end=period)
        for year in range(years if months == 12 else 0):
            whole = cube[:, 12 * year : 12 * year + 12].sum(axis=1)
            target += count_units(
                dict(zip(names, whole, strict=True)),
                measure=measure,
                start_end=year_of(2024 + year),
            )
    stocks = {"open": open_} | {
        f"open_age_{name}": ages[..., number]
        for number, name in enumerate(("1", "3", "6", "12", "over_12"))
    }
    for (measure, cube), step in itertools.product(stocks.items(), range(months * years)):
        end = month(step % 12 + 1, 2024 + step // 12)[1]
        numbers = dict(zip(names, cube[:, step], strict=True))
        cases += count_units(numbers, measure=measure, start_end=(end, end))
    return {
        "case_counts": observe(cases),
        "service_adoption": observe(adoption).assign(
            origin=lambda rows: [f"b.csv#{number}:Wert" for number in rows.index]
        ),
        "staffing": _make_staff(random, names, months * years),
    }


def _make_staff(random, names, months):
    rows = []
    groups = ("E5", "E9", "E13")
    for step in range(months):
        end = month(step % 12 + 1, 2024 + step // 12)[1]
        heads = random.poisson(6, (len(names), len(groups)))
        for row, unit in zip(heads, names, strict=True):
            rows += [
                ("heads", "sozialreferat", unit, group, end, end, value)
                for group, value in zip(groups, row, strict=True)
            ]
            rows.append(("heads", "sozialreferat", unit, "", end, end, row.sum()))
        rows += [
            ("heads", "sozialreferat", "", group, end, end, value)
            for group, value in zip(groups, heads.sum(axis=0), strict=True)
        ]
        rows.append(("heads", "sozialreferat", "", "", end, end, heads.sum()))
    return observe(rows).assign(
        measure_unit="Personen", origin=lambda table: [f"c.csv#{n}:Wert" for n in table.index]
    )
