"""The maximum of the likelihood from several starts, and the errors from the observed information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate
from evalkit.model.arima.likelihood import Profile, Regression, log_likelihood, parts, profile
from evalkit.model.arima.noise import to_coefficients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

IMPOSSIBLE: Final = 1e10
AT_EDGE: Final = 0.99  # a partial autocorrelation beyond this is at the edge of what the process may be
SEARCHES: Final = 3
_SAME: Final = 1e-3
_CLOSE: Final = 2.0  # log-likelihood by which another optimum may fall short and still deserve a word


@dataclass(frozen=True, kw_only=True, eq=False)
class Maximum:
    """Maximum likelihood estimates and their covariance.

    Attributes
    ----------
    coefficients : ndarray of shape (p,)
        Of the regression.
    covariance : ndarray of shape (p + 1, p + 1)
        Of the coefficients and delta, from the observed information of all parameters together; the last row and
        column are 0 where there is no delta.
    noise : ndarray
        Coefficients of the noise, in the order of ``Orders.names``.
    delta : float
        0 where there is none.
    variance : float
        Of the innovations.
    log_likelihood : float
    warnings : tuple of str
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    noise: NDArray[np.float64]
    delta: float
    variance: float
    log_likelihood: float
    warnings: tuple[str, ...]


def maximise(regression: Regression) -> Maximum:
    """Nelder-Mead from the most likely of several starts, a BFGS polish of the best, then the observed information.

    The regression coefficients and the variance are solved for in closed form at every step, so that the search is
    over the few noise coefficients (and delta) alone.
    """
    ends = _searched(regression)
    free = ends[0]
    best = _at(regression, free)
    coefficients, delta = _natural(regression, free)
    covariance, warnings = _errors(regression, best, free)
    return Maximum(
        coefficients=best.coefficients,
        covariance=covariance,
        noise=coefficients,
        delta=delta,
        variance=best.variance,
        log_likelihood=best.log_likelihood,
        warnings=(*warnings, *_disagreement(regression, ends, best, covariance)),
    )


def most_likely(regression: Regression) -> tuple[Profile, bool]:
    """The maximum to 0.001 without its errors, and whether the noise or delta lie at the edge of what they may be."""
    free = _searched(regression, coarse=True)[0]
    return _at(regression, free), bool((np.abs(np.tanh(free)) > AT_EDGE).any())


def _searched(regression: Regression, *, coarse: bool = False) -> list[NDArray[np.float64]]:
    """Where the searches ended, the most likely first; ``coarse`` is one search and no polish."""
    if not regression.nonlinear:
        return [np.empty(0)]

    def cost(free: NDArray[np.float64]) -> float:
        try:
            value = -_at(regression, free).log_likelihood
        except np.linalg.LinAlgError:
            return IMPOSSIBLE
        return value if np.isfinite(value) else IMPOSSIBLE

    starts = sorted(_starts(regression), key=cost)[: 1 if coarse else SEARCHES]
    starts += sorted(_opposed(regression), key=cost)[:1]
    near = {"xatol": 1e-2, "fatol": 1e-3} if coarse else {"xatol": 1e-4, "fatol": 1e-7}
    steps = 400 * regression.nonlinear
    options = {"maxiter": steps, **near}
    found = [scipy.optimize.minimize(cost, at, method="Nelder-Mead", options=options) for at in starts]  # type: ignore[call-overload]  # the stubs want each option spelled out
    found.sort(key=lambda end: float(end.fun))
    if found[0].fun >= IMPOSSIBLE:
        raise CannotEstimate(text("cannot.arima.no_start"), text("cannot.arima.no_start_remedy"))
    if coarse:
        return [np.asarray(end.x) for end in found]
    polished = scipy.optimize.minimize(cost, found[0].x, method="BFGS", options={"gtol": 1e-6})
    first = polished if polished.fun <= found[0].fun else found[0]
    return [np.asarray(end.x) for end in (first, *found[1:])]


def _starts(regression: Regression) -> Iterator[NDArray[np.float64]]:
    """No memory, memory of either sign in each polynomial, and scattered points; each with slow and fast delta."""
    size = regression.orders.size
    noise = [np.zeros(size), np.full(size, 0.4), np.full(size, -0.4)]
    noise += list(np.random.default_rng(0).normal(0, 0.7, (4 * (size > 1), size)))
    for point in noise[: None if size else 1]:
        yield from _with_delta(regression, point)


def _opposed(regression: Regression) -> Iterator[NDArray[np.float64]]:
    """Strong autoregression against a strong moving average: a likelihood with both has its second maximum there."""
    p, q, P, Q = regression.orders.blocks
    if (p or P or regression.orders.lost) and (q or Q):
        yield from _with_delta(regression, np.repeat([1.0, 2.0, 1.0, 2.0], [p, q, P, Q]))


