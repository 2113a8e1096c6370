"""Shares that jump: from one period to the next the share of something (unallocated, zero, twice) becomes another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

WINDOW: Final = 12
SHORTEST: Final = 3
LEAST_CHANGE: Final = 0.05
LEAST_ERRORS: Final = 4.0


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A share that becomes another.

    Attributes
    ----------
    place : int
        Place of the first period with the new share.
    before, after : float
        The share in up to 12 periods before and from then on, 0 to 1.
    errors : float
        The change in standard errors, that is in units of what chance and the usual fluctuation explain.
    """

    place: int
    before: float
    after: float
    errors: float


def level_shift(part: ArrayLike, whole: ArrayLike) -> Shift | None:
    """The clearest jump of a share over time, or None where there is none worth a word.

    Parameters
    ----------
    part, whole : array_like of float, shape (n,)
        Counts by period: the share is ``part / whole``. Periods whose ``whole`` is 0 or NaN say nothing.

    Returns
    -------
    Shift or None
        Of all places with at least 3 periods on both sides the one with most standard errors, where the share differs
        by at least 5 percentage points and 4 standard errors between the (up to) 12 periods before and the 12 from
        there on. The standard error is binomial, with the variance multiplied by the Pearson dispersion of the shares
        within the two sides where that is above 1.
    """
    parts, wholes = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    usable = np.flatnonzero(np.isfinite(parts) & np.isfinite(wholes) & (wholes > 0))
    found = [_at(parts[usable], wholes[usable], cut) for cut in range(SHORTEST, len(usable) - SHORTEST + 1)]
    clear = [its for its in found if abs(its.after - its.before) >= LEAST_CHANGE and its.errors >= LEAST_ERRORS]
    if not clear:
        return None
    best = max(clear, key=lambda its: its.errors)
    return Shift(place=int(usable[best.place]), before=best.before, after=best.after, errors=best.errors)


def _at(parts: NDArray[np.float64], wholes: NDArray[np.float64], cut: int) -> Shift:
    sides = (slice(max(cut - WINDOW, 0), cut), slice(cut, cut + WINDOW))
    counts = [wholes[side].sum() for side in sides]
    shares = [parts[side].sum() / count for side, count in zip(sides, counts, strict=True)]
    pooled = (parts[sides[0]].sum() + parts[sides[1]].sum()) / sum(counts)
    spread = sum(_pearson(parts[side], wholes[side], share) for side, share in zip(sides, shares, strict=True))
    freedom = sum(len(parts[side]) for side in sides) - 2
    variance = pooled * (1 - pooled) * max(1.0, spread / freedom) * (1 / counts[0] + 1 / counts[1])
    errors = abs(shares[1] - shares[0]) / np.sqrt(variance) if variance > 0 else 0.0
    return Shift(place=cut, before=float(shares[0]), after=float(shares[1]), errors=float(errors))


def _pearson(parts: NDArray[np.float64], wholes: NDArray[np.float64], share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return float((((parts - wholes * share) ** 2) / (wholes * share * (1 - share))).sum())
