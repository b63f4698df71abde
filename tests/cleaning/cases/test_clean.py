"""Case-level exports: small files whose months, findings and lines were worked out by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from analysis.cleaning.findings import Cleaned
from analysis.cleaning.names import make_names
from analysis.errors import DataError
from analysis.fields import TABLES
from analysis.privacy import PrivacyError
from analysis.validation import validate_table

from .conftest import (
    COLUMNS,
    HEADER,
    NAMES,
    SMALL,
    Clean,
    assert_nothing_lost,
    list_findings,
    make_mapping,
    make_register,
)

HAND = (SMALL / "hand_input.csv").read_text("utf-8")


def to_lines(cleaned: Cleaned) -> pd.DataFrame:
    """Return what an analyst looks at: key, month, value with two decimals."""
    rows = pd.concat(cleaned.tables.values(), ignore_index=True)
    return pd.DataFrame(
        {
            "unit": rows["unit"],
            "measure": rows["measure"],
            "month": rows["period_end"].dt.strftime("%Y-%m"),
            "value": rows["value"].round(4),
            "cases": rows["published"],
        }
    )


def test_a_small_export_gives_the_months_worked_out_by_hand(clean: Clean) -> None:
    # hand_expected.csv was worked out from the seven rows of hand_input.csv. Days ÷ 30.4375:
    # Nord: W-01 decided after 15 days (0.4928), W-02 after 30 (0.9856), W-04 after 39 (1.2813);
    # from complete documents 10 (0.3285), 30, 29 (0.9528) days. W-05 was withdrawn: it leaves the
    # backlog in March but has no duration. January cohort of Nord: 15, 30, and W-03 still open
    # after 60 days: waiting 2/3 after day 15, 1/3 after day 30, so the median is 30 days.
    # February cohort: W-05 last seen on day 19, W-04 decided on day 39: 39 days. Over all units in
    # January: 1, 15, 30 days decided: median 15 for the decisions of January only (1, 15) is 8
    # days (0.2628), 90th percentile 1 + 0.9 × 14 = 13.6 days (0.4468).
    found = to_lines(clean(HAND))

    expected = pd.read_csv(SMALL / "hand_expected.csv", sep=";", keep_default_na=False)
    key = ["unit", "measure", "month"]
    pd.testing.assert_frame_equal(
        found.sort_values(key, ignore_index=True),
        expected.sort_values(key, ignore_index=True),
        check_dtype=False,
    )


def test_the_rows_meet_the_schema(clean: Clean) -> None:
    for name, rows in clean(HAND).tables.items():
        result = validate_table(name, rows)
        assert result.findings.empty
        assert len(result.rows) == len(rows)
        assert list(rows.columns) == [field.name for field in TABLES[name]]


def test_a_stock_is_of_the_last_day_and_a_flow_of_the_whole_month(clean: Clean) -> None:
    rows = clean(HAND).tables["case_counts"].set_index("fact_id")

    stock = rows.loc["faelle.csv|wohngeld|nord||open|2024-02-29"]
    flow = rows.loc["faelle.csv|wohngeld|nord||received|2024-02-29"]

    assert stock["period_start"] == stock["period_end"] == pd.Timestamp("2024-02-29")
    assert flow["period_start"] == pd.Timestamp("2024-02-01")
    assert flow["origin"] == "faelle.csv#0:wohngeld/nord/received/2024-02"
    assert flow["wording"] == "2 Anträge"
    assert stock["published"] == "aus 3 Vorgängen"


def test_a_clean_export_has_no_findings(clean: Clean) -> None:
    full = HAND.replace("29.02.2024;;;;offen", "29.02.2024;;;online;offen")

    cleaned = clean(full)

    assert list_findings(cleaned) == []
    assert (cleaned.rows_read, cleaned.rows_kept) == (7, 7)


FAULTS = (
    ("A;Nord;31.02.2024;;;online;offen", "wert", "fehler", "31.02.2024"),
    ("A;Nord;02/2024;;;online;offen", "wert", "fehler", "02/2024"),
    ("A;Nord;;;;online;offen", "wert", "fehler", ""),
    ("A;Nord;01.02.2024;;bald;online;entschieden", "wert", "fehler", "nicht wiedergegeben"),
    ("A;Mitte;01.02.2024;;;online;offen", "unbekannt", "fehler", "Mitte"),
    ("A;Nord;01.02.2024;;;Brieftaube;offen", "unbekannt", "fehler", "Brieftaube"),
    ("A;Nord;01.02.2024;;;online;ruht", "unbekannt", "fehler", "ruht"),
    ("A;Nord;01.04.2024;;;online;offen", "zukunft", "fehler", "01.04.2024"),
    ("A;Nord;01.02.2024;;01.04.2024;online;entschieden", "zukunft", "fehler", "01.04.2024"),
    ("A;Nord;01.02.2024;;31.01.2024;online;entschieden", "reihenfolge", "fehler", "31.01.2024"),
    ("A;Nord;01.02.2024;31.01.2024;;online;offen", "reihenfolge", "fehler", "31.01.2024"),
    ("A;Nord;01.02.2024;;;online;entschieden", "wert", "fehler", "entschieden"),
    ("A;Nord;01.02.2024;;;online;zurückgenommen", "wert", "fehler", "zurückgenommen"),
    ("A;Nord;01.02.2024;;02.02.2024;online;offen", "wert", "fehler", "offen"),
    ("A;Nord;01.02.2024;;;online", "zeile", "fehler", "6 Felder"),
    ("A;Nord;01.02.2024;;;online;offen;x", "zeile", "fehler", "8 Felder"),
)


@pytest.mark.parametrize(("row", "check", "severity", "found"), FAULTS)
def test_a_faulty_row_is_found_on_its_line_and_in_no_table(
    clean: Clean, row: str, check: str, severity: str, found: str
) -> None:
    good = clean(HAND)
    lines = HAND.splitlines(keepends=True)

    cleaned = clean("".join([*lines[:4], row + "\n", *lines[4:]]))

    new = [each for each in list_findings(cleaned) if each not in list_findings(good)]
    assert [(each[0], each[1], each[2]) for each in new] == [(check, severity, 5)]
    assert found in new[0][3]
    assert (cleaned.rows_read, cleaned.rows_kept) == (8, 7)
    assert_nothing_lost(cleaned)
    for name, rows in good.tables.items():
        pd.testing.assert_frame_equal(cleaned.tables[name], rows)


def test_documents_complete_after_the_decision_leave_out_one_duration(clean: Clean) -> None:
    cleaned = clean(HEADER + "A;Nord;01.02.2024;20.02.2024;11.02.2024;online;entschieden\n" * 1)

    assert list_findings(cleaned) == [("reihenfolge", "warnung", 2, "20.02.2024")]
    assert cleaned.rows_kept == 1
    rows = cleaned.tables["case_counts"]
    assert not rows["measure"].str.startswith("processing_time_complete").any()
    assert (rows["measure"] == "processing_time_median").sum() == 2


def test_a_case_twice_is_counted_once(clean: Clean) -> None:
    rows = "A;Nord;01.02.2024;;;online;offen\nB;Nord;02.02.2024;;;online;offen\n"
    again = "A;Nord;01.02.2024;;;online;offen\nB;Nord;03.02.2024;;;online;offen\n"

    cleaned = clean(HEADER + rows + again)

    assert list_findings(cleaned) == [
        ("doppelt", "warnung", 4, "gleiche Kennung wie Zeile 2"),
        ("doppelt", "fehler", 5, "gleiche Kennung wie Zeile 3"),
    ]
    once = clean(HEADER + rows)
    for name, table in once.tables.items():
        pd.testing.assert_frame_equal(cleaned.tables[name], table)
    assert_nothing_lost(cleaned)


def test_a_rejected_row_is_no_earlier_case(clean: Clean) -> None:
    faulty = "A;Nord;31.02.2024;;;online;offen\n"

    cleaned = clean(HEADER + faulty + "A;Nord;01.02.2024;;;online;offen\n")

    assert [each[0] for each in list_findings(cleaned)] == ["wert"]
    assert cleaned.rows_kept == 1


def test_cases_without_an_identifier_are_kept_and_named(clean: Clean) -> None:
    rows = ";Nord;01.02.2024;;;online;offen\n"

    cleaned = clean(HEADER + rows + rows)

    assert list_findings(cleaned) == [("wert", "warnung", 2, ""), ("wert", "warnung", 3, "")]
    assert cleaned.rows_kept == 2


def test_sums_footnotes_titles_and_repeated_headers_are_no_cases(clean: Clean) -> None:
    body = HAND.splitlines(keepends=True)[1:]
    text = (
        "Fälle des Wohngeldamts;;;;;;\n\n"
        + HEADER
        + "".join(body[:3])
        + HEADER
        + "".join(body[3:])
        + "Summe;;7;;;;\n\nQuelle: Fachverfahren\n"
    )

    cleaned = clean(text)

    # Header in line 3, rows 4 to 6, header again in 7, rows 8 to 11, sum in 12, footnote in 14.
    found = [(each[0], each[2]) for each in list_findings(cleaned) if each[2]]
    assert found == [("lesen", 7), ("lesen", 12), ("lesen", 14)]
    assert (cleaned.rows_read, cleaned.rows_kept) == (7, 7)
    for name, rows in clean(HAND).tables.items():
        pd.testing.assert_frame_equal(cleaned.tables[name], rows)


def test_quoted_line_breaks_and_empty_lines_keep_the_lines_right(clean: Clean) -> None:
    columns = {**COLUMNS}
    text = (
        HEADER.replace("Stand", "Stand;Notiz")
        + 'A;Nord;01.02.2024;;;online;offen;"zwei\nZeilen ""hier"""\n'
        + "\n"
        + ";;;;;;;\n"
        + 'B;Nord;31.02.2024;;;online;offen;5" Rohr\n'
        + "C;Nord;kaputt;;;online;offen;\n"
    )

    cleaned = clean(text, mapping=make_mapping(columns=columns))

    # A takes lines 2 and 3, line 4 is empty, line 5 holds only separators, B is 6, C is 7.
    assert [(each[0], each[2]) for each in list_findings(cleaned)] == [("wert", 6), ("wert", 7)]
    assert (cleaned.rows_read, cleaned.rows_kept) == (3, 1)


