"""Registers of names: which names an organisational unit or a service has or had, and when.

``dienststellen.csv`` and ``leistungen.csv`` hold one row per name and validity. The texts that
exports use are matched against them, so that a figure keeps its identifier when its office was
renamed. How names are compared: docs/methods/names.md.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.cleaning.findings import (
    Cleaned,
    join_findings,
    make_findings,
    report_misfits,
    require_columns,
)
from analysis.cleaning.registers import finish_register, reject_unreadable
from analysis.fields import TABLES
from analysis.readers.delimited import LINE, Delimited
from analysis.readers.result import Read
from analysis.readers.values import parse_dates

UNIT_REGISTER = "dienststellen.csv"
SERVICE_REGISTER = "leistungen.csv"

_DERIVED = ("label", "origin")
_MARKS = re.compile(r"(?:\s*[¹²³⁰⁴-⁹ᵃ-ᶻ]+⁾?|\s*\*+\)?|\s[0-9]{1,2}\))+$")
_DASHES = re.compile(r"[‐‑‒–—−]")
_MOST_HINTS = 1000  # of distinct texts; looking for similar names is slow
_SHOWN = 3
_FIRST, _LAST = np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max


class Names(NamedTuple):
    """The registers of an edition: tables ``unit_names`` and ``service_names``.

    Where a register is empty, texts are taken as identifiers.
    """

    units: pd.DataFrame
    services: pd.DataFrame


class _Candidate(NamedTuple):
    """An identifier that a text may stand for from one day to another (days since 1970)."""

    identifier: str
    start: int
    end: int


def make_names(units: pd.DataFrame | None = None, services: pd.DataFrame | None = None) -> Names:
    """Return the registers, an empty one where none is given."""
    return Names(
        _empty("unit_names") if units is None else units,
        _empty("service_names") if services is None else services,
    )


def clean_unit_names(read: Delimited | Read, *, file: str) -> Cleaned:
    """Clean the register of organisational units (``dienststellen.csv``).

    Args:
        read: columns ``unit_id``, ``name``, ``valid_from``, ``valid_to``, ``kind``, ``parent``;
            days as ``2024-12-31`` or ``31.12.2024``, empty for open.
        file: name of the raw file.

    Returns:
        Table ``unit_names``. Rejected are rows without identifier, name or kind, with unreadable
        or reversed days, doubled rows, and names that would mean two units at the same time. A
        ``parent`` that does not exist, or is below its own unit, is left out of its row.

    Raises:
        DataError: a column is missing.
    """
    rows, findings = _start(read, "unit_names", file=file)
    unknown = (rows["parent"] != "") & ~rows["parent"].isin(rows["unit_id"])
    circular = ~unknown & _find_circles(rows)
    rows, missing = _leave_out_parent(
        rows,
        unknown,
        file=file,
        expected="eine Kennung aus der Spalte unit_id",
        message="Die übergeordnete Dienststelle steht nicht im Register.",
        check="unbekannt",
    )
    rows, turned = _leave_out_parent(
        rows,
        circular,
        file=file,
        expected="eine Dienststelle, die nicht selbst untergeordnet ist",
        message="Die Dienststelle wäre sich selbst untergeordnet.",
        check="unmoeglich",
    )
    plain = Delimited(read.rows, read.misfits)
    return finish_register(rows, "unit_names", findings, missing, turned, read=plain)


def clean_service_names(read: Delimited | Read, *, file: str) -> Cleaned:
    """Clean the register of services (``leistungen.csv``).

    Args:
        read: columns ``service_id``, ``name``, ``valid_from``, ``valid_to``, ``unit_id``; days as
            in ``dienststellen.csv``.
        file: name of the raw file.

    Returns:
        Table ``service_names``; rejected rows as in ``clean_unit_names``. Whether ``unit_id``
        exists is seen only beside the other register, by ``check_units_in_charge``.

    Raises:
        DataError: a column is missing.
    """
    rows, findings = _start(read, "service_names", file=file)
    plain = Delimited(read.rows, read.misfits)
    return finish_register(rows, "service_names", findings, read=plain)


def check_units_in_charge(names: Names) -> pd.DataFrame:
    """Return an error finding for each service whose unit in charge is not in the register.

    Where there is no register of units, nothing can be wrong.
    """
    services = names.services
    wrong = (services["unit_id"] != "") & ~services["unit_id"].isin(names.units["unit_id"])
    if names.units.empty:
        wrong = wrong & False
    places = services["origin"].str.rsplit("#", n=1)
    rows = services.assign(**{LINE: places.str[1].astype("int64")}).loc[wrong]
    file = places.str[0].iloc[0] if len(services) else ""
    return make_findings(
        rows,
        file=file,
        column="unit_id",
        expected=f"eine Kennung aus {UNIT_REGISTER}",
        message="Die zuständige Dienststelle steht nicht im Register.",
        severity="fehler",
        rejected=False,
        check="unbekannt",
    )


def match_names(
    texts: pd.Series, names: pd.DataFrame, *, key: str, on: pd.Series | None = None
) -> pd.DataFrame:
    """Find the identifiers that texts of an export stand for.

    Case, doubled and no-break spaces, kinds of dashes and footnote marks at the end do not
    matter; the identifier itself is accepted too. A name that belonged to several identifiers one
    after another is resolved by the day, without a day to the latest one. Works on the distinct
    texts and is fast on millions of rows.

    Args:
        texts: names as exports write them.
        names: table ``unit_names`` or ``service_names``; an empty one takes texts as identifiers.
        key: its column with identifiers, ``unit_id`` or ``service_id``.
        on: days the rows are about; a missing day lets every name pass.

    Returns:
        Same index: ``id`` (empty where unknown), ``hint`` (German, the nearest names; empty where
        known or where there is no text), ``outdated`` (known, but not in use on the day).
    """
    codes, uniques = pd.factorize(texts.astype("str").fillna(""))
    distinct = [str(text) for text in uniques]
    if names.empty:
        found = pd.Series([" ".join(text.split()) for text in distinct], dtype="str")
        frame = pd.DataFrame({"id": found, "hint": "", "outdated": False})
        return frame.astype({"hint": "str"}).take(codes).set_axis(texts.index)
    candidates = _list_candidates(names, key)
    chosen = [candidates.get(normalise_name(text), ()) for text in distinct]
    hints = pd.Series(_describe_unknown(distinct, chosen, names), dtype="str")
    identifiers, outdated = _choose(chosen, codes, on)
    return pd.DataFrame(
        {"id": identifiers.to_numpy(), "hint": hints.take(codes).to_numpy(), "outdated": outdated},
        index=texts.index,
    ).astype({"id": "str", "hint": "str"})


def normalise_name(text: str) -> str:
    """Return a name in the form in which names are compared."""
    bare = _MARKS.sub("", " ".join(text.replace("\u00ad", "").split()))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())
    # compatibility forms such as ⑴ may have become marks
    return _MARKS.sub("", " ".join(_DASHES.sub("-", folded).split()))


def _empty(table: str) -> pd.DataFrame:
    types = {"text": "str", "date": "datetime64[us]"}
    return pd.DataFrame({field.name: pd.Series(dtype=types[field.kind]) for field in TABLES[table]})


def _start(read: Delimited | Read, table: str, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows with days, label and origin, and the findings so far."""
    fields = [field for field in TABLES[table] if field.name not in _DERIVED]
    texts = [field.name for field in fields]
    rows = require_columns(read.rows, tuple(texts), file=file)
    rows = rows.assign(
        **{name: rows[name].str.strip() for name in texts},
        origin=file + "#" + rows[LINE].astype("str"),
    )
    plain = Delimited(read.rows, read.misfits)
    findings = [report_misfits(plain, file=file)]
    for field in fields:
        if field.kind == "date":
            rows, wrong = _parse_days(rows, field.name, file=file)
        elif field.required:
            rows, wrong = reject_unreadable(
                rows, rows[field.name] == "", file=file, column=field.name, expected="eine Angabe"
            )
        else:
            continue
        findings.append(wrong)
    rows, reversed_days = _reject_reversed(rows, file=file)
    rows, doubled = _reject_doubled(rows, fields[0].name, texts, file=file)
    rows, ambiguous = _reject_ambiguous(rows, fields[0].name, file=file)
    rows = rows.assign(label=_label(rows, fields[0].name))
    return rows, join_findings(*findings, reversed_days, doubled, ambiguous)


