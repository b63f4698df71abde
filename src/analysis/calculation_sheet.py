"""Calculation sheets: a workbook with live formulas behind each figure on staffing need.

A personnel department can follow each step and change each input. Formulas are written beside the
functions of ``models.staffing_need`` that they repeat; a test recalculates the workbook and
compares. Each input leads to its raw rows on the last sheet.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter

from analysis.fields import load_measures
from analysis.models.staffing_need import (
    GAP_LABELS,
    Estimate,
    Evidence,
    Office,
    OutputOffice,
    Range,
    Staff,
    Task,
    add_ranges,
    list_estimates,
    make_exact,
    measure_excess,
    measure_expected_growth,
    measure_gaps,
    measure_growth,
    measure_handling_time,
    measure_implied_minutes,
    measure_load,
    measure_permanent_need,
    measure_task_need,
    measure_temporary_need,
    measure_utilisation,
)
from analysis.presentation.numbers import Origin

CONTENTS = "Inhalt"
RAW_ROWS = "Rohzeilen"

# A fixed date: the same inputs give the same bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_HEADS = (
    "Größe",
    "Untergrenze",
    "Wert",
    "Obergrenze",
    "Einheit",
    "Herkunft oder Rechenweg",
    "Beleg",
    "Messgröße",
)
_WIDTHS = (52, 14, 14, 14, 18, 64, 40, 24)
_RAW_HEADS = ("Fundstelle", "Datei", "Stelle", "Wortlaut", "Quelle", "Adresse")
_RAW_WIDTHS = (52, 30, 32, 40, 60, 60)
_LINE_HEIGHT = 15.0
_CHARACTERS = 0.9
"""Characters of a text that fit into one unit of a column's width, with some slack."""
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_LONGEST_NAME = 31
_FIRST_ROW = 6
"""Row of the first line of a sheet, counted from 1."""
_COLUMNS = "BCD"
_TERM = re.compile(r"(~?)\[([^\]]+)\]")
_MONTHS = 12
_NEEDS = ("need", "need_stock")
_GAP_FORMULAS = {
    "missing_staff": "[need]-~[filled]",
    "missing_posts": "[need]-~[planned]",
}
_SHARED_GAP_FORMULAS = {
    "vacant": "MIN(([planned]-~[filled])*[share],([planned]-~[filled])*~[share])"
    "|([planned]-[filled])*[share]"
    "|MAX(([planned]-~[filled])*[share],([planned]-~[filled])*~[share])",
    "missing_staff": "[need]-~[filled_share]",
    "missing_posts": "[need]-~[planned_share]",
}
_LABELS = {"derived": "abgeleitete Angabe", "public": "öffentliche Angabe"}

Calculation = Office | OutputOffice


class RawRow(NamedTuple):
    """A row of the raw data that an input rests on.

    Attributes:
        key: ``file#line``.
        quote: original wording.
        title: source.
        url: its address.
    """

    key: str
    quote: str = ""
    title: str = ""
    url: str = ""


class Line(NamedTuple):
    """One line of a sheet: an input (no formulas) or a step (a formula per column).

    Attributes:
        row: its row, counted from 1.
        section: heading of the section that begins with it, in the row above; mostly none.
    """

    key: str
    label: str
    numbers: Range
    unit: str
    source: str
    origins: tuple[str, ...] = ()
    measure: str = "derived"
    formulas: tuple[str, str, str] | None = None
    row: int = _FIRST_ROW
    section: str = ""


