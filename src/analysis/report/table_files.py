"""The tables of a report as data: numbers as the report shows them, bounds beside them, CSV files.

A table of a block becomes a `DataTable`. A column of figures stays one column where all figures are
exact; otherwise it is followed by ``…_von`` and ``…_bis`` (bounds, empty where open) and
``…_angabe`` (the wording of the report). No number is finer than what the report shows: values have
the digits of the shown text, and where the report names only a bound or a range, so does the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from typing import Literal, NamedTuple

from analysis.disclosure.gate import MARKERS, is_figure, label_registry
from analysis.disclosure.signs import explain_signs
from analysis.fields import Measure
from analysis.presentation.blocks import Cell, Column, FigureBlock, Source, Table, TableBlock
from analysis.presentation.formats import MISSING
from analysis.presentation.numbers import Number
from analysis.presentation.signs import LESS_THAN_HALF, MEANINGS, NOTHING
from analysis.report.collect import Chapter, PlacedBlock
from analysis.report.register import Register

FOLDER = "tabellen"
"""Folder of a report, beside its page, that holds its tables."""
SYNTHETIC = "Musterdaten"
"""What stands in each row of a table of made-up figures, in the last column, »Hinweis«."""
MEASURE_HEADING = "Messgröße"
DELIMITER = ";"

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a text must not begin with: programs take it for a formula. The last four are full-width."""

Value = Decimal | str | None
"""A number as shown, a text or sign, or nothing."""
Kind = Literal["string", "integer", "number"]
Role = Literal["words", "value", "lower", "upper", "wording", "measure", "unit", "remark"]

_PRECISION = 400
# Bounds that were computed may differ by a rounding error of the machine.
_SLACK_PLACES = 6
_TOKEN = re.compile(r"[−-]?\d+(?:[.\u202f\u00a0]\d{3})*(?:,\d+)?")
_PLAIN = re.compile(r"^[−-]?(?:\d{1,3}(?:[.\u202f\u00a0]\d{3})+|\d+)(?:,\d+)?$")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2011": "-", "\u00ad": None})
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class DataField:
    """One column of a data table.

    Attributes:
        name: heading with its unit, unique in the table: ``Dauer_von (Monate)``.
        title: heading of the report's column that it comes from.
        kind: ``string``, ``integer`` or ``number``.
        role: the row's words; a figure, its lower or upper bound, its wording in the report; what
            is counted in the row; the unit of the row; a remark on the row.
        unit: unit of all figures of the column.
        measure: what is counted in all rows, as `Number.measure` has it.
        signs: signs that stand in the column instead of figures.
    """

    name: str
    title: str
    kind: Kind = "string"
    role: Role = "words"
    unit: str = ""
    measure: str = ""
    signs: tuple[str, ...] = ()

    @property
    def is_figure(self) -> bool:
        """Whether the column holds numbers."""
        return self.kind != "string"

    @property
    def description(self) -> str:
        """What the column holds, in German."""
        parts = [_ROLES[self.role]]
        if self.is_figure and self.measure and self.measure not in MARKERS:
            parts.append(f"Gezählt oder gemessen wird: {name_measure(self.measure)}.")
        if self.signs:
            meanings = "; ".join(f"»{sign}« = {MEANINGS[sign]}" for sign in self.signs)
            parts.append(f"Zeichen: {meanings}.")
        return " ".join(part for part in parts if part)


_ROLES: Mapping[Role, str] = {
    "words": "Angabe wie im Bericht.",
    "value": "Zahl, gerundet wie im Bericht; leer, wo der Bericht nur eine Grenze oder Spanne "
    "nennt oder wo keine Angabe vorliegt.",
    "lower": "Untergrenze; leer, wo sie offen ist. Bei einer genauen Zahl die Zahl selbst.",
    "upper": "Obergrenze; leer, wo sie offen ist. Bei einer genauen Zahl die Zahl selbst.",
    "wording": "Wortlaut des Berichts, zum Beispiel »rund« oder »mindestens«.",
    "measure": "Was in dieser Zeile gezählt oder gemessen wird.",
    "unit": "Einheit der Zahl in dieser Zeile.",
    "remark": "Kennzeichnung: Alle Zahlen der Tabelle sind erfunden.",
}


@dataclass(frozen=True)
class DataTable:
    """A table of the report as data.

    Attributes:
        name: stem of its file, from the block's id.
        label: what the report calls it, for instance ``Abbildung 3``.
        anchor: place in the report.
        title: title of the block.
        subject: what the table shows.
        chapter: title of the chapter.
        note: remark that stands below it in the report.
        synthetic: whether its figures are made up.
        sources: as the block names them.
        fields: columns.
        rows: one value per field.
    """

    name: str
    label: str
    anchor: str
    title: str
    subject: str
    chapter: str
    note: str
    synthetic: bool
    sources: tuple[Source, ...]
    fields: tuple[DataField, ...]
    rows: tuple[tuple[Value, ...], ...]


