"""Each period given the earlier ones, and new noise like the old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular

from evalkit.model.arima.contrasts import Contrasts, contrasts_everywhere
from evalkit.model.arima.noise import autocovariance, polynomials
from evalkit.model.logscale import covariance_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.model.arima.likelihood import Regression


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """The noise of each period of the calendar given the noise of the earlier used periods.

    Attributes
    ----------
    operator : ndarray of shape (n, n)
        Predicted noise is ``operator @ noise``; in the periods lost to differencing (the anchors) the noise.
    variance : ndarray of shape (n,)
        Of what the prediction misses, for innovations of variance 1; 0 at the anchors.
    anchors : ndarray of int
        Their positions.
    everywhere : Contrasts
        All other periods in contrast to them.
    covariance : ndarray of shape (n - k, n - k)
        Of those contrasts, for innovations of variance 1.
    """

    operator: NDArray[np.float64]
    variance: NDArray[np.float64]
    anchors: NDArray[np.int64]
    everywhere: Contrasts
    covariance: NDArray[np.float64]

    def of(self, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predicted noise, shape (..., n), from noise of the same shape."""
        return np.asarray(noise @ self.operator.T)

    def new_noise(self, noise: NDArray[np.float64], variance: float, size: int, seed: int) -> NDArray[np.float64]:
        """New paths of the noise, shape (size, n), that begin at the anchors of the old one."""
        root = covariance_root(self.covariance)  # singular where the noise lies at its edge
        z = np.random.default_rng([seed, 3]).standard_normal((size, len(root)))
        paths = np.zeros((size, len(noise)))
        paths[:, self.anchors] = noise[self.anchors]
        level = -self.everywhere.matrix[:, self.anchors] @ noise[self.anchors]
        paths[:, self.everywhere.rows] = level + np.sqrt(variance) * (z @ root.T)
        return paths


def predict(regression: Regression, coefficients: NDArray[np.float64]) -> Prediction:
    """The predictions of a regression at given coefficients of its noise."""
    anchors, everywhere = contrasts_everywhere(regression.used, regression.orders)
    gamma = autocovariance(*polynomials(regression.orders, coefficients), everywhere.reach)
    covariance = everywhere.covariance(gamma)
    used = regression.used[everywhere.rows]
    root = _lower_root(covariance[np.ix_(used, used)])
    white = solve_triangular(root, everywhere.matrix[used], lower=True)
    n = len(regression.used)
    operator, variance = np.zeros((n, n)), np.zeros(n)
    operator[anchors, anchors] = 1.0
    for i, row in enumerate(everywhere.rows):
        past = int(used[:i].sum())
        weight = solve_triangular(root[:past, :past], covariance[i, :i][used[:i]], lower=True) if past else np.empty(0)
        operator[row] = weight @ white[:past]
        operator[row, anchors] -= everywhere.matrix[i, anchors]
        variance[row] = covariance[i, i] - weight @ weight
    return Prediction(
        operator=operator, variance=variance, anchors=anchors, everywhere=everywhere, covariance=covariance
    )


def _lower_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower root; where the noise lies at its edge the covariance is singular and gets 10^-10 of its mean variance."""
    smallest = float(np.linalg.eigvalsh(covariance)[0])
    trace = 1e-10 * float(np.diag(covariance).mean())
    if smallest < trace:
        covariance = covariance + (trace - min(smallest, 0.0)) * np.eye(len(covariance))
    return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
