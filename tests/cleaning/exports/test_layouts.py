"""Wide, long and across tables become the same observations; keys are resolved or reported."""

from __future__ import annotations

import pytest

from analysis.errors import DataError
from analysis.fields import TABLES
from analysis.validation import validate_table

KEY = ("unit", "measure", "period_start", "period_end", "value", "origin")
COUNTS = {"dataset": "case_counts"}


def test_wide_table_gives_one_row_per_value(clean, to_csv):
    cleaned = clean(
        "Monat;Dienststelle;Eingang;Bestand\n"
        "01/2024;SBH Mitte;100;1.510\n"
        "02/2024;SBH Mitte;–;1.420\n",
        **COUNTS,
        columns={
            "month": "Monat",
            "unit": "Dienststelle",
            "received": "Eingang",
            "open": "Bestand",
        },
    )

    # A stock is dated by its day, a flow by first and last day; 2024 is a leap year. A dash is
    # nothing, so zero.
    assert to_csv(cleaned.tables["case_counts"], *KEY) == (
        "SBH Mitte;received;2024-01-01;2024-01-31;100;probe.csv#2:Eingang\n"
        "SBH Mitte;open;2024-01-31;2024-01-31;1510;probe.csv#2:Bestand\n"
        "SBH Mitte;received;2024-02-01;2024-02-29;0;probe.csv#3:Eingang\n"
        "SBH Mitte;open;2024-02-29;2024-02-29;1420;probe.csv#3:Bestand\n"
    )
    assert cleaned.findings.empty
    assert (cleaned.rows_read, cleaned.rows_kept) == (2, 2)


def test_long_table_gives_the_same_values_as_a_wide_one(clean, to_csv):
    wide = clean(
        "M;E;B\n01/2024;100;1510\n02/2024;90;1420\n",
        **COUNTS,
        columns={"month": "M", "received": "E", "open": "B"},
    )
    long = clean(
        "M;Was;Wert\n01/2024;Eingang;100\n01/2024;offene Anträge;1510\n"
        "02/2024;Eingang;90\n02/2024;open;1420\n",
        **COUNTS,
        columns={"month": "M", "measure": "Was", "value": "Wert"},
        values={"measure": {"Eingang": "received"}},
    )

    columns = KEY[:-1]
    assert to_csv(long.tables["case_counts"], *columns) == to_csv(
        wide.tables["case_counts"], *columns
    )


def test_months_in_the_headings(clean, to_csv, list_findings):
    cleaned = clean(
        "Dienststelle;01/2025;Feb 2025;01/2026;Bemerkung\nSBH Mitte;5;6;9;neu\nSBH Nord;1;;9;\n",
        **COUNTS,
        measure="open",
        across="month",
        columns={"unit": "Dienststelle"},
    )

    assert to_csv(cleaned.tables["case_counts"], *KEY) == (
        "SBH Mitte;open;2025-01-31;2025-01-31;5;probe.csv#2:01/2025\n"
        "SBH Mitte;open;2025-02-28;2025-02-28;6;probe.csv#2:Feb 2025\n"
        "SBH Nord;open;2025-01-31;2025-01-31;1;probe.csv#3:01/2025\n"
    )
    # January 2026 lies after the file's state, and a column of remarks is no month.
    assert list_findings(cleaned) == [
        ("zukunft", "fehler", 0, "01/2026", "01/2026", "teilweise"),
        ("lesen", "hinweis", 0, "Bemerkung", "", "nein"),
    ]


def test_units_in_the_headings(clean, to_csv, list_findings, register):
    cleaned = clean(
        "Monat;SBH Mitte;SBH Nord;SBH Süd;Gesamt;Notiz\n08/2024;5;6;7;18;ok\n",
        names=register,
        **COUNTS,
        measure="received",
        across="unit",
        columns={"month": "Monat"},
    )

    assert to_csv(cleaned.tables["case_counts"], "unit", "value") == (
        "sbh-mitte;5\nsbh-nord;6\n;18\n"
    )
    assert list_findings(cleaned) == [
        ("lesen", "hinweis", 0, "Notiz", "", "nein"),
        ("unbekannt", "fehler", 0, "SBH Süd", "SBH Süd", "teilweise"),
    ]


def test_month_and_year_in_two_columns(clean, to_csv):
    cleaned = clean(
        "Jahr;Monat;E\n2024;1;5\n2024;Februar;6\n2024;03/2023;7\n",
        **COUNTS,
        columns={"year": "Jahr", "month": "Monat", "received": "E"},
    )

    # A month that names its own year keeps it.
    assert to_csv(cleaned.tables["case_counts"], "period_start", "value") == (
        "2024-01-01;5\n2024-02-01;6\n2023-03-01;7\n"
    )


def test_days_and_years(clean, to_csv):
    by_day = clean("Tag;B\n15.03.2024;5\n", **COUNTS, columns={"day": "Tag", "open": "B"})
    by_year = clean("Jahr;E\n2024;5\n", **COUNTS, columns={"year": "Jahr", "received": "E"})

    period = ("period_start", "period_end", "fact_id")
    assert to_csv(by_day.tables["case_counts"], *period) == (
        "2024-03-15;2024-03-15;probe.csv|wohngeld|||open|2024-03-15|Tag\n"
    )
    assert to_csv(by_year.tables["case_counts"], *period) == (
        "2024-01-01;2024-12-31;probe.csv|wohngeld|||received|2024-12-31|Jahr\n"
    )


