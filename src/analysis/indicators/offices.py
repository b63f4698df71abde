"""Offices with all that their staffing need is computed from (chapter Personalbedarf).

Method: docs/methods/staffing-need.md. An input that the model refuses is a fault of the edition
and stops the build; an office that figures are missing for is left out with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from analysis.errors import DataError
from analysis.indicators.assumptions import find_points
from analysis.indicators.intervals import select_observations
from analysis.indicators.months import (
    add_window,
    keep_units,
    label_rows,
    list_months,
    list_years,
    pick,
)
from analysis.indicators.outlook import measure_growth
from analysis.indicators.rueckstand import DAYS_PER_MONTH, Scope, list_day_stocks, select_figures
from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Evidence,
    Office,
    OtherTask,
    OutputOffice,
    Range,
    Staff,
    Stocks,
    Task,
    WorkingTime,
    make_exact,
    measure_implied_minutes,
    measure_output,
    measure_permanent_need,
)
from analysis.presentation.formats import format_date, format_month, say_period
from analysis.presentation.phrases import join_words

Row: TypeAlias = "pd.Series[Any]"

YEAR = 12
FULL_POST, NET_POST, ALLOWANCES = "vollzeit", "vollzeit_netto", "verteilzeit"
"""Subjects of assumptions: the JAZ with and without Verteilzeit, and the Verteilzeiten."""
_ALLOWANCE_LABELS = {"factual": "sachliche", "personal": "persönliche", "recovery": "Erholung"}
_CASE_METHODS = ("antraege", "abschliessend_bearbeitet")
_POST_METHODS = ("stellen", "vzae", "vollzeitstellen", "stellenplan")
OUTPUT_OFFICE = "Wohngeldstelle"
_PER_CENT = 100
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", " ": "_", "-": "_"})


class Gathered(NamedTuple):
    """Offices whose need can be computed, and those whose need cannot.

    Attributes:
        offices: in the order of the register.
        left_out: ``unit``, ``unit_label``, ``reason`` (German).
        units: identifier of the unit of each office, in order.
    """

    offices: tuple[Office, ...]
    left_out: pd.DataFrame
    units: tuple[str, ...] = ()


class Registers(NamedTuple):
    """Names of units (with their kind) and services."""

    units: pd.DataFrame
    services: pd.DataFrame


def find_offices(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    assumed: pd.DataFrame,
    *,
    scope: Scope,
    registers: Registers,
) -> tuple[Gathered, OutputOffice | None]:
    """Return the offices with handling times; where there are none, the one from its output.

    Args:
        case_counts: see ``gather_offices`` and ``gather_output_office``.
        staffing: see there.
        assumed: assumptions of the edition.
        scope: service, place and key date of the office from its output.
        registers: names of units and services.

    Raises:
        DataError: an assumption is refused.
    """
    gathered = gather_offices(
        case_counts, staffing, assumed, place=scope.place, registers=registers
    )
    if gathered.offices:
        return gathered, None
    office = gather_output_office(case_counts, staffing, assumed, scope=scope, label=OUTPUT_OFFICE)
    return gathered, office


def gather_offices(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    assumed: pd.DataFrame,
    *,
    place: str,
    registers: Registers,
    staff_service: str = "sozialreferat",
) -> Gathered:
    """Return the offices that have received cases and posts, with handling times assumed for them.

    Cases are those of the last twelve months, posts and open cases those of the last month.

    Args:
        case_counts: observations with monthly ``received`` and ``open`` by unit.
        staffing: observations with monthly ``posts_planned`` and ``posts_filled`` by unit.
        assumed: assumptions of the edition.
        place: city.
        registers: names of units and services.
        staff_service: what the posts are counted under.

    Returns:
        No office where no handling time is assumed. An office is left out where a figure is not
        known or not released, or an assumption for it is missing.

    Raises:
        DataError: an assumption is refused: JAZ without source, Verteilzeit counted twice or
            missing, an elapsed duration as handling time.
    """
    none = Gathered((), pd.DataFrame(columns=["unit", "unit_label", "reason"]))
    if not assumed["quantity"].eq("base_minutes").any():
        return none
    received = keep_units(_sum_year(case_counts, place))
    if received.empty:
        return none
    last = received["month"].max()
    stocks = keep_units(list_months(case_counts, ["open"], place=place))
    posts = list_months(
        staffing, ["posts_planned", "posts_filled"], place=place, services=[staff_service]
    )
    gatherer = _Gatherer(
        label_rows(received, registers.units, registers.services),
        stocks.loc[stocks["month"] == last],
        posts.loc[posts["month"] == last],
        case_counts,
        assumed,
        registers.units,
    )
    return gatherer.gather()


def gather_output_office(
    case_counts: pd.DataFrame,
    staffing: pd.DataFrame,
    assumed: pd.DataFrame,
    *,
    scope: Scope,
    label: str,
) -> OutputOffice | None:
    """Return an office whose need follows from what it decided with how many posts.

    Decided cases are those of the months that lie in the period of a published figure of filled
    posts, the latest that there is. The need is compared with the posts that the edition assumes
    (``staff``), else with published ones, but only where they are at most a year away from the
    date of the received cases. Stocks are the two that the growth of the chapter Rückstand rests
    on.

    Args:
        case_counts: published ``decided`` by month and ``open``.
        staffing: published ``posts_filled`` and ``posts_planned``.
        assumed: assumptions of the edition; ``received`` of the service per month is needed.
        scope: service, city, key date.
        label: German name of the office.

    Returns:
        The office; ``None`` where one of the figures is missing.

    Raises:
        DataError: the JAZ is missing or refused, or nothing was decided.
    """
    service, place = scope.service, scope.place
    decided, filled = _find_measured(case_counts, staffing, service, place)
    coming = find_points(assumed, service, "received")
    if decided.empty or filled is None or coming is None:
        return None
    working_time, year_proof = _read_working_time(assumed)
    staffed, staffed_proof = _read_published(filled, "posts_filled")
    clearing, goal_proof = _read_goal(case_counts, assumed, service, place)
    staff, plan, staff_proof = _read_staff(staffing, assumed, coming, scope)
    received = read_points(coming)
    stocks, stock_proof = _read_stocks(select_figures(case_counts, scope), assumed, received, scope)
    office = OutputOffice(
        label=label,
        service=service,
        decided=Range(
            float(decided["lower"].fillna(decided["value"]).min()),
            float(decided["value"].mean()),
            float(decided["upper"].fillna(decided["value"]).max()),
        ),
        staffed=staffed,
        received=received,
        working_time=working_time,
        staff=staff,
        clearing=clearing,
        stocks=stocks,
        plan=plan,
        evidence={
            "decided": Evidence(
                "; ".join(f"{row['wording']}, {say_period(row)}" for _, row in decided.iterrows())
                + ". Spanne: kleinster bis größter Monat",
                tuple(decided["origin"]),
                "decided",
                _say_months(decided),
            ),
            "staffed": staffed_proof,
            "received": _prove(coming),
            "year": year_proof,
            **staff_proof,
            **goal_proof,
            **stock_proof,
        },
    )
    measure_implied_minutes(working_time, measure_output(office.decided, office.staffed))
    return office


def read_points(row: Row, factor: float = 1.0) -> Range:
    """Return the three points of an assumption (see ``find_points``) as a quantity."""
    return Range(*(float(row[name]) * factor for name in ("lower", "value", "upper")))


def name_kind(kind: str) -> str:
    """Return a kind of unit as the subject of an assumption: ``sozialbuergerhaus``."""
    return kind.casefold().translate(_UMLAUTS)


class _Gatherer:
    """The figures of all offices at the last month."""

    def __init__(
        self,
        received: pd.DataFrame,
        stocks: pd.DataFrame,
        posts: pd.DataFrame,
        case_counts: pd.DataFrame,
        assumed: pd.DataFrame,
        units: pd.DataFrame,
    ) -> None:
        self.received, self.stocks, self.posts = received, stocks, posts
        self.assumed, self.units = assumed, units
        self.measures = dict(zip(case_counts["fact_id"], case_counts["measure"], strict=True))
        self.working_time, self.year_proof = _read_working_time(assumed)
        self.allowances, self.allowance_proof = _read_allowances(assumed, self.working_time)

    def gather(self) -> Gathered:
        """Return the offices, those that cannot be computed apart."""
        ranks = {unit: rank for rank, unit in enumerate(dict.fromkeys(self.units["unit_id"]))}
        found = sorted(set(self.received["unit"]), key=lambda unit: (ranks.get(unit, 0), unit))
        offices: dict[str, Office] = {}
        left_out: list[tuple[str, str, str]] = []
        for unit in found:
            rows = self.received.loc[self.received["unit"] == unit]
            label = str(rows["unit_label"].iloc[0])
            reason = self._find_reason(unit, rows)
            if reason:
                left_out.append((unit, label, reason))
            else:
                offices[unit] = self._make_office(unit, label, rows)
        return Gathered(
            tuple(offices.values()),
            pd.DataFrame(left_out, columns=["unit", "unit_label", "reason"]),
            tuple(offices),
        )

    def _find_reason(self, unit: str, rows: pd.DataFrame) -> str:
        hidden = rows.loc[rows["value"].isna(), "service_label"]
        if len(hidden):
            names = join_words([f"»{name}«" for name in hidden])
            return (
                f"Eingänge zu {names} sind für die letzten zwölf Monate nicht vollständig bekannt "
                "oder nicht veröffentlicht."
            )
        missing = [
            f"»{row['service_label']}«"
            for _, row in rows.iterrows()
            if find_points(self.assumed, str(row["service"]), "base_minutes") is None
        ]
        if missing:
            return f"Zu {join_words(missing)} fehlt die Grundzeit."
        if self._find_post("posts_filled", unit) is None:
            return "Die besetzten Stellen sind nicht bekannt oder nicht veröffentlicht."
        if _read_share(self.assumed, self._list_subjects(unit))[0] is None:
            return "Der Anteil der Stellen für diese Anträge ist nicht angegeben."
        return ""

    def _list_subjects(self, unit: str) -> list[str]:
        kinds = self.units.loc[self.units["unit_id"] == unit]
        known = kinds["kind"].head(1).tolist() if "kind" in kinds else []
        return [unit, *(name_kind(str(kind)) for kind in known)]

    def _find_post(self, measure: str, unit: str) -> Row | None:
        rows = pick(self.posts, measure)
        rows = rows.loc[(rows["unit"] == unit) & rows["value"].notna()]
        return None if rows.empty else rows.iloc[0]

    def _make_office(self, unit: str, label: str, rows: pd.DataFrame) -> Office:
        tasks: list[Task] = []
        evidence: dict[str, Evidence] = {"year": self.year_proof, **self.allowance_proof}
        for _, row in rows.iterrows():
            task, proof = self._make_task(unit, row)
            tasks.append(task)
            evidence |= proof
        posts: dict[str, Range | None] = {}
        for key, measure in (("planned", "posts_planned"), ("filled", "posts_filled")):
            found = self._find_post(measure, unit)
            posts[key] = None if found is None else make_exact(float(found["value"]))
            if found is not None:
                day = format_date(found["period_end"])
                evidence[key] = Evidence(
                    f"Stellenplan, {day}", tuple(found["origins"]), measure, day
                )
        share, share_proof = _read_share(self.assumed, self._list_subjects(unit))
        other = find_points(self.assumed, unit, "other_tasks")
        if share_proof is not None:
            evidence["share"] = share_proof
        if other is not None:
            evidence["other:0"] = _prove(other)
        office = Office(
            label=label,
            tasks=tuple(tasks),
            allowances=self.allowances,
            working_time=self.working_time,
            staff=Staff(posts["planned"], posts["filled"], share or make_exact(1.0)),
            others=() if other is None else (OtherTask(str(other["label"]), read_points(other)),),
            evidence=evidence,
        )
        measure_permanent_need(office.tasks, office.allowances, office.working_time)
        return office

    def _make_task(self, unit: str, row: Row) -> tuple[Task, dict[str, Evidence]]:
        service = str(row["service"])
        base = find_points(self.assumed, service, "base_minutes")
        if base is None:  # ruled out by _find_reason
            raise DataError(f"Zu »{service}« fehlt die Grundzeit.")
        proof = {
            f"cases:{service}": Evidence(
                f"Summe der zwölf Monate bis {format_month(row['month'])}",
                tuple(row["origins"]),
                "received",
            ),
            f"base:{service}": _prove(base),
        }
        clearing, goal = self._make_goal(unit, service)
        task = Task(
            service,
            make_exact(float(row["value"])),
            read_points(base),
            str(base["evidence"]),
            base_measure=self._find_duration(str(base["fact_ids"])),
            label=str(row["service_label"]),
            clearing=clearing,
        )
        return task, {**proof, **goal}

    def _make_goal(self, unit: str, service: str) -> tuple[Clearing | None, dict[str, Evidence]]:
        stocks = self.stocks
        rows = stocks.loc[
            (stocks["unit"] == unit) & (stocks["service"] == service) & stocks["value"].notna()
        ]
        target = find_points(self.assumed, service, "target_months")
        months = find_points(self.assumed, service, "clear_months")
        if rows.empty or target is None or months is None:
            return None, {}
        row = rows.iloc[0]
        source = f"Bestand am {format_date(row['period_end'])}"
        return (
            Clearing(make_exact(float(row["value"])), read_points(target), read_points(months)),
            {
                f"open:{service}": Evidence(source, tuple(row["origins"]), "open"),
                f"target:{service}": _prove(target),
                f"months:{service}": _prove(months),
            },
        )

    def _find_duration(self, fact_ids: str) -> str:
        """Return the measure of a figure that a handling time rests on, where it is known."""
        return next((self.measures[fact] for fact in fact_ids.split() if fact in self.measures), "")


def _sum_year(case_counts: pd.DataFrame, place: str) -> pd.DataFrame:
    """Return what each unit received per service in the twelve months up to the last one.

    Sums of released months where all are known; else the released figure of the calendar year.
    """
    months = list_months(case_counts, ["received"], place=place)
    if months.empty:
        return months
    last = months.loc[months["value"].notna(), "month"].max()
    expected = months[["service", "unit"]].drop_duplicates()
    sums = add_window(months, YEAR)
    sums = sums.loc[sums["month"] == last]
    years = list_years(case_counts, ["received"], place=place)
    years = years.loc[(years["month"] == last) & years["value"].notna(), sums.columns]
    known = sums.loc[sums["value"].notna()]
    both = pd.concat([known, years], ignore_index=True).drop_duplicates(["service", "unit"])
    joined = expected.merge(both, on=["service", "unit"], how="left")
    return joined.assign(month=last, measure="received")


def _find_measured(
    case_counts: pd.DataFrame, staffing: pd.DataFrame, service: str, place: str
) -> tuple[pd.DataFrame, Row | None]:
    """Return decided months and the filled posts of the same time, the latest that are known."""
    decided = select_observations(
        case_counts, "decided", service=service, place=place, methods=_CASE_METHODS
    )
    month = decided["period_start"].dt.to_period("M")
    whole = decided["period_start"].dt.is_month_start & decided["period_end"].dt.is_month_end
    monthly = decided.loc[whole & month.eq(decided["period_end"].dt.to_period("M"))]
    posts = select_observations(
        staffing, "posts_filled", service=service, place=place, methods=_POST_METHODS
    )
    for _, row in posts.iloc[::-1].iterrows():
        within = monthly["period_start"].le(row["period_end"]) & monthly["period_end"].ge(
            row["period_start"]
        )
        if within.any():
            return monthly.loc[within], row
    return monthly.head(0), None


def _find_latest(observations: pd.DataFrame, measure: str, service: str, place: str) -> Row | None:
    methods = _POST_METHODS if measure.startswith("posts") else _CASE_METHODS
    rows = select_observations(observations, measure, service=service, place=place, methods=methods)
    return None if rows.empty else rows.iloc[-1]


def _read_published(row: Row, measure: str) -> tuple[Range, Evidence]:
    """Return a published figure as a quantity; an open side is closed by the figure itself."""
    value = float(row["value"])
    low, high = row["lower"], row["upper"]
    sides = [word for word, bound in (("Untergrenze", low), ("Obergrenze", high)) if pd.isna(bound)]
    note = f". Die Quelle lässt die {join_words(sides)} offen; gerechnet ist mit ihrem Wert."
    source = f"{row['wording']}, {say_period(row)}{note if sides else ''}"
    numbers = Range(
        value if pd.isna(low) else float(low), value, value if pd.isna(high) else float(high)
    )
    return numbers, Evidence(source, (str(row["origin"]),), measure, say_period(row))


def _read_staff(
    staffing: pd.DataFrame, assumed: pd.DataFrame, coming: Row, scope: Scope
) -> tuple[Staff, Range | None, dict[str, Evidence]]:
    """Return the posts that the need may be compared with, and the plan of whatever time."""
    proof: dict[str, Evidence] = {}
    plan = filled = None
    planned_row = _find_latest(staffing, "posts_planned", scope.service, scope.place)
    filled_row = _find_latest(staffing, "posts_filled", scope.service, scope.place)
    if planned_row is not None:
        plan, proof["planned"] = _read_published(planned_row, "posts_planned")
    given = find_points(assumed, scope.service, "staff")
    if given is not None:
        filled, proof["filled"] = read_points(given), _prove(given)
        filled_row = pd.Series({"period_start": given["as_of"], "period_end": given["as_of"]})
    elif filled_row is not None and _is_near(filled_row, coming):
        filled, proof["filled"] = _read_published(filled_row, "posts_filled")
    planned = plan if planned_row is not None and _is_near(planned_row, coming) else None
    meet = planned_row is not None and filled_row is not None and _meet(planned_row, filled_row)
    staff = Staff(planned, filled, same_date=meet, assumed=given is not None)
    return staff, plan, proof


def _is_near(posts: Row, assumption: Row) -> bool:
    """Return whether a figure holds for a time at most a year away from an assumption's date."""
    day = assumption["as_of"]
    year = pd.DateOffset(years=1)
    near: bool = posts["period_start"] - year <= day <= posts["period_end"] + year
    return near


