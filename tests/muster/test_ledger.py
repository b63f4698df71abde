"""Each entry of the ledger is a difference to the faultless set at that very place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from analysis.fields import CHECKS
from analysis.muster import Muster, make_muster, plans
from analysis.muster.faults import HIDDEN_COLUMN, PERSONAL_COLUMNS
from analysis.readers.result import LINE, Read
from analysis.sources import RawFile

Reader = Callable[[RawFile], Read]
_COUNTED = ("Anträge / eingegangen", "Anträge / erledigt", "Anträge / offen am Monatsende")


def test_without_faults_the_ledger_is_empty(clean_set: Muster):
    assert clean_set.ledger.empty


@pytest.mark.parametrize("faults", [1, 3])
def test_of_each_kind_there_are_as_many_as_asked_for(faults: int):
    ledger = make_muster(9, 3000, faults).ledger
    kinds = ledger.groupby(["check", "file", "column", "description"]).size()
    assert set(ledger["check"]) == set(CHECKS) - {"annahme"}
    counts = ledger.groupby(["check", "file"]).size()
    assert counts["sprung", plans.STRAIN] == faults
    assert counts["historie", plans.COUNTS] == faults
    assert counts["erledigt_ueber_offen", plans.COUNTS] == faults
    assert counts["bestand", plans.COUNTS] == faults
    assert counts["reihenfolge", plans.CASES] == 2 * faults
    assert counts["unbekannt", plans.CASES] == 2 * faults
    assert kinds.max() <= faults


def test_places_are_distinct(faulty_set: Muster):
    ledger = faulty_set.ledger
    in_rows = ledger.loc[ledger["row"] > 0]
    assert not in_rows.duplicated(["file", "row"]).any()


def test_changed_and_added_rows_are_new(
    faulty_set: Muster,
    clean_files: dict[str, RawFile],
    faulty_files: dict[str, RawFile],
    read_file: Reader,
):
    ledger = faulty_set.ledger
    seen = 0
    for name, entries in ledger.loc[ledger["row"] > 0].groupby("file"):
        before = Counter(_tell_rows(read_file(clean_files[str(name)])).values())
        result = read_file(faulty_files[str(name)])
        after = _tell_rows(result)
        totals = Counter(after.values())
        misfits = {misfit.line for misfit in result.misfits}
        for entry in entries.to_dict("records"):
            row, check = entry["row"], entry["check"]
            if check in {"historie", "lesen"}:
                continue
            seen += 1
            if check == "zeile":
                assert row in misfits
                continue
            # Either no such row was there before, or not as often.
            assert totals[after[row]] > before[after[row]], entry
    assert seen > 60


def test_columns_of_the_ledger_exist(
    faulty_set: Muster, faulty_files: dict[str, RawFile], read_file: Reader
):
    for name, entries in faulty_set.ledger.groupby("file"):
        columns = {"", *read_file(faulty_files[str(name)]).rows.columns}
        assert set(entries["column"]) <= columns


def test_cells_that_are_named_are_those_that_differ(
    faulty_set: Muster,
    clean_files: dict[str, RawFile],
    faulty_files: dict[str, RawFile],
    read_file: Reader,
):
    """Of faults in a single cell the row is, without that cell, a row of the faultless set."""
    single = faulty_set.ledger.loc[
        faulty_set.ledger["check"].isin(
            ["wert", "unmoeglich", "unbekannt", "name_veraltet", "besetzt_ueber_plan", "sprung"]
        )
        | (faulty_set.ledger["check"] == "reihenfolge")
        | (faulty_set.ledger["column"] == "Monat")
    ]
    for name, entries in single.groupby("file"):
        before = read_file(clean_files[str(name)]).rows
        after = read_file(faulty_files[str(name)]).rows.set_index(LINE)
        for entry in entries.to_dict("records"):
            column = entry["column"]
            others = [each for each in before.columns if each not in {column, LINE}]
            row = after.loc[entry["row"]]
            fitting = before.loc[(before[others] == row[others]).all(axis=1)]
            assert len(fitting) >= 1, entry
            assert row[column] not in set(fitting[column]), entry


def test_history_differs_from_the_earlier_delivery(
    faulty_set: Muster, faulty_files: dict[str, RawFile], read_file: Reader
):
    now = read_file(faulty_files[plans.COUNTS]).rows.set_index(LINE)
    then = read_file(faulty_files[plans.EARLIER]).rows
    changed = faulty_set.ledger.loc[faulty_set.ledger["check"] == "historie"]
    for entry in changed.to_dict("records"):
        row = now.loc[entry["row"]]
        same = then.loc[
            (then["Leistung"] == row["Leistung"])
            & (then["Dienststelle"] == row["Dienststelle"])
            & (then["Monat"] == row["Monat"])
        ]
        assert int(same["eingegangen"].iloc[0]) == int(row[_COUNTED[0]]) + 2
        assert same["erledigt"].iloc[0] == row[_COUNTED[1]]


def test_gaps_are_missing_rows(
    faulty_set: Muster,
    clean_files: dict[str, RawFile],
    faulty_files: dict[str, RawFile],
    read_file: Reader,
):
    key = ["Monat", "Leistung", "Eingangsweg"]
    before, after = (
        read_file(files[plans.ADOPTION]).rows[key] for files in (clean_files, faulty_files)
    )
    missing = set(before.itertuples(index=False, name=None)) - set(
        after.itertuples(index=False, name=None)
    )
    gaps = faulty_set.ledger.loc[faulty_set.ledger["check"] == "luecke"]
    told = {f"{service}, {channel}: {month} fehlt" for month, service, channel in missing}
    assert set(gaps["description"]) == told
    assert len(told) == 2


def test_hidden_parts_and_personal_columns_are_there(
    faulty_set: Muster,
    clean_files: dict[str, RawFile],
    faulty_files: dict[str, RawFile],
    read_file: Reader,
):
    workbook = read_file(faulty_files[plans.COUNTS])
    kinds = Counter(remark.kind for remark in workbook.remarks)
    before = Counter(remark.kind for remark in read_file(clean_files[plans.COUNTS]).remarks)
    assert (kinds["hidden"], kinds["error_cell"]) == (2, 2)
    assert (before["hidden"], before["error_cell"]) == (0, 0)
    assert HIDDEN_COLUMN in workbook.rows
    cases = read_file(faulty_files[plans.CASES]).rows
    clean = read_file(clean_files[plans.CASES]).rows
    added = [column for column in cases if column not in clean]
    assert added == list(PERSONAL_COLUMNS[:2])
    personal = faulty_set.ledger.loc[faulty_set.ledger["check"] == "personenbezug"]
    assert personal["description"].str.endswith(": " + ", ".join(added)).tolist() == [True]


def _tell_rows(result: Read) -> dict[int, tuple[str, ...]]:
    columns = [
        column
        for column in result.rows.columns
        if column not in {LINE, HIDDEN_COLUMN, *PERSONAL_COLUMNS}
    ]
    cells = result.rows[columns].astype("str")
    return dict(zip(result.rows[LINE], map(tuple, cells.to_numpy().tolist()), strict=True))
