"""The command ``lagebild``: arguments in, calls into the rooms, German messages out."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import cli_source
from analysis.cli_help import GermanCommand, GermanGroup
from analysis.cli_muster import muster
from analysis.errors import DataError, LagebildError, UsageError, suggest

if TYPE_CHECKING:
    from rich.console import Console

    from analysis.build import BuildResult

DEFAULT_EDITION = "muenchen"
# sysexits' EX_SOFTWARE: a defect of the program, apart from all codes that have a meaning here
INTERNAL_ERROR = 70
INTERRUPTED = 130

_COMMANDS = ("build", "check", "lab", "muster", "source", "add", "diff")

_USAGE_MESSAGES = (
    (r"No such option: (\S+).*", "Die Option {} gibt es nicht."),
    (r"No such command '(.*?)'.*", "Den Befehl »{}« gibt es nicht."),
    (r"Missing argument '(.*?)'.*", "Es fehlt die Angabe {}."),
    (r"Missing command.*", "Es fehlt ein Befehl."),
    (r"Option '(.*)' requires .*", "Die Option {} braucht einen Wert."),
    (r"Option '(.*)' does not take a value.*", "Die Option {} nimmt keinen Wert an."),
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)", "Zu viele Angaben: {}."),
    (r"Invalid value for (?:'.* / )?'?(.*?)'?: .*", "Der Wert für {} passt nicht."),
)


app = typer.Typer(
    cls=GermanGroup,
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
        "fenster_monate, annahmen (kennung=wert; …); mehrfach möglich",
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


Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar="ADRESSE",
        help="Große Auswertungen auf einem Dask-Cluster bereinigen, zum Beispiel tcp://rechner:8786",
        show_default=False,
    ),
]
Severity = Annotated[
    str | None,
    typer.Option(
        "--severity",
        metavar="SCHWERE",
        help="Nur Befunde ab dieser Schwere: fehler, warnung oder hinweis",
        show_default=False,
    ),
]
ShowAll = Annotated[
    bool, typer.Option("--all", help="Alle Befunde zeigen, nicht nur die ersten je Prüfung")
]
JsonTarget = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="DATEI",
        help="Befunde als JSON schreiben; - gibt sie aus",
        show_default=False,
    ),
]
WorkbookTarget = Annotated[
    str | None,
    typer.Option(
        "--workbook",
        metavar="DATEI",
        help="Arbeitsmappe (.xlsx) für die Dienststelle schreiben; ein Ordner genügt",
        show_default=False,
    ),
]

OldReport = Annotated[
    str,
    typer.Argument(
        metavar="ALT",
        help="Ordner des früheren Berichts oder Name einer Edition in report/output",
        show_default=False,
    ),
]
NewReport = Annotated[
    str,
    typer.Argument(
        metavar="NEU",
        help="Ordner des jetzigen Berichts oder Name einer Edition in report/output",
        show_default=False,
    ),
]
ShowAllChanges = Annotated[
    bool, typer.Option("--all", help="Alle Änderungen zeigen, nicht nur die ersten je Abschnitt")
]
ChangesTarget = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="DATEI",
        help="Änderungen als JSON schreiben; - gibt sie aus",
        show_default=False,
    ),
]
ExitCode = Annotated[
    bool,
    typer.Option("--exit-code", help="Mit 1 enden, wenn sich die Berichte unterscheiden"),
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


@app.command(cls=GermanCommand, options_metavar="[OPTIONEN]")
def build(
    editions: EditionNames = None,
    parameters: ParameterTexts = None,
    jobs: Jobs = 2,
    scheduler: Scheduler = "",
) -> None:
    """Bericht bauen: Daten prüfen, Notebooks ausführen, Seite erzeugen.

    Der Bericht liegt dann in report/output/EDITION. Schlägt etwas fehl, bleibt dort der
    bisherige unverändert.

    \b
    Beispiele:
      lagebild build
      lagebild build muenchen -p stichtag=2025-12-31 -p fenster_monate=3
      lagebild build -p "annahmen=fahrplan/budget=500000; wohngeld/posts=5:10:20"
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
                name,
                overrides=overrides,
                jobs=jobs,
                root=root,
                on_event=on_event,
                scheduler=scheduler,
            )
        _report_success(result, root)


