"""Calculation sheets: a workbook with live formulas behind each figure on staffing need.

A personnel department can follow each step and change each input. Formulas are written beside the
functions of ``models.staffing_need`` that they repeat; a test recalculates the workbook and
compares.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import xlsxwriter

from analysis.models.staffing_need import (
    Allowances,
    Clearing,
    Range,
    Task,
    WorkingTime,
    measure_gaps,
    measure_handling_time,
    measure_permanent_need,
    measure_temporary_need,
    measure_utilisation,
)

# A fixed date: the same inputs give the same bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_HEADS = ("Größe", "Untergrenze", "Wert", "Obergrenze", "Einheit", "Herkunft", "Beleg")
_WIDTHS = (46, 14, 14, 14, 16, 60, 34)
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class Calculation:
    """All that goes into the need of one service.

    Attributes:
        label: German name of the service.
        task: cases and base time.
        allowances: additions to the base time.
        working_time: yearly working time.
        planned: planned posts [VZÄ].
        filled: filled posts [VZÄ].
        clearing: backlog and how it is to be worked off; without it there is no temporary need.
        sources: input (``cases``, ``planned``, ``filled``, ``open_cases``, ``clearing``) to its
            source in German.
        origins: the same to ``file#line``.
    """

    label: str
    task: Task
    allowances: Allowances
    working_time: WorkingTime
    planned: float
    filled: float
    clearing: Clearing | None = None
    sources: dict[str, str] | None = None
    origins: dict[str, str] | None = None


class Line(NamedTuple):
    """One line of a sheet: an input (no formulas) or a step (a formula per column)."""

    key: str
    label: str
    numbers: Range
    unit: str
    source: str
    origin: str = ""
    formulas: tuple[str, str, str] | None = None


def write_calculation_sheets(
    calculations: Sequence[Calculation], *, title: str, synthetic: bool = False
) -> bytes:
    """Return a workbook with one sheet per service.

    Args:
        calculations: inputs of each service.
        title: title of the report, shown on each sheet.
        synthetic: whether the figures are made up; each sheet is then marked.

    Raises:
        DataError: an input is refused (see ``models.staffing_need``).
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": _CREATED})
        book.set_calc_mode("auto")
        formats = _make_formats(book)
        for name, calculation in zip(_name_sheets(calculations), calculations, strict=True):
            sheet = book.add_worksheet(name)
            _write_sheet(sheet, calculation, formats, title=title, synthetic=synthetic)
    return stream.getvalue()


def list_lines(calculation: Calculation) -> list[Line]:
    """Return inputs, steps and results of a calculation in the order of the sheet."""
    inputs = _list_inputs(calculation)
    place = {line.key: number for number, line in enumerate(inputs, start=_FIRST_ROW)}
    return [*inputs, *_list_steps(calculation, place, start=_FIRST_ROW + len(inputs))]


_FIRST_ROW = 6


def _list_inputs(calculation: Calculation) -> list[Line]:
    task, extra, year = calculation.task, calculation.allowances, calculation.working_time
    sources, origins = calculation.sources or {}, calculation.origins or {}

    def line(key: str, label: str, numbers: Range | float, unit: str, source: str = "") -> Line:
        three = numbers if isinstance(numbers, Range) else Range(numbers, numbers, numbers)
        said = source or sources.get(key, "")
        return Line(key, label, three, unit, said, origins.get(key, ""))

    lines = [
        line("cases", "eingegangene Fälle je Jahr", task.cases, "Fälle"),
        line("base", "Grundzeit je Fall", task.base_minutes, "Minuten", task.base_source),
        line("factual", "sachliche Verteilzeit", extra.factual, "Anteil", extra.source),
        line("personal", "persönliche Verteilzeit", extra.personal, "Anteil", extra.source),
        line("recovery", "Erholung", extra.recovery, "Anteil", extra.source),
        line("year", "Jahresarbeitszeit (JAZ)", year.minutes, "Minuten/VZÄ", year.source),
        line("planned", "Stellen laut Plan", calculation.planned, "VZÄ"),
        line("filled", "besetzte Stellen", calculation.filled, "VZÄ"),
    ]
    if calculation.clearing:
        goal = calculation.clearing
        lines += [
            line("open_cases", "offene Fälle am Stichtag", goal.open_cases, "Fälle"),
            line("target_months", "angestrebte Dauer", goal.target_months, "Monate"),
            line("months", "Zeitraum für den Abbau", goal.months, "Monate"),
        ]
    return lines


