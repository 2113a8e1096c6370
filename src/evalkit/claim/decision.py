"""The decision table: from how likely the claimed change is, net of trend and season, to a verdict.

Kept as data, so that the documentation and the tests read the same table as the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evalkit.errors import ClaimError
from evalkit.vocab import VerdictKind

__all__ = ["TABLE", "THRESHOLDS", "BeforeAfter", "Reach", "Thresholds", "decide", "reach_of"]


class Reach(StrEnum):
    """Whether the effect, net of trend and season, reaches the claimed change."""

    LIKELY = "likely"
    OPEN = "open"
    EXCLUDED = "excluded"


class BeforeAfter(StrEnum):
    """Whether the plain before/after ratio reaches the claimed change."""

    REACHES = "reaches"
    FALLS_SHORT = "falls short"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Limits of the decision table.

    Attributes
    ----------
    likely : float
        Probability, from which on (inclusive), that the effect is at least the weakest change the claim's rounding
        leaves open: then it is reached.
    excluded : float
        Probability up to which (inclusive) it is excluded, if the interval also lies wholly short of the claim.

    Raises
    ------
    ClaimError
        Unless ``0 <= excluded < 0.5 < likely <= 1``: only then can a wider interval never make a verdict firmer.
    """

    likely: float = 0.90
    excluded: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.excluded < 0.5 < self.likely <= 1:
            raise ClaimError(
                f"Thresholds are likely={self.likely:g} and excluded={self.excluded:g}; allowed are likely above 0.5 "
                "up to 1 and excluded from 0 to below 0.5."
            )


THRESHOLDS: Final = Thresholds()

TABLE: Final[Mapping[tuple[Reach, BeforeAfter], VerdictKind]] = MappingProxyType(
    {
        (Reach.LIKELY, BeforeAfter.REACHES): VerdictKind.SUPPORTED,
        (Reach.LIKELY, BeforeAfter.FALLS_SHORT): VerdictKind.SUPPORTED,
        (Reach.LIKELY, BeforeAfter.UNKNOWN): VerdictKind.SUPPORTED,
        (Reach.OPEN, BeforeAfter.REACHES): VerdictKind.INCONCLUSIVE,
        (Reach.OPEN, BeforeAfter.FALLS_SHORT): VerdictKind.INCONCLUSIVE,
        (Reach.OPEN, BeforeAfter.UNKNOWN): VerdictKind.INCONCLUSIVE,
        (Reach.EXCLUDED, BeforeAfter.REACHES): VerdictKind.NOT_ATTRIBUTABLE,
        (Reach.EXCLUDED, BeforeAfter.FALLS_SHORT): VerdictKind.NOT_SUPPORTED,
        (Reach.EXCLUDED, BeforeAfter.UNKNOWN): VerdictKind.NOT_SUPPORTED,
    }
)


def reach_of(probability: float, *, interval_short: bool, thresholds: Thresholds = THRESHOLDS) -> Reach:
    """Whether the claimed change is likely, open or excluded.

    Parameters
    ----------
    probability : float
        That the effect reaches the weakest change which the claim's rounding leaves open.
    interval_short : bool
        Whether the whole interval of the effect falls short of that.
    thresholds : Thresholds
        The limits.
    """
    if probability >= thresholds.likely:
        return Reach.LIKELY
    return Reach.EXCLUDED if probability <= thresholds.excluded and interval_short else Reach.OPEN


def decide(reach: Reach, before_after: BeforeAfter) -> VerdictKind:
    """The verdict of one cell of the table."""
    return TABLE[reach, before_after]
