"""What the texts of an export mean: days, units, services, channels, states.

Only distinct texts are looked at. What was understood once is remembered for the next piece.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cleaning.names import Names, match_names
from analysis.mappings import CHANNELS, STATUSES, Mapping
from analysis.privacy import find_personal_data
from analysis.privacy_names import is_known_name
from analysis.readers.values import (
    OFFICIAL_LEGEND,
    PLAIN_LEGEND,
    REGIONAL_LEGEND,
    Legend,
    parse_dates,
)

Integers = npt.NDArray[np.int64]
Read = TypeVar("Read")

#: Stand for a day that is not stated, and for a text that is no day.
MISSING, UNREADABLE = -(2**31), -(2**31) + 1
#: Stand for a word that is not stated, and for one that is not known.
BLANK, UNKNOWN = -1, -2

_LEGENDS: dict[str, Legend] = {
    "official": OFFICIAL_LEGEND,
    "plain": PLAIN_LEGEND,
    "regional": REGIONAL_LEGEND,
}
_KEYS = {"unit": "unit_id", "service": "service_id"}
_CLOCK = re.compile(r"[ T](?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.0+)?)?\s*$")
_KNOWN_YEARS = 40
_SHOWN = 40
_DATE_LIKE = re.compile(r"[0-9.,/:\- T]{0,25}")


class Meaning(NamedTuple):
    """What a name stands for in each span of time, and the nearest names where it is unknown."""

    identifiers: tuple[str, ...]
    outdated: tuple[bool, ...]
    hint: str


class Words:
    """The words of one export; what was understood is remembered within a process.

    Attributes:
        breaks: days (since 1970) on which a name of the registers begins or ceases to be in use.
    """

    def __init__(self, mapping: Mapping, names: Names, as_of: dt.date) -> None:
        self._mapping = mapping
        self._names = names
        self._as_of = as_of
        self._days = _list_days(as_of)
        self._meanings: dict[str, dict[str, Meaning]] = {"unit": {}, "service": {}}
        self.breaks = {
            "unit": _list_breaks(names.units),
            "service": _list_breaks(names.services),
        }

    def __getstate__(self) -> tuple[Mapping, Names, dt.date]:
        return self._mapping, self._names, self._as_of

    def __setstate__(self, state: tuple[Mapping, Names, dt.date]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def read_days(self, texts: Sequence[str]) -> Integers:
        """Return days since 1970, ``MISSING`` or ``UNREADABLE``; only whole days are days."""
        found = _look_up(self._days, texts, self._parse_days)
        return np.array(found, dtype=np.int64)

    def read_names(self, field: str, texts: Sequence[str]) -> list[Meaning]:
        """Return what names of units or services stand for, in the spans between ``breaks``."""
        return _look_up(self._meanings[field], texts, lambda fresh: self._match_names(field, fresh))

    def read_channels(self, texts: Sequence[str]) -> Integers:
        """Return positions in ``CHANNELS``, ``BLANK`` or ``UNKNOWN``."""
        return self._read_words("channel", texts, CHANNELS)

    def read_statuses(self, texts: Sequence[str]) -> Integers:
        """Return positions in ``STATUSES``, ``BLANK`` or ``UNKNOWN``."""
        return self._read_words("status", texts, STATUSES)

    def _read_words(self, field: str, texts: Sequence[str], known: Sequence[str]) -> Integers:
        codes = {word.casefold(): code for code, word in enumerate(known)}
        stated = self._mapping.values.get(field, {})
        codes |= {_bare(own).casefold(): codes.get(ours, UNKNOWN) for own, ours in stated.items()}
        bare = [_bare(text).casefold() for text in texts]
        return np.array(
            [codes.get(word, UNKNOWN) if word else codes.get("", BLANK) for word in bare],
            dtype=np.int64,
        )

    def _parse_days(self, texts: list[str]) -> list[int]:
        # A clock makes nearly every text a different one; its day is most often known.
        bare = [_CLOCK.sub("", text) if ":" in text else text for text in texts]
        fresh = sorted({text for text in bare if text not in self._days})
        if fresh:
            parsed = parse_dates(
                pd.Series(fresh, dtype="str"), legend=_LEGENDS[self._mapping.legend]
            )
            days = parsed["value"].to_numpy().astype("datetime64[D]").astype(np.int64)
            whole = (parsed["precision"] == "day").to_numpy()
            stated = (parsed["code"] == "").to_numpy()
            numbers = np.where(whole, days, np.where(stated, UNREADABLE, MISSING))
            self._days.update(zip(fresh, numbers.tolist(), strict=True))
        return [self._days[text] for text in bare]

    def _match_names(self, field: str, texts: list[str]) -> list[Meaning]:
        register = self._names.units if field == "unit" else self._names.services
        stated = self._mapping.values.get(field, {})
        ours = [stated.get(_bare(text), text) for text in texts]
        breaks = self.breaks[field]
        starts = [*((breaks[0] - 1,) if len(breaks) else (0,)), *breaks]
        per_span = [
            match_names(
                pd.Series(ours, dtype="str"),
                register,
                key=_KEYS[field],
                on=pd.Series(np.datetime64(int(start), "D"), index=range(len(ours))),
            )
            for start in starts
        ]
        today = match_names(
            pd.Series(ours, dtype="str"),
            register,
            key=_KEYS[field],
            on=pd.Series(np.datetime64(self._as_of), index=range(len(ours))),
        )
        # An export may carry the names of its own day for cases of all times.
        old = today["outdated"].tolist()
        return [
            Meaning(
                tuple(str(span["id"].iloc[row]) for span in per_span),
                tuple(bool(span["outdated"].iloc[row]) and old[row] for span in per_span),
                str(today["hint"].iloc[row]),
            )
            for row in range(len(ours))
        ]


def show_text(text: str, *, is_day: bool = False) -> str:
    """Return a text as a finding may quote it: nothing that could be about a person."""
    bare = _bare(text)
    if is_day and _DATE_LIKE.fullmatch(bare):
        return bare
    words = bare.replace(",", " ").split()
    personal = bool(find_personal_data(bare)) or any(map(is_known_name, words))
    if personal or is_day or len(bare) > _SHOWN:
        return f"Text mit {len(bare)} Zeichen (nicht wiedergegeben)"
    return bare


def _look_up(
    known: dict[str, Read], texts: Sequence[str], read: Callable[[list[str]], Iterable[Read]]
) -> list[Read]:
    fresh = [text for text in texts if text not in known]
    if fresh:
        known.update(zip(fresh, read(fresh), strict=True))
    return [known[text] for text in texts]


def _list_days(as_of: dt.date) -> dict[str, int]:
    """Return the days of the last decades in the form that nearly all exports use."""
    last = np.datetime64(as_of, "D").astype(np.int64)
    numbers = np.arange(last - 366 * _KNOWN_YEARS, last + 366)
    written = np.datetime_as_string(numbers.astype("datetime64[D]")).tolist()
    days = {
        f"{day[8:]}.{day[5:7]}.{day[:4]}": number
        for day, number in zip(written, numbers.tolist(), strict=True)
    }
    return {"": MISSING, **days}


def _list_breaks(names: pd.DataFrame) -> Integers:
    if names.empty:
        return np.zeros(0, np.int64)
    starts = pd.to_datetime(names["valid_from"]).dropna()
    ends = pd.to_datetime(names["valid_to"]).dropna() + pd.Timedelta(days=1)
    days = pd.concat([starts, ends]).to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.unique(days)


def _bare(text: str) -> str:
    return " ".join(text.split())