def _list_steps(calculation: Calculation, place: dict[str, int], *, start: int) -> list[Line]:
    task, extra, year = calculation.task, calculation.allowances, calculation.working_time
    row = dict(place)
    lines: list[Line] = []

    def step(key: str, label: str, numbers: Range, unit: str, source: str, *parts: str) -> None:
        row[key] = start + len(lines)
        low, mid, high = (_fill(part, row) for part in parts)
        lines.append(Line(key, label, numbers, unit, source, "", (low, mid, high)))

    step(
        "handling",
        "mittlere Bearbeitungszeit (mBZ)",
        measure_handling_time(task, extra),
        "Minuten",
        "Grundzeit × (1 + Verteilzeiten + Erholung)",
        *(f"={c}{{base}}*(1+{c}{{factual}}+{c}{{personal}}+{c}{{recovery}})" for c in "BCD"),
    )
    need = measure_permanent_need(task, extra, year)
    step(
        "need",
        "dauerhafter Bedarf",
        need,
        "VZÄ",
        "Fälle × mBZ ÷ JAZ; Untergrenze mit der längsten, Obergrenze mit der kürzesten JAZ",
        *(
            f"={c}{{cases}}*{c}{{handling}}/{other}{{year}}"
            for c, other in zip("BCD", "DCB", strict=True)
        ),
    )
    gaps = measure_gaps(need, calculation.planned, calculation.filled)
    terms = [("planned", "filled"), ("need", "filled"), ("need", "planned")]
    for gap, (minuend, subtrahend) in zip(gaps.to_dict("records"), terms, strict=True):
        step(
            str(gap["key"]),
            str(gap["label"]),
            Range(*(float(gap[bound]) for bound in ("lower", "value", "upper"))),
            "VZÄ",
            "Differenz",
            *(f"={c}{{{minuend}}}-{c}{{{subtrahend}}}" for c in "BCD"),
        )
    if calculation.filled > 0:
        step(
            "utilisation",
            "Auslastung",
            measure_utilisation(task, extra, year, calculation.filled),
            "%",
            "dauerhafter Bedarf ÷ besetzte Stellen",
            *(f"=100*{c}{{need}}/{c}{{filled}}" for c in "BCD"),
        )
    if calculation.clearing:
        goal = calculation.clearing
        target = Range(*(cases / 12 * goal.target_months for cases in task.cases))
        step(
            "target",
            "Zielbestand",
            target,
            "Fälle",
            "Fälle je Monat × angestrebte Dauer",
            *(f"={c}{{cases}}/12*{c}{{target_months}}" for c in "BCD"),
        )
        step(
            "clearing",
            "befristeter Bedarf für den Abbau",
            measure_temporary_need(task, extra, year, goal),
            "VZÄ",
            "(offene Fälle − Zielbestand) × mBZ ÷ (JAZ ÷ 12 × Monate), nicht unter 0",
            *(
                f"=MAX({c}{{open_cases}}-{o}{{target}},0)*{c}{{handling}}"
                f"/({o}{{year}}/12*{c}{{months}})"
                for c, o in zip("BCD", "DCB", strict=True)
            ),
        )
    return lines


def _fill(formula: str, row: dict[str, int]) -> str:
    return formula.format(**row)


def _make_formats(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter has no types
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        # What may be changed stands apart by colour and by the words in the column »Herkunft«.
        "input": book.add_format({"num_format": "#,##0.00", "bg_color": "#FFF8DC", "border": 4}),
        "step": book.add_format({"num_format": "#,##0.00", "bold": True}),
    }


def _write_sheet(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    calculation: Calculation,
    formats: dict[str, Any],
    *,
    title: str,
    synthetic: bool,
) -> None:
    mark = "MUSTERDATEN – erfunden. " if synthetic else ""
    sheet.write_string(0, 0, f"{mark}Berechnungsblatt: {calculation.label}", formats["title"])
    sheet.write_string(1, 0, title)
    sheet.merge_range(
        2,
        0,
        2,
        len(_HEADS) - 1,
        "Farbig hinterlegte Zellen sind Eingaben und dürfen geändert werden; alle anderen Zahlen "
        "sind Formeln und rechnen sich neu. Die Verteilzeit ist nur hier enthalten, nicht in der "
        "Jahresarbeitszeit.",
        formats["note"],
    )
    sheet.set_row(2, 32)
    for column, (head, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(_FIRST_ROW - 2, column, head, formats["head"])
    for number, line in enumerate(list_lines(calculation), start=_FIRST_ROW - 1):
        _write_line(sheet, number, line, formats)
    sheet.freeze_panes(_FIRST_ROW - 1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_FIRST_ROW - 2)


def _write_line(sheet: Any, row: int, line: Line, formats: dict[str, Any]) -> None:  # noqa: ANN401
    sheet.write_string(row, 0, line.label, formats["text"])
    for column, number in enumerate(line.numbers, start=1):
        if line.formulas is None:
            sheet.write_number(row, column, number, formats["input"])
        else:
            sheet.write_formula(row, column, line.formulas[column - 1], formats["step"], number)
    for column, text in enumerate((line.unit, line.source, line.origin), start=4):
        sheet.write_string(row, column, text, formats["text"])


def _name_sheets(calculations: Sequence[Calculation]) -> list[str]:
    names: list[str] = []
    for calculation in calculations:
        plain = calculation.label.translate(_FORBIDDEN).strip()[:28] or "Leistung"
        taken = sum(name.casefold().startswith(plain.casefold()) for name in names)
        names.append(f"{plain} {taken + 1}" if taken else plain)
    return names
