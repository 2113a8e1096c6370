"""The same analysis again and again: many designs fitted in one batch, and what came of each in one row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.design import build_design
from evalkit.effect import Estimate, NotEstimable, Sampling
from evalkit.effect.compute import ratio_or_reason
from evalkit.errors import CannotEstimate, DesignError
from evalkit.model import Forecast, Latent, fit_many
from evalkit.model.base import Requirements
from evalkit.model.guard import require_estimable, require_periods
from evalkit.model.latent import LatentFit, LatentGrid, LatentPrior
from evalkit.model.latent.batch import map_threads
from evalkit.model.latent.fit import posterior_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.design import Design, DesignSpec
    from evalkit.effect.estimate import Result
    from evalkit.model import Fit, Model

LIGHT: Final = Sampling(draws=500)
"""Draws behind each refit. The Monte-Carlo error of an end of its interval is an eighth to a sixth of its standard
deviation, enough to see a move of half of one; reported effects have sixteen times as many."""
LIGHT_GRID: Final = LatentGrid(cutoff=1e-3, step=2.0, order=1)
"""Grid of the refits of the latent model, with a half to three quarters of the points. On 48 simulated series, with as
many draws, the ends of its intervals lie within 0.15 standard deviations of those of the reported grid. A grid that is
searched in fewer cells, or cut off higher, is not faster by more and now and then loses the memoryless share of half of
the posterior, which no weighting of draws brings back: ends were then off by a standard deviation."""
MOST_REFITS: Final = 120
"""Refits of one check: weekly and daily series are left out in blocks, and false launches thinned, to this number."""
SLOW_MODELS: Final = frozenset({"arima", "structural", "controlled"})
"""Models whose fits take tenths of a second, and are refitted at most :data:`FEW_REFITS` times in one check."""
FEW_REFITS: Final = 24
REFIT_COLUMNS: Final = ("value", "lower", "upper", "sd", "reason")


def refitted(designs: Sequence[Design], model: Model, level: float) -> pd.DataFrame:
    """The rate ratio of each design, one row each, fitted in one batch.

    Columns ``value``, ``lower``, ``upper`` (ratios), ``sd`` (of the log ratio), and ``reason`` where it is not
    estimable (then the numbers are NaN).
    """

    def row(fit: Fit | CannotEstimate) -> tuple[float, float, float, float, str]:
        return ratio_row(ratio_or_reason(fit, level=level, sampling=LIGHT))

    rows = map_threads(row, fit_many(lighter(model), designs))
    return pd.DataFrame(rows, columns=list(REFIT_COLUMNS))


def lighter(model: Model) -> Model:
    """The model with the grid of refits, where it is laid over a grid alone; one of the user's own is kept."""
    if isinstance(model, (Latent, Forecast)) and model.grid == LatentGrid():
        return replace(model, grid=LIGHT_GRID)
    return model


def most_refits(model: Model) -> int:
    """How often one check may refit a model."""
    return FEW_REFITS if model.name in SLOW_MODELS else MOST_REFITS


def base_row(design: Design, model: Model, ratio: Estimate) -> tuple[float, float, float, float]:
    """Value and sd of the design itself, from as many draws and the same seed as its refits, and the reported ends.

    Moves are measured from a refit of the design, whose Monte-Carlo error they share; what the interval says of 1 is
    what was reported, since the ends of so few draws may lie on the other side.
    """
    row = refitted([replace(design, parts=())], model, ratio.level).iloc[0]
    return float(row["value"]), ratio.lower, ratio.upper, float(row["sd"])


def ratio_row(ratio: Result) -> tuple[float, float, float, float, str]:
    """Value, lower, upper, sd of the log ratio and reason, of a rate ratio."""
    if isinstance(ratio, NotEstimable):
        return np.nan, np.nan, np.nan, np.nan, ratio.reason
    return ratio.value, ratio.lower, ratio.upper, log_sd(ratio), ""


def log_sd(ratio: Estimate) -> float:
    """Standard deviation of the log ratio, read off the ends of its interval as if it were normal."""
    from scipy.special import ndtri

    width = np.log(ratio.upper) - np.log(max(ratio.lower, 1e-12))
    return float(max(width, 1e-9) / (2 * ndtri((1 + ratio.level) / 2)))