def write_calculation_sheets(
    calculations: Sequence[Calculation],
    *,
    title: str,
    raw_rows: Mapping[str, RawRow] | None = None,
    synthetic: bool = False,
) -> bytes:
    """Return a workbook: contents, one sheet per office, raw rows.

    Args:
        calculations: inputs of each office.
        title: title of the report, shown on each sheet.
        raw_rows: origin key to raw row; keys that are not in it are listed without wording.
        synthetic: whether the figures are made up; each sheet is then marked.

    Raises:
        DataError: an input is refused (see ``models.staffing_need``).
    """
    stream = io.BytesIO()
    names = name_sheets([calculation.label for calculation in calculations])
    listed = [list_lines(calculation) for calculation in calculations]
    keys = list(dict.fromkeys(key for lines in listed for line in lines for key in line.origins))
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": _CREATED})
        book.set_calc_mode("auto")
        paper = _Paper(book, title, synthetic, {key: row for row, key in enumerate(keys)})
        contents = book.add_worksheet(CONTENTS)
        for name, calculation, lines in zip(names, calculations, listed, strict=True):
            _write_sheet(book.add_worksheet(name), calculation, lines, paper)
        _write_contents(contents, calculations, names, listed, paper)
        rows = [(raw_rows or {}).get(key, RawRow(key)) for key in keys]
        _write_raw_rows(book.add_worksheet(RAW_ROWS), rows, paper)
    return stream.getvalue()


def list_lines(calculation: Calculation) -> list[Line]:
    """Return inputs, steps and results of a calculation in the order of the sheet.

    Raises:
        DataError: an input is refused.
    """
    if isinstance(calculation, OutputOffice):
        return _list_output_lines(calculation)
    return _list_office_lines(calculation)


def find_line(calculation: Calculation, key: str) -> Line | None:
    """Return the line of a sheet with a key, for instance ``need``; ``None`` where it has none."""
    return next((line for line in list_lines(calculation) if line.key == key), None)


def list_raw_rows(
    calculations: Iterable[Calculation],
    resolve: Callable[[Iterable[str]], tuple[Origin, ...]],
    sources: pd.DataFrame,
) -> dict[str, RawRow]:
    """Return the raw rows behind the inputs of some calculations, by their origin key.

    Args:
        calculations: inputs of each office.
        resolve: turns origin keys into origins with wording and source.
        sources: register of sources with ``source_id``, ``title`` and ``url``.
    """
    keys = dict.fromkeys(
        key for calculation in calculations
        for proof in calculation.evidence.values() for key in proof.origins
    )  # fmt: skip
    register = sources.drop_duplicates("source_id").set_index("source_id").fillna("")
    found = {origin.key: origin for origin in resolve(keys)}
    rows = {}
    for key, origin in found.items():
        known = origin.source_id in register.index
        title, url = register.loc[origin.source_id, ["title", "url"]] if known else ("", "")
        rows[key] = RawRow(key, origin.quote, str(title), str(url))
    return rows


def name_sheets(labels: Sequence[str]) -> list[str]:
    """Return an allowed and unique name of a sheet for each label, in order."""
    taken = {CONTENTS.casefold(), RAW_ROWS.casefold(), "history"}
    names: list[str] = []
    for label in labels:
        plain = " ".join(label.translate(_FORBIDDEN).split()) or "Dienststelle"
        name, number = plain[:_LONGEST_NAME].strip(), 1
        while name.casefold() in taken:
            number += 1
            ending = f" {number}"
            name = plain[: _LONGEST_NAME - len(ending)].strip() + ending
        taken.add(name.casefold())
        names.append(name)
    return names


@dataclass
class _Lines:
    """Collects the lines of a sheet; formulas name other lines by their key.

    ``[key]`` stands for the cell of the same column, ``~[key]`` for that of the other bound.
    """

    evidence: Mapping[str, Evidence]
    lines: list[Line] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    section: str = ""

    def begin_section(self, title: str) -> None:
        """Let a section begin with the next line."""
        self.section = title

    def add_input(
        self, key: str, label: str, numbers: Range, unit: str, *, source: str = ""
    ) -> None:
        """Add an input with what is known of its origin."""
        proof = self.evidence.get(key, Evidence(""))
        said = proof.source or source
        self._add(Line(key, label, numbers, unit, said, proof.origins, proof.measure))

    def add_step(
        self, key: str, label: str, numbers: Range, unit: str, *, source: str, formula: str
    ) -> None:
        """Add a step; ``formula`` holds one part for all columns, or three parted by ``|``."""
        parts = formula.split("|") if "|" in formula else [formula] * 3
        low, mid, high = (
            self._expand(part, place) for place, part in zip((0, 1, 2), parts, strict=True)
        )
        self._add(Line(key, label, numbers, unit, source, formulas=(low, mid, high)))

    def _add(self, line: Line) -> None:
        row = self.lines[-1].row + 1 if self.lines else _FIRST_ROW
        if self.section:
            row += 1
        self.rows[line.key] = row
        self.lines.append(line._replace(row=row, section=self.section))
        self.section = ""

    def _expand(self, formula: str, column: int) -> str:
        def cell(term: re.Match[str]) -> str:
            place = 2 - column if term[1] else column
            return f"{_COLUMNS[place]}{self.rows[term[2]]}"

        return f"={_TERM.sub(cell, formula)}"


