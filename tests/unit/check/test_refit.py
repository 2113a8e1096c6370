"""Refits are light: fewer grid points and draws than a reported effect, and close enough to it for a check."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit import Latent, estimate_effect
from evalkit.check.refit import lighter, log_sd, refitted
from evalkit.effect import Sampling
from evalkit.effect.compute import effect_of


@pytest.mark.parametrize("mean", [6, 40, 300])
def test_a_refit_tells_nearly_what_a_reported_effect_does(poisson, mean):
    design = estimate_effect(poisson(5, mean, ratio=1.4, season=0.2), "2018-01", second_opinion=False).design
    row = refitted([design], Latent(), 0.95).iloc[0]
    exact = effect_of(design, Latent(), sampling=Sampling(draws=16_000)).rate_ratio
    sd = log_sd(exact)
    assert abs(np.log(row["value"] / exact.value)) < 0.1 * sd
    for end in ("lower", "upper"):  # three times the Monte-Carlo error of an end, 0.21 sd (check/refit.py)
        assert abs(np.log(row[end] / getattr(exact, end))) < 0.6 * sd


def test_the_grid_of_refits_has_fewer_points(poisson):
    design = estimate_effect(poisson(), "2018-01", second_opinion=False).design
    light, usual = (model.fit(design).posterior for model in (lighter(Latent()), Latent()))
    assert len(light.weight) < 0.8 * len(usual.weight)
