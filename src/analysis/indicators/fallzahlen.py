"""Case counts: applications, decisions, open cases, durations (chapter Fallzahlen).

Methods: docs/methods/workload.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.indicators.intervals import (
    BOUNDS,
    add_up,
    combine_agreeing,
    divide,
    select_observations,
    subtract,
)
from analysis.indicators.months import covers_month, is_regular, keep_whole, list_months
from analysis.indicators.statements import Row
from analysis.presentation.formats import say_period
from analysis.presentation.phrases import join_words

_PERIOD = ["period_start", "period_end"]
OPEN_SERIES = {
    "antraege": "Anträge",
    "haushalte": "wartende Haushalte",
    "presse_wartende": "Wartende laut Presse",
}
DURATION_SERIES = {
    "Ratsdokument": "amtlich",
    "amtliche Veröffentlichung": "amtlich",
    "Pressemitteilung der Stadt": "amtlich",
    "Presse": "Presse",
    "Zweitquelle": "Zweitquelle",
    "Partei oder Fraktion": "Fraktion",
}
DURATION_STATISTICS = {
    "processing_time_median": "Median",
    "processing_time_p90": "90. Perzentil",
}
STRONG = "weicht stark ab"
_STRONG_FACTOR = 1.5
_DAYS_PER_MONTH = 30.4375
_WAITING_COLUMNS = [
    *_PERIOD,
    "open",
    "value",
    *BOUNDS,
    "measure",
    "stated",
    "stated_lower",
    "stated_upper",
    "stated_rule",
    "stated_measure",
    "stated_period",
    "series",
    "verdict",
    "origins",
]
_OWN_REACH = pd.DateOffset(months=24)
_OTHER_REACH = pd.DateOffset(months=12)
_DECIDED_SERIES = {"decided": "abgeschlossen", "decided_per_month": "mögliche Leistung"}


def list_yearly_applications(
    case_counts: pd.DataFrame, *, service: str, place: str
) -> pd.DataFrame:
    """Return the applications received per calendar year.

    Args:
        case_counts: observations.
        service: service identifier.
        place: city.

    Returns:
        One row per year, or per range of years that a source names as a whole (``vor 2020``):
        ``period_start``, ``period_end``, ``value``, ``lower``, ``upper`` [applications per year],
        ``method``, ``rule``, ``origins``. Sources that agree are put together.
    """
    rows = select_observations(case_counts, "received", service=service, place=place)
    yearly = rows.loc[_covers_whole_years(rows) | rows["method"].eq("antraege_pro_jahr")]
    return combine_agreeing(yearly, [*_PERIOD, "method"])


def list_missing_years(yearly: pd.DataFrame) -> list[int]:
    """Return the years between the first and the last known one for which no figure exists.

    Args:
        yearly: result of ``list_yearly_applications``; a range of years counts for its last one.
    """
    known = yearly["period_end"].dropna().dt.year
    if known.empty:
        return []
    ranges = yearly.loc[yearly["period_start"].isna(), "period_end"].dt.year
    first = int(ranges.max()) + 1 if len(ranges) else int(known.min())
    return sorted(set(range(first, int(known.max()) + 1)) - set(known))


def list_partial_applications(
    case_counts: pd.DataFrame, *, service: str, place: str
) -> pd.DataFrame:
    """Return the applications received in periods that are not calendar years.

    Returns:
        Columns as in ``list_yearly_applications``, and ``months`` (length of the period). Months
        of a regular series are left out: they are shown as a series.
    """
    rows = select_observations(case_counts, "received", service=service, place=place)
    listed = _covers_whole_years(rows) | rows["method"].eq("antraege_pro_jahr")
    partial = rows.loc[~(listed | _is_in_series(rows))]
    days = (partial["period_end"] - partial["period_start"]).dt.days + 1
    return partial.assign(months=days / _DAYS_PER_MONTH)


def list_received_months(case_counts: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return the applications received by month, where they are known as a regular series."""
    rows = list_months(case_counts, ("received",), place=place, services=(service,))
    return keep_whole(rows)


