"""The change net of trend and season, over the window that a claim speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.catalogue import text
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim
from evalkit.effect import Effect, Estimate, NotEstimable, Window
from evalkit.model import Fit
from evalkit.registers import Interval

__all__ = ["Explained", "Net", "explained", "inside", "net_change"]

_SMALLEST_SHARED = 1.1
_SEASON = ("sin ", "cos ", "month ", "quarter ")


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

    def prob_within(self, bounds: Bounds) -> float:
        """Probability that the rate ratio lies in an interval, ends included."""
        return float(np.mean((self.draws >= bounds.lower) & (self.draws <= bounds.upper)))


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
            text("claim.net.no_period", period=claim.period),
            text("claim.net.no_period_remedy"),
        )
    if np.array_equal(mask, design.window):
        return Net(effect.rate_ratio, effect.ratio_draws, own_window=True)
    return _over(effect, effect.fit, effect.rate_ratio, mask)


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What was expected without the campaign, as a part of a before/after ratio.

    It holds everything but the campaign: trend, season, known events, comparison regions, exposure and drift.

    With T the ratio of the contacts expected without the campaign after the launch to those before, and N the ratio of
    the contacts expected with the campaign to those without it, the before/after ratio is T times N.

    Attributes
    ----------
    value, lower, upper : float
        T: median of the joint draws, with its interval at the effect's level.
    share : float or None
        Median of ``log T / (log T + log N)``: the share of the change on the log scale. None where the change is too
        small to be shared out (less than 10 %), or where T and N pull in opposite directions.
    season : float or None
        The part of T that comes from different calendar months; None where the model has no season that multiplies.
    """

    value: float
    lower: float
    upper: float
    share: float | None
    season: float | None


def explained(effect: Effect, before: pd.PeriodIndex, after: pd.PeriodIndex) -> Explained | None:
    """The change expected without the campaign between two windows of an effect's series; None without a fit."""
    if effect.fit is None:
        return None
    periods = effect.design.periods
    early, late = periods.isin(before) & effect.design.used, periods.isin(after) & effect.design.used
    if not (early.any() and late.any()):
        return None
    draws = effect.fit.draws(effect.sampling.draws, effect.sampling.seed)
    without = draws.without_campaign[:, late].mean(axis=1)
    drift = without / draws.with_campaign[:, early].mean(axis=1)
    whole = draws.with_campaign[:, late].mean(axis=1) / draws.with_campaign[:, early].mean(axis=1)
    tail = (1 - effect.level) / 2
    value, lower, upper = (float(end) for end in np.quantile(drift, (0.5, tail, 1 - tail)))
    return Explained(
        value=value, lower=lower, upper=upper, share=_share(drift, whole), season=_season(effect.fit, early, late)
    )


def _share(drift: NDArray[np.float64], whole: NDArray[np.float64]) -> float | None:
    change = np.log(whole)
    middle = float(np.median(change))
    if abs(middle) < np.log(_SMALLEST_SHARED):
        return None
    share = float(np.median(np.log(drift))) / middle
    return share if 0 <= share <= 1 else None


def _season(fit: Fit, early: NDArray[np.bool_], late: NDArray[np.bool_]) -> float | None:
    """Ratio of the mean seasonal factor in the later window to that in the earlier one; None for differences."""
    if fit.link != "log":
        return None
    columns = [name for name in fit.design.columns if name.startswith(_SEASON) and name in fit.terms]
    if not columns:
        return None
    places = [fit.design.columns.index(name) for name in columns]
    weights = np.array([fit.marginal(name).centre for name in columns])
    factor = np.exp(fit.design.with_campaign[:, places] @ weights)
    return float(factor[late].mean() / factor[early].mean())


def inside(periods: pd.PeriodIndex, interval: Interval) -> NDArray[np.bool_]:
    """Which periods lie wholly in an interval of days."""
    starts, ends = periods.start_time, periods.end_time.normalize()
    return np.asarray((starts >= pd.Timestamp(interval.start)) & (ends <= pd.Timestamp(interval.end)))


def _over(effect: Effect, fit: Fit, ratio: Estimate, mask: NDArray[np.bool_]) -> Net | NotEstimable:
    draws = fit.draws(effect.sampling.draws, effect.sampling.seed)
    without = draws.without_campaign[:, mask].sum(axis=1)
    if not (without > 0).all():  # only where coefficients are differences
        return NotEstimable(
            text("claim.net.no_ratio"),
            text("claim.net.no_ratio_remedy"),
        )
    ratios = draws.with_campaign[:, mask].sum(axis=1) / without
    tail = (1 - ratio.level) / 2
    lower, upper = np.quantile(ratios, (tail, 1 - tail))
    held = effect.design.periods[mask]
    window = Window(start=held[0], end=held[-1], periods=len(held))
    estimate = replace(ratio, value=float(np.median(ratios)), lower=float(lower), upper=float(upper), window=window)
    return Net(estimate, ratios, own_window=True)
