"""What earlier releases tell of counts: it cannot be taken back, so the next one has to reckon with it.

A round carries on what the rounds before it told wherever that is not what it tells itself, so that naming the last one
suffices. All of it was published; nothing in it depends on a count that was not.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import pandas as pd

from evalkit.errors import ReportError
from evalkit.report.disclosure.chain import EarlierRound
from evalkit.report.disclosure.log import Suppression, unguarded
from evalkit.report.disclosure.plan import ALL_CHANNELS, ALL_REGIONS, DisclosurePlan, named, small_address
from evalkit.report.disclosure.profiles import Profile, named_profile
from evalkit.report.disclosure.table import ALL, Address, Ranges
from evalkit.report.disclosure.tables_of import Key

COLUMNS: Final = ("region", "channel", "period", "least", "greatest", "over")
SAME_SERIES: Final = "same"
OTHER_SERIES: Final = "other"


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
        same = set()
        for row in () if earlier is None else earlier.to_dict("records"):
            address, ends = _place(row), (int(row["least"]), int(row["greatest"]))
            told[address] = (*told.get(address, ()), ends)
            same |= {address} if row.get("over") == SAME_SERIES else set()
    except (KeyError, AttributeError, ValueError) as problem:
        what = "The published counts of the earlier round cannot be read: they are no counts.csv that a run wrote."
        raise ReportError(what) from problem
    return DisclosurePlan(
        profile=profile, levels={}, cells=cells, log=tuple(log), earlier=told, over_same=frozenset(same)
    )


def earlier_frame(plan: DisclosurePlan) -> pd.DataFrame:
    """``earlier-rounds.csv``: one row for each range that the rounds before a plan told and it does not tell itself."""
    rows = [
        dict(zip(COLUMNS, (*named(address), address[2], *ends, _over(plan, address)), strict=True))
        for address, ranges in sorted(plan.earlier.items())
        for ends in ranges
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _over(plan: DisclosurePlan, address: Address) -> str:
    if ALL not in address[:2]:
        return ""
    return SAME_SERIES if address in plan.over_same else OTHER_SERIES


def _place(row: Mapping[Hashable, str]) -> Address:
    region, channel = row["region"], row["channel"]
    return (
        ALL if region == ALL_REGIONS else unguarded(region),
        ALL if channel == ALL_CHANNELS else unguarded(channel),
        row["period"],
    )


def told_by(*previous: DisclosurePlan) -> dict[Address, Ranges]:
    """What plans and the rounds before them tell of each count that was published, and of each that a log calls small.

    Several ranges of one count are those of several rounds: it may have been revised between them.
    """
    told: dict[Address, Ranges] = {}
    for plan in previous:
        own = {address: (ends,) for address, ends in told_by_itself(plan).items()}
        for address, ranges in (*plan.earlier.items(), *own.items()):
            told[address] = tuple(sorted({*told.get(address, ()), *ranges}))
    return told


def published_rounds(previous: Iterable[DisclosurePlan]) -> list[EarlierRound]:
    """The rounds themselves; in place of one for internal use, which was not published, those it was held against."""
    found: list[EarlierRound] = []
    for plan in previous:
        found += plan.held_against if plan.profile.off else (EarlierRound(plan_hash=plan.hash),)
    return found


def told_by_itself(plan: DisclosurePlan) -> dict[Address, tuple[int, int]]:
    """What one plan alone tells; a round that was for internal use was not published and tells nothing."""
    profile = plan.profile
    if profile.off:
        return {}
    small = {small_address(entry): (profile.least, profile.small) for entry in plan.log if entry.rule == "small count"}
    shown = {address: told_by_value(profile, value) for address, value in plan.cells.items() if value is not None}
    return {**small, **shown}


def carried_on(plan: DisclosurePlan, told: Mapping[Address, Ranges], other: Collection[Address]) -> DisclosurePlan:
    """The plan with what the rounds before it told, where that is not what it tells itself.

    ``other`` are totals among them that are, or may be, over other series than the plan is about.
    """
    own = told_by_itself(plan)
    rest = {address: tuple(one for one in ranges if one != own.get(address)) for address, ranges in told.items()}
    earlier = {address: ranges for address, ranges in rest.items() if ranges}
    same = frozenset(address for address in earlier if ALL in address[:2] and address not in other)
    return replace(plan, earlier=earlier, over_same=same)


def over_others(previous: Iterable[DisclosurePlan], keys: Collection[Key]) -> set[Address]:
    """Totals over regions or channels that earlier rounds gave over others than there are now, or may have.

    Beside such a total one over the present ones would give away what was added or dropped. Once it is left out it
    stays so.
    """
    found: set[Address] = set()
    for plan in previous:
        given = {address for address in told_by(plan) if ALL in address[:2]}
        named_before = plan.levels or {address[:2] for address in (*plan.cells, *map(small_address, plan.log))}
        before = {key for key in named_before if ALL not in key}
        found |= given - ({*told_by_itself(plan), *plan.over_same} if before == set(keys) else set())
    return found


@lru_cache(maxsize=4096)
def told_by_value(profile: Profile, value: int) -> tuple[int, int]:
    """Least and greatest count for which ``value`` is printed."""
    near = range(max(value - profile.base, 0), value + profile.base + 1)
    same = [count for count in near if profile.published(count) == value]
    return (min(same), max(same)) if same else (value, value)