def _with_delta(regression: Regression, point: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    if regression.gradual is None:
        yield point
    else:
        yield from (np.append(point, delta) for delta in (-0.5, 0.3, 1.2))


def _natural(regression: Regression, free: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    size = regression.orders.size
    delta = float(np.tanh(free[size])) if regression.gradual is not None else 0.0
    return to_coefficients(regression.orders, free[:size]), delta


def _at(regression: Regression, free: NDArray[np.float64]) -> Profile:
    return profile(regression, *_natural(regression, free))


def _errors(
    regression: Regression, best: Profile, free: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Covariance of the coefficients and delta from the information of all parameters.

    Noise coefficients at the edge of what is allowed have no ordinary error; they are held where they are, and so is
    everything but the coefficients where the information is not positive definite. Both are said.
    """
    coefficients, delta = _natural(regression, free)
    searched = np.append(coefficients, delta) if regression.gradual is not None else coefficients
    size = regression.orders.size
    edge = np.abs(np.tanh(free)) > AT_EDGE
    held = np.zeros(len(searched), dtype=bool)
    for block in regression.orders.split(np.arange(size, dtype=np.float64)):
        held[block.astype(int)] = edge[block.astype(int)].any()
    held[size:] = edge[size:]
    warnings = []
    if held[:size].any():
        warnings.append(text("model.arima.edge"))
    if held[size:].any():
        warnings.append(text("model.arima.approach"))
    information = _information(regression, best, searched, ~held)
    p = len(best.coefficients)
    if not _positive(information):
        information = information[:p, :p]
        warnings.append(text("model.arima.undetermined"))
    if not _positive(information):
        raise CannotEstimate(
            text("cannot.arima.apart"),
            text("cannot.arima.apart_remedy"),
        )
    inverse = np.linalg.inv(information)
    covariance = np.zeros((p + 1, p + 1))
    covariance[:p, :p] = inverse[:p, :p]
    free_delta = regression.gradual is not None and len(information) > p + 1 and not held[size:].any()
    if free_delta:  # the order is coefficients, free noise coefficients, delta, log variance
        covariance[p, :p] = covariance[:p, p] = inverse[:p, -2]
        covariance[p, p] = inverse[-2, -2]
    return covariance, tuple(warnings)


def _information(
    regression: Regression, best: Profile, searched: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Minus the second derivatives at the maximum: coefficients, the free searched parameters, log variance.

    Exact in the coefficients, central differences of the likelihood and of its slope in the others.
    """
    beta = best.coefficients
    p, where = len(beta), np.flatnonzero(free)
    centre = np.append(searched[where], np.log(best.variance))
    step = 1e-4 * np.maximum(1.0, np.abs(centre))

    def at(moved: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        full = searched.copy()
        full[where] = moved[:-1]
        return log_likelihood(regression, beta, full, float(moved[-1]))

    k = len(centre)
    unit = np.diag(step)
    sides = [(at(centre + row), at(centre - row)) for row in unit]
    middle = at(centre)[0]
    information = np.zeros((p + k, p + k))
    noise, delta = parts(regression, searched)
    columns = regression.whitened(regression.root(noise), delta)[1]
    information[:p, :p] = columns.T @ columns / best.variance
    for i, (up, down) in enumerate(sides):
        cross = -(up[1] - down[1]) / (2 * step[i])
        information[:p, p + i] = information[p + i, :p] = cross
        information[p + i, p + i] = -(up[0] - 2 * middle + down[0]) / step[i] ** 2
        for j in range(i):
            corners = at(centre + unit[i] + unit[j])[0] + at(centre - unit[i] - unit[j])[0]
            corners -= at(centre + unit[i] - unit[j])[0] + at(centre - unit[i] + unit[j])[0]
            information[p + i, p + j] = information[p + j, p + i] = -corners / (4 * step[i] * step[j])
    return information


def _positive(information: NDArray[np.float64]) -> bool:
    """Whether a symmetric matrix is positive definite once its rows are scaled to one."""
    diagonal = np.diag(information)
    if not (np.isfinite(information).all() and (diagonal > 0).all()):
        return False
    if not len(diagonal):
        return True
    scale = 1 / np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information * scale[:, None] * scale)[0] > 1e-9)


def _disagreement(
    regression: Regression, ends: list[NDArray[np.float64]], best: Profile, covariance: NDArray[np.float64]
) -> list[str]:
    """A word where another start ended elsewhere, nearly as likely, with coefficients that differ by their error."""
    p = len(best.coefficients)
    error = np.sqrt(np.diag(covariance)[:p])
    for free in ends[1:]:
        other = _at(regression, free)
        behind = best.log_likelihood - other.log_likelihood
        apart = np.abs(other.coefficients - best.coefficients) > error
        if _SAME < behind < _CLOSE and apart.any():
            return [text("model.arima.another_maximum", behind=behind)]
    return []
