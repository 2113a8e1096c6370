"""Series with a known effect: what the latent process is in each generator, and the counts it leads to.

Every count generator has, for series of n months with the launch in month L::

    log mu_t = log(mean) + log(1.1) (t - L)/12 + 0.2 sin(2 pi t / 12) + log(ratio) [t >= L]
    y_t      ~ Poisson(mu_t exp(u_t - v/2)),     v = Var(u_t) = log(1 + 2/mean)

so that the trend is 10 % a year, the season is 0.2 on the log scale, and the variance of a count is about 3 times its
mean. They differ in u; :data:`GENERATORS` says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import lfilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

GENERATORS: Final[dict[str, str]] = {
    "latent": "this model: u is a stationary AR(1) with lag-one correlation ρ",
    "nb-ar1": (
        "negative binomial × AR(1): half of the extra variance is gamma noise without memory, half an AR(1) with "
        "lag-one correlation ρ (1/k = 1/(mean + 1), Var(u) = log(1 + 1/mean))"
    ),
    "ar2": "u is a stationary AR(2) with lag-one correlation ρ and second coefficient 0.2",
    "random-walk": "this model plus a random walk from the first month on, with steps of sd 0.03 a month",
    "season-shift": (
        "this model, but from the middle of the series on the season is twice as large (0.4) and three months later"
    ),
}
WITHIN_ASSUMPTIONS: Final = ("latent", "nb-ar1", "ar2")
"""Generators for which every cell is held to its target; the others break what the model assumes."""
TREND, AMPLITUDE, EXTRA, SECOND, STEP = np.log(1.1), 0.2, 2.0, 0.2, 0.03


def ar1(rng: np.random.Generator, size: int, n: int, rho: float) -> NDArray[np.float64]:
    """Stationary AR(1) with variance 1 and lag-one correlation rho, shape (size, n)."""
    shocks = rng.standard_normal((size, n))
    shocks[:, 1:] *= np.sqrt(1 - rho**2)
    return np.asarray(lfilter([1.0], [1.0, -rho], shocks, axis=1))


def ar2(rng: np.random.Generator, size: int, n: int, rho: float, second: float = SECOND) -> NDArray[np.float64]:
    """Stationary AR(2) with variance 1, lag-one correlation rho and the given second coefficient, shape (size, n)."""
    first = rho * (1 - second)
    shock_variance = 1 - first * rho - second * (second + first * rho)
    u = rng.standard_normal((size, n))
    u[:, 1] = rho * u[:, 0] + np.sqrt(1 - rho**2) * u[:, 1]
    for t in range(2, n):
        u[:, t] = first * u[:, t - 1] + second * u[:, t - 2] + np.sqrt(shock_variance) * u[:, t]
    return u


def ma(rng: np.random.Generator, size: int, n: int, coefficients: tuple[float, ...]) -> NDArray[np.float64]:
    """Moving average with innovations of variance 1, shape (size, n)."""
    q = len(coefficients)
    shocks = rng.standard_normal((size, n + q))
    return np.asarray(lfilter([1.0, *coefficients], [1.0], shocks, axis=1)[:, q:])


def counts(
    rng: np.random.Generator,
    size: int,
    *,
    generator: str,
    n: int,
    launch: int,
    rho: float,
    mean: float,
    ratio: float | NDArray[np.float64],
) -> NDArray[np.float64]:
    """``size`` series of counts, shape (size, n); ``launch`` is the position of the first exposed month."""
    t = np.arange(n)
    systematic = np.log(mean) + TREND * (t - launch) / 12 + _season(generator, t) + np.log(ratio) * (t >= launch)
    variance = np.log1p((EXTRA / 2 if generator == "nb-ar1" else EXTRA) / mean)
    process = ar2 if generator == "ar2" else ar1
    latent = np.sqrt(variance) * process(rng, size, n, rho) - variance / 2
    if generator == "random-walk":
        latent += np.cumsum(STEP * rng.standard_normal((size, n)), axis=1)
    rate = np.exp(systematic + latent)
    if generator == "nb-ar1":
        rate *= rng.standard_gamma(mean + 1, (size, n)) / (mean + 1)
    return rng.poisson(rate).astype(np.float64)


def _season(generator: str, t: NDArray[np.int_]) -> NDArray[np.float64]:
    before = AMPLITUDE * np.sin(2 * np.pi * t / 12)
    if generator != "season-shift":
        return before
    return np.where(t < len(t) // 2, before, 2 * AMPLITUDE * np.sin(2 * np.pi * (t - 3) / 12))
