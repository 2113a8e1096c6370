r"""Regions that share a common effect, integrated deterministically: no draws, no seed.

Each region r brings the density ``f_r`` of its own effect ``theta_r`` under a flat prior, which is its integrated
likelihood up to a factor: everything else in its model (trend, season, latent process) is its own. The model is ::

    theta_r ~ Normal(theta, tau^2),   theta flat,   tau ~ half-normal or half-Cauchy

so that ``p(theta, tau | all) = pi(tau) prod_r M_r(theta, tau)`` with ``M_r = f_r * Normal(0, tau^2)``, a convolution.
On an equidistant grid of the log scale a convolution with a normal density is a product of Fourier transforms, exact
for any tau, 0 included. The values of tau are closest near 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import scipy

from evalkit.catalogue import text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate, ModelError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from evalkit.model.base import Marginal

TauPrior = Literal["half-normal", "half-cauchy"]

_TAUS: Final = 64
_TAIL: Final = 1e-5  # probability of each region's density beyond the grid before it is padded
_MOST_POINTS: Final = 2**15
_NOTHING: Final = 1e-300
_FINER: Final = 4
_UPPER: Final[dict[str, float]] = {"half-normal": 4.0, "half-cauchy": 10.0}  # in scales: where the prior is cut


@dataclass(frozen=True, kw_only=True)
class Hierarchy(Displayed):
    """Options of the one-stage model.

    Attributes
    ----------
    tau_prior : {"half-normal", "half-cauchy"}
        Prior of the standard deviation between regions on the log scale, cut at 4 scales (half-normal) or at 10
        (half-Cauchy).
    tau_scale : float
        Its scale, above 0. With 0.5 a half-normal tau has median 0.34: effects of regions then differ by a factor of up
        to 1.9 from the common one, 95 times in 100; at tau = 1, which it still allows, by a factor of 7.
    """

    tau_prior: TauPrior = "half-normal"
    tau_scale: float = 0.5

    def __post_init__(self) -> None:
        if self.tau_prior not in get_args(TauPrior):
            raise ModelError(unknown("prior of tau", self.tau_prior, get_args(TauPrior)))
        if not 0.01 <= self.tau_scale <= 10:
            raise ModelError(f"tau_scale is {self.tau_scale!r}. Allowed: from 0.01 to 10, on the log scale.")

    @property
    def upper(self) -> float:
        """Where the prior of tau is cut."""
        return _UPPER[self.tau_prior] * self.tau_scale

    def log_density(self, tau: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log prior density of tau, up to a constant."""
        z = tau / self.tau_scale
        return -0.5 * z**2 if self.tau_prior == "half-normal" else -np.log1p(z**2)


