"""The workspace of a notebook: one edition with its processed data, as of its Stichtag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Unpack

import pandas as pd

from analysis.assumed import require_known
from analysis.disclosure.gate import make_gate, require_allowed_number
from analysis.disclosure.signs import SECRET
from analysis.disclosure.wording import HIDDEN_WORDS
from analysis.disclosure_policy import DisclosureError
from analysis.editions import Edition, load_edition, project_root
from analysis.errors import UsageError, suggest
from analysis.fields import OBSERVATION_TABLES, TABLES
from analysis.indicators.assumptions import change_assumptions, list_assumed, name_source
from analysis.indicators.statements import Figure, KeyFigure, Statement
from analysis.models.origins import join_facts
from analysis.prepare import prepare_data
from analysis.presentation.blocks import Source, Table
from analysis.presentation.html import figure_text
from analysis.presentation.numbers import Number, Origin
from analysis.presentation.phrases import join_words
from analysis.presentation.show import Presenter, Value
from analysis.presentation.tables import (
    NumberOptions,
    Spec,
    label_row,
    make_table,
    trace_number,
)


class Workspace:
    """An edition with its data.

    Observations whose period starts after the Stichtag, documents
    dated after it and contradictions between such rows are left out.

    An edition with a disclosure rule takes released tables only (``release_observations``); each
    number says what it counts, and a number that the rule does not allow stops the notebook.

    Raises:
        DisclosureError: the edition has a rule, and the tables are not released.
    """

    def __init__(self, edition: Edition, tables: Mapping[str, pd.DataFrame]) -> None:
        self.edition = edition
        self.parameters = edition.parameters
        self._tables = tables
        self._policy = edition.disclosure
        if self._policy is not None:
            _require_released(tables)

    def __repr__(self) -> str:
        return (
            f"Edition »{self.edition.name}« · {self.edition.title} · "
            f"Stichtag {self.parameters.stichtag:%d.%m.%Y}"
        )

    @property
    def stichtag(self) -> pd.Timestamp:
        """Key date of the report."""
        return pd.Timestamp(self.parameters.stichtag)

    @cached_property
    def case_counts(self) -> pd.DataFrame:
        """Observations on cases: received, decided, open, durations."""
        return self._observations("case_counts")

    @cached_property
    def staffing(self) -> pd.DataFrame:
        """Observations on posts, persons, absences and equipment."""
        return self._observations("staffing")

    @cached_property
    def service_adoption(self) -> pd.DataFrame:
        """Observations on online services and their use."""
        return self._observations("service_adoption")

    @cached_property
    def context(self) -> pd.DataFrame:
        """Observations that frame the others: households, costs, reference values."""
        return self._observations("context")

    @cached_property
    def observations(self) -> pd.DataFrame:
        """All observations of the four tables, with the column ``table``."""
        parts = [self._observations(name).assign(table=name) for name in OBSERVATION_TABLES]
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def milestones(self) -> pd.DataFrame:
        """Dated events."""
        return self._until("milestones", "period_start")

    @cached_property
    def services(self) -> pd.DataFrame:
        """Register of services, systems and projects."""
        return self._until("services", "as_of")

    @cached_property
    def motions(self) -> pd.DataFrame:
        """Register of the demands of council motions."""
        return self._until("motions", "motion_date")

    @cached_property
    def equipment(self) -> pd.DataFrame:
        """Register of equipment."""
        return self._until("equipment", "period_start")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Measures for relief, as council documents name them."""
        return self._tables["measures"]

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """Assumptions on the measures; ``origins`` lead to the figures that they rest on."""
        stored = change_assumptions(self._tables["assumptions"], self.parameters.annahmen)
        return join_facts(stored, self.observations)

    @cached_property
    def assumed(self) -> pd.DataFrame:
        """Assumptions of the edition: targets, limits, working times (``[[assume]]``)."""
        changed = change_assumptions(self._stated, self.parameters.annahmen)
        return join_facts(changed, self.observations)

    @cached_property
    def _stated(self) -> pd.DataFrame:
        return list_assumed(self.edition.assume, edition=self.edition.name)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Register of sources."""
        return self._tables["sources"]

    @cached_property
    def _citable(self) -> pd.DataFrame:
        """The register of sources and, as one more, the edition's own file with assumptions."""
        if self._stated.empty:
            return self.sources
        own = {
            "source_id": name_source(self.edition.name),
            "title": f"Annahmen der Edition (report/editions/{self.edition.name}.toml)",
            "url": "",
            "kind": "Annahme",
        }
        return pd.concat([self.sources, pd.DataFrame([own])], ignore_index=True)

    @cached_property
    def unit_names(self) -> pd.DataFrame:
        """Register of names of organisational units."""
        return self._names("unit_names")

    @cached_property
    def service_names(self) -> pd.DataFrame:
        """Register of names of services."""
        return self._names("service_names")

    def _names(self, table: str) -> pd.DataFrame:
        columns = [field.name for field in TABLES[table]]
        return self._tables.get(
            table, pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
        )

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Findings of the cleaning."""
        return self._tables["findings"]

    @cached_property
    def contradictions(self) -> pd.DataFrame:
        """Contradictions between sources, both sides known at the Stichtag."""
        rows = self._tables["contradictions"]
        known = set(self.observations["origin"])
        both = rows["first_origin"].isin(known) & rows["second_origin"].isin(known)
        return rows.loc[both].reset_index(drop=True)

    @cached_property
    def show(self) -> Presenter:
        """Shows text, charts and tables as blocks."""
        return Presenter(
            self._find_sources,
            synthetic=self.edition.origin == "synthetic",
            omit=self.edition.omit,
            release=None if self._policy is None else make_gate(self._policy),
        )

    def number(self, row: pd.Series[Any], **options: Unpack[NumberOptions]) -> Number:
        """Return the traced number of a row of results (see ``tables.trace_number``).

        Raises:
            DisclosureError: the number is suppressed or not labelled, or the rule of the edition
                does not allow it.
        """
        if self.is_hidden(row, options.get("key", "value")):
            raise DisclosureError(
                f"Spalte »{options.get('key', 'value')}«: Die Zahl ist {HIDDEN_WORDS}. "
                "Bitte »value« oder »say« verwenden oder die Zeile auslassen (is_hidden)."
            )
        number = trace_number(row, self.resolve, **options)
        if self._policy is not None:
            require_allowed_number(number, options.get("key", "value"), self._policy)
        return number

    def is_hidden(self, row: pd.Series[Any], key: str = "value") -> bool:
        """Return whether a row's figure is left out because the edition protects it."""
        return self._policy is not None and bool(pd.isna(row[key]))

    def value(self, row: pd.Series[Any], **options: Unpack[NumberOptions]) -> Value:
        """Return a row's number for a text, or the words »geheim gehalten«."""
        if self.is_hidden(row, options.get("key", "value")):
            return HIDDEN_WORDS
        return self.number(row, **options)

    def say(self, row: pd.Series[Any], **options: Unpack[NumberOptions]) -> str:
        """Return a row's figure with its unit as words, for titles (see ``number``)."""
        value = self.value(row, **options)
        return value if isinstance(value, str) else figure_text(value)

    def count(self, row: pd.Series[Any], key: str) -> str:
        """Return a row's exact count without unit, for titles: of things that need no protection.

        A count of cases or persons goes through ``say`` with its measure.
        """
        return self.say(row, key=key, lower="", unit="", measure="public")

    def say_counts(self, rows: pd.DataFrame, label: str) -> str:
        """Return counts with their labels as an enumeration: ``3 geplant und 2 produktiv``."""
        return join_words(
            [f"{self.count(row, 'count')} {row[label]}" for _, row in rows.iterrows()]
        )

    def signs(self, rows: pd.DataFrame, *, digits: int = 0, measure: str = "") -> list[str]:
        """Return labels for the figures of a chart: ``≈ 17``, ``≥ 18``, ``3,9``.

        Args:
            rows: results with ``value`` and bounds.
            digits: decimal places.
            measure: what the figures count; by default the rows' ``measure``.
        """
        return [self._sign(row, digits, measure) for _, row in rows.iterrows()]

    def _sign(self, row: pd.Series[Any], digits: int, measure: str) -> str:
        if self.is_hidden(row):
            return SECRET
        if self._policy is not None:
            self.number(row, digits=digits, measure=measure)
        return label_row(row, digits=digits)

    def key_figures(self, figures: Iterable[KeyFigure]) -> list[tuple[str, Number, str]]:
        """Return key figures in the form that ``show.key_figures`` takes.

        A figure that is left out because the edition protects it makes no key figure.
        """
        counted = [
            (item.label, self._count(item.figure, label=item.label), item.context)
            for item in figures
        ]
        return [
            (label, number, context)
            for label, number, context in counted
            if isinstance(number, Number)
        ]

    def points(self, statements: Iterable[Statement]) -> list[tuple[str, dict[str, Value]]]:
        """Return statements in the form that ``show.points`` takes."""
        return [
            (
                item.template,
                {
                    **{name: self._count(figure) for name, figure in item.figures.items()},
                    **item.words,
                },
            )
            for item in statements
        ]

    def _count(self, figure: Figure, label: str = "") -> Value:
        options: NumberOptions = {
            "key": figure.key,
            "unit": figure.unit,
            "digits": figure.digits,
            "label": label,
            "measure": getattr(figure, "measure", ""),
        }
        if figure.exact:
            options |= {"lower": "", "upper": ""}
        return self.value(figure.row, **options)

    def table(self, frame: pd.DataFrame, specs: list[Spec], *, caption: str) -> Table:
        """Return ``frame`` as a data table with traced numbers (see ``tables.make_table``)."""
        return make_table(
            frame,
            specs,
            caption=caption,
            resolve=self.resolve,
            missing="" if self._policy is None else SECRET,
        )

    def resolve(self, keys: Iterable[str]) -> tuple[Origin, ...]:
        """Return the origins behind the keys ``file#line``, each once, in order."""
        return tuple(self._origins[key] for key in dict.fromkeys(keys) if key in self._origins)

    @cached_property
    def _origins(self) -> dict[str, Origin]:
        names = [name for name in self._tables if name in TABLES and self._has_origin(name)]
        parts = [*(self._tables[name] for name in names), self.assumed]
        rows = pd.concat(parts, ignore_index=True)
        quotes = rows["published"] if "published" in rows else pd.Series("", index=rows.index)
        return {
            key: Origin(key=key, quote=quote, source_id=source)
            for key, quote, source in zip(
                rows["origin"], quotes.fillna(""), rows["source_id"].fillna(""), strict=True
            )
        }

    @staticmethod
    def _has_origin(table: str) -> bool:
        return {"origin", "source_id"} <= {field.name for field in TABLES[table]}

    def _find_sources(self, identifiers: Iterable[str]) -> tuple[Source, ...]:
        register = self._citable.set_index("source_id")
        return tuple(
            Source(source_id=key, title=row["title"], url=row["url"], kind=row["kind"])
            for key, row in register.reindex(list(identifiers)).dropna(subset=["title"]).iterrows()
        )

    def _observations(self, table: str) -> pd.DataFrame:
        rows = self._tables[table]
        starts = rows["period_start"].fillna(rows["period_end"])
        return rows.loc[starts.isna() | (starts <= self.stichtag)].reset_index(drop=True)

    def _until(self, table: str, column: str) -> pd.DataFrame:
        rows = self._tables[table]
        known = rows[column].isna() | (rows[column] <= self.stichtag)
        return rows.loc[known].reset_index(drop=True)