def test_the_month_that_the_export_cuts_is_left_out_and_named(clean: Clean) -> None:
    cleaned = clean(HAND, as_of=dt.date(2024, 3, 20))

    assert set(cleaned.tables["case_counts"]["period_end"].dt.month) == {1, 2}
    named = [each for each in list_findings(cleaned) if "Abschlüsse" in each[3]]
    assert named == [("lesen", "hinweis", 0, "0 Eingänge und 2 Abschlüsse")]


def test_old_names_are_found_and_names_of_today_are_not(clean: Clean) -> None:
    names = make_names(
        make_register(
            ("nord", "Amt Nord", "", "2023-12-31"),
            ("nord", "Nord", "2024-01-01", ""),
        )
    )
    rows = (
        "A;Nord;05.12.2023;;;online;offen\n"  # today's name for an old case
        "B;Amt Nord;05.12.2023;;;online;offen\n"
        "C;Amt Nord;05.01.2024;;;online;offen\n"
        "D;Amt Nord;06.01.2024;;;online;offen\n"
    )

    cleaned = clean(HEADER + rows, names=names)

    assert list_findings(cleaned) == [("name_veraltet", "hinweis", 4, "Amt Nord")]
    assert "2 Zeilen" in cleaned.findings["message"].item()
    assert set(cleaned.tables["case_counts"]["unit"]) == {"nord"}