def test_old_names_keep_their_identifier(clean, to_csv, list_findings, register):
    cleaned = clean(
        "M;D;E\n06/2024;SBH Milbertshofen;1\n07/2024;SBH Milbertshofen;2\n"
        "08/2024;sbh  nord;3\n08/2024;SBH Nrod;4\n",
        names=register,
        **COUNTS,
        columns={"month": "M", "unit": "D", "received": "E"},
    )

    assert to_csv(cleaned.tables["case_counts"], "unit", "period_start", "value") == (
        "sbh-nord;2024-06-01;1\nsbh-nord;2024-07-01;2\nsbh-nord;2024-08-01;3\n"
    )
    assert list_findings(cleaned) == [
        ("name_veraltet", "hinweis", 3, "D", "SBH Milbertshofen", "nein"),
        ("unbekannt", "fehler", 5, "D", "SBH Nrod", "ja"),
    ]
    assert "»SBH Nord«" in cleaned.findings["message"].iloc[1]


def test_all_faults_of_a_row_are_said_at_once(clean, list_findings, register):
    cleaned = clean(
        "M;D;S;E\n13/2024;SBH Süd;Unfug;1\n",
        names=register,
        dataset="case_counts",
        service="",
        columns={"month": "M", "unit": "D", "service": "S", "received": "E"},
    )

    # There is no register of services here, so the service is taken as it is.
    assert list_findings(cleaned) == [
        ("unbekannt", "fehler", 2, "D", "SBH Süd", "ja"),
        ("wert", "fehler", 2, "M", "13/2024", "ja"),
    ]
    assert cleaned.tables["case_counts"].empty


def test_periods_after_the_state_of_the_file(clean, to_csv, list_findings):
    cleaned = clean(
        "M;E\n12/2025;1\n01/2026;2\n", **COUNTS, columns={"month": "M", "received": "E"}
    )

    assert to_csv(cleaned.tables["case_counts"], "value") == "1\n"
    assert list_findings(cleaned) == [("zukunft", "fehler", 3, "M", "01/2026", "ja")]
    assert cleaned.findings["expected"].tolist() == ["spätestens 31.12.2025 (Stand der Datei)"]


def test_channels_are_measures(clean, to_csv, list_findings):
    cleaned = clean(
        "M;Weg;N\n01/2025;online;5\n01/2025;Papier;7\n01/2025;Gesamt;12\n01/2025;Brieftaube;1\n",
        dataset="service_adoption",
        columns={"month": "M", "channel": "Weg", "value": "N"},
    )

    assert to_csv(cleaned.tables["service_adoption"], "measure", "value") == (
        "applications_online;5\napplications_paper;7\napplications_total;12\n"
    )
    assert list_findings(cleaned) == [("unbekannt", "fehler", 5, "Weg", "Brieftaube", "ja")]


def test_pay_groups_and_delivered_totals(clean, to_csv):
    cleaned = clean(
        "M;D;G;S\n01/2025;SBH Mitte;E 9c;10,50\n01/2025;SBH Mitte;S12;4\n01/2025;Alle;;14,5\n",
        dataset="staffing",
        columns={"month": "M", "unit": "D", "group": "G", "posts_planned": "S"},
        values={"unit": {"Alle": ""}},
    )

    assert to_csv(cleaned.tables["staffing"], "unit", "group", "period_start", "value") == (
        "SBH Mitte;E 9c;2025-01-31;10.5\nSBH Mitte;S12;2025-01-31;4\n;;2025-01-31;14.5\n"
    )


def test_rows_meet_the_schema_of_their_table(clean):
    cleaned = clean(
        "M;D;E;P\n01/2025;A;5;12,5 %\n02/2025;A;6;x\n",
        **COUNTS,
        columns={"month": "M", "unit": "D", "received": "E", "success_rate": "P"},
    )

    table = cleaned.tables["case_counts"]
    checked = validate_table("case_counts", table)
    assert checked.findings.empty
    assert len(checked.rows) == 3
    assert list(table.columns) == [field.name for field in TABLES["case_counts"]]
    assert table["wording"].tolist() == ["5\u202fAnträge", "12,5\u202f%", "6\u202fAnträge"]
    assert set(table["qualifier"]) == {"Auswertung"}


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"columns": {"month": "M", "received": "Eingnag"}}, "Meinten Sie »Eingang«?"),
        ({"columns": {"month": "M", "open": "Eingang", "channel": "W"}}, "Nach Eingangswegen"),
        ({"columns": {"month": "M", "maturity": "Eingang"}}, "Fassung des Modells"),
        (
            {"columns": {"month": "M", "unit": "W", "cases": "Eingang"}, "across": "channel"},
            "alle Spalten sind schon zugeordnet",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(clean, mapping, words):
    with pytest.raises(DataError) as error:
        clean("M;W;Eingang\n01/2025;online;1\n", **COUNTS, **mapping)
    assert words in error.value.message


def test_data_sets_of_others_are_refused(clean):
    with pytest.raises(DataError, match="cases"):
        clean("A;B\n1;2\n", dataset="cases", columns={"received": "A"})
