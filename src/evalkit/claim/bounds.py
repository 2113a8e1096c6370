"""What a rounded or qualified figure leaves open: the interval of values that it may stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from evalkit.vocab import Qualifier, StatisticType

__all__ = ["Bounds", "bounds_of", "rounding_unit"]

AROUND = 0.05
"""What "around" leaves open on either side, as a share of the figure (at least half its last digit)."""
ALMOST = 0.10
"""How far below its figure "almost" may lie, as a share of it."""
FOLD = 0.5
"""What an n-fold change leaves open on either side: threefold is 2.5 to 3.5."""
_SLACK = 1e-9
_GREATER = (Qualifier.MORE_THAN, Qualifier.AT_LEAST, Qualifier.ALMOST)


@dataclass(frozen=True)
class Bounds:
    """A closed interval of values; ``upper`` may be infinite.

    Attributes
    ----------
    lower, upper : float
        Ends, both inclusive.
    """

    lower: float
    upper: float

    @classmethod
    def exactly(cls, value: float) -> Bounds:
        """The interval of one value."""
        return cls(value, value)

    @property
    def exact(self) -> bool:
        """Whether there is only one value."""
        return self.lower == self.upper

    @property
    def finite(self) -> bool:
        """Whether there is an upper end."""
        return math.isfinite(self.upper)

    @property
    def centre(self) -> float:
        """Middle of the interval; its lower end where it has no upper one."""
        return (self.lower + self.upper) / 2 if self.finite else self.lower

    def contains(self, value: float) -> bool:
        """Whether ``value`` lies inside, ends included."""
        slack = _SLACK * max(1.0, abs(value))
        return self.lower - slack <= value <= self.upper + slack

    def overlaps(self, other: Bounds) -> bool:
        """Whether some value lies in both."""
        slack = _SLACK * max(1.0, abs(self.lower), abs(other.lower))
        return self.lower <= other.upper + slack and other.lower <= self.upper + slack

    def plus(self, other: Bounds) -> Bounds:
        """Interval of the sum."""
        return Bounds(self.lower + other.lower, self.upper + other.upper)

    def over(self, other: Bounds) -> Bounds:
        """Interval of the quotient of two non-negative quantities; a zero divisor gives an infinite end."""
        lower = self.lower / other.upper if other.upper else math.inf
        upper = self.upper / other.lower if other.lower else math.inf
        return Bounds(0.0 if math.isinf(other.upper) else lower, upper)

    def times(self, other: Bounds) -> Bounds:
        """Interval of the product of two non-negative quantities."""
        upper = math.inf if math.inf in (self.upper, other.upper) else self.upper * other.upper
        return Bounds(self.lower * other.lower, upper)

    def whole(self) -> Bounds | None:
        """The whole numbers inside, as an interval; None where there is none."""
        lower = math.ceil(self.lower - _SLACK)
        upper = math.floor(self.upper + _SLACK) if self.finite else math.inf
        return Bounds(lower, upper) if lower <= upper else None


def rounding_unit(value: float, *, trailing_zeros: bool = False) -> float:
    """The unit that a figure was rounded to.

    Parameters
    ----------
    value : float
        As published: 69 has the unit 1, 2.15 the unit 0.01.
    trailing_zeros : bool
        Whether trailing zeros before the decimal point are taken for rounding: then 1,600 has the unit 100.
    """
    number = Decimal(repr(float(value))).normalize()
    exponent = int(number.as_tuple().exponent) if number else 0
    return float(10.0 ** (exponent if trailing_zeros else min(exponent, 0)))


def bounds_of(value: float, qualifier: Qualifier, statistic: StatisticType) -> Bounds:
    """Interval of values that a published figure may stand for, in the statistic's own unit.

    Parameters
    ----------
    value : float
        The figure; a percentage as ``69``, a ratio as ``3``.
    qualifier : Qualifier
        The word before it.
    statistic : StatisticType
        What it is. A bare count is exact; a bare percentage is rounded to its last digit (69 % is 68.5 to 69.5); a bare
        whole ratio is a word such as "threefold" and leaves 0.5 on either side; other ratios are rounded to their last
        digit.

    Returns
    -------
    Bounds
        "More than" and "at least" have no upper end, "less than" and "at most" begin at the least possible value (-100
        for a percentage, otherwise 0), "almost" reaches from 10 % below up to the figure (n-fold: from 0.5 below),
        "around" is 5 % or half the last digit that is not zero on either side, whichever is more.

        For a fall the word speaks of its size. At least -30 % is -100 to -30, less than -30 % is -30 to 0, almost -30 %
        is -30 to -27; more than 0.5 times, as in "more than halved", is 0 to 0.5, almost 0.5 times is 0.5 to 0.55. No
        change (a ratio of 1, and about 0 %) leaves 5 % on either side.
    """
    if statistic is StatisticType.PERCENT_CHANGE and value < 0:
        return _fall(-value, qualifier)
    if statistic is StatisticType.RATIO and 0 <= value < 1 and qualifier in _GREATER:
        percent = _fall(100 * (1 - value), qualifier)
        return Bounds(1 + percent.lower / 100, value if qualifier is not Qualifier.ALMOST else 1 + percent.upper / 100)
    if _no_change(value, statistic) and qualifier in (Qualifier.EXACT, Qualifier.AROUND):
        return _unchanged(value, qualifier, statistic)
    least = -100.0 if statistic is StatisticType.PERCENT_CHANGE else 0.0
    if qualifier in (Qualifier.MORE_THAN, Qualifier.AT_LEAST):
        return Bounds(value, math.inf)
    if qualifier in (Qualifier.LESS_THAN, Qualifier.AT_MOST):
        return Bounds(least, value)
    fold = statistic is StatisticType.RATIO and value == int(value) and value > 1
    if qualifier is Qualifier.ALMOST:
        return Bounds(value - (FOLD if fold else ALMOST * abs(value)), value)
    half = _half_width(value, qualifier, statistic, fold=fold)
    return Bounds(max(least, value - half), value + half)


def _fall(size: float, qualifier: Qualifier) -> Bounds:
    """A fall by ``size`` per cent: the bounds of a rise by as much, mirrored; never above 0 nor below -100."""
    rise = bounds_of(size, qualifier, StatisticType.PERCENT_CHANGE)
    return Bounds(max(-100.0, -rise.upper), 0.0 - max(0.0, rise.lower))


def _no_change(value: float, statistic: StatisticType) -> bool:
    """Whether the figure says that nothing changed."""
    return value == {StatisticType.RATIO: 1.0, StatisticType.PERCENT_CHANGE: 0.0}.get(statistic)


def _unchanged(value: float, qualifier: Qualifier, statistic: StatisticType) -> Bounds:
    if statistic is StatisticType.RATIO:
        return Bounds(value - AROUND, value + AROUND)
    half = 0.5 if qualifier is Qualifier.EXACT else 100 * AROUND
    return Bounds(value - half, value + half)


def _half_width(value: float, qualifier: Qualifier, statistic: StatisticType, *, fold: bool) -> float:
    if fold:
        return FOLD
    if qualifier is Qualifier.AROUND:
        return max(AROUND * abs(value), rounding_unit(value, trailing_zeros=True) / 2 if value else 0.0)
    return 0.0 if statistic is StatisticType.COUNT else rounding_unit(value) / 2
