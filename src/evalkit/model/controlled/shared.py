"""Own latent processes, but a trend or a season in common: the comparison regions speak for them first.

The comparison regions are fitted one by one. What their posteriors say of the shared coefficients and of the change at
the launch, combined as normals (:mod:`evalkit.model.controlled.combine`), is the prior of the treated region's fit, in
which the campaign's own coefficients have flat priors. With independent processes that is the joint model, up to the
normal form of the part that the comparison regions contribute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.model.controlled.combine import ENOUGH_TO_VARY, UNLIKE, ComparisonChange, disagreement, normal_combination
from evalkit.model.controlled.fits import Changes, CountsFit, against, compared_with, exp, shared_words, too_few_to_vary
from evalkit.model.controlled.marginal import ShiftedMarginal
from evalkit.model.controlled.stack import kind_of_term
from evalkit.model.latent import LatentModel, LatentPrior, fit_latent
from evalkit.model.latent.fit import new_process, posterior_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.base import Marginal
    from evalkit.model.controlled.options import Controlled
    from evalkit.model.controlled.regions import Regions
    from evalkit.model.latent import LatentPosterior, NormalMixture

_FITTED_DRAWS, _FITTED_SEED = 1000, 0


def fit_shared(options: Controlled, design: Design, regions: Regions) -> SharedFit:
    """Fit the comparison regions, then the treated region with what they say as the prior of what is shared."""
    treated = regions.treated
    campaign = treated.campaign_terms
    shared = tuple(term for term in treated.columns if kind_of_term(term) in options.shared)
    varies = np.array(
        [options.vary and len(regions.comparison) >= ENOUGH_TO_VARY and t != vocab.SLOPE for t in campaign]
    )
    fits = [posterior_of(alone, options.prior, options.grid) for alone in regions.comparison.values()]
    change = ComparisonChange(
        regions=tuple(fit.joint((*shared, *campaign)) for fit in fits),
        varies=np.concatenate([np.zeros(len(shared), dtype=np.bool_), varies]),
    )
    centre, covariance = change.normal
    root = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    own = [j for j, term in enumerate(treated.columns) if term not in {*shared, *campaign}]
    joint = np.column_stack([treated.with_campaign[:, treated.column(term)] for term in (*shared, *campaign)])
    net = joint[:, len(shared) :]
    hidden = tuple(f"shared direction {i + 1}" for i in range(len(centre)))
    terms = (*(treated.columns[j] for j in own), *campaign, *hidden)
    posterior = fit_latent(
        treated.observed,
        np.column_stack([treated.with_campaign[:, own], net, joint @ root]),
        offset=treated.offset + joint @ centre,
        used=treated.used,
        model=LatentModel(prior=_with_unit_normals(options.prior, hidden), grid=options.grid, terms=terms),
    )
    alone = posterior_of(treated, options.prior, options.grid).joint(shared)
    warnings = [*regions.warnings, *posterior.warnings]
    if options.vary and not varies.any():
        warnings.append(too_few_to_vary(len(fits)))
    return SharedFit(
        options=options,
        design=design,
        regions=regions,
        posterior=posterior,
        shared=shared,
        centre=centre,
        root=root,
        warnings=(*warnings, *_doubts([region.first(len(shared)) for region in change.regions], alone)),
    )


def _with_unit_normals(prior: LatentPrior, terms: tuple[str, ...]) -> LatentPrior:
    return replace(prior, coefficient_sd=dict.fromkeys(terms, 1.0))


def _doubts(comparison: list[NormalMixture], treated: NormalMixture) -> list[str]:
    """Warnings where what is taken to be shared is not alike, by the regions' own posteriors of it."""
    found = []
    if len(comparison) > 1 and disagreement(comparison) < UNLIKE:
        found.append(text("model.controlled.regions_differ"))
    _, centre, covariance = normal_combination(comparison, np.zeros_like(treated.spread))
    away = treated.centre - centre
    if special.chdtrc(len(away), float(away @ np.linalg.solve(covariance + treated.spread, away))) < UNLIKE:
        found.append(text("model.controlled.series_differs"))
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedFit(CountsFit):
    """A controlled fit with something shared and own processes; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    regions : Regions
        The designs that were fitted.
    posterior : LatentPosterior
        Of the treated region: its own columns, the campaign's, and directions of the shared part.
    shared : tuple of str
        Names of the shared columns.
    centre, root : ndarray of shape (q,) and (q, q)
        Shared columns and the comparison change are ``centre + root @ directions``.
    warnings : tuple of str
        Regions left out, and what the reader should know of the fit.
    """

    options: Controlled
    design: Design
    regions: Regions
    posterior: LatentPosterior
    shared: tuple[str, ...]
    centre: NDArray[np.float64]
    root: NDArray[np.float64]
    warnings: tuple[str, ...]

    @property
    def label(self) -> str:
        """The model in words."""
        shared = shared_words(self.options.shared)
        k = len(self.regions.comparison)
        return text("model.controlled.shared", regions=against(k), shared=shared)

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the comparison regions that entered the fit."""
        return compared_with(self.design, self.regions.comparison)

    def changes(self, size: int, seed: int) -> Changes:
        """Joint draws of the treated region and of the comparison change."""
        joint = self.posterior.draws(size, seed)
        q = len(self.centre)
        comparison = (self.centre + joint.b[:, -q:] @ self.root.T)[:, len(self.shared) :]
        net = joint.b[:, [self.posterior.terms.index(term) for term in self.design.campaign_terms]]
        return Changes(eta=joint.eta, treated=comparison + net, comparison=comparison)

    def marginal(self, term: str) -> Marginal:
        """Posterior of one coefficient (log scale): the campaign's own net of the comparison change."""
        self.design.column(term)
        if term not in self.shared:
            return self.posterior.coefficient(term)
        i = self.shared.index(term)
        contrast = np.concatenate([np.zeros(len(self.posterior.terms) - len(self.centre)), self.root[i]])
        return ShiftedMarginal(self.posterior.linear(contrast), float(self.centre[i]))

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Posterior mean of the expected contacts of the treated region, from 1,000 joint draws with a fixed seed."""
        return np.asarray(exp(self.posterior.draws(_FITTED_DRAWS, _FITTED_SEED).eta).mean(axis=0))

    @property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts of the treated region at the posterior mean, the latent process at 0."""
        return exp(self.posterior.problem[3] @ self.posterior.mean + self.posterior.problem[2])

    @property
    def dispersion(self) -> float:
        """``1 + mu (exp(sigma^2) - 1)`` at the posterior medians, averaged over the used periods."""
        sigma = self.posterior.sigma.centre
        return float(1 + np.mean(self.systematic[self.design.used]) * np.expm1(sigma**2))

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma of the treated region."""
        return {"rho": self.posterior.rho.centre, "sigma": self.posterior.sigma.centre}

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts of the treated region with the campaign as it was, shape (size, n)."""
        joint = self.posterior.draws(size, seed)
        latent = new_process(joint, len(self.design.periods), seed)
        return self.noise(exp(joint.b @ self.posterior.problem[3].T + self.posterior.problem[2] + latent), seed, 3)
