"""Backlog from now on: where projections start, where scenarios lead, what is assumed."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.assumed import Scenario, Simulation
from analysis.errors import DataError
from analysis.indicators import backlog_words, outlook, rueckstand
from analysis.indicators.assumptions import change_assumptions

MUSTER = rueckstand.Scope("wohngeld", "Musterstadt", pd.Timestamp("2026-12-31"))


@pytest.fixture(scope="module")
def scope(muenchen):
    return rueckstand.Scope("wohngeld", "München", muenchen.stichtag)


@pytest.fixture(scope="module")
def limited(muenchen, scope):
    """The path with the edition's limits."""
    settings = rueckstand.require_settings(muenchen.edition.backlog)
    return rueckstand.estimate_backlog(muenchen.case_counts, scope, settings, muenchen.assumed)


@pytest.fixture(scope="module")
def inputs(muenchen):
    return outlook.Inputs(
        muenchen.assumed,
        muenchen.assumptions,
        muenchen.measures,
        muenchen.edition.scenario,
        Simulation(seed=1, draws=400, months=60),
    )


@pytest.fixture(scope="module")
def start(muenchen, scope):
    return outlook.derive_start(muenchen.case_counts, muenchen.assumed, scope)


@pytest.fixture(scope="module")
def projection(inputs, start, scope):
    return outlook.project_backlog(inputs, start, scope)


@pytest.fixture
def make_months(make_rows):
    """Build monthly stocks or receipts of Musterstadt."""

    def make(measure, values, first):
        months = pd.period_range(first, periods=len(values), freq="M")
        rows = []
        for month, value in zip(months, values, strict=True):
            end = month.end_time.normalize()
            begin = end if measure in {"open"} else month.start_time
            names = {"fact_id": f"{measure}{month}", "origin": f"{measure}.csv#{month}"}
            rows.append(
                {"measure": measure, "value": value, "period": (begin, end), "place": "Musterstadt"}
                | names
            )
        return make_rows("case_counts", *rows)

    return make


class TestStart:
    def test_growth_by_hand(self, start):
        # 29.02.2024 to 08.04.2025: 404 days = 13.273 months. (18 000 − 17 500) ÷ 13.273 = 37.67;
        # (17 500 − 17 750) ÷ 13.273 = −18.83; (18 500 − 17 250) ÷ 13.273 = 94.17. Rounded
        # outwards to a tenth. The stock of 8 April stands for the end of March.
        rows = start.assumptions.set_index("quantity")
        assert rows.loc["open", ["minimum", "mode", "maximum"]].tolist() == [17_500, 18_000, 18_500]
        assert rows.loc["growth", ["minimum", "mode", "maximum"]].tolist() == [-18.9, 37.7, 94.2]
        assert rows["basis"].eq(outlook.COMPUTED).all()
        assert all(len(keys) for keys in rows["origins"])
        assert start.month == pd.Period("2025-03")
        assert not start.monthly
        # The edition assumes received cases: they are not derived.
        assert "received" not in rows.index

    def test_complete_months_by_hand(self, make_months):
        # Stock 1 000, then +10 a month for nine months, −20 a month for three: 1 030.
        # Growth 30 ÷ 12 = 2.5, quarters 10, 10, 10, −20. Received 90 in each month of the first
        # quarter, then 120, 110, 100: mean 105.
        steps = [10] * 9 + [-20] * 3
        opened = [1000 + sum(steps[:month]) for month in range(13)]
        counts = pd.concat(
            [
                make_months("open", opened, "2024-12"),
                make_months("received", [90] * 3 + [120] * 3 + [110] * 3 + [100] * 3, "2025-01"),
            ],
            ignore_index=True,
        )
        nothing = pd.DataFrame(columns=["subject", "quantity", "subject_name"])
        found = outlook.derive_start(counts, nothing, MUSTER)
        points = found.assumptions.set_index("quantity")[["minimum", "mode", "maximum"]]
        assert points.loc["open"].tolist() == [1030, 1030, 1030]
        assert points.loc["growth"].tolist() == [-20, 2.5, 10]
        assert points.loc["received"].tolist() == [90, 105, 120]
        assert found.monthly
        assert found.month == pd.Period("2025-12")
        assert outlook.list_known(found, months=6)["value"].tolist() == opened[-6:]
        early = MUSTER._replace(until=pd.Timestamp("2025-11-30"))
        # One month less is no complete year, and no year between stocks of published figures.
        assert outlook.derive_start(counts.head(12), nothing, early) is None

    def test_what_the_edition_assumes_is_not_derived(self, muenchen, scope):
        given = muenchen.assumed
        extra = given.head(1).assign(quantity="output", minimum=10.0, mode=12.0, maximum=14.0)
        assumed = pd.concat([given, extra], ignore_index=True)
        found = outlook.derive_start(muenchen.case_counts, assumed, scope).assumptions
        assert found["quantity"].tolist() == ["open"]


