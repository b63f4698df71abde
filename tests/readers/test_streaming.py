"""Reading in pieces: line ends inside quotes, heads and tails, rows and their lines."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.readers.streaming import find_layout, parse_piece, parse_records_of, plan_pieces
from analysis.readers.streaming.lines import (
    count_lines,
    find_cut,
    find_line_ends,
    find_quotes,
    find_record_ends,
)

PIECES = st.lists(st.sampled_from(["a", ";", '"', "\n", "\r\n", '""', 'x"y']), max_size=30)


def follow(text: str) -> list[int]:
    """Return where records end, character by character: quotes open at the start of a field."""
    ends = []
    quoted = fresh = True
    quoted = False
    position = 0
    while position < len(text):
        sign = text[position]
        if quoted:
            if sign == '"' and text[position + 1 : position + 2] == '"':
                position += 1
            elif sign == '"':
                quoted = False
        elif sign == '"' and fresh:
            quoted = True
        elif sign == "\n" or (sign == "\r" and text[position + 1 : position + 2] != "\n"):
            ends.append(position)
        fresh = not quoted and sign in ";\n\r"
        position += 1
    return ends


@given(PIECES)
def test_record_ends_are_those_found_character_by_character(parts: list[str]) -> None:
    text = "".join(parts)

    assert find_record_ends(text.encode(), b";").tolist() == follow(text)


@given(st.text(alphabet="a\r\n", max_size=30))
def test_lines_are_counted_as_python_counts_them(text: str) -> None:
    lines = io.StringIO(text, newline="").readlines()

    assert count_lines(text.encode())[0] == len(lines)
    assert len(find_line_ends(text.encode())) == sum(line[-1] in "\r\n" for line in lines)


@given(PIECES)
def test_a_cut_leaves_whole_records(parts: list[str]) -> None:
    text = "".join(parts).encode()

    cut = find_cut(text, b";", at_end=False)

    ends = [end + 1 for end in follow(text.decode())]
    # A CR at the very end may belong to an LF that is still to come.
    assert cut in {0, *ends}
    assert cut == max((e for e in ends if e < len(text) or text[-1:] != b"\r"), default=0)


def test_quotes_within_fields_are_characters() -> None:
    quotes = find_quotes(b'a;5" x;"b";c"\n"d', b";")

    assert quotes.opening.tolist() == [7, 14]
    assert quotes.closing.tolist() == [9]


ROWS = st.lists(
    st.lists(st.text(alphabet='ab ;"\nä', max_size=5), min_size=3, max_size=3),
    min_size=2,
    max_size=12,
)


@given(ROWS, st.integers(1, 200), st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
def test_pieces_hold_every_row_once_on_its_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], size: int, encoding: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    # The last column makes sure that no row is empty; empty rows are passed over.
    writer.writerows([["eins", "zwei", "drei"], *([*row[:2], "z"] for row in rows)])
    path = tmp_path_factory.mktemp("text") / "datei.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    options = {"kind": "delimited", "encoding": encoding, "delimiter": ";"}
    layout = find_layout(path, name="datei.csv", options=options)

    found: list[tuple[int, str, bytes]] = []
    first = layout.line
    end = layout.start
    for piece in plan_pieces(layout, size):
        assert piece.offset == end
        end += piece.length
        parsed = parse_piece(layout, piece, categories=["eins"], others=["zwei"])
        codes, texts = parsed.decode("eins")
        records = parsed.number_records(np.arange(len(codes)))
        lines = parsed.locate_records(records) + first
        others = parsed.table["zwei"].to_pylist()
        found += zip(lines.tolist(), [texts[code] for code in codes], others, strict=True)
        again = parse_records_of(
            layout, piece, records, categories=["eins"], others=["zwei"], plain=parsed.is_plain
        )
        assert again.table["zwei"].to_pylist() == others
        first += parsed.lines

    reader = csv.reader(io.StringIO(buffer.getvalue(), newline=""), delimiter=";")
    expected = []
    line = reader.line_num + 1
    for fields in reader:
        expected.append((line, fields[0], fields[1]))
        line = reader.line_num + 1
    assert [each[:2] for each in found] == [each[:2] for each in expected[1:]]
    assert end == path.stat().st_size
    plain = [other for _, _, other in found if other.isascii()]
    assert plain == [other.encode() for _, _, other in expected[1:] if other.isascii()]


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "datei.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_titles_before_the_header_are_left_out(tmp_path: Path) -> None:
    text = "sep=;\nAuswertung\n\nNummer;Tag\n1;01.02.2024\n2;02.02.2024\n"

    layout = find_layout(write(tmp_path, text), name="datei.csv")

    assert layout.columns == ("Nummer", "Tag")
    assert (layout.line, layout.start) == (5, text.index("1;01"))
    assert [each.text for each in layout.remarks if each.kind == "title"] == ["Auswertung"]


def test_sums_and_footnotes_are_not_in_the_last_piece(tmp_path: Path) -> None:
    text = "Nummer;Tag\nA1;01.02.2024\nA2;02.02.2024\nSumme;2\n\n* vorläufig\n"
    plan = plan_pieces(find_layout(write(tmp_path, text), name="datei.csv"), 10)

    pieces = list(plan)

    assert pieces[-1].offset + pieces[-1].length == text.index("Summe")
    # Lines count from the first one below the rows: the sum is 1, the footnote 3.
    assert [(each.kind, each.line) for each in plan.footer.remarks] == [("sum", 1), ("footnote", 3)]


def test_a_separator_at_the_end_of_each_row_is_no_misfit(tmp_path: Path) -> None:
    layout = find_layout(write(tmp_path, "a;b\n1;2;\n3;4;\n5;6;\n"), name="datei.csv")
    (piece,) = plan_pieces(layout)

    parsed = parse_piece(layout, piece, categories=["a", "b"])

    assert layout.columns == ("a", "b")
    assert (parsed.records, parsed.misfits) == (3, ())


def test_misfits_are_named_by_record_and_number_of_fields(tmp_path: Path) -> None:
    text = "a;b;c\n1;2;ü\n3;4\n5;ü;7;8\n9;10;11\n"
    layout = find_layout(write(tmp_path, text, "cp1252"), name="datei.csv")
    (piece,) = plan_pieces(layout)

    parsed = parse_piece(layout, piece, categories=["b"])

    assert [tuple(each) for each in parsed.misfits] == [(1, 2), (2, 4)]
    assert parsed.number_records(np.array([0, 1])).tolist() == [0, 3]
    assert parsed.decode("b")[1] == ["2", "10"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "leer"),
        (b"nur ein Satz\n", "Keine Tabelle"),
        (b"a;b\n", "stehen keine Zeilen|Keine Tabelle"),
        (b"1;2\n3;4\n5;6\n", "Kopfzeile"),
    ],
)
def test_files_without_a_table_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "datei.csv"
    path.write_bytes(content)

    with pytest.raises(DataError, match=message):
        find_layout(path, name="datei.csv")


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n1;2\n3;4\n")

    with pytest.raises(DataError, match="unbekannte Kodierung"):
        find_layout(path, name="datei.csv", options={"encoding": "utf-99"})


def test_the_text_of_a_row_is_in_no_message(tmp_path: Path) -> None:
    rows = "a;b\n" + "1;2\n" * 10 + '3;"Geheim\n'
    layout = find_layout(write(tmp_path, "a;b\n" + "1;2\n" * 10), name="datei.csv")
    write(tmp_path, rows)

    with pytest.raises(DataError, match="nicht geschlossen") as caught:
        [parse_piece(layout, piece, categories=["a"]) for piece in plan_pieces(layout)]

    assert "Geheim" not in caught.value.message
