"""The rules by which one count is published, and what a reader can tell of the count from what is published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evalkit.errors import UsageError, unknown

if TYPE_CHECKING:
    from evalkit.evaluation import DisclosureSettings

WITHOUT_LIMIT: Final = 10**9
"""Upper end of what a reader can tell of a count of which nothing is published."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How counts are published.

    Attributes
    ----------
    name : str
        As in the evaluation file.
    small : int
        Counts from 1 to this one are protected; 0 where nothing is.
    base : int
        What counts are rounded to; 1 for no rounding.
    midpoint : bool
        Whether a count is replaced by the middle of its group of ``base`` (1 to 6 by 3, 7 to 12 by 9, ...) instead of
        being suppressed where small and rounded to the nearest multiple otherwise.
    zeros : bool
        Whether a zero is shown.
    """

    name: str
    small: int
    base: int
    midpoint: bool = False
    zeros: bool = True

    @property
    def off(self) -> bool:
        """Whether nothing is protected."""
        return self.small == 0

    @property
    def least(self) -> int:
        """The least count that a suppressed cell may hold."""
        return 1 if self.zeros else 0

    def is_small(self, count: int) -> bool:
        """Whether a count is one to protect."""
        return self.least <= count <= self.small

    def suppressed(self, count: int) -> bool:
        """Whether a count is left out because of its own size."""
        return not self.midpoint and self.is_small(count)

    def published(self, count: int) -> int | None:
        """What is printed for a count; None where it is left out."""
        if self.off:
            return count
        if self.suppressed(count):
            return None
        return self.rounded(count)

    def rounded(self, count: int) -> int:
        """A count by the profile's rounding alone."""
        return self._middle(count) if self.midpoint else self.near(count)

    def near(self, number: float) -> int:
        """The multiple of the base nearest to a number; for expectations and differences, which are no counts."""
        return int(math.copysign(math.floor(abs(number) / self.base + 0.5) * self.base, number))

    def bounds(self, count: int) -> tuple[int, int]:
        """Least and greatest count for which the same would be printed: what a reader can tell of this one."""
        if self.off or (count == 0 and self.zeros):
            return count, count
        if self.suppressed(count):
            return self.least, self.small
        if self.midpoint:
            group = (count - 1) // self.base if count else 0
            return group * self.base + (1 if self.zeros or group else 0), (group + 1) * self.base
        middle = self.rounded(count)
        half = (self.base - 1) // 2
        return max(middle - half, self.small + 1), middle + half

    def _middle(self, count: int) -> int:
        """As the documentation of OpenSAFELY has it: ceiling(x / 6) * 6 - 3 for x above 0."""
        group = -(-count // self.base)
        return group * self.base - self.base // 2 if group else 0


_SMALL: Final = {"default": (7, 5), "midpoint6": (6, 6), "threshold10": (9, 5), "internal": (0, 1)}


def profile_of(settings: DisclosureSettings | None = None) -> Profile:
    """The profile that an evaluation asks for; the default one where it asks for none."""
    if settings is None:
        return named_profile("default")
    return named_profile(settings.profile, zeros=settings.zeros == "shown")


def named_profile(name: str, *, zeros: bool = True) -> Profile:
    """A profile by its name.

    Raises
    ------
    UsageError
        No profile of that name.
    """
    if name not in _SMALL:
        raise UsageError(unknown("disclosure profile", name, tuple(_SMALL)))
    small, base = _SMALL[name]
    return Profile(name=name, small=small, base=base, midpoint=name == "midpoint6", zeros=zeros)
