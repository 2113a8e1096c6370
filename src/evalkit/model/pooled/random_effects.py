r"""Random-effects meta-analysis on arrays: k estimates on the log scale with their standard errors.

The model is ``y_i ~ Normal(theta_i, s_i^2)``, ``theta_i ~ Normal(theta, tau^2)``, the ``s_i`` taken as known. With
``w_i = 1 / (s_i^2 + tau^2)`` the pooled value is ``sum w_i y_i / sum w_i``.

The interval is that of Hartung and Knapp: standard error ``sqrt(sum w_i (y_i - theta)^2 / ((k - 1) sum w_i))`` and a
t distribution with k - 1 degrees of freedom. It can come out narrower than the interval of a fixed effect (tau = 0),
which would say that variation between regions had made the answer more certain; it is then widened to that one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import scipy

from evalkit.display import Displayed
from evalkit.errors import ModelError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TauEstimator = Literal["paule-mandel", "dersimonian-laird", "reml"]
IntervalKind = Literal["hartung-knapp", "normal"]
PredictionDf = Literal["k-2", "k-1"]

_LARGEST: Final = 1e4  # tau^2 on the log scale beyond which nothing is a ratio any more


@dataclass(frozen=True, kw_only=True)
class RandomEffects(Displayed):
    """Options of the two-stage combination.

    Attributes
    ----------
    tau2 : {"paule-mandel", "dersimonian-laird", "reml"}
        Estimator of the variance between regions.
    interval : {"hartung-knapp", "normal"}
        Interval of the pooled value; "normal" takes tau as known and is too narrow with few regions.
    never_narrower : bool
        Widen a Hartung-Knapp interval that is narrower than the one of a fixed effect.
    prediction : {"k-2", "k-1"}
        Degrees of freedom of the prediction interval: k - 2 (Higgins, Thompson and Spiegelhalter 2009) allows for the
        estimation of tau; k - 1 is what recent software uses.
    """

    tau2: TauEstimator = "paule-mandel"
    interval: IntervalKind = "hartung-knapp"
    never_narrower: bool = True
    prediction: PredictionDf = "k-2"

    def __post_init__(self) -> None:
        for name, value, kind in (
            ("estimator of tau2", self.tau2, TauEstimator),
            ("interval", self.interval, IntervalKind),
            ("prediction", self.prediction, PredictionDf),
        ):
            if value not in get_args(kind):
                raise ModelError(unknown(name, value, get_args(kind)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Combination:
    """What the combination of k estimates came to, on their own (log) scale.

    Attributes
    ----------
    value, lower, upper : float
        Pooled value and its interval.
    standard_error : float
        Of the pooled value, as the interval uses it before any widening.
    prediction : tuple of float, optional
        Interval for the effect in a new region; None with too few regions for its degrees of freedom.
    tau2, tau2_lower, tau2_upper : float
        Variance between regions, and its Q-profile interval (Viechtbauer 2007); the upper end is infinite where Q stays
        above its lower quantile.
    q, df : float and int
        Cochran's Q about the fixed-effect value, and k - 1.
    i2 : float
        Share of the variance of the estimates that is between regions, ``tau2 / (tau2 + s2)`` with the typical variance
        s2 of Higgins and Thompson (2002).
    weights : ndarray of shape (k,)
        Random-effects weights, adding to 1.
    fixed : tuple of float
        Value, lower and upper end of the fixed-effect (inverse variance) combination.
    widened : bool
        Whether the interval was widened to the fixed-effect one.
    """

    value: float
    lower: float
    upper: float
    standard_error: float
    prediction: tuple[float, float] | None
    tau2: float
    tau2_lower: float
    tau2_upper: float
    q: float
    df: int
    i2: float
    weights: NDArray[np.float64]
    fixed: tuple[float, float, float]
    widened: bool


def combine(
    y: NDArray[np.float64],
    s: NDArray[np.float64],
    *,
    level: float = 0.95,
    options: RandomEffects | None = None,
) -> Combination:
    """Combine k >= 2 estimates ``y`` with standard errors ``s`` (both of shape (k,), finite, s above 0)."""
    options = options or RandomEffects()
    y, v = np.asarray(y, dtype=np.float64), np.asarray(s, dtype=np.float64) ** 2
    if y.shape != v.shape or y.ndim != 1 or len(y) < 2 or not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise ModelError(f"{y.shape} estimates came with {v.shape} standard errors. Give two or more finite pairs.")
    if not (v > 0).all():
        raise ModelError("A standard error is 0 or below. Allowed: above 0.")
    k, tail = len(y), (1 + level) / 2
    tau2 = _ESTIMATORS[options.tau2](y, v)
    w = 1 / (v + tau2)
    value = float(w @ y / w.sum())
    fixed_value, fixed_se = float((y / v).sum() / (1 / v).sum()), float((1 / v).sum() ** -0.5)
    fixed_half = float(scipy.stats.norm.ppf(tail)) * fixed_se
    if options.interval == "hartung-knapp":
        se = math.sqrt(float(w @ (y - value) ** 2) / ((k - 1) * w.sum()))
        half = float(scipy.stats.t.ppf(tail, k - 1)) * se
    else:
        se = float(w.sum() ** -0.5)
        half = float(scipy.stats.norm.ppf(tail)) * se
    widened = options.never_narrower and half < fixed_half
    half = fixed_half if widened else half
    df = k - int(options.prediction[-1])
    spread = math.sqrt(tau2 + (max(se, fixed_se) if options.never_narrower else se) ** 2)
    reach = float(scipy.stats.t.ppf(tail, df)) * spread if df else 0.0
    low, high = q_profile(y, v, level)
    typical = (k - 1) * (1 / v).sum() / ((1 / v).sum() ** 2 - (1 / v**2).sum())
    return Combination(
        value=value,
        lower=value - half,
        upper=value + half,
        standard_error=se,
        prediction=(value - reach, value + reach) if df else None,
        tau2=tau2,
        tau2_lower=low,
        tau2_upper=high,
        q=generalised_q(0.0, y, v),
        df=k - 1,
        i2=float(tau2 / (tau2 + typical)),
        weights=w / w.sum(),
        fixed=(fixed_value, fixed_value - fixed_half, fixed_value + fixed_half),
        widened=widened,
    )


def generalised_q(tau2: float, y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """``sum w_i (y_i - theta)^2``, ``w_i = 1 / (v_i + tau2)``: falls with tau2, chi-squared(k - 1) at the true one."""
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def paule_mandel(y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """The tau2 at which the generalised Q equals k - 1; 0 where it is below that at 0 (Paule and Mandel 1982)."""
    return _where_q_is(len(y) - 1, y, v)


def dersimonian_laird(y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """``max(0, (Q - (k - 1)) / (sum w - sum w^2 / sum w))`` with the fixed-effect weights (1986)."""
    w = 1 / v
    return max(0.0, float((generalised_q(0.0, y, v) - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def reml(y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """The tau2 of highest restricted likelihood, 0 where that is at the edge."""

    def loss(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float(-np.log(w).sum() + math.log(w.sum()) + w @ (y - w @ y / w.sum()) ** 2)

    top = 10 * float(np.var(y)) + float(v.max())
    starts = np.append(0.0, np.geomspace(1e-4 * top, top, 40))
    best = int(np.argmin([loss(start) for start in starts]))
    bounds = (starts[max(best - 1, 0)], starts[min(best + 1, len(starts) - 1)])
    found = scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    return float(found.x) if found.fun < loss(0.0) else 0.0


def q_profile(y: NDArray[np.float64], v: NDArray[np.float64], level: float) -> tuple[float, float]:
    """Interval of tau2: the values whose generalised Q lies within its central chi-squared range (Viechtbauer 2007)."""
    low, high = (float(scipy.stats.chi2.ppf(tail, len(y) - 1)) for tail in ((1 + level) / 2, (1 - level) / 2))
    return _where_q_is(low, y, v), _where_q_is(high, y, v)


def _where_q_is(target: float, y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    if generalised_q(0.0, y, v) <= target:
        return 0.0
    top = float(np.var(y)) + float(v.max())
    while generalised_q(top, y, v) > target:
        top *= 4
        if top > _LARGEST:
            return math.inf
    return float(scipy.optimize.brentq(lambda tau2: generalised_q(tau2, y, v) - target, 0.0, top, xtol=1e-12))


_ESTIMATORS: Final[dict[str, Callable[[NDArray[np.float64], NDArray[np.float64]], float]]] = {
    "paule-mandel": paule_mandel,
    "dersimonian-laird": dersimonian_laird,
    "reml": reml,
}
