"""The command ``lagebild``: arguments in, calls into the rooms, German messages out."""

from __future__ import annotations

import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from analysis.errors import DataError, LagebildError, UsageError, suggest

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from analysis.build import BuildResult

DEFAULT_EDITION = "muenchen"
# sysexits' EX_SOFTWARE: a defect of the program, apart from all codes that have a meaning here
INTERNAL_ERROR = 70
INTERRUPTED = 130

_COMMANDS = ("build", "check", "lab")

_COLUMNS = {
    "severity": "Schwere",
    "file": "Datei",
    "row": "Zeile",
    "column": "Spalte",
    "message": "Befund",
    "found": "gefunden",
    "expected": "erwartet",
}
_USAGE_MESSAGES = (
    (r"No such option: (\S+).*", "Die Option {} gibt es nicht."),
    (r"No such command '(.*?)'.*", "Den Befehl »{}« gibt es nicht."),
    (r"Missing command.*", "Es fehlt ein Befehl."),
    (r"Option '(.*)' requires .*", "Die Option {} braucht einen Wert."),
    (r"Option '(.*)' does not take a value.*", "Die Option {} nimmt keinen Wert an."),
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)", "Zu viele Angaben: {}."),
    (r"Invalid value for (?:'.* / )?'?(.*?)'?: .*", "Der Wert für {} passt nicht."),
)


