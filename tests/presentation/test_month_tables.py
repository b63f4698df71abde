import pandas as pd
import pytest

from analysis.presentation.month_tables import month_table, wide_table
from analysis.presentation.numbers import Origin

HEADS = [("unit_label", "Dienststelle")]


def resolve(keys):
    return tuple(Origin(key=key) for key in keys)


@pytest.fixture
def rows():
    days = pd.date_range("2024-11-01", periods=4, freq="MS")
    values = [10.25, float("nan"), 0.0, float("nan")]
    return pd.DataFrame(
        {
            "unit_label": "Nord",
            "month": days,
            "value": values,
            "lower": values,
            "upper": values,
            "sign": ["", ".", "", "x"],
            "measure": "backlog_range",
            "origins": [(f"a#{n}",) for n in range(4)],
        }
    )


def test_a_line_per_year_and_a_column_per_month(rows):
    table = month_table(rows, HEADS, caption="Dauer", resolve=resolve, digits=1, unit="Monate")
    assert table.caption == "Dauer (Monate)"
    labels = [column.label for column in table.columns]
    assert labels[:3] == ["Dienststelle", "Jahr", "Jan"]
    assert len(labels) == 14
    texts = [[cell.text for cell in line] for line in table.rows]
    assert texts[0] == ["Nord", "2024", *["."] * 10, "10,3", "."]
    # what comes after the latest month follows later; that is not the same as unknown
    assert texts[1] == ["Nord", "2025", "0,0", "x", *["…"] * 10]


def test_each_cell_knows_its_own_origin_measure_and_sign(rows):
    table = month_table(rows, HEADS, caption="Dauer", resolve=resolve, digits=1)
    november, december = table.rows[0][12], table.rows[0][13]
    assert november.number is not None
    assert [origin.key for origin in november.number.origins] == ["a#0"]
    assert november.number.measure == "backlog_range"
    assert (december.number, december.sign) == (None, ".")
    assert table.rows[1][3].sign == "x"
    assert {cell.measure for line in table.rows for cell in line[:2]} == {"public"}


def test_other_columns_in_the_order_that_is_asked_for(rows):
    named = rows.assign(kind=["b", "a", "c", "d"])
    order = ["d", "c", "b", "a", "e"]
    table = wide_table(named, HEADS, column="kind", order=order, caption="x", resolve=resolve)
    assert [cell.text for cell in table.rows[0]] == ["Nord", "x", "0", "10", ".", "."]


def test_two_rows_for_one_cell_are_refused(rows):
    with pytest.raises(ValueError, match="more than one row"):
        month_table(pd.concat([rows, rows]), HEADS, caption="x", resolve=resolve)
