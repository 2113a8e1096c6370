"""Randomised quantile residuals: are they uniform, and are they unrelated at any lag?

For each period the predictive distribution function F of its count is that of counts made by the fitted model, each
replicate with a latent process of its own. The residual is ``u = F(y - 1) + v (F(y) - F(y - 1))`` with v uniform from a
fixed seed: uniform on (0, 1) where the model holds (Dunn and Smyth 1996, J Comput Graph Stat 5:236; Czado, Gneiting and
Held 2009, Biometrics 65:1254). It is not leave-one-out: the count that is judged also fitted the model. So the data
are compared with the replicates themselves, residuals and all, and the comparison is conservative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import special

from evalkit import vocab
from evalkit.catalogue import periods, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.replicates import NUMBER, SEED, replicates
from evalkit.check.residuals import fitted_design
from evalkit.model.latest import Latest
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.effect import Effect
    from evalkit.model import Fit

_UNIFORM: Final = Question("predictive distribution")
_LAGS: Final = Question("autocorrelation at longer lags")
_LATEST = Latest()
_CUT: Final = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantileResiduals:
    """Residuals of the counts and of the replicates that they are compared with, over the m used periods.

    Attributes
    ----------
    periods : pandas.PeriodIndex
        The used periods.
    lower, upper : ndarray of shape (m,)
        F(y - 1) and F(y).
    pit : ndarray of shape (m,)
        The randomised residuals u, strictly between 0 and 1.
    replicates : ndarray of shape (S, m)
        The same of each replicate, judged by all of them.
    """

    periods: pd.PeriodIndex
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    pit: NDArray[np.float64]
    replicates: NDArray[np.float64]

    @property
    def normal(self) -> NDArray[np.float64]:
        """The residuals as normal scores, shape (m,)."""
        return np.asarray(special.ndtri(self.pit))


def quantile_residuals(fit: Fit, seed: int = SEED) -> QuantileResiduals:
    """Randomised quantile residuals of a fit, from 999 replicates of its counts; the same seed gives the same ones."""
    return _LATEST.of((fit,), seed, lambda: _residuals(fit, seed))


def _residuals(fit: Fit, seed: int) -> QuantileResiduals:
    design = fitted_design(fit)
    used = design.used
    made = replicates(fit, seed)[:, used]
    rng = np.random.default_rng([seed, 7])
    everything = np.vstack([design.observed[None, used], made])
    below, upto = np.empty_like(everything), np.empty_like(everything)
    for t in range(everything.shape[1]):
        ordered = np.sort(made[:, t])
        below[:, t] = np.searchsorted(ordered, everything[:, t], side="left")
        upto[:, t] = np.searchsorted(ordered, everything[:, t], side="right")
    total = NUMBER + 1
    lower, upper = below / total, (upto + 1) / total  # the count itself is one of those that could have been
    u = lower + rng.random(everything.shape) * (upper - lower)
    u = np.clip(u, 0.5 / total, 1 - 0.5 / total)
    return QuantileResiduals(periods=design.periods[used], lower=lower[0], upper=upper[0], pit=u[0], replicates=u[1:])


@_UNIFORM.or_not_run
def predictive_distribution(effect: Effect) -> CheckResult:
    """Whether the randomised quantile residuals are uniform, as in data made by the fitted model.

    The statistic is the Cramér–von Mises distance of the residuals from the uniform distribution.

    Returns
    -------
    CheckResult
        Fail where it lies above that of 95 % of the replicates. ``table`` has, by period, both ends of the predictive
        distribution function, the residual and its normal score.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _UNIFORM.not_run(parts)
    found = quantile_residuals(parts.fit)
    own = float(_distance(found.pit[None, :])[0])
    usual = float(np.quantile(_distance(found.replicates), _CUT))
    outside = float(np.mean((found.pit < 0.025) | (found.pit > 0.975)))
    concern = own > usual
    return _UNIFORM.answer(
        Outcome.FAILED if concern else Outcome.PASSED,
        text(
            "check.predictive_distribution.statement",
            outside=100 * outside,
            distance=own,
            usual=usual,
            tail=text("check.predictive_distribution.not_as")
            if concern
            else text("check.predictive_distribution.as_model"),
        ),
        text("check.predictive_distribution.not_as_means")
        if concern
        else text("check.predictive_distribution.passed_means"),
        figures={"distance": own, "usual": usual, "outside": outside},
        table=_table(found),
    )


