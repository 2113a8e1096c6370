"""Estimates as precise as their intervals need, and no more: digits can carry counts out."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from evalkit.effect import Estimate, NotEstimable
from evalkit.report.content import Rounded

if TYPE_CHECKING:
    from evalkit.report.disclosure.profiles import Profile

DIGITS: Final = 3
_MOST_DIGITS: Final = 6


def at_digits(value: float, digits: int = DIGITS) -> float:
    """A number at so many digits; what is not finite stays as it is."""
    return float(f"{value:.{digits - 1}e}") if math.isfinite(value) else value


def ratio(value: float) -> float:
    """A ratio at three digits; more while an end that is not 1 would become 1 and change what the interval says."""
    digits = DIGITS
    while digits < _MOST_DIGITS and value != 1 and at_digits(value, digits) == 1:
        digits += 1
    return at_digits(value, digits)


def difference(value: float, profile: Profile) -> float:
    """A number of contacts more or fewer, to the base; what is not 0 keeps its sign."""
    near = profile.near(value)
    return near if near or abs(value) < 1e-9 else math.copysign(profile.base, value)


def estimate(result: Estimate | NotEstimable, profile: Profile) -> Estimate | NotEstimable:
    """An estimate by its unit: ratios to three digits, numbers of contacts to the base."""
    if isinstance(result, NotEstimable) or profile.off:
        return result
    if is_number(result.unit):
        value, lower, upper = (difference(end, profile) for end in (result.value, result.lower, result.upper))
        plain = {each.name: getattr(result, each.name) for each in fields(result)}
        return Rounded(**{**plain, "value": value, "lower": lower, "upper": upper})
    value, lower, upper = (ratio(end) for end in (result.value, result.lower, result.upper))
    return replace(result, value=value, lower=lower, upper=upper)


def is_number(unit: str) -> bool:
    """Whether an estimate is counted in contacts (or contacts a year) rather than a ratio."""
    return not unit.startswith(("rate ratio", "share", "periods", "units of the measure"))
