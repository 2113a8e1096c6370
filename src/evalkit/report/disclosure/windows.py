"""What an estimate may give away: at worst the exact total of what was counted in its window.

A ratio to what was expected and the difference from it are two equations with two unknowns, and one of these is the
number that was counted. Where that is a large number over many periods, nothing follows for a single one. Where the
window is short or nearly empty, a count that was left out may follow. So a window is taken for one more total that is
known, exact to the last contact, and an estimate over it is published only where every protected count keeps its range.
Totals of years that enter a published total over regions or channels are held still meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from evalkit.report.disclosure.earlier import told_by_value
from evalkit.report.disclosure.plan import small_address
from evalkit.report.disclosure.primary import groups_of, level_of, native_level
from evalkit.report.disclosure.profiles import WITHOUT_LIMIT
from evalkit.report.disclosure.table import ALL, Address, Ranges, holding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.report.disclosure.plan import DisclosurePlan
    from evalkit.report.disclosure.tables_of import Key


_LIMITS: Final[Any] = {"node_limit": 2000, "time_limit": 60.0}
"""Nodes end a search, the same on every machine; a search that time ends is one that has gone wrong."""
_ANYTHING: Final = (0, WITHOUT_LIMIT)


class Windows:
    """Windows of one series whose totals a reader may know, taken in one after another.

    Parameters
    ----------
    counts : pandas.Series
        Raw counts by the shortest period, NaN where missing.
    plan : DisclosurePlan
        What is published of them.
    key : tuple of (str, str)
        Region and channel.
    used : ndarray of bool, optional
        Which of them an estimate is made of; the others enter published totals, but no window. All by default.
    """

    def __init__(
        self, counts: pd.Series, plan: DisclosurePlan, key: Key, *, used: NDArray[np.bool_] | None = None
    ) -> None:
        known = counts.dropna()
        self._used = np.ones(len(known), dtype=bool) if used is None else used[counts.notna().to_numpy()]
        index = self._index = cast("pd.PeriodIndex", known.index)
        self._counts = np.rint(known.to_numpy(dtype=float)).astype(np.int64)
        self._profile = plan.profile
        told = _Told(plan, key)
        self._low, self._high = _arrays(
            [told.ends(str(period), count) for period, count in zip(index, self._counts.tolist(), strict=True)]
        )
        levels = {plan.level(*key), *told.levels} & {"M", "Q"} - {native_level(index)}
        grouped = {level: np.asarray(groups_of(index, level).astype(str)) for level in ("Y", *sorted(levels))}
        self._sums = [
            (inside, told.ends_of_year(name, count) if level == "Y" else told.ends(name, count))
            for level, names in grouped.items()
            for name in np.unique(names)
            if (count := int(self._counts[inside := names == name].sum())) >= 0
        ]
        self._groups = pd.MultiIndex.from_arrays(list(grouped.values())).factorize()[0]
        self._taken: list[NDArray[np.bool_]] = []

    def take(self, first: pd.Period, last: pd.Period, *, of: Design | None = None) -> bool:
        """Take in the window from one period to another, both inclusive; False, and it is not, where it tells.

        ``of`` is the design of the estimate, where it is made of other periods than those given at the start.
        """
        used = self._used if of is None else self._index.isin(of.periods[of.used])
        inside = np.asarray((self._index >= first) & (self._index <= last)) & used
        if any((inside == one).all() for one in self._taken):
            return True
        if not self._tells_nothing([*self._taken, inside]):
            return False
        self._taken.append(inside)
        return True

    def _tells_nothing(self, windows: list[NDArray[np.bool_]]) -> bool:
        """Whether each protected count keeps its range, and no total that follows is itself one to protect."""
        parts = np.unique(np.column_stack(windows), axis=0, return_inverse=True)[1].ravel()
        outside = ~np.any(windows, axis=0)
        totals = {int(part): int(self._counts[parts == part].sum()) for part in np.unique(parts[~outside])}
        if any(self._profile.is_small(total) for total in totals.values()):
            return False
        cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, cell in enumerate(zip(self._groups.tolist(), parts.tolist(), strict=True)):
            cells[cell].append(place)
        return all(
            self._by_exchange(place, value, np.array(members)) or self._by_programme(place, value, windows)
            for members in cells.values()
            for place in self._extremes(members)
            for value in self._ends(place)
        )

    def _extremes(self, members: list[int]) -> set[int]:
        """The least and the greatest protected count of a cell: what holds of both holds of those between."""
        small = sorted((int(self._counts[place]), place) for place in members if self._is_small(place))
        return {small[0][1], small[-1][1]} if small else set()

    def _is_small(self, place: int) -> bool:
        return self._profile.is_small(int(self._counts[place]))

    def _ends(self, place: int) -> tuple[int, int]:
        """The ends of its range that nothing else has ruled out."""
        profile = self._profile
        return max(profile.least, int(self._low[place])), min(profile.small, int(self._high[place]))

    def _by_exchange(self, place: int, value: int, members: NDArray[np.int64]) -> bool:
        """Give to a count, or take from it, what others in the same windows and the same published period can bear."""
        others = members[members != place]
        move = value - int(self._counts[place])
        room = self._counts[others] - self._low[others] if move > 0 else self._high[others] - self._counts[others]
        return bool(room.sum() >= abs(move))

    def _by_programme(self, place: int, value: int, windows: list[NDArray[np.bool_]]) -> bool:
        """The same by way of several periods and windows, what is published of every total staying as it is."""
        low, high = self._low.astype(float), self._high.astype(float)
        low[place] = high[place] = value
        sums = np.vstack([mask for mask, _ in self._sums] + windows).astype(float)
        still = sums @ self._counts
        ends = [ends for _, ends in self._sums] + [None] * len(windows)
        least = np.array([total if end is None else end[0] for total, end in zip(still, ends, strict=True)])
        most = np.array([total if end is None else end[1] for total, end in zip(still, ends, strict=True)])
        found = milp(
            np.zeros(len(low)),
            integrality=np.ones(len(low), dtype=np.int64),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(sums, least, most),
            options=_LIMITS,
        )
        if found.x is None:
            return False
        made = sums @ np.rint(found.x)
        return bool((made >= least).all() and (made <= most).all())


class _Told:
    """What is published of single counts and totals of one series, now and earlier."""

    def __init__(self, plan: DisclosurePlan, key: Key) -> None:
        self._key, self._plan, self._earlier = key, plan, plan.earlier
        self._small = {small_address(entry) for entry in plan.log if entry.rule == "small count"}
        self.levels = {level_of(period) for *place, period in plan.earlier if tuple(place) == key}

    def ends(self, period: str, count: int) -> tuple[int, int]:
        """Least and greatest count for which the same would have been published."""
        return self._ends((*self._key, period), count) or _ANYTHING

    def ends_of_year(self, year: str, count: int) -> tuple[int, int] | None:
        """The same of a year; None where it enters a total of which something is published, and must stay as it is."""
        region, channel = self._key
        over = ((region, ALL, year), (ALL, channel, year), (ALL, ALL, year))
        return None if any(self._own(total) or total in self._earlier for total in over) else self.ends(year, count)

    def _ends(self, address: Address, count: int) -> tuple[int, int] | None:
        return holding((*self._earlier.get(address, ()), *self._own(address)), count)

    def _own(self, address: Address) -> Ranges:
        value, profile = self._plan.cells.get(address), self._plan.profile
        if value is not None:
            return (told_by_value(profile, value),)
        return ((profile.least, profile.small),) if address in self._small else ()


def _arrays(ends: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = np.array(ends, dtype=np.int64).reshape(len(ends), 2)
    return pairs[:, 0], pairs[:, 1]
