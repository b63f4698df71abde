"""Cases by unit and month: flows, season, clearance, backlog, age of the backlog, durations.

Method: docs/methods/units-and-months.md. Results are monthly rows as in ``months``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from analysis.indicators.intervals import join_origins
from analysis.indicators.months import (
    COLUMNS,
    SECRET,
    VALUES,
    add_window,
    add_years,
    average_window,
    divide_months,
    join_keys,
    label_series,
    pick,
)
from analysis.indicators.workdays import count_working_days
from analysis.presentation.formats import format_month
from analysis.presentation.phrases import join_words

FLOWS = {"received": "eingegangen", "decided": "erledigt"}
AGES = {
    "open_age_1": "bis 1 Monat",
    "open_age_3": "über 1 bis 3 Monate",
    "open_age_6": "über 3 bis 6 Monate",
    "open_age_12": "über 6 bis 12 Monate",
    "open_age_over_12": "über 12 Monate",
}
OLD_AGES = ("open_age_12", "open_age_over_12")
DURATIONS = {
    "processing_time_median": "Median ab Eingang",
    "processing_time_p90": "90. Perzentil ab Eingang",
    "processing_time_complete_median": "Median ab vollständigen Unterlagen",
    "processing_time_complete_p90": "90. Perzentil ab vollständigen Unterlagen",
}
MEASURES = ("received", "decided", "open", "waiting_time_median", *AGES, *DURATIONS)
IMPLIED = "aus Bestand und Erledigungen errechnet"
"""Name of the waiting time by Little's law."""
_NOUNS = {"unit_label": "Dienststellen", "service_label": "Leistungen"}
_PER_CENT = 100.0


def measure_per_working_day(rows: pd.DataFrame, *, land: str) -> pd.DataFrame:
    """Cases of a month per working day, so that months of different length can be compared.

    Args:
        rows: monthly rows of flows; further columns are kept.
        land: code of the Land whose public holidays count.

    Returns:
        The rows with ``value``, ``lower``, ``upper`` [cases per working day] and
        ``working_days``; ``measure`` is ``derived``.

    Source:
        docs/methods/units-and-months.md, section 3.
    """
    days = count_working_days(rows["month"], land=land)
    own = rows["month"].map(days).astype("float64")
    return rows.assign(
        **{name: rows[name] / own for name in VALUES},
        working_days=own,
        measure="derived",
        measure_unit="je Arbeitstag",
    )


