"""Vacancies, one row per vacant post, as monthly numbers and durations.

Method and limits: docs/methods/staffing-export.md. Identifiers of posts are compared in memory
and never stored or shown.
"""

from __future__ import annotations

import pandas as pd

from analysis.cleaning.exports.keys import (
    Context,
    parse_periods_of,
    personal_fault,
    report_texts,
    resolve_texts,
)
from analysis.cleaning.exports.personal import HIDDEN, find_names, holds_name
from analysis.cleaning.exports.rows import complete_observations
from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.errors import DataError
from analysis.fields import load_measures
from analysis.mappings import Mapping, require_mapped_columns
from analysis.readers.delimited import LINE
from analysis.readers.values import PLAIN_LEGEND, parse_numbers

DAYS_PER_MONTH = 30.4375
_DAYS = ("vacant_from", "filled_from")
_POST = ["post_id", "unit", "group", "fte", "vacant_from", "filled_from"]
_P90 = 0.9


def clean_vacancies(rows: pd.DataFrame, context: Context) -> Cleaned:
    """Check vacancies and count them at the ends of months.

    Args:
        rows: one row per vacancy as strings, with ``source_row``.
        context: mapping, registers, file, state.

    Returns:
        Table ``staffing``: ``vacancies`` [posts] and median and 90th percentile of the time that
        the posts vacant at the end of the month had been vacant by then [months of 30.4375 days],
        per unit, and for the whole where the file names units.
        Without a column ``filled_from`` all vacancies last.

    Raises:
        DataError: the mapping names no service, or a column that does not exist.
    """
    mapping = context.mapping
    require_mapped_columns(mapping, [c for c in rows.columns if c != LINE], file=context.file)
    _require_service(mapping, context.file)
    parsed, good, findings = _read_vacancies(rows, context)
    single, doubled = _reject_doubled(parsed.loc[good], context)
    table = complete_observations(_aggregate(single, context), context)
    return Cleaned(
        {"staffing": table}, join_findings(findings, doubled), len(rows), rows_kept=len(single)
    )


def _require_service(mapping: Mapping, file: str) -> None:
    if not mapping.service.strip():
        raise DataError(f"{file}: In der Zuordnung fehlt »service« (wessen Stellen es sind).")


