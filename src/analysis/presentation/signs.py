"""The signs that stand in a table where no number is shown."""

from __future__ import annotations

SECRET = "."
NOTHING = "–"
LESS_THAN_HALF = "0"
NOT_MEANINGFUL = "x"
LATER = "…"

MEANINGS = {
    SECRET: "Zahlenwert unbekannt oder geheim zu halten",
    NOTHING: "nichts vorhanden",
    LESS_THAN_HALF: "weniger als die Hälfte der kleinsten dargestellten Einheit",
    NOT_MEANINGFUL: "Aussage nicht sinnvoll",
    LATER: "Angabe folgt später",
}
SPOKEN = {SECRET: "geheim gehalten", NOTHING: "nichts vorhanden", NOT_MEANINGFUL: "nicht sinnvoll"}
"""What is read aloud instead of the sign."""
