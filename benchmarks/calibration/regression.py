"""Segmented regression of many series at once.

The library fits one series at a time through statsmodels. Thousands of replicates of 640 cells are fitted here by the
same estimators written for a block of series with one design; a test holds them to ``evalkit.model.Segmented``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma

from benchmarks.calibration.intervals import Intervals, from_errors
from evalkit.model.segmented import newey_west_lags

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.calibration.cells import Setting

_STEPS = 100
_TOLERANCE = 1e-9
_DIVERGED = 25.0
_VANISHED = 14.0  # -log(alpha): the likelihood rises until no overdispersion is left, and the Poisson fit is the answer


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """m fitted regressions with one design.

    Attributes
    ----------
    coefficients : ndarray of shape (m, p)
    covariance : ndarray of shape (m, p, p)
    df : int
        n − p.
    usable : ndarray of bool, shape (m,)
        False where a fit did not converge or ran away.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    df: int
    usable: NDArray[np.bool_]

    def term(self, position: int) -> Intervals:
        """Estimate and Student t interval of one coefficient."""
        error = np.sqrt(self.covariance[:, position, position])
        return from_errors(self.coefficients[:, position], error, self.df, self.usable)


def segmented(counts: NDArray[np.float64], setting: Setting, *, family: str, hac: bool) -> Block:
    """Poisson, quasi-Poisson or negative binomial regression, as ``evalkit.model.Segmented`` has them.

    Parameters
    ----------
    counts : ndarray of shape (m, n)
    setting : Setting
    family : {"poisson", "quasi-poisson", "negative-binomial"}
    hac : bool
        Newey–West covariance with the library's lag rule and the factor n / (n − p).
    """
    X = setting.matrix
    n, p = X.shape
    beta, usable = poisson(counts, X)
    alpha = np.zeros(len(counts))
    if family == "negative-binomial":
        beta, alpha, converged = negative_binomial(counts, X, beta)
        usable &= converged
    mu = _mean(beta, X)
    shrink = 1 + alpha[:, None] * mu
    # statsmodels takes the expected information, but the observed one inside a sandwich
    weight = mu * (1 + alpha[:, None] * counts) / shrink**2 if hac else mu / shrink
    bread = np.linalg.inv(_information(weight, X))
    if hac:
        scores = ((counts - mu) / shrink)[:, :, None] * X
        covariance = bread @ long_run(scores, newey_west_lags(n)) @ bread * (n / (n - p))
    elif family == "quasi-poisson":
        covariance = bread * (((counts - mu) ** 2 / mu).sum(axis=1) / (n - p))[:, None, None]
    else:
        covariance = bread
    usable &= (np.abs(beta[:, 1:]) < _DIVERGED).all(axis=1) & _counted(counts, setting)
    return Block(coefficients=beta, covariance=covariance, df=n - p, usable=usable)


def least_squares(counts: NDArray[np.float64], setting: Setting, *, hac: bool) -> Block:
    """Ordinary least squares of log counts, with model or HAC covariance and Student t intervals."""
    X = setting.matrix
    n, p = X.shape
    log_counts = np.log(counts)
    bread = np.linalg.inv(X.T @ X)
    beta = log_counts @ X @ bread
    residual = log_counts - beta @ X.T
    if hac:
        middle = long_run(residual[:, :, None] * X, newey_west_lags(n))
        covariance = bread @ middle @ bread * (n / (n - p))
    else:
        covariance = bread * ((residual**2).sum(axis=1) / (n - p))[:, None, None]
    return Block(coefficients=beta, covariance=covariance, df=n - p, usable=np.ones(len(counts), dtype=bool))


