"""Published figures: cases as pairs of files, and proof that the real file loses no row.

Each case is ``cases/<name>_input.tsv`` (as received) and ``cases/<name>_expected.csv``: a line per
row of a table or finding (column ``where``); only the columns it names are compared, an empty cell
is not compared, ``–`` stands for nothing.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from analysis.cleaning.published_figures import RAW_COLUMNS, clean_published_figures
from analysis.cleaning.rules import load_rules
from analysis.errors import DataError
from analysis.fields import KINDS, OBSERVATION_TABLES, TABLES, load_measures
from analysis.readers.delimited import read_delimited

CASES = Path(__file__).with_name("cases")
NAMES = sorted(path.name.removesuffix("_input.tsv") for path in CASES.glob("*_input.tsv"))
REAL = "data/raw/muenchen/published_figures.tsv"
# What sources count in another unit than the registry names; such rows keep their own unit, so that
# nothing adds them up unseen.
KNOWN_ODD_UNITS = {
    ("allowance_cost", "EUR/Jahr"),
    ("online_services", "Formulare"),
    ("open", "Haushalte"),
    ("open", "Personen"),
    ("personnel_budget", "EUR/Jahr"),
    ("posts_approved", "VZÄ"),
    ("posts_filled", "Stellen"),
    ("received", "Anträge/Jahr"),
    ("received", "Gesuche/Jahr"),
    ("recipients", "Fälle"),
    ("recipients", "Haushalte"),
    ("recipients", "Personen"),
    ("staff_need", "Stellen"),
    ("temporary_staff", "Leiharbeitskräfte"),
}
KEYS = {"findings": ["row", "column"]}


def _clean(content: bytes, name: str = "probe.tsv"):
    read = read_delimited(content, name=name, encoding="utf-8", delimiter="\t")
    return clean_published_figures(read, file=name)


@pytest.fixture(scope="module")
def real_bytes(root):
    return (root / REAL).read_bytes()


@pytest.fixture(scope="module")
def real(real_bytes):
    return _clean(real_bytes, "published_figures.tsv")


def _results(cleaned):
    tables = {name: rows for name, rows in cleaned.tables.items() if name != "sources"}
    return {**tables, "findings": cleaned.findings}


def _agrees(found, expected: str) -> bool:
    if expected == "–":
        return pd.isna(found) or found == ""
    if isinstance(found, pd.Timestamp):
        return found == pd.Timestamp(expected)
    if isinstance(found, float):
        return found == pytest.approx(float(expected), rel=1e-7)
    return str(found) == expected


def _find_row(rows: pd.DataFrame, wanted: dict[str, str], keys: list[str]) -> pd.Series:
    hit = rows.loc[(rows[keys].astype("str") == [wanted[key] for key in keys]).all(axis=1)]
    assert len(hit) == 1, f"{wanted['where']}: {len(hit)} rows for {wanted}"
    return hit.iloc[0]


@pytest.mark.parametrize("name", NAMES)
def test_cases(name):
    results = _results(_clean((CASES / f"{name}_input.tsv").read_bytes()))
    with (CASES / f"{name}_expected.csv").open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream, delimiter=";"))
    for wanted in expected:
        row = _find_row(results[wanted["where"]], wanted, KEYS.get(wanted["where"], ["fact_id"]))
        compared = {key: text for key, text in wanted.items() if text and key != "where"}
        wrong = {key: row[key] for key, text in compared.items() if not _agrees(row[key], text)}
        assert wrong == {}, f"expected {wanted}"
    assert sum(len(rows) for rows in results.values()) == len(expected)


def test_every_row_of_the_real_file_is_in_exactly_one_table_or_rejected(real, real_bytes):
    reader = csv.reader(real_bytes.decode("utf-8").splitlines(keepends=True), delimiter="\t")
    next(reader)
    lines, start = [], reader.line_num + 1
    for _ in reader:
        lines.append(f"published_figures.tsv#{start}")
        start = reader.line_num + 1
    assert len(lines) == real.rows_read == 379
    kept = [
        origin
        for name in (*OBSERVATION_TABLES, "milestones")
        for origin in real.tables[name]["origin"]
    ]
    rejected = real.findings.loc[real.findings["rejected"] == "ja"]
    refused = (rejected["file"] + "#" + rejected["row"].astype("str")).tolist()
    assert sorted(kept + refused) == sorted(lines)


def test_the_only_row_refused_is_the_formula(real):
    assert real.findings[["severity", "row", "column"]].values.tolist() == [
        ["hinweis", 347, "value"]
    ]


def test_proofs_show_what_the_source_said(real, real_bytes):
    raw = pd.read_csv(
        pd.io.common.BytesIO(real_bytes), sep="\t", dtype="str", na_filter=False
    ).set_index("fact_id")
    figure = raw["value"] + " " + raw["unit"]
    said = figure + " · " + raw["period_or_asof"] + " · " + raw["qualifier"]
    for name in (*OBSERVATION_TABLES, "milestones"):
        rows = real.tables[name].set_index("fact_id")
        assert rows["published"].equals(said.loc[rows.index].rename("published").astype("str"))


def test_exact_figures_are_carried_over_unchanged(real, real_bytes):
    raw = pd.read_csv(pd.io.common.BytesIO(real_bytes), sep="\t", dtype="str", na_filter=False)
    plain = raw.loc[raw["qualifier"].eq("exact") & raw["value"].str.fullmatch(r"-?\d+(\.\d+)?")]
    plain = plain.loc[~plain["unit"].isin(["Wochen", "Jahr"])].set_index("fact_id")
    rows = pd.concat([real.tables[name] for name in OBSERVATION_TABLES]).set_index("fact_id")
    wanted = plain["value"].astype("float64")
    assert len(wanted) > 100
    for column in ("value", "lower", "upper"):
        assert (rows.loc[wanted.index, column] == wanted).all()


def test_names_of_authors_do_not_enter_the_tables(real, real_bytes):
    raw = pd.read_csv(pd.io.common.BytesIO(real_bytes), sep="\t", dtype="str", na_filter=False)
    by_lines = raw["source_title"].str.extract(r"^(?:.*\b)?SZ\b.*\(([^()\d]+)\)$")[0].dropna()
    authors = set(by_lines)
    assert len(authors) >= 4
    for name, rows in real.tables.items():
        for column in rows.select_dtypes("str"):
            text = " ".join(rows[column])
            found = [author for author in authors if re.search(rf"\b{author}\b", text)]
            assert found == [], f"{name}.{column}"


def test_sources_are_counted_once_each(real):
    sources = real.tables["sources"]
    assert sources["source_id"].is_unique
    assert sources["figures"].sum() == 379
    used = pd.concat([real.tables[name] for name in (*OBSERVATION_TABLES, "milestones")])
    assert set(used["source_id"]) <= set(sources["source_id"])


def test_a_missing_column_is_named_with_the_nearest_one():
    text = "\t".join(RAW_COLUMNS).replace("qualifier", "qualifer") + "\n" + "x\t" * 10 + "x\n"
    with pytest.raises(DataError) as caught:
        _clean(text.encode())
    assert "»qualifier«" in caught.value.message
    assert "Meinten Sie »qualifer«?" in caught.value.message


def test_a_truncated_row_is_a_finding_and_the_others_go_on():
    lines = (CASES / "several_families_input.tsv").read_bytes().splitlines(keepends=True)
    lines[2] = b"F902\twohngeld_muenchen\topen_appl\n"
    cleaned = _clean(b"".join(lines))
    finding = cleaned.findings.iloc[0]
    assert (finding["severity"], finding["row"], finding["rejected"]) == ("fehler", 3, "ja")
    assert "3 Felder" in finding["found"]
    assert finding["expected"] == "11 Felder"
    kept = sum(len(rows) for name, rows in cleaned.tables.items() if name != "sources")
    assert (kept, cleaned.rows_read) == (6, 7)


def test_further_columns_change_nothing():
    plain = (CASES / "several_families_input.tsv").read_text("utf-8")
    # names that cleaning itself adds
    wider = "\n".join(
        line + ("\tkind\tplace" if number == 0 else "\tx\ty")
        for number, line in enumerate(plain.splitlines())
    )
    first, second = _clean(plain.encode()).tables, _clean(wider.encode()).tables
    for name, rows in first.items():
        pd.testing.assert_frame_equal(second[name], rows)


def test_tables_have_the_columns_of_the_registry(real):
    for name, rows in real.tables.items():
        assert rows.columns.tolist() == [field.name for field in TABLES[name]]


class TestCodingTables:
    """The coding tables themselves."""

    def test_each_topic_and_indicator_is_coded_once(self):
        assert not load_rules("figure_measures").duplicated(["topic", "indicator"]).any()

    def test_they_use_registered_families_kinds_and_measures(self):
        rules = load_rules("figure_measures")
        assert set(rules["family"]) <= {*OBSERVATION_TABLES, "milestones", "none"}
        assert set(rules["kind"]) <= set(KINDS)
        counted = rules.loc[rules["family"].isin(OBSERVATION_TABLES)]
        assert set(counted["measure"]) <= load_measures().keys()

    def test_overrides_name_real_figures_and_one_value_per_column(self, real_bytes):
        overrides = load_rules("figure_overrides")
        known = {line.split("\t", 1)[0] for line in real_bytes.decode().splitlines()}
        assert set(overrides["fact_id"]) <= known
        assert set(overrides["column"]) <= {"method", "measure", "unit", "kind", "service"}
        assert not overrides.duplicated(["fact_id", "column"]).any()
        measures = overrides.loc[overrides["column"] == "measure", "value"]
        assert set(measures) <= load_measures().keys()

    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ("places", "geography"),
            ("units", "unit"),
            ("milestones", "fact_id"),
            ("documents", "document"),
        ],
    )
    def test_keys_are_unique(self, table, key):
        assert load_rules(table)[key].is_unique

    def test_every_place_of_the_real_file_is_listed(self, real):
        assert "geography" not in set(real.findings["column"])

    def test_a_week_is_seven_days_of_a_month_of_the_mean_year(self):
        factor = load_rules("units").set_index("unit").loc["Wochen", "factor"]
        assert float(factor) == pytest.approx(7 / (365.25 / 12), rel=1e-12)

    def test_units_become_those_of_the_measure(self, real):
        measures = load_measures()
        rows = pd.concat([real.tables[name] for name in OBSERVATION_TABLES])
        expected = rows["measure"].map(lambda name: measures[name].unit)
        odd = rows.loc[rows["measure_unit"] != expected, ["measure", "measure_unit"]]
        assert set(odd.itertuples(index=False, name=None)) == KNOWN_ODD_UNITS
