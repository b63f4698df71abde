"""Which raw file is cleaned by which module."""

from __future__ import annotations

from collections.abc import Callable

from analysis.cleaning.equipment import clean_equipment
from analysis.cleaning.findings import Cleaned
from analysis.cleaning.motions import clean_motions
from analysis.cleaning.published_figures import clean_published_figures
from analysis.cleaning.services import clean_services
from analysis.errors import DataError, suggest
from analysis.readers.delimited import read_delimited
from analysis.sources import RawFile

_CLEANERS: dict[str, Callable[..., Cleaned]] = {
    "equipment.csv": clean_equipment,
    "motions.csv": clean_motions,
    "published_figures.tsv": clean_published_figures,
    "services.csv": clean_services,
}


def clean_raw_file(raw: RawFile) -> Cleaned:
    """Read and clean one raw file.

    Raises:
        DataError: no module is responsible for the file, or it cannot be read.
    """
    cleaner = _CLEANERS.get(raw.name)
    if cleaner is None:
        raise DataError(
            f"Rohdatei {raw.name} ist keinem Datensatz zugeordnet.{suggest(raw.name, _CLEANERS)} "
            f"Bekannt sind: {', '.join(_CLEANERS)}."
        )
    layout = raw.sidecar.format
    read = read_delimited(
        raw.read_bytes(), name=raw.name, encoding=layout.encoding, delimiter=layout.delimiter
    )
    cleaned = cleaner(read, file=raw.name)
    _check_nothing_lost(cleaned, raw.name)
    return cleaned


def _check_nothing_lost(cleaned: Cleaned, name: str) -> None:
    # The register of sources is derived from rows that also end in another table.
    kept = sum(len(rows) for table, rows in cleaned.tables.items() if table != "sources")
    rejected = cleaned.findings.loc[cleaned.findings["rejected"] == "ja", "row"].nunique()
    if kept + rejected != cleaned.rows_read:
        raise DataError(
            f"{name}: {cleaned.rows_read} Zeilen gelesen, aber nur {kept} übernommen und "
            f"{rejected} beanstandet. Bitte diesen Fehler melden."
        )
