"""Vacancies, one row each, counted at the ends of months; identifiers stay in memory."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.exports.vacancies import DAYS_PER_MONTH
from analysis.errors import DataError
from analysis.validation import validate_table

HEAD = "Stelle;Einheit;VZÄ;frei;besetzt\n"
VACANCIES = {
    "dataset": "vacancies",
    "service": "sozialreferat",
    "method": "planstellen",
    "columns": {
        "post_id": "Stelle",
        "unit": "Einheit",
        "fte": "VZÄ",
        "vacant_from": "frei",
        "filled_from": "besetzt",
    },
}


def test_vacancies_at_month_ends(clean, to_csv):
    cleaned = clean(
        HEAD + "P-77001;A;1,0;15.08.2025;20.10.2025\n"
        "P-77002;A;0,5;01.10.2025;\n"
        "P-77003;B;1,0;30.11.2025;15.12.2025\n",
        **VACANCIES,
    )

    # The first post filled was filled in October: from then on the list is complete.
    # Vacant on 31.10.: P-77002 only, P-77001 was filled on the 20th; for 30 days.
    # On 30.11.: P-77002 (60 days) and P-77003 (0 days). On 31.12.: P-77002 (91 days).
    # Median of A and B on 30.11.: 30 days ÷ 30.4375 = 0.985626; P90: 0 + 0.9 · 60 days = 54 days.
    rows = cleaned.tables["staffing"].sort_values(["unit", "measure", "period_end"])
    assert to_csv(
        rows.assign(value=rows["value"].round(4)), "unit", "measure", "period_end", "value"
    ) == (
        ";vacancies;2025-10-31;1\n"
        ";vacancies;2025-11-30;2\n"
        ";vacancies;2025-12-31;1\n"
        ";vacancy_duration_median;2025-10-31;0.9856\n"
        ";vacancy_duration_median;2025-11-30;0.9856\n"
        ";vacancy_duration_median;2025-12-31;2.9897\n"
        ";vacancy_duration_p90;2025-10-31;0.9856\n"
        ";vacancy_duration_p90;2025-11-30;1.7741\n"
        ";vacancy_duration_p90;2025-12-31;2.9897\n"
        "A;vacancies;2025-10-31;1\n"
        "A;vacancies;2025-11-30;1\n"
        "A;vacancies;2025-12-31;1\n"
        "A;vacancy_duration_median;2025-10-31;0.9856\n"
        "A;vacancy_duration_median;2025-11-30;1.9713\n"
        "A;vacancy_duration_median;2025-12-31;2.9897\n"
        "A;vacancy_duration_p90;2025-10-31;0.9856\n"
        "A;vacancy_duration_p90;2025-11-30;1.9713\n"
        "A;vacancy_duration_p90;2025-12-31;2.9897\n"
        "B;vacancies;2025-10-31;0\n"
        "B;vacancies;2025-11-30;1\n"
        "B;vacancies;2025-12-31;0\n"
        "B;vacancy_duration_median;2025-11-30;0\n"
        "B;vacancy_duration_p90;2025-11-30;0\n"
    )
    assert set(rows["published"]) == {"aus 0 Vakanzen", "aus 1 Vakanz", "aus 2 Vakanzen"}
    assert validate_table("staffing", cleaned.tables["staffing"]).findings.empty
    assert "P-7700" not in cleaned.tables["staffing"].to_csv()


def test_where_all_are_vacant_only_the_last_month_is_known(clean, to_csv):
    mapping = {**VACANCIES, "columns": {"unit": "E", "vacant_from": "frei"}}
    cleaned = clean("E;frei\nA;01.01.2020\nA;01.12.2025\n", **mapping)

    rows = cleaned.tables["staffing"]
    counts = rows.loc[rows["measure"] == "vacancies"]
    assert to_csv(counts, "unit", "period_end", "value") == "A;2025-12-31;2\n;2025-12-31;2\n"


def test_faults_of_vacancies(clean, list_findings):
    cleaned = clean(
        HEAD + "P-77001;A;1,0;01.02.2025;01.04.2025\n"
        "P-77001;A;1,0;01.02.2025;01.04.2025\n"
        "P-77001;A;1,0;01.03.2025;\n"
        "P-77002;A;1,5;01.05.2025;\n"
        "P-77003;A;1,0;01.05.2025;01.04.2025\n"
        "P-77004;A;1,0;01.02.2026;\n"
        "P-77005;A;1,0;demnächst;\n"
        "P-77001;A;1,0;01.04.2025;\n",
        **VACANCIES,
    )

    # The last row begins on the day on which the first ends: no overlap.
    assert list_findings(cleaned) == [
        ("doppelt", "warnung", 3, "", "", "ja"),
        ("doppelt", "fehler", 4, "frei", "", "ja"),
        ("unmoeglich", "fehler", 5, "VZÄ", "1,5", "teilweise"),
        ("reihenfolge", "fehler", 6, "besetzt", "01.04.2025", "ja"),
        ("zukunft", "fehler", 7, "frei", "01.02.2026", "ja"),
        ("wert", "fehler", 8, "frei", "demnächst", "ja"),
    ]
    assert "P-7700" not in cleaned.findings.to_csv()
    assert cleaned.rows_kept == 3


def test_unknown_units_are_rejected(clean, list_findings, register):
    cleaned = clean(HEAD + "P1;SBH Süd;1,0;01.02.2025;\n", names=register, **VACANCIES)

    assert list_findings(cleaned) == [("unbekannt", "fehler", 2, "Einheit", "SBH Süd", "ja")]
    assert cleaned.tables["staffing"].empty


def test_whose_posts_they_are_must_be_stated(clean):
    with pytest.raises(DataError, match="service"):
        clean(HEAD + "P1;A;1,0;01.02.2025;\n", **{**VACANCIES, "service": ""})


_DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2025, 12, 31))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from("ABC"), _DAYS, st.none() | _DAYS), max_size=8))
def test_same_as_counting_by_hand(clean, spans):
    spans = [(unit, start, end) for unit, start, end in spans if end is None or end >= start]
    # One vacancy that was filled at once opens the span of two years.
    spans.append(("A", dt.date(2024, 1, 1), dt.date(2024, 1, 1)))
    lines = [
        f"P{n};{unit};1,0;{start:%d.%m.%Y};{f'{end:%d.%m.%Y}' if end else ''}\n"
        for n, (unit, start, end) in enumerate(spans)
    ]

    rows = clean(HEAD + "".join(lines), **VACANCIES).tables["staffing"]

    got = {
        (row.unit, row.measure, row.period_end): row.value for row in rows.itertuples(index=False)
    }
    for month_end in pd.date_range("2024-01-31", "2025-12-31", freq="ME"):
        for unit in ("", *{unit for unit, _, _ in spans}):
            days = sorted(
                (month_end.date() - start).days
                for own, start, end in spans
                if unit in ("", own)
                and start <= month_end.date()
                and (end is None or end > month_end.date())
            )
            assert got[unit, "vacancies", month_end] == len(days)
            if days:
                middle = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
                median = got[unit, "vacancy_duration_median", month_end]
                assert median == pytest.approx(middle / DAYS_PER_MONTH)
            else:
                assert (unit, "vacancy_duration_median", month_end) not in got
