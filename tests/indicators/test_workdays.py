import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.indicators.workdays import count_working_days


@pytest.mark.parametrize(
    ("month", "days"),
    [
        # 23 days from Monday to Friday, less New Year (Wednesday) and Epiphany (Monday)
        ("2025-01", 21),
        # 22 less Good Friday 18 April and Easter Monday 21 April
        ("2025-04", 20),
        # 21 less the Assumption (Friday 15 August), a holiday in München
        ("2025-08", 20),
        # 23 less 24, 25, 26 and 31 December, all from Wednesday to Friday
        ("2025-12", 19),
        # 23 days; 15 August 2026 is a Saturday and takes nothing away (21 weekdays in August)
        ("2026-08", 21),
    ],
)
def test_bavaria_by_hand(month, days):
    found = count_working_days([pd.Timestamp(month)], land="BY")
    assert found.tolist() == [days]


def test_the_land_decides():
    august = [pd.Timestamp("2025-08-01")]
    assert count_working_days(august, land="BE").tolist() == [21]


def test_each_month_once_and_in_order():
    days = pd.to_datetime(["2025-02-10", "2025-01-03", "2025-02-28"])
    found = count_working_days(days)
    assert found.index.tolist() == [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-01")]


def test_unknown_land():
    with pytest.raises(UsageError, match="Unbekanntes Land »BX«"):
        count_working_days([pd.Timestamp("2025-01-01")], land="BX")


def test_no_months():
    assert count_working_days([]).empty
