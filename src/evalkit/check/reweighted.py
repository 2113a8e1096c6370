"""The rate ratio without one period, from the draws of the whole series: each is weighted, and nothing is fitted again.

Draws given all counts, weighted by one over the density of one count given the others, are draws given the others
(:mod:`evalkit.model.latent.left_out`). Where a few of them carry the weight, the period is left to a refit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evalkit.check.refit import LIGHT, REFIT_COLUMNS, without_periods
from evalkit.effect import Sampling
from evalkit.errors import CannotEstimate
from evalkit.model.latent import LatentFit
from evalkit.model.latent.left_out import log_density_left_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS, EVERY = Sampling(), 2
"""Every second of the draws that a reported effect rests on, 4,000: eight times as many as behind a refit."""
WORTH: Final = 2 * LIGHT.draws
"""Least number of independent draws that the weighted ones are worth: twice those of a refit, as the figure flatters
weights that vary much."""
LEVERAGE: Final = 0.5
"""A count with more of a say in its own fitted value: the variance of the weights may be infinite (Peruggia 1997, J Am
Stat Assoc 92:199), and what the weighted draws are worth cannot be told from themselves."""
_WIDE: Final = 1e3  # of an end over the other: such an interval is left to a refit, which may call it none


@dataclass(frozen=True, kw_only=True, eq=False)
class Reweighted:
    """The rate ratio without each of some periods, and that of the whole series to measure moves from.

    Attributes
    ----------
    base : tuple of float
        Value and standard deviation (log scale) of the whole series, from the same draws as the rows.
    table : pandas.DataFrame
        A row a period, columns :data:`evalkit.check.refit.REFIT_COLUMNS`.
    steady : ndarray of bool, shape (m,)
        Whether the row may be used; a period without is to be left out by a refit.
    """

    base: tuple[float, float]
    table: pd.DataFrame
    steady: NDArray[np.bool_]


def without_each(fit: LatentFit, left_out: NDArray[np.int64], level: float) -> Reweighted:
    """The rate ratio without each of the m used periods at these positions, one at a time."""
    design, posterior = fit.design, fit.posterior
    joint = fit.joint_draws(DRAWS.draws, DRAWS.seed)
    theta = np.column_stack([joint.rho, joint.sigma, joint.white])[::EVERY]
    b, eta = joint.b[::EVERY].copy(), joint.eta[::EVERY].copy()
    density = log_density_left_out(posterior.problem, theta, b, eta.copy())[:, left_out]
    weight = np.exp(density.min(axis=0) - density).T
    weight /= weight.sum(axis=1, keepdims=True)
    steady = 1 / (weight**2).sum(axis=1) >= WORTH
    steady &= (_leverage(fit) <= LEVERAGE)[left_out]
    steady &= _has_answer(fit)[left_out]

    window = design.window
    campaign = (b @ (design.with_campaign - design.without_campaign)[window].T).T
    expected = np.exp(eta[:, window].T)
    without = expected * np.exp(-campaign)
    with_total, without_total = expected.sum(axis=0), without.sum(axis=0)
    at = np.cumsum(window) - 1
    probabilities = np.array([0.5, (1 - level) / 2, (1 + level) / 2])
    ratio = with_total / without_total
    order = np.argsort(ratio)
    base = _quantiles(ratio[order], np.ones(len(ratio)), probabilities)
    rows = np.full((len(left_out), 3), np.nan)
    for row, position in enumerate(left_out):
        if not steady[row]:
            continue
        if window[position]:
            k = at[position]
            own = (with_total - expected[k]) / (without_total - without[k])
            ordered = np.argsort(own)
            rows[row] = _quantiles(own[ordered], weight[row, ordered], probabilities)
        else:
            rows[row] = _quantiles(ratio[order], weight[row, order], probabilities)
    steady &= rows[:, 2] < _WIDE * rows[:, 1]
    values = np.where(steady[:, None], rows, np.nan)
    table = pd.DataFrame(np.column_stack([values, _log_sd(values, level)]), columns=list(REFIT_COLUMNS[:4]))
    base_sd = float(_log_sd(base[None, :], level)[0])
    return Reweighted(base=(float(base[0]), base_sd), table=table.assign(reason=""), steady=steady)


def _has_answer(fit: LatentFit) -> NDArray[np.bool_]:
    """Whether a refit without each used period would have an answer, shape (n,); where not, it says why.

    What it is asked for is enough periods and contacts before the launch, from it on and in the window, so that the
    period with most contacts in each of these speaks for the others; unless there are periods without contacts, which
    may leave a term without an end. That terms can still be told apart follows from a leverage of a half or less.
    """
    design = fit.design
    used = np.flatnonzero(design.used)
    counts = design.observed[used]
    groups = np.zeros(len(used), np.int64) + design.post[used] + 2 * design.window[used]
    answers = np.zeros(len(design.used), np.bool_)
    if (counts == 0).any():
        groups = np.arange(len(used))
    for group in np.unique(groups):
        members = used[groups == group]
        try:
            fit.options.require(without_periods(design, members[[int(design.observed[members].argmax())]]))
        except CannotEstimate:
            continue
        answers[members] = True
    return answers


def _leverage(fit: LatentFit) -> NDArray[np.float64]:
    """Share of each count in its own fitted value, by least squares with the variances of the fit, shape (n,)."""
    design = fit.design
    used = design.used
    variance = 1 / np.maximum(fit.systematic[used], 0.5) + fit.parameters["sigma"] ** 2
    basis = np.linalg.qr(design.with_campaign[used] / np.sqrt(variance)[:, None])[0]
    found = np.zeros(len(used))
    found[used] = (basis**2).sum(axis=1)
    return found


def _quantiles(
    ordered: NDArray[np.float64], weight: NDArray[np.float64], probabilities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quantiles of weighted values in increasing order, linear between their middles."""
    upto = np.cumsum(weight)
    return np.interp(probabilities, (upto - weight / 2) / upto[-1], ordered)


def _log_sd(rows: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """As :func:`evalkit.check.refit.log_sd`, of rows of value, lower and upper."""
    return np.asarray(np.log(rows[:, 2] / rows[:, 1]) / (2 * ndtri((1 + level) / 2)))