@dataclass(frozen=True, eq=False)
class GridDensity:
    """A density on an increasing grid, linear in between; satisfies :class:`evalkit.model.base.Marginal`.

    Attributes
    ----------
    x, density : ndarray of shape (m,)
        Grid and density, which integrates to 1 by the trapezium rule.
    """

    x: NDArray[np.float64]
    density: NDArray[np.float64]

    def _below(self) -> NDArray[np.float64]:
        steps = np.diff(self.x) * (self.density[1:] + self.density[:-1]) / 2
        below = np.append(0.0, np.cumsum(steps))
        return np.asarray(below / below[-1])

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1)."""
        return np.asarray(np.interp(np.asarray(q, dtype=np.float64), self._below(), self.x))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x."""
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self.x, self._below()))

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x, 0 beyond the grid."""
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self.x, self.density, left=0.0, right=0.0))

    @property
    def centre(self) -> float:
        """The median."""
        return float(self.quantile(0.5))

    def widened(self, sd: float) -> GridDensity:
        """The density of this plus an independent normal error of standard deviation ``sd``."""
        if sd <= 0:
            return self
        step = self.x[1] - self.x[0]
        reach = math.ceil(6 * sd / step)
        kernel = scipy.stats.norm.pdf(np.arange(-reach, reach + 1) * step, scale=sd)
        if kernel.sum() * step < 0.5:  # narrower than the grid
            return self
        x = self.x[0] + step * np.arange(-reach, len(self.x) + reach)
        wider = np.convolve(self.density, kernel)
        return GridDensity(x, wider / float(np.trapezoid(wider, x)))


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchyPosterior:
    """Posterior of the one-stage model.

    Attributes
    ----------
    common : GridDensity
        Of theta, the common effect (log scale).
    new_region : GridDensity
        Of the effect in a new region, ``Normal(theta, tau^2)`` averaged over the posterior.
    tau : GridDensity
        Of the standard deviation between regions.
    regions : tuple of GridDensity
        Of each region's own effect, drawn towards the common one, in the order given.
    weights : ndarray of shape (k,)
        ``1 / (v_r + tau^2)`` at the posterior median of tau, adding to 1: how much each region counts, about.
    """

    common: GridDensity
    new_region: GridDensity
    tau: GridDensity
    regions: tuple[GridDensity, ...]
    weights: NDArray[np.float64]


def integrate(marginals: Sequence[Marginal], options: Hierarchy | None = None) -> HierarchyPosterior:
    """Posterior of the common effect, of tau, of each region and of a new one, from k >= 2 densities (log scale).

    Raises
    ------
    CannotEstimate
        The densities differ so much in width or place that no grid holds them all.
    """
    options = options or Hierarchy()
    if len(marginals) < 2:
        raise ModelError(f"{len(marginals)} region was given. A common effect needs two or more.")
    x, f = _grid(marginals, options)
    step = x[1] - x[0]
    omega = 2 * np.pi * scipy.fft.rfftfreq(len(x), step)
    tau = options.upper * np.linspace(0, 1, _TAUS) ** 2
    smooth = np.exp(-0.5 * (omega * tau[:, None]) ** 2)  # shape (taus, frequencies)

    transformed = scipy.fft.rfft(f, axis=1)
    logs = np.empty((len(tau), len(x)))
    parts = np.empty((len(tau), *f.shape))
    for i in range(len(tau)):
        parts[i] = np.log(np.maximum(scipy.fft.irfft(transformed * smooth[i], len(x), axis=1), _NOTHING))
        logs[i] = parts[i].sum(axis=0)
    log_joint = logs + (options.log_density(tau) + np.log(_widths(tau)))[:, None]
    joint = np.exp(log_joint - log_joint.max())
    joint /= joint.sum()

    of_tau = joint.sum(axis=1) / _widths(tau)
    common = _normalised(x, joint.sum(axis=0))
    ahead = scipy.fft.irfft((scipy.fft.rfft(joint, axis=1) * smooth).sum(axis=0), len(x))
    regions = []
    for r in range(len(f)):
        others = log_joint - parts[:, r]
        others = np.exp(others - others.max())
        drawn = scipy.fft.irfft((scipy.fft.rfft(others, axis=1) * smooth).sum(axis=0), len(x))
        regions.append(_normalised(x, np.maximum(drawn, 0) * f[r]))
    tau_density = _normalised(tau, of_tau)
    variance = np.array([_variance(x, row) for row in f])
    w = 1 / (variance + tau_density.centre**2)
    return HierarchyPosterior(
        common=common,
        new_region=_normalised(x, np.maximum(ahead, 0)),
        tau=tau_density,
        regions=tuple(regions),
        weights=w / w.sum(),
    )


def _grid(marginals: Sequence[Marginal], options: Hierarchy) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Equidistant log ratios that hold every density with room for tau, and the densities there, shape (k, m)."""
    ends = np.array([marginal.quantile([_TAIL, 0.16, 0.84, 1 - _TAIL]) for marginal in marginals])
    sd = (ends[:, 2] - ends[:, 1]) / 2
    together = float((1 / sd**2).sum() ** -0.5)
    step = min(float(sd.min()) / 6, together / 4)
    pad = 1.5 * options.upper
    low, high = float(ends[:, 0].min()) - pad, float(ends[:, 3].max()) + pad
    points = math.ceil((high - low) / step) + 1
    if not np.isfinite(ends).all() or points > _MOST_POINTS:
        raise CannotEstimate(
            text("cannot.pooled.range", low=math.exp(max(low, -700)), high=math.exp(min(high, 700))),
            text("cannot.pooled.range_remedy"),
        )
    points = int(scipy.fft.next_fast_len(max(points, 256), real=True))
    x = np.linspace(low, high, points)
    f = np.array([np.maximum(marginal.pdf(x), 0.0) for marginal in marginals])
    return x, f / (f.sum(axis=1, keepdims=True) * (x[1] - x[0]))


def _widths(tau: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the trapezium rule."""
    steps = np.diff(tau)
    return np.asarray((np.append(steps, 0) + np.append(0, steps)) / 2)


def _normalised(x: NDArray[np.float64], density: NDArray[np.float64]) -> GridDensity:
    """The density on a grid four times as fine, by cubic splines, so that what is linear in between is exact enough."""
    fine = np.interp(np.arange(_FINER * (len(x) - 1) + 1) / _FINER, np.arange(len(x)), x)
    values = np.maximum(scipy.interpolate.CubicSpline(x, density)(fine), 0.0)
    return GridDensity(fine, values / float(np.trapezoid(values, fine)))


def _variance(x: NDArray[np.float64], density: NDArray[np.float64]) -> float:
    share = density / density.sum()
    return float(share @ (x - share @ x) ** 2)
