"""Relief by measures: hours, posts, what they depend on (chapter Entlastung).

All results carry ``value``, ``lower``, ``upper`` (P50, P10, P90), ``error`` (the largest sampling
error of the three) and ``span`` (the value once more, to be shown as a range). Methods:
docs/methods/relief.md; the plan under limits: ``indicators.fahrplan``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.assumed import Simulation
from analysis.fields import QUANTITIES
from analysis.indicators.assumptions import find_points, say_changes
from analysis.indicators.relief_words import (
    as_span,
    round_off,
    round_row,
    say_needs,
    say_points,
    say_range,
)
from analysis.indicators.statements import Figure, Statement
from analysis.models import sensitivity
from analysis.models.relief import Setting
from analysis.models.relief_tables import (
    BREAK_EVEN,
    CUMULATIVE,
    SUM,
    TOTAL,
    YEARLY,
    Relief,
    convert_to_posts,
    sum_groups,
)
from analysis.models.sampling import QUANTILES
from analysis.models.staffing_need import Range, WorkingTime
from analysis.presentation.formats import (
    NARROW_SPACE,
    format_month,
    format_number,
    format_with_unit,
)
from analysis.presentation.phrases import join_words

Row: TypeAlias = "pd.Series[Any]"

OFTEN = 25.0
"""Share of the draws [%] from which on a measure counts as one that may not pay."""
TOP = 15
"""Measures that a chart shows; the table has all."""
NONE, NEVER = "–", "x"
"""Signs: there is no figure; the month lies beyond the time looked at."""
WORKING_TIME = "vollzeit/working_minutes"
BLOCKED = "entlastung/blocked_months"
KEYS = (WORKING_TIME, BLOCKED, "fahrplan/budget", "fahrplan/it_days", "fahrplan/caution")
"""Assumptions of the edition that enter this chapter."""
BLOCKS = tuple(
    f"entlastung-{name}"
    for name in (
        "gesamt",
        "je-massnahme",
        "bereich",
        "stellen",
        "durchgaengig",
        "einfluss",
        "pruefung",
        "fahrplan",
        "fahrplan-tabelle",
        "auslastung",
        "vorsicht",
        "budget",
        "ohne-mittel",
        "anfang",
        "kurzfristig",
        "ueberbrueckung",
        "annahmen-wichtigste",
        "annahmen",
    )
)
"""Blocks that need measures and limits."""
ZERO_LINE = pd.DataFrame({"value": [0.0], "label": ["Aufwand und Entlastung gleich"]})
_FIGURES = list(QUANTILES)
_ERRORS = [f"{name}_error" for name in QUANTILES]
_PUBLISHED = "veröffentlicht"
_HALF_YEAR = 6
_FEW_POSTS = 10
_REACHED = "ja"
_CHECKS = {"nuernberg_2023": ("hours_saved", "Nürnberg")}
"""Case to compare with → measure and place of what was published of it."""
_STATES = {
    "ja": "erreicht",
    "nein": "nicht erreicht",
    "unbekannt": "nicht bekannt",
    "nicht zutreffend": "nicht zutreffend",
}


def make_setting(simulation: Simulation, *, blocked_months: float = 0) -> Setting:
    """Return how an edition simulates.

    Args:
        simulation: seed, draws and months of the edition.
        blocked_months: no relief before the end of this month; rounded to whole months.
    """
    return Setting(
        simulation.seed, simulation.draws, simulation.months, round(float(blocked_months))
    )


def find_assumed(assumed: pd.DataFrame, key: str) -> Row | None:
    """Return an assumption of the edition (``value``, ``lower``, ``upper``), none if not stated.

    Args:
        assumed: assumptions of the edition.
        key: ``subject/quantity``.
    """
    subject, _, quantity = key.partition("/")
    row = find_points(assumed, subject, quantity)
    return None if row is None else pd.concat([row, pd.Series({"measure": "public"})])


def find_working_time(assumed: pd.DataFrame) -> WorkingTime | None:
    """Return the yearly working time of a full post that the edition states, with its source."""
    row = find_assumed(assumed, WORKING_TIME)
    if row is None:
        return None
    return WorkingTime(Range(row["lower"], row["value"], row["upper"]), row["evidence"])


def list_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return the measures as a reader needs them.

    Returns:
        The table with ``needs`` (money and staff), ``before`` (names of the measures that come
        first), ``when`` (horizon) and ``state`` (whether the services are digital end to end, and
        whether that is planned), in German; ``measure`` is ``public``.
    """
    names = dict(zip(measures["measure_id"], measures["name"], strict=True))
    return measures.assign(
        needs=[
            say_needs(money, staff)
            for money, staff in zip(measures["needs_money"], measures["needs_staff"], strict=True)
        ],
        before=name_prerequisites(measures["prerequisites"], names),
        when=measures["horizon"] + "fristig",
        state=[
            _say_state(state, names.get(enabler, ""))
            for state, enabler in zip(
                measures["end_to_end"], measures["end_to_end_by"], strict=True
            )
        ],
        measure="public",
    )