class TestScenarios:
    def test_begins_at_the_key_date(self, projection, scope):
        # From the end of March 2025 to the end of January 2026: ten months as today.
        months = projection.months
        assert months["ahead"].agg(["min", "max"]).tolist() == [-10, 60]
        zero = months[months["ahead"].eq(0)]
        assert zero["month"].eq(scope.until).all()
        assert zero["value"].nunique() == 1
        first = months[months["ahead"].eq(-10)]
        assert first["value"].between(17_500, 18_500).all()

    def test_help_never_hurts_and_quantiles_are_ordered(self, projection):
        last = projection.months[projection.months["ahead"].eq(60)].set_index("scenario")
        for column in ("lower", "value", "upper"):
            assert (last[column] <= last.loc["heute", column]).all()
            assert (last.loc["alles", column] <= last[column]).all()
        assert (projection.months["lower"] <= projection.months["value"]).all()
        assert (projection.months["value"] <= projection.months["upper"]).all()

    def test_as_today_goes_on_as_lately(self, projection):
        """Received cases and staff are uncertain, but must not widen the fan of »wie heute«."""
        today = projection.months[projection.months["scenario"].eq("heute")].set_index("ahead")
        # At most the bounds of growth and stock allow: 18 500 + 70 · 94.2.
        assert today["upper"].max() <= 18_500 + 70 * 94.2
        assert today["lower"].min() >= 17_500 - 70 * 18.9

    def test_repetition_gives_the_same(self, projection, inputs, start, scope):
        again = outlook.project_backlog(inputs, start, scope)
        pd.testing.assert_frame_equal(projection.months, again.months)
        pd.testing.assert_frame_equal(projection.targets, again.targets)

    def test_every_assumption_used_is_listed_once(self, projection, inputs, limited):
        keys = (projection.used["subject"] + "/" + projection.used["quantity"]).tolist()
        assert len(keys) == len(set(keys))
        assert {"wohngeld/growth", "wohngeld/target_months", "wohngeld/handling_minutes"} <= set(
            keys
        )
        assert "ki_wohngeld_vorpruefung/take_up" in keys
        assert "wohngeld/clear_months" not in keys  # of another chapter
        assert "wohngeld/most_decided" not in keys  # of the path
        shown = outlook.describe_used(projection, limited)
        assert shown["quantity"].tolist()[-2:] == ["most_received", "most_decided"]
        assert shown[["what", "points", "state"]].notna().all().all()
        rows = shown.set_index("assumption_id")
        points = rows["points"]
        assert rows.loc["wohngeld/received", ["what", "state"]].tolist() == [
            "Wohngeld: eingehende Anträge",
            "Annahme, 31.12.2024",
        ]
        name = "KI-Prüfung vor dem Einreichen des Wohngeldantrags: Nutzung"
        assert rows.loc["ki_wohngeld_vorpruefung/take_up", "what"] == name
        assert points["wohngeld/growth"] == "−18,9 bis 94,2\u202fAnträge/Monat, am ehesten 37,7"
        assert points["ki_wohngeld_vorpruefung/take_up"] == "4 bis 60\u202f%, am ehesten 33"
        few = inputs._replace(scenarios=inputs.scenarios[:1])
        assert set(outlook.list_used(projection.used, few, MUSTER)["quantity"]) == {
            "open",
            "received",
            "staff",
            "target_months",
            "growth",
        }

    def test_a_changed_assumption_changes_the_result_and_is_marked(self, inputs, start, scope):
        changed = change_assumptions(inputs.assumed, {"wohngeld/target_months": (6.0, 6.0, 6.0)})
        found = outlook.project_backlog(inputs._replace(assumed=changed), start, scope)
        before = outlook.project_backlog(inputs, start, scope)
        assert found.target["value"].item() == pytest.approx(2 * before.target["value"].item())
        assert (found.targets["reached"] >= before.targets["reached"]).all()
        shown = outlook.describe_used(found).set_index("quantity")
        assert shown.loc["target_months", "state"] == f"{outlook.CHANGED} (sonst: 3 Monate)"
        assert shown.loc["target_months", "points"] == "6\u202fMonate"

    def test_stands_are_yearly(self, projection):
        stands = outlook.list_stands(projection)
        assert sorted(set(stands["ahead"])) == [0, 12, 24, 36, 48, 60]

    def test_without_scenarios_it_stops(self, inputs, start, scope):
        with pytest.raises(DataError, match="Szenarien"):
            outlook.project_backlog(inputs._replace(scenarios=()), start, scope)
        with pytest.raises(DataError, match="backlog"):
            rueckstand.require_settings(None)

    def test_a_known_case_by_hand(self, inputs, scope):
        """All assumptions certain: 1 000 open, 100 received, 90 decided by 10 VZÄ; 2 more."""
        points = {"open": 1000, "received": 100, "staff": 10, "growth": 10, "target_months": 9}
        posts = {"posts": 2, "fill_months": 1, "turnover": 0}
        training = {"training_first": 0, "training_full": 0}
        rows = pd.DataFrame(
            [
                {
                    "subject": "wohngeld",
                    "quantity": name,
                    **dict.fromkeys(("minimum", "mode", "maximum"), float(value)),
                }
                for name, value in (points | posts | training).items()
            ]
        ).assign(basis="belegt", changed=False, origins=[("a",)] * 10)
        known = outlook.Start(rows.head(0), pd.Period("2025-12"), rows.head(0), monthly=True)
        few = outlook.Inputs(
            rows,
            rows.head(0),
            inputs.measures,
            (
                Scenario(key="heute", label="wie heute"),
                Scenario(key="stellen", label="Stellen", fill_posts=True),
            ),
            Simulation(draws=100, months=24),
        )
        found = outlook.project_backlog(few, known, scope)
        # One month as today: 1 010. Then 108 decided: −8 a month; 900 after 110 ÷ 8 = 14 months.
        assert found.months[found.months["ahead"].eq(0)]["value"].tolist() == [1010, 1010]
        targets = backlog_words.describe_targets(found)
        assert targets["text"].tolist() == ["nicht in 24", "14"]
        assert targets["note"].tolist() == [
            "in keinem Rechenlauf erreicht",
            "in allen Rechenläufen erreicht",
        ]
        assert targets["errors"].tolist() == [
            "nicht berechenbar",
            "unteres Ende 0, Mitte 0, oberes Ende 0",
        ]
        assert backlog_words.head_targets(found) == (
            "In den meisten Rechenläufen erreichen den Zielbestand »Stellen« nach 14 Monaten"
        )
        # 1 010 + 24 · 10 = 1 250 and 1 010 − 24 · 8 = 818.
        assert backlog_words.head_scenarios(found) == (
            "Rückstand in 24 Monaten: »wie heute« rund 1.250 Anträge, »Stellen« rund 818 Anträge"
        )
        assert backlog_words.explain_targets(found).startswith("Zielbestand: rund 900 Anträge")
