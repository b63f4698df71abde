"""A proposal: which column is which field, by its heading and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, get_args

import pandas as pd

from analysis.cleaning.names import Names, match_names
from analysis.errors import DataError
from analysis.fields import load_measures
from analysis.mappings import Dataset
from analysis.readers.values import parse_dates
from analysis.source_add.inspect import Inspection, Profile, is_personal
from analysis.source_add.words import load_synonyms, rate_name, share_known, translate_word
from analysis.units import unit_factor

__all__ = ["DATASETS", "OBSERVED", "Proposal", "Suggestion", "propose", "propose_values"]

DATASETS: tuple[str, ...] = get_args(Dataset)
OBSERVED = ("case_counts", "staffing", "service_adoption", "context")
SURE, LIKELY, LEAST = 0.93, 0.75, 0.55

# Two readings this near to each other are left to a person.
_MARGIN = 0.06
_DATASET_MARGIN = 0.3
_PERIODS = ("month", "day", "year")
_KEYS = (*_PERIODS, "service", "unit", "group", "channel", "measure", "value")
_REGISTERED = {"unit": "unit_id", "service": "service_id"}
_ANSWERS = frozenset(
    ("ja", "nein", "j", "n", "x", "0", "1", "wahr", "falsch", "teilweise", "unbekannt")
)
_UNIT = re.compile(r"[(\[](?:in\s+)?(?P<bracket>[^)\]]+)[)\]]|\bin\s+(?P<word>[\w€%]+\.?)$", re.I)
_PLURALS = {"tagen": "Tage", "monaten": "Monate", "jahren": "Jahre"}


class Suggestion(NamedTuple):
    """A column proposed for a field; ``score`` says from 0 to 1 how sure that is."""

    field: str
    column: str
    score: float

    @property
    def certainty(self) -> str:
        """How sure the proposal is, in German."""
        if self.score >= SURE:
            return "sicher"
        return "wahrscheinlich" if self.score >= LIKELY else "unsicher"


class Proposal(NamedTuple):
    """What a file may hold; ``questions`` (German) is what a person has to decide.

    ``dataset`` is empty where several are as likely.
    """

    dataset: str
    columns: tuple[Suggestion, ...]
    values: dict[str, dict[str, str]]
    units: dict[str, str]
    across: str
    questions: tuple[str, ...]

    def accept(self, least: float = LIKELY) -> dict[str, str]:
        """Return field to column of what is at least this sure."""
        return {each.field: each.column for each in self.columns if each.score >= least}


class _Settled(NamedTuple):
    columns: tuple[Suggestion, ...]
    questions: tuple[str, ...]


def propose(
    inspection: Inspection,
    names: Names,
    *,
    dataset: str = "",
    given: Mapping[str, str] | None = None,
) -> Proposal:
    """Propose a mapping; no two fields get one column, and no field a column with personal data.

    Args:
        inspection: the read file.
        names: registers of the folder.
        dataset: kind of data set, where it is known.
        given: field to column as somebody has stated; these are not proposed again.
    """
    stated = dict(given or {})
    spread, across = _find_spread(inspection.profiles, stated)
    free = [
        each
        for each in inspection.profiles
        if each.name not in stated.values() and each.name not in spread
    ]
    wanted = [dataset] if dataset else list(DATASETS)
    settled = {
        each: _settle(_rate_all(free, each, names, set(stated)), free)
        for each in wanted
        if not (across and each not in OBSERVED)
    }
    chosen = dataset or _choose_dataset(inspection, settled, stated, across)
    if chosen not in settled:
        question = "Welche Art von Daten die Datei enthält (--dataset), ist nicht eindeutig."
        return Proposal(chosen, (), {}, {}, across, (question,))
    columns = {**stated, **{each.field: each.column for each in settled[chosen].columns}}
    values, questions = propose_values(inspection, columns, names, dataset=chosen)
    units = _propose_units(inspection, columns)
    if across and across in columns:
        across = ""
    return Proposal(
        chosen,
        settled[chosen].columns,
        values,
        units,
        across,
        (*settled[chosen].questions, *questions),
    )


def propose_values(
    inspection: Inspection, columns: Mapping[str, str], names: Names, *, dataset: str
) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Return our words for the office's words by field, and what is left open, in German."""
    values: dict[str, dict[str, str]] = {}
    questions = []
    for field, column in columns.items():
        profile = inspection.profile(column)
        if profile is None or profile.personal:
            continue
        if field in {"channel", "status", "measure"}:
            translate = _translator(field, dataset)
            found = {word: translate(word) for word in profile.words}
            values[field] = {
                word: ours
                for word, ours in found.items()
                if ours and ours != word and not is_personal(word)
            }
            unknown = [word for word, ours in found.items() if ours is None]
            if unknown:
                questions.append(_ask_for_words(field, profile, unknown))
        elif field in _REGISTERED:
            questions.extend(_check_names(field, profile, names))
    return {field: words for field, words in values.items() if words}, tuple(questions)


