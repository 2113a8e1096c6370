"""The compiled kernel against the same equations written with dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from evalkit.model.latent import corrections, kernel, loggamma


def _problem(seed: int = 0, n: int = 30, *, prior: bool = False, gaps: bool = True):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    X = np.column_stack([np.ones(n), (t - n / 2) / 12, np.sin(2 * np.pi * t / 12), (t >= n // 2) * 1.0])
    used = np.ones(n, dtype=bool)
    if gaps:
        used[[3, 4, n - 6]] = False
    y = np.where(used, rng.poisson(np.exp(1 + rng.normal(0, 0.5, n))), 0).astype(float)
    offset = rng.normal(0.3, 0.1, n)
    precision = np.array([0.0, 4.0, 0.0, 1.0]) if prior else np.zeros(4)
    mean = np.array([0.0, 0.1, 0.0, -0.2]) if prior else np.zeros(4)
    return y, used, offset, X, mean, precision, np.arange(n) == 0


def _dense_precision(starts: np.ndarray, rho: float, sigma: float, white: float) -> np.ndarray:
    time, chain = np.arange(len(starts)), np.cumsum(starts)
    lag = np.abs(np.subtract.outer(time, time))
    correlation = np.where(np.equal.outer(chain, chain), rho**lag, 0.0)
    return np.linalg.inv(sigma**2 * ((1 - white) * correlation + white * np.eye(len(starts))))


def _dense_mode(problem, rho: float, sigma: float, white: float = 0.0):
    """Newton on the joint (u, b) with dense matrices; mode of eta, b, log marginal likelihood, joint Hessian."""
    y, used, offset, X, mean, precision, starts = problem
    n, p = X.shape
    Q, S = _dense_precision(starts, rho, sigma, white), np.diag(precision)
    Z = np.hstack([np.eye(n), X])
    prior_precision = np.block([[Q, np.zeros((n, p))], [np.zeros((p, n)), S]])
    prior_mean = np.concatenate([np.zeros(n), mean])
    x = np.concatenate([np.zeros(n), np.linalg.lstsq(X, np.log(y + 0.5) - offset, rcond=None)[0]])
    for _ in range(100):
        mu = np.where(used, np.exp(offset + Z @ x), 0.0)
        hessian = Z.T @ (mu[:, None] * Z) + prior_precision
        gradient = Z.T @ (np.where(used, y, 0) - mu) - prior_precision @ (x - prior_mean)
        step = np.linalg.solve(hessian, gradient)
        x = x + np.clip(step, -1, 1)
    mu = np.where(used, np.exp(offset + Z @ x), 0.0)
    hessian = Z.T @ (mu[:, None] * Z) + prior_precision
    eta, b, u = offset + Z @ x, x[n:], x[:n]
    proper = precision > 0
    log_p = np.sum(np.where(used, y * eta - np.exp(eta) - special.gammaln(y + 1), 0.0))
    log_p += -0.5 * u @ Q @ u + 0.5 * np.linalg.slogdet(Q)[1] - 0.5 * np.linalg.slogdet(hessian)[1]
    log_p += 0.5 * p * np.log(2 * np.pi) - 0.5 * np.sum(precision * (b - mean) ** 2)
    log_p += 0.5 * np.sum(np.log(precision[proper] / (2 * np.pi)))
    return eta, b, log_p, hessian, mu, Z


def _kernel_mode(problem, rho: float, sigma: float, contrasts: np.ndarray, order: int, white: float = 0.0):
    n, p = problem[3].shape
    work = kernel.workspace(problem)
    eta, u, b = np.empty(n), np.empty(n), np.empty(p)
    kernel.restart(problem, eta)
    for _ in range(2):  # the second time what is left in ``work`` is of the mode itself
        value, iterations = kernel.find_mode(problem, np.array([rho, sigma, white]), 1e-10, eta, u, b, work)
        assert iterations > 0
    moments = [np.empty(len(contrasts)) for _ in range(4)]
    beyond = sum(corrections.moments(contrasts, order, *moments, work))
    return eta, b, value, moments, beyond


@pytest.mark.parametrize("white", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("prior", [False, True])
@pytest.mark.parametrize(("rho", "sigma"), [(0.6, 0.5), (-0.25, 1.5), (0.97, 0.2), (0.0, 0.02)])
def test_mode_and_marginal_likelihood_equal_the_dense_reference(rho: float, sigma: float, prior: bool, white: float):
    problem = _problem(prior=prior)
    eta, b, value, _, _ = _kernel_mode(problem, rho, sigma, np.eye(4), 1, white)
    dense_eta, dense_b, dense_value, *_ = _dense_mode(problem, rho, sigma, white)
    np.testing.assert_allclose(eta, dense_eta, atol=1e-8)
    np.testing.assert_allclose(b, dense_b, atol=1e-8)
    assert value == pytest.approx(dense_value, abs=1e-8)


@pytest.mark.parametrize("white", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("starts", [(0,), (0, 12), (0, 1, 15, 29)])
@pytest.mark.parametrize(("rho", "sigma"), [(0.6, 0.5), (-0.25, 1.5), (0.95, 0.3)])
def test_corrections_equal_the_dense_sums(rho: float, sigma: float, starts: tuple[int, ...], white: float):
    problem = _starting_at(_problem(3, prior=True), starts)
    contrasts = np.array([[0.0, 0, 0, 1], [1, 0, 0.5, -1]])
    _, _, _, (shift, variance, third, extra), beyond = _kernel_mode(problem, rho, sigma, contrasts, 2, white)
    *_, hessian, mu, Z = _dense_mode(problem, rho, sigma, white)
    n = len(problem[0])
    covariance = np.linalg.inv(hessian)
    A = np.hstack([np.zeros((2, n)), contrasts])
    V, c, f = Z @ covariance @ Z.T, A @ covariance @ Z.T, -mu
    np.testing.assert_allclose(variance, np.diag(A @ covariance @ A.T), rtol=1e-8)
    np.testing.assert_allclose(shift, 0.5 * c @ (f * np.diag(V)), rtol=1e-6)
    np.testing.assert_allclose(third, c**3 @ f, rtol=1e-6)
    h = V @ (f * np.diag(V))
    bubble = np.einsum("it,t,ts,s,is->i", c, f, V**2, f, c)
    np.testing.assert_allclose(extra, 0.5 * c**2 @ (f * (np.diag(V) + h)) + 0.5 * bubble, rtol=1e-6)
    evidence = f @ np.diag(V) ** 2 / 8 + (f * np.diag(V)) @ h / 8 + f @ V**3 @ f / 12
    assert beyond == pytest.approx(evidence, rel=1e-6)


def _starting_at(problem, starts: tuple[int, ...]):
    return (*problem[:6], np.isin(np.arange(len(problem[0])), starts))


@pytest.mark.parametrize("starts", [(0, 12), (0, 4, 5), (0, 1, 29)])  # chains of one period, and a start in a gap
@pytest.mark.parametrize(("rho", "sigma", "white"), [(0.6, 0.5, 0.0), (-0.25, 1.5, 0.5), (0.97, 0.2, 0.0)])
def test_a_chain_that_starts_anew_equals_the_dense_reference(
    rho: float, sigma: float, white: float, starts: tuple[int, ...]
):
    problem = _starting_at(_problem(prior=True), starts)
    eta, b, value, _, _ = _kernel_mode(problem, rho, sigma, np.eye(4), 1, white)
    dense_eta, dense_b, dense_value, *_ = _dense_mode(problem, rho, sigma, white)
    np.testing.assert_allclose(eta, dense_eta, atol=1e-8)
    np.testing.assert_allclose(b, dense_b, atol=1e-8)
    assert value == pytest.approx(dense_value, abs=1e-8)
    assert abs(value - _kernel_mode(_problem(prior=True), rho, sigma, np.eye(4), 1, white)[2]) > 1e-4


@pytest.mark.parametrize("order", [1, 2])
def test_separate_series_end_to_end_are_the_product_of_the_two(order: int):
    """Own columns and own chains: modes and moments side by side, log marginal likelihoods and corrections added."""
    first, second = _problem(0), _problem(7, n=22)
    n, (p, q) = len(first[0]), (first[3].shape[1], second[3].shape[1])
    stacked = (
        *(np.concatenate([a, b]) for a, b in zip(first[:3], second[:3], strict=True)),
        np.block([[first[3], np.zeros((n, q))], [np.zeros((22, p)), second[3]]]),
        *(np.concatenate([a, b]) for a, b in zip(first[4:], second[4:], strict=True)),
    )
    both = _kernel_mode(stacked, 0.7, 0.4, np.eye(p + q), order)
    parts = [_kernel_mode(part, 0.7, 0.4, np.eye(4), order) for part in (first, second)]
    np.testing.assert_allclose(both[0], np.concatenate([part[0] for part in parts]), atol=1e-8)
    np.testing.assert_allclose(both[1], np.concatenate([part[1] for part in parts]), atol=1e-8)
    assert both[2] == pytest.approx(parts[0][2] + parts[1][2], abs=1e-8)
    for k in range(4 if order == 2 else 3):
        np.testing.assert_allclose(both[3][k], np.concatenate([part[3][k] for part in parts]), atol=1e-8)
    assert both[4] == pytest.approx(parts[0][4] + parts[1][4], abs=1e-8)


def test_a_masked_period_keeps_the_spacing():
    """A gap of two in the middle equals the same model with those rows integrated out, not with rows deleted."""
    problem = _problem(1)
    _, _, value, _, _ = _kernel_mode(problem, 0.8, 0.7, np.eye(4), 1)
    y, used, offset, X, mean, precision, starts = problem
    deleted = (*(np.ascontiguousarray(a[used]) for a in (y, used, offset, X)), mean, precision, starts[used])
    _, _, squeezed, _, _ = _kernel_mode(deleted, 0.8, 0.7, np.eye(4), 1)
    assert value == pytest.approx(_dense_mode(problem, 0.8, 0.7)[2], abs=1e-8)
    assert abs(value - squeezed) > 0.01


def test_huge_counts_lose_no_digits():
    rng = np.random.default_rng(5)
    n = 40
    X = np.column_stack([np.ones(n), np.arange(n) / 12, (np.arange(n) >= 20) * 1.0])
    log_mean = np.log(1e9) + 0.1 * X[:, 1] + 0.3 * X[:, 2] + 0.05 * rng.normal(size=n)
    problem = (
        np.round(np.exp(log_mean)),
        np.ones(n, bool),
        np.zeros(n),
        X,
        np.zeros(3),
        np.zeros(3),
        np.arange(n) == 0,
    )
    _, b, _, (_, variance, _, _), _ = _kernel_mode(problem, 0.0, 0.05, np.eye(3), 2)
    gls = np.linalg.inv(X.T @ X) * (0.05**2 + 1e-9)  # Poisson noise is 3e-5 against 0.05: ordinary least squares
    np.testing.assert_allclose(b, np.linalg.lstsq(X, np.log(problem[0]), rcond=None)[0], atol=1e-6)
    np.testing.assert_allclose(variance, np.diag(gls), rtol=1e-5)


@pytest.mark.parametrize("k", [0.3, 1.0, 2.5, 20.0, 149.0, 151.0, 5000.0])
def test_component_functions_are_those_of_the_log_gamma(k: float):
    x = np.linspace(-3, 2, 41) / np.sqrt(k)
    for sign in (1.0, -1.0):
        laws = np.array([loggamma.component_law(v, 0.0, 1.0, k, sign, special.gammaln(k)) for v in x])
        cdf = laws[:, 0]
        exact = special.gammainc(k, k * np.exp(sign * x))
        tolerance = 1e-9 if k < 150 else 5e-5  # the cube-root normal approximation above 150
        np.testing.assert_allclose(cdf, exact if sign > 0 else 1 - exact, atol=tolerance)
        slope = np.gradient(cdf, x)[1:-1]
        pdf = laws[1:-1, 1]
        np.testing.assert_allclose(pdf, slope, atol=0.01 * pdf.max())
    assert loggamma.digamma(k) == pytest.approx(special.digamma(k), abs=1e-8)


def test_a_single_poisson_rate_is_exact():
    """With k contacts in one period, u negligible and a flat prior, the posterior of the log rate is log Gamma(k)."""
    for k in (1.0, 3.0, 12.0):
        one, zero = np.ones(1, bool), np.zeros(1)
        problem = (np.array([k]), one, zero, np.ones((1, 1)), zero, zero, one)
        _, b, value, (shift, variance, third, extra), beyond = _kernel_mode(problem, 0.0, 1e-4, np.eye(1), 2)
        parts = loggamma.components(b, shift, variance, third, extra)
        q = np.array([0.025, 0.5, 0.975])
        found = loggamma.mixture_quantiles(q, np.ones(1), parts)
        np.testing.assert_allclose(found, np.log(special.gammaincinv(k, q)), atol=1e-5)
        exact = special.gammaln(k) - special.gammaln(k + 1)
        assert value + beyond == pytest.approx(exact, abs=0.003 / k**2)


def test_mixture_quantiles_invert_the_distribution_function():
    rng = np.random.default_rng(2)
    weight = rng.dirichlet(np.ones(30))
    shape, sign = rng.uniform(0.3, 300, 30), rng.choice([-1.0, 1.0], 30)
    parts = np.column_stack([rng.normal(0, 1, 30), rng.uniform(0.5, 3, 30), shape, sign])
    q = np.array([1e-4, 0.025, 0.3, 0.5, 0.9, 0.999])
    x = loggamma.mixture_quantiles(q, weight, parts)
    np.testing.assert_allclose(loggamma.mixture_laws(x, weight, parts)[0], q, atol=1e-8)


def test_systematic_resampling_takes_every_weight_within_one_of_its_share():
    from evalkit.model.latent import sampling

    weights = np.random.default_rng(0).dirichlet(np.full(50, 0.3))
    counts = sampling.systematic(weights, 1000, 0.37)
    assert counts.sum() == 1000
    assert np.all(np.abs(counts - 1000 * weights) <= 1)