def open_edition(name: str = "muenchen", **parameters: object) -> Workspace:
    """Open an edition for a notebook.

    Data that are not prepared yet are prepared first, so that a notebook runs by hand as well.

    Args:
        name: edition, a file of ``report/editions``.
        parameters: ``stichtag``, ``vergleichsstaedte``, ``fenster_monate``, ``annahmen``; ``None``
            stands for the edition's own value.

    Raises:
        UsageError: the edition, a parameter or a value is unknown.
        DataError: the data must not be reported on.
    """
    root = project_root()
    given = {key: value for key, value in parameters.items() if value is not None}
    edition = load_edition(name, root).with_parameters(given)
    prepared = prepare_data(edition, root)
    check_cities(edition.parameters.vergleichsstaedte, prepared.places)
    check_changes(edition, prepared.tables["assumptions"])
    return Workspace(edition, prepared.released)


def _require_released(tables: Mapping[str, pd.DataFrame]) -> None:
    if any("sign" not in tables[name] for name in OBSERVATION_TABLES):
        raise DisclosureError(
            "Die Edition schützt kleine Zahlen; Notebooks dürfen nur freigegebene Tabellen "
            "verwenden."
        )


def check_changes(edition: Edition, assumptions: pd.DataFrame) -> None:
    """Stop where the parameter ``annahmen`` changes an assumption that does not exist.

    Args:
        edition: with the parameters in effect.
        assumptions: table ``assumptions``.

    Raises:
        UsageError: names the nearest known one.
    """
    known = [item.key for item in edition.assume] + assumptions["assumption_id"].tolist()
    require_known(edition.parameters.annahmen, known)


def check_cities(cities: Iterable[str], places: Iterable[str]) -> None:
    """Stop where a city to compare with has no figures.

    Raises:
        UsageError: a city is unknown; the message names the nearest known one.
    """
    known = sorted(places)
    for city in cities:
        if city not in known:
            raise UsageError(
                f"Parameter »vergleichsstaedte«: Für »{city}« liegen keine Angaben vor."
                f"{suggest(city, known)} Vorhanden sind: {', '.join(known)}."
            )
