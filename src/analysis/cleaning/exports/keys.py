"""What a row of an export is about: period, service, unit, pay group, channel, measure.

Each key comes from a column, from the headings of the columns (``across``) or, for all rows, from
the mapping. All keys of a row are checked, so that an office sees all its faults at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as Words
from typing import NamedTuple

import pandas as pd

from analysis.cleaning.exports.personal import HIDDEN, find_names, find_personal_cells
from analysis.cleaning.findings import COLUMNS, join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.cleaning.names import Names, match_names
from analysis.errors import suggest
from analysis.fields import load_measures
from analysis.mappings import ALL_CHANNELS, CHANNELS, Mapping
from analysis.readers.delimited import LINE
from analysis.readers.shapes import is_sum_label, is_weak_sum_label
from analysis.readers.values import PLAIN_LEGEND, parse_dates

PERIOD_FIELDS = ("month", "day", "year")
TEXT_FIELDS = ("service", "unit", "group", "channel", "measure")

_REGISTER_KEYS = {"unit": "unit_id", "service": "service_id"}
_UNKNOWN = {
    "unit": "Die Dienststelle steht nicht im Register.",
    "service": "Die Leistung steht nicht im Register.",
    "channel": "Der Eingangsweg ist nicht bekannt.",
    "measure": "Die Messgröße ist nicht bekannt.",
}
_EXPECTED = {
    "unit": "eine Dienststelle aus dienststellen.csv",
    "service": "eine Leistung aus leistungen.csv",
    "channel": "online, Papier, E-Mail, persönlich oder sonstige",
    "measure": "eine Messgröße des Datenwörterbuchs oder ein Eintrag in [values.measure]",
}
_CHANNEL_WORDS = {
    **{channel: channel for channel in CHANNELS},
    "papier": "paper",
    "post": "paper",
    "schriftlich": "paper",
    "e-mail": "email",
    "mail": "email",
    "persönlich": "in_person",
    "vor ort": "in_person",
    "vorsprache": "in_person",
    "sonstige": "other",
    "sonstiges": "other",
    "andere": "other",
}
_PAY_GROUP = r"(?i)(?:TVöD|TV-L|EG|E|A|B|R|S|SuE|P|KR|QE|BesGr\.?)[ -]?\d{1,2}\s?[a-zü]?"
_MONTH_NUMBER = r"\d{1,2}"
_EXPECTED_PERIODS = {
    "month": "ein Monat, zum Beispiel 12/2024, Dez 2024 oder 2024-12",
    "day": "ein Tag, zum Beispiel 31.12.2024",
    "year": "ein Jahr, zum Beispiel 2024",
}
_PRECISIONS = {"month": ("month", "day"), "day": ("day",), "year": ("year",)}


class Context(NamedTuple):
    """What is the same for all cells of a file."""

    mapping: Mapping
    names: Names
    file: str
    as_of: dt.date


class Keys(NamedTuple):
    """Resolved keys (columns as far as known), which rows hold, and the findings."""

    frame: pd.DataFrame
    good: pd.Series
    findings: pd.DataFrame


def read_row_keys(rows: pd.DataFrame, context: Context) -> Keys:
    """Resolve the keys that stand in columns.

    Args:
        rows: rows of the export with ``source_row``.
        context: mapping, registers, file, state.

    Returns:
        ``frame``: index of ``rows``, ``source_row``, ``start`` and ``end`` (where a column holds
        the period) and the text keys that are mapped; ``good``: rows whose keys all hold.
    """
    mapping = context.mapping
    frame = rows[[LINE]]
    good = pd.Series(True, index=rows.index)
    findings: list[pd.DataFrame] = []
    field = next((name for name in PERIOD_FIELDS[:2] if name in mapping.columns), "year")
    if field in mapping.columns:
        periods = _read_periods(rows, field, context)
        frame, good = frame.join(periods.frame), good & periods.good
        findings.append(periods.findings)
    on = frame.get("end")
    for name in TEXT_FIELDS:
        if name in mapping.columns:
            column = mapping.columns[name]
            resolved = resolve_texts(rows[column], name, context, on=on)
            frame = frame.assign(**{name: resolved["id"]})
            good = good & (resolved["state"] != "unknown") & (resolved["state"] != "personal")
            places = rows.assign(_text=rows[column], _column=column)
            findings.append(report_texts(places, resolved, name, context))
    return Keys(frame, good, join_findings(*findings))


def read_heading_keys(headings: list[str], context: Context) -> Keys:
    """Resolve the keys that stand in the headings of columns.

    Args:
        headings: columns of the export that are not mapped.
        context: mapping, registers, file, state.

    Returns:
        ``frame``: one row per heading with ``_column``, ``source_row`` (0) and the resolved key;
        ``findings`` only on headings that are a fault; those that are not a key are not ``good``.
    """
    field = context.mapping.across
    texts = pd.Series(headings, dtype="str")
    frame = pd.DataFrame({LINE: 0, "_column": texts, "_text": texts})
    if field in PERIOD_FIELDS:
        return _read_heading_periods(frame, field, context)
    resolved = resolve_texts(texts, field, context, on=None)
    bad = resolved["state"].isin(["unknown", "personal"])
    shown = texts.where(resolved["state"] != "personal", HIDDEN)
    findings = report_texts(frame.assign(_column=shown), resolved, field, context)
    findings = findings.assign(rejected="teilweise")
    return Keys(frame.assign(**{field: resolved["id"]}), ~bad, findings)


def resolve_texts(
    texts: pd.Series, field: str, context: Context, *, on: pd.Series | None
) -> pd.DataFrame:
    """Return ``id``, ``state`` (known, unknown, personal, outdated) and ``hint``, same index."""
    stripped = texts.astype("str").str.strip()
    own = context.mapping.values.get(field, {})
    mapped = _replace_words(stripped, own)
    found = _look_up(mapped, field, context, on)
    whole = pd.Series(False, index=texts.index)
    if field in {"unit", "group"}:
        # What the mapping sets to nothing stands for the whole, and so does a total's label.
        whole = stripped.map(_is_mapped_to_nothing(stripped, own)).astype("bool")
        label = mapped.map({text: _is_total(text) for text in mapped.unique()}).astype("bool")
        whole = whole | (label & ((found["id"] == "") | _takes_any(field, context)))
    if field == "group":
        whole = whole | (mapped == "")
    identifiers = found["id"].mask(whole, "")
    unknown = (found["id"] == "") & ~whole
    column = context.mapping.columns.get(field, field)
    listed = mapped.str.fullmatch(_PAY_GROUP) if field == "group" else ~unknown
    if field != "group" and _takes_any(field, context):
        listed = listed & False
    personal = find_personal_cells(mapped, column, known=listed | whole)
    state = pd.Series("known", index=texts.index, dtype="str")
    state = state.mask(found["outdated"] & ~whole, "outdated").mask(unknown, "unknown")
    return found.assign(id=identifiers, state=state.mask(personal, "personal"))


def report_texts(
    rows: pd.DataFrame, resolved: pd.DataFrame, field: str, context: Context
) -> pd.DataFrame:
    """Return findings on texts that are unknown, outdated or personal.

    Args:
        rows: ``source_row``, ``_column`` and ``_text``.
        resolved: result of ``resolve_texts``.
        field: key field.
        context: mapping, registers, file, state.
    """
    parts = []
    for state, fault in _list_text_faults(field, resolved).items():
        bad = resolved["state"] == state
        if bad.any():
            shown = rows.loc[bad, "_text"] if state != "personal" else HIDDEN
            message = fault.message
            picked = message.loc[bad] if isinstance(message, pd.Series) else message
            parts.append(
                mark(
                    rows.loc[bad],
                    fault._replace(message=picked),
                    file=context.file,
                    column=rows.loc[bad, "_column"],
                    found=shown,
                )
            )
    return join_findings(*parts)


def personal_fault(rejected: str) -> Fault:
    """Return the fault of a cell that names a person."""
    return Fault(
        "personenbezug",
        "fehler",
        rejected,
        "keine Angaben über einzelne Personen",
        "Die Zelle enthält personenbezogene Angaben; sie wird weder übernommen noch gezeigt.",
    )


def _list_text_faults(field: str, resolved: pd.DataFrame) -> dict[str, Fault]:
    unknown = _UNKNOWN.get(field, "") + (" " + resolved["hint"]).str.rstrip()
    expected = _EXPECTED.get(field, "")
    return {
        "unknown": Fault("unbekannt", "fehler", "ja", expected, unknown),
        "outdated": Fault(
            "name_veraltet",
            "hinweis",
            "nein",
            "der Name, der zu dieser Zeit galt",
            "Der Name galt zu dieser Zeit nicht; zugeordnet ist er über das Register.",
        ),
        "personal": personal_fault("ja"),
    }


def _replace_words(texts: pd.Series, words: Words[str, str]) -> pd.Series:
    if not words:
        return texts
    folded = {_fold(word): ours for word, ours in words.items()}
    table = {text: folded.get(_fold(text), text) for text in texts.unique()}
    return texts.map(table).astype("str")


def replace_words(texts: pd.Series, field: str, context: Context) -> pd.Series:
    """Return texts with the words of the office put into ours."""
    return _replace_words(texts, context.mapping.values.get(field, {}))


def _is_mapped_to_nothing(texts: pd.Series, words: Words[str, str]) -> dict[str, bool]:
    empty = {_fold(word) for word, ours in words.items() if not ours.strip()}
    return {text: _fold(text) in empty for text in texts.unique()}


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_total(text: str) -> bool:
    return is_sum_label(text) or is_weak_sum_label(text)


def _takes_any(field: str, context: Context) -> bool:
    """Return whether any text is taken, because no register says what there is."""
    registers = {"unit": context.names.units, "service": context.names.services}
    return field == "group" or (field in registers and registers[field].empty)


def _look_up(texts: pd.Series, field: str, context: Context, on: pd.Series | None) -> pd.DataFrame:
    if field in _REGISTER_KEYS:
        names = context.names.units if field == "unit" else context.names.services
        return match_names(texts, names, key=_REGISTER_KEYS[field], on=on)
    distinct = texts.unique()
    if field == "channel":
        table = {text: _find_channel(text) for text in distinct}
    elif field == "measure":
        table = {text: _find_measure(text) for text in distinct}
    else:
        table = {text: " ".join(text.split()) for text in distinct}
    hints = {text: _suggest_measure(text) if field == "measure" else "" for text in distinct}
    return pd.DataFrame(
        {
            "id": texts.map(table).astype("str"),
            "hint": texts.map(hints).astype("str"),
            "outdated": False,
        }
    )


def _find_channel(text: str) -> str:
    folded = _fold(text)
    return ALL_CHANNELS if _is_total(text) else _CHANNEL_WORDS.get(folded, "")


def _find_measure(text: str) -> str:
    measures = load_measures()
    if text in measures:
        return text
    labels = {_fold(measure.label): name for name, measure in measures.items()}
    return labels.get(_fold(text), "")


def _suggest_measure(text: str) -> str:
    measures = load_measures()
    if _find_measure(text):
        return ""
    return suggest(text, [*measures, *(each.label for each in measures.values())]).strip()


def _read_periods(rows: pd.DataFrame, field: str, context: Context) -> Keys:
    columns = context.mapping.columns
    texts = rows[columns[field]].astype("str").str.strip()
    texts = replace_words(texts, field, context)
    if field == "month" and "year" in columns:
        texts = _join_month_and_year(texts, rows[columns["year"]].astype("str").str.strip())
    parsed = parse_periods_of(texts, field)
    good = parsed["start"].notna()
    personal = find_names(texts, among=~good)
    column = columns[field]
    unreadable = Fault(
        "wert",
        "fehler",
        "ja",
        _EXPECTED_PERIODS[field],
        "Die Zeitangabe ist nicht lesbar.",
    )
    future = parsed["start"] > pd.Timestamp(context.as_of)
    findings = join_findings(
        mark(
            rows.loc[~good & ~personal],
            unreadable,
            file=context.file,
            column=column,
            found=texts.loc[~good & ~personal],
        ),
        mark(
            rows.loc[personal],
            personal_fault("ja"),
            file=context.file,
            column=column,
            found=HIDDEN,
        ),
        _report_future(rows, texts, parsed, column, context),
    )
    return Keys(parsed, good & ~future, findings)


def _report_future(
    rows: pd.DataFrame, texts: pd.Series, parsed: pd.DataFrame, column: str, context: Context
) -> pd.DataFrame:
    as_of = pd.Timestamp(context.as_of)
    expected = f"spätestens {context.as_of:%d.%m.%Y} (Stand der Datei)"
    future = parsed["start"] > as_of
    unfinished = ~future & (parsed["end"] > as_of)
    return join_findings(
        mark(
            rows.loc[future],
            Fault(
                "zukunft",
                "fehler",
                "ja",
                expected,
                "Die Zeitangabe liegt nach dem Stand der Datei.",
            ),
            file=context.file,
            column=column,
            found=texts.loc[future],
        ),
        mark(
            rows.loc[unfinished],
            Fault(
                "zukunft",
                "warnung",
                "nein",
                expected,
                "Der Zeitraum war am Stand der Datei noch nicht zu Ende; die Werte sind vorläufig.",
            ),
            file=context.file,
            column=column,
            found=texts.loc[unfinished],
        ),
    )


def parse_periods_of(texts: pd.Series, field: str) -> pd.DataFrame:
    """Return first (``start``) and last day (``end``) of periods; missing where unreadable."""
    parsed = parse_dates(texts, legend=PLAIN_LEGEND)
    fits = parsed["precision"].isin(_PRECISIONS[field])
    start = parsed["value"].dt.normalize()
    end = parsed["end"]
    if field == "month":
        start = start - pd.to_timedelta(start.dt.day - 1, unit="D")
        end = start + pd.offsets.MonthEnd(1)
    return pd.DataFrame(
        {
            "start": start.where(fits).astype("datetime64[us]"),
            "end": end.where(fits).astype("datetime64[us]"),
        }
    )


def _join_month_and_year(months: pd.Series, years: pd.Series) -> pd.Series:
    number = months.str.fullmatch(_MONTH_NUMBER)
    joined = (months + "/" + years).where(number, months + " " + years)
    # A month that already names its year stays.
    complete = parse_dates(months, legend=PLAIN_LEGEND)["precision"].isin(["month", "day"])
    return joined.where(~complete, months)


def _read_heading_periods(frame: pd.DataFrame, field: str, context: Context) -> Keys:
    texts = replace_words(frame["_text"].str.strip(), field, context)
    parsed = parse_periods_of(texts, field)
    future = parsed["start"] > pd.Timestamp(context.as_of)
    readable = parsed["start"].notna()
    findings = pd.DataFrame(columns=COLUMNS)
    if readable.any():
        fault = _report_future(frame, frame["_text"], parsed, "", context)
        fault = fault.assign(column=fault["found"])
        findings = fault.assign(rejected=fault["rejected"].replace({"ja": "teilweise"}))
    return Keys(frame.join(parsed), readable & ~future, findings)