def _translator(field: str, dataset: str) -> Callable[[str], str | None]:
    if field == "measure":
        return lambda word: _find_measure(word, dataset)
    return lambda word: translate_word(field, word)


def _find_measure(word: str, dataset: str) -> str | None:
    measures = load_measures()
    if word in measures:
        return word
    rated = [
        (rate_name(word, synonym.word), synonym.field)
        for synonym in load_synonyms()
        if synonym.field in measures and dataset in synonym.datasets
    ]
    rated += [(rate_name(word, measure.label), name) for name, measure in measures.items()]
    score, name = max(rated)
    return name if score >= SURE else None


def _ask_for_words(field: str, profile: Profile, unknown: Sequence[str]) -> str:
    shown = ", ".join("(nicht gezeigt)" if is_personal(word) else f"»{word}«" for word in unknown)
    return f"Spalte {profile.shown}: Für {shown} ist kein Wort bekannt (--value {field}:WORT=…)."


def _check_names(field: str, profile: Profile, names: Names) -> list[str]:
    register = names.units if field == "unit" else names.services
    if register.empty or not profile.words:
        return []
    words = pd.Series(profile.words, dtype="str")
    matched = match_names(words, register, key=_REGISTERED[field])
    unknown = matched.loc[matched["id"] == ""]
    return [
        f"Spalte {profile.shown}: "
        + (
            "Ein Name (nicht gezeigt) steht nicht im Register."
            if is_personal(word)
            else f"»{word}« steht nicht im Register. {hint}".rstrip()
        )
        for word, hint in zip(words.loc[unknown.index], unknown["hint"], strict=True)
    ]


def _find_spread(
    profiles: Iterable[Profile], stated: Mapping[str, str]
) -> tuple[frozenset[str], str]:
    """Return headings that are months or years, and which of both."""
    free = [each for each in profiles if each.name not in stated.values() and not each.personal]
    if not free:
        return frozenset(), ""
    headings = pd.Series([each.name for each in free], dtype="str")
    precision = parse_dates(headings, serial=None)["precision"]
    for kind in ("month", "year"):
        found = [each for each, one in zip(free, precision, strict=True) if one == kind]
        if len(found) >= 3 and sum(each.numbers for each in found) >= 0.5 * len(found):
            return frozenset(each.name for each in found), kind
    return frozenset(), ""


def _rate_all(
    profiles: Sequence[Profile], dataset: str, names: Names, taken: set[str]
) -> dict[tuple[str, str], float]:
    """Return how well each field fits each column."""
    scores: dict[tuple[str, str], float] = {}
    synonyms = [each for each in load_synonyms() if dataset in each.datasets]
    for profile in profiles:
        for synonym in synonyms:
            if synonym.field in taken:
                continue
            fit = _rate_content(synonym.kind, profile)
            rated = rate_name(profile.name, synonym.word) * (0.6 + 0.4 * fit) if fit >= 0.5 else 0.0
            key = (synonym.field, profile.name)
            scores[key] = max(scores.get(key, 0.0), rated)
        for field, score in _rate_words(profile, names).items():
            if field not in taken and any(each.field == field for each in synonyms):
                scores[field, profile.name] = max(scores.get((field, profile.name), 0.0), score)
    return {key: score for key, score in scores.items() if score >= LEAST}


@lru_cache(maxsize=10_000)
def _rate_content(kind: str, profile: Profile) -> float:
    """Return from 0 to 1 how far the cells are what a field needs."""
    if kind == "identifier":
        alone = profile.filled > 0 and profile.distinct >= 0.95 * profile.filled
        plain = not profile.personal and profile.days < 0.5
        return 1.0 if profile.is_identifier or (alone and plain) else 0.0
    if profile.personal:
        return 0.0
    if profile.filled == 0:
        return 0.5
    lower = {word.lower() for word in profile.words}
    if kind == "month":
        named = max(profile.months, profile.days, _share_month_names(lower))
        numbered = profile.numbers == 1 and profile.smallest >= 1 and profile.largest <= 12
        return max(named, 0.8 * numbered)
    shares = {
        "day": profile.days,
        "year": profile.years,
        "number": profile.numbers,
        "answer": float(bool(lower) and lower <= _ANSWERS),
        "words": 1.0 - max(profile.days, profile.months, profile.numbers),
    }
    return float(shares[kind])


def _share_month_names(words: Collection[str]) -> float:
    dated = pd.Series([f"{word} 2000" for word in words], dtype="str")
    named = parse_dates(dated, serial=None)["form"] == "named_month"
    return float(named.mean()) if len(words) else 0.0


def _rate_words(profile: Profile, names: Names) -> dict[str, float]:
    """Return fields that the words of a column speak for, whatever its heading."""
    if len(profile.words) < 2 or profile.numbers > 0.5:
        return {}
    found = {field: 0.85 * share_known(field, profile.words) for field in ("channel", "status")}
    words = pd.Series(profile.words, dtype="str")
    for field, register in (("unit", names.units), ("service", names.services)):
        if not register.empty:
            matched = match_names(words, register, key=_REGISTERED[field])
            found[field] = 0.9 * float((matched["id"] != "").mean())
    return found


