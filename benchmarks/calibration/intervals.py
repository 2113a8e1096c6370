"""What every method hands back: intervals on the log scale for many series at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Intervals:
    """Log ratios with their nominal 95 % intervals; NaN in all three where a series was not estimable.

    Attributes
    ----------
    centre, lower, upper : ndarray of shape (m,)
        Reported value and ends of the interval. A rival's interval for a ratio may end below 0: its log is then
        minus infinity.
    """

    centre: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.centre)


Estimated = Mapping[str, Intervals]
"""Intervals by estimand: ``level_change``, ``rate_ratio``."""


def from_errors(
    estimate: NDArray[np.float64], error: NDArray[np.float64], df: float, usable: NDArray[np.bool_]
) -> Intervals:
    """Estimate ± Student t quantile × standard error; normal where df is infinite."""
    reach = stats.t.ppf((1 + LEVEL) / 2, df) if np.isfinite(df) else stats.norm.ppf((1 + LEVEL) / 2)
    centre = np.where(usable, estimate, np.nan)
    return Intervals(centre=centre, lower=centre - reach * error, upper=centre + reach * error)


def from_ratio(centre: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Intervals:
    """Intervals of a ratio, brought to the log scale; an end at or below 0 becomes minus infinity."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = [np.where(part > 0, np.log(part), np.where(np.isnan(part), np.nan, -np.inf)) for part in (lower, upper)]
        return Intervals(centre=np.log(np.where(centre > 0, centre, np.nan)), lower=ends[0], upper=ends[1])


def joined(parts: Sequence[Intervals]) -> Intervals:
    """The intervals of several chunks of series, one after another."""
    return Intervals(
        centre=np.concatenate([part.centre for part in parts]),
        lower=np.concatenate([part.lower for part in parts]),
        upper=np.concatenate([part.upper for part in parts]),
    )
