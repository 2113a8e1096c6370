"""What a comparison of two rounds hands on: plain values, one change a row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from evalkit.display import Displayed


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that the second round says otherwise than the first.

    Attributes
    ----------
    channel : str
        The channel; empty where the change is one of the region.
    what : str
        Name of the estimand, ``"finding"``, or ``"verdict"``.
    about : str
        The claim, for a verdict; empty otherwise.
    before, after : str
        As the reports say it; ``"–"`` where the round does not have it.
    """

    channel: str
    what: str
    about: str = ""
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class RegionDifference:
    """One region in both rounds.

    Attributes
    ----------
    region : str
        Its name.
    changes : tuple of Change
        Empty where nothing that counts as a change did.
    reasons : tuple of str
        What differs between the rounds and reaches this region; any of it may be why, and none of it need be.
    within_noise : int
        Numbers that moved by no more than rounding and simulation explain; they are not called changes.
    """

    region: str
    changes: tuple[Change, ...]
    reasons: tuple[str, ...]
    within_noise: int = 0


@dataclass(frozen=True, kw_only=True, repr=False)
class RoundsDifference(Displayed):
    """Two rounds side by side.

    Attributes
    ----------
    first, second : str
        What the rounds are called.
    reasons : tuple of str
        What differs for all regions: code, packages, settings, disclosure, seed, registers.
    regions : tuple of RegionDifference
        Regions that both rounds report, in the order of the second.
    added, removed, failed : tuple of str
        Regions that only the second round reports, only the first, and those that one of them could not report.
    """

    first: str
    second: str
    reasons: tuple[str, ...]
    regions: tuple[RegionDifference, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[RegionDifference, ...]:
        """Regions of which the second round says something else."""
        return tuple(region for region in self.regions if region.changes)

    @property
    def same(self) -> bool:
        """Whether both rounds say the same of the same regions."""
        return not (self.changed or self.added or self.removed or self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "same": self.same}
