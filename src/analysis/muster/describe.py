"""Sidecars and mappings of the synthetic files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.muster.city import ACCESSED, AS_OF, PLACE

_UTF8 = "utf-8"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What the sidecar of a file and its mapping say.

    Attributes:
        title: what the file holds; the sidecar adds that it is made up.
        producer: who would deliver it.
        kind: format, as in ``sources.Format``.
        options: further entries of the format.
        mapping: entries of the mapping, none for a register.
        as_of: state of the data.
    """

    title: str
    producer: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    as_of: dt.date = AS_OF


def write_sidecar(description: Description, content: bytes, *, seed: int, cases: int) -> bytes:
    """Return the sidecar of a file (``<file>.meta.toml``)."""
    document = f"Simulation der {PLACE}, Startwert {seed}, {cases} Vorgänge Wohngeld"
    entries: dict[str, Any] = {
        "title": f"Musterdaten: {description.title}",
        "producer": f"{description.producer} (erfunden)",
        "document": document,
        "url": "",
        "licence": "CC0-1.0",
        "accessed": ACCESSED,
        "as_of": description.as_of,
        "origin": "synthetic",
        "sha256": hashlib.sha256(content).hexdigest(),
        "format": {"kind": description.kind, **description.options},
    }
    return write_toml(entries).encode(_UTF8)


def write_mapping(description: Description) -> bytes:
    """Return the mapping of an export (``<file>.map.toml``)."""
    return write_toml({"place": PLACE, **description.mapping}).encode(_UTF8)


def write_toml(entries: Mapping[str, Any], path: str = "") -> str:
    """Return nested entries as TOML: first the values, then the tables."""
    values = {key: value for key, value in entries.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in entries.items() if isinstance(value, Mapping)}
    lines = [f"{_write_key(key)} = {_write_value(value)}" for key, value in values.items()]
    text = "".join(f"{line}\n" for line in lines)
    for key, table in tables.items():
        name = f"{path}.{_write_key(key)}" if path else _write_key(key)
        only_tables = table and all(isinstance(value, Mapping) for value in table.values())
        head = "" if only_tables else f"\n[{name}]\n"
        text += head + write_toml(table, name)
    return text


def _write_key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def _write_value(value: object) -> str:
    return (
        value.isoformat() if isinstance(value, dt.date) else json.dumps(value, ensure_ascii=False)
    )
