"""The arithmetic of published figures: pure functions over counts, ratios, percentages and their intervals."""

from __future__ import annotations

import calendar
import cmath
import datetime as dt
import math
from collections.abc import Iterable
from functools import cache
from typing import Literal

from scipy.special import betaincinv, ndtri

from evalkit.claim.bounds import Bounds
from evalkit.errors import ClaimError
from evalkit.registers import Interval

__all__ = [
    "DISPERSION",
    "SEASON",
    "implied_baseline",
    "implied_current",
    "percent_from_ratio",
    "rate_per_100k",
    "ratio_bounds_from_percent",
    "ratio_from_percent",
    "ratio_interval",
    "ratio_of_counts",
    "ratio_of_ratios",
    "season_factor",
    "share",
    "total",
]

DISPERSION = 5.0
"""Variance of a count over its mean that is realistic for such contacts where a user's own series gives no other."""
SEASON = 0.20
"""Amplitude of a yearly season on the log scale where no series gives another: its peak is 22 % above the mean."""
_LARGEST_LOG = 700.0
IntervalMethod = Literal["log", "exact"]


def ratio_from_percent(percent: float) -> float:
    """Ratio of a percentage change: ``1 + percent / 100``; +200 is threefold.

    Raises
    ------
    ClaimError
        For a fall of more than 100 %.
    """
    if percent < -100:
        raise ClaimError(f"A change of {percent:g} % cannot be: nothing falls by more than 100 %. Correct the figure.")
    return 1 + percent / 100


def percent_from_ratio(ratio: float) -> float:
    """Percentage change of a ratio: ``100 (ratio - 1)``.

    Raises
    ------
    ClaimError
        For a negative ratio.
    """
    if ratio < 0:
        raise ClaimError(f"A ratio of {ratio:g} cannot be: counts are not negative. Correct the figure.")
    return 100 * (ratio - 1)


def ratio_bounds_from_percent(percent: Bounds) -> Bounds:
    """Interval of the ratio for an interval of percentage changes."""
    return Bounds(ratio_from_percent(percent.lower), 1 + percent.upper / 100)


def ratio_of_counts(current: Bounds, baseline: Bounds) -> Bounds:
    """Interval of ``current / baseline`` that the rounding of both leaves open (no sampling variation)."""
    return current.over(baseline)


def implied_baseline(current: Bounds, ratio: Bounds) -> Bounds | None:
    """Whole numbers that the baseline may have been: ``current / ratio``.

    Returns
    -------
    Bounds or None
        4,776 at 1.685 to 1.695 gives 2,818 to 2,834; None where no whole number fits, so that the figures exclude each
        other.
    """
    return current.over(ratio).whole()


def implied_current(baseline: Bounds, ratio: Bounds) -> Bounds | None:
    """Whole numbers that the current count may be: ``baseline * ratio``; None where no whole number fits."""
    return baseline.times(ratio).whole()


def total(parts: Iterable[Bounds]) -> Bounds:
    """Interval of a sum. A person in two parts is counted twice: a sum over channels counts contacts, not people."""
    result = Bounds(0.0, 0.0)
    for part in parts:
        result = result.plus(part)
    return result


def share(part: float, whole: float) -> float:
    """Part of a whole, between 0 and 1 where the two fit.

    Raises
    ------
    ClaimError
        Where the whole is not above 0.
    """
    if whole <= 0:
        raise ClaimError(f"A share of {whole:g} cannot be taken: the whole must be above 0.")
    return part / whole


def rate_per_100k(count: float, population: float) -> float:
    """Contacts per 100,000 inhabitants. Contacts are not people, so this is no share of the population.

    Raises
    ------
    ClaimError
        Where the population is not above 0.
    """
    return 100_000 * share(count, population)


def ratio_interval(
    current: float,
    baseline: float,
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
    method: IntervalMethod = "log",
) -> Bounds:
    """Interval for the ratio of two independent counts over windows of equal length.

    Parameters
    ----------
    current, baseline : float
        Counts after and before, 0 or more.
    dispersion : float
        Variance over mean of a count; 1 is Poisson, above 1 is quasi-Poisson.
    level : float
        Probability content, above 0 and below 1.
    method : {"log", "exact"}
        ``log``: ``exp(log r ± z sqrt(dispersion (1/current + 1/baseline)))``, as 139 over 84 gives 1.26 to 2.17 (0.90
        to 3.03 at dispersion 5). ``exact``: given their sum the current count is binomial; the Clopper-Pearson interval
        for its share is turned into one for the ratio, at dispersion with both counts divided by it. Where a count is 0
        the exact one is used in any case.

    Returns
    -------
    Bounds
        Lower end 0 where the current count is 0, upper end infinite where the baseline is 0.

    Raises
    ------
    ClaimError
        For negative counts, two zero counts, a dispersion not above 0 or a level outside 0 to 1.
    """
    _check_counts(current, baseline, dispersion, level)
    if method == "exact" or not (current and baseline):
        return _exact(current / dispersion, baseline / dispersion, level)
    spread = _z(level) * math.sqrt(dispersion * (1 / current + 1 / baseline))
    ratio = current / baseline
    return _spread_around(ratio, spread)


