"""Segmented regression against statsmodels used by hand, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evalkit.design import DesignSpec, build_design
from evalkit.effect import NotEstimable, estimate_effect
from evalkit.errors import CannotEstimate, ContactsError, DesignError, ModelError
from evalkit.model import Segmented, StudentMarginal
from evalkit.model.segmented import newey_west_lags


def _series(seed: int = 1, n: int = 60, mean: float = 40) -> pd.Series:
    rng = np.random.default_rng(seed)
    rate = mean * np.exp(0.3 * rng.standard_normal(n))
    return pd.Series(rng.poisson(rate).astype(float), pd.period_range("2015-01", periods=n, freq="M"))


@pytest.fixture
def design():
    return build_design(_series(), "2018-01", DesignSpec(harmonics=1))


def test_poisson_is_the_glm(design) -> None:
    fit = Segmented(family="poisson", reference="normal").fit(design)
    by_hand = sm.GLM(design.observed, design.with_campaign, family=sm.families.Poisson()).fit()
    np.testing.assert_allclose(fit.coefficients, by_hand.params, rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, by_hand.cov_params(), rtol=1e-6)
    low, high = by_hand.conf_int()[design.column("level")]
    assert fit.marginal("level").quantile([0.025, 0.975]) == pytest.approx([low, high], rel=1e-6)


def test_quasi_poisson_widens_by_the_root_of_the_dispersion(design) -> None:
    plain = Segmented(family="poisson").fit(design)
    quasi = Segmented(family="quasi-poisson").fit(design)
    ratio = quasi.marginal("level").standard_error / plain.marginal("level").standard_error
    assert ratio == pytest.approx(np.sqrt(quasi.dispersion))
    assert quasi.dispersion > 2


def test_hac_is_the_bartlett_sandwich_with_small_sample_factor(design) -> None:
    lags, X = 3, design.with_campaign
    fit = Segmented(family="poisson", covariance="hac", lags=lags).fit(design)
    mean = fit.fitted
    scores = X * (design.observed - mean)[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        gamma = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (gamma + gamma.T)
    bread = np.linalg.inv(X.T @ (mean[:, None] * X))
    n, p = X.shape
    np.testing.assert_allclose(fit.covariance, bread @ meat @ bread * n / (n - p), rtol=1e-5)


def _measure(seed: int = 3, n: int = 60) -> pd.Series:
    rng = np.random.default_rng(seed)
    values = -2 + 0.05 * np.arange(n) + np.where(np.arange(n) >= 36, 1.5, 0.0) + 0.3 * rng.standard_normal(n)
    return pd.Series(values, pd.period_range("2015-01", periods=n, freq="M"))


def test_a_measure_is_fitted_by_least_squares_on_its_own_scale() -> None:
    design = build_design(_measure(), "2018-01", DesignSpec(harmonics=1), kind="measure")
    fit = Segmented(family="gaussian").fit(design)
    by_hand = sm.OLS(design.observed, design.with_campaign).fit()
    np.testing.assert_allclose(fit.coefficients, by_hand.params, rtol=1e-8)
    low, high = by_hand.conf_int()[design.column("level")]
    assert fit.marginal("level").quantile([0.025, 0.975]) == pytest.approx([low, high], rel=1e-6)
    assert fit.link == "identity"
    predicted = fit.predictive(2000, 1)
    np.testing.assert_allclose(predicted.std(axis=0).mean(), np.sqrt(by_hand.scale), rtol=0.02)


def test_an_effect_on_a_measure_is_a_difference_in_its_units() -> None:
    effect = estimate_effect(_measure(), "2018-01", model=Segmented(family="gaussian"), harmonics=1)
    assert effect.level_change.unit == "units of the measure"
    assert effect.slope_change.unit == "units of the measure per year"
    assert effect.cumulative_effect.lower < 24 * 1.5 < effect.cumulative_effect.upper
    assert isinstance(effect.rate_ratio, NotEstimable)  # its total without the campaign is about zero
    assert "cumulative effect" in effect.rate_ratio.remedy
    assert effect.second_opinion is None
    shifted = estimate_effect(_measure() + 100, "2018-01", model=Segmented(family="gaussian"), harmonics=1)
    assert shifted.rate_ratio.value > 1
    for name in ("level_change", "slope_change", "cumulative_effect"):
        one, other = getattr(effect, name), getattr(shifted, name)
        assert (other.value, other.lower, other.upper) == pytest.approx((one.value, one.lower, one.upper), rel=1e-6)


def test_what_a_measure_cannot_have() -> None:
    model, series = Segmented(family="gaussian"), _measure()
    with pytest.raises(DesignError, match="no exposure"):
        estimate_effect(series, "2018-01", model=model, exposure=1000.0)
    with pytest.raises(DesignError, match="side by side"):
        estimate_effect(series, "2018-01", model=model, controls=series)
    with pytest.raises(ContactsError, match="whole number"):
        estimate_effect(series, "2018-01", model="segmented")
    constant = estimate_effect(series * 0 + 0.5, "2018-01", model=model)
    assert "0.5 in every period" in constant.level_change.reason
    counted = build_design(_series(), "2018-01", exposure=1000.0)
    with pytest.raises(ModelError, match="no exposure"):
        model.fit(counted)


def test_default_lags_follow_the_stated_rule() -> None:
    assert [newey_west_lags(n) for n in (12, 48, 100, 400)] == [2, 3, 4, 5]


def test_negative_binomial_alpha_matches_the_joint_likelihood(design) -> None:
    fit = Segmented(family="negative-binomial").fit(design)
    by_hand = sm.NegativeBinomial(design.observed, design.with_campaign).fit(disp=0, maxiter=1000)
    assert fit.alpha == pytest.approx(by_hand.params[-1], rel=1e-3)
    np.testing.assert_allclose(fit.coefficients, by_hand.params[:-1], atol=1e-3)


def test_negative_binomial_without_overdispersion_is_poisson() -> None:
    series = pd.Series(np.tile([9.0, 10, 11], 20), pd.period_range("2015-01", periods=60, freq="M"))
    design = build_design(series, "2018-01", DesignSpec(harmonics=0))
    fit = Segmented(family="negative-binomial").fit(design)
    assert fit.alpha == 0
    assert fit.dispersion == 1


@pytest.mark.parametrize("family", ["poisson", "quasi-poisson", "negative-binomial", "log-normal"])
def test_draws_agree_with_the_marginals(design, family: str) -> None:
    fit = Segmented(family=family).fit(design)
    draws = fit.draws(20_000, seed=1)
    last = np.log(draws.with_campaign[:, -1])
    expected = design.with_campaign[-1] @ fit.coefficients
    spread = np.sqrt(design.with_campaign[-1] @ fit.covariance @ design.with_campaign[-1] * fit.df / (fit.df - 2))
    assert np.mean(last) == pytest.approx(expected, abs=5 * spread / np.sqrt(20_000))
    assert np.std(last) == pytest.approx(spread, rel=0.03)


@pytest.mark.parametrize("family", ["poisson", "quasi-poisson", "negative-binomial"])
def test_replicated_counts_have_the_familys_variance(design, family: str) -> None:
    fit = Segmented(family=family).fit(design)
    counts = fit.predictive(40_000, seed=2)
    mean = fit.fitted
    if family == "poisson":
        variance = mean
    elif family == "quasi-poisson":
        variance = fit.dispersion * mean
    else:
        variance = mean + fit.alpha * mean**2
    np.testing.assert_allclose(counts.mean(axis=0), mean, rtol=0.03)
    np.testing.assert_allclose(counts.var(axis=0), variance, rtol=0.08)


def test_the_same_seed_gives_the_same_draws(design) -> None:
    fit = Segmented().fit(design)
    np.testing.assert_array_equal(fit.draws(200, 7).with_campaign, fit.draws(200, 7).with_campaign)
    assert not np.array_equal(fit.draws(200, 7).with_campaign, fit.draws(200, 8).with_campaign)
    np.testing.assert_array_equal(fit.predictive(200, 7), fit.predictive(200, 7))


def _at(values: list[float] | np.ndarray, launch: int, **spec: object):
    series = pd.Series(np.asarray(values, dtype=float), pd.period_range("2015-01", periods=len(values), freq="M"))
    return build_design(series, series.index[launch], DesignSpec(**spec))


@pytest.mark.parametrize(
    ("values", "launch", "spec", "reason"),
    [
        (np.arange(30) + 5, 8, {}, r"8 months before launch .* needs at least 12"),
        (np.arange(30) + 5, 28, {}, r"2 months from the launch on .* needs at least 4 to estimate a change of slope"),
        (np.arange(30) + 5, 29, {"slope": False}, r"1 month from the launch on .* needs at least 2"),
        (
            np.arange(17) + 5,
            12,
            {"harmonics": 6},
            r"17 periods for 15 terms|needs more periods than terms|cannot be told",
        ),
        ([0] * 48, 24, {}, r"no contacts were counted in any period"),
        ([5] * 24 + [0] * 24, 24, {}, r"no contacts were counted from the launch on"),
        ([0] * 24 + [5] * 24, 24, {}, r"no contacts were counted before launch"),
        ([np.nan] * 20 + [5, 6, 7] + [np.nan] * 25, 22, {}, r"2 months before launch"),
    ],
)
def test_what_the_data_cannot_say_is_refused_with_the_reason(values, launch: int, spec: dict, reason: str) -> None:
    with pytest.raises(CannotEstimate, match=reason):
        Segmented().fit(_at(values, launch, **spec))


def test_a_column_that_others_contain_is_named() -> None:
    rng = np.random.default_rng(0)
    design = _at(rng.poisson(20, 48), 24, events=())
    from dataclasses import replace

    doubled = np.column_stack([design.with_campaign, design.with_campaign[:, 6]])
    twin = replace(
        design,
        columns=(*design.columns, "site relaunch"),
        with_campaign=doubled,
        without_campaign=doubled,
    )
    with pytest.raises(CannotEstimate, match=r"'site relaunch' cannot be told from the terms before it"):
        Segmented().fit(twin)


def test_log_normal_refuses_zero_counts() -> None:
    values = np.full(48, 7.0)
    values[[3, 9]] = 0
    with pytest.raises(CannotEstimate, match="some periods have no contacts"):
        Segmented(family="log-normal").fit(_at(values + np.arange(48) * (values > 0), 24))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "poison"}, "Unknown family 'poison'. Did you mean 'poisson'"),
        ({"covariance": "hc3"}, "Unknown covariance 'hc3'"),
        ({"reference": "z"}, "Unknown reference 'z'"),
        ({"lags": -1}, "lags is -1"),
    ],
)
def test_options_check_themselves(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Segmented(**options)


@pytest.mark.parametrize("df", [4.0, 30.0, np.inf])
def test_reference_distribution_is_scipys(df: float) -> None:
    from scipy import stats

    marginal = StudentMarginal(0.3, 0.2, df)
    theirs = stats.norm(0.3, 0.2) if np.isinf(df) else stats.t(df, 0.3, 0.2)
    x = np.linspace(-1, 1.5, 11)
    np.testing.assert_allclose(marginal.cdf(x), theirs.cdf(x), rtol=1e-9)
    np.testing.assert_allclose(marginal.pdf(x), theirs.pdf(x), rtol=1e-9)
    np.testing.assert_allclose(marginal.quantile([0.025, 0.5, 0.9]), theirs.ppf([0.025, 0.5, 0.9]), rtol=1e-9)