def _list_office_lines(office: Office) -> list[Line]:
    lines = _Lines(office.evidence)
    extra, year = office.allowances, office.working_time
    for task in office.tasks:
        _add_task_inputs(lines, task)
    for key, label, part in (
        ("factual", "sachliche Verteilzeit", extra.factual),
        ("personal", "persönliche Verteilzeit", extra.personal),
        ("recovery", "Erholung", extra.recovery),
    ):
        lines.add_input(key, label, part, "Anteil", source=extra.source)
    lines.add_input(
        "year", "Jahresarbeitszeit (JAZ)", year.minutes, "Minuten/VZÄ", source=year.source
    )
    _add_staff_inputs(lines, office.staff)
    for number, other in enumerate(office.others):
        lines.add_input(f"other:{number}", other.label, other.posts, "VZÄ")
    for task in office.tasks:
        _add_task_need(lines, office, task)
    need = measure_permanent_need(office.tasks, extra, year)
    _add_sum(lines, "need", "dauerhafter Bedarf", need, [f"need:{t.service}" for t in office.tasks])
    if office.others:
        total = add_ranges([need, *(other.posts for other in office.others)])
        parts = ["need", *(f"other:{number}" for number in range(len(office.others)))]
        _add_sum(lines, "total", "Bedarf mit anderen Aufgaben", total, parts)
    _add_comparison(lines, office.staff, need)
    waiting = [task for task in office.tasks if task.clearing is not None]
    for task in waiting:
        _add_task_clearing(lines, office, task)
    if waiting:
        _add_sum(
            lines,
            "clearing",
            "befristeter Bedarf für den Abbau des Rückstands",
            add_ranges([measure_temporary_need(task, extra, year) for task in waiting]),
            [f"clearing:{task.service}" for task in waiting],
        )
    return lines.lines


def _list_output_lines(office: OutputOffice) -> list[Line]:
    lines = _Lines(office.evidence)
    year, proof = office.working_time, office.evidence
    lines.begin_section("Eingaben für alle Rechenwege")
    label = _date_label("eingehende Fälle je Monat", proof.get("received"))
    lines.add_input("received", label, office.received, "Fälle/Monat")
    lines.add_input(
        "year", "Jahresarbeitszeit (JAZ)", year.minutes, "Minuten/VZÄ", source=year.source
    )
    _add_dated_posts(lines, office)
    if office.clearing is not None:
        goal = office.clearing
        opened = _date_label("offene Fälle", proof.get("open"))
        lines.add_input("open", opened, goal.open_cases, "Fälle")
        lines.add_input("target", "angestrebter Bestand", goal.target_months, "Monatseingänge")
        lines.add_input("months", "Zeitraum für den Abbau", goal.months, "Monate")
        _add_target(lines, "", office.received, goal.target_months, "[received]*[target]")
        _add_excess(lines, "", measure_excess(goal, office.received))
    for estimate in list_estimates(office):
        if estimate.key == "stock":
            _add_stock_section(lines, office, estimate)
        else:
            _add_months_section(lines, office, estimate)
    return lines.lines


def _date_label(label: str, proof: Evidence | None) -> str:
    return f"{label}, {proof.when}" if proof is not None and proof.when else label


