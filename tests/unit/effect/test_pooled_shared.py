"""Errors that regions share through their comparisons: none, all, and what is known in between."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.effect.pooled.gather import lay_out
from evalkit.effect.pooled.one_stage import _row_of, pooled_spec
from evalkit.effect.pooled.shared import covariance, shared_variance
from evalkit.model import Latent, fit_many
from evalkit.model.latent import fit_latent

LAUNCHES = {"A": "2018-01", "B": "2018-01"}
SIZE = 0.05  # of each region: weight times standard deviation


def extra(mean_of_other: float, *, noise: float = 0.0, comparisons: str | None = "not-yet-launched") -> float:
    """The shared variance of two regions beside a third one."""
    rng = np.random.default_rng(8)
    periods = pd.period_range("2015-01", periods=48, freq="M")
    table = pd.DataFrame({name: rng.poisson(400, 48) for name in LAUNCHES}, index=periods)
    table["N"] = rng.poisson(mean_of_other * np.exp(rng.normal(0, noise, 48)))
    laid = lay_out(table, LAUNCHES, pooled_spec({}), window=12, comparisons=comparisons, channel=None)  # type: ignore[arg-type]
    model = Latent()
    fits = dict(zip(laid.designs, fit_many(model, list(laid.designs.values())), strict=True))
    rows = {name: _row_of(fit, "rate_ratio") for name, fit in fits.items()}  # type: ignore[arg-type]
    return shared_variance(laid, rows, dict.fromkeys(LAUNCHES, SIZE), model)


def test_nothing_is_shared_without_comparisons() -> None:
    assert extra(400, comparisons=None) == pytest.approx(0, abs=1e-12)  # rounding, in squared log units


def test_a_large_quiet_region_adds_nothing() -> None:
    assert extra(4e6) < 0.05 * (2 * SIZE**2)


def test_a_small_noisy_region_is_all_that_they_see() -> None:
    assert extra(20, noise=0.8) == pytest.approx(2 * SIZE**2, rel=0.1)  # correlation of 1


def test_the_row_is_that_of_generalised_least_squares() -> None:
    """Applied to the design itself it gives the effect's contrast back: the estimator is unbiased to first order."""
    rng = np.random.default_rng(2)
    periods = pd.period_range("2015-01", periods=48, freq="M")
    table = pd.DataFrame({name: rng.poisson(90, 48) for name in LAUNCHES}, index=periods)
    laid = lay_out(table, LAUNCHES, pooled_spec({}), window=12, comparisons=None, channel=None)
    fit = Latent().fit(laid.designs["A"])
    row = _row_of(fit, "rate_ratio")  # type: ignore[arg-type]
    wanted = [float(name == "level") for name in laid.designs["A"].columns]
    assert row @ laid.designs["A"].with_campaign == pytest.approx(wanted, abs=1e-9)


def test_the_covariance_is_averaged_over_the_posterior() -> None:
    rng = np.random.default_rng(3)
    posterior = fit_latent(rng.poisson(50, 40), np.ones((40, 1)))
    found = covariance(np.array([0, 1, 3]), posterior)
    rho, sigma, white = posterior.theta.T
    assert found[0, 0] == pytest.approx(float(posterior.weight @ sigma**2))
    assert found[0, 2] == pytest.approx(float(posterior.weight @ ((1 - white) * sigma**2 * rho**3)))
    assert np.linalg.eigvalsh(found).min() >= -1e-12
