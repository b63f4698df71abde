"""The checks against the ledger: every planted fault is found, nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import pytest

from analysis.cleaning.cases import clean_cases
from analysis.cleaning.consistency import check_observations
from analysis.cleaning.exports import clean_export
from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.names import (
    Names,
    check_units_in_charge,
    clean_service_names,
    clean_unit_names,
    make_names,
)
from analysis.muster import Muster, make_muster, plans, write_muster
from analysis.readers.result import Read
from analysis.readers.values import parse_dates
from analysis.sources import RawFile, list_raw_files, read_raw_file

Reader = Callable[[RawFile], Read]
_PLACE = ["check", "file", "row", "column"]


class Checked(NamedTuple):
    """What cleaning and checking make of a set."""

    tables: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    rows: pd.DataFrame


def check_all(files: dict[str, RawFile], read_file: Reader) -> Checked:
    names, register_findings = _clean_registers(files, read_file)
    parts: dict[str, list[pd.DataFrame]] = {}
    findings, accounts = [register_findings], []
    earlier = pd.DataFrame()
    for name, raw in files.items():
        if raw.mapping is None:
            continue
        cleaned = _clean(raw, names, read_file)
        rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
        accounts.append((name, cleaned.rows_read, (cleaned.rows_kept or 0) + rejected))
        findings.append(cleaned.findings)
        if name == plans.EARLIER:
            earlier = cleaned.tables["case_counts"].assign(dataset="case_counts")
            continue
        for table, rows in cleaned.tables.items():
            parts.setdefault(table, []).append(rows)
    tables = {table: pd.concat(each, ignore_index=True) for table, each in parts.items()}
    found = join_findings(*findings)
    known = {**tables, "unit_names": names.units, "findings": found}
    found = join_findings(found, check_observations(known, earlier))
    return Checked(tables, found, pd.DataFrame(accounts, columns=["file", "read", "told"]))


def _clean(raw: RawFile, names: Names, read_file: Reader) -> Cleaned:
    assert raw.mapping is not None
    as_of = raw.sidecar.as_of
    if raw.mapping.dataset == "cases":
        options = raw.sidecar.format.stated_options()
        return clean_cases(
            raw.path, raw.mapping, names, as_of=as_of, file=raw.name, format_options=options
        )
    return clean_export(read_file(raw), raw.mapping, names, file=raw.name, as_of=as_of)


def _clean_registers(files: dict[str, RawFile], read_file: Reader) -> tuple[Names, pd.DataFrame]:
    units = clean_unit_names(read_file(files[plans.UNIT_REGISTER]), file=plans.UNIT_REGISTER)
    services = clean_service_names(
        read_file(files[plans.SERVICE_REGISTER]), file=plans.SERVICE_REGISTER
    )
    names = make_names(units.tables["unit_names"], services.tables["service_names"])
    return names, join_findings(units.findings, services.findings, check_units_in_charge(names))


def _without_sums(findings: pd.DataFrame) -> pd.DataFrame:
    """Subtotals are part of the layout; cleaning notes that it leaves them out."""
    return findings.loc[~findings["message"].str.startswith("Summenzeilen")]


def _count_places(findings: pd.DataFrame) -> Counter[tuple[str, ...]]:
    return Counter(findings[_PLACE].astype("str").itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def clean(clean_files: dict[str, RawFile], read_file: Reader) -> Checked:
    return check_all(clean_files, read_file)


@pytest.fixture(scope="module")
def faulty(faulty_files: dict[str, RawFile], read_file: Reader) -> Checked:
    return check_all(faulty_files, read_file)


def test_nothing_is_invented_on_the_faultless_set(
    clean: Checked, clean_files: dict[str, RawFile], read_file: Reader
):
    left = _without_sums(clean.findings)
    assert left[[*_PLACE, "message"]].to_dict("records") == []
    # One note says that the subtotals of the workbook are left out.
    assert clean.findings["file"].tolist() == [plans.COUNTS]
    assert len(read_file(clean_files[plans.COUNTS]).sums) > 0


def test_exactly_the_planted_faults_are_found(faulty: Checked, faulty_set: Muster):
    found, planted = _count_places(_without_sums(faulty.findings)), _count_places(faulty_set.ledger)
    assert (found - planted, planted - found) == (Counter(), Counter())


@pytest.mark.parametrize(("seed", "faults"), [(21, 5)])
def test_so_it_is_with_other_cities(
    seed: int, faults: int, tmp_path_factory: pytest.TempPathFactory, read_file: Reader
):
    made = make_muster(seed, 2500, faults)
    folder = tmp_path_factory.mktemp("other")
    write_muster(made, folder)
    files = {path.name: read_raw_file(path, origin="synthetic") for path in list_raw_files(folder)}
    found = _count_places(_without_sums(check_all(files, read_file).findings))
    planted = _count_places(made.ledger)
    assert (found - planted, planted - found) == (Counter(), Counter())


def test_no_row_is_lost(clean: Checked, faulty: Checked):
    for checked in (clean, faulty):
        assert len(checked.rows) == 12
        assert checked.rows["read"].tolist() == checked.rows["told"].tolist()


def test_monthly_counts_of_the_cases_are_those_of_a_naive_count(
    clean: Checked, clean_files: dict[str, RawFile], read_file: Reader
):
    rows = read_file(clean_files[plans.CASES]).rows
    begin = parse_dates(rows["Antragseingang"])["value"]
    end = parse_dates(rows["Bescheid vom"])["value"]
    units = rows["Sozialregion"].replace({"SBH Güterbahnhof": "SBH Gleispark"})
    table = clean.tables["case_counts"]
    own = table.loc[table["source_id"] == plans.CASES]
    labels = {
        "sbh_gleispark": "SBH Gleispark",
        "sbh_hafen": "SBH Hafen",
        "sbh_kanalviertel": "SBH Kanalviertel",
    }
    for unit, label in labels.items():
        mine = units == label
        for month in pd.period_range("2021-01", "2025-12", freq="M"):
            first, last = month.start_time, month.end_time.normalize()
            expected = {
                "received": int((mine & begin.between(first, last)).sum()),
                "decided": int((mine & end.between(first, last)).sum()),
                "open": int((mine & (begin <= last) & ~(end <= last)).sum()),
            }
            found = own.loc[(own["unit"] == unit) & (own["period_end"] == last)]
            values = found.set_index("measure")["value"]
            assert {name: values[name] for name in expected} == expected


def test_planted_persons_are_in_no_table_and_no_finding(faulty: Checked, faulty_set: Muster):
    content = faulty_set.files[plans.CASES].decode("cp1252")
    assert "Mustermann" in content
    assert "@example.org" in content
    for rows in (*faulty.tables.values(), faulty.findings):
        texts = rows.select_dtypes("str")
        for name in ("Mustermann", "Musterfrau", "@example.org", "WG-202"):
            assert not texts.apply(lambda column, n=name: column.str.contains(n).any()).any()
