"""Does the trend wander? A drift goes on through the launch and is taken for a part of the effect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.refit import latent_fit, with_columns
from evalkit.errors import CannotEstimate
from evalkit.model.latent import LatentPrior
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model.latent import LatentFit

_ASKED: Final = Question("drift")
YEARLY: Final = 0.1
"""Standard deviation of the drift over one year on the log scale: a trend that wanders by about 10 % a year."""
SHORT: Final = 0.6
"""Largest lag-one correlation of a process that forgets within a few periods."""
ODDS: Final = 3.0
"""How much more probable the data must be with a drift than without (Kass and Raftery 1995: positive evidence)."""


@_ASKED.or_not_run
def drift(effect: Effect) -> CheckResult:
    """Weigh the design against the same design with a slowly wandering trend, by marginal likelihood.

    The drift is a random walk, written in its first 1 + (years of data) cosines, ``cos(pi k (t + 1/2) / n)`` with
    standard deviation ``sqrt(2 n) s / (pi k)`` and s = 0.1 a year; these priors are proper, so that the two marginal
    likelihoods may be compared. It is weighed twice: against the latent process as the model has it, and against one
    that forgets within a few periods (rho at most 0.6, its prior flat).

    Returns
    -------
    CheckResult
        Fail where the data are more than 3 times as probable with a drift even against the model's own latent process;
        inconclusive where they are so only against a process that forgets, as strong autocorrelation and a drift then
        look alike. Asked of the latent model whatever the model of the effect. ``table`` has the drift by period, as a
        ratio with its interval.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    design = effect.design
    columns, sds = wandering_columns(design)
    own, short = LatentPrior(), LatentPrior(rho_lower=-0.3, rho_upper=SHORT, rho_power=0.0, white={0.0: 1.0})
    try:
        against_own, fit = _odds(design, columns, sds, own)
        against_short, _ = _odds(design, columns, sds, short)
        path = _path(fit, design, columns)
    except CannotEstimate as problem:
        return _ASKED.not_run(text("check.drift.not_fitted", reason=problem.reason), problem.remedy)
    figures = {"odds": against_own, "odds_short": against_short}
    lead = text("check.drift.lead", own=_times(against_own), short=_times(against_short))
    if against_own > ODDS:
        outcome, tail = Outcome.FAILED, text("check.drift.bends")
        meaning = text("check.drift.bends_means")
    elif against_short > ODDS:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.drift.unsettled")
        meaning = text("check.drift.unsettled_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.drift.none")
        meaning = text("check.drift.none_means")
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=path)


def wandering_columns(
    design: Design, yearly: float = YEARLY
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Columns of a random walk over the calendar, (n,) each, and their prior standard deviations."""
    n = len(design.periods)
    per_year = vocab.PERIODS_PER_YEAR[design.frequency]
    step = yearly / np.sqrt(per_year)
    position = (np.arange(n) + 0.5) / n
    number = min(1 + round(n / per_year), max(int(design.used.sum()) // 4, 1))
    columns = {f"drift {k}": np.cos(np.pi * k * position) for k in range(1, number + 1)}
    sds = {f"drift {k}": float(np.sqrt(2 * n) * step / (np.pi * k)) for k in range(1, number + 1)}
    return columns, sds


def _odds(
    design: Design, columns: dict[str, NDArray[np.float64]], sds: dict[str, float], prior: LatentPrior
) -> tuple[float, LatentFit]:
    """Marginal likelihood with the drift over that without, and the fit with it."""
    without = latent_fit(design, prior)
    with_drift = latent_fit(with_columns(design, columns), replace(prior, coefficient_sd=sds))
    log_odds = with_drift.posterior.log_marginal_likelihood - without.posterior.log_marginal_likelihood
    return float(np.exp(np.clip(log_odds, -20, 20))), with_drift


def _path(fit: LatentFit, design: Design, columns: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    draws = fit.posterior.draws(1000, 53).b[:, len(design.columns) :]
    path = draws @ np.column_stack(list(columns.values())).T
    lower, value, upper = np.exp(np.quantile(path, [0.025, 0.5, 0.975], axis=0))
    periods = [str(period) for period in design.periods]
    return pd.DataFrame({"period": periods, "value": value, "lower": lower, "upper": upper})


def _times(odds: float) -> str:
    return text("check.drift.times", odds=odds) if odds < 1000 else text("check.drift.over")
