"""What an earlier release tells of counts: it cannot be taken back, so the next one has to reckon with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from evalkit.errors import ReportError
from evalkit.report.disclosure.log import Suppression
from evalkit.report.disclosure.plan import ALL_CHANNELS, ALL_REGIONS, DisclosurePlan
from evalkit.report.disclosure.profiles import Profile, named_profile
from evalkit.report.disclosure.table import ALL, Address

if TYPE_CHECKING:
    import pandas as pd


def plan_from_counts(frame: pd.DataFrame, log: Iterable[Suppression] = ()) -> DisclosurePlan:
    """As much of a plan as what was published of it tells.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``counts.csv``: the columns of :meth:`DisclosurePlan.counts_frame`, as text.
    log : iterable of Suppression
        ``suppressions.csv``.

    Raises
    ------
    ReportError
        A column is missing, or a value is no count.
    """
    try:
        profile = named_profile(frame["profile"].iloc[0]) if len(frame) else named_profile("default")
        cells: dict[Address, int | None] = {
            (
                ALL if row["region"] == ALL_REGIONS else row["region"].removeprefix("'"),
                ALL if row["channel"] == ALL_CHANNELS else row["channel"].removeprefix("'"),
                row["period"],
            ): int(row["contacts"]) if row["contacts"] else None
            for row in frame.to_dict("records")
        }
    except (KeyError, AttributeError, ValueError) as problem:
        what = "The published counts of the earlier round cannot be read: they are no counts.csv that a run wrote."
        raise ReportError(what) from problem
    return DisclosurePlan(profile=profile, levels={}, cells=cells, log=tuple(log))


def told_by(previous: DisclosurePlan | None) -> dict[Address, tuple[int, int]]:
    """What an earlier plan tells of each count that it published, and of each that its log calls small."""
    if previous is None or previous.profile.off:
        return {}
    profile = previous.profile
    small = {_address(entry): (profile.least, profile.small) for entry in previous.log if entry.rule == "small count"}
    shown = {address: told_by_value(profile, value) for address, value in previous.cells.items() if value is not None}
    return {**small, **shown}


@lru_cache(maxsize=4096)
def told_by_value(profile: Profile, value: int) -> tuple[int, int]:
    """Least and greatest count for which ``value`` is printed."""
    near = range(max(value - profile.base, 0), value + profile.base + 1)
    same = [count for count in near if profile.published(count) == value]
    return (min(same), max(same)) if same else (value, value)


def _address(entry: Suppression) -> Address:
    region = ALL if entry.region == ALL_REGIONS else entry.region
    return region, ALL if entry.channel == ALL_CHANNELS else entry.channel, entry.period
