"""The emulator: its posterior is that of generalised least squares, its priors add to one, its coverage is counted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from benchmarks.calibration import emulator
from benchmarks.calibration.emulator import SHARES, SIGMAS, Candidate, Z, covered, design, posteriors, simulate


def test_the_posterior_is_that_of_generalised_least_squares() -> None:
    n = 24
    matrix, contrasts = design(n, 12)
    y = simulate(np.random.default_rng(1), 3, n, "nb-ar1", 0.6)
    log_likelihood, below = posteriors(y, matrix, contrasts)
    i, j = 14, 2
    rho, share = np.tanh(Z[i]), SHARES[j]
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    logs, shares = [], []
    for sigma in SIGMAS:
        V = sigma**2 * ((1 - share) * rho**lag + share * np.eye(n)) + np.eye(n)
        inverse = np.linalg.inv(V)
        C = np.linalg.inv(matrix.T @ inverse @ matrix)
        b = C @ matrix.T @ inverse @ y[0]
        rest = y[0] - matrix @ b
        logs.append(np.log(sigma) - (np.linalg.slogdet(V)[1] - np.linalg.slogdet(C)[1] + rest @ inverse @ rest) / 2)
        shares.append(norm.cdf(0, contrasts[0] @ b, np.sqrt(contrasts[0] @ C @ contrasts[0])))
    weight = np.exp(np.array(logs) - max(logs))
    assert log_likelihood[i, j, 0] == pytest.approx(max(logs) + np.log(weight.sum()), abs=1e-8)
    assert below[0, i, j, 0] == pytest.approx(np.average(shares, weights=weight), abs=1e-10)


@pytest.mark.parametrize("one", emulator.candidates())
def test_a_prior_adds_to_one_and_keeps_its_limits(one: Candidate) -> None:
    weights = one.weights()
    assert weights.sum() == pytest.approx(1)
    assert (weights[np.tanh(Z) < one.lower] == 0).all()


def test_coverage_counts_the_truth_between_the_tails() -> None:
    shape = (len(Z), len(SHARES), 4)
    below = np.broadcast_to(np.array([0.01, 0.2, 0.97, 0.99]), (2, *shape))
    assert covered(np.zeros(shape), below, Candidate(-0.9, 1.0).weights()).tolist() == [0.5, 0.5]


def test_under_a_prior_that_holds_only_the_truth_coverage_is_nominal() -> None:
    matrix, contrasts = design(48, 24)
    known = posteriors(simulate(np.random.default_rng(2), 2000, 48, "latent", 0.3), matrix, contrasts)
    only = np.zeros((len(Z), len(SHARES)))
    only[np.argmin(np.abs(np.tanh(Z) - 0.3)), 0] = 1.0
    assert covered(*known, only) == pytest.approx(
        [0.95, 0.95], abs=0.02
    )  # sigma is still integrated; 4 standard errors
