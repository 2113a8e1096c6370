"""The distribution of a difference of two independent quantities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evalkit.model.base import Marginal

_CELLS = 501  # of a table


@dataclass(frozen=True, eq=False)
class ShiftedMarginal:
    """Distribution of X + shift.

    Attributes
    ----------
    moved : Marginal
        Distribution of X.
    shift : float
        What is added to it.
    """

    moved: Marginal
    shift: float

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1); same shape as q."""
        return self.moved.quantile(q) + self.shift

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x; same shape as x."""
        return self.moved.cdf(np.asarray(x, dtype=np.float64) - self.shift)

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x; same shape as x."""
        return self.moved.pdf(np.asarray(x, dtype=np.float64) - self.shift)

    @property
    def centre(self) -> float:
        """The value to report of X, moved."""
        return self.moved.centre + self.shift


@dataclass(frozen=True, eq=False)
class DifferenceMarginal:
    """Distribution of X − Y for independent X and Y, the latter as equally likely points: ``F(x) = mean F_X(x + y)``.

    Attributes
    ----------
    minuend : Marginal
        Distribution of X.
    subtrahend : ndarray of shape (S,)
        Points of Y: draws, or quantiles at ``(i + 1/2) / S``.
    """

    minuend: Marginal
    subtrahend: NDArray[np.float64]

    @cached_property
    def _own(self) -> NDArray[np.float64]:
        """Points x that hold X."""
        low, high = (float(end) for end in self.minuend.quantile([1e-6, 1 - 1e-6]))
        return np.linspace(low, high, _CELLS)

    @cached_property
    def _at(self) -> NDArray[np.float64]:
        """Points x that hold X − Y."""
        return np.linspace(self._own[0] - self.subtrahend.max(), self._own[-1] - self.subtrahend.min(), _CELLS)

    @cached_property
    def _below(self) -> NDArray[np.float64]:
        return np.maximum.accumulate(self._mean_of(self.minuend.cdf(self._own), 1.0))

    @cached_property
    def _density(self) -> NDArray[np.float64]:
        return self._mean_of(self.minuend.pdf(self._own), 0.0)

    def _mean_of(self, values: NDArray[np.float64], right: float) -> NDArray[np.float64]:
        """A function of X, given at ``_own``, averaged over Y at ``_at``."""
        moved = self._at[:, None] + self.subtrahend[None, :]
        return np.asarray(np.interp(moved, self._own, values, left=0.0, right=right).mean(axis=1))

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1); same shape as q."""
        return np.asarray(np.interp(np.asarray(q, dtype=np.float64), self._below, self._at))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x; same shape as x."""
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self._at, self._below, left=0.0, right=1.0))

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x; same shape as x."""
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self._at, self._density, left=0.0, right=0.0))

    @property
    def centre(self) -> float:
        """The median."""
        return float(self.quantile(0.5))
