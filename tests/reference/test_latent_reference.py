"""The latent posterior against answers found in other ways: numerical integration, and long Markov chains.

The chains (two of 400,000 steps each: Hamiltonian moves of coefficients and latent process, Metropolis moves of rho
and sigma given the process and given its innovations; Monte-Carlo error at most 0.03 posterior standard deviations)
were run once, with code that shares nothing with the library; their quantiles are below, with the counts they belong
to.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from evalkit.model.latent import fit_latent, kernel, loggamma

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
    problem = (counts, np.ones(2, bool), np.zeros(2), np.ones((2, 1)), np.zeros(1), np.zeros(1))
    work = kernel.workspace(2, 1)
    eta, u, b = np.empty(2), np.empty(2), np.empty(1)
    kernel.restart(problem, eta)
    value, _ = kernel.find_mode(problem, rho, sigma, 1e-9, eta, u, b, work)
    shift, variance, third, extra = (np.empty(1) for _ in range(4))
    value += kernel.moments(problem[1], np.eye(1), 2, shift, variance, third, extra, work)
    parts = loggamma.components(b, shift, variance, third, extra)
    found = loggamma.mixture_quantiles(TAILS, np.ones(1), parts)
    exact, log_p = _by_quadrature(counts, rho, sigma)
    error = (found - exact) / ((exact[2] - exact[0]) / 3.92)
    assert abs(error[1]) < 0.05
    assert np.abs(error).max() < 0.1
    assert value == pytest.approx(log_p, abs=0.05)


# fmt: off
CHAINS = [
    {
        "name": "24 periods, launch 12, rho 0.6, mean 2",
        "launch": 12,
        "y": [2, 1, 1, 1, 1, 1, 4, 4, 4, 5, 10, 3, 3, 13, 4, 6, 2, 1, 8, 1, 0, 1, 0, 0],
        "level": [-2.1053, 0.5272, 3.2602],
        "level_sd": 1.3413,
        "slope": [-14.9531, -6.2107, 2.2825],
        "slope_sd": 4.1428,
        "rho": [-0.1905, 0.8862, 0.9775],
        "sigma": [0.4254, 1.7777, 3.8451],
    },
    {
        "name": "24 periods, launch 12, rho 0, mean 2",
        "launch": 12,
        "y": [2, 0, 6, 5, 0, 1, 2, 3, 3, 2, 1, 1, 0, 0, 4, 0, 4, 13, 2, 0, 2, 3, 3, 2],
        "level": [-7.1633, -1.8532, 2.4463],
        "level_sd": 2.4093,
        "slope": [-6.7888, 2.6086, 13.5953],
        "slope_sd": 4.898,
        "rho": [-0.1375, 0.8046, 0.9727],
        "sigma": [0.6824, 2.0272, 3.8835],
    },
    {
        "name": "48 periods, launch 24, rho 0.3, mean 2",
        "launch": 24,
        "y": [3, 11, 4, 1, 0, 6, 1, 2, 0, 3, 6, 2, 0, 0, 0, 3, 0, 0, 2, 6, 0, 3, 0, 1, 18, 9, 3, 0, 1, 0, 2,
            6, 10, 4, 2, 2, 4, 2, 3, 0, 4, 3, 1, 3, 3, 1, 2, 3],
        "level": [0.8933, 2.8469, 5.6513],
        "level_sd": 1.2117,
        "slope": [-3.6134, 0.2352, 3.7285],
        "slope_sd": 1.6729,
        "rho": [-0.1335, 0.6693, 0.9761],
        "sigma": [0.5936, 1.1601, 3.64],
    },
    {
        "name": "48 periods, launch 42, rho 0.3, mean 2",
        "launch": 42,
        "y": [1, 1, 1, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 3, 2, 2, 3, 3, 0, 1, 1, 4, 2, 1, 0, 0, 0, 10, 11,
            2, 2, 1, 1, 1, 1, 3, 4, 1, 5, 0, 1, 6, 0, 1, 4, 8],
        "level": [-2.6803, -0.0993, 2.9121],
        "level_sd": 1.4127,
        "slope": [-5.3212, 4.2338, 13.9593],
        "slope_sd": 4.8154,
        "rho": [-0.0936, 0.6318, 0.9731],
        "sigma": [0.6281, 1.2338, 3.6571],
    },
    {
        "name": "24 periods, launch 12, rho 0.6, mean 8",
        "launch": 12,
        "y": [14, 3, 8, 12, 13, 10, 16, 8, 8, 4, 11, 4, 12, 23, 22, 16, 30, 22, 21, 22, 28, 10, 8, 11],
        "level": [0.0549, 1.2609, 2.3902],
        "level_sd": 0.5855,
        "slope": [-2.6028, 0.0758, 3.452],
        "slope_sd": 1.4195,
        "rho": [-0.2316, 0.8909, 0.9788],
        "sigma": [0.0352, 0.4476, 2.2143],
    },
    {
        "name": "48 periods, launch 42, rho 0.6, mean 5",
        "launch": 42,
        "y": [4, 8, 10, 4, 2, 3, 7, 7, 11, 6, 11, 2, 5, 7, 1, 1, 3, 1, 0, 1, 0, 1, 0, 4, 1, 1, 9, 3, 3, 5,
            2, 6, 7, 6, 2, 1, 4, 4, 3, 8, 3, 7, 11, 5, 7, 1, 6, 8],
        "level": [-0.8165, 0.6307, 2.1116],
        "level_sd": 0.7372,
        "slope": [-7.601, -0.9187, 5.6136],
        "slope_sd": 3.3072,
        "rho": [0.6242, 0.9413, 0.9791],
        "sigma": [0.6011, 1.4231, 3.132],
    },
    {
        "name": "96 periods, launch 48, rho 0.6, mean 5",
        "launch": 48,
        "y": [7, 5, 10, 7, 7, 3, 2, 3, 1, 2, 2, 0, 2, 3, 3, 7, 5, 6, 0, 4, 3, 3, 4, 2, 2, 7, 9, 3, 4, 3, 2,
            2, 16, 6, 3, 2, 3, 3, 2, 2, 3, 4, 5, 3, 2, 0, 4, 5, 4, 2, 3, 5, 12, 13, 3, 9, 11, 7, 8, 12, 9,
            6, 11, 8, 7, 16, 5, 4, 3, 7, 6, 9, 5, 6, 3, 6, 4, 12, 12, 3, 8, 10, 6, 7, 15, 8, 7, 18, 13, 16,
            26, 2, 1, 6, 5, 9],
        "level": [-0.7629, 0.486, 1.2829],
        "level_sd": 0.5041,
        "slope": [-0.3334, 0.1629, 0.8024],
        "slope_sd": 0.293,
        "rho": [0.1149, 0.5357, 0.9668],
        "sigma": [0.3624, 0.5176, 1.5096],
    },
    {
        "name": "48 periods, launch 24, rho 0.8, mean 60",
        "launch": 24,
        "y": [52, 46, 46, 59, 54, 59, 46, 44, 59, 36, 47, 56, 65, 66, 64, 57, 62, 43, 55, 57, 54, 49, 57,
            41, 81, 84, 95, 123, 147, 104, 99, 65, 73, 87, 85, 89, 108, 133, 120, 129, 125, 135, 114, 113,
            105, 92, 151, 148],
        "level": [0.0475, 0.3561, 0.7078],
        "level_sd": 0.1651,
        "slope": [-0.273, 0.2122, 0.8392],
        "slope_sd": 0.2656,
        "rho": [0.1244, 0.8875, 0.9787],
        "sigma": [0.0754, 0.1952, 0.5836],
    },
    {
        "name": "36 periods, launch 18, rho 0, mean 20",
        "launch": 18,
        "y": [53, 12, 39, 15, 26, 25, 9, 12, 15, 30, 13, 24, 8, 23, 50, 48, 15, 10, 19, 26, 15, 48, 31, 59,
            33, 30, 35, 44, 43, 35, 21, 21, 31, 36, 42, 18],
        "level": [-0.4041, 0.6305, 1.8773],
        "level_sd": 0.554,
        "slope": [-2.5702, 0.1537, 3.668],
        "slope_sd": 1.3584,
        "rho": [-0.2524, 0.3362, 0.9766],
        "sigma": [0.3502, 0.5515, 2.9451],
    },
    {
        "name": "24 periods, launch 18, rho 0.3, mean 20",
        "launch": 18,
        "y": [18, 31, 20, 15, 19, 19, 21, 12, 12, 21, 23, 10, 21, 20, 11, 24, 28, 35, 43, 35, 35, 24, 31, 44],
        "level": [-0.5167, 0.3279, 1.1108],
        "level_sd": 0.4078,
        "slope": [-4.2847, 0.1423, 4.454],
        "slope_sd": 2.1358,
        "rho": [0.188, 0.935, 0.9791],
        "sigma": [0.1795, 0.7058, 1.9565],
    },
    {
        "name": "96 periods, launch 90, rho 0.0, mean 2",
        "launch": 90,
        "y": [0, 0, 3, 0, 0, 0, 0, 3, 6, 0, 0, 2, 2, 0, 1, 2, 0, 0, 1, 2, 1, 0, 0, 2, 3, 1, 0, 3, 1, 3, 1,
            0, 0, 0, 0, 0, 3, 2, 1, 1, 3, 0, 1, 2, 1, 2, 1, 0, 0, 0, 0, 1, 2, 0, 3, 1, 9, 2, 1, 1, 1, 1, 0,
            8, 2, 0, 0, 2, 1, 1, 1, 0, 0, 0, 7, 0, 0, 1, 1, 2, 1, 2, 1, 2, 0, 1, 2, 2, 3, 6, 2, 1, 5, 1, 13,
            0],
        "level": [-1.902, 0.0806, 1.9695],
        "level_sd": 0.9809,
        "slope": [-5.5523, 1.9889, 9.2765],
        "slope_sd": 3.759,
        "rho": [-0.272, 0.0308, 0.459],
        "sigma": [0.6586, 0.9318, 1.3108],
    },
    {
        "name": "48 periods, launch 24, rho 0, mean 1",
        "launch": 24,
        "y": [0, 0, 1, 1, 0, 7, 0, 1, 0, 0, 2, 0, 0, 0, 1, 3, 0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 3, 2, 3,
            2, 2, 8, 3, 0, 0, 0, 4, 3, 0, 1, 2, 4, 0, 4, 0, 0],
        "level": [-2.7451, 1.4184, 4.2006],
        "level_sd": 1.6938,
        "slope": [-4.0206, 0.0989, 3.3509],
        "slope_sd": 1.7366,
        "rho": [-0.2726, 0.2381, 0.9609],
        "sigma": [0.6992, 1.3196, 3.583],
    },
]
# fmt: on


@pytest.mark.parametrize("case", CHAINS, ids=[case["name"] for case in CHAINS])
def test_quantiles_equal_those_of_long_chains(case):
    """Median within 0.05 posterior sd and tails within 0.1 (0.15 in the one series whose posterior sd exceeds 2)."""
    y, launch = np.array(case["y"], dtype=float), case["launch"]
    t = np.arange(len(y))
    post, years = (t >= launch) * 1.0, (t - launch) / 12
    X = np.column_stack([np.ones(len(y)), years, np.sin(t * np.pi / 6), np.cos(t * np.pi / 6), post, post * years])
    posterior = fit_latent(y, X)
    for name, column in (("level", 4), ("slope", 5)):
        exact, sd = np.array(case[name]), case[f"{name}_sd"]
        error = (posterior.coefficient(column).quantile(TAILS) - exact) / sd
        assert abs(error[1]) < 0.05, name
        assert np.abs(error).max() < (0.1 if sd < 2 else 0.15), name
    for name, marginal in (("rho", posterior.rho), ("sigma", posterior.sigma)):
        assert marginal.cdf(case[name][1]) == pytest.approx(0.5, abs=0.05), name
