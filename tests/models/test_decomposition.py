"""Decomposition of backlog growth: by hand, exact, independent of order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.models.decomposition import Bounds, Months, decompose_growth


def test_worked_example():
    # Before: 1 200 received, 1 200 decided by 60 VZÄ months (20 each). After: 1 500 received,
    # 50 VZÄ months, 900 decided (18 each). Growth 0 → 600.
    # applications 1 500 − 1 200 = 300; staff −(50 − 60)·(18 + 20)/2 = 190;
    # output −(18 − 20)·(50 + 60)/2 = 110; 300 + 190 + 110 = 600.
    parts = decompose_growth(Months(1200, 1200, 60), Months(1500, 900, 50))
    assert dict(zip(parts["key"], parts["value"], strict=True)) == pytest.approx(
        {"applications": 300, "staff": 190, "output": 110, "total": 600}
    )
    assert parts["label"].tolist() == [
        "mehr Anträge",
        "weniger Personal",
        "weniger Erledigungen je VZÄ",
        "stärkerer Zuwachs",
    ]
    assert (parts["lower"] == parts["upper"]).all()


def test_words_follow_the_sign():
    parts = decompose_growth(Months(1500, 900, 50), Months(1200, 1200, 60))
    assert parts["label"].tolist() == [
        "weniger Anträge",
        "mehr Personal",
        "mehr Erledigungen je VZÄ",
        "schwächerer Zuwachs",
    ]
    same = decompose_growth(Months(10, 10, 5), Months(10, 10, 5))
    assert same["label"].iloc[0] == "gleich viele Anträge"


def test_bounds_by_hand():
    # Received after: 1 450 to 1 550, so 250 to 350 more. Staff after: 50 to 60, decided 900:
    # with 60 as before, staff explains nothing: −(60 − 60) · (20 + 15)/2 = 0. Output then:
    # −(15 − 20) · (60 + 60)/2 = 300. So staff between 0 and 190, output between 110 and 300.
    before, after = Months(1200, 1200, 60), Months(1500, 900, 50)
    room = Bounds(Months(1450, 900, 50), Months(1550, 900, 60))
    parts = decompose_growth(before, after, bounds=(Bounds(before, before), room))
    found = parts.set_index("key")[["lower", "upper"]].to_dict("index")
    assert found == {
        "applications": {"lower": 250, "upper": 350},
        "staff": {"lower": pytest.approx(0), "upper": pytest.approx(190)},
        "output": {"lower": pytest.approx(110), "upper": pytest.approx(300)},
        "total": {"lower": 550, "upper": 650},
    }
    assert parts["label"].tolist()[1] == "weniger oder mehr Personal"


def test_no_staff_is_refused():
    with pytest.raises(ValueError, match="staff"):
        decompose_growth(Months(1, 1, 0), Months(1, 1, 1))


spans = st.builds(Months, st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0.5, 500))


@given(before=spans, after=spans)
def test_parts_add_up_and_reverse(before, after):
    parts = decompose_growth(before, after).set_index("key")["value"]
    assert parts[["applications", "staff", "output"]].sum() == pytest.approx(
        parts["total"], abs=1e-6, rel=1e-9
    )
    back = decompose_growth(after, before).set_index("key")["value"]
    assert (back + parts).abs().max() == pytest.approx(0, abs=1e-6)


@given(before=spans, after=spans)
def test_equals_the_mean_over_both_orders(before, after):
    # Naive: let staff change first and output second, then the other way round.
    first = -(after.staff - before.staff) * before.output
    second = -(after.staff - before.staff) * after.output
    parts = decompose_growth(before, after).set_index("key")["value"]
    assert parts["staff"] == pytest.approx((first + second) / 2, abs=1e-6, rel=1e-9)


@given(
    before=spans,
    after=spans,
    room=st.tuples(*[st.floats(0, 0.5)] * 3),
    place=st.tuples(*[st.floats(0, 1)] * 6),
)
def test_bounds_contain_every_point(before, after, room, place):
    bounds = tuple(
        Bounds(
            Months(*(value * (1 - width) for value, width in zip(span, room, strict=True))),
            Months(*(value * (1 + width) for value, width in zip(span, room, strict=True))),
        )
        for span in (before, after)
    )
    points = [
        Months(*(low + share * (high - low) for low, high, share in zip(*each, part, strict=True)))
        for each, part in zip(bounds, (place[:3], place[3:]), strict=True)
    ]
    parts = decompose_growth(before, after, bounds=bounds)
    inside = decompose_growth(*points)["value"]
    room_left = 1e-6 * (1 + parts[["lower", "upper"]].abs().max(axis=1))
    assert (parts["lower"] - room_left <= inside).all()
    assert (inside <= parts["upper"] + room_left).all()