def say_enablers(measures: pd.DataFrame) -> str:
    """Return which measures are to bring processing end to end, as a note; empty where none."""
    enablers = measures.loc[measures["measure_id"].isin(measures["end_to_end_by"]), "name"]
    if enablers.empty:
        return ""
    return (
        "»Geplant« heißt: Die durchgängige Verarbeitung soll kommen durch "
        f"{join_words([f'»{name}«' for name in enablers])}."
    )


def name_prerequisites(
    prerequisites: pd.Series, names: Mapping[str, str], *, none: str = "keine"
) -> list[str]:
    """Return the names of the measures that must be in effect before, as an enumeration."""
    return [
        join_words([f"»{names[key]}«" for key in keys.split() if key in names]) or none
        for keys in prerequisites
    ]


def finish(rows: pd.DataFrame) -> pd.DataFrame:
    """Return results with ``span``, ``span_rule``, ``error`` and their label for protection."""
    return rows.assign(
        span=rows["value"],
        span_rule="range",
        error=rows[_ERRORS].max(axis=1),
        measure="derived",
        text=[label_figure(value) for value in rows["value"]],
    )


def label_figure(value: float) -> str:
    """Return a figure as a chart label with two significant digits: ``≈ 11.000``."""
    sign = "" if value == 0 or pd.isna(value) else f"≈{NARROW_SPACE}"
    return f"{sign}{format_number(round_off(value))}"


def label_range(row: Row) -> str:
    """Return a figure with its range as a chart label: ``≈ 3.200 (890 bis 7.700)``."""
    low, high = (format_number(round_off(row[name])) for name in ("lower", "upper"))
    return label_figure(row["value"]) + ("" if low == high else f" ({low} bis {high})")


def show_ranges(rows: pd.DataFrame) -> pd.DataFrame:
    """Return results whose chart labels have the range."""
    return rows.assign(text=[label_range(row) for _, row in rows.iterrows()])


