"""The density of a count given the others, against quadrature over a dense covariance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from evalkit.model.latent import LatentModel, LatentPrior, fit_latent
from evalkit.model.latent.left_out import log_density_left_out

N = 40


@pytest.mark.parametrize("white", [{0.0: 1.0}, {0.5: 1.0}])
@pytest.mark.parametrize(("mean", "close"), [(0.7, 5e-3), (4, 1e-3), (300, 1e-5)])
def test_density_of_a_count_given_the_others_agrees_with_quadrature(
    white: dict[float, float], mean: float, close: float
) -> None:
    rng = np.random.default_rng(5)
    y = rng.poisson(mean * np.exp(0.3 * rng.standard_normal(N))).astype(float)
    X = np.column_stack([np.ones(N), np.arange(N) / N])
    offset, used = np.linspace(0, 0.2, N), np.arange(N) != 7
    model = LatentModel(prior=LatentPrior(white=white))
    posterior = fit_latent(y, X, offset=offset, used=used, model=model)
    joint = posterior.draws(200, 1)
    theta = np.column_stack([joint.rho, joint.sigma, joint.white])
    found = log_density_left_out(posterior.problem, theta, joint.b, joint.eta.copy())
    assert not found[:, 7].any()
    away = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
    for s in range(0, 200, 9):
        rho, sigma, w = theta[s]
        inverse = np.linalg.inv(sigma**2 * ((1 - w) * rho**away + w * np.eye(N)))
        u = joint.eta[s] - offset - X @ joint.b[s]
        for t in (0, 1, 20, N - 1):
            q = inverse[t, t]
            centre, start = joint.eta[s, t] - (inverse[t] @ u) / q, joint.eta[s, t]

            def log_joint(eta: float, t: int = t, q: float = q, centre: float = centre) -> float:
                return y[t] * eta - math.exp(eta) - 0.5 * q * (eta - centre) ** 2

            top, reach = log_joint(start), 9 / math.sqrt(q)
            mass = quad(lambda eta: math.exp(log_joint(eta) - top), start - reach, start + reach, limit=200)[0]  # noqa: B023
            wanted = top + math.log(mass) + 0.5 * math.log(q / (2 * math.pi))
            assert found[s, t] == pytest.approx(wanted, abs=close)
