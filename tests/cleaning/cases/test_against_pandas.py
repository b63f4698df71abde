"""All measures against a naive computation with pandas, row by row and month by month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.cleaning.cases import Threads, clean_cases

from .conftest import NAMES, make_mapping

FIRST = dt.date(2023, 1, 1)
AS_OF = dt.date(2024, 4, 30)
UNITS = {"Nord": "nord", "Süd": "sued"}
CHANNELS = {"online": "online", "Papier": "paper", "": ""}
MONTH = 30.4375


class Case(NamedTuple):
    unit: str
    received: dt.date
    complete: dt.date | None
    closed: dt.date | None
    withdrawn: bool
    channel: str


@st.composite
def cases(draw: st.DrawFn) -> Case:
    last = (AS_OF - FIRST).days
    received = draw(st.integers(0, last))
    closed = draw(st.none() | st.integers(received, last))
    complete = draw(st.none() | st.integers(received, last if closed is None else closed))
    return Case(
        draw(st.sampled_from(sorted(UNITS))),
        FIRST + dt.timedelta(received),
        None if complete is None else FIRST + dt.timedelta(complete),
        None if closed is None else FIRST + dt.timedelta(closed),
        closed is not None and draw(st.booleans()),
        draw(st.sampled_from(sorted(CHANNELS))),
    )


def write(path: Path, rows: list[Case]) -> None:
    def show(day: dt.date | None) -> str:
        return f"{day:%d.%m.%Y}" if day else ""

    lines = ["Aktenzeichen;Dienststelle;Eingang;Vollständig;Entscheidung;Weg;Stand\n"]
    for number, case in enumerate(rows):
        status = "offen" if case.closed is None else "entschieden"
        lines.append(
            f"{number};{case.unit};{show(case.received)};{show(case.complete)};"
            f"{show(case.closed)};{case.channel};"
            f"{'zurückgenommen' if case.withdrawn else status}\n"
        )
    path.write_text("".join(lines), "utf-8")


def compute_naively(rows: list[Case]) -> dict[tuple[str, str, str], float]:
    """Return every value by unit, measure and month, by the definitions in the documentation."""
    frame = pd.DataFrame(rows, columns=Case._fields)
    for column in ("received", "complete", "closed"):
        frame[column] = pd.to_datetime(frame[column])
    frame["unit"] = frame["unit"].map(UNITS)
    months = pd.period_range(frame["received"].min(), AS_OF, freq="M")
    found: dict[tuple[str, str, str], float] = {}
    for unit, own in [("", frame), *frame.groupby("unit")]:
        for month in months:
            values = measure_durations(own, month)
            if unit:
                values |= count(own, month, set(frame["channel"]))
            found |= {(str(unit), name, str(month)): value for name, value in values.items()}
    return found


def count(own: pd.DataFrame, month: pd.Period, channels: set[str]) -> dict[str, float]:
    received = own["received"].dt.to_period("M")
    closed = own["closed"].dt.to_period("M")
    is_open = (received <= month) & ~(closed <= month)
    age = np.array([(month - each).n for each in received[is_open]])
    values: dict[str, float] = {
        "received": (received == month).sum(),
        "decided": (closed == month).sum(),
        "open": is_open.sum(),
        "open_age_1": (age == 0).sum(),
        "open_age_3": ((age >= 1) & (age <= 2)).sum(),
        "open_age_6": ((age >= 3) & (age <= 5)).sum(),
        "open_age_12": ((age >= 6) & (age <= 11)).sum(),
        "open_age_over_12": (age >= 12).sum(),
        "applications_total": (received == month).sum(),
    }
    for word, channel in CHANNELS.items():
        if channel and word in channels:
            here = (received == month) & (own["channel"] == word)
            values[f"applications_{channel}"] = here.sum()
    return values


def measure_durations(own: pd.DataFrame, month: pd.Period) -> dict[str, float]:
    decided = own[(own["closed"].dt.to_period("M") == month) & ~own["withdrawn"].astype(bool)]
    values: dict[str, float] = {}
    for name, start in (("processing_time", "received"), ("processing_time_complete", "complete")):
        days = (decided["closed"] - decided[start]).dt.days.dropna()
        if len(days):
            values[f"{name}_median"] = float(days.median()) / MONTH
            values[f"{name}_p90"] = float(days.quantile(0.9)) / MONTH
    wait = measure_wait(own[own["received"].dt.to_period("M") == month])
    if wait is not None:
        values["waiting_time_median"] = wait / MONTH
    return values


def measure_wait(cohort: pd.DataFrame) -> int | None:
    """Return the median by Kaplan and Meier, with the share still waiting as a fraction."""
    last = cohort["closed"].fillna(pd.Timestamp(AS_OF))
    seen = (last - cohort["received"]).dt.days.tolist()
    events = (cohort["closed"].notna() & ~cohort["withdrawn"].astype(bool)).tolist()
    waiting = 1.0
    for day in sorted(set(seen)):
        observed = sum(each >= day for each in seen)
        decided = sum(each == day and event for each, event in zip(seen, events, strict=True))
        waiting *= 1 - decided / observed
        if waiting <= 0.5 + 1e-9:
            return day
    return None


@given(st.lists(cases(), min_size=1, max_size=40), st.integers(30, 3000))
def test_every_value_is_that_of_a_naive_computation(
    tmp_path_factory: object, rows: list[Case], piece_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("faelle") / "faelle.csv"  # type: ignore[attr-defined]
    write(path, rows)

    cleaned = clean_cases(
        path,
        make_mapping(),
        NAMES,
        as_of=AS_OF,
        file="faelle.csv",
        format_options={"kind": "csv", "delimiter": ";"},
        executor=Threads(1),
        piece_bytes=piece_bytes,
    )

    table = pd.concat(cleaned.tables.values())
    months = table["period_end"].dt.strftime("%Y-%m")
    keys = list(zip(table["unit"], table["measure"], months, strict=True))
    found = dict(zip(keys, table["value"], strict=True))
    expected = compute_naively(rows)
    assert len(found) == len(keys)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert abs(found[key] - value) < 1e-9, key
    assert cleaned.rows_read == cleaned.rows_kept == len(rows)
    assert not (cleaned.findings["severity"] == "fehler").any()


@given(st.lists(cases(), min_size=1, max_size=40))
def test_the_stock_flow_identity_holds(tmp_path_factory: object, rows: list[Case]) -> None:
    path = tmp_path_factory.mktemp("faelle") / "faelle.csv"  # type: ignore[attr-defined]
    write(path, rows)

    counts = clean_cases(
        path, make_mapping(), NAMES, as_of=AS_OF, file="f.csv", format_options=None
    ).tables["case_counts"]

    wide = counts[counts["unit"] != ""].pivot_table(
        index=["unit", "period_end"], columns="measure", values="value"
    )
    change = wide["open"].groupby("unit").diff().fillna(wide["open"])
    assert (change == wide["received"] - wide["decided"]).all()
    ages = wide[[name for name in wide.columns if name.startswith("open_age")]]
    assert (ages.sum(axis=1) == wide["open"]).all()
