"""Summary: what is said of the data holds for published figures and for exports alike."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.indicators import kurzfassung
from analysis.presentation.phrases import PROVENANCE

CITY = "Musterstadt"


@pytest.fixture(scope="module")
def evidence(city, muenchen):
    return kurzfassung.gather_evidence(
        case_counts=city["case_counts"],
        staffing=city["staffing"],
        services=muenchen.services.head(0),
        sources=muenchen.sources.head(0),
        contradictions=muenchen.contradictions.head(0),
        unit_names=city["unit_names"],
        city=CITY,
        others=(),
        window=3,
    )


def say_gaps(origin, tables, city, quantities=()):
    return kurzfassung.state_gaps(
        origin,
        case_counts=tables["case_counts"],
        staffing=tables["staffing"],
        service_adoption=tables["service_adoption"],
        assumed=pd.DataFrame({"quantity": pd.Series(quantities, dtype="str")}),
        city=city,
    )


def test_only_published_data_claim_to_be_published():
    assert "Ratsdokumenten" in kurzfassung.state_basis("documented")
    synthetic = kurzfassung.state_basis("synthetic")
    assert "Musterdaten" in synthetic
    assert "veröffentlicht" not in synthetic
    assert PROVENANCE["synthetic"].known == "geliefert"


def test_gaps_are_those_of_the_data(city, muenchen):
    published = {
        name: getattr(muenchen, name) for name in ("case_counts", "staffing", "service_adoption")
    }
    assert say_gaps("documented", published, "München") == (
        "Aus veröffentlichten Einzelangaben lässt sich der Personalbedarf nur fortschreiben und "
        "die Entlastung nur unter Annahmen beziffern. Es fehlen Monatswerte, gemessene "
        "Bearbeitungszeiten, besetzte Stellen und die Nutzung der Online-Dienste. Welche Daten "
        "gebraucht werden und wer sie hat, steht im Kapitel Datenlage."
    )
    assert "Es fehlen gemessene Bearbeitungszeiten." in say_gaps("synthetic", city, CITY)
    assert "fehlen" not in say_gaps("synthetic", city, CITY, ["base_minutes"])


def test_statements_of_an_export(evidence):
    statements = {item.template: item for item in kurzfassung.list_statements(evidence)}
    medians = next(item for key, item in statements.items() if "Hälfte" in key)
    assert medians.words["zeit"] == "im Dezember 2025"
    assert medians.figures["median"].row["measure"] == "processing_time_median"
    assert not any("Vergleichsstädte" in template for template in statements)


def test_units_are_compared_only_where_there_are_several(evidence, city):
    units = pd.DataFrame(
        {
            "unit_label": ["Nord", "Süd"],
            "value": [2.0, 5.0],
            "period_start": pd.Timestamp("2025-12-31"),
            "period_end": pd.Timestamp("2025-12-31"),
        }
    )
    found = kurzfassung.list_statements(evidence._replace(units=units))
    sentence = next(item for item in found if "Am größten" in item.template)
    assert (sentence.words["oben"], sentence.words["unten"]) == ("Süd", "Nord")
    assert not any("Am größten" in item.template for item in kurzfassung.list_statements(evidence))


def test_limits_claim_nothing_without_contradictions(evidence):
    limits = kurzfassung.list_limits(evidence)
    assert [item.template for item in limits] == ["Zwischen den Quellen: {zahl}."]
