"""The tables of a set of series, one a calendar year, with every sum that may be published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

import pandas as pd

from evalkit.report.disclosure.primary import groups_of, level_of, totals
from evalkit.report.disclosure.table import ALL, Address, Node, Ranges, Table, holding

if TYPE_CHECKING:
    from evalkit.evaluation.disclosure import TotalName

Key = tuple[str, str]
_ORDER = ("D", "W", "M", "Q", "Y")


def tables_of(
    series: Mapping[Key, pd.Series],
    levels: Mapping[Key, str],
    *,
    totals_wanted: Iterable[TotalName] = (),
    earlier: Mapping[Address, Ranges] | None = None,
) -> dict[int, Table]:
    """One table a calendar year.

    Parameters
    ----------
    series : mapping of (region, channel) to pandas.Series
        Raw counts.
    levels : mapping of (region, channel) to str
        Period at which each is published; empty for one that is not.
    totals_wanted : iterable of {"years", "channels", "regions"}
        Which totals may be published.
    earlier : mapping of address to ranges
        What earlier releases tell of a node. A range that does not hold the present count is left out: the count has
        been revised since, and what was said of the old one says nothing about the new one.
    """
    before = earlier or {}
    old_levels = _levels_of(before)
    leaves: dict[int, dict[Address, int]] = defaultdict(dict)
    nodes: dict[int, dict[Address, list[Address]]] = defaultdict(lambda: defaultdict(list))
    wanted = {*totals_wanted, *_totals_of(before)}
    for key, counts in series.items():
        own = {levels[key] or "Y", *old_levels.get(key, set()), *({"Y"} if wanted else set())}
        finest = min(own, key=_ORDER.index)
        _add_series(key, counts, finest, own, leaves, nodes)
    years = {year: _nodes_with_totals(leaves[year], nodes[year], wanted, series) for year in sorted(leaves)}
    return {year: _table(leaves[year], found, before) for year, found in years.items()}


def _levels_of(earlier: Mapping[Address, Ranges]) -> dict[Key, set[str]]:
    """The periods at which an earlier release gave each series."""
    found: dict[Key, set[str]] = defaultdict(set)
    for region, channel, period in earlier:
        found[region, channel].add(level_of(period))
    return found


def _totals_of(earlier: Iterable[Address]) -> set[TotalName]:
    """The kinds of totals that earlier releases gave: they are sums to reckon with whatever is asked for now."""
    given = [(region == ALL, channel == ALL) for region, channel, _ in earlier]
    kinds: tuple[tuple[TotalName, int], ...] = (("regions", 0), ("channels", 1))
    return {name for name, side in kinds if any(total[side] for total in given)}


def _add_series(
    key: Key,
    counts: pd.Series,
    finest: str,
    own: set[str],
    leaves: dict[int, dict[Address, int]],
    nodes: dict[int, dict[Address, list[Address]]],
) -> None:
    """Leaves and sums of one series; sums only where every part was counted."""
    fine = totals(counts, finest).dropna()
    index = cast("pd.PeriodIndex", fine.index)
    years, addresses = index.start_time.year, [(*key, str(period)) for period in index]
    for year, address, count in zip(years, addresses, fine, strict=True):
        leaves[year][address] = round(count)
    for level in own:
        whole = {str(period) for period in totals(counts, level).dropna().index}
        for year, address, group in zip(years, addresses, map(str, groups_of(index, level)), strict=True):
            if group in whole:
                nodes[year][*key, group].append(address)


def _nodes_with_totals(
    leaves: Mapping[Address, int],
    nodes: Mapping[Address, list[Address]],
    wanted: set[TotalName],
    series: Mapping[Key, pd.Series],
) -> dict[Address, list[Address]]:
    """The sums of single series, and those over channels and regions where all of them have the year in full."""
    found = dict(nodes)
    regions, channels = dict.fromkeys(key[0] for key in series), dict.fromkeys(key[1] for key in series)
    over: dict[Address, list[Key]] = {}
    year = next((address[2][:4] for address in leaves), "")
    if "channels" in wanted and len(channels) > 1:
        over |= {(region, ALL, year): [key for key in series if key[0] == region] for region in regions}
    if "regions" in wanted and len(regions) > 1:
        over |= {(ALL, channel, year): [key for key in series if key[1] == channel] for channel in channels}
    if {"channels", "regions"} <= wanted and len(regions) > 1 and len(channels) > 1:
        over[ALL, ALL, year] = [*series]
    for address, keys in over.items():
        if len(keys) > 1 and all((*key, year) in nodes for key in keys):
            found[address] = [leaf for key in keys for leaf in nodes[*key, year]]
    return found


def _table(
    leaves: Mapping[Address, int], nodes: Mapping[Address, list[Address]], earlier: Mapping[Address, Ranges]
) -> Table:
    place = {address: number for number, address in enumerate(leaves)}
    made = {
        address: Node(address=address, members=tuple(place[leaf] for leaf in members))
        for address, members in nodes.items()
    }
    table = Table(leaves=tuple(leaves), counts=tuple(leaves.values()), nodes=made)
    told = {
        address: holding(ranges, table.count(made[address])) for address, ranges in earlier.items() if address in made
    }
    held = {address: ends for address, ends in told.items() if ends is not None}
    return Table(leaves=table.leaves, counts=table.counts, nodes=made, earlier=held)
