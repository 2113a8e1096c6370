"""Which differences of a number are none: those that rounding or another set of draws would make."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from evalkit.effect.path import default_sampling
from evalkit.report.disclosure.rounding import DIGITS, is_number

if TYPE_CHECKING:
    from evalkit.effect import Estimate
    from evalkit.report.disclosure.profiles import Profile

ERRORS: Final = 3.0
"""Monte-Carlo errors of a difference that a number may move by without being called changed."""


def moved(before: Estimate, after: Estimate, *, periods: int, profile: Profile | None = None) -> bool:
    """Whether an estimate moved by more than noise.

    An estimate is a median and two quantiles of ``N`` draws. On the scale where its interval is nearest to normal (log
    for a ratio), with standard deviation s, the Monte-Carlo error of the quantile at p is
    ``s sqrt(p (1 - p) / N) / phi(z_p)``; that of a difference of two independent ones is the square root of 2 times
    as large. A move of at most three of those, or of one step of rounding, is noise.

    Parameters
    ----------
    periods : int
        Of the series: long ones have fewer draws.
    profile : Profile, optional
        What the published numbers were rounded by: numbers of contacts to its base, ratios to three digits.
    """
    if (before.unit, before.level) != (after.unit, after.level):
        return True
    log = min(before.lower, after.lower) > 0 and "ratio" in before.unit
    draws = default_sampling(periods).draws
    normal = NormalDist()
    z = normal.inv_cdf((1 + before.level) / 2)
    spread = max(_scale(one.upper, log) - _scale(one.lower, log) for one in (before, after)) / (2 * z)
    for name, p in (("value", 0.5), ("lower", (1 - before.level) / 2), ("upper", (1 + before.level) / 2)):
        error = spread * math.sqrt(2 * p * (1 - p) / draws) / normal.pdf(normal.inv_cdf(p))
        first, second = getattr(before, name), getattr(after, name)
        far = abs(_scale(second, log) - _scale(first, log)) > ERRORS * error
        if far and abs(second - first) > _step(before.unit, max(abs(first), abs(second)), profile) * (1 + 1e-9):
            return True
    return False


def _step(unit: str, value: float, profile: Profile | None) -> float:
    """Smallest difference that two published numbers of this size can show, 0 where they were not rounded."""
    if profile is None or profile.off or value == 0:
        return 0.0
    return float(profile.base) if is_number(unit) else 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)


def _scale(value: float, log: bool) -> float:
    return math.log(value) if log else value
