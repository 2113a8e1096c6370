"""Variances by likelihood, and the signal given them: the same answers as the Kalman filter, all periods at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy
from scipy.linalg import solve_triangular

from evalkit.catalogue import term, text
from evalkit.errors import CannotEstimate
from evalkit.model.logscale import covariance_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

EDGE: Final = 14.0
"""Bound of the log of a variance over that of the irregular part: beyond it the smaller of the two is nothing."""
_STARTS: Final = (-8.0, -4.0, -2.0, 0.0, 3.0)
_SEARCHES: Final = 3
_RANK: Final = 1e-9
_SAME: Final = 1e-3
_CLOSE: Final = 2.0
_NOTHING: Final = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """``outcome = basis g + matrix b + u + e``: what is to be fitted.

    Attributes
    ----------
    outcome : ndarray of shape (n,)
        On the log scale; anything where a period is not used.
    used : ndarray of bool, shape (n,)
    basis : ndarray of shape (n, k)
        Paths of the starting states, independent of one another over the used periods.
    matrix : ndarray of shape (n, p)
        Columns of the regression.
    shocks : mapping of str to ndarray of shape (n, n)
        Covariances of u for shocks of variance 1, by name.
    restricted : bool
        Whether the likelihood of the variances treats b as diffuse as well as g.
    """

    outcome: NDArray[np.float64]
    used: NDArray[np.bool_]
    basis: NDArray[np.float64]
    matrix: NDArray[np.float64]
    shocks: Mapping[str, NDArray[np.float64]]
    restricted: bool

    @cached_property
    def _inside(self) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
        both = np.column_stack([self.outcome, self.basis, self.matrix])[self.used]
        return both, [kernel[np.ix_(self.used, self.used)] for kernel in self.shocks.values()]

    @property
    def diffuse(self) -> int:
        """Number of coefficients that the likelihood integrates over."""
        return int(self.basis.shape[1] + self.restricted * self.matrix.shape[1])

    def root(self, log_ratios: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lower root of the covariance of the used periods in units of the irregular variance."""
        _, kernels = self._inside
        covariance = np.eye(int(self.used.sum()))
        for kernel, log_ratio in zip(kernels, log_ratios, strict=True):
            covariance = covariance + np.exp(log_ratio) * kernel
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)

    def solved(self, log_ratios: NDArray[np.float64]) -> Solved:
        """Likelihood, coefficients and variance at given ratios of the variances to the irregular one."""
        root = self.root(log_ratios)
        white = solve_triangular(root, self._inside[0], lower=True, check_finite=False)
        columns = white[:, 1:]
        coefficients = np.linalg.lstsq(columns, white[:, 0], rcond=None)[0]
        m, k = len(white), self.diffuse
        squares = float(np.sum((white[:, 0] - columns @ coefficients) ** 2))
        variance = squares / (m - k)
        bread = columns[:, :k].T @ columns[:, :k]
        log_determinant = 2 * np.log(np.diag(root)).sum() + np.linalg.slogdet(bread)[1]
        return Solved(
            log_likelihood=float(-0.5 * ((m - k) * (np.log(2 * np.pi * variance) + 1) + log_determinant)),
            coefficients=np.asarray(coefficients, dtype=np.float64),
            covariance=np.asarray(variance * np.linalg.inv(columns.T @ columns), dtype=np.float64),
            variance=variance,
            log_ratios=log_ratios,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """Everything at given ratios of variances.

    Attributes
    ----------
    log_likelihood : float
        Restricted to what the diffuse coefficients leave.
    coefficients : ndarray of shape (k + p,)
        Starting states, then the regression, by generalised least squares.
    covariance : ndarray of shape (k + p, k + p)
        Of the coefficients, the variances held.
    variance : float
        Of the irregular part: weighted squares over m less the number of diffuse coefficients.
    log_ratios : ndarray
        Log of the other variances over it.
    """

    log_likelihood: float
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    variance: float
    log_ratios: NDArray[np.float64]


def independent_basis(basis: NDArray[np.float64], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Combinations of the starting paths that the used periods tell apart, shape (n, r)."""
    _, sizes, directions = np.linalg.svd(basis[used], full_matrices=False)
    return np.asarray(basis @ directions[sizes > _RANK * sizes[0]].T)


def outside_basis(matrix: NDArray[np.float64], basis: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which columns hold something that the starting paths do not, both over the used periods; shape (p,)."""
    q = np.linalg.qr(basis)[0]
    left = np.linalg.norm(matrix - q @ (q.T @ matrix), axis=0)
    return np.asarray(left > _RANK * np.linalg.norm(matrix, axis=0))


def estimate(signal: Signal) -> tuple[Solved, tuple[str, ...]]:
    """The variances of the highest likelihood, from several starts, and what the reader should know of them."""
    size = len(signal.shocks)
    if not size:
        return signal.solved(np.empty(0)), ()

    def cost(free: NDArray[np.float64]) -> float:
        try:
            value = -signal.solved(np.clip(free, -EDGE, EDGE)).log_likelihood
        except np.linalg.LinAlgError:
            return np.inf
        beyond = np.maximum(np.abs(free) - EDGE, 0)
        return float(value + beyond @ beyond)

    grid = np.array(np.meshgrid(*[_STARTS] * size)).reshape(size, -1).T
    starts = sorted(grid, key=cost)[:_SEARCHES]
    found = []
    for start in starts:
        near = scipy.optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9})
        found.append(near)
    found.sort(key=lambda end: float(end.fun))
    if not np.isfinite(found[0].fun):
        raise CannotEstimate(text("cannot.structural.no_start"), text("cannot.structural.no_start_remedy"))
    best = signal.solved(np.clip(found[0].x, -EDGE, EDGE))
    others = [signal.solved(np.clip(end.x, -EDGE, EDGE)) for end in found[1:]]
    return best, (*_still(signal, best), *_disagreement(best, others))


