"""Refits are light: fewer grid points and draws than a reported effect, and close enough to it for a check."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import Latent, estimate_effect
from evalkit.check.refit import LIGHT_GRID, lighter, log_sd, refitted
from evalkit.effect import Sampling
from evalkit.effect.compute import effect_of
from evalkit.model.latent import LatentGrid


@pytest.mark.parametrize("mean", [6, 40, 300])
def test_a_refit_tells_nearly_what_a_reported_effect_does(poisson, mean):
    design = estimate_effect(poisson(5, mean, ratio=1.4, season=0.2), "2018-01", second_opinion=False).design
    row = refitted([design], Latent(), 0.95).iloc[0]
    exact = effect_of(design, Latent(), sampling=Sampling(draws=16_000)).rate_ratio
    sd = log_sd(exact)
    assert abs(np.log(row["value"] / exact.value)) < 0.1 * sd
    for end in ("lower", "upper"):  # three times the Monte-Carlo error of an end (check/refit.py)
        assert abs(np.log(row[end] / getattr(exact, end))) < 0.5 * sd


def test_the_grid_of_refits_has_fewer_points(poisson):
    design = estimate_effect(poisson(), "2018-01", second_opinion=False).design
    light, usual = (model.fit(design).posterior for model in (lighter(Latent()), Latent()))
    assert len(light.weight) < 0.8 * len(usual.weight)


def test_the_grid_of_refits_loses_no_share_of_the_memoryless_part() -> None:
    """A series whose likelihood is so narrow that a grid searched in wide cells passes one of its planes by."""
    rng = np.random.default_rng(16)
    periods = pd.period_range("2015-01", periods=72, freq="M")
    counts = pd.Series(rng.poisson(200 * np.exp(rng.normal(0, 0.1, 72))).astype(float), index=periods)
    design = estimate_effect(counts, "2018-07", second_opinion=False).design
    light, usual = (effect_of(design, model, sampling=Sampling(draws=8000)) for model in (lighter(Latent()), Latent()))
    white = [dict(one.fit.posterior.white) for one in (light, usual)]
    assert white[0] == pytest.approx(white[1], abs=0.02)
    sd = log_sd(usual.rate_ratio)
    for end in ("lower", "upper"):
        assert abs(np.log(getattr(light.rate_ratio, end) / getattr(usual.rate_ratio, end))) < 0.15 * sd


def test_a_grid_of_the_users_own_is_kept():
    own = Latent(grid=LatentGrid(step=1.0))
    assert lighter(own) == own
    assert lighter(Latent()).grid == LIGHT_GRID