class Shown(NamedTuple):
    """A figure as the report shows it; ``None`` where it shows nothing or a side is open."""

    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None


class _Part(NamedTuple):
    field: DataField
    values: tuple[Value, ...]


def list_tables(
    chapters: Sequence[Chapter], register: Register, *, synthetic: bool = False
) -> tuple[DataTable, ...]:
    """Return the tables of a report, those behind charts included, in reading order.

    Args:
        chapters: chapters of the report.
        register: numbers of figures and tables.
        synthetic: whether all figures of the report are made up.
    """
    placed = [
        (chapter, place)
        for chapter in chapters
        for place in chapter.placed
        if isinstance(place.block, FigureBlock | TableBlock)
    ]
    names = name_tables(chapters)
    return tuple(
        _make_table(chapter, place, names[place.anchor], register, synthetic)
        for chapter, place in placed
    )


def name_tables(chapters: Sequence[Chapter]) -> dict[str, str]:
    """Return the stem of the file of each table, by the anchor of its block.

    It is the block's id; where two chapters use the same id, the chapter's anchor goes before it.
    """
    placed = [
        (chapter, place)
        for chapter in chapters
        for place in chapter.placed
        if isinstance(place.block, FigureBlock | TableBlock)
    ]
    counts = Counter(place.block.id for _, place in placed)
    return {
        place.anchor: place.block.id
        if counts[place.block.id] == 1
        # No id holds two hyphens, so this clashes with nothing.
        else f"{chapter.anchor}--{place.block.id}"
        for chapter, place in placed
    }


def write_csv(table: DataTable) -> bytes:
    """Return a table as CSV for German programs; the same table gives the same bytes.

    UTF-8 with byte order mark, semicolon, decimal comma, no separator of thousands, lines ended by
    CR LF. Texts that a program could take for a formula begin with an apostrophe.
    """
    lines = [[_write_text(field.name) for field in table.fields]]
    lines += [[write_value(value) for value in row] for row in table.rows]
    # An empty line would not be read as a row.
    texts = [DELIMITER.join(cells) or '""' for cells in lines]
    return "".join(f"{text}\r\n" for text in texts).encode("utf-8-sig")


def write_value(value: Value) -> str:
    """Return a value as a cell of a CSV file."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    return _write_text(value)


def defuse(text: str) -> str:
    """Return a text that no program takes for a formula: an apostrophe before its first sign."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def clean_text(text: str) -> str:
    """Return a text in one line, without unseen signs and with plain blanks and hyphens."""
    return " ".join(_UNSEEN.sub(" ", text.translate(_SPACES)).split())


def show_number(number: Number) -> Shown:
    """Return a figure with the digits of its text, never finer than the report shows it.

    Values and named bounds are rounded as the report rounds them, half away from zero; bounds that
    the text leaves out (``rund 16.200``) are rounded outwards, so that they still enclose it.
    """
    low, value, high = number.lower, number.value, number.upper
    digits, wording = number.digits, number.wording
    named = {"range": (low, high), "at_least": (low,), "at_most": (high,)}.get(wording, (value,))
    rounded = [_round(part, digits, ROUND_HALF_UP) for part in named]
    in_text = _read_tokens(number.text)
    if not all(part is not None and part in in_text for part in rounded):
        # The text says something else than its parts, so it alone counts.
        alone = in_text[0] if len(in_text) == 1 else None
        return Shown(alone, alone, alone) if wording == "exact" else Shown(alone, None, None)
    shown = [_spell(part, in_text) for part in rounded]
    if wording == "range":
        return Shown(None, shown[0], shown[1])
    if wording == "at_least":
        return Shown(None, shown[0], None)
    if wording == "at_most":
        return Shown(None, None, shown[0])
    if wording == "exact":
        return Shown(shown[0], shown[0], shown[0])
    return Shown(shown[0], _round(low, digits, ROUND_FLOOR), _round(high, digits, ROUND_CEILING))


def name_measure(measure: str) -> str:
    """Return the German label of a measure."""
    known: Mapping[str, Measure] = label_registry()
    return known[measure].label if measure in known else measure


