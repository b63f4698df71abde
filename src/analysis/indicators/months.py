"""Regular monthly figures by service and organisational unit: select, label, add up, divide.

Method: docs/methods/units-and-months.md. All functions work on *monthly rows*: one row per
service, unit, measure and month with ``value``, ``lower``, ``upper``, ``sign`` and ``origins``. A
figure that was not released or is not known is missing, never zero: whatever is computed from it is
missing too and carries the sign ``.``; what cannot be computed (nothing to divide by) carries
``x``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from analysis.fields import load_measures
from analysis.indicators.intervals import BOUNDS, combine_agreeing, join_origins, with_origins
from analysis.presentation.formats import format_month

KEYS = ["service", "unit", "measure", "month"]
VALUES = ["value", *BOUNDS]
COLUMNS = [*KEYS, "period_start", "period_end", *VALUES, "measure_unit", "sign", "origins"]
SECRET = "."
NOT_COMPUTABLE = "x"
WHOLE = "gesamt"
_LEAST_MONTHS = 12
"""From so many months without a gap on, figures are a regular series."""
_LEAST_YEARS = 2


def list_months(
    observations: pd.DataFrame,
    measures: Iterable[str],
    *,
    place: str,
    services: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the regular monthly figures of some measures.

    Flows of one calendar month and stocks of its last day are monthly figures. Rows that break a
    unit down further (``group``) are added up where the unit's own figure is not delivered.

    Args:
        observations: rows of an observation table.
        measures: identifiers from the registry of measures.
        place: city.
        services: services or bodies wanted; none given means all.

    Returns:
        Monthly rows in the order of service, unit, measure and month; ``month`` is the first day.
        Only series of a service and measure that are regular: some unit or the whole has at least
        twelve months without a gap. Figures of one key that contradict each other are missing.

    Source:
        docs/methods/units-and-months.md, section 1.
    """
    rows = _select(observations, measures, place, services)
    single = _prepare(rows.loc[covers_month(rows)])
    return _keep_regular(single).sort_values(KEYS, ignore_index=True)


