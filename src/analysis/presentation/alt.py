"""Alternative texts of charts, made from the data that the chart draws.

Each text has 20 to 300 characters: what comes first matters most, and what does not fit is left
to the table below the chart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis.presentation.formats import (
    MISSING,
    as_float,
    format_interval,
    format_month,
    format_number,
    format_percent,
    format_period,
    format_with_unit,
)
from analysis.presentation.phrases import TREND, Interval, join_words, trend_word

LONGEST = 300


class _Item(NamedTuple):
    """A named or dated figure and how it reads."""

    name: str
    value: float
    text: str
    bounds: Interval


def describe_series(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    what: str,
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    start: str = "period_start",
    end: str = "period_end",
    series: str = "series",
    unit: str = "",
    digits: int = 0,
) -> str:
    """Describe figures over time: first and latest one, extremes, trend.

    Args:
        table: as for ``charts.timeline``; ``series`` is optional.
        what: what is drawn, in German, for instance ``Offene Wohngeldanträge in München``.
        value: column of best figures.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        start: column of first days.
        end: column of last days.
        series: column that tells series apart.
        unit: unit that follows each figure; leave it empty where ``what`` names it.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    rows = _drop_missing(table, value, lower, upper)
    ordered = rows.assign(_day=_pick_days(rows, start, end)).sort_values("_day", kind="stable")
    names = [format_period(a, b) for a, b in zip(ordered[start], ordered[end], strict=True)]
    items = _read_items(ordered, names, (value, lower, upper), unit, digits)
    if series not in ordered.columns or ordered[series].nunique() < 2:
        return fit_sentences(_describe_one(what, items))
    keys = ordered[series].astype(str).tolist()
    groups = {
        key: [item for item, own in zip(items, keys, strict=True) if own == key]
        for key in dict.fromkeys(keys)
    }
    head = f"{what}: {len(groups)} Reihen im Zeitverlauf."
    return fit_sentences([head, *(f"{key}: {_describe_way(own)}." for key, own in groups.items())])


def describe_ranking(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    what: str,
    category: str = "category",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    unit: str = "",
    digits: int = 0,
    focus: str = "",
) -> str:
    """Describe a comparison: highest and lowest figure, the one in focus, missing ones.

    Args:
        table: as for ``charts.interval_bars``.
        what: what is compared, in German.
        category: column of names.
        value: column of best figures.
        lower: column of lower bounds, missing where open.
        upper: column of upper bounds, missing where open.
        unit: unit that follows each figure.
        digits: decimal places.
        focus: category that is named in any case.

    Raises:
        ValueError: no row has a figure.
    """
    rows = _drop_missing(table, value, lower, upper)
    names = rows[category].astype(str).tolist()
    items = _read_items(rows, names, (value, lower, upper), unit, digits)
    without = [str(name) for name in table[category] if str(name) not in names]
    sentences = [f"{what}, {len(items)} {'Angabe' if len(items) == 1 else 'Angaben'} im Vergleich."]
    sentences += [f"{i.name}: {i.text}." for i in items if i.name == focus or len(items) == 1]
    if len(items) > 1:
        sentences += [
            f"Höchste Angabe: {_name_all(items, max)}.",
            f"Niedrigste Angabe: {_name_all(items, min)}.",
        ]
    if without:
        sentences.append(f"Ohne Angabe: {join_words(without)}.")
    return fit_sentences(sentences)


def describe_shares(
    table: pd.DataFrame,
    *,
    what: str,
    category: str = "category",
    state: str = "state",
    count: str = "count",
) -> str:
    """Describe states by category: their totals and shares, and the largest share per category.

    Args:
        table: as for ``charts.stacked_shares``.
        what: what is counted, in German, for instance ``Dienste nach Stand``.
        category: column of names.
        state: column of states.
        count: column of counts.

    Raises:
        ValueError: there is no count above zero.
    """
    totals = _sum_by(table, state, count)
    whole = sum(totals.values())
    if not whole:
        raise ValueError("no row of the table has a count: there is nothing to describe")
    ranked = sorted(totals.items(), key=lambda pair: -pair[1])
    parts = [
        f"{name} {format_number(number)} ({format_percent(100 * number / whole)})"
        for name, number in ranked
        if number
    ]
    sentences = [f"{what}, insgesamt {format_number(whole)}: {parts[0]}."]
    if len(parts) > 1:
        sentences.append(f"Weitere: {join_words(parts[1:])}.")
    groups = {str(name): own for name, own in table.groupby(category, sort=False)}
    if len(groups) > 1:
        sentences += [
            _describe_group(name, _sum_by(own, state, count)) for name, own in groups.items()
        ]
    return fit_sentences(sentences)