def _make_table(
    chapter: Chapter, place: PlacedBlock, name: str, register: Register, synthetic: bool
) -> DataTable:
    block = place.block
    if not isinstance(block, FigureBlock | TableBlock):
        raise TypeError(f"block {block.id} has no table")
    is_made_up = synthetic or block.synthetic
    parts = list(_split_columns(block.table))
    rows = len(block.table.rows)
    if is_made_up:
        remark = DataField("Hinweis", "Hinweis", role="remark")
        parts.append(_Part(remark, (SYNTHETIC,) * rows))
    fields = _make_distinct([part.field for part in parts])
    subtitle = block.subtitle if isinstance(block, FigureBlock) else ""
    return DataTable(
        name=name,
        label=clean_text(register.labels.get(place.anchor, "")) or name,
        anchor=place.anchor,
        title=clean_text(block.title),
        subject=clean_text(subtitle or block.table.caption),
        chapter=clean_text(chapter.title),
        note=_drop_legend(block),
        synthetic=is_made_up,
        sources=tuple({source.source_id: source for source in block.sources}.values()),
        fields=tuple(fields),
        rows=tuple(zip(*(part.values for part in parts), strict=True)) if rows else (),
    )


def _drop_legend(block: FigureBlock | TableBlock) -> str:
    """Return the note without the meaning of signs, which the fields give for their own."""
    legend = explain_signs(cell.sign for row in block.table.rows for cell in row)
    return clean_text(block.note.replace(f"Zeichen: {legend}", "") if legend else block.note)


def _split_columns(table: Table) -> Iterator[_Part]:
    """Yield the columns of data that the columns of a block's table become."""
    columns = [
        (column, tuple(row[place] for row in table.rows))
        for place, column in enumerate(table.columns)
    ]
    # The first column heads the rows and stays as it is.
    counted = [place > 0 and _holds_figures(*pair) for place, pair in enumerate(columns)]
    figures = [cells for (_, cells), is_counted in zip(columns, counted, strict=True) if is_counted]
    by_row = _list_row_measures(figures)
    titles = _make_titles(table.columns)
    for place, (column, cells) in enumerate(columns):
        title = titles[place]
        if counted[place]:
            yield from _split_figures(column, cells, title, states_measure=by_row is None)
        else:
            measures = _list_measures(cells)
            # Words count nothing, unless a figure stands among them.
            counts = len(measures) == 1 and any(is_figure(cell.text) for cell in cells)
            measure = next(iter(measures)) if counts else ""
            field = DataField(title, title, unit=clean_text(column.unit), measure=measure)
            yield _Part(field, tuple(_read_words(cell) for cell in cells))
    if by_row is not None:
        field = DataField(MEASURE_HEADING, MEASURE_HEADING, role="measure")
        yield _Part(field, tuple(name_measure(measure) or None for measure in by_row))


def _make_titles(columns: Sequence[Column]) -> list[str]:
    """Return the heading of each column, different from all others."""
    titles: list[str] = []
    for place, column in enumerate(columns, start=1):
        base = clean_text(column.label) or clean_text(column.key) or f"Spalte {place}"
        title, number = base, 2
        while title.casefold() in map(str.casefold, titles):
            title, number = f"{base} {number}", number + 1
        titles.append(title)
    return titles


def _split_figures(
    column: Column, cells: Sequence[Cell], title: str, *, states_measure: bool
) -> Iterator[_Part]:
    shown = [_show_cell(cell) for cell in cells]
    signs = tuple(dict.fromkeys(cell.sign for cell in cells if cell.sign and _is_signed(cell)))
    measures = _list_measures(cells)
    measure = next(iter(measures)) if len(measures) == 1 and states_measure else ""
    units = [clean_text(cell.number.unit) if cell.number else "" for cell in cells]
    stated = {unit for unit in units if unit}
    unit = clean_text(column.unit) or (stated.pop() if len(stated) == 1 else "")

    def add(ending: str, role: Role, values: Sequence[Value]) -> _Part:
        numbers = [value for value in values if isinstance(value, Decimal)]
        field = DataField(
            name=f"{title}{ending} ({unit})" if unit else f"{title}{ending}",
            title=title,
            kind="integer" if all(_is_whole(number) for number in numbers) else "number",
            role=role,
            unit=unit,
            measure=measure,
            signs=signs if role == "value" else (),
        )
        return _Part(field, tuple(values))

    values = [
        cell.sign if _is_signed(cell) else figure.value
        for cell, figure in zip(cells, shown, strict=True)
    ]
    yield add("", "value", values)
    if not all(_is_exact(cell, figure) for cell, figure in zip(cells, shown, strict=True)):
        yield add("_von", "lower", [figure.lower for figure in shown])
        yield add("_bis", "upper", [figure.upper for figure in shown])
        words = DataField(f"{title}_angabe", title, role="wording", measure=measure)
        yield _Part(words, tuple(_read_words(cell) for cell in cells))
    if len(stated) > 1 and not column.unit:
        field = DataField(f"{title}_einheit", title, role="unit")
        yield _Part(field, tuple(unit or None for unit in units))
    if len(measures) > 1 and states_measure:
        field = DataField(f"{title}_messgröße", title, role="measure")
        yield _Part(field, tuple(name_measure(_measure_of(cell)) or None for cell in cells))