def _still(signal: Signal, best: Solved) -> list[str]:
    """Variances that came out as nothing: their part is then fixed, and the intervals take that as known."""
    names = []
    for (name, kernel), ratio in zip(signal.shocks.items(), best.log_ratios, strict=True):
        moved = np.exp(ratio) * float(np.diag(kernel)[signal.used].max())  # beside the variance of one count
        if moved < _NOTHING or ratio < 1 - EDGE:
            names.append(name)
    if not names:
        return []
    which = text("words.and").join(term("model.structural.parts", name) for name in names)
    return [text("model.structural.fixed", which=which)]


def _disagreement(best: Solved, others: list[Solved]) -> list[str]:
    error = np.sqrt(np.diag(best.covariance))
    for other in others:
        behind = best.log_likelihood - other.log_likelihood
        if _SAME < behind < _CLOSE and (np.abs(other.coefficients - best.coefficients) > error).any():
            return [text("model.structural.another_maximum", behind=behind)]
    return []


@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior:
    """The signal of every period given the used ones and the variances."""

    signal: Signal
    solved: Solved

    @cached_property
    def columns(self) -> NDArray[np.float64]:
        """Starting paths and regression side by side, shape (n, k + p)."""
        return np.column_stack([self.signal.basis, self.signal.matrix])

    @cached_property
    def _kernel(self) -> NDArray[np.float64]:
        """Covariance of u over the calendar, in units of the irregular variance."""
        n = len(self.signal.outcome)
        total = np.zeros((n, n))
        for kernel, ratio in zip(self.signal.shocks.values(), self.solved.log_ratios, strict=True):
            total = total + np.exp(ratio) * kernel
        return total

    @cached_property
    def _gain(self) -> NDArray[np.float64]:
        """How u follows from what the columns leave of the used periods, shape (n, m)."""
        root = self.signal.root(self.solved.log_ratios)
        half = solve_triangular(root, self._kernel[self.signal.used], lower=True)
        return np.asarray(solve_triangular(root, half, lower=True, trans="T").T)

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Posterior mean of the signal, shape (n,)."""
        return self.columns @ self.solved.coefficients + self.moved(self.solved.coefficients)

    def moved(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Posterior mean of u given coefficients: shapes (..., k + p) to (..., n)."""
        used = self.signal.used
        residual = self.signal.outcome[used] - coefficients @ self.columns[used].T
        return np.asarray(residual @ self._gain.T)

    def around(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of u less its mean given the coefficients, shape (size, n), in units of the root irregular variance."""
        if not self.signal.shocks:
            return np.zeros((size, len(self.signal.outcome)))
        left = self._kernel - self._gain @ self._kernel[self.signal.used]
        return rng.standard_normal((size, len(left))) @ covariance_root(left).T

    def anew(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """New paths of u, shape (size, n), in the same units."""
        if not self.signal.shocks:
            return np.zeros((size, len(self.signal.outcome)))
        return rng.standard_normal((size, len(self._kernel))) @ covariance_root(self._kernel).T
