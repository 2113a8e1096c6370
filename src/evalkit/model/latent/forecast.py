"""``model="forecast"``: fit what came before the launch, project it forward, compare with what was counted.

The same core as ``latent`` with every period from the launch on masked and without the campaign's columns: nothing
about the shape of the campaign's effect is assumed, and the autocorrelation carries the last months before launch
into the projection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate
from evalkit.model.base import WITHOUT_TERMS, Draws, Link, Numerator
from evalkit.model.guard import require_estimable, require_periods
from evalkit.model.latent.batch import map_threads
from evalkit.model.latent.fit import Latent, LatentFit, posterior_of
from evalkit.model.latent.prior import LatentGrid, LatentPrior

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.design import ControlsAs, Design
    from evalkit.model.latent.marginal import MixtureMarginal
    from evalkit.model.latent.posterior import LatentPosterior


@dataclass(frozen=True, kw_only=True)
class Forecast(Displayed):
    """Options of the forecast model; attributes as in :class:`evalkit.model.latent.fit.Latent`."""

    prior: LatentPrior = field(default_factory=LatentPrior)
    grid: LatentGrid = field(default_factory=LatentGrid)

    @property
    def name(self) -> str:
        """``"forecast"``."""
        return "forecast"

    @property
    def controls_as(self) -> ControlsAs:
        """``"covariate"``."""
        return "covariate"

    def fit(self, design: Design) -> ForecastFit:
        """Fit the periods before launch; ``CannotEstimate`` where they cannot say what would have followed."""
        require_periods(design, WITHOUT_TERMS)
        before = design.before_launch()
        if not self.prior.coefficient_sd:
            require_estimable(before)
        return ForecastFit(
            options=self, design=design, before=before, posterior=posterior_of(before, self.prior, self.grid)
        )

    def fit_many(
        self, designs: Sequence[Design], *, progress: Callable[[int, int], None] | None = None
    ) -> list[ForecastFit | CannotEstimate]:
        """Fit many designs on every processor, in their order; the same results as one by one."""

        def one(design: Design) -> ForecastFit | CannotEstimate:
            try:
                return self.fit(design)
            except CannotEstimate as problem:
                return problem

        return map_threads(one, designs, progress=progress)


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastFit:
    """A fitted forecast; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    before : Design
        The design that was fitted: the periods before launch, no campaign columns.
    posterior : LatentPosterior
        Of that design, over the whole calendar.
    """

    options: Forecast
    design: Design
    before: Design
    posterior: LatentPosterior

    @cached_property
    def _before(self) -> LatentFit:
        options = Latent(prior=self.options.prior, grid=self.options.grid)
        return LatentFit(options=options, design=self.before, posterior=self.posterior)

    @property
    def name(self) -> str:
        """``"forecast"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words."""
        return text("model.label.forecast")

    @property
    def numerator(self) -> Numerator:
        """``"observed"``."""
        return "observed"

    @property
    def link(self) -> Link:
        """``"log"``: coefficients are logs of ratios."""
        return "log"

    @property
    def terms(self) -> tuple[str, ...]:
        """Columns of the design before launch; there is no campaign term."""
        return self.before.columns

    @property
    def fitted(self) -> NDArray[np.float64]:
        """Posterior mean before launch, the projection from the launch on, shape (n,)."""
        return self._before.fitted

    @property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts from the design alone, the latent process at 0."""
        return self._before.systematic

    @property
    def dispersion(self) -> float:
        """As in the latent model, averaged over the periods before launch."""
        return self._before.dispersion

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma."""
        return self._before.parameters

    @property
    def warnings(self) -> tuple[str, ...]:
        """As in the latent model."""
        return self._before.warnings

    def marginal(self, term: str) -> MixtureMarginal:
        """Posterior of one coefficient (log scale)."""
        return self._before.marginal(term)

    def draws(self, size: int, seed: int) -> Draws:
        """Joint draws of the projection, and of the rate behind what was counted.

        Without the campaign: the projection. With it, in the window: a rate that could have given the counts, by gamma
        draws with shape y_t + ½/m over the m periods of the window (Jeffreys' prior for their total), so that an
        observed total of zero has an interval too. Elsewhere the two are the same.
        """
        without = self._before.draws(size, seed).without_campaign
        with_campaign = without.copy()
        window = self.design.window
        if window.any():
            shape = self.design.observed[window] + 0.5 / window.sum()
            rng = np.random.default_rng([seed, 4])
            with_campaign[:, window] = rng.standard_gamma(shape, size=(size, int(window.sum())))
        return Draws(with_campaign=with_campaign, without_campaign=without)

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Poisson counts around expected contacts, same shape."""
        return self._before.counted(expected, seed)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts without the campaign, each with a new latent process, shape (size, n)."""
        return self._before.predictive(size, seed)
