"""The whole set of files: simulate, draft, plant faults, write, describe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import UsageError
from analysis.mappings import MAPPING_SUFFIX
from analysis.muster import drafting, measures, plans, registers
from analysis.muster import faults as planting
from analysis.muster.describe import write_mapping, write_sidecar
from analysis.muster.drafts import Anchor, Draft
from analysis.muster.simulation import City, simulate_city
from analysis.muster.text_files import TextLayout, write_long_text, write_text
from analysis.muster.workbooks import BookLayout, write_workbook
from analysis.sources import SIDECAR_SUFFIX

FEWEST_CASES, MOST_CASES = 1000, 20_000_000
LEDGER_COLUMNS = ("check", "file", "row", "column", "description")


@dataclass(frozen=True)
class Muster:
    """A set of synthetic raw files.

    Attributes:
        files: content by file name, with sidecars and mappings.
        ledger: the faults that were planted: ``check`` (``fields.CHECKS``), ``file``, ``row``
            (line of the file or row of the sheet, 0 for the file), ``column``, ``description``
            (German).
    """

    files: dict[str, bytes]
    ledger: pd.DataFrame


def make_muster(seed: int = 1, cases: int = 20_000, faults: int = 1) -> Muster:
    """Make the set; the same arguments give the same bytes.

    Args:
        seed: start of chance, not negative.
        cases: number of applications for Wohngeld.
        faults: faults of each kind; the figures are those of the faultless set apart from them.

    Raises:
        UsageError: an argument is out of range.
    """
    _check_arguments(seed, cases)
    planting.check_fault_count(faults)
    city = simulate_city(seed, cases)
    drafts, lines = _draft_all(city, seed)
    rng = np.random.default_rng([seed, 2])
    hidden: list[Anchor] = []
    if faults:
        hidden = _plant_all(drafts, lines, city, faults, rng)
    earlier, kept = drafting.draft_earlier(drafts[plans.COUNTS])
    if faults:
        planting.plant_history(drafts[plans.COUNTS], earlier, kept, faults, rng)
    drafts[plans.EARLIER] = earlier
    contents: dict[str, bytes] = {}
    ledger: list[pd.DataFrame] = []
    for name, draft in drafts.items():
        layout = _adapt_layout(plans.PLANS[name].layout, draft, hidden)
        content, places = _write(draft, layout, lines if name == plans.CASES else None)
        contents[name] = content
        ledger.append(_list_faults(name, draft, places))
    return Muster(_describe(contents, seed, cases), _join_ledger(ledger))


def write_muster(muster: Muster, folder: Path) -> None:
    """Write all files into a folder, which is created where it is missing.

    Raises:
        UsageError: the folder holds raw files of another origin, or such that are not of the set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    foreign = [path.name for path in sorted(folder.iterdir()) if _is_foreign(path, muster)]
    if foreign:
        raise UsageError(
            f"Der Ordner {folder.name} enthält Dateien, die nicht zu den Musterdaten gehören: "
            f"{', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}."
        )
    for name, content in muster.files.items():
        (folder / name).write_bytes(content)


def _is_foreign(path: Path, muster: Muster) -> bool:
    if path.name.startswith("."):
        return False
    if path.name not in muster.files:
        return True
    # Files of a city may bear the same names (services.csv).
    return path.name.endswith(SIDECAR_SUFFIX) and b'origin = "synthetic"' not in path.read_bytes()


def _check_arguments(seed: int, cases: int) -> None:
    if seed < 0:
        raise UsageError(f"Startwert {seed}: erlaubt sind ganze Zahlen ab 0.")
    if not FEWEST_CASES <= cases <= MOST_CASES:
        raise UsageError(
            f"Vorgänge: {cases} ist nicht möglich, erlaubt sind {FEWEST_CASES} bis {MOST_CASES}."
        )


