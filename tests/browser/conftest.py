"""Fixtures: Chromium without network, and the report opened in it.

The report under test is the one of the session fixture ``built_report`` (a path to the file or to
its folder), which ``tests/conftest.py`` may define. Without it, the sample notebooks of
``tests/report`` are used.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from analysis.report.render import make_front, render_report

CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class OpenReport:
    """The report in a browser window, and the requests that it made."""

    page: Page
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the tests are skipped without it unless it is required."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        message = "chromium is not installed (apt-get install chromium)"
        if os.environ.get("LAGEBILD_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sample_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the sample notebooks: every kind of block, nasty text."""
    path = Path(__file__).parents[1] / "report" / "sample.py"
    spec = importlib.util.spec_from_file_location("lagebild_browser_sample", path)
    assert spec is not None
    assert spec.loader is not None
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    folder = tmp_path_factory.mktemp("bericht")
    html = render_report(
        sample.write_sample(folder),
        make_front(
            sample.make_edition("synthetic"),
            built_on=dt.date(2026, 2, 3),
            deviations={"fenster_monate": "3"},
            state_of_data="Januar 2026",
        ),
    )
    file = folder / "index.html"
    file.write_text(html, "utf-8")
    return file


@pytest.fixture(scope="session", params=["built", "sample"])
def report_file(request: pytest.FixtureRequest) -> Path:
    """The real report, where the session builds one, and the sample."""
    if request.param == "sample":
        return Path(request.getfixturevalue("sample_report"))
    try:
        built = Path(request.getfixturevalue("built_report"))
    except pytest.FixtureLookupError:
        pytest.skip("no fixture built_report: only the sample is looked at")
    return built / "index.html" if built.is_dir() else built


@pytest.fixture
def open_report(browser: Browser, report_file: Path) -> Iterator[object]:
    """Return a function that opens the report in a window of a given size and colour scheme."""
    contexts = []

    def open_window(width: int, height: int = 800, scheme: str = "light") -> OpenReport:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="de-DE",
            offline=True,
        )
        contexts.append(context)
        report = OpenReport(context.new_page())

        def note(request: Request) -> None:
            report.requests.append(request.url)

        context.on("request", note)
        report.page.goto(report_file.as_uri())
        report.page.evaluate("() => document.fonts.ready.then(() => true)")
        return report

    yield open_window
    for context in contexts:
        context.close()


WINDOWS = [
    pytest.param((width, scheme), id=f"{width}-{scheme}")
    for width in (320, 768, 1280)
    for scheme in ("light", "dark")
]


@pytest.fixture(params=WINDOWS)
def report_page(request: pytest.FixtureRequest, open_report: object) -> OpenReport:
    """The report in each width and colour scheme, with all details opened."""
    width, scheme = request.param
    assert callable(open_report)
    report: OpenReport = open_report(width, scheme=scheme)
    report.page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    return report
