"""Residual checks pass where the noise is as the model says and fail where it is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit import Segmented
from evalkit.check import (
    longer_lags,
    overdispersion,
    predictive_distribution,
    quantile_residuals,
    residual_autocorrelation,
)
from evalkit.vocab import Outcome

ALL = (residual_autocorrelation, longer_lags, overdispersion, predictive_distribution)


@pytest.mark.parametrize("check", ALL)
def test_counts_as_the_model_says_pass(check, poisson, effect_of_series) -> None:
    found = check(effect_of_series(poisson()))
    assert found.outcome is Outcome.PASSED
    assert found.meaning


@pytest.mark.parametrize("check", ALL)
def test_autocorrelated_and_scattered_counts_fail_under_poisson(check, autocorrelated, effect_of_series) -> None:
    assert check(effect_of_series(autocorrelated)).outcome is Outcome.FAILED


@pytest.mark.parametrize("check", ALL)
def test_nothing_is_run_without_a_fit(check, not_estimable) -> None:
    found = check(not_estimable)
    assert found.outcome is Outcome.NOT_RUN
    assert "needs at least 12" in found.statement


def test_quasi_poisson_answers_the_overdispersion_but_not_the_autocorrelation(autocorrelated, effect_of_series) -> None:
    effect = effect_of_series(autocorrelated, model=Segmented(family="quasi-poisson"))
    assert overdispersion(effect).outcome is Outcome.PASSED
    assert residual_autocorrelation(effect).outcome is Outcome.FAILED


def test_residual_checks_are_rarely_wrong_on_counts_that_fit(poisson, effect_of_series) -> None:
    """One-sided at 2.5 %: of 60 series at most six may raise a concern (probability of more: below 0.001)."""
    effects = [effect_of_series(poisson(seed)) for seed in range(60)]
    assert sum(residual_autocorrelation(effect).outcome is Outcome.FAILED for effect in effects) <= 6


def test_a_season_that_the_design_leaves_out_is_seen_at_half_a_year(poisson, effect_of_series) -> None:
    t = np.arange(72)
    counts = np.random.default_rng(2).poisson(300 * np.exp(0.3 * np.cos(2 * np.pi * t / 12)))
    found = longer_lags(effect_of_series(pd.Series(counts.astype(float), poisson().index), harmonics=0))
    assert found.outcome is Outcome.FAILED
    assert found.table is not None
    assert list(found.table["lag"]) == [1, 2, 3, 6, 12]
    assert found.table.set_index("lag").loc[6, "correlation"] < -0.3


def test_quantile_residuals_are_uniform_where_the_model_holds(poisson, effect_of_series) -> None:
    """Residuals of 30 series together: the Kolmogorov distance stays below its 0.1 % point (1.95 / sqrt(m))."""
    pit = np.concatenate([quantile_residuals(effect_of_series(poisson(seed)).fit).pit for seed in range(30)])
    assert stats.kstest(pit, "uniform").statistic < 1.95 / np.sqrt(len(pit))


def test_quantile_residuals_agree_with_the_poisson_distribution_function(poisson, effect_of_series) -> None:
    """Both ends beside the exact Poisson ones at the fitted mean; 999 replicates have an error of 0.016 at most."""
    effect = effect_of_series(poisson())
    found = quantile_residuals(effect.fit)
    exact = stats.poisson.cdf(effect.design.observed, effect.fit.fitted)
    assert np.abs(found.upper - exact).max() < 0.08  # 5 errors
    assert ((found.pit >= found.lower - 1e-3) & (found.pit <= found.upper + 1e-3)).all()


def test_the_seed_is_fixed(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    assert predictive_distribution(effect) == predictive_distribution(effect)


def test_residual_checks_of_a_forecast_look_at_what_it_was_fitted_to(poisson, effect_of_series) -> None:
    quiet = poisson()
    loud = quiet.copy()
    loud.iloc[48:] *= np.where(np.arange(24) % 2, 30, 3)
    for check in ALL:
        before = check(effect_of_series(quiet, model="forecast"))
        after = check(effect_of_series(loud, model="forecast"))
        assert after.figures == before.figures
        assert after.outcome is Outcome.PASSED