def _add_dated_posts(lines: _Lines, office: OutputOffice) -> None:
    """Add the posts that the need is compared with, each with its time."""
    staff, proof = office.staff, office.evidence
    if staff.planned is not None:
        label = _date_label("Stellen laut Plan", proof.get("planned"))
        lines.add_input("planned", label, staff.planned, "VZÄ")
    if staff.filled is not None:
        label = "angenommene besetzte Stellen" if staff.assumed else "besetzte Stellen"
        lines.add_input("filled", _date_label(label, proof.get("filled")), staff.filled, "VZÄ")


def _add_months_section(lines: _Lines, office: OutputOffice, estimate: Estimate) -> None:
    """Add the steps from the decided cases of single months to the need."""
    proof, staff = office.evidence, office.staff
    lines.begin_section(_date_label("Rechenweg Ausstoß", proof.get("decided")))
    decided = _date_label("entschiedene Fälle je Monat", proof.get("decided"))
    lines.add_input("decided", decided, office.decided, "Fälle/Monat")
    posts = _date_label("besetzte Stellen in dieser Zeit", proof.get("staffed"))
    lines.add_input("staffed", posts, office.staffed, "VZÄ")
    _add_output(lines, office, estimate, "[decided]/~[staffed]", "")
    lines.add_step(
        "need",
        "dauerhafter Bedarf bei diesem Ausstoß",
        estimate.need,
        "VZÄ",
        source="eingehende Fälle je Monat ÷ Ausstoß",
        formula="[received]/~[output]",
    )
    _add_gaps(lines, estimate.gaps, {**_GAP_FORMULAS, "vacant": "[planned]-~[filled]"})
    if staff.filled is not None and staff.filled.lower > 0:
        lines.add_step(
            "utilisation",
            "Auslastung",
            measure_utilisation(estimate.need, staff),
            "%",
            source="dauerhafter Bedarf ÷ besetzte Stellen",
            formula="100*[need]/~[filled]",
        )
        lines.add_step(
            "expected",
            "Veränderung des Bestands je Monat, die daraus folgt",
            measure_expected_growth(office.received, estimate.output, staff.filled),
            "Fälle/Monat",
            source="eingehende Fälle je Monat − Ausstoß × besetzte Stellen",
            formula="[received]-~[output]*~[filled]",
        )
    _add_clearing(lines, estimate, "")


def _add_stock_section(lines: _Lines, office: OutputOffice, estimate: Estimate) -> None:
    """Add the steps from two stocks to the need."""
    stocks, proof, posts = office.stocks, office.evidence, office.staff.filled
    if stocks is None or posts is None:  # then there is no such estimate
        return
    lines.begin_section(_date_label("Rechenweg Ausstoß aus dem Bestand", proof.get("between")))
    for key, numbers in (("stock_first", stocks.first), ("stock_last", stocks.last)):
        lines.add_input(key, _date_label("Bestand", proof.get(key)), numbers, "Fälle")
    lines.add_input("between", "Zeit dazwischen", make_exact(stocks.months), "Monate")
    growth = measure_growth(stocks)
    load = measure_load(office.received, growth)
    lines.add_step(
        "growth",
        "Veränderung des Bestands je Monat",
        growth,
        "Fälle/Monat",
        source="(späterer Bestand − früherer Bestand) ÷ Zeit dazwischen",
        formula="([stock_last]-~[stock_first])/~[between]",
    )
    lines.add_step(
        "decided_stock",
        "daraus folgende entschiedene Fälle je Monat",
        estimate.decided,
        "Fälle/Monat",
        source="eingehende Fälle − Veränderung des Bestands",
        formula="[received]-~[growth]",
    )
    _add_output(lines, office, estimate, "[decided_stock]/~[filled]", "_stock")
    ratio = "[received]/([received]-[growth])"
    far = "~[received]/(~[received]-[growth])"
    lines.add_step(
        "load",
        "eingehende Fälle je entschiedenem Fall",
        load,
        "Fälle/Fall",
        source="eingehende ÷ (eingehende − Veränderung), beide Male dieselben eingehenden Fälle",
        formula=f"MIN({ratio},{far})|{ratio}|MAX({ratio},{far})",
    )
    lines.add_step(
        "need_stock",
        "dauerhafter Bedarf bei diesem Ausstoß",
        estimate.need,
        "VZÄ",
        source="eingehende Fälle ÷ Ausstoß = besetzte Stellen × eingehende je entschiedenem Fall",
        formula="[filled]*[load]",
    )
    far_gap, gap = "~[filled]*([load]-1)", "[filled]*([load]-1)"
    formulas = {
        "missing_staff": f"MIN({gap},{far_gap})|{gap}|MAX({gap},{far_gap})",
        "missing_posts": "[need_stock]-~[planned]",
    }
    own = {key: gap for key, gap in estimate.gaps.items() if key in formulas}
    _add_gaps(lines, own, formulas, "_stock")
    _add_clearing(lines, estimate, "_stock")


