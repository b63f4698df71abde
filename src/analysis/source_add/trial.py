"""How far a file fits its mapping: of the mapped columns, how many cells can be read."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.cleaning.cases import clean_cases
from analysis.cleaning.exports import clean_export
from analysis.cleaning.names import Names, match_names, normalise_name
from analysis.fields import load_measures
from analysis.mappings import (
    ALL_CHANNELS,
    CHANNELS,
    STATUSES,
    Mapping,
    require_mapped_columns,
)
from analysis.readers.delimited import LINE
from analysis.readers.values import (
    OFFICIAL_LEGEND,
    PLAIN_LEGEND,
    REGIONAL_LEGEND,
    parse_dates,
    parse_numbers,
)
from analysis.source_add.inspect import Inspection
from analysis.sources import RawFile

__all__ = ["Trial", "clean_on_trial", "try_mapping"]

ROWS = 10_000
_LEGENDS = {"plain": PLAIN_LEGEND, "official": OFFICIAL_LEGEND, "regional": REGIONAL_LEGEND}
_DAYS = {
    "cases": ("received", "complete", "decided"),
    "vacancies": ("vacant_from", "filled_from"),
}
_ANSWERS = frozenset(("ja", "nein", "j", "n", "0", "1", "wahr", "falsch", "teilweise", "unbekannt"))
_ANSWER_UNIT = "1 = ja"
_KNOWN = {"channel": (*CHANNELS, ALL_CHANNELS), "status": STATUSES}


class Trial(NamedTuple):
    """How many of the filled cells of a column can be read; ``empty`` cells are counted apart."""

    field: str
    column: str
    readable: int
    filled: int
    empty: int


def try_mapping(inspection: Inspection, mapping: Mapping, names: Names) -> tuple[Trial, ...]:
    """Read the mapped columns of the first 10 000 rows as cleaning will.

    Raises:
        DataError: the mapping names a column that the file does not have.
    """
    rows = inspection.rows.head(ROWS).drop(columns=LINE)
    require_mapped_columns(mapping, rows.columns, file=inspection.path.name)
    trials = []
    for field, column in mapping.columns.items():
        texts = rows[column].str.strip()
        filled = texts != ""
        good = _is_readable(field, texts, rows, mapping, names)
        readable = int((good & filled).sum())
        trials.append(
            Trial(field, column, readable, int(filled.sum()), int(len(texts) - filled.sum()))
        )
    return tuple(trials)


def clean_on_trial(inspection: Inspection, raw: RawFile, names: Names) -> pd.Series | None:
    """Clean a file that was taken in and return the number of its findings by severity.

    Nothing where the file is so large that only its beginning was read, or where it has no
    mapping.

    Raises:
        DataError: the mapping does not fit the file.
    """
    mapping = raw.mapping
    if mapping is None or inspection.is_head:
        return None
    if mapping.dataset == "cases":
        cleaned = clean_cases(
            raw.path,
            mapping,
            names,
            as_of=raw.sidecar.as_of,
            file=raw.name,
            format_options={
                "kind": raw.sidecar.format.kind,
                **raw.sidecar.format.stated_options(),
            },
        )
    else:
        cleaned = clean_export(
            inspection.result, mapping, names, file=raw.name, as_of=raw.sidecar.as_of
        )
    return cleaned.findings["severity"].value_counts()


def _is_readable(
    field: str, texts: pd.Series, rows: pd.DataFrame, mapping: Mapping, names: Names
) -> pd.Series:
    words = {normalise_name(word): ours for word, ours in mapping.values.get(field, {}).items()}
    replaced = texts.map({text: words.get(normalise_name(text), text) for text in texts.unique()})
    if field in {"unit", "service"}:
        register = names.units if field == "unit" else names.services
        found = match_names(replaced, register, key=f"{field}_id")["id"] != ""
        return found | texts.map(normalise_name).isin([w for w, ours in words.items() if not ours])
    if field in _KNOWN:
        return replaced.isin(_KNOWN[field])
    if field == "measure":
        return replaced.isin(list(load_measures()))
    if field == "month":
        return _is_month(replaced, rows, mapping)
    return _is_plain_readable(field, replaced, mapping)


def _is_plain_readable(field: str, replaced: pd.Series, mapping: Mapping) -> pd.Series:
    if field in _DAYS.get(mapping.dataset, ("day", "year")):
        wanted = ("year",) if field == "year" else ("day",)
        return parse_dates(replaced, legend=PLAIN_LEGEND)["precision"].isin(wanted)
    measure = load_measures().get(field)
    if measure is not None and measure.unit == _ANSWER_UNIT:
        return replaced.str.lower().isin(_ANSWERS)
    if measure is not None or field in {"value", "fte"}:
        return parse_numbers(replaced, legend=_LEGENDS[mapping.legend])["problem"] == ""
    return pd.Series(True, index=replaced.index)


def _is_month(texts: pd.Series, rows: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """Return which texts are months, alone or together with a column of years."""
    wanted = ("month", "day")
    alone = parse_dates(texts, legend=PLAIN_LEGEND)["precision"].isin(wanted)
    if "year" not in mapping.columns:
        return alone
    years = rows[mapping.columns["year"]].str.strip()
    joined = (texts + "/" + years).where(texts.str.fullmatch(r"\d{1,2}"), texts + " " + years)
    return alone | parse_dates(joined, legend=PLAIN_LEGEND)["precision"].isin(wanted)