def list_open_cases(
    case_counts: pd.DataFrame, contradictions: pd.DataFrame, *, service: str, place: str
) -> pd.DataFrame:
    """Return the open cases at all dates that sources name.

    Args:
        case_counts: observations.
        contradictions: table of contradictions; rows that appear in it are marked.
        service: service identifier.
        place: city.

    Returns:
        Observations in order of time with ``series`` (German label of the counting method),
        ``conflict`` (bool) and ``connect`` (bool: part of a series with a figure for each month).
    """
    rows = select_observations(case_counts, "open", service=service, place=place)
    return rows.assign(
        connect=_is_in_series(rows),
        series=rows["method"].map(OPEN_SERIES).fillna(rows["method"]),
        conflict=_in_contradiction(rows, contradictions),
    )


def list_decisions(case_counts: pd.DataFrame, *, service: str, place: str) -> pd.DataFrame:
    """Return decisions per month, and what the office says it can decide per month.

    Returns:
        Observations of one month each, in order of time, with ``series`` and ``month`` (first day).
    """
    parts = [
        select_observations(case_counts, measure, service=service, place=place).assign(series=label)
        for measure, label in _DECIDED_SERIES.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    monthly = rows.loc[_covers_one_month(rows)]
    ordered = monthly.sort_values(["period_end", "series"], ignore_index=True)
    return ordered.assign(month=ordered["period_start"])


def keep_latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return only the latest row of a series that is regular by month, else all rows.

    Args:
        rows: results with ``period_end`` in order of time.
    """
    return rows.tail(1) if is_regular(rows["period_end"]) else rows


def measure_backlog_range(
    case_counts: pd.DataFrame, *, service: str, place: str, window: int
) -> pd.DataFrame:
    """Months of work that the open cases amount to (Rückstandsreichweite).

    Open cases at a key date, divided by the mean of decided cases per month over the ``window``
    months that end with it.

    Args:
        case_counts: observations with measures ``open`` and ``decided``.
        service: service identifier.
        place: city.
        window: months over which decisions are averaged.

    Returns:
        One row per open stock that is counted in applications on the last day of a month:
        ``period_end`` (key date), ``open``, ``decided_per_month``, ``value`` [months], ``lower``,
        ``upper``, ``origins``. The result is missing where not all months of the window are known
        or nothing was decided.

    Source:
        docs/methods/workload.md, section 1.
    """
    stocks = select_observations(
        case_counts, "open", service=service, place=place, methods=("antraege",)
    )
    month_ends = stocks.loc[
        stocks["period_end"].dt.is_month_end & stocks["period_start"].eq(stocks["period_end"])
    ].reset_index(drop=True)
    decided = _list_single_months(case_counts, "decided", service, place)
    rate = pd.concat(
        [_mean_per_month(decided, end, window) for end in month_ends["period_end"]]
        or [_empty_sum().head(0)],
        ignore_index=True,
    )
    return divide(month_ends, rate).assign(
        period_start=month_ends["period_start"],
        period_end=month_ends["period_end"],
        open=month_ends["value"],
        decided_per_month=rate["value"],
        measure="backlog_range",
    )


def measure_clearance(
    case_counts: pd.DataFrame, *, service: str, place: str, window: int
) -> pd.DataFrame:
    """Decided cases in percent of received ones over a window of months (Erledigungsquote).

    Args:
        case_counts: observations with measures ``received`` and ``decided`` for single months.
        service: service identifier.
        place: city.
        window: number of consecutive months.

    Returns:
        One row per month with which a completely known window ends: ``period_start``,
        ``period_end``, ``received``, ``decided``, ``value`` [percent], ``lower``, ``upper``,
        ``origins``.

    Source:
        docs/methods/workload.md, section 1.
    """
    decided = _list_single_months(case_counts, "decided", service, place)
    received = _list_single_months(case_counts, "received", service, place)
    ends = decided["period_end"].drop_duplicates()
    rows = [_clear_window(decided, received, end, window) for end in ends]
    known = [row for row in rows if row["value"].notna().all()]
    return pd.concat(known, ignore_index=True) if known else _clear_none()


def compare_waiting(
    backlog: pd.DataFrame, durations: pd.DataFrame, *, reach: int = 12
) -> pd.DataFrame:
    """Set the waiting time implied by Little's law beside the durations that are stated.

    Args:
        backlog: result of ``measure_backlog_range``; open ÷ decided per month is the time that an
            application waits if stock and decisions stay as they are.
        durations: result of ``list_durations``.
        reach: months between the key date and the middle of a duration's period, at most.

    Returns:
        One row per known backlog and series of durations, with the duration nearest in time:
        ``period_start``, ``period_end`` (key date), ``open``, ``value``, ``lower``, ``upper``
        (implied) [months]; ``stated``, ``stated_lower``, ``stated_upper`` [months],
        ``stated_rule``, ``stated_period`` (German), ``stated_measure``, ``series``; ``verdict``
        (``vereinbar``: the ranges meet; ``weicht ab``; ``weicht stark ab``: by more than half);
        ``origins`` of both.

    Source:
        docs/methods/workload.md, section 2.
    """
    known = backlog.dropna(subset=["value"])
    rows = [
        _pair_waiting(stock, own, reach)
        for _, stock in known.iterrows()
        for _, own in durations.groupby("series", sort=False)
    ]
    pairs = [row for row in rows if row is not None]
    return pd.DataFrame(pairs, columns=_WAITING_COLUMNS)


def head_waiting(pairs: pd.DataFrame, implied: str, stated: str) -> str:
    """Return the title of the comparison, for its most recent pair.

    Args:
        pairs: result of ``compare_waiting``, at least one row.
        implied: the implied waiting time of the last row in words.
        stated: the stated duration of the last row in words.
    """
    verdict = pairs["verdict"].iloc[-1]
    return f"Rechnerische Wartezeit {implied}, angegebene Bearbeitungsdauer {stated}: {verdict}"


def list_waiting_reasons(pairs: pd.DataFrame) -> list[str]:
    """Return why the two times can differ, where they differ strongly; nothing otherwise.

    Args:
        pairs: result of ``compare_waiting``.
    """
    if not pairs["verdict"].eq(STRONG).any():
        return []
    return [
        "Wer abgelehnt wird oder den Antrag zurückzieht, wartet oft kürzer als andere.",
        "Vorgezogene Anträge (etwa dringende Fälle) werden schnell entschieden, andere warten "
        "umso länger.",
        "In der Bearbeitungsdauer fehlen die noch offenen Anträge; die ältesten erscheinen erst, "
        "wenn sie entschieden sind.",
        "Die rechnerische Wartezeit ist ein Mittelwert und setzt voraus, dass Bestand und "
        "Erledigungen gleich bleiben; ein Median liegt niedriger, wenn wenige Anträge sehr lange "
        "dauern.",
    ]


def list_durations(
    case_counts: pd.DataFrame, sources: pd.DataFrame, *, service: str, place: str
) -> pd.DataFrame:
    """Return processing times of one city over time: published ones, median and P90 of exports.

    Args:
        case_counts: observations.
        sources: register of sources.
        service: service identifier.
        place: city.

    Returns:
        Observations in order of time [months from receipt] with ``series``: who says so, or the
        statistic, and ``connect`` (bool: part of a series with a figure for each month).
    """
    rows = select_observations(
        case_counts,
        "processing_time",
        service=service,
        place=place,
        methods=("verfahrensdauer", "verfahrensdauer_undatiert"),
    )
    kinds = rows["source_id"].map(sources.set_index("source_id")["kind"])
    dated = rows["period_end"].notna()
    published = rows.assign(series=kinds.map(DURATION_SERIES).fillna(kinds)).loc[dated]
    measured = [
        select_observations(case_counts, measure, service=service, place=place).assign(series=name)
        for measure, name in DURATION_STATISTICS.items()
    ]
    every = pd.concat([published, *(part for part in measured if len(part))], ignore_index=True)
    regular = every.groupby("series")["period_end"].transform(is_regular).astype("bool")
    return every.assign(connect=regular & _covers_one_month(every))


def compare_durations(
    case_counts: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    service: str,
    city: str,
    others: Iterable[str],
) -> pd.DataFrame:
    """Return the latest published processing times of several cities.

    For the report's own city the latest figure of each kind of source within two years is returned,
    because they differ. For another city it is the latest figure of the best kind of source
    (official before press, secondary and party sources) within one year before its newest figure.

    Returns:
        ``place``, ``period_start``, ``period_end``, ``value``, ``lower``, ``upper`` [months from
        receipt], ``series`` (who says so), ``own`` (bool), ``rule``, ``origins``; longest first.
    """
    own = list_durations(case_counts, sources, service=service, place=city)
    parts = [_keep_recent(own, _OWN_REACH).drop_duplicates("series", keep="last").assign(own=True)]
    for place in others:
        rows = list_durations(case_counts, sources, service=service, place=place)
        parts.append(_pick_best_source(_keep_recent(rows, _OTHER_REACH)).assign(own=False))
    joined = pd.concat(parts, ignore_index=True)
    return joined.sort_values("value", ascending=False, ignore_index=True)


def compare_duration_starts(
    case_counts: pd.DataFrame, *, service: str, places: Iterable[str]
) -> pd.DataFrame:
    """Set processing times from receipt beside those from complete documents, month by month.

    Returns:
        One row per place and month for which both are known, in the order of ``places``:
        ``place``, ``period_start``, ``period_end``, ``from_receipt``, ``from_complete`` [months],
        ``value`` (difference), ``lower``, ``upper``, ``origins``.
    """
    parts = [_pair_duration_starts(case_counts, service, place) for place in places]
    columns = ["place", *_PERIOD, "from_receipt", "from_complete", "value", *BOUNDS, "origins"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def list_case_series(
    case_counts: pd.DataFrame, measure: str, *, service: str, place: str, method: str
) -> pd.DataFrame:
    """Return one measure of one service over time, counted in one way, dated rows only.

    Args:
        case_counts: observations.
        measure: identifier from the registry of measures.
        service: service identifier.
        place: city.
        method: way of counting; several may be named, separated by blanks: the first one that
            there are rows for is taken.

    Returns:
        Observations in order of time, with ``connect`` (bool: part of a regular monthly series).
    """
    ways = [
        select_observations(case_counts, measure, service=service, place=place, methods=(name,))
        for name in method.split()
    ]
    rows = next((way for way in ways if len(way)), ways[0])
    dated = rows.loc[rows["period_end"].notna()].reset_index(drop=True)
    return dated.assign(connect=_is_in_series(dated))


def head_decisions(decisions: pd.DataFrame, city: str) -> str:
    """Return the subtitle of the chart of decisions: what its series are."""
    what = "Abschließend bearbeitete Anträge auf Wohngeld"
    if _DECIDED_SERIES["decided_per_month"] in set(decisions["series"]):
        what += " und mögliche Leistung"
    return f"{what}, {city}"


def head_durations(durations: pd.DataFrame, city: str) -> str:
    """Return the subtitle of the chart of durations: published figures or statistics of cases."""
    if set(durations["series"]) <= set(DURATION_STATISTICS.values()):
        return f"Bearbeitungsdauer der im Monat entschiedenen Anträge auf Wohngeld, {city}"
    return f"Veröffentlichte Bearbeitungsdauern beim Wohngeld nach Art der Quelle, {city}"


def pick_headline(durations: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a title may compare: all published ones, or the medians of cases.

    Args:
        durations: result of ``list_durations``.
    """
    medians = durations.loc[durations["series"] == DURATION_STATISTICS["processing_time_median"]]
    return medians if len(medians) else durations


def say_duration_kind(durations: pd.DataFrame) -> str:
    """Return what the durations of ``pick_headline`` are called."""
    measured = durations["series"].eq(DURATION_STATISTICS["processing_time_median"]).any()
    return "Median der Bearbeitungsdauer" if measured else "Bearbeitungsdauer"


def say_ends(rows: pd.DataFrame, texts: list[str]) -> str:
    """Return the first and the last figure of a series with their periods: ``… im …, … im …``.

    Args:
        rows: rows in order of time.
        texts: their figures in words.
    """
    ends = dict.fromkeys([0, len(rows) - 1])
    return ", ".join(f"{texts[n]} im {say_period(rows.iloc[n])}" for n in ends)


def note_durations(durations: pd.DataFrame) -> str:
    """Return what to be careful about with the durations shown."""
    if set(durations["series"]) <= set(DURATION_STATISTICS.values()):
        return (
            "Gerechnet sind nur entschiedene Anträge; lange offene Anträge erscheinen erst, wenn "
            "sie entschieden sind."
        )
    return (
        "Durchschnitte, Höchst- und Mindestangaben stehen nebeneinander; die Quellen sagen nicht "
        "immer, welche Fälle sie einschließen."
    )


def head_comparison(city: str, own: list[str], others: list[str]) -> str:
    """Return the title of the comparison of durations.

    Args:
        city: the report's own city.
        own: its durations as words without unit.
        others: those of the other cities, longest first.
    """
    if not own or not others:
        return "Bearbeitungsdauer beim Wohngeld im Städtevergleich"
    return (
        f"{city}: {join_words(own, 'oder')} Monate; andere Städte: {others[-1]} bis "
        f"{others[0]} Monate"
    )


def stack_series(series: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return several series in one frame; ``label`` says which."""
    parts = [rows.assign(label=name) for name, rows in series.items()]
    return pd.concat(parts, ignore_index=True)


def measure_change(series: pd.DataFrame) -> pd.DataFrame:
    """Return the change from the first to the last row of a series in percent.

    Returns:
        One row (none for a series of less than two rows): ``value``, ``lower``, ``upper``
        [percent], ``origins``, ``first_end``, ``last_end``.
    """
    if len(series) < 2:
        return pd.DataFrame(columns=["value", *BOUNDS, "origins", "first_end", "last_end"])
    first = series.iloc[[0]].reset_index(drop=True)
    last = series.iloc[[-1]].reset_index(drop=True)
    ratio = divide(last, first, factor=100)
    ratio[["value", *BOUNDS]] -= 100
    return ratio.assign(
        measure="derived", first_end=first["period_end"], last_end=last["period_end"]
    )


def _pair_waiting(stock: Row, durations: pd.DataFrame, reach: int) -> dict[str, object] | None:
    middle = durations["period_start"] + (durations["period_end"] - durations["period_start"]) / 2
    distance = (middle - stock["period_end"]).abs()
    near = distance.loc[distance <= pd.Timedelta(days=reach * _DAYS_PER_MONTH)]
    if near.empty:
        return None
    stated = durations.loc[near.idxmin()]
    return {
        "period_start": stock["period_start"],
        "period_end": stock["period_end"],
        **{name: stock[name] for name in ("open", "value", *BOUNDS, "measure")},
        "stated": stated["value"],
        "stated_lower": stated["lower"],
        "stated_upper": stated["upper"],
        "stated_rule": stated["rule"],
        "stated_measure": stated["measure"],
        "stated_period": say_period(stated),
        "series": stated["series"],
        "verdict": _judge_waiting(stock, stated),
        "origins": tuple(dict.fromkeys((*stock["origins"], *stated["origins"]))),
    }


def _judge_waiting(implied: Row, stated: Row) -> str:
    order = sorted((implied, stated), key=lambda row: float(row["value"]))
    smaller, larger = order[0], order[1]
    # An open side may reach anywhere, so it never rules the other figure out.
    if pd.isna(smaller["upper"]) or pd.isna(larger["lower"]) or smaller["upper"] >= larger["lower"]:
        return "vereinbar"
    far = larger["value"] > _STRONG_FACTOR * smaller["value"]
    return STRONG if far else "weicht ab"


def _covers_whole_years(rows: pd.DataFrame) -> pd.Series:
    start, end = rows["period_start"], rows["period_end"]
    on_edges = start.dt.is_year_start.fillna(False) & end.dt.is_year_end.fillna(False)
    covered: pd.Series = on_edges & start.dt.year.eq(end.dt.year)
    return covered


def _covers_one_month(rows: pd.DataFrame) -> pd.Series:
    start, end = rows["period_start"], rows["period_end"]
    on_edges = start.dt.is_month_start.fillna(False) & end.dt.is_month_end.fillna(False)
    covered: pd.Series = on_edges & start.dt.to_period("M").eq(end.dt.to_period("M"))
    return covered


def _is_in_series(rows: pd.DataFrame) -> pd.Series:
    """Return for each row whether it belongs to a regular series of months or month ends."""
    monthly = covers_month(rows)
    regular = is_regular(rows.loc[monthly, "period_end"])
    return monthly if regular else pd.Series(False, index=rows.index)


def _pair_duration_starts(case_counts: pd.DataFrame, service: str, place: str) -> pd.DataFrame:
    receipt = select_observations(
        case_counts,
        "processing_time",
        service=service,
        place=place,
        methods=("verfahrensdauer",),
    )
    complete = select_observations(
        case_counts, "processing_time_complete", service=service, place=place
    )
    single = receipt.drop_duplicates(_PERIOD, keep=False).dropna(subset=_PERIOD)
    complete = complete.drop_duplicates(_PERIOD, keep=False)
    both = single[["place", *_PERIOD]].merge(complete[_PERIOD])
    first = both.merge(single, on=["place", *_PERIOD])
    second = both.merge(complete.drop(columns="place"), on=_PERIOD)
    return both.assign(
        from_receipt=first["value"],
        from_complete=second["value"],
        measure="derived",
        **subtract(first, second),
    )


def _keep_recent(rows: pd.DataFrame, reach: pd.DateOffset) -> pd.DataFrame:
    recent: pd.Series = rows["period_end"] >= rows["period_end"].max() - reach
    return rows.loc[recent]


def _pick_best_source(rows: pd.DataFrame) -> pd.DataFrame:
    ranks = {series: rank for rank, series in enumerate(dict.fromkeys(DURATION_SERIES.values()))}
    rank = rows["series"].map(ranks).fillna(len(ranks))
    return rows.loc[rank == rank.min()].tail(1)


def _in_contradiction(rows: pd.DataFrame, contradictions: pd.DataFrame) -> pd.Series:
    involved = {*contradictions["first_origin"], *contradictions["second_origin"]}
    return rows["origin"].isin(involved)


def _months_until(end: pd.Timestamp, window: int) -> list[pd.Period]:
    last = end.to_period("M")
    return [last - back for back in range(window)]


def _list_single_months(
    case_counts: pd.DataFrame, measure: str, service: str, place: str
) -> pd.DataFrame:
    """Return the figures of single months, sources that agree put together."""
    rows = select_observations(case_counts, measure, service=service, place=place)
    return combine_agreeing(rows.loc[_covers_one_month(rows)], _PERIOD)


def _sum_of_months(monthly: pd.DataFrame, months: list[pd.Period]) -> pd.DataFrame:
    single = monthly.loc[monthly["period_end"].dt.to_period("M").isin(months)]
    # Two figures that contradict each other for one month do not make up for a month without any.
    complete = len(single) == len(months) and single["period_end"].is_unique
    return add_up(single) if complete else _empty_sum()


def _mean_per_month(monthly: pd.DataFrame, end: pd.Timestamp, window: int) -> pd.DataFrame:
    total = _sum_of_months(monthly, _months_until(end, window))
    return total.assign(**{name: total[name] / window for name in ("value", *BOUNDS)})


def _clear_window(
    decided_months: pd.DataFrame, received_months: pd.DataFrame, end: pd.Timestamp, window: int
) -> pd.DataFrame:
    months = _months_until(end, window)
    decided = _sum_of_months(decided_months, months)
    received = _sum_of_months(received_months, months)
    return divide(decided, received, factor=100).assign(
        period_start=months[-1].start_time,
        period_end=end,
        received=received["value"],
        decided=decided["value"],
        measure="clearance",
    )


def _clear_none() -> pd.DataFrame:
    columns = ["value", *BOUNDS, "origins", *_PERIOD, "received", "decided"]
    # What is asked of the dates of a result can be asked of none as well.
    return pd.DataFrame(columns=columns).astype(dict.fromkeys(_PERIOD, "datetime64[us]"))


def _empty_sum() -> pd.DataFrame:
    missing = [float("nan")]
    return pd.DataFrame({"value": missing, "lower": missing, "upper": missing, "origins": [()]})