def describe_matrix(
    table: pd.DataFrame, *, what: str, columns: Sequence[str] | Mapping[str, str]
) -> str:
    """Describe a state matrix: its size, and how often which state occurs in each column.

    Args:
        table: as for ``charts.state_matrix``.
        what: what is shown, in German.
        columns: names of the state columns, or name → German heading.

    Raises:
        ValueError: the table is empty.
    """
    if table.empty:
        raise ValueError("the table is empty: there is nothing to describe")
    headings = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    rows, width = len(table), len(headings)
    sentences = [
        f"{what}: {rows} {'Zeile' if rows == 1 else 'Zeilen'}, "
        f"{width} {'Spalte' if width == 1 else 'Spalten'}."
    ]
    for name, heading in headings.items():
        counts = table[name].astype("object").fillna("unbekannt").astype(str).value_counts()
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        sentences.append(f"{heading}: {', '.join(f'{state} {n}' for state, n in ranked)}.")
    return fit_sentences(sentences)


def describe_counts(
    table: pd.DataFrame,
    *,
    what: str,
    row: str = "row",
    column: str = "column",
    count: str = "count",
) -> str:
    """Describe a heatmap of counts: its sum, and the cells with the most.

    Args:
        table: as for ``charts.heatmap``.
        what: what is counted, in German.
        row: column of row names.
        column: column of column names.
        count: column of counts.

    Raises:
        ValueError: there is no count above zero.
    """
    numbers = pd.to_numeric(table[count]).fillna(0)
    if not numbers.sum():
        raise ValueError("no row of the table has a count: there is nothing to describe")
    cells = zip(table[row].astype(str), table[column].astype(str), numbers, strict=True)
    ranked = sorted((cell for cell in cells if cell[2]), key=lambda cell: -cell[2])
    most = [f"{r}, {c}: {format_number(n)}" for r, c, n in ranked[:3]]
    size = f"{table[row].nunique()} mal {table[column].nunique()} Felder"
    return fit_sentences(
        [
            f"{what}, {size}, insgesamt {format_number(numbers.sum())}.",
            f"Die meisten: {'; '.join(most)}.",
        ]
    )


def describe_months(
    table: pd.DataFrame,
    *,
    what: str,
    label: str = "series",
    month: str = "month",
    value: str = "value",
    digits: int = 0,
) -> str:
    """Describe monthly lines: for each the latest figure and the range that it moves in.

    Args:
        table: as for ``charts.month_lines``.
        what: what is drawn, in German.
        label: column of names of lines or panels; without it there is one line.
        month: column of days.
        value: column of figures.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    rows = table.loc[table[value].map(as_float).notna()]
    if rows.empty:
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    days = pd.to_datetime(rows[month])
    span = _say_span(days.min(), days.max())
    names = rows[label].astype(str) if label in rows else pd.Series("", rows.index)
    count = names.nunique()
    ordered = rows.assign(_day=days).sort_values("_day", kind="stable")
    sentences = [
        f"{what}, {'eine Linie' if count == 1 else f'{count} Linien'} nach Monaten, {span}."
    ]
    for name in names.drop_duplicates():
        figures = ordered.loc[names.reindex(ordered.index) == name, value].astype(float)
        ends = [format_number(x, digits) for x in (figures.iloc[-1], figures.min(), figures.max())]
        lead = f"{name}: zuletzt" if name else "Zuletzt"
        sentences.append(f"{lead} {ends[0]}, zwischen {ends[1]} und {ends[2]}.")
    return fit_sentences(sentences)


def describe_season(
    table: pd.DataFrame,
    *,
    what: str,
    months: Mapping[int, str],
    panel: str | None = None,
    digits: int = 0,
) -> str:
    """Describe the course of the year: strongest and weakest month in the mean of the years.

    Args:
        table: as for ``charts.seasonal_lines``: ``year``, ``month_number``, ``value``.
        what: what is drawn, in German.
        months: number to German name of each month.
        panel: column of names of panels.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    rows = table.loc[table["value"].map(as_float).notna()]
    if rows.empty:
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    first, last = int(rows["year"].min()), int(rows["year"].max())
    years = str(last) if first == last else f"{first} bis {last}"
    sentences = [f"{what}, je Jahr eine Linie von Januar bis Dezember, {years}."]
    names = rows[panel].astype(str) if panel else pd.Series("", rows.index)
    for name in names.drop_duplicates():
        grouped = rows.loc[names == name].groupby("month_number")["value"].mean()
        means = {int(str(number)): float(mean) for number, mean in grouped.items()}
        high, low = max(means, key=lambda n: means[n]), min(means, key=lambda n: means[n])
        lead = f"{name}: im" if name else "Im"
        sentences.append(
            f"{lead} Mittel der Jahre am höchsten im {months[high]} "
            f"({format_number(means[high], digits)}), am niedrigsten im {months[low]} "
            f"({format_number(means[low], digits)})."
        )
    return fit_sentences(sentences)


