"""Coverage and false positives of the controlled design where a shock hits all regions alike: small, fixed seeds.

The larger study is ``benchmarks/calibration/controlled.py``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.design import DesignSpec, build_design
from evalkit.model import Controlled

pytestmark = pytest.mark.slow

N, PERIODS = 48, pd.period_range("2015-01", periods=48, freq="M")
POST = np.arange(N) >= 24
SERIES = 150
TAILS = np.array([0.025, 0.975])


def _ar1(rng: np.random.Generator, sd: float, rho: float = 0.3) -> np.ndarray:
    u = sd * rng.standard_normal(N)
    for t in range(1, N):
        u[t] = rho * u[t - 1] + np.sqrt(1 - rho**2) * u[t]
    return u


def _designs(seed: int, *, k: int, ratio: float, shock: float, tau: float = 0.0):
    """A treated region of 15 contacts a month, k regions of 100 and more, processes of unlike size."""
    rng = np.random.default_rng(seed)
    season = 0.2 * np.sin(2 * np.pi * np.arange(N) / 12)
    spec = DesignSpec(harmonics=1, slope=False)
    for _ in range(SERIES):
        columns = []
        for mean, sd in [(15, 0.3), *((100 + 50 * j, 0.15) for j in range(k))]:
            change = np.log(shock) + tau * rng.standard_normal() + (np.log(ratio) if not columns else 0.0)
            columns.append(rng.poisson(mean * np.exp(season + change * POST + _ar1(rng, sd))).astype(float))
        table = pd.DataFrame(np.column_stack(columns), PERIODS, ["series", *(f"r{j}" for j in range(k))])
        yield build_design(
            table["series"], "2017-01", spec, controls=table.drop(columns="series"), controls_as="comparison"
        )


def _held(model: Controlled, ratio: float, **options) -> int:
    """How many of the 95 % intervals of the level change hold the truth."""
    held = 0
    for design in _designs(31, ratio=ratio, **options):
        low, high = model.fit(design).marginal("level").quantile(TAILS)
        held += low <= np.log(ratio) <= high
    return held


LEAST = int(stats.binom.ppf(0.001, SERIES, 0.95))
"""Fewer intervals than this hold the truth with probability 0.001 where coverage is 95 %."""


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("k", [1, 4])
def test_a_common_shock_is_not_an_effect(k: int, ratio: float):
    assert _held(Controlled(), ratio, k=k, shock=1.5) >= LEAST


def test_shared_trend_and_season_hold_their_coverage():
    assert _held(Controlled(shared=("trend", "season")), 1.5, k=4, shock=1.5) >= LEAST


def test_regions_that_differ_are_allowed_for():
    """A spread of 0.3 in what changed at the launch: covered where changes may vary, missed where they may not."""
    assert _held(Controlled(), 1.0, k=6, shock=1.5, tau=0.3) >= LEAST
    assert _held(Controlled(changes="same"), 1.0, k=6, shock=1.5, tau=0.3) < LEAST


def test_one_variability_for_all_is_too_narrow_where_regions_differ_in_it():
    """Why it is not the default."""
    assert _held(Controlled(process="common"), 1.0, k=4, shock=1.0) < LEAST
