"""Staffing: posts, persons, absences, strain, equipment (chapter Personal).

Methods: docs/methods/staffing.md.
"""

from __future__ import annotations

import pandas as pd

from analysis.indicators.intervals import (
    divide,
    select_observations,
    subtract,
    with_origins,
)
from analysis.indicators.months import covers_month, is_regular
from analysis.presentation.formats import format_date, say_period

_POST_SERIES = {
    "posts_planned": "Stellen laut Plan",
    "posts_filled": "besetzt (VZÄ)",
    "heads": "Personen",
}
_PER = 100
_REPORTED = "beschaeftigte"
SURVEY_MEASURES = ("survey_high_strain", "survey_overtime_share")
DEVICE_LABELS = {
    "Mobiltelefon gesamt": "mobile Telefone",
    "Notebook": "Notebooks",
}


def list_employees(staffing: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return the number of employees of a body over time.

    Args:
        staffing: observations.
        service: body, for instance ``sozialreferat``.
        place: city.

    Returns:
        Observations in order of time [persons], all counted in the same way: that of the personnel
        reports where there are any; ``connect`` (bool: part of a regular monthly series).
    """
    rows = select_observations(staffing, "heads", service=service, place=place)
    reported = rows.loc[rows["method"] == _REPORTED].reset_index(drop=True)
    chosen = reported if len(reported) or rows.empty else _keep_main_method(rows)
    regular = is_regular(chosen.loc[covers_month(chosen), "period_end"])
    return chosen.assign(connect=covers_month(chosen) & regular)


def list_staff_figures(staffing: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return posts, filled posts and heads of a service over time.

    Posts and persons are different things and are kept apart as series.

    Returns:
        Observations in order of time with ``series``. Heads that count only one group of employees
        form a series of their own.
    """
    parts = [
        select_observations(staffing, measure, service=service, place=place).assign(series=label)
        for measure, label in _POST_SERIES.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    casework = rows["method"] == "sachbearbeitung"
    return rows.assign(
        series=rows["series"].mask(casework, "Personen in der Sachbearbeitung")
    ).sort_values(["period_end", "series"], ignore_index=True)


def list_approved_posts(staffing: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return posts that the council approved for a service, in order of time."""
    return select_observations(staffing, "posts_approved", service=service, place=place)


def compare_posts(staffing: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Set planned posts beside filled ones at the same date.

    Args:
        staffing: observations with ``posts_planned`` and ``posts_filled``.
        service: body.
        place: city.

    Returns:
        One row per pair of figures for the same date that are counted in the same way:
        ``period_start``, ``period_end``, ``planned``, ``filled`` [posts], ``value``, ``lower``,
        ``upper`` (fill rate in percent, Besetzungsgrad = filled ÷ planned), ``gap`` (planned −
        filled), ``origins``.

    Source:
        docs/methods/staffing.md, section 1.
    """
    keys = ["period_start", "period_end", "method"]
    planned = select_observations(staffing, "posts_planned", service=service, place=place)
    filled = select_observations(staffing, "posts_filled", service=service, place=place)
    pairs = planned.reset_index().merge(filled.reset_index(), on=keys, suffixes=("_plan", "_fill"))
    plan = planned.loc[pairs["index_plan"]].reset_index(drop=True)
    fill = filled.loc[pairs["index_fill"]].reset_index(drop=True)
    rate = divide(fill, plan, factor=_PER)
    return rate.assign(
        period_start=plan["period_start"],
        period_end=plan["period_end"],
        planned=plan["value"],
        filled=fill["value"],
        gap=subtract(plan, fill)["value"],
        measure="fill_rate",
    )


def compare_rates(
    staffing: pd.DataFrame, measure: str, *, services: dict[str, str], place: str
) -> pd.DataFrame:
    """Return the latest rate of several bodies, for instance turnover of a service and the city.

    Args:
        staffing: observations.
        measure: a rate of the registry of measures.
        services: body to German label, in the order wanted.
        place: city.

    Returns:
        One row per body for which there is a figure, with ``category`` (the label).
    """
    parts = [
        select_observations(staffing, measure, service=service, place=place)
        .tail(1)
        .assign(category=label)
        for service, label in services.items()
    ]
    return pd.concat(parts, ignore_index=True)


def list_survey(staffing: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Return shares from the survey among employees.

    Args:
        staffing: observations.
        labels: German label of each measure of ``SURVEY_MEASURES``.

    Returns:
        One row per measure with ``category``.
    """
    rows = staffing.loc[staffing["measure"].isin(labels)]
    return with_origins(rows.assign(category=rows["measure"].map(labels))).sort_values(
        "value", ascending=False, ignore_index=True
    )


def measure_devices(equipment: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """Devices per 100 employees: stock and target.

    Args:
        equipment: register of equipment.
        scope: whole department, as coded in the register.

    Returns:
        One row per kind of device and kind of statement: ``category`` (German label),
        ``statement`` (``Bestand``, ``Planungsstand`` or ``Ziel``), ``devices``, ``value``,
        ``lower``, ``upper`` [devices per 100 employees], ``period_start``, ``period_end``,
        ``origins``. The employees are those of the same document; no row where it names none.

    Source:
        docs/methods/staffing.md, section 3.
    """
    own = with_origins(equipment.loc[equipment["scope"] == scope])
    staff = own.loc[own["category"] == "Beschäftigte"]
    devices = own.loc[
        own["category"].isin(DEVICE_LABELS)
        & own["kind"].isin(["Bestand", "Planungsstand", "Ziel"])
        & (own["measure_unit"] == "Geräte")
    ].reset_index(drop=True)
    if staff.empty:
        devices = devices.head(0)
    employees = staff.iloc[[0] * len(devices)].reset_index(drop=True)
    return divide(devices, employees, factor=_PER).assign(
        category=devices["category"].map(DEVICE_LABELS),
        statement=devices["kind"],
        devices=devices["value"],
        measure="public",
        period_start=devices["period_start"],
        period_end=devices["period_end"],
    )


def list_notebook_quotas(equipment: pd.DataFrame) -> pd.DataFrame:
    """Return the notebook quotas that the document names, with date and qualification.

    Returns:
        Rows of the register with ``category`` ``Notebookquote`` [percent], in the register's
        order, and ``when`` (date or deadline in German).
    """
    rows = with_origins(equipment.loc[equipment["category"] == "Notebookquote"])
    until = "bis " + rows["period_end"].map(format_date).astype("str")
    periods = pd.Series([say_period(row) for _, row in rows.iterrows()], rows.index, dtype="str")
    return rows.assign(
        measure="public", when=periods.mask(rows["period_start"].isna(), until)
    ).reset_index(drop=True)


def state_missing(posts: pd.DataFrame, known: str) -> str:
    """Return why no utilisation and no staffing requirement is shown.

    Args:
        posts: monthly rows of staffing.
        known: ``veröffentlichten`` or ``gelieferten``, as the edition's data are.
    """
    filled = posts["measure"].eq("posts_filled").any()
    rest = "" if filled else " und keine monatlich besetzten Stellen des Sozialreferats"
    return f"Die {known} Angaben enthalten keine mittleren Bearbeitungszeiten{rest}."


def list_needed(posts: pd.DataFrame) -> str:
    """Return which data a utilisation needs beyond the monthly rows of staffing."""
    filled = posts["measure"].eq("posts_filled").any()
    return ", ".join(
        [
            "Mittlere Bearbeitungszeiten je Vorgang",
            *([] if filled else ["besetzte Stellen in VZÄ je Monat"]),
            "Jahresarbeitszeit",
        ]
    )


def _keep_main_method(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the way of counting that most rows have."""
    main: pd.Series = rows["method"] == rows["method"].mode().iloc[0]
    return rows.loc[main].reset_index(drop=True)
