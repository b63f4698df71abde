"""What the chapter Rückstand says in words: titles and notes that follow from the figures.

The figures themselves: ``indicators.rueckstand`` (until now), ``indicators.outlook`` (from now on).
Estimates are not exact, so titles round them to three figures; tables have the figures themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pandas as pd

from analysis.assumed import BacklogSettings
from analysis.indicators.intervals import BOUNDS
from analysis.indicators.outlook import CHANGED, COMPUTED, Outlook, measure_growth
from analysis.indicators.rueckstand import RIGHT, Backlog, Check, list_day_stocks
from analysis.models.forecast import NAIVE, Forecast
from analysis.models.sampling import QUANTILES
from analysis.presentation.formats import (
    format_date,
    format_month,
    format_number,
    format_percent,
    say_when,
)
from analysis.presentation.phrases import TREND, Interval, Words, comparison, join_words, trend_word

QUANTILE_HEADS = {
    "value": "Mitte",
    "lower": "unteres Ende",
    "upper": "oberes Ende",
    "value_error": "Stichprobenfehler der Mitte",
    "lower_error": "des unteren Endes",
    "upper_error": "des oberen Endes",
}
"""German headings of the quantiles of a projection and their sampling errors."""
_THAN_BEFORE = Words(
    "mehr als in den",
    "weniger als in den",
    "genauso viele wie in den",
    "nicht unterscheidbar von den",
)
_HALF, _ALL = 50, 100
# Smaller estimates are rounded to whole numbers.
_ROUNDED_FROM = 50

Row: TypeAlias = "pd.Series[Any]"
Say: TypeAlias = Callable[[Row], str]


# What published figures allow


def head_path(figures: pd.DataFrame, say: Say) -> str:
    """Return a title: first and last published stock, and whether it rose.

    Args:
        figures: published figures.
        say: puts a row's figure into words.
    """
    days = list_day_stocks(figures)
    if days.empty:
        return "Offene Anträge: kein Bestand an einem Stichtag veröffentlicht"
    first, last = days.iloc[0], days.iloc[-1]
    if len(days) == 1:
        return f"Rückstand {say_when(last)}: {say(last)}"
    word = trend_word(Interval(*first[BOUNDS]), Interval(*last[BOUNDS]))
    if word == TREND.unclear:
        return (
            f"Rückstand {say_when(first)} {say(first)}, {say_when(last)} {say(last)}; "
            "ob er gestiegen ist, lassen die Angaben offen"
        )
    return f"Rückstand {word}: {say(first)} {say_when(first)}, {say(last)} {say_when(last)}"


def head_flows(figures: pd.DataFrame) -> str:
    """Return a title: whether more came than was decided between the last two stocks."""
    growth = measure_growth(figures)
    if growth is None:
        return "Eingegangene und erledigte Anträge: zwei vergleichbare Bestände fehlen"
    lead = f"{format_date(growth['period_start'])} bis {format_date(growth['period_end'])}: "
    size = f"{format_number(abs(growth['value']))} Anträge im Monat"
    span = f"{format_number(growth['lower'])} bis {format_number(growth['upper'])}"
    if growth["lower"] > 0:
        return f"{lead}{size} mehr eingegangen als erledigt"
    if growth["upper"] < 0:
        return f"{lead}{size} mehr erledigt als eingegangen"
    return f"{lead}Ob mehr einging als erledigt wurde, ist offen ({span} im Monat)"


def explain_limits(backlog: Backlog) -> str:
    """Return a note: which limits are assumptions, and what would be open without them."""
    if backlog.limits.empty:
        return ""
    named = [
        f"{row['label']} {format_number(row['maximum'])}{f', {CHANGED}' if row['changed'] else ''}"
        for _, row in backlog.limits.iterrows()
    ]
    rows = backlog.months[backlog.months["measure"].eq("open")]
    share = f"in {format_number(backlog.open_months)} von {format_number(len(rows))} Monaten"
    rest = f" Ohne sie wäre die Spanne {share} nach oben offen." if backlog.open_months else ""
    return f"Annahmen begrenzen die Spanne ({join_words(named)}, je Monat).{rest}"


def head_conflicts(backlog: Backlog) -> str:
    """Return a title: how many figures contradict each other, and by how much."""
    count = backlog.conflicts["key"].nunique()
    apart = format_number(backlog.relaxation)
    return f"{format_number(count)} Angaben widersprechen sich um zusammen {apart} Anträge"


# Honesty


def head_check(check: Check) -> str:
    """Return a title: how far off each prediction was."""
    parts = []
    for _, row in check.days.iterrows():
        percent = format_percent(abs(row["error_percent"]), 0)
        right = row["verdict"] == RIGHT
        size = RIGHT if right else f"um {percent} {row['verdict']}"
        parts.append(f"nach {format_number(row['ahead'])} Monaten {size}")
    return f"Die Fortschreibung war {join_words(parts)}"


def explain_check(check: Check, settings: BacklogSettings) -> str:
    """Return a note: what was assumed to go on, and what happened instead."""
    last = check.days.iloc[-1]
    known = format_month(pd.Period(settings.check_until, freq="M").to_timestamp())
    actual = [
        f"bis zum {format_date(row['period_end'])} um {format_number(row['actual_growth'])}"
        for _, row in check.days.iterrows()
    ]
    return (
        f"Fortgeschrieben wurde die mittlere Veränderung der letzten "
        f"{format_number(settings.window)} Monate bis {known}: "
        f"{format_number(last['growth'])} Anträge im Monat. Verändert hat sich der Bestand "
        f"{join_words(actual)} im Monat. Was danach anders wurde, konnte die Rechnung nicht "
        "wissen; die Spanne zeigt nur, was die damals veröffentlichten Zahlen offenließen."
    )


# Complete monthly figures


def head_decomposition(parts: pd.DataFrame) -> str:
    """Return a title: how the growth changed, and what contributed most to it."""
    total = parts[parts["key"].eq("total")].iloc[0]
    causes = parts[parts["key"].ne("total")]
    along = causes["value"] if total["value"] >= 0 else -causes["value"]
    strongest = causes.iloc[int(along.to_numpy().argmax())]
    growth = (
        f"Veränderung des Rückstands in zwölf Monaten: {_say_signed(float(total['after']))} nach "
        f"{_say_signed(float(total['before']))} Anträgen im Jahr davor"
    )
    decided = strongest["lower"] > 0 or strongest["upper"] < 0
    return f"{growth}, vor allem durch {strongest['label']}" if decided else growth


def _say_signed(value: float) -> str:
    number = format_number(abs(value))
    return f"{'plus' if value >= 0 else 'minus'} {number}"


def head_forecast(ahead: pd.DataFrame, received: pd.DataFrame) -> str:
    """Return a title: how many applications are expected, beside the same number of months before.

    The range of the sum takes all months at the same end; it is the widest that the months allow.
    """
    count = len(ahead)
    before = received.tail(count)["value"].sum()
    value, lower, upper = (ahead[name].sum() for name in ("value", *BOUNDS))
    word = comparison(Interval(lower, upper), Interval(before, before), _THAN_BEFORE)
    months = format_number(count)
    return (
        f"Erwartet werden in {months} Monaten {_say_rounded(value)} Anträge, {word} {months} "
        f"Monaten davor ({format_number(before)})"
    )


def head_scores(forecast: Forecast) -> str:
    """Return a title: which model is used, and how much better than the yardstick it is."""
    scores = forecast.scores.set_index("model")["mase"]
    if forecast.model == NAIVE:
        return f"Kein Modell ist besser als der {NAIVE}; verwendet wird der {NAIVE}"
    own, naive = (format_number(scores[name], 2) for name in (forecast.model, NAIVE))
    return f"Verwendet wird »{forecast.model}«: Fehlermaß {own}, {NAIVE} {naive}"


def explain_scores(forecast: Forecast) -> str:
    """Return a note: how the error is measured and what the coverage should be."""
    return (
        "Fehlermaß: mittlerer Fehler, geteilt durch die mittlere Veränderung zum gleichen Monat "
        f"des Vorjahres. Die Spanne soll {format_percent(forecast.level, 0)} der Monate treffen; "
        "wie oft sie es im Rückblick tat, steht daneben."
    )


# Scenarios


def explain_sampling(outlook: Outlook) -> str:
    """Return a note: how many runs, and the largest sampling error of the quantiles shown."""
    errors = outlook.months[[f"{name}_error" for name in QUANTILES]].to_numpy()
    return (
        f"Gezeigt ist der mittlere von {format_number(outlook.simulation.draws)} Rechenläufen mit "
        "der Spanne, in der vier von fünf Läufen liegen. Stichprobenfehler der gezeigten Werte: "
        f"höchstens {format_number(errors.max())} Anträge."
    )


def head_scenarios(outlook: Outlook) -> str:
    """Return a title: the stock at the end in the first scenario and in the one with the least."""
    rows = outlook.months
    last = rows[rows["ahead"].eq(rows["ahead"].max())]
    first, best = last.iloc[0], last.sort_values(["value", "upper"], kind="stable").iloc[0]
    named = [
        f"»{row['label']}« {_say_estimate(row)} Anträge"
        for row in ([first] if best["scenario"] == first["scenario"] else [first, best])
    ]
    return f"Rückstand in {format_number(first['ahead'])} Monaten: {', '.join(named)}"


def head_targets(outlook: Outlook) -> str:
    """Return a title: which scenarios reach the target stock in most runs, or that none does."""
    targets = outlook.targets
    months = format_number(outlook.simulation.months)
    likely = targets[targets["reached"].gt(_HALF)]
    if likely.empty:
        best = targets.iloc[int(targets["reached"].to_numpy().argmax())]
        if best["reached"] == 0:
            return f"Kein Szenario erreicht den Zielbestand in {months} Monaten"
        return (
            f"Kein Szenario erreicht den Zielbestand in {months} Monaten in den meisten "
            f"Rechenläufen; am ehesten »{best['label']}« ({say_share(best['reached'])})"
        )
    if likely["value"].max() == 0:
        return "Der Zielbestand ist am Stichtag schon erreicht"
    named = [
        f"»{row['label']}« nach {format_number(row['value'])} Monaten"
        for _, row in likely.sort_values("value", kind="stable").iterrows()
    ]
    return f"In den meisten Rechenläufen erreichen den Zielbestand {join_words(named)}"


def explain_targets(outlook: Outlook) -> str:
    """Return a note: what the target stock is, and how sure it is."""
    row = outlook.target.iloc[0]
    return (
        f"Zielbestand: {_say_estimate(row)} Anträge (angestrebter Bestand in Monatseingängen mal "
        "Eingänge je Monat)."
    )


def describe_targets(outlook: Outlook) -> pd.DataFrame:
    """Return the targets of a projection with ``text``, ``note`` and ``errors`` in German.

    Args:
        outlook: result of ``project_backlog``.

    Returns:
        The targets with the months until the target stock and their range (``text``), the share of
        runs that reach it (``note``), and the sampling errors of these months (``errors``).
    """
    targets, horizon = outlook.targets, outlook.simulation.months
    return targets.assign(
        text=[_say_wait(row, horizon) for _, row in targets.iterrows()],
        note=[f"{say_share(share)} erreicht" for share in targets["reached"]],
        errors=[_say_errors(row) for _, row in targets.iterrows()],
    )


def _say_wait(row: Row, horizon: int) -> str:
    """Return the months until the target stock with their range, in words.

    Args:
        row: ``value``, ``lower``, ``upper`` [months]; missing: not within the horizon.
        horizon: months that the projection has.
    """
    lower, value, upper = (row[name] for name in QUANTILES)
    end = format_number(horizon)
    if pd.isna(lower):
        return f"nicht in {end}"
    least = format_number(lower)
    if pd.isna(value):
        return f"ab {least}, meist nicht in {end}"
    most = f"über {end}" if pd.isna(upper) else format_number(upper)
    return format_number(value) if least == most else f"{format_number(value)} ({least} bis {most})"


def _say_errors(row: Row) -> str:
    """Return the sampling errors of the quantiles that are known, in words."""
    names = {"lower": "unteres Ende", "value": "Mitte", "upper": "oberes Ende"}
    known = [
        f"{words} {format_number(row[f'{name}_error'])}"
        for name, words in names.items()
        if pd.notna(row[f"{name}_error"])
    ]
    return ", ".join(known) or "nicht berechenbar"


def say_share(share: float) -> str:
    """Return a share of runs in words; only what never or always happened is called so."""
    if share == 0:
        return "in keinem Rechenlauf"
    if share == _ALL:
        return "in allen Rechenläufen"
    percent = format_percent(min(max(share, 1.0), _ALL - 1.0), 0)
    sign = "weniger als " if share < 1 else "mehr als " if share > _ALL - 1 else ""
    return f"in {sign}{percent} der Rechenläufe"


def head_assumptions(used: pd.DataFrame) -> str:
    """Return a title: how many assumptions there are, and how many of them are documented."""
    count, sourced = len(used), int(used["basis"].eq("belegt").sum())
    computed = int(used["basis"].eq(COMPUTED).sum())
    return (
        f"{format_number(count)} Annahmen, davon {format_number(sourced)} belegt und "
        f"{format_number(computed)} aus den Zahlen berechnet"
    )


# Estimates


def _say_estimate(row: Mapping[str, Any] | Row) -> str:
    """Return a value with its range, rounded to three figures: an estimate is not more exact."""
    ends = [_round(row[name]) for name in BOUNDS]
    if ends[0] == ends[1]:
        return _say_rounded(row["value"])
    return f"{_say_rounded(row['value'])} ({format_number(ends[0])} bis {format_number(ends[1])})"


def _say_rounded(value: float) -> str:
    rounded = _round(value)
    return f"rund {format_number(rounded)}" if rounded else "0"


def _round(value: float) -> float:
    return float(f"{value:.3g}") if abs(value) >= _ROUNDED_FROM else round(value)
