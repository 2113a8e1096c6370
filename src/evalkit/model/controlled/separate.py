"""Every region by itself, with a latent process of its own; the effect is the difference of two independent changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.model.controlled.combine import ENOUGH_TO_VARY, UNLIKE, ComparisonChange, disagreement
from evalkit.model.controlled.fits import Changes, CountsFit, against, campaign_columns, compared_with, too_few_to_vary
from evalkit.model.controlled.marginal import DifferenceMarginal
from evalkit.model.latent import Latent, LatentFit
from evalkit.model.latent.fit import posterior_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.base import Marginal
    from evalkit.model.controlled.options import Controlled
    from evalkit.model.controlled.regions import Regions

_QUANTILES = (np.arange(400) + 0.5) / 400
_POINTS, _SEED = 4000, 0


def fit_separate(options: Controlled, design: Design, regions: Regions) -> SeparateFit:
    """Fit the treated and every comparison region; under flat priors their posteriors are independent."""
    return SeparateFit(
        options=options,
        design=design,
        treated=fit_alone(options, regions.treated),
        comparison={name: fit_alone(options, alone) for name, alone in regions.comparison.items()},
        left_out=regions.warnings,
    )


def fit_alone(options: Controlled, region: Design) -> LatentFit:
    """One region by itself, with a change of its own at the launch."""
    latent = Latent(prior=options.prior, grid=options.grid)
    return LatentFit(options=latent, design=region, posterior=posterior_of(region, options.prior, options.grid))


@dataclass(frozen=True, kw_only=True, eq=False)
class SeparateFit(CountsFit):
    """A controlled fit whose regions share nothing but the calendar; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    treated : LatentFit
        The treated region by itself.
    comparison : mapping of str to LatentFit
        Each comparison region by itself.
    left_out : tuple of str
        Comparison regions that could not be used, and why.
    """

    options: Controlled
    design: Design
    treated: LatentFit
    comparison: Mapping[str, LatentFit]
    left_out: tuple[str, ...]

    @property
    def label(self) -> str:
        """The model in words."""
        return text("model.controlled.separate", regions=against(len(self.comparison)))

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the comparison regions that entered the fit."""
        return compared_with(self.design, self.comparison)

    @property
    def varies(self) -> bool:
        """Whether the change at the launch is taken to differ from region to region."""
        return self.options.vary and len(self.comparison) >= ENOUGH_TO_VARY

    @cached_property
    def change(self) -> ComparisonChange:
        """The change of the comparison regions at the launch."""
        terms = self.design.campaign_terms
        varies = np.array([self.varies and term != vocab.SLOPE for term in terms])
        return ComparisonChange(
            regions=tuple(fit.posterior.joint(terms) for fit in self.comparison.values()), varies=varies
        )

    def _without_campaign(self, size: int, seed: int) -> NDArray[np.float64]:
        """Draws of the campaign coefficients that the treated region would have had, shape (S, q), in random order."""
        if len(self.comparison) > 1:
            return self.change.draws(size, seed)[0]
        only = next(iter(self.comparison.values()))
        b = only.posterior.draws(size, seed + 1).b[:, campaign_columns(self.design)]
        return np.random.default_rng([seed, 6]).permutation(b)

    def changes(self, size: int, seed: int) -> Changes:
        """Joint draws of the treated region, and independent ones of the comparison change."""
        joint = self.treated.posterior.draws(size, seed)
        return Changes(
            eta=joint.eta,
            treated=joint.b[:, campaign_columns(self.design)],
            comparison=self._without_campaign(size, seed),
        )

    def marginal(self, term: str) -> Marginal:
        """Posterior of one coefficient (log scale): the campaign's own net of the comparison change."""
        own = self.treated.marginal(term)
        if term not in self.design.campaign_terms:
            return own
        if len(self.comparison) == 1:
            only = next(iter(self.comparison.values())).marginal(term)
            return DifferenceMarginal(own, only.quantile(_QUANTILES))
        return DifferenceMarginal(own, self._points[:, self.design.campaign_terms.index(term)])

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        return self._without_campaign(_POINTS, _SEED)

    @property
    def fitted(self) -> NDArray[np.float64]:
        """Posterior mean of the expected contacts of the treated region, shape (n,)."""
        return self.treated.fitted

    @property
    def systematic(self) -> NDArray[np.float64]:
        """The same at the posterior mean of the coefficients, the latent process at 0."""
        return self.treated.systematic

    @property
    def dispersion(self) -> float:
        """Of the treated region; see :attr:`evalkit.model.latent.LatentFit.dispersion`."""
        return self.treated.dispersion

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma of the treated region; of tau where the changes vary."""
        tau = {"tau": float(np.median(self.change.draws(_POINTS, _SEED)[1]))} if self.varies else {}
        return {**self.treated.parameters, **tau}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Regions left out, comparison regions that disagree, and the warnings of the separate fits."""
        found = [*self.left_out]
        if self.options.vary and not self.varies:
            found.append(too_few_to_vary(len(self.comparison)))
        if len(self.comparison) > 1 and not self.varies and disagreement(self.change.regions) < UNLIKE:
            found.append(text("model.controlled.differ_more"))
        found += self.treated.warnings
        for name, fit in self.comparison.items():
            found += [text("model.controlled.of_region", name=name, warning=warning) for warning in fit.warnings]
        return tuple(found)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts of the treated region with the campaign as it was, shape (size, n)."""
        return self.treated.predictive(size, seed)
