"""Analysts open the notebooks in JupyterLab and run them by hand: each runs through unchanged."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
START_SECONDS = 90
RUN_MILLISECONDS = 180_000

pytestmark = pytest.mark.kernel


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert server.poll() is None, log.read_text("utf-8")[-2000:]
        try:
            with urlopen(f"{address}/api") as answer:
                assert answer.status == 200
                return
        except URLError:
            time.sleep(0.3)
    pytest.fail("JupyterLab was not ready in time")


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab started by ``lagebild lab`` on a copy of the project; its address."""
    home = tmp_path_factory.mktemp("lab")
    project = home / "projekt"
    for part in ("data/raw", "notebooks", "report/editions", "report/template"):
        shutil.copytree(ROOT / part, project / part)
    port = find_free_port()
    environment = {
        **os.environ,
        "LAGEBILD_ROOT": str(project),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        str(Path(sys.executable).with_name("lagebild")), "lab", "--no-browser", "--allow-root",
        f"--port={port}", "--IdentityProvider.token=", "--expose-app-in-browser",
    ]  # fmt: skip
    server = subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=(home / "ausgabe.log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, server, home / "ausgabe.log")
        yield address
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


@pytest.fixture
def lab_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="de-DE")
    yield context.new_page()
    context.close()


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).first.click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).first.click()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_runs_through_unchanged(jupyterlab: str, lab_page: Page, chapter: str) -> None:
    lab_page.goto(f"{jupyterlab}/lab/workspaces/{chapter}/tree/{chapter}.ipynb?reset")
    lab_page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=RUN_MILLISECONDS)
    # The menu acts on a kernel that is connected: the status bar says when.
    lab_page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=RUN_MILLISECONDS)
    run_all(lab_page)
    # A cell that ran bears a number; one that waits or runs bears a star.
    lab_page.wait_for_function(
        """() => {
            const model = window.jupyterapp?.shell?.currentWidget?.content?.model;
            if (!model) return false;
            const code = [...model.cells].filter((cell) => cell.type === "code");
            return code.length > 0 && code.every((cell) => cell.executionCount !== null);
        }""",
        timeout=RUN_MILLISECONDS,
    )
    lab_page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=RUN_MILLISECONDS)
    outputs = lab_page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
            .filter((cell) => cell.type === "code")
            .flatMap((cell) => cell.outputs.toJSON())"""
    )
    assert [output for output in outputs if output["output_type"] == "error"] == []
    blocks = [
        output["data"]["application/vnd.lagebild.block+json"]["id"]
        for output in outputs
        if "application/vnd.lagebild.block+json" in output.get("data", {})
    ]
    assert len(blocks) == len(set(blocks)) > 0
