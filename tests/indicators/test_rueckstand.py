"""Chapter Rückstand: the path of München's figures, predictions, decomposition, forecast."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.indicators import rueckstand

FIRST, LAST = "2021-01", "2025-04"


@pytest.fixture(scope="module")
def figures(prepared_muenchen):
    return rueckstand.select_figures(
        prepared_muenchen.tables["case_counts"], service="wohngeld", place="München"
    )


@pytest.fixture(scope="module")
def backlog(figures):
    return rueckstand.estimate_backlog(figures, first=FIRST, last=LAST)


def _at(backlog, month, measure):
    rows = backlog.months
    return rows[(rows["month"] == month) & (rows["measure"] == measure)].iloc[0]


def test_only_applications_of_the_city_bind_the_path(figures):
    assert set(figures["method"]) <= set(rueckstand.METHODS)
    assert set(figures["measure"]) == {"received", "decided", "open"}
    assert "F043" not in set(figures["fact_id"])  # 16.000 waiting by the press
    assert "F051" not in set(figures["fact_id"])  # over 18.000 households
    assert "F037" not in set(figures["fact_id"])  # possible output, not decided


def test_published_contradiction_is_named(backlog):
    # 11 722 and 11 676 open on 28 February 2023: 46 apart, 23 each.
    assert backlog.conflicts["key"].tolist() == ["F044", "F372"]
    assert backlog.relaxation == pytest.approx(46, abs=0.1)
    assert _at(backlog, "2023-02-28", "open")["value"] == pytest.approx(11_699, abs=1)


def test_months_that_are_published_are_met(backlog):
    for month, measure, published in (
        ("2023-01-31", "received", 2583),
        ("2023-02-28", "decided", 1103),
        ("2023-03-31", "received", 1805),
    ):
        row = _at(backlog, month, measure)
        assert [row["lower"], row["value"], row["upper"]] == pytest.approx([published] * 3, abs=0.1)


def test_january_stock_follows_by_hand(backlog):
    # 11 699 − 2 239 + 1 103 = 10 563, with ± 0 left over by the relaxed figures.
    row = _at(backlog, "2023-01-31", "open")
    assert [row["lower"], row["upper"]] == pytest.approx([10_563, 10_563], abs=1)


def test_open_sides_stay_open(backlog):
    assert pd.isna(_at(backlog, "2024-06-30", "received")["upper"])


def test_an_assumption_closes_them(figures):
    closed = rueckstand.estimate_backlog(
        figures, first=FIRST, last=LAST, most_received=3000, most_decided=3000
    )
    assert closed.months[["lower", "upper"]].notna().all().all()
    assert _at(closed, "2024-06-30", "received")["upper"] <= 3000 + 1e-3


def test_predictions_are_compared_with_what_came(figures):
    found = rueckstand.check_predictions(
        figures, first=FIRST, until="2023-10", window=12, days=["2024-02-29", "2025-03-31"]
    )
    assert found["published"].tolist() == [17_500, 18_000]
    assert (found["error"] == found["value"] - found["published"]).all()
    assert (found["lower"] <= found["value"]).all()


def test_prediction_does_not_know_later_figures(figures):
    early = figures[figures["period_end"] <= "2023-10-31"]
    later = figures[(figures["period_end"] >= "2024-02-01") & figures["measure"].eq("open")]
    both = pd.concat([early, later], ignore_index=True)
    options = {"first": FIRST, "until": "2023-10", "window": 12, "days": ["2024-02-29"]}
    one = rueckstand.check_predictions(both, **options)
    two = rueckstand.check_predictions(figures, **options)
    assert one["value"].item() == pytest.approx(two["value"].item(), abs=1)


def test_too_few_figures_give_nothing(figures):
    assert rueckstand.estimate_backlog(figures.head(2), first=FIRST, last=LAST) is None
    assert rueckstand.check_predictions(
        figures.head(1), first=FIRST, until="2023-10", window=12, days=["2024-02-29"]
    ).empty


def _monthly(make_rows, table, measure, values, first="2024-01", **keys):
    months = pd.period_range(first, periods=len(values), freq="M")
    rows = []
    for month, value in zip(months, values, strict=True):
        end = month.end_time.normalize()
        begin = end if measure in {"posts_filled", "open"} else month.start_time
        rows.append(
            {"measure": measure, "value": value, "period": (begin, end), "place": "Musterstadt"}
            | {"fact_id": f"{measure}{month}", "origin": f"{measure}.csv#{month.month}:{month}"}
            | keys
        )
    return make_rows(table, *rows)


def test_decomposition_of_two_spans(make_rows):
    # Each span has two months; by hand in docs/methods/backlog-decomposition.md, here halved per
    # month: received 600, 600 | 750, 750; decided 600, 600 | 450, 450; staff 30, 30 | 25, 25.
    counts = pd.concat(
        [
            _monthly(make_rows, "case_counts", "received", [600, 600, 750, 750]),
            _monthly(make_rows, "case_counts", "decided", [600, 600, 450, 450]),
        ],
        ignore_index=True,
    )
    staff = _monthly(
        make_rows, "staffing", "posts_filled", [30, 30, 25, 25], service="sozialreferat"
    )
    options = {"service": "wohngeld", "place": "Musterstadt", "staff_service": "sozialreferat"}
    parts = rueckstand.decompose_backlog(counts, staff, **options, months=2)
    assert dict(zip(parts["key"], parts["value"], strict=True)) == pytest.approx(
        {"applications": 300, "staff": 190, "output": 110, "total": 600}
    )
    assert rueckstand.decompose_backlog(counts, staff, **options, months=3).empty
    hidden = counts.assign(value=counts["value"].where(counts.index != 2))
    assert rueckstand.decompose_backlog(hidden, staff, **options, months=2).empty


def test_forecast_needs_months_without_gaps(make_rows):
    counts = _monthly(
        make_rows, "case_counts", "received", [100 + month % 12 for month in range(48)], "2021-01"
    )
    options = {"service": "wohngeld", "place": "Musterstadt"}
    assert rueckstand.forecast_applications(counts, **options, horizon=3).model == "Vorjahresmonat"
    assert rueckstand.forecast_applications(counts.drop(index=5), **options) is None
    assert rueckstand.forecast_applications(counts.head(0), **options) is None
