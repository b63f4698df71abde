"""The set of files: the same bytes again, readable as described, figures that fit each other."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cleaning.equipment import clean_equipment
from analysis.cleaning.measures import clean_measures
from analysis.cleaning.motions import clean_motions
from analysis.cleaning.services import clean_services
from analysis.errors import UsageError
from analysis.mappings import require_mapped_columns
from analysis.muster import Muster, make_muster, plans, write_muster
from analysis.readers.recognise import read, recognise
from analysis.readers.result import Read
from analysis.readers.values import parse_dates, parse_numbers
from analysis.sources import RawFile

Rows = Callable[[str], pd.DataFrame]
_MONTHS = pd.period_range("2021-01", "2025-12", freq="M")


def test_the_same_arguments_give_the_same_bytes(faulty_set: Muster):
    again = make_muster(3, 6000, 2)
    assert again.files == faulty_set.files
    pd.testing.assert_frame_equal(again.ledger, faulty_set.ledger)


def test_another_seed_gives_another_set(clean_set: Muster):
    other = make_muster(4, 6000, 0)
    assert other.files.keys() == clean_set.files.keys()
    for name in (plans.CASES, plans.COUNTS, plans.STAFF, plans.ADOPTION):
        assert other.files[name] != clean_set.files[name]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((-1, 6000, 0), "Startwert"), ((1, 999, 0), "Vorgänge"), ((1, 6000, 6), "Fehler je Art")],
)
def test_arguments_out_of_range_are_refused(arguments: tuple[int, int, int], word: str):
    with pytest.raises(UsageError, match=word):
        make_muster(*arguments)


def test_files_are_recognised_as_their_sidecars_say(faulty_files: dict[str, RawFile]):
    assert set(faulty_files) == set(plans.PLANS)
    for name, raw in faulty_files.items():
        kind = raw.sidecar.format.kind
        if kind != "delimited":
            assert recognise(raw.read_bytes(), name) == kind
        assert raw.sidecar.title.startswith("Musterdaten: ")
        assert raw.sidecar.licence == "CC0-1.0"


def test_mapped_columns_exist(
    faulty_files: dict[str, RawFile], read_file: Callable[[RawFile], Read]
):
    mapped = [raw for raw in faulty_files.values() if raw.mapping is not None]
    assert len(mapped) == 12
    for raw in mapped:
        assert raw.mapping is not None
        require_mapped_columns(raw.mapping, read_file(raw).rows.columns, file=raw.name)
        assert raw.mapping.previous in {"", *faulty_files}


def test_formats_and_encodings_differ_as_offices_deliver(clean_files: dict[str, RawFile]):
    starts = {name: raw.read_bytes()[:4] for name, raw in clean_files.items()}
    assert starts[plans.EARLIER][:2] == b"\xff\xfe"
    assert starts[plans.VACANCIES][:3] == b"\xef\xbb\xbf"
    cases = clean_files[plans.CASES].read_bytes()
    assert "vollständig".encode("cp1252") in cases
    assert "vollständig".encode() not in cases
    assert "Anträge".encode("iso8859-15") in clean_files[plans.ADOPTION].read_bytes()


def test_subtotals_of_the_workbook_are_sums_of_its_rows(
    clean_files: dict[str, RawFile], read_file: Callable[[RawFile], Read]
):
    result = read_file(clean_files[plans.COUNTS])
    formulas = [remark for remark in result.remarks if remark.kind == "formula"]
    assert formulas
    assert len(result.sums) > 30
    for column in ("Anträge / eingegangen", "Anträge / erledigt"):
        rows = _numbers(result.rows, column)
        sums = _numbers(result.sums, column)
        assert sums.sum() == rows.sum()


def test_stocks_follow_from_flows_in_the_file(rows_of: Rows):
    rows = rows_of(plans.COUNTS)
    flows = pd.DataFrame(
        {
            "service": rows["Leistung"].replace({"Bildungspaket": "Bildung und Teilhabe"}),
            "unit": rows["Dienststelle"].replace({"SBH Güterbahnhof": "SBH Gleispark"}),
            "month": parse_dates(rows["Monat"])["value"],
            "change": _numbers(rows, "Anträge / eingegangen")
            - _numbers(rows, "Anträge / erledigt"),
            "open": _numbers(rows, "Anträge / offen am Monatsende"),
        }
    ).sort_values(["service", "unit", "month"])
    groups = flows.groupby(["service", "unit"])
    assert len(groups) == 12 + 13 + 12 + 1 + 1
    assert (groups.size() == 60).all()
    assert (groups["open"].diff().dropna() == flows["change"][groups.cumcount() > 0]).all()


def test_received_is_what_came_in_through_all_channels(rows_of: Rows):
    counts, channels = rows_of(plans.COUNTS), rows_of(plans.ADOPTION)
    by_unit = _sum_by_month(counts, _numbers(counts, "Anträge / eingegangen"))
    by_channel = _sum_by_month(channels, _numbers(channels, "Anträge"))
    pd.testing.assert_series_equal(by_unit, by_channel, check_names=False)


def test_monthly_counts_of_the_cases_make_a_stock(rows_of: Rows):
    """Naively counted: one dictionary entry per case and month."""
    rows = rows_of(plans.CASES)
    assert len(rows) == 6000
    received: dict[str, int] = {}
    closed: dict[str, int] = {}
    for begin, end in zip(rows["Antragseingang"], rows["Bescheid vom"], strict=True):
        month = f"{begin[6:]}-{begin[3:5]}"
        received[month] = received.get(month, 0) + 1
        if end:
            month = f"{end[6:]}-{end[3:5]}"
            closed[month] = closed.get(month, 0) + 1
    begins = parse_dates(rows["Antragseingang"])["value"]
    ends = parse_dates(rows["Bescheid vom"])["value"]
    stock = 0
    for period in _MONTHS:
        stock += received[str(period)] - closed[str(period)]
        last = period.end_time
        assert stock == int(((begins <= last) & ~(ends <= last)).sum())
    assert stock == int((rows["Status"] == "in Bearbeitung").sum())


def test_dates_of_a_case_are_in_order(rows_of: Rows):
    rows = rows_of(plans.CASES)
    begin, complete, end = (
        parse_dates(rows[name])["value"]
        for name in ("Antragseingang", "Unterlagen vollständig", "Bescheid vom")
    )
    assert rows["Vorgangs-ID"].is_unique
    assert not (complete < begin).any()
    decided = rows["Status"] == "entschieden"
    assert (end[decided] > complete[decided]).all()
    assert (end.notna() == (rows["Status"] != "in Bearbeitung")).all()
    assert end.max() <= pd.Timestamp("2025-12-31")


def test_some_cells_are_small_enough_to_need_protection(rows_of: Rows):
    received = _numbers(rows_of(plans.COUNTS), "Anträge / eingegangen")
    small = float(((received > 0) & (received < 5)).mean())
    assert 0.005 < small < 0.2


def test_the_earlier_delivery_repeats_the_first_months(rows_of: Rows):
    now, then = rows_of(plans.COUNTS), rows_of(plans.EARLIER)
    months = parse_dates(now["Monat"])["value"]
    early = now.loc[months <= pd.Timestamp("2025-05-31")]
    columns = list(then.columns[:6])
    same = early.iloc[:, :6].set_axis(columns, axis=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(same, then[columns])


def test_registers_are_clean(clean_files: dict[str, RawFile], read_file: Callable[[RawFile], Read]):
    cleaners = {
        plans.DIGITAL_REGISTER: clean_services,
        plans.MOTION_REGISTER: clean_motions,
        plans.EQUIPMENT_REGISTER: clean_equipment,
        plans.MEASURE_REGISTER: clean_measures,
    }
    for name, clean in cleaners.items():
        result = clean(read_file(clean_files[name]), file=name)
        assert result.findings.empty
        assert result.rows_read == sum(map(len, result.tables.values())) > 3


def test_faults_change_nothing_else(clean_set: Muster, faulty_set: Muster):
    """Lines of the files in text that differ are as few as the ledger lets expect."""
    ledger = faulty_set.ledger
    for name in (plans.STRAIN, plans.VACANCIES, plans.ADOPTION, plans.FORMS):
        before = clean_set.files[name].split(b"\r\n")
        after = faulty_set.files[name].split(b"\r\n")
        planted = ledger.loc[ledger["file"] == name]
        changed = set(after) - set(before)
        repeated = len(after) - len(set(after)) - (len(before) - len(set(before)))
        in_rows = planted.loc[planted["row"] > 0, "row"].nunique()
        assert len(changed) + repeated == in_rows


def test_nothing_foreign_is_overwritten(clean_set: Muster, tmp_path: Path):
    write_muster(clean_set, tmp_path / "muster")
    write_muster(clean_set, tmp_path / "muster")
    (tmp_path / "muster" / "eigene.csv").write_text("a;b\n")
    with pytest.raises(UsageError, match=r"eigene\.csv"):
        write_muster(clean_set, tmp_path / "muster")
    city = tmp_path / "city"
    city.mkdir()
    (city / "services.csv.meta.toml").write_text('origin = "documented"\n')
    with pytest.raises(UsageError, match=r"services\.csv\.meta\.toml"):
        write_muster(clean_set, city)


def test_the_committed_set_is_what_the_command_writes(root: Path):
    """Of workbooks the content counts: packed bytes depend on the library that packs."""
    made = make_muster()
    folder = root / "data" / "raw" / "musterstadt"
    committed = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert committed.keys() == made.files.keys()
    assert sum(map(len, committed.values())) < 5_000_000
    for name, content in committed.items():
        if name.endswith(".xlsx"):
            pd.testing.assert_frame_equal(
                read(content, name).rows, read(made.files[name], name).rows
            )
        elif name.removesuffix(".meta.toml").endswith(".xlsx"):
            packed = hashlib.sha256(committed[name.removesuffix(".meta.toml")]).hexdigest()
            assert tomllib.loads(content.decode())["sha256"] == packed
        else:
            assert content == made.files[name], name


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    parsed = parse_numbers(rows[column])
    assert not parsed["problem"].any()
    return parsed["value"]


def _sum_by_month(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    service = rows["Leistung"].replace({"Bildungspaket": "Bildung und Teilhabe"})
    month = parse_dates(rows["Monat"])["value"]
    return values.groupby([service.to_numpy(), np.asarray(month)]).sum().sort_index()
