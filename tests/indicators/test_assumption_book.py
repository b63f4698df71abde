"""The assumptions as a workbook: complete, with reasons, the same bytes each time."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

from analysis.indicators import assumption_book, entlastung
from analysis.models.relief import Setting

SETTING = Setting(seed=3, draws=500, months=24)


@pytest.fixture(scope="module")
def used(muenchen):
    return assumption_book.list_used(muenchen.assumptions, muenchen.assumed, entlastung.KEYS)


def _write(used, synthetic=False):
    return assumption_book.write_assumptions(
        used, SETTING, title="Probe", stichtag=pd.Timestamp(2026, 1, 31), synthetic=synthetic
    )


def _read(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def _list_facts(book):
    rows = list(book["Rechnung"].iter_rows(values_only=True))
    return {name: content for name, content, _ in rows}


def test_all_assumptions_are_there_with_their_reason(muenchen, used):
    stated = muenchen.assumed["assumption_id"].isin(entlastung.KEYS).sum()
    assert len(used) == len(muenchen.assumptions) + stated
    assert used["Kennung"].is_unique
    assert (used["Quelle oder Begründung"].str.len() > 0).all()
    assert used["Größe"].notna().all()
    # Editions that protect small numbers want to know what each number counts.
    assert set(used["Messgröße"]) == {"öffentliche Angabe"}
    budget = used.set_index("Kennung").loc["fahrplan/budget"]
    assert (budget["Größe"], budget["Einheit"]) == ("Mittel", "EUR/Halbjahr")


def test_the_workbook_holds_what_the_table_holds(used):
    book = _read(_write(used))
    rows = list(book["Annahmen"].iter_rows(values_only=True))
    assert list(rows[0]) == list(used.columns)
    assert len(rows) == len(used) + 1
    for row, (_, expected) in zip(rows[1:], used.iterrows(), strict=True):
        cells = dict(zip(rows[0], row, strict=True))
        assert cells["Untergrenze"] == pytest.approx(expected["Untergrenze"])
        mode = cells["Wert"]
        assert (mode is None) == pd.isna(expected["Wert"])
    facts = _list_facts(book)
    assert (facts["Ziehungen"], facts["Startwert"]) == (500, 3)
    assert facts["Stichtag"] == "31.01.2026"


def test_the_same_bytes_each_time(used):
    assert _write(used) == _write(used)


def test_made_up_figures_are_marked(used):
    assert "Hinweis" in _list_facts(_read(_write(used, synthetic=True)))
    assert "Hinweis" not in _list_facts(_read(_write(used)))


def test_text_is_never_a_formula(used):
    planted = used.head(1).assign(**{"Quelle oder Begründung": "=1+1"})
    cell = _read(_write(planted))["Annahmen"]["K2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_change_of_one_build_is_visible(muenchen):
    from analysis.indicators.assumptions import change_assumptions

    changed = change_assumptions(muenchen.assumptions, {"wohngeld/cases": (1.0, 2.0, 3.0)})
    used = assumption_book.list_used(changed, muenchen.assumed, entlastung.KEYS)
    row = used.set_index("Kennung").loc["wohngeld/cases"]
    assert row["für diesen Lauf geändert"] == "ja"
    assert row[["Untergrenze", "Wert", "Obergrenze"]].tolist() == [1, 2, 3]
    assert (used["für diesen Lauf geändert"] == "ja").sum() == 1
