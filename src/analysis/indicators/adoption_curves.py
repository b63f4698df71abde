"""Online applications by service: their share with the unknown, and the curve that it follows.

Methods: docs/methods/adoption-curve.md; docs/methods/digitalisation.md, section 6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.indicators.adoption import CHANNELS
from analysis.indicators.caseload import add_measures
from analysis.indicators.intervals import join_origins
from analysis.indicators.months import NOT_COMPUTABLE, VALUES, join_keys, pick
from analysis.indicators.statements import Row
from analysis.models.adoption_curve import (
    FITTED,
    Curve,
    check_curve,
    fit_curve,
    summarise_curve,
    trace_share,
)
from analysis.models.pert import Array
from analysis.presentation.formats import format_month
from analysis.presentation.phrases import count_words, join_words

YEAR = 12
_ONLINE = "applications_online"
_PER_CENT = 100.0
# A month far outside says no more than »long ago« or »not in sight«.
_FIRST_YEAR, _LAST_YEAR = 1950, 2150
_SHARES = ("value", "lower", "upper")
_OUTCOMES = ("expected", "lower", "upper", "unchanged", "actual")
_QUOTA_COLUMNS = [
    "service",
    *VALUES,
    "online",
    "applications",
    "unknown",
    "period_start",
    "period_end",
    "origins",
    "measure",
    "measure_unit",
]


class Adoption(NamedTuple):
    """The adoption curves of several services.

    Attributes:
        curves: one row per service: ``state``; ``ceiling`` [percent], ``speed`` [percentage points
            per year] and ``midpoint`` (month), each with ``…_lower`` and ``…_upper``; ``now``
            (curve in the latest month) and ``value``, ``lower``, ``upper`` (curve ``YEAR`` months
            later, ``month``) [percent]; ``months`` (that entered); ``expected``,
            ``expected_lower``, ``expected_upper``, ``unchanged``, ``actual`` (check on the last
            year) [percent]; ``origins``.
        path: curve by service and month up to ``YEAR`` months after the latest one: ``value``,
            ``lower``, ``upper`` [percent].
        history: shares as delivered, by service and month [percent].
    """

    curves: pd.DataFrame
    path: pd.DataFrame
    history: pd.DataFrame


def count_online(rows: pd.DataFrame, received: pd.DataFrame) -> pd.DataFrame:
    """Return online applications beside all applications, by service and month.

    Args:
        rows: monthly rows of ``CHANNELS`` (``adoption.list_adoption_months``).
        received: monthly rows of received cases, whole services.

    Returns:
        ``service``, ``month``, ``online``, ``total``, ``origins``; whole services only. The total
        is the sum of the channels that the service delivers. In months in which another channel is
        not known it is the receipts, provided that these agree with the sum of the channels in
        every month in which both are known. Months without a total have no row.
    """
    whole = rows.loc[rows["measure"].isin(CHANNELS) & (rows["unit"] == "")]
    parts = [
        _count_service(own, received.loc[received["service"] == service])
        for service, own in whole.groupby("service", sort=True)
    ]
    columns = ["service", "month", "online", "total", "origins"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def fit_adoption(counted: pd.DataFrame) -> Adoption:
    """Fit an adoption curve to each service.

    Args:
        counted: result of ``count_online``, at least one row.

    Returns:
        The curves; what the figures do not determine is missing.

    Source:
        docs/methods/adoption-curve.md.
    """
    parts = [_fit_service(str(name), own) for name, own in counted.groupby("service", sort=True)]
    joined = [pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)]
    shares = counted["online"] / counted["total"].where(counted["total"] > 0) * _PER_CENT
    history = counted[["service", "month", "origins"]].assign(
        **dict.fromkeys(_SHARES, shares), measure="derived", measure_unit="%"
    )
    return Adoption(joined[0], joined[1], history)


def measure_online_quota(
    counted: pd.DataFrame, received: pd.DataFrame, *, window: int = YEAR
) -> pd.DataFrame:
    """Share of online applications over the last months, with the unknown in both directions.

    Args:
        counted: result of ``count_online``.
        received: monthly rows of received cases, whole services.
        window: months that end with the latest one for which a service's receipts are known.

    Returns:
        One row per service with receipts in every month of the window: ``value`` (of the months
        whose channels are known), ``lower`` (in the other months nothing came online), ``upper``
        (everything did) [percent]; ``online`` (known), ``applications`` (all received),
        ``unknown`` (received in months whose channels are not known); ``period_start``,
        ``period_end``, ``origins``.

    Source:
        docs/methods/digitalisation.md, section 6.
    """
    known = received.loc[received["value"].notna() & (received["unit"] == "")]
    parts = [
        _measure_quota(str(name), own, counted.loc[counted["service"] == name], window)
        for name, own in known.groupby("service", sort=True)
    ]
    rows = [row for row in parts if row is not None]
    return pd.DataFrame(rows, columns=_QUOTA_COLUMNS)


def list_ceilings(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the ceilings that are determined, for the chart: ``service``, ``value``, ``label``."""
    known = curves.loc[curves["state"] == FITTED]
    return known[["service"]].assign(value=known["ceiling"], label="Obergrenze")