@_LAGS.or_not_run
def longer_lags(effect: Effect) -> CheckResult:
    """Whether the residuals resemble each other at any of several lags more than in data made by the model.

    The statistic is of the form of Ljung and Box (1978, Biometrika 65:297), ``n (n + 2) sum r_k^2 / (n - k)`` over lags
    1, 2, 3, half a year and a year (those that fit twice into the data), of the normal scores after a least-squares
    projection on the design, over pairs of used periods.

    Returns
    -------
    CheckResult
        Fail where it lies above that of 95 % of the replicates, treated alike. ``table`` has the correlation at each
        lag with the central 95 % of the replicates.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _LAGS.not_run(parts)
    design = fitted_design(parts.fit)
    used = np.flatnonzero(design.used)
    per_year = vocab.PERIODS_PER_YEAR[design.frequency]
    lags = sorted({lag for lag in (1, 2, 3, round(per_year / 2), round(per_year)) if 0 < lag <= len(used) // 2})
    if not lags:
        return _LAGS.not_run(text("check.autocorrelation_at_longer_lags.too_few", periods=len(used)))
    found = quantile_residuals(parts.fit)
    scores = special.ndtri(np.vstack([found.pit[None, :], found.replicates]))
    basis = np.linalg.qr(design.with_campaign[used])[0]
    scores = scores - (scores @ basis) @ basis.T
    correlations = _correlations(scores, used, lags)
    n = len(used)
    statistic = (n * (n + 2) * correlations**2 / (n - np.array(lags))).sum(axis=1)
    own, usual = float(statistic[0]), float(np.quantile(statistic[1:], _CUT))
    low, high = np.quantile(correlations[1:], [0.025, 0.975], axis=0)
    table = pd.DataFrame({"lag": lags, "correlation": correlations[0], "lower": low, "upper": high})
    excess = np.maximum(table["correlation"] - high, low - table["correlation"])
    worst = int(table["lag"].iloc[int(excess.to_numpy().argmax())])
    concern = own > usual
    units = periods(design.frequency)
    tail = (
        text("check.autocorrelation_at_longer_lags.more_alike", lag=worst, periods=units)
        if concern
        else text("check.autocorrelation_at_longer_lags.as_expected")
    )
    return _LAGS.answer(
        Outcome.FAILED if concern else Outcome.PASSED,
        text(
            "check.autocorrelation_at_longer_lags.statement",
            lags=", ".join(map(str, lags)),
            periods=units,
            statistic=own,
            usual=usual,
            tail=tail,
        ),
        text("check.autocorrelation_at_longer_lags.more_alike_means")
        if concern
        else text("check.autocorrelation_at_longer_lags.passed_means"),
        figures={"statistic": own, "usual": usual, "worst_lag": float(worst)},
        table=table,
    )


def _distance(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cramér–von Mises distance of each row from uniform, shape (S, m) to (S,)."""
    m = u.shape[1]
    expected = (np.arange(m) + 0.5) / m
    return np.asarray(1 / (12 * m) + ((np.sort(u, axis=1) - expected) ** 2).sum(axis=1))


def _correlations(scores: NDArray[np.float64], used: NDArray[np.int64], lags: list[int]) -> NDArray[np.float64]:
    """Autocorrelation of each row at each lag over pairs of used periods that far apart, shape (S, len(lags))."""
    position = np.full(int(used.max()) + 1, -1)
    position[used] = np.arange(len(used))
    total = (scores**2).sum(axis=1)
    found = []
    for lag in lags:
        late = used[used >= lag]
        late = late[position[late - lag] >= 0]
        products = scores[:, position[late]] * scores[:, position[late - lag]]
        found.append(products.sum(axis=1) / np.where(total > 0, total, 1.0))
    return np.column_stack(found)


def _table(found: QuantileResiduals) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": [str(period) for period in found.periods],
            "below": found.lower,
            "upto": found.upper,
            "pit": found.pit,
            "normal": found.normal,
        }
    )
