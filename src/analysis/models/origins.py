"""Origins of assumptions: their own rows and the published figures that they rest on."""

from __future__ import annotations

import pandas as pd


def join_facts(assumptions: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the assumptions with ``origins``: their own and those of the figures they rest on.

    Args:
        assumptions: table ``assumptions``.
        observations: published figures with ``fact_id`` and ``origin``.
    """
    known = dict(zip(observations["fact_id"], observations["origin"], strict=True))
    origins = [
        (own, *(known[fact] for fact in facts.split() if fact in known))
        for own, facts in zip(assumptions["origin"], assumptions["fact_ids"], strict=True)
    ]
    return assumptions.assign(origins=pd.Series(origins, assumptions.index, dtype="object"))


def list_origins(assumptions: pd.DataFrame) -> pd.Series:
    """Return the origins of each assumption, by its subject.

    They are those of ``join_facts`` where it was called, else the assumption's own.
    """
    own = (
        assumptions["origins"].tolist()
        if "origins" in assumptions
        else [(key,) for key in assumptions["origin"]]
    )
    return pd.Series(own, index=assumptions["subject"], dtype="object")
