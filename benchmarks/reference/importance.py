"""The same posterior without a Markov chain: independent draws with importance weights, a check on the sampler.

Proposals are uniform in (atanh rho, log sigma) and standard normal in z (``density.py``), so that given (rho, sigma)
they come from the Gaussian approximation of the posterior; their weights are the exact density over that of the
proposal. Where counts are not too small, or there are many draws, these weights are even enough to be used.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reference.density import BOUNDS, Problem, log_density, problem_of, unpack
from benchmarks.reference.nuts import Run, estimands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design


def importance_run(design: Design, *, draws: int = 200_000, seed: int = 1) -> tuple[Run, float]:
    """Draws resampled by their weights, in the form of a NUTS run, and the effective number before resampling."""
    problem, to_b = problem_of(design)
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((draws, problem.X.shape[1] + len(problem.y)))
    share = rng.uniform(size=(draws, 2))
    q = np.hstack([np.log(share / (1 - share)), z])
    proposal = np.log(share * (1 - share)).sum(axis=1) - 0.5 * (z**2).sum(axis=1)
    log_weight = _log_densities(q, problem) - proposal
    weight = np.exp(log_weight - log_weight.max())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    positions = (rng.uniform() + np.arange(draws)) / draws * weight.sum()
    kept = np.minimum(np.searchsorted(np.cumsum(weight), positions), draws - 1)
    theta, b, u = unpack(q[kept], *problem, BOUNDS)
    values = estimands(design, b @ to_b.T, u, seed) | {"rho": theta[:, 0], "sigma": theta[:, 1]}
    shape = (4, draws // 4)
    order = rng.permutation(draws)[: math.prod(shape)]
    return Run(
        values={name: value[order].reshape(shape) for name, value in values.items()},
        divergences=0,
        steps=1.0,
        seconds=0.0,
    ), effective


def _log_densities(q: NDArray[np.float64], problem: Problem) -> NDArray[np.float64]:
    arguments = (*problem, BOUNDS)
    return np.array([log_density(row, *arguments)[0] for row in q])
