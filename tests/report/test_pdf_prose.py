"""The text of a chapter becomes plain data with the same words and links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report.pdf_prose import Node, clean_text, read_prose
from analysis.report.prose import render_prose


def read(markdown: str, *anchors: str) -> list[Node]:
    """Return the pieces of a Markdown text."""
    prose = render_prose(markdown, lambda _level, text: text.lower(), {"02_personal": "personal"})
    return read_prose(str(prose.html), anchors)


def words(text: str) -> Node:
    """Return a piece of running text."""
    return {"kind": "words", "text": text}


def join_words(node: object) -> str:
    """Return all words below a piece."""
    if isinstance(node, list):
        return "".join(map(join_words, node))
    if not isinstance(node, dict):
        return ""
    inner = [value for key, value in node.items() if key in {"body", "items", "parts"}]
    text = node["text"] if node["kind"] in {"words", "code"} else ""
    return f"{text}{join_words(inner)}"


def test_headings_and_paragraphs() -> None:
    assert read("# Kapitel\n\nErste Zeile\nzweite  Zeile.\n\n## Teil") == [
        {"kind": "heading", "level": 1, "anchor": "kapitel", "body": [words("Kapitel")]},
        {"kind": "paragraph", "body": [words("Erste Zeile zweite Zeile.")]},
        {"kind": "heading", "level": 2, "anchor": "teil", "body": [words("Teil")]},
    ]


def test_emphasis_code_and_breaks() -> None:
    (paragraph,) = read("Ein **sehr *großes*** `a < b`  \nEnde &amp; <b>")
    assert paragraph["body"] == [
        words("Ein "),
        {
            "kind": "strong",
            "body": [words("sehr "), {"kind": "emphasis", "body": [words("großes")]}],
        },
        words(" "),
        {"kind": "code", "text": "a < b"},
        {"kind": "break"},
        words(" Ende & <b>"),
    ]


def test_lists_nest_and_keep_their_first_number() -> None:
    (numbered,) = read("3. drei\n4. vier\n   - tief\n")
    assert (numbered["ordered"], numbered["start"]) == (True, 3)
    first, second = numbered["items"]  # type: ignore[misc]
    assert first == [{"kind": "paragraph", "body": [words("drei")]}]
    assert [node["kind"] for node in second] == ["paragraph", "list"]
    loose = read("- a\n\n- b")
    assert join_words(loose) == "ab"
    assert loose[0]["ordered"] is False


def test_quotes_code_and_rules() -> None:
    quote, code, rule = read("> Zitat\n\n```\nx = 1\ny\n```\n\n---")
    assert quote == {"kind": "quote", "parts": [{"kind": "paragraph", "body": [words("Zitat")]}]}
    assert code == {"kind": "code", "text": "x = 1\ny"}
    assert rule == {"kind": "rule"}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[x](https://a.de/?b=1&c=2)", ("", "https://a.de/?b=1&c=2")),
        ("[x](02_personal.ipynb)", ("personal", "")),
        ("[x](#nirgends)", None),
        ("[x](mailto:a@b.de)", None),
    ],
)
def test_only_known_places_and_web_addresses_become_links(
    link: str, expected: tuple[str, str] | None
) -> None:
    (paragraph,) = read(link, "personal")
    (piece,) = paragraph["body"]  # type: ignore[misc]
    if expected is None:
        assert piece == words("x")
    else:
        assert (piece["kind"], piece["to"], piece["url"]) == ("link", *expected)


def test_control_characters_are_dropped_and_spaces_joined() -> None:
    assert clean_text("a\x00\x07 \n\t b\u202f%\x85") == "a b\u202f%"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60))
def test_no_word_is_lost(text: str) -> None:
    # as code, Markdown shows any text as it is
    fenced = f"~~~~~~~\nA{text}\n~~~~~~~"
    assert "".join(join_words(read(fenced)).split()) == "".join(f"A{text}".split())
