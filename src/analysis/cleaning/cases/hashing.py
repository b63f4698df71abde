"""Finding equal identifiers among millions without keeping them: a number for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(1 << 63)
_FILTER_BITS = np.uint64(20)


def hash_texts(texts: pa.BinaryArray) -> Hashes:
    """Return a 64-bit number for each text: equal for equal texts, else very likely different."""
    count = len(texts)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + count + 1]
    data = texts.buffers()[2]
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    padded = np.concatenate([content, np.zeros(8, np.uint8)])
    # Eight bytes from each position on, without copying them.
    words = np.ndarray((len(padded) - 7,), np.dtype("<u8"), padded.data, strides=(1,))
    starts = offsets[:-1].astype(np.int64)
    left = np.diff(offsets).astype(np.int64)
    hashes = left.astype(np.uint64) * _FACTOR
    rows: slice | npt.NDArray[np.int64] = slice(None)
    while len(left) and left.max() > 0:
        if left.min() <= 0:
            more = np.flatnonzero(left > 0)
            rows = more if isinstance(rows, slice) else rows[more]
            starts, left = starts[more], left[more]
        part = words[starts]
        if left.min() < 8:
            unused = np.uint64(8) * (8 - np.minimum(left, 8)).astype(np.uint64)
            part = (part << unused) >> unused
        mixed = (hashes[rows] ^ part) * _FACTOR
        hashes[rows] = mixed ^ (mixed >> np.uint64(29))
        starts, left = starts + 8, left - 8
    mixed = (hashes ^ (hashes >> np.uint64(32))) * _MIX
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def find_repeated(parts: Sequence[Hashes]) -> list[npt.NDArray[np.int64]]:
    """Return for each part the positions of the numbers that occur more than once in all."""
    joined = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    # Two halves by the first bit: sorting them is quicker, and two processors can do it.
    low = joined < _HALF
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(_list_repeated, (joined[low], joined[~low]))
        repeated = np.concatenate(list(halves))
    if not len(repeated):
        return [np.zeros(0, np.int64) for _ in parts]
    # A table of the first bits settles nearly all of them with one look.
    shift = np.uint64(64) - _FILTER_BITS
    seen = np.zeros(1 << int(_FILTER_BITS), dtype=bool)
    seen[(repeated >> shift).astype(np.int64)] = True
    return [_pick(part, seen, repeated, shift) for part in parts]


def _list_repeated(hashes: Hashes) -> Hashes:
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def digest(parts: Iterable[bytes]) -> bytes:
    """Return a digest that is the same only for the same texts."""
    joined = hashlib.blake2b(digest_size=16)
    for part in parts:
        joined.update(len(part).to_bytes(4, "little") + part)
    return joined.digest()


def _pick(
    part: Hashes, seen: npt.NDArray[np.bool_], repeated: Hashes, shift: np.uint64
) -> npt.NDArray[np.int64]:
    likely = np.flatnonzero(seen[(part >> shift).astype(np.int64)])
    return likely[np.isin(part[likely], repeated)]
