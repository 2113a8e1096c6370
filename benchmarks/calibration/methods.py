"""The methods under study, by name: each takes counts and a setting and hands back intervals."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.calibration import regression
from benchmarks.calibration.intervals import Estimated, from_errors, from_ratio
from benchmarks.rivals import RIVALS, run_rival
from evalkit import vocab

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.calibration.cells import Setting

RATIO_REPLICATES: Final = 250
"""Series of a cell for which the rate ratio of the regressions is drawn: it takes longer than the fit."""
_DRAWS, _SEED = 500, 7


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method.

    Attributes
    ----------
    label : str
        For tables.
    estimate : callable
        Counts (m, n) and the setting to intervals by estimand.
    cpu_seconds : callable or None
        Where the work is done in another process, the seconds of the last call.
    """

    label: str
    estimate: Callable[[NDArray[np.float64], Setting], Estimated]


def _segmented(counts: NDArray[np.float64], setting: Setting, *, family: str, hac: bool) -> Estimated:
    block = regression.segmented(counts, setting, family=family, hac=hac)
    first = regression.segmented(counts[:RATIO_REPLICATES], setting, family=family, hac=hac)
    ratio = regression.window_ratio(first, setting, np.random.default_rng(_SEED), _DRAWS)
    return {vocab.LEVEL_CHANGE: block.term(setting.level), vocab.RATE_RATIO: ratio}


def _least_squares(counts: NDArray[np.float64], setting: Setting, *, hac: bool) -> Estimated:
    return {vocab.LEVEL_CHANGE: regression.least_squares(counts, setting, hac=hac).term(setting.level)}


def _sarimax(counts: NDArray[np.float64], setting: Setting) -> Estimated:
    """Maximum likelihood regression of log(y + ½) with AR(1) errors and normal intervals, as statsmodels gives them."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    estimate, error = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    for i, y in enumerate(np.log(counts + 0.5)):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                fit = SARIMAX(y, exog=setting.matrix, order=(1, 0, 0)).fit(disp=0, maxiter=200)
            except np.linalg.LinAlgError:
                continue
            if fit.mle_retvals["converged"]:
                estimate[i], error[i] = fit.params[setting.level], fit.bse[setting.level]
    usable = np.isfinite(estimate) & np.isfinite(error)
    return {vocab.LEVEL_CHANGE: from_errors(estimate, error, np.inf, usable)}


def _rival(counts: NDArray[np.float64], setting: Setting, *, name: str) -> Estimated:
    answer = run_rival(name, counts, setting.matrix, int(np.argmax(setting.post)))
    return {vocab.RATE_RATIO: from_ratio(answer["centre"], answer["lower"], answer["upper"])}


METHODS: Final[dict[str, Method]] = {
    "poisson": Method(label="Poisson regression", estimate=partial(_segmented, family="poisson", hac=False)),
    "poisson-hac": Method(
        label="Poisson regression, Newey–West", estimate=partial(_segmented, family="poisson", hac=True)
    ),
    "quasi-poisson": Method(
        label="quasi-Poisson regression", estimate=partial(_segmented, family="quasi-poisson", hac=False)
    ),
    "negative-binomial": Method(
        label="negative binomial regression", estimate=partial(_segmented, family="negative-binomial", hac=False)
    ),
    "negative-binomial-hac": Method(
        label="negative binomial regression, Newey–West",
        estimate=partial(_segmented, family="negative-binomial", hac=True),
    ),
    "least-squares": Method(label="least squares, log counts", estimate=partial(_least_squares, hac=False)),
    "least-squares-hac": Method(
        label="least squares, log counts, Newey–West", estimate=partial(_least_squares, hac=True)
    ),
    "sarimax": Method(label="SARIMAX(1,0,0) with step, log counts", estimate=_sarimax),
    **{name: Method(label=rival.label, estimate=partial(_rival, name=name)) for name, rival in RIVALS.items()},
}
