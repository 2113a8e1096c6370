"""Counts and totals of one calendar year as a table: which sums are known, and what a reader can tell of each.

A leaf is the count of one region, channel and shortest published period. A node is a sum of leaves: a leaf itself, a
quarter, a year, the sum over channels or over regions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from evalkit.report.disclosure.profiles import WITHOUT_LIMIT, Profile

ALL: Final = "(all)"
Address = tuple[str, str, str]
"""Region, channel and period; ``ALL`` for a total over regions or channels."""
Ranges = tuple[tuple[int, int], ...]
"""Least and greatest count as one release told them, and as others did."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A sum of leaves.

    Attributes
    ----------
    address : tuple of (str, str, str)
        Region, channel, period.
    members : tuple of int
        Places of its leaves.
    """

    address: Address
    members: tuple[int, ...]

    @property
    def is_total(self) -> bool:
        """Whether it is a total over regions or channels."""
        return ALL in self.address[:2]


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """The counts of one calendar year with everything that may be published of them.

    Attributes
    ----------
    leaves : tuple of (str, str, str)
        Address of each leaf.
    counts : tuple of int
        The count of each leaf.
    nodes : mapping of address to Node
        Everything that may be published.
    earlier : mapping of address to (int, int)
        What earlier releases tell of a node: least and greatest count. It cannot be taken back.
    """

    leaves: tuple[Address, ...]
    counts: tuple[int, ...]
    nodes: Mapping[Address, Node]
    earlier: Mapping[Address, tuple[int, int]] = field(default_factory=dict)

    def count(self, node: Node) -> int:
        """The true sum of a node."""
        return sum(self.counts[place] for place in node.members)

    def primary(self, profile: Profile) -> frozenset[Address]:
        """Nodes whose own count is one to protect."""
        return frozenset(address for address, node in self.nodes.items() if profile.is_small(self.count(node)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What a reader can tell of one table, sum by sum.

    Attributes
    ----------
    table : Table
        The table itself.
    bounds : mapping of address to (int, int)
        Least and greatest count of each node, from what is published of it alone.
    limits : tuple of (int, int)
        The same of each leaf.
    binding : tuple of frozenset of address
        For each leaf, the sums of several leaves of which something is known.
    """

    table: Table
    bounds: Mapping[Address, tuple[int, int]]
    limits: tuple[tuple[int, int], ...]
    binding: tuple[frozenset[Address], ...]

    @cached_property
    def peers(self) -> Mapping[frozenset[Address], list[int]]:
        """Leaves by the sums that they enter."""
        found: dict[frozenset[Address], list[int]] = defaultdict(list)
        for place, sums in enumerate(self.binding):
            found[sums].append(place)
        return found


def holding(ranges: Ranges, count: int) -> tuple[int, int] | None:
    """What several releases tell of a count: where their ranges meet, but for those that it was revised out of since.

    None where nothing that was told holds of it.
    """
    meant = [(least, most) for least, most in ranges if least <= count <= most]
    return (max(least for least, _ in meant), min(most for _, most in meant)) if meant else None


def without(known: Known, hidden: Iterable[Address]) -> Known:
    """What a reader can tell once further nodes are left out; what an earlier release told of them stays."""
    bounds, limits, binding = dict(known.bounds), list(known.limits), list(known.binding)
    for address in hidden:
        members = known.table.nodes[address].members
        bounds[address] = known.table.earlier.get(address, (0, WITHOUT_LIMIT))
        if len(members) == 1:
            limits[members[0]] = bounds[address]
        elif address not in known.table.earlier:
            for place in members:
                binding[place] -= {address}
    return Known(table=known.table, bounds=bounds, limits=tuple(limits), binding=tuple(binding))


def known_of(table: Table, profile: Profile, hidden: Iterable[Address] = ()) -> Known:
    """What a reader can tell, ``hidden`` nodes being left out as well as the small ones.

    A reader is taken to know which nodes were left out because they are small; of a node left out to protect another
    nothing is known but that it is no negative number.
    """
    left_out = set(hidden)
    bounds: dict[Address, tuple[int, int]] = {}
    sums: list[set[Address]] = [set() for _ in table.leaves]
    for address, node in table.nodes.items():
        low, high = (0, WITHOUT_LIMIT) if address in left_out else profile.bounds(table.count(node))
        if address in table.earlier:
            before = table.earlier[address]
            low, high = max(low, before[0]), min(high, before[1])
        bounds[address] = (low, high)
        if len(node.members) > 1 and (low > 0 or high < WITHOUT_LIMIT):
            for place in node.members:
                sums[place].add(address)
    return Known(
        table=table,
        bounds=bounds,
        limits=tuple(bounds.get(address, (0, WITHOUT_LIMIT)) for address in table.leaves),
        binding=tuple(frozenset(one) for one in sums),
    )
