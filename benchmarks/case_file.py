"""A case-level export of any size, as a specialist application of an office would write it.

Windows-1252, semicolons, German dates, decimal comma, one row per case. The seed is fixed: the
same number of rows gives the same file, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SEED = 20_260_131
FIRST_DAY = dt.date(2016, 1, 1)
AS_OF = dt.date(2025, 12, 31)
HEADER = "Vorgang;Dienststelle;Leistung;Eingang;Vollständig;Entschieden;Eingangsweg;Betrag\n"
UNITS = (
    *("Mitte", "Süd", "West", "Ost", "Nord", "Laim", "Haar", "Moosach", "Pasing", "Perlach"),
    *("Sendling", "Schwabing"),
)
SERVICES = ("WG", "BuT", "HzP", "GSi")
CHANNELS = ("ON", "PA", "EM", "PE")
_CHUNK = 500_000


class Faults(NamedTuple):
    """How many rows of each kind of fault the file holds; none of two kinds."""

    unreadable: int
    unknown: int
    reversed_order: int
    future: int
    short: int
    doubled: int


def write_case_file(path: Path, rows: int) -> Faults:
    """Write the export and return the faults planted in it (about 1 row in 10 000)."""
    each = max(1, rows // 60_000)
    # Rows that are cut off are rarer than wrong entries: most exports have none.
    faults = Faults(each, each, each, each, max(1, rows // 1_000_000), each)
    kinds = np.repeat(np.arange(len(faults)), faults)
    places = np.random.default_rng(SEED + 1).permutation(rows - 1)[: len(kinds)] + 1
    with path.open("wb") as stream:
        stream.write(HEADER.encode("cp1252"))
        for first, columns in _generate(rows):
            inside = (places >= first) & (places < first + len(columns[0]))
            _plant(columns, places[inside] - first, kinds[inside])
            stream.write(_join(columns, places[inside & (kinds == 4)] - first))
    return faults


def _generate(rows: int) -> Iterator[tuple[int, list[npt.NDArray[np.object_]]]]:
    random = np.random.default_rng(SEED)
    span = (AS_OF - FIRST_DAY).days + 1
    days = [(FIRST_DAY + dt.timedelta(n)).strftime("%d.%m.%Y") for n in range(span)]
    texts = np.array([*days, ""], dtype=object)
    for first in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - first)
        # Cases come in over the years in the order of their numbers, a little mixed.
        spread = (np.arange(first, first + count) * span) // rows
        received = np.clip(spread + random.integers(-3, 4, count), 0, span - 1)
        complete = received + random.geometric(0.05, count) - 1
        decided = complete + random.gamma(2.0, 35.0, count).astype(np.int64)
        missing = random.random(count) < 0.1
        yield (
            first,
            [
                (np.arange(first, first + count) + 10_000_000).astype("S8").astype(object),
                np.array(UNITS, dtype=object)[random.integers(0, len(UNITS), count)],
                np.array(SERVICES, dtype=object)[random.integers(0, len(SERVICES), count)],
                texts[received],
                texts[np.where(missing | (complete >= span), span, complete)],
                texts[np.where(decided >= span, span, decided)],
                np.array(CHANNELS, dtype=object)[random.integers(0, len(CHANNELS), count)],
                _write_amounts(random.integers(1_000, 99_999, count)),
            ],
        )


def _write_amounts(cents: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    euros = pc.cast(pa.array(cents // 100), pa.string())
    rest = pc.utf8_lpad(pc.cast(pa.array(cents % 100), pa.string()), 2, "0")
    joined = pc.binary_join_element_wise(euros, rest, ",")
    return np.asarray(joined.to_numpy(zero_copy_only=False), dtype=object)


def _plant(
    columns: list[npt.NDArray[np.object_]],
    places: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int64],
) -> None:
    after = (AS_OF + dt.timedelta(40)).strftime("%d.%m.%Y")
    before = (FIRST_DAY - dt.timedelta(40)).strftime("%d.%m.%Y")
    columns[3][places[kinds == 0]] = "31.02.2020"
    columns[1][places[kinds == 1]] = "Unbekannt"
    columns[5][places[kinds == 2]] = before
    columns[5][places[kinds == 3]] = after
    for place in places[kinds == 5]:
        # The case before, once more: at the start of a chunk there is none, so the next number.
        columns[0][place] = columns[0][place - 1] if place else columns[0][place + 1]


def _join(columns: list[npt.NDArray[np.object_]], short: npt.NDArray[np.int64]) -> bytes:
    arrays = [pa.array(column, pa.string()) for column in columns]
    lines = pc.binary_join_element_wise(*arrays, ";")
    if len(short):
        cut = pc.replace_substring_regex(lines, r";[^;]*$", "")
        mask = np.zeros(len(lines), dtype=bool)
        mask[short] = True
        lines = pc.if_else(pa.array(mask), cut, lines)
    ended = pc.binary_join_element_wise(lines, "\n", "")
    return bytes(memoryview(ended.buffers()[2])).decode("utf-8").encode("cp1252")
