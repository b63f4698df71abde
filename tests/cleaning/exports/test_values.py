"""Cells: signs keep their meaning, impossible values are left out, repetitions are found."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cleaning.exports.plausibility import CELL_KEY
from analysis.cleaning.findings import identify_findings
from analysis.validation import validate_table

COUNTS = {"dataset": "case_counts"}
MONTH = {"month": "M"}


@pytest.mark.parametrize(
    ("sign", "meaning"),
    [
        (".", "unbekannt, geheim"),
        ("x", "nicht sinnvoll"),
        ("…", "folgt später"),
        ("/", "nicht sicher genug"),
        ("k. A.", "keine Angabe"),
    ],
)
def test_a_sign_is_no_value_and_never_zero(clean, list_findings, to_csv, sign, meaning):
    cleaned = clean(
        f"M;E;B\n01/2025;{sign};7\n", **COUNTS, columns={**MONTH, "received": "E", "open": "B"}
    )

    assert to_csv(cleaned.tables["case_counts"], "measure", "value") == "open;7\n"
    assert list_findings(cleaned) == [("lesen", "hinweis", 2, "E", sign, "teilweise")]
    assert meaning in cleaned.findings["message"].iloc[0]


def test_flags_of_the_official_legend_stand_in_the_note(clean, to_csv):
    cleaned = clean(
        "M;E\n01/2025;7 p\n02/2025;0\n03/2025;5¹⁾\n",
        **COUNTS,
        legend="official",
        columns={**MONTH, "received": "E"},
    )

    assert to_csv(cleaned.tables["case_counts"], "value", "note") == (
        "7;vorläufig\n"
        "0;mehr als nichts, aber weniger als die Hälfte der letzten Stelle\n"
        "5;Fußnote ¹⁾\n"
    )


def test_a_row_without_any_value_is_accounted_for(clean, list_findings):
    cleaned = clean(
        "M;E;B\n01/2025;;\n02/2025;.;\n03/2025;1;\n",
        **COUNTS,
        columns={**MONTH, "received": "E", "open": "B"},
    )

    assert list_findings(cleaned) == [
        ("zeile", "hinweis", 2, "", "", "ja"),
        ("lesen", "hinweis", 3, "E", ".", "ja"),
    ]
    assert (cleaned.rows_read, cleaned.rows_kept) == (3, 1)


@pytest.mark.parametrize(
    ("measure", "text", "check", "expected"),
    [
        ("received", "-5", "unmoeglich", "null oder mehr"),
        ("received", "5,5", "unmoeglich", "eine ganze Zahl"),
        ("received", "12 %", "wert", "eine Zahl in deutscher Schreibweise [Anträge]"),
        ("received", "zwölf", "wert", "eine Zahl in deutscher Schreibweise [Anträge]"),
        ("received", "1.23", "wert", "eine Zahl in deutscher Schreibweise [Anträge]"),
        ("sickness_rate", "104", "unmoeglich", "0 bis 100 %"),
        ("efile_share", "-0,1", "unmoeglich", "null oder mehr"),
        ("end_to_end", "vielleicht", "wert", "ja, nein, teilweise oder unbekannt"),
    ],
)
def test_an_impossible_value_is_left_out_and_the_row_stays(clean, measure, text, check, expected):
    cleaned = clean(
        f"M;X;Y\n01/2025;{text};7\n",
        dataset="context",
        columns={**MONTH, measure: "X", "cases": "Y"},
    )

    assert cleaned.tables["context"]["measure"].tolist() == ["cases"]
    found = cleaned.findings.iloc[0]
    assert (found["check"], found["found"], found["expected"]) == (check, text, expected)
    assert (found["column"], found["rejected"], found["severity"]) == ("X", "teilweise", "fehler")


@pytest.mark.parametrize(
    ("measure", "text", "value"),
    [
        ("sickness_rate", "100", 100),
        ("fill_rate", "104,5", 104.5),
        ("received", "1.204", 1204),
        ("overtime_hours", "12,5", 12.5),
        ("posts_filled", "12,75", 12.75),
        ("end_to_end", "Ja", 1),
        ("end_to_end", "teilweise", 0),
        ("accessible", "nein", 0),
    ],
)
def test_a_possible_value_is_taken(clean, measure, text, value):
    cleaned = clean(f"M;X\n01/2025;{text}\n", dataset="context", columns={**MONTH, measure: "X"})

    assert cleaned.tables["context"]["value"].tolist() == [value]
    assert cleaned.findings.empty


@pytest.mark.parametrize(
    ("model", "text", "taken"),
    [
        ("1.1", "4", True),
        ("1.1", "Stufe 5", False),
        ("2.0", "Reifegrad 7", True),
        ("2.0", "8", False),
        ("2.0", "2,5", False),
    ],
)
def test_levels_of_maturity_end_with_the_model(clean, model, text, taken):
    cleaned = clean(
        f"M;X\n01/2025;{text}\n",
        dataset="service_adoption",
        method=f"OZG-Reifegradmodell {model}",
        columns={**MONTH, "maturity": "X"},
    )

    table = cleaned.tables["service_adoption"]
    assert (len(table) == 1) is taken
    assert set(table["method"]) <= {f"OZG-Reifegradmodell {model}"}
    assert cleaned.findings.empty is taken


def test_the_model_may_be_stated_as_the_unit(clean):
    cleaned = clean(
        "M;X;N\n01/2025;Stufe 3;5\n",
        dataset="service_adoption",
        method="online",
        units={"maturity": "OZG-Reifegradmodell 2.0"},
        columns={**MONTH, "maturity": "X", "forms_started": "N"},
    )

    methods = cleaned.tables["service_adoption"].set_index("measure")["method"].to_dict()
    assert methods == {"maturity": "OZG-Reifegradmodell 2.0", "forms_started": "online"}


@pytest.mark.parametrize(
    ("part", "whole"), [("heads_part_time", "heads"), ("forms_abandoned", "forms_started")]
)
@pytest.mark.parametrize(("value", "taken"), [(10, True), (11, False)])
def test_a_part_is_no_larger_than_its_whole(clean, part, whole, value, taken):
    cleaned = clean(
        f"M;T;G\n01/2025;{value};10\n01/2024;99;\n",
        dataset="staffing",
        columns={**MONTH, part: "T", whole: "G"},
    )

    # Where the whole is not known, the part stands.
    assert (len(cleaned.tables["staffing"]) == 3) is taken
    if not taken:
        assert cleaned.findings["expected"].iloc[0].startswith("höchstens 10 (")


def test_a_repeated_row_is_a_warning(clean, list_findings):
    cleaned = clean(
        "M;E;B\n01/2025;5;7\n02/2025;5;7\n01/2025;5;7\n01/2025;5,0;7\n",
        **COUNTS,
        columns={**MONTH, "received": "E", "open": "B"},
    )

    # Line 5 has the same values in another spelling.
    assert list_findings(cleaned) == [
        ("doppelt", "warnung", 4, "", "", "ja"),
        ("doppelt", "warnung", 5, "", "", "ja"),
    ]
    assert "Zeile 2" in cleaned.findings["message"].iloc[1]


def test_a_contradicting_row_is_an_error_on_its_cells(clean, list_findings, to_csv):
    cleaned = clean(
        "M;E;B\n01/2025;5;7\n01/2025;5;8\n",
        **COUNTS,
        columns={**MONTH, "received": "E", "open": "B"},
    )

    assert list_findings(cleaned) == [("doppelt", "fehler", 3, "B", "8", "ja")]
    assert cleaned.findings["expected"].iloc[0] == "7\u202fAnträge wie in Zeile 2"
    assert to_csv(cleaned.tables["case_counts"], "value") == "5\n7\n"


def test_rows_that_complete_each_other_are_no_repetition(clean, list_findings, to_csv):
    cleaned = clean(
        "M;E;B\n01/2025;5;\n01/2025;;7\n01/2025;6;\n",
        **COUNTS,
        columns={**MONTH, "received": "E", "open": "B"},
    )

    assert to_csv(cleaned.tables["case_counts"], "measure", "value") == "received;5\nopen;7\n"
    assert list_findings(cleaned) == [("doppelt", "fehler", 4, "E", "6", "ja")]


def test_units_of_the_file_are_converted(clean, to_csv):
    cleaned = clean(
        "M;D;K\n01/2025;60,875;0,125\n02/2025;;7,5 %\n",
        dataset="context",
        units={"processing_time_median": "Tage", "sickness_rate": "Anteil"},
        columns={**MONTH, "processing_time_median": "D", "sickness_rate": "K"},
    )

    # 60.875 days ÷ 30.4375 = 2 months; a percent sign goes before the unit of the column.
    assert to_csv(cleaned.tables["context"], "value", "measure_unit", "note") == (
        "2;Monate;umgerechnet aus: Tage\n12.5;%;umgerechnet aus: Anteil\n7.5;%;\n"
    )


def test_sums_and_misfits_are_reported_and_not_counted(clean, list_findings):
    cleaned = clean(
        "Monat;Eingang;Bestand\n01/2025;5;7\n02/2025;6;8\nSumme;11;15\n",
        kind="csv",
        **COUNTS,
        columns={"month": "Monat", "received": "Eingang", "open": "Bestand"},
    )
    broken = clean("M;E\n01/2025;5\n02/2025;6;7\n", **COUNTS, columns={**MONTH, "received": "E"})

    assert list_findings(cleaned) == [("lesen", "hinweis", 4, "", "Zeile 4", "nein")]
    assert (cleaned.rows_read, cleaned.rows_kept) == (2, 2)
    assert list_findings(broken) == [
        ("zeile", "fehler", 3, "", "3 Felder, beginnend mit »02/2025«", "ja")
    ]


_TEXTS = st.sampled_from(
    ["5", "1.204", "-3", "4,5", "", ".", "x", "–", "abc", "12 %", "0", "(7)", "1e5", "7 p"]
)
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["01/2024", "02/2024", "13/2024", "03/2030", ""]),
        st.sampled_from(["A", "B", "Summe", ""]),
        _TEXTS,
        _TEXTS,
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25)
@given(rows=_ROWS)
def test_nothing_is_lost_or_taken_twice(clean, rows):
    text = "M;D;E;P\n" + "".join(";".join(row) + "\n" for row in rows)

    # The fixture checks that every row is kept or rejected.
    cleaned = clean(
        text, **COUNTS, columns={**MONTH, "unit": "D", "received": "E", "success_rate": "P"}
    )

    table = cleaned.tables["case_counts"]
    key = [{"start": "period_start", "end": "period_end"}.get(name, name) for name in CELL_KEY]
    assert not table.duplicated(key).any()
    assert validate_table("case_counts", table).findings.empty
    assert validate_table("findings", identify_findings(cleaned.findings)).findings.empty
    # Every filled cell of a row that is kept is a value or in a finding.
    told = set(zip(cleaned.findings["row"], cleaned.findings["column"], strict=True))
    taken = set(table["origin"])
    rejected = set(cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"])
    for line, row in enumerate(rows, start=2):
        for column, cell in zip("EP", row[2:], strict=True):
            known = f"probe.csv#{line}:{column}" in taken or (line, column) in told
            assert known or not cell or line in rejected


@settings(max_examples=10)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_values_survive_the_german_spelling(clean, values):
    months = pd.period_range("2020-01", periods=len(values), freq="M").strftime("%m/%Y")
    lines = [f"{m};{v:,}".replace(",", ".") for m, v in zip(months, values, strict=True)]

    cleaned = clean("M;E\n" + "\n".join(lines) + "\n", **COUNTS, columns={**MONTH, "received": "E"})

    assert cleaned.tables["case_counts"]["value"].tolist() == values
