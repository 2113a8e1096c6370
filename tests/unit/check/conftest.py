"""Series and effects that the tests of the checks share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit import Effect, Segmented, estimate_effect

Maker = Callable[..., pd.Series]


def series_of(counts: np.ndarray, start: str = "2014-01") -> pd.Series:
    return pd.Series(np.asarray(counts, dtype=float), pd.period_range(start, periods=len(counts), freq="M"))


@pytest.fixture(scope="session")
def poisson() -> Maker:
    """Poisson counts, 72 months from January 2014; with a season, and with a change from January 2018 where asked."""

    def make(
        seed: int = 3, mean: float = 80, *, ratio: float = 1.0, season: float = 0.0, months: int = 72
    ) -> pd.Series:
        t = np.arange(months)
        rate = mean * np.exp(season * np.sin(2 * np.pi * t / 12)) * np.where(t >= 48, ratio, 1.0)
        return series_of(np.random.default_rng(seed).poisson(rate))

    return make


@pytest.fixture(scope="session")
def autocorrelated() -> pd.Series:
    rng = np.random.default_rng(3)
    u = np.zeros(72)
    for t in range(1, 72):
        u[t] = 0.85 * u[t - 1] + 0.2 * rng.standard_normal()
    return series_of(rng.poisson(80 * np.exp(u)))


@pytest.fixture(scope="session")
def effect_of_series() -> Callable[..., Effect]:
    """The effect of a launch in January 2018, by Poisson regression without a slope change unless said otherwise."""

    def make(series: pd.Series, launch: str = "2018-01", **options: object) -> Effect:
        chosen = {"model": Segmented(family="poisson"), "slope": False, "harmonics": 1} | options
        return estimate_effect(series, launch, second_opinion=False, **chosen)

    return make


@pytest.fixture(scope="session")
def not_estimable(poisson: Maker) -> Effect:
    """An effect that cannot be estimated: three months before launch."""
    return estimate_effect(poisson(), "2014-04", model="segmented")