def describe_grid(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    what: str,
    row: str = "unit_label",
    column: str = "month",
    value: str = "value",
    group: str = "service_label",
    unit: str = "",
    digits: int = 0,
) -> str:
    """Describe a heat map: its size, the extremes of all cells, cells without figure.

    Args:
        table: as for ``charts.month_heatmap`` or ``charts.value_heatmap``.
        what: what is shown, in German.
        row: column of row names.
        column: column of days (months) or names.
        value: column of figures.
        group: column of headings, named where there are several.
        unit: unit that follows each figure.
        digits: decimal places.

    Raises:
        ValueError: no row has a figure.
    """
    known = table.loc[table[value].map(as_float).notna()]
    if known.empty:
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    figures = known[value].astype(float).to_numpy()
    high, low = known.iloc[int(figures.argmax())], known.iloc[int(figures.argmin())]
    hidden = len(table) - len(known)
    names = [group, row] if group in table and table[group].nunique() > 1 else [row]
    lines = len(table[names].drop_duplicates())
    sentences = [
        f"{what}, {lines} Zeilen mal {table[column].nunique()} Spalten.",
        f"Höchster Wert: {_say_cell(high, names, column, value, unit, digits)}.",
        f"Niedrigster Wert: {_say_cell(low, names, column, value, unit, digits)}.",
    ]
    if hidden:
        word = "Feld ist" if hidden == 1 else "Felder sind"
        sentences.append(f"{hidden} {word} nicht veröffentlicht oder nicht bekannt.")
    return fit_sentences(sentences)


def describe_layers(  # noqa: PLR0913 - each column can be named on its own
    table: pd.DataFrame,
    *,
    what: str,
    state: str = "state",
    month: str = "month",
    value: str = "value",
    panel: str | None = None,
    unit: str = "",
    digits: int = 0,
) -> str:
    """Describe parts of a whole over time: the parts of the first and of the latest month.

    Args:
        table: as for ``charts.stacked_months``.
        what: what is shown, in German.
        state: column of states.
        month: column of days.
        value: column of figures.
        panel: column of names of panels.
        unit: unit that follows each figure.
        digits: decimal places.

    Raises:
        ValueError: no month is completely known.
    """
    names = table[panel].astype(str) if panel else pd.Series("", table.index)
    sentences = []
    for name in names.drop_duplicates():
        own = table.loc[names == name]
        complete = own.groupby(month)[value].apply(lambda x: x.map(as_float).notna().all())
        days = complete.index[complete]
        if len(days):
            lead = f"{name}, " if name else ""
            sentences += [
                f"{lead}{_say_parts(own.loc[own[month] == day], state, value, unit, digits)} "
                f"({format_month(day)})."
                for day in dict.fromkeys([days.max(), days.min()])
            ]
    if not sentences:
        raise ValueError("no month of the table is completely known: there is nothing to describe")
    return fit_sentences([f"{what}, geschichtet nach Monaten.", *sentences])


def _say_span(first: pd.Timestamp, last: pd.Timestamp) -> str:
    start, end = format_month(first), format_month(last)
    return start if start == end else f"{start} bis {end}"


def _say_cell(
    cell: pd.Series[Any], names: Sequence[str], column: str, value: str, unit: str, digits: int
) -> str:
    place = cell[column]
    name = format_month(place) if isinstance(place, pd.Timestamp) else str(place)
    where = ", ".join([*(str(cell[key]) for key in names), name])
    return f"{format_with_unit(format_number(cell[value], digits), unit)} ({where})"


