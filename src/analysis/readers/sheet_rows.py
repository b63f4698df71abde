"""The rows of a sheet, before a table is looked for: merged cells and hidden parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from analysis.readers.headers import Merge
from analysis.readers.result import Remark
from analysis.readers.shapes import looks_like_value
from analysis.readers.sheets import Sheet, address, letter, list_briefly

Hidden = Literal["use", "leave"]


def remark_sheet(sheet: Sheet, *, chosen: bool) -> Remark:
    """Return the remark that says whether a sheet was read."""
    state = "" if sheet.visible else " (verborgen)"
    what = "gelesen" if chosen else f"nicht gelesen ({sheet.count_rows()} Zeilen mit Inhalt)"
    return Remark("sheet", 0, f"Blatt »{sheet.name}«{state}: {what}.")


def remark_cells(sheet: Sheet) -> list[Remark]:
    """Return remarks on formulas and error cells."""
    remarks = []
    if sheet.formulas:
        text = f"{sheet.formulas} Zellen mit Formeln; gelesen sind die gespeicherten Ergebnisse."
        remarks.append(Remark("formula", 0, text))
    if sheet.formulas is None:
        text = "Welche Zellen Formeln enthalten, ist bei diesem Format nicht bekannt."
        remarks.append(Remark("formula", 0, text))
    for cell in sorted(sheet.uncached):
        text = f"Formel in {address(cell)} ohne gespeichertes Ergebnis; die Zelle bleibt leer."
        remarks.append(Remark("formula", cell[0], text))
    for cell, sign in sorted(sheet.errors.items()):
        remarks.append(Remark("error_cell", cell[0], f"Fehler in Zelle {address(cell)}: {sign}"))
    return remarks


def fill_merged(sheet: Sheet) -> tuple[dict[int, list[str]], list[Remark]]:
    """Write the label of cells merged over several rows into each of them; numbers only once."""
    cells = {row: list(texts) for row, texts in sheet.cells.items() if _has_text(texts)}
    remarks = []
    for merge in sheet.merges:
        column = merge.first_column
        first = cells.get(merge.first_row, [])
        label = first[column] if column < len(first) else ""
        if merge.last_row == merge.first_row or not label.strip():
            continue
        span = f"{address((merge.first_row, column))}:{address((merge.last_row, column))}"
        if looks_like_value(label):
            remarks.append(_merged(merge, f"Wert über Zeilen verbunden ({span}): steht nur oben."))
            continue
        for row in range(merge.first_row + 1, merge.last_row + 1):
            # An empty row of the range stays empty.
            if row in cells:
                texts = cells[row]
                texts.extend([""] * (column + 1 - len(texts)))
                texts[column] = texts[column] or label
        remarks.append(_merged(merge, f"Text über Zeilen verbunden ({span}): in jede übernommen."))
    return cells, remarks


def _merged(merge: Merge, text: str) -> Remark:
    return Remark("merged", merge.first_row, text)


def treat_hidden(
    sheet: Sheet, cells: dict[int, list[str]], hidden: Hidden
) -> tuple[dict[int, list[str]], list[Remark]]:
    """Use or leave out hidden rows and columns; the remarks name them in both cases."""
    rows = sorted(row for row in sheet.hidden_rows if row in cells)
    columns = sorted(
        column
        for column in sheet.hidden_columns
        if any(column < len(texts) and texts[column].strip() for texts in cells.values())
    )
    if hidden == "use":
        return cells, _remark_hidden(rows, columns, "mitgelesen")
    remarks = _remark_hidden([], columns, "ausgelassen")
    remarks += [
        Remark("hidden", row, "Verborgene Zeile ausgelassen: " + _shorten(cells[row]))
        for row in rows
    ]
    shown: dict[int, list[str]] = {}
    for row, texts in cells.items():
        kept = ["" if column in columns else text for column, text in enumerate(texts)]
        if row in rows:
            continue
        if _has_text(kept):
            shown[row] = kept
        else:
            remarks.append(Remark("hidden", row, "Zeile steht nur in verborgenen Spalten."))
    return shown, remarks


def _remark_hidden(rows: Sequence[int], columns: Sequence[int], what: str) -> list[Remark]:
    remarks = []
    if rows:
        text = f"Verborgene Zeilen {what}: {list_briefly(map(str, rows))}."
        remarks.append(Remark("hidden", rows[0], text))
    if columns:
        text = f"Verborgene Spalten {what}: {list_briefly(letter(c) for c in columns)}."
        remarks.append(Remark("hidden", 0, text))
    return remarks


def _has_text(texts: Sequence[str]) -> bool:
    return any(text.strip() for text in texts)


def _shorten(texts: Sequence[str]) -> str:
    return " · ".join(text.strip() for text in texts if text.strip())