def _meet(planned: Row, filled: Row) -> bool:
    """Return whether two figures are of the same time."""
    meet: bool = (
        planned["period_start"] <= filled["period_end"]
        and filled["period_start"] <= planned["period_end"]
    )
    return meet


def _read_stocks(
    figures: pd.DataFrame, assumed: pd.DataFrame, received: Range, scope: Scope
) -> tuple[Stocks | None, dict[str, Evidence]]:
    """Return the two stocks between which the assumed posts and received cases tell the output."""
    growth = measure_growth(figures)
    needed = [find_points(assumed, scope.service, name) for name in ("received", "staff")]
    if growth is None or any(row is None or not _is_near(growth, row) for row in needed):
        return None, {}
    if growth["upper"] >= received.lower:  # Not even a decided case would be sure.
        return None, {}
    stocks = list_day_stocks(figures)
    ends = [growth["period_start"], growth["period_end"]]
    passed = (ends[1] - ends[0]).days
    days = [stocks.loc[stocks["period_end"].eq(end)].iloc[0] for end in ends]
    first, last = (read_points(day) for day in days)
    proof = {
        key: Evidence(
            f"{day['wording']}, {format_date(day['period_end'])}",
            tuple(day["origins"]),
            "open",
            format_date(day["period_end"]),
        )
        for key, day in zip(("stock_first", "stock_last"), days, strict=True)
    }
    words = " bis ".join(format_month(end) for end in ends)
    said = f"{passed} Tage; ein Monat ist ein Zwölftel von 365,25 Tagen"
    proof["between"] = Evidence(said, measure="public", when=words)
    return Stocks(first, last, passed / DAYS_PER_MONTH), proof


