"""Where lines and records end in a text of bytes, and what stands between quotation marks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_LF, _CR, _QUOTE = 10, 13, 34
_BLOCK = 128 * 1024


class Quotes(NamedTuple):
    """Positions of opening and closing quotation marks; the last may be left open."""

    opening: Positions
    closing: Positions

    def enclose(self, positions: Positions) -> npt.NDArray[np.bool_]:
        """Return which positions lie between quotation marks."""
        opened = np.searchsorted(self.opening, positions)
        inside: npt.NDArray[np.bool_] = opened > np.searchsorted(self.closing, positions)
        return inside


def find_line_ends(text: bytes) -> Positions:
    """Return the position of the last byte of each line end (LF, CR LF, or CR alone)."""
    codes = np.frombuffer(text, np.uint8)
    ends = codes == _LF
    if b"\r" in text:
        alone = codes == _CR
        alone[:-1] &= ~ends[1:]
        ends |= alone
    return np.flatnonzero(ends)


def count_lines(text: bytes) -> tuple[int, int]:
    """Return the number of lines, and how many of them do not end with a CR alone.

    A last line without an end counts in both.
    """
    if not text:
        return 0, 0
    rest = int(text[-1] not in (_LF, _CR))
    codes = np.frombuffer(text, np.uint8)
    # Block by block, so that what is compared stays near the processor.
    blocks = range(0, len(text), _BLOCK)
    with_lf = sum(int(np.count_nonzero(codes[n : n + _BLOCK] == _LF)) for n in blocks) + rest
    return (len(find_line_ends(text)) + rest if b"\r" in text else with_lf), with_lf


def find_record_ends(text: bytes, delimiter: bytes) -> Positions:
    """Return the position of the last byte of each record, line ends inside quotes left out.

    Args:
        text: begins outside quotation marks.
        delimiter: one byte.
    """
    ends = find_line_ends(text)
    if b'"' not in text:
        return ends
    return ends[~find_quotes(text, delimiter).enclose(ends)]


def find_quotes(text: bytes, delimiter: bytes) -> Quotes:
    """Return which quotation marks open and which close.

    A mark opens only at the beginning of a field; anywhere else outside of quotes it is a
    character like any other. Two marks in a row inside quotes are one character: here the first
    closes and the second opens again, which encloses the same line ends.
    """
    codes = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero(codes == _QUOTE)
    opening, closing = marks[0::2], marks[1::2]
    before = np.where(opening > 0, codes[np.maximum(opening - 1, 0)], _LF)
    begins = (before == _LF) | (before == _CR) | (before == delimiter[0])
    begins[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
    if begins.all():
        return Quotes(opening, closing)
    return _follow_quotes(codes, marks, delimiter[0])


def _follow_quotes(codes: npt.NDArray[np.uint8], marks: Positions, delimiter: int) -> Quotes:
    # Marks within unquoted fields break the alternation; then each has to be looked at in turn.
    starts = {_LF, _CR, delimiter}
    opening: list[int] = []
    closing: list[int] = []
    for mark in marks.tolist():
        if len(opening) > len(closing):
            closing.append(mark)
        elif mark == 0 or int(codes[mark - 1]) in starts or (closing and closing[-1] == mark - 1):
            opening.append(mark)
    return Quotes(np.array(opening, dtype=np.int64), np.array(closing, dtype=np.int64))


def find_cut(text: bytes, delimiter: bytes, *, at_end: bool) -> int:
    """Return the length of the longest beginning that ends with a record; 0 where there is none.

    Args:
        text: begins outside quotation marks.
        delimiter: one byte.
        at_end: the file ends here, so that what remains is a record of its own.
    """
    if at_end:
        return len(text)
    if b'"' not in text and (found := text.rfind(b"\n")) >= 0:
        return found + 1
    ends = find_record_ends(text, delimiter)
    # The LF that belongs to a CR may stand beyond the last byte.
    if len(ends) and ends[-1] == len(text) - 1 and text[-1] == _CR:
        ends = ends[:-1]
    return int(ends[-1]) + 1 if len(ends) else 0
