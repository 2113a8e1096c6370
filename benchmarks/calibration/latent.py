"""The latent core of the library and the forecast on the same core."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.calibration.intervals import Estimated, Intervals
from evalkit import vocab
from evalkit.errors import CannotEstimate
from evalkit.model import Forecast, Latent
from evalkit.model.latent import Series, fit_many_latent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.calibration.cells import Setting
    from evalkit.model import Draws, Model
    from evalkit.model.latent import LatentPosterior

QUANTILES: Final = (0.5, 0.025, 0.975)
DRAWS, SEED = 1000, 20190502


def level_change(counts: NDArray[np.float64], setting: Setting, *, workers: int | None = None) -> Estimated:
    """Posterior median and central 95 % of the change of level, through the batch interface on arrays."""
    series = [Series(y, setting.matrix) for y in counts]
    found = fit_many_latent(series, partial(_level, position=setting.level), workers=workers)
    return {vocab.LEVEL_CHANGE: _stacked(found)}


def rate_ratio(counts: NDArray[np.float64], setting: Setting) -> Estimated:
    """Posterior median and central 95 % of the rate ratio over the months from the launch on, from joint draws."""
    return _window(Latent(), counts, setting)


def forecast(counts: NDArray[np.float64], setting: Setting) -> Estimated:
    """The same from the months before launch only: counted over projected."""
    return _window(Forecast(), counts, setting)


def _level(posterior: LatentPosterior, position: int) -> NDArray[np.float64]:
    return posterior.coefficient(position).quantile(QUANTILES)


def _window(model: Model, counts: NDArray[np.float64], setting: Setting) -> Estimated:
    found: list[NDArray[np.float64] | CannotEstimate] = []
    for y in counts:
        try:
            draws = model.fit(replace(setting.design, observed=y)).draws(DRAWS, SEED)
            found.append(np.log(np.quantile(ratio_of(draws, setting), QUANTILES)))
        except CannotEstimate as reason:
            found.append(reason)
    return {vocab.RATE_RATIO: _stacked(found)}


def ratio_of(draws: Draws, setting: Setting) -> NDArray[np.float64]:
    """Rate ratio over the months from the launch on, for every draw."""
    total = draws.with_campaign[:, setting.post].sum(axis=1)
    return np.asarray(total / draws.without_campaign[:, setting.post].sum(axis=1))


def _stacked(found: Sequence[NDArray[np.float64] | CannotEstimate]) -> Intervals:
    absent = np.full(3, np.nan)
    centre, lower, upper = np.array([absent if isinstance(one, CannotEstimate) else one for one in found]).T
    return Intervals(centre=centre, lower=lower, upper=upper)
