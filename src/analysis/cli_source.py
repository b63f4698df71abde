"""The command ``lagebild source``: take in raw files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli_help import GermanCommand, GermanGroup
from analysis.errors import UsageError

app = typer.Typer(
    cls=GermanGroup,
    rich_markup_mode=None,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)


@app.callback()
def describe() -> None:
    """Rohdateien aufnehmen."""


class Terminal:
    """Questions and answers at the terminal."""

    def say(self, text: str) -> None:
        """Show a line."""
        typer.echo(text)

    def ask(self, question: str, default: str) -> str:
        """Return the answer to a question; it may not be empty."""
        answer: str = typer.prompt(question, default=default or None, show_default=bool(default))
        return answer.strip()

    def confirm(self, question: str, *, default: bool) -> bool:
        """Return whether the answer is yes (``j``, ``ja``)."""
        hint = "J/n" if default else "j/N"
        answer: str = typer.prompt(f"{question} [{hint}]", default="", show_default=False)
        return answer.strip().lower() in {"j", "ja", "y"} if answer.strip() else default


def is_terminal() -> bool:
    """Return whether somebody can answer questions."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _text(flag: str, metavar: str, text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar=metavar, help=text, show_default=False
    )
    return option


_Words = list[str] | None
FILE = typer.Argument(metavar="DATEI", help="Rohdatei, wo immer sie liegt", show_default=False)
INTO = typer.Option(
    "--into",
    "--city",
    metavar="ORDNER",
    help="Ordner unter data/raw; entbehrlich, wenn die Datei schon in einem liegt",
    show_default=False,
)


_HELP = """Rohdatei aufnehmen: ablegen, beschreiben, Spalten zuordnen, zur Probe lesen.

Am Terminal wird erfragt, was fehlt. Mit --yes fragt der Befehl nicht und übernimmt den Vorschlag,
soweit er sicher genug ist. Inhalte personenbezogener Spalten zeigt er nie.

\b
Beispiele:
  lagebild source add faelle.csv --into meinestadt
  lagebild source add faelle.csv --into meinestadt --column received=Antragseingang
  lagebild source add stellen.xlsx --into meinestadt --yes --title "Stellenbericht" …
"""


