"""The privacy guard: what it recognises by name and by content, and what it leaves alone."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.de import idnr

from analysis.errors import UsageError
from analysis.privacy import PrivacyError, find_personal_data, guard, mask_personal_data
from analysis.privacy_patterns import is_health_number, is_insurance_number

OFFICES = [
    "Sozialbürgerhaus Laim/Schwanthaler Höhe",
    "Sozialbürgerhaus Berg am Laim - Trudering - Riem",
    "Sozialbürgerhaus Schwabing - Freimann",
    "Sozialbürgerhaus Orleansplatz (Au - Haidhausen, Bogenhausen)",
    "Sozialbürgerhaus Ramersdorf - Perlach",
    "Sozialbürgerhaus Sendling - Westpark",
    "Amt für Wohnen und Migration, Wohngeldstelle",
    "Stadtjugendamt München",
    "S-III-MF/UF, Werinherstraße 87",
]
SERVICES = [
    "Wohngeld",
    "Grundsicherung im Alter und bei Erwerbsminderung",
    "Hilfe zur Pflege",
    "Unterhaltsvorschuss",
    "Bildung und Teilhabe",
    "Sowon (Soziales Wohnen online)",
    "München-Pass",
    "Frühe Hilfen, Marie-Juchacz-Haus",
]
MONTHS = ["Januar 2024", "Feb 24", "März", "April 2024", "Mai 2024", "August 2023", "12/2024"]


def _removed(**columns):
    return guard(pd.DataFrame(columns)).removed.set_index("column")["kind"].to_dict()


class TestColumnNames:
    @pytest.mark.parametrize(
        ("column", "value", "kind"),
        [
            ("Nachname", "X", "Name"),
            ("VORNAME", "X", "Name"),
            ("Antragsteller*in", "X", "Name"),
            ("antragstellerName", "X", "Name"),
            ("Sachbearbeiter:in", "X", "Name"),
            ("Name des Kindes", "X", "Name"),
            ("Geb.-Datum", "1.1.24", "Geburtsdatum"),
            ("GebDat", "1.1.24", "Geburtsdatum"),
            ("Geburtsjahr", "1980", "Geburtsdatum"),
            ("Straße", "X", "Anschrift"),
            ("Haus-Nr.", "5 a", "Anschrift"),
            ("Anschrift", "X", "Anschrift"),
            ("Aktenzeichen", "1", "Aktenzeichen"),
            ("Az.", "1", "Aktenzeichen"),
            ("Kunden-Nr.", "1", "Aktenzeichen"),
            ("Kundennummer", "1", "Aktenzeichen"),
            ("FallID", "1", "Aktenzeichen"),
            ("BG-Nummer", "1", "Aktenzeichen"),
            ("Personalnummer", "1", "Aktenzeichen"),
            ("Fall-Nr. (alt)", "1", "Aktenzeichen"),
            ("E-Mail-Adresse", "unbekannt", "E-Mail-Adresse"),
            ("Telefon privat", "089 123456", "Telefonnummer"),
            ("IBAN", "x", "IBAN"),
            ("Kontonummer", "1", "IBAN"),
            ("Steuer-ID", "1", "Steuernummer"),
            ("IdNr", "36574261809", "Steuernummer"),
            ("Id-Nr.", "1", "Aktenzeichen"),
            ("SV-Nr.", "1", "Versicherungsnummer"),
            ("Rentenversicherungsnummer", "1", "Versicherungsnummer"),
        ],
    )
    def test_of_personal_data_are_recognised(self, column, value, kind):
        assert _removed(**{column: [value]}) == {column: kind}

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("Mitarbeiter*innen", "12,5"),
            ("Beschäftigte", "1.204"),
            ("E-Mails", "3.400"),
            ("Telefon", "120"),
            ("Telefon", "ja"),
            ("Anzahl Aktenzeichen", "17"),
            ("Fallzahl", "17"),
            ("Fälle", "1.017"),
            ("Geburten", "12"),
            ("AZ-Anteil", "0,5"),
            ("Leistung", "Wohngeld"),
            ("Dienststelle", OFFICES[0]),
            ("Dienststellennummer", "412"),
            ("Antragsart", "Erstantrag"),
            ("Kostenstelle", "40100"),
            ("Eingang", "31.12.2024"),
            ("Sozialregion", "7"),
            ("Strassenausbau", "Neubau"),
        ],
    )
    def test_of_statistics_are_left_alone(self, column, value):
        assert _removed(**{column: [value]}) == {}


class TestContent:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("bitte an petra.muster@example.org", "E-Mail-Adresse"),
            ("Konto DE89 3704 0044 0532 0130 00", "IBAN"),
            ("DE89370400440532013000", "IBAN"),
            ("Steuer-ID 36 574 261 809", "Steuernummer"),
            ("151/815/08156", "Steuernummer"),
            ("RV 15070649C103", "Versicherungsnummer"),
            ("Karte A123456780", "Versicherungsnummer"),
            ("Rückruf 089/233-96833", "Telefonnummer"),
            ("+49 (0)89 23396833", "Telefonnummer"),
            ("0171 2345678", "Telefonnummer"),
            ("01712345678", "Telefonnummer"),
            ("Az.: WG 1234/24 liegt vor", "Aktenzeichen"),
            ("Kundennummer 0815-4711", "Aktenzeichen"),
            ("geb. am 03.04.1978", "Geburtsdatum"),
            ("wohnt Lindwurmstraße 41 b", "Anschrift"),
            ("Schwanthaler Str. 62", "Anschrift"),
            ("Frau Dr. von Beispiel rief an", "Name"),
            ("Herrn Öztürk informiert", "Name"),
            ("Unterlagen von Petra Beispielhuber fehlen", "Name"),
            ("Schmidt, Anna-Lena", "Name"),
            ("Mustermann, Erika", "Name"),
            ("Mehmet Yılmaz", "Name"),
            # the same, as typed, pasted and exported by all sorts of programs
            ("DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "IBAN"),
            ("DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00", "IBAN"),
            ("DE89-3704-0044-0532-0130-00", "IBAN"),
            ("DE 89 3704 0044 0532 0130 00", "IBAN"),
            ("KontoDE89370400440532013000x", "IBAN"),
            ("Petra\u00a0Beispielhuber", "Name"),
            ("Petra&nbsp;Beispielhuber", "Name"),
            ("Pet\u00adra Beispiel\u200bhuber", "Name"),
            ("Mu\u0308ller, Petra", "Name"),
            ("M&uuml;ller, Petra", "Name"),
            ("herr müller", "Name"),
            ("Hr Müller", "Name"),
            ("Familie Schmidt", "Name"),
            ("P. Schmidt", "Name"),
            ("Petra_Schmidt", "Name"),
            ("Petra.Schmidt", "Name"),
            ("petra (at) example.org", "E-Mail-Adresse"),
            ("petra[at]example[dot]org", "E-Mail-Adresse"),
            ("petra＠example.org", "E-Mail-Adresse"),
            ("petra&#64;example.org", "E-Mail-Adresse"),
            ("mailto:petra%40example.org", "E-Mail-Adresse"),
            ("089 / 233 - 96833", "Telefonnummer"),
            ("Tel. 233-96833", "Telefonnummer"),
            ("Durchwahl -96833", "Telefonnummer"),
            ("geb.\u00a003.04.1978", "Geburtsdatum"),
            ("geboren am 3. April 1978", "Geburtsdatum"),
            ("Geb.-Dat. 03.04.1978", "Geburtsdatum"),
            ("geb. 03/04/1978", "Geburtsdatum"),
            ("Jahrgang 1978", "Geburtsdatum"),
            ("Müllerin, * 03.04.1978", "Geburtsdatum"),
            ("LINDWURMSTRASSE 41", "Anschrift"),
            ("lindwurmstraße 41", "Anschrift"),
            ("Lindwurmstr 41", "Anschrift"),
            ("Lindwurmstraße Nr. 41", "Anschrift"),
            ("Am Harras 12, 81373 München", "Anschrift"),
            ("AZ: WG-1234/24", "Aktenzeichen"),
            ("Unser Zeichen: WG 1234/24", "Aktenzeichen"),
            ("Akten-Nr. 1234/24", "Aktenzeichen"),
            ("WG-2024-00017", "Aktenzeichen"),
            ("BG-Nummer 84302//0012345", "Aktenzeichen"),
            ("84302BG0012345", "Aktenzeichen"),
            ("843D123456", "Aktenzeichen"),
        ],
    )
    def test_is_recognised(self, text, kind):
        assert [hit.kind for hit in find_personal_data(text)] == [kind]

    @pytest.mark.parametrize(
        "text",
        [
            *OFFICES,
            *SERVICES,
            *MONTHS,
            "DE89 3704 0044 0532 0130 01",  # wrong check digits
            "36574261808",
            "15070649C104",
            "A123456781",
            "20-26 / V 16954",
            "S0462/23, Antrag A0203/23",
            "0156/2024",
            "09162000",
            "09 162 000",
            "1.234.567,89 €",
            "11 722 offene Anträge",
            "2024-01-31T12:00:00",
            "Sozialbürgerhaus Mitte, Schwanthalerstraße 62",
            "Die Linke / Die PARTEI, ÖDP/München-Liste, SPD / Volt, Rosa Liste",
            "Christian-Ude-Platz und Thomas Wimmer Ring",
            "Frauen und Männer; Frau und Beruf",
            "M 0.1 0.25 L 123 4567 89012",
            "pub 2022-12; duplicate of AZ 14,200",
            "z. B. Wolf, S. 12, Art. 5 Abs. 2",
            "* 31.12.2024 vorläufig",
            "Ernst-Reuter-Platz, Max-Planck-Institut, Anna-Lena",
            "Vergleich mit 2023; 16200 Anträge",
            "Telefon 1.234 Anträge, Telefonisch: 12",
            "AT&T; &copy; &unbekannt;",
            "W-2024, A-05330, V-16954, F901",
            "per E-Mail @ Wohngeldstelle",
        ],
    )
    def test_of_statistics_is_left_alone(self, text):
        assert find_personal_data(text) == []

    def test_checksums_by_hand(self):
        # 15 070649 C 10 with C = 03: products 2,5,0,35,0,6,8,9,0,3,2,0, with cross sums
        # 2+5+0+8+0+6+8+9+0+3+2+0 = 43, so the check digit is 3
        assert is_insurance_number("15070649C103")
        assert not is_insurance_number("15070649C102")
        assert not is_insurance_number("15990649C103")
        # A = 01: 0·1, 1·2, 1·1, 2·2, 3·1, 4·2, 5·1, 6·2, 7·1, 8·2 with cross sums
        # 0+2+1+4+3+8+5+3+7+7 = 40, so the check digit is 0
        assert is_health_number("A123456780")
        assert not is_health_number("a123456780")

    def test_hits_give_nothing_away(self):
        text = "Frau Beispielhuber, petra@example.org"
        for hit in find_personal_data(text):
            assert hit.masked == f"{text[hit.start]}…"

    @pytest.mark.parametrize("piece", ["a-", "A-", "Ab.", "A1-1-", "a (at) ", "Az. A1.", "1 "])
    def test_long_repetitions_take_no_time(self, piece):
        # measured 2026: below one second each; quadratic patterns took minutes
        begun = time.monotonic()
        find_personal_data(piece * 5000)

        assert time.monotonic() - begun < 20

    def test_places_are_those_of_the_text_as_it_is(self):
        text = "a\u00adb &amp; Mu\u0308ller, Pet\u200bra &uuml; x"
        (hit,) = find_personal_data(text)

        assert text[hit.start : hit.end] == "Mu\u0308ller, Pet\u200bra"

    def test_masking_leaves_the_rest(self):
        assert mask_personal_data("Anruf von Petra Schmidt, 0171 2345678, am Montag") == (
            "Anruf von (Name, nicht ausgegeben), (Telefonnummer, nicht ausgegeben), am Montag"
        )
        assert mask_personal_data("12 offene Anträge") == "12 offene Anträge"

    def test_allowed_texts_may_stand(self):
        text = "Kontakt: poststelle@example.org"

        assert find_personal_data(text, allow={"poststelle@example.org"}) == []

    @given(st.integers(0, 10**18 - 1))
    def test_every_valid_german_iban_is_found(self, account):
        bban = f"{account:018d}"
        number = f"DE{98 - int(bban + '131400') % 97:02d}{bban}"

        assert iban.is_valid(number)
        assert "IBAN" in {hit.kind for hit in find_personal_data(f"an {number}!")}

    @given(st.integers(10**10, 10**11 - 1).filter(lambda number: not idnr.is_valid(str(number))))
    def test_other_numbers_of_eleven_digits_are_no_tax_number(self, number):
        assert find_personal_data(str(number)) == []

    @given(st.text(max_size=200))
    def test_any_text_can_be_searched(self, text):
        for hit in find_personal_data(text):
            assert 0 <= hit.start < hit.end <= len(text)


class TestOutputs:
    def test_html_is_searched_without_its_code(self):
        html = (
            '<style>.Petra Muster{}</style><path d="M 089 1234567 89"/>'
            '<img src="data:font/woff2;base64,DE89370400440532013000">'
            "<td>petra</td><td>Offene Anträge</td>"
            '<img alt="Fall von Petra Beispielhuber">'
        )

        hits = find_personal_data(html)

        assert [html[hit.start : hit.end] for hit in hits] == ["Petra Beispielhuber"]

    def test_names_in_neighbouring_cells_of_a_csv_are_found(self):
        assert [hit.kind for hit in find_personal_data("id;n\n1;Petra;Beispielhuber\n")] == ["Name"]


class TestGuard:
    @pytest.fixture
    def export(self):
        return pd.DataFrame(
            {
                "Aktenzeichen": ["WG-2024-00001", "WG-2024-00002", "WG-2024-00003"],
                "Antragsteller": ["Muster", "Beispiel", "Probe"],
                "Eingang": ["01.02.2024", "02.02.2024", "05.02.2024"],
                "Status": ["offen", "beschieden", "offen"],
                "Bemerkung": ["", "Rückruf 089/233-96833", "vollständig"],
                "Dienststelle": OFFICES[:3],
            }
        )

    def test_takes_out_personal_columns_with_reasons(self, export):
        guarded = guard(export)

        assert list(guarded.rows) == ["Eingang", "Status", "Dienststelle"]
        assert guarded.removed.to_dict("records") == [
            {
                "column": "Aktenzeichen",
                "kind": "Aktenzeichen",
                "reason": "Spaltenname weist auf Aktenzeichen hin",
                "cells": 0,
            },
            {
                "column": "Antragsteller",
                "kind": "Name",
                "reason": "Spaltenname weist auf Name hin",
                "cells": 0,
            },
            {
                "column": "Bemerkung",
                "kind": "Telefonnummer",
                "reason": "Freitext mit personenbezogenen Angaben: Telefonnummer",
                "cells": 1,
            },
        ]

    def test_hands_identifiers_over_apart(self, export):
        guarded = guard(export, keep_in_memory=("Aktenzeichen",))

        assert "Aktenzeichen" not in guarded.rows
        assert guarded.identifiers["Aktenzeichen"].tolist() == export["Aktenzeichen"].tolist()
        assert "Aktenzeichen" in guarded.removed["column"].tolist()

    def test_shows_no_content_when_printed(self, export):
        text = repr(guard(export, keep_in_memory=("Aktenzeichen",)))

        assert "WG-2024" not in text
        assert "Muster" not in text
        assert "96833" not in text

    def test_keeps_only_identifiers(self, export):
        hidden = export.assign(Aktenzeichen="36574261809")
        with pytest.raises(PrivacyError, match="»Aktenzeichen« enthält Angaben der Art »Steuer"):
            guard(hidden, keep_in_memory=("Aktenzeichen",))
        with pytest.raises(PrivacyError, match="»Antragsteller« enthält Angaben der Art »Name«"):
            guard(export, keep_in_memory=("Antragsteller",))

    def test_one_name_among_many_case_numbers_is_worse(self, export):
        mixed = export.assign(Aktenzeichen=["WG-2024-00001", "WG-2024-00002", "Petra Schmidt"])

        with pytest.raises(PrivacyError, match="»Aktenzeichen« enthält Angaben der Art »Name«"):
            guard(mixed, keep_in_memory=("Aktenzeichen",))

    def test_names_the_nearest_column(self, export):
        with pytest.raises(UsageError, match="Meinten Sie »Aktenzeichen«"):
            guard(export, keep_in_memory=("Aktenzeichn",))

    def test_leaves_a_column_that_somebody_has_checked(self, export):
        assert "Bemerkung" in guard(export, allow=("Bemerkung",)).rows

    def test_does_not_change_its_input(self, export):
        before = export.copy()
        guard(export, keep_in_memory=("Aktenzeichen",))

        pd.testing.assert_frame_equal(export, before)

    def test_an_empty_export_stays_empty(self):
        assert guard(pd.DataFrame({"Monat": [], "Nachname": []})).removed.empty

    def test_finds_one_planted_name_among_many_rows(self):
        texts = ["vollständig"] * 5000
        texts[4321] = "Unterlagen von Petra Beispielhuber fehlen"

        assert _removed(Hinweis=texts) == {"Hinweis": "Name"}

    def test_recognises_birth_dates_without_a_telling_name(self):
        births = pd.date_range("1950-01-07", periods=60, freq="317D").strftime("%d.%m.%Y")
        received = pd.date_range("2021-01-07", periods=60, freq="17D").strftime("%d.%m.%Y")

        assert _removed(Datum=births, Eingang=received) == {"Datum": "Geburtsdatum"}

    def test_typed_dates_are_looked_at_too(self):
        births = pd.date_range("1950-01-07", periods=60, freq="317D")

        assert _removed(Datum=births) == {"Datum": "Geburtsdatum"}

    def test_month_ends_of_a_long_series_are_no_birth_dates(self):
        assert _removed(Stichtag=pd.date_range("1980-01-31", periods=400, freq="ME")) == {}

    def test_recognises_names_and_identifiers_without_a_telling_name(self):
        names = ["Schmidt", "Schuster", "Vogt", "Hartmann", "Ackermann"] * 8
        codes = [f"WG-{number:06d}" for number in range(40)]
        numbers = [str(7_100_000_000 + 37 * number) for number in range(40)]

        assert _removed(Feld1=names, Feld2=codes, Feld3=numbers) == {
            "Feld1": "Name",
            "Feld2": "Aktenzeichen",
            "Feld3": "Aktenzeichen",
        }

    def test_typed_numbers_are_looked_at_too(self):
        assert _removed(Feld=[36574261809, 36574261809]) == {"Feld": "Steuernummer"}

    def test_statistics_are_left_alone(self):
        rows = pd.DataFrame(
            {
                "Monat": pd.date_range("2020-01-01", periods=48, freq="MS").strftime("%Y-%m"),
                "Dienststelle": (OFFICES * 6)[:48],
                "Leistung": (SERVICES * 6)[:48],
                "eingegangen": [str(1000 + 7 * number) for number in range(48)],
                "offen": [10_000 + 13 * number for number in range(48)],
                "Quote": [f"{number},5 %" for number in range(48)],
                "Besetzung VZÄ": [1.5 * number for number in range(48)],
                "Kanal": ["online", "Papier", "Telefon", "persönlich"] * 12,
                "Leika-Schlüssel": [f"{99107033017000 + number}" for number in range(48)],
            }
        )

        assert guard(rows).removed.empty
