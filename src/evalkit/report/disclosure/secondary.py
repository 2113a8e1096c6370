"""Secondary suppression: leave out whatever would narrow the range of a protected count.

The criterion: of a protected count (1 to 7 in the default profile) nothing that is published, now or earlier, may say
more than that it lies in that range. So for both ends of the range there must be a table of counts, none negative, with
exactly the same publication (:mod:`evalkit.report.disclosure.witness`). Where there is none, sums give way first (that
over channels, the year, that over everything, that over regions), then single counts beside the protected one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.disclosure.table import ALL, known_of, without
from evalkit.report.disclosure.witness import has_witness, tells_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from evalkit.report.disclosure.profiles import Profile
    from evalkit.report.disclosure.table import Address, Known, Node, Table


@dataclass(frozen=True, kw_only=True)
class Protected:
    """What was done to one table.

    Attributes
    ----------
    hidden : frozenset of address
        Nodes left out to protect others.
    exposed : frozenset of address
        Protected nodes that an earlier release has already narrowed: they keep the range that it left, no more.
    """

    hidden: frozenset[Address] = frozenset()
    exposed: frozenset[Address] = frozenset()


def protect(table: Table, profile: Profile, withheld: Iterable[Address] = ()) -> Protected:
    """Choose what to leave out of one table so that every protected count keeps its whole range.

    ``withheld`` are nodes that are not published for another reason, such as a series that is too small at every
    period.
    """
    hidden, exposed = set(withheld), set()
    known, before = known_of(table, profile, hidden), known_of(table, profile, table.nodes)
    whole = (profile.least, profile.small)
    for address in sorted(table.primary(profile)):
        target = table.nodes[address]
        if tells_nothing(known, target, whole):
            continue
        ends = _left_by(before, target, whole) if table.earlier else whole
        if ends != whole:
            exposed.add(address)
        if tells_nothing(known, target, ends):
            continue
        more = _protect_one(known, target, ends, hidden)
        hidden |= more
        known = without(known, more)
    return Protected(hidden=frozenset(hidden), exposed=frozenset(exposed))


def _left_by(before: Known, target: Node, whole: tuple[int, int]) -> tuple[int, int]:
    """The ends of the range that an earlier release alone leaves possible; the true count always is."""
    count = before.table.count(target)
    least = next((value for value in range(whole[0], count) if has_witness(before, target, value)), count)
    most = next((value for value in range(whole[1], count, -1) if has_witness(before, target, value)), count)
    return least, most


def _protect_one(known: Known, target: Node, ends: tuple[int, int], hidden: set[Address]) -> set[Address]:
    """Nodes to hide so that ``target`` keeps its range, none in vain; all where no search finds fewer."""

    def safe(more: Iterable[Address]) -> bool:
        return tells_nothing(without(known, more), target, ends)

    tried: list[Address] = []
    for candidate in _candidates(known, target, hidden):
        tried.append(candidate)
        if safe(tried):
            break
    else:
        return set(tried)
    for candidate in tried[:-1]:
        fewer = [one for one in tried if one != candidate]
        if safe(fewer):
            tried = fewer
    return set(tried)


def _candidates(known: Known, target: Node, hidden: set[Address]) -> Iterator[Address]:
    """Nodes in the order in which they give way; of what was published earlier, what the present release would add.

    Small ones are among them: that a sum is known to be small narrows its parts, so that the log must not say it.
    """
    table = known.table
    open_nodes = [
        node
        for address, node in table.nodes.items()
        if address not in hidden and address != target.address and known.bounds[address] != table.earlier.get(address)
    ]
    inside = set(target.members)
    sums = [node for node in open_nodes if len(node.members) > 1 and inside & set(node.members)]
    yield from (node.address for node in sorted(sums, key=_rank))
    region, channel, _ = target.address
    beside = [node for node in open_nodes if len(node.members) == 1 and node.address[0] in (region, ALL)]
    own = sorted(beside, key=lambda node: (node.address[1] != channel, table.count(node), node.address))
    yield from (node.address for node in own)
    others = [node for node in open_nodes if node not in beside and node not in sums]
    yield from (node.address for node in sorted(others, key=lambda node: (table.count(node), node.address)))


def _rank(node: Node) -> tuple[int, int, Address]:
    """Order of giving way: sums over channels, sums within a series, sums over everything, sums over regions."""
    region, channel, _ = node.address
    order = {(False, True): 0, (False, False): 1, (True, True): 2, (True, False): 3}
    return order[region == ALL, channel == ALL], -len(node.members), node.address
