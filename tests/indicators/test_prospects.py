"""Summary of what may come: the same figures as in the chapters, in words that fit them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.indicators import entlastung, offices, outlook, personalbedarf, rueckstand
from analysis.indicators.prospects import Prospects, gather_prospects, list_prospects
from analysis.models.relief import simulate_relief


@pytest.fixture(scope="module")
def inputs(muenchen):
    edition = muenchen.edition
    simulation = edition.simulation.model_copy(update={"draws": 500})
    return outlook.Inputs(
        muenchen.assumed, muenchen.assumptions, muenchen.measures, edition.scenario, simulation
    )


@pytest.fixture(scope="module")
def prospects(muenchen, inputs):
    return gather_prospects(
        muenchen.case_counts,
        muenchen.staffing,
        inputs,
        muenchen.edition.backlog,
        registers=offices.Registers(muenchen.unit_names, muenchen.service_names),
        place="München",
        until=muenchen.stichtag,
    )


def _say(workspace, statements):
    return [
        template.format(**{k: v if isinstance(v, str) else v.text for k, v in values.items()})
        for template, values in workspace.points(statements)
    ]


def _values(row):
    return [row["lower"], row["value"], row["upper"]]


def test_they_are_the_figures_of_the_chapters(muenchen, inputs, prospects):
    relief = simulate_relief(
        inputs.measures, inputs.assumptions, entlastung.make_setting(inputs.simulation)
    )
    jaz = entlastung.find_working_time(inputs.assumed)
    assert _values(prospects.yearly) == _values(entlastung.find_yearly_total(relief, jaz))
    scope = rueckstand.Scope("wohngeld", "München", muenchen.stichtag)
    start = outlook.derive_start(muenchen.case_counts, inputs.assumed, scope)
    same = outlook.project_backlog(inputs, start, scope)
    pd.testing.assert_frame_equal(prospects.outlook.months, same.months)


def test_each_statement_is_said_for_muenchen(muenchen, prospects):
    said = _say(muenchen, list_prospects(prospects))
    beginnings = (
        "Geht es im Szenario »wie heute« weiter",
        "Den Zielbestand von",
        "Wie unsicher das ist",
        "Die eingehenden Wohngeldanträge brauchen auf Dauer rechnerisch 83",
        "Die 42 Maßnahmen",
        "In den ersten 18 kosten die Einführungen mehr Arbeitszeit",
    )
    assert len(said) == len(beginnings)
    for sentence, beginning in zip(said, beginnings, strict=True):
        assert sentence.startswith(beginning)


def test_the_last_known_stock_stands_beside_what_was_predicted(prospects, muenchen):
    day = prospects.check.days.iloc[-1]
    [sentence] = [text for text in _say(muenchen, list_prospects(prospects)) if "Probe" in text]
    assert "bis Oktober 2023" in sentence
    assert f"{day['period_end']:%d.%m.%Y}" in sentence
    assert "rund 18.000" in sentence


def test_each_way_to_the_need_is_named(muenchen, prospects):
    [sentence] = [text for text in _say(muenchen, list_prospects(prospects)) if "auf Dauer" in text]
    # 1 600 ÷ (1 091 ÷ 56.67) = 83.1 and 100 × 1 600 ÷ (1 600 − 37.7) = 102.4.
    assert "83 (74 bis 105; Ausstoß Januar und Februar 2023)" in sentence
    assert "102 (74 bis 118; Ausstoß aus dem Bestand" in sentence


def test_offices_with_handling_times_are_counted(muenchen, prospects, monkeypatch):
    found = pd.DataFrame({"finding": [personalbedarf.LACKING, personalbedarf.ENOUGH] * 2})
    monkeypatch.setattr("analysis.indicators.prospects.measure_offices", lambda *_: found)
    office = SimpleNamespace(label="SBH Nord")
    [sentence] = [
        text
        for text in _say(muenchen, list_prospects(prospects._replace(offices=(office,) * 4)))
        if "Dienststellen" in text
    ]
    assert "fehlt bei 2 von 4 gerechneten Dienststellen" in sentence


def _with_balance(prospects, *, lower, value, upper):
    monthly = prospects.relief.monthly.assign(lower=lower, value=value, upper=upper)
    return prospects._replace(relief=prospects.relief._replace(monthly=monthly))


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"lower": -300, "value": -200, "upper": -100}, "kosten die Einführungen mehr"),
        ({"lower": 100, "value": 200, "upper": 300}, "sparen sie schon mehr Arbeitszeit"),
        ({"lower": -100, "value": 200, "upper": 300}, "ist offen"),
    ],
)
def test_the_beginning_follows_the_sign(muenchen, prospects, figures, words):
    statements = list_prospects(_with_balance(prospects, **figures))
    assert words in _say(muenchen, statements)[-1]


def test_a_loss_is_said_as_a_positive_number(muenchen, prospects):
    # −300 … −100 hours are 100 to 300 hours that the introduction costs.
    changed = _with_balance(prospects, lower=-300, value=-200, upper=-100)
    assert "rund 200 (100 bis 300)" in _say(muenchen, list_prospects(changed))[-1]


def test_one_scenario_alone_is_not_compared(muenchen, prospects):
    months, targets = prospects.outlook.months, prospects.outlook.targets
    alone = prospects.outlook._replace(
        months=months[months["scenario"] == "heute"],
        targets=targets[targets["scenario"] == "heute"],
    )
    said = _say(muenchen, list_prospects(prospects._replace(outlook=alone)))[0]
    assert said.endswith("kein anderes Szenario führt zu weniger.")


def test_nothing_is_said_of_what_is_missing(muenchen, inputs):
    bare = inputs._replace(measures=inputs.measures.head(0), scenarios=())
    found = gather_prospects(
        muenchen.case_counts,
        muenchen.staffing,
        bare,
        None,
        registers=offices.Registers(muenchen.unit_names, muenchen.service_names),
        place="München",
        until=muenchen.stichtag,
    )
    assert list_prospects(found) == []
    assert isinstance(found, Prospects)
