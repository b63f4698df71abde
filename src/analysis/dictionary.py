"""The data dictionary: the field registry as Markdown (docs/data-dictionary.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.fields import OBSERVATION_TABLES, TABLES, Field, load_measures

COMMAND = (
    '.venv/bin/python -c "from pathlib import Path; from analysis.dictionary import '
    "render_dictionary; Path('docs/data-dictionary.md').write_text(render_dictionary(), 'utf-8')\""
)

TABLE_PURPOSES = {
    "case_counts": "applications, decisions, open cases, durations, recipients",
    "staffing": "posts, persons, absences, strain, equipment of staff",
    "service_adoption": "online services and their use",
    "context": "what frames the others: households, costs, reference values",
    "earlier_deliveries": "Rows of an earlier delivery of an export, kept for comparison only.",
    "unit_names": "Register of organisational units: one row per name, with its validity.",
    "service_names": "Register of benefits and services: one row per name, with its validity.",
    "milestones": "Dated events that charts and texts refer to.",
    "sources": "Every source that a figure was taken from, and the council documents.",
    "services": "Register of services, systems and projects that the council documents name.",
    "motions": "Register of the single demands of council motions, and how they were answered.",
    "equipment": "Register of devices and quotas that the council documents state.",
    "measures": "Measures for relief that council documents name.",
    "assumptions": "Three-point assumptions on measures, caseloads and cases to compare with.",
    "contradictions": "Pairs of figures that cannot both hold, found by comparing observations.",
    "findings": "What is wrong or noteworthy in the raw files, row by row.",
}

_TYPES = {"text": "text", "number": "number", "integer": "whole number", "date": "date"}
_NATURES = {
    "flow": "counted over a period; disjoint periods may be added up",
    "stock": "state on a day; never added up over time",
    "rate": "ratio or mean; neither added up nor averaged without its denominator",
    "duration": "length of time, in the unit given",
    "change": "difference or ratio between two periods",
}
_CLASSES = {
    "public": "no protection needed",
    "cases": "counts of cases or of persons who apply",
    "staff": "counts of employees or posts",
    "rate": "derived from counts",
}
_FIELD_HEADS = ("column", "German label", "type", "required", "allowed values", "meaning")
_MEASURE_HEADS = ("measure", "German label", "unit", "behaviour", "decimals", "class")


def render_dictionary() -> str:
    """Return the data dictionary as Markdown: each table of the registry, then the measures."""
    others = [name for name in TABLES if name not in OBSERVATION_TABLES]
    sections = [
        _introduce(),
        _describe_observations(),
        *(_describe_table(name) for name in others),
        _describe_measures(),
    ]
    return "\n\n".join(sections) + "\n"


def _introduce() -> str:
    return "\n\n".join(
        [
            "# Data dictionary",
            "<!-- Generated from src/analysis/fields.py and measures.csv; do not edit. -->",
            "Tables of the processed data (`data/processed/<edition>/<table>.parquet`). Generated "
            "from the field registry; after a change there, write this page anew:",
            f"```sh\n{COMMAND}\n```",
            "A required text is never empty, a required number or date never missing. An optional "
            "text is empty where there is nothing to say; an optional number or date is missing.",
        ]
    )


def _describe_observations() -> str:
    tables = [f"- `{name}`: {TABLE_PURPOSES[name]}" for name in OBSERVATION_TABLES]
    return "\n\n".join(
        [
            "## Observations",
            "Four tables with the same columns, one row per published or exported figure:",
            "\n".join(tables),
            _tabulate_fields(TABLES[OBSERVATION_TABLES[0]]),
        ]
    )


def _describe_table(name: str) -> str:
    return f"## {name}\n\n{TABLE_PURPOSES[name]}\n\n{_tabulate_fields(TABLES[name])}"


def _describe_measures() -> str:
    measures = load_measures().values()
    rows = [
        (f"`{m.name}`", m.label, m.unit, m.nature, str(m.digits), m.confidentiality)
        for m in measures
    ]
    return "\n\n".join(
        [
            "## Registry of measures",
            "What the column `measure` of the observations may hold.",
            _list_terms("Behaviour over time", _NATURES, {m.nature for m in measures}),
            _list_terms("Confidentiality class", _CLASSES, {m.confidentiality for m in measures}),
            _tabulate(_MEASURE_HEADS, rows),
        ]
    )


def _list_terms(title: str, meanings: dict[str, str], used: Iterable[str]) -> str:
    wanted = set(used)
    lines = [f"- `{term}`: {meaning}" for term, meaning in meanings.items() if term in wanted]
    return "\n".join([f"{title}:", "", *lines])


def _tabulate_fields(fields: Iterable[Field]) -> str:
    return _tabulate(_FIELD_HEADS, [_describe_field(field) for field in fields])


def _describe_field(field: Field) -> tuple[str, ...]:
    required = "yes" if field.required else "no"
    allowed = ", ".join(f"`{value}`" for value in field.allowed)
    return (
        f"`{field.name}`",
        field.label,
        _TYPES[field.kind],
        f"{required}, unique" if field.unique else required,
        allowed,
        field.description,
    )


def _tabulate(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_escape, cells))} |" for cells in lines)


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
