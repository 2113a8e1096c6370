"""One rule for every check that asks how far an estimate moves when something small is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.check.base import LARGE_MOVE, SMALL_MOVE
from evalkit.check.refit import side
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    import pandas as pd


def moved(table: pd.DataFrame, base: tuple[float, float, float, float]) -> pd.DataFrame:
    """The table of refits with ``move`` and ``changes``.

    ``move`` is the change of the log ratio over the standard deviation of the base; ``changes`` says whether one
    interval holds 1 and the other does not, or they lie on either side of it.

    Parameters
    ----------
    base : tuple of float
        Value, lower, upper and standard deviation (log scale) of the estimate that the refits are compared with.
    """
    value, lower, upper, sd = base
    found = table.copy()
    found["move"] = np.log(table["value"] / value) / sd
    own = side(lower, upper)
    sides = np.array([side(low, high) for low, high in zip(table["lower"], table["upper"], strict=True)])
    found["changes"] = table["value"].notna().to_numpy() & (sides != own)
    return found


def judged(table: pd.DataFrame) -> Outcome:
    """Fail for a large move, or a conclusion that changes with more than a small one; inconclusive for less."""
    known = table[table["value"].notna()]
    if known.empty:
        return Outcome.NOT_RUN
    size, changes = known["move"].abs(), known["changes"].astype(bool)
    if (size >= LARGE_MOVE).any() or (changes & (size >= SMALL_MOVE)).any():
        return Outcome.FAILED
    return Outcome.INCONCLUSIVE if changes.any() else Outcome.PASSED


def conclusion(lower: float, upper: float) -> str:
    """What an interval says of 1, in words."""
    return {1: text("check.interval.above"), -1: text("check.interval.below"), 0: text("check.interval.holds")}[
        side(lower, upper)
    ]
