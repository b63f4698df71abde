"""The assumptions of a chapter as a workbook that readers take along."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import pandas as pd
import xlsxwriter

from analysis.assumed import QUANTITIES as STATED
from analysis.fields import QUANTITIES
from analysis.models.relief import Setting

_PUBLIC = "öffentliche Angabe"
_WIDTHS = (34, 40, 34, 12, 12, 12, 18, 18, 11, 12, 70, 12, 16, 20, 22)
# A fixed date: the same assumptions give the same bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


def list_used(
    assumptions: pd.DataFrame, assumed: pd.DataFrame, keys: Sequence[str]
) -> pd.DataFrame:
    """Return all assumptions that the chapter rests on, as they are handed out.

    Args:
        assumptions: assumptions on the measures.
        assumed: assumptions of the edition.
        keys: those of the edition that enter.

    Returns:
        Columns with German headings, in the order of the file; ``Wert`` is the likeliest one and
        missing where all are equally likely, ``Messgröße`` says that assumptions need no
        protection.
    """
    labels = {**{key: item.label for key, item in STATED.items()}}
    labels |= {key: item.label for key, item in QUANTITIES.items()}
    own = assumed.loc[assumed["assumption_id"].isin(list(keys))]
    rows = pd.concat([own.assign(document="", section=""), assumptions], ignore_index=True)
    label = rows["quantity"].map(labels)
    stated = rows["assumption_id"].isin(own["assumption_id"])
    label = label.mask(stated, rows["quantity"].map({k: v.label for k, v in STATED.items()}))
    return pd.DataFrame(
        {
            "Kennung": rows["assumption_id"],
            "Gegenstand": rows["subject_name"],
            "Größe": label,
            "Untergrenze": rows["minimum"],
            "Wert": rows["mode"],
            "Obergrenze": rows["maximum"],
            "Messgröße": _PUBLIC,
            "Einheit": rows["measure_unit"],
            "Grundlage": rows["basis"],
            "für diesen Lauf geändert": rows["changed"].map({True: "ja", False: "nein"}),
            "Quelle oder Begründung": rows["evidence"],
            "Dokument": rows["document"],
            "Abschnitt": rows["section"],
            "veröffentlichte Angaben": rows["fact_ids"],
            "Fundstelle": rows["origin"],
        }
    )


def write_assumptions(
    used: pd.DataFrame, setting: Setting, *, title: str, stichtag: pd.Timestamp, synthetic: bool
) -> bytes:
    """Return the assumptions as a workbook: one sheet for them, one for the simulation.

    The same input gives the same bytes.

    Args:
        used: ``list_used``.
        setting: seed, draws and months.
        title: title of the report.
        stichtag: key date.
        synthetic: whether the figures are made up; the workbook then says so.
    """
    facts: list[tuple[str, str | int]] = [
        ("Angabe", "Wert"),
        ("Bericht", title),
        ("Stichtag", f"{stichtag:%d.%m.%Y}"),
        ("Ziehungen", setting.draws),
        ("Startwert", setting.seed),
        ("Zeitraum in Monaten", setting.months),
        ("Spalte »Wert«", "wahrscheinlichster Wert; leer, wo kein Wert wahrscheinlicher ist"),
        *([("Hinweis", "Musterdaten: erfunden, keine wirkliche Stadt")] if synthetic else []),
    ]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": title, "created": _CREATED})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        sheet = book.add_worksheet("Annahmen")
        sheet.write_row(0, 0, list(used.columns), bold)
        for number, row in enumerate(used.itertuples(index=False), start=1):
            for column, cell in enumerate(row):
                if not pd.isna(cell):
                    sheet.write(number, column, cell, wrapped if isinstance(cell, str) else None)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(used), len(used.columns) - 1)
        other = book.add_worksheet("Rechnung")
        other.set_column(0, 2, 40)
        for number, (name, content) in enumerate(facts):
            other.write(number, 0, name, bold)
            other.write(number, 1, content)
            other.write(number, 2, _PUBLIC if number else "Messgröße")
    return stream.getvalue()