def measure_waiting(rows: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Set the waiting time that stock and decisions imply beside the durations of decided cases.

    Args:
        rows: monthly rows with ``open``, ``decided`` and, where delivered, ``DURATIONS``.
        window: months over which decisions are averaged.

    Returns:
        Monthly rows with ``series`` (German): the implied waiting time (open ÷ decided per month)
        and median and 90th percentile from receipt [months]; only services that both are known
        for in some month.

    Source:
        docs/methods/workload.md, section 2.
    """
    implied = measure_backlog_by_unit(rows, window=window).assign(series=IMPLIED)
    names = ["processing_time_median", "processing_time_p90"]
    measured = list_duration_months(rows, names)
    known = [set(part.dropna(subset=["value"])["service"]) for part in (implied, measured)]
    joined = pd.concat([implied, measured], ignore_index=True)
    return joined.loc[joined["service"].isin(known[0] & known[1])].reset_index(drop=True)


def measure_season(received: pd.DataFrame, *, land: str) -> pd.DataFrame:
    """Season of receipts: each month of a year against the year's mean, per working day.

    Args:
        received: monthly rows of a flow.
        land: code of the Land whose public holidays count.

    Returns:
        Monthly rows of ``season_index`` for calendar years of which all months are delivered:
        ``value`` = (receipts ÷ working days of the month) ÷ (receipts ÷ working days of the year)
        × 100; ``year``, ``month_number``, ``working_days``. Missing where a month of the year is
        not released.

    Source:
        docs/methods/units-and-months.md, section 3.
    """
    years = add_years(received)
    days = count_working_days(received["month"], land=land)
    days_of_year = days.groupby(pd.DatetimeIndex(days.index).year).sum()
    keys = ["service", "unit", "measure", "year"]
    monthly = received.assign(year=received["month"].dt.year)
    yearly = years.assign(year=years["month"].dt.year)[[*keys, *VALUES, "origins"]]
    pairs = monthly.merge(yearly, on=keys, suffixes=("", "_year"))
    own = pairs["month"].map(days).astype("float64")
    whole = pairs["year"].map(days_of_year).astype("float64")
    bounds = {"value": "value", "lower": "upper", "upper": "lower"}
    index = {
        name: (pairs[name] / own)
        / (pairs[f"{below}_year"].where(pairs[f"{below}_year"] > 0) / whole)
        * _PER_CENT
        for name, below in bounds.items()
    }
    result = pairs.assign(
        **index,
        measure="season_index",
        measure_unit="Jahresmittel = 100",
        origins=pd.Series(
            join_origins(pairs["origins"], pairs["origins_year"]), pairs.index, "object"
        ),
        month_number=pairs["month"].dt.month,
        working_days=own,
    )
    result["sign"] = result["sign"].mask(result["value"].isna(), SECRET)
    return result[[*COLUMNS, "year", "month_number", "working_days"]]


def average_season(season: pd.DataFrame) -> pd.DataFrame:
    """Return the mean index of each month over all years, by service.

    Returns:
        ``service``, ``month_number``, ``value``, ``lower``, ``upper``, ``origins``; the mean of the
        years that are known.
    """
    known = season.dropna(subset=["value"])
    grouped = known.groupby(["service", "month_number"], sort=True)
    means = grouped[VALUES].mean()
    origins = grouped.agg(origins=("origins", join_keys))["origins"]
    return means.assign(origins=origins).reset_index()


def measure_clearance_by_unit(rows: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Decided in percent of received cases over a window of months (Erledigungsquote).

    Args:
        rows: monthly rows with ``received`` and ``decided``.
        window: months that end with the month of the result.

    Returns:
        Monthly rows of ``clearance`` [percent], by service, unit and month.

    Source:
        docs/methods/workload.md, section 1.
    """
    return divide_months(
        add_window(pick(rows, "decided"), window),
        add_window(pick(rows, "received"), window),
        measure="clearance",
        measure_unit="%",
        factor=_PER_CENT,
    )


def measure_backlog_by_unit(rows: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Months of work that the open cases amount to (Rückstandsreichweite).

    Args:
        rows: monthly rows with ``open`` and ``decided``.
        window: months over which decisions are averaged.

    Returns:
        Monthly rows of ``backlog_range`` [months]; ``sign`` is ``x`` where nothing was decided in
        the window.

    Source:
        docs/methods/workload.md, section 1.
    """
    return divide_months(
        pick(rows, "open"),
        average_window(pick(rows, "decided"), window),
        measure="backlog_range",
        measure_unit="Monate",
    )


def list_ages(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the open cases by age, with ``age`` (German label), youngest first."""
    aged = rows.loc[rows["measure"].isin(AGES)]
    ranks = {measure: rank for rank, measure in enumerate(AGES)}
    labelled = aged.assign(age=aged["measure"].map(AGES), rank=aged["measure"].map(ranks))
    return labelled.sort_values(["service", "unit", "month", "rank"], ignore_index=True).drop(
        columns="rank"
    )


def measure_old_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of open cases that are older than six months.

    Returns:
        Monthly rows of ``open_over_6_share`` [percent]; missing where an age class is.
    """
    return divide_months(
        add_measures(rows, OLD_AGES, "open"),
        add_measures(rows, tuple(AGES), "open"),
        measure="open_over_6_share",
        measure_unit="%",
        factor=_PER_CENT,
    )


def measure_age_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each age class in the open cases [percent], with ``age``."""
    total = add_measures(rows, tuple(AGES), "open")
    parts = [
        divide_months(
            pick(rows, measure),
            total,
            measure="open_age_share",
            measure_unit="%",
            factor=_PER_CENT,
        ).assign(age=label)
        for measure, label in AGES.items()
    ]
    return pd.concat(parts, ignore_index=True)


def add_measures(rows: pd.DataFrame, measures: Sequence[str], measure: str) -> pd.DataFrame:
    """Add up several measures of the same service, unit and month.

    Args:
        rows: monthly rows.
        measures: measures to be added.
        measure: name of the sum.

    Returns:
        Monthly rows for every key that has one of them; missing where one of them is not released
        or has no row.
    """
    keys = ["service", "unit", "month"]
    wanted = rows.loc[rows["measure"].isin(measures)]
    grouped = wanted.groupby(keys, sort=False)
    first = grouped.first()
    complete = grouped["measure"].nunique() == len(measures)
    known = grouped["value"].count() == len(measures)
    sums = grouped[VALUES].sum(min_count=len(measures)).where(complete & known)
    origins = grouped.agg(origins=("origins", join_keys))["origins"]
    signs = sums["value"].isna().map({True: SECRET, False: ""}).astype("str")
    added = first.assign(**sums, measure=measure, origins=origins, sign=signs)
    return added.reset_index()[COLUMNS].sort_values(keys, ignore_index=True)


def list_duration_months(rows: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Return durations by month with ``series`` (German label of the measure)."""
    return label_series(rows, {name: DURATIONS[name] for name in measures})


def list_flow_months(rows: pd.DataFrame) -> pd.DataFrame:
    """Return received and decided cases by month with ``series`` (German label)."""
    return label_series(rows, FLOWS)


def list_unit_services(rows: pd.DataFrame) -> list[str]:
    """Return the services that are delivered for at least two units."""
    units = rows.loc[rows["unit"] != ""].groupby("service")["unit"].nunique()
    return [str(name) for name in units.index[units >= 2]]


def head_extremes(
    rows: pd.DataFrame,
    say: Callable[[pd.Series], str],
    *,
    what: str,
    label: str = "unit_label",
) -> str:
    """Return a title that names the highest and the lowest figure.

    Args:
        rows: rows of one month with ``label`` and ``value``; unknown figures are left out.
        say: puts a row's figure into words.
        what: what is compared, in German.
        label: column of names.
    """
    known = rows.dropna(subset=["value"])
    if known.empty:
        return f"{what}: nicht bekannt"
    when = _say_period(known)
    high, low = _name_extreme(known, say, label, "max"), _name_extreme(known, say, label, "min")
    if known["value"].nunique() == 1:
        return f"{what}, {when}: {high}"
    return f"{what}, {when}: am höchsten {high}, am niedrigsten {low}"


def head_latest(
    rows: pd.DataFrame,
    say: Callable[[pd.Series], str],
    *,
    what: str,
    label: str = "service_label",
) -> str:
    """Return a title that names the latest figure of each row: ``what, Monat: a 1; b 2``."""
    known = rows.dropna(subset=["value"])
    if known.empty:
        return f"{what}: für keinen Monat bekannt"
    named = [f"{row[label]} {say(row)}" for _, row in known.iterrows()]
    return f"{what}, {_say_period(known)}: {'; '.join(named)}"


def head_flows(rows: pd.DataFrame, say: Callable[[pd.Series], str], *, what: str) -> str:
    """Return a title that sets received beside decided cases, in the latest month with both.

    Args:
        rows: monthly rows of one service with ``series``.
        say: puts a row's figure into words.
        what: what the figures are, in German.
    """
    known = rows.dropna(subset=["value"])
    both = known.groupby("month")["series"].transform("nunique")
    last = known.loc[both == len(FLOWS)]
    last = last.loc[last["month"] == last["month"].max()]
    if last.empty:
        return f"{what}: für keinen Monat beides bekannt"
    words = {row["series"]: say(row) for _, row in last.iterrows()}
    named = ", ".join(f"{words[name]} {name}" for name in FLOWS.values())
    return f"{what}, {_say_period(last)}: {named}"


def head_season(average: pd.DataFrame, months: Mapping[int, str], *, what: str) -> str:
    """Return a title that names the strongest and the weakest month of the season.

    Args:
        average: result of ``average_season`` for one service.
        months: number to German name of each month.
        what: what is counted, in German.
    """
    if average.empty:
        return f"{what}: kein vollständig bekanntes Jahr"
    strong = average.loc[average["value"] == average["value"].max(), "month_number"]
    weak = average.loc[average["value"] == average["value"].min(), "month_number"]
    if len(strong) == len(average):
        return f"{what} je Arbeitstag: in allen Monaten gleich viele"
    return (
        f"{what} je Arbeitstag: am meisten im {join_words([months[n] for n in strong])}, "
        f"am wenigsten im {join_words([months[n] for n in weak])}"
    )


def _say_period(rows: pd.DataFrame) -> str:
    """Return the latest period: a calendar year as such, else the month that it ends with."""
    last = rows.loc[rows["period_end"] == rows["period_end"].max()].iloc[0]
    start, end = last["period_start"], last["period_end"]
    whole_year = start.is_year_start and end.is_year_end and start.year == end.year
    return str(end.year) if whole_year else format_month(end)


def _name_extreme(
    rows: pd.DataFrame, say: Callable[[pd.Series], str], label: str, side: str
) -> str:
    extreme = rows["value"].agg(side)
    chosen = rows.loc[rows["value"] == extreme]
    names = list(dict.fromkeys(chosen[label].astype(str)))
    many = f"{len(names)} {_NOUNS.get(label, 'Angaben')}"
    words = join_words(names) if len(names) <= 3 else many
    return f"{words} ({say(chosen.iloc[0])})"