def _add_output(
    lines: _Lines, office: OutputOffice, estimate: Estimate, formula: str, ending: str
) -> None:
    lines.add_step(
        f"output{ending}",
        "Ausstoß: entschiedene Fälle je VZÄ und Monat",
        estimate.output,
        "Fälle/VZÄ/Monat",
        source="entschiedene Fälle ÷ besetzte Stellen",
        formula=formula,
    )
    lines.add_step(
        f"implied{ending}",
        "Arbeitsminuten einer Stelle je entschiedenem Fall (keine gemessene mBZ)",
        measure_implied_minutes(office.working_time, estimate.output),
        "Minuten/Fall",
        source="JAZ ÷ 12 ÷ Ausstoß; enthält alles, was die Stellen tun",
        formula=f"[year]/12/~[output{ending}]",
    )


def _add_gaps(
    lines: _Lines, gaps: Mapping[str, Range], formulas: Mapping[str, str], ending: str = ""
) -> None:
    for key, gap in gaps.items():
        lines.add_step(
            f"{key}{ending}",
            GAP_LABELS[key],
            gap,
            "VZÄ",
            source="Differenz",
            formula=formulas[key],
        )


def _add_clearing(lines: _Lines, estimate: Estimate, ending: str) -> None:
    if estimate.clearing is not None:
        lines.add_step(
            f"clearing{ending}",
            "befristeter Bedarf für den Abbau des Rückstands",
            estimate.clearing,
            "VZÄ",
            source="Abbau ÷ (Ausstoß × Monate)",
            formula=f"[excess]/(~[output{ending}]*~[months])",
        )


def _add_task_inputs(lines: _Lines, task: Task) -> None:
    name, service = task.name, task.service
    lines.add_input(f"cases:{service}", f"{name}: eingegangene Fälle je Jahr", task.cases, "Fälle")
    lines.add_input(
        f"base:{service}",
        f"{name}: Grundzeit je Fall",
        task.base_minutes,
        "Minuten",
        source=task.base_source,
    )
    if task.clearing is not None:
        goal = task.clearing
        lines.add_input(f"open:{service}", f"{name}: offene Fälle", goal.open_cases, "Fälle")
        lines.add_input(
            f"target:{service}",
            f"{name}: angestrebter Bestand",
            goal.target_months,
            "Monatseingänge",
        )
        lines.add_input(
            f"months:{service}", f"{name}: Zeitraum für den Abbau", goal.months, "Monate"
        )


def _add_staff_inputs(lines: _Lines, staff: Staff) -> None:
    if staff.planned is not None:
        lines.add_input("planned", "Stellen laut Plan", staff.planned, "VZÄ")
    if staff.filled is not None:
        lines.add_input("filled", "besetzte Stellen", staff.filled, "VZÄ")
    if staff.planned is not None or staff.filled is not None:
        lines.add_input("share", "Anteil der Stellen für diese Fälle", staff.share, "Anteil")


