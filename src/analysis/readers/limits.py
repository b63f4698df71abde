"""How much a delivered file may hold; beyond these limits a reader refuses it.

The limits keep a damaged or malicious file from using up memory. They are far above what an
office delivers by hand; larger exports are streamed and do not pass through these readers.
"""

from __future__ import annotations

from analysis.errors import DataError

MAX_FILE_BYTES = 256 * 1024**2
MAX_UNPACKED_BYTES = 256 * 1024**2
# Sheets of repeated cells compress well; only large content with such a ratio is suspicious.
MAX_RATIO = 200
RATIO_MATTERS_FROM_BYTES = 16 * 1024**2
MAX_ARCHIVE_MEMBERS = 2_000
MAX_ROWS = 2_000_000
MAX_COLUMNS = 2_000
MAX_CELLS = 20_000_000
MAX_CELL_CHARACTERS = 32_767  # what a cell of a workbook can hold
MAX_TEXT_CHARACTERS = 512 * 1024**2  # of all cells; one text may be stored once for many cells
MAX_XML_DEPTH = 200


def check_size(content: bytes, name: str) -> None:
    """Refuse an empty file and one that is too large to be read in one piece.

    Raises:
        DataError: the file is empty or exceeds ``MAX_FILE_BYTES``.
    """
    if not content:
        raise DataError(f"{name}: Die Datei ist leer (0 Bytes).")
    if len(content) > MAX_FILE_BYTES:
        raise DataError(
            f"{name}: Die Datei ist mit {len(content) // 1024**2} MB zu groß "
            f"(höchstens {MAX_FILE_BYTES // 1024**2} MB). Bitte in Teilen liefern."
        )


def check_extent(name: str, *, rows: int, columns: int) -> None:
    """Refuse a table with too many rows, columns or cells.

    Raises:
        DataError: one of the limits is exceeded.
    """
    if rows > MAX_ROWS:
        raise DataError(f"{name}: mehr als {MAX_ROWS} Zeilen. Bitte in Teilen liefern.")
    if columns > MAX_COLUMNS:
        raise DataError(f"{name}: {columns} Spalten, höchstens {MAX_COLUMNS} sind vorgesehen.")
    check_cells(rows * columns, name)


def check_cells(count: int, name: str) -> None:
    """Refuse a table with too many cells, empty ones between the outermost included.

    Raises:
        DataError: ``MAX_CELLS`` is exceeded.
    """
    if count > MAX_CELLS:
        raise DataError(
            f"{name}: Die Tabelle reicht über {count} Zellen; höchstens {MAX_CELLS} sind "
            "vorgesehen. Bitte in Teilen liefern oder leere Bereiche löschen."
        )


def check_cell(text: str, name: str, line: int) -> None:
    """Refuse a cell with more characters than a workbook's cell can hold.

    Raises:
        DataError: the cell is too long.
    """
    if len(text) > MAX_CELL_CHARACTERS:
        raise DataError(
            f"{name}: Zeile {line} enthält ein Feld mit {len(text)} Zeichen "
            f"(höchstens {MAX_CELL_CHARACTERS}). Möglicherweise fehlt ein Anführungszeichen."
        )


def check_text(characters: int, name: str) -> None:
    """Refuse a table whose cells together hold too much text.

    Raises:
        DataError: ``MAX_TEXT_CHARACTERS`` is exceeded.
    """
    if characters > MAX_TEXT_CHARACTERS:
        raise DataError(
            f"{name}: Die Zellen enthalten zusammen mehr als {MAX_TEXT_CHARACTERS // 1024**2} "
            "Millionen Zeichen. Die Datei wird nicht gelesen."
        )
