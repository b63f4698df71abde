"""The three real files; expected values were looked up in the bytes, line by line."""

from __future__ import annotations

import pytest

from analysis.readers.recognise import read, recognise
from analysis.readers.values import OFFICIAL_LEGEND, REGIONAL_LEGEND, parse_dates, parse_numbers

KINDS = {"muenchen": "monatszahlen", "regional": "ffcsv", "genesis": "ffcsv"}


def _at(rows, line):
    return rows[rows["source_row"] == line].iloc[0]


@pytest.mark.parametrize(("start", "kind"), KINDS.items())
def test_each_is_recognised_and_no_line_is_lost(sample, start, kind):
    content = sample(start)
    assert recognise(content, "x") == kind
    result = read(content, "x")
    lines = {*result.rows["source_row"], *result.sums["source_row"]}
    assert lines == set(range(2, len(content.splitlines()) + 1))
    assert not result.misfits


def test_regional_table(sample):
    rows = read(sample("regional"), "x").rows
    assert len(rows) == 489
    munich = _at(rows, 398)
    assert munich["1_variable_attribute_code"] == "09162"
    assert munich["1_variable_attribute_label"] == "München, kreisfreie Stadt"
    assert (munich["value"], munich["value_unit"], munich["time"]) == ("1", "Anzahl", "2024-12-31")
    assert munich["value_variable_label"] == "Zahl der Gemeinden"
    assert _at(rows, 419)["value"] == "29"
    assert _at(rows, 2)["value"] == "24"
    assert (rows["value"] == "-").sum() == 76
    assert (rows["value"] == ".").sum() == 15


def test_dissolved_districts_are_no_zero_and_secret_is_none(sample):
    rows = read(sample("regional"), "x", legend=REGIONAL_LEGEND).rows
    numbers = parse_numbers(rows["value"], legend=REGIONAL_LEGEND)
    assert (rows["value_code"] == numbers["code"]).all()
    assert numbers.loc[rows["value"].isin(["-", "."]), "value"].isna().all()
    assert (numbers["problem"] == "").all()
    # awk -F';' '{s+=$10} END {print s}' over the lines with a number
    assert numbers["value"].sum() == pytest.approx(_sum_by_hand(sample("regional")))


def _sum_by_hand(content: bytes) -> int:
    fields = (line.split(b";")[9] for line in content.splitlines()[1:])
    return sum(int(value) for value in fields if value.isdigit())


def test_genesis_table_with_three_dimensions(sample):
    rows = read(sample("genesis"), "x").rows
    assert len(rows) == 225
    assert sum(name.endswith("_attribute_code") for name in rows.columns) == 3
    first = _at(rows, 2)
    assert first["3_variable_attribute_label"] == "30 bis unter 35 Jahre"
    assert first["2_variable_attribute_code"] == ""
    assert (first["value"], first["value_unit"]) == ("4543", "1000")
    assert first["value_variable_code"] == "ERW041"
    codes = rows["value_code"].value_counts().to_dict()
    assert codes == {"": 210, "not_meaningful": 9, "unreliable": 6}
    numbers = parse_numbers(rows["value"], legend=OFFICIAL_LEGEND)
    assert numbers["value"].isna().sum() == 15


def test_monthly_figures(sample):
    result = read(sample("muenchen"), "x")
    assert len(result.rows) == 1932
    assert len(result.sums) == 154
    total = _at(result.sums, 1991)
    assert total[["MONATSZAHL", "AUSPRAEGUNG", "JAHR", "MONAT"]].tolist() == [
        "Verkehrsunfälle",
        "Verletzte und Getötete",
        "2021",
        "Summe",
    ]
    assert total["WERT"] == "5560"
    january = _at(result.rows, 1992)
    assert (january["MONAT"], january["WERT"], january["VORJAHRESWERT"]) == ("202101", "177", "360")
    change = parse_numbers(result.rows["VERAEND_VORMONAT_PROZENT"], decimal=".")
    assert change.loc[january.name, "value"] == -43.09
    assert (
        parse_dates(result.rows["MONAT"])
        .loc[january.name, "end"]
        .isoformat()
        .startswith("2021-01-31")
    )
    assert (result.rows["_id"] == "").all()


def test_figures_of_coming_months_are_missing_not_zero(sample):
    rows = read(sample("muenchen"), "x").rows
    last = _at(rows, 2087)
    assert (last["MONAT"], last["WERT"], last["VORJAHRESWERT"]) == ("202212", "", "340")
    assert parse_numbers(rows["WERT"]).loc[last.name, "code"] == "empty"
