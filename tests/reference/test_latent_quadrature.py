"""One grid point of the latent posterior against numerical integration, where that is exact.

Whole posteriors are held to long NUTS runs in ``test_latent_posteriors.py``.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from evalkit.model.latent import corrections, kernel, loggamma

TAILS = np.array([0.025, 0.5, 0.975])


def _by_quadrature(y: np.ndarray, rho: float, sigma: float) -> tuple[np.ndarray, float]:
    """Quantiles of an intercept and log p(y) for two periods, exactly: Gauss–Hermite over u, a fine grid over b."""
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()
    u1 = sigma * node[:, None]
    u2 = rho * u1 + sigma * np.sqrt(1 - rho**2) * node[None, :]
    b = np.linspace(-9, 6, 3001)[:, None, None]
    log_p = y[0] * (b + u1) - np.exp(b + u1) + y[1] * (b + u2) - np.exp(b + u2)
    density = np.einsum("bij,i,j->b", np.exp(log_p - special.gammaln(y + 1).sum()), weight, weight)
    below = np.cumsum(density)
    step = 15 / 3000
    return np.interp(TAILS, (below - density / 2) / below[-1], b.ravel()), float(np.log(density.sum() * step))


@pytest.mark.parametrize(("rho", "sigma"), [(0.5, 0.3), (0.9, 0.6), (-0.2, 0.8)])
@pytest.mark.parametrize("y", [(1.0, 2.0), (4.0, 2.0), (0.0, 9.0)])
def test_one_grid_point_equals_numerical_integration(y: tuple[float, float], rho: float, sigma: float):
    """Within 0.1 sd in the tails, 0.05 at the median, and 5 % of the marginal likelihood, at three contacts in all."""
    counts = np.array(y)
    problem = (
        counts,
        np.ones(2, bool),
        np.zeros(2),
        np.ones((2, 1)),
        np.zeros(1),
        np.zeros(1),
        np.array([True, False]),
    )
    work = kernel.workspace(problem)
    eta, u, b = np.empty(2), np.empty(2), np.empty(1)
    kernel.restart(problem, eta)
    value, _ = kernel.find_mode(problem, np.array([rho, sigma, 0.0]), 1e-9, eta, u, b, work)
    shift, variance, third, extra = (np.empty(1) for _ in range(4))
    value += sum(corrections.moments(np.eye(1), 2, shift, variance, third, extra, work))
    parts = loggamma.components(b, shift, variance, third, extra)
    found = loggamma.mixture_quantiles(TAILS, np.ones(1), parts)
    exact, log_p = _by_quadrature(counts, rho, sigma)
    error = (found - exact) / ((exact[2] - exact[0]) / 3.92)
    assert abs(error[1]) < 0.05
    assert np.abs(error).max() < 0.1
    assert value == pytest.approx(log_p, abs=0.05)
