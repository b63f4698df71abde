"""Gaps of digital services weighted by applications, quotas with the unknown, personal contact.

Method: docs/methods/digitalisation.md, sections 5 to 7. A gap is never a single figure where the
state is unknown: it has a least (all unknown fulfilled) and a most (all unknown unfulfilled).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import pandas as pd

from analysis.indicators.digitalisierung import (
    CITY_WIDE,
    NOT_APPLICABLE,
    PERSONAL,
    list_own_services,
    list_single_services,
    measure_share,
)
from analysis.indicators.intervals import with_origins
from analysis.indicators.months import VALUES, join_keys
from analysis.indicators.statements import Row
from analysis.presentation.formats import format_number
from analysis.presentation.phrases import count_words, join_words

ONLINE, END_TO_END, EFILE, EFA = "online", "end_to_end", "efile", "efa"
LABELS = {
    ONLINE: "online gestellt",
    END_TO_END: "Ende-zu-Ende",
    EFILE: "E-Akte",
    EFA: "Einer für Alle (EfA)",
}
PARTS = ("nein", "unbekannt", "ja")
"""Parts of the applications of a service: gap, not known, no gap."""
IN_USE = ("produktiv", "Ausbau")
ONLINE_KINDS = ("Online-Dienst", "Plattform", "EfA-Dienst")
UNKNOWN = "unbekannt"
_UNITS = ("Anträge", "Anträge/Jahr")
_YES, _PARTLY, _NO = "ja", "teilweise", "nein"
_PER_CENT = 100.0
_GAP_COLUMNS = [
    "service",
    "dimension",
    "question",
    "state",
    "applications",
    "applications_lower",
    "applications_upper",
    "least",
    "least_lower",
    "least_upper",
    "most",
    "most_lower",
    "most_upper",
    "fulfilled",
    "unknown",
    "rule",
    "period_start",
    "period_end",
    "origins",
]
_VOLUME_COLUMNS = ["service", *VALUES, "rule", "period_start", "period_end", "origins", "measure"]
_QUOTA_COLUMNS = [
    "quota",
    "counted",
    "fulfilled",
    "unknown",
    "applicable",
    *VALUES,
    "unknown_share",
    "origins",
    "measure",
]


class Gap(NamedTuple):
    """What part of a service's applications lacks something: least and most (0 to 1), and why."""

    least: float
    most: float
    state: str


class _Service(NamedTuple):
    """What is known of a service."""

    rows: pd.DataFrame
    flag: str
    efile_share: float
    online_least: float
    online_most: float


@cache
def load_paths() -> dict[str, str]:
    """Return the entries whose name does not tell their service: entry → service."""
    with files("analysis.indicators").joinpath("application_paths.csv").open() as stream:
        table = pd.read_csv(stream, sep=";", dtype="str")
    return dict(zip(table["service_id"], table["service"], strict=True))


def find_services(entries: pd.Series) -> pd.Series:
    """Return the service whose applications go through each entry of the register.

    ``application_paths.csv`` names those whose name does not tell: the others are called by their
    service (``wohngeld``), with ``_online`` behind or ``efa_`` before it.

    Args:
        entries: identifiers of the register of services.
    """
    plain = entries.str.removeprefix("efa_").str.removesuffix("_online")
    return entries.map(load_paths()).fillna(plain)


def list_yearly_volumes(
    case_counts: pd.DataFrame, *, place: str, as_of: pd.Timestamp, reach: int = 5
) -> pd.DataFrame:
    """Return the applications of a year by service, where they are published.

    Args:
        case_counts: observations.
        place: city.
        as_of: key date of the report.
        reach: years before the key date that a figure may date from.

    Returns:
        One row per service, its latest figure: ``service``, ``value``, ``lower``, ``upper``
        [applications per year], ``rule``, ``period_start``, ``period_end``, ``origins``. Only
        actual figures of calendar years that count applications; dwellings, searches or persons
        are other units and are left out.
    """
    rows = with_origins(
        case_counts.loc[
            (case_counts["measure"] == "received")
            & (case_counts["place"] == place)
            & (case_counts["kind"] == "ist")
            & (case_counts["unit"] == "")
            & (case_counts["group"] == "")
            & case_counts["measure_unit"].isin(_UNITS)
            & case_counts[VALUES].notna().any(axis=1)
        ]
    )
    start, end = rows["period_start"], rows["period_end"]
    whole_year = (
        start.dt.is_year_start.fillna(False)
        & end.dt.is_year_end.fillna(False)
        & start.dt.year.eq(end.dt.year)
    )
    yearly = rows.loc[whole_year | rows["measure_unit"].eq(_UNITS[1])]
    recent = yearly.loc[yearly["period_end"] >= as_of - pd.DateOffset(years=reach)]
    ordered = recent.sort_values(["service", "period_end", "fact_id"])
    latest: pd.DataFrame = ordered.drop_duplicates("service", keep="last")[_VOLUME_COLUMNS]
    return latest.reset_index(drop=True)


