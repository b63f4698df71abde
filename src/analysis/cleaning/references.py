"""Register of sources: who published a figure, when, and what kind of source it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.cleaning.periods import parse_periods
from analysis.cleaning.rules import load_rules, match_first
from analysis.cleaning.wording import word_titles
from analysis.fields import OBSERVATION_TABLES, TABLES
from analysis.sources import RawFile

_PUBLISHED = re.compile(r"\bpub (?:\D{0,12})?(\d{4}(?:-\d{2}(?:-\d{2})?)?)\b")
_TITLE_DATE = re.compile(r"\b(\d{2})\.(\d{2})\.(\d{4})\b")
# Names of authors are not needed to find a source and do not enter the processed data.
_BY_LINE = r"^((?:headtopics copy of )?SZ\b.*?) \([A-ZÄÖÜ][a-zäöüß]+\)$"


def list_sources(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the register of sources of a table of published figures.

    Args:
        figures: raw rows with ``source_title``, ``source_url`` and ``note``.

    Returns:
        Table ``sources``: one row per title and address, in order of first appearance. Council
        documents bear the identifier of ``rules/documents.csv``, all others ``Q001`` ….
    """
    first = figures.drop_duplicates(["source_title", "source_url"]).reset_index(drop=True)
    counts = figures.groupby(["source_title", "source_url"], sort=False).size()
    published = parse_periods(_find_publication_dates(first)).set_index(first.index)
    return pd.DataFrame(
        {
            "source_id": _identify(first),
            "title": word_titles(first["source_title"].str.replace(_BY_LINE, r"\1", regex=True)),
            "kind": _classify(first),
            "published_start": published["period_start"],
            "published_end": published["period_end"],
            "url": first["source_url"],
            "figures": counts.to_numpy(dtype="int64"),
        },
        columns=[field.name for field in TABLES["sources"]],
    )


def assign_sources(figures: pd.DataFrame) -> pd.DataFrame:
    """Return ``figures`` with the column ``source_id``.

    The identifiers are those of ``list_sources`` for the same figures, so both must be given all
    rows of the raw file.
    """
    first = figures.drop_duplicates(["source_title", "source_url"])
    identifiers = pd.Series(
        _identify(first).to_numpy(),
        index=pd.MultiIndex.from_frame(first[["source_title", "source_url"]]),
    )
    keys = pd.MultiIndex.from_frame(figures[["source_title", "source_url"]])
    return figures.assign(source_id=identifiers.reindex(keys).to_numpy())


def identify_documents(documents: pd.Series, *, file: str) -> pd.Series:
    """Return the source identifier of council documents named like ``V 16954, Kap. 3.1``.

    Args:
        documents: texts that start with the short name of a document.
        file: raw file that names them.

    Returns:
        Identifiers of ``rules/documents.csv``; the raw file itself where the document is not
        there.
    """
    rules = load_rules("documents").set_index("document")["source_id"]
    return documents.str.split(",").str[0].str.strip().map(rules).fillna(file).astype("str")


def complete_sources(
    sources: pd.DataFrame, tables: Mapping[str, pd.DataFrame], raw_files: Iterable[RawFile]
) -> pd.DataFrame:
    """Return the register of sources with those that rows name but no published figure does.

    Args:
        sources: sources of the published figures.
        tables: all other tables; ``source_id`` is a council document or the name of a raw file.
        raw_files: raw files with their sidecars.
    """
    named = pd.concat(
        [
            rows["source_id"]
            for table, rows in tables.items()
            if table != "sources" and "source_id" in rows.columns
        ],
        ignore_index=True,
    )
    known = pd.concat([_list_documents(), _list_files(raw_files)], ignore_index=True)
    missing = known.loc[
        known["source_id"].isin(named) & ~known["source_id"].isin(sources["source_id"])
    ]
    counted = missing.assign(figures=_count_figures(missing["source_id"], tables))
    parts = [part for part in (sources, counted) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else sources


def _count_figures(identifiers: pd.Series, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    counts = pd.concat(
        [tables[name]["source_id"] for name in OBSERVATION_TABLES], ignore_index=True
    ).value_counts()
    return identifiers.map(counts).fillna(0).astype("int64")


def _list_files(raw_files: Iterable[RawFile]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "source_id": raw.name,
                "title": raw.sidecar.title,
                "kind": "Auswertung einer Dienststelle" if raw.mapping else "eigenes Verzeichnis",
                "published_start": pd.Timestamp(raw.sidecar.as_of),
                "published_end": pd.Timestamp(raw.sidecar.as_of),
                "url": raw.sidecar.url,
                "figures": 0,
            }
            for raw in raw_files
        ]
    )


def _list_documents() -> pd.DataFrame:
    documents = load_rules("documents")
    dates = parse_periods(documents["title"].map(_find_title_date))
    return pd.DataFrame(
        {
            "source_id": documents["source_id"],
            "title": documents["title"],
            "kind": "Ratsdokument",
            "published_start": dates["period_start"],
            "published_end": dates["period_end"],
            "url": "",
            "figures": 0,
        }
    )


def _identify(first: pd.DataFrame) -> pd.Series:
    known = load_rules("documents").set_index("title")["source_id"]
    numbered = pd.Series([f"Q{n:03d}" for n in range(1, len(first) + 1)], index=first.index)
    return first["source_title"].map(known).fillna(numbered)


def _classify(first: pd.DataFrame) -> pd.Series:
    rules = load_rules("source_kinds")
    matched = match_first(first["source_title"] + " | " + first["note"], rules)
    return matched.map(rules["kind"])


def _find_publication_dates(first: pd.DataFrame) -> pd.Series:
    noted = first["note"].map(_find_note_date)
    return noted.mask(noted == "undatiert", first["source_title"].map(_find_title_date))


def _find_note_date(note: str) -> str:
    found = _PUBLISHED.search(note)
    return found[1] if found else "undatiert"


def _find_title_date(title: str) -> str:
    found = _TITLE_DATE.search(title)
    return f"{found[3]}-{found[2]}-{found[1]}" if found else "undatiert"
