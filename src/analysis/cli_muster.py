"""The command ``lagebild muster``: writes the synthetic raw files of the Musterstadt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import UsageError

DEFAULT_FOLDER = "data/raw/musterstadt"

Seed = Annotated[
    int,
    typer.Option("--seed", metavar="ZAHL", help="Startwert des Zufalls", show_default=False),
]
Cases = Annotated[
    int,
    typer.Option(
        "--cases",
        metavar="ANZAHL",
        help="Vorgänge Wohngeld; ohne Angabe 20000",
        show_default=False,
    ),
]
Faults = Annotated[
    int,
    typer.Option(
        "--faults",
        metavar="ANZAHL",
        help="eingebaute Fehler je Art, 0 bis 5; ohne Angabe 1",
        show_default=False,
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="ORDNER",
        help=f"Ordner für die Dateien; ohne Angabe {DEFAULT_FOLDER}",
        show_default=False,
    ),
]
LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="DATEI",
        help="Verzeichnis der eingebauten Fehler als CSV",
        show_default=False,
    ),
]


def muster(
    seed: Seed = 1,
    cases: Cases = 20_000,
    faults: Faults = 1,
    to: Folder = None,
    ledger: LedgerFile = None,
) -> None:
    """Musterdaten schreiben: erfundene Rohdaten einer Stadt, mit eingebauten Fehlern.

    Gleiche Angaben ergeben gleiche Dateien.

    \b
    Beispiele:
      lagebild muster
      lagebild muster --seed 7 --cases 1000000 --faults 0 --to muster_gross
    """  # noqa: D301 - the sign keeps the lines of the example apart
    from analysis.editions import project_root  # noqa: PLC0415 - only when it runs
    from analysis.muster import make_muster, write_muster  # noqa: PLC0415

    folder = to or project_root() / DEFAULT_FOLDER
    if ledger is not None and ledger.resolve().parent == folder.resolve():
        raise UsageError(
            "Das Verzeichnis der Fehler darf nicht zwischen den Rohdaten liegen; es ist keine "
            "Rohdatei."
        )
    made = make_muster(seed, cases, faults)
    write_muster(made, folder)
    if ledger is not None:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        ledger.write_text(made.ledger.to_csv(index=False, sep=";"), "utf-8")
    size = sum(map(len, made.files.values())) / 1_000_000
    count = len(made.ledger)
    planted = "1 eingebauter Fehler" if count == 1 else f"{count} eingebaute Fehler"
    typer.echo(
        f"Musterdaten: {len(made.files)} Dateien in {folder.name}, {size:.1f} MB".replace(".", ",")
        + f", {planted}."
    )
