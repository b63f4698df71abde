"""One build: prepared data, executed notebooks, the report in its folder or nothing changed."""

from __future__ import annotations

import datetime as dt
import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.assumed import write_points
from analysis.disclosure_policy import DisclosureError
from analysis.editions import Edition, load_edition, project_root
from analysis.errors import NotebookError, UsageError
from analysis.pipeline.execute import DEFAULT_JOBS, execute_notebooks, warm_up
from analysis.pipeline.notebooks import NotebookInfo, read_info
from analysis.pipeline.progress import Event, OnEvent, ignore_event
from analysis.pipeline.record import list_checksums, list_deviations, make_record, write_json
from analysis.pipeline.tasks import Result, Task
from analysis.prepare import Prepared, prepare_data
from analysis.report.check import check_html
from analysis.report.collect import collect_chapters, read_downloads
from analysis.report.downloads import FOOTER_LINKS, make_downloads, write_crate
from analysis.report.metadata import Input, list_inputs
from analysis.report.pdf import render_pdf
from analysis.report.progress import record_states
from analysis.report.register import build_register
from analysis.report.released import require_released
from analysis.report.render import build_view, make_front, render_report
from analysis.report.scan import Leak, read_public_texts, scan_outputs
from analysis.workspace import check_changes, check_cities

PAGE = "index.html"
PRINT = "bericht.pdf"
PRINT_LINK = ("Bericht als PDF", PRINT)
RECORD = "lauf.json"
TIMES = "zeiten.json"

_SHOWN_DEFECTS = 3


@dataclass(frozen=True)
class BuildResult:
    """A report that is complete and in its place.

    Attributes:
        edition: with the parameters in effect.
        folder: ``report/output/<edition>``.
        page: the report itself.
        notebooks: one result for each chapter, in order.
        findings: what cleaning and validation found.
        seconds: how long the build took.
    """

    edition: Edition
    folder: Path
    page: Path
    notebooks: tuple[Result, ...]
    findings: pd.DataFrame
    seconds: float


def build_edition(
    name: str,
    *,
    overrides: Mapping[str, object] | None = None,
    jobs: int = DEFAULT_JOBS,
    root: Path | None = None,
    on_event: OnEvent = ignore_event,
    scheduler: str = "",
) -> BuildResult:
    """Build the report of an edition into ``report/output/<name>``.

    The folder is replaced as a whole at the very end; when anything fails before, the previous
    report stays, and what there is of a failed notebook is in ``<name>.fehlgeschlagen``.

    Args:
        name: the edition.
        overrides: parameters for this build, as typed.
        jobs: how many notebooks run at the same time.
        root: project folder.
        on_event: is told of each step, cell and notebook.
        scheduler: address of a Dask scheduler that cleans large exports of cases; by default this
            machine does.

    Raises:
        UsageError: unknown edition, parameter, value or city; or the edition is being built.
        DataError: the raw data must not be reported on.
        DisclosureError: the finished report shows what must stay secret.
        NotebookError: a notebook failed, or the report has defects.
    """
    root = root or project_root()
    original = load_edition(name, root)
    edition = original.with_parameters(overrides or {})
    notebooks = [read_info(root / "notebooks" / f"{chapter}.ipynb") for chapter in edition.chapters]
    with _open_output(root, name) as output:
        return _Build(edition, original, notebooks, root, output, on_event, scheduler).run(jobs)


@dataclass(frozen=True)
class _Output:
    """The folders of one edition below report/output."""

    final: Path
    staged: Path
    failed: Path


