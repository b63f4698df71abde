"""The way every table takes: values, signs, log, footnotes, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.disclosure import (
    Count,
    DisclosureError,
    DisclosurePolicy,
    Flow,
    Ratio,
    Sum,
    attack_tables,
    find_violations,
    protect,
)

T = "Insgesamt"
SUPPRESS = DisclosurePolicy(method="sperrung")
ROUND = DisclosurePolicy(method="rundung5")
RECEIVED = Count("received", "received")
ONLINE = Count("online", "online")


class TestSuppression:
    def test_values_signs_and_log(self, protect_channels):
        # A has 3 cases, none of them online. B goes with it: hiding 20 costs less than hiding
        # 40. Online nothing is below 5, and the rest of B (14) and C (20) is not either.
        done = protect_channels(SUPPRESS)

        assert done.values["received"].tolist()[2:] == [40, 63]
        assert done.values["received"].isna().tolist() == [True, True, False, False]
        assert done.signs["received"].tolist() == [".", ".", "", ""]
        assert done.signs["online"].tolist() == ["–", "", "", ""]
        assert done.log["row"].tolist() == ["A", "B"]
        assert set(done.log["treatment"]) == {"gesperrt"}
        assert done.optimal

    def test_the_log_does_not_tell_small_cells_from_their_companions(self, protect_channels):
        assert protect_channels(SUPPRESS).log["reason"].nunique() == 1

    def test_no_number_of_a_hidden_cell_is_in_what_is_released(self, protect_channels, channels):
        table = channels.assign(received=[3, 27, 40, 70])

        done = protect_channels(SUPPRESS, table=table)

        assert done.signs["received"].tolist() == [".", ".", "", ""]
        text = done.values.to_csv() + done.signs.to_csv() + done.log.to_csv() + repr(done)
        assert "27" not in text

    def test_a_small_rest_is_protected_though_no_table_shows_it(self, protect_channels, channels):
        # 18 of 20 come online: 2 come otherwise, and everybody could compute it.
        table = channels.assign(online=[0, 18, 20, 38], received=[9, 20, 40, 69])

        done = protect_channels(SUPPRESS, table=table)

        b = done.signs.loc[1].tolist()
        assert "." in b
        assert attack_tables(done).recovered == ()

    def test_full_time_equivalents_below_the_minimum(self, registry):
        table = pd.DataFrame({"unit": ["A", "B", T], "posts": [4.75, 30.5, 35.25]})

        done = protect(
            table,
            measures=[Count("posts", "posts")],
            dimensions=["unit"],
            relations=[Sum("unit", T)],
            policy=SUPPRESS,
            registry=registry,
        )

        assert done.signs["posts"].tolist() == [".", ".", ""]

    def test_a_small_change_is_hidden_whatever_its_sign(self, registry):
        table = pd.DataFrame({"unit": ["A", "B", "C"], "change": [-3, 0, -12]})

        done = protect(
            table,
            measures=[Count("change", "change")],
            dimensions=["unit"],
            policy=SUPPRESS,
            registry=registry,
        )

        assert done.signs["change"].tolist() == [".", "–", ""]

    def test_the_stock_flow_identity_is_an_attack_too(self, registry):
        # 103 = 100 + received − decided: who knows both stocks and decided knows received.
        table = pd.DataFrame(
            {
                "month": ["2024-01", "2024-02", "2024-03"],
                "open": [100, 96, 103],
                "received": [20, 3, 25],
                "decided": [9, 7, 18],
            }
        )
        columns = ("open", "received", "decided")
        call = {
            "measures": [Count(name, name) for name in columns],
            "dimensions": ["month"],
            "policy": SUPPRESS,
            "registry": registry,
        }
        flow = Flow("month", "open", ("received",), ("decided",))

        blind = protect(table, **call)
        done = protect(table, **call, relations=[flow])

        assert blind.signs.eq(".").sum().sum() == 1
        assert attack_tables(blind, equations=done.equations).recovered
        assert attack_tables(done).recovered == ()
        assert done.signs.loc[1].eq(".").sum() == 2

    def test_classes_that_are_not_protected_stay(self, registry):
        table = pd.DataFrame({"unit": ["A"], "received": [3], "heads": [3], "households": [3]})
        measures = [Count(name, name) for name in ("received", "heads", "households")]

        done = protect(
            table,
            measures=measures,
            dimensions=["unit"],
            policy=DisclosurePolicy(method="sperrung", protect=("staff",)),
            registry=registry,
        )

        assert done.signs.loc[0].tolist() == ["", ".", ""]

    @settings(max_examples=10)
    @given(cells=arrays(np.int64, (3, 3), elements=st.integers(0, 25)), minimum=st.integers(3, 10))
    def test_no_released_table_can_be_attacked(self, make_cube, registry, cells, minimum):
        policy = DisclosurePolicy(method="sperrung", minimum=minimum, width=minimum + 2)

        done = protect(
            make_cube(cells),
            measures=[RECEIVED],
            dimensions=["d0", "d1"],
            relations=[Sum("d0", T), Sum("d1", T)],
            policy=policy,
            registry=registry,
        )

        shown = done.values["received"].dropna()
        assert attack_tables(done).recovered == ()
        assert not ((shown > 0) & (shown < minimum)).any()
        assert find_violations((("received", n) for n in shown), policy, registry) == ()


class TestRounding:
    def test_values_signs_and_footnote(self, protect_channels):
        done = protect_channels(ROUND)

        # the parts give 65, the total 63 reads 65 too; online the parts give 25 as the total does
        assert done.values["received"].tolist() == [5, 20, 40, 65]
        assert done.values["online"].tolist() == [0, 5, 20, 25]
        # none and one or two look alike
        assert done.signs["online"].tolist() == ["0", "", "", ""]
        assert "nicht immer die ausgewiesene Summe" in done.notes[0]
        assert done.log["row"].unique().tolist() == ["alle Zeilen"]

    def test_none_and_one_cannot_be_told_apart(self, registry):
        call = {
            "measures": [RECEIVED],
            "dimensions": ["unit"],
            "policy": ROUND,
            "registry": registry,
        }
        none = protect(pd.DataFrame({"unit": ["A"], "received": [0]}), **call)
        one = protect(pd.DataFrame({"unit": ["A"], "received": [1]}), **call)

        pd.testing.assert_frame_equal(none.values, one.values)
        pd.testing.assert_frame_equal(none.signs, one.signs)

    def test_sums_that_give_small_numbers_away_stop_the_release(self, registry):
        # 3 + 3 + 3 + 3 = 12: parts of at least 3 and a total of at most 12
        table = pd.DataFrame({"unit": [*"ABCD", T], "received": [3, 3, 3, 3, 12]})
        call = {
            "measures": [RECEIVED],
            "dimensions": ["unit"],
            "policy": ROUND,
            "registry": registry,
        }

        with pytest.raises(DisclosureError, match="4 kleine Zahlen genau"):
            protect(table, **call, relations=[Sum("unit", T)])
        assert protect(table.iloc[:4], **call).values["received"].tolist() == [5, 5, 5, 5]

    @settings(max_examples=25)
    @given(cells=arrays(np.int64, (3, 4), elements=st.integers(0, 12)))
    def test_no_released_table_can_be_attacked(self, make_cube, registry, cells):
        try:
            done = protect(
                make_cube(cells),
                measures=[RECEIVED],
                dimensions=["d0", "d1"],
                relations=[Sum("d0", T), Sum("d1", T)],
                policy=ROUND,
                registry=registry,
            )
        except DisclosureError:
            return

        shown = done.values["received"]
        assert attack_tables(done).recovered == ()
        assert find_violations((("received", n) for n in shown), ROUND, registry) == ()

    def test_public_figures_stay_exact(self, registry):
        table = pd.DataFrame({"unit": ["A"], "received": [33], "households": [1234]})

        done = protect(
            table,
            measures=[
                RECEIVED,
                Count("households", "households"),
                Ratio("share", "share", "households", "received"),
            ],
            dimensions=["unit"],
            policy=ROUND,
            registry=registry,
        )

        assert done.values.loc[0].tolist() == ["A", 35, 1234, 2.8]  # 35 ÷ 1 234
