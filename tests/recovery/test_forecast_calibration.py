"""Coverage of the forecast's rate ratio, where the campaign lowered, kept or raised contacts: small, fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit import Forecast, estimate_effects, simulate_series
from evalkit.effect import Estimate, Sampling

SERIES = 60


@pytest.mark.parametrize("ratio", [0.3, 1.0, 3.0])
def test_the_interval_holds_the_true_ratio(ratio: float) -> None:
    """Of 60 intervals at 95 % at least 52 hold the truth (probability of fewer: 0.005)."""
    import pandas as pd

    rng = np.random.default_rng(20)
    options = {"n": 48, "mean": 20.0, "rho": 0.3, "sigma": 0.2, "level_ratio": ratio, "launch": "2018-07"}
    frame = pd.DataFrame({k: simulate_series(rng, **options) for k in range(SERIES)})
    effects = estimate_effects(frame, "2018-07", model=Forecast(), harmonics=1, sampling=Sampling(draws=1000))
    estimates = [effect.rate_ratio for effect in effects.values()]
    held = sum(isinstance(one, Estimate) and one.lower <= ratio <= one.upper for one in estimates)
    assert held >= 52


def test_no_contact_at_all_after_launch_has_an_interval_above_zero() -> None:
    series = simulate_series(np.random.default_rng(3), n=48, mean=20.0, rho=0.0, sigma=0.1, launch="2018-07")
    series.iloc[42:] = 0
    effect = estimate_effects(series.to_frame("a"), "2018-07", model=Forecast(), harmonics=1)["a"]
    assert 0 <= effect.rate_ratio.lower < effect.rate_ratio.value < effect.rate_ratio.upper < 0.1
    assert np.isfinite(effect.density("rate_ratio")["density"]).all()
