"""Posterior marginals: of coefficients as mixtures, of rho and sigma as histograms over the grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import ModelError
from evalkit.model.latent import loggamma

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def _probabilities(q: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(q, dtype=np.float64)
    if not ((values > 0) & (values < 1)).all():
        raise ModelError(f"The probabilities are {q!r}. Allowed: above 0 and below 1.")
    return values


@dataclass(frozen=True, eq=False)
class MixtureMarginal:
    """Mixture of shifted log-gamma distributions, one for each grid point (log scale).

    Attributes
    ----------
    weight : ndarray of shape (g,)
        Posterior weights of the grid points; they add to 1.
    parts : ndarray of shape (g, 4)
        Location, scale, shape and sign of each component (:func:`evalkit.model.latent.loggamma.components`).
    mean, sd : float
        Of the mixture, from the moments at the grid points.
    """

    weight: NDArray[np.float64]
    parts: NDArray[np.float64]
    mean: float
    sd: float

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1); same shape as q."""
        values = _probabilities(q)
        return np.asarray(loggamma.mixture_quantiles(values.ravel(), self.weight, self.parts)).reshape(values.shape)

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x (log scale); same shape as x."""
        return np.asarray(self._law(x)[0])

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x (log scale); same shape as x."""
        return np.asarray(self._law(x)[1])

    def _law(self, x: ArrayLike) -> NDArray[np.float64]:
        values = np.asarray(x, dtype=np.float64)
        return np.asarray(loggamma.mixture_laws(values.ravel(), self.weight, self.parts)).reshape(2, *values.shape)

    @cached_property
    def _median(self) -> float:
        return float(self.quantile(0.5))

    @property
    def centre(self) -> float:
        """The posterior median."""
        return self._median


@dataclass(frozen=True, eq=False)
class GridMarginal:
    """Marginal of rho or sigma: a histogram over grid cells.

    Attributes
    ----------
    edges : ndarray of shape (k + 1,)
        Cell boundaries, increasing, in the parameter's own units.
    mass : ndarray of shape (k,)
        Posterior probability of each cell; it adds to 1.
    """

    edges: NDArray[np.float64]
    mass: NDArray[np.float64]

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function, linear within a cell, at probabilities q in (0, 1)."""
        below = np.append(0.0, np.cumsum(self.mass))
        return np.asarray(np.interp(_probabilities(q), below / below[-1], self.edges))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x, linear within a cell."""
        below = np.append(0.0, np.cumsum(self.mass))
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self.edges, below / below[-1]))

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x, constant within a cell, 0 outside."""
        values = np.asarray(x, dtype=np.float64)
        cell = np.clip(np.searchsorted(self.edges, values, side="right") - 1, 0, len(self.mass) - 1)
        inside = (values >= self.edges[0]) & (values <= self.edges[-1])
        return np.where(inside, self.mass[cell] / np.diff(self.edges)[cell], 0.0)

    @property
    def centre(self) -> float:
        """The posterior median."""
        return float(self.quantile(0.5))