def _add_task_need(lines: _Lines, office: Office, task: Task) -> None:
    service = task.service
    lines.add_step(
        f"handling:{service}",
        f"{task.name}: mittlere Bearbeitungszeit (mBZ)",
        measure_handling_time(task, office.allowances),
        "Minuten",
        source="Grundzeit × (1 + Verteilzeiten + Erholung)",
        formula=f"[base:{service}]*(1+[factual]+[personal]+[recovery])",
    )
    lines.add_step(
        f"need:{service}",
        f"{task.name}: dauerhafter Bedarf",
        measure_task_need(task, office.allowances, office.working_time),
        "VZÄ",
        source="Fälle × mBZ ÷ JAZ; Untergrenze mit der längsten, Obergrenze mit der kürzesten JAZ",
        formula=f"[cases:{service}]*[handling:{service}]/~[year]",
    )


def _add_task_clearing(lines: _Lines, office: Office, task: Task) -> None:
    service, goal = task.service, task.clearing
    if goal is None:
        return
    per_month = Range(*(cases / _MONTHS for cases in task.cases))
    prefix = f"{task.name}: "
    _add_target(
        lines,
        prefix,
        per_month,
        goal.target_months,
        f"[cases:{service}]/12*[target:{service}]",
        service,
    )
    _add_excess(lines, prefix, measure_excess(goal, per_month), service)
    lines.add_step(
        f"clearing:{service}",
        f"{task.name}: befristeter Bedarf",
        measure_temporary_need(task, office.allowances, office.working_time),
        "VZÄ",
        source="Abbau × mBZ ÷ (JAZ ÷ 12 × Monate)",
        formula=f"[excess:{service}]*[handling:{service}]/(~[year]/12*~[months:{service}])",
    )


def _add_target(
    lines: _Lines,
    prefix: str,
    per_month: Range,
    months: Range,
    formula: str,
    service: str = "",
) -> None:
    lines.add_step(
        _join_key("stock", service),
        f"{prefix}Zielbestand",
        Range(*(cases * goal for cases, goal in zip(per_month, months, strict=True))),
        "Fälle",
        source="Fälle je Monat × angestrebter Bestand in Monatseingängen",
        formula=formula,
    )


def _add_excess(lines: _Lines, prefix: str, excess: Range, service: str = "") -> None:
    opened, stock = _join_key("open", service), _join_key("stock", service)
    lines.add_step(
        _join_key("excess", service),
        f"{prefix}abzubauende Fälle",
        excess,
        "Fälle",
        source="offene Fälle − Zielbestand, nicht unter 0",
        formula=f"MAX([{opened}]-~[{stock}],0)",
    )


def _add_sum(lines: _Lines, key: str, label: str, numbers: Range, parts: Sequence[str]) -> None:
    terms = "+".join(f"[{part}]" for part in parts)
    lines.add_step(key, label, numbers, "VZÄ", source="Summe", formula=terms)


def _add_comparison(lines: _Lines, staff: Staff, need: Range) -> None:
    """Add the compared posts, the gaps and the utilisation."""
    for key, label, posts in (
        ("planned", "Stellen laut Plan für diese Fälle", staff.planned),
        ("filled", "besetzte Stellen für diese Fälle", staff.filled),
    ):
        if posts is not None:
            lines.add_step(
                f"{key}_share",
                label,
                staff.compared(posts),
                "VZÄ",
                source="Stellen × Anteil der Stellen für diese Fälle",
                formula=f"[{key}]*[share]",
            )
    gaps = {
        str(gap["key"]): Range(*(float(gap[bound]) for bound in ("lower", "value", "upper")))
        for gap in measure_gaps(need, staff).to_dict("records")
    }
    _add_gaps(lines, gaps, _SHARED_GAP_FORMULAS)
    if staff.filled is not None and staff.filled.lower > 0:
        lines.add_step(
            "utilisation",
            "Auslastung",
            measure_utilisation(need, staff),
            "%",
            source="dauerhafter Bedarf ÷ besetzte Stellen für diese Fälle",
            formula="100*[need]/~[filled_share]",
        )


def _join_key(key: str, service: str) -> str:
    return f"{key}:{service}" if service else key


