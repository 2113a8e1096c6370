"""All regions in one latent model: shared trend and season where asked, own processes with a common rho and sigma."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.model.controlled.fits import Changes, CountsFit, against, compared_with, exp, shared_words
from evalkit.model.controlled.stack import Stack, comparison_term, stack
from evalkit.model.latent import LatentModel, fit_latent
from evalkit.model.latent.fit import new_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.base import Marginal
    from evalkit.model.controlled.options import Controlled
    from evalkit.model.controlled.regions import Regions
    from evalkit.model.latent import LatentPosterior

SERIES = "the series"
_FITTED_DRAWS, _FITTED_SEED = 1000, 0


def fit_stacked(options: Controlled, design: Design, regions: Regions) -> StackedFit:
    """Fit all regions as one series of independent chains."""
    stacked = stack(
        [regions.treated, *regions.comparison.values()],
        [SERIES, *(f"comparison {name}" for name in regions.comparison)],
        options.shared,
    )
    posterior = fit_latent(
        stacked.observed,
        stacked.matrix,
        offset=stacked.offset,
        used=stacked.used,
        starts=stacked.starts,
        model=LatentModel(prior=options.prior, grid=options.grid, terms=stacked.terms),
    )
    return StackedFit(options=options, design=design, regions=regions, stacked=stacked, posterior=posterior)


@dataclass(frozen=True, kw_only=True, eq=False)
class StackedFit(CountsFit):
    """A controlled fit in one model; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    regions : Regions
        The designs that were stacked.
    stacked : Stack
        Their common matrix.
    posterior : LatentPosterior
        Of all its columns.
    """

    options: Controlled
    design: Design
    regions: Regions
    stacked: Stack
    posterior: LatentPosterior

    @property
    def label(self) -> str:
        """The model in words."""
        k = len(self.regions.comparison)
        shared = (
            text("model.controlled.and_shared", shared=shared_words(self.options.shared)) if self.options.shared else ""
        )
        return text("model.controlled.stacked", regions=against(k), shared=shared)

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the comparison regions that entered the fit."""
        return compared_with(self.design, self.regions.comparison)

    def changes(self, size: int, seed: int) -> Changes:
        """Joint draws of the treated region and of the change that all regions have in common."""
        joint = self.posterior.draws(size, seed)
        terms = self.design.campaign_terms
        common = joint.b[:, self.stacked.positions([comparison_term(term) for term in terms])]
        net = joint.b[:, self.stacked.positions(terms)]
        return Changes(eta=joint.eta[:, self._own], treated=common + net, comparison=common)

    def marginal(self, term: str) -> Marginal:
        """Posterior of one coefficient (log scale): the campaign's own net of the comparison change."""
        self.design.column(term)
        return self.posterior.coefficient(term if term in self.stacked.terms else f"{term} ({SERIES})")

    @property
    def _own(self) -> slice:
        """Rows of the treated region."""
        return slice(0, len(self.design.periods))

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Posterior mean of the expected contacts of the treated region, from 1,000 joint draws with a fixed seed."""
        return np.asarray(exp(self.posterior.draws(_FITTED_DRAWS, _FITTED_SEED).eta[:, self._own]).mean(axis=0))

    @property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts of the treated region at the posterior mean, the latent process at 0."""
        return exp(self.stacked.matrix[self._own] @ self.posterior.mean + self.design.offset)

    @property
    def dispersion(self) -> float:
        """``1 + mu (exp(sigma^2) - 1)`` at the posterior medians, averaged over the used periods."""
        sigma = self.posterior.sigma.centre
        return float(1 + np.mean(self.systematic[self.design.used]) * np.expm1(sigma**2))

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma."""
        return {"rho": self.posterior.rho.centre, "sigma": self.posterior.sigma.centre}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Regions left out, the assumption of one variability, and the warnings of the fit."""
        one = text("model.controlled.alike")
        return (*self.regions.warnings, one, *self.posterior.warnings)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts of the treated region with the campaign as it was, shape (size, n)."""
        joint = self.posterior.draws(size, seed)
        latent = new_process(joint, len(self.design.periods), seed)
        log_mean = joint.b @ self.stacked.matrix[self._own].T + self.design.offset + latent
        return self.noise(exp(log_mean), seed, 3)
