"""Do the residuals look as the model says they should?

Both checks compare a statistic of the data with the same statistic of counts that the fitted model could have produced
(a posterior predictive check: Gelman, Meng and Stern 1996, Statistica Sinica 6:733). The comparison is conservative, as
the same data fitted the model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.replicates import replicates
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit

_RANGE = (0.025, 0.975)
_LAG_ONE: Final = Question("residual autocorrelation")
_DISPERSION: Final = Question("overdispersion")


@_LAG_ONE.or_not_run
def residual_autocorrelation(effect: Effect) -> CheckResult:
    """Whether neighbouring residuals are more alike than the model allows.

    The statistic is the lag-one autocorrelation of what the design leaves unexplained of log((y + ½)/(m + ½)), with m
    the systematic part of the fit, over neighbouring pairs of the periods that entered the fit.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _LAG_ONE.not_run(parts)
    observed, low, high = _compare(parts.fit, _lag_one)
    sentence = text("check.residuals.autocorrelation", value=_signed(observed), lower=_signed(low), upper=_signed(high))
    return _judged(_LAG_ONE, sentence, {"autocorrelation": observed, "lower": low, "upper": high})


@_DISPERSION.or_not_run
def overdispersion(effect: Effect) -> CheckResult:
    """Whether the counts scatter more around the fit than the model allows.

    The statistic is Σ m r² over (n − p), with r what the design leaves unexplained of log((y + ½)/(m + ½)) and m the
    systematic part of the fit: about the variance of a count over its mean.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _DISPERSION.not_run(parts)
    observed, low, high = _compare(parts.fit, _dispersion)
    sentence = text("check.residuals.dispersion", value=observed, lower=low, upper=high)
    return _judged(_DISPERSION, sentence, {"dispersion": observed, "lower": low, "upper": high})


def _judged(asked: Question, sentence: str, figures: dict[str, float]) -> CheckResult:
    """A concern where the statistic of the data, the first of the figures, lies above what the model gives."""
    concern = next(iter(figures.values())) > figures["upper"]
    tail = text("check.residuals.more") if concern else text("check.residuals.within")
    meaning = text("check.residuals.more_means") if concern else text("check.residuals.within_means")
    return asked.answer(
        Outcome.FAILED if concern else Outcome.PASSED,
        text("check.said", lead=sentence, tail=tail),
        meaning,
        figures=figures,
    )


def _compare(
    fit: Fit, statistic: Callable[[Fit, NDArray[np.float64]], NDArray[np.float64]]
) -> tuple[float, float, float]:
    """The statistic of the data and the central 95 % of it under the fitted model."""
    values = statistic(fit, replicates(fit))
    low, high = np.quantile(values, _RANGE)
    return float(statistic(fit, fitted_design(fit).observed[None, :])[0]), float(low), float(high)


def fitted_design(fit: Fit) -> Design:
    """The design that the model saw: a forecast is fitted to the periods before launch only, its ``before``."""
    design: Design = getattr(fit, "before", fit.design)
    return design


def _lag_one(fit: Fit, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lag-one autocorrelation of the residuals of each row of counts, shape (m, n) to (m,)."""
    residual = _residuals(fit, counts)
    used = fitted_design(fit).used
    pairs = used[1:] & used[:-1]
    products = (residual[:, 1:] * residual[:, :-1])[:, pairs].sum(axis=1)
    total = (residual**2).sum(axis=1)
    return np.where(total > 0, products / np.where(total > 0, total, 1.0), 0.0)


def _dispersion(fit: Fit, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted residual variance of each row of counts, shape (m, n) to (m,): about 1 for Poisson counts."""
    design = fitted_design(fit)
    used = design.used
    weighted = _residuals(fit, counts)[:, used] ** 2 * fit.systematic[used]
    return np.asarray(weighted.sum(axis=1) / (used.sum() - len(design.columns)))


def _residuals(fit: Fit, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the design does not explain of log((y + ½)/(m + ½)), shape (m, n), 0 where a period is not used.

    Data and replications are projected alike (least squares with weights m), so that a replication whose latent process
    drifts is compared by what is left once trend and season have taken their share, as in the data.
    """
    design = fitted_design(fit)
    used = design.used
    mean = fit.systematic[used]
    root = np.sqrt(mean)
    basis = np.linalg.qr(design.with_campaign[used] * root[:, None])[0]
    scaled = np.log((counts[:, used] + 0.5) / (mean + 0.5)) * root
    left = np.zeros(counts.shape)
    left[:, used] = (scaled - (scaled @ basis) @ basis.T) / root
    return left


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
