"""Release of an edition: what is shown at each level, and that nothing hidden can be computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.attack import Interval, attack
from analysis.disclosure.pattern import describe_attack
from analysis.disclosure.release import attack_releases, release_observations
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy

from .editions import count_units, make_edition, month, observe, year_of

SUPPRESS = DisclosurePolicy(method="sperrung")
ROUND = DisclosurePolicy(method="rundung5")


def _release(rows, policy=SUPPRESS, **more):
    return release_observations({"case_counts": observe(rows)}, policy, **more)


def _shown(release, table="case_counts", **where):
    rows = release.tables[table]
    for column, value in where.items():
        rows = rows.loc[rows[column] == value]
    return rows


def _numbers(rows):
    return dict(zip(rows["unit"], rows["value"], strict=True))


class TestSuppression:
    def test_the_least_informative_companion_is_left_out(self):
        # A = 3 is small. The sum 63 is known, so one more number must go: B = 20 loses
        # log2(21) = 4.4 bits, C = 40 log2(41) = 5.4, the sum log2(64) = 6.
        release = _release(count_units({"A": 3, "B": 20, "C": 40}))

        rows = _shown(release)
        assert rows.set_index("unit")["sign"].to_dict() == {"": "", "A": ".", "B": ".", "C": ""}
        assert np.isnan(_numbers(rows)["A"])
        assert _numbers(rows)["C"] == 40
        assert release.optimal

    def test_bounds_and_texts_say_no_more_than_the_number(self):
        rows = _shown(_release(count_units({"A": 3, "B": 20, "C": 40}))).set_index("unit")

        assert rows.loc["A", ["lower", "upper", "base_value"]].isna().all()
        assert (rows.loc["A", "published"], rows.loc["A", "wording"]) == (".", "geheim gehalten")
        assert rows.loc["C", "published"] == "40 Anträge"

    def test_months_and_year(self):
        # January 3 and eleven months of 20: the year 223 would give January away, so the cheapest
        # companion is another month (log2 21), not the year (log2 224).
        rows = [("received", "w", "", "", *month(n), 3 if n == 1 else 20) for n in range(1, 13)]
        release = _release([*rows, ("received", "w", "", "", *year_of(), 223)])

        shown = _shown(release)
        assert shown["sign"].eq(".").sum() == 2
        assert shown["value"].max() == 223

    def test_channels_give_the_received_cases_away(self):
        # 46 received = 3 online + 12 on paper + 31 by e-mail, and no total of the channels is
        # delivered: 3 = 46 − 12 − 31. Paper is the cheapest companion (log2 13).
        release = release_observations(
            {
                "case_counts": observe([("received", "w", "", "", *month(1), 46)]),
                "service_adoption": observe(
                    [
                        ("applications_online", "w", "", "", *month(1), 3),
                        ("applications_paper", "w", "", "", *month(1), 12),
                        ("applications_email", "w", "", "", *month(1), 31),
                    ]
                ).assign(origin=["b.csv#2:Wert", "b.csv#3:Wert", "b.csv#4:Wert"]),
            },
            SUPPRESS,
        )
        channels = _shown(release, "service_adoption").set_index("measure")["sign"]
        assert channels.to_dict() == {
            "applications_online": ".",
            "applications_paper": ".",
            "applications_email": "",
        }
        assert _shown(release)["value"].tolist() == [46]

    @pytest.mark.parametrize("seed", range(3))
    def test_no_channel_is_received_minus_the_others(self, seed):
        # Computed without the relations of the project: what anyone with the tables would try.
        release = release_observations(make_edition(seed), SUPPRESS)
        both = pd.concat(
            [release.tables[name] for name in ("case_counts", "service_adoption")],
            ignore_index=True,
        )
        wanted = both["measure"].eq("received") | both["measure"].str.startswith("applications_")
        keys = ["service", "unit", "group", "period_start", "period_end"]
        groups = both.loc[wanted, "sign"].eq(".").groupby([both[key] for key in keys])
        # Where received cases and all three channels have a row.
        hidden = groups.sum()[groups.size() == 4]
        assert (hidden > 0).any()
        assert not (hidden == 1).any()

    def test_stock_and_flow(self):
        # open: 100, then 100 + 3 − 40 = 63. Received 3 = 63 − 100 + 40 must be hidden with one of
        # these; decided 40 is the cheapest (log2 41).
        january, february = month(1)[1], month(2)[1]
        release = _release(
            [
                ("open", "w", "", "", january, january, 100),
                ("open", "w", "", "", february, february, 63),
                ("received", "w", "", "", *month(2), 3),
                ("decided", "w", "", "", *month(2), 40),
            ]
        )

        shown = _shown(release)
        assert shown.set_index("measure")["sign"].loc[["received", "decided"]].eq(".").all()
        assert sorted(shown["value"].dropna()) == [63, 100]

    def test_the_same_count_in_two_tables(self):
        # Received and the applications of all channels are one number: both are hidden.
        tables = {
            "case_counts": observe(count_units({"A": 3, "B": 20, "C": 40})),
            "service_adoption": observe(
                count_units({"A": 3, "B": 20, "C": 40}, measure="applications_total")
            ).assign(origin=["b.csv#1", "b.csv#2", "b.csv#3", "b.csv#4"]),
        }

        release = release_observations(tables, SUPPRESS)

        for name in tables:
            hidden = _shown(release, name, sign=".")
            assert set(hidden["unit"]) == {"A", "B"}

    def test_a_part_of_a_whole_protects_the_rest(self):
        # 20 of 23 forms were not abandoned … 3 were: and 23 − 20 = 3 must not be computed either.
        release = _release(
            [
                ("forms_started", "w", "", "", *month(1), 23),
                ("forms_abandoned", "w", "", "", *month(1), 20),
            ]
        )

        assert _shown(release)["sign"].eq(".").any()

    def test_a_unit_without_a_row_is_protected(self):
        # 63 − 20 − 40 = 3: anybody can compute what the third unit must have.
        rows = [row for row in count_units({"A": 3, "B": 20, "C": 40}) if row[2] != "A"]

        assert _shown(_release(rows))["sign"].eq(".").any()

    def test_units_below_units(self):
        # C1 and C2 are parts of C; without the hierarchy the sum would be 103 and not 63.
        rows = count_units({"A": 3, "B": 20, "C": 40})
        rows += [
            ("received", "wohngeld", unit, "", *month(1), n) for unit, n in (("C1", 2), ("C2", 38))
        ]
        names = pd.DataFrame({"unit_id": ["C1", "C2"], "parent": ["C", "C"]})

        release = release_observations(
            {"case_counts": observe(rows), "unit_names": names}, SUPPRESS
        )

        hidden = set(_shown(release, sign=".")["unit"])
        assert {"A", "C1"} <= hidden
        assert hidden & {"C2", "C"}
        assert attack_releases(release, width=5).recovered == ()


class TestRounding:
    def test_each_number_for_itself(self):
        # 3 → 5, 21 → 20, 42 → 40; the sum 66 → 65, not 5 + 20 + 40.
        release = _release(count_units({"A": 3, "B": 21, "C": 42}), ROUND)

        assert _numbers(_shown(release)) == {"": 65, "A": 5, "B": 20, "C": 40}
        assert _shown(release)["published"].tolist()[1:] == [
            "5 Anträge",
            "20 Anträge",
            "40 Anträge",
        ]

    def test_a_sum_that_tells_its_parts_is_left_out(self):
        # Four times 3 reads 5 (3 to 7), the sum 12 reads 10 (8 to 12): only 3 + 3 + 3 + 3 fits.
        release = _release(count_units(dict.fromkeys("ABCD", 3)), ROUND)

        assert _shown(release, sign=".")["unit"].tolist() == [""]
        assert attack_releases(release).recovered == ()


class TestLevels:
    def test_channels_by_unit_are_released_by_year_only(self):
        release = release_observations(make_edition(1, mean=200), SUPPRESS)

        rows = _shown(release, "service_adoption", measure="applications_online")
        by_unit = rows.loc[rows["unit"] != ""]
        assert len(by_unit) == 3
        assert by_unit["period_start"].eq(pd.Timestamp(2024, 1, 1)).all()
        assert len(rows.loc[rows["unit"] == ""]) == 13

    def test_a_level_with_mostly_small_numbers_is_given_up(self):
        rows = []
        for number in range(1, 13):
            rows += count_units({"A": 2, "B": 3, "C": 60}, start_end=month(number))
        rows += count_units({"A": 24, "B": 36, "C": 720}, start_end=year_of())

        shown = _shown(_release(rows))

        assert len(shown.loc[shown["unit"] != ""]) == 3
        assert shown.loc[shown["unit"] != "", "value"].tolist() == [24, 36, 720]

    def test_the_log_names_what_is_left_out_without_any_number(self):
        release = _release(count_units({"A": 3, "B": 20, "C": 40}))

        assert len(release.log) == 2
        assert release.log["row"].tolist()[0] == "Musterstadt · wohngeld · A · 31.01.2024"
        assert set(release.log["treatment"]) == {"gesperrt"}
        assert release.log["reason"].nunique() == 1


class TestRates:
    def _rates(self, decided, policy=SUPPRESS):
        rows = [
            ("decided", "w", "A", "", *month(1), decided),
            ("processing_time_median", "w", "A", "", *month(1), 2.44),
            ("processing_time_p90", "w", "A", "", *month(1), 7.0),
        ]
        shown = _shown(_release(rows, policy)).set_index("measure")
        return [
            shown.loc[name, "value"] for name in ("processing_time_median", "processing_time_p90")
        ]

    @pytest.mark.parametrize(
        ("decided", "policy", "expected"),
        [
            (4, SUPPRESS, [None, None]),
            (5, SUPPRESS, [2.4, None]),
            (49, SUPPRESS, [2.4, None]),
            (50, SUPPRESS, [2.4, 7.0]),
            (6, ROUND, [None, None]),  # reads 5: may be 3
            (8, ROUND, [2.4, None]),  # reads 10: 8 at least
            (52, ROUND, [2.4, None]),  # reads 50: may be 48
            (53, ROUND, [2.4, 7.0]),
        ],
    )
    def test_only_on_enough_cases(self, decided, policy, expected):
        found = [None if np.isnan(value) else value for value in self._rates(decided, policy)]

        assert found == expected

    def test_a_rate_whose_base_nobody_knows_is_left_out(self):
        rows = [("sickness_rate", "w", "A", "", *month(1), 6.1)]

        assert _shown(_release(rows))["sign"].tolist() == ["."]

    def test_a_stock_at_the_end_of_the_month_carries_a_rate(self):
        rows = [
            ("sickness_rate", "w", "A", "", *month(1), 6.12),
            ("heads", "w", "A", "", month(1)[1], month(1)[1], 12),
        ]

        assert _shown(_release(rows), measure="sickness_rate")["value"].tolist() == [6.1]

    @pytest.mark.parametrize(("share", "sign"), [(50.0, ""), (3.0, "."), (98.0, ".")])
    def test_a_share_that_stands_for_a_few_cases(self, share, sign):
        # 3 % of 100 applications are 3 files, 98 % leave 2.
        rows = [
            ("applications_total", "w", "", "", *month(1), 100),
            ("efile_share", "w", "", "", *month(1), share),
        ]

        assert _shown(_release(rows), measure="efile_share")["sign"].tolist() == [sign]

    def test_a_share_beside_rounded_counts_is_computed_from_them(self):
        # 47 of 92: 45 of 90 = 50.0 %, not 51.1 %.
        rows = [
            ("applications_total", "w", "", "", *month(1), 92),
            ("applications_online", "w", "", "", *month(1), 47),
            ("online_share", "w", "", "", *month(1), 100 * 47 / 92),
        ]

        assert _shown(_release(rows, ROUND), measure="online_share")["value"].tolist() == [50.0]


class TestEveryTable:
    def test_without_a_rule_nothing_changes(self):
        tables = make_edition(3, months=2)

        release = release_observations(tables, None)

        for name, rows in tables.items():
            pd.testing.assert_frame_equal(release.tables[name].drop(columns="sign"), rows)
            assert release.tables[name]["sign"].eq("").all()

    def test_an_unknown_measure_stops_the_release(self):
        rows = observe(count_units({"A": 30}, measure="geheimzahl"))

        with pytest.raises(DisclosureError, match="»geheimzahl«"):
            release_observations({"case_counts": rows}, SUPPRESS)

    def test_public_measures_stay_as_they_are(self):
        rows = [("online_services", "w", "", "", *month(1), 3)]

        release = _release(rows)

        assert _shown(release)["value"].tolist() == [3]
        assert _shown(release)["published"].tolist() == ["aus 3 Vorgängen"]

    def test_what_quotes_observations_loses_its_numbers(self):
        tables = {
            "case_counts": observe(count_units({"A": 3, "B": 20, "C": 40})),
            "earlier_deliveries": observe(count_units({"A": 4})),
            "findings": pd.DataFrame(
                {
                    "found": ["4"],
                    "expected": ["3 aus 7 − 4 am 31.01.2024"],
                    "message": ["Im Monat 2024-01 sind es 4 statt 3."],
                }
            ),
            "contradictions": pd.DataFrame(
                {
                    "first_origin": ["a.csv#3:Wert"],
                    "second_origin": ["fort"],
                    "first_text": ["3"],
                    "second_text": ["4"],
                    "explanation": ["3 gegen 4"],
                }
            ),
        }

        release = release_observations(tables, SUPPRESS).tables

        assert release["earlier_deliveries"].empty
        assert release["findings"].iloc[0].tolist() == [
            "…",
            "… aus … − … am 31.01.2024",
            "Im Monat 2024-01 sind es … statt ….",
        ]
        assert release["contradictions"].iloc[0].tolist()[2:] == [".", ".", "… gegen …"]

    def test_the_same_tables_give_the_same_release_in_any_order(self):
        tables = make_edition(5, mean=8)
        turned = {name: rows.iloc[::-1].reset_index(drop=True) for name, rows in tables.items()}

        first, second = (release_observations(each, SUPPRESS).tables for each in (tables, turned))

        for name in tables:
            left, right = (
                each[name].sort_values("origin", ignore_index=True) for each in (first, second)
            )
            pd.testing.assert_frame_equal(left, right)


def _attack(release, width, hidden=None):
    evidence = release.evidence
    known, equations, small = describe_attack(
        evidence.network, evidence.hidden if hidden is None else hidden, release.policy
    )
    inside = [key for key in small if key in _released_keys(evidence.network)]
    return attack(known, equations, protected=inside, width=width)


def _released_keys(network):
    keys = zip(network.system.keys, network.released, strict=True)
    return {key for key, released in keys if released}


class TestAttack:
    @settings(max_examples=8)
    @given(seed=st.integers(0, 10_000), mean=st.sampled_from([4, 8, 15, 40]))
    def test_a_suppressed_edition_tells_nothing(self, seed, mean):
        release = release_observations(make_edition(seed, mean=mean), SUPPRESS)

        assert attack_releases(release).recovered == ()
        found = _attack(release, SUPPRESS.protection_width)
        assert found.consistent
        assert found.recovered == ()

    @settings(max_examples=8)
    @given(seed=st.integers(0, 10_000), mean=st.sampled_from([4, 15, 40]))
    def test_a_rounded_edition_tells_nothing(self, seed, mean):
        release = release_observations(make_edition(seed, mean=mean), ROUND)

        found = attack_releases(release)
        assert found.consistent
        assert found.recovered == ()

    def test_without_companions_the_attack_succeeds(self):
        # The same edition, only the small numbers themselves left out.
        release = release_observations(make_edition(2, mean=15), SUPPRESS)
        network = release.evidence.network
        alone = network.small(5) & network.released

        assert alone.any()
        assert _attack(release, 5, alone).recovered

    def test_no_row_of_the_tables_holds_a_small_number(self):
        release = release_observations(make_edition(4, mean=8), SUPPRESS)

        for rows in release.tables.values():
            for column in ("value", "lower", "upper"):
                shown = rows[column].dropna().abs()
                assert not shown.between(0, 5, inclusive="neither").any()

    def test_two_editions(self):
        # The second one has a year more; one number of the first was corrected since.
        first_tables = make_edition(6, mean=8, years=1)
        both = make_edition(6, mean=8, years=1)
        cases = both["case_counts"]
        row = cases.index[(cases["measure"] == "open_age_3") & (cases["unit"] == "")][0]
        both["case_counts"] = cases.drop(index=row).reset_index(drop=True)

        first = release_observations(first_tables, SUPPRESS)
        second = release_observations(both, SUPPRESS, previous=first.tables)

        together = attack_releases(first, second)
        assert together.consistent
        assert together.recovered == ()
        hidden = first.tables["case_counts"].loc[lambda rows: rows["sign"] == "."]
        after = second.tables["case_counts"]
        again = hidden.merge(after, on=["measure", "unit", "period_start", "period_end"])
        assert len(again) >= len(hidden) - 1
        assert again["sign_y"].eq(".").all()

    def test_a_small_number_that_was_shown_is_refused(self):
        low = DisclosurePolicy(method="sperrung", minimum=3)
        rows = count_units({"A": 4, "B": 20, "C": 40})
        first = _release(rows, low)

        with pytest.raises(DisclosureError, match="zeigt Zahlen unter 5"):
            _release(rows, SUPPRESS, previous=first.tables)

    def test_what_was_shown_makes_no_companion(self):
        # B and C were shown with the same numbers; only the sum is new and can still be hidden.
        first = _release(count_units({"A": 30, "B": 20, "C": 40}))
        second = _release(count_units({"A": 3, "B": 20, "C": 40}), previous=first.tables)

        assert set(_shown(second, sign=".")["unit"]) == {"A", ""}

    def test_intervals_are_those_of_the_naive_attacker(self):
        # Two numbers hidden below a known sum: each lies between 0 and what the others leave.
        release = _release(count_units({"A": 3, "B": 20, "C": 40}))
        found = attack_releases(release, width=5)

        (interval,) = found.intervals.values()
        assert interval == pytest.approx(Interval(0, 63 - 40), abs=1e-4)