def leaves_out_one(table: pd.DataFrame) -> pd.Series:
    """Whether the interval of each row lies wholly above or wholly below 1."""
    return (table["lower"] > 1) | (table["upper"] < 1)


def says_nothing(table: pd.DataFrame, wide: float) -> pd.Series:
    """Whether the interval of each row holds both 1/wide and wide."""
    return (table["lower"] <= 1 / wide) & (table["upper"] >= wide)


def side(lower: float, upper: float) -> int:
    """What an interval says of 1: 1 wholly above, -1 wholly below, 0 holds it."""
    return int(lower > 1) - int(upper < 1)


def first_periods(design: Design, number: int) -> Design:
    """The same design over so many of its first periods."""
    chosen = slice(0, number)
    return replace(
        design,
        periods=design.periods[chosen],
        observed=design.observed[chosen],
        offset=design.offset[chosen],
        with_campaign=np.ascontiguousarray(design.with_campaign[chosen]),
        without_campaign=np.ascontiguousarray(design.without_campaign[chosen]),
        used=design.used[chosen],
        window=design.window[chosen],
        exposed=design.exposed[chosen],
        comparison=None if design.comparison is None else design.comparison.rows(chosen),
        parts=(),
    )


def without_periods(design: Design, positions: NDArray[np.int64]) -> Design:
    """The same design as if some periods had not been counted."""
    used, window, observed = design.used.copy(), design.window.copy(), design.observed.copy()
    used[positions], window[positions], observed[positions] = False, False, np.nan
    return replace(design, used=used, window=window, observed=observed, parts=())


def with_columns(design: Design, columns: Mapping[str, NDArray[np.float64]]) -> Design:
    """The same design with further columns, (n,) each, that do not belong to the campaign."""
    added = np.column_stack(list(columns.values()))
    return replace(
        design,
        columns=(*design.columns, *columns),
        with_campaign=np.column_stack([design.with_campaign, added]),
        without_campaign=np.column_stack([design.without_campaign, added]),
    )


def latent_fit(design: Design, prior: LatentPrior | None = None) -> LatentFit:
    """The latent model of the series alone, whatever the model of the effect; comparison regions are left aside.

    An effect that decays at an unknown rate is taken at the rate that its matrix was laid out with.
    """
    alone = replace(design, comparison=None, parts=())
    options = Latent(prior=prior or LatentPrior())
    if options.prior.coefficient_sd:
        require_periods(alone, Requirements())
    else:
        require_estimable(alone)
    return LatentFit(options=options, design=alone, posterior=posterior_of(alone, options.prior, options.grid))


def series_of(design: Design) -> tuple[pd.Series, pd.Series | None]:
    """The counts of a design as a series, and its exposure where it has one."""
    series = pd.Series(design.observed, index=design.periods)
    if design.exposed.all() and not design.offset.any():
        return series, None
    return series, pd.Series(np.where(design.exposed, np.exp(design.offset), 0.0), index=design.periods)


def respecified(design: Design, spec: DesignSpec) -> Design | CannotEstimate:
    """The counts, exposure, controls and covariates of a design under another specification, or why that cannot be."""
    series, exposure = series_of(design)
    try:
        made = build_design(series, design.launch, spec, exposure=exposure, kind=design.kind)
        own = build_design(series, design.launch, design.spec, exposure=exposure, kind=design.kind)
    except DesignError as problem:
        return CannotEstimate(str(problem))
    rows = np.asarray(design.periods.isin(made.periods))
    beside = [name for name in design.columns if name not in own.columns]  # controls and covariates
    if beside:
        made = with_columns(made, {name: design.without_campaign[rows, design.column(name)] for name in beside})
    uncounted = ~design.used[rows] & ~_in_transition(design)[rows]
    return replace(
        made,
        used=made.used & ~uncounted,
        window=made.window & ~uncounted,
        parts=(),
        controlled=design.controlled,
        comparison=None if design.comparison is None else design.comparison.rows(rows),
        simulated=design.simulated,
    )


def _in_transition(design: Design) -> NDArray[np.bool_]:
    since = np.arange(len(design.periods)) - int(np.flatnonzero(design.post)[0])
    return np.asarray((since >= 0) & (since < design.spec.transition))
