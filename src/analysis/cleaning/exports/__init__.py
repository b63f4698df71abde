"""Exports of an office in three layouts become tidy observations and findings.

Rules and severities: docs/methods/findings.md; staffing: docs/methods/staffing-export.md.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analysis.cleaning.exports.cells import arrange_cells
from analysis.cleaning.exports.keys import Context
from analysis.cleaning.exports.personal import hide_personal
from analysis.cleaning.exports.plausibility import (
    reject_duplicates,
    reject_impossible,
    reject_repeated_rows,
)
from analysis.cleaning.exports.remarks import count_rows, report_reading
from analysis.cleaning.exports.rows import account_for_rows, build_observations
from analysis.cleaning.exports.vacancies import clean_vacancies
from analysis.cleaning.exports.values import read_cell_values
from analysis.cleaning.findings import Cleaned, join_findings
from analysis.cleaning.names import Names
from analysis.errors import DataError
from analysis.fields import OBSERVATION_TABLES
from analysis.mappings import Mapping, require_mapped_columns
from analysis.readers.delimited import LINE
from analysis.readers.result import Read

__all__ = ["clean_export"]


def clean_export(
    read: Read, mapping: Mapping, names: Names, *, file: str, as_of: dt.date
) -> Cleaned:
    """Clean an export of an office.

    Args:
        read: rows as strings with ``source_row``, and what the reader noticed.
        mapping: which column is which field; data sets ``case_counts``, ``staffing``,
            ``service_adoption``, ``context`` (one row per month and key, or across) and
            ``vacancies`` (one row per vacancy).
        names: registers of units and services.
        file: name of the raw file.
        as_of: state of the file; later dates are rejected.

    Returns:
        One table of observations: the data set's, or ``staffing`` for vacancies. Every row of the
        file is in it or rejected by a finding, every value in it or in a finding. Columns that
        are not mapped are not carried, and no finding shows personal data.

    Raises:
        DataError: the mapping does not fit the file or the data set.
    """
    if mapping.dataset not in (*OBSERVATION_TABLES, "vacancies"):
        raise DataError(f"{file}: Der Datensatz »{mapping.dataset}« wird anders bereinigt.")
    context = Context(mapping, names, file, as_of)
    cleaned = (
        clean_vacancies(read.rows, context)
        if mapping.dataset == "vacancies"
        else _clean_cells(read.rows, context)
    )
    used = _list_used_columns(read.rows, mapping)
    reading = report_reading(read, file=file, used=used)
    findings = hide_personal(join_findings(reading, cleaned.findings))
    return cleaned._replace(findings=findings, rows_read=count_rows(read))


def _clean_cells(rows: pd.DataFrame, context: Context) -> Cleaned:
    # Whether the mapping fits is said before anything is compared by its columns.
    require_mapped_columns(context.mapping, _list_columns(rows), file=context.file)
    once = reject_repeated_rows(rows, context)
    arranged = arrange_cells(once.cells, context)
    valued = read_cell_values(arranged.cells, context)
    single = reject_duplicates(valued.cells, context)
    possible = reject_impossible(single.cells, context)
    findings = join_findings(
        once.findings, arranged.findings, valued.findings, single.findings, possible.findings
    )
    findings = account_for_rows(rows, possible.cells, findings, file=context.file)
    table = build_observations(possible.cells, context)
    kept = int(possible.cells[LINE].nunique())
    return Cleaned({context.mapping.dataset: table}, findings, len(rows), rows_kept=kept)


def _list_columns(rows: pd.DataFrame) -> list[str]:
    return [str(column) for column in rows.columns if column != LINE]


def _list_used_columns(rows: pd.DataFrame, mapping: Mapping) -> set[str]:
    if mapping.across:
        return {str(column) for column in rows.columns}
    return set(mapping.columns.values())
