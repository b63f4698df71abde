import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.presentation import phrases
from analysis.presentation.formats import make_number
from analysis.presentation.phrases import Interval

BOUND = st.none() | st.integers(-5, 5)
INTERVALS = st.tuples(BOUND, BOUND).map(
    lambda pair: Interval(*(sorted(pair) if None not in pair else pair))
)


@pytest.mark.parametrize(
    ("earlier", "later", "word"),
    [
        ((10, 10), (12, 12), "gestiegen"),
        ((10, 10), (9, 9.5), "gesunken"),
        ((10, 10), (10, 10), "unverändert"),
        ((10, 12), (11, 13), "nicht beurteilbar"),
        ((10, 12), (10, 12), "nicht beurteilbar"),
        ((10, 12), (12, 13), "nicht beurteilbar"),
        ((10, 12), (13, None), "gestiegen"),
        ((10, None), (13, 14), "nicht beurteilbar"),
        ((10, None), (8, 9), "gesunken"),
        ((None, 10), (11, math.nan), "gestiegen"),
        ((None, None), (11, 11), "nicht beurteilbar"),
    ],
)
def test_trend_word(earlier, later, word):
    assert phrases.trend_word(Interval(*earlier), Interval(*later)) == word


def test_trend_reads_traced_numbers_and_other_words():
    earlier, later = make_number(11722, 11722, 11722), make_number(18000, 18000, None)
    assert phrases.trend_word(earlier, later, phrases.TREND_NOUN) == "Anstieg"


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ((6, 7), (3, 4), "länger als"),
        ((3, 4), (6, 7), "kürzer als"),
        ((3, 5), (4, 6), "nicht unterscheidbar von"),
        ((4, 4), (4, 4), "genauso lang wie"),
    ],
)
def test_comparison(first, second, words):
    assert phrases.comparison(Interval(*first), Interval(*second)) == words


@given(INTERVALS, INTERVALS)
def test_comparison_turns_round_with_its_arguments(first, second):
    mirrored = {"more": "less", "less": "more", "same": "same", "unclear": "unclear"}
    assert phrases.compare(second, first) == mirrored[phrases.compare(first, second)]


@given(INTERVALS, INTERVALS, st.integers(-5, 5), st.integers(-5, 5))
def test_comparison_never_claims_more_than_the_bounds(first, second, a, b):
    def holds(value, interval):
        return (interval.lower is None or value >= interval.lower) and (
            interval.upper is None or value <= interval.upper
        )

    if holds(a, first) and holds(b, second):
        allowed = {"unclear", "more" if a > b else "less" if a < b else "same"}
        assert phrases.compare(first, second) in allowed


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a und b"), (["a", "b", "c"], "a, b und c")],
)
def test_join_words(words, text):
    assert phrases.join_words(words) == text


def test_join_words_with_another_conjunction():
    assert phrases.join_words(["a", "b"], "oder") == "a oder b"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "keine Quellen"),
        (1, "eine Quelle"),
        (2, "zwei Quellen"),
        (12, "zwölf Quellen"),
        (13, "13\u202fQuellen"),
        (1200, "1.200\u202fQuellen"),
    ],
)
def test_count_words(count, text):
    assert phrases.count_words(count, "Quelle", "Quellen") == text


def test_count_words_article_and_refusal():
    assert phrases.count_words(1, "Antrag", "Anträge", one="ein") == "ein Antrag"
    with pytest.raises(ValueError, match="never negative"):
        phrases.count_words(-1, "Antrag", "Anträge")
