"""Changed history: values that differ from the previous delivery of the same data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cleaning.exports.rows import QUALIFIER
from analysis.cleaning.exports.wording import say_values
from analysis.cleaning.findings import join_findings
from analysis.cleaning.marks import Fault, mark, read_origins
from analysis.fields import OBSERVATION_TABLES
from analysis.readers.delimited import LINE

_KEY = [
    "dataset",
    "service",
    "unit",
    "group",
    "place",
    "measure",
    "kind",
    "method",
    "period_start",
    "period_end",
]
_RELATIVE = 1e-9


def check_history(tables: dict[str, pd.DataFrame], earlier: pd.DataFrame) -> pd.DataFrame:
    """Compare an edition with earlier deliveries.

    Args:
        tables: tables of observations by name.
        earlier: observations with the column ``dataset``; of several deliveries the last row of
            a key counts.

    Returns:
        A warning on each value that was another one before.
    """
    parts = [
        tables[name].loc[tables[name]["qualifier"] == QUALIFIER].assign(dataset=name)
        for name in OBSERVATION_TABLES
        if name in tables and len(tables[name])
    ]
    if not parts or earlier.empty:
        return join_findings()
    now = pd.concat(parts, ignore_index=True)
    then = earlier.drop_duplicates(_KEY, keep="last")[[*_KEY, "value", "source_id"]]
    both = now.merge(then, on=_KEY, suffixes=("", "_then"))
    same = np.isclose(both["value"], both["value_then"], rtol=_RELATIVE, atol=_RELATIVE)
    changed = both.loc[~same]
    places = read_origins(changed["origin"]).rename(columns={"row": LINE})
    before = say_values(changed["value_then"], changed["measure_unit"])
    fault = Fault(
        "historie",
        "warnung",
        "nein",
        before + " wie in " + changed["source_id_then"].astype("str"),
        "Der Wert ist ein anderer als in der vorigen Lieferung.",
    )
    # A computed value is said as such, not by the number of its cases.
    computed = places[LINE] == 0
    said = say_values(changed["value"], changed["measure_unit"])
    found = changed["published"].astype("str").mask(computed, said)
    return mark(places, fault, file=places["file"], column=places["column"], found=found)
