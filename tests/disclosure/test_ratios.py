"""Ratios beside protected counts, and the signs of what is not shown."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.disclosure import (
    Count,
    DisclosurePolicy,
    Ratio,
    explain_signs,
    format_cell,
    protect,
)

T = "Insgesamt"
SUPPRESS = DisclosurePolicy(method="sperrung")
ROUND = DisclosurePolicy(method="rundung5")
RECEIVED = Count("received", "received")
ONLINE = Count("online", "online")


class TestRatios:
    SHARE = Ratio("share", "share", "received", "online")

    def test_beside_rounded_counts_they_come_from_these(self, protect_channels):
        done = protect_channels(ROUND, measures=(RECEIVED, ONLINE, self.SHARE))

        # 20 of 40 are 50 %, as rounded; 26 ÷ 63 would be 41.3 %, but 25 ÷ 65 is 38.5 %
        assert done.values["share"].tolist()[1:] == [25.0, 50.0, 38.5]
        # 5 may stand for 3 or 4, which do not reach the minimum
        assert done.signs["share"].tolist() == [".", "", "", ""]
        assert "mindestens 5" in done.notes[1]

    def test_beside_suppressed_counts_they_go_with_these(self, protect_channels):
        done = protect_channels(SUPPRESS, measures=(RECEIVED, ONLINE, self.SHARE))

        # B's share would give its count away: 6 ÷ 0.3 = 20
        assert done.signs["share"].tolist() == [".", ".", "", ""]
        assert done.values["share"].tolist()[2:] == [50.0, 41.3]

    def test_counts_that_are_not_published_still_carry_them(self, protect_channels):
        hidden = (Count("received", "received", published=False), ONLINE, self.SHARE)

        done = protect_channels(SUPPRESS, measures=hidden)

        assert list(done.values) == ["unit", "online", "share"]
        assert done.signs["share"].tolist() == [".", ".", "", ""]

    def test_nothing_to_divide_by(self, registry):
        table = pd.DataFrame({"unit": ["A"], "received": [0], "online": [0]})

        done = protect(
            table,
            measures=[RECEIVED, ONLINE, self.SHARE],
            dimensions=["unit"],
            policy=SUPPRESS,
            registry=registry,
        )

        assert done.signs.loc[0].tolist() == ["–", "–", "x"]

    @pytest.mark.parametrize(
        ("statistic", "cases", "shown"),
        [
            ("median", 4, False),
            ("median", 5, True),
            ("mean", 5, True),
            ("p90", 49, False),  # fewer than five cases lie above it
            ("p90", 50, True),
        ],
    )
    def test_medians_and_percentiles_need_enough_cases(self, registry, statistic, cases, shown):
        table = pd.DataFrame({"unit": ["A"], "decided": [cases], "months": [3.14159]})

        done = protect(
            table,
            measures=[
                Count("decided", "decided"),
                Ratio("months", "duration", "decided", statistic=statistic),
            ],
            dimensions=["unit"],
            policy=SUPPRESS,
            registry=registry,
        )

        assert done.signs.loc[0, "months"] == ("" if shown else ".")
        if shown:
            assert done.values.loc[0, "months"] == 3.1  # not finer than the registry says


class TestSigns:
    def test_the_source_s_own_signs_stay(self, registry):
        table = pd.DataFrame({"unit": [*"ABC"], "received": [math.nan, math.nan, math.nan]})
        signs = pd.DataFrame({"received": ["x", "…", "-"]})

        done = protect(
            table,
            measures=[RECEIVED],
            dimensions=["unit"],
            policy=SUPPRESS,
            signs=signs,
            registry=registry,
        )

        assert done.signs["received"].tolist() == ["x", "…", "."]

    def test_format_cell(self):
        assert format_cell(1234.0, "") == "1.234"
        assert format_cell(math.nan, ".") == "."
        assert format_cell(0.0, "–") == "–"
        with pytest.raises(ValueError, match="needs a sign"):
            format_cell(math.nan, "")
        with pytest.raises(ValueError, match="unknown sign"):
            format_cell(1.0, "?")

    def test_legend_names_what_occurs(self):
        assert explain_signs(["", "x", ".", "."]) == (
            ". = Zahlenwert unbekannt oder geheim zu halten · x = Aussage nicht sinnvoll"
        )
