"""Quantiles of draws with their sampling error, and rank correlations.

Method: docs/methods/relief.md, section 5.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.models.pert import Array

QUANTILES = {"lower": 0.1, "value": 0.5, "upper": 0.9}
COVERAGE = 0.95
"""Probability with which the sampling interval of a quantile covers the true one."""


def find_quantiles(draws: Array) -> dict[str, Array]:
    """Return P10, P50 and P90 of draws, each with its sampling error.

    Args:
        draws: the draws in the last axis.

    Returns:
        ``lower`` (P10), ``value`` (P50), ``upper`` (P90), and for each ``…_error``: the larger
        distance to the ends of its 95 % interval. Infinite draws (never) make a quantile
        infinite and its error missing.

    Source:
        The interval between two order statistics covers a quantile with a probability that
        follows from the binomial distribution alone, whatever the distribution of the draws.
    """
    ordered = np.sort(draws, axis=-1)
    found = {}
    for name, share in QUANTILES.items():
        middle, below, above = find_ranks(share, ordered.shape[-1])
        value = ordered[..., middle]
        with np.errstate(invalid="ignore"):
            error = np.maximum(value - ordered[..., below], ordered[..., above] - value)
        found[name] = value
        found[f"{name}_error"] = error
    return found


def find_ranks(share: float, draws: int) -> tuple[int, int, int]:
    """Return the ranks (from 0) of a quantile and of the ends of its sampling interval.

    Args:
        share: for instance 0.1 for P10.
        draws: number of draws.

    Returns:
        The smallest rank with at least ``share`` of the draws at or below it, and ranks below and
        above it whose values cover the true quantile with 95 % probability. With few draws the
        ends are the smallest and the largest draw.
    """
    middle = int(np.ceil(share * draws)) - 1
    tail = (1 - COVERAGE) / 2
    below = int(stats.binom.ppf(tail, draws, share)) - 1
    above = int(stats.binom.ppf(1 - tail, draws, share))
    return max(middle, 0), max(below, 0), min(above, draws - 1)


def correlate_ranks(inputs: Array, outcome: Array) -> Array:
    """Return Spearman's rank correlation of each row of ``inputs`` with ``outcome``.

    Rows that do not vary have no correlation: missing (``nan``).
    """
    if not len(inputs):
        return np.empty(0)
    ranks = stats.rankdata(inputs, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    target = stats.rankdata(outcome)
    target -= target.mean()
    scale = np.sqrt((ranks**2).sum(axis=1) * (target**2).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(scale > 0, ranks @ target / scale, np.nan))


def bound_correlations(correlations: Array, draws: int) -> tuple[Array, Array]:
    """Return the ends of the 95 % interval of rank correlations (Fisher's transformation).

    The standard error of the transformed rank correlation is √(1.06 ÷ (draws − 3)).
    """
    reach = stats.norm.ppf((1 + COVERAGE) / 2) * np.sqrt(1.06 / max(draws - 3, 1))
    middle = np.arctanh(np.clip(correlations, -0.999999999, 0.999999999))
    return np.tanh(middle - reach), np.tanh(middle + reach)
