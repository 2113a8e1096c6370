"""What changed in the comparison regions at the launch, from their separate posteriors.

With ``theta_j`` the q campaign coefficients of comparison region j, whose posterior under flat priors is a mixture of
normals over its grid::

    theta_j ~ Normal(gamma, T),   T = tau^2 on the diagonal for every term but the slope, 0 elsewhere
    p(gamma, tau | y)  proportional to  p(tau) prod_j  sum_g w_jg N(gamma; m_jg, V_jg + T)

``tau`` = 0 where the change is taken to be the same in all regions. The change that the treated region would have seen
without the campaign is a new draw of the same kind: ``Normal(gamma, T)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from evalkit.model.latent.sampling import systematic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evalkit.model.latent import NormalMixture

LARGEST_TAU: Final = 0.25
"""Scale of the half-normal prior of tau: two thirds of regions differ by less than a quarter, on the log scale."""
ENOUGH_TO_VARY: Final = 3
"""Comparison regions from which the data can say how much their changes differ."""
UNLIKE: Final = 0.05
"""Below this probability regions are said to differ."""
_TAUS = 10
_WIDER, _DF = 1.15, 6.0  # the proposals: Student t, a little wider than the normal approximation


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparisonChange:
    """The change of the comparison regions, as draws.

    Attributes
    ----------
    regions : tuple of NormalMixture
        Posterior of the campaign coefficients of each comparison region.
    varies : ndarray of bool, shape (q,)
        Terms whose change differs from region to region; all False where it is the same in all.
    """

    regions: tuple[NormalMixture, ...]
    varies: NDArray[np.bool_]

    @cached_property
    def _taus(self) -> NDArray[np.float64]:
        """Values of tau with equal prior probability."""
        if not self.varies.any():
            return np.zeros(1)
        u = (np.arange(_TAUS) + 0.5) / _TAUS
        return LARGEST_TAU * special.ndtri((1 + u) / 2)

    @cached_property
    def _normals(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Share, centre (q,) and covariance (q, q) of the normal approximation at each tau."""
        parts = [
            normal_combination(self.regions, tau**2 * np.diag(self.varies.astype(np.float64))) for tau in self._taus
        ]
        log_p = np.array([part[0] for part in parts])
        share = np.exp(log_p - log_p.max())
        return share / share.sum(), np.array([part[1] for part in parts]), np.array([part[2] for part in parts])

    @property
    def normal(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and covariance of the change in one more region like these, by the normal approximation."""
        share, centre, covariance = self._normals
        between = self._taus[:, None, None] ** 2 * np.diag(self.varies.astype(np.float64))
        mean = share @ centre
        away = centre - mean
        spread = covariance + between + away[:, :, None] * away[:, None, :]
        return mean, np.einsum("g,gij->ij", share, spread)

    def draws(self, size: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Equally weighted draws of the change without the campaign in a region like these, and of tau.

        Shapes (S, q) and (S,), in random order. The same seed gives the same draws.
        """
        rng = np.random.default_rng([seed, 5])
        posterior, centre, covariance = self._normals
        share = 0.9 * posterior + 0.1 / len(posterior)
        at = np.repeat(np.arange(len(share)), systematic(share, 2 * size, float(rng.random())))
        z = rng.standard_normal((2 * size, centre.shape[1])) * np.sqrt(_DF / rng.chisquare(_DF, 2 * size))[:, None]
        root = np.linalg.cholesky(_WIDER * covariance)
        gamma = centre[at] + np.einsum("sij,sj->si", root[at], z)
        log_w = self._log_density(gamma, at) - np.log(share)[at]
        log_w += (_DF + len(z[0])) / 2 * np.log1p((z**2).sum(axis=1) / _DF) + np.log(np.diagonal(root, 0, 1, 2)).sum(1)[
            at
        ]
        w = np.exp(log_w - log_w.max())
        taken = np.repeat(np.arange(2 * size), systematic(w / w.sum(), size, float(rng.random())))
        taken = rng.permutation(taken)
        tau = self._taus[at[taken]]
        even = (np.arange(size) + 0.5) / size  # normal numbers at even probabilities, each column in its own order
        normals = np.column_stack([special.ndtri(rng.permutation(even)) for _ in self.varies])
        deviation = normals * np.where(self.varies, tau[:, None], 0.0)
        return gamma[taken] + deviation, tau

    def _log_density(self, gamma: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
        total = np.zeros(len(gamma))
        between = np.diag(self.varies.astype(np.float64))
        for index, tau in enumerate(self._taus):
            chosen = at == index
            for region in self.regions:
                total[chosen] += _log_mixture(region, gamma[chosen], tau**2 * between)
        return total


def normal_combination(
    regions: Sequence[NormalMixture], between: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log marginal likelihood, mean and covariance of gamma with each region's posterior taken as one normal."""
    precision = np.zeros_like(between)
    weighted = np.zeros(len(between))
    log_p = 0.0
    for region in regions:
        inverse = np.linalg.inv(region.spread + between)
        precision += inverse
        weighted += inverse @ region.centre
        log_p += 0.5 * np.linalg.slogdet(inverse)[1] - 0.5 * region.centre @ inverse @ region.centre
    covariance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    mean = covariance @ weighted
    log_p += 0.5 * np.linalg.slogdet(covariance)[1] + 0.5 * mean @ weighted
    return float(log_p), mean, covariance


def disagreement(regions: Sequence[NormalMixture]) -> float:
    """Probability of comparison regions as unlike as these or more if all had the same change (Cochran's Q)."""
    none = np.zeros_like(regions[0].spread)
    _, mean, _ = normal_combination(regions, none)
    q = sum(float((r.centre - mean) @ np.linalg.inv(r.spread) @ (r.centre - mean)) for r in regions)
    return float(special.chdtrc((len(regions) - 1) * len(mean), q))


def _log_mixture(region: NormalMixture, x: NDArray[np.float64], between: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log density of the mixture, each part widened by ``between``, at x of shape (S, q)."""
    keep = region.weight > 1e-3 * region.weight.max()
    inverse = np.linalg.inv(region.covariance[keep] + between)
    mean = region.mean[keep] - region.centre
    # a quadratic in x for each part, as one matrix product: constant, linear and square terms
    linear = np.einsum("gij,gj->gi", inverse, mean)
    constant = np.log(region.weight[keep]) + 0.5 * np.linalg.slogdet(inverse)[1]
    constant -= 0.5 * np.einsum("gi,gi->g", linear, mean)
    away = x - region.centre
    squares = (away[:, :, None] * away[:, None, :]).reshape(len(x), -1)
    log_part = constant + away @ linear.T - 0.5 * squares @ inverse.reshape(len(inverse), -1).T
    top = log_part.max(axis=1)
    return np.asarray(top + np.log(np.exp(log_part - top[:, None]).sum(axis=1)))