def take_monthly_volumes(quota: pd.DataFrame) -> pd.DataFrame:
    """Return the applications of the last twelve months by service.

    Args:
        quota: result of ``adoption_curves.measure_online_quota``.

    Returns:
        As ``list_yearly_volumes``.
    """
    volumes = quota.assign(
        **dict.fromkeys(VALUES, quota["applications"]), rule="exact", measure="cases"
    )
    return volumes[_VOLUME_COLUMNS]


def weigh_gaps(
    volumes: pd.DataFrame, services: pd.DataFrame, states: pd.DataFrame, quota: pd.DataFrame
) -> pd.DataFrame:
    """Return by service and question how many applications a year a gap affects.

    Args:
        volumes: applications by service (``list_yearly_volumes`` or ``take_monthly_volumes``).
        services: register of services.
        states: latest delivered states by service (``adoption.list_latest_states``); they go
            before the register.
        quota: online share by service (``adoption_curves.measure_online_quota``).

    Returns:
        One row per service and question (``dimension``, German ``question``): ``state`` (what is
        known, in German), ``applications`` with ``…_lower`` and ``…_upper``; ``least`` (all
        unknown fulfilled) and ``most`` (all unknown unfulfilled), each with ``…_lower`` and
        ``…_upper`` [applications per year]; ``fulfilled``, ``unknown`` (parts for the chart);
        ``period_start``, ``period_end``, ``origins``. Largest certain gap first, then the largest
        possible one. No rows: what is fulfilled for all applications, services that need personal
        contact, and EfA where no EfA service exists or the service has an end-to-end one of its
        own.

    Source:
        docs/methods/digitalisation.md, section 5.
    """
    register = list_single_services(services)
    owners = find_services(register["service_id"])
    rows = [
        _weigh(volume, dimension, gap, known)
        for _, volume in volumes.iterrows()
        for known in [_know(volume["service"], register.loc[owners == volume["service"]], states,
                            quota)]
        if not _needs_contact(known.rows)
        for dimension, gap in _list_gaps(known).items()
        if gap.most > 0
    ]  # fmt: skip
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in _GAP_COLUMNS})
    return pd.DataFrame(rows).sort_values(
        ["least", "most"], ascending=False, kind="stable", ignore_index=True
    )