@app.command(cls=GermanCommand, options_metavar="[OPTIONEN]", help=_HELP)
def add(  # noqa: PLR0913, PLR0917 - one parameter for each option
    file: Annotated[Path, FILE],
    into: Annotated[str, INTO] = "",
    title: Annotated[str, _text("--title", "TEXT", "Titel")] = "",
    producer: Annotated[str, _text("--producer", "TEXT", "herausgebende Stelle")] = "",
    document: Annotated[str, _text("--document", "TEXT", "Dokument oder Auswertung")] = "",
    url: Annotated[str, _text("--url", "ADRESSE", "Fundstelle, wenn öffentlich")] = "",
    licence: Annotated[str, _text("--licence", "TEXT", "Lizenz oder Nutzungsbedingung")] = "",
    accessed: Annotated[str, _text("--accessed", "TAG", "erhalten am; sonst heute")] = "",
    as_of: Annotated[str, _text("--as-of", "TAG", "Stand der Daten, JJJJ-MM-TT")] = "",
    origin: Annotated[str, _text("--origin", "WORT", "documented oder synthetic")] = "",
    dataset: Annotated[
        str,
        _text(
            "--dataset",
            "ART",
            "cases, vacancies, case_counts, staffing, service_adoption oder context",
        ),
    ] = "",
    service: Annotated[str, _text("--service", "LEISTUNG", "Leistung in allen Zeilen")] = "",
    unit: Annotated[str, _text("--unit", "STELLE", "Dienststelle in allen Zeilen")] = "",
    place: Annotated[str, _text("--place", "ORT", "Stadt; sonst die der Edition")] = "",
    method: Annotated[str, _text("--method", "WORT", "Zählweise, zum Beispiel antraege")] = "",
    legend: Annotated[
        str, _text("--legend", "ART", "Zeichen statt Zahlen: plain, official oder regional")
    ] = "",
    across: Annotated[
        str, _text("--across", "FELD", "Feld, das in den Überschriften der Spalten steht")
    ] = "",
    measure: Annotated[
        str, _text("--measure", "GROESSE", "Messgröße der Werte bei --across oder »value«")
    ] = "",
    previous: Annotated[str, _text("--previous", "DATEI", "frühere Lieferung")] = "",
    column: Annotated[
        _Words, _text("--column", "FELD=SPALTE", "Spalte zuordnen; mehrfach möglich")
    ] = None,
    value: Annotated[
        _Words, _text("--value", "FELD:WORT=UNSERES", "Wort zuordnen; mehrfach möglich")
    ] = None,
    measure_unit: Annotated[
        _Words,
        _text("--measure-unit", "GROESSE=EINHEIT", "Einheit in der Datei; mehrfach möglich"),
    ] = None,
    encoding: Annotated[str, _text("--encoding", "NAME", "Kodierung")] = "",
    delimiter: Annotated[str, _text("--delimiter", "ZEICHEN", "Trennzeichen")] = "",
    sheet: Annotated[str, _text("--sheet", "BLATT", "Name oder Nummer des Blattes")] = "",
    hidden: Annotated[str, _text("--hidden", "WORT", "Verborgenes: use oder leave")] = "",
    header_row: Annotated[
        int | None, _text("--header-row", "ZEILE", "Zeile, in der die Kopfzeile beginnt")
    ] = None,
    header_rows: Annotated[
        int | None, _text("--header-rows", "ANZAHL", "Zeilen der Kopfzeile")
    ] = None,
    keep_sums: Annotated[bool, typer.Option("--keep-sums", help="Summen mitlesen")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Vorschlag übernehmen, soweit er sicher genug ist")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Vorhandenes überschreiben")] = False,
    without_mapping: Annotated[
        bool, typer.Option("--without-mapping", help="Nur die Beschreibung schreiben")
    ] = False,
) -> None:
    """Take in a raw file: copy, describe, map, try."""
    # Imported here so that --help is quick.
    from analysis.editions import project_root  # noqa: PLC0415
    from analysis.source_add.session import Given, add_source, find_folder  # noqa: PLC0415

    details = {
        "title": title,
        "producer": producer,
        "document": document,
        "url": url,
        "licence": licence,
        "accessed": accessed,
        "as_of": as_of,
        "origin": origin,
    }
    entries = {
        "dataset": dataset,
        "service": service,
        "unit": unit,
        "place": place,
        "method": method,
        "legend": legend,
        "across": across,
        "measure": measure,
        "previous": previous,
    }
    options = {
        "encoding": encoding,
        "delimiter": "\t" if delimiter == r"\t" else delimiter,
        "sheet": int(sheet) if sheet.isdigit() else sheet,
        "hidden": hidden,
        "header_row": header_row,
        "header_rows": header_rows,
        "keep_sums": keep_sums,
    }
    given = Given(
        details={name: text for name, text in details.items() if text},
        entries={name: text for name, text in entries.items() if text},
        columns=split_pairs(column or [], "--column", "FELD=SPALTE"),
        units=split_pairs(measure_unit or [], "--measure-unit", "GROESSE=EINHEIT"),
        values=split_words(value or []),
        options={name: each for name, each in options.items() if each},
        accept=yes,
        force=force,
        without_mapping=without_mapping,
    )
    asker = Terminal() if is_terminal() and not yes else None
    root = project_root()
    folder = into or find_folder(file, root)
    if not folder and asker:
        folder = asker.ask("Ordner unter data/raw", "")
    if not folder:
        raise UsageError("Es fehlt der Ordner unter data/raw: --into ORDNER.")
    added = add_source(file, folder, root, given, asker=asker)
    for line in added.report:
        typer.echo(line)


def split_pairs(texts: list[str], option: str, form: str) -> dict[str, str]:
    """Return left to right side of texts of the form ``LEFT=RIGHT``.

    Raises:
        UsageError: a text has another form, or a left side comes twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        left, separator, right = (part.strip() for part in text.partition("="))
        if not (separator and left and right):
            raise UsageError(f"{option} »{text}«: Erwartet wird die Form {form}.")
        if left in pairs:
            raise UsageError(f"{option}: »{left}« ist mehrfach angegeben.")
        pairs[left] = right
    return pairs


def split_words(texts: list[str]) -> dict[str, dict[str, str]]:
    """Return field to (word of the office to ours) of texts ``FELD:WORT=UNSERES``.

    Ours may be empty: the word then stands for the whole.

    Raises:
        UsageError: a text has another form, or a word comes twice.
    """
    values: dict[str, dict[str, str]] = {}
    for text in texts:
        field, colon, rest = text.partition(":")
        word, separator, ours = rest.rpartition("=")
        field, word = field.strip(), word.strip()
        if not (colon and separator and field and word):
            raise UsageError(f"--value »{text}«: Erwartet wird die Form FELD:WORT=UNSERES.")
        if word in values.setdefault(field, {}):
            raise UsageError(f"--value: »{field}:{word}« ist mehrfach angegeben.")
        values[field][word] = ours.strip()
    return values
