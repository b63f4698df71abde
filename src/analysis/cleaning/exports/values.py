"""Cells as values: numbers by the file's legend, answers, levels of maturity, units."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from analysis.cleaning.exports.keys import Context, personal_fault, replace_words
from analysis.cleaning.exports.personal import HIDDEN, holds_name
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark
from analysis.errors import DataError
from analysis.fields import load_measures
from analysis.mappings import convert_unit
from analysis.readers.values import (
    OFFICIAL_LEGEND,
    PLAIN_LEGEND,
    REGIONAL_LEGEND,
    Legend,
    parse_numbers,
)

ANSWER_UNIT = "1 = ja"
MATURITY = "maturity"
MATURITY_MODELS = {"1.1": 4, "2.0": 7}
"""Highest level of each version of the OZG maturity model (METHODS 3)."""

_LEGENDS = {"plain": PLAIN_LEGEND, "official": OFFICIAL_LEGEND, "regional": REGIONAL_LEGEND}
_ANSWERS = {
    **dict.fromkeys(("ja", "j", "1", "wahr", "true", "yes"), 1.0),
    **dict.fromkeys(("nein", "n", "0", "falsch", "false", "no"), 0.0),
    **dict.fromkeys(("teilweise", "z. t.", "z.t.", "zum teil"), 0.0),
}
_PARTLY = frozenset({"teilweise", "z. t.", "z.t.", "zum teil"})
_NO_ANSWER = {
    "unbekannt": "unbekannt",
    "nicht zutreffend": "nicht zutreffend",
    "entfällt": "nicht zutreffend",
    "-": "keine Angabe",
    "–": "keine Angabe",
    "?": "unbekannt",
}
_LEVEL = re.compile(r"(?:(?:reifegrad|stufe|level)\w*\s*:?\s*)*(\d{1,2})(?:\s*[:–(-].*)?", re.I)
_VERSION = re.compile(r"(?<!\d)([12]\.\d)(?!\d)")
_MONEY = frozenset({"€", "EUR", "Euro"})

_COLUMNS = ["value", "note", "sign", "cell_unit", "problem"]


class Valued(NamedTuple):
    """Cells with a value, and findings on the others."""

    cells: pd.DataFrame
    findings: pd.DataFrame


def read_cell_values(cells: pd.DataFrame, context: Context) -> Valued:
    """Read the texts of cells.

    Args:
        cells: ``text`` and ``measure``.
        context: mapping, registers, file, state.

    Returns:
        The cells that hold a value, with ``value`` [unit of the registry], ``note`` (German,
        what a sign or a flag says about the value), ``measure_unit`` and ``method``. A sign for
        a missing value gives a finding and no value; an empty cell gives neither.

    Raises:
        DataError: the model of maturity levels is not stated, or a unit cannot be converted.
    """
    parts = [
        _read_measure(rows, str(measure), context)
        for measure, rows in cells.groupby("measure", sort=False)
    ]
    if not parts:
        empty = pd.Series(dtype="str")
        blank = dict.fromkeys(("note", "measure_unit", "method"), empty)
        valued = cells.assign(value=pd.Series(dtype="float64"), **blank)
        return Valued(valued, join_findings())
    read = pd.concat(parts).sort_index()
    findings = join_findings(_report_signs(read, context), _report_problems(read, context))
    kept = read.loc[read["value"].notna() & (read["problem"] == "")]
    return Valued(kept.drop(columns=["sign", "cell_unit", "problem"]), findings)


def name_maturity_model(context: Context) -> str:
    """Return the version of the maturity model: stated as its unit, or as the counting method.

    Raises:
        DataError: none is stated, or a version that is not known.
    """
    mapping = context.mapping
    stated = [mapping.units.get(MATURITY, ""), mapping.method]
    found = next((match[1] for text in stated if (match := _VERSION.search(text))), "")
    if found not in MATURITY_MODELS:
        raise DataError(
            f"{context.file}: Zu Reifegraden gehört die Fassung des Modells. Bitte in der "
            'Zuordnung angeben: method = "OZG-Reifegradmodell 1.1" (oder 2.0), oder unter [units] '
            'maturity = "OZG-Reifegradmodell 1.1".'
        )
    return found


def _read_measure(rows: pd.DataFrame, measure: str, context: Context) -> pd.DataFrame:
    registered = load_measures()[measure]
    texts = replace_words(rows["text"].astype("str").str.strip(), measure, context)
    legend = _LEGENDS[context.mapping.legend]
    method = context.mapping.method
    if registered.unit == ANSWER_UNIT:
        read = _read_distinct(texts, lambda text: _read_answer(text, legend))
    elif measure == MATURITY:
        method = f"OZG-Reifegradmodell {name_maturity_model(context)}"
        read = _read_distinct(texts, lambda text: _read_level(text, legend))
    else:
        read = _read_numbers(texts, legend).pipe(_convert, measure, context)
    return rows.join(read).assign(measure_unit=registered.unit, method=method)


def _read_distinct(
    texts: pd.Series, reader: Callable[[str], tuple[float | None, str, str, str]]
) -> pd.DataFrame:
    codes, distinct = pd.factorize(texts)
    rows = [(*reader(str(text))[:3], "", reader(str(text))[3]) for text in distinct]
    frame = pd.DataFrame(rows, columns=_COLUMNS).astype({"value": "float64"})
    return frame.take(codes).set_axis(texts.index)


def _read_answer(text: str, legend: Legend) -> tuple[float | None, str, str, str]:
    bare = " ".join(text.split()).casefold()
    if bare in _ANSWERS:
        note = "teilweise; zählt nicht als ja" if bare in _PARTLY else ""
        return _ANSWERS[bare], note, "", ""
    return _read_missing(text, legend, "ja, nein oder teilweise")


def _read_level(text: str, legend: Legend) -> tuple[float | None, str, str, str]:
    found = _LEVEL.fullmatch(text.strip())
    if found:
        return float(found[1]), "", "", ""
    return _read_missing(text, legend, "eine ganze Stufe")


def _read_missing(text: str, legend: Legend, expected: str) -> tuple[float | None, str, str, str]:
    """Read what stands where there is no answer; a dash is no statement, not a no."""
    if not text:
        return None, "", "", ""
    if meaning := _NO_ANSWER.get(text.casefold()):
        return None, "", meaning, ""
    signs = parse_numbers(pd.Series([text]), legend=legend).iloc[0]
    if signs["code"] and pd.isna(signs["value"]):
        return None, "", _say_code(str(signs["code"]), legend), ""
    return None, "", "", f"erwartet ist {expected}"


def _read_numbers(texts: pd.Series, legend: Legend) -> pd.DataFrame:
    parsed = parse_numbers(texts, legend=legend)
    said = parsed["code"].map({code: _say_code(code, legend) for code in parsed["code"].unique()})
    said = said.astype("str").where(parsed["code"] != "", "")
    valued = parsed["value"].notna()
    nothing = parsed["code"].isin(["nothing", "empty"])
    marks = ("Fußnote " + parsed["mark"]).where(parsed["mark"] != "", "")
    notes = said.where(valued & ~nothing, "")
    joined = (notes + "; " + marks).str.strip("; ")
    return pd.DataFrame(
        {
            "value": parsed["value"],
            "note": joined,
            "sign": said.where(~valued & ~nothing, ""),
            "cell_unit": parsed["unit"],
            "problem": parsed["problem"].str.replace(r"^».*«: ", "", regex=True),
        },
        columns=_COLUMNS,
    )


def _say_code(codes: str, legend: Legend) -> str:
    texts = {meaning.code: meaning.text for meaning in legend.values()}
    return ", ".join(texts.get(code, code) for code in codes.split())


def _convert(read: pd.DataFrame, measure: str, context: Context) -> pd.DataFrame:
    """Bring values into the registry's unit; a unit in the cell goes before that of the file."""
    registered = load_measures()[measure].unit
    stated = context.mapping.units.get(measure, registered)
    money = read["cell_unit"].isin(list(_MONEY))
    shares = read["cell_unit"].isin(["%", "‰"])
    foreign = (shares & (registered != "%")) | (money & (not registered.startswith("EUR")))
    problem = read["problem"].mask(
        foreign, f"die Zelle nennt eine andere Einheit als »{registered}«"
    )
    value = read["value"].mask(foreign)
    percent = shares & ~foreign
    value = value.mask(read["cell_unit"].eq("‰") & percent, value / 10)
    note = read["note"]
    if stated != registered:
        converted = convert_unit(value, stated, registered)
        value = value.where(percent, converted)
        said = (note + f"; umgerechnet aus: {stated}").str.strip("; ")
        note = note.where(percent | value.isna(), said)
    return read.assign(value=value, note=note, problem=problem)