def poisson(counts: NDArray[np.float64], X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Maximum likelihood coefficients (m, p) and whether they converged (m,)."""
    beta = np.linalg.lstsq(X, np.log(counts + 0.5).T, rcond=None)[0].T
    return _newton(counts, X, beta, np.zeros(len(counts)), _STEPS)


def negative_binomial(
    counts: NDArray[np.float64], X: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Coefficients, α and convergence; α is 0 where Pearson's statistic shows no overdispersion, as in the library."""
    n, p = X.shape
    beta, mu = start.copy(), _mean(start, X)
    pearson = ((counts - mu) ** 2 / mu).sum(axis=1) / (n - p)
    over = pearson > 1
    log_k = np.log(mu.mean(axis=1) / np.maximum(pearson - 1, 1e-3))
    active = over.copy()
    for _ in range(_STEPS):
        if not active.any():
            break
        y, k_before, b_before = counts[active], log_k[active], beta[active]
        k = k_before + _size_step(y, _mean(b_before, X), np.exp(k_before))
        b, _ = _newton(y, X, b_before, np.exp(-k), 2)
        log_k[active], beta[active] = k, b
        moved = np.maximum(np.abs(k - k_before), np.abs(b - b_before).max(axis=1))
        active[active] = (moved > 1e-6) & (k < _VANISHED)
    alpha = np.where(over, np.exp(-log_k), 0.0)
    return beta, alpha, ~active


def long_run(scores: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Bartlett-weighted sum of autocovariances of scores (m, n, p), shape (m, p, p) (Newey and West 1987)."""
    total = scores.transpose(0, 2, 1) @ scores
    for lag in range(1, lags + 1):
        cross = scores[:, lag:].transpose(0, 2, 1) @ scores[:, :-lag]
        total += (1 - lag / (lags + 1)) * (cross + cross.transpose(0, 2, 1))
    return total


def window_ratio(block: Block, setting: Setting, rng: np.random.Generator, draws: int) -> Intervals:
    """Rate ratio over the months from the launch on, from joint draws of the coefficients as in the library."""
    X = setting.matrix[setting.post]
    without = X.copy()
    without[:, list(setting.campaign)] = 0.0
    quantiles = np.full((3, len(block.coefficients)), np.nan)
    for i in np.flatnonzero(block.usable):
        values, vectors = np.linalg.eigh(block.covariance[i])
        z = rng.standard_normal((draws, X.shape[1])) * np.sqrt(block.df / rng.chisquare(block.df, draws))[:, None]
        beta = block.coefficients[i] + z @ (vectors * np.sqrt(np.clip(values, 0, None))).T
        ratio = np.exp(beta @ X.T).sum(axis=1) / np.exp(beta @ without.T).sum(axis=1)
        quantiles[:, i] = np.log(np.quantile(ratio, (0.5, 0.025, 0.975)))
    return Intervals(centre=quantiles[0], lower=quantiles[1], upper=quantiles[2])


def _newton(
    counts: NDArray[np.float64],
    X: NDArray[np.float64],
    beta: NDArray[np.float64],
    alpha: NDArray[np.float64],
    steps: int,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fisher scoring of the coefficients given α; a step moves no linear predictor by more than about 3."""
    moved = np.full(len(counts), np.inf)
    for _ in range(steps):
        mu = _mean(beta, X)
        shrink = 1 + alpha[:, None] * mu
        gradient = ((counts - mu) / shrink) @ X
        information = _information(mu / shrink, X) + 1e-10 * np.eye(X.shape[1])
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        reach = np.abs(step @ X.T).max(axis=1)
        step *= np.minimum(1, 3 / np.maximum(reach, 1e-12))[:, None]
        beta = beta + step
        moved = np.abs(step).max(axis=1)
        if moved.max() < _TOLERANCE:
            break
    return beta, moved < 1e-6


def _size_step(y: NDArray[np.float64], mu: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    """Newton step for log k = −log α of the negative binomial given the means, at most 1 long, shape (m,)."""

    def slope(k: NDArray[np.float64]) -> NDArray[np.float64]:
        column = k[:, None]
        terms = digamma(y + column) - digamma(column) - np.log1p(mu / column) + 1 - (y + column) / (mu + column)
        return k * terms.sum(axis=1)

    width = 1e-4
    at = slope(k)
    curvature = (slope(k * np.exp(width)) - slope(k * np.exp(-width))) / (2 * width)
    with np.errstate(divide="ignore", invalid="ignore"):
        newton = np.where(curvature < 0, -at / curvature, np.sign(at))
    return np.clip(np.nan_to_num(newton), -1, 1)


def _mean(beta: NDArray[np.float64], X: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(np.clip(beta @ X.T, -30, 30))


def _information(weight: NDArray[np.float64], X: NDArray[np.float64]) -> NDArray[np.float64]:
    p = X.shape[1]
    outer = (X[:, :, None] * X[:, None, :]).reshape(len(X), p * p)
    return (weight @ outer).reshape(-1, p, p)


def _counted(counts: NDArray[np.float64], setting: Setting) -> NDArray[np.bool_]:
    """Contacts on both sides of the launch: without them the library refuses."""
    return (counts[:, setting.post].sum(axis=1) > 0) & (counts[:, ~setting.post].sum(axis=1) > 0)
