"""What a reader noticed: what is worth knowing becomes a finding, without personal data."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analysis.cleaning.exports import clean_export
from analysis.cleaning.names import make_names
from analysis.mappings import Mapping
from analysis.readers.result import Misfit, Read, Remark

MAPPING = Mapping(
    dataset="case_counts",
    place="München",
    method="antraege",
    service="wohngeld",
    columns={"month": "M", "received": "E"},
)


def test_remarks_sums_and_misfits_become_findings():
    rows = pd.DataFrame({"Wer": ["x"], "M": ["01/2025"], "E": ["5"], "source_row": [3]})
    sums = pd.DataFrame({"Wer": ["Maria Huber"], "M": ["Summe"], "E": ["5"], "source_row": [4]})
    remarks = (
        Remark("encoding", 0, "Kodierung: UTF-8."),
        Remark("title", 1, "Auswertung von Maria Huber"),
        Remark("sheet", 0, "Blatt »Alt« (verborgen): nicht gelesen (5 Zeilen mit Inhalt)."),
        Remark("sheet", 0, "Blatt »Neu«: gelesen."),
        Remark("hidden", 6, "Verborgene Zeile ausgelassen: Xhafferaj · 4711"),
        Remark("hidden", 0, "Verborgene Spalten mitgelesen: C."),
        Remark("merged", 3, "Text über Zeilen verbunden (A3:A5): in jede übernommen."),
        Remark("error_cell", 3, "Fehler in Zelle B3: #DIV/0!"),
        Remark("formula", 0, "7 Zellen mit Formeln; gelesen sind die gespeicherten Ergebnisse."),
        Remark("formula", 3, "Formel in B3 ohne gespeichertes Ergebnis; die Zelle bleibt leer."),
    )
    misfits = (Misfit(5, 2, 3, "Xhafferaj"),)

    cleaned = clean_export(
        Read(rows, misfits, remarks, sums),
        MAPPING,
        make_names(),
        file="probe.xlsx",
        as_of=dt.date(2025, 12, 31),
    )

    found = cleaned.findings
    assert found[["check", "severity", "row", "rejected"]].to_numpy().tolist() == [
        ["lesen", "hinweis", 0, "nein"],
        ["lesen", "hinweis", 0, "nein"],
        ["lesen", "hinweis", 3, "nein"],
        ["lesen", "hinweis", 3, "nein"],
        ["lesen", "hinweis", 3, "nein"],
        ["lesen", "hinweis", 4, "nein"],
        ["zeile", "fehler", 5, "ja"],
        ["lesen", "hinweis", 6, "nein"],
    ]
    # One row is kept, the misfit is not; a sum says rows again and is none.
    assert (cleaned.rows_read, cleaned.rows_kept) == (2, 1)
    # Nothing of a column that is not mapped is shown.
    assert "Huber" not in found.to_csv()
    assert "Xhafferaj" not in found.to_csv()
