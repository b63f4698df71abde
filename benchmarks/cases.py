"""How long case-level exports take: cleaning, beside merely parsing and beside plain pandas.

    python -m benchmarks.cases --rows 10000000
    python -m benchmarks.cases --rows 200000 --repeat 1

Each measurement runs in a process of its own, by turns, so that a busy moment of the machine does
not fall on one of them alone; the best of all turns counts. The time of importing is left out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from analysis.cleaning.cases import Executor, Threads, clean_cases, open_cluster
from analysis.cleaning.names import Names, make_names
from analysis.mappings import Mapping
from benchmarks.case_file import AS_OF, CHANNELS, SERVICES, UNITS, Faults, write_case_file

LIMIT_PARSING, LIMIT_PANDAS, LIMIT_MEMORY = 2.0, 3.5, 1.5
LIMITS_FROM_ROWS = 5_000_000  # fixed costs of a second weigh on smaller ones
DAYS = ("Eingang", "Vollständig", "Entschieden")
TEXTS = ("Dienststelle", "Leistung", "Eingangsweg")


def parse_only(path: Path) -> dict[str, int]:
    """Let pyarrow read the whole file into typed columns, with all its threads."""
    days = dict.fromkeys(DAYS, pa.timestamp("s"))
    table = arrow_csv.read_csv(
        path,
        read_options=arrow_csv.ReadOptions(encoding="cp1252"),
        parse_options=arrow_csv.ParseOptions(delimiter=";", invalid_row_handler=lambda row: "skip"),
        convert_options=arrow_csv.ConvertOptions(
            decimal_point=",",
            timestamp_parsers=["%d.%m.%Y"],
            null_values=["", "31.02.2020"],
            column_types={
                "Vorgang": pa.int64(),
                "Betrag": pa.float64(),
                **days,
                **dict.fromkeys(TEXTS, pa.string()),
            },
        ),
    )
    return {"rows": table.num_rows}


def clean(path: Path) -> dict[str, int]:
    """Clean the file as a build does: tables and findings."""
    return _clean(path, None)


def clean_on_cluster(path: Path) -> dict[str, int]:
    """Clean the file on two worker processes of a Dask scheduler."""
    with (
        import_module("distributed").LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as local,
        open_cluster(local.scheduler_address) as cluster,
    ):
        return _clean(path, cluster)


def read_with_pandas(path: Path) -> dict[str, int]:
    """Read the file with pandas and make the same monthly tables by groupby, without any check."""
    rows, days = _read_pandas(path)
    received, complete, decided = (days[name] for name in DAYS)
    keys = [rows["Leistung"], rows["Dienststelle"]]
    month_in = received.dt.to_period("M").rename("Monat")
    month_out = decided.dt.to_period("M").rename("Monat")
    counted = rows.groupby([*keys, month_in], observed=True).size()
    closed = rows.groupby([*keys, month_out], observed=True).size()
    rows.groupby([*keys, month_in, rows["Eingangsweg"]], observed=True).size()
    # Stock and age of open cases follow from receipts by month of decision.
    rows.groupby([*keys, month_in, month_out.rename("Ende")], observed=True, dropna=False).size()
    for begin in (received, complete):
        lasted = (decided - begin).dt.days
        lasted.groupby([*keys, month_out], observed=True).quantile([0.5, 0.9])
    return {"rows": len(rows), "received": int(counted.sum()), "decided": int(closed.sum())}


def count_with_pandas(path: Path) -> dict[str, int]:
    """Read the file with pandas and count receipts and decisions per month only."""
    rows, days = _read_pandas(path)
    found = {"rows": len(rows)}
    for name, field in (("received", "Eingang"), ("decided", "Entschieden")):
        month = days[field].dt.to_period("M").rename("Monat")
        counted = rows.groupby(["Leistung", "Dienststelle", month], observed=True).size()
        found[name] = int(counted.sum())
    return found


def _read_pandas(path: Path) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    rows = pd.read_csv(
        path,
        sep=";",
        encoding="cp1252",
        decimal=",",
        parse_dates=list(DAYS),
        date_format="%d.%m.%Y",
    )
    # A column with a single faulty day stays text otherwise.
    return rows, {
        name: pd.to_datetime(rows[name], format="%d.%m.%Y", errors="coerce") for name in DAYS
    }


MEASURED: dict[str, Callable[[Path], dict[str, int]]] = {
    "parsing": parse_only,
    "cleaning": clean,
    "pandas": read_with_pandas,
    "counting": count_with_pandas,
    "cluster": clean_on_cluster,
}


def _clean(path: Path, executor: Executor | None) -> dict[str, int]:
    mapping = Mapping(
        dataset="cases",
        place="Musterstadt",
        method="antraege",
        columns={
            "case_id": "Vorgang",
            "unit": "Dienststelle",
            "service": "Leistung",
            "received": "Eingang",
            "complete": "Vollständig",
            "decided": "Entschieden",
            "channel": "Eingangsweg",
        },
        values={
            "channel": dict(zip(CHANNELS, ("online", "paper", "email", "in_person"), strict=True))
        },
    )
    cleaned = clean_cases(
        path,
        mapping,
        _make_registers(),
        as_of=AS_OF,
        file="faelle.csv",
        format_options={"kind": "csv"},
        executor=executor,
    )
    tables = [*cleaned.tables.values(), cleaned.findings]
    content = "".join(table.to_csv(index=False) for table in tables) if executor else ""
    findings = cleaned.findings["check"].value_counts()
    kept = cleaned.rows_kept or 0
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    return {
        "rows": cleaned.rows_read,
        "lost": cleaned.rows_read - kept - int(rejected),
        "observations": sum(map(len, cleaned.tables.values())),
        **{f"finding_{check}": int(number) for check, number in findings.items()},
        **(
            {"digest": int(hashlib.sha256(content.encode()).hexdigest()[:12], 16)}
            if content
            else {}
        ),
    }


def _make_registers() -> Names:
    def register(key: str, names: tuple[str, ...], **more: str) -> pd.DataFrame:
        empty = pd.Series(pd.NaT, index=range(len(names)), dtype="datetime64[us]")
        return pd.DataFrame(
            {
                key: [f"{key}_{number}" for number in range(len(names))],
                "label": names,
                "name": names,
                "valid_from": empty,
                "valid_to": empty,
                "origin": "",
                **more,
            }
        )

    return make_names(
        register("unit_id", UNITS, kind="Dienststelle", parent=""),
        register("service_id", SERVICES, unit_id=""),
    )


def _run(what: str, path: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cases", "--only", what, "--file", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(what: str, path: Path) -> dict[str, float]:
    start = time.perf_counter()
    found = MEASURED[what](path)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024**2,
        **found,
    }


def _compare(path: Path, repeat: int) -> dict[str, dict[str, float]]:
    best: dict[str, dict[str, float]] = {}
    for turn in range(repeat):
        for what in ("parsing", "cleaning", "pandas", "counting"):
            found = _run(what, path)
            load = os.getloadavg()[0]
            print(f"  {turn + 1}. {what:9} {found['seconds']:6.2f} s  load {load:.1f}", flush=True)
            if what not in best or found["seconds"] < best[what]["seconds"]:
                best[what] = found
    return best


def _report(best: dict[str, dict[str, float]], faults: Faults, rows: int) -> bool:
    parsing, cleaning, pandas = (best[what] for what in ("parsing", "cleaning", "pandas"))
    to_parsing = cleaning["seconds"] / parsing["seconds"]
    to_pandas = pandas["seconds"] / cleaning["seconds"]
    print(f"cleaning ÷ parsing: {to_parsing:.2f} (at most {LIMIT_PARSING})")
    print(f"pandas ÷ cleaning:  {to_pandas:.2f} (at least {LIMIT_PANDAS})")
    counting = best["counting"]["seconds"] / cleaning["seconds"]
    print(f"pandas, receipts and decisions only ÷ cleaning: {counting:.2f} (for information)")
    print(f"peak memory of cleaning: {cleaning['memory']:.2f} GiB (below {LIMIT_MEMORY})")
    found = {key: value for key, value in cleaning.items() if key.startswith("finding_")}
    print(f"planted: {faults._asdict()}; findings: {found}; rows lost: {cleaning['lost']:.0f}")
    found_all = cleaning["lost"] == 0 and sum(found.values()) == sum(faults)
    if rows < LIMITS_FROM_ROWS:
        print(f"The limits on time hold for files of {LIMITS_FROM_ROWS} rows and more.")
        return found_all
    return (
        found_all
        and to_parsing <= LIMIT_PARSING
        and to_pandas >= LIMIT_PANDAS
        and cleaning["memory"] < LIMIT_MEMORY
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cluster", action="store_true", help="compare with two Dask workers")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=[*MEASURED], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(_measure(given.only, given.file)))
        return 0
    with tempfile.TemporaryDirectory(prefix="lagebild-benchmark-") as folder:
        path = Path(folder) / "faelle.csv"
        faults = write_case_file(path, given.rows)
        print(f"{given.rows} rows, {path.stat().st_size / 1e6:.0f} MB, {dt.date.today()}")
        good = _report(_compare(path, given.repeat), faults, given.rows)
        if given.cluster:
            good &= _check_cluster(path)
    return 0 if good else 1


def _check_cluster(path: Path) -> bool:
    alone = _clean(path, Threads())
    cluster = _run("cluster", path)
    same = alone["digest"] == cluster["digest"]
    print(f"two Dask workers: {cluster['seconds']:.2f} s, result {'equal' if same else 'DIFFERS'}")
    return same


if __name__ == "__main__":
    sys.exit(main())