def _read_vacancies(
    rows: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    columns = context.mapping.columns
    read = rows[[LINE]].assign(unit=context.mapping.unit, group="", post_id="", fte=1.0)
    good = pd.Series(True, index=rows.index)
    findings = []
    read = read.assign(filled_from=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]"))
    for field in (name for name in _DAYS if name in columns):
        texts = rows[columns[field]].astype("str").str.strip()
        days, fine, found = _read_days(rows, texts, field, context)
        read, good = read.assign(**{field: days}), good & fine
        findings.append(found)
    for field in ("unit", "group"):
        if field in columns:
            resolved = resolve_texts(rows[columns[field]], field, context, on=read["vacant_from"])
            places = rows.assign(_text=rows[columns[field]], _column=columns[field])
            findings.append(report_texts(places, resolved, field, context))
            read = read.assign(**{field: resolved["id"]})
            good &= ~resolved["state"].isin(["unknown", "personal"])
    if "post_id" in columns:
        read = read.assign(post_id=rows[columns["post_id"]].astype("str").str.strip())
    read, found = _read_shares(read, rows, context)
    reversed_days = read["filled_from"] < read["vacant_from"]
    findings.append(found)
    if reversed_days.any():
        findings.append(_report_reversed(rows.loc[good & reversed_days], context))
    return read, good & ~reversed_days, join_findings(*findings)


def _read_days(
    rows: pd.DataFrame, texts: pd.Series, field: str, context: Context
) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    column = context.mapping.columns[field]
    # Of a vacancy that lasts there is no end.
    code = texts.where(texts.isin(["-", "–", "offen", "k. A.", "k.A."]), "")
    empty = ((texts == "") | (code != "")) & (field == "filled_from")
    days = parse_periods_of(texts.mask(empty, ""), "day")["start"]
    readable = days.notna() | empty
    personal = find_names(texts, among=~readable)
    late = days > pd.Timestamp(context.as_of)
    unreadable = Fault(
        "wert", "fehler", "ja", "ein Tag, zum Beispiel 31.12.2024", "Das Datum ist nicht lesbar."
    )
    future = Fault(
        "zukunft",
        "fehler",
        "ja",
        f"spätestens {context.as_of:%d.%m.%Y} (Stand der Datei)",
        "Das Datum liegt nach dem Stand der Datei.",
    )
    wrong = ~readable & ~personal
    findings = join_findings(
        mark(rows.loc[wrong], unreadable, file=context.file, column=column, found=texts[wrong]),
        mark(
            rows.loc[personal],
            personal_fault("ja"),
            file=context.file,
            column=column,
            found=HIDDEN,
        ),
        mark(rows.loc[late], future, file=context.file, column=column, found=texts[late]),
    )
    return days, readable & ~late, findings


def _read_shares(
    read: pd.DataFrame, rows: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check the extent of posts; the vacancy counts as one post whatever its extent."""
    column = context.mapping.columns.get("fte")
    if column is None:
        return read, join_findings()
    texts = rows[column].astype("str").str.strip()
    parsed = parse_numbers(texts, legend=PLAIN_LEGEND)
    unread = parsed["problem"] != ""
    impossible = (parsed["value"] <= 0) | (parsed["value"] > 1)
    shown = texts.map({text: HIDDEN if holds_name(text) else text for text in texts.unique()})
    wrong = Fault("wert", "fehler", "teilweise", "eine Zahl wie 0,5", "Der Wert ist nicht lesbar.")
    limit = Fault(
        "unmoeglich",
        "fehler",
        "teilweise",
        "mehr als 0, höchstens 1",
        "Eine Planstelle hat höchstens den Umfang 1.",
    )
    bad = rows.loc[impossible]
    findings = join_findings(
        mark(rows.loc[unread], wrong, file=context.file, column=column, found=shown[unread]),
        mark(bad, limit, file=context.file, column=column, found=texts[impossible]),
    )
    return read.assign(fte=parsed["value"].mask(impossible)), findings


def _report_reversed(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    columns = context.mapping.columns
    begins = rows[columns["vacant_from"]].astype("str").str.strip()
    fault = Fault(
        "reihenfolge",
        "fehler",
        "ja",
        "ein Tag nicht vor dem " + begins,
        "Die Stelle wäre besetzt, bevor sie frei wurde.",
    )
    found = rows[columns["filled_from"]].astype("str").str.strip()
    return mark(rows, fault, file=context.file, column=columns["filled_from"], found=found)


def _reject_doubled(read: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reject repeated rows, and vacancies of one post that overlap; needs identifiers."""
    columns = context.mapping.columns
    if "post_id" not in columns:
        return read, join_findings()
    given = read["post_id"] != ""
    same = read.duplicated(_POST) & given
    clash = _find_overlaps(read.loc[given & ~same]).reindex(read.index, fill_value=False)
    repeated = Fault(
        "doppelt", "warnung", "ja", "jede Vakanz nur einmal", "Die Zeile steht mehrfach im Export."
    )
    clashing = Fault(
        "doppelt",
        "fehler",
        "ja",
        "je Stelle zu einer Zeit nur eine Vakanz",
        "Dieselbe Stelle ist zur selben Zeit schon als frei geführt; übernommen ist die Zeile mit "
        "dem früheren Beginn.",
    )
    findings = join_findings(
        mark(read.loc[same], repeated, file=context.file),
        mark(read.loc[clash], clashing, file=context.file, column=columns["vacant_from"]),
    )
    return read.loc[~same & ~clash], findings


def _find_overlaps(read: pd.DataFrame) -> pd.Series:
    """Return which vacancies begin while the same post is vacant by an earlier row."""
    ordered = read.sort_values(["post_id", "vacant_from", LINE], kind="stable")
    ends: dict[str, pd.Timestamp] = {}
    overlaps = []
    spans = zip(ordered["post_id"], ordered["vacant_from"], ordered["filled_from"], strict=True)
    for post, start, end in spans:
        overlap = post in ends and start < ends[post]
        overlaps.append(overlap)
        # What is rejected does not count against the next one.
        if not overlap:
            ends[post] = pd.Timestamp.max if pd.isna(end) else end
    return pd.Series(overlaps, index=ordered.index, dtype="bool")


def _aggregate(read: pd.DataFrame, context: Context) -> pd.DataFrame:
    ends = _list_month_ends(read, context)
    vacant = read.merge(pd.DataFrame({"period_end": ends}), how="cross")
    at_end = (vacant["vacant_from"] <= vacant["period_end"]) & ~(
        vacant["filled_from"] <= vacant["period_end"]
    )
    vacant = vacant.loc[at_end]
    elapsed = (vacant["period_end"] - vacant["vacant_from"]).dt.days / DAYS_PER_MONTH
    vacant = vacant.assign(elapsed=elapsed.astype("float64"))
    parts = [_measure(vacant, sorted(set(read["unit"])), ends)]
    if "unit" in context.mapping.columns and (read["unit"] != "").any():
        units = read["unit"] != ""
        if units.all():
            parts.append(_measure(vacant.assign(unit=""), [""], ends))
    table = pd.concat(parts, ignore_index=True)
    return _describe(table, context)


def _list_month_ends(read: pd.DataFrame, context: Context) -> pd.DatetimeIndex:
    """Return the month ends for which the file can be complete.

    An export lists posts that are vacant now and those filled since some day. Before the first
    one filled, posts that were vacant and filled again are not in it.
    """
    last = pd.Timestamp(context.as_of)
    if (last + pd.offsets.MonthEnd(0)) != last:
        last = last - pd.offsets.MonthEnd(1)
    filled = read["filled_from"].min()
    first = last if pd.isna(filled) else filled + pd.offsets.MonthEnd(0)
    if read.empty:
        first = last + pd.offsets.Day(1)
    return pd.date_range(first, last, freq="ME").as_unit("us")


def _measure(vacant: pd.DataFrame, units: list[str], ends: pd.DatetimeIndex) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product([units, ends], names=["unit", "period_end"])
    elapsed = vacant.groupby(["unit", "period_end"])["elapsed"]
    counts = elapsed.size().reindex(grid, fill_value=0)
    series = {
        "vacancies": counts.astype("float64"),
        "vacancy_duration_median": elapsed.median(),
        "vacancy_duration_p90": elapsed.quantile(_P90),
    }
    parts = [
        values.rename("value").reset_index().assign(measure=name) for name, values in series.items()
    ]
    sizes = counts.rename("size").reset_index()
    return pd.concat(parts, ignore_index=True).merge(sizes, on=["unit", "period_end"])


def _describe(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    mapping = context.mapping
    measures = load_measures()
    duration = table["measure"] != "vacancies"
    # Durations describe the month, the stock its last day.
    first = table["period_end"] - pd.to_timedelta(table["period_end"].dt.day - 1, unit="D")
    month = table["period_end"].dt.strftime("%Y-%m").astype("str")
    key = mapping.service + "/" + table["unit"] + "/" + table["measure"] + "/" + month
    vacancies = table["size"].astype("str") + " Vakanzen"
    return table.assign(
        service=mapping.service,
        group="",
        method=mapping.method,
        note="",
        measure_unit=table["measure"].map({name: each.unit for name, each in measures.items()}),
        start=first,
        period_start=first.where(duration, table["period_end"]),
        published="aus " + vacancies.mask(table["size"] == 1, "1 Vakanz"),
        origin=context.file + "#0:" + key.str.replace("#", "", regex=False),
    )
