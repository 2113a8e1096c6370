"""An effect with an unknown decay rate: weights, draws and what is reported of the rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import Decay, Estimate, Latent, NotEstimable, Segmented, build_design, estimate_effect
from evalkit.design import Design, DesignSpec
from evalkit.model import HasComponents
from evalkit.model.latent.decay import DecayFit
from evalkit.model.latent.prior import LatentPrior

N, L, LAUNCH = 72, 36, "2018-01"
LEFT, HALF_LIFE = "share left a period later", "half-life"


def _series(log_ratio: float, rate: float, mean: float = 2000.0, seed: int = 3) -> pd.Series:
    since = np.arange(N) - L
    effect = np.where(since >= 0, log_ratio * rate ** np.maximum(since, 0), 0.0)
    counts = np.random.default_rng(seed).poisson(mean * np.exp(effect))
    return pd.Series(counts, pd.period_range("2015-01", periods=N, freq="M"))


def _design(series: pd.Series, decay: Decay) -> Design:
    return build_design(series, LAUNCH, DesignSpec(decay=decay, harmonics=1))


def _fit(series: pd.Series, decay: Decay | None = None) -> DecayFit:
    fit = Latent().fit(_design(series, decay or Decay()))
    assert isinstance(fit, DecayFit)
    return fit


def test_one_rate_in_the_grid_is_the_same_as_that_rate_given() -> None:
    """Both rates of this grid lay out all but the same columns, so that the average is either of them."""
    series = _series(0.7, 0.6)
    averaged = _fit(series, Decay(grid=(0.5999, 0.6001)))
    given = Latent().fit(_design(series, Decay(0.6)))
    q = [0.025, 0.5, 0.975]
    np.testing.assert_allclose(averaged.marginal("level").quantile(q), given.marginal("level").quantile(q), rtol=1e-2)
    np.testing.assert_allclose(averaged.fitted, given.fitted, rtol=0.01)  # 1,000 draws
    assert averaged.weights.sum() == pytest.approx(1)


def test_rate_and_half_life_are_found_where_counts_are_large() -> None:
    effect = estimate_effect(_series(1.0, 0.8), LAUNCH, decay="estimate", harmonics=1, level=0.99)
    left, half_life = effect.components[LEFT], effect.components[HALF_LIFE]
    assert isinstance(left, Estimate)
    assert isinstance(half_life, Estimate)
    assert left.lower < 0.8 < left.upper
    assert left.upper - left.lower < 0.12
    assert half_life.unit == "periods"
    assert half_life.lower < np.log(0.5) / np.log(0.8) < half_life.upper
    assert isinstance(effect.fit, HasComponents)
    assert effect.design.decay == pytest.approx(0.8, abs=0.06)
    assert effect.second_opinion is not None
    assert isinstance(effect.second_opinion.rate_ratio, Estimate)


def test_without_an_effect_no_rate_is_preferred() -> None:
    """Over 12 series without an effect the average weights of slow and fast rates differ by chance only."""
    weights = []
    for seed in range(12):
        fit = _fit(_series(0.0, 0.5, mean=100, seed=seed))
        weights.append(fit.weights @ fit.edges.mean(axis=1))
    assert np.mean(weights) == pytest.approx(0.5, abs=0.12)  # sd of one is about 0.13


def test_draws_come_from_each_rate_in_its_share_and_agree_with_the_marginal() -> None:
    fit = _fit(_series(0.5, 0.6, mean=200))
    draws = fit.draws(4000, 1)
    assert draws.campaign is not None
    assert draws.with_campaign.shape == (4000, N)
    own = draws.campaign.coefficients[:, 0]
    q = [0.1, 0.5, 0.9]
    np.testing.assert_allclose(np.quantile(own, q), fit.marginal("level").quantile(q), atol=0.02)
    added = draws.campaign.of(("level",), fit.design.window)
    ratio = np.log(draws.with_campaign / draws.without_campaign)[:, fit.design.window]
    np.testing.assert_allclose(added, ratio, atol=1e-9)
    np.testing.assert_array_equal(fit.draws(4000, 1).with_campaign, draws.with_campaign)
    assert fit.predictive(100, 1).shape == (100, N)


def test_the_grid_is_refined_where_the_data_tell_more_than_it_does() -> None:
    fit = _fit(_series(1.5, 0.9, mean=20_000))
    assert (fit.edges[:, 1] - fit.edges[:, 0]).max() < 0.02
    assert len(fit.fits) >= 4


def test_a_proper_prior_of_the_coefficient_needs_no_common_scale() -> None:
    series = _series(0.7, 0.6, mean=300)
    fit = Latent(prior=LatentPrior(coefficient_sd={"level": 1.0})).fit(_design(series, Decay()))
    assert isinstance(fit, DecayFit)
    assert 0.3 < fit.weights @ fit.edges.mean(axis=1) < 0.8


def test_a_placebo_estimates_its_own_rate() -> None:
    effect = estimate_effect(_series(0.7, 0.6, mean=200), LAUNCH, decay="estimate", harmonics=1)
    false = effect.design.placebo(pd.Period("2016-10", "M"))
    assert false.unknown_decay
    assert isinstance(Latent().fit(false), DecayFit)


def test_a_model_that_estimates_no_rate_says_so() -> None:
    effect = estimate_effect(_series(0.7, 0.6), LAUNCH, model=Segmented(), decay="estimate")
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert "decay rate is to be estimated" in effect.rate_ratio.reason
    given = estimate_effect(_series(0.7, 0.6), LAUNCH, model=Segmented(), decay=0.6, harmonics=1, level=0.99)
    assert isinstance(given.level_change, Estimate)
    assert given.level_change.lower < np.exp(0.7) < given.level_change.upper
