"""The report as an accessible PDF (PDF/UA-1), set by typst from the same blocks as the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

import typst

from analysis.editions import project_root
from analysis.errors import NotebookError
from analysis.report.pdf_document import Annex, LinkOf, describe_document
from analysis.report.pdf_tables import FONTS
from analysis.report.render import ReportView

STANDARD: typst.PDFStandard = "ua-1"

_TEMPLATE = "report.typ"


def render_pdf(
    view: ReportView, *, annexes: Sequence[Annex] = (), link_of: LinkOf | None = None
) -> bytes:
    """Return the report as a tagged PDF; the same inputs give the same bytes.

    Args:
        view: the report, the same as for the page in HTML.
        annexes: further parts behind the chapters, for instance the proofs of all figures.
        link_of: the anchor of the entry that proves a number, or ``None``.

    Raises:
        NotebookError: the document breaks a rule of PDF/UA-1, for instance by a sign that no font
            has, or a chart cannot be drawn.
        ValueError: ``link_of`` leads to a place that the document does not have.
    """
    document = describe_document(view, annexes=annexes, link_of=link_of)
    folder = project_root() / "report" / "template" / "typst"
    try:
        pdf, warnings = typst.compile_with_warnings(
            folder / _TEMPLATE,
            root=folder,
            font_paths=_fonts(),
            sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
            pdf_standards=STANDARD,
        )
    except typst.TypstError as error:
        raise NotebookError(f"Das PDF lässt sich nicht erzeugen: {_explain(error)}") from error
    if warnings:
        raise NotebookError(f"Das PDF hat Mängel: {_explain(warnings[0])}")
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Return Inter and, for signs that it lacks, the fonts that typst brings along."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def _explain(problem: typst.TypstError | typst.TypstWarning) -> str:
    return "; ".join([problem.message, *problem.hints])
