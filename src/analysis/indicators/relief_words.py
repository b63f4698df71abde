"""What the chapter Entlastung says in words: titles and phrases that follow from the figures.

Ranges are wide, so titles have two significant digits; tables have the figures themselves.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.models.relief import Setting
from analysis.presentation.formats import format_number, format_with_unit
from analysis.presentation.phrases import join_words

Row: TypeAlias = "pd.Series[Any]"

MIDDLE, SPAN = "P50", "P10 bis P90"
HOURS, HOURS_PER_YEAR = "Stunden", "Stunden im Jahr"
_FIGURES = ["lower", "value", "upper"]
_SIGNIFICANT = 2


def say_needs(money: str, staff: str) -> str:
    """Return in German what a measure needs in addition (``ja``, ``nein``, ``unbekannt``)."""
    both = {"Geld": money, "Personal": staff}
    if money == staff:
        words = {"ja": "Geld und Personal", "nein": "nichts", "unbekannt": "offen"}
        return words[money]
    parts = {"ja": "{}", "nein": "kein {}", "unbekannt": "{} offen"}
    return ", ".join(parts[answer].format(what) for what, answer in both.items())


def head_measures(measures: pd.DataFrame) -> str:
    """Return the title of the list of measures: how many, how many without money and staff."""
    free = int(((measures["needs_money"] == "nein") & (measures["needs_staff"] == "nein")).sum())
    open_ = int((measures[["needs_money", "needs_staff"]] == "unbekannt").any(axis=1).sum())
    return (
        f"{format_number(len(measures))} Maßnahmen: {format_number(free)} brauchen weder Geld noch "
        f"Personal zusätzlich, bei {format_number(open_)} ist das nicht oder nur zum Teil bekannt"
    )


def head_course(balance: Row, break_even: Row, months: int) -> str:
    """Return the title of the course of all measures: balance and break-even with range."""
    return (
        f"Alle Maßnahmen zusammen: Nach {format_number(months)} Monaten "
        f"{say_balance(balance)}; {say_break_even(break_even, months)}"
    )


def say_balance(row: Row) -> str:
    """Return whether relief outweighs effort, by how much, as far as the range decides it."""
    if row["lower"] > 0:
        return f"überwiegt die Entlastung den Aufwand um {say_range(row, HOURS)}"
    if row["upper"] < 0:
        return f"überwiegt der Aufwand die Entlastung um {say_range(turn(row), HOURS)}"
    return (
        "ist offen, ob die Entlastung den Aufwand überwiegt: Saldo "
        f"{say_range(row, HOURS, about='')}"
    )


def say_gap(row: Row) -> str:
    """Return whether hours are missing (a negative balance), as far as the range decides it."""
    if row["upper"] < 0:
        return f"fehlen {say_range(turn(row), HOURS)}"
    if row["lower"] > 0:
        return f"sind {say_range(row, HOURS)} gewonnen"
    return f"ist offen, ob Stunden fehlen: Saldo {say_range(row, HOURS, about='')}"


def turn(row: Row) -> Row:
    """Return a result with the opposite sign: a loss as a positive number."""
    turned = row.copy()
    for name, other in (("lower", "upper"), ("value", "value"), ("upper", "lower")):
        turned[name] = -row[other]
    return turned


def say_break_even(row: Row, months: int) -> str:
    """Return from which month on relief outweighs effort.

    Args:
        row: months with ``value``, ``lower``, ``upper``; missing where it is later than looked at.
        months: length of the time looked at.
    """
    late = f"später als Monat {format_number(months)}"
    if pd.isna(row["value"]):
        first = "" if pd.isna(row["lower"]) else f", frühestens ab Monat {_month(row['lower'])}"
        return f"in den meisten Rechnungen im Plus erst {late}{first}"
    if pd.isna(row["upper"]):
        return f"im Plus ab Monat {_month(row['value'])} ({_month(row['lower'])} oder {late})"
    span = (
        ""
        if row["lower"] == row["upper"]
        else f" ({_month(row['lower'])} bis {_month(row['upper'])})"
    )
    return f"im Plus ab Monat {_month(row['value'])}{span}"


def say_range(row: Row, unit: str, *, about: str = "rund ", digits: int | None = None) -> str:
    """Return a result for a title: ``rund 54.000 Stunden (31.000 bis 88.000)``.

    Args:
        row: ``value``, ``lower``, ``upper``.
        unit: German unit.
        about: word before the figure.
        digits: decimal places; without it two significant digits, for the ranges are wide.
    """
    three = [row[name] if digits is not None else round_off(row[name]) for name in _FIGURES]
    lower, value, upper = (format_number(number, digits or 0) for number in three)
    if lower == upper:
        return format_with_unit(value, unit)
    return f"{about}{format_with_unit(value, unit)} ({lower} bis {upper})"


def round_off(value: float, *, digits: int = _SIGNIFICANT) -> float:
    """Return a value with few significant digits; order and sign stay.

    Args:
        value: any number; missing and zero stay as they are.
        digits: significant digits.
    """
    if pd.isna(value) or value == 0 or not np.isfinite(value):
        return float(value)
    place = int(np.floor(np.log10(abs(value)))) - digits + 1
    # A whole power of ten at a time: a negative power has no exact float.
    if place >= 0:
        return float(np.round(value / 10.0**place) * 10.0**place)
    return float(np.round(value * 10.0**-place) / 10.0**-place)


def round_row(row: Row) -> Row:
    """Return a result whose figures have two significant digits, for running text."""
    found = row.copy()
    for name in _FIGURES:
        found[name] = round_off(row[name])
    return found


def as_span(row: Row) -> Row:
    """Return a result that is shown by its two ends alone: ``31.000 bis 88.000``."""
    shown = row.astype("object")
    shown["rule"] = "range"
    return shown


def head_yearly(yearly: pd.DataFrame) -> str:
    """Return the title of the comparison of measures: the largest one, and how many may not pay."""
    first, often = yearly.iloc[0], int(yearly["often"].sum())
    return (
        f"In der Mitte der Spanne am meisten: »{first['category']}« mit "
        f"{say_range(first, HOURS_PER_YEAR)}; {say_doubtful(often, len(yearly))}"
    )


def say_doubtful(often: int, total: int) -> str:
    """Return in how many measures effort often outweighs relief."""
    if not often:
        return "bei keiner überwiegt der Aufwand in einem Viertel der Rechnungen oder mehr"
    return (
        f"bei {format_number(often)} von {format_number(total)} überwiegt der Aufwand in "
        "mindestens einem Viertel der Rechnungen"
    )


def head_areas(areas: pd.DataFrame) -> str:
    """Return the title of the comparison of areas: the two largest with their ranges."""
    named = [f"{row['category']} {say_range(row, HOURS)}" for _, row in areas.head(2).iterrows()]
    return f"Entlastung je Fachbereich im Jahr: {join_words(named)}"


def head_states(weighed: pd.DataFrame) -> str:
    """Return the title: hours without and with end to end, and the share that depends on it."""
    without, with_, share = (row for _, row in weighed.iterrows())
    return (
        f"Ohne durchgängige Verarbeitung {say_range(without, HOURS_PER_YEAR)}, mit ihr "
        f"{say_range(with_, HOURS)}: {say_range(share, '%')} der Entlastung hängen daran"
    )


def say_points(row: Row, unit: str) -> str:
    """Return three points in words: ``4 bis 60 %, am ehesten 33``."""
    low, middle, high = (_say_plain(row[name]) for name in ("minimum", "mode", "maximum"))
    if low == high:
        return format_with_unit(low, unit)
    likely: str = (
        ", kein Wert wahrscheinlicher" if pd.isna(row["mode"]) else f", am ehesten {middle}"
    )
    return f"{low} bis {format_with_unit(high, unit)}{likely}"


def head_influence(ranked: pd.DataFrame) -> str:
    """Return the title of the tornado: which assumption to measure first."""
    first = ranked.iloc[0]
    return (
        f"Zuerst zu messen: »{first['category']}«; daran hängt das Ergebnis am stärksten "
        f"(Rangkorrelation {format_number(first['value'], 2)})"
    )


def head_assumptions(ranked: pd.DataFrame) -> str:
    """Return the title of the strongest assumptions: how many of them rest on a source."""
    proven = int((ranked["state"] == "belegt").sum())
    said = "keine" if not proven else format_number(proven)
    verb = "sind" if proven > 1 else "ist"
    return f"Von den {format_number(len(ranked))} wichtigsten Annahmen {verb} {said} belegt"


def head_check(checked: pd.DataFrame) -> str:
    """Return the title of the check: published value, range of the model, place in it."""
    model, published = checked.iloc[0], checked.iloc[1]
    inside = (
        "innerhalb der Spanne des Modells"
        if model["covered"]
        else "außerhalb der Spanne des Modells"
    )
    low, high = (format_number(round_off(model[name])) for name in ("lower", "upper"))
    return (
        f"Probe an einem bekannten Fall: Veröffentlicht sind "
        f"{format_with_unit(format_number(published['value']), 'Stunden')}, das liegt {inside} "
        f"({low} bis {high}); {format_with_unit(format_number(model['rank']), '%')} der Rechnungen "
        "ergeben weniger"
    )


def head_beginnings(rows: pd.DataFrame) -> str:
    """Return the title: what is missing in the first months in both cases."""
    first = rows.loc[rows["month"] == rows["month"].min()]
    planned, worst = first.iloc[0], first.iloc[1]
    months = format_number(int(first["month"].iloc[0]))
    return (
        f"In den ersten {months} Monaten {say_gap(planned)}; greift in dieser Zeit noch nichts, "
        f"{say_gap(worst)}"
    )


def head_short_run(rows: pd.DataFrame, months: int) -> str:
    """Return the title: how many measures are ahead by then in nine of ten draws, and in half."""
    most = int((rows["lower"] > 0).sum())
    half = int((rows["value"] > 0).sum())
    total, best = len(rows), rows.iloc[0]
    said = "keine" if not most else format_number(most)
    verb = "sind" if most > 1 else "ist"
    return (
        f"Nach {format_number(months)} Monaten {verb} von {format_number(total)} rasch "
        f"einführbaren Maßnahmen {said} in neun von zehn Rechnungen im Plus, "
        f"{format_number(half)} in jeder zweiten; vorn »{best['category']}« mit "
        f"{say_range(best, HOURS)}"
    )


def say_draws(setting: Setting, error: float = np.nan, unit: str = HOURS) -> str:
    """Return how the figures came about: number of draws, seed, sampling error.

    Args:
        setting: how it was simulated.
        error: largest sampling error of the figures shown, where it is to be said.
        unit: its unit.
    """
    base = (
        f"Mitte ({MIDDLE}) und Spanne ({SPAN}) aus {format_number(setting.draws)} Ziehungen, "
        f"Startwert {setting.seed}; in acht von zehn Rechnungen liegt das Ergebnis in der Spanne."
    )
    if not np.isfinite(float(error)):
        return base
    most = format_with_unit(format_number(np.ceil(float(error))), unit)
    return f"{base} Stichprobenfehler höchstens {most}."


def join_notes(*notes: str) -> str:
    """Return notes below a chart as one text; empty ones are left out."""
    return " ".join(note for note in notes if note)


def head_free(rows: pd.DataFrame) -> str:
    """Return the title of the measures without extra means: how many, and the largest one."""
    known = rows.dropna(subset="value")
    count = f"{format_number(len(rows))} Maßnahmen brauchen weder Geld noch Personal zusätzlich"
    if known.empty:
        return count
    first = known.iloc[0]
    return f"{count}; vorn »{first['name']}« mit {say_range(first, HOURS_PER_YEAR)}"


def _month(value: float) -> str:
    return format_number(value)


def _say_plain(number: float) -> str:
    digits = next((places for places in range(4) if round(number, places) == number), 4)
    return format_number(number, digits)
