"""The series that are timed: the same for every method."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from benchmarks.calibration.generators import counts
from evalkit import vocab
from evalkit.design import Design, DesignSpec, build_design

if TYPE_CHECKING:
    from numpy.typing import NDArray

REGIONS, MONTHS, SEED = 45, 72, 2019
MEANS: Final = np.geomspace(5, 400, REGIONS)


@lru_cache(maxsize=32)
def design_of(months: int, harmonics: int = 2) -> Design:
    """Design of the library with the launch at the half: 4 + 2 K columns (8 with the default of two harmonics)."""
    periods = pd.period_range("2015-01", periods=months, freq="M")
    series = pd.Series(np.ones(months), index=periods, name=vocab.CONTACTS)
    return build_design(series, periods[months // 2], DesignSpec(harmonics=harmonics))


@lru_cache(maxsize=32)
def series_of(months: int, size: int, mean: float | None = None) -> NDArray[np.float64]:
    """Counts of shape (size, months), ρ 0.3, ratio 1.5; means from 5 to 400 where none is given."""
    rng = np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(months, size)))
    means = np.resize(MEANS, size) if mean is None else np.full(size, mean)
    unique, position = np.unique(means, return_inverse=True)
    found = np.empty((size, months))
    for k, one in enumerate(unique):
        at = np.flatnonzero(position == k)
        found[at] = counts(
            rng,
            len(at),
            generator="latent",
            n=months,
            launch=months // 2,
            rho=0.3,
            mean=float(one),
            ratio=1.5,
        )
    return found
