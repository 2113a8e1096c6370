"""Coverage and false positives of the ARIMA regression on series that obey it: small, fixed seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import Arima, estimate_effects, simulate_series
from evalkit.effect import Estimate, Sampling

SERIES = 80


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_large_counts_are_covered(ratio: float) -> None:
    """Of 80 intervals at 95 % at least 70 hold the truth; at a coverage of 93 % fewer have a probability of 0.03.

    96 months of about 400 contacts with a memory of 0.4: a case that ARIMA is made for.
    """
    rng = np.random.default_rng(11)
    options = {"n": 96, "mean": 400.0, "rho": 0.4, "sigma": 0.2, "level_ratio": ratio, "launch": "2019-01"}
    frame = pd.DataFrame({k: simulate_series(rng, **options) for k in range(SERIES)})
    effects = estimate_effects(frame, "2019-01", model=Arima(), harmonics=1, sampling=Sampling(draws=1000))
    for name in ("level_change", "rate_ratio"):
        estimates = [getattr(effect, name) for effect in effects.values()]
        assert all(isinstance(one, Estimate) for one in estimates)
        assert sum(one.lower <= ratio <= one.upper for one in estimates) >= 70
        assert np.median([one.value for one in estimates]) == pytest.approx(ratio, rel=0.05)
