"""From the time that a log writes to the day of the calendar that is counted, daylight saving included.

A time is brought to a *moment*: a whole number made of its day and of the part of that day it falls in. Days are cut
where the day counted changes (midnight of the reporting zone under each of its offsets) and where either zone changes
its offset, so that all times of one moment belong to the same day. The engine computes moments with integer arithmetic
and groups by them; the few thousand moments of a log are then brought to days here, by the zone database.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

DAY: Final = 86_400
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100
EPOCH: Final = dt.date(1970, 1, 1)
_UTC: Final = "UTC"
_STEP: Final = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How times of one zone fall on the days of another.

    Attributes
    ----------
    written : str
        Zone in which times are written; ``"UTC"`` for instants.
    counted : str
        Zone whose days are counted.
    cuts : tuple of int
        Seconds of a written day, above 0 and ascending, at which a new moment begins.
    """

    written: str
    counted: str
    cuts: tuple[int, ...]

    @property
    def parts(self) -> int:
        """Moments in a day."""
        return len(self.cuts) + 1

    def moment_sql(self, seconds: str) -> str:
        """The moment of an expression that gives whole seconds since 1970 (of the written clock), 0 or more."""
        if not self.cuts:
            return f"({seconds} // {DAY})"
        part = " + ".join(f"CAST({seconds} % {DAY} >= {cut} AS BIGINT)" for cut in self.cuts)
        return f"({seconds} // {DAY} * {self.parts} + {part})"

    def days(self, moments: Iterable[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Days since 1970 of the counted calendar for each moment.

        A time that the clock shows twice, as clocks go back, is read as the first of the two; one that it skips, as
        clocks go forward, as if they had not.
        """
        keys = np.asarray(list(moments) if not isinstance(moments, np.ndarray) else moments, dtype=np.int64)
        if not self.cuts:
            return keys
        starts = np.array([0, *self.cuts], dtype=np.int64)
        seconds = keys // self.parts * DAY + starts[keys % self.parts]
        instants = _instants(seconds, self.written)
        changes = np.array(_offsets(self.counted), dtype=np.int64)
        offsets = changes[np.searchsorted(changes[1:, 0], instants, side="right"), 1]
        return np.asarray((instants + offsets) // DAY, dtype=np.int64)


@cache
def clock(written: str, counted: str) -> Clock:
    """The clock that brings times of one zone to days of another."""
    if written == counted:
        return Clock(written=written, counted=counted, cuts=())
    ours, theirs = _offsets(written), _offsets(counted)
    offsets_written = {offset for _, offset in ours}
    offsets_counted = {offset for _, offset in theirs}
    cuts = {(mine - yours) % DAY for mine in offsets_written for yours in offsets_counted}
    # a change of either zone, as the written clock shows it before and after
    for instant, _ in (*ours, *theirs):
        cuts |= {(instant + offset) % DAY for offset in _near(ours, instant)}
    return Clock(written=written, counted=counted, cuts=tuple(sorted(cuts - {0})))


def _near(changes: tuple[tuple[int, int], ...], instant: int) -> set[int]:
    """The offsets of a zone just before and from an instant on."""
    before = [offset for begins, offset in changes if begins < instant]
    upto = [offset for begins, offset in changes if begins <= instant]
    return {(before or [changes[0][1]])[-1], (upto or [changes[0][1]])[-1]}


def _instants(seconds: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Seconds since 1970 of times that the clock of a zone shows; of two, the first."""
    changes = np.array(_offsets(zone), dtype=np.int64)
    # a clock that goes back shows the old time until the change, one that goes forward skips to the new one
    switches = changes[1:, 0] + np.maximum(changes[1:, 1], changes[:-1, 1])
    return np.asarray(seconds - changes[np.searchsorted(switches, seconds, side="right"), 1], dtype=np.int64)


@cache
def _offsets(zone: str) -> tuple[tuple[int, int], ...]:
    """Every offset of a zone from 1970 to 2100 with the instant from which it holds, in seconds."""
    if zone == _UTC:
        return ((0, 0),)
    info = zoneinfo.ZoneInfo(zone)
    at = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(LAST_YEAR, 1, 1, tzinfo=dt.UTC)
    found = [(0, _offset(info, at))]
    while at < end:
        later = at + _STEP
        if _offset(info, later) != found[-1][1]:
            found.append((_change(info, at, later), _offset(info, later)))
        at = later
    return tuple(found)


def _change(info: zoneinfo.ZoneInfo, low: dt.datetime, high: dt.datetime) -> int:
    """The second at which the offset becomes that of ``high``."""
    wanted = _offset(info, high)
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(info, dt.datetime.fromtimestamp(middle, dt.UTC)) == wanted:
            last = middle
        else:
            first = middle
    return last


def _offset(info: zoneinfo.ZoneInfo, at: dt.datetime) -> int:
    offset = at.astimezone(info).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