class _German:
    """Help with German words where typer has fixed English ones."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, prefix="Aufruf: ")

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help = "Diese Hilfe zeigen"
        return option

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        parameters = self.get_params(ctx)  # type: ignore[attr-defined]
        arguments = [p for p in parameters if p.param_type_name == "argument"]
        options = [p for p in parameters if p.param_type_name == "option"]
        _write_section(formatter, "Angaben", [(p.metavar, p.help) for p in arguments])
        _write_section(formatter, "Optionen", [(_describe_option(p), p.help) for p in options])
        commands = getattr(self, "commands", {}).values()
        rows = [(c.name, c.get_short_help_str(formatter.width)) for c in commands]
        _write_section(formatter, "Befehle", rows)


def _write_section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _describe_option(option: Any) -> str:  # noqa: ANN401
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {option.metavar}"


class _Command(_German, TyperCommand):
    """A subcommand with German help."""


class _Group(_German, TyperGroup):
    """The command itself with German help."""


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    rich_markup_mode=None,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
    epilog="Mehr zu einem Befehl: lagebild BEFEHL --help",
)

EditionNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="EDITION",
        help=f"Editionen aus report/editions; ohne Angabe {DEFAULT_EDITION}",
        show_default=False,
    ),
]
EditionName = Annotated[
    str,
    typer.Argument(
        metavar="EDITION",
        help=f"Edition aus report/editions; ohne Angabe {DEFAULT_EDITION}",
        show_default=False,
    ),
]
ParameterTexts = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="NAME=WERT",
        help="Für diesen Lauf ändern: stichtag, vergleichsstaedte (durch Komma getrennt), "
        "fenster_monate; mehrfach möglich",
        show_default=False,
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        metavar="ANZAHL",
        help="So viele Notebooks zugleich ausführen; ohne Angabe 2",
        show_default=False,
    ),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lagebild {version('lagebild')}")
        raise typer.Exit


@app.callback()
def describe(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Version zeigen",
        ),
    ] = False,
) -> None:
    """Berichte aus den Zahlen einer Sozialverwaltung bauen und prüfen."""


@app.command(cls=_Command, options_metavar="[OPTIONEN]")
def build(editions: EditionNames = None, parameters: ParameterTexts = None, jobs: Jobs = 2) -> None:
    """Bericht bauen: Daten prüfen, Notebooks ausführen, Seite erzeugen.

    Der Bericht liegt dann in report/output/EDITION. Schlägt etwas fehl, bleibt dort der
    bisherige unverändert.

    \b
    Beispiele:
      lagebild build
      lagebild build muenchen -p stichtag=2025-12-31 -p fenster_monate=3
      lagebild build --jobs 4
    """
    from analysis.build import build_edition
    from analysis.editions import load_edition, project_root
    from analysis.pipeline.progress import show_progress

    # an end from outside (a time limit, a shutdown) clears up like Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    root = project_root()
    names = list(dict.fromkeys(editions or [DEFAULT_EDITION]))
    overrides = parse_parameters(parameters or [])
    # all that can be wrong in the call comes to light before the first edition is built
    for name in names:
        load_edition(name, root).with_parameters(overrides)
    for name in names:
        with show_progress(_console(stderr=True)) as on_event:
            result = build_edition(
                name, overrides=overrides, jobs=jobs, root=root, on_event=on_event
            )
        _report_success(result, root)


@app.command(cls=_Command, options_metavar="[OPTIONEN]")
def check(edition: EditionName = DEFAULT_EDITION) -> None:
    """Daten nur bereinigen und prüfen; zeigt die Befunde.

    Endet mit 1, wenn Fehler in den Daten einen Bericht nicht zulassen.

    \b
    Beispiel:
      lagebild check muenchen
    """
    from analysis.editions import load_edition, project_root
    from analysis.prepare import clean_data, prepare_data

    root = project_root()
    chosen = load_edition(edition, root)
    try:
        findings = prepare_data(chosen, root).findings
    except DataError:
        # the message names the first errors only; where cleaning itself failed, this raises again
        _console().print(tabulate_findings(clean_data(chosen, root).findings))
        raise
    if not findings.empty:
        _console().print(tabulate_findings(findings))
    count = "1 Befund" if len(findings) == 1 else f"{len(findings) or 'Keine'} Befunde"
    _say(f"{count}: Ein Bericht ist möglich.")


@app.command(
    cls=_Command,
    options_metavar="[OPTIONEN]",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(ctx: typer.Context) -> None:
    """Notebooks in JupyterLab öffnen; weitere Angaben gehen an JupyterLab.

    \b
    Beispiele:
      lagebild lab
      lagebild lab --no-browser --port 8899
    """
    from analysis.editions import project_root

    root = project_root()
    notebooks = f"--ServerApp.root_dir={root / 'notebooks'}"
    arguments = [sys.executable, "-m", "jupyterlab", notebooks, *ctx.args]
    os.execve(sys.executable, arguments, lab_environment(root))


def parse_parameters(texts: Sequence[str]) -> dict[str, str]:
    """Return name to value for texts of the form ``NAME=WERT``.

    Raises:
        UsageError: a text has another form, or a name comes twice.
    """
    parameters: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        name = name.strip()
        if not (separator and name):
            raise UsageError(f"Parameter »{text}«: Erwartet wird die Form NAME=WERT.")
        if name in parameters:
            raise UsageError(f"Parameter »{name}« ist mehrfach angegeben.")
        parameters[name] = value.strip()
    return parameters


def tabulate_findings(findings: pd.DataFrame) -> Table:
    """Return the findings as a table for the terminal, with German headings."""
    from rich.table import Table
    from rich.text import Text

    table = Table()
    shown = [column for column in _COLUMNS if column in findings.columns]
    for column in shown:
        table.add_column(_COLUMNS[column], overflow="fold")
    for row in findings[shown].fillna("").astype(str).to_dict("records"):
        table.add_row(*(Text(row[column]) for column in shown))
    return table


def lab_environment(root: Path) -> dict[str, str]:
    """Return an environment in which the kernel »python3« is the Python of this command."""
    own = str(Path(sys.prefix) / "share" / "jupyter")
    others = os.environ.get("JUPYTER_PATH")
    return {
        **os.environ,
        "LAGEBILD_ROOT": str(root),
        "JUPYTER_PATH": os.pathsep.join([own, others] if others else [own]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: as typed after ``lagebild``; by default those of this process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command = typer.main.get_command(app)
        code: int | None = command.main(
            given or ["--help"], prog_name="lagebild", standalone_mode=False
        )
    except LagebildError as error:
        return _fail(error.message, error.exit_code)
    except Exception as error:
        if hasattr(error, "format_message"):
            return _fail(translate_usage_error(error.format_message()), UsageError.exit_code)
        return _fail(_describe_defect(error), INTERNAL_ERROR)
    # typer turns Ctrl-C into this code, without a word
    return _fail("Abgebrochen.", INTERRUPTED) if code == INTERRUPTED else code or 0


def translate_usage_error(message: str) -> str:
    """Return typer's English message about a wrong call in German."""
    for pattern, german in _USAGE_MESSAGES:
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            hint = suggest(match[1], _COMMANDS) if "Befehl »" in german else ""
            return f"{german.format(*match.groups())}{hint} Hilfe: lagebild --help"
    return f"Der Aufruf passt nicht: {message} Hilfe: lagebild --help"


def _describe_defect(error: Exception) -> str:
    summary = f"Unerwarteter Fehler im Programm: {type(error).__name__}: {error}"
    details = "".join(traceback.format_exception(error))
    try:
        return f"{summary}\nEinzelheiten: {_write_log(details)}"
    except Exception:
        # whatever keeps the file from being written must not hide the first error
        return f"{summary}\n{details}"


def _write_log(details: str) -> str:
    from analysis.editions import project_root

    root = project_root()
    log = root / "report" / "output" / "fehler.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(details, "utf-8")
    return log.relative_to(root).as_posix()


def _report_success(result: BuildResult, root: Path) -> None:
    _say(f"Bericht: {result.page.relative_to(root).as_posix()}")
    if not result.findings.empty:
        name = result.edition.name
        _say(f"Befunde in den Daten: {len(result.findings)}; zeigen mit: lagebild check {name}")


def _fail(message: str, code: int) -> int:
    from rich.text import Text

    text = Text.assemble(("Fehler: ", "bold red"), message)
    _console(stderr=True).print(text, soft_wrap=True, highlight=False)
    return code


def _say(message: str) -> None:
    _console().print(message, markup=False, highlight=False, soft_wrap=True)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)