def _parse_days(rows: pd.DataFrame, column: str, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    parsed = parse_dates(rows[column], serial=None)
    good = (parsed["precision"] == "day") | (rows[column] == "")
    kept, findings = reject_unreadable(
        rows, ~good, file=file, column=column, expected="ein Datum der Form JJJJ-MM-TT"
    )
    return kept.assign(**{column: parsed.loc[kept.index, "value"].dt.normalize()}), findings


def _reject_reversed(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    wrong = rows["valid_to"] < rows["valid_from"]
    findings = make_findings(
        rows.loc[wrong],
        file=file,
        column="valid_to",
        expected="ein Tag nicht vor valid_from",
        message="Der Name endet, bevor er beginnt.",
        severity="fehler",
        rejected=True,
        check="reihenfolge",
    )
    return rows.loc[~wrong], findings


def _reject_doubled(
    rows: pd.DataFrame, key: str, columns: list[str], *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    same = rows.duplicated(columns)
    other = rows.duplicated([key, "name", "valid_from"]) & ~same
    identical = make_findings(
        rows.loc[same],
        file=file,
        column="name",
        expected="jede Zeile nur einmal",
        message="Die Zeile steht mehrfach im Register; übernommen wird die erste.",
        severity="warnung",
        rejected=True,
        check="doppelt",
    )
    contradicting = make_findings(
        rows.loc[other],
        file=file,
        column="name",
        expected="je Kennung, Name und Beginn eine Zeile",
        message="Derselbe Name steht mehrfach mit anderen Angaben; übernommen wird die erste "
        "Zeile.",
        severity="fehler",
        rejected=True,
        check="doppelt",
    )
    return rows.loc[~same & ~other], join_findings(identical, contradicting)


def _reject_ambiguous(
    rows: pd.DataFrame, key: str, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reject names that another identifier has, or had at the same time."""
    starts, ends = _to_days(rows["valid_from"], _FIRST), _to_days(rows["valid_to"], _LAST)
    owners = {normalise_name(own): own for own in reversed(rows[key].tolist())}
    taken: dict[str, list[_Candidate]] = {}
    wrong = []
    for own, name, start, end in zip(rows[key], rows["name"], starts, ends, strict=True):
        form = normalise_name(name)
        earlier = taken.setdefault(form, [])
        clash = owners.get(form, own) != own or any(
            each.identifier != own and each.start <= end and start <= each.end for each in earlier
        )
        if not clash:
            earlier.append(_Candidate(own, start, end))
        wrong.append(clash)
    bad = pd.Series(wrong, index=rows.index, dtype="bool")
    findings = make_findings(
        rows.loc[bad],
        file=file,
        column="name",
        expected="ein Name, der zur selben Zeit nur eine Kennung hat",
        message="Der Name gehört zur selben Zeit schon zu einer anderen Kennung.",
        severity="fehler",
        rejected=True,
        check="doppelt",
    )
    return rows.loc[~bad], findings


def _label(rows: pd.DataFrame, key: str) -> pd.Series:
    """Return for each row the name that its identifier has now, or had last."""
    order = rows.assign(_end=_to_days(rows["valid_to"], _LAST)).sort_values(
        "_end", ascending=False, kind="stable"
    )
    latest = order.drop_duplicates(key).set_index(key)["name"]
    return rows[key].map(latest).astype("str")


def _find_circles(rows: pd.DataFrame) -> pd.Series:
    """Return which rows name a parent that is, over some steps, below the same unit."""
    above: dict[str, set[str]] = {}
    for own, parent in zip(rows["unit_id"], rows["parent"], strict=True):
        above.setdefault(own, set()).update({parent} - {""})
    circular = {own for own in above if own in _collect_above(own, above)}
    return rows["unit_id"].isin(circular) & rows["parent"].isin(circular)


def _collect_above(start: str, above: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(above[start])
    while waiting:
        unit = waiting.pop()
        if unit not in seen:
            seen.add(unit)
            waiting.extend(above.get(unit, ()))
    return seen


def _leave_out_parent(
    rows: pd.DataFrame, wrong: pd.Series, *, file: str, expected: str, message: str, check: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    findings = make_findings(
        rows.loc[wrong],
        file=file,
        column="parent",
        expected=expected,
        message=message,
        severity="fehler",
        rejected="teilweise",
        check=check,
    )
    return rows.assign(parent=rows["parent"].mask(wrong, "")), findings


def _to_days(dates: pd.Series, missing: int) -> list[int]:
    days = pd.to_datetime(dates).to_numpy().astype("datetime64[D]")
    return [int(number) for number in np.where(np.isnat(days), missing, days.astype("int64"))]


def _list_candidates(names: pd.DataFrame, key: str) -> dict[str, tuple[_Candidate, ...]]:
    """Return what each normalised name can mean, the last to begin first."""
    starts, ends = _to_days(names["valid_from"], _FIRST), _to_days(names["valid_to"], _LAST)
    found: dict[str, list[_Candidate]] = {}
    for own, name, start, end in zip(names[key], names["name"], starts, ends, strict=True):
        found.setdefault(normalise_name(name), []).append(_Candidate(own, start, end))
    ordered = {
        form: tuple(sorted(each, key=lambda one: (-one.start, -one.end)))
        for form, each in found.items()
        if form
    }
    # An identifier has no validity: it stays when the names change.
    return ordered | {
        normalise_name(own): (_Candidate(own, _FIRST, _LAST),) for own in names[key].unique()
    }


def _choose(
    chosen: list[tuple[_Candidate, ...]], codes: np.ndarray, on: pd.Series | None
) -> tuple[pd.Series, np.ndarray]:
    """Return identifier and whether it is outdated, per row.

    A day on which a name was not in use takes its last meaning before that day: old names are
    used on, new ones not in advance.
    """
    latest = _take_identifiers(chosen, codes, 0)
    if on is None or not chosen:
        return pd.Series(latest, dtype="str"), np.zeros(len(codes), dtype=bool)
    days = pd.to_datetime(on).to_numpy().astype("datetime64[D]")
    numbers = days.astype("int64")
    unsettled = ~np.isnat(days) & np.array([bool(each) for each in chosen])[codes]
    identifiers = np.where(unsettled, _take_identifiers(chosen, codes, -1), latest)
    begun = np.zeros(len(codes), dtype=bool)
    for rank in range(max(map(len, chosen))):
        spans = [
            (each[rank].start, each[rank].end) if len(each) > rank else (1, 0) for each in chosen
        ]
        starts, ends = (np.array(side)[codes] for side in zip(*spans, strict=True))
        known = starts <= ends
        now = unsettled & known & (starts <= numbers)
        hit = now & (numbers <= ends)
        take = hit | (now & ~begun)
        identifiers[take] = _take_identifiers(chosen, codes, rank)[take]
        begun |= now
        unsettled &= ~hit
    return pd.Series(identifiers, dtype="str"), unsettled


def _take_identifiers(
    chosen: list[tuple[_Candidate, ...]], codes: np.ndarray, rank: int
) -> np.ndarray:
    ranked = [each[rank].identifier if len(each) > rank and each else "" for each in chosen]
    taken: np.ndarray = np.array(ranked, dtype=object)[codes]
    return taken


def _describe_unknown(
    texts: list[str], chosen: list[tuple[_Candidate, ...]], names: pd.DataFrame
) -> list[str]:
    known = {normalise_name(name): name for name in names["name"]}
    some = "Bekannt sind zum Beispiel " + _quote(sorted(set(names["label"]))[:_SHOWN]) + "."
    hints, left = [], _MOST_HINTS
    for text, candidates in zip(texts, chosen, strict=True):
        form = normalise_name(text)
        if candidates or not form:
            hints.append("")
            continue
        near = get_close_matches(form, known, n=_SHOWN, cutoff=0.6) if left > 0 else []
        left -= 1
        hints.append(f"Am nächsten: {_quote([known[each] for each in near])}." if near else some)
    return hints


def _quote(names: list[str]) -> str:
    return ", ".join(f"»{name}«" for name in names)
