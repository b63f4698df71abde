"""What the chapter Rückstand says: titles and notes of paths, predictions and projections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.assumed import Simulation
from analysis.indicators import backlog_words, outlook, rueckstand
from analysis.presentation.tables import trace_number


@pytest.fixture(scope="module")
def settings(muenchen):
    return rueckstand.require_settings(muenchen.edition.backlog)


@pytest.fixture(scope="module")
def figures(muenchen):
    scope = rueckstand.Scope("wohngeld", "München", muenchen.stichtag)
    return rueckstand.select_figures(muenchen.case_counts, scope)


@pytest.fixture(scope="module")
def check(figures, settings):
    return rueckstand.check_predictions(figures, settings)


@pytest.fixture
def projection():
    """One scenario and month; each test gives the rows that it says something of."""
    months = pd.DataFrame({"lower_error": [3.0], "value_error": [12.4], "upper_error": [56.2]})
    nothing = months.head(0)
    simulation = Simulation(seed=1, draws=400, months=60)
    return outlook.Outlook(months, nothing, nothing, nothing, simulation)


def _say(row):
    number = trace_number(row, lambda keys: ())
    return f"{number.text} {number.unit}"


class TestPath:
    def test_title_names_first_and_last_stock(self, figures):
        assert backlog_words.head_path(figures, _say) == (
            "Rückstand gestiegen: 11.676 bis 11.722 Anträge am 28.02.2023, "
            "rund 18.000 Anträge am 08.04.2025"
        )

    def test_title_of_other_courses(self, make_rows):
        def head(*bounds):
            days = ["2024-01-31", "2024-06-30"]
            stocks = [
                {"value": sum(ends) / 2, "lower": ends[0], "upper": ends[1], "period": (day, day)}
                for ends, day in zip(bounds, days, strict=False)
            ]
            rows = make_rows("case_counts", *stocks)
            return backlog_words.head_path(rows, _say)

        assert head((200, 200), (90, 100)).startswith("Rückstand gesunken: 200 Anträge")
        assert head((100, 200), (150, 160)).endswith("lassen die Angaben offen")
        assert head((100, 100), (100, 100)).startswith("Rückstand unverändert")
        assert head((100, 100)) == "Rückstand am 31.01.2024: 100 Anträge"
        assert head().endswith("kein Bestand an einem Stichtag veröffentlicht")

    def test_title_of_flows(self, figures, make_rows):
        assert backlog_words.head_flows(figures).endswith("ist offen (−19 bis 94 im Monat)")

        def head(first, last):
            stocks = [
                {"value": value, "period": (day, day)}
                for value, day in ((first, "2024-01-31"), (last, "2025-01-31"))
            ]
            return backlog_words.head_flows(make_rows("case_counts", *stocks))

        # 366 days are 12.02 months.
        assert head(1200, 2400).endswith("100 Anträge im Monat mehr eingegangen als erledigt")
        assert head(2400, 1200).endswith("100 Anträge im Monat mehr erledigt als eingegangen")
        nothing = make_rows("case_counts")
        assert backlog_words.head_flows(nothing).endswith("zwei vergleichbare Bestände fehlen")


class TestCheck:
    def test_words_say_how_far_off(self, check, settings):
        assert backlog_words.head_check(check) == (
            "Die Fortschreibung war nach 4 Monaten um 4\u202f% zu hoch und nach 17 Monaten um "
            "39\u202f% zu hoch"
        )
        note = backlog_words.explain_check(check, settings)
        assert "der letzten 6 Monate bis Oktober 2023" in note
        assert "bis zum 29.02.2024 um 327 und bis zum 08.04.2025 um 104 im Monat" in note


class TestScenarios:
    def test_titles_with_ranges_and_counts(self, projection):
        target = pd.DataFrame([{"value": 4897.3, "lower": 4560.4, "upper": 5334.0}])
        note = backlog_words.explain_targets(projection._replace(target=target))
        assert note.startswith("Zielbestand: rund 4.900 (4.560 bis 5.330) Anträge")
        used = pd.DataFrame({"basis": ["belegt", "Annahme", outlook.COMPUTED, "Annahme"]})
        assert backlog_words.head_assumptions(used) == (
            "4 Annahmen, davon 1 belegt und 1 aus den Zahlen berechnet"
        )

    def test_titles_of_targets(self, projection):
        def head(*rows):
            columns = ["label", "lower", "value", "upper", "reached"]
            targets = pd.DataFrame(rows, columns=columns).astype({"value": float})
            return backlog_words.head_targets(projection._replace(targets=targets))

        never = ("a", np.nan, np.nan, np.nan, 0.0)
        rarely = ("b", 50.0, np.nan, np.nan, 12.4)
        assert head(never) == "Kein Szenario erreicht den Zielbestand in 60 Monaten"
        assert head(never, rarely).endswith("am ehesten »b« (in 12\u202f% der Rechenläufe)")
        often, sooner = ("c", 30.0, 40.0, np.nan, 80.0), ("d", 10.0, 20.0, 30.0, 100.0)
        assert head(never, often, sooner).endswith("»d« nach 20 Monaten und »c« nach 40 Monaten")
        assert head(("e", 0.0, 0.0, 0.0, 100.0)) == "Der Zielbestand ist am Stichtag schon erreicht"

    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (0.01, "in weniger als 1"),
            (99.99, "in mehr als 99"),
            (0.0, "in keinem"),
            (100.0, "in allen"),
        ],
    )
    def test_only_what_always_or_never_happens_is_called_so(self, projection, share, words):
        targets = pd.DataFrame(
            {"label": ["a"], "value": [np.nan], "lower": [np.nan], "reached": [min(share, 50.0)]}
        )
        assert backlog_words.say_share(share).startswith(words)
        assert not outlook.has_targets(projection._replace(targets=targets))

    def test_the_sampling_error_is_stated(self, projection):
        note = backlog_words.explain_sampling(projection)
        assert "400 Rechenläufen" in note
        assert "höchstens 56 Anträge" in note