class _Paper:
    """What all sheets of a workbook share: formats, title, places of the raw rows."""

    def __init__(
        self,
        book: Any,  # noqa: ANN401 - xlsxwriter has no types
        title: str,
        synthetic: bool,
        raw_rows: Mapping[str, int],
    ) -> None:
        self.title = title
        self.mark = "MUSTERDATEN – erfunden. " if synthetic else ""
        self._raw_rows = raw_rows
        self._measures = {name: measure.label for name, measure in load_measures().items()}
        text = {"text_wrap": True, "valign": "top"}
        self.formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "note": book.add_format(text),
            "head": book.add_format({**text, "bold": True, "bottom": 1}),
            "section": book.add_format({"bold": True, "valign": "top"}),
            "text": book.add_format(text),
            "unit": book.add_format({**text, "indent": 1}),
            "link": book.add_format({**text, "font_color": "#00497D", "underline": 1}),
            # What may be changed stands apart by colour and frame.
            "input": book.add_format(
                {"num_format": "#,##0.00##", "bg_color": "#FFF8DC", "border": 4, "valign": "top"}
            ),
            "step": book.add_format({"num_format": "#,##0.00", "bold": True, "valign": "top"}),
        }

    def name_measure(self, measure: str) -> str:
        """Return the German name of a measure, as the disclosure rule knows it."""
        return _LABELS.get(measure) or self._measures.get(measure, measure)

    def address(self, keys: Sequence[str]) -> str:
        """Return the link to the raw rows of some origins, which mostly stand together."""
        places = [self._raw_rows[key] for key in keys]
        first = min(places)
        together = sorted(places) == list(range(first, first + len(places)))
        last = max(places) if together else first
        row = _FIRST_ROW + first
        end = len(_RAW_HEADS) - 1
        cells = f"A{row}:{chr(ord('A') + end)}{_FIRST_ROW + last}"
        return f"internal:'{RAW_ROWS}'!{cells}"


def _write_sheet(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    calculation: Calculation,
    lines: Sequence[Line],
    paper: _Paper,
) -> None:
    if isinstance(calculation, OutputOffice):
        way = (
            "Der Bedarf ist aus dem Ausstoß fortgeschrieben. Einarbeitung, Teilzeit und "
            "Beratung sind darin so enthalten, wie sie damals waren; er ist keine "
            "Personalbemessung mit gemessenen Bearbeitungszeiten."
        )
    else:
        way = (
            "Die Verteilzeit ist nur in der mittleren Bearbeitungszeit enthalten, nicht in der "
            "Jahresarbeitszeit."
        )
    _write_head(sheet, f"Berechnungsblatt: {calculation.label}", way, paper)
    _write_heads(sheet, _HEADS, _WIDTHS, paper)
    for line in lines:
        if line.section:
            sheet.write_string(line.row - 2, 0, line.section, paper.formats["section"])
        _write_line(sheet, line.row - 1, line, paper)


def _write_head(sheet: Any, title: str, note: str, paper: _Paper) -> None:  # noqa: ANN401
    sheet.write_string(0, 0, f"{paper.mark}{title}", paper.formats["title"])
    sheet.write_string(1, 0, paper.title)
    sheet.merge_range(
        2,
        0,
        2,
        5,
        "Farbig hinterlegte Zellen sind Eingaben und dürfen geändert werden; alle anderen Zahlen "
        f"sind Formeln und rechnen sich neu. {note}",
        paper.formats["note"],
    )
    sheet.set_row(2, 48)


def _write_heads(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    heads: Sequence[str],
    widths: Sequence[int],
    paper: _Paper,
) -> None:
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(_FIRST_ROW - 2, column, head, paper.formats["head"])
    sheet.freeze_panes(_FIRST_ROW - 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_FIRST_ROW - 2)


def _write_line(sheet: Any, row: int, line: Line, paper: _Paper) -> None:  # noqa: ANN401
    formats = paper.formats
    sheet.write_string(row, 0, line.label, formats["text"])
    for column, number in enumerate(line.numbers, start=1):
        if line.formulas is None:
            sheet.write_number(row, column, number, formats["input"])
        else:
            sheet.write_formula(row, column, line.formulas[column - 1], formats["step"], number)
    sheet.write_string(row, 4, line.unit, formats["unit"])
    sheet.write_string(row, 5, line.source, formats["text"])
    if line.origins:
        more = len(line.origins) - 1
        shown = line.origins[0] + (f" und {more} weitere" if more else "")
        sheet.write_url(row, 6, paper.address(line.origins), formats["link"], shown)
    sheet.write_string(row, 7, paper.name_measure(line.measure), formats["text"])
    _fit_row(sheet, row, (line.label, "", "", "", line.unit, line.source), _WIDTHS)


