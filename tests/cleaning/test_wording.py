"""Wording: a figure noted in technical form, as a German reader would say it."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.cleaning.wording import word_figures, word_titles


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "words"),
    [
        ("7870", "Haushalte", "exact", "7.870 Haushalte (genau)"),
        ("999", "Anträge", "rund", "999 Anträge (rund)"),
        ("1173500", "Haushalte", "rund", "1.173.500 Haushalte (rund)"),
        ("0.82", "EUR", "derived", "0,82 EUR (berechnet)"),
        ("15.436", "VZE", "exact", "15,436 VZE (genau)"),
        ("17.5", "Wochen", "exact (Verfahrensdauer)", "17,5 Wochen (genau, Verfahrensdauer)"),
        ("11722", "Anträge", "exact, offen", "11.722 Anträge (genau, offen)"),
        ("4100", "Haushalte", "exact (rounded)", "4.100 Haushalte (erkennbar gerundet)"),
        ("30", "Personen", "exact headline", "30 Personen (laut Überschrift)"),
        ("9000..11500", "Anträge/Jahr", "zwischen", "9.000 bis 11.500 Anträge/Jahr (zwischen)"),
        ("30 -> 60", "Stellen", "exact", "30 auf 60 Stellen (genau)"),
        (">50", "%", "die meisten", ">50 % (die meisten)"),
        ("-2000", "Anträge", "fast", "-2.000 Anträge (fast)"),
        ("2023-04-03", "Datum", "exact", "2023-04-03 Datum (genau)"),
        ("viele", "Anträge", "gefühlt", "viele Anträge (gefühlt)"),
    ],
)
def test_figures(value, unit, qualifier, words):
    raw = pd.DataFrame({"value": [value], "unit": [unit], "qualifier": [qualifier]})
    assert word_figures(raw).tolist() == [words]


def test_no_english_is_left_in_the_tables(muenchen):
    words = muenchen.observations["wording"]
    assert not words.str.contains("exact|derived|rounded|headline").any()


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("muenchen.de: Wohnung (older page)", "muenchen.de: Wohnung (ältere Seite)"),
        ("Destatis PM 373 (copy)", "Destatis PM 373 (Kopie)"),
        ("Stadtrat V 09392, copy on 9dok.net", "Stadtrat V 09392 (Kopie bei 9dok.net)"),
        ("SZ: Wohngeld", "SZ: Wohngeld"),
    ],
)
def test_titles(title, words):
    assert word_titles(pd.Series([title])).tolist() == [words]
