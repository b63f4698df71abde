"""Adoption curves: how far the share of online applications has come, and where it is heading.

Method: docs/methods/adoption-curve.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from analysis.models.pert import Array

FITTED = "bestimmbar"
OPEN_CEILING = "Obergrenze nicht bestimmbar"
NO_GROWTH = "kein Anstieg nachweisbar"
TOO_SHORT = "zu wenige Monate"
LEVEL = 0.95
"""Probability that the ranges are meant to have."""
WIDEST = 0.2
"""Widest range of the ceiling (20 percentage points) that still counts as determined."""
LEAST_MONTHS = 12
_YEAR = 12.0
_PARAMETERS = 3
_PER_CENT = 100.0
# Changes from nothing to the ceiling within a month cannot be told apart by monthly figures.
_STEEPEST = 120.0
_FARTHEST = 60.0
_CEILINGS = 31
_RAYS = 48
_RECENT = 3
_HALVINGS = 40
_STEPS = 100
_CLOSE = 1e-10
_TINY = 1e-12


class Curve(NamedTuple):
    """A fitted curve: share = ceiling ÷ (1 + exp(−(start + slope × years from the middle))).

    Attributes:
        state: ``FITTED``, ``OPEN_CEILING``, ``NO_GROWTH`` or ``TOO_SHORT``.
        best: ceiling, start, slope with the highest likelihood; empty without a curve.
        region: the edge of all curves that the figures do not rule out, one row each.
        middle: month number that years are counted from.
        deviance: deviance of the best curve.
        dispersion: how much more the months scatter than independent applications would (≥ 1).
    """

    state: str
    best: Array
    region: Array
    middle: float
    deviance: float
    dispersion: float


class _Counts(NamedTuple):
    online: Array
    total: Array
    years: Array


def fit_curve(
    online: Array, total: Array, months: Array, *, level: float = LEVEL, widest: float = WIDEST
) -> Curve:
    """Fit a logistic curve to monthly shares: binomial likelihood, ceiling between 0 and 1.

    Args:
        online: online applications of each month.
        total: applications of each month; months with none are left out.
        months: month numbers, for instance counted from the first month; gaps are allowed.
        level: probability that the ranges are meant to have.
        widest: widest range of the ceiling that still counts as determined.

    Returns:
        The curve with the highest likelihood, and all curves within the likelihood range. The
        ceiling is not determined where that range is wider than ``widest``.

    Raises:
        ValueError: more online applications than applications, or a negative number.

    Source:
        docs/methods/adoption-curve.md.
    """
    if np.any(online < 0) or np.any(online > total):
        raise ValueError("online applications must lie between none and all")
    used = total > 0
    middle = float(np.mean(months[used])) if used.any() else 0.0
    counts = _Counts(online[used], total[used], (months[used] - middle) / _YEAR)
    if used.sum() < LEAST_MONTHS:
        return _empty_curve(TOO_SHORT, middle)
    best, deviance = _maximise(counts)
    freedom = int(used.sum()) - _PARAMETERS
    dispersion = _measure_dispersion(best, counts, freedom)
    limit = deviance + dispersion * float(stats.f.ppf(level, 1, freedom))
    if _deviance_of(np.full(len(counts.total), _overall(counts)), counts) <= limit:
        return _empty_curve(NO_GROWTH, middle)._replace(deviance=deviance, dispersion=dispersion)
    ceilings = _range_ceilings(best, counts, limit)
    region = np.vstack([best, _trace_region(ceilings, best, counts, limit)])
    state = OPEN_CEILING if ceilings[-1] - ceilings[0] > widest else FITTED
    return Curve(state, best, region, middle, deviance, dispersion)


def trace_share(curve: Curve, months: Array) -> pd.DataFrame:
    """Return the expected share of months with its range.

    Args:
        curve: result of ``fit_curve``.
        months: month numbers, counted as for the fit; later ones than those fitted are allowed.

    Returns:
        ``value``, ``lower``, ``upper`` [percent], one row per month; missing without a curve. The
        range is that of the curve, not of single months, which scatter around it.
    """
    years = (np.asarray(months, dtype="float64") - curve.middle) / _YEAR
    if not len(curve.best):
        missing = np.full(len(years), np.nan)
        return pd.DataFrame({"value": missing, "lower": missing, "upper": missing})
    shares = _share(curve.region, years) * _PER_CENT
    return pd.DataFrame(
        {"value": shares[0], "lower": shares.min(axis=0), "upper": shares.max(axis=0)}
    )


def summarise_curve(curve: Curve) -> pd.DataFrame:
    """Return the parameters of a curve with their ranges.

    Returns:
        One row: ``ceiling`` [percent], ``speed`` (steepest rise) [percentage points per year],
        ``midpoint`` (month number in which half of the ceiling is reached), each with
        ``…_lower`` and ``…_upper``; ``state``, ``dispersion``. Where the ceiling is not
        determined, the three values are missing and only the ranges are given.
    """
    found: dict[str, object] = {"state": curve.state, "dispersion": curve.dispersion}
    known = {"ceiling": _ceilings, "speed": _speeds, "midpoint": _midpoints}
    for name, measure in known.items():
        values = measure(curve) if len(curve.best) else np.array([np.nan])
        found[name] = float(values[0]) if curve.state == FITTED else float("nan")
        found[f"{name}_lower"] = float(values.min())
        found[f"{name}_upper"] = float(values.max())
    return pd.DataFrame([found])


def check_curve(online: Array, total: Array, months: Array, *, ahead: int) -> pd.DataFrame:
    """Fit without the last months, and compare what was expected of them with what came.

    Args:
        online: online applications of each month.
        total: applications of each month.
        months: month numbers, ascending.
        ahead: how many month numbers at the end are left out of the fit and expected from it.

    Returns:
        One row, for all applications of the months left out: ``expected``, ``lower``, ``upper``
        (by the curve), ``unchanged`` (the share of the last three months fitted stays),
        ``actual`` [percent]. What the earlier months do not allow is missing.
    """
    used = total > 0
    known = used & (months <= months[used].max() - ahead)
    later = used & ~known
    curve = fit_curve(online[known], total[known], months[known])
    weights = total[later] / total[later].sum()
    recent = np.flatnonzero(known)[-_RECENT:]
    traced = {name: float("nan") for name in ("value", "lower", "upper")}
    if len(curve.best):
        shares = _share(curve.region, (months[later] - curve.middle) / _YEAR) @ weights * _PER_CENT
        traced = {"value": shares[0], "lower": shares.min(), "upper": shares.max()}
    return pd.DataFrame(
        [
            {
                "expected": traced["value"],
                "lower": traced["lower"],
                "upper": traced["upper"],
                "unchanged": _part(online[recent], total[recent]),
                "actual": _part(online[later], total[later]),
            }
        ]
    )


def measure_deviance(share: Array, online: Array, total: Array) -> float:
    """Return the binomial deviance of monthly shares: 0 where they are those observed.

    Args:
        share: expected share of each month (0 to 1).
        online: online applications.
        total: applications.
    """
    return _deviance_of(share, _Counts(online, total, np.zeros(len(total))))


def _empty_curve(state: str, middle: float) -> Curve:
    none = np.empty(0)
    return Curve(state, none, np.empty((0, _PARAMETERS)), middle, float("nan"), float("nan"))


def _part(online: Array, total: Array) -> float:
    whole = float(total.sum())
    return float(online.sum()) / whole * _PER_CENT if whole else float("nan")


def _overall(counts: _Counts) -> float:
    return float(counts.online.sum() / counts.total.sum())


def _share(parameters: Array, years: Array) -> Array:
    """Return shares: one row per row of parameters (ceiling, start, slope)."""
    ceiling, start, slope = np.atleast_2d(parameters).T[:, :, None]
    return np.asarray(ceiling * special.expit(start + slope * years), dtype="float64")


def _deviance_of(share: Array, counts: _Counts) -> float:
    return float(_deviances(share[None, :], counts)[0])


def _deviances(shares: Array, counts: _Counts) -> Array:
    inside = np.clip(shares, _TINY, 1 - _TINY)
    rest = counts.total - counts.online
    own = special.xlogy(counts.online, counts.online / counts.total)
    others = special.xlogy(rest, rest / counts.total)
    terms = own + others - counts.online * np.log(inside) - rest * np.log1p(-inside)
    return np.asarray(2 * np.maximum(terms.sum(axis=-1), 0.0), dtype="float64")


def _slopes_of(ceiling: float, pair: Array, counts: _Counts) -> tuple[float, Array]:
    """Return deviance and its derivatives by ceiling, start and slope."""
    grown = special.expit(pair[0] + pair[1] * counts.years)
    share = np.clip(ceiling * grown, _TINY, 1 - _TINY)
    by_share = -2 * (counts.online - counts.total * share) / (share * (1 - share))
    by_start = by_share * ceiling * grown * (1 - grown)
    gradient = np.array([(by_share * grown).sum(), by_start.sum(), (by_start * counts.years).sum()])
    return _deviance_of(share, counts), gradient


def _maximise(counts: _Counts) -> tuple[Array, float]:
    """Return the parameters with the least deviance, searched from several ceilings."""
    bounds = [(1e-6, 1.0), (-_FARTHEST, _FARTHEST), (0.0, _STEEPEST)]
    highest = float((counts.online / counts.total).max())

    def judge(point: Array) -> tuple[float, Array]:
        return _slopes_of(float(point[0]), point[1:], counts)

    best, least = np.array([max(_overall(counts), 1e-6), 0.0, 0.0]), np.inf
    for part in (0.02, 0.1, 0.25, 0.5, 1.0):
        ceiling = min(1.0, max(highest, 1e-6) + part * (1 - highest))
        pair, _ = _fit_pair(ceiling, _guess_pair(ceiling, counts), counts)
        found = optimize.minimize(
            judge,
            np.array([ceiling, *pair]),
            jac=True,
            bounds=bounds,
            method="L-BFGS-B",
            options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9},
        )
        if found.fun < least:
            best, least = np.asarray(found.x, dtype="float64"), float(found.fun)
    return best, least


def _fit_pair(ceiling: float, first: Array, counts: _Counts) -> tuple[Array, float]:
    """Return start and slope with the least deviance for a ceiling, by Fisher scoring."""
    pair, (least, gradient) = first, _slopes_of(ceiling, first, counts)
    for _ in range(_STEPS):
        step = np.linalg.solve(_inform(ceiling, pair, counts), gradient[1:] / 2)
        length = 1.0
        while True:
            tried = np.clip(pair - length * step, [-_FARTHEST, 0.0], [_FARTHEST, _STEEPEST])
            deviance, slopes = _slopes_of(ceiling, tried, counts)
            if deviance < least or length < _TINY:
                break
            length /= 2
        gained = least - deviance
        if gained > 0:
            pair, least, gradient = tried, deviance, slopes
        if gained < _CLOSE:
            break
    return pair, least


def _inform(ceiling: float, pair: Array, counts: _Counts) -> Array:
    """Return the Fisher information of start and slope for a ceiling."""
    grown = special.expit(pair[0] + pair[1] * counts.years)
    share = np.clip(ceiling * grown, _TINY, 1 - _TINY)
    change = ceiling * grown * (1 - grown)
    weight = counts.total * change**2 / (share * (1 - share))
    design = np.stack([np.ones_like(counts.years), counts.years])
    return np.asarray((design * weight) @ design.T + 1e-8 * np.eye(2), dtype="float64")


def _guess_pair(ceiling: float, counts: _Counts) -> Array:
    """Return a start for the search: a straight line through the logits of share ÷ ceiling."""
    part = (counts.online + 0.5 * ceiling) / ((counts.total + 1) * ceiling)
    heights = special.logit(np.clip(part, 1e-4, 1 - 1e-3))
    slope, start = np.polyfit(counts.years, heights, 1, w=np.sqrt(counts.total))
    return np.array([start, max(slope, 0.1)])


def _measure_dispersion(best: Array, counts: _Counts, freedom: int) -> float:
    share = np.clip(_share(best, counts.years)[0], _TINY, 1 - _TINY)
    squares = (counts.online - counts.total * share) ** 2 / (counts.total * share * (1 - share))
    return max(1.0, float(squares.sum()) / freedom)


def _range_ceilings(best: Array, counts: _Counts, limit: float) -> Array:
    """Return ceilings from the lowest to the highest that the figures do not rule out."""

    def excess(ceiling: float) -> float:
        starts = (best[1:], _guess_pair(ceiling, counts))
        return min(_fit_pair(ceiling, first, counts)[1] for first in starts) - limit

    middle = float(best[0])
    # At a ceiling next to nothing the deviance is beyond any limit: there was growth.
    low = optimize.brentq(excess, 1e-6, middle, xtol=1e-5) if excess(1e-6) > 0 else 1e-6
    high = 1.0 if excess(1.0) <= 0 else optimize.brentq(excess, middle, 1.0, xtol=1e-5)
    return np.linspace(float(low), float(high), _CEILINGS)


def _trace_region(ceilings: Array, best: Array, counts: _Counts, limit: float) -> Array:
    """Return the edge of the likelihood region: for each ceiling, points along rays."""
    angles = np.linspace(0, 2 * np.pi, _RAYS, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    parts = []
    for ceiling in ceilings:
        starts = (best[1:], _guess_pair(float(ceiling), counts))
        found = [_fit_pair(float(ceiling), first, counts) for first in starts]
        pair, least = min(found, key=lambda item: item[1])
        if least <= limit:
            rays = (_whiten(float(ceiling), pair, counts) @ circle).T
            parts.append(_reach_edge(float(ceiling), pair, rays, counts, limit))
    return np.vstack(parts) if parts else best[None, :]


def _whiten(ceiling: float, pair: Array, counts: _Counts) -> Array:
    """Return the matrix that turns a circle into the ellipse of equal likelihood."""
    information = _inform(ceiling, pair, counts)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(information)).T, dtype="float64")


def _reach_edge(ceiling: float, pair: Array, rays: Array, counts: _Counts, limit: float) -> Array:
    """Return how far each ray reaches within the limit, by doubling and bisection."""

    def locate(lengths: Array) -> Array:
        points = pair + lengths[:, None] * rays
        bounded = np.clip(points, [-_FARTHEST, 0.0], [_FARTHEST, _STEEPEST])
        return np.column_stack([np.full(len(rays), ceiling), bounded])

    def is_inside(lengths: Array) -> NDArray[np.bool_]:
        inside = _deviances(_share(locate(lengths), counts.years), counts) <= limit
        return np.asarray(inside, dtype=bool)

    inner, outer = np.zeros(len(rays)), np.ones(len(rays))
    for _ in range(12):
        reached = is_inside(outer)
        inner = np.where(reached, outer, inner)
        outer = np.where(reached, outer * 2, outer)
    for _ in range(_HALVINGS):
        half = (inner + outer) / 2
        reached = is_inside(half)
        inner, outer = np.where(reached, half, inner), np.where(reached, outer, half)
    return locate(inner)


def _ceilings(curve: Curve) -> Array:
    return np.asarray(curve.region[:, 0] * _PER_CENT, dtype="float64")


def _speeds(curve: Curve) -> Array:
    # The logistic curve is steepest at its midpoint: ceiling × slope ÷ 4.
    return np.asarray(curve.region[:, 0] * curve.region[:, 2] / 4 * _PER_CENT, dtype="float64")


def _midpoints(curve: Curve) -> Array:
    years = -curve.region[:, 1] / np.maximum(curve.region[:, 2], _TINY)
    return np.asarray(curve.middle + years * _YEAR, dtype="float64")
