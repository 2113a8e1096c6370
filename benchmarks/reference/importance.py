"""The same posterior without a Markov chain: independent draws with importance weights.

Given (rho, sigma), z is drawn standard normal (``density.py``): the Gaussian approximation of the posterior. For
(q_rho, q_sigma) half of the draws come from their prior and half from a bivariate t with 5 degrees of freedom laid over
the draws of the sampler. The weights are the exact density over that of the proposal: their mean is the marginal
likelihood of a plane (a value of w), and resampled by them the draws are a check on the sampler.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from benchmarks.reference.density import bounds_of, log_density, problem_of, size_of, unpack
from benchmarks.reference.nuts import Run, estimands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.reference.density import Problem
    from evalkit.design import Design

FREEDOM, WIDER = 5, 1.3


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighted:
    """Independent draws of one plane with their weights.

    Attributes
    ----------
    run : Run
        The draws resampled by their weights, in the form of a run of the sampler.
    effective : float
        Effective number of draws before resampling.
    log_evidence : float
        Log of the mean weight: the marginal likelihood of the plane under the sampler's prior, up to a constant that
        all planes of a case share.
    error : float
        Standard error of ``log_evidence``.
    """

    run: Run
    effective: float
    log_evidence: float
    error: float


def weighted(design: Design, white: float, guide: Run, *, draws: int = 100_000, seed: int = 1) -> Weighted:
    """Independent weighted draws of the plane w = ``white``; ``guide`` is the sampler's run there."""
    problem, to_b = problem_of(design)
    rng = np.random.default_rng([seed, round(1000 * white)])
    z = rng.standard_normal((draws, size_of(problem, white) - 2))
    overlay = multivariate_t(guide.q.mean(axis=0), WIDER * np.cov(guide.q.T), df=FREEDOM)
    theta = overlay.rvs(size=draws, random_state=rng)
    from_prior = rng.uniform(size=draws) < 0.5
    share = rng.uniform(size=(draws, 2))
    theta[from_prior] = np.log(share / (1 - share))[from_prior]
    of_prior = -np.logaddexp(0, theta).sum(axis=1) - np.logaddexp(0, -theta).sum(axis=1)
    proposal = np.logaddexp(of_prior, overlay.logpdf(theta)) - math.log(2)
    q = np.hstack([theta, z])
    log_weight = _log_densities(q, problem, white) - proposal + 0.5 * (z**2).sum(axis=1)
    total = logsumexp(log_weight)
    weight = np.exp(log_weight - total)
    effective = float(1 / (weight**2).sum())
    positions = (rng.uniform() + np.arange(draws)) / draws
    kept = np.minimum(np.searchsorted(np.cumsum(weight), positions), draws - 1)
    pair, b, memory, noise = unpack(q[kept], *problem, bounds_of(white))
    values = estimands(design, b @ to_b.T, memory + noise, seed) | {"rho": pair[:, 0], "sigma": pair[:, 1]}
    shape = (4, draws // 4)
    order = rng.permutation(draws)[: math.prod(shape)]
    return Weighted(
        run=Run(
            values={name: value[order].reshape(shape) for name, value in values.items()},
            q=q[kept][order][:, :2],
            divergences=0,
            steps=1.0,
            seconds=0.0,
        ),
        effective=effective,
        log_evidence=float(total - math.log(draws)),
        error=math.sqrt(max(1 / effective - 1 / draws, 0.0)),
    )


def _log_densities(q: NDArray[np.float64], problem: Problem, white: float) -> NDArray[np.float64]:
    arguments = (*problem, bounds_of(white))
    return np.array([log_density(row, *arguments)[0] for row in q])