def _fit_row(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[int]) -> None:  # noqa: ANN401
    # Not every program makes room for wrapped texts by itself.
    lines = max(
        -(-len(text) // int(width * _CHARACTERS))
        for text, width in zip(texts, widths, strict=False)
    )
    sheet.set_row(row, _LINE_HEIGHT * max(lines, 1))


def _write_contents(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    calculations: Sequence[Calculation],
    names: Sequence[str],
    listed: Sequence[Sequence[Line]],
    paper: _Paper,
) -> None:
    note = "Jede Zeile führt zum Blatt, von dem ihre Zahlen kommen."
    _write_head(sheet, "Berechnungsblätter zum Personalbedarf", note, paper)
    heads = ("Dienststelle", *_HEADS[1:5], "Rechenweg", "Blatt", _HEADS[7])
    _write_heads(sheet, heads, _WIDTHS, paper)
    row = _FIRST_ROW - 1
    for calculation, name, lines in zip(calculations, names, listed, strict=True):
        sections = _find_sections(lines)
        for line in (line for line in lines if line.key in _NEEDS):
            way = sections[line.key]
            label = f"{calculation.label}: {way}" if way else calculation.label
            sheet.write_string(row, 0, label, paper.formats["text"])
            for column, number in enumerate(line.numbers, start=1):
                cell = f"{_COLUMNS[column - 1]}{line.row}"
                sheet.write_formula(row, column, f"='{name}'!{cell}", paper.formats["step"], number)
            sheet.write_string(row, 4, "VZÄ", paper.formats["unit"])
            said = f"{line.label}: {line.source}"
            sheet.write_string(row, 5, said, paper.formats["text"])
            sheet.write_url(row, 6, f"internal:'{name}'!A{line.row}", paper.formats["link"], name)
            sheet.write_string(row, 7, paper.name_measure("derived"), paper.formats["text"])
            _fit_row(sheet, row, (label, "", "", "", "VZÄ", said), _WIDTHS)
            row += 1
    sheet.write_url(row, 0, f"internal:'{RAW_ROWS}'!A1", paper.formats["link"], RAW_ROWS)


def _find_sections(lines: Sequence[Line]) -> dict[str, str]:
    """Return the heading of the section that each line stands in, by the key of the line."""
    section, found = "", {}
    for line in lines:
        section = line.section or section
        found[line.key] = section
    return found


def _write_raw_rows(sheet: Any, rows: Sequence[RawRow], paper: _Paper) -> None:  # noqa: ANN401
    sheet.write_string(0, 0, f"{paper.mark}Rohzeilen hinter den Eingaben", paper.formats["title"])
    sheet.write_string(1, 0, paper.title)
    sheet.write_string(
        2, 0, "Datei und Stelle führen zu den Rohdaten; der Wortlaut ist der ihrer Angabe."
    )
    _write_heads(sheet, _RAW_HEADS, _RAW_WIDTHS, paper)
    for row, raw in enumerate(rows, start=_FIRST_ROW - 1):
        file, line = _split_key(raw.key)
        texts = (raw.key, file, line, raw.quote, raw.title, raw.url)
        _fit_row(sheet, row, texts, _RAW_WIDTHS)
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(row, column, text, paper.formats["text"])


def _split_key(key: str) -> tuple[str, str]:
    """Return file and place of an origin key; a total that was computed has no place."""
    file, _, rest = key.partition("#")
    if file == "summe":
        return "berechnete Summe", ""
    line, _, cell = rest.partition(":")
    place = f"Zeile {line}" if line.isdigit() else f"Eintrag {line}"
    return file, f"{place}, {cell}" if cell else place
