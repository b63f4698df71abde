"""Open-PVOG export of the OZG dashboard."""

from __future__ import annotations

import pytest

from analysis.errors import DataError
from analysis.readers.pvog import COLUMNS, read_pvog
from analysis.readers.recognise import recognise

ROW = dict.fromkeys(COLUMNS, "") | {
    "leika_key": "99107023017001",
    "leika_name": "Wohngeld; Erstantrag",
    "ars": "091620000000",
    "online_status": "ok",
    "aktiv": "ja",
    "url": "https://example.org/?a=1,2",
}


def _make(delimiter: str, **changes: str) -> bytes:
    rows = [COLUMNS, (ROW | changes).values()]
    return "\n".join(delimiter.join(f'"{f}"' for f in row) for row in rows).encode()


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_both_separators_give_the_same(delimiter):
    content = _make(delimiter)
    assert recognise(content, "x") == "pvog"
    read = read_pvog(content, name="x")
    assert list(read.rows.columns) == [*COLUMNS, "source_row"]
    assert read.rows.iloc[0].to_dict() == ROW | {"source_row": 2}
    assert not [remark for remark in read.remarks if remark.kind == "column"]


def test_keys_damaged_by_a_spreadsheet_are_reported_and_kept():
    read = read_pvog(_make(";", leika_key="9,9107E+13", ars="91620000000"), name="x")
    texts = [remark.text for remark in read.remarks if remark.kind == "column"]
    assert any("»leika_key« haben nicht 14 Ziffern" in text for text in texts)
    assert any("»ars« haben nicht 12 Ziffern" in text for text in texts)
    assert read.rows["leika_key"].tolist() == ["9,9107E+13"]


def test_missing_and_further_columns_are_named():
    content = _make(";").replace(b'"url"', b'"adresse"')
    texts = [r.text for r in read_pvog(content, name="x").remarks if r.kind == "column"]
    assert texts == ["Spalten fehlen: url.", "Weitere Spalten: adresse."]
    with pytest.raises(DataError, match=r"»ars«.*»online_status«"):
        read_pvog(b"leika_key;x\n1;2\n", name="x")
