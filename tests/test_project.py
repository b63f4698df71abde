"""What has to hold for the project as a whole: dependencies, files, notebooks, version."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis.editions import list_editions, load_edition
from analysis.pipeline.notebooks import read_info

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# where conda-forge has another name for a package, or for an extra of it
CONDA_NAMES = {"pandera[pandas]": "pandera-pandas", "typst": "typst-py"}

# put together here so that this file does not name them itself
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "ana" + "conda.org")
_MACHINE_PATH = re.compile(
    r"(?<![\w.:/\\-])(?:/(?:home|Users|root|work|mnt)/[\w.-]+|[A-Z]:\\Users\\)"
)


@cache
def _pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _tracked_files():
    """All files that are, or could be, under version control."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("kein Git-Arbeitsverzeichnis")
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def _read_text(path):
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def _name_with_extras(requirement):
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return requirement.name + extras


class TestEnvironmentFile:
    @pytest.fixture
    def entries(self):
        content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
        assert content["channels"] == ["conda-forge"]
        texts = [entry for entry in content["dependencies"] if isinstance(entry, str)]
        found = [Requirement(text) for text in texts]
        return {canonicalize_name(entry.name): str(entry.specifier) for entry in found}

    def test_has_the_dependencies_of_pyproject_with_the_same_bounds(self, entries):
        project = _pyproject()["project"]
        expected = {"python": project["requires-python"], "pip": ""}
        for text in project["dependencies"]:
            requirement = Requirement(text)
            full = _name_with_extras(requirement)
            expected[canonicalize_name(CONDA_NAMES.get(full, full))] = str(requirement.specifier)

        assert entries == expected

    def test_installs_the_project_itself(self):
        content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))

        assert content["dependencies"][-1] == {"pip": ["-e ."]}


class TestLockFile:
    @pytest.fixture
    def text(self):
        return (ROOT / "requirements.lock").read_text("utf-8")

    @pytest.fixture
    def locked(self, text):
        logical_lines = text.replace("\\\n", " ").splitlines()
        return [line for line in logical_lines if line.strip() and not line.startswith("#")]

    def test_every_package_has_an_exact_version_and_hashes(self, locked):
        wrong = [
            line[:60] for line in locked if not re.match(r"\S+==\S+ .*--hash=sha256:\w{64}", line)
        ]

        assert wrong == []

    def test_names_no_index(self, text):
        assert "://" not in text
        assert "index-url" not in text
        assert "find-links" not in text

    def test_fits_the_direct_dependencies(self, locked):
        versions = {}
        for line in locked:
            name, _, rest = line.partition("==")
            versions.setdefault(canonicalize_name(name), []).append(rest.split()[0])
        project = _pyproject()["project"]
        wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

        unfit = [
            text
            for text in wanted
            if not all(
                Requirement(text).specifier.contains(found)
                for found in versions.get(canonicalize_name(Requirement(text).name), ["0"])
            )
        ]

        assert unfit == []


class TestFiles:
    def test_none_names_a_registry(self):
        found = [
            str(path.relative_to(ROOT))
            for path in _tracked_files()
            if any(host in _read_text(path) for host in _HOSTS)
        ]

        assert found == []

    def test_none_holds_a_path_of_one_machine(self):
        found = [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for path in _tracked_files()
            if (match := _MACHINE_PATH.search(_read_text(path)))
        ]

        assert found == []

    def test_nothing_generated_is_tracked(self):
        generated = ("report/output/", "data/processed/", ".venv/")
        names = [path.relative_to(ROOT).as_posix() for path in _tracked_files()]

        assert [name for name in names if name.startswith(generated)] == []

    def test_modules_do_not_print(self):
        printing = [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for path in sorted((ROOT / "src").rglob("*.py"))
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ]

        assert printing == []


class TestNotebooks:
    @pytest.mark.parametrize("edition", list_editions(ROOT))
    def test_every_chapter_of_an_edition_has_one(self, edition):
        names = {path.stem for path in NOTEBOOKS}

        assert set(load_edition(edition, ROOT).chapters) <= names

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
    def test_is_stored_without_outputs(self, path):
        notebook = json.loads(path.read_text("utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

        assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"]] == []
        assert [cell["id"] for cell in notebook["cells"] if "execution" in cell["metadata"]] == []

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
    def test_declares_blocks_and_takes_all_parameters(self, path):
        info = read_info(path)

        assert info.blocks
        assert info.name[3:] == info.chapter
        assert {
            "EDITION",
            "STICHTAG",
            "VERGLEICHSSTAEDTE",
            "FENSTER_MONATE",
            "ANNAHMEN",
        } <= info.variables


class TestVersion:
    def test_changelog_begins_with_it(self):
        changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
        entries = re.findall(r"^## \[?v?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)

        assert entries[0] == _pyproject()["project"]["version"]

    def test_installed_package_has_it(self):
        assert version("lagebild") == _pyproject()["project"]["version"]


class TestFrontDoor:
    @pytest.mark.skipif(not shutil.which("make"), reason="make fehlt")
    def test_make_lists_every_target(self):
        # the variables of an outer make must not reach this one
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        listed = subprocess.run(
            ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        makefile = (ROOT / "Makefile").read_text("utf-8")
        targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()

        assert [target for target in targets if f"make {target} " not in listed] == []

    def test_ci_script_can_be_run(self):
        script = ROOT / ".ci" / "run"

        assert os.access(script, os.X_OK)
        subprocess.run(["bash", "-n", script], check=True)
