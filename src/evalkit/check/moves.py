"""One rule for every check that asks how far an estimate moves when something small is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit.check.base import LARGE_MOVE, SMALL_MOVE
from evalkit.check.refit import side
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.effect import Estimate


def moved(table: pd.DataFrame, base: tuple[float, float, float, float]) -> pd.DataFrame:
    """The table of refits with ``move``, ``end_move`` (in the sd of the base) and ``changes``.

    ``move`` is the change of the log ratio over the standard deviation of the base; ``end_move`` that of the end of the
    interval nearer to 1; ``changes`` whether one interval holds 1 and the other does not, or they lie on either side.
    """
    value, lower, upper, sd = base
    found = table.copy()
    found["move"] = np.log(table["value"] / value) / sd
    own = side(lower, upper)
    sides = np.array([side(low, high) for low, high in zip(table["lower"], table["upper"], strict=True)])
    estimable = table["value"].notna().to_numpy()
    found["changes"] = estimable & (sides != own)
    shift_low, shift_high = np.log(table["lower"] / lower) / sd, np.log(table["upper"] / upper) / sd
    towards = own if own else np.where(found["move"] >= 0, 1, -1)
    found["end_move"] = np.where(towards == 1, shift_low, shift_high)
    return found


def judged(table: pd.DataFrame) -> Outcome:
    """Fail for a large move, or a conclusion that changes with more than a small one; inconclusive for less."""
    known = table[table["value"].notna()]
    if known.empty:
        return Outcome.NOT_RUN
    if (known["move"].abs() >= LARGE_MOVE).any():
        return Outcome.FAILED
    changing = known[known["changes"]]
    if changing.empty:
        return Outcome.PASSED
    return Outcome.FAILED if (changing["end_move"].abs() >= SMALL_MOVE).any() else Outcome.INCONCLUSIVE


def base_of(ratio: Estimate, sd: float) -> tuple[float, float, float, float]:
    """The figures of an estimate that refits are compared with."""
    return ratio.value, ratio.lower, ratio.upper, sd


def conclusion(lower: float, upper: float) -> str:
    """What an interval says of 1, in words."""
    return {1: "lies above 1", -1: "lies below 1", 0: "holds 1"}[side(lower, upper)]
