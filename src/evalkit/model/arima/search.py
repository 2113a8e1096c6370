"""A small, stated search for the orders of the noise."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate
from evalkit.model.arima.maximise import most_likely
from evalkit.model.arima.noise import Orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from evalkit.model.arima.likelihood import Regression

KPSS_CRITICAL: Final = 0.463
"""5 % point of the KPSS statistic around a level (Kwiatkowski et al. 1992, J Econometrics 54:159, table 1)."""
LARGEST: Final = 2
_YEARS_FOR_SEASON: Final = 4


def choose_orders(
    regression: Callable[[Orders], Regression], residual: NDArray[np.float64], seasonal: Orders | int
) -> Orders:
    """Orders with the lowest AICc among p, q of 0 to 2, after one difference where the residuals call for it.

    Orders whose estimates lie at the edge of what a process may be are passed over where others do not: such noise is
    over-fitted.

    Parameters
    ----------
    regression : callable
        The regression for given orders; it may raise ``CannotEstimate``.
    residual : ndarray
        What least squares on the design leave of the used periods.
    seasonal : Orders or int
        Fixed seasonal part, or the periods in a year (0 for none) at which one autoregressive lag may be tried.
    """
    d = int(kpss(residual) > KPSS_CRITICAL)
    found: list[tuple[bool, float, Orders]] = []
    reason: CannotEstimate | None = None
    for orders in _candidates(d, seasonal, len(residual)):
        try:
            asked = regression(orders)
            best, at_edge = most_likely(asked)
        except CannotEstimate as problem:
            reason = problem
            continue
        found.append((at_edge, aicc(asked, best.log_likelihood), orders))
    if not found:
        raise reason or CannotEstimate(text("cannot.arima.no_orders"), text("cannot.arima.no_orders_remedy"))
    return min(found, key=lambda one: one[:2])[2]


def _candidates(d: int, seasonal: Orders | int, n: int) -> Iterator[Orders]:
    for p, q in itertools.product(range(LARGEST + 1), repeat=2):
        if isinstance(seasonal, Orders):
            yield Orders(p=p, d=d, q=q, P=seasonal.P, D=seasonal.D, Q=seasonal.Q, s=seasonal.s)
            continue
        yield Orders(p=p, d=d, q=q)
        if seasonal > 1 and n >= _YEARS_FOR_SEASON * seasonal:
            yield Orders(p=p, d=d, q=q, P=1, s=seasonal)


def aicc(regression: Regression, log_likelihood: float) -> float:
    """Akaike's criterion with its small-sample term: 2k - 2l + 2k(k + 1)/(m - k - 1), infinite where m <= k + 1."""
    k = regression.matrix.shape[1] + regression.nonlinear + 1
    spare = regression.size - k - 1
    return 2 * k - 2 * log_likelihood + 2 * k * (k + 1) / spare if spare > 0 else np.inf


def kpss(residual: NDArray[np.float64]) -> float:
    """The KPSS statistic around a level, with Bartlett weights over floor(4 (n/100)^(1/4)) lags.

    The sum of squared partial sums over n^2 times the long-run variance: large where the level wanders.
    """
    e = residual - residual.mean()
    n = len(e)
    lags = int(4 * (n / 100) ** 0.25)
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    long_run = e @ e + 2 * sum(w * (e[k:] @ e[:-k]) for k, w in enumerate(weights, 1))
    return float(np.sum(np.cumsum(e) ** 2) / (n * long_run))
