"""A small made-up city: regular monthly figures of two services, their units, staff and forms.

The simulator obeys the stock-flow identity (open = open before + received − decided), so that
indicators can be worked out from it; it knows no chance, only sums of sines and remainders.
"""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.fields import TABLES

UNITS = ("sbh_mitte", "sbh_nord", "sbh_ost")
MONTHS = pd.date_range("2021-01-01", "2025-12-01", freq="MS")
CHANNELS = {"online": 0.25, "paper": 0.5, "in_person": 0.25}
AGES = {"1": 0.4, "3": 0.3, "6": 0.15, "12": 0.1, "over_12": 0.05}


class City:
    """Collects observations as the cleaning would make them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, object]]] = {}

    def add(self, table, service, unit, measure, month, value, *, unit_of="Anträge", stock=False):
        end = month + pd.offsets.MonthEnd(0)
        key = f"{service}/{unit}/{measure}/{month:%Y-%m}"
        row = {
            "service": service,
            "unit": unit,
            "group": "",
            "place": "Musterstadt",
            "level": "Stadt",
            "measure": measure,
            "measure_unit": unit_of,
            "kind": "ist",
            "period_start": end if stock else month,
            "period_end": end,
            "certainty": "exact",
            "value": float(value),
            "lower": float(value),
            "upper": float(value),
            "rule": "exact",
            "qualifier": "Auswertung",
            "method": "antraege",
            "published": f"{value}",
            "wording": f"{value} {unit_of}",
            "source_id": "probe.csv",
            "fact_id": key,
            "origin": f"probe.csv#0:{key}",
        }
        self.rows.setdefault(table, []).append(row)

    def frame(self, table: str) -> pd.DataFrame:
        columns = [field.name for field in TABLES[table]]
        frame = pd.DataFrame(self.rows.get(table, []), columns=columns)
        kinds = {field.name: field.kind for field in TABLES[table]}
        texts = [name for name, kind in kinds.items() if kind == "text"]
        dates = [name for name, kind in kinds.items() if kind == "date"]
        numbers = [name for name, kind in kinds.items() if kind == "number"]
        filled = frame.assign(
            **{name: frame[name].astype("object").fillna("").astype("str") for name in texts}
        )
        return filled.astype(dict.fromkeys(dates, "datetime64[us]") | dict.fromkeys(numbers, float))


def simulate_city(units=UNITS) -> dict[str, pd.DataFrame]:
    """Return the observation tables and registers of the made-up city."""
    city = City()
    for number, service in enumerate(("wohngeld", "grundsicherung")):
        _add_cases(city, service, ("",) if service == "wohngeld" else units, 300 * (2 - number))
        _add_adoption(city, service)
    for rank, unit in enumerate(units):
        _add_staff(city, unit, rank)
    tables = {name: city.frame(name) for name in ("case_counts", "staffing", "service_adoption")}
    return tables | {
        "unit_names": _register("unit_id", {unit: f"SBH {unit[4:].title()}" for unit in units}),
        "service_names": _register(
            "service_id",
            {
                "wohngeld": "Wohngeld",
                "grundsicherung": "Grundsicherung",
                "unterhaltsvorschuss": "Unterhaltsvorschuss",
            },
        ),
    }


def _add_cases(city: City, service: str, units: tuple[str, ...], base: int) -> None:
    for rank, unit in enumerate(units):
        stock = base
        for step, month in enumerate(MONTHS):
            wave = math.sin(2 * math.pi * (month.month - 1) / 12)
            received = round(base + 20 * rank + base / 5 * wave + step % 7)
            decided = min(stock + received, round(base + 15 * rank + (step * 5) % 11))
            stock += received - decided
            for measure, value in (("received", received), ("decided", decided)):
                city.add("case_counts", service, unit, measure, month, value)
            city.add("case_counts", service, unit, "open", month, stock, stock=True)
            rest = stock
            for age, share in list(AGES.items())[1:]:
                part = round(stock * share)
                rest -= part
                city.add("case_counts", service, unit, f"open_age_{age}", month, part, stock=True)
            city.add("case_counts", service, unit, "open_age_1", month, rest, stock=True)
            for measure, value in (
                ("processing_time_median", 2 + stock / base / 4),
                ("processing_time_p90", 5 + stock / base / 2),
            ):
                city.add(
                    "case_counts", service, unit, measure, month, round(value, 2), unit_of="Monate"
                )
        city.rows["case_counts"].append(_year_row(city.rows["case_counts"], service, unit))


def _year_row(rows: list[dict[str, object]], service: str, unit: str) -> dict[str, object]:
    """Return the receipts of 2024 as ``totals`` adds them."""
    months = [
        row
        for row in rows
        if (row["service"], row["unit"], row["measure"]) == (service, unit, "received")
        and row["period_end"].year == 2024
    ]
    total = sum(row["value"] for row in months)
    key = f"{service}/{unit}/received/2024"
    return {
        **months[0],
        "period_end": months[-1]["period_end"],
        **dict.fromkeys(("value", "lower", "upper"), total),
        "fact_id": key,
        "origin": f"probe.csv#0:{key}",
    }


def _add_adoption(city: City, service: str) -> None:
    for step, month in enumerate(MONTHS):
        total = 400 + step
        shares = {**CHANNELS, "online": 0.25 + step / 200, "paper": 0.5 - step / 200}
        for channel, share in shares.items():
            value = round(total * share)
            city.add("service_adoption", service, "", f"applications_{channel}", month, value)
        city.add("service_adoption", service, "", "forms_started", month, 200, unit_of="Formulare")
        abandoned = 60 - step // 3
        city.add(
            "service_adoption",
            service,
            "",
            "forms_abandoned",
            month,
            abandoned,
            unit_of="Formulare",
        )
    flags = {"end_to_end": 1, "efile_share": 62.5, "accessible": 0, "maturity": 3}
    for measure, value in flags.items():
        if service == "wohngeld":
            city.add("service_adoption", service, "", measure, MONTHS[-1], value, stock=True)


def _add_staff(city: City, unit: str, rank: int) -> None:
    for step, month in enumerate(MONTHS):
        stocks = {
            "posts_planned": (40 + 5 * rank, "Stellen"),
            "posts_filled": (36 + 4 * rank - (step % 5) / 2, "VZÄ"),
            "heads": (42 + 4 * rank, "Personen"),
            "heads_part_time": (12 + rank, "Personen"),
            "posts_in_training": (3 + step % 3, "VZÄ"),
            "vacancies": (4 + rank, "Planstellen"),
        }
        flows = {
            "leavers": (step % 2, "Personen"),
            "sickness_rate": (6 + 2 * math.cos(2 * math.pi * step / 12), "%"),
            "overtime_hours": (80 + 10 * rank, "Stunden"),
            "overload_reports": ((step + rank) % 3, "Anzeigen"),
            "vacancy_duration_median": (4 + step / 30, "Monate"),
            "vacancy_duration_p90": (9 + step / 20, "Monate"),
        }
        for measure, (value, unit_of) in stocks.items():
            city.add(
                "staffing",
                "sozialreferat",
                unit,
                measure,
                month,
                value,
                unit_of=unit_of,
                stock=True,
            )
        for measure, (value, unit_of) in flows.items():
            city.add("staffing", "sozialreferat", unit, measure, month, value, unit_of=unit_of)


def _register(key: str, labels: dict[str, str]) -> pd.DataFrame:
    rows = [
        {
            key: identifier,
            "label": label,
            "name": label,
            "valid_from": pd.NaT,
            "valid_to": pd.NaT,
            "origin": f"register.csv#{line}",
        }
        for line, (identifier, label) in enumerate(labels.items(), start=2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def city() -> dict[str, pd.DataFrame]:
    """Tables of the made-up city; tests do not change them."""
    return simulate_city()
