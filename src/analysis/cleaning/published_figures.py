"""Published figures: one row per figure becomes a tidy observation or a finding.

Coding tables: ``rules/*.csv``. Rows are kept apart by counting method; nothing is averaged,
corrected or dropped silently.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.cleaning.findings import (
    Cleaned,
    join_findings,
    make_findings,
    report_misfits,
    require_columns,
)
from analysis.cleaning.periods import parse_periods
from analysis.cleaning.quantities import bound_quantities
from analysis.cleaning.references import assign_sources, list_sources
from analysis.cleaning.rules import load_rules
from analysis.cleaning.wording import word_figures
from analysis.fields import OBSERVATION_TABLES, TABLES
from analysis.readers.delimited import LINE, Delimited

RAW_COLUMNS = (
    "fact_id",
    "topic",
    "indicator",
    "value",
    "unit",
    "period_or_asof",
    "geography",
    "qualifier",
    "source_title",
    "source_url",
    "note",
)
_DATED_UNITS = ("Datum", "Monat", "Jahr")


class _Checked(NamedTuple):
    """Rows that go on, and the findings so far."""

    rows: pd.DataFrame
    findings: tuple[pd.DataFrame, ...] = ()


def clean_published_figures(read: Delimited, *, file: str) -> Cleaned:
    """Clean the table of published figures.

    Args:
        read: the raw rows as strings, with the columns ``RAW_COLUMNS``.
        file: name of the raw file, for origins and findings.

    Returns:
        Tables ``case_counts``, ``staffing``, ``service_adoption``, ``context`` (observations),
        ``milestones`` and ``sources``; findings; number of rows read.

    Raises:
        DataError: a column is missing.
    """
    raw = (
        read.rows.pipe(require_columns, RAW_COLUMNS, file=file)
        .pipe(assign_sources)
        .pipe(_keep_published_text)
    )
    coded = _reject_duplicates(raw, file=file)
    for step in (_code_measures, _code_places, _code_periods, _code_quantities):
        coded = step(coded, file=file)
    rows = coded.rows.pipe(_convert_units).pipe(_add_origin, file=file)
    tables = {name: rows.pipe(_select_family, name) for name in OBSERVATION_TABLES}
    tables["milestones"] = rows.pipe(_select_milestones)
    tables["sources"] = list_sources(raw)
    findings = join_findings(report_misfits(read, file=file), *coded.findings)
    return Cleaned(tables, findings, rows_read=len(raw) + len(read.misfits))


def _split(checked: _Checked, bad: pd.Series, *findings: pd.DataFrame) -> _Checked:
    return _Checked(checked.rows.loc[~bad], (*checked.findings, *findings))


def _reject_duplicates(rows: pd.DataFrame, *, file: str) -> _Checked:
    doubled = rows["fact_id"].duplicated()
    findings = make_findings(
        rows.loc[doubled],
        file=file,
        column="fact_id",
        expected="jede Kennung nur einmal",
        message="Die Kennung kommt mehrfach vor; übernommen wird die erste Zeile.",
        severity="fehler",
        rejected=True,
    )
    return _split(_Checked(rows), doubled, findings)


def _code_measures(checked: _Checked, *, file: str) -> _Checked:
    rules = load_rules("figure_measures").set_index(["topic", "indicator"])
    keys = pd.MultiIndex.from_frame(checked.rows[["topic", "indicator"]])
    coding = rules.reindex(keys).set_index(checked.rows.index)
    unknown = coding["measure"].isna()
    findings = make_findings(
        checked.rows.loc[unknown],
        file=file,
        column="indicator",
        expected="eine Kennzahl aus rules/figure_measures.csv",
        message="Thema und Kennzahl sind keiner Messgröße zugeordnet.",
        severity="fehler",
        rejected=True,
    )
    rows = checked.rows.join(coding).pipe(_apply_overrides)
    return _split(_Checked(rows, checked.findings), unknown, findings)


def _apply_overrides(rows: pd.DataFrame) -> pd.DataFrame:
    wide = load_rules("figure_overrides").pivot(index="fact_id", columns="column", values="value")
    single = wide.reindex(rows["fact_id"]).set_index(rows.index)
    return rows.assign(**{name: single[name].fillna(rows[name]) for name in single.columns})


def _code_places(checked: _Checked, *, file: str) -> _Checked:
    places = load_rules("places").rename(columns={"unit": "office"}).set_index("geography")
    coding = places.reindex(checked.rows["geography"]).set_index(checked.rows.index)
    unknown = coding["place"].isna()
    findings = make_findings(
        checked.rows.loc[unknown],
        file=file,
        column="geography",
        expected="ein Ort aus rules/places.csv",
        message="Der Ort ist nicht verzeichnet; er wird wie angegeben übernommen.",
        severity="warnung",
        rejected=False,
    )
    rows = checked.rows.assign(
        place=coding["place"].fillna(checked.rows["geography"]),
        level=coding["level"].fillna("unbekannt"),
        office=coding["office"].fillna(""),
    )
    return _Checked(rows, (*checked.findings, findings))


def _code_periods(checked: _Checked, *, file: str) -> _Checked:
    rows = checked.rows
    # A dated event carries its date in the value column.
    dated = (rows["family"] == "milestones") & rows["unit"].isin(_DATED_UNITS)
    periods = parse_periods(rows["period_or_asof"].mask(dated, rows["value"]))
    unknown = periods["certainty"].isna()
    findings = [
        make_findings(
            rows.loc[unknown & affected],
            file=file,
            column=column,
            expected="zum Beispiel 2023, 2023-02, 2023-Q1, 2024 H2, 2021-01..2021-10, vor 2020",
            message="Die Zeitangabe ist nicht lesbar.",
            severity="fehler",
            rejected=True,
        )
        for column, affected in (("period_or_asof", ~dated), ("value", dated))
    ]
    return _split(_Checked(rows.join(periods), checked.findings), unknown, *findings)


def _code_quantities(checked: _Checked, *, file: str) -> _Checked:
    rows = checked.rows.rename(columns={"value": "value_text"})
    rows = rows.join(bound_quantities(rows["value_text"], rows["qualifier"]))
    counted = rows["family"] != "milestones"
    formula = rows["family"] == "none"
    no_number = counted & ~formula & (rows["form"] == "other")
    no_rule = counted & ~no_number & ~formula & (rows["rule"] == "")
    shown = rows.rename(columns={"value": "amount", "value_text": "value"})
    findings = [
        make_findings(
            shown.loc[formula],
            file=file,
            column="value",
            expected="eine Zahl",
            message="Formel statt Zahl: dient als Methode, nicht als Beobachtung.",
            severity="hinweis",
            rejected=True,
        ),
        make_findings(
            shown.loc[no_number],
            file=file,
            column="value",
            expected="eine Zahl, Spanne (9000..11500), Grenze (>50) oder Änderung (30 -> 60)",
            message="Der Wert ist keine Zahl.",
            severity="fehler",
            rejected=True,
        ),
        make_findings(
            shown.loc[no_rule],
            file=file,
            column="qualifier",
            expected="ein Zusatz aus rules/qualifiers.csv",
            message="Der Zusatz ist unbekannt; Unter- und Obergrenze bleiben offen.",
            severity="warnung",
            rejected=False,
        ),
    ]
    kept = rows.loc[~(formula | no_number)]
    return _Checked(kept, (*checked.findings, *findings))


def _convert_units(rows: pd.DataFrame) -> pd.DataFrame:
    units = load_rules("units").set_index("unit")
    coding = units.reindex(rows["unit"]).set_index(rows.index)
    factor = pd.to_numeric(coding["factor"]).fillna(1.0)
    numbers = rows[["value", "lower", "upper", "base_value"]].mul(factor, axis=0)
    return rows.assign(measure_unit=coding["measure_unit"].fillna(rows["unit"]), **numbers)


def _keep_published_text(raw: pd.DataFrame) -> pd.DataFrame:
    # Before any coding, so that a proof shows what the source said.
    published = (
        raw["value"] + " " + raw["unit"] + " · " + raw["period_or_asof"] + " · " + raw["qualifier"]
    )
    return raw.assign(published=published, wording=word_figures(raw))


def _add_origin(rows: pd.DataFrame, *, file: str) -> pd.DataFrame:
    return (
        rows.drop(columns="unit")
        .rename(columns={"office": "unit"})
        .assign(origin=file + "#" + rows[LINE].astype("str"), group="")
    )


def _select_family(rows: pd.DataFrame, family: str) -> pd.DataFrame:
    names = [field.name for field in TABLES[family]]
    return rows.loc[rows["family"] == family, names].reset_index(drop=True)


def _select_milestones(rows: pd.DataFrame) -> pd.DataFrame:
    labels = load_rules("milestones").set_index("fact_id")["label"]
    events = rows.loc[rows["family"] == "milestones"]
    names = [field.name for field in TABLES["milestones"]]
    # An event without a German label is shown by its indicator rather than lost.
    labelled = events.assign(label=events["fact_id"].map(labels).fillna(events["indicator"]))
    return labelled[names].reset_index(drop=True)