def trace_measures(rows: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return results of all measures with the rows of the measures as their origins.

    The assumptions behind them stand with the results by measure and in the file of assumptions.
    """
    own = tuple(measures["origin"])
    return rows.assign(origins=pd.Series([own] * len(rows), rows.index, dtype="object"))


def mark_missing(rows: pd.DataFrame, keys: Sequence[str], sign: str = NONE) -> pd.DataFrame:
    """Return results with a sign where these columns have no figure: none is kept secret."""
    names = {key: "sign" if key == "value" else f"{key}_sign" for key in keys}
    marks = {name: rows[key].isna().map({True: sign, False: ""}) for key, name in names.items()}
    return rows.assign(**marks)


def say_changed(assumptions: pd.DataFrame, assumed: pd.DataFrame) -> str:
    """Return in German which assumptions of this chapter the build changed; empty where none."""
    own = assumed.loc[assumed["assumption_id"].isin(KEYS)]
    labels = assumptions["quantity"].map({name: item.label for name, item in QUANTITIES.items()})
    return say_changes(pd.concat([assumptions.assign(label=labels), own], ignore_index=True))


def find_yearly_total(relief: Relief, working_time: WorkingTime | None) -> Row:
    """Return the hours per year of all measures at the end, with posts as in ``list_yearly``."""
    row: Row = add_posts(
        pick_total(relief, YEARLY).to_frame().T.infer_objects(), working_time
    ).iloc[0]
    return row


def state_posts(total: Row, year: Row, heads: Row | None) -> Statement:
    """Return in words what the hours are in posts, and that they are none.

    Args:
        total: hours per year with posts (``find_yearly_total``).
        year: yearly working time of a full post.
        heads: hours per employee (``spread_over_heads``), where known.
    """
    hours, posts = round_row(total), round_row(pick_posts(total))
    figures = {
        "hours": Figure(hours, "Stunden"),
        "hours_span": Figure(as_span(hours), ""),
        "year": Figure(as_span(year), "Minuten"),
        **_count_posts(posts),
    }
    spread = "Die Stunden verteilen sich auf viele Mitarbeiter*innen. "
    if heads is not None:
        figures["heads"] = Figure(round_row(heads), "Stunden")
        spread = "Verteilt auf alle Mitarbeiter*innen sind es je Kopf {heads} im Jahr. "
    return Statement(
        "Wirken alle Maßnahmen, so sparen sie am Ende des Zeitraums {hours} im Jahr "
        "({hours_span}). Bei einer Jahresarbeitszeit von {year} entspricht das rechnerisch "
        f"{{posts}} ({{posts_span}}). {spread}Frei werden damit keine Stellen. Wofür die gewonnene "
        "Zeit dient, etwa für den Abbau von Rückständen oder für Beratung, ist nicht gesagt.",
        figures,
        {},
    )


def state_bridge(
    relief: Relief, working_time: WorkingTime | None, blocked: Row, beginning: str
) -> Statement:
    """Return in words what bridges the first months.

    Args:
        relief: simulation of the worst case.
        working_time: to turn hours into posts.
        blocked: months without relief, as the edition assumes them.
        beginning: how the sentence begins: which measures begin.
    """
    row = find_bridge(relief, working_time, months=round(float(blocked["value"])))
    hours = round_row(row)
    time = {"months": Figure(blocked, "Monaten")}
    if row["upper"] <= 0:
        return Statement(
            "{beginning}, so fehlen in den ersten {months} auch ohne Entlastung keine Stunden.",
            time,
            {"beginning": beginning},
        )
    figures = time | {"hours": Figure(hours, "Stunden"), "span": Figure(as_span(hours), "")}
    said = "{hours} im Jahr ({span})"
    if pd.notna(row["posts"]):
        posts = round_row(pick_posts(row))
        figures |= _count_posts(posts)
        said += ", rechnerisch {posts} ({posts_span})"
    return Statement(
        f"{{beginning}} und greift in den ersten {{months}} nichts, so fehlen {said}; so viel "
        "zusätzliche Arbeitszeit wäre in dieser Zeit nötig, befristet.",
        figures,
        {"beginning": beginning},
    )


def pick_total(relief: Relief, indicator: str) -> Row:
    """Return a result of all measures together: ``yearly``, ``sum`` or ``break_even``."""
    rows = relief.summary
    chosen = rows.loc[(rows["measure_id"] == TOTAL) & (rows["indicator"] == indicator)]
    row: Row = finish(chosen).iloc[0]
    return row


def list_course(relief: Relief, measures: pd.DataFrame, *, stichtag: pd.Timestamp) -> pd.DataFrame:
    """Return the relief of all measures since the beginning, less the effort, month by month.

    Args:
        relief: results of a simulation.
        measures: table ``measures``.
        stichtag: key date; the first month is the one after it.

    Returns:
        One row per month: ``month`` (first day), ``month_label``, ``number`` (from 1), hours as in
        the module's description. ``origins`` are the rows of the measures.
    """
    rows = relief.monthly
    chosen = rows.loc[(rows["measure_id"] == TOTAL) & (rows["indicator"] == CUMULATIVE)]
    days = [find_month(stichtag, number - 1) for number in chosen["month"]]
    rows = finish(chosen.assign(number=chosen["month"])).assign(
        month=days, month_label=[format_month(day) for day in days]
    )
    return trace_measures(rows, measures)


def keep_half_years(course: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at the end of each half-year, for the table behind the chart."""
    return course.loc[course["number"] % _HALF_YEAR == 0].reset_index(drop=True)


def find_month(stichtag: pd.Timestamp, months: float) -> pd.Timestamp:
    """Return the first day of the month after the Stichtag, moved by whole months."""
    first = pd.Timestamp(stichtag).to_period("M") + 1
    return pd.Timestamp((first + int(np.floor(months))).start_time)


def list_yearly(
    relief: Relief, measures: pd.DataFrame, working_time: WorkingTime | None
) -> pd.DataFrame:
    """Return the hours that each measure saves per year at the end, the largest median first.

    Args:
        relief: results of a simulation.
        measures: table ``measures``.
        working_time: to turn hours into posts; without it ``posts`` is missing.

    Returns:
        One row per measure with cases of its own: ``category``, ``area``, hours per year,
        ``posts``, ``posts_lower``, ``posts_upper``, ``posts_span`` [VZÄ], ``never`` (share of the
        draws [%] in which effort outweighs relief over the whole time), ``often`` (whether that is
        ``OFTEN`` or more), ``sum`` with ``sum_lower``, ``sum_upper``, ``sum_span`` (net hours over
        the whole time), ``break_even`` with its bounds [month], ``note`` (German remark).
    """
    rows = finish(relief.summary)
    own = measures.loc[measures["caseload"] != "", ["measure_id", "area"]]
    yearly = rows.loc[rows["indicator"] == YEARLY].merge(own, on="measure_id")
    yearly = add_posts(yearly, working_time)
    for indicator in (SUM, BREAK_EVEN):
        part = rows.loc[rows["indicator"] == indicator, ["measure_id", *_FIGURES]]
        renamed = part.rename(columns=_name_columns(indicator))
        yearly = yearly.merge(renamed, on="measure_id", validate="one_to_one")
        yearly = yearly.assign(**{f"{indicator}_span": yearly[indicator]})
    often = yearly["never"] >= OFTEN
    ordered = yearly.assign(category=yearly["name"], often=often).sort_values(
        "value", ascending=False, kind="stable", ignore_index=True
    )
    ordered = mark_missing(ordered, ["posts", "posts_span"])
    ordered = mark_missing(ordered, ["break_even_span"], NEVER)
    return ordered.assign(note=[_remark(row) for _, row in ordered.iterrows()])


def add_posts(rows: pd.DataFrame, working_time: WorkingTime | None) -> pd.DataFrame:
    """Return hours per year with the posts that they equal: ``posts``, its bounds and ``…_span``.

    Without a working time the columns are missing values: no figure without a source.
    """
    if working_time is None:
        return rows.assign(
            **dict.fromkeys(_name_columns("posts").values(), np.nan), posts_span=np.nan
        )
    posts = convert_to_posts(rows, working_time)
    columns = {name: posts[column] for column, name in _name_columns("posts").items()}
    return rows.assign(**columns, posts_span=columns["posts"])


def pick_posts(row: Row) -> Row:
    """Return a result of ``add_posts`` with the posts as its figures."""
    columns = _name_columns("posts")
    figures = pd.Series({column: row[name] for column, name in columns.items()})
    posts: Row = pd.concat(
        [row.drop([*_FIGURES, "measure_unit"]), figures, pd.Series({"measure_unit": "VZÄ"})]
    )
    return posts


def sum_areas(
    relief: Relief, measures: pd.DataFrame, working_time: WorkingTime | None
) -> pd.DataFrame:
    """Return the hours saved per year at the end by area, from sums of the draws.

    Args:
        relief: results of a simulation.
        measures: table ``measures``.
        working_time: to turn hours into posts.

    Returns:
        One row per area, the largest median first: ``category``, ``measures`` (number), hours per
        year, posts as in ``list_yearly``, ``note``. ``origins`` are the rows of the measures.
    """
    own = measures.loc[measures["caseload"] != ""]
    groups = dict(zip(own["measure_id"], own["area"], strict=True))
    rows = sum_groups(relief.yearly, groups).assign(measure_unit="Stunden/Jahr")
    origins = own.groupby("area")["origin"].agg(tuple)
    rows = add_posts(finish(rows), working_time).assign(
        category=rows["group"], origins=rows["group"].map(origins)
    )
    ordered = rows.sort_values("value", ascending=False, kind="stable", ignore_index=True)
    ordered = mark_missing(ordered, ["posts", "posts_span"])
    return ordered.assign(note=[_remark(row) for _, row in ordered.iterrows()])


def spread_over_heads(total: Row, employees: pd.DataFrame) -> Row | None:
    """Return the hours per employee and year, for a text; none where the employees are not known.

    Args:
        total: hours per year with range.
        employees: numbers of employees in order of time (``personal.list_employees``); the latest
            of the whole office counts.
    """
    whole = employees.loc[employees["unit"].fillna("") == ""].dropna(subset=["value"])
    if whole.empty or whole["value"].iloc[-1] <= 0:
        return None
    heads = whole.iloc[-1]
    figures = pd.Series({name: total[name] / heads["value"] for name in _FIGURES})
    fixed = {
        "measure_unit": "Stunden",
        "measure": "derived",
        "origins": tuple(heads.get("origins", ())) or (heads["origin"],),
    }
    return pd.concat([figures, pd.Series(fixed)])


def compare_states(
    measures: pd.DataFrame, assumptions: pd.DataFrame, relief: Relief, *, top: int = 8
) -> pd.DataFrame:
    """Return what measures relieve without and with processing end to end.

    Args:
        measures: table ``measures``; those that the register knows to be end to end are left out.
        assumptions: table ``assumptions``.
        relief: a simulation of them.
        top: measures with the largest difference that are marked to be drawn.

    Returns:
        Two rows per measure: ``group`` (its name), ``category`` (without or with), hours per year
        at full use, ``state``, ``drawn``; the largest difference first. Empty where no measure
        depends on it.
    """
    open_ = measures.loc[measures["end_to_end"] != _REACHED]
    rows = sensitivity.compare_end_to_end(open_, assumptions, relief.inputs)
    if rows.empty:
        return rows
    gap = rows.groupby("measure_id")["value"].agg(lambda pair: pair.iloc[1] - pair.iloc[0])
    place = gap.rank(ascending=False, method="first")
    joined = finish(rows).assign(
        group=rows["name"],
        category=rows["series"],
        state=rows["state"].map(_STATES),
        place=rows["measure_id"].map(place),
    )
    ordered = joined.sort_values("place", kind="stable", ignore_index=True)
    return show_ranges(ordered).assign(drawn=ordered["place"] <= top)


def weigh_states(measures: pd.DataFrame, assumptions: pd.DataFrame, relief: Relief) -> pd.DataFrame:
    """Return the same for all these measures together, and the share that depends on it.

    Returns:
        Rows as ``sensitivity.weigh_end_to_end`` gives them; ``origins`` are those of the measures.
    """
    open_ = measures.loc[measures["end_to_end"] != _REACHED]
    rows = sensitivity.weigh_end_to_end(open_, assumptions, relief.inputs)
    return rows if rows.empty else finish(rows)


def rank_assumptions(
    relief: Relief, measures: pd.DataFrame, assumptions: pd.DataFrame
) -> pd.DataFrame:
    """Return the assumptions that the result follows most, with their points and reasons.

    Returns:
        Rows as ``sensitivity.rank_inputs`` gives them, with ``rank``, ``assumed`` (the points in
        words), ``state`` (``belegt``, ``Annahme``, ``für diesen Lauf geändert``), ``evidence``,
        ``span``, ``span_rule`` and ``measure``.
    """
    ranked = sensitivity.rank_inputs(relief, measures, assumptions)
    known = assumptions[
        ["assumption_id", "minimum", "mode", "maximum", "basis", "evidence", "changed"]
    ]
    units = assumptions.set_index("assumption_id")["measure_unit"]
    joined = ranked.merge(known, on="assumption_id", validate="one_to_one")
    return joined.assign(
        rank=range(1, len(joined) + 1),
        assumed=[say_points(row, units[row["assumption_id"]]) for _, row in joined.iterrows()],
        state=joined["basis"].mask(joined["changed"], "für diesen Lauf geändert"),
        span=joined["value"],
        span_rule="range",
        measure="derived",
    )


def check_cases(
    relief: Relief, assumptions: pd.DataFrame, observations: pd.DataFrame
) -> pd.DataFrame:
    """Set the model beside what other cities published of hours saved.

    Args:
        relief: a simulation; its draws are used.
        assumptions: table ``assumptions``.
        observations: published figures.

    Returns:
        Two rows per case to compare with: ``subject_name``, ``category`` (model, published),
        hours per year, ``rank`` (share of the draws below the published value [%]), ``covered``
        (whether P10 to P90 contains it). Empty where nothing was published up to the Stichtag.
    """
    parts = []
    for subject, (measure, place) in _CHECKS.items():
        own = assumptions.loc[assumptions["subject"] == subject]
        published = observations.loc[
            (observations["measure"] == measure) & (observations["place"] == place)
        ]
        if own.empty or published.empty:
            continue
        row = sensitivity.check_reality(
            relief.inputs, assumptions, published.iloc[0], subject=subject
        )
        stated = row.assign(
            value=row["published"], lower=row["published_lower"], upper=row["published_upper"]
        ).assign(**dict.fromkeys(_ERRORS, np.nan))
        parts += [
            item.assign(category=label, subject_name=own["subject_name"].iloc[0])
            for label, item in (("Modell", row), (_PUBLISHED, stated))
        ]
    if not parts:
        return pd.DataFrame()
    rows = finish(pd.concat(parts, ignore_index=True))
    # What was published stands as it was published.
    texts = [
        say_range(row, "", about="", digits=0)
        if row["category"] == _PUBLISHED
        else label_range(row)
        for _, row in rows.iterrows()
    ]
    return mark_missing(rows.assign(text=texts), ["error"])


def list_free(yearly: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the results of measures that need neither money nor staff in addition.

    Args:
        yearly: results of ``list_yearly``.
        measures: table ``measures``.

    Returns:
        All of them, the largest median first; those without cases of their own have no figures
        and ``effect`` says so.
    """
    free = measures.loc[(measures["needs_money"] == "nein") & (measures["needs_staff"] == "nein")]
    found = free[["measure_id", "name", "area", "origin"]].merge(
        yearly.drop(columns=["name", "area"]), on="measure_id", how="left"
    )
    origins = [
        keys if isinstance(keys, tuple) else (own,)
        for keys, own in zip(found["origins"], found["origin"], strict=True)
    ]
    effect = found["value"].isna().map({True: "über andere Maßnahmen", False: "unmittelbar"})
    traced = found.assign(
        origins=pd.Series(origins, dtype="object"), effect=effect, measure="derived"
    )
    keys = ["value", "span", "error", "posts", "posts_span", "never"]
    return mark_missing(traced, keys).sort_values(
        "value", ascending=False, kind="stable", na_position="last", ignore_index=True
    )


def compare_beginnings(
    planned: Relief, worst: Relief, measures: pd.DataFrame, *, months: int
) -> pd.DataFrame:
    """Return the balance of all measures as planned and without relief at the beginning.

    Returns:
        Rows as ``sensitivity.compare_worst_case`` gives them, with ``group`` (the time) and
        ``category`` (the case), first time first. ``origins`` are the rows of the measures.
    """
    rows = finish(sensitivity.compare_worst_case(planned, worst, months=months))
    rows = rows.assign(group=rows["label"], category=rows["series"])
    rows = rows.sort_values("month", kind="stable", ignore_index=True)
    return trace_measures(show_ranges(rows), measures)


def list_short_run(
    measures: pd.DataFrame, assumptions: pd.DataFrame, relief: Relief, *, months: int
) -> pd.DataFrame:
    """Return what helps in the first months without a new system, net of the effort.

    Returns:
        Rows as ``sensitivity.list_short_run`` gives them, with ``category`` and ``note`` (what
        the measure needs in addition).
    """
    rows = finish(sensitivity.list_short_run(measures, assumptions, relief, months=months))
    needs = [
        say_needs(money, staff)
        for money, staff in zip(rows["needs_money"], rows["needs_staff"], strict=True)
    ]
    ranges = show_ranges(rows)
    return ranges.assign(
        category=rows["name"], needs=needs, note=[f"braucht zusätzlich: {text}" for text in needs]
    )


def find_bridge(relief: Relief, working_time: WorkingTime | None, *, months: int) -> Row:
    """Return the hours per year, and posts, that bridge the first months (see ``models``)."""
    rows = sensitivity.find_bridge(relief, months=months)
    row: Row = add_posts(finish(rows), working_time).iloc[0]
    return row


def _count_posts(posts: Row) -> dict[str, Figure]:
    """Return posts and their range for a text; few posts have a decimal place."""
    digits = 1 if abs(posts["value"]) < _FEW_POSTS else 0
    return {
        "posts": Figure(posts, "VZÄ", digits),
        "posts_span": Figure(as_span(posts), "", digits),
    }


def _say_state(state: str, enabler: str) -> str:
    said = _STATES[state]
    return f"{said}, geplant" if enabler and state != _REACHED else said


def _remark(row: Row) -> str:
    """Return a line below a name: range, posts, and whether effort often outweighs relief."""
    low, high = (format_number(round_off(row[name])) for name in ("lower", "upper"))
    parts = [f"{low} bis {high} Stunden"]
    if pd.notna(row["posts"]):
        parts.append(f"rund {format_with_unit(format_number(row['posts'], 1), 'VZÄ')}")
    if row.get("often", False):
        share = format_with_unit(format_number(row["never"]), "%")
        parts.append(f"in {share} der Rechnungen überwiegt der Aufwand")
    return "; ".join(parts)


def _name_columns(prefix: str) -> dict[str, str]:
    return {"value": prefix, "lower": f"{prefix}_lower", "upper": f"{prefix}_upper"}