def head_adoption(labelled: pd.DataFrame, texts: list[str]) -> str:
    """Return the title of the chart: highest and lowest expected share, and what is open.

    Args:
        labelled: ``Adoption.curves`` with ``service_label``.
        texts: expected shares in words, in the same order.
    """
    known = labelled.assign(text=texts).dropna(subset=["value"]).sort_values("value")
    if known.empty:
        return "Für keine Leistung lässt sich der weitere Anstieg der Online-Quote schätzen"
    month = format_month(known["month"].max())
    parts = [f"Erwartete Online-Quote im {month}: am höchsten {_name(known.iloc[-1])}"]
    if len(known) > 1:
        parts.append(f"am niedrigsten {_name(known.iloc[0])}")
    if open_ones := int((known["state"] != FITTED).sum()):
        count = count_words(open_ones, "Leistung", "Leistungen")
        parts.append(f"für {count} ist die Obergrenze nicht bestimmbar")
    return ", ".join(parts)


def label_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves as a table shows them.

    ``midpoint_text`` is the month of the midpoint with its range in German; ``ceiling_sign`` and
    ``speed_sign`` stand where the figures do not determine a value.

    Args:
        curves: ``Adoption.curves``.
    """
    texts = [_say_midpoint(row) for _, row in curves.iterrows()]
    signs = dict.fromkeys(("ceiling_sign", "speed_sign", "value_sign"), NOT_COMPUTABLE)
    return curves.assign(midpoint_text=pd.Series(texts, curves.index, dtype="str"), **signs)


def say_check(curves: pd.DataFrame) -> dict[str, str]:
    """Return words for the check on the last year: ``held``, ``checked``, ``closer``.

    Nothing where no service could be checked.

    Args:
        curves: ``Adoption.curves``.
    """
    held, checked = count_kept(curves)
    if not checked:
        return {}
    numbers = {"held": held, "checked": checked, "closer": count_closer(curves)}
    return {
        name: count_words(number, "Leistung", "Leistungen", one="einer")
        for name, number in numbers.items()
    }


def state_open_curves(labelled: pd.DataFrame) -> str:
    """Return which services have no curve or no ceiling, and why; ``keine`` where there is none.

    Args:
        labelled: ``Adoption.curves`` with ``service_label``.
    """
    rest = labelled.loc[labelled["state"] != FITTED]
    named = [f"{row['service_label']} ({row['state']})" for _, row in rest.iterrows()]
    return join_words(named) or "keine"


def count_kept(curves: pd.DataFrame) -> tuple[int, int]:
    """Return for how many services the check held, and of how many that could be checked.

    The check holds where the share of the last year lies in the range that a curve fitted without
    that year gives.
    """
    checked = curves.dropna(subset=["expected", "actual"])
    held = checked["actual"].between(checked["expected_lower"], checked["expected_upper"])
    return int(held.sum()), len(checked)


def count_closer(curves: pd.DataFrame) -> int:
    """Return for how many services the curve came closer than an unchanged share."""
    checked = curves.dropna(subset=["expected", "actual", "unchanged"])
    curve = (checked["expected"] - checked["actual"]).abs()
    unchanged = (checked["unchanged"] - checked["actual"]).abs()
    return int((curve < unchanged).sum())


def _say_midpoint(row: Row) -> str:
    ends = [row["midpoint_lower"], row["midpoint_upper"]]
    if pd.isna(row["midpoint"]) or any(pd.isna(day) for day in ends):
        return "nicht bestimmbar"
    first, last = (format_month(day, short=True) for day in ends)
    month = format_month(row["midpoint"], short=True)
    return month if first == last else f"{month} ({first} bis {last})"


def _name(row: Row) -> str:
    return f"{row['service_label']} ({row['text']})"


def _count_service(own: pd.DataFrame, received: pd.DataFrame) -> pd.DataFrame:
    delivered = [measure for measure in CHANNELS if (own["measure"] == measure).any()]
    total = add_measures(own, delivered, "applications_total").set_index("month")
    receipts = received.loc[received["unit"] == ""].set_index("month")
    online = pick(own, _ONLINE).set_index("month")
    online = online.loc[online["value"].notna()].sort_index()
    sums = total["value"].reindex(online.index)
    stand_ins = receipts["value"].reindex(online.index)
    filled = sums.fillna(stand_ins) if _agree(sums, stand_ins) else sums
    used = (
        total["origins"]
        .reindex(online.index)
        .where(sums.notna(), receipts["origins"].reindex(online.index))
    )
    keys = [part if isinstance(part, tuple) else () for part in used]
    counted = pd.DataFrame(
        {
            "service": online["service"],
            "month": online.index,
            "online": online["value"],
            "total": filled,
            "origins": pd.Series(
                join_origins(online["origins"], pd.Series(keys, online.index, dtype="object")),
                online.index,
                "object",
            ),
        }
    )
    possible = counted["total"].notna() & (counted["online"] <= counted["total"])
    return counted.loc[possible].reset_index(drop=True)


def _agree(sums: pd.Series, receipts: pd.Series) -> bool:
    """Return whether receipts count the same applications as the channels do."""
    both = sums.notna() & receipts.notna()
    return bool(both.any() and (sums[both] == receipts[both]).all())


def _fit_service(service: str, own: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    ordered = own.sort_values("month")
    first, last = ordered["month"].iloc[0], ordered["month"].iloc[-1]
    numbers = _number(ordered["month"], first)
    online, total = ordered["online"].to_numpy(float), ordered["total"].to_numpy(float)
    curve = fit_curve(online, total, numbers)
    every = pd.date_range(first, last + pd.DateOffset(months=YEAR), freq="MS")
    traced = trace_share(curve, _number(pd.Series(every), first))
    checked = check_curve(online, total, numbers, ahead=YEAR)[list(_OUTCOMES)]
    renamed = checked.rename(columns={"lower": "expected_lower", "upper": "expected_upper"})
    now = traced.iloc[-YEAR - 1]
    row = _date_midpoint(summarise_curve(curve), first).assign(
        service=service,
        month=every[-1],
        latest=last,
        months=len(ordered),
        now=now["value"],
        now_lower=now["lower"],
        now_upper=now["upper"],
        **{name: float(traced[name].iloc[-1]) for name in _SHARES},
        **{str(name): float(renamed[name].iloc[0]) for name in renamed},
        measure="derived",
        measure_unit="%",
        origins=pd.Series([join_keys(ordered["origins"])], dtype="object"),
    )
    path = traced.assign(service=service, month=every, measure="derived", measure_unit="%")
    return row, _drop_missing(path, curve)


def _drop_missing(path: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    return path if len(curve.best) else path.head(0)


def _date_midpoint(parameters: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Turn the number of the month in which half of the ceiling is reached into a month."""
    names = ["midpoint", "midpoint_lower", "midpoint_upper"]
    # Parts of a month are not told apart; a month that is not determined stays missing.
    start = first.year * YEAR + first.month - 1
    dates = {name: [_date_month(start, number) for number in parameters[name]] for name in names}
    return parameters.assign(
        **{name: pd.Series(days, parameters.index, "M8[us]") for name, days in dates.items()}
    )


