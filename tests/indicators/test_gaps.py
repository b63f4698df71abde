"""Gaps weighted by applications, quotas with the unknown, personal contact; worked out by hand."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators import gaps

AS_OF = pd.Timestamp("2026-01-31")
YEAR = (pd.Timestamp("2025-01-01"), pd.Timestamp("2025-12-31"))


def volume(value, lower=None, upper=None, service="wohngeld", rule="exact"):
    return pd.DataFrame(
        {
            "service": [service],
            "value": [float(value)],
            "lower": [float(value if lower is None else lower)],
            "upper": [float(value if upper is None else upper)],
            "rule": [rule],
            "period_start": [YEAR[0]],
            "period_end": [YEAR[1]],
            "origins": [("counts#1",)],
            "measure": ["cases"],
        }
    )


def states(flag="unbekannt", efile=math.nan, service="wohngeld"):
    return pd.DataFrame({"service": [service], "durchgängig": [flag], "efile_share": [efile]})


def quota(lower=None, upper=None, service="wohngeld"):
    if lower is None:
        return pd.DataFrame({"service": [], "lower": [], "upper": []})
    return pd.DataFrame({"service": [service], "lower": [lower], "upper": [upper]})


@pytest.fixture
def register(make_rows):
    base = {
        "service_id": "wohngeld_online",
        "name": "Wohngeld online",
        "area": "Wohngeld",
        "kind": "Online-Dienst",
        "status": "produktiv",
        "end_to_end": "unbekannt",
        "efile": "unbekannt",
        "efa": "unbekannt",
        "personal_contact": "unbekannt",
        "as_of": "2025-07-23",
    }
    return lambda *rows: make_rows("services", *({**base, **row} for row in rows))


def weigh(register, volumes=None, state=None, online=None):
    found = gaps.weigh_gaps(
        volume(1000) if volumes is None else volumes,
        register,
        states() if state is None else state,
        quota() if online is None else online,
    )
    return found.set_index("dimension")


class TestWeighGaps:
    def test_by_hand(self, register):
        # 1 000 applications, 40 to 60 % online. Online: 400 to 600 are not. End to end holds for
        # what is online. E-Akte: 75 % of the files, so 250 are not. No EfA service: no question.
        found = weigh(register({"end_to_end": "ja"}), state=states(efile=75), online=quota(40, 60))
        assert found[["least", "most"]].to_dict("index") == {
            "online": {"least": 400, "most": 600},
            "end_to_end": {"least": 400, "most": 600},
            "efile": {"least": 250, "most": 250},
        }
        assert found.loc["online", ["fulfilled", "unknown"]].tolist() == pytest.approx([400, 200])
        assert found.loc["efile", "origins"] == ("counts#1", "probe.tsv#2")

    def test_largest_certain_gap_first(self, register):
        found = weigh(register({}), state=states("nein", 75), online=quota(40, 60))
        assert found.index.tolist() == ["end_to_end", "online", "efile"]
        assert found["least"].tolist() == [1000, 400, 250]

    @pytest.mark.parametrize(
        ("answer", "least", "most"),
        [("ja", 0, 1000), ("nein", 1000, 1000), ("teilweise", 0, 1000), ("unbekannt", 0, 1000)],
    )
    def test_end_to_end_where_nobody_counts_channels(self, register, answer, least, most):
        found = weigh(register({"end_to_end": answer}))
        assert found.loc["end_to_end", ["least", "most"]].tolist() == [least, most]

    @pytest.mark.parametrize(
        ("answer", "expected"), [("nein", [1000, 1000]), ("teilweise", [0, 1000])]
    )
    def test_efile_of_the_register(self, register, answer, expected):
        found = weigh(register({"efile": answer}))
        assert found.loc["efile", ["least", "most"]].tolist() == expected

    def test_what_is_fulfilled_for_all_is_no_gap(self, register):
        assert "efile" not in weigh(register({"efile": "ja"})).index

    def test_an_answer_counts_only_while_the_service_is_in_use(self, register):
        found = weigh(register({"efile": "ja", "status": "geplant"}))
        assert found.loc["efile", ["least", "most"]].tolist() == [0, 1000]
        assert found.loc["online", "least"] == 1000  # no online service in use, and it is known
        unknown = weigh(register({"status": "unbekannt"}))
        assert unknown.loc["online", ["least", "most"]].tolist() == [0, 1000]

    def test_delivered_states_go_before_the_register(self, register):
        found = weigh(register({"end_to_end": "ja", "efile": "ja"}), state=states("nein", 40))
        assert found.loc["end_to_end", "least"] == 1000
        assert found.loc["efile", "least"] == pytest.approx(600)

    def test_personal_contact_is_no_gap(self, register):
        assert weigh(register({"personal_contact": "ja", "end_to_end": "nein"})).empty

    def test_efa_only_where_it_makes_sense(self, register):
        candidate = {"service_id": "efa_wohngeld", "kind": "EfA-Dienst", "status": "in Prüfung"}
        assert weigh(register({}, candidate)).loc["efa", "least"] == 1000
        assert "efa" not in weigh(register({"end_to_end": "ja"}, candidate)).index
        used = weigh(register({}, {**candidate, "status": "produktiv"}))
        assert "efa" not in used.index  # in use: no gap

    def test_an_open_number_of_applications_stays_open(self, register):
        found = weigh(
            register({"end_to_end": "nein"}),
            volumes=volume(19100, 19100, math.nan, rule="more_than"),
        )
        row = found.loc["end_to_end"]
        assert (row["most"], row["most_lower"], row["rule"]) == (19100, 19100, "more_than")
        assert math.isnan(row["most_upper"])
        online = found.loc["online"]
        assert online[["least", "least_lower", "least_upper"]].tolist() == [0, 0, 0]

    def test_services_without_entry_are_unknown(self, register):
        found = weigh(
            register({}), volumes=volume(10, service="anderes"), state=states(service="anderes")
        )
        assert found[["least", "most"]].to_numpy().tolist() == [[0, 10]] * 3

    def test_nothing_known(self, register):
        empty = weigh(register({}), volumes=volume(1).head(0))
        assert empty.empty
        assert "least" in empty

    @given(
        value=st.floats(0, 1e5),
        ends=st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted),
        flag=st.sampled_from(["ja", "nein", "unbekannt"]),
        efile=st.one_of(st.just(math.nan), st.floats(0, 100)),
    )
    def test_bounds_hold_for_every_way_the_unknown_can_turn_out(
        self, make_rows, value, ends, flag, efile
    ):
        rows = make_rows(
            "services",
            {"service_id": "wohngeld_online", "kind": "Online-Dienst", "status": "produktiv",
             "end_to_end": "unbekannt", "efile": "unbekannt", "efa": "unbekannt",
             "personal_contact": "unbekannt", "area": "Wohngeld"},
        )  # fmt: skip
        found = weigh(rows, volume(value), states(flag, efile), quota(*ends))
        parts = found[["least", "unknown", "fulfilled"]]
        assert (parts >= -1e-6).all().all()
        assert (parts.sum(axis=1) - value).abs().max() <= 1e-6 * max(1, value)
        assert (found["least"] <= found["most"] + 1e-9).all()
        # naive: each possible share of online applications, each possible state
        for share, holds in product([ends[0], ends[1]], [0.0, 1.0]):
            certain = {"ja": 1.0, "nein": 0.0}.get(flag, holds)
            through = certain * share / 100
            truth = {"online": value * (1 - share / 100), "end_to_end": value * (1 - through)}
            for dimension, affected in truth.items():
                least, most = (
                    found.loc[dimension, ["least", "most"]].tolist()
                    if dimension in found.index
                    else (0.0, 0.0)
                )
                assert least - 1e-6 <= affected <= most + 1e-6 * max(1, value)


class TestVolumes:
    def received(self, make_rows, *rows):
        return make_rows("case_counts", *({"measure": "received", **row} for row in rows))

    def find(self, rows, **more):
        return gaps.list_yearly_volumes(rows, place="München", as_of=AS_OF, **more)

    def test_the_latest_year(self, make_rows):
        rows = self.received(
            make_rows,
            {"value": 5, "period": ("2023-01-01", "2023-12-31")},
            {"value": 7, "period": ("2024-01-01", "2024-12-31")},
            {"value": 9, "period": ("2025-01-01", "2025-10-31")},  # no whole year
        )
        assert self.find(rows)["value"].tolist() == [7]

    @pytest.mark.parametrize(
        "more",
        [
            {"measure_unit": "Wohnungen"},
            {"measure_unit": "Gesuche/Jahr"},
            {"kind": "prognose"},
            {"place": "Hamburg"},
            {"unit": "sbh_mitte"},
            {"period": ("2016-01-01", "2016-12-31")},
        ],
    )
    def test_other_units_forecasts_places_and_old_figures_do_not_count(self, make_rows, more):
        row = {"value": 7, "period": ("2024-01-01", "2024-12-31"), **more}
        assert self.find(self.received(make_rows, row)).empty

    def test_reach(self, make_rows):
        rows = self.received(make_rows, {"value": 7, "period": ("2016-01-01", "2016-12-31")})
        assert len(self.find(rows, reach=10)) == 1

    def test_muenchen(self, muenchen):
        found = self.find(muenchen.case_counts).set_index("service")
        # »rund 30.000 Anträge/Jahr« 2020/2021 and »über 19.100« 2024; the Unterhaltsvorschuss has
        # only a figure from before 2017, the Wohnungsbörse counts searches
        assert found["value"].to_dict() == {"sozialwohnung": 30000, "wohngeld": 19100}
        assert math.isnan(found.loc["wohngeld", "upper"])

    def test_monthly_volumes(self):
        rows = pd.DataFrame(
            {
                "service": ["a"],
                "applications": [12.0],
                "period_start": [YEAR[0]],
                "period_end": [YEAR[1]],
                "origins": [("x",)],
            }
        )
        found = gaps.take_monthly_volumes(rows).iloc[0]
        assert found[["value", "lower", "upper"]].tolist() == [12, 12, 12]
        assert found["measure"] == "cases"


class TestUnweighted:
    def test_units_that_are_no_applications_are_named_not_used(self, register):
        rows = register(
            {},
            {"service_id": "wohnungsboerse", "name": "Börse", "volume": 2500.0,
             "volume_unit": "Gesuche/Jahr"},
            {"service_id": "x", "name": "Kontakt", "personal_contact": "ja"},
            {"service_id": "y", "name": "Gerät", "end_to_end": "nicht zutreffend"},
        )  # fmt: skip
        found = gaps.list_unweighted(rows, volume(10))
        assert found[["name", "volume_text"]].to_numpy().tolist() == [
            ["Börse", "2.500 Gesuche/Jahr"]
        ]
        assert gaps.say_unweighted(found) == "ein Dienst"
        without = gaps.list_unweighted(rows, volume(10, service="anderes"))
        assert without["name"].tolist() == ["Börse", "Wohngeld online"]
        assert without["volume_text"].iloc[1] == "keine Angabe"


class TestTitles:
    def head(self, least, most):
        row = pd.DataFrame(
            {
                "service_label": ["Wohngeld"],
                "question": ["E-Akte"],
                "least": [least],
                "most": [most],
            }
        )
        return gaps.head_gaps(row, [f"{least}"], [f"{most}"])

    def test_the_title_follows_the_data(self):
        assert self.head(5, 5) == "Größte Lücke: Wohngeld, Frage »E-Akte«, 5 Anträge im Jahr"
        assert self.head(3, 5) == (
            "Größte belegte Lücke: Wohngeld, Frage »E-Akte«, zwischen 3 und 5 Anträge im Jahr"
        )
        assert self.head(0, 5) == (
            "Keine Lücke ist der Menge nach belegt; die größte mögliche: Wohngeld, Frage "
            "»E-Akte«, 5 Anträge"
        )

    def test_parts_of_a_bar_in_order(self, register):
        found = weigh(register({}), online=quota(40, 60)).reset_index()
        parts = gaps.split_parts(found.assign(service_label="Wohngeld"))
        online = parts.loc[parts["category"] == "Wohngeld: online gestellt"]
        assert online["part"].tolist() == ["nein", "unbekannt", "ja"]
        assert online["count"].tolist() == pytest.approx([400, 200, 400])
        # both lack 400 for certain; end to end may lack all of them
        assert parts["category"].drop_duplicates().iloc[0] == "Wohngeld: Ende-zu-Ende"

    def test_bounds_in_words(self):
        say = lambda row, side: f"{row[side]} %"  # noqa: E731
        assert gaps.say_bounds(pd.Series({"lower": 1, "upper": 2}), say) == "1 % bis 2 %"
        assert gaps.say_bounds(pd.Series({"lower": 2, "upper": 2}), say) == "2 %"


class TestQuotas:
    def test_offer_by_hand(self, register):
        # in use 2 of 5: one unknown → 40 % to 60 %, of the four known 50 %
        rows = register(
            {"service_id": "a"},
            {"service_id": "b", "status": "Ausbau"},
            {"service_id": "c", "status": "geplant"},
            {"service_id": "d", "status": "in Prüfung", "kind": "EfA-Dienst"},
            {"service_id": "e", "status": "unbekannt", "kind": "Plattform"},
            {"service_id": "f", "kind": "Fachverfahren"},
            {"service_id": "g", "area": "Stadt übergreifend"},
            {"service_id": "h", "personal_contact": "ja"},
            {"service_id": "alle_gesamt"},
        )
        offer = gaps.measure_offer(rows)
        assert (offer["fulfilled"], offer["unknown"], offer["applicable"]) == (2, 1, 5)
        assert (offer["value"], offer["lower"], offer["upper"]) == (50, 40, 60)

    def test_a_second_way_to_the_same_service_is_not_counted(self, register):
        candidate = {"service_id": "efa_wohngeld", "kind": "EfA-Dienst", "status": "in Prüfung"}
        assert gaps.measure_offer(register({}, candidate))["applicable"] == 1
        planned = register({"status": "geplant"}, candidate)
        assert gaps.measure_offer(planned)["applicable"] == 2

    def test_quotas_name_what_is_unknown(self, register):
        rows = register({"end_to_end": "ja"}, {"service_id": "b"})
        online = pd.DataFrame(
            {"online": [30.0], "unknown": [20.0], "applications": [100.0], "origins": [("x",)]}
        )
        found = gaps.list_quotas(rows, online).set_index("quota")
        row = found.loc["Ende-zu-Ende-Quote"]
        assert (row["lower"], row["upper"], row["unknown_share"]) == (50, 100, 50)
        used = found.loc["Online-Quote der Anträge"]
        assert (used["lower"], used["upper"], used["unknown_share"]) == (30, 50, 20)
        assert used["value"] == pytest.approx(37.5)
        assert (used["counted"], used["measure"]) == ("Anträge", "derived")
        assert "Online-Quote der Anträge" not in set(
            gaps.list_quotas(rows, online.head(0))["quota"]
        )

    def test_title(self):
        quotas = pd.DataFrame({"quota": ["A", "Einer für Alle (EfA)", "B"]})
        assert gaps.head_quotas(quotas, ["1", "2", "3"], ["1", "4", "5"]) == "A 1; B 3 bis 5"

    def test_muenchen(self, muenchen):
        found = gaps.list_quotas(muenchen.services, pd.DataFrame()).set_index("quota")
        assert (found["lower"] <= found["upper"]).all()
        assert found.loc["Ende-zu-Ende-Quote", ["fulfilled", "unknown"]].tolist() == [3, 32]


class TestPersonalContact:
    def test_shown_apart_with_the_unknown(self, register):
        rows = register(
            {"service_id": "a", "name": "B", "personal_contact": "ja"},
            {"service_id": "b", "name": "A", "personal_contact": "ja"},
            {"service_id": "c", "personal_contact": "nein"},
            {"service_id": "d"},
            {"service_id": "e", "personal_contact": "nicht zutreffend"},
        )
        assert gaps.list_personal(rows)["name"].tolist() == ["A", "B"]
        counted = gaps.count_personal(rows)
        assert counted[["needed", "not_needed", "unknown", "applicable"]].tolist() == [2, 1, 1, 4]

    def test_muenchen(self, muenchen):
        assert gaps.list_personal(muenchen.services)["service_id"].tolist() == [
            "bezirkssozialarbeit"
        ]


def test_labels_come_from_the_register_of_names():
    names = pd.DataFrame({"service_id": ["wohngeld"], "label": ["Wohngeld (neu)"]})
    rows = gaps.label_services(pd.DataFrame({"service": ["wohngeld", "hilfe_in_not"]}), names)
    assert rows["service_label"].tolist() == ["Wohngeld (neu)", "Hilfe in not"]


def test_entries_are_called_by_their_service_or_named_in_the_file():
    entries = pd.Series(["wohngeld", "wohngeld_online", "efa_wohngeld", "sowon", "anderes"])
    assert gaps.find_services(entries).tolist() == [
        *["wohngeld"] * 3,
        "sozialwohnung",
        "anderes",
    ]


def test_each_entry_of_the_paths_is_in_a_register(muenchen, root):
    known = set(muenchen.services["service_id"])
    text = (root / "data/raw/musterstadt/services.csv").read_text("utf-8")
    known |= {line.split(";")[0] for line in text.splitlines()[1:]}
    assert set(gaps.load_paths()) <= known