def list_years(
    observations: pd.DataFrame,
    measures: Iterable[str],
    *,
    place: str,
    services: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the figures of calendar years: flows of a year, stocks at its end or the latest ones.

    Single units are often released by year only. Where a flow is delivered by month alone, its
    twelve months are added up.

    Args:
        observations: rows of an observation table.
        measures: identifiers from the registry of measures.
        place: city.
        services: services or bodies wanted; none given means all.

    Returns:
        As ``list_months``, with ``year_label`` (``2024``; for a stock that is not of a year's end
        its month); ``month`` is December, or the month of the latest stock. Only measures of
        services that are delivered regularly or for at least two years.
    """
    rows = _select(observations, measures, place, services)
    start, end = rows["period_start"], rows["period_end"]
    whole_year = (
        start.dt.is_year_start.fillna(False)
        & end.dt.is_year_end.fillna(False)
        & start.dt.year.eq(end.dt.year)
    )
    yearly = _prepare(rows.loc[whole_year | start.eq(end)])
    stocks = yearly["period_start"].eq(yearly["period_end"])
    latest = yearly.groupby(["service", "measure"])["period_end"].transform("max")
    last = yearly["period_end"].eq(latest) & yearly["period_end"].dt.is_month_end
    kept = yearly.loc[~stocks | last | yearly["period_end"].dt.is_year_end]
    summed = add_years(
        _keep_flows(list_months(observations, measures, place=place, services=services))
    )
    known = pd.MultiIndex.from_frame(kept[KEYS])
    rest = summed.loc[~pd.MultiIndex.from_frame(summed[KEYS]).isin(known)]
    joined = pd.concat([kept, rest], ignore_index=True) if len(rest) else kept
    repeated = _keep_repeated(joined)
    return repeated.assign(year_label=_label_years(repeated)).sort_values(KEYS, ignore_index=True)


def order_years(rows: pd.DataFrame) -> list[str]:
    """Return the labels of ``list_years`` from early to late."""
    ordered = rows.sort_values("month")["year_label"]
    return [str(label) for label in ordered.drop_duplicates()]


def covers_month(rows: pd.DataFrame) -> pd.Series:
    """Return for each row whether it is a figure of one calendar month or of its last day."""
    start, end = rows["period_start"], rows["period_end"]
    on_last_day = end.dt.is_month_end.fillna(False)
    flow = start.dt.is_month_start.fillna(False) & start.dt.to_period("M").eq(end.dt.to_period("M"))
    covered: pd.Series = on_last_day & (flow | start.eq(end))
    return covered


def is_regular(months: pd.Series) -> bool:
    """Return whether dates cover at least twelve calendar months in a row."""
    return _longest_run(months.dropna().dt.to_period("M")) >= _LEAST_MONTHS


def empty_months() -> pd.DataFrame:
    """Return no monthly rows, with the columns and types of those that there might be."""
    text, number, day = (
        pd.Series(dtype="str"),
        pd.Series(dtype="float64"),
        pd.Series(dtype="M8[us]"),
    )
    kinds = dict.fromkeys(("month", "period_start", "period_end"), day)
    kinds |= dict.fromkeys(VALUES, number) | {"origins": pd.Series(dtype="object")}
    return pd.DataFrame({name: kinds.get(name, text) for name in COLUMNS})


def label_units(rows: pd.DataFrame, unit_names: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with ``unit_label``: the unit's name in use now; ``gesamt`` for the whole.

    Args:
        rows: any rows with ``unit``; one that the register does not know keeps its identifier.
        unit_names: register of names of units.
    """
    return rows.assign(
        unit_label=_map_names(rows["unit"], unit_names, "unit_id").replace("", WHOLE)
    )


def label_services(rows: pd.DataFrame, service_names: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with ``service_label``: the name in use now (see ``label_units``)."""
    return rows.assign(service_label=_map_names(rows["service"], service_names, "service_id"))


def label_rows(
    rows: pd.DataFrame, unit_names: pd.DataFrame, service_names: pd.DataFrame
) -> pd.DataFrame:
    """Return ``rows`` with ``unit_label`` and ``service_label``."""
    return label_services(label_units(rows, unit_names), service_names)


def find_main_service(rows: pd.DataFrame, wanted: str) -> str:
    """Return the service that a title speaks of: the wanted one, else the one with most rows.

    Args:
        rows: rows with ``service``.
        wanted: service that is chosen where it has rows.
    """
    counts = rows["service"].value_counts(sort=True)
    if counts.empty or wanted in counts:
        return wanted
    return str(counts.index[0])


def say_span(rows: pd.DataFrame) -> str:
    """Return the months from the first to the last row in German."""
    first, last = format_month(rows["month"].min()), format_month(rows["month"].max())
    return first if first == last else f"{first} bis {last}"


def order_labels(rows: pd.DataFrame, column: str, names: pd.DataFrame, key: str) -> list[str]:
    """Return the distinct labels of ``rows`` in the order of the register, unknown ones last.

    Args:
        rows: rows with the identifiers ``column`` and the labels ``<column>_label``.
        column: ``unit`` or ``service``.
        names: register of names.
        key: column of identifiers of the register.
    """
    ranks = {name: rank for rank, name in enumerate(dict.fromkeys(names[key]))}
    pairs = rows[[column, f"{column}_label"]].drop_duplicates()
    ordered = sorted(
        pairs.itertuples(index=False), key=lambda pair: (ranks.get(pair[0], len(ranks)), pair[1])
    )
    return list(dict.fromkeys(str(label) for _, label in ordered))


def keep_whole(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the whole, those of single units left out."""
    return rows.loc[rows["unit"] == ""].reset_index(drop=True)


def keep_units(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single units, those of the whole left out."""
    return rows.loc[rows["unit"] != ""].reset_index(drop=True)


def keep_compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single units, or those of the whole where no unit has a figure."""
    units = keep_units(rows)
    return units if units["value"].notna().any() else keep_whole(rows)


def keep_last_month(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the latest month for which any figure is known."""
    known = rows.loc[rows["value"].notna()]
    latest: pd.Series = known["month"] == known["month"].max()
    return known.loc[latest].reset_index(drop=True)


def pick(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the monthly rows of one measure."""
    return rows.loc[rows["measure"] == measure].reset_index(drop=True)


def label_series(rows: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of some measures with ``series`` (German label), in the order of labels."""
    wanted = rows.loc[rows["measure"].isin(labels)]
    ranks = {measure: rank for rank, measure in enumerate(labels)}
    ordered = wanted.assign(
        series=wanted["measure"].map(labels), rank=wanted["measure"].map(ranks)
    ).sort_values(["service", "unit", "rank", "month"], ignore_index=True)
    return ordered.drop(columns="rank")


def add_window(rows: pd.DataFrame, window: int) -> pd.DataFrame:
    """Return the sums over ``window`` months that end with each month.

    Args:
        rows: monthly rows.
        window: number of months.

    Returns:
        One row per series and month between its first and last one: ``value``, ``lower``,
        ``upper`` are missing where a month of the window is missing or not released; the first
        ``window − 1`` months have no row. ``period_start`` is the first day of the window.
    """
    parts = [_slide(series, window) for _, series in _split_series(rows)]
    return pd.concat(parts, ignore_index=True) if parts else rows


def add_years(rows: pd.DataFrame) -> pd.DataFrame:
    """Return sums over calendar years; missing where not all twelve months are known.

    Returns:
        As ``add_window``; ``month`` is December.
    """
    summed = add_window(rows, _LEAST_MONTHS)
    december: pd.Series = summed["month"].dt.month == _LEAST_MONTHS
    return summed.loc[december].reset_index(drop=True)


def average_window(rows: pd.DataFrame, window: int) -> pd.DataFrame:
    """Return the means over ``window`` months (see ``add_window``)."""
    summed = add_window(rows, window)
    return summed.assign(**{name: summed[name] / window for name in VALUES})


def divide_months(
    numerator: pd.DataFrame,
    denominator: pd.DataFrame,
    *,
    measure: str,
    measure_unit: str,
    factor: float = 1.0,
) -> pd.DataFrame:
    """Return the quotient of two sets of monthly rows, by service, unit and month.

    Args:
        numerator: monthly rows of one measure.
        denominator: monthly rows of another one.
        measure: name of the result in the registry of measures.
        measure_unit: its unit.
        factor: for instance 100 for percent.

    Returns:
        One row per service, unit and month that both know or that one of them does not release.
        ``sign`` is ``.`` where a part is missing, ``x`` where there is nothing to divide by;
        ``year_label`` is kept where the numerator has it.
    """
    keys = ["service", "unit", "month"]
    pairs = numerator.merge(
        denominator[[*keys, *VALUES, "sign", "origins"]], on=keys, suffixes=("", "_below")
    )
    below = {name: pairs[f"{name}_below"] for name in VALUES}
    positive = {name: column.where(column > 0) for name, column in below.items()}
    missing = pairs["value"].isna() | below["value"].isna()
    sign = pd.Series("", pairs.index, dtype="str")
    sign = sign.mask(below["value"].eq(0), NOT_COMPUTABLE).mask(missing, SECRET)
    result = pairs.assign(
        value=pairs["value"] / positive["value"] * factor,
        lower=pairs["lower"] / positive["upper"] * factor,
        upper=pairs["upper"] / positive["lower"] * factor,
        origins=pd.Series(
            join_origins(pairs["origins"], pairs["origins_below"]), pairs.index, "object"
        ),
        sign=sign,
        measure=measure,
        measure_unit=measure_unit,
    )
    years = ["year_label"] if "year_label" in numerator else []
    return result[[*COLUMNS, *years]].reset_index(drop=True)


def compare_years(rows: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """Compare the sum of the last twelve months with the twelve months before.

    Args:
        rows: monthly rows of flows.
        measure: name of the result in the registry of measures.

    Returns:
        One row per series and month from the 24th on: ``value``, ``lower``, ``upper`` (change in
        percent), ``recent`` and ``earlier`` (the two sums), ``sign``, ``origins``.

    Source:
        docs/methods/units-and-months.md, section 2.
    """
    recent = add_window(rows, _LEAST_MONTHS)
    shifted = recent["month"] + pd.DateOffset(months=_LEAST_MONTHS)
    change = divide_months(
        recent, recent.assign(month=shifted), measure=measure, measure_unit="%", factor=100
    )
    keys = ["service", "unit", "month"]
    sums = change[keys].merge(recent[[*keys, "value"]], on=keys, how="left")["value"]
    before = change[keys].merge(
        recent.assign(month=shifted)[[*keys, "value"]], on=keys, how="left"
    )["value"]
    change[VALUES] -= 100
    return change.assign(recent=sums, earlier=before)


def list_regular_services(rows: pd.DataFrame) -> list[str]:
    """Return the services that monthly rows exist for, the largest sum of figures first."""
    sums = rows.groupby("service", sort=True)["value"].sum()
    return [str(name) for name in sums.sort_values(ascending=False, kind="stable").index]


def _select(
    observations: pd.DataFrame,
    measures: Iterable[str],
    place: str,
    services: Iterable[str] | None,
) -> pd.DataFrame:
    wanted = (
        observations["measure"].isin(list(measures))
        & (observations["place"] == place)
        & (observations["kind"] == "ist")
        & observations["period_end"].notna()
    )
    if services is not None:
        wanted &= observations["service"].isin(list(services))
    return observations.loc[wanted]


def _prepare(rows: pd.DataFrame) -> pd.DataFrame:
    """Return observations as monthly rows, one per key."""
    if rows.empty:
        return empty_months()
    dated = with_origins(rows).assign(
        month=rows["period_end"].dt.to_period("M").dt.to_timestamp(),
        sign=_read_signs(rows),
    )
    return _keep_one_per_key(_add_groups(dated))[COLUMNS].reset_index(drop=True)


def _keep_flows(rows: pd.DataFrame) -> pd.DataFrame:
    flows = [name for name, measure in load_measures().items() if measure.nature == "flow"]
    return rows.loc[rows["measure"].isin(flows)]


def _keep_repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out what a published single figure says: a measure known for one year only."""
    years = rows.groupby(["service", "measure"])["month"].transform("nunique")
    repeated: pd.Series = years >= _LEAST_YEARS
    return rows.loc[repeated]


def _label_years(rows: pd.DataFrame) -> pd.Series:
    years = rows["month"].dt.year.astype("str")
    names = pd.Series(
        [format_month(day, short=True) for day in rows["period_end"]], rows.index, dtype="str"
    )
    labels: pd.Series = years.where(rows["month"].dt.month == _LEAST_MONTHS, names)
    return labels


def _read_signs(rows: pd.DataFrame) -> pd.Series:
    signs = rows["sign"].fillna("") if "sign" in rows else pd.Series("", rows.index, dtype="str")
    return signs.mask(rows["value"].isna() & signs.eq(""), SECRET)


def _add_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without breakdown; where there are none, the sum of the groups."""
    whole = rows.loc[rows["group"] == ""]
    parts = rows.loc[rows["group"] != ""]
    known = pd.MultiIndex.from_frame(whole[KEYS])
    parts = parts.loc[~pd.MultiIndex.from_frame(parts[KEYS]).isin(known)]
    # Rates and durations of groups do not add up to those of the unit.
    parts = parts.loc[~parts["measure_unit"].isin(["%", "Monate", "Stufe"])]
    if parts.empty:
        return whole
    delivered = parts.groupby(["service", "unit", "measure"])["group"].transform("nunique")
    grouped = parts.assign(delivered=delivered).groupby(KEYS, sort=False)
    first = grouped.first()
    sums = pd.DataFrame({name: grouped[name].agg(_add_known) for name in VALUES})
    complete = grouped["group"].nunique() == grouped["delivered"].first()
    sums = sums.where(complete)
    origins = grouped.agg(origins=("origins", join_keys))["origins"]
    added = first.assign(
        **sums, origins=origins, sign=sums["value"].isna().map({True: SECRET, False: ""})
    ).reset_index()
    return pd.concat([whole, added[whole.columns]], ignore_index=True)


def _add_known(values: pd.Series) -> float:
    return float(values.sum(skipna=False))


def _keep_one_per_key(rows: pd.DataFrame) -> pd.DataFrame:
    doubled = rows.duplicated(KEYS, keep=False)
    if not doubled.any():
        return rows
    agreed = combine_agreeing(rows.loc[doubled], KEYS)
    unclear = agreed.duplicated(KEYS, keep=False)
    agreed.loc[unclear, VALUES] = float("nan")
    agreed.loc[unclear, "sign"] = SECRET
    single = agreed.drop_duplicates(KEYS)
    return pd.concat([rows.loc[~doubled], single], ignore_index=True)


def _keep_regular(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    months = rows["month"].dt.to_period("M")
    runs = months.groupby([rows["service"], rows["measure"], rows["unit"]]).agg(_longest_run)
    regular = set(runs[runs >= _LEAST_MONTHS].index.droplevel("unit").unique().to_flat_index())
    pairs = pd.MultiIndex.from_frame(rows[["service", "measure"]]).to_flat_index()
    return rows.loc[pd.Series(pairs, rows.index).isin(regular)]


def _longest_run(months: pd.Series) -> int:
    numbers = sorted({month.ordinal for month in months})
    starts = pd.Series(numbers, dtype="int64")
    # Consecutive months have the same distance from their rank.
    return int((starts - starts.index).value_counts().max()) if numbers else 0


def _split_series(rows: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    return rows.groupby(["service", "unit", "measure"], sort=False)


def _slide(series: pd.DataFrame, window: int) -> pd.DataFrame:
    ordered = series.set_index("month").sort_index()
    every = pd.date_range(series["month"].min(), series["month"].max(), freq="MS")
    filled = ordered.reindex(every).rename_axis("month")
    sums = filled[VALUES].rolling(window, min_periods=window).sum()
    origins = _join_window(
        [keys if isinstance(keys, tuple) else () for keys in filled["origins"]], window
    )
    result = filled.assign(
        **sums,
        origins=pd.Series(origins, filled.index, "object"),
        period_start=every - pd.DateOffset(months=window - 1),
        period_end=every + pd.offsets.MonthEnd(0),
        sign=sums["value"].isna().map({True: SECRET, False: ""}).astype("str"),
    )
    fixed = ["service", "unit", "measure", "measure_unit"]
    result[fixed] = ordered[fixed].iloc[0].tolist()
    return result.iloc[window - 1 :].reset_index()[COLUMNS]


def join_keys(parts: pd.Series) -> tuple[str, ...]:
    """Return the origins of several rows, each once, in order."""
    return tuple(dict.fromkeys(key for keys in parts for key in keys))


def _join_window(origins: Sequence[tuple[str, ...]], window: int) -> list[tuple[str, ...]]:
    return [
        tuple(
            dict.fromkeys(
                key for keys in origins[max(0, end - window + 1) : end + 1] for key in keys
            )
        )
        for end in range(len(origins))
    ]


def _map_names(identifiers: pd.Series, names: pd.DataFrame, key: str) -> pd.Series:
    labels = names.drop_duplicates(key).set_index(key)["label"]
    return identifiers.map(labels).fillna(identifiers).astype("str")
