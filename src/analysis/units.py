"""Units of measurement: which can be turned into which, and by what factor."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import pandas as pd

from analysis.errors import DataError, suggest

_MULTIPLES = {
    "tsd": 1e3,
    "tausend": 1e3,
    "t": 1e3,
    "mio": 1e6,
    "million": 1e6,
    "millionen": 1e6,
    "mrd": 1e9,
}
# »T€« and »TEUR« are written without a blank, words only with one.
_MULTIPLE = re.compile(
    r"(?:in )?(?:(?P<word>tsd|tausend|mio|millionen|million|mrd)\.?(?:\s+(?P<of>.+)|$)"
    r"|(?P<sign>t|mio\.?|mrd\.?)(?P<currency>€|eur|euro))"
)


def convert_unit(values: pd.Series, from_unit: str, to_unit: str) -> pd.Series:
    """Return numbers in another unit.

    A month has 30.4375 days and a year 12 months. A ``Stelle`` counts as one ``VZÄ``; shares
    (``Anteil``, 0 to 1) become per cent; thousands and millions are multiplied out.

    Args:
        values: numbers in ``from_unit``.
        from_unit: unit of the file, for instance ``Tage``, ``Anteil``, ``T€``.
        to_unit: unit of the registry, for instance ``Monate``, ``%``, ``EUR``.

    Raises:
        DataError: the units do not measure the same.
    """
    factor = unit_factor(from_unit, to_unit)
    return values if factor == 1 else values * factor


def unit_factor(from_unit: str, to_unit: str) -> float:
    """Return the factor from one unit to another (``Tage`` to ``Monate``: 1/30.4375).

    Raises:
        DataError: the units do not measure the same.
    """
    if _fold(from_unit) == _fold(to_unit):
        return 1.0
    multiple, rest = _split_multiple(_fold(from_unit))
    if multiple != 1 and rest in {"", _fold(to_unit)}:
        return multiple
    factor = _find_factor(rest, _fold(to_unit))
    if factor is None:
        raise DataError(
            f"Die Einheit »{from_unit}« lässt sich nicht in »{to_unit}« umrechnen."
            f"{suggest(from_unit, list_convertible_units(to_unit))}"
        )
    return multiple * factor


def list_convertible_units(to_unit: str) -> tuple[str, ...]:
    """Return the known units that can be turned into a unit, itself first."""
    known = [unit for unit, _, _ in _read_table() if _find_factor(_fold(unit), _fold(to_unit))]
    return tuple(dict.fromkeys((to_unit, *known)))


def _find_factor(source: str, target: str) -> float | None:
    """Return the factor between units, also of rates such as ``Anträge/Jahr``."""
    if source == target:
        return 1.0
    above, _, below = source.partition("/")
    target_above, _, target_below = target.partition("/")
    upper = _find_simple_factor(above.strip(), target_above.strip())
    if not (below or target_below):
        return upper
    lower = _find_simple_factor(below.strip(), target_below.strip())
    return upper / lower if upper and lower else None


def _find_simple_factor(source: str, target: str) -> float | None:
    if source == target:
        return 1.0 if source else None
    bases = _load_bases()
    base, factor = bases.get(source, (source, 1.0))
    target_base, target_factor = bases.get(target, (target, 1.0))
    return factor / target_factor if base == target_base else None


def _split_multiple(unit: str) -> tuple[float, str]:
    found = _MULTIPLE.fullmatch(unit)
    if found is None:
        return 1.0, unit
    word = (found["word"] or found["sign"]).rstrip(".")
    return _MULTIPLES[word], (found["of"] or found["currency"] or "").strip()


def _fold(unit: str) -> str:
    return " ".join(unit.split()).casefold()


@cache
def _load_bases() -> dict[str, tuple[str, float]]:
    return {_fold(unit): (_fold(base), factor) for unit, base, factor in _read_table()}


@cache
def _read_table() -> tuple[tuple[str, str, float], ...]:
    with files("analysis").joinpath("unit_factors.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep=";", dtype={"factor": float}, keep_default_na=False)
    return tuple(table.itertuples(index=False, name=None))