def list_unweighted(services: pd.DataFrame, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return the services with gap questions that no number of applications is known for.

    Returns:
        ``name``, ``area``, ``kind``, ``status``, ``volume_text`` (what the documents count
        instead, with its unit; else ``keine Angabe``), ``origin``, ``origins``.
    """
    own = list_own_services(services)
    asked = own.loc[own[END_TO_END] != NOT_APPLICABLE]
    weighted = find_services(asked["service_id"]).isin(volumes["service"])
    rest = asked.loc[~weighted & (asked[END_TO_END] != PERSONAL)]
    texts = [_say_volume(row) for _, row in rest.iterrows()]
    return rest.assign(volume_text=pd.Series(texts, rest.index, dtype="str"))[
        ["name", "area", "kind", "status", "volume_text", "origin", "origins"]
    ].sort_values(["area", "name"], ignore_index=True)


def split_parts(gaps: pd.DataFrame, label: str = "service_label") -> pd.DataFrame:
    """Return the gaps as parts for a stacked chart: ``category``, ``part``, ``count``.

    Args:
        gaps: result of ``weigh_gaps`` with ``label``.
        label: column with the name of the service.
    """
    names = gaps[label].astype(str) + ": " + gaps["question"].astype(str)
    counts = {"nein": gaps["least"], UNKNOWN: gaps["unknown"], "ja": gaps["fulfilled"]}
    parts = [
        pd.DataFrame({"category": names, "part": part, "count": counts[part], "rank": gaps.index})
        for part in PARTS
    ]
    joined = pd.concat(parts, ignore_index=True).sort_values("rank", kind="stable")
    return joined.drop(columns="rank").reset_index(drop=True)


def head_gaps(gaps: pd.DataFrame, least: list[str], most: list[str]) -> str:
    """Return the title: the largest certain gap, or that none is certain.

    Args:
        gaps: result of ``weigh_gaps`` with ``service_label``.
        least: the least of each row in words.
        most: the most of each row in words.
    """
    first = gaps.iloc[0]
    name = f"{first['service_label']}, Frage »{first['question']}«"
    if first["least"] > 0 and first["least"] == first["most"]:
        return f"Größte Lücke: {name}, {least[0]} Anträge im Jahr"
    if first["least"] > 0:
        return f"Größte belegte Lücke: {name}, zwischen {least[0]} und {most[0]} Anträge im Jahr"
    return f"Keine Lücke ist der Menge nach belegt; die größte mögliche: {name}, {most[0]} Anträge"


def list_quotas(services: pd.DataFrame, quota: pd.DataFrame) -> pd.DataFrame:
    """Return the quotas of digitalisation with the unknown in both directions.

    Args:
        services: register of services.
        quota: online share of applications by service; may be empty.

    Returns:
        One row per quota: ``quota`` (German), ``counted`` (``Einträge`` or ``Anträge``),
        ``fulfilled``, ``unknown``, ``applicable``, ``value`` (of the known), ``lower`` (all unknown
        are no), ``upper`` (all unknown are yes), ``unknown_share`` [percent], ``origins``. The
        Online-Quote is there only where channels are delivered.

    Source:
        docs/methods/digitalisation.md, sections 2 and 6.
    """
    shares = {
        "Angebotsquote (Dienste online)": measure_offer(services),
        "Ende-zu-Ende-Quote": measure_share(services, END_TO_END).iloc[0],
        "Anbindung an die E-Akte": measure_share(services, EFILE).iloc[0],
        "Einer für Alle (EfA)": measure_share(services, EFA).iloc[0],
    }
    rows = [_describe_quota(name, "Einträge", row) for name, row in shares.items()]
    if len(quota):
        rows.append(_describe_quota("Online-Quote der Anträge", "Anträge", _add_quota(quota)))
    known = [row for row in rows if row["applicable"]]
    return pd.DataFrame(known, columns=_QUOTA_COLUMNS)


def measure_offer(services: pd.DataFrame) -> Row:
    """Return the share of services that are online (Angebotsquote), as one row.

    Counted are the online services, platforms and EfA services of the social administration that
    documents name, those that need personal contact left out; ``produktiv`` and ``Ausbau`` are
    online. An EfA service that is only considered is left out where applications of the same
    service are taken online already.

    Returns:
        As ``digitalisierung.measure_share``.
    """
    single = list_single_services(services)
    counted = single.loc[
        single["kind"].isin(ONLINE_KINDS)
        & (single["area"] != CITY_WIDE)
        & (single["personal_contact"] != _YES)
    ]
    counted = counted.loc[~_is_second_path(counted)]
    return _share_row(
        fulfilled=int(counted["status"].isin(IN_USE).sum()),
        unknown=int((counted["status"] == UNKNOWN).sum()),
        whole=len(counted),
        origins=tuple(counted["origin"]),
    )


def head_quotas(quotas: pd.DataFrame, lower: list[str], upper: list[str]) -> str:
    """Return the title: between which bounds the quotas lie.

    Args:
        quotas: result of ``list_quotas``.
        lower: lower bounds in words, in the same order.
        upper: upper bounds in words.
    """
    parts = [
        f"{name} {low} bis {high}" if low != high else f"{name} {low}"
        for name, low, high in zip(quotas["quota"], lower, upper, strict=True)
        if name != "Einer für Alle (EfA)"
    ]
    return "; ".join(parts)


def list_personal(services: pd.DataFrame) -> pd.DataFrame:
    """Return the services of the social administration that documents say need personal contact.

    Returns:
        Rows of the register by area and name; they are no gaps.
    """
    own = list_own_services(services)
    found = own.loc[own["personal_contact"] == _YES]
    return found.sort_values(["area", "name"], ignore_index=True)


def count_personal(services: pd.DataFrame) -> Row:
    """Return for how many services personal contact is needed, not needed, unknown, as one row.

    Returns:
        ``needed``, ``not_needed``, ``unknown``, ``applicable``, ``origins``.
    """
    own = list_own_services(services)
    asked = own.loc[own["personal_contact"] != NOT_APPLICABLE]
    counts = asked["personal_contact"].value_counts()
    return pd.Series(
        {
            "needed": int(counts.get(_YES, 0)),
            "not_needed": int(counts.get(_NO, 0)),
            "unknown": int(counts.get(UNKNOWN, 0)),
            "applicable": len(asked),
            "origins": tuple(asked["origin"]),
            "measure": "public",
        }
    )


def label_services(rows: pd.DataFrame, service_names: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with ``service_label``; a service without name is called by its identifier.

    Args:
        rows: rows with ``service``.
        service_names: register of names; it may be empty.
    """
    names = service_names.drop_duplicates("service_id").set_index("service_id")["label"]
    plain = rows["service"].astype(str).str.replace("_", " ").str.capitalize()
    return rows.assign(service_label=rows["service"].map(names).fillna(plain))


def say_bounds(row: Row, say: Callable[[Row, str], str]) -> str:
    """Return the bounds of a quota in words: ``12 % bis 34 %``, or one figure where they agree.

    Args:
        row: ``lower`` and ``upper``.
        say: puts the bound of a row into words.
    """
    low, high = say(row, "lower"), say(row, "upper")
    return low if low == high else f"{low} bis {high}"


def _know(service: str, rows: pd.DataFrame, states: pd.DataFrame, quota: pd.DataFrame) -> _Service:
    state = states.loc[states["service"] == service]
    online = quota.loc[quota["service"] == service]
    known = len(online) > 0 and pd.notna(online["lower"].iloc[0])
    return _Service(
        rows=rows,
        flag=str(state["durchgängig"].iloc[0]) if len(state) else UNKNOWN,
        efile_share=float(state["efile_share"].iloc[0]) / _PER_CENT if len(state) else float("nan"),
        online_least=float(online["lower"].iloc[0]) / _PER_CENT if known else 0.0,
        online_most=float(online["upper"].iloc[0]) / _PER_CENT if known else 1.0,
    )


def _needs_contact(rows: pd.DataFrame) -> bool:
    return bool((rows["personal_contact"] == _YES).any())


def _list_gaps(known: _Service) -> dict[str, Gap]:
    gaps = {
        ONLINE: _find_online_gap(known),
        END_TO_END: _find_end_to_end_gap(known),
        EFILE: _find_efile_gap(known),
    }
    efa = _find_efa_gap(known)
    return gaps if efa is None else {**gaps, EFA: efa}


def _is_second_path(rows: pd.DataFrame) -> pd.Series:
    """Return which entries are EfA services beside one that is in use for the same applications."""
    owners = find_services(rows["service_id"])
    served = set(owners.loc[rows["status"].isin(IN_USE)].dropna())
    second: pd.Series = (
        (rows["kind"] == "EfA-Dienst") & ~rows["status"].isin(IN_USE) & owners.isin(served)
    )
    return second


def _used(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[rows["status"].isin(IN_USE)]


def _answer(rows: pd.DataFrame, column: str) -> str:
    """Return the best answer that the entries in use have."""
    answers = set(_used(rows)[column])
    return next((word for word in (_YES, _PARTLY, _NO) if word in answers), UNKNOWN)


def _find_online_gap(known: _Service) -> Gap:
    if (known.online_least, known.online_most) != (0.0, 1.0):
        return Gap(1 - known.online_most, 1 - known.online_least, "Eingangswege bekannt")
    online = known.rows.loc[known.rows["kind"].isin(ONLINE_KINDS)]
    if len(_used(online)):
        return Gap(0, 1, "online möglich, Nutzung unbekannt")
    if len(online) and not (online["status"] == UNKNOWN).any():
        return Gap(1, 1, "kein Online-Dienst in Betrieb")
    return Gap(0, 1, UNKNOWN)


def _find_end_to_end_gap(known: _Service) -> Gap:
    # Only what comes online can run from end to end.
    flag = known.flag if known.flag != UNKNOWN else _answer(known.rows, END_TO_END)
    if flag == _YES:
        return Gap(1 - known.online_most, 1 - known.online_least, "ja, soweit online gestellt")
    if flag == _NO:
        return Gap(1, 1, _NO)
    return Gap(1 - known.online_most, 1, flag)


def _find_efile_gap(known: _Service) -> Gap:
    if pd.notna(known.efile_share):
        return Gap(1 - known.efile_share, 1 - known.efile_share, "Anteil der Akten bekannt")
    answer = _answer(known.rows, EFILE)
    return {_YES: Gap(0, 0, _YES), _NO: Gap(1, 1, _NO)}.get(answer, Gap(0, 1, answer))


def _find_efa_gap(known: _Service) -> Gap | None:
    offered = known.rows.loc[known.rows["kind"] == "EfA-Dienst"]
    own = known.flag if known.flag != UNKNOWN else _answer(known.rows, END_TO_END)
    if offered.empty or (own == _YES and _used(offered).empty):
        return None
    if len(_used(offered)):
        return Gap(0, 0, "EfA-Dienst in Betrieb")
    return Gap(1, 1, f"EfA-Dienst: {join_words(sorted(set(offered['status'])))}")


def _weigh(volume: Row, dimension: str, gap: Gap, known: _Service) -> dict[str, object]:
    whole = {"": volume["value"], "_lower": volume["lower"], "_upper": volume["upper"]}
    return {
        "service": volume["service"],
        "dimension": dimension,
        "question": LABELS[dimension],
        "state": gap.state,
        **{f"applications{end}": number for end, number in whole.items()},
        **{f"least{end}": _scale(number, gap.least) for end, number in whole.items()},
        **{f"most{end}": _scale(number, gap.most) for end, number in whole.items()},
        "unknown": volume["value"] * max(gap.most - gap.least, 0.0),
        "fulfilled": volume["value"] * (1 - gap.most),
        # »more than 19 100« stays a bound only where all of it is affected.
        "rule": volume["rule"] if gap.most == 1 else "",
        "period_start": volume["period_start"],
        "period_end": volume["period_end"],
        "origins": tuple(dict.fromkeys((*volume["origins"], *known.rows["origin"]))),
    }


def _scale(number: float, part: float) -> float:
    # No part of a number that is not known is still nothing.
    return 0.0 if part == 0 else number * part


def _say_volume(row: Row) -> str:
    if pd.isna(row["volume"]):
        return "keine Angabe"
    return f"{format_number(row['volume'])} {row['volume_unit']}"


def _describe_quota(name: str, counted: str, row: Row) -> dict[str, object]:
    whole = row["applicable"]
    return {
        "quota": name,
        "counted": counted,
        **{key: row[key] for key in ("fulfilled", "unknown", "applicable", *VALUES)},
        "unknown_share": _PER_CENT * row["unknown"] / whole if whole else float("nan"),
        "origins": row["origins"],
        "measure": "public" if counted == "Einträge" else "derived",
    }


def _add_quota(quota: pd.DataFrame) -> Row:
    return _share_row(
        fulfilled=float(quota["online"].sum()),
        unknown=float(quota["unknown"].sum()),
        whole=float(quota["applications"].sum()),
        origins=join_keys(quota["origins"]),
    )


def _share_row(*, fulfilled: float, unknown: float, whole: float, origins: Iterable[str]) -> Row:
    known = whole - unknown
    return pd.Series(
        {
            "fulfilled": fulfilled,
            "unknown": unknown,
            "known": known,
            "applicable": whole,
            "value": _PER_CENT * fulfilled / known if known else float("nan"),
            "lower": _PER_CENT * fulfilled / whole if whole else float("nan"),
            "upper": _PER_CENT * (fulfilled + unknown) / whole if whole else float("nan"),
            "origins": tuple(origins),
        }
    )


def say_unweighted(rows: pd.DataFrame) -> str:
    """Return how many services have no number of applications: ``keine Dienste``, ``zwei …``."""
    return count_words(len(rows), "Dienst", "Dienste", one="ein")
