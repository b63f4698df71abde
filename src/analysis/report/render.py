"""One self-contained HTML file out of executed chapter notebooks."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import default

from analysis import presentation
from analysis.editions import Edition, project_root
from analysis.errors import DataError
from analysis.presentation.formats import format_date
from analysis.presentation.html import block_to_html, is_web_address
from analysis.report.collect import Chapter, PlacedBlock, merge_notebooks, split_chapters
from analysis.report.hints import Hint, collect_hints
from analysis.report.register import Register, build_register

TEMPLATE_NAME = "lagebild"
FONTS = Path(presentation.__file__).parent / "fonts"

_PARAMETER_LABELS = {
    "stichtag": "Stichtag",
    "vergleichsstaedte": "Vergleichsstädte",
    "fenster_monate": "Fenster für gleitende Mittel in Monaten",
    "annahmen": "Annahmen mit anderem Wert",
}


@dataclass(frozen=True)
class Frontmatter:
    """What the report says about itself.

    Attributes:
        edition: as built, with all changed parameters.
        state_of_data: German text, for instance ``Januar 2026``.
        deviations: label of a parameter that differs from the edition to its value.
        built_on: day of the build, if it is to be shown.
        footer_links: label and address of further documents that belong to the report.
    """

    edition: Edition
    state_of_data: str
    deviations: tuple[tuple[str, str], ...] = ()
    built_on: dt.date | None = None
    footer_links: tuple[tuple[str, str], ...] = ()

    @property
    def is_synthetic(self) -> bool:
        """Whether the whole report shows Musterdaten."""
        return self.edition.origin == "synthetic"


@dataclass(frozen=True)
class ReportView:
    """All that the template shows."""

    front: Frontmatter
    chapters: tuple[Chapter, ...]
    register: Register
    hints: tuple[Hint, ...]

    def render_block(self, placed: PlacedBlock) -> Markup:
        """Return the HTML of a block with its number and its source references."""
        frame = self.register.frame(placed, synthetic=self.front.is_synthetic)
        return Markup(block_to_html(placed.block, frame))


def make_front(
    edition: Edition,
    *,
    built_on: dt.date | None,
    deviations: Mapping[str, str],
    state_of_data: str,
    footer_links: Sequence[tuple[str, str]] = (),
) -> Frontmatter:
    """Return what stands before and after the chapters.

    Args:
        edition: the edition that the notebooks were executed with.
        built_on: shown in the footer; ``None`` leaves it out.
        deviations: parameter name to value, where it differs from the edition's file.
        state_of_data: German text that says how recent the data are.
        footer_links: label and address of further documents, for instance the downloads.
    """
    return Frontmatter(
        edition=edition,
        state_of_data=state_of_data,
        deviations=tuple(
            (_PARAMETER_LABELS.get(name, name), _format_value(value))
            for name, value in deviations.items()
        ),
        built_on=built_on,
        footer_links=tuple(footer_links),
    )


def render_report(notebooks: Sequence[Path], front: Frontmatter) -> str:
    """Return the report as one HTML file; the same inputs give the same text.

    Args:
        notebooks: executed notebooks, one per chapter, in the order of the report.
        front: what stands before and after the chapters (see ``make_front``).

    Raises:
        NotebookError: a notebook is not as a chapter has to be.
        DataError: a documented edition contains Musterdaten.
    """
    merged = merge_notebooks(notebooks)
    exporter = ReportExporter()  # type: ignore[no-untyped-call]
    html, _ = exporter.from_notebook_node(merged, resources={"front": front})
    return html


def build_view(chapters: tuple[Chapter, ...], front: Frontmatter) -> ReportView:
    """Return all that a renderer shows: HTML and PDF are made from the same.

    Raises:
        DataError: a documented edition contains Musterdaten.
    """
    blocks = [block for chapter in chapters for block in chapter.blocks]
    if not front.is_synthetic and any(block.synthetic for block in blocks):
        raise DataError(
            f"Edition »{front.edition.name}« ist dokumentiert, enthält aber Musterdaten. "
            "Beides wird nie vermischt."
        )
    hints = collect_hints(blocks, synthetic=front.is_synthetic)
    return ReportView(front, chapters, build_register(chapters), hints)


class ChapterPreprocessor(Preprocessor):
    """Reads chapters and blocks out of the merged notebook (enabled in ``conf.json``)."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put a `ReportView` into ``resources`` and leave no cell for anything else to show."""
        front: Frontmatter = resources["front"]
        resources["report"] = build_view(split_chapters(nb), front)
        nb.cells = []
        return nb, resources


class ReportExporter(TemplateExporter):
    """nbconvert exporter with the template in ``report/template/lagebild``."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _default_file_extension(self) -> str:
        return ".html"

    @default("template_name")
    def _default_template_name(self) -> str:
        return TEMPLATE_NAME

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(_template_folder().parent)]

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        # nbconvert escapes nothing by itself; here every text comes from data.
        environment.autoescape = True
        environment.undefined = StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {"german_date": format_date, "css_string": quote_for_css}
        environment.globals |= {
            "font": embed_font,
            "stylesheet": read_stylesheet,
            "is_web_address": is_web_address,
        }
        environment.tests["placed_block"] = _is_placed_block
        return environment


def quote_for_css(text: str) -> Markup:
    """Return ``text`` as a CSS string that can end neither the string nor the style element."""
    escaped = "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)
    return Markup(f'"{escaped}"')


@lru_cache
def embed_font(name: str) -> Markup:
    """Return the data URI of a font file of the presentation room."""
    data = b64encode((FONTS / name).read_bytes()).decode("ascii")
    return Markup(f"data:font/woff2;base64,{data}")


def read_stylesheet() -> Markup:
    """Return the template's style sheet, which is part of the project and not escaped."""
    return Markup((_template_folder() / "style.css").read_text("utf-8"))


def _template_folder() -> Path:
    return project_root() / "report" / "template" / TEMPLATE_NAME


def _is_placed_block(part: object) -> bool:
    return isinstance(part, PlacedBlock)


def _format_value(value: str) -> str:
    try:
        return format_date(dt.date.fromisoformat(value))
    except ValueError:
        return value
