"""Alternative texts of the charts of models: fans, tornado, schedule, curves, need.

As in ``alt``: 20 to 300 characters, made from the data that the chart draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.presentation.alt import fit_sentences
from analysis.presentation.formats import as_float, format_month, format_number
from analysis.presentation.phrases import (
    TREND,
    Interval,
    capitalise,
    count_words,
    join_words,
    trend_word,
)


class _Figure(NamedTuple):
    """A named figure with its bounds; ``None`` where one is missing."""

    name: str
    value: float | None
    lower: float | None
    upper: float | None

    @property
    def best(self) -> float:
        """Central figure, else the middle of the bounds or the only bound."""
        known = [x for x in (self.lower, self.upper) if x is not None]
        return sum(known) / len(known) if self.value is None else self.value

    def say(self, digits: int) -> str:
        """Return figure and range: ``rund 120 (90 bis 160)``."""
        return _say_figure(self.value, self.lower, self.upper, digits)


def describe_fan(
    table: pd.DataFrame, *, what: str, panel: str | None = None, digits: int = 0
) -> str:
    """Describe fans: for each the first and the latest figure with its range, and the trend.

    Args:
        table: as for ``charts.fan_months``: ``month``, ``value``, ``lower``, ``upper``.
        what: what is drawn, in German.
        panel: column of names of panels; without it there is one fan.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    months = table["month"]
    days = months.dt.to_timestamp() if isinstance(months.dtype, pd.PeriodDtype) else months
    rows = _drop_empty(table.assign(_day=pd.to_datetime(days))).sort_values("_day", kind="stable")
    names = rows[panel].astype("str") if panel else pd.Series("", index=rows.index)
    order = dict.fromkeys(table[panel].astype("str")) if panel else [""]
    groups = {name: rows.loc[names == name] for name in order if (names == name).any()}
    span = _say_months(rows["_day"].min(), rows["_day"].max())
    size = "Verlauf mit Spanne" if len(groups) == 1 else f"{len(groups)} Verläufe mit Spanne"
    sentences = [f"{what}, {size}, {span}."]
    if len(groups) == 1:
        sentences.append(_describe_course(next(iter(groups.values())), digits))
    else:
        sentences += [_describe_end(name, own, digits) for name, own in groups.items()]
    return fit_sentences(sentences)


def describe_tornado(table: pd.DataFrame, *, what: str) -> str:
    """Describe a tornado: the strongest inputs and their signs.

    Args:
        table: as for ``charts.tornado``: ``category``, ``value``.
        what: what is shown, in German, for instance ``Einfluss der Annahmen auf die Entlastung``.

    Raises:
        ValueError: no row has a figure.
    """
    pairs = zip(table["category"].astype("str"), map(as_float, table["value"]), strict=True)
    ranked = sorted(
        ((name, x) for name, x in pairs if x is not None), key=lambda pair: -abs(pair[1])
    )
    if not ranked:
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    sentences = [
        f"{what}, {count_words(len(ranked), 'Annahme', 'Annahmen')}, die stärkste zuerst.",
        f"Am stärksten: {_say_influence(*ranked[0])}.",
    ]
    sentences += [f"Danach: {_say_influence(*pair)}." for pair in ranked[1:3]]
    falling = sum(x < 0 for _, x in ranked)
    if falling:
        words = count_words(falling, "Annahme wirkt", "Annahmen wirken")
        sentences.append(f"{capitalise(words)} senkend.")
    return fit_sentences(sentences)


