"""Digitalisation: services by state, end-to-end, e-file, online services (chapter Digitalisierung).

Methods: docs/methods/digitalisation.md. Unknown is a value of its own: it is never zero and never
left out of a denominator silently.
"""

from __future__ import annotations

import pandas as pd

from analysis.fields import STATUSES
from analysis.indicators.intervals import with_origins
from analysis.indicators.statements import Row, count_rows
from analysis.presentation.phrases import capitalise, count_words

DIMENSIONS = {"end_to_end": "Ende-zu-Ende", "efile": "E-Akte", "efa": "Einer für Alle (EfA)"}
GAP_DIMENSIONS = ("end_to_end", "efile", "efa")
CITY_WIDE = "Stadt übergreifend"
ANSWER_ORDER = ("ja", "teilweise", "nein", "unbekannt", "persönlicher Kontakt nötig")
PERSONAL = ANSWER_ORDER[-1]
NOT_APPLICABLE = "nicht zutreffend"
METHOD_LABELS = {
    "presse_2018": "Dienste laut Presse",
    "stadt_eigene_zaehlung": "Online-Services, Zählung der Stadt",
    "bayernportal": "Verfahren im BayernPortal",
    "online_formulare": "Online-Formulare",
    "sozialreferat_v16954": "Dienste des Sozialreferats",
    "ozg_dashboard_2023": "OZG-Dashboard 2023",
    "ozg_dashboard_2025": "OZG-Dashboard 2025",
}
_AGGREGATE = "_gesamt"
_SERVICE_KINDS = (
    "Online-Dienst",
    "Plattform",
    "Fachverfahren",
    "EfA-Dienst",
    "KI-Anwendung",
    "Automatisierung",
    "Beratung",
)


def list_single_services(services: pd.DataFrame) -> pd.DataFrame:
    """Return the register without rows that stand for several services (``…_gesamt``)."""
    single = ~services["service_id"].str.endswith(_AGGREGATE)
    return with_origins(services.loc[single]).reset_index(drop=True)


def list_own_services(services: pd.DataFrame) -> pd.DataFrame:
    """Return the single services of the social administration itself, city-wide ones left out.

    Where a document says that personal contact is needed, the other dimensions are no gap: they
    read ``persönlicher Kontakt nötig``.
    """
    single = list_single_services(services)
    own = single.loc[single["area"] != CITY_WIDE].reset_index(drop=True)
    personal = own["personal_contact"] == "ja"
    masked = {
        column: own[column].mask(personal & (own[column] != NOT_APPLICABLE), PERSONAL)
        for column in GAP_DIMENSIONS
    }
    return own.assign(**masked)


