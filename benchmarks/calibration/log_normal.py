"""The library's models of log counts, ARIMA regression and structural time series, one series at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.calibration.intervals import Estimated, Intervals
from benchmarks.calibration.latent import DRAWS, QUANTILES, SEED, ratio_of
from evalkit import vocab
from evalkit.errors import CannotEstimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.calibration.cells import Setting
    from evalkit.model import Model

_ABSENT: Final = (np.nan, np.nan, np.nan)


def estimated(counts: NDArray[np.float64], setting: Setting, *, model: Model) -> Estimated:
    """Level change (where the model has that term) from its marginal, and rate ratio from joint draws."""
    level: list[NDArray[np.float64] | tuple[float, ...]] = []
    ratio: list[NDArray[np.float64] | tuple[float, ...]] = []
    for y in counts:
        try:
            fit = model.fit(replace(setting.design, observed=y))
        except CannotEstimate:
            level.append(_ABSENT)
            ratio.append(_ABSENT)
            continue
        level.append(fit.marginal(vocab.LEVEL).quantile(QUANTILES) if vocab.LEVEL in fit.terms else _ABSENT)
        ratio.append(np.log(np.quantile(ratio_of(fit.draws(DRAWS, SEED), setting), QUANTILES)))
    found = {vocab.LEVEL_CHANGE: _intervals(level), vocab.RATE_RATIO: _intervals(ratio)}
    if np.isnan(found[vocab.LEVEL_CHANGE].centre).all() and not np.isnan(found[vocab.RATE_RATIO].centre).all():
        del found[vocab.LEVEL_CHANGE]  # a projection has no such term
    return found


def _intervals(rows: list[NDArray[np.float64] | tuple[float, ...]]) -> Intervals:
    centre, lower, upper = np.array(rows, dtype=np.float64).T
    return Intervals(centre=centre, lower=lower, upper=upper)
