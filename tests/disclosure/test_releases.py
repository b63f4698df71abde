"""Several releases together, what is refused, and the last look at published numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.disclosure import (
    Count,
    DisclosureError,
    DisclosurePolicy,
    Equation,
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


class TestTwoEditions:
    def _table(self, received):
        return pd.DataFrame({"unit": [*"ABCD"[: len(received) - 1], T], "received": received})

    def _protect(self, table, registry, **more):
        return protect(
            table,
            measures=[RECEIVED],
            dimensions=["unit"],
            relations=[Sum("unit", T)],
            policy=more.pop("policy", SUPPRESS),
            registry=registry,
            **more,
        )

    def test_what_was_hidden_stays_hidden(self, registry):
        # A corrected figure makes another companion cheaper; both editions together would then
        # show everything but A.
        first = self._protect(self._table([3, 20, 22, 45]), registry)
        later = self._table([3, 20, 12, 35])

        alone = self._protect(later, registry)
        after = self._protect(later, registry, previous=first)

        assert first.signs["received"].tolist() == [".", ".", "", ""]
        assert alone.signs["received"].tolist() == [".", "", ".", ""]
        assert after.signs["received"].tolist() == [".", ".", "", ""]
        assert attack_tables(after).recovered == ()

    def test_what_was_shown_cannot_protect(self, registry):
        shown = self._table([30, 20, 40, 90])
        first = self._protect(shown, registry)

        # the same B, C and total in a table where A is now split
        later = pd.DataFrame({"unit": ["A1", "A2", "A3", "A"], "received": [3, 13, 14, 30]})
        after = protect(
            later,
            measures=[RECEIVED],
            dimensions=["unit"],
            relations=[Sum("unit", "A")],
            policy=SUPPRESS,
            previous=first,
            registry=registry,
        )

        assert after.signs["received"].tolist() == [".", ".", "", ""]
        assert attack_tables(first, after).recovered == ()

    def test_a_small_number_that_was_shown_is_refused(self, registry):
        low = DisclosurePolicy(method="sperrung", minimum=3)
        first = self._protect(self._table([4, 20, 40, 64]), registry, policy=low)

        with pytest.raises(DisclosureError, match="zeigt Zahlen unter 5"):
            self._protect(self._table([4, 20, 40, 64]), registry, previous=first)

    def test_a_change_of_method_is_refused(self, registry):
        first = self._protect(self._table([4, 20, 40, 64]), registry, policy=ROUND)

        with pytest.raises(DisclosureError, match="mehr als jede für sich"):
            self._protect(self._table([4, 20, 40, 64]), registry, previous=first)

    def test_editions_protected_apart_can_be_attacked_together(self, registry):
        # Two tables of one report, protected without knowing of each other.
        units = self._protect(self._table([3, 20, 40, 63]), registry)
        groups = protect(
            pd.DataFrame({"unit": ["A and B", "C", T], "received": [23, 40, 63]}),
            measures=[RECEIVED],
            dimensions=["unit"],
            policy=SUPPRESS,
            registry=registry,
        )
        single = protect(
            pd.DataFrame({"unit": ["B"], "received": [20]}),
            measures=[RECEIVED],
            dimensions=["unit"],
            policy=SUPPRESS,
            registry=registry,
        )
        link = Equation(
            ((("received", "A and B"), 1.0), (("received", "A"), -1.0), (("received", "B"), -1.0))
        )

        assert attack_tables(units, groups, equations=(link,)).recovered == ()
        found = attack_tables(units, groups, single, equations=(link,))
        assert found.recovered == (("received", "A"),)


class TestRefusals:
    @pytest.mark.parametrize(
        ("measures", "message"),
        [
            ([RECEIVED], "ohne Angabe der Messgröße.*: online"),
            ([RECEIVED, Count("online", "unlabelled")], "keine Vertraulichkeitsklasse"),
            ([RECEIVED, Count("online", "unknown")], "keine Vertraulichkeitsklasse"),
            ([RECEIVED, Count("online", "share")], "auf der sie beruht, fehlt"),
            ([RECEIVED, ONLINE, Ratio("q", "share", "decided", "online")], "»decided«"),
            ([RECEIVED, ONLINE, Ratio("q", "share", "received")], "Zähler oder Nenner"),
            (
                [RECEIVED, ONLINE, Ratio("q", "share", "received", statistic="maximum")],
                "nicht aber Minimum und Maximum",
            ),
            ([RECEIVED, ONLINE, RECEIVED], "doppelt"),
            ([RECEIVED, ONLINE, Count("open", "open")], "fehlen Spalten: open"),
        ],
    )
    def test_of_columns(self, protect_channels, measures, message):
        with pytest.raises(DisclosureError, match=message) as caught:
            protect_channels(SUPPRESS, measures=measures)

        assert caught.value.message.count("\n") <= 2

    def test_of_rows_that_look_alike(self, protect_channels, channels):
        with pytest.raises(DisclosureError, match="dieselben Merkmale"):
            protect_channels(SUPPRESS, table=channels.assign(unit="A"))

    def test_of_rows_without_a_dimension(self, protect_channels, channels):
        with pytest.raises(DisclosureError, match="fehlt ein Merkmal"):
            protect_channels(SUPPRESS, table=channels.assign(unit=["A", None, "C", T]))

    def test_every_measure_of_the_project_has_a_class(self):
        table = pd.DataFrame({"received": [12]})

        done = protect(table, measures=[RECEIVED], dimensions=[], policy=SUPPRESS)

        assert done.values["received"].tolist() == [12]


class TestFindViolations:
    @pytest.mark.parametrize(
        ("measure", "number", "policy", "wrong"),
        [
            ("received", 4, SUPPRESS, True),
            ("received", -4, SUPPRESS, True),
            ("received", 0, SUPPRESS, False),
            ("received", 5, SUPPRESS, False),
            ("received", 4, ROUND, True),
            ("received", 35, ROUND, False),
            ("posts", 35.25, ROUND, True),
            ("households", 4, ROUND, False),
            ("unlabelled", 500, SUPPRESS, True),
            ("unknown", 500, SUPPRESS, True),
        ],
    )
    def test_cases(self, registry, measure, number, policy, wrong):
        found = find_violations([(measure, number)], policy, registry)

        assert bool(found) is wrong
        assert all(str(number) not in each.message for each in found)
