"""The density of one region's effect on the log scale: what a region brings to the one-stage model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit import vocab
from evalkit.effect.path import Sampling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evalkit.design import Design
    from evalkit.model import LatentFit, Marginal


@dataclass(frozen=True, eq=False)
class Moved:
    """A distribution shifted and stretched: ``place + stretch * (x - base's median)``."""

    base: Marginal
    place: float
    stretch: float

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1)."""
        return np.asarray(self.place + self.stretch * (self.base.quantile(q) - self.base.centre))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x."""
        return self.base.cdf(self._back(x))

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x."""
        return np.asarray(self.base.pdf(self._back(x)) / self.stretch)

    @property
    def centre(self) -> float:
        """The median."""
        return self.place

    def _back(self, x: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(self.base.centre + (np.asarray(x, dtype=np.float64) - self.place) / self.stretch)


def log_effect(fit: LatentFit, estimand: str, sampling: Sampling | None = None) -> Marginal:
    """Posterior of the log of one region's effect under a flat prior.

    The level change is a coefficient. So is the rate ratio of a design whose only campaign term is the level, in every
    period of the window. Otherwise the log rate ratio of the window is, to first order, the contrast
    ``sum_t w_t x_t' b`` over the campaign's columns with w_t the share of the expected contacts without the campaign;
    its posterior is moved so that its median, and stretched so that its central 95 % interval, are those of the joint
    draws.
    """
    design, inside = fit.design, fit.design.window
    only_term = design.campaign_terms == (vocab.LEVEL,)
    if estimand == vocab.LEVEL_CHANGE or (only_term and _throughout(design)):
        return fit.marginal(vocab.LEVEL)
    sampling = sampling or Sampling()
    draws = fit.draws(sampling.draws, sampling.seed)
    without = draws.without_campaign[:, inside]
    ratio = np.log(draws.with_campaign[:, inside].sum(axis=1) / without.sum(axis=1))
    share = np.median(without, axis=0)
    campaign = (design.with_campaign - design.without_campaign)[inside]
    base = fit.posterior.linear(share @ campaign / share.sum())
    low, middle, high = np.quantile(ratio, [0.025, 0.5, 0.975])
    ends = base.quantile([0.025, 0.975])
    return Moved(base, float(middle), float((high - low) / (ends[1] - ends[0])))


def _throughout(design: Design) -> bool:
    """Whether the level term is in full force in every period of the window."""
    return bool((design.with_campaign[design.window, design.column(vocab.LEVEL)] == 1).all())
