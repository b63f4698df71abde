"""What the check shows: layout by width, limits, accepted findings, counts, JSON."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from analysis.cleaning.findings import COLUMNS, identify_findings
from analysis.cli_check import (
    SCHEMA,
    describe_result,
    findings_to_json,
    select_findings,
    share_width,
    show_findings,
    write_json,
)
from analysis.errors import UsageError

WIDTHS = (80, 119, 120, 200)


def _findings(*rows: dict) -> pd.DataFrame:
    plain = {
        "finding_id": "",
        "check": "bestand",
        "severity": "fehler",
        "file": "zahlen.csv",
        "row": 2,
        "column": "Offen",
        "found": "430",
        "expected": "450",
        "message": "Der Bestand passt nicht.",
        "rejected": "nein",
        "accepted": "",
    }
    return identify_findings(pd.DataFrame([plain | row for row in rows], columns=COLUMNS))


def _show(findings: pd.DataFrame, width: int, **options) -> str:
    stream = io.StringIO()
    show_findings(Console(file=stream, width=width), findings, **options)
    return stream.getvalue()


@pytest.fixture
def findings() -> pd.DataFrame:
    return _findings(
        *({"row": row} for row in range(2, 12)),
        {"check": "sprung", "severity": "hinweis", "row": 3},
        {"check": "luecke", "severity": "warnung", "row": 0, "file": "a.csv", "found": ""},
        {"row": 40, "accepted": "Nachweis liegt vor. (Fachstelle, 02.02.2026)"},
    )


class TestShown:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_no_line_is_wider_than_the_terminal(self, findings, width):
        long = findings.assign(
            check="erledigt_ueber_offen",
            column="Vollzeitäquivalente / besetzt einschließlich Teilzeit",
            found="x" * 90,
            message="Ein sehr langer Satz mit vielen Wörtern und Zahlen. " * 9,
        )
        for table in (findings, identify_findings(long)):
            assert max(map(len, _show(table, width).splitlines())) <= width

    @pytest.mark.parametrize("width", WIDTHS)
    def test_says_where_what_and_what_was_expected(self, findings, width):
        shown = " ".join(_show(findings, width).split())

        for text in (findings["finding_id"][0], "Offen", "430", "450", "Der Bestand passt nicht."):
            assert text in shown

    @pytest.mark.parametrize("width", WIDTHS)
    def test_goes_by_severity_then_file_accepted_last(self, findings, width):
        shown = _show(findings, width)

        heads = ["Fehler: 10", "Warnungen: 1", "Hinweise: 1", "In der Edition angenommen: 1"]
        places = [shown.index(head) for head in [*heads, "Übersicht"]]
        assert places == sorted(places)
        assert places[1] < shown.index("a.csv (1)") < places[2]
        assert shown.index(findings["finding_id"][12]) > places[3]
        reason = " ".join(shown[places[3] : places[4]].split())
        assert "Nachweis" in reason
        assert "Fachstelle" in reason

    @pytest.mark.parametrize("width", WIDTHS)
    def test_shows_some_of_each_check_and_counts_the_rest(self, findings, width):
        shown = " ".join(_show(findings, width, most=3).split())

        ids = findings["finding_id"]
        assert [identifier in shown for identifier in ids[:10]] == [True] * 3 + [False] * 7
        assert "… und 7 weitere (Bestandsgleichung nicht erfüllt); alle mit --all" in shown
        everything = _show(findings, width, most=None)
        assert all(identifier in everything for identifier in ids)
        assert "alle mit --all" not in everything

    def test_identifiers_stay_whole(self):
        longest = _findings({"check": "erledigt_ueber_offen"})

        for width in WIDTHS:
            assert longest["finding_id"][0] in _show(longest, width)

    def test_counts_each_check(self, findings):
        lines = _show(findings, 80).splitlines()

        row = next(line for line in lines if line.startswith("Bestandsgleichung"))
        assert row.split()[-4:] == ["10", "0", "0", "1"]
        assert lines[-1].split() == ["Zusammen", "10", "1", "1", "1"]

    def test_control_characters_and_markup_do_not_reach_the_terminal(self):
        shown = _show(_findings({"found": "\x1b[2J[bold]x", "column": "\u202eOffen"}), 80)

        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[bold]x" in shown

    def test_nothing_is_shown_of_nothing(self, findings):
        assert _show(findings.iloc[:0], 80) == ""


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([], "Keine Befunde: Ein Bericht ist möglich."),
        ([11], "1 Befund: Ein Bericht ist möglich."),
        ([0], "1 Befund: 1 Fehler lässt keinen Bericht zu."),
        ([0, 1, 12], "3 Befunde, davon 1 angenommen: 2 Fehler lassen keinen Bericht zu."),
        ([12], "1 Befund, davon 1 angenommen: Ein Bericht ist möglich."),
    ],
)
def test_result_in_words(findings, chosen, expected):
    assert describe_result(findings.iloc[chosen]) == expected


def test_widths_are_shared_by_need():
    # 60 for three: 10 needs 10; 50 for two: 20 needs 20; 30 are left for the third
    assert share_width([10, 99, 20], 60) == [10, 30, 20]
    # 12 for three that need more: 4 each
    assert share_width([50, 50, 50], 12) == [4, 4, 4]
    assert share_width([3, 4], 80) == [3, 4]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(6, 300))
def test_widths_never_exceed_what_there_is(naturals, available):
    shares = share_width(naturals, available)

    assert sum(shares) <= available
    assert all(1 <= share <= natural for share, natural in zip(shares, naturals, strict=True))


def test_severity_means_this_and_above(findings):
    assert len(select_findings(findings, None)) == 13
    assert len(select_findings(findings, "hinweis")) == 13
    assert len(select_findings(findings, "warnung")) == 12
    assert len(select_findings(findings, "fehler")) == 11
    with pytest.raises(UsageError, match="Meinten Sie »warnung«"):
        select_findings(findings, "warnungen")


class TestJson:
    def test_holds_every_finding_with_all_fields(self, findings):
        document = json.loads(findings_to_json(findings, edition="probe"))

        assert document["schema"] == SCHEMA
        assert document["edition"] == "probe"
        assert document["reportable"] is False
        assert document["counts"]["bestand"] == {
            "fehler": 10,
            "warnung": 0,
            "hinweis": 0,
            "accepted": 1,
        }
        assert document["findings"] == findings.to_dict("records")

    def test_of_accepted_errors_only_is_reportable(self, findings):
        assert json.loads(findings_to_json(findings.iloc[10:], edition="p"))["reportable"] is True
        assert json.loads(findings_to_json(findings.iloc[:0], edition="p"))["findings"] == []

    def test_goes_to_a_file_or_is_handed_back(self, tmp_path):
        path = tmp_path / "b.json"

        assert write_json("{}\n", str(path)) is None
        assert path.read_text("utf-8") == "{}\n"
        assert write_json("{}\n", "-") == "{}\n"
        with pytest.raises(UsageError, match="lässt sich nicht schreiben"):
            write_json("{}", str(tmp_path / "fehlt" / "b.json"))