def _draft_all(city: City, seed: int) -> tuple[dict[str, Draft], list[str]]:
    rng = np.random.default_rng([seed, 1])
    cases, lines = drafting.draft_cases(city, rng)
    return {
        plans.CASES: cases,
        plans.COUNTS: drafting.draft_counts(city),
        plans.STAFF: drafting.draft_staff(city),
        plans.STRAIN: drafting.draft_strain(city),
        plans.VACANCIES: drafting.draft_vacancies(city),
        plans.ADOPTION: drafting.draft_channels(city),
        plans.FORMS: drafting.draft_forms(city),
        plans.STATES: drafting.draft_states((plans.OLD_YEARS[-1] + 1,)),
        plans.OLD_STATES: drafting.draft_states(plans.OLD_YEARS),
        plans.RECIPIENTS: drafting.draft_recipients(city, rng),
        plans.HOUSEHOLDS: drafting.draft_households(rng),
        plans.UNIT_REGISTER: registers.draft_units(),
        plans.SERVICE_REGISTER: registers.draft_services(),
        plans.DIGITAL_REGISTER: registers.draft_digital_services(),
        plans.MOTION_REGISTER: registers.draft_motions(),
        plans.EQUIPMENT_REGISTER: registers.draft_equipment(),
        plans.MEASURE_REGISTER: measures.draft_measures(city),
    }, lines


def _plant_all(
    drafts: dict[str, Draft], lines: list[str], city: City, faults: int, rng: np.random.Generator
) -> list[Anchor]:
    planting.plant_in_cases(drafts[plans.CASES], lines, city, faults, rng)
    hidden = planting.plant_in_counts(drafts[plans.COUNTS], faults, rng)
    plain: dict[str, Callable[[Draft, int, np.random.Generator], None]] = {
        plans.STAFF: planting.plant_in_staff,
        plans.STRAIN: planting.plant_in_strain,
        plans.VACANCIES: planting.plant_in_vacancies,
        plans.ADOPTION: planting.plant_in_channels,
        plans.FORMS: planting.plant_in_forms,
        plans.STATES: planting.plant_in_states,
    }
    for name, plant in plain.items():
        plant(drafts[name], faults, rng)
    return hidden


def _adapt_layout(
    layout: TextLayout | BookLayout, draft: Draft, hidden: list[Anchor]
) -> TextLayout | BookLayout:
    """Add the column and rows that are hidden."""
    if not isinstance(layout, BookLayout) or planting.HIDDEN_COLUMN not in draft.columns:
        return layout
    return replace(
        layout,
        upper=(*layout.upper, ""),
        lower=(*layout.lower, planting.HIDDEN_COLUMN),
        hidden_columns=(planting.HIDDEN_COLUMN,),
        hidden_rows=frozenset(hidden),
    )


def _write(
    draft: Draft, layout: TextLayout | BookLayout, lines: list[str] | None
) -> tuple[bytes, dict[Anchor, int]]:
    if isinstance(layout, BookLayout):
        return write_workbook(draft, layout)
    if lines is not None:
        return write_long_text(draft, lines, layout)
    return write_text(draft, layout)


def _list_faults(name: str, draft: Draft, places: dict[Anchor, int]) -> pd.DataFrame:
    rows = [
        (edit.check, name, places[edit.anchor] if edit.anchor else 0, edit.column, edit.description)
        for edit in draft.edits
    ]
    return pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))


def _join_ledger(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(LEDGER_COLUMNS))
    joined = pd.concat(filled, ignore_index=True)
    return joined.sort_values(["file", "row", "column", "check"], ignore_index=True)


def _describe(contents: dict[str, bytes], seed: int, cases: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, content in sorted(contents.items()):
        description = plans.PLANS[name].description
        files[name] = content
        if description.mapping:
            files[name + MAPPING_SUFFIX] = write_mapping(description)
        files[name + SIDECAR_SUFFIX] = write_sidecar(description, content, seed=seed, cases=cases)
    return files
