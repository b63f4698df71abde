"""Acceptances: what an edition may accept, what is lifted, and what is said about stale entries."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.acceptance import Acceptance, accept_findings, check_distinct, stop_errors
from analysis.cleaning.findings import COLUMNS, identify_findings
from analysis.errors import UsageError
from analysis.validation import validate_table

ENTRY = {
    "id": "bestand-1a2b3c4d",
    "reason": "Bestand im März bereinigt, Nachweis liegt vor.",
    "by": "Fachstelle Wohngeld",
    "on": dt.date(2026, 2, 2),
}


def _accept(**changes) -> Acceptance:
    return Acceptance.model_validate(ENTRY | changes)


def _findings(*severities: str) -> pd.DataFrame:
    rows = [
        ("", "bestand", severity, "f.csv", row, "offen", "400", "420", "Bestand.", "nein", "")
        for row, severity in enumerate(severities, start=2)
    ]
    return identify_findings(pd.DataFrame(rows, columns=COLUMNS))


class TestAcceptance:
    def test_is_stated_with_office_and_day(self):
        assert _accept().statement == (
            "Bestand im März bereinigt, Nachweis liegt vor. (Fachstelle Wohngeld, 02.02.2026)"
        )

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"id": "bestand"}, "Erwartet wird die Kennung eines Befundes"),
            ({"id": "bestand-1A2B3C4D"}, "Erwartet wird die Kennung eines Befundes"),
            ({"reason": "  ist schon gut  "}, "zu kurz"),
            ({"reason": "Rücksprache mit Petra Beispielhuber erfolgt."}, "nennt eine Person"),
            ({"reason": "Siehe Nachricht von a.b@example.org vom März."}, "nennt eine Person"),
            ({"by": "Frau Beispielhuber"}, "nennt eine Person"),
            ({"by": "Petra Beispielhuber"}, "nennt eine Person"),
            ({"by": "Schmidt"}, "nennt eine Person"),
            ({"by": " "}, "fehlt die Stelle"),
            ({"on": "irgendwann"}, "date"),
            ({"note": "mehr"}, "extra"),
        ],
    )
    def test_that_does_not_fit_is_refused(self, changes, message):
        with pytest.raises(ValidationError, match=message):
            _accept(**changes)

    def test_number_of_a_repeated_finding_belongs_to_its_identifier(self):
        assert _accept(id="erledigt_ueber_offen-00ff00ff-2").id.endswith("-2")

    def test_loads_without_pandas_and_lists_of_names(self):
        # editions are read for every command, --help included
        code = (
            "import sys, analysis.acceptance; print(sorted({'pandas', 'faker'} & {*sys.modules}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout == "[]\n"


class TestAcceptFindings:
    def test_lifts_only_the_finding_named(self):
        findings = _findings("fehler", "fehler", "warnung")
        named = _accept(id=findings["finding_id"][1])

        accepted = accept_findings(findings, [named])

        assert accepted["accepted"].tolist() == ["", named.statement, ""]
        # rows 2, 3, 4; the third is no error, the second is accepted
        assert stop_errors(accepted)["row"].tolist() == [2]
        assert stop_errors(findings)["row"].tolist() == [2, 3]

    def test_that_meets_nothing_becomes_a_finding(self):
        accepted = accept_findings(_findings("warnung"), [_accept()], file="probe.toml")

        assert len(accepted) == 2
        stale = accepted.iloc[1]
        assert (stale["check"], stale["severity"]) == ("annahme", "hinweis")
        assert (stale["file"], stale["row"], stale["found"]) == ("probe.toml", 0, ENTRY["id"])
        assert stale["message"].startswith(
            "Die Annahme »bestand-1a2b3c4d« passt zu keinem Befund mehr. Ist der Mangel behoben"
        )
        assert stop_errors(accepted).empty

    def test_names_the_nearest_identifier_on_a_typo(self):
        findings = _findings("fehler", "fehler")
        right = findings["finding_id"][0]
        wrong = right[:-1] + ("0" if right[-1] != "0" else "1")

        accepted = accept_findings(findings, [_accept(id=wrong)])

        assert f"Meinten Sie »{right}«?" in accepted["message"].iloc[-1]
        assert len(stop_errors(accepted)) == 2

    def test_twice_is_an_error(self):
        both = [_accept(), _accept(reason="Eine andere Begründung dafür.")]

        with pytest.raises(ValueError, match="mehrfach angenommen: »bestand-1a2b3c4d«"):
            check_distinct(both)
        with pytest.raises(UsageError, match="mehrfach angenommen: »bestand-1a2b3c4d«"):
            accept_findings(_findings("fehler"), both)

    def test_result_meets_the_schema(self):
        for findings in (_findings("fehler"), _findings()):
            accepted = accept_findings(findings, [_accept()])
            assert validate_table("findings", accepted).findings.empty
            assert len(accepted) == len(findings) + 1

    def test_does_not_change_its_input(self):
        findings = _findings("fehler")
        before = findings.copy()
        accept_findings(findings, [_accept(id=findings["finding_id"][0])])

        pd.testing.assert_frame_equal(findings, before)

    @given(st.sets(st.integers(0, 9)))
    def test_errors_left_are_those_not_named(self, chosen):
        findings = _findings(*["fehler"] * 10)
        named = [_accept(id=findings["finding_id"][number]) for number in sorted(chosen)]

        left = stop_errors(accept_findings(findings, named))

        assert left["row"].tolist() == [n + 2 for n in range(10) if n not in chosen]