@dataclass
class _Build:
    """The steps of one build in their order, with the time that each took."""

    edition: Edition
    original: Edition
    notebooks: Sequence[NotebookInfo]
    root: Path
    output: _Output
    on_event: OnEvent
    scheduler: str = ""
    begun: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    times: dict[str, float] = field(default_factory=dict)

    def run(self, jobs: int) -> BuildResult:
        warm_up()
        with self._step("Daten bereinigen und prüfen"):
            prepared = self._prepare()
            check_cities(self.edition.parameters.vergleichsstaedte, prepared.places)
            check_changes(self.edition, prepared.tables["assumptions"])
        with self._step("Notebooks ausführen"):
            results = execute_notebooks(self._tasks(), jobs=jobs, on_event=self.on_event)
        record = self._make_record(prepared)
        inputs = list_inputs(prepared.raw_files, self.edition, list_checksums(record))
        with self._step("Bericht erzeugen"):
            paths = [result.path for result in results]
            labels = self._write_page(paths, prepared.state_of_data, inputs)
        self._write_records(results, record)
        write_crate(self.output.staged, self.edition, inputs=inputs, labels=labels)
        with self._step("Bericht auf Geheimhaltung prüfen"):
            self._check_outputs(prepared)
        replace_folder(self.output.staged, self.output.final)
        return BuildResult(
            edition=self.edition,
            folder=self.output.final,
            page=self.output.final / PAGE,
            notebooks=tuple(self._in_place(result) for result in results),
            findings=prepared.findings,
            seconds=sum(self.times.values()),
        )

    def _prepare(self) -> Prepared:
        if not self.scheduler:
            return prepare_data(self.edition, self.root)
        # Imported here: the cluster is an extra that few builds need.
        from analysis.cleaning.cases import open_cluster  # noqa: PLC0415

        with open_cluster(self.scheduler) as cluster:
            return prepare_data(self.edition, self.root, executor=cluster)

    def _in_place(self, result: Result) -> Result:
        inside = result.path.relative_to(self.output.staged)
        return replace(result, path=self.output.final / inside)

    @contextmanager
    def _step(self, words: str) -> Iterator[None]:
        self.on_event(Event("step", words))
        begun = time.monotonic()
        yield
        self.times[words] = round(time.monotonic() - begun, 3)

    def _tasks(self) -> list[Task]:
        parameters = notebook_parameters(self.edition)
        return [
            Task(
                info=info,
                root=self.root,
                target=self.output.staged / "notebooks" / info.path.name,
                partial=self.output.failed / info.path.name,
                parameters=parameters,
            )
            for info in self.notebooks
        ]

    def _write_page(
        self, notebooks: Sequence[Path], state_of_data: str, inputs: Sequence[Input]
    ) -> dict[str, str]:
        """Write page and downloads; return what the downloads are, by their path."""
        chapters = collect_chapters(notebooks)
        tables = make_downloads(
            chapters,
            build_register(chapters),
            self.edition,
            inputs=inputs,
            state_of_data=state_of_data,
        )
        links = (PRINT_LINK, *FOOTER_LINKS)
        front = make_front(
            self.edition,
            # the day of the build would make the same inputs give another page each day
            built_on=None,
            deviations=describe_deviations(self.edition, self.original),
            state_of_data=state_of_data,
            footer_links=links,
        )
        page = render_report(notebooks, front)
        downloads = read_downloads(notebooks)
        downloads |= {path: content for path, (_, content) in tables.items()}
        downloads[PRINT] = render_pdf(build_view(chapters, front))
        defects = check_html(page, files={*downloads, *(path for _, path in links)})
        if defects:
            self.output.failed.mkdir(parents=True, exist_ok=True)
            (self.output.failed / PAGE).write_text(page, "utf-8")
            raise NotebookError(_describe_defects(defects))
        (self.output.staged / PAGE).write_text(page, "utf-8")
        for path, content in downloads.items():
            target = self.output.staged / path
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
        return {path: label for label, path in links} | {
            path: entry.label for path, (entry, _) in tables.items()
        }

    def _check_outputs(self, prepared: Prepared) -> None:
        require_released(self.output.staged, prepared.released, self.edition.disclosure)
        leaks = scan_outputs(self.output.staged, allow=read_public_texts(prepared.raw_files))
        if leaks:
            raise DisclosureError(describe_leaks(leaks))

    def _make_record(self, prepared: Prepared) -> dict[str, Any]:
        return make_record(
            self.edition,
            original=self.original,
            notebooks=self.notebooks,
            findings=prepared.findings,
            states=record_states(prepared.released),
            root=self.root,
        )

    def _write_records(self, results: Sequence[Result], record: Mapping[str, Any]) -> None:
        write_json(self.output.staged / RECORD, record)
        times = {
            "begonnen": self.begun.isoformat(timespec="seconds"),
            "schritte": self.times,
            "notebooks": {result.name: round(result.seconds, 3) for result in results},
        }
        write_json(self.output.staged / TIMES, times)


def notebook_parameters(edition: Edition) -> dict[str, object]:
    """Return what each notebook is given: EDITION and the parameters, names in capitals."""
    values = edition.parameters.model_dump(mode="json")
    return {"EDITION": edition.name} | {name.upper(): value for name, value in values.items()}


def describe_deviations(edition: Edition, original: Edition) -> dict[str, str]:
    """Return the changed parameters: name to value as text."""
    changed = list_deviations(edition, original)
    return {name: _as_text(entry["verwendet"]) for name, entry in changed.items()}


def replace_folder(new: Path, final: Path) -> None:
    """Put the folder ``new`` in the place of ``final``; at no time is only half of one there."""
    old = _previous(final)
    if final.exists():
        final.rename(old)
    try:
        new.rename(final)
    except OSError:
        _restore(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _open_output(root: Path, name: str) -> Iterator[_Output]:
    parent = root / "report" / "output"
    parent.mkdir(parents=True, exist_ok=True)
    final = parent / name
    with _lock(parent / f".{name}.lock", name):
        _restore(final)
        failed = parent / f"{name}.fehlgeschlagen"
        shutil.rmtree(failed, ignore_errors=True)
        # under the lock one fixed name is enough, and what a killed build left there goes
        staged = parent / f".{name}.neu"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        try:
            yield _Output(final, staged, failed)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _lock(path: Path, name: str) -> Iterator[None]:
    # the system lets go of the lock when the process ends, however it ends
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Die Edition »{name}« wird gerade schon gebaut. Bitte das Ende abwarten."
            ) from None
        yield


def _previous(final: Path) -> Path:
    return final.with_name(f".{final.name}.vorher")


def _restore(final: Path) -> None:
    """Bring back the previous report where a build was cut off between its two renames."""
    old = _previous(final)
    if old.exists() and not final.exists():
        old.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _describe_defects(defects: Sequence[str]) -> str:
    more = len(defects) - _SHOWN_DEFECTS
    shown = "; ".join(defects[:_SHOWN_DEFECTS])
    rest = f"; und {more} weitere" if more > 0 else ""
    return f"Der Bericht hat Mängel und wurde nicht abgelegt: {shown}{rest}."


def describe_leaks(leaks: Sequence[Leak]) -> str:
    """Return in German where personal data stand, without showing them."""
    more = len(leaks) - _SHOWN_DEFECTS
    shown = "; ".join(
        f"{leak.file}{f', {leak.place}' if leak.place else ''}: {leak.kind} ({leak.shown})"
        for leak in leaks[:_SHOWN_DEFECTS]
    )
    rest = f"; und {more} weitere" if more > 0 else ""
    return f"Im Bericht stehen personenbezogene Angaben; er wurde nicht abgelegt: {shown}{rest}."


def _as_text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} = {write_points(points)}" for key, points in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
