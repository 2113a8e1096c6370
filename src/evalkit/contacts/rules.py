"""What a count and an exposure may be: each rule once, for files (through pandera) and for plain series alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that must hold for every number of a column.

    Attributes
    ----------
    code : str
        Code of the :class:`~evalkit.errors.Problem` where it does not hold.
    says : str
        What is allowed, as the beginning of a sentence.
    repair : str
        What to do where it does not hold.
    broken : callable
        Takes the numbers, gives True where the rule is broken; NaN (missing) never breaks a rule.
    """

    code: str
    says: str
    repair: str
    broken: Callable[[Floats], Flags]


def _infinite(values: Floats) -> Flags:
    return np.isinf(values)


def _negative(values: Floats) -> Flags:
    return np.asarray(np.isfinite(values) & (values < 0))


def _fractional(values: Floats) -> Flags:
    return np.asarray(np.isfinite(values) & (values != np.floor(values)))


def _not_positive(values: Floats) -> Flags:
    return np.asarray(np.isfinite(values) & (values <= 0))


COUNT_RULES: Final = (
    Rule(
        code="infinite-count",
        says="contacts must be a finite number",
        repair="Write the count itself, or leave the cell empty if it is not known.",
        broken=_infinite,
    ),
    Rule(
        code="negative-count",
        says="contacts must be 0 or more",
        repair="Write the count itself; if it is not known (-1 and -9 are often codes for that), leave the cell empty.",
        broken=_negative,
    ),
    Rule(
        code="fractional-count",
        says="contacts must be a whole number",
        repair="Write whole contacts: no rates, means or percentages, and no dot between thousands.",
        broken=_fractional,
    ),
)

MEASURE_RULES: Final = (
    Rule(
        code="infinite-measure",
        says="a measure must be a finite number",
        repair="Write the measure itself, or leave the cell empty if it is not known.",
        broken=_infinite,
    ),
)

EXPOSURE_RULES: Final = (
    Rule(
        code="infinite-exposure",
        says="exposure must be a finite number",
        repair="Write the population or person-time of that period.",
        broken=_infinite,
    ),
    Rule(
        code="exposure-not-positive",
        says="exposure must be more than 0",
        repair="Write the population or person-time of that period, or remove the column 'exposure' to model counts.",
        broken=_not_positive,
    ),
)