def _holds_figures(column: Column, cells: Sequence[Cell]) -> bool:
    """Tell whether a column holds traced numbers, or nothing but figures set to the right."""
    if any(cell.number is not None for cell in cells):
        return True
    texts = [cell.text for cell in cells if not cell.sign and cell.text not in {"", MISSING}]
    return column.align == "right" and bool(texts) and all(map(_PLAIN.match, texts))


def _list_row_measures(columns: Sequence[Sequence[Cell]]) -> tuple[str, ...] | None:
    """Return the measure of each row where rows differ in it and columns do not."""
    if all(len(_list_measures(cells)) < 2 for cells in columns):
        return None
    rows = [_list_measures(cells) for cells in zip(*columns, strict=True)]
    if any(len(measures) > 1 for measures in rows):
        return None
    return tuple(next(iter(measures), "") for measures in rows)


def _list_measures(cells: Iterable[Cell]) -> set[str]:
    return {_measure_of(cell) for cell in cells if not _is_signed(cell)} - {""}


def _measure_of(cell: Cell) -> str:
    return cell.number.measure if cell.number is not None else cell.measure


def _is_signed(cell: Cell) -> bool:
    """Tell whether a sign stands for the figure; a counted zero and a rounded one are figures."""
    zero = cell.number is not None and cell.number.value == 0
    return bool(cell.sign) and cell.sign != LESS_THAN_HALF and not (cell.sign == NOTHING and zero)


def _show_cell(cell: Cell) -> Shown:
    if _is_signed(cell):
        return Shown(None, None, None)
    if cell.sign == LESS_THAN_HALF:
        return Shown(Decimal(0), None, None)
    if cell.sign == NOTHING:
        return Shown(*[Decimal(0)] * 3)
    if cell.number is not None:
        return show_number(cell.number)
    if _PLAIN.match(cell.text):
        return Shown(*[_read_token(cell.text)] * 3)
    return Shown(None, None, None)


def _is_exact(cell: Cell, figure: Shown) -> bool:
    """Tell whether the value alone says all that the report says."""
    if cell.sign or cell.text in {"", MISSING}:
        return True
    return (
        figure.value is not None
        and _read_tokens(cell.text) == [figure.value]
        and bool(
            _PLAIN.match(cell.text) and (cell.number is None or cell.number.wording == "exact")
        )
    )


def _read_words(cell: Cell) -> str | None:
    text = clean_text(cell.text)
    return None if not cell.sign and text == MISSING else text or None


def _round(part: float | None, digits: int, rounding: str) -> Decimal | None:
    if part is None:
        return None
    with localcontext(prec=_PRECISION):
        exact = Decimal(str(part))
        step = Decimal(1).scaleb(-digits)
        if rounding != ROUND_HALF_UP:
            exact = exact.quantize(step.scaleb(-_SLACK_PLACES), rounding=ROUND_HALF_UP)
        # Adding nothing turns a negative zero into zero.
        return exact.quantize(step, rounding=rounding) + 0


def _read_tokens(text: str) -> list[Decimal]:
    return [_read_token(token) for token in _TOKEN.findall(text)]


def _read_token(token: str) -> Decimal:
    plain = re.sub(r"[.\u202f\u00a0]", "", token).replace("−", "-").replace(",", ".")
    return Decimal(plain) + 0


def _spell(part: Decimal | None, in_text: Sequence[Decimal]) -> Decimal | None:
    """Return a number with the decimal places that the text gives it."""
    return next((token for token in in_text if token == part), part)


def _is_whole(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= 0


def _write_text(text: str) -> str:
    clean = defuse(clean_text(text))
    # Quoted too where another program might see the end of a cell.
    if re.search(r'[";,|]', clean):
        return '"' + clean.replace('"', '""') + '"'
    return clean


def _make_distinct(fields: Iterable[DataField]) -> Iterator[DataField]:
    taken: set[str] = set()
    for field in fields:
        # The file holds the name defused, and so does what describes the file.
        base = name = defuse(clean_text(field.name))
        number = 2
        while name.casefold() in taken:
            name, number = f"{base} {number}", number + 1
        taken.add(name.casefold())
        yield DataField(**{**vars(field), "name": name})