def count_services(services: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Count services by state of introduction.

    Args:
        services: register of services.
        by: column for the rows: ``area`` or ``kind``.

    Returns:
        One row per value of ``by`` and status that occurs: ``by``, ``status``, ``count``,
        ``origins``; the largest group first, statuses in the order of the registry.
    """
    single = list_single_services(services)
    counted = (
        single.groupby([by, "status"], as_index=False)
        .agg(count=("service_id", "size"), origins=("origin", tuple))
        .assign(
            total=lambda rows: rows.groupby(by)["count"].transform("sum"),
            order=lambda rows: rows["status"].map(STATUSES.index),
        )
    )
    ordered = counted.sort_values(["total", by, "order"], ascending=[False, True, True])
    return ordered.drop(columns=["total", "order"]).reset_index(drop=True)


def sum_counts(counted: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Return the counts of a result of this module added up over ``by``, most first.

    Returns:
        ``by``, ``count``, ``origins``.
    """
    joined = counted.groupby(by, as_index=False, sort=False).agg(
        count=("count", "sum"),
        origins=("origins", lambda parts: tuple(key for keys in parts for key in keys)),
    )
    return joined.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def count_answers(services: pd.DataFrame) -> pd.DataFrame:
    """Count what the documents say of end-to-end, e-file and EfA, unknowns included.

    Services to which a dimension does not apply are left out of that dimension.

    Returns:
        One row per dimension and answer: ``dimension`` (German label), ``answer``, ``count``,
        ``applicable`` (services to which the dimension applies), ``origins``.
    """
    own = list_own_services(services)
    parts = [_count_dimension(own, column, DIMENSIONS[column]) for column in GAP_DIMENSIONS]
    return pd.concat(parts, ignore_index=True)


def measure_share(services: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Share of services for which a dimension is fulfilled, with the unknown in both directions.

    Args:
        services: register of services.
        dimension: one of ``GAP_DIMENSIONS``.

    Returns:
        One row: ``lower`` (all unknown count as no), ``upper`` (all unknown count as yes),
        ``value`` (``ja`` of those with a known answer) [percent], ``fulfilled``, ``unknown``,
        ``known``, ``applicable`` (services to which the dimension applies, those that need
        personal contact left out), ``origins``. Partly fulfilled counts as not
        fulfilled. ``value`` is missing where nothing is known, all three where the dimension
        applies nowhere.

    Source:
        docs/methods/digitalisation.md, section 2.
    """
    own = list_own_services(services)
    applicable = own.loc[~own[dimension].isin([NOT_APPLICABLE, PERSONAL])]
    total = len(applicable)
    unknown = int((applicable[dimension] == "unbekannt").sum())
    fulfilled = int((applicable[dimension] == "ja").sum())
    row = {
        "value": _percent(fulfilled, total - unknown),
        "lower": _percent(fulfilled, total),
        "upper": _percent(fulfilled + unknown, total),
        "fulfilled": fulfilled,
        "unknown": unknown,
        "known": total - unknown,
        "applicable": total,
        "origins": tuple(applicable["origin"]),
    }
    return pd.DataFrame([row])


def list_candidates(services: pd.DataFrame) -> pd.DataFrame:
    """Return the EfA services that the city examines, by name."""
    candidates = list_single_services(services).loc[lambda rows: rows["kind"] == "EfA-Dienst"]
    return candidates.sort_values(["area", "name"], ignore_index=True)


def count_candidates(services: pd.DataFrame) -> pd.DataFrame:
    """Count the EfA candidates by area and state.

    Returns:
        ``area``, ``status``, ``count``, ``origins``.
    """
    return (
        list_candidates(services)
        .groupby(["area", "status"], as_index=False)
        .agg(count=("service_id", "size"), origins=("origin", tuple))
        .sort_values(["count", "area"], ascending=[False, True], ignore_index=True)
    )


def list_online_services(service_adoption: pd.DataFrame, *, place: str) -> pd.DataFrame:
    """Return how many online services a city had, each counting method apart.

    Returns:
        Dated observations of ``online_services`` in order of time with ``series`` (German label of
        the counting method).
    """
    rows = service_adoption.loc[
        (service_adoption["measure"] == "online_services")
        & (service_adoption["place"] == place)
        & (service_adoption["unit"] == "")
        & service_adoption["period_end"].notna()
    ]
    labelled = rows.assign(series=rows["method"].map(METHOD_LABELS).fillna(rows["method"]))
    return with_origins(labelled).sort_values(["period_end", "series"], ignore_index=True)


def head_methods(online: pd.DataFrame) -> str:
    """Return the title of the count of online services: whether it can be compared over time.

    Args:
        online: result of ``list_online_services``, at least one row.
    """
    methods = online["method"].nunique()
    words = capitalise(count_words(methods, "Zählweise", "Zählweisen"))
    if methods == len(online):
        return f"{words}, kein Vergleich über die Jahre möglich"
    return f"{words} in {count_words(len(online), 'Angabe', 'Angaben', one='einer')}"


def compare_online_services(
    service_adoption: pd.DataFrame, *, method: str, own: str, level: str = "Stadt"
) -> pd.DataFrame:
    """Compare places by the number of online services, within one counting method.

    Args:
        service_adoption: observations.
        method: the counting method.
        own: the report's own city.
        level: which places: ``Stadt`` or ``Land``.

    Returns:
        ``place``, ``value``, ``lower``, ``upper``, ``own`` (bool), ``period_start``,
        ``period_end``, ``origins``; most first.
    """
    rows = service_adoption.loc[
        (service_adoption["measure"] == "online_services")
        & (service_adoption["method"] == method)
        & (service_adoption["level"] == level)
        & (service_adoption["unit"] == "")
    ]
    return with_origins(rows.assign(own=rows["place"] == own)).sort_values(
        "value", ascending=False, ignore_index=True
    )


def compare_online_shares(service_adoption: pd.DataFrame, *, service: str) -> pd.DataFrame:
    """Return the share of applications that come online, wherever it is published.

    Returns:
        Observations of ``online_share`` [percent], highest first.
    """
    rows = service_adoption.loc[
        (service_adoption["measure"] == "online_share") & (service_adoption["service"] == service)
    ]
    return with_origins(rows).sort_values("value", ascending=False, ignore_index=True)


def build_gap_matrix(services: pd.DataFrame) -> pd.DataFrame:
    """Lay out services against dimensions; unknown and personal contact are values of their own.

    Services, platforms, specialist and AI applications of the social administration are shown;
    equipment, learning offers and staff services have no such dimensions.

    Returns:
        ``name``, ``area``, ``kind``, ``status``, one column per gap dimension (German label),
        ``origin`` and ``origins``; by area and name.
    """
    own = list_own_services(services)
    shown = own.loc[own["kind"].isin(_SERVICE_KINDS)]
    labels = {column: DIMENSIONS[column] for column in GAP_DIMENSIONS}
    columns = ["name", "area", "kind", "status", *GAP_DIMENSIONS, "origin", "origins"]
    matrix = shown[columns].rename(columns=labels)
    return matrix.sort_values(["area", "name"], ignore_index=True)


def count_blank(matrix: pd.DataFrame) -> Row:
    """Return how many rows of the gap matrix have no known answer at all, as a row of results."""
    labels = [DIMENSIONS[column] for column in GAP_DIMENSIONS]
    blank = matrix[labels].isin(["unbekannt", NOT_APPLICABLE]).all(axis=1)
    return count_rows(matrix.loc[blank])


def list_radar(service_adoption: pd.DataFrame, *, place: str) -> pd.DataFrame:
    """Return the city's own count of measures in its Digitalisierungsradar, by field and state."""
    states = {
        "radar_done": "abgeschlossen",
        "radar_running": "in Umsetzung",
        "radar_planned": "geplant",
        "radar_stopped": "eingestellt",
    }
    fields = {
        "radar_digital_government": "Digital Government",
        "radar_gemeinschaft_teilhabe": "Gemeinschaft und Teilhabe",
    }
    rows = service_adoption.loc[
        service_adoption["measure"].isin(states) & (service_adoption["place"] == place)
    ]
    return with_origins(
        rows.assign(state=rows["measure"].map(states), field=rows["method"].map(fields))
    ).reset_index(drop=True)


def summarise_motions(motions: pd.DataFrame) -> pd.DataFrame:
    """Count the demands of each motion by their formal state.

    Returns:
        One row per motion: ``motion``, ``motion_title``, ``submitted_by``, ``motion_date``,
        ``demands``, ``state``, ``answer_until`` (latest), ``origins``; newest first.
    """
    grouped = with_origins(motions).groupby("motion", sort=False)
    return (
        grouped.agg(
            motion_title=("motion_title", "first"),
            submitted_by=("submitted_by", "first"),
            motion_date=("motion_date", "first"),
            demands=("demand_id", "size"),
            state=("state", lambda states: ", ".join(dict.fromkeys(states))),
            answer_until=("answer_until", "max"),
            origins=("origin", tuple),
        )
        .reset_index()
        .sort_values("motion_date", ascending=False, ignore_index=True)
    )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")


def _count_dimension(single: pd.DataFrame, column: str, label: str) -> pd.DataFrame:
    applicable = single.loc[single[column] != NOT_APPLICABLE]
    counted = (
        applicable.groupby(column)
        .agg(count=("service_id", "size"), origins=("origin", tuple))
        .reindex([answer for answer in ANSWER_ORDER if (applicable[column] == answer).any()])
        .rename_axis("answer")
        .reset_index()
    )
    return counted.assign(dimension=label, applicable=len(applicable))
