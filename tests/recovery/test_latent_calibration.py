"""Coverage and false positives of the latent model on simulated counts: small, fixed seeds, bands from binomial error.

The full study is in ``benchmarks/``; this one fails when something
breaks.  With 300 series a cell and a true rate of
95 % the share covered has a binomial standard error of 1.26 points; the band allowed is 95 % plus or minus three of
them (91.2–98.8 %), which one cell in 370 leaves by chance.  The seeds are fixed, so a pass stays a pass.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from evalkit.model.latent import Series, fit_many_latent

SERIES = 300
LEVEL = 4
BAND = 3 * math.sqrt(0.95 * 0.05 / SERIES)
CELLS = [  # periods, launch, rho, mean
    (24, 12, 0.6, 8),
    (48, 24, 0.8, 5),
    (48, 42, 0.3, 20),
    (36, 18, 0.6, 400),
]


def design(n: int, launch: int) -> np.ndarray:
    t = np.arange(n)
    season, post = 2 * np.pi * t / 12, (t >= launch) * 1.0
    years = (t - launch) / 12
    return np.column_stack([np.ones(n), years, np.sin(season), np.cos(season), post, post * years])


def simulate(rng: np.random.Generator, cell: tuple[int, int, float, float], log_ratio: float) -> np.ndarray:
    """Counts with variance three times the mean, an AR(1) on the log scale, growth of 10 % a year and a season."""
    n, launch, rho, mean = cell
    t, variance = np.arange(n), np.log1p(2 / mean)
    u = np.sqrt(variance) * rng.normal(size=n)
    for i in range(1, n):
        u[i] = rho * u[i - 1] + np.sqrt(1 - rho**2) * u[i]
    eta = np.log(mean) + np.log(1.1) * (t - launch) / 12 + 0.2 * np.sin(2 * np.pi * t / 12) + log_ratio * (t >= launch)
    return rng.poisson(np.exp(eta + u - variance / 2)).astype(float)


def probabilities_below(cell: tuple[int, int, float, float], log_ratio: float) -> np.ndarray:
    """Posterior distribution function of the level change at its true value, for each series."""
    rng = np.random.default_rng([2019, cell[0], cell[1], int(10 * cell[2]), cell[3]])
    X = design(cell[0], cell[1])
    items = [Series(simulate(rng, cell, log_ratio), X) for _ in range(SERIES)]
    found = fit_many_latent(items, lambda posterior: float(posterior.coefficient(LEVEL).cdf(log_ratio)))
    assert all(isinstance(value, float) for value in found)
    return np.array(found)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_intervals_cover_at_their_nominal_rate(cell):
    below = probabilities_below(cell, math.log(1.5))
    covered = np.mean((below >= 0.025) & (below <= 0.975))
    assert abs(covered - 0.95) < BAND
    assert abs(np.mean((below >= 0.25) & (below <= 0.75)) - 0.5) < 4 * math.sqrt(0.25 / SERIES)


@pytest.mark.parametrize("cell", CELLS[:2], ids=str)
def test_false_positives_stay_at_five_per_cent(cell):
    below = probabilities_below(cell, 0.0)
    assert abs(np.mean((below < 0.025) | (below > 0.975)) - 0.05) < BAND
