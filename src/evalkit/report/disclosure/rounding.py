"""Estimates as precise as their intervals need, and no more: digits can carry counts out."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.effect import Estimate, NotEstimable
from evalkit.report.content import Rounded

if TYPE_CHECKING:
    from collections.abc import Callable

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


def downward(value: float, profile: Profile) -> float:
    """The lower end of an interval of contacts more or fewer: the multiple of the base at or below it."""
    return _whole(math.floor, value, profile)


def upward(value: float, profile: Profile) -> float:
    """The upper end of an interval of contacts more or fewer: the multiple of the base at or above it."""
    return _whole(math.ceil, value, profile)


def _whole(rounded: Callable[[float], int], value: float, profile: Profile) -> float:
    """A draw that is a multiple but for the last bit stays where it is."""
    return float(rounded(round(value / profile.base, 9)) * profile.base) if math.isfinite(value) else value


def estimate(result: Estimate | NotEstimable, profile: Profile) -> Estimate | NotEstimable:
    """An estimate by its unit: ratios to three digits, numbers of contacts to the base.

    The ends of an interval of contacts are rounded outward: it is never narrower than what was estimated, and neither
    is a cost that is divided by it. Which side of no change it lies on is said by the rate ratio.
    """
    if isinstance(result, NotEstimable) or profile.off:
        return result
    if is_number(result.unit):
        value = float(profile.near(result.value))
        lower, upper = downward(result.lower, profile), upward(result.upper, profile)
        plain = {each.name: getattr(result, each.name) for each in fields(result)}
        return Rounded(**{**plain, "value": value, "lower": lower, "upper": upper})
    value, lower, upper = (ratio(end) for end in (result.value, result.lower, result.upper))
    return replace(result, value=value, lower=lower, upper=upper)


def density(frame: pd.DataFrame, exact: tuple[float, float], shown: tuple[float, float]) -> pd.DataFrame:
    """A density stretched a little so that the ends of its interval are those that are published, at four digits.

    A curve of two hundred points would give its centre and width back to far more digits than the interval has.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``value`` and ``density``.
    exact, shown : tuple of (float, float)
        Ends of the interval as it was found and as it is published. Stretched on the logarithmic scale where all is
        above 0.
    """
    value = frame["value"].to_numpy(dtype=float)
    logs = min(value.min(), *exact, *shown) > 0
    place, (low, high), (least, most) = (np.log(one) if logs else np.asarray(one) for one in (value, exact, shown))
    slope = (most - least) / (high - low) if high > low else 1.0
    moved = least + slope * (place - low)
    moved, stretch = (np.exp(moved), slope * np.exp(moved) / value) if logs else (moved, slope)
    found = pd.DataFrame({"value": moved, "density": frame["density"].to_numpy(dtype=float) / stretch})
    return found.map(lambda one: at_digits(one, 4))


def is_number(unit: str) -> bool:
    """Whether an estimate is counted in contacts (or contacts a year) rather than a ratio."""
    return not unit.startswith(("rate ratio", "share", "periods", "units of the measure"))
