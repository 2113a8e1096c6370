"""What earlier releases tell of counts: it cannot be taken back, so the next one has to reckon with it.

A round carries on what the rounds before it told wherever that is not what it tells itself, so that naming the last one
suffices. All of it was published; nothing in it depends on a count that was not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import pandas as pd

from evalkit.errors import ReportError
from evalkit.report.disclosure.log import Suppression, unguarded
from evalkit.report.disclosure.plan import ALL_CHANNELS, ALL_REGIONS, DisclosurePlan, named, small_address
from evalkit.report.disclosure.profiles import Profile, named_profile
from evalkit.report.disclosure.table import ALL, Address, Ranges
from evalkit.report.disclosure.tables_of import Key

COLUMNS: Final = ("region", "channel", "period", "least", "greatest")


def plan_from_counts(
    frame: pd.DataFrame, log: Iterable[Suppression] = (), earlier: pd.DataFrame | None = None
) -> DisclosurePlan:
    """As much of a plan as what was published of it tells.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``counts.csv``: the columns of :meth:`DisclosurePlan.counts_frame`, as text.
    log : iterable of Suppression
        ``suppressions.csv``.
    earlier : pandas.DataFrame, optional
        ``earlier-rounds.csv``, as text: what the rounds before that one told.

    Raises
    ------
    ReportError
        A column is missing, or a value is no count.
    """
    try:
        name = frame["profile"].iloc[0] if len(frame) else "default"
        profile = named_profile(name, zeros=bool((frame["contacts"] == "0").any()))
        cells: dict[Address, int | None] = {
            _place(row): int(row["contacts"]) if row["contacts"] else None for row in frame.to_dict("records")
        }
        told: dict[Address, Ranges] = {}
        for row in () if earlier is None else earlier.to_dict("records"):
            address, ends = _place(row), (int(row["least"]), int(row["greatest"]))
            told[address] = (*told.get(address, ()), ends)
    except (KeyError, AttributeError, ValueError) as problem:
        what = "The published counts of the earlier round cannot be read: they are no counts.csv that a run wrote."
        raise ReportError(what) from problem
    return DisclosurePlan(profile=profile, levels={}, cells=cells, log=tuple(log), earlier=told)


def earlier_frame(plan: DisclosurePlan) -> pd.DataFrame:
    """``earlier-rounds.csv``: one row for each range that the rounds before a plan told and it does not tell itself."""
    rows = [
        dict(zip(COLUMNS, (*named(address), address[2], *ends), strict=True))
        for address, ranges in sorted(plan.earlier.items())
        for ends in ranges
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _place(row: Mapping[Hashable, str]) -> Address:
    region, channel = row["region"], row["channel"]
    return (
        ALL if region == ALL_REGIONS else unguarded(region),
        ALL if channel == ALL_CHANNELS else unguarded(channel),
        row["period"],
    )


def told_by(previous: DisclosurePlan | None) -> dict[Address, Ranges]:
    """What a plan and the rounds before it tell of each count that was published, and of each that a log calls small.

    Several ranges of one count are those of several rounds: it may have been revised between them.
    """
    if previous is None:
        return {}
    told = dict(previous.earlier)
    for address, ends in told_by_itself(previous).items():
        told[address] = tuple(sorted({*told.get(address, ()), ends}))
    return told


def told_by_itself(plan: DisclosurePlan) -> dict[Address, tuple[int, int]]:
    """What one plan alone tells; a round that was for internal use was not published and tells nothing."""
    profile = plan.profile
    if profile.off:
        return {}
    small = {small_address(entry): (profile.least, profile.small) for entry in plan.log if entry.rule == "small count"}
    shown = {address: told_by_value(profile, value) for address, value in plan.cells.items() if value is not None}
    return {**small, **shown}


def carried_on(plan: DisclosurePlan, told: Mapping[Address, Ranges]) -> DisclosurePlan:
    """The plan with what the rounds before it told, where that is not what it tells itself."""
    own = told_by_itself(plan)
    rest = {address: tuple(one for one in ranges if one != own.get(address)) for address, ranges in told.items()}
    return replace(plan, earlier={address: ranges for address, ranges in rest.items() if ranges})


def over_others(previous: DisclosurePlan | None, keys: Iterable[Key], told: Mapping[Address, Ranges]) -> set[Address]:
    """Totals over regions or channels that earlier rounds gave over others than there are now, or may have.

    Beside such a total one over the present ones would give away what was added or dropped. Once it is left out it
    stays so, as the last round does not say over which ones a round before it was.
    """
    if previous is None:
        return set()
    named_before = previous.levels or {address[:2] for address in (*previous.cells, *map(small_address, previous.log))}
    before = {key for key in named_before if ALL not in key}
    own = set(told_by_itself(previous)) if before == set(keys) else set()
    return {address for address in told if ALL in address[:2]} - own


@lru_cache(maxsize=4096)
def told_by_value(profile: Profile, value: int) -> tuple[int, int]:
    """Least and greatest count for which ``value`` is printed."""
    near = range(max(value - profile.base, 0), value + profile.base + 1)
    same = [count for count in near if profile.published(count) == value]
    return (min(same), max(same)) if same else (value, value)