def describe_schedule(table: pd.DataFrame, *, what: str) -> str:
    """Describe a schedule: how many measures begin in which half-year, and the first effects.

    Args:
        table: as for ``charts.schedule``: ``category``, ``start``, ``effective``, ``end``.
        what: what is planned, in German.

    Raises:
        ValueError: no row has a start.
    """
    starts = pd.to_datetime(table["start"])
    if starts.isna().all():
        raise ValueError("no row of the table has a start: there is nothing to describe")
    known = starts.dropna().sort_values(kind="stable")
    keys = list(zip(known.dt.year, (known.dt.month + 5) // 6, strict=True))
    parts = [f"{keys.count(key)} im {key[1]}. Halbjahr {key[0]}" for key in dict.fromkeys(keys)]
    sentences = [f"{what}, {count_words(len(known), 'Maßnahme', 'Maßnahmen')}."]
    sentences.append(
        f"Es beginnen {join_words(parts)}." if len(known) > 1 else f"Beginn{parts[0][1:]}."
    )
    sentences += _describe_effects(table.loc[starts.notna()])
    unplanned = len(table) - len(known)
    if unplanned:
        words = count_words(unplanned, "Maßnahme", "Maßnahmen")
        sentences.append(f"{capitalise(words)} ohne Beginn.")
    return fit_sentences(sentences)


def describe_curve(table: pd.DataFrame, *, what: str, x_label: str, digits: int = 0) -> str:
    """Describe a line over a number: both ends with their ranges, and from where on it is level.

    Args:
        table: as for ``charts.value_lines``: ``x``, ``value``, ``lower``, ``upper``; with a column
            ``series`` each line is described.
        what: what is drawn, in German.
        x_label: what is on the horizontal axis, in German.
        digits: decimal places of the figures.

    Raises:
        ValueError: no row has a figure.
    """
    rows = _drop_empty(table.loc[table["x"].map(as_float).notna()])
    ordered = rows.sort_values("x", kind="stable")
    has_series = "series" in ordered.columns and ordered["series"].nunique() > 1
    names = ordered["series"].astype("str") if has_series else pd.Series("", index=ordered.index)
    sentences = [f"{what} nach {x_label}."]
    for name in dict.fromkeys(names):
        own = ordered.loc[names == name]
        first, last = own.iloc[0], own.iloc[-1]
        lead = f"{name}: " if name else ""
        ends = [
            f"{_say_row(row, digits)} bei {_say_place(row['x'])}"
            for row in ([first, last] if len(own) > 1 else [first])
        ]
        sentences.append(f"{lead}{' und '.join(ends)}.")
        top = _find_plateau(own)
        if top is not None:
            sentences.append(f"{lead}Ab {_say_place(top)} unverändert.")
    return fit_sentences(sentences)


def describe_need(
    table: pd.DataFrame, *, what: str, marks: Mapping[str, str], digits: int = 1
) -> str:
    """Describe needs: for each mark the largest and the smallest gap, then the largest need.

    A gap is need minus mark; its bounds are those of the need minus the mark. Where they have
    different signs it is not decided whether something is missing.

    Args:
        table: as for ``charts.need_bars``: ``category``, ``value``, ``lower``, ``upper``, marks.
        what: what is needed, in German.
        marks: column of figures → German word.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    rows = _drop_empty(table)
    needs = _read_figures(rows, rows["category"].astype("str").tolist())
    sentences = [f"{what}, {count_words(len(needs), 'Angabe', 'Angaben')}."]
    for column, word in marks.items():
        gaps = [
            _subtract(need, mark)
            for need, mark in zip(needs, map(as_float, rows[column]), strict=True)
            if mark is not None
        ]
        sentences += _describe_gaps(gaps, word, digits)
    most = max(needs, key=lambda need: need.best)
    lead = "Größter Bedarf" if len(needs) > 1 else "Bedarf"
    sentences.append(f"{lead}: {most.name}, {most.say(digits)}.")
    return fit_sentences(sentences)


def _drop_empty(table: pd.DataFrame) -> pd.DataFrame:
    figures = table[["value", "lower", "upper"]].map(as_float)
    known = figures.notna().any(axis="columns")
    if not known.any():
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    return table.loc[known]


def _read_figures(rows: pd.DataFrame, names: Sequence[str]) -> list[_Figure]:
    columns = (map(as_float, rows[name]) for name in ("value", "lower", "upper"))
    return [_Figure(*row) for row in zip(names, *columns, strict=True)]


def _say_figure(value: float | None, lower: float | None, upper: float | None, digits: int) -> str:
    """Return a figure with its range; the figure need not lie within it."""
    best, low, high = (format_number(x, digits) for x in (value, lower, upper))
    if lower is None and upper is None:
        return best
    if lower is None or upper is None:
        bound = f"mindestens {low}" if upper is None else f"höchstens {high}"
        return bound if value is None else f"{best} ({bound})"
    if low == high:
        return best if value is not None else low
    return f"{low} bis {high}" if value is None else f"{best} ({low} bis {high})"


def _say_row(row: pd.Series, digits: int) -> str:
    value, lower, upper = (as_float(row[name]) for name in ("value", "lower", "upper"))
    return _say_figure(value, lower, upper, digits)


def _say_place(value: float) -> str:
    digits = 0 if math.isclose(value, round(value), abs_tol=1e-9) else 2
    return format_number(value, digits)


def _say_months(first: pd.Timestamp, last: pd.Timestamp) -> str:
    start, end = format_month(first), format_month(last)
    return start if start == end else f"{start} bis {end}"


def _describe_course(rows: pd.DataFrame, digits: int) -> str:
    figures = _read_figures(rows, [format_month(day) for day in rows["_day"]])
    first, last = figures[0], figures[-1]
    if len(figures) == 1:
        return f"Angabe: {last.say(digits)}."
    parts = [f"Zuerst {first.say(digits)}", f"zuletzt {last.say(digits)}"]
    ends = {first.best, last.best}
    highest, lowest = (pick(figures, key=lambda figure: figure.best) for pick in (max, min))
    for word, extreme in (("am höchsten", highest), ("am niedrigsten", lowest)):
        if extreme.best not in ends:
            text = format_number(extreme.best, digits)
            parts.append(f"dazwischen {word} {text} ({extreme.name})")
    return f"{', '.join([*parts, _say_trend(first, last)])}."


def _describe_end(name: str, rows: pd.DataFrame, digits: int) -> str:
    figures = _read_figures(rows, [""] * len(rows))
    text = f"{name}: zuletzt {figures[-1].say(digits)}"
    return f"{text}, {_say_trend(figures[0], figures[-1])}." if len(figures) > 1 else f"{text}."


def _say_trend(first: _Figure, last: _Figure) -> str:
    word = trend_word(Interval(first.lower, first.upper), Interval(last.lower, last.upper))
    return "Richtung nicht beurteilbar" if word == TREND.unclear else word


def _describe_effects(planned: pd.DataFrame) -> list[str]:
    """Return from when on the first and the last measure take effect in the time shown."""
    effects, ends = pd.to_datetime(planned["effective"]), pd.to_datetime(planned["end"])
    effects = effects.mask(effects >= ends)
    sentences = []
    if effects.notna().any():
        first, last = effects.min(), effects.max()
        names = planned.loc[effects == first, "category"].astype("str").tolist()
        verb = "wirkt" if len(names) == 1 else "wirken"
        sentences.append(f"Zuerst {verb} {join_words(names)} (ab {format_month(first)}).")
        if last > first:
            sentences.append(f"Die letzte Wirkung beginnt im {format_month(last)}.")
    without = int(effects.isna().sum())
    if without:
        words = count_words(without, "Maßnahme", "Maßnahmen")
        sentences.append(f"{capitalise(words)} im gezeigten Zeitraum ohne Wirkung.")
    return sentences


def _say_influence(name: str, value: float) -> str:
    way = "erhöhend" if value > 0 else "senkend" if value < 0 else "ohne Richtung"
    return f"{name} ({way}, {format_number(value, 2)})"


def _find_plateau(rows: pd.DataFrame) -> float | None:
    """Return from where on the figures stay the same until the end; none where they do not."""
    pairs = [(float(x), as_float(v)) for x, v in zip(rows["x"], rows["value"], strict=True)]
    last = pairs[-1][1]
    if last is None:
        return None
    start = pairs[-1][0]
    for x, value in reversed(pairs):
        if value is None or not math.isclose(value, last, rel_tol=1e-9, abs_tol=1e-9):
            break
        start = x
    return start if start < pairs[-1][0] and start > pairs[0][0] else None


def _subtract(need: _Figure, mark: float) -> _Figure:
    value, lower, upper = (None if x is None else x - mark for x in need[1:])
    return _Figure(need.name, value, lower, upper)


def _describe_gaps(gaps: Sequence[_Figure], word: str, digits: int) -> list[str]:
    if not gaps:
        return []
    ranked = sorted(gaps, key=lambda gap: -gap.best)
    if len(ranked) == 1:
        return [f"Abstand zu »{word}«: {_say_gap(ranked[0], digits)}."]
    return [
        f"Größter Abstand zu »{word}«: {_say_gap(ranked[0], digits)}.",
        f"Kleinster Abstand zu »{word}«: {_say_gap(ranked[-1], digits)}.",
    ]


def _say_gap(gap: _Figure, digits: int) -> str:
    if gap.lower == gap.upper == 0:
        return f"{gap.name}, genau gedeckt"
    if gap.lower is not None and gap.lower > 0:
        return f"{gap.name}, es fehlen {gap.say(digits)}"
    if gap.upper is not None and gap.upper < 0:
        surplus = _Figure(gap.name, *(None if x is None else -x for x in (gap[1], gap[3], gap[2])))
        return f"{gap.name}, mehr als nötig: {surplus.say(digits)}"
    return f"{gap.name}, nicht entscheidbar, ob etwas fehlt"
