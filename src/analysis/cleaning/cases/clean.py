"""Case-level exports: from a file with one row per case to months, with findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as Options
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.cleaning.cases.counts import OPEN, State, merge_states, subtract
from analysis.cleaning.cases.doubles import find_doubles
from analysis.cleaning.cases.executors import Executor, Threads
from analysis.cleaning.cases.faults import (
    Fault,
    check_extent,
    make_fault_findings,
    make_file_finding,
)
from analysis.cleaning.cases.pieces import Counted, Job, count_piece
from analysis.cleaning.cases.sources import Opened, Source, open_source
from analysis.cleaning.cases.tables import Span, find_span, make_tables
from analysis.cleaning.cases.words import Words, show_text
from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.names import Names
from analysis.mappings import Mapping, require_mapped_columns
from analysis.privacy import PrivacyError, guard
from analysis.readers.result import Remark
from analysis.readers.streaming import PIECE_BYTES

_TOLD = {
    "sum": "Summenzeile; sie zählt nicht als Vorgang.",
    "footnote": "Zeile unter der Tabelle; sie zählt nicht als Vorgang.",
    "repeated_header": "Die Kopfzeile wiederholt sich; die Zeile ist kein Vorgang.",
    "hidden": "Ausgeblendeter Teil der Arbeitsmappe.",
    "merged": "Verbundene Zellen.",
    "error_cell": "Zelle mit einem Fehlerwert.",
}


def clean_cases(  # noqa: PLR0913 - the size of pieces is for tests and clusters
    path: Path,
    mapping: Mapping,
    names: Names,
    *,
    as_of: dt.date,
    file: str,
    format_options: Options[str, Any] | None,
    executor: Executor | None = None,
    piece_bytes: int = PIECE_BYTES,
) -> Cleaned:
    """Read an export with one row per case and count its cases by month.

    The file is read in pieces, of the mapped columns only. Identifiers and all other columns never
    reach a table or a finding. Method: docs/methods/cases.md.

    Args:
        path: the file.
        mapping: ``received`` must be mapped; ``case_id``, ``service``, ``unit``, ``complete``,
            ``decided``, ``channel`` and ``status`` may be.
        names: registers of units and services.
        as_of: last day that the export covers; cases still open were seen until then.
        file: name of the raw file for messages.
        format_options: what the sidecar states about the format (``kind``, ``encoding`` …).
        executor: where pieces are read and counted; ``None`` uses threads of this process.
        piece_bytes: size of the pieces.

    Returns:
        ``case_counts`` (cases; durations in months of 30.4375 days) and, where channels are
        mapped, ``service_adoption``, per service, unit and month; durations also with an empty
        ``unit`` over all units. ``rows_read`` is the sum of ``rows_kept`` and rejected rows.

    Raises:
        DataError: the file cannot be read, a mapped column is missing, or nearly all rows are at
            fault.
        PrivacyError: a mapped column holds personal data.
    """
    workers = executor or Threads()
    opened = open_source(path, mapping, file=file, options=format_options, piece_bytes=piece_bytes)
    source = opened.source
    require_mapped_columns(mapping, source.columns, file=file)
    personal = _inspect_columns(source, mapping, names, file)
    last_day = (as_of - dt.date(1970, 1, 1)).days
    job = Job(source, mapping, Words(mapping, names, as_of), last_day)
    counted = list(_map_checked(workers, job, opened, file))
    starts = list(accumulate((each.lines for each in counted), initial=source.first_line))
    with ThreadPoolExecutor(1) as aside:
        merging = aside.submit(merge_states, [each.state for each in counted])
        doubles = find_doubles(job, counted, starts[:-1], workers)
        state = subtract(merging.result(), doubles.state)
    faults = [*_number_lines(counted, starts), *doubles.faults]
    check_extent(faults, file)
    span = find_span(state, as_of)
    remarks = opened.list_remarks(starts[-1] - source.first_line)
    findings = join_findings(
        personal,
        _tell_remarks(remarks, file),
        _tell_blanks(counted, mapping, file),
        _tell_cut_month(state, span, as_of, file),
        _tell_old_names(counted, starts, mapping, file),
        make_fault_findings(faults, file=file, columns=mapping.columns),
    )
    return Cleaned(
        make_tables(state, span, mapping, file=file),
        findings,
        rows_read=sum(each.rows for each in counted),
        rows_kept=sum(each.kept for each in counted) - doubles.rows,
    )


def _map_checked(workers: Executor, job: Job, opened: Opened, file: str) -> list[Counted]:
    counted: list[Counted] = []
    faults: list[Fault] = []
    for each in workers.map(partial(count_piece, job), opened.pieces):
        counted.append(each)
        faults += each.faults
        if each.faults:
            check_extent(faults, file)
    return counted


def _number_lines(counted: Sequence[Counted], starts: Sequence[int]) -> list[Fault]:
    return [
        fault._replace(places=fault.places + start)
        for each, start in zip(counted, starts, strict=False)
        for fault in each.faults
    ]


def _inspect_columns(source: Source, mapping: Mapping, names: Names, file: str) -> pd.DataFrame:
    """Return a finding that lists personal columns; stop where one of them is mapped."""
    sample = source.sample
    mapped = set(mapping.columns.values())
    if own := mapping.columns.get("case_id"):
        guard(sample[[own]], keep_in_memory=[own])
    # Without a register, whatever stands in a column would become a unit or service.
    free = [
        mapping.columns[field]
        for field, register in (("unit", names.units), ("service", names.services))
        if field in mapping.columns and register.empty
    ]
    if len(found := guard(sample[free]).removed):
        column, kind = found.iloc[0]["column"], found.iloc[0]["kind"]
        raise PrivacyError(
            f"{file}: Spalte »{column}« enthält Angaben der Art »{kind}« und darf nicht zugeordnet "
            "werden."
        )
    removed = guard(sample[[each for each in source.columns if each not in mapped]]).removed
    if removed.empty:
        return removed
    listed = ", ".join(
        f"{column} ({kind})"
        for column, kind in zip(removed["column"], removed["kind"], strict=True)
    )
    return make_file_finding(
        check="personenbezug",
        file=file,
        found=listed,
        expected="ein Export ohne personenbezogene Spalten",
        message="Diese Spalten enthalten wohl personenbezogene Angaben. Sie sind nicht zugeordnet "
        "und wurden nicht ausgewertet.",
    )


def _tell_remarks(remarks: Sequence[Remark], file: str) -> pd.DataFrame:
    return join_findings(
        *(
            make_file_finding(
                check="lesen",
                file=file,
                row=remark.line,
                found=show_text(remark.text),
                message=_TOLD[remark.kind],
            )
            for remark in remarks
            if remark.kind in _TOLD
        )
    )


def _tell_blanks(counted: Sequence[Counted], mapping: Mapping, file: str) -> pd.DataFrame:
    blank = sum(each.blank.get("channel", 0) for each in counted)
    if not blank:
        return join_findings()
    return make_file_finding(
        check="lesen",
        file=file,
        column=mapping.columns["channel"],
        found=f"{blank} Vorgänge ohne Angabe",
        expected="ein Eingangsweg je Vorgang",
        message="Vorgänge ohne Eingangsweg zählen nur bei den Anträgen über alle Wege.",
    )


def _tell_cut_month(state: State, span: Span, as_of: dt.date, file: str) -> pd.DataFrame:
    last = span.last
    received = int(state.flow.counts[state.flow.months > last].sum())
    closed = (state.flow.last != OPEN) & (state.flow.last > last)
    decided = int(state.flow.counts[closed].sum())
    if not received and not decided:
        return join_findings()
    return make_file_finding(
        check="lesen",
        file=file,
        found=f"{received} Eingänge und {decided} Abschlüsse",
        expected="ein Stand am letzten Tag eines Monats",
        message=f"Der Monat {as_of:%m/%Y} ist am Stand der Datei ({as_of:%d.%m.%Y}) nicht zu Ende; "
        "für ihn werden keine Werte gebildet.",
    )


def _tell_old_names(
    counted: Sequence[Counted], starts: Sequence[int], mapping: Mapping, file: str
) -> pd.DataFrame:
    rows = [
        (old.field, old.text, old.row + start, old.rows)
        for each, start in zip(counted, starts, strict=False)
        for old in each.old
    ]
    if not rows:
        return join_findings()
    used = pd.DataFrame(rows, columns=["field", "text", "row", "rows"])
    names = used.groupby(["field", "text"]).agg({"row": "min", "rows": "sum"}).reset_index()
    return join_findings(
        *(
            make_file_finding(
                check="name_veraltet",
                file=file,
                row=int(name["row"]),
                column=mapping.columns[name["field"]],
                found=show_text(name["text"]),
                expected="ein Name, der am Tag des Eingangs oder am Stand der Datei galt",
                message=f"Der Name wird nach seiner Gültigkeit noch verwendet, zum ersten Mal in "
                f"dieser Zeile, insgesamt in {name['rows']} Zeilen.",
            )
            for _, name in names.iterrows()
        )
    )
