"""The exact Gaussian likelihood of a regression with ARIMA noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy
from scipy.linalg import solve_triangular

from evalkit.model.arima.contrasts import Contrasts, contrasts_of
from evalkit.model.arima.noise import Orders, autocovariance, polynomials

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOG_2PI: Final = float(np.log(2 * np.pi))


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """Outcome and matrix of a regression whose noise is an ARIMA process.

    Attributes
    ----------
    outcome : ndarray of shape (n,)
        On the scale of the model; anything where a period is not used.
    matrix : ndarray of shape (n, p)
        Columns of the regression on the whole calendar, those already left out that differencing takes away.
    used : ndarray of bool, shape (n,)
        Periods that enter.
    orders : Orders
        Of the noise.
    gradual : int or None
        The column that enters through 1 / (1 - delta B), so that its effect approaches a new level.
    """

    outcome: NDArray[np.float64]
    matrix: NDArray[np.float64]
    used: NDArray[np.bool_]
    orders: Orders
    gradual: int | None = None

    @cached_property
    def contrasts(self) -> Contrasts:
        """What differencing leaves of the used periods."""
        return contrasts_of(self.used, self.orders)

    @cached_property
    def compared(self) -> NDArray[np.float64]:
        """The outcome in contrasts, shape (m,)."""
        return self.contrasts.matrix @ np.where(self.used, self.outcome, 0.0)

    @property
    def size(self) -> int:
        """m, the number of contrasts."""
        return len(self.compared)

    @property
    def nonlinear(self) -> int:
        """Number of parameters that are found by search: noise coefficients, and delta."""
        return self.orders.size + (self.gradual is not None)

    def columns(self, delta: float) -> NDArray[np.float64]:
        """The matrix on the calendar with the gradual column passed through its filter, shape (n, p)."""
        if self.gradual is None:
            return self.matrix
        return filtered(self.matrix, self.gradual, delta)

    def root(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lower root of the contrasts' covariance for innovations of variance 1; ``LinAlgError`` if there is none."""
        gamma = autocovariance(*polynomials(self.orders, coefficients), self.contrasts.reach)
        return np.asarray(np.linalg.cholesky(self.contrasts.covariance(gamma)), dtype=np.float64)

    def whitened(self, root: NDArray[np.float64], delta: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Outcome and columns with white noise of equal variance: shapes (m,) and (m, p)."""
        both = np.column_stack([self.compared, self.contrasts.matrix @ self.columns(delta)])
        white = solve_triangular(root, both, lower=True, check_finite=False)
        return white[:, 0], white[:, 1:]


def filtered(matrix: NDArray[np.float64], column: int, delta: float) -> NDArray[np.float64]:
    """A matrix with one column x replaced by v_t = delta v_{t-1} + x_t, v = 0 before the calendar."""
    changed = matrix.copy()
    changed[:, column] = scipy.signal.lfilter([1.0], [1.0, -delta], matrix[:, column])
    return changed


@dataclass(frozen=True, kw_only=True, eq=False)
class Profile:
    """The best the linear part can do for given noise coefficients and delta.

    Attributes
    ----------
    log_likelihood : float
    coefficients : ndarray of shape (p,)
        Generalised least squares.
    variance : float
        Of the innovations: the weighted residual sum of squares over m.
    """

    log_likelihood: float
    coefficients: NDArray[np.float64]
    variance: float


def profile(regression: Regression, coefficients: NDArray[np.float64], delta: float) -> Profile:
    """Log-likelihood at the best regression coefficients and variance, in closed form."""
    root = regression.root(coefficients)
    outcome, columns = regression.whitened(root, delta)
    beta = np.linalg.lstsq(columns, outcome, rcond=None)[0] if columns.shape[1] else np.empty(0)
    m = regression.size
    variance = float(np.sum((outcome - columns @ beta) ** 2) / m)
    log_likelihood = -0.5 * m * (LOG_2PI + np.log(variance) + 1) - np.log(np.diag(root)).sum()
    return Profile(
        log_likelihood=float(log_likelihood), coefficients=np.asarray(beta, dtype=np.float64), variance=variance
    )


def log_likelihood(
    regression: Regression,
    beta: NDArray[np.float64],
    searched: NDArray[np.float64],
    log_variance: float,
) -> tuple[float, NDArray[np.float64]]:
    """Log-likelihood of all parameters, and its slope in the regression coefficients, shape (p,).

    Parameters
    ----------
    searched : ndarray
        Noise coefficients on their own scale, then delta where there is one.
    """
    coefficients, delta = parts(regression, searched)
    root = regression.root(coefficients)
    outcome, columns = regression.whitened(root, delta)
    residual = outcome - columns @ beta
    precision = np.exp(-log_variance)
    m = regression.size
    value = -0.5 * (m * (LOG_2PI + log_variance) + precision * residual @ residual) - np.log(np.diag(root)).sum()
    return float(value), precision * columns.T @ residual


def parts(regression: Regression, searched: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Noise coefficients and delta (0 where there is none)."""
    size = regression.orders.size
    return searched[:size], float(searched[size]) if regression.gradual is not None else 0.0