def _say_months(rows: pd.DataFrame) -> str:
    """Return the months of some rows in German: ``Januar und Februar 2023``."""
    months = sorted(set(rows["period_start"]))
    words = [format_month(month) for month in months]
    years = {month.year for month in months}
    if len(years) == 1:
        words = [*(word.rpartition(" ")[0] for word in words[:-1]), words[-1]]
    return join_words(words)


def _read_goal(
    case_counts: pd.DataFrame, assumed: pd.DataFrame, service: str, place: str
) -> tuple[Clearing | None, dict[str, Evidence]]:
    row = _find_latest(case_counts, "open", service, place)
    target = find_points(assumed, service, "target_months")
    months = find_points(assumed, service, "clear_months")
    if row is None or target is None or months is None:
        return None, {}
    stock, proof = _read_published(row, "open")
    return Clearing(stock, read_points(target), read_points(months)), {
        "open": proof,
        "target": _prove(target),
        "months": _prove(months),
    }


def _read_working_time(assumed: pd.DataFrame) -> tuple[WorkingTime, Evidence]:
    gross = find_points(assumed, FULL_POST, "working_minutes")
    net = find_points(assumed, NET_POST, "working_minutes")
    row = gross if net is None else net
    if row is None:
        raise DataError(
            "Zur Jahresarbeitszeit fehlt die Quelle mit Datum; ohne sie wird kein Bedarf "
            f"berechnet. Die Edition braucht die Annahme »{FULL_POST}/working_minutes«."
        )
    proof = _prove(row)
    return WorkingTime(read_points(row), proof.source, net_of_allowances=net is not None), proof