def _report_signs(read: pd.DataFrame, context: Context) -> pd.DataFrame:
    rows = read.loc[read["sign"] != ""]
    fault = Fault(
        "lesen",
        "hinweis",
        "teilweise",
        "ein Wert",
        "Das Zeichen steht für »" + rows["sign"] + "«; es ergibt keinen Wert, auch keine Null.",
    )
    return mark(rows, fault, file=context.file, column=rows["column"], found=rows["text"])


def _report_problems(read: pd.DataFrame, context: Context) -> pd.DataFrame:
    rows = read.loc[read["problem"] != ""]
    if rows.empty:
        return join_findings()
    personal = rows["text"].map({text: holds_name(text) for text in rows["text"].unique()})
    wrong, named = rows.loc[~personal.astype("bool")], rows.loc[personal.astype("bool")]
    expected = wrong["measure"].map({name: _say_expected(name) for name in wrong["measure"]})
    fault = Fault(
        "wert",
        "fehler",
        "teilweise",
        expected,
        "Der Wert ist nicht lesbar: " + wrong["problem"] + ".",
    )
    return join_findings(
        mark(wrong, fault, file=context.file, column=wrong["column"], found=wrong["text"].str[:60]),
        mark(
            named,
            personal_fault("teilweise"),
            file=context.file,
            column=named["column"],
            found=HIDDEN,
        ),
    )


def _say_expected(measure: str) -> str:
    registered = load_measures()[measure]
    if registered.unit == ANSWER_UNIT:
        return "ja, nein, teilweise oder unbekannt"
    if measure == MATURITY:
        return "eine Stufe, zum Beispiel 3 oder Stufe 3"
    return f"eine Zahl in deutscher Schreibweise [{registered.unit}]"