def _date_month(start: int, number: float) -> pd.Timestamp | None:
    if pd.isna(number):
        return None
    year, month = divmod(start + round(number), YEAR)
    inside = _FIRST_YEAR <= year <= _LAST_YEAR
    return pd.Timestamp(year, month + 1, 1) if inside else None


def _number(months: pd.Series, first: pd.Timestamp) -> Array:
    years = months.dt.year - first.year
    return np.asarray(years * YEAR + months.dt.month - first.month, dtype="float64")


def _measure_quota(
    service: str, received: pd.DataFrame, counted: pd.DataFrame, window: int
) -> dict[str, object] | None:
    last = received["month"].max()
    wanted = pd.date_range(last - pd.DateOffset(months=window - 1), last, freq="MS")
    receipts = received.set_index("month").reindex(wanted)
    if receipts["value"].isna().any():
        return None
    channels = counted.set_index("month").reindex(wanted)
    known = channels["total"].notna()
    online, total = channels["online"].sum(), channels["total"].sum()
    unknown = receipts["value"].where(~known, 0).sum()
    whole = total + unknown
    origins = join_keys(pd.concat([receipts["origins"], channels.loc[known, "origins"]]))
    return {
        "service": service,
        "value": _PER_CENT * online / total if total else float("nan"),
        "lower": _PER_CENT * online / whole if whole else float("nan"),
        "upper": _PER_CENT * (online + unknown) / whole if whole else float("nan"),
        "online": online,
        "applications": whole,
        "unknown": unknown,
        "period_start": wanted[0],
        "period_end": last + pd.offsets.MonthEnd(0),
        "origins": origins,
        "measure": "derived",
        "measure_unit": "%",
    }