def test_a_name_that_passed_to_another_unit_is_resolved_by_the_day(clean: Clean) -> None:
    names = make_names(
        make_register(("alt", "Mitte", "", "2023-12-31"), ("neu", "Mitte", "2024-01-01", ""))
    )
    rows = "A;Mitte;31.12.2023;;;online;offen\nB;Mitte;01.01.2024;;;online;offen\n"

    counts = clean(HEADER + rows, names=names).tables["case_counts"]

    received = counts.loc[(counts["measure"] == "received") & (counts["value"] == 1)]
    assert list(zip(received["unit"], received["period_end"].dt.month, strict=True)) == [
        ("alt", 12),
        ("neu", 1),
    ]


def test_without_status_the_day_decides_and_without_units_there_is_one(clean: Clean) -> None:
    columns = {"received": "Eingang", "decided": "Entscheidung"}
    text = "Eingang;Entscheidung\n01.02.2024;11.02.2024\n05.02.2024;\n"

    cleaned = clean(text, mapping=make_mapping(columns=columns))

    found = to_lines(cleaned)
    february = found[found["month"] == "2024-02"].set_index("measure")["value"]
    assert february["open"] == 1
    assert february["processing_time_median"] == round(10 / 30.4375, 4)
    assert set(found["unit"]) == {""}
    assert not found.duplicated(["measure", "month"]).any()
    assert "service_adoption" not in cleaned.tables


