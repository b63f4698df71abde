"""Rows, edits, and the lines on which they end, against the written file."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.muster.drafts import Anchor, draft_rows
from analysis.muster.text_files import TextLayout, write_cell, write_long_text, write_text


@given(
    count=st.integers(1, 12),
    changes=st.lists(
        st.tuples(st.sampled_from(["set", "insert", "remove"]), st.integers(0, 11)), max_size=10
    ),
    titles=st.integers(0, 2),
)
def test_lines_of_edits_are_those_in_the_file(
    count: int, changes: list[tuple[str, int]], titles: int
):
    draft = draft_rows(["a", "b"], [[f"row{n}", n] for n in range(count)])
    marked: dict[Anchor, str] = {}
    for number, (what, row) in enumerate(changes):
        if row >= count:
            continue
        if what == "set":
            marked[draft.set_cell(row, "a", f"set{number}")] = f"set{number}"
        elif what == "insert":
            marked[draft.insert(row, [f"new{number}", 0])] = f"new{number}"
        else:
            draft.removed.add(row)
    layout = TextLayout(titles=("Titel",) * titles)
    content, lines = write_text(draft, layout)
    written = content.decode().split("\r\n")
    for anchor, mark in marked.items():
        if anchor.extra == 0 and anchor.row in draft.removed:
            assert anchor not in lines
        else:
            assert written[lines[anchor] - 1].split(";")[0] == mark
    base = [f"row{n};{n}" for n in range(count)]
    assert write_long_text(draft, base, layout) == (content, lines)


def test_chosen_rows_are_not_chosen_again():
    draft = draft_rows(["a"], [[n] for n in range(10)])
    rng = np.random.default_rng(0)
    first = draft.choose(rng, range(10), 6)
    second = draft.choose(rng, range(10), 6)
    assert len(first) == 6
    assert sorted(first + second) == list(range(10))


def test_cells_are_written_as_germans_write_them():
    values = [None, 3, 3.0, 0.75, -2.5, 1234.5, "x"]
    assert [write_cell(value) for value in values] == [
        *("", "3", "3", "0,75", "-2,5", "1234,5", "x")
    ]
    assert write_cell(12.34, point=True) == "12.34"


def test_separators_in_texts_are_quoted():
    draft = draft_rows(["a", "b"], [["x;y", 'er sagt "ja"']])
    content, _ = write_text(draft, TextLayout(newline="\n"))
    assert content.decode() == 'a;b\n"x;y";"er sagt ""ja"""\n'
