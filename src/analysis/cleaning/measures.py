"""Measures for relief and the assumptions on their effect (``massnahmen.csv``).

One raw file holds two kinds of rows: measures that council documents name, and three-point
assumptions on them, on the caseloads they work on, and on cases to compare with. Coding rules:
docs/coding-rules.md; what the figures are used for: docs/methods/relief.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

import pandas as pd

from analysis.cleaning.findings import (
    Cleaned,
    join_findings,
    make_findings,
    report_misfits,
    require_columns,
)
from analysis.cleaning.references import identify_documents
from analysis.fields import GATED, HORIZONS, QUANTITIES, SUBJECT_KINDS, TABLES
from analysis.readers.delimited import LINE, Delimited

RAW_COLUMNS = (
    "record",
    "id",
    "name",
    "area",
    "kind",
    "horizon",
    "services",
    "prerequisites",
    "caseload",
    "end_to_end",
    "end_to_end_by",
    "needs_money",
    "needs_staff",
    "quantity",
    "minimum",
    "mode",
    "maximum",
    "unit",
    "basis",
    "fact_ids",
    "document",
    "section",
    "evidence",
    "note",
)
RECORDS = ("Maßnahme", *SUBJECT_KINDS)
MEASURE, ASSUMPTION, CASELOAD, COMPARISON = RECORDS
_INTRODUCTION = (
    "transition_hours",
    "lead_months",
    "ramp_months",
    "cost_once",
    "cost_per_year",
    "it_days",
)
_REACH = ("share", "take_up")
_GATED_MINUTES = ("minutes_without_e2e", "minutes_with_e2e")
_NEEDED = {
    CASELOAD: ("cases", "handling_minutes"),
    COMPARISON: ("cases", *_REACH, "minutes_with_e2e"),
}
_POINTS = ["minimum", "mode", "maximum"]


def clean_measures(read: Delimited, *, file: str) -> Cleaned:
    """Clean measures and assumptions.

    Args:
        read: raw rows as strings with the columns ``RAW_COLUMNS``.
        file: name of the raw file, for origins and findings.

    Returns:
        Tables ``measures`` (one row per measure) and ``assumptions`` (one row per subject and
        quantity); findings; number of rows read.

    Raises:
        DataError: a column is missing.
    """
    rows = require_columns(read.rows, RAW_COLUMNS, file=file)
    rows = rows.assign(
        **{name: rows[name].str.strip() for name in RAW_COLUMNS},
        origin=file + "#" + rows[LINE].astype("str"),
    )
    rows, unsuitable = _reject_unknown_records(rows, file=file)
    rows, doubled = _reject_doubles(rows, file=file)
    measures = rows.loc[rows["record"] == MEASURE]
    assumptions, unfit = _parse_points(rows.loc[rows["record"] != MEASURE], file=file)
    return Cleaned(
        {
            "measures": _finish_measures(measures, file=file),
            "assumptions": _finish_assumptions(assumptions, measures, file=file),
        },
        join_findings(
            report_misfits(read, file=file),
            unsuitable,
            doubled,
            unfit,
            _check_measures(measures, assumptions, file=file),
            _check_assumptions(measures, assumptions, file=file),
        ),
        rows_read=len(read.rows) + len(read.misfits),
    )


def _reject_unknown_records(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    unknown = ~rows["record"].isin(RECORDS)
    measured = rows["record"] != MEASURE
    nameless = ~unknown & measured & ~rows["quantity"].isin(list(QUANTITIES))
    findings = [
        _report(rows.loc[unknown], file, "record", "unbekannt", ", ".join(RECORDS), rejected=True),
        _report(
            rows.loc[nameless], file, "quantity", "unbekannt", ", ".join(QUANTITIES), rejected=True
        ),
    ]
    return rows.loc[~unknown & ~nameless], join_findings(*findings)


def _reject_doubles(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    # A measure and a caseload may bear the same name, their rows must not.
    keys = rows["record"].where(rows["record"] == MEASURE, "") + "/" + rows["id"]
    doubled = (keys + "/" + rows["quantity"]).duplicated()
    expected = "je Gegenstand und Größe eine Zeile"
    return rows.loc[~doubled], _report(
        rows.loc[doubled], file, "id", "doppelt", expected, rejected=True
    )


def _parse_points(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    points = pd.DataFrame(
        {name: pd.to_numeric(rows[name], errors="coerce").astype("float64") for name in _POINTS}
    )
    # Where no value is likelier than another, there is no mode.
    open_mode = rows["mode"] == ""
    unreadable = points.isna().any(axis=1) & ~(open_mode & points["mode"].isna())
    unreadable |= points[["minimum", "maximum"]].isna().any(axis=1)
    unordered = (points["minimum"] > points["maximum"]) | ~(
        points["mode"].isna() | points["mode"].between(points["minimum"], points["maximum"])
    )
    limits = {name: item.most for name, item in QUANTITIES.items()}
    most = rows["quantity"].map(limits).astype("float64")
    impossible = (points["minimum"] < 0) | (points["maximum"] > most)
    wrong_unit = rows["unit"] != rows["quantity"].map(
        {name: item.unit for name, item in QUANTITIES.items()}
    )
    faults = (
        (unreadable, "minimum", "wert", "Zahlen für minimum und maximum, mode auch leer"),
        (unordered, "mode", "annahme", "minimum ≤ mode ≤ maximum"),
        (impossible, "maximum", "unmoeglich", "mindestens 0, Anteile höchstens 100"),
        (wrong_unit, "unit", "annahme", "die Einheit der Größe"),
    )
    bad = pd.Series(False, index=rows.index)
    findings = []
    for fault, column, check, expected in faults:
        findings.append(
            _report(rows.loc[fault & ~bad], file, column, check, expected, rejected=True)
        )
        bad |= fault
    return rows.loc[~bad].assign(**points.loc[~bad]), join_findings(*findings)


def _check_assumptions(
    measures: pd.DataFrame, assumptions: pd.DataFrame, *, file: str
) -> pd.DataFrame:
    unsourced = (
        (assumptions["basis"] == "belegt")
        & (assumptions["fact_ids"] == "")
        & (assumptions["document"] == "")
    )
    known = set(measures["id"])
    stray = (assumptions["record"] == ASSUMPTION) & ~assumptions["id"].isin(known)
    reasonless = assumptions["evidence"] == ""
    free = set(measures.loc[measures["needs_money"] == "nein", "id"])
    costly = (
        assumptions["quantity"].isin(["cost_once", "cost_per_year"])
        & (assumptions["maximum"] > 0)
        & assumptions["id"].isin(free)
    )
    return join_findings(
        _report(assumptions.loc[unsourced], file, "basis", "annahme", "Dokument oder Angabe"),
        _report(assumptions.loc[stray], file, "id", "unbekannt", "eine Maßnahme der Datei"),
        _report(assumptions.loc[reasonless], file, "evidence", "annahme", "ein Grund"),
        _report(
            assumptions.loc[costly], file, "maximum", "annahme", "0, weil keine Mittel nötig sind"
        ),
        _report_smaller_with_end_to_end(assumptions, file=file),
    )


def _report_smaller_with_end_to_end(assumptions: pd.DataFrame, *, file: str) -> pd.DataFrame:
    by_quantity = {
        name: assumptions.loc[assumptions["quantity"] == name].set_index("id")
        for name in _GATED_MINUTES
    }
    without, with_ = (by_quantity[name] for name in _GATED_MINUTES)
    both = with_.index.intersection(without.index)
    smaller = (with_.loc[both, _POINTS] < without.loc[both, _POINTS]).any(axis=1)
    rows = with_.loc[both[smaller]].reset_index()
    return _report(rows, file, "maximum", "annahme", "mindestens die Minuten ohne Ende-zu-Ende")


def _check_measures(
    measures: pd.DataFrame, assumptions: pd.DataFrame, *, file: str
) -> pd.DataFrame:
    known = set(measures["id"])
    caseloads = set(assumptions.loc[assumptions["record"] == CASELOAD, "id"])
    unknown_prerequisite = measures["prerequisites"].map(
        lambda text: not set(text.split()) <= known
    )
    strange_enabler = (measures["end_to_end_by"] != "") & ~measures["end_to_end_by"].isin(known)
    strange_cases = (measures["caseload"] != "") & ~measures["caseload"].isin(caseloads)
    circular = measures["id"].isin(_find_circle(measures))
    return join_findings(
        _report(
            measures.loc[unknown_prerequisite], file, "prerequisites", "unbekannt", _hint(known)
        ),
        _report(measures.loc[strange_enabler], file, "end_to_end_by", "unbekannt", _hint(known)),
        _report(measures.loc[strange_cases], file, "caseload", "unbekannt", _hint(caseloads)),
        _report(measures.loc[circular], file, "prerequisites", "annahme", "keinen Kreis"),
        _report_missing(measures, assumptions, file=file),
        _report_horizons(measures, assumptions, file=file),
    )


def _report_missing(
    measures: pd.DataFrame, assumptions: pd.DataFrame, *, file: str
) -> pd.DataFrame:
    of_measures = assumptions.loc[assumptions["record"] == ASSUMPTION]
    own = of_measures.groupby("id")["quantity"].agg(set).to_dict()
    lacking = {
        index: sorted(set(list_quantities(row)) - own.get(row["id"], set()))
        for index, row in measures.iterrows()
    }
    findings = [
        _report(measures.loc[[index]], file, "id", "annahme", f"Annahmen zu {', '.join(names)}")
        for index, names in lacking.items()
        if names
    ]
    for record, needed in _NEEDED.items():
        group = assumptions.loc[assumptions["record"] == record]
        given = group.groupby("id")["quantity"].agg(set).to_dict()
        incomplete = [key for key, found in given.items() if set(needed) - found]
        first = group.loc[group["id"].isin(incomplete)].drop_duplicates("id")
        findings.append(_report(first, file, "id", "annahme", f"auch {', '.join(needed)}"))
    return join_findings(*findings)


def list_quantities(measure: pd.Series) -> tuple[str, ...]:
    """Return the quantities on which a measure needs assumptions.

    Args:
        measure: ``caseload`` and ``end_to_end`` of a measure. One without a caseload relieves only
            through others; one whose end-to-end does not apply saves the same minutes either way.
    """
    if not measure["caseload"]:
        return _INTRODUCTION
    minutes = _GATED_MINUTES if measure["end_to_end"] in GATED else ("minutes",)
    return (*_REACH, *minutes, *_INTRODUCTION)


def _report_horizons(
    measures: pd.DataFrame, assumptions: pd.DataFrame, *, file: str
) -> pd.DataFrame:
    leads = assumptions.loc[assumptions["quantity"] == "lead_months"].set_index("id")
    likeliest = leads["mode"].fillna((leads["minimum"] + leads["maximum"]) / 2)
    months = measures["id"].map(likeliest).astype("float64")
    most = measures["horizon"].map(HORIZONS).astype("float64")
    least = measures["horizon"].map({"kurz": 0.0, "mittel": 12.0, "lang": 36.0}).astype("float64")
    wrong = months.notna() & ~((months <= most) & ((months > least) | (least == 0)))
    expected = "kurz bis 12, mittel bis 36, lang über 36 Monate bis zur Wirkung"
    return _report(measures.loc[wrong], file, "horizon", "annahme", expected)


def _find_circle(measures: pd.DataFrame) -> list[str]:
    graph = {
        row["id"]: {*row["prerequisites"].split(), *row["end_to_end_by"].split()}
        for _, row in measures.iterrows()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def _report(
    rows: pd.DataFrame,
    file: str,
    column: str,
    check: str,
    expected: str,
    *,
    rejected: bool = False,
) -> pd.DataFrame:
    return make_findings(
        rows,
        file=file,
        column=column,
        expected=expected,
        message=_MESSAGES[check],
        severity="fehler",
        rejected=rejected,
        check=check,
    )


_MESSAGES: Mapping[str, str] = {
    "wert": "Die Angabe ist nicht lesbar.",
    "doppelt": "Die Zeile kommt mehrfach vor; übernommen wird die erste.",
    "unbekannt": "Die Kennung ist unbekannt.",
    "unmoeglich": "Der Wert ist nicht möglich.",
    "annahme": "Die Annahme passt nicht zu den übrigen Angaben.",
}


def _hint(known: Iterable[str]) -> str:
    names = sorted(known)
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _finish_measures(rows: pd.DataFrame, *, file: str) -> pd.DataFrame:
    table = rows.rename(columns={"id": "measure_id"}).assign(
        source_id=identify_documents(rows["document"], file=file)
    )
    return _in_order(table, "measures")


def _finish_assumptions(rows: pd.DataFrame, measures: pd.DataFrame, *, file: str) -> pd.DataFrame:
    names = pd.concat([measures.set_index("id")["name"], _name_subjects(rows)])
    names = names.loc[~names.index.duplicated()]
    own_name = rows["name"].where(
        rows["name"] != "", rows["id"].map(names).astype("str").fillna(rows["id"])
    )
    table = rows.rename(
        columns={"id": "subject", "record": "subject_kind", "unit": "measure_unit"}
    ).assign(
        assumption_id=rows["id"] + "/" + rows["quantity"],
        subject_name=own_name,
        published=_say_points(rows),
        source_id=identify_documents(rows["document"], file=file),
    )
    return _in_order(table, "assumptions")


def _name_subjects(rows: pd.DataFrame) -> pd.Series:
    named = rows.loc[rows["name"] != ""]
    return named.drop_duplicates("id").set_index("id")["name"]


def _say_points(rows: pd.DataFrame) -> pd.Series:
    numbers = rows[_POINTS].map(lambda value: f"{value:.10g}".replace(".", ","))
    texts = numbers.astype("str")
    middle = texts["mode"].where(rows["mode"].notna(), "ohne Mitte")
    return (
        texts["minimum"] + " · " + middle + " · " + texts["maximum"] + " " + rows["unit"]
        + " (" + rows["basis"] + ")"
    )  # fmt: skip


def _in_order(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[[field.name for field in TABLES[name]]].reset_index(drop=True)
