"""Release of an edition: all its tables go in, the same tables, safe, come out.

Everything that notebooks, reports and downloads show is made from the released tables, so what
can be computed from them is all that can be computed at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.disclosure.attack import Attack, attack, merge_known
from analysis.disclosure.cells import KEY, list_cells, require_labels
from analysis.disclosure.columns import Registry
from analysis.disclosure.levels import choose_levels, drop_inner_parts
from analysis.disclosure.links import link_cells
from analysis.disclosure.pattern import (
    Network,
    build_network,
    choose_suppressed,
    choose_withheld,
    describe_attack,
)
from analysis.disclosure.rates import release_rates
from analysis.disclosure.rounding import round_half_up, round_to_five
from analysis.disclosure.signs import SECRET, SHOWN, write_notes
from analysis.disclosure.system import Flags
from analysis.disclosure.tables import LOG_COLUMNS
from analysis.disclosure.wording import mask_numbers, reword
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.fields import OBSERVATION_TABLES, load_measures

_GONE = "nicht veröffentlicht"
_WITHHELD = "gesperrt"
_LEVEL = "Ebene zu fein (levels.csv) oder zu viele kleine Zahlen"
_SMALL = "kleine Zahl oder Zahl, aus der sich eine kleine errechnen ließe"
_TOO_FEW = "Nenner gesperrt, zu klein oder nicht bekannt"


@dataclass(frozen=True)
class Evidence:
    """What an attacker could use; for the attack test, not to be stored or released."""

    network: Network
    hidden: Flags


@dataclass(frozen=True)
class Released:
    """Tables that may be shown.

    Attributes:
        tables: all tables of the edition; observation tables have the column ``sign`` (``.`` where
            a number is left out, else empty).
        log: what was left out and why (``row``, ``column``, ``treatment``, ``reason``), in German,
            without any number.
        notes: German footnotes; empty without a rule.
        optimal: whether no other pattern of suppression loses less information.
        evidence: for the attack test; missing without a rule.
    """

    tables: dict[str, pd.DataFrame]
    log: pd.DataFrame
    notes: tuple[str, ...] = ()
    optimal: bool = True
    evidence: Evidence | None = field(default=None, repr=False)
    policy: DisclosurePolicy | None = None


def release_observations(
    tables: Mapping[str, pd.DataFrame],
    policy: DisclosurePolicy | None,
    *,
    previous: Mapping[str, pd.DataFrame] | None = None,
    registry: Registry | None = None,
) -> Released:
    """Protect the tables of an edition so that they may be shown.

    Args:
        tables: cleaned tables; units and whole, months and calendar years, groups and their
            totals. Observation tables are protected; findings and contradictions lose their
            numbers, earlier deliveries are left out; all others stay as they are.
        policy: the edition's rule; without one nothing changes.
        previous: released tables of the report before: what they show cannot be hidden any more,
            what they hide stays hidden.
        registry: measures by name; by default the project's.

    Returns:
        Released tables, log and footnotes; the same tables give the same result.

    Raises:
        DisclosureError: a measure has no confidentiality class, or a number cannot be protected.
    """
    observed = {name: tables[name] for name in OBSERVATION_TABLES if name in tables}
    if policy is None:
        signed = {name: rows.assign(sign=SHOWN) for name, rows in observed.items()}
        return Released({**tables, **signed}, _write_log([]))
    known = registry or load_measures()
    require_labels(observed, known)
    observed = {name: drop_inner_parts(rows) for name, rows in observed.items()}
    rows = list_cells(observed, policy, known)
    cells = _unite(rows)
    network = _link(cells, tables, policy, known)
    network, hidden_before = _recall(network, cells, previous, policy, known)
    choose = choose_suppressed if policy.method == "sperrung" else choose_withheld
    pattern = choose(network, policy, hidden_before)
    numbers = _write_numbers(rows, network, pattern.hidden, policy, known)
    released, log = _apply(observed, numbers, policy, known)
    rest = _clean_others(tables, released)
    return Released(
        tables={**tables, **rest, **released},
        log=_write_log(log),
        notes=write_notes(policy, ratios=True),
        optimal=pattern.optimal,
        evidence=Evidence(network, pattern.hidden),
        policy=policy,
    )


def attack_releases(*releases: Released, width: float | None = None) -> Attack:
    """Attack released tables with linear programmes: one edition, or several side by side.

    Args:
        releases: results of ``release_observations`` with a rule.
        width: width that the interval of each small number must have; by default 1, that is: no
            small number can be computed.

    Raises:
        ValueError: an edition was released without a rule.
    """
    parts = []
    for release in releases:
        if release.evidence is None or release.policy is None:
            raise ValueError("only an edition with a rule can be attacked")
        parts.append(
            describe_attack(release.evidence.network, release.evidence.hidden, release.policy)
        )
    return attack(
        merge_known(*(known for known, _, _ in parts)),
        tuple(each for _, equations, _ in parts for each in equations),
        protected=tuple(dict.fromkeys(key for _, _, small in parts for key in small)),
        width=1.0 if width is None else width,
    )


def _unite(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates("cell").set_index("cell").sort_index()


def _link(
    cells: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    policy: DisclosurePolicy,
    registry: Registry,
) -> Network:
    levelled = cells.assign(released=choose_levels(cells, policy.minimum))
    digits = levelled["measure"].map({name: entry.digits for name, entry in registry.items()})
    return build_network(
        levelled, link_cells(levelled, _read_parents(tables)), levelled["released"], digits == 0
    )


def _read_parents(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    if "unit_names" not in tables or tables["unit_names"].empty:
        return {}
    names = tables["unit_names"].drop_duplicates("unit_id", keep="last")
    parents = dict(zip(names["unit_id"], names["parent"].fillna("").astype("str"), strict=True))
    # A unit that stands above itself would have no end.
    return {unit: above for unit, above in parents.items() if above and above != unit}


def _recall(
    network: Network,
    cells: pd.DataFrame,
    previous: Mapping[str, pd.DataFrame] | None,
    policy: DisclosurePolicy,
    registry: Registry,
) -> tuple[Network, Flags]:
    """Return the network with what the report before showed, and what it hid."""
    nothing = np.zeros(len(network.released), dtype=bool)
    if previous is None:
        return network, nothing
    before = {name: previous[name] for name in OBSERVATION_TABLES if name in previous}
    same = [name for name in KEY if name not in {"method", "version"}]
    hidden_rows = {
        name: rows.assign(value=1.0).loc[rows["sign"] == SECRET] for name, rows in before.items()
    }
    gone = _match(cells, list_cells(hidden_rows, policy, registry), same)["value_before"].notna()
    earlier = _match(cells, list_cells(before, policy, registry), same)["value_before"]
    shown = (earlier - cells["value"]).abs() < 1e-9
    small = (cells["value"].abs() > 0) & (cells["value"].abs() < policy.minimum)
    if policy.method == "sperrung" and (shown & small).any():
        raise DisclosureError(
            f"Die frühere Ausgabe zeigt Zahlen unter {policy.minimum}; sie lassen sich nicht mehr "
            "schützen."
        )
    size = len(cells)
    known, hidden = nothing.copy(), nothing.copy()
    known[:size] = shown.to_numpy() & (policy.method == "sperrung")
    hidden[:size] = gone.to_numpy() & network.released[:size]
    return network._replace(system=network.system._replace(known=known)), hidden


def _match(cells: pd.DataFrame, rows: pd.DataFrame, same: list[str]) -> pd.DataFrame:
    single = rows.drop_duplicates(same)[[*same, "value"]].rename(columns={"value": "value_before"})
    return cells[same].merge(single, on=same, how="left").set_axis(cells.index)


def _write_numbers(
    rows: pd.DataFrame,
    network: Network,
    hidden: Flags,
    policy: DisclosurePolicy,
    registry: Registry,
) -> pd.DataFrame:
    """Return for each row of a count what is shown: ``table``, ``row``, ``shown``, ``kept``."""
    cell = rows["cell"].to_numpy()
    values = rows["value"].astype("float64")
    digits = rows["measure"].map({name: entry.digits for name, entry in registry.items()})
    exact = values.copy()
    for places in digits.unique():
        exact = exact.mask(digits == places, round_half_up(values, int(places)))
    shown = round_to_five(values) if policy.method == "rundung5" else exact
    return rows[["table", "row"]].assign(
        shown=shown.mask(hidden[cell]), kept=network.released[cell], hidden=hidden[cell]
    )


def _apply(
    observed: Mapping[str, pd.DataFrame],
    numbers: pd.DataFrame,
    policy: DisclosurePolicy,
    registry: Registry,
) -> tuple[dict[str, pd.DataFrame], list[pd.DataFrame]]:
    counted = {
        name: _show_counts(name, rows, numbers, policy, registry) for name, rows in observed.items()
    }
    counts = pd.concat(
        [rows.loc[rows["class"] != "rate"] for rows in counted.values()], ignore_index=True
    ).assign(given=lambda rows: rows["given"].fillna(rows["value"]))
    released, log = {}, []
    for name, rows in counted.items():
        rates = rows["class"] == "rate"
        found = release_rates(rows.loc[rates], counts, policy, registry)
        whole = rows.assign(
            value=rows["value"].mask(rates, found["value"].reindex(rows.index)),
            kept=rows["kept"] & ~rows.index.isin(found.index[~found["kept"].astype(bool)]),
        )
        touched = rates | whole["class"].isin(policy.protect)
        released[name] = _finish(observed[name], whole, touched, registry)
        log.append(_log_rows(whole.loc[touched], registry))
    return released, log


def _show_counts(
    name: str,
    rows: pd.DataFrame,
    numbers: pd.DataFrame,
    policy: DisclosurePolicy,
    registry: Registry,
) -> pd.DataFrame:
    ours = numbers.loc[numbers["table"] == name].set_index("row")
    plain = rows.reset_index(drop=True)
    classes = plain["measure"].map({key: entry.confidentiality for key, entry in registry.items()})
    protected = classes.isin(policy.protect)
    texts = {key: plain[key].fillna("").astype("str") for key in ("unit", "group")}
    return plain.assign(
        **texts,
        given=plain["value"].astype("float64"),
        # A protected row without a best figure has bounds only; they are not shown either.
        value=plain["value"].astype("float64").where(~protected, ours["shown"]),
        kept=ours["kept"].reindex(plain.index, fill_value=True).astype(bool),
        **{"class": classes},
    )


def _finish(
    original: pd.DataFrame, rows: pd.DataFrame, touched: pd.Series[bool], registry: Registry
) -> pd.DataFrame:
    plain = original.reset_index(drop=True)
    result = plain.assign(value=rows["value"], sign=SHOWN)
    for column in ("lower", "upper"):
        result[column] = plain[column].astype("float64").mask(touched, rows["value"])
    result["base_value"] = plain["base_value"].astype("float64").mask(touched)
    if "rule" in result:
        result["rule"] = result["rule"].mask(touched, "exact")
    missing = touched & rows["value"].isna()
    result["sign"] = result["sign"].mask(missing, SECRET)
    safe = reword(result.loc[touched], registry)
    for column in ("published", "wording", "note"):
        result.loc[touched, column] = safe[column]
    return result.loc[rows["kept"].astype(bool)].reset_index(drop=True)


def _log_rows(rows: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    kept = rows["kept"].astype(bool)
    concerned = rows.loc[~kept | rows["value"].isna()]
    kept = kept.loc[concerned.index]
    names = [
        " · ".join(str(part) for part in parts if part != "")
        for parts in concerned[["place", "service", "unit", "group"]].itertuples(index=False)
    ]
    ends = pd.to_datetime(concerned["period_end"]).dt.strftime("%d.%m.%Y").fillna("ohne Datum")
    rate = concerned["class"] == "rate"
    reasons = pd.Series(_SMALL, index=concerned.index).mask(rate, _TOO_FEW).mask(~kept, _LEVEL)
    return pd.DataFrame(
        {
            "row": [f"{name} · {end}" for name, end in zip(names, ends, strict=True)],
            "column": concerned["measure"].map(
                {name: entry.label for name, entry in registry.items()}
            ),
            "treatment": np.where(kept, _WITHHELD, _GONE),
            "reason": reasons,
        }
    )


def _write_log(parts: list[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(LOG_COLUMNS), dtype="str")
    return pd.concat(parts, ignore_index=True) if parts else empty


def _clean_others(
    tables: Mapping[str, pd.DataFrame], released: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the tables that quote observations, without the numbers that they quote."""
    cleaned = {}
    if "earlier_deliveries" in tables:
        cleaned["earlier_deliveries"] = tables["earlier_deliveries"].head(0)
    if "findings" in tables:
        findings = tables["findings"]
        cleaned["findings"] = findings.assign(
            found=mask_numbers(findings["found"]),
            expected=mask_numbers(findings["expected"]),
            message=mask_numbers(findings["message"]),
        )
    if "contradictions" in tables:
        cleaned["contradictions"] = _clean_contradictions(tables["contradictions"], released)
    return cleaned


def _clean_contradictions(rows: pd.DataFrame, released: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    texts = {
        origin: text
        for table in released.values()
        for origin, text in zip(table["origin"], table["published"], strict=True)
    }
    return rows.assign(
        first_text=rows["first_origin"].map(texts).fillna(SECRET).astype("str"),
        second_text=rows["second_origin"].map(texts).fillna(SECRET).astype("str"),
        explanation=mask_numbers(rows["explanation"]),
    )