def _read_allowances(
    assumed: pd.DataFrame, working_time: WorkingTime
) -> tuple[Allowances, dict[str, Evidence]]:
    parts: dict[str, Range] = {}
    proof: dict[str, Evidence] = {}
    for name in _ALLOWANCE_LABELS:
        row = find_points(assumed, ALLOWANCES, f"allowance_{name}")
        parts[name] = make_exact(0.0) if row is None else read_points(row, 1 / _PER_CENT)
        said = Evidence("nicht angesetzt", measure="public")
        proof[name] = said if row is None else _prove(row)
    if not working_time.net_of_allowances and not any(part.upper for part in parts.values()):
        raise DataError(
            "Die Verteilzeit fehlt: Sie ist weder als Zuschlag zur Grundzeit angegeben "
            f"(»{ALLOWANCES}/allowance_factual«, »{ALLOWANCES}/allowance_personal«) noch in der "
            f"Jahresarbeitszeit berücksichtigt (»{NET_POST}/working_minutes«)."
        )
    source = "; ".join(dict.fromkeys(each.source for each in proof.values()))
    return Allowances(**parts, source=source), proof


def _read_share(
    assumed: pd.DataFrame, subjects: Iterable[str]
) -> tuple[Range | None, Evidence | None]:
    for subject in subjects:
        row = find_points(assumed, subject, "staff_share")
        if row is not None:
            return read_points(row, 1 / _PER_CENT), _prove(row)
    return None, None


def _prove(row: Row) -> Evidence:
    """Return where an assumption is from: whether it is documented, its source, its date."""
    basis = "für diesen Lauf geändert" if row["changed"] else str(row["basis"])
    source = f"{basis}, Stand {format_date(row['as_of'])}: {row['evidence']}"
    day = f"Stand {format_date(row['as_of'])}"
    return Evidence(source, (str(row["origin"]),), "public", day)


def list_evidence(evidence: Mapping[str, Evidence], *keys: str) -> tuple[str, ...]:
    """Return the origins of some inputs of an office, each once; of all where none is named."""
    chosen = [
        proof.origins
        for key, proof in evidence.items()
        if not keys or key in keys or key.partition(":")[0] in keys
    ]
    return tuple(dict.fromkeys(key for origins in chosen for key in origins))
