"""Three-point assumptions as distributions, drawn with a fixed seed.

Method: docs/methods/relief.md, section 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Array: TypeAlias = NDArray[np.float64]
Draws: TypeAlias = dict[tuple[str, str], Array]

# The mode counts four times as much as each end: the usual PERT weight.
_WEIGHT = 4.0


class Assumptions:
    """Three-point assumptions by subject and quantity, to be drawn from.

    Each assumption has a stream of random numbers of its own, made from the seed and its
    identifier. So its draws stay the same whatever else is drawn, and two runs that differ in one
    assumption are compared draw by draw.
    """

    def __init__(self, assumptions: pd.DataFrame, *, seed: int, draws: int) -> None:
        """Take the rows of the table ``assumptions``.

        Raises:
            ValueError: ``draws`` is not positive.
        """
        if draws < 1:
            raise ValueError("at least one draw")
        keys = zip(assumptions["subject"], assumptions["quantity"], strict=True)
        points = assumptions[["minimum", "mode", "maximum"]].to_numpy(dtype="float64")
        self._points = dict(zip(keys, points, strict=True))
        self._drawn: Draws = {}
        self.seed = seed
        self.draws = draws

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._points

    def get(self, subject: str, quantity: str) -> Array:
        """Return the draws of an assumption.

        Raises:
            KeyError: there is no such assumption.
        """
        key = (subject, quantity)
        if key not in self._drawn:
            stream = _make_stream(self.seed, f"{subject}/{quantity}")
            self._drawn[key] = draw_points(*self._points[key], generator=stream, draws=self.draws)
        return self._drawn[key]

    def mean(self, subject: str, quantity: str) -> float:
        """Return the exact mean of an assumption (see ``find_mean``)."""
        return find_mean(*self._points[(subject, quantity)])

    def quantile(self, subject: str, quantity: str, share: float) -> float:
        """Return the exact quantile of an assumption (see ``find_quantile``)."""
        return find_quantile(*self._points[(subject, quantity)], share=share)

    def list_drawn(self, subjects: Iterable[str]) -> Draws:
        """Return the draws made so far for some subjects."""
        wanted = set(subjects)
        return {key: values for key, values in self._drawn.items() if key[0] in wanted}


def draw_points(
    minimum: float, mode: float, maximum: float, *, generator: np.random.Generator, draws: int
) -> Array:
    """Draw from a three-point assumption.

    Args:
        minimum: least that is thought possible.
        mode: likeliest value; missing (``nan``) where none is likelier than another.
        maximum: most that is thought possible.
        generator: stream of random numbers.
        draws: how many.

    Returns:
        PERT draws: minimum + (maximum − minimum) × Beta(1 + 4 m, 5 − 4 m), where m is the place of
        the mode between minimum (0) and maximum (1). Without a mode all values between minimum
        and maximum are equally likely.

    Raises:
        ValueError: the points are not ordered.
    """
    width = maximum - minimum
    if not (width >= 0 and (np.isnan(mode) or minimum <= mode <= maximum)):
        raise ValueError(f"not ordered: {minimum}, {mode}, {maximum}")
    if width == 0:
        return np.full(draws, float(minimum))
    if np.isnan(mode):
        return minimum + width * generator.random(draws)
    left, right = _find_shape(minimum, mode, maximum)
    return minimum + width * generator.beta(left, right, draws)


def find_mean(minimum: float, mode: float, maximum: float) -> float:
    """Return the mean: (minimum + 4 mode + maximum) ÷ 6, or the middle where there is no mode."""
    if np.isnan(mode):
        return float(minimum + maximum) / 2
    return float(minimum + _WEIGHT * mode + maximum) / (_WEIGHT + 2)


def find_quantile(minimum: float, mode: float, maximum: float, *, share: float) -> float:
    """Return the value below which a draw lies with probability ``share``."""
    width = maximum - minimum
    if width == 0:
        return float(minimum)
    left, right = _find_shape(minimum, mode, maximum)
    return float(minimum + width * stats.beta.ppf(share, left, right))


def _find_shape(minimum: float, mode: float, maximum: float) -> tuple[float, float]:
    if np.isnan(mode):
        return 1.0, 1.0
    place = (mode - minimum) / (maximum - minimum)
    return 1 + _WEIGHT * place, 1 + _WEIGHT * (1 - place)


def _make_stream(seed: int, name: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
