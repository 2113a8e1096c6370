"""Could a protected count just as well be the least, or the greatest, of its range? An example is the proof.

A *witness* is a table of whole numbers, none negative, for which exactly the same would have been published, and in
which the protected count has a given value. Two searches: an exchange among neighbours that enter the same sums, which
settles most cases at once; and a small integer programme. Both look among fewer tables than there are, so what they
find holds, and what they do not find costs at most a suppression too many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from evalkit.report.disclosure.table import Known, Node, Table

MOST_REGIONS: Final = 12
_LIMITS: Final[Any] = {"node_limit": 5000, "time_limit": 120.0}
"""Nodes end a search, the same on every machine; a search that time ends is one that has gone wrong."""


def tells_nothing(known: Known, target: Node, ends: tuple[int, int]) -> bool:
    """Whether the target could just as well have either end of its range."""
    return all(has_witness(known, target, value) for value in ends)


def has_witness(known: Known, target: Node, value: int) -> bool:
    """Whether ``target`` could have the count ``value`` and all that is known would stay true."""
    return _by_exchange(known, target, value) or _by_programme(known, target, value)


def _by_exchange(known: Known, target: Node, value: int) -> bool:
    """Give to one leaf, or take from it, what others with the same sums can give up or take on."""
    if len(target.members) != 1:
        return False
    counts, place = known.table.counts, target.members[0]
    move, own = value - counts[place], known.binding[place]
    if not own or not move:
        return True
    room = 0
    for other in known.peers[own]:
        if other != place:
            low, high = known.limits[other]
            room += (counts[other] - low) if move > 0 else (high - counts[other])
    return room >= abs(move)


def _by_programme(known: Known, target: Node, value: int) -> bool:
    """An integer programme over the leaves of the target's region and of the largest other regions."""
    table, moving = known.table, _moving(known.table, target)
    column = {place: number for number, place in enumerate(moving)}
    rows, low, high = [[column[place] for place in target.members]], [value], [value]
    for address in frozenset().union(*(known.binding[place] for place in moving)):
        members, (least, most) = table.nodes[address].members, known.bounds[address]
        still = sum(table.counts[place] for place in members if place not in column)
        rows.append([column[place] for place in members if place in column])
        low.append(least - still)
        high.append(most - still)
    at_row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    at_column = np.concatenate([np.array(row) for row in rows])
    matrix = csr_array((np.ones(len(at_row)), (at_row, at_column)), shape=(len(rows), len(moving)))
    ends = np.array([known.limits[place] for place in moving], dtype=float)
    found = milp(
        np.zeros(len(moving)),
        integrality=np.ones(len(moving), dtype=np.int64),
        bounds=Bounds(ends[:, 0], ends[:, 1]),
        constraints=LinearConstraint(matrix, np.array(low, dtype=float), np.array(high, dtype=float)),
        options=_LIMITS,
    )
    return found.x is not None and _holds(np.rint(found.x), matrix, (low, high), ends)


def _holds(counts: Any, matrix: Any, between: tuple[list[int], list[int]], ends: Any) -> bool:
    """Whether whole numbers satisfy every sum and every limit: a solver's word is not taken for it."""
    sums = matrix @ counts
    inside = (counts >= ends[:, 0]).all() and (counts <= ends[:, 1]).all()
    return bool(inside and (sums >= between[0]).all() and (sums <= between[1]).all())


def _moving(table: Table, target: Node) -> list[int]:
    """Leaves that may change: all where regions are few, otherwise those of the target's region and the largest."""
    sizes: dict[str, int] = {}
    for (region, _, _), count in zip(table.leaves, table.counts, strict=True):
        sizes[region] = sizes.get(region, 0) + count
    own = {table.leaves[place][0] for place in target.members}
    kept = own if len(own) == 1 else set()
    largest = sorted(set(sizes) - kept, key=lambda region: (-sizes[region], region))
    chosen = kept | set(largest[: MOST_REGIONS - len(kept)])
    return [place for place, (region, _, _) in enumerate(table.leaves) if region in chosen or place in target.members]
