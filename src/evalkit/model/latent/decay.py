"""An effect whose decay rate is not known: the latent model at each of several rates, weighted by how well it fits.

Every rate delta lays the campaign's columns out anew (:meth:`evalkit.design.Design.with_decay`). With a flat prior for
their coefficients the marginal likelihoods p(y | delta) are comparable only once the columns have a common scale: a
longer column makes the same coefficient a larger effect. They are put to unit length after what the other columns
explain has been taken out, so that where there is no effect at all no rate is preferred::

    p(delta | y)  proportional to  p(delta) p(y | delta) sqrt(det R'R),    R = (I - P) X_campaign(delta)

with P the projection on the other columns over the used periods. This is Jeffreys' prior of the coefficients given
delta for a Gaussian outcome; the posterior of the coefficients at one rate does not change by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.model.base import CampaignDraws, Component, Draws, Link, Numerator
from evalkit.model.latent import sampling
from evalkit.model.latent.fit import LatentFit
from evalkit.model.latent.marginal import MixtureMarginal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.latent.fit import Latent

_KEPT: Final = 1e-4  # a rate below this share of the posterior is left out
_FEW: Final = 4  # with fewer rates in the posterior than this the grid is laid anew between them
_REFINEMENTS: Final = 6
LEFT, HALF_LIFE = "share left a period later", "half-life"


@dataclass(frozen=True, kw_only=True, eq=False)
class DecayFit:
    """A latent model averaged over decay rates; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    design : Design
        What was asked, its campaign columns laid out at the most probable rate.
    fits : tuple of LatentFit
        One for each of the k rates kept.
    weights : ndarray of shape (k,)
        Their posterior probabilities, adding to 1.
    edges : ndarray of shape (k, 2)
        The cell of rates that each stands for; the rate is equally likely anywhere in it.
    """

    options: Latent
    design: Design
    fits: tuple[LatentFit, ...]
    weights: NDArray[np.float64]
    edges: NDArray[np.float64]

    @property
    def best(self) -> LatentFit:
        """The fit at the most probable rate."""
        return self.fits[int(np.argmax(self.weights))]

    @property
    def name(self) -> str:
        """``"latent"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words."""
        return text("model.label.averaged", label=self.best.label)

    @property
    def numerator(self) -> Numerator:
        """``"expected"``."""
        return "expected"

    @property
    def link(self) -> Link:
        """``"log"``: coefficients are logs of ratios."""
        return "log"

    @property
    def terms(self) -> tuple[str, ...]:
        """Every column of the design."""
        return self.design.columns

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Posterior mean of the expected contacts, shape (n,)."""
        return np.asarray(self._averaged([fit.fitted for fit in self.fits]))

    @property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts from the design alone, averaged over the rates."""
        return np.asarray(self._averaged([fit.systematic for fit in self.fits]))

    @property
    def dispersion(self) -> float:
        """As in the latent model, averaged over the rates."""
        return float(self._averaged([np.asarray(fit.dispersion) for fit in self.fits]))

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma at the most probable rate, and that rate."""
        return {**self.best.parameters, "decay": float(self.best.design.decay or 0.0)}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the fit at the most probable rate."""
        return self.best.warnings

    def marginal(self, term: str) -> MixtureMarginal:
        """Posterior of one coefficient (log scale), averaged over the rates."""
        each = [fit.marginal(term) for fit in self.fits]
        mean = float(self._averaged([np.asarray(one.mean) for one in each]))
        square = self._averaged([np.asarray(one.sd**2 + (one.mean - mean) ** 2) for one in each])
        return MixtureMarginal(
            np.concatenate([w * one.weight for w, one in zip(self.weights, each, strict=True)]),
            np.concatenate([one.parts for one in each]),
            mean,
            float(np.sqrt(square)),
        )

    def draws(self, size: int, seed: int) -> Draws:
        """Joint draws of rate, coefficients and latent process: each rate gives its share of them."""
        which = self._shares(size, seed)
        parts = [fit.draws(int((which == k).sum()), seed + k) for k, fit in enumerate(self.fits) if (which == k).any()]
        return Draws(
            with_campaign=np.concatenate([part.with_campaign for part in parts]),
            without_campaign=np.concatenate([part.without_campaign for part in parts]),
            campaign=self._campaign([part.campaign for part in parts if part.campaign is not None], which),
        )

    def components(self, size: int, seed: int) -> tuple[Component, ...]:
        """The share of the effect that is left one period later, and the half-life in periods."""
        which = self._shares(size, seed)
        low, high = self.edges[which].T
        rate = low + (high - low) * np.random.default_rng([seed, 5]).random(size)
        window = self.design.window
        half_life = np.log(0.5) / np.log(rate)
        return (
            Component(name=LEFT, unit="share", draws=rate, window=window),
            Component(name=HALF_LIFE, unit="periods", draws=half_life, window=window),
        )

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Poisson counts around expected contacts, same shape."""
        return self.best.counted(expected, seed)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts with the campaign as it was, each rate giving its share of them, shape (size, n)."""
        which = self._shares(size, seed)
        return np.concatenate(
            [fit.predictive(int((which == k).sum()), seed + k) for k, fit in enumerate(self.fits) if (which == k).any()]
        )

    def _shares(self, size: int, seed: int) -> NDArray[np.int64]:
        """Which rate each draw comes from, in order of the rates."""
        counts = sampling.systematic(self.weights, size, float(np.random.default_rng([seed, 6]).random()))
        return np.repeat(np.arange(len(self.fits)), counts)

    def _campaign(self, parts: list[CampaignDraws], which: NDArray[np.int64]) -> CampaignDraws:
        return CampaignDraws(
            terms=parts[0].terms,
            coefficients=np.concatenate([part.coefficients for part in parts]),
            columns=np.concatenate([part.columns for part in parts]),
            which=np.unique(which, return_inverse=True)[1].astype(np.int64),
        )

    def _averaged(self, values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.asarray(np.tensordot(self.weights, np.stack(values), axes=1))


def fit_decay(options: Latent, design: Design) -> DecayFit:
    """Fit a design at each of its decay rates, and between them where the data tell more than the grid does."""
    rates = np.asarray(design.unknown_decay)
    edges = _edges(rates)
    for _ in range(_REFINEMENTS + 1):
        fits, log_weight = _at_rates(options, design, rates, edges)
        weights = np.exp(log_weight - log_weight.max())
        weights /= weights.sum()
        kept = weights > _KEPT
        if kept.sum() >= _FEW:
            break
        where = np.flatnonzero(kept)
        low, high = edges[max(where[0] - 1, 0), 0], edges[min(where[-1] + 1, len(edges) - 1), 1]
        bounds = np.linspace(low, high, len(rates) + 1)
        edges = np.column_stack([bounds[:-1], bounds[1:]])
        rates = edges.mean(axis=1)
    chosen = np.flatnonzero(kept)
    best = fits[int(np.argmax(weights))].design
    return DecayFit(
        options=options,
        design=replace(design, with_campaign=best.with_campaign, decay=best.decay),
        fits=tuple(fits[k] for k in chosen),
        weights=weights[chosen] / weights[chosen].sum(),
        edges=edges[chosen],
    )


def _at_rates(
    options: Latent, design: Design, rates: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[list[LatentFit], NDArray[np.float64]]:
    """A fit for each rate, and the log of its posterior probability, unnormalised, shape (k,)."""
    fits, log_weight = [], np.empty(len(rates))
    for k, rate in enumerate(rates):
        fit = options.fit(design.with_decay(float(rate)))
        if not isinstance(fit, LatentFit):  # a design with a given rate has no other kind
            raise TypeError(type(fit).__name__)
        fits.append(fit)
        width = float(edges[k, 1] - edges[k, 0])
        log_weight[k] = fit.posterior.log_marginal_likelihood + np.log(width) + _log_scale(fit)
    return fits, log_weight


def _log_scale(fit: LatentFit) -> float:
    """Half the log determinant of R'R over the campaign's columns with a flat prior; 0 where all have proper ones."""
    design = fit.design
    flat = [term for term in design.campaign_terms if term not in fit.options.prior.coefficient_sd]
    if not flat:
        return 0.0
    matrix = design.with_campaign[design.used]
    own = [design.column(term) for term in flat]
    others = np.delete(matrix, own, axis=1)
    explained, *_ = np.linalg.lstsq(others, matrix[:, own], rcond=None)
    left = matrix[:, own] - others @ explained
    return float(np.linalg.slogdet(left.T @ left)[1] / 2)


def _edges(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cell of each rate, shape (k, 2): halfway to its neighbours, as far beyond the ends, within (0, 1)."""
    half = np.diff(rates) / 2
    bounds = np.concatenate([[rates[0] - half[0]], rates[:-1] + half, [rates[-1] + half[-1]]])
    bounds = np.clip(bounds, 1e-6, 1 - 1e-6)
    return np.column_stack([bounds[:-1], bounds[1:]])
