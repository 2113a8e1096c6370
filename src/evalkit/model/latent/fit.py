"""``model="latent"``: the calibrated core as one of the library's models."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate
from evalkit.model.base import Draws, Link, Numerator, Requirements, campaign_draws
from evalkit.model.guard import require_estimable, require_periods
from evalkit.model.latent.batch import map_threads
from evalkit.model.latent.posterior import JointDraws, LatentModel, LatentPosterior, fit_latent, problem_of
from evalkit.model.latent.prior import LatentGrid, LatentPrior
from evalkit.model.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.design import ControlsAs, Design
    from evalkit.model.latent.decay import DecayFit
    from evalkit.model.latent.marginal import GridMarginal, MixtureMarginal

_LARGEST_LOG = 34.0  # e^34 contacts is beyond any count; keeps a wild draw finite
_FITTED_DRAWS, _FITTED_SEED = 1000, 0
_LATEST = Latest()
_MANY = 1000  # draws of a reported effect, which is asked for them again; refits ask once, for fewer


@dataclass(frozen=True, kw_only=True)
class Latent(Displayed):
    """Options of the latent model.

    Attributes
    ----------
    prior : LatentPrior
        Of the latent process and, where asked, of coefficients.
    grid : LatentGrid
        Numerical settings.
    """

    prior: LatentPrior = field(default_factory=LatentPrior)
    grid: LatentGrid = field(default_factory=LatentGrid)

    @property
    def name(self) -> str:
        """``"latent"``."""
        return "latent"

    @property
    def controls_as(self) -> ControlsAs:
        """``"covariate"``."""
        return "covariate"

    def fit(self, design: Design) -> LatentFit | DecayFit:
        """Fit one design; ``CannotEstimate`` where the data cannot say."""
        if design.unknown_decay and design.campaign_terms:
            from evalkit.model.latent.decay import fit_decay

            return fit_decay(self, design)
        _require_data(self, design)
        return LatentFit(options=self, design=design, posterior=posterior_of(design, self.prior, self.grid))

    def require(self, design: Design) -> None:
        """Raise ``CannotEstimate`` where :meth:`fit` would before any fitting; for a design of known decay."""
        _require_data(self, design)
        model = LatentModel(prior=self.prior, grid=self.grid, terms=design.columns)
        problem_of(
            design.observed, design.with_campaign, offset=design.offset, used=design.used, starts=None, model=model
        )

    def fit_many(
        self, designs: Sequence[Design], *, progress: Callable[[int, int], None] | None = None
    ) -> list[LatentFit | DecayFit | CannotEstimate]:
        """Fit many designs on every processor, in their order; the same results as one by one."""

        def one(design: Design) -> LatentFit | DecayFit | CannotEstimate:
            try:
                return self.fit(design)
            except CannotEstimate as problem:
                return problem

        return map_threads(one, designs, progress=progress)


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentFit:
    """A fitted latent model; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    posterior : LatentPosterior
        Marginals of any linear combination, of rho and sigma, log marginal likelihood, joint draws.
    """

    options: Latent
    design: Design
    posterior: LatentPosterior

    @property
    def name(self) -> str:
        """``"latent"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words."""
        return text("model.label.latent")

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
        """Posterior mean of the expected contacts, shape (n,), from 1,000 joint draws with a fixed seed."""
        return np.asarray(_exp(self.posterior.draws(_FITTED_DRAWS, _FITTED_SEED).eta).mean(axis=0))

    @property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts at the posterior mean of the coefficients, the latent process at 0."""
        return _exp(self.design.with_campaign @ self.posterior.mean + self.design.offset)

    @property
    def dispersion(self) -> float:
        """``1 + mu (exp(sigma^2) - 1)`` at the posterior medians, averaged over the used periods."""
        sigma = self.posterior.sigma.centre
        return float(1 + np.mean(self.systematic[self.design.used]) * np.expm1(sigma**2))

    @property
    def parameters(self) -> Mapping[str, float]:
        """Posterior medians of rho and sigma; the posterior mean of the memoryless share where the prior allows one."""
        found = {"rho": self.posterior.rho.centre, "sigma": self.posterior.sigma.centre}
        white = self.posterior.white
        return found if set(white) == {0.0} else found | {"white": sum(w * mass for w, mass in white.items())}

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :attr:`evalkit.model.latent.posterior.LatentPosterior.warnings`."""
        return self.posterior.warnings

    def marginal(self, term: str) -> MixtureMarginal:
        """Posterior of one coefficient (log scale)."""
        return self.posterior.coefficient(self.design.column(term))

    def hyper_marginal(self, name: str) -> GridMarginal:
        """Posterior of ``"rho"`` or ``"sigma"``."""
        return {"rho": self.posterior.rho, "sigma": self.posterior.sigma}[name]

    def draws(self, size: int, seed: int) -> Draws:
        """Joint draws of coefficients and latent process, the same latent process with and without the campaign."""
        return self._joint_and_draws(size, seed)[1]

    def joint_draws(self, size: int, seed: int) -> JointDraws:
        """The draws behind :meth:`draws`: of the coefficients, of the log expected contacts and of rho and sigma."""
        return self._joint_and_draws(size, seed)[0]

    def _joint_and_draws(self, size: int, seed: int) -> tuple[JointDraws, Draws]:
        """Totals, path, claims and checks of one effect ask for the same draws: the last are kept, read-only.

        Fewer than 1,000 are not kept: the refits of checks would take the place of the effect's.
        """
        if size < _MANY:
            return self._made(size, seed)
        return _LATEST.of((self,), (size, seed), lambda: self._made(size, seed))

    def _made(self, size: int, seed: int) -> tuple[JointDraws, Draws]:
        joint = self.posterior.draws(size, seed)
        campaign = joint.b @ (self.design.with_campaign - self.design.without_campaign).T
        made = Draws(
            with_campaign=_exp(joint.eta),
            without_campaign=_exp(joint.eta - campaign),
            campaign=campaign_draws(self.design, joint.b),
        )
        for array in (joint.b, joint.eta, made.with_campaign, made.without_campaign):
            array.flags.writeable = False
        return joint, made

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Poisson counts around expected contacts, same shape."""
        return _poisson(expected, seed, "counterfactual")

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts with the campaign as it was, each with a new latent process, shape (size, n)."""
        joint = self.posterior.draws(size, seed)
        latent = new_process(joint, joint.eta.shape[1], seed)
        log_mean = joint.b @ self.design.with_campaign.T + self.design.offset + latent
        return _poisson(_exp(log_mean), seed, "predictive")


def _require_data(options: Latent, design: Design) -> None:
    if options.prior.coefficient_sd:
        require_periods(design, Requirements())
    else:
        require_estimable(design)


def posterior_of(design: Design, prior: LatentPrior, grid: LatentGrid) -> LatentPosterior:
    """The posterior of a design with its campaign columns."""
    return fit_latent(
        design.observed,
        design.with_campaign,
        offset=design.offset,
        used=design.used,
        model=LatentModel(prior=prior, grid=grid, terms=design.columns),
    )


def new_process(joint: JointDraws, n: int, seed: int, starts: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """A latent process for each draw, from its own rho, sigma and w, anew at each of ``starts``; shape (S, n)."""
    z = np.random.default_rng([seed, 1]).standard_normal((len(joint.rho), n))
    path = np.empty_like(z)
    sd = joint.sigma * np.sqrt(1 - joint.white)
    innovation = sd * np.sqrt(1 - joint.rho**2)
    for t in range(n):
        begins = t == 0 or (starts is not None and starts[t])
        path[:, t] = sd * z[:, t] if begins else joint.rho * path[:, t - 1] + innovation * z[:, t]
    if joint.white.any():
        noise = np.random.default_rng([seed, 5]).standard_normal(path.shape)
        path += (joint.sigma * np.sqrt(joint.white))[:, None] * noise
    return path


_STREAMS = {"counterfactual": 2, "predictive": 3}


def _poisson(mean: NDArray[np.float64], seed: int, stream: str) -> NDArray[np.float64]:
    rng = np.random.default_rng([seed, _STREAMS[stream]])
    return rng.poisson(np.minimum(mean, 1e15)).astype(np.float64)


def _exp(log_mean: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(np.minimum(log_mean, _LARGEST_LOG))
