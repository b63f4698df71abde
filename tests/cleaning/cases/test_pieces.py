"""Where a file is cut, who reads the pieces and how it is encoded make no difference."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pytest

from analysis.cleaning.cases import Threads, clean_cases, open_cluster
from analysis.cleaning.findings import Cleaned
from analysis.errors import DataError, UsageError
from analysis.readers.streaming import find_layout, plan_pieces

from .conftest import AS_OF, HEADER, NAMES, Clean, list_findings, make_mapping

Item = TypeVar("Item")
Result = TypeVar("Result")

HEAD = HEADER.replace("Stand", "Stand;Notiz")
TEXT = (
    HEAD
    + 'A-01;Nord;01.02.2024;02.02.2024;11.02.2024;online;entschieden;"zwei\nZeilen; ""x"""\n'
    + "A-02;Süd;31.02.2024;;;online;offen;\n"
    + "\n"
    + "A-01;Nord;01.02.2024;02.02.2024;11.02.2024;online;entschieden;anders\n"
    + "A-03;Nord;05.02.2024;;;Papier\n"
    + 'A-04;Süd;05.01.2024;;04.02.2024;"E-Mail";entschieden;5" Rohr\n'
    + "A-04;Süd;05.01.2024;;05.02.2024;E-Mail;entschieden;\n"
    + "A-05;Mitte;05.01.2024;;05.02.2024;E-Mail;entschieden;\n"
    + "A-06;Nord;15.03.2024;;;;offen;\n"
    + "\nSumme;;9;;;;;\nQuelle: Fachverfahren\n"
)
FOUND = [
    ("lesen", 0),  # one case without channel
    ("wert", 4),
    ("doppelt", 6),
    ("zeile", 7),
    ("doppelt", 9),
    ("unbekannt", 10),
    ("lesen", 13),
    ("lesen", 14),
]


def assert_same(one: Cleaned, other: Cleaned) -> None:
    assert one.rows_read == other.rows_read
    assert one.rows_kept == other.rows_kept
    pd.testing.assert_frame_equal(one.findings, other.findings, check_exact=True)
    assert one.tables.keys() == other.tables.keys()
    for name, rows in one.tables.items():
        pd.testing.assert_frame_equal(rows, other.tables[name], check_exact=True)


def test_all_faults_of_the_sample_are_found_on_their_lines(clean: Clean) -> None:
    cleaned = clean(TEXT)

    assert [(each[0], each[2]) for each in list_findings(cleaned)] == FOUND
    assert (cleaned.rows_read, cleaned.rows_kept) == (8, 3)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_cut_at_any_byte_gives_the_same(clean: Clean, tmp_path: Path, ends: str) -> None:
    text = TEXT.replace("\n", ends)
    whole = clean(text, executor=Threads(1))
    layout = find_layout(tmp_path / "faelle.csv", name="faelle.csv")

    # Sizes that give the same pieces need not be cleaned twice.
    plans = {tuple(plan_pieces(layout, size)): size for size in range(1, len(text.encode()) + 2)}

    assert len(plans) > 8
    for size in plans.values():
        assert_same(clean(text, piece_bytes=size, executor=Threads(1)), whole)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("cp1252", b""),
        ("iso8859-15", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
    ],
)
def test_the_encoding_makes_no_difference(clean: Clean, encoding: str, mark: bytes) -> None:
    content = mark + TEXT.encode(encoding)

    for size in (97, 8 * 1024**2):
        assert_same(clean(content, piece_bytes=size, executor=Threads(1)), clean(TEXT))


def test_characters_beyond_ascii_may_come_late(clean: Clean) -> None:
    rows = "".join(f"X-{n};Nord;01.02.2024;;;online;offen\n" for n in range(30_000))
    late = HEADER.replace("ä", "ae") + rows + "Y;Süd;01.02.2024;;;online;offen\n"
    columns = {**make_mapping().columns, "complete": "Vollstaendig"}

    cleaned = clean(late.encode("cp1252"), mapping=make_mapping(columns=columns))

    assert cleaned.findings.empty
    assert set(cleaned.tables["case_counts"]["unit"]) == {"nord", "sued"}


def test_a_stated_dialect_is_taken_as_it_is(clean: Clean) -> None:
    text = HEAD + "A;Nord;01.02.2024;;;online;offen;\n"
    options = {"kind": "delimited", "encoding": "cp1252", "delimiter": ";"}

    cleaned = clean(text.encode("cp1252"), format_options=options)

    assert (cleaned.rows_read, cleaned.rows_kept) == (1, 1)


def test_a_quotation_mark_never_closed_is_refused(
    clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.readers.streaming.pieces._LONGEST_RECORD", 1000)
    rows = "X;Nord;01.02.2024;;;online;offen\n" * 20_000
    text = HEADER + rows + 'X;Nord;01.02.2024;;;online;"offen\n' + rows

    with pytest.raises(DataError, match="Anführungszeichen"):
        clean(text, piece_bytes=10_000)


class Backwards:
    """Works on the last piece first: results must not depend on the order of the work."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        listed = list(items)
        yield from reversed([function(each) for each in reversed(listed)])


def test_any_executor_gives_the_same(clean: Clean) -> None:
    whole = clean(TEXT)

    assert_same(clean(TEXT, piece_bytes=50, executor=Backwards()), whole)
    assert_same(clean(TEXT, piece_bytes=50, executor=Threads(3)), whole)


def write_large(path: Path, rows: int) -> None:
    """Write cases with all kinds of faults, doubled ones far apart."""
    day = dt.date(2022, 1, 1)
    lines = [HEAD]
    for number in range(rows):
        received = day + dt.timedelta(number * 800 // rows)
        decided = received + dt.timedelta(number * 7919 % 190)
        shown = f"{decided:%d.%m.%Y}" if decided <= AS_OF else ""
        state = "entschieden" if shown else "offen"
        own = number if number % 997 else number // 2
        unit = ("Nord", "Süd", "Mitte")[0 if number % 3 else 1 if number % 101 else 2]
        note = '"a\nb"' if number % 50 == 0 else ""
        lines.append(f"F-{own};{unit};{received:%d.%m.%Y};;{shown};online;{state};{note}\n")
    path.write_bytes("".join(lines).encode("cp1252"))


@pytest.mark.skipif(
    find_spec("distributed") is None,
    reason="dask and distributed are not installed (extra cluster)",
)
def test_a_cluster_gives_the_same_to_the_last_digit(tmp_path: Path) -> None:
    from distributed import LocalCluster

    path = tmp_path / "faelle.csv"
    write_large(path, 20_000)
    arguments = {"as_of": AS_OF, "file": path.name, "format_options": None, "piece_bytes": 50_000}
    alone = clean_cases(path, make_mapping(), NAMES, **arguments)

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as scheduler,
        open_cluster(scheduler.scheduler_address) as cluster,
    ):
        spread = clean_cases(path, make_mapping(), NAMES, executor=cluster, **arguments)

    assert {"doppelt", "unbekannt"} <= set(alone.findings["check"])
    assert_same(spread, alone)


def test_without_dask_a_message_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("analysis.cleaning.cases.executors.import_module", refuse)

    with pytest.raises(UsageError, match="cluster"):
        open_cluster("tcp://127.0.0.1:1")