@app.command(cls=GermanCommand, options_metavar="[OPTIONEN]")
def check(
    edition: EditionName = DEFAULT_EDITION,
    severity: Severity = None,
    everything: ShowAll = False,
    json_target: JsonTarget = None,
    workbook: WorkbookTarget = None,
) -> None:
    """Daten nur bereinigen und prüfen; zeigt die Befunde.

    Endet mit 1, wenn Fehler in den Daten einen Bericht nicht zulassen.

    \b
    Beispiele:
      lagebild check muenchen
      lagebild check muenchen --severity fehler --all
      lagebild check muenchen --workbook befunde.xlsx
    """
    from analysis.cli_check import (
        MOST_PER_CHECK,
        describe_result,
        findings_to_json,
        select_findings,
        show_findings,
        write_json,
    )
    from analysis.editions import load_edition, project_root
    from analysis.prepare import clean_data, prepare_data

    root = project_root()
    chosen = load_edition(edition, root)
    stopped: DataError | None = None
    try:
        prepared = prepare_data(chosen, root)
    except DataError as error:
        # the message names the first errors only; where cleaning itself failed, this raises again
        stopped, prepared = error, clean_data(chosen, root)
    findings = prepared.findings
    shown = select_findings(findings, severity)
    if workbook:
        from analysis.findings_workbook import resolve_workbook_path, write_findings_workbook

        path = resolve_workbook_path(workbook, chosen.name)
        write_findings_workbook(path, findings, prepared.raw_files, title=chosen.title)
    document = json_target and write_json(findings_to_json(shown, edition=chosen.name), json_target)
    if document:
        typer.echo(document, nl=False)
    else:
        show_findings(_console(), shown, most=None if everything else MOST_PER_CHECK)
        if workbook:
            _say(f"Arbeitsmappe für die Dienststelle: {path}")
        if not stopped:
            _say(describe_result(findings))
    if stopped:
        raise stopped


@app.command(cls=GermanCommand, options_metavar="[OPTIONEN]")
def diff(
    old: OldReport,
    new: NewReport,
    everything: ShowAllChanges = False,
    json_target: ChangesTarget = None,
    exit_code: ExitCode = False,
) -> None:
    """Zwei Berichte vergleichen: Zahlen, Aussagen, Stand der Maßnahmen und Forderungen.

    Endet mit 0, auch wenn sich die Berichte unterscheiden; mit --exit-code dann mit 1.

    \b
    Beispiele:
      lagebild diff archiv/2025 muenchen
      lagebild diff archiv/2025 report/output/muenchen --all
      lagebild diff archiv/2025 muenchen --json aenderungen.json --exit-code
    """
    from analysis.cli_check import write_json
    from analysis.editions import project_root
    from analysis.report.diff import compare_reports
    from analysis.report.diff_text import MOST_LINES, changes_to_json, describe_changes

    root = project_root()
    changes = compare_reports(_find_report(old, root), _find_report(new, root))
    text = json.dumps(changes_to_json(changes), ensure_ascii=False, indent=2) + "\n"
    document = json_target and write_json(text, json_target)
    if document:
        typer.echo(document, nl=False)
    else:
        _say(describe_changes(changes, most=None if everything else MOST_LINES))
    if exit_code and not changes.is_empty:
        raise typer.Exit(1)


@app.command(
    cls=GermanCommand,
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


app.command(cls=GermanCommand, options_metavar="[OPTIONEN]")(muster)
app.add_typer(cli_source.app, name="source")


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


def _find_report(text: str, root: Path) -> Path:
    """Return the folder that is meant: a path, else the report of an edition."""
    path, built = Path(text), root / "report" / "output" / text
    return built if not path.is_dir() and built.is_dir() else path


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
