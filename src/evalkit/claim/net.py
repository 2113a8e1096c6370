"""The change net of trend and season, over the window that a claim speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.claim.claim import Claim
from evalkit.effect import Effect, Estimate, NotEstimable, Window
from evalkit.model import Fit
from evalkit.registers import Interval

__all__ = ["Net", "inside", "net_change"]


@dataclass(frozen=True, eq=False)
class Net:
    """A rate ratio with its interval, and the draws behind it.

    Attributes
    ----------
    ratio : Estimate
        Contacts expected with the campaign over contacts expected without it, in ``ratio.window``.
    draws : ndarray of shape (S,)
        Equally weighted draws of the ratio.
    own_window : bool
        True where the window is the claim's period, False where it is the effect's own.
    """

    ratio: Estimate
    draws: NDArray[np.float64] = field(repr=False)
    own_window: bool

    def prob_at_least(self, ratio: float) -> float:
        """Probability that the rate ratio is at least ``ratio``."""
        return float(np.mean(self.draws >= ratio))


def net_change(effect: Effect, claim: Claim) -> Net | NotEstimable:
    """The campaign's own change over the claim's period, where it names one, otherwise over the effect's window.

    Months of the claim's period before the launch count with no effect in a design with campaign terms; where the
    counterfactual is a forecast they are left out. Over another window than the effect's the ratio comes from the same
    joint draws, summed over that window.

    Returns
    -------
    Net or NotEstimable
        NotEstimable where the effect is, or where no counted period lies in the claim's period.
    """
    if isinstance(effect.rate_ratio, NotEstimable):
        return effect.rate_ratio
    whole = Net(effect.rate_ratio, effect.ratio_draws, own_window=False)
    if claim.period is None or effect.fit is None:
        return whole
    design = effect.design
    counted = design.used if effect.numerator == "expected" else design.window
    mask = counted & inside(design.periods, claim.period)
    if not (mask & design.window).any():
        return NotEstimable(
            f"no counted period from the launch on lies in the claimed period ({claim.period})",
            "An effect over a window that holds the claimed period would settle it.",
        )
    if np.array_equal(mask, design.window):
        return Net(effect.rate_ratio, effect.ratio_draws, own_window=True)
    return _over(effect, effect.fit, effect.rate_ratio, mask)


def inside(periods: pd.PeriodIndex, interval: Interval) -> NDArray[np.bool_]:
    """Which periods lie wholly in an interval of days."""
    starts, ends = periods.start_time, periods.end_time.normalize()
    return np.asarray((starts >= pd.Timestamp(interval.start)) & (ends <= pd.Timestamp(interval.end)))


def _over(effect: Effect, fit: Fit, ratio: Estimate, mask: NDArray[np.bool_]) -> Net:
    draws = fit.draws(effect.sampling.draws, effect.sampling.seed)
    observed = np.nan_to_num(effect.design.observed)[None, :]
    expected = draws.with_campaign if effect.numerator == "expected" else observed
    ratios = expected[:, mask].sum(axis=1) / draws.without_campaign[:, mask].sum(axis=1)
    tail = (1 - ratio.level) / 2
    lower, upper = np.quantile(ratios, (tail, 1 - tail))
    held = effect.design.periods[mask]
    window = Window(start=held[0], end=held[-1], periods=len(held))
    estimate = replace(ratio, value=float(np.median(ratios)), lower=float(lower), upper=float(upper), window=window)
    return Net(estimate, ratios, own_window=True)
