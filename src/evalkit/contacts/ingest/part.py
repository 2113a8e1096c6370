"""What one log comes to: counts by day, region and channel, and why rows did not count. No row of it is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evalkit.contacts.ingest.sql import FILTERED, MOMENT_SHIFT, REGION_SHIFT, UNLISTED, UNREADABLE

_REGION = (1 << (MOMENT_SHIFT - REGION_SHIFT)) - 1
_CHANNEL = (1 << REGION_SHIFT) - 1
Whole = NDArray[np.int64]
OF_COUNTS: Final = "counts-"


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Counts by day, region and channel; the arrays are of one length.

    Attributes
    ----------
    day : ndarray of int64
        Days since 1970 in the zone of the report.
    region, channel : ndarray of int64
        Numbers of the regions (and of the reasons why there is none) and of the channels.
    count, repeats : ndarray of int64
        What counts, and how many further rows were duplicates of it.
    """

    day: Whole
    region: Whole
    channel: Whole
    count: Whole
    repeats: Whole

    @staticmethod
    def of(codes: Whole, count: Whole, repeats: Whole) -> Cells:
        """Cells from codes whose upper part is a day; equal cells are added up, and they are sorted."""
        distinct, places = np.unique(codes, return_inverse=True)
        summed = [np.bincount(places, weights, len(distinct)).astype(np.int64) for weights in (count, repeats)]
        return Cells(
            day=distinct >> MOMENT_SHIFT,
            region=(distinct >> REGION_SHIFT) & _REGION,
            channel=distinct & _CHANNEL,
            count=summed[0],
            repeats=summed[1],
        )

    @property
    def codes(self) -> Whole:
        """The cells as codes."""
        return (self.day << MOMENT_SHIFT) | (self.region << REGION_SHIFT) | self.channel


def together(parts: list[Cells]) -> Cells:
    """The sum of several."""
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Cells.of(none, none, none)
    return Cells.of(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.repeats for part in parts]),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One log, read.

    Attributes
    ----------
    name, identity, content : str
        What it is called, a hash of where it is and a hash of what is in it: of its bytes, or, after ``counts-``, of
        its counts where it is no file. Equal counts do not make two logs the same.
    rows : int
        Rows of the log.
    filtered, unreadable, unlisted : int
        Rows that a filter leaves out, whose time cannot be read, and whose channel is not listed.
    without_key : int
        Rows that could not be checked for duplicates, as their keys are empty.
    first_day, last_day : int or None
        First and last day with a row that counts or repeats one, since 1970.
    ignored : tuple of (str, bool)
        Columns that were not read, and whether they look personal.
    cells : Cells
        What counts; where duplicates are looked for across logs, only the rows without a key.
    """

    name: str
    identity: str
    content: str
    rows: int
    filtered: int = 0
    unreadable: int = 0
    unlisted: int = 0
    without_key: int = 0
    first_day: int | None = None
    last_day: int | None = None
    ignored: tuple[tuple[str, bool], ...] = ()
    cells: Cells = field(default_factory=lambda: together([]))

    @property
    def of_bytes(self) -> bool:
        """Whether ``content`` is a hash of bytes."""
        return not self.content.startswith(OF_COUNTS)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the cells, as plain values."""
        return {
            "name": self.name,
            "identity": self.identity,
            "content": self.content,
            "rows": self.rows,
            "filtered": self.filtered,
            "unreadable": self.unreadable,
            "unlisted": self.unlisted,
            "without_key": self.without_key,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "ignored": [list(pair) for pair in self.ignored],
        }


def tallies(codes: Whole, rows: Whole) -> dict[str, int]:
    """How many rows did not count, by reason, and how many there are in all."""

    def of(code: int) -> int:
        return int(rows[codes == code].sum())

    return {
        "rows": int(rows.sum()),
        "filtered": of(FILTERED),
        "unreadable": of(UNREADABLE),
        "unlisted": of(UNLISTED),
    }
