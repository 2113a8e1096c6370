"""The noise of an ARIMA model: its orders, its polynomials and its autocovariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Orders:
    """ARIMA(p, d, q)(P, D, Q) with season s; every entry 0 or more.

    Attributes
    ----------
    p, d, q : int
        Autoregressive lags, differences, moving-average lags.
    P, D, Q, s : int
        The same at the seasonal lag s.
    """

    p: int = 0
    d: int = 0
    q: int = 0
    P: int = 0
    D: int = 0
    Q: int = 0
    s: int = 0

    @property
    def lost(self) -> int:
        """Periods that differencing takes: d + D s."""
        return self.d + self.D * self.s

    @property
    def blocks(self) -> tuple[int, int, int, int]:
        """Number of coefficients of each polynomial: p, q, P, Q."""
        return self.p, self.q, self.P, self.Q

    @property
    def size(self) -> int:
        """Number of noise coefficients: p + q + P + Q."""
        return sum(self.blocks)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the noise coefficients, in their order."""
        parts = zip(("ar", "ma", "seasonal ar", "seasonal ma"), self.blocks, strict=True)
        return tuple(f"{name} {lag}" for name, count in parts for lag in range(1, count + 1))

    def __str__(self) -> str:
        plain = f"ARIMA({self.p},{self.d},{self.q})"
        return f"{plain}({self.P},{self.D},{self.Q}){self.s}" if self.P or self.D or self.Q else plain

    def split(self, coefficients: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """The coefficients by polynomial."""
        return np.split(coefficients, np.cumsum(self.blocks)[:-1])


def polynomials(orders: Orders, coefficients: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Autoregressive polynomial 1 - f1 B - ..., and moving-average polynomial 1 + t1 B + ..., seasons multiplied in."""
    ar, ma, seasonal_ar, seasonal_ma = orders.split(coefficients)
    return (
        np.convolve(np.append(1.0, -ar), _at_season(-seasonal_ar, orders.s)),
        np.convolve(np.append(1.0, ma), _at_season(seasonal_ma, orders.s)),
    )


def _at_season(coefficients: NDArray[np.float64], s: int) -> NDArray[np.float64]:
    polynomial = np.zeros(len(coefficients) * s + 1)
    polynomial[0] = 1.0
    if len(coefficients):
        polynomial[s::s] = coefficients
    return polynomial


def autocovariance(ar: NDArray[np.float64], ma: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Autocovariances at lags 0 to ``lags`` - 1 of a stationary ARMA process with innovations of variance 1.

    ``g(k) = sum_j f_j g(k - j) + sum_{j >= k} t_j w_{j - k}`` with w the weights of its infinite moving average
    (Brockwell and Davis 1991, Time Series: Theory and Methods, section 3.3, third method).

    Parameters
    ----------
    ar, ma : ndarray
        Polynomials as :func:`polynomials` gives them.
    lags : int
    """
    p, q = len(ar) - 1, len(ma) - 1
    weights = scipy.signal.lfilter(ma, ar, np.append(1.0, np.zeros(q))) if q else np.ones(1)
    right = np.zeros(max(lags, p + 1, q + 1))
    right[: q + 1] = [ma[k:] @ weights[: q + 1 - k] for k in range(q + 1)]
    rows, columns = np.indices((p + 1, p + 1))
    system = np.zeros((p + 1, p + 1))
    np.add.at(system, (rows, np.abs(rows - columns)), ar[columns])
    first = np.linalg.solve(system, right[: p + 1])
    if len(right) == p + 1:
        return np.asarray(first[:lags])
    if p == 0:
        return np.append(first, right[1:])[:lags]
    state = scipy.signal.lfiltic([1.0], ar, y=first[::-1][:p])
    rest, _ = scipy.signal.lfilter([1.0], ar, right[p + 1 :], zi=state)
    return np.append(first, rest)[:lags]


def to_coefficients(orders: Orders, free: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unconstrained numbers to coefficients of a stationary and invertible process.

    Each polynomial's numbers become partial autocorrelations by tanh, and these coefficients by the Durbin-Levinson
    recursion (Monahan 1984, Biometrika 71:403); moving averages take the opposite sign.
    """
    ar, ma, seasonal_ar, seasonal_ma = orders.split(free)
    return np.concatenate([_levinson(ar), -_levinson(ma), _levinson(seasonal_ar), -_levinson(seasonal_ma)])


def partial_autocorrelations(free: NDArray[np.float64]) -> NDArray[np.float64]:
    """The partial autocorrelations behind unconstrained numbers; near ±1 the process is at its edge."""
    return np.tanh(free)


def _levinson(free: NDArray[np.float64]) -> NDArray[np.float64]:
    coefficients = np.empty(0)
    for reflection in partial_autocorrelations(free):
        coefficients = np.append(coefficients - reflection * coefficients[::-1], reflection)
    return coefficients


def differencing(n: int, orders: Orders) -> NDArray[np.float64]:
    """The matrix of (1 - B)^d (1 - B^s)^D on n periods, shape (n - d - D s, n)."""
    polynomial = np.ones(1)
    for _ in range(orders.d):
        polynomial = np.convolve(polynomial, [1.0, -1.0])
    for _ in range(orders.D):
        polynomial = np.convolve(polynomial, np.concatenate([[1.0], np.zeros(orders.s - 1), [-1.0]]))
    matrix = np.zeros((n - orders.lost, n))
    for row in range(len(matrix)):
        matrix[row, row : row + orders.lost + 1] = polynomial[::-1]
    return matrix