def _say_parts(rows: pd.DataFrame, state: str, value: str, unit: str, digits: int) -> str:
    pairs = zip(rows[state].astype(str), rows[value], strict=True)
    return ", ".join(
        f"{name} {format_with_unit(format_number(number, digits), unit)}" for name, number in pairs
    )


def _drop_missing(table: pd.DataFrame, value: str, lower: str, upper: str) -> pd.DataFrame:
    known = table[[value, lower, upper]].map(as_float).notna().any(axis="columns")
    if not known.any():
        raise ValueError("no row of the table has a figure: there is nothing to describe")
    return table.loc[known]


def _pick_days(rows: pd.DataFrame, start: str, end: str) -> pd.Series:
    first, last = pd.to_datetime(rows[start]), pd.to_datetime(rows[end])
    return last.fillna(first).fillna(pd.Timestamp.max)


def _read_items(
    rows: pd.DataFrame,
    names: Sequence[str],
    columns: tuple[str, str, str],
    unit: str,
    digits: int,
) -> list[_Item]:
    figures = zip(*(rows[column].map(as_float) for column in columns), strict=True)
    return [
        _read_item(name, *map(as_float, figure), unit=unit, digits=digits)
        for name, figure in zip(names, figures, strict=True)
    ]


def _read_item(
    name: str,
    value: float | None,
    lower: float | None,
    upper: float | None,
    *,
    unit: str,
    digits: int,
) -> _Item:
    known = [bound for bound in (lower, upper) if bound is not None]
    best = sum(known) / len(known) if value is None else value
    text = format_interval(value, lower, upper, digits).text
    return _Item(name, best, format_with_unit(text, unit), Interval(lower, upper))


def _describe_one(what: str, items: Sequence[_Item]) -> list[str]:
    first, last = items[0], items[-1]
    if len(items) == 1:
        return [f"{what}, eine Angabe: {_dated(first)}."]
    sentences = [f"{what}, {len(items)} Angaben: zuerst {_dated(first)}, zuletzt {_dated(last)}."]
    highest, lowest = (pick(items, key=lambda item: item.value) for pick in (max, min))
    ends = {first.value, last.value}
    if highest.value not in ends:
        sentences.append(f"Höchste Angabe: {_dated(highest)}.")
    if lowest.value not in ends:
        sentences.append(f"Niedrigste Angabe: {_dated(lowest)}.")
    sentences.append(_describe_trend(first, last))
    return sentences


def _describe_trend(first: _Item, last: _Item) -> str:
    word = trend_word(first.bounds, last.bounds)
    if word == TREND.unclear:
        return "Ob die Werte gestiegen oder gesunken sind, ist nicht beurteilbar."
    return f"Vom ersten zum letzten Wert {word}."


def _describe_way(items: Sequence[_Item]) -> str:
    first, last = items[0], items[-1]
    if len(items) == 1:
        return _dated(first)
    trend = trend_word(first.bounds, last.bounds)
    ending = "Richtung nicht beurteilbar" if trend == TREND.unclear else trend
    return f"zuerst {_dated(first)}, zuletzt {_dated(last)}, {ending}"


def _dated(item: _Item) -> str:
    return f"{item.text} ({item.name})"


def _name_all(items: Sequence[_Item], pick: Callable[[Iterable[float]], float]) -> str:
    extreme = pick(item.value for item in items)
    chosen = [item for item in items if item.value == extreme]
    return f"{join_words([item.name for item in chosen])} ({chosen[0].text})"


def _sum_by(table: pd.DataFrame, key: str, count: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, number in zip(table[key].astype(str), table[count], strict=True):
        sums[name] = sums.get(name, 0.0) + (as_float(number) or 0.0)
    return sums


def _describe_group(name: str, counts: Mapping[str, float]) -> str:
    whole = sum(counts.values())
    if not whole:
        return f"{name}: {MISSING}."
    state = max(counts, key=lambda key: counts[key])
    return f"{name}: vor allem {state} ({format_number(counts[state])} von {format_number(whole)})."


def fit_sentences(sentences: Sequence[str]) -> str:
    """Join as many sentences as fit; the first one is cut where it alone is too long."""
    text = sentences[0]
    if len(text) > LONGEST:
        return text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) <= LONGEST:
            text = f"{text} {sentence}"
    return text