PERSON = "Annegret Wolkenstein-Brömmelkamp"


def test_names_of_persons_reach_no_table_and_no_finding(clean: Clean) -> None:
    header = HEADER.replace("Aktenzeichen", "Aktenzeichen;Antragsteller")
    rows = (
        f"W-77/4711;{PERSON};Nord;01.02.2024;;;online;offen\n"
        f"W-77/4711;{PERSON};Nord;02.02.2024;;;online;offen\n"
        f"W-77/4712;{PERSON};Müller, Hans;01.02.2024;;;online;offen\n"
        f"W-77/4713;{PERSON};Nord;Hans Müller;;;online;offen\n"
        f"W-77/4714;{PERSON};Nord;01.02.2024\n"
        f"W-77/4715;{PERSON};Nord;01.02.2024;;;hans.mueller@example.org;offen\n"
    )

    cleaned = clean(header + rows)

    texts = "".join(table.to_csv() for table in (*cleaned.tables.values(), cleaned.findings))
    for secret in (PERSON, "Wolkenstein", "Müller", "mueller", "4711", "4712", "4713", "4714"):
        assert secret not in texts
    assert cleaned.findings["check"].value_counts().to_dict() == {
        "personenbezug": 1,
        "doppelt": 1,
        "unbekannt": 2,
        "wert": 1,
        "zeile": 1,
    }
    personal = cleaned.findings.query("check == 'personenbezug'")
    assert personal["found"].item() == "Antragsteller (Name)"


def test_a_personal_column_cannot_be_mapped(clean: Clean) -> None:
    columns = {**COLUMNS, "unit": "Sachbearbeiter"}
    text = HEADER.replace("Dienststelle", "Sachbearbeiter") + "A;Hans Müller;01.02.2024;;;;offen\n"

    with pytest.raises(PrivacyError, match="Sachbearbeiter"):
        clean(text, mapping=make_mapping(columns=columns), names=make_names())


def test_a_column_that_is_missing_is_named_with_the_nearest(clean: Clean) -> None:
    columns = {**COLUMNS, "received": "Eingnag"}

    with pytest.raises(DataError, match=r"Eingnag.*Meinten Sie »Eingang«"):
        clean(HAND, mapping=make_mapping(columns=columns))


def test_a_workbook_gives_the_same_as_the_text(clean: Clean, tmp_path: Path) -> None:
    book = Workbook()
    for line in HAND.splitlines():
        book.active.append(line.split(";"))  # type: ignore[union-attr]
    book.save(tmp_path / "mappe.xlsx")

    cleaned = clean((tmp_path / "mappe.xlsx").read_bytes(), name="faelle.csv")

    text = clean(HAND)
    for name, rows in text.tables.items():
        pd.testing.assert_frame_equal(cleaned.tables[name], rows)
    assert cleaned.rows_read == text.rows_read


def test_a_workbook_has_its_faults_on_the_rows_of_the_sheet(clean: Clean, tmp_path: Path) -> None:
    book = Workbook()
    lines = [*HAND.splitlines(), "X;Nord;31.02.2024;;;online;offen", HAND.splitlines()[1]]
    for line in lines:
        book.active.append(line.split(";"))  # type: ignore[union-attr]
    book.save(tmp_path / "mappe.xlsx")

    cleaned = clean((tmp_path / "mappe.xlsx").read_bytes())

    assert [(each[0], each[2]) for each in list_findings(cleaned) if each[2]] == [
        ("wert", 9),
        ("doppelt", 10),
    ]


def test_hopeless_files_end_with_one_message(clean: Clean, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.cleaning.cases.faults.MOST_FINDINGS", 5)

    with pytest.raises(DataError, match="passen wohl nicht"):
        clean(HEADER + "A;Nord;x;;;online;offen\n" * 6)


def test_names_stay_out_of_what_is_not_known(clean: Clean) -> None:
    cleaned = clean(HEADER + "A;Nrod;01.02.2024;;;online;offen\n", names=NAMES)

    assert "»Nord«" in cleaned.findings["expected"].item()