def ratio_of_ratios(
    treated: tuple[float, float],
    comparison: tuple[float, float],
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> tuple[float, Bounds]:
    """Change in one region relative to the change in another, with a log-normal interval.

    Parameters
    ----------
    treated, comparison : (current, baseline)
        Four independent counts above 0; the same two windows in both regions.
    dispersion, level
        As in :func:`ratio_interval`.

    Returns
    -------
    tuple of (float, Bounds)
        ``(treated current / baseline) / (comparison current / baseline)`` and its interval.

    Raises
    ------
    ClaimError
        Where a count is not above 0.
    """
    counts = (*treated, *comparison)
    if min(counts) <= 0:
        raise ClaimError(f"A ratio of ratios needs four counts above 0; got {counts}.")
    _check_counts(treated[0], treated[1], dispersion, level)
    value = (treated[0] / treated[1]) / (comparison[0] / comparison[1])
    spread = _z(level) * math.sqrt(dispersion * sum(1 / count for count in counts))
    return value, _spread_around(value, spread)


def season_factor(baseline: Interval, period: Interval, *, amplitude: float = SEASON) -> float:
    """Largest ratio that a yearly season alone could make between two windows, whenever in the year its peak is.

    With a season ``amplitude * cos(2 pi (t - peak) / year)`` on the log scale and ``z`` the mean of
    ``exp(2 pi i t / year)`` over the days of a window, the ratio is at most ``exp(amplitude |z_period - z_baseline|)``
    (to first order in the amplitude). Windows of the same calendar days, and whole years, give 1.

    Parameters
    ----------
    baseline, period : Interval
        The two windows.
    amplitude : float
        Of the season, 0 or more.

    Returns
    -------
    float
        1 or more; the season could as well make the inverse of it.

    Raises
    ------
    ClaimError
        For a negative amplitude.
    """
    if not (math.isfinite(amplitude) and amplitude >= 0):
        raise ClaimError(f"The amplitude of the season is {amplitude:g}; it must be 0 or more, such as {SEASON:g}.")
    return math.exp(amplitude * abs(_phase(period) - _phase(baseline)))


def _phase(window: Interval) -> complex:
    """Mean of ``exp(2 pi i t / year)`` over the days of a window, the year being as long as the calendar has it."""
    days = [window.start + dt.timedelta(days=number) for number in range(window.days)]
    angles = [2 * math.pi * (day.timetuple().tm_yday - 1) / (366 if calendar.isleap(day.year) else 365) for day in days]
    return sum(cmath.exp(1j * angle) for angle in angles) / len(angles)


def _spread_around(ratio: float, spread: float) -> Bounds:
    """``ratio`` over and times ``exp(spread)``; beyond ``exp(700)`` a float holds no more, and the limit stands."""
    factor = math.exp(min(spread, _LARGEST_LOG))
    return Bounds(ratio / factor, ratio * factor)


def _exact(current: float, baseline: float, level: float) -> Bounds:
    tail = (1 - level) / 2
    lower = float(betaincinv(current, baseline + 1, tail)) if current else 0.0
    upper = float(betaincinv(current + 1, baseline, 1 - tail)) if baseline else 1.0
    return Bounds(lower / (1 - lower), upper / (1 - upper) if upper < 1 else math.inf)


@cache
def _z(level: float) -> float:
    return float(ndtri((1 + level) / 2))


def _check_counts(current: float, baseline: float, dispersion: float, level: float) -> None:
    if min(current, baseline) < 0:
        raise ClaimError(f"Counts cannot be negative; got {current:g} and {baseline:g}.")
    if current == baseline == 0:
        raise ClaimError("Two counts of 0 have no ratio; a longer window is needed.")
    if not (math.isfinite(dispersion) and dispersion > 0):
        raise ClaimError(f"The dispersion is {dispersion:g}; it must be above 0 (1 is Poisson).")
    if not 0 < level < 1:
        raise ClaimError(f"The level is {level:g}; it must lie between 0 and 1, such as 0.95.")
