"""Use of digital services by service, unit and month: channels, forms, flags, maturity.

Method: docs/methods/units-and-months.md, section 7. What is not delivered is ``unbekannt``: never
no, never zero, and always shown.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.indicators.caseload import add_measures
from analysis.indicators.intervals import with_origins
from analysis.indicators.months import (
    VALUES,
    add_window,
    divide_months,
    join_keys,
    list_months,
    list_years,
    pick,
)
from analysis.indicators.statements import Figure, Row, Statement

CHANNELS = {
    "applications_online": "online",
    "applications_email": "per E-Mail",
    "applications_paper": "auf Papier",
    "applications_in_person": "persönlich",
    "applications_other": "auf anderen Wegen",
}
MEASURES = (*CHANNELS, "forms_started", "forms_abandoned")
FLAGS = {"end_to_end": "durchgängig", "accessible": "barrierefrei"}
UNKNOWN = "unbekannt"
_STATE_COLUMNS = [
    "service",
    *FLAGS.values(),
    "efile_share",
    "as_of",
    "origins",
    "measure",
    "measure_unit",
]
_ANSWERS = {1.0: "ja", 0.0: "nein"}
THRESHOLDS = {
    "1.1": {
        "ab Stufe 3 (Zählweise der Länder)": 3,
        "ab Stufe 2 (Zählweise des Bundes)": 2,
    },
}
"""Version of the model of maturity → what counts as online, and from which level on."""


def list_adoption_months(
    service_adoption: pd.DataFrame,
    case_counts: pd.DataFrame,
    *,
    place: str,
    yearly: bool = False,
) -> pd.DataFrame:
    """Return monthly rows on channels and forms, or those of calendar years.

    Channels may be delivered with the use of services or with the cases; for a service that both
    speak of, the statistics of use count.

    Args:
        service_adoption: observations.
        case_counts: observations.
        place: city.
        yearly: calendar years (``list_years``) instead of months.
    """
    select = list_years if yearly else list_months
    used = select(service_adoption, MEASURES, place=place)
    cases = select(case_counts, MEASURES, place=place)
    covered = set(used.loc[used["measure"].isin(CHANNELS), "service"])
    rest = cases.loc[~cases["service"].isin(covered)]
    return pd.concat([used, rest], ignore_index=True) if len(rest) else used


def measure_channel_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of each channel in all applications [percent] (for ``online``: the Online-Quote).

    Args:
        rows: monthly or yearly rows of ``CHANNELS``.

    Returns:
        Monthly rows of ``channel_share`` with ``channel`` (German label), by service, unit and
        month. The whole is the sum of the channels that the service delivers; where one of them is
        missing in a month, that month has no shares.

    Source:
        docs/methods/units-and-months.md, section 7.
    """
    parts = [_share_channels(own) for _, own in _by_service(rows)]
    known = [part for part in parts if len(part)]
    if not known:
        return rows.head(0).assign(channel=pd.Series(dtype="str"))
    return pd.concat(known, ignore_index=True)