def _settle(scores: dict[tuple[str, str], float], profiles: Sequence[Profile]) -> _Settled:
    """Give each field at most one column and each column at most one field, the surest first."""
    left = dict(scores)
    shown = {each.name: each.shown for each in profiles}
    chosen: list[Suggestion] = []
    questions: list[str] = []
    while left:
        (field, column), score = max(left.items(), key=lambda item: (item[1], item[0]))
        columns = [other for other in _find_rivals(left, field, score, 0) if other != column]
        fields = [other for other in _find_rivals(left, column, score, 1) if other != field]
        if columns:
            several = ", ".join(sorted(shown[each] for each in (column, *columns)))
            questions.append(f"Für »{field}« kommen mehrere Spalten in Frage: {several}.")
        elif fields:
            several = ", ".join(f"»{each}«" for each in sorted((field, *fields)))
            questions.append(f"Spalte {shown[column]} kann mehreres bedeuten: {several}.")
        else:
            chosen.append(Suggestion(field, column, round(score, 2)))
        drop_field, drop_column = bool(columns) or not fields, not columns
        left = {
            key: value
            for key, value in left.items()
            if not (drop_field and key[0] == field) and not (drop_column and key[1] == column)
        }
    return _Settled(tuple(chosen), tuple(questions))


def _find_rivals(
    left: Mapping[tuple[str, str], float], same: str, score: float, side: int
) -> list[str]:
    """Return what fits ``same`` (a field, or a column for side 1) nearly as well.

    What has a clearly better match elsewhere is no rival.
    """
    rivals = []
    for key, value in left.items():
        if key[side] != same or value < score - _MARGIN:
            continue
        other = key[1 - side]
        elsewhere = [
            each for pair, each in left.items() if pair[1 - side] == other and pair[side] != same
        ]
        if max(elsewhere, default=0.0) <= value + _MARGIN:
            rivals.append(other)
    return rivals


def _choose_dataset(
    inspection: Inspection, settled: Mapping[str, _Settled], stated: Mapping[str, str], across: str
) -> str:
    """Return the kind of data set that explains the file best; empty where two are as likely."""
    if inspection.kind in {"ffcsv", "monatszahlen"}:
        return "context"
    scores = {
        name: _rate_dataset(name, {*stated, *(each.field for each in one.columns)}, one, across)
        * (1 + _share_measures(inspection, name, stated, one))
        for name, one in settled.items()
    }
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] == 0:
        return ""
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _DATASET_MARGIN:
        return ""
    return ranked[0][0]


def _rate_dataset(name: str, fields: set[str], settled: _Settled, across: str) -> float:
    scores = {each.field: each.score for each in settled.columns}
    total = sum(scores.get(field, 1.0) for field in fields)
    if name == "cases":
        further = fields & {"case_id", "decided", "complete", "status"}
        asked = any("»received«" in question for question in settled.questions)
        return total if ("received" in fields or asked) and further else 0.0
    if name == "vacancies":
        return total if "vacant_from" in fields else 0.0
    measured = fields - set(_KEYS)
    dated = fields & set(_PERIODS) or across
    return total if dated and (measured or "value" in fields or across) else 0.0


def _share_measures(
    inspection: Inspection, dataset: str, stated: Mapping[str, str], settled: _Settled
) -> float:
    """Return the share of the words of a column of measures that a data set has."""
    columns = {**stated, **{each.field: each.column for each in settled.columns}}
    profile = inspection.profile(columns.get("measure", ""))
    if profile is None or not profile.words:
        return 0.0
    synonyms = [each for each in load_synonyms() if dataset in each.datasets]
    own = [each.word for each in synonyms if each.field in load_measures()]
    known = [any(rate_name(word, each) >= SURE for each in own) for word in profile.words]
    return sum(known) / len(known)


def _propose_units(inspection: Inspection, columns: Mapping[str, str]) -> dict[str, str]:
    """Return units that headings state, or that shares from 0 to 1 speak for."""
    measures = load_measures()
    units = {}
    for field, column in columns.items():
        profile = inspection.profile(column)
        if field not in measures or profile is None:
            continue
        ours = measures[field].unit
        stated = _find_unit(column, ours)
        if not stated and ours == "%" and _looks_like_share(profile):
            stated = "Anteil"
        if stated and stated.casefold() != ours.casefold():
            units[field] = stated
    return units


def _looks_like_share(profile: Profile) -> bool:
    counted = profile.numbers > 0.9 and not profile.percent and "%" not in profile.name
    return counted and profile.smallest >= 0 and 0 < profile.largest <= 1


def _find_unit(heading: str, ours: str) -> str:
    for found in _UNIT.finditer(heading):
        text = (found["bracket"] or found["word"]).strip()
        unit = _PLURALS.get(text.lower(), text)
        try:
            unit_factor(unit, ours)
        except DataError:
            continue
        return unit
    return ""