def measure_abandonment(rows: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Abandoned in percent of started forms over a window of months (Abbruchquote).

    Returns:
        Monthly rows of ``abandonment_rate`` [percent].
    """
    return divide_months(
        add_window(pick(rows, "forms_abandoned"), window),
        add_window(pick(rows, "forms_started"), window),
        measure="abandonment_rate",
        measure_unit="%",
        factor=100,
    )


def list_latest_states(
    service_adoption: pd.DataFrame, *, place: str, services: Iterable[str]
) -> pd.DataFrame:
    """Return what was last delivered about each service: flags and E-Akte share.

    Args:
        service_adoption: observations.
        place: city.
        services: services of the register; each gets a row, whether anything is known or not.

    Returns:
        One row per service: ``service``; ``durchgängig`` and ``barrierefrei`` (``ja``, ``nein`` or
        ``unbekannt``); ``efile_share`` [percent, missing where unknown]; ``as_of`` (last day that
        something is known for), ``origins``.
    """
    latest = _find_latest(service_adoption, place)
    rows = [_describe_service(name, latest) for name in services]
    return pd.DataFrame(rows, columns=_STATE_COLUMNS)


def count_flags(states: pd.DataFrame) -> pd.DataFrame:
    """Count services by answer, the unknown included.

    Args:
        states: result of ``list_latest_states``.

    Returns:
        ``dimension``, ``answer``, ``count``, ``applicable`` (all services), ``origins``.
    """
    parts = [_count_flag(states, label) for label in FLAGS.values()]
    return pd.concat(parts, ignore_index=True)


def list_maturity(
    service_adoption: pd.DataFrame, *, place: str, services: Iterable[str]
) -> pd.DataFrame:
    """Return the latest level of maturity of each service, each version of the model apart.

    Args:
        service_adoption: observations.
        place: city.
        services: services of the register; each gets a row for each version that is delivered.

    Returns:
        ``model`` (version), ``service``, ``level`` (``Stufe 3`` or ``unbekannt``), ``as_of`` (last
        day that the model was used for), ``origins``.
    """
    rows = _select_states(service_adoption, place, ["maturity"])
    ordered = rows.sort_values(["period_end", "fact_id"])
    latest = ordered.drop_duplicates(["method", "service"], keep="last")
    found = {(row["method"], row["service"]): row for _, row in latest.iterrows()}
    days = rows.groupby("method")["period_end"].max().sort_values(kind="stable")
    listed = list(services)
    return pd.DataFrame(
        [
            {
                "model": str(model),
                "service": service,
                "level": _name_level(found.get((model, service))),
                "as_of": day,
                "origins": _origins_of(found.get((model, service))),
            }
            for model, day in days.items()
            for service in listed
        ],
        columns=["model", "service", "level", "as_of", "origins"],
    )


def count_maturity(maturity: pd.DataFrame) -> pd.DataFrame:
    """Count services by level of maturity, each version of the model apart.

    Levels are never averaged and never compared across versions.

    Args:
        maturity: result of ``list_maturity``.

    Returns:
        ``model``, ``level`` (``Stufe 3`` or ``unbekannt``), ``count``, ``origins``; the model in
        use last comes last.
    """
    counted = maturity.groupby(["as_of", "model", "level"], as_index=False).agg(
        count=("service", "size"), origins=("origins", join_keys)
    )
    return counted.drop(columns="as_of")


def measure_maturity_shares(maturity: pd.DataFrame) -> pd.DataFrame:
    """Share of services from a level of maturity on, each version of the model apart.

    Args:
        maturity: result of ``list_maturity``.

    Returns:
        One row per version and threshold of ``THRESHOLDS``: ``model``, ``threshold`` (German, who
        counts so), ``fulfilled``, ``unknown``, ``known``, ``applicable`` (all services of the
        register), ``value`` (of the known), ``lower`` (all unknown below), ``upper`` (all unknown
        above) [percent], ``origins``. Versions without an agreed threshold have no row.

    Source:
        docs/methods/digitalisation.md, section 8.
    """
    rows = [
        _measure_above(str(model), own, label, level)
        for model, own in maturity.groupby("model", sort=False)
        for label, level in _find_thresholds(str(model)).items()
    ]
    columns = ["model", "threshold", "fulfilled", "unknown", "known", "applicable", *VALUES]
    return pd.DataFrame(rows, columns=[*columns, "origins", "measure"])


def list_models_without_threshold(maturity: pd.DataFrame) -> list[str]:
    """Return the versions of the model for which nobody has agreed what counts as online."""
    models = [str(model) for model in maturity["model"].drop_duplicates()]
    return [model for model in models if not _find_thresholds(model)]


def state_maturity_shares(shares: pd.DataFrame) -> list[Statement]:
    """Put the shares above a threshold into words, with the unknown in both directions.

    Args:
        shares: result of ``measure_maturity_shares``.
    """
    return [_state_above(row) for _, row in shares.iterrows()]


def head_flags(states: pd.DataFrame) -> str:
    """Return a title that says for how many services each flag holds, and for how many nothing.

    Args:
        states: result of ``list_latest_states``.
    """
    total = len(states)
    parts = []
    for label in FLAGS.values():
        yes, unknown = ((states[label] == answer).sum() for answer in ("ja", UNKNOWN))
        known = f"{label} bei {yes} von {total}"
        parts.append(f"{known} ({UNKNOWN}: {unknown})" if unknown else known)
    return f"Leistungen: {'; '.join(parts)}"


def list_efile_shares(states: pd.DataFrame) -> pd.DataFrame:
    """Return the share of electronic files by service [percent], highest first, unknown last.

    Args:
        states: result of ``list_latest_states``, with labels.

    Returns:
        The rows with ``value``, ``lower``, ``upper`` and the period of the figure.
    """
    rows = states.assign(
        **dict.fromkeys(VALUES, states["efile_share"]),
        period_start=states["as_of"],
        period_end=states["as_of"],
    )
    return rows.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def say_levels(counted: pd.DataFrame) -> str:
    """Return the distribution of maturity in words, each model apart.

    Args:
        counted: result of ``count_maturity``.
    """
    parts = []
    for model, rows in counted.groupby("model", sort=False):
        levels = order_levels(rows)
        counts = rows.set_index("level")["count"]
        named = ", ".join(f"{level}: {counts[level]}" for level in levels if level != UNKNOWN)
        unknown = f"{UNKNOWN}: {counts[UNKNOWN]}" if UNKNOWN in levels else ""
        parts.append(f"{model} – {', '.join(filter(None, [named, unknown]))}")
    return "; ".join(parts)


def order_levels(counted: pd.DataFrame) -> list[str]:
    """Return the levels that occur, lowest first, the unknown last."""
    levels = set(counted["level"])
    known = sorted(levels - {UNKNOWN}, key=lambda level: int(level.split()[-1]))
    return [*known, *(levels & {UNKNOWN})]


def _find_thresholds(model: str) -> dict[str, int]:
    return next((own for version, own in THRESHOLDS.items() if model.endswith(version)), {})


def _measure_above(model: str, own: pd.DataFrame, label: str, level: int) -> dict[str, object]:
    numbers = pd.to_numeric(own["level"].str.removeprefix("Stufe "), errors="coerce")
    reached, unknown, whole = int((numbers >= level).sum()), int(numbers.isna().sum()), len(own)
    known = whole - unknown
    return {
        "model": model,
        "threshold": label,
        "fulfilled": reached,
        "unknown": unknown,
        "known": known,
        "applicable": whole,
        "value": 100 * reached / known if known else float("nan"),
        "lower": 100 * reached / whole,
        "upper": 100 * (reached + unknown) / whole,
        "origins": join_keys(own["origins"]),
        "measure": "public",
    }


def _state_above(row: Row) -> Statement:
    template = "{modell}, {schwelle}: {erreicht} von {alle}"
    figures = {
        "erreicht": Figure(row, "", key="fulfilled", exact=True, measure="public"),
        "alle": Figure(row, "Leistungen", key="applicable", exact=True, measure="public"),
        "unten": Figure(row, "%", 1, key="lower", exact=True, measure="public"),
    }
    if row["unknown"]:
        template += (
            ", ohne Angabe {offen}. Das sind {unten}, wenn alle ohne Angabe darunter liegen, und "
            "{oben}, wenn alle darüber liegen."
        )
        figures["offen"] = Figure(row, "", key="unknown", exact=True, measure="public")
        figures["oben"] = Figure(row, "%", 1, key="upper", exact=True, measure="public")
    else:
        template += ". Das sind {unten}; zu jeder Leistung liegt eine Angabe vor."
    return Statement(template, figures, {"modell": row["model"], "schwelle": row["threshold"]})


def _by_service(rows: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    return rows.loc[rows["measure"].isin(CHANNELS)].groupby("service", sort=True)


def _share_channels(rows: pd.DataFrame) -> pd.DataFrame:
    delivered = [measure for measure in CHANNELS if (rows["measure"] == measure).any()]
    total = add_measures(rows, delivered, "applications_total")
    parts = []
    for measure in delivered:
        own = pick(rows, measure)
        shares = divide_months(
            own,
            total,
            measure="channel_share",
            measure_unit="%",
            factor=100,
        )
        parts.append(shares.assign(channel=CHANNELS[measure]))
    return pd.concat(parts, ignore_index=True)


def _select_states(
    service_adoption: pd.DataFrame, place: str, measures: Iterable[str]
) -> pd.DataFrame:
    return with_origins(
        service_adoption.loc[
            service_adoption["measure"].isin(list(measures))
            & (service_adoption["place"] == place)
            & (service_adoption["kind"] == "ist")
            & (service_adoption["unit"] == "")
            & service_adoption["period_end"].notna()
            & service_adoption["value"].notna()
        ]
    )


def _find_latest(service_adoption: pd.DataFrame, place: str) -> pd.DataFrame:
    rows = _select_states(service_adoption, place, [*FLAGS, "efile_share"])
    ordered = rows.sort_values(["period_end", "fact_id"])
    return ordered.drop_duplicates(["service", "measure"], keep="last").set_index(
        ["service", "measure"]
    )


def _name_level(row: Row | None) -> str:
    return UNKNOWN if row is None else f"Stufe {int(row['value'])}"


def _origins_of(row: Row | None) -> tuple[str, ...]:
    return () if row is None else tuple(row["origins"])


def _describe_service(service: str, latest: pd.DataFrame) -> dict[str, object]:
    own = latest.loc[latest.index.get_level_values("service") == service].droplevel("service")
    answers = own["value"].map(_ANSWERS)
    flags = {label: answers.get(measure) or UNKNOWN for measure, label in FLAGS.items()}
    return {
        "service": service,
        **flags,
        "efile_share": own["value"].get("efile_share", float("nan")),
        "as_of": own["period_end"].max() if len(own) else pd.NaT,
        "origins": join_keys(own["origins"]),
        "measure": "efile_share",
        "measure_unit": "%",
    }


def _count_flag(states: pd.DataFrame, label: str) -> pd.DataFrame:
    counted = (
        states.groupby(label)
        .agg(count=("service", "size"), origins=("origins", join_keys))
        .reindex(
            [answer for answer in (*_ANSWERS.values(), UNKNOWN) if (states[label] == answer).any()]
        )
        .rename_axis("answer")
        .reset_index()
    )
    return counted.assign(dimension=label, applicable=len(states))
